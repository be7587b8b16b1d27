//! VPC endpoints as the AWS CLI describes them and takes them.
//!
//! - `{"VpcEndpoints": [{…}]}`, the output of `describe-vpc-endpoints`, or one entry of it;
//! - `{"VpcEndpoint": {…}}`, the output of `create-vpc-endpoint`;
//! - the input of `create-vpc-endpoint` and `modify-vpc-endpoint`.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>

use super::iam_policy::{is_policy, read_policy, value};
use super::{Recognized, Subject};
use crate::catalog;
use crate::model::endpoint::VpcEndpoint;
use crate::model::origin::{Origin, Scope};
use crate::model::policy::{Layer, Policy, Size};
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::{Node, Problem, embed};
use std::sync::Arc;

/// Whether the document describes endpoints.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    !endpoints(&subject.document.root).is_empty()
}

/// Reads every endpoint and its policy.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let mut recognized = Recognized::default();
    for node in endpoints(&subject.document.root) {
        read(node, subject, &mut recognized);
    }
    recognized
}

/// The maps that each describe one endpoint.
fn endpoints<'n, 's>(root: &'n Node<'s>) -> Vec<&'n Node<'s>> {
    let candidates = match root.get("VpcEndpoints").or_else(|| root.get("VpcEndpoint")) {
        Some(wrapped) => wrapped.one_or_many(),
        None => root.one_or_many(),
    };
    candidates.iter().filter(|node| is_endpoint(node)).collect()
}

fn is_endpoint(node: &Node<'_>) -> bool {
    // CloudFormation and Terraform keep the same fields one level down, beside a type.
    let is_other = node.has("Type") || node.has("Properties");
    let has_service = node.get("ServiceName").is_some_and(|name| {
        name.as_str().is_some_and(|name| name.contains('.')) || value::is_placeholder(name)
    });
    let has_id = node.get("VpcEndpointId").is_some();
    let has_more = [
        "VpcId",
        "VpcEndpointType",
        "PolicyDocument",
        "PrivateDnsEnabled",
    ]
    .iter()
    .any(|key| node.has(key));
    !is_other && (has_service || has_id) && has_more
}

fn read(node: &Node<'_>, subject: &Subject<'_, '_>, recognized: &mut Recognized) {
    let (path, file_text) = (subject.path, subject.text);
    let service = node.get("ServiceName").and_then(|name| spanned(name));
    let is_gateway = gateway(node);
    let policy = node
        .get("PolicyDocument")
        .filter(|policy| says_something(policy));
    let mut policies: Vec<Arc<Policy>> = Vec::new();
    let mut is_read = true;
    if let Some(written) = policy {
        match read_written(written, file_text) {
            Ok(read) => policies.extend(read.into_iter().map(|mut policy| {
                policy.endpoint_service = service.clone();
                policy.endpoint_is_gateway = is_gateway;
                Arc::new(policy)
            })),
            Err(problems) => recognized.problems.extend(problems),
        }
        is_read = !policies.is_empty();
    }
    recognized.facts.policies.extend(policies.iter().cloned());
    let id = node.get("VpcEndpointId").and_then(spanned);
    if let Some(service) = service {
        let label = id.as_ref().map_or(&service, |id| id).value.to_string();
        recognized.facts.endpoints.push(VpcEndpoint {
            loc: node.place(),
            origin: Origin {
                scope: Arc::new(scope(node, &service.value, path)),
                ..Origin::alone(node.place(), label, path)
            },
            id: id.map_or_else(
                || Template::hole(format!("{path}#{}", node.loc.span.start), "<endpoint id>"),
                |id| id.value,
            ),
            service,
            service_region: node.get("ServiceRegion").and_then(spanned),
            vpc: node.get("VpcId").and_then(spanned),
            is_gateway,
            private_dns: node
                .get("PrivateDnsEnabled")
                .and_then(|flag| Some(Spanned::new(flag.as_bool()?, flag.place()))),
            private_dns_by_default: true,
            policy: policies.into_iter().next(),
            policy_is_read: is_read,
            subnets: list(node, "SubnetIds"),
            security_groups: security_groups(node),
            route_tables: list(node, "RouteTableIds"),
            network_is_read: true,
        });
    }
}

