//! What files say about each other: callers of reusable workflows, steps of local actions, and (as more dialects come)
//! roles, endpoints and repositories.

pub mod flow;
mod inputs;
mod local_actions;
pub mod names;
pub mod principals;
pub mod repositories;
mod token_right;
mod tree_index;
pub mod ways;

use crate::model::Facts;
use crate::model::pipeline::{Act, PipelineKind};
use crate::source::Loc;
use crate::tree::Problem;
use flow::{Flow, Links};
use principals::Principals;
use repositories::Repositories;
use tree_index::TreeIndex;

/// The facts of a run with their references resolved. Rules read this.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// What the documents declare.
    pub facts: Facts,
    /// Every job of every workflow, with the steps of the local actions it uses put in place. A composite action that no
    /// job in sight uses is no run: what its callers did before is not known.
    pub runs: Vec<JobRun>,
    /// The policies of every principal.
    pub principals: Principals,
    /// The policies of every repository.
    pub repositories: Repositories,
    /// Who moves which image.
    pub flows: Vec<Flow>,
    /// What was wrong with the files as such.
    pub problems: Vec<Problem>,
}

/// One job as it runs.
#[derive(Clone, Debug)]
pub struct JobRun {
    /// Index into [`Facts::pipelines`].
    pub pipeline: usize,
    /// Index into the pipeline's jobs.
    pub job: usize,
    /// What its steps do, in order.
    pub acts: Vec<RunAct>,
    /// Whether it may ask for an OIDC token.
    pub id_token: TokenRight,
}

/// An act of a job, with the way it was reached.
#[derive(Clone, Debug)]
pub struct RunAct {
    /// The act. Inputs of the local action it stands in are replaced by what the caller gave.
    pub act: Act,
    /// Index of the job's own step it belongs to.
    pub step: usize,
    /// The `uses:` lines through which a local action was entered, outermost first; empty for an act of the job itself.
    pub via: Vec<Loc>,
    /// Whether an `if:` on the way may skip it.
    pub is_conditional: bool,
}

/// Whether a job may ask GitHub for an OIDC token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRight {
    /// `id-token: write` is in force, said here.
    Granted(Loc),
    /// It is not in force.
    Missing {
        /// The `permissions` key of the block that leaves it out; `None` if there is no block at all (the default never
        /// includes it).
        block: Option<Loc>,
        /// For a reusable workflow: the `uses:` of the caller that does not grant it.
        caller: Option<Loc>,
    },
    /// An expression decides, or callers that are not in sight do.
    Unknown,
}

/// Resolves what can be resolved. Never fails: what cannot be resolved stays unknown.
pub fn link(facts: Facts, problems: Vec<Problem>) -> Workspace {
    let pipelines = facts.pipelines.as_slice();
    let index = TreeIndex::new(pipelines);
    let rights = token_right::rights(pipelines, &index);
    let mut runs = Vec::new();
    for (at, pipeline) in pipelines.iter().enumerate() {
        if pipeline.kind == PipelineKind::GithubCompositeAction {
            continue;
        }
        for (job_at, job) in pipeline.jobs.iter().enumerate() {
            runs.push(JobRun {
                pipeline: at,
                job: job_at,
                acts: local_actions::expand(pipelines, &index, pipeline, job),
                id_token: rights
                    .get(&(at, job_at))
                    .copied()
                    .unwrap_or(TokenRight::Unknown),
            });
        }
    }
    let principals = Principals::new(&facts);
    let repositories = Repositories::new(&facts);
    let flows = Links {
        facts: &facts,
        runs: &runs,
        principals: &principals,
        repositories: &repositories,
    }
    .flows();
    Workspace {
        facts,
        runs,
        principals,
        repositories,
        flows,
        problems,
    }
}
