//! From Terraform's resources to declared resources in the spelling of CloudFormation.
//!
//! | file | does |
//! |---|---|
//! | [`table`] | which type is which, and which arguments are more than their spelling away from a property |
//! | [`shape`] | the language of the tables, and how values follow it |
//! | [`parts`] | what stands in one block here and is a resource of its own in CloudFormation |
//! | [`attributes`] | attributes that follow from arguments |

mod attributes;
mod parts;
mod shape;
mod table;

#[cfg(test)]
mod tests;

pub use attributes::attribute_of;

use super::instance::{Instance, MODULE, Mode};
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::recognize::resource::Declared;
use crate::recognize::resource::FOUND_REPOSITORY;
use crate::recognize::resource::endpoint::FOUND;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind};
use std::borrow::Cow;
use table::{Id, Parts, Row};

/// The declared resources of an instance: none for a type that says nothing of interest and for nearly all data sources, several
/// where CloudFormation declares apart what stands in one block here (the routes of a route table).
pub fn lower(instance: &Instance) -> Vec<Declared<'static>> {
    if instance.mode == Mode::Data {
        return found_endpoint(instance)
            .or_else(|| found_repository(instance))
            .into_iter()
            .collect();
    }
    if instance.kind == MODULE {
        let passed = Entry {
            key: Spanned::new(Cow::Borrowed("Parameters"), instance.origin.loc),
            value: instance.body.clone(),
        };
        return vec![declare(instance, MODULE, vec![passed])];
    }
    let Some(row) = table::row(&instance.kind) else {
        return Vec::new();
    };
    match row.parts {
        Parts::Rule => return parts::rule(instance),
        Parts::Target => return parts::target(instance, row),
        Parts::None | Parts::Routes | Parts::Ingress => {}
    }
    let mut properties = shape::properties(&instance.body, row.fields);
    add_name(&mut properties, instance, row);
    let mut declared = Vec::new();
    match row.parts {
        Parts::Routes => declared = parts::routes(instance, row, &mut properties),
        Parts::Ingress => parts::ingress(instance, &mut properties),
        Parts::None | Parts::Rule | Parts::Target => {}
    }
    declared.insert(0, declare(instance, row.kind, properties));
    declared
}

/// An endpoint that is looked up by its service.
fn found_endpoint(instance: &Instance) -> Option<Declared<'static>> {
    if instance.kind != "aws_vpc_endpoint" {
        return None;
    }
    let service = instance.body.entry("service_name")?;
    let property = Entry {
        key: Spanned::new(Cow::Borrowed("ServiceName"), service.key.loc),
        value: service.value.clone(),
    };
    Some(declare(instance, FOUND, vec![property]))
}

/// A repository that is looked up by its name.
fn found_repository(instance: &Instance) -> Option<Declared<'static>> {
    if instance.kind != "aws_ecr_repository" {
        return None;
    }
    let name = instance.body.entry("name")?;
    let property = Entry {
        key: Spanned::new(Cow::Borrowed("RepositoryName"), name.key.loc),
        value: name.value.clone(),
    };
    Some(declare(instance, FOUND_REPOSITORY, vec![property]))
}

/// Whether resources of this type declare something.
pub fn is_lowered(kind: &str) -> bool {
    table::row(kind).is_some()
}

/// Whether the attribute `arn` of this type is the ARN of the resource itself, rather than an argument.
pub fn has_arn(kind: &str) -> bool {
    let row = table::row(kind).or_else(|| table::named(kind));
    row.is_some_and(|row| matches!(row.id, Id::Name | Id::Arn | Id::MadeUp))
}

/// What the cloud made up for an instance, which is a hole called by its id, as `planned`, the same instance with more
/// values, tells it: the id of what AWS numbers, the rest of a name that starts with a prefix.
pub(super) fn made_up(instance: &Instance, planned: &Instance) -> Option<String> {
    let row = table::row(&instance.kind).or_else(|| table::named(&instance.kind))?;
    let text = |name: &str| planned.body.get(name)?.as_str();
    match (row.id, row.name) {
        (Id::MadeUp, _) => text("id").map(str::to_string),
        (_, Some(name)) if instance.body.get(name).is_none_or(Node::is_null) => {
            let prefix = match instance.body.get(&format!("{name}_prefix")) {
                None => "",
                Some(prefix) if prefix.is_null() => "",
                Some(prefix) => prefix.as_str()?,
            };
            Some(text(name)?.strip_prefix(prefix)?.to_string())
        }
        _ => None,
    }
}

fn declare(instance: &Instance, kind: &str, properties: Vec<Entry<'static>>) -> Declared<'static> {
    Declared {
        kind: kind.to_string(),
        origin: instance.origin.clone(),
        id: instance.id.clone(),
        properties: Node::new(instance.origin.loc, NodeKind::Map(properties)),
    }
}

/// The name that starts with `name_prefix`, where there is no other.
fn add_name(properties: &mut Vec<Entry<'static>>, instance: &Instance, row: &Row) {
    let Some(argument) = row.name else { return };
    let name = row.property(argument);
    if properties.iter().any(|entry| entry.key.value == name) {
        return;
    }
    let Some(prefix) = instance.body.entry(&format!("{argument}_prefix")) else {
        return;
    };
    let Some(mut value) = placeholders::of_node(&prefix.value, |text| Template::literal(text))
    else {
        return;
    };
    value.push_hole(instance.id.clone(), "<suffix>");
    let key = Spanned::new(Cow::Owned(name), prefix.key.loc);
    properties.push(Entry {
        key,
        value: made(&value, prefix.value.place()),
    });
}

/// A value that stands nowhere as it is; `place` is where to look for it.
fn made(value: &Template, place: Loc) -> Node<'static> {
    shape::at(placeholders::to_node(value, place), place)
}
