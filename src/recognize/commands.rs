//! What shell commands do on the image path: `aws`, `docker` and its twins, and the tools that may do either out of
//! sight.
//!
//! It knows nothing of workflows: any dialect that holds shell text hands its [`Script`] in and gets [`Act`]s back. A
//! command whose arguments cannot be told apart is left alone rather than guessed at.

mod arguments;
mod aws;
mod builds;
mod calls;
mod containers;
mod credentials;
mod leaving;
mod login;
mod transfer;
mod unseen;
mod written;

pub use arguments::without_prefix;
pub use aws::installs_cli_v1;
pub use builds::DEFAULT_PLATFORM;
pub use containers::{asks_docker, pushed_name, split};
pub use credentials::{is_credential_variable, is_docker_login_variable, set_credential};
pub use leaving::{Left, left_in, printed};
pub use login::source_of_reference;

use super::shell::{Command, Script, Word};
pub use crate::model::pipeline::LocalImages;
use crate::model::pipeline::{
    Act, ActKind, ComposeCall, Credentials, PasswordSource, ScriptCall, Unseen,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is around a script.
pub struct Surroundings<'a> {
    /// The place behind a range of the script's bytes.
    pub place: &'a dyn Fn(Range<usize>) -> Loc,
    /// A variable before the script starts; `None` where it is not known.
    pub environment: &'a dyn Fn(&str) -> Option<Template>,
    /// Every variable that `environment` knows, for scripts that the script calls.
    pub known: &'a dyn Fn() -> BTreeMap<String, Template>,
    /// The directory that its commands start in, if somebody names one.
    pub working_directory: Option<Template>,
    /// Passwords that earlier scripts left behind, by the name of the hole that stands for them.
    pub passwords: &'a BTreeMap<String, PasswordSource>,
}

/// What the commands of `script` do, in order. `images` is read and extended.
pub fn acts(script: &Script, around: &Surroundings<'_>, images: &mut LocalImages) -> Vec<Act> {
    let mut reader = Reader {
        script,
        around,
        images,
        acts: Vec::new(),
        assumed_role: None,
        directories: Vec::new(),
        calls: 0,
        builds: 0,
        index: 0,
        configurations: Vec::new(),
    };
    for (index, command) in script.commands.iter().enumerate() {
        reader.read(index, command);
    }
    reader.acts
}

/// Where the password that a hole stands for comes from, for a hole that a script made.
pub fn password_of(script: &Script, around: &Surroundings<'_>, hole_name: &str) -> PasswordSource {
    let mut images = LocalImages::default();
    let reader = Reader {
        script,
        around,
        images: &mut images,
        acts: Vec::new(),
        assumed_role: None,
        directories: Vec::new(),
        calls: 0,
        builds: 0,
        index: 0,
        configurations: Vec::new(),
    };
    reader.source_of_hole(hole_name, "", 0)
}

/// Reads the commands of one script.
struct Reader<'a> {
    script: &'a Script,
    around: &'a Surroundings<'a>,
    images: &'a mut LocalImages,
    acts: Vec<Act>,
    /// The role of the last `aws sts assume-role`.
    assumed_role: Option<Spanned<Template>>,
    /// Where `cd` went.
    directories: Vec<Template>,
    /// How many scripts it called so far.
    calls: usize,
    /// How many builds it made so far.
    builds: usize,
    /// The index of the command at hand.
    index: usize,
    /// The folders of docker's configuration that commands named (`--config`).
    configurations: Vec<Template>,
}

impl Reader<'_> {
    fn read(&mut self, index: usize, command: &Command) {
        self.index = index;
        self.note_credentials(index, command);
        self.note_files(command);
        self.note_directory(command);
        self.note_changed_files(command);
        self.note_written_scripts(command);
        let Some(program) = command.words.first() else {
            return;
        };
        let Some(name) = program.value.as_literal() else {
            self.unknown_program(index, command);
            return;
        };
        match program_name(name) {
            "aws" => self.aws(index, command),
            "docker" | "podman" | "nerdctl" | "finch" | "buildah" | "docker-compose" => {
                self.containers(command);
            }
            "skopeo" | "crane" | "gcrane" | "regctl" | "helm" | "oras" | "executor" | "kaniko" => {
                self.transfer(command);
            }
            _ => self.unseen(index, command),
        }
    }

    /// The place of a range of the script.
    fn at(&self, span: &Range<usize>) -> Loc {
        (self.around.place)(span.clone())
    }

    fn spanned(&self, value: &Template, span: &Range<usize>) -> Spanned<Template> {
        Spanned::new(value.clone(), self.at(span))
    }

    fn act(&mut self, command: &Command, kind: ActKind) {
        self.acts.push(Act {
            loc: self.at(&command.span),
            is_guarded: self.script.is_guarded(command),
            kind,
        });
    }

    /// Something that is not in sight, named by the command up to its first line end.
    fn out_of_sight(&mut self, command: &Command) {
        self.hidden(command, None);
    }

    /// The same, with the script that it calls, if that is what it does.
    fn hidden(&mut self, command: &Command, script: Option<ScriptCall>) {
        self.put_out_of_sight(command, script, None);
    }

    fn put_out_of_sight(
        &mut self,
        command: &Command,
        script: Option<ScriptCall>,
        compose: Option<ComposeCall>,
    ) {
        // What it builds is there for the commands after it.
        self.images.open();
        let text = command
            .words
            .iter()
            .map(|word| word.value.to_string())
            .collect::<Vec<_>>()
            .join(" ");
        let loc = self.at(&command.span);
        let unseen = Unseen {
            what: Spanned::new(text, loc),
            script: script.map(Box::new),
            compose: compose.map(Box::new),
        };
        self.act(command, ActKind::OutOfSight(unseen));
    }

    /// Adds to the credentials that the commands just before put in place, or starts new ones.
    fn credentials(
        &mut self,
        command: &Command,
        change: impl FnOnce(&mut Credentials),
        fresh: Credentials,
    ) {
        let loc = self.at(&command.span);
        let is_guarded = self.script.is_guarded(command);
        if let Some(Act {
            loc: first,
            kind: ActKind::Credentials(last),
            is_guarded: was_guarded,
        }) = self.acts.last_mut()
            && last.by == fresh.by
            && *was_guarded == is_guarded
        {
            change(last);
            *first = first.cover(loc);
            return;
        }
        let mut fresh = fresh;
        change(&mut fresh);
        self.act(command, ActKind::Credentials(fresh));
    }

    /// What a variable holds where the command with this index runs: its own assignments, the script's, the step's.
    fn variable(&self, name: &str, index: usize, command: &Command) -> Option<Template> {
        if let Some(own) = command
            .assignments
            .iter()
            .rev()
            .find(|one| one.name == name)
        {
            return Some(own.value.value.clone());
        }
        match self.script.variable(name, index) {
            Some(variable) => Some(variable.value),
            None => (self.around.environment)(name),
        }
    }
}

/// The name of the program that a command runs, without its folder and empty where it is not known, and the words behind
/// it.
fn program(command: &Command) -> Option<(&str, &[Word])> {
    let (program, words) = command.words.split_first()?;
    let name = program.value.as_literal().map(program_name).unwrap_or("");
    Some((name, words))
}

/// The last part of a path.
fn program_name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}
