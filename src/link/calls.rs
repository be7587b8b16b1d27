//! Puts what a job calls in its place: the steps of local composite actions for the `uses: ./…` that calls them, and the
//! acts of shell scripts for the commands that run them.
//!
//! The path of an action starts at the root of the repository, also inside a composite action:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses>.

use super::docker_files::{DockerFiles, Moved};
use super::inputs::Given;
use super::script_given::ScriptGiven;
use super::script_path::{Place, find};
use super::tree_index::TreeIndex;
use super::{RunAct, RunBuild};
use crate::model::pipeline::{Act, ActKind, Build, Job, LocalImages, Pipeline, Step};
use crate::source::Loc;
use std::collections::BTreeSet;

/// How deep actions and scripts may call each other; for actions GitHub's own limit:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>.
const MAX_DEPTH: usize = 10;

/// Most acts of one job. Actions that call each other twice at every level double with each; what is over stays out of
/// sight.
const MAX_ACTS: usize = 10_000;

/// Most times that one job enters an action or script, and that all jobs do together: what calls much but does nothing
/// costs time all the same.
const MAX_ENTRIES: usize = 1_000;
const MAX_ALL_ENTRIES: usize = 20_000;

/// How often all jobs together have entered something.
#[derive(Default)]
pub(super) struct Entries(usize);

/// Acts in order, and what was entered on the way.
pub(super) struct Expanded {
    /// The acts of a job, those of its local actions and scripts in place.
    pub(super) acts: Vec<RunAct>,
    /// What it builds.
    pub(super) builds: Vec<RunBuild>,
    /// The pipelines that were entered.
    pub(super) entered: BTreeSet<usize>,
}

/// The acts of a job, what it calls in place.
pub(super) fn expand(
    (pipelines, index, docker_files): (&[Pipeline], &TreeIndex, &DockerFiles<'_>),
    pipeline: usize,
    job: &Job,
    entries: &mut Entries,
) -> Expanded {
    let mut expansion = Expansion {
        pipelines,
        index,
        docker_files,
        local: LocalImages::default(),
        is_own_checkout: docker_files.are_read_by(pipeline),
        acts: Vec::new(),
        builds: Vec::new(),
        entered: BTreeSet::new(),
        entries: 0,
        all_entries: entries,
        open: vec![pipeline],
        via: Vec::new(),
        given: GivenBy::Nobody,
        place: pipelines
            .get(pipeline)
            .map_or_else(Place::default, Place::of),
        caller: pipeline,
        step: 0,
    };
    for (at, step) in job.steps.iter().enumerate() {
        expansion.step = at;
        expansion.add(step, false, false);
    }
    Expanded {
        acts: expansion.acts,
        builds: expansion.builds,
        entered: expansion.entered,
    }
}

/// What the caller of the acts at hand gave them.
#[derive(Clone)]
enum GivenBy {
    /// They are the job's own.
    Nobody,
    /// They are a composite action's.
    Step(Given),
    /// They are a script's.
    Command(ScriptGiven),
}

struct Expansion<'a> {
    pipelines: &'a [Pipeline],
    index: &'a TreeIndex,
    docker_files: &'a DockerFiles<'a>,
    /// The images that are on the machine, beside those that a build knows of itself.
    local: LocalImages,
    /// Whether paths lead to files of this tree: the job is not run by another repository only, and no step checked out
    /// another one, or this one elsewhere.
    is_own_checkout: bool,
    acts: Vec<RunAct>,
    builds: Vec<RunBuild>,
    entered: BTreeSet<usize>,
    entries: usize,
    all_entries: &'a mut Entries,
    /// What is being expanded, the job's own file first, to notice what calls itself.
    open: Vec<usize>,
    via: Vec<Loc>,
    given: GivenBy,
    /// Where paths start.
    place: Place,
    /// The pipeline whose acts are at hand.
    caller: usize,
    step: usize,
}

