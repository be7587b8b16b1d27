//! ECR112: what AWS rejects in a policy document, or ignores.
//!
//! A document that says what it is attached to is held to the grammar of that kind; any other only to what every kind
//! forbids. The grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

mod condition;
mod element;
mod fault;
mod principal;
mod variable;

use super::super::Context;
use super::reading;
use crate::diag::{Diagnostic, quote};
use crate::model::policy::{FaultKind, Layer, Policy, Statement};
use crate::source::Loc;
use std::collections::BTreeMap;

/// The versions of the policy language.
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in &cx.workspace.facts.policies {
        // A bucket's or a key's policy has its own grammar, and nothing to do with images.
        if policy.layer == Layer::OtherResource {
            continue;
        }
        for fault in &policy.document.faults {
            out.extend(fault::finding(cx, policy, fault));
        }
        version(cx, policy, out);
        repeated_sids(cx, policy, out);
        size(cx, policy, out);
        for statement in &policy.document.statements {
            element::check(cx, policy, statement, out);
            principal::check(cx, policy, statement, out);
            condition::check(cx, statement, out);
            variable::check(cx, policy, statement, out);
        }
    }
}

/// A finding in a statement.
fn in_statement(cx: &Context<'_>, statement: &Statement, at: Loc, message: String) -> Diagnostic {
    cx.diagnostic(at, message.clone())
        .identity(message)
        .in_statement(reading::sid(statement))
}

/// Whether the document is surely of this layer.
fn is_certainly(policy: &Policy, layers: &[Layer]) -> bool {
    policy.layer_is_certain && layers.contains(&policy.layer)
}

/// Whether the statement holds a key that nobody knows: most likely the misspelt name of the one that is missing.
fn has_unknown_element(policy: &Policy, statement: &Statement) -> bool {
    policy.document.faults.iter().any(|fault| {
        matches!(fault.kind, FaultKind::UnknownElement { .. })
            && statement.loc.span.contains(fault.loc.span)
    })
}

/// Whether some statement names a principal: then the document belongs to a resource or is wrong.
fn has_principal(policy: &Policy) -> bool {
    policy
        .document
        .statements
        .iter()
        .any(|statement| statement.principal.is_some())
}

fn version(cx: &Context<'_>, policy: &Policy, out: &mut Vec<Diagnostic>) {
    let Some(version) = &policy.document.version else {
        return;
    };
    let Some(text) = version.value.as_literal() else {
        return;
    };
    if VERSIONS.contains(&text) || reading::is_placeholder(text) {
        return;
    }
    out.push(
        cx.diagnostic(
            version.loc,
            format!("{} is no version of the policy language", quote(text)),
        )
        .identity(format!("version {text}"))
        .help(format!("write {}", quote("2012-10-17"))),
    );
}

/// `Sid`s must differ inside one IAM policy
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>).
fn repeated_sids(cx: &Context<'_>, policy: &Policy, out: &mut Vec<Diagnostic>) {
    let is_iam = matches!(
        policy.layer,
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl | Layer::Trust
    );
    if !is_iam || (has_principal(policy) && !policy.layer_is_certain) {
        return;
    }
    let mut seen: BTreeMap<&str, Loc> = BTreeMap::new();
    for statement in &policy.document.statements {
        let (Some(text), Some(sid)) = (reading::sid(statement), &statement.sid) else {
            continue;
        };
        if let Some(first) = seen.get(text) {
            out.push(
                in_statement(
                    cx,
                    statement,
                    sid.loc,
                    format!("{} is the `Sid` of two statements", quote(text)),
                )
                .related(*first, "the first of them")
                .help("give every statement a `Sid` of its own, or none"),
            );
        } else {
            seen.insert(text, sid.loc);
        }
    }
}

/// The limits that can be told from one document
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>,
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>). Identity policies are not among them:
/// the limit depends on how they are attached, and the managed policies of AWS are longer.
fn size(cx: &Context<'_>, policy: &Policy, out: &mut Vec<Diagnostic>) {
    let (Some(size), true) = (policy.document.size, policy.layer_is_certain) else {
        return;
    };
    let (length, most, counted) = match policy.layer {
        Layer::Trust => (
            size.without_white_space,
            4_096,
            "characters without white space",
        ),
        Layer::Endpoint => (size.all, 20_480, "characters, white space included"),
        Layer::Repository | Layer::Registry => (
            size.without_white_space,
            10_240,
            "characters even without white space",
        ),
        Layer::Session => (
            size.without_white_space,
            2_048,
            "characters even without white space",
        ),
        _ => return,
    };
    if length > most {
        out.push(
            cx.diagnostic(
                policy.document.loc.start(),
                format!(
                    "the {} has {length} {counted}, over the limit of {most}",
                    policy.layer.noun()
                ),
            )
            .identity("size")
            .help("shorten it, for example with wildcards in actions and resources"),
        );
    }
}
