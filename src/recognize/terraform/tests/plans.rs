//! Plans and states, with and without the configuration they were made from.

mod joined;

use super::{Evaluated, evaluated, shown};
use crate::recognize::Subject;
use crate::recognize::resource::Declared;
use crate::recognize::terraform::{lower, plan as plans};
use crate::source::FileId;
use crate::tree::{Node, NodeKind, json};
use joined::{CONFIGURATION, its_plan};

/// A resource of a plan.
struct Planned {
    address: &'static str,
    values: &'static str,
    unknown: &'static str,
    /// `expressions` of its configuration; empty for none.
    written: &'static str,
}

fn planned(
    address: &'static str,
    values: &'static str,
    unknown: &'static str,
    written: &'static str,
) -> Planned {
    Planned {
        address,
        values,
        unknown,
        written,
    }
}

/// Mode and type of an address in the root module.
fn mode_and_type(address: &str) -> (&str, &str) {
    match address.strip_prefix("data.") {
        Some(rest) => ("data", rest.split('.').next().unwrap_or("")),
        None => ("managed", address.split('.').next().unwrap_or("")),
    }
}

/// A plan of these resources of the root module. `more` is further fields of the plan.
fn plan(resources: &[Planned], more: &str) -> String {
    let each = |write: &dyn Fn(&Planned, &str, &str) -> Option<String>| -> String {
        let all = resources.iter().filter_map(|one| {
            let (mode, kind) = mode_and_type(one.address);
            write(one, mode, kind)
        });
        all.collect::<Vec<_>>().join(",\n")
    };
    let quoted = |address: &str| format!("{address:?}");
    let values = each(&|one, mode, kind| {
        Some(format!(
            r#"{{"address": {}, "mode": "{mode}", "type": "{kind}", "values": {}}}"#,
            quoted(one.address),
            one.values
        ))
    });
    let changes = each(&|one, _, _| {
        Some(format!(
            r#"{{"address": {}, "change": {{"actions": ["create"], "after_unknown": {}}}}}"#,
            quoted(one.address),
            one.unknown
        ))
    });
    let written = each(&|one, mode, kind| {
        let base = one.address.split('[').next()?;
        (!one.written.is_empty()).then(|| {
            format!(
                r#"{{"address": "{base}", "mode": "{mode}", "type": "{kind}", "provider_config_key": "aws", "expressions": {}}}"#,
                one.written
            )
        })
    });
    format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [
{values}
]}}}}, "resource_changes": [
{changes}
], "configuration": {{"provider_config": {{"aws": {{"expressions": {{"region": {{"references": ["var.region"]}}}}}}}}, "root_module": {{"resources": [
{written}
]}}}}, "variables": {{"region": {{"value": "eu-west-1"}}}}{more}}}"#
    )
}

fn lowered(tree: &Evaluated, address: &str) -> Vec<Declared<'static>> {
    lower::lower(tree.instance(address))
}

fn properties(tree: &Evaluated, address: &str) -> String {
    let declared = lowered(tree, address);
    shown(&declared.first().expect("a declaration").properties)
}

#[test]
fn a_plan_alone_is_read_as_it_is() {
    let text = plan(
        &[
            planned(
                "aws_iam_role.exec",
                r#"{"name_prefix": "exec-", "assume_role_policy": "{}", "description": null}"#,
                r#"{"arn": true, "id": true, "name": true, "managed_policy_arns": true, "inline_policy": true}"#,
                r#"{"name_prefix": {"constant_value": "exec-"}, "assume_role_policy": {}}"#,
            ),
            planned(
                "aws_iam_role_policy_attachment.pull[\"a.b\"]",
                r#"{"policy_arn": "arn:aws:iam::aws:policy/X"}"#,
                r#"{"id": true, "role": true}"#,
                r#"{"role": {"references": ["aws_iam_role.exec.name", "aws_iam_role.exec"]}, "policy_arn": {"references": ["each.key"]}}"#,
            ),
            planned(
                "aws_iam_instance_profile.p",
                r#"{"name": "p"}"#,
                r#"{"role": true}"#,
                r#"{"role": {"references": ["aws_iam_role.exec.name", "aws_iam_role.exec", "var.suffix"]}}"#,
            ),
        ],
        "",
    );
    let tree = evaluated(&[("infra/plan.json", &text)]);
    assert_eq!(
        properties(&tree, "aws_iam_role.exec"),
        "{NamePrefix: \"exec-\", AssumeRolePolicyDocument: \"{}\", Path: \"/\", \
         RoleName: \"exec-<infra/plan.json|aws_iam_role.exec>\"}",
        "what the provider makes up is not said to be unknown"
    );
    assert_eq!(
        properties(&tree, "aws_iam_role_policy_attachment.pull[\"a.b\"]"),
        "{PolicyArn: \"arn:aws:iam::aws:policy/X\", Role: \"exec-<infra/plan.json|aws_iam_role.exec>\"}"
    );
    assert_eq!(
        properties(&tree, "aws_iam_instance_profile.p"),
        "{InstanceProfileName: \"p\", Roles: [<infra/plan.json|aws_iam_instance_profile.p.role: DeployTime>], Path: \"/\"}",
        "an expression of two references is neither"
    );
    let role = tree.instance("aws_iam_role.exec");
    assert_eq!(role.origin.scope.region.as_literal(), Some("eu-west-1"));
    assert!(!role.origin.scope.account.is_known());
    assert!(
        tree.sources
            .slice(role.origin.loc)
            .starts_with("{\"address\": \"aws_iam_role.exec\"")
    );
}

