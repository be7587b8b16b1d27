//! Whole documents in, acts out. Each act is shown in one line with the text it points at, so that a wrong place is a
//! failing test as much as a wrong act.

mod actions;
mod documents;
mod handovers;
mod scripts;

use super::*;
use crate::model::pipeline::{Credentials, Login, Password};
use crate::recognize::{self, DocumentKind};
use crate::source::FileId;
use crate::tree::{Syntax, parse};

/// The pipeline in `text`; panics if it is none.
fn pipeline(path: &str, text: &str) -> Pipeline {
    recognized(path, text).expect("a pipeline").1
}

fn recognized(path: &str, text: &str) -> Option<(DocumentKind, Pipeline)> {
    let parsed = parse(FileId(0), text, Syntax::Yaml);
    let document = parsed.documents.first()?;
    let subject = Subject {
        path,
        text,
        document,
    };
    let (kind, recognized) = recognize::recognize(&subject)?;
    let pipeline = recognized.facts.pipelines.into_iter().next()?;
    Some((kind, pipeline))
}

/// The acts of the first job whose `steps:` list is `steps`, one line each.
fn acts_of(steps: &str) -> Vec<String> {
    let mut text = String::from("on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n");
    for line in steps.trim_matches('\n').lines() {
        text.push_str("      ");
        text.push_str(line);
        text.push('\n');
    }
    acts_in(&text)
}

/// The acts of the first job of a workflow.
fn acts_in(text: &str) -> Vec<String> {
    let pipeline = pipeline(".github/workflows/w.yml", text);
    pipeline.jobs[0]
        .steps
        .iter()
        .flat_map(|step| &step.acts)
        .map(|act| show(act, text))
        .collect()
}

fn slice(loc: Loc, text: &str) -> String {
    let slice = text.get(loc.span.range()).expect("a place in the text");
    slice.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn at(value: &Spanned<Template>, text: &str) -> String {
    format!("{} @{}", value.value, slice(value.loc, text))
}

/// `kind details`, with a `?` in front if the act is guarded; `@` shows the text that a value points at.
fn show(act: &Act, text: &str) -> String {
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

/// The acts of one `run: |` step.
fn acts_of_script(script: &str) -> Vec<String> {
    let mut step = String::from("- run: |\n");
    for line in script.trim_matches('\n').lines() {
        step.push_str("    ");
        step.push_str(line);
        step.push('\n');
    }
    acts_of(&step)
}
