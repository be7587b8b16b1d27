//! What the reader of the document already saw: faults that the model cannot show otherwise.

use super::super::super::Context;
use super::super::reading;
use crate::catalog::nearest::nearest;
use crate::diag::{Diagnostic, quote};
use crate::model::policy::{Fault, FaultKind, Policy, Statement};

/// The elements of a document.
const TOP: [&str; 3] = ["Version", "Id", "Statement"];

/// The elements of a statement.
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The finding for a fault.
pub(super) fn finding(cx: &Context<'_>, policy: &Policy, fault: &Fault) -> Option<Diagnostic> {
    let home = policy.document.statements.iter().find(|statement| {
        statement.loc.file == fault.loc.file && statement.loc.span.contains(fault.loc.span)
    });
    let say = |message: String| {
        cx.diagnostic(fault.loc, message.clone())
            .identity(message)
            .in_statement(home.and_then(reading::sid))
    };
    Some(match &fault.kind {
        FaultKind::MissingStatement => say("the policy has no `Statement`".to_string())
            .help("add a `Statement` with at least one statement"),
        FaultKind::UnknownElement { name } if is_in_principal(home, fault) => {
            kind_of_principal(say, name)
        }
        FaultKind::UnknownElement { name } => unknown_element(say, name, home),
        FaultKind::DuplicateKey { name, first } => say(format!(
            "{} stands twice, and only the last one counts",
            quote(name)
        ))
        .related(*first, "this one is lost")
        .help("join the two, or remove one"),
        FaultKind::WrongType { element, expected } => {
            say(format!("{} is not {expected}", quote(element))).help(format!("make it {expected}"))
        }
        FaultKind::MissingEffect => say("the statement has no `Effect`".to_string())
            .help("add the effect, `Allow` or `Deny`"),
        FaultKind::BadEffect { value } => {
            if reading::is_placeholder(value) {
                return None;
            }
            let found = say(format!(
                "{} is no effect, only `Allow` and `Deny` are",
                quote(value)
            ));
            match nearest(value, ["Allow", "Deny"]) {
                Some(meant) => found.help(format!("write {}", quote(meant))),
                None => found.help("write `Allow` or `Deny`"),
            }
        }
        FaultKind::BothForms { element } => say(format!(
            "the statement has both `{element}` and `Not{element}`"
        ))
        .help("keep one of them; use two statements if both are meant"),
    })
}

/// Whether the fault lies in the map of principals.
fn is_in_principal(home: Option<&Statement>, fault: &Fault) -> bool {
    home.and_then(|statement| statement.principal.as_ref())
        .is_some_and(|principal| principal.loc.span.contains(fault.loc.span))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn kind_of_principal(say: impl Fn(String) -> Diagnostic, name: &str) -> Diagnostic {
    const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
    let found = say(format!("{} is no kind of principal", quote(name)));
    match nearest(name, KINDS) {
        Some(meant) => found.help(format!("write {}", quote(meant))),
        None => found.help("write `AWS`, `Service`, `Federated` or `CanonicalUser`"),
    }
}

fn unknown_element(
    say: impl Fn(String) -> Diagnostic,
    name: &str,
    home: Option<&Statement>,
) -> Diagnostic {
    let (known, whole): (&[&str], _) = match home {
        Some(_) => (&STATEMENT, "statement"),
        None => (&TOP, "policy"),
    };
    let found = say(format!("a {whole} has no element {}", quote(name)));
    match nearest(name, known.iter().copied()) {
        Some(meant) => found.help(format!("write {}", quote(meant))),
        None if home.is_none()
            && STATEMENT
                .iter()
                .any(|element| element.eq_ignore_ascii_case(name)) =>
        {
            found.help("move it into a statement")
        }
        None => found.help("remove it, or move it out of the policy document"),
    }
}
