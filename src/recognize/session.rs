//! The shell of a job: its scripts one after the other, and what one leaves for the next.
//!
//! Every CI system but GitHub's (which has expressions and files of its own, see
//! [`github_actions`](super::github_actions)) hands its commands to this. A value that is not known is named after the
//! file it belongs to: `.gitlab-ci.yml: IMAGE` is one value wherever that file uses it, and none of another file's.

mod dollar;
mod text;

pub(super) use dollar::expand;
pub(super) use text::ScriptText;

use super::commands::{self, Left, LocalImages, Surroundings};
use super::shell;
use crate::model::access_key;
use crate::model::pipeline::{
    Act, ActKind, CALLER_ACCOUNT, OWN_DIRECTORY, PasswordSource, PipelineKind, ROOT_DIRECTORY,
    Unseen,
};
use crate::model::template::{Hole, Template};
use crate::source::{Loc, Spanned};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is said of a script besides its text.
#[derive(Clone, Default)]
pub(super) struct Frame<'a> {
    /// The shell that reads it, if somebody names one.
    pub(super) shell: Option<&'a str>,
    /// The directory it starts in, if somebody names one.
    pub(super) working_directory: Option<Template>,
    /// The marks of values that another program puts in place before the shell sees the text, where there are such.
    pub(super) marks: Option<(&'a str, &'a str)>,
    /// Variables of this script alone.
    pub(super) own: BTreeMap<String, Option<Template>>,
}

/// The shell of one job.
#[derive(Clone)]
pub(super) struct Session {
    kind: PipelineKind,
    /// The path of the file, which names what is not known in it.
    path: String,
    /// Variables that the next script finds; `None` where the file says that there is one but not what it holds.
    variables: BTreeMap<String, Option<Template>>,
    images: LocalImages,
    passwords: BTreeMap<String, PasswordSource>,
    /// Whether a script has installed AWS CLI version 1.
    has_cli_v1: bool,
    /// Where a script first asks the docker daemon for something.
    docker: Option<Loc>,
    /// Scripts read so far.
    scripts: usize,
    /// The variable that names the file which every script reads before it starts.
    start_file: Option<&'static str>,
    /// How many bytes of scripts may still be read for this file, all its jobs together.
    budget: Rc<Cell<usize>>,
}

/// Most bytes of scripts that are read for one file: what jobs inherit is read for each of them, so a few lines can stand
/// for very many.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// What a script does.
#[derive(Default)]
pub(super) struct Done {
    /// Its acts, in order.
    pub(super) acts: Vec<Act>,
    /// Where it writes a secret access key out.
    pub(super) written_secrets: Vec<Loc>,
}

impl Session {
    /// A shell in which nothing is known.
    pub(super) fn new(kind: PipelineKind, path: &str) -> Self {
        Session {
            kind,
            path: path.to_string(),
            variables: BTreeMap::new(),
            images: LocalImages::default(),
            passwords: BTreeMap::new(),
            has_cli_v1: false,
            docker: None,
            scripts: 0,
            start_file: None,
            budget: Rc::new(Cell::new(MAX_TEXT)),
        }
    }

    /// Says that every script first runs the file that this variable names: what a script writes there, those after it
    /// find (`$BASH_ENV` of CircleCI, <https://circleci.com/docs/env-vars/>).
    pub(super) fn leaves_variables_in(&mut self, variable: &'static str) {
        self.start_file = Some(variable);
    }

    /// Sets a variable for the scripts that follow.
    pub(super) fn set(&mut self, name: &str, value: Option<Template>) {
        self.variables.insert(name.to_string(), value);
    }

    /// What a variable holds, as far as the file tells.
    pub(super) fn variable(&self, name: &str) -> Option<Template> {
        self.variables.get(name).cloned().flatten()
    }

    /// What a variable holds; a hole that stands for it where that is not known.
    pub(super) fn variable_or_hole(&self, name: &str) -> Template {
        self.variable(name).unwrap_or_else(|| {
            Template::hole(
                self.kind.variable_hole(&self.path, name),
                format!("${name}"),
            )
        })
    }

    /// Where a script first asked the docker daemon for something.
    pub(super) fn docker(&self) -> Option<Loc> {
        self.docker
    }

    /// From here on any image may be on the machine.
    pub(super) fn open_images(&mut self) {
        self.images.open();
    }

    /// Reads a script.
    pub(super) fn run(&mut self, script: &ScriptText<'_, '_>, frame: &Frame<'_>) -> Done {
        self.scripts += 1;
        let text = script.text();
        let written_secrets = access_key::written_secrets(text)
            .into_iter()
            .map(|range| script.place(range))
            .collect();
        let left = self.budget.get().checked_sub(text.len());
        self.budget.set(left.unwrap_or(0));
        let acts = if left.is_some() && frame.shell.is_none_or(speaks_bash) {
            self.acts(script, frame)
        } else {
            foreign(script)
        };
        Done {
            acts,
            written_secrets,
        }
    }

