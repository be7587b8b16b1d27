//! What each output shows, alone and together with others.

use super::*;
use crate::model::Facts;
use crate::model::policy::Layer;
use crate::model::repository::RegistrySettingKind;
use crate::model::role::{Attached, Closed, PoliciesInSight, PrincipalKind, Role};
use crate::recognize::{DocumentKind, prefilter, recognize};
use crate::source::FileId;
use crate::tree::{Problem, Syntax, parse};

fn read_all(files: &[(&str, &str)]) -> (Facts, Vec<Problem>) {
    let (mut facts, mut problems) = (Facts::default(), Vec::new());
    for (at, (path, text)) in files.iter().enumerate() {
        assert!(prefilter::may_be_ours(text.as_bytes()), "{path}: {text}");
        let file = FileId(u32::try_from(at).expect("few files"));
        let parsed = parse(file, text, Syntax::of(path, text));
        assert_eq!(parsed.problems, [], "{path}");
        for document in &parsed.documents {
            let (kind, recognized) = recognize(&Subject {
                path,
                text,
                document,
            })
            .unwrap_or_else(|| panic!("{path}: nothing known"));
            assert_eq!(kind, DocumentKind::Snapshot, "{path}");
            facts.append(recognized.facts);
            problems.extend(recognized.problems);
        }
    }
    unite(&mut facts);
    (facts, problems)
}

fn read(files: &[(&str, &str)]) -> Facts {
    let (facts, problems) = read_all(files);
    assert_eq!(problems, []);
    facts
}

fn kind_of(text: &str) -> Option<DocumentKind> {
    let parsed = parse(FileId(0), text, Syntax::Json);
    let document = parsed.documents.first().expect("a document");
    let subject = Subject {
        path: "x.json",
        text,
        document,
    };
    recognize(&subject).map(|(kind, _)| kind)
}

fn role<'f>(facts: &'f Facts, name: &str) -> &'f Role {
    let found = facts
        .roles
        .iter()
        .filter(|role| role.name.value.as_literal() == Some(name));
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), 1, "{name}");
    found.first().expect("one")
}

const PULL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

/// The text percent-encoded, as the API gives it.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn details() -> String {
    format!(
        r#"{{
  "UserDetailList": [
    {{"Path": "/", "UserName": "ci", "UserId": "AIDA1", "Arn": "arn:aws:iam::123456789012:user/ci",
      "UserPolicyList": [{{"PolicyName": "p", "PolicyDocument": {PULL}}}], "GroupList": ["builders"], "AttachedManagedPolicies": []}}],
  "GroupDetailList": [
    {{"Path": "/", "GroupName": "builders", "Arn": "arn:aws:iam::123456789012:group/builders", "GroupPolicyList": [],
      "AttachedManagedPolicies": [{{"PolicyName": "push", "PolicyArn": "arn:aws:iam::123456789012:policy/team/push"}}]}}],
  "RoleDetailList": [
    {{"Path": "/ci/", "RoleName": "exec", "RoleId": "AROA1", "Arn": "arn:aws:iam::123456789012:role/ci/exec",
      "AssumeRolePolicyDocument": {TRUST},
      "InstanceProfileList": [{{"InstanceProfileName": "host", "Path": "/", "Arn": "arn:aws:iam::123456789012:instance-profile/host",
        "Roles": [{{"RoleName": "exec", "Arn": "arn:aws:iam::123456789012:role/ci/exec"}}]}}],
      "RolePolicyList": [{{"PolicyName": "pull", "PolicyDocument": "{encoded}"}}],
      "AttachedManagedPolicies": [{{"PolicyName": "push", "PolicyArn": "arn:aws:iam::123456789012:policy/team/push"}}],
      "PermissionsBoundary": {{"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/limit"}},
      "Tags": [{{"Key": "team", "Value": "a"}}]}}],
  "Policies": [
    {{"PolicyName": "push", "Path": "/team/", "Arn": "arn:aws:iam::123456789012:policy/team/push", "DefaultVersionId": "v2",
      "PolicyVersionList": [{{"VersionId": "v2", "IsDefaultVersion": true, "Document": {PULL}}},
                            {{"VersionId": "v1", "IsDefaultVersion": false, "Document": {{"Statement": []}}}}]}},
    {{"PolicyName": "ReadOnly", "Path": "/", "Arn": "arn:aws:iam::aws:policy/ReadOnly", "DefaultVersionId": "v9",
      "PolicyVersionList": [{{"VersionId": "v9", "IsDefaultVersion": true, "Document": {PULL}}}]}}]
}}"#,
        encoded = encoded(PULL)
    )
}

