//! A template with conditions is several templates: one for each way its conditions can fall.
//!
//! Conditions are functions of parameters, so two of them that look at the same parameter fall together. What is tried are
//! therefore the values that conditions compare a parameter with, and one that is none of those; from them every condition
//! follows. What a condition asks otherwise is taken to be met once and once not.

use super::anatomy::Anatomy;
use super::call::{Call, referred};
use super::conditions::{atom, condition_named, condition_reference};
use super::evaluate::Evaluator;
use super::{is_read, scope};
use crate::model::origin::{Assumption, Scope};
use crate::source::Spanned;
use crate::tree::{Node, NodeKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The most readings of one template. Past them, each condition still falls both ways somewhere, as far as there is room.
pub(super) const MOST_READINGS: usize = 8;

/// The most combinations of values that are tried to find those readings.
const MOST_TRIED: usize = 256;

/// The most values of one parameter that are told apart.
const MOST_VALUES: usize = 8;

/// What one reading takes to hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices<'s> {
    /// Values of parameters and pseudo parameters.
    pub(super) named: BTreeMap<String, Choice<'s>>,
    /// Comparisons of something else.
    pub(super) atoms: BTreeMap<String, bool>,
    /// Parameters that have not their default.
    pub(super) hidden: BTreeSet<String>,
}

/// The value of a parameter.
#[derive(Clone, Debug)]
pub(super) enum Choice<'s> {
    /// This one.
    Is(Node<'s>),
    /// None of those it is compared with; the value, if it is known all the same.
    Other(Option<Node<'s>>),
}

/// A reading of a template.
pub(super) struct Reading<'s> {
    /// What it takes to hold.
    pub(super) choices: Choices<'s>,
    /// The deployment it describes.
    pub(super) scope: Arc<Scope>,
}

/// Something that conditions depend on, with the ways it can be. The first is what the author of the template ships.
enum Variable<'s> {
    Named(String, Vec<Choice<'s>>),
    Atom {
        key: String,
        values: Vec<bool>,
        /// The parameters in it, where the second value means that one of them has not its default.
        parameters: Vec<String>,
    },
}

impl<'s> Variable<'s> {
    fn len(&self) -> usize {
        match self {
            Variable::Named(_, values) => values.len(),
            Variable::Atom { values, .. } => values.len(),
        }
    }

    fn choose(&self, at: usize, choices: &mut Choices<'s>) {
        match self {
            Variable::Named(name, values) => {
                if let Some(value) = values.get(at) {
                    choices.named.insert(name.clone(), value.clone());
                }
            }
            Variable::Atom {
                key,
                values,
                parameters,
            } => {
                if let Some(value) = values.get(at) {
                    choices.atoms.insert(key.clone(), *value);
                }
                if at > 0 {
                    choices.hidden.extend(parameters.iter().cloned());
                }
            }
        }
    }
}

