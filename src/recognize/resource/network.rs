//! VPCs, subnets, routes and security groups.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html>

use super::block::{any, field, is_open, named, reference, scalar, text};
use super::{Attribute, Declared, Kinds};
use crate::model::network::{
    Gateway, HostedZone, IngressRule, IngressSource, MainRouteTable, Route, RouteTable,
    RouteTableAssociation, RouteTarget, SecurityGroup, Subnet, Vpc,
};
use crate::model::template::Template;
use crate::recognize::{Recognized, placeholders};
use crate::source::Spanned;
use crate::tree::Node;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::EC2::VPC", vpc),
    ("AWS::EC2::Subnet", subnet),
    ("AWS::EC2::RouteTable", route_table),
    ("aws_default_route_table", default_route_table),
    ("AWS::EC2::SubnetRouteTableAssociation", association),
    ("aws_main_route_table_association", main_association),
    ("AWS::EC2::Route", route),
    ("AWS::EC2::InternetGateway", internet_gateway),
    ("AWS::EC2::EgressOnlyInternetGateway", internet_gateway),
    ("AWS::EC2::NatGateway", nat_gateway),
    ("AWS::EC2::VPNGateway", other_gateway),
    ("AWS::EC2::TransitGateway", other_gateway),
    ("AWS::EC2::CarrierGateway", internet_gateway),
    ("AWS::EC2::VPCPeeringConnection", other_gateway),
    ("AWS::Route53::HostedZone", hosted_zone),
    ("AWS::EC2::SecurityGroup", security_group),
    ("AWS::EC2::SecurityGroupIngress", ingress),
];

fn vpc(declared: &Declared<'_>, out: &mut Recognized) {
    out.facts.vpcs.push(Vpc {
        origin: declared.origin.clone(),
        id: declared.attribute(Attribute::Id),
        cidr: text(&declared.properties, "CidrBlock"),
    });
}

fn subnet(declared: &Declared<'_>, out: &mut Recognized) {
    out.facts.subnets.push(Subnet {
        origin: declared.origin.clone(),
        id: declared.attribute(Attribute::Id),
        vpc: reference(&declared.properties, "VpcId"),
        cidr: text(&declared.properties, "CidrBlock"),
    });
}

fn route_table(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    out.facts.route_tables.push(RouteTable {
        origin: declared.origin.clone(),
        id: declared.attribute(Attribute::Id),
        vpc: reference(properties, "VpcId"),
        is_main: false,
        complete: !is_open(properties) && field(properties, "Routes").is_none(),
    });
}

fn hosted_zone(declared: &Declared<'_>, out: &mut Recognized) {
    if let Some(name) = reference(&declared.properties, "Name") {
        out.facts.hosted_zones.push(HostedZone {
            origin: declared.origin.clone(),
            name,
        });
    }
}

/// The main table of a VPC, which Terraform takes over: it has the VPC's own id for it.
fn default_route_table(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let id = reference(properties, "DefaultRouteTableId");
    out.facts.route_tables.push(RouteTable {
        origin: declared.origin.clone(),
        id: id.map_or_else(|| declared.attribute(Attribute::Id), |id| id.value),
        vpc: reference(properties, "VpcId"),
        is_main: true,
        complete: !is_open(properties) && field(properties, "Routes").is_none(),
    });
}

fn association(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    // Terraform has the same resource for gateways, which have no subnet.
    if let (Some(route_table), Some(subnet)) = (
        reference(properties, "RouteTableId"),
        reference(properties, "SubnetId"),
    ) {
        out.facts
            .route_table_associations
            .push(RouteTableAssociation {
                origin: declared.origin.clone(),
                route_table,
                subnet,
            });
    }
}

fn main_association(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    if let (Some(route_table), Some(vpc)) = (
        reference(properties, "RouteTableId"),
        reference(properties, "VpcId"),
    ) {
        out.facts.main_route_tables.push(MainRouteTable {
            origin: declared.origin.clone(),
            route_table,
            vpc,
        });
    }
}

/// Properties that name what a route leads to, and what that is.
const TARGETS: [(&str, RouteTarget); 11] = [
    ("NatGatewayId", RouteTarget::Nat),
    // An instance on a default route is there to translate addresses.
    ("InstanceId", RouteTarget::Nat),
    ("EgressOnlyInternetGatewayId", RouteTarget::InternetGateway),
    ("CarrierGatewayId", RouteTarget::InternetGateway),
    ("VpcEndpointId", RouteTarget::Endpoint),
    ("TransitGatewayId", RouteTarget::Elsewhere),
    ("VpcPeeringConnectionId", RouteTarget::Elsewhere),
    ("NetworkInterfaceId", RouteTarget::Elsewhere),
    ("LocalGatewayId", RouteTarget::Elsewhere),
    ("CoreNetworkArn", RouteTarget::Elsewhere),
    // An internet gateway, a virtual private gateway, or `local`.
    ("GatewayId", RouteTarget::Unknown),
];

