//! What stands at the image's end: the policy of its repository and that of its registry.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>

use super::super::requests::{self, CREATE, Needed};
use super::{Finder, Meeting};
use crate::iam::{Answer, RegistryScope, glob_matches};
use crate::link::flow::{Image, Step, StepKind};
use crate::link::registries::Fit;
use crate::link::repositories::RepositoryRule;
use crate::model::policy::{Element, Layer, Policy};
use crate::model::repository::{RegistrySetting, RegistrySettingKind};
use crate::model::template::Template;

/// The repositories in sight that a link may be about.
pub(super) fn repositories_of(step: &Step) -> &[usize] {
    match &step.kind {
        StepKind::Pull(image) | StepKind::Push(image) => &image.repositories,
        StepKind::ApiCall { repositories, .. } => repositories,
        _ => &[],
    }
}

fn image_of(step: &Step) -> Option<&Image> {
    match &step.kind {
        StepKind::Pull(image) | StepKind::Push(image) => Some(image),
        _ => None,
    }
}

impl<'m> Finder<'m> {
    /// The repository's policy. One that is not there yet has none, and none makes it.
    pub(super) fn repository_policy(
        &self,
        repository: Option<usize>,
        needed: &Needed,
        meeting: &mut Meeting<'m>,
    ) {
        let is_asked = image_of(self.step).is_some()
            || matches!(self.step.kind, StepKind::ApiCall { .. })
                && needed.resource.as_literal() != Some("*");
        if !is_asked || needed.action == CREATE {
            return;
        }
        if self.lambda_may_mend_the_policy() {
            meeting.open.push(Layer::Repository);
        }
        match repository.and_then(|at| self.workspace.repositories.policies.get(at)) {
            Some(RepositoryRule::None) => {}
            Some(RepositoryRule::Policy(policy)) => self.meet(
                policy,
                policy.document.loc,
                Layer::Repository,
                false,
                meeting,
            ),
            Some(RepositoryRule::Unread(_)) => meeting.open.push(Layer::Repository),
            None => match image_of(self.step).filter(|image| image.cache.is_some()) {
                Some(image) => self.policy_of_template(image, meeting),
                None => meeting.open.push(Layer::Repository),
            },
        }
    }

    /// A repository that a cache fills is made on the first pull, with what a template gives it and else without a policy
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html>).
    fn policy_of_template(&self, image: &Image, meeting: &mut Meeting<'m>) {
        let template = requests::cache_template(self.workspace, image)
            .and_then(|at| self.workspace.facts.registry_settings.get(at));
        if let Some(RegistrySettingKind::CreationTemplate {
            policy,
            policy_is_read,
            ..
        }) = template.map(|setting| &setting.kind)
            && (policy.is_some() || !policy_is_read)
        {
            meeting.open.push(Layer::Repository);
        }
    }

    /// The registry's policy. It has a say in what a registry is asked about repositories, and of a registry of scope `V1`
    /// only in some of that.
    pub(super) fn registry_policy(
        &self,
        repository: Option<usize>,
        needed: &Needed,
        meeting: &mut Meeting<'m>,
    ) {
        let is_asked = matches!(
            self.step.kind,
            StepKind::Pull(_) | StepKind::Push(_) | StepKind::ApiCall { .. }
        );
        if !is_asked || self.workspace.facts.registry_settings.is_empty() {
            return;
        }
        let settings = self.settings(repository);
        let scope = scope_of(&settings);
        for (fit, setting) in &settings {
            let RegistrySettingKind::Policy(policy) = &setting.kind else {
                continue;
            };
            match policy {
                Some(policy) if *fit == Fit::Same && setting.origin.is_certain => {
                    let at = policy.document.loc;
                    self.meet_as(policy, at, Layer::Registry, meeting, |attached| {
                        attached.with_registry_scope(scope)
                    });
                }
                Some(policy) if !speaks_of(policy, &needed.action) => {}
                _ if scope.asks_about(&needed.action) == Answer::No => {}
                _ => meeting.open.push(Layer::Registry),
            }
        }
    }

    /// The settings of the registry that is asked: that of the repository in sight, where there is one.
    fn settings(&self, repository: Option<usize>) -> Vec<(Fit, &'m RegistrySetting)> {
        let facts = &self.workspace.facts;
        let declared = repository
            .and_then(|at| facts.repositories.get(at))
            .map(|one| &one.origin.scope);
        let registry = self.registry();
        let (account, region): (&Template, &Template) = match declared {
            Some(scope) => (&scope.account, &scope.region),
            None => (&registry.account, &registry.region),
        };
        let origin = self.flow.source.origin(facts, &self.workspace.runs);
        self.workspace
            .registries
            .settings(facts, account, region)
            .into_iter()
            .filter(|(_, _, setting)| {
                let scope = &setting.origin.scope;
                origin.is_none_or(|origin| scope.can_meet(&origin.scope))
                    && declared.is_none_or(|declared| scope.can_meet(declared))
            })
            .map(|(fit, _, setting)| (fit, setting))
            .collect()
    }
}

/// What the registry asks its policy about. Without a word on it that is everything
/// (<https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html>).
fn scope_of(settings: &[(Fit, &RegistrySetting)]) -> RegistryScope {
    let mut scope = None;
    for (fit, setting) in settings {
        let RegistrySettingKind::PolicyScope(value) = &setting.kind else {
            continue;
        };
        let said = match value.value.as_literal() {
            _ if *fit != Fit::Same || !setting.origin.is_certain => RegistryScope::Unknown,
            Some("V1") => RegistryScope::V1,
            Some("V2") => RegistryScope::V2,
            _ => RegistryScope::Unknown,
        };
        scope = match scope {
            Some(before) if before != said => Some(RegistryScope::Unknown),
            _ => Some(said),
        };
    }
    scope.unwrap_or_default()
}

/// Whether a statement of a policy may be about an action.
fn speaks_of(policy: &Policy, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let names = |element: &Element| {
        element.negated
            || element.values.iter().any(|value| {
                let pattern = value.value.as_literal().map(str::to_ascii_lowercase);
                pattern.is_none_or(|pattern| glob_matches(&pattern, &action))
            })
    };
    let statements = &policy.document.statements;
    !policy.document.complete
        || statements
            .iter()
            .any(|statement| statement.action.as_ref().is_none_or(names))
}
