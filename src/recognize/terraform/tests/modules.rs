//! Modules, iterations, variables and providers.

use super::{evaluated, shown};

#[test]
fn count_and_for_each_make_instances() {
    let text = "variable \"u\" {}\nresource \"aws_a\" \"a\" {\n  count = 2\n  name = \"n${count.index}\"\n}\nresource \"aws_b\" \"b\" {\n  for_each = { x = \"1\", y = \"2\" }\n  name = \"${each.key}${each.value}\"\n}\nresource \"aws_c\" \"c\" {\n  count = 0\n}\nresource \"aws_d\" \"d\" {\n  count = var.u ? 1 : 0\n  name = \"d\"\n}\nresource \"aws_e\" \"e\" {\n  for_each = var.u\n  name = each.key\n}\nresource \"aws_x\" \"x\" {\n  a = aws_a.a[*].name\n  b = aws_b.b[\"x\"].arn\n  c = { for k, v in aws_b.b : k => v.name }\n  d = aws_d.d[0].name\n  e = one(aws_d.d[*].name)\n  f = values(aws_b.b)[*].name\n  g = length(aws_a.a)\n  h = try(aws_c.c[0].name, \"none\")\n  i = aws_a.a.0.name\n  j = join(\"\", aws_c.c.*.id)\n}\n";
    let tree = evaluated(&[("main.tf", text)]);
    assert_eq!(
        tree.addresses(),
        [
            "aws_a.a[0]",
            "aws_a.a[1]",
            "aws_b.b[\"x\"]",
            "aws_b.b[\"y\"]",
            "aws_d.d[*]?",
            "aws_e.e[*]?",
            "aws_x.x"
        ]
    );
    for (argument, expected) in [
        ("a", "[\"n0\", \"n1\"]"),
        ("b", "<.|aws_b.b[\"x\"].arn: DeployTime>"),
        ("c", "{x: \"x1\", y: \"y2\"}"),
        ("d", "\"d\""),
        ("e", "<.|one(aws_d.d[*].name): Function>"),
        ("f", "[\"x1\", \"y2\"]"),
        ("g", "2"),
        ("h", "\"none\""),
        ("i", "\"n0\""),
        ("j", "\"\""),
    ] {
        assert_eq!(tree.shown("aws_x.x", argument), expected, "{argument}");
    }
    assert_eq!(
        tree.shown("aws_e.e[*]", "name"),
        "<.|var.u[*].key: Condition>"
    );
}

#[test]
fn what_goes_through_the_same_unknown_keys_meets() {
    let text = "variable \"u\" {}\nresource \"aws_a\" \"a\" {\n  for_each = toset(var.u)\n  name = \"a-${each.key}\"\n}\nresource \"aws_b\" \"b\" {\n  for_each = var.u\n  a = aws_a.a[each.key].name\n}\nresource \"aws_c\" \"c\" {\n  for_each = aws_a.a\n  a = aws_a.a[each.key].name\n  b = aws_a.a[\"other\"].name\n}\n";
    let tree = evaluated(&[("main.tf", text)]);
    assert_eq!(tree.shown("aws_a.a[*]", "name"), "\"a-<.|var.u[*].key>\"");
    assert_eq!(tree.shown("aws_b.b[*]", "a"), "\"a-<.|var.u[*].key>\"");
    assert_eq!(tree.shown("aws_c.c[*]", "a"), "\"a-<.|var.u[*].key>\"");
    assert_eq!(
        tree.shown("aws_c.c[*]", "b"),
        "<.|aws_a.a[*][\"other\"].name: Condition>"
    );
}

#[test]
fn modules_are_evaluated_once_for_each_call() {
    let tree = evaluated(&[
        (
            "prod/main.tf",
            "module \"a\" {\n  source = \"../mod\"\n  name = \"one\"\n  other = module.b.arn\n}\nmodule \"b\" {\n  source = \"../mod\"\n  for_each = toset([\"k\"])\n  name = each.key\n}\nmodule \"r\" {\n  source = \"terraform-aws-modules/x/aws\"\n}\nresource \"aws_x\" \"x\" {\n  a = module.a.name\n  b = module.b[\"k\"].name\n  c = module.r.thing\n  d = module.a.arn\n  e = [for m in module.b : m.name]\n}\n",
        ),
        (
            "mod/main.tf",
            "variable \"name\" {}\nvariable \"other\" {\n  default = null\n}\nresource \"aws_y\" \"y\" {\n  name = \"p-${var.name}\"\n  other = var.other\n}\noutput \"name\" {\n  value = aws_y.y.name\n}\noutput \"arn\" {\n  value = aws_y.y.arn\n}\n",
        ),
    ]);
    assert_eq!(
        tree.addresses(),
        [
            "aws_x.x",
            "module.a.aws_y.y",
            "module.b[\"k\"].aws_y.y",
            "module.r"
        ]
    );
    assert_eq!(tree.shown("aws_x.x", "a"), "\"p-one\"");
    assert_eq!(tree.shown("aws_x.x", "b"), "\"p-k\"");
    assert_eq!(
        tree.shown("aws_x.x", "c"),
        "<prod|module.r.thing: Elsewhere>"
    );
    assert_eq!(
        tree.shown("aws_x.x", "d"),
        "<prod|module.a.aws_y.y.arn: DeployTime>"
    );
    assert_eq!(tree.shown("aws_x.x", "e"), "[\"p-k\"]");
    assert_eq!(
        tree.instance("module.a.aws_y.y").id,
        "prod|module.a.aws_y.y"
    );
}

