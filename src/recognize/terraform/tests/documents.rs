//! `aws_iam_policy_document`.

use super::{Evaluated, evaluated, shown};
use crate::model::home::Homes;
use crate::model::policy::Layer;
use crate::recognize::iam_policy::read_policy;

fn policy(text: &str) -> (Evaluated, String) {
    let with_use = format!(
        "{text}\nresource \"aws_x\" \"x\" {{\n  policy = data.aws_iam_policy_document.x.json\n}}\n"
    );
    let tree = evaluated(&[("main.tf", &with_use)]);
    let shown = shown(tree.value("aws_x.x", "policy"));
    (tree, shown)
}

#[test]
fn a_document_is_what_the_provider_renders() {
    let (tree, found) = policy(
        "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    sid = \"A\"\n    actions = [\"ecr:Get*\", \"ecr:PutImage\"]\n    resources = [\"arn:aws:ecr:*:*:repository/&{aws:username}\"]\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:x\"\n      values = [\"1\"]\n    }\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:y\"\n      values = [\"2\"]\n    }\n  }\n  statement {\n    effect = \"Deny\"\n    not_actions = [\"s3:*\"]\n    principals {\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }\n    principals {\n      type = \"Service\"\n      identifiers = [\"ecs-tasks.amazonaws.com\"]\n    }\n  }\n}\n",
    );
    assert_eq!(
        found,
        "{Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", Sid: \"A\", Action: [\"ecr:Get*\", \"ecr:PutImage\"], Resource: [\"arn:aws:ecr:*:*:repository/${aws:username}\"], Condition: {StringEquals: {aws:x: [\"1\"], aws:y: [\"2\"]}}}, {Effect: \"Deny\", NotAction: [\"s3:*\"], Principal: {AWS: [\"*\"], Service: [\"ecs-tasks.amazonaws.com\"]}}]}"
    );
    let read = read_policy(tree.value("aws_x.x", "policy"), Layer::Identity, true);
    assert!(read.document.faults.is_empty());
    assert!(read.document.complete);
    let first = read.document.statements.first().expect("a statement");
    let action = first.action.as_ref().expect("an action");
    assert_eq!(tree.sources.slice(action.key), "actions");
    assert_eq!(
        tree.sources.slice(action.loc),
        "[\"ecr:Get*\", \"ecr:PutImage\"]"
    );
    let value = action.values.first().expect("a value");
    assert_eq!(tree.sources.slice(value.loc), "\"ecr:Get*\"");
    assert!(tree.sources.slice(first.loc).starts_with("statement {"));
}

