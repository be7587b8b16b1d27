//! `run:` steps: the shell text as commands, and what it leaves behind for the steps that follow.
//!
//! Files `$GITHUB_ENV` and `$GITHUB_OUTPUT`:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files>.

use super::expressions::{self, Lookup};
use super::{JobState, StepFrame, act};
use crate::model::pipeline::{Act, ActKind, Credentials, CredentialsBy, PasswordSource, Unseen};
use crate::model::template::{Piece, Template};
use crate::recognize::commands::{self, Surroundings};
use crate::recognize::shell::{self, Command, Input, Output, Script, Word};
use crate::source::Spanned;
use crate::tree::Node;
use std::sync::Arc;

impl JobState {
    /// What a `run:` does.
    pub(super) fn run(&mut self, run: &Node<'_>, step: &StepFrame<'_, '_>) -> Vec<Act> {
        let Some(text) = run.as_str() else {
            return Vec::new();
        };
        let shell = step.node.get("shell").and_then(Node::as_str);
        let shell = shell.or(self.default_shell.as_deref());
        if !speaks_bash(shell, self.is_windows) {
            return foreign(text, run, step);
        }
        let scope = &self.scope;
        let environment = |name: &str| scope.variable(name);
        let mut script = shell::parse(text, &environment);
        resolve_expressions(&mut script, scope);
        let place = |range: std::ops::Range<usize>| run.loc_of(range);
        let around = Surroundings {
            place: &place,
            environment: &environment,
            known: &|| scope.known(),
            working_directory: self.directory_of(step.node),
            passwords: &self.passwords,
        };
        let mut acts = commands::acts(&script, &around, &mut self.images);
        self.has_cli_v1 |= commands::installs_cli_v1(&script);
        for act in &mut acts {
            if let ActKind::LegacyLogin(login) = &mut act.kind {
                login.for_cli_v1 |= self.has_cli_v1;
            }
            // What a called script finds was gathered before the expressions in it were looked at.
            let calls = matches!(&act.kind, ActKind::OutOfSight(unseen)
                if unseen.script.is_some() || unseen.compose.is_some());
            if calls || matches!(act.kind, ActKind::Build(_)) {
                *act = act.map(&|text| resolve_template(text, &self.scope));
            }
        }
        let left: Vec<(Left, bool)> = script
            .commands
            .iter()
            .flat_map(|command| {
                let is_guarded = script.is_guarded(command);
                left_behind(command, &script)
                    .into_iter()
                    .map(move |left| (left, is_guarded))
            })
            .collect();
        let passwords: Vec<(String, PasswordSource)> = left
            .iter()
            .filter_map(|(left, _)| left.value.as_ref())
            .flat_map(Template::holes)
            .filter(|hole| is_of_script(&hole.text))
            .map(|hole| {
                (
                    hole.name.clone(),
                    commands::password_of(&script, &around, &hole.name),
                )
            })
            .filter(|(_, source)| matches!(source, PasswordSource::EcrToken { .. }))
            .collect();
        for (name, source) in passwords {
            self.passwords.insert(self.foreign_name(&name), source);
        }
        for (left, is_guarded) in left {
            self.leave(left, is_guarded, run, step, &mut acts);
        }
        acts
    }

    /// The directory that the commands of a step start in, if it names one.
    fn directory_of(&self, step: &Node<'_>) -> Option<Template> {
        match step.get("working-directory") {
            Some(own) => self.scope.template(own).map(|own| own.value),
            None => self.default_directory.clone(),
        }
    }

