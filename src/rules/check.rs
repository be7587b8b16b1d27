//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

mod broken_document;
mod credentials_in_task_definition;
mod limit_reached;
mod malformed_ecr_image;
mod malformed_role_arn;
mod missing_execution_role;
mod place;
mod shared_task_and_execution_role;
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
        yaml: include_str!("../../rules/missing-execution-role.yaml"),
        check: Some(missing_execution_role::check),
    },
    Row {
        yaml: include_str!("../../rules/shared-task-and-execution-role.yaml"),
        check: Some(shared_task_and_execution_role::check),
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
        yaml: include_str!("../../rules/malformed-ecr-image.yaml"),
        check: Some(malformed_ecr_image::check),
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