/// The readings of a template; there is always at least one.
pub(super) fn readings<'s>(anatomy: &Anatomy<'_, 's>) -> Vec<Reading<'s>> {
    let relevant = relevant(anatomy);
    let variables = variables(anatomy, &relevant);
    let mut found: Vec<(Vec<Option<bool>>, Choices<'s>)> = Vec::new();
    for indices in combinations(&variables) {
        let mut choices = Choices::default();
        for (variable, at) in variables.iter().zip(&indices) {
            variable.choose(*at, &mut choices);
        }
        let scope = Arc::new(scope(anatomy, &choices, Vec::new()));
        let evaluator = Evaluator::new(anatomy, &choices, scope);
        let verdicts: Vec<Option<bool>> = relevant
            .iter()
            .map(|name| evaluator.verdict(name))
            .collect();
        if found.len() < MOST_READINGS && found.iter().all(|(other, _)| *other != verdicts) {
            found.push((verdicts, choices));
        }
    }
    let varying: Vec<bool> = (0..relevant.len())
        .map(|at| {
            let mut falls = found.iter().map(|(verdicts, _)| verdicts.get(at));
            let first = falls.next();
            falls.any(|fall| Some(fall) != first)
        })
        .collect();
    found
        .into_iter()
        .map(|(verdicts, choices)| {
            let assuming = relevant.iter().zip(&verdicts).zip(&varying);
            let assuming = assuming.filter_map(|((name, holds), varies)| {
                let key = &anatomy.conditions.get(name).filter(|_| *varies)?.key;
                Some(Assumption {
                    condition: Spanned::new(key.value.to_string(), key.loc),
                    holds: (*holds)?,
                })
            });
            Reading {
                scope: Arc::new(scope(anatomy, &choices, assuming.collect())),
                choices,
            }
        })
        .collect()
}

/// Which value each variable has, for every combination that is tried: all of them, or where those are too many, what the
/// author ships and each single change to it.
fn combinations(variables: &[Variable<'_>]) -> Vec<Vec<usize>> {
    let all = variables
        .iter()
        .fold(1usize, |all, variable| all.saturating_mul(variable.len()));
    let shipped = vec![0; variables.len()];
    if all <= MOST_TRIED {
        let mut combinations = vec![Vec::new()];
        for variable in variables {
            combinations = combinations
                .into_iter()
                .flat_map(|before: Vec<usize>| {
                    (0..variable.len()).map(move |at| {
                        let mut next = before.clone();
                        next.push(at);
                        next
                    })
                })
                .collect();
        }
        // Few changes first, so that the cap cuts off the unlikely.
        combinations.sort_by_key(|indices| indices.iter().filter(|at| **at > 0).count());
        return combinations;
    }
    let mut combinations = vec![shipped.clone()];
    for (place, variable) in variables.iter().enumerate() {
        for at in 1..variable.len() {
            let mut changed = shipped.clone();
            if let Some(index) = changed.get_mut(place) {
                *index = at;
            }
            combinations.push(changed);
        }
        if combinations.len() > MOST_TRIED {
            break;
        }
    }
    combinations
}

/// The conditions that decide about resources we read, and those that these are made of; in the order of their names.
fn relevant<'n>(anatomy: &Anatomy<'n, '_>) -> Vec<&'n str> {
    let mut names: BTreeSet<&'n str> = BTreeSet::new();
    let mut waiting: VecDeque<&'n str> = VecDeque::new();
    for resource in anatomy.resources.values() {
        if !is_read(resource.kind) {
            continue;
        }
        let mut found: Vec<String> = Vec::new();
        found.extend(resource.condition.map(str::to_string));
        if let Some(properties) = &resource.properties {
            used_in(properties, &mut found);
        }
        for name in found {
            let defined = anatomy.conditions.get_key_value(name.as_str());
            waiting.extend(defined.map(|(name, _)| *name));
        }
    }
    while let Some(name) = waiting.pop_front() {
        if !names.insert(name) {
            continue;
        }
        let mut found = Vec::new();
        if let Some(entry) = anatomy.conditions.get(name) {
            made_of(&entry.value, &mut found);
        }
        for name in found {
            let defined = anatomy.conditions.get_key_value(name);
            waiting.extend(defined.map(|(name, _)| *name));
        }
    }
    names.into_iter().collect()
}

/// The conditions that `If`s in a value name.
fn used_in(node: &Node<'_>, out: &mut Vec<String>) {
    if let Some(call) = Call::of(node)
        && call.name == "If"
    {
        let condition = call.argument.items().first().and_then(condition_named);
        out.extend(condition.map(str::to_string));
    }
    each_child(node, &mut |child| used_in(child, out));
}

/// The conditions that a condition refers to.
fn made_of<'n>(node: &'n Node<'_>, out: &mut Vec<&'n str>) {
    if let Some(name) = condition_reference(node) {
        out.push(name);
        return;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| made_of(item, out)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| made_of(&entry.value, out)),
        _ => {}
    }
}

fn each_child<'n, 's>(node: &'n Node<'s>, show: &mut dyn FnMut(&'n Node<'s>)) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(show),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| show(&entry.value)),
        _ => {}
    }
}

