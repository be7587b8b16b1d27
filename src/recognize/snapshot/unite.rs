//! Joins the outputs of one account: each call shows one side of a role or repository, and several files may show the same.
//!
//! After this there is one fact for each role and repository of an account, and it says how much is in sight.

use crate::model::Facts;
use crate::model::origin::Scope;
use crate::model::repository::Repository;
use crate::model::role::{Attached, Closed, Closure, PoliciesInSight, PrincipalKind, Role};
use crate::model::template::Template;
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Joins what snapshots show. Facts of templates and modules stay as they are.
pub fn unite(facts: &mut Facts) {
    one_of_each_role(facts);
    one_of_each_managed_policy(facts);
    close_roles(facts);
    repositories(facts);
}

/// Of several descriptions of one principal the one that shows most stays.
fn one_of_each_role(facts: &mut Facts) {
    let rank = |role: &Role| {
        let has_boundary = role
            .boundary
            .as_ref()
            .is_none_or(|boundary| boundary.value.is_known());
        (role.in_sight, has_boundary)
    };
    let mut best: BTreeMap<Template, usize> = BTreeMap::new();
    for (at, role) in facts.roles.iter().enumerate() {
        if !role.origin.scope.is_snapshot || !role.arn.is_known() {
            continue;
        }
        let known = best.entry(role.arn.clone()).or_insert(at);
        if facts
            .roles
            .get(*known)
            .is_some_and(|one| rank(one) < rank(role))
        {
            *known = at;
        }
    }
    let kept: BTreeSet<usize> = best.values().copied().collect();
    let mut at = 0;
    facts.roles.retain(|role| {
        let is_kept = !best.contains_key(&role.arn) || !role.origin.scope.is_snapshot;
        at += 1;
        is_kept || kept.contains(&(at - 1))
    });
}

/// A managed policy may stand in several outputs; a document wins over none.
fn one_of_each_managed_policy(facts: &mut Facts) {
    let mut seen: BTreeMap<Template, bool> = BTreeMap::new();
    for policy in facts
        .managed_policies
        .iter()
        .filter(|one| one.origin.scope.is_snapshot && one.arn.is_known())
    {
        *seen.entry(policy.arn.clone()).or_default() |= policy.policy.is_some();
    }
    let mut taken: BTreeSet<Template> = BTreeSet::new();
    facts.managed_policies.retain(|policy| {
        if !policy.origin.scope.is_snapshot || !policy.arn.is_known() {
            return true;
        }
        let has_document = seen.get(&policy.arn) == Some(&true);
        (policy.policy.is_some() || !has_document) && taken.insert(policy.arn.clone())
    });
}

/// A role of which `get-role` shows nothing but itself is seen whole if its managed policies were listed, the names of its
/// inline ones too, and each of these was printed. Of a user the groups stay unknown.
fn close_roles(facts: &mut Facts) {
    let lists = Lists::new(facts);
    let mut whole: Vec<usize> = Vec::new();
    for (at, role) in facts.roles.iter().enumerate() {
        let is_open = role.in_sight == PoliciesInSight::None && role.kind != PrincipalKind::User;
        if is_open && lists.show_all_of(role) {
            whole.push(at);
        }
    }
    for at in whole {
        if let Some(role) = facts.roles.get_mut(at) {
            role.in_sight = PoliciesInSight::All;
            // The first is the declaration itself, and stands for the policies that are now in sight.
            role.unread.retain(|loc| *loc != role.origin.loc);
        }
    }
}

