//! One property of a declaration: a text, a list of texts, tags, a policy.
//!
//! Everything is read as far as it goes. What does not go is told to the caller as places, so that whoever asks "is this
//! all?" gets an honest answer.

use super::Declared;
use crate::model::policy::{Layer, Policy, Size};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::recognize::iam_policy::{read_policy, value};
use crate::recognize::placeholders;
use crate::source::{Loc, Spanned};
use crate::tree::{Node, NodeKind, Problem, embed};
use std::sync::Arc;

/// A list of texts, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The items; one that is not known is a hole.
    pub items: Vec<Spanned<Template>>,
    /// Where more may hide: the list itself, or items that may each stand for several.
    pub unread: Vec<Loc>,
}

/// The text of a scalar. `None` for a list, a map and null.
pub fn text(node: &Node<'_>) -> Option<Spanned<Template>> {
    value::template(node).map(|text| Spanned::new(text, node.place()))
}

/// The text of a scalar that is a name, a setting or a tag: a word in capitals is no placeholder here (`MY_ROLE`, `IMMUTABLE`),
/// unless it stands in an ARN.
pub fn name(node: &Node<'_>) -> Option<Spanned<Template>> {
    if value::is_intrinsic(node) {
        return text(node);
    }
    let name = placeholders::of_node(node, value::placeholders_of)?;
    let is_arn = name.prefix().starts_with("arn:");
    let name = if is_arn {
        placeholders::words(name)
    } else {
        name
    };
    Some(Spanned::new(name, node.place()))
}

/// As [`texts`], of names or settings.
pub fn names(node: &Node<'_>) -> Texts {
    list(node, name)
}

/// The items of a list, or the one text that stands for a list of one. Null is an empty list.
pub fn texts(node: &Node<'_>) -> Texts {
    list(node, text)
}

fn list(node: &Node<'_>, read: fn(&Node<'_>) -> Option<Spanned<Template>>) -> Texts {
    let mut out = Texts::default();
    if node.unknown().is_some() || value::is_intrinsic(node) {
        out.unread.push(node.place());
    }
    for item in node.one_or_many() {
        let may_be_several = match &item.kind {
            NodeKind::Unknown(unknown) => unknown.may_be_several(),
            NodeKind::Map(_) | NodeKind::List(_) => true,
            _ => false,
        };
        if may_be_several && !out.unread.contains(&item.place()) {
            out.unread.push(item.place());
        }
        out.items.extend(read(item));
    }
    out
}

/// Tags: a list of `{Key, Value}`, or a map. The second value is whether all were read.
pub fn tags(node: &Node<'_>) -> (Vec<(String, Template)>, bool) {
    if node.unknown().is_some() {
        return (Vec::new(), false);
    }
    let mut is_read = node.is_list() || node.is_map() || node.is_null();
    let mut tags = Vec::new();
    for item in node.items() {
        let key = item.get("Key").and_then(Node::as_str);
        match (key, item.get("Value").and_then(name)) {
            (Some(key), Some(value)) => tags.push((key.to_string(), value.value)),
            _ => is_read = false,
        }
    }
    for entry in node.entries() {
        match name(&entry.value) {
            Some(value) => tags.push((entry.key.value.to_string(), value.value)),
            None => is_read = false,
        }
    }
    (tags, is_read)
}

/// Whether a property is left out: absent or null.
pub fn is_absent(node: Option<&Node<'_>>) -> bool {
    node.is_none_or(Node::is_null)
}

/// The policy in a property of a declaration: a map or a text of JSON. It is put among the facts' policies as one that the
/// declaration makes; `None` where it could not be read. JSON that nothing excuses is a problem.
pub fn declared_policy(
    one: &Declared<'_>,
    node: &Node<'_>,
    layer: Layer,
    recognized: &mut Recognized,
) -> Option<Arc<Policy>> {
    let mut policy = policy(node, layer, &mut recognized.problems)?;
    policy.origin = Some(one.origin.clone());
    let policy = Arc::new(policy);
    recognized.facts.policies.push(Arc::clone(&policy));
    Some(policy)
}

/// The policy in a property: a map or a text of JSON; `None` where it could not be read.
pub fn policy(node: &Node<'_>, layer: Layer, problems: &mut Vec<Problem>) -> Option<Policy> {
    if node.is_map() {
        return (!value::is_intrinsic(node)).then(|| read_policy(node, layer, true));
    }
    let text = node.as_text()?;
    let parsed = embed::json_in(node)?;
    // A text that is still to be filled in need not be JSON yet.
    let is_open = !text.holes.is_empty() || !value::placeholders_of(&text.value).is_known();
    if !parsed.problems.is_empty() {
        if is_open || parsed.problems.iter().any(|problem| problem.is_templated) {
            return None;
        }
        problems.extend(parsed.problems);
    }
    let root = &parsed.documents.first()?.root;
    if !root.is_map() {
        return None;
    }
    let mut policy = read_policy(root, layer, true);
    policy.document.size = policy.document.size.map(|size| Size {
        all: text.value.chars().count(),
        ..size
    });
    Some(policy)
}
