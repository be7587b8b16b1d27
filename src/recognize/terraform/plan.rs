//! Plans and states of Terraform, as `terraform show -json` prints them, and states as they are stored (`terraform.tfstate`).
//!
//! A plan says what the configuration comes to with the values of one deployment, and nothing of where it is written. So
//! where the configuration is in sight, both are joined by address: places are those of the configuration, and what it
//! leaves open is filled in from the plan. A plan that stands alone is read as it is. What is known only after the
//! deployment is missing from it; where the plan's excerpt of the configuration says that it is one attribute of one
//! resource, it is that attribute.
//!
//! | file | does |
//! |---|---|
//! | [`address`] | takes addresses apart |
//! | [`configuration`] | the plan's excerpt of the configuration: what is set, and what it refers to |
//! | [`scopes`] | account and Region of each provider |
//! | [`body`] | the arguments of a resource: known, unknown, linked |
//! | [`join`] | plans and configuration together |
//! | [`bindings`] | what a plan tells about the unknowns of the configuration |
//! | [`stored`] | states as they are stored |
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod address;
mod bindings;
mod body;
mod configuration;
mod join;
mod scopes;
mod stored;

pub use join::join;

use super::instance::{Instance, Mode};
use crate::model::origin::Origin;
use crate::recognize::Subject;
use crate::source::Loc;
use crate::tree::{Node, Problem, ProblemKind};
use body::Reader;
use configuration::Configuration;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A plan or state, read.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file.
    pub path: String,
    /// Its resources and data sources.
    pub instances: Vec<Instance>,
    /// What of it was left unread.
    pub problems: Vec<Problem>,
    /// Whether it is a state: what exists, rather than all that will.
    is_state: bool,
}

/// Whether the document is a plan or a state.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    (root.has("format_version") && values(root).is_some()) || stored::is_state(root)
}

/// The values of a plan or a state.
fn values<'n, 's>(root: &'n Node<'s>) -> Option<&'n Node<'s>> {
    let values = root.get("planned_values").or_else(|| root.get("values"))?;
    values.get("root_module").filter(|module| module.is_map())
}

/// Most resources that are read from one plan.
const MOST_RESOURCES: usize = 50_000;

/// Reads a plan or a state; `None` if the document is neither.
pub fn read(subject: &Subject<'_, '_>) -> Option<Plan> {
    let root = &subject.document.root;
    let mut resources = Vec::new();
    match values(root) {
        Some(module) => collect(module, "", &mut resources),
        None => stored::collect(root, &mut resources),
    }
    let limit = (resources.len() >= MOST_RESOURCES).then(|| {
        let message = format!("more than {MOST_RESOURCES} resources");
        Problem::new(ProblemKind::Limit, root.loc.start(), message)
            .hint("the others are not read; plan fewer at once")
    });
    // What data sources gave while planning.
    let before = root.get("prior_state").and_then(values);
    if let Some(before) = before {
        let planned: BTreeSet<&str> = resources.iter().map(|one| one.address.as_ref()).collect();
        let mut found = Vec::new();
        collect(before, "", &mut found);
        found.retain(|one| one.mode == Mode::Data && !planned.contains(one.address.as_ref()));
        resources.extend(found);
    }
    let changes = root.get("resource_changes").map_or(&[][..], Node::items);
    let unknown: BTreeMap<&str, &Node<'_>> = changes
        .iter()
        .filter_map(|change| {
            let address = change.get("address")?.as_str()?;
            Some((address, change.get("change")?.get("after_unknown")?))
        })
        .collect();
    for resource in &mut resources {
        resource.unknown = unknown.get(resource.address.as_ref()).copied();
    }
    let configuration = Configuration::new(root);
    let scopes = scopes::scopes(subject.path, root, &resources, &configuration);
    let reader = Reader::new(subject.path, &resources, &configuration, &scopes);
    let instances = (0..resources.len()).filter_map(|at| reader.instance(at));
    Some(Plan {
        path: subject.path.to_string(),
        instances: instances.collect(),
        problems: limit.into_iter().collect(),
        is_state: !root.has("planned_values"),
    })
}

/// One resource or data source of a plan.
struct Resource<'n, 's> {
    /// Its whole address.
    address: Cow<'n, str>,
    /// The address of its module; empty for the root.
    module: &'n str,
    mode: Mode,
    kind: &'n str,
    /// The key of its provider's configuration, `aws.east`, where it tells it itself.
    provider: Option<String>,
    /// What the plan says of it.
    node: &'n Node<'s>,
    /// Its values, without those that are not known.
    values: Option<&'n Node<'s>>,
    /// The same shape with `true` for what is not known.
    unknown: Option<&'n Node<'s>>,
}

impl<'n> Resource<'n, '_> {
    /// The key of its provider's configuration.
    fn provider<'a>(&'a self, configuration: &Configuration<'n, '_>) -> &'a str {
        let told = self.provider.as_deref();
        told.unwrap_or_else(|| configuration.provider_of(&self.address))
    }

    fn loc(&self) -> Loc {
        self.node.loc
    }

    /// Its origin in this scope.
    fn origin(&self, scope: std::sync::Arc<crate::model::origin::Scope>) -> Origin {
        Origin {
            loc: self.loc(),
            label: self.address.to_string(),
            scope,
            is_certain: true,
        }
    }
}

/// The resources of a module and of those it calls. JSON is nested only so deep.
fn collect<'n, 's>(module: &'n Node<'s>, address: &'n str, out: &mut Vec<Resource<'n, 's>>) {
    for node in module.get("resources").map_or(&[][..], Node::items) {
        let text = |name: &str| node.get(name).and_then(Node::as_str);
        let mode = match text("mode") {
            Some("managed") => Mode::Resource,
            Some("data") => Mode::Data,
            _ => continue,
        };
        let (Some(whole), Some(kind)) = (text("address"), text("type")) else {
            continue;
        };
        if out.len() >= MOST_RESOURCES {
            return;
        }
        out.push(Resource {
            address: Cow::Borrowed(whole),
            module: address,
            mode,
            kind,
            provider: None,
            node,
            values: node.get("values").filter(|values| values.is_map()),
            unknown: None,
        });
    }
    for child in module.get("child_modules").map_or(&[][..], Node::items) {
        let address = child.get("address").and_then(Node::as_str);
        collect(child, address.unwrap_or(address_of_nothing()), out);
    }
}

/// A module that does not say what it is called is called nothing that anybody refers to.
fn address_of_nothing() -> &'static str {
    "module."
}
