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