    /// Notes what a command left for later steps.
    fn leave(
        &mut self,
        left: Left,
        is_guarded: bool,
        run: &Node<'_>,
        step: &StepFrame<'_, '_>,
        acts: &mut Vec<Act>,
    ) {
        let value = left.value.map(|value| self.exported(&value));
        let is_certain = !is_guarded && !step.is_conditional;
        match (left.file, left.name) {
            (LeftIn::Env, Some(name)) => {
                let loc = run.loc_of(left.span);
                let shown = || {
                    let value = value.clone().unwrap_or_else(|| {
                        Template::hole(format!("env.{name}"), format!("${name}"))
                    });
                    Spanned::new(value, loc)
                };
                if commands::is_credential_variable(&name) {
                    note_credential(acts, &name, shown(), is_guarded);
                } else if matches!(name.as_str(), "AWS_REGION" | "AWS_DEFAULT_REGION") {
                    acts.push(Act {
                        loc,
                        is_guarded,
                        kind: ActKind::Region(shown()),
                    });
                } else if commands::is_docker_login_variable(&name) {
                    let what = Spanned::new(name.clone(), loc);
                    acts.push(act(loc, ActKind::OutOfSight(Unseen::new(what))));
                }
                self.scope.write(&name, value, is_certain);
            }
            (LeftIn::Output, Some(name)) => {
                if let Some(id) = &step.id {
                    self.scope.output(id, &name, value, is_certain);
                }
            }
            (LeftIn::Env, None) => {
                let loc = run.loc_of(left.span);
                self.scope.open();
                let text = "$GITHUB_ENV".to_string();
                acts.push(act(
                    loc,
                    ActKind::OutOfSight(Unseen::new(Spanned::new(text, loc))),
                ));
            }
            (LeftIn::Output, None) => {}
        }
    }

    /// A value that leaves its script: variables of the script get a name that no other script uses.
    fn exported(&self, value: &Template) -> Template {
        let mut result = Template::default();
        for piece in value.pieces() {
            match piece {
                Piece::Literal(text) => result.push_literal(text),
                Piece::Hole(hole) if is_of_script(&hole.text) => {
                    result.push_hole(self.foreign_name(&hole.name), hole.text.clone());
                }
                Piece::Hole(hole) => result.push_hole(hole.name.clone(), hole.text.clone()),
            }
        }
        result
    }

    fn foreign_name(&self, name: &str) -> String {
        format!("step {}: {name}", self.count)
    }
}

/// Whether a hole was made by the script itself rather than by an expression of the workflow.
fn is_of_script(text: &str) -> bool {
    !text.starts_with("${{")
}

/// Whether the text of a step is for bash or sh.
fn speaks_bash(shell: Option<&str>, is_windows: bool) -> bool {
    let Some(shell) = shell else {
        return !is_windows;
    };
    let program = shell.split_whitespace().next().unwrap_or("");
    let program = program.rsplit('/').next().unwrap_or(program);
    matches!(program, "bash" | "sh" | "dash" | "zsh" | "ksh" | "busybox") || shell.contains("${{")
}

/// Text in a language we do not read: out of sight if it names what could matter.
fn foreign(text: &str, run: &Node<'_>, step: &StepFrame<'_, '_>) -> Vec<Act> {
    let lower = text.to_ascii_lowercase();
    let matters = ["aws", "docker", "ecr", "podman", "boto3", "github_env"]
        .iter()
        .any(|word| lower.contains(word));
    if !matters {
        return Vec::new();
    }
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("");
    let loc = step
        .node
        .entry("run")
        .map_or(run.place(), |entry| entry.key.loc);
    vec![act(
        loc,
        ActKind::OutOfSight(Unseen::new(Spanned::new(first.trim().to_string(), loc))),
    )]
}

/// Replaces the holes that stand for expressions by what the expressions are worth.
fn resolve_expressions(script: &mut Script, lookup: &dyn Lookup) {
    for command in &mut script.commands {
        for word in &mut command.words {
            resolve_word(word, lookup);
        }
        for assignment in &mut command.assignments {
            resolve_word(&mut assignment.value, lookup);
        }
        match &mut command.stdin {
            Input::HereString(word) | Input::HereDocument(word) | Input::File(word) => {
                resolve_word(Arc::make_mut(word), lookup);
            }
            Input::Inherited | Input::Pipe(_) => {}
        }
        if let Output::File(word) = &mut command.stdout {
            resolve_word(Arc::make_mut(word), lookup);
        }
    }
}

fn resolve_word(word: &mut Word, lookup: &dyn Lookup) {
    if word.value.holes().any(|hole| hole.text.starts_with("${{")) {
        word.value = resolve_template(&word.value, lookup);
    }
}

