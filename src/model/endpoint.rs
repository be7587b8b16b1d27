//! VPC endpoints on the image path: `ecr.api`, `ecr.dkr` and `s3`.

use super::template::Template;
use crate::source::{Loc, Spanned};

/// A VPC endpoint as a description or a template declares it. Its policy, if it has one, is a
/// [`Policy`](super::policy::Policy) of layer `Endpoint` of its own.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// The whole declaration.
    pub loc: Loc,
    /// Such as `com.amazonaws.eu-west-1.ecr.dkr`.
    pub service: Spanned<Template>,
    /// `VpcId`, if given.
    pub vpc: Option<Spanned<Template>>,
    /// Whether it is a gateway endpoint, if known.
    pub is_gateway: Option<bool>,
    /// `PrivateDnsEnabled`, if given.
    pub private_dns: Option<Spanned<bool>>,
    /// The index of its policy in [`Facts::policies`](super::Facts::policies) of the same document; `None` means full
    /// access, the default
    /// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).
    pub has_policy: bool,
}
