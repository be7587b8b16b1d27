//! Who may be named, and where
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).

use super::super::super::Context;
use super::super::reading;
use super::{has_principal, has_unknown_element, in_statement, is_certainly};
use crate::diag::{Diagnostic, quote};
use crate::model::policy::{Layer, Policy, PrincipalEntry, Statement};

/// Layers that take no principal.
const WITHOUT: [Layer; 4] = [
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::ServiceControl,
];

/// Layers that need one.
const WITH: [Layer; 4] = [
    Layer::Trust,
    Layer::Repository,
    Layer::Registry,
    Layer::Endpoint,
];

pub(super) fn check(
    cx: &Context<'_>,
    policy: &Policy,
    statement: &Statement,
    out: &mut Vec<Diagnostic>,
) {
    let Some(principal) = &statement.principal else {
        missing(cx, policy, statement, out);
        return;
    };
    let key = if principal.negated {
        "NotPrincipal"
    } else {
        "Principal"
    };
    // Of whom nothing is known may be nobody: blocks that an unknown list makes.
    let may_be_absent =
        !principal.complete && principal.entries.is_empty() && principal.everyone.is_none();
    if is_certainly(policy, &WITHOUT) && !may_be_absent {
        let noun = reading::with_article(policy.layer.noun());
        out.push(
            in_statement(
                cx,
                statement,
                principal.key,
                format!("{} does not belong in {noun}", quote(key)),
            )
            .help("remove it: the policy speaks of whoever it is attached to"),
        );
        return;
    }
    for entry in &principal.entries {
        account(cx, statement, entry, out);
    }
}

fn missing(cx: &Context<'_>, policy: &Policy, statement: &Statement, out: &mut Vec<Diagnostic>) {
    let is_needed =
        is_certainly(policy, &WITH) || (!policy.layer_is_certain && has_principal(policy));
    if !is_needed || has_unknown_element(policy, statement) {
        return;
    }
    let message = if policy.layer_is_certain {
        format!(
            "the statement names no principal, as {} must",
            reading::with_article(policy.layer.noun())
        )
    } else {
        "the statement names no principal, while others of the policy do".to_string()
    };
    out.push(in_statement(cx, statement, statement.loc, message).help("add `Principal`"));
}

/// A wildcard stands for everyone or for nothing: part of an ARN it cannot be.
fn account(
    cx: &Context<'_>,
    statement: &Statement,
    entry: &PrincipalEntry,
    out: &mut Vec<Diagnostic>,
) {
    if entry.kind.value != "AWS" {
        return;
    }
    let text = reading::masked(&entry.value.value);
    if !text.contains(['*', '?']) || text == "*" {
        return;
    }
    let written = entry.value.value.to_string();
    let found = in_statement(
        cx,
        statement,
        entry.value.loc,
        format!(
            "{} has a wildcard, which a principal cannot hold",
            quote(&written)
        ),
    );
    let help = match written.strip_suffix(":*") {
        // The account as such; `*` in place of `root` is refused.
        Some(account) if account.starts_with("arn:") && account.split(':').count() == 5 => {
            format!("write {}", quote(&format!("{account}:root")))
        }
        _ => format!(
            "name the account, and put the pattern into a condition: `ArnLike` on `aws:PrincipalArn` {}",
            quote(&written)
        ),
    };
    out.push(found.help(help));
}
