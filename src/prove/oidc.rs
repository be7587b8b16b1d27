//! What the token of a GitHub job says of it, and which of the things it may say a trust policy accepts.
//!
//! The subject names the repository, which no file tells, and the branch, tag, environment or event, which the workflow
//! does. A trust policy that names a repository is taken to name this one.
//!
//! <https://docs.github.com/en/actions/reference/security/oidc>

use crate::link::Workspace;
use crate::link::flow::{Flow, Source};
use crate::model::pipeline::{ActKind, Job, Pipeline, PipelineKind, PushRefs};
use crate::model::policy::{Policy, Statement};
use crate::model::template::Template;
use crate::source::Loc;
use std::collections::VecDeque;

/// The condition key of the subject.
pub const SUBJECT: &str = "token.actions.githubusercontent.com:sub";
/// The condition key of the audience.
pub const AUDIENCE: &str = "token.actions.githubusercontent.com:aud";
/// The audience that `configure-aws-credentials` asks for unless told otherwise
/// (<https://github.com/aws-actions/configure-aws-credentials#oidc-audience>).
pub const USUAL_AUDIENCE: &str = "sts.amazonaws.com";

/// The owner and repository, which no file tells: stands for any text without a colon.
const REPOSITORY: char = '\u{1}';

/// Most subjects that are put to the engine for one job.
const MOST_SUBJECTS: usize = 64;

/// The audience of the token with which a flow's job assumes the role that is named at `role`.
#[must_use]
pub fn audience(workspace: &Workspace, flow: &Flow, role: Loc) -> Template {
    let run = match flow.source {
        Source::Job(run) => workspace.runs.get(run),
        _ => None,
    };
    let asked = run.and_then(|run| {
        run.acts.iter().find_map(|act| match &act.act.kind {
            ActKind::Credentials(credentials)
                if credentials.role.as_ref().is_some_and(|one| one.loc == role) =>
            {
                credentials.audience.as_ref()
            }
            _ => None,
        })
    });
    asked.filter(|asked| !asked.value.is_empty()).map_or_else(
        || Template::literal(USUAL_AUDIENCE),
        |asked| asked.value.clone(),
    )
}

/// The subjects that a job can present, as patterns (`*` any text); `None` where the files do not tell.
#[must_use]
pub fn patterns(workspace: &Workspace, flow: &Flow) -> Option<Vec<String>> {
    let Source::Job(run) = flow.source else {
        return None;
    };
    let run = workspace.runs.get(run)?;
    let pipeline = workspace.facts.pipelines.get(run.pipeline)?;
    let job = pipeline.jobs.get(run.job)?;
    of_job(pipeline, job)
}

fn of_job(pipeline: &Pipeline, job: &Job) -> Option<Vec<String>> {
    if pipeline.kind != PipelineKind::GithubWorkflow || pipeline.triggers.is_empty() {
        return None;
    }
    if let Some(environment) = &job.environment {
        let name = environment.value.as_literal()?;
        return Some(vec![format!("repo:{REPOSITORY}:environment:{name}")]);
    }
    let mut found = Vec::new();
    let mut add = |rest: &str| {
        let pattern = format!("repo:{REPOSITORY}:{rest}");
        if !found.contains(&pattern) {
            found.push(pattern);
        }
    };
    for event in &pipeline.triggers {
        match event.value.as_str() {
            // Its callers decide.
            "workflow_call" => return None,
            "pull_request" => add("pull_request"),
            "pull_request_target" => {
                add("pull_request");
                add("ref:refs/heads/*");
            }
            "push" => pushes(pipeline.push_refs.as_ref(), &mut add),
            "release" => add("ref:refs/tags/*"),
            "create"
            | "delete"
            | "workflow_dispatch"
            | "repository_dispatch"
            | "workflow_run"
            | "deployment"
            | "registry_package" => {
                add("ref:refs/heads/*");
                add("ref:refs/tags/*");
            }
            "merge_group" => add("ref:refs/heads/*"),
            "schedule" => add("ref:refs/heads/*"),
            _ => {
                add("ref:refs/heads/*");
                add("ref:refs/tags/*");
                add("pull_request");
            }
        }
    }
    Some(found)
}

fn pushes(filters: Option<&PushRefs>, add: &mut impl FnMut(&str)) {
    let kinds = [
        ("heads", filters.map(|filters| &filters.branches)),
        ("tags", filters.map(|filters| &filters.tags)),
    ];
    for (kind, filter) in kinds {
        match filter {
            None | Some(None) => add(&format!("ref:refs/{kind}/*")),
            Some(Some(patterns)) => {
                for pattern in patterns.iter().filter(|one| !one.starts_with('!')) {
                    add(&format!("ref:refs/{kind}/{}", widened(pattern)));
                }
            }
        }
    }
}

/// A pattern of GitHub as one of ours: `**` and `*` are any text, and so is whatever else it may hold
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>).
fn widened(pattern: &str) -> String {
    if pattern.contains(['?', '+', '[', ']', '\\']) {
        return "*".to_string();
    }
    pattern.replace("**", "*")
}

