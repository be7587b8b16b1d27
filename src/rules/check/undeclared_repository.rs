//! ECR207: an image in a repository that the tree does not declare, though it declares others of that registry.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-create.html>

mod known;

use super::super::Context;
use super::{images_in_sight, reading};
use crate::catalog::nearest::nearest;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::link::flow::{Flow, Image, StepKind};
use crate::model::image::{EcrRegistry, ImageRef};
use crate::model::template::Template;
use crate::source::{FileId, Loc};
use known::Known;
use std::collections::{BTreeMap, BTreeSet};

/// Most names that are looked for, so that a tree of nothing but images costs no more.
const MOST_NAMES: usize = 500;

/// Most places of one finding.
const MOST_PLACES: usize = 8;

/// The account and Region of a registry, known or not.
type Registry = (Template, Template);

/// A repository that images lie in, with the places that say so.
#[derive(Default)]
struct Wanted {
    pushed: Vec<Loc>,
    pulled: Vec<Loc>,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let known = Known::of(cx);
    if known.says_nothing() {
        return;
    }
    for ((registry, name), wanted) in wanted(cx, &known).into_iter().take(MOST_NAMES) {
        if !reading::is_placeholder(&name) && known.lacks(cx, &registry, &name) {
            out.extend(finding(cx, &known, &registry, &name, &wanted));
        }
    }
}

/// Every repository that images lie in, by registry and name.
fn wanted(cx: &Context<'_>, known: &Known<'_>) -> BTreeMap<(Registry, String), Wanted> {
    let mut found: BTreeMap<(Registry, String), Wanted> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut note = |registry: Registry, name: &Template, loc: Loc, is_push: bool| {
        // Of a name with upper case ECR313 speaks.
        let is_legal = |name: &&str| !name.is_empty() && !name.contains(char::is_uppercase);
        let Some(name) = name.as_literal().filter(is_legal) else {
            return;
        };
        if loc.file == FileId::NONE || !known.has(&registry) || !seen.insert((loc, is_push)) {
            return;
        }
        let one = found.entry((registry, name.to_string())).or_default();
        if is_push {
            one.pushed.push(loc);
        } else {
            one.pulled.push(loc);
        }
    };
    for flow in &cx.workspace.flows {
        for step in &flow.steps {
            let (image, is_push) = match &step.kind {
                StepKind::Push(image) => (image, true),
                StepKind::Pull(image) => (image, false),
                _ => continue,
            };
            if image.repositories.is_empty() {
                let registry = registry_of(cx, flow, image);
                note(
                    registry,
                    &image.image.repository,
                    image.written.loc,
                    is_push,
                );
            }
        }
    }
    for image in images_in_sight::declared(cx) {
        let parsed = ImageRef::parse(&image.value);
        if let Some((
            parsed,
            EcrRegistry {
                account, region, ..
            },
        )) = parsed
            .as_ref()
            .and_then(|parsed| Some((parsed, parsed.ecr()?)))
        {
            let registry = (account.clone(), region.clone());
            note(registry, &parsed.repository, image.loc, false);
        }
    }
    found
}

/// The registry of an image as declarations would say it. An image that a job moves with a role of its own account lies in
/// the account that the role is declared for, though only one of the two is written.
fn registry_of(cx: &Context<'_>, flow: &Flow, image: &Image) -> Registry {
    let registry = &image.registry;
    let roles = flow.actor.roles.indices.iter();
    let mut accounts = roles
        .filter_map(|role| cx.workspace.facts.roles.get(*role))
        .map(|role| &role.origin.scope.account);
    let declared = accounts
        .next()
        .filter(|first| accounts.all(|other| other == *first));
    let is_own = flow.actor.account.as_ref() == Some(&registry.account);
    let account = declared.filter(|_| is_own).unwrap_or(&registry.account);
    (account.clone(), registry.region.clone())
}

fn finding(
    cx: &Context<'_>,
    known: &Known<'_>,
    registry: &Registry,
    name: &str,
    wanted: &Wanted,
) -> Option<Diagnostic> {
    let others = known.names(registry)?;
    let near = nearest(name, others.keys().copied());
    let (first, pushes) = match (wanted.pushed.first(), wanted.pulled.first()) {
        (Some(push), _) => (*push, true),
        (None, pull) => (*pull?, false),
    };
    let mut found = cx
        .diagnostic(
            first,
            match (near, others.len()) {
                (Some(near), _) => {
                    format!(
                        "repository {} is declared nowhere, and {} is",
                        quote(name),
                        quote(near)
                    )
                }
                (None, 1) => format!(
                    "repository {} is declared nowhere, unlike another of its registry",
                    quote(name)
                ),
                (None, more) => format!(
                    "repository {} is declared nowhere, unlike {more} others of its registry",
                    quote(name)
                ),
            },
        )
        .identity(name);
    found = match near {
        Some(near) => found
            .label(format!("is {} meant?", quote(near)))
            .help(format!("write {}, or declare {}", quote(near), quote(name))),
        None if pushes => found.label("pushed to here"),
        None => found.label("pulled from here"),
    };
    if near.is_none() && !pushes && !known.is_closed(registry) {
        // It may well be another team's.
        found = found.severity(Severity::Note).confidence(Confidence::Low);
    }
    let uses = wanted
        .pushed
        .iter()
        .map(|loc| (*loc, "pushed to here"))
        .chain(wanted.pulled.iter().map(|loc| (*loc, "pulled from here")));
    for (loc, text) in uses.filter(|(loc, _)| *loc != first).take(MOST_PLACES) {
        found = found.related(loc, text);
    }
    let shown = near.or_else(|| others.keys().next().copied());
    if let Some((name, loc)) = shown.and_then(|name| Some((name, others.get(name)?))) {
        found = found.related(*loc, format!("{} is declared here", quote(name)));
    }
    Some(found)
}
