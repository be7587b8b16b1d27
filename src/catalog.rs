//! What AWS publishes: embedded, dated facts.
//!
//! A leaf that every room may read. The tables are generated from the project's reference data by
//! `.ci/generate-catalog.py` and are `const`, so that a start costs nothing; this file holds their types and the ways to
//! look something up. Whoever asks must mind that tables age: an action or a Region that is not listed may be new. That
//! is why [`Service::is_complete`] and [`Standing::Plausible`] exist.

mod actions;
mod errors;
mod managed;
mod managed_policies;
pub mod nearest;
mod operations;
mod partitions;
mod prefixes;

pub use actions::SERVICES;
pub use errors::ERRORS;
pub use managed::{Managed, ManagedPolicy, managed_policy, managed_policy_path};
pub use managed_policies::{MANAGED_POLICIES, MANAGED_POLICY_NAMES};
pub use operations::OPERATIONS;
pub use partitions::{
    LAYER_BUCKET_ARN, PARTITIONS, PUBLIC_API_REGIONS, PUBLIC_LOGIN_REGION, PUBLIC_REGISTRY_HOSTS,
    REGISTRY_SUFFIXES, REPOSITORY_NAME_LENGTH,
};
pub use prefixes::PREFIXES;

/// How an action reaches into an account, in the words of the Service Authorization Reference
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Sees that something exists.
    List,
    /// Reads content.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags only.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

/// A service with the actions we know of it.
#[derive(Debug)]
pub struct Service {
    /// The prefix of its actions: `ecr`.
    pub prefix: &'static str,
    /// Its page of the Service Authorization Reference.
    pub page: &'static str,
    /// Whether `actions` holds every action the page lists; `false` where only those on the image path are kept.
    pub is_complete: bool,
    /// The kinds of resource its actions act on.
    pub resource_types: &'static [ResourceType],
    /// Its actions, in order of name.
    pub actions: &'static [Action],
}

/// A kind of resource.
#[derive(Debug)]
pub struct ResourceType {
    /// Such as `repository`.
    pub name: &'static str,
    /// The ARN with `${Partition}` and its like to fill in.
    pub arn: &'static str,
}

/// A kind of resource an action acts on.
#[derive(Debug)]
pub struct ResourceUse {
    /// The name of a [`ResourceType`] of the same service.
    pub name: &'static str,
    /// Whether every request names one.
    pub is_required: bool,
}

/// One action.
#[derive(Debug)]
pub struct Action {
    /// The prefix of its service: `ecr`.
    pub service: &'static str,
    /// Such as `PutImage`.
    pub name: &'static str,
    /// Its access level.
    pub access: Access,
    /// Whether there is no API operation of that name, so that it is authorized as a part of other calls only; `None`
    /// if that is not known.
    pub is_permission_only: Option<bool>,
    /// The kinds of resource it acts on; empty if it has no resource-level permissions, which means that only a policy
    /// with `"Resource": "*"` can grant it.
    pub resources: &'static [ResourceUse],
    /// The service's condition keys that a request may carry, those of its resources included. Global keys (`aws:…`)
    /// are listed only where the service lists them.
    pub condition_keys: &'static [&'static str],
    /// Actions that the caller may need besides.
    pub dependent_actions: &'static [&'static str],
}

impl Action {
    /// The action as a policy writes it: `ecr:PutImage`.
    pub fn qualified(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// Whether a policy can grant it for some resources and not for others. Where it cannot, the resource of a request
    /// is `*` and only the pattern `*` matches it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_actions-resources-contextkeys.html>).
    pub fn has_resource_level(&self) -> bool {
        !self.resources.is_empty()
    }

    /// Whether the action acts on a resource of this kind.
    pub fn acts_on(&self, resource_type: &str) -> bool {
        self.resources.iter().any(|used| used.name == resource_type)
    }
}

/// Something a person or a service does with images, and the actions it is made of.
#[derive(Debug)]
pub struct Operation {
    /// Such as `ecr.push`.
    pub id: &'static str,
    /// What it is, in prose.
    pub title: &'static str,
    /// Who must be allowed, in prose.
    pub principal: &'static str,
    /// What must be allowed.
    pub permissions: &'static [Permission],
    /// Where AWS says so.
    pub sources: &'static [&'static str],
}

/// Actions on one kind of resource that an operation needs.
#[derive(Debug)]
pub struct Permission {
    /// Such as `ecr:PutImage`.
    pub actions: &'static [&'static str],
    /// An ARN pattern with `{partition}`, `{region}`, `{account}`, `{repository}` and others to fill in, or `*`.
    pub resource: &'static str,
    /// Whether it is always needed.
    pub need: Need,
    /// When it is needed, in prose.
    pub when: Option<&'static str>,
    /// Which layers can grant it; empty means identity policies, and repository policies for actions on repositories.
    pub via: &'static [Grantor],
}

/// Whether a [`Permission`] is always needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Required,
    /// As [`Permission::when`] says.
    Conditional,
}

/// A layer that can grant a [`Permission`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantor {
    /// Identity policies.
    Identity,
    /// The repository's policy.
    Repository,
    /// The registry's policy.
    Registry,
    /// The registry's policy, if its scope is version 2.
    RegistryV2,
}

