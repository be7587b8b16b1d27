//! Compose files: the services with their images, how they are built, and their environment.
//!
//! <https://docs.docker.com/reference/compose-file/>
//!
//! Each file is read alone. What several files make together, and what a command gives to their variables, only the
//! command tells: [`link`](crate::link) asks.

use super::interpolation::{self, Dollar};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::docker::{BuildOptions, ComposeBuild, ComposeFile, ComposeService};
use crate::model::origin::{Origin, Scope};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Node, NodeKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands at the top of a compose file besides extensions (`x-…`).
const TOP: &[&str] = &[
    "services", "version", "name", "networks", "volumes", "secrets", "configs", "include", "models",
];

/// What shows that a map is a service.
const OF_SERVICES: &[&str] = &["image", "build", "extends", "provider"];

/// Most services that extend each other.
const MOST_EXTENSIONS: usize = 16;

/// Whether a file is called like a compose file.
pub fn is_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    is_yaml && (name.starts_with("docker-compose") || name.starts_with("compose."))
}

/// Whether the document is a compose file: nothing stands in it but what may stand in one, and something that can only
/// be a service of compose.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    let Some(services) = root.get("services").filter(|services| services.is_map()) else {
        return false;
    };
    let is_top = |key: &str| TOP.contains(&key) || key.starts_with("x-");
    root.entries().iter().all(|entry| is_top(&entry.key.value))
        && services
            .entries()
            .iter()
            .any(|entry| OF_SERVICES.iter().any(|key| entry.value.has(key)))
}

/// What the services of the file pull, build and find in their environment.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let scope = Arc::new(Scope::unknown(path));
    let Some(services) = root.get("services") else {
        return Recognized::default();
    };
    let reader = Reader {
        path,
        scope: Arc::clone(&scope),
        by_name: services
            .entries()
            .iter()
            .map(|entry| (entry.key.value.as_ref(), &entry.value))
            .collect(),
    };
    let compose_services = services
        .entries()
        .iter()
        .filter(|entry| entry.value.is_map())
        .map(|entry| {
            let loc = entry.key.loc.cover(entry.value.loc);
            reader.service(&entry.key.value, loc, &entry.value)
        })
        .collect();
    let file = ComposeFile {
        origin: Origin {
            loc: root.loc,
            label: path.to_string(),
            scope,
            is_certain: true,
        },
        includes: root.has("include"),
    };
    Recognized {
        facts: Facts {
            compose_files: vec![file],
            compose_services,
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

struct Reader<'p, 'n, 's> {
    path: &'p str,
    scope: Arc<Scope>,
    by_name: BTreeMap<&'n str, &'n Node<'s>>,
}

/// A service with the services of the same file that it extends, nearest first.
struct Layers<'n, 's> {
    nodes: Vec<&'n Node<'s>>,
    is_partial: bool,
}

impl<'n, 's> Layers<'n, 's> {
    fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        self.nodes
            .iter()
            .find_map(|node| node.get(key).filter(|value| !value.is_null()))
    }

    /// The key in every layer, the outermost first, so that a later one hides an earlier one.
    fn all(&self, key: &str) -> impl Iterator<Item = &'n Node<'s>> {
        self.nodes
            .iter()
            .rev()
            .filter_map(move |node| node.get(key))
    }
}

