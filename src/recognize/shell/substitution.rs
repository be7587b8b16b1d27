//! Substitutions in words, and those expansions in heredocs that the grammar overlooks.

use super::script::{Input, Output, Place, Substitution};
use super::survey::is_name;
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use std::ops::Range;

impl Walk<'_> {
    /// Walks the substitutions inside a node whose text is not followed.
    pub(super) fn substitutions_in(
        &mut self,
        node: usize,
        mut out: Option<&mut Fields>,
        context: &Context,
    ) {
        let subtree = self.syntax.subtree(node);
        let mut next = subtree.start;
        while next < subtree.end {
            match self.syntax.kind(next) {
                "command_substitution" | "process_substitution" => {
                    let at = self.substitution(next, context);
                    if let Some(out) = out.as_deref_mut() {
                        out.substitution(at);
                    }
                    next = self.syntax.subtree(next).end.max(next + 1);
                }
                "expansion" if self.syntax.child(next, ":=").is_some() => {
                    // It assigns.
                    let mut unused = Fields::new(false);
                    if self.enter() {
                        self.parameter_expansion(next, true, &mut unused, context);
                    }
                    self.leave();
                    next = self.syntax.subtree(next).end.max(next + 1);
                }
                _ => next += 1,
            }
        }
    }

    /// `$(…)`, backticks, `<(…)`: reads what is inside and gives the index of the substitution.
    pub(super) fn substitution(&mut self, node: usize, context: &Context) -> usize {
        let range = self.syntax.range(node);
        let at = self.script.substitutions.len();
        let first = self.script.commands.len();
        self.script.substitutions.push(Substitution {
            name: format!("$({})", range.start),
            span: self.prepared.original(range),
            place: Place::Condition,
            commands: first..first,
            outputs: Vec::new(),
        });
        let inner = Context {
            within: Some(at),
            stdin: Input::Inherited,
            stdout: Output::Inherited,
            ..context.clone()
        };
        let writers = self.writers.len();
        let mark = self.scope.mark();
        self.statements(node, &inner);
        self.scope.undo(mark);
        let outputs = self.writers.split_off(writers.min(self.writers.len()));
        let end = self.script.commands.len();
        if let Some(one) = self.script.substitutions.get_mut(at) {
            one.commands = first..end;
            one.outputs = outputs;
        }
        at
    }

    /// Puts text in which the grammar saw no expansion. In heredocs it overlooks those that follow white space at the
    /// start of a line.
    pub(super) fn put(&mut self, range: Range<usize>, quoting: Quoting, out: &mut Fields) {
        let mut at = range.start;
        if matches!(quoting, Quoting::Document { is_raw: false, .. }) {
            while let Some((place, name)) = self.overlooked(at..range.end) {
                self.prepared.put(at..place.start, quoting, out);
                match name {
                    Some(name) => self.variable(&name, place.clone(), true, out),
                    None => {
                        // Commands in it are not found.
                        self.script.is_broken = true;
                        out.hole(
                            &format!("$({})", place.start),
                            self.prepared.slice(place.clone()),
                            true,
                        );
                    }
                }
                at = place.end;
            }
        }
        self.prepared.put(at..range.end, quoting, out);
    }

    /// The first `$NAME`, `${NAME}`, `$(` or backtick in a stretch of a heredoc.
    fn overlooked(&self, range: Range<usize>) -> Option<(Range<usize>, Option<String>)> {
        let text = self.prepared.slice(range.clone());
        let mut escaped = false;
        for (at, byte) in text.bytes().enumerate() {
            let start = range.start + at;
            if byte == b'`' && !escaped {
                return Some((start..start + 1, None));
            }
            if byte != b'$' || escaped {
                escaped = byte == b'\\' && !escaped;
                continue;
            }
            let rest = text.get(at + 1..).unwrap_or_default();
            if self
                .prepared
                .expressions_in(start..range.end)
                .next()
                .is_some_and(|one| one.range.start == start)
            {
                continue;
            }
            if rest.starts_with('(') {
                return Some((start..start + 2, None));
            }
            let (inner, around) = match rest.strip_prefix('{') {
                Some(inner) => (inner, 2),
                None => (rest, 0),
            };
            let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, after) = inner.split_at(end.unwrap_or(inner.len()));
            if around > 0 && !after.starts_with('}') {
                continue;
            }
            if is_name(name) {
                return Some((
                    start..start + 1 + name.len() + around,
                    Some(name.to_string()),
                ));
            }
        }
        None
    }
}