#[test]
fn authorization_details_show_all_of_everyone() {
    let text = details();
    let facts = read(&[("gaad.json", &text)]);
    let exec = role(&facts, "exec");
    assert_eq!(exec.kind, PrincipalKind::Role);
    assert_eq!(
        exec.arn.as_literal(),
        Some("arn:aws:iam::123456789012:role/ci/exec")
    );
    assert_eq!(exec.in_sight, PoliciesInSight::All);
    assert_eq!(exec.unread, []);
    assert_eq!((exec.inline.len(), exec.managed.len()), (1, 1));
    assert_eq!(exec.trust.as_ref().map(|one| one.layer), Some(Layer::Trust));
    let boundary = exec.boundary.as_ref().expect("a boundary");
    assert_eq!(
        boundary.value.as_literal(),
        Some("arn:aws:iam::123456789012:policy/limit")
    );
    assert_eq!(exec.tags, [("team".to_string(), "a".into())]);
    let scope = &exec.origin.scope;
    assert!(scope.is_snapshot);
    assert_eq!(scope.account.as_literal(), Some("123456789012"));
    assert_eq!(scope.region.as_literal(), None);

    let user = role(&facts, "ci");
    assert_eq!(
        (user.kind, user.in_sight),
        (PrincipalKind::User, PoliciesInSight::All)
    );
    assert_eq!(user.groups.len(), 1);
    assert_eq!(role(&facts, "builders").kind, PrincipalKind::Group);

    let [push, aws] = facts.managed_policies.as_slice() else {
        panic!("{:?}", facts.managed_policies)
    };
    assert_eq!(
        push.arn.as_literal(),
        Some("arn:aws:iam::123456789012:policy/team/push")
    );
    let document = &push.policy.as_ref().expect("a document").document;
    assert_eq!(document.statements.len(), 1, "the version in force");
    assert_eq!(
        aws.arn.as_literal(),
        Some("arn:aws:iam::aws:policy/ReadOnly")
    );
    assert!(aws.policy.is_some());
    let [profile] = facts.instance_profiles.as_slice() else {
        panic!("{:?}", facts.instance_profiles)
    };
    let in_profile = profile.role.as_ref().expect("a role");
    assert_eq!(in_profile.value.as_literal(), Some("exec"));

    // Trust and inline policy of the role, the user's policy, the managed one; AWS's own is nobody's to mend.
    assert_eq!(facts.policies.len(), 4);
    assert!(facts.policies.iter().all(|policy| policy.layer_is_certain));
    let inline = exec.inline.first().expect("a policy");
    let action = inline.document.statements.first().expect("one");
    let action = action.action.as_ref().expect("an action").values.first();
    let place = action.expect("a value").loc.span.range();
    assert_eq!(text.get(place), Some("%22ecr%3ABatchGetImage%22"));
}

