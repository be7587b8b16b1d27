//! ECR406: an endpoint of ECR in another Region than the registry that the images come from
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::Context;
use super::denials::image;
use super::endpoints::{Network, networks, region, registry_service};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::Flow;
use crate::link::ways::{Egress, is_of_service};
use crate::model::endpoint::VpcEndpoint;
use crate::source::{Loc, Spanned};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for endpoint in &cx.workspace.facts.endpoints {
        if let Some((written, at_home)) = strayed(endpoint) {
            out.push(
                cx.diagnostic(
                    endpoint.service.loc,
                    format!(
                        "the endpoint's service lies in {}, but the endpoint is created in {}",
                        quote(&written),
                        quote(&at_home)
                    ),
                )
                .help(format!("name the service of {}", quote(&at_home)))
                .identity(written),
            );
        }
    }
    for network in networks(cx) {
        for flow in &network.flows {
            if flow.way.egress == Egress::Closed {
                of_flow(cx, &network, flow, out);
            }
        }
    }
}

/// The Region in the name of an endpoint's service and that of the endpoint, where they differ and nothing says that they
/// are to.
fn strayed(endpoint: &VpcEndpoint) -> Option<(String, String)> {
    let scope = &endpoint.origin.scope;
    if endpoint.service_region.is_some()
        || registry_service(endpoint).is_none()
        || scope.region_is_default
    {
        return None;
    }
    let written = region(endpoint)?.as_literal()?.to_string();
    let at_home = scope.region.as_literal()?.to_string();
    (written != at_home).then_some((written, at_home))
}

/// Images of a flow whose Region none of the endpoints serves.
fn of_flow(cx: &Context<'_>, network: &Network<'_>, flow: &Flow, out: &mut Vec<Diagnostic>) {
    let served: Option<Vec<(&VpcEndpoint, String)>> = network
        .endpoints
        .iter()
        .filter(|endpoint| is_of_service(&endpoint.service.value, "ecr.dkr"))
        .map(|endpoint| Some((*endpoint, region(endpoint)?.as_literal()?.to_string())))
        .collect();
    // An endpoint whose name is not known may serve any Region.
    let is_open = network
        .all()
        .any(|endpoint| !endpoint.service.value.is_known() && registry_service(endpoint).is_none());
    let Some(served) = served.filter(|_| !is_open) else {
        return;
    };
    let Some((endpoint, there)) = served.first() else {
        return;
    };
    for image in flow.steps.iter().filter_map(image) {
        let Some(wanted) = image.registry.region.as_literal() else {
            continue;
        };
        if served.iter().any(|(_, one)| one == wanted) || strayed(endpoint).is_some() {
            continue;
        }
        let scope = &endpoint.origin.scope;
        let at_home = scope.region.as_literal() == Some(there.as_str());
        // Where a variable sets the Region, its default is that of one deployment among others.
        if at_home && scope.region_is_default {
            continue;
        }
        let (at, other): (&Spanned<_>, (Loc, String)) = if at_home {
            (
                &image.written,
                (
                    endpoint.service.loc,
                    format!("the endpoint serves {}", quote(there)),
                ),
            )
        } else {
            (
                &endpoint.service,
                (
                    image.written.loc,
                    format!("{} pulls this image", flow.title),
                ),
            )
        };
        out.push(
            cx.diagnostic(
                at.loc,
                format!(
                    "the image lies in {}, but the VPC reaches ECR in {} only",
                    quote(wanted),
                    quote(there)
                ),
            )
            .related(other.0, other.1)
            .related(flow.at, format!("{} has no other way out", flow.title))
            .help(if at_home {
                format!("replicate the image to {} and pull it there", quote(there))
            } else {
                format!("name the service of {}", quote(wanted))
            })
            .identity(format!("{wanted} {there}")),
        );
    }
}
