//! The arguments of a planned resource: known, unknown until the deployment, or linked to what they refer to.

use super::Resource;
use super::configuration::{Configuration, Written};
use crate::model::origin::Scope;
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::recognize::terraform::instance::{Instance, Mode};
use crate::recognize::terraform::{evaluate, lower};
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Unknown, Why};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest chain of references that is followed.
const FARTHEST: usize = 12;

/// Reads the resources of one plan.
pub(super) struct Reader<'a, 'n, 's> {
    path: &'a str,
    resources: &'a [Resource<'n, 's>],
    by_address: BTreeMap<&'a str, usize>,
    configuration: &'a Configuration<'n, 's>,
    scopes: &'a BTreeMap<String, Arc<Scope>>,
}

impl<'a, 'n, 's> Reader<'a, 'n, 's> {
    pub(super) fn new(
        path: &'a str,
        resources: &'a [Resource<'n, 's>],
        configuration: &'a Configuration<'n, 's>,
        scopes: &'a BTreeMap<String, Arc<Scope>>,
    ) -> Self {
        let addresses = resources.iter().enumerate();
        Reader {
            path,
            resources,
            by_address: addresses
                .map(|(at, one)| (one.address.as_ref(), at))
                .collect(),
            configuration,
            scopes,
        }
    }

    /// The instance of a resource.
    pub(super) fn instance(&self, at: usize) -> Option<Instance> {
        let resource = self.resources.get(at)?;
        Some(Instance {
            mode: resource.mode,
            kind: resource.kind.to_string(),
            address: resource.address.to_string(),
            origin: resource.origin(self.scope(resource)),
            id: self.id(resource),
            body: self.body(resource, 0),
        })
    }

    fn id(&self, resource: &Resource<'_, '_>) -> String {
        format!("{}|{}", self.path, resource.address)
    }

    fn scope(&self, resource: &Resource<'_, '_>) -> Arc<Scope> {
        let key = resource.provider(self.configuration);
        let Some(scope) = self.scopes.get(key) else {
            return Arc::new(Scope::unknown(self.path));
        };
        // Since version 6 of the provider, a resource may name a Region of its own.
        let region = resource
            .values
            .and_then(|values| values.get("region")?.as_str());
        match region.filter(|region| !region.is_empty() && resource.kind != "aws_region") {
            Some(region) if scope.region.as_literal() != Some(region) => {
                let region = Some(Template::literal(region));
                Arc::new(Scope::clone(scope).located(None, region))
            }
            _ => Arc::clone(scope),
        }
    }

