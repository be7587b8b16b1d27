//! How each kind of resource is named.
//!
//! ARNs are those of the Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>),
//! with `${Path}` and `${Name}` for what the declaration says, and in other words what the cloud adds.

/// How one kind of resource is named.
pub(super) struct Shape {
    /// Such as `AWS::IAM::Role`.
    pub(super) kind: &'static str,
    /// Where its name, or its id, comes from.
    pub(super) named: Named,
    /// Its ARN.
    pub(super) arn: &'static str,
    /// Its URI, URL or domain name, if it has one.
    pub(super) uri: Option<&'static str>,
}

/// Where a name comes from.
#[derive(Clone, Copy)]
pub(super) struct Named {
    /// The property.
    pub(super) property: &'static str,
    /// What is cut off at its start.
    pub(super) cut: Option<&'static str>,
}

const fn shape(kind: &'static str, property: &'static str, arn: &'static str) -> Shape {
    Shape {
        kind,
        named: Named {
            property,
            cut: None,
        },
        arn,
        uri: None,
    }
}

const fn with_uri(shape: Shape, uri: &'static str) -> Shape {
    Shape {
        uri: Some(uri),
        ..shape
    }
}

/// Every kind that has a shape. What the cloud names by an id has it in a property only in snapshots.
pub(super) const SHAPES: &[Shape] = &[
    shape(
        "AWS::IAM::Role",
        "RoleName",
        "arn:${Partition}:iam::${Account}:role${Path}${Name}",
    ),
    shape(
        "AWS::IAM::User",
        "UserName",
        "arn:${Partition}:iam::${Account}:user${Path}${Name}",
    ),
    shape(
        "AWS::IAM::Group",
        "GroupName",
        "arn:${Partition}:iam::${Account}:group${Path}${Name}",
    ),
    shape(
        "AWS::IAM::ManagedPolicy",
        "ManagedPolicyName",
        "arn:${Partition}:iam::${Account}:policy${Path}${Name}",
    ),
    shape(
        "AWS::IAM::InstanceProfile",
        "InstanceProfileName",
        "arn:${Partition}:iam::${Account}:instance-profile${Path}${Name}",
    ),
    // Its name is its URL without the scheme.
    Shape {
        kind: "AWS::IAM::OIDCProvider",
        named: Named {
            property: "Url",
            cut: Some("https://"),
        },
        arn: "arn:${Partition}:iam::${Account}:oidc-provider/${Name}",
        uri: None,
    },
    with_uri(
        shape(
            "AWS::ECR::Repository",
            "RepositoryName",
            "arn:${Partition}:ecr:${Region}:${Account}:repository/${Name}",
        ),
        "${Account}.dkr.ecr.${Region}.${Suffix}/${Name}",
    ),
    // A public repository has no Region in its ARN, and an alias of the registry in its URI.
    with_uri(
        shape(
            "AWS::ECR::PublicRepository",
            "RepositoryName",
            "arn:${Partition}:ecr-public::${Account}:repository/${Name}",
        ),
        "public.ecr.aws/${Alias}/${Name}",
    ),
    shape(
        "AWS::ECS::TaskDefinition",
        "Family",
        "arn:${Partition}:ecs:${Region}:${Account}:task-definition/${Name}:${Revision}",
    ),
    shape(
        "AWS::ECS::Cluster",
        "ClusterName",
        "arn:${Partition}:ecs:${Region}:${Account}:cluster/${Name}",
    ),
    shape(
        "AWS::ECS::Service",
        "ServiceName",
        "arn:${Partition}:ecs:${Region}:${Account}:service/${Cluster}/${Name}",
    ),
    shape(
        "AWS::ECS::CapacityProvider",
        "Name",
        "arn:${Partition}:ecs:${Region}:${Account}:capacity-provider/${Name}",
    ),
    shape(
        "AWS::Lambda::Function",
        "FunctionName",
        "arn:${Partition}:lambda:${Region}:${Account}:function:${Name}",
    ),
    shape(
        "AWS::CodeBuild::Project",
        "Name",
        "arn:${Partition}:codebuild:${Region}:${Account}:project/${Name}",
    ),
    shape(
        "AWS::CodePipeline::Pipeline",
        "Name",
        "arn:${Partition}:codepipeline:${Region}:${Account}:${Name}",
    ),
    shape(
        "AWS::Batch::JobDefinition",
        "JobDefinitionName",
        "arn:${Partition}:batch:${Region}:${Account}:job-definition/${Name}:${Revision}",
    ),
    shape(
        "AWS::Batch::JobQueue",
        "JobQueueName",
        "arn:${Partition}:batch:${Region}:${Account}:job-queue/${Name}",
    ),
    shape(
        "AWS::Batch::ComputeEnvironment",
        "ComputeEnvironmentName",
        "arn:${Partition}:batch:${Region}:${Account}:compute-environment/${Name}",
    ),
    shape(
        "AWS::AppRunner::Service",
        "ServiceName",
        "arn:${Partition}:apprunner:${Region}:${Account}:service/${Name}/${ServiceId}",
    ),
    shape(
        "AWS::EKS::Cluster",
        "Name",
        "arn:${Partition}:eks:${Region}:${Account}:cluster/${Name}",
    ),
    shape(
        "AWS::EC2::VPCEndpoint",
        "VpcEndpointId",
        "arn:${Partition}:ec2:${Region}:${Account}:vpc-endpoint/${Name}",
    ),
    shape(
        "AWS::EC2::VPC",
        "VpcId",
        "arn:${Partition}:ec2:${Region}:${Account}:vpc/${Name}",
    ),
    shape(
        "AWS::EC2::Subnet",
        "SubnetId",
        "arn:${Partition}:ec2:${Region}:${Account}:subnet/${Name}",
    ),
    shape(
        "AWS::EC2::RouteTable",
        "RouteTableId",
        "arn:${Partition}:ec2:${Region}:${Account}:route-table/${Name}",
    ),
    shape(
        "AWS::EC2::SecurityGroup",
        "GroupId",
        "arn:${Partition}:ec2:${Region}:${Account}:security-group/${Name}",
    ),
    shape(
        "AWS::EC2::Instance",
        "InstanceId",
        "arn:${Partition}:ec2:${Region}:${Account}:instance/${Name}",
    ),
    shape(
        "AWS::EC2::LaunchTemplate",
        "LaunchTemplateId",
        "arn:${Partition}:ec2:${Region}:${Account}:launch-template/${Name}",
    ),
    with_uri(
        shape(
            "AWS::S3::Bucket",
            "BucketName",
            "arn:${Partition}:s3:::${Name}",
        ),
        "${Name}.s3.${Suffix}",
    ),
    // Secrets Manager adds six characters to the name.
    shape(
        "AWS::SecretsManager::Secret",
        "Name",
        "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${Name}-${Random}",
    ),
    shape(
        "AWS::SSM::Parameter",
        "Name",
        "arn:${Partition}:ssm:${Region}:${Account}:parameter${Slash}${Name}",
    ),
    shape(
        "AWS::KMS::Key",
        "KeyId",
        "arn:${Partition}:kms:${Region}:${Account}:key/${Name}",
    ),
    // The name of an alias starts with `alias/`.
    shape(
        "AWS::KMS::Alias",
        "AliasName",
        "arn:${Partition}:kms:${Region}:${Account}:${Name}",
    ),
    shape(
        "AWS::Logs::LogGroup",
        "LogGroupName",
        "arn:${Partition}:logs:${Region}:${Account}:log-group:${Name}:*",
    ),
    shape(
        "AWS::SNS::Topic",
        "TopicName",
        "arn:${Partition}:sns:${Region}:${Account}:${Name}",
    ),
    with_uri(
        shape(
            "AWS::SQS::Queue",
            "QueueName",
            "arn:${Partition}:sqs:${Region}:${Account}:${Name}",
        ),
        "https://sqs.${Region}.${Suffix}/${Account}/${Name}",
    ),
    shape(
        "AWS::DynamoDB::Table",
        "TableName",
        "arn:${Partition}:dynamodb:${Region}:${Account}:table/${Name}",
    ),
    shape(
        "AWS::Events::Rule",
        "Name",
        "arn:${Partition}:events:${Region}:${Account}:rule/${Name}",
    ),
    shape(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        "arn:${Partition}:states:${Region}:${Account}:stateMachine:${Name}",
    ),
];
