//! Functions, builds and App Runner services: what pulls an image without ECS.

use super::block::{
    Block, any, blocks, field, image, is_open, reference, role, scalar, text, texts,
};
use super::{Declared, Kinds};
use crate::model::compute::{AppRunnerService, BuildProject, ImageFunction};
use crate::model::template::Template;
use crate::recognize::{Recognized, buildspec, placeholders};
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
        .and_then(|code| image(code, "ImageUri"))
        .or_else(|| image(properties, "ImageUri"));
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
        image: environment.image("Image"),
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
        folder: folder(&declared.id).to_string(),
        inline: source
            .known()
            .and_then(|node| any(node, &["BuildSpec", "Buildspec"]))
            // A file of the tree is read by itself.
            .filter(|node| node.loc.file == declared.origin.loc.file)
            .and_then(|node| buildspec::inline(node, &declared.id.replacen('|', "/", 1)))
            .map(Box::new),
        source_is_read: !is_open(properties) && !matches!(source, Block::Unknown(_)),
        has_docker_server: environment
            .known()
            .is_some_and(|node| field(node, "DockerServer").is_some()),
        environment_is_read: !is_open(properties)
            && environment.known().is_some_and(|node| !is_open(node)),
        source_type: source.text("Type"),
        environment: variables.iter().filter_map(variable).collect(),
        vpc: network.reference("VpcId"),
        subnets: subnets.values,
        security_groups: groups.values,
        network_is_read: subnets.complete && groups.complete && !is_open(properties),
    });
}