impl<'n, 's> Reader<'_, 'n, 's> {
    fn service(&self, name: &str, loc: Loc, node: &'n Node<'s>) -> ComposeService {
        let layers = self.layers(node);
        let literal = |key: &str| layers.get(key).and_then(|value| self.text(value));
        ComposeService {
            origin: Origin {
                loc,
                label: name.to_string(),
                scope: Arc::clone(&self.scope),
                is_certain: true,
            },
            image: layers
                .get("image")
                .and_then(|image| self.image(image))
                .filter(|image| !image.value.is_empty()),
            build: self.build(&layers),
            platform: literal("platform"),
            environment: self.environment(&layers),
            pull_policy: literal("pull_policy"),
            has_profiles: layers
                .get("profiles")
                .is_some_and(|profiles| !profiles.one_or_many().is_empty()),
            depends_on: names(layers.get("depends_on")),
            is_partial: layers.is_partial,
        }
    }

    fn layers(&self, node: &'n Node<'s>) -> Layers<'n, 's> {
        let mut layers = Layers {
            nodes: vec![node],
            is_partial: false,
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut at = node;
        while let Some(extends) = at.get("extends").filter(|extends| !extends.is_null()) {
            let is_elsewhere = extends.has("file");
            let name = extends.get("service").unwrap_or(extends).as_str();
            let base = name
                .filter(|name| {
                    !is_elsewhere && layers.nodes.len() < MOST_EXTENSIONS && seen.insert(name)
                })
                .and_then(|name| self.by_name.get(name));
            let Some(base) = base else {
                layers.is_partial = true;
                break;
            };
            layers.nodes.push(base);
            at = base;
        }
        layers
    }

    fn build(&self, layers: &Layers<'n, 's>) -> Option<ComposeBuild> {
        let node = layers.get("build")?;
        // `build: ./web`
        if !node.is_map() {
            return Some(ComposeBuild {
                loc: node.place(),
                context: self.text(node)?.value,
                dockerfile: None,
                is_inline: false,
                options: BuildOptions::default(),
                tags: Vec::new(),
                platforms: Vec::new(),
            });
        }
        // The parts of a build that is extended come together.
        let nodes = || layers.all("build").filter(|node| node.is_map());
        let get = |key: &str| nodes().filter_map(|node| node.get(key)).last();
        let mut arguments = BTreeMap::new();
        let mut contexts = BTreeMap::new();
        let mut has_more_arguments = false;
        for (key, into) in [
            ("args", &mut arguments),
            ("additional_contexts", &mut contexts),
        ] {
            for node in nodes().filter_map(|node| node.get(key)) {
                has_more_arguments |= !node.is_map() && !node.is_list();
                for (name, value) in self.pairs(node) {
                    into.insert(name.value, value);
                }
            }
        }
        let list = |key: &str| {
            get(key)
                .map_or(&[][..], Node::one_or_many)
                .iter()
                .filter_map(|item| self.image(item))
                .collect()
        };
        let text = |key: &str| {
            get(key)
                .and_then(|node| self.text(node))
                .map(|text| text.value)
        };
        Some(ComposeBuild {
            loc: node.place(),
            context: text("context").unwrap_or_else(|| Template::literal(".")),
            dockerfile: text("dockerfile"),
            is_inline: get("dockerfile_inline").is_some(),
            options: BuildOptions {
                target: text("target").filter(|target| !target.is_empty()),
                arguments,
                contexts,
                has_more_arguments,
            },
            tags: list("tags"),
            platforms: list("platforms"),
        })
    }

    fn environment(&self, layers: &Layers<'n, 's>) -> Vec<(Spanned<String>, Spanned<Template>)> {
        let mut found: Vec<(Spanned<String>, Spanned<Template>)> = Vec::new();
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        for node in layers.all("environment") {
            for (name, value) in self.pairs(node) {
                match at.get(&name.value).and_then(|at| found.get_mut(*at)) {
                    Some(earlier) => *earlier = (name, value),
                    None => {
                        at.insert(name.value.clone(), found.len());
                        found.push((name, value));
                    }
                }
            }
        }
        found
    }

    /// `{A: 1}` or `[A=1]`, each with the place where the value itself is written. A name alone takes its value from where
    /// the command runs.
    fn pairs(&self, node: &'n Node<'s>) -> Vec<(Spanned<String>, Spanned<Template>)> {
        let from_outside = |name: &str, loc: Loc| {
            let hole = crate::model::docker::variable_hole(self.path, name, None);
            (
                Spanned::new(name.to_string(), loc),
                Spanned::new(Template::hole(hole, format!("${name}")), loc),
            )
        };
        if node.is_map() {
            let pair = |entry: &'n crate::tree::Entry<'s>| {
                let name = entry.key.value.as_ref();
                if entry.value.is_null() {
                    return Some(from_outside(name, entry.key.loc));
                }
                let value = self.text(&entry.value)?;
                let name = Spanned::new(name.to_string(), entry.key.loc);
                Some((name, Spanned::new(value.value, entry.value.loc)))
            };
            return node.entries().iter().filter_map(pair).collect();
        }
        let pair = |item: &'n Node<'s>| {
            let text = item.as_str()?;
            let Some((name, value)) = text.split_once('=') else {
                return Some(from_outside(text, item.loc));
            };
            let at = |range: std::ops::Range<usize>| match &item.kind {
                NodeKind::Text(text) => Loc::new(item.loc.file, text.file_span(range)),
                _ => item.loc,
            };
            Some((
                Spanned::new(name.to_string(), at(0..name.len())),
                Spanned::new(
                    interpolation::read(value, self.path, Dollar::Doubled),
                    at(name.len() + 1..text.len()),
                ),
            ))
        };
        node.items().iter().filter_map(pair).collect()
    }

    fn text(&self, node: &Node<'_>) -> Option<Spanned<Template>> {
        let text = node.as_str()?;
        let value = interpolation::read(text, self.path, Dollar::Doubled);
        Some(Spanned::new(value, node.place()))
    }

    fn image(&self, node: &Node<'_>) -> Option<Spanned<Template>> {
        let text = node.as_str()?.trim();
        let value = interpolation::read_image(text, self.path, Dollar::Doubled);
        Some(Spanned::new(value, node.place()))
    }
}

/// `[a, b]` or `{a: …, b: …}`.
fn names(node: Option<&Node<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    if node.is_map() {
        let keys = node.entries().iter();
        return keys.map(|entry| entry.key.value.to_string()).collect();
    }
    let items = node.items().iter();
    items.filter_map(Node::as_str).map(str::to_string).collect()
}

#[cfg(test)]
mod tests;
