//! What documents grant, case by case and by law.

use super::*;
use crate::model::policy::{Effect, Principal};
use crate::source::{Loc, Spanned};
use proptest::prelude::*;

const APP: &str = "arn:aws:ecr:eu-west-1:123456789012:repository/app";
const ALL: &str = "arn:aws:ecr:eu-west-1:123456789012:repository/*";

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Loc::NOWHERE)
}

fn element(values: &[&str], negated: bool) -> Element {
    Element {
        key: Loc::NOWHERE,
        loc: Loc::NOWHERE,
        negated,
        values: values
            .iter()
            .map(|value| spanned(template(value)))
            .collect(),
        complete: true,
    }
}

/// `<x>` in a test's text is a hole named `x`.
fn template(text: &str) -> Template {
    let mut out = Template::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, tail) = after.split_once('>').expect("a closed hole");
        out.push_literal(before);
        out.push_hole(name, format!("<{name}>"));
        rest = tail;
    }
    out.push_literal(rest);
    out
}

fn statement(effect: Effect, actions: &[&str], resources: &[&str]) -> Statement {
    Statement {
        loc: Loc::NOWHERE,
        sid: None,
        effect: Some(spanned(effect)),
        principal: None,
        action: Some(element(actions, false)),
        resource: Some(element(resources, false)),
        conditions: Vec::new(),
        conditions_are_read: true,
        condition_loc: None,
    }
}

fn allow(actions: &[&str], resources: &[&str]) -> Statement {
    statement(Effect::Allow, actions, resources)
}

fn deny(actions: &[&str], resources: &[&str]) -> Statement {
    statement(Effect::Deny, actions, resources)
}

fn conditional(mut statement: Statement) -> Statement {
    statement.condition_loc = Some(Loc::NOWHERE);
    statement
}

fn for_principal(mut statement: Statement, everyone: bool) -> Statement {
    statement.principal = Some(Principal {
        key: Loc::NOWHERE,
        loc: Loc::NOWHERE,
        negated: false,
        everyone: everyone.then_some(Loc::NOWHERE),
        entries: Vec::new(),
        complete: true,
    });
    statement
}

fn document(statements: Vec<Statement>) -> PolicyDocument {
    PolicyDocument {
        loc: Loc::NOWHERE,
        version: None,
        id: None,
        statements,
        faults: Vec::new(),
        complete: true,
        size: None,
    }
}

fn ask(statements: Vec<Statement>, action: &str, resource: &str) -> Grant {
    grants(&document(statements), action, &template(resource))
}

#[test]
fn allows() {
    let granted = Grant::Granted { statement: 0 };
    for (actions, resources, action, resource, grant) in [
        (
            &["ecr:PutImage"][..],
            &[APP][..],
            "ecr:PutImage",
            APP,
            granted,
        ),
        (&["ecr:*"], &["*"], "ecr:PutImage", ALL, granted),
        (&["*"], &["*"], "ecr:GetAuthorizationToken", "*", granted),
        (&["ecr:put*"], &[ALL], "ecr:PutImage", APP, granted),
        // Every request for an action on repositories is for a repository.
        (
            &["ecr:PutImage"],
            &[
                "arn:aws:ecr:*:*:repository/*",
                "arn:aws-*:ecr:*:*:repository/*",
            ],
            "ecr:PutImage",
            "*",
            { Grant::Partly { statement: 0 } },
        ),
        (
            &["ecr:PutImage"],
            &["arn:*:ecr:*:*:repository/*"],
            "ecr:PutImage",
            "*",
            granted,
        ),
        (
            &["ecr:PutImage"],
            &["arn:aws:ecr:*:*:*"],
            "ecr:PutImage",
            "arn:aws:ecr:*:*:repository/*",
            granted,
        ),
        (
            &["ecr:PutImage"],
            &[APP],
            "ecr:PutImage",
            ALL,
            Grant::Partly { statement: 0 },
        ),
        // Two entries together reach all that none reaches alone.
        (
            &["ecr:PutImage"],
            &[
                "arn:aws:ecr:eu-west-1:123456789012:repository/a",
                "arn:aws:ecr:eu-west-1:123456789012:repository/a?*",
            ],
            "ecr:PutImage",
            "arn:aws:ecr:eu-west-1:123456789012:repository/a*",
            granted,
        ),
        // The login has no resource: only `*` reaches it.
        (
            &["ecr:GetAuthorizationToken"],
            &[ALL],
            "ecr:GetAuthorizationToken",
            "*",
            Grant::NotGranted {
                nearest: Some(Nearest {
                    statement: 0,
                    missed: Missed::Resource,
                }),
            },
        ),
        (
            &["ecr:PutImage"],
            &["*"],
            "ecr:BatchGetImage",
            APP,
            Grant::NotGranted {
                nearest: Some(Nearest {
                    statement: 0,
                    missed: Missed::Action,
                }),
            },
        ),
        (
            &["s3:*"],
            &["arn:aws:s3:::b/*"],
            "ecr:BatchGetImage",
            APP,
            Grant::NotGranted {
                nearest: Some(Nearest {
                    statement: 0,
                    missed: Missed::Both,
                }),
            },
        ),
        (
            &["ecr:PutImage"],
            &["<repository>"],
            "ecr:PutImage",
            APP,
            Grant::Unknown,
        ),
        (
            &["ecr:PutImage"],
            &["<repository>"],
            "ecr:PutImage",
            "<repository>",
            granted,
        ),
        (&["<action>"], &["*"], "ecr:PutImage", APP, Grant::Unknown),
    ] {
        assert_eq!(
            ask(vec![allow(actions, resources)], action, resource),
            grant,
            "{actions:?} on {resources:?}"
        );
    }
}

