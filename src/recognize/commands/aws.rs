//! The AWS CLI.
//!
//! Global options may stand before the service or after the operation:
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html>.

use super::Reader;
use super::arguments::{Arguments, Grammar};
use crate::model::pipeline::{
    ActKind, AwsCall, Credentials, CredentialsBy, LegacyLogin, PasswordSource,
};
use crate::model::template::Template;
use crate::recognize::shell::{Command, Script};
use crate::source::Spanned;

/// The options without a value that may stand before the service; those of an operation need not be known, because
/// nothing after the operation is looked for but `--region` and `--profile`.
const AWS: Grammar = Grammar::with_flags(
    &[
        "--debug",
        "--no-verify-ssl",
        "--no-paginate",
        "--no-sign-request",
        "--version",
        "--no-cli-pager",
        "--cli-auto-prompt",
        "--no-cli-auto-prompt",
        "--no-include-email",
        "--include-email",
    ],
    "",
);

/// A field of credentials that a setting fills.
type Field = fn(&mut Credentials) -> &mut Option<Spanned<Template>>;

/// A call of the CLI as it was written.
pub(super) struct Call {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) arguments: Arguments,
}

/// The call that a command makes; `None` if it is not `aws` or what it calls is not known.
pub(super) fn call(command: &Command) -> Option<Call> {
    let (program, words) = command.words.split_first()?;
    if super::program_name(program.value.as_literal()?) != "aws" {
        return None;
    }
    let arguments = Arguments::sort(words, AWS);
    Some(Call {
        service: arguments.literal(0)?.to_string(),
        operation: arguments.literal(1).unwrap_or("").to_string(),
        arguments,
    })
}

/// Whether a script installs version 1 of AWS CLI: PyPI has no other
/// (<https://docs.aws.amazon.com/cli/v1/userguide/cli-chap-install.html>).
pub fn installs_cli_v1(script: &Script) -> bool {
    script.commands.iter().any(|command| {
        let literals = || {
            command
                .words
                .iter()
                .filter_map(|word| word.value.as_literal())
        };
        let is_pip = literals().next().is_some_and(|program| {
            matches!(
                super::program_name(program),
                "pip" | "pip3" | "pipx" | "python" | "python3" | "uv"
            )
        });
        let names_it = |word: &str| {
            word == "awscli" || word.starts_with("awscli=") || word.starts_with("awscli<")
        };
        is_pip && literals().any(|word| word == "install") && literals().any(names_it)
    })
}

impl Call {
    /// Whether it prints a password for docker, and whether that of ECR Public.
    fn token(&self) -> Option<bool> {
        match (self.service.as_str(), self.operation.as_str()) {
            ("ecr", "get-login-password" | "get-authorization-token") => Some(false),
            ("ecr-public", "get-login-password" | "get-authorization-token") => Some(true),
            _ => None,
        }
    }
}

