//! Calls of intrinsic functions, in both notations: `!Sub …` and `{"Fn::Sub": …}`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use crate::source::Loc;
use crate::tree::{Node, NodeKind};

/// A function call.
#[derive(Clone, Copy)]
pub(super) struct Call<'n, 's> {
    /// The function's name without `Fn::` or `!`.
    pub(super) name: &'n str,
    /// What it is given.
    pub(super) argument: Argument<'n, 's>,
    /// Where the call stands.
    pub(super) loc: Loc,
}

/// What a function is given.
#[derive(Clone, Copy)]
pub(super) struct Argument<'n, 's> {
    /// The value.
    pub(super) node: &'n Node<'s>,
    /// Whether the value's tag is the call and no part of the value.
    pub(super) is_tagged: bool,
}

impl<'n, 's> Argument<'n, 's> {
    /// The value as it is written; `None` if it is itself a call.
    pub(super) fn written(self) -> Option<&'n Node<'s>> {
        let is_call = long(self.node).is_some() || (!self.is_tagged && tag(self.node).is_some());
        (!is_call).then_some(self.node)
    }

    /// The items of a list that is written out; empty for anything else.
    pub(super) fn items(self) -> &'n [Node<'s>] {
        self.written().map_or(&[], Node::items)
    }

    /// The text of a scalar that is written out.
    pub(super) fn text(self) -> Option<&'n str> {
        self.written().and_then(Node::as_str)
    }
}

impl<'n, 's> Call<'n, 's> {
    /// The call that a node is, if it is one.
    pub(super) fn of(node: &'n Node<'s>) -> Option<Self> {
        if let Some(name) = tag(node) {
            return Some(Call {
                name,
                argument: Argument {
                    node,
                    is_tagged: true,
                },
                loc: node.place(),
            });
        }
        let (name, argument) = long(node)?;
        Some(Call {
            name,
            argument: Argument {
                node: argument,
                is_tagged: false,
            },
            loc: node.place(),
        })
    }
}

/// The name of a tag of somebody's own: `Sub` of `!Sub`, but not `str` of `!!str`.
fn tag<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let name = node.tag.as_ref()?.value.strip_prefix('!')?;
    let name = name.strip_prefix("Fn::").unwrap_or(name);
    (!name.is_empty() && !name.starts_with('!')).then_some(name)
}

/// The name and the argument of a call in the long notation.
fn long<'n, 's>(node: &'n Node<'s>) -> Option<(&'n str, &'n Node<'s>)> {
    let [entry] = node.entries() else { return None };
    let name = entry.key.value.as_ref();
    match name.strip_prefix("Fn::") {
        // A loop is no value: whole documents are rid of loops first.
        Some(function) if !function.starts_with("ForEach") => Some((function, &entry.value)),
        None if name == "Ref" => Some((name, &entry.value)),
        _ => None,
    }
}

/// The name that a `Ref` refers to.
pub(super) fn referred<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let call = Call::of(node).filter(|call| call.name == "Ref")?;
    call.argument.text().map(str::trim)
}

/// The longest rendering that is made. What is longer is told apart by where it stands instead.
const LONGEST: usize = 512;

/// A node in one line and in one notation, so that equal calls read the same; `None` where that gets long.
pub(super) fn rendered(node: &Node<'_>) -> Option<String> {
    let mut out = String::new();
    render(node, &mut out).then_some(out)
}

/// A call as [`rendered`].
pub(super) fn rendered_call(call: Call<'_, '_>) -> Option<String> {
    let mut out = String::new();
    render_call(call, &mut out).then_some(out)
}

fn render(node: &Node<'_>, out: &mut String) -> bool {
    if out.len() > LONGEST {
        return false;
    }
    match Call::of(node) {
        None => render_written(node, out),
        Some(call) => render_call(call, out),
    }
}

fn render_call(call: Call<'_, '_>, out: &mut String) -> bool {
    out.push('!');
    out.push_str(call.name);
    out.push(' ');
    match call.argument.written() {
        Some(written) => render_written(written, out),
        None if call.argument.is_tagged => match long(call.argument.node) {
            Some((name, inside)) => {
                out.push('!');
                out.push_str(name);
                out.push(' ');
                render(inside, out)
            }
            None => false,
        },
        None => render(call.argument.node, out),
    }
}

fn render_written(node: &Node<'_>, out: &mut String) -> bool {
    match &node.kind {
        NodeKind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                if !render(item, out) {
                    return false;
                }
            }
            out.push(']');
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(&entry.key.value);
                out.push_str(": ");
                if !render(&entry.value, out) {
                    return false;
                }
            }
            out.push('}');
        }
        NodeKind::Text(text) => out.push_str(&text.value),
        NodeKind::Unknown(unknown) => out.push_str(&unknown.name),
        NodeKind::Null => out.push('~'),
        NodeKind::Number(number) => out.push_str(number),
        NodeKind::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
    }
    out.len() <= LONGEST
}
