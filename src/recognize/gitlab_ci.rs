//! GitLab CI: jobs with what they inherit, as what they do to registries.
//!
//! <https://docs.gitlab.com/ci/yaml/>
//!
//! Each file is read alone: what `include` brings in is not in sight. Which machine a job gets and which variables its
//! project holds (credentials, `DOCKER_AUTH_CONFIG`) stands in no file, so nothing is claimed of either.

mod inheritance;
mod variables;

use super::session::{Frame, ScriptText, Session, expand};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::pipeline::{
    Act, ActKind, Job, JobToken, Pipeline, PipelineKind, Runner, StartingCredentials, Step, Unseen,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node};
use inheritance::{Layers, Referenced, referenced};
use std::collections::BTreeSet;

/// Keys of the top level that are no jobs.
const NO_JOBS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// Keys that show that a map with a `script` is a job of GitLab's.
const OF_JOBS: &[&str] = &[
    "after_script",
    "allow_failure",
    "artifacts",
    "before_script",
    "dependencies",
    "environment",
    "except",
    "extends",
    "id_tokens",
    "needs",
    "only",
    "rules",
    "services",
    "stage",
    "tags",
    "when",
];

/// The marks of inputs of a component: `$[[ inputs.image ]]`.
const MARKS: (&str, &str) = ("$[[", "]]");

/// Most lists and references inside of each other that a script is made of; GitLab's own limit is 10:
/// <https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags>.
const MAX_NESTING: usize = 16;

/// Most stretches that one script is put together of.
const MAX_LINES: usize = 5_000;

/// Whether the document is a pipeline of GitLab's: by its name, or by a job that could be no other system's.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    let name = subject.path.rsplit('/').next().unwrap_or(subject.path);
    let is_named_so = name.contains("gitlab-ci") || subject.path.contains(".gitlab/");
    if [
        "jobs",
        "pipelines",
        "steps",
        "on",
        "phases",
        "apiVersion",
        "language",
    ]
    .iter()
    .any(|key| root.has(key))
    {
        return false;
    }
    let has_stages = root.get("stages").is_some_and(Node::is_list);
    let is_job = |job: &Node<'_>| {
        job.get("script").is_some_and(is_script)
            && (has_stages || is_named_so || OF_JOBS.iter().any(|key| job.has(key)))
    };
    let has_job = root
        .entries()
        .iter()
        .any(|entry| is_job(&entry.value) && !NO_JOBS.contains(&entry.key.value.as_ref()));
    let has_lines = ["before_script", "after_script"]
        .iter()
        .filter_map(|key| root.get(key).or_else(|| root.get("default")?.get(key)))
        .any(is_script);
    has_job || (is_named_so && has_lines)
}

/// Whether a value may be the commands of a job.
fn is_script(node: &Node<'_>) -> bool {
    node.is_list() || node.as_text().is_some()
}

/// What a pipeline does.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let (repository_root, own_path) = match path.strip_suffix(".gitlab-ci.yml") {
        Some(directory) if name == ".gitlab-ci.yml" => (
            Some(directory.trim_end_matches('/').to_string()),
            ".gitlab-ci.yml".to_string(),
        ),
        _ => (None, path.to_string()),
    };
    let mut session = Session::new(PipelineKind::GitlabCi, path);
    let env = variables::read(&[root], &mut session);
    let file = File {
        root,
        is_whole: repository_root.is_some() && !root.has("include"),
        session,
    };
    let templates = Templates::of(root);
    let jobs = root
        .entries()
        .iter()
        .filter(|entry| !NO_JOBS.contains(&entry.key.value.as_ref()) && entry.value.is_map())
        .filter(|entry| templates.is_run(&entry.key.value))
        .filter_map(|entry| file.job(entry))
        .collect();
    let pipeline = Pipeline {
        docker: None,
        loc: root.loc,
        kind: PipelineKind::GitlabCi,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env,
        inputs: Vec::new(),
        jobs,
        repository_root,
        path: own_path,
    };
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// The hidden jobs of a file, which are there to be used by others.
struct Templates<'n> {
    /// Whether a job that is not hidden uses the file's own.
    are_used_here: bool,
    /// Those that another one extends.
    extended: BTreeSet<&'n str>,
}

impl<'n> Templates<'n> {
    fn of(root: &'n Node<'_>) -> Self {
        let are_used_here = root
            .entries()
            .iter()
            .any(|entry| !entry.key.value.starts_with('.') && entry.value.has("script"));
        let extended = root
            .entries()
            .iter()
            .filter_map(|entry| entry.value.get("extends"))
            .flat_map(Node::one_or_many)
            .filter_map(Node::as_str)
            .collect();
        Templates {
            are_used_here,
            extended,
        }
    }

    /// Whether a job is read by itself. A hidden one is read where it is used; in a file of nothing else, those that
    /// nothing in it uses are read as they stand.
    fn is_run(&self, name: &str) -> bool {
        !name.starts_with('.') || (!self.are_used_here && !self.extended.contains(name))
    }
}

/// The file a job stands in.
struct File<'n, 's> {
    root: &'n Node<'s>,
    /// Whether no other file can say what holds for all its jobs.
    is_whole: bool,
    /// The shell of a job before its first command.
    session: Session,
}

