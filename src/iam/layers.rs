//! What the statements of every layer say to one request.

use super::Answer;
use super::compiled::{Compiled, List, Resource, Statement};
use super::formula::{Atoms, Formula};
use super::matching::Entry;
use super::principal::{Meant, Place};
use super::request::{CallerKind, Request, Target};
use super::stack::{Attached, Stack};
use super::verdict::{Atom, StatementRef};
use crate::model::policy::{Effect, Layer};

/// The statements of one effect in one layer.
#[derive(Clone, Debug)]
pub(super) struct Side<'p> {
    /// Whether one of them applies.
    pub(super) applies: Formula,
    /// The first that applies for certain.
    pub(super) first: Option<StatementRef>,
    /// The resources of statements that apply for certain to those among the requested ones.
    parts: Vec<&'p Entry>,
}

impl<'p> Side<'p> {
    pub(super) fn new() -> Side<'p> {
        Side {
            applies: Formula::False,
            first: None,
            parts: Vec::new(),
        }
    }

    /// Adds what a statement says to whom it means.
    pub(super) fn take(&mut self, at: StatementRef, said: &Said<'p>, meant: Formula) {
        if let Some(list) = said.part.filter(|_| meant.is_true()) {
            self.parts.extend(list.entries.iter().map(|one| &one.entry));
        }
        let applies = meant.and(said.rest.clone()).and(said.resource.clone());
        if applies.is_true() && self.first.is_none_or(|first| at < first) {
            self.first = Some(at);
        }
        self.merge(applies);
    }

    pub(super) fn merge(&mut self, applies: Formula) {
        if !applies.is_false() {
            let before = std::mem::replace(&mut self.applies, Formula::False);
            self.applies = before.or(applies);
        }
    }

    /// Statements that reach the requested resources only together.
    pub(super) fn join(&mut self, request: &Request, atoms: &mut Atoms) {
        let is_pattern = matches!(request.target(), Target::Pattern(_));
        if !is_pattern || self.parts.len() < 2 || self.applies.is_true() {
            return;
        }
        match request.asked().covered_by(&self.parts) {
            Answer::Yes => self.applies = Formula::True,
            Answer::Maybe if request.asked().is_too_complex(&self.parts) => {
                self.merge(atoms.formula(Atom::TooComplex));
            }
            Answer::Maybe | Answer::No => {}
        }
    }
}

/// What a statement says to a request that it is asked about, whomever it means.
pub(super) struct Said<'p> {
    /// All but the resource.
    rest: Formula,
    resource: Formula,
    /// The resources, if it is only they that may not be the requested ones, or not all of them.
    part: Option<&'p List<Resource>>,
}

impl<'p> Said<'p> {
    /// `None` if it says nothing to the request.
    pub(super) fn of(
        statement: &'p Statement,
        is_asked: &Formula,
        request: &Request,
        may_leave_out_resource: bool,
        atoms: &mut Atoms,
    ) -> Option<Said<'p>> {
        let action = statement.names_action(request.action(), atoms);
        if action.is_false() {
            return None;
        }
        let resource = statement.names_resource(request, may_leave_out_resource, atoms);
        if resource.is_false() {
            return None;
        }
        let conditions = statement.conditions_hold(request, atoms);
        if conditions.is_false() {
            return None;
        }
        let rest = is_asked.clone().and(action).and(conditions);
        let is_part = rest.is_true() && !resource.is_true();
        Some(Said {
            part: statement
                .resource
                .as_ref()
                .filter(|list| is_part && !list.negated && list.complete),
            rest,
            resource,
        })
    }
}

/// Every layer's say.
#[derive(Clone, Debug)]
pub(super) struct Layers<'p> {
    pub(super) deny: Side<'p>,
    pub(super) identity: Side<'p>,
    /// The limits that there are; without a policy a layer does not limit.
    pub(super) boundary: Option<Side<'p>>,
    pub(super) session: Option<Side<'p>>,
    pub(super) endpoint: Option<Side<'p>>,
    /// By level, in order of first mention.
    pub(super) scp: Vec<(Option<&'p str>, Side<'p>)>,
    /// Grants of the resource's policy, by how they mean the caller.
    pub(super) direct: Side<'p>,
    pub(super) by_role: Side<'p>,
    pub(super) by_account: Side<'p>,
    /// Whether some policy of the resource was asked.
    pub(super) has_resource_policy: bool,
}

