//! `aws:SourceVpce` on what goes through two endpoints: the login through `ecr.api`, a pull or push by Docker through
//! `ecr.dkr` (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::super::Context;
use super::super::endpoints::may_name;
use super::super::image_actions::{PULL, UPLOAD};
use super::Asked;
use super::operator::Operator;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::iam::{Alone, Answer};
use crate::link::flow::{Flow, Source};
use crate::model::Facts;
use crate::model::policy::{Condition, Layer};
use crate::model::template::Template;
use crate::source::{FileId, Spanned};

const LOGIN: &str = "ecr:GetAuthorizationToken";

pub(super) fn check(cx: &Context<'_>, asked: &Asked<'_>) -> Option<Diagnostic> {
    if !matches!(asked.policy.layer, Layer::Identity | Layer::Repository) {
        return None;
    }
    let condition = |key: &str| {
        asked.statement.conditions.iter().find(|condition| {
            let operator = Operator::of(condition);
            condition.key.value.eq_ignore_ascii_case(key)
                && operator.is_strict()
                && operator.is_any(&["StringEquals", "StringEqualsIgnoreCase", "StringLike"])
        })
    };
    let endpoint = condition("aws:SourceVpce");
    endpoint
        .and_then(|condition| one_for_two(cx, asked, condition))
        .or_else(|| on_fargate(cx, asked, endpoint.or_else(|| condition("aws:SourceVpc"))?))
}

/// Whether the statement is the one that allows some of these.
fn allows(asked: &Asked<'_>, actions: &[&'static str]) -> Option<&'static str> {
    actions
        .iter()
        .find(|action| asked.names(action) && !asked.is_granted_besides(action))
        .copied()
}

fn one_for_two(cx: &Context<'_>, asked: &Asked<'_>, condition: &Condition) -> Option<Diagnostic> {
    let login = allows(asked, &[LOGIN]);
    let moves = allows(asked, &PULL).or_else(|| allows(asked, &UPLOAD));
    let named: Option<Vec<&Spanned<Template>>> = condition
        .values
        .iter()
        .map(|value| service_of(&cx.workspace.facts, &value.value))
        .collect();
    let first = condition.values.first()?;
    let Some(named) = named else {
        // One id that is not in sight is that of one endpoint, whichever it is.
        let is_one_id = condition.values.len() == 1
            && first
                .value
                .as_literal()
                .is_some_and(|text| text.starts_with("vpce-") && !text.contains(['*', '?']));
        return (is_one_id && login.is_some() && moves.is_some()).then(|| {
            asked
                .finding(
                    cx,
                    condition,
                    "one endpoint is named for the login and the pull, which come through two"
                        .to_string(),
                )
                .severity(Severity::Warning)
                .confidence(Confidence::Medium)
                .help("name the endpoints of `ecr.api` and of `ecr.dkr`")
        });
    };
    let may_carry = |service: &str| named.iter().any(|name| may_name(&name.value, service));
    let is_of_ecr = may_carry("ecr.api") || may_carry("ecr.dkr");
    let (action, wanted) = match (login, moves) {
        (Some(login), _) if !may_carry("ecr.api") => (login, "ecr.api"),
        // A client of the API pulls through `ecr.api` as well.
        (login, Some(moves)) if !may_carry("ecr.dkr") && (login.is_some() || !is_of_ecr) => {
            (moves, "ecr.dkr")
        }
        _ => return None,
    };
    let there = named.first()?;
    Some(
        asked
            .finding(
                cx,
                condition,
                format!(
                    "requests for {} come through the endpoint of {}, which this does not name",
                    quote(action),
                    quote(wanted)
                ),
            )
            .related(first.loc, "this is the endpoint that is named")
            .related(there.loc, "the service of that endpoint")
            .help(format!("name the endpoint of {}", quote(wanted))),
    )
}

/// The service of the endpoint with this id, declared or looked up.
fn service_of<'a>(facts: &'a Facts, id: &Template) -> Option<&'a Spanned<Template>> {
    let declared = facts.endpoints.iter().map(|one| (&one.id, &one.service));
    let found = facts
        .found_endpoints
        .iter()
        .map(|one| (&one.id, &one.service));
    declared
        .chain(found)
        .find_map(|(one, service)| (one == id).then_some(service))
}

/// The login of a Fargate task may leave through an interface of AWS's own
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>).
fn on_fargate(cx: &Context<'_>, asked: &Asked<'_>, condition: &Condition) -> Option<Diagnostic> {
    allows(asked, &[LOGIN])?;
    let sets = &cx.workspace.principals.sets;
    let flow = cx
        .workspace
        .flows
        .iter()
        .filter(|flow| is_on_fargate(cx, flow))
        .find(|flow| {
            let [role] = flow.actor.roles.indices.as_slice() else {
                return false;
            };
            sets.get(*role).is_some_and(|set| {
                let is_this =
                    |policy: &crate::model::policy::Policy| std::ptr::eq(policy, &*asked.policy);
                set.open.is_empty()
                    && set.policies.iter().any(|one| is_this(&one.policy))
                    && set.policies.iter().all(|one| {
                        is_this(&one.policy)
                            || Alone::new(&one.policy.document)
                                .allows_part(LOGIN, &Template::literal("*"))
                                == Answer::No
                    })
            })
        })?;
    let mut found = asked
        .finding(
            cx,
            condition,
            format!(
                "the login of a Fargate task may come without {}, and then it is not allowed",
                quote(&condition.key.value)
            ),
        )
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .help(format!(
            "allow {} in a statement without this condition",
            quote(LOGIN)
        ));
    if flow.at.file != FileId::NONE {
        found = found.related(flow.at, format!("{} logs in with it", flow.title));
    }
    Some(found)
}

fn is_on_fargate(cx: &Context<'_>, flow: &Flow) -> bool {
    let Source::Task { task, service } = flow.source else {
        return false;
    };
    let is_fargate = |text: &Template| {
        text.as_literal()
            .is_some_and(|text| text.eq_ignore_ascii_case("FARGATE"))
    };
    let facts = &cx.workspace.facts;
    let launched = service
        .and_then(|at| facts.services.get(at)?.launch_type.as_ref())
        .map(|kind| is_fargate(&kind.value));
    launched.unwrap_or_else(|| {
        facts.tasks.get(task).is_some_and(|task| {
            !task.compatibilities.is_empty()
                && task
                    .compatibilities
                    .iter()
                    .all(|one| is_fargate(&one.value))
        })
    })
}
