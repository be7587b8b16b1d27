//! VPC endpoints on the image path: `ecr.api`, `ecr.dkr` and `s3`.

use super::origin::Origin;
use super::policy::Policy;
use super::template::Template;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// A VPC endpoint as a description or a template declares it. Its policy, if it has one, is a
/// [`Policy`](super::policy::Policy) of layer `Endpoint` of its own.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// The whole declaration.
    pub loc: Loc,
    /// Where it is declared.
    pub origin: Origin,
    /// Its id (`vpce-…`); a hole where the cloud makes it up.
    pub id: Template,
    /// Such as `com.amazonaws.eu-west-1.ecr.dkr`.
    pub service: Spanned<Template>,
    /// `ServiceRegion`, where the service lies in another Region than the endpoint.
    pub service_region: Option<Spanned<Template>>,
    /// `VpcId`, if given.
    pub vpc: Option<Spanned<Template>>,
    /// Whether it is a gateway endpoint, if known.
    pub is_gateway: Option<bool>,
    /// `PrivateDnsEnabled`, if given.
    pub private_dns: Option<Spanned<bool>>,
    /// How private DNS stands where `private_dns` is `None`: `false` for declarations, whose default is off, `true` for the
    /// EC2 API, whose default is on
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>), and for a value that could not
    /// be read, which is taken to be as it should.
    pub private_dns_by_default: bool,
    /// Its policy; `None` means full access, the default, unless `policy_is_read` is `false`
    /// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>). It is the same `Arc` as in
    /// [`Facts::policies`](super::Facts::policies).
    pub policy: Option<Arc<Policy>>,
    /// Whether what the declaration says of its policy could be read.
    pub policy_is_read: bool,
    /// Subnets of an interface endpoint.
    pub subnets: Vec<Spanned<Template>>,
    /// Security groups of an interface endpoint.
    pub security_groups: Vec<Spanned<Template>>,
    /// Route tables of a gateway endpoint.
    pub route_tables: Vec<Spanned<Template>>,
    /// Whether every subnet, group and route table was read.
    pub network_is_read: bool,
}

/// An endpoint that is looked up and declared elsewhere.
#[derive(Clone, Debug)]
pub struct FoundEndpoint {
    /// Where it is looked up.
    pub origin: Origin,
    /// What stands for its id where it is used.
    pub id: Template,
    /// The service that it is looked up by.
    pub service: Spanned<Template>,
}

/// Something that belongs to an endpoint and is declared by itself.
#[derive(Clone, Debug)]
pub struct EndpointPart {
    /// Where it is declared.
    pub origin: Origin,
    /// The endpoint's id.
    pub endpoint: Spanned<Template>,
    /// What it adds.
    pub kind: EndpointPartKind,
}

/// Kinds of [`EndpointPart`].
#[derive(Clone, Debug)]
pub enum EndpointPartKind {
    /// Its policy; `None` where it could not be read.
    Policy(Option<Arc<Policy>>),
    /// A subnet.
    Subnet(Spanned<Template>),
    /// A security group.
    SecurityGroup(Spanned<Template>),
    /// A route table.
    RouteTable(Spanned<Template>),
    /// Whether private DNS is on; `None` where it could not be read.
    PrivateDns(Option<Spanned<bool>>),
}
