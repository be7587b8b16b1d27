//! GitHub Actions: workflows, reusable workflows and composite actions, as what they do to registries.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>
//!
//! Each document is read alone: local actions and reusable workflows stay [`ActKind::OutOfSight`] and
//! [`Job::calls`] until [`link`](crate::link) puts them in place. Broken shapes are read as far as they go.

mod actions;
mod builds;
mod expressions;
mod permissions;
mod runner;
mod scope;
mod scripts;
mod strangers;

use super::commands::LocalImages;
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::access_key;
use crate::model::pipeline::{
    Act, ActKind, EnvVar, Input, Job, PasswordSource, Pipeline, PipelineKind, PushRefs, Runner,
    StartingCredentials, Step,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node};
use runner::Machine;
use scope::Scope;
use std::collections::BTreeMap;

/// Whether the document is a workflow: a map with `on` and with jobs that look like jobs.
pub fn is_workflow(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    let is_job = |job: &Node<'_>| job.has("runs-on") || job.has("steps") || job.has("uses");
    root.has("on")
        && root
            .get("jobs")
            .is_some_and(|jobs| jobs.entries().iter().any(|entry| is_job(&entry.value)))
}

/// Whether the document is a composite action.
pub fn is_action(subject: &Subject<'_, '_>) -> bool {
    let runs = subject.document.root.get("runs");
    runs.is_some_and(|runs| {
        runs.get("using").and_then(Node::as_str) == Some("composite") && runs.has("steps")
    })
}

/// What a workflow declares.
pub fn extract_workflow(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let mut pipeline = empty_pipeline(subject, PipelineKind::GithubWorkflow);
    pipeline.triggers = triggers(root.get("on"));
    pipeline.push_refs = push_refs(root.get("on"));
    pipeline.permissions = permissions::read(root);
    pipeline.env = Scope::default().variables(root.get("env"));
    let jobs = root.get("jobs").map_or(&[][..], |jobs| jobs.entries());
    pipeline.jobs = jobs
        .iter()
        .filter(|entry| entry.value.is_map())
        .map(|entry| job(entry, root, &pipeline.env))
        .collect();
    recognized(pipeline)
}

/// What a composite action declares: one job, whose runner and permissions are the caller's.
pub fn extract_action(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let mut pipeline = empty_pipeline(subject, PipelineKind::GithubCompositeAction);
    pipeline.inputs = inputs(root.get("inputs"));
    let runs = root.entry("runs");
    let loc = runs.map_or(root.loc, |runs| runs.value.loc);
    let key = runs.map_or(root.loc, |runs| runs.key.loc);
    let mut state = JobState {
        // Every `run` of a composite action names its shell.
        default_shell: None,
        ..JobState::default()
    };
    let steps = runs.and_then(|runs| runs.value.get("steps"));
    pipeline.jobs = vec![Job {
        id: Spanned::new("action".to_string(), key),
        loc,
        is_conditional: false,
        permissions: None,
        env: Vec::new(),
        runner: Runner::Unknown,
        credentials: StartingCredentials::Unknown,
        environment: None,
        id_tokens: Vec::new(),
        calls: None,
        images: Vec::new(),
        steps: state.steps(steps),
    }];
    recognized(pipeline)
}

