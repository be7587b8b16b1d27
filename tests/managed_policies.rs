//! AWS's own policies are right by definition: each of them, written as a file, must give no error and no warning.
//!
//! The tests compare with the reference data, which is not part of the project: `ECRLINT_SHARED` names the folder that holds
//! `reference/managed-policies.json` and `reference/managed-policy-index.json`; without it they say that they skip. What the rules must say about such policies once something is broken in them is
//! in `tests/fixtures/rules`.

mod support;

use ecrlint::catalog::{MANAGED_POLICIES, MANAGED_POLICY_NAMES};
use ecrlint::diag::Severity;
use ecrlint::iam::{Alone, Answer};
use ecrlint::model::policy::{PolicyDocument, Statement};
use ecrlint::recognize::iam_policy::managed::{ManagedDocument, managed_policy};
use ecrlint::rules::meta::Profile;
use ecrlint::{Input, lint};
use serde_json::{Map, Value, json};
use std::path::Path;

/// A table of the reference data; `None`, said on standard error, where there is none to be had.
fn table(name: &str) -> Option<Value> {
    let Some(shared) = std::env::var_os("ECRLINT_SHARED") else {
        eprintln!("skipped: ECRLINT_SHARED is not set");
        return None;
    };
    let path = Path::new(&shared).join("reference").join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn managed_policies_give_no_error_and_no_warning() {
    let Some(table) = table("managed-policies.json") else {
        return;
    };
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

/// `yes`, `restricted` or `no`, as the table defines them.
fn coverage(document: &PolicyDocument, actions: &[Value]) -> &'static str {
    let alone = Alone::new(document);
    let reaches = |(at, statement): (usize, &Statement), action: &str| {
        statement.allows() && alone.names(at, action) == Answer::Yes
    };
    let is_wide = |statement: &Statement| {
        let element = statement.resource.as_ref().expect("a resource");
        let has_star = element
            .values
            .iter()
            .any(|value| value.value.as_literal() == Some("*"));
        has_star && !element.negated && statement.conditions.is_empty()
    };
    let mut found = "yes";
    for action in actions {
        let action = action.as_str().expect("an action");
        let statements = || {
            document
                .statements
                .iter()
                .enumerate()
                .filter(|pair| reaches(*pair, action))
                .map(|(_, statement)| statement)
        };
        if statements().next().is_none() {
            return "no";
        }
        if !statements().any(is_wide) {
            found = "restricted";
        }
    }
    found
}

#[test]
fn embedded_policies_grant_what_the_reference_data_says() {
    let Some(table) = table("managed-policies.json") else {
        return;
    };
    let operations = table["_meta"]["coverage_operations"]
        .as_object()
        .expect("operations");
    let policies = table["policies"].as_object().expect("policies");
    assert_eq!(policies.len(), MANAGED_POLICIES.len());
    let mut compared = 0;
    for (name, policy) in policies {
        let arn = policy["arn"].as_str().expect("an ARN");
        let ManagedDocument::Known(document) = managed_policy(arn) else {
            panic!("{name} is not embedded");
        };
        assert!(
            document.statements.iter().all(Statement::allows),
            "{name} denies something"
        );
        let expected = match &policy["coverage_newer"] {
            Value::Null => &policy["coverage"],
            newer => newer,
        };
        for (operation, actions) in operations {
            let actions = actions.as_array().expect("actions");
            let found = coverage(&document, actions);
            assert_eq!(expected[operation], found, "{name}: {operation}");
            compared += 1;
        }
    }
    assert_eq!(compared, policies.len() * operations.len());
}

#[test]
fn names_are_those_of_the_reference_data() {
    let Some(table) = table("managed-policy-index.json") else {
        return;
    };
    let policies = table["policies"].as_object().expect("policies");
    assert_eq!(policies.len(), MANAGED_POLICY_NAMES.len());
    for (name, policy) in policies {
        let arn = policy["arn"].as_str().expect("an ARN");
        let found = managed_policy(arn);
        assert!(!matches!(found, ManagedDocument::Unknown), "{name}");
    }
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
