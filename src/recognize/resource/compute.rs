//! Functions, builds and App Runner services: what pulls an image without ECS.

use super::block::{Block, blocks, field, is_open, reference, role, scalar, text, texts};
use super::{Declared, Kinds};
use crate::model::compute::{AppRunnerService, BuildProject, ImageFunction};
use crate::model::template::Template;
use crate::recognize::{Recognized, placeholders};
use crate::source::Spanned;
use crate::tree::Node;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::Lambda::Function", function),
    ("AWS::Serverless::Function", function),
    ("AWS::CodeBuild::Project", build_project),
    ("AWS::AppRunner::Service", app_runner),
];

/// A function that is an image; one that is a zip file says nothing
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>).
fn function(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let in_code = Block::of(properties, "Code").known();
    let image = in_code
        .and_then(|code| reference(code, "ImageUri"))
        .or_else(|| reference(properties, "ImageUri"));
    let is_zip =
        text(properties, "PackageType").is_some_and(|kind| kind.value.as_literal() == Some("Zip"));
    let Some(image) = image.filter(|image| !is_zip && !image.value.is_empty()) else {
        return;
    };
    let architectures = texts(field(properties, "Architectures"));
    out.facts.functions.push(ImageFunction {
        origin: declared.origin.clone(),
        name: reference(properties, "FunctionName"),
        image,
        role: role(properties, "Role"),
        architectures: architectures.values,
        architectures_are_read: architectures.complete && !is_open(properties),
    });
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html>
fn build_project(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let environment = Block::of(properties, "Environment");
    let network = Block::of(properties, "VpcConfig");
    let source = Block::of(properties, "Source");
    let (subnets, groups) = (network.texts("Subnets"), network.texts("SecurityGroupIds"));
    let variables = environment
        .known()
        .map_or(&[][..], |node| blocks(node, "EnvironmentVariables"));
    out.facts.build_projects.push(BuildProject {
        origin: declared.origin.clone(),
        name: reference(properties, "Name"),
        role: role(properties, "ServiceRole"),
        image: environment.reference("Image"),
        environment_type: environment.text("Type"),
        registry_credential: environment
            .known()
            .and_then(|node| field(node, "RegistryCredential"))
            .map(Node::place),
        pull_credentials: environment.text("ImagePullCredentialsType"),
        privileged: environment.text("PrivilegedMode"),
        buildspec: source
            .text("BuildSpec")
            .or_else(|| source.text("Buildspec")),
        source_type: source.text("Type"),
        environment: variables.iter().filter_map(variable).collect(),
        vpc: network.reference("VpcId"),
        subnets: subnets.values,
        security_groups: groups.values,
        network_is_read: subnets.complete && groups.complete && !is_open(properties),
    });
}

/// A variable in plain text; one whose `Type` says that the value names a parameter or a secret is none.
fn variable(node: &Node<'_>) -> Option<(Spanned<String>, Spanned<Template>)> {
    let is_plain =
        text(node, "Type").is_none_or(|kind| kind.value.as_literal() == Some("PLAINTEXT"));
    let name = field(node, "Name")?.spanned()?;
    let value = scalar(field(node, "Value")?, placeholders::read);
    is_plain.then_some((name, value))
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apprunner-service.html>
fn app_runner(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let source = Block::of(properties, "SourceConfiguration");
    let repository = source.block("ImageRepository");
    let authentication = source.block("AuthenticationConfiguration");
    let is_unread = |block: Block<'_, '_>| matches!(block, Block::Unknown(_));
    out.facts.app_runner_services.push(AppRunnerService {
        origin: declared.origin.clone(),
        name: reference(properties, "ServiceName"),
        image: repository.reference("ImageIdentifier"),
        repository_type: repository.text("ImageRepositoryType"),
        access_role: authentication
            .reference("AccessRoleArn")
            .filter(|role| !role.value.is_empty()),
        authentication_is_read: !is_open(properties)
            && !is_unread(source)
            && !is_unread(authentication),
        instance_role: Block::of(properties, "InstanceConfiguration")
            .reference("InstanceRoleArn")
            .filter(|role| !role.value.is_empty()),
    });
}
