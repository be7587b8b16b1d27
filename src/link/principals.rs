//! Every policy of every principal: what stands in its declaration, what is attached to it from elsewhere, and whether that
//! is all there is.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html>

use super::names::{Candidates, Names};
use crate::model::Facts;
use crate::model::handover::{Handed, Handover};
use crate::model::policy::Policy;
use crate::model::role::{Attached, Attachment, Closed, PoliciesInSight, PrincipalKind, Role};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// The policies of one principal.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Its identity policies, those of its groups included.
    pub policies: Vec<Granted>,
    /// Its permissions boundary, if it has one.
    pub boundary: Option<Boundary>,
    /// Why it may hold policies that are not in sight; empty if these are all.
    pub open: Vec<Opening>,
}

/// A policy and what attaches it.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The policy.
    pub policy: Arc<Policy>,
    /// What people call it: a managed policy's name; `None` for one that stands in the declaration.
    pub name: Option<Template>,
    /// Where it is attached: the attachment, or the document itself.
    pub at: Loc,
}

/// A permissions boundary.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// Where it is set.
    pub at: Loc,
    /// The policy; `None` if it is not in sight.
    pub policy: Option<Arc<Policy>>,
}

/// Why a set of policies may be larger than what is in sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The place that leaves it open.
    pub loc: Loc,
    /// Why, in prose, to stand behind "because": lower case, no full stop.
    pub why: String,
}

/// Finds principals and managed policies by reference.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// The policies of each of [`Facts::roles`], in their order.
    pub sets: Vec<PolicySet>,
    names: Names,
}

impl Principals {
    /// Joins the facts.
    #[must_use]
    pub fn new(facts: &Facts) -> Principals {
        let names = Names::new(facts.roles.iter().map(|role| (&role.arn, &role.name.value)));
        let managed = Names::new(
            facts
                .managed_policies
                .iter()
                .map(|policy| (&policy.arn, &policy.name.value)),
        );
        let join = Join {
            facts,
            names: &names,
            managed: &managed,
        };
        let mut sets: Vec<PolicySet> = facts.roles.iter().map(|role| join.own(role)).collect();
        for attachment in &facts.attachments {
            join.attach(attachment, &mut sets);
        }
        for handover in &facts.handovers {
            join.hand_over(handover, &mut sets);
        }
        join.groups(&mut sets);
        Principals { sets, names }
    }

    /// The principals that a reference (an ARN or a name) may mean.
    #[must_use]
    pub fn find(&self, reference: &Template) -> Candidates {
        self.names.find(reference)
    }
}

struct Join<'f> {
    facts: &'f Facts,
    names: &'f Names,
    managed: &'f Names,
}

