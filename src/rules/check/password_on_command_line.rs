//! ECR506: `docker login -p`, which shows the password to every process of the machine.

use super::pipeline_reading as reading;
use crate::diag::Diagnostic;
use crate::model::image::Registry;
use crate::model::pipeline::{ActKind, Login, LoginBy, Password, PasswordSource};
use crate::rules::Context;
use crate::source::Loc;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for declared in reading::declared_acts(cx) {
        let ActKind::Login(login) = &declared.act.kind else {
            continue;
        };
        let Some((at, source)) = exposed(login) else {
            continue;
        };
        let what = match source {
            PasswordSource::EcrToken { .. } => "the Amazon ECR password",
            PasswordSource::Other | PasswordSource::Unknown => "a registry password",
        };
        out.push(
            cx.diagnostic(
                at,
                format!("{what} is given on the command line of a login"),
            )
            .label("every process of the machine can read it"),
        );
    }
}

/// The password that a command shows, unless it is one for a registry of the job's own.
fn exposed(login: &Login) -> Option<(Loc, &PasswordSource)> {
    let Password::CommandLine(at, source) = &login.password else {
        return None;
    };
    let is_local = login.registries.as_ref().is_some_and(|hosts| {
        !hosts.is_empty()
            && hosts
                .iter()
                .all(|host| match Registry::parse_host(&host.value) {
                    Registry::Other(host) => is_loopback(&host),
                    _ => false,
                })
    });
    (login.by == LoginBy::Command && !is_local).then_some((*at, source))
}

fn is_loopback(host: &str) -> bool {
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0")
}
