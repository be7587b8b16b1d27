//! The parts of outputs as declarations: the same values under the names that the readers know.

use super::encoded::decoded;
use super::parts::{Part, PartKind, Principal, Sight};
use super::{name, owner};
use crate::model::template::Template;
use crate::recognize::iam_policy::value;
use crate::recognize::resource::iam::IN_SIGHT;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style, Text, Unknown, Why};

/// A declaration, still without a scope.
pub(super) struct Lowered<'s> {
    /// The kind of resource.
    pub(super) kind: &'static str,
    /// What people call it.
    pub(super) label: String,
    /// Its ARN, or that of something in its account and Region.
    pub(super) arn: Option<Template>,
    /// Its account, where there is no ARN.
    pub(super) account: Option<Template>,
    /// Its properties.
    pub(super) properties: Node<'s>,
}

/// The ARN that a map gives itself.
pub(super) fn arn(node: &Node<'_>) -> Option<Template> {
    node.get_any(&["Arn", "repositoryArn"])
        .and_then(value::template)
}

/// What a part declares: nothing, where it does not say whose it is.
pub(super) fn lower<'s>(part: &Part<'_, 's>, path: &str) -> Vec<Lowered<'s>> {
    let one = match part.kind {
        PartKind::Principal(kind, sight) => Some(principal(part, kind, sight)),
        PartKind::ManagedPolicy => managed_policy(part),
        PartKind::PolicyVersion => policy_version(part, path),
        PartKind::InlinePolicy => Some(inline_policy(part)),
        PartKind::AttachedPolicies => closure(part, path, owner::ATTACHED),
        PartKind::PolicyNames => closure(part, path, owner::INLINE),
        PartKind::Entities => entities(part, path),
        PartKind::InstanceProfile => Some(instance_profile(part)),
        PartKind::OidcProvider => Some(oidc_provider(part)),
        PartKind::Repository => Some(repository(part)),
        PartKind::RepositoryPolicy => Some(repository_policy(part)),
        PartKind::RegistryPolicy => Some(registry(
            part,
            "AWS::ECR::RegistryPolicy",
            &[("policyText", "PolicyText")],
        )),
        PartKind::LifecyclePolicy => Some(registry(
            part,
            "aws_ecr_lifecycle_policy",
            &[
                ("repositoryName", "Repository"),
                ("lifecyclePolicyText", "Policy"),
            ],
        )),
        PartKind::PullThroughCache => Some(registry(
            part,
            "AWS::ECR::PullThroughCacheRule",
            &[
                ("ecrRepositoryPrefix", "EcrRepositoryPrefix"),
                ("upstreamRegistryUrl", "UpstreamRegistryUrl"),
                ("credentialArn", "CredentialArn"),
            ],
        )),
        PartKind::CreationTemplate => Some(registry(
            part,
            "AWS::ECR::RepositoryCreationTemplate",
            &[
                ("prefix", "Prefix"),
                ("appliedFor", "AppliedFor"),
                ("repositoryPolicy", "RepositoryPolicy"),
            ],
        )),
        PartKind::Replication => Some(replication(part)),
        PartKind::Scanning => Some(registry(
            part,
            "AWS::ECR::RegistryScanningConfiguration",
            &[("scanType", "ScanType")],
        )),
        PartKind::AccountSetting => Some(registry(
            part,
            "aws_ecr_account_setting",
            &[("name", "Name"), ("value", "Value")],
        )),
    };
    one.into_iter().collect()
}

/// A map of properties in the making.
struct Properties<'n, 's> {
    from: &'n Node<'s>,
    entries: Vec<Entry<'s>>,
}

impl<'n, 's> Properties<'n, 's> {
    fn of(from: &'n Node<'s>) -> Self {
        Properties {
            from,
            entries: Vec::new(),
        }
    }

    fn put(&mut self, name: &'static str, value: Node<'s>) {
        self.entries.push(Entry {
            key: Spanned::new(name.into(), value.place()),
            value,
        });
    }

    /// The value at `key` under another name; a policy in it decoded.
    fn take(&mut self, key: &str, name: &'static str) {
        if let Some(value) = self.from.get(key) {
            self.put(name, decoded(value));
        }
    }

    /// The values at `inner` of the items of the list at `key`, as a list. An item without one stays as it is.
    fn take_each(&mut self, key: &str, inner: &str, name: &'static str) {
        let Some(list) = self.from.get(key) else {
            return;
        };
        let items = list
            .items()
            .iter()
            .map(|item| item.get(inner).unwrap_or(item).clone());
        self.put(name, Node::new(list.loc, NodeKind::List(items.collect())));
    }

