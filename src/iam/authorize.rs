//! The whole question: every layer, one answer.
//!
//! | who asks | what must allow |
//! |---|---|
//! | someone of the resource's account | identity policies and limits, or the resource's policy |
//! | someone of another account | identity policies and limits, and the resource's policy |
//! | an AWS service | the resource's policy |
//! | the root user | nothing, in its own account |
//!
//! Besides, each level of service control policies and the endpoint on the route must allow, and nothing may deny
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>; across accounts:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>; the resource's
//! policy and permissions boundaries:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>).

use super::Answer;
use super::formula::{Atoms, Formula};
use super::layers::{self, Layers, Side};
use super::request::{CallerKind, Request};
use super::stack::Stack;
use super::verdict::{Atom, Decision, Outcome, StatementRef, Verdict, layer_name};
use super::worlds;
use crate::model::policy::{Effect, Layer};
use crate::model::template::Template;

/// What AWS would answer to the request, given the policies.
#[must_use]
pub fn authorize(request: &Request, stack: &Stack<'_>) -> Decision {
    let mut atoms = Atoms::default();
    let combined = Combined::of(request, stack, &mut atoms);
    let allowed = combined.allowed();
    let found = worlds::decide(&allowed, atoms.list());
    let deny = &combined.layers.deny;
    let outcome = match found.verdict {
        Verdict::Allowed => Some(Outcome::Allow),
        Verdict::Denied if deny.applies.is_true() => Some(Outcome::ExplicitDeny),
        Verdict::Denied if deny.applies.is_false() => Some(Outcome::ImplicitDeny),
        _ => None,
    };
    let is_closed = stack.is_closed()
        && request.context().is_closed()
        && stack
            .policies()
            .iter()
            .all(|policy| layers::is_whole(policy.policy));
    Decision {
        outcome: outcome.filter(|_| is_closed),
        verdict: found.verdict,
        deciding: match outcome {
            Some(Outcome::ExplicitDeny) => deny.first,
            Some(Outcome::Allow) => combined.granting(),
            _ => None,
        },
        limited_by: match outcome {
            Some(Outcome::ImplicitDeny) => combined.limiting(),
            _ => Vec::new(),
        },
        depends_on: found.depends_on,
        allowed_if: found.allowed_if,
    }
}

/// The layers, joined as the caller's and the resource's accounts demand.
struct Combined<'p> {
    layers: Layers<'p>,
    kind: CallerKind,
    /// Whether the caller's and the resource's accounts differ.
    crosses: Formula,
    assumes_role: bool,
    /// Unseen policies included.
    deny: Formula,
    identity: Formula,
    boundary: Formula,
    session: Formula,
    scp: Formula,
    endpoint: Formula,
    direct: Formula,
    by_role: Formula,
    by_account: Formula,
}

impl<'p> Combined<'p> {
    fn of(request: &Request, stack: &Stack<'p>, atoms: &mut Atoms) -> Combined<'p> {
        let layers = Layers::of(request, stack, atoms);
        // Strictly, whoever calls a layer open says that what it hides may deny, even where AWS would not ask it; it
        // can allow only where AWS would.
        let mut unseen = |layer, effect| {
            let has_a_say = effect == Effect::Deny || layers::concerns(layer, request);
            if stack.is_open(layer) && has_a_say {
                atoms.formula(Atom::Unseen { layer, effect })
            } else {
                Formula::False
            }
        };
        let mut deny = layers.deny.applies.clone();
        for layer in LAYERS {
            deny = deny.or(unseen(layer, Effect::Deny));
        }
        let mut limit = |layer, side: Option<&Side<'_>>| match side {
            None => Formula::True,
            Some(side) => side.applies.clone().or(unseen(layer, Effect::Allow)),
        };
        let boundary = limit(Layer::Boundary, layers.boundary.as_ref());
        let session = limit(Layer::Session, layers.session.as_ref());
        let endpoint = limit(Layer::Endpoint, layers.endpoint.as_ref());
        let scp = layers.scp.iter().fold(Formula::True, |all, (_, side)| {
            all.and(limit(Layer::ServiceControl, Some(side)))
        });
        let identity = limit(Layer::Identity, Some(&layers.identity));
        let direct = RESOURCE_LAYERS
            .into_iter()
            .fold(layers.direct.applies.clone(), |any, layer| {
                any.or(unseen(layer, Effect::Allow))
            });
        Combined {
            kind: request.principal().kind(),
            crosses: crosses(request, atoms),
            assumes_role: request.assumes_role(),
            deny,
            identity,
            boundary,
            session,
            scp,
            endpoint,
            direct,
            by_role: layers.by_role.applies.clone(),
            by_account: layers.by_account.applies.clone(),
            layers,
        }
    }

    fn limits(&self) -> Formula {
        self.boundary.clone().and(self.session.clone())
    }

    /// Some policy of the resource means the caller, in whatever way.
    fn named(&self) -> Formula {
        self.direct
            .clone()
            .or(self.by_role.clone())
            .or(self.by_account.clone())
    }

