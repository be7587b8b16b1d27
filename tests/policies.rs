//! Policies whose meaning is known from elsewhere: the managed policies of AWS, and what each is known to allow.
//!
//! The data is not part of the project. The tests that need it run where `ECRLINT_SHARED` names the folder that has it,
//! and say so where they do not.

use ecrlint::catalog;
use ecrlint::iam::{Alone, Grant};
use ecrlint::model::policy::{Layer, Policy};
use ecrlint::recognize::{DocumentKind, Subject, recognize};
use ecrlint::source::FileId;
use ecrlint::tree::{Node, Syntax, parse};
use std::path::PathBuf;
use std::sync::Arc;

fn shared(file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ECRLINT_SHARED") else {
        eprintln!("skipped: ECRLINT_SHARED is not set");
        return None;
    };
    Some(PathBuf::from(folder).join(file))
}

fn read_policies(path: &str, text: &str) -> Vec<Policy> {
    let parsed = parse(FileId(0), text, Syntax::of(path, text));
    assert_eq!(parsed.problems, [], "{path}");
    let mut policies = Vec::new();
    for document in &parsed.documents {
        let subject = Subject {
            path,
            text,
            document,
        };
        let (kind, recognized) =
            recognize(&subject).unwrap_or_else(|| panic!("{path}: nothing known"));
        assert_eq!(kind, DocumentKind::IamPolicy, "{path}");
        assert_eq!(recognized.problems, [], "{path}");
        policies.extend(
            recognized
                .facts
                .policies
                .into_iter()
                .map(Arc::unwrap_or_clone),
        );
    }
    policies
}

/// A statement of the collection in IAM's own words.
fn written(statement: &Node<'_>, text: &str) -> String {
    let fields = [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
        ("conditions", "Condition"),
    ];
    let entries: Vec<_> = fields
        .iter()
        .filter_map(|(known, name)| {
            let value = statement.get(known).filter(|value| !value.is_null())?;
            let says_nothing = (value.is_list() || value.is_map())
                && value.items().is_empty()
                && value.entries().is_empty();
            let written = text.get(value.loc.span.range()).expect("a span");
            (!says_nothing).then(|| format!("\"{name}\": {written}"))
        })
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// What the collection says: `yes` is everything on `*` without conditions, `restricted` less, `no` not all the actions.
fn coverage(policy: &Policy, actions: &[&str]) -> &'static str {
    let alone = Alone::new(&policy.document);
    let answers: Vec<_> = actions
        .iter()
        .map(|action| alone.grants(action, &"*".into()))
        .collect();
    if answers.iter().all(|answer| *answer == Grant::Granted) {
        "yes"
    } else if answers
        .iter()
        .all(|answer| matches!(answer, Grant::Granted | Grant::Conditional))
    {
        "restricted"
    } else {
        "no"
    }
}

#[test]
fn managed_policies_grant_what_they_are_known_to_grant() {
    let Some(path) = shared("reference/managed-policies.json") else {
        return;
    };
    let text = std::fs::read_to_string(&path).expect("the collection");
    let parsed = parse(FileId(0), &text, Syntax::Json);
    let root = &parsed.documents.first().expect("a document").root;
    let operations: Vec<(&str, Vec<&str>)> = root
        .get("_meta")
        .and_then(|meta| meta.get("coverage_operations"))
        .expect("the operations")
        .entries()
        .iter()
        .map(|entry| {
            let actions = entry.value.items().iter().filter_map(Node::as_str);
            (entry.key.value.as_ref(), actions.collect())
        })
        .collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in root.get("policies").expect("the policies").entries() {
        let name = entry.key.value.as_ref();
        let statements = entry.value.get("statements").expect("statements").items();
        let statements: Vec<_> = statements
            .iter()
            .map(|statement| written(statement, &text))
            .collect();
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        );
        let policies = read_policies(&format!("{name}.json"), &document);
        let [policy] = policies.as_slice() else {
            panic!("{name}: {} policies", policies.len());
        };
        assert_eq!(policy.document.faults.len(), 0, "{name}");
        assert!(policy.document.complete, "{name}");
        assert_eq!(
            (policy.layer, policy.layer_is_certain),
            (Layer::Identity, true),
            "{name}"
        );
        for (operation, actions) in &operations {
            let known = entry
                .value
                .get("coverage")
                .and_then(|coverage| coverage.get(operation))
                .and_then(Node::as_str)
                .expect("a coverage");
            let found = coverage(policy, actions);
            if found != known {
                wrong.push(format!("{name}, {operation}: {found}, known as {known}"));
            }
        }
        seen += 1;
    }
    assert!(seen > 40, "{seen} policies");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn documented_operations_are_granted_by_their_own_policy() {
    for operation in catalog::OPERATIONS {
        let statements: Vec<String> = operation
            .permissions
            .iter()
            .filter(|permission| {
                permission.resource == "*" || permission.resource.starts_with("arn:")
            })
            .map(|permission| {
                format!(
                    r#"{{"Effect": "Allow", "Action": {:?}, "Resource": "{}"}}"#,
                    permission.actions,
                    filled(permission.resource)
                )
            })
            .collect();
        if statements.is_empty() {
            continue;
        }
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        );
        let policies = read_policies("operation.json", &text);
        let alone = Alone::new(&policies.first().expect("a policy").document);
        for permission in operation.permissions {
            for action in permission.actions {
                let resource = filled(permission.resource);
                let answer = alone.grants(action, &resource.as_str().into());
                let is_trust =
                    !permission.resource.starts_with("arn:") && permission.resource != "*";
                assert!(
                    is_trust || answer == Grant::Granted,
                    "{}: {action} on {resource}: {answer:?}",
                    operation.id
                );
            }
        }
    }
}

/// A resource template of the catalog with an image of an example account.
fn filled(template: &str) -> String {
    template
        .replace("{partition}", "aws")
        .replace("{region}", "eu-west-1")
        .replace("{account}", "123456789012")
        .replace("{destination_account}", "210987654321")
        .replace(['{', '}'], "")
}
