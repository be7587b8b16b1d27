//! Variables in words: `$NAME`, `${NAME:-default}` and the rest of its family.

use super::scope::{Parameters, Value, size};
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use crate::model::template::{Piece, Template};
use std::ops::Range;
use std::sync::Arc;

/// Longest name of a hole that tells how it was made; a longer one is replaced by its place.
const MAX_NAME: usize = 160;

impl Walk<'_> {
    /// `$NAME`.
    pub(super) fn variable(
        &mut self,
        name: &str,
        range: Range<usize>,
        is_quoted: bool,
        out: &mut Fields,
    ) {
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
    pub(super) fn parameter_expansion(
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
