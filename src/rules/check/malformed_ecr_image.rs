//! ECR313: the name of an ECR image that docker, ECR or DNS cannot understand.

use super::super::Context;
use super::place::{acts, within};
use crate::diag::{Confidence, Diagnostic, Label, quote};
use crate::model::Facts;
use crate::model::image::{ImageFault, ImageFaultKind, ImageRef, Registry, faults, host_faults};
use crate::model::kubernetes::Pod;
use crate::model::pipeline::ActKind;
use crate::model::template::Template;
use crate::source::{FileId, Loc, Spanned};
use std::collections::BTreeMap;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut findings = Findings {
        cx,
        found: Vec::new(),
        at: BTreeMap::new(),
    };
    let facts = &cx.workspace.facts;
    for image in declared_images(facts) {
        findings.add(image, &faults(&image.value));
    }
    for image in facts
        .pipelines
        .iter()
        .flat_map(|pipeline| &pipeline.jobs)
        .flat_map(|job| &job.images)
    {
        findings.add(image, &faults(&image.value));
    }
    for act in acts(cx.workspace) {
        match &act.kind {
            ActKind::Push(image) | ActKind::Pull(image) => {
                findings.add(image, &faults(&image.value))
            }
            ActKind::Login(login) => {
                for host in login.registries.iter().flatten() {
                    findings.add(host, &host_faults(&host.value));
                }
            }
            _ => {}
        }
    }
    out.append(&mut findings.found);
}

/// The images of everything that is declared to pull one.
fn declared_images(facts: &Facts) -> impl Iterator<Item = &Spanned<Template>> {
    let containers = facts.tasks.iter().flat_map(|task| &task.containers);
    let tasks = containers.filter_map(|container| container.image.as_ref());
    let functions = facts.functions.iter().map(|function| &function.image);
    let builds = facts.build_projects.iter();
    let builds = builds.filter_map(|project| project.image.as_ref());
    let services = facts.app_runner_services.iter();
    let services = services.filter_map(|service| service.image.as_ref());
    // What a kustomization puts in place of an image is judged where it stands.
    let pods = facts.pods.iter().flat_map(Pod::images);
    let pods = pods.filter(|image| image.instead.is_none());
    let pods = pods.map(|image| &image.written);
    let overrides = facts.kustomizations.iter().flat_map(|one| &one.images);
    let overrides = overrides.filter_map(|one| one.new_name.as_ref());
    let compose = facts.compose_services.iter().flat_map(|service| {
        let tags = service.build.iter().flat_map(|build| &build.tags);
        service.image.iter().chain(tags)
    });
    let bases = facts.base_images.iter().map(|base| &base.image);
    tasks
        .chain(functions)
        .chain(builds)
        .chain(services)
        .chain(pods)
        .chain(overrides)
        .chain(compose)
        .chain(bases)
}

/// The findings so far: a workflow that logs in, builds and pushes says a wrong name many times, and one finding tells
/// of all of them.
struct Findings<'c, 'a> {
    cx: &'c Context<'a>,
    found: Vec<Diagnostic>,
    /// Where in `found` the finding of a fault is.
    at: BTreeMap<Key, usize>,
}

/// What makes two faults one: the same text, wrong in the same way, in one file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    file: FileId,
    text: String,
    kind: ImageFaultKind,
}

impl Findings<'_, '_> {
    fn add(&mut self, image: &Spanned<Template>, faults: &[ImageFault]) {
        const MOST_RELATED: usize = 3;
        let text = image.value.to_string();
        for fault in faults {
            let part = text.get(fault.range.clone()).unwrap_or("");
            let at = within(image.loc, text.len(), fault.range.clone());
            let key = Key {
                file: at.file,
                text: part.to_string(),
                kind: fault.kind.clone(),
            };
            if let Some(first) = self.at.get(&key).and_then(|one| self.found.get_mut(*one)) {
                let is_new =
                    first.primary.loc != at && first.related.iter().all(|label| label.loc != at);
                if is_new && first.related.len() < MOST_RELATED {
                    first.related.push(Label {
                        loc: at,
                        text: "here again".to_string(),
                    });
                }
                continue;
            }
            let found =
                finding(self.cx, &image.value, at, part, &fault.kind).identity(text.clone());
            self.at.insert(key, self.found.len());
            self.found.push(found);
        }
    }
}

