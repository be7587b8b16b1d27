//! Orbs: packages of commands that stand in no file of the repository. Those of AWS are known by what they document, of
//! the others only how they sound.
//!
//! <https://circleci.com/developer/orbs/orb/circleci/aws-ecr>, <https://circleci.com/developer/orbs/orb/circleci/aws-cli>

use super::parameters::Scope;
use crate::model::pipeline::{
    Act, ActKind, AwsCall, Credentials, CredentialsBy, Login, LoginBy, Password,
};
use crate::model::template::Template;
use crate::recognize::commands;
use crate::recognize::session::{Session, expand};
use crate::source::{Loc, Spanned};
use crate::tree::Node;

/// What makes the name of a command sound of registries or credentials.
const SUSPECT: &[&str] = &[
    "aws",
    "ecr",
    "ecs",
    "eks",
    "docker",
    "image",
    "container",
    "build",
    "push",
    "deploy",
    "publish",
    "release",
    "login",
    "registry",
    "cred",
    "auth",
    "oidc",
    "assume",
    "role",
    "kaniko",
    "terraform",
    "serverless",
    "pulumi",
    "lambda",
];

/// Orbs that neither log in nor push, whatever their commands sound like.
const HARMLESS: &[&str] = &[
    "circleci/node",
    "circleci/python",
    "circleci/ruby",
    "circleci/go",
    "circleci/rust",
    "circleci/php",
    "circleci/browser-tools",
    "circleci/slack",
    "circleci/codecov",
    "codecov/codecov",
    "circleci/path-filtering",
    "circleci/continuation",
    "circleci/github-cli",
    "circleci/jq",
    "circleci/shellcheck",
    "circleci/welcome-orb",
    "cypress-io/cypress",
    "sonarsource/sonarcloud",
    "snyk/snyk",
    "circleci/jira",
    "circleci/gh",
    "circleci/android",
    "circleci/macos",
    "circleci/win",
];

/// The call of a command of an orb.
pub(super) struct Call<'c, 'n, 's> {
    pub(super) orb: &'c str,
    pub(super) command: &'c str,
    /// Where its name stands.
    pub(super) at: Loc,
    pub(super) given: Option<&'n Node<'s>>,
    pub(super) scope: &'c Scope<'n, 's>,
}

/// What is known of a command.
pub(super) enum Outcome {
    /// It does this.
    Known(Vec<Act>),
    /// It does nothing on the image path.
    Nothing,
    /// It may do anything.
    OutOfSight,
}

/// What a command of an orb does.
pub(super) fn acts(call: &Call<'_, '_, '_>, session: &Session) -> Outcome {
    let reading = Reading { call, session };
    let command = call.command.replace('-', "_");
    match (call.orb, command.as_str()) {
        ("circleci/aws-cli", "install") => Outcome::Nothing,
        (
            "circleci/aws-cli",
            "setup" | "configure" | "role_arn_setup" | "assume_role_with_web_identity",
        ) => Outcome::Known(vec![
            reading.act(ActKind::Credentials(reading.credentials())),
        ]),
        ("circleci/aws-ecr", command) => reading.of_ecr(command),
        (orb, command) => {
            let lower = format!("{orb}/{command}").to_ascii_lowercase();
            let is_suspect = SUSPECT.iter().any(|word| lower.contains(word));
            if is_suspect && !HARMLESS.contains(&orb) {
                Outcome::OutOfSight
            } else {
                Outcome::Nothing
            }
        }
    }
}

struct Reading<'a, 'c, 'n, 's> {
    call: &'a Call<'c, 'n, 's>,
    session: &'a Session,
}

impl Reading<'_, '_, '_, '_> {
    fn of_ecr(&self, command: &str) -> Outcome {
        let is_on = |names: &[&str], default: bool| match self.value(names) {
            None => default,
            Some(value) => value.value.as_literal() != Some("false"),
        };
        Outcome::Known(match command {
            "ecr_login" | "docker_ecr_login" => vec![self.act(ActKind::Login(self.login()))],
            "build_and_push_image" => {
                let mut acts = Vec::new();
                // Newer versions are handed the steps that do it.
                if !self.call.given.is_some_and(|given| given.has("auth")) {
                    acts.push(self.act(ActKind::Credentials(self.credentials())));
                }
                acts.push(self.act(ActKind::Login(self.login())));
                if is_on(&["create_repo"], false) {
                    acts.push(self.api("create-repository"));
                }
                if is_on(&["push_image"], true) {
                    acts.extend(self.pushes());
                }
                acts
            }
            "build_image" if is_on(&["push_image"], false) => self.pushes(),
            "push_image" => self.pushes(),
            "create_repo" => vec![self.api("create-repository")],
            "set_repo_policy" => vec![self.api("set-repository-policy")],
            "tag_image" | "tag_repo" => {
                vec![self.api("batch-get-image"), self.api("put-image")]
            }
            _ => return Outcome::OutOfSight,
        })
    }

