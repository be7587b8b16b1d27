//! ECR507: a password of Amazon ECR with a user name that is not `AWS`.

use super::pipeline_reading::{self as reading, known};
use crate::diag::{Confidence, Diagnostic, quote};
use crate::model::image::Registry;
use crate::model::pipeline::{Login, LoginBy, Password, PasswordSource};
use crate::rules::Context;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for login in reading::declared_logins(cx) {
        if login.by != LoginBy::Command || !is_ecr_login(login) {
            continue;
        }
        let Some(user) = login.username.as_ref().and_then(known) else {
            continue;
        };
        if user.value == "AWS" {
            continue;
        }
        let mut finding = cx
            .diagnostic(
                user.loc,
                format!(
                    "the user name of a login to Amazon ECR is {}, not `AWS`",
                    quote(&user.value)
                ),
            )
            .label("the registry refuses this login")
            .identity(&user.value);
        if user.value.eq_ignore_ascii_case("AWS") {
            // AWS documents the capitals only; that other spellings fail is not written anywhere.
            finding = finding.confidence(Confidence::Medium);
        }
        out.push(finding);
    }
}

/// Whether a command gives a password of Amazon ECR to Amazon ECR. A host that is not known must be one: nobody else
/// takes that password.
fn is_ecr_login(login: &Login) -> bool {
    let has_token = match &login.password {
        Password::Stdin(source) | Password::CommandLine(_, source) => {
            matches!(source, PasswordSource::EcrToken { .. })
        }
        Password::Managed | Password::Missing => false,
    };
    let is_ecr = login.registries.as_ref().is_some_and(|hosts| {
        hosts.iter().any(|host| {
            matches!(
                Registry::parse_host(&host.value),
                Registry::Ecr(_) | Registry::EcrPublic | Registry::Unknown(_)
            )
        })
    });
    has_token && is_ecr
}
