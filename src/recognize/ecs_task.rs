//! ECS task definitions: what `register-task-definition` takes and `describe-task-definition` prints, and the bare list of
//! container definitions that Terraform modules and older tools keep in a file of their own.
//!
//! Recognized by shape alone: `containerDefinitions` that is a list of maps. A service model (`api-2.json`) describes the
//! same names but lists nothing; CloudFormation and Kubernetes say what they are and are left to their own dialects.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>

use super::{Recognized, Subject, placeholders};
use crate::model::Facts;
use crate::model::task::{Container, TaskDefinition, Variable};
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::Node;

/// Whether the document is a task definition or a list of container definitions.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    find(&subject.document.root).is_some()
}

/// What it declares.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let mut facts = Facts::default();
    facts
        .tasks
        .extend(find(&subject.document.root).map(|shape| match shape {
            Shape::Definition {
                node,
                is_description,
            } => definition(node, is_description),
            Shape::Fragment { node, containers } => fragment(node, containers),
        }));
    Recognized {
        facts,
        problems: Vec::new(),
    }
}

/// How a document holds containers.
enum Shape<'n, 's> {
    /// A whole definition.
    Definition {
        node: &'n Node<'s>,
        is_description: bool,
    },
    /// Container definitions alone.
    Fragment {
        node: &'n Node<'s>,
        containers: &'n [Node<'s>],
    },
}

fn find<'n, 's>(root: &'n Node<'s>) -> Option<Shape<'n, 's>> {
    const OTHERS: [&str; 5] = [
        "Resources",
        "AWSTemplateFormatVersion",
        "apiVersion",
        "shapes",
        "services",
    ];
    if OTHERS.iter().any(|key| root.has(key)) {
        return None;
    }
    if root.is_list() {
        let containers = root.items();
        let is_fragment = containers.iter().any(is_container_for_sure);
        return is_fragment.then_some(Shape::Fragment {
            node: root,
            containers,
        });
    }
    if is_container_for_sure(root) {
        return Some(Shape::Fragment {
            node: root,
            containers: std::slice::from_ref(root),
        });
    }
    let wrapped = field(root, "taskDefinition").filter(|inner| holds_containers(inner));
    let node = match wrapped {
        Some(inner) => inner,
        None if holds_containers(root) => root,
        None => return None,
    };
    // Fields that ECS adds and the input does not take.
    let is_description = [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "registeredAt",
    ]
    .iter()
    .any(|name| field(node, name).is_some());
    Some(Shape::Definition {
        node,
        is_description,
    })
}

/// Whether the map has a `containerDefinitions` list that is one: containers, or placeholders for them beside the other
/// fields of a definition.
fn holds_containers(node: &Node<'_>) -> bool {
    let Some(list) = field(node, "containerDefinitions").filter(|list| list.is_list()) else {
        return false;
    };
    let is_container = |item: &Node<'_>| text_field(item, "image") || text_field(item, "name");
    let has_siblings = [
        "family",
        "executionRoleArn",
        "taskRoleArn",
        "requiresCompatibilities",
        "networkMode",
    ]
    .iter()
    .any(|name| field(node, name).is_some());
    list.items().iter().any(is_container) || has_siblings
}

/// Whether a map that stands alone is a container definition of ECS and not of Kubernetes or compose: it has a field that
/// only ECS has.
fn is_container_for_sure(node: &Node<'_>) -> bool {
    let has_ports = || {
        field(node, "portMappings")
            .and_then(|ports| ports.items().first())
            .is_some_and(|port| field(port, "containerPort").is_some())
    };
    let has_log =
        || field(node, "logConfiguration").is_some_and(|log| field(log, "logDriver").is_some());
    let is_essential =
        || field(node, "essential").is_some_and(|essential| essential.as_bool().is_some());
    text_field(node, "image")
        && text_field(node, "name")
        && (is_essential() || has_ports() || has_log())
}

fn definition(node: &Node<'_>, is_description: bool) -> TaskDefinition {
    let compatibilities = field(node, "requiresCompatibilities").map_or(&[][..], Node::one_or_many);
    let list = field(node, "containerDefinitions");
    TaskDefinition {
        loc: node.loc,
        family: value(node, "family", placeholders::read),
        execution_role: value(node, "executionRoleArn", placeholders::read_reference),
        task_role: value(node, "taskRoleArn", placeholders::read_reference),
        compatibilities: compatibilities
            .iter()
            .map(|item| template(item, placeholders::read))
            .collect(),
        network_mode: value(node, "networkMode", placeholders::read),
        containers: containers(list.map_or(&[], Node::items)),
        is_description,
        is_fragment: false,
    }
}

fn fragment(node: &Node<'_>, items: &[Node<'_>]) -> TaskDefinition {
    TaskDefinition {
        loc: node.loc,
        family: None,
        execution_role: None,
        task_role: None,
        compatibilities: Vec::new(),
        network_mode: None,
        containers: containers(items),
        is_description: false,
        is_fragment: true,
    }
}

/// The containers; an item that is no map (a placeholder for one) is not in sight.
fn containers(items: &[Node<'_>]) -> Vec<Container> {
    items
        .iter()
        .filter(|item| item.is_map())
        .map(container)
        .collect()
}

fn container(node: &Node<'_>) -> Container {
    let log = field(node, "logConfiguration");
    Container {
        loc: node.loc,
        name: value(node, "name", placeholders::read),
        image: value(node, "image", placeholders::read_reference),
        environment: variables(node, "environment", "value"),
        secrets: variables(node, "secrets", "valueFrom"),
        log_driver: log.and_then(|log| value(log, "logDriver", placeholders::read)),
        repository_credentials: field(node, "repositoryCredentials").map(Node::place),
    }
}

/// The entries of a list of name and value; an entry without a name is skipped.
fn variables(container: &Node<'_>, list: &str, value_key: &str) -> Vec<Variable> {
    let items = field(container, list).map_or(&[][..], Node::items);
    items
        .iter()
        .filter_map(|item| {
            Some(Variable {
                loc: item.place(),
                name: field(item, "name")?.spanned()?,
                value: value(item, value_key, placeholders::read)
                    .unwrap_or_else(|| Spanned::new(Template::default(), item.place())),
            })
        })
        .collect()
}

/// The value of a field in either spelling; `None` where it is absent or null.
fn field<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
    let found = node.get(name).or_else(|| {
        let mut pascal = name.to_string();
        pascal.get_mut(..1)?.make_ascii_uppercase();
        node.get(&pascal)
    });
    found.filter(|value| !value.is_null())
}

fn text_field(node: &Node<'_>, name: &str) -> bool {
    field(node, name).is_some_and(|value| value.as_str().is_some())
}

fn value(node: &Node<'_>, name: &str, read: fn(&str) -> Template) -> Option<Spanned<Template>> {
    field(node, name).map(|value| template(value, read))
}

/// A scalar as text; anything else (an intrinsic function, a tag) is only known at deploy time.
fn template(node: &Node<'_>, read: fn(&str) -> Template) -> Spanned<Template> {
    let known = node.as_str().filter(|_| node.tag.is_none());
    let text = match known {
        Some(text) => read(text),
        None => {
            let tag = node.tag.as_ref().map_or("", |tag| tag.value.as_ref());
            let written = node
                .as_str()
                .map_or("…".to_string(), |text| format!("{tag} {text}"));
            // The place keeps two intrinsics apart; an equal scalar under an equal tag is the same value.
            let name = match node.as_str() {
                Some(_) => written.clone(),
                None => format!("@{}", node.loc.span.start),
            };
            Template::hole(name, written)
        }
    };
    Spanned::new(text, node.place())
}
