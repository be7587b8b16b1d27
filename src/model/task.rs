//! ECS task definitions.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>

use super::image::ImageRef;
use super::origin::Origin;
use super::template::Template;
use crate::source::{Loc, Spanned};

/// One task definition.
#[derive(Clone, Debug)]
pub struct TaskDefinition {
    /// The whole definition.
    pub loc: Loc,
    /// Where it is declared.
    pub origin: Origin,
    /// Which service runs it.
    pub runner: TaskRunner,
    /// Its ARN, as a service names it; a hole where the cloud makes it up, `None` where nothing can name it.
    pub arn: Option<Template>,
    /// `family`.
    pub family: Option<Spanned<Template>>,
    /// `executionRoleArn`: pulls the image, writes the log, reads the secrets.
    pub execution_role: Option<Spanned<Template>>,
    /// `taskRoleArn`: what the application runs with.
    pub task_role: Option<Spanned<Template>>,
    /// `requiresCompatibilities`.
    pub compatibilities: Vec<Spanned<Template>>,
    /// `networkMode`.
    pub network_mode: Option<Spanned<Template>>,
    /// `runtimePlatform.cpuArchitecture`: `X86_64` or `ARM64`.
    pub architecture: Option<Spanned<Template>>,
    /// `runtimePlatform.operatingSystemFamily`: `LINUX`, `WINDOWS_SERVER_2022_CORE`, …
    pub operating_system: Option<Spanned<Template>>,
    /// `containerDefinitions`.
    pub containers: Vec<Container>,
    /// Whether every container was read.
    pub complete: bool,
    /// Whether ECS printed this definition (`describe-task-definition`) rather than a person wrote it.
    pub is_description: bool,
    /// Whether only a part of the definition is in sight: container definitions that tools keep in a file of their own, a
    /// resource whose properties a macro adds to. Roles and launch type may stand elsewhere, and nothing may be concluded
    /// from their absence.
    pub is_fragment: bool,
}

impl TaskDefinition {
    /// Where `requiresCompatibilities` names this launch type (`FARGATE`, `EC2`, `MANAGED_INSTANCES`, `EXTERNAL`), if it does.
    pub fn requires(&self, launch_type: &str) -> Option<Loc> {
        self.compatibilities
            .iter()
            .find(|value| value.value.as_literal() == Some(launch_type))
            .map(|value| value.loc)
    }

    /// Where the task must run on something that has no rights of its own to pull images and write logs, and what that is
    /// called: Fargate, ECS Managed Instances, an external instance. A task that may also run on EC2 need not, unless it
    /// asks for Fargate: ECS refuses to register that
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>).
    pub fn host_without_rights(&self) -> Option<(Loc, &'static str)> {
        if let Some(loc) = self.requires("FARGATE") {
            return Some((loc, "Fargate"));
        }
        let all_known = self.compatibilities.iter().all(|one| one.value.is_known());
        if self.requires("EC2").is_some() || !all_known {
            return None;
        }
        [
            ("MANAGED_INSTANCES", "ECS Managed Instances"),
            ("EXTERNAL", "an external instance"),
        ]
        .into_iter()
        .find_map(|(name, shown)| Some((self.requires(name)?, shown)))
    }

    /// What AWS calls the role of the application.
    pub fn task_role_noun(&self) -> &'static str {
        match self.runner {
            TaskRunner::Ecs => "task role",
            TaskRunner::Batch => "job role",
        }
    }

    /// What ECS does for this task with its execution role on Fargate, in the order of the file
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>).
    pub fn execution_role_uses(&self) -> Vec<ExecutionRoleUse> {
        let mut uses = Vec::new();
        for container in &self.containers {
            let mut add = |kind, loc| uses.push(ExecutionRoleUse { kind, loc });
            let image = container.image.as_ref();
            if let Some(image) = image.filter(|image| {
                ImageRef::parse(&image.value).is_some_and(|image| image.is_private_ecr())
            }) {
                add(ExecutionRoleUseKind::PullsImage, image.loc);
            }
            let driver = container.log_driver.as_ref();
            if let Some(driver) = driver.filter(|one| one.value.as_literal() == Some("awslogs")) {
                add(ExecutionRoleUseKind::WritesLogs, driver.loc);
            }
            if let Some(secret) = container
                .secrets
                .iter()
                .chain(&container.log_secrets)
                .next()
            {
                add(ExecutionRoleUseKind::ReadsSecrets, secret.value.loc);
            }
            if let Some(file) = container.environment_files.first() {
                add(ExecutionRoleUseKind::ReadsEnvironmentFiles, file.loc);
            }
            if let Some(credentials) = container.repository_credentials {
                add(ExecutionRoleUseKind::ReadsRegistryPassword, credentials);
            }
        }
        uses.sort_by_key(|one| one.loc);
        uses
    }
}

/// Something ECS does with the execution role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionRoleUse {
    /// What.
    pub kind: ExecutionRoleUseKind,
    /// The value that asks for it.
    pub loc: Loc,
}

/// Kinds of [`ExecutionRoleUse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExecutionRoleUseKind {
    /// Pulls an image from a private ECR registry.
    PullsImage,
    /// Writes the `awslogs` log.
    WritesLogs,
    /// Reads the container's `secrets`, or the `secretOptions` of its log driver.
    ReadsSecrets,
    /// Reads files of variables from S3 (`environmentFiles`).
    ReadsEnvironmentFiles,
    /// Reads the password of another private registry (`repositoryCredentials`).
    ReadsRegistryPassword,
}

impl ExecutionRoleUseKind {
    /// Whether it takes the execution role on every launch type. On EC2 the container instance's role pulls from ECR and
    /// writes the log (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>).
    pub fn is_on_every_launch_type(self) -> bool {
        matches!(
            self,
            ExecutionRoleUseKind::ReadsSecrets
                | ExecutionRoleUseKind::ReadsEnvironmentFiles
                | ExecutionRoleUseKind::ReadsRegistryPassword
        )
    }
}

/// Which service runs a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskRunner {
    /// Amazon ECS.
    #[default]
    Ecs,
    /// AWS Batch: a job definition, whose job role is the task role
    /// (<https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html>).
    Batch,
}

/// One entry of `containerDefinitions`.
#[derive(Clone, Debug)]
pub struct Container {
    /// The whole entry.
    pub loc: Loc,
    /// `name`.
    pub name: Option<Spanned<Template>>,
    /// `image`.
    pub image: Option<Spanned<Template>>,
    /// `environment`.
    pub environment: Vec<Variable>,
    /// `secrets`: the value is `valueFrom`.
    pub secrets: Vec<Variable>,
    /// `logConfiguration.logDriver`.
    pub log_driver: Option<Spanned<Template>>,
    /// `logConfiguration.options`: name and value.
    pub log_options: Vec<Variable>,
    /// `logConfiguration.secretOptions`: the value is `valueFrom`.
    pub log_secrets: Vec<Variable>,
    /// The place of `repositoryCredentials`.
    pub repository_credentials: Option<Loc>,
    /// `repositoryCredentials.credentialsParameter`: the secret's ARN.
    pub credentials_parameter: Option<Spanned<Template>>,
    /// `environmentFiles`: the ARNs of objects in S3.
    pub environment_files: Vec<Spanned<Template>>,
}

/// A name and a value.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The whole entry.
    pub loc: Loc,
    /// The variable's name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Spanned<Template>,
}
