//! The engine against the project's shared cases. They live outside the repository: set `ECRLINT_SHARED` to the folder that
//! holds `cases/`. `tests/iam.rs` has the repository's own.

mod support;

use ecrlint::iam::{Outcome, Verdict, authorize, explain, layer_name};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::iam::Case;

/// The lines of a file of cases; `None`, said on standard error, where there are none to be had.
fn cases(name: &str) -> Option<Vec<Value>> {
    let Some(shared) = std::env::var_os("ECRLINT_SHARED") else {
        eprintln!("skipped: ECRLINT_SHARED is not set");
        return None;
    };
    let path = PathBuf::from(shared).join("cases").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect(),
    )
}

/// Compares the answer to each case with what it expects, all of the fields.
fn compare(name: &str, expected: fn(&Value) -> String, answer: fn(&Value) -> String) {
    let Some(cases) = cases(name) else { return };
    let mut wrong = Vec::new();
    for case in &cases {
        let (wanted, got) = (expected(case), answer(case));
        if wanted != got {
            wrong.push(format!("{}: wanted {wanted}, got {got}", case["id"]));
        }
    }
    eprintln!("{name}: {} of {}", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn decided(case: &Value) -> String {
    let case = Case::read(case);
    let decision = authorize(&case.request, &case.stack());
    let outcome = match decision.outcome {
        Some(Outcome::Allow) => "allow",
        Some(Outcome::ImplicitDeny) => "implicit_deny",
        Some(Outcome::ExplicitDeny) => "explicit_deny",
        None => "none",
    };
    let deciding = decision.deciding.map_or("null".to_string(), |at| {
        format!("[{},{}]", at.policy, at.statement)
    });
    let limited: Vec<_> = decision
        .limited_by
        .into_iter()
        .map(|layer| format!("\"{}\"", layer_name(layer)))
        .collect();
    format!("{outcome} {deciding} [{}]", limited.join(","))
}

fn expected_decision(case: &Value) -> String {
    let outcome = case["expected"].as_str().expect("an outcome");
    format!("{outcome} {} {}", case["deciding"], case["limited_by"])
}

#[test]
fn requests() {
    compare("requests.jsonl", expected_decision, decided);
}

#[test]
fn requests_from_documentation() {
    compare("requests-from-docs.jsonl", expected_decision, decided);
}

#[test]
fn worlds() {
    compare(
        "worlds.jsonl",
        |case| case["expected"].as_str().expect("a verdict").to_string(),
        |case| {
            let case = Case::read(case);
            let verdict = match authorize(&case.request, &case.stack()).verdict {
                Verdict::Allowed => "allowed",
                Verdict::Denied => "denied",
                Verdict::Conditional => "conditional",
                Verdict::Unknown => "unknown",
            };
            verdict.to_string()
        },
    );
}

#[test]
fn proofs_of_all() {
    for name in ["requests.jsonl", "requests-from-docs.jsonl", "worlds.jsonl"] {
        for case in cases(name).unwrap_or_default() {
            let read = Case::read(&case);
            let stack = read.stack();
            let explanation = explain(&read.request, &stack);
            let proof = &explanation.proof;
            assert!(
                proof.holds(&explanation.decision, &read.request, &stack),
                "{}: {explanation:#?}",
                case["id"]
            );
        }
    }
}
