//! Every shape of the tables, on bodies as the evaluator makes them.

mod attributes;

use super::*;
use crate::model::origin::{Origin, Scope};
use crate::source::{FileId, Span};
use crate::tree::json;
use std::sync::Arc;

/// An instance whose body is this JSON; `"?x"` stands for a value that is not known.
fn instance(kind: &str, body: &'static str) -> Instance {
    let parsed = json::parse(FileId(0), body);
    let root = parsed.documents.into_iter().next().expect("a body").root;
    let body = with_unknown(root);
    Instance {
        mode: Mode::Resource,
        kind: kind.to_string(),
        address: format!("{kind}.x"),
        origin: Origin {
            loc: Loc::new(FileId(0), Span::new(0, 5)),
            label: format!("{kind}.x"),
            scope: Arc::new(Scope::unknown("app")),
            is_certain: true,
        },
        id: format!("app|{kind}.x"),
        body,
    }
}

fn with_unknown(mut node: Node<'static>) -> Node<'static> {
    node.kind = match node.kind {
        NodeKind::Text(text) if text.value.starts_with('?') => {
            let name = text.value.trim_start_matches('?').to_string();
            let unknown = crate::tree::Unknown::new(name.clone(), name, crate::tree::Why::Input);
            NodeKind::Unknown(Box::new(unknown))
        }
        NodeKind::List(items) => NodeKind::List(items.into_iter().map(with_unknown).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .into_iter()
                .map(|mut entry| {
                    entry.value = with_unknown(entry.value);
                    entry
                })
                .collect(),
        ),
        other => other,
    };
    node
}

/// A tree as compact JSON; what is not known is `⟨name⟩`.
fn shown(node: &Node<'_>) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_string(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::Unknown(unknown) => format!("⟨{}⟩", unknown.name),
        NodeKind::Text(_) => {
            let text = placeholders::of_node(node, |text| Template::literal(text));
            template(&text.expect("text"))
        }
        NodeKind::List(items) => {
            format!(
                "[{}]",
                items.iter().map(shown).collect::<Vec<_>>().join(", ")
            )
        }
        NodeKind::Map(entries) => {
            let entries = entries
                .iter()
                .map(|entry| format!("{}: {}", entry.key.value, shown(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn template(template: &Template) -> String {
    use crate::model::template::Piece;
    let pieces = template.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Hole(hole) => format!("⟨{}⟩", hole.name),
    });
    pieces.collect()
}

/// What an instance is lowered to, each as `kind {properties}`.
fn lowered(kind: &str, body: &'static str) -> Vec<String> {
    lower(&instance(kind, body))
        .iter()
        .map(|one| format!("{} {}", one.kind, shown(&one.properties)))
        .collect()
}

fn one(kind: &str, body: &'static str) -> String {
    let mut all = lowered(kind, body);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn arguments_take_the_names_of_properties() {
    assert_eq!(
        one(
            "aws_iam_role",
            r#"{"name": "exec", "assume_role_policy": {"Version": "2012-10-17"}, "path": "/ci/",
                "managed_policy_arns": ["a", "?b"], "permissions_boundary": null,
                "inline_policy": [{"name": "p", "policy": "{}"}, {}, "?more"], "tags": {"Team": "x"},
                "tags_all": {"Team": "x"}}"#
        ),
        "AWS::IAM::Role {RoleName: exec, AssumeRolePolicyDocument: {Version: 2012-10-17}, Path: /ci/, \
         ManagedPolicyArns: [a, ⟨b⟩], Policies: [{PolicyName: p, PolicyDocument: {}}, ⟨more⟩], \
         Tags: [{Key: Team, Value: x}]}"
    );
    assert_eq!(
        one(
            "aws_iam_role_policy_attachment",
            r#"{"role": "exec", "policy_arn": "?p"}"#
        ),
        "aws_iam_role_policy_attachment {Role: exec, PolicyArn: ⟨p⟩}"
    );
    assert_eq!(
        one(
            "aws_iam_role_policy",
            r#"{"role": "exec", "name": "p", "policy": "{}"}"#
        ),
        "AWS::IAM::RolePolicy {RoleName: exec, PolicyName: p, PolicyDocument: {}}"
    );
    assert_eq!(
        one(
            "aws_iam_instance_profile",
            r#"{"name": "n", "role": "exec"}"#
        ),
        "AWS::IAM::InstanceProfile {InstanceProfileName: n, Roles: [exec], Path: /}"
    );
    assert_eq!(
        one(
            "aws_iam_group_membership",
            r#"{"name": "m", "group": "g", "users": ["u"]}"#
        ),
        "AWS::IAM::UserToGroupAddition {GroupName: g, Users: [u]}"
    );
}

#[test]
fn a_prefix_is_the_start_of_a_name() {
    assert_eq!(
        one(
            "aws_iam_policy",
            r#"{"name_prefix": "pull-", "policy": "?p"}"#
        ),
        "AWS::IAM::ManagedPolicy {NamePrefix: pull-, PolicyDocument: ⟨p⟩, Path: /, \
         ManagedPolicyName: pull-⟨app|aws_iam_policy.x⟩}"
    );
    let both = one(
        "aws_iam_policy",
        r#"{"name": "pull", "name_prefix": "pull-"}"#,
    );
    assert!(both.contains("ManagedPolicyName: pull, "), "{both}");
    let none = one("aws_iam_policy", r#"{"name": null, "name_prefix": null}"#);
    assert!(!none.contains("ManagedPolicyName"), "{none}");
}

#[test]
fn what_terraform_sets_is_said() {
    assert_eq!(
        one(
            "aws_vpc_endpoint",
            r#"{"service_name": "com.amazonaws.eu-west-1.s3", "vpc_id": "?v"}"#
        ),
        "AWS::EC2::VPCEndpoint {ServiceName: com.amazonaws.eu-west-1.s3, VpcId: ⟨v⟩, \
         VpcEndpointType: Gateway, PrivateDnsEnabled: false}"
    );
    assert_eq!(
        one(
            "aws_vpc_endpoint",
            r#"{"vpc_endpoint_type": "Interface", "private_dns_enabled": true, "policy": "{}"}"#
        ),
        "AWS::EC2::VPCEndpoint {VpcEndpointType: Interface, PrivateDnsEnabled: true, PolicyDocument: {}}"
    );
    assert_eq!(
        one(
            "aws_ecr_repository",
            r#"{"name": "app", "image_scanning_configuration": [{"scan_on_push": true}]}"#
        ),
        "AWS::ECR::Repository {RepositoryName: app, ImageScanningConfiguration: {ScanOnPush: true}, \
         ImageTagMutability: MUTABLE}"
    );
    assert_eq!(
        one(
            "aws_lambda_function",
            r#"{"function_name": "f", "image_uri": "i"}"#
        ),
        "AWS::Lambda::Function {FunctionName: f, Code: {ImageUri: i}, PackageType: Zip}"
    );
}

#[test]
fn blocks_are_maps_or_lists_of_maps() {
    assert_eq!(
        one(
            "aws_ecr_repository",
            r#"{"name": "app", "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
                "image_tag_mutability_exclusion_filter": [{"filter": "dev-*", "filter_type": "WILDCARD"}],
                "image_scanning_configuration": [], "encryption_configuration": "?e"}"#
        ),
        "AWS::ECR::Repository {RepositoryName: app, ImageTagMutability: IMMUTABLE_WITH_EXCLUSION, \
         ImageTagMutabilityExclusionFilters: [{ImageTagMutabilityExclusionFilterValue: dev-*, \
         ImageTagMutabilityExclusionFilterType: WILDCARD}], EncryptionConfiguration: ⟨e⟩}"
    );
    assert_eq!(
        one(
            "aws_ecr_replication_configuration",
            r#"{"replication_configuration": [{"rule": [{"destination": [{"region": "eu-west-1",
                "registry_id": "?a"}], "repository_filter": [{"filter": "app/", "filter_type": "PREFIX_MATCH"}]}]}]}"#
        ),
        "AWS::ECR::ReplicationConfiguration {ReplicationConfiguration: {Rules: [{Destinations: \
         [{Region: eu-west-1, RegistryId: ⟨a⟩}], RepositoryFilters: [{Filter: app/, FilterType: PREFIX_MATCH}]}]}}"
    );
    assert_eq!(
        one(
            "aws_ecs_service",
            r#"{"name": "s", "task_definition": "?t", "network_configuration": [{"subnets": ["?a"],
                "security_groups": "?g"}], "capacity_provider_strategy": [{"capacity_provider": "FARGATE"}]}"#
        ),
        "AWS::ECS::Service {ServiceName: s, TaskDefinition: ⟨t⟩, NetworkConfiguration: {AwsvpcConfiguration: \
         {Subnets: [⟨a⟩], SecurityGroups: ⟨g⟩, AssignPublicIp: DISABLED}}, \
         CapacityProviderStrategy: [{CapacityProvider: FARGATE}]}"
    );
    assert_eq!(
        one(
            "aws_ecs_service",
            r#"{"network_configuration": ["?n"], "launch_type": "FARGATE"}"#
        ),
        "AWS::ECS::Service {NetworkConfiguration: ⟨n⟩, LaunchType: FARGATE}"
    );
    assert_eq!(
        one(
            "aws_apprunner_service",
            r#"{"source_configuration": [{"authentication_configuration": [{"access_role_arn": "?r"}],
                "image_repository": [{"image_identifier": "i", "image_repository_type": "ECR",
                "image_configuration": [{"runtime_environment_variables": {"a_b": "c"}}]}]}]}"#
        ),
        "AWS::AppRunner::Service {SourceConfiguration: {AuthenticationConfiguration: {AccessRoleArn: ⟨r⟩}, \
         ImageRepository: {ImageIdentifier: i, ImageRepositoryType: ECR, ImageConfiguration: \
         {RuntimeEnvironmentVariables: [{Name: a_b, Value: c}]}}}}"
    );
    assert_eq!(
        one(
            "aws_launch_template",
            r#"{"name": "n", "user_data": "u", "iam_instance_profile": [{"name": "?p"}],
                "metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 1}]}"#
        ),
        "AWS::EC2::LaunchTemplate {LaunchTemplateName: n, LaunchTemplateData: {UserData: u, IamInstanceProfile: \
         {Name: ⟨p⟩}, MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}}}"
    );
    assert_eq!(
        one(
            "aws_codebuild_project",
            r#"{"name": "b", "service_role": "r", "environment": [{"image": "i", "privileged_mode": true,
                "environment_variable": [{"name": "A", "value": "b"}]}], "source": [{"buildspec": "s"}]}"#
        ),
        "AWS::CodeBuild::Project {Name: b, ServiceRole: r, Environment: {Image: i, PrivilegedMode: true, \
         EnvironmentVariables: [{Name: A, Value: b}]}, Source: {BuildSpec: s}}"
    );
}

