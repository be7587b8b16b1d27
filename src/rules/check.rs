//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

/// A built-in rule: its YAML, and its check unless the YAML is declarative.
pub struct Row {
    /// The rule file.
    pub yaml: &'static str,
    /// The check that its `check:` key names.
    pub check: Option<Check>,
}

/// Every built-in rule, in order of code.
pub const ROWS: &[Row] = &[];
