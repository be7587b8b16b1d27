//! Words: from nodes of the grammar to the text they stand for.

use super::script::Word;
use super::survey::is_name;
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use std::ops::Range;

/// Longest text of a substitution that is shown for it.
const MAX_SHOWN: usize = 80;

impl Walk<'_> {
    /// The words that these nodes expand to. Nodes that touch are one word.
    pub(super) fn words(&mut self, nodes: &[usize], context: &Context) -> Vec<Word> {
        let mut words = Vec::new();
        let mut rest = nodes;
        while let Some((first, _)) = rest.split_first() {
            let mut span = self.syntax.range(*first);
            let touching = rest
                .iter()
                .skip(1)
                .take_while(|next| {
                    let next = self.syntax.range(**next);
                    let between = self.prepared.slice(span.end..next.start);
                    // A line continuation is nothing at all; the grammar takes it for a space.
                    let touches =
                        span.end <= next.start && between.trim_start_matches("\\\n").is_empty();
                    if touches {
                        span.end = next.end;
                    }
                    touches
                })
                .count();
            let (word, after) = rest.split_at(touching + 1);
            let mut fields = Fields::new(!self.splits_unusually);
            self.expand_touching(word, &mut fields, context);
            words.append(&mut fields.into_words(&self.prepared.original(span)));
            rest = after;
        }
        words
    }

    /// Expands nodes that are one word. Of `$A-$B-$C` the grammar sees `$A-$` and `B-$C`: a `$` at the end of a node and the
    /// name at the start of the next one are a variable.
    fn expand_touching(&mut self, nodes: &[usize], out: &mut Fields, context: &Context) {
        let mut start = None;
        for (at, node) in nodes.iter().enumerate() {
            let whole = self.syntax.range(*node);
            let from = start.take().unwrap_or(whole.start);
            let name = nodes
                .get(at + 1)
                .filter(|_| self.ends_with_dollar(*node))
                .and_then(|next| self.name_at_start(*next));
            let to = whole.end - usize::from(name.is_some());
            if from == whole.start && to == whole.end {
                self.expand(*node, false, out, context);
            } else {
                self.expand_in(*node, from..to.max(from), Quoting::Bare, out, context);
            }
            if let Some(name) = name {
                let end = whole.end + name.len();
                self.variable(&name, to..end, false, out);
                start = Some(end);
            }
        }
    }

    fn ends_with_dollar(&self, node: usize) -> bool {
        match self.syntax.kind(node) {
            "$" => true,
            "concatenation" => self
                .syntax
                .children(node)
                .last()
                .is_some_and(|last| self.syntax.kind(last) == "$"),
            _ => false,
        }
    }

    fn name_at_start(&self, node: usize) -> Option<String> {
        if !matches!(self.syntax.kind(node), "word" | "concatenation" | "number") {
            return None;
        }
        let text = self.text(node);
        // `$12` is the first parameter and a 2.
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return text.get(..1).map(str::to_string);
        }
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        text.get(..end)
            .filter(|name| is_name(name))
            .map(str::to_string)
    }

    /// The one word that a node expands to where nothing is split: assigned values, targets of redirections.
    pub(super) fn word(&mut self, node: usize, context: &Context) -> Word {
        let mut fields = Fields::new(false);
        self.expand(node, false, &mut fields, context);
        fields.into_word(self.prepared.original(self.syntax.range(node)))
    }

    /// The one word that several nodes expand to.
    pub(super) fn joined(&mut self, nodes: &[usize], context: &Context) -> Word {
        let mut fields = Fields::new(false);
        self.expand_touching(nodes, &mut fields, context);
        let start = nodes
            .first()
            .map_or(0, |node| self.syntax.node(*node).start);
        let end = nodes
            .last()
            .map_or(start, |node| self.syntax.node(*node).end);
        fields.into_word(self.prepared.original(start..end))
    }

    /// Expands a node into the field that is being made.
    pub(super) fn expand(
        &mut self,
        node: usize,
        is_quoted: bool,
        out: &mut Fields,
        context: &Context,
    ) {
        let range = self.syntax.range(node);
        let quoting = if is_quoted {
            Quoting::Double
        } else {
            Quoting::Bare
        };
        match self.syntax.kind(node) {
            "raw_string" => {
                let quoted = inside(&range, 1, self.text(node).ends_with('\''));
                self.prepared.put(quoted, Quoting::Single, out);
                out.open();
            }
            "ansi_c_string" => {
                let quoted = inside(&range, 2, self.text(node).ends_with('\''));
                self.prepared.put(quoted, Quoting::Ansi, out);
                out.open();
            }
            "string" => {
                let quoted = inside(
                    &range,
                    1,
                    self.text(node).len() > 1 && self.text(node).ends_with('"'),
                );
                self.expand_in(node, quoted, Quoting::Double, out, context);
                // `"$@"` without parameters is no word at all.
                if !matches!(self.text(node), "\"$@\"" | "\"${@}\"") {
                    out.open();
                }
            }
            "translated_string" => {
                if let Some(string) = self.syntax.child(node, "string") {
                    self.expand(string, is_quoted, out, context);
                }
            }
            // The grammar gives the `$` of `$"…"` as a word of its own.
            "$" if self.prepared.slice(range.end..range.end + 1) == "\"" => {}
            "simple_expansion" => {
                let name = self.text(node).trim_start_matches('$').to_string();
                self.variable(&name, range, is_quoted, out);
            }
            "expansion" => self.parameter_expansion(node, is_quoted, out, context),
            "command_substitution" | "process_substitution" => {
                let at = self.substitution(node, context);
                if let Some(one) = self.script.substitutions.get(at) {
                    let shown = shown(self.prepared.slice(range));
                    out.hole(&one.name, &shown, is_quoted);
                    out.substitution(at);
                }
            }
            "arithmetic_expansion" | "array" => {
                let written = self.prepared.slice(range.clone()).to_string();
                self.substitutions_in(node, Some(&mut *out), context);
                out.hole(
                    &format!("$(({}))", range.start),
                    &shown(&written),
                    is_quoted,
                );
            }
            "word" | "number" | "extglob_pattern" | "concatenation" | "command_name"
            | "brace_expression" | "heredoc_start" => {
                self.expand_in(node, range, quoting, out, context)
            }
            _ => {
                self.substitutions_in(node, Some(&mut *out), context);
                self.prepared.put(range, quoting, out);
            }
        }
    }

    /// Expands the children of a node that lie in `range`, with the text between them.
    pub(super) fn expand_in(
        &mut self,
        node: usize,
        range: Range<usize>,
        quoting: Quoting,
        out: &mut Fields,
        context: &Context,
    ) {
        let is_bare = quoting == Quoting::Bare;
        let mut at = range.start;
        let children: Vec<usize> = self
            .syntax
            .children(node)
            .filter(|child| {
                let child = self.syntax.range(*child);
                range.start <= child.start && child.end <= range.end
            })
            .filter(|child| match self.syntax.kind(*child) {
                "simple_expansion"
                | "expansion"
                | "command_substitution"
                | "arithmetic_expansion" => true,
                "raw_string"
                | "ansi_c_string"
                | "concatenation"
                | "word"
                | "process_substitution"
                | "translated_string"
                | "brace_expression"
                | "array"
                | "number"
                | "$" => is_bare,
                // Quotes may stand inside the default of a quoted expansion.
                "string" => matches!(quoting, Quoting::Bare | Quoting::Double),
                _ => false,
            })
            .collect();
        for child in children {
            let place = self.syntax.range(child);
            self.put(at..place.start, quoting, out);
            self.expand(child, !is_bare, out, context);
            at = place.end.max(at);
        }
        self.put(at..range.end, quoting, out);
    }
}

/// The bytes inside quotes.
fn inside(range: &Range<usize>, open: usize, is_closed: bool) -> Range<usize> {
    let start = (range.start + open).min(range.end);
    let end = if is_closed {
        range.end.saturating_sub(1)
    } else {
        range.end
    };
    start..end.max(start)
}

/// The text of a substitution, short enough for a message.
fn shown(written: &str) -> String {
    let line = written.lines().next().unwrap_or_default();
    if line.len() == written.len() && line.len() <= MAX_SHOWN {
        return written.to_string();
    }
    let kept: String = line.chars().take(MAX_SHOWN / 2).collect();
    format!("{}…)", kept.trim_end())
}
