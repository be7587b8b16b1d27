//! Policy variables that stay plain text, because the policy is written in the old version of the language
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>).

use super::super::super::Context;
use super::in_statement;
use crate::diag::{Diagnostic, Severity, quote};
use crate::model::policy::{Policy, Statement};
use crate::model::template::{Piece, Template};
use crate::source::Spanned;

/// Prefixes of condition keys that variables name most; `${AWS::Region}` and `${var.x}` are of other languages.
const PREFIXES: [&str; 8] = [
    "aws:",
    "ecr:",
    "s3:",
    "sts:",
    "iam:",
    "ec2:",
    "saml:",
    "cognito-identity.amazonaws.com:",
];

pub(super) fn check(
    cx: &Context<'_>,
    policy: &Policy,
    statement: &Statement,
    out: &mut Vec<Diagnostic>,
) {
    let is_old = match &policy.document.version {
        None => true,
        Some(version) => version.value.as_literal() == Some("2008-10-17"),
    };
    if !is_old {
        return;
    }
    let resources = statement
        .resource
        .iter()
        .flat_map(|resource| &resource.values);
    let values = statement
        .conditions
        .iter()
        .flat_map(|condition| &condition.values);
    let Some((value, variable)) = resources
        .chain(values)
        .find_map(|value| Some((value, variable_in(value)?)))
    else {
        return;
    };
    let mut found = in_statement(
        cx,
        statement,
        value.loc,
        format!(
            "{} is plain text under `Version` 2008-10-17 and is not replaced",
            quote(&variable)
        ),
    )
    .severity(Severity::Warning)
    .help("set `\"Version\": \"2012-10-17\"`");
    found = match &policy.document.version {
        Some(version) => found.related(version.loc, "the old version of the language"),
        None => found.label("a policy without `Version` has version 2008-10-17"),
    };
    out.push(found);
}

/// The first policy variable in a value, as written.
fn variable_in(value: &Spanned<Template>) -> Option<String> {
    value.value.pieces().iter().find_map(|piece| {
        let text = match piece {
            Piece::Literal(text) => text,
            Piece::Hole(hole) => &hole.text,
        };
        text.split("${").skip(1).find_map(|rest| {
            let name = rest.split('}').next()?;
            let lower = name.trim().to_ascii_lowercase();
            let is_variable = PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
                && !lower.starts_with("aws::");
            is_variable.then(|| format!("${{{name}}}"))
        })
    })
}
