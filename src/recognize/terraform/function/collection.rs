//! Functions of lists and maps, of which part may be unknown.

use super::Outcome;
use crate::recognize::terraform::evaluate::{Env, Evaluator, any_key, equal};
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::{Entry, NodeKind, Why};
use std::collections::{BTreeMap, BTreeSet};

/// Most items that a call may make.
const MOST_ITEMS: usize = 20_000;

/// The call, if the function is one of collections.
pub(super) fn call<'m>(
    evaluator: &Evaluator<'m>,
    name: &str,
    arguments: &[Value],
    loc: Loc,
    env: &Env<'_, 'm>,
) -> Option<Outcome> {
    let is = |value: Value| Outcome::Is(value);
    let list = |items: Vec<Value>| {
        if items.len() > MOST_ITEMS {
            Outcome::Open
        } else {
            Outcome::Is(value::list(items, loc))
        }
    };
    Some(match (name, arguments) {
        ("merge", _) => merged(arguments, loc),
        ("concat", _) => list(concatenated(arguments)),
        ("flatten", [one]) => {
            let mut items = Vec::new();
            flatten(one, &mut items);
            list(items)
        }
        ("compact", [one]) => items_of(one).map_or(Outcome::Open, |items| list(compact(items))),
        ("distinct", [one]) => items_of(one).map_or(Outcome::Open, |items| list(distinct(items))),
        ("toset", [one]) => match items_of(one) {
            Some(items) => list(sorted(distinct(items))),
            None => Outcome::Is(one.clone()),
        },
        ("tolist", [one]) => match items_of(one) {
            Some(_) => Outcome::Is(one.clone()),
            None => Outcome::Is(one.clone()),
        },
        ("tomap", [one]) => Outcome::Is(one.clone()),
        ("sort", [one]) if value::is_counted(one) && value::is_known(one) => {
            list(sorted(one.items().to_vec()))
        }
        // The order does not matter to a policy; only what is in it does.
        ("sort", [one]) => Outcome::Is(one.clone()),
        ("reverse", [one]) if value::is_counted(one) && one.is_list() => {
            list(one.items().iter().rev().cloned().collect())
        }
        ("keys", [one]) if value::is_counted(one) && one.is_map() => list(
            value::sorted_entries(one)
                .into_iter()
                .map(|entry| value::text(entry.key.value.to_string(), entry.key.loc))
                .collect(),
        ),
        ("values", [one]) if one.is_map() => list(
            value::sorted_entries(one)
                .into_iter()
                .map(|entry| entry.value.clone())
                .collect(),
        ),
        ("length", [one]) => length(one)
            .map(|length| value::number(length.to_string(), loc))
            .into(),
        ("lookup", [map, key, ..])
            if map.is_map() && value::is_counted(map) && !value::is_known(key) =>
        {
            let values = map.entries().iter().map(|entry| entry.value.clone());
            let all = values.chain(arguments.get(2).cloned()).collect();
            Outcome::Is(evaluator.one_of(all, loc, env))
        }
        ("lookup", [map, key, ..]) => looked_up(map, key, arguments.get(2)),
        ("element", [one, index]) => element(one, index),
        ("contains", [one, wanted]) => contained(one, wanted)
            .map(|found| value::boolean(found, loc))
            .into(),
        ("index", [one, wanted]) if value::is_counted(one) => {
            let found: Vec<Option<bool>> =
                one.items().iter().map(|item| equal(item, wanted)).collect();
            match found.iter().position(|is| *is != Some(false)) {
                Some(at) if found.get(at) == Some(&Some(true)) => {
                    is(value::number(at.to_string(), loc))
                }
                Some(_) => Outcome::Open,
                None => Outcome::Fails,
            }
        }
        ("coalesce", _) => coalesced(arguments),
        ("coalescelist", _) => coalesced_list(arguments),
        ("one", [one]) => only(one, loc),
        ("slice", [one, from, to]) if value::is_counted(one) => sliced(one, from, to, loc),
        ("zipmap", [keys, values]) => zipped(keys, values, loc).into(),
        ("setunion", _) => {
            if arguments.iter().all(value::is_counted) {
                list(sorted(distinct(concatenated(arguments))))
            } else {
                list(distinct(concatenated(arguments)))
            }
        }
        ("setintersection" | "setsubtract", [one, others @ ..])
            if arguments.iter().all(value::is_known) =>
        {
            let keeps = name == "setintersection";
            let has = |set: &Value, item: &Value| contained(set, item) == Some(true);
            list(
                one.items()
                    .iter()
                    .filter(|item| {
                        if keeps {
                            others.iter().all(|set| has(set, item))
                        } else {
                            !others.iter().any(|set| has(set, item))
                        }
                    })
                    .cloned()
                    .collect(),
            )
        }
        ("setproduct", _) => product(arguments, loc).into(),
        ("range", _) => range(arguments, loc).into(),
        ("chunklist", [one, size]) if value::is_counted(one) => value::integer(size)
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| *size > 0)
            .map(|size| {
                let chunks = one.items().chunks(size);
                let chunks = chunks.map(|chunk| value::list(chunk.to_vec(), loc));
                value::list(chunks.collect(), loc)
            })
            .into(),
        ("matchkeys", [values, keys, wanted])
            if [values, keys].into_iter().all(value::is_counted)
                && [keys, wanted].into_iter().all(value::is_known) =>
        {
            let pairs = values.items().iter().zip(keys.items());
            list(
                pairs
                    .filter(|(_, key)| contained(wanted, key) == Some(true))
                    .map(|(value, _)| value.clone())
                    .collect(),
            )
        }
        ("transpose", [map]) if map.is_map() && value::is_known(map) => transposed(map, loc).into(),
        ("type", _) => Outcome::Is(evaluator.opaque(loc, env, Why::Function)),
        _ => return None,
    })
}

