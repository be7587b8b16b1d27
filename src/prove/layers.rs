//! Which policies a request of a flow meets, which layers may hold more, and what is known of the request.

mod resource;
mod service;

use super::library::Library;
use super::oidc;
use super::requests::Needed;
use crate::iam::image_path::{self, Channel};
use crate::iam::{Attached, Context, Fact};
use crate::link::Workspace;
use crate::link::flow::{Actor, ActorKind, Flow, Source, Step, StepKind};
use crate::model::arn::Arn;
use crate::model::endpoint::{EndpointPartKind, VpcEndpoint};
use crate::model::image::{EcrRegistry, HostForm};
use crate::model::pipeline::Runner;
use crate::model::policy::{Layer, Policy};
use crate::model::template::Template;
use crate::source::Loc;
use std::sync::Arc;

/// A policy that a request meets.
#[derive(Clone, Copy, Debug)]
pub struct Met<'m> {
    /// The policy.
    pub policy: &'m Arc<Policy>,
    /// Where it is attached.
    pub at: Loc,
    /// As the engine takes it.
    pub(super) attached: Attached<'m>,
}

/// One request by one of the principals that may be meant, on one of the repositories that may be meant.
#[derive(Clone, Debug)]
pub struct Meeting<'m> {
    /// Who asks.
    pub principal: Template,
    /// The account of what is asked for, if it is not in its ARN.
    pub owner: Option<Template>,
    /// What is known of the request.
    pub context: Context,
    /// The policies, in order.
    pub policies: Vec<Met<'m>>,
    /// Layers that may hold more than is in sight.
    pub open: Vec<Layer>,
    /// The principal, as an index.
    pub role: Option<usize>,
    /// The repository, as an index.
    pub repository: Option<usize>,
    /// The endpoint, as an index.
    pub endpoint: Option<usize>,
}

/// How much it says that a layer does not allow: the first of these is named first.
#[must_use]
pub fn rank(layer: Layer) -> u8 {
    match layer {
        Layer::Boundary | Layer::ServiceControl | Layer::ResourceControl | Layer::Session => 0,
        Layer::Endpoint => 1,
        Layer::Trust => 2,
        Layer::Identity => 3,
        Layer::Repository | Layer::Registry | Layer::OtherResource => 4,
    }
}

/// Everything that may be meant by a request of a flow: one meeting a principal and repository.
#[must_use]
pub fn meetings<'m>(
    workspace: &'m Workspace,
    library: &'m Library,
    flow: &'m Flow,
    actor: &'m Actor,
    step: &'m Step,
    needed: &Needed,
) -> Vec<Meeting<'m>> {
    let found = Finder {
        workspace,
        library,
        flow,
        actor,
        step,
    };
    let roles: Vec<Option<usize>> = match actor.roles.indices.as_slice() {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    let repositories: Vec<Option<usize>> = match resource::repositories_of(step) {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    let mut meetings = Vec::new();
    for role in &roles {
        for repository in &repositories {
            let meeting = found.meeting(*role, *repository, needed);
            match (&step.kind, found.subjects(*role)) {
                (StepKind::AssumedByJob, Some(subjects)) => {
                    meetings.extend(subjects.into_iter().map(|subject| {
                        let mut one = meeting.clone();
                        one.context.set_value(oidc::SUBJECT, subject);
                        one
                    }));
                }
                _ => meetings.push(meeting),
            }
        }
    }
    meetings
}

/// The same meeting in the other words that mean the same, and the resource in those words.
///
/// A name links what one file spells with an account to what another leaves to deploy time: where it is this role that
/// `arn:aws:iam::111122223333:role/ci` means, its stack is in that account, and where it is this repository, the image's host
/// and the stack's own ARN are one. Policies may be written in either way.
#[must_use]
pub fn in_other_words<'m>(
    workspace: &'m Workspace,
    library: &'m Library,
    flow: &'m Flow,
    actor: &'m Actor,
    step: &'m Step,
    needed: &Needed,
    meeting: &Meeting<'m>,
) -> Vec<(Meeting<'m>, Template)> {
    let found = Finder {
        workspace,
        library,
        flow,
        actor,
        step,
    };
    let mut others = Vec::new();
    if let Some(arn) = found.declared_arn(meeting.repository, needed) {
        others.push((meeting.clone(), arn));
    }
    if let Some(principal) = found.named_principal(meeting) {
        let context = found.context(&principal, found.endpoint_of(meeting));
        let mut one = meeting.clone();
        one.principal = principal;
        one.context = context;
        others.push((one, needed.resource.clone()));
    }
    others
}

