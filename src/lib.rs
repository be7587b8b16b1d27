//! ecrlint: proves, offline, whether every image push and pull a repository declares will be authorized by Amazon ECR.
//!
//! The house, in the order data flows through it:
//!
//! | room | from | to |
//! |---|---|---|
//! | [`source`] | paths | files with spans |
//! | [`tree`] | text | spanned trees |
//! | [`recognize`] | trees | [`model`] facts |
//! | [`link`] | facts | a linked workspace |
//! | [`iam`] | policies | what AWS would answer |
//! | [`rules`] | the workspace | [`diag`] diagnostics |
//! | [`render`] | diagnostics | text |
//!
//! [`catalog`] holds what AWS publishes: actions, operations, Regions, error texts. [`cli`] is the only room that knows
//! arguments, the environment and the terminal.
//!
//! [`lint`] is the whole way from texts in memory to a [`Report`](diag::Report); it touches no file system.

// Only tests may fail loudly; they are crates of their own, or exempt by `clippy.toml`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::dbg_macro,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason
)]

pub mod catalog;
pub mod cli;
pub mod diag;
pub mod iam;
pub mod link;
pub mod model;
pub mod recognize;
pub mod render;
pub mod rules;
pub mod source;
pub mod tree;

use diag::ignore::{Block, FileComments, IgnoreComment};
use diag::{Diagnostic, Report};
use model::Facts;
use rayon::prelude::*;
use rules::{Registry, Selection};
use source::{FileId, Loc, SourceFile, SourceMap, Span};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tree::{Node, NodeKind, Parsed, Problem, ProblemKind, Syntax};

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
    pub ignores: Vec<diag::ignore::ConfigIgnore>,
    /// Whether ignore comments in files count.
    pub inline_ignores: bool,
    /// Layers that the configuration file gives to policy files: path pattern and layer, the first match counts.
    pub layers: Vec<(source::path_pattern::PathPattern, model::policy::Layer)>,
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

/// Lints texts in memory as one repository.
///
/// The files may come in any order and on any number of threads: the report is the same bytes. `files_seen` of the report
/// is the number of inputs; a caller that left files out before (by [`recognize::prefilter`]) adds them.
pub fn lint(inputs: Vec<Input>, registry: &Registry, settings: &Settings) -> Run {
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
    let mut reads: Vec<Read> = {
        let files: Vec<(FileId, &SourceFile)> = sources.iter().collect();
        let unread: BTreeSet<FileId> = unreadable.iter().map(|(id, _)| *id).collect();
        files
            .par_iter()
            .map(|(id, file)| {
                let one = if unread.contains(id) {
                    Read::default()
                } else {
                    read(*id, file, settings)
                };
                if let Some(done) = &settings.done {
                    done.fetch_add(1, Ordering::Relaxed);
                }
                one
            })
            .collect()
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

    let workspace = link::link(facts, problems);
    let mut diagnostics = registry.run(&workspace, &settings.selection);
    sort(&mut diagnostics, &sources);
    merge_twins(&mut diagnostics);
    let config_file = settings.config_file.clone().map(|file| sources.add(file));
    let ignores = diag::ignore::Ignores {
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

/// Does `work` on so many threads; on as many as there are processors for `None`, or if they cannot be had.
pub fn on_threads<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> T {
    let pool = threads.and_then(|threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .ok()
    });
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// `work` done to every item on the threads at hand; the results are in the items' order.
pub fn in_parallel<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync + Send) -> Vec<T> {
    items.par_iter().map(work).collect()
}

/// Applies the user's ignores, and reports those that silence nothing.
fn silence(
    diagnostics: &mut [Diagnostic],
    sources: &SourceMap,
    ignores: &diag::ignore::Ignores<'_>,
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
        .map(|rule| std::sync::Arc::clone(&rule.info));
    let rules = diag::ignore::Rules {
        unused,
        find: &find,
        nearest: &nearest,
    };
    diag::ignore::apply(diagnostics, sources, ignores, &rules)
}

/// What came of one file.
#[derive(Default)]
struct Read {
    facts: Facts,
    problems: Vec<Problem>,
    comments: Option<FileComments>,
    is_ours: bool,
}

fn read(id: FileId, file: &SourceFile, settings: &Settings) -> Read {
    let mut out = Read::default();
    if !recognize::prefilter::may_be_ours(file.text.as_bytes()) {
        return out;
    }
    let parsed = tree::parse(id, &file.text, Syntax::of(&file.path, &file.text));
    for document in &parsed.documents {
        let subject = recognize::Subject {
            path: &file.path,
            text: &file.text,
            document,
        };
        if let Some((_, recognized)) = recognize::recognize(&subject) {
            out.is_ours = true;
            out.facts.append(recognized.facts);
            out.problems.extend(recognized.problems);
        }
    }
    if let Some((_, layer)) = settings
        .layers
        .iter()
        .find(|(pattern, _)| pattern.matches(&file.path))
    {
        for policy in &mut out.facts.policies {
            policy.layer = *layer;
            policy.layer_is_certain = true;
        }
    }
    if !parsed.problems.is_empty()
        && (out.is_ours || recognize::is_clearly_ours(&file.path, &file.text))
    {
        out.is_ours = true;
        out.problems.extend(parsed.problems.iter().cloned());
    }
    if out.is_ours && settings.inline_ignores {
        out.comments = ignore_comments(id, file, &parsed);
    }
    out
}

/// The comments of a file that speak to ecrlint, with the blocks they may cover.
fn ignore_comments(id: FileId, file: &SourceFile, parsed: &Parsed<'_>) -> Option<FileComments> {
    let comments: Vec<_> = parsed
        .comments
        .iter()
        .filter(|comment| comment.text.contains("ecrlint:"))
        .map(|comment| IgnoreComment {
            loc: comment.loc,
            text: comment.text.clone(),
            own_line: comment.own_line,
        })
        .collect();
    if comments.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    for document in &parsed.documents {
        blocks_of(
            &document.root,
            document.root.loc.span.start,
            file,
            &mut blocks,
        );
    }
    Some(FileComments {
        file: id,
        comments,
        blocks,
    })
}

/// The line on which each map and list starts (with its key or dash), and its span.
fn blocks_of(node: &Node<'_>, opens_at: u32, file: &SourceFile, out: &mut Vec<Block>) {
    if node.alias.is_some() {
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) => {
            out.push(block(node, opens_at, file));
            for entry in entries {
                blocks_of(&entry.value, entry.key.loc.span.start, file, out);
            }
        }
        NodeKind::List(items) => {
            out.push(block(node, opens_at, file));
            for item in items {
                blocks_of(item, item.loc.span.start, file, out);
            }
        }
        // A block scalar (`run: |`) is a block too: a finding inside the script lies in it.
        NodeKind::Text(_) => out.push(block(node, opens_at, file)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

fn block(node: &Node<'_>, opens_at: u32, file: &SourceFile) -> Block {
    let span = node.loc.span;
    Block {
        line: file.lines.line_of(opens_at) + 1,
        span: Span {
            start: span.start.min(opens_at),
            end: span.end,
        },
    }
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
