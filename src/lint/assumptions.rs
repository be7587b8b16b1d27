//! Findings that hold only if a condition of a template falls one way: they say so.
//!
//! Rules know nothing of readings: they look at facts, and a template with conditions declares its facts once for each way
//! they can fall. Where such a template has findings, each of its readings is looked at by itself here, and a finding that
//! some of them do not have gets the condition that makes the difference as a related place.

use crate::diag::{Diagnostic, Label, quote};
use crate::link;
use crate::model::Facts;
use crate::model::origin::Assumption;
use crate::prove;
use crate::recognize;
use crate::recognize::cloudformation::{self, given::Given};
use crate::rules::{Registry, Selection};
use crate::source::{FileId, Loc, SourceMap};
use crate::tree::{self, Syntax};
use std::collections::{BTreeMap, BTreeSet};

/// What tells findings apart: code, place and message.
type Key = (String, Loc, String);

fn key(one: &Diagnostic) -> Key {
    let message = one.message.clone();
    (one.rule.code.clone(), one.primary.loc, message)
}

/// Says of each finding under which conditions it holds. Of findings that say in other words the same of one place, each in
/// another reading, the first stays.
pub(super) fn explain(
    diagnostics: &mut Vec<Diagnostic>,
    sources: &SourceMap,
    given: &Given,
    registry: &Registry,
    selection: &Selection,
) {
    let mut by_file: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for (at, one) in diagnostics.iter().enumerate() {
        by_file.entry(one.primary.loc.file).or_default().push(at);
    }
    let mut dropped = BTreeSet::new();
    for (file, found) in by_file {
        for readings in readings_of(file, sources, given) {
            let findings = readings
                .into_iter()
                .map(|(assuming, facts)| (assuming, findings(facts, registry, selection)))
                .collect::<Vec<_>>();
            explain_file(diagnostics, &found, &findings, &mut dropped);
        }
    }
    let mut at = 0;
    diagnostics.retain(|_| {
        at += 1;
        !dropped.contains(&(at - 1))
    });
}

/// The readings of each template in the file that has several.
fn readings_of(
    file: FileId,
    sources: &SourceMap,
    given: &Given,
) -> Vec<Vec<(Vec<Assumption>, Facts)>> {
    let Some(source) = sources
        .get(file)
        .filter(|source| source.text.contains("Conditions"))
    else {
        return Vec::new();
    };
    let syntax = Syntax::of(&source.path, &source.text);
    let parsed = tree::parse(file, &source.text, syntax);
    parsed
        .documents
        .iter()
        .map(|document| {
            let subject = recognize::Subject {
                path: &source.path,
                text: &source.text,
                document,
            };
            cloudformation::readings(&subject, given)
        })
        .filter(|readings| readings.len() > 1)
        .collect()
}

/// What the rules find in one reading.
fn findings(mut facts: Facts, registry: &Registry, selection: &Selection) -> BTreeSet<Key> {
    recognize::iam_policy::managed::add_mentioned(&mut facts);
    let workspace = link::link(facts, Vec::new());
    let proofs = prove::prove(&workspace);
    let found = registry.run(&workspace, &proofs, selection);
    found.iter().map(key).collect()
}

fn explain_file(
    diagnostics: &mut [Diagnostic],
    found: &[usize],
    readings: &[(Vec<Assumption>, BTreeSet<Key>)],
    dropped: &mut BTreeSet<usize>,
) {
    // Which readings have each finding.
    let mut holders: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    for at in found {
        let Some(one) = diagnostics.get(*at) else {
            continue;
        };
        let key = key(one);
        let having = readings
            .iter()
            .enumerate()
            .filter(|(_, (_, findings))| findings.contains(&key))
            .map(|(reading, _)| reading)
            .collect();
        holders.push((*at, having));
    }
    // What no reading has by itself needs other files, or lies elsewhere in this one.
    holders.retain(|(_, having)| !having.is_empty());
    holders.sort_by_key(|(at, having)| (having.first().copied(), *at));
    let mut kept: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    for (at, having) in holders {
        let same = |other: usize| match (diagnostics.get(at), diagnostics.get(other)) {
            (Some(one), Some(other)) => {
                one.rule.code == other.rule.code && one.primary.loc == other.primary.loc
            }
            _ => false,
        };
        let first = kept
            .iter_mut()
            .find(|(other, readings)| same(*other) && readings.is_disjoint(&having));
        match first {
            Some((_, readings)) => {
                readings.extend(having);
                dropped.insert(at);
            }
            None => kept.push((at, having)),
        }
    }
    for (at, having) in kept {
        if let Some(one) = diagnostics.get_mut(at) {
            one.related.extend(labels(readings, &having));
        }
    }
}

/// The conditions that tell readings with a finding from those without.
fn labels(readings: &[(Vec<Assumption>, BTreeSet<Key>)], having: &BTreeSet<usize>) -> Vec<Label> {
    let with = |reading: usize| having.contains(&reading);
    let assumes = |reading: usize, assumption: &Assumption| {
        let all = readings.get(reading).map_or(&[][..], |(all, _)| all);
        all.contains(assumption)
    };
    let mut without: Vec<usize> = (0..readings.len()).filter(|at| !with(*at)).collect();
    let Some((common, _)) = having.first().and_then(|first| readings.get(*first)) else {
        return Vec::new();
    };
    // What every reading with the finding assumes, what is met first.
    let mut common: Vec<&Assumption> = common
        .iter()
        .filter(|one| having.iter().all(|reading| assumes(*reading, one)))
        .collect();
    common.sort_by_key(|one| !one.holds);
    let mut labels = Vec::new();
    while !without.is_empty() {
        let excluded = |one: &Assumption| {
            let others = without.iter().filter(|reading| !assumes(**reading, one));
            others.count()
        };
        // The first of those that exclude most.
        let best = common
            .iter()
            .rev()
            .max_by_key(|one| excluded(one))
            .filter(|one| excluded(one) > 0);
        let Some(best) = best else { break };
        let met = if best.holds { "is met" } else { "is not met" };
        labels.push(Label {
            loc: best.condition.loc,
            text: format!("only if condition {} {met}", quote(&best.condition.value)),
        });
        without.retain(|reading| assumes(*reading, best));
    }
    labels
}