/// Whether the layer has a say in the request at all.
pub(super) fn concerns(layer: Layer, request: &Request) -> bool {
    let kind = request.principal().kind();
    match layer {
        // Neither an AWS service nor someone from outside has identity policies.
        Layer::Identity | Layer::Boundary | Layer::Session => matches!(
            kind,
            CallerKind::User
                | CallerKind::Session
                | CallerKind::FederatedUser
                | CallerKind::Other
                | CallerKind::Anyone
        ),
        Layer::ServiceControl => !matches!(kind, CallerKind::Service | CallerKind::Federated),
        Layer::Trust => request.assumes_role(),
        Layer::Repository | Layer::Registry | Layer::OtherResource => {
            !request.assumes_role() && request.has_resource()
        }
        Layer::Endpoint | Layer::ResourceControl => true,
    }
}

/// Whether the policy is asked about the request where it is attached.
pub(super) fn is_asked(attached: &Attached<'_>, request: &Request) -> Answer {
    match attached.layer {
        layer if !concerns(layer, request) => Answer::No,
        Layer::Registry => attached.registry_scope.asks_about(request.action()),
        _ => Answer::Yes,
    }
}

/// Whether its statements mean what they are attached to when they have no `Resource`.
pub(super) fn may_leave_out_resource(layer: Layer) -> bool {
    matches!(layer, Layer::Repository | Layer::Trust)
}

impl<'p> Layers<'p> {
    pub(super) fn of(request: &Request, stack: &Stack<'p>, atoms: &mut Atoms) -> Layers<'p> {
        let mut layers = Layers {
            deny: Side::new(),
            identity: Side::new(),
            boundary: None,
            session: None,
            endpoint: None,
            scp: Vec::new(),
            direct: Side::new(),
            by_role: Side::new(),
            by_account: Side::new(),
            has_resource_policy: false,
        };
        let has_boundary = stack
            .policies()
            .iter()
            .any(|policy| policy.layer == Layer::Boundary);
        for (at, attached) in stack.policies().iter().enumerate() {
            let is_asked = match is_asked(attached, request) {
                Answer::No => continue,
                Answer::Yes => Formula::True,
                Answer::Maybe => atoms.formula(Atom::Hole {
                    text: "the scope of the registry's policy".to_string(),
                }),
            };
            layers.add(at, attached, &is_asked, has_boundary, request, atoms);
        }
        for side in layers.sides() {
            side.join(request, atoms);
        }
        layers
    }

    fn sides(&mut self) -> impl Iterator<Item = &mut Side<'p>> {
        [
            &mut self.deny,
            &mut self.identity,
            &mut self.direct,
            &mut self.by_role,
            &mut self.by_account,
        ]
        .into_iter()
        .chain(&mut self.boundary)
        .chain(&mut self.session)
        .chain(&mut self.endpoint)
        .chain(self.scp.iter_mut().map(|(_, side)| side))
    }

