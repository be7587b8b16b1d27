//! Plans and states beside the configuration they were made from.

use super::super::{evaluated, shown};
use super::{plan, planned};

pub(super) const CONFIGURATION: &str = r#"variable "account" {}
variable "names" {}
resource "aws_iam_role" "exec" {
  name               = "exec"
  assume_role_policy = "{}"
}
resource "aws_iam_policy" "pull" {
  name   = "pull"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = "arn:aws:ecr:eu-west-1:${var.account}:repository/app"
    }]
  })
}
resource "aws_ecr_repository" "all" {
  for_each = var.names
  name     = "team/${each.key}"
}
"#;

pub(super) fn its_plan(more: &str) -> String {
    plan(
        &[
            planned(
                "aws_iam_role.exec",
                r#"{"name": "exec"}"#,
                r#"{"arn": true}"#,
                "",
            ),
            planned(
                "aws_iam_policy.pull",
                r#"{"name": "pull", "policy": "{\"Statement\":[{\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"],\"Effect\":\"Allow\",\"Resource\":\"arn:aws:ecr:eu-west-1:123456789012:repository/app\"}],\"Version\":\"2012-10-17\"}"}"#,
                r#"{"arn": true}"#,
                "",
            ),
            planned(
                r#"aws_ecr_repository.all["a"]"#,
                r#"{"name": "team/a"}"#,
                "{}",
                "",
            ),
            planned(
                r#"aws_ecr_repository.all["b"]"#,
                r#"{"name": "team/b"}"#,
                "{}",
                "",
            ),
        ],
        more,
    )
}

#[test]
fn a_plan_fills_in_what_the_configuration_leaves_open() {
    let text = its_plan("");
    let tree = evaluated(&[("infra/main.tf", CONFIGURATION), ("infra/plan.json", &text)]);
    assert_eq!(
        tree.addresses(),
        [
            "aws_ecr_repository.all[\"a\"]",
            "aws_ecr_repository.all[\"b\"]",
            "aws_iam_policy.pull",
            "aws_iam_role.exec",
        ]
    );
    for one in &tree.instances {
        assert_eq!(
            tree.sources.path(one.origin.loc.file),
            "infra/main.tf",
            "{}",
            one.address
        );
    }
    let names =
        ["a", "b"].map(|key| tree.shown(&format!("aws_ecr_repository.all[\"{key}\"]"), "name"));
    assert_eq!(names, ["\"team/a\"", "\"team/b\""]);
    let name = tree.value("aws_ecr_repository.all[\"b\"]", "name");
    assert_eq!(tree.source(name), "\"team/${each.key}\"");

    let statement = tree
        .value("aws_iam_policy.pull", "policy")
        .get("Statement")
        .expect("one");
    let resource = statement.items()[0].get("Resource").expect("it");
    assert_eq!(
        shown(resource),
        "\"arn:aws:ecr:eu-west-1:123456789012:repository/app\""
    );
    let slice = |range| tree.sources.slice(resource.loc_of(range));
    let whole = resource.as_str().expect("text");
    let at = |part: &str| {
        whole
            .find(part)
            .map(|start| start..start + part.len())
            .expect("there")
    };
    assert_eq!(slice(at("repository/app")), "repository/app");
    assert_eq!(slice(at("123456789012")), "${var.account}");
    assert_eq!(slice(at("eu-west-1:")), "eu-west-1:");
}

