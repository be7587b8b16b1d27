//! Walks the syntax tree of a script in order of execution.

use super::cli_version::CliTest;
use super::executed;
use super::prepare::Prepared;
use super::scope::{Left, Reach, Scope, Value};
use super::script::{Environment, Guard, GuardKind, Input, Output, Script};
use super::survey::{Effect, Survey};
use super::syntax::Syntax;
use crate::model::template::Template;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Deepest nesting of substitutions, blocks and calls that is followed.
const MAX_DEPTH: usize = 64;

/// How many bytes of variables' values may be copied into words.
const MAX_COPIED: usize = 4 * 1024 * 1024;

/// What holds for the commands of a part of the script.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub guard: Option<usize>,
    pub within: Option<usize>,
    pub stdin: Input,
    pub stdout: Output,
    pub is_background: bool,
}

/// A function that was defined.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its definition.
    node: usize,
    /// Its guard, once its body was read.
    pub guard: Option<usize>,
    /// The commands that write its output.
    pub writers: Vec<usize>,
}

/// The walk.
pub(super) struct Walk<'a> {
    pub prepared: &'a Prepared,
    pub syntax: &'a Syntax,
    pub survey: &'a Survey,
    pub scope: Scope<'a>,
    pub script: Script,
    /// Commands whose output nothing has taken yet.
    pub writers: Vec<usize>,
    pub functions: BTreeMap<String, Function>,
    /// Functions that were defined again before anything called them.
    forgotten: Vec<(String, Function)>,
    depth: usize,
    /// What is left of [`MAX_COPIED`].
    pub budget: usize,
    /// `IFS` is set: words are not split where they usually are.
    pub splits_unusually: bool,
    /// Variables that hold the version of the AWS CLI.
    pub version_variables: BTreeSet<String>,
}

/// How a pipeline of a chain depends on what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    First,
    And,
    Or,
}

/// One command of a pipeline, with what the grammar puts elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub node: usize,
    pub redirects: Vec<usize>,
    /// Arguments that follow a redirection.
    pub arguments: Vec<usize>,
}

type Pipeline = (Link, Vec<Stage>);

/// Reads a script.
pub(super) fn read(prepared: &Prepared, syntax: &Syntax, environment: Environment<'_>) -> Script {
    let survey = Survey::new(prepared, syntax);
    let scope = Scope::new(
        environment,
        survey.sites.clone(),
        survey.assigned_by_functions.clone(),
    );
    let splits_unusually = scope.is_assigned("IFS");
    let mut walk = Walk {
        prepared,
        syntax,
        survey: &survey,
        scope,
        script: Script {
            is_broken: syntax.has_errors || prepared.is_odd,
            ..Script::default()
        },
        writers: Vec::new(),
        functions: BTreeMap::new(),
        forgotten: Vec::new(),
        depth: 0,
        budget: MAX_COPIED,
        splits_unusually,
        version_variables: BTreeSet::new(),
    };
    walk.statements(0, &Context::default());
    walk.uncalled();
    let mut script = walk.script;
    script.history = walk.scope.into_history();
    executed::mark(&mut script);
    script
}

