//! Which conditions on one unknown key can be true together.
//!
//! Conditions that compare with fixed values cut the values of a key into few classes: between two neighbouring dates all
//! dates are alike. One sample of each class shows every combination that can occur. Texts with wildcards and ARNs are
//! walked through as patterns.

use super::{Condition, Context, Operator, Test, Value, date};
use crate::iam::Answer;
use crate::iam::automaton;
use crate::iam::formula::Atoms;
use crate::iam::pattern::Pattern;
use crate::model::template::Template;
use std::collections::BTreeSet;

/// What values the key can have, for all that its conditions can tell.
#[derive(Clone, Debug)]
pub(in crate::iam) struct Samples {
    /// Each combination that can occur: for each condition whether it holds. `None` if the classes are not known.
    pub(in crate::iam) combinations: Option<Vec<Vec<bool>>>,
}

impl Samples {
    /// Of conditions on one key, given as operator in positive form and values.
    pub(in crate::iam) fn of(conditions: &[(&str, &[String])]) -> Samples {
        let values = conditions.iter().map(|(_, values)| values.len());
        if conditions.len() > MOST_CONDITIONS || values.sum::<usize>() > MOST_VALUES {
            return Samples { combinations: None };
        }
        let conditions: Vec<_> = conditions
            .iter()
            .map(|(operator, values)| {
                let values: Vec<_> = values
                    .iter()
                    .map(|text| Template::literal(text.as_str()))
                    .collect();
                let values: Vec<_> = values.iter().collect();
                Condition::of(operator, "k", &values, false)
            })
            .collect();
        Samples {
            combinations: combinations(&conditions).or_else(|| patterns(&conditions)),
        }
    }
}

/// Most conditions on one key that are told apart, and most values in them.
const MOST_CONDITIONS: usize = 16;
const MOST_VALUES: usize = 200;

fn combinations(conditions: &[Condition]) -> Option<Vec<Vec<bool>>> {
    let mut samples = BTreeSet::new();
    for condition in conditions {
        let operator = condition.operator?;
        for value in &condition.values {
            sample(operator, value, &mut samples)?;
        }
    }
    let kinds = |wanted: fn(Test) -> bool| {
        conditions.iter().all(|condition| {
            condition
                .operator
                .is_some_and(|operator| wanted(operator.test))
        })
    };
    // Operators of different types on one key compare different readings of the same text.
    let is_one_kind = kinds(|test| matches!(test, Test::Text { .. }))
        || kinds(|test| matches!(test, Test::Number(_)))
        || kinds(|test| matches!(test, Test::Date(_)))
        || kinds(|test| matches!(test, Test::Bool))
        || kinds(|test| matches!(test, Test::Network));
    if !is_one_kind {
        return None;
    }
    let mut out = BTreeSet::new();
    for text in samples {
        let context = Context::closed().with("k", text);
        let mut atoms = Atoms::default();
        let mut combination = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match condition.holds(&context, &mut atoms).value(&[]) {
                Answer::Yes => combination.push(true),
                Answer::No => combination.push(false),
                Answer::Maybe => return None,
            }
        }
        out.insert(combination);
    }
    Some(out.into_iter().collect())
}

/// The same where all conditions compare text whose letter case counts, or ARNs.
fn patterns(conditions: &[Condition]) -> Option<Vec<Vec<bool>>> {
    let mut groups = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let operator = condition.operator?;
        let is_text = matches!(operator.test, Test::Text { fold: false, .. } | Test::Arn);
        if operator.set.is_some() || !is_text {
            return None;
        }
        let group: Option<Vec<Pattern>> = condition.values.iter().map(pattern).collect();
        groups.push(group?);
    }
    Some(automaton::combinations(&groups)?.into_iter().collect())
}

fn pattern(value: &Value) -> Option<Pattern> {
    match value {
        Value::Text(text) => Some(Pattern::of_texts(&[(text.as_pattern()?, true)])),
        // Wildcards stay in their field; the last one may hold colons.
        Value::Arn(fields) => {
            let last = fields.len().checked_sub(1)?;
            let fields: Option<Vec<_>> = fields
                .iter()
                .enumerate()
                .map(|(at, field)| Some((field.as_pattern()?, at == last)))
                .collect();
            Some(Pattern::of_texts(&fields?))
        }
        _ => None,
    }
}

/// Samples of the classes that a value makes; `None` if they cannot be told.
fn sample(operator: Operator, value: &Value, out: &mut BTreeSet<String>) -> Option<()> {
    if operator.set.is_some() {
        return None;
    }
    match (value, operator.test) {
        (Value::Text(text), Test::Text { .. }) => {
            let plain = text.as_plain()?;
            out.insert(plain.to_string());
            // The same in another letter case, and something that no policy names.
            out.insert(plain.to_uppercase());
            out.insert(plain.to_lowercase());
            out.insert(flipped(plain));
            out.insert(format!("{plain}\u{0}"));
        }
        (Value::Number(number), _) => {
            let text = number.to_string();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            // Just beside it: no other number of a policy is as close.
            for tail in ["", "000000000000000000000001"] {
                out.insert(format!("{whole}.{fraction}{tail}"));
            }
            out.insert(just_below(whole, fraction));
        }
        (Value::Date(nanoseconds), Test::Date(_)) => {
            let second = nanoseconds.div_euclid(1_000_000_000);
            // Policies name whole seconds; anything finer is left alone.
            if second * 1_000_000_000 != *nanoseconds || second < 10_000 {
                return None;
            }
            for near in [second - 1, second, second + 1] {
                let text = near.to_string();
                date::parse(&text)?;
                out.insert(text);
            }
        }
        (Value::Bool(_), Test::Bool) => {
            out.insert("true".to_string());
            out.insert("false".to_string());
        }
        (Value::Network(network), _) => {
            out.extend(
                network
                    .edges()
                    .into_iter()
                    .flatten()
                    .map(|edge| edge.to_string()),
            );
            out.insert("::".to_string());
            out.insert("0.0.0.0".to_string());
        }
        _ => return None,
    }
    Some(())
}

