//! What a job takes from elsewhere in its file: `extends` and `!reference`.
//!
//! <https://docs.gitlab.com/ci/yaml/yaml_optimization/>

use crate::source::Spanned;
use crate::tree::{Entry, Node};

/// Most jobs that one job extends, over however many steps: GitLab allows 11 levels.
const MAX_LAYERS: usize = 64;

/// A job and the jobs it extends, the strongest first.
pub(super) struct Layers<'n, 's> {
    nodes: Vec<&'n Node<'s>>,
    missing: Option<Spanned<String>>,
}

impl<'n, 's> Layers<'n, 's> {
    /// The layers of a job.
    pub(super) fn of(job: &'n Entry<'s>, root: &'n Node<'s>) -> Self {
        let mut layers = Layers {
            nodes: Vec::new(),
            missing: None,
        };
        layers.add(&job.value, root, &mut vec![job.key.value.as_ref()]);
        layers
    }

    fn add(&mut self, job: &'n Node<'s>, root: &'n Node<'s>, open: &mut Vec<&'n str>) {
        if self.nodes.len() >= MAX_LAYERS {
            return;
        }
        self.nodes.push(job);
        let bases = job.get("extends").map_or(&[][..], Node::one_or_many);
        // The last one is the strongest, with all that it extends itself.
        for base in bases.iter().rev() {
            let Some(name) = base.as_str() else { continue };
            if open.contains(&name) {
                continue;
            }
            match root.get(name) {
                Some(found) if found.is_map() => {
                    open.push(name);
                    self.add(found, root, open);
                    open.pop();
                }
                _ => {
                    let what = Spanned::new(format!("extends {name}"), base.place());
                    self.missing.get_or_insert(what);
                }
            }
        }
    }

    /// The value of a key: that of the strongest layer which has it.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        self.nodes
            .iter()
            .find_map(|node| node.get(key))
            .filter(|value| !value.is_null())
    }

    /// The layers, the strongest first.
    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &'n Node<'s>> + '_ {
        self.nodes.iter().copied()
    }

    /// A job that is extended but is not in this file.
    pub(super) fn missing(&self) -> Option<Spanned<String>> {
        self.missing.clone()
    }
}

/// What a `!reference [job, key]` means.
pub(super) enum Referenced<'n, 's> {
    /// The node is no reference.
    Nothing,
    /// It means this.
    Found(&'n Node<'s>),
    /// It means something that is not in this file.
    Missing(Spanned<String>),
}

/// Follows a node if it is a reference.
pub(super) fn referenced<'n, 's>(node: &'n Node<'s>, root: &'n Node<'s>) -> Referenced<'n, 's> {
    let is_reference = node
        .tag
        .as_ref()
        .is_some_and(|tag| tag.value == "!reference");
    if !is_reference {
        return Referenced::Nothing;
    }
    let keys: Vec<&str> = node.items().iter().filter_map(Node::as_str).collect();
    let mut found = Some(root);
    for (at, key) in keys.iter().enumerate() {
        found = match (found, at) {
            // The job may have it from another.
            (Some(job), 1) => job.get(key).or_else(|| {
                let entry = root.entry(keys.first()?)?;
                Layers::of(entry, root).get(key)
            }),
            (Some(inner), _) => inner.get(key),
            (None, _) => None,
        };
    }
    match found {
        Some(found) if !keys.is_empty() => Referenced::Found(found),
        _ => Referenced::Missing(Spanned::new(
            format!("!reference [{}]", keys.join(", ")),
            node.place(),
        )),
    }
}
