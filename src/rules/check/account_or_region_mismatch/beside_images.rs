//! A policy of nobody in sight, beside the images of the tree: it names the repository of an image in an account where no
//! image is, while everything else in it is in the account of the image.

use super::super::super::Context;
use super::super::super::asked::AskedPolicy;
use super::super::image_actions::{PULL, PUSH};
use super::super::{denials, images_in_sight, reading};
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::iam::Answer;
use crate::model::arn::Arn;
use crate::model::image::ImageRef;
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::template::Template;
use crate::source::{FileId, Loc, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Where the images of the tree lie.
#[derive(Default)]
struct Homes {
    /// The accounts of each repository's name, with the first image there.
    accounts: BTreeMap<String, BTreeMap<String, Loc>>,
    /// Every account in which an image or a repository is.
    registries: BTreeSet<String>,
    /// Every account that a policy names outside of ECR, or that a role of a task is in.
    others: BTreeSet<String>,
}

impl Homes {
    fn of(cx: &Context<'_>) -> Homes {
        let mut homes = Homes::default();
        let flows = cx.workspace.flows.iter().flat_map(|flow| &flow.steps);
        for image in flows.filter_map(denials::image) {
            homes.note(
                &image.registry.account,
                &image.image.repository,
                image.written.loc,
            );
        }
        for written in images_in_sight::declared(cx) {
            if let Some(image) = ImageRef::parse(&written.value)
                && let Some(registry) = image.ecr()
            {
                homes.note(&registry.account, &image.repository, written.loc);
            }
        }
        let declared = cx.workspace.facts.repositories.iter();
        let accounts = declared.filter_map(|one| one.origin.scope.account.as_literal());
        homes.registries.extend(accounts.map(str::to_string));
        for policy in &cx.workspace.facts.policies {
            for account in accounts_outside_ecr(policy) {
                homes
                    .others
                    .extend(account.as_literal().map(str::to_string));
            }
        }
        for task in &cx.workspace.facts.tasks {
            let roles = task.execution_role.iter().chain(&task.task_role);
            let arns = roles.filter_map(|role| Arn::of(&role.value));
            let accounts = arns.filter_map(|arn| arn.account.as_literal().map(str::to_string));
            homes.others.extend(accounts);
        }
        homes
    }

    fn note(&mut self, account: &Template, repository: &Template, loc: Loc) {
        // An image of an unknown account says nothing: most often it is that of the deployment.
        let Some(account) = account.as_literal().map(str::to_string) else {
            return;
        };
        self.registries.insert(account.clone());
        if let Some(name) = repository.as_literal().filter(|_| loc.file != FileId::NONE) {
            let accounts = self.accounts.entry(name.to_string()).or_default();
            accounts.entry(account).or_insert(loc);
        }
    }

    /// The one account that images of a repository are known to lie in, with one of them.
    fn only(&self, name: &str) -> Option<(&str, Loc)> {
        let mut accounts = self.accounts.get(name)?.iter();
        match (accounts.next(), accounts.next()) {
            (Some((account, loc)), None) => Some((account, *loc)),
            _ => None,
        }
    }
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let homes = Homes::of(cx);
    if homes.accounts.is_empty() {
        return;
    }
    let explained = denials::explained(cx);
    for policy in cx.policies() {
        let is_asked = policy.layer == Layer::Identity && policy.document.complete;
        if !is_asked || denials::is_among(&explained, &policy) {
            continue;
        }
        for statement in policy.document.statements.iter().filter(|one| one.allows()) {
            let Some(action) = image_action(statement) else {
                continue;
            };
            let Some(resource) = statement.resource.as_ref().filter(|one| !one.negated) else {
                continue;
            };
            for entry in &resource.values {
                let found = finding(cx, &homes, &policy, action, entry);
                out.extend(found.map(|one| one.in_statement(reading::sid(statement))));
            }
        }
    }
}

/// An action of a pull or push that a statement names.
fn image_action(statement: &Statement) -> Option<&'static str> {
    let actions = statement.action.as_ref().filter(|action| !action.negated)?;
    PULL.iter().chain(&PUSH).copied().find(|wanted| {
        let mut named = actions
            .values
            .iter()
            .filter_map(|one| one.value.as_literal());
        named.any(|one| one.eq_ignore_ascii_case(wanted))
    })
}

fn finding(
    cx: &Context<'_>,
    homes: &Homes,
    policy: &AskedPolicy<'_>,
    action: &str,
    entry: &Spanned<Template>,
) -> Option<Diagnostic> {
    let arn = Arn::of(&entry.value).filter(|arn| arn.service.as_literal() == Some("ecr"))?;
    let repository = arn.repository()?;
    let (named, name) = (arn.account.as_literal()?, repository.as_literal()?);
    let (account, image) = homes.only(name)?;
    let mut beside = accounts_outside_ecr(policy).peekable();
    let is_otherwise_there = match beside.peek() {
        Some(_) => beside.all(|other| other.as_literal() == Some(account)),
        // It names no other account: then nothing in sight is in the one it names.
        None => !homes.others.contains(named),
    };
    if named == account || homes.registries.contains(named) || !is_otherwise_there {
        return None;
    }
    let there = entry.value.to_string().replacen(named, account, 1);
    if policy
        .alone()
        .allows_part(action, &Template::literal(there))
        != Answer::No
    {
        return None;
    }
    let message = format!(
        "the policy names account {}, and the images of {} are in account {}",
        quote(named),
        quote(name),
        quote(account)
    );
    let found = cx
        .diagnostic(entry.loc, message)
        .label("no image here is in this account")
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .identity(format!("{named} {name}"))
        .related(image, "such as this image");
    Some(found)
}

/// The accounts in the ARNs that a policy names outside of ECR.
fn accounts_outside_ecr(policy: &Policy) -> impl Iterator<Item = Template> {
    let statements = policy.document.statements.iter();
    statements
        .filter_map(|one| one.resource.as_ref())
        .flat_map(|one| &one.values)
        .filter_map(|entry| Arn::of(&entry.value))
        .filter(|arn| arn.service.as_literal() != Some("ecr"))
        .map(|arn| arn.account)
        .filter(|account| !matches!(account.as_literal(), Some("" | "*")))
}