    /// The path of the thing's name: as it stands there, else as its ARN has it (`role/ci/exec`).
    fn take_path(&mut self) {
        self.take("Path", "Path");
        let arn = self.from.get("Arn").filter(|_| !self.from.has("Path"));
        let resource = arn.and_then(|arn| arn.as_str()?.split(':').nth(5));
        let path = resource.and_then(|resource| {
            let from = resource.find('/')?;
            resource.get(from..=resource.rfind('/')?)
        });
        if let (Some(path), Some(arn)) = (path, arn) {
            self.put("Path", text(path, arn.place()));
        }
    }

    fn node(self) -> Node<'s> {
        Node {
            kind: NodeKind::Map(self.entries),
            ..Node::new(self.from.loc, NodeKind::Null)
        }
    }
}

fn text<'s>(value: &str, loc: Loc) -> Node<'s> {
    let text = Text::verbatim(value.to_string(), Style::Plain, loc.span.start);
    Node::new(loc, NodeKind::Text(text))
}

/// What an output of its kind leaves out.
fn unknown<'s>(what: &str, of: &Node<'_>) -> Node<'s> {
    let loc = of.place();
    let name = format!("{}:{}#{what}", loc.file.0, loc.span.start);
    let unknown = Unknown::new(name, format!("<{what}>"), Why::Elsewhere);
    Node::new(loc, NodeKind::Unknown(Box::new(unknown)))
}

fn label(node: &Node<'_>, keys: &[&str]) -> String {
    name(node, keys).unwrap_or("").to_string()
}

fn registry_account(part: &Part<'_, '_>) -> Option<Template> {
    let id = |node: &Node<'_>| node.get("registryId").and_then(value::template);
    id(part.node).or_else(|| id(part.around))
}

fn principal<'s>(part: &Part<'_, 's>, kind: Principal, sight: Sight) -> Lowered<'s> {
    let node = part.node;
    let (kind, name, inline) = match kind {
        Principal::Role => ("AWS::IAM::Role", "RoleName", "RolePolicyList"),
        Principal::User => ("AWS::IAM::User", "UserName", "UserPolicyList"),
        Principal::Group => ("AWS::IAM::Group", "GroupName", "GroupPolicyList"),
    };
    let mut properties = Properties::of(node);
    properties.take(name, name);
    properties.take_path();
    properties.take("AssumeRolePolicyDocument", "AssumeRolePolicyDocument");
    properties.take("GroupList", "Groups");
    properties.take_each("AttachedManagedPolicies", "PolicyArn", "ManagedPolicyArns");
    if let Some(list) = node.get(inline) {
        let items = list.items().iter().map(|item| {
            let mut policy = Properties::of(item);
            policy.take("PolicyName", "PolicyName");
            policy.take("PolicyDocument", "PolicyDocument");
            policy.node()
        });
        let list = Node::new(list.loc, NodeKind::List(items.collect()));
        properties.put("Policies", list);
    }
    if sight == Sight::Listed && kind != "AWS::IAM::Group" {
        properties.put("PermissionsBoundary", unknown("boundary", node));
        properties.put("Tags", unknown("tags", node));
    } else {
        let boundary = node.get("PermissionsBoundary");
        if let Some(arn) = boundary.and_then(|one| one.get("PermissionsBoundaryArn")) {
            properties.put("PermissionsBoundary", arn.clone());
        }
        properties.take("Tags", "Tags");
    }
    // An output that was cut down by hand says nothing of what was cut.
    let is_all = sight == Sight::All && node.has(inline) && node.has("AttachedManagedPolicies");
    let in_sight = if is_all { "all" } else { "none" };
    properties.put(IN_SIGHT, text(in_sight, node.loc));
    Lowered {
        kind,
        label: label(node, &[name]),
        arn: arn(node),
        account: None,
        properties: properties.node(),
    }
}

/// A managed policy with its version in force, if that is there.
fn managed_policy<'s>(part: &Part<'_, 's>) -> Option<Lowered<'s>> {
    let node = part.node;
    let versions = node.get("PolicyVersionList").map_or(&[][..], Node::items);
    let version = versions
        .iter()
        .chain(part.around.get("PolicyVersion"))
        .find(|version| is_in_force(version, node))?;
    let mut properties = Properties::of(node);
    properties.take("PolicyName", "ManagedPolicyName");
    properties.take_path();
    properties.put("PolicyDocument", decoded(version.get("Document")?));
    Some(Lowered {
        kind: "AWS::IAM::ManagedPolicy",
        label: label(node, &["PolicyName"]),
        arn: arn(node),
        account: None,
        properties: properties.node(),
    })
}

fn is_in_force(version: &Node<'_>, policy: &Node<'_>) -> bool {
    let told = version.get("IsDefaultVersion").and_then(Node::as_bool);
    told.unwrap_or_else(|| {
        let id = version.get("VersionId").and_then(Node::as_str);
        id.is_some() && id == policy.get("DefaultVersionId").and_then(Node::as_str)
    })
}

