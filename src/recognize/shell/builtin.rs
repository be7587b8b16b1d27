//! What a command does to the script beyond running: builtins that set variables, functions that it calls.

use super::scope::{Parameters, Reach};
use super::script::Command;
use super::survey::is_name;
use super::walk::{Context, Walk};
use crate::model::template::Template;

/// Files that are sourced to set up a tool; they touch no variable that matters here.
const HARMLESS: &[&str] = &[
    "/bin/activate",
    "/nvm.sh",
    "/.cargo/env",
    "/cargo/env",
    "/venv/bin/activate",
];

impl Walk<'_> {
    /// What a command does beyond running: calls a function of the script, sets variables.
    pub(super) fn after(&mut self, at: usize, place: usize, context: &Context) {
        let Some(command) = self.script.commands.get(at) else {
            return;
        };
        let Some(program) = command
            .words
            .first()
            .and_then(|word| word.value.as_literal())
        else {
            return;
        };
        let program = program.to_string();
        if self.functions.contains_key(&program) {
            return self.after_call(at, &program, context);
        }
        let literals: Vec<String> = command
            .words
            .iter()
            .skip(1)
            .filter_map(|word| word.value.as_literal().map(str::to_string))
            .collect();
        match program.as_str() {
            "read" | "mapfile" | "readarray" | "getopts" => {
                for name in literals.iter().filter(|name| is_name(name)) {
                    self.scope.forget(name, place);
                }
                if program == "read" {
                    self.scope.forget("REPLY", place);
                }
            }
            "printf" => {
                if let [option, name, ..] = literals.as_slice()
                    && option == "-v"
                    && is_name(name)
                {
                    self.scope.forget(name, place);
                }
            }
            "let" => {
                for word in &literals {
                    let name = word
                        .split(['=', '+', '-', '*', '/'])
                        .next()
                        .unwrap_or_default();
                    if is_name(name) {
                        self.scope.forget(name, place);
                    }
                }
            }
            "source" | "." => {
                let is_harmless = literals
                    .first()
                    .is_some_and(|file| HARMLESS.iter().any(|end| file.ends_with(end)));
                if !is_harmless {
                    self.scope.fog(Reach::Everything, place);
                }
            }
            "eval" if !self.evaluates_login(at) => self.scope.fog(Reach::Everything, place),
            "set" => {
                match literals.first().map(String::as_str) {
                    Some("-a") => self.scope.exports_all = true,
                    Some("+a") => self.scope.exports_all = false,
                    Some("-o") if literals.get(1).is_some_and(|option| option == "allexport") => {
                        self.scope.exports_all = true;
                    }
                    Some(option) if option != "--" && option.starts_with(['-', '+']) => {}
                    Some(_) => self.scope.parameters = Parameters::Unknown(place),
                    // `set` alone prints; `set $LIST` sets.
                    None if self
                        .script
                        .commands
                        .get(at)
                        .is_some_and(|set| set.words.len() > 1) =>
                    {
                        self.scope.parameters = Parameters::Unknown(place);
                    }
                    None => {}
                }
            }
            "shift" => self.scope.parameters = Parameters::Unknown(place),
            _ => {}
        }
    }

    fn after_call(&mut self, at: usize, name: &str, context: &Context) {
        let Some(command) = self.script.commands.get(at) else {
            return;
        };
        let command = command.clone();
        // The body writes, not the call.
        if self.writers.last() == Some(&at) {
            self.writers.pop();
        }
        let arguments = command.words.iter().skip(1);
        let are_known = arguments.clone().all(|word| !word.may_split);
        let values: Vec<Template> = arguments.map(|word| word.value.clone()).collect();
        self.call(name, at, are_known.then_some(values), context);
        // `retry docker push …`: the function runs its arguments.
        let outline = self.survey.functions.get(name);
        if let Some(dropped) = outline.and_then(|outline| outline.runs_arguments_after)
            && outline.is_some_and(|outline| outline.mentions != 1 || outline.shifts)
            && command.words.len() > dropped + 1
        {
            let mut wrappers = command.words.clone();
            let words = wrappers.split_off(dropped + 1);
            let passed_on = Command {
                words,
                wrappers,
                assignments: Vec::new(),
                ..command
            };
            // The substitutions stay with the call, which runs them.
            self.append_command(passed_on, context);
        }
    }

    /// `eval $(aws ecr get-login)`: what it runs is `docker login`, which sets nothing.
    fn evaluates_login(&self, at: usize) -> bool {
        let Some(command) = self.script.commands.get(at) else {
            return false;
        };
        let mut substitutions = command
            .words
            .iter()
            .flat_map(|word| &word.substitutions)
            .peekable();
        substitutions.peek().is_some()
            && substitutions.all(|one| {
                self.script.substitutions.get(*one).is_some_and(|one| {
                    let commands = self
                        .script
                        .commands
                        .get(one.commands.clone())
                        .unwrap_or_default();
                    commands.iter().any(|command| {
                        command
                            .words
                            .iter()
                            .any(|word| word.value.as_literal() == Some("get-login"))
                    })
                })
            })
    }
}
