//! Readers of task definitions and services, on resources as dialects lower them.

use super::*;
use crate::recognize::resource::specimen::{all, facts, given, recognized, survives};

#[test]
fn a_task_definition_in_the_spelling_of_cloudformation() {
    let facts = facts(
        "AWS::ECS::TaskDefinition",
        "
Family: web
ExecutionRoleArn: arn:⟨p⟩:iam::⟨a⟩:role/exec
TaskRoleArn: ⟨role⟩
RequiresCompatibilities: [FARGATE]
NetworkMode: awsvpc
RuntimePlatform: {CpuArchitecture: ARM64, OperatingSystemFamily: LINUX}
ContainerDefinitions:
  - Name: web
    Image: ⟨a⟩.dkr.ecr.⟨r⟩.amazonaws.com/web:1
    Environment: [{Name: A, Value: b}]
    Secrets: [{Name: S, ValueFrom: ⟨secret⟩}]
    EnvironmentFiles: [{Type: s3, Value: 'arn:aws:s3:::b/f.env'}]
    RepositoryCredentials: {CredentialsParameter: ⟨secret⟩}
    LogConfiguration:
      LogDriver: awslogs
      Options: {awslogs-group: ⟨g⟩, awslogs-create-group: true}
      SecretOptions: [{Name: T, ValueFrom: ⟨token⟩}]
",
    );
    let [task] = facts.tasks.as_slice() else {
        panic!("{:?}", facts.tasks)
    };
    assert_eq!(given(&task.family).as_deref(), Some("web"));
    assert_eq!(
        given(&task.execution_role).as_deref(),
        Some("arn:⟨p⟩:iam::⟨a⟩:role/exec")
    );
    assert_eq!(given(&task.task_role).as_deref(), Some("⟨role⟩"));
    assert!(task.requires("FARGATE").is_some() && task.arn.is_some());
    assert_eq!(given(&task.architecture).as_deref(), Some("ARM64"));
    assert_eq!(given(&task.operating_system).as_deref(), Some("LINUX"));
    assert!(task.complete && !task.is_fragment && !task.is_description);
    let [container] = task.containers.as_slice() else {
        panic!("{:?}", task.containers)
    };
    assert_eq!(
        given(&container.image).as_deref(),
        Some("⟨a⟩.dkr.ecr.⟨r⟩.amazonaws.com/web:1")
    );
    assert_eq!(
        (container.secrets.len(), container.log_secrets.len()),
        (1, 1)
    );
    assert_eq!(all(&container.environment_files), ["arn:aws:s3:::b/f.env"]);
    assert_eq!(
        given(&container.credentials_parameter).as_deref(),
        Some("⟨secret⟩")
    );
    let options: Vec<_> = container
        .log_options
        .iter()
        .map(|option| (option.name.value.as_str(), option.value.value.to_string()))
        .collect();
    assert_eq!(
        options,
        [
            ("awslogs-group", "${g}".to_string()),
            ("awslogs-create-group", "true".to_string())
        ]
    );
}

#[test]
fn containers_may_be_json_in_a_string() {
    let facts = facts(
        "AWS::ECS::TaskDefinition",
        r#"
Family: web
ContainerDefinitions: |
  [{"name": "web", "image": "⟨repo⟩:1", "cpu": ⟨cpu⟩, "logConfiguration": {"logDriver": "awslogs"}}]
"#,
    );
    let task = facts.tasks.first().expect("a task");
    assert!(task.complete);
    let container = task.containers.first().expect("a container");
    assert_eq!(given(&container.image).as_deref(), Some("⟨repo⟩:1"));
    assert_eq!(given(&container.log_driver).as_deref(), Some("awslogs"));
}

#[test]
fn containers_that_cannot_be_read_are_not_all() {
    for text in [
        "ContainerDefinitions: ⟨x⟩",
        "ContainerDefinitions: [⟨?x⟩]",
        "ContainerDefinitions: '[⟨x⟩]'",
        "ContainerDefinitions: '[{\"name\": ⟨x⟩ ⟨y⟩}'",
        "ContainerDefinitions: text",
        "Family: x",
    ] {
        let facts = facts("AWS::ECS::TaskDefinition", text);
        let task = facts.tasks.first().expect("a task");
        assert!(!task.complete && task.containers.is_empty(), "{text}");
    }
    let broken = recognized(&[(
        "AWS::ECS::TaskDefinition",
        r#"ContainerDefinitions: '[{"name": "a"'"#,
    )]);
    assert_eq!((broken.problems.len(), broken.facts.tasks.len()), (1, 1));
}

#[test]
fn a_part_of_a_definition_says_nothing_of_the_rest() {
    for (text, is_fragment) in [
        ("Fn::Transform: {Name: AWS::Include}", true),
        ("⟨?properties⟩", true),
        ("TaskRoleArn: ''\nExecutionRoleArn: ''", false),
    ] {
        let facts = facts("AWS::ECS::TaskDefinition", text);
        let task = facts.tasks.first().expect("a task");
        assert_eq!(task.is_fragment, is_fragment, "{text}");
        assert!(
            task.execution_role.is_none() && task.task_role.is_none(),
            "{text}"
        );
    }
    let unknown = facts("AWS::ECS::TaskDefinition", "ExecutionRoleArn: ⟨?x⟩");
    let task = unknown.tasks.first().expect("a task");
    assert!(task.execution_role.is_some(), "there may be one");
}

