//! The shapes around policy documents: what the AWS CLI prints and takes, and what tools keep in files.
//!
//! Only keys that are known to hold policies are followed, so that a template of CloudFormation or Terraform, which has
//! policies somewhere inside, is left to its own dialect.

use super::{is_policy, value};
use crate::model::policy::Layer;
use crate::tree::{Node, Problem, embed};

/// What a file holds.
pub enum Found<'a, 'n, 's> {
    /// A document.
    Policy {
        /// Its map.
        node: &'a Node<'n>,
        /// What the wrapper says.
        hint: Hint,
        /// Its text, if it stands in a string.
        text: Option<&'s str>,
    },
    /// A string that should be a document and is broken JSON.
    Broken(Vec<Problem>),
}

/// What a wrapper says of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    None,
    /// This layer, for certain.
    Layer(Layer),
}

/// Deepest nesting of wrappers that is followed: the account's authorization details have four.
const MOST_WRAPPERS: usize = 8;

/// Shows every policy document of `root`, in order.
pub fn visit(root: &Node<'_>, show: &mut dyn FnMut(Found<'_, '_, '_>)) {
    walk(root, Hint::None, MOST_WRAPPERS, show);
}

fn walk(node: &Node<'_>, hint: Hint, depth: usize, show: &mut dyn FnMut(Found<'_, '_, '_>)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if is_template(node) {
        return;
    }
    if node.is_list() {
        for item in node.items() {
            walk(item, hint, depth, show);
        }
        return;
    }
    if is_policy(node) {
        show(Found::Policy {
            node,
            hint,
            text: None,
        });
        return;
    }
    for entry in node.entries() {
        match content(node, &entry.key.value) {
            Content::Nothing => {}
            Content::Wrapper => walk(&entry.value, hint, depth, show),
            Content::Document(hint) => document(&entry.value, hint, depth, show),
        }
    }
}

/// The value of a key that holds a document, as a map or as a string of JSON.
fn document(node: &Node<'_>, hint: Hint, depth: usize, show: &mut dyn FnMut(Found<'_, '_, '_>)) {
    if node.is_map() || node.is_list() {
        walk(node, hint, depth, show);
        return;
    }
    let Some(text) = node
        .as_text()
        .filter(|text| text.value.contains("Statement"))
    else {
        return;
    };
    let Some(parsed) = embed::json_in(node) else {
        return;
    };
    for inner in &parsed.documents {
        if is_policy(&inner.root) {
            show(Found::Policy {
                node: &inner.root,
                hint,
                text: Some(&text.value),
            });
        }
    }
    // A string that a template engine fills in later need not be JSON yet.
    let is_open = !value::placeholders_of(&text.value).is_known();
    if !parsed.problems.is_empty()
        && !is_open
        && parsed.problems.iter().all(|problem| !problem.is_templated)
    {
        show(Found::Broken(parsed.problems));
    }
}

/// A document of another dialect: a CloudFormation template
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>), a Kubernetes object.
fn is_template(node: &Node<'_>) -> bool {
    node.has("AWSTemplateFormatVersion")
        || (node.has("apiVersion") && node.has("kind"))
        || node.get("Resources").is_some_and(|resources| {
            resources.entries().iter().any(|resource| {
                resource
                    .value
                    .get("Type")
                    .and_then(Node::as_str)
                    .is_some_and(|kind| kind.contains("::"))
            })
        })
}

/// What a key of a wrapper holds.
enum Content {
    /// Nothing for us.
    Nothing,
    /// Further wrappers.
    Wrapper,
    /// A document.
    Document(Hint),
}

/// What the key holds, in the company of the other keys of its map.
fn content(node: &Node<'_>, key: &str) -> Content {
    let document = |layer| Content::Document(Hint::Layer(layer));
    match key {
        // ecr get-repository-policy, set-repository-policy; get-registry-policy, put-registry-policy:
        // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
        "policyText" if node.has("repositoryName") => document(Layer::Repository),
        "policyText" => document(Layer::Registry),
        // ecr create-repository-creation-template
        "repositoryPolicy" => document(Layer::Repository),
        // iam get-role, create-role: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
        "AssumeRolePolicyDocument" | "assumeRolePolicyDocument" => document(Layer::Trust),
        // iam get-policy-version: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
        "Document" if is_version_in_force(node) => document(Layer::Identity),
        "Document" => Content::Nothing,
        // iam get-role-policy, get-user-policy, get-group-policy and their put-…:
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
        "PolicyDocument"
            if node.has("PolicyName")
                && ["RoleName", "UserName", "GroupName"]
                    .iter()
                    .any(|owner| node.has(owner)) =>
        {
            document(Layer::Identity)
        }
        // organizations describe-policy: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Policy.html
        "Content" => match organization_layer(node) {
            Some(layer) => document(layer),
            None => Content::Nothing,
        },
        "PolicyDocument" | "policyDocument" | "policy_document" | "document" | "Policy"
        | "policy" => Content::Document(Hint::None),
        "PolicyVersion" | "PolicyVersionList" | "Role" | "Roles" | "RoleDetailList"
        | "RolePolicyList" | "UserDetailList" | "UserPolicyList" | "GroupDetailList"
        | "GroupPolicyList" | "Policies" => Content::Wrapper,
        _ => Content::Nothing,
    }
}

/// Of the versions of a managed policy only the default one is in force.
fn is_version_in_force(node: &Node<'_>) -> bool {
    node.get("IsDefaultVersion").and_then(Node::as_bool) != Some(false)
}

/// The layer that an organization's policy says it has.
fn organization_layer(node: &Node<'_>) -> Option<Layer> {
    match node
        .get("PolicySummary")
        .unwrap_or(node)
        .get("Type")?
        .as_str()?
    {
        "SERVICE_CONTROL_POLICY" => Some(Layer::ServiceControl),
        "RESOURCE_CONTROL_POLICY" => Some(Layer::ResourceControl),
        _ => None,
    }
}