#[test]
fn documents_become_trees_with_capitals() {
    let tree = "AWS::ECS::TaskDefinition {Family: f, ContainerDefinitions: [{Name: a, Image: i, \
                LogConfiguration: {LogDriver: awslogs, Options: {awslogs-region: r}}}]}";
    assert_eq!(
        one(
            "aws_ecs_task_definition",
            r#"{"family": "f", "container_definitions": "[{\"name\": \"a\", \"image\": \"i\",
                \"logConfiguration\": {\"logDriver\": \"awslogs\", \"options\": {\"awslogs-region\": \"r\"}}}]"}"#
        ),
        tree
    );
    assert_eq!(
        one(
            "aws_ecs_task_definition",
            r#"{"family": "f", "container_definitions": [{"name": "a", "image": "i",
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-region": "r"}}}]}"#
        ),
        tree
    );
    assert_eq!(
        one(
            "aws_ecs_task_definition",
            r#"{"container_definitions": "?c", "volume": [{"name": "v"}]}"#
        ),
        "AWS::ECS::TaskDefinition {ContainerDefinitions: ⟨c⟩}"
    );
    assert_eq!(
        one(
            "aws_ecs_task_definition",
            r#"{"container_definitions": "[{\"name\": ]"}"#
        ),
        "AWS::ECS::TaskDefinition {ContainerDefinitions: [{\"name\": ]}",
        "text that is no JSON stays text"
    );
    assert_eq!(
        one(
            "aws_batch_job_definition",
            r#"{"name": "j", "platform_capabilities": ["FARGATE"],
                "container_properties": "{\"image\": \"i\", \"jobRoleArn\": \"r\"}"}"#
        ),
        "AWS::Batch::JobDefinition {JobDefinitionName: j, PlatformCapabilities: [FARGATE], \
         ContainerProperties: {Image: i, JobRoleArn: r}}"
    );
}

