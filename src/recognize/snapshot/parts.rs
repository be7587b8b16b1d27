//! The shapes of outputs, by the keys that stand together in them.
//!
//! Every shape asks for an ARN of its service or for keys that nothing else has: `Roles` and `Users` alone are words that
//! many files use.

use crate::recognize::iam_policy::is_policy;
use crate::tree::{Node, NodeKind};

/// Something that an output shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'n, 's> {
    /// What.
    pub(super) kind: PartKind,
    /// The value that describes it.
    pub(super) node: &'n Node<'s>,
    /// The map that it stands in: the whole output.
    pub(super) around: &'n Node<'s>,
}

/// Kinds of [`Part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    /// A role, a user or a group.
    Principal(Principal, Sight),
    /// `get-policy` and `get-policy-version` in one, or an entry of the account's authorization details.
    ManagedPolicy,
    /// `get-policy-version`.
    PolicyVersion,
    /// `get-role-policy` and its kin.
    InlinePolicy,
    /// `list-attached-role-policies` and its kin.
    AttachedPolicies,
    /// `list-role-policies` and its kin.
    PolicyNames,
    /// `list-entities-for-policy`.
    Entities,
    /// `get-instance-profile`, `list-instance-profiles`.
    InstanceProfile,
    /// `get-open-id-connect-provider`.
    OidcProvider,
    /// `describe-repositories`, of ECR or ECR Public.
    Repository,
    /// `get-repository-policy`.
    RepositoryPolicy,
    /// `get-registry-policy`.
    RegistryPolicy,
    /// `get-lifecycle-policy`.
    LifecyclePolicy,
    /// `describe-pull-through-cache-rules`.
    PullThroughCache,
    /// `describe-repository-creation-templates`.
    CreationTemplate,
    /// `describe-registry`.
    Replication,
    /// `get-registry-scanning-configuration`.
    Scanning,
    /// `get-account-setting`.
    AccountSetting,
}

/// Which kind of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    Role,
    User,
    Group,
}

/// How much an output shows of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything: the account's authorization details.
    All,
    /// The principal itself: `get-role`.
    Described,
    /// A line in a list, which leaves out boundary and tags
    /// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>).
    Listed,
}

/// What a document shows: one output, or a list of them.
pub(super) fn of<'n, 's>(root: &'n Node<'s>) -> Vec<Part<'n, 's>> {
    let outputs = match &root.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(root),
    };
    let mut parts = Vec::new();
    for output in outputs.iter().filter(|output| output.is_map()) {
        Output {
            map: output,
            parts: &mut parts,
        }
        .read();
    }
    parts
}

struct Output<'n, 's, 'p> {
    map: &'n Node<'s>,
    parts: &'p mut Vec<Part<'n, 's>>,
}

