//! The question: who wants to do what to which resource, under which circumstances.

use super::Answer;
use super::automaton::is_common;
use super::context::Context;
use super::matching::Asked;
use super::pattern::Pattern;
use crate::catalog;
use crate::model::arn;
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
    /// The account that owns the resource; it may be a hole.
    owner: Option<Template>,
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
        let owner = match &target {
            Target::Exact(arn) => account_of(arn).map(Template::literal),
            Target::Pattern(pattern) => owner_of(pattern),
        };
        Request::of(
            Caller::of(principal, &context),
            action,
            target,
            owner,
            context,
        )
    }

    /// The same where holes are in the caller's ARN, in the resource's, or in both. Equal holes are equal values: a caller
    /// and a resource whose accounts are one hole are of one account; where the accounts may or may not be the same, the
    /// answer is what both cases agree on. A resource without holes is one ARN, as with [`Target::Exact`].
    #[must_use]
    pub fn of_templates(
        principal: &Template,
        action: &str,
        resource: &Template,
        context: Context,
    ) -> Request {
        let target = match resource.as_literal() {
            Some(arn) => Target::Exact(arn.to_string()),
            None => Target::Pattern(resource.clone()),
        };
        let owner = match (resource.as_literal(), owner_of(resource)) {
            (Some(arn), _) => account_of(arn).map(Template::literal),
            (None, Some(owner)) => Some(owner),
            // Of a resource that nobody knows, nobody knows the owner.
            (None, None) if !resource.contains("*") => Some(account_in(resource)),
            (None, None) => None,
        };
        let caller = Caller::of_template(principal, &context);
        Request::of(caller, action, target, owner, context)
    }

    fn of(
        principal: Caller,
        action: &str,
        target: Target,
        owner: Option<Template>,
        context: Context,
    ) -> Request {
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
            principal,
            action: action.to_ascii_lowercase(),
            target,
            owner,
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
        self.owner = Some(Template::literal(account.into()));
        self
    }

    /// The same for a resource of an account that may be a hole.
    #[must_use]
    pub fn in_account_of(mut self, account: Template) -> Request {
        self.owner = Some(account);
        self
    }

    /// The same for other resources.
    pub(super) fn on(&self, target: Target) -> Request {
        let mut request = self.clone();
        request.owner = request.owner.or_else(|| match &target {
            Target::Exact(arn) => account_of(arn).map(Template::literal),
            Target::Pattern(pattern) => owner_of(pattern),
        });
        request.target = target;
        request.asked = OnceLock::new();
        request
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
        self.owner.as_ref()?.as_literal()
    }

    /// The account that owns the resource, if anything is known of it; it may be a hole.
    #[must_use]
    pub fn owner(&self) -> Option<&Template> {
        self.owner.as_ref()
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

    /// Whether the caller's account and the resource's differ for certain.
    #[must_use]
    pub fn is_cross_account(&self) -> bool {
        self.crosses_accounts() == Answer::Yes
    }

    /// Whether the caller's account and the resource's differ, as far as holes let us know.
    #[must_use]
    pub fn crosses_accounts(&self) -> Answer {
        match (&self.principal.account, &self.owner) {
            (Some(caller), Some(owner)) if self.has_resource => {
                same_account(caller, owner).negated()
            }
            _ => Answer::No,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As given, holes as written.
    arn: String,
    text: Template,
    kind: CallerKind,
    account: Option<Template>,
    /// For a session: its role's ARN with path, if known.
    role: Option<Template>,
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
    /// From an ARN or the name of an AWS service.
    pub(super) fn of(text: &str, context: &Context) -> Caller {
        let mut fields = text.splitn(6, ':');
        let (arn, service, account, name) = (
            fields.next(),
            fields.nth(1),
            fields.nth(1),
            fields.next().unwrap_or(""),
        );
        let is_arn = arn == Some("arn");
        let kind = match is_arn {
            true => kind(service, name),
            false if !text.contains(':') && text.contains('.') => CallerKind::Service,
            false => CallerKind::Other,
        };
        let account = account.filter(|text| is_account(text));
        Caller::new(
            Template::literal(text),
            kind,
            service,
            account.map(Template::literal),
            context,
        )
    }

    /// The same where deploy time knows part of it. Who it is that nothing is known of is taken to be someone of an
    /// account, not an AWS service.
    pub(super) fn of_template(text: &Template, context: &Context) -> Caller {
        if let Some(literal) = text.as_literal() {
            return Caller::of(literal, context);
        }
        let fields = arn::fields(text);
        let (kind, service, account) = match fields.as_slice() {
            [head, _, service, _, account, name] if head.as_literal() == Some("arn") => {
                let service = service.as_literal();
                // `user/` and its like stand before the first hole.
                let known = match name.as_literal() {
                    Some(name) => name,
                    None => name.prefix().rsplit_once('/').map_or("", |cut| cut.0),
                };
                let kind = kind(service, known);
                let is_one = account.as_literal().is_none_or(is_account);
                (kind, service, is_one.then(|| account.clone()))
            }
            _ if text.suffix().ends_with(".amazonaws.com") && !text.contains(":") => {
                (CallerKind::Service, None, None)
            }
            _ => (CallerKind::Other, None, Some(account_in(text))),
        };
        Caller::new(text.clone(), kind, service, account, context)
    }

    fn new(
        text: Template,
        kind: CallerKind,
        service: Option<&str>,
        account: Option<Template>,
        context: &Context,
    ) -> Caller {
        let role = match (kind, service) {
            (CallerKind::Session, Some("iam")) => Some(text.clone()),
            (CallerKind::Session, _) => context.value("aws:principalarn").map(Template::literal),
            _ => None,
        };
        Caller {
            arn: text.to_string(),
            text,
            kind,
            account,
            role,
        }
    }

    /// The ARN or service name, as given, holes as written.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The ARN or service name, with its holes.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.text
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> CallerKind {
        self.kind
    }

    /// Its account, if known; services have none.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_ref()?.as_literal()
    }

    /// Its account, which may be a hole.
    #[must_use]
    pub fn account_template(&self) -> Option<&Template> {
        self.account.as_ref()
    }

    /// For a session: the ARN of its role with path, if known; it may have holes.
    #[must_use]
    pub fn role(&self) -> Option<&Template> {
        self.role.as_ref()
    }
}

/// The kind of a caller with an ARN, by the ARN's service and what follows its account.
fn kind(service: Option<&str>, name: &str) -> CallerKind {
    match (service, name.split_once('/').map_or(name, |cut| cut.0)) {
        (Some("iam"), "root") => CallerKind::Root,
        (Some("iam"), "user") => CallerKind::User,
        (Some("iam"), "role") | (Some("sts"), "assumed-role") => CallerKind::Session,
        (Some("sts"), "federated-user") => CallerKind::FederatedUser,
        (Some("iam"), "oidc-provider" | "saml-provider") => CallerKind::Federated,
        _ => CallerKind::Other,
    }
}

/// Whether two texts that are names, not patterns, are the same.
pub(super) fn same_name(one: &Template, other: &Template) -> Answer {
    same(one, other, Pattern::of_name)
}

/// Whether two accounts are the same.
pub(super) fn same_account(one: &Template, other: &Template) -> Answer {
    same(one, other, Pattern::of_account)
}

fn same(one: &Template, other: &Template, read: fn(&Template) -> Pattern) -> Answer {
    if let (Some(one), Some(other)) = (one.as_literal(), other.as_literal()) {
        return (one == other).into();
    }
    let (one, other) = (read(one), read(other));
    if one == other {
        return Answer::Yes;
    }
    let (one, other) = (
        one.with_holes_as_wildcards(),
        other.with_holes_as_wildcards(),
    );
    match is_common(&[&one, &other]) {
        Some(false) => Answer::No,
        Some(true) | None => Answer::Maybe,
    }
}

/// The account in the ARN of a resource, if it is one account or a hole.
fn owner_of(resource: &Template) -> Option<Template> {
    let account = arn::Arn::of(resource)?.account;
    match account.as_literal() {
        Some(literal) => is_account(literal).then_some(account),
        None => (!account.contains("*") && !account.contains("?")).then_some(account),
    }
}

/// The account of something of which not even that is known: the same for the same thing.
fn account_in(text: &Template) -> Template {
    Template::hole(
        format!("account of {text}"),
        format!("the account of {text}"),
    )
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