#[test]
fn a_document_in_text_points_into_the_text() {
    let body = r#"{"container_definitions": "[{\"image\": \"i:1\"}]"}"#;
    let declared = lower(&instance("aws_ecs_task_definition", body));
    let containers = declared[0]
        .properties
        .get("ContainerDefinitions")
        .expect("them");
    let image = containers.items()[0].get("Image").expect("an image");
    assert_eq!(body.get(image.loc_of(0..3).span.range()), Some("i:1"));
    let service = lower(&instance(
        "aws_ecs_service",
        r#"{"network_configuration": [{"assign_public_ip": true}]}"#,
    ));
    let public = service[0].properties.get("NetworkConfiguration");
    let public = public.and_then(|one| one.get("AwsvpcConfiguration")?.get("AssignPublicIp"));
    let public = public.expect("a switch");
    assert_eq!(public.as_str(), Some("ENABLED"));
    assert_eq!(
        public.loc_of(0..7),
        public.loc,
        "`true` is shorter than what it stands for"
    );
}

#[test]
fn routes_are_resources_of_their_own() {
    assert_eq!(
        lowered(
            "aws_route_table",
            r#"{"vpc_id": "?v", "route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "?n", "gateway_id": ""},
                {"ipv6_cidr_block": "::/0", "egress_only_gateway_id": "?e", "cidr_block": null}]}"#
        ),
        [
            "AWS::EC2::RouteTable {VpcId: ⟨v⟩}",
            "AWS::EC2::Route {DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: ⟨n⟩, \
             RouteTableId: ⟨app|aws_route_table.x⟩}",
            "AWS::EC2::Route {DestinationIpv6CidrBlock: ::/0, EgressOnlyInternetGatewayId: ⟨e⟩, \
             RouteTableId: ⟨app|aws_route_table.x⟩}",
        ]
    );
    assert_eq!(
        lowered("aws_route_table", r#"{"route": ["?a", "?b"]}"#),
        ["AWS::EC2::RouteTable {Routes: ⟨a⟩}"]
    );
    assert_eq!(
        lowered(
            "aws_default_route_table",
            r#"{"default_route_table_id": "?d", "route": {"cidr_block": "0.0.0.0/0", "gateway_id": "?i"}}"#
        ),
        [
            "aws_default_route_table {DefaultRouteTableId: ⟨d⟩}",
            "AWS::EC2::Route {DestinationCidrBlock: 0.0.0.0/0, GatewayId: ⟨i⟩, RouteTableId: ⟨d⟩}",
        ]
    );
    assert_eq!(
        one(
            "aws_route",
            r#"{"route_table_id": "?t", "destination_cidr_block": "0.0.0.0/0"}"#
        ),
        "AWS::EC2::Route {RouteTableId: ⟨t⟩, DestinationCidrBlock: 0.0.0.0/0}"
    );
}

