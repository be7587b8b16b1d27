//! Shell text that containers run: what it does to registries, and the pull secrets that it makes.

use super::pod;
use crate::model::docker::StoredLogin;
use crate::model::kubernetes::{PullSecret, PullSecretSource};
use crate::model::origin::Origin;
use crate::model::pipeline::{EnvVar, Pipeline, PipelineKind};
use crate::model::template::Template;
use crate::recognize::session::{Frame, ScriptText, Session};
use crate::recognize::shell::{self, Command, Word};
use crate::recognize::{placeholders, script};
use crate::source::Spanned;
use crate::tree::Node;

/// What the scripts of a pod do.
#[derive(Default)]
pub(super) struct Scripts {
    /// One a container whose script touches registries.
    pub(super) pipelines: Vec<Pipeline>,
    /// Secrets that `kubectl` makes.
    pub(super) pull_secrets: Vec<PullSecret>,
}

/// Programs that read a script from their arguments.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// Words without which a script has nothing to do with registries.
const WORDS: [&str; 6] = ["aws", "ecr", "docker", "podman", "crane", "skopeo"];

/// Reads the scripts of a pod's containers.
pub(super) fn read(
    specification: &Node<'_>,
    path: &str,
    origin: &Origin,
    is_scheduled: bool,
) -> Scripts {
    let mut found = Scripts::default();
    for container in pod::containers(specification) {
        let Some(script) = script_of(container) else {
            continue;
        };
        let text = script.as_text().map_or("", |text| text.value.as_ref());
        if !WORDS.iter().any(|word| text.contains(word)) {
            continue;
        }
        let variables = variables(container);
        if text.contains("docker-registry") {
            let made = made_secrets(script, text, &variables, origin, is_scheduled);
            found.pull_secrets.extend(made);
        }
        found
            .pipelines
            .extend(pipeline(container, script, variables, path, origin));
    }
    found
}

/// The script that a container hands to a shell: the word behind `-c`.
fn script_of<'n, 's>(container: &'n Node<'s>) -> Option<&'n Node<'s>> {
    let mut words = ["command", "args"]
        .into_iter()
        .flat_map(|key| container.get(key).map_or(&[][..], Node::one_or_many));
    let program = words.next()?.as_str()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    if !SHELLS.contains(&name) {
        return None;
    }
    let is_option = |word: &&Node<'_>| {
        word.as_str().is_some_and(|word| {
            word.strip_prefix('-')
                .is_some_and(|flags| flags.ends_with('c') && !flags.starts_with('-'))
        })
    };
    words.find(is_option)?;
    words.next()
}

/// The variables of a container; `None` for the value of one that comes from elsewhere.
fn variables(container: &Node<'_>) -> Vec<(Spanned<String>, Option<Spanned<Template>>)> {
    let entries = container.get("env").map_or(&[][..], Node::items);
    entries
        .iter()
        .filter_map(|entry| {
            let value = entry.get("value").and_then(|value| {
                let text = placeholders::of_node(value, placeholders::read)?;
                Some(Spanned::new(text, value.place()))
            });
            Some((entry.get("name")?.spanned()?, value))
        })
        .collect()
}

type Variables = [(Spanned<String>, Option<Spanned<Template>>)];

/// The script as a job of which nothing is known but its variables; `None` if it does nothing to registries.
fn pipeline(
    container: &Node<'_>,
    script: &Node<'_>,
    variables: Vec<(Spanned<String>, Option<Spanned<Template>>)>,
    path: &str,
    origin: &Origin,
) -> Option<Pipeline> {
    let mut session = Session::new(PipelineKind::Script, path);
    for (name, value) in &variables {
        session.set(&name.value, value.as_ref().map(|value| value.value.clone()));
    }
    let mut text = ScriptText::new();
    text.push(script);
    let done = session.run(&text, &Frame::default());
    if done.acts.is_empty() && done.written_secrets.is_empty() {
        return None;
    }
    let id = Spanned::new(origin.label.clone(), container.loc.start());
    let mut pipeline = script::alone(id, script.loc, path, done);
    let known = variables
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| EnvVar { name, value }));
    pipeline.env = known.collect();
    Some(pipeline)
}

/// The secrets that `kubectl create secret docker-registry` makes
/// (<https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret_docker-registry/>).
fn made_secrets(
    script: &Node<'_>,
    text: &str,
    variables: &Variables,
    origin: &Origin,
    is_scheduled: bool,
) -> Vec<PullSecret> {
    let find = |name: &str| {
        let known = variables.iter().rev().find(|(own, _)| own.value == name);
        known.and_then(|(_, value)| Some(value.as_ref()?.value.clone()))
    };
    let read = shell::parse(text, &find);
    let commands = read.commands.iter();
    commands
        .filter_map(|command| {
            let made = Made::of(command)?;
            let place = |word: &Word| script.loc_of(word.span.clone());
            let named = |word: &Word| Spanned::new(word.value.clone(), place(word));
            let server = made.server.and_then(|(host, word)| {
                Some(StoredLogin {
                    registry: Spanned::new(host.as_literal()?.to_string(), place(word)),
                    credential: None,
                })
            });
            Some(PullSecret {
                origin: origin.clone(),
                namespace: None,
                name: named(made.name),
                source: PullSecretSource::Command { is_scheduled },
                complete: server.is_some(),
                logins: server.into_iter().collect(),
            })
        })
        .collect()
}

/// `kubectl create secret docker-registry NAME --docker-server HOST`.
struct Made<'c> {
    name: &'c Word,
    server: Option<(Template, &'c Word)>,
}

impl<'c> Made<'c> {
    fn of(command: &'c Command) -> Option<Made<'c>> {
        let is = |word: &Word, text: &str| word.value.as_literal() == Some(text);
        let (program, words) = command.words.split_first()?;
        let program = program.value.as_literal()?;
        if !matches!(program.rsplit('/').next()?, "kubectl" | "oc" | "k") {
            return None;
        }
        let kind = words.iter().position(|word| is(word, "docker-registry"))?;
        let before = words.get(..kind)?;
        if !before.iter().any(|word| is(word, "create"))
            || !before.iter().any(|word| is(word, "secret"))
        {
            return None;
        }
        // Options may stand before the name; those of this command are written with `=` or stand behind it.
        let after = words.get(kind + 1..)?;
        let name = after
            .iter()
            .find(|word| !word.value.prefix().starts_with('-'))?;
        let server = after.iter().enumerate().find_map(|(at, word)| {
            if is(word, "--docker-server") {
                let given = after.get(at + 1)?;
                return Some((given.value.clone(), given));
            }
            let (option, host) = word.value.split_once('=')?;
            (option.as_literal() == Some("--docker-server")).then_some((host, word))
        });
        Some(Made { name, server })
    }
}