fn recognized(pipeline: Pipeline) -> Recognized {
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

fn empty_pipeline(subject: &Subject<'_, '_>, kind: PipelineKind) -> Pipeline {
    let (repository_root, path) = place_in_repository(subject.path);
    Pipeline {
        docker: None,
        loc: subject.document.root.loc,
        kind,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env: Vec::new(),
        inputs: Vec::new(),
        jobs: Vec::new(),
        repository_root,
        path,
    }
}

/// The part of a path before its last `.github/`, without a slash at its end, and the rest.
fn place_in_repository(path: &str) -> (Option<String>, String) {
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.starts_with(".github/") && !path.contains("/.github/") {
        return (Some(String::new()), path.to_string());
    }
    match path.rfind("/.github/") {
        Some(at) => {
            let (root, rest) = path.split_at(at);
            (
                Some(root.to_string()),
                rest.trim_start_matches('/').to_string(),
            )
        }
        None => (None, path.to_string()),
    }
}

fn triggers(on: Option<&Node<'_>>) -> Vec<Spanned<String>> {
    let Some(on) = on else { return Vec::new() };
    if on.is_map() {
        return on
            .entries()
            .iter()
            .map(|entry| Spanned::new(entry.key.value.to_string(), entry.key.loc))
            .collect();
    }
    on.one_or_many().iter().filter_map(Node::spanned).collect()
}

/// The filters of `on: push`.
fn push_refs(on: Option<&Node<'_>>) -> Option<PushRefs> {
    let push = on?.get("push").filter(|push| push.is_map())?;
    let has = |names: [&str; 2]| names.iter().any(|name| push.has(name));
    let list = |name: &str| {
        let items = push.get(name)?.one_or_many();
        Some(
            items
                .iter()
                .map(|item| item.as_str().unwrap_or("*").to_string())
                .collect::<Vec<_>>(),
        )
    };
    let (branches, tags) = (
        has(["branches", "branches-ignore"]),
        has(["tags", "tags-ignore"]),
    );
    if !branches && !tags {
        return None;
    }
    // A filter of one kind alone leaves the other kind out.
    Some(PushRefs {
        branches: if branches {
            list("branches")
        } else {
            Some(Vec::new())
        },
        tags: if tags { list("tags") } else { Some(Vec::new()) },
    })
}

fn inputs(block: Option<&Node<'_>>) -> Vec<Input> {
    let entries = block.map_or(&[][..], |block| block.entries());
    let scope = Scope::default();
    entries
        .iter()
        .map(|entry| Input {
            name: Spanned::new(entry.key.value.to_string(), entry.key.loc),
            default: entry
                .value
                .get("default")
                .and_then(|default| scope.template(default))
                .map(|default| default.value)
                .unwrap_or_default(),
        })
        .collect()
}

fn job(entry: &Entry<'_>, workflow: &Node<'_>, workflow_env: &[EnvVar]) -> Job {
    let node = &entry.value;
    let mut scope = Scope::default();
    scope.surround(workflow_env);
    let env = scope.variables(node.get("env"));
    scope.surround(&env);
    let machine = Machine::of(node);
    let shell = default_of(node, "shell").or_else(|| default_of(workflow, "shell"));
    let shell = shell.and_then(Node::as_str);
    let images = images(node, &scope);
    let environment = environment(node, &scope);
    let calls = node.get("uses").and_then(Node::spanned);
    let mut state = JobState {
        default_shell: shell.map(str::to_string),
        default_directory: default_of(node, "working-directory")
            .or_else(|| default_of(workflow, "working-directory"))
            .and_then(|directory| scope.template(directory))
            .map(|directory| directory.value),
        is_windows: machine.is_windows,
        scope,
        ..JobState::default()
    };
    // A job that is switched off does nothing.
    let condition = condition(node);
    let mut steps = match calls {
        None if !condition.is_never => state.steps(node.get("steps")),
        _ => Vec::new(),
    };
    builds::settle(&mut steps, machine.architecture);
    Job {
        id: Spanned::new(entry.key.value.to_string(), entry.key.loc),
        loc: entry.key.loc.cover(node.loc),
        is_conditional: condition.is_open,
        permissions: permissions::read(node),
        env,
        runner: machine.runner,
        credentials: match machine.runner {
            Runner::Hosted => StartingCredentials::Missing,
            Runner::SelfHosted | Runner::Unknown => StartingCredentials::Unknown,
        },
        environment,
        id_tokens: Vec::new(),
        calls,
        images,
        steps,
    }
}

/// `environment: name` or `environment: {name: …}`; whatever else stands there is a name that nobody knows.
fn environment(job: &Node<'_>, scope: &Scope) -> Option<Spanned<Template>> {
    let written = job.get("environment").filter(|node| !node.is_null())?;
    let name = written.get("name").unwrap_or(written);
    Some(scope.template(name).unwrap_or_else(|| {
        Spanned::new(Template::hole("environment", "<environment>"), name.place())
    }))
}

/// A setting under `defaults.run` of a job or workflow.
fn default_of<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
    node.get("defaults")?.get("run")?.get(name)
}

