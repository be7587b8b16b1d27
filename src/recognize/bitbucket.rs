//! Bitbucket Pipelines: each step is a container of its own, with no login when it starts.
//!
//! <https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/>
//!
//! Variables of the repository, which may be credentials, stand in no file.

mod pipes;

use super::session::{Frame, ScriptText, Session, expand};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::pipeline::{
    Act, Job, JobToken, Pipeline, PipelineKind, Runner, StartingCredentials, Step,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node};
use std::collections::BTreeSet;

/// Kinds of pipelines that a file may have.
const PIPELINES: &[&str] = &[
    "default",
    "branches",
    "pull-requests",
    "custom",
    "tags",
    "bookmarks",
];

/// Whether the document is a file of Bitbucket Pipelines.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    subject
        .document
        .root
        .get("pipelines")
        .is_some_and(|pipelines| PIPELINES.iter().any(|kind| pipelines.has(kind)))
}

/// What its steps do.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_at_root = name == "bitbucket-pipelines.yml";
    let mut steps = Steps {
        found: Vec::new(),
        seen: BTreeSet::new(),
    };
    if let Some(pipelines) = root.get("pipelines") {
        for kind in pipelines.entries() {
            if kind.key.value == "default" {
                steps.of_list(&kind.value, 0);
            } else {
                for pattern in kind.value.entries() {
                    steps.of_list(&pattern.value, 0);
                }
            }
        }
    }
    let session = Session::new(PipelineKind::Bitbucket, path);
    let jobs = steps
        .found
        .into_iter()
        .map(|(entry, stage)| job(entry, stage, root, session.clone()))
        .collect();
    let pipeline = Pipeline {
        docker: None,
        loc: root.loc,
        kind: PipelineKind::Bitbucket,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env: Vec::new(),
        inputs: Vec::new(),
        jobs,
        repository_root: is_at_root.then(|| directory.to_string()),
        path: if is_at_root { name } else { path }.to_string(),
    };
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// The steps of all pipelines. One definition that several pipelines use is one step.
struct Steps<'n, 's> {
    found: Vec<(&'n Entry<'s>, Option<&'n Node<'s>>)>,
    seen: BTreeSet<Loc>,
}

impl<'n, 's> Steps<'n, 's> {
    fn of_list(&mut self, list: &'n Node<'s>, depth: usize) {
        self.of_items(list.items(), None, depth);
    }

    fn of_items(&mut self, items: &'n [Node<'s>], stage: Option<&'n Node<'s>>, depth: usize) {
        // `stage` in `parallel` in a pipeline is as deep as it gets.
        if depth > 4 {
            return;
        }
        for item in items {
            for entry in item.entries() {
                match entry.key.value.as_ref() {
                    "step" if self.seen.insert(entry.value.loc) => self.found.push((entry, stage)),
                    "parallel" => {
                        let inner = entry.value.get("steps").unwrap_or(&entry.value);
                        self.of_items(inner.items(), stage, depth + 1);
                    }
                    "stage" => {
                        if let Some(inner) = entry.value.get("steps") {
                            self.of_items(inner.items(), Some(&entry.value), depth + 1);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn job(entry: &Entry<'_>, stage: Option<&Node<'_>>, root: &Node<'_>, mut session: Session) -> Job {
    let node = &entry.value;
    let of = |key: &str| node.get(key).filter(|value| !value.is_null());
    let main = steps(node.get("script"), "script", node, &mut session);
    let after = steps(node.get("after-script"), "after-script", node, &mut session);
    let name = of("name").and_then(Node::spanned);
    let id = name.unwrap_or_else(|| Spanned::new("step".to_string(), entry.key.loc));
    let is_conditional = [Some(node), stage].into_iter().flatten().any(|node| {
        node.has("condition") || node.get("trigger").and_then(Node::as_str) == Some("manual")
    });
    let id_tokens = of("oidc")
        .filter(|on| on.as_bool() == Some(true))
        .map(|on| JobToken {
            loc: on.place(),
            variable: None,
            // https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
            audiences: Vec::new(),
        });
    Job {
        id,
        // The step may be an alias to a definition elsewhere; what it does stands there.
        loc: node.loc,
        is_conditional,
        permissions: None,
        env: Vec::new(),
        runner: runner(of("runs-on").or_else(|| root.get("options")?.get("runs-on"))),
        credentials: StartingCredentials::Unknown,
        environment: None,
        id_tokens: id_tokens.into_iter().collect(),
        calls: None,
        images: images(node, root, &session),
        steps: vec![main, after],
    }
}

/// Labels name a runner of the user's own, unless they are those of Atlassian's cloud.
fn runner(labels: Option<&Node<'_>>) -> Runner {
    match labels {
        None => Runner::Hosted,
        Some(labels)
            if labels
                .one_or_many()
                .iter()
                .all(|label| label.as_str() == Some("atlassian.cloud")) =>
        {
            Runner::Hosted
        }
        Some(_) => Runner::SelfHosted,
    }
}

/// A list of commands and pipes. The commands run in one shell; a pipe is a container beside it.
fn steps<'n, 's>(
    list: Option<&'n Node<'s>>,
    name: &str,
    step: &Node<'_>,
    session: &mut Session,
) -> Step {
    let mut acts: Vec<Act> = Vec::new();
    let mut written_secrets = Vec::new();
    let mut text = ScriptText::new();
    let mut called = Vec::new();
    let items = list.map_or(&[][..], Node::one_or_many);
    for item in items {
        if item.has("pipe") {
            called.push(item);
        } else {
            text.push(item);
        }
    }
    if !text.is_empty() {
        let done = session.run(&text, &Frame::default());
        acts = done.acts;
        written_secrets = done.written_secrets;
    }
    // In the order in which they stand, as far as aliases leave one.
    for pipe in called {
        let of_pipe = pipes::acts(pipe, session);
        let at = acts
            .iter()
            .position(|act| act.loc.span.start > pipe.loc.span.start)
            .unwrap_or(acts.len());
        acts.splice(at..at, of_pipe);
    }
    let loc = list.map_or(step.loc, |list| list.loc);
    Step {
        loc,
        name: Some(Spanned::new(name.to_string(), loc)),
        id: None,
        is_conditional: false,
        env: Vec::new(),
        uses: None,
        with: Vec::new(),
        acts,
        written_secrets,
    }
}

/// The image of the step, else that of the file, and those of its services. One with credentials of its own is left out:
/// <https://support.atlassian.com/bitbucket-cloud/docs/docker-image-options/>.
fn images(step: &Node<'_>, root: &Node<'_>, session: &Session) -> Vec<Spanned<Template>> {
    let services = root
        .get("definitions")
        .and_then(|definitions| definitions.get("services"));
    let of_services = step
        .get("services")
        .map_or(&[][..], |names| names.items())
        .iter()
        .filter_map(|name| services?.get(name.as_str()?)?.get("image"));
    step.get("image")
        .or_else(|| root.get("image"))
        .into_iter()
        .chain(of_services)
        .filter(|image| {
            !["aws", "username", "password"]
                .iter()
                .any(|key| image.has(key))
        })
        .filter_map(|image| image.get("name").or(Some(image)))
        .filter_map(|image| {
            let value = expand(image.as_str()?, &|name| session.variable_or_hole(name));
            Some(Spanned::new(value, image.place()))
        })
        .filter(|image| !image.value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
