//! Principals: does a statement of a resource-based policy mean the caller, and how strongly?
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.

use super::Answer;
use super::context::{Context, Fact};
use super::formula::{Atoms, Formula};
use super::matching::glob_matches;
use super::request::{Caller, CallerKind, Request, is_account, same_account, same_name};
use super::verdict::Atom;
use crate::model::arn;
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

    fn only_by_role(by_role: Formula) -> Meant {
        Meant {
            directly: Formula::False,
            by_role,
            by_account: Formula::False,
        }
    }

    fn only_by_account(by_account: Formula) -> Meant {
        Meant {
            directly: Formula::False,
            by_role: Formula::False,
            by_account,
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

/// One principal. Each text may have holes.
#[derive(Clone, Debug)]
enum Entry {
    /// `{"AWS": "*"}`.
    Star,
    /// An account, by its number or its root user's ARN; with the partition, if it is told.
    Account {
        account: Template,
        partition: Option<Template>,
    },
    /// Another ARN.
    Arn(Template),
    Service(Template),
    Federated(Template),
    /// A canonical user id: no caller of ours.
    Canonical,
    /// An account, an ARN or everyone: nobody can say which.
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
            let rest = atoms.rest("`Principal`");
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
        if !self.complete {
            return atoms.rest("`NotPrincipal`");
        }
        if caller.kind() == CallerKind::Anyone {
            let mut listed = Formula::False;
            for entry in &self.entries {
                listed = listed.or(entry.may_be_caller(atoms));
            }
            return listed.negated();
        }
        let lists = |name: &Template| {
            let entry = |entry: &Entry| match entry {
                Entry::Arn(text) | Entry::Service(text) | Entry::Federated(text) => {
                    same_name(text, name)
                }
                Entry::Hole(text) => same_name(text, name).or(Answer::Maybe),
                Entry::Star | Entry::Account { .. } | Entry::Canonical => Answer::No,
            };
            self.entries.iter().map(entry).fold(Answer::No, Answer::or)
        };
        let mut chain = Vec::new();
        if caller.kind() != CallerKind::Root {
            chain.push(lists(caller.template()));
        }
        match (caller.kind(), caller.role()) {
            (CallerKind::Session, Some(role)) if role != caller.template() => {
                chain.push(lists(role));
            }
            (CallerKind::Session, None) => chain.push(lists(&role_without_path(caller))),
            _ => {}
        }
        if caller.account_template().is_some() && caller.kind() != CallerKind::Federated {
            let account = |entry: &Entry| entry.is_account_of(caller);
            chain.push(
                self.entries
                    .iter()
                    .map(account)
                    .fold(Answer::No, Answer::or),
            );
        }
        let all = |wanted| chain.iter().all(|listed| *listed == wanted);
        if all(Answer::Yes) {
            Formula::False
        } else if all(Answer::No) {
            Formula::True
        } else {
            // Whether the whole chain is listed or a part may hang on holes; of a part, AWS does not say what it does.
            atoms.undocumented("`NotPrincipal` with part of a caller's chain", caller.arn())
        }
    }
}

impl Entry {
    fn of(entry: &policy::PrincipalEntry) -> Entry {
        let value = &entry.value.value;
        match entry.kind.value.as_str() {
            "AWS" => Entry::of_aws(value),
            "Service" => Entry::Service(value.clone()),
            "Federated" => Entry::Federated(value.clone()),
            _ => Entry::Canonical,
        }
    }

    fn of_aws(value: &Template) -> Entry {
        match value.as_literal() {
            Some("*") => return Entry::Star,
            Some(text) if is_account(text) => {
                return Entry::Account {
                    account: value.clone(),
                    partition: None,
                };
            }
            _ => {}
        }
        let fields = arn::fields(value);
        let is = |field: &Template, text: &str| field.as_literal() == Some(text);
        match fields.as_slice() {
            [head, partition, service, region, account, name]
                if is(head, "arn") && is(service, "iam") && is(region, "") && is(name, "root") =>
            {
                match account.as_literal() {
                    Some(literal) if !is_account(literal) => Entry::Arn(value.clone()),
                    _ => Entry::Account {
                        account: account.clone(),
                        partition: Some(partition.clone()),
                    },
                }
            }
            [head, _, _, _, _, _] if is(head, "arn") => Entry::Arn(value.clone()),
            _ if value.is_known() => Entry::Arn(value.clone()),
            _ => Entry::Hole(value.clone()),
        }
    }

    /// Whether it is the caller's account.
    fn is_account_of(&self, caller: &Caller) -> Answer {
        let Some(theirs) = caller.account_template() else {
            return Answer::No;
        };
        match self {
            Entry::Account { account, partition } => {
                let same = same_account(account, theirs);
                match (partition, arn::fields(caller.template()).get(1)) {
                    (None, _) => same,
                    (Some(mine), Some(theirs)) => same.and(same_name(mine, theirs)),
                    (Some(_), None) => same.and(Answer::Maybe),
                }
            }
            Entry::Hole(text) => match same_account(text, theirs) {
                Answer::Yes => Answer::Yes,
                // It may be the ARN of the root user.
                Answer::Maybe | Answer::No => Answer::Maybe,
            },
            Entry::Arn(text) => {
                let fields = arn::fields(text);
                let [head, partition, service, region, account, name] = fields.as_slice() else {
                    return Answer::No;
                };
                let is = |field: &Template, text: &str| same_name(field, &Template::literal(text));
                let is_root = is(head, "arn")
                    .and(is(service, "iam"))
                    .and(is(region, ""))
                    .and(is(name, "root"));
                if is_root == Answer::No || text.is_known() {
                    return Answer::No;
                }
                let same = is_root.and(same_account(account, theirs));
                match arn::fields(caller.template()).get(1) {
                    Some(theirs) => same.and(same_name(partition, theirs)),
                    None => same,
                }
            }
            Entry::Star | Entry::Service(_) | Entry::Federated(_) | Entry::Canonical => Answer::No,
        }
    }

    /// The answer as a formula, about this entry.
    fn formula(&self, answer: Answer, atoms: &mut Atoms) -> Formula {
        match (answer, self) {
            (Answer::Yes, _) => Formula::True,
            (Answer::No, _) | (_, Entry::Star | Entry::Canonical) => Formula::False,
            (Answer::Maybe, Entry::Account { account, .. }) => atoms.formula(Atom::Hole {
                text: format!("{account} as the caller's account"),
            }),
            (
                Answer::Maybe,
                Entry::Arn(text)
                | Entry::Service(text)
                | Entry::Federated(text)
                | Entry::Hole(text),
            ) => atoms.formula(Atom::Hole {
                text: format!("{text} as the caller"),
            }),
        }
    }

    /// Whether it is a caller of whom nothing is known.
    fn may_be_caller(&self, atoms: &mut Atoms) -> Formula {
        let name = match self {
            Entry::Hole(_) => return self.formula(Answer::Maybe, atoms),
            Entry::Star => "*".to_string(),
            Entry::Canonical => "a canonical user".to_string(),
            Entry::Account { account: name, .. }
            | Entry::Arn(name)
            | Entry::Service(name)
            | Entry::Federated(name) => name.to_string(),
        };
        atoms.formula(Atom::Variable {
            key: "aws:principalarn".to_string(),
            text: format!("the caller is `{name}`"),
        })
    }

    fn means(&self, request: &Request, place: Place, atoms: &mut Atoms) -> Meant {
        let caller = request.principal();
        let direct = |formula: Formula| Meant::only_directly(formula);
        let is_kind = |kind: CallerKind| caller.kind() == kind;
        if is_kind(CallerKind::Anyone) {
            return direct(match self {
                Entry::Star => Formula::True,
                Entry::Canonical => Formula::False,
                entry => entry.may_be_caller(atoms),
            });
        }
        match self {
            Entry::Star => direct(if is_kind(CallerKind::Service) {
                atoms.undocumented("`{\"AWS\": \"*\"}` for an AWS service", caller.arn())
            } else {
                Formula::True
            }),
            Entry::Account { .. } => self.account_means(caller, place, atoms),
            Entry::Arn(arn) => {
                let by_account = match self.is_account_of(caller) {
                    Answer::No => Meant::only_directly(Formula::False),
                    _ => self.account_means(caller, place, atoms),
                };
                self.arn_means(arn, request.context(), caller, place, atoms)
                    .or(by_account)
            }
            Entry::Service(name) | Entry::Federated(name) => {
                let kind = match self {
                    Entry::Service(_) => CallerKind::Service,
                    _ => CallerKind::Federated,
                };
                let same = match is_kind(kind) {
                    true => same_name(name, caller.template()),
                    false => Answer::No,
                };
                direct(self.formula(same, atoms))
            }
            Entry::Canonical => direct(Formula::False),
            // It may be everyone, the account, the role or the caller itself.
            Entry::Hole(text) => {
                if is_kind(CallerKind::Service) {
                    return direct(self.formula(Answer::Maybe, atoms));
                }
                let is = |name: Option<&Template>| {
                    name.is_some_and(|name| same_name(text, name) == Answer::Yes)
                };
                if is(caller.role()) || is(Some(caller.template())) {
                    return self.arn_means(text, request.context(), caller, place, atoms);
                }
                if self.is_account_of(caller) == Answer::Yes {
                    return self.account_means(caller, place, atoms);
                }
                let open = self.formula(Answer::Maybe, atoms);
                Meant {
                    directly: open.clone(),
                    by_role: open.clone(),
                    by_account: open,
                }
            }
        }
    }

    fn account_means(&self, caller: &Caller, place: Place, atoms: &mut Atoms) -> Meant {
        let is_theirs = match caller.kind() {
            CallerKind::Service => Answer::No,
            _ => self.is_account_of(caller),
        };
        let is_theirs = self.formula(is_theirs, atoms);
        match caller.kind() {
            CallerKind::Root => Meant::only_directly(is_theirs),
            _ if place.is_gateway => Meant::only_directly(Formula::False),
            _ => Meant::only_by_account(is_theirs),
        }
    }

    fn arn_means(
        &self,
        arn: &Template,
        context: &Context,
        caller: &Caller,
        place: Place,
        atoms: &mut Atoms,
    ) -> Meant {
        let is_role_itself = caller
            .role()
            .map_or(Answer::No, |role| same_name(arn, role));
        let is_caller = same_name(arn, caller.template());
        if is_role_itself.or(is_caller) != Answer::No {
            if place.is_gateway && caller.kind() != CallerKind::Root {
                let open = atoms.undocumented(
                    "a user or role as principal at a gateway endpoint",
                    arn.to_string(),
                );
                return Meant::only_directly(open);
            }
            return if is_role_itself != Answer::No && is_role_itself >= is_caller {
                Meant::only_by_role(self.formula(is_role_itself, atoms))
            } else {
                Meant::only_directly(self.formula(is_caller, atoms))
            };
        }
        if caller.kind() == CallerKind::Session && caller.role().is_none() {
            return self.role_with_path_means(arn, context, caller, atoms);
        }
        if caller.kind() == CallerKind::FederatedUser
            && arn.contains(":user/")
            && let (Some(mine), Some(theirs)) = (arn::fields(arn).get(4), caller.account_template())
            && same_account(mine, theirs) != Answer::No
        {
            let open = atoms.undocumented("whose session a federated user's is", arn.to_string());
            return Meant::only_by_role(open);
        }
        if let Some(text) = arn.as_literal()
            && text.contains(['*', '?'])
            && [Some(caller.template()), caller.role()]
                .into_iter()
                .flatten()
                .any(|name| glob_matches(text, &name.to_string()))
        {
            return Meant::only_directly(atoms.undocumented("a wildcard inside a principal", text));
        }
        Meant::only_directly(Formula::False)
    }

    /// Of a session whose role's path is not known: the session's ARN does not tell.
    fn role_with_path_means(
        &self,
        arn: &Template,
        context: &Context,
        caller: &Caller,
        atoms: &mut Atoms,
    ) -> Meant {
        let role = role_without_path(caller);
        let is_it = same_name(arn, &role);
        let may_have_path = match (arn.as_literal(), role.as_literal()) {
            (Some(arn), Some(role)) => {
                let (prefix, name) = role.rsplit_once('/').unwrap_or((role, ""));
                arn.strip_prefix(prefix)
                    .and_then(|rest| rest.strip_suffix(name))
                    .is_some_and(|path| path.starts_with('/') && path.ends_with('/'))
            }
            // With holes: wherever a path would make it the same.
            _ => role.rsplit_once('/').is_some_and(|(prefix, name)| {
                let mut with_path = prefix;
                with_path.push_literal("/");
                with_path.push_hole("path", "path");
                with_path.push(&name);
                same_name(arn, &with_path) != Answer::No
            }),
        };
        let is_unknown = matches!(
            context.get("aws:principalarn"),
            Fact::Unknown | Fact::Present
        );
        match (is_it != Answer::No || may_have_path, is_unknown) {
            (true, true) => Meant::only_by_role(atoms.formula(Atom::Variable {
                key: "aws:principalarn".to_string(),
                text: format!("the caller's role is `{arn}`"),
            })),
            // Nothing says that the role has a path.
            (true, false) => Meant::only_by_role(self.formula(is_it, atoms)),
            (false, _) => Meant::only_by_role(Formula::False),
        }
    }
}

/// The ARN that the session's role has if it has no path.
fn role_without_path(caller: &Caller) -> Template {
    let fields = arn::fields(caller.template());
    let mut role = Template::literal("arn:");
    role.push(fields.get(1).unwrap_or(&Template::literal("aws")));
    role.push_literal(":iam::");
    if let Some(account) = caller.account_template() {
        role.push(account);
    }
    role.push_literal(":role/");
    let session = fields.get(5).and_then(|name| name.split_once('/'));
    if let Some((_, session)) = session {
        match session.split_once('/') {
            Some((name, _)) => role.push(&name),
            None => role.push(&session),
        }
    }
    role
}
