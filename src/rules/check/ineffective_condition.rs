//! ECR107: a condition on an Allow that no request of its actions can meet
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).

mod operator;
mod source_endpoint;

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::reading;
use crate::catalog::Action;
use crate::diag::{Confidence, Diagnostic, quote};
use crate::iam::{self, Answer};
use crate::model::policy::{Condition, Layer, Statement};
use crate::model::template::{Piece, Template};
use operator::Operator;

/// Layers whose Allow is what lets a request of an image through.
const LAYERS: [Layer; 6] = [
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::Repository,
    Layer::Registry,
    Layer::Endpoint,
];

/// The services that hold images.
const SERVICES: [&str; 2] = ["ecr", "ecr-public"];

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.policies() {
        if !LAYERS.contains(&policy.layer) {
            continue;
        }
        for (at, statement) in policy.document.statements.iter().enumerate() {
            let asked = Asked {
                policy,
                at,
                statement,
            };
            if !statement.allows() || statement.conditions.is_empty() || asked.actions().is_empty()
            {
                continue;
            }
            let found = asked
                .literal_wildcard(cx)
                .or_else(|| asked.contradiction(cx))
                .or_else(|| asked.never_carried(cx))
                .or_else(|| source_endpoint::check(cx, &asked));
            out.extend(found);
        }
    }
}

/// A statement with conditions, in its policy.
struct Asked<'a> {
    policy: AskedPolicy<'a>,
    at: usize,
    statement: &'a Statement,
}

impl Asked<'_> {
    /// The actions of ECR that it names.
    fn actions(&self) -> Vec<&'static Action> {
        let Some(element) = self.statement.action.as_ref().filter(|one| !one.negated) else {
            return Vec::new();
        };
        SERVICES
            .into_iter()
            .flat_map(|service| {
                element
                    .values
                    .iter()
                    .flat_map(move |value| iam::actions_matched(&value.value, service))
            })
            .collect()
    }

    /// Whether it names this action.
    fn names(&self, action: &str) -> bool {
        self.policy.alone().names(self.at, action) == Answer::Yes
    }

    /// Whether another statement of the document allows the action as well, or may.
    fn is_granted_besides(&self, action: &str) -> bool {
        !self.policy.document.complete
            || self
                .policy
                .document
                .statements
                .iter()
                .enumerate()
                .any(|(at, other)| {
                    at != self.at
                        && !other.denies()
                        && self.policy.alone().names(at, action) != Answer::No
                })
    }

    /// A finding about one of its conditions.
    fn finding(&self, cx: &Context<'_>, condition: &Condition, message: String) -> Diagnostic {
        let identity = format!(
            "{} {} {message}",
            condition.operator.value, condition.key.value
        );
        cx.diagnostic(condition.key.loc, message)
            .identity(identity)
            .in_statement(reading::sid(self.statement))
    }

    /// An operator that compares whole texts, given a pattern.
    fn literal_wildcard(&self, cx: &Context<'_>) -> Option<Diagnostic> {
        for condition in &self.statement.conditions {
            let operator = Operator::of(condition);
            let is_exact = operator.is_any(&["StringEquals", "StringEqualsIgnoreCase"])
                && operator.is_strict();
            let first = condition.values.first()?;
            if !is_exact || !condition.values.iter().all(|value| has_star(&value.value)) {
                continue;
            }
            let like = condition
                .operator
                .value
                .replace("StringEquals", "StringLike");
            let like = like.replace("IgnoreCase", "");
            let mut found = self.finding(
                cx,
                condition,
                format!(
                    "{} takes the `*` in {} as a character, so no request meets this condition",
                    quote(&condition.operator.value),
                    quote(&first.value.to_string())
                ),
            );
            found.primary.loc = first.loc;
            return Some(
                found
                    .related(condition.operator.loc, "the operator")
                    .help(format!("use {}", quote(&like))),
            );
        }
        None
    }

    /// Two conditions on one key that exclude each other.
    fn contradiction(&self, cx: &Context<'_>) -> Option<Diagnostic> {
        let conditions = &self.statement.conditions;
        for (at, one) in conditions.iter().enumerate() {
            for other in conditions.get(at + 1..).unwrap_or_default() {
                if one.key.value.eq_ignore_ascii_case(&other.key.value)
                    && (operator::exclude(one, other) || operator::exclude(other, one))
                {
                    return Some(
                        self.finding(
                            cx,
                            other,
                            format!(
                                "no request meets this and the {} condition on {} together",
                                quote(&one.operator.value),
                                quote(&one.key.value)
                            ),
                        )
                        .related(one.key.loc, "the other condition"),
                    );
                }
            }
        }
        None
    }

    /// A key that requests of an action do not carry, where the condition needs it.
    fn never_carried(&self, cx: &Context<'_>) -> Option<Diagnostic> {
        for condition in &self.statement.conditions {
            if !Operator::of(condition).needs_the_key(condition) {
                continue;
            }
            let key = condition.key.value.to_ascii_lowercase();
            if !is_of_the_resource(&key) {
                continue;
            }
            let actions = self.actions();
            let dead: Vec<String> = actions
                .iter()
                .filter(|action| !carries(action, &key))
                .map(|action| action.qualified())
                .filter(|action| self.is_spelt_out(action) && !self.is_granted_besides(action))
                .collect();
            if dead.is_empty() {
                continue;
            }
            return Some(
                self.finding(
                    cx,
                    condition,
                    format!(
                        "requests for {} never carry {}, so the condition is never met",
                        reading::first_and_more(&dead),
                        quote(&condition.key.value)
                    ),
                )
                .confidence(if self.policy.layer == Layer::Identity {
                    Confidence::Medium
                } else {
                    Confidence::High
                })
                .help(format!(
                    "allow {} in a statement without this condition",
                    reading::first_and_more(&dead)
                )),
            );
        }
        None
    }

    /// Whether an action is named by itself: a wildcard takes in more than was meant.
    fn is_spelt_out(&self, action: &str) -> bool {
        self.statement
            .action
            .iter()
            .flat_map(|element| &element.values)
            .any(|value| {
                value
                    .value
                    .as_literal()
                    .is_some_and(|text| text.eq_ignore_ascii_case(action))
            })
    }
}

/// Whether a known part of the text holds a `*` that is not the variable `${*}`.
fn has_star(text: &Template) -> bool {
    text.pieces().iter().any(|piece| match piece {
        Piece::Literal(text) => text.replace("${*}", "").contains('*'),
        Piece::Hole(_) => false,
    })
}

/// Whether a key tells of what is asked for, and so is carried by some actions and not by others.
fn is_of_the_resource(key: &str) -> bool {
    ["ecr:", "aws:resourcetag/", "aws:requesttag/"]
        .iter()
        .any(|start| key.starts_with(start))
        || key == "aws:tagkeys"
}

/// Whether requests for an action may carry a key, given in lower case.
fn carries(action: &Action, key: &str) -> bool {
    action.condition_keys.iter().any(|one| {
        let one = one.to_ascii_lowercase();
        match one.split_once('$') {
            Some((start, _)) => key.starts_with(start),
            None => key == one,
        }
    })
}
