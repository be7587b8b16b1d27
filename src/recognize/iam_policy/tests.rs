//! What is read of policies in every wrapper, and of broken ones.

use super::*;
use crate::model::Facts;
use crate::model::policy::{FaultKind, Policy, Statement};
use crate::recognize::{DocumentKind, recognize};
use crate::source::{FileId, Loc};
use crate::tree::{Syntax, parse};
use std::sync::Arc;

fn read_at(path: &str, text: &str) -> (Option<DocumentKind>, Recognized) {
    let parsed = parse(FileId(0), text, Syntax::of(path, text));
    assert_eq!(parsed.problems, [], "{text}");
    let mut all = Recognized::default();
    let mut kind = None;
    for document in &parsed.documents {
        let subject = Subject {
            path,
            text,
            document,
        };
        if let Some((found, recognized)) = recognize(&subject) {
            kind = Some(found);
            all.facts.append(recognized.facts);
            all.problems.extend(recognized.problems);
        }
    }
    (kind, all)
}

fn facts(text: &str) -> Facts {
    read_at("p.json", text).1.facts
}

fn policies(text: &str) -> Vec<Policy> {
    facts(text)
        .policies
        .into_iter()
        .map(Arc::unwrap_or_clone)
        .collect()
}

fn policy(text: &str) -> Policy {
    let mut all = policies(text);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn statement(body: &str) -> Statement {
    let document = policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{{body}}}]}}"#
    ))
    .document;
    document.statements.first().expect("a statement").clone()
}

fn fault_kinds(text: &str) -> Vec<FaultKind> {
    policy(text)
        .document
        .faults
        .into_iter()
        .map(|fault| fault.kind)
        .collect()
}

fn slice(text: &str, loc: Loc) -> &str {
    text.get(loc.span.range()).expect("a span of the text")
}

const ALLOW: &str = r#"{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}"#;
const PULL_HERE: &str =
    r#"{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["ecr:BatchGetImage"]}"#;

#[test]
fn wrappers_tell_the_layer() {
    let identity = format!(r#"{{"Statement": [{ALLOW}]}}"#);
    let repository = format!(r#"{{"Statement": {PULL_HERE}}}"#);
    let escaped = identity.replace('"', "\\\"");
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
    for (text, layer, is_certain) in [
        (identity.clone(), Layer::Identity, true),
        (repository.clone(), Layer::Repository, true),
        (trust.to_string(), Layer::Trust, true),
        (
            format!(r#"{{"PolicyDocument": {identity}}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"RoleName": "r", "PolicyName": "p", "PolicyDocument": {repository}}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"Policy": "{escaped}"}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"policy": "{escaped}"}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"document": {identity}}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"PolicyVersion": {{"Document": {identity}, "VersionId": "v1"}}}}"#),
            Layer::Identity,
            true,
        ),
        (
            format!(r#"{{"policyText": "{escaped}"}}"#),
            Layer::Registry,
            true,
        ),
        (
            format!(r#"{{"registryId": "1", "repositoryName": "a", "policyText": "{escaped}"}}"#),
            Layer::Repository,
            true,
        ),
        (
            format!(r#"{{"AssumeRolePolicyDocument": {identity}}}"#),
            Layer::Trust,
            true,
        ),
        (
            format!(r#"{{"Role": {{"RoleName": "r", "AssumeRolePolicyDocument": {trust}}}}}"#),
            Layer::Trust,
            true,
        ),
        (
            format!(
                r#"{{"Policy": {{"PolicySummary": {{"Type": "SERVICE_CONTROL_POLICY"}}, "Content": "{escaped}"}}}}"#
            ),
            Layer::ServiceControl,
            true,
        ),
        (format!(r#"[{identity}]"#), Layer::Identity, true),
    ] {
        let policy = policy(&text);
        assert_eq!(
            (policy.layer, policy.layer_is_certain),
            (layer, is_certain),
            "{text}"
        );
        assert_eq!(policy.document.statements.len(), 1);
        assert!(policy.document.complete);
        assert_eq!(policy.document.faults.len(), 0, "{text}");
    }
}

#[test]
fn the_authorization_details_of_an_account_hold_many() {
    let text = format!(
        r#"{{"RoleDetailList": [{{"AssumeRolePolicyDocument": {{"Statement": [{PULL_HERE}]}},
             "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Statement": [{ALLOW}]}}}}]}}],
            "Policies": [{{"PolicyVersionList": [
              {{"Document": {{"Statement": [{ALLOW}]}}, "IsDefaultVersion": false}},
              {{"Document": {{"Statement": [{ALLOW}]}}, "IsDefaultVersion": true}}]}}]}}"#
    );
    let layers: Vec<_> = policies(&text).iter().map(|policy| policy.layer).collect();
    assert_eq!(layers, [Layer::Trust, Layer::Identity, Layer::Identity]);
}