/// Account and Region of an endpoint, as far as its description tells: it is in the Region of its service, unless it says that
/// the service is in another
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>).
fn scope(node: &Node<'_>, service: &Template, path: &str) -> Scope {
    let account = node.get("OwnerId").and_then(value::template);
    let told = service
        .as_literal()
        .filter(|_| !node.has("ServiceRegion"))
        .and_then(|name| {
            name.split('.')
                .find(|word| catalog::partition_of_region(word).is_some())
        });
    Scope::unknown(path).located(account, told.map(Template::literal))
}

fn list(node: &Node<'_>, name: &str) -> Vec<Spanned<Template>> {
    let items = node.get(name).map_or(&[][..], Node::one_or_many);
    items.iter().filter_map(spanned).collect()
}

/// `SecurityGroupIds` of an input, `Groups` of a description.
fn security_groups(node: &Node<'_>) -> Vec<Spanned<Template>> {
    let described = node.get("Groups").map_or(&[][..], Node::one_or_many);
    let mut groups = list(node, "SecurityGroupIds");
    groups.extend(
        described
            .iter()
            .filter_map(|group| group.get("GroupId").and_then(spanned)),
    );
    groups
}

/// The policy that stands in the field, as a map or as a string of JSON.
fn read_written(node: &Node<'_>, file_text: &str) -> Result<Vec<Policy>, Vec<Problem>> {
    if node.is_map() {
        if !is_policy(node) {
            return Ok(Vec::new());
        }
        return Ok(vec![measured(node, file_text.get(node.loc.span.range()))]);
    }
    let Some(parsed) = embed::json_in(node) else {
        return Ok(Vec::new());
    };
    let is_open = node
        .as_str()
        .is_some_and(|text| !value::placeholders_of(text).is_known());
    if !parsed.problems.is_empty() && !is_open {
        return Err(parsed.problems);
    }
    let documents = parsed
        .documents
        .iter()
        .filter(|document| is_policy(&document.root));
    Ok(documents
        .map(|document| measured(&document.root, node.as_str()))
        .collect())
}

/// The policy with its size as written: endpoint policies are limited with their white space
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).
fn measured(node: &Node<'_>, written: Option<&str>) -> Policy {
    let mut policy = read_policy(node, Layer::Endpoint, true);
    if let (Some(size), Some(written)) = (policy.document.size, written)
        && written.trim_start().starts_with('{')
    {
        policy.document.size = Some(Size {
            all: written.chars().count(),
            ..size
        });
    }
    policy
}

/// An absent, empty or null policy means full access.
fn says_something(node: &Node<'_>) -> bool {
    !node.is_null() && node.as_str() != Some("")
}

fn spanned(node: &Node<'_>) -> Option<Spanned<Template>> {
    value::template(node).map(|text| Spanned::new(text, node.place()))
}