fn resolve_template(template: &Template, lookup: &dyn Lookup) -> Template {
    let mut result = Template::default();
    for piece in template.pieces() {
        match piece {
            Piece::Literal(text) => result.push_literal(text),
            Piece::Hole(hole) if hole.text.starts_with("${{") => {
                result.push(&expressions::resolve(&hole.text, lookup));
            }
            Piece::Hole(hole) => result.push_hole(hole.name.clone(), hole.text.clone()),
        }
    }
    result
}

/// The files through which a step speaks to later ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LeftIn {
    Env,
    Output,
}

/// Something written to one of them.
struct Left {
    file: LeftIn,
    /// The variable or output; `None` where it cannot be told what was written.
    name: Option<String>,
    value: Option<Template>,
    span: std::ops::Range<usize>,
}

/// What a command writes to the files of the runner.
fn left_behind(command: &Command, script: &Script) -> Vec<Left> {
    let target = match &command.stdout {
        Output::File(word) => file_of(&word.value),
        _ if command
            .words
            .first()
            .and_then(|word| word.value.as_literal())
            == Some("tee") =>
        {
            command
                .words
                .iter()
                .skip(1)
                .find_map(|word| file_of(&word.value))
        }
        _ => None,
    };
    let Some(file) = target else {
        return Vec::new();
    };
    let left = |name: Option<String>, value: Option<Template>| Left {
        file,
        name,
        value,
        span: command.span.clone(),
    };
    let printed = commands::printed(command).or_else(|| match &command.stdin {
        Input::Pipe(commands) => match commands.as_ref() {
            [one] => script.commands.get(*one).and_then(commands::printed),
            _ => None,
        },
        Input::HereDocument(word) | Input::HereString(word) => Some(word.value.clone()),
        _ => None,
    });
    let Some(text) = printed else {
        return vec![left(None, None)];
    };
    let mut result = Vec::new();
    let mut ends_with: Option<String> = None;
    for line in commands::split(&text, '\n') {
        let shown = line.to_string();
        if let Some(end) = &ends_with {
            if shown.trim() == end {
                ends_with = None;
            }
            continue;
        }
        if shown.trim().is_empty() {
            continue;
        }
        match line.split_once('=') {
            Some((name, value)) if name.as_literal().is_some_and(is_name) => {
                result.push(left(name.as_literal().map(str::to_string), Some(value)));
            }
            _ => match shown.split_once("<<") {
                Some((name, end)) if is_name(name) => {
                    ends_with = Some(end.trim().to_string());
                    result.push(left(Some(name.to_string()), None));
                }
                _ => result.push(left(None, None)),
            },
        }
    }
    result
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn file_of(path: &Template) -> Option<LeftIn> {
    let mut holes = path.holes();
    let (hole, None) = (holes.next()?, holes.next()) else {
        return None;
    };
    match hole.name.as_str() {
        "GITHUB_ENV" | "env.GITHUB_ENV" | "github.env" => Some(LeftIn::Env),
        "GITHUB_OUTPUT" | "env.GITHUB_OUTPUT" | "github.output" => Some(LeftIn::Output),
        _ => None,
    }
}

/// Adds a key that was written for later steps to the credentials that the script put in place just before.
fn note_credential(acts: &mut Vec<Act>, name: &str, value: Spanned<Template>, is_guarded: bool) {
    let loc = value.loc;
    if let Some(Act {
        loc: first,
        is_guarded: was_guarded,
        kind: ActKind::Credentials(last),
    }) = acts.last_mut()
        && last.by == CredentialsBy::Environment
        && *was_guarded == is_guarded
    {
        *first = first.cover(loc);
        commands::set_credential(last, name, value);
        return;
    }
    let mut fresh = Credentials {
        by: CredentialsBy::Environment,
        ..Credentials::default()
    };
    commands::set_credential(&mut fresh, name, value);
    acts.push(Act {
        loc,
        is_guarded,
        kind: ActKind::Credentials(fresh),
    });
}