#[test]
fn whatever_starts_a_task() {
    let network = "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [⟨s⟩], SecurityGroups: [⟨g⟩], AssignPublicIp: ENABLED}}";
    let events = network.replace("AwsvpcConfiguration", "AwsVpcConfiguration");
    let flat =
        "NetworkConfiguration: [{Subnets: [⟨s⟩], SecurityGroups: [⟨g⟩], AssignPublicIp: ENABLED}]";
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let facts = recognized(&[
        (
            "AWS::ECS::Service",
            leak(format!("{{ServiceName: web, TaskDefinition: ⟨task⟩, EnableExecuteCommand: true, {network}}}")),
        ),
        ("AWS::ECS::Service", leak(format!("{{TaskDefinition: ⟨task⟩, {flat}}}"))),
        ("AWS::ECS::TaskSet", leak(format!("{{Service: web, TaskDefinition: ⟨task⟩, {network}}}"))),
        (
            "AWS::Events::Rule",
            leak(format!(
                "{{Targets: [{{Arn: ⟨queue⟩}}, {{Arn: ⟨cluster⟩, Id: t, EcsParameters: {{TaskDefinitionArn: ⟨task⟩, {events}}}}}]}}"
            )),
        ),
        (
            "AWS::Scheduler::Schedule",
            leak(format!(
                "{{Name: nightly, Target: {{Arn: ⟨cluster⟩, EcsParameters: {{TaskDefinitionArn: ⟨task⟩, LaunchType: FARGATE, {network}}}}}}}"
            )),
        ),
        ("AWS::Scheduler::Schedule", "{Target: {Arn: ⟨queue⟩}}"),
    ])
    .facts;
    let read: Vec<_> = facts
        .services
        .iter()
        .map(|service| {
            assert_eq!(given(&service.task_definition).as_deref(), Some("⟨task⟩"));
            assert_eq!(all(&service.subnets), ["⟨s⟩"], "{service:?}");
            assert_eq!(all(&service.security_groups), ["⟨g⟩"]);
            assert_eq!(given(&service.public_ip).as_deref(), Some("ENABLED"));
            assert!(service.network_is_read);
            (service.kind, given(&service.name))
        })
        .collect();
    let name = |name: &str| Some(name.to_string());
    assert_eq!(
        read,
        [
            (ServiceKind::Service, name("web")),
            (ServiceKind::Service, None),
            (ServiceKind::TaskSet, name("web")),
            (ServiceKind::EventTarget, name("t")),
            (ServiceKind::Schedule, name("nightly")),
        ]
    );
    let execute = facts
        .services
        .first()
        .and_then(|one| one.execute_command.clone());
    assert_eq!(given(&execute).as_deref(), Some("true"));
}

#[test]
fn capacity_providers_and_networks_that_are_not_known() {
    let facts = recognized(&[
        (
            "AWS::ECS::Service",
            "{CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT, Weight: 1}, ⟨?x⟩]}",
        ),
        (
            "AWS::ECS::Service",
            "{CapacityProviderStrategy: ⟨x⟩, NetworkConfiguration: ⟨n⟩}",
        ),
        (
            "AWS::ECS::Service",
            "{NetworkConfiguration: {AwsvpcConfiguration: {Subnets: ⟨x⟩}}}",
        ),
    ])
    .facts;
    let [first, second, third] = facts.services.as_slice() else {
        panic!("{:?}", facts.services)
    };
    assert_eq!(all(&first.capacity_providers), ["FARGATE_SPOT", "⟨?x⟩"]);
    assert!(first.network_is_read);
    assert_eq!(all(&second.capacity_providers), ["⟨x⟩"]);
    assert!(!second.network_is_read && !third.network_is_read);
    assert_eq!(
        given(&second.public_ip).as_deref(),
        Some("⟨n.AssignPublicIp⟩")
    );
}

#[test]
fn wrong_types_do_no_harm() {
    for (kind, _) in KINDS {
        survives(
            kind,
            &[
                "ContainerDefinitions",
                "ContainerDefinitions.Environment",
                "ContainerDefinitions.LogConfiguration",
                "ContainerDefinitions.LogConfiguration.Options",
                "ContainerDefinitions.RepositoryCredentials",
                "ContainerDefinitions.EnvironmentFiles",
                "RequiresCompatibilities",
                "RuntimePlatform",
                "ExecutionRoleArn",
                "NetworkConfiguration",
                "NetworkConfiguration.AwsvpcConfiguration.Subnets",
                "CapacityProviderStrategy",
                "Targets",
                "Targets.EcsParameters",
                "Target.EcsParameters.NetworkConfiguration",
            ],
        );
    }
}
