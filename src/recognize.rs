//! From trees to facts: which kind of document is this, and what does it declare?
//!
//! Content decides, not the file name: a document is asked to every dialect in order of certainty, and the first that
//! knows it reads it. A document that none knows costs nothing and says nothing.

pub mod bitbucket;
pub mod buildspec;
pub mod circleci;
pub mod cloudformation;
pub mod commands;
pub mod compose;
pub mod docker_config;
pub mod dockerfile;
pub mod ecs_task;
pub mod endpoint;
pub mod github_actions;
pub mod gitlab_ci;
pub mod iam_policy;
mod interpolation;
pub mod kubernetes;
pub mod placeholders;
pub mod prefilter;
pub mod resource;
pub mod script;
mod session;
pub mod shell;
#[cfg(test)]
mod shown;
pub mod snapshot;
pub mod terraform;

use crate::model::Facts;
use crate::tree::{Document, Problem};

/// The kinds of document ecrlint knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// An IAM policy document of any layer, perhaps in a wrapper.
    IamPolicy,
    /// An ECS task definition.
    EcsTask,
    /// A description of VPC endpoints.
    VpcEndpoints,
    /// A GitHub Actions workflow.
    GithubWorkflow,
    /// A composite GitHub action.
    GithubAction,
    /// What the AWS CLI prints of roles, policies and repositories.
    Snapshot,
    /// A CloudFormation or SAM template.
    CloudFormation,
    /// A buildspec of AWS CodeBuild.
    Buildspec,
    /// A configuration of CircleCI.
    CircleCi,
    /// A file of Bitbucket Pipelines.
    Bitbucket,
    /// A pipeline of GitLab CI.
    GitlabCi,
    /// A shell script.
    Script,
    /// A compose file.
    Compose,
    /// Docker's own configuration.
    DockerConfig,
    /// A Dockerfile.
    Dockerfile,
    /// A manifest of Kubernetes.
    Kubernetes,
    /// A plan or state of Terraform. It declares nothing by itself: [`terraform::evaluate`] joins it with the configuration.
    TerraformPlan,
}

impl DocumentKind {
    /// The word by which rule files name it in `dialects:`. A plan is Terraform's too; a description of endpoints is one
    /// more output of the AWS CLI.
    pub fn dialect(self) -> &'static str {
        match self {
            DocumentKind::IamPolicy => "iam-policy",
            DocumentKind::EcsTask => "ecs-task",
            DocumentKind::VpcEndpoints | DocumentKind::Snapshot => "aws-cli",
            DocumentKind::GithubWorkflow => "github-workflow",
            DocumentKind::GithubAction => "github-action",
            DocumentKind::CloudFormation => "cloudformation",
            DocumentKind::Buildspec => "buildspec",
            DocumentKind::CircleCi => "circleci",
            DocumentKind::Bitbucket => "bitbucket",
            DocumentKind::GitlabCi => "gitlab-ci",
            DocumentKind::Script => "shell",
            DocumentKind::Compose => "compose",
            DocumentKind::DockerConfig => "docker-config",
            DocumentKind::Dockerfile => "dockerfile",
            DocumentKind::Kubernetes => "kubernetes",
            DocumentKind::TerraformPlan => "terraform",
        }
    }
}

/// What a dialect is given.
pub struct Subject<'a, 's> {
    /// Path of the file, with `/`.
    pub path: &'a str,
    /// The whole text of the file.
    pub text: &'s str,
    /// One of its documents.
    pub document: &'a Document<'s>,
}

/// What came of one document.
#[derive(Clone, Debug, Default)]
pub struct Recognized {
    /// What it declares.
    pub facts: Facts,
    /// A known kind whose shape is broken.
    pub problems: Vec<Problem>,
}

/// A family of documents.
struct Dialect {
    kind: DocumentKind,
    recognizes: fn(&Subject<'_, '_>) -> bool,
    extract: fn(&Subject<'_, '_>) -> Recognized,
}