#[test]
fn instances_with_the_same_keys_meet() {
    let configuration = r#"variable "keys" {}
resource "aws_iam_role" "r" {
  for_each = toset(var.keys)
}
resource "aws_iam_role_policy_attachment" "a" {
  for_each   = toset(var.keys)
  role       = aws_iam_role.r[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
module "m" {
  for_each = toset(var.keys)
  source   = "./m"
}
"#;
    let module = "resource \"aws_subnet\" \"s\" {}\nresource \"aws_nat_gateway\" \"n\" {\n  subnet_id = aws_subnet.s.id\n}\n";
    let text = format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [
{}], "child_modules": [{}]}}}}, "resource_changes": []}}"#,
        ["aws_iam_role.r", "aws_iam_role_policy_attachment.a"]
            .iter()
            .flat_map(|one| ["a", "b"].map(|key| format!(
                r#"{{"address": "{one}[\"{key}\"]", "mode": "managed", "type": "{}", "values": {{}}}}"#,
                one.split('.').next().unwrap_or("")
            )))
            .collect::<Vec<_>>()
            .join(","),
        ["a", "b"]
            .map(|key| format!(
                r#"{{"address": "module.m[\"{key}\"]", "resources": [
{{"address": "module.m[\"{key}\"].aws_subnet.s", "mode": "managed", "type": "aws_subnet", "values": {{}}}},
{{"address": "module.m[\"{key}\"].aws_nat_gateway.n", "mode": "managed", "type": "aws_nat_gateway", "values": {{}}}}]}}"#
            ))
            .join(","),
    );
    let tree = evaluated(&[
        ("m/main.tf", module),
        ("main.tf", configuration),
        ("plan.json", &text),
    ]);
    assert_eq!(
        tree.shown("aws_iam_role_policy_attachment.a[\"b\"]", "role"),
        "<.|aws_iam_role.r[\"b\"]: DeployTime>"
    );
    assert_eq!(
        tree.shown("module.m[\"a\"].aws_nat_gateway.n", "subnet_id"),
        "<.|module.m[\"a\"].aws_subnet.s: DeployTime>"
    );
    assert_eq!(tree.instances.len(), 8);
}

#[test]
fn what_is_not_in_sight_stands_in_the_plan() {
    let more = its_plan("").replacen(
        r#"{"root_module": {"resources": ["#,
        r#"{"root_module": {"child_modules": [{"address": "module.far", "resources": [{"address": "module.far.aws_iam_role.x",
            "mode": "managed", "type": "aws_iam_role", "values": {"name": "x"}}]}], "resources": ["#,
        1,
    );
    let tree = evaluated(&[("infra/main.tf", CONFIGURATION), ("plan.json", &more)]);
    let far = tree.instance("module.far.aws_iam_role.x");
    assert_eq!(tree.sources.path(far.origin.loc.file), "plan.json");
    assert_eq!(tree.instances.len(), 5);
}

#[test]
fn a_plan_belongs_to_the_nearest_root_that_fits() {
    let text = its_plan("");
    let other = "resource \"aws_iam_role\" \"other\" {\n  name = \"o\"\n}\n";
    let tree = evaluated(&[
        ("dev/main.tf", CONFIGURATION),
        ("other/main.tf", other),
        ("prod/main.tf", CONFIGURATION),
        ("prod/plan.json", &text),
    ]);
    let of = |folder: &str| -> Vec<String> {
        let ours = tree
            .instances
            .iter()
            .filter(|one| one.id.starts_with(folder));
        ours.map(|one| one.address.clone()).collect()
    };
    assert_eq!(of("prod|").len(), 4);
    assert_eq!(
        of("dev|"),
        [
            "aws_ecr_repository.all[*]",
            "aws_iam_policy.pull",
            "aws_iam_role.exec"
        ]
    );
    assert_eq!(tree.instances.len(), 8, "{:?}", tree.addresses());
}

#[test]
fn several_plans_of_one_root_exclude_each_other() {
    let (dev, prod) = (
        its_plan(""),
        its_plan("").replace("123456789012", "210987654321"),
    );
    let tree = evaluated(&[
        ("main.tf", CONFIGURATION),
        ("plans/dev.json", &dev),
        ("plans/prod.json", &prod),
    ]);
    assert_eq!(tree.instances.len(), 8);
    let policies: Vec<_> = tree
        .instances
        .iter()
        .filter(|one| one.address == "aws_iam_policy.pull")
        .collect();
    let [dev, prod] = policies.as_slice() else {
        panic!("two readings")
    };
    assert!(shown(&dev.body).contains("123456789012"));
    assert!(shown(&prod.body).contains("210987654321"));
    assert!(!dev.origin.scope.can_meet(&prod.origin.scope));
    assert!(dev.origin.scope.can_meet(&dev.origin.scope));
}

