//! Actions that we do not read: which are known to be harmless, and which sound as if they were not.
//!
//! Saying too often that an action is out of sight costs findings; saying it too seldom costs false alarms.

use crate::model::pipeline::EnvVar;

/// Owners and names of actions that neither log in, configure credentials nor push, whatever their names sound like.
/// An entry that ends in `/` stands for everything of that owner, one that ends in `*` for everything that starts so.
const HARMLESS: &[&str] = &[
    "actions/",
    "github/",
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "docker/setup-compose-action",
    "docker/setup-docker-action",
    "docker/metadata-action",
    "docker/scout-action",
    "docker/github-builder",
    "aws-actions/amazon-ecs-render-task-definition",
    "aws-actions/setup-sam",
    "aws-actions/aws-codebuild-run-build-config",
    "hashicorp/setup-*",
    "hadolint/hadolint-action",
    "codecov/codecov-action",
    "softprops/action-gh-release",
    "slackapi/slack-github-action",
    "8398a7/action-slack",
    "rtcamp/action-slack-notify",
    "peter-evans/",
    "dorny/paths-filter",
    "tj-actions/changed-files",
    "tj-actions/branch-names",
    "pnpm/action-setup",
    "astral-sh/setup-uv",
    "astral-sh/ruff-action",
    "dtolnay/rust-toolchain",
    "swatinem/rust-cache",
    "ruby/setup-ruby",
    "erlef/setup-beam",
    "gradle/actions",
    "gradle/gradle-build-action",
    "gradle/wrapper-validation-action",
    "golangci/golangci-lint-action",
    "step-security/harden-runner",
    "sonarsource/",
    "snyk/actions",
    "anchore/sbom-action",
    "ossf/scorecard-action",
    "reviewdog/",
    "terraform-linters/setup-tflint",
    "opentofu/setup-opentofu",
    "autero1/action-terragrunt",
    "pre-commit/action",
    "google-github-actions/release-please-action",
    "googleapis/release-please-action",
    "jwalton/gh-docker-logs",
    "jlumbroso/free-disk-space",
    "crazy-max/ghaction-github-runtime",
    "crazy-max/ghaction-import-gpg",
    "crazy-max/ghaction-dump-context",
    "madrapps/jacoco-report",
    "mikepenz/action-junit-report",
    "wagoid/commitlint-github-action",
    "amannn/action-semantic-pull-request",
    "sigstore/cosign-installer",
    "imjasonh/setup-crane",
    "azure/setup-*",
    "mozilla-actions/sccache-action",
    "browser-actions/setup-chrome",
    "cypress-io/github-action",
    "webfactory/ssh-agent",
    "lycheeverse/lychee-action",
    "gitleaks/gitleaks-action",
    "trufflesecurity/trufflehog",
    "mxschmitt/action-tmate",
    "supercharge/redis-github-action",
];

/// What makes the name of an action, or of one of its inputs, sound of registries or credentials.
const SUSPECT: &[&str] = &[
    "aws",
    "ecr",
    "docker",
    "login",
    "registry",
    "image",
    "container",
    "auth",
    "cred",
    "oidc",
    "build",
    "push",
    "deploy",
    "kaniko",
    "assume",
    "role",
    "publish",
    "release",
    "podman",
    "buildah",
    "amazon",
    "ecs",
    "eks",
    "lambda",
    "terraform",
    "terragrunt",
    "pulumi",
    "serverless",
    "cdk",
];

/// Whether an action is known to matter to no registry.
pub(super) fn is_harmless(name: &str) -> bool {
    HARMLESS.iter().any(|known| {
        if let Some(start) = known.strip_suffix('*') {
            name.starts_with(start)
        } else if known.ends_with('/') {
            name.starts_with(known)
        } else {
            name.strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    })
}

/// Whether an action that we do not know may log in, configure credentials or push.
pub(super) fn is_suspect(name: &str, with: &[EnvVar]) -> bool {
    let sounds = |text: &str| {
        let lower = text.to_ascii_lowercase();
        SUSPECT.iter().any(|word| lower.contains(word))
    };
    let names_aws = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["aws", "ecr", "docker"]
            .iter()
            .any(|word| lower.contains(word))
    };
    sounds(name)
        || with
            .iter()
            .any(|input| sounds(&input.name.value) || names_aws(&input.value.value.to_string()))
}
