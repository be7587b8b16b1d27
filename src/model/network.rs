//! The parts of a VPC that decide how an image reaches a task: subnets, routes, security groups.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>

use super::origin::Origin;
use super::template::Template;
use crate::source::{Loc, Spanned};

/// A VPC.
#[derive(Clone, Debug)]
pub struct Vpc {
    /// Where it is declared.
    pub origin: Origin,
    /// Its id; a hole where the cloud makes it up.
    pub id: Template,
    /// Its address range.
    pub cidr: Option<Spanned<Template>>,
}

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

/// Makes a route table the main one of a VPC: subnets without a table of their own use it.
#[derive(Clone, Debug)]
pub struct MainRouteTable {
    /// Where it is declared.
    pub origin: Origin,
    /// The route table's id.
    pub route_table: Spanned<Template>,
    /// The VPC's id.
    pub vpc: Spanned<Template>,
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
    /// Where it leads. What the route itself does not tell, linking fills in from the gateways in sight.
    pub target: RouteTarget,
    /// The id of what it leads to.
    pub via: Option<Spanned<Template>>,
}

impl Route {
    /// Where it leads, given every gateway in sight: one that is declared in another template or module may be what the
    /// route's own file could not tell.
    pub fn target_among(&self, gateways: &[Gateway]) -> RouteTarget {
        let (RouteTarget::Unknown, Some(via)) = (self.target, &self.via) else {
            return self.target;
        };
        gateways
            .iter()
            .find(|gateway| gateway.id == via.value)
            .map_or(RouteTarget::Unknown, |gateway| gateway.kind)
    }
}

/// A zone of names in Route 53: a private one can lead the names of a service to an endpoint
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html>).
#[derive(Clone, Debug)]
pub struct HostedZone {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name, such as `dkr.ecr.eu-west-1.amazonaws.com`.
    pub name: Spanned<Template>,
}

/// Something that routes lead to.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where it is declared.
    pub origin: Origin,
    /// Its id; a hole where the cloud makes it up.
    pub id: Template,
    /// What a route to it leads to.
    pub kind: RouteTarget,
}

/// Where a [`Route`] leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteTarget {
    /// An internet gateway, also the egress-only one.
    InternetGateway,
    /// A NAT gateway or instance.
    Nat,
    /// A transit gateway, a peering, a network interface, a VPN, a private NAT gateway: what lies behind is not in sight.
    Elsewhere,
    /// A VPC endpoint: a gateway endpoint for its prefix list, or the endpoint of a firewall, behind which there may be a
    /// way out.
    Endpoint,
    /// The VPC itself.
    Local,
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
    /// Its name, where given.
    pub name: Option<Spanned<Template>>,
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

impl IngressRule {
    /// Whether it is about TCP to this port; `None` if that is not known.
    pub fn admits_tcp(&self, port: u16) -> Option<bool> {
        let protocol = self.protocol.as_literal().map(str::to_ascii_lowercase);
        let is_tcp = match protocol.as_deref() {
            Some("-1" | "all") => return Some(true),
            Some("tcp" | "6") => Some(true),
            Some(_) => return Some(false),
            None => None,
        };
        let number = |text: &Template| text.as_literal().and_then(|text| text.parse::<i32>().ok());
        let is_in_range = match &self.ports {
            None => Some(true),
            Some((from, to)) => match (number(from), number(to)) {
                (Some(-1), _) | (_, Some(-1)) => Some(true),
                (Some(from), Some(to)) => Some((from..=to).contains(&i32::from(port))),
                (Some(from), None) if from > i32::from(port) => Some(false),
                (None, Some(to)) if to < i32::from(port) => Some(false),
                _ => None,
            },
        };
        match (is_tcp, is_in_range) {
            (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }
}

/// First and last address of a range of IPv4 addresses such as `10.0.1.0/24`; `None` for anything else.
pub fn ipv4_range(cidr: &str) -> Option<(u32, u32)> {
    let (address, length) = cidr.trim().split_once('/')?;
    let address = u32::from(address.parse::<std::net::Ipv4Addr>().ok()?);
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
    Some((address & !hosts, address | hosts))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        assert_eq!(ipv4_range("10.0.1.7/24"), Some((0x0a00_0100, 0x0a00_01ff)));
        assert_eq!(ipv4_range("0.0.0.0/0"), Some((0, u32::MAX)));
        assert_eq!(ipv4_range("10.0.0.1/32"), Some((0x0a00_0001, 0x0a00_0001)));
        for text in ["10.0.0.0", "10.0.0/8", "10.0.0.0/33", "::/0", "${var.cidr}"] {
            assert_eq!(ipv4_range(text), None, "{text}");
        }
    }
}
