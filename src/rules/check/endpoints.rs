//! What the rules on VPC endpoints share: whose endpoint it is, whether all of a VPC's are in sight, and whether there is
//! another way out of it.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::super::Context;
use crate::link::flow::Flow;
use crate::link::ways::{self, Egress};
use crate::model::Facts;
use crate::model::endpoint::VpcEndpoint;
use crate::model::network::RouteTarget;
use crate::model::template::Template;
use crate::source::Loc;

/// The services that a pull goes through besides S3.
pub(super) const REGISTRY: [&str; 2] = ["ecr.api", "ecr.dkr"];

/// Which of ECR's two services an endpoint is for, if it is for one.
pub(super) fn registry_service(endpoint: &VpcEndpoint) -> Option<&'static str> {
    REGISTRY
        .into_iter()
        .find(|service| ways::is_of_service(&endpoint.service.value, service))
}

/// Whether it may be the endpoint of `service`: its name is, or could not be read that far.
pub(super) fn may_be_of(endpoint: &VpcEndpoint, service: &str) -> bool {
    may_name(&endpoint.service.value, service)
}

/// Whether a service name may be that of `service`.
pub(super) fn may_name(name: &Template, service: &str) -> bool {
    ways::may_be_of_service(name, service)
}

/// The Region of an endpoint's service.
pub(super) fn region(endpoint: &VpcEndpoint) -> Option<Template> {
    if let Some(given) = &endpoint.service_region {
        return Some(given.value.clone());
    }
    let (_, tail) = endpoint.service.value.split_once_str("amazonaws.")?;
    let (region, _) = tail.split_once_str(".ecr.")?;
    Some(region)
}

/// A VPC with endpoints of ECR, and what is known of it.
pub(super) struct Network<'a> {
    /// Its endpoints, as far as they can exist beside each other.
    pub(super) endpoints: Vec<&'a VpcEndpoint>,
    /// Endpoints of a VPC that is not known, and so perhaps of this one.
    pub(super) strangers: Vec<&'a VpcEndpoint>,
    /// Flows that surely run in it.
    pub(super) flows: Vec<&'a Flow>,
    /// Whether it is declared in sight, so that what belongs to it is as well.
    pub(super) is_declared: bool,
    /// Whether there is a way out of it besides, as far as anything in sight tells: of the subnets in which the flows run,
    /// or of the VPC where no flow is known to run in it.
    pub(super) egress: Egress,
}

/// Every VPC that has an endpoint of ECR for certain, once a reading.
pub(super) fn networks<'a>(cx: &Context<'a>) -> Vec<Network<'a>> {
    let facts = &cx.workspace.facts;
    let mut seen: Vec<(&Template, &[_])> = Vec::new();
    let mut found = Vec::new();
    for endpoint in &facts.endpoints {
        let Some(vpc) = endpoint.vpc.as_ref().map(|vpc| &vpc.value) else {
            continue;
        };
        let scope = &endpoint.origin.scope;
        if registry_service(endpoint).is_none() {
            continue;
        }
        let reading = scope.assuming.as_slice();
        if seen.contains(&(vpc, reading)) {
            continue;
        }
        seen.push((vpc, reading));
        let is_declared = facts.vpcs.iter().any(|one| one.id == *vpc);
        let (endpoints, others): (Vec<&VpcEndpoint>, Vec<&VpcEndpoint>) = facts
            .endpoints
            .iter()
            .filter(|other| other.origin.scope.can_meet(scope))
            .partition(|other| other.vpc.as_ref().is_some_and(|one| one.value == *vpc));
        let strangers = others
            .into_iter()
            .filter(|other| {
                other.vpc.as_ref().is_none_or(|one| {
                    let both_known = one.value.is_known() && vpc.is_known();
                    let both_declared =
                        is_declared && facts.vpcs.iter().any(|vpc| vpc.id == one.value);
                    !both_known && !both_declared
                })
            })
            .collect();
        let flows: Vec<&Flow> = cx
            .workspace
            .flows
            .iter()
            .filter(|flow| flow.way.vpc.as_ref() == Some(vpc) && !flow.way.is_guessed)
            .collect();
        let egress = if flows.is_empty() {
            of_vpc(facts, endpoint, vpc, is_declared)
        } else if flows.iter().any(|flow| flow.way.egress == Egress::Closed) {
            Egress::Closed
        } else if flows.iter().all(|flow| flow.way.egress == Egress::Open) || may_leave(facts, vpc)
        {
            Egress::Open
        } else {
            Egress::Unknown
        };
        found.push(Network {
            endpoints,
            strangers,
            flows,
            is_declared,
            egress,
        });
    }
    found
}

/// The way out of a VPC of whose inhabitants nothing is known. Its endpoints may stand in subnets of their own, so these
/// alone tell nothing.
fn of_vpc(facts: &Facts, endpoint: &VpcEndpoint, vpc: &Template, is_declared: bool) -> Egress {
    if may_leave(facts, vpc) {
        return Egress::Open;
    }
    match ways::egress(facts, &endpoint.subnets) {
        Egress::Closed if is_declared && endpoint.network_is_read => Egress::Closed,
        _ => Egress::Unknown,
    }
}

/// Whether a route in sight leads, or may lead, out of the VPC.
fn may_leave(facts: &Facts, vpc: &Template) -> bool {
    facts.routes.iter().any(|route| {
        let table = facts
            .route_tables
            .iter()
            .find(|table| table.id == route.route_table.value);
        let is_here = table
            .and_then(|table| table.vpc.as_ref())
            .is_none_or(|one| one.value == *vpc);
        is_here
            && !matches!(
                route.target_among(&facts.gateways),
                RouteTarget::Local | RouteTarget::Endpoint
            )
    }) || facts.gateways.iter().any(|gateway| {
        matches!(
            gateway.kind,
            RouteTarget::Nat | RouteTarget::Elsewhere | RouteTarget::Unknown
        )
    })
}

impl<'a> Network<'a> {
    /// The endpoint of a service, if one is surely there.
    pub(super) fn endpoint(&self, service: &str) -> Option<&'a VpcEndpoint> {
        self.endpoints
            .iter()
            .find(|one| ways::is_of_service(&one.service.value, service))
            .copied()
    }

    /// Its endpoints and those that may be.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a VpcEndpoint> {
        self.endpoints.iter().chain(&self.strangers).copied()
    }

    /// Whether there is an endpoint of a service, or may be.
    pub(super) fn may_have(&self, service: &str) -> bool {
        self.all().any(|one| may_be_of(one, service))
    }

    /// Whether it has a gateway endpoint of S3, or may have one.
    pub(super) fn may_have_gateway(&self) -> bool {
        self.all()
            .any(|one| may_be_of(one, "s3") && one.is_gateway != Some(false))
    }

    /// The first flow that has no way out but the endpoints.
    pub(super) fn closed(&self) -> Option<&'a Flow> {
        self.flows
            .iter()
            .find(|flow| flow.way.egress == Egress::Closed)
            .copied()
    }
}

/// What a flow needs the VPC for: where it is declared, in words.
pub(super) fn of_flow(flow: &Flow) -> (Loc, String) {
    (flow.at, format!("{} runs in this VPC", flow.title))
}
