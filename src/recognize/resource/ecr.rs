//! Repositories of ECR and ECR Public, and the settings of a private registry.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECR.html>. The kinds of Terraform are those
//! whose resource has no twin there (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs>).

mod written;

use super::property;
use super::{Declared, Kinds};
use crate::model::policy::{Layer, Policy};
use crate::model::repository::{
    FoundRepository, LifecyclePolicy, RegistrySetting, RegistrySettingKind, ReplicationTarget,
    Repository, RepositoryPolicy,
};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::Spanned;
use crate::tree::Node;
use std::sync::Arc;

/// The kind of a repository that is looked up and not declared.
pub const FOUND: &str = "aws_ecr_repository_found";

/// What is read here.
pub(super) const KINDS: Kinds = &[
    ("AWS::ECR::Repository", repository),
    ("AWS::ECR::PublicRepository", repository),
    (FOUND, found),
    ("aws_ecr_repository_policy", repository_policy),
    ("aws_ecrpublic_repository_policy", repository_policy),
    ("aws_ecr_lifecycle_policy", lifecycle_policy),
    ("AWS::ECR::RegistryPolicy", registry_policy),
    ("AWS::ECR::PullThroughCacheRule", pull_through_cache),
    ("AWS::ECR::RepositoryCreationTemplate", creation_template),
    ("AWS::ECR::ReplicationConfiguration", replication),
    ("AWS::ECR::RegistryScanningConfiguration", scanning),
    ("aws_ecr_account_setting", account_setting),
];

fn repository(one: &Declared<'_>, recognized: &mut Recognized) {
    let properties = &one.properties;
    let (policy, policy_is_read) = repository_policy_of(
        one,
        properties.get_any(&["RepositoryPolicyText", "PolicyText"]),
        recognized,
    );
    let lifecycle = properties.get("LifecyclePolicy").and_then(|lifecycle| {
        let inner = lifecycle.get("LifecyclePolicyText").unwrap_or(lifecycle);
        written::json(inner)
    });
    let filters = properties.get("ImageTagMutabilityExclusionFilters");
    let mutable_tags = filters.map_or(&[][..], Node::one_or_many);
    let scan_on_push = properties
        .get("ImageScanningConfiguration")
        .and_then(|scanning| scanning.get_any(&["ScanOnPush", "scanOnPush"]))
        .and_then(property::name);
    let (tags, tags_are_read) = one.tags();
    recognized.facts.repositories.push(Repository {
        origin: one.origin.clone(),
        name: one.name(),
        arn: one.arn(),
        is_public: one.kind == "AWS::ECR::PublicRepository",
        policy,
        policy_is_read: policy_is_read && one.unread().is_empty(),
        mutability: one.any_name(&["ImageTagMutability"]),
        mutable_tags: mutable_tags.iter().filter_map(filter).collect(),
        lifecycle,
        scan_on_push,
        tags,
        tags_are_read,
    });
}

fn found(one: &Declared<'_>, recognized: &mut Recognized) {
    if let Some(name) = one.any_name(&["RepositoryName"]) {
        recognized.facts.found_repositories.push(FoundRepository {
            origin: one.origin.clone(),
            name,
        });
    }
}

/// The text of a filter of tags: of CloudFormation, of Terraform and the API, or the text itself.
fn filter(node: &Node<'_>) -> Option<Spanned<Template>> {
    const NAMES: [&str; 3] = ["ImageTagMutabilityExclusionFilterValue", "Filter", "filter"];
    property::name(node.get_any(&NAMES).unwrap_or(node))
}

/// A repository policy and whether all that is said of it was read: an absent one is.
fn repository_policy_of(
    one: &Declared<'_>,
    node: Option<&Node<'_>>,
    recognized: &mut Recognized,
) -> (Option<Arc<Policy>>, bool) {
    let Some(node) = node.filter(|node| !node.is_null() && node.as_str() != Some("")) else {
        return (None, true);
    };
    let policy = property::declared_policy(one, node, Layer::Repository, recognized);
    let is_read = policy.is_some();
    (policy, is_read)
}

fn repository_policy(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(repository) = one.any_name(&["Repository", "RepositoryName"]) else {
        return;
    };
    let node = one.properties.get_any(&["Policy", "PolicyText"]);
    let (policy, _) = repository_policy_of(one, node, recognized);
    recognized.facts.repository_policies.push(RepositoryPolicy {
        origin: one.origin.clone(),
        repository,
        policy,
        is_public: one.kind == "aws_ecrpublic_repository_policy",
    });
}