/// A partition: a set of Regions with names, accounts and host names of its own.
#[derive(Debug)]
pub struct Partition {
    /// The second field of its ARNs: `aws-cn`.
    pub name: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// The end of its dual-stack host names.
    pub dual_stack_dns_suffix: &'static str,
    /// The end of its dual-stack registry hosts, if there are any.
    pub dual_stack_registry_suffix: Option<&'static str>,
    /// The Region that global services count as.
    pub global_region: &'static str,
    /// How the names of its Regions begin; one word and one number follow.
    pub region_stems: &'static [&'static str],
    /// Its Regions, in order of name.
    pub regions: &'static [Region],
}

/// A Region.
#[derive(Debug)]
pub struct Region {
    /// Such as `eu-west-1`.
    pub name: &'static str,
    /// Such as `Europe (Ireland)`.
    pub title: &'static str,
    /// Whether ECR lists an endpoint there.
    pub has_ecr: bool,
    /// Whether ECR lists a FIPS endpoint there.
    pub has_ecr_fips: bool,
}

/// What somebody reads when an operation is refused.
#[derive(Debug)]
pub struct ErrorMessage {
    /// The number by which rules name it.
    pub number: u16,
    /// Where it appears: `Login`, `Push`, `ECS`.
    pub group: &'static str,
    /// The message, in Markdown.
    pub text: &'static str,
    /// What brings it about, in Markdown.
    pub cause: &'static str,
}

/// The service of that prefix (any letter case), if its actions are in the tables.
pub fn service(prefix: &str) -> Option<&'static Service> {
    SERVICES
        .iter()
        .find(|service| service.prefix.eq_ignore_ascii_case(prefix))
}

/// Whether IAM knows the service prefix (any letter case).
pub fn is_service_prefix(prefix: &str) -> bool {
    PREFIXES
        .binary_search(&prefix.to_ascii_lowercase().as_str())
        .is_ok()
}

/// The action `name` of `service`, both in any letter case: IAM compares actions so
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>).
pub fn action(service: &str, name: &str) -> Option<&'static Action> {
    actions_of(service)
        .iter()
        .find(|action| action.name.eq_ignore_ascii_case(name))
}

/// The action written as `ecr:PutImage`, in any letter case.
pub fn qualified_action(qualified: &str) -> Option<&'static Action> {
    let (service, name) = qualified.split_once(':')?;
    action(service, name)
}

/// The actions we know of a service, in order of name; empty for a service that is not in the tables. Ask
/// [`Service::is_complete`] before calling an action unknown.
pub fn actions_of(service_prefix: &str) -> &'static [Action] {
    service(service_prefix).map_or(&[], |service| service.actions)
}

/// The ARN template of a kind of resource.
pub fn resource_type(service_prefix: &str, name: &str) -> Option<&'static ResourceType> {
    service(service_prefix)?
        .resource_types
        .iter()
        .find(|kind| kind.name == name)
}

/// The operation of that id.
pub fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}

/// The actions that an operation always needs, login included, in the order of the table.
pub fn required_actions(id: &str) -> impl Iterator<Item = &'static str> {
    operation(id)
        .map_or(&[][..], |operation| operation.permissions)
        .iter()
        .filter(|permission| permission.need == Need::Required && permission.when.is_none())
        .flat_map(|permission| permission.actions.iter().copied())
}

/// The partition of that name.
pub fn partition(name: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.name == name)
}

/// The Region of that name.
pub fn region(name: &str) -> Option<&'static Region> {
    PARTITIONS
        .iter()
        .find_map(|partition| partition.region(name))
}

/// The partition a Region belongs to, also for a Region that is not listed but named like those that are.
pub fn partition_of_region(name: &str) -> Option<&'static Partition> {
    match standing_of_region(name) {
        Standing::Listed(partition) | Standing::Plausible(partition) => Some(partition),
        Standing::Impossible => None,
    }
}

/// Whether there can be a Region of that name: it is listed or named like those that are.
pub fn is_plausible_region(name: &str) -> bool {
    partition_of_region(name).is_some()
}

/// What is known of a Region's name.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// It is in the table, in this partition.
    Listed(&'static Partition),
    /// It is not, but it is named like the Regions of this partition; it may be newer than the table.
    Plausible(&'static Partition),
    /// No partition has Regions of such names.
    Impossible,
}

/// What is known of a Region's name.
pub fn standing_of_region(name: &str) -> Standing {
    if let Some(partition) = PARTITIONS
        .iter()
        .find(|partition| partition.region(name).is_some())
    {
        return Standing::Listed(partition);
    }
    PARTITIONS
        .iter()
        .find(|partition| partition.may_have_region(name))
        .map_or(Standing::Impossible, Standing::Plausible)
}

/// Every listed Region, in order of partition and name.
pub fn regions() -> impl Iterator<Item = &'static Region> {
    PARTITIONS
        .iter()
        .flat_map(|partition| partition.regions.iter())
}

