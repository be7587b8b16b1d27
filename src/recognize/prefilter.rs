//! The cheap test before any parse: can this file be one of ours at all?
//!
//! Sound by construction: each dialect says which words a document of it must contain, and a file without any of them
//! is not parsed. A file that passes may still turn out to be none of ours; then the dialects say so.

use super::{cloudformation, kubernetes};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::OnceLock;

/// A word that a document of some dialect must contain, and what has to stand beside it.
struct Word {
    text: &'static str,
    /// Whether it must be a key: followed, after a closing quote and white space, by a colon.
    is_key: bool,
}

/// A word that must be a key.
const fn key(text: &'static str) -> Word {
    Word { text, is_key: true }
}

const WORDS: &[Word] = &[
    // IAM policy documents, also inside escaped strings (`{\"Statement\": …}`).
    Word {
        text: "Statement",
        is_key: true,
    },
    // ECS task definitions, both spellings.
    Word {
        text: "ontainerDefinitions",
        is_key: true,
    },
    // A bare list of container definitions, both spellings.
    Word {
        text: "ssential",
        is_key: true,
    },
    Word {
        text: "ortMappings",
        is_key: true,
    },
    Word {
        text: "ogConfiguration",
        is_key: true,
    },
    // VPC endpoint descriptions and inputs.
    Word {
        text: "VpcEndpoint",
        is_key: false,
    },
    // Configuration files of the Serverless Framework; the templates in them hold what all templates hold.
    Word {
        text: "iamRoleStatements",
        is_key: true,
    },
    Word {
        text: "statements",
        is_key: true,
    },
    // Snapshots of the AWS CLI. Percent-encoded policies have no `Statement` that is followed by a colon.
    key("RoleDetailList"),
    key("AssumeRolePolicyDocument"),
    key("PolicyDocument"),
    key("CreateDate"),
    key("AttachedPolicies"),
    key("PolicyNames"),
    key("PolicyRoles"),
    key("ClientIDList"),
    key("repositoryArn"),
    key("policyText"),
    key("lifecyclePolicyText"),
    key("ecrRepositoryPrefix"),
    key("appliedFor"),
    key("replicationConfiguration"),
    key("scanningConfiguration"),
    Word {
        text: "REGISTRY_POLICY_SCOPE",
        is_key: false,
    },
    // Plans and states of Terraform.
    Word {
        text: "root_module",
        is_key: true,
    },
    key("lineage"),
    // GitHub workflows and actions.
    Word {
        text: "jobs",
        is_key: true,
    },
    Word {
        text: "composite",
        is_key: false,
    },
    // Buildspecs of CodeBuild.
    Word {
        text: "phases",
        is_key: true,
    },
    // Docker's own configuration.
    key("credHelpers"),
    key("credsStore"),
    key("auths"),
    // GitLab CI (also `before_script`) and Bitbucket Pipelines.
    Word {
        text: "script",
        is_key: true,
    },
];

/// What a compose file must hold beside its services to say anything of ECR: the host of a registry, a variable that may be
/// one, a build whose Dockerfile may name one, keys. Most compose files start databases for a developer and hold none.
const COMPOSE: &[&str] = &[
    "ecr",
    "amazonaws",
    "$",
    "build",
    "SECRET_ACCESS_KEY",
    "extends",
    "include",
];

/// What a shell script must name to matter: the AWS CLI, a registry, a tool that moves images.
const SCRIPT_WORDS: &[&str] = &[
    "aws", "ecr", "docker", "podman", "buildah", "skopeo", "crane", "kaniko", "nerdctl", "oras",
    "helm", "AWS_",
];

/// What a file that sets parameters of templates must contain, if it is not merely called so.
const GIVING: &[&str] = &[
    "ParameterKey",
    "parameter-overrides",
    "parameter_overrides",
    "AWS::CloudFormation::Stack",
    "AWS::Serverless::Application",
];

/// Whether a file may set parameters of templates ([`Given`](cloudformation::given::Given)).
pub fn may_give_parameters(path: &str, bytes: &[u8]) -> bool {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let searcher = SEARCHER.get_or_init(|| AhoCorasick::new(GIVING).ok());
    cloudformation::given::is_configuration(path)
        || searcher.as_ref().is_none_or(|words| words.is_match(bytes))
}

/// Whether a file can be of a known kind: a script and a file of Terraform by their own words, anything else by
/// [`may_be_ours`]. A file of Terraform may matter without such a word:
/// [`terraform::relevant`](super::terraform::relevant) tells.
pub fn may_be_ours_at(path: &str, bytes: &[u8]) -> bool {
    if super::terraform::is_named(path) {
        return may_be_ours_in_terraform(bytes);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    // Every Dockerfile passes, also one that names no registry of AWS: which file a build reads is looked up by its path, and
    // the absence of a file means that there is none. Reading one costs hardly more than searching it.
    if crate::source::file_name::is_dockerfile(name) {
        return true;
    }
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(128)).unwrap_or(bytes));
    if !crate::tree::script::is_script(path, &head) {
        return may_be_ours(bytes)
            || may_be_compose(bytes)
            || begins_like_a_dockerfile(path, bytes);
    }
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let searcher = SEARCHER.get_or_init(|| AhoCorasick::new(SCRIPT_WORDS).ok());
    searcher.as_ref().is_none_or(|words| words.is_match(bytes))
}

/// Whether the bytes can hold a document of a known kind. Looks at every byte at most once.
pub fn may_be_ours(bytes: &[u8]) -> bool {
    let Some(words) = searcher() else { return true };
    words.find_overlapping_iter(bytes).any(|hit| {
        // Past the words stand the types of CloudFormation's resources and what manifests name, which are no keys.
        WORDS
            .get(hit.pattern().as_usize())
            .is_none_or(|word| !word.is_key || is_key(bytes, hit.end()))
    })
}

