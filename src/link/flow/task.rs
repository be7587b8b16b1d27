//! What ECS and Batch ask AWS for when a task starts.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>

use super::{ActorKind, Flow, Links, LogTarget, Source, Step, StepKind, machine, nearest};
use crate::link::ways::{Egress, Way};
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::compute::Service;
use crate::model::task::{Container, TaskDefinition, TaskRunner};
use crate::model::template::Template;
use crate::source::Loc;
use std::collections::BTreeMap;

const TASKS: &str = "ecs-tasks.amazonaws.com";

pub(super) fn flows(links: &Links<'_>, flows: &mut Vec<Flow>) {
    let mut services_of = services_of(links.facts);
    for (at, task) in links.facts.tasks.iter().enumerate() {
        if task.is_fragment {
            continue;
        }
        let services = services_of.remove(&at).unwrap_or_default();
        let runs: Vec<Option<usize>> = if services.is_empty() {
            vec![None]
        } else {
            services.into_iter().map(Some).collect()
        };
        for service in runs {
            let declared = service.and_then(|service| links.facts.services.get(service));
            let source = Source::Task { task: at, service };
            start(links, task, declared, source, flows);
            start_on_instances(links, task, declared, source, flows);
            exec(links, task, declared, source, flows);
        }
    }
}

/// The services in sight that run each task definition.
fn services_of(facts: &Facts) -> BTreeMap<usize, Vec<usize>> {
    let mut by_arn: BTreeMap<&Template, Vec<usize>> = BTreeMap::new();
    let mut by_family: BTreeMap<&Template, Vec<usize>> = BTreeMap::new();
    for (at, task) in facts.tasks.iter().enumerate() {
        if let Some(arn) = &task.arn {
            by_arn.entry(arn).or_default().push(at);
        }
        if let Some(family) = task.family.as_ref().filter(|one| !one.value.is_empty()) {
            by_family.entry(&family.value).or_default().push(at);
        }
    }
    let mut services: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, service) in facts.services.iter().enumerate() {
        let Some(named) = &service.task_definition else {
            continue;
        };
        // The ARN that a declaration computes means that one, whatever else has its family.
        let found = by_arn
            .get(&named.value)
            .or_else(|| by_family.get(&family_of(&named.value)?));
        let meant = nearest(
            found.map_or(&[], Vec::as_slice),
            Some(&service.origin),
            |at| Some(&*facts.tasks.get(at)?.origin.scope),
        );
        for task in meant {
            services.entry(task).or_default().push(at);
        }
    }
    services
}

/// The family in a reference to a task definition: an ARN, a family, `family:revision`.
fn family_of(reference: &Template) -> Option<Template> {
    let name = match Arn::of(reference) {
        Some(arn) => arn.resource.split_once('/')?.1,
        None => reference.clone(),
    };
    Some(name.split_once(':').map_or(name, |(family, _)| family))
}

/// Whether the task runs on Fargate for certain, or not for certain.
fn is_fargate(task: &TaskDefinition, service: Option<&Service>) -> Option<bool> {
    let launch = service.and_then(|service| service.launch_type.as_ref());
    if let Some(launch) = launch {
        return launch.value.as_literal().map(|kind| kind == "FARGATE");
    }
    if let Some(providers) = service
        .map(|service| &service.capacity_providers)
        .filter(|list| !list.is_empty())
    {
        let fargate = providers
            .iter()
            .filter(|one| one.value.prefix().starts_with("FARGATE"))
            .count();
        return match fargate {
            0 => None,
            all if all == providers.len() => Some(true),
            _ => None,
        };
    }
    let fargate = task.requires("FARGATE").is_some();
    match (fargate, task.compatibilities.len()) {
        (true, 1) => Some(true),
        (false, 1..) => task
            .compatibilities
            .iter()
            .all(|one| one.value.is_known())
            .then_some(false),
        _ => None,
    }
}

/// What the execution role does.
fn start(
    links: &Links<'_>,
    task: &TaskDefinition,
    service: Option<&Service>,
    source: Source,
    flows: &mut Vec<Flow>,
) {
    let Some(role) = &task.execution_role else {
        return;
    };
    let on_fargate = is_fargate(task, service);
    let mut steps = vec![Step {
        at: role.loc,
        kind: StepKind::AssumedByService(TASKS),
    }];
    // Elsewhere the container instance's role may do these, and it is enough if one of the two can.
    let way = way_of(links, service);
    if on_fargate == Some(true) || task.runner == TaskRunner::Batch {
        images(links, task, &way, &mut steps);
        logs(task, &mut steps);
    }
    for container in &task.containers {
        secrets(container, &mut steps);
    }
    flows.push(Flow {
        title: title(task, service),
        source,
        at: task.loc,
        actor: links.actor(ActorKind::ExecutionRole, Some(role)),
        way,
        steps,
    });
}

/// The way out of the subnets that a service names.
fn way_of(links: &Links<'_>, service: Option<&Service>) -> Way {
    service.map_or_else(Way::default, |service| {
        Way::of(links.facts, &service.origin, &service.subnets)
    })
}

