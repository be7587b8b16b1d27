//! Machines of a cluster as Karpenter and eksctl describe them: which role their pods' images are pulled with.
//!
//! <https://karpenter.sh/docs/concepts/nodeclasses/>, <https://eksctl.io/usage/schema/>

use super::{reference, value};
use crate::model::compute::{Instances, InstancesKind};
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::Node;

/// Whether an object describes machines.
pub(super) fn describes_nodes(node: &Node<'_>, kind: &str) -> bool {
    let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or("");
    match kind {
        "EC2NodeClass" | "AWSNodeTemplate" => version.starts_with("karpenter.k8s.aws/"),
        "NodeClass" => version.starts_with("eks.amazonaws.com/"),
        "ClusterConfig" => version.starts_with("eksctl.io/"),
        _ => false,
    }
}

/// The machines. A role that is made up or chosen elsewhere is a hole: such machines exist, and nobody knows what they may.
pub(super) fn read(node: &Node<'_>, origin: &Origin, path: &str) -> Vec<Instances> {
    let Some(spec) = node.get("spec") else {
        return of_cluster(node, origin, path);
    };
    let id = format!("{path}#{}", origin.label);
    let role = value(spec, "role", reference);
    let profile = value(spec, "instanceProfile", reference);
    vec![machines(
        origin,
        InstancesKind::NodeGroup,
        id,
        role,
        profile,
    )]
}

/// The groups of a configuration of eksctl, and its Fargate profiles.
fn of_cluster(node: &Node<'_>, origin: &Origin, path: &str) -> Vec<Instances> {
    let groups = ["nodeGroups", "managedNodeGroups"]
        .into_iter()
        .flat_map(|key| node.get(key).map_or(&[][..], Node::items))
        .map(|group| {
            let iam = group.get("iam");
            let given = |key: &str| value(iam?, key, reference);
            (
                group,
                InstancesKind::NodeGroup,
                given("instanceRoleARN"),
                given("instanceProfileARN"),
            )
        });
    let profiles = node
        .get("fargateProfiles")
        .map_or(&[][..], Node::items)
        .iter()
        .map(|profile| {
            let role = value(profile, "podExecutionRoleARN", reference);
            (profile, InstancesKind::FargateProfile, role, None)
        });
    groups
        .chain(profiles)
        .map(|(group, kind, role, profile)| {
            let name = value(group, "name", reference).map(|name| name.value.to_string());
            let origin = Origin {
                loc: group.loc,
                label: name.unwrap_or_else(|| origin.label.clone()),
                ..origin.clone()
            };
            let id = format!("{path}@{}", group.loc.span.start);
            machines(&origin, kind, id, role, profile)
        })
        .collect()
}

fn machines(
    origin: &Origin,
    kind: InstancesKind,
    id: String,
    role: Option<Spanned<Template>>,
    profile: Option<Spanned<Template>>,
) -> Instances {
    let unknown = || {
        let hole = Template::hole(format!("{id}#role"), "<role>");
        Spanned::new(hole, origin.loc)
    };
    let role = match &profile {
        Some(_) => role,
        None => Some(role.unwrap_or_else(unknown)),
    };
    Instances {
        role,
        profile,
        ..Instances::new(origin.clone(), kind, Template::hole(id.clone(), "<id>"))
    }
}
