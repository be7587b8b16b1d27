//! What each link of a flow needs: the actions, and what they act on.
//!
//! Permissions by operation: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>.

use crate::catalog;
use crate::link::Workspace;
use crate::link::flow::{Actor, Flow, Image, LogTarget, Step, StepKind};
use crate::link::registries::{PULL_THROUGH_CACHE, may_be_for};
use crate::model::arn::Arn;
use crate::model::image::EcrRegistry;
use crate::model::repository::RegistrySettingKind;
use crate::model::template::Template;

/// A request that a link makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// `ecr:PutImage`.
    pub action: String,
    /// What it acts on.
    pub resource: Template,
    /// Whether the link breaks without it.
    pub is_required: bool,
    /// The endpoint service that carries it: `ecr.dkr`.
    pub service: &'static str,
}

/// The actions of a pull, which Docker's own interface carries.
const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// What the first pull of an image through a pull through cache rule needs besides
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html>).
pub const IMPORT: &str = "ecr:BatchImportUpstreamImage";

/// What makes a repository.
pub const CREATE: &str = "ecr:CreateRepository";

/// The actions of a push that none can do without.
const PUSH: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];

/// ECS Exec (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>).
const EXEC: [&str; 4] = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

/// What a link needs.
#[must_use]
pub fn of(workspace: &Workspace, flow: &Flow, actor: &Actor, step: &Step) -> Vec<Needed> {
    let need = |action: &str, resource: Template, service: &'static str| Needed {
        action: action.to_string(),
        resource,
        is_required: true,
        service,
    };
    let star = || Template::literal("*");
    match &step.kind {
        StepKind::AssumedByService(_) => {
            vec![need("sts:AssumeRole", role_arn(workspace, actor), "sts")]
        }
        StepKind::AssumedByJob => vec![need(
            "sts:AssumeRoleWithWebIdentity",
            role_arn(workspace, actor),
            "sts",
        )],
        StepKind::Login(_) => vec![need("ecr:GetAuthorizationToken", star(), "ecr.api")],
        StepKind::Pull(image) => {
            let resource = repository_arn(&image.registry, &image.image.repository);
            let mut needed: Vec<_> = PULL
                .iter()
                .map(|action| need(action, resource.clone(), "ecr.dkr"))
                .collect();
            if image.cache.is_some() {
                needed.push(need(IMPORT, resource.clone(), "ecr.dkr"));
                // Somebody else may have pulled from the same repository before.
                if makes_repository(workspace, image) {
                    needed.push(Needed {
                        is_required: false,
                        ..need(CREATE, resource, "ecr.dkr")
                    });
                }
            }
            needed
        }
        StepKind::Push(image) => {
            let resource = repository_arn(&image.registry, &image.image.repository);
            let mut needed: Vec<_> = PUSH
                .iter()
                .map(|action| need(action, resource.clone(), "ecr.dkr"))
                .collect();
            needed.push(Needed {
                is_required: false,
                ..need("ecr:BatchGetImage", resource, "ecr.dkr")
            });
            needed
        }
        StepKind::Layers(region) => vec![need("s3:GetObject", layer_bucket(region), "s3")],
        StepKind::Logs(target) => logs(flow, actor, target),
        StepKind::Secret(secret) => vec![read_secret(flow, actor, secret)],
        StepKind::EnvironmentFile(file) => vec![need("s3:GetObject", file.clone(), "s3")],
        StepKind::Exec => EXEC
            .iter()
            .map(|action| need(action, star(), "ssmmessages"))
            .collect(),
        StepKind::ApiCall {
            operation,
            repository,
            registry,
            ..
        } => api_call(operation, repository.as_ref(), registry)
            .map(|(action, resource)| need(&action, resource, "ecr.api"))
            .into_iter()
            .collect(),
    }
}

/// Whether the first pull of an image through a cache makes its repository in the name of whoever pulls: it is declared
/// nowhere, and no template is there by which ECR makes it.
fn makes_repository(workspace: &Workspace, image: &Image) -> bool {
    image.repositories.is_empty()
        && image.image.repository.is_known()
        && cache_template(workspace, image).is_none()
}

/// A template by which ECR may make the repository of a cached image, as an index of
/// [`Facts::registry_settings`](crate::model::Facts::registry_settings).
pub(super) fn cache_template(workspace: &Workspace, image: &Image) -> Option<usize> {
    let registry = &image.registry;
    let name = image.image.repository.prefix();
    workspace
        .registries
        .settings(&workspace.facts, &registry.account, &registry.region)
        .into_iter()
        .find(|(_, _, setting)| match &setting.kind {
            RegistrySettingKind::CreationTemplate {
                prefix,
                applied_for,
                ..
            } => {
                let is_for_caches = applied_for.iter().any(|one| {
                    one.value
                        .as_literal()
                        .is_none_or(|kind| kind == PULL_THROUGH_CACHE)
                });
                (is_for_caches || applied_for.is_empty()) && may_be_for(&prefix.value, name)
            }
            _ => false,
        })
        .map(|(_, at, _)| at)
}

/// The ARN of a repository.
#[must_use]
pub fn repository_arn(registry: &EcrRegistry, repository: &Template) -> Template {
    let mut arn = Template::literal("arn:");
    arn.push(&partition_of(registry));
    arn.push_literal(":ecr:");
    arn.push(&registry.region);
    arn.push_literal(":");
    arn.push(&registry.account);
    arn.push_literal(":repository/");
    arn.push(repository);
    arn
}

