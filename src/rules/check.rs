//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

mod broken_document;
mod limit_reached;
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
