//! Plans and the configuration they were made from, together.

use super::Plan;
use super::address::{base, is_in_root, name, segments};
use super::bindings::{Bindings, merged, rename};
use crate::model::origin::{Assumption, Scope};
use crate::model::template::Piece;
use crate::recognize::terraform::instance::{Instance, MODULE, Mode};
use crate::recognize::terraform::lower;
use crate::source::{Loc, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Joins plans with what the configuration was evaluated to.
///
/// A plan belongs to the root module that declares what it plans; of several, to the one whose folder is nearest. Values of
/// the configuration that are known stay, the others are those of the plan, and places are those of the configuration.
/// What only the plan has (modules that are not in sight) stands in the plan. Several plans of one root are several readings
/// of it that exclude each other.
pub fn join(evaluated: Vec<Instance>, plans: Vec<Plan>) -> Vec<Instance> {
    if plans.is_empty() {
        return evaluated;
    }
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    for instance in evaluated {
        let folder = instance.id.split('|').next().unwrap_or("").to_string();
        roots.entry(folder).or_default().instances.push(instance);
    }
    let mut out = Vec::new();
    for plan in plans {
        match nearest(&roots, &plan) {
            Some(root) => root_of(&mut roots, &root).plans.push(plan),
            None => out.extend(plan.instances),
        }
    }
    for (folder, root) in roots {
        match root.plans.as_slice() {
            [] => out.extend(root.instances),
            [plan] => out.extend(joined(&root.instances, plan)),
            plans => {
                for plan in plans {
                    let reading = joined(&root.instances, plan);
                    out.extend(
                        reading
                            .into_iter()
                            .map(|one| assuming(one, &folder, plan, plans)),
                    );
                }
            }
        }
    }
    out
}

/// A root module.
#[derive(Default)]
struct Root {
    instances: Vec<Instance>,
    plans: Vec<Plan>,
}

fn root_of<'r>(roots: &'r mut BTreeMap<String, Root>, folder: &str) -> &'r mut Root {
    roots.entry(folder.to_string()).or_default()
}

/// The resources of the root module itself, by their addresses without keys.
fn own(instances: &[Instance]) -> BTreeSet<String> {
    instances
        .iter()
        .filter(|one| one.mode == Mode::Resource && is_in_root(&one.address))
        .map(|one| base(&one.address))
        .collect()
}

/// The calls of the root module.
fn calls(instances: &[Instance]) -> BTreeSet<String> {
    let called = instances.iter().filter(|one| !is_in_root(&one.address));
    called
        .filter_map(|one| base(&one.address).split('.').nth(1).map(str::to_string))
        .collect()
}

/// The folder of the root module that a plan was made from; `None` if none is, or if it cannot be told which.
fn nearest(roots: &BTreeMap<String, Root>, plan: &Plan) -> Option<String> {
    let (planned, planned_calls) = (own(&plan.instances), calls(&plan.instances));
    let mut best: Vec<(usize, usize, &String)> = roots
        .iter()
        .filter_map(|(folder, root)| {
            let (own, calls) = (own(&root.instances), calls(&root.instances));
            let shared =
                own.intersection(&planned).count() + calls.intersection(&planned_calls).count();
            // A plan may leave out what counts to nothing, and the evaluator what is not AWS's.
            let is_it = shared > 0 && shared * 2 >= own.len() + calls.len();
            is_it.then_some((shared, nearness(folder, &plan.path), folder))
        })
        .collect();
    best.sort_by_key(|(shared, nearness, _)| std::cmp::Reverse((*shared, *nearness)));
    match best.as_slice() {
        [(_, _, only)] => Some((*only).clone()),
        [first, second, ..] if (first.0, first.1) != (second.0, second.1) => Some(first.2.clone()),
        _ => None,
    }
}

/// How many folders lead to both.
fn nearness(folder: &str, path: &str) -> usize {
    let folder = if folder == "." { "" } else { folder };
    folder
        .split('/')
        .zip(path.split('/'))
        .take_while(|(one, other)| one == other)
        .count()
}

/// The instances of one root module with the values of one plan.
fn joined(evaluated: &[Instance], plan: &Plan) -> Vec<Instance> {
    let by_address: BTreeMap<&str, &Instance> = plan
        .instances
        .iter()
        .map(|one| (one.address.as_str(), one))
        .collect();
    let mut by_base: BTreeMap<String, Vec<&Instance>> = BTreeMap::new();
    for one in &plan.instances {
        by_base.entry(base(&one.address)).or_default().push(one);
    }
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let exact: BTreeSet<&str> = evaluated.iter().map(|one| one.address.as_str()).collect();
    let mut pairs: Vec<(Instance, Option<&Instance>)> = Vec::new();
    for one in evaluated {
        // A plan shows what the modules make that are not in sight.
        if one.kind == MODULE && !plan.is_state {
            continue;
        }
        if let Some(planned) = by_address.get(one.address.as_str()) {
            taken.insert(planned.address.as_str());
            pairs.push((one.clone(), Some(planned)));
            continue;
        }
        if one.origin.is_certain {
            pairs.push((one.clone(), None));
            continue;
        }
        // The plan knows how many there are.
        let of_plan = by_base
            .get(&base(&one.address))
            .map_or(&[][..], Vec::as_slice);
        let of_plan = of_plan
            .iter()
            .filter(|planned| !exact.contains(planned.address.as_str()));
        let before = pairs.len();
        for planned in of_plan {
            if taken.insert(planned.address.as_str()) {
                let one = renamed(one, planned, &by_address);
                pairs.push((one, Some(planned)));
            }
        }
        if plan.is_state && pairs.len() == before {
            pairs.push((one.clone(), None));
        }
    }
    let mut all = Bindings::default();
    // What one pair tells may make out what another leaves open.
    for _ in 0..2 {
        for (one, planned) in &pairs {
            if let Some(planned) = planned {
                learn(&mut all, one, planned);
            }
        }
    }
    let mut out: Vec<Instance> = pairs
        .into_iter()
        .map(|(one, planned)| with_values(one, planned, &all))
        .collect();
    let only_planned = plan
        .instances
        .iter()
        .filter(|one| !taken.contains(one.address.as_str()));
    out.extend(only_planned.cloned());
    out
}

