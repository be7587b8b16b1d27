//! Truth that may hang on what is not known: a formula over atoms, a constant where everything is known.

use super::Answer;
use super::verdict::{Atom, StatementRef};
use std::collections::BTreeMap;

/// Number of an [`Atom`] within one evaluation.
pub(super) type AtomId = usize;

/// A formula. The constructors keep constants at the top only, so a known answer is never hidden inside and costs no
/// allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    True,
    False,
    Atom(AtomId),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Formula {
    pub(super) fn and(self, other: Formula) -> Formula {
        match (self, other) {
            (Formula::False, _) | (_, Formula::False) => Formula::False,
            (Formula::True, one) | (one, Formula::True) => one,
            (Formula::And(mut all), other) => {
                if !all.contains(&other) {
                    all.push(other);
                }
                Formula::And(all)
            }
            (one, other) if one == other => one,
            (one, other) => Formula::And(vec![one, other]),
        }
    }

    pub(super) fn or(self, other: Formula) -> Formula {
        match (self, other) {
            (Formula::True, _) | (_, Formula::True) => Formula::True,
            (Formula::False, one) | (one, Formula::False) => one,
            (Formula::Or(mut all), other) => {
                // Looking through a long list for each of thousands of statements would be quadratic.
                if all.len() > 64 || !all.contains(&other) {
                    all.push(other);
                }
                Formula::Or(all)
            }
            (one, other) if one == other => one,
            (one, other) => Formula::Or(vec![one, other]),
        }
    }

    pub(super) fn negated(self) -> Formula {
        match self {
            Formula::True => Formula::False,
            Formula::False => Formula::True,
            Formula::Not(inside) => *inside,
            other => Formula::Not(Box::new(other)),
        }
    }

    pub(super) fn negated_if(self, negated: bool) -> Formula {
        if negated { self.negated() } else { self }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Formula::True)
    }

    pub(super) fn is_false(&self) -> bool {
        matches!(self, Formula::False)
    }

    /// Its value where the atoms have the given values; an atom without one may be either.
    pub(super) fn value(&self, given: &[Option<bool>]) -> Answer {
        match self {
            Formula::True => Answer::Yes,
            Formula::False => Answer::No,
            Formula::Atom(atom) => match given.get(*atom).copied().flatten() {
                Some(known) => known.into(),
                None => Answer::Maybe,
            },
            Formula::Not(inside) => inside.value(given).negated(),
            Formula::And(all) => {
                let mut least = Answer::Yes;
                for one in all {
                    least = least.and(one.value(given));
                    if least == Answer::No {
                        break;
                    }
                }
                least
            }
            Formula::Or(all) => {
                let mut most = Answer::No;
                for one in all {
                    most = most.or(one.value(given));
                    if most == Answer::Yes {
                        break;
                    }
                }
                most
            }
        }
    }

    /// How many parts it has.
    pub(super) fn size(&self) -> usize {
        match self {
            Formula::True | Formula::False | Formula::Atom(_) => 1,
            Formula::Not(inside) => 1 + inside.size(),
            Formula::And(all) | Formula::Or(all) => {
                1 + all.iter().map(Formula::size).sum::<usize>()
            }
        }
    }

    /// Marks the atoms in it.
    pub(super) fn mark(&self, marks: &mut [bool]) {
        match self {
            Formula::True | Formula::False => {}
            Formula::Atom(atom) => {
                if let Some(mark) = marks.get_mut(*atom) {
                    *mark = true;
                }
            }
            Formula::Not(inside) => inside.mark(marks),
            Formula::And(all) | Formula::Or(all) => all.iter().for_each(|one| one.mark(marks)),
        }
    }
}

impl From<bool> for Formula {
    fn from(known: bool) -> Self {
        if known { Formula::True } else { Formula::False }
    }
}

/// The atoms of one evaluation: equal atoms have one number.
#[derive(Clone, Debug, Default)]
pub(super) struct Atoms {
    /// The statement that is looked at: what two statements hide is not the same.
    at: Option<StatementRef>,
    ids: BTreeMap<Atom, AtomId>,
    list: Vec<Atom>,
}

impl Atoms {
    /// The atom as a formula.
    pub(super) fn formula(&mut self, atom: Atom) -> Formula {
        if let Some(id) = self.ids.get(&atom) {
            return Formula::Atom(*id);
        }
        let id = self.list.len();
        self.ids.insert(atom.clone(), id);
        self.list.push(atom);
        Formula::Atom(id)
    }

    /// Says which statement is looked at.
    pub(super) fn look_at(&mut self, statement: StatementRef) {
        self.at = Some(statement);
    }

    /// Whether what could not be read of a list of the statement makes the list hold.
    pub(super) fn rest(&mut self, list: &str) -> Formula {
        let place = self.at.map_or(String::new(), |at| {
            format!(" of policy {}, statement {}", at.policy, at.statement)
        });
        self.formula(Atom::Hole {
            text: format!("the rest of {list}{place}"),
        })
    }

    /// A case that AWS does not document, about `text`.
    pub(super) fn undocumented(&mut self, case: &'static str, text: impl Into<String>) -> Formula {
        self.formula(Atom::Undocumented {
            case,
            text: text.into(),
        })
    }

    /// The atoms, by number.
    pub(super) fn list(&self) -> &[Atom] {
        &self.list
    }
}
