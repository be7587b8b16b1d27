//! Puts every link of every flow to the engine: will AWS allow it, and if not, which statement says so?
//!
//! The open world is the rule: a layer that may hold more than is in sight never makes a denial certain unless what is in
//! sight is enough for it, and an allowance stands "by everything in this repository".
//!
//! | file | does |
//! |---|---|
//! | [`requests`] | what a link needs: actions and resources |
//! | [`layers`] | which policies a request meets, and where each stands |
//! | [`library`] | compiles the policies |
//! | [`oidc`] | what the token of a job says of it |
//! | [`reach`] | whether a request gets to AWS at all |
//! | [`words`] | puts an answer into words, with the places that show it |
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

pub mod layers;
pub mod library;
pub mod oidc;
pub mod reach;
pub mod requests;
pub mod words;

use crate::iam::explain::{Edit, Part};
use crate::iam::{self, Outcome, Request, Stack, Verdict};
use crate::link::Workspace;
use crate::link::flow::{Actor, Flow, Step, StepKind};
use crate::model::policy::{Layer, Policy};
use crate::model::template::Template;
use crate::source::Loc;
use layers::Meeting;
use library::Library;
use requests::Needed;
use std::sync::Arc;

/// What became of every flow, in the order of [`Workspace::flows`].
#[derive(Debug, Default)]
pub struct Proofs {
    /// One a flow.
    pub flows: Vec<FlowProof>,
    /// The policies, compiled, for those who ask further.
    library: Library,
}

/// What became of one flow.
#[derive(Clone, Debug, Default)]
pub struct FlowProof {
    /// One a step, in order.
    pub steps: Vec<StepProof>,
}

/// What became of one link.
#[derive(Clone, Debug, Default)]
pub struct StepProof {
    /// What all its requests come to; those that are only advised do not count.
    pub verdict: StepVerdict,
    /// Its requests.
    pub answers: Vec<Answered>,
}

/// Whether a link holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepVerdict {
    /// Everything in sight allows it.
    Ok,
    /// It depends on named facts of the request.
    Conditional,
    /// It depends on what is not in sight.
    #[default]
    Unknown,
    /// It will be denied, whatever is not in sight.
    Denied,
}

impl StepVerdict {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            StepVerdict::Ok => "ok",
            StepVerdict::Conditional => "conditional",
            StepVerdict::Unknown => "unknown",
            StepVerdict::Denied => "denied",
        }
    }
}

/// One request and the answer to it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// `ecr:PutImage`.
    pub action: String,
    /// What it acts on; `*` for an action without resource-level permissions.
    pub resource: Template,
    /// Whether the link breaks without it; `false` for what AWS documents and many clients do without.
    pub is_required: bool,
    /// The answer.
    pub verdict: StepVerdict,
    /// What the answer rests on.
    pub because: Because,
    /// The endpoint service that carries it: `ecr.dkr`.
    pub service: &'static str,
    /// Who and what was asked for.
    pub subject: Subject,
}

/// What a request is about, as indices of [`Facts`](crate::model::Facts): that of the principal and repository for which the
/// answer was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The principal that asks, or is to be assumed.
    pub role: Option<usize>,
    /// The repository.
    pub repository: Option<usize>,
    /// The endpoint that the request goes through.
    pub endpoint: Option<usize>,
}

/// What an answer rests on.
#[derive(Clone, Debug)]
pub enum Because {
    /// This statement allows it, as far as one does.
    Allowed(Option<Place>),
    /// This refuses it.
    Refused(Box<Refusal>),
    /// It depends on these facts, in few words each.
    Depends(Vec<String>),
    /// Nothing in sight leads to the service: no endpoint of the VPC, and no other way out.
    NoWay,
}

/// A statement, and where it is.
#[derive(Clone, Debug)]
pub struct Place {
    /// The layer it speaks in.
    pub layer: Layer,
    /// The policy.
    pub policy: Arc<Policy>,
    /// Index of the statement.
    pub statement: usize,
    /// The statement; for one of AWS's own policies the place that attaches it.
    pub at: Loc,
}

