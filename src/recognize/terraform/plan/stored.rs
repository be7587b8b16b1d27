//! States as Terraform stores them, version 4: resources with their instances, each with its attributes.
//!
//! The format is Terraform's own and not promised to anybody, but people keep such files and it has not changed since 0.12.
//!
//! <https://developer.hashicorp.com/terraform/language/state>

use super::{MOST_RESOURCES, Resource};
use crate::recognize::terraform::instance::Mode;
use crate::tree::{Node, NodeKind};
use std::borrow::Cow;

/// Whether the document is a stored state.
pub(super) fn is_state(root: &Node<'_>) -> bool {
    root.get("version").and_then(Node::as_str) == Some("4")
        && root.has("terraform_version")
        && root.has("lineage")
        && root.get("resources").is_some_and(Node::is_list)
}

/// Its resources.
pub(super) fn collect<'n, 's>(root: &'n Node<'s>, out: &mut Vec<Resource<'n, 's>>) {
    for resource in root.get("resources").map_or(&[][..], Node::items) {
        let text = |name: &str| resource.get(name).and_then(Node::as_str);
        let mode = match text("mode") {
            Some("managed") => Mode::Resource,
            Some("data") => Mode::Data,
            _ => continue,
        };
        let (Some(kind), Some(name)) = (text("type"), text("name")) else {
            continue;
        };
        let module = text("module").unwrap_or("");
        let mut base = String::new();
        if !module.is_empty() {
            base = format!("{module}.");
        }
        if mode == Mode::Data {
            base.push_str("data.");
        }
        base = format!("{base}{kind}.{name}");
        for node in resource.get("instances").map_or(&[][..], Node::items) {
            if out.len() >= MOST_RESOURCES {
                return;
            }
            // What is about to be destroyed is no longer what is declared.
            if node.has("deposed") {
                continue;
            }
            out.push(Resource {
                address: Cow::Owned(format!("{base}{}", key(node))),
                module,
                mode,
                kind,
                provider: text("provider").map(provider),
                node,
                values: node.get("attributes").filter(|values| values.is_map()),
                unknown: None,
            });
        }
    }
}

/// `[0]` or `["a"]`, as addresses have it.
fn key(instance: &Node<'_>) -> String {
    match instance.get("index_key").map(|key| (&key.kind, key)) {
        Some((NodeKind::Number(number), _)) => format!("[{number}]"),
        Some((_, key)) => key
            .as_str()
            .map_or_else(String::new, |key| format!("[{key:?}]")),
        None => String::new(),
    }
}

/// `aws.east` of `provider["registry.terraform.io/hashicorp/aws"].east`, also below a module.
fn provider(written: &str) -> String {
    let alias = written
        .rsplit_once(']')
        .map_or("", |(_, alias)| alias)
        .trim_start_matches('.');
    let source = written.split('"').nth(1).unwrap_or("aws");
    let name = source.rsplit('/').next().unwrap_or(source);
    if alias.is_empty() {
        name.to_string()
    } else {
        format!("{name}.{alias}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_have_a_name_and_an_alias() {
        for (written, expected) in [
            (r#"provider["registry.terraform.io/hashicorp/aws"]"#, "aws"),
            (
                r#"provider["registry.opentofu.org/hashicorp/aws"].east"#,
                "aws.east",
            ),
            (
                r#"module.a.provider["registry.terraform.io/hashicorp/aws"].x"#,
                "aws.x",
            ),
            ("provider.aws", "aws"),
            ("", "aws"),
        ] {
            assert_eq!(provider(written), expected, "{written}");
        }
    }
}
