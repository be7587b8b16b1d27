//! VPC endpoints, and what belongs to them and is declared apart.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html>

use super::block::{Switch, any, field, is_open, reference, switch, text, texts};
use super::{Attribute, Declared, Kinds, property};
use crate::model::endpoint::{EndpointPart, EndpointPartKind, VpcEndpoint};
use crate::model::policy::{Layer, Policy};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::Spanned;
use crate::tree::Node;
use std::sync::Arc;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::EC2::VPCEndpoint", endpoint),
    ("aws_vpc_endpoint_policy", policy_part),
    ("aws_vpc_endpoint_subnet_association", subnet_part),
    ("aws_vpc_endpoint_security_group_association", group_part),
    ("aws_vpc_endpoint_route_table_association", table_part),
    ("aws_vpc_endpoint_private_dns", private_dns_part),
];

fn endpoint(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    // An endpoint without a service is one of a resource or a service network, and carries no images.
    let Some(service) = reference(properties, "ServiceName") else {
        return;
    };
    let is_gateway = is_gateway(properties);
    let written = field(properties, "PolicyDocument").filter(|node| node.as_str() != Some(""));
    let policy = written.and_then(|node| {
        let about = |policy: &mut Policy| {
            policy.endpoint_service = Some(service.clone());
            policy.endpoint_is_gateway = is_gateway;
        };
        endpoint_policy(declared, node, about, out)
    });
    let private_dns = switch(properties, "PrivateDnsEnabled");
    let [subnets, groups, tables] = ["SubnetIds", "SecurityGroupIds", "RouteTableIds"]
        .map(|name| texts(field(properties, name)));
    let is_open = is_open(properties);
    out.facts.endpoints.push(VpcEndpoint {
        loc: declared.origin.loc,
        origin: declared.origin.clone(),
        id: declared.attribute(Attribute::Id),
        service_region: text(properties, "ServiceRegion"),
        vpc: reference(properties, "VpcId"),
        is_gateway,
        private_dns_by_default: is_open || matches!(private_dns, Switch::Unknown),
        private_dns: private_dns.known(),
        policy_is_read: !is_open && (written.is_none() || policy.is_some()),
        policy,
        network_is_read: !is_open && subnets.complete && groups.complete && tables.complete,
        subnets: subnets.values,
        security_groups: groups.values,
        route_tables: tables.values,
        service,
    });
}

/// Whether it is a gateway endpoint, which is the default.
fn is_gateway(properties: &Node<'_>) -> Option<bool> {
    match field(properties, "VpcEndpointType").map(Node::as_str) {
        None if is_open(properties) => None,
        None => Some(true),
        Some(Some(kind)) if kind.eq_ignore_ascii_case("Gateway") => Some(true),
        Some(Some("Interface" | "GatewayLoadBalancer" | "Resource" | "ServiceNetwork")) => {
            Some(false)
        }
        Some(_) => None,
    }
}

/// The policy of an endpoint, also put among the policies.
fn endpoint_policy(
    declared: &Declared<'_>,
    node: &Node<'_>,
    about: impl FnOnce(&mut Policy),
    out: &mut Recognized,
) -> Option<Arc<Policy>> {
    let mut policy = property::policy(node, Layer::Endpoint, &mut out.problems)?;
    policy.origin = Some(declared.origin.clone());
    about(&mut policy);
    let policy = Arc::new(policy);
    out.facts.policies.push(Arc::clone(&policy));
    Some(policy)
}

fn policy_part(declared: &Declared<'_>, out: &mut Recognized) {
    // Without a policy the resource gives the endpoint back its default.
    let written = any(&declared.properties, &["Policy", "PolicyDocument"]);
    if let Some(node) = written {
        let policy = endpoint_policy(declared, node, |_| {}, out);
        part(declared, EndpointPartKind::Policy(policy), out);
    }
}

fn subnet_part(declared: &Declared<'_>, out: &mut Recognized) {
    named_part(declared, "SubnetId", EndpointPartKind::Subnet, out);
}

fn group_part(declared: &Declared<'_>, out: &mut Recognized) {
    named_part(
        declared,
        "SecurityGroupId",
        EndpointPartKind::SecurityGroup,
        out,
    );
}

fn table_part(declared: &Declared<'_>, out: &mut Recognized) {
    named_part(declared, "RouteTableId", EndpointPartKind::RouteTable, out);
}

fn private_dns_part(declared: &Declared<'_>, out: &mut Recognized) {
    let private_dns = switch(&declared.properties, "PrivateDnsEnabled").known();
    part(declared, EndpointPartKind::PrivateDns(private_dns), out);
}

fn named_part(
    declared: &Declared<'_>,
    name: &str,
    kind: fn(Spanned<Template>) -> EndpointPartKind,
    out: &mut Recognized,
) {
    if let Some(value) = reference(&declared.properties, name) {
        part(declared, kind(value), out);
    }
}

fn part(declared: &Declared<'_>, kind: EndpointPartKind, out: &mut Recognized) {
    if let Some(endpoint) = reference(&declared.properties, "VpcEndpointId") {
        out.facts.endpoint_parts.push(EndpointPart {
            origin: declared.origin.clone(),
            endpoint,
            kind,
        });
    }
}
