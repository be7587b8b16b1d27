//! The checks, one file each, and the table that joins them to `rules/*.yaml`.
//!
//! To add a rule: `rules/<name>.yaml`, fixtures under `tests/fixtures/rules/<name>/`, a row here, and for a rule that is
//! not declarative `src/rules/check/<name>.rs`. `cargo test --test house` says what is missing.

use super::Check;

mod broken_document;
mod credentials_not_configured;
mod deprecated_get_login;
mod hardcoded_credentials;
mod interactive_login;
mod key_sets;
mod limit_reached;
mod login_region_mismatch;
mod long_lived_credentials;
mod missing_id_token_permission;
mod password_on_command_line;
mod pipeline_reading;
mod push_without_login;
mod session_token_missing;
mod unreadable_file;
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
        check: Some(password_on_command_line::check),
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
