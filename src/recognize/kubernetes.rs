//! Manifests of Kubernetes: pods and what makes them, service accounts, pull secrets, nodes that objects of tools describe.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/>
//!
//! An object says what it is (`apiVersion`, `kind`), and a `List` holds others. Kinds that nobody reads are left to other
//! dialects: a policy may stand in an object too. A template of Helm is no YAML and is not read; where one parses all the
//! same, what it leaves open is a hole.

mod kustomization;
mod nodes;
mod pod;
mod scripts;
mod secret;
#[cfg(test)]
mod tests;

use super::{Recognized, Subject, placeholders};
use crate::model::Facts;
use crate::model::kubernetes::Pod;
use crate::model::origin::{Origin, Scope};
use crate::model::role::ServiceAccount;
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::Node;
use std::sync::Arc;

/// The annotation of a service account that names a role
/// (<https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>).
const ROLE_ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// Most lists in lists that are looked into.
const DEEPEST_LIST: usize = 4;

/// Words that stand in every document of these that says something about images, logins or keys. A pod whose images lie
/// elsewhere says nothing; one that a kustomization renames is named there.
pub const WORDS: &[&str] = &[
    "dkr.ecr",
    "dkr-ecr",
    "eks.amazonaws.com/role-arn",
    "dockerconfigjson",
    "dockercfg",
    "imagePullSecrets",
    "ECRAuthorizationToken",
    "karpenter.k8s.aws",
    "eksctl.io/",
    "SECRET_ACCESS_KEY",
    "secret_access_key",
    "secret-access-key",
    "get-login",
    "docker-registry",
    "newName",
    "newTag",
];

/// Whether the document holds an object that is read, or is a kustomization.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    kustomization::recognizes(subject) || holds_any(root, 0)
}

/// Whether a text that does not parse was clearly meant to be a manifest that names an image of ECR. A template of Helm
/// cannot be expected to parse.
pub fn is_clearly_manifest(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    has(&["apiVersion:", "kind:", "containers:", "image:", ".dkr.ecr"]) && !text.contains("{{")
}

/// What the objects of the document declare.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let mut reader = Reader {
        path,
        scope: Arc::new(Scope::unknown(path)),
        facts: Facts::default(),
    };
    if kustomization::recognizes(subject) {
        let read = kustomization::read(&subject.document.root, reader.origin_of_file(subject));
        reader.facts.kustomizations.push(read);
    } else {
        reader.read(&subject.document.root, 0);
    }
    Recognized {
        facts: reader.facts,
        problems: Vec::new(),
    }
}

struct Reader<'p> {
    path: &'p str,
    scope: Arc<Scope>,
    facts: Facts,
}

/// What an object is.
enum Object<'n, 's> {
    /// It makes pods: the specification of one.
    Pods(&'n Node<'s>),
    ServiceAccount,
    /// A secret with logins to registries, or what makes one.
    PullSecret,
    /// A secret or config map with access keys.
    Keys,
    /// Machines of a cluster, as a tool describes them.
    Nodes,
    /// It holds others.
    List(&'n [Node<'s>]),
}

fn object<'n, 's>(node: &'n Node<'s>) -> Option<Object<'n, 's>> {
    node.get("apiVersion")?.as_str()?;
    let kind = node.get("kind")?.as_str()?;
    if kind == "List" || kind.ends_with("List") && node.has("items") {
        return Some(Object::List(node.get("items")?.items()));
    }
    if kind == "ServiceAccount" {
        return Some(Object::ServiceAccount);
    }
    if secret::makes_pull_secret(node, kind) {
        return Some(Object::PullSecret);
    }
    if secret::holds_keys(node, kind) {
        return Some(Object::Keys);
    }
    if nodes::describes_nodes(node, kind) {
        return Some(Object::Nodes);
    }
    pod::specification(node, kind).map(Object::Pods)
}

