//! What SAM's transform makes of a template: functions take over globals and get a role of their own.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use super::anatomy::Resource;
use crate::catalog::managed_policy_path;
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::recognize::resource::Declared;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style, Text, Unknown, Why};
use std::borrow::Cow;

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

/// Whether a resource of this type is one that [`lower`] replaces.
pub(super) fn is_lowered(kind: &str) -> bool {
    matches!(kind, FUNCTION | STATE_MACHINE)
}

/// The type of CloudFormation's that SAM's transform makes of a type of its own.
pub(super) fn twin(kind: &str) -> &str {
    match kind {
        FUNCTION => "AWS::Lambda::Function",
        STATE_MACHINE => "AWS::StepFunctions::StateMachine",
        "AWS::Serverless::SimpleTable" => "AWS::DynamoDB::Table",
        other => other,
    }
}

/// The properties of a function with those of `Globals` that it does not give itself; `None` where nothing is added.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
pub(super) fn with_globals<'n, 's>(
    kind: &str,
    written: Option<&'n Node<'s>>,
    globals: Option<&'n Node<'s>>,
) -> Option<Cow<'n, Node<'s>>> {
    if kind != FUNCTION {
        return None;
    }
    let shared = globals?.get("Function").filter(|shared| shared.is_map())?;
    let Some(written) = written else {
        return Some(Cow::Borrowed(shared));
    };
    let NodeKind::Map(own) = &written.kind else {
        return None;
    };
    let mut entries = own.clone();
    for entry in shared.entries() {
        if !written.has(&entry.key.value) {
            entries.push(entry.clone());
        }
    }
    Some(Cow::Owned(Node {
        kind: NodeKind::Map(entries),
        ..written.clone()
    }))
}

/// The role that SAM makes for a function without one, with its logical id. What it grants is for [`lower`] to say.
pub(super) fn generated_role<'n, 's>(
    id: &str,
    resource: &Resource<'n, 's>,
) -> Option<(String, Resource<'n, 's>)> {
    let is_maker = is_lowered(resource.kind);
    let properties = resource.properties.as_deref();
    if !is_maker || properties.is_some_and(|properties| properties.has("Role")) {
        return None;
    }
    let path = properties.and_then(|properties| properties.entry("RolePath"));
    let entries = path.map(|entry| Entry {
        key: Spanned::new(Cow::Borrowed("Path"), entry.key.loc),
        value: entry.value.clone(),
    });
    let role = Resource {
        kind: "AWS::IAM::Role",
        loc: resource.loc,
        properties: Some(Cow::Owned(Node::new(
            resource.loc,
            NodeKind::Map(entries.into_iter().collect()),
        ))),
        condition: resource.condition,
    };
    Some((format!("{id}Role"), role))
}

/// Replaces a resource of SAM's by what the transform makes of it. Anything else stays as it is.
pub(super) fn lower<'s>(declared: Declared<'s>, out: &mut Vec<Declared<'s>>) {
    let service = match declared.kind.as_str() {
        FUNCTION => "lambda.amazonaws.com",
        STATE_MACHINE => "states.amazonaws.com",
        _ => {
            out.push(declared);
            return;
        }
    };
    if !declared.properties.has("Role") {
        out.push(role(&declared, service));
    }
    if declared.kind == FUNCTION {
        out.push(function(declared));
    }
}

/// The function as CloudFormation has it.
fn function<'s>(declared: Declared<'s>) -> Declared<'s> {
    let properties = &declared.properties;
    let loc = properties.loc;
    let mut entries: Vec<Entry<'s>> = Vec::new();
    for entry in properties.entries() {
        match entry.key.value.as_ref() {
            // The image: of a registry, or of what `sam build` makes of a Dockerfile.
            "ImageUri" => {
                let uri = entry.clone();
                let code = NodeKind::Map(vec![uri]);
                entries.push(Entry {
                    key: Spanned::new(Cow::Borrowed("Code"), entry.key.loc),
                    value: Node::new(entry.value.loc, code),
                });
            }
            "CodeUri" | "InlineCode" | "Policies" | "Events" => {}
            _ => entries.push(entry.clone()),
        }
    }
    let is_image = properties.get("PackageType").and_then(Node::as_str) == Some("Image");
    if is_image && !properties.has("ImageUri") {
        let name = format!("{}.ImageUri", declared.id);
        let built = Unknown::new(name, "…", Why::Placeholder);
        let uri = map_entry(loc, "ImageUri", NodeKind::Unknown(Box::new(built)));
        entries.push(map_entry(loc, "Code", NodeKind::Map(vec![uri])));
    }
    Declared {
        kind: "AWS::Lambda::Function".to_string(),
        properties: Node::new(loc, NodeKind::Map(entries)),
        ..declared
    }
}