fn lifecycle_policy(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(repository) = one.any_name(&["Repository", "RepositoryName"]) else {
        return;
    };
    let node = one.properties.get_any(&["Policy", "LifecyclePolicyText"]);
    recognized.facts.lifecycle_policies.push(LifecyclePolicy {
        origin: one.origin.clone(),
        repository,
        text: node.and_then(written::json),
    });
}

fn setting(one: &Declared<'_>, kind: RegistrySettingKind, recognized: &mut Recognized) {
    recognized.facts.registry_settings.push(RegistrySetting {
        origin: one.origin.clone(),
        kind,
    });
}

fn registry_policy(one: &Declared<'_>, recognized: &mut Recognized) {
    let node = one.properties.get_any(&["PolicyText", "Policy"]);
    let policy =
        node.and_then(|node| property::declared_policy(one, node, Layer::Registry, recognized));
    setting(one, RegistrySettingKind::Policy(policy), recognized);
}

/// `REGISTRY_POLICY_SCOPE` is the one that decides what a registry policy may say; the others say nothing here
/// (<https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html>).
fn account_setting(one: &Declared<'_>, recognized: &mut Recognized) {
    let name = one.any_name(&["Name"]);
    let is_scope =
        name.is_some_and(|name| name.value.as_literal() == Some("REGISTRY_POLICY_SCOPE"));
    if let Some(value) = one.any_name(&["Value"]).filter(|_| is_scope) {
        setting(one, RegistrySettingKind::PolicyScope(value), recognized);
    }
}

fn pull_through_cache(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(prefix) = one.any_name(&["EcrRepositoryPrefix"]) else {
        return;
    };
    let kind = RegistrySettingKind::PullThroughCache {
        prefix,
        upstream: one.any_name(&["UpstreamRegistryUrl", "UpstreamRegistry"]),
        credential: one.text("CredentialArn"),
    };
    setting(one, kind, recognized);
}

fn creation_template(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(prefix) = one.any_name(&["Prefix"]) else {
        return;
    };
    let (policy, policy_is_read) =
        repository_policy_of(one, one.properties.get("RepositoryPolicy"), recognized);
    let applied_for = one.properties.get("AppliedFor").map(property::names);
    let kind = RegistrySettingKind::CreationTemplate {
        prefix,
        applied_for: applied_for.unwrap_or_default().items,
        policy,
        policy_is_read,
    };
    setting(one, kind, recognized);
}

/// `{ReplicationConfiguration: {Rules: [{Destinations: […], RepositoryFilters: […]}]}}`.
fn replication(one: &Declared<'_>, recognized: &mut Recognized) {
    let properties = &one.properties;
    let configuration = properties
        .get("ReplicationConfiguration")
        .unwrap_or(properties);
    // Terraform's blocks are lists, also where there can be but one.
    let configuration = configuration.one_or_many().first();
    let rules = configuration.and_then(|inner| inner.get_any(&["Rules", "Rule"]));
    let mut targets = Vec::new();
    for rule in rules.map_or(&[][..], Node::one_or_many) {
        let filters = rule.get_any(&["RepositoryFilters", "RepositoryFilter"]);
        let prefixes: Vec<Template> = filters
            .map_or(&[][..], Node::one_or_many)
            .iter()
            .filter_map(filter)
            .map(|filter| filter.value)
            .collect();
        let destinations = rule.get_any(&["Destinations", "Destination"]);
        for destination in destinations.map_or(&[][..], Node::one_or_many) {
            let field = |name: &str| destination.get(name).and_then(property::text);
            if let (Some(region), Some(account)) = (field("Region"), field("RegistryId")) {
                targets.push(ReplicationTarget {
                    loc: destination.place(),
                    region: region.value,
                    account: account.value,
                    prefixes: prefixes.clone(),
                });
            }
        }
    }
    setting(one, RegistrySettingKind::Replication(targets), recognized);
}

fn scanning(one: &Declared<'_>, recognized: &mut Recognized) {
    let kind = RegistrySettingKind::Scanning(one.any_name(&["ScanType"]));
    setting(one, kind, recognized);
}

#[cfg(test)]
mod tests;