#[test]
fn a_role_alone_shows_nothing_of_its_policies() {
    let role_text = format!(
        r#"{{"Role": {{"Path": "/", "RoleName": "exec", "RoleId": "AROA1", "Arn": "arn:aws:iam::123456789012:role/exec", "CreateDate": "2024-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": {TRUST}}}}}"#
    );
    let list = role_text.replacen("{\"Role\": ", "{\"Roles\": [", 1);
    let list = format!("{}]}}", list.strip_suffix('}').expect("a brace"));
    let facts = read(&[("get-role.json", &role_text)]);
    let exec = role(&facts, "exec");
    assert_eq!(exec.in_sight, PoliciesInSight::None);
    assert_eq!(exec.unread, [exec.origin.loc]);
    assert!(exec.trust.is_some() && exec.boundary.is_none() && exec.tags_are_read);

    let facts = read(&[("list-roles.json", &list)]);
    let exec = role(&facts, "exec");
    assert!(
        exec.boundary
            .as_ref()
            .is_some_and(|boundary| !boundary.value.is_known()),
        "a list does not tell the boundary"
    );
    assert!(!exec.tags_are_read);

    let gaad = details()
        .replace("role/ci/exec", "role/exec")
        .replace("\"/ci/\"", "\"/\"");
    for files in [
        [
            ("a.json", list.as_str()),
            ("b.json", role_text.as_str()),
            ("c.json", &gaad),
        ],
        [
            ("a.json", gaad.as_str()),
            ("b.json", &list),
            ("c.json", &role_text),
        ],
    ] {
        let facts = read(&files);
        assert_eq!(role(&facts, "exec").in_sight, PoliciesInSight::All);
    }
    let facts = read(&[("a.json", &list), ("b.json", &role_text)]);
    assert!(role(&facts, "exec").boundary.is_none(), "get-role tells");
}

fn get_role() -> String {
    format!(
        r#"{{"Role": {{"RoleName": "exec", "Arn": "arn:aws:iam::123456789012:role/exec", "CreateDate": "x", "AssumeRolePolicyDocument": "{}"}}}}"#,
        encoded(TRUST)
    )
}

const ATTACHED: &str = r#"{"AttachedPolicies": [{"PolicyName": "push", "PolicyArn": "arn:aws:iam::123456789012:policy/push"}]}"#;
const NAMES: &str = r#"{"PolicyNames": ["pull"]}"#;

fn inline_policy() -> String {
    format!(r#"{{"RoleName": "exec", "PolicyName": "pull", "PolicyDocument": {PULL}}}"#)
}

#[test]
fn three_calls_show_all_of_a_role() {
    let (role_text, inline) = (get_role(), inline_policy());
    let all: [(&str, &str); 4] = [
        ("s/exec/get-role.json", &role_text),
        ("s/exec/list-attached-role-policies.json", ATTACHED),
        ("s/exec/list-role-policies.json", NAMES),
        ("s/exec/get-role-policy-pull.json", &inline),
    ];
    let facts = read(&all);
    let exec = role(&facts, "exec");
    assert_eq!(exec.in_sight, PoliciesInSight::All);
    assert_eq!(exec.unread, []);
    let kinds: Vec<_> = facts
        .attachments
        .iter()
        .map(|one| {
            let to: Vec<_> = one.to.iter().map(|to| to.value.to_string()).collect();
            let what = match &one.what {
                Attached::Managed(arn) => arn.value.to_string(),
                Attached::Inline(Some(_)) => "inline".to_string(),
                other => panic!("{other:?}"),
            };
            (to, one.kind, what)
        })
        .collect();
    let exec_alone = || vec!["exec".to_string()];
    assert_eq!(
        kinds,
        [
            (
                exec_alone(),
                Some(PrincipalKind::Role),
                "arn:aws:iam::123456789012:policy/push".to_string()
            ),
            (
                exec_alone(),
                Some(PrincipalKind::Role),
                "inline".to_string()
            ),
        ]
    );
    assert_eq!(facts.closures.len(), 2);

    for left_out in 1..4 {
        let some: Vec<_> = (0..4)
            .filter(|at| *at != left_out)
            .filter_map(|at| all.get(at).copied())
            .collect();
        let facts = read(&some);
        let exec = role(&facts, "exec");
        assert_eq!(exec.in_sight, PoliciesInSight::None, "without {left_out}");
        assert_eq!(exec.unread, [exec.origin.loc]);
    }
}

#[test]
fn lists_that_say_nothing_of_their_owner_tell_nothing() {
    let facts = read(&[("a.json", ATTACHED), ("b.json", NAMES)]);
    assert!(facts.is_empty());
}

#[test]
fn a_page_that_is_not_the_last_closes_nothing() {
    for more in ["\"IsTruncated\": true", "\"NextToken\": \"x\""] {
        let text = ATTACHED.replacen('{', &format!("{{{more}, "), 1);
        let facts = read(&[("list-attached-role-policies-exec.json", &text)]);
        assert_eq!(facts.attachments.len(), 2, "one is unknown");
        assert!(facts.closures.is_empty());
    }
}

#[test]
fn several_outputs_in_one_file() {
    let together = format!(
        r#"[{{"Role": {{"RoleName": "exec", "Arn": "arn:aws:iam::123456789012:role/exec"}}, "AttachedPolicies": [], "PolicyNames": []}},
            {{"User": {{"UserName": "ci", "Arn": "arn:aws:iam::123456789012:user/ci"}}}},
            {inline}]"#,
        inline = inline_policy()
    );
    let facts = read(&[("all.json", &together)]);
    assert_eq!(role(&facts, "exec").in_sight, PoliciesInSight::All);
    assert_eq!(role(&facts, "ci").in_sight, PoliciesInSight::None);
    assert!(matches!(
        facts
            .closures
            .iter()
            .map(|one| &one.what)
            .collect::<Vec<_>>()[..],
        [Closed::Managed, Closed::Inline(_)]
    ));
    let inline = facts.attachments.first().expect("an attachment");
    assert_eq!(
        inline.origin.scope.account.as_literal(),
        Some("123456789012"),
        "the only account of the file"
    );
}

