//! ECR405: an interface endpoint of ECR that the names of the registry do not lead to
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::Context;
use super::endpoints::registry_service;
use crate::diag::Diagnostic;
use crate::link::ways::private_dns;
use crate::model::Facts;
use crate::model::endpoint::VpcEndpoint;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let facts = &cx.workspace.facts;
    for endpoint in &facts.endpoints {
        let Some(service) = registry_service(endpoint) else {
            continue;
        };
        // The type of a gateway endpoint is wrong altogether, and AWS says so.
        if endpoint.is_gateway == Some(true) || has_names_of_its_own(facts) {
            continue;
        }
        let (is_on, said) = private_dns(facts, endpoint);
        if is_on || other_has_it(facts, endpoint, service) {
            continue;
        }
        // A default of the tool stands where the declaration does.
        let said = said.filter(|loc| loc.span.start > endpoint.loc.span.start);
        let (at, message) = match said {
            Some(loc) => (
                loc,
                format!("private DNS is off for the endpoint `{service}`"),
            ),
            None => (
                endpoint.service.loc,
                format!(
                    "the endpoint `{service}` does not switch private DNS on, which is off by default here"
                ),
            ),
        };
        let mut found = cx.diagnostic(at, message).identity(service);
        if said.is_some() {
            found = found.related(endpoint.service.loc, "the endpoint's service");
        }
        out.push(found);
    }
}

/// Whether another endpoint of the VPC answers to the names: only one can.
fn other_has_it(facts: &Facts, endpoint: &VpcEndpoint, service: &str) -> bool {
    let vpc = |one: &VpcEndpoint| one.vpc.as_ref().map(|vpc| vpc.value.clone());
    facts.endpoints.iter().any(|other| {
        registry_service(other) == Some(service)
            && other.origin.scope.can_meet(&endpoint.origin.scope)
            && vpc(other) == vpc(endpoint)
            && private_dns(facts, other).0
    })
}

/// Whether somebody makes the names with a zone in Route 53, which is how a VPC shares its endpoints with others.
fn has_names_of_its_own(facts: &Facts) -> bool {
    facts.hosted_zones.iter().any(|zone| {
        let name = &zone.name.value;
        !name.is_known() && may_end_in_aws(name.suffix())
            || name
                .as_literal()
                .is_some_and(|name| may_end_in_aws(name) && name.contains("ecr"))
    })
}

/// Whether a name, or the end of one that is known in part, is of a service of AWS.
fn may_end_in_aws(end: &str) -> bool {
    let end = end.trim_end_matches('.');
    end.ends_with("amazonaws.com") || end.ends_with("amazonaws.com.cn") || end.is_empty()
}
