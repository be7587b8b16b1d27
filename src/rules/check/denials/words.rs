//! A denial in words: who, what, where, and the chain of places that shows it.

use super::super::super::Context;
use super::super::reading::listed;
use super::{Cause, Denial, image, is_or_are, shown_name, statement};
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Part;
use crate::link::flow::{ActorKind, Source, StepKind};
use crate::link::names::How;
use crate::model::compute::InstancesKind;
use crate::model::role::PrincipalKind;
use crate::source::{FileId, Loc};

/// Most links of which a finding names the place.
const MOST_LINKS: usize = 8;

impl<'a> Denial<'a> {
    /// What will fail: "push `app` or pull `base`".
    pub(in super::super) fn what(&self) -> String {
        let (mut pushed, mut pulled) = (Vec::new(), Vec::new());
        for link in self.links() {
            let (StepKind::Push(image) | StepKind::Pull(image)) = &link.step.kind else {
                continue;
            };
            let names = match link.step.kind {
                StepKind::Push(_) => &mut pushed,
                _ => &mut pulled,
            };
            let name = image.image.repository.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let parts: Vec<String> = [("push", pushed), ("pull", pulled)]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(verb, names)| format!("{verb} {}", listed(&names)))
            .collect();
        if parts.is_empty() {
            "log in to ECR".to_string()
        } else {
            parts.join(" or ")
        }
    }

    /// What to call the one who asks: "role `exec`".
    pub(in super::super) fn who(&self, cx: &Context<'a>) -> String {
        let role = self.role(cx);
        let part = match self.flow.actor.kind {
            ActorKind::ExecutionRole => "execution role",
            ActorKind::TaskRole => "task role",
            ActorKind::InstanceRole => self.machine_role(cx),
            ActorKind::BuildRole => "service role",
            ActorKind::AccessRole => "access role",
            ActorKind::JobRole => "role",
            ActorKind::JobPrincipal => match (role, &self.flow.actor.reference) {
                (Some(role), _) if role.kind == PrincipalKind::User => "user",
                (None, None) => "access key",
                _ => "role",
            },
            ActorKind::LambdaService => return "Lambda".to_string(),
            ActorKind::BuildService => return "CodeBuild".to_string(),
        };
        let name = role
            .map(|role| shown_name(&role.name.value, &role.origin.label))
            .or_else(|| {
                let named = self.flow.actor.reference.as_ref()?;
                Some(named.value.to_string())
            });
        match name {
            Some(name) => format!("{part} {}", quote(&name)),
            None => format!("the {part}"),
        }
    }