impl Partition {
    /// The partition's Region of that name.
    pub fn region(&self, name: &str) -> Option<&'static Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    /// Whether the name has the form of the partition's Regions.
    pub fn may_have_region(&self, name: &str) -> bool {
        self.region_stems.iter().any(|stem| {
            name.strip_prefix(stem)
                .and_then(|rest| rest.split_once('-'))
                .is_some_and(|(word, number)| {
                    !word.is_empty()
                        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                        && !number.is_empty()
                        && number.bytes().all(|b| b.is_ascii_digit())
                })
        })
    }

    /// The ARN pattern of the objects in the bucket that ECR serves layers from in a Region of this partition
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).
    pub fn layer_bucket_arn(&self, region: &str) -> String {
        LAYER_BUCKET_ARN
            .replace("{partition}", self.name)
            .replace("{region}", region)
    }
}

/// The partitions whose private registries have hosts that end in this suffix (`amazonaws.com`); empty if none has.
/// Where two share it, the Region decides.
pub fn partitions_of_registry_suffix(suffix: &str) -> &'static [&'static str] {
    REGISTRY_SUFFIXES
        .iter()
        .find(|(listed, _)| *listed == suffix)
        .map_or(&[], |(_, partitions)| partitions)
}

/// The message of that number.
pub fn error_message(number: u16) -> Option<&'static ErrorMessage> {
    ERRORS.iter().find(|message| message.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_in_any_letter_case() {
        let put = action("ECR", "putimage").expect("ecr:PutImage");
        assert_eq!(put.qualified(), "ecr:PutImage");
        assert!(put.acts_on("repository"));
        assert!(
            !action("ecr", "GetAuthorizationToken")
                .expect("login")
                .has_resource_level()
        );
        assert!(action("ecr", "BatchGetDownloadUrlForLayer").is_none());
        assert!(qualified_action("ecr-public:PutImage").is_some());
        assert!(qualified_action("ecr").is_none());
    }

    #[test]
    fn tables_are_in_order_and_agree_with_each_other() {
        assert_eq!(PREFIXES.len(), 456);
        assert!(PREFIXES.is_sorted());
        for service in SERVICES {
            assert!(is_service_prefix(service.prefix), "{}", service.prefix);
            assert!(service.actions.iter().map(|action| action.name).is_sorted());
            for action in service.actions {
                assert_eq!(action.service, service.prefix);
                for used in action.resources {
                    assert!(
                        resource_type(service.prefix, used.name).is_some(),
                        "{}",
                        used.name
                    );
                }
            }
        }
        for operation in OPERATIONS {
            for named in operation
                .permissions
                .iter()
                .flat_map(|permission| permission.actions)
            {
                let (prefix, name) = named.split_once(':').expect("a prefix");
                assert!(is_service_prefix(prefix), "{named}");
                if service(prefix).is_some_and(|service| service.is_complete) {
                    assert!(action(prefix, name).is_some(), "{named}");
                }
            }
        }
        for (at, message) in ERRORS.iter().enumerate() {
            assert_eq!(usize::from(message.number), at + 1);
        }
        assert_eq!(ERRORS.len(), 75);
    }

    #[test]
    fn the_push_set_is_the_documented_one() {
        let push: Vec<_> = required_actions("ecr.push").collect();
        assert_eq!(
            push,
            [
                "ecr:GetAuthorizationToken",
                "ecr:BatchCheckLayerAvailability",
                "ecr:InitiateLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:CompleteLayerUpload",
                "ecr:PutImage",
            ]
        );
        assert_eq!(required_actions("no.such.operation").count(), 0);
    }

    #[test]
    fn regions_stand_in_one_partition() {
        for (name, partition) in [
            ("eu-west-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-isob-east-1", "aws-iso-b"),
            ("ap-southeast-9", "aws"),
            ("us-iso-north-1", "aws-iso"),
        ] {
            assert_eq!(
                partition_of_region(name).map(|p| p.name),
                Some(partition),
                "{name}"
            );
        }
        for name in [
            "",
            "region",
            "us-east-1a",
            "us-east",
            "eu-west-",
            "EU-WEST-1",
            "us-gov-1-west",
        ] {
            assert!(!is_plausible_region(name), "{name}");
        }
        assert!(matches!(
            standing_of_region("ap-southeast-9"),
            Standing::Plausible(_)
        ));
        for partition in PARTITIONS {
            for region in partition.regions {
                let owners = PARTITIONS
                    .iter()
                    .filter(|p| p.may_have_region(region.name))
                    .count();
                assert_eq!(owners, 1, "{}", region.name);
            }
        }
    }

    #[test]
    fn layer_buckets_are_named_by_partition_and_region() {
        assert_eq!(
            partition("aws-us-gov")
                .map(|p| p.layer_bucket_arn("us-gov-west-1"))
                .as_deref(),
            Some("arn:aws-us-gov:s3:::prod-us-gov-west-1-starport-layer-bucket/*")
        );
        assert_eq!(
            partitions_of_registry_suffix("amazonaws.com"),
            ["aws", "aws-us-gov"]
        );
        assert!(partitions_of_registry_suffix("example.com").is_empty());
    }
}
