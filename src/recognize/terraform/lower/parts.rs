//! What stands in one block of Terraform and is a resource, or several entries, of its own in CloudFormation: routes,
//! rules of security groups, targets of EventBridge.

use super::shape::{self, entry};
use super::table::{self, Row};
use super::{declare, made};
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::recognize::resource::Declared;
use crate::recognize::terraform::instance::Instance;
use crate::source::Loc;
use crate::tree::{Entry, Node, NodeKind, Unknown, Why};

/// The `route` blocks of a route table as `AWS::EC2::Route`. Where some of them are not known, the table gets a property
/// `Routes` that is unknown.
pub(super) fn routes(
    instance: &Instance,
    row: &Row,
    properties: &mut Vec<Entry<'static>>,
) -> Vec<Declared<'static>> {
    properties.retain(|property| property.key.value != "Route");
    let Some(blocks) = instance.body.get("route") else {
        return Vec::new();
    };
    let made_up = || Template::hole(instance.id.clone(), format!("{}.id", instance.address));
    let table_id = match row.id {
        table::Id::Argument(argument) => instance
            .body
            .get(argument)
            .and_then(text)
            .unwrap_or_else(made_up),
        _ => made_up(),
    };
    let mut declared = Vec::new();
    for block in blocks.one_or_many() {
        if !block.is_map() {
            if properties.iter().all(|one| one.key.value != "Routes") {
                properties.push(entry("Routes", block.clone()));
            }
            continue;
        }
        let mut route = shape::properties(block, table::ROUTE);
        route.push(entry("RouteTableId", made(&table_id, block.place())));
        let mut one = declare(instance, "AWS::EC2::Route", route);
        one.id = format!("{}#route{}", instance.id, declared.len());
        one.origin.loc = block.place();
        one.properties.loc = block.place();
        declared.push(one);
    }
    declared
}

/// The `ingress` blocks of a security group as its `SecurityGroupIngress`.
pub(super) fn ingress(instance: &Instance, properties: &mut Vec<Entry<'static>>) {
    let Some(blocks) = instance.body.get("ingress").filter(|node| !node.is_null()) else {
        return;
    };
    let own = Template::hole(instance.id.clone(), format!("{}.id", instance.address));
    let mut rules = Vec::new();
    for block in blocks.one_or_many() {
        if block.is_map() {
            rules.extend(
                sources(block, Some(&own))
                    .map(|source| shape::map(rule_of(block, source), block.place())),
            );
        } else {
            rules.push(block.clone());
        }
    }
    let mut list = entry(
        "SecurityGroupIngress",
        Node::new(blocks.place(), NodeKind::List(rules)),
    );
    if let Some(written) = instance.body.entry("ingress") {
        list.key.loc = written.key.loc;
    }
    properties.push(list);
}

/// A rule that is a resource of its own as `AWS::EC2::SecurityGroupIngress`, one for each source. Rules that let traffic
/// out are left out; one that may be either is not certain.
pub(super) fn rule(instance: &Instance) -> Vec<Declared<'static>> {
    let body = &instance.body;
    let direction = body.get("type").map(|node| node.as_str());
    if direction == Some(Some("egress")) {
        return Vec::new();
    }
    let group = body.get("security_group_id");
    let own = group.and_then(text);
    let mut declared = Vec::new();
    for source in sources(body, own.as_ref()) {
        let mut properties = rule_of(body, source);
        properties.extend(group.map(|group| entry("GroupId", group.clone())));
        let mut one = declare(instance, "AWS::EC2::SecurityGroupIngress", properties);
        one.id = format!("{}#{}", instance.id, declared.len());
        one.origin.is_certain &= direction != Some(None);
        declared.push(one);
    }
    declared
}

/// Where a source stands in Terraform, and in CloudFormation.
const SOURCES: [(&str, &str); 9] = [
    ("cidr_blocks", "CidrIp"),
    ("cidr_ipv4", "CidrIp"),
    ("ipv6_cidr_blocks", "CidrIpv6"),
    ("cidr_ipv6", "CidrIpv6"),
    ("prefix_list_ids", "SourcePrefixListId"),
    ("prefix_list_id", "SourcePrefixListId"),
    ("security_groups", "SourceSecurityGroupId"),
    ("source_security_group_id", "SourceSecurityGroupId"),
    ("referenced_security_group_id", "SourceSecurityGroupId"),
];

/// Who may enter by a rule, each as the property of CloudFormation. `own` is the group itself, for `self`.
fn sources<'n>(
    rule: &'n Node<'static>,
    own: Option<&'n Template>,
) -> impl Iterator<Item = Entry<'static>> + 'n {
    let listed = SOURCES.iter().flat_map(|(from, to)| {
        let values = rule.get(from).map_or(&[][..], Node::one_or_many);
        values.iter().map(|value| entry(to, value.clone()))
    });
    let itself = rule.get("self").and_then(|flag| {
        let place = flag.place();
        let value = match (flag.as_bool(), own) {
            (Some(false), _) => return None,
            (Some(true), Some(own)) => made(own, place),
            _ if flag.is_null() => return None,
            _ => unknown(flag, place),
        };
        Some(entry("SourceSecurityGroupId", value))
    });
    listed.chain(itself)
}

fn unknown(flag: &Node<'static>, place: Loc) -> Node<'static> {
    let why = match flag.unknown() {
        Some(unknown) => unknown.clone(),
        None => Unknown::new("self", "self", Why::DeployTime),
    };
    Node::new(place, NodeKind::Unknown(Box::new(why)))
}

/// Ports and protocol of a rule, with one source.
fn rule_of(rule: &Node<'static>, source: Entry<'static>) -> Vec<Entry<'static>> {
    const NAMES: [(&str, &str); 4] = [
        ("protocol", "IpProtocol"),
        ("ip_protocol", "IpProtocol"),
        ("from_port", "FromPort"),
        ("to_port", "ToPort"),
    ];
    let mut properties: Vec<Entry<'static>> = NAMES
        .iter()
        .filter_map(|(from, to)| {
            let written = rule.entry(from).filter(|entry| !entry.value.is_null())?;
            let mut property = entry(to, written.value.clone());
            property.key.loc = written.key.loc;
            Some(property)
        })
        .collect();
    properties.push(source);
    properties
}

/// A target that starts a task, in a rule of its own; nothing for other targets.
pub(super) fn target(instance: &Instance, row: &Row) -> Vec<Declared<'static>> {
    let target = shape::properties(&instance.body, row.fields);
    if target.iter().all(|one| one.key.value != "EcsParameters") {
        return Vec::new();
    }
    let place = instance.origin.loc;
    let targets = NodeKind::List(vec![shape::map(target, place)]);
    let targets = vec![entry("Targets", Node::new(place, targets))];
    vec![declare(instance, row.kind, targets)]
}

/// The text of a scalar, with what is not known as holes.
fn text(node: &Node<'static>) -> Option<Template> {
    placeholders::of_node(node, |text| Template::literal(text))
}
