//! Objects, and `for`: going through a collection whose items may be unknown.

use super::{Env, Evaluator, Names, shown};
use crate::recognize::terraform::value::{self, Piece, Value};
use crate::source::Loc;
use crate::tree::hcl::{Expression, For, Key};
use crate::tree::{Entry, NodeKind, Why};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most rounds of one loop.
pub(super) const MOST_ROUNDS: usize = 10_000;

/// One round of a loop.
pub(super) struct Round {
    /// The key or position.
    pub(super) key: Rc<Value>,
    pub(super) value: Rc<Value>,
    /// The key or position as text.
    pub(super) label: String,
    /// Whether this stands for any number of rounds of which nothing is known.
    pub(super) is_any: bool,
}

/// The key of an object's or map's item as text; `None` if it is none.
pub(super) fn key_text(value: &Value) -> Option<String> {
    let pieces = value::pieces(value)?;
    Some(
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Known(text) => text.as_str(),
                Piece::Hole(hole) => hole.text.as_str(),
            })
            .collect(),
    )
}

impl<'m> Evaluator<'m> {
    pub(super) fn object(&self, items: &[(Key, Expression)], loc: Loc, env: &Env<'_, 'm>) -> Value {
        let mut entries: Vec<Entry<'static>> = Vec::with_capacity(items.len());
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (key, item) in items {
            let (key, key_loc) = match key {
                Key::Name(name) => (Some(name.value.clone()), name.loc),
                Key::Computed(key) => (key_text(&self.value(key, env)), key.loc),
            };
            let value = self.value(item, env);
            let Some(key) = key else {
                return self.opaque(loc, env, Why::Function);
            };
            // The last of equal keys counts.
            let at = *places.entry(key.clone()).or_insert(entries.len());
            let entry = value::entry(key, key_loc, value);
            match entries.get_mut(at) {
                Some(earlier) => *earlier = entry,
                None => entries.push(entry),
            }
        }
        value::map(entries, loc)
    }

    /// The rounds over a collection, in Terraform's order; `None` if nothing is known of it.
    pub(super) fn rounds(&self, collection: &Value) -> Option<Vec<Round>> {
        self.spend(value::weight(collection));
        match &collection.kind {
            NodeKind::List(items) if items.len() <= MOST_ROUNDS => {
                let mut is_counted = true;
                Some(
                    items
                        .iter()
                        .enumerate()
                        .map(|(at, item)| {
                            let is_any = value::is_spread(item);
                            is_counted &= !is_any;
                            let position = value::number(at.to_string(), item.loc);
                            let key = if is_counted { position } else { item.clone() };
                            Round {
                                key: Rc::new(key),
                                value: Rc::new(item.clone()),
                                label: at.to_string(),
                                is_any,
                            }
                        })
                        .collect(),
                )
            }
            NodeKind::Map(entries) if entries.len() <= MOST_ROUNDS => Some(
                value::sorted_entries(collection)
                    .into_iter()
                    .map(|entry| {
                        let is_any = value::is_spread(&entry.value);
                        let key = value::text(entry.key.value.to_string(), entry.key.loc);
                        Round {
                            key: Rc::new(if is_any { entry.value.clone() } else { key }),
                            value: Rc::new(entry.value.clone()),
                            label: entry.key.value.to_string(),
                            is_any,
                        }
                    })
                    .collect(),
            ),
            _ => None,
        }
    }

    pub(super) fn for_expression(&self, one: &For, loc: Loc, env: &Env<'_, 'm>) -> Value {
        let collection = self.value(&one.collection, env);
        let Some(rounds) = self.rounds(&collection) else {
            return value::spread(self.opaque(loc, env, Why::Function));
        };
        let mut items: Vec<(Option<String>, Loc, Value)> = Vec::with_capacity(rounds.len());
        for round in &rounds {
            let value_names = Names {
                name: &one.value_name,
                value: Rc::clone(&round.value),
                label: &round.label,
                outer: env.names,
            };
            let key_names = one.key_name.as_ref().map(|name| Names {
                name,
                value: Rc::clone(&round.key),
                label: &round.label,
                outer: Some(&value_names),
            });
            let inside = Env {
                names: Some(key_names.as_ref().unwrap_or(&value_names)),
                ..*env
            };
            let taken = one.condition.as_ref().map_or(Some(true), |condition| {
                self.value(condition, &inside).as_bool()
            });
            if taken == Some(false) {
                continue;
            }
            if round.is_any || taken.is_none() {
                let any = value::spread(self.opaque(one.value.loc, &inside, Why::Condition));
                items.push((Some(any_key(&any)), one.value.loc, any));
                continue;
            }
            let key = match &one.key {
                None => Some((None, one.value.loc)),
                Some(key) => {
                    let value = self.value(key, &inside);
                    key_text(&value).map(|text| (Some(text), key.loc))
                }
            };
            let Some((key, key_loc)) = key else {
                return value::spread(self.opaque(loc, env, Why::Function));
            };
            items.push((key, key_loc, self.value(&one.value, &inside)));
        }
        if one.key.is_none() {
            return value::list(items.into_iter().map(|(_, _, value)| value).collect(), loc);
        }
        let mut entries: Vec<Entry<'static>> = Vec::with_capacity(items.len());
        let mut groups: BTreeMap<String, usize> = BTreeMap::new();
        for (key, key_loc, item) in items {
            let key = key.unwrap_or_default();
            if !one.groups || value::is_spread(&item) {
                entries.push(value::entry(key, key_loc, item));
                continue;
            }
            match groups.get(&key).and_then(|at| entries.get_mut(*at)) {
                Some(group) => {
                    if let NodeKind::List(list) = &mut group.value.kind {
                        list.push(item);
                    }
                }
                None => {
                    groups.insert(key.clone(), entries.len());
                    let item_loc = item.loc;
                    let group = value::list(vec![item], item_loc);
                    entries.push(value::entry(key, key_loc, group));
                }
            }
        }
        value::map(entries, loc)
    }
}

/// The key under which an unknown number of entries stands in a map.
pub(in super::super) fn any_key(any: &Value) -> String {
    any.unknown()
        .map_or_else(|| shown("*"), |unknown| unknown.text.clone())
}
