//! AWS's own policies are right by definition: each of them, written as a file, must give no error and no warning.
//!
//! The policies are not part of the project. `ECRLINT_SHARED` names the folder that holds `reference/managed-policies.json`;
//! without it the test says that it skips. What the rules must say about such policies once something is broken in them is
//! in `tests/fixtures/rules`.

mod support;

use ecrlint::diag::Severity;
use ecrlint::rules::meta::Profile;
use ecrlint::{Input, lint};
use serde_json::{Map, Value, json};
use std::path::Path;

#[test]
fn managed_policies_give_no_error_and_no_warning() {
    let Some(shared) = std::env::var_os("ECRLINT_SHARED") else {
        eprintln!("skipped: ECRLINT_SHARED is not set");
        return;
    };
    let path = Path::new(&shared).join("reference/managed-policies.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: Value = serde_json::from_str(&text).expect("JSON");
    let policies = table["policies"].as_object().expect("a map of policies");
    assert!(policies.len() >= 40, "only {} policies", policies.len());

    let mut linted = 0;
    let mut wrong = Vec::new();
    for (name, policy) in policies {
        for key in ["statements", "newer_statements"] {
            let Some(statements) = policy[key].as_array() else {
                continue;
            };
            let text = serde_json::to_string_pretty(&document(statements)).expect("text");
            let inputs = vec![Input::text(format!("iam/{name}.json"), text)];
            let run = lint(
                inputs,
                &support::registry(),
                &support::profile(Profile::Security),
            );
            assert_eq!(run.report.files_linted, 1, "{name} is not read as a policy");
            linted += 1;
            wrong.extend(
                run.report
                    .heard()
                    .filter(|one| one.severity >= Severity::Warning)
                    .map(|one| support::line(one, &run.sources)),
            );
        }
    }
    assert!(
        linted > policies.len(),
        "some policies have a newer version"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The policy as IAM would print it, from the table's flat form.
fn document(statements: &[Value]) -> Value {
    let statements: Vec<Value> = statements
        .iter()
        .map(|statement| {
            let mut written = Map::new();
            for (from, to) in [
                ("sid", "Sid"),
                ("effect", "Effect"),
                ("actions", "Action"),
                ("not_actions", "NotAction"),
                ("resources", "Resource"),
                ("not_resources", "NotResource"),
                ("conditions", "Condition"),
            ] {
                let is_empty = |value: &Value| {
                    value.is_null()
                        || value.as_array().is_some_and(Vec::is_empty)
                        || value.as_object().is_some_and(Map::is_empty)
                };
                if let Some(value) = statement.get(from).filter(|value| !is_empty(value)) {
                    written.insert(to.to_string(), value.clone());
                }
            }
            Value::Object(written)
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}