    /// The arguments, with what is not known as unknown.
    fn body(&self, resource: &Resource<'n, 's>, depth: usize) -> Node<'static> {
        let at = Place {
            resource,
            path: String::new(),
            name: "",
            item: None,
            depth,
        };
        let written = self.configuration.written(&resource.address);
        let entries = self.entries(resource.values, resource.unknown, written, &at);
        Node::new(resource.loc(), NodeKind::Map(entries))
    }

    /// The entries of a map: those that are known, and those that are not.
    fn entries(
        &self,
        values: Option<&Node<'s>>,
        unknown: Option<&Node<'s>>,
        written: Written<'n, 's>,
        at: &Place<'_, 'n, 's>,
    ) -> Vec<Entry<'static>> {
        let known = values.map_or(&[][..], Node::entries);
        let mut entries: Vec<Entry<'static>> = Vec::with_capacity(known.len());
        let mut add =
            |key: &Cow<'_, str>, loc: Loc, value: Option<&Node<'s>>, unknown: Option<&Node<'s>>| {
                let is_block = value
                    .is_some_and(|value| value.is_list() && value.items().iter().any(Node::is_map));
                let at = at.below(key);
                let written = written.entry(key, is_block);
                if let Some(value) = self.value(value, unknown, written, &at) {
                    entries.push(Entry {
                        key: Spanned::new(Cow::Owned(key.to_string()), loc),
                        value,
                    });
                }
            };
        for entry in known {
            let unknown = unknown.and_then(|unknown| unknown.get(&entry.key.value));
            add(&entry.key.value, entry.key.loc, Some(&entry.value), unknown);
        }
        for entry in unknown.map_or(&[][..], Node::entries) {
            if values.is_none_or(|values| !values.has(&entry.key.value)) {
                add(
                    &entry.key.value,
                    at.resource.loc(),
                    None,
                    Some(&entry.value),
                );
            }
        }
        entries
    }

    /// One value; `None` if there is none, or if the provider makes it up.
    fn value(
        &self,
        value: Option<&Node<'s>>,
        unknown: Option<&Node<'s>>,
        written: Written<'n, 's>,
        at: &Place<'_, 'n, 's>,
    ) -> Option<Node<'static>> {
        if let Some(true) = unknown.and_then(Node::as_bool) {
            let loc = value.map_or(at.resource.loc(), |value| value.loc);
            return self.unknown(written, at, loc);
        }
        let Some(value) = value else {
            // Blocks of which only unknown values are in sight.
            let unknown = unknown?;
            return match &unknown.kind {
                NodeKind::List(items) if !items.is_empty() => {
                    Some(self.list(&[], unknown, written, at))
                }
                NodeKind::Map(entries) if !entries.is_empty() => {
                    let entries = self.entries(None, Some(unknown), written, at);
                    Some(Node::new(at.resource.loc(), NodeKind::Map(entries)))
                }
                _ => None,
            };
        };
        match (&value.kind, unknown) {
            (NodeKind::List(items), Some(unknown)) if unknown.is_list() => {
                Some(self.list(items, unknown, written, at)).map(|list| Node {
                    loc: value.loc,
                    ..list
                })
            }
            (NodeKind::Map(_), Some(unknown)) if unknown.is_map() => {
                let entries = self.entries(Some(value), Some(unknown), written, at);
                Some(Node::new(value.loc, NodeKind::Map(entries)))
            }
            _ => Some(value.clone().into_static()),
        }
    }

    fn list(
        &self,
        items: &[Node<'s>],
        unknown: &Node<'s>,
        written: Written<'n, 's>,
        at: &Place<'_, 'n, 's>,
    ) -> Node<'static> {
        let count = items.len().max(unknown.items().len());
        let null = || Node::new(at.resource.loc(), NodeKind::Null);
        let is_unknown = |item: &&Node<'s>| item.as_bool() == Some(true);
        let is_only = unknown.items().iter().filter(is_unknown).count() == 1;
        let list = (0..count).map(|index| {
            let (value, unknown) = (items.get(index), unknown.items().get(index));
            let at = at.item(index, is_only);
            self.value(value, unknown, written.item(index, count), &at)
                .unwrap_or_else(null)
        });
        Node::new(at.resource.loc(), NodeKind::List(list.collect()))
    }

    /// A value that is known after the deployment only. `None` if the provider makes it up.
    fn unknown(
        &self,
        written: Written<'n, 's>,
        at: &Place<'_, 'n, 's>,
        loc: Loc,
    ) -> Option<Node<'static>> {
        match written {
            // Blocks of `dynamic` are not in sight, and these may be such.
            Written::Absent if !matches!(at.name, "ingress" | "route") => return None,
            Written::Expression(expression) => {
                if let Some(linked) = self.linked(expression, at, loc) {
                    return Some(linked);
                }
            }
            _ => {}
        }
        let unknown = self.hole(at.resource, &at.path);
        Some(Node::new(loc, NodeKind::Unknown(Box::new(unknown))))
    }

    fn hole(&self, resource: &Resource<'_, '_>, path: &str) -> Unknown {
        let name = format!("{}.{path}", self.id(resource));
        Unknown::new(
            name,
            format!("{}.{path}", resource.address),
            Why::DeployTime,
        )
    }

    /// The value of an expression that is one attribute of one resource, as far as the argument's name lets us believe that it
    /// is the bare attribute: the plan does not show the expression.
    fn linked(
        &self,
        expression: &Node<'s>,
        at: &Place<'_, 'n, 's>,
        loc: Loc,
    ) -> Option<Node<'static>> {
        let fit = match (fit(at.name)?, at.item) {
            // Which of them the reference is cannot be told.
            (_, Some(false)) => return None,
            (Fit::Many, Some(true)) => Fit::One,
            (fit, _) => fit,
        };
        let reference = self
            .configuration
            .reference(at.resource.module, expression)?;
        let attribute = reference.attribute.as_str();
        let target = *self.by_address.get(reference.address.as_str())?;
        let resource = self.resources.get(target)?;
        if fit == Fit::Policy {
            let is_document = resource.kind == "aws_iam_policy_document"
                && matches!(attribute, "json" | "minified_json");
            return is_document.then(|| self.policy(resource, at.depth))?;
        }
        // A statement may well name what lies below (`${aws_s3_bucket.x.arn}/*`), but nothing lies below a repository.
        let is_below = at.name == "resources" && resource.kind != "aws_ecr_repository";
        if at.depth >= FARTHEST || is_below {
            return None;
        }
        let value = || self.attribute(resource, attribute, at.depth + 1);
        match fit {
            Fit::One
                if matches!(
                    attribute,
                    "arn" | "id" | "name" | "family" | "arn_without_revision"
                ) =>
            {
                Some(placeholders::to_node(&value(), loc))
            }
            // There may be others beside it.
            Fit::Many if matches!(attribute, "arn" | "id" | "name") => {
                let rest = self.hole(at.resource, &format!("{}[*]", at.path));
                let rest = Node::new(loc, NodeKind::Unknown(Box::new(rest)));
                let one = placeholders::to_node(&value(), loc);
                Some(Node::new(loc, NodeKind::List(vec![one, rest])))
            }
            // A tag or digest may stand behind it.
            Fit::Image if attribute == "repository_url" => {
                let mut image = value();
                let rest = self.hole(at.resource, &format!("{}.tag", at.path));
                image.push_hole(rest.name, "<tag>");
                Some(placeholders::to_node(&image, loc))
            }
            _ => None,
        }
    }

    /// The document of an `aws_iam_policy_document` that is rendered during the deployment.
    fn policy(&self, resource: &Resource<'n, 's>, depth: usize) -> Option<Node<'static>> {
        let merges = [
            "source_policy_documents",
            "override_policy_documents",
            "source_json",
            "override_json",
        ];
        let written = self.configuration.written(&resource.address);
        let is_merged = merges
            .iter()
            .any(|name| !matches!(written.entry(name, false), Written::Absent));
        if is_merged || depth >= FARTHEST {
            return None;
        }
        let mut body = self.body(resource, depth + 1);
        let NodeKind::Map(entries) = &mut body.kind else {
            return None;
        };
        let statements = entries
            .iter_mut()
            .find(|entry| entry.key.value == "statement")?;
        if let NodeKind::List(items) = &mut statements.value.kind {
            items.iter_mut().for_each(without_empty);
        }
        Some(evaluate::document::of_statements(&statements.value))
    }

    /// An attribute of a resource.
    fn attribute(&self, resource: &Resource<'n, 's>, attribute: &str, depth: usize) -> Template {
        if let Some(known) = known(resource, attribute) {
            return known;
        }
        let kind = match resource.mode {
            Mode::Resource => resource.kind.to_string(),
            Mode::Data => format!("data.{}", resource.kind),
        };
        let text = format!("{}.{attribute}", resource.address);
        let id = self.id(resource);
        let property = |name: &str| self.argument(resource, name, depth);
        lower::attribute_of(
            &kind,
            attribute,
            &id,
            &text,
            &self.scope(resource),
            &property,
        )
        .unwrap_or_else(|| Template::hole(format!("{id}.{attribute}"), text))
    }

    /// An argument of a resource as text; `None` where the configuration does not set it.
    fn argument(&self, resource: &Resource<'n, 's>, name: &str, depth: usize) -> Option<Template> {
        if let Some(known) = known(resource, name) {
            return Some(known);
        }
        let is_unknown = resource
            .unknown
            .and_then(|unknown| unknown.get(name)?.as_bool());
        if is_unknown != Some(true) {
            return None;
        }
        let at = Place {
            resource,
            path: name.to_string(),
            name,
            item: None,
            depth,
        };
        let written = self
            .configuration
            .written(&resource.address)
            .entry(name, false);
        let node = self.unknown(written, &at, resource.loc())?;
        placeholders::of_node(&node, |text| Template::literal(text))
    }
}