    fn acts(&mut self, text: &ScriptText<'_, '_>, frame: &Frame<'_>) -> Vec<Act> {
        let find = |name: &str| match frame.own.get(name) {
            Some(own) => own.clone(),
            None => self.variable(name),
        };
        let script = shell::parse(text.text(), &find);
        let place = |range: std::ops::Range<usize>| text.place(range);
        let known = || {
            let all = self.variables.iter().chain(&frame.own);
            all.filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect()
        };
        let around = Surroundings {
            place: &place,
            environment: &find,
            known: &known,
            working_directory: frame.working_directory.clone(),
            passwords: &self.passwords,
        };
        let mut images = self.images.clone();
        let acts = commands::acts(&script, &around, &mut images);
        self.images = images;
        self.has_cli_v1 |= commands::installs_cli_v1(&script);
        let left = self
            .start_file
            .map_or_else(Vec::new, |file| commands::left_in(&script, file));
        for left in left {
            match left {
                Left::Variable(name, value) => {
                    let value =
                        value.map(|value| value.filled(&|hole| self.named(hole, frame.marks)));
                    self.set(&name, value);
                }
                Left::Anything => self.variables.values_mut().for_each(|value| *value = None),
            }
        }
        if self.docker.is_none() {
            self.docker = commands::asks_docker(&script).map(place);
        }
        acts.into_iter()
            .map(|mut act| {
                if let ActKind::LegacyLogin(login) = &mut act.kind {
                    login.for_cli_v1 |= self.has_cli_v1;
                }
                act.map(&|template| {
                    template.filled(&|hole| match text.unknown(&hole.text) {
                        Some(known) => Some(Template::hole(known.name.clone(), known.text.clone())),
                        None => {
                            let named = self.named(hole, frame.marks);
                            match script.value_of(&hole.name) {
                                Some(printed) if prints_account(text.text(), printed) => {
                                    named.map(|named| of_caller(&named))
                                }
                                _ => named,
                            }
                        }
                    })
                })
            })
            .collect()
    }

    /// A hole under a name that no other file uses; `None` if it has one already.
    fn named(&self, hole: &Hole, marks: Option<(&str, &str)>) -> Option<Template> {
        let is_directory = matches!(hole.name.as_str(), OWN_DIRECTORY | ROOT_DIRECTORY);
        if is_directory || hole.name.starts_with(&self.path) {
            return None;
        }
        // A value that another program puts in place is shown as it was written.
        if let (Some((open, close)), Some(inner)) = (marks, expression(&hole.text)) {
            return Some(Template::hole(
                format!("{}: {inner}", self.path),
                format!("{open} {inner} {close}"),
            ));
        }
        let name = if is_of_environment(&hole.name) {
            self.kind.variable_hole(&self.path, &hole.name)
        } else {
            format!("{}#{}: {}", self.path, self.scripts, hole.name)
        };
        Some(Template::hole(name, hole.text.clone()))
    }
}

/// Whether a substitution prints the account of the credentials in place: what AWS STS says of the caller, or the fifth field
/// of the ARN of a build of CodeBuild.
fn prints_account(script: &str, printed: &shell::Substitution) -> bool {
    let command = script.get(printed.span.clone()).unwrap_or("");
    let has = |words: &[&str]| words.iter().all(|word| command.contains(word));
    let asks_sts = has(&["get-caller-identity", "Account"]) && !command.contains("--profile");
    let cuts_arn = has(&["CODEBUILD_BUILD_ARN", "cut"])
        && (command.contains("-f5") || command.contains("-f 5"));
    asks_sts || cuts_arn
}

fn of_caller(hole: &Template) -> Template {
    let mut named = Template::default();
    for one in hole.holes() {
        named.push_hole(format!("{}{CALLER_ACCOUNT}", one.name), one.text.clone());
    }
    named
}

/// What stands inside of `${{ … }}`.
fn expression(text: &str) -> Option<&str> {
    Some(text.strip_prefix("${{")?.strip_suffix("}}")?.trim())
}

/// Whether a hole of a script stands for a variable or parameter as the script found it, perhaps with a default
/// (`TAG:-latest`).
fn is_of_environment(hole: &str) -> bool {
    let name = hole.split_once(":-").map_or(hole, |(name, _)| name);
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a shell reads the language of bash or sh.
fn speaks_bash(shell: &str) -> bool {
    let mut words = shell.split_whitespace();
    let program = words.next().unwrap_or("");
    let name = program.rsplit('/').next().unwrap_or(program);
    // `/usr/bin/env bash`
    let name = if name == "env" {
        words.next().unwrap_or("")
    } else {
        name
    };
    matches!(
        name,
        "bash" | "sh" | "dash" | "zsh" | "ksh" | "busybox" | "ash"
    )
}

/// Text in a language we do not read, or more of it than we read: out of sight if it names what could matter.
fn foreign(script: &ScriptText<'_, '_>) -> Vec<Act> {
    let text = script.text();
    let lower = text.to_ascii_lowercase();
    let matters = ["aws", "docker", "ecr", "podman", "boto3"]
        .iter()
        .any(|word| lower.contains(word));
    let first = text.lines().find(|line| !line.trim().is_empty());
    let Some(first) = first.filter(|_| matters) else {
        return Vec::new();
    };
    let start = text.len() - text.trim_start().len();
    let loc = script.place(start..start + first.trim().len());
    let what = Spanned::new(first.trim().to_string(), loc);
    vec![Act {
        loc,
        is_guarded: false,
        kind: ActKind::OutOfSight(Unseen::new(what)),
    }]
}
