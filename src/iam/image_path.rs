//! What the way to an image fixes of a request's condition keys, whoever's policies are asked.
//!
//! Keys and when they are present:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

use super::context::{Context, Fact};
use super::request::{Caller, CallerKind};
use crate::model::image::EcrRegistry;

/// The way that a request takes to ECR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Over the internet, as from a hosted runner.
    Public,
    /// Through a VPC endpoint of the account's own; its id and its VPC's where they are known.
    Endpoint {
        /// `vpce-…`.
        endpoint: Option<String>,
        /// `vpc-…`.
        vpc: Option<String>,
    },
    /// Fargate's own call for the token, which does not go through the account's endpoint
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).
    FargateToken,
    /// Nobody knows.
    Unknown,
}

/// Who pulls or pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The ARN of the role, with path, or of the user; or the name of an AWS service.
    pub arn: String,
    /// The session's name, if the configuration pins it.
    pub session: Option<String>,
    /// Whether the credentials come from an identity provider, from an AWS service or from an access key, so that no one
    /// can have used an MFA device.
    pub is_machine: bool,
}

/// The context of a request for an image: what is known of each key, everything else unknown.
#[must_use]
pub fn context(actor: &Actor, registry: &EcrRegistry, channel: &Channel) -> Context {
    let mut context = Context::open();
    caller(actor, &mut context);
    // Registries and the API answer over HTTPS only.
    context.set_value("aws:SecureTransport", "true");
    let known = |part: &crate::model::template::Template| match part.as_literal() {
        Some(text) if !text.is_empty() => Fact::Values(vec![text.to_string()]),
        _ => Fact::Present,
    };
    context.set("aws:RequestedRegion", known(&registry.region));
    context.set("aws:ResourceAccount", known(&registry.account));
    for key in ["aws:CurrentTime", "aws:EpochTime"] {
        context.set(key, Fact::Present);
    }
    route(channel, &mut context);
    context
}

fn caller(actor: &Actor, context: &mut Context) {
    let who = Caller::of(&actor.arn, &Context::closed());
    if who.kind() == CallerKind::Service {
        context.set_value("aws:PrincipalIsAWSService", "true");
        context.set_value("aws:PrincipalServiceName", actor.arn.as_str());
        for key in [
            "aws:PrincipalArn",
            "aws:PrincipalAccount",
            "aws:username",
            "aws:PrincipalOrgID",
        ] {
            context.set(key, Fact::Absent);
        }
        return;
    }
    context.set_value("aws:PrincipalIsAWSService", "false");
    context.set_value("aws:PrincipalArn", actor.arn.as_str());
    if let Some(account) = who.account() {
        context.set_value("aws:PrincipalAccount", account);
    }
    context.set("aws:userid", Fact::Present);
    // Set only for requests that a service makes for a resource.
    for key in ["aws:SourceArn", "aws:SourceAccount", "aws:CalledVia"] {
        context.set(key, Fact::Absent);
    }
    context.set_value("aws:ViaAWSService", "false");
    match who.kind() {
        CallerKind::User => {
            let name = actor.arn.rsplit('/').next().unwrap_or("");
            context.set_value("aws:PrincipalType", "User");
            context.set_value("aws:username", name);
            if actor.is_machine {
                context.set("aws:TokenIssueTime", Fact::Absent);
            }
        }
        CallerKind::Session => {
            context.set_value("aws:PrincipalType", "AssumedRole");
            context.set("aws:username", Fact::Absent);
            context.set("aws:TokenIssueTime", Fact::Present);
        }
        _ => {}
    }
    if actor.is_machine {
        for key in ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"] {
            context.set(key, Fact::Absent);
        }
    }
}

fn route(channel: &Channel, context: &mut Context) {
    const OF_ENDPOINTS: [&str; 3] = ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"];
    match channel {
        Channel::Unknown => {}
        Channel::Endpoint { endpoint, vpc } => {
            context.set("aws:SourceIp", Fact::Absent);
            for (key, known) in OF_ENDPOINTS.into_iter().zip([endpoint, vpc, &None]) {
                let fact = known
                    .as_ref()
                    .map_or(Fact::Present, |id| Fact::Values(vec![id.clone()]));
                context.set(key, fact);
            }
        }
        Channel::Public | Channel::FargateToken => {
            for key in OF_ENDPOINTS {
                context.set(key, Fact::Absent);
            }
            // Fargate's call leaves through a network of its own: what AWS sees of it is not documented.
            let source = match channel {
                Channel::Public => Fact::Present,
                _ => Fact::Unknown,
            };
            context.set("aws:SourceIp", source);
        }
    }
}

impl Actor {
    /// The ARN that AWS names in its answers: the session's where its name is pinned.
    #[must_use]
    pub fn principal(&self) -> String {
        let who = Caller::of(&self.arn, &Context::closed());
        match (&self.session, who.kind()) {
            (Some(session), CallerKind::Session) => {
                let partition = self.arn.split(':').nth(1).unwrap_or("aws");
                let name = self.arn.rsplit('/').next().unwrap_or("");
                format!(
                    "arn:{partition}:sts::{}:assumed-role/{name}/{session}",
                    who.account().unwrap_or("")
                )
            }
            _ => self.arn.clone(),
        }
    }
}
