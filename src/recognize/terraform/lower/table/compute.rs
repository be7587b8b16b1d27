//! What runs images, or starts what runs them.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_task_definition>

use super::super::shape::{Field, Shape};
use super::{Id, Parts, Row};

const STRATEGY: Field = Field::shaped(
    "capacity_provider_strategy",
    "CapacityProviderStrategy",
    Shape::Blocks(&[]),
);
/// Terraform sends `DISABLED` where the argument is absent.
const AWSVPC: &[Field] = &[
    Field::to("subnets", "AwsvpcConfiguration.Subnets"),
    Field::to("security_groups", "AwsvpcConfiguration.SecurityGroups"),
    Field::shaped(
        "assign_public_ip",
        "AwsvpcConfiguration.AssignPublicIp",
        Shape::Switch,
    )
    .or_bool(false),
];
const NETWORK: Field = Field::shaped(
    "network_configuration",
    "NetworkConfiguration",
    Shape::Block(AWSVPC),
);
/// EventBridge rules spell one level in their own way.
const EVENT_NETWORK: Field = Field::shaped(
    "network_configuration",
    "NetworkConfiguration",
    Shape::Block(&[
        Field::to("subnets", "AwsVpcConfiguration.Subnets"),
        Field::to("security_groups", "AwsVpcConfiguration.SecurityGroups"),
        Field::shaped(
            "assign_public_ip",
            "AwsVpcConfiguration.AssignPublicIp",
            Shape::Switch,
        )
        .or_bool(false),
    ]),
);
const PLATFORM: Field = Field::shaped("runtime_platform", "RuntimePlatform", Shape::Block(&[]));

