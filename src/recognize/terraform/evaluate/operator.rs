//! Operators and conditionals, where part of what they work on may be unknown.

use super::{Env, Evaluator};
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::{Binary, Expression, Unary};
use crate::tree::{NodeKind, Why};

/// Whether two values are equal; `None` where that is not known.
pub(in super::super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (NodeKind::Unknown(one), NodeKind::Unknown(other)) if one.name == other.name => Some(true),
        (NodeKind::Null, NodeKind::Null) => Some(true),
        (NodeKind::Null, _) => value::is_surely_given(b).then_some(false),
        (_, NodeKind::Null) => value::is_surely_given(a).then_some(false),
        (NodeKind::List(one), NodeKind::List(other)) => {
            if !value::is_counted(a) || !value::is_counted(b) {
                return None;
            }
            if one.len() != other.len() {
                return Some(false);
            }
            all(one.iter().zip(other).map(|(a, b)| equal(a, b)))
        }
        (NodeKind::Map(_), NodeKind::Map(_)) => {
            if !value::is_counted(a) || !value::is_counted(b) {
                return None;
            }
            let (one, other) = (value::sorted_entries(a), value::sorted_entries(b));
            let same_keys = one.len() == other.len()
                && one
                    .iter()
                    .zip(&other)
                    .all(|(a, b)| a.key.value == b.key.value);
            if !same_keys {
                return Some(false);
            }
            all(one
                .iter()
                .zip(&other)
                .map(|(a, b)| equal(&a.value, &b.value)))
        }
        (NodeKind::List(_) | NodeKind::Map(_), NodeKind::Unknown(_))
        | (NodeKind::Unknown(_), NodeKind::List(_) | NodeKind::Map(_)) => None,
        (NodeKind::List(_) | NodeKind::Map(_), _) | (_, NodeKind::List(_) | NodeKind::Map(_)) => {
            Some(false)
        }
        _ => equal_text(a, b),
    }
}

fn equal_text(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(one), Some(other)) = (a.as_str(), b.as_str()) {
        let alike = std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind);
        if let (Some(one), Some(other)) = (value::float(a), value::float(b))
            && alike
            && !matches!(a.kind, NodeKind::Text(_))
        {
            return Some(one == other);
        }
        // `"1"` and `1` may be one value, if a variable's type says so.
        return if one == other {
            alike.then_some(true)
        } else {
            Some(false)
        };
    }
    let is_empty = |one: &Value| one.as_str() == Some("");
    if (is_empty(a) && value::is_surely_given(b)) || (is_empty(b) && value::is_surely_given(a)) {
        return Some(false);
    }
    let (one, other) = (value::template(a)?, value::template(b)?);
    if one == other {
        return Some(true);
    }
    let differs = |one: &str, other: &str| !one.starts_with(other) && !other.starts_with(one);
    let ends_differ = |one: &str, other: &str| !one.ends_with(other) && !other.ends_with(one);
    (differs(one.prefix(), other.prefix()) || ends_differ(one.suffix(), other.suffix()))
        .then_some(false)
}

/// Whether all hold: one that surely does not decides.
fn all(claims: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for claim in claims {
        match claim {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

impl<'m> Evaluator<'m> {
    pub(super) fn unary(
        &self,
        operator: Unary,
        operand: &Expression,
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let operand = self.value(operand, env);
        let result = match operator {
            Unary::Not => operand.as_bool().map(|is| value::boolean(!is, loc)),
            Unary::Minus => {
                value::float(&operand).and_then(|number| value::number_of(-number, loc))
            }
        };
        result.unwrap_or_else(|| self.opaque(loc, env, Why::Function))
    }

    pub(super) fn binary(
        &self,
        operator: Binary,
        operands: &[Expression; 2],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let [left, right] = operands;
        let one = self.value(left, env);
        if let (Binary::And, Some(false)) | (Binary::Or, Some(true)) = (operator, one.as_bool()) {
            return value::boolean(operator == Binary::Or, loc);
        }
        let other = self.value(right, env);
        let result = match operator {
            Binary::Equal => equal(&one, &other).map(|is| value::boolean(is, loc)),
            Binary::NotEqual => equal(&one, &other).map(|is| value::boolean(!is, loc)),
            Binary::And | Binary::Or => match (one.as_bool(), other.as_bool()) {
                (Some(_), Some(is)) => Some(value::boolean(is, loc)),
                (None, Some(is)) if is == (operator == Binary::Or) => Some(value::boolean(is, loc)),
                _ => None,
            },
            _ => numbers(operator, &one, &other, loc),
        };
        result.unwrap_or_else(|| self.opaque(loc, env, Why::Function))
    }

    /// One of these values, of which it is not known which: what they agree on.
    pub(in super::super) fn one_of(
        &self,
        values: Vec<Value>,
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let opaque = self.opaque(loc, env, Why::Condition);
        let Some(unknown) = opaque.unknown() else {
            return opaque;
        };
        self.spend(values.iter().map(value::weight).sum());
        values
            .into_iter()
            .reduce(|one, other| {
                value::unified(one, &other, &unknown.name, &unknown.text, Why::Condition)
            })
            .unwrap_or_else(|| opaque.clone())
    }

    pub(super) fn conditional(
        &self,
        parts: &[Expression; 3],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let [condition, then, otherwise] = parts;
        match self.value(condition, env).as_bool() {
            Some(true) => self.value(then, env),
            Some(false) => self.value(otherwise, env),
            None => {
                // What both ways give is known all the same. A way that would not be taken may fail.
                let failures = self.failures.get();
                let (yes, no) = (self.value(then, env), self.value(otherwise, env));
                self.failures.set(failures);
                self.one_of(vec![yes, no], loc, env)
            }
        }
    }
}

fn numbers(operator: Binary, one: &Value, other: &Value, loc: Loc) -> Option<Value> {
    let (a, b) = (value::float(one)?, value::float(other)?);
    let number = |value: f64| value::number_of(value, loc);
    match operator {
        Binary::Less => Some(value::boolean(a < b, loc)),
        Binary::LessOrEqual => Some(value::boolean(a <= b, loc)),
        Binary::Greater => Some(value::boolean(a > b, loc)),
        Binary::GreaterOrEqual => Some(value::boolean(a >= b, loc)),
        Binary::Plus => number(a + b),
        Binary::Minus => number(a - b),
        Binary::Times => number(a * b),
        Binary::Divide => number(a / b),
        Binary::Modulo => number(a % b),
        Binary::Equal | Binary::NotEqual | Binary::And | Binary::Or => None,
    }
}