#[test]
fn content_tells_the_layer_and_paths_hint() {
    let principal = r#""Effect": "Allow", "Principal": "*","#;
    for (path, statement, layer, is_certain) in [
        ("a.json", ALLOW.to_string(), Layer::Identity, true),
        (
            "policies/scp/deny.json",
            ALLOW.to_string(),
            Layer::ServiceControl,
            false,
        ),
        (
            "ci-boundary.json",
            ALLOW.to_string(),
            Layer::Boundary,
            false,
        ),
        (
            "a.json",
            format!(r#"{{{principal} "Action": "ecr:*"}}"#),
            Layer::Repository,
            true,
        ),
        (
            "a.json",
            format!(r#"{{{principal} "Action": "ecr:*", "Resource": "*"}}"#),
            Layer::Repository,
            false,
        ),
        (
            "vpce/ecr.json",
            format!(r#"{{{principal} "Action": "ecr:*", "Resource": "*"}}"#),
            Layer::Endpoint,
            false,
        ),
        (
            "ecr_endpoint_policy.json",
            format!(r#"{{{principal} "Action": "*", "Resource": "*"}}"#),
            Layer::Endpoint,
            false,
        ),
        (
            "a.json",
            format!(
                r#"{{{principal} "Action": "s3:GetObject", "Resource": "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"}}"#
            ),
            Layer::Endpoint,
            false,
        ),
        (
            "a.json",
            format!(
                r#"{{{principal} "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], "Resource": "arn:aws:ecr:eu-west-1:123456789012:repository/*"}}"#
            ),
            Layer::Registry,
            true,
        ),
        (
            "a.json",
            format!(r#"{{{principal} "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}"#),
            Layer::OtherResource,
            false,
        ),
        (
            "vpce/trust.json",
            format!(r#"{{{principal} "Action": ["sts:AssumeRole", "STS:TagSession"]}}"#),
            Layer::Trust,
            true,
        ),
        (
            "a.json",
            r#"{"Effect": "Allow", "Action": "sts:AssumeRole"}"#.to_string(),
            Layer::Trust,
            false,
        ),
    ] {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let (_, read) = read_at(path, &text);
        let found: Vec<_> = read
            .facts
            .policies
            .iter()
            .map(|p| (p.layer, p.layer_is_certain))
            .collect();
        assert_eq!(found, [(layer, is_certain)], "{path}: {text}");
    }
}

#[test]
fn other_documents_are_left_alone() {
    for text in [
        r#"{"Statement": "a sentence"}"#,
        r#"{"Statement": [{"title": "x"}]}"#,
        r#"{"rules": [{"rulePriority": 1, "action": {"type": "expire"}}]}"#,
        r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}, "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}"#,
        r#"{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"PolicyDocument": {"Statement": []}}}}}"#,
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "policy": {"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}}"#,
        r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"policyTypes": ["Egress"]}}"#,
        r#"{"statement": [{"actions": ["ecr:*"], "resources": ["*"]}]}"#,
        r#"{"Policy": "{\"permit\": \"principal\"}"}"#,
        r#"{"document": "Statement of account"}"#,
        "[]",
        "{}",
    ] {
        let (kind, read) = read_at("p.json", text);
        assert_ne!(kind, Some(DocumentKind::IamPolicy), "{text}");
        assert!(read.facts.policies.is_empty(), "{text}");
    }
}

#[test]
fn strings_keep_their_places_in_the_file() {
    let text = r#"{"Policy": "{\"Statement\": [{\"Effect\": \"Alow\", \"Action\": \"ecr:PutImage\", \"Resource\": \"*\"}]}"}"#;
    let read = policy(text);
    let fault = read.document.faults.first().expect("a bad effect");
    assert!(
        slice(text, fault.loc).contains("Alow"),
        "{}",
        slice(text, fault.loc)
    );
    let action = read.document.statements[0]
        .action
        .as_ref()
        .expect("an action");
    assert!(slice(text, action.values[0].loc).contains("ecr:PutImage"));
}

#[test]
fn a_broken_string_is_a_problem_unless_it_is_a_template() {
    let (kind, read) = read_at("p.json", r#"{"policyText": "{\"Statement\": [}"}"#);
    assert_eq!(kind, Some(DocumentKind::Snapshot));
    assert_eq!(read.problems.len(), 1);
    let (_, read) = read_at(
        "p.json",
        r#"{"policyText": "{\"Statement\": [${statements}]}"}"#,
    );
    assert_eq!(read.problems, []);
}

#[test]
fn yaml_policies_read_like_json_ones() {
    let text = "Version: 2012-10-17\nStatement:\n  Effect: Allow\n  Action:\n    - ecr:GetAuthorizationToken\n  Resource: '*'\n";
    let (kind, read) = read_at("p.yaml", text);
    assert_eq!(kind, Some(DocumentKind::IamPolicy));
    let document = &read.facts.policies[0].document;
    assert_eq!(
        document.version.as_ref().and_then(|v| v.value.as_literal()),
        Some("2012-10-17")
    );
    assert_eq!(document.faults.len(), 0);
    let json = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"}}"#;
    let length = json.chars().count();
    assert_eq!(
        document.size,
        Some(Size {
            all: length,
            without_white_space: length
        })
    );
    assert_eq!(policy(json).document.size, document.size);
}

#[test]
fn sizes_count_what_aws_counts() {
    let text = "{\n  \"Statement\": [ {\"Sid\": \"a b\", \"Effect\": \"Allow\", \"Action\": \"a:b\", \"Resource\": \"*\"} ]\n}";
    let without = text.chars().filter(|c| !c.is_whitespace()).count();
    let size = policy(text).document.size.expect("a size");
    assert_eq!((size.all, size.without_white_space), (text.len(), without));
    let open =
        policy(r#"{"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "${bucket}"}]}"#);
    assert_eq!(open.document.size, None);
}

#[test]
fn one_value_stands_for_a_list() {
    let one = statement(r#""Effect": "Deny", "NotAction": "ecr:*", "NotResource": ["a", "b"]"#);
    assert!(one.denies());
    let action = one.action.expect("NotAction");
    assert!(action.negated && action.complete);
    assert_eq!(action.values.len(), 1);
    assert_eq!(one.resource.expect("NotResource").values.len(), 2);
}

#[test]
fn principals() {
    let everyone = statement(r#""Effect": "Allow", "Principal": "*", "Action": "ecr:PutImage""#)
        .principal
        .expect("one");
    assert!(everyone.everyone.is_some() && everyone.complete);
    let many = statement(
        r#""Effect": "Allow", "Principal": {"AWS": ["1", "2"], "Service": "x.amazonaws.com"}, "Action": "ecr:PutImage""#,
    )
    .principal
    .expect("one");
    let kinds: Vec<_> = many
        .entries
        .iter()
        .map(|entry| entry.kind.value.as_str())
        .collect();
    assert_eq!(kinds, ["AWS", "AWS", "Service"]);
    let open = statement(r#""Effect": "Allow", "Principal": "${who}", "Action": "ecr:PutImage""#)
        .principal
        .expect("one");
    assert!(!open.complete && open.everyone.is_none());
}

#[test]
fn conditions_are_flat() {
    let one = statement(
        r#""Effect": "Allow", "Action": "a:b", "Resource": "*",
           "Condition": {"Bool": {"aws:SecureTransport": true}, "StringEquals": {"a": ["x", "y"], "b": "z"}}"#,
    );
    let read: Vec<_> = one
        .conditions
        .iter()
        .map(|c| {
            (
                c.operator.value.as_str(),
                c.key.value.as_str(),
                c.values.len(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            ("Bool", "aws:SecureTransport", 1),
            ("StringEquals", "a", 2),
            ("StringEquals", "b", 1)
        ]
    );
    assert!(one.condition_loc.is_some());
    let empty =
        statement(r#""Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": {}"#);
    assert!(empty.condition_loc.is_none());
}

#[test]
fn faults() {
    let with = |body: &str| {
        fault_kinds(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{{body}}}]}}"#
        ))
    };
    let unknown = |name: &str| FaultKind::UnknownElement {
        name: name.to_string(),
    };
    let wrong = |element: &str, expected| FaultKind::WrongType {
        element: element.to_string(),
        expected,
    };
    assert_eq!(
        with(r#""Effect": "Allow", "Action": "a:b", "Resource": "*""#),
        []
    );
    assert_eq!(
        with(r#""Effect": "allow", "Action": "a:b", "Resource": "*""#),
        [FaultKind::BadEffect {
            value: "allow".to_string()
        }]
    );
    assert_eq!(
        with(r#""Action": "a:b", "Resource": "*""#),
        [FaultKind::MissingEffect]
    );
    assert_eq!(
        with(r#""Effect": "${effect}", "Action": "a:b", "Resource": "*""#),
        []
    );
    assert_eq!(
        with(r#""Effect": "Allow", "action": "a:b", "Resource": "*""#),
        [unknown("action")]
    );
    assert_eq!(
        with(r#""Effect": "Allow", "Action": "a:b", "NotAction": "a:c", "Resource": "*""#),
        [FaultKind::BothForms { element: "Action" }]
    );
    assert_eq!(
        with(r#""Effect": "Allow", "Action": {"a": "b"}, "Resource": [["*"]]"#),
        [
            wrong("Action", "a string or a list of strings"),
            wrong("Resource", "a string or a list of strings")
        ]
    );
    assert_eq!(
        with(
            r#""Effect": "Allow", "Principal": "arn:aws:iam::123456789012:root", "Action": "a:b""#
        ),
        [wrong("Principal", "`\"*\"` or an object")]
    );
    assert_eq!(
        with(r#""Effect": "Allow", "Principal": {"Aws": "1"}, "Action": "a:b""#),
        [unknown("Aws")]
    );
    assert_eq!(
        with(r#""Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": ["x"]"#),
        [wrong(
            "Condition",
            "an object of operators, each an object of keys"
        )]
    );
    assert_eq!(
        fault_kinds(r#"{"Version": "2012-10-17", "Statement": null}"#),
        [wrong("Statement", "an object or a list of objects")]
    );
    assert_eq!(
        fault_kinds(
            r#"{"PolicyDocument": {"Statement": [], "Version": "2012-10-17", "Comment": "x"}}"#
        ),
        [unknown("Comment")]
    );
}

#[test]
fn duplicates_name_both_places() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "a:b", "Resource": "*"}]}"#;
    let read = policy(text).document;
    let [fault] = read.faults.as_slice() else {
        panic!("{:?}", read.faults)
    };
    let FaultKind::DuplicateKey { name, first } = &fault.kind else {
        panic!("{fault:?}")
    };
    assert_eq!(name, "Effect");
    assert!(first.span.end < fault.loc.span.start);
    assert_eq!(slice(text, *first), "\"Effect\"");
    // The last one counts, as in every JSON reader AWS uses.
    assert!(read.statements[0].denies());
}

#[test]
fn values_that_deploy_time_knows_are_holes() {
    let values = |body: &str| {
        statement(&format!(
            r#""Effect": "Allow", "Action": "ecr:PutImage", "Resource": {body}"#
        ))
        .resource
        .expect("a resource")
    };
    let holes = |body: &str| -> Vec<String> {
        values(body)
            .values
            .iter()
            .flat_map(|value| {
                value
                    .value
                    .holes()
                    .map(|hole| hole.name.clone())
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    for (body, expected) in [
        (r#""arn:aws:s3:::b/${aws:username}/*""#, vec![]),
        (
            r#""arn:aws:s3:::b/${aws:PrincipalTag/team, 'x'}/${*}""#,
            vec![],
        ),
        (
            r#""arn:aws:ecr:${region}:${var.account}:repository/a""#,
            vec!["region", "var.account"],
        ),
        (
            r#""arn:aws:ecr:{{ region }}:<ACCOUNT_ID>:repository/a""#,
            vec!["region", "ACCOUNT_ID"],
        ),
        (
            r#""arn:aws:ecr:REGION:XXXXXXXXXXXX:repository/a""#,
            vec!["REGION", "XXXXXXXXXXXX"],
        ),
        (
            r#""arn:aws:ecr:${AWS::Region}:123456789012:repository/a""#,
            vec!["AWS::Region"],
        ),
        (
            r#"{"Fn::Sub": "arn:aws:ecr:${AWS::Region}:1:repository/${!aws:username}"}"#,
            vec!["AWS::Region"],
        ),
        (
            r#"{"Fn::Join": [":", ["arn:aws:ecr", {"Ref": "AWS::Region"}, "1:repository/a"]]}"#,
            vec!["AWS::Region"],
        ),
        (
            r#"{"Fn::GetAtt": ["Repository", "Arn"]}"#,
            vec!["Repository.Arn"],
        ),
    ] {
        assert_eq!(holes(body), expected, "{body}");
    }
    assert!(!values(r#"{"Ref": "Resources"}"#).complete);
    assert!(values(r#"["*", {"Fn::Sub": "arn:${AWS::Partition}:s3:::b"}]"#).complete);
    let (_, read) = read_at(
        "p.yaml",
        "Version: 2012-10-17\nStatement:\n  - Effect: Allow\n    Action: ecr:PutImage\n    Resource: !Sub arn:aws:ecr:${AWS::Region}:1:repository/a\n  - !If [a, b, c]\n",
    );
    let document = &read.facts.policies[0].document;
    assert!(!document.complete);
    assert_eq!(document.statements.len(), 1);
    let resource = &document.statements[0]
        .resource
        .as_ref()
        .expect("a resource")
        .values[0]
        .value;
    assert_eq!(
        resource
            .holes()
            .map(|hole| hole.name.as_str())
            .collect::<Vec<_>>(),
        ["AWS::Region"]
    );
}

#[test]
fn names_in_capitals_are_no_placeholders() {
    let one = statement(
        r#""Sid": "ECR_PULL", "Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*""#,
    );
    assert_eq!(
        one.sid
            .and_then(|sid| sid.value.as_literal().map(str::to_string))
            .as_deref(),
        Some("ECR_PULL")
    );
}

#[test]
fn literal_text_has_no_placeholders() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:*",
        "Resource": ["arn:aws:ecr:eu-west-1:ACCOUNT_ID:repository/${name}", {"Ref": "Repository"}]}}"#;
    let parsed = crate::tree::parse(FileId(0), text, crate::tree::Syntax::Json);
    let document = super::read_in_force(&parsed.documents[0].root);
    let resource = document.statements[0].resource.as_ref().expect("a list");
    let [one] = resource.values.as_slice() else {
        panic!("{:?}", resource.values);
    };
    assert_eq!(
        one.value.as_literal(),
        Some("arn:aws:ecr:eu-west-1:ACCOUNT_ID:repository/${name}")
    );
    assert!(document.complete && resource.complete);
    assert!(
        matches!(&document.faults[0].kind, FaultKind::WrongType { element, .. } if element == "Resource")
    );
}

#[test]
fn a_map_of_many_keys_is_read_in_time() {
    let keys: Vec<String> = (0..100_000)
        .map(|n| format!("\"aws:k{n}\": \"v\""))
        .collect();
    let text = format!(
        r#"{{"Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{{}, "aws:k7": "w"}}}}}}}}"#,
        keys.join(", ")
    );
    let parsed = crate::tree::parse(FileId(0), &text, crate::tree::Syntax::Json);
    let started = std::time::Instant::now();
    let document = super::read_in_force(&parsed.documents[0].root);
    assert_eq!(document.statements[0].conditions.len(), 100_001);
    assert_eq!(document.faults.len(), 1);
    assert!(started.elapsed().as_secs() < 5);
}

/// The statement in this JSON, in which every text `?name` is an unknown value and `a?name` text that ends in one.
fn computed(body: &str) -> (Statement, Vec<FaultKind>) {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{{{body}}}]}}"#);
    let parsed = parse(FileId(0), &text, Syntax::Json);
    let mut root = parsed.documents.into_iter().next().expect("one").root;
    compute(&mut root);
    let document = read_policy(&root, crate::model::policy::Layer::Identity, true).document;
    let faults = document
        .faults
        .iter()
        .map(|fault| fault.kind.clone())
        .collect();
    (
        document.statements.first().expect("a statement").clone(),
        faults,
    )
}

fn compute(node: &mut crate::tree::Node<'_>) {
    use crate::tree::{NodeKind, TextHole, Unknown, Why};
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(compute),
        NodeKind::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| compute(&mut entry.value)),
        NodeKind::Text(text) => {
            let Some(at) = text.value.find('?') else {
                return;
            };
            let name = text.value.get(at + 1..).unwrap_or("").to_string();
            let unknown = Unknown::new(format!("f#{name}"), format!("?{name}"), Why::Input);
            if at == 0 {
                node.kind = NodeKind::Unknown(Box::new(unknown));
                return;
            }
            let range = crate::source::Span::new(at, text.value.len());
            text.holes = vec![TextHole {
                range: range.start..range.end,
                unknown,
            }]
            .into_boxed_slice();
        }
        _ => {}
    }
}

#[test]
fn what_a_dialect_could_not_work_out_is_no_fault() {
    let (one, faults) = computed(
        r#""Sid": "s?sid", "Effect": "?effect", "Principal": "arn:aws:iam::?account", "Action": "?actions",
           "Resource": ["arn:aws:ecr:eu-west-1:?rest", "?more", "*"], "Condition": "?condition""#,
    );
    assert!(faults.is_empty(), "{faults:?}");
    assert!(one.effect.is_none());
    let principal = one.principal.expect("a principal");
    assert!(!principal.complete && principal.entries.is_empty());
    let action = one.action.expect("an action");
    assert!(!action.complete, "it may be a list");
    let resource = one.resource.expect("a resource");
    let shown: Vec<_> = resource
        .values
        .iter()
        .map(|value| (value.value.to_string(), value.value.is_known()))
        .collect();
    assert_eq!(
        shown,
        [
            ("arn:aws:ecr:eu-west-1:?rest".to_string(), false),
            ("?more".to_string(), false),
            ("*".to_string(), true)
        ]
    );
    assert!(!one.conditions_are_read && one.conditions.is_empty());
    assert!(one.condition_loc.is_some());
}

#[test]
fn conditions_that_are_not_known_are_told() {
    let (one, faults) = computed(
        r#""Effect": "Allow", "Principal": {"AWS": ["?who", "arn:aws:iam::?account"], "Federated": "?idp"}, "Action": "sts:AssumeRole",
           "Condition": {"StringEquals": {"${var.url}:sub": "x", "aws:PrincipalTag/${aws:username}": "?y"},
                         "Bool": "?flags", "${var.operator}": {"a": "b"}}"#,
    );
    assert!(faults.is_empty(), "{faults:?}");
    assert!(!one.conditions_are_read);
    let keys: Vec<_> = one
        .conditions
        .iter()
        .map(|condition| condition.key.value.as_str())
        .collect();
    assert_eq!(keys, ["aws:PrincipalTag/${aws:username}"]);
    let principal = one.principal.expect("a principal");
    assert_eq!(principal.entries.len(), 3);
    assert!(!principal.complete, "an item may be a list");
    let (plain, _) = computed(
        r#""Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": {"Bool": {"a:b": "?x"}}"#,
    );
    assert!(plain.conditions_are_read && plain.conditions.len() == 1);
}
