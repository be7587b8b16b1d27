//! Image references and ECR registries.
//!
//! Host forms: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>.

use super::template::Template;

/// Where an image lives and what it is called. Built by [`ImageRef::parse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// The registry.
    pub registry: Registry,
    /// The repository, without host, tag and digest.
    pub repository: Template,
    /// The tag, if there is one.
    pub tag: Option<Template>,
    /// The digest with its algorithm, if there is one.
    pub digest: Option<Template>,
}

/// The registry of an image or a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registry {
    /// A private ECR registry.
    Ecr(EcrRegistry),
    /// ECR Public (`public.ecr.aws`).
    EcrPublic,
    /// Docker Hub, named or by default.
    DockerHub,
    /// Some other registry; its host.
    Other(String),
    /// A host that only deploy time knows.
    Unknown(Template),
}

/// A private ECR registry; parts may be holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcrRegistry {
    /// The account id.
    pub account: Template,
    /// The Region.
    pub region: Template,
    /// The DNS suffix, such as `amazonaws.com`.
    pub dns_suffix: String,
}
