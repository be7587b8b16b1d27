//! What a pipeline does to registries, in order: credentials, logins, pulls and pushes.
//!
//! A [`Pipeline`] is a file of a CI system (GitHub Actions, GitLab CI, CircleCI, Bitbucket Pipelines, AWS CodeBuild), a
//! composite action or a shell script. Its jobs are lists of steps, its steps are lists of [`Act`]s, whether an action
//! or a shell command performs them, so that a rule never asks how a login was spelt.

mod build;
mod fill;
mod local_images;
mod unseen;

pub use build::{Build, CommandPlace, ComposeCall, ComposeVerb};
pub use local_images::LocalImages;
pub use unseen::{OWN_DIRECTORY, ROOT_DIRECTORY, ScriptCall, Unseen};

use super::template::Template;
use crate::source::{Loc, Spanned};

/// How the name of a hole ends that stands for the account of the credentials in place, which a command printed.
pub const CALLER_ACCOUNT: &str = " (account of the caller)";

/// One workflow, pipeline, composite action or script.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The whole document.
    pub loc: Loc,
    /// Which of them.
    pub kind: PipelineKind,
    /// `on:` events with their places; empty for anything but a workflow of GitHub's.
    pub triggers: Vec<Spanned<String>>,
    /// The branches and tags that `on: push` is limited to; `None` where it is not limited.
    pub push_refs: Option<PushRefs>,
    /// `permissions:` of the workflow.
    pub permissions: Option<Permissions>,
    /// Variables of the whole file: `env:` of a workflow, `variables:` of GitLab, `env.variables` of a buildspec.
    pub env: Vec<EnvVar>,
    /// `inputs:` of an action, with their defaults; empty for a workflow.
    pub inputs: Vec<Input>,
    /// Its jobs; a composite action has one, with the id `action`, and so have a buildspec (`build`) and a script
    /// (`script`).
    pub jobs: Vec<Job>,
    /// Directory that `uses: ./…` and the paths in commands start from (the part of the path before `.github/`), and
    /// `None` where the path does not tell.
    pub repository_root: Option<String>,
    /// The path of the file, relative to `repository_root` where that is known.
    pub path: String,
    /// Where a command first asks the docker daemon for something; looked for in buildspecs only.
    pub docker: Option<Loc>,
}

/// Kinds of [`Pipeline`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineKind {
    /// `.github/workflows/*.yml`.
    GithubWorkflow,
    /// `action.yml` with `runs.using: composite`.
    GithubCompositeAction,
    /// `.gitlab-ci.yml` and what it includes.
    GitlabCi,
    /// `.circleci/config.yml`.
    CircleCi,
    /// `bitbucket-pipelines.yml`.
    Bitbucket,
    /// A buildspec of AWS CodeBuild.
    Buildspec,
    /// A shell script. Who runs it, where and with what around it, others say.
    Script,
}

impl PipelineKind {
    /// Whether it is a workflow or action of GitHub's.
    pub fn is_github(self) -> bool {
        matches!(
            self,
            PipelineKind::GithubWorkflow | PipelineKind::GithubCompositeAction
        )
    }

    /// The name of a hole that stands for a variable of the environment in a file of this kind. GitHub's own expressions
    /// name what they mean; a bare variable elsewhere is that of one file.
    pub fn variable_hole(self, path: &str, variable: &str) -> String {
        if self.is_github() {
            variable.to_string()
        } else {
            format!("{path}: {variable}")
        }
    }
}

impl Pipeline {
    /// Whether other workflows may call it (`on: workflow_call`).
    pub fn is_reusable(&self) -> bool {
        self.triggers
            .iter()
            .any(|event| event.value == "workflow_call")
    }

    /// Whether anything but a call can start it.
    pub fn starts_by_itself(&self) -> bool {
        self.kind == PipelineKind::GithubWorkflow
            && self
                .triggers
                .iter()
                .any(|event| event.value != "workflow_call")
    }
}

/// Which branches and tags `on: push` takes: patterns as written, `branches-ignore` and the like left out. A list that
/// is `None` takes all of its kind, an empty list none.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRefs {
    /// Patterns of branches.
    pub branches: Option<Vec<String>>,
    /// Patterns of tags.
    pub tags: Option<Vec<String>>,
}