fn partition_of(registry: &EcrRegistry) -> Template {
    let by_region = registry
        .region_literal()
        .and_then(catalog::partition_of_region)
        .map(|partition| Template::literal(partition.name));
    by_region.unwrap_or_else(|| {
        let suffix = registry.dns_suffix.as_literal().unwrap_or("");
        match catalog::partitions_of_registry_suffix(suffix) {
            [one] => Template::literal(*one),
            // GovCloud shares the suffix, and its Regions are known by name.
            _ => Template::literal("aws"),
        }
    })
}

/// The objects of the layer bucket of a Region.
fn layer_bucket(region: &Template) -> Template {
    let known = region
        .as_literal()
        .and_then(|name| Some(catalog::partition_of_region(name)?.layer_bucket_arn(name)));
    if let Some(known) = known {
        return Template::literal(known);
    }
    let mut bucket = Template::literal("arn:aws:s3:::prod-");
    bucket.push(region);
    bucket.push_literal("-starport-layer-bucket/*");
    bucket
}

/// The ARN of the role that an actor assumes: of the one in sight, or as it is named.
fn role_arn(workspace: &Workspace, actor: &Actor) -> Template {
    let declared = match actor.roles.indices.as_slice() {
        [one] => workspace.facts.roles.get(*one).map(|role| role.arn.clone()),
        _ => None,
    };
    declared
        .or_else(|| actor.reference.as_ref().map(|named| named.value.clone()))
        .unwrap_or_else(|| Template::hole("role", "<role>"))
}

/// Account and Region that a flow's own resources lie in, as far as its image, its actor and its declaration tell.
fn home(flow: &Flow, actor: &Actor) -> (Template, Template) {
    let registry = flow.steps.iter().find_map(|step| match &step.kind {
        StepKind::Login(registry) => Some(registry),
        _ => None,
    });
    let account = actor.account.clone();
    (
        account.unwrap_or_else(|| Template::hole("account", "<account>")),
        registry.map_or_else(
            || Template::hole("region", "<region>"),
            |registry| registry.region.clone(),
        ),
    )
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
fn logs(flow: &Flow, actor: &Actor, target: &LogTarget) -> Vec<Needed> {
    let (account, region) = home(flow, actor);
    let mut arn = Template::literal("arn:aws:logs:");
    arn.push(target.region.as_ref().unwrap_or(&region));
    arn.push_literal(":");
    arn.push(&account);
    arn.push_literal(":log-group:");
    match &target.group {
        Some(group) => arn.push(group),
        None => arn.push_hole("log group", "<log group>"),
    }
    arn.push_literal(":log-stream:");
    let mut stream = arn.clone();
    stream.push_literal("*");
    let mut needed = vec![
        ("logs:CreateLogStream", arn.clone()),
        ("logs:PutLogEvents", stream),
    ];
    if target.creates_group {
        needed.push(("logs:CreateLogGroup", arn));
    }
    needed
        .into_iter()
        .map(|(action, resource)| Needed {
            action: action.to_string(),
            resource,
            is_required: true,
            service: "logs",
        })
        .collect()
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>
fn read_secret(flow: &Flow, actor: &Actor, secret: &Template) -> Needed {
    let need = |action: &str, resource: Template, service: &'static str| Needed {
        action: action.to_string(),
        resource,
        is_required: true,
        service,
    };
    match Arn::of(secret) {
        Some(arn) if arn.service.as_literal() == Some("secretsmanager") => {
            // What follows the name picks a key and a version of the secret.
            let name = arn
                .resource
                .split_once(':')
                .filter(|(kind, _)| kind.as_literal() == Some("secret"))
                .map(|(_, rest)| rest.split_once(':').map_or(rest.clone(), |(name, _)| name));
            let mut resource = Template::literal("arn:");
            for part in [&arn.partition, &arn.service, &arn.region, &arn.account] {
                resource.push(part);
                resource.push_literal(":");
            }
            match name {
                Some(name) => {
                    resource.push_literal("secret:");
                    resource.push(&name);
                }
                None => resource.push(&arn.resource),
            }
            need("secretsmanager:GetSecretValue", resource, "secretsmanager")
        }
        Some(_) => need("ssm:GetParameters", secret.clone(), "ssm"),
        None => {
            let (account, region) = home(flow, actor);
            let mut resource = Template::literal("arn:aws:ssm:");
            resource.push(&region);
            resource.push_literal(":");
            resource.push(&account);
            resource.push_literal(":parameter");
            if !secret.prefix().starts_with('/') {
                resource.push_literal("/");
            }
            resource.push(secret);
            need("ssm:GetParameters", resource, "ssm")
        }
    }
}

/// The action of a CLI operation: `describe-images` is `ecr:DescribeImages`. `None` for what is no action of ECR.
fn api_call(
    operation: &str,
    repository: Option<&Template>,
    registry: &EcrRegistry,
) -> Option<(String, Template)> {
    let name: String = operation
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect();
    let action = catalog::action("ecr", &name)?;
    let resource = if action.has_resource_level() {
        repository_arn(
            registry,
            &repository
                .cloned()
                .unwrap_or_else(|| Template::hole("repository", "<repository>")),
        )
    } else {
        Template::literal("*")
    };
    Some((action.qualified(), resource))
}