/// Leaves out what a block does not say: a plan has every argument and block that there can be.
fn without_empty(block: &mut Node<'static>) {
    if let NodeKind::Map(entries) = &mut block.kind {
        entries.retain(|entry| {
            let is_empty_list = entry.value.is_list() && entry.value.items().is_empty();
            !is_empty_list && entry.value.as_str() != Some("")
        });
    }
}

/// A value that the plan knows.
fn known(resource: &Resource<'_, '_>, name: &str) -> Option<Template> {
    let text = resource.values?.get(name)?.as_str()?;
    Some(Template::literal(text))
}

/// Where in a resource we are.
struct Place<'a, 'n, 's> {
    resource: &'a Resource<'n, 's>,
    /// From the resource: `network_configuration[0].subnets`.
    path: String,
    /// The argument.
    name: &'a str,
    /// In a list of texts: whether no other item is unknown.
    item: Option<bool>,
    /// How many references led here.
    depth: usize,
}

impl<'a, 'n, 's> Place<'a, 'n, 's> {
    fn below<'b>(&'b self, name: &'b str) -> Place<'b, 'n, 's> {
        let path = match self.path.as_str() {
            "" => name.to_string(),
            path => format!("{path}.{name}"),
        };
        Place {
            resource: self.resource,
            path,
            name,
            item: None,
            depth: self.depth,
        }
    }