#[test]
fn several_statements() {
    let all = || allow(&["ecr:*"], &["*"]);
    assert_eq!(
        ask(vec![], "ecr:PutImage", APP),
        Grant::NotGranted { nearest: None }
    );
    assert_eq!(
        ask(
            vec![all(), deny(&["ecr:Put*"], &["*"])],
            "ecr:PutImage",
            APP
        ),
        Grant::Denied { statement: 1 }
    );
    assert_eq!(
        ask(
            vec![all(), deny(&["ecr:Put*"], &[APP])],
            "ecr:PutImage",
            ALL
        ),
        Grant::Partly { statement: 0 }
    );
    assert_eq!(
        ask(
            vec![all(), deny(&["ecr:Put*"], &["<x>"])],
            "ecr:PutImage",
            APP
        ),
        Grant::Unknown,
        "a Deny that may hit"
    );
    assert_eq!(
        ask(
            vec![all(), conditional(deny(&["ecr:Put*"], &["*"]))],
            "ecr:PutImage",
            APP
        ),
        Grant::Granted { statement: 0 }
    );
    // A Deny that names repositories does not reach the login.
    assert_eq!(
        ask(
            vec![all(), deny(&["ecr:*"], &[ALL])],
            "ecr:GetAuthorizationToken",
            "*"
        ),
        Grant::Granted { statement: 0 }
    );
    assert_eq!(
        ask(
            vec![conditional(all()), allow(&["ecr:Put*"], &[APP])],
            "ecr:PutImage",
            APP
        ),
        Grant::Granted { statement: 1 }
    );
    assert_eq!(
        ask(
            vec![conditional(all()), allow(&["ecr:Put*"], &[APP])],
            "ecr:PutImage",
            ALL
        ),
        Grant::Conditional { statement: 0 }
    );
    let halves = vec![
        allow(
            &["ecr:PutImage"],
            &["arn:aws:ecr:eu-west-1:123456789012:repository/a"],
        ),
        allow(
            &["ecr:PutImage"],
            &["arn:aws:ecr:eu-west-1:123456789012:repository/a?*"],
        ),
    ];
    assert_eq!(
        ask(
            halves,
            "ecr:PutImage",
            "arn:aws:ecr:eu-west-1:123456789012:repository/a*"
        ),
        Grant::Granted { statement: 0 }
    );
}

#[test]
fn negated_elements() {
    let mut guard = deny(&["iam:*"], &["*"]);
    guard.action = Some(element(&["iam:*", "sts:*"], true));
    assert_eq!(
        ask(vec![allow(&["*"], &["*"]), guard], "ecr:PutImage", APP),
        Grant::Denied { statement: 1 }
    );
    let mut others = allow(&["ecr:*"], &[]);
    others.resource = Some(element(&[APP], true));
    assert_eq!(
        ask(vec![others.clone()], "ecr:PutImage", APP),
        Grant::NotGranted {
            nearest: Some(Nearest {
                statement: 0,
                missed: Missed::Resource
            })
        }
    );
    assert_eq!(
        ask(vec![others.clone()], "ecr:PutImage", ALL),
        Grant::Partly { statement: 0 }
    );
    // Every specific ARN fails to match `*`, so the statement reaches the login.
    assert_eq!(
        ask(vec![others], "ecr:GetAuthorizationToken", "*"),
        Grant::Granted { statement: 0 }
    );
}

#[test]
fn statements_without_resource() {
    let mut here = allow(&["ecr:PutImage"], &[]);
    here.resource = None;
    assert_eq!(ask(vec![here.clone()], "ecr:PutImage", APP), Grant::Unknown);
    assert_eq!(
        ask(vec![for_principal(here, false)], "ecr:PutImage", APP),
        Grant::Granted { statement: 0 }
    );
}

#[test]
fn principals_limit_a_deny_and_not_an_allow() {
    let all = || for_principal(allow(&["ecr:*"], &["*"]), false);
    assert_eq!(
        ask(
            vec![all(), for_principal(deny(&["ecr:*"], &["*"]), false)],
            "ecr:PutImage",
            APP
        ),
        Grant::Granted { statement: 0 }
    );
    assert_eq!(
        ask(
            vec![all(), for_principal(deny(&["ecr:*"], &["*"]), true)],
            "ecr:PutImage",
            APP
        ),
        Grant::Denied { statement: 1 }
    );
}

