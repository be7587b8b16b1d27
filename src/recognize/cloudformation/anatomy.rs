//! The sections of a template, by name.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>

use super::given::Given;
use super::sam;
use crate::model::home::Home;
use crate::source::Loc;
use crate::tree::{Entry, Node};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A template, taken apart.
pub(super) struct Anatomy<'n, 's> {
    /// What it is called in the run: its path, and where the file holds several, its place.
    pub(super) label: String,
    /// The text of its file.
    pub(super) text: &'n str,
    /// Where the stack is deployed, if the configuration says so.
    pub(super) home: Home,
    /// What the tree sets parameters to.
    pub(super) given: &'n Given,
    /// Parameters by name.
    pub(super) parameters: BTreeMap<&'n str, &'n Node<'s>>,
    /// Mappings by name.
    pub(super) mappings: BTreeMap<&'n str, &'n Node<'s>>,
    /// Conditions by name, with their names' places.
    pub(super) conditions: BTreeMap<&'n str, &'n Entry<'s>>,
    /// Resources by logical id, also those that SAM adds.
    pub(super) resources: BTreeMap<Cow<'n, str>, Resource<'n, 's>>,
    /// Logical ids in the order of the file.
    pub(super) order: Vec<Cow<'n, str>>,
}

/// A resource as it is written.
pub(super) struct Resource<'n, 's> {
    /// Its type: `AWS::IAM::Role`.
    pub(super) kind: &'n str,
    /// The whole declaration, with its logical id.
    pub(super) loc: Loc,
    /// Its properties.
    pub(super) properties: Option<Cow<'n, Node<'s>>>,
    /// The condition it is made under.
    pub(super) condition: Option<&'n str>,
}

impl<'n, 's> Anatomy<'n, 's> {
    /// Takes a template apart.
    pub(super) fn of(root: &'n Node<'s>, label: String, text: &'n str, given: &'n Given) -> Self {
        let path = match label.rsplit_once('#') {
            Some((path, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => path,
            _ => label.as_str(),
        };
        let mut anatomy = Anatomy {
            home: given.homes.of(path),
            label,
            text,
            given,
            parameters: by_name(root.get("Parameters")),
            mappings: by_name(root.get("Mappings")),
            conditions: section(root.get("Conditions"))
                .map(|entry| (entry.key.value.as_ref(), entry))
                .collect(),
            resources: BTreeMap::new(),
            order: Vec::new(),
        };
        let globals = root.get("Globals");
        for entry in section(root.get("Resources")) {
            let Some(kind) = entry.value.get("Type").and_then(Node::as_str) else {
                continue;
            };
            let written = entry.value.get("Properties");
            let resource = Resource {
                kind,
                loc: entry.key.loc.cover(entry.value.place()),
                properties: sam::with_globals(kind, written, globals)
                    .or(written.map(Cow::Borrowed)),
                condition: entry.value.get("Condition").and_then(Node::as_str),
            };
            let id = entry.key.value.as_ref();
            if let Some((name, role)) = sam::generated_role(id, &resource) {
                anatomy.resources.entry(Cow::Owned(name)).or_insert(role);
            }
            if anatomy
                .resources
                .insert(Cow::Borrowed(id), resource)
                .is_none()
            {
                anatomy.order.push(Cow::Borrowed(id));
            }
        }
        anatomy
    }

    /// The name, unique in the run, of something in this template.
    pub(super) fn global(&self, name: &str) -> String {
        format!("{}#{name}", self.label)
    }
}

fn section<'n, 's>(node: Option<&'n Node<'s>>) -> impl Iterator<Item = &'n Entry<'s>> {
    node.map_or(&[][..], Node::entries).iter()
}

fn by_name<'n, 's>(node: Option<&'n Node<'s>>) -> BTreeMap<&'n str, &'n Node<'s>> {
    section(node)
        .map(|entry| (entry.key.value.as_ref(), &entry.value))
        .collect()
}