impl<'n, 's> Output<'n, 's, '_> {
    fn read(&mut self) {
        self.iam_principals();
        self.iam_policies();
        self.repositories();
        self.registry();
    }

    fn add(&mut self, kind: PartKind, node: &'n Node<'s>) {
        let around = self.map;
        self.parts.push(Part { kind, node, around });
    }

    /// Adds the items of the list at `key` that are what they should be.
    fn list(&mut self, key: &str, kind: PartKind, is_one: impl Fn(&Node<'_>) -> bool) {
        let Some(list) = self.map.get(key).filter(|list| list.is_list()) else {
            return;
        };
        for item in list.items().iter().filter(|item| is_one(item)) {
            self.add(kind, item);
        }
    }

    /// Adds the map at `key`, if it is what it should be.
    fn one(&mut self, key: &str, kind: PartKind, is_one: impl Fn(&Node<'_>) -> bool) {
        if let Some(node) = self.map.get(key).filter(|node| is_one(node)) {
            self.add(kind, node);
        }
    }

    fn iam_principals(&mut self) {
        use Principal::{Group, Role, User};
        for (kind, name, details, one, many) in [
            (Role, "RoleName", "RoleDetailList", "Role", "Roles"),
            (User, "UserName", "UserDetailList", "User", "Users"),
            (Group, "GroupName", "GroupDetailList", "Group", "Groups"),
        ] {
            let is_one = |node: &Node<'_>| is_of_iam(node, "Arn") && node.has(name);
            self.list(details, PartKind::Principal(kind, Sight::All), is_one);
            self.one(one, PartKind::Principal(kind, Sight::Described), is_one);
            self.list(many, PartKind::Principal(kind, Sight::Listed), is_one);
        }
        let is_profile =
            |node: &Node<'_>| is_of_iam(node, "Arn") && node.has("InstanceProfileName");
        self.one("InstanceProfile", PartKind::InstanceProfile, is_profile);
        self.list("InstanceProfiles", PartKind::InstanceProfile, is_profile);
        let roles = self.map.get("RoleDetailList").map_or(&[][..], Node::items);
        for profile in roles
            .iter()
            .filter_map(|role| role.get("InstanceProfileList"))
            .flat_map(Node::items)
            .filter(|profile| is_profile(profile))
        {
            self.add(PartKind::InstanceProfile, profile);
        }
        if self.map.has("ClientIDList") && self.map.has("Url") {
            self.add(PartKind::OidcProvider, self.map);
        }
    }

    fn iam_policies(&mut self) {
        let is_managed = |node: &Node<'_>| is_of_iam(node, "Arn") && node.has("PolicyName");
        self.list("Policies", PartKind::ManagedPolicy, |node| {
            is_managed(node) && node.has("PolicyVersionList")
        });
        let is_version =
            |node: &Node<'_>| node.has("Document") && node.has("VersionId") && node.is_map();
        let version = self
            .map
            .get("PolicyVersion")
            .filter(|node| is_version(node));
        let policy = self.map.get("Policy").filter(|node| is_managed(node));
        match (policy, version) {
            (Some(policy), Some(_)) => self.add(PartKind::ManagedPolicy, policy),
            (None, Some(version)) => self.add(PartKind::PolicyVersion, version),
            _ => {}
        }
        let has_owner = ["RoleName", "UserName", "GroupName"]
            .iter()
            .any(|key| self.map.has(key));
        if has_owner && self.map.has("PolicyName") && self.map.has("PolicyDocument") {
            self.add(PartKind::InlinePolicy, self.map);
        }
        let is_attached = |node: &Node<'_>| is_of_iam(node, "PolicyArn") && node.has("PolicyName");
        if let Some(list) = self
            .map
            .get("AttachedPolicies")
            .filter(|node| node.is_list())
            && list.items().iter().all(is_attached)
        {
            self.add(PartKind::AttachedPolicies, list);
        }
        if let Some(list) = self.map.get("PolicyNames").filter(|node| node.is_list())
            && list.items().iter().all(|name| name.as_text().is_some())
        {
            self.add(PartKind::PolicyNames, list);
        }
        let lists = ["PolicyRoles", "PolicyUsers", "PolicyGroups"];
        if lists
            .iter()
            .all(|key| self.map.get(key).is_some_and(Node::is_list))
        {
            self.add(PartKind::Entities, self.map);
        }
    }

    fn repositories(&mut self) {
        let is_repository = |node: &Node<'_>| {
            let arn = node.get("repositoryArn").and_then(Node::as_str);
            arn.is_some_and(|arn| arn.starts_with("arn:")) && node.has("repositoryName")
        };
        self.list("repositories", PartKind::Repository, is_repository);
        self.one("repository", PartKind::Repository, is_repository);
        let is_named = self.map.has("repositoryName");
        let holds_policy = self.map.get("policyText").is_some_and(|node| {
            let text = node.as_text();
            text.is_some_and(|text| text.value.contains("Statement")) || is_policy(node)
        });
        if holds_policy {
            let kind = if is_named {
                PartKind::RepositoryPolicy
            } else {
                PartKind::RegistryPolicy
            };
            self.add(kind, self.map);
        }
        if self.map.has("lifecyclePolicyText") && is_named {
            self.add(PartKind::LifecyclePolicy, self.map);
        }
    }

    fn registry(&mut self) {
        let is_rule = |node: &Node<'_>| node.has("ecrRepositoryPrefix");
        let kind = PartKind::PullThroughCache;
        self.list("pullThroughCacheRules", kind, is_rule);
        if is_rule(self.map) && self.map.has("upstreamRegistryUrl") {
            self.add(kind, self.map);
        }
        let is_template = |node: &Node<'_>| node.has("prefix") && node.has("appliedFor");
        let kind = PartKind::CreationTemplate;
        self.list("repositoryCreationTemplates", kind, is_template);
        self.one("repositoryCreationTemplate", kind, is_template);
        self.one("replicationConfiguration", PartKind::Replication, |node| {
            node.get("rules").is_some_and(Node::is_list)
        });
        self.one("scanningConfiguration", PartKind::Scanning, |node| {
            node.has("scanType")
        });
        let setting = self.map.get("name").and_then(Node::as_str);
        if setting == Some("REGISTRY_POLICY_SCOPE") && self.map.has("value") {
            self.add(PartKind::AccountSetting, self.map);
        }
    }
}

/// Whether the map names itself, at `key`, by an ARN of IAM.
fn is_of_iam(node: &Node<'_>, key: &str) -> bool {
    let arn = node.get(key).and_then(Node::as_str);
    arn.is_some_and(|arn| arn.starts_with("arn:") && arn.contains(":iam::"))
}