#[test]
fn lists_and_blocks_of_which_part_is_unknown() {
    let text = plan(
        &[
            planned(
                "aws_security_group.task",
                "{}",
                r#"{"id": true, "ingress": true}"#,
                "{}",
            ),
            planned(
                "aws_security_group.one",
                r#"{"ingress": [{"from_port": 443, "to_port": 443, "protocol": "tcp", "self": false}]}"#,
                r#"{"ingress": [{"security_groups": true}]}"#,
                r#"{"ingress": {"references": ["aws_security_group.task.id", "aws_security_group.task"]}}"#,
            ),
            planned(
                "aws_security_group.dynamic",
                r#"{"ingress": [{"from_port": 443, "cidr_blocks": []}]}"#,
                r#"{"ingress": [{"security_groups": true, "cidr_blocks": []}]}"#,
                "{}",
            ),
            planned(
                "aws_ecs_service.app",
                r#"{"network_configuration": [{"assign_public_ip": false, "subnets": ["subnet-1"]}]}"#,
                r#"{"network_configuration": [{"security_groups": true, "subnets": [false]}], "cluster": true}"#,
                r#"{"network_configuration": [{"security_groups": {"references": ["aws_security_group.task.id", "aws_security_group.task"]}, "subnets": {"constant_value": ["subnet-1"]}}]}"#,
            ),
            planned(
                "aws_route_table.r",
                r#"{"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": ""}]}"#,
                r#"{"id": true, "route": [{"gateway_id": true}]}"#,
                r#"{"route": {"references": ["aws_internet_gateway.g.id", "aws_internet_gateway.g"]}}"#,
            ),
            planned("aws_internet_gateway.g", "{}", r#"{"id": true}"#, ""),
        ],
        "",
    );
    let tree = evaluated(&[("plan.json", &text)]);
    let group = "<plan.json|aws_security_group.task: DeployTime>";
    assert_eq!(
        properties(&tree, "aws_security_group.task"),
        "{SecurityGroupIngress: [<plan.json|aws_security_group.task.ingress: DeployTime>]}",
        "there may be `dynamic` blocks"
    );
    assert_eq!(
        properties(&tree, "aws_security_group.one"),
        format!(
            "{{SecurityGroupIngress: [{{IpProtocol: \"tcp\", FromPort: 443, ToPort: 443, SourceSecurityGroupId: {group}}}, \
             {{IpProtocol: \"tcp\", FromPort: 443, ToPort: 443, SourceSecurityGroupId: \
             <plan.json|aws_security_group.one.ingress[0].security_groups[*]: DeployTime>}}]}}"
        )
    );
    assert_eq!(
        properties(&tree, "aws_security_group.dynamic"),
        "{SecurityGroupIngress: [{FromPort: 443, SourceSecurityGroupId: \
         <plan.json|aws_security_group.dynamic.ingress[0].security_groups: DeployTime>}]}"
    );
    assert_eq!(
        properties(&tree, "aws_ecs_service.app"),
        format!(
            "{{NetworkConfiguration: {{AwsvpcConfiguration: {{AssignPublicIp: \"DISABLED\", Subnets: [\"subnet-1\"], \
             SecurityGroups: [{group}, <plan.json|aws_ecs_service.app.network_configuration[0].security_groups[*]: DeployTime>]}}}}}}"
        )
    );
    let routes = lowered(&tree, "aws_route_table.r");
    assert_eq!(
        shown(&routes[1].properties),
        "{DestinationCidrBlock: \"0.0.0.0/0\", GatewayId: <plan.json|aws_internet_gateway.g: DeployTime>, \
         RouteTableId: <plan.json|aws_route_table.r: DeployTime>}"
    );
}

const REPOSITORY: Planned = Planned {
    address: "aws_ecr_repository.app",
    values: r#"{"name": "app"}"#,
    unknown: r#"{"arn": true, "repository_url": true}"#,
    written: r#"{"name": {"constant_value": "app"}}"#,
};

#[test]
fn documents_that_are_rendered_later() {
    let text = plan(
        &[
            REPOSITORY,
            planned(
                "aws_iam_policy.pull",
                r#"{"name": "pull"}"#,
                r#"{"policy": true}"#,
                r#"{"policy": {"references": ["data.aws_iam_policy_document.pull.json", "data.aws_iam_policy_document.pull"]}}"#,
            ),
            planned(
                "data.aws_iam_policy_document.pull",
                r#"{"statement": [{"actions": ["ecr:BatchGetImage"], "condition": [], "effect": null, "not_principals": [],
                    "principals": [], "resources": [null], "sid": null}]}"#,
                r#"{"json": true, "statement": [{"actions": [false], "condition": [], "principals": [], "resources": [true]}]}"#,
                r#"{"statement": [{"actions": {"constant_value": ["ecr:BatchGetImage"]},
                    "resources": {"references": ["aws_ecr_repository.app.arn", "aws_ecr_repository.app"]}}]}"#,
            ),
            planned(
                "aws_lambda_function.f",
                r#"{"function_name": "f", "package_type": "Image"}"#,
                r#"{"image_uri": true}"#,
                r#"{"image_uri": {"references": ["aws_ecr_repository.app.repository_url", "aws_ecr_repository.app"]}}"#,
            ),
        ],
        "",
    );
    let tree = evaluated(&[("plan.json", &text)]);
    assert_eq!(
        properties(&tree, "aws_iam_policy.pull"),
        "{ManagedPolicyName: \"pull\", PolicyDocument: {Version: \"2012-10-17\", Statement: [{Effect: \"Allow\", \
         Action: [\"ecr:BatchGetImage\"], Resource: [\"arn:aws:ecr:eu-west-1:<plan.json#account>:repository/app\"]}]}, Path: \"/\"}"
    );
    assert_eq!(
        properties(&tree, "aws_lambda_function.f"),
        "{FunctionName: \"f\", PackageType: \"Image\", Code: {ImageUri: \
         \"<plan.json#account>.dkr.ecr.eu-west-1.amazonaws.com/app<plan.json|aws_lambda_function.f.image_uri.tag>\"}}"
    );
}