/// Whether a step puts another repository, or this one in a folder, where the commands after it look for files.
fn checks_out_elsewhere(step: &Step) -> bool {
    let is_checkout = step
        .uses
        .as_ref()
        .is_some_and(|uses| uses.value.starts_with("actions/checkout@"));
    let given = |name: &str| {
        let input = step.with.iter().find(|input| input.name.value == name)?;
        (!input.value.value.is_empty()).then_some(&input.value.value)
    };
    let is_other = || {
        given("repository").is_some_and(|name| {
            !matches!(
                name.to_string().as_str(),
                "${{ github.repository }}" | "${{github.repository}}"
            )
        })
    };
    let is_below =
        || given("path").is_some_and(|path| !matches!(path.as_literal(), Some("." | "./")));
    is_checkout && (is_other() || is_below())
}

impl<'a> Expansion<'a> {
    fn add(&mut self, step: &'a Step, is_conditional: bool, is_guarded: bool) {
        let is_conditional = is_conditional || step.is_conditional;
        if let Some(action) = self.called_by(step) {
            self.enter_action(action, step, is_conditional, is_guarded);
            return;
        }
        self.is_own_checkout &= !checks_out_elsewhere(step);
        for act in &step.acts {
            let acts = match &self.given {
                GivenBy::Nobody => vec![act.clone()],
                GivenBy::Step(given) => given.apply(act),
                GivenBy::Command(given) => vec![given.apply(act)],
            };
            for mut act in acts {
                act.is_guarded |= is_guarded;
                if !self.enter_script(&act, is_conditional)
                    && !self.read_docker(&act, is_conditional)
                {
                    self.note_images(&act);
                    self.push(act, None, is_conditional);
                }
            }
        }
    }

    fn push(&mut self, act: Act, through: Option<Loc>, is_conditional: bool) {
        self.acts.push(RunAct {
            act,
            step: self.step,
            via: self.via.iter().copied().chain(through).collect(),
            is_conditional,
        });
    }

    /// Notes the images that an act leaves on the machine.
    fn note_images(&mut self, act: &Act) {
        match &act.kind {
            ActKind::Push(image) | ActKind::Pull(image) => self.local.add(image.value.clone()),
            ActKind::OutOfSight(_) => self.local.open(),
            _ => {}
        }
    }

    fn note_build(&mut self, build: &Build, act: &Act) {
        if self.builds.len() >= MAX_ACTS {
            return;
        }
        let dockerfile = self.docker_files.dockerfile(build, &self.place);
        self.builds.push(RunBuild {
            loc: act.loc,
            tags: build.tags.clone(),
            platform: build.platform.clone(),
            dockerfile: dockerfile
                .filter(|_| self.is_own_checkout)
                .map(|file| file.origin.label.clone()),
        });
    }

    /// Puts the images that a build or a compose command moves in its place; `false` if the act is neither, or its files
    /// are not in the tree. A build that moves nothing known is no act of a job.
    fn read_docker(&mut self, act: &Act, is_conditional: bool) -> bool {
        let is_known = match &act.kind {
            ActKind::Build(_) => true,
            ActKind::OutOfSight(unseen) => unseen.compose.is_some(),
            _ => false,
        };
        let cost = self.docker_files.cost();
        if !is_known
            || self.entries + cost > MAX_ENTRIES
            || self.all_entries.0 + cost > MAX_ALL_ENTRIES
        {
            return false;
        }
        self.entries += cost;
        self.all_entries.0 += cost;
        let (moved, tags) = match &act.kind {
            ActKind::Build(build) => {
                self.note_build(build, act);
                let images = self
                    .docker_files
                    .pulled_by(build, &self.place)
                    .filter(|_| self.is_own_checkout)
                    .unwrap_or_default();
                let pulls = images
                    .into_iter()
                    .filter(|image| !build.local.may_hold(&image.value))
                    .map(|image| Moved {
                        image,
                        is_push: false,
                    });
                (pulls.collect(), build.tags.as_slice())
            }
            ActKind::OutOfSight(unseen) => {
                let moved = unseen
                    .compose
                    .as_ref()
                    .filter(|_| self.is_own_checkout)
                    .and_then(|call| self.docker_files.moved_by(call, &self.place));
                match moved {
                    Some(moved) => (moved, &[][..]),
                    None => return false,
                }
            }
            _ => return false,
        };
        for one in moved {
            if self.acts.len() >= MAX_ACTS {
                break;
            }
            let is_there = !one.is_push && self.local.may_hold(&one.image.value);
            if is_there {
                continue;
            }
            self.local.add(one.image.value.clone());
            let moves = Act {
                loc: act.loc,
                is_guarded: act.is_guarded,
                kind: if one.is_push {
                    ActKind::Push(one.image)
                } else {
                    ActKind::Pull(one.image)
                },
            };
            // The line of the job is on the way to what another file, or one of its own options, names.
            self.push(moves, Some(act.loc), is_conditional);
        }
        for tag in tags {
            self.local.add(tag.clone());
        }
        true
    }

