//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

mod account_or_region_mismatch;
mod action_not_in_resource_policy;
mod api_action_denied;
mod application_rights_on_execution_role;
mod apprunner_access_role;
mod batch_execution_role;
mod boundary_blocks_flow;
mod broken_document;
mod codebuild_image_pull;
mod credentials_in_task_definition;
mod credentials_in_user_data;
mod credentials_not_configured;
mod cross_account_without_repository_policy;
mod cross_region_image;
pub mod denials;
mod deny_blocks_image_flow;
mod deprecated_get_login;
mod endpoint_denials;
mod endpoint_denies_ecr;
mod endpoint_denies_layer_bucket;
mod endpoint_excludes_actor;
mod endpoint_policy_grammar;
mod endpoint_region_mismatch;
mod endpoint_security_group_closed;
mod endpoints;
mod exec_command_without_ssmmessages;
mod execution_role_cannot_log;
mod execution_role_cannot_read_secret;
mod hardcoded_credentials;
mod image_actions;
mod images_in_sight;
mod immutable_tag_overwritten;
mod incomplete_endpoint_set;
mod incomplete_pull_actions;
mod incomplete_push_actions;
mod ineffective_condition;
mod instance_role_cannot_pull;
mod interactive_login;
mod invalid_policy_grammar;
mod key_sets;
mod lambda_image_not_permitted;
mod limit_reached;
mod login_denied;
mod login_region_mismatch;
mod long_lived_credentials;
mod malformed_ecr_image;
mod malformed_ecr_resource;
mod malformed_role_arn;
mod missing_authorization_token;
mod missing_execution_role;
mod missing_id_token_permission;
mod oidc_trust_rejects_workflow;
mod pipeline_reading;
mod place;
mod platform_mismatch;
mod private_dns_disabled;
mod problems;
mod public_private_prefix_mixup;
mod pull_denied;
mod pull_through_cache_denied;
mod push_denied;
mod push_without_login;
mod reading;
mod registry_policy_blocks_flow;
mod repository_credentials_on_ecr_image;
mod role_not_assumable_by_ecs_tasks;
mod s3_interface_endpoint_for_ecr;
mod scoped_authorization_token;
mod session_token_missing;
mod shared_task_and_execution_role;
mod swapped_roles;
mod task_role_pulls_image;
mod task_roles;
mod undeclared_repository;
mod unknown_ecr_action;
mod unreadable_file;
mod unrestricted_push;
mod wrong_login_username;

/// A built-in rule: its YAML, and its check unless the YAML is declarative.
pub struct Row {
    /// The rule file.
    pub yaml: &'static str,
    /// The check that its `check:` key names; `None` for a declarative rule, and for `unused-ignore`, whose findings are
    /// made where ignores are applied.
    pub check: Option<Check>,
}

