//! ECR205: across accounts, one side does not allow it.

use super::super::Context;
use super::denials::{self, Cause, Denial, is_or_are};
use crate::diag::{Diagnostic, quote};
use crate::model::policy::Layer;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let moves = denials::image(denial.step).is_some();
        if denial.cause == Cause::CrossAccount && moves {
            out.extend(finding(cx, denial));
        }
    }
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let image = denials::image(denial.step)?;
    let refusal = denial.refusal()?;
    let side = if refusal.layers.contains(&Layer::Identity) {
        "by its own account's policies"
    } else {
        "by the repository's policy"
    };
    let message = format!(
        "{} cannot {} of account {}: {} not allowed {side}",
        denial.who(cx),
        denial.what(),
        quote(&image.registry.account.to_string()),
        is_or_are(&denial.actions()),
    );
    let mut found = denial.finding(cx, message);
    let repository = refusal
        .repository
        .and_then(|at| cx.workspace.facts.repositories.get(at));
    if let Some(repository) = repository {
        let has_no_place = refusal.nearest.is_none() && refusal.layers == [Layer::Repository];
        if has_no_place {
            found.primary.loc = repository.name.loc;
            found = found.label("no policy of this repository allows it");
        } else {
            found = found.related(repository.name.loc, "the repository is declared here");
        }
    }
    Some(found)
}
