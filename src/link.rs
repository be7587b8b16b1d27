//! What files say about each other: callers of reusable workflows, steps of local actions, and (as more dialects come)
//! roles, endpoints and repositories.

mod builds;
mod calls;
mod docker_files;
mod elsewhere;
pub mod flow;
mod inputs;
mod kustomize;
pub mod machines;
pub mod names;
pub mod principals;
pub mod registries;
pub mod repositories;
mod script_given;
mod script_path;
mod token_right;
mod tree_index;
pub mod ways;

use crate::model::Facts;
use crate::model::pipeline::{Act, Pipeline, PipelineKind};
use crate::model::platform::BuildPlatform;
use crate::model::template::Template;
use crate::source::Loc;
use crate::tree::Problem;
use builds::Builds;
use calls::Entries;
use docker_files::DockerFiles;
use flow::{Flow, Links};
use machines::Machines;
use principals::Principals;
use registries::Registries;
use repositories::Repositories;
use std::collections::BTreeSet;
use tree_index::TreeIndex;

/// The facts of a run with their references resolved. Rules read this.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// What the documents declare.
    pub facts: Facts,
    /// Every job of every pipeline, with the steps of the local actions it uses and the acts of the scripts it runs put
    /// in place. A composite action that no job in sight uses is no run: what its callers did before is not known. A
    /// script that nobody in sight runs is a run by itself, of which nothing around is known.
    pub runs: Vec<JobRun>,
    /// The policies of every principal.
    pub principals: Principals,
    /// The policies of every repository.
    pub repositories: Repositories,
    /// The settings of every registry.
    pub registries: Registries,
    /// The machines that run containers, and their roles.
    pub machines: Machines,
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
    /// The images it builds, in order.
    pub builds: Vec<RunBuild>,
    /// Whether it may ask for an OIDC token.
    pub id_token: TokenRight,
    /// For a buildspec: the project that runs it, as an index of [`Facts::build_projects`].
    pub project: Option<usize>,
}

/// A build of a job.
#[derive(Clone, Debug)]
pub struct RunBuild {
    /// The command or action that builds.
    pub loc: Loc,
    /// The names of the image.
    pub tags: Vec<Template>,
    /// What it is built for.
    pub platform: BuildPlatform,
    /// The path of its Dockerfile, if that is in sight.
    pub dockerfile: Option<String>,
}

/// An act of a job, with the way it was reached.
#[derive(Clone, Debug)]
pub struct RunAct {
    /// The act. Inputs of the local action and parameters of the script it stands in are replaced by what the caller
    /// gave.
    pub act: Act,
    /// Index of the job's own step it belongs to.
    pub step: usize,
    /// The `uses:` lines and commands through which a local action or script was entered, outermost first; empty for an
    /// act of the job itself.
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
pub fn link(mut facts: Facts, problems: Vec<Problem>) -> Workspace {
    elsewhere::settle(&mut facts);
    let builds = Builds::settle(&mut facts);
    kustomize::apply(&mut facts);
    let pipelines = facts.pipelines.as_slice();
    let index = TreeIndex::new(pipelines);
    let rights = token_right::rights(pipelines, &index);
    let docker_files = DockerFiles::new(&facts, &index);
    let mut runs = Vec::new();
    let mut entries = Entries::default();
    let mut entered: Vec<BTreeSet<usize>> = Vec::new();
    for (at, pipeline) in pipelines.iter().enumerate() {
        if pipeline.kind == PipelineKind::GithubCompositeAction {
            continue;
        }
        for (job_at, job) in pipeline.jobs.iter().enumerate() {
            let expanded = calls::expand((pipelines, &index, &docker_files), at, job, &mut entries);
            let id_token = match pipeline.kind {
                PipelineKind::GithubWorkflow => rights.get(&(at, job_at)).copied(),
                _ => None,
            };
            let run = JobRun {
                pipeline: at,
                job: job_at,
                acts: expanded.acts,
                builds: expanded.builds,
                id_token: id_token.unwrap_or(TokenRight::Unknown),
                project: None,
            };
            // A buildspec runs once for each of its projects.
            let of_projects = builds.of(at).iter().filter_map(|project_at| {
                let project = facts.build_projects.get(*project_at)?;
                Some(JobRun {
                    acts: builds::filled(&run.acts, pipeline, project),
                    project: Some(*project_at),
                    ..run.clone()
                })
            });
            let before = runs.len();
            runs.extend(of_projects);
            if runs.len() == before {
                runs.push(run);
            }
            entered.resize(runs.len(), expanded.entered);
        }
    }
    let runs = without_called_scripts(runs, &entered, pipelines);
    docker_files::settle(&mut facts);
    let principals = Principals::new(&facts);
    let repositories = Repositories::new(&facts);
    let registries = Registries::new(&facts);
    let machines = Machines::new(&facts, &principals);
    let flows = Links {
        facts: &facts,
        runs: &runs,
        principals: &principals,
        repositories: &repositories,
        registries: &registries,
        machines: &machines,
    }
    .flows();
    Workspace {
        facts,
        runs,
        principals,
        repositories,
        registries,
        machines,
        flows,
        problems,
    }
}

/// The runs without those of scripts that another run enters: they are judged where they are called. Of scripts that call
/// each other and that nothing else calls, the first stays.
fn without_called_scripts(
    runs: Vec<JobRun>,
    entered: &[BTreeSet<usize>],
    pipelines: &[Pipeline],
) -> Vec<JobRun> {
    let is_script = |run: &JobRun| {
        pipelines
            .get(run.pipeline)
            .is_some_and(|pipeline| pipeline.kind == PipelineKind::Script)
    };
    let (scripts, jobs): (Vec<usize>, Vec<usize>) =
        (0..runs.len()).partition(|at| runs.get(*at).is_some_and(is_script));
    let called = |at: &usize| entered.get(*at).into_iter().flatten().copied();
    let mut covered: BTreeSet<usize> = jobs.iter().flat_map(called).collect();
    let by_scripts: BTreeSet<usize> = scripts.iter().flat_map(called).collect();
    let script_of = |at: usize| runs.get(at).map_or(usize::MAX, |run| run.pipeline);
    let mut kept: BTreeSet<usize> = jobs.into_iter().collect();
    // First those that no script calls, then what is left of circles.
    for takes_called in [false, true] {
        for at in &scripts {
            let script = script_of(*at);
            if covered.contains(&script) || by_scripts.contains(&script) != takes_called {
                continue;
            }
            kept.insert(*at);
            covered.insert(script);
            covered.extend(called(at));
        }
    }
    let mut at = 0;
    let mut runs = runs;
    runs.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
    runs
}
