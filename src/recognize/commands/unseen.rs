//! Commands that may configure credentials, log in or push out of sight: scripts, task runners, deployment tools.
//!
//! Saying too often that something is out of sight costs findings; saying it too seldom costs false alarms. Scripts and
//! runners count unless what they are asked for is plainly something else (`npm run lint`).

use super::Reader;
use crate::model::template::Template;
use crate::recognize::shell::{Command, Word};

/// Programs that run whatever a file of the repository tells them.
const RUNNERS: &[&str] = &[
    "make",
    "gmake",
    "just",
    "task",
    "mage",
    "rake",
    "invoke",
    "inv",
    "earthly",
    "dagger",
    "skaffold",
    "werf",
    "tilt",
    "garden",
    "ansible-playbook",
    "pulumi",
    "cdk",
    "sam",
    "copilot",
    "eb",
    "serverless",
    "sls",
    "sst",
    "packer",
    "goreleaser",
    "ko",
    "pack",
    "jib",
    "act",
    "bazel",
    "bazelisk",
    "nx",
    "turbo",
    "lerna",
    "fastlane",
    "cdktf",
    "atlantis",
    "img",
    "buildctl",
    "amplify",
    "chalice",
    "zappa",
    "ecs-cli",
    "ecs-deploy",
    "kamal",
    "devspace",
    "docker-credential-ecr-login",
    "gradle",
    "gradlew",
    "mvn",
    "mvnw",
    "ant",
    "sbt",
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "composer",
    "poetry",
    "pipenv",
    "uv",
    "cargo",
    "go",
    "mix",
    "dotnet",
    "deno",
    "hatch",
    "pdm",
    "tox",
    "nox",
    "npx",
    "bunx",
    "pnpx",
];

/// Interpreters of scripts.
const INTERPRETERS: &[&str] = &[
    "bash",
    "sh",
    "zsh",
    "dash",
    "ksh",
    "source",
    ".",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "tsx",
    "ts-node",
    "pwsh",
    "powershell",
];

/// What a runner may be asked for without touching registries.
const HARMLESS_TASKS: &[&str] = &[
    "test",
    "tests",
    "lint",
    "format",
    "fmt",
    "check",
    "typecheck",
    "type-check",
    "types",
    "tsc",
    "build",
    "compile",
    "clean",
    "ci",
    "install",
    "i",
    "add",
    "audit",
    "outdated",
    "coverage",
    "cov",
    "e2e",
    "unit",
    "docs",
    "doc",
    "storybook",
    "prettier",
    "eslint",
    "jest",
    "vitest",
    "pytest",
    "mypy",
    "ruff",
    "black",
    "flake8",
    "isort",
    "bandit",
    "clippy",
    "vet",
    "mod",
    "generate",
    "codegen",
    "version",
    "--version",
    "-v",
    "help",
    "--help",
    "cache",
    "config",
    "set",
    "get",
    "ls",
    "list",
    "info",
    "sync",
    "lock",
    "update",
    "upgrade",
    "init",
    "restore",
    "assemble",
    "verify",
    "validate",
    "package",
    "bootstrapdeps",
    "bench",
    "metadata",
    "tree",
    "env",
    "playwright",
    "cypress",
    "synth",
    "diff",
    "plan",
    "preview",
    "login-status",
    "pip",
    "self",
    "show",
    "export",
    "prune",
    "dedupe",
    "why",
    "exec-env",
    "corepack",
    "size",
    "verify-lock",
    "dlx",
];

/// What makes a name sound of registries or credentials.
const SUSPECT: &[&str] = &[
    "aws",
    "ecr",
    "docker",
    "image",
    "container",
    "push",
    "deploy",
    "publish",
    "release",
    "login",
    "registry",
    "cred",
    "oidc",
    "assume",
    "ship",
    "kaniko",
    "auth",
];

