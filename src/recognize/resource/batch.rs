//! AWS Batch job definitions: each of their tasks is a task definition of ECS by another name.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-jobdefinition.html>

use super::block::{Block, blocks, field, image, is_open, reference, role, scalar, text};
use super::{Declared, Kinds};
use crate::model::kubernetes::{Pod, PodContainer, PodImage};
use crate::model::task::{TaskDefinition, TaskRunner};
use crate::recognize::ecs_task::{self, Listed};
use crate::recognize::{Recognized, placeholders};
use crate::tree::{Node, Problem, embed};

/// What is read here.
pub const KINDS: Kinds = &[("AWS::Batch::JobDefinition", job_definition)];

fn job_definition(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let Recognized { facts, problems } = out;
    let mut tasks = Vec::new();
    of_document(
        properties,
        "ContainerProperties",
        problems,
        |found, problems| {
            tasks.push(container_task(declared, found, problems));
        },
    );
    of_document(properties, "EcsProperties", problems, |found, problems| {
        ecs_tasks(declared, found, problems, &mut tasks);
    });
    of_document(properties, "NodeProperties", problems, |found, problems| {
        node_tasks(declared, found, problems, &mut tasks);
    });
    facts.tasks.append(&mut tasks);
    of_document(properties, "EksProperties", problems, |found, _| {
        if let Ok(found) = found {
            let pod = Block::of(found, "PodProperties");
            facts
                .pods
                .extend(pod.known().map(|pod| pod_of(declared, pod)));
        }
    });
}

/// What a property holds: an object, or the place of something that cannot be read.
type Found<'n, 's> = Result<&'n Node<'s>, &'n Node<'s>>;

/// Hands on an object that may be JSON in a string; nothing if the property is not there. JSON that is broken is a problem,
/// unless something unknown in it may mend it.
fn of_document(
    node: &Node<'_>,
    name: &str,
    problems: &mut Vec<Problem>,
    hand_on: impl FnOnce(Found<'_, '_>, &mut Vec<Problem>),
) {
    let Some(value) = field(node, name) else {
        return;
    };
    if let Some(parsed) = embed::json_in(value) {
        let text = value.as_str();
        if text.is_some_and(|text| placeholders::read(text).is_known()) {
            problems.extend(parsed.problems);
        }
        let root = parsed.documents.first().map(|document| &document.root);
        let root = root.filter(|root| root.is_map());
        return hand_on(root.ok_or(value), problems);
    }
    match value.one_or_many() {
        [] => {}
        [one] if one.is_map() => hand_on(Ok(one), problems),
        _ => hand_on(Err(value), problems),
    }
}

/// A task of this job definition of which nothing is known yet.
fn blank(declared: &Declared<'_>) -> TaskDefinition {
    let properties = &declared.properties;
    let platforms = field(properties, "PlatformCapabilities").map_or(&[][..], Node::one_or_many);
    TaskDefinition {
        loc: declared.origin.loc,
        origin: declared.origin.clone(),
        runner: TaskRunner::Batch,
        arn: Some(declared.arn()),
        family: reference(properties, "JobDefinitionName"),
        execution_role: None,
        task_role: None,
        compatibilities: platforms
            .iter()
            .map(|item| scalar(item, placeholders::read))
            .collect(),
        network_mode: None,
        architecture: None,
        operating_system: None,
        containers: Vec::new(),
        complete: false,
        is_description: false,
        is_fragment: true,
    }
}

/// The one container of a job, with the roles beside its image.
fn container_task(
    declared: &Declared<'_>,
    found: Found<'_, '_>,
    _: &mut Vec<Problem>,
) -> TaskDefinition {
    let task = blank(declared);
    let Ok(node) = found else { return task };
    let listed = Listed {
        containers: vec![ecs_task::container(node)],
        complete: true,
    };
    with_roles(task, declared, node, "JobRoleArn", listed)
}

