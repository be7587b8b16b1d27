//! Secrets with logins to registries, and the objects of External Secrets that make them. No fact holds any part of a
//! password.
//!
//! <https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets>

use super::{namespace, text};
use crate::model::docker::StoredLogin;
use crate::model::kubernetes::{ConfigObject, PullSecret, PullSecretSource};
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::base64;
use crate::source::{Loc, Spanned};
use crate::tree::{Node, Syntax, embed, parse};

/// The key of the data, by the type of the secret.
const TYPES: [(&str, &str); 2] = [
    ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
    ("kubernetes.io/dockercfg", ".dockercfg"),
];

/// Keys under which a login holds something secret.
const CREDENTIALS: [&str; 4] = ["auth", "password", "identitytoken", "registrytoken"];

/// Largest docker configuration that is read from base64, in bytes as written. Kubernetes takes a secret of 1 MiB.
const MAX_ENCODED: usize = 2 * 1024 * 1024;

/// Whether an object is a pull secret or makes one.
pub(super) fn makes_pull_secret(node: &Node<'_>, kind: &str) -> bool {
    match kind {
        "Secret" => data_key(node.get("type")).is_some(),
        "SealedSecret" => data_key(sealed_type(node)).is_some(),
        "ExternalSecret" | "ClusterExternalSecret" => generates_token(node),
        _ => false,
    }
}

/// Reads one; `None` if it has no name.
pub(super) fn read(node: &Node<'_>, origin: Origin) -> Option<PullSecret> {
    let kind = node.get("kind").and_then(Node::as_str)?;
    let metadata = node.get("metadata");
    let spec = external_spec(node);
    let target = || text(spec?.get("target")?, "name");
    let name = target().or_else(|| text(metadata?, "name"))?;
    let mut secret = PullSecret {
        origin,
        namespace: namespace(node),
        name,
        source: PullSecretSource::Written,
        logins: Vec::new(),
        complete: false,
    };
    match kind {
        "Secret" => {
            if let Some((logins, complete)) = written(node) {
                (secret.logins, secret.complete) = (logins, complete);
            }
        }
        "ExternalSecret" | "ClusterExternalSecret" => secret.source = PullSecretSource::Generator,
        _ => {}
    }
    Some(secret)
}

/// Whether an object holds a secret access key by the name of one of its values.
pub(super) fn holds_keys(node: &Node<'_>, kind: &str) -> bool {
    matches!(kind, "Secret" | "ConfigMap")
        && ["data", "stringData"].iter().any(|data| {
            let entries = node.get(data).map_or(&[][..], Node::entries);
            entries
                .iter()
                .any(|entry| speaks_of(&entry.key.value, "SECRET_ACCESS_KEY"))
        })
}

fn speaks_of(name: &str, what: &str) -> bool {
    name.replace(['-', '.'], "_").to_uppercase().ends_with(what)
}

/// The values of an object that may be parts of access keys, or say whose they are. What stands in base64 is decoded, at
/// the place where it is written.
pub(super) fn keys(node: &Node<'_>, origin: Origin) -> ConfigObject {
    let is_encoded = node.get("kind").and_then(Node::as_str) == Some("Secret");
    let entries = |data: &str| node.get(data).map_or(&[][..], Node::entries).iter();
    let plain = entries("stringData").map(|entry| (entry, false));
    let data = entries("data").map(|entry| (entry, is_encoded));
    let values = plain
        .chain(data)
        .filter(|(entry, _)| {
            let name = &entry.key.value;
            ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"]
                .iter()
                .any(|what| speaks_of(name, what))
                || name.to_uppercase().contains("ENDPOINT")
        })
        .filter_map(|(entry, is_encoded)| {
            let name = Spanned::new(entry.key.value.to_string(), entry.key.loc);
            let value = placeholders::of_node(&entry.value, placeholders::read)?;
            let value = match value.as_literal().filter(|_| is_encoded) {
                Some(text) => {
                    let bytes = base64::decode(text)?;
                    Template::literal(String::from_utf8(bytes).ok()?.trim_end())
                }
                None => value,
            };
            Some((name, Spanned::new(value, entry.value.place())))
        });
    ConfigObject {
        origin,
        values: values.collect(),
    }
}

fn data_key(kind: Option<&Node<'_>>) -> Option<&'static str> {
    let kind = kind?.as_str()?;
    let (_, key) = TYPES.iter().find(|(name, _)| *name == kind)?;
    Some(key)
}

fn sealed_type<'n, 's>(node: &'n Node<'s>) -> Option<&'n Node<'s>> {
    node.get("spec")?.get("template")?.get("type")
}

/// The specification of an `ExternalSecret`, which one for all namespaces has a level deeper.
fn external_spec<'n, 's>(node: &'n Node<'s>) -> Option<&'n Node<'s>> {
    let spec = node.get("spec")?;
    Some(spec.get("externalSecretSpec").unwrap_or(spec))
}

/// Whether its data come from a generator of tokens for ECR.
fn generates_token(node: &Node<'_>) -> bool {
    let sources = external_spec(node).and_then(|spec| spec.get("dataFrom"));
    sources.map_or(&[][..], Node::items).iter().any(|source| {
        let kind = ["sourceRef", "generatorRef", "kind"]
            .iter()
            .try_fold(source, |node, key| node.get(key));
        kind.and_then(Node::as_str) == Some("ECRAuthorizationToken")
    })
}

/// The logins that stand in a secret, and whether all could be read.
fn written(node: &Node<'_>) -> Option<(Vec<StoredLogin>, bool)> {
    let key = data_key(node.get("type"))?;
    // What stands in plain text wins, as it does in Kubernetes.
    if let Some(plain) = node.get("stringData").and_then(|data| data.get(key)) {
        let parsed = embed::json_in(plain)?;
        let root = &parsed.documents.first()?.root;
        return Some(logins(root, &|own| own, parsed.problems.is_empty()));
    }
    let encoded = node.get("data")?.get(key)?;
    let text = encoded.as_str().filter(|text| text.len() <= MAX_ENCODED)?;
    let decoded = String::from_utf8(base64::decode(text)?).ok()?;
    let parsed = parse(encoded.loc.file, &decoded, Syntax::Json);
    let place = encoded.place();
    let root = &parsed.documents.first()?.root;
    Some(logins(root, &|_| place, parsed.problems.is_empty()))
}

/// The entries of a docker configuration, or of its older form, which has nothing around them.
fn logins(root: &Node<'_>, place: &dyn Fn(Loc) -> Loc, complete: bool) -> (Vec<StoredLogin>, bool) {
    let entries = root.get("auths").unwrap_or(root).entries();
    let read = entries
        .iter()
        .filter(|entry| entry.value.is_map())
        .map(|entry| StoredLogin {
            registry: Spanned::new(entry.key.value.to_string(), place(entry.key.loc)),
            credential: CREDENTIALS
                .iter()
                .filter_map(|key| entry.value.get(key))
                .find(|value| !value.is_null() && value.as_str() != Some(""))
                .map(|value| place(value.place())),
        });
    (read.collect(), complete)
}