    fn act(&self, kind: ActKind) -> Act {
        Act {
            loc: self.call.at,
            is_guarded: false,
            kind,
        }
    }

    /// The value of a parameter by one of its names. Versions differ in `_` and `-`, and in whether a value is the text or
    /// the name of a variable that holds it.
    fn value(&self, names: &[&str]) -> Option<Spanned<Template>> {
        let given = self.call.given?;
        let node = names.iter().find_map(|name| {
            given
                .get(name)
                .or_else(|| given.get(&name.replace('_', "-")))
        })?;
        let text = node.as_str()?;
        let value = match self.call.scope.fill(text) {
            Some(text) if is_variable_name(&text) => self.session.variable_or_hole(&text),
            Some(text) => expand(&text, &|name| self.session.variable_or_hole(name)),
            None => Template::hole(
                format!("{} at {}", text, node.loc.span.start),
                text.to_string(),
            ),
        };
        Some(Spanned::new(value, node.place()))
    }

    /// Its value, or what the orb takes by default from a variable.
    fn value_or(&self, names: &[&str], variable: &str) -> Spanned<Template> {
        self.value(names)
            .unwrap_or_else(|| Spanned::new(self.session.variable_or_hole(variable), self.call.at))
    }

    fn region(&self) -> Spanned<Template> {
        self.value_or(&["region", "aws_region"], "AWS_DEFAULT_REGION")
    }

    fn is_public(&self) -> bool {
        self.value(&["public_registry"])
            .is_some_and(|on| on.value.as_literal() == Some("true"))
    }

    /// The host of the registry.
    fn host(&self) -> Spanned<Template> {
        if self.is_public() {
            return Spanned::new("public.ecr.aws".into(), self.call.at);
        }
        if let Some(url) = self.value(&["account_url"]) {
            return url;
        }
        let account = self.value_or(&["account_id", "registry_id"], "AWS_ACCOUNT_ID");
        let mut host = account.value;
        host.push_literal(".dkr.ecr.");
        host.push(&self.region().value);
        host.push_literal(".");
        match self.value(&["aws_domain"]) {
            Some(domain) => host.push(&domain.value),
            None => host.push_literal("amazonaws.com"),
        }
        Spanned::new(host, account.loc)
    }

    fn login(&self) -> Login {
        Login {
            by: LoginBy::Package,
            registries: Some(vec![self.host()]),
            username: None,
            password: Password::Managed,
            is_public: self.is_public(),
        }
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            by: CredentialsBy::Package,
            role: self.value(&["role_arn"]),
            access_key_id: self.value(&["aws_access_key_id"]),
            secret_access_key: self.value(&["aws_secret_access_key"]),
            region: self.value(&["region", "aws_region"]),
            ..Credentials::default()
        }
    }

    /// `repo` under each of the tags.
    fn pushes(&self) -> Vec<Act> {
        let Some(repository) = self.value(&["repo"]) else {
            return Vec::new();
        };
        let mut name = self.host().value;
        name.push_literal("/");
        if self.is_public() {
            let alias = self.value_or(&["public_registry_alias"], "AWS_ECR_PUBLIC_REGISTRY_ALIAS");
            name.push(&alias.value);
            name.push_literal("/");
        }
        name.push(&repository.value);
        let tags = self.value(&["tag"]).map_or_else(
            || vec!["latest".into()],
            |tags| commands::split(&tags.value, ','),
        );
        tags.into_iter()
            .filter(|tag| !tag.is_empty())
            .map(|tag| {
                let mut image = name.clone();
                image.push_literal(":");
                image.push(&tag);
                self.act(ActKind::Push(Spanned::new(image, repository.loc)))
            })
            .collect()
    }

    fn api(&self, operation: &str) -> Act {
        self.act(ActKind::AwsCall(AwsCall {
            service: if self.is_public() {
                "ecr-public"
            } else {
                "ecr"
            }
            .to_string(),
            operation: operation.to_string(),
            region: self.value(&["region", "aws_region"]),
            has_profile: self.value(&["profile_name"]).is_some(),
            repository: self.value(&["repo"]),
            registry_id: self.value(&["account_id", "registry_id"]),
        }))
    }
}

/// Whether a value is the name of a variable, as older versions of the orbs take it: no account, Region, host, repository
/// or tag is written so.
fn is_variable_name(text: &str) -> bool {
    text.contains('_')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
