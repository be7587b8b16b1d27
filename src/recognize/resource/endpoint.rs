//! VPC endpoints, and what belongs to them and is declared apart.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html>

use super::block::{Switch, any, field, is_open, reference, switch, text, texts};
use super::{Attribute, Declared, Kinds, property};
use crate::model::endpoint::{EndpointPart, EndpointPartKind, FoundEndpoint, VpcEndpoint};
use crate::model::policy::{Layer, Policy};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::Spanned;
use crate::tree::Node;
use std::sync::Arc;

/// What Terraform looks up as `data "aws_vpc_endpoint"`.
pub const FOUND: &str = "aws_vpc_endpoint_found";

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::EC2::VPCEndpoint", endpoint),
    (FOUND, found),
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

fn found(declared: &Declared<'_>, out: &mut Recognized) {
    if let Some(service) = reference(&declared.properties, "ServiceName") {
        // What is not known of something looked up is called by its id and the attribute.
        let id = format!("{}.id", declared.id);
        out.facts.found_endpoints.push(FoundEndpoint {
            origin: declared.origin.clone(),
            id: Template::hole(id.clone(), id),
            service,
        });
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::resource::specimen::{all, facts, recognized, shown, survives};

    const POLICY: &str =
        "{Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}";

    fn one(text: String) -> (VpcEndpoint, Vec<Arc<Policy>>) {
        let mut facts = facts("AWS::EC2::VPCEndpoint", Box::leak(text.into_boxed_str()));
        (facts.endpoints.pop().expect("an endpoint"), facts.policies)
    }

    #[test]
    fn an_endpoint_with_its_policy() {
        let (endpoint, policies) = one(format!(
            "ServiceName: com.amazonaws.⟨t#region⟩.s3\nVpcId: ⟨vpc⟩\nRouteTableIds: [⟨a⟩, ⟨b⟩]\n\
             PolicyDocument: {POLICY}\n"
        ));
        assert_eq!(shown(&endpoint.id), "⟨t#r0⟩");
        assert_eq!(endpoint.is_gateway, Some(true));
        assert_eq!(all(&endpoint.route_tables), ["⟨a⟩", "⟨b⟩"]);
        assert!(endpoint.policy_is_read && endpoint.network_is_read);
        assert!(endpoint.private_dns.is_none() && !endpoint.private_dns_by_default);
        let policy = endpoint.policy.expect("a policy");
        let [same] = policies.as_slice() else {
            panic!("{policies:?}")
        };
        assert!(Arc::ptr_eq(&policy, same));
        assert_eq!(
            (policy.layer, policy.layer_is_certain),
            (Layer::Endpoint, true)
        );
        assert_eq!(policy.endpoint_is_gateway, Some(true));
        assert!(policy.origin.is_some());
        let service = policy.endpoint_service.as_ref().expect("a service");
        assert_eq!(service.value.suffix(), ".s3");
    }

    #[test]
    fn what_is_absent_differs_from_what_is_not_known() {
        for (text, gateway, dns, by_default, policy_is_read, network) in [
            ("", Some(true), None, false, true, true),
            (
                "VpcEndpointType: Interface\nPrivateDnsEnabled: true",
                Some(false),
                Some(true),
                false,
                true,
                true,
            ),
            (
                "VpcEndpointType: ⟨x⟩\nPrivateDnsEnabled: ⟨x⟩",
                None,
                None,
                true,
                true,
                true,
            ),
            (
                "VpcEndpointType: GatewayLoadBalancer\nPrivateDnsEnabled: 'false'",
                Some(false),
                Some(false),
                false,
                true,
                true,
            ),
            ("PolicyDocument: ⟨x⟩", Some(true), None, false, false, true),
            ("PolicyDocument: ''", Some(true), None, false, true, true),
            ("PolicyDocument: text", Some(true), None, false, false, true),
            ("SubnetIds: ⟨?x⟩", Some(true), None, false, true, false),
            ("Fn::Transform: {}", None, None, true, false, false),
        ] {
            let (endpoint, policies) = one(format!(
                "ServiceName: com.amazonaws.eu-west-1.ecr.dkr\n{text}\n"
            ));
            assert_eq!(endpoint.is_gateway, gateway, "{text}");
            assert_eq!(endpoint.private_dns.map(|one| one.value), dns, "{text}");
            assert_eq!(endpoint.private_dns_by_default, by_default, "{text}");
            assert_eq!(endpoint.policy_is_read, policy_is_read, "{text}");
            assert_eq!(endpoint.network_is_read, network, "{text}");
            assert!(policies.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_policy_may_be_json_in_a_string() {
        let json = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "⟨arn⟩/*"}]}"#;
        let (endpoint, policies) = one(format!(
            "ServiceName: com.amazonaws.eu-west-1.s3\nPolicyDocument: '{json}'\n"
        ));
        assert!(endpoint.policy.is_some() && policies.len() == 1);
        let broken = recognized(&[(
            "AWS::EC2::VPCEndpoint",
            "{ServiceName: com.amazonaws.eu-west-1.s3, PolicyDocument: '{\"Statement\": [}'}",
        )]);
        assert!(!broken.problems.is_empty() && !broken.facts.endpoints[0].policy_is_read);
    }

    #[test]
    fn other_endpoints_are_left_alone() {
        for text in ["ResourceConfigurationArn: x", "", "⟨?x⟩"] {
            assert!(
                facts("AWS::EC2::VPCEndpoint", text).endpoints.is_empty(),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_are_declared_apart() {
        let facts = recognized(&[
            ("aws_vpc_endpoint_policy", "{VpcEndpointId: ⟨e⟩, Policy: {Statement: {Effect: Allow, Action: '*', Resource: '*', Principal: '*'}}}"),
            ("aws_vpc_endpoint_policy", "{VpcEndpointId: ⟨e⟩, Policy: ⟨x⟩}"),
            ("aws_vpc_endpoint_policy", "{VpcEndpointId: ⟨e⟩}"),
            ("aws_vpc_endpoint_subnet_association", "{VpcEndpointId: ⟨e⟩, SubnetId: ⟨s⟩}"),
            ("aws_vpc_endpoint_security_group_association", "{VpcEndpointId: ⟨e⟩, SecurityGroupId: ⟨s⟩}"),
            ("aws_vpc_endpoint_route_table_association", "{VpcEndpointId: ⟨e⟩, RouteTableId: ⟨s⟩}"),
            ("aws_vpc_endpoint_route_table_association", "{RouteTableId: ⟨s⟩}"),
            ("aws_vpc_endpoint_private_dns", "{VpcEndpointId: ⟨e⟩, PrivateDnsEnabled: false}"),
        ])
        .facts;
        let kinds: Vec<&str> = facts
            .endpoint_parts
            .iter()
            .map(|part| match &part.kind {
                EndpointPartKind::Policy(Some(_)) => "policy",
                EndpointPartKind::Policy(None) => "unknown policy",
                EndpointPartKind::Subnet(_) => "subnet",
                EndpointPartKind::SecurityGroup(_) => "group",
                EndpointPartKind::RouteTable(_) => "table",
                EndpointPartKind::PrivateDns(_) => "dns",
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "policy",
                "unknown policy",
                "subnet",
                "group",
                "table",
                "dns"
            ]
        );
        assert_eq!(facts.policies.len(), 1);
    }

    #[test]
    fn wrong_types_do_no_harm() {
        for (kind, _) in KINDS {
            survives(
                kind,
                &[
                    "ServiceName",
                    "VpcEndpointId",
                    "VpcEndpointType",
                    "PolicyDocument",
                    "Policy",
                    "SubnetIds",
                    "PrivateDnsEnabled",
                    "SubnetId",
                ],
            );
        }
    }
}
