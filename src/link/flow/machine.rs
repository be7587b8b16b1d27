//! What instances ask ECR for: to start the tasks of a cluster, to run their user data, to run pods.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html>

use super::{Actor, ActorKind, Flow, Links, Source, Step, StepKind, registry_of};
use crate::link::machines::Role;
use crate::link::names::Candidates;
use crate::link::ways::Way;
use crate::model::compute::{Instances, InstancesKind};
use crate::model::image::{EcrRegistry, Registry};
use crate::model::kubernetes::Pod;
use crate::model::pipeline::{ActKind, Login, Password, PasswordSource};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use std::collections::BTreeSet;

pub(super) fn flows(links: &Links<'_>, flows: &mut Vec<Flow>) {
    pods(links, flows);
    for (at, instances) in links.facts.instances.iter().enumerate() {
        match instances.kind {
            InstancesKind::NodeGroup | InstancesKind::FargateProfile => {
                flows.extend(group(links, at, instances));
            }
            InstancesKind::Instance
            | InstancesKind::LaunchTemplate
            | InstancesKind::LaunchConfiguration => {
                flows.extend(user_data(links, at, instances));
            }
            InstancesKind::MetadataDefaults => {}
        }
    }
}

/// The one who pulls with the role of machines.
pub(super) fn actor(links: &Links<'_>, role: &Role) -> Actor {
    let named = links.actor(ActorKind::InstanceRole, role.reference.as_ref());
    let account = match role.roles.indices.as_slice() {
        [one] => {
            let declared = links.facts.roles.get(*one);
            declared.map(|role| role.origin.scope.account.clone())
        }
        _ => None,
    };
    Actor {
        account: account.or(named.account),
        roles: role.roles.clone(),
        ..named
    }
}

/// What a group of machines does before any pod of the user's: its role is assumed, and a node group pulls the images of
/// EKS's own add-ons, which lie in ECR too
/// (<https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html>).
fn group(links: &Links<'_>, at: usize, group: &Instances) -> Option<Flow> {
    let machine = links.machines.each.get(at)?;
    let named = machine.role.reference.as_ref();
    // Nothing is known of a role that a tool makes up.
    let role = named.filter(|role| {
        !machine.role.roles.is_empty() || role.value.prefix() != "" || role.value.suffix() != ""
    })?;
    let is_nodes = group.kind == InstancesKind::NodeGroup;
    let service = if is_nodes {
        "ec2.amazonaws.com"
    } else {
        "eks-fargate-pods.amazonaws.com"
    };
    let mut steps = vec![Step {
        at: role.loc,
        kind: StepKind::AssumedByService(service),
    }];
    if is_nodes {
        let account = Template::hole("account of EKS", "<account of EKS>");
        let registry = registry_of(account, group.origin.scope.region.clone());
        steps.push(Step {
            at: role.loc,
            kind: StepKind::Login(registry),
        });
    }
    let noun = if is_nodes {
        "node group"
    } else {
        "Fargate profile"
    };
    Some(Flow {
        title: format!("{noun} `{}`", group.origin.label),
        source: Source::Instances(at),
        at: group.origin.loc,
        actor: actor(links, &machine.role),
        way: Way::default(),
        steps,
    })
}

/// Pods, whose images the kubelet pulls with the role of the node. Which cluster a manifest is for, it does not say: any
/// machine in sight may be the node. A pod with secrets of its own to pull with may do without the role.
fn pods(links: &Links<'_>, flows: &mut Vec<Flow>) {
    if links.facts.pods.is_empty() {
        return;
    }
    let helped = Helped::new(links);
    let unknown = Role::default();
    let role = links.machines.of_pods().unwrap_or(&unknown);
    for (at, pod) in links.facts.pods.iter().enumerate() {
        if pod.is_fragment || helped.is(pod) {
            continue;
        }
        let mut steps = Vec::new();
        let mut logged_in: Vec<EcrRegistry> = Vec::new();
        for image in pod.images().filter_map(|one| links.image(one.pulled())) {
            let place = image.written.loc;
            if !logged_in.contains(&image.registry) {
                logged_in.push(image.registry.clone());
                steps.push(Step {
                    at: place,
                    kind: StepKind::Login(image.registry.clone()),
                });
            }
            steps.push(Step {
                at: place,
                kind: StepKind::Pull(image),
            });
        }
        if steps.is_empty() {
            continue;
        }
        flows.push(Flow {
            title: format!("pod `{}`", pod.origin.label),
            source: Source::Pod(at),
            at: pod.origin.loc,
            actor: actor(links, role),
            way: Way::default(),
            steps,
        });
    }
}

/// Who has secrets to pull with: objects by kind and name, whatever manifest or patch says it, and service accounts by name.
/// Namespaces are left aside: a tool may set them.
struct Helped<'f> {
    objects: BTreeSet<&'f str>,
    accounts: BTreeSet<&'f Template>,
}

