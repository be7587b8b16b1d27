//! Instances and what makes them: launch templates, launch configurations, node groups of EKS.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-launchtemplate.html>

use super::block::{Block, any, field, is_open, reference, role};
use super::start_script;
use super::user_data::user_data;
use super::{Attribute, Declared, Kinds};
use crate::model::compute::{Instances, InstancesKind};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::Spanned;
use crate::tree::Node;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::EC2::Instance", instance),
    ("AWS::EC2::LaunchTemplate", launch_template),
    (
        "AWS::AutoScaling::LaunchConfiguration",
        launch_configuration,
    ),
    ("AWS::EKS::Cluster", cluster),
    ("AWS::EKS::Nodegroup", node_group),
    ("AWS::EKS::FargateProfile", fargate_profile),
    ("aws_ec2_instance_metadata_defaults", metadata_defaults),
];

fn instance(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let mut instance = with_data(declared, InstancesKind::Instance, properties);
    instance.launch_template = launch_template_of(properties);
    out.facts.instances.push(instance);
}

/// A launch template, whose data stands one level down.
fn launch_template(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let kind = InstancesKind::LaunchTemplate;
    let mut template = match Block::of(properties, "LaunchTemplateData") {
        Block::Known(data) => with_data(declared, kind, data),
        Block::Absent => blank(declared, kind),
        Block::Unknown(_) => Instances {
            is_fragment: true,
            ..blank(declared, kind)
        },
    };
    template.name = reference(properties, "LaunchTemplateName");
    out.facts.instances.push(template);
}

fn launch_configuration(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let mut configuration = with_data(declared, InstancesKind::LaunchConfiguration, properties);
    configuration.name = reference(properties, "LaunchConfigurationName");
    out.facts.instances.push(configuration);
}

/// <https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html>
fn node_group(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    out.facts.instances.push(Instances {
        name: reference(properties, "NodegroupName"),
        role: role(properties, "NodeRole").or_else(|| role(properties, "NodeRoleArn")),
        launch_template: launch_template_of(properties),
        ..blank(declared, InstancesKind::NodeGroup)
    });
}

/// The nodes that a cluster makes by itself in auto mode
/// (<https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html>).
fn cluster(declared: &Declared<'_>, out: &mut Recognized) {
    let mode = Block::of(&declared.properties, "ComputeConfig");
    let role = mode.role("NodeRoleArn");
    let is_off = mode
        .text("Enabled")
        .is_some_and(|enabled| enabled.value.as_literal() == Some("false"));
    if role.is_some() && !is_off {
        out.facts.instances.push(Instances {
            role,
            ..blank(declared, InstancesKind::NodeGroup)
        });
    }
}

fn fargate_profile(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    out.facts.instances.push(Instances {
        name: reference(properties, "FargateProfileName"),
        role: role(properties, "PodExecutionRoleArn"),
        ..blank(declared, InstancesKind::FargateProfile)
    });
}

/// The account's defaults, which only Terraform declares.
fn metadata_defaults(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let mut defaults = blank(declared, InstancesKind::MetadataDefaults);
    set_metadata(&mut defaults, Block::Known(properties));
    defaults.metadata = Some(declared.origin.loc);
    out.facts.instances.push(defaults);
}

/// Something of which nothing is known yet.
fn blank(declared: &Declared<'_>, kind: InstancesKind) -> Instances {
    let id = declared.attribute(Attribute::Id);
    Instances {
        is_fragment: is_open(&declared.properties),
        ..Instances::new(declared.origin.clone(), kind, id)
    }
}

/// What instances and the data of launch templates have in common.
fn with_data(declared: &Declared<'_>, kind: InstancesKind, node: &Node<'_>) -> Instances {
    let mut instances = blank(declared, kind);
    instances.is_fragment |= is_open(node);
    instances.profile = profile(node);
    let node_of_data = any(node, &["UserData", "UserDataBase64"]);
    let data = user_data(node_of_data);
    instances.acts = start_script::acts(node_of_data, &data, &declared.id);
    instances.user_data = data.text;
    instances.user_data_lines = data.lines;
    instances.metadata = field(node, "MetadataOptions").map(Node::place);
    set_metadata(&mut instances, Block::of(node, "MetadataOptions"));
    instances
}

fn set_metadata(instances: &mut Instances, options: Block<'_, '_>) {
    instances.http_tokens = options.text("HttpTokens");
    instances.http_endpoint = options.text("HttpEndpoint");
    instances.hop_limit = options.text("HttpPutResponseHopLimit");
}

/// The instance profile: its name, or an object with its name or ARN.
fn profile(node: &Node<'_>) -> Option<Spanned<Template>> {
    const NAME: &str = "IamInstanceProfile";
    let is_scalar = |value: &&Node<'_>| !value.is_map() && !value.is_list();
    if field(node, NAME).filter(is_scalar).is_some() {
        return role(node, NAME);
    }
    let profile = Block::of(node, NAME);
    profile
        .reference("Arn")
        .or_else(|| profile.reference("Name"))
}

