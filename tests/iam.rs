//! The engine against the repository's own cases: each says what AWS documents, where, and what follows for one request.
//! And the laws that hold for all policies.

mod support;

use ecrlint::iam::explain::{Edit, Part};
use ecrlint::iam::{
    Attached, Context, Fact, Outcome, RegistryScope, Request, Stack, Target, Verdict, authorize,
    explain, layer_name,
};
use ecrlint::model::policy::Layer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use support::iam::Case;
use support::root;

fn cases() -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(root().join("tests/fixtures/iam"))
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).expect("a file of cases");
            text.lines()
                .map(|line| serde_json::from_str(line).expect("a line of JSON"))
                .collect::<Vec<Value>>()
        })
        .collect()
}

/// The answer in the words of the case: an outcome where it expects one, else a verdict.
fn answer(case: &Value) -> String {
    let read = Case::read(case);
    let decision = authorize(&read.request, &read.stack());
    let verdict = match decision.verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied => "denied",
        Verdict::Conditional => "conditional",
        Verdict::Unknown => "unknown",
    };
    let outcome = match decision.outcome {
        Some(Outcome::Allow) => "allow",
        Some(Outcome::ImplicitDeny) => "implicit_deny",
        Some(Outcome::ExplicitDeny) => "explicit_deny",
        None => verdict,
    };
    let mut said = outcome.to_string();
    if case.get("deciding").is_some() {
        let deciding = decision.deciding.map(|at| (at.policy, at.statement));
        said += &format!(" by {deciding:?}");
    }
    if case.get("limited_by").is_some() {
        let layers: Vec<_> = decision.limited_by.into_iter().map(layer_name).collect();
        said += &format!(" limited by {layers:?}");
    }
    said
}

fn expected(case: &Value) -> String {
    let mut said = case["expected"].as_str().expect("an answer").to_string();
    if let Some(deciding) = case.get("deciding") {
        let deciding = deciding.as_array().map(|at| {
            (
                at[0].as_u64().expect("an index"),
                at[1].as_u64().expect("an index"),
            )
        });
        said += &format!(" by {deciding:?}");
    }
    if let Some(limited) = case.get("limited_by") {
        said += &format!(" limited by {}", limited.to_string().replace(',', ", "));
    }
    said
}

#[test]
fn every_case_is_answered_as_documented() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut ids = BTreeSet::new();
    for case in &cases {
        let (wanted, got) = (expected(case), answer(case));
        if wanted != got {
            wrong.push(format!(
                "{}: {}: wanted {wanted}, got {got}",
                case["id"], case["says"]
            ));
        }
        assert!(ids.insert(case["id"].to_string()), "{} twice", case["id"]);
        let source = case["source"].as_str().unwrap_or("");
        assert!(
            source.starts_with("https://docs.aws.amazon.com/"),
            "{} names no page",
            case["id"]
        );
    }
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_proof_holds() {
    for case in cases() {
        let read = Case::read(&case);
        let stack = read.stack();
        let explanation = explain(&read.request, &stack);
        assert!(
            explanation
                .proof
                .holds(&explanation.decision, &read.request, &stack),
            "{}: {explanation:#?}",
            case["id"]
        );
        let is_implicit = explanation.decision.outcome == Some(Outcome::ImplicitDeny);
        assert_eq!(
            explanation.misses.len(),
            explanation.decision.limited_by.len(),
            "{}",
            case["id"]
        );
        assert!(
            !is_implicit || !explanation.misses.is_empty(),
            "{}",
            case["id"]
        );
    }
}

/// One identity policy and nothing else.
fn verdict_of(document: &str) -> Verdict {
    let policy = support::iam::compiled(document);
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:PutImage",
        Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api".to_string()),
        Context::closed().with("k", "v"),
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
    authorize(&request, &stack).verdict
}

#[test]
fn malformed_policies_are_unknown() {
    for document in [
        "[]",
        "{}",
        r#"{"Statement": 5}"#,
        r#"{"Statement": [null]}"#,
        r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": {"a": 1}, "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*"}}"#,
        r#"{"Version": "2020-01-01", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": []}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": "x"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Is": {"k": "v"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NullIfExists": {"k": "v"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"k": "5"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "a:b", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
    ] {
        assert_eq!(verdict_of(document), Verdict::Unknown, "{document}");
    }
}

