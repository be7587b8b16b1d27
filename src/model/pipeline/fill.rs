//! Acts with the texts in them replaced: how the inputs of an action, the arguments of a script or another name for what
//! is unknown get into what was read before they were known.

use super::{
    Act, ActKind, AwsCall, Credentials, LegacyLogin, Login, Password, PasswordSource, ScriptCall,
    Unseen,
};
use crate::model::template::{Hole, Piece, Template};
use crate::source::Spanned;

impl Template {
    /// The template with holes replaced; a hole for which `fill` has nothing stays.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(&Hole) -> Option<Template>) -> Template {
        let mut filled = Template::default();
        for piece in self.pieces() {
            match piece {
                Piece::Literal(text) => filled.push_literal(text),
                Piece::Hole(hole) => match fill(hole) {
                    Some(value) => filled.push(&value),
                    None => filled.push_hole(hole.name.clone(), hole.text.clone()),
                },
            }
        }
        filled
    }
}

/// A change of a text.
type Change<'a> = &'a dyn Fn(&Template) -> Template;

fn spanned(value: &Spanned<Template>, change: Change<'_>) -> Spanned<Template> {
    Spanned::new(change(&value.value), value.loc)
}

fn option(value: &Option<Spanned<Template>>, change: Change<'_>) -> Option<Spanned<Template>> {
    value.as_ref().map(|value| spanned(value, change))
}

impl Act {
    /// The same act with every text in it changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> Act {
        let kind = match &self.kind {
            ActKind::Credentials(credentials) => ActKind::Credentials(credentials.map(change)),
            ActKind::Login(login) => ActKind::Login(login.map(change)),
            ActKind::LegacyLogin(login) => ActKind::LegacyLogin(LegacyLogin {
                region: option(&login.region, change),
                ..login.clone()
            }),
            ActKind::Push(image) => ActKind::Push(spanned(image, change)),
            ActKind::Pull(image) => ActKind::Pull(spanned(image, change)),
            ActKind::Build(build) => ActKind::Build(Box::new(build.map(change))),
            ActKind::AwsCall(call) => ActKind::AwsCall(AwsCall {
                region: option(&call.region, change),
                repository: option(&call.repository, change),
                registry_id: option(&call.registry_id, change),
                ..call.clone()
            }),
            ActKind::Region(region) => ActKind::Region(spanned(region, change)),
            ActKind::OutOfSight(unseen) => ActKind::OutOfSight(Unseen {
                what: unseen.what.clone(),
                script: unseen
                    .script
                    .as_ref()
                    .map(|call| Box::new(call.map(change))),
                compose: unseen
                    .compose
                    .as_ref()
                    .map(|call| Box::new(call.map(change))),
            }),
        };
        Act {
            loc: self.loc,
            is_guarded: self.is_guarded,
            kind,
        }
    }
}

impl Credentials {
    fn map(&self, change: Change<'_>) -> Credentials {
        Credentials {
            by: self.by,
            role: option(&self.role, change),
            access_key_id: option(&self.access_key_id, change),
            secret_access_key: option(&self.secret_access_key, change),
            session_token: option(&self.session_token, change),
            region: option(&self.region, change),
            audience: option(&self.audience, change),
            without_oidc: self.without_oidc,
            version: self.version.clone(),
        }
    }
}

impl Login {
    /// The same login with every text in it changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> Login {
        let source = |source: &PasswordSource| match source {
            PasswordSource::EcrToken { region, is_public } => PasswordSource::EcrToken {
                region: option(region, change),
                is_public: *is_public,
            },
            PasswordSource::Other => PasswordSource::Other,
            PasswordSource::Unknown => PasswordSource::Unknown,
        };
        Login {
            by: self.by,
            registries: self
                .registries
                .as_ref()
                .map(|hosts| hosts.iter().map(|host| spanned(host, change)).collect()),
            username: option(&self.username, change),
            password: match &self.password {
                Password::Managed => Password::Managed,
                Password::Missing => Password::Missing,
                Password::Stdin(from) => Password::Stdin(source(from)),
                Password::CommandLine(loc, from) => Password::CommandLine(*loc, source(from)),
            },
            is_public: self.is_public,
        }
    }
}

impl ScriptCall {
    fn map(&self, change: Change<'_>) -> ScriptCall {
        ScriptCall {
            path: change(&self.path),
            arguments: self.arguments.iter().map(change).collect(),
            has_more_arguments: self.has_more_arguments,
            environment: self
                .environment
                .iter()
                .map(|(name, value)| (name.clone(), change(value)))
                .collect(),
            unexported: self
                .unexported
                .iter()
                .map(|(name, value)| (name.clone(), change(value)))
                .collect(),
            working_directory: self.working_directory.as_ref().map(change),
            directories: self.directories.iter().map(change).collect(),
            is_sourced: self.is_sourced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Loc;

    #[test]
    fn every_text_of_an_act_is_changed() {
        let hole = || Spanned::new(Template::hole("1", "$1"), Loc::NOWHERE);
        let login = Login {
            by: super::super::LoginBy::Command,
            registries: Some(vec![hole()]),
            username: Some(hole()),
            password: Password::Stdin(PasswordSource::EcrToken {
                region: Some(hole()),
                is_public: false,
            }),
            is_public: false,
        };
        let act = Act {
            loc: Loc::NOWHERE,
            is_guarded: true,
            kind: ActKind::Login(login),
        };
        let fill = |hole: &Hole| (hole.name == "1").then(|| Template::literal("x"));
        let filled = act.map(&|text| text.filled(&fill));
        let shown = format!("{filled:?}");
        assert!(!shown.contains("$1"), "{shown}");
        assert!(filled.is_guarded);
    }
}