    fn may_enter(&self, callee: usize) -> bool {
        !self.open.contains(&callee)
            && self.open.len() <= MAX_DEPTH
            && self.acts.len() < MAX_ACTS
            && self.entries < MAX_ENTRIES
            && self.all_entries.0 < MAX_ALL_ENTRIES
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
        let root = self.place.root()?;
        let action = self.index.action(self.pipelines, root, &uses.value)?;
        self.may_enter(action).then_some(action)
    }

    fn enter_action(&mut self, action: usize, step: &Step, is_conditional: bool, is_guarded: bool) {
        let Some(callee) = self.pipelines.get(action) else {
            return;
        };
        let none = Given::default();
        let outer = match &self.given {
            GivenBy::Step(given) => given,
            GivenBy::Nobody | GivenBy::Command(_) => &none,
        };
        let given = GivenBy::Step(Given::of_call(callee, &step.with, outer));
        let call = step.uses.as_ref().map(|uses| uses.loc);
        let place = self.place.entering_action(callee);
        self.enter(
            action,
            callee,
            given,
            place,
            call,
            (is_conditional, is_guarded),
        );
    }

    /// Puts the acts of the script that an act runs in its place; `false` if it runs none that is in the tree.
    fn enter_script(&mut self, act: &Act, is_conditional: bool) -> bool {
        let ActKind::OutOfSight(unseen) = &act.kind else {
            return false;
        };
        let (Some(call), Some(caller)) = (&unseen.script, self.pipelines.get(self.caller)) else {
            return false;
        };
        let Some((script, place)) = find(call, &self.place, self.pipelines, self.index) else {
            return false;
        };
        let Some(callee) = self
            .pipelines
            .get(script)
            .filter(|_| self.may_enter(script))
        else {
            return false;
        };
        let outer = match &self.given {
            GivenBy::Command(given) => Some(given),
            GivenBy::Nobody | GivenBy::Step(_) => None,
        };
        let given = GivenBy::Command(ScriptGiven::of_call(call, callee, caller, act.loc, outer));
        let conditions = (is_conditional, act.is_guarded);
        self.enter(script, callee, given, place, Some(act.loc), conditions);
        true
    }

    fn enter(
        &mut self,
        callee_at: usize,
        callee: &'a Pipeline,
        given: GivenBy,
        place: Place,
        call: Option<Loc>,
        (is_conditional, is_guarded): (bool, bool),
    ) {
        let outer_given = std::mem::replace(&mut self.given, given);
        let outer_place = std::mem::replace(&mut self.place, place);
        let outer_caller = std::mem::replace(&mut self.caller, callee_at);
        self.entered.insert(callee_at);
        self.entries += 1;
        self.all_entries.0 += 1;
        self.open.push(callee_at);
        self.via.extend(call);
        for inner in callee.jobs.iter().flat_map(|job| &job.steps) {
            self.add(inner, is_conditional, is_guarded);
        }
        if call.is_some() {
            self.via.pop();
        }
        self.open.pop();
        self.given = outer_given;
        self.place = outer_place;
        self.caller = outer_caller;
    }
}
