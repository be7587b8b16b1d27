//! The policies that a request meets, by layer, and which layers may hold more than is in sight.

use super::Answer;
use super::compiled::Compiled;
use crate::model::policy::Layer;

/// Which requests a registry asks its policy about
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistryScope {
    /// `V1`: replication, imports from upstream, and the creation of repositories only.
    V1,
    /// `V2`: every request to ECR. What registries have unless their owner chose otherwise.
    #[default]
    V2,
    /// Nobody can say. A registry of long standing may have either.
    Unknown,
}

impl RegistryScope {
    /// The actions that a registry with scope `V1` asks its policy about.
    pub const V1_ACTIONS: [&str; 3] = [
        "ecr:ReplicateImage",
        "ecr:BatchImportUpstreamImage",
        "ecr:CreateRepository",
    ];

    /// Whether the registry's policy is asked about the action.
    #[must_use]
    pub fn asks_about(self, action: &str) -> Answer {
        let is_in = |action: &str| {
            let listed = RegistryScope::V1_ACTIONS.iter();
            listed
                .copied()
                .any(|name| name.eq_ignore_ascii_case(action))
        };
        match self {
            _ if !action.to_ascii_lowercase().starts_with("ecr:") => Answer::No,
            RegistryScope::V2 => Answer::Yes,
            _ if is_in(action) => Answer::Yes,
            RegistryScope::V1 => Answer::No,
            RegistryScope::Unknown => Answer::Maybe,
        }
    }
}

/// A policy and where it is attached.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'p> {
    /// The compiled document.
    pub policy: &'p Compiled,
    /// Which question it answers.
    pub layer: Layer,
    /// For a service control policy, the level it is attached at (`root`, the name of an organizational unit,
    /// `account`): inside one level one Allow is enough, every level must have one. `None` is a level, too
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>).
    pub level: Option<&'p str>,
    /// For an endpoint policy: whether the endpoint is a gateway endpoint, where an account as principal means its root
    /// user only (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).
    pub is_gateway: bool,
    /// For a registry policy: which requests the registry asks it about.
    pub registry_scope: RegistryScope,
}

impl<'p> Attached<'p> {
    /// A policy of a layer.
    #[must_use]
    pub fn new(layer: Layer, policy: &'p Compiled) -> Attached<'p> {
        Attached {
            policy,
            layer,
            level: None,
            is_gateway: false,
            registry_scope: RegistryScope::default(),
        }
    }

    /// The same at a level of the organization.
    #[must_use]
    pub fn at_level(mut self, level: &'p str) -> Attached<'p> {
        self.level = Some(level);
        self
    }

    /// The same at a registry of this scope.
    #[must_use]
    pub fn with_registry_scope(mut self, scope: RegistryScope) -> Attached<'p> {
        self.registry_scope = scope;
        self
    }

    /// The same at a gateway endpoint.
    #[must_use]
    pub fn at_gateway(mut self) -> Attached<'p> {
        self.is_gateway = true;
        self
    }
}

/// Every policy in sight, in the caller's order, which is the order that `deciding` counts in.
#[derive(Clone, Debug, Default)]
pub struct Stack<'p> {
    policies: Vec<Attached<'p>>,
    open: Vec<Layer>,
}

impl<'p> Stack<'p> {
    /// No policy, and nothing unseen.
    #[must_use]
    pub fn new() -> Stack<'p> {
        Stack::default()
    }

    /// Adds a policy.
    pub fn push(&mut self, policy: Attached<'p>) {
        self.policies.push(policy);
    }

    /// The same with one more policy.
    #[must_use]
    pub fn with(mut self, policy: Attached<'p>) -> Stack<'p> {
        self.push(policy);
        self
    }

    /// Says that a layer may hold policies that are not in sight. The verdict is strict then: an unseen policy may deny
    /// what everything in sight allows, so leave a layer closed that has no say in the request (service control policies
    /// and AWS services, for one).
    pub fn open(&mut self, layer: Layer) {
        if !self.is_open(layer) {
            self.open.push(layer);
        }
    }

    /// Whether a layer may hold policies that are not in sight.
    #[must_use]
    pub fn is_open(&self, layer: Layer) -> bool {
        self.open.contains(&layer)
    }

    /// Whether every policy is in sight.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// The policies, in order.
    #[must_use]
    pub fn policies(&self) -> &[Attached<'p>] {
        &self.policies
    }
}