impl Reader<'_> {
    pub(super) fn aws(&mut self, index: usize, command: &Command) {
        let Some(call) = call(command) else {
            return;
        };
        // Another service that speaks AWS's language (`--endpoint-url http://localhost:8000`) knows no AWS account.
        let is_elsewhere = call
            .arguments
            .option(&["--endpoint-url"])
            .is_some_and(|given| {
                !given
                    .value
                    .as_ref()
                    .is_some_and(|url| url.contains("amazonaws."))
            });
        if is_elsewhere || call.arguments.has(&["--no-sign-request"]) || call.operation == "help" {
            return;
        }
        match (call.service.as_str(), call.operation.as_str()) {
            ("help", _) => {}
            ("configure", operation) => self.configure(operation, command, &call.arguments),
            // Signs in as a person; nothing a machine does unattended, but credentials all the same.
            ("sso" | "login", "login" | "") => self.credentials(command, |_| {}, from_shell()),
            ("ecr", "get-login") => {
                let login = LegacyLogin {
                    region: self.region(index, command, &call),
                    for_cli_v1: self.script.is_for_cli_v1(command),
                    is_executed: command.is_executed,
                };
                self.act(command, ActKind::LegacyLogin(login));
            }
            (service, operation) => {
                let kind = ActKind::AwsCall(AwsCall {
                    service: service.to_string(),
                    operation: operation.to_string(),
                    region: self.named_region(&call),
                    has_profile: call.arguments.option(&["--profile"]).is_some(),
                    repository: self.named(&call, &["--repository-name", "--repository-names"]),
                    registry_id: self.named(&call, &["--registry-id"]),
                });
                self.act(command, kind);
                if service == "sts" && operation.starts_with("assume-role") {
                    self.assume_role(command, &call);
                }
            }
        }
    }

    /// `aws sts assume-role`: the keys are printed; unless the output is run, they take effect where the script exports
    /// them.
    fn assume_role(&mut self, command: &Command, call: &Call) {
        self.assumed_role = call.arguments.option(&["--role-arn"]).and_then(|given| {
            given
                .value
                .as_ref()
                .map(|role| self.spanned(role, &given.value_span))
        });
        if command.is_executed {
            let role = self.assumed_role.clone();
            self.credentials(command, |credentials| credentials.role = role, from_shell());
        }
    }

    fn configure(&mut self, operation: &str, command: &Command, arguments: &Arguments) {
        match operation {
            "set" => self.configure_set(command, arguments),
            "import" | "sso" | "sso-session" => self.credentials(command, |_| {}, from_shell()),
            "export-credentials" if command.is_executed => {
                self.credentials(command, |_| {}, from_shell());
            }
            // `aws configure <<< "…"` answers its questions.
            "" if command.stdin != crate::recognize::shell::Input::Inherited => {
                self.credentials(command, |_| {}, from_shell());
            }
            _ => {}
        }
    }

    fn configure_set(&mut self, command: &Command, arguments: &Arguments) {
        let Some(key) = arguments.operands.get(2) else {
            return;
        };
        let value = arguments
            .operands
            .get(3)
            .map(|operand| self.spanned(&operand.value, &operand.span));
        let Some(key) = key.value.as_literal() else {
            self.credentials(command, |_| {}, from_shell());
            return;
        };
        // `profile.<name>.aws_access_key_id` sets the same thing for another profile.
        let field: Field = match key.rsplit('.').next().unwrap_or(key) {
            "aws_access_key_id" => |c: &mut Credentials| &mut c.access_key_id,
            "aws_secret_access_key" => |c: &mut Credentials| &mut c.secret_access_key,
            "aws_session_token" => |c: &mut Credentials| &mut c.session_token,
            "role_arn" => |c: &mut Credentials| &mut c.role,
            "credential_source"
            | "credential_process"
            | "source_profile"
            | "web_identity_token_file" => {
                self.credentials(command, |_| {}, from_shell());
                return;
            }
            "region" => {
                self.configure_region(value);
                return;
            }
            _ => return,
        };
        self.credentials(command, |c| *field(c) = value, from_shell());
    }

    /// A Region alone puts no credentials in place; it belongs to the keys that were set just before.
    fn configure_region(&mut self, value: Option<Spanned<Template>>) {
        if let Some(ActKind::Credentials(last)) = self.acts.last_mut().map(|act| &mut act.kind)
            && last.by == CredentialsBy::Shell
        {
            last.region = value;
        }
    }

    /// `--region` of the call itself.
    fn named_region(&self, call: &Call) -> Option<Spanned<Template>> {
        self.named(call, &["--region"])
    }

    /// The value of an option of the call.
    fn named(&self, call: &Call, names: &[&str]) -> Option<Spanned<Template>> {
        let given = call.arguments.option(names)?;
        Some(self.spanned(given.value.as_ref()?, &given.value_span))
    }

    /// The Region of a call: `--region`, else the variables that AWS CLI reads.
    fn region(&self, index: usize, command: &Command, call: &Call) -> Option<Spanned<Template>> {
        if let Some(named) = self.named_region(call) {
            return Some(named);
        }
        // Version 2 reads both, the first of them first; version 1 reads only the second. Where they differ we cannot
        // know: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
        let region = self.variable("AWS_REGION", index, command);
        let default = self.variable("AWS_DEFAULT_REGION", index, command);
        let value = match (region, default) {
            (Some(region), Some(default)) if region != default => {
                Template::hole("AWS_REGION", "$AWS_REGION")
            }
            (Some(region), _) => region,
            (None, Some(default)) => default,
            (None, None) => return None,
        };
        Some(self.spanned(&value, &command.span))
    }

    /// The password that the command with this index prints, if it prints one for ECR.
    pub(super) fn token_of(&self, index: usize) -> Option<PasswordSource> {
        let command = self.script.commands.get(index)?;
        let call = call(command)?;
        Some(PasswordSource::EcrToken {
            region: self.region(index, command, &call),
            is_public: call.token()?,
        })
    }

    /// Whether a hole stands for the output of `aws ecr get-login`.
    pub(super) fn is_legacy_login(&self, template: &Template) -> bool {
        template.holes().any(|hole| {
            self.script
                .value_of(&hole.name)
                .is_some_and(|substitution| {
                    self.script
                        .commands
                        .get(substitution.commands.clone())
                        .unwrap_or(&[])
                        .iter()
                        .any(|command| {
                            call(command).is_some_and(|call| {
                                call.service == "ecr" && call.operation == "get-login"
                            })
                        })
                })
        })
    }
}

/// Credentials that the shell puts in place.
pub(super) fn from_shell() -> Credentials {
    Credentials {
        by: CredentialsBy::Shell,
        ..Credentials::default()
    }
}

/// Whether text names the files in which AWS CLI keeps credentials.
pub(super) fn is_credentials_file(path: &Template) -> bool {
    path.contains(".aws/credentials") || path.contains(".aws/config")
}
