//! IAM principals and what is attached to them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html>

use super::origin::Origin;
use super::policy::Policy;
use super::template::Template;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// A role, user or group.
#[derive(Clone, Debug)]
pub struct Role {
    /// Where it is declared.
    pub origin: Origin,
    /// Which of the three.
    pub kind: PrincipalKind,
    /// Its name; a hole that no other name equals where AWS makes it up. The place is that of the name, or of the
    /// declaration.
    pub name: Spanned<Template>,
    /// Its ARN, with path.
    pub arn: Template,
    /// A role's trust policy; every role has one, so `None` means that it could not be read.
    pub trust: Option<Arc<Policy>>,
    /// Policies that stand in the declaration itself.
    pub inline: Vec<Arc<Policy>>,
    /// ARNs of managed policies that the declaration attaches.
    pub managed: Vec<Spanned<Template>>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<Spanned<Template>>,
    /// A user's groups, by name.
    pub groups: Vec<Spanned<Template>>,
    /// Tags: key and value.
    pub tags: Vec<(String, Template)>,
    /// Whether every tag was read.
    pub tags_are_read: bool,
    /// How much of its policies this fact shows by its nature.
    pub in_sight: PoliciesInSight,
    /// What of the declaration could not be read, so that it may attach more than is in sight: the place. Of one with
    /// [`PoliciesInSight::None`] the first is the declaration itself, for those who ask no further.
    pub unread: Vec<Loc>,
}

/// How much of a principal's policies its own fact shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoliciesInSight {
    /// Those that the declaration attaches. Others may be attached from outside: a template, an instance of a module.
    Declared,
    /// None at all, as in the output of `get-role`: they stand in other snapshots, and two [`Closure`]s say when those
    /// are all.
    None,
    /// All of them: a snapshot of the account's authorization details. What is not in [`Role::unread`] does not exist.
    All,
}

/// Kinds of [`Role`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group.
    Group,
}

/// A managed policy of the customer's.
#[derive(Clone, Debug)]
pub struct ManagedPolicy {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name.
    pub name: Spanned<Template>,
    /// Its ARN.
    pub arn: Template,
    /// The document; `None` where it could not be read.
    pub policy: Option<Arc<Policy>>,
}

/// Something that attaches a policy to principals from outside of their declaration.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Where it is declared.
    pub origin: Origin,
    /// The principals: names or ARNs, as they are given.
    pub to: Vec<Spanned<Template>>,
    /// Which kind of principal; `None` where it may be any.
    pub kind: Option<PrincipalKind>,
    /// What is attached.
    pub what: Attached,
}

/// What an [`Attachment`] attaches.
#[derive(Clone, Debug)]
pub enum Attached {
    /// The managed policy with this ARN.
    Managed(Spanned<Template>),
    /// A policy of its own; `None` where it could not be read.
    Inline(Option<Arc<Policy>>),
    /// As a permissions boundary, the managed policy with this ARN.
    Boundary(Spanned<Template>),
    /// Users: to the group of this name.
    Membership(Spanned<Template>),
}

/// The word that a principal has no other policies of one sort than those in sight.
///
/// Snapshots (`list-attached-role-policies`) and Terraform's `…_exclusive` resources say so. Where it is not certain to exist
/// ([`Origin::is_certain`]), it says nothing.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Where it is declared.
    pub origin: Origin,
    /// The principal: a name or ARN.
    pub to: Spanned<Template>,
    /// Which kind of principal.
    pub kind: PrincipalKind,
    /// Which sort.
    pub what: Closed,
}

/// Which policies a [`Closure`] lists in full.
#[derive(Clone, Debug)]
pub enum Closed {
    /// Inline policies: those with these names. One that is not in sight elsewhere exists all the same.
    Inline(Vec<Spanned<Template>>),
    /// Managed policies: those that [`Attachment`]s of the same origin name.
    Managed,
}

/// An instance profile.
#[derive(Clone, Debug)]
pub struct InstanceProfile {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name.
    pub name: Spanned<Template>,
    /// Its ARN.
    pub arn: Template,
    /// Its role: a name or ARN.
    pub role: Option<Spanned<Template>>,
}

/// An OIDC identity provider of the account.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Where it is declared.
    pub origin: Origin,
    /// Its ARN.
    pub arn: Template,
    /// The issuer, without `https://`.
    pub url: Spanned<Template>,
    /// Audiences that it accepts.
    pub audiences: Vec<Spanned<Template>>,
    /// Whether every audience was read.
    pub complete: bool,
}

/// A role that the declaration of a service account, a profile or a pod-identity association gives to pods.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// Where it is declared.
    pub origin: Origin,
    /// Namespace and name, where given.
    pub namespace: Option<Spanned<Template>>,
    /// Its name.
    pub name: Spanned<Template>,
    /// The role its pods run with.
    pub role: Option<Spanned<Template>>,
    /// Names of `imagePullSecrets`.
    pub pull_secrets: Vec<Spanned<Template>>,
}
