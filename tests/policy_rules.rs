//! What holds for the policy rules as a whole: the way a policy is written or wrapped changes nothing that is said about
//! it, and the limits of size, which no fixture should have to reach.

mod support;

use ecrlint::rules::meta::Profile;
use ecrlint::{Input, lint};
use serde_json::{Value, json};

/// The messages of a policy rule about one file, sorted.
fn said(path: &str, text: String) -> Vec<String> {
    let run = lint(
        vec![Input::text(path, text)],
        &support::registry(),
        &support::profile(Profile::Pedantic),
    );
    let mut said: Vec<String> = run
        .report
        .heard()
        .map(|one| format!("{}[{}] {}", one.severity.word(), one.rule.code, one.message))
        .collect();
    said.sort();
    said
}

/// The policies of the bad cases that are plain JSON files in `iam/`.
fn policies() -> Vec<(String, Value)> {
    let mut policies = Vec::new();
    for rule in support::folders(&support::root().join("tests/fixtures/rules")) {
        for case in support::folders(&rule) {
            let name = format!("{}/{}", support::name(&rule), support::name(&case));
            for input in support::files(&case) {
                let is_plain = input.path.starts_with("iam/") && input.path.ends_with(".json");
                // A map of this reader cannot hold a key twice.
                if is_plain && !name.contains("duplicates") && !input.path.contains("boundary") {
                    policies.push((
                        name.clone(),
                        serde_json::from_str(&input.text).expect("JSON"),
                    ));
                }
            }
        }
    }
    assert!(policies.len() > 30, "only {} policies", policies.len());
    policies
}

#[test]
fn wrappers_change_nothing() {
    let mut fired = 0;
    for (name, policy) in policies() {
        let plain = said("iam/policy.json", policy.to_string());
        let wrapped = json!({"RoleName": "a", "PolicyName": "b", "PolicyDocument": policy});
        let escaped =
            json!({"RoleName": "a", "PolicyName": "b", "PolicyDocument": policy.to_string()});
        let yaml = serde_json::to_string_pretty(&policy).expect("text");
        let forms = [
            ("wrapped", said("policy.json", wrapped.to_string())),
            ("escaped", said("policy.json", escaped.to_string())),
            (
                "flow YAML",
                said("iam/policy.yaml", format!("# a policy\n{yaml}\n")),
            ),
        ];
        for (form, others) in forms {
            assert_eq!(others, plain, "{name} {form}");
        }
        fired += usize::from(!plain.is_empty());
    }
    assert!(fired > 20, "only {fired} policies have findings");
}

#[test]
fn order_and_the_form_of_lists_change_nothing() {
    for (name, policy) in policies() {
        let plain = said("iam/policy.json", policy.to_string());
        let mut other = policy.clone();
        match &mut other["Statement"] {
            Value::Array(statements) => statements.reverse(),
            one => *one = json!([one.clone()]),
        }
        for statement in other["Statement"].as_array_mut().expect("a list") {
            for element in ["Action", "NotAction", "Resource", "NotResource"] {
                match statement.get_mut(element) {
                    Some(Value::Array(values)) if values.len() == 1 => {
                        let one = values[0].clone();
                        statement[element] = one;
                    }
                    Some(text @ Value::String(_)) => *text = json!([text.clone()]),
                    _ => {}
                }
            }
        }
        assert_eq!(said("iam/policy.json", other.to_string()), plain, "{name}");
    }
}

/// A policy with so many repositories that its text is about `length` long.
fn long_policy(length: usize) -> Value {
    let arn = |at: usize| format!("arn:aws:ecr:eu-west-1:111122223333:repository/team/a{at:05}");
    let count = length / (arn(0).len() + 3);
    let resources: Vec<String> = (0..count).map(arn).collect();
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Resource": resources,
    }]})
}

#[test]
fn each_kind_of_policy_has_its_limit() {
    let repository = |length| {
        let text = long_policy(length).to_string();
        said(
            "p.json",
            json!({"repositoryName": "a", "policyText": text}).to_string(),
        )
    };
    let endpoint = |text: String| {
        let service = "com.amazonaws.eu-west-1.ecr.dkr";
        let shown = json!({"VpcEndpoints": [{
            "VpcEndpointId": "vpce-0a1b2c3d4e5f60718", "VpcEndpointType": "Interface", "VpcId": "vpc-0a1b2c3d",
            "ServiceName": service, "PolicyDocument": text,
        }]});
        said("p.json", shown.to_string())
    };
    let about_size = |said: &[String]| said.iter().any(|line| line.contains("over the limit of"));

    assert!(!about_size(&repository(9_000)));
    assert!(about_size(&repository(11_000)));
    assert!(!about_size(&endpoint(long_policy(19_000).to_string())));
    assert!(about_size(&endpoint(long_policy(21_000).to_string())));
    // White space counts in an endpoint's policy, and only there.
    let spread = serde_json::to_string_pretty(&long_policy(18_000)).expect("text");
    assert!(spread.len() > 20_480, "{}", spread.len());
    assert!(about_size(&endpoint(spread)));
}