/// An instance that stands for any number of them as one of the plan. What the cloud makes up for another that stands for
/// any number, and is repeated by the same keys, is what it makes up for the one with the same key.
fn renamed(one: &Instance, planned: &Instance, all: &BTreeMap<&str, &Instance>) -> Instance {
    let mut one = one.clone();
    let root = one.id.split('|').next().unwrap_or("").to_string();
    let key = planned
        .address
        .strip_prefix(&base_but_last(&planned.address));
    let key = key.unwrap_or("");
    let modules = modules(&one.address, &planned.address);
    let name_of = |name: &str| {
        let mut inside = name
            .strip_prefix(root.as_str())?
            .strip_prefix('|')?
            .to_string();
        for (from, to) in &modules {
            if let Some(rest) = inside.strip_prefix(from.as_str()) {
                inside = format!("{to}{rest}");
            }
        }
        if let Some((before, after)) = inside.split_once(ANY) {
            let address = format!("{before}{key}");
            if all.contains_key(address.as_str()) {
                inside = format!("{address}{after}");
            }
        }
        Some(format!("{root}|{inside}"))
    };
    rename(&mut one.body, &name_of);
    one.address.clone_from(&planned.address);
    one.origin.label.clone_from(&planned.address);
    one.id = format!("{root}|{}", planned.address);
    one
}

/// The key of an instance that stands for any number of them.
const ANY: &str = "[*]";

/// The address without the key at its end.
fn base_but_last(address: &str) -> String {
    let mut parts = segments(address);
    let last = parts.pop().map_or("", name);
    parts.push(last);
    parts.join(".")
}

/// Modules that stand for any number of them in one address, with what they are in the other: the start of each address
/// up to there.
fn modules(any: &str, known: &str) -> Vec<(String, String)> {
    let (any, known) = (segments(any), segments(known));
    let mut starts = Vec::new();
    for (at, part) in any.iter().enumerate().rev().skip(1) {
        if part.ends_with(ANY) && any.len() == known.len() {
            let start = |parts: &[&str]| {
                let taken: Vec<&str> = parts.iter().take(at + 1).copied().collect();
                format!("{}.", taken.join("."))
            };
            starts.push((start(&any), start(&known)));
        }
    }
    starts
}

fn learn(bindings: &mut Bindings, one: &Instance, planned: &Instance) {
    bindings.learn(&one.body, &planned.body);
    let (scope, known) = (&one.origin.scope, &planned.origin.scope);
    for (ours, theirs) in [
        (&scope.account, &known.account),
        (&scope.region, &known.region),
        (&scope.partition, &known.partition),
    ] {
        if let ([Piece::Hole(hole)], Some(value)) = (ours.pieces(), theirs.as_literal()) {
            bindings.bind(&hole.name, value);
        }
    }
    // What the cloud has made up already.
    for entry in planned.body.entries() {
        if let Some(value) = entry.value.as_str() {
            bindings.bind(&format!("{}.{}", one.id, entry.key.value), value);
        }
    }
    if let Some(made_up) = lower::made_up(one, planned) {
        bindings.bind(&one.id, &made_up);
    }
}

fn with_values(one: Instance, planned: Option<&Instance>, all: &Bindings) -> Instance {
    let mut own = Bindings::default();
    if let Some(planned) = planned {
        learn(&mut own, &one, planned);
    }
    let mut body = all.filled(&own.filled(&one.body));
    if let Some(planned) = planned {
        body = merged(body, &planned.body);
    }
    let mut origin = one.origin;
    origin.is_certain |= planned.is_some();
    let scope = &origin.scope;
    let filled = Scope {
        label: scope.label.clone(),
        account: all.fill(&scope.account),
        region: all.fill(&scope.region),
        region_is_default: false,
        partition: all.fill(&scope.partition),
        assuming: scope.assuming.clone(),
        is_snapshot: scope.is_snapshot,
    };
    if filled != **scope {
        let region = filled.region.clone();
        origin.scope = Arc::new(filled.located(None, Some(region)));
    }
    Instance {
        body,
        origin,
        ..one
    }
}

/// The instance as one of the reading that takes this plan for the one that is applied.
fn assuming(mut one: Instance, folder: &str, plan: &Plan, plans: &[Plan]) -> Instance {
    let mut scope = Scope::clone(&one.origin.scope);
    if scope.label == plan.path {
        scope.label = folder.to_string();
    }
    scope.assuming.extend(plans.iter().map(|other| Assumption {
        condition: Spanned::new(format!("the plan is {}", other.path), Loc::NOWHERE),
        holds: other.path == plan.path,
    }));
    one.origin.scope = Arc::new(scope);
    one
}
