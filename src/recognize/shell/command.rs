//! Simple commands: words, assignments, declarations.

use super::scope::{Reach, Value};
use super::script::{Assignment, Command, Output, Place, Word};
use super::survey::{is_local, is_name};
use super::walk::{Context, Walk};
use super::wrappers::{assignment_of, strip};
use crate::model::template::Template;
use std::sync::Arc;

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
        let rest_of_value = self.rest_of_value(assignments.last(), &arguments);
        arguments.drain(..rest_of_value.len());
        if arguments.is_empty() && !rest_of_value.is_empty() {
            return self.assignments_of(node, &assignments, &rest_of_value, &context);
        }
        let last = assignments.len();
        let mut assignments: Vec<Assignment> = assignments
            .into_iter()
            .enumerate()
            .map(|(at, assignment)| {
                let rest = if at + 1 == last {
                    rest_of_value.as_slice()
                } else {
                    &[]
                };
                Assignment {
                    is_exported: true,
                    ..self.assignment(assignment, rest, &context)
                }
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

    /// The nodes that the grammar takes for a program although they go on with the value before them: of
    /// `NAME=$A-$B-$C` it sees `NAME=$A-$` and `B-$C`.
    fn rest_of_value(&self, assignment: Option<&usize>, arguments: &[usize]) -> Vec<usize> {
        let Some(assignment) = assignment else {
            return Vec::new();
        };
        let mut end = self.syntax.node(*assignment).end;
        arguments
            .iter()
            .copied()
            .take_while(|next| {
                let next = self.syntax.node(*next);
                let touches = next.start == end;
                end = next.end;
                touches
            })
            .map(|node| match self.syntax.kind(node) {
                "command_name" => self.syntax.children(node).next().unwrap_or(node),
                _ => node,
            })
            .collect()
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
        self.assignments_of(node, &nodes, &[], context);
    }

    /// Sets variables. `rest` goes on with the value of the last one.
    fn assignments_of(&mut self, whole: usize, nodes: &[usize], rest: &[usize], context: &Context) {
        let syntax = self.syntax;
        let mut assignments = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let node = *node;
            let rest = if at + 1 == nodes.len() { rest } else { &[] };
            let first = self.script.commands.len();
            let mut assignment = self.assignment(node, rest, context);
            assignment.is_exported = self.scope.passes_on(&assignment.name);
            self.assign(&assignment, self.is_element(node));
            self.note_version(&assignment.name, node, first);
            assignments.push(assignment);
        }
        let command = Command {
            span: self.prepared.original(syntax.range(whole)),
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
                    let mut assignment = self.assignment(child, &[], context);
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

    pub(super) fn append_command(&mut self, command: Command, context: &Context) -> usize {
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

    /// Reads `NAME=value` without setting anything. `rest`: nodes that go on with the value.
    fn assignment(&mut self, node: usize, rest: &[usize], context: &Context) -> Assignment {
        let syntax = self.syntax;
        let name = syntax.field(node, "name").unwrap_or(node);
        let name = syntax.field(name, "name").unwrap_or(name);
        let name = self.text(name).to_string();
        let mut range = syntax.range(node);
        if let Some(last) = rest.last() {
            range.end = syntax.node(*last).end;
        }
        let value_node = syntax.field(node, "value");
        let mut value = match value_node {
            Some(value) if !rest.is_empty() => {
                let nodes: Vec<usize> = [&[value], rest].concat();
                self.joined(&nodes, context)
            }
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
}
