//! The engine against the repository's own cases: each says what AWS documents, where, and what follows for one request.
//! And the laws that hold for all policies.

mod support;

use ecrlint::iam::{Outcome, Verdict, authorize, explain, layer_name};
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