/// The folder of what declares a resource, by the resource's id: `infra/app.yaml#Build`, `infra|aws_codebuild_project.x`.
fn folder(id: &str) -> &str {
    if let Some((folder, _)) = id.split_once('|') {
        return if folder == "." { "" } else { folder };
    }
    let file = id.split_once('#').map_or("", |(file, _)| file);
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
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
        image: repository.image("ImageIdentifier"),
        repository_type: repository.text("ImageRepositoryType"),
        access_role: authentication.role("AccessRoleArn"),
        authentication_is_read: !is_open(properties)
            && !is_unread(source)
            && !is_unread(authentication),
        instance_role: Block::of(properties, "InstanceConfiguration").role("InstanceRoleArn"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::resource::specimen::{all, facts, given, survives};

    #[test]
    fn functions_that_are_images() {
        for (text, image) in [
            (
                "PackageType: Image\nCode: {ImageUri: '⟨repo⟩:1'}",
                Some("⟨repo⟩:1"),
            ),
            ("Code: [{ImageUri: x}]", Some("x")),
            ("PackageType: Image\nImageUri: x", Some("x")),
            ("PackageType: ⟨x⟩\nImageUri: x", Some("x")),
            ("PackageType: Zip\nImageUri: x", None),
            ("Code: {S3Bucket: b}", None),
            ("Code: ⟨x⟩", None),
            ("PackageType: Image\nCode: {ImageUri: ''}", None),
        ] {
            for kind in ["AWS::Lambda::Function", "AWS::Serverless::Function"] {
                let facts = facts(kind, text);
                let found = facts.functions.first().map(|one| Some(one.image.clone()));
                assert_eq!(
                    found.and_then(|one| given(&one)).as_deref(),
                    image,
                    "{text}"
                );
            }
        }
        let facts = facts(
            "AWS::Lambda::Function",
            "{FunctionName: f, Role: ⟨r⟩, Code: {ImageUri: x}, Architectures: [arm64]}",
        );
        let function = facts.functions.first().expect("a function");
        assert_eq!(all(&function.architectures), ["arm64"]);
        assert_eq!(given(&function.role).as_deref(), Some("⟨r⟩"));
        assert!(function.architectures_are_read);
    }

    #[test]
    fn builds() {
        let facts = facts(
            "AWS::CodeBuild::Project",
            "
Name: build
ServiceRole: ⟨role⟩
Environment:
  Type: LINUX_CONTAINER
  Image: ⟨a⟩.dkr.ecr.eu-west-1.amazonaws.com/builder:1
  ImagePullCredentialsType: SERVICE_ROLE
  PrivilegedMode: true
  EnvironmentVariables:
    - {Name: REPO, Value: app}
    - {Name: TOKEN, Value: /token, Type: PARAMETER_STORE}
    - {Name: OTHER, Value: ⟨x⟩, Type: PLAINTEXT}
    - {Value: nameless}
    - ⟨?x⟩
Source: {Type: GITHUB, BuildSpec: ci/buildspec.yml}
VpcConfig: {VpcId: ⟨v⟩, Subnets: [⟨s⟩], SecurityGroupIds: [⟨g⟩]}
",
        );
        let [project] = facts.build_projects.as_slice() else {
            panic!("{:?}", facts.build_projects)
        };
        let variables: Vec<&str> = project
            .environment
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        assert_eq!(variables, ["REPO", "OTHER"]);
        assert_eq!(given(&project.privileged).as_deref(), Some("true"));
        assert_eq!(
            given(&project.pull_credentials).as_deref(),
            Some("SERVICE_ROLE")
        );
        assert_eq!(
            given(&project.buildspec).as_deref(),
            Some("ci/buildspec.yml")
        );
        assert_eq!(given(&project.source_type).as_deref(), Some("GITHUB"));
        assert_eq!(
            (all(&project.subnets), project.network_is_read),
            (vec!["⟨s⟩".to_string()], true)
        );
        assert!(project.registry_credential.is_none());
    }

    #[test]
    fn builds_of_which_parts_are_not_known() {
        let facts = facts(
            "AWS::CodeBuild::Project",
            "{Environment: ⟨e⟩, VpcConfig: ⟨v⟩, Source: ~}",
        );
        let project = facts.build_projects.first().expect("a project");
        for value in [
            &project.image,
            &project.privileged,
            &project.pull_credentials,
        ] {
            assert!(value.as_ref().is_some_and(|value| !value.value.is_known()));
        }
        assert!(project.buildspec.is_none() && !project.network_is_read);
    }

    #[test]
    fn app_runner_services() {
        for (text, role, is_read) in [
            (
                "AuthenticationConfiguration: {AccessRoleArn: ⟨r⟩}",
                Some("⟨r⟩"),
                true,
            ),
            (
                "AuthenticationConfiguration: {AccessRoleArn: ''}",
                None,
                true,
            ),
            ("AuthenticationConfiguration: ~", None, true),
            (
                "AuthenticationConfiguration: ⟨a⟩",
                Some("⟨a.AccessRoleArn⟩"),
                false,
            ),
        ] {
            let text: &'static str = Box::leak(
                format!(
                    "SourceConfiguration:\n  ImageRepository: {{ImageIdentifier: x, ImageRepositoryType: ECR}}\n  {text}\n\
                     InstanceConfiguration: [{{InstanceRoleArn: ⟨i⟩}}]\n"
                )
                .into_boxed_str(),
            );
            let facts = facts("AWS::AppRunner::Service", text);
            let service = facts.app_runner_services.first().expect("a service");
            assert_eq!(given(&service.access_role).as_deref(), role, "{text}");
            assert_eq!(service.authentication_is_read, is_read, "{text}");
            assert_eq!(given(&service.image).as_deref(), Some("x"));
            assert_eq!(given(&service.repository_type).as_deref(), Some("ECR"));
            assert_eq!(given(&service.instance_role).as_deref(), Some("⟨i⟩"));
        }
    }

    #[test]
    fn wrong_types_do_no_harm() {
        for (kind, _) in KINDS {
            survives(
                kind,
                &[
                    "Code",
                    "ImageUri",
                    "Architectures",
                    "PackageType",
                    "Environment.EnvironmentVariables",
                    "Environment.EnvironmentVariables.Name",
                    "VpcConfig.Subnets",
                    "SourceConfiguration.ImageRepository",
                    "SourceConfiguration.AuthenticationConfiguration",
                ],
            );
        }
    }
}