/// What the role of the container instances does, where the files say which instances join the cluster of the service
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>).
fn start_on_instances(
    links: &Links<'_>,
    task: &TaskDefinition,
    service: Option<&Service>,
    source: Source,
    flows: &mut Vec<Flow>,
) {
    let Some(service) = service.filter(|service| runs_on_instances(task, service)) else {
        return;
    };
    let cluster = service.cluster.as_ref().map(|cluster| &cluster.value);
    let Some(role) = links.machines.of_cluster(cluster) else {
        return;
    };
    let mut steps = Vec::new();
    // How an instance gets out is not looked for: its subnets are not those of the task.
    images(links, task, &Way::default(), &mut steps);
    if steps.is_empty() {
        return;
    }
    let execution = task.execution_role.as_ref().map(|named| {
        let mut actor = links.actor(ActorKind::ExecutionRole, Some(named));
        actor.keep_possible(links.facts, &task.origin);
        actor.roles
    });
    flows.push(Flow {
        title: title(task, Some(service)),
        source,
        at: task.loc,
        actor: machine::actor(links, &machine::either(&role, execution.as_ref())),
        way: Way::default(),
        steps,
    });
}

/// Whether a service surely starts the tasks of this definition on instances of the user's.
fn runs_on_instances(task: &TaskDefinition, service: &Service) -> bool {
    if let Some(launch) = &service.launch_type {
        return launch.value.as_literal() == Some("EC2");
    }
    // Managed instances and Fargate want a definition that is made for them too; EC2 is what is taken where nothing is said
    // (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>).
    let is_for_instances = match task.compatibilities.as_slice() {
        [] => !task.is_fragment && service.capacity_providers.is_empty(),
        [_] => task.requires("EC2").is_some(),
        _ => false,
    };
    task.runner == TaskRunner::Ecs && is_for_instances
}

fn images(links: &Links<'_>, task: &TaskDefinition, way: &Way, steps: &mut Vec<Step>) {
    let mut logged_in = Vec::new();
    for container in &task.containers {
        // Another registry's password: ECS does not ask ECR for a token.
        if container.repository_credentials.is_some() {
            continue;
        }
        let Some(image) = container
            .image
            .as_ref()
            .and_then(|image| links.image(image))
        else {
            continue;
        };
        let at = image.written.loc;
        if !logged_in.contains(&image.registry) {
            logged_in.push(image.registry.clone());
            steps.push(Step {
                at,
                kind: StepKind::Login(image.registry.clone()),
            });
        }
        let region = image.registry.region.clone();
        steps.push(Step {
            at,
            kind: StepKind::Pull(image),
        });
        // Where there is a way to the internet and no endpoint, no policy of the user's is asked.
        let is_closed = way.egress == Egress::Closed && !way.is_guessed;
        if is_closed || way.endpoint(links.facts, "s3").is_some() {
            steps.push(Step {
                at,
                kind: StepKind::Layers(region),
            });
        }
    }
}

fn logs(task: &TaskDefinition, steps: &mut Vec<Step>) {
    for container in &task.containers {
        let Some(driver) = container
            .log_driver
            .as_ref()
            .filter(|driver| driver.value.as_literal() == Some("awslogs"))
        else {
            continue;
        };
        let option = |name: &str| {
            container
                .log_options
                .iter()
                .find(|option| option.name.value == name)
                .map(|option| option.value.value.clone())
        };
        let target = LogTarget {
            group: option("awslogs-group"),
            region: option("awslogs-region"),
            creates_group: option("awslogs-create-group")
                .is_some_and(|value| value.as_literal() == Some("true")),
        };
        let is_new = !steps
            .iter()
            .any(|step| matches!(&step.kind, StepKind::Logs(known) if *known == target));
        if is_new {
            steps.push(Step {
                at: driver.loc,
                kind: StepKind::Logs(target),
            });
        }
    }
}

fn secrets(container: &Container, steps: &mut Vec<Step>) {
    let mut push = |at: Loc, kind: StepKind| steps.push(Step { at, kind });
    for secret in container.secrets.iter().chain(&container.log_secrets) {
        push(
            secret.value.loc,
            StepKind::Secret(secret.value.value.clone()),
        );
    }
    if let Some(parameter) = &container.credentials_parameter {
        push(parameter.loc, StepKind::Secret(parameter.value.clone()));
    }
    for file in &container.environment_files {
        push(file.loc, StepKind::EnvironmentFile(file.value.clone()));
    }
}

/// ECS Exec works with the task role
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>).
fn exec(
    links: &Links<'_>,
    task: &TaskDefinition,
    service: Option<&Service>,
    source: Source,
    flows: &mut Vec<Flow>,
) {
    let Some(role) = &task.task_role else { return };
    let switch = service.and_then(|service| service.execute_command.as_ref());
    let mut steps = vec![Step {
        at: role.loc,
        kind: StepKind::AssumedByService(TASKS),
    }];
    if let Some(switch) = switch.filter(|on| on.value.as_literal() == Some("true")) {
        steps.push(Step {
            at: switch.loc,
            kind: StepKind::Exec,
        });
    }
    flows.push(Flow {
        title: title(task, service),
        source,
        at: task.loc,
        actor: links.actor(ActorKind::TaskRole, Some(role)),
        way: way_of(links, service),
        steps,
    });
}

fn title(task: &TaskDefinition, service: Option<&Service>) -> String {
    match (service, task.runner) {
        (Some(service), _) => format!("service `{}`", service.origin.label),
        (None, TaskRunner::Ecs) => format!("task `{}`", task.origin.label),
        (None, TaskRunner::Batch) => format!("job definition `{}`", task.origin.label),
    }
}
