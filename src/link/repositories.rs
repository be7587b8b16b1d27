//! Which declared repository an image lies in, and what policy it has.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>

use crate::model::Facts;
use crate::model::handover::Handed;
use crate::model::image::EcrRegistry;
use crate::model::policy::Policy;
use crate::model::repository::Repository;
use crate::model::template::Template;
use crate::source::Loc;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The repositories in sight, by name.
#[derive(Clone, Debug, Default)]
pub struct Repositories {
    /// What is known of the policy of each of [`Facts::repositories`], in their order.
    pub policies: Vec<RepositoryRule>,
    by_name: BTreeMap<Template, Vec<usize>>,
}

/// What is known of a repository's policy.
#[derive(Clone, Debug)]
pub enum RepositoryRule {
    /// It has none.
    None,
    /// It has this one.
    Policy(Arc<Policy>),
    /// It has one, or may have; what it says is not known. The place that leaves it open.
    Unread(Loc),
}

impl Repositories {
    /// Joins repositories and the policies that are declared for them elsewhere.
    #[must_use]
    pub fn new(facts: &Facts) -> Repositories {
        let mut by_name: BTreeMap<Template, Vec<usize>> = BTreeMap::new();
        for (at, repository) in facts.repositories.iter().enumerate() {
            if !repository.is_public {
                by_name
                    .entry(repository.name.value.clone())
                    .or_default()
                    .push(at);
            }
        }
        let mut policies: Vec<RepositoryRule> = facts.repositories.iter().map(own).collect();
        for declared in facts
            .repository_policies
            .iter()
            .filter(|one| !one.is_public)
        {
            let meant: Vec<usize> = by_name
                .get(&declared.repository.value)
                .into_iter()
                .flatten()
                .copied()
                .filter(|at| {
                    facts
                        .repositories
                        .get(*at)
                        .is_some_and(|one| can_be_for(one, declared))
                })
                .collect();
            let same_scope: Vec<usize> = meant
                .iter()
                .copied()
                .filter(|at| {
                    facts
                        .repositories
                        .get(*at)
                        .is_some_and(|one| one.origin.scope == declared.origin.scope)
                })
                .collect();
            let chosen = if same_scope.is_empty() {
                meant
            } else {
                same_scope
            };
            let is_one = chosen.len() == 1;
            for at in chosen {
                if let Some(rule) = policies.get_mut(at) {
                    let is_first = matches!(rule, RepositoryRule::None);
                    *rule = match &declared.policy {
                        Some(policy) if is_first && is_one && declared.origin.is_certain => {
                            RepositoryRule::Policy(Arc::clone(policy))
                        }
                        _ => RepositoryRule::Unread(declared.origin.loc),
                    };
                }
            }
            if !declared.repository.value.is_known()
                && !by_name.contains_key(&declared.repository.value)
            {
                leave_open(
                    facts,
                    declared.origin.loc,
                    &declared.origin.scope.account,
                    &mut policies,
                );
            }
        }
        for handover in &facts.handovers {
            for (_, value) in &handover.values {
                for at in by_name.get(&value.value).into_iter().flatten() {
                    let scope = facts.repositories.get(*at).map(|one| &one.origin.scope);
                    let is_here = scope.is_some_and(|scope| {
                        scope.can_meet(&handover.origin.scope)
                            && scope.account == handover.origin.scope.account
                    });
                    let found = handover.has(&value.value, Handed::Repository);
                    if let (true, Some(loc), Some(rule @ RepositoryRule::None)) =
                        (is_here, found, policies.get_mut(*at))
                    {
                        *rule = RepositoryRule::Unread(loc);
                    }
                }
            }
        }
        Repositories { policies, by_name }
    }

    /// The repositories in sight that an image of this registry and name may lie in; with those of a known account and
    /// Region before those where that is open, only the surest are given.
    #[must_use]
    pub fn find(&self, facts: &Facts, registry: &EcrRegistry, name: &Template) -> Vec<usize> {
        let mut best: Vec<usize> = Vec::new();
        let mut best_open = usize::MAX;
        for at in self.by_name.get(name).into_iter().flatten() {
            let Some(repository) = facts.repositories.get(*at) else {
                continue;
            };
            let scope = &repository.origin.scope;
            let pairs = [
                (&scope.account, &registry.account),
                (&scope.region, &registry.region),
            ];
            if pairs.iter().any(|(one, other)| differ(one, other)) {
                continue;
            }
            let open = pairs.iter().filter(|(one, other)| one != other).count();
            if open < best_open {
                best.clear();
                best_open = open;
            }
            if open == best_open {
                best.push(*at);
            }
        }
        best
    }
}

/// Two values that are known to differ.
pub fn differ(one: &Template, other: &Template) -> bool {
    one != other && one.is_known() && other.is_known()
}

fn own(repository: &Repository) -> RepositoryRule {
    match (&repository.policy, repository.policy_is_read) {
        (Some(policy), true) if policy.document.complete => {
            RepositoryRule::Policy(Arc::clone(policy))
        }
        (None, true) => RepositoryRule::None,
        _ => RepositoryRule::Unread(repository.origin.loc),
    }
}

fn can_be_for(
    repository: &Repository,
    declared: &crate::model::repository::RepositoryPolicy,
) -> bool {
    let (one, other) = (&repository.origin.scope, &declared.origin.scope);
    one.can_meet(other)
        && !differ(&one.account, &other.account)
        && !differ(&one.region, &other.region)
}

/// A policy for a repository of unknown name may be for any of the account.
fn leave_open(facts: &Facts, loc: Loc, account: &Template, policies: &mut [RepositoryRule]) {
    for (repository, rule) in facts.repositories.iter().zip(policies) {
        if repository.origin.scope.account == *account && matches!(rule, RepositoryRule::None) {
            *rule = RepositoryRule::Unread(loc);
        }
    }
}