#[test]
fn a_rule_of_a_security_group_is_one_for_each_source() {
    assert_eq!(
        one(
            "aws_security_group",
            r#"{"name": "g", "vpc_id": "?v", "egress": [{"from_port": 0}], "ingress": [{"from_port": 443,
                "to_port": 443, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16", "?c"], "security_groups": "?g",
                "self": true}, "?more"]}"#
        ),
        "AWS::EC2::SecurityGroup {GroupName: g, VpcId: ⟨v⟩, SecurityGroupIngress: [\
         {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/16}, \
         {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: ⟨c⟩}, \
         {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: ⟨g⟩}, \
         {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: ⟨app|aws_security_group.x⟩}, ⟨more⟩]}"
    );
    assert_eq!(
        lowered(
            "aws_security_group_rule",
            r#"{"type": "ingress", "security_group_id": "?g", "protocol": "-1", "from_port": 0, "to_port": 0,
                "self": true, "cidr_blocks": []}"#
        ),
        [
            "AWS::EC2::SecurityGroupIngress {IpProtocol: -1, FromPort: 0, ToPort: 0, \
             SourceSecurityGroupId: ⟨g⟩, GroupId: ⟨g⟩}"
        ]
    );
    assert!(
        lowered(
            "aws_security_group_rule",
            r#"{"type": "egress", "cidr_blocks": ["a"]}"#
        )
        .is_empty()
    );
    let open = lower(&instance(
        "aws_security_group_rule",
        r#"{"type": "?t", "cidr_blocks": ["a"]}"#,
    ));
    assert!(!open[0].origin.is_certain);
    assert_eq!(
        one(
            "aws_vpc_security_group_ingress_rule",
            r#"{"security_group_id": "?g", "ip_protocol": "tcp", "from_port": 443, "to_port": 443,
                "referenced_security_group_id": "?s"}"#
        ),
        "AWS::EC2::SecurityGroupIngress {IpProtocol: tcp, FromPort: 443, ToPort: 443, \
         SourceSecurityGroupId: ⟨s⟩, GroupId: ⟨g⟩}"
    );
}

