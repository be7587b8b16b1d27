//! ECR508: `docker login` to Amazon ECR with no password, in a job that has no terminal.

use super::pipeline_reading::{self as reading, may_serve_private_ecr};
use crate::diag::{Diagnostic, quote};
use crate::model::image::Registry;
use crate::model::pipeline::{ActKind, Login, LoginBy, Password};
use crate::rules::Context;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for job in reading::hosted_jobs(cx) {
        for (_, act) in job.acts() {
            let login = match &act.act.kind {
                ActKind::Login(login) => login,
                // docker takes a stored login before it asks.
                ActKind::OutOfSight(_) | ActKind::LegacyLogin(_) => break,
                _ => continue,
            };
            let Some(host) = asked_host(login) else {
                if may_serve_private_ecr(login) {
                    break;
                }
                continue;
            };
            let mut finding = cx
                .diagnostic(
                    act.act.loc,
                    format!(
                        "`docker login` to {} asks for a password in a job without a terminal",
                        quote(&host)
                    ),
                )
                .label("neither `--password-stdin` nor a password")
                .identity(host);
            if let Some(entered) = act.via.first() {
                finding = finding.related(*entered, "a job runs it from here");
            }
            out.push(finding);
        }
    }
}

/// The ECR host for which a command would ask for a password.
fn asked_host(login: &Login) -> Option<String> {
    let is_asking = login.by == LoginBy::Command && matches!(login.password, Password::Missing);
    login
        .registries
        .iter()
        .flatten()
        .filter(|_| is_asking)
        .find_map(|host| match Registry::parse_host(&host.value) {
            Registry::Ecr(registry) => Some(registry.to_string()),
            _ => None,
        })
}
