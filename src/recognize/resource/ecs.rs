//! ECS task definitions, and what starts their tasks: services, task sets, EventBridge rules and schedules.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html>

use super::block::{Block, blocks, field, is_open, named, reference, scalar, text};
use super::{Declared, Kinds};
use crate::model::compute::{Service, ServiceKind};
use crate::model::template::Template;
use crate::recognize::{Recognized, ecs_task};
use crate::source::Spanned;
use crate::tree::Node;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::ECS::TaskDefinition", task_definition),
    ("AWS::ECS::Service", service),
    ("AWS::ECS::TaskSet", task_set),
    ("AWS::Events::Rule", event_rule),
    ("AWS::Scheduler::Schedule", schedule),
];

fn task_definition(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let mut task = ecs_task::definition_in(properties, declared.origin.clone(), &mut out.problems);
    task.arn = Some(declared.arn());
    task.is_fragment = is_open(properties);
    // An empty role is none: Terraform leaves it out, and ECS takes it so where it takes it at all.
    let is_given = |role: &Spanned<Template>| !role.value.is_empty();
    task.execution_role = task.execution_role.filter(is_given);
    task.task_role = task.task_role.filter(is_given);
    out.facts.tasks.push(task);
}

fn service(declared: &Declared<'_>, out: &mut Recognized) {
    let mut service = started(declared, ServiceKind::Service, &declared.properties);
    service.name = reference(&declared.properties, "ServiceName");
    out.facts.services.push(service);
}

fn task_set(declared: &Declared<'_>, out: &mut Recognized) {
    let mut set = started(declared, ServiceKind::TaskSet, &declared.properties);
    set.name = reference(&declared.properties, "Service");
    out.facts.services.push(set);
}

/// Every target of a rule that is a task
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html>).
fn event_rule(declared: &Declared<'_>, out: &mut Recognized) {
    for target in blocks(&declared.properties, "Targets") {
        let Some(parameters) = Block::of(target, "EcsParameters").known() else {
            continue;
        };
        let mut started = started(declared, ServiceKind::EventTarget, parameters);
        started.cluster = reference(target, "Arn");
        started.name = reference(target, "Id");
        out.facts.services.push(started);
    }
}

/// A schedule that runs a task
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EcsParameters.html>).
fn schedule(declared: &Declared<'_>, out: &mut Recognized) {
    let target = Block::of(&declared.properties, "Target");
    let Some(parameters) = target.block("EcsParameters").known() else {
        return;
    };
    let mut started = started(declared, ServiceKind::Schedule, parameters);
    started.cluster = target.reference("Arn");
    started.name = reference(&declared.properties, "Name");
    out.facts.services.push(started);
}

/// What starts a task, from the properties that all of these have. Each names the task definition in its own way.
fn started(declared: &Declared<'_>, kind: ServiceKind, node: &Node<'_>) -> Service {
    let network = network(node);
    let (subnets, groups) = (network.texts("Subnets"), network.texts("SecurityGroups"));
    Service {
        origin: declared.origin.clone(),
        kind,
        name: None,
        task_definition: reference(node, "TaskDefinition")
            .or_else(|| reference(node, "TaskDefinitionArn")),
        cluster: reference(node, "Cluster"),
        launch_type: text(node, "LaunchType"),
        capacity_providers: capacity_providers(node),
        platform_version: text(node, "PlatformVersion"),
        subnets: subnets.values,
        security_groups: groups.values,
        network_is_read: subnets.complete && groups.complete && !is_open(node),
        public_ip: network.text("AssignPublicIp"),
        execute_command: text(node, "EnableExecuteCommand"),
    }
}

/// `NetworkConfiguration`, with or without the object for the `awsvpc` mode that the APIs put in it.
fn network<'n, 's>(node: &'n Node<'s>) -> Block<'n, 's> {
    let configuration = Block::of(node, "NetworkConfiguration");
    // EventBridge and ECS do not spell it alike.
    for name in ["AwsvpcConfiguration", "AwsVpcConfiguration"] {
        match configuration.block(name) {
            Block::Absent => {}
            inner => return inner,
        }
    }
    configuration
}

fn capacity_providers(node: &Node<'_>) -> Vec<Spanned<Template>> {
    let strategy = field(node, "CapacityProviderStrategy").map_or(&[][..], Node::one_or_many);
    let read = |item: &Node<'_>| match item.is_map() {
        true => reference(item, "CapacityProvider"),
        false => Some(scalar(item, named)),
    };
    strategy.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests;
