//! AWS's own policies: what one of them says, or at least whether there is one of that name.
//!
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html>. AWS changes
//! these policies; the tables hold what was published when they were collected.

use super::managed_policies::{MANAGED_POLICIES, MANAGED_POLICY_NAMES};
use super::partition;
use std::borrow::Cow;

/// An AWS managed policy whose text is in the tables.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// Such as `AmazonECSTaskExecutionRolePolicy`.
    pub name: &'static str,
    /// What stands between `policy/` and the name in its ARN: empty, or `service-role/` and its like.
    pub path: &'static str,
    /// The number of the last version that has one in the sources, such as `v3`.
    pub version: &'static str,
    /// Whether `text` is a later version, whose number is not known.
    pub is_later: bool,
    /// The document, as JSON for the partition `aws`.
    pub text: &'static str,
}

/// What is known of the policy behind an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Managed {
    /// Its document, as JSON, for the partition of the ARN.
    Known(Cow<'static, str>),
    /// That AWS has a policy of that name and path, and no more.
    NamedOnly,
    /// Nothing: it is none of AWS's, or newer than the tables.
    Unknown,
}

/// Looks up the ARN of an AWS managed policy, `arn:aws:iam::aws:policy/…`, of any partition. The other partitions have
/// the same policies with their own partition in the ARNs; not every policy exists in each of them.
pub fn managed_policy(arn: &str) -> Managed {
    let Some((partition, path, name)) = parts(arn) else {
        return Managed::Unknown;
    };
    if managed_policy_path(name) != Some(path) {
        return Managed::Unknown;
    }
    let text = MANAGED_POLICIES
        .binary_search_by(|policy| policy.name.cmp(name))
        .ok()
        .and_then(|at| MANAGED_POLICIES.get(at))
        .map(|policy| policy.text);
    match text {
        None => Managed::NamedOnly,
        Some(text) if partition == "aws" => Managed::Known(Cow::Borrowed(text)),
        Some(text) => Managed::Known(Cow::Owned(
            text.replace("\"arn:aws:", &format!("\"arn:{partition}:")),
        )),
    }
}

/// The path of the AWS managed policy of that name, with a slash at its end unless it is empty; `None` if no such policy
/// is known.
pub fn managed_policy_path(name: &str) -> Option<&'static str> {
    MANAGED_POLICY_NAMES
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .ok()
        .and_then(|at| MANAGED_POLICY_NAMES.get(at))
        .map(|(_, path)| *path)
}

/// Partition, path and name of the ARN of an AWS managed policy.
fn parts(arn: &str) -> Option<(&str, &str, &str)> {
    let (name_of_partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    partition(name_of_partition)?;
    let resource = rest.strip_prefix("iam::aws:policy/")?;
    let cut = resource.rfind('/').map_or(0, |slash| slash + 1);
    let (path, name) = resource.split_at_checked(cut)?;
    Some((name_of_partition, path, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_agree() {
        assert_eq!(MANAGED_POLICIES.len(), 44);
        assert_eq!(MANAGED_POLICY_NAMES.len(), 1570);
        assert!(MANAGED_POLICIES.is_sorted_by_key(|policy| policy.name));
        assert!(MANAGED_POLICY_NAMES.is_sorted_by_key(|(name, _)| *name));
        for policy in MANAGED_POLICIES {
            assert_eq!(managed_policy_path(policy.name), Some(policy.path));
        }
    }

    #[test]
    fn policies_are_found_by_their_whole_arn() {
        let known =
            managed_policy("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
        assert!(
            matches!(known, Managed::Known(text) if text.contains("ecr:GetAuthorizationToken"))
        );
        let named = managed_policy("arn:aws-us-gov:iam::aws:policy/AIOpsReadOnlyAccess");
        assert_eq!(named, Managed::NamedOnly);
        for arn in [
            // The path is missing, the path is one too many, the account is a customer's, no such partition.
            "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy",
            "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:amazon:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/administratoraccess",
            "arn:aws:iam::aws:policy/",
            "AdministratorAccess",
        ] {
            assert_eq!(managed_policy(arn), Managed::Unknown, "{arn}");
        }
    }

    #[test]
    fn another_partition_has_its_own_arns() {
        let name = "service-role/AWSBatchServiceRole";
        let here = managed_policy(&format!("arn:aws:iam::aws:policy/{name}"));
        let there = managed_policy(&format!("arn:aws-cn:iam::aws:policy/{name}"));
        let (Managed::Known(here), Managed::Known(there)) = (here, there) else {
            panic!("the text is known");
        };
        assert!(here.contains("\"arn:aws:") && !there.contains("\"arn:aws:"));
        assert_eq!(here.replace("\"arn:aws:", "\"arn:aws-cn:"), there);
        // Names of services are the same in every partition.
        assert!(there.contains("\"ec2.amazonaws.com.cn\""));
    }
}