#[test]
fn versions_of_managed_policies() {
    let version = format!(
        r#"{{"PolicyVersion": {{"Document": "{}", "VersionId": "v3", "IsDefaultVersion": true, "CreateDate": "x"}}}}"#,
        encoded(PULL)
    );
    let facts = read(&[("get-policy-version-push.json", &version)]);
    let [policy] = facts.managed_policies.as_slice() else {
        panic!("{:?}", facts.managed_policies)
    };
    assert_eq!(policy.name.value.as_literal(), Some("push"));
    assert!(policy.policy.is_some() && !policy.arn.is_known());
    let nameless = read(&[("x.json", &version)]);
    assert_eq!(nameless.policies.len(), 1, "it is linted all the same");
    assert!(
        !nameless
            .managed_policies
            .first()
            .expect("one")
            .name
            .value
            .is_known()
    );

    let old = version.replace("true", "false");
    assert!(read(&[("get-policy-version-push.json", &old)]).is_empty());

    let both = version.replacen(
        '{',
        r#"{"Policy": {"PolicyName": "push", "Arn": "arn:aws:iam::123456789012:policy/team/push", "DefaultVersionId": "v3"}, "#,
        1,
    );
    let facts = read(&[("x.json", &both), ("y.json", &both)]);
    let [policy] = facts.managed_policies.as_slice() else {
        panic!("one policy: {:?}", facts.managed_policies)
    };
    assert_eq!(
        policy.arn.as_literal(),
        Some("arn:aws:iam::123456789012:policy/team/push"),
        "the path is in the ARN"
    );
}

#[test]
fn whom_a_policy_is_attached_to() {
    let text = r#"{"PolicyArn": "arn:aws:iam::aws:policy/X", "PolicyGroups": [{"GroupName": "g"}], "PolicyUsers": [], "PolicyRoles": [{"RoleName": "a", "RoleId": "A"}, {"RoleName": "b"}]}"#;
    let facts = read(&[("x.json", text)]);
    let to: Vec<_> = facts
        .attachments
        .iter()
        .map(|one| (one.kind, one.to.len()))
        .collect();
    assert_eq!(
        to,
        [
            (Some(PrincipalKind::Role), 2),
            (Some(PrincipalKind::Group), 1)
        ]
    );
}

#[test]
fn providers_and_profiles() {
    let provider = r#"{"Url": "token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": [], "CreateDate": "x"}"#;
    let profile = r#"{"InstanceProfile": {"InstanceProfileName": "host", "Arn": "arn:aws:iam::123456789012:instance-profile/p/host", "CreateDate": "x", "Roles": []}}"#;
    let facts = read(&[("a.json", provider), ("b.json", profile)]);
    let oidc = facts.oidc_providers.first().expect("a provider");
    assert_eq!(
        oidc.url.value.as_literal(),
        Some("token.actions.githubusercontent.com")
    );
    assert!(oidc.complete && oidc.audiences.len() == 1);
    let host = facts.instance_profiles.first().expect("a profile");
    assert_eq!(
        host.arn.as_literal(),
        Some("arn:aws:iam::123456789012:instance-profile/p/host")
    );
    assert!(host.role.is_none());
}

