//! The whole way from texts in memory to a report: each file read by itself, the facts of all linked, the rules run, the
//! user's ignores applied. Touches no file system, and says the same whatever the order of files or number of threads.

mod assumptions;
pub mod owners;
mod reading;
pub mod threads;

use crate::diag::ignore::{ConfigIgnore, FileComments, Ignores, Rules, apply};
use crate::diag::{Diagnostic, Report};
use crate::link::{self, Workspace};
use crate::model::Facts;
use crate::model::home::Homes;
use crate::model::policy::Layer;
use crate::prove;
use crate::recognize::cloudformation::given::Given;
use crate::recognize::{self, prefilter, terraform};
use crate::rules::{Registry, Selection};
use crate::source::path_pattern::PathPattern;
use crate::source::{FileId, Loc, SourceFile, SourceMap, Span};
use crate::tree::{Problem, ProblemKind};
use owners::Owners;
use reading::{Read, read};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One file of a run, already read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Path as the user is to see it, with `/`.
    pub path: String,
    /// The text. Of a file that could not be read, what comes before the fault: the finding points at its end.
    pub text: String,
    /// Why it could not be read, if so.
    pub unreadable: Option<Unreadable>,
}

/// Why a file's text is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// [`ProblemKind::Unreadable`] or [`ProblemKind::Limit`].
    pub kind: ProblemKind,
    /// What is wrong: lower case, one line, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Input {
    /// A file with this text.
    pub fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Input {
            path: path.into(),
            text: text.into(),
            unreadable: None,
        }
    }
}

/// What a run is to look for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Which rules run and which findings are heard.
    pub selection: Selection,
    /// Ignores of the configuration file.
    pub ignores: Vec<ConfigIgnore>,
    /// Whether ignore comments in files count.
    pub inline_ignores: bool,
    /// Layers that the configuration file gives to policy files: path pattern and layer, the first match counts.
    pub layers: Vec<(PathPattern, Layer)>,
    /// Which account and Region files belong to, where they do not say so.
    pub homes: Homes,
    /// Whom policy files belong to.
    pub owners: Owners,
    /// The configuration file, for findings about [`Settings::ignores`]; their spans are places in it.
    pub config_file: Option<SourceFile>,
    /// Counts the files that are parsed, for whoever wants to know how far a run is.
    pub done: Option<Arc<AtomicUsize>>,
}

/// A finished run: the texts and what was found in them.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The files that were linted.
    pub sources: SourceMap,
    /// What was found.
    pub report: Report,
}

/// A repository, read and linked.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The files.
    pub sources: SourceMap,
    /// What they declare, linked.
    pub workspace: Workspace,
    /// How many files were given.
    pub files_seen: usize,
    /// How many of them are ours.
    pub files_linted: usize,
    /// Comments that speak to ecrlint.
    comments: Vec<FileComments>,
    /// What files give to parameters of templates.
    given: Given,
    /// The configuration file, among the sources.
    config_file: Option<FileId>,
}

/// Lints texts in memory as one repository.
///
/// The files may come in any order and on any number of threads: the report is the same bytes. `files_seen` of the report
/// is the number of inputs; a caller that left files out before (by [`prefilter`](crate::recognize::prefilter)) adds them.
pub fn lint(inputs: Vec<Input>, registry: &Registry, settings: &Settings) -> Run {
    let Analysis {
        sources,
        workspace,
        files_seen,
        files_linted,
        comments,
        given,
        config_file,
    } = analyze(inputs, settings);
    let proofs = prove::prove(&workspace);
    let mut diagnostics = registry.run(&workspace, &proofs, &settings.selection);
    sort(&mut diagnostics, &sources);
    merge_twins(&mut diagnostics);
    merge_instances(&mut diagnostics, &sources);
    assumptions::explain(
        &mut diagnostics,
        &sources,
        &given,
        registry,
        &settings.selection,
    );
    let ignores = Ignores {
        comments: &comments,
        config: &settings.ignores,
        config_file,
    };
    let unused = silence(&mut diagnostics, &sources, &ignores, registry, settings);
    diagnostics.extend(unused);
    sort(&mut diagnostics, &sources);
    Run {
        sources,
        report: Report {
            diagnostics,
            files_seen,
            files_linted,
        },
    }
}

