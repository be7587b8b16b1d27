//! What a statement must hold and must not.

use super::super::super::Context;
use super::super::reading;
use super::{has_principal, has_unknown_element, in_statement, is_certainly};
use crate::diag::{Diagnostic, quote};
use crate::model::policy::{Element, Layer, Policy, Statement};

/// Layers whose `Sid`s hold letters and digits only.
const PLAIN_SIDS: [Layer; 4] = [
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::ServiceControl,
];

pub(super) fn check(
    cx: &Context<'_>,
    policy: &Policy,
    statement: &Statement,
    out: &mut Vec<Diagnostic>,
) {
    let is_misspelt = has_unknown_element(policy, statement);
    // A misspelt key is the reason why its element is missing; saying both would say one thing twice.
    if statement.action.is_none() && !is_misspelt {
        out.push(
            in_statement(
                cx,
                statement,
                statement.loc,
                "the statement names no action".to_string(),
            )
            .help("add `Action` or `NotAction`"),
        );
    }
    // Without a principal and without a resource it is no policy of any kind.
    let message = if policy.layer_is_certain || has_principal(policy) {
        "the statement names no resource"
    } else {
        "the statement names neither a resource nor a principal"
    };
    if statement.resource.is_none() && must_have_resource(policy, statement) && !is_misspelt {
        out.push(
            in_statement(cx, statement, statement.loc, message.to_string())
                .help("add `Resource`; `*` stands for every resource"),
        );
    }
    for (name, element) in [
        ("Action", &statement.action),
        ("Resource", &statement.resource),
    ] {
        if let Some(element) = element.as_ref().filter(|element| is_empty(policy, element)) {
            let name = if element.negated {
                format!("Not{name}")
            } else {
                name.to_string()
            };
            out.push(
                in_statement(
                    cx,
                    statement,
                    element.loc,
                    format!("{} is empty", quote(&name)),
                )
                .help(format!(
                    "name at least one {}, or remove the statement",
                    name.trim_start_matches("Not").to_ascii_lowercase()
                )),
            );
        }
    }
    sid(cx, policy, statement, out);
}

/// Whether an element is there and holds nothing; one of the wrong type is another fault.
fn is_empty(policy: &Policy, element: &Element) -> bool {
    let has_fault = policy
        .document
        .faults
        .iter()
        .any(|fault| element.loc.span.contains(fault.loc.span));
    element.complete && element.values.is_empty() && !has_fault
}

/// Only trust policies and the policies of repositories do without `Resource`; without a principal it is neither.
fn must_have_resource(policy: &Policy, statement: &Statement) -> bool {
    is_certainly(
        policy,
        &[
            Layer::Identity,
            Layer::Boundary,
            Layer::Session,
            Layer::ServiceControl,
            Layer::ResourceControl,
            Layer::Endpoint,
            Layer::Registry,
        ],
    ) || (!policy.layer_is_certain && !has_principal(policy) && statement.action.is_some())
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>
fn sid(cx: &Context<'_>, policy: &Policy, statement: &Statement, out: &mut Vec<Diagnostic>) {
    let (Some(text), Some(sid)) = (reading::sid(statement), &statement.sid) else {
        return;
    };
    let may_be_of_a_resource = has_principal(policy) && !policy.layer_is_certain;
    if !PLAIN_SIDS.contains(&policy.layer) || may_be_of_a_resource {
        return;
    }
    let Some(stray) = text.chars().find(|c| !c.is_ascii_alphanumeric()) else {
        return;
    };
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    out.push(
        in_statement(
            cx,
            statement,
            sid.loc,
            format!(
                "the `Sid` {} holds {}, but only letters and digits may stand there",
                quote(text),
                quote(&stray.to_string())
            ),
        )
        .help(format!("write {}", quote(&plain))),
    );
}