    /// The allows of a layer that has one side only.
    fn side(&mut self, attached: &Attached<'p>) -> Option<&mut Side<'p>> {
        match attached.layer {
            Layer::Identity => Some(&mut self.identity),
            Layer::Boundary => Some(self.boundary.get_or_insert_with(Side::new)),
            Layer::Session => Some(self.session.get_or_insert_with(Side::new)),
            Layer::Endpoint => Some(self.endpoint.get_or_insert_with(Side::new)),
            Layer::ServiceControl => {
                let level = attached.level;
                let at = self.scp.iter().position(|(known, _)| *known == level);
                let at = at.unwrap_or_else(|| {
                    self.scp.push((level, Side::new()));
                    self.scp.len() - 1
                });
                self.scp.get_mut(at).map(|(_, side)| side)
            }
            // Its Allow side is fixed to everything:
            // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
            Layer::ResourceControl => None,
            Layer::Repository | Layer::Registry | Layer::Trust | Layer::OtherResource => None,
        }
    }

    fn add(
        &mut self,
        at: usize,
        attached: &Attached<'p>,
        is_asked: &Formula,
        has_boundary: bool,
        request: &Request,
        atoms: &mut Atoms,
    ) {
        let layer = attached.layer;
        self.has_resource_policy |= is_resource_policy(layer);
        // The layer limits even if its policy allows nothing.
        let _ = self.side(attached);
        if attached.policy.malformed.is_some() {
            let allows = atoms.formula(Atom::Malformed { policy: at });
            let denies = atoms.undocumented("a malformed policy", at.to_string());
            let (allows, denies) = (is_asked.clone().and(allows), is_asked.clone().and(denies));
            self.unseen(attached, allows, denies);
            return;
        }
        let place = Place {
            is_gateway: attached.is_gateway,
            has_boundary,
        };
        for (index, statement) in attached.policy.statements.iter().enumerate() {
            let reference = StatementRef {
                policy: at,
                statement: index,
            };
            self.statement(
                (reference, statement),
                attached,
                is_asked,
                place,
                request,
                atoms,
            );
        }
        if !attached.policy.complete {
            let unseen = |effect| Atom::Unseen { layer, effect };
            let allows = atoms.formula(unseen(Effect::Allow));
            let denies = atoms.formula(unseen(Effect::Deny));
            let (allows, denies) = (is_asked.clone().and(allows), is_asked.clone().and(denies));
            self.unseen(attached, allows, denies);
        }
    }

    fn unseen(&mut self, attached: &Attached<'p>, allows: Formula, denies: Formula) {
        self.deny.merge(denies);
        if is_resource_policy(attached.layer) {
            self.direct.merge(allows);
        } else if let Some(side) = self.side(attached) {
            side.merge(allows);
        }
    }

    fn statement(
        &mut self,
        (at, statement): (StatementRef, &'p Statement),
        attached: &Attached<'p>,
        is_asked: &Formula,
        place: Place,
        request: &Request,
        atoms: &mut Atoms,
    ) {
        atoms.look_at(at);
        let layer = attached.layer;
        let may_leave_out = may_leave_out_resource(layer);
        let Some(said) = Said::of(statement, is_asked, request, may_leave_out, atoms) else {
            return;
        };
        let meant = meant(statement, layer, place, request, atoms);
        let put = |side: &mut Side<'p>, meant| side.take(at, &said, meant);
        match statement.effect {
            Some(Effect::Deny) => put(&mut self.deny, meant.at_all()),
            Some(Effect::Allow) if is_resource_policy(layer) => {
                put(&mut self.direct, meant.directly);
                put(&mut self.by_role, meant.by_role);
                put(&mut self.by_account, meant.by_account);
            }
            Some(Effect::Allow) => {
                let meant = meant.at_all();
                if let Some(side) = self.side(attached) {
                    put(side, meant);
                }
            }
            None => {
                let text = format!("{} {}", at.policy, at.statement);
                let denies = atoms.undocumented("a statement of unknown effect", text.clone());
                let allows = atoms.undocumented("a statement of unknown effect ", text);
                self.unseen(attached, allows, denies);
            }
        }
    }
}

pub(super) fn meant(
    statement: &Statement,
    layer: Layer,
    place: Place,
    request: &Request,
    atoms: &mut Atoms,
) -> Meant {
    let directly = |formula| Meant {
        directly: formula,
        by_role: Formula::False,
        by_account: Formula::False,
    };
    match (&statement.principal, layer.takes_principal()) {
        (Some(principal), true) if principal.negated && statement.effect != Some(Effect::Deny) => {
            directly(atoms.undocumented("`NotPrincipal` with `Allow`", ""))
        }
        (Some(principal), true) => principal.means(request, place, atoms),
        (None, false) => directly(Formula::True),
        (None, true) => directly(atoms.undocumented("a statement without `Principal`", "")),
        (Some(_), false) => {
            directly(atoms.undocumented("a `Principal` in a policy of an identity", ""))
        }
    }
}

pub(super) fn is_resource_policy(layer: Layer) -> bool {
    matches!(
        layer,
        Layer::Repository | Layer::Registry | Layer::Trust | Layer::OtherResource
    )
}

/// Whether one of the policies could not be taken as it stands.
pub(super) fn is_whole(policy: &Compiled) -> bool {
    policy.complete && policy.malformed.is_none()
}
