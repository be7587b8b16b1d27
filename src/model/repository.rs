//! ECR repositories and the settings of their registry.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html>

use super::origin::Origin;
use super::policy::Policy;
use super::template::Template;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name; a hole that no other name equals where AWS makes it up.
    pub name: Spanned<Template>,
    /// Its ARN.
    pub arn: Template,
    /// Whether it lies in ECR Public.
    pub is_public: bool,
    /// The policy that stands in the declaration.
    pub policy: Option<Arc<Policy>>,
    /// Whether what the declaration says of its policy could be read.
    pub policy_is_read: bool,
    /// `ImageTagMutability`.
    pub mutability: Option<Spanned<Template>>,
    /// Filters of tags that stay mutable under `IMMUTABLE_WITH_EXCLUSION`.
    pub mutable_tags: Vec<Spanned<Template>>,
    /// The text of the lifecycle policy.
    pub lifecycle: Option<Spanned<Template>>,
    /// `ScanOnPush`.
    pub scan_on_push: Option<Spanned<Template>>,
    /// Tags: key and value.
    pub tags: Vec<(String, Template)>,
    /// Whether every tag was read.
    pub tags_are_read: bool,
}

/// A repository that is looked up and declared elsewhere.
#[derive(Clone, Debug)]
pub struct FoundRepository {
    /// Where it is looked up.
    pub origin: Origin,
    /// The name that it is looked up by.
    pub name: Spanned<Template>,
}

/// A repository policy that is declared outside of its repository.
#[derive(Clone, Debug)]
pub struct RepositoryPolicy {
    /// Where it is declared.
    pub origin: Origin,
    /// The repository's name.
    pub repository: Spanned<Template>,
    /// The policy; `None` where it could not be read.
    pub policy: Option<Arc<Policy>>,
    /// Whether it is of ECR Public.
    pub is_public: bool,
}

/// A lifecycle policy that is declared outside of its repository.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
#[derive(Clone, Debug)]
pub struct LifecyclePolicy {
    /// Where it is declared.
    pub origin: Origin,
    /// The repository's name.
    pub repository: Spanned<Template>,
    /// Its text; `None` where it could not be read.
    pub text: Option<Spanned<Template>>,
}

/// Something about a private registry as a whole.
#[derive(Clone, Debug)]
pub struct RegistrySetting {
    /// Where it is declared.
    pub origin: Origin,
    /// What.
    pub kind: RegistrySettingKind,
}

/// Kinds of [`RegistrySetting`].
#[derive(Clone, Debug)]
pub enum RegistrySettingKind {
    /// The registry policy; `None` where it could not be read.
    Policy(Option<Arc<Policy>>),
    /// The scope of the registry policy: `V1` or `V2`
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>).
    PolicyScope(Spanned<Template>),
    /// A pull-through cache rule.
    PullThroughCache {
        /// `EcrRepositoryPrefix`.
        prefix: Spanned<Template>,
        /// `UpstreamRegistryUrl`.
        upstream: Option<Spanned<Template>>,
        /// The secret with the upstream's credentials.
        credential: Option<Spanned<Template>>,
    },
    /// A repository creation template.
    CreationTemplate {
        /// The prefix it is for; `ROOT` is every other.
        prefix: Spanned<Template>,
        /// `AppliedFor`: `PULL_THROUGH_CACHE`, `REPLICATION`, `CREATE_ON_PUSH`.
        applied_for: Vec<Spanned<Template>>,
        /// Its repository policy.
        policy: Option<Arc<Policy>>,
        /// Whether what it says of the policy could be read.
        policy_is_read: bool,
    },
    /// Replication: where to.
    Replication(Vec<ReplicationTarget>),
    /// The registry scans: `BASIC` or `ENHANCED`.
    Scanning(Option<Spanned<Template>>),
}

/// A destination of replication.
#[derive(Clone, Debug)]
pub struct ReplicationTarget {
    /// The destination.
    pub loc: Loc,
    /// The Region.
    pub region: Template,
    /// The account.
    pub account: Template,
    /// Prefixes of the repositories that are replicated; empty means all.
    pub prefixes: Vec<Template>,
}
