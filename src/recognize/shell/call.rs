//! Functions of the script: read where they are first called.

use super::chain::Stage;
use super::scope::{Parameters, Reach};
use super::script::{Guard, GuardKind};
use super::walk::{Context, Walk};
use crate::model::template::Template;

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

impl Walk<'_> {
    pub(super) fn define(&mut self, node: usize) {
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
    pub(super) fn call(
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
            self.scope.parameters = Parameters::Known(arguments);
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
    pub(super) fn uncalled(&mut self) {
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
}