/// A `permissions:` block.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
#[derive(Clone, Debug)]
pub struct Permissions {
    /// The place of the value.
    pub loc: Loc,
    /// The place of the key `permissions`.
    pub key: Loc,
    /// `id-token` in force under this block.
    pub id_token: IdToken,
    /// Where `id-token` stands, if it is named.
    pub id_token_loc: Option<Loc>,
}

/// What a `permissions:` block says about `id-token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdToken {
    /// The job may ask for an OIDC token.
    Write,
    /// It may not: `read` does not count, and a scope that a block leaves out is `none`.
    None,
    /// An expression decides.
    Unknown,
}

/// A variable of an `env:` block.
#[derive(Clone, Debug)]
pub struct EnvVar {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value, with expressions of the same file resolved as far as they can be.
    pub value: Spanned<Template>,
}

/// An input that an action declares.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Spanned<String>,
    /// `default:`, the empty text where there is none: that is what the action sees.
    pub default: Template,
}

/// One job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: Spanned<String>,
    /// The whole job.
    pub loc: Loc,
    /// Whether an `if:` may skip it.
    pub is_conditional: bool,
    /// `permissions:` of the job; replaces the workflow's.
    pub permissions: Option<Permissions>,
    /// `env:` of the job.
    pub env: Vec<EnvVar>,
    /// Where it runs.
    pub runner: Runner,
    /// The AWS credentials it finds when it starts.
    pub credentials: StartingCredentials,
    /// Tokens that the CI system hands it to prove to AWS what it is, where the job names them.
    pub id_tokens: Vec<JobToken>,
    /// The reusable workflow it calls (`uses:`), as written; such a job has no steps.
    pub calls: Option<Spanned<String>>,
    /// Images that the job and its services run in, pulled before the first step; those with credentials of their own
    /// are left out.
    pub images: Vec<Spanned<Template>>,
    /// `environment:`, by name.
    pub environment: Option<Spanned<Template>>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// Where a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A fresh machine or container of the CI system's: it has no registry login of its own.
    Hosted,
    /// A machine of the user's: it may have an instance role, stored logins, a credential helper.
    SelfHosted,
    /// An expression decides, or what is not in sight.
    Unknown,
}

/// The AWS credentials that a job finds when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartingCredentials {
    /// None.
    Missing,
    /// Those of a role: a build of AWS CodeBuild has the project's service role.
    Role,
    /// Settings of the project decide that are in no file (variables of GitLab, contexts of CircleCI).
    #[default]
    Unknown,
}

/// A token of OpenID Connect that a job is given.
#[derive(Clone, Debug)]
pub struct JobToken {
    /// Where the job asks for it.
    pub loc: Loc,
    /// The variable that holds it, where the job chooses its name.
    pub variable: Option<Spanned<String>>,
    /// The audiences it is made for, where the job says so.
    pub audiences: Vec<Spanned<Template>>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole step.
    pub loc: Loc,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `id`.
    pub id: Option<Spanned<String>>,
    /// Whether an `if:` may skip it.
    pub is_conditional: bool,
    /// `env:` of the step.
    pub env: Vec<EnvVar>,
    /// `uses:` as written.
    pub uses: Option<Spanned<String>>,
    /// `with:`, the inputs given to the action.
    pub with: Vec<EnvVar>,
    /// What it does, in order.
    pub acts: Vec<Act>,
    /// Where its script writes a secret access key out.
    pub written_secrets: Vec<Loc>,
}

/// Something a step does on the image path.
#[derive(Clone, Debug)]
pub struct Act {
    /// The command or action that does it.
    pub loc: Loc,
    /// Whether it runs only in some cases: behind a shell `if`, `&&`, `||` or `case`.
    pub is_guarded: bool,
    /// What.
    pub kind: ActKind,
}

/// Kinds of [`Act`].
#[derive(Clone, Debug)]
pub enum ActKind {
    /// Puts AWS credentials in place for the steps that follow.
    Credentials(Credentials),
    /// Logs docker in to a registry.
    Login(Login),
    /// `aws ecr get-login`, gone from AWS CLI v2, whether or not its output is run.
    LegacyLogin(LegacyLogin),
    /// Sends an image to a registry.
    Push(Spanned<Template>),
    /// Takes an image from a registry.
    Pull(Spanned<Template>),
    /// Builds an image: the images it builds on are pulls, which linking puts in place.
    Build(Box<Build>),
    /// Calls AWS with the credentials in place.
    AwsCall(AwsCall),
    /// Sets the Region for the steps that follow (`AWS_REGION` written to `$GITHUB_ENV`).
    Region(Spanned<Template>),
    /// An action, script or command that is not in sight: it may configure credentials, log in, push.
    OutOfSight(Unseen),
}

