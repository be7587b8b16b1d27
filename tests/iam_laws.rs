//! Laws of the engine that hold for all policies, tried on generated ones.

mod support;

use ecrlint::iam::{Answer, Outcome, Verdict, authorize, covers_together, explain};
use ecrlint::model::template::Template;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use support::iam::Case;

const KEYS: [&str; 5] = [
    "aws:SourceVpce",
    "aws:PrincipalTag/team",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:TagKeys",
];

fn action() -> impl Strategy<Value = &'static str> {
    select(vec![
        "*",
        "ecr:*",
        "ecr:PutImage",
        "ecr:put*",
        "ecr:Get*",
        "s3:*",
    ])
}

fn resource() -> impl Strategy<Value = &'static str> {
    select(vec![
        "*",
        "arn:aws:ecr:eu-west-1:123456789012:repository/shop/api",
        "arn:aws:ecr:*:123456789012:repository/shop/*",
        "arn:aws:ecr:eu-west-1:*",
        "arn:aws:ecr:eu-west-1:123456789012:repository/${aws:PrincipalTag/team}/api",
        "arn:aws:ecr:eu-west-1:123456789012:repository/web",
        "arn:aws:ecr:*/api",
    ])
}

fn principal() -> impl Strategy<Value = Value> {
    select(vec![
        json!("*"),
        json!({"AWS": "123456789012"}),
        json!({"AWS": ["arn:aws:iam::123456789012:role/ci/puller", "arn:aws:iam::123456789012:user/ana"]}),
        json!({"AWS": "arn:aws:sts::123456789012:assumed-role/puller/build-7"}),
        json!({"Service": "lambda.amazonaws.com"}),
        json!({"AWS": "arn:aws:iam::210987654321:root"}),
    ])
}

/// An operator, its key and values.
fn condition() -> impl Strategy<Value = Value> {
    let text = select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIgnoreCase",
    ]);
    let texts = subsequence(
        vec!["shop", "web", "vpce-1", "s*", "${aws:PrincipalTag/team}"],
        1..3,
    );
    let numbers = select(vec![
        "NumericLessThan",
        "NumericGreaterThanEquals",
        "NumericNotEquals",
    ]);
    let dates = select(vec!["DateLessThan", "DateGreaterThanEqualsIfExists"]);
    let sets = select(vec![
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
        "ForAllValues:StringNotEquals",
    ]);
    prop_oneof![
        (text, 0..2_usize, texts).prop_map(|(op, key, values)| json!({op: {KEYS[key]: values}})),
        (numbers, select(vec!["300", "900.0"]))
            .prop_map(|(op, value)| json!({op: {KEYS[2]: value}})),
        (dates, select(vec!["2026-05-01", "1777593601"]))
            .prop_map(|(op, value)| json!({op: {KEYS[3]: value}})),
        (sets, subsequence(vec!["shop", "w*"], 1..=2))
            .prop_map(|(op, values)| json!({op: {KEYS[4]: values}})),
        (0..5_usize, any::<bool>()).prop_map(|(key, absent)| json!({"Null": {KEYS[key]: absent}})),
    ]
}

fn statement(kind: &'static str, effect: &'static str) -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(action(), 1..3),
        prop::bool::weighted(0.15),
        prop::collection::vec(resource(), 1..3),
        prop::bool::weighted(0.15),
        principal(),
        prop::option::weighted(0.6, condition()),
    )
        .prop_map(
            move |(actions, not_action, resources, not_resource, principal, condition)| {
                let mut out = Map::new();
                out.insert("Effect".into(), json!(effect));
                let action = if not_action { "NotAction" } else { "Action" };
                out.insert(action.into(), json!(actions));
                let resource = if not_resource {
                    "NotResource"
                } else {
                    "Resource"
                };
                out.insert(resource.into(), json!(resources));
                if matches!(kind, "repository" | "endpoint") {
                    out.insert("Principal".into(), principal);
                }
                if let Some(condition) = condition {
                    out.insert("Condition".into(), condition);
                }
                Value::Object(out)
            },
        )
}

