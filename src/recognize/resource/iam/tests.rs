//! What is read of each kind of declaration, and of what could not be worked out.

use super::super::specimen::{all, facts, given, recognized, shown, survives};
use super::*;
use crate::model::Facts;
use std::sync::Arc;

const ROLE: &str = r#"
RoleName: exec-⟨env⟩
Path: /ci/
AssumeRolePolicyDocument:
  Version: 2012-10-17
  Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
ManagedPolicyArns:
  - arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
  - ⟨t#Policy⟩
Policies:
  - PolicyName: map
    PolicyDocument: {Statement: [{Effect: Allow, Action: ecr:*, Resource: '*'}]}
  - PolicyName: text
    PolicyDocument: '{"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:eu-west-1:⟨account⟩:repository/a"}]}'
PermissionsBoundary: arn:aws:iam::123456789012:policy/limit
Tags: [{Key: team, Value: MY_TEAM}]
"#;

fn only(facts: &Facts) -> &Role {
    let [role] = facts.roles.as_slice() else {
        panic!("{:?}", facts.roles)
    };
    role
}

#[test]
fn a_role_with_everything() {
    let facts = facts("AWS::IAM::Role", ROLE);
    let role = only(&facts);
    assert_eq!(role.kind, PrincipalKind::Role);
    assert_eq!(shown(&role.name.value), "exec-⟨env⟩");
    assert_eq!(
        shown(&role.arn),
        "arn:aws:iam::⟨t#account⟩:role/ci/exec-⟨env⟩"
    );
    assert_eq!(
        all(&role.managed),
        [
            "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
            "⟨t#Policy⟩"
        ]
    );
    assert_eq!(
        given(&role.boundary).as_deref(),
        Some("arn:aws:iam::123456789012:policy/limit")
    );
    assert_eq!(role.tags, [("team".to_string(), "MY_TEAM".into())]);
    assert!(role.tags_are_read && role.unread.is_empty());
    assert_eq!(role.in_sight, PoliciesInSight::Declared);
    let layers: Vec<_> = facts
        .policies
        .iter()
        .map(|policy| {
            assert!(policy.layer_is_certain);
            assert_eq!(
                policy.origin.as_ref().map(|origin| origin.label.as_str()),
                Some("r0")
            );
            policy.layer
        })
        .collect();
    assert_eq!(layers, [Layer::Trust, Layer::Identity, Layer::Identity]);
    let trust = role.trust.as_ref().expect("a trust policy");
    assert!(facts.policies.iter().any(|one| Arc::ptr_eq(one, trust)));
    let [map, text] = role.inline.as_slice() else {
        panic!("{:?}", role.inline)
    };
    assert!(map.document.size.is_some() && text.document.size.is_none());
    let resource = text.document.statements.first().expect("one");
    let resource = resource.resource.as_ref().expect("a resource");
    assert_eq!(
        all(&resource.values),
        ["arn:aws:ecr:eu-west-1:⟨account⟩:repository/a"]
    );
    let start = u32::try_from(ROLE.find("exec-").expect("the name")).expect("short");
    assert_eq!(role.name.loc.span.start, start);
}

#[test]
fn a_name_that_aws_makes_up_is_a_hole_that_nothing_else_equals() {
    let facts = facts("AWS::IAM::Role", "Path: ⟨p⟩");
    let role = only(&facts);
    assert_eq!(shown(&role.name.value), "⟨t#r0⟩");
    assert_eq!(shown(&role.arn), "arn:aws:iam::⟨t#account⟩:role⟨p⟩⟨t#r0⟩");
    assert_eq!(role.name.loc, role.origin.loc);
    assert!(role.trust.is_none());
}

#[test]
fn names_in_capitals_are_names_and_words_in_arns_are_not() {
    let facts = facts(
        "AWS::IAM::Role",
        "RoleName: MY_ROLE\nManagedPolicyArns: 'arn:aws:iam::ACCOUNT_ID:policy/x'\n",
    );
    let role = only(&facts);
    assert_eq!(shown(&role.name.value), "MY_ROLE");
    assert_eq!(all(&role.managed), ["arn:aws:iam::⟨ACCOUNT_ID⟩:policy/x"]);
}