#[test]
fn everyone_is_a_star() {
    let (_, found) = policy(
        "data \"aws_iam_policy_document\" \"x\" {\n  statement {\n    actions = [\"ecr:*\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\n",
    );
    assert_eq!(
        found,
        "{Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", Action: [\"ecr:*\"], Principal: \"*\"}]}"
    );
}

#[test]
fn documents_are_merged_by_sid() {
    let (_, found) = policy(
        "data \"aws_iam_policy_document\" \"base\" {\n  statement {\n    sid = \"A\"\n    actions = [\"a:a\"]\n    resources = [\"*\"]\n  }\n  statement {\n    sid = \"B\"\n    actions = [\"b:b\"]\n    resources = [\"*\"]\n  }\n}\ndata \"aws_iam_policy_document\" \"x\" {\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n  override_policy_documents = [jsonencode({ Statement = { Sid = \"B\", Effect = \"Deny\", Action = \"b:*\", Resource = \"*\" } })]\n  statement {\n    actions = [\"c:c\"]\n    resources = [\"*\"]\n  }\n}\n",
    );
    assert_eq!(
        found,
        "{Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", Sid: \"A\", Action: [\"a:a\"], Resource: [\"*\"]}, {Sid: \"B\", Effect: \"Deny\", Action: \"b:*\", Resource: \"*\"}, {Effect: \"Allow\", Action: [\"c:c\"], Resource: [\"*\"]}]}"
    );
}

#[test]
fn what_is_unknown_in_a_document_leaves_the_rest() {
    let (tree, found) = policy(
        "variable \"u\" {}\ndata \"aws_iam_policy_document\" \"x\" {\n  source_policy_documents = [var.u]\n  dynamic \"statement\" {\n    for_each = var.u\n    content {\n      actions = [\"a:a\"]\n    }\n  }\n  statement {\n    actions = [\"c:c\"]\n    resources = concat([\"*\"], var.u)\n    condition {\n      test = \"StringEquals\"\n      variable = \"${var.u}:sub\"\n      values = [var.u]\n    }\n  }\n}\n",
    );
    assert!(found.contains("Action: [\"c:c\"]"), "{found}");
    assert!(
        found.contains("${var.u}:sub: [<.|var.u: Input>]"),
        "{found}"
    );
    let read = read_policy(tree.value("aws_x.x", "policy"), Layer::Identity, true);
    assert!(!read.document.complete);
    assert_eq!(read.document.statements.len(), 1);
}

#[test]
fn documents_that_nothing_in_sight_uses_are_policies_too() {
    use crate::recognize::terraform::{evaluate, parse};
    use crate::source::{SourceFile, SourceMap};
    let statement = "  statement {\n    actions = [\"ecr:GetAuthorizationToken\"]\n    resources = [\"*\"]\n  }\n";
    let text = format!(
        "data \"aws_iam_policy_document\" \"base\" {{\n{statement}}}\ndata \"aws_iam_policy_document\" \"used\" {{\n  source_policy_documents = [data.aws_iam_policy_document.base.json]\n}}\nresource \"aws_iam_policy\" \"p\" {{\n  name = \"p\"\n  policy = data.aws_iam_policy_document.used.json\n}}\ndata \"aws_iam_policy_document\" \"alone\" {{\n{statement}}}\n"
    );
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new("main.tf", text.as_str()));
    let found = evaluate(
        &[parse(id, "main.tf", &text)],
        &[],
        &sources,
        &Homes::default(),
    );
    let starts: Vec<&str> = found
        .facts
        .policies
        .iter()
        .map(|policy| {
            let text = sources.slice(policy.document.loc);
            text.split('\n').next().unwrap_or("")
        })
        .collect();
    assert_eq!(
        starts,
        [
            "data \"aws_iam_policy_document\" \"used\" {",
            "data \"aws_iam_policy_document\" \"alone\" {"
        ]
    );
}

#[test]
fn null_in_a_list_is_not_known() {
    let (_, found) = policy(
        "variable \"a\" {\n  default = null\n}\ndata \"aws_iam_policy_document\" \"x\" {\n  statement {\n    actions = [\"ecr:*\"]\n    resources = [var.a, \"*\"]\n  }\n}\n",
    );
    assert!(found.contains("Resource: [<"), "{found}");
    assert!(found.contains("#null: Condition>, \"*\"]"), "{found}");
}

#[test]
fn blocks_that_an_empty_list_makes_are_no_element() {
    let statement = |principals: &str| {
        policy(&format!(
            r#"variable "who" {{}}
data "aws_iam_policy_document" "x" {{
  statement {{
    actions = ["ecr:*"]
    {principals}
  }}
}}
"#
        ))
        .1
    };
    let dynamic = |name: &str, each: &str| {
        format!(
            "dynamic \"{name}\" {{\n  for_each = {each}\n  content {{\n    type = \"AWS\"\n    identifiers = {name}.value\n  }}\n}}\n"
        )
    };
    for name in ["principals", "not_principals", "condition"] {
        assert_eq!(
            statement(&dynamic(name, "[]")),
            "{Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", Action: [\"ecr:*\"]}]}",
            "{name}"
        );
    }
    // Two unknown lists of blocks: each may be empty, and at most one is not.
    let both = dynamic("principals", "var.who") + &dynamic("not_principals", "var.who");
    let found = statement(&(both.clone() + &both));
    assert_eq!(found.matches("Principal: ").count(), 1, "{found}");
    let known = "not_principals {\n  type = \"AWS\"\n  identifiers = [\"*\"]\n}\n";
    let found = statement(&(dynamic("principals", "var.who") + known));
    assert!(
        found.ends_with("NotPrincipal: {AWS: [\"*\"]}}]}"),
        "{found}"
    );
}