/// Why a request is refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The layer that refuses it, or does not allow it.
    pub layer: Layer,
    /// Every layer that would have to allow it and does not.
    pub layers: Vec<Layer>,
    /// Whether a Deny does it, and not the lack of an Allow.
    pub is_explicit: bool,
    /// The Deny, or the Allow that comes closest, if there is one.
    pub nearest: Option<Place>,
    /// What fails of the Allow that comes closest, nearest first.
    pub failed: Vec<Part>,
    /// Indices of the conditions of that Allow that fail.
    pub conditions: Vec<usize>,
    /// The smallest change that would mend it.
    pub edit: Edit,
    /// The principal asked for, as an index of [`Facts::roles`](crate::model::Facts::roles).
    pub role: Option<usize>,
    /// The repository, as an index of [`Facts::repositories`](crate::model::Facts::repositories).
    pub repository: Option<usize>,
    /// The endpoint, as an index of [`Facts::endpoints`](crate::model::Facts::endpoints).
    pub endpoint: Option<usize>,
    /// A repository that a pattern stands for and that is refused.
    pub witness: Option<String>,
}

/// Proves or refutes every link of every flow.
#[must_use]
pub fn prove(workspace: &Workspace) -> Proofs {
    let library = Library::new(workspace);
    let flows = workspace
        .flows
        .iter()
        .map(|flow| {
            let steps = flow.steps.iter();
            let mut proofs: Vec<StepProof> = steps
                .map(|step| step_proof(workspace, &library, flow, &flow.actor, step))
                .collect();
            for (step, proof) in flow.steps.iter().zip(&mut proofs) {
                proof.cut_off(workspace, flow, step);
            }
            calls_beside_images(flow, &mut proofs);
            FlowProof { steps: proofs }
        })
        .collect();
    Proofs { flows, library }
}

impl Proofs {
    /// What policies say of one link of a flow if `actor` were the one who asks: the question behind "the other role could".
    /// `workspace` is the one that was proved.
    #[must_use]
    pub fn step_by(
        &self,
        workspace: &Workspace,
        flow: &Flow,
        actor: &Actor,
        step: &Step,
    ) -> StepProof {
        step_proof(workspace, &self.library, flow, actor, step)
    }
}

/// What one link of a flow that was not proved comes to.
#[must_use]
pub fn prove_step(workspace: &Workspace, flow: &Flow, actor: &Actor, step: &Step) -> StepProof {
    let mut proof = step_proof(workspace, &Library::new(workspace), flow, actor, step);
    proof.cut_off(workspace, flow, step);
    proof
}

fn step_proof(
    workspace: &Workspace,
    library: &Library,
    flow: &Flow,
    actor: &Actor,
    step: &Step,
) -> StepProof {
    let mut answers: Vec<Answered> = requests::of(workspace, flow, actor, step)
        .into_iter()
        .map(|needed| answer(workspace, library, flow, actor, step, needed))
        .collect();
    prefer_siblings(&mut answers);
    StepProof {
        verdict: joined(&answers),
        answers,
    }
}

/// What the answers of a link come to.
fn joined(answers: &[Answered]) -> StepVerdict {
    let required = answers.iter().filter(|answer| answer.is_required);
    required
        .map(|answer| answer.verdict)
        .max()
        .unwrap_or(StepVerdict::Unknown)
}

impl StepProof {
    /// Takes the way into account that the requests have to take.
    fn cut_off(&mut self, workspace: &Workspace, flow: &Flow, step: &Step) {
        reach::cut_off(workspace, flow, step, &mut self.answers);
        self.verdict = joined(&self.answers);
    }
}