#[test]
fn what_cannot_be_read_is_told() {
    let unread = |text: &'static str| {
        let facts = facts("AWS::IAM::Role", text);
        let role = only(&facts);
        let places: Vec<&str> = role
            .unread
            .iter()
            .map(|loc| text.get(loc.span.range()).expect("a place"))
            .collect();
        (places, role.inline.len(), role.managed.len())
    };
    for (text, expected) in [
        ("⟨x⟩", (vec!["⟨x⟩"], 0, 0)),
        (
            "{'Fn::Transform': {Name: x}}",
            (vec!["'Fn::Transform'"], 0, 0),
        ),
        ("Policies: ⟨x⟩", (vec!["⟨x⟩"], 0, 0)),
        ("Policies: [⟨x⟩]", (vec!["⟨x⟩"], 0, 0)),
        (
            "Policies: [{PolicyName: a}, 7]",
            (vec!["{PolicyName: a}", "7"], 0, 0),
        ),
        (
            "Policies: [{PolicyDocument: ⟨x⟩}, {PolicyDocument: {Statement: []}}]",
            (vec!["⟨x⟩"], 1, 0),
        ),
        (
            "Policies: [{PolicyDocument: '{\"Statement\": [{⟨x⟩}]}'}]",
            (vec!["'{\"Statement\": [{⟨x⟩}]}'"], 0, 0),
        ),
        ("ManagedPolicyArns: ⟨x⟩", (vec!["⟨x⟩"], 0, 1)),
        (
            "ManagedPolicyArns: ['arn:a', '⟨x[*]⟩']",
            (vec!["'⟨x[*]⟩'"], 0, 2),
        ),
        ("ManagedPolicyArns: ['arn:a', ⟨?x⟩]", (vec!["⟨?x⟩"], 0, 2)),
        ("ManagedPolicyArns: ['arn:a', ⟨x⟩]", (vec![], 0, 2)),
        ("ManagedPolicyArns: [['arn:a']]", (vec!["['arn:a']"], 0, 0)),
        ("ManagedPolicyArns: {a: b}", (vec!["{a: b}"], 0, 0)),
        ("PermissionsBoundary: {a: b}", (vec!["{a: b}"], 0, 0)),
        ("PermissionsBoundary: ⟨x⟩", (vec![], 0, 0)),
        (
            "PermissionsBoundary: ~\nPolicies: ~\nManagedPolicyArns: ~",
            (vec![], 0, 0),
        ),
        ("", (vec![], 0, 0)),
    ] {
        assert_eq!(unread(text), expected, "{text}");
    }
}

#[test]
fn only_json_that_nothing_excuses_is_a_problem() {
    let policy = |document: &str| -> &'static str {
        let text = format!("RoleName: a\nPolicyName: b\nPolicyDocument: {document}\n");
        Box::leak(text.into_boxed_str())
    };
    let read = |document: &str| recognized(&[("AWS::IAM::RolePolicy", policy(document))]);
    let broken = read("'{\"Statement\": [}'");
    assert_eq!(broken.problems.len(), 1);
    for open in [
        "'{\"Statement\": [⟨x⟩}'",
        "'{\"Statement\": ${x}}'",
        "'{\"Statement\": [{% if x %}]}'",
        "file.json",
        "'[1]'",
        "7",
        "~",
        "[]",
        "⟨x⟩",
    ] {
        let read = read(open);
        assert_eq!(read.problems, [], "{open}");
        assert!(read.facts.policies.is_empty(), "{open}");
        assert!(
            matches!(
                read.facts.attachments.as_slice(),
                [Attachment {
                    what: Attached::Inline(None),
                    ..
                }]
            ),
            "{open}"
        );
    }
    let odd = read("{}");
    assert_eq!(
        odd.facts.policies.len(),
        1,
        "an empty policy is a wrong one"
    );
}