/// `VpcEndpointType`. Who creates an endpoint without it gets a gateway; a description always has it.
fn gateway(node: &Node<'_>) -> Option<bool> {
    match node.get("VpcEndpointType") {
        Some(kind) => match kind.as_str() {
            Some("Gateway") => Some(true),
            Some("Interface" | "GatewayLoadBalancer") => Some(false),
            _ => None,
        },
        None => (!node.has("VpcEndpointId") && node.has("VpcId")).then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Facts;
    use crate::recognize::{DocumentKind, recognize};
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    fn read_file(text: &str) -> Option<Facts> {
        let parsed = parse(FileId(0), text, Syntax::of("e.json", text));
        let document = parsed.documents.first().expect("a document");
        let (kind, recognized) = recognize(&Subject {
            path: "e.json",
            text,
            document,
        })?;
        assert_eq!(recognized.problems, []);
        (kind == DocumentKind::VpcEndpoints).then_some(recognized.facts)
    }

    const POLICY: &str =
        r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;

    #[test]
    fn a_description_tells_account_and_region() {
        let told = |more: &str| {
            let text = format!(
                r#"{{"VpcEndpoints": [{{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.ecr.dkr", {more}}}]}}"#
            );
            let facts = read_file(&text).expect("an endpoint");
            let scope = &facts.endpoints.first().expect("one").origin.scope;
            [&scope.account, &scope.region].map(ToString::to_string)
        };
        let owner = r#""OwnerId": "123456789012""#;
        assert_eq!(told(owner), ["123456789012", "eu-west-1"]);
        assert_eq!(told(r#""VpcId": "vpc-1""#), ["<account>", "eu-west-1"]);
        assert_eq!(
            told(&format!(r#"{owner}, "ServiceRegion": "us-east-1""#)),
            ["123456789012", "<region>"]
        );
    }

    #[test]
    fn a_description_gives_endpoint_and_policy() {
        let escaped = POLICY.replace('"', "\\\"");
        let text = format!(
            r#"{{"VpcEndpoints": [
                {{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-west-1.s3",
                  "PolicyDocument": "{escaped}", "PrivateDnsEnabled": false}},
                {{"VpcEndpointId": "vpce-2", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.ecr.dkr",
                  "PrivateDnsEnabled": true}}]}}"#
        );
        let facts = read_file(&text).expect("endpoints");
        let [s3, dkr] = facts.endpoints.as_slice() else {
            panic!("{:?}", facts.endpoints)
        };
        assert_eq!((s3.is_gateway, dkr.is_gateway), (Some(true), Some(false)));
        assert_eq!((s3.policy.is_some(), dkr.policy.is_some()), (true, false));
        assert_eq!(dkr.private_dns.as_ref().map(|flag| flag.value), Some(true));
        let [policy] = facts.policies.as_slice() else {
            panic!("{:?}", facts.policies)
        };
        assert_eq!(
            (policy.layer, policy.layer_is_certain),
            (Layer::Endpoint, true)
        );
        assert_eq!(policy.endpoint_is_gateway, Some(true));
        let service = policy
            .endpoint_service
            .as_ref()
            .map(|name| name.value.to_string());
        assert_eq!(service.as_deref(), Some("com.amazonaws.eu-west-1.s3"));
        assert_eq!(
            policy.document.size.map(|size| size.all),
            Some(POLICY.len())
        );
    }

    #[test]
    fn inputs_and_single_outputs_are_read() {
        let create = read_file(&format!(
            r#"{{"VpcId": "vpc-1", "ServiceName": "com.amazonaws.${{region}}.s3", "PolicyDocument": {POLICY}}}"#
        ))
        .expect("an input");
        assert_eq!(create.endpoints[0].is_gateway, Some(true));
        assert!(!create.endpoints[0].service.value.is_known());
        let modify = read_file(&format!(
            r#"{{"VpcEndpointId": "vpce-1", "PolicyDocument": {POLICY}}}"#
        ))
        .expect("an input");
        assert!(modify.endpoints.is_empty());
        assert_eq!(modify.policies[0].layer, Layer::Endpoint);
        assert!(modify.policies[0].endpoint_service.is_none());
        let output = read_file(
            r#"{"VpcEndpoint": {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.ecr.api"}}"#,
        )
        .expect("an output");
        assert!(output.endpoints[0].policy.is_none());
    }

    #[test]
    fn others_are_left_alone() {
        for text in [
            r#"{"Type": "AWS::EC2::VPCEndpoint", "VpcId": "v", "ServiceName": "com.amazonaws.eu-west-1.s3"}"#,
            r#"{"ServiceName": "billing", "VpcId": "v"}"#,
            r#"{"ServiceName": "com.example.billing"}"#,
            r#"{"VpcEndpoints": []}"#,
            r#"{"VpcEndpoints": {"a": 1}}"#,
        ] {
            assert!(read_file(text).is_none(), "{text}");
        }
    }
}
