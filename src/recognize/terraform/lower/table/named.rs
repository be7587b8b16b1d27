//! Types that declare nothing of interest, but whose ARN policies and tasks name.

use super::super::shape::{Field, Shape};
use super::{Id, Row};

/// Their rows. The ARNs are those of the type in CloudFormation; see [`attribute`](crate::recognize::resource::attribute()).
pub(super) const ROWS: &[Row] = &[
    Row::named("aws_s3_bucket", "AWS::S3::Bucket", "bucket"),
    Row::named("aws_cloudwatch_log_group", "AWS::Logs::LogGroup", "name"),
    Row::named(
        "aws_secretsmanager_secret",
        "AWS::SecretsManager::Secret",
        "name",
    )
    .id(Id::Arn),
    Row::named("aws_ssm_parameter", "AWS::SSM::Parameter", "name"),
    Row::numbered("aws_kms_key", "AWS::KMS::Key"),
    Row::named("aws_kms_alias", "AWS::KMS::Alias", "name"),
    Row::named("aws_sqs_queue", "AWS::SQS::Queue", "name").id(Id::Nothing),
    Row::named("aws_sns_topic", "AWS::SNS::Topic", "name").id(Id::Arn),
    Row::named("aws_dynamodb_table", "AWS::DynamoDB::Table", "name"),
    Row::named("aws_ecs_cluster", "AWS::ECS::Cluster", "name").id(Id::Arn),
    Row::named("aws_eks_cluster", "AWS::EKS::Cluster", "name").with(&[Field::shaped(
        "compute_config",
        "ComputeConfig",
        Shape::Block(&[]),
    )]),
    Row::named("aws_codepipeline", "AWS::CodePipeline::Pipeline", "name").id(Id::Arn),
    Row::named("aws_batch_job_queue", "AWS::Batch::JobQueue", "name").id(Id::Arn),
    Row::named(
        "aws_sfn_state_machine",
        "AWS::StepFunctions::StateMachine",
        "name",
    )
    .id(Id::Arn),
];