fn route(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let Some(route_table) = reference(properties, "RouteTableId") else {
        return;
    };
    let destination = any(
        properties,
        &[
            "DestinationCidrBlock",
            "DestinationIpv6CidrBlock",
            "DestinationPrefixListId",
        ],
    );
    let found = TARGETS
        .iter()
        .find_map(|(name, target)| Some((reference(properties, name)?, *target)));
    let (via, target) = match found {
        Some((via, RouteTarget::Unknown)) => {
            let target = gateway_kind(&via.value);
            (Some(via), target)
        }
        Some((via, target)) => (Some(via), target),
        None => (None, RouteTarget::Unknown),
    };
    out.facts.routes.push(Route {
        origin: declared.origin.clone(),
        route_table,
        destination: destination.map(|node| scalar(node, placeholders::read)),
        target,
        via,
    });
}

/// What a `GatewayId` is, as far as its own text says: ids start with their kind, and a reference may name it. A gateway
/// that is declared tells more, which linking puts in place.
fn gateway_kind(id: &Template) -> RouteTarget {
    const PREFIXES: [(&str, RouteTarget); 4] = [
        ("igw-", RouteTarget::InternetGateway),
        ("eigw-", RouteTarget::InternetGateway),
        ("vgw-", RouteTarget::Elsewhere),
        ("vpce-", RouteTarget::Endpoint),
    ];
    // Of Terraform's references, the type is part of the name.
    const TYPES: [(&str, RouteTarget); 4] = [
        ("aws_internet_gateway.", RouteTarget::InternetGateway),
        (
            "aws_egress_only_internet_gateway.",
            RouteTarget::InternetGateway,
        ),
        ("aws_vpn_gateway.", RouteTarget::Elsewhere),
        ("aws_vpc_endpoint.", RouteTarget::Endpoint),
    ];
    if id.as_literal() == Some("local") {
        return RouteTarget::Local;
    }
    let by_prefix = PREFIXES
        .iter()
        .find(|(prefix, _)| id.prefix().starts_with(prefix));
    let by_type = || {
        let mut holes = id.holes();
        let only = holes.next().filter(|_| holes.next().is_none())?;
        TYPES.iter().find(|(name, _)| only.name.contains(name))
    };
    by_prefix
        .or_else(by_type)
        .map_or(RouteTarget::Unknown, |(_, target)| *target)
}

fn internet_gateway(declared: &Declared<'_>, out: &mut Recognized) {
    gateway(declared, RouteTarget::InternetGateway, out);
}

/// A NAT gateway; a private one leads to other networks only
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html>).
fn nat_gateway(declared: &Declared<'_>, out: &mut Recognized) {
    let connectivity = text(&declared.properties, "ConnectivityType");
    let kind = match connectivity.as_ref().map(|one| one.value.as_literal()) {
        None | Some(Some("public")) => RouteTarget::Nat,
        Some(Some("private")) => RouteTarget::Elsewhere,
        Some(_) => RouteTarget::Unknown,
    };
    gateway(declared, kind, out);
}

fn other_gateway(declared: &Declared<'_>, out: &mut Recognized) {
    gateway(declared, RouteTarget::Elsewhere, out);
}

fn gateway(declared: &Declared<'_>, kind: RouteTarget, out: &mut Recognized) {
    out.facts.gateways.push(Gateway {
        origin: declared.origin.clone(),
        id: declared.attribute(Attribute::Id),
        kind,
    });
}

fn security_group(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let id = declared.attribute(Attribute::Id);
    let rules = field(properties, "SecurityGroupIngress").map_or(&[][..], Node::one_or_many);
    for rule in rules.iter().filter(|rule| rule.is_map()) {
        let mut read = rule_of(declared, rule, id.clone());
        read.loc = rule.place();
        out.facts.ingress_rules.push(read);
    }
    out.facts.security_groups.push(SecurityGroup {
        origin: declared.origin.clone(),
        id,
        name: reference(properties, "GroupName"),
        vpc: reference(properties, "VpcId"),
        complete: !is_open(properties) && rules.iter().all(|rule| rule.is_map() || rule.is_null()),
    });
}

fn ingress(declared: &Declared<'_>, out: &mut Recognized) {
    let group = any(&declared.properties, &["GroupId", "GroupName"]);
    let group = group.map_or_else(
        || Template::hole(format!("{}.GroupId", declared.id), "<group>"),
        |node| scalar(node, named).value,
    );
    out.facts
        .ingress_rules
        .push(rule_of(declared, &declared.properties, group));
}