#[test]
fn modules_that_call_each_other_in_a_circle_end() {
    let tree = evaluated(&[
        (
            "a/main.tf",
            "module \"b\" {\n  source = \"../b\"\n}\nresource \"aws_x\" \"x\" {}\n",
        ),
        ("b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
        (
            "c/main.tf",
            "module \"c\" {\n  source = \"./\"\n}\nresource \"aws_x\" \"x\" {}\n",
        ),
    ]);
    assert!(tree.addresses().len() < 50);
}

#[test]
fn values_that_may_be_overridden_are_not_known() {
    let tree = evaluated(&[
        (
            "infra/main.tf",
            "variable \"a\" { default = \"x\" }\nvariable \"b\" {}\nvariable \"c\" { default = \"x\" }\nvariable \"d\" { default = \"x\" }\nvariable \"e\" { default = { p = 1, q = 2 } }\nvariable \"f\" {}\nresource \"aws_x\" \"x\" {\n  a = var.a\n  b = var.b\n  c = var.c\n  d = var.d\n  e = var.e\n  f = var.f\n}\n",
        ),
        ("infra/terraform.tfvars", "b = \"auto\"\nc = \"auto\"\n"),
        ("infra/z.auto.tfvars", "c = \"later\"\n"),
        (
            "infra/env/prod.tfvars",
            "a = \"y\"\nd = \"x\"\ne = { p = 1, q = 3 }\nf = \"only\"\n",
        ),
        ("other/main.tf", "resource \"aws_x\" \"x\" {}\n"),
        ("other/terraform.tfvars", "b = \"not ours\"\n"),
    ]);
    for (argument, expected) in [
        ("a", "<infra|var.a: Overridden>"),
        ("b", "\"auto\""),
        ("c", "\"later\""),
        ("d", "\"x\""),
        ("e", "{p: 1, q: <infra|var.e.q: Overridden>}"),
        ("f", "\"only\""),
    ] {
        assert_eq!(tree.shown("aws_x.x", argument), expected, "{argument}");
    }
}

#[test]
fn types_complete_and_convert() {
    let text = "variable \"s\" {\n  type = map(object({ cpu = optional(number, 256), image = string, port = optional(number) }))\n  default = { a = { image = 7 } }\n}\nvariable \"n\" {\n  type = string\n  default = 123456789012\n}\nresource \"aws_x\" \"x\" {\n  s = var.s\n  n = var.n\n}\n";
    let tree = evaluated(&[("main.tf", text)]);
    assert_eq!(
        tree.shown("aws_x.x", "s"),
        "{a: {image: \"7\", cpu: 256, port: null}}"
    );
    assert_eq!(tree.shown("aws_x.x", "n"), "\"123456789012\"");
}

#[test]
fn providers_give_account_and_region() {
    let data = "data \"aws_caller_identity\" \"me\" {}\ndata \"aws_region\" \"here\" {}\ndata \"aws_partition\" \"p\" {}\n";
    let tree = evaluated(&[
        (
            "infra/main.tf",
            &format!(
                "{data}variable \"r\" {{}}\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"111122223333\"]\n}}\nprovider \"aws\" {{\n  alias = \"us\"\n  region = var.r\n}}\nprovider \"aws\" {{\n  alias = \"peer\"\n  region = \"cn-north-1\"\n  assume_role {{\n    role_arn = \"arn:aws-cn:iam::444455556666:role/x\"\n  }}\n}}\ndata \"aws_caller_identity\" \"peer\" {{\n  provider = aws.peer\n}}\nmodule \"m\" {{\n  source = \"../mod\"\n  providers = {{\n    aws = aws.us\n  }}\n}}\nresource \"aws_x\" \"x\" {{\n  arn = \"arn:${{data.aws_partition.p.partition}}:ecr:${{data.aws_region.here.name}}:${{data.aws_caller_identity.me.account_id}}:x\"\n  peer = data.aws_caller_identity.peer.account_id\n}}\nresource \"aws_y\" \"y\" {{\n  provider = aws.peer\n}}\nresource \"aws_z\" \"z\" {{\n  region = \"us-east-2\"\n}}\n"
            ),
        ),
        (
            "mod/main.tf",
            &format!(
                "{data}resource \"aws_x\" \"x\" {{\n  arn = \"${{data.aws_region.here.region}}:${{data.aws_caller_identity.me.account_id}}\"\n}}\n"
            ),
        ),
        (
            "bare/main.tf",
            &format!(
                "{data}resource \"aws_x\" \"x\" {{\n  arn = \"${{data.aws_region.here.region}}:${{data.aws_caller_identity.me.account_id}}\"\n}}\n"
            ),
        ),
    ]);
    let of = |root: &str, address: &str| {
        let id = format!("{root}|{address}");
        let found = tree.instances.iter().find(|one| one.id == id);
        found.unwrap_or_else(|| panic!("{id}"))
    };
    let arn = |root: &str, address: &str| shown(of(root, address).body.get("arn").expect("arn"));
    assert_eq!(
        arn("infra", "aws_x.x"),
        "\"arn:aws:ecr:eu-west-1:111122223333:x\""
    );
    assert_eq!(
        tree.shown("aws_x.x", "arn"),
        "\"<bare#region>:<bare#account>\""
    );
    assert_eq!(
        shown(of("infra", "aws_x.x").body.get("peer").expect("peer")),
        "\"444455556666\""
    );
    assert_eq!(
        arn("infra", "module.m.aws_x.x"),
        "\"<infra|var.r>:111122223333\""
    );
    assert_eq!(arn("bare", "aws_x.x"), "\"<bare#region>:<bare#account>\"");
    let scope = |root: &str, address: &str| {
        let scope = &of(root, address).origin.scope;
        format!("{} {} {}", scope.label, scope.region, scope.partition)
    };
    assert_eq!(
        scope("infra", "aws_y.y"),
        "infra (aws.peer) cn-north-1 aws-cn"
    );
    assert_eq!(scope("infra", "aws_z.z"), "infra us-east-2 aws");
    assert_eq!(
        scope("infra", "module.m.aws_x.x"),
        "infra (aws.us) ${var.r} <partition>"
    );
}

#[test]
fn overrides_and_tofu_files_take_their_places() {
    let tree = evaluated(&[
        (
            "a/main.tf",
            "resource \"aws_x\" \"x\" {\n  a = 1\n  b = 1\n}\n",
        ),
        (
            "a/main_override.tf",
            "resource \"aws_x\" \"x\" {\n  b = 2\n}\n",
        ),
        ("b/main.tf", "resource \"aws_y\" \"y\" {\n  a = 1\n}\n"),
        ("b/main.tofu", "resource \"aws_y\" \"y\" {\n  a = 2\n}\n"),
    ]);
    assert_eq!(tree.shown("aws_x.x", "a"), "1");
    assert_eq!(tree.shown("aws_x.x", "b"), "2");
    assert_eq!(tree.shown("aws_y.y", "a"), "2");
}

#[test]
fn a_name_that_is_set_to_null_is_made_up() {
    let tree = evaluated(&[(
        "main.tf",
        r#"resource "aws_iam_role" "r" {
  name        = true ? null : "r"
  name_prefix = true ? "r-" : null
}
resource "aws_iam_role_policy_attachment" "a" {
  policy_arn = aws_iam_role.r.arn
  role       = aws_iam_role.r.name
}
"#,
    )]);
    let address = "aws_iam_role_policy_attachment.a";
    assert_eq!(
        tree.shown(address, "policy_arn"),
        "\"arn:aws:iam::<.#account>:role/r-<.|aws_iam_role.r>\""
    );
    assert_eq!(tree.shown(address, "role"), "\"r-<.|aws_iam_role.r>\"");
}

