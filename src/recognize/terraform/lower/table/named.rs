//! Resources that matter by their ARN only: what a policy names, what a task reads.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::Id;

/// A type whose ARN follows from its name.
#[derive(Debug)]
pub(in super::super) struct Named {
    /// Its name in Terraform.
    pub(in super::super) terraform: &'static str,
    /// What stands behind `arn:<partition>:`. `{region}`, `{account}` and `{name}` are filled in; `{path}` is a name that may
    /// start with the slash before it; `{id}` is made up by AWS.
    pub(in super::super) arn: &'static str,
    /// The argument that names it.
    pub(in super::super) name: &'static str,
    /// What its `id` is.
    pub(in super::super) id: Id,
}

const fn named(terraform: &'static str, arn: &'static str, name: &'static str, id: Id) -> Named {
    Named {
        terraform,
        arn,
        name,
        id,
    }
}

const NAMED: [Named; 15] = [
    named("aws_s3_bucket", "s3:::{name}", "bucket", Id::Name),
    named(
        "aws_cloudwatch_log_group",
        "logs:{region}:{account}:log-group:{name}",
        "name",
        Id::Name,
    ),
    named(
        "aws_secretsmanager_secret",
        "secretsmanager:{region}:{account}:secret:{name}-{id}",
        "name",
        Id::Arn,
    ),
    named(
        "aws_ssm_parameter",
        "ssm:{region}:{account}:parameter/{path}",
        "name",
        Id::Name,
    ),
    named(
        "aws_kms_key",
        "kms:{region}:{account}:key/{id}",
        "key_id",
        Id::MadeUp,
    ),
    named(
        "aws_kms_alias",
        "kms:{region}:{account}:{name}",
        "name",
        Id::Name,
    ),
    named(
        "aws_sqs_queue",
        "sqs:{region}:{account}:{name}",
        "name",
        Id::Nothing,
    ),
    named(
        "aws_sns_topic",
        "sns:{region}:{account}:{name}",
        "name",
        Id::Arn,
    ),
    named(
        "aws_dynamodb_table",
        "dynamodb:{region}:{account}:table/{name}",
        "name",
        Id::Name,
    ),
    named(
        "aws_ecs_cluster",
        "ecs:{region}:{account}:cluster/{name}",
        "name",
        Id::Arn,
    ),
    named(
        "aws_eks_cluster",
        "eks:{region}:{account}:cluster/{name}",
        "name",
        Id::Name,
    ),
    named(
        "aws_lambda_function",
        "lambda:{region}:{account}:function:{name}",
        "function_name",
        Id::Name,
    ),
    named(
        "aws_codebuild_project",
        "codebuild:{region}:{account}:project/{name}",
        "name",
        Id::Arn,
    ),
    named(
        "aws_vpc_endpoint",
        "ec2:{region}:{account}:vpc-endpoint/{id}",
        "id",
        Id::MadeUp,
    ),
    named(
        "aws_vpc",
        "ec2:{region}:{account}:vpc/{id}",
        "id",
        Id::MadeUp,
    ),
];

/// The row of a type.
pub(in super::super) fn by_arn(terraform: &str) -> Option<&'static Named> {
    NAMED.iter().find(|named| named.terraform == terraform)
}
