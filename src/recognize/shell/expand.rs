//! Expansions: variables, `${NAME:-default}`, substitutions, and the words they make.

use super::scope::{Parameters, Value, size};
use super::script::{Input, Output, Place, Substitution, Word};
use super::survey::is_name;
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use crate::model::template::{Piece, Template};
use std::ops::Range;
use std::sync::Arc;

/// Longest name of a hole that tells how it was made; a longer one is replaced by its place.
const MAX_NAME: usize = 160;

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
            for node in word {
                self.expand(*node, false, &mut fields, context);
            }
            words.append(&mut fields.into_words(&self.prepared.original(span)));
            rest = after;
        }
        words
    }

    /// The one word that a node expands to where nothing is split: assigned values, targets of redirections.
    pub(super) fn word(&mut self, node: usize, context: &Context) -> Word {
        let mut fields = Fields::new(false);
        self.expand(node, false, &mut fields, context);
        fields.into_word(self.prepared.original(self.syntax.range(node)))
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
                    let shown = shown(&self.prepared.slice(range));
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

    /// Puts text in which the grammar saw no expansion. In heredocs it overlooks those that follow white space at the
    /// start of a line.
    fn put(&mut self, range: Range<usize>, quoting: Quoting, out: &mut Fields) {
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

    /// `$NAME`.
    fn variable(&mut self, name: &str, range: Range<usize>, is_quoted: bool, out: &mut Fields) {
        let start = range.start;
        let written = self.prepared.slice(range).to_string();
        if matches!(name, "@" | "*")
            && let Parameters::Known(list) = self.scope.parameters.clone()
        {
            for (at, parameter) in list.iter().enumerate() {
                if at > 0 && name == "@" {
                    out.end_field();
                } else if at > 0 {
                    out.literal(" ");
                }
                self.spend(parameter);
                out.value(parameter, is_quoted);
            }
            return;
        }
        match self.value(name, start) {
            Value::Text(text) if self.spend(&text) => {
                out.value(&as_written(&text, &written), is_quoted)
            }
            Value::Text(_) => out.hole(&format!("{name}@{start}"), &written, is_quoted),
            Value::Unset => {
                if is_quoted {
                    out.open();
                }
            }
            Value::Unknown => out.hole(name, &written, is_quoted && name != "@"),
        }
    }

    /// What a variable or parameter holds at a byte of the script.
    fn value(&self, name: &str, at: usize) -> Value {
        let anew = || {
            Value::Text(Arc::new(Template::hole(
                format!("{name}@{at}"),
                format!("${name}"),
            )))
        };
        let since = |at: usize| {
            Value::Text(Arc::new(Template::hole(
                format!("{name}@{at}"),
                format!("${name}"),
            )))
        };
        match name {
            // Another value at every use.
            "?" | "!" | "_" | "RANDOM" | "SRANDOM" | "SECONDS" | "LINENO" | "BASHPID"
            | "EPOCHSECONDS" | "EPOCHREALTIME" | "PIPESTATUS" | "FUNCNAME" | "BASH_LINENO" => {
                anew()
            }
            "0" | "$" | "-" => Value::Unknown,
            "@" | "*" | "#" => match self.scope.parameters {
                Parameters::Unknown(at) => since(at),
                _ => Value::Unknown,
            },
            _ if name.bytes().all(|byte| byte.is_ascii_digit()) => match &self.scope.parameters {
                Parameters::OfScript => Value::Unknown,
                Parameters::Unknown(at) => since(*at),
                Parameters::Known(list) => {
                    let number: usize = name.parse().unwrap_or(usize::MAX);
                    match number.checked_sub(1).and_then(|index| list.get(index)) {
                        Some(value) => Value::Text(Arc::new(value.clone())),
                        None => Value::Unset,
                    }
                }
            },
            _ => self.scope.lookup(name),
        }
    }

    /// `${…}`.
    fn parameter_expansion(
        &mut self,
        node: usize,
        is_quoted: bool,
        out: &mut Fields,
        context: &Context,
    ) {
        let range = self.syntax.range(node);
        let children: Vec<usize> = self.syntax.children(node).collect();
        let is_variable = |child: &&usize| {
            matches!(
                self.syntax.kind(**child),
                "variable_name" | "special_variable_name"
            )
        };
        let Some(position) = children.iter().position(|child| is_variable(&child)) else {
            return self.derived(node, None, is_quoted, out, context);
        };
        let (before, from) = children.split_at(position);
        let Some((name, after)) = from.split_first() else {
            return;
        };
        let variable = self.text(*name).to_string();
        // `${#NAME}`, `${!NAME}`.
        if before.len() > 1 {
            return self.derived(node, None, is_quoted, out, context);
        }
        let operator = after.first().map_or("", |child| self.syntax.kind(*child));
        if operator == "}" || operator.is_empty() {
            return self.variable(&variable, range, is_quoted, out);
        }
        let operator_end = after
            .first()
            .map_or(range.end, |child| self.syntax.node(*child).end);
        let default = operator_end..range.end.saturating_sub(1).max(operator_end);
        let value = self.value(&variable, range.start);
        let emptiness = match &value {
            Value::Unset => Some(true),
            Value::Unknown => None,
            Value::Text(text) => match text.pieces() {
                [] => Some(true),
                pieces
                    if pieces
                        .iter()
                        .any(|piece| matches!(piece, Piece::Literal(_))) =>
                {
                    Some(false)
                }
                _ => None,
            },
        };
        let counts_as_unset = match operator {
            "-" | "=" | "?" | "+" => match value {
                Value::Unset => Some(true),
                Value::Text(_) => Some(false),
                Value::Unknown => None,
            },
            _ => emptiness,
        };
        match operator {
            ":-" | "-" | ":=" | "=" => {
                if counts_as_unset == Some(false) {
                    return self.variable(&variable, range, is_quoted, out);
                }
                let (default, substitutions) = self.default_of(node, default, is_quoted, context);
                let result = if counts_as_unset == Some(true) {
                    default
                } else {
                    let name = format!(
                        "{}:-{}",
                        name_of(&value, &variable),
                        name_of(&Value::Text(Arc::new(default)), "")
                    );
                    let name = self.short(name, &variable, range.start);
                    Template::hole(name, self.prepared.slice(range.clone()).to_string())
                };
                for one in substitutions {
                    out.substitution(one);
                }
                if operator.ends_with('=') {
                    let exported = self.scope.passes_on(&variable);
                    let value = Value::Text(Arc::new(result.clone()));
                    self.scope.set(&variable, value, exported);
                }
                out.value(&result, is_quoted);
            }
            // The script ends if there is no value.
            ":?" | "?" => self.variable(&variable, range, is_quoted, out),
            ":+" | "+" => match counts_as_unset {
                Some(true) => {
                    if is_quoted {
                        out.open();
                    }
                }
                Some(false) => {
                    let (other, substitutions) = self.default_of(node, default, is_quoted, context);
                    for one in substitutions {
                        out.substitution(one);
                    }
                    out.value(&other, is_quoted);
                }
                None => self.derived(node, Some((&variable, &value)), is_quoted, out, context),
            },
            _ => {
                if let Value::Text(text) = &value
                    && let Some(known) = text.as_literal()
                    && let Some(changed) = changed(known, operator, self.prepared.slice(default))
                {
                    out.value(&Template::literal(changed), is_quoted);
                } else {
                    self.derived(node, Some((&variable, &value)), is_quoted, out, context);
                }
            }
        }
    }

    /// A text that is made from a variable in a way that is not followed. Equal ways from equal values are equal.
    fn derived(
        &mut self,
        node: usize,
        from: Option<(&str, &Value)>,
        is_quoted: bool,
        out: &mut Fields,
        context: &Context,
    ) {
        let range = self.syntax.range(node);
        let written = self.prepared.slice(range.clone()).to_string();
        let before = self.script.substitutions.len();
        self.substitutions_in(node, Some(&mut *out), context);
        let is_plain = self.script.substitutions.len() == before;
        // What stands after the operator may hold other variables, which may change.
        let variables = self
            .syntax
            .subtree(node)
            .filter(|inner| self.syntax.kind(*inner) == "variable_name")
            .count();
        let name = match from {
            Some((variable, value)) if is_plain && variables <= 1 => {
                let operation = written.split_once(variable).map_or("", |(_, rest)| rest);
                let name = format!(
                    "{}{}",
                    name_of(value, variable),
                    operation.trim_end_matches('}')
                );
                self.short(name, variable, range.start)
            }
            _ => format!("${{}}@{}", range.start),
        };
        out.hole(&name, &written, is_quoted);
    }

    fn default_of(
        &mut self,
        node: usize,
        range: Range<usize>,
        is_quoted: bool,
        context: &Context,
    ) -> (Template, Vec<usize>) {
        let mut fields = Fields::new(false);
        if self.enter() {
            let quoting = if is_quoted {
                Quoting::Double
            } else {
                Quoting::Bare
            };
            self.expand_in(node, range, quoting, &mut fields, context);
        }
        self.leave();
        fields.into_value()
    }

    fn short(&self, name: String, variable: &str, at: usize) -> String {
        if name.len() > MAX_NAME {
            format!("{variable}@{at}")
        } else {
            name
        }
    }

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

    /// Takes the size of a value from what may be copied for this script; `false` if nothing is left.
    fn spend(&mut self, value: &Template) -> bool {
        match self.budget.checked_sub(size(value) + 1) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => false,
        }
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

/// A value as a reader of this place knows it: an unknown text goes by the variable that holds it, not by the
/// substitution or the earlier place it came from.
fn as_written(value: &Template, written: &str) -> Template {
    match value.pieces() {
        [Piece::Hole(hole)] if !hole.text.starts_with("${{") => {
            Template::hole(hole.name.clone(), written)
        }
        _ => value.clone(),
    }
}

/// A text that is equal for equal values.
fn name_of(value: &Value, variable: &str) -> String {
    match value {
        Value::Unknown => variable.to_string(),
        Value::Unset => String::new(),
        Value::Text(text) => {
            let mut name = String::new();
            for piece in text.pieces() {
                match piece {
                    Piece::Literal(literal) => name.push_str(literal),
                    Piece::Hole(hole) if text.pieces().len() == 1 => name.push_str(&hole.name),
                    Piece::Hole(hole) => {
                        name.push('{');
                        name.push_str(&hole.name);
                        name.push('}');
                    }
                }
            }
            name
        }
    }
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

/// What `${NAME,,}` and the like make of a known text; `None` for what is not followed.
fn changed(known: &str, operator: &str, pattern: &str) -> Option<String> {
    let is_plain =
        |text: &str| !text.contains(['*', '?', '[', ']', '\\', '$', '`', '\'', '"', '(']);
    match operator {
        ",," if pattern.is_empty() => Some(known.to_lowercase()),
        "^^" if pattern.is_empty() => Some(known.to_uppercase()),
        "#" if is_plain(pattern) => Some(known.strip_prefix(pattern).unwrap_or(known).to_string()),
        "%" if is_plain(pattern) => Some(known.strip_suffix(pattern).unwrap_or(known).to_string()),
        // `*x`: up to the first or the last `x`; `x*`: from there on.
        "#" | "##" => {
            let stop = pattern
                .strip_prefix('*')
                .filter(|stop| !stop.is_empty() && is_plain(stop))?;
            let cut = if operator == "#" {
                known.find(stop)
            } else {
                known.rfind(stop)
            };
            Some(
                known
                    .get(cut.map_or(0, |at| at + stop.len())..)?
                    .to_string(),
            )
        }
        "%" | "%%" => {
            let stop = pattern
                .strip_suffix('*')
                .filter(|stop| !stop.is_empty() && is_plain(stop))?;
            let cut = if operator == "%" {
                known.rfind(stop)
            } else {
                known.find(stop)
            };
            Some(known.get(..cut.unwrap_or(known.len()))?.to_string())
        }
        _ => None,
    }
}