impl Walk<'_> {
    /// The text of a node, for the grammar.
    pub fn text(&self, node: usize) -> &str {
        self.prepared.slice(self.syntax.range(node))
    }

    /// Goes one level down; `false` if that is too deep. Pair with [`Walk::leave`].
    pub fn enter(&mut self) -> bool {
        self.depth += 1;
        let is_fine = self.depth <= MAX_DEPTH;
        self.script.is_broken |= !is_fine;
        is_fine
    }

    /// Comes back up.
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Everything directly inside a node that runs.
    pub fn statements(&mut self, parent: usize, context: &Context) {
        let syntax = self.syntax;
        self.run_all(syntax.children(parent), context);
    }

    /// Runs nodes one after the other.
    fn run_all(&mut self, nodes: impl Iterator<Item = usize>, context: &Context) {
        if self.enter() {
            let mut nodes = nodes.peekable();
            while let Some(node) = nodes.next() {
                if is_statement(self.syntax.kind(node)) {
                    let is_background = nodes
                        .peek()
                        .is_some_and(|next| self.syntax.kind(*next) == "&");
                    let context = Context {
                        is_background: context.is_background || is_background,
                        ..context.clone()
                    };
                    self.statement(node, &context);
                }
            }
        }
        self.leave();
    }

    fn statement(&mut self, node: usize, context: &Context) {
        let chain = self.chain(node);
        self.run_chain(&chain, context);
    }

    /// Takes a statement apart into pipelines joined by `&&` and `||`. The grammar nests such chains as deep as they are
    /// long, and hangs redirections on the whole where the shell gives them to the last command.
    fn chain(&mut self, statement: usize) -> Vec<Pipeline> {
        let mut wrapped = Vec::new();
        let mut first = statement;
        while matches!(
            self.syntax.kind(first),
            "list" | "redirected_statement" | "pipeline"
        ) {
            wrapped.push(first);
            let inner = self
                .syntax
                .children(first)
                .find(|child| is_statement(self.syntax.kind(*child)));
            match inner {
                Some(inner) => first = inner,
                None => break,
            }
        }
        let mut chain: Vec<Pipeline> = Vec::new();
        if wrapped.last() != Some(&first) {
            chain.push((Link::First, vec![Stage::new(first)]));
        }
        while let Some(outer) = wrapped.pop() {
            self.add_rest(outer, &mut chain);
        }
        chain
    }

    /// Adds what a node holds beyond its first statement.
    fn add_rest(&mut self, outer: usize, chain: &mut Vec<Pipeline>) {
        let children: Vec<usize> = self.syntax.children(outer).collect();
        let mut link = Link::First;
        let mut seen_first = matches!(self.syntax.kind(outer), "heredoc_redirect");
        for child in children {
            match self.syntax.kind(child) {
                "&&" => link = Link::And,
                "||" => link = Link::Or,
                "|" | "|&" => link = Link::First,
                "heredoc_redirect" => {
                    last_stage(chain, |stage| stage.redirects.push(child));
                    if self.enter() {
                        self.add_rest(child, chain);
                    }
                    self.leave();
                }
                "pipeline" if self.syntax.kind(outer) == "heredoc_redirect" => {
                    if self.enter() {
                        self.add_rest_of_heredoc_pipeline(child, chain);
                    }
                    self.leave();
                }
                "file_redirect" | "herestring_redirect" => {
                    last_stage(chain, |stage| stage.redirects.push(child));
                    let targets = self.syntax.children(child).filter(|target| {
                        self.syntax.kind(child) == "file_redirect"
                            && self.syntax.node(*target).field == Some("destination")
                    });
                    // The grammar takes the arguments after a redirection for more targets.
                    let more: Vec<usize> = targets.skip(1).collect();
                    last_stage(chain, |stage| stage.arguments.extend(more));
                }
                kind if self.syntax.node(child).field == Some("argument") && !kind.is_empty() => {
                    last_stage(chain, |stage| stage.arguments.push(child));
                }
                kind if is_statement(kind) => {
                    if std::mem::replace(&mut seen_first, true) {
                        self.append(child, link, chain);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_rest_of_heredoc_pipeline(&mut self, pipeline: usize, chain: &mut Vec<Pipeline>) {
        let stages: Vec<usize> = self
            .syntax
            .children(pipeline)
            .filter(|child| is_statement(self.syntax.kind(*child)))
            .collect();
        for stage in stages {
            self.append(stage, Link::First, chain);
        }
    }

    /// Adds a statement to the right: to the last pipeline, or as a pipeline of its own.
    fn append(&mut self, node: usize, link: Link, chain: &mut Vec<Pipeline>) {
        if self.enter() {
            let mut right = self.chain(node).into_iter();
            if let Some((_, stages)) = right.next() {
                match (link, chain.last_mut()) {
                    (Link::First, Some((_, pipeline))) => pipeline.extend(stages),
                    _ => chain.push((link, stages)),
                }
            }
            chain.extend(right);
        }
        self.leave();
    }

    fn run_chain(&mut self, chain: &[Pipeline], context: &Context) {
        let start = chain
            .first()
            .and_then(|(_, stages)| stages.first())
            .map_or(0, |stage| self.syntax.node(stage.node).start);
        let first_command = self.script.commands.len();
        let mut left_end = start;
        let mut cli: Option<CliTest> = None;
        let mut branch = None;
        for (link, stages) in chain {
            let mut context = context.clone();
            if *link != Link::First {
                // `a && b && c`: `c` finds what `b` did. `a || b && c`: perhaps nothing did `b`.
                if *link == Link::Or
                    && let Some(mark) = branch.take()
                {
                    let left = self.scope.undo(mark);
                    self.scope.join(vec![left], false, left_end);
                }
                branch = branch.or_else(|| Some(self.scope.mark()));
                let kind = if *link == Link::And {
                    GuardKind::Succeeded
                } else {
                    GuardKind::Failed
                };
                context.guard = self.guard(Guard {
                    kind,
                    span: self.prepared.original(start..left_end),
                    commands: first_command..self.script.commands.len(),
                    parent: context.guard,
                    cli,
                });
            }
            let before = self.script.commands.len();
            self.run_pipeline(stages, &context);
            if let (Some(first), Some(last)) = (stages.first(), stages.last()) {
                left_end = self.syntax.node(last.node).end.max(left_end);
                // Alone it is no condition, and a definition tests nothing: reading them again at every level of
                // nesting would take quadratic time.
                if chain.len() > 1 && self.syntax.kind(last.node) != "function_definition" {
                    let nodes = first.node..self.syntax.subtree(last.node).end;
                    cli = self
                        .cli_test(nodes, before..self.script.commands.len())
                        .or(cli);
                }
            }
            // The right side of `||` stands alone: what follows it may find it undone.
            if *link == Link::Or
                && let Some(mark) = branch.take()
            {
                let left = self.scope.undo(mark);
                self.scope.join(vec![left], false, left_end);
            }
        }
        if let Some(mark) = branch {
            let left = self.scope.undo(mark);
            self.scope.join(vec![left], false, left_end);
        }
    }

    fn run_pipeline(&mut self, stages: &[Stage], context: &Context) {
        let [stage] = stages else {
            let mut stdin = context.stdin.clone();
            for (at, stage) in stages.iter().enumerate() {
                let is_last = at + 1 == stages.len();
                let writers = self.writers.len();
                let context = Context {
                    stdin,
                    stdout: if is_last {
                        context.stdout.clone()
                    } else {
                        Output::Pipe
                    },
                    ..context.clone()
                };
                let mark = self.scope.mark();
                self.stage(stage, &context);
                self.scope.undo(mark);
                stdin = if is_last {
                    Input::Inherited
                } else {
                    Input::Pipe(
                        self.writers
                            .split_off(writers.min(self.writers.len()))
                            .into(),
                    )
                };
            }
            return;
        };
        self.stage(stage, context);
    }

    fn stage(&mut self, stage: &Stage, context: &Context) {
        let context = self.redirected(&stage.redirects, context);
        let syntax = self.syntax;
        let node = stage.node;
        match syntax.kind(node) {
            "command" => self.command(node, &stage.arguments, &context),
            "declaration_command" => self.declaration(node, &stage.arguments, &context),
            "unset_command" => self.unset(node, &context),
            "variable_assignment" | "variable_assignments" => self.assignments(node, &context),
            "compound_statement" => {
                // `((…))` is one as well, and has no statements.
                if self.text(node).starts_with("((") {
                    self.condition_without_commands(node, &context);
                } else {
                    self.statements(node, &context);
                }
            }
            "negated_command" | "ERROR" => self.statements(node, &context),
            "subshell" => {
                let mark = self.scope.mark();
                self.statements(node, &context);
                self.scope.undo(mark);
            }
            "test_command" => self.condition_without_commands(node, &context),
            "if_statement" => self.if_statement(node, &context),
            "case_statement" => self.case_statement(node, &context),
            "for_statement" | "c_style_for_statement" | "while_statement" => {
                self.loop_statement(node, &context)
            }
            "function_definition" => self.define(node),
            "list" | "pipeline" | "redirected_statement" => self.statements(node, &context),
            _ => {}
        }
    }

    /// `[ … ]`, `[[ … ]]`, `(( … ))`: runs the substitutions inside, and forgets what arithmetic assigns.
    fn condition_without_commands(&mut self, node: usize, context: &Context) {
        self.substitutions_in(node, None, context);
        self.forget_assigned(self.syntax.subtree(node), self.syntax.node(node).start);
    }

    fn if_statement(&mut self, node: usize, context: &Context) {
        let syntax = self.syntax;
        let end = syntax.node(node).end;
        let mut ways: Vec<Left> = Vec::new();
        let mut is_exhaustive = false;
        let mut parent = context.guard;
        // The clauses: `if` and `elif` have a condition up to `then`, `else` has none.
        let mut clause = Some(node);
        let mut clauses = syntax
            .children(node)
            .filter(|child| matches!(syntax.kind(*child), "elif_clause" | "else_clause"));
        while let Some(at) = clause {
            let parts: Vec<usize> = syntax
                .children(at)
                .filter(|child| !matches!(syntax.kind(*child), "elif_clause" | "else_clause"))
                .collect();
            let context = Context {
                guard: parent,
                ..context.clone()
            };
            let mut body_context = context.clone();
            let then = parts.iter().position(|part| syntax.kind(*part) == "then");
            let (condition, body) = parts.split_at(then.unwrap_or(0));
            if syntax.kind(at) != "else_clause" {
                let first = self.script.commands.len();
                let changes = self.scope.mark();
                self.run_all(condition.iter().copied(), &context);
                let left = self.scope.undo(changes);
                // A later clause's condition may not be asked at all.
                self.scope
                    .join(vec![left], at == node, syntax.node(at).start);
                let commands = first..self.script.commands.len();
                let (span, nodes) = self.covering(condition);
                let cli = self.cli_test_of(condition, nodes, commands.clone());
                let guard = |kind, parent| Guard {
                    kind,
                    span: span.clone(),
                    commands: commands.clone(),
                    parent,
                    cli,
                };
                body_context.guard = self.guard(guard(GuardKind::Succeeded, parent));
                parent = self.guard(guard(GuardKind::Failed, parent));
            } else {
                is_exhaustive = true;
            }
            let mark = self.scope.mark();
            self.run_all(body.iter().copied(), &body_context);
            ways.push(self.scope.undo(mark));
            clause = clauses.next();
        }
        self.scope.join(ways, is_exhaustive, end);
    }

    /// The condition of an `if` may be several statements; any of them may be the test.
    fn cli_test_of(
        &self,
        condition: &[usize],
        nodes: Range<usize>,
        commands: Range<usize>,
    ) -> Option<CliTest> {
        let statements: Vec<usize> = condition
            .iter()
            .copied()
            .filter(|node| is_statement(self.syntax.kind(*node)))
            .collect();
        match statements.as_slice() {
            [] => None,
            [one] => self.cli_test(self.syntax.subtree(*one), commands),
            [.., last] => self
                .cli_test(self.syntax.subtree(*last), commands.clone())
                .or_else(|| self.cli_test(nodes, commands).map(|_| CliTest::Either)),
        }
    }

    fn case_statement(&mut self, node: usize, context: &Context) {
        let syntax = self.syntax;
        let subject = syntax.field(node, "value").unwrap_or(node);
        let first = self.script.commands.len();
        if subject != node {
            self.word(subject, context);
        }
        let commands = first..self.script.commands.len();
        let cli = self.cli_test(syntax.subtree(subject), commands.clone());
        let mut ways = Vec::new();
        let mut is_exhaustive = false;
        for item in syntax
            .children(node)
            .filter(|child| syntax.kind(*child) == "case_item")
        {
            let values = syntax
                .children(item)
                .filter(|child| syntax.node(*child).field == Some("value"));
            let patterns: Vec<String> = values
                .map(|value| self.prepared.slice(syntax.range(value)).to_string())
                .collect();
            is_exhaustive |= patterns.iter().any(|pattern| pattern == "*");
            let guard = self.guard(Guard {
                kind: GuardKind::Case(patterns),
                span: self.prepared.original(syntax.range(subject)),
                commands: commands.clone(),
                parent: context.guard,
                cli,
            });
            let context = Context {
                guard,
                ..context.clone()
            };
            let mark = self.scope.mark();
            let body = syntax
                .children(item)
                .filter(|child| syntax.node(*child).field != Some("value"));
            self.run_all(body, &context);
            ways.push(self.scope.undo(mark));
        }
        self.scope.join(ways, is_exhaustive, syntax.node(node).end);
    }

    fn loop_statement(&mut self, node: usize, context: &Context) {
        let syntax = self.syntax;
        let place = syntax.range(node);
        let body = syntax.field(node, "body").unwrap_or(node);
        let head_end = if body == node {
            place.end
        } else {
            syntax.node(body).start
        };
        let mut values = Vec::new();
        let first = self.script.commands.len();
        let is_for = syntax.kind(node) == "for_statement";
        if is_for {
            let nodes: Vec<usize> = syntax
                .children(node)
                .filter(|child| syntax.node(*child).field == Some("value"))
                .collect();
            values = self.words(&nodes, context);
        }
        // Each round finds what the one before it left.
        self.forget_assigned(syntax.subtree(node), place.start);
        let mut is_entered = values.iter().any(|word| {
            !word.may_split
                && word
                    .value
                    .as_literal()
                    .is_some_and(|text| !text.contains(['*', '?', '[']))
        });
        is_entered &= self.text(node).starts_with("for");
        if let (true, [one], Some(name)) = (
            is_entered,
            values.as_slice(),
            syntax.field(node, "variable"),
        ) {
            let name = self.text(name).to_string();
            let exported = self.scope.passes_on(&name);
            self.scope
                .set(&name, Value::Text(Arc::new(one.value.clone())), exported);
        }
        if !is_for {
            let condition: Vec<usize> = syntax
                .children(node)
                .filter(|child| *child != body && is_statement(syntax.kind(*child)))
                .collect();
            if syntax.kind(node) == "while_statement" {
                self.run_all(condition.iter().copied(), context);
                let says_yes = |node: &usize| matches!(self.text(*node), "true" | ":");
                is_entered = self.text(node).starts_with("while") && condition.iter().all(says_yes);
            } else {
                // `for ((…))` has no commands in its head but those of substitutions.
                let head = syntax.children(node).filter(|child| *child != body);
                for part in head.collect::<Vec<_>>() {
                    self.substitutions_in(part, None, context);
                }
            }
        }
        let guard = self.guard(Guard {
            kind: GuardKind::Loop { is_entered },
            span: self
                .prepared
                .original(place.start..trimmed_end(self.prepared, place.start..head_end)),
            commands: first..self.script.commands.len(),
            parent: context.guard,
            cli: None,
        });
        let inner = Context {
            guard,
            ..context.clone()
        };
        let mark = self.scope.mark();
        if body != node {
            self.statements(body, &inner);
        }
        self.scope.undo(mark);
        self.forget_assigned(syntax.subtree(node), place.end);
    }

    fn define(&mut self, node: usize) {
        let Some(name) = self.syntax.field(node, "name") else {
            return;
        };
        let name = self.text(name).to_string();
        let function = Function {
            node,
            guard: None,
            writers: Vec::new(),
        };
        if let Some(earlier) = self.functions.insert(name.clone(), function)
            && earlier.guard.is_none()
        {
            self.forgotten.push((name, earlier));
        }
    }

    /// Reads the body of a function where it is first called, or again where nothing calls it.
    ///
    /// `arguments`: the values of the call, if all are in sight.
    pub fn call(
        &mut self,
        name: &str,
        call: usize,
        arguments: Option<Vec<Template>>,
        context: &Context,
    ) {
        let Some(function) = self.functions.get(name).cloned() else {
            return;
        };
        if let Some(guard) = function.guard {
            if let Some(Guard {
                kind: GuardKind::Function { calls, .. },
                ..
            }) = self.script.guards.get_mut(guard)
            {
                calls.push(call);
            }
            self.writers.extend(function.writers);
            self.scope.fog(Reach::Functions, self.place_of(call));
            return;
        }
        let outline = self.survey.functions.get(name);
        let is_only_call = outline.is_some_and(|outline| outline.mentions == 1);
        let shifts = outline.is_none_or(|outline| outline.shifts);
        let arguments = arguments.filter(|_| is_only_call && !shifts);
        let writers = self.writers.len();
        self.body(
            name,
            &function,
            vec![call],
            !is_only_call,
            arguments,
            context,
        );
        let written = self.writers.get(writers..).unwrap_or_default().to_vec();
        if let Some(function) = self.functions.get_mut(name) {
            function.writers = written;
        }
        if !is_only_call {
            self.scope.fog(Reach::Functions, self.place_of(call));
        }
    }

    fn place_of(&self, command: usize) -> usize {
        self.script
            .commands
            .get(command)
            .map_or(0, |command| command.span.start)
    }

    fn body(
        &mut self,
        name: &str,
        function: &Function,
        calls: Vec<usize>,
        calls_differ: bool,
        arguments: Option<Vec<Template>>,
        context: &Context,
    ) {
        let syntax = self.syntax;
        let node = function.node;
        let now = self.script.commands.len();
        let label = syntax.field(node, "name").unwrap_or(node);
        let guard = self.guard(Guard {
            kind: GuardKind::Function {
                name: name.to_string(),
                calls,
            },
            span: self.prepared.original(syntax.range(label)),
            commands: now..now,
            parent: None,
            cli: None,
        });
        if let Some(known) = self.functions.get_mut(name)
            && known.node == node
        {
            known.guard = guard;
        }
        let Some(body) = syntax.field(node, "body") else {
            return;
        };
        let context = Context {
            guard,
            ..context.clone()
        };
        let redirects: Vec<usize> = syntax
            .children(node)
            .filter(|child| syntax.node(*child).field == Some("redirect"))
            .collect();
        let saved = self
            .scope
            .enter_function(syntax.node(node).start, calls_differ);
        if let Some(arguments) = arguments {
            self.scope.parameters = super::scope::Parameters::Known(arguments);
        }
        if self.enter() {
            let stage = Stage {
                redirects,
                ..Stage::new(body)
            };
            self.stage(&stage, &context);
        }
        self.leave();
        self.scope.leave_function(saved);
    }

    /// Reads the bodies of functions that nothing called: another file may.
    fn uncalled(&mut self) {
        loop {
            let next = self
                .functions
                .iter()
                .find(|(_, function)| function.guard.is_none())
                .map(|(name, function)| (name.clone(), function.clone()));
            let Some((name, function)) = next.or_else(|| self.forgotten.pop()) else {
                return;
            };
            let mark = self.scope.mark();
            self.body(
                &name,
                &function,
                Vec::new(),
                true,
                None,
                &Context::default(),
            );
            self.scope.undo(mark);
        }
    }

    /// Makes everything unknown that the nodes may assign.
    fn forget_assigned(&mut self, nodes: Range<usize>, at: usize) {
        let survey = self.survey;
        let mut assigned = BTreeSet::new();
        let mut reach = None;
        for effect in survey.effects_in(nodes) {
            match effect {
                Effect::Assigns(name) => {
                    assigned.insert(name);
                }
                Effect::AssignsUnseen => reach = Some(Reach::Everything),
                Effect::Calls => reach = reach.or(Some(Reach::Functions)),
            }
        }
        for name in assigned {
            self.scope.forget(name, at);
        }
        if let Some(reach) = reach {
            self.scope.fog(reach, at);
        }
    }

    fn guard(&mut self, guard: Guard) -> Option<usize> {
        self.script.guards.push(guard);
        Some(self.script.guards.len() - 1)
    }

    /// The bytes of the original from the first statement among `nodes` to the last, and the nodes they hold.
    fn covering(&self, nodes: &[usize]) -> (Range<usize>, Range<usize>) {
        let mut statements = nodes
            .iter()
            .filter(|node| is_statement(self.syntax.kind(**node)));
        let Some(first) = statements.next() else {
            return (0..0, 0..0);
        };
        let last = statements.next_back().unwrap_or(first);
        let span = self.syntax.node(*first).start..self.syntax.node(*last).end;
        (
            self.prepared.original(span),
            *first..self.syntax.subtree(*last).end,
        )
    }
}

impl Stage {
    fn new(node: usize) -> Self {
        Stage {
            node,
            redirects: Vec::new(),
            arguments: Vec::new(),
        }
    }
}

fn last_stage(chain: &mut [Pipeline], change: impl FnOnce(&mut Stage)) {
    if let Some(stage) = chain.last_mut().and_then(|(_, stages)| stages.last_mut()) {
        change(stage);
    }
}

/// The end of a head without the white space and `;` after it.
fn trimmed_end(prepared: &Prepared, range: Range<usize>) -> usize {
    let text = prepared.slice(range.clone());
    range.start
        + text
            .trim_end_matches(|c: char| c.is_whitespace() || c == ';')
            .len()
}

/// Whether a node runs.
pub(super) fn is_statement(kind: &str) -> bool {
    matches!(
        kind,
        "command"
            | "declaration_command"
            | "unset_command"
            | "variable_assignment"
            | "variable_assignments"
            | "pipeline"
            | "list"
            | "negated_command"
            | "redirected_statement"
            | "subshell"
            | "compound_statement"
            | "test_command"
            | "if_statement"
            | "case_statement"
            | "for_statement"
            | "c_style_for_statement"
            | "while_statement"
            | "function_definition"
            | "ERROR"
    )
}
