//! Which layer a document belongs to, where nothing around it says so.
//!
//! Content first: who is named, what may be done, on what. The path of the file is a hint for what content cannot tell.
//! The differences between the kinds of policy:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html>.

use crate::model::policy::{Element, Layer, PolicyDocument, Statement};

/// What the name of a file or of its folders hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathHint {
    /// Nothing.
    None,
    /// A layer.
    Layer(Layer),
}

/// What the path hints at: the last telling word of it counts.
pub fn path_hint(path: &str) -> PathHint {
    let lower = path.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let pairs = words.windows(2).map(|pair| pair.join("-"));
    let singles = words.iter().map(ToString::to_string);
    let told = |word: &str| {
        Some(match word {
            "scp" | "scps" | "service-control" => Layer::ServiceControl,
            "rcp" | "rcps" | "resource-control" => Layer::ResourceControl,
            "boundary" | "boundaries" => Layer::Boundary,
            "session-policy" => Layer::Session,
            "vpce" | "endpoint" | "endpoints" | "vpcendpoint" | "vpcendpoints" => Layer::Endpoint,
            "registry-policy" | "registry-permissions" => Layer::Registry,
            "repository-policy" | "repo-policy" | "repository-policies" => Layer::Repository,
            _ => return None,
        })
    };
    singles
        .chain(pairs)
        .filter_map(|word| told(&word))
        .next_back()
        .map_or(PathHint::None, PathHint::Layer)
}

/// The layer of a document, and whether its content says so. Where statements disagree the majority decides; a rule then
/// reports the others.
pub fn infer(document: &PolicyDocument, path: PathHint) -> (Layer, bool) {
    let statements = &document.statements;
    let with_principal = statements
        .iter()
        .filter(|statement| statement.principal.is_some())
        .count();
    if with_principal * 2 >= statements.len().max(1) {
        with_principals(statements, path)
    } else {
        without_principals(statements, path)
    }
}

fn with_principals(statements: &[Statement], path: PathHint) -> (Layer, bool) {
    let all = |test: fn(&str) -> bool| actions(statements).all(|action| test(&action));
    let resources = || {
        statements
            .iter()
            .filter_map(|statement| statement.resource.as_ref())
    };
    let has_resource = resources().next().is_some();
    if actions(statements).next().is_some()
        && all(|action| action.starts_with("sts:"))
        && !has_resource
    {
        return (Layer::Trust, true);
    }
    if let PathHint::Layer(layer @ (Layer::Endpoint | Layer::ResourceControl)) = path {
        return (layer, false);
    }
    if resources().any(names_layer_bucket) {
        return (Layer::Endpoint, false);
    }
    let is_ecr: fn(&str) -> bool =
        |action| action.starts_with("ecr:") || action.starts_with("ecr-public:");
    if actions(statements).next().is_none() || !all(is_ecr) {
        return (Layer::OtherResource, false);
    }
    let is_star = |element: &Element| {
        element
            .values
            .iter()
            .all(|value| value.value.as_literal() == Some("*"))
    };
    let is_registry_action: fn(&str) -> bool = |action| REGISTRY_ACTIONS.contains(&action);
    match path {
        _ if !has_resource => (Layer::Repository, true),
        _ if !resources().all(is_star) && all(is_registry_action) => (Layer::Registry, true),
        PathHint::Layer(Layer::Registry) => (Layer::Registry, false),
        _ => (Layer::Repository, false),
    }
}

/// What a registry policy of the first version may grant
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>).
const REGISTRY_ACTIONS: [&str; 3] = [
    "ecr:replicateimage",
    "ecr:batchimportupstreamimage",
    "ecr:createrepository",
];

fn without_principals(statements: &[Statement], path: PathHint) -> (Layer, bool) {
    let assumes = actions(statements).all(|action| action.starts_with("sts:assumerole"));
    let has_resource = statements
        .iter()
        .any(|statement| statement.resource.is_some());
    match path {
        PathHint::Layer(
            layer @ (Layer::ServiceControl
            | Layer::ResourceControl
            | Layer::Boundary
            | Layer::Session
            | Layer::Endpoint),
        ) => (layer, false),
        PathHint::Layer(layer @ (Layer::Repository | Layer::Registry)) if !has_resource => {
            (layer, false)
        }
        _ if assumes && !has_resource && actions(statements).next().is_some() => {
            (Layer::Trust, false)
        }
        _ => (Layer::Identity, true),
    }
}

/// The actions of all statements in lower case; of those with holes what is known before the first.
fn actions(statements: &[Statement]) -> impl Iterator<Item = String> + '_ {
    statements
        .iter()
        .filter_map(|statement| statement.action.as_ref())
        .flat_map(|element| element.values.iter())
        .map(|value| value.value.prefix().to_ascii_lowercase())
}

/// Whether a resource is the bucket that ECR serves layers from, which only endpoint policies have to name
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).
fn names_layer_bucket(element: &Element) -> bool {
    element
        .values
        .iter()
        .any(|value| value.value.contains("starport-layer-bucket"))
}