/// A version of a policy whose name the path tells, if anything does.
fn policy_version<'s>(part: &Part<'_, 's>, path: &str) -> Option<Lowered<'s>> {
    let node = part.node;
    if node.get("IsDefaultVersion").and_then(Node::as_bool) == Some(false) {
        return None;
    }
    let mut properties = Properties::of(node);
    properties.take("Document", "PolicyDocument");
    let given = name(part.around, &["PolicyName"]);
    let named = given.or_else(|| owner::of(path, owner::VERSION).map(|(_, name)| name));
    if let Some(name) = named {
        properties.put("ManagedPolicyName", text(name, node.loc));
        // Its path is not known; only the name is.
        properties.put("Path", unknown("path", node));
    }
    Some(Lowered {
        kind: "AWS::IAM::ManagedPolicy",
        label: named.unwrap_or("policy version").to_string(),
        arn: part.around.get("PolicyArn").and_then(value::template),
        account: None,
        properties: properties.node(),
    })
}

fn inline_policy<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let node = part.node;
    let kind = match ["RoleName", "UserName"].map(|key| node.has(key)) {
        [true, _] => "AWS::IAM::RolePolicy",
        [_, true] => "AWS::IAM::UserPolicy",
        _ => "AWS::IAM::GroupPolicy",
    };
    let mut properties = Properties::of(node);
    for key in [
        "RoleName",
        "UserName",
        "GroupName",
        "PolicyName",
        "PolicyDocument",
    ] {
        // The names of what is taken are the names of what is put.
        properties.take(key, key);
    }
    Lowered {
        kind,
        label: label(node, &["PolicyName"]),
        arn: None,
        account: None,
        properties: properties.node(),
    }
}

/// All inline policies of a principal by name, or all managed ones: of the principal that the output names beside, or its
/// path.
fn closure<'s>(
    part: &Part<'_, 's>,
    path: &str,
    calls: &[(&'static str, Principal)],
) -> Option<Lowered<'s>> {
    let beside = [
        (Principal::Role, "RoleName", "Role"),
        (Principal::User, "UserName", "User"),
        (Principal::Group, "GroupName", "Group"),
    ];
    let told = beside.iter().find_map(|(kind, key, inner)| {
        let around = part.around;
        let node = around
            .get(key)
            .or_else(|| around.get(inner).and_then(|inner| inner.get(key)))?;
        Some((*kind, node.as_str()?.to_string()))
    });
    let by_path = || owner::of(path, calls).map(|(kind, name)| (kind, name.to_string()));
    let (owner, owner_name) = told.or_else(by_path)?;
    let is_managed = part.kind == PartKind::AttachedPolicies;
    let (kind, key) = match (owner, is_managed) {
        (Principal::Role, true) => ("aws_iam_role_policy_attachments_exclusive", "RoleName"),
        (Principal::User, true) => ("aws_iam_user_policy_attachments_exclusive", "UserName"),
        (Principal::Group, true) => ("aws_iam_group_policy_attachments_exclusive", "GroupName"),
        (Principal::Role, false) => ("aws_iam_role_policies_exclusive", "RoleName"),
        (Principal::User, false) => ("aws_iam_user_policies_exclusive", "UserName"),
        (Principal::Group, false) => ("aws_iam_group_policies_exclusive", "GroupName"),
    };
    let mut properties = Properties::of(part.node);
    properties.put(key, text(&owner_name, part.node.loc));
    if is_managed {
        let arns = part.node.items().iter();
        let arns = arns.filter_map(|item| item.get("PolicyArn")).cloned();
        let list = Node::new(part.node.loc, NodeKind::List(arns.collect()));
        properties.put("PolicyArns", list);
    } else {
        properties.put("PolicyNames", part.node.clone());
    }
    let mut list = properties.node();
    // A page that is not the last is not all.
    let is_cut = part.around.get("IsTruncated").and_then(Node::as_bool) == Some(true)
        || part.around.has("NextToken");
    if is_cut && let NodeKind::Map(entries) = &mut list.kind {
        let rest = unknown("next page[*]", part.node);
        if let Some(entry) = entries.last_mut()
            && let NodeKind::List(items) = &mut entry.value.kind
        {
            items.push(rest);
        }
    }
    let first = part.node.items().first();
    Some(Lowered {
        kind,
        label: owner_name,
        // The account of the principal is that of its own policies, not of AWS's.
        arn: first
            .and_then(|item| item.get("PolicyArn"))
            .and_then(value::template)
            .filter(|arn| !arn.contains(":iam::aws:")),
        account: None,
        properties: list,
    })
}