struct Finder<'m> {
    workspace: &'m Workspace,
    library: &'m Library,
    flow: &'m Flow,
    actor: &'m Actor,
    step: &'m Step,
}

impl<'m> Finder<'m> {
    fn meeting(
        &self,
        role: Option<usize>,
        repository: Option<usize>,
        needed: &Needed,
    ) -> Meeting<'m> {
        let mut meeting = Meeting {
            principal: self.principal(role),
            owner: None,
            context: Context::open(),
            policies: Vec::new(),
            open: Vec::new(),
            role,
            repository,
            endpoint: None,
        };
        match &self.step.kind {
            StepKind::AssumedByService(service) => self.trust(role, service, &mut meeting),
            StepKind::AssumedByJob => self.trust_of_job(role, &mut meeting),
            StepKind::Layers(_) => self.layer_bucket(&mut meeting),
            _ => {
                self.registry_policy(repository, needed, &mut meeting);
                self.identity(role, &mut meeting);
                self.repository_policy(repository, needed, &mut meeting);
                self.endpoint(needed, &mut meeting);
            }
        }
        meeting
    }

    fn meet(
        &self,
        policy: &'m Arc<Policy>,
        at: Loc,
        layer: Layer,
        is_gateway: bool,
        meeting: &mut Meeting<'m>,
    ) {
        self.meet_as(policy, at, layer, meeting, |attached| {
            if is_gateway {
                attached.at_gateway()
            } else {
                attached
            }
        });
    }

    fn meet_as(
        &self,
        policy: &'m Arc<Policy>,
        at: Loc,
        layer: Layer,
        meeting: &mut Meeting<'m>,
        attach: impl FnOnce(Attached<'m>) -> Attached<'m>,
    ) {
        let Some(compiled) = self.library.get(policy) else {
            meeting.open.push(layer);
            return;
        };
        let attached = attach(Attached::new(layer, compiled));
        meeting.policies.push(Met {
            policy,
            at,
            attached,
        });
    }

    /// The ARN of the one who asks; parts of it may be holes.
    fn principal(&self, role: Option<usize>) -> Template {
        if let Some(service) = self.actor.kind.service() {
            return Template::literal(service);
        }
        if let Some(role) = role.and_then(|role| self.workspace.facts.roles.get(role)) {
            return role.arn.clone();
        }
        let named = self.actor.reference.as_ref().map(|named| &named.value);
        if let Some(named) = named.filter(|named| named.prefix().starts_with("arn:")) {
            return named.clone();
        }
        let mut arn = Template::literal("arn:aws:iam::");
        match &self.actor.account {
            Some(account) => arn.push(account),
            None => arn.push_hole("caller's account", "<account>"),
        }
        arn.push_literal(":role/");
        match named {
            Some(name) => arn.push(name),
            None => arn.push_hole("caller", "<role>"),
        }
        arn
    }

    /// The ARN by which the actor is named, where it tells the account and the declaration does not.
    fn named_principal(&self, meeting: &Meeting<'m>) -> Option<Template> {
        let is_other = matches!(
            self.step.kind,
            StepKind::AssumedByService(_) | StepKind::AssumedByJob | StepKind::Layers(_)
        );
        meeting.role.filter(|_| !is_other)?;
        let named = &self.actor.reference.as_ref()?.value;
        let is_told = |arn: &Template| Arn::of(arn).is_some_and(|arn| arn.account.is_known());
        (is_told(named) && !is_told(&meeting.principal)).then(|| named.clone())
    }

    /// The ARN that the repository's own declaration gives it, where that is another text than the one in the request.
    fn declared_arn(&self, repository: Option<usize>, needed: &Needed) -> Option<Template> {
        let arn = &self.workspace.facts.repositories.get(repository?)?.arn;
        let (asked, declared) = (Arn::of(&needed.resource)?, Arn::of(arn)?);
        let is_same = asked.service == declared.service && asked.resource == declared.resource;
        (is_same && *arn != needed.resource).then(|| arn.clone())
    }

    fn endpoint_of(&self, meeting: &Meeting<'m>) -> Option<&'m VpcEndpoint> {
        self.workspace.facts.endpoints.get(meeting.endpoint?)
    }

    fn identity(&self, role: Option<usize>, meeting: &mut Meeting<'m>) {
        meeting.context = self.context(&meeting.principal, None);
        if self.actor.kind.service().is_some() {
            self.source_of_service(&mut meeting.context);
            return;
        }
        let Some(set) = role.and_then(|role| self.workspace.principals.sets.get(role)) else {
            meeting.open.push(Layer::Identity);
            return;
        };
        for granted in &set.policies {
            self.meet(&granted.policy, granted.at, Layer::Identity, false, meeting);
        }
        if !set.open.is_empty() {
            meeting.open.push(Layer::Identity);
        }
        if let Some(boundary) = &set.boundary {
            match &boundary.policy {
                Some(policy) => self.meet(policy, boundary.at, Layer::Boundary, false, meeting),
                None => meeting.open.push(Layer::Boundary),
            }
        }
    }

    fn endpoint(&self, needed: &Needed, meeting: &mut Meeting<'m>) {
        let Some((at, endpoint)) = self
            .flow
            .way
            .endpoint(&self.workspace.facts, needed.service)
        else {
            return;
        };
        meeting.endpoint = Some(at);
        meeting.context = self.context(&meeting.principal, Some(endpoint));
        self.endpoint_policy(endpoint, meeting);
    }

    fn endpoint_policy(&self, endpoint: &'m VpcEndpoint, meeting: &mut Meeting<'m>) {
        let is_gateway = endpoint.is_gateway == Some(true);
        let elsewhere = self
            .workspace
            .facts
            .endpoint_parts
            .iter()
            .filter(|part| part.endpoint.value == endpoint.id)
            .find_map(|part| match &part.kind {
                EndpointPartKind::Policy(policy) => Some((part, policy)),
                _ => None,
            });
        match (elsewhere, &endpoint.policy) {
            (Some((part, Some(policy))), _) => self.meet(
                policy,
                part.origin.loc,
                Layer::Endpoint,
                is_gateway,
                meeting,
            ),
            (Some((_, None)), _) => meeting.open.push(Layer::Endpoint),
            (None, Some(policy)) => self.meet(
                policy,
                policy.document.loc,
                Layer::Endpoint,
                is_gateway,
                meeting,
            ),
            (None, None) => {
                if !endpoint.policy_is_read {
                    meeting.open.push(Layer::Endpoint);
                }
            }
        }
    }

    /// A layer is signed for by an account of AWS's own: nothing but the gateway endpoint's policy is in the way
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).
    fn layer_bucket(&self, meeting: &mut Meeting<'m>) {
        let mut signer = Template::literal("arn:aws:sts::");
        signer.push_hole("an account of AWS", "<an account of AWS>");
        signer.push_literal(":assumed-role/storage-access-role/");
        signer.push_hole("a session of AWS", "<session>");
        meeting.principal = signer;
        meeting.context = Context::open();
        // Neither the signer nor the bucket is of an account or organization that a policy of the user's can name.
        for key in [
            "aws:PrincipalOrgID",
            "aws:PrincipalAccount",
            "aws:PrincipalArn",
            "aws:ResourceOrgID",
            "aws:ResourceAccount",
        ] {
            meeting.context.set_value(key, "of AWS");
        }
        if let Some((policy, compiled)) = self.library.everything() {
            meeting.policies.push(Met {
                policy,
                at: self.step.at,
                attached: Attached::new(Layer::Identity, compiled),
            });
        }
        if let Some((at, endpoint)) = self.flow.way.endpoint(&self.workspace.facts, "s3") {
            meeting.endpoint = Some(at);
            self.endpoint_policy(endpoint, meeting);
        }
    }

    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>: AWS gives the account and
    /// an ARN of the service with every request for a role of a task.
    fn trust(&self, role: Option<usize>, service: &str, meeting: &mut Meeting<'m>) {
        let mut context = Context::open();
        if let Some(declared) = role.and_then(|role| self.workspace.facts.roles.get(role)) {
            let scope = &declared.origin.scope;
            let source = scope.account.as_literal().map_or(Fact::Present, |account| {
                Fact::Values(vec![account.to_string()])
            });
            context.set("aws:SourceAccount", source);
            context.set("aws:SourceArn", Fact::Present);
        }
        meeting.principal = Template::literal(service);
        meeting.context = context;
        self.trust_policy(role, meeting);
    }

    /// A job of GitHub's presents a token of GitHub's provider in the role's own account; of other systems the provider is
    /// not known.
    fn trust_of_job(&self, role: Option<usize>, meeting: &mut Meeting<'m>) {
        let declared = role.and_then(|role| self.workspace.facts.roles.get(role));
        let mut provider = Template::literal("arn:aws:iam::");
        match (declared, &self.actor.account) {
            (Some(role), _) => provider.push(&role.origin.scope.account),
            (None, Some(account)) => provider.push(account),
            (None, None) => provider.push_hole("caller's account", "<account>"),
        }
        provider.push_literal(":oidc-provider/");
        if oidc::patterns(self.workspace, self.flow).is_some() {
            provider.push_literal("token.actions.githubusercontent.com");
            let audience = oidc::audience(self.workspace, self.flow, self.step.at);
            let fact = audience.as_literal().map_or(Fact::Present, |audience| {
                Fact::Values(vec![audience.to_string()])
            });
            meeting.context.set(oidc::AUDIENCE, fact);
        } else {
            provider.push_hole("issuer", "<issuer>");
        }
        meeting.principal = provider;
        self.trust_policy(role, meeting);
    }

    /// The subjects that the job's token may have, as far as this role's trust policy tells them apart.
    fn subjects(&self, role: Option<usize>) -> Option<Vec<String>> {
        let trust = self.workspace.facts.roles.get(role?)?.trust.as_ref()?;
        let patterns = oidc::patterns(self.workspace, self.flow)?;
        Some(oidc::subjects(&patterns, trust))
    }

    fn trust_policy(&self, role: Option<usize>, meeting: &mut Meeting<'m>) {
        match role.and_then(|role| self.workspace.facts.roles.get(role)) {
            Some(declared) => match &declared.trust {
                Some(trust) if trust.document.complete => {
                    self.meet(trust, trust.document.loc, Layer::Trust, false, meeting);
                }
                _ => meeting.open.push(Layer::Trust),
            },
            None => meeting.open.push(Layer::Trust),
        }
    }

    /// What is known of a request by this principal.
    fn context(&self, principal: &Template, endpoint: Option<&VpcEndpoint>) -> Context {
        let registry = self.registry();
        let actor = image_path::Actor {
            arn: principal.to_string(),
            session: None,
            is_machine: self.actor.kind != ActorKind::JobPrincipal,
        };
        let channel = self.channel(endpoint);
        let mut context = image_path::context(&actor, &registry, &channel);
        if !principal.is_known() {
            context.set("aws:PrincipalArn", Fact::Present);
        }
        context
    }

    fn registry(&self) -> EcrRegistry {
        let of_step = match &self.step.kind {
            StepKind::Login(registry) | StepKind::ApiCall { registry, .. } => Some(registry),
            StepKind::Pull(image) | StepKind::Push(image) => Some(&image.registry),
            _ => None,
        };
        of_step.cloned().unwrap_or_else(|| EcrRegistry {
            account: Template::hole("account", "<account>"),
            region: Template::hole("region", "<region>"),
            dns_suffix: Template::literal("amazonaws.com"),
            form: HostForm::Standard,
        })
    }

    fn channel(&self, endpoint: Option<&VpcEndpoint>) -> Channel {
        if let Some(endpoint) = endpoint {
            let known = |text: &Template| text.as_literal().map(str::to_string);
            return Channel::Endpoint {
                endpoint: known(&endpoint.id),
                vpc: endpoint.vpc.as_ref().and_then(|vpc| known(&vpc.value)),
            };
        }
        match self.flow.source {
            Source::Job(run) => {
                let runner = self.workspace.runs.get(run).and_then(|run| {
                    if run.project.is_some() {
                        return None;
                    }
                    let pipeline = self.workspace.facts.pipelines.get(run.pipeline)?;
                    Some(pipeline.jobs.get(run.job)?.runner)
                });
                match runner {
                    Some(Runner::Hosted) => Channel::Public,
                    _ => Channel::Unknown,
                }
            }
            _ => Channel::Unknown,
        }
    }
}
