//! Puts what a caller gave in the place of `${{ inputs.x }}` in the acts of a local action.

use crate::model::pipeline::{
    Act, ActKind, Credentials, EnvVar, Login, LoginBy, Password, PasswordSource, Pipeline,
};
use crate::model::template::{Piece, Template};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// The inputs of one call of a local action, by their names in lower case.
#[derive(Clone, Default)]
pub(super) struct Given {
    values: BTreeMap<String, Template>,
}

impl Given {
    /// What `action` sees: what the caller gave, else the default. `outer` are the inputs of the action that calls.
    pub(super) fn of_call(action: &Pipeline, with: &[EnvVar], outer: &Given) -> Given {
        let mut given = Given::default();
        for input in &action.inputs {
            given.set(&input.name.value, input.default.clone());
        }
        for input in with {
            given.set(&input.name.value, outer.fill(&input.value.value));
        }
        given
    }

    fn set(&mut self, name: &str, value: Template) {
        self.values.insert(name.to_ascii_lowercase(), value);
    }

    /// The template with the inputs it names replaced.
    fn fill(&self, template: &Template) -> Template {
        let mut filled = Template::default();
        for piece in template.pieces() {
            match piece {
                Piece::Literal(text) => filled.push_literal(text),
                Piece::Hole(hole) => match self.value(&hole.name) {
                    Some(value) => filled.push(value),
                    None => filled.push_hole(hole.name.clone(), hole.text.clone()),
                },
            }
        }
        filled
    }

    fn value(&self, hole: &str) -> Option<&Template> {
        let (context, name) = hole.split_once('.')?;
        if !context.eq_ignore_ascii_case("inputs") {
            return None;
        }
        self.values.get(&name.to_ascii_lowercase())
    }

    /// The acts that `act` is with these inputs: several where an input lists several images.
    pub(super) fn apply(&self, act: &Act) -> Vec<Act> {
        let kinds = match &act.kind {
            ActKind::Push(image) => self.images(image).into_iter().map(ActKind::Push).collect(),
            ActKind::Pull(image) => self.images(image).into_iter().map(ActKind::Pull).collect(),
            ActKind::Credentials(credentials) => {
                vec![ActKind::Credentials(self.credentials(credentials))]
            }
            ActKind::Login(login) => vec![ActKind::Login(self.login(login))],
            ActKind::LegacyLogin(login) => {
                let mut login = login.clone();
                login.region = self.option(&login.region);
                vec![ActKind::LegacyLogin(login)]
            }
            ActKind::AwsCall(call) => {
                let mut call = call.clone();
                call.region = self.option(&call.region);
                vec![ActKind::AwsCall(call)]
            }
            ActKind::Region(region) => vec![ActKind::Region(self.spanned(region))],
            ActKind::OutOfSight(text) => vec![ActKind::OutOfSight(text.clone())],
        };
        kinds
            .into_iter()
            .map(|kind| Act {
                loc: act.loc,
                is_guarded: act.is_guarded,
                kind,
            })
            .collect()
    }

    fn spanned(&self, value: &Spanned<Template>) -> Spanned<Template> {
        Spanned::new(self.fill(&value.value), value.loc)
    }

    fn option(&self, value: &Option<Spanned<Template>>) -> Option<Spanned<Template>> {
        value.as_ref().map(|value| self.spanned(value))
    }

    /// An input may list several images, by lines or commas, or none.
    fn images(&self, image: &Spanned<Template>) -> Vec<Spanned<Template>> {
        let filled = self.fill(&image.value);
        if filled == image.value {
            return vec![image.clone()];
        }
        split(&filled, &['\n', ','])
            .into_iter()
            .map(|one| Spanned::new(one, image.loc))
            .collect()
    }

    fn credentials(&self, credentials: &Credentials) -> Credentials {
        Credentials {
            by: credentials.by,
            role: self.option(&credentials.role),
            access_key_id: self.option(&credentials.access_key_id),
            secret_access_key: self.option(&credentials.secret_access_key),
            session_token: self.option(&credentials.session_token),
            region: self.option(&credentials.region),
            without_oidc: credentials.without_oidc,
            version: credentials.version.clone(),
        }
    }

    fn login(&self, login: &Login) -> Login {
        let registries = login.registries.as_ref().and_then(|hosts| {
            if login.by == LoginBy::EcrLoginAction {
                self.ecr_hosts(hosts)
            } else {
                Some(hosts.iter().map(|host| self.spanned(host)).collect())
            }
        });
        let is_public = login.is_public
            || registries
                .as_ref()
                .is_some_and(|hosts: &Vec<Spanned<Template>>| {
                    hosts
                        .iter()
                        .any(|host| host.value.as_literal() == Some("public.ecr.aws"))
                });
        Login {
            by: login.by,
            registries,
            username: self.option(&login.username),
            password: self.password(&login.password),
            is_public,
        }
    }

    /// The hosts of `amazon-ecr-login`. An input that was not known to hold account ids may turn out to; one that turns
    /// out empty means the registry of the credentials in place.
    fn ecr_hosts(&self, hosts: &[Spanned<Template>]) -> Option<Vec<Spanned<Template>>> {
        let mut filled = Vec::new();
        for host in hosts {
            let value = self.fill(&host.value);
            if value == host.value {
                filled.push(host.clone());
                continue;
            }
            for account in split(&value, &[',']) {
                let is_account = account
                    .as_literal()
                    .is_some_and(|text| text.chars().all(|c| c.is_ascii_digit()));
                let value = if is_account {
                    let mut value = account;
                    value.push_literal(".dkr.ecr.");
                    value.push_hole("env.AWS_REGION", "$AWS_REGION");
                    value.push_literal(".amazonaws.com");
                    value
                } else {
                    account
                };
                filled.push(Spanned::new(value, host.loc));
            }
        }
        (!filled.is_empty()).then_some(filled)
    }

    fn password(&self, password: &Password) -> Password {
        match password {
            Password::Managed => Password::Managed,
            Password::Missing => Password::Missing,
            Password::Stdin(source) => Password::Stdin(self.source(source)),
            Password::CommandLine(loc, source) => Password::CommandLine(*loc, self.source(source)),
        }
    }

    fn source(&self, source: &PasswordSource) -> PasswordSource {
        match source {
            PasswordSource::EcrToken { region, is_public } => PasswordSource::EcrToken {
                region: self.option(region),
                is_public: *is_public,
            },
            PasswordSource::Other => PasswordSource::Other,
            PasswordSource::Unknown => PasswordSource::Unknown,
        }
    }
}

/// The parts between separators that stand in known text, trimmed, without the empty ones.
fn split(template: &Template, separators: &[char]) -> Vec<Template> {
    let mut parts = vec![template.clone()];
    for separator in separators {
        let mut finer = Vec::new();
        for part in parts {
            let mut rest = part;
            while let Some((before, after)) = rest.split_once(*separator) {
                finer.push(before);
                rest = after;
            }
            finer.push(rest);
        }
        parts = finer;
    }
    parts
        .iter()
        .map(Template::trimmed)
        .filter(|part| !part.is_empty())
        .collect()
}