fn policy_of(kind: &'static str) -> impl Strategy<Value = Value> {
    let statements = prop::collection::vec(
        prop_oneof![4 => statement(kind, "Allow").boxed(), 1 => statement(kind, "Deny").boxed()],
        1..4,
    );
    (statements, select(vec!["root", "ou"])).prop_map(move |(statements, level)| {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        match kind {
            "scp" => json!({"kind": kind, "level": level, "document": document}),
            _ => json!({"kind": kind, "document": document}),
        }
    })
}

fn policy() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => policy_of("identity").boxed(),
        2 => policy_of("repository").boxed(),
        1 => policy_of("boundary").boxed(),
        1 => policy_of("scp").boxed(),
        1 => policy_of("endpoint").boxed(),
    ]
}

fn context() -> impl Strategy<Value = Value> {
    let one = |values: Vec<&'static str>| prop::option::of(select(values));
    (
        one(vec!["vpce-1", "shop"]),
        one(vec!["shop", "web", "SHOP"]),
        one(vec!["299", "300", "1000"]),
        one(vec!["2026-05-01T00:00:00Z", "2026-05-01T00:00:01Z", "2020"]),
        prop::option::of(subsequence(vec!["shop", "web", "x"], 0..=3)),
    )
        .prop_map(|(vpce, team, age, time, tags)| {
            let mut out = Map::new();
            for (key, value) in KEYS.iter().zip([vpce, team, age, time]) {
                if let Some(value) = value {
                    out.insert((*key).into(), json!(value));
                }
            }
            if let Some(tags) = tags {
                out.insert(KEYS[4].into(), json!(tags));
            }
            out.insert(
                "aws:PrincipalArn".into(),
                json!("arn:aws:iam::123456789012:role/ci/puller"),
            );
            Value::Object(out)
        })
}

fn case() -> impl Strategy<Value = Value> {
    let callers = select(vec![
        "arn:aws:sts::123456789012:assumed-role/puller/build-7",
        "arn:aws:iam::123456789012:user/ana",
        "lambda.amazonaws.com",
        "arn:aws:iam::123456789012:root",
    ]);
    let owners = select(vec!["123456789012", "123456789012", "210987654321"]);
    (prop::collection::vec(policy(), 0..5), callers, owners, context()).prop_map(
        |(policies, caller, owner, context)| {
            json!({"policies": policies, "request": {
                "principal_arn": caller, "action": "ecr:PutImage", "resource_account": owner,
                "resource": "arn:aws:ecr:eu-west-1:123456789012:repository/shop/api", "context": context}})
        },
    )
}

/// The outcome where there is one, and the verdict.
fn decide(case: &Value) -> (Option<Outcome>, Verdict) {
    let case = Case::read(case);
    let decision = authorize(&case.request, &case.stack());
    (decision.outcome, decision.verdict)
}

