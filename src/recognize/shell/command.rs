//! Simple commands: words, assignments, redirections, and what builtins do to variables.

use super::scope::{Parameters, Reach, Value};
use super::script::{Assignment, Command, Input, Output, Place, Word};
use super::survey::{is_local, is_name};
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use super::wrappers::{assignment_of, strip};
use crate::model::template::Template;
use std::sync::Arc;

/// Files that are sourced to set up a tool; they touch no variable that matters here.
const HARMLESS: &[&str] = &[
    "/bin/activate",
    "/nvm.sh",
    "/.cargo/env",
    "/cargo/env",
    "/venv/bin/activate",
];

impl Walk<'_> {
    /// A program with its arguments. `more`: arguments that the grammar hung on a redirection.
    pub(super) fn command(&mut self, node: usize, more: &[usize], context: &Context) {
        let syntax = self.syntax;
        let mut assignments = Vec::new();
        let mut arguments = Vec::new();
        let mut redirects = Vec::new();
        let mut blocks = Vec::new();
        for child in syntax.children(node) {
            match (syntax.kind(child), syntax.node(child).field) {
                ("variable_assignment", _) => assignments.push(child),
                (_, Some("redirect")) => redirects.push(child),
                (_, Some("name" | "argument")) => arguments.push(child),
                ("subshell", _) => blocks.push(child),
                _ => {}
            }
        }
        arguments.extend(more);
        for redirect in &redirects {
            let targets = syntax
                .children(*redirect)
                .filter(|target| syntax.node(*target).field == Some("destination"));
            arguments.extend(targets.skip(1));
        }
        let context = self.redirected(&redirects, context);
        let mut assignments: Vec<Assignment> = assignments
            .into_iter()
            .map(|assignment| Assignment {
                is_exported: true,
                ..self.assignment(assignment, &context)
            })
            .collect();
        let mut words = self.words(&arguments, &context);
        let wrappers = strip(&mut words, &mut assignments);
        let mut span = self.prepared.original(syntax.range(node));
        for word in &words {
            span.end = span.end.max(word.span.end);
        }
        let at = self.push(
            Command {
                span,
                words,
                wrappers,
                assignments,
                ..Command::default()
            },
            &context,
        );
        for block in blocks {
            self.statements(block, &context);
        }
        self.after(at, self.syntax.node(node).start, &context);
    }

    /// `NAME=value` alone.
    pub(super) fn assignments(&mut self, node: usize, context: &Context) {
        let syntax = self.syntax;
        let nodes: Vec<usize> = if syntax.kind(node) == "variable_assignment" {
            vec![node]
        } else {
            syntax
                .children(node)
                .filter(|child| syntax.kind(*child) == "variable_assignment")
                .collect()
        };
        let mut assignments = Vec::new();
        for node in nodes {
            let first = self.script.commands.len();
            let mut assignment = self.assignment(node, context);
            assignment.is_exported = self.scope.passes_on(&assignment.name);
            self.assign(&assignment, self.is_element(node));
            self.note_version(&assignment.name, node, first);
            assignments.push(assignment);
        }
        let command = Command {
            span: self.prepared.original(syntax.range(node)),
            assignments,
            ..Command::default()
        };
        // It writes nothing.
        let writers = self.writers.len();
        self.push(command, context);
        self.writers.truncate(writers);
    }

    /// `export`, `declare`, `local`, `readonly`, `typeset`.
    pub(super) fn declaration(&mut self, node: usize, more: &[usize], context: &Context) {
        let syntax = self.syntax;
        let start = syntax.node(node).start;
        let mut children = syntax.children(node);
        let keyword = children.next().unwrap_or(node);
        let program = Word {
            span: self.prepared.original(syntax.range(keyword)),
            value: Template::literal(self.text(keyword)),
            ..Word::default()
        };
        let mut is_exported = self.text(keyword) == "export";
        let is_hiding = is_local(self.prepared, syntax, node) && self.scope.is_in_function();
        let mut refers = false;
        let mut words = vec![program];
        let mut assignments = Vec::new();
        for child in children.chain(more.iter().copied()).collect::<Vec<_>>() {
            match syntax.kind(child) {
                "variable_assignment" => {
                    let first = self.script.commands.len();
                    let mut assignment = self.assignment(child, context);
                    if is_hiding {
                        self.scope.hide(&assignment.name);
                    }
                    assignment.is_exported = is_exported || self.scope.passes_on(&assignment.name);
                    self.assign(&assignment, refers || self.is_element(child));
                    self.note_version(&assignment.name, child, first);
                    assignments.push(assignment);
                }
                "variable_name" => {
                    let name = self.text(child).to_string();
                    if is_hiding {
                        self.scope.hide(&name);
                        self.scope.set(&name, Value::Unset, false);
                    } else if is_exported {
                        self.scope.export(&name);
                    }
                    let mut word = self.word(child, context);
                    word.value = Template::literal(name);
                    words.push(word);
                }
                "export" | "declare" | "local" | "readonly" | "typeset" | "comment" => {}
                _ => {
                    let found = self.words(&[child], context);
                    for word in found {
                        match word.value.as_literal() {
                            Some(option) if option.starts_with(['-', '+']) => {
                                is_exported |= option.starts_with('-') && option.contains('x');
                                refers |=
                                    option.contains(['n', 'a', 'A', 'i', 'l', 'u', 'f', 'F', 'p']);
                                words.push(word);
                            }
                            _ => match assignment_of(&word) {
                                Some(mut assignment) => {
                                    if is_hiding {
                                        self.scope.hide(&assignment.name);
                                    }
                                    assignment.is_exported =
                                        is_exported || self.scope.passes_on(&assignment.name);
                                    self.assign(&assignment, refers);
                                    assignments.push(assignment);
                                }
                                None => {
                                    // Which names, only the run knows.
                                    if !word.value.is_known() {
                                        self.scope.fog(Reach::Everything, start);
                                    }
                                    words.push(word);
                                }
                            },
                        }
                    }
                }
            }
        }
        let command = Command {
            span: self.prepared.original(syntax.range(node)),
            words,
            assignments,
            ..Command::default()
        };
        let writers = self.writers.len();
        self.push(command, context);
        self.writers.truncate(writers);
    }

    /// `unset NAME`.
    pub(super) fn unset(&mut self, node: usize, context: &Context) {
        let syntax = self.syntax;
        let children: Vec<usize> = syntax.children(node).collect();
        let mut words = Vec::new();
        for child in children {
            let mut word = self.word(child, context);
            if matches!(syntax.kind(child), "variable_name" | "unset" | "unsetenv") {
                word.value = Template::literal(self.text(child));
            }
            if let Some(name) = word
                .value
                .as_literal()
                .filter(|name| is_name(name) && !words.is_empty())
            {
                self.scope.set(name, Value::Unset, false);
            }
            words.push(word);
        }
        let command = Command {
            span: self.prepared.original(syntax.range(node)),
            words,
            ..Command::default()
        };
        self.push(command, context);
    }

    /// The input and output that these redirections leave.
    pub(super) fn redirected(&mut self, redirects: &[usize], context: &Context) -> Context {
        let syntax = self.syntax;
        let mut changed = context.clone();
        for redirect in redirects {
            let children: Vec<usize> = syntax.children(*redirect).collect();
            let descriptor = syntax
                .field(*redirect, "descriptor")
                .map(|node| self.text(node).to_string());
            let target = syntax.field(*redirect, "destination");
            match syntax.kind(*redirect) {
                "herestring_redirect" => {
                    if let Some(text) = children.last() {
                        let word = self.word(*text, context);
                        changed.stdin = Input::HereString(Arc::new(word));
                    }
                }
                "heredoc_redirect" => {
                    let drops_tabs = children.iter().any(|child| syntax.kind(*child) == "<<-");
                    let start = syntax.child(*redirect, "heredoc_start");
                    let is_raw =
                        start.is_some_and(|start| self.text(start).contains(['\'', '"', '\\']));
                    let mut fields = Fields::new(false);
                    let mut span = syntax.range(*redirect);
                    span.start = span.end;
                    if let Some(body) = syntax.child(*redirect, "heredoc_body") {
                        span = syntax.range(body);
                        let quoting = Quoting::Document { drops_tabs, is_raw };
                        if is_raw {
                            self.prepared.put(span.clone(), quoting, &mut fields);
                        } else {
                            self.expand_in(body, span.clone(), quoting, &mut fields, context);
                        }
                    }
                    if descriptor.as_deref().is_none_or(|number| number == "0") {
                        let word = fields.into_word(self.prepared.original(span));
                        changed.stdin = Input::HereDocument(Arc::new(word));
                    }
                }
                _ => {
                    let Some(target) = target else { continue };
                    let operator = children
                        .iter()
                        .map(|child| syntax.kind(*child))
                        .find(|kind| kind.contains(['<', '>']))
                        .unwrap_or_default();
                    if operator.starts_with('<') {
                        let is_stdin = descriptor.as_deref().is_none_or(|number| number == "0");
                        let word = self.word(target, context);
                        if is_stdin && operator == "<" {
                            let fed = word
                                .substitutions
                                .first()
                                .filter(|_| syntax.kind(target) == "process_substitution")
                                .and_then(|at| self.script.substitutions.get(*at));
                            changed.stdin = match fed {
                                Some(one) => Input::Pipe(one.outputs.as_slice().into()),
                                None => Input::File(Arc::new(word)),
                            };
                        }
                    } else {
                        let is_stdout = descriptor.as_deref().is_none_or(|number| number == "1");
                        let word = self.word(target, context);
                        if is_stdout {
                            let is_number = word.value.as_literal().is_some_and(|text| {
                                text.bytes()
                                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
                            });
                            changed.stdout = if operator == ">&" && is_number {
                                Output::Stream
                            } else {
                                Output::File(Arc::new(word))
                            };
                        }
                    }
                }
            }
        }
        changed
    }

    /// Adds a command, and tells its substitutions where they stand.
    fn push(&mut self, command: Command, context: &Context) -> usize {
        let at = self.script.commands.len();
        for (word, place) in command.words.iter().enumerate() {
            for one in &place.substitutions {
                if let Some(one) = self.script.substitutions.get_mut(*one) {
                    one.place = Place::Word { command: at, word };
                }
            }
        }
        for assignment in &command.assignments {
            for one in &assignment.value.substitutions {
                if let Some(one) = self.script.substitutions.get_mut(*one) {
                    one.place = Place::Assignment {
                        command: at,
                        name: assignment.name.clone(),
                    };
                }
            }
        }
        self.append_command(command, context)
    }

    fn append_command(&mut self, command: Command, context: &Context) -> usize {
        let at = self.script.commands.len();
        self.script.commands.push(Command {
            stdin: context.stdin.clone(),
            stdout: context.stdout.clone(),
            guard: context.guard,
            within: context.within,
            is_background: context.is_background,
            ..command
        });
        if matches!(context.stdout, Output::Inherited | Output::Pipe) {
            self.writers.push(at);
        }
        self.scope.now = self.script.commands.len();
        at
    }

    /// Reads `NAME=value` without setting anything.
    fn assignment(&mut self, node: usize, context: &Context) -> Assignment {
        let syntax = self.syntax;
        let name = syntax.field(node, "name").unwrap_or(node);
        let name = syntax.field(name, "name").unwrap_or(name);
        let name = self.text(name).to_string();
        let range = syntax.range(node);
        let value_node = syntax.field(node, "value");
        let mut value = match value_node {
            Some(value) => self.word(value, context),
            None => Word {
                span: self.prepared.original(range.end..range.end),
                ..Word::default()
            },
        };
        if syntax.child(node, "+=").is_some()
            && value_node.is_some_and(|value| syntax.kind(value) != "array")
        {
            let mut whole = match self.scope.lookup(&name) {
                Value::Text(before) => Template::clone(&before),
                Value::Unset => Template::default(),
                Value::Unknown => Template::hole(name.clone(), format!("${name}")),
            };
            whole.push(&value.value);
            value.value = whole;
        }
        Assignment {
            name,
            span: self.prepared.original(range),
            value,
            is_exported: false,
        }
    }

    /// Whether an assignment sets an element of an array.
    fn is_element(&self, node: usize) -> bool {
        self.syntax
            .field(node, "name")
            .is_some_and(|name| self.syntax.kind(name) == "subscript")
    }

    /// Sets what an assignment assigns. `is_partly`: the value is not all there is to it.
    fn assign(&mut self, assignment: &Assignment, is_partly: bool) {
        if is_partly {
            self.scope.forget(&assignment.name, assignment.span.start);
        } else {
            let value = Value::Text(Arc::new(assignment.value.value.clone()));
            self.scope
                .set(&assignment.name, value, assignment.is_exported);
        }
    }

    fn note_version(&mut self, name: &str, node: usize, first: usize) {
        let commands = first..self.script.commands.len();
        if self.mentions_cli_version(self.syntax.subtree(node))
            || self.commands_ask_version(commands)
        {
            self.version_variables.insert(name.to_string());
        }
    }

    /// What a command does beyond running: calls a function of the script, sets variables.
    fn after(&mut self, at: usize, place: usize, context: &Context) {
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
            "eval" => {
                if !self.evaluates_login(at) {
                    self.scope.fog(Reach::Everything, place);
                }
            }
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