/// A number just below, as far as policies write numbers.
fn just_below(whole: &str, fraction: &str) -> String {
    let is_negative = whole.starts_with('-');
    if is_negative {
        return format!("{whole}.{fraction}000000000000000000000001");
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    digits.extend_from_slice(b"000000000000000000000000");
    let point = whole.len();
    for digit in digits.iter_mut().rev() {
        if *digit == b'0' {
            *digit = b'9';
        } else {
            *digit -= 1;
            let text = String::from_utf8_lossy(&digits);
            let (whole, fraction) = text.split_at_checked(point).unwrap_or((&text, ""));
            return format!("{whole}.{fraction}");
        }
    }
    "-0.000000000000000000000001".to_string()
}

/// Every letter in the other case.
fn flipped(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combinations_of(conditions: &[(&str, &[&str])]) -> Option<Vec<Vec<bool>>> {
        let owned: Vec<(&str, Vec<String>)> = conditions
            .iter()
            .map(|(operator, values)| (*operator, values.iter().map(ToString::to_string).collect()))
            .collect();
        let borrowed: Vec<(&str, &[String])> = owned
            .iter()
            .map(|(operator, values)| (*operator, values.as_slice()))
            .collect();
        Samples::of(&borrowed).combinations
    }

    #[test]
    fn equal_texts_exclude_each_other() {
        assert_eq!(
            combinations_of(&[("StringEquals", &["a"]), ("StringEquals", &["b"])]),
            Some(vec![
                vec![false, false],
                vec![false, true],
                vec![true, false]
            ])
        );
    }

    #[test]
    fn halves_of_a_line_are_complete() {
        for (below, above, value) in [
            ("NumericLessThan", "NumericGreaterThanEquals", "300"),
            ("NumericLessThan", "NumericGreaterThanEquals", "0"),
            ("NumericLessThan", "NumericGreaterThanEquals", "-5.5"),
            ("DateLessThan", "DateGreaterThanEquals", "2026-05-01"),
        ] {
            assert_eq!(
                combinations_of(&[(below, &[value]), (above, &[value])]),
                Some(vec![vec![false, true], vec![true, false]]),
                "{value}"
            );
        }
    }

    #[test]
    fn globs_are_told_apart() {
        let table = |rows: &[&str]| {
            let row = |row: &&str| row.chars().map(|c| c == '1').collect::<Vec<_>>();
            Some(rows.iter().map(row).collect::<Vec<_>>())
        };
        let like = "StringLike";
        assert_eq!(combinations_of(&[(like, &["a*"])]), table(&["0", "1"]));
        assert_eq!(
            combinations_of(&[(like, &["a*"]), (like, &["b*"])]),
            table(&["00", "01", "10"])
        );
        // One in the other.
        assert_eq!(
            combinations_of(&[(like, &["a*"]), (like, &["ab*", "ac"])]),
            table(&["00", "10", "11"])
        );
        assert_eq!(
            combinations_of(&[(like, &["a*"]), ("StringEquals", &["a*", "b"])]),
            table(&["00", "01", "10", "11"])
        );
        assert_eq!(
            combinations_of(&[
                (like, &["repo:org/*"]),
                ("StringEquals", &["repo:org/a:ref:x"])
            ]),
            table(&["00", "10", "11"])
        );
        // Every text is one or the other.
        assert_eq!(
            combinations_of(&[(like, &["", "?"]), (like, &["??*"])]),
            table(&["01", "10"])
        );
        assert_eq!(
            combinations_of(&[
                ("ArnLike", &["arn:aws:iam::123456789012:role/*"]),
                ("ArnLike", &["arn:*:iam::*:user/*"]),
            ]),
            table(&["00", "01", "10"])
        );
        // The star of an ARN stays in its field, that of a text does not.
        assert_eq!(
            combinations_of(&[
                ("ArnLike", &["arn:*:iam:*:*:*"]),
                (like, &["arn:aws:s3:a:b:iam"]),
            ]),
            table(&["00", "01", "10"])
        );
        assert_eq!(
            combinations_of(&[("StringEqualsIgnoreCase", &["a"]), (like, &["a*"])]),
            None
        );
    }

    #[test]
    fn networks_nest() {
        assert_eq!(
            combinations_of(&[
                ("IpAddress", &["10.0.0.0/8"]),
                ("IpAddress", &["10.1.0.0/16"])
            ]),
            Some(vec![
                vec![false, false],
                vec![true, false],
                vec![true, true]
            ])
        );
    }
}