/// The tasks of `EcsProperties`, which name their roles as ECS does.
fn ecs_tasks(
    declared: &Declared<'_>,
    found: Found<'_, '_>,
    problems: &mut Vec<Problem>,
    tasks: &mut Vec<TaskDefinition>,
) {
    let Ok(node) = found else {
        return tasks.push(blank(declared));
    };
    for task in blocks(node, "TaskProperties") {
        if !task.is_map() {
            tasks.push(blank(declared));
            continue;
        }
        let listed = ecs_task::listed_containers(field(task, "Containers"), problems);
        tasks.push(with_roles(
            blank(declared),
            declared,
            task,
            "TaskRoleArn",
            listed,
        ));
    }
}

/// The groups of nodes of a multi-node job.
fn node_tasks(
    declared: &Declared<'_>,
    found: Found<'_, '_>,
    problems: &mut Vec<Problem>,
    tasks: &mut Vec<TaskDefinition>,
) {
    let Ok(node) = found else {
        return tasks.push(blank(declared));
    };
    for range in blocks(node, "NodeRangeProperties") {
        of_document(range, "Container", problems, |found, problems| {
            tasks.push(container_task(declared, found, problems));
        });
        of_document(range, "EcsProperties", problems, |found, problems| {
            ecs_tasks(declared, found, problems, tasks);
        });
    }
}

fn with_roles(
    task: TaskDefinition,
    declared: &Declared<'_>,
    node: &Node<'_>,
    task_role: &str,
    listed: Listed,
) -> TaskDefinition {
    let platform = Block::of(node, "RuntimePlatform");
    TaskDefinition {
        execution_role: role(node, "ExecutionRoleArn"),
        task_role: role(node, task_role),
        architecture: platform.text("CpuArchitecture"),
        operating_system: platform.text("OperatingSystemFamily"),
        containers: listed.containers,
        complete: listed.complete,
        is_fragment: is_open(&declared.properties) || is_open(node),
        ..task
    }
}

/// The pod of a job on EKS.
fn pod_of(declared: &Declared<'_>, node: &Node<'_>) -> Pod {
    let containers = ["InitContainers", "Containers"]
        .into_iter()
        .flat_map(|name| blocks(node, name));
    Pod {
        origin: declared.origin.clone(),
        namespace: Block::of(node, "Metadata").text("Namespace"),
        service_account: reference(node, "ServiceAccountName"),
        containers: containers.map(pod_container).collect(),
        image_volumes: Vec::new(),
        pull_secrets: blocks(node, "ImagePullSecrets")
            .iter()
            .filter_map(|secret| text(secret, "Name"))
            .collect(),
        architectures: Vec::new(),
        is_fragment: is_open(&declared.properties) || is_open(node),
    }
}