    fn granted(&self) -> Formula {
        match &self.crosses {
            Formula::True => self.granted_if(true),
            Formula::False => self.granted_if(false),
            open => {
                let across = open.clone().and(self.granted_if(true));
                across.or(open.clone().negated().and(self.granted_if(false)))
            }
        }
    }

    fn granted_if(&self, crosses: bool) -> Formula {
        let from_identity = || self.identity.clone().and(self.limits());
        match self.kind {
            CallerKind::Service | CallerKind::Federated => self.direct.clone(),
            // It needs no identity policy, but the other account's consent.
            CallerKind::Root if crosses || self.assumes_role => self.named(),
            CallerKind::Root => Formula::True,
            _ if crosses => from_identity().and(self.named()),
            _ => {
                let by_resource = self
                    .direct
                    .clone()
                    .or(self.by_role.clone().and(self.limits()));
                if self.assumes_role {
                    // A role is assumed only with its trust policy's consent:
                    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
                    by_resource.or(self.by_account.clone().and(from_identity()))
                } else {
                    from_identity().or(by_resource)
                }
            }
        }
    }

    fn allowed(&self) -> Formula {
        if self.deny.is_true() {
            return Formula::False;
        }
        self.granted()
            .and(self.scp.clone())
            .and(self.endpoint.clone())
            .and(self.deny.clone().negated())
    }

    /// The statement that makes an allowed request allowed.
    fn granting(&self) -> Option<StatementRef> {
        let layers = &self.layers;
        let limits = self.limits().is_true();
        let crosses = self.crosses.is_true();
        let by_resource = layers
            .direct
            .first
            .into_iter()
            .chain(layers.by_role.first.filter(|_| limits || crosses))
            .chain(
                layers
                    .by_account
                    .first
                    .filter(|_| crosses || self.assumes_role),
            )
            .min();
        let by_identity = layers.identity.first.filter(|_| limits);
        match self.kind {
            CallerKind::Service | CallerKind::Federated | CallerKind::Root => by_resource,
            _ if self.assumes_role => by_resource,
            _ => by_identity.or(by_resource),
        }
    }

    /// The layers that would have to allow it and do not.
    fn limiting(&self) -> Vec<Layer> {
        match self.crosses {
            Formula::True => self.limiting_if(true),
            Formula::False => self.limiting_if(false),
            _ => {
                // What lacks in both cases is to be mended first.
                let (across, within) = (self.limiting_if(true), self.limiting_if(false));
                let both = across.iter().filter(|layer| within.contains(layer));
                let both: Vec<_> = both.copied().collect();
                if both.is_empty() { across } else { both }
            }
        }
    }

    fn limiting_if(&self, crosses: bool) -> Vec<Layer> {
        let mut limiting = Vec::new();
        let mut note = |formula: &Formula, layer| {
            if formula.is_false() {
                limiting.push(layer);
            }
        };
        note(&self.scp, Layer::ServiceControl);
        note(&self.endpoint, Layer::Endpoint);
        let resource = if self.assumes_role {
            Layer::Trust
        } else {
            Layer::Repository
        };
        let granted = self.granted_if(crosses);
        if granted.is_false() {
            match self.kind {
                CallerKind::Service | CallerKind::Federated | CallerKind::Root => {
                    note(&granted, resource);
                }
                _ if crosses => {
                    note(&self.identity, Layer::Identity);
                    note(&self.boundary, Layer::Boundary);
                    note(&self.session, Layer::Session);
                    note(&self.named(), resource);
                }
                _ if self.assumes_role && self.named().is_false() => {
                    note(&Formula::False, Layer::Trust);
                }
                // Whoever is granted nothing is not limited by what limits grants.
                _ if self.identity.is_false() && self.by_role.is_false() => {
                    note(&self.identity, Layer::Identity);
                }
                _ => {
                    note(&self.boundary, Layer::Boundary);
                    note(&self.session, Layer::Session);
                }
            }
        }
        limiting.sort_by_key(|layer| layer_name(*layer));
        limiting
    }
}

/// Whether the caller's and the resource's accounts differ.
fn crosses(request: &Request, atoms: &mut Atoms) -> Formula {
    match request.crosses_accounts() {
        Answer::Yes => Formula::True,
        Answer::No => Formula::False,
        Answer::Maybe => {
            let of =
                |account: Option<&Template>| account.map_or(String::new(), Template::to_string);
            atoms.formula(Atom::Hole {
                text: format!(
                    "the caller's account {} and the resource's {}",
                    of(request.principal().account_template()),
                    of(request.owner())
                ),
            })
        }
    }
}

/// Every layer that may hold unseen policies.
const LAYERS: [Layer; 10] = [
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
    Layer::ServiceControl,
    Layer::ResourceControl,
    Layer::Trust,
    Layer::Repository,
    Layer::Registry,
    Layer::Endpoint,
    Layer::OtherResource,
];

const RESOURCE_LAYERS: [Layer; 4] = [
    Layer::Trust,
    Layer::Repository,
    Layer::Registry,
    Layer::OtherResource,
];
