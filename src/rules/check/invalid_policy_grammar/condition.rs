//! Condition operators that do not exist: IAM refuses the policy
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).

use super::super::super::Context;
use super::super::reading;
use super::in_statement;
use crate::catalog::nearest::nearest;
use crate::diag::{Diagnostic, quote};
use crate::model::policy::Statement;
use std::collections::BTreeSet;

/// The operators, without prefix and suffix.
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

pub(super) fn check(cx: &Context<'_>, statement: &Statement, out: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for condition in &statement.conditions {
        let written = &condition.operator;
        if reading::is_placeholder(&written.value) || !seen.insert(written.loc) {
            continue;
        }
        let (head, operator) = match written.value.split_once(':') {
            Some((set, operator)) if is_set_prefix(set) => (format!("{set}:"), operator),
            _ => (String::new(), written.value.as_str()),
        };
        let (operator, tail) = match operator.get(operator.len().saturating_sub(8)..) {
            Some(tail) if tail.eq_ignore_ascii_case("IfExists") => (
                operator.get(..operator.len() - tail.len()).unwrap_or(""),
                tail,
            ),
            _ => (operator, ""),
        };
        if OPERATORS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(operator))
        {
            continue;
        }
        let found = in_statement(
            cx,
            statement,
            written.loc,
            format!("{} is no condition operator", quote(&written.value)),
        );
        out.push(match nearest(operator, OPERATORS) {
            Some(meant) => found.help(format!("write {}", quote(&format!("{head}{meant}{tail}")))),
            None => found.help("write an operator of the IAM reference, such as `StringEquals`"),
        });
    }
}

fn is_set_prefix(text: &str) -> bool {
    ["ForAnyValue", "ForAllValues"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(text))
}
