//! What is read of repositories and registries, and of what could not be worked out.

use super::super::specimen::{all, facts, given, recognized, shown, survives};
use super::*;
use crate::model::Facts;

const POLICY: &str = "{Statement: [{Effect: Allow, Principal: '*', Action: ecr:BatchGetImage}]}";

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn only(facts: &Facts) -> &Repository {
    let [repository] = facts.repositories.as_slice() else {
        panic!("{:?}", facts.repositories)
    };
    repository
}

#[test]
fn a_repository_with_everything() {
    let text = leak(format!(
        r#"
RepositoryName: team/⟨app⟩
RepositoryPolicyText: {POLICY}
ImageTagMutability: IMMUTABLE_WITH_EXCLUSION
ImageTagMutabilityExclusionFilters:
  - {{ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: dev-*}}
LifecyclePolicy: {{LifecyclePolicyText: '{{"rules": []}}', RegistryId: '123456789012'}}
ImageScanningConfiguration: {{ScanOnPush: true}}
Tags: {{team: a}}
"#
    ));
    let facts = facts("AWS::ECR::Repository", text);
    let repository = only(&facts);
    assert_eq!(shown(&repository.name.value), "team/⟨app⟩");
    assert_eq!(
        shown(&repository.arn),
        "arn:aws:ecr:⟨t#region⟩:⟨t#account⟩:repository/team/⟨app⟩"
    );
    assert!(!repository.is_public && repository.policy_is_read);
    let policy = repository.policy.as_ref().expect("a policy");
    assert_eq!(policy.layer, Layer::Repository);
    assert!(Arc::ptr_eq(policy, facts.policies.first().expect("it")));
    assert_eq!(
        given(&repository.mutability).as_deref(),
        Some("IMMUTABLE_WITH_EXCLUSION")
    );
    assert_eq!(all(&repository.mutable_tags), ["dev-*"]);
    assert_eq!(
        given(&repository.lifecycle).as_deref(),
        Some("{\"rules\": []}")
    );
    assert_eq!(given(&repository.scan_on_push).as_deref(), Some("true"));
    assert_eq!(repository.tags, [("team".to_string(), "a".into())]);
}

#[test]
fn policies_in_every_form() {
    let read = |value: &str| {
        let text = leak(format!("RepositoryPolicyText: {value}"));
        let facts = facts("AWS::ECR::Repository", text);
        let repository = only(&facts);
        (repository.policy.is_some(), repository.policy_is_read)
    };
    for (value, expected) in [
        (POLICY, (true, true)),
        ("'{\"Statement\": []}'", (true, true)),
        ("''", (false, true)),
        ("~", (false, true)),
        ("⟨x⟩", (false, false)),
        ("'{\"Statement\": [⟨x⟩, 7'", (false, false)),
        ("[]", (false, false)),
        ("text", (false, false)),
    ] {
        assert_eq!(read(value), expected, "{value}");
    }
    let broken = recognized(&[(
        "AWS::ECR::Repository",
        "RepositoryPolicyText: '{\"Statement\": [}'",
    )]);
    assert_eq!(broken.problems.len(), 1);
    let none = facts("AWS::ECR::Repository", "{RepositoryName: a}");
    assert!(only(&none).policy.is_none() && only(&none).policy_is_read);
    let unknown = facts("AWS::ECR::Repository", "⟨x⟩");
    assert!(!only(&unknown).policy_is_read);
}

#[test]
fn public_repositories() {
    let facts = facts("AWS::ECR::PublicRepository", "{RepositoryName: a}");
    assert!(only(&facts).is_public);
    assert_eq!(
        shown(&only(&facts).arn),
        "arn:aws:ecr-public::⟨t#account⟩:repository/a"
    );
}

#[test]
fn what_is_declared_outside_of_the_repository() {
    let text = leak(format!("{{Repository: ⟨t#Repo⟩, Policy: {POLICY}}}"));
    for (kind, is_public) in [
        ("aws_ecr_repository_policy", false),
        ("aws_ecrpublic_repository_policy", true),
    ] {
        let facts = facts(kind, text);
        let policy = facts.repository_policies.first().expect("a policy");
        assert_eq!(policy.is_public, is_public);
        assert_eq!(shown(&policy.repository.value), "⟨t#Repo⟩");
        assert!(policy.policy.is_some());
    }
    let open = facts(
        "aws_ecr_repository_policy",
        "{Repository: app, Policy: ⟨x⟩}",
    );
    let open = open.repository_policies.first().expect("a policy");
    assert!(open.policy.is_none());
    assert!(
        facts("aws_ecr_repository_policy", "{Policy: ⟨x⟩}")
            .repository_policies
            .is_empty()
    );
    let lifecycle = facts(
        "aws_ecr_lifecycle_policy",
        "{Repository: app, Policy: {rules: [{rulePriority: ⟨p⟩}]}}",
    );
    let lifecycle = lifecycle.lifecycle_policies.first().expect("a policy");
    assert_eq!(
        given(&lifecycle.text).as_deref(),
        Some("{\"rules\":[{\"rulePriority\":⟨p⟩}]}")
    );
}

