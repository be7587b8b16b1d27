//! Kustomizations: which manifests are deployed together, and which images they get.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>

use super::{reference, text, value};
use crate::model::kubernetes::{ImageOverride, Kustomization};
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::recognize::{Subject, placeholders};
use crate::source::Spanned;
use crate::tree::Node;

/// Keys whose entries change objects in ways that nobody reads.
const CHANGES: [&str; 9] = [
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "components",
    "transformers",
    "replacements",
    "vars",
    "generators",
    "helmCharts",
];

/// Whether the document is a kustomization: it says so, or is called so, which is enough for kustomize.
pub(super) fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    if let Some(kind) = root.get("kind").and_then(Node::as_str) {
        let version = root.get("apiVersion").and_then(Node::as_str).unwrap_or("");
        return matches!(kind, "Kustomization" | "Component")
            && version.starts_with("kustomize.config.k8s.io/");
    }
    let name = subject.path.rsplit('/').next().unwrap_or(subject.path);
    matches!(name, "kustomization.yaml" | "kustomization.yml")
        && ["resources", "bases", "images"]
            .iter()
            .any(|key| root.has(key))
}

/// Reads one.
pub(super) fn read(root: &Node<'_>, origin: Origin) -> Kustomization {
    let list = |key: &str| root.get(key).map_or(&[][..], Node::items);
    let mut patches: Vec<_> = list("patchesStrategicMerge")
        .iter()
        .filter_map(file)
        .collect();
    for key in ["patches", "patchesJson6902"] {
        patches.extend(list(key).iter().filter_map(|patch| text(patch, "path")));
    }
    Kustomization {
        origin,
        resources: ["resources", "bases", "components"]
            .into_iter()
            .flat_map(list)
            .filter_map(file)
            .collect(),
        images: list("images").iter().filter_map(image).collect(),
        patches,
        changes_more: CHANGES.iter().any(|key| {
            root.get(key)
                .is_some_and(|value| !value.one_or_many().is_empty())
        }),
    }
}

/// A path in a list; a patch may also stand there itself.
fn file(node: &Node<'_>) -> Option<Spanned<Template>> {
    let text = placeholders::of_node(node, placeholders::read)?;
    let is_path = text.as_literal().is_some_and(|text| !text.contains('\n'));
    is_path.then(|| Spanned::new(text, node.place()))
}

fn image(node: &Node<'_>) -> Option<ImageOverride> {
    Some(ImageOverride {
        name: value(node, "name", reference)?,
        new_name: value(node, "newName", reference).filter(|name| !name.value.is_empty()),
        new_tag: text(node, "newTag").filter(|tag| !tag.value.is_empty()),
        digest: text(node, "digest").filter(|digest| !digest.value.is_empty()),
    })
}