#[test]
fn large_policies_take_bounded_time() {
    let started = std::time::Instant::now();
    let statement = |resource: &str, more: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "ecr:*", "Resource": "{resource}"{more}}}"#)
    };
    let document =
        |statements: &[String]| format!(r#"{{"Statement": [{}]}}"#, statements.join(","));
    let many: Vec<_> = (0..10_000)
        .map(|at| statement(&format!("arn:aws:ecr:*:*:repository/r{at}"), ""))
        .collect();
    assert_eq!(verdict_of(&document(&many)), Verdict::Denied);
    let hard = "*a?*b?*".repeat(40_000);
    assert_eq!(
        verdict_of(&document(&[statement(&hard, "")])),
        Verdict::Denied
    );
    let hard = format!("arn:aws:ecr:{}:*", "*?*".repeat(60));
    assert_ne!(
        verdict_of(&document(&[statement(&hard, "")])),
        Verdict::Conditional
    );
    // Ten thousand undocumented cases are too many worlds to look at.
    let open: Vec<_> = (0..10_000)
        .map(|at| {
            let condition = format!(r#", "Condition": {{"NumericEquals": {{"k": "{at}"}}}}"#);
            statement("*", &condition)
        })
        .collect();
    assert_eq!(verdict_of(&document(&open)), Verdict::Unknown);
    let long = statement("*", &format!(r#", "Sid": "{}""#, "x".repeat(2 << 20)));
    assert_eq!(verdict_of(&document(&[long])), Verdict::Allowed);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn many_unknown_conditions_take_bounded_time() {
    let started = std::time::Instant::now();
    let verdict = |keys: usize, statements: usize, operator: &str| {
        let statements: Vec<_> = (0..statements)
            .map(|at| {
                let effect = if at % 3 == 1 { "Deny" } else { "Allow" };
                let key = at % keys;
                format!(
                    r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"k{key}": "{at}*"}}}}}}"#
                )
            })
            .collect();
        let policy =
            support::iam::compiled(&format!(r#"{{"Statement": [{}]}}"#, statements.join(",")));
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            "ecr:PutImage",
            Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api".to_string()),
            Context::open(),
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
        authorize(&request, &stack).verdict
    };
    for (operator, few) in [
        ("StringEquals", Verdict::Conditional),
        // Nothing is like `1*` and like `4*`, as it would have to be to escape both denials.
        ("StringNotLike", Verdict::Denied),
        ("StringLikeIfExists", Verdict::Conditional),
    ] {
        assert_eq!(verdict(3, 5, operator), few, "{operator}");
        for (keys, statements) in [
            (1, 300),
            (20, 300),
            (300, 300),
            (1, 10_000),
            (9_999, 10_000),
        ] {
            assert!(
                matches!(
                    verdict(keys, statements, operator),
                    Verdict::Conditional | Verdict::Unknown
                ),
                "{keys} {statements} {operator}"
            );
        }
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn the_nearest_miss_says_what_to_change() {
    let miss = |document: &str| {
        let policy = support::iam::compiled(document);
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            "ecr:PutImage",
            Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api".to_string()),
            Context::closed(),
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
        let explanation = explain(&request, &stack);
        let nearest = explanation.misses[0].nearest.clone().expect("an Allow");
        (nearest.at.statement, nearest.failed, nearest.edit)
    };
    let region = r#"{"Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"},
        {"Effect": "Allow", "Action": "ecr:*", "Resource": ["arn:aws:ecr:us-east-1:123456789012:repository/shop/*"]}]}"#;
    assert_eq!(
        miss(region),
        (
            1,
            vec![Part::Resource],
            Edit::ChangeResource {
                entry: 0,
                field: 3,
                to: "arn:aws:ecr:eu-west-1:123456789012:repository/shop/*".to_string()
            }
        )
    );
    let misspelt = r#"{"Statement": [{"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:PutImages"], "Resource": "*"}]}"#;
    assert_eq!(
        miss(misspelt),
        (
            0,
            vec![Part::Action],
            Edit::AddAction {
                instead_of: Some(1)
            }
        )
    );
    let condition = r#"{"Statement": [
        {"Effect": "Allow", "Action": "ecr:Get*", "Resource": "*"},
        {"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}"#;
    assert_eq!(miss(condition), (1, vec![Part::Condition], Edit::None));
}

#[test]
fn a_pattern_is_covered_by_statements_together() {
    let asked = |patterns: &str, resource: &str| {
        let policy = support::iam::compiled(&format!(r#"{{"Statement": [{patterns}]}}"#));
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            "ecr:PutImage",
            Target::Pattern(resource.into()),
            Context::closed(),
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
        authorize(&request, &stack).verdict
    };
    let allow = |name: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:eu-west-1:123456789012:repository/{name}"}}"#
        )
    };
    let team = "arn:aws:ecr:eu-west-1:123456789012:repository/team*";
    let halves = [allow("team"), allow("team?*")].join(",");
    assert_eq!(asked(&halves, team), Verdict::Allowed);
    assert_eq!(asked(&allow("team-a*"), team), Verdict::Conditional);
    assert_eq!(asked(&allow("web*"), team), Verdict::Denied);
}

#[test]
fn the_image_path_settles_network_conditions() {
    use ecrlint::iam::image_path::{Actor, Channel, context};
    use ecrlint::model::image::{EcrRegistry, HostForm};
    let registry = EcrRegistry {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        dns_suffix: "amazonaws.com".into(),
        form: HostForm::Standard,
    };
    let actor = Actor {
        arn: "arn:aws:iam::123456789012:role/ci/puller".to_string(),
        session: Some("GitHubActions".to_string()),
        is_machine: true,
    };
    let endpoint = Channel::Endpoint {
        endpoint: Some("vpce-1".to_string()),
        vpc: None,
    };
    let asked = |condition: &str, channel: &Channel| {
        let policy = support::iam::compiled(&format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": {condition}}}}}"#
        ));
        let request = Request::new(
            &actor.principal(),
            "ecr:GetAuthorizationToken",
            Target::Exact("*".to_string()),
            context(&actor, &registry, channel),
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
        authorize(&request, &stack).verdict
    };
    let through_endpoint = r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#;
    let not_from_office = r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#;
    let with_mfa = r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    let in_region = r#"{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#;
    let secure = r#"{"Bool": {"aws:SecureTransport": "true"}}"#;
    let of_organization = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#;
    for (condition, channel, verdict) in [
        (through_endpoint, &endpoint, Verdict::Allowed),
        (through_endpoint, &Channel::Public, Verdict::Denied),
        (through_endpoint, &Channel::FargateToken, Verdict::Denied),
        (not_from_office, &endpoint, Verdict::Allowed),
        (not_from_office, &Channel::Public, Verdict::Conditional),
        (with_mfa, &Channel::Public, Verdict::Denied),
        (in_region, &Channel::Unknown, Verdict::Allowed),
        (secure, &Channel::Unknown, Verdict::Allowed),
        (of_organization, &Channel::Public, Verdict::Conditional),
    ] {
        assert_eq!(
            asked(condition, channel),
            verdict,
            "{condition} by {channel:?}"
        );
    }
}

#[test]
fn conditions_on_one_unknown_key_hang_together() {
    let statement = |effect: &str, operator: &str, values: &[&str]| {
        serde_json::json!({"Effect": effect, "Action": "*", "Resource": "*",
            "Condition": {operator: {"aws:PrincipalTag/team": values}}})
    };
    let allow = |operator, values| statement("Allow", operator, values);
    let deny = |operator, values| statement("Deny", operator, values);
    let star = serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    for (statements, verdict) in [
        // What is allowed is denied in the same breath.
        (
            vec![
                allow("StringLike", &["dev-*"]),
                deny("StringNotLike", &["team-*"]),
            ],
            Verdict::Denied,
        ),
        (
            vec![
                allow("StringLike", &["dev-*"]),
                deny("StringLike", &["dev*"]),
            ],
            Verdict::Denied,
        ),
        (
            vec![
                allow("StringEquals", &["dev"]),
                deny("StringNotEquals", &["ops", "web"]),
            ],
            Verdict::Denied,
        ),
        (
            vec![
                allow("StringEquals", &["dev-a"]),
                deny("StringLike", &["dev-?"]),
            ],
            Verdict::Denied,
        ),
        (
            vec![
                allow("ArnLike", &["arn:aws:iam::123456789012:role/*"]),
                deny("ArnLike", &["arn:*:iam::*:role/*", "arn:aws:iam::*:user/*"]),
            ],
            Verdict::Denied,
        ),
        // One of them is always true.
        (
            vec![
                allow("StringLike", &["dev-*"]),
                allow("StringNotLike", &["dev-*"]),
            ],
            Verdict::Allowed,
        ),
        (
            vec![
                allow("StringLike", &["dev*"]),
                allow("StringNotLike", &["dev-*"]),
            ],
            Verdict::Allowed,
        ),
        (
            vec![
                allow("StringEquals", &["dev"]),
                allow("StringNotLike", &["dev"]),
            ],
            Verdict::Allowed,
        ),
        // No value is both.
        (
            vec![star.clone(), deny("StringLike", &[""])],
            Verdict::Conditional,
        ),
        (
            vec![
                allow("StringLike", &["dev-*"]),
                deny("StringLike", &["dev-a*"]),
            ],
            Verdict::Conditional,
        ),
        (
            vec![
                allow("StringLike", &["dev-*"]),
                allow("StringNotLike", &["dev*"]),
            ],
            Verdict::Conditional,
        ),
    ] {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        let policy = support::iam::compiled(&document.to_string());
        let mut context = Context::closed();
        context.set("aws:PrincipalTag/team", Fact::Present);
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            "ecr:PutImage",
            Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api".to_string()),
            context,
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &policy));
        let decision = authorize(&request, &stack);
        assert_eq!(decision.verdict, verdict, "{document}: {decision:?}");
    }
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>.
#[test]
fn a_registry_asks_its_policy_within_its_scope() {
    let registry = support::iam::compiled(
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/ana"},
             "Action": "ecr:*", "Resource": "*"}]}"#,
    );
    let denying = support::iam::compiled(
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]}"#,
    );
    let identity = support::iam::compiled(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
    );
    let request = |action: &str| {
        Request::new(
            "arn:aws:iam::123456789012:user/ana",
            action,
            Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/shop/api".to_string()),
            Context::closed(),
        )
    };
    use RegistryScope::{Unknown, V1, V2};
    for (scope, action, granted, denied) in [
        (V1, "ecr:BatchGetImage", Verdict::Denied, Verdict::Allowed),
        (
            V1,
            "ecr:createrepository",
            Verdict::Allowed,
            Verdict::Denied,
        ),
        (V1, "ecr:ReplicateImage", Verdict::Allowed, Verdict::Denied),
        (
            V1,
            "ecr:BatchImportUpstreamImage",
            Verdict::Allowed,
            Verdict::Denied,
        ),
        (V2, "ecr:BatchGetImage", Verdict::Allowed, Verdict::Denied),
        (
            V2,
            "ecr:CreateRepository",
            Verdict::Allowed,
            Verdict::Denied,
        ),
        (V2, "s3:GetObject", Verdict::Denied, Verdict::Allowed),
        (
            Unknown,
            "ecr:BatchGetImage",
            Verdict::Conditional,
            Verdict::Conditional,
        ),
        (
            Unknown,
            "ecr:CreateRepository",
            Verdict::Allowed,
            Verdict::Denied,
        ),
    ] {
        let attached = Attached::new(Layer::Registry, &registry).with_registry_scope(scope);
        let got = authorize(&request(action), &Stack::new().with(attached));
        assert_eq!(got.verdict, granted, "{scope:?} {action}: {got:?}");
        let attached = Attached::new(Layer::Registry, &denying).with_registry_scope(scope);
        let stack = Stack::new()
            .with(Attached::new(Layer::Identity, &identity))
            .with(attached);
        let got = authorize(&request(action), &stack);
        assert_eq!(got.verdict, denied, "{scope:?} {action}: {got:?}");
    }
    assert_eq!(Attached::new(Layer::Registry, &registry).registry_scope, V2);
}
