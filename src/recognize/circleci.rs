//! CircleCI: jobs with their commands, executors and orbs put in place, as what they do to registries.
//!
//! <https://circleci.com/docs/configuration-reference/>
//!
//! Contexts and settings of the project give a job variables that stand in no file, credentials among them.

mod executors;
mod orbs;
mod parameters;
mod steps;

use super::session::Session;
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::pipeline::{EnvVar, Job, Pipeline, PipelineKind, StartingCredentials};
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node};
use parameters::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use steps::Walk;

/// Most jobs that are read: a job that is called with other parameters is another one.
const MAX_JOBS: usize = 500;

/// Keys that the configuration of a job has besides its name and parameters where a workflow calls it.
const OF_CALLS: &[&str] = &["requires", "context", "filters", "type", "name"];

/// Whether the document is a configuration of CircleCI: its version, and jobs that could be no other system's.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    if root.has("on") {
        return false;
    }
    let has_version = root
        .get("version")
        .and_then(Node::as_str)
        .is_some_and(|version| matches!(version, "2" | "2.0" | "2.1"));
    let is_job = |job: &Node<'_>| {
        job.has("steps")
            && [
                "docker",
                "machine",
                "macos",
                "executor",
                "resource_class",
                "parameters",
            ]
            .iter()
            .any(|key| job.has(key))
    };
    let entries = |key: &str| root.get(key).map_or(&[][..], |block| block.entries());
    let calls_jobs = entries("workflows")
        .iter()
        .any(|workflow| workflow.value.get("jobs").is_some_and(Node::is_list));
    let has_jobs = entries("jobs").iter().any(|entry| is_job(&entry.value));
    let is_there = subject.path.contains(".circleci/");
    (has_version || is_there) && (has_jobs || (calls_jobs && (root.has("orbs") || is_there)))
}

/// What its jobs do.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let (repository_root, own) = match path.find(".circleci/") {
        Some(0) => (Some(String::new()), path),
        Some(at) if path.get(..at).is_some_and(|before| before.ends_with('/')) => (
            path.get(..at - 1).map(str::to_string),
            path.get(at..).unwrap_or(path),
        ),
        _ => (None, path),
    };
    let config = Config { root, path };
    let jobs = config
        .calls()
        .into_iter()
        .filter_map(|call| config.job(&call))
        .collect();
    let pipeline = Pipeline {
        docker: None,
        loc: root.loc,
        kind: PipelineKind::CircleCi,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env: Vec::new(),
        inputs: Vec::new(),
        jobs,
        repository_root,
        path: own.to_string(),
    };
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// A configuration.
#[derive(Clone, Copy)]
struct Config<'n, 's> {
    root: &'n Node<'s>,
    path: &'n str,
}

/// A job as a workflow calls it.
struct Call<'n, 's> {
    name: &'n str,
    /// Where the name stands.
    at: Loc,
    /// The parameters it is given.
    given: Option<&'n Node<'s>>,
}

