//! The parts of a VPC that decide how an image reaches a task: subnets, routes, security groups.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>

use super::origin::Origin;
use super::template::Template;
use crate::source::{Loc, Spanned};

/// A subnet.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Where it is declared.
    pub origin: Origin,
    /// Its id; a hole where the cloud makes it up.
    pub id: Template,
    /// Its VPC.
    pub vpc: Option<Spanned<Template>>,
    /// Its address range.
    pub cidr: Option<Spanned<Template>>,
}

/// Ties a route table to a subnet.
#[derive(Clone, Debug)]
pub struct RouteTableAssociation {
    /// Where it is declared.
    pub origin: Origin,
    /// The route table's id.
    pub route_table: Spanned<Template>,
    /// The subnet's id.
    pub subnet: Spanned<Template>,
}

/// A route table.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// Where it is declared.
    pub origin: Origin,
    /// Its id.
    pub id: Template,
    /// Its VPC.
    pub vpc: Option<Spanned<Template>>,
    /// Whether it is the VPC's main one, where that is declared.
    pub is_main: bool,
    /// Whether every route that its declaration holds was read.
    pub complete: bool,
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where it is declared.
    pub origin: Origin,
    /// The route table's id.
    pub route_table: Spanned<Template>,
    /// Its destination: an address range or a prefix list.
    pub destination: Option<Spanned<Template>>,
    /// Where it leads.
    pub target: RouteTarget,
}

/// Where a [`Route`] leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteTarget {
    /// An internet gateway, also the egress-only one.
    InternetGateway,
    /// A NAT gateway or instance.
    Nat,
    /// A transit gateway, a peering, a network interface, a VPN: what lies behind is not in sight.
    Elsewhere,
    /// A VPC endpoint.
    Endpoint,
    /// Not known.
    Unknown,
}

/// A security group.
#[derive(Clone, Debug)]
pub struct SecurityGroup {
    /// Where it is declared.
    pub origin: Origin,
    /// Its id.
    pub id: Template,
    /// Its VPC.
    pub vpc: Option<Spanned<Template>>,
    /// Whether every rule that its declaration holds was read.
    pub complete: bool,
}

/// A rule that lets traffic into a security group.
#[derive(Clone, Debug)]
pub struct IngressRule {
    /// Where it stands.
    pub loc: Loc,
    /// Where it is declared: the group or a resource of its own.
    pub origin: Origin,
    /// The group's id.
    pub group: Template,
    /// `tcp`, `-1`, …
    pub protocol: Template,
    /// First and last port; `None` for all ports.
    pub ports: Option<(Template, Template)>,
    /// Who may enter.
    pub from: Vec<IngressSource>,
}

/// Who may enter by an [`IngressRule`].
#[derive(Clone, Debug)]
pub enum IngressSource {
    /// An address range.
    Cidr(Spanned<Template>),
    /// Members of a security group.
    Group(Spanned<Template>),
    /// Something else: a prefix list, something unknown.
    Other(Loc),
}
