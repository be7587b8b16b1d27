//! The files of one folder as a module: what it declares, by name.
//!
//! Override files (`override.tf`, `…_override.tf`) replace arguments of what the others declare, and a `.tofu` file stands
//! in for the `.tf` file of the same name, as OpenTofu has it.
//!
//! <https://developer.hashicorp.com/terraform/language/files/override>

use super::File;
use super::instance::Mode;
use crate::source::Loc;
use crate::tree::hcl::{Attribute, Block, Body, ExpressionKind};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a folder declares.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    /// The folder, empty for the working directory.
    pub(super) folder: String,
    pub(super) variables: BTreeMap<&'a str, Cow<'a, Block>>,
    pub(super) locals: BTreeMap<&'a str, &'a Attribute>,
    pub(super) outputs: BTreeMap<&'a str, Cow<'a, Block>>,
    /// By their names, `data.aws_x.y`.
    pub(super) resources: BTreeMap<String, Resource<'a>>,
    pub(super) calls: BTreeMap<&'a str, Cow<'a, Block>>,
    /// The `provider` blocks, in order.
    pub(super) providers: Vec<&'a Block>,
}

/// The name of a resource or data source in its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name<'a> {
    pub(super) mode: Mode,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
}

/// A resource or data source.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    pub(super) name: Name<'a>,
    pub(super) block: Cow<'a, Block>,
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.kind, self.name)
    }
}

/// Every folder with configuration, by name.
pub(super) fn modules(files: &[File]) -> BTreeMap<&str, Module<'_>> {
    let configurations = || {
        files
            .iter()
            .filter(|file| !file.is_values() && !file.is_unit())
    };
    let tofu: BTreeSet<String> = configurations()
        .filter(|file| file.path.ends_with(".tofu") || file.path.ends_with(".tofu.json"))
        .map(|file| file.path.replace(".tofu", ".tf"))
        .collect();
    let is_replaced = |file: &File| tofu.contains(&file.path);
    let mut modules: BTreeMap<&str, Module<'_>> = BTreeMap::new();
    for overrides in [false, true] {
        for file in configurations() {
            if is_override(&file.path) != overrides || is_replaced(file) {
                continue;
            }
            let folder = folder_of(&file.path);
            let module = modules.entry(folder).or_insert_with(|| Module {
                folder: folder.to_string(),
                ..Module::default()
            });
            module.add(&file.hcl.body, overrides);
        }
    }
    modules
}

fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// The folder of a path: everything before the last slash.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `path` as seen from `folder`, with `.` and `..` worked out.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let is_absolute = path.starts_with('/');
    let folder = if is_absolute { "" } else { folder };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    if is_absolute || folder.starts_with('/') {
        format!("/{joined}")
    } else {
        joined
    }
}

/// The folder that a `module` block calls, if it is one of this tree.
pub(super) fn source_of(block: &Block) -> Option<&str> {
    match &block.body.attribute("source")?.value.kind {
        ExpressionKind::Text(text) => {
            let is_local = text.value.starts_with("./") || text.value.starts_with("../");
            (is_local || matches!(text.value.as_ref(), "." | "..")).then_some(text.value.as_ref())
        }
        _ => None,
    }
}

/// The source that a `module` block names, wherever it leads; empty where it is not a plain text.
pub(super) fn written_source(block: &Block) -> &str {
    match block
        .body
        .attribute("source")
        .map(|source| &source.value.kind)
    {
        Some(ExpressionKind::Text(text)) => text.value.as_ref(),
        _ => "",
    }
}

impl<'a> Module<'a> {
    /// The place of the first thing it declares.
    pub(super) fn place(&self) -> Option<Loc> {
        let resources = self.resources.values().map(|one| one.block.kind.loc);
        let calls = self.calls.values().map(|block| block.kind.loc);
        resources.chain(calls).min()
    }

    fn add(&mut self, body: &'a Body, overrides: bool) {
        for block in &body.blocks {
            let label = |at: usize| {
                block
                    .labels
                    .get(at)
                    .map_or("", |label| label.value.as_str())
            };
            match block.kind.value.as_str() {
                "variable" => put(&mut self.variables, label(0), block, overrides),
                "output" => put(&mut self.outputs, label(0), block, overrides),
                "module" => put(&mut self.calls, label(0), block, overrides),
                "resource" | "data" => {
                    let name = Name {
                        mode: if block.kind.value == "data" {
                            Mode::Data
                        } else {
                            Mode::Resource
                        },
                        kind: label(0),
                        name: label(1),
                    };
                    match self.resources.get_mut(&name.to_string()) {
                        Some(base) if overrides => replace(&mut base.block, block),
                        Some(_) => {}
                        None => {
                            let block = Cow::Borrowed(block);
                            self.resources
                                .insert(name.to_string(), Resource { name, block });
                        }
                    }
                }
                "locals" => {
                    for one in &block.body.attributes {
                        self.locals.insert(&one.name.value, one);
                    }
                }
                "provider" => self.providers.push(block),
                // Its data source is there for its own assertions only.
                _ => {}
            }
        }
    }
}

fn put<'a>(
    into: &mut BTreeMap<&'a str, Cow<'a, Block>>,
    key: &'a str,
    block: &'a Block,
    overrides: bool,
) {
    match into.get_mut(key) {
        Some(base) if overrides => replace(base, block),
        // Terraform refuses a second declaration; the first is as good as the other.
        Some(_) => {}
        None => {
            into.insert(key, Cow::Borrowed(block));
        }
    }
}

/// Puts the arguments and blocks of an override in place of those of the same name.
fn replace(base: &mut Cow<'_, Block>, block: &Block) {
    let base = base.to_mut();
    for attribute in &block.body.attributes {
        let name = &attribute.name.value;
        base.body.attributes.retain(|one| one.name.value != *name);
        base.body.attributes.push(attribute.clone());
    }
    for inner in &block.body.blocks {
        let is_replaced = |one: &Block| one.kind.value == inner.kind.value;
        base.body.blocks.retain(|one| !is_replaced(one));
    }
    base.body.blocks.extend(block.body.blocks.iter().cloned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_worked_out() {
        for (folder, path, expected) in [
            ("infra/prod", "../modules/x", "infra/modules/x"),
            ("infra", "./x/", "infra/x"),
            ("", "./x", "x"),
            ("", "../x", "../x"),
            ("../a", "../x", "../x"),
            ("/abs/a", "../x", "/abs/x"),
            ("a", ".", "a"),
            ("a", "/b/c", "/b/c"),
        ] {
            assert_eq!(join(folder, path), expected, "{folder} {path}");
        }
        assert_eq!(folder_of("main.tf"), "");
        assert_eq!(folder_of("a/b/main.tf"), "a/b");
    }
}