#[test]
fn the_json_form_says_the_same() {
    let hcl = r#"variable "name" {
  type    = string
  default = "app"
}
provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/deploy"
  }
}
module "repo" {
  source = "./repo"
  name   = var.name
}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["ecr:*"]
    resources = [module.repo.arn]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  dynamic "statement" {
    for_each = ["a", "b"]
    content {
      sid     = statement.value
      actions = ["x:${statement.value}"]
    }
  }
}
resource "aws_iam_policy" "p" {
  for_each = { (var.name) = "q" }
  name     = each.key
  policy   = data.aws_iam_policy_document.p.json
  tags     = { Team = "x" }
}
"#;
    let json = r#"{
  "variable": {"name": {"type": "string", "default": "app"}},
  "provider": {"aws": [{"region": "eu-west-1", "assume_role": [{"role_arn": "arn:aws:iam::111122223333:role/deploy"}]}]},
  "module": {"repo": {"source": "./repo", "name": "${var.name}"}},
  "data": {"aws_iam_policy_document": {"p": {
    "statement": [{"actions": ["ecr:*"], "resources": ["${module.repo.arn}"], "principals": [{"type": "AWS", "identifiers": ["*"]}]}],
    "dynamic": {"statement": {"for_each": ["a", "b"], "content": {"sid": "${statement.value}", "actions": ["x:${statement.value}"]}}}
  }}},
  "resource": {"aws_iam_policy": {"p": {
    "for_each": {"${var.name}": "q"}, "name": "${each.key}",
    "policy": "${data.aws_iam_policy_document.p.json}", "tags": {"Team": "x"}
  }}}
}"#;
    let module = (
        "repo/main.tf.json",
        r#"{"variable": {"name": {}}, "resource": {"aws_ecr_repository": {"r": {"name": "${var.name}"}}}, "output": {"arn": {"value": "${aws_ecr_repository.r.arn}"}}}"#,
    );
    let shown = |name: &str, text: &str| {
        let tree = evaluated(&[(name, text), module]);
        let address = "aws_iam_policy.p[\"app\"]";
        let all = ["name", "policy", "tags"].map(|argument| tree.shown(address, argument));
        (all, tree)
    };
    let (one, _) = shown("main.tf", hcl);
    let (other, tree) = shown("cdk.tf.json", json);
    assert_eq!(one, other);
    assert!(
        one[1].contains("arn:aws:ecr:eu-west-1:111122223333:repository/app"),
        "{one:?}"
    );
    let policy = tree.value("aws_iam_policy.p[\"app\"]", "policy");
    let action = policy
        .get("Statement")
        .and_then(|list| list.items().first())
        .and_then(|one| one.get("Action"))
        .and_then(|list| list.items().first())
        .expect("an action");
    assert_eq!(tree.source(action), "\"ecr:*\"");
}

