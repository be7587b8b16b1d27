//! What documents grant, case by case and by law.

use super::*;
use crate::catalog;
use crate::iam::{Attached, Context, Outcome, Stack, authorize};
use crate::model::policy::{Condition, Element, Principal, PrincipalEntry, Statement};
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

fn under(mut statement: Statement, operator: &str, value: &str) -> Statement {
    statement.condition_loc = Some(Loc::NOWHERE);
    statement.conditions.push(Condition {
        loc: Loc::NOWHERE,
        operator: spanned(operator.to_string()),
        key: spanned("aws:SourceVpce".to_string()),
        values: vec![spanned(template(value))],
    });
    statement
}

fn conditional(statement: Statement) -> Statement {
    under(statement, "StringEquals", "vpce-1")
}

fn for_principal(mut statement: Statement, everyone: bool) -> Statement {
    statement.principal = Some(Principal {
        key: Loc::NOWHERE,
        loc: Loc::NOWHERE,
        negated: false,
        everyone: everyone.then_some(Loc::NOWHERE),
        entries: vec![PrincipalEntry {
            kind: spanned("AWS".to_string()),
            value: spanned(template("123456789012")),
        }],
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
    Alone::new(&document(statements)).grants(action, &template(resource))
}

#[test]
fn allows() {
    let granted = Grant::Granted;
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
            Grant::Conditional,
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
            Grant::Conditional,
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
            Grant::NotGranted,
        ),
        (
            &["ecr:PutImage"],
            &["*"],
            "ecr:BatchGetImage",
            APP,
            Grant::NotGranted,
        ),
        (
            &["s3:*"],
            &["arn:aws:s3:::b/*"],
            "ecr:BatchGetImage",
            APP,
            Grant::NotGranted,
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
    assert_eq!(ask(vec![], "ecr:PutImage", APP), Grant::NotGranted);
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
        Grant::Conditional
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
        Grant::Conditional
    );
    // A Deny that names repositories does not reach the login.
    assert_eq!(
        ask(
            vec![all(), deny(&["ecr:*"], &[ALL])],
            "ecr:GetAuthorizationToken",
            "*"
        ),
        Grant::Granted
    );
    assert_eq!(
        ask(
            vec![conditional(all()), allow(&["ecr:Put*"], &[APP])],
            "ecr:PutImage",
            APP
        ),
        Grant::Granted
    );
    assert_eq!(
        ask(
            vec![conditional(all()), allow(&["ecr:Put*"], &[APP])],
            "ecr:PutImage",
            ALL
        ),
        Grant::Conditional
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
        Grant::Granted
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
        Grant::NotGranted
    );
    assert_eq!(
        ask(vec![others.clone()], "ecr:PutImage", ALL),
        Grant::Conditional
    );
    // Every specific ARN fails to match `*`, so the statement reaches the login.
    assert_eq!(
        ask(vec![others], "ecr:GetAuthorizationToken", "*"),
        Grant::Granted
    );
}

#[test]
fn statements_without_resource() {
    let mut here = allow(&["ecr:PutImage"], &[]);
    here.resource = None;
    assert_eq!(ask(vec![here.clone()], "ecr:PutImage", APP), Grant::Unknown);
    assert_eq!(
        ask(
            vec![for_principal(here.clone(), false)],
            "ecr:PutImage",
            APP
        ),
        Grant::Conditional
    );
    assert_eq!(
        ask(vec![for_principal(here, true)], "ecr:PutImage", APP),
        Grant::Granted
    );
}

#[test]
fn principals_are_those_of_some_callers() {
    let all = |everyone| for_principal(allow(&["ecr:*"], &["*"]), everyone);
    let none = |everyone| for_principal(deny(&["ecr:*"], &["*"]), everyone);
    for (statements, grant) in [
        (vec![all(true)], Grant::Granted),
        (vec![all(false)], Grant::Conditional),
        (vec![all(true), none(false)], Grant::Conditional),
        (vec![all(false), none(true)], Grant::Denied { statement: 1 }),
        // Whom the one means the other means too.
        (vec![all(false), none(false)], Grant::NotGranted),
    ] {
        assert_eq!(
            ask(statements.clone(), "ecr:PutImage", APP),
            grant,
            "{statements:?}"
        );
    }
}

#[test]
fn what_was_not_read_makes_it_unknown() {
    let mut open = document(vec![allow(&["ecr:PutImage"], &[APP])]);
    open.complete = false;
    let open = Alone::new(&open);
    // What was not read may as well be a Deny.
    for action in ["ecr:PutImage", "ecr:BatchGetImage"] {
        assert_eq!(open.grants(action, &APP.into()), Grant::Unknown);
    }
    assert_eq!(open.allows_part("ecr:PutImage", &APP.into()), Answer::Yes);
    assert_eq!(
        open.allows_part("ecr:BatchGetImage", &APP.into()),
        Answer::Maybe
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
    let names = |statement: Statement| -> Vec<&str> {
        let alone = Alone::new(&document(vec![statement]));
        universe
            .iter()
            .filter(|action| alone.names(0, &action.qualified()) == Answer::Yes)
            .map(|action| action.name)
            .collect()
    };
    assert_eq!(
        names(allow(&["ecr:*Layer*"], &["*"])),
        [
            "BatchCheckLayerAvailability",
            "CompleteLayerUpload",
            "GetDownloadUrlForLayer",
            "InitiateLayerUpload",
            "UploadLayerPart"
        ]
    );
    assert_eq!(names(allow(&["ecr:*"], &["*"])).len(), universe.len());
    let mut all_but = allow(&[], &["*"]);
    all_but.action = Some(element(&["ecr:Put*", "s3:*"], true));
    let puts = universe
        .iter()
        .filter(|action| action.name.starts_with("Put"))
        .count();
    assert_eq!(names(all_but).len(), universe.len() - puts);
    assert_eq!(names(allow(&["ecr:<x>"], &["*"])), Vec::<&str>::new());
}

#[test]
fn conditions_are_evaluated_for_all_that_may_be() {
    let all = || allow(&["ecr:*"], &["*"]);
    let one = |operator| under(all(), operator, "vpce-1");
    let no = |operator| under(deny(&["ecr:*"], &["*"]), operator, "vpce-1");
    for (statements, grant) in [
        (vec![one("StringEquals")], Grant::Conditional),
        // Whatever the endpoint is, one of the two holds.
        (
            vec![one("StringEquals"), one("StringNotEquals")],
            Grant::Granted,
        ),
        (
            vec![all(), no("StringEquals"), no("StringNotEquals")],
            Grant::Denied { statement: 1 },
        ),
        // No endpoint is and is not this one.
        (
            vec![under(one("StringEquals"), "StringNotEquals", "vpce-1")],
            Grant::NotGranted,
        ),
        (vec![under(all(), "StringEquals", "<x>")], Grant::Unknown),
        (vec![under(all(), "StringEqual", "vpce-1")], Grant::Unknown),
    ] {
        assert_eq!(
            ask(statements.clone(), "ecr:PutImage", APP),
            grant,
            "{statements:?}"
        );
    }
}

#[test]
fn a_part_may_be_allowed() {
    let alone = |statements| Alone::new(&document(statements));
    let part = |statements, action| alone(statements).allows_part(action, &ALL.into());
    let push = "ecr:PutImage";
    assert_eq!(part(vec![allow(&[push], &[APP])], push), Answer::Yes);
    assert_eq!(part(vec![allow(&[push], &[ALL])], push), Answer::Yes);
    assert_eq!(
        part(vec![conditional(allow(&[push], &[APP]))], push),
        Answer::Yes
    );
    assert_eq!(part(vec![allow(&[push], &["<x>"])], push), Answer::Maybe);
    assert_eq!(part(vec![allow(&["ecr:<x>"], &[APP])], push), Answer::Maybe);
    assert_eq!(part(vec![deny(&[push], &[APP])], push), Answer::No);
    assert_eq!(part(vec![allow(&["s3:*"], &["*"])], push), Answer::No);
    let elsewhere = "arn:aws:ecr:eu-west-1:123456789012:repo/*";
    assert_eq!(part(vec![allow(&[push], &[elsewhere])], push), Answer::No);
    let mut but_app = allow(&[push], &[]);
    but_app.resource = Some(element(&[APP], true));
    assert_eq!(part(vec![but_app.clone()], push), Answer::Yes);
    assert_eq!(
        alone(vec![but_app]).allows_part(push, &APP.into()),
        Answer::No
    );
    let login = "ecr:GetAuthorizationToken";
    assert_eq!(part(vec![allow(&["ecr:*"], &[ALL])], login), Answer::No);
    assert_eq!(part(vec![allow(&["ecr:*"], &["*"])], login), Answer::Yes);
}

/// How much a grant gives; `Unknown` stands apart.
fn rank(grant: Grant) -> Option<u8> {
    match grant {
        Grant::Denied { .. } | Grant::NotGranted => Some(0),
        Grant::Conditional => Some(1),
        Grant::Granted => Some(2),
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
    fn no_caller_and_no_circumstances_contradict_it(
        statements in prop::collection::vec(any_effect(), 0..4),
        action in prop::sample::select(vec!["ecr:PutImage", "ecr:GetAuthorizationToken"]),
        asked in prop::sample::select(vec![APP, ALL, "*"]),
        endpoint in prop::sample::select(vec![None, Some("vpce-1"), Some("vpce-2")]),
    ) {
        let document = document(statements);
        let alone = Alone::new(&document);
        let asked: Template = asked.into();
        let (grant, part) = (alone.grants(action, &asked), alone.allows_part(action, &asked));
        let mut context = Context::closed();
        if let Some(endpoint) = endpoint {
            context.set_value("aws:SourceVpce", endpoint);
        }
        let compiled = Compiled::new(&document);
        let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            action,
            Target::Exact(APP.to_string()),
            context,
        );
        let decided = authorize(&request, &stack);
        match (grant, decided.verdict) {
            (Grant::Granted, verdict) => prop_assert_eq!(verdict, Verdict::Allowed),
            (Grant::Denied { .. } | Grant::NotGranted, verdict) => {
                prop_assert_eq!(verdict, Verdict::Denied);
            }
            _ => {}
        }
        if let Grant::Denied { .. } = grant && decided.outcome.is_some() {
            prop_assert_eq!(decided.outcome, Some(Outcome::ExplicitDeny));
        }
        if decided.verdict == Verdict::Allowed {
            prop_assert_ne!(part, Answer::No);
        }
    }

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