#[test]
fn what_was_not_read_makes_it_unknown() {
    let mut open = document(vec![allow(&["ecr:PutImage"], &[APP])]);
    open.complete = false;
    assert_eq!(
        grants(&open, "ecr:PutImage", &APP.into()),
        Grant::Granted { statement: 0 }
    );
    assert_eq!(
        grants(&open, "ecr:BatchGetImage", &APP.into()),
        Grant::Unknown
    );
    let mut list = allow(&["ecr:PutImage"], &[APP]);
    if let Some(action) = &mut list.action {
        action.complete = false;
    }
    assert_eq!(ask(vec![list], "ecr:BatchGetImage", APP), Grant::Unknown);
    let mut effect = allow(&["ecr:*"], &["*"]);
    effect.effect = None;
    assert_eq!(ask(vec![effect], "ecr:BatchGetImage", APP), Grant::Unknown);
}

#[test]
fn wildcards_are_expanded_over_the_closed_list() {
    let universe = catalog::actions_of("ecr");
    let names = |statement: &Statement| -> Vec<&str> {
        granted_actions(statement, universe)
            .iter()
            .map(|action| action.name)
            .collect()
    };
    assert_eq!(
        names(&allow(&["ecr:*Layer*"], &["*"])),
        [
            "BatchCheckLayerAvailability",
            "CompleteLayerUpload",
            "GetDownloadUrlForLayer",
            "InitiateLayerUpload",
            "UploadLayerPart"
        ]
    );
    assert_eq!(names(&allow(&["ecr:*"], &["*"])).len(), universe.len());
    let mut all_but = allow(&[], &["*"]);
    all_but.action = Some(element(&["ecr:Put*", "s3:*"], true));
    let puts = universe
        .iter()
        .filter(|action| action.name.starts_with("Put"))
        .count();
    assert_eq!(names(&all_but).len(), universe.len() - puts);
    assert_eq!(names(&allow(&["ecr:<x>"], &["*"])), Vec::<&str>::new());
}

/// How much a grant gives; `Unknown` stands apart.
fn rank(grant: Grant) -> Option<u8> {
    match grant {
        Grant::Denied { .. } | Grant::NotGranted { .. } => Some(0),
        Grant::Partly { .. } => Some(1),
        Grant::Conditional { .. } => Some(2),
        Grant::Granted { .. } => Some(3),
        Grant::Unknown => None,
    }
}

fn any_statement(effect: Effect) -> impl Strategy<Value = Statement> {
    let action = prop::sample::select(vec![
        "*",
        "ecr:*",
        "ecr:Put*",
        "ecr:PutImage",
        "ecr:<a>",
        "s3:*",
    ]);
    let resource = prop::sample::select(vec![
        "*",
        ALL,
        APP,
        "arn:aws:ecr:*:*:repository/b*",
        "<r>",
        "arn:aws:s3:::b",
    ]);
    (action, resource, any::<bool>(), any::<bool>()).prop_map(
        move |(action, resource, negated, has_condition)| {
            let mut made = statement(effect, &[action], &[resource]);
            if let Some(element) = &mut made.resource {
                element.negated = negated;
            }
            if has_condition {
                conditional(made)
            } else {
                made
            }
        },
    )
}

fn any_effect() -> impl Strategy<Value = Statement> {
    prop_oneof![any_statement(Effect::Allow), any_statement(Effect::Deny)]
}

fn any_request() -> impl Strategy<Value = (&'static str, &'static str)> {
    (
        prop::sample::select(vec![
            "ecr:PutImage",
            "ecr:GetAuthorizationToken",
            "s3:GetObject",
        ]),
        prop::sample::select(vec![APP, ALL, "*", "<r>"]),
    )
}

proptest! {
    #[test]
    fn a_deny_never_grants(
        statements in prop::collection::vec(any_effect(), 0..4), more in any_statement(Effect::Deny), request in any_request()
    ) {
        let before = rank(ask(statements.clone(), request.0, request.1));
        let mut denied = statements;
        denied.push(more);
        let after = rank(ask(denied, request.0, request.1));
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(after <= before);
        }
        if before == Some(0) {
            prop_assert_eq!(after, Some(0));
        }
    }

    #[test]
    fn an_allow_never_takes_away(
        statements in prop::collection::vec(any_effect(), 0..4), more in any_statement(Effect::Allow), request in any_request()
    ) {
        let before = rank(ask(statements.clone(), request.0, request.1));
        let mut allowed = statements;
        allowed.push(more);
        let after = rank(ask(allowed, request.0, request.1));
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(after >= before);
        }
    }

    #[test]
    fn the_order_of_statements_does_not_count(
        statements in prop::collection::vec(any_effect(), 0..4), request in any_request()
    ) {
        let mut reversed = statements.clone();
        reversed.reverse();
        prop_assert_eq!(rank(ask(statements, request.0, request.1)), rank(ask(reversed, request.0, request.1)));
    }
}