fn pod_container(node: &Node<'_>) -> PodContainer {
    let words = ["Command", "Args"]
        .into_iter()
        .flat_map(|name| field(node, name).map_or(&[][..], Node::one_or_many));
    let variables = blocks(node, "Env").iter().filter_map(|variable| {
        let name = field(variable, "Name")?.spanned()?;
        Some((name, text(variable, "Value")?))
    });
    PodContainer {
        loc: node.loc,
        name: text(node, "Name"),
        image: image(node, "Image").map(PodImage::new),
        environment: variables.collect(),
        command: words.map(|word| scalar(word, placeholders::read)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Facts;
    use crate::recognize::resource::specimen::{all, facts, given, recognized, survives};

    const KIND: &str = "AWS::Batch::JobDefinition";

    /// Execution role, job role, images, and whether it runs on Fargate.
    type Task = (Option<String>, Option<String>, Vec<String>, bool);

    fn tasks(facts: &Facts) -> Vec<Task> {
        facts
            .tasks
            .iter()
            .map(|task| {
                assert_eq!(task.runner, TaskRunner::Batch);
                let images = task.containers.iter().filter_map(|one| given(&one.image));
                (
                    given(&task.execution_role),
                    given(&task.task_role),
                    images.collect(),
                    task.requires("FARGATE").is_some(),
                )
            })
            .collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_string())
    }

    #[test]
    fn a_container_has_the_roles_beside_its_image() {
        let facts = facts(
            KIND,
            "
JobDefinitionName: nightly
PlatformCapabilities: [FARGATE]
ContainerProperties:
  Image: x:1
  ExecutionRoleArn: ⟨exec⟩
  JobRoleArn: ⟨job⟩
  RuntimePlatform: {CpuArchitecture: ARM64}
  LogConfiguration: {LogDriver: awslogs}
  Secrets: [{Name: A, ValueFrom: ⟨s⟩}]
",
        );
        assert_eq!(
            tasks(&facts),
            [(some("⟨exec⟩"), some("⟨job⟩"), vec!["x:1".to_string()], true)]
        );
        let task = facts.tasks.first().expect("a task");
        assert_eq!(given(&task.family).as_deref(), Some("nightly"));
        assert_eq!(task.task_role_noun(), "job role");
        assert_eq!(given(&task.architecture).as_deref(), Some("ARM64"));
        let container = task.containers.first().expect("a container");
        assert_eq!(given(&container.log_driver).as_deref(), Some("awslogs"));
        assert!(task.complete && !task.is_fragment && container.secrets.len() == 1);
    }

    #[test]
    fn properties_may_be_json_in_a_string() {
        let facts = facts(
            KIND,
            r#"{ContainerProperties: '{"image": "⟨repo⟩:1", "executionRoleArn": "⟨exec⟩", "vcpus": ⟨n⟩}'}"#,
        );
        assert_eq!(
            tasks(&facts),
            [(some("⟨exec⟩"), None, vec!["⟨repo⟩:1".to_string()], false)]
        );
        let broken = recognized(&[(KIND, r#"{ContainerProperties: '{"image": "a"'}"#)]);
        assert_eq!(broken.problems.len(), 1);
        assert!(broken.facts.tasks.iter().all(|task| task.is_fragment));
    }

    #[test]
    fn tasks_of_ecs_and_of_several_nodes() {
        let facts = facts(
            KIND,
            "
EcsProperties:
  TaskProperties:
    - ExecutionRoleArn: ⟨a⟩
      TaskRoleArn: ⟨b⟩
      Containers: [{Image: x}, {Image: y}]
    - ⟨?x⟩
NodeProperties:
  NodeRangeProperties:
    - {TargetNodes: '0:', Container: {Image: z, JobRoleArn: ⟨c⟩}}
    - {EcsProperties: {TaskProperties: [{Containers: [{Image: w}]}]}}
",
        );
        let image = |name: &str| vec![name.to_string()];
        assert_eq!(
            tasks(&facts),
            [
                (
                    some("⟨a⟩"),
                    some("⟨b⟩"),
                    vec!["x".into(), "y".into()],
                    false
                ),
                (None, None, vec![], false),
                (None, some("⟨c⟩"), image("z"), false),
                (None, None, image("w"), false),
            ]
        );
        let parts: Vec<bool> = facts.tasks.iter().map(|task| task.is_fragment).collect();
        assert_eq!(parts, [false, true, false, false]);
    }

    #[test]
    fn a_job_on_eks_is_a_pod() {
        let facts = facts(
            KIND,
            "
EksProperties:
  PodProperties:
    ServiceAccountName: jobs
    Containers: [{Image: x, Command: [run, ⟨y⟩]}]
    InitContainers: [{Image: z}]
    Metadata: {Namespace: batch}
    ImagePullSecrets: [{Name: s}]
",
        );
        let [pod] = facts.pods.as_slice() else {
            panic!("{:?}", facts.pods)
        };
        let images: Vec<_> = pod.images().map(|one| one.pulled().clone()).collect();
        assert_eq!(all(&images), ["z", "x"]);
        let commands = pod.containers.iter().flat_map(|one| one.command.clone());
        assert_eq!(all(&commands.collect::<Vec<_>>()), ["run", "⟨y⟩"]);
        assert_eq!(given(&pod.service_account).as_deref(), Some("jobs"));
        assert_eq!(given(&pod.namespace).as_deref(), Some("batch"));
        assert_eq!(all(&pod.pull_secrets), ["s"]);
        assert!(facts.tasks.is_empty());
    }

    #[test]
    fn wrong_types_do_no_harm() {
        survives(
            KIND,
            &[
                "PlatformCapabilities",
                "ContainerProperties",
                "ContainerProperties.RuntimePlatform",
                "EcsProperties.TaskProperties.Containers",
                "NodeProperties.NodeRangeProperties.Container",
                "NodeProperties.NodeRangeProperties.EcsProperties",
                "EksProperties.PodProperties.Containers",
            ],
        );
    }
}
