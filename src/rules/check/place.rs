//! Where a finding points: the part of a value that is wrong, and every act that a rule on values must look at.

use crate::link::Workspace;
use crate::model::pipeline::{Act, PipelineKind};
use crate::source::{Loc, Span};
use std::ops::Range;

/// The place of the bytes `range` of a value that is `len` bytes long and was read at `loc`.
///
/// Where the value stands in the file as it is, bare or in quotes, its length says so; anything else (escapes, block
/// scalars, variables put in place) gives the whole value.
pub(super) fn within(loc: Loc, len: usize, range: Range<usize>) -> Loc {
    let quote = match loc.span.len().checked_sub(len) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return loc,
    };
    let start = loc.span.start as usize + quote;
    Loc::new(loc.file, Span::new(start + range.start, start + range.end))
}

/// Every act of every job, local actions put in place, and of every composite action by itself. An act may come twice;
/// findings that say the same of one place are merged later.
pub(super) fn acts(workspace: &Workspace) -> impl Iterator<Item = &Act> {
    let in_jobs = workspace
        .runs
        .iter()
        .flat_map(|run| &run.acts)
        .map(|one| &one.act);
    let in_actions = workspace
        .facts
        .pipelines
        .iter()
        .filter(|pipeline| pipeline.kind == PipelineKind::GithubCompositeAction)
        .flat_map(|pipeline| &pipeline.jobs)
        .flat_map(|job| &job.steps)
        .flat_map(|step| &step.acts);
    in_jobs.chain(in_actions)
}