pub(super) const ROWS: &[Row] = &[
    Row::named(
        "aws_ecs_task_definition",
        "AWS::ECS::TaskDefinition",
        "family",
    )
    .with(&[
        Field::shaped(
            "container_definitions",
            "ContainerDefinitions",
            Shape::Document,
        ),
        PLATFORM,
        Field::dropped("volume"),
    ]),
    Row::named("aws_ecs_service", "AWS::ECS::Service", "name")
        .id(Id::Arn)
        .with(&[
            Field::to("name", "ServiceName"),
            NETWORK,
            STRATEGY,
            Field::shaped(
                "deployment_controller",
                "DeploymentController",
                Shape::Block(&[]),
            ),
        ]),
    Row::nameless("aws_ecs_task_set", "AWS::ECS::TaskSet").with(&[NETWORK, STRATEGY]),
    Row::nameless("aws_scheduler_schedule", "AWS::Scheduler::Schedule").with(&[Field::shaped(
        "target",
        "Target",
        Shape::Block(&[Field::shaped(
            "ecs_parameters",
            "EcsParameters",
            Shape::Block(&[NETWORK, STRATEGY]),
        )]),
    )]),
    Row::nameless("aws_cloudwatch_event_target", "AWS::Events::Rule")
        .with(&[
            Field::to("target_id", "Id"),
            Field::shaped(
                "ecs_target",
                "EcsParameters",
                Shape::Block(&[EVENT_NETWORK, STRATEGY]),
            ),
        ])
        .parts(Parts::Target),
    Row::named(
        "aws_lambda_function",
        "AWS::Lambda::Function",
        "function_name",
    )
    .with(&[
        Field::to("image_uri", "Code.ImageUri"),
        Field::to("package_type", "PackageType").or_text("Zip"),
        Field::shaped("vpc_config", "VpcConfig", Shape::Block(&[])),
        Field::shaped("environment", "Environment", Shape::Block(&[])),
    ]),
    Row::named("aws_codebuild_project", "AWS::CodeBuild::Project", "name")
        .id(Id::Arn)
        .with(&[
            Field::shaped(
                "environment",
                "Environment",
                Shape::Block(&[Field::shaped(
                    "environment_variable",
                    "EnvironmentVariables",
                    Shape::Blocks(&[]),
                )]),
            ),
            Field::shaped(
                "source",
                "Source",
                Shape::Block(&[Field::to("buildspec", "BuildSpec")]),
            ),
            Field::shaped("vpc_config", "VpcConfig", Shape::Block(&[])),
        ]),
    Row::named(
        "aws_batch_job_definition",
        "AWS::Batch::JobDefinition",
        "name",
    )
    .id(Id::Arn)
    .with(&[
        Field::to("name", "JobDefinitionName"),
        Field::shaped(
            "container_properties",
            "ContainerProperties",
            Shape::Document,
        ),
        Field::shaped("ecs_properties", "EcsProperties", Shape::Document),
        Field::shaped("node_properties", "NodeProperties", Shape::Document),
    ]),
    Row::named(
        "aws_apprunner_service",
        "AWS::AppRunner::Service",
        "service_name",
    )
    .id(Id::Arn)
    .with(&[
        Field::shaped(
            "source_configuration",
            "SourceConfiguration",
            Shape::Block(&[
                Field::shaped(
                    "authentication_configuration",
                    "AuthenticationConfiguration",
                    Shape::Block(&[]),
                ),
                Field::shaped(
                    "image_repository",
                    "ImageRepository",
                    Shape::Block(&[Field::shaped(
                        "image_configuration",
                        "ImageConfiguration",
                        Shape::Block(&[Field::shaped(
                            "runtime_environment_variables",
                            "RuntimeEnvironmentVariables",
                            Shape::Pairs("Name", "Value"),
                        )]),
                    )]),
                ),
            ]),
        ),
        Field::shaped(
            "instance_configuration",
            "InstanceConfiguration",
            Shape::Block(&[]),
        ),
    ]),
    Row::numbered("aws_launch_template", "AWS::EC2::LaunchTemplate").with(&[
        Field::to("name", "LaunchTemplateName"),
        Field::to("image_id", "LaunchTemplateData.ImageId"),
        Field::to("user_data", "LaunchTemplateData.UserData"),
        Field::shaped(
            "iam_instance_profile",
            "LaunchTemplateData.IamInstanceProfile",
            Shape::Block(&[]),
        ),
        Field::shaped(
            "metadata_options",
            "LaunchTemplateData.MetadataOptions",
            Shape::Block(&[]),
        ),
    ]),
    Row::named(
        "aws_launch_configuration",
        "AWS::AutoScaling::LaunchConfiguration",
        "name",
    )
    .with(&[
        Field::to("name", "LaunchConfigurationName"),
        Field::to("user_data_base64", "UserData"),
        METADATA,
    ]),
    Row::numbered("aws_instance", "AWS::EC2::Instance").with(&[
        Field::to("ami", "ImageId"),
        Field::to("user_data_base64", "UserData"),
        Field::to("vpc_security_group_ids", "SecurityGroupIds"),
        METADATA,
    ]),
    Row::nameless(
        "aws_ec2_instance_metadata_defaults",
        "aws_ec2_instance_metadata_defaults",
    ),
    Row::nameless("aws_eks_node_group", "AWS::EKS::Nodegroup").with(&[
        Field::to("node_group_name", "NodegroupName"),
        Field::to("node_role_arn", "NodeRole"),
        Field::to("subnet_ids", "Subnets"),
        Field::shaped("launch_template", "LaunchTemplate", Shape::Block(&[])),
    ]),
    Row::nameless("aws_eks_fargate_profile", "AWS::EKS::FargateProfile").with(&[
        Field::to("subnet_ids", "Subnets"),
        Field::shaped("selector", "Selectors", Shape::Blocks(&[])),
    ]),
    Row::nameless(
        "aws_eks_pod_identity_association",
        "AWS::EKS::PodIdentityAssociation",
    ),
];

const METADATA: Field = Field::shaped("metadata_options", "MetadataOptions", Shape::Block(&[]));
