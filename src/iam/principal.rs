//! Principals: does a statement of a resource-based policy mean the caller, and how strongly?
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.

use super::context::{Context, Fact};
use super::formula::{Atoms, Formula};
use super::matching::glob_matches;
use super::request::{Caller, CallerKind, Request, is_account};
use super::verdict::Atom;
use crate::model::policy;
use crate::model::template::Template;

/// How a statement means the caller. What makes a stronger one true makes the weaker ones true as well.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    /// Everyone, or exactly this session, user, service.
    pub(super) directly: Formula,
    /// The session's role.
    pub(super) by_role: Formula,
    /// The account, which only delegates.
    pub(super) by_account: Formula,
}

impl Meant {
    fn only_directly(directly: Formula) -> Meant {
        Meant {
            directly,
            by_role: Formula::False,
            by_account: Formula::False,
        }
    }

    /// In whatever way.
    pub(super) fn at_all(self) -> Formula {
        self.directly.or(self.by_role).or(self.by_account)
    }

    fn or(self, other: Meant) -> Meant {
        Meant {
            directly: self.directly.or(other.directly),
            by_role: self.by_role.or(other.by_role),
            by_account: self.by_account.or(other.by_account),
        }
    }
}

/// `Principal` or `NotPrincipal`, prepared.
#[derive(Clone, Debug)]
pub(super) struct Principal {
    pub(super) negated: bool,
    everyone: bool,
    complete: bool,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    /// `{"AWS": "*"}`.
    Star,
    /// An account, by its number or its root user's ARN; with the partition, if it is told.
    Account {
        account: String,
        partition: Option<String>,
    },
    /// Another ARN.
    Arn(String),
    Service(String),
    Federated(String),
    /// A canonical user id: no caller of ours.
    Canonical,
    Hole(Template),
}

/// Where a statement stands, as far as it matters for what its principal means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// At a gateway endpoint an account is its root user only.
    pub(super) is_gateway: bool,
    /// Whether the caller has a permissions boundary: then `NotPrincipal` denies in any case.
    pub(super) has_boundary: bool,
}

impl Principal {
    pub(super) fn new(principal: &policy::Principal) -> Principal {
        Principal {
            negated: principal.negated,
            everyone: principal.everyone.is_some(),
            complete: principal.complete,
            entries: principal.entries.iter().map(Entry::of).collect(),
        }
    }

    /// How it means the caller.
    pub(super) fn means(&self, request: &Request, place: Place, atoms: &mut Atoms) -> Meant {
        if self.negated {
            return Meant::only_directly(self.leaves_out(request, place, atoms));
        }
        if self.everyone {
            return Meant::only_directly(Formula::True);
        }
        let mut meant = Meant::only_directly(Formula::False);
        for entry in &self.entries {
            meant = meant.or(entry.means(request, place, atoms));
        }
        if !self.complete {
            let rest = atoms.formula(Atom::Hole {
                text: "the rest of the principals".to_string(),
            });
            meant = meant.or(Meant::only_directly(rest));
        }
        meant
    }

    /// `NotPrincipal`: applies unless the whole chain of the caller is listed.
    fn leaves_out(&self, request: &Request, place: Place, atoms: &mut Atoms) -> Formula {
        let caller = request.principal();
        if self.everyone
            || self
                .entries
                .iter()
                .any(|entry| matches!(entry, Entry::Star))
        {
            return atoms.undocumented("`NotPrincipal` for everyone", caller.arn());
        }
        if place.has_boundary && caller.kind() != CallerKind::Service {
            return Formula::True;
        }
        if !self.complete
            || self
                .entries
                .iter()
                .any(|entry| matches!(entry, Entry::Hole(_)))
        {
            return atoms.formula(Atom::Hole {
                text: "the rest of `NotPrincipal`".to_string(),
            });
        }
        if caller.kind() == CallerKind::Anyone {
            let mut listed = Formula::False;
            for entry in &self.entries {
                listed = listed.or(entry.may_be_caller(atoms));
            }
            return listed.negated();
        }
        let lists_account = self.entries.iter().any(|entry| entry.is_account_of(caller));
        let lists = |arn: &str| {
            self.entries.iter().any(|entry| match entry {
                Entry::Arn(text) | Entry::Service(text) | Entry::Federated(text) => text == arn,
                _ => false,
            })
        };
        let mut chain = Vec::new();
        if caller.kind() != CallerKind::Root {
            chain.push(lists(caller.arn()));
        }
        match (caller.kind(), caller.role()) {
            (CallerKind::Session, Some(role)) if role != caller.arn() => chain.push(lists(role)),
            (CallerKind::Session, None) => chain.push(lists(&role_without_path(caller))),
            _ => {}
        }
        if caller.account().is_some() && caller.kind() != CallerKind::Federated {
            chain.push(lists_account);
        }
        if chain.iter().all(|listed| *listed) {
            Formula::False
        } else if chain.iter().any(|listed| *listed) {
            atoms.undocumented("`NotPrincipal` with part of a caller's chain", caller.arn())
        } else {
            Formula::True
        }
    }
}

impl Entry {
    fn of(entry: &policy::PrincipalEntry) -> Entry {
        let Some(text) = entry.value.value.as_literal() else {
            return Entry::Hole(entry.value.value.clone());
        };
        let owned = text.to_string();
        match entry.kind.value.as_str() {
            "AWS" if text == "*" => Entry::Star,
            "AWS" if is_account(text) => Entry::Account {
                account: owned,
                partition: None,
            },
            "AWS" => match text.split(':').collect::<Vec<_>>().as_slice() {
                ["arn", partition, "iam", "", account, "root"] if is_account(account) => {
                    Entry::Account {
                        account: (*account).to_string(),
                        partition: Some((*partition).to_string()),
                    }
                }
                _ => Entry::Arn(owned),
            },
            "Service" => Entry::Service(owned),
            "Federated" => Entry::Federated(owned),
            _ => Entry::Canonical,
        }
    }