/// Reads and links texts in memory as one repository: everything before the rules. See [`lint()`].
pub fn analyze(inputs: Vec<Input>, settings: &Settings) -> Analysis {
    let files_seen = inputs.len();
    let mut inputs = inputs;
    inputs.sort_by(|a, b| a.path.cmp(&b.path));

    let mut sources = SourceMap::new();
    let mut unreadable = Vec::new();
    for input in inputs {
        let file = sources.add(SourceFile::new(input.path, input.text));
        if let Some(why) = input.unreadable {
            unreadable.push((file, why));
        }
    }
    let given;
    let mut reads: Vec<Read> = {
        let files: Vec<(FileId, &SourceFile)> = sources.iter().collect();
        let unread: BTreeSet<FileId> = unreadable.iter().map(|(id, _)| *id).collect();
        let configurations = files
            .iter()
            .filter(|(id, file)| terraform::is_named(&file.path) && !unread.contains(id));
        let modules = terraform::relevant::folders(
            configurations.map(|(_, file)| (file.path.as_str(), file.text.as_str())),
        );
        given = given_in(&files, &settings.homes);
        threads::in_parallel(&files, |(id, file)| {
            let one = if unread.contains(id) {
                Read::default()
            } else {
                read(*id, file, &modules, &given, settings)
            };
            if let Some(done) = &settings.done {
                done.fetch_add(1, Ordering::Relaxed);
            }
            one
        })
    };

    let mut facts = Facts::default();
    let mut problems = Vec::new();
    let mut comments = Vec::new();
    let mut files_linted = 0;
    for one in &mut reads {
        files_linted += usize::from(one.is_ours);
        facts.append(std::mem::take(&mut one.facts));
        problems.append(&mut one.problems);
        if let Some(found) = one.comments.take() {
            comments.push(found);
        }
    }
    let configurations: Vec<terraform::File> = reads
        .iter_mut()
        .filter_map(|one| one.terraform.take())
        .collect();
    let plans: Vec<terraform::plan::Plan> = reads
        .iter_mut()
        .flat_map(|one| one.plans.drain(..))
        .collect();
    let deployed = terraform::evaluate(&configurations, &plans, &sources, &settings.homes);
    problems.extend(deployed.problems);
    without_twins(&mut facts, &deployed.facts);
    facts.append(deployed.facts);
    for (file, why) in unreadable {
        files_linted += 1;
        let end = sources.get(file).map_or(0, |file| file.text.len());
        problems.push(Problem {
            kind: why.kind,
            loc: Loc::new(file, Span::new(end, end)),
            message: why.message,
            hint: why.hint,
            is_templated: false,
        });
    }

    let config_file = settings.config_file.clone().map(|file| sources.add(file));
    settings.owners.apply(&mut facts, &sources, config_file);
    recognize::snapshot::unite(&mut facts);
    recognize::iam_policy::managed::add_mentioned(&mut facts);
    Analysis {
        workspace: link::link(facts, problems),
        sources,
        files_seen,
        files_linted,
        comments,
        given,
        config_file,
    }
}

/// Leaves out the documents that a file declares by itself and a configuration reads: the configuration knows what is filled
/// in, and whose they are.
fn without_twins(facts: &mut Facts, deployed: &Facts) {
    let policies: BTreeSet<Loc> = deployed
        .policies
        .iter()
        .map(|policy| policy.document.loc)
        .collect();
    let tasks: BTreeSet<Loc> = deployed.tasks.iter().map(|task| task.loc).collect();
    facts
        .policies
        .retain(|policy| !policies.contains(&policy.document.loc));
    facts.tasks.retain(|task| !tasks.contains(&task.loc));
}

