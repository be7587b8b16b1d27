//! `docker login` and its twins: which host, which user, and where the password comes from.
//!
//! <https://docs.docker.com/reference/cli/docker/login/>

use super::Reader;
use super::arguments::{Arguments, Grammar};
use crate::model::pipeline::{ActKind, Login, LoginBy, Password, PasswordSource};
use crate::model::template::Template;
use crate::recognize::shell::{Command, Input, Output, Word};
use crate::source::Spanned;

const LOGIN: Grammar = Grammar::with_values(
    &[
        "--username",
        "--password",
        "--authfile",
        "--cert-dir",
        "--compat-auth-file",
        "--secret",
        "--ca-file",
        "--cert-file",
        "--key-file",
        "--registry-config",
        "--repository-config",
        "--repository-cache",
    ],
    "up",
);

/// How many filters a password is followed through.
const MAX_FILTERS: usize = 16;

impl Reader<'_> {
    /// `words` are what follows `login`.
    pub(super) fn login(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, LOGIN);
        if arguments.has(&["--help", "-h", "--get-login"]) {
            return;
        }
        let registry = match arguments.operands.first() {
            Some(operand) => Spanned::new(operand.value.clone(), self.at(&operand.span)),
            None => Spanned::new(Template::default(), self.at(&command.span)),
        };
        let username = arguments.option(&["-u", "--username"]).and_then(|given| {
            given
                .value
                .as_ref()
                .map(|user| self.spanned(user, &given.value_span))
        });
        let is_public = registry.value.as_literal() == Some("public.ecr.aws");
        // An unquoted variable that stands for options or nothing may hold any of them.
        let is_open = words.iter().any(|word| {
            word.may_split && word.value.as_literal().is_none() && word.value.prefix().is_empty()
        }) && arguments.operands.len() > 1;
        let password = if let Some(given) = arguments.option(&["-p", "--password"]) {
            let source = match &given.value {
                Some(value) => self.source_of(value, 0),
                None => PasswordSource::Unknown,
            };
            Password::CommandLine(self.at(&given.span), source)
        } else if arguments.has(&["--password-stdin", "--identity-token-stdin", "--secret"]) {
            Password::Stdin(self.source_of_input(&command.stdin, 0))
        } else if is_open || (command.stdin != Input::Inherited && !insists_on_terminal(command)) {
            // `echo … | helm registry login -u AWS` answers the question.
            Password::Stdin(self.source_of_input(&command.stdin, 0))
        } else {
            Password::Missing
        };
        let registries = if is_open {
            arguments
                .operands
                .iter()
                .map(|operand| Spanned::new(operand.value.clone(), self.at(&operand.span)))
                .collect()
        } else {
            vec![registry]
        };
        self.act(
            command,
            ActKind::Login(Login {
                by: LoginBy::Command,
                registries: Some(registries),
                username,
                password,
                is_public,
            }),
        );
    }

    /// What a command reads.
    fn source_of_input(&self, input: &Input, depth: usize) -> PasswordSource {
        match input {
            Input::Inherited => PasswordSource::Unknown,
            Input::Pipe(commands) => match commands.as_ref() {
                [one] => self.source_of_output(*one, depth),
                // Several commands write to the pipe: a token if one of them prints it.
                many => many
                    .iter()
                    .map(|one| self.source_of_output(*one, depth))
                    .find(|source| matches!(source, PasswordSource::EcrToken { .. }))
                    .unwrap_or(PasswordSource::Unknown),
            },
            Input::HereString(word) | Input::HereDocument(word) => {
                self.source_of(&word.value, depth)
            }
            Input::File(word) => self.source_of_file(&word.value, depth),
        }
    }

    /// What a command prints.
    fn source_of_output(&self, index: usize, depth: usize) -> PasswordSource {
        if depth > MAX_FILTERS {
            return PasswordSource::Unknown;
        }
        if let Some(token) = self.token_of(index) {
            return token;
        }
        let Some(command) = self.script.commands.get(index) else {
            return PasswordSource::Unknown;
        };
        let name = command
            .words
            .first()
            .and_then(|word| word.value.as_literal());
        match name.map(super::program_name) {
            Some("echo" | "printf") => {
                let said = command.words.iter().skip(1).filter(|word| {
                    !matches!(
                        word.value.as_literal(),
                        Some("-n" | "-e" | "-ne" | "-en" | "%s" | "%s\n" | "%s\\n")
                    )
                });
                let mut said = said.map(|word| self.source_of(&word.value, depth));
                match (said.next(), said.next()) {
                    (Some(only), None) => only,
                    _ => PasswordSource::Unknown,
                }
            }
            Some(
                "cut" | "base64" | "tr" | "jq" | "sed" | "awk" | "head" | "tail" | "grep" | "cat"
                | "tee" | "xargs",
            ) => match (&command.stdin, command.words.get(1)) {
                (Input::Inherited, Some(file)) if name == Some("cat") => {
                    self.source_of_file(&file.value, depth + 1)
                }
                (input, _) => self.source_of_input(input, depth + 1),
            },
            _ => PasswordSource::Unknown,
        }
    }

    /// What a file holds: what an earlier command of the script wrote there.
    fn source_of_file(&self, path: &Template, depth: usize) -> PasswordSource {
        let writer = self.script.commands.iter().rposition(
            |command| matches!(&command.stdout, Output::File(word) if word.value == *path),
        );
        match writer {
            Some(index) => self.source_of_output(index, depth + 1),
            None => PasswordSource::Unknown,
        }
    }

    /// What a value is.
    fn source_of(&self, value: &Template, depth: usize) -> PasswordSource {
        let mut holes = value.holes();
        match (holes.next(), holes.next()) {
            (None, _) => PasswordSource::Other,
            (Some(hole), None) => self.source_of_hole(&hole.name, &hole.text, depth),
            _ => PasswordSource::Unknown,
        }
    }

    /// What a hole stands for; `text` is how it was written.
    pub(super) fn source_of_hole(&self, name: &str, text: &str, depth: usize) -> PasswordSource {
        if let Some(substitution) = self.script.value_of(name) {
            return match substitution.outputs.as_slice() {
                [one] => self.source_of_output(*one, depth + 1),
                _ => PasswordSource::Unknown,
            };
        }
        if let Some(source) = self.around.passwords.get(name) {
            return source.clone();
        }
        source_of_reference(name, text)
    }
}

/// Whether a program takes a password from a terminal only: docker refuses to ask when something is piped into it without
/// `--password-stdin` (<https://docs.docker.com/reference/cli/docker/login/>).
fn insists_on_terminal(command: &Command) -> bool {
    let program = command
        .words
        .first()
        .and_then(|word| word.value.as_literal());
    program.map(super::program_name) == Some("docker")
}

/// What an expression of a workflow stands for, by its name.
pub fn source_of_reference(name: &str, text: &str) -> PasswordSource {
    let is_expression = text.starts_with("${{");
    if is_expression && name.contains(".outputs.docker_password_") {
        return PasswordSource::EcrToken {
            region: None,
            is_public: name.ends_with("docker_password_public_ecr_aws"),
        };
    }
    if is_expression && matches!(name, "secrets.GITHUB_TOKEN" | "github.token") {
        return PasswordSource::Other;
    }
    PasswordSource::Unknown
}