impl Join<'_> {
    /// What the declaration itself gives.
    fn own(&self, role: &Role) -> PolicySet {
        let mut set = PolicySet::default();
        for policy in &role.inline {
            set.policies.push(Granted {
                policy: Arc::clone(policy),
                name: None,
                at: policy.document.loc,
            });
            if !policy.document.complete {
                set.open.push(Opening {
                    loc: policy.document.loc,
                    why: "not all of its statements are in sight".to_string(),
                });
            }
        }
        for arn in &role.managed {
            self.managed(arn, arn.loc, role, &mut set);
        }
        // What a snapshot leaves out may stand in others that say they are complete.
        let unread = match role.in_sight {
            PoliciesInSight::None if self.is_closed(role) => role.unread.get(1..).unwrap_or(&[]),
            _ => &role.unread,
        };
        for loc in unread {
            set.open.push(Opening {
                loc: *loc,
                why: "what is attached here is not known".to_string(),
            });
        }
        set.boundary = role
            .boundary
            .as_ref()
            .map(|arn| self.boundary(arn, arn.loc, role));
        set
    }

    /// Whether lists of both sorts of policies of this principal are in sight, and every inline policy that is listed.
    fn is_closed(&self, role: &Role) -> bool {
        let closures = || {
            self.facts.closures.iter().filter(|closure| {
                closure.kind == role.kind
                    && closure.origin.is_certain
                    && means(&closure.to.value, role)
            })
        };
        let inline_in_sight = self
            .facts
            .attachments
            .iter()
            .filter(|attachment| matches!(attachment.what, Attached::Inline(Some(_))))
            .filter(|attachment| attachment.to.iter().any(|to| means(&to.value, role)))
            .count();
        let has_managed = closures().any(|closure| matches!(closure.what, Closed::Managed));
        let has_inline = closures().any(|closure| {
            matches!(&closure.what, Closed::Inline(names) if names.len() <= inline_in_sight)
        });
        has_managed && has_inline
    }

    /// Adds the managed policy that `arn` means.
    fn managed(&self, arn: &Spanned<Template>, at: Loc, role: &Role, set: &mut PolicySet) {
        let policies: Vec<_> = self
            .managed
            .find(&arn.value)
            .indices
            .into_iter()
            .filter_map(|index| self.facts.managed_policies.get(index))
            .filter(|policy| policy.origin.scope.can_meet(&role.origin.scope))
            .collect();
        let open = |set: &mut PolicySet, why: String| set.open.push(Opening { loc: at, why });
        match policies.as_slice() {
            [] => open(set, format!("policy `{}` is not in sight", arn.value)),
            [policy] => match &policy.policy {
                Some(document) => {
                    set.policies.push(Granted {
                        policy: Arc::clone(document),
                        name: Some(policy.name.value.clone()),
                        at,
                    });
                    if !document.document.complete || !policy.origin.is_certain {
                        open(
                            set,
                            format!("not all of policy `{}` is in sight", arn.value),
                        );
                    }
                }
                None => open(
                    set,
                    format!("what policy `{}` says is not in sight", arn.value),
                ),
            },
            _ => open(set, format!("several policies are called `{}`", arn.value)),
        }
    }

    fn boundary(&self, arn: &Spanned<Template>, at: Loc, role: &Role) -> Boundary {
        let mut found = PolicySet::default();
        self.managed(arn, at, role, &mut found);
        Boundary {
            at,
            policy: match (found.policies.pop(), found.open.is_empty()) {
                (Some(granted), true) => Some(granted.policy),
                _ => None,
            },
        }
    }

    /// Adds what an attachment attaches to those that it names. One that names nobody for certain may name anybody of its
    /// deployment.
    fn attach(&self, attachment: &Attachment, sets: &mut [PolicySet]) {
        for to in &attachment.to {
            let found = self.names.find(&to.value);
            if found.is_empty() && !to.value.is_known() {
                self.attach_to_anybody(attachment, to, sets);
            }
            let is_one = found.indices.len() == 1;
            for index in found.indices {
                let (Some(role), Some(set)) = (self.facts.roles.get(index), sets.get_mut(index))
                else {
                    continue;
                };
                if !is_meant(attachment, role) {
                    continue;
                }
                let is_own_scope = role.origin.scope == attachment.origin.scope;
                if attachment.origin.is_certain && (is_one || is_own_scope) {
                    self.give(attachment, role, set);
                } else {
                    set.open.push(Opening {
                        loc: attachment.origin.loc,
                        why: "this attachment may be for it".to_string(),
                    });
                }
            }
        }
    }

    /// Who is passed to a module that is not in sight may get policies there.
    fn hand_over(&self, handover: &Handover, sets: &mut [PolicySet]) {
        for (_, value) in &handover.values {
            for index in self.names.find(&value.value).indices {
                let (Some(role), Some(set)) = (self.facts.roles.get(index), sets.get_mut(index))
                else {
                    continue;
                };
                let scope = &role.origin.scope;
                let is_here = scope.can_meet(&handover.origin.scope)
                    && scope.account == handover.origin.scope.account;
                let found = handover.has(&role.name.value, Handed::Principal);
                if let (true, Some(loc)) = (is_here, found)
                    && !set.open.iter().any(|opening| opening.loc == loc)
                {
                    set.open.push(Opening {
                        loc,
                        why: format!(
                            "`{}` is not in sight and may attach policies to it",
                            handover.origin.label
                        ),
                    });
                }
            }
        }
    }

    fn attach_to_anybody(
        &self,
        attachment: &Attachment,
        to: &Spanned<Template>,
        sets: &mut [PolicySet],
    ) {
        let roles = self.facts.roles.iter().zip(sets);
        for (role, set) in roles.filter(|(role, _)| is_meant(attachment, role)) {
            if role.origin.scope.account == attachment.origin.scope.account
                && could_be(&to.value, &role.name.value)
            {
                set.open.push(Opening {
                    loc: to.loc,
                    why: "whom this attachment is for is not known".to_string(),
                });
            }
        }
    }

    fn give(&self, attachment: &Attachment, role: &Role, set: &mut PolicySet) {
        let at = attachment.origin.loc;
        match &attachment.what {
            Attached::Managed(arn) => self.managed(arn, at, role, set),
            Attached::Boundary(arn) => set.boundary = Some(self.boundary(arn, at, role)),
            Attached::Inline(Some(policy)) => {
                set.policies.push(Granted {
                    policy: Arc::clone(policy),
                    name: None,
                    at,
                });
                if !policy.document.complete {
                    set.open.push(Opening {
                        loc: policy.document.loc,
                        why: "not all of its statements are in sight".to_string(),
                    });
                }
            }
            // Joined with the groups that a user names itself.
            Attached::Membership(_) => {}
            Attached::Inline(None) => set.open.push(Opening {
                loc: at,
                why: "what this policy says is not known".to_string(),
            }),
        }
    }

    /// A user has the policies of its groups.
    fn groups(&self, sets: &mut [PolicySet]) {
        for (index, user) in self.facts.roles.iter().enumerate() {
            let memberships =
                self.facts
                    .attachments
                    .iter()
                    .filter_map(|attachment| match &attachment.what {
                        Attached::Membership(group)
                            if attachment.to.iter().any(|to| means(&to.value, user)) =>
                        {
                            Some(group)
                        }
                        _ => None,
                    });
            for group in user.groups.iter().chain(memberships) {
                let found = self.names.find(&group.value);
                let group_sets: Vec<PolicySet> = found
                    .indices
                    .iter()
                    .filter(|at| {
                        self.facts.roles.get(**at).is_some_and(|role| {
                            role.kind == PrincipalKind::Group
                                && role.origin.scope.can_meet(&user.origin.scope)
                        })
                    })
                    .filter_map(|at| sets.get(*at).cloned())
                    .collect();
                let Some(set) = sets.get_mut(index) else {
                    continue;
                };
                if group_sets.is_empty() {
                    set.open.push(Opening {
                        loc: group.loc,
                        why: format!("group `{}` is not in sight", group.value),
                    });
                }
                for one in group_sets {
                    set.policies.extend(one.policies);
                    set.open.extend(one.open);
                }
            }
        }
    }
}

fn is_meant(attachment: &Attachment, role: &Role) -> bool {
    attachment.kind.is_none_or(|kind| kind == role.kind)
        && attachment.origin.scope.can_meet(&role.origin.scope)
}

/// Whether a reference is a principal's name or ARN.
fn means(reference: &Template, role: &Role) -> bool {
    *reference == role.name.value || *reference == role.arn
}

/// Whether a text with holes can be this name.
fn could_be(text: &Template, name: &Template) -> bool {
    let Some(name) = name.as_literal() else {
        return true;
    };
    name.starts_with(text.prefix()) && name.ends_with(text.suffix())
}
