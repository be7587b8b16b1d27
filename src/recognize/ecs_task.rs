//! ECS task definitions: what `register-task-definition` takes and `describe-task-definition` prints, and the bare list of
//! container definitions that Terraform modules and older tools keep in a file of their own.
//!
//! Recognized by shape alone: `containerDefinitions` that is a list of maps. A service model (`api-2.json`) describes the
//! same names but lists nothing; CloudFormation and Kubernetes say what they are and are left to their own dialects.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>

use super::{Recognized, Subject, placeholders};
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::origin::{Origin, Scope};
use crate::model::task::{Container, TaskDefinition, TaskRunner, Variable};
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::{Node, Problem, embed};
use std::sync::Arc;

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
            } => definition(node, is_description, subject.path),
            Shape::Fragment { node, containers } => fragment(node, containers, subject.path),
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

fn definition(node: &Node<'_>, is_description: bool, path: &str) -> TaskDefinition {
    let label = value(node, "family", placeholders::read)
        .map_or(path.to_string(), |family| family.value.to_string());
    let mut problems = Vec::new();
    let arn = value(node, "taskDefinitionArn", placeholders::read_reference).map(|arn| arn.value);
    let mut scope = Scope::unknown(path);
    if let Some(arn) = arn.as_ref().and_then(Arn::of) {
        scope = scope.told_by(&arn);
    }
    let origin = Origin {
        scope: Arc::new(scope),
        ..Origin::alone(node.loc, label, path)
    };
    TaskDefinition {
        arn,
        is_description,
        ..definition_in(node, origin, &mut problems)
    }
}

/// Reads a whole definition in either spelling, for dialects that have one inside: its containers may also be JSON in a
/// string, whose faults go to `problems`.
pub(super) fn definition_in(
    node: &Node<'_>,
    origin: Origin,
    problems: &mut Vec<Problem>,
) -> TaskDefinition {
    let compatibilities = field(node, "requiresCompatibilities");
    let given = field(node, "runtimePlatform").filter(|one| !one.one_or_many().is_empty());
    let platform = |name: &str| {
        let given = given?;
        match block(given) {
            Some(known) => value(known, name, placeholders::read),
            // It is there, and nobody knows what it says.
            None => Some(Spanned::new(
                Template::hole(
                    format!("@{}:{}.{name}", given.loc.file.0, given.loc.span.start),
                    "…",
                ),
                given.place(),
            )),
        }
    };
    let listed = listed_containers(field(node, "containerDefinitions"), problems);
    TaskDefinition {
        loc: origin.loc,
        origin,
        runner: TaskRunner::Ecs,
        arn: None,
        family: value(node, "family", placeholders::read),
        execution_role: value(node, "executionRoleArn", placeholders::read_reference),
        task_role: value(node, "taskRoleArn", placeholders::read_reference),
        compatibilities: compatibilities
            .map_or(&[][..], Node::one_or_many)
            .iter()
            .map(|item| template(item, placeholders::read))
            .collect(),
        network_mode: value(node, "networkMode", placeholders::read),
        architecture: platform("cpuArchitecture"),
        operating_system: platform("operatingSystemFamily"),
        containers: listed.containers,
        complete: listed.complete,
        is_description: false,
        is_fragment: false,
    }
}

/// Containers of a definition.
pub(super) struct Listed {
    /// Those that could be read.
    pub(super) containers: Vec<Container>,
    /// Whether that is all of them.
    pub(super) complete: bool,
}

/// The containers of a list, which may be JSON in a string. JSON that is broken is a problem, unless something unknown is
/// in it that may mend it.
pub(super) fn listed_containers(list: Option<&Node<'_>>, problems: &mut Vec<Problem>) -> Listed {
    let mut listed = Listed {
        containers: Vec::new(),
        complete: false,
    };
    let Some(list) = list else { return listed };
    if let Some(parsed) = embed::json_in(list) {
        let is_known = list
            .as_str()
            .is_some_and(|text| placeholders::read(text).is_known());
        if is_known {
            problems.extend(parsed.problems);
        }
        if let Some(document) = parsed.documents.first() {
            listed.containers = containers(document.root.one_or_many());
            listed.complete = document.root.one_or_many().iter().all(Node::is_map);
        }
        return listed;
    }
    listed.containers = containers(list.one_or_many());
    listed.complete = list.one_or_many().iter().all(Node::is_map);
    listed
}