impl<'n, 's> Config<'n, 's> {
    fn entries(&self, key: &str) -> &'n [Entry<'s>] {
        self.root.get(key).map_or(&[][..], |block| block.entries())
    }

    /// The jobs that workflows call; all of them where there is no workflow. Calls of one job with the same parameters are
    /// one.
    fn calls(&self) -> Vec<Call<'n, 's>> {
        let workflows = self.entries("workflows");
        if workflows.iter().all(|workflow| !workflow.value.is_map()) {
            return self
                .entries("jobs")
                .iter()
                .map(|entry| Call {
                    name: entry.key.value.as_ref(),
                    at: entry.key.loc,
                    given: None,
                })
                .collect();
        }
        let mut seen = BTreeSet::new();
        let mut calls = Vec::new();
        let items = workflows
            .iter()
            .filter_map(|workflow| workflow.value.get("jobs"))
            .flat_map(|jobs| jobs.items());
        for item in items {
            let call = match (item.as_str(), item.entries()) {
                (Some(name), _) => Call {
                    name,
                    at: item.place(),
                    given: None,
                },
                (None, [entry]) => Call {
                    name: entry.key.value.as_ref(),
                    at: entry.key.loc,
                    given: Some(&entry.value),
                },
                _ => continue,
            };
            if calls.len() < MAX_JOBS && seen.insert((call.name, signature(call.given))) {
                calls.push(call);
            }
        }
        calls
    }

    fn job(&self, call: &Call<'n, 's>) -> Option<Job> {
        let mut session = Session::new(PipelineKind::CircleCi, self.path);
        session.leaves_variables_in("BASH_ENV");
        let entry = self
            .entries("jobs")
            .iter()
            .rev()
            .find(|entry| entry.key.value == call.name);
        let Some(entry) = entry else {
            return self.job_of_orb(call, session);
        };
        let node = &entry.value;
        let outside = Rc::new(Scope::of_pipeline(self.root));
        let scope = Rc::new(Scope::of_call(node.get("parameters"), call.given, &outside));
        let executor = executors::of_job(node, *self, &scope);
        let mut env = executor.env;
        env.extend(self.environment(node.get("environment"), &scope));
        for variable in &env {
            let value = &variable.value.value;
            session.set(
                &variable.name.value,
                value.is_known().then(|| value.clone()),
            );
        }
        let mut walk = Walk::new(*self, session);
        if let Some(directory) = node.get("working_directory").and_then(Node::as_str) {
            walk.starts_in(directory);
        }
        let around = |key: &str| call.given.and_then(|given| given.get(key));
        if let Some(before) = around("pre-steps") {
            walk.steps(before, &outside, 0);
        }
        if let Some(steps) = node.get("steps") {
            walk.steps(steps, &scope, 0);
        }
        if let Some(after) = around("post-steps") {
            walk.steps(after, &outside, 0);
        }
        Some(Job {
            id: Spanned::new(entry.key.value.to_string(), entry.key.loc),
            loc: entry.key.loc.cover(node.loc),
            is_conditional: around("filters").is_some(),
            permissions: None,
            env,
            runner: executor.runner,
            credentials: StartingCredentials::Unknown,
            environment: None,
            id_tokens: Vec::new(),
            calls: None,
            images: executor.images,
            steps: walk.done,
        })
    }

    /// A job that an orb declares: its command of the same name on a machine of the orb's choice.
    fn job_of_orb(&self, call: &Call<'n, 's>, session: Session) -> Option<Job> {
        let outside = Rc::new(Scope::of_pipeline(self.root));
        let mut walk = Walk::new(*self, session);
        let around = |key: &str| call.given.and_then(|given| given.get(key));
        if let Some(before) = around("pre-steps") {
            walk.steps(before, &outside, 0);
        }
        walk.command(call.name, call.at, call.given, &outside, 0);
        if let Some(after) = around("post-steps") {
            walk.steps(after, &outside, 0);
        }
        call.name.contains('/').then(|| Job {
            id: Spanned::new(call.name.to_string(), call.at),
            loc: call.at,
            is_conditional: around("filters").is_some(),
            permissions: None,
            env: Vec::new(),
            runner: executors::runner_of_orb_job(call.given),
            credentials: StartingCredentials::Unknown,
            environment: None,
            id_tokens: Vec::new(),
            calls: None,
            images: Vec::new(),
            steps: walk.done,
        })
    }

    /// An `environment:` block: a map, or a list of maps. CircleCI puts no variables in each other's values, so what holds
    /// a `$` is left unknown.
    fn environment(&self, block: Option<&'n Node<'s>>, scope: &Scope<'n, 's>) -> Vec<EnvVar> {
        let blocks = block.map_or(&[][..], Node::one_or_many);
        blocks
            .iter()
            .flat_map(|block| block.entries())
            .filter_map(|entry| {
                let text = scope.fill(entry.value.as_str()?);
                let name = entry.key.value.as_ref();
                let value = match text {
                    Some(text) if !text.contains('$') => text.into(),
                    _ => crate::model::template::Template::hole(
                        PipelineKind::CircleCi.variable_hole(self.path, name),
                        format!("${name}"),
                    ),
                };
                Some(EnvVar {
                    name: Spanned::new(name.to_string(), entry.key.loc),
                    value: Spanned::new(value, entry.value.place()),
                })
            })
            .collect()
    }

    /// The orb behind a prefix: its name without version, or its own text.
    fn orb(&self, prefix: &str) -> Orb<'n, 's> {
        match self.root.get("orbs").and_then(|orbs| orbs.get(prefix)) {
            Some(orb) if orb.is_map() => Orb::Inline(orb),
            Some(orb) => Orb::Named(orb.as_str().and_then(|text| text.split('@').next())),
            None => Orb::Named(None),
        }
    }
}

/// An orb.
enum Orb<'n, 's> {
    /// One of the registry's, by its name.
    Named(Option<&'n str>),
    /// One that the file itself holds.
    Inline(&'n Node<'s>),
}

/// What tells calls of one job apart.
fn signature(given: Option<&Node<'_>>) -> BTreeMap<String, String> {
    let entries = given.map_or(&[][..], |given| given.entries());
    entries
        .iter()
        .filter(|entry| !OF_CALLS.contains(&entry.key.value.as_ref()))
        .map(|entry| {
            let value = match entry.value.as_str() {
                Some(text) => text.to_string(),
                // Steps and matrices are not compared.
                None => entry.value.loc.span.start.to_string(),
            };
            (entry.key.value.to_string(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests;
