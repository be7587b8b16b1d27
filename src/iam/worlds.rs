//! Every world that fits what is known: is the formula true in all of them, in none, or does it depend, and on what?
//!
//! The formula is tried with each atom true and false, as far as its value is still open; combinations that cannot occur
//! (a key that is absent and equal to something) are left out. A search that grows too large ends in `Unknown`.

use super::Answer;
use super::condition::Samples;
use super::formula::{AtomId, Formula};
use super::implicants;
use super::verdict::{Atom, Verdict};
use std::collections::BTreeMap;

/// Most partial worlds that are looked at for one answer.
const MOST_STEPS: usize = 20_000;
/// Most parts of formulas and combinations that are looked at for one answer.
const MOST_WORK: usize = 30_000_000;
/// Most atoms that are told apart.
const MOST_ATOMS: usize = 400;
/// Most facts of which the conditions of a conditional verdict are worked out.
const MOST_FACTS: usize = 10;

/// What holds in the worlds.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) depends_on: Vec<Atom>,
    pub(super) allowed_if: Vec<Vec<(Atom, bool)>>,
}

impl Found {
    fn certain(verdict: Verdict) -> Found {
        Found {
            verdict,
            depends_on: Vec::new(),
            allowed_if: Vec::new(),
        }
    }
}

/// Looks at every world.
pub(super) fn decide(formula: &Formula, atoms: &[Atom]) -> Found {
    match formula {
        Formula::True => return Found::certain(Verdict::Allowed),
        Formula::False => return Found::certain(Verdict::Denied),
        _ => {}
    }
    let mut marks = vec![false; atoms.len()];
    formula.mark(&mut marks);
    let used: Vec<AtomId> = (0..atoms.len())
        .filter(|atom| marks.get(*atom) == Some(&true))
        .collect();
    let unknown = |too_complex: bool| {
        let mut depends_on: Vec<Atom> = used
            .iter()
            .filter_map(|atom| atoms.get(*atom).cloned())
            .collect();
        if too_complex {
            depends_on.push(Atom::TooComplex);
        }
        depends_on.sort_unstable();
        depends_on.dedup();
        Found {
            verdict: Verdict::Unknown,
            depends_on,
            allowed_if: Vec::new(),
        }
    };
    if used.len() > MOST_ATOMS {
        return unknown(true);
    }
    let limits = Limits::of(&used, atoms);
    let mut search = Search {
        steps: MOST_STEPS.min(MOST_WORK / (1 + formula.size() + limits.size())),
        formula,
        limits,
        given: vec![None; atoms.len()],
    };
    match (search.can_be(true, &used), search.can_be(false, &used)) {
        (Some(true), Some(false)) => return Found::certain(Verdict::Allowed),
        (Some(false), Some(_)) => return Found::certain(Verdict::Denied),
        (Some(true), Some(true)) => {}
        _ => return unknown(true),
    }
    let is_fact = |atom: &AtomId| atoms.get(*atom).is_some_and(Atom::is_fact);
    let (facts, hidden): (Vec<_>, Vec<_>) = used.iter().partition(|atom| is_fact(atom));
    if !hidden.is_empty() {
        match search.hangs_on(&facts, &hidden) {
            Some(false) => {}
            Some(true) => return unknown(false),
            None => return unknown(true),
        }
    }
    let rows = if facts.len() <= MOST_FACTS {
        search.table(&facts)
    } else {
        None
    };
    let mut allowed_if: Vec<Vec<(Atom, bool)>> = rows
        .map(|rows| implicants::of(facts.len(), &rows))
        .unwrap_or_default()
        .into_iter()
        .map(|cube| {
            let mut cube: Vec<_> = cube
                .into_iter()
                .filter_map(|(at, wanted)| Some((atoms.get(*facts.get(at)?)?.clone(), wanted)))
                .collect();
            cube.sort_unstable();
            cube
        })
        .collect();
    allowed_if.sort_unstable();
    let mut depends_on: Vec<Atom> = if allowed_if.is_empty() {
        facts
            .iter()
            .filter_map(|atom| atoms.get(*atom).cloned())
            .collect()
    } else {
        allowed_if
            .iter()
            .flatten()
            .map(|(atom, _)| atom.clone())
            .collect()
    };
    depends_on.sort_unstable();
    depends_on.dedup();
    Found {
        verdict: Verdict::Conditional,
        depends_on,
        allowed_if,
    }
}

/// Which values of atoms cannot occur together.
struct Limits {
    /// Atoms on one key with every combination of values that can occur.
    families: Vec<(Vec<AtomId>, Vec<Vec<bool>>)>,
    /// Two values that exclude each other.
    pairs: Vec<[(AtomId, bool); 2]>,
}

impl Limits {
    fn of(used: &[AtomId], atoms: &[Atom]) -> Limits {
        let mut limits = Limits {
            families: Vec::new(),
            pairs: Vec::new(),
        };
        let mut keys: BTreeMap<&str, (Option<AtomId>, Vec<AtomId>)> = BTreeMap::new();
        for id in used {
            match atoms.get(*id) {
                Some(Atom::Absent { key }) => keys.entry(key).or_default().0 = Some(*id),
                Some(Atom::Condition { key, .. }) => keys.entry(key).or_default().1.push(*id),
                _ => {}
            }
        }
        for (absent, conditions) in keys.into_values() {
            limits.key(absent, &conditions, atoms);
        }
        limits
    }

