//! What references to resources and data sources give.

use super::super::attribute_of;
use super::template;
use crate::model::origin::Scope;
use crate::model::template::Template;

/// The attribute of a resource called `x` with these arguments; `?y` stands for a value that is not known.
fn of(kind: &str, attribute: &str, arguments: &[(&str, &str)]) -> Option<String> {
    let scope = Scope::unknown("s").located(None, Some(Template::literal("eu-west-1")));
    let property = |name: &str| {
        let (_, value) = arguments.iter().find(|(argument, _)| *argument == name)?;
        Some(match value.split_once('?') {
            None => Template::literal(*value),
            Some((before, hole)) => {
                let mut text = Template::literal(before);
                text.push_hole(hole, hole);
                text
            }
        })
    };
    attribute_of(kind, attribute, "m|x", "${x}", &scope, &property).map(|found| template(&found))
}

/// A type, an attribute, the arguments, and what the attribute is.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Option<&'a str>);

fn check(table: &[Case<'_>]) {
    for (kind, attribute, arguments, expected) in table {
        let found = of(kind, attribute, arguments);
        assert_eq!(found.as_deref(), *expected, "{kind}.{attribute}");
    }
}

#[test]
fn resources() {
    check(&[
        (
            "aws_iam_role",
            "arn",
            &[("name", "r")],
            Some("arn:aws:iam::⟨s#account⟩:role/r"),
        ),
        (
            "aws_iam_role",
            "arn",
            &[("name", "r"), ("path", "/ci/")],
            Some("arn:aws:iam::⟨s#account⟩:role/ci/r"),
        ),
        (
            "aws_iam_role",
            "arn",
            &[("name_prefix", "p-")],
            Some("arn:aws:iam::⟨s#account⟩:role/p-⟨m|x⟩"),
        ),
        (
            "aws_iam_role",
            "arn",
            &[],
            Some("arn:aws:iam::⟨s#account⟩:role/⟨m|x⟩"),
        ),
        ("aws_iam_role", "id", &[("name", "r")], Some("r")),
        (
            "aws_iam_role",
            "name",
            &[("name_prefix", "p-")],
            Some("p-⟨m|x⟩"),
        ),
        ("aws_iam_role", "path", &[], Some("/")),
        ("aws_iam_role", "unique_id", &[("name", "r")], None),
        (
            "aws_iam_policy",
            "id",
            &[("name", "p")],
            Some("arn:aws:iam::⟨s#account⟩:policy/p"),
        ),
        (
            "aws_iam_instance_profile",
            "id",
            &[("name", "p")],
            Some("p"),
        ),
        (
            "aws_iam_openid_connect_provider",
            "arn",
            &[("url", "https://token.actions.githubusercontent.com")],
            Some("arn:aws:iam::⟨s#account⟩:oidc-provider/token.actions.githubusercontent.com"),
        ),
        ("aws_ecr_repository", "id", &[("name", "a/b")], Some("a/b")),
        (
            "aws_ecr_repository",
            "arn",
            &[("name", "a")],
            Some("arn:aws:ecr:eu-west-1:⟨s#account⟩:repository/a"),
        ),
        (
            "aws_ecr_repository",
            "repository_url",
            &[("name", "a?b")],
            Some("⟨s#account⟩.dkr.ecr.eu-west-1.amazonaws.com/a⟨b⟩"),
        ),
        (
            "aws_ecr_repository",
            "registry_id",
            &[],
            Some("⟨s#account⟩"),
        ),
        (
            "aws_ecr_repository",
            "image_tag_mutability",
            &[],
            Some("MUTABLE"),
        ),
        (
            "aws_ecr_repository_policy",
            "id",
            &[("repository", "a")],
            Some("a"),
        ),
        (
            "aws_ecrpublic_repository",
            "id",
            &[("repository_name", "a")],
            Some("a"),
        ),
        (
            "aws_ecs_task_definition",
            "arn",
            &[("family", "f")],
            Some("arn:aws:ecs:eu-west-1:⟨s#account⟩:task-definition/f:⟨m|x#revision⟩"),
        ),
        (
            "aws_ecs_task_definition",
            "arn_without_revision",
            &[("family", "f")],
            Some("arn:aws:ecs:eu-west-1:⟨s#account⟩:task-definition/f"),
        ),
        (
            "aws_ecs_task_definition",
            "id",
            &[("family", "f")],
            Some("f"),
        ),
        (
            "aws_ecs_task_definition",
            "revision",
            &[("family", "f")],
            None,
        ),
        ("aws_vpc_endpoint", "id", &[], Some("⟨m|x⟩")),
        (
            "aws_vpc_endpoint",
            "vpc_endpoint_type",
            &[],
            Some("Gateway"),
        ),
        (
            "aws_default_route_table",
            "id",
            &[("default_route_table_id", "?d")],
            Some("⟨d⟩"),
        ),
        ("aws_subnet", "id", &[], Some("⟨m|x⟩")),
        ("aws_iam_role_policy_attachment", "id", &[], None),
        (
            "aws_s3_bucket",
            "arn",
            &[("bucket", "b")],
            Some("arn:aws:s3:::b"),
        ),
        (
            "aws_s3_bucket",
            "id",
            &[("bucket_prefix", "b-")],
            Some("b-⟨m|x⟩"),
        ),
        (
            "aws_cloudwatch_log_group",
            "arn",
            &[("name", "/ecs/a")],
            Some("arn:aws:logs:eu-west-1:⟨s#account⟩:log-group:/ecs/a"),
        ),
        (
            "aws_ssm_parameter",
            "arn",
            &[("name", "/a/b")],
            Some("arn:aws:ssm:eu-west-1:⟨s#account⟩:parameter/a/b"),
        ),
        (
            "aws_secretsmanager_secret",
            "id",
            &[("name", "n")],
            Some("arn:aws:secretsmanager:eu-west-1:⟨s#account⟩:secret:n-⟨m|x#random⟩"),
        ),
        ("aws_kms_key", "key_id", &[], Some("⟨m|x⟩")),
        (
            "aws_kms_key",
            "arn",
            &[],
            Some("arn:aws:kms:eu-west-1:⟨s#account⟩:key/⟨m|x⟩"),
        ),
        (
            "aws_lambda_function",
            "arn",
            &[("function_name", "f")],
            Some("arn:aws:lambda:eu-west-1:⟨s#account⟩:function:f"),
        ),
        ("random_pet", "id", &[], None),
    ]);
}

#[test]
fn data_sources() {
    let read_only = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
    check(&[
        (
            "data.aws_caller_identity",
            "account_id",
            &[],
            Some("⟨s#account⟩"),
        ),
        ("data.aws_caller_identity", "arn", &[], None),
        ("data.aws_region", "name", &[], Some("eu-west-1")),
        (
            "data.aws_region",
            "id",
            &[("name", "us-east-1")],
            Some("us-east-1"),
        ),
        ("data.aws_partition", "partition", &[], Some("aws")),
        (
            "data.aws_partition",
            "dns_suffix",
            &[],
            Some("amazonaws.com"),
        ),
        (
            "data.aws_iam_policy",
            "arn",
            &[("name", "AmazonEC2ContainerRegistryReadOnly")],
            Some(read_only),
        ),
        (
            "data.aws_iam_policy",
            "name",
            &[("arn", read_only)],
            Some("AmazonEC2ContainerRegistryReadOnly"),
        ),
        (
            "data.aws_iam_policy",
            "arn",
            &[("name", "AmazonECSTaskExecutionRolePolicy")],
            Some("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"),
        ),
        (
            "data.aws_iam_policy",
            "arn",
            &[("name", "of-our-own")],
            Some(
                "arn:aws:iam::⟨s#account⟩:policy/⟨{s#account}|:iam::{account}:policy/of-our-own|path⟩of-our-own",
            ),
        ),
        (
            "data.aws_iam_role",
            "arn",
            &[("name", "r")],
            Some("arn:aws:iam::⟨s#account⟩:role/⟨{s#account}|:iam::{account}:role/r|path⟩r"),
        ),
        ("data.aws_iam_role", "arn", &[], None),
        ("data.aws_iam_role", "id", &[("name", "r")], Some("r")),
        (
            "data.aws_iam_openid_connect_provider",
            "arn",
            &[("url", "https://x.example")],
            Some("arn:aws:iam::⟨s#account⟩:oidc-provider/x.example"),
        ),
        (
            "data.aws_iam_openid_connect_provider",
            "arn",
            &[("url", "?u")],
            None,
        ),
        (
            "data.aws_ecr_repository",
            "repository_url",
            &[("name", "a"), ("registry_id", "123456789012")],
            Some("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a"),
        ),
        (
            "data.aws_ecr_repository",
            "image_tag_mutability",
            &[("name", "a")],
            None,
        ),
        (
            "data.aws_ecr_image",
            "image_uri",
            &[("repository_name", "a"), ("image_tag", "1")],
            Some("⟨s#account⟩.dkr.ecr.eu-west-1.amazonaws.com/a@⟨m|x.digest⟩"),
        ),
        (
            "data.aws_vpc_endpoint_service",
            "service_name",
            &[("service", "ecr.dkr")],
            Some("com.amazonaws.eu-west-1.ecr.dkr"),
        ),
        (
            "data.aws_ecs_task_definition",
            "family",
            &[("task_definition", "f:7")],
            Some("f"),
        ),
        (
            "data.aws_ecs_task_definition",
            "arn",
            &[("task_definition", "f")],
            Some("arn:aws:ecs:eu-west-1:⟨s#account⟩:task-definition/f:⟨m|x⟩"),
        ),
        (
            "data.aws_ecs_task_definition",
            "family",
            &[("task_definition", "?t")],
            Some("⟨m|x.family⟩"),
        ),
        ("data.aws_secretsmanager_secret", "arn", &[], None),
        (
            "data.aws_ssm_parameter",
            "arn",
            &[("name", "n")],
            Some("arn:aws:ssm:eu-west-1:⟨s#account⟩:parameter/n"),
        ),
        ("data.aws_subnets", "ids", &[], None),
    ]);
    let text = of("data.aws_iam_policy", "policy", &[("arn", read_only)]);
    assert!(text.is_some_and(|text| text.contains("ecr:BatchGetImage")));
}