const REPOSITORIES: &str = r#"{"repositories": [
  {"repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/team/app", "registryId": "123456789012", "repositoryName": "team/app",
   "repositoryUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
   "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev-*"}], "imageScanningConfiguration": {"scanOnPush": true}},
  {"repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/other", "registryId": "123456789012", "repositoryName": "other"}]}"#;

fn repository_policy(name: &str) -> String {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}"#;
    format!(
        r#"{{"registryId": "123456789012", "repositoryName": "{name}", "policyText": "{}"}}"#,
        text.replace('"', "\\\"")
    )
}

#[test]
fn repositories_and_their_policies() {
    let facts = read(&[("a.json", REPOSITORIES)]);
    let [app, other] = facts.repositories.as_slice() else {
        panic!("{:?}", facts.repositories)
    };
    assert_eq!(app.mutable_tags.len(), 1);
    assert!(app.mutability.is_some() && app.scan_on_push.is_some());
    assert!(
        !app.policy_is_read && !app.tags_are_read,
        "another call tells"
    );
    assert!(!other.is_public);
    assert_eq!(app.origin.scope.region.as_literal(), Some("eu-west-1"));

    let policy = repository_policy("team/app");
    let facts = read(&[("p.json", &policy), ("a.json", REPOSITORIES)]);
    let [app, other] = facts.repositories.as_slice() else {
        panic!("{:?}", facts.repositories)
    };
    assert!(app.policy_is_read && app.policy.is_some());
    assert!(!other.policy_is_read);
    assert!(facts.repository_policies.is_empty(), "joined");
    let policy = facts.policies.first().expect("a policy");
    assert_eq!(policy.layer, Layer::Repository);

    let elsewhere = REPOSITORIES.replace("eu-west-1", "us-east-1");
    let unclear = repository_policy("team/app");
    let facts = read(&[
        ("a.json", REPOSITORIES),
        ("b.json", &elsewhere),
        ("p.json", &unclear),
    ]);
    assert_eq!(facts.repository_policies.len(), 1, "of which Region?");
    assert!(facts.repositories.iter().all(|one| one.policy.is_none()));

    let public = r#"{"repositories": [{"repositoryArn": "arn:aws:ecr-public::123456789012:repository/app", "registryId": "123456789012", "repositoryName": "app"}]}"#;
    let facts = read(&[("a.json", public)]);
    let app = facts.repositories.first().expect("a repository");
    assert!(app.is_public);
    assert_eq!(
        app.arn.as_literal(),
        Some("arn:aws:ecr-public::123456789012:repository/app")
    );
}

