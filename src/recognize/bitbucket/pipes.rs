//! Pipes: containers of somebody's that a step runs, with the variables it hands them.
//!
//! A pipe has credentials and logins of its own, so what it does says nothing about the commands around it but what is
//! pushed. <https://bitbucket.org/atlassian/aws-ecr-push-image/>

use crate::model::pipeline::{
    Act, ActKind, AwsCall, Credentials, CredentialsBy, Login, LoginBy, Password,
};
use crate::model::template::Template;
use crate::recognize::commands;
use crate::recognize::session::{Session, expand};
use crate::source::{Loc, Spanned};
use crate::tree::Node;

/// What a pipe does.
pub(super) fn acts(item: &Node<'_>, session: &Session) -> Vec<Act> {
    let Some(pipe) = item.get("pipe") else {
        return Vec::new();
    };
    let reference = pipe.as_str().unwrap_or("");
    let loc = pipe.place();
    let act = |kind| Act {
        loc,
        is_guarded: false,
        kind,
    };
    let variables = Variables { item, session };
    if let Some(image) = reference.strip_prefix("docker://") {
        // The runner pulls it without any login; a private one needs none of the step's.
        let image = Spanned::new(Template::literal(image), loc);
        return if image.value.contains(".dkr.ecr") {
            vec![act(ActKind::Pull(image))]
        } else {
            Vec::new()
        };
    }
    let name = reference.split(':').next().unwrap_or(reference);
    match name {
        "atlassian/aws-ecr-push-image" => {
            let mut acts = vec![act(ActKind::Credentials(variables.credentials()))];
            acts.push(act(ActKind::Login(Login {
                by: LoginBy::Package,
                registries: None,
                username: None,
                password: Password::Managed,
                is_public: false,
            })));
            let images = variables.images(loc);
            acts.extend(images.into_iter().map(|image| act(ActKind::Push(image))));
            acts
        }
        "atlassian/aws-ecs-deploy" => {
            vec![
                act(ActKind::Credentials(variables.credentials())),
                act(ActKind::AwsCall(AwsCall {
                    service: "ecs".to_string(),
                    operation: "update-service".to_string(),
                    region: variables.get("AWS_DEFAULT_REGION"),
                    has_profile: false,
                    repository: None,
                    registry_id: None,
                })),
            ]
        }
        _ => Vec::new(),
    }
}

/// `variables:` of a pipe.
struct Variables<'a, 'n, 's> {
    item: &'n Node<'s>,
    session: &'a Session,
}

impl Variables<'_, '_, '_> {
    fn get(&self, name: &str) -> Option<Spanned<Template>> {
        let value = self.item.get("variables")?.get(name)?;
        let text = expand(value.as_str()?, &|name| self.session.variable_or_hole(name));
        Some(Spanned::new(text, value.place()))
    }

    fn credentials(&self) -> Credentials {
        Credentials {
            by: CredentialsBy::Package,
            role: self.get("AWS_OIDC_ROLE_ARN"),
            access_key_id: self.get("AWS_ACCESS_KEY_ID"),
            secret_access_key: self.get("AWS_SECRET_ACCESS_KEY"),
            session_token: self.get("AWS_SESSION_TOKEN"),
            region: self.get("AWS_DEFAULT_REGION"),
            ..Credentials::default()
        }
    }

    /// The images that are pushed: `IMAGE_NAME`, in the registry of the account of the credentials, under each of `TAGS`.
    fn images(&self, loc: Loc) -> Vec<Spanned<Template>> {
        let Some(name) = self.get("IMAGE_NAME") else {
            return Vec::new();
        };
        let mut host = Template::hole(
            format!("account of the credentials at {}", loc.span.start),
            "ACCOUNT",
        );
        host.push_literal(".dkr.ecr.");
        match self.get("AWS_DEFAULT_REGION") {
            Some(region) => host.push(&region.value),
            None => host.push(&self.session.variable_or_hole("AWS_DEFAULT_REGION")),
        }
        host.push_literal(".amazonaws.com/");
        host.push(&name.value);
        let tags = self.get("TAGS").map_or_else(
            || vec!["latest".into()],
            |tags| commands::split(&tags.value, ' '),
        );
        tags.into_iter()
            .filter(|tag| !tag.is_empty())
            .map(|tag| {
                let mut image = host.clone();
                image.push_literal(":");
                image.push(&tag);
                Spanned::new(image, name.loc)
            })
            .collect()
    }
}
