//! ECR511: a secret access key written in the file. No message of this check may hold any part of a key.

use super::credentials_in_user_data::secrets_in_user_data;
use super::key_sets::{KeySet, Origin, is_stand_in, key_sets, speaks_of_stand_in};
use super::pipeline_reading::{holds, known};
use crate::diag::Diagnostic;
use crate::model::access_key::{is_access_key_id, is_secret_access_key};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::{FileId, Loc, Spanned};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // A script sees the keys of its `env:` block, and the text of a script is looked at as a whole too: the same place
    // may come up again.
    // A script that an instance starts with is another rule's.
    let mut seen: BTreeSet<Loc> = secrets_in_user_data(cx.workspace);
    for set in key_sets(cx) {
        let Some(secret) = written_secret(&set) else {
            continue;
        };
        if !seen.insert(secret) {
            continue;
        }
        let mut finding = finding(cx, secret).identity(place_of(&set));
        if let Some(id) = set.id.filter(|id| known(id).is_some()) {
            finding = finding.related(id.loc, "with its access key id");
        }
        if let Some(token) = set.token.filter(|token| known(token).is_some()) {
            finding = finding.related(token.loc, "and its session token");
        }
        out.push(finding);
    }
    for secret in &cx.workspace.facts.written_secrets {
        if seen.insert(*secret) {
            out.push(finding(cx, *secret).identity("provider"));
        }
    }
    for pipeline in &cx.workspace.facts.pipelines {
        for job in &pipeline.jobs {
            for secret in job.steps.iter().flat_map(|step| &step.written_secrets) {
                if seen.insert(*secret) {
                    out.push(finding(cx, *secret).identity(format!("{} run", job.id.value)));
                }
            }
        }
    }
    in_compose_files(cx, &mut seen, out);
    in_manifests(cx, &mut seen, out);
}

/// The keys that compose files hand to containers and builds.
fn in_compose_files(cx: &Context<'_>, seen: &mut BTreeSet<Loc>, out: &mut Vec<Diagnostic>) {
    let services = &cx.workspace.facts.compose_services;
    // One file starts the application and what stands in for AWS together.
    let local: BTreeSet<FileId> = services
        .iter()
        .filter(|service| {
            service
                .image
                .as_ref()
                .is_some_and(|image| is_stand_in(&image.value))
        })
        .map(|service| service.origin.loc.file)
        .collect();
    for service in services {
        let build = service
            .build
            .iter()
            .flat_map(|build| &build.options.arguments);
        let variables: BTreeMap<&str, &Spanned<Template>> = service
            .environment
            .iter()
            .map(|(name, value)| (name.value.as_str(), value))
            .chain(build.map(|(name, value)| (name.as_str(), value)))
            .collect();
        let is_local = local.contains(&service.origin.loc.file)
            || variables.keys().any(|name| speaks_of_stand_in(name));
        if is_local {
            continue;
        }
        let named = Variables {
            variables: &variables,
            holder: &service.origin.label,
            help: "delete the key in IAM, and take the new one from a role or from where compose runs",
        };
        named.report(cx, seen, out);
    }
}

/// The keys that manifests of Kubernetes hand to containers, or hold for them.
fn in_manifests(cx: &Context<'_>, seen: &mut BTreeSet<Loc>, out: &mut Vec<Diagnostic>) {
    let facts = &cx.workspace.facts;
    let local: BTreeSet<FileId> = facts
        .pods
        .iter()
        .filter(|pod| pod.images().any(|image| is_stand_in(&image.written.value)))
        .map(|pod| pod.origin.loc.file)
        .collect();
    let containers = facts.pods.iter().flat_map(|pod| {
        let containers = pod.containers.iter();
        containers.map(move |container| (&pod.origin, &container.environment))
    });
    let objects = facts.config_objects.iter();
    let objects = objects.map(|object| (&object.origin, &object.values));
    for (origin, values) in containers.chain(objects) {
        let canonical: Vec<(String, &Spanned<Template>)> = values
            .iter()
            .map(|(name, value)| (name.value.replace(['-', '.'], "_").to_uppercase(), value))
            .collect();
        let variables: BTreeMap<&str, &Spanned<Template>> = canonical
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let is_local = local.contains(&origin.loc.file)
            || variables.keys().any(|name| speaks_of_stand_in(name));
        if is_local {
            continue;
        }
        let named = Variables {
            variables: &variables,
            holder: &origin.label,
            help: "delete the key in IAM, and give the service account of the pod a role instead",
        };
        named.report(cx, seen, out);
    }
}

/// Variables that belong together.
struct Variables<'v> {
    variables: &'v BTreeMap<&'v str, &'v Spanned<Template>>,
    /// What holds them.
    holder: &'v str,
    help: &'v str,
}

impl Variables<'_> {
    /// Every secret access key among them.
    fn report(&self, cx: &Context<'_>, seen: &mut BTreeSet<Loc>, out: &mut Vec<Diagnostic>) {
        for (name, secret) in self.variables {
            let Some(prefix) = name.strip_suffix("SECRET_ACCESS_KEY") else {
                continue;
            };
            let id = self
                .variables
                .get(format!("{prefix}ACCESS_KEY_ID").as_str());
            let id = id.and_then(|id| known(id));
            let is_key = known(secret).is_some_and(|key| is_secret_access_key(&key.value))
                && id.as_ref().is_none_or(|id| is_access_key_id(&id.value));
            if !is_key || !seen.insert(secret.loc) {
                continue;
            }
            let mut finding = finding(cx, secret.loc)
                .identity(format!("{} {name}", self.holder))
                .help(self.help);
            if let Some(id) = id {
                finding = finding.related(id.loc, "with its access key id");
            }
            out.push(finding);
        }
    }
}

fn finding(cx: &Context<'_>, secret: Loc) -> Diagnostic {
    cx.diagnostic(secret, "an AWS secret access key is written in the file")
        .label("everybody who can read the repository has it")
}

/// The place of a secret access key that is written out.
fn written_secret(set: &KeySet<'_>) -> Option<Loc> {
    let secret = known(set.secret?)?;
    // An id that no AWS key can have: a stand-in, or another service.
    let is_foreign = set
        .id
        .and_then(known)
        .is_some_and(|id| !is_access_key_id(&id.value));
    if !is_secret_access_key(&secret.value) || is_foreign || set.may_not_be_aws() {
        return None;
    }
    // What stands in a script was judged together with the rest of it.
    match set.origin {
        Origin::Shell => set
            .step?
            .written_secrets
            .iter()
            .find(|place| holds(secret.loc, **place))
            .copied(),
        Origin::Env | Origin::ConfigureAction | Origin::OtherAction => Some(secret.loc),
    }
}

/// What tells this finding from others of the file without naming the key.
fn place_of(set: &KeySet<'_>) -> String {
    let job = set.job.map_or("", |job| job.id.value.as_str());
    let step = set.job.zip(set.step).and_then(|(job, step)| {
        job.steps
            .iter()
            .position(|other| other.loc == step.loc)
            .map(|at| at.to_string())
    });
    format!("{job} {}", step.unwrap_or_default())
}