/// What a comparison looks at.
struct Comparison<'n, 's> {
    node: &'n Node<'s>,
    left: &'n Node<'s>,
    right: &'n Node<'s>,
}

/// What the conditions depend on, in the order of the names of the conditions.
fn variables<'n, 's>(anatomy: &Anatomy<'n, 's>, relevant: &[&str]) -> Vec<Variable<'s>> {
    let mut comparisons = Vec::new();
    for name in relevant {
        if let Some(entry) = anatomy.conditions.get(name) {
            compared(&entry.value, &mut comparisons);
        }
    }
    let nothing = Choices::default();
    let unknown = Arc::new(scope(anatomy, &nothing, Vec::new()));
    let evaluator = Evaluator::new(anatomy, &nothing, unknown);

    // Parameters that are compared with a value, in order, with those values.
    let mut order: Vec<&'n str> = Vec::new();
    let mut values: BTreeMap<&'n str, Vec<Node<'s>>> = BTreeMap::new();
    let mut rest: Vec<Comparison<'n, 's>> = Vec::new();
    for comparison in comparisons {
        let sides = [
            (comparison.left, comparison.right),
            (comparison.right, comparison.left),
        ];
        let named = sides.into_iter().find_map(|(side, other)| {
            let name = variable_named(anatomy, side)?;
            let constant = parameters_in(anatomy, other).is_empty();
            let value = evaluator.value(other).filter(|_| constant)?;
            value.as_str()?;
            Some((name, value))
        });
        match named {
            None => rest.push(comparison),
            Some((name, value)) => {
                if !values.contains_key(name) {
                    order.push(name);
                }
                let known = values.entry(name).or_default();
                if known.iter().all(|other| other.as_str() != value.as_str()) {
                    known.push(value);
                }
            }
        }
    }
    // What is worked out of a parameter that has few values follows from each of them.
    for comparison in &rest {
        for name in parameters_in(anatomy, comparison.node) {
            let allowed = anatomy.allowed(name);
            if values.contains_key(name) || allowed.is_empty() || allowed.len() > MOST_VALUES {
                continue;
            }
            order.push(name);
            values.insert(name, allowed.to_vec());
        }
    }
    let mut variables: Vec<Variable<'s>> = Vec::new();
    for name in order {
        let compared = values.remove(name).unwrap_or_default();
        variables.push(Variable::Named(
            name.to_string(),
            domain(anatomy, name, compared),
        ));
    }
    let enumerated: BTreeSet<String> = variables
        .iter()
        .filter_map(|variable| match variable {
            Variable::Named(name, _) => Some(name.clone()),
            Variable::Atom { .. } => None,
        })
        .collect();
    for comparison in rest {
        variables.extend(free(anatomy, &evaluator, &comparison, &enumerated));
    }
    variables
}

/// The variable of a comparison that follows from no parameter in particular, unless it follows from those that are tried
/// anyway, or always falls one way.
fn free<'s>(
    anatomy: &Anatomy<'_, 's>,
    evaluator: &Evaluator<'_, 's>,
    comparison: &Comparison<'_, 's>,
    enumerated: &BTreeSet<String>,
) -> Option<Variable<'s>> {
    let parameters: Vec<String> = parameters_in(anatomy, comparison.node)
        .into_iter()
        .map(str::to_string)
        .collect();
    let follows = !parameters.is_empty() && parameters.iter().all(|name| enumerated.contains(name));
    let shipped = evaluator.verdict_of(comparison.node);
    if follows || (parameters.is_empty() && shipped.is_some()) {
        return None;
    }
    let first = shipped.unwrap_or(true);
    Some(Variable::Atom {
        key: atom(comparison.node)?,
        values: vec![first, !first],
        parameters: match shipped {
            Some(_) => parameters,
            None => Vec::new(),
        },
    })
}