#[test]
fn targets_that_start_tasks() {
    assert_eq!(
        one(
            "aws_cloudwatch_event_target",
            r#"{"rule": "r", "arn": "?c", "role_arn": "?r", "ecs_target": [{"task_definition_arn": "?t",
                "launch_type": "FARGATE", "network_configuration": [{"subnets": ["?s"], "assign_public_ip": true}]}]}"#
        ),
        "AWS::Events::Rule {Targets: [{Rule: r, Arn: ⟨c⟩, RoleArn: ⟨r⟩, EcsParameters: {TaskDefinitionArn: ⟨t⟩, \
         LaunchType: FARGATE, NetworkConfiguration: {AwsVpcConfiguration: {Subnets: [⟨s⟩], AssignPublicIp: ENABLED}}}}]}"
    );
    assert!(
        lowered(
            "aws_cloudwatch_event_target",
            r#"{"rule": "r", "arn": "f"}"#
        )
        .is_empty()
    );
    assert_eq!(
        one(
            "aws_scheduler_schedule",
            r#"{"target": [{"arn": "?c", "ecs_parameters": [{"task_definition_arn": "?t"}]}]}"#
        ),
        "AWS::Scheduler::Schedule {Target: {Arn: ⟨c⟩, EcsParameters: {TaskDefinitionArn: ⟨t⟩}}}"
    );
}

#[test]
fn service_accounts_keep_the_names_of_their_annotations() {
    assert_eq!(
        one(
            "kubernetes_service_account_v1",
            r#"{"metadata": [{"name": "app", "namespace": "n", "annotations":
                {"eks.amazonaws.com/role-arn": "?r"}}], "image_pull_secret": [{"name": "s"}]}"#
        ),
        "kubernetes_service_account {Metadata: {Name: app, Namespace: n, Annotations: \
         {eks.amazonaws.com/role-arn: ⟨r⟩}}, ImagePullSecrets: [{Name: s}]}"
    );
}

#[test]
fn what_says_nothing_is_left_out() {
    assert!(lowered("aws_s3_bucket", r#"{"bucket": "b"}"#).is_empty());
    let mut looked_up = instance("aws_iam_role", r#"{"name": "n"}"#);
    looked_up.mode = Mode::Data;
    assert!(lower(&looked_up).is_empty());
}

#[test]
fn values_of_the_wrong_type_do_no_harm() {
    const WRONG: [&str; 5] = [
        r#"{"X": 1}"#,
        r#"{"X": "a"}"#,
        r#"{"X": [1, [2], {"a": {}}]}"#,
        r#"{"X": {"X": {"X": true}}}"#,
        r#"{"X": "?x"}"#,
    ];
    for row in table::rows() {
        let arguments = row.fields.iter().map(|field| field.from);
        for argument in arguments.chain([
            "tags",
            "route",
            "ingress",
            "self",
            "cidr_blocks",
            "name_prefix",
        ]) {
            for wrong in WRONG {
                let body: &'static str = wrong.replace('X', argument).leak();
                for one in lower(&instance(row.terraform, body)) {
                    assert!(one.properties.is_map());
                }
            }
        }
        lower(&instance(row.terraform, "[]"));
        lower(&instance(row.terraform, "\"?all\""));
    }
}