/// A rule from its properties, of which the source is one of several.
fn rule_of(declared: &Declared<'_>, node: &Node<'_>, group: Template) -> IngressRule {
    const CIDRS: [&str; 2] = ["CidrIp", "CidrIpv6"];
    const GROUPS: [&str; 2] = ["SourceSecurityGroupId", "SourceSecurityGroupName"];
    let each = |name: &str| field(node, name).map_or(&[][..], Node::one_or_many);
    let source = |make: fn(Spanned<Template>) -> IngressSource| {
        move |item: &Node<'_>| match item.is_map() || item.is_list() {
            true => IngressSource::Other(item.place()),
            false => make(scalar(item, named)),
        }
    };
    let cidrs = CIDRS.into_iter().flat_map(each);
    let groups = GROUPS.into_iter().flat_map(each);
    let lists = each("SourcePrefixListId").iter();
    let from = cidrs
        .map(source(IngressSource::Cidr))
        .chain(groups.map(source(IngressSource::Group)))
        .chain(lists.map(|item| IngressSource::Other(item.place())))
        .collect();
    let protocol = text(node, "IpProtocol").map_or_else(
        || Template::hole(format!("{}.IpProtocol", declared.id), "<protocol>"),
        |protocol| protocol.value,
    );
    let port = |name: &str| text(node, name).map(|port| port.value);
    IngressRule {
        loc: declared.origin.loc,
        origin: declared.origin.clone(),
        group,
        protocol,
        ports: match (port("FromPort"), port("ToPort")) {
            (None, None) => None,
            (Some(from), None) => Some((from.clone(), from)),
            (None, Some(to)) => Some((to.clone(), to)),
            (Some(from), Some(to)) => Some((from, to)),
        },
        from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::resource::specimen::{facts, given, recognized, shown, survives};

    #[test]
    fn routes_lead_where_their_property_says() {
        for (target, expected) in [
            ("NatGatewayId: ⟨nat⟩", RouteTarget::Nat),
            ("InstanceId: i-1", RouteTarget::Nat),
            (
                "EgressOnlyInternetGatewayId: ⟨x⟩",
                RouteTarget::InternetGateway,
            ),
            ("VpcEndpointId: ⟨x⟩", RouteTarget::Endpoint),
            ("TransitGatewayId: tgw-1", RouteTarget::Elsewhere),
            ("VpcPeeringConnectionId: ⟨x⟩", RouteTarget::Elsewhere),
            ("NetworkInterfaceId: ⟨x⟩", RouteTarget::Elsewhere),
            ("GatewayId: igw-1", RouteTarget::InternetGateway),
            ("GatewayId: vgw-1", RouteTarget::Elsewhere),
            ("GatewayId: local", RouteTarget::Local),
            (
                "GatewayId: ⟨app|aws_internet_gateway.main⟩",
                RouteTarget::InternetGateway,
            ),
            (
                "GatewayId: ⟨app|aws_vpn_gateway.main⟩",
                RouteTarget::Elsewhere,
            ),
            ("GatewayId: ⟨t#Gateway⟩", RouteTarget::Unknown),
            ("GatewayId: ~", RouteTarget::Unknown),
            ("NatGatewayId: {a: 1}", RouteTarget::Nat),
        ] {
            let text: &'static str = Box::leak(
                format!("RouteTableId: ⟨rt⟩\nDestinationCidrBlock: 0.0.0.0/0\n{target}\n")
                    .into_boxed_str(),
            );
            let facts = facts("AWS::EC2::Route", text);
            let [route] = facts.routes.as_slice() else {
                panic!("{target}: {:?}", facts.routes)
            };
            assert_eq!(route.target, expected, "{target}");
            assert_eq!(given(&route.destination).as_deref(), Some("0.0.0.0/0"));
        }
    }

    #[test]
    fn gateways_say_where_they_lead() {
        let facts = recognized(&[
            ("AWS::EC2::InternetGateway", ""),
            ("AWS::EC2::VPNGateway", "{Type: ipsec.1}"),
            ("AWS::EC2::NatGateway", "{ConnectivityType: private}"),
            ("AWS::EC2::NatGateway", "{SubnetId: s}"),
            ("AWS::EC2::NatGateway", "{ConnectivityType: ⟨x⟩}"),
        ])
        .facts;
        let kinds: Vec<_> = facts.gateways.iter().map(|one| one.kind).collect();
        use RouteTarget::{Elsewhere, InternetGateway, Nat, Unknown};
        assert_eq!(kinds, [InternetGateway, Elsewhere, Elsewhere, Nat, Unknown]);
        let ids: Vec<_> = facts.gateways.iter().map(|one| shown(&one.id)).collect();
        assert_eq!(ids.first().map(String::as_str), Some("⟨t#r0⟩"));
    }

    #[test]
    fn tables_and_what_uses_them() {
        let facts = recognized(&[
            ("AWS::EC2::VPC", "{CidrBlock: 10.0.0.0/16}"),
            (
                "AWS::EC2::Subnet",
                "{VpcId: ⟨t#r0⟩, CidrBlock: 10.0.1.0/24}",
            ),
            ("AWS::EC2::RouteTable", "{VpcId: ⟨t#r0⟩}"),
            ("AWS::EC2::RouteTable", "{VpcId: ⟨t#r0⟩, Routes: ⟨?x⟩}"),
            ("aws_default_route_table", "{DefaultRouteTableId: ⟨main⟩}"),
            (
                "AWS::EC2::SubnetRouteTableAssociation",
                "{SubnetId: ⟨t#r1⟩, RouteTableId: ⟨t#r2⟩}",
            ),
            (
                "AWS::EC2::SubnetRouteTableAssociation",
                "{GatewayId: ⟨g⟩, RouteTableId: ⟨t#r2⟩}",
            ),
            (
                "aws_main_route_table_association",
                "{VpcId: ⟨t#r0⟩, RouteTableId: ⟨t#r2⟩}",
            ),
            ("AWS::EC2::RouteTable", "⟨?all⟩"),
        ])
        .facts;
        let [vpc] = facts.vpcs.as_slice() else {
            panic!("{:?}", facts.vpcs)
        };
        let [subnet] = facts.subnets.as_slice() else {
            panic!("{:?}", facts.subnets)
        };
        assert_eq!(shown(&vpc.id), "⟨t#r0⟩");
        assert_eq!(given(&subnet.vpc).as_deref(), Some("⟨t#r0⟩"));
        let tables: Vec<_> = facts
            .route_tables
            .iter()
            .map(|table| (shown(&table.id), table.is_main, table.complete))
            .collect();
        assert_eq!(
            tables,
            [
                ("⟨t#r2⟩".to_string(), false, true),
                ("⟨t#r3⟩".to_string(), false, false),
                ("⟨main⟩".to_string(), true, true),
                ("⟨t#r8⟩".to_string(), false, false),
            ]
        );
        let [association] = facts.route_table_associations.as_slice() else {
            panic!("{:?}", facts.route_table_associations)
        };
        assert_eq!(association.subnet.value, subnet.id);
        assert_eq!(facts.main_route_tables.len(), 1);
    }

    #[test]
    fn rules_stand_in_their_group_or_alone() {
        let facts = recognized(&[
            (
                "AWS::EC2::SecurityGroup",
                "{GroupName: web, VpcId: ⟨v⟩, SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: '443', \
                 CidrIp: 10.0.0.0/8}, {IpProtocol: -1, SourceSecurityGroupId: ⟨g⟩}, \
                 {IpProtocol: tcp, FromPort: 80, ToPort: 90, SourcePrefixListId: pl-1}, ⟨?more⟩]}",
            ),
            (
                "AWS::EC2::SecurityGroupIngress",
                "{GroupId: ⟨t#r0⟩, IpProtocol: ⟨p⟩, FromPort: ⟨from⟩, ToPort: 65535, CidrIpv6: '::/0'}",
            ),
            ("AWS::EC2::SecurityGroupIngress", ""),
        ])
        .facts;
        let [group] = facts.security_groups.as_slice() else {
            panic!("{:?}", facts.security_groups)
        };
        assert!(!group.complete);
        assert_eq!(given(&group.name).as_deref(), Some("web"));
        let rules: Vec<_> = facts
            .ingress_rules
            .iter()
            .map(|rule| {
                (
                    rule.group == group.id,
                    rule.admits_tcp(443),
                    rule.from.len(),
                )
            })
            .collect();
        assert_eq!(
            rules,
            [
                (true, Some(true), 1),
                (true, Some(true), 1),
                (true, Some(false), 1),
                (true, None, 1),
                (false, None, 0),
            ]
        );
    }

    #[test]
    fn wrong_types_do_no_harm() {
        for (kind, _) in KINDS {
            survives(
                kind,
                &[
                    "VpcId",
                    "RouteTableId",
                    "SubnetId",
                    "GatewayId",
                    "Routes",
                    "SecurityGroupIngress",
                    "SecurityGroupIngress.CidrIp",
                    "SecurityGroupIngress.FromPort",
                    "ConnectivityType",
                    "DestinationCidrBlock",
                ],
            );
        }
    }
}
