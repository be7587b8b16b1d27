//! Why: the statement that decides, the layers that do not allow, what comes closest in each, and a proof.

use super::Answer;
use super::authorize::authorize;
use super::compiled::{Compiled, Statement};
use super::formula::{Atoms, Formula};
use super::layers;
use super::principal::Place;
use super::request::{Request, Target};
use super::stack::{Attached, Stack};
use super::verdict::{Decision, StatementRef, Verdict};
use super::witness::witness;
use crate::model::policy::{Effect, Layer};

/// A part of a statement. The order is that of how far a miss is from what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `Condition`.
    Condition,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Action` or `NotAction`.
    Action,
    /// `Principal` or `NotPrincipal`.
    Principal,
}

/// What each part of a statement says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Whether it means the caller.
    pub principal: Answer,
    /// Whether it names the action.
    pub action: Answer,
    /// Whether it names the resource.
    pub resource: Answer,
    /// Whether its conditions hold.
    pub condition: Answer,
}

impl Parts {
    /// The parts that fail for certain, nearest first.
    pub fn failed(self) -> impl Iterator<Item = Part> {
        [
            (self.condition, Part::Condition),
            (self.resource, Part::Resource),
            (self.action, Part::Action),
            (self.principal, Part::Principal),
        ]
        .into_iter()
        .filter(|(answer, _)| *answer == Answer::No)
        .map(|(_, part)| part)
    }

    /// Whether the statement applies.
    #[must_use]
    pub fn applies(self) -> Answer {
        self.principal
            .and(self.action)
            .and(self.resource)
            .and(self.condition)
    }
}

/// The smallest change to a statement that makes one part of it hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Add the requested action to the list, which has a near entry at that index or none.
    AddAction {
        /// Index of the entry that was perhaps meant to be it.
        instead_of: Option<usize>,
    },
    /// Put this ARN in place of the entry at that index: one field of it differs from the requested one.
    ChangeResource {
        /// Index of the entry.
        entry: usize,
        /// Index of the ARN field: 1 is the partition, 5 what follows the account.
        field: usize,
        /// The entry, changed.
        to: String,
    },
    /// Add the requested resource to the list.
    AddResource,
    /// No edit of a list will do.
    None,
}

/// The statement of a layer that comes closest to allowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement.
    pub at: StatementRef,
    /// What fails, nearest first.
    pub failed: Vec<Part>,
    /// Indices of its conditions that fail for certain, each by itself.
    pub conditions: Vec<usize>,
    /// What would mend it, if only one part fails.
    pub edit: Edit,
}

/// A layer that would have to allow and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The layer.
    pub layer: Layer,
    /// Its nearest Allow; `None` if it has none.
    pub nearest: Option<NearMiss>,
}

/// One statement that a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The statement.
    pub at: StatementRef,
    /// Its layer.
    pub layer: Layer,
    /// What its parts say.
    pub parts: Parts,
}

/// The statements that are enough to come to the same decision again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// In order.
    pub lines: Vec<Line>,
}

/// Why a request is decided as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// Of an implicit denial: each layer that does not allow.
    pub misses: Vec<Miss>,
    /// The proof.
    pub proof: Proof,
    /// Of a request for all that a pattern stands for, where it is not allowed throughout: the ARN of the shortest
    /// repository that is denied ([`witness`](super::witness::witness)).
    pub witness: Option<String>,
}

/// Decides and says why.
#[must_use]
pub fn explain(request: &Request, stack: &Stack<'_>) -> Explanation {
    let decision = authorize(request, stack);
    let misses = decision
        .limited_by
        .iter()
        .map(|layer| Miss {
            layer: *layer,
            nearest: nearest(*layer, request, stack),
        })
        .collect();
    let proof = Proof::of(&decision, request, stack);
    let witness = match decision.verdict {
        Verdict::Denied | Verdict::Conditional => witness(request, stack),
        Verdict::Allowed | Verdict::Unknown => None,
    };
    Explanation {
        witness,
        decision,
        misses,
        proof,
    }
}

/// Every statement of layers that have a say, with what its parts say.
fn lines(request: &Request, stack: &Stack<'_>) -> Vec<(Line, Option<Effect>)> {
    let has_boundary = stack
        .policies()
        .iter()
        .any(|policy| policy.layer == Layer::Boundary);
    let mut lines = Vec::new();
    for (policy, attached) in stack.policies().iter().enumerate() {
        if layers::is_asked(attached, request) == Answer::No {
            continue;
        }
        let place = Place {
            is_gateway: attached.is_gateway,
            has_boundary,
        };
        for (index, statement) in attached.policy.statements.iter().enumerate() {
            let line = Line {
                at: StatementRef {
                    policy,
                    statement: index,
                },
                layer: attached.layer,
                parts: parts(statement, attached.layer, place, request),
            };
            lines.push((line, statement.effect));
        }
    }
    lines
}

fn parts(statement: &Statement, layer: Layer, place: Place, request: &Request) -> Parts {
    let mut atoms = Atoms::default();
    let answer = |formula: Formula| formula.value(&[]);
    Parts {
        principal: answer(layers::meant(statement, layer, place, request, &mut atoms).at_all()),
        action: answer(statement.names_action(request.action(), &mut atoms)),
        resource: answer(statement.names_resource(
            request,
            layers::may_leave_out_resource(layer),
            &mut atoms,
        )),
        condition: answer(statement.conditions_hold(request, &mut atoms)),
    }
}

/// Whether a statement of that layer could make up for a miss of `wanted`.
fn is_of(layer: Layer, wanted: Layer) -> bool {
    layer == wanted || (wanted == Layer::Repository && layers::is_resource_policy(layer))
}

fn nearest(layer: Layer, request: &Request, stack: &Stack<'_>) -> Option<NearMiss> {
    let (line, edit, _) = lines(request, stack)
        .into_iter()
        .filter(|(line, effect)| is_of(line.layer, layer) && *effect == Some(Effect::Allow))
        // One that applies is not a miss: another level of the organization lacks it.
        .filter(|(line, _)| line.parts.applies() != Answer::Yes)
        .filter_map(|(line, _)| {
            let statement = statement(stack, line.at)?;
            let (edit, distance) = edit(statement, line.parts, request);
            Some((line, edit, distance))
        })
        .min_by_key(|(line, _, distance)| {
            let failed: Vec<_> = line.parts.failed().collect();
            let farthest = failed.last().copied();
            (failed.len(), farthest, *distance, line.at)
        })?;
    let failed: Vec<_> = line.parts.failed().collect();
    Some(NearMiss {
        at: line.at,
        conditions: statement(stack, line.at)
            .map_or_else(Vec::new, |statement| statement.failed_conditions(request)),
        edit: if failed.len() == 1 { edit } else { Edit::None },
        failed,
    })
}

fn statement<'p>(stack: &Stack<'p>, at: StatementRef) -> Option<&'p Statement> {
    stack
        .policies()
        .get(at.policy)?
        .policy
        .statements
        .get(at.statement)
}

/// The smallest edit for the farthest part that fails, and how small it is.
fn edit(statement: &Statement, parts: Parts, request: &Request) -> (Edit, usize) {
    match parts.failed().max() {
        Some(Part::Action) => add_action(statement, request),
        Some(Part::Resource) => change_resource(statement, request),
        _ => (Edit::None, 0),
    }
}

fn add_action(statement: &Statement, request: &Request) -> (Edit, usize) {
    let Some(list) = statement.action.as_ref().filter(|list| !list.negated) else {
        return (Edit::None, usize::MAX);
    };
    let written: Vec<_> = list
        .entries
        .iter()
        .filter_map(|entry| entry.as_text())
        .collect();
    let near = crate::catalog::nearest::nearest(request.action(), written.iter().copied());
    let instead_of = near.and_then(|near| {
        list.entries
            .iter()
            .position(|entry| entry.as_text() == Some(near))
    });
    // A statement that is already about this service is nearer than one that is about another.
    let service = request.action().split(':').next().unwrap_or("");
    let is_of_service = |action: &&str| action.split(':').next() == Some(service);
    let distance = match (instead_of, written.first()) {
        (Some(_), _) => 0,
        (None, _) if written.iter().any(is_of_service) => 1,
        (None, None) => 2,
        (None, Some(_)) => 3,
    };
    (Edit::AddAction { instead_of }, distance)
}

fn change_resource(statement: &Statement, request: &Request) -> (Edit, usize) {
    let (Some(list), Target::Exact(arn)) = (
        statement.resource.as_ref().filter(|list| !list.negated),
        request.target(),
    ) else {
        return (Edit::None, usize::MAX);
    };
    let wanted: Vec<_> = arn.splitn(6, ':').collect();
    let mut best: Option<(usize, Edit)> = None;
    for (entry, resource) in list.entries.iter().enumerate() {
        let Some(written) = resource.entry.template.as_literal() else {
            continue;
        };
        let mut fields: Vec<_> = written.splitn(6, ':').collect();
        if fields.len() != 6 || wanted.len() != 6 || written.contains("${") {
            continue;
        }
        let differing: Vec<usize> = fields
            .iter()
            .zip(&wanted)
            .enumerate()
            .filter(|(_, (have, want))| !super::glob_matches(have, want))
            .map(|(field, _)| field)
            .collect();
        let edit = match differing.as_slice() {
            [field] => {
                if let (Some(slot), Some(want)) = (fields.get_mut(*field), wanted.get(*field)) {
                    *slot = want;
                }
                Edit::ChangeResource {
                    entry,
                    field: *field,
                    to: fields.join(":"),
                }
            }
            _ => Edit::AddResource,
        };
        if best
            .as_ref()
            .is_none_or(|(least, _)| differing.len() < *least)
        {
            best = Some((differing.len(), edit));
        }
    }
    best.map_or((Edit::AddResource, usize::MAX), |(distance, edit)| {
        (edit, distance)
    })
}

impl Proof {
    /// Of an explicit denial the Deny; of an allowed request what allows in each layer, and every Deny with what of it
    /// fails; of an implicit denial every Allow of the layers that do not allow, and what may allow in the others. Of anything else
    /// every statement.
    fn of(decision: &Decision, request: &Request, stack: &Stack<'_>) -> Proof {
        let mut granted: Vec<(Layer, Option<&str>)> = Vec::new();
        let lines = lines(request, stack).into_iter().filter(|(line, effect)| {
            let applies = line.parts.applies() == Answer::Yes;
            let is_denied = decision.verdict == Verdict::Denied;
            match (decision.verdict, effect) {
                (Verdict::Denied, _) if decision.deciding.is_some() => {
                    decision.deciding == Some(line.at)
                }
                (Verdict::Denied, Some(Effect::Allow)) if !decision.limited_by.is_empty() => {
                    line.parts.applies() != Answer::No
                        || decision
                            .limited_by
                            .iter()
                            .any(|layer| is_of(line.layer, *layer))
                }
                (Verdict::Allowed, Some(Effect::Allow)) => {
                    // One of each layer is enough; the resource's policy may mean the caller in ways that differ.
                    let level = stack.policies().get(line.at.policy).and_then(|p| p.level);
                    let place = (line.layer, level);
                    // What may or may not apply counts only together with others: parts of a pattern's resources, two
                    // statements that complement each other.
                    let is_part = line.parts.applies() == Answer::Maybe;
                    let is_needed = applies
                        && (layers::is_resource_policy(line.layer) || !granted.contains(&place));
                    if is_needed {
                        granted.push(place);
                    }
                    is_needed || is_part
                }
                (Verdict::Allowed, _) => true,
                _ => !is_denied || decision.limited_by.is_empty(),
            }
        });
        Proof {
            lines: lines.map(|(line, _)| line).collect(),
        }
    }

    /// Evaluates the statements of the proof again, and them alone: whether each part says the same, and whether the
    /// outcome is the same.
    #[must_use]
    pub fn holds(&self, decision: &Decision, request: &Request, stack: &Stack<'_>) -> bool {
        let same_parts = lines(request, stack)
            .iter()
            .filter(|(line, _)| self.lines.iter().any(|mine| mine.at == line.at))
            .map(|(line, _)| line)
            .eq(self.lines.iter());
        let only: Vec<Compiled> = stack
            .policies()
            .iter()
            .enumerate()
            .map(|(policy, attached)| {
                let keep = |statement: usize| {
                    self.lines
                        .iter()
                        .any(|line| line.at == StatementRef { policy, statement })
                };
                attached.policy.only(keep)
            })
            .collect();
        let mut reduced = Stack::new();
        for (attached, policy) in stack.policies().iter().zip(&only) {
            reduced.push(Attached {
                policy,
                ..*attached
            });
        }
        let again = authorize(request, &reduced);
        let same_outcome = decision.outcome.is_none()
            || (again.outcome == decision.outcome && again.limited_by == decision.limited_by);
        same_parts && same_outcome
    }
}
