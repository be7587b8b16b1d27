//! Walks the syntax tree of a script in order of execution.

use super::call::Function;
use super::chain::{Link, Pipeline, Stage};
use super::cli_version::CliTest;
use super::executed;
use super::prepare::Prepared;
use super::scope::Scope;
use super::script::{Environment, Guard, GuardKind, Input, Output, Script};
use super::survey::Survey;
use super::syntax::Syntax;
use std::collections::{BTreeMap, BTreeSet};

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
    pub forgotten: Vec<(String, Function)>,
    depth: usize,
    /// What is left of [`MAX_COPIED`].
    pub budget: usize,
    /// `IFS` is set: words are not split where they usually are.
    pub splits_unusually: bool,
    /// Variables that hold the version of the AWS CLI.
    pub version_variables: BTreeSet<String>,
}

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
    pub(super) fn run_all(&mut self, nodes: impl Iterator<Item = usize>, context: &Context) {
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

    pub(super) fn stage(&mut self, stage: &Stage, context: &Context) {
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

    pub(super) fn guard(&mut self, guard: Guard) -> Option<usize> {
        self.script.guards.push(guard);
        Some(self.script.guards.len() - 1)
    }
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
