//! Condition operators as ECR107 reads them: which need their key, which exclude each other.

use crate::model::policy::Condition;

/// An operator, taken apart.
pub(super) struct Operator<'c> {
    set: Option<&'c str>,
    name: &'c str,
    if_exists: bool,
}

impl<'c> Operator<'c> {
    /// That of a condition.
    pub(super) fn of(condition: &'c Condition) -> Operator<'c> {
        let text = condition.operator.value.as_str();
        let (set, name) = match text.split_once(':') {
            Some((set, name)) => (Some(set), name),
            None => (None, text),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        Operator {
            set,
            name,
            if_exists,
        }
    }

    /// Whether it is one of these.
    pub(super) fn is_any(&self, names: &[&str]) -> bool {
        names.contains(&self.name)
    }

    /// Whether it asks something of the request even where the key is absent.
    pub(super) fn is_strict(&self) -> bool {
        !self.if_exists && self.set.is_none_or(|set| set == "ForAnyValue")
    }

    /// Whether a request without the key does not meet the condition.
    pub(super) fn needs_the_key(&self, condition: &Condition) -> bool {
        const POSITIVE: [&str; 10] = [
            "StringEquals",
            "StringEqualsIgnoreCase",
            "StringLike",
            "ArnEquals",
            "ArnLike",
            "Bool",
            "IpAddress",
            "NumericEquals",
            "BinaryEquals",
            "DateEquals",
        ];
        let asks_for_it = self.name == "Null"
            && !condition.values.is_empty()
            && condition
                .values
                .iter()
                .all(|value| value.value.as_literal() == Some("false"));
        self.is_strict() && (asks_for_it || self.is_any(&POSITIVE))
    }
}

/// The values of a condition, if all are known and none is a variable.
fn known(condition: &Condition) -> Option<Vec<&str>> {
    condition
        .values
        .iter()
        .map(|value| value.value.as_literal().filter(|text| !text.contains("${")))
        .collect()
}

/// Whether two conditions on one key can never be met together, seen from the first.
pub(super) fn exclude(one: &Condition, other: &Condition) -> bool {
    let (first, second) = (Operator::of(one), Operator::of(other));
    if first.set.is_some() || second.set.is_some() || first.if_exists || second.if_exists {
        return false;
    }
    let (Some(mine), Some(theirs)) = (known(one), known(other)) else {
        return false;
    };
    if mine.is_empty() || theirs.is_empty() {
        return false;
    }
    // The key is to be absent, and to have a value.
    if first.name == "Null" {
        return mine.iter().all(|value| *value == "true") && second.needs_the_key(other);
    }
    if first.name != "StringEquals" {
        return false;
    }
    match second.name {
        "StringNotEquals" => mine.iter().all(|value| theirs.contains(value)),
        "StringEqualsIgnoreCase" => !mine
            .iter()
            .any(|value| theirs.iter().any(|other| value.eq_ignore_ascii_case(other))),
        _ => false,
    }
}