fn entities<'s>(part: &Part<'_, 's>, path: &str) -> Option<Lowered<'s>> {
    let node = part.node;
    let mut properties = Properties::of(node);
    let by_path = || {
        let (_, name) = owner::of(path, owner::ENTITIES)?;
        Some(text(name, node.loc))
    };
    let policy = node.get("PolicyArn").cloned().or_else(by_path)?;
    let label = policy.as_str().unwrap_or("").to_string();
    let arn = value::template(&policy).filter(|arn| !arn.contains(":iam::aws:"));
    properties.put("PolicyArn", policy);
    properties.take_each("PolicyRoles", "RoleName", "Roles");
    properties.take_each("PolicyUsers", "UserName", "Users");
    properties.take_each("PolicyGroups", "GroupName", "Groups");
    Some(Lowered {
        kind: "aws_iam_policy_attachment",
        label,
        arn,
        account: None,
        properties: properties.node(),
    })
}

fn instance_profile<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let mut properties = Properties::of(part.node);
    properties.take("InstanceProfileName", "InstanceProfileName");
    properties.take_path();
    properties.take_each("Roles", "RoleName", "Roles");
    Lowered {
        kind: "AWS::IAM::InstanceProfile",
        label: label(part.node, &["InstanceProfileName"]),
        arn: arn(part.node),
        account: None,
        properties: properties.node(),
    }
}

fn oidc_provider<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let mut properties = Properties::of(part.node);
    properties.take("Url", "Url");
    properties.take("ClientIDList", "ClientIdList");
    Lowered {
        kind: "AWS::IAM::OIDCProvider",
        label: label(part.node, &["Url"]),
        arn: None,
        account: None,
        properties: properties.node(),
    }
}

fn repository<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let node = part.node;
    let arn = arn(node);
    let is_public = arn.as_ref().is_some_and(|arn| arn.contains(":ecr-public:"));
    let mut properties = Properties::of(node);
    properties.take("repositoryName", "RepositoryName");
    properties.take("imageTagMutability", "ImageTagMutability");
    properties.take(
        "imageTagMutabilityExclusionFilters",
        "ImageTagMutabilityExclusionFilters",
    );
    properties.take("imageScanningConfiguration", "ImageScanningConfiguration");
    properties.put("Tags", unknown("tags", node));
    // The description says nothing of the policy; it has its own call.
    properties.put("RepositoryPolicyText", unknown("policy", node));
    Lowered {
        kind: if is_public {
            "AWS::ECR::PublicRepository"
        } else {
            "AWS::ECR::Repository"
        },
        label: label(node, &["repositoryName"]),
        arn,
        account: registry_account(part),
        properties: properties.node(),
    }
}

/// The output of `aws ecr get-repository-policy`, or of `aws ecr-public get-repository-policy`, which looks the same and
/// names actions of ECR Public only.
fn repository_policy<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let text = part.node.get("policyText").and_then(Node::as_text);
    let is_public = text.is_some_and(|text| {
        let text = text.value.to_ascii_lowercase();
        text.contains("\"ecr-public:") && !text.contains("\"ecr:")
    });
    registry(
        part,
        if is_public {
            "aws_ecrpublic_repository_policy"
        } else {
            "aws_ecr_repository_policy"
        },
        &[("repositoryName", "Repository"), ("policyText", "Policy")],
    )
}

/// Something of a registry that says its account and not its Region.
fn registry<'s>(
    part: &Part<'_, 's>,
    kind: &'static str,
    names: &[(&'static str, &'static str)],
) -> Lowered<'s> {
    let mut properties = Properties::of(part.node);
    for (key, name) in names {
        properties.take(key, name);
    }
    Lowered {
        kind,
        label: label(
            part.node,
            &["repositoryName", "ecrRepositoryPrefix", "prefix"],
        ),
        arn: None,
        account: registry_account(part),
        properties: properties.node(),
    }
}

fn replication<'s>(part: &Part<'_, 's>) -> Lowered<'s> {
    let node = part.node;
    let rules = node.get("rules").map_or(&[][..], Node::items).iter();
    let rules = rules.map(|rule| {
        let mut out = Properties::of(rule);
        let destinations = rule.get("destinations").map_or(&[][..], Node::items).iter();
        let destinations = destinations.map(|one| {
            let mut out = Properties::of(one);
            out.take("region", "Region");
            out.take("registryId", "RegistryId");
            out.node()
        });
        let list = NodeKind::List(destinations.collect());
        out.put("Destinations", Node::new(rule.loc, list));
        out.take("repositoryFilters", "RepositoryFilters");
        out.node()
    });
    let list = Node::new(node.loc, NodeKind::List(rules.collect()));
    let mut properties = Properties::of(node);
    properties.put("Rules", list);
    Lowered {
        kind: "AWS::ECR::ReplicationConfiguration",
        label: "replication".to_string(),
        arn: None,
        account: registry_account(part),
        properties: properties.node(),
    }
}
