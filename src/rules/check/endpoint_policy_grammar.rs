//! ECR409: what the policies of endpoints may not say, while policies elsewhere may
//! (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).

use super::super::Context;
use super::endpoint_denies_layer_bucket::{ecr_endpoint_beside, mentions};
use super::endpoint_excludes_actor::{is_own_account, leaves_out_the_signer};
use super::reading;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::model::arn;
use crate::model::policy::{Condition, Layer, Policy, Statement};
use crate::model::template::Template;
use crate::source::Spanned;

/// Keys whose values AWS makes up.
const GENERATED: [&str; 7] = [
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourcevpc",
    "aws:sourcevpce",
];

/// How many characters have to stand beside a wildcard.
const BESIDE: usize = 6;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.policies() {
        if policy.layer != Layer::Endpoint
            || !policy.layer_is_certain
            || !is_on_the_way(cx, &policy)
        {
            continue;
        }
        let signer = leaves_out_the_signer(cx, &policy);
        for statement in &policy.document.statements {
            let found = gateway_principal(cx, &policy, statement);
            // Where layers are kept out by it, that is said already.
            out.extend(found.filter(|found| {
                signer
                    .as_ref()
                    .is_none_or(|signer| signer.primary.loc != found.primary.loc)
            }));
            for resource in statement
                .resource
                .iter()
                .flat_map(|element| &element.values)
            {
                out.extend(mixed_account(cx, statement, resource));
            }
            for condition in &statement.conditions {
                out.extend(of_condition(cx, statement, condition));
            }
        }
    }
}

/// Whether images come through the endpoint: it is one of ECR, or one of S3 beside such a one.
fn is_on_the_way(cx: &Context<'_>, policy: &Policy) -> bool {
    policy.endpoint_service.as_ref().is_none_or(|service| {
        let name = service.value.suffix();
        name.ends_with(".ecr.api")
            || name.ends_with(".ecr.dkr")
            || (name.ends_with(".s3")
                && (!mentions(policy).is_empty() || ecr_endpoint_beside(cx, policy).is_some()))
    })
}

fn finding(
    cx: &Context<'_>,
    statement: &Statement,
    at: &Spanned<Template>,
    message: String,
) -> Diagnostic {
    cx.diagnostic(at.loc, message.clone())
        .identity(message)
        .in_statement(reading::sid(statement))
}

/// A gateway endpoint takes no principal but everyone.
fn gateway_principal(
    cx: &Context<'_>,
    policy: &Policy,
    statement: &Statement,
) -> Option<Diagnostic> {
    if policy.endpoint_is_gateway != Some(true) {
        return None;
    }
    let principal = statement.principal.as_ref()?;
    let entry = principal.entries.iter().find(|entry| {
        let value = &entry.value.value;
        entry.kind.value == "AWS"
            && (reading::known_part(value).is_some()
                || value.prefix().starts_with("arn:")
                || is_own_account(policy, value))
    })?;
    let written = entry.value.value.to_string();
    let is_account = is_own_account(policy, &entry.value.value)
        || written.bytes().all(|byte| byte.is_ascii_digit())
        || written.ends_with(":root");
    let mut found = cx
        .diagnostic(
            principal.loc,
            if is_account {
                format!(
                    "{} in the policy of a gateway endpoint means the root user alone",
                    quote(&written)
                )
            } else {
                "the policy of a gateway endpoint takes no principal but `*`".to_string()
            },
        )
        .identity(written)
        .in_statement(reading::sid(statement))
        .help(if is_account {
            "name the principal `*` and add a condition on `aws:PrincipalAccount`"
        } else {
            "name the principal `*` and add a condition on `aws:PrincipalArn`"
        });
    if let Some(service) = &policy.endpoint_service {
        found = found.related(service.loc, "the endpoint's service");
    }
    Some(found)
}

/// An account is a number or a wildcard, and not a part of each.
fn mixed_account(
    cx: &Context<'_>,
    statement: &Statement,
    value: &Spanned<Template>,
) -> Option<Diagnostic> {
    let text = value
        .value
        .as_literal()
        .filter(|text| text.starts_with("arn:"))?;
    let fields = arn::fields(&value.value);
    let account = fields.get(4)?.as_literal()?;
    let has_digits = account.bytes().any(|byte| byte.is_ascii_digit());
    (has_digits && account.contains(['*', '?'])).then(|| {
        finding(
            cx,
            statement,
            value,
            format!(
                "the account in {} is part number and part wildcard, which an endpoint policy may not hold",
                quote(text)
            ),
        )
        .help("write the whole account id, or `*`")
    })
}

fn of_condition(
    cx: &Context<'_>,
    statement: &Statement,
    condition: &Condition,
) -> Option<Diagnostic> {
    let operator = condition.operator.value.as_str();
    let name = operator.split_once(':').map_or(operator, |(_, name)| name);
    let key = condition.key.value.to_ascii_lowercase();
    if GENERATED.contains(&key.as_str()) {
        if name.starts_with("Numeric") {
            return Some(
                finding(
                    cx,
                    statement,
                    &Spanned::new(Template::default(), condition.operator.loc),
                    format!(
                        "{} may not be used on {} in an endpoint policy",
                        quote(operator),
                        quote(&condition.key.value)
                    ),
                )
                .help("use `StringEquals`"),
            );
        }
        let pattern = condition
            .values
            .iter()
            .find(|value| value.value.contains("*") || value.value.contains("?"));
        if let Some(value) =
            pattern.filter(|_| name.starts_with("StringLike") || name.starts_with("StringNotLike"))
        {
            return Some(
                finding(
                    cx,
                    statement,
                    value,
                    format!(
                        "an endpoint policy may not hold a wildcard in {}",
                        quote(&condition.key.value)
                    ),
                )
                .help("write the whole identifier"),
            );
        }
    }
    condition
        .values
        .iter()
        .find_map(|value| mixed_account(cx, statement, value))
        .or_else(|| lonely_wildcard(cx, statement, condition, name))
}

/// A wildcard in a text needs characters beside it.
fn lonely_wildcard(
    cx: &Context<'_>,
    statement: &Statement,
    condition: &Condition,
    operator: &str,
) -> Option<Diagnostic> {
    if !operator.starts_with("StringLike") && !operator.starts_with("StringNotLike") {
        return None;
    }
    let value = condition.values.iter().find(|value| {
        value
            .value
            .as_literal()
            .is_some_and(|text| text != "*" && !text.contains("${") && has_lonely_wildcard(text))
    })?;
    Some(
        finding(
            cx,
            statement,
            value,
            format!(
                "a wildcard in {} has fewer than six characters before and after it",
                quote(&value.value.to_string())
            ),
        )
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .help("write more of the value"),
    )
}

fn has_lonely_wildcard(text: &str) -> bool {
    let runs: Vec<usize> = text
        .split(['*', '?'])
        .map(|run| run.chars().count())
        .collect();
    runs.windows(2)
        .any(|pair| pair.iter().all(|length| *length < BESIDE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_needs_six_characters_on_one_side() {
        for (text, is_lonely) in [
            ("team-*", true),
            ("billing-*", false),
            ("*-billing", false),
            ("a*b", true),
            ("arn:aws:iam::*:role/x", false),
            ("no wildcard", false),
        ] {
            assert_eq!(has_lonely_wildcard(text), is_lonely, "{text}");
        }
    }
}