/// A step that puts AWS credentials in place.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Who does it.
    pub by: CredentialsBy,
    /// `role-to-assume` or the like.
    pub role: Option<Spanned<Template>>,
    /// The access key id.
    pub access_key_id: Option<Spanned<Template>>,
    /// The secret access key.
    pub secret_access_key: Option<Spanned<Template>>,
    /// The session token.
    pub session_token: Option<Spanned<Template>>,
    /// The Region that is set.
    pub region: Option<Spanned<Template>>,
    /// `audience`: for whom the OIDC token is made.
    pub audience: Option<Spanned<Template>>,
    /// `role-chaining: true`, `web-identity-token-file` or `use-existing-credentials`: no OIDC token is asked for.
    pub without_oidc: bool,
    /// The version the action is pinned to, such as `v4`, if it is a version.
    pub version: Option<String>,
}

/// What puts credentials in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialsBy {
    /// `aws-actions/configure-aws-credentials`.
    #[default]
    ConfigureAction,
    /// Keys in an `env:` block or exported in the shell.
    Environment,
    /// `aws configure set`, `aws sts assume-role` and the like.
    Shell,
    /// An orb of CircleCI or a pipe of Bitbucket.
    Package,
}

/// A login of docker to a registry.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who does it.
    pub by: LoginBy,
    /// Hosts that docker stores a login for. `None`: the default registry of the credentials in place (the own account
    /// in the configured Region); an empty template: Docker Hub.
    pub registries: Option<Vec<Spanned<Template>>>,
    /// User name, if given.
    pub username: Option<Spanned<Template>>,
    /// Where the password comes from.
    pub password: Password,
    /// Whether it is a login to ECR Public.
    pub is_public: bool,
}

/// What performs a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginBy {
    /// `aws-actions/amazon-ecr-login`.
    EcrLoginAction,
    /// `docker/login-action`.
    DockerLoginAction,
    /// `docker login` and its twins (`podman`, `buildah`, `crane auth`, …) in a shell.
    Command,
    /// An orb of CircleCI or a pipe of Bitbucket.
    Package,
}

/// Where the password of a login comes from.
#[derive(Clone, Debug)]
pub enum Password {
    /// The action takes care of it.
    Managed,
    /// `--password-stdin`, fed by `from`.
    Stdin(PasswordSource),
    /// On the command line (`-p`), at this place, holding `from`.
    CommandLine(Loc, PasswordSource),
    /// Neither: docker would ask.
    Missing,
}

/// What a password is.
#[derive(Clone, Debug)]
pub enum PasswordSource {
    /// `aws ecr get-login-password`, with the Region it names itself.
    EcrToken {
        /// `--region`, if given (or the Region of the environment of that command).
        region: Option<Spanned<Template>>,
        /// Whether it is `aws ecr-public`.
        is_public: bool,
    },
    /// Known to be something else (a literal, a secret of another registry).
    Other,
    /// Not in sight.
    Unknown,
}

/// `aws ecr get-login`.
#[derive(Clone, Debug)]
pub struct LegacyLogin {
    /// `--region`, if given.
    pub region: Option<Spanned<Template>>,
    /// Whether the script runs it only after it found AWS CLI version 1, or the job installed that version.
    pub for_cli_v1: bool,
    /// Whether its output is run (`$(aws ecr get-login)`, `eval`, `| sh`).
    pub is_executed: bool,
}

/// A call of the AWS CLI or of an AWS action that needs credentials.
#[derive(Clone, Debug)]
pub struct AwsCall {
    /// CLI service: `ecr`.
    pub service: String,
    /// CLI operation: `describe-images`; empty where unknown.
    pub operation: String,
    /// `--region`, if given.
    pub region: Option<Spanned<Template>>,
    /// `--profile`, if given.
    pub has_profile: bool,
    /// `--repository-name`, or the first of `--repository-names`, if given.
    pub repository: Option<Spanned<Template>>,
    /// `--registry-id`, if given: the account whose registry is meant.
    pub registry_id: Option<Spanned<Template>>,
}
