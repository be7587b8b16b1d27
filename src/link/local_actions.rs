//! Puts the steps of local composite actions in the place of the `uses: ./…` that calls them.
//!
//! The path starts at the root of the repository, also inside a composite action:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses>.

use super::RunAct;
use super::inputs::Given;
use super::tree_index::TreeIndex;
use crate::model::pipeline::{ActKind, Job, Pipeline, Step};
use crate::source::Loc;

/// How deep actions may call each other; GitHub's own limit:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>.
const MAX_DEPTH: usize = 10;

/// Most acts of one job. Actions that call each other twice at every level double with each; what is over stays out of
/// sight.
const MAX_ACTS: usize = 10_000;

/// The acts of a job, those of its local actions in place.
pub(super) fn expand(
    pipelines: &[Pipeline],
    index: &TreeIndex,
    pipeline: &Pipeline,
    job: &Job,
) -> Vec<RunAct> {
    let mut expansion = Expansion {
        pipelines,
        index,
        root: pipeline.repository_root.as_deref(),
        acts: Vec::new(),
        open: Vec::new(),
        via: Vec::new(),
        given: Given::default(),
        step: 0,
    };
    for (at, step) in job.steps.iter().enumerate() {
        expansion.step = at;
        expansion.add(step, false);
    }
    expansion.acts
}

struct Expansion<'a> {
    pipelines: &'a [Pipeline],
    index: &'a TreeIndex,
    root: Option<&'a str>,
    acts: Vec<RunAct>,
    /// The actions being expanded, to notice one that calls itself.
    open: Vec<usize>,
    via: Vec<Loc>,
    given: Given,
    step: usize,
}

impl<'a> Expansion<'a> {
    fn add(&mut self, step: &'a Step, is_conditional: bool) {
        let is_conditional = is_conditional || step.is_conditional;
        if let Some(action) = self.called_by(step) {
            self.enter(action, step, is_conditional);
            return;
        }
        for act in &step.acts {
            // The acts of the job itself have no inputs to fill in.
            let acts = if self.open.is_empty() {
                vec![act.clone()]
            } else {
                self.given.apply(act)
            };
            self.acts.extend(acts.into_iter().map(|act| RunAct {
                act,
                step: self.step,
                via: self.via.clone(),
                is_conditional,
            }));
        }
    }

    /// The local action that a step calls, if it is in the tree and may be entered.
    fn called_by(&self, step: &Step) -> Option<usize> {
        let uses = step.uses.as_ref()?;
        let calls = step
            .acts
            .iter()
            .any(|act| matches!(act.kind, ActKind::OutOfSight(_)));
        if !calls || !uses.value.starts_with("./") {
            return None;
        }
        let action = self.index.action(self.pipelines, self.root?, &uses.value)?;
        let may_enter = !self.open.contains(&action)
            && self.open.len() < MAX_DEPTH
            && self.acts.len() < MAX_ACTS;
        may_enter.then_some(action)
    }

    fn enter(&mut self, action: usize, step: &Step, is_conditional: bool) {
        let Some(callee) = self.pipelines.get(action) else {
            return;
        };
        let given = Given::of_call(callee, &step.with, &self.given);
        let outer = std::mem::replace(&mut self.given, given);
        self.open.push(action);
        self.via.extend(step.uses.as_ref().map(|uses| uses.loc));
        for inner in callee.jobs.iter().flat_map(|job| &job.steps) {
            self.add(inner, is_conditional);
        }
        self.via.pop();
        self.open.pop();
        self.given = outer;
    }
}