/// A nested object: a map, or the one item of a list, which is how Terraform has it.
pub(super) fn block<'n, 's>(node: &'n Node<'s>) -> Option<&'n Node<'s>> {
    match node.one_or_many() {
        [one] if one.is_map() => Some(one),
        _ => None,
    }
}

fn fragment(node: &Node<'_>, items: &[Node<'_>], path: &str) -> TaskDefinition {
    TaskDefinition {
        loc: node.loc,
        origin: Origin::alone(node.loc, path, path),
        runner: TaskRunner::Ecs,
        arn: None,
        family: None,
        execution_role: None,
        task_role: None,
        compatibilities: Vec::new(),
        network_mode: None,
        architecture: None,
        operating_system: None,
        containers: containers(items),
        complete: items.iter().all(Node::is_map),
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

/// One container, in either spelling.
pub(super) fn container(node: &Node<'_>) -> Container {
    let log = field(node, "logConfiguration").and_then(block);
    let credentials = field(node, "repositoryCredentials");
    Container {
        loc: node.loc,
        name: value(node, "name", placeholders::read),
        image: value(node, "image", placeholders::read_reference),
        environment: variables(node, "environment", "value"),
        secrets: variables(node, "secrets", "valueFrom"),
        log_driver: log.and_then(|log| value(log, "logDriver", placeholders::read)),
        log_options: log.map_or_else(Vec::new, options),
        log_secrets: log.map_or_else(Vec::new, |log| variables(log, "secretOptions", "valueFrom")),
        repository_credentials: credentials.map(Node::place),
        credentials_parameter: credentials.and_then(block).and_then(|credentials| {
            value(
                credentials,
                "credentialsParameter",
                placeholders::read_reference,
            )
        }),
        environment_files: field(node, "environmentFiles")
            .map_or(&[][..], Node::one_or_many)
            .iter()
            .filter_map(|file| value(file, "value", placeholders::read_reference))
            .collect(),
    }
}

/// `options` of a log configuration, a map of names and values.
fn options(log: &Node<'_>) -> Vec<Variable> {
    let entries = field(log, "options").map_or(&[][..], Node::entries);
    entries
        .iter()
        .map(|entry| Variable {
            loc: entry.key.loc,
            name: Spanned::new(entry.key.value.to_string(), entry.key.loc),
            value: template(&entry.value, placeholders::read),
        })
        .collect()
}

/// The entries of a list of name and value; an entry without a name is skipped.
fn variables(container: &Node<'_>, list: &str, value_key: &str) -> Vec<Variable> {
    let items = field(container, list).map_or(&[][..], Node::one_or_many);
    items
        .iter()
        .filter_map(|item| {
            Some(Variable {
                loc: item.place(),
                name: field(item, "name")?.spanned()?,
                value: field(item, value_key)
                    .map_or_else(|| Spanned::new(Template::default(), item.place()), written),
            })
        })
        .collect()
}

/// A value at the place where it is written: a key that a loop or a variable carries here must go from there.
fn written(node: &Node<'_>) -> Spanned<Template> {
    let value = template(node, placeholders::read);
    match value.value.is_known() && node.as_text().is_some() {
        true => Spanned::new(value.value, node.loc),
        false => value,
    }
}

/// The value of a field in either spelling; `None` where it is absent or null.
pub(super) fn field<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
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

pub(super) fn value(
    node: &Node<'_>,
    name: &str,
    read: fn(&str) -> Template,
) -> Option<Spanned<Template>> {
    field(node, name).map(|value| template(value, read))
}

/// A scalar as text; anything else (an intrinsic function, a tag) is only known at deploy time.
pub(super) fn template(node: &Node<'_>, read: fn(&str) -> Template) -> Spanned<Template> {
    // `!Ref` and its like are functions; a core tag such as `!!str` changes nothing.
    let function = node
        .tag
        .as_ref()
        .map(|tag| tag.value.as_ref())
        .filter(|tag| tag.starts_with('!') && !tag.starts_with("!!"));
    let known = function
        .is_none()
        .then(|| placeholders::of_node(node, read))
        .flatten();
    let text = match known {
        Some(text) => text,
        None => {
            let tag = function.unwrap_or("");
            let written = node
                .as_str()
                .map_or("…".to_string(), |text| format!("{tag} {text}"));
            // The place keeps two intrinsics apart, also in two files; an equal scalar under an equal tag is the same value.
            let name = match node.as_str() {
                Some(_) => written.clone(),
                None => format!("@{}:{}", node.loc.file.0, node.loc.span.start),
            };
            Template::hole(name, written)
        }
    };
    Spanned::new(text, node.place())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    fn read(text: &str) -> Option<TaskDefinition> {
        let parsed = parse(FileId(0), text, Syntax::of("task", text));
        let document = parsed.documents.first()?;
        let subject = Subject {
            path: "task",
            text,
            document,
        };
        assert_eq!(
            recognizes(&subject),
            !extract(&subject).facts.tasks.is_empty()
        );
        extract(&subject).facts.tasks.into_iter().next()
    }

    #[test]
    fn every_shape_of_a_task_definition_is_known() {
        let container = r#"{"name": "a", "image": "b", "essential": true}"#;
        for (text, is_description, is_fragment) in [
            (
                format!(r#"{{"containerDefinitions": [{container}]}}"#),
                false,
                false,
            ),
            (
                format!(r#"{{"taskDefinition": {{"containerDefinitions": [{container}]}}}}"#),
                false,
                false,
            ),
            (
                format!(
                    r#"{{"taskDefinition": {{"revision": 3, "containerDefinitions": [{container}]}}, "tags": []}}"#
                ),
                true,
                false,
            ),
            (
                format!(r#"{{"status": "ACTIVE", "containerDefinitions": [{container}]}}"#),
                true,
                false,
            ),
            (
                r#"{"ContainerDefinitions": [{"Name": "a", "Image": "b"}]}"#.to_string(),
                false,
                false,
            ),
            (
                r#"{"family": "f", "containerDefinitions": ["$CONTAINER"]}"#.to_string(),
                false,
                false,
            ),
            (
                "family: f\ncontainerDefinitions:\n  - name: a\n    image: b\n".to_string(),
                false,
                false,
            ),
            (format!("[{container}]"), false, true),
            (container.to_string(), false, true),
            (
                "- name: a\n  image: b\n  portMappings:\n    - containerPort: 80\n".to_string(),
                false,
                true,
            ),
        ] {
            let task = read(&text).unwrap_or_else(|| panic!("not known: {text}"));
            assert_eq!(
                (task.is_description, task.is_fragment),
                (is_description, is_fragment),
                "{text}"
            );
        }
    }

    #[test]
    fn other_documents_are_not_task_definitions() {
        for text in [
            "",
            "[]",
            "{}",
            "containerDefinitions",
            r#"{"containerDefinitions": []}"#,
            r#"{"containerDefinitions": {"shape": "ContainerDefinitions"}}"#,
            r#"{"containerDefinitions": null, "family": "f"}"#,
            r#"{"Resources": {}, "ContainerDefinitions": [{"Name": "a", "Image": "b"}]}"#,
            r#"{"taskDefinitions": [{"containerDefinitions": [{"name": "a", "image": "b"}]}]}"#,
            r#"[{"name": "web", "imageUri": "b"}]"#,
            r#"[{"name": "a", "image": "b", "ports": [{"containerPort": 80}]}]"#,
            r#"{"name": "a", "image": "b", "essential": "maybe"}"#,
            "services:\n  a:\n    image: b\n",
            "apiVersion: v1\nkind: Pod\ncontainerDefinitions:\n  - name: a\n    image: b\n",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn fields_are_read_with_their_holes_and_places() {
        let text = r#"{
  "family": "web-${STAGE}",
  "executionRoleArn": "arn:aws:iam::ACCOUNT_ID:role/x",
  "taskRoleArn": {"Ref": "TaskRole"},
  "requiresCompatibilities": ["FARGATE"],
  "networkMode": "awsvpc",
  "containerDefinitions": [
    7,
    null,
    {
      "name": "web",
      "image": "<IMAGE>",
      "environment": [{"name": "A", "value": 1}, {"value": "no name"}, "broken", {"name": "B"}],
      "secrets": [{"name": "S", "valueFrom": "/s"}],
      "logConfiguration": {"logDriver": "awslogs"},
      "repositoryCredentials": {"credentialsParameter": "x"}
    },
    {"environment": {"A": "1"}, "secrets": null, "logConfiguration": "no"}
  ]
}"#;
        let task = read(text).expect("a task definition");
        assert!(
            task.family
                .as_ref()
                .is_some_and(|family| !family.value.is_known())
        );
        let role = task.execution_role.as_ref().expect("an execution role");
        assert_eq!(role.value.holes().count(), 1);
        assert_eq!(
            text.get(role.loc.span.range()),
            Some("\"arn:aws:iam::ACCOUNT_ID:role/x\"")
        );
        assert!(
            task.task_role
                .as_ref()
                .is_some_and(|role| !role.value.is_known())
        );
        assert!(task.requires("FARGATE").is_some());
        let [web, other] = task.containers.as_slice() else {
            panic!("two containers: {:?}", task.containers);
        };
        let names: Vec<_> = web
            .environment
            .iter()
            .map(|one| (one.name.value.as_str(), one.value.value.to_string()))
            .collect();
        assert_eq!(names, [("A", "1".to_string()), ("B", String::new())]);
        assert_eq!(web.secrets.len(), 1);
        assert!(web.repository_credentials.is_some());
        assert!(
            other.environment.is_empty() && other.log_driver.is_none() && other.image.is_none()
        );
        let kinds: Vec<_> = task
            .execution_role_uses()
            .iter()
            .map(|one| one.kind)
            .collect();
        use crate::model::task::ExecutionRoleUseKind::{
            ReadsRegistryPassword, ReadsSecrets, WritesLogs,
        };
        assert_eq!(kinds, [ReadsSecrets, WritesLogs, ReadsRegistryPassword]);
    }

    #[test]
    fn a_description_tells_account_and_region() {
        let told = |more: &str| {
            let text = format!(r#"{{{more}"containerDefinitions": [{{"name": "a"}}]}}"#);
            let scope = read(&text).expect("a task definition").origin.scope;
            [&scope.account, &scope.region].map(ToString::to_string)
        };
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3";
        assert_eq!(
            told(&format!(r#""taskDefinitionArn": "{arn}", "#)),
            ["123456789012", "eu-west-1"]
        );
        assert_eq!(told(""), ["<account>", "<region>"]);
        assert_eq!(
            told(r#""taskDefinitionArn": "web:3", "#),
            ["<account>", "<region>"]
        );
    }

    #[test]
    fn a_core_tag_is_no_function() {
        let text = "family: !!str 12\ncontainerDefinitions:\n  - name: a\n";
        let family = read(text).and_then(|task| task.family);
        assert_eq!(
            family.map(|family| family.value),
            Some(Template::literal("12"))
        );
    }

    #[test]
    fn two_intrinsics_are_two_values_and_one_tag_is_one() {
        let text = "family: f\nexecutionRoleArn: !Ref A\ntaskRoleArn: !Ref A\ncontainerDefinitions:\n  - name: a\n";
        let task = read(text).expect("a task definition");
        let value = |role: &Option<Spanned<Template>>| role.as_ref().map(|role| role.value.clone());
        assert_eq!(value(&task.execution_role), value(&task.task_role));
        let text = r#"{"executionRoleArn": {"Ref": "A"}, "taskRoleArn": {"Ref": "B"}, "containerDefinitions": [{"name": "a"}]}"#;
        let task = read(text).expect("a task definition");
        assert_ne!(value(&task.execution_role), value(&task.task_role));
    }
}
