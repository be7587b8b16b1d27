//! Does this document, by itself, allow that action on those resources?
//!
//! One document, no other layer: the question behind the rules that read a policy without knowing who uses it. Conditions
//! are not evaluated: an Allow with a condition is conditional, a Deny with one does not deny. An Allow for some principal
//! counts as an Allow, because who asks is not part of the question; a Deny counts only if it is for everyone.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::Answer;
use super::matching::{Request, action_matches};
use crate::catalog::{self, Action};
use crate::model::policy::{Element, PolicyDocument, Statement};
use crate::model::template::Template;

/// How many of the requested resources a statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// Some, and provably not all.
    Some,
    /// None.
    None,
    /// It depends on what only deploy time knows.
    Unknown,
}

/// How far a statement, whatever its effect, reaches into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether it names the action.
    pub action: Answer,
    /// How many of the resources it names.
    pub resource: Extent,
}

/// What a document says to a request. Statements are given by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Allowed on all the requested resources, by this statement or, where it takes several, by this one first.
    Granted {
        /// The statement.
        statement: usize,
    },
    /// Allowed on all of them as long as this statement's condition holds.
    Conditional {
        /// The statement.
        statement: usize,
    },
    /// Allowed on some of them only, by this statement: it names fewer, or a Deny takes some away.
    Partly {
        /// The statement.
        statement: usize,
    },
    /// Denied on all of them, whatever is allowed.
    Denied {
        /// The statement.
        statement: usize,
    },
    /// Not allowed on any of them.
    NotGranted {
        /// The Allow that came closest, if there is an Allow.
        nearest: Option<Nearest>,
    },
    /// It depends on what only deploy time knows.
    Unknown,
}

impl Grant {
    /// Whether the answer is that nothing is allowed, for certain.
    pub fn is_refused(self) -> bool {
        matches!(self, Grant::Denied { .. } | Grant::NotGranted { .. })
    }

    /// Whether at least some of the resources are allowed, perhaps under a condition.
    pub fn is_at_least_partly_granted(self) -> bool {
        matches!(
            self,
            Grant::Granted { .. } | Grant::Conditional { .. } | Grant::Partly { .. }
        )
    }
}

/// An Allow that misses, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The statement.
    pub statement: usize,
    /// What about it misses.
    pub missed: Missed,
}

/// Why an Allow misses a request. The order is that of nearness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missed {
    /// It names the action, on other resources.
    Resource,
    /// It names the resources, for other actions.
    Action,
    /// Neither.
    Both,
}

/// What the document says to `action` (`ecr:PutImage`) on everything that `resource`, a pattern as in a `Resource`
/// element, can stand for.
///
/// For an action without resource-level permissions the resource does not matter: the request's is `*`. For an action
/// with them only ARNs of the kinds it acts on count, so that `*` means "every repository" to `ecr:PutImage`.
pub fn grants(document: &PolicyDocument, action: &str, resource: &Template) -> Grant {
    let request = request(action, resource);
    let reaches: Vec<_> = document
        .statements
        .iter()
        .map(|statement| match names_action(statement, action) {
            // How far it would reach matters only if nothing else grants it.
            Answer::No => Reach {
                action: Answer::No,
                resource: Extent::None,
            },
            named => Reach {
                action: named,
                resource: extent(statement, &request),
            },
        })
        .collect();
    let found = Found::of(document, &reaches);

    if let Some(statement) = found.deny_all {
        return Grant::Denied { statement };
    }
    let whole = found
        .allow_all
        .or_else(|| union(document, &reaches, &request));
    if let Some(statement) = whole {
        return match (found.deny_maybe, found.deny_some) {
            (true, _) => Grant::Unknown,
            (false, true) => Grant::Partly { statement },
            (false, false) => Grant::Granted { statement },
        };
    }
    if let Some(statement) = found.allow_if {
        return if found.deny_maybe {
            Grant::Unknown
        } else {
            Grant::Conditional { statement }
        };
    }
    if found.allow_maybe || !document.complete {
        return Grant::Unknown;
    }
    if let Some(statement) = found.allow_some {
        return if found.deny_maybe {
            Grant::Unknown
        } else {
            Grant::Partly { statement }
        };
    }
    Grant::NotGranted {
        nearest: nearest(document, &reaches, &request),
    }
}

/// How far one statement, whatever its effect, reaches into a request. See [`grants`] for `action` and `resource`.
pub fn reach(statement: &Statement, action: &str, resource: &Template) -> Reach {
    Reach {
        action: names_action(statement, action),
        resource: extent(statement, &request(action, resource)),
    }
}

/// The actions of `universe` that the statement names for certain, whatever its effect: wildcards and `NotAction` are
/// expanded. Ask [`reach`] for those that it may name.
pub fn granted_actions<'u>(statement: &Statement, universe: &'u [Action]) -> Vec<&'u Action> {
    universe
        .iter()
        .filter(|action| names_action(statement, &action.qualified()) == Answer::Yes)
        .collect()
}

/// Whether the statement names the action, whatever its effect.
pub fn names_action(statement: &Statement, action: &str) -> Answer {
    let Some(element) = &statement.action else {
        return Answer::Maybe;
    };
    let named = element
        .values
        .iter()
        .map(|value| action_matches(&value.value, action))
        .fold(unread(element), Answer::or);
    if element.negated {
        named.negated()
    } else {
        named
    }
}