    fn item(&self, index: usize, is_only: bool) -> Place<'_, 'n, 's> {
        Place {
            resource: self.resource,
            path: format!("{}[{index}]", self.path),
            name: self.name,
            item: Some(is_only),
            depth: self.depth,
        }
    }
}

/// What an argument of some name takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// An ARN, id or name as it is.
    One,
    /// A list of them.
    Many,
    /// An image.
    Image,
    /// A policy document.
    Policy,
}

/// Arguments that take an ARN, an id or a name, and have no other ending.
const ONE: [&str; 16] = [
    "arn",
    "role",
    "user",
    "group",
    "repository",
    "repository_name",
    "task_definition",
    "permissions_boundary",
    "service_role",
    "iam_instance_profile",
    "role_name",
    "cluster",
    "task_execution_role",
    "secret",
    "rule",
    "security_group",
];
const MANY: [&str; 7] = [
    "subnets",
    "security_groups",
    "roles",
    "users",
    "groups",
    "resources",
    "identifiers",
];

fn fit(argument: &str) -> Option<Fit> {
    let ends = |endings: &[&str]| endings.iter().any(|end| argument.ends_with(end));
    match argument {
        "image_uri" | "image_identifier" | "image" => Some(Fit::Image),
        "policy" | "assume_role_policy" | "repository_policy" => Some(Fit::Policy),
        _ if ends(&["_arns", "_ids"]) || MANY.contains(&argument) => Some(Fit::Many),
        _ if ends(&["_arn", "_id"]) || ONE.contains(&argument) => Some(Fit::One),
        _ => None,
    }
}