/// The launch template: its id or its name.
fn launch_template_of(node: &Node<'_>) -> Option<Spanned<Template>> {
    let named = Block::of(node, "LaunchTemplate");
    ["LaunchTemplateId", "Id", "LaunchTemplateName", "Name"]
        .into_iter()
        .find_map(|name| named.reference(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::resource::specimen::{facts, given, shown, survives};

    fn one(kind: &str, text: &'static str) -> Instances {
        let mut found = facts(kind, text).instances;
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0)
    }

    #[test]
    fn an_instance() {
        let instance = one(
            "AWS::EC2::Instance",
            "
IamInstanceProfile: ⟨profile⟩
LaunchTemplate: {LaunchTemplateId: ⟨lt⟩, Version: '1'}
MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 2}
UserData: |
  #!/bin/bash
  docker pull ⟨repo⟩:1
",
        );
        assert_eq!(shown(&instance.id), "⟨t#r0⟩");
        assert_eq!(given(&instance.profile).as_deref(), Some("⟨profile⟩"));
        assert_eq!(given(&instance.launch_template).as_deref(), Some("⟨lt⟩"));
        assert_eq!(given(&instance.http_tokens).as_deref(), Some("required"));
        assert_eq!(given(&instance.hop_limit).as_deref(), Some("2"));
        assert!(instance.metadata.is_some() && !instance.is_fragment);
        let lines: Vec<String> = instance
            .user_data_lines
            .iter()
            .map(|line| shown(&line.value))
            .collect();
        assert_eq!(lines, ["#!/bin/bash", "docker pull ⟨repo⟩:1"]);
    }

    #[test]
    fn launch_templates_in_two_shapes() {
        let template = one(
            "AWS::EC2::LaunchTemplate",
            "
LaunchTemplateName: nodes
LaunchTemplateData:
  IamInstanceProfile: {Arn: ⟨profile⟩}
  MetadataOptions: ⟨m⟩
  UserData: IyEvYmluL2Jhc2gKZG9ja2VyIHB1bGwgeA==
",
        );
        assert_eq!(given(&template.name).as_deref(), Some("nodes"));
        assert_eq!(given(&template.profile).as_deref(), Some("⟨profile⟩"));
        assert_eq!(
            given(&template.http_tokens).as_deref(),
            Some("⟨m.HttpTokens⟩")
        );
        assert_eq!(
            given(&template.user_data).as_deref(),
            Some("#!/bin/bash\ndocker pull x")
        );
        let lists = one(
            "AWS::EC2::LaunchTemplate",
            "{LaunchTemplateData: [{IamInstanceProfile: [{Name: p}], MetadataOptions: [{HttpEndpoint: disabled}]}]}",
        );
        assert_eq!(given(&lists.profile).as_deref(), Some("p"));
        assert_eq!(given(&lists.http_endpoint).as_deref(), Some("disabled"));
        assert!(one("AWS::EC2::LaunchTemplate", "{LaunchTemplateData: ⟨?x⟩}").is_fragment);
        assert!(!one("AWS::EC2::LaunchTemplate", "").is_fragment);
    }

    #[test]
    fn what_else_makes_instances() {
        let configuration = one(
            "AWS::AutoScaling::LaunchConfiguration",
            "{LaunchConfigurationName: c, IamInstanceProfile: p, UserData: '#!/bin/sh'}",
        );
        assert_eq!(given(&configuration.name).as_deref(), Some("c"));
        assert_eq!(
            given(&configuration.user_data).as_deref(),
            Some("#!/bin/sh")
        );
        let group = one(
            "AWS::EKS::Nodegroup",
            "{NodegroupName: g, NodeRole: ⟨role⟩, LaunchTemplate: {Name: lt}}",
        );
        assert_eq!(given(&group.role).as_deref(), Some("⟨role⟩"));
        assert_eq!(given(&group.launch_template).as_deref(), Some("lt"));
        let profile = one("AWS::EKS::FargateProfile", "{PodExecutionRoleArn: ⟨role⟩}");
        assert_eq!(given(&profile.role).as_deref(), Some("⟨role⟩"));
        let defaults = one(
            "aws_ec2_instance_metadata_defaults",
            "{HttpTokens: required}",
        );
        assert_eq!(given(&defaults.http_tokens).as_deref(), Some("required"));
        assert_eq!(defaults.kind, InstancesKind::MetadataDefaults);
    }

    #[test]
    fn wrong_types_do_no_harm() {
        for (kind, _) in KINDS {
            survives(
                kind,
                &[
                    "IamInstanceProfile",
                    "UserData",
                    "MetadataOptions",
                    "LaunchTemplate",
                    "LaunchTemplateData",
                    "LaunchTemplateData.UserData",
                    "LaunchTemplateData.IamInstanceProfile",
                    "NodeRole",
                ],
            );
        }
    }
}
