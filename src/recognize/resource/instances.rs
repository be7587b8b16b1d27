//! Instances and what makes them: launch templates, launch configurations, node groups of EKS.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-launchtemplate.html>

use super::block::{Block, any, field, is_open, reference, role};
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
    Instances {
        origin: declared.origin.clone(),
        kind,
        id: declared.attribute(Attribute::Id),
        name: None,
        launch_template: None,
        profile: None,
        role: None,
        user_data: None,
        user_data_lines: Vec::new(),
        http_tokens: None,
        http_endpoint: None,
        hop_limit: None,
        metadata: None,
        is_fragment: is_open(&declared.properties),
    }
}

/// What instances and the data of launch templates have in common.
fn with_data(declared: &Declared<'_>, kind: InstancesKind, node: &Node<'_>) -> Instances {
    let mut instances = blank(declared, kind);
    instances.is_fragment |= is_open(node);
    instances.profile = profile(node);
    let data = user_data(any(node, &["UserData", "UserDataBase64"]));
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