/// Every built-in rule, in order of code.
pub const ROWS: &[Row] = &[
    Row {
        yaml: include_str!("../../rules/scoped-authorization-token.yaml"),
        check: Some(scoped_authorization_token::check),
    },
    Row {
        yaml: include_str!("../../rules/missing-authorization-token.yaml"),
        check: Some(missing_authorization_token::check),
    },
    Row {
        yaml: include_str!("../../rules/incomplete-push-actions.yaml"),
        check: Some(incomplete_push_actions::check),
    },
    Row {
        yaml: include_str!("../../rules/incomplete-pull-actions.yaml"),
        check: Some(incomplete_pull_actions::check),
    },
    Row {
        yaml: include_str!("../../rules/unknown-ecr-action.yaml"),
        check: Some(unknown_ecr_action::check),
    },
    Row {
        yaml: include_str!("../../rules/malformed-ecr-resource.yaml"),
        check: Some(malformed_ecr_resource::check),
    },
    Row {
        yaml: include_str!("../../rules/ineffective-condition.yaml"),
        check: Some(ineffective_condition::check),
    },
    Row {
        yaml: include_str!("../../rules/deny-blocks-image-flow.yaml"),
        check: Some(deny_blocks_image_flow::check),
    },
    Row {
        yaml: include_str!("../../rules/action-not-in-resource-policy.yaml"),
        check: Some(action_not_in_resource_policy::check),
    },
    Row {
        yaml: include_str!("../../rules/public-private-prefix-mixup.yaml"),
        check: Some(public_private_prefix_mixup::check),
    },
    Row {
        yaml: include_str!("../../rules/unrestricted-push.yaml"),
        check: Some(unrestricted_push::check),
    },
    Row {
        yaml: include_str!("../../rules/invalid-policy-grammar.yaml"),
        check: Some(invalid_policy_grammar::check),
    },
    Row {
        yaml: include_str!("../../rules/pull-denied.yaml"),
        check: Some(pull_denied::check),
    },
    Row {
        yaml: include_str!("../../rules/push-denied.yaml"),
        check: Some(push_denied::check),
    },
    Row {
        yaml: include_str!("../../rules/login-denied.yaml"),
        check: Some(login_denied::check),
    },
    Row {
        yaml: include_str!("../../rules/account-or-region-mismatch.yaml"),
        check: Some(account_or_region_mismatch::check),
    },
    Row {
        yaml: include_str!("../../rules/cross-account-without-repository-policy.yaml"),
        check: Some(cross_account_without_repository_policy::check),
    },
    Row {
        yaml: include_str!("../../rules/boundary-blocks-flow.yaml"),
        check: Some(boundary_blocks_flow::check),
    },
    Row {
        yaml: include_str!("../../rules/undeclared-repository.yaml"),
        check: Some(undeclared_repository::check),
    },
    Row {
        yaml: include_str!("../../rules/pull-through-cache-denied.yaml"),
        check: Some(pull_through_cache_denied::check),
    },
    Row {
        yaml: include_str!("../../rules/api-action-denied.yaml"),
        check: Some(api_action_denied::check),
    },
    Row {
        yaml: include_str!("../../rules/missing-execution-role.yaml"),
        check: Some(missing_execution_role::check),
    },
    Row {
        yaml: include_str!("../../rules/task-role-pulls-image.yaml"),
        check: Some(task_role_pulls_image::check),
    },
    Row {
        yaml: include_str!("../../rules/swapped-roles.yaml"),
        check: Some(swapped_roles::check),
    },
    Row {
        yaml: include_str!("../../rules/shared-task-and-execution-role.yaml"),
        check: Some(shared_task_and_execution_role::check),
    },
    Row {
        yaml: include_str!("../../rules/role-not-assumable-by-ecs-tasks.yaml"),
        check: Some(role_not_assumable_by_ecs_tasks::check),
    },
    Row {
        yaml: include_str!("../../rules/execution-role-cannot-log.yaml"),
        check: Some(execution_role_cannot_log::check),
    },
    Row {
        yaml: include_str!("../../rules/execution-role-cannot-read-secret.yaml"),
        check: Some(execution_role_cannot_read_secret::check),
    },
    Row {
        yaml: include_str!("../../rules/application-rights-on-execution-role.yaml"),
        check: Some(application_rights_on_execution_role::check),
    },
    Row {
        yaml: include_str!("../../rules/exec-command-without-ssmmessages.yaml"),
        check: Some(exec_command_without_ssmmessages::check),
    },
    Row {
        yaml: include_str!("../../rules/malformed-role-arn.yaml"),
        check: Some(malformed_role_arn::check),
    },
    Row {
        yaml: include_str!("../../rules/credentials-in-task-definition.yaml"),
        check: Some(credentials_in_task_definition::check),
    },
    Row {
        yaml: include_str!("../../rules/repository-credentials-on-ecr-image.yaml"),
        check: Some(repository_credentials_on_ecr_image::check),
    },
    Row {
        yaml: include_str!("../../rules/malformed-ecr-image.yaml"),
        check: Some(malformed_ecr_image::check),
    },
    Row {
        yaml: include_str!("../../rules/platform-mismatch.yaml"),
        check: Some(platform_mismatch::check),
    },
    Row {
        yaml: include_str!("../../rules/cross-region-image.yaml"),
        check: Some(cross_region_image::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-denies-ecr.yaml"),
        check: Some(endpoint_denies_ecr::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-denies-layer-bucket.yaml"),
        check: Some(endpoint_denies_layer_bucket::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-excludes-actor.yaml"),
        check: Some(endpoint_excludes_actor::check),
    },
    Row {
        yaml: include_str!("../../rules/incomplete-endpoint-set.yaml"),
        check: Some(incomplete_endpoint_set::check),
    },
    Row {
        yaml: include_str!("../../rules/private-dns-disabled.yaml"),
        check: Some(private_dns_disabled::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-region-mismatch.yaml"),
        check: Some(endpoint_region_mismatch::check),
    },
    Row {
        yaml: include_str!("../../rules/s3-interface-endpoint-for-ecr.yaml"),
        check: Some(s3_interface_endpoint_for_ecr::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-security-group-closed.yaml"),
        check: Some(endpoint_security_group_closed::check),
    },
    Row {
        yaml: include_str!("../../rules/endpoint-policy-grammar.yaml"),
        check: Some(endpoint_policy_grammar::check),
    },
    Row {
        yaml: include_str!("../../rules/missing-id-token-permission.yaml"),
        check: Some(missing_id_token_permission::check),
    },
    Row {
        yaml: include_str!("../../rules/push-without-login.yaml"),
        check: Some(push_without_login::check),
    },
    Row {
        yaml: include_str!("../../rules/login-region-mismatch.yaml"),
        check: Some(login_region_mismatch::check),
    },
    Row {
        yaml: include_str!("../../rules/deprecated-get-login.yaml"),
        check: Some(deprecated_get_login::check),
    },
    Row {
        yaml: include_str!("../../rules/password-on-command-line.yaml"),
        check: None,
    },
    Row {
        yaml: include_str!("../../rules/wrong-login-username.yaml"),
        check: Some(wrong_login_username::check),
    },
    Row {
        yaml: include_str!("../../rules/interactive-login.yaml"),
        check: Some(interactive_login::check),
    },
    Row {
        yaml: include_str!("../../rules/credentials-not-configured.yaml"),
        check: Some(credentials_not_configured::check),
    },
    Row {
        yaml: include_str!("../../rules/long-lived-credentials.yaml"),
        check: Some(long_lived_credentials::check),
    },
    Row {
        yaml: include_str!("../../rules/hardcoded-credentials.yaml"),
        check: Some(hardcoded_credentials::check),
    },
    Row {
        yaml: include_str!("../../rules/session-token-missing.yaml"),
        check: Some(session_token_missing::check),
    },
    Row {
        yaml: include_str!("../../rules/oidc-trust-rejects-workflow.yaml"),
        check: Some(oidc_trust_rejects_workflow::check),
    },
    Row {
        yaml: include_str!("../../rules/immutable-tag-overwritten.yaml"),
        check: Some(immutable_tag_overwritten::check),
    },
    Row {
        yaml: include_str!("../../rules/lambda-image-not-permitted.yaml"),
        check: Some(lambda_image_not_permitted::check),
    },
    Row {
        yaml: include_str!("../../rules/instance-role-cannot-pull.yaml"),
        check: Some(instance_role_cannot_pull::check),
    },
    Row {
        yaml: include_str!("../../rules/credentials-in-user-data.yaml"),
        check: Some(credentials_in_user_data::check),
    },
    Row {
        yaml: include_str!("../../rules/apprunner-access-role.yaml"),
        check: Some(apprunner_access_role::check),
    },
    Row {
        yaml: include_str!("../../rules/codebuild-image-pull.yaml"),
        check: Some(codebuild_image_pull::check),
    },
    Row {
        yaml: include_str!("../../rules/batch-execution-role.yaml"),
        check: Some(batch_execution_role::check),
    },
    Row {
        yaml: include_str!("../../rules/registry-policy-blocks-flow.yaml"),
        check: Some(registry_policy_blocks_flow::check),
    },
    Row {
        yaml: include_str!("../../rules/broken-document.yaml"),
        check: Some(broken_document::check),
    },
    Row {
        yaml: include_str!("../../rules/unreadable-file.yaml"),
        check: Some(unreadable_file::check),
    },
    Row {
        yaml: include_str!("../../rules/unused-ignore.yaml"),
        check: None,
    },
    Row {
        yaml: include_str!("../../rules/limit-reached.yaml"),
        check: Some(limit_reached::check),
    },
];