fn items_of(one: &Value) -> Option<Vec<Value>> {
    match &one.kind {
        NodeKind::List(items) => Some(items.clone()),
        _ => None,
    }
}

fn concatenated(lists: &[Value]) -> Vec<Value> {
    let mut items = Vec::new();
    for one in lists {
        match &one.kind {
            NodeKind::List(more) => items.extend(more.iter().cloned()),
            NodeKind::Null => {}
            _ => items.push(value::spread(one.clone())),
        }
    }
    items
}

fn flatten(one: &Value, out: &mut Vec<Value>) {
    match &one.kind {
        NodeKind::List(items) => {
            for item in items {
                match &item.kind {
                    NodeKind::List(_) => flatten(item, out),
                    // It may be a list, or one thing that is none.
                    NodeKind::Unknown(_) => out.push(value::spread(item.clone())),
                    _ => out.push(item.clone()),
                }
            }
        }
        _ => out.push(value::spread(one.clone())),
    }
}

fn compact(items: Vec<Value>) -> Vec<Value> {
    items
        .into_iter()
        .filter(|item| !item.is_null() && item.as_str() != Some(""))
        .map(|item| {
            if item.unknown().is_some() && !value::is_surely_given(&item) {
                value::spread(item)
            } else {
                item
            }
        })
        .collect()
}

fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let is_new = match item.as_str() {
            Some(text) => seen.insert(text.to_string()),
            None => true,
        };
        if is_new {
            out.push(item);
        }
    }
    out
}

/// Texts in order; what is no text stays where it is at the end.
fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by(|a, b| match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.cmp(b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    items
}

fn merged(maps: &[Value], loc: Loc) -> Outcome {
    let mut entries: Vec<Entry<'static>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for one in maps {
        match &one.kind {
            NodeKind::Null => {}
            NodeKind::Map(more) => {
                for entry in more {
                    if value::is_spread(&entry.value) {
                        doubt(&mut entries);
                        entries.push(entry.clone());
                        continue;
                    }
                    let at = *places.entry(&entry.key.value).or_insert(entries.len());
                    match entries.get_mut(at) {
                        Some(earlier) => *earlier = entry.clone(),
                        None => entries.push(entry.clone()),
                    }
                }
            }
            NodeKind::Unknown(_) => {
                doubt(&mut entries);
                let any = value::spread(one.clone());
                entries.push(value::entry(any_key(&any), one.loc, any));
            }
            _ => return Outcome::Fails,
        }
        if entries.len() > MOST_ITEMS {
            return Outcome::Open;
        }
    }
    Outcome::Is(value::map(entries, loc))
}

/// What stands before something unknown may be replaced by it.
fn doubt(entries: &mut [Entry<'static>]) {
    for entry in entries {
        if value::is_spread(&entry.value) {
            continue;
        }
        let name = format!("merged {}@{}", entry.key.value, entry.key.loc.span.start);
        let text = format!(
            "${{{}}}",
            entry.key.value.replace(['"', '\\', '{', '}', '$'], "_")
        );
        let loc = entry.value.loc;
        let file = loc.file.0;
        let unknown = crate::tree::Unknown::new(format!("{name}#{file}"), text, Why::Condition);
        entry.value = value::unknown(loc, unknown);
    }
}

fn length(one: &Value) -> Option<usize> {
    match &one.kind {
        NodeKind::List(items) if value::is_counted(one) => Some(items.len()),
        NodeKind::Map(_) if value::is_counted(one) => Some(value::sorted_entries(one).len()),
        NodeKind::Text(text) if text.holes.is_empty() => Some(text.value.chars().count()),
        _ => None,
    }
}

fn looked_up(map: &Value, key: &Value, default: Option<&Value>) -> Outcome {
    let (NodeKind::Map(_), Some(key)) = (&map.kind, key.as_str()) else {
        return Outcome::Open;
    };
    match map.get(key) {
        Some(found) => Outcome::Is(found.clone()),
        None if value::has_unknown_entries(map) => Outcome::Open,
        None => default.map_or(Outcome::Fails, |default| Outcome::Is(default.clone())),
    }
}

fn element(one: &Value, index: &Value) -> Outcome {
    let (true, Some(index)) = (value::is_counted(one), value::integer(index)) else {
        return Outcome::Open;
    };
    let Ok(count) = i64::try_from(one.items().len()) else {
        return Outcome::Open;
    };
    if count == 0 {
        return Outcome::Fails;
    }
    let at = usize::try_from(index.rem_euclid(count)).unwrap_or(0);
    one.items()
        .get(at)
        .map_or(Outcome::Fails, |item| Outcome::Is(item.clone()))
}

fn contained(one: &Value, wanted: &Value) -> Option<bool> {
    let NodeKind::List(items) = &one.kind else {
        return None;
    };
    let mut is_open = false;
    for item in items {
        match equal(item, wanted) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_open = true,
        }
        is_open |= value::is_spread(item);
    }
    (!is_open).then_some(false)
}

