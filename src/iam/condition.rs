//! Conditions: does the request's context satisfy this operator, key and values?
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>; keys with several values:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

mod date;
mod network;
mod operator;
mod sample;
mod value;

pub(super) use sample::Samples;

use super::automaton::is_common;
use super::context::{Context, Fact};
use super::formula::{Atoms, Formula};
use super::pattern::Pattern;
use super::text::{self, Resolved, Syntax, Text};
use super::verdict::Atom;
use crate::model::arn;
use crate::model::policy;
use crate::model::template::Template;
use network::Network;
use operator::{Operator, Order, Set, Test};
use std::cmp::Ordering;
use value::Number;

/// One condition, prepared.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// In lower case.
    key: String,
    operator: Option<Operator>,
    /// The operator as written.
    written: String,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Value {
    Text(Text),
    Number(Number),
    Date(i128),
    Bool(bool),
    Binary(Vec<u8>),
    Network(Network),
    /// The six fields.
    Arn(Vec<Text>),
    /// Not a value of this operator; as written.
    Invalid(String),
    /// Only deploy time knows it.
    Hole {
        written: String,
        /// What it can be, if that can be told: all holes as wildcards.
        at_most: Option<Pattern>,
    },
}

impl Condition {
    /// `variables`: whether the document's version has policy variables.
    pub(super) fn new(condition: &policy::Condition, variables: bool) -> Condition {
        let values: Vec<_> = condition.values.iter().map(|value| &value.value).collect();
        Condition::of(
            &condition.operator.value,
            &condition.key.value,
            &values,
            variables,
        )
    }

    pub(super) fn of(
        operator: &str,
        key: &str,
        values: &[&Template],
        variables: bool,
    ) -> Condition {
        let parsed = Operator::parse(operator);
        Condition {
            key: key.to_ascii_lowercase(),
            operator: parsed,
            written: operator.to_string(),
            values: values
                .iter()
                .map(|value| match parsed {
                    Some(operator) => Value::of(value, operator.test, variables),
                    None => Value::Invalid(value.to_string()),
                })
                .collect(),
        }
    }

    /// The operator, if AWS knows none of that name.
    pub(super) fn unknown_operator(&self) -> Option<&str> {
        self.operator.is_none().then_some(self.written.as_str())
    }

    /// Whether it holds.
    pub(super) fn holds(&self, context: &Context, atoms: &mut Atoms) -> Formula {
        let Some(operator) = self.operator else {
            return atoms.undocumented("an unknown condition operator", &self.written);
        };
        match context.get(&self.key) {
            Fact::Absent => self.holds_if_absent(operator, atoms),
            Fact::Values(values) if values.is_empty() => self.holds_if_absent(operator, atoms),
            Fact::Values(values) => self.holds_for(operator, values, context, atoms),
            Fact::Present => self.holds_if_unknown(operator, &Formula::False, atoms),
            Fact::Unknown => {
                let absent = atoms.formula(Atom::Absent {
                    key: self.key.clone(),
                });
                self.holds_if_unknown(operator, &absent, atoms)
            }
        }
    }

    fn holds_if_absent(&self, operator: Operator, atoms: &mut Atoms) -> Formula {
        match (operator.test, operator.set) {
            (Test::Null, _) => self.null(Formula::True, atoms),
            (_, Some(Set::All)) => Formula::True,
            (_, Some(Set::Any)) if operator.if_exists => {
                atoms.undocumented("`ForAnyValue` with `IfExists` on an absent key", &self.key)
            }
            (_, Some(Set::Any)) => Formula::False,
            (_, None) => (operator.if_exists || operator.negated).into(),
        }
    }

    fn holds_for(
        &self,
        operator: Operator,
        values: &[String],
        context: &Context,
        atoms: &mut Atoms,
    ) -> Formula {
        if operator.test == Test::Null {
            return self.null(Formula::False, atoms);
        }
        let one = |value: &String, atoms: &mut Atoms| {
            self.any_matches(operator, value, context, atoms)
                .negated_if(operator.negated)
        };
        match (operator.set, values) {
            (None, [value]) => one(value, atoms),
            (None, _) => atoms.undocumented(
                "a key with several values and no set operator",
                format!("{} {}", self.written, self.key),
            ),
            (Some(Set::All), values) => values
                .iter()
                .fold(Formula::True, |all, value| all.and(one(value, atoms))),
            (Some(Set::Any), values) => values
                .iter()
                .fold(Formula::False, |any, value| any.or(one(value, atoms))),
        }
    }