#[test]
fn values_may_stand_in_json() {
    let tree = evaluated(&[
        (
            "main.tf",
            "variable \"a\" {}\nvariable \"b\" {}\nresource \"aws_x\" \"x\" {\n  a = var.a\n  b = var.b\n}\n",
        ),
        ("terraform.tfvars.json", r#"{"a": "$${x}", "b": ["p"]}"#),
    ]);
    assert_eq!(tree.shown("aws_x.x", "a"), "\"$${x}\"");
    assert_eq!(tree.shown("aws_x.x", "b"), "[\"p\"]");
}

#[test]
fn terragrunt_gives_inputs_to_the_modules_it_deploys() {
    let module = r#"variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
resource "aws_x" "x" {
  all = [var.a, var.b, var.c]
}
"#;
    let shown = |units: &[(&str, &str)]| {
        let mut files = vec![
            ("modules/app/main.tf", module),
            ("modules/other/main.tf", ""),
        ];
        files.extend_from_slice(units);
        evaluated(&files).shown("aws_x.x", "all")
    };
    let unit = |source: &str, rest: &str| {
        format!(
            "terraform {{\n  source = \"{source}\"\n}}\n{rest}\ninputs = {{\n  a = \"set\"\n  b = local.x\n}}\n"
        )
    };
    let one = unit("../../modules//app", "");
    let known = "[\"set\", <modules/app|live/app/terragrunt.hcl@";
    let found = shown(&[("live/app/terragrunt.hcl", &one)]);
    assert!(
        found.starts_with(known) && found.ends_with(", \"default\"]"),
        "{found}"
    );
    let found = shown(&[(
        "live/app/terragrunt.hcl",
        &unit("${get_repo_root()}/modules//app", ""),
    )]);
    assert!(found.starts_with(known), "{found}");
    // What a unit does not set, a file that it includes may.
    let include = "include \"root\" {\n  path = find_in_parent_folders()\n}\n";
    let found = shown(&[(
        "live/app/terragrunt.hcl",
        &unit("../../modules/app", include),
    )]);
    assert!(
        found.ends_with(", <modules/app|var.c: Overridden>]"),
        "{found}"
    );
    // Two units agree on what both set.
    let other = one.replace("b = local.x", "b = \"x\"\n  c = \"y\"");
    let found = shown(&[
        ("live/app/terragrunt.hcl", &one),
        ("live/b/terragrunt.hcl", &other),
    ]);
    assert_eq!(
        found,
        "[\"set\", <modules/app|var.b: Overridden>, <modules/app|var.c: Overridden>]"
    );
    for elsewhere in [
        "git::https://x.y/z.git//app",
        "../../modules/none",
        "${local.s}",
    ] {
        let found = shown(&[("live/app/terragrunt.hcl", &unit(elsewhere, ""))]);
        assert_eq!(
            found, "[\"default\", \"default\", \"default\"]",
            "{elsewhere}"
        );
    }
}