#[test]
fn a_state_tells_the_account() {
    let state = r#"{"format_version": "1.0", "values": {"root_module": {"resources": [
        {"address": "aws_iam_role.exec", "mode": "managed", "type": "aws_iam_role",
         "values": {"name": "exec", "arn": "arn:aws-cn:iam::123456789012:role/exec"}},
        {"address": "aws_subnet.a", "mode": "managed", "type": "aws_subnet",
         "values": {"id": "subnet-1", "arn": "arn:aws-cn:ec2:cn-north-1:123456789012:subnet/subnet-1"}}]}}}"#;
    let tree = evaluated(&[("state.json", state)]);
    let scope = &tree.instance("aws_iam_role.exec").origin.scope;
    let known = [&scope.account, &scope.region, &scope.partition].map(|one| one.as_literal());
    assert_eq!(
        known,
        [Some("123456789012"), Some("cn-north-1"), Some("aws-cn")]
    );
    assert!(!scope.is_snapshot, "other things exist too");

    let state = state
        .replace("aws-cn", "aws")
        .replace("cn-north-1", "eu-west-1");
    let configuration = "resource \"aws_iam_role\" \"exec\" {\n  name_prefix = \"ex\"\n}\nresource \"aws_subnet\" \"a\" {}\n\
                         resource \"aws_ecs_service\" \"s\" {\n  network_configuration {\n    subnets = [aws_subnet.a.id]\n  }\n  \
                         iam_role = aws_iam_role.exec.arn\n}\n";
    let tree = evaluated(&[("main.tf", configuration), ("state.json", &state)]);
    let service = tree.instance("aws_ecs_service.s");
    assert_eq!(
        shown(&service.body),
        "{iam_role: \"arn:aws:iam::123456789012:role/exec\", network_configuration: [{subnets: [\"subnet-1\"]}]}",
        "what exists has the ids that it has"
    );
}

#[test]
fn a_stored_state_is_read_as_one_that_is_shown() {
    let state = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "a", "outputs": {}, "resources": [
        {"mode": "managed", "type": "aws_iam_role", "name": "exec", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [
           {"schema_version": 0, "index_key": "a", "attributes": {"name": "exec-1", "path": "/", "arn": "arn:aws:iam::123456789012:role/exec-1"}},
           {"deposed": "00", "index_key": "a", "attributes": {"name": "old"}}]},
        {"module": "module.net[0]", "mode": "managed", "type": "aws_subnet", "name": "a", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"].east",
         "instances": [{"index_key": 1, "attributes": {"id": "subnet-1", "arn": "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1"}}]},
        {"mode": "data", "type": "aws_caller_identity", "name": "me", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [{"attributes": {"account_id": "123456789012"}}]},
        {"mode": "managed"}, 1]}"#;
    let tree = evaluated(&[("terraform.tfstate", state)]);
    assert_eq!(
        tree.addresses(),
        [
            "aws_iam_role.exec[\"a\"]",
            "module.net[0].aws_subnet.a[1]",
            "data.aws_caller_identity.me"
        ]
    );
    let subnet = tree.instance("module.net[0].aws_subnet.a[1]");
    assert_eq!(subnet.origin.scope.region.as_literal(), Some("us-east-1"));
    let role = tree.instance("aws_iam_role.exec[\"a\"]");
    assert_eq!(role.origin.scope.account.as_literal(), Some("123456789012"));

    let configuration = "resource \"aws_iam_role\" \"exec\" {\n  for_each = toset([\"a\"])\n  name_prefix = \"ex\"\n}\n\
                         resource \"aws_ecs_service\" \"s\" {\n  iam_role = aws_iam_role.exec[\"a\"].arn\n}\n";
    let tree = evaluated(&[("main.tf", configuration), ("terraform.tfstate", state)]);
    assert_eq!(
        tree.shown("aws_ecs_service.s", "iam_role"),
        "\"arn:aws:iam::123456789012:role/exec-1\""
    );
}