/// Images that the runner pulls before the first step. One with `credentials` of its own needs no login and is left out.
fn images(job: &Node<'_>, scope: &Scope) -> Vec<Spanned<Template>> {
    let services = job
        .get("services")
        .map_or(&[][..], |services| services.entries());
    job.get("container")
        .into_iter()
        .chain(services.iter().map(|entry| &entry.value))
        .filter(|container| !container.has("credentials"))
        .filter_map(|container| scope.template(container.get("image").unwrap_or(container)))
        .filter(|image| !image.value.is_empty())
        .collect()
}

/// What an `if:` says.
struct Condition {
    /// Whether it may skip the job or step.
    is_open: bool,
    /// Whether it always does.
    is_never: bool,
}

fn condition(node: &Node<'_>) -> Condition {
    let Some(condition) = node.get("if").filter(|condition| !condition.is_null()) else {
        return Condition {
            is_open: false,
            is_never: false,
        };
    };
    let text = condition.as_str().unwrap_or("").trim();
    let inner = text
        .strip_prefix("${{")
        .and_then(|text| text.strip_suffix("}}"))
        .unwrap_or(text)
        .trim();
    // These hold whenever every step before went well, which is what we judge.
    const ALWAYS: &[&str] = &[
        "always()",
        "success()",
        "true",
        "!cancelled()",
        "! cancelled()",
        "!failure()",
        "success() || failure()",
        "always() || failure()",
    ];
    Condition {
        is_open: !ALWAYS.contains(&inner),
        is_never: inner == "false",
    }
}

/// What the steps of a job leave behind for each other.
#[derive(Default)]
struct JobState {
    scope: Scope,
    default_shell: Option<String>,
    /// `working-directory` of the job's or workflow's `defaults:`.
    default_directory: Option<Template>,
    is_windows: bool,
    images: LocalImages,
    passwords: BTreeMap<String, PasswordSource>,
    /// Whether a step has installed AWS CLI version 1.
    has_cli_v1: bool,
    /// Steps seen so far.
    count: usize,
    /// Builds by an action seen so far.
    builds: usize,
}

/// What is said of every act of one step.
struct StepFrame<'n, 's> {
    node: &'n Node<'s>,
    id: Option<String>,
    is_conditional: bool,
}

impl JobState {
    fn steps(&mut self, list: Option<&Node<'_>>) -> Vec<Step> {
        let items = list.map_or(&[][..], |list| list.items());
        items
            .iter()
            .filter(|item| item.is_map())
            .map(|item| self.step(item))
            .collect()
    }

    fn step(&mut self, node: &Node<'_>) -> Step {
        self.count += 1;
        // The block is resolved before it is in force: its variables do not see each other.
        self.scope.enter(&[]);
        let env = self.scope.variables(node.get("env"));
        self.scope.enter(&env);
        let condition = condition(node);
        let uses = node.get("uses").and_then(Node::spanned);
        let id = node.get("id").and_then(Node::spanned);
        let with = self
            .scope
            .variables(node.get("with").filter(|_| uses.is_some()));
        let frame = StepFrame {
            node,
            id: id.as_ref().map(|id| id.value.clone()),
            is_conditional: condition.is_open,
        };
        let acts = if condition.is_never {
            Vec::new()
        } else if let Some(uses) = &uses {
            self.action(uses, &with, &frame)
        } else if let Some(run) = node.get("run") {
            self.run(run, &frame)
        } else {
            Vec::new()
        };
        let written_secrets = node.get("run").map_or(Vec::new(), written_secrets);
        Step {
            loc: node.loc,
            name: node.get("name").and_then(Node::spanned),
            id,
            is_conditional: condition.is_open,
            env,
            uses,
            with,
            acts,
            written_secrets,
        }
    }
}

/// The places of a script at which a secret access key is written out.
fn written_secrets(script: &Node<'_>) -> Vec<Loc> {
    let text = script.as_str().unwrap_or("");
    access_key::written_secrets(text)
        .into_iter()
        .map(|range| script.loc_of(range))
        .collect()
}

fn act(loc: Loc, kind: ActKind) -> Act {
    Act {
        loc,
        is_guarded: false,
        kind,
    }
}

#[cfg(test)]
mod tests;
