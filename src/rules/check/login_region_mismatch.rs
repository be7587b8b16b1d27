//! ECR503: the login is to another Region than the registry that is used.

use super::pipeline_reading::{
    self as reading, JobReading, Transfer, entrance, known, may_serve_private_ecr,
};
use crate::diag::{Diagnostic, quote};
use crate::model::image::Registry;
use crate::model::pipeline::{ActKind, Login, LoginBy, Password, PasswordSource};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::Spanned;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for login in reading::declared_logins(cx) {
        if let Some(region) = named_token_region(login) {
            refused_passwords(cx, login, &region, out);
        }
    }
    for job in reading::jobs(cx) {
        refused_by_default(cx, &job, out);
        unserved_transfer(cx, &job, out);
    }
}

/// The private ECR registries a password is given to, with their Regions.
fn served(login: &Login) -> impl Iterator<Item = (&Spanned<Template>, String)> {
    login
        .registries
        .iter()
        .flatten()
        .filter_map(|host| match Registry::parse_host(&host.value) {
            Registry::Ecr(registry) => registry
                .region_literal()
                .map(|region| (host, region.to_string())),
            _ => None,
        })
}

/// Whether a command gives a password of private ECR, and the Region its own words name.
fn token_region(login: &Login) -> Option<Option<&Spanned<Template>>> {
    if login.by != LoginBy::Command {
        return None;
    }
    match &login.password {
        Password::Stdin(source) | Password::CommandLine(_, source) => match source {
            PasswordSource::EcrToken {
                region,
                is_public: false,
            } => Some(region.as_ref()),
            _ => None,
        },
        Password::Managed | Password::Missing => None,
    }
}

fn named_token_region(login: &Login) -> Option<Spanned<String>> {
    known(token_region(login)??)
}

/// A password of one Region given to the registry of another.
fn refused_passwords(
    cx: &Context<'_>,
    login: &Login,
    region: &Spanned<String>,
    out: &mut Vec<Diagnostic>,
) {
    for (host, host_region) in served(login) {
        if host_region == region.value {
            continue;
        }
        let finding = cx
            .diagnostic(
                region.loc,
                format!(
                    "the password is of Region {} but the registry is in {}",
                    quote(&region.value),
                    quote(&host_region)
                ),
            )
            .label("the password comes from here")
            .related(host.loc, "and is given to this registry, which refuses it")
            .identity(host.value.to_string())
            .help(format!("use `--region {host_region}`"));
        out.push(finding);
    }
}

/// The same where the Region of the password is the default of the job.
fn refused_by_default(cx: &Context<'_>, job: &JobReading<'_>, out: &mut Vec<Diagnostic>) {
    for (at, act) in job.acts() {
        let ActKind::Login(login) = &act.act.kind else {
            continue;
        };
        match token_region(login) {
            Some(None) => {}
            // Inside a local action the Region may be what the caller gave.
            Some(Some(region)) if !act.via.is_empty() => {
                if let Some(region) = known(region) {
                    refused_passwords(cx, login, &region, out);
                }
                continue;
            }
            _ => continue,
        }
        let Some(regions) = job.regions_in_force(at) else {
            continue;
        };
        for (host, host_region) in served(login) {
            let Some(first) = regions.first() else {
                continue;
            };
            if regions.iter().any(|region| region.value == host_region) {
                continue;
            }
            let (primary, inside) = entrance(act, host.loc);
            let mut finding = cx
                .diagnostic(
                    primary,
                    format!(
                        "the password is of Region {} but the registry is in {}",
                        quote(&first.value),
                        quote(&host_region)
                    ),
                )
                .label("this registry refuses it")
                .identity(host.value.to_string())
                .help(format!(
                    "add `--region {host_region}` to `aws ecr get-login-password`"
                ));
            if let Some(inside) = inside {
                finding = finding.related(inside, "the login is here");
            }
            for region in regions.iter().filter(|region| region.loc != primary) {
                finding = finding.related(region.loc, "the Region in force");
            }
            out.push(finding);
        }
    }
}

/// A push or pull for which every login before it is to another Region.
fn unserved_transfer(cx: &Context<'_>, job: &JobReading<'_>, out: &mut Vec<Diagnostic>) {
    let mut logins: Vec<Spanned<String>> = Vec::new();
    let mut reported: Vec<String> = Vec::new();
    for (at, act) in job.acts() {
        match &act.act.kind {
            ActKind::OutOfSight(_) => return,
            ActKind::LegacyLogin(login) => match login.region.as_ref().and_then(known) {
                Some(region) => logins.push(region),
                None => return,
            },
            ActKind::Login(login) if may_serve_private_ecr(login) => {
                match job.login_regions(at, login) {
                    Some(regions) => logins.extend(
                        regions
                            .into_iter()
                            .map(|region| Spanned::new(region.value, entrance(act, act.act.loc).0)),
                    ),
                    None => return,
                }
            }
            _ => {
                let Some((transfer, image)) = Transfer::of(&act.act) else {
                    continue;
                };
                let Some(region) = image.ecr().and_then(|registry| registry.region_literal())
                else {
                    continue;
                };
                let is_served =
                    logins.is_empty() || logins.iter().any(|login| login.value == region);
                if is_served || reported.iter().any(|known| known == region) {
                    continue;
                }
                reported.push(region.to_string());
                let (primary, inside) = entrance(act, transfer.image.loc);
                let mut finding = cx
                    .diagnostic(
                        primary,
                        format!(
                            "job {} {} {} but logs in to {} only",
                            job.name(),
                            transfer.verb(),
                            quote(region),
                            list(&logins)
                        ),
                    )
                    .label("docker holds no password for this registry")
                    .identity(format!("{} {region}", job.job.id.value))
                    .help(format!(
                        "log in to the registry in `{region}` as well, or push where the login is"
                    ));
                if let Some(inside) = inside {
                    finding = finding.related(inside, "the image is moved here");
                }
                for login in &logins {
                    finding =
                        finding.related(login.loc, format!("logs in to {}", quote(&login.value)));
                }
                out.push(finding);
            }
        }
    }
}

/// Names of Regions, each once.
fn list(logins: &[Spanned<String>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for login in logins {
        let name = quote(&login.value);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