impl<'n, 's> File<'n, 's> {
    fn job(&self, entry: &'n Entry<'s>) -> Option<Job> {
        let layers = Layers::of(entry, self.root);
        let script = layers.get("script")?;
        let mut session = self.session.clone();
        let bases: Vec<&Node<'_>> = layers.nodes().rev().collect();
        let env = variables::read(&bases, &mut session);
        let mut steps = Vec::new();
        let before = layers.get("before_script");
        let inherited = before.or_else(|| self.default_of("before_script"));
        // What is not in sight may log in, or set whatever the job uses.
        let unseen = match layers.missing() {
            Some(base) if before.is_none() => Some(base),
            _ if inherited.is_none() && !self.is_whole => self
                .root
                .entry("include")
                .map(|include| Spanned::new("include".to_string(), include.key.loc)),
            _ => None,
        };
        let mut lines = Lines::new(self.root);
        if let Some(before) = inherited {
            lines.push(before, 0);
        }
        lines.push(script, 0);
        let mut main = self.step("script", entry, lines, &mut session);
        let mut acts: Vec<Act> = unseen.map(out_of_sight).into_iter().collect();
        acts.append(&mut main.acts);
        main.acts = acts;
        steps.push(main);
        if let Some(after) = layers
            .get("after_script")
            .or_else(|| self.default_of("after_script"))
        {
            let mut lines = Lines::new(self.root);
            lines.push(after, 0);
            steps.push(self.step("after_script", entry, lines, &mut session));
        }
        let images = self.images(&layers, &session);
        Some(Job {
            id: Spanned::new(entry.key.value.to_string(), entry.key.loc),
            loc: entry.key.loc.cover(entry.value.loc),
            is_conditional: layers.get("rules").is_some() || layers.get("when").is_some(),
            permissions: None,
            env,
            runner: Runner::Unknown,
            credentials: StartingCredentials::Unknown,
            environment: None,
            id_tokens: layers
                .get("id_tokens")
                .or_else(|| self.default_of("id_tokens"))
                .map_or_else(Vec::new, |tokens| id_tokens(tokens, &session)),
            calls: None,
            images,
            steps,
        })
    }

    /// What holds for every job that does not say otherwise: a key under `default`, or the older form of it.
    fn default_of(&self, key: &str) -> Option<&'n Node<'s>> {
        self.root
            .get("default")
            .and_then(|default| default.get(key))
            .or_else(|| self.root.get(key))
    }

    fn step(
        &self,
        name: &str,
        entry: &Entry<'_>,
        lines: Lines<'n, 's>,
        session: &mut Session,
    ) -> Step {
        let frame = Frame {
            marks: Some(MARKS),
            ..Frame::default()
        };
        let mut done = session.run(&lines.text, &frame);
        let mut acts: Vec<Act> = lines.unresolved.into_iter().map(out_of_sight).collect();
        acts.append(&mut done.acts);
        Step {
            loc: entry.value.loc,
            name: Some(Spanned::new(name.to_string(), entry.key.loc)),
            id: None,
            is_conditional: false,
            env: Vec::new(),
            uses: None,
            with: Vec::new(),
            acts,
            written_secrets: done.written_secrets,
        }
    }

    /// The images of the job and of its services. GitLab's runner pulls them with credentials of its own.
    fn images(&self, layers: &Layers<'n, 's>, session: &Session) -> Vec<Spanned<Template>> {
        let of = |key: &str| layers.get(key).or_else(|| self.default_of(key));
        let services = of("services").map_or(&[][..], Node::one_or_many);
        of("image")
            .into_iter()
            .chain(services)
            .filter_map(|image| image.get("name").or(Some(image)))
            .filter_map(|image| {
                let text = image.as_str()?;
                let value = expand(text, &|name| session.variable_or_hole(name));
                Some(Spanned::new(value, image.place()))
            })
            .filter(|image| !image.value.is_empty())
            .collect()
    }
}

/// The commands of a script, gathered.
struct Lines<'n, 's> {
    root: &'n Node<'s>,
    text: ScriptText<'n, 's>,
    count: usize,
    /// References that lead nowhere in this file.
    unresolved: Vec<Spanned<String>>,
}

impl<'n, 's> Lines<'n, 's> {
    fn new(root: &'n Node<'s>) -> Self {
        Lines {
            root,
            text: ScriptText::new(),
            count: 0,
            unresolved: Vec::new(),
        }
    }

    /// Adds commands: a text, or lists and references however deep.
    fn push(&mut self, node: &'n Node<'s>, depth: usize) {
        self.count += 1;
        if depth > MAX_NESTING || self.count > MAX_LINES {
            return;
        }
        match referenced(node, self.root) {
            Referenced::Nothing if node.is_list() => {
                for item in node.items() {
                    self.push(item, depth + 1);
                }
            }
            Referenced::Nothing => self.text.push_marked(node, MARKS, &|_| None),
            Referenced::Found(target) => self.push(target, depth + 1),
            Referenced::Missing(what) => self.unresolved.push(what),
        }
    }
}

fn out_of_sight(what: Spanned<String>) -> Act {
    let loc: Loc = what.loc;
    Act {
        loc,
        is_guarded: false,
        kind: ActKind::OutOfSight(Unseen::new(what)),
    }
}

/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
fn id_tokens(tokens: &Node<'_>, session: &Session) -> Vec<JobToken> {
    tokens
        .entries()
        .iter()
        .map(|token| JobToken {
            loc: token.key.loc.cover(token.value.loc),
            variable: Some(Spanned::new(token.key.value.to_string(), token.key.loc)),
            audiences: token
                .value
                .get("aud")
                .map_or(&[][..], Node::one_or_many)
                .iter()
                .filter_map(|audience| {
                    let text = audience.as_str()?;
                    let value = expand(text, &|name| session.variable_or_hole(name));
                    Some(Spanned::new(value, audience.place()))
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
