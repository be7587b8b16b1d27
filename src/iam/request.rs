//! The question: who wants to do what to which resource, under which circumstances.

use super::context::Context;
use super::matching::Asked;
use crate::catalog;
use crate::model::template::Template;
use std::sync::OnceLock;

/// What a request acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This ARN, or `*` for an action without resource-level permissions. Wildcards are plain characters.
    Exact(String),
    /// Every resource that this pattern, as in a `Resource` element, can stand for; the answer is about all of them.
    Pattern(Template),
}

/// One question to the engine.
#[derive(Clone, Debug)]
pub struct Request {
    principal: Caller,
    /// Lower case: letter case does not count in actions.
    action: String,
    target: Target,
    resource_account: Option<String>,
    /// Whether the action acts on a resource.
    has_resource: bool,
    context: Context,
    /// The target as patterns are compared with it, prepared when one is.
    asked: OnceLock<Asked>,
}

impl Request {
    /// `principal` is an ARN (user, role, assumed-role session, federated user, root, identity provider) or the name of
    /// an AWS service; `action` is `service:Name`. The ARN of a session's role is taken from `aws:PrincipalArn`, because
    /// the session's own ARN does not hold the role's path
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>).
    #[must_use]
    pub fn new(principal: &str, action: &str, target: Target, context: Context) -> Request {
        let resource_account = match &target {
            Target::Exact(arn) => account_of(arn).map(str::to_string),
            Target::Pattern(pattern) => crate::model::arn::Arn::of(pattern)
                .and_then(|arn| arn.account.as_literal().map(str::to_string))
                .filter(|account| is_account(account)),
        };
        let has_resource = catalog::qualified_action(action)
            .map_or(target != Target::Exact("*".to_string()), |known| {
                known.has_resource_level()
            });
        // AWS compares an action without resource-level permissions with nothing but `*`.
        let target = if has_resource {
            target
        } else {
            Target::Exact("*".to_string())
        };
        Request {
            principal: Caller::of(principal, &context),
            action: action.to_ascii_lowercase(),
            target,
            resource_account,
            has_resource,
            context,
            asked: OnceLock::new(),
        }
    }

    /// A request of someone of whom nothing is known, in circumstances of which nothing is known: what a policy says to it
    /// is what the policy says by itself.
    #[must_use]
    pub fn of_anyone(action: &str, target: Target) -> Request {
        let mut request = Request::new("", action, target, Context::open());
        request.principal.kind = CallerKind::Anyone;
        request
    }

    /// The same for a resource of this account, whatever its ARN says.
    #[must_use]
    pub fn in_account(mut self, account: impl Into<String>) -> Request {
        self.resource_account = Some(account.into());
        self
    }

    /// Who asks.
    #[must_use]
    pub fn principal(&self) -> &Caller {
        &self.principal
    }

    /// The action, in lower case.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// What it acts on.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The target, ready to be compared with patterns.
    pub(super) fn asked(&self) -> &Asked {
        self.asked.get_or_init(|| match &self.target {
            Target::Exact(text) => Asked::text(text),
            Target::Pattern(pattern) => Asked::of_action(&self.action, pattern),
        })
    }

    /// The account that owns the resource, if known.
    #[must_use]
    pub fn resource_account(&self) -> Option<&str> {
        self.resource_account.as_deref()
    }

    /// Its condition keys.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the action acts on a resource. `ecr:GetAuthorizationToken` does not, and no repository policy is asked
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>).
    #[must_use]
    pub fn has_resource(&self) -> bool {
        self.has_resource
    }

    /// Whether it is one of the `sts:AssumeRole…` actions, where the role's trust policy is the resource's policy.
    #[must_use]
    pub fn assumes_role(&self) -> bool {
        self.action.starts_with("sts:assumerole")
    }

    /// Whether the caller's account and the resource's differ.
    #[must_use]
    pub fn is_cross_account(&self) -> bool {
        self.has_resource
            && match (self.principal.account(), self.resource_account()) {
                (Some(caller), Some(owner)) => caller != owner,
                _ => false,
            }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As given.
    arn: String,
    kind: CallerKind,
    account: Option<String>,
    /// For a session: its role's ARN with path, if known.
    role: Option<String>,
}

/// Kinds of [`Caller`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// An account's root user.
    Root,
    /// An IAM user.
    User,
    /// A session of a role.
    Session,
    /// A session of a federated user.
    FederatedUser,
    /// An AWS service.
    Service,
    /// Someone whom an identity provider vouches for (OIDC, SAML): the ARN is the provider's.
    Federated,
    /// None of these.
    Other,
    /// Nothing is known of the caller: it may be any of these.
    Anyone,
}

impl Caller {
    pub(super) fn of(text: &str, context: &Context) -> Caller {
        let mut fields = text.splitn(6, ':');
        let (arn, service, account, name) = (
            fields.next(),
            fields.nth(1),
            fields.nth(1),
            fields.next().unwrap_or(""),
        );
        let is_arn = arn == Some("arn");
        let kind = match (service, name.split_once('/').map_or(name, |cut| cut.0)) {
            _ if !is_arn && !text.contains(':') && text.contains('.') => CallerKind::Service,
            (Some("iam"), "root") if is_arn => CallerKind::Root,
            (Some("iam"), "user") if is_arn => CallerKind::User,
            (Some("iam"), "role") | (Some("sts"), "assumed-role") if is_arn => CallerKind::Session,
            (Some("sts"), "federated-user") if is_arn => CallerKind::FederatedUser,
            (Some("iam"), "oidc-provider" | "saml-provider") if is_arn => CallerKind::Federated,
            _ => CallerKind::Other,
        };
        let role = match (kind, service) {
            (CallerKind::Session, Some("iam")) => Some(text.to_string()),
            (CallerKind::Session, _) => context.value("aws:principalarn").map(str::to_string),
            _ => None,
        };
        Caller {
            arn: text.to_string(),
            kind,
            account: account.filter(|text| is_account(text)).map(str::to_string),
            role,
        }
    }

    /// The ARN or service name, as given.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> CallerKind {
        self.kind
    }

    /// Its account; services have none.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// For a session: the ARN of its role with path, if known.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }
}

/// The account field of an ARN, if it is one account.
fn account_of(arn: &str) -> Option<&str> {
    let mut fields = arn.splitn(6, ':');
    (fields.next() == Some("arn"))
        .then(|| fields.nth(3))
        .flatten()
        .filter(|account| is_account(account))
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
