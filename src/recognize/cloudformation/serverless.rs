//! The templates inside of a configuration file of the Serverless Framework: `resources`, and the role that all functions
//! share.
//!
//! <https://www.serverless.com/framework/docs/providers/aws/guide/resources>,
//! <https://www.serverless.com/framework/docs/providers/aws/guide/iam>

use super::sam::map_entry;
use crate::tree::{Node, NodeKind, Style, Text};

/// Whether a document is such a file. Asked only of what is no template itself.
pub(super) fn is_configuration(root: &Node<'_>) -> bool {
    let provider = root.get("provider");
    let is_aws = |provider: &Node<'_>| {
        provider.as_str() == Some("aws")
            || provider.get("name").and_then(Node::as_str) == Some("aws")
    };
    root.has("service") && provider.is_some_and(is_aws)
}

/// The templates in it: what stands under `resources`, which may be a list, and one for the shared role.
pub(super) fn templates<'s>(root: &Node<'s>) -> Vec<Node<'s>> {
    let written = root.get("resources").map_or(&[][..], Node::one_or_many);
    let mut templates: Vec<Node<'s>> = written
        .iter()
        .filter(|template| template.get("Resources").is_some_and(Node::is_map))
        .cloned()
        .collect();
    templates.extend(shared_role(root));
    templates
}

/// The statements of the role that the framework makes, as a template with that role.
fn shared_role<'s>(root: &Node<'s>) -> Option<Node<'s>> {
    let provider = root.get("provider")?;
    let role = provider.get("iam").and_then(|iam| iam.get("role"));
    let statements = role
        .and_then(|role| role.get("statements"))
        .or_else(|| provider.get("iamRoleStatements"))
        .filter(|statements| statements.is_list())?;
    let loc = statements.loc;
    let word = |word: &'static str| NodeKind::Text(Text::verbatim(word, Style::Plain, 0));
    let list = |kind| NodeKind::List(vec![Node::new(loc, kind)]);
    let document = |statements: Node<'s>| {
        NodeKind::Map(vec![map_entry(loc, "Version", word("2012-10-17")), {
            let mut entry = map_entry(loc, "Statement", NodeKind::Null);
            entry.value = statements;
            entry
        }])
    };
    let trust = NodeKind::Map(vec![
        map_entry(loc, "Effect", word("Allow")),
        map_entry(
            loc,
            "Principal",
            NodeKind::Map(vec![map_entry(
                loc,
                "Service",
                word("lambda.amazonaws.com"),
            )]),
        ),
        map_entry(loc, "Action", word("sts:AssumeRole")),
    ]);
    let policy = NodeKind::Map(vec![
        map_entry(loc, "PolicyName", word("serverless")),
        map_entry(loc, "PolicyDocument", document(statements.clone())),
    ]);
    let properties = NodeKind::Map(vec![
        map_entry(
            loc,
            "AssumeRolePolicyDocument",
            document(Node::new(loc, list(trust))),
        ),
        map_entry(loc, "Policies", list(policy)),
    ]);
    let resource = NodeKind::Map(vec![
        map_entry(loc, "Type", word("AWS::IAM::Role")),
        map_entry(loc, "Properties", properties),
    ]);
    let resources = NodeKind::Map(vec![map_entry(loc, "IamRoleLambdaExecution", resource)]);
    let root = NodeKind::Map(vec![map_entry(loc, "Resources", resources)]);
    Some(Node::new(loc, root))
}
