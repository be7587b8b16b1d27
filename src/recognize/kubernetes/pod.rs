//! The specification of a pod: containers with their images and environment, pull secrets, the nodes it may run on.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec>

use super::{names, reference, text, value};
use crate::model::kubernetes::{Pod, PodContainer, PodImage};
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::Spanned;
use crate::tree::Node;

/// Where objects of Kubernetes and of its extensions keep the template of a pod.
const TEMPLATES: &[&[&str]] = &[
    &["spec", "template"],
    &["spec", "jobTemplate", "spec", "template"],
    &["spec", "jobTargetRef", "template"],
    &["spec", "podTemplate"],
    &["template"],
];

/// Kinds whose template is one of a pod even if it lists no container: as a patch does that adds something else.
const WORKLOADS: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Rollout",
];

const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Labels of nodes that name their architecture, the second by a name of old
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch>).
const ARCHITECTURE: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];

/// The specification of the pods that an object is or makes.
pub(super) fn specification<'n, 's>(node: &'n Node<'s>, kind: &str) -> Option<&'n Node<'s>> {
    if kind == "Pod" {
        return node.get("spec").filter(|spec| spec.is_map());
    }
    let is_workload = WORKLOADS.contains(&kind);
    TEMPLATES.iter().find_map(|way| {
        let template = way.iter().try_fold(node, |node, key| node.get(key))?;
        let spec = template.get("spec")?;
        let is_pod = spec.is_map() && (is_workload || has_containers(spec));
        is_pod.then_some(spec)
    })
}

fn has_containers(spec: &Node<'_>) -> bool {
    let containers = spec.get("containers").map_or(&[][..], Node::items);
    containers.iter().any(|container| container.has("image"))
}

/// Reads a specification.
pub(super) fn read(spec: &Node<'_>, namespace: Option<Spanned<Template>>, origin: Origin) -> Pod {
    let containers: Vec<PodContainer> = containers(spec).map(container).collect();
    // A part of an object that somebody puts over another leaves out what it does not change.
    let is_part = containers.is_empty() || containers.iter().any(|one| one.image.is_none());
    Pod {
        origin,
        namespace,
        service_account: text(spec, "serviceAccountName").or_else(|| text(spec, "serviceAccount")),
        image_volumes: image_volumes(spec),
        pull_secrets: names(spec.get("imagePullSecrets")),
        architectures: architectures(spec),
        is_fragment: is_part,
        containers,
    }
}

/// Every container of a specification, in the order in which they start.
pub(super) fn containers<'n, 's>(spec: &'n Node<'s>) -> impl Iterator<Item = &'n Node<'s>> {
    CONTAINERS
        .into_iter()
        .flat_map(|key| spec.get(key).map_or(&[][..], Node::items))
        .filter(|container| container.is_map())
}

fn container(node: &Node<'_>) -> PodContainer {
    let variables = node.get("env").map_or(&[][..], Node::items);
    let words = ["command", "args"]
        .into_iter()
        .flat_map(|key| node.get(key).map_or(&[][..], Node::one_or_many));
    PodContainer {
        loc: node.loc,
        name: text(node, "name"),
        image: value(node, "image", reference)
            .filter(|image| !image.value.is_empty())
            .map(PodImage::new),
        environment: variables
            .iter()
            .filter_map(|variable| {
                let name = variable.get("name")?.spanned()?;
                Some((name, value(variable, "value", placeholders::read)?))
            })
            .collect(),
        command: words
            .filter_map(|word| {
                let text = placeholders::of_node(word, |text| Template::literal(text))?;
                Some(Spanned::new(text, word.place()))
            })
            .collect(),
    }
}

fn image_volumes(spec: &Node<'_>) -> Vec<PodImage> {
    let volumes = spec.get("volumes").map_or(&[][..], Node::items);
    volumes
        .iter()
        .filter_map(|volume| value(volume.get("image")?, "reference", reference))
        .map(PodImage::new)
        .collect()
}

/// The architectures that the node selector or the affinity leave, where they leave some out.
fn architectures(spec: &Node<'_>) -> Vec<Spanned<Template>> {
    let selector = spec.get("nodeSelector");
    let selected = ARCHITECTURE.iter().find_map(|label| text(selector?, label));
    if let Some(selected) = selected {
        return vec![selected];
    }
    // Any of the terms will do, so each has to name one.
    let terms = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ]
    .iter()
    .try_fold(spec, |node, key| node.get(key))
    .and_then(|required| required.get("nodeSelectorTerms"))
    .map_or(&[][..], Node::items);
    let named: Option<Vec<_>> = terms.iter().map(architectures_of_term).collect();
    named.unwrap_or_default().into_iter().flatten().collect()
}

/// The architectures that a term of an affinity allows; `None` where it allows any.
fn architectures_of_term(term: &Node<'_>) -> Option<Vec<Spanned<Template>>> {
    let expressions = term.get("matchExpressions").map_or(&[][..], Node::items);
    let expression = expressions.iter().find(|expression| {
        let key = expression.get("key").and_then(Node::as_str);
        let operator = expression.get("operator").and_then(Node::as_str);
        key.is_some_and(|key| ARCHITECTURE.contains(&key)) && operator == Some("In")
    })?;
    let values = expression.get("values")?.items();
    let read = |value: &Node<'_>| {
        let text = placeholders::of_node(value, placeholders::read)?;
        Some(Spanned::new(text, value.place()))
    };
    values.iter().map(read).collect()
}
