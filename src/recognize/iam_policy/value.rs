//! One scalar of a policy, as text of which part may be unknown.
//!
//! Three notations meet in `${…}`: IAM's own variables, which are part of the policy and stay
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>); those of CloudFormation's `Sub`
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>); and
//! those of whatever tool fills a file in. The last two become holes.

use crate::model::template::{Piece, Template};
use crate::recognize::placeholders;
use crate::tree::Node;

/// Whether a text may hold more than what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Placeholders and functions are still to be filled in.
    Template,
    /// Every character is meant: this is what AWS gets.
    Literal,
}

impl Notation {
    /// As [`is_intrinsic`]; never in literal text.
    pub fn is_intrinsic(self, node: &Node<'_>) -> bool {
        self == Notation::Template && is_intrinsic(node)
    }

    /// Whether only deploy time can tell the value: a function, or what a dialect could not work out.
    pub fn is_computed(self, node: &Node<'_>) -> bool {
        self.is_intrinsic(node) || node.unknown().is_some()
    }

    /// The text of a scalar in which words in capitals are names; `None` for a list, a map and null.
    pub fn label(self, node: &Node<'_>) -> Option<Template> {
        placeholders::of_node(node, |text| self.placeholders_of(text))
    }

    /// As [`is_placeholder`]; never in literal text.
    pub fn is_placeholder(self, node: &Node<'_>) -> bool {
        self == Notation::Template && is_placeholder(node)
    }

    /// Whether a key is the name of a function; never in literal text.
    pub fn is_function(self, name: &str) -> bool {
        self == Notation::Template && name.starts_with("Fn::")
    }

    /// As [`template`].
    pub fn template(self, node: &Node<'_>) -> Option<Template> {
        match self {
            Notation::Template => template(node),
            Notation::Literal => placeholders::of_node(node, |text| Template::literal(text)),
        }
    }

    /// As [`template_of_text`].
    pub fn template_of_text(self, text: &str) -> Template {
        match self {
            Notation::Template => template_of_text(text),
            Notation::Literal => Template::literal(text),
        }
    }

    /// As [`placeholders_of`].
    pub fn placeholders_of(self, text: &str) -> Template {
        match self {
            Notation::Template => placeholders_of(text),
            Notation::Literal => Template::literal(text),
        }
    }
}

/// The text of a scalar or of an intrinsic function; `None` for a list, a map that is no function, and null.
pub fn template(node: &Node<'_>) -> Option<Template> {
    if let Some(tag) = intrinsic_tag(node) {
        return Some(call(tag, node));
    }
    if let Some((name, argument)) = intrinsic_map(node) {
        return Some(call(name, argument));
    }
    placeholders::of_node(node, template_of_text)
}

/// The text of a plain scalar: marked placeholders are holes, and so are words like `ACCOUNT_ID` in an ARN.
pub fn template_of_text(text: &str) -> Template {
    placeholders::words(placeholders_of(text))
}

/// Text with its placeholders as holes; IAM variables stay.
pub fn placeholders_of(text: &str) -> Template {
    placeholders::read_keeping(text, is_iam_variable)
}

/// Whether only deploy time knows the node: it is a function call of CloudFormation, or a dialect could not compute it.
pub fn is_intrinsic(node: &Node<'_>) -> bool {
    node.unknown().is_some() || intrinsic_tag(node).is_some() || intrinsic_map(node).is_some()
}

/// Whether the whole node is a placeholder: text, but nothing known in it.
pub fn is_placeholder(node: &Node<'_>) -> bool {
    is_intrinsic(node)
        || placeholders::of_node(node, |text| placeholders_of(text.trim()))
            .is_some_and(|read| is_hole_only(&read))
}

fn is_hole_only(read: &Template) -> bool {
    !read.is_known()
        && read
            .pieces()
            .iter()
            .all(|piece| matches!(piece, Piece::Hole(_)))
}

/// `${aws:username}`, `${saml:sub}`, `${*}`: IAM's, as their name has one colon; `AWS::Region` is CloudFormation's.
fn is_iam_variable(name: &str) -> bool {
    let key = name.split(',').next().unwrap_or("").trim();
    matches!(key, "*" | "?" | "$")
        || (key.contains(':') && !key.contains("::") && !key.starts_with("self:"))
}

/// The name of the function of a YAML tag, `Sub` of `!Sub`; core tags (`!!str`) are none.
fn intrinsic_tag<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    let name = node.tag.as_ref()?.value.strip_prefix('!')?;
    (!name.is_empty() && !name.starts_with('!')).then_some(name)
}

/// The name and argument of the function of `{"Ref": …}` and `{"Fn::…": …}`.
fn intrinsic_map<'a, 's>(node: &'a Node<'s>) -> Option<(&'a str, &'a Node<'s>)> {
    let [entry] = node.entries() else { return None };
    let name = entry.key.value.as_ref();
    let function = name.strip_prefix("Fn::");
    let is_one = function.is_some() || matches!(name, "Ref" | "Condition");
    (is_one && !(name == "Condition" && entry.value.is_map()))
        .then_some((function.unwrap_or(name), &entry.value))
}

fn call(function: &str, argument: &Node<'_>) -> Template {
    let text = argument.as_str();
    match (function, argument.items()) {
        ("Sub", []) => text.map_or_else(|| opaque(function, argument), substituted),
        // The second item gives variables of its own: a name then says less than the whole call.
        ("Sub", [format, _]) => format
            .as_str()
            .map_or_else(|| opaque(function, argument), substituted),
        ("Join", [separator, list]) => {
            joined(separator, list).unwrap_or_else(|| opaque(function, argument))
        }
        _ => opaque(function, argument),
    }
}

/// A hole named after the reference: `Ref` and `Sub` of the same name are the same value.
fn opaque(function: &str, argument: &Node<'_>) -> Template {
    let inside = rendered(argument);
    let name = match function {
        "Ref" => inside.clone(),
        "GetAtt" => inside.replace(", ", "."),
        _ => format!("{function} {inside}"),
    };
    Template::hole(name, format!("!{function} {inside}"))
}

/// The argument in one line.
fn rendered(node: &Node<'_>) -> String {
    match node.as_str() {
        Some(text) => text.to_string(),
        None if node.is_list() => node
            .items()
            .iter()
            .map(rendered)
            .collect::<Vec<_>>()
            .join(", "),
        None => node
            .entries()
            .iter()
            .map(|entry| format!("{} {}", entry.key.value, rendered(&entry.value)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The text of a `Sub`: `${Name}` is a hole, `${!name}` is the text `${name}`.
fn substituted(text: &str) -> Template {
    let mut out = Template::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_literal(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push_literal("${");
            rest = after;
            continue;
        };
        match name.strip_prefix('!') {
            Some(literal) => out.push_literal(&format!("${{{literal}}}")),
            None => out.push_hole(name.trim(), format!("${{{name}}}")),
        }
        rest = tail;
    }
    out.push_literal(rest);
    placeholders::words(out)
}

fn joined(separator: &Node<'_>, list: &Node<'_>) -> Option<Template> {
    let separator = separator.as_str()?;
    let mut out = Template::default();
    if !list.is_list() || is_intrinsic(list) {
        return None;
    }
    for (at, item) in list.items().iter().enumerate() {
        if at > 0 {
            out.push_literal(separator);
        }
        out.push(&template(item)?);
    }
    Some(placeholders::words(out))
}