    fn key(&mut self, absent: Option<AtomId>, conditions: &[AtomId], atoms: &[Atom]) {
        let read: Vec<(&str, &[String])> = conditions
            .iter()
            .filter_map(|id| match atoms.get(*id) {
                Some(Atom::Condition {
                    operator, values, ..
                }) => Some((operator.as_str(), values.as_slice())),
                _ => None,
            })
            .collect();
        let has_variable = read
            .iter()
            .any(|(_, values)| values.iter().any(|value| value.contains("${")));
        let combinations = if has_variable || conditions.is_empty() {
            None
        } else {
            Samples::of(&read).combinations
        };
        if let Some(mut combinations) = combinations {
            let mut family = conditions.to_vec();
            if let Some(absent) = absent {
                family.push(absent);
                combinations.iter_mut().for_each(|row| row.push(false));
                let mut row = vec![false; conditions.len()];
                row.push(true);
                combinations.push(row);
            } else {
                combinations.push(vec![false; conditions.len()]);
            }
            self.families.push((family, combinations));
            return;
        }
        let Some(absent) = absent else { return };
        for (id, (operator, _)) in conditions.iter().zip(&read) {
            // `ForAllValues` holds for an absent key, everything else in its positive form does not.
            let holds = operator.starts_with("ForAllValues:");
            self.pairs.push([(absent, true), (*id, !holds)]);
        }
    }

    /// How much there is to look at.
    fn size(&self) -> usize {
        let families = self.families.iter();
        self.pairs.len()
            + families
                .map(|(family, rows)| family.len() * rows.len())
                .sum::<usize>()
    }

    fn admits(&self, given: &[Option<bool>]) -> bool {
        let value = |atom: AtomId| given.get(atom).copied().flatten();
        let fits = |row: &Vec<bool>, family: &Vec<AtomId>| {
            family
                .iter()
                .zip(row)
                .all(|(atom, wanted)| value(*atom).is_none_or(|known| known == *wanted))
        };
        self.pairs.iter().all(|pair| {
            !pair
                .iter()
                .all(|(atom, excluded)| value(*atom) == Some(*excluded))
        }) && self
            .families
            .iter()
            .all(|(family, rows)| rows.iter().any(|row| fits(row, family)))
    }
}

struct Search<'f> {
    formula: &'f Formula,
    limits: Limits,
    given: Vec<Option<bool>>,
    steps: usize,
}

impl Search<'_> {
    /// Whether the formula has that value in some world that fits what is given; `None` if that takes too long.
    fn can_be(&mut self, wanted: bool, open: &[AtomId]) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        if !self.limits.admits(&self.given) {
            return Some(false);
        }
        match self.formula.value(&self.given) {
            Answer::Maybe => {}
            known => return Some(known == wanted.into()),
        }
        let Some((atom, rest)) = open.split_first() else {
            return Some(false);
        };
        let mut found = Some(false);
        for value in [wanted, !wanted] {
            self.give(*atom, Some(value));
            found = self.can_be(wanted, rest);
            self.give(*atom, None);
            if found != Some(false) {
                break;
            }
        }
        found
    }

    /// Whether, with the facts all settled one way or another, it still depends on what is hidden.
    fn hangs_on(&mut self, facts: &[AtomId], hidden: &[AtomId]) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        if !self.limits.admits(&self.given) || self.formula.value(&self.given) != Answer::Maybe {
            return Some(false);
        }
        let Some((fact, rest)) = facts.split_first() else {
            return Some(self.can_be(true, hidden)? && self.can_be(false, hidden)?);
        };
        let mut found = Some(false);
        for value in [true, false] {
            self.give(*fact, Some(value));
            found = self.hangs_on(rest, hidden);
            self.give(*fact, None);
            if found != Some(false) {
                break;
            }
        }
        found
    }

    /// The formula's value in each world of the facts; `None` for worlds that cannot be.
    fn table(&mut self, facts: &[AtomId]) -> Option<Vec<Option<bool>>> {
        self.steps = self.steps.checked_sub(1 << facts.len())?;
        let mut rows = Vec::with_capacity(1 << facts.len());
        for world in 0..1_usize << facts.len() {
            for (bit, fact) in facts.iter().enumerate() {
                self.give(*fact, Some(world >> bit & 1 == 1));
            }
            rows.push(if !self.limits.admits(&self.given) {
                None
            } else {
                match self.formula.value(&self.given) {
                    Answer::Yes => Some(true),
                    Answer::No => Some(false),
                    Answer::Maybe => return None,
                }
            });
        }
        facts.iter().for_each(|fact| self.give(*fact, None));
        Some(rows)
    }

    fn give(&mut self, atom: AtomId, value: Option<bool>) {
        if let Some(slot) = self.given.get_mut(atom) {
            *slot = value;
        }
    }
}