#[test]
fn users_and_groups() {
    let user = facts(
        "AWS::IAM::User",
        "{UserName: ci, Groups: [builders, ⟨t#Group⟩], Path: /a/}",
    );
    let user = only(&user);
    assert_eq!(user.kind, PrincipalKind::User);
    assert_eq!(shown(&user.arn), "arn:aws:iam::⟨t#account⟩:user/a/ci");
    assert_eq!(all(&user.groups), ["builders", "⟨t#Group⟩"]);
    assert!(user.unread.is_empty(), "a reference is one group");
    let group = facts("AWS::IAM::Group", "{GroupName: builders}");
    assert_eq!(only(&group).kind, PrincipalKind::Group);
    for (kind, text, expected) in [
        (
            "AWS::IAM::UserToGroupAddition",
            "{GroupName: builders, Users: [a, b]}",
            vec![("builders", vec!["a", "b"])],
        ),
        (
            "aws_iam_user_group_membership",
            "{User: a, Groups: [x, y]}",
            vec![("x", vec!["a"]), ("y", vec!["a"])],
        ),
        ("aws_iam_user_group_membership", "{User: a}", vec![]),
    ] {
        let facts = facts(kind, text);
        let found: Vec<_> = facts
            .attachments
            .iter()
            .map(|one| match &one.what {
                Attached::Membership(group) => (shown(&group.value), all(&one.to)),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(group, users)| {
                let users: Vec<_> = users.iter().map(ToString::to_string).collect();
                (group.to_string(), users)
            })
            .collect();
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn managed_policies_and_whom_they_name() {
    let facts = facts(
        "AWS::IAM::ManagedPolicy",
        "{Path: /team/, ManagedPolicyName: pull, Roles: [⟨t#Role⟩], Users: [u], PolicyDocument: {Statement: []}}",
    );
    let [policy] = facts.managed_policies.as_slice() else {
        panic!("{:?}", facts.managed_policies)
    };
    assert_eq!(
        shown(&policy.arn),
        "arn:aws:iam::⟨t#account⟩:policy/team/pull"
    );
    let document = policy.policy.as_ref().expect("a document");
    assert!(Arc::ptr_eq(document, facts.policies.first().expect("it")));
    let found: Vec<_> = facts
        .attachments
        .iter()
        .map(|one| match &one.what {
            Attached::Managed(arn) => (one.kind, all(&one.to), shown(&arn.value)),
            other => panic!("{other:?}"),
        })
        .collect();
    let arn = || shown(&policy.arn);
    assert_eq!(
        found,
        [
            (
                Some(PrincipalKind::Role),
                vec!["⟨t#Role⟩".to_string()],
                arn()
            ),
            (Some(PrincipalKind::User), vec!["u".to_string()], arn())
        ]
    );
    let unread = super::super::specimen::facts("AWS::IAM::ManagedPolicy", "{PolicyDocument: ⟨x⟩}");
    let policy = unread.managed_policies.first().expect("it");
    assert!(policy.policy.is_none());
    assert_eq!(shown(&policy.name.value), "⟨t#r0⟩");
}

#[test]
fn attachments_of_every_kind() {
    for (kind, text, expected) in [
        (
            "aws_iam_role_policy_attachment",
            "{Role: ⟨r⟩, PolicyArn: 'arn:aws:iam::1:policy/x'}",
            vec![(PrincipalKind::Role, "⟨r⟩")],
        ),
        (
            "aws_iam_user_policy_attachment",
            "{User: u, PolicyArn: ⟨p⟩}",
            vec![(PrincipalKind::User, "u")],
        ),
        (
            "aws_iam_group_policy_attachment",
            "{Group: g, PolicyArn: ⟨p⟩}",
            vec![(PrincipalKind::Group, "g")],
        ),
        (
            "aws_iam_policy_attachment",
            "{Name: n, Roles: [r], Users: ⟨u⟩, Groups: [], PolicyArn: ⟨p⟩}",
            vec![(PrincipalKind::Role, "r"), (PrincipalKind::User, "⟨u⟩")],
        ),
        (
            "AWS::IAM::Policy",
            "{PolicyName: n, Roles: [r], PolicyDocument: {Statement: []}}",
            vec![(PrincipalKind::Role, "r")],
        ),
        (
            "AWS::IAM::UserPolicy",
            "{PolicyName: n, UserName: u, PolicyDocument: {Statement: []}}",
            vec![(PrincipalKind::User, "u")],
        ),
        (
            "AWS::IAM::GroupPolicy",
            "{PolicyName: n, GroupName: g, PolicyDocument: {Statement: []}}",
            vec![(PrincipalKind::Group, "g")],
        ),
        ("aws_iam_role_policy_attachment", "{Role: r}", vec![]),
        ("aws_iam_role_policy_attachment", "⟨x⟩", vec![]),
    ] {
        let facts = facts(kind, text);
        let found: Vec<_> = facts
            .attachments
            .iter()
            .map(|one| (one.kind.expect("a kind"), all(&one.to).join(",")))
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(kind, to)| (kind, to.to_string()))
            .collect();
        assert_eq!(found, expected, "{kind}");
        let is_inline = kind.starts_with("AWS::");
        assert!(
            facts
                .attachments
                .iter()
                .all(|one| matches!(one.what, Attached::Inline(Some(_))) == is_inline)
        );
    }
}

#[test]
fn exclusive_lists_close() {
    let managed = facts(
        "aws_iam_role_policy_attachments_exclusive",
        "{RoleName: r, PolicyArns: ['arn:aws:iam::aws:policy/A', ⟨b⟩]}",
    );
    assert_eq!(managed.attachments.len(), 2);
    let closure = managed.closures.first().expect("a closure");
    assert_eq!(
        (closure.kind, shown(&closure.to.value)),
        (PrincipalKind::Role, "r".to_string())
    );
    assert!(matches!(closure.what, Closed::Managed));
    let inline = facts(
        "aws_iam_user_policies_exclusive",
        "{UserName: u, PolicyNames: [a]}",
    );
    assert!(inline.attachments.is_empty());
    assert!(matches!(
        inline.closures.as_slice(),
        [Closure { what: Closed::Inline(names), kind: PrincipalKind::User, .. }] if names.len() == 1
    ));
    for open in [
        "{RoleName: r, PolicyArns: ⟨x⟩}",
        "{RoleName: r, PolicyArns: ['⟨x[*]⟩']}",
        "{RoleName: r}",
    ] {
        let facts = facts("aws_iam_role_policy_attachments_exclusive", open);
        assert!(facts.closures.is_empty(), "{open}");
    }
}

#[test]
fn profiles_and_providers() {
    let profile = facts(
        "AWS::IAM::InstanceProfile",
        "{InstanceProfileName: host, Roles: [⟨t#Role⟩]}",
    );
    let profile = profile.instance_profiles.first().expect("a profile");
    assert_eq!(given(&profile.role).as_deref(), Some("⟨t#Role⟩"));
    let terraform = facts("AWS::IAM::InstanceProfile", "{Role: r}");
    let terraform = terraform.instance_profiles.first().expect("a profile");
    assert_eq!(given(&terraform.role).as_deref(), Some("r"));
    let provider = facts(
        "AWS::IAM::OIDCProvider",
        "{Url: 'https://token.actions.githubusercontent.com', ClientIdList: [sts.amazonaws.com]}",
    );
    let provider = provider.oidc_providers.first().expect("a provider");
    assert_eq!(
        shown(&provider.url.value),
        "token.actions.githubusercontent.com"
    );
    assert_eq!(
        shown(&provider.arn),
        "arn:aws:iam::⟨t#account⟩:oidc-provider/token.actions.githubusercontent.com"
    );
    assert!(provider.complete);
    let open = facts("AWS::IAM::OIDCProvider", "{ClientIdList: ⟨x⟩}");
    let open = open.oidc_providers.first().expect("a provider");
    assert!(!open.complete);
    assert_eq!(shown(&open.url.value), "⟨t#r0⟩");
}

#[test]
fn a_declaration_cannot_claim_to_be_a_snapshot() {
    let facts = facts("AWS::IAM::Role", "{RoleName: r, PoliciesInSight: all}");
    assert_eq!(only(&facts).in_sight, PoliciesInSight::Declared);
}

#[test]
fn odd_values_do_no_harm() {
    for (kind, _) in KINDS {
        survives(
            kind,
            &[
                "RoleName",
                "Path",
                "AssumeRolePolicyDocument",
                "PolicyDocument",
                "Policies",
                "Policies.PolicyDocument",
                "ManagedPolicyArns",
                "PermissionsBoundary",
                "Groups",
                "Roles",
                "Role",
                "Users",
                "User",
                "PolicyArn",
                "PolicyArns",
                "PolicyNames",
                "Tags",
                "Tags.Key",
                "Tags.Value",
                "Url",
                "ClientIdList",
            ],
        );
    }
}