/// Whether the bytes can hold a compose file of interest.
fn may_be_compose(bytes: &[u8]) -> bool {
    static SEARCHER: OnceLock<Option<(AhoCorasick, AhoCorasick)>> = OnceLock::new();
    let searchers = SEARCHER.get_or_init(|| {
        let services = AhoCorasick::new(["services"]).ok()?;
        Some((services, AhoCorasick::new(COMPOSE).ok()?))
    });
    searchers.as_ref().is_none_or(|(services, others)| {
        services
            .find_iter(bytes)
            .any(|hit| is_key(bytes, hit.end()))
            && others.is_match(bytes)
    })
}

/// Whether a file whose name tells nothing is a Dockerfile by its first instruction.
fn begins_like_a_dockerfile(path: &str, bytes: &[u8]) -> bool {
    const HEAD: usize = 16 * 1024;
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or(bytes);
    // Cheaper than telling where the first instruction is.
    head.windows(5).any(|word| word == b"FROM ")
        && crate::tree::dockerfile::is_dockerfile(path, &String::from_utf8_lossy(head))
}

/// Whether the word that ends at `end` is a key: a quote (perhaps escaped), white space, then a colon.
fn is_key(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    rest.iter()
        .take(64)
        .find(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b'\r' | b'\n'))
        .is_some_and(|byte| *byte == b':')
}

/// What a Terraform configuration must hold somewhere to declare anything that rules look at. Subnets, routes and security
/// groups alone say nothing: they matter only to an endpoint or a task.
const TERRAFORM: &[&str] = &[
    "\"aws_apprunner_",
    "\"aws_autoscaling_",
    "\"aws_batch_",
    "\"aws_codebuild_",
    "\"aws_ecr",
    "\"aws_ecs_",
    "\"aws_eks_",
    "\"aws_iam_",
    "\"aws_instance\"",
    "\"aws_lambda_",
    "\"aws_launch_",
    "\"aws_organizations_policy",
    "\"aws_vpc_endpoint",
    "\"kubernetes_service_account",
];

/// Whether a text of Terraform can declare something that rules look at.
pub fn may_be_ours_in_terraform(bytes: &[u8]) -> bool {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    SEARCHER
        .get_or_init(|| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .build(TERRAFORM)
                .ok()
        })
        .as_ref()
        .is_none_or(|words| words.is_match(bytes))
}

fn searcher() -> Option<&'static AhoCorasick> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    SEARCHER
        .get_or_init(|| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .build(
                    WORDS
                        .iter()
                        .map(|word| word.text)
                        .chain(cloudformation::WORDS.iter().copied())
                        .chain(kubernetes::WORDS.iter().copied()),
                )
                .ok()
        })
        .as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_go_by_their_own_words() {
        assert!(may_be_ours_at("push.sh", b"docker push x"));
        assert!(may_be_ours_at("push", b"#!/bin/sh\naws ecr get-login"));
        assert!(!may_be_ours_at("lint.sh", b"jobs: 1\ncargo test"));
        assert!(!may_be_ours_at("notes.txt", b"docker push x"));
        assert!(may_be_ours_at("a.yml", b"jobs: {}"));
    }

    #[test]
    fn what_docker_reads() {
        for (path, text) in [
            ("web/Dockerfile", "FROM alpine"),
            ("web.tpl", "# a\nFROM x.dkr.ecr.y/z"),
            ("c.yml", "services:\n  a:\n    image: ${A}\n"),
            ("c.yml", "services: {a: {build: .}}"),
            (
                "c.json",
                "{\"services\" : {\"a\": {\"image\": \"1.dkr.ecr.x/y\"}}}",
            ),
            (".docker/config.json", "{\"credsStore\": \"ecr-login\"}"),
            ("x.json", "{\"auths\":{}}"),
        ] {
            assert!(may_be_ours_at(path, text.as_bytes()), "{text}");
        }
        for (path, text) in [
            ("c.yml", "services:\n  db:\n    image: postgres:16\n"),
            ("c.yml", "a: services of $5\n"),
            ("notes.yml", "FROM here\n"),
        ] {
            assert!(!may_be_ours_at(path, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn ours_and_not_ours() {
        for ours in [
            r#"{"Statement": []}"#,
            "Statement:\n  - Effect: Allow\n",
            r#"{"Policy": "{\"Statement\":[]}"}"#,
            r#"{"containerDefinitions" : []}"#,
            "ContainerDefinitions:\n",
            "{\"VpcEndpoints\": []}",
            "on: push\njobs:\n  a:\n",
            "runs:\n  using: composite\n",
            "Resources:\n  Role:\n    Type: AWS::IAM::Role\n",
            "{\"Resources\": {\"Job\": {\"Type\": \"AWS::Batch::JobDefinition\"}}}",
            "provider:\n  iamRoleStatements:\n",
            "{on: push, jobs: {a: {runs-on: x}}}",
            "version: 0.2\nphases:\n",
            "build:\n  script:\n",
        ] {
            assert!(may_be_ours(ours.as_bytes()), "{ours}");
        }
        for not_ours in [
            "",
            r#"{"name": "jobs", "list": ["essential", "Statement"]}"#,
            "kind: Deployment\n",
            "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n",
            "a: the jobs that were done\n",
        ] {
            assert!(!may_be_ours(not_ours.as_bytes()), "{not_ours}");
        }
    }
}