impl<'f> Helped<'f> {
    fn new(links: &Links<'f>) -> Helped<'f> {
        let pods = links.facts.pods.iter();
        let accounts = links.facts.service_accounts.iter();
        Helped {
            objects: pods
                .filter(|pod| !pod.pull_secrets.is_empty())
                .map(|pod| pod.origin.label.as_str())
                .collect(),
            accounts: accounts
                .filter(|account| !account.pull_secrets.is_empty())
                .map(|account| &account.name.value)
                .collect(),
        }
    }

    fn is(&self, pod: &Pod) -> bool {
        let usual = Template::literal("default");
        let account = pod.service_account.as_ref();
        let account = account.map_or(&usual, |account| &account.value);
        self.objects.contains(pod.origin.label.as_str()) || self.accounts.contains(account)
    }
}

/// What the user data of an instance pulls, with the credentials that the instance finds: those of its role.
fn user_data(links: &Links<'_>, at: usize, instances: &Instances) -> Option<Flow> {
    let machine = links.machines.each.get(at)?;
    let mut reading = Reading {
        links,
        instances,
        logins: Vec::new(),
        steps: Vec::new(),
    };
    for act in &instances.acts {
        // From here on the credentials may be others.
        if matches!(act.kind, ActKind::Credentials(_) | ActKind::OutOfSight(_)) {
            break;
        }
        if !act.is_guarded {
            reading.act(&act.kind, act.loc);
        }
    }
    let noun = match instances.kind {
        InstancesKind::LaunchTemplate => "launch template",
        InstancesKind::LaunchConfiguration => "launch configuration",
        _ => "instance",
    };
    (!reading.steps.is_empty()).then(|| Flow {
        title: format!("{noun} `{}`", instances.origin.label),
        source: Source::Instances(at),
        at: instances.origin.loc,
        actor: actor(links, &machine.role),
        way: Way::default(),
        steps: reading.steps,
    })
}

struct Reading<'l, 'f> {
    links: &'l Links<'f>,
    instances: &'l Instances,
    logins: Vec<EcrRegistry>,
    steps: Vec<Step>,
}

impl Reading<'_, '_> {
    fn act(&mut self, act: &ActKind, at: Loc) {
        match act {
            ActKind::Login(login) => self.login(login, at),
            ActKind::LegacyLogin(login) if login.is_executed => {
                let scope = &self.instances.origin.scope;
                let region = login.region.as_ref().map(|region| region.value.clone());
                let region = region.unwrap_or_else(|| scope.region.clone());
                let registry = registry_of(scope.account.clone(), region);
                self.logged_in(registry, at);
            }
            ActKind::Pull(image) => self.transfer(image, StepKind::Pull),
            ActKind::Push(image) => self.transfer(image, StepKind::Push),
            _ => {}
        }
    }

    fn login(&mut self, login: &Login, at: Loc) {
        let is_token = |source: &PasswordSource| {
            matches!(
                source,
                PasswordSource::EcrToken {
                    is_public: false,
                    ..
                }
            )
        };
        let with_token = match &login.password {
            Password::Stdin(source) | Password::CommandLine(_, source) => is_token(source),
            Password::Managed | Password::Missing => false,
        };
        if !with_token {
            return;
        }
        for host in login.registries.iter().flatten() {
            if let Registry::Ecr(registry) = Registry::parse_host(&host.value) {
                self.logged_in(registry, at);
            }
        }
    }

    fn logged_in(&mut self, registry: EcrRegistry, at: Loc) {
        self.steps.push(Step {
            at,
            kind: StepKind::Login(registry.clone()),
        });
        self.logins.push(registry);
    }

    /// An image that is moved under a login of this role; what moves it otherwise is not known.
    fn transfer(&mut self, written: &Spanned<Template>, kind: fn(super::Image) -> StepKind) {
        let Some(image) = self.links.image(written) else {
            return;
        };
        let is_own = |login: &EcrRegistry| super::may_be_same(login, &image.registry);
        if self.logins.iter().any(is_own) {
            self.steps.push(Step {
                at: written.loc,
                kind: kind(image),
            });
        }
    }
}

/// The roles of which one is enough: on an instance, ECS pulls with the execution role where the task has one, and with the
/// role of the instance otherwise; its documentation names the second, and its agent takes the first where it is told to.
/// A pull surely fails only if neither may do it
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>).
pub(super) fn either(role: &Role, other: Option<&Candidates>) -> Role {
    let Some(other) = other else {
        return role.clone();
    };
    let mut either = role.clone();
    if other.is_empty() || role.roles.is_empty() {
        either.roles = Candidates::default();
    } else {
        either.roles.join(other);
    }
    either
}