fn coalesced(arguments: &[Value]) -> Outcome {
    for one in arguments {
        if one.is_null() || one.as_str() == Some("") {
            continue;
        }
        return if value::is_surely_given(one) || one.as_str().is_some() {
            Outcome::Is(one.clone())
        } else {
            Outcome::Open
        };
    }
    Outcome::Fails
}

fn coalesced_list(arguments: &[Value]) -> Outcome {
    for one in arguments {
        match &one.kind {
            NodeKind::List(items) if items.is_empty() => {}
            NodeKind::List(items) if items.iter().any(|item| !value::is_spread(item)) => {
                return Outcome::Is(one.clone());
            }
            _ => return Outcome::Open,
        }
    }
    Outcome::Fails
}

fn only(one: &Value, loc: Loc) -> Outcome {
    match &one.kind {
        NodeKind::List(_) if !value::is_counted(one) => Outcome::Open,
        NodeKind::List(items) => match items.as_slice() {
            [] => Outcome::Is(value::null(loc)),
            [item] => Outcome::Is(item.clone()),
            _ => Outcome::Fails,
        },
        NodeKind::Null => Outcome::Is(value::null(loc)),
        _ => Outcome::Open,
    }
}

fn sliced(one: &Value, from: &Value, to: &Value, loc: Loc) -> Outcome {
    let bound = |value: &Value| value::integer(value).and_then(|at| usize::try_from(at).ok());
    let (Some(from), Some(to)) = (bound(from), bound(to)) else {
        return Outcome::Open;
    };
    match one.items().get(from..to) {
        Some(items) => Outcome::Is(value::list(items.to_vec(), loc)),
        None => Outcome::Fails,
    }
}

/// Lists of texts by key, the other way round: for each text the keys whose lists have it.
fn transposed(map: &Value, loc: Loc) -> Option<Value> {
    let mut turned: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for entry in value::sorted_entries(map) {
        for item in entry.value.items() {
            let key = value::text(entry.key.value.to_string(), entry.key.loc);
            turned.entry(item.as_str()?).or_default().push(key);
        }
    }
    let entries = turned
        .into_iter()
        .map(|(key, keys)| value::entry(key, loc, value::list(keys, loc)));
    Some(value::map(entries.collect(), loc))
}

fn zipped(keys: &Value, values: &Value, loc: Loc) -> Option<Value> {
    if !value::is_counted(keys) || !value::is_counted(values) {
        return None;
    }
    let entries: Option<Vec<Entry<'static>>> = keys
        .items()
        .iter()
        .zip(values.items())
        .map(|(key, item)| Some(value::entry(key.as_str()?, key.loc, item.clone())))
        .collect();
    Some(value::map(entries?, loc))
}

fn product(sets: &[Value], loc: Loc) -> Option<Value> {
    const MOST: usize = 2000;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for set in sets {
        if !value::is_counted(set) || rows.len().saturating_mul(set.items().len()) > MOST {
            return None;
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                set.items().iter().map(move |item| {
                    let mut longer = row.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    let rows = rows.into_iter().map(|row| value::list(row, loc));
    Some(value::list(rows.collect(), loc))
}

fn range(arguments: &[Value], loc: Loc) -> Option<Value> {
    const MOST: i64 = 1024;
    let numbers: Vec<i64> = arguments
        .iter()
        .map(value::integer)
        .collect::<Option<_>>()?;
    let (from, to, step) = match numbers.as_slice() {
        [to] => (0, *to, 1),
        [from, to] => (*from, *to, if from <= to { 1 } else { -1 }),
        [from, to, step] if *step != 0 => (*from, *to, *step),
        _ => return None,
    };
    let mut items = Vec::new();
    let mut at = from;
    for _ in 0..=MOST {
        let is_inside = if step > 0 { at < to } else { at > to };
        if !is_inside {
            return Some(value::list(items, loc));
        }
        items.push(value::number(at.to_string(), loc));
        at = at.checked_add(step)?;
    }
    None
}