/// A plan with a module `task` that is called with the ARN of a role.
fn with_module(call: &str, key: &str) -> String {
    format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{
  "resources": [{{"address": "aws_iam_role.exec", "mode": "managed", "type": "aws_iam_role", "values": {{"name": "exec"}}}}],
  "child_modules": [{{"address": "module.task{key}", "resources": [{{"address": "module.task{key}.aws_ecs_task_definition.app",
    "mode": "managed", "type": "aws_ecs_task_definition", "values": {{"family": "app"}}}}]}}]}}}},
"resource_changes": [{{"address": "module.task{key}.aws_ecs_task_definition.app", "change": {{"after_unknown": {{"execution_role_arn": true}}}}}}],
"configuration": {{"root_module": {{"module_calls": {{"task": {{"expressions": {{"exec": {call}}},
  "module": {{"resources": [{{"address": "aws_ecs_task_definition.app", "mode": "managed", "type": "aws_ecs_task_definition",
    "expressions": {{"execution_role_arn": {{"references": ["var.exec"]}}}}}}],
    "outputs": {{"own": {{"expression": {{"references": ["var.exec"]}}}}}}}}}}}}}}}}}}"#
    )
}

#[test]
fn references_lead_through_variables_and_outputs() {
    let role = r#"{"references": ["aws_iam_role.exec.arn", "aws_iam_role.exec"]}"#;
    let arn = "\"arn:aws:iam::<plan.json#account>:role/exec\"";
    let unknown =
        "<plan.json|module.task.aws_ecs_task_definition.app.execution_role_arn: DeployTime>";
    for (call, key, expected) in [
        (role, "", arn),
        (role, "[0]", arn),
        // In a circle, and to nowhere.
        (
            r#"{"references": ["module.task.own", "module.task"]}"#,
            "",
            unknown,
        ),
        (r#"{"references": ["local.exec"]}"#, "", unknown),
        (r#"{"references": ["aws_iam_role.other.arn"]}"#, "", unknown),
        (r#"{"references": 1}"#, "", unknown),
        ("[]", "", unknown),
    ] {
        let text = with_module(call, key);
        let tree = evaluated(&[("plan.json", &text)]);
        let task = properties(
            &tree,
            &format!("module.task{key}.aws_ecs_task_definition.app"),
        );
        assert_eq!(
            task,
            format!("{{Family: \"app\", ExecutionRoleArn: {expected}}}"),
            "{call}"
        );
    }
}

#[test]
fn other_documents_and_broken_plans() {
    for text in [
        "{}",
        r#"{"format_version": "1.0"}"#,
        r#"{"format_version": "1.0", "values": {"outputs": {}}}"#,
        r#"{"values": {"root_module": {}}}"#,
        r#"{"format_version": 1, "planned_values": {"root_module": []}}"#,
    ] {
        assert!(
            evaluated(&[("x.json", text)]).instances.is_empty(),
            "{text}"
        );
    }
    let values = |inner: &str| {
        format!(r#"{{"format_version": "1.0", "planned_values": {{"root_module": {inner}}}}}"#)
    };
    let resource = |inner: &str| {
        values(&format!(
            r#"{{"resources": [{inner}], "child_modules": [1, {{}}, null]}}"#
        ))
    };
    for text in [
        values(r#"{"resources": {"a": 1}, "child_modules": "x"}"#),
        resource("1, null, [], {}"),
        resource(r#"{"address": "aws_x.y", "mode": "managed"}"#),
        resource(r#"{"address": ["aws_x.y"], "mode": "managed", "type": "aws_x"}"#),
    ] {
        assert!(
            evaluated(&[("x.json", &text)]).instances.is_empty(),
            "{text}"
        );
    }
    let text = resource(
        r#"{"address": "[\"]]..", "mode": "managed", "type": "aws_iam_role", "values": [1]}"#,
    );
    assert_eq!(evaluated(&[("x.json", &text)]).instances.len(), 1);
}

#[test]
fn modules_nested_deep_and_plans_of_many_resources_are_read_in_time() {
    let mut module = String::from("{}");
    for depth in 0..50 {
        module = format!(
            r#"{{"child_modules": [{{"address": "module.m{depth}", "resources": [{{"address": "module.m{depth}.aws_iam_role.r",
                "mode": "managed", "type": "aws_iam_role", "values": {{}}}}], "child_modules": [{module}]}}]}}"#
        );
    }
    let text =
        format!(r#"{{"format_version": "1.0", "planned_values": {{"root_module": {module}}}}}"#);
    // JSON nested deeper than the tree allows is refused by the tree.
    assert!(evaluated(&[("x.json", &text)]).instances.len() <= 50);

    let many: Vec<String> = (0..3000)
        .map(|at| {
            format!(
                r#"{{"address": "aws_iam_role.r[{at}]", "mode": "managed", "type": "aws_iam_role", "values": {{"name": "r{at}"}}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"format_version": "1.0", "planned_values": {{"root_module": {{"resources": [{}]}}}}}}"#,
        many.join(",")
    );
    let configuration = "variable \"n\" {}\nresource \"aws_iam_role\" \"r\" {\n  count = var.n\n  name  = \"r${count.index}\"\n}\n";
    let tree = evaluated(&[("main.tf", configuration), ("x.json", &text)]);
    assert_eq!(tree.instances.len(), 3000);
    assert_eq!(tree.shown("aws_iam_role.r[2999]", "name"), "\"r2999\"");
}

/// Puts `kind` in the place of the node that is number `at` in order; tells whether there is one.
fn replace<'s>(node: &mut Node<'s>, at: &mut usize, kind: &NodeKind<'s>) -> bool {
    if *at == 0 {
        node.kind = kind.clone();
        return true;
    }
    *at -= 1;
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().any(|item| replace(item, at, kind)),
        NodeKind::Map(entries) => entries
            .iter_mut()
            .any(|entry| replace(&mut entry.value, at, kind)),
        _ => false,
    }
}

#[test]
fn any_value_may_be_of_the_wrong_type() {
    let texts = [
        with_module(
            r#"{"references": ["aws_iam_role.exec.arn", "aws_iam_role.exec"]}"#,
            "[0]",
        ),
        its_plan(""),
    ];
    let configuration = evaluated(&[("main.tf", CONFIGURATION)]).instances;
    let odd = json::parse(
        FileId(0),
        r#"[null, true, 1, "x", [], {}, [[{}]], {"a": ["b"]}]"#,
    );
    let odd = &odd.documents.first().expect("a list").root;
    let mut read = 0;
    for text in &texts {
        let parsed = json::parse(FileId(0), text);
        let whole = parsed.documents.first().expect("a plan");
        for one in odd.items() {
            for at in 0.. {
                let mut document = whole.clone();
                if !replace(&mut document.root, &mut at.clone(), &one.kind) {
                    break;
                }
                let subject = Subject {
                    path: "plan.json",
                    text,
                    document: &document,
                };
                let plan = plans::read(&subject);
                read += usize::from(plan.is_some());
                let joined = plans::join(configuration.clone(), plan.into_iter().collect());
                for instance in &joined {
                    lower::lower(instance);
                }
            }
        }
    }
    assert!(read > 500, "{read}");
}
