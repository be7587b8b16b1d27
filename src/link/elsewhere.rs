//! What one declaration leaves to another to say: whose policy an endpoint policy of its own is, what a route leads to.
//!
//! Rules and flows then find it where they look, whoever said it.

use crate::model::Facts;
use crate::model::endpoint::{EndpointPartKind, VpcEndpoint};
use crate::model::network::RouteTarget;
use crate::model::policy::Policy;
use crate::model::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Puts in place what other declarations say.
pub(super) fn settle(facts: &mut Facts) {
    routes(facts);
    endpoint_policies(facts);
}

/// Where routes lead: a gateway that is declared knows better than the property that names it.
fn routes(facts: &mut Facts) {
    let gateways: BTreeMap<&Template, RouteTarget> = facts
        .gateways
        .iter()
        .map(|gateway| (&gateway.id, gateway.kind))
        .collect();
    for route in &mut facts.routes {
        let known = route.via.as_ref().and_then(|via| gateways.get(&via.value));
        route.target = known.copied().unwrap_or(route.target);
    }
}

/// Gives policies of endpoints that are declared apart what is known of their endpoint.
fn endpoint_policies(facts: &mut Facts) {
    if facts.endpoint_parts.is_empty() {
        return;
    }
    let mut endpoints: BTreeMap<&Template, Vec<&VpcEndpoint>> = BTreeMap::new();
    for endpoint in &facts.endpoints {
        endpoints.entry(&endpoint.id).or_default().push(endpoint);
    }
    let listed: BTreeMap<*const Policy, usize> = facts
        .policies
        .iter()
        .enumerate()
        .map(|(at, policy)| (Arc::as_ptr(policy), at))
        .collect();
    for part in &mut facts.endpoint_parts {
        let EndpointPartKind::Policy(Some(policy)) = &mut part.kind else {
            continue;
        };
        let endpoint = endpoints
            .get(&part.endpoint.value)
            .into_iter()
            .flatten()
            .find(|endpoint| endpoint.origin.scope.can_meet(&part.origin.scope))
            .filter(|_| policy.endpoint_service.is_none());
        let Some(endpoint) = endpoint else { continue };
        let at = listed.get(&Arc::as_ptr(policy)).copied();
        *policy = Arc::new(Policy {
            endpoint_service: Some(endpoint.service.clone()),
            endpoint_is_gateway: endpoint.is_gateway,
            ..(**policy).clone()
        });
        // It stays one policy, here and among all.
        if let Some(listed) = at.and_then(|at| facts.policies.get_mut(at)) {
            *listed = Arc::clone(policy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoint::EndpointPart;
    use crate::model::network::{Gateway, Route};
    use crate::model::origin::Origin;
    use crate::model::policy::{Layer, PolicyDocument};
    use crate::source::{Loc, Spanned};

    fn origin() -> Origin {
        Origin::alone(Loc::NOWHERE, "x", "t")
    }

    fn hole(name: &str) -> Template {
        Template::hole(name, name)
    }

    #[test]
    fn a_declared_gateway_says_what_a_route_leads_to() {
        let route = |via: &str, target| Route {
            origin: origin(),
            route_table: Spanned::new(hole("table"), Loc::NOWHERE),
            destination: None,
            target,
            via: Some(Spanned::new(hole(via), Loc::NOWHERE)),
        };
        let gateway = |id: &str, kind| Gateway {
            origin: origin(),
            id: hole(id),
            kind,
        };
        use RouteTarget::{Elsewhere, InternetGateway, Nat, Unknown};
        let mut facts = Facts {
            routes: vec![
                route("internet", Unknown),
                route("private", Nat),
                route("public", Nat),
                route("stranger", Unknown),
            ],
            gateways: vec![
                gateway("internet", InternetGateway),
                gateway("private", Elsewhere),
            ],
            ..Facts::default()
        };
        settle(&mut facts);
        let targets: Vec<_> = facts.routes.iter().map(|route| route.target).collect();
        assert_eq!(targets, [InternetGateway, Elsewhere, Nat, Unknown]);
    }

    #[test]
    fn a_policy_declared_apart_learns_its_endpoint() {
        let policy = || {
            Arc::new(Policy {
                document: PolicyDocument {
                    loc: Loc::NOWHERE,
                    version: None,
                    id: None,
                    statements: Vec::new(),
                    faults: Vec::new(),
                    complete: true,
                    size: None,
                },
                layer: Layer::Endpoint,
                layer_is_certain: true,
                origin: None,
                endpoint_service: None,
                endpoint_is_gateway: None,
            })
        };
        let part = |endpoint: &str, policy: &Arc<Policy>| EndpointPart {
            origin: origin(),
            endpoint: Spanned::new(hole(endpoint), Loc::NOWHERE),
            kind: EndpointPartKind::Policy(Some(Arc::clone(policy))),
        };
        let service = Template::literal("com.amazonaws.eu-west-1.ecr.dkr");
        let endpoint = VpcEndpoint {
            loc: Loc::NOWHERE,
            origin: origin(),
            id: hole("dkr"),
            service: Spanned::new(service.clone(), Loc::NOWHERE),
            service_region: None,
            vpc: None,
            is_gateway: Some(false),
            private_dns: None,
            private_dns_by_default: false,
            policy: None,
            policy_is_read: true,
            subnets: Vec::new(),
            security_groups: Vec::new(),
            route_tables: Vec::new(),
            network_is_read: true,
        };
        let (known, stranger) = (policy(), policy());
        let mut facts = Facts {
            endpoints: vec![endpoint],
            endpoint_parts: vec![part("dkr", &known), part("s3", &stranger)],
            policies: vec![stranger, known],
            ..Facts::default()
        };
        settle(&mut facts);
        let services: Vec<_> = facts
            .policies
            .iter()
            .map(|policy| {
                policy
                    .endpoint_service
                    .as_ref()
                    .map(|one| one.value.clone())
            })
            .collect();
        assert_eq!(services, [None, Some(service)]);
        let shared = facts.endpoint_parts.iter().zip(facts.policies.iter().rev());
        for (part, listed) in shared {
            assert!(
                matches!(&part.kind, EndpointPartKind::Policy(Some(policy)) if Arc::ptr_eq(policy, listed))
            );
        }
    }
}