/// What the files give to parameters of templates.
fn given_in(files: &[(FileId, &SourceFile)], homes: &Homes) -> Given {
    let each = threads::in_parallel(files, |(_, file)| {
        let (path, text) = (file.path.as_str(), file.text.as_str());
        prefilter::may_give_parameters(path, text.as_bytes()).then(|| Given::of(path, text))
    });
    let mut given = Given::deployed_as(homes.clone());
    for one in each.into_iter().flatten() {
        given.append(one);
    }
    given
}

/// Applies the user's ignores, and reports those that silence nothing.
fn silence(
    diagnostics: &mut [Diagnostic],
    sources: &SourceMap,
    ignores: &Ignores<'_>,
    registry: &Registry,
    settings: &Settings,
) -> Vec<Diagnostic> {
    let find = |name: &str| {
        let rule = registry.find(name)?;
        Some((rule.file.code.clone(), settings.selection.wants(rule)))
    };
    let nearest = |name: &str| registry.nearest(name);
    let unused = registry
        .find("ECR903")
        .filter(|rule| settings.selection.wants(rule))
        .map(|rule| Arc::clone(&rule.info));
    let rules = Rules {
        unused,
        find: &find,
        nearest: &nearest,
    };
    apply(diagnostics, sources, ignores, &rules)
}

/// Sorts findings by path, place, code and message.
fn sort(diagnostics: &mut [Diagnostic], sources: &SourceMap) {
    diagnostics.sort_by(|a, b| {
        let key = |one: &Diagnostic| (one.primary.loc.span.start, one.primary.loc.span.end);
        sources
            .path(a.primary.loc.file)
            .cmp(sources.path(b.primary.loc.file))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.rule.code.cmp(&b.rule.code))
            .then_with(|| a.message.cmp(&b.message))
    });
}

/// Joins findings that say the same of the same place (a local action that several jobs use): one finding, with the
/// related places of all.
fn merge_twins(diagnostics: &mut Vec<Diagnostic>) {
    let mut merged: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for one in diagnostics.drain(..) {
        let twin = merged.last_mut().filter(|last| {
            last.primary.loc == one.primary.loc
                && last.rule.code == one.rule.code
                && last.message == one.message
        });
        match twin {
            Some(last) => {
                for label in one.related {
                    if !last.related.contains(&label) {
                        last.related.push(label);
                    }
                }
            }
            None => merged.push(one),
        }
    }
    *diagnostics = merged;
}

/// Joins what the instances of a Terraform module give at one place, each with values of its own: one line to change, one
/// finding, which names the others.
fn merge_instances(diagnostics: &mut Vec<Diagnostic>, sources: &SourceMap) {
    // Each with the message of the first that was joined to it, and how many there are.
    let mut merged: Vec<(Diagnostic, Option<(String, usize)>)> = Vec::new();
    for one in diagnostics.drain(..) {
        let twin = merged.last_mut().filter(|(last, _)| {
            last.primary.loc == one.primary.loc
                && last.rule.code == one.rule.code
                && terraform::is_named(sources.path(one.primary.loc.file))
                && wording(&last.message) == wording(&one.message)
        });
        match twin {
            Some((last, others)) => {
                last.severity = last.severity.max(one.severity);
                others.get_or_insert((one.message, 0)).1 += 1;
            }
            None => merged.push((one, None)),
        }
    }
    diagnostics.extend(merged.into_iter().map(|(one, others)| {
        let loc = one.primary.loc;
        match others {
            Some((message, 1)) => one.related(loc, format!("and another instance: {message}")),
            Some((message, more)) => one.related(
                loc,
                format!("and {more} more instances, such as: {message}"),
            ),
            None => one,
        }
    }));
}

/// A message without the names in it.
fn wording(message: &str) -> Vec<&str> {
    message.split('`').step_by(2).collect()
}