    /// Whether one of the policy's values matches the request's, the operator in its positive form.
    fn any_matches(
        &self,
        operator: Operator,
        value: &str,
        context: &Context,
        atoms: &mut Atoms,
    ) -> Formula {
        let mut any = Formula::False;
        for wanted in &self.values {
            any = any.or(wanted.matches(operator.test, value, context, atoms));
            if any.is_true() {
                break;
            }
        }
        any
    }

    /// `Null`, given whether the key is absent.
    fn null(&self, absent: Formula, atoms: &mut Atoms) -> Formula {
        self.values
            .iter()
            .fold(Formula::False, |any, value| match value {
                Value::Bool(wanted) => any.or(absent.clone().negated_if(!wanted)),
                other => any.or(other.unusable(atoms)),
            })
    }

    /// Given what makes the key absent, and no knowledge of its value.
    fn holds_if_unknown(&self, operator: Operator, absent: &Formula, atoms: &mut Atoms) -> Formula {
        if operator.test == Test::Null {
            return self.null(absent.clone(), atoms);
        }
        let matches_all = self
            .values
            .iter()
            .any(|value| matches!(value, Value::Text(text) if text.is_everything()));
        let unusable = self
            .values
            .iter()
            .find(|value| matches!(value, Value::Invalid(_) | Value::Hole { .. }))
            .map(|value| match value {
                Value::Hole { written, .. } => atoms.formula(Atom::Hole {
                    text: format!("{written} as {} of {}", self.written, self.key),
                }),
                other => other.unusable(atoms),
            });
        let name = match operator.set {
            None => operator.positive_name().to_string(),
            Some(_) => self.written.trim_end_matches("IfExists").to_string(),
        };
        let mut matches = if self.values.is_empty() && operator.set.is_none() {
            Formula::False
        } else {
            let mut values: Vec<_> = self.values.iter().map(Value::written).collect();
            values.sort_unstable();
            values.dedup();
            atoms.formula(Atom::Condition {
                key: self.key.clone(),
                operator: name,
                values,
            })
        };
        if let Some(unusable) = unusable {
            matches = matches.or(unusable);
        }
        match operator.set {
            Some(Set::All) => matches,
            Some(Set::Any) if operator.if_exists && !absent.is_false() => {
                let open =
                    atoms.undocumented("`ForAnyValue` with `IfExists` on an absent key", &self.key);
                absent.clone().and(open).or(matches)
            }
            Some(Set::Any) => matches,
            None => {
                if matches_all {
                    matches = absent.clone().negated();
                }
                if operator.negated {
                    matches.negated()
                } else if operator.if_exists {
                    absent.clone().or(matches)
                } else {
                    matches
                }
            }
        }
    }
}

impl Value {
    fn of(value: &Template, test: Test, variables: bool) -> Value {
        let written = value.to_string();
        let invalid = || Value::Invalid(written.clone());
        let text = |wildcards| Syntax {
            wildcards,
            variables,
        };
        match test {
            _ if !value.is_known() => {
                let at_most = match test {
                    _ if value.contains("${") => None,
                    Test::Text {
                        fold: false,
                        wildcards: false,
                    } => Some(Pattern::of_name(value)),
                    Test::Text { fold: false, .. } | Test::Arn => Some(Pattern::of_glob(value)),
                    _ => None,
                };
                Value::Hole {
                    written,
                    at_most: at_most.map(|pattern| pattern.with_holes_as_wildcards()),
                }
            }
            Test::Text { wildcards, .. } => Value::Text(Text::new(value, text(wildcards))),
            Test::Arn => {
                let fields = arn::fields(value);
                if fields.len() == 6 {
                    Value::Arn(
                        fields
                            .iter()
                            .map(|field| Text::new(field, text(true)))
                            .collect(),
                    )
                } else {
                    invalid()
                }
            }
            Test::Number(_) => Number::parse(&written).map_or_else(invalid, Value::Number),
            Test::Date(_) => date::parse(&written).map_or_else(invalid, Value::Date),
            Test::Bool | Test::Null => value::truth(&written).map_or_else(invalid, Value::Bool),
            Test::Binary => value::base64(&written).map_or_else(invalid, Value::Binary),
            Test::Network => Network::parse(&written).map_or_else(invalid, Value::Network),
        }
    }

