//! What pulls images besides ECS tasks: services, functions, builds, instances. What docker reads stands in
//! [`docker`](super::docker), pods in [`kubernetes`](super::kubernetes).

use super::origin::Origin;
use super::pipeline::{Act, Pipeline};
use super::template::Template;
use crate::source::{Loc, Spanned};

/// An ECS service, or something else that starts a task (a schedule, a task set).
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html>
#[derive(Clone, Debug)]
pub struct Service {
    /// Where it is declared.
    pub origin: Origin,
    /// What it is.
    pub kind: ServiceKind,
    /// Its name.
    pub name: Option<Spanned<Template>>,
    /// The task definition: an ARN, a family, or `family:revision`.
    pub task_definition: Option<Spanned<Template>>,
    /// The cluster: a name or ARN.
    pub cluster: Option<Spanned<Template>>,
    /// `LaunchType`.
    pub launch_type: Option<Spanned<Template>>,
    /// Names of capacity providers; a hole stands for those that could not be read.
    pub capacity_providers: Vec<Spanned<Template>>,
    /// `PlatformVersion` of Fargate.
    pub platform_version: Option<Spanned<Template>>,
    /// Subnets its tasks run in.
    pub subnets: Vec<Spanned<Template>>,
    /// Security groups of its tasks.
    pub security_groups: Vec<Spanned<Template>>,
    /// Whether every subnet and group was read.
    pub network_is_read: bool,
    /// `AssignPublicIp`, where given: `ENABLED`, `DISABLED`, or a boolean.
    pub public_ip: Option<Spanned<Template>>,
    /// `EnableExecuteCommand`.
    pub execute_command: Option<Spanned<Template>>,
}

/// Kinds of [`Service`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKind {
    /// A service.
    Service,
    /// A task set of a service with an external deployment controller.
    TaskSet,
    /// A target of an EventBridge rule.
    EventTarget,
    /// A schedule of EventBridge Scheduler.
    Schedule,
}

/// A Lambda function that is an image.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
#[derive(Clone, Debug)]
pub struct ImageFunction {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name.
    pub name: Option<Spanned<Template>>,
    /// Its image.
    pub image: Spanned<Template>,
    /// Its execution role, which plays no part in the pull.
    pub role: Option<Spanned<Template>>,
    /// `Architectures`: `x86_64` (also where there is none) or `arm64`.
    pub architectures: Vec<Spanned<Template>>,
    /// Whether every architecture was read.
    pub architectures_are_read: bool,
}

/// A CodeBuild project.
///
/// <https://docs.aws.amazon.com/codebuild/latest/userguide/sample-ecr.html>
#[derive(Clone, Debug)]
pub struct BuildProject {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name.
    pub name: Option<Spanned<Template>>,
    /// Its service role.
    pub role: Option<Spanned<Template>>,
    /// The image of its environment.
    pub image: Option<Spanned<Template>>,
    /// `Type` of its environment: `LINUX_CONTAINER`, `ARM_CONTAINER`, …
    pub environment_type: Option<Spanned<Template>>,
    /// The place of `RegistryCredential`, which is for registries other than ECR.
    pub registry_credential: Option<Loc>,
    /// `ImagePullCredentialsType`.
    pub pull_credentials: Option<Spanned<Template>>,
    /// `PrivilegedMode`.
    pub privileged: Option<Spanned<Template>>,
    /// The buildspec: a path in the source, or the text itself.
    pub buildspec: Option<Spanned<Template>>,
    /// The folder of its template or root module.
    pub folder: String,
    /// The buildspec that stands in the declaration itself. Linking puts it among the pipelines.
    pub inline: Option<Box<Pipeline>>,
    /// Whether `Source` was read.
    pub source_is_read: bool,
    /// `Type` of the source: `GITHUB`, `CODEPIPELINE`, `NO_SOURCE`, …
    pub source_type: Option<Spanned<Template>>,
    /// Whether builds use a docker server of CodeBuild's, and not a daemon of their own
    /// (<https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html>).
    pub has_docker_server: bool,
    /// Whether `Environment` was read.
    pub environment_is_read: bool,
    /// `EnvironmentVariables`.
    pub environment: Vec<(Spanned<String>, Spanned<Template>)>,
    /// The VPC, where it runs in one.
    pub vpc: Option<Spanned<Template>>,
    /// Subnets, where it runs in a VPC.
    pub subnets: Vec<Spanned<Template>>,
    /// Security groups, where it runs in a VPC.
    pub security_groups: Vec<Spanned<Template>>,
    /// Whether every subnet and group was read.
    pub network_is_read: bool,
}

