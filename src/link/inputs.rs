//! Puts what a caller gave in the place of `${{ inputs.x }}` in the acts of a local action.

use crate::model::pipeline::{Act, ActKind, EnvVar, Login, LoginBy, Pipeline};
use crate::model::template::Template;
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
        template.filled(&|hole| self.value(&hole.name).cloned())
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
            ActKind::Login(login) => vec![ActKind::Login(self.login(login))],
            _ => return vec![act.map(&|text| self.fill(text))],
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

    fn login(&self, login: &Login) -> Login {
        let mut filled = login.map(&|text| self.fill(text));
        if login.by == LoginBy::EcrLoginAction {
            filled.registries = login
                .registries
                .as_ref()
                .and_then(|hosts| self.ecr_hosts(hosts));
        }
        filled.is_public |= filled
            .registries
            .iter()
            .flatten()
            .any(|host| host.value.as_literal() == Some("public.ecr.aws"));
        filled
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