    /// In one form for all that are the same value.
    fn written(&self) -> String {
        match self {
            Value::Text(text) => text.written.clone(),
            Value::Number(number) => number.to_string(),
            Value::Date(nanoseconds) => nanoseconds.div_euclid(1_000_000_000).to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Value::Network(network) => network.to_string(),
            Value::Arn(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| field.written.as_str()).collect();
                fields.join(":")
            }
            Value::Invalid(text) | Value::Hole { written: text, .. } => text.clone(),
        }
    }

    /// What a value that cannot be compared makes of a comparison.
    fn unusable(&self, atoms: &mut Atoms) -> Formula {
        match self {
            Value::Hole { written, .. } => atoms.formula(Atom::Hole {
                text: written.clone(),
            }),
            other => atoms.undocumented(
                "a value that is not of the operator's type",
                other.written(),
            ),
        }
    }

    fn matches(&self, test: Test, value: &str, context: &Context, atoms: &mut Atoms) -> Formula {
        let compared = |order: Order, ordering: Option<Ordering>, atoms: &mut Atoms| match ordering
        {
            Some(ordering) => order.holds(ordering).into(),
            None => atoms.undocumented("a request value that is not of the operator's type", value),
        };
        match (self, test) {
            (Value::Text(text), Test::Text { fold, .. }) => {
                text_matches(text, value, fold, context, atoms)
            }
            (Value::Number(wanted), Test::Number(order)) => {
                let ordering = Number::parse(value).map(|value| value.cmp(wanted));
                compared(order, ordering, atoms)
            }
            (Value::Date(wanted), Test::Date(order)) => {
                let ordering = date::parse(value).map(|value| value.cmp(wanted));
                compared(order, ordering, atoms)
            }
            (Value::Bool(wanted), _) => (value::truth(value) == Some(*wanted)).into(),
            (Value::Binary(wanted), _) => {
                (value::base64(value).as_deref() == Some(wanted.as_slice())).into()
            }
            (Value::Network(network), _) => match value.parse() {
                Ok(address) => network.contains(address).into(),
                Err(_) => compared(Order::Equal, None, atoms),
            },
            (Value::Arn(wanted), _) => {
                let mut fields = value.splitn(6, ':');
                let mut all = Formula::True;
                for wanted in wanted {
                    let Some(field) = fields.next() else {
                        return Formula::False;
                    };
                    all = all.and(text_matches(wanted, field, false, context, atoms));
                    if all.is_false() {
                        break;
                    }
                }
                all
            }
            // What it is compared with matters: with another value it may come out otherwise.
            (Value::Hole { at_most, .. }, _)
                if at_most.as_ref().is_some_and(|pattern| {
                    is_common(&[pattern, &Pattern::of_text(value)]) == Some(false)
                }) =>
            {
                Formula::False
            }
            (Value::Hole { written, .. }, _) => atoms.formula(Atom::Hole {
                text: format!("{written}, compared with `{value}` by {}", test.name()),
            }),
            (other, _) => other.unusable(atoms),
        }
    }
}

/// Whether text of a policy matches text of a request.
fn text_matches(
    text: &Text,
    value: &str,
    fold: bool,
    context: &Context,
    atoms: &mut Atoms,
) -> Formula {
    match text.resolve(context) {
        Resolved::Plain(wanted) if fold => text::same_text(wanted, value).into(),
        Resolved::Plain(wanted) => (wanted == value).into(),
        Resolved::Pattern(tokens) => match text::matches(&tokens, value, fold) {
            Some(matches) => matches.into(),
            None => atoms.formula(Atom::TooComplex),
        },
        Resolved::Valueless => Formula::False,
        Resolved::Unknown(key) => atoms.formula(Atom::Variable {
            key: key.to_string(),
            text: format!("`{}` matches `{value}`", text.written),
        }),
        Resolved::Many => {
            atoms.undocumented("a policy variable with several values", &text.written)
        }
    }
}