/// What snapshots say of a principal's policies, by its kind and the name or ARN that they give it.
struct Lists<'f> {
    closures: BTreeMap<(PrincipalKind, &'f Template), Vec<&'f Closure>>,
    /// Names of the inline policies that were printed, and in what account.
    printed: BTreeMap<(PrincipalKind, &'f Template), Vec<(&'f str, &'f Scope)>>,
}

impl<'f> Lists<'f> {
    fn new(facts: &'f Facts) -> Self {
        let mut lists = Lists {
            closures: BTreeMap::new(),
            printed: BTreeMap::new(),
        };
        for closure in &facts.closures {
            if closure.origin.scope.is_snapshot {
                let key = (closure.kind, &closure.to.value);
                lists.closures.entry(key).or_default().push(closure);
            }
        }
        for attachment in &facts.attachments {
            let scope = &attachment.origin.scope;
            let kind = attachment.kind.filter(|_| scope.is_snapshot);
            let (Some(kind), Attached::Inline(_)) = (kind, &attachment.what) else {
                continue;
            };
            for to in &attachment.to {
                let printed = lists.printed.entry((kind, &to.value)).or_default();
                printed.push((attachment.origin.label.as_str(), scope));
            }
        }
        lists
    }

    fn show_all_of(&self, role: &Role) -> bool {
        let scope = &role.origin.scope;
        let keys = [&role.name.value, &role.arn].map(|name| (role.kind, name));
        let closures = || {
            let found = keys.iter().filter_map(|key| self.closures.get(key));
            found
                .flatten()
                .filter(|closure| same_account(&closure.origin.scope, scope))
        };
        let printed: BTreeSet<&str> = keys
            .iter()
            .filter_map(|key| self.printed.get(key))
            .flatten()
            .filter(|(_, other)| same_account(other, scope))
            .map(|(name, _)| *name)
            .collect();
        let is_printed = |name: &Spanned<Template>| {
            let name = name.value.as_literal();
            name.is_some_and(|name| printed.contains(name))
        };
        closures().any(|closure| matches!(closure.what, Closed::Managed))
            && closures().any(|closure| match &closure.what {
                Closed::Inline(names) => names.iter().all(is_printed),
                Closed::Managed => false,
            })
    }
}

fn same_account(one: &Scope, other: &Scope) -> bool {
    !one.account.is_known() || !other.account.is_known() || one.account == other.account
}

/// A repository has one policy at most: what `get-repository-policy` prints for it is all there is. Of an output that may be
/// of several repositories in sight, in several Regions or accounts, nothing can be told.
fn repositories(facts: &mut Facts) {
    let mut seen: BTreeSet<Template> = BTreeSet::new();
    facts.repositories.retain(|repository| {
        !repository.origin.scope.is_snapshot
            || !repository.arn.is_known()
            || seen.insert(repository.arn.clone())
    });
    let mut by_name: BTreeMap<Template, Vec<usize>> = BTreeMap::new();
    for (at, repository) in facts.repositories.iter().enumerate() {
        if repository.origin.scope.is_snapshot {
            let name = repository.name.value.clone();
            by_name.entry(name).or_default().push(at);
        }
    }
    let the_one = |all: &[Repository], name: &Template, scope: &Scope, is_public: bool| {
        let mut meant = by_name.get(name)?.iter().copied().filter(|at| {
            let repository = all.get(*at);
            repository.is_some_and(|one| {
                one.is_public == is_public && same_account(&one.origin.scope, scope)
            })
        });
        let first = meant.next()?;
        meant.next().is_none().then_some(first)
    };
    let all = &mut facts.repositories;
    facts.repository_policies.retain(|printed| {
        let scope = &printed.origin.scope;
        let meant = scope
            .is_snapshot
            .then(|| the_one(all, &printed.repository.value, scope, printed.is_public))
            .flatten();
        let repository = meant.and_then(|at| all.get_mut(at));
        let (Some(repository), Some(policy)) = (repository, &printed.policy) else {
            return true;
        };
        if repository.policy.is_none() {
            repository.policy = Some(Arc::clone(policy));
            repository.policy_is_read = true;
        }
        false
    });
    facts.lifecycle_policies.retain(|printed| {
        let scope = &printed.origin.scope;
        let meant = scope
            .is_snapshot
            .then(|| the_one(all, &printed.repository.value, scope, false))
            .flatten();
        let Some(repository) = meant.and_then(|at| all.get_mut(at)) else {
            return true;
        };
        repository.lifecycle.clone_from(&printed.text);
        false
    });
}