#[test]
fn settings_of_the_registry() {
    let setting = |kind: &str, text: &'static str| {
        let mut facts = facts(kind, text);
        facts.registry_settings.pop().map(|setting| setting.kind)
    };
    let policy = setting(
        "AWS::ECR::RegistryPolicy",
        leak(format!("PolicyText: {POLICY}")),
    );
    let Some(RegistrySettingKind::Policy(Some(policy))) = policy else {
        panic!("{policy:?}")
    };
    assert_eq!(policy.layer, Layer::Registry);
    assert!(matches!(
        setting("AWS::ECR::RegistryPolicy", "PolicyText: ⟨x⟩"),
        Some(RegistrySettingKind::Policy(None))
    ));
    let scope = setting(
        "aws_ecr_account_setting",
        "{Name: REGISTRY_POLICY_SCOPE, Value: V2}",
    );
    assert!(
        matches!(scope, Some(RegistrySettingKind::PolicyScope(value)) if shown(&value.value) == "V2")
    );
    assert!(
        setting(
            "aws_ecr_account_setting",
            "{Name: BASIC_SCAN_TYPE_VERSION, Value: AWS_NATIVE}"
        )
        .is_none()
    );
    let cache = setting(
        "AWS::ECR::PullThroughCacheRule",
        "{EcrRepositoryPrefix: hub, UpstreamRegistryUrl: registry-1.docker.io, CredentialArn: ⟨s⟩}",
    );
    let Some(RegistrySettingKind::PullThroughCache {
        prefix,
        upstream,
        credential,
    }) = cache
    else {
        panic!("{cache:?}")
    };
    assert_eq!(shown(&prefix.value), "hub");
    assert_eq!(given(&upstream).as_deref(), Some("registry-1.docker.io"));
    assert_eq!(given(&credential).as_deref(), Some("⟨s⟩"));
    let template = setting(
        "AWS::ECR::RepositoryCreationTemplate",
        "{Prefix: ROOT, AppliedFor: [PULL_THROUGH_CACHE], RepositoryPolicy: ⟨x⟩}",
    );
    let Some(RegistrySettingKind::CreationTemplate {
        prefix,
        applied_for,
        policy,
        policy_is_read,
    }) = template
    else {
        panic!("{template:?}")
    };
    assert_eq!(shown(&prefix.value), "ROOT");
    assert_eq!(all(&applied_for), ["PULL_THROUGH_CACHE"]);
    assert!(policy.is_none() && !policy_is_read);
    assert!(matches!(
        setting(
            "AWS::ECR::RegistryScanningConfiguration",
            "{ScanType: ENHANCED}"
        ),
        Some(RegistrySettingKind::Scanning(Some(_)))
    ));
}

#[test]
fn replication_of_cloudformation_and_of_terraform() {
    let cloudformation = "{ReplicationConfiguration: {Rules: [{Destinations: [{Region: us-east-1, RegistryId: '111122223333'}], RepositoryFilters: [{Filter: prod, FilterType: PREFIX_MATCH}]}]}}";
    let terraform = "{ReplicationConfiguration: [{Rule: [{Destination: [{Region: us-east-1, RegistryId: '111122223333'}], RepositoryFilter: [{Filter: prod, FilterType: PREFIX_MATCH}]}]}]}";
    for text in [cloudformation, terraform] {
        let facts = facts("AWS::ECR::ReplicationConfiguration", text);
        let Some(RegistrySettingKind::Replication(targets)) =
            facts.registry_settings.first().map(|one| &one.kind)
        else {
            panic!("{:?}", facts.registry_settings)
        };
        let [target] = targets.as_slice() else {
            panic!("{targets:?}")
        };
        assert_eq!(
            [shown(&target.region), shown(&target.account)],
            ["us-east-1", "111122223333"]
        );
        assert_eq!(target.prefixes, ["prod".into()]);
    }
}

#[test]
fn odd_values_do_no_harm() {
    for (kind, _) in KINDS {
        survives(
            kind,
            &[
                "RepositoryName",
                "Repository",
                "RepositoryPolicyText",
                "Policy",
                "PolicyText",
                "RepositoryPolicy",
                "ImageTagMutability",
                "ImageTagMutabilityExclusionFilters",
                "ImageTagMutabilityExclusionFilters.Filter",
                "LifecyclePolicy",
                "LifecyclePolicy.LifecyclePolicyText",
                "ImageScanningConfiguration",
                "ImageScanningConfiguration.ScanOnPush",
                "Tags",
                "EcrRepositoryPrefix",
                "Prefix",
                "AppliedFor",
                "ReplicationConfiguration",
                "ReplicationConfiguration.Rules",
                "ReplicationConfiguration.Rules.Destinations",
                "ReplicationConfiguration.Rules.Destinations.Region",
                "Name",
                "Value",
            ],
        );
    }
}
