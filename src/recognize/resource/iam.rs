//! Roles, users, groups, policies, and what attaches policies to them.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html>. The kinds of Terraform are those
//! whose resource has no twin there (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs>).

use super::property::{self, Texts};
use super::{Attribute, Declared, Kinds};
use crate::model::policy::{Layer, Policy};
use crate::model::role::{
    Attached, Attachment, Closed, Closure, InstanceProfile, ManagedPolicy, OidcProvider,
    PoliciesInSight, PrincipalKind, Role,
};
use crate::model::template::Template;
use crate::recognize::Recognized;
use crate::source::{Loc, Spanned};
use crate::tree::Node;
use std::sync::Arc;

/// What is read here.
pub(super) const KINDS: Kinds = &[
    ("AWS::IAM::Role", role),
    ("AWS::IAM::User", user),
    ("AWS::IAM::Group", group),
    ("AWS::IAM::ManagedPolicy", managed_policy),
    ("AWS::IAM::Policy", inline_policy),
    ("AWS::IAM::RolePolicy", inline_policy),
    ("AWS::IAM::UserPolicy", inline_policy),
    ("AWS::IAM::GroupPolicy", inline_policy),
    ("AWS::IAM::InstanceProfile", instance_profile),
    ("AWS::IAM::OIDCProvider", oidc_provider),
    ("AWS::IAM::UserToGroupAddition", membership),
    ("aws_iam_user_group_membership", membership),
    ("aws_iam_role_policy_attachment", attachment),
    ("aws_iam_user_policy_attachment", attachment),
    ("aws_iam_group_policy_attachment", attachment),
    ("aws_iam_policy_attachment", attachment),
    ("aws_iam_role_policies_exclusive", exclusive),
    ("aws_iam_user_policies_exclusive", exclusive),
    ("aws_iam_group_policies_exclusive", exclusive),
    ("aws_iam_role_policy_attachments_exclusive", exclusive),
    ("aws_iam_user_policy_attachments_exclusive", exclusive),
    ("aws_iam_group_policy_attachments_exclusive", exclusive),
];

/// The property of a snapshot's declaration that tells how much of a principal's policies it shows; no dialect that people
/// write has it.
pub(in crate::recognize) const IN_SIGHT: &str = "PoliciesInSight";