/// The role that a function or a state machine without one is given.
fn role<'s>(declared: &Declared<'s>, service: &'static str) -> Declared<'s> {
    let properties = &declared.properties;
    let loc = declared.origin.loc;
    let mut managed: Vec<Node<'s>> = Vec::new();
    let mut inline: Vec<Node<'s>> = Vec::new();
    if declared.kind == FUNCTION {
        managed.push(aws_managed(declared, "AWSLambdaBasicExecutionRole", loc));
        if properties.has("VpcConfig") {
            managed.push(aws_managed(
                declared,
                "AWSLambdaVPCAccessExecutionRole",
                loc,
            ));
        }
    }
    let given = properties
        .get("Policies")
        .map_or(&[][..], Node::one_or_many);
    for policy in given {
        match &policy.kind {
            NodeKind::Text(text) => managed.push(match is_bare_name(&text.value) {
                true => aws_managed(declared, &text.value, policy.place()),
                false => policy.clone(),
            }),
            NodeKind::Unknown(_) => managed.push(policy.clone()),
            NodeKind::Map(entries) => {
                let is_document = policy.has("Statement");
                // The policy templates that SAM ships: the name tells what they are for, not on what.
                let document = if is_document {
                    policy.clone()
                } else {
                    let name = entries.first().map_or("", |entry| &entry.key.value);
                    let why = Unknown::new(
                        format!("{}.{name}@{}", declared.id, policy.loc.span.start),
                        name,
                        Why::Function,
                    );
                    Node::new(policy.loc, NodeKind::Unknown(Box::new(why)))
                };
                let name = NodeKind::Text(text(&format!("Policy{}", inline.len())));
                inline.push(Node::new(
                    policy.loc,
                    NodeKind::Map(vec![
                        map_entry(policy.loc, "PolicyName", name),
                        Entry {
                            key: key(policy.loc, "PolicyDocument"),
                            value: document,
                        },
                    ]),
                ));
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::List(_) => {}
        }
    }
    let mut entries = Vec::new();
    entries.push(match properties.entry("AssumeRolePolicyDocument") {
        Some(given) => given.clone(),
        None => map_entry(loc, "AssumeRolePolicyDocument", trust(loc, service)),
    });
    entries.push(map_entry(loc, "ManagedPolicyArns", NodeKind::List(managed)));
    entries.push(map_entry(loc, "Policies", NodeKind::List(inline)));
    for (from, to) in [
        ("RolePath", "Path"),
        ("PermissionsBoundary", "PermissionsBoundary"),
    ] {
        if let Some(entry) = properties.entry(from) {
            entries.push(Entry {
                key: key(entry.key.loc, to),
                value: entry.value.clone(),
            });
        }
    }
    Declared {
        kind: "AWS::IAM::Role".to_string(),
        origin: Origin {
            label: format!("{}Role", declared.origin.label),
            ..declared.origin.clone()
        },
        id: format!("{}Role", declared.id),
        properties: Node::new(loc, NodeKind::Map(entries)),
    }
}

/// Whether a policy is given by its name alone.
fn is_bare_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'+' | b'=' | b',' | b'.' | b'@' | b'-' | b'_')
        })
}

/// The ARN of a policy of AWS's.
fn aws_managed<'s>(declared: &Declared<'s>, name: &str, loc: Loc) -> Node<'s> {
    let Some(path) = managed_policy_path(name) else {
        // None that we know: it may be newer than our tables, or one that SAM has its own idea of.
        let unknown = Unknown::new(format!("{}.{name}", declared.id), name, Why::Function);
        return Node::new(loc, NodeKind::Unknown(Box::new(unknown)));
    };
    let mut arn = Template::literal("arn:");
    arn.push(&declared.origin.scope.known_partition());
    arn.push_literal(&format!(":iam::aws:policy/{path}{name}"));
    let mut node = placeholders::to_node(&arn, loc);
    node.alias = Some(loc);
    node
}

/// The trust policy that SAM writes.
fn trust<'s>(loc: Loc, service: &'static str) -> NodeKind<'s> {
    let word = |word: &'static str| NodeKind::Text(text(word));
    let principal = NodeKind::Map(vec![map_entry(loc, "Service", word(service))]);
    let statement = NodeKind::Map(vec![
        map_entry(loc, "Effect", word("Allow")),
        map_entry(loc, "Principal", principal),
        map_entry(loc, "Action", word("sts:AssumeRole")),
    ]);
    NodeKind::Map(vec![
        map_entry(loc, "Version", word("2012-10-17")),
        map_entry(
            loc,
            "Statement",
            NodeKind::List(vec![Node::new(loc, statement)]),
        ),
    ])
}

/// An entry that the transform adds. All its places are `loc`.
pub(super) fn map_entry<'s>(loc: Loc, name: &'static str, kind: NodeKind<'s>) -> Entry<'s> {
    let mut value = Node::new(loc, kind);
    if value.as_text().is_some() {
        value.alias = Some(loc);
    }
    Entry {
        key: key(loc, name),
        value,
    }
}

fn key<'s>(loc: Loc, name: &'static str) -> Spanned<Cow<'s, str>> {
    Spanned::new(Cow::Borrowed(name), loc)
}

fn text<'s>(value: &str) -> Text<'s> {
    Text::verbatim(value.to_string(), Style::Plain, 0)
}
