//! Conditions, cases and loops: what may not run, and what the ways through them leave behind.

use super::cli_version::CliTest;
use super::prepare::Prepared;
use super::scope::{Left, Reach, Value};
use super::script::{Guard, GuardKind};
use super::survey::Effect;
use super::walk::{Context, Walk, is_statement};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

impl Walk<'_> {
    /// `[ … ]`, `[[ … ]]`, `(( … ))`: runs the substitutions inside, and forgets what arithmetic assigns.
    pub(super) fn condition_without_commands(&mut self, node: usize, context: &Context) {
        self.substitutions_in(node, None, context);
        self.forget_assigned(self.syntax.subtree(node), self.syntax.node(node).start);
    }

    pub(super) fn if_statement(&mut self, node: usize, context: &Context) {
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

    pub(super) fn case_statement(&mut self, node: usize, context: &Context) {
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

    pub(super) fn loop_statement(&mut self, node: usize, context: &Context) {
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

/// The end of a head without the white space and `;` after it.
fn trimmed_end(prepared: &Prepared, range: Range<usize>) -> usize {
    let text = prepared.slice(range.clone());
    range.start
        + text
            .trim_end_matches(|c: char| c.is_whitespace() || c == ';')
            .len()
}