/// Properties that name principals of one kind: one principal, and several.
struct Names {
    kind: PrincipalKind,
    one: [&'static str; 2],
    many: &'static str,
}

const NAMES: [Names; 3] = [
    Names {
        kind: PrincipalKind::Role,
        one: ["RoleName", "Role"],
        many: "Roles",
    },
    Names {
        kind: PrincipalKind::User,
        one: ["UserName", "User"],
        many: "Users",
    },
    Names {
        kind: PrincipalKind::Group,
        one: ["GroupName", "Group"],
        many: "Groups",
    },
];

fn role(one: &Declared<'_>, recognized: &mut Recognized) {
    principal(one, PrincipalKind::Role, recognized);
}

fn user(one: &Declared<'_>, recognized: &mut Recognized) {
    principal(one, PrincipalKind::User, recognized);
}

fn group(one: &Declared<'_>, recognized: &mut Recognized) {
    principal(one, PrincipalKind::Group, recognized);
}

fn principal(one: &Declared<'_>, kind: PrincipalKind, recognized: &mut Recognized) {
    let properties = &one.properties;
    let mut unread = one.unread();
    let in_sight = in_sight(one);
    if in_sight == PoliciesInSight::None {
        unread.push(properties.place());
    }
    let trust = properties
        .get("AssumeRolePolicyDocument")
        .and_then(|node| property::declared_policy(one, node, Layer::Trust, recognized));
    let inline = inline_policies(one, recognized, &mut unread);
    let mut list = |name: &str, read: fn(&Node<'_>) -> Texts| {
        let texts = properties.get(name).map(read);
        let Texts {
            items,
            unread: more,
        } = texts.unwrap_or_default();
        unread.extend(more);
        items
    };
    let managed = list("ManagedPolicyArns", property::texts);
    let groups = list("Groups", property::names);
    let boundary = properties
        .get("PermissionsBoundary")
        .filter(|node| !node.is_null());
    let read_boundary = boundary.and_then(property::text);
    if let (Some(node), None) = (boundary, &read_boundary) {
        unread.push(node.place());
    }
    let (tags, tags_are_read) = one.tags();
    recognized.facts.roles.push(Role {
        origin: one.origin.clone(),
        kind,
        name: one.name(),
        arn: one.arn(),
        trust,
        inline,
        managed,
        boundary: read_boundary,
        groups,
        tags,
        tags_are_read,
        in_sight,
        unread,
    });
}

fn in_sight(one: &Declared<'_>) -> PoliciesInSight {
    let told = one.properties.get(IN_SIGHT).and_then(Node::as_str);
    match told.filter(|_| one.origin.scope.is_snapshot) {
        Some("all") => PoliciesInSight::All,
        Some(_) => PoliciesInSight::None,
        None => PoliciesInSight::Declared,
    }
}

/// `Policies`: a list of `{PolicyName, PolicyDocument}`.
fn inline_policies(
    one: &Declared<'_>,
    recognized: &mut Recognized,
    unread: &mut Vec<Loc>,
) -> Vec<Arc<Policy>> {
    let Some(list) = one.properties.get("Policies") else {
        return Vec::new();
    };
    let mut policies = Vec::new();
    for item in list.one_or_many() {
        let document = item.get("PolicyDocument");
        let policy = document
            .and_then(|node| property::declared_policy(one, node, Layer::Identity, recognized));
        match policy {
            Some(policy) => policies.push(policy),
            None => unread.push(document.unwrap_or(item).place()),
        }
    }
    policies
}

fn managed_policy(one: &Declared<'_>, recognized: &mut Recognized) {
    let policy = document(one, recognized);
    let (name, arn) = (one.name(), one.arn());
    for (kind, to) in targets(one) {
        let what = Attached::Managed(Spanned::new(arn.clone(), name.loc));
        attach(one, Some(kind), to, what, recognized);
    }
    recognized.facts.managed_policies.push(ManagedPolicy {
        origin: one.origin.clone(),
        name,
        arn,
        policy,
    });
}

fn inline_policy(one: &Declared<'_>, recognized: &mut Recognized) {
    let policy = document(one, recognized);
    for (kind, to) in targets(one) {
        let what = Attached::Inline(policy.clone());
        attach(one, Some(kind), to, what, recognized);
    }
}

/// `PolicyDocument`, as an identity policy.
fn document(one: &Declared<'_>, recognized: &mut Recognized) -> Option<Arc<Policy>> {
    let node = one.properties.get_any(&["PolicyDocument", "Policy"])?;
    property::declared_policy(one, node, Layer::Identity, recognized)
}

fn attachment(one: &Declared<'_>, recognized: &mut Recognized) {
    let Some(arn) = one.text("PolicyArn") else {
        return;
    };
    for (kind, to) in targets(one) {
        attach(
            one,
            Some(kind),
            to,
            Attached::Managed(arn.clone()),
            recognized,
        );
    }
}

/// Members of a group: of one group several users, or of one user several groups.
fn membership(one: &Declared<'_>, recognized: &mut Recognized) {
    let of_kind = |wanted: PrincipalKind| -> Vec<Spanned<Template>> {
        targets(one)
            .into_iter()
            .filter(|(kind, _)| *kind == wanted)
            .flat_map(|(_, to)| to)
            .collect()
    };
    let users = of_kind(PrincipalKind::User);
    for group in of_kind(PrincipalKind::Group) {
        let kind = Some(PrincipalKind::User);
        attach(
            one,
            kind,
            users.clone(),
            Attached::Membership(group),
            recognized,
        );
    }
}

/// Who is named by the declaration, by kind of principal; a list that is not known is one hole.
fn targets(one: &Declared<'_>) -> Vec<(PrincipalKind, Vec<Spanned<Template>>)> {
    let mut targets = Vec::new();
    for Names {
        kind,
        one: single,
        many,
    } in NAMES
    {
        let node = one
            .properties
            .get_any(&single)
            .or_else(|| one.properties.get(many));
        let to = node.map(property::names).unwrap_or_default().items;
        if !to.is_empty() {
            targets.push((kind, to));
        }
    }
    targets
}

fn attach(
    one: &Declared<'_>,
    kind: Option<PrincipalKind>,
    to: Vec<Spanned<Template>>,
    what: Attached,
    recognized: &mut Recognized,
) {
    recognized.facts.attachments.push(Attachment {
        origin: one.origin.clone(),
        to,
        kind,
        what,
    });
}

/// Terraform's word that there are no other policies than these. The managed ones it attaches itself; the inline ones it
/// only keeps (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policies_exclusive>).
fn exclusive(one: &Declared<'_>, recognized: &mut Recognized) {
    let arns = one.properties.get("PolicyArns").map(property::texts);
    let names = one.properties.get("PolicyNames").map(property::names);
    for (kind, to) in targets(one) {
        for arn in arns.iter().flat_map(|arns| &arns.items) {
            let what = Attached::Managed(arn.clone());
            attach(one, Some(kind), to.clone(), what, recognized);
        }
        let (what, list) = match (&arns, &names) {
            (Some(arns), _) => (Closed::Managed, arns),
            (None, Some(names)) => (Closed::Inline(names.items.clone()), names),
            (None, None) => return,
        };
        if list.unread.is_empty() {
            recognized
                .facts
                .closures
                .extend(to.into_iter().map(|to| Closure {
                    origin: one.origin.clone(),
                    to,
                    kind,
                    what: what.clone(),
                }));
        }
    }
}

fn instance_profile(one: &Declared<'_>, recognized: &mut Recognized) {
    let role = one.properties.get_any(&["Roles", "Role"]);
    recognized.facts.instance_profiles.push(InstanceProfile {
        origin: one.origin.clone(),
        name: one.name(),
        arn: one.arn(),
        role: role
            .map(property::names)
            .and_then(|roles| roles.items.into_iter().next()),
    });
}

fn oidc_provider(one: &Declared<'_>, recognized: &mut Recognized) {
    let audiences = one.properties.get("ClientIdList").map(property::texts);
    let Texts { items, unread } = audiences.unwrap_or_default();
    recognized.facts.oidc_providers.push(OidcProvider {
        origin: one.origin.clone(),
        arn: one.arn(),
        // The name of a provider is its URL without the scheme.
        url: Spanned::new(
            one.attribute(Attribute::Name),
            one.text("Url")
                .map_or(one.properties.place(), |url| url.loc),
        ),
        audiences: items,
        complete: unread.is_empty(),
    });
}

#[cfg(test)]
mod tests;
