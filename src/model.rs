//! What documents declare, in AWS's own nouns, whatever syntax they were written in.
//!
//! Recognizers fill [`Facts`]; rules read them. A value that only deploy time knows is a hole in a
//! [`Template`](template::Template) and never a guess.

pub mod access_key;
pub mod arn;
pub mod compute;
pub mod docker;
pub mod endpoint;
pub mod home;
pub mod image;
pub mod kubernetes;
pub mod network;
pub mod origin;
pub mod pipeline;
pub mod platform;
pub mod policy;
pub mod repository;
pub mod role;
pub mod task;
pub mod template;
pub mod view;

use crate::source::Loc;
use std::sync::Arc;

/// A value that could not be resolved, for those who ask what was left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Where it is used.
    pub loc: Loc,
    /// As it was written.
    pub text: String,
    /// Why, in prose, to stand behind "because".
    pub why: String,
}

/// Declares [`Facts`], whose fields are lists that are joined, so that a new kind of fact is one line.
macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident: $item:ty,)*) => {
        /// Everything that was recognized in the files of one run, still unlinked.
        #[derive(Clone, Debug, Default)]
        pub struct Facts {
            $($(#[$doc])* pub $name: Vec<$item>,)*
        }

        impl Facts {
            /// Adds the facts of another document after these.
            pub fn append(&mut self, other: Facts) {
                $(self.$name.extend(other.$name);)*
            }

            /// Whether nothing was recognized.
            pub fn is_empty(&self) -> bool {
                true $(&& self.$name.is_empty())*
            }
        }
    };
}

facts! {
    /// IAM policy documents of every layer. Those that a role, a repository or an endpoint declares are the same `Arc` here
    /// and there: a rule about documents looks here, linking looks there.
    policies: Arc<policy::Policy>,
    /// Roles, users and groups.
    roles: role::Role,
    /// Managed policies of the customer's.
    managed_policies: role::ManagedPolicy,
    /// What is attached from outside of a principal's own declaration.
    attachments: role::Attachment,
    /// What says that all policies of a principal are in sight.
    closures: role::Closure,
    /// Instance profiles.
    instance_profiles: role::InstanceProfile,
    /// OIDC identity providers.
    oidc_providers: role::OidcProvider,
    /// Service accounts of Kubernetes with a role or pull secrets.
    service_accounts: role::ServiceAccount,
    /// ECR repositories.
    repositories: repository::Repository,
    /// Repositories that are looked up.
    found_repositories: repository::FoundRepository,
    /// Repository policies that are declared by themselves.
    repository_policies: repository::RepositoryPolicy,
    /// Lifecycle policies that are declared by themselves.
    lifecycle_policies: repository::LifecyclePolicy,
    /// Settings of a registry as a whole.
    registry_settings: repository::RegistrySetting,
    /// ECS task definitions.
    tasks: task::TaskDefinition,
    /// ECS services and other things that start tasks.
    services: compute::Service,
    /// Lambda functions that are images.
    functions: compute::ImageFunction,
    /// CodeBuild projects.
    build_projects: compute::BuildProject,
    /// App Runner services.
    app_runner_services: compute::AppRunnerService,
    /// Instances and what makes them.
    instances: compute::Instances,
    /// Kubernetes pods.
    pods: kubernetes::Pod,
    /// Kubernetes pull secrets.
    pull_secrets: kubernetes::PullSecret,
    /// Kubernetes secrets and config maps that hold access keys.
    config_objects: kubernetes::ConfigObject,
    /// Kustomizations.
    kustomizations: kubernetes::Kustomization,
    /// Services of compose files.
    compose_services: docker::ComposeService,
    /// Compose files as such.
    compose_files: docker::ComposeFile,
    /// Docker's configuration files.
    docker_configs: docker::DockerConfig,
    /// Dockerfiles.
    dockerfiles: docker::Dockerfile,
    /// Base images of Dockerfiles.
    base_images: docker::BaseImage,
    /// VPC endpoints.
    endpoints: endpoint::VpcEndpoint,
    /// What belongs to an endpoint and is declared by itself.
    endpoint_parts: endpoint::EndpointPart,
    /// VPC endpoints that are looked up.
    found_endpoints: endpoint::FoundEndpoint,
    /// VPCs.
    vpcs: network::Vpc,
    /// Subnets.
    subnets: network::Subnet,
    /// Route tables.
    route_tables: network::RouteTable,
    /// Which subnet uses which route table.
    route_table_associations: network::RouteTableAssociation,
    /// Which route table is the main one of its VPC, where a declaration of its own says so.
    main_route_tables: network::MainRouteTable,
    /// Routes.
    routes: network::Route,
    /// Gateways that routes lead to.
    gateways: network::Gateway,
    /// Zones of names.
    hosted_zones: network::HostedZone,
    /// Security groups.
    security_groups: network::SecurityGroup,
    /// What they let in.
    ingress_rules: network::IngressRule,
    /// Workflows, composite actions, pipelines of other CI systems, scripts.
    pipelines: pipeline::Pipeline,
    /// Places where a secret access key is written out for Terraform's own use.
    written_secrets: crate::source::Loc,
    /// What is declared by files that are not in sight.
    declared_elsewhere: origin::DeclaredElsewhere,
    /// The homes of files that declare no deployment, where the configuration tells them; in the order of the files.
    homes: home::FileHome,
    /// What could not be resolved.
    unresolved: Unresolved,
}
