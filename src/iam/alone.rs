//! What does this document say by itself, whoever asks and however?
//!
//! One document, no other layer, a caller and circumstances of which nothing is known: the question behind the rules that
//! read a policy without knowing who uses it. The statements are asked as everywhere in the engine; only the combination
//! is simpler, because there is nothing to combine with.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::Answer;
use super::compiled::{Compiled, Statement};
use super::formula::{Atoms, Formula};
use super::layers::{self, Said, Side};
use super::principal::Place;
use super::request::{Request, Target};
use super::verdict::{Atom, StatementRef, Verdict};
use super::worlds;
use crate::model::policy::{Effect, Layer, PolicyDocument};
use crate::model::template::Template;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a document says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Allowed on all the requested resources, to everyone, unconditionally.
    Granted,
    /// Denied on all of them, to everyone, unconditionally, whatever is allowed.
    Denied {
        /// Index of the statement, or of the first if it takes several.
        statement: usize,
    },
    /// Nothing lets it through: no Allow applies, or a Deny does wherever one does.
    NotGranted,
    /// It depends on the request: on the resource, on the caller, on conditions.
    Conditional,
    /// It depends on what only deploy time knows, or on what AWS does not document, or it is too complex.
    Unknown,
}

/// A document that is asked by itself. It is compiled once, and what is asked of it again is not worked out again.
///
/// `resource` in a question is a pattern as in a `Resource` element, and stands for everything that it can stand for. For
/// an action without resource-level permissions it does not matter: the request's is `*`. For an action with them only
/// ARNs of the kinds that it acts on count, so that `*` means "every repository" to `ecr:PutImage`.
#[derive(Debug)]
pub struct Alone {
    document: Compiled,
    /// By action, in lower case.
    naming: RefCell<BTreeMap<String, Rc<Naming>>>,
    grants: RefCell<BTreeMap<(String, Template), Grant>>,
}

/// The statements that may name an action.
#[derive(Debug, Default)]
struct Naming {
    /// Their indices.
    statements: Vec<usize>,
    /// What is written in the `Resource` of those that allow it for certain.
    allowed: BTreeSet<Template>,
}

impl Alone {
    /// Prepares a document. What AWS would refuse about it is left aside: it is asked for what it says once that is mended.
    #[must_use]
    pub fn new(document: &PolicyDocument) -> Alone {
        Alone {
            document: Compiled::as_meant(document),
            naming: RefCell::default(),
            grants: RefCell::default(),
        }
    }

    /// What it says to `action` (`ecr:PutImage`) on `resource`.
    #[must_use]
    pub fn grants(&self, action: &str, resource: &Template) -> Grant {
        let question = (action.to_ascii_lowercase(), resource.clone());
        if let Some(known) = self.grants.borrow().get(&question) {
            return *known;
        }
        let grant = self.work_out(action, resource);
        self.grants.borrow_mut().insert(question, grant);
        grant
    }

    /// Whether an Allow reaches any part of `resource` with `action`, for whomever, conditions taken as met and Denies left
    /// aside: `No` if the document can let nothing of it through, whatever else it says.
    #[must_use]
    pub fn allows_part(&self, action: &str, resource: &Template) -> Answer {
        let naming = self.naming(action);
        let mut best = match self.document.complete {
            true => Answer::No,
            false => Answer::Maybe,
        };
        if naming.statements.is_empty() {
            return best;
        }
        let request = Request::of_anyone(action, Target::Pattern(resource.clone()));
        if request.has_resource() && naming.allowed.contains(resource) {
            return Answer::Yes;
        }
        for statement in naming
            .statements
            .iter()
            .filter_map(|at| self.document.statements.get(*at))
        {
            let effect = match statement.effect {
                Some(Effect::Allow) => Answer::Yes,
                Some(Effect::Deny) => continue,
                None => Answer::Maybe,
            };
            let applies = effect
                .and(names(statement, request.action()))
                .and(statement.touches(&request, may_leave_out_resource(statement)));
            best = best.or(applies);
            if best == Answer::Yes {
                break;
            }
        }
        best
    }

    /// Whether a statement, given by its index and whatever its effect, names the action.
    #[must_use]
    pub fn names(&self, statement: usize, action: &str) -> Answer {
        self.document
            .statements
            .get(statement)
            .map_or(Answer::No, |statement| {
                names(statement, &action.to_ascii_lowercase())
            })
    }

    /// Whether an Allow names the action, on whatever resource.
    #[must_use]
    pub fn names_in_allow(&self, action: &str) -> bool {
        self.naming(action).statements.iter().any(|at| {
            self.document
                .statements
                .get(*at)
                .is_some_and(|statement| statement.effect == Some(Effect::Allow))
        })
    }

