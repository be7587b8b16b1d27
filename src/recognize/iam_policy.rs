//! IAM policy documents of every layer, bare or in the wrappers that tools and the AWS CLI put around them.
//!
//! | file | does |
//! |---|---|
//! | `iam_policy` | finds the documents of a file |
//! | [`wrapper`] | knows the shapes around a document, and what they say of its layer |
//! | [`document`] | reads one document; also for dialects that have policies inside (templates) |
//! | [`value`] | reads one scalar: placeholders and intrinsic functions become holes |
//! | [`managed`] | reads AWS's own policies, which the catalog holds |
//! | [`layer`] | infers the layer where no wrapper tells it |
//! | [`size`] | measures a document |

pub mod document;
pub mod layer;
pub mod managed;
pub mod size;
pub mod value;
pub mod wrapper;

#[cfg(test)]
mod tests;

pub use document::{read_in_force, read_policy};
pub use managed::managed_policy;

use super::{Recognized, Subject};
use crate::model::policy::{Layer, Size};
use crate::tree::Node;
use std::sync::Arc;
use wrapper::{Found, Hint};

/// Whether the document is a policy, or wraps one.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let mut any = false;
    wrapper::visit(&subject.document.root, &mut |_| any = true);
    any
}

/// Reads every policy of the document.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let mut recognized = Recognized::default();
    let is_json = subject
        .text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '[']);
    let path_hint = layer::path_hint(subject.path);
    wrapper::visit(&subject.document.root, &mut |found| match found {
        Found::Policy { node, hint, text } => {
            let mut policy = read_policy(node, Layer::Identity, true);
            (policy.layer, policy.layer_is_certain) = match hint {
                Hint::Layer(layer) => (layer, true),
                Hint::None => layer::infer(&policy.document, path_hint),
            };
            let written =
                text.or_else(|| subject.text.get(node.loc.span.range()).filter(|_| is_json));
            policy.document.size = policy
                .document
                .size
                .zip(written)
                .map(|(size, written)| Size {
                    all: written.chars().count(),
                    ..size
                })
                .or(policy.document.size);
            recognized.facts.policies.push(Arc::new(policy));
        }
        Found::Broken(problems) => recognized.problems.extend(problems),
    });
    recognized
}

/// Whether a map is a policy document: it has statements that look like those of IAM. Other things have a `Statement`
/// too, so the name alone does not count.
pub fn is_policy(node: &Node<'_>) -> bool {
    let is_dated = node
        .entries()
        .iter()
        .filter(|entry| entry.key.value.eq_ignore_ascii_case("Version"))
        .any(|entry| matches!(entry.value.as_str(), Some("2012-10-17" | "2008-10-17")));
    node.entries().iter().any(|entry| {
        let has_the_name = entry.key.value == "Statement";
        let may_mean_it = has_the_name || entry.key.value.eq_ignore_ascii_case("Statement");
        let statements = entry.value.one_or_many();
        (has_the_name || (may_mean_it && is_dated)) && statements.iter().any(is_statement)
            || has_the_name && is_dated
    })
}

/// Whether a map has what IAM statements have.
fn is_statement(node: &Node<'_>) -> bool {
    let has = |names: &[&str]| {
        node.entries().iter().any(|entry| {
            names
                .iter()
                .any(|name| entry.key.value.eq_ignore_ascii_case(name))
        })
    };
    let acts = has(&["Action", "NotAction"]);
    let aims = has(&["Resource", "NotResource", "Principal", "NotPrincipal"]);
    (acts && aims) || (has(&["Effect"]) && (acts || aims))
}
