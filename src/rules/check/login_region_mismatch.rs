//! ECR503: the login is to another Region than the registry that is used.

use super::pipeline_reading::{
    self as reading, JobReading, Transfer, entrance, known, may_serve_private_ecr, moved_here,
};
use crate::diag::{Confidence, Diagnostic, quote};
use crate::link::RunAct;
use crate::model::image::Registry;
use crate::model::pipeline::{
    ActKind, Login, LoginBy, Password, PasswordSource, PipelineKind, Runner,
};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::Spanned;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // What an action of its own says is wrong whoever uses it; what a workflow says is looked at as it runs.
    let actions = reading::declared_acts(cx)
        .filter(|one| one.pipeline.kind == PipelineKind::GithubCompositeAction);
    for login in actions.filter_map(|one| one.login()) {
        if let Some(Some(region)) = token_region(login).map(|region| region.and_then(known)) {
            out.extend(refused_passwords(cx, login, &region));
        }
    }
    for job in reading::jobs(cx) {
        refused_in_job(cx, &job, out);
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

/// A password of one Region given to the registry of another.
fn refused_passwords<'a>(
    cx: &'a Context<'_>,
    login: &'a Login,
    region: &'a Spanned<String>,
) -> impl Iterator<Item = Diagnostic> + 'a {
    served(login)
        .filter(|(_, host_region)| *host_region != region.value)
        .map(|(host, host_region)| {
            cx.diagnostic(region.loc, mismatch(&region.value, &host_region))
                .label("the password comes from here")
                .related(host.loc, "and is given to this registry, which refuses it")
                .identity(host.value.to_string())
                .help(format!(
                    "use `aws ecr get-login-password --region {host_region}`"
                ))
        })
}

fn mismatch(password: &str, host: &str) -> String {
    format!(
        "the password is of Region {} but the registry is in {}",
        quote(password),
        quote(host)
    )
}

/// The passwords of a job that are given to the registry of another Region.
fn refused_in_job(cx: &Context<'_>, job: &JobReading<'_>, out: &mut Vec<Diagnostic>) {
    for (at, act) in job.acts() {
        let ActKind::Login(login) = &act.act.kind else {
            continue;
        };
        match token_region(login).map(|region| region.map(known)) {
            Some(Some(Some(region))) => {
                let sources = job.regions_in_force(at).unwrap_or_default();
                for mut finding in refused_passwords(cx, login, &region) {
                    // The command took the Region from around it.
                    let is_default = cause(job, at, &region) == Cause::Default;
                    for source in sources
                        .iter()
                        .filter(|source| is_default && source.value == region.value)
                    {
                        finding = finding.related(source.loc, "the Region is set here");
                    }
                    if let Some(caller) = act.via.first() {
                        finding =
                            finding.related(*caller, format!("{} runs it from here", job.name()));
                    }
                    out.push(finding);
                }
            }
            Some(None) => refused_by_default(cx, job, at, login, out),
            _ => {}
        }
    }
}

/// Where the Region of a password comes from.
#[derive(PartialEq, Eq)]
enum Cause {
    /// An option of the command.
    Named,
    /// The variables around it.
    Default,
}

/// A Region that the command itself names stands inside it; one that it took from around has the place of the command.
fn cause(job: &JobReading<'_>, at: usize, region: &Spanned<String>) -> Cause {
    let is_command = job.before(at).iter().any(|earlier| {
        matches!(earlier.act.kind, ActKind::AwsCall(_)) && earlier.act.loc == region.loc
    });
    if is_command {
        Cause::Default
    } else {
        Cause::Named
    }
}

/// The same where no variable in sight says the Region, but the credentials in place do.
fn refused_by_default(
    cx: &Context<'_>,
    job: &JobReading<'_>,
    at: usize,
    login: &Login,
    out: &mut Vec<Diagnostic>,
) {
    let (Some(regions), Some(act)) = (job.regions_in_force(at), job.run.acts.get(at)) else {
        return;
    };
    for (host, host_region) in served(login) {
        let Some(first) = regions.first() else {
            return;
        };
        if regions.iter().any(|region| region.value == host_region) {
            continue;
        }
        let (primary, inside) = entrance(act, host.loc);
        let mut finding = cx
            .diagnostic(primary, mismatch(&first.value, &host_region))
            .label("this registry refuses it")
            .identity(host.value.to_string())
            .help(format!(
                "use `aws ecr get-login-password --region {host_region}`"
            ));
        if let Some(inside) = inside {
            finding = finding.related(inside, "the login is here");
        }
        for region in regions.iter().filter(|region| region.loc != primary) {
            finding = finding.related(region.loc, "the Region is set here");
        }
        out.push(finding);
    }
}

/// A push or pull for which every login before it is to another Region.
fn unserved_transfer(cx: &Context<'_>, job: &JobReading<'_>, out: &mut Vec<Diagnostic>) {
    // A machine of the user's may hold a stored login or a credential helper for the other Region. A script that logs in
    // by itself hardly counts on another login.
    let is_script = job.pipeline.kind == PipelineKind::Script;
    if job.job.runner != Runner::Hosted && !is_script {
        return;
    }
    // One login for each Region, in order.
    let mut logins: Vec<Spanned<String>> = Vec::new();
    let mut reported: Vec<String> = Vec::new();
    for (at, act) in job.acts() {
        let stored = match &act.act.kind {
            ActKind::OutOfSight(_) => return,
            ActKind::LegacyLogin(login) => login
                .region
                .as_ref()
                .and_then(known)
                .map(|region| vec![region]),
            ActKind::Login(login) if may_serve_private_ecr(login) => job.login_regions(at, login),
            _ => {
                let finding = unserved(cx, job, act, &logins, &mut reported);
                out.extend(finding);
                continue;
            }
        };
        let Some(stored) = stored else {
            return;
        };
        for region in stored {
            if logins.iter().all(|login| login.value != region.value) {
                logins.push(Spanned::new(region.value, entrance(act, act.act.loc).0));
            }
        }
    }
}

/// The finding for one act, the first of its Region.
fn unserved(
    cx: &Context<'_>,
    job: &JobReading<'_>,
    act: &RunAct,
    logins: &[Spanned<String>],
    reported: &mut Vec<String>,
) -> Option<Diagnostic> {
    let (transfer, image) = Transfer::of(&act.act)?;
    let region = image.ecr().and_then(|registry| registry.region_literal())?;
    let is_served = logins.is_empty() || logins.iter().any(|login| login.value == region);
    if is_served || job.brings_login(act) || reported.iter().any(|known| known == region) {
        return None;
    }
    reported.push(region.to_string());
    let names: Vec<String> = logins.iter().map(|login| quote(&login.value)).collect();
    let (primary, inside) = entrance(act, transfer.image.loc);
    let mut finding = cx
        .diagnostic(
            primary,
            format!(
                "{} {} {} but logs in to {} only",
                job.name(),
                transfer.verb(),
                quote(region),
                names.join(", ")
            ),
        )
        .label("docker holds no password for this registry")
        .identity(format!("{} {region}", job.job.id.value))
        .help(format!("log in to the registry in `{region}` before it"));
    if let Some(inside) = inside {
        finding = finding.related(inside, moved_here(act));
    }
    if job.job.runner != Runner::Hosted {
        finding = finding.confidence(Confidence::Medium);
    }
    for login in logins {
        finding = finding.related(login.loc, format!("logs in to {}", quote(&login.value)));
    }
    Some(finding)
}