    /// Whether a statement, given by its index and whatever its effect, names any part of `resource`, asked for `action`.
    #[must_use]
    pub fn touches(&self, statement: usize, action: &str, resource: &Template) -> Answer {
        let request = Request::of_anyone(action, Target::Pattern(resource.clone()));
        self.document
            .statements
            .get(statement)
            .map_or(Answer::No, |statement| {
                statement.touches(&request, may_leave_out_resource(statement))
            })
    }

    fn work_out(&self, action: &str, resource: &Template) -> Grant {
        let request = Request::of_anyone(action, Target::Pattern(resource.clone()));
        let mut atoms = Atoms::default();
        let (mut allow, mut deny) = (Side::new(), Side::new());
        let mut first_deny = None;
        for at in &self.naming(action).statements {
            let Some(statement) = self.document.statements.get(*at) else {
                continue;
            };
            let reference = StatementRef {
                policy: 0,
                statement: *at,
            };
            atoms.look_at(reference);
            let may_leave_out = may_leave_out_resource(statement);
            let said = Said::of(
                statement,
                &Formula::True,
                &request,
                may_leave_out,
                &mut atoms,
            );
            let Some(said) = said else { continue };
            let meant = meant(statement, &request, &mut atoms);
            match statement.effect {
                Some(Effect::Allow) => allow.take(reference, &said, meant),
                Some(Effect::Deny) => {
                    first_deny = first_deny.or(Some(*at));
                    deny.take(reference, &said, meant);
                }
                None => {
                    allow.merge(unseen(Effect::Allow, &mut atoms));
                    deny.merge(unseen(Effect::Deny, &mut atoms));
                }
            }
        }
        if !self.document.complete {
            allow.merge(unseen(Effect::Allow, &mut atoms));
            deny.merge(unseen(Effect::Deny, &mut atoms));
        }
        allow.join(&request, &mut atoms);
        deny.join(&request, &mut atoms);
        let decide = |formula: &Formula| worlds::decide(formula, atoms.list());
        if let Some(first) = first_deny
            && decide(&deny.applies).verdict == Verdict::Allowed
        {
            return Grant::Denied {
                statement: deny.first.map_or(first, |first| first.statement),
            };
        }
        let found = decide(&allow.applies.and(deny.applies.negated()));
        let hangs_on_holes = found
            .depends_on
            .iter()
            .any(|atom| matches!(atom, Atom::Hole { .. }));
        match found.verdict {
            Verdict::Allowed => Grant::Granted,
            Verdict::Denied => Grant::NotGranted,
            Verdict::Conditional if !hangs_on_holes => Grant::Conditional,
            Verdict::Conditional | Verdict::Unknown => Grant::Unknown,
        }
    }

    fn naming(&self, action: &str) -> Rc<Naming> {
        let action = action.to_ascii_lowercase();
        if let Some(known) = self.naming.borrow().get(&action) {
            return Rc::clone(known);
        }
        let mut naming = Naming::default();
        for (at, statement) in self.document.statements.iter().enumerate() {
            let named = names(statement, &action);
            if named == Answer::No {
                continue;
            }
            naming.statements.push(at);
            if named == Answer::Yes && statement.effect == Some(Effect::Allow) {
                naming.allowed.extend(
                    statement
                        .resource
                        .iter()
                        .filter(|list| !list.negated)
                        .flat_map(|list| &list.entries)
                        .map(|one| one.entry.template.clone()),
                );
            }
        }
        let naming = Rc::new(naming);
        self.naming.borrow_mut().insert(action, Rc::clone(&naming));
        naming
    }
}

/// Whether it names the action, given in lower case.
fn names(statement: &Statement, action: &str) -> Answer {
    statement
        .names_action(action, &mut Atoms::default())
        .value(&[])
}

/// Where statements name who may, they stand at a resource, and may mean it without saying so.
fn may_leave_out_resource(statement: &Statement) -> bool {
    statement.principal.is_some()
}

/// What a statement that was not read would say, or one whose effect was not.
fn unseen(effect: Effect, atoms: &mut Atoms) -> Formula {
    let layer = Layer::OtherResource;
    atoms.formula(Atom::Unseen { layer, effect })
}

fn meant(statement: &Statement, request: &Request, atoms: &mut Atoms) -> Formula {
    // What kind of policy it is does not count, as long as it is one where this statement is in its place.
    let layer = match statement.principal {
        Some(_) => Layer::OtherResource,
        None => Layer::Identity,
    };
    let place = Place {
        is_gateway: false,
        has_boundary: false,
    };
    layers::meant(statement, layer, place, request, atoms).at_all()
}

#[cfg(test)]
mod tests;