/// What one fault is called.
fn finding(
    cx: &Context<'_>,
    image: &Template,
    at: Loc,
    part: &str,
    kind: &ImageFaultKind,
) -> Diagnostic {
    let region = || {
        let registry = match ImageRef::parse(image).map(|image| image.registry) {
            Some(Registry::Ecr(registry)) => Some(registry),
            _ => None,
        };
        registry.map_or(String::new(), |registry| registry.region.to_string())
    };
    let part = quote(part);
    let (message, label, help) = match kind {
        ImageFaultKind::Scheme => (
            format!("the image name starts with {part}"),
            "an image name has no scheme".to_string(),
            "start the name with the registry host",
        ),
        ImageFaultKind::MissingAccount => (
            "the registry host has no account".to_string(),
            "the account belongs before `dkr.ecr`".to_string(),
            "write `<account>.dkr.ecr.<region>.amazonaws.com`",
        ),
        ImageFaultKind::BadAccount { digits: 12 } => (
            format!("the registry host has the account {part}, with signs between its digits"),
            "twelve bare digits".to_string(),
            "write the account id without hyphens",
        ),
        ImageFaultKind::BadAccount { digits } => (
            format!("the registry host has the account {part}, and accounts have 12 digits"),
            match digits {
                1 => "1 digit".to_string(),
                _ => format!("{digits} digits"),
            },
            "write the whole account id, leading zeros included",
        ),
        ImageFaultKind::MissingRegion => (
            "the registry host has no Region".to_string(),
            "the Region belongs between `ecr.` and this".to_string(),
            "write `<account>.dkr.ecr.<region>.amazonaws.com`",
        ),
        ImageFaultKind::UnknownRegion { nearest } => {
            let found = cx
                .diagnostic(
                    at,
                    format!("the registry host is in {part}, which is no Region"),
                )
                .label(nearest.map_or("no such Region".to_string(), |meant| {
                    format!("perhaps `{meant}`")
                }));
            return match nearest {
                Some(meant) => found.help(format!("write `{meant}`")),
                None => found.confidence(Confidence::Medium),
            };
        }
        ImageFaultKind::ForeignSuffix { expected } => {
            return cx
                .diagnostic(
                    at,
                    format!(
                        "the registry host in Region {} ends in {part}",
                        quote(&region())
                    ),
                )
                .label(format!("hosts there end in `{expected}`"))
                .help(format!("end the host in `.{expected}`"));
        }
        ImageFaultKind::UnknownSuffix { nearest } => {
            return cx
                .diagnostic(
                    at,
                    format!("the registry host ends in {part}, which is not AWS's"),
                )
                .label(format!("perhaps `{nearest}`"))
                .help(format!("end the host in `.{nearest}`"));
        }
        ImageFaultKind::MissingSuffix => (
            format!("the registry host ends after its Region {part}"),
            "the rest of the host is missing".to_string(),
            "write `<account>.dkr.ecr.<region>.amazonaws.com`",
        ),
        ImageFaultKind::MissingRepository => (
            "the image names a registry and no repository".to_string(),
            "a repository name belongs after the host".to_string(),
            "add `/<repository>`",
        ),
        ImageFaultKind::TagBeforeRepository => (
            format!("{part} stands between the registry and the repository"),
            "a tag goes to the end".to_string(),
            "write `<registry>/<repository>:<tag>`",
        ),
        ImageFaultKind::ColonInRepository => (
            "the repository name holds a `:`".to_string(),
            "a tag goes to the end".to_string(),
            "write `<registry>/<repository>:<tag>`",
        ),
        ImageFaultKind::SecondTag => (
            format!("the image has a second tag, {part}"),
            "an image name has one tag".to_string(),
            "keep one of the tags",
        ),
        ImageFaultKind::UpperCase => (
            format!("the repository name has upper case in {part}"),
            "repository names are lower case".to_string(),
            "write the repository name in lower case",
        ),
        ImageFaultKind::BadSeparator if part == "`/`" => (
            "the repository name has an empty component".to_string(),
            "nothing stands behind this slash".to_string(),
            "write one slash between two names",
        ),
        ImageFaultKind::BadSeparator => (
            format!("the repository name is malformed at {part}"),
            "between letters and digits stands one `.`, `_`, `__`, `/` or any number of `-`"
                .to_string(),
            "write the repository name as ECR has it",
        ),
        ImageFaultKind::Space => (
            "the image name holds white space".to_string(),
            "an image name has none".to_string(),
            "remove the white space",
        ),
    };
    cx.diagnostic(at, message).label(label).help(help)
}
