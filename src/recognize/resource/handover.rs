//! Stacks and modules that are not in sight, and what is passed to them.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html>

use super::{Declared, Kinds, property};
use crate::model::handover::Handover;
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::Spanned;
use crate::tree::{Node, NodeKind};

/// What is read here: modules of Terraform, with what is passed to them as `Parameters`. Stacks are read in [`stack`](super::stack).
pub(super) const KINDS: Kinds = &[("module", handed_over)];

/// Most values of one call.
const MOST_VALUES: usize = 2000;

/// Notes what is passed to a stack or module.
pub(super) fn handed_over(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(parameters) = one.properties.get("Parameters") else {
        return;
    };
    let mut values = Vec::new();
    collect("", parameters, &mut values);
    if !values.is_empty() {
        recognized.facts.handovers.push(Handover {
            origin: one.origin.clone(),
            values,
        });
    }
}

/// The names and ids in a value, under the name of the argument they are in. Who gets an ARN alone attaches nothing.
fn collect(argument: &str, node: &Node<'_>, out: &mut Vec<(String, Spanned<Template>)>) {
    if out.len() >= MOST_VALUES {
        return;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| collect(argument, item, out)),
        NodeKind::Map(entries) if property::text(node).is_none() => {
            for entry in entries {
                let name = format!("{argument} {}", entry.key.value.to_ascii_lowercase());
                collect(&name, &entry.value, out);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
        _ => {
            if let Some(text) = property::name(node)
                && !text.value.prefix().starts_with("arn:")
                && !text.value.is_empty()
            {
                out.push((argument.to_string(), text));
            }
        }
    }
}
