//! ECR403: an endpoint policy that leaves out who asks, or the account of AWS that signs for image layers
//! (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::endpoint_denials::{self, Share, named};
use super::endpoint_denies_layer_bucket::{Home, READ, ecr_endpoint_beside, mentions};
use super::reading;
use crate::diag::{Diagnostic, quote};
use crate::iam::Answer;
use crate::link::flow::StepKind;
use crate::model::arn;
use crate::model::policy::{Condition, Layer, Policy, Statement};
use crate::model::template::Template;
use crate::source::Loc;

const SIGNER: &str = "allow `s3:GetObject` on the layer bucket in a statement of its own, with `\"Principal\": \"*\"` and \
                      without conditions on the caller";

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut documents = Vec::new();
    let mut said = Vec::new();
    for policy in cx.policies() {
        if let Some(found) = leaves_out_the_signer(cx, &policy) {
            documents.push(policy);
            said.push(found);
        }
    }
    let said = documents.iter().map(|policy| &**policy).zip(said).collect();
    endpoint_denials::fold(
        cx,
        Share::Actor,
        said,
        |denial| {
            if matches!(denial.step.kind, StepKind::Layers(_)) {
                return signer_is_out();
            }
            format!(
                "the policy of {} leaves out {}",
                named(denial),
                denial.who(cx)
            )
        },
        out,
    );
}

fn signer_is_out() -> String {
    "the policy of the S3 endpoint leaves out the account of AWS that signs for image layers"
        .to_string()
}

/// The policy of an S3 gateway endpoint by itself: layers are fetched with addresses that AWS signs, so no principal and no
/// organization of the user's will do.
pub(super) fn leaves_out_the_signer(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
) -> Option<Diagnostic> {
    if policy.layer != Layer::Endpoint || policy.endpoint_is_gateway == Some(false) {
        return None;
    }
    let service = policy.endpoint_service.as_ref()?;
    let home = Home::of(policy).filter(Home::is_s3)?;
    let mentioned = mentions(policy);
    let beside = ecr_endpoint_beside(cx, policy);
    if mentioned.is_empty() && beside.is_none() {
        return None;
    }
    let (alone, layers) = (policy.alone(), home.layers());
    let mut first: Option<(&Statement, Loc, String)> = None;
    for (at, statement) in policy.document.statements.iter().enumerate() {
        let lets_through = statement.allows()
            && alone.names(at, READ) != Answer::No
            && alone.touches(at, READ, &layers) != Answer::No;
        if !lets_through {
            continue;
        }
        let (loc, text) = excluding(policy, statement)?;
        let is_nearer = first.as_ref().is_none_or(|(before, _, _)| {
            let is_meant = |one: &Statement| {
                mentioned
                    .iter()
                    .any(|(mention, _)| std::ptr::eq(*mention, one))
            };
            is_meant(statement) && !is_meant(before)
        });
        if is_nearer {
            first = Some((statement, loc, text));
        }
    }
    let (statement, loc, text) = first?;
    let mut found = cx
        .diagnostic(loc, signer_is_out())
        .label(text)
        .help(SIGNER)
        .identity("signer")
        .in_statement(reading::sid(statement))
        .related(service.loc, "the endpoint's service");
    if let Some(ecr) = beside {
        found = found.related(ecr, "images are pulled through this endpoint");
    }
    Some(found)
}

/// What of a statement no request for a layer can meet.
fn excluding(policy: &Policy, statement: &Statement) -> Option<(Loc, String)> {
    let principal = statement
        .principal
        .as_ref()
        .filter(|principal| principal.everyone.is_none() && !principal.negated);
    if let Some(principal) = principal {
        let is_some_account = |text: &Template| match text.as_literal() {
            Some(text) => text != "*",
            None => text.prefix().starts_with("arn:") || is_own_account(policy, text),
        };
        // The account that the endpoint is in is one value, even where nobody knows it.
        let is_own = matches!(principal.entries.as_slice(), [one] if is_own_account(policy, &one.value.value));
        let all_known = (principal.complete || is_own)
            && !principal.entries.is_empty()
            && principal
                .entries
                .iter()
                .all(|entry| entry.kind.value == "AWS" && is_some_account(&entry.value.value));
        if all_known {
            return Some((
                principal.loc,
                "this does not name an account of AWS's own".to_string(),
            ));
        }
    }
    let condition = statement
        .conditions
        .iter()
        .find(|condition| is_of_our_own(policy, condition))?;
    Some((
        condition.loc,
        format!(
            "no request for a layer has this {}",
            quote(&condition.key.value)
        ),
    ))
}

/// Whether this is the account that the endpoint is in.
pub(super) fn is_own_account(policy: &Policy, value: &Template) -> bool {
    policy
        .origin
        .as_ref()
        .is_some_and(|origin| origin.scope.account == *value)
}

/// Whether a condition asks for an account or an organization of the user's own.
fn is_of_our_own(policy: &Policy, condition: &Condition) -> bool {
    const OPERATORS: [&str; 5] = [
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "arnequals",
        "arnlike",
    ];
    let operator = condition.operator.value.to_ascii_lowercase();
    let operator = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    if !OPERATORS.contains(&operator) || condition.values.is_empty() {
        return false;
    }
    let is_plain = |value: &Template| !value.contains("*") && !value.contains("?");
    let own_account = |value: &Template| is_own_account(policy, value);
    let is_own: &dyn Fn(&Template) -> bool = match condition.key.value.to_ascii_lowercase().as_str()
    {
        "aws:principalorgid" | "aws:principalaccount" | "aws:resourceorgid" => &is_plain,
        "aws:principalarn" => &|value| {
            arn::fields(value)
                .get(4)
                .is_some_and(|account| !account.is_empty() && is_plain(account))
        },
        "aws:principalorgpaths" | "aws:resourceorgpaths" => {
            &|value| value.prefix().starts_with("o-")
        }
        "aws:resourceaccount" => &own_account,
        _ => return false,
    };
    condition.values.iter().all(|value| is_own(&value.value))
}