/// What calls of the API lack is best allowed where the same flow is allowed to move the image.
fn calls_beside_images(flow: &Flow, proofs: &mut [StepProof]) {
    let is_call = |step: &Step| matches!(step.kind, StepKind::ApiCall { .. });
    if !flow.steps.iter().any(is_call) {
        return;
    }
    let places: Vec<(Template, Place)> = proofs
        .iter()
        .flat_map(|proof| places_of(&proof.answers))
        .filter(|(resource, _)| resource.as_literal() != Some("*"))
        .collect();
    for (step, proof) in flow.steps.iter().zip(proofs) {
        if is_call(step) {
            prefer(&mut proof.answers, &places, true);
        }
    }
}

/// Where a statement allows some of what a link needs on the same resource, it is the one that was meant to allow the rest.
fn prefer_siblings(answers: &mut [Answered]) {
    let places = places_of(answers);
    prefer(answers, &places, false);
}

fn places_of(answers: &[Answered]) -> Vec<(Template, Place)> {
    answers
        .iter()
        .filter_map(|answer| match &answer.because {
            Because::Allowed(Some(place)) => Some((answer.resource.clone(), place.clone())),
            _ => None,
        })
        .collect()
}

fn prefer(answers: &mut [Answered], places: &[(Template, Place)], only_same_resource: bool) {
    for answer in answers {
        let Because::Refused(refusal) = &mut answer.because else {
            continue;
        };
        let of_layer = |same_resource: bool| {
            places.iter().find(|(resource, place)| {
                place.layer == refusal.layer && (!same_resource || *resource == answer.resource)
            })
        };
        let sibling = of_layer(true).or_else(|| of_layer(false).filter(|_| !only_same_resource));
        if let Some((_, place)) = sibling.filter(|_| !refusal.is_explicit) {
            refusal.nearest = Some(place.clone());
            refusal.failed = vec![Part::Action];
            refusal.edit = Edit::AddAction { instead_of: None };
        }
    }
}

/// The answer that all candidates agree on: a denial has to hold for each principal and repository that may be meant.
fn answer(
    workspace: &Workspace,
    library: &Library,
    flow: &Flow,
    actor: &Actor,
    step: &Step,
    needed: Needed,
) -> Answered {
    let is_any = matches!(step.kind, StepKind::AssumedByJob);
    let mut joined: Option<(StepVerdict, Because, Subject)> = None;
    for meeting in layers::meetings(workspace, library, flow, actor, step, &needed) {
        let decided = |explains| {
            let first = decide(&needed, &needed.resource, &meeting, explains);
            if matches!(first.0, StepVerdict::Ok | StepVerdict::Denied) {
                return first;
            }
            // What is not settled in one wording may be in another.
            layers::in_other_words(workspace, library, flow, actor, step, &needed, &meeting)
                .iter()
                .map(|(meeting, resource)| decide(&needed, resource, meeting, explains))
                .find(|(verdict, _)| matches!(verdict, StepVerdict::Ok | StepVerdict::Denied))
                .unwrap_or(first)
        };
        let Some(before) = &joined else {
            let (verdict, because) = decided(true);
            joined = Some((verdict, because, meeting.subject()));
            continue;
        };
        // To explain a denial costs more than to find it, and the first one's explanation will do.
        let (verdict, because) = decided(false);
        if before.0 == verdict {
            continue;
        }
        if is_any {
            // Of the tokens that a job can present one is enough.
            if verdict < before.0 {
                joined = Some((verdict, because, meeting.subject()));
            }
            continue;
        }
        joined = Some((
            StepVerdict::Unknown,
            Because::Depends(vec!["several things may be meant".to_string()]),
            meeting.subject(),
        ));
        break;
    }
    let (verdict, because, subject) = joined.unwrap_or((
        StepVerdict::Unknown,
        Because::Depends(Vec::new()),
        Subject::default(),
    ));
    Answered {
        action: needed.action,
        resource: needed.resource,
        is_required: needed.is_required,
        verdict,
        because,
        service: needed.service,
        subject,
    }
}