/// The comparisons in a condition.
fn compared<'n, 's>(node: &'n Node<'s>, out: &mut Vec<Comparison<'n, 's>>) {
    if let Some(call) = Call::of(node)
        && call.name == "Equals"
        && let [left, right] = call.argument.items()
    {
        out.push(Comparison { node, left, right });
        return;
    }
    each_child(node, &mut |child| compared(child, out));
}

/// The parameter that a side of a comparison is, if it is one that can be varied by itself.
fn variable_named<'n>(anatomy: &Anatomy<'n, '_>, node: &Node<'_>) -> Option<&'n str> {
    const PSEUDO: [&str; 5] = [
        "AWS::AccountId",
        "AWS::Region",
        "AWS::Partition",
        "AWS::URLSuffix",
        "AWS::StackName",
    ];
    let name = referred(node)?;
    let home = &anatomy.home;
    let is_told = match name {
        "AWS::AccountId" => home.account.is_some(),
        "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix" => home.region.is_some(),
        _ => false,
    };
    if is_told {
        return None;
    }
    let pseudo = PSEUDO.into_iter().find(|known| *known == name);
    pseudo.or_else(|| {
        let known = anatomy.parameters.get_key_value(name)?.0;
        Some(*known)
    })
}

/// The parameters that a value is made of, in order.
fn parameters_in<'n>(anatomy: &Anatomy<'n, '_>, node: &Node<'_>) -> Vec<&'n str> {
    fn walk<'n>(anatomy: &Anatomy<'n, '_>, node: &Node<'_>, out: &mut Vec<&'n str>) {
        let mut add = |name: &str| {
            if let Some((name, _)) = anatomy.parameters.get_key_value(name)
                && !out.contains(name)
            {
                out.push(name);
            }
        };
        if let Some(name) = referred(node) {
            add(name);
            return;
        }
        if let Some(text) = node.as_text() {
            // `Sub`; in any other text such a name would do no harm.
            for piece in text.value.split("${").skip(1) {
                if let Some((name, _)) = piece.split_once('}') {
                    add(name.trim());
                }
            }
        }
        each_child(node, &mut |child| walk(anatomy, child, out));
    }
    let mut found = Vec::new();
    walk(anatomy, node, &mut found);
    found
}

/// The values of a parameter that are told apart: those it is compared with, and one that is none of them.
fn domain<'s>(anatomy: &Anatomy<'_, 's>, name: &str, compared: Vec<Node<'s>>) -> Vec<Choice<'s>> {
    let allowed = anatomy.allowed(name);
    let is_in = |values: &[Node<'s>], value: &Node<'s>| {
        values.iter().any(|other| other.as_str() == value.as_str())
    };
    let default = anatomy.default(name).ok();
    let mut choices: Vec<Choice<'s>> = compared
        .iter()
        .filter(|value| allowed.is_empty() || is_in(allowed, value))
        .take(MOST_VALUES)
        .map(|value| Choice::Is(value.clone()))
        .collect();
    let mut others = allowed.iter().filter(|value| !is_in(&compared, value));
    let other = match default.filter(|default| !is_in(&compared, default)) {
        Some(default) => Some(Some(default.clone())),
        None if allowed.is_empty() => Some(None),
        None => match (others.next(), others.next()) {
            (None, _) => None,
            (Some(only), None) => Some(Some(only.clone())),
            (Some(_), Some(_)) => Some(None),
        },
    };
    let other_is_shipped = other.as_ref().is_some_and(|value| {
        let is_default =
            |value: &Node<'s>| default.is_some_and(|default| default.as_str() == value.as_str());
        value.as_ref().is_some_and(is_default)
    });
    choices.extend(other.map(Choice::Other));
    let shipped = if other_is_shipped || name.starts_with("AWS::") {
        choices.len().checked_sub(1)
    } else {
        default.and_then(|default| {
            choices.iter().position(
                |choice| matches!(choice, Choice::Is(value) if value.as_str() == default.as_str()),
            )
        })
    };
    if let Some(shipped) = shipped {
        choices.rotate_left(shipped);
    }
    choices
}
