//! A policy given to `simulate`: its text, which of its statements apply to a request, and where they stand.

use super::refused;
use crate::iam::{Attached, Compiled, Outcome, Request, Stack, authorize};
use crate::model::policy::{Effect, Layer, PolicyDocument, Statement};
use crate::model::template::Template;
use crate::recognize::iam_policy::read_in_force;
use crate::source::span::LineIndex;
use crate::source::{FileId, Loc, Spanned};
use crate::tree;
use serde::Serialize;

/// A policy.
pub struct Source {
    /// What the answer calls it: `PolicyInputList.1`.
    pub id: String,
    /// What the answer calls its kind.
    pub kind: &'static str,
    /// Which question it answers.
    pub layer: Layer,
    /// Prepared.
    pub compiled: Compiled,
    document: PolicyDocument,
    text: String,
    lines: LineIndex,
    probes: Vec<Compiled>,
}

/// A statement that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Matched {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Point,
    end_position: Point,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Point {
    line: usize,
    column: usize,
}

impl Source {
    /// Reads a policy.
    ///
    /// # Errors
    /// If it is no JSON object or AWS would refuse it: what is wrong and where.
    pub fn read(id: &str, kind: &'static str, layer: Layer, text: &str) -> Result<Source, String> {
        let text = text.to_string();
        let lines = LineIndex::new(&text);
        let place = |loc: Loc, message: &str| {
            let at = lines.position(&text, loc.span.start);
            format!("{id}: line {}, column {}: {message}", at.line, at.column)
        };
        let document = {
            let parsed = tree::json::parse(FileId::NONE, &text);
            if let Some(problem) = parsed.problems.first() {
                return Err(place(problem.loc, &problem.message));
            }
            match parsed.documents.first() {
                Some(document) if document.root.is_map() => read_in_force(&document.root),
                Some(document) => {
                    return Err(place(document.root.loc, "a policy is a JSON object"));
                }
                None => return Err(format!("{id}: the policy is empty")),
            }
        };
        let compiled = Compiled::new(&document);
        if let Some((loc, why)) = refused(&document, &compiled) {
            return Err(place(loc, &why));
        }
        let probes = document
            .statements
            .iter()
            .map(|statement| probe(&document, statement))
            .collect();
        Ok(Source {
            id: id.to_string(),
            kind,
            layer,
            compiled,
            document,
            text,
            lines,
            probes,
        })
    }

    /// The layer it is in when it is about that request: the policy of a role that somebody wants to assume is its trust
    /// policy.
    pub fn layer_for(&self, request: &Request) -> Layer {
        if self.layer == Layer::Repository && request.action().starts_with("sts:assume") {
            Layer::Trust
        } else {
            self.layer
        }
    }

    /// The statements of that effect that apply to the request.
    pub fn matched(&self, request: &Request, effect: Effect) -> Vec<Matched> {
        self.document
            .statements
            .iter()
            .zip(&self.probes)
            .filter(|(statement, probe)| {
                let is_it = statement
                    .effect
                    .as_ref()
                    .is_some_and(|one| one.value == effect);
                let stack = Stack::new().with(Attached::new(self.layer_for(request), probe));
                is_it && authorize(request, &stack).outcome == Some(Outcome::ExplicitDeny)
            })
            .map(|(statement, _)| self.found(statement.loc))
            .collect()
    }

    /// A statement starts behind its opening brace and ends behind its closing one, as in the examples of
    /// <https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html>.
    fn found(&self, loc: Loc) -> Matched {
        let point = |offset: u32| {
            let at = self.lines.position(&self.text, offset);
            Point {
                line: at.line,
                column: at.column,
            }
        };
        let start = point(loc.span.start);
        Matched {
            source_policy_id: self.id.clone(),
            source_policy_type: self.kind,
            start_position: Point {
                line: start.line,
                column: start.column + 1,
            },
            end_position: point(loc.span.end),
        }
    }

    /// The condition keys that the policy asks for, those of policy variables included, in order and as written.
    pub fn keys(&self) -> Vec<String> {
        let has_variables = self
            .document
            .version
            .as_ref()
            .is_some_and(|version| version.value.as_literal() == Some("2012-10-17"));
        let mut keys = Vec::new();
        for statement in &self.document.statements {
            if has_variables {
                for element in statement.resource.iter() {
                    element
                        .values
                        .iter()
                        .for_each(|value| variables(value, &mut keys));
                }
            }
            for condition in &statement.conditions {
                keys.push(condition.key.value.clone());
                if has_variables {
                    condition
                        .values
                        .iter()
                        .for_each(|value| variables(value, &mut keys));
                }
            }
        }
        keys
    }
}

/// The statement as a Deny, alone: what it applies to, it denies.
fn probe(document: &PolicyDocument, statement: &Statement) -> Compiled {
    let mut alone = statement.clone();
    if let Some(effect) = &mut alone.effect {
        effect.value = Effect::Deny;
    }
    Compiled::new(&PolicyDocument {
        loc: document.loc,
        version: document.version.clone(),
        id: None,
        statements: vec![alone],
        faults: Vec::new(),
        complete: true,
        size: None,
    })
}

/// The keys of the variables in a text: `${aws:username}`, `${aws:username, 'nobody'}`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
fn variables(value: &Spanned<Template>, out: &mut Vec<String>) {
    let text = value.value.to_string();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("${") {
        let Some((inside, tail)) = after.split_once('}') else {
            return;
        };
        let key = inside.split(',').next().unwrap_or("").trim();
        if key.contains(':') {
            out.push(key.to_string());
        }
        rest = tail;
    }
}