impl Reader<'_> {
    /// A command whose program is known and is none that we read.
    pub(super) fn unseen(&mut self, index: usize, command: &Command) {
        let Some((program, words)) = command.words.split_first() else {
            return;
        };
        let path = program.value.as_literal().unwrap_or("");
        let name = super::program_name(path);
        if name == "eval" {
            self.evaluated(command, words);
        } else if INTERPRETERS.contains(&name) {
            if is_unseen_script(name, words) {
                let call = self.script_call(index, command);
                self.hidden(command, call);
            }
        } else if RUNNERS.contains(&name) {
            if asks_for_something(name, words) {
                self.out_of_sight(command);
            }
        } else if matches!(name, "terraform" | "terragrunt" | "tofu") {
            let applies = words.iter().any(|word| {
                matches!(
                    word.value.as_literal(),
                    Some("apply" | "destroy" | "run-all" | "apply-all")
                )
            });
            if applies {
                self.out_of_sight(command);
            }
        } else if is_local_path(path) || is_suspect_program(name) {
            let call = self.script_call(index, command);
            self.hidden(command, call);
        }
    }

    /// A program that only a run can name: `$TOOL push …`, `$(aws ecr get-login)`.
    pub(super) fn unknown_program(&mut self, index: usize, command: &Command) {
        let Some(program) = command.words.first() else {
            return;
        };
        if self.is_legacy_login(&program.value) {
            return;
        }
        // `./scripts/$NAME.sh` as well as `$TOOL`; but an expansion that only prints text is no program.
        let call = self.script_call(index, command);
        self.hidden(command, call);
    }

    fn evaluated(&mut self, command: &Command, words: &[Word]) {
        let harmless = words.iter().all(|word| {
            self.is_legacy_login(&word.value)
                || !word.substitutions.is_empty()
                    && word
                        .substitutions
                        .iter()
                        .all(|at| self.prints_harmless_settings(*at))
        });
        if !harmless {
            self.out_of_sight(command);
        }
    }

    /// Whether a substitution prints settings that are no business of a registry.
    fn prints_harmless_settings(&self, substitution: usize) -> bool {
        let Some(substitution) = self.script.substitutions.get(substitution) else {
            return false;
        };
        substitution.outputs.iter().all(|at| {
            let name = self
                .script
                .commands
                .get(*at)
                .and_then(|command| command.words.first())
                .and_then(|word| word.value.as_literal())
                .map(super::program_name);
            // What the AWS CLI prints is read where it is called.
            matches!(
                name,
                Some(
                    "ssh-agent"
                        | "aws"
                        | "opam"
                        | "pyenv"
                        | "rbenv"
                        | "fnm"
                        | "brew"
                        | "direnv"
                        | "conda"
                        | "luarocks"
                        | "mise"
                )
            )
        })
    }
}

/// Whether a shell or interpreter is given a script to run.
fn is_unseen_script(name: &str, words: &[Word]) -> bool {
    let mut rest = words.iter().map(|word| &word.value);
    if matches!(name, "source" | ".") {
        return rest.next().is_some_and(|path| {
            let text = path.to_string();
            !text.ends_with("bin/activate")
                && !text.ends_with("nvm.sh")
                && !text.ends_with(".cargo/env")
        });
    }
    while let Some(word) = rest.next() {
        match word.as_literal() {
            Some("-m") => {
                return rest
                    .next()
                    .is_some_and(|module| sounds_suspect(&module.to_string()));
            }
            Some(
                "-c" | "-e" | "-p" | "--eval" | "-lc" | "-ec" | "-xc" | "-exc" | "-euxc" | "-ce"
                | "-Command",
            ) => {
                return rest.next().is_some_and(|text| {
                    !text.is_known()
                        || ["aws", "docker", "ecr"]
                            .iter()
                            .any(|tool| text.contains(tool))
                });
            }
            Some(option) if option.starts_with('-') => {}
            Some("pipefail" | "errexit") => {}
            _ => return !is_package_script(word),
        }
    }
    false
}

/// `python setup.py install` and the like.
fn is_package_script(word: &Template) -> bool {
    matches!(
        word.as_literal().map(super::program_name),
        Some("setup.py" | "manage.py" | "pip" | "get-pip.py")
    )
}

