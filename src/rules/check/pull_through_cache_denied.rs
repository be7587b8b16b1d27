//! ECR208: an image that a pull through cache rule is to fetch, and a role that may not have it fetched.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html>

use super::super::Context;
use super::denials::{self, Cause, Denial, is_or_are};
use crate::diag::{Diagnostic, Severity};
use crate::model::repository::RegistrySettingKind;
use crate::prove::requests::CREATE;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause == Cause::Cache {
            out.push(finding(cx, denial));
        }
    }
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Diagnostic {
    let actions = denial.actions();
    let message = format!(
        "{} cannot {} through the cache: {} not allowed",
        denial.who(cx),
        denial.what(),
        is_or_are(&actions),
    );
    let mut found = denial.finding(cx, message);
    if actions == [CREATE] {
        // It is enough that anybody else pulled from the same repository before.
        found = found
            .severity(Severity::Warning)
            .help("allow `ecr:CreateRepository` under the prefix, or declare a repository creation template for it");
    }
    let mut rules: Vec<usize> = denial
        .links()
        .filter_map(|link| denials::image(link.step)?.cache)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        if let Some(RegistrySettingKind::PullThroughCache { prefix, .. }) = cx
            .workspace
            .facts
            .registry_settings
            .get(rule)
            .map(|setting| &setting.kind)
        {
            found = found.related(prefix.loc, "fetched through this rule");
        }
    }
    found
}
