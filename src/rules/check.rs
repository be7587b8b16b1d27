//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

mod action_not_in_resource_policy;
mod broken_document;
mod endpoint_denies_ecr;
mod endpoint_denies_layer_bucket;
mod image_actions;
mod incomplete_pull_actions;
mod incomplete_push_actions;
mod invalid_policy_grammar;
mod limit_reached;
mod malformed_ecr_resource;
mod public_private_prefix_mixup;
mod reading;
mod scoped_authorization_token;
mod unknown_ecr_action;
mod unreadable_file;

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
        yaml: include_str!("../../rules/action-not-in-resource-policy.yaml"),
        check: Some(action_not_in_resource_policy::check),
    },
    Row {
        yaml: include_str!("../../rules/public-private-prefix-mixup.yaml"),
        check: Some(public_private_prefix_mixup::check),
    },
    Row {
        yaml: include_str!("../../rules/invalid-policy-grammar.yaml"),
        check: Some(invalid_policy_grammar::check),
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