/// Who pulls the image of a build environment.
///
/// <https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImagePuller {
    /// CodeBuild itself, which the repository's policy has to allow. The default.
    CodeBuild,
    /// The project's service role.
    ServiceRole,
}

impl BuildProject {
    /// Who pulls its image, if that is known.
    #[must_use]
    pub fn image_puller(&self) -> Option<ImagePuller> {
        let Some(kind) = &self.pull_credentials else {
            return Some(ImagePuller::CodeBuild);
        };
        match kind.value.as_literal()? {
            "CODEBUILD" => Some(ImagePuller::CodeBuild),
            "SERVICE_ROLE" => Some(ImagePuller::ServiceRole),
            _ => None,
        }
    }
}

/// An App Runner service.
///
/// <https://docs.aws.amazon.com/apprunner/latest/dg/service-source-image.html>
#[derive(Clone, Debug)]
pub struct AppRunnerService {
    /// Where it is declared.
    pub origin: Origin,
    /// Its name.
    pub name: Option<Spanned<Template>>,
    /// Its image.
    pub image: Option<Spanned<Template>>,
    /// `ImageRepositoryType`: `ECR` or `ECR_PUBLIC`.
    pub repository_type: Option<Spanned<Template>>,
    /// `AuthenticationConfiguration.AccessRoleArn`.
    pub access_role: Option<Spanned<Template>>,
    /// Whether what the declaration says of authentication could be read.
    pub authentication_is_read: bool,
    /// `InstanceRoleArn`: what the application runs with.
    pub instance_role: Option<Spanned<Template>>,
}

/// An instance, a launch template, a launch configuration, an EKS node group.
#[derive(Clone, Debug)]
pub struct Instances {
    /// Where it is declared.
    pub origin: Origin,
    /// What it is.
    pub kind: InstancesKind,
    /// Its id; a hole where the cloud makes it up.
    pub id: Template,
    /// Its name, where it has one: a launch template may be named by it.
    pub name: Option<Spanned<Template>>,
    /// The launch template it is made from: an id or a name. What it does not say itself may stand there.
    pub launch_template: Option<Spanned<Template>>,
    /// Its instance profile: a name or ARN.
    pub profile: Option<Spanned<Template>>,
    /// A node group's role, the pod execution role of a Fargate profile.
    pub role: Option<Spanned<Template>>,
    /// Its user data, decoded where it was base64; a hole where it could not be.
    pub user_data: Option<Spanned<Template>>,
    /// The lines of the user data, each with its own place. A text that stands in the file as base64 is one place.
    pub user_data_lines: Vec<Spanned<Template>>,
    /// What its user data does to registries, where that is a script.
    pub acts: Vec<Act>,
    /// `HttpTokens`; a hole where the metadata options could not be read.
    pub http_tokens: Option<Spanned<Template>>,
    /// `HttpEndpoint`; likewise.
    pub http_endpoint: Option<Spanned<Template>>,
    /// `HttpPutResponseHopLimit`; likewise.
    pub hop_limit: Option<Spanned<Template>>,
    /// The place of the metadata options, or `None` if there are none.
    pub metadata: Option<Loc>,
    /// Whether only a part of the declaration is in sight, so that nothing may be concluded from what is absent.
    pub is_fragment: bool,
}

impl Instances {
    /// Something of which nothing is known yet.
    pub fn new(origin: Origin, kind: InstancesKind, id: Template) -> Instances {
        Instances {
            origin,
            kind,
            id,
            name: None,
            launch_template: None,
            profile: None,
            role: None,
            user_data: None,
            user_data_lines: Vec::new(),
            acts: Vec::new(),
            http_tokens: None,
            http_endpoint: None,
            hop_limit: None,
            metadata: None,
            is_fragment: false,
        }
    }
}

/// Kinds of [`Instances`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstancesKind {
    /// An EC2 instance.
    Instance,
    /// A launch template.
    LaunchTemplate,
    /// A launch configuration.
    LaunchConfiguration,
    /// A node group of EKS.
    NodeGroup,
    /// A Fargate profile of EKS, whose role pulls the images of its pods
    /// (<https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html>).
    FargateProfile,
    /// The account's defaults for the metadata service of new instances in a Region
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html>).
    MetadataDefaults,
}