/// Subjects to put to the engine: for each subject that a job can present, one that fits each value the policy names, and
/// one that fits none in particular.
#[must_use]
pub fn subjects(patterns: &[String], trust: &Policy) -> Vec<String> {
    let named: Vec<&str> = trust
        .document
        .statements
        .iter()
        .flat_map(|statement: &Statement| &statement.conditions)
        .filter(|condition| condition.key.value.eq_ignore_ascii_case(SUBJECT))
        .flat_map(|condition| &condition.values)
        .filter_map(|value| value.value.as_literal())
        .collect();
    let mut found = Vec::new();
    for pattern in patterns {
        for value in &named {
            if let Some(subject) = common(pattern, value)
                && !found.contains(&subject)
                && found.len() < MOST_SUBJECTS
            {
                found.push(subject);
            }
        }
    }
    if found.is_empty() {
        found.extend(patterns.iter().map(|pattern| plain(pattern)));
    }
    found
}

/// A subject as people read it: `repo:<owner>/<repository>:ref:refs/heads/main`.
#[must_use]
pub fn shown(pattern: &str) -> String {
    pattern.replace(REPOSITORY, "<owner>/<repository>")
}

/// Some text that fits a pattern.
fn plain(pattern: &str) -> String {
    pattern
        .replace(REPOSITORY, "owner/repository")
        .replace('*', "x")
}

/// The shortest text that fits both patterns: of the first, [`REPOSITORY`] and `*` are wild; of the second, `*` and `?`.
fn common(ours: &str, theirs: &str) -> Option<String> {
    let (ours, theirs): (Vec<char>, Vec<char>) = (ours.chars().collect(), theirs.chars().collect());
    let width = theirs.len() + 1;
    // For each pair of positions: the pair before it, and the character in between.
    let mut before: Vec<Option<(usize, Option<char>)>> = vec![None; (ours.len() + 1) * width];
    let mut queue = VecDeque::from([0usize]);
    while let Some(at) = queue.pop_front() {
        let (i, j) = (at / width, at % width);
        if i == ours.len() && j == theirs.len() {
            return Some(spelt(&before, at));
        }
        let (one, other) = (ours.get(i).copied(), theirs.get(j).copied());
        let is_wild = |c: Option<char>| matches!(c, Some('*' | REPOSITORY));
        let fits = |c: char| one != Some(REPOSITORY) || c != ':';
        let mut go = |i: usize, j: usize, emitted: Option<char>| {
            let to = i * width + j;
            if to != 0 && before.get(to).is_some_and(Option::is_none) {
                if let Some(slot) = before.get_mut(to) {
                    *slot = Some((at, emitted));
                }
                queue.push_back(to);
            }
        };
        if is_wild(one) {
            go(i + 1, j, None);
            match other {
                Some('*') => {}
                Some('?') => go(i, j + 1, Some('x')),
                Some(c) if fits(c) => go(i, j + 1, Some(c)),
                _ => {}
            }
        }
        if other == Some('*') {
            go(i, j + 1, None);
            if let Some(c) = one.filter(|_| !is_wild(one)) {
                go(i + 1, j, Some(c));
            }
        }
        match (one, other) {
            (Some(c), Some('?')) if !is_wild(one) => go(i + 1, j + 1, Some(c)),
            (Some(c), Some(d)) if c == d && !is_wild(one) && d != '*' => {
                go(i + 1, j + 1, Some(c));
            }
            _ => {}
        }
    }
    None
}

fn spelt(before: &[Option<(usize, Option<char>)>], end: usize) -> String {
    let mut letters = Vec::new();
    let mut at = end;
    while let Some(Some((from, letter))) = before.get(at) {
        letters.extend(*letter);
        at = *from;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_that_fit_both_are_found() {
        let ours = |rest: &str| format!("repo:{REPOSITORY}:{rest}");
        for (rest, theirs, expected) in [
            (
                "ref:refs/heads/main",
                "repo:acme/shop:*",
                Some("repo:acme/shop:ref:refs/heads/main"),
            ),
            (
                "ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/main",
                Some("repo:acme/shop:ref:refs/heads/main"),
            ),
            (
                "ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/release",
                None,
            ),
            (
                "ref:refs/heads/main",
                "repo:acme/shop:environment:prod",
                None,
            ),
            (
                "ref:refs/heads/*",
                "repo:acme/shop:ref:refs/heads/release/1",
                Some("repo:acme/shop:ref:refs/heads/release/1"),
            ),
            (
                "pull_request",
                "repo:acme/*",
                Some("repo:acme/:pull_request"),
            ),
            ("pull_request", "repo:acme/shop", None),
            (
                "environment:prod",
                "*:environment:prod",
                Some("repo::environment:prod"),
            ),
            (
                "environment:prod",
                "repo:acme/sho?:environment:prod",
                Some("repo:acme/shox:environment:prod"),
            ),
            (
                "ref:refs/heads/main",
                "repo:acme@1/shop@2:ref:refs/heads/main",
                Some("repo:acme@1/shop@2:ref:refs/heads/main"),
            ),
        ] {
            assert_eq!(
                common(&ours(rest), theirs).as_deref(),
                expected,
                "{rest} {theirs}"
            );
        }
    }
}