/// Whether a runner is asked for something that is not plainly harmless.
fn asks_for_something(name: &str, words: &[Word]) -> bool {
    const PACKAGE_MANAGERS: &[&str] = &[
        "npm", "yarn", "pnpm", "bun", "composer", "poetry", "pipenv", "uv", "cargo", "go", "mix",
        "dotnet", "deno", "hatch", "pdm", "tox", "nox", "npx", "bunx", "pnpx", "gradle", "gradlew",
        "mvn", "mvnw", "ant", "sbt", "nx", "turbo", "lerna", "bazel", "bazelisk",
    ];
    let tasks: Vec<String> = words
        .iter()
        .map(|word| word.value.to_string())
        .filter(|text| !text.starts_with('-') && !text.contains('='))
        .collect();
    if !PACKAGE_MANAGERS.contains(&name) {
        // `make` alone runs its first target; `sam build`, `cdk synth` touch nothing.
        let only_harmless = !tasks.is_empty() && tasks.iter().all(|task| is_harmless_task(task));
        let only_asks = tasks.is_empty() && words.iter().any(is_question);
        return !only_harmless && !only_asks;
    }
    match name {
        // Build tools are asked by name for what they push.
        "gradle" | "gradlew" | "mvn" | "mvnw" | "ant" | "sbt" | "cargo" | "go" | "mix"
        | "dotnet" | "tox" | "nox" | "bazel" | "bazelisk" | "nx" | "turbo" | "lerna" => {
            tasks.iter().any(|task| sounds_suspect(task))
                || (matches!(name, "go" | "cargo" | "bazel" | "bazelisk")
                    && tasks.first().is_some_and(|task| task == "run"))
        }
        _ => {
            let mut asked = tasks.iter().map(String::as_str).peekable();
            let runs = matches!(
                asked.peek(),
                Some(&("run" | "run-script" | "exec" | "start" | "x" | "dlx"))
            ) || matches!(name, "yarn" | "npx" | "bunx" | "pnpx" | "bun" | "pnpm");
            if !runs {
                return tasks
                    .first()
                    .is_some_and(|task| matches!(task.as_str(), "start"))
                    || tasks.iter().any(|task| sounds_suspect(task)) && matches!(name, "npm");
            }
            let task =
                asked.find(|task| !matches!(*task, "run" | "run-script" | "exec" | "x" | "dlx"));
            task.is_some_and(|task| !is_harmless_task(task))
        }
    }
}

fn is_question(word: &Word) -> bool {
    matches!(
        word.value.as_literal(),
        Some("--version" | "-v" | "-V" | "--help" | "-h" | "-n" | "--dry-run")
    )
}

/// `lint`, `test:unit`, but not `build:docker` or `test-image`.
fn is_harmless_task(task: &str) -> bool {
    let first = task.split([':', '-', '_', '.', '@']).next().unwrap_or(task);
    (HARMLESS_TASKS.contains(&task) || HARMLESS_TASKS.contains(&first)) && !sounds_suspect(task)
}

fn sounds_suspect(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SUSPECT.iter().any(|word| lower.contains(word))
}

/// A file of the repository or of the runner, rather than a program of the system.
fn is_local_path(path: &str) -> bool {
    const SYSTEM: &[&str] = &["/bin/", "/usr/bin/", "/usr/sbin/", "/sbin/"];
    let is_path = path.contains('/') && !SYSTEM.iter().any(|directory| path.starts_with(directory));
    is_path
        || [".sh", ".py", ".rb", ".js", ".ts", ".pl", ".bash"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// `aws-vault`, `saml2aws`, `ecr-login`: but not linters that merely read Dockerfiles.
fn is_suspect_program(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "dockerd",
        "dockerize",
        "dockle",
        "dockerfilelint",
        "dockerfile_lint",
        "dockerfile-lint",
        "lsb_release",
        "publish-unit-test-result",
        "containerd",
        "dockerd-rootless-setuptool.sh",
        "container-structure-test",
        "imagemagick",
    ];
    const WORDS: &[&str] = &[
        "aws", "ecr", "docker", "deploy", "registry", "oidc", "cred", "login", "assume",
    ];
    let lower = name.to_ascii_lowercase();
    !KNOWN.contains(&lower.as_str()) && WORDS.iter().any(|word| lower.contains(word))
}
