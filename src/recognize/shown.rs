//! Acts as lines of text, for the tests of every dialect that has them.

use super::{Subject, recognize};
use crate::model::pipeline::{
    Act, ActKind, Credentials, Job, Login, Password, PasswordSource, Pipeline,
};
use crate::model::template::Template;
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{Syntax, parse};

/// The pipelines that a text holds.
pub(super) fn pipelines(path: &str, text: &str) -> Vec<Pipeline> {
    parse(FileId::NONE, text, Syntax::of(path, text))
        .documents
        .iter()
        .filter_map(|document| {
            recognize(&Subject {
                path,
                text,
                document,
            })
        })
        .flat_map(|(_, recognized)| recognized.facts.pipelines)
        .collect()
}

/// What the jobs of a text do, one line for each act: `job: act`.
pub(super) fn acts(path: &str, text: &str) -> Vec<String> {
    let pipelines = pipelines(path, text);
    let lines = |job: &Job| {
        let acts = job.steps.iter().flat_map(|step| &step.acts);
        acts.map(|act| format!("{}: {}", job.id.value, show(act, text)))
            .collect::<Vec<_>>()
    };
    pipelines
        .iter()
        .flat_map(|pipeline| pipeline.jobs.iter().flat_map(lines))
        .collect()
}

/// The text at a place, on one line.
pub(super) fn slice(loc: Loc, text: &str) -> String {
    let slice = text.get(loc.span.range()).expect("a place in the text");
    slice.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn at(value: &Spanned<Template>, text: &str) -> String {
    format!("{} @{}", value.value, slice(value.loc, text))
}

/// `kind details`, with a `?` in front if the act is guarded; `@` shows the text that a value points at.
pub(super) fn show(act: &Act, text: &str) -> String {
    let guard = if act.is_guarded { "? " } else { "" };
    let shown = match &act.kind {
        ActKind::Push(image) => format!("push {}", at(image, text)),
        ActKind::Pull(image) => format!("pull {}", at(image, text)),
        ActKind::Credentials(credentials) => show_credentials(credentials),
        ActKind::Login(login) => show_login(login, text),
        ActKind::LegacyLogin(login) => format!(
            "get-login{}{}{} @{}",
            login
                .region
                .as_ref()
                .map_or(String::new(), |region| format!(" region={}", region.value)),
            if login.is_executed { " executed" } else { "" },
            if login.for_cli_v1 { " v1" } else { "" },
            slice(act.loc, text)
        ),
        ActKind::Build(build) => format!(
            "build {}{}",
            build.context,
            build
                .dockerfile
                .as_ref()
                .map_or(String::new(), |path| format!(" with {path}"))
        ),
        ActKind::AwsCall(call) => format!(
            "aws {} {}{}{}",
            call.service,
            call.operation,
            call.region
                .as_ref()
                .map_or(String::new(), |region| format!(" region={}", region.value)),
            if call.has_profile { " profile" } else { "" }
        ),
        ActKind::Region(region) => format!("region {}", region.value),
        ActKind::OutOfSight(unseen) => format!("unseen {}", unseen.what.value),
    };
    format!("{guard}{shown}")
}

fn show_credentials(credentials: &Credentials) -> String {
    let field = |name: &str, value: &Option<Spanned<Template>>| {
        value
            .as_ref()
            .map_or(String::new(), |value| format!(" {name}={}", value.value))
    };
    format!(
        "credentials {:?}{}{}{}{}{}{}{}",
        credentials.by,
        field("role", &credentials.role),
        field("key", &credentials.access_key_id),
        field("secret", &credentials.secret_access_key),
        field("token", &credentials.session_token),
        field("region", &credentials.region),
        if credentials.without_oidc {
            " without-oidc"
        } else {
            ""
        },
        credentials
            .version
            .as_ref()
            .map_or(String::new(), |version| format!(" {version}"))
    )
}

fn show_login(login: &Login, text: &str) -> String {
    let hosts = match &login.registries {
        None => "default".to_string(),
        Some(hosts) => hosts
            .iter()
            .map(|host| match host.value.to_string() {
                empty if empty.is_empty() => "hub".to_string(),
                host => host,
            })
            .collect::<Vec<_>>()
            .join("+"),
    };
    let user = login
        .username
        .as_ref()
        .map_or(String::new(), |user| format!(" user={}", user.value));
    let password = match &login.password {
        Password::Managed => "managed".to_string(),
        Password::Missing => "missing".to_string(),
        Password::Stdin(source) => format!("stdin:{}", show_source(source)),
        Password::CommandLine(loc, source) => {
            format!(
                "command-line:{} @{}",
                show_source(source),
                slice(*loc, text)
            )
        }
    };
    let public = if login.is_public { " public" } else { "" };
    format!("login {hosts}{user} {password}{public}")
}

fn show_source(source: &PasswordSource) -> String {
    match source {
        PasswordSource::EcrToken { region, is_public } => format!(
            "token({}{})",
            region
                .as_ref()
                .map_or("?".to_string(), |region| region.value.to_string()),
            if *is_public { ",public" } else { "" }
        ),
        PasswordSource::Other => "other".to_string(),
        PasswordSource::Unknown => "unknown".to_string(),
    }
}
