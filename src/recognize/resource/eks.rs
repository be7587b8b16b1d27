//! Service accounts and the roles that pods get with them.

use super::block::{Block, blocks, field, reference, role, scalar};
use super::{Declared, Kinds};
use crate::model::role::ServiceAccount;
use crate::recognize::{Recognized, placeholders};

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::EKS::PodIdentityAssociation", pod_identity),
    ("kubernetes_service_account", service_account),
    ("kubernetes_service_account_v1", service_account),
];

/// The annotation that names a role
/// (<https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>).
const ROLE_ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html>
fn pod_identity(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    if let Some(name) = reference(properties, "ServiceAccount") {
        out.facts.service_accounts.push(ServiceAccount {
            origin: declared.origin.clone(),
            namespace: reference(properties, "Namespace"),
            name,
            role: role(properties, "RoleArn"),
            pull_secrets: Vec::new(),
        });
    }
}

/// A service account as Terraform's provider for Kubernetes has it
/// (<https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/resources/service_account_v1>).
fn service_account(declared: &Declared<'_>, out: &mut Recognized) {
    let properties = &declared.properties;
    let metadata = Block::of(properties, "Metadata");
    let Some(name) = metadata.reference("Name") else {
        return;
    };
    let annotation = metadata
        .known()
        .and_then(|metadata| field(metadata, "Annotations"))
        .and_then(|annotations| {
            let mut entries = annotations.entries().iter();
            entries.find(|entry| entry.key.value.eq_ignore_ascii_case(ROLE_ANNOTATION))
        });
    let secrets = ["ImagePullSecrets", "ImagePullSecret"]
        .into_iter()
        .flat_map(|name| blocks(properties, name));
    out.facts.service_accounts.push(ServiceAccount {
        origin: declared.origin.clone(),
        namespace: metadata.reference("Namespace"),
        name,
        role: annotation.map(|entry| scalar(&entry.value, placeholders::read_reference)),
        pull_secrets: secrets
            .filter_map(|secret| reference(secret, "Name"))
            .collect(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::resource::specimen::{all, facts, given, shown, survives};

    #[test]
    fn roles_of_service_accounts() {
        let pod = facts(
            "AWS::EKS::PodIdentityAssociation",
            "{ClusterName: c, Namespace: n, ServiceAccount: app, RoleArn: ⟨role⟩}",
        );
        let terraform = facts(
            "kubernetes_service_account",
            "
Metadata: [{Name: app, Namespace: n, Annotations: {Eks.amazonaws.com/role-arn: ⟨role⟩, other: x}}]
ImagePullSecrets: [{Name: s}]
",
        );
        for (facts, secrets) in [(pod, vec![]), (terraform, vec!["s".to_string()])] {
            let [account] = facts.service_accounts.as_slice() else {
                panic!("{:?}", facts.service_accounts)
            };
            assert_eq!(shown(&account.name.value), "app");
            assert_eq!(given(&account.namespace).as_deref(), Some("n"));
            assert_eq!(given(&account.role).as_deref(), Some("⟨role⟩"));
            assert_eq!(all(&account.pull_secrets), secrets);
        }
    }

    #[test]
    fn accounts_without_a_role_or_a_name() {
        let plain = facts("kubernetes_service_account", "{Metadata: {Name: app}}");
        assert!(
            plain
                .service_accounts
                .iter()
                .all(|account| account.role.is_none())
        );
        assert_eq!(plain.service_accounts.len(), 1);
        assert!(
            facts("kubernetes_service_account", "{Metadata: {}}")
                .service_accounts
                .is_empty()
        );
    }

    #[test]
    fn wrong_types_do_no_harm() {
        for (kind, _) in KINDS {
            survives(
                kind,
                &[
                    "Metadata",
                    "Metadata.Annotations",
                    "ImagePullSecrets",
                    "ServiceAccount",
                    "RoleArn",
                ],
            );
        }
    }
}
