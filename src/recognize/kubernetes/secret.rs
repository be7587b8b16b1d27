//! Secrets with logins to registries, and the objects of External Secrets that make them. No fact holds any part of a
//! password.
//!
//! <https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets>

use super::{namespace, text};
use crate::model::docker::StoredLogin;
use crate::model::kubernetes::{PullSecret, PullSecretSource};
use crate::model::origin::Origin;
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