/// What the part of a list that was not read may hold.
fn unread(element: &Element) -> Answer {
    if element.complete {
        Answer::No
    } else {
        Answer::Maybe
    }
}

fn request(action: &str, resource: &Template) -> Request {
    match catalog::qualified_action(action) {
        Some(known) if !known.has_resource_level() => Request::of_star(),
        Some(known) => {
            let templates: Vec<_> = known
                .resources
                .iter()
                .filter_map(|used| catalog::resource_type(known.service, used.name))
                .map(|kind| kind.arn)
                .collect();
            Request::of_pattern(resource).within(&templates)
        }
        None => Request::of_pattern(resource),
    }
}

fn extent(statement: &Statement, request: &Request) -> Extent {
    let Some(element) = &statement.resource else {
        // Repository and trust policies leave it out and mean what they are attached to; elsewhere it is a fault.
        return if statement.principal.is_some() {
            Extent::All
        } else {
            Extent::Unknown
        };
    };
    let patterns: Vec<_> = element.values.iter().map(|value| &value.value).collect();
    let covered = request.covered_by(&patterns).or(unread(element));
    let touched = || {
        patterns
            .iter()
            .map(|pattern| request.touched_by(pattern))
            .fold(unread(element), Answer::or)
    };
    let named = if covered == Answer::Yes {
        Extent::All
    } else {
        match (covered, touched()) {
            (_, Answer::No) => Extent::None,
            (Answer::No, Answer::Yes) => Extent::Some,
            _ => Extent::Unknown,
        }
    };
    match (element.negated, named) {
        (true, Extent::All) => Extent::None,
        (true, Extent::None) => Extent::All,
        (_, other) => other,
    }
}

/// The statements that decide, sorted by what they say.
#[derive(Default)]
struct Found {
    deny_all: Option<usize>,
    deny_some: bool,
    deny_maybe: bool,
    allow_all: Option<usize>,
    allow_if: Option<usize>,
    allow_some: Option<usize>,
    allow_maybe: bool,
}

impl Found {
    fn of(document: &PolicyDocument, reaches: &[Reach]) -> Found {
        let mut found = Found::default();
        for (at, (statement, reach)) in document.statements.iter().zip(reaches).enumerate() {
            if reach.action == Answer::No || reach.resource == Extent::None {
                continue;
            }
            let is_certain = reach.action == Answer::Yes && reach.resource != Extent::Unknown;
            let is_conditional = statement.condition_loc.is_some();
            if statement.denies() {
                match reach.resource {
                    _ if is_conditional || !is_for_everyone(statement) => {}
                    Extent::All if is_certain => found.deny_all = found.deny_all.or(Some(at)),
                    Extent::Some if is_certain => found.deny_some = true,
                    _ => found.deny_maybe = true,
                }
            } else if !statement.allows() || !is_certain {
                found.allow_maybe = true;
                // A statement of unknown effect may as well be a Deny.
                found.deny_maybe |= !statement.allows() && !is_conditional;
            } else {
                let first = match (reach.resource, is_conditional) {
                    (Extent::All, false) => &mut found.allow_all,
                    (Extent::All, true) => &mut found.allow_if,
                    _ => &mut found.allow_some,
                };
                *first = first.or(Some(at));
            }
        }
        found
    }
}

fn is_for_everyone(statement: &Statement) -> bool {
    let Some(principal) = &statement.principal else {
        return true;
    };
    let is_star = |entry: &crate::model::policy::PrincipalEntry| {
        entry.kind.value == "AWS" && entry.value.value.as_literal() == Some("*")
    };
    !principal.negated && (principal.everyone.is_some() || principal.entries.iter().any(is_star))
}

/// The first of several unconditional Allows that reach all the resources only together.
fn union(document: &PolicyDocument, reaches: &[Reach], request: &Request) -> Option<usize> {
    let parts: Vec<_> = document
        .statements
        .iter()
        .zip(reaches)
        .enumerate()
        .filter(|(_, (statement, reach))| {
            statement.allows()
                && statement.condition_loc.is_none()
                && reach.action == Answer::Yes
                && matches!(reach.resource, Extent::Some | Extent::Unknown)
        })
        .filter_map(|(at, (statement, _))| {
            Some((
                at,
                statement
                    .resource
                    .as_ref()
                    .filter(|element| !element.negated)?,
            ))
        })
        .collect();
    let (first, _) = parts.first()?;
    let patterns: Vec<_> = parts
        .iter()
        .flat_map(|(_, element)| element.values.iter().map(|value| &value.value))
        .collect();
    (parts.len() > 1 && request.covered_by(&patterns) == Answer::Yes).then_some(*first)
}

fn nearest(document: &PolicyDocument, reaches: &[Reach], request: &Request) -> Option<Nearest> {
    document
        .statements
        .iter()
        .zip(reaches)
        .enumerate()
        .filter(|(_, (statement, _))| statement.allows())
        .map(|(at, (statement, reach))| Nearest {
            statement: at,
            missed: match reach.action {
                Answer::No if extent(statement, request) == Extent::None => Missed::Both,
                Answer::No => Missed::Action,
                _ => Missed::Resource,
            },
        })
        .min_by_key(|nearest| nearest.missed)
}

#[cfg(test)]
mod tests;
