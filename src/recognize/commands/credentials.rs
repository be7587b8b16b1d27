//! Credentials that a script puts in place: exported variables, files it writes.

use super::Reader;
use super::aws::{from_shell, is_credentials_file};
use crate::model::pipeline::{ActKind, Credentials, CredentialsBy, Unseen};
use crate::model::template::Template;
use crate::recognize::shell::{Command, Output};
use crate::source::Spanned;

/// The variables from which the AWS SDKs take credentials:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html>.
const SOURCES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Whether the AWS SDKs take credentials from a variable of this name.
pub fn is_credential_variable(name: &str) -> bool {
    SOURCES.contains(&name)
}

/// Notes the value of a credential variable.
pub fn set_credential(credentials: &mut Credentials, name: &str, value: Spanned<Template>) {
    match name {
        "AWS_ACCESS_KEY_ID" => credentials.access_key_id = Some(value),
        "AWS_SECRET_ACCESS_KEY" => credentials.secret_access_key = Some(value),
        "AWS_SESSION_TOKEN" => credentials.session_token = Some(value),
        "AWS_ROLE_ARN" => credentials.role = Some(value),
        _ => {}
    }
}

/// Whether a variable tells docker or one of its twins of logins that are kept elsewhere.
pub fn is_docker_login_variable(name: &str) -> bool {
    matches!(
        name,
        "DOCKER_CONFIG" | "DOCKER_AUTH_CONFIG" | "REGISTRY_AUTH_FILE"
    )
}

impl Reader<'_> {
    /// `export AWS_ACCESS_KEY_ID=…`, and variables put before a command (in force for that command).
    pub(super) fn note_credentials(&mut self, index: usize, command: &Command) {
        for assignment in &command.assignments {
            let is_prefix = command.words.first().is_some_and(|program| {
                !matches!(
                    program.value.as_literal(),
                    Some("export" | "declare" | "typeset")
                )
            });
            let is_visible = assignment.is_exported || is_prefix;
            // An empty value takes credentials away.
            if is_visible
                && is_credential_variable(&assignment.name)
                && !assignment.value.value.is_empty()
            {
                let value = self.spanned(&assignment.value.value, &assignment.value.span);
                self.exported(command, &assignment.name, value);
            }
        }
        if command
            .words
            .first()
            .and_then(|word| word.value.as_literal())
            == Some("export")
        {
            for word in command.words.iter().skip(1) {
                self.printed(command, &word.value);
                let Some(name) = word
                    .value
                    .as_literal()
                    .filter(|name| is_credential_variable(name))
                else {
                    continue;
                };
                let value = self
                    .script
                    .variable(name, index)
                    .map(|variable| variable.value)
                    .unwrap_or_else(|| Template::hole(name, format!("${name}")));
                let value = self.spanned(&value, &word.span);
                self.exported(command, name, value);
            }
        }
    }

    /// `export $(printf "AWS_ACCESS_KEY_ID=%s …" …)`, as GitLab's documentation has it: the keys of the session that was
    /// asked for last (<https://docs.gitlab.com/ci/cloud_services/aws/>).
    fn printed(&mut self, command: &Command, word: &Template) {
        let prints_keys =
            |text: &str| text.contains("printf") && text.contains("AWS_ACCESS_KEY_ID=");
        if !word.holes().any(|hole| prints_keys(&hole.text)) {
            return;
        }
        let role = self.assumed_role.clone();
        let fresh = Credentials {
            without_oidc: true,
            ..from_shell()
        };
        self.credentials(command, |credentials| credentials.role = role, fresh);
    }

    fn exported(&mut self, command: &Command, name: &str, value: Spanned<Template>) {
        // What comes out of `aws sts assume-role` is that role's.
        let role = self
            .assumed_role
            .clone()
            .filter(|_| !value.value.is_known());
        let fresh = Credentials {
            by: if role.is_some() {
                CredentialsBy::Shell
            } else {
                CredentialsBy::Environment
            },
            role,
            ..Credentials::default()
        };
        self.credentials(
            command,
            |credentials| set_credential(credentials, name, value),
            fresh,
        );
    }

    /// Files that decide later logins: AWS CLI's own, and docker's.
    pub(super) fn note_files(&mut self, command: &Command) {
        let written = match &command.stdout {
            Output::File(word) => Some(&word.value),
            _ => None,
        };
        let program = command
            .words
            .first()
            .and_then(|word| word.value.as_literal());
        let writes_arguments = matches!(program, Some("tee" | "cp" | "mv" | "ln" | "install"));
        let mut targets = written.into_iter().chain(
            command
                .words
                .iter()
                .skip(1)
                .filter(|_| writes_arguments)
                .map(|word| &word.value),
        );
        let is_credentials = targets.clone().any(is_credentials_file);
        let is_docker = targets.any(|path| {
            path.contains(".docker/config.json")
                || path.contains("containers/auth.json")
                || path.contains("/.dockercfg")
        });
        if is_credentials {
            self.credentials(command, |_| {}, from_shell());
        }
        // A helper fetches the login by itself:
        // https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html#registry-auth-credential-helper
        let installs_helper = command.words.iter().any(|word| {
            word.value.contains("ecr-credential-helper")
                || word.value.contains("docker-credential-")
        });
        let moves_config = command
            .assignments
            .iter()
            .any(|assignment| is_docker_login_variable(&assignment.name));
        if is_docker || installs_helper || moves_config {
            let loc = self.at(&command.span);
            let text = if command.words.is_empty() {
                "DOCKER_CONFIG".to_string()
            } else {
                command
                    .words
                    .iter()
                    .map(|word| word.value.to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            self.act(
                command,
                ActKind::OutOfSight(Unseen::new(Spanned::new(text, loc))),
            );
        }
    }
}