#[test]
fn settings_of_the_registry() {
    let lifecycle = r#"{"registryId": "123456789012", "repositoryName": "team/app", "lifecyclePolicyText": "{\"rules\":[]}"}"#;
    let registry_policy = r#"{"registryId": "123456789012", "policyText": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"ecr:ReplicateImage\",\"Resource\":\"*\"}]}"}"#;
    let cache = r#"{"pullThroughCacheRules": [{"ecrRepositoryPrefix": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io", "registryId": "123456789012", "credentialArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/x"}]}"#;
    let templates = r#"{"registryId": "123456789012", "repositoryCreationTemplates": [{"prefix": "ROOT", "appliedFor": ["PULL_THROUGH_CACHE"], "repositoryPolicy": "{\"Statement\": []}"}]}"#;
    let registry = r#"{"registryId": "123456789012", "replicationConfiguration": {"rules": [{"destinations": [{"region": "us-east-1", "registryId": "111122223333"}, {"region": "us-west-2"}],
        "repositoryFilters": [{"filter": "prod", "filterType": "PREFIX_MATCH"}]}]}}"#;
    let scanning = r#"{"registryId": "123456789012", "scanningConfiguration": {"scanType": "ENHANCED", "rules": []}}"#;
    let setting = r#"{"name": "REGISTRY_POLICY_SCOPE", "value": "V2"}"#;
    let facts = read(&[
        ("a.json", REPOSITORIES),
        ("b.json", lifecycle),
        ("c.json", registry_policy),
        ("d.json", cache),
        ("e.json", templates),
        ("f.json", registry),
        ("g.json", scanning),
        ("h.json", setting),
    ]);
    let app = facts.repositories.first().expect("a repository");
    let text = app.lifecycle.as_ref().expect("a lifecycle policy");
    assert_eq!(text.value.as_literal(), Some("{\"rules\":[]}"));
    let settings: Vec<_> = facts
        .registry_settings
        .iter()
        .map(|setting| {
            let account = setting.origin.scope.account.as_literal();
            (account == Some("123456789012"), &setting.kind)
        })
        .collect();
    assert!(
        matches!(
            settings[..],
            [
                (true, RegistrySettingKind::Policy(Some(_))),
                (
                    true,
                    RegistrySettingKind::PullThroughCache {
                        upstream: Some(_),
                        credential: Some(_),
                        ..
                    }
                ),
                (
                    true,
                    RegistrySettingKind::CreationTemplate {
                        policy: Some(_),
                        policy_is_read: true,
                        ..
                    }
                ),
                (true, RegistrySettingKind::Replication(_)),
                (true, RegistrySettingKind::Scanning(Some(_))),
                (false, RegistrySettingKind::PolicyScope(_)),
            ]
        ),
        "{settings:#?}"
    );
    let targets = facts
        .registry_settings
        .iter()
        .find_map(|one| match &one.kind {
            RegistrySettingKind::Replication(targets) => Some(targets),
            _ => None,
        });
    let [target] = targets.expect("replication").as_slice() else {
        panic!("a destination without a registry is none")
    };
    assert_eq!(target.prefixes, ["prod".into()]);
    assert_eq!(target.account.as_literal(), Some("111122223333"));
}

#[test]
fn redacted_accounts_are_holes() {
    let text = r#"{"Role": {"RoleName": "exec", "Arn": "arn:aws:iam::<ACCOUNT_ID>:role/exec", "CreateDate": "x"}}"#;
    let facts = read(&[("a.json", text)]);
    let exec = role(&facts, "exec");
    assert!(!exec.origin.scope.account.is_known());
    assert_eq!(exec.arn.to_string(), "arn:aws:iam::<ACCOUNT_ID>:role/exec");
}

#[test]
fn yaml_and_other_partitions() {
    let text =
        "Role:\n  Arn: arn:aws-cn:iam::123456789012:role/exec\n  RoleName: exec\n  CreateDate: x\n";
    let facts = read(&[("a.yaml", text)]);
    let exec = role(&facts, "exec");
    assert_eq!(exec.origin.scope.partition.as_literal(), Some("aws-cn"));
    assert_eq!(
        exec.arn.as_literal(),
        Some("arn:aws-cn:iam::123456789012:role/exec")
    );
}