/// The answer for one meeting, about `resource`; a denial is explained only if that is asked for.
fn decide(
    needed: &Needed,
    resource: &Template,
    meeting: &Meeting<'_>,
    explains: bool,
) -> (StepVerdict, Because) {
    let request = Request::of_templates(
        &meeting.principal,
        &needed.action,
        resource,
        meeting.context.clone(),
    );
    let request = match &meeting.owner {
        Some(owner) => request.in_account_of(owner.clone()),
        None => request,
    };
    let strict = iam::authorize(&request, &meeting.stack(true));
    if strict.verdict == Verdict::Denied {
        let because = if explains {
            Because::Refused(Box::new(refusal(&request, meeting)))
        } else {
            Because::Depends(Vec::new())
        };
        return (StepVerdict::Denied, because);
    }
    // What is not in sight may deny anything; what is in sight allows it or does not.
    let in_sight = iam::authorize(&request, &meeting.stack(false));
    let depends = || {
        let subjects = if strict.depends_on.is_empty() {
            &in_sight.depends_on
        } else {
            &strict.depends_on
        };
        Because::Depends(subjects.iter().map(ToString::to_string).collect())
    };
    match in_sight.verdict {
        Verdict::Allowed => {
            let place = in_sight
                .deciding
                .and_then(|at| meeting.place(at.policy, at.statement));
            (StepVerdict::Ok, Because::Allowed(place))
        }
        Verdict::Conditional => (StepVerdict::Conditional, depends()),
        Verdict::Denied | Verdict::Unknown => (StepVerdict::Unknown, depends()),
    }
}

fn refusal(request: &Request, meeting: &Meeting<'_>) -> Refusal {
    let explained = iam::explain(request, &meeting.stack(true));
    let decision = &explained.decision;
    let explicit = decision
        .deciding
        .filter(|_| {
            decision.outcome == Some(Outcome::ExplicitDeny) || decision.limited_by.is_empty()
        })
        .and_then(|at| meeting.place(at.policy, at.statement));
    let miss = explained
        .misses
        .iter()
        .min_by_key(|miss| (layers::rank(miss.layer), miss.nearest.is_none()));
    let near = miss.and_then(|miss| miss.nearest.as_ref());
    let layer = explicit
        .as_ref()
        .map(|place| place.layer)
        .or_else(|| miss.map(|miss| miss.layer))
        .unwrap_or(Layer::Identity);
    Refusal {
        layer,
        layers: decision.limited_by.clone(),
        is_explicit: explicit.is_some(),
        nearest: explicit
            .or_else(|| near.and_then(|near| meeting.place(near.at.policy, near.at.statement))),
        failed: near.map_or_else(Vec::new, |near| near.failed.clone()),
        conditions: near.map_or_else(Vec::new, |near| near.conditions.clone()),
        edit: near.map_or(Edit::None, |near| near.edit.clone()),
        role: meeting.role,
        repository: meeting.repository,
        endpoint: meeting.endpoint,
        witness: explained.witness,
    }
}

impl<'m> Meeting<'m> {
    /// The policies it meets; `with_unseen` leaves layers open that may hold more than is in sight.
    fn stack(&self, with_unseen: bool) -> Stack<'m> {
        let mut stack = Stack::new();
        for policy in &self.policies {
            stack.push(policy.attached);
        }
        if with_unseen {
            for layer in &self.open {
                stack.open(*layer);
            }
        }
        stack
    }

    fn subject(&self) -> Subject {
        Subject {
            role: self.role,
            repository: self.repository,
            endpoint: self.endpoint,
        }
    }

    fn place(&self, policy: usize, statement: usize) -> Option<Place> {
        let met = self.policies.get(policy)?;
        let written = met.policy.document.statements.get(statement)?;
        Some(Place {
            layer: met.attached.layer,
            policy: Arc::clone(met.policy),
            statement,
            at: if written.loc.file == crate::source::FileId::NONE {
                met.at
            } else {
                written.loc
            },
        })
    }
}
