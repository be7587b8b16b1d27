//! What is the same in every reading of a template is declared once, and belongs to all of them.
//!
//! A template has conditions for one corner of it as a rule. Were everything else declared once for each reading, whatever
//! refers to it from another file would find several things of one name.
//!
//! Resources of one service that refer to each other (a role and what is attached to it, subnets and their routes) make each
//! other up. They are shared only together.

use super::anatomy::Anatomy;
use super::call::Call;
use crate::model::origin::{Origin, Scope};
use crate::recognize::resource::Declared;
use crate::tree::{Node, NodeKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The resources of each reading, with those that are the same in all of them taken out and put first, under no assumption.
pub(super) fn factored<'s>(
    anatomy: &Anatomy<'_, 's>,
    readings: Vec<Vec<Declared<'s>>>,
    scopes: &[Arc<Scope>],
) -> Vec<Vec<Declared<'s>>> {
    let (Some(first), Some(declared)) = (scopes.first(), readings.first()) else {
        return readings;
    };
    // Where a condition tells the account or the Region, readings lie in different places.
    let is_one_place = scopes.iter().all(|scope| {
        scope.account == first.account
            && scope.region == first.region
            && scope.partition == first.partition
    });
    if readings.len() < 2 || !is_one_place {
        return readings;
    }
    let groups = Groups::of(anatomy);
    let indices: Vec<Index<'_, 's>> = readings.iter().map(|reading| index(reading)).collect();
    let mut varying: BTreeSet<&str> = BTreeSet::new();
    for reading in &indices {
        for (key, one) in reading {
            if !indices
                .iter()
                .all(|other| other.get(key).is_some_and(|other| is_same(one, other)))
            {
                varying.insert(groups.of_resource(&one.origin.label));
            }
        }
    }
    let is_shared = |one: &Declared<'_>| !varying.contains(groups.of_resource(&one.origin.label));
    let scope = Arc::new(Scope {
        assuming: Vec::new(),
        ..Scope::clone(first)
    });
    let shared: Vec<Declared<'s>> = declared
        .iter()
        .filter(|one| is_shared(one))
        .map(|one| Declared {
            origin: Origin {
                scope: Arc::clone(&scope),
                ..one.origin.clone()
            },
            ..one.clone()
        })
        .collect();
    let rest = readings.iter().map(|reading| {
        let rest = reading.iter().filter(|one| !is_shared(one));
        rest.cloned().collect::<Vec<_>>()
    });
    let rest: Vec<Vec<Declared<'s>>> = rest.filter(|reading| !reading.is_empty()).collect();
    std::iter::once(shared).chain(rest).collect()
}

/// The resources of a reading by what tells them apart.
type Index<'a, 's> = BTreeMap<(&'a str, &'a str), &'a Declared<'s>>;

fn index<'a, 's>(reading: &'a [Declared<'s>]) -> Index<'a, 's> {
    reading
        .iter()
        .map(|one| ((one.id.as_str(), one.kind.as_str()), one))
        .collect()
}

fn is_same(one: &Declared<'_>, other: &Declared<'_>) -> bool {
    one.origin.is_certain == other.origin.is_certain && one.properties == other.properties
}

/// Resources of one service that refer to each other, each group called by one of its members.
struct Groups<'n>(BTreeMap<&'n str, &'n str>);

impl<'n> Groups<'n> {
    fn of<'s>(anatomy: &'n Anatomy<'n, 's>) -> Groups<'n> {
        let mut groups = Groups(
            anatomy
                .resources
                .keys()
                .map(|id| (id.as_ref(), id.as_ref()))
                .collect(),
        );
        for (id, resource) in &anatomy.resources {
            let mut names = BTreeSet::new();
            if let Some(properties) = &resource.properties {
                referred_to(properties, &mut names);
            }
            for name in names {
                if let Some((other, found)) = anatomy.resources.get_key_value(name.as_str())
                    && service(found.kind) == service(resource.kind)
                {
                    groups.join(id, other);
                }
            }
        }
        groups
    }

    fn join(&mut self, one: &'n str, other: &'n str) {
        let (one, other) = (self.top(one), self.top(other));
        self.0.insert(one, other);
    }

    fn top(&mut self, id: &'n str) -> &'n str {
        let mut top = id;
        while let Some(next) = self.0.get(top).copied().filter(|next| *next != top) {
            top = next;
        }
        // The next search from here is short.
        self.0.insert(id, top);
        top
    }

    fn of_resource<'a>(&self, id: &'a str) -> &'a str
    where
        'n: 'a,
    {
        let mut top = id;
        while let Some(next) = self.0.get(top).copied().filter(|next| *next != top) {
            top = next;
        }
        top
    }
}

/// `IAM` of `AWS::IAM::Role`.
fn service(kind: &str) -> Option<&str> {
    kind.split("::").nth(1)
}

/// The names that a value refers to, in either notation; some may be none.
fn referred_to(node: &Node<'_>, out: &mut BTreeSet<String>) {
    let before_dot = |name: &str| name.split('.').next().unwrap_or("").trim().to_string();
    if let Some(call) = Call::of(node)
        && matches!(call.name, "Ref" | "GetAtt")
    {
        let name = call.argument.text();
        let name = name.or_else(|| call.argument.items().first()?.as_str());
        out.extend(name.map(before_dot));
        return;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| referred_to(item, out)),
        NodeKind::Map(entries) => entries
            .iter()
            .for_each(|entry| referred_to(&entry.value, out)),
        NodeKind::Text(text) => {
            let pieces = text.value.split("${").skip(1);
            let names = pieces.filter_map(|piece| piece.split_once('}'));
            out.extend(names.map(|(name, _)| before_dot(name)));
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Unknown(_) => {}
    }
}