#[test]
fn broken_policies_are_told_and_open_ones_are_not() {
    let with = |policy: &str| {
        format!(
            r#"{{"RoleName": "exec", "PolicyName": "pull", "PolicyDocument": {policy}, "x": "Statement"}}"#
        )
    };
    let (facts, problems) = read_all(&[("a.json", &with(r#""{\"Statement\": [}""#))]);
    assert_eq!(problems.len(), 1);
    assert!(matches!(
        facts.attachments.first().expect("one").what,
        Attached::Inline(None)
    ));
    for open in [
        r#""{\"Statement\": ${STATEMENTS}}""#,
        "null",
        "7",
        "[]",
        r#""text""#,
    ] {
        let (facts, problems) = read_all(&[("a.json", &with(open))]);
        assert_eq!(problems, [], "{open}");
        assert!(facts.policies.is_empty());
        assert_eq!(facts.attachments.len(), 1);
    }
}

#[test]
fn other_files_are_no_snapshots() {
    for text in [
        r#"{"Roles": [{"RoleName": "a"}], "Users": ["b"], "Groups": null}"#,
        r#"{"Role": {"RoleName": "a", "Arn": "arn:aws:sso::x"}}"#,
        r#"{"repositories": [{"repositoryName": "a", "repositoryArn": 7}]}"#,
        r#"{"policyText": "We value your privacy"}"#,
        r#"{"AttachedPolicies": ["a"], "PolicyNames": [{"a": 1}]}"#,
        r#"{"PolicyNames": "x", "Policies": [{"Arn": "arn:aws:iam::1:policy/x", "PolicyName": "x"}]}"#,
        r#"{"replicationConfiguration": {"rules": {}}}"#,
        r#"{"PolicyName": "a", "PolicyDocument": "b"}"#,
        r#"{"name": "SOMETHING", "value": "V2"}"#,
        r#"{"Url": "x"}"#,
        "[[[]]]",
        "null",
        "7",
    ] {
        assert_ne!(kind_of(text), Some(DocumentKind::Snapshot), "{text}");
    }
}

#[test]
fn large_accounts_are_read_in_time() {
    let count = 1_000;
    let many = |one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(",");
    let roles = many(&|at| {
        format!(
            r#"{{"Role": {{"RoleName": "r{at}", "Arn": "arn:aws:iam::123456789012:role/r{at}", "CreateDate": "x"}}, "AttachedPolicies": [], "PolicyNames": ["p"]}},
               {{"RoleName": "r{at}", "PolicyName": "p", "PolicyDocument": {PULL}}}"#
        )
    });
    let repositories = many(&|at| {
        format!(
            r#"{{"repositories": [{{"repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/a{at}", "repositoryName": "a{at}"}}]}}, {}"#,
            repository_policy(&format!("a{at}"))
        )
    });
    let text = format!("[{roles}, {repositories}]");
    let start = std::time::Instant::now();
    let facts = read(&[("all.json", &text)]);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(facts.roles.len(), count);
    assert!(
        facts
            .roles
            .iter()
            .all(|role| role.in_sight == PoliciesInSight::All)
    );
    assert!(facts.repositories.iter().all(|one| one.policy_is_read));
}

/// Puts `odd` in the place of the value number `at`, counted from the top.
fn with_odd<'s>(node: &Node<'s>, at: &mut usize, odd: &Node<'s>) -> Node<'s> {
    use crate::tree::{Entry, NodeKind};
    let is_it = *at == 0;
    *at = at.wrapping_sub(1);
    if is_it {
        return odd.clone();
    }
    let kind = match &node.kind {
        NodeKind::List(items) => {
            NodeKind::List(items.iter().map(|item| with_odd(item, at, odd)).collect())
        }
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: entry.key.clone(),
                    value: with_odd(&entry.value, at, odd),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        kind,
        ..node.clone()
    }
}

#[test]
fn odd_values_do_no_harm() {
    let outputs = format!(
        "[{}, {}, {REPOSITORIES}, {}, {}]",
        details(),
        get_role(),
        repository_policy("team/app"),
        r#"{"registryId": "1", "replicationConfiguration": {"rules": [{"destinations": [{"region": "a", "registryId": "b"}]}]}, "AttachedPolicies": [{"PolicyName": "a", "PolicyArn": "arn:aws:iam::1:policy/a"}], "PolicyNames": ["p"], "RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": []}}"#
    );
    let odd = r#"[null, 7, "%7B%FF", "arn:aws:iam::", "{", {}, [null, [{}], {"Arn": {}}]]"#;
    let parsed = parse(FileId(0), &outputs, Syntax::Json);
    let root = &parsed.documents.first().expect("a document").root;
    let odd = parse(FileId(0), odd, Syntax::Json);
    let odd = &odd.documents.first().expect("a document").root;
    let mut at = 0;
    let mut changed = true;
    while changed {
        for value in odd.items() {
            let mut count = at;
            let document = crate::tree::Document {
                file: FileId(0),
                root: with_odd(root, &mut count, value),
            };
            // The count goes below zero where there was such a value.
            changed = count > usize::MAX / 2;
            let mut facts = extract(&Subject {
                path: "a/list-role-policies.json",
                text: &outputs,
                document: &document,
            })
            .facts;
            unite(&mut facts);
        }
        at += 1;
    }
    assert!(at > 150, "every value had its turn: {at}");
}