/// What a verdict says of worlds that it is about must be true of each.
fn contradicts(open: Verdict, world: Verdict) -> bool {
    matches!(open, Verdict::Allowed | Verdict::Denied) && open != world
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(reversed).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), reversed(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The policies with everything that may be a list or a single thing in the other form.
fn in_other_form(policies: &Value) -> Value {
    let flip = |value: &Value| match value {
        Value::Array(items) if items.len() == 1 => items[0].clone(),
        Value::Array(items) => json!(items),
        one => json!([one]),
    };
    let mut out = policies.clone();
    for policy in out.as_array_mut().into_iter().flatten() {
        let statements = &mut policy["document"]["Statement"];
        for statement in statements.as_array_mut().into_iter().flatten() {
            for element in ["Action", "NotAction", "Resource", "NotResource"] {
                if let Some(value) = statement.get_mut(element) {
                    *value = flip(value);
                }
            }
        }
        *statements = flip(statements);
    }
    out
}

fn add_statement(case: &Value, policy: usize, statement: Value) -> Option<Value> {
    let mut case = case.clone();
    let policies = case["policies"].as_array_mut()?;
    let at = policy.checked_rem(policies.len())?;
    policies[at]["document"]["Statement"]
        .as_array_mut()?
        .push(statement);
    Some(case)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hiding_never_contradicts_what_is_hidden(
        case in case(),
        keys in subsequence(KEYS.to_vec(), 0..=3),
        open in subsequence(vec!["identity", "repository", "scp", "boundary"], 0..=2),
        unseen in prop::collection::vec(policy(), 0..3),
    ) {
        let mut hidden = case.clone();
        hidden["unknown_context"] = json!(keys);
        hidden["open"] = json!(open);
        let (_, verdict) = decide(&hidden);
        let (_, closed) = decide(&case);
        prop_assert!(!contradicts(verdict, closed), "{verdict:?} although {closed:?}");
        let mut world = case.clone();
        for policy in unseen {
            if open.iter().any(|kind| policy["kind"] == *kind) {
                world["policies"].as_array_mut().expect("policies").push(policy);
            }
        }
        let (_, closed) = decide(&world);
        prop_assert!(!contradicts(verdict, closed), "{verdict:?} although {closed:?} with more");
    }

    #[test]
    fn another_value_of_an_unknown_key_is_another_world(
        case in case(), other in context(), keys in subsequence(KEYS.to_vec(), 1..=4),
    ) {
        let mut hidden = case.clone();
        hidden["unknown_context"] = json!(keys);
        let (_, verdict) = decide(&hidden);
        let mut world = case.clone();
        for key in keys {
            world["request"]["context"].as_object_mut().expect("a context").remove(key);
            if let Some(value) = other.get(key) {
                world["request"]["context"][key] = value.clone();
            }
        }
        let (_, closed) = decide(&world);
        prop_assert!(!contradicts(verdict, closed), "{verdict:?} although {closed:?}");
    }

    #[test]
    fn an_allow_takes_nothing_away(case in case(), policy in 0..5_usize,
        allow in statement("repository", "Allow")) {
        let mut allow = allow;
        if let Some(kind) = case["policies"].as_array().and_then(|all| all.get(policy.checked_rem(all.len())?)) {
            let takes = kind["kind"] == "repository" || kind["kind"] == "endpoint";
            if !takes { allow.as_object_mut().expect("a statement").remove("Principal"); }
        }
        if let Some(more) = add_statement(&case, policy, allow)
            && decide(&case).1 == Verdict::Allowed {
            prop_assert_eq!(decide(&more).1, Verdict::Allowed);
        }
    }

    #[test]
    fn a_deny_gives_nothing(case in case(), policy in 0..5_usize, deny in statement("repository", "Deny")) {
        let mut deny = deny;
        if let Some(kind) = case["policies"].as_array().and_then(|all| all.get(policy.checked_rem(all.len())?)) {
            let takes = kind["kind"] == "repository" || kind["kind"] == "endpoint";
            if !takes { deny.as_object_mut().expect("a statement").remove("Principal"); }
        }
        if let Some(more) = add_statement(&case, policy, deny)
            && decide(&case).1 == Verdict::Denied {
            prop_assert_eq!(decide(&more).1, Verdict::Denied);
        }
    }

    #[test]
    fn order_and_form_do_not_matter(
        case in case(), keys in subsequence(KEYS.to_vec(), 0..=2),
    ) {
        let mut case = case;
        case["unknown_context"] = json!(keys);
        let asked = decide(&case);
        let mut other = case.clone();
        other["policies"] = reversed(&case["policies"]);
        prop_assert_eq!(decide(&other), asked);
        other["policies"] = in_other_form(&case["policies"]);
        prop_assert_eq!(decide(&other), asked);
    }

    #[test]
    fn proofs_hold(case in case()) {
        let case = Case::read(&case);
        let stack = case.stack();
        let explanation = explain(&case.request, &stack);
        prop_assert!(explanation.proof.holds(&explanation.decision, &case.request, &stack),
            "{:#?}", explanation);
    }

    #[test]
    fn more_patterns_cover_no_less(
        patterns in prop::collection::vec(resource(), 0..4), more in resource(), asked in resource(),
    ) {
        let patterns: Vec<Template> = patterns.into_iter().map(Template::from).collect();
        let (more, asked) = (Template::from(more), Template::from(asked));
        let fewer: Vec<&Template> = patterns.iter().collect();
        let all: Vec<&Template> = patterns.iter().chain([&more]).collect();
        if covers_together(&fewer, &asked) == Answer::Yes {
            prop_assert_eq!(covers_together(&all, &asked), Answer::Yes);
        }
    }
}