/// In order of certainty: the first that recognizes a document reads it.
const DIALECTS: &[Dialect] = &[
    Dialect {
        kind: DocumentKind::TerraformPlan,
        recognizes: terraform::plan::recognizes,
        extract: |_| Recognized::default(),
    },
    Dialect {
        kind: DocumentKind::GithubWorkflow,
        recognizes: github_actions::is_workflow,
        extract: github_actions::extract_workflow,
    },
    Dialect {
        kind: DocumentKind::GithubAction,
        recognizes: github_actions::is_action,
        extract: github_actions::extract_action,
    },
    Dialect {
        kind: DocumentKind::CloudFormation,
        recognizes: cloudformation::recognizes,
        extract: cloudformation::extract,
    },
    Dialect {
        kind: DocumentKind::Script,
        recognizes: script::recognizes,
        extract: script::extract,
    },
    Dialect {
        kind: DocumentKind::Dockerfile,
        recognizes: dockerfile::recognizes,
        extract: dockerfile::extract,
    },
    Dialect {
        kind: DocumentKind::Compose,
        recognizes: compose::recognizes,
        extract: compose::extract,
    },
    Dialect {
        kind: DocumentKind::DockerConfig,
        recognizes: docker_config::recognizes,
        extract: docker_config::extract,
    },
    Dialect {
        kind: DocumentKind::Buildspec,
        recognizes: buildspec::recognizes,
        extract: buildspec::extract,
    },
    Dialect {
        kind: DocumentKind::CircleCi,
        recognizes: circleci::recognizes,
        extract: circleci::extract,
    },
    Dialect {
        kind: DocumentKind::Bitbucket,
        recognizes: bitbucket::recognizes,
        extract: bitbucket::extract,
    },
    Dialect {
        kind: DocumentKind::GitlabCi,
        recognizes: gitlab_ci::recognizes,
        extract: gitlab_ci::extract,
    },
    Dialect {
        kind: DocumentKind::Kubernetes,
        recognizes: kubernetes::recognizes,
        extract: kubernetes::extract,
    },
    Dialect {
        kind: DocumentKind::Snapshot,
        recognizes: snapshot::recognizes,
        extract: snapshot::extract,
    },
    Dialect {
        kind: DocumentKind::EcsTask,
        recognizes: ecs_task::recognizes,
        extract: ecs_task::extract,
    },
    Dialect {
        kind: DocumentKind::VpcEndpoints,
        recognizes: endpoint::recognizes,
        extract: endpoint::extract,
    },
    Dialect {
        kind: DocumentKind::IamPolicy,
        recognizes: iam_policy::recognizes,
        extract: iam_policy::extract,
    },
];

/// Reads a document; `None` if no dialect knows it.
pub fn recognize(subject: &Subject<'_, '_>) -> Option<(DocumentKind, Recognized)> {
    DIALECTS
        .iter()
        .find(|dialect| (dialect.recognizes)(subject))
        .map(|dialect| (dialect.kind, (dialect.extract)(subject)))
}

/// Reads a document in a tree that gives these values to the parameters of templates; see [`recognize()`].
pub fn recognize_given(
    subject: &Subject<'_, '_>,
    given: &cloudformation::given::Given,
) -> Option<(DocumentKind, Recognized)> {
    if cloudformation::recognizes(subject) {
        let recognized = cloudformation::extract_given(subject, given);
        return Some((DocumentKind::CloudFormation, recognized));
    }
    recognize(subject)
}

/// Whether a text that could not be parsed was clearly meant to be a document of a known kind, so that its syntax error
/// is worth reporting. Asked only of files that [`prefilter::may_be_ours`] let through.
pub fn is_clearly_ours(path: &str, text: &str) -> bool {
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    let has_a_type = has(&["Type: AWS::"]) || has(&["Type: 'AWS::"]) || has(&["Type: \"AWS::"]);
    let is_template = has(&["AWSTemplateFormatVersion", "Resources"])
        || has(&["\"Resources\"", "\"Type\"", "\"AWS::"])
        || (has_a_type && (text.starts_with("Resources:") || has(&["\nResources:"])));
    // A template or an object of Kubernetes may hold the words of other dialects.
    let is_another = has(&["AWSTemplateFormatVersion"]) || has(&["apiVersion:", "kind:"]);
    let is_workflow = path.contains(".github/workflows/")
        || (has(&["jobs:", "runs-on:"])
            && has(&["steps:"])
            && (text.starts_with("on:") || has(&["\non:"])));
    let is_policy =
        has(&["\"Statement\"", "\"Effect\""]) && (has(&["Action\""]) || has(&["Principal\""]));
    let is_dated_policy = has(&["\"Statement\"", "\"Version\"", "2012-10-17"]);
    let is_yaml_policy =
        has(&["Statement:", "Effect:", "Action:", "Version:"]) && has(&["2012-10-17"]);
    let is_task = has(&["ontainerDefinitions\"", "\"image\""])
        || has(&["ontainerDefinitions\"", "\"Image\""]);
    let is_endpoint = has(&["\"VpcEndpoints\"", "\"ServiceName\""]);
    let is_compose = compose::is_named(path) && has(&["services:"]);
    let is_docker_config = has(&["\"credHelpers\""])
        || path.rsplit('/').next() == Some("config.json") && has(&["\"auths\""]);
    is_template
        || kubernetes::is_clearly_manifest(text)
        || !is_another
            && (is_workflow
                || is_policy
                || is_dated_policy
                || is_yaml_policy
                || is_task
                || is_endpoint
                || is_compose
                || is_docker_config)
}