    /// What AWS calls the role of what pulls.
    fn machine_role(&self, cx: &Context<'a>) -> &'static str {
        let instances = match self.flow.source {
            Source::Pod(_) => return "node role",
            Source::Instances(at) => cx.workspace.facts.instances.get(at),
            _ => None,
        };
        match instances.map(|instances| instances.kind) {
            Some(InstancesKind::NodeGroup) => "node role",
            Some(InstancesKind::FargateProfile) => "pod execution role",
            _ => "instance role",
        }
    }

    /// Where to point: the part of the nearest statement that misses, else the principal.
    pub(in super::super) fn place(&self, cx: &Context<'a>) -> (Loc, String) {
        let refusal = self.refusal();
        let near = refusal.and_then(|refusal| {
            let place = refusal.nearest.as_ref()?;
            Some((refusal, place, statement(place)?))
        });
        if let Some((refusal, place, statement)) = near {
            let in_file = statement.loc.file != FileId::NONE;
            if refusal.is_explicit {
                return (place.at, "this statement denies it".to_string());
            }
            match refusal.failed.as_slice() {
                [Part::Action] if in_file => {
                    let at = statement
                        .action
                        .as_ref()
                        .map_or(place.at, |action| action.key);
                    let label = format!("{} not in this list", is_or_are(&self.actions()));
                    return (at, label);
                }
                [Part::Resource] if in_file => {
                    let at = statement
                        .resource
                        .as_ref()
                        .map_or(place.at, |resource| resource.loc);
                    return (at, "this does not name it".to_string());
                }
                [Part::Condition] if in_file => {
                    let at = statement.condition_loc.unwrap_or(place.at);
                    return (at, "this condition is not met".to_string());
                }
                [Part::Principal] if in_file => {
                    let at = statement
                        .principal
                        .as_ref()
                        .map_or(place.at, |principal| principal.loc);
                    return (at, "this does not name the caller".to_string());
                }
                _ => {}
            }
        }
        if let Some(role) = self.role(cx) {
            return (
                role.name.loc,
                "no policy of this principal allows it".to_string(),
            );
        }
        (self.step.at, "this will be denied".to_string())
    }

    /// The finding at its place, with the chain as related places.
    pub(in super::super) fn finding(&self, cx: &Context<'a>, message: String) -> Diagnostic {
        let (at, label) = self.place(cx);
        let mut identity = format!("{} {}", self.who(cx), self.actions().join(" "));
        if let (Cause::OnlyResource | Cause::CrossAccount, Some(image)) =
            (self.cause, image(self.step))
        {
            identity = format!("{identity} {}", image.image.repository);
        }
        let mut found = cx.diagnostic(at, message).label(label).identity(identity);
        if self.flow.actor.roles.how == Some(How::ByName) {
            found = found.confidence(crate::diag::Confidence::Medium);
        }
        let mut seen = vec![at];
        for (loc, text) in self.chain(cx) {
            if loc.file != FileId::NONE && !seen.contains(&loc) {
                seen.push(loc);
                found = found.related(loc, text);
            }
        }
        found
    }

    /// The finding on a trust policy that lets a service not assume the role: at the policy, where no statement of it comes
    /// near.
    pub(in super::super) fn finding_on_trust(
        &self,
        cx: &Context<'a>,
        message: String,
    ) -> Diagnostic {
        let mut found = self.finding(cx, message);
        let trust = self.role(cx).and_then(|role| role.trust.as_ref());
        let has_statement = self
            .refusal()
            .is_some_and(|refusal| refusal.nearest.is_some());
        if let (Some(trust), false) = (trust, has_statement) {
            found.primary.loc = trust.document.loc;
            found = found.label("this trust policy leaves it out");
        }
        found
    }

    /// The places of the chain: what is asked for, with which role, which policy.
    fn chain(&self, cx: &Context<'a>) -> Vec<(Loc, String)> {
        let mut chain: Vec<_> = self
            .links()
            .take(MOST_LINKS)
            .map(|link| (link.step.at, link.asks()))
            .collect();
        let left = self.others.len().saturating_sub(MOST_LINKS - 1);
        if let (Some((_, text)), 1..) = (chain.last_mut(), left) {
            *text = format!("{text}, and {left} more");
        }
        if let Some(named) = &self.flow.actor.reference {
            chain.push((named.loc, "with this role".to_string()));
        }
        if let Some(role) = self.role(cx) {
            chain.push((role.name.loc, "the role is declared here".to_string()));
        }
        chain
    }

    /// What this link does at its place: "service `web` pulls this".
    fn asks(&self) -> String {
        let verb = match &self.step.kind {
            StepKind::Login(_) => "logs in for this",
            StepKind::Pull(_) => "pulls this",
            StepKind::Push(_) => "pushes this",
            StepKind::Layers(_) => "takes the layers of this",
            StepKind::Logs(_) => "writes this log",
            StepKind::Secret(_) | StepKind::EnvironmentFile(_) => "reads this",
            StepKind::Exec => "has ECS Exec switched on here",
            StepKind::ApiCall { .. } => "calls ECR here",
            StepKind::AssumedByService(_) | StepKind::AssumedByJob => "names the role here",
        };
        format!("{} {verb}", self.flow.title)
    }
}