fn holds_any(node: &Node<'_>, depth: usize) -> bool {
    match object(node) {
        Some(Object::List(items)) if depth < DEEPEST_LIST => {
            items.iter().any(|item| holds_any(item, depth + 1))
        }
        Some(Object::List(_)) | None => false,
        Some(_) => true,
    }
}

impl Reader<'_> {
    fn read(&mut self, node: &Node<'_>, depth: usize) {
        match object(node) {
            Some(Object::List(items)) if depth < DEEPEST_LIST => {
                for item in items {
                    self.read(item, depth + 1);
                }
            }
            Some(Object::Pods(specification)) => self.pods(node, specification),
            Some(Object::ServiceAccount) => self.service_account(node),
            Some(Object::PullSecret) => {
                let read = secret::read(node, self.origin(node));
                self.facts.pull_secrets.extend(read);
            }
            Some(Object::Keys) => {
                let read = secret::keys(node, self.origin(node));
                self.facts.config_objects.push(read);
            }
            Some(Object::Nodes) => {
                let read = nodes::read(node, &self.origin(node), self.path);
                self.facts.instances.extend(read);
            }
            Some(Object::List(_)) | None => {}
        }
    }

    fn pods(&mut self, node: &Node<'_>, specification: &Node<'_>) {
        let origin = self.origin(node);
        let pod: Pod = pod::read(specification, namespace(node), origin.clone());
        let is_scheduled = node
            .get("kind")
            .and_then(Node::as_str)
            .is_some_and(|kind| kind.starts_with("Cron"));
        let found = scripts::read(specification, self.path, &origin, is_scheduled);
        self.facts.pipelines.extend(found.pipelines);
        self.facts.pull_secrets.extend(found.pull_secrets);
        self.facts.pods.push(pod);
    }

    fn service_account(&mut self, node: &Node<'_>) {
        let metadata = node.get("metadata");
        let Some(name) = metadata.and_then(|one| text(one, "name")) else {
            return;
        };
        let role = metadata
            .and_then(|one| one.get("annotations"))
            .and_then(|annotations| value(annotations, ROLE_ANNOTATION, reference))
            .filter(|role| !role.value.is_empty());
        self.facts.service_accounts.push(ServiceAccount {
            origin: self.origin(node),
            namespace: namespace(node),
            name,
            role,
            pull_secrets: names(node.get("imagePullSecrets")),
        });
    }

    /// Where an object stands, under the name that people use on the command line: `Deployment/app`.
    fn origin(&self, node: &Node<'_>) -> Origin {
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or("object");
        let name = node
            .get("metadata")
            .and_then(|metadata| text(metadata, "name").or_else(|| text(metadata, "generateName")));
        let label = match name {
            Some(name) => format!("{kind}/{}", name.value),
            None => kind.to_string(),
        };
        Origin {
            loc: node.loc,
            label,
            scope: Arc::clone(&self.scope),
            is_certain: true,
        }
    }

    fn origin_of_file(&self, subject: &Subject<'_, '_>) -> Origin {
        Origin {
            loc: subject.document.root.loc,
            label: self.path.to_string(),
            scope: Arc::clone(&self.scope),
            is_certain: true,
        }
    }
}

fn namespace(node: &Node<'_>) -> Option<Spanned<Template>> {
    text(node.get("metadata")?, "namespace")
}

/// The names in a list of references: `[{name: x}]`.
fn names(list: Option<&Node<'_>>) -> Vec<Spanned<Template>> {
    let items = list.map_or(&[][..], Node::items);
    items.iter().filter_map(|item| text(item, "name")).collect()
}

/// A value as plain text.
fn text(node: &Node<'_>, key: &str) -> Option<Spanned<Template>> {
    value(node, key, placeholders::read)
}

/// An ARN or an image.
fn reference(text: &str) -> Template {
    placeholders::read_reference(text)
}

fn value(node: &Node<'_>, key: &str, read: impl Fn(&str) -> Template) -> Option<Spanned<Template>> {
    let value = node.get(key)?;
    Some(Spanned::new(
        placeholders::of_node(value, read)?,
        value.place(),
    ))
}
