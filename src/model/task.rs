//! ECS task definitions.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>

use super::template::Template;
use crate::source::{Loc, Spanned};

/// One task definition.
#[derive(Clone, Debug)]
pub struct TaskDefinition {
    /// The whole definition.
    pub loc: Loc,
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
    /// `containerDefinitions`.
    pub containers: Vec<Container>,
    /// Whether ECS printed this definition (`describe-task-definition`) rather than a person wrote it.
    pub is_description: bool,
    /// Whether only container definitions are in sight, as tools such as Terraform keep them in a file of their own. Roles
    /// and launch type then stand elsewhere, and nothing may be concluded from their absence.
    pub is_fragment: bool,
}

impl TaskDefinition {
    /// Where `requiresCompatibilities` names this launch type (`FARGATE`, `EC2`), if it does.
    pub fn requires(&self, launch_type: &str) -> Option<Loc> {
        self.compatibilities
            .iter()
            .find(|value| value.value.as_literal() == Some(launch_type))
            .map(|value| value.loc)
    }
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
    /// The place of `repositoryCredentials`.
    pub repository_credentials: Option<Loc>,
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
