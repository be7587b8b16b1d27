//! The excerpt of the configuration that a plan holds: which arguments are set, and what their expressions refer to.

use super::address::{base, caller, name, segments, within};
use crate::tree::{Node, NodeKind};
use std::collections::BTreeMap;

/// The excerpt, by address without keys.
pub(super) struct Configuration<'n, 's> {
    modules: BTreeMap<String, &'n Node<'s>>,
    resources: BTreeMap<String, &'n Node<'s>>,
    providers: Option<&'n Node<'s>>,
}

/// How a value came to be.
#[derive(Clone, Copy)]
pub(super) enum Written<'n, 's> {
    /// The configuration does not set it: the provider does.
    Absent,
    /// By an expression: `{"constant_value": …}` or `{"references": […]}`.
    Expression(&'n Node<'s>),
    /// A block: a map of what is set in it.
    Block(&'n Node<'s>),
    /// Blocks of one name.
    Blocks(&'n [Node<'s>]),
    /// It is not in sight (`dynamic` blocks).
    NotInSight,
}

/// An attribute of a resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The address of the instance.
    pub(super) address: String,
    pub(super) attribute: String,
}

/// Longest way through variables and outputs that is followed.
const FARTHEST: usize = 32;

impl<'n, 's> Configuration<'n, 's> {
    pub(super) fn new(root: &'n Node<'s>) -> Self {
        let configuration = root.get("configuration");
        let mut read = Configuration {
            modules: BTreeMap::new(),
            resources: BTreeMap::new(),
            providers: configuration.and_then(|one| one.get("provider_config")),
        };
        if let Some(module) = configuration.and_then(|one| one.get("root_module")) {
            read.add(String::new(), module);
        }
        read
    }

    fn add(&mut self, address: String, module: &'n Node<'s>) {
        for resource in module.get("resources").map_or(&[][..], Node::items) {
            if let Some(name) = resource.get("address").and_then(Node::as_str) {
                self.resources.insert(within(&address, name), resource);
            }
        }
        for call in module.get("module_calls").map_or(&[][..], Node::entries) {
            if let Some(inner) = call.value.get("module") {
                let name = format!("module.{}", call.key.value);
                self.add(within(&address, &name), inner);
            }
        }
        self.modules.insert(address, module);
    }

    /// What the configuration sets of a resource.
    pub(super) fn written(&self, address: &str) -> Written<'n, 's> {
        match self.resources.get(&base(address)) {
            // A resource without arguments has no expressions.
            Some(resource) => resource
                .get("expressions")
                .map_or(Written::Absent, Written::Block),
            None => Written::NotInSight,
        }
    }

    /// The name of the provider's configuration that a resource uses; `aws` where that is not told.
    pub(super) fn provider_of(&self, address: &str) -> &'n str {
        self.resources
            .get(&base(address))
            .and_then(|resource| resource.get("provider_config_key")?.as_str())
            .unwrap_or("aws")
    }

    /// The arguments of a provider's configuration.
    pub(super) fn provider(&self, key: &str) -> Option<&'n Node<'s>> {
        self.providers?.get(key)?.get("expressions")
    }

    /// The one attribute that an expression in `module` refers to, through variables and outputs; `None` if there are others,
    /// or if what it refers to is no attribute of a resource.
    pub(super) fn reference(&self, module: &str, expression: &Node<'_>) -> Option<Reference> {
        let mut module = module.to_string();
        let mut only = only_reference(expression)?;
        for _ in 0..FARTHEST {
            let parts = segments(only);
            let expression = match parts.as_slice() {
                ["var", variable] => {
                    let (parent, call) = caller(&module)?;
                    let calls = self.modules.get(&base(&parent))?.get("module_calls")?;
                    let expression = calls.get(call)?.get("expressions")?.get(variable)?;
                    module = parent;
                    expression
                }
                ["module", call, output] => {
                    module = within(&module, &format!("module.{call}"));
                    let outputs = self.modules.get(&base(&module))?.get("outputs")?;
                    outputs.get(output)?.get("expression")?
                }
                ["data", kind, label, attribute] if is_type(kind) => {
                    return Some(Reference {
                        address: within(&module, &format!("data.{kind}.{label}")),
                        attribute: plain(attribute)?,
                    });
                }
                [kind, label, attribute] if is_type(kind) => {
                    return Some(Reference {
                        address: within(&module, &format!("{kind}.{label}")),
                        attribute: plain(attribute)?,
                    });
                }
                _ => return None,
            };
            only = only_reference(expression)?;
        }
        None
    }
}

fn is_type(kind: &str) -> bool {
    kind.contains('_') && kind == name(kind)
}

fn plain(attribute: &str) -> Option<String> {
    (attribute == name(attribute)).then(|| attribute.to_string())
}

/// The reference of an expression that has one. Terraform lists `aws_x.y.arn` with `aws_x.y` behind it.
fn only_reference<'n>(expression: &'n Node<'_>) -> Option<&'n str> {
    let listed = expression.get("references")?.items();
    let mut names = listed.iter().map(Node::as_str);
    let longest = names.clone().flatten().max_by_key(|name| name.len())?;
    let is_part = |name: &str| {
        longest
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    names
        .all(|name| name.is_some_and(is_part))
        .then_some(longest)
}

impl<'n, 's> Written<'n, 's> {
    /// How an argument or block of this name in it was written. `is_block` tells whether the plan has a block there.
    pub(super) fn entry(self, name: &str, is_block: bool) -> Self {
        match self {
            Written::Block(block) => match block.get(name) {
                // Blocks that the configuration does not show are those of `dynamic`.
                None if is_block => Written::NotInSight,
                None => Written::Absent,
                Some(inner) => match &inner.kind {
                    NodeKind::List(items) => Written::Blocks(items),
                    NodeKind::Map(entries)
                        if entries.iter().all(|entry| is_word(&entry.key.value)) =>
                    {
                        Written::Expression(inner)
                    }
                    NodeKind::Map(_) => Written::Block(inner),
                    _ => Written::NotInSight,
                },
            },
            // An expression makes everything that is in its value.
            Written::Expression(_) | Written::NotInSight => self,
            Written::Absent if is_block => Written::NotInSight,
            Written::Absent => Written::Absent,
            Written::Blocks(_) => Written::NotInSight,
        }
    }

    /// How item `at` of `count` was written.
    pub(super) fn item(self, at: usize, count: usize) -> Self {
        match self {
            Written::Blocks(blocks) if blocks.len() == count => {
                blocks.get(at).map_or(Written::NotInSight, Written::Block)
            }
            Written::Blocks(_) | Written::Absent => Written::NotInSight,
            Written::Expression(_) | Written::Block(_) | Written::NotInSight => self,
        }
    }
}

fn is_word(key: &str) -> bool {
    matches!(key, "references" | "constant_value")
}