    fn is_account_of(&self, caller: &Caller) -> bool {
        let Entry::Account { account, partition } = self else {
            return false;
        };
        let theirs = caller.arn().split(':').nth(1);
        caller.account() == Some(account)
            && partition.as_deref().is_none_or(|mine| Some(mine) == theirs)
    }

    /// Whether it is a caller of whom nothing is known.
    fn may_be_caller(&self, atoms: &mut Atoms) -> Formula {
        let name = match self {
            Entry::Hole(template) => {
                return atoms.formula(Atom::Hole {
                    text: template.to_string(),
                });
            }
            Entry::Star => "*",
            Entry::Canonical => "a canonical user",
            Entry::Account { account: name, .. }
            | Entry::Arn(name)
            | Entry::Service(name)
            | Entry::Federated(name) => name,
        };
        atoms.formula(Atom::Variable {
            key: "aws:principalarn".to_string(),
            text: format!("the caller is `{name}`"),
        })
    }

    fn means(&self, request: &Request, place: Place, atoms: &mut Atoms) -> Meant {
        let caller = request.principal();
        let direct = |formula: Formula| Meant::only_directly(formula);
        if caller.kind() == CallerKind::Anyone {
            return direct(match self {
                Entry::Star => Formula::True,
                Entry::Canonical => Formula::False,
                entry => entry.may_be_caller(atoms),
            });
        }
        match self {
            Entry::Star => direct(if caller.kind() == CallerKind::Service {
                atoms.undocumented("`{\"AWS\": \"*\"}` for an AWS service", caller.arn())
            } else {
                Formula::True
            }),
            Entry::Account { .. } => {
                if caller.kind() == CallerKind::Service || !self.is_account_of(caller) {
                    return direct(Formula::False);
                }
                match caller.kind() {
                    CallerKind::Root => direct(Formula::True),
                    _ if place.is_gateway => direct(Formula::False),
                    _ => Meant {
                        directly: Formula::False,
                        by_role: Formula::False,
                        by_account: Formula::True,
                    },
                }
            }
            Entry::Arn(arn) => self.arn_means(arn, request.context(), caller, place, atoms),
            Entry::Service(name) => {
                direct((caller.kind() == CallerKind::Service && caller.arn() == name).into())
            }
            Entry::Federated(provider) => {
                direct((caller.kind() == CallerKind::Federated && caller.arn() == provider).into())
            }
            Entry::Canonical => direct(Formula::False),
            Entry::Hole(template) => direct(atoms.formula(Atom::Hole {
                text: template.to_string(),
            })),
        }
    }

    fn arn_means(
        &self,
        arn: &str,
        context: &Context,
        caller: &Caller,
        place: Place,
        atoms: &mut Atoms,
    ) -> Meant {
        let by_role = |formula| Meant {
            directly: Formula::False,
            by_role: formula,
            by_account: Formula::False,
        };
        let direct = |formula: Formula| Meant::only_directly(formula);
        let is_role_itself = caller.role() == Some(arn);
        if is_role_itself || caller.arn() == arn {
            if place.is_gateway && caller.kind() != CallerKind::Root {
                let open =
                    atoms.undocumented("a user or role as principal at a gateway endpoint", arn);
                return direct(open);
            }
            return if is_role_itself {
                by_role(Formula::True)
            } else {
                direct(Formula::True)
            };
        }
        if caller.kind() == CallerKind::Session && caller.role().is_none() {
            let role = role_without_path(caller);
            let (prefix, name) = role.rsplit_once('/').unwrap_or((&role, ""));
            let may_be = arn == role
                || arn
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.strip_suffix(name))
                    .is_some_and(|path| path.starts_with('/') && path.ends_with('/'));
            let is_unknown = matches!(
                context.get("aws:principalarn"),
                Fact::Unknown | Fact::Present
            );
            return match (may_be, is_unknown) {
                (true, true) => by_role(atoms.formula(Atom::Variable {
                    key: "aws:principalarn".to_string(),
                    text: format!("the caller's role is `{arn}`"),
                })),
                // Nothing says that the role has a path.
                (true, false) => by_role((arn == role).into()),
                (false, _) => by_role(Formula::False),
            };
        }
        if caller.kind() == CallerKind::FederatedUser
            && arn.contains(":user/")
            && arn.split(':').nth(4) == caller.account()
        {
            return by_role(atoms.undocumented("whose session a federated user's is", arn));
        }
        if arn.contains(['*', '?'])
            && (glob_matches(arn, caller.arn())
                || caller.role().is_some_and(|role| glob_matches(arn, role)))
        {
            return direct(atoms.undocumented("a wildcard inside a principal", arn));
        }
        direct(Formula::False)
    }
}

/// The ARN that the session's role has if it has no path.
fn role_without_path(caller: &Caller) -> String {
    let mut fields = caller.arn().splitn(6, ':');
    let (_, partition) = (fields.next(), fields.next().unwrap_or("aws"));
    let name = fields
        .nth(3)
        .and_then(|resource| resource.split('/').nth(1))
        .unwrap_or("");
    format!(
        "arn:{partition}:iam::{}:role/{name}",
        caller.account().unwrap_or("")
    )
}
