//! ECR404: a VPC that reaches ECR by endpoints and lacks one that its tasks need
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::Context;
use super::endpoints::{Network, networks, of_flow};
use super::reading;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::link::flow::{Flow, StepKind};
use crate::link::ways::Egress;
use crate::model::arn;
use crate::model::template::Template;
use crate::prove::reach::is_old_platform;
use crate::source::Loc;

/// A service that nothing leads to.
struct Missing {
    service: &'static str,
    /// Whether it is sure that requests fail: no other way out, and nothing of the VPC out of sight.
    is_sure: bool,
    /// Who needs it.
    by: Option<(Loc, String)>,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for network in networks(cx) {
        if network.egress == Egress::Open || is_one_of_more(&network) {
            continue;
        }
        let missing = missing(cx, &network);
        for is_sure in [true, false] {
            let group: Vec<&Missing> = missing
                .iter()
                .filter(|one| one.is_sure == is_sure)
                .collect();
            if !group.is_empty() {
                out.extend(finding(cx, &network, &group, is_sure));
            }
        }
        out.extend(off_the_route(cx, &network));
    }
}

/// Whether all that is in sight is one endpoint as the EC2 API takes or prints it: a call makes one at a time, and a
/// description may be filtered.
fn is_one_of_more(network: &Network<'_>) -> bool {
    matches!(network.endpoints.as_slice(), [only] if only.private_dns_by_default)
}

fn missing(cx: &Context<'_>, network: &Network<'_>) -> Vec<Missing> {
    let is_in_sight = network.is_declared
        || network
            .endpoints
            .iter()
            .all(|endpoint| endpoint.origin.scope.is_snapshot);
    let is_sure = is_in_sight && network.egress == Egress::Closed;
    let closed: Vec<&Flow> = network
        .flows
        .iter()
        .filter(|flow| flow.way.egress == Egress::Closed)
        .copied()
        .collect();
    let first_that = |wants: &dyn Fn(&StepKind) -> bool| {
        closed.iter().find_map(|flow| {
            let step = flow.steps.iter().find(|step| wants(&step.kind))?;
            Some((*flow, step.at))
        })
    };
    let puller = first_that(&|kind| matches!(kind, StepKind::Pull(_)));
    let has = |service: &str| network.endpoint(service).is_some();
    let mut missing = Vec::new();
    let mut add = |service: &'static str, by: Option<(Loc, String)>| {
        missing.push(Missing {
            service,
            is_sure,
            by,
        });
    };
    let logs_in = closed.is_empty()
        || closed
            .iter()
            .any(|flow| !is_old_platform(cx.workspace, flow));
    if has("ecr.dkr") && !network.may_have("ecr.api") && logs_in {
        add("ecr.api", puller.map(|(flow, _)| of_flow(flow)));
    }
    if has("ecr.api") && !network.may_have("ecr.dkr") && puller.is_some() {
        add("ecr.dkr", puller.map(|(flow, _)| of_flow(flow)));
    }
    // An interface endpoint of S3 is another rule's.
    if is_in_sight
        && (has("ecr.dkr") || puller.is_some())
        && !network.may_have_gateway()
        && !network.may_have("s3")
    {
        add("s3", puller.map(|(flow, _)| of_flow(flow)));
    }
    if !is_sure {
        return missing;
    }
    let logger = first_that(&|kind| matches!(kind, StepKind::Logs(_)));
    if let Some((flow, at)) = logger.filter(|_| !network.may_have("logs")) {
        add(
            "logs",
            Some((at, format!("{} writes this log", flow.title))),
        );
    }
    for service in ["secretsmanager", "ssm"] {
        let reader = first_that(
            &|kind| matches!(kind, StepKind::Secret(secret) if service_of(secret) == Some(service)),
        );
        if let Some((flow, at)) = reader.filter(|_| !network.may_have(service)) {
            add(service, Some((at, format!("{} reads this", flow.title))));
        }
    }
    let shell = first_that(&|kind| matches!(kind, StepKind::Exec));
    if let Some((flow, at)) = shell.filter(|_| !network.may_have("ssmmessages")) {
        add(
            "ssmmessages",
            Some((at, format!("{} has ECS Exec switched on here", flow.title))),
        );
    }
    missing
}

/// The service that keeps a secret, if that can be told from its ARN or name.
fn service_of(secret: &Template) -> Option<&'static str> {
    if !secret.prefix().starts_with("arn:") {
        return (secret.is_known() && !secret.is_empty()).then_some("ssm");
    }
    match arn::fields(secret).get(2)?.as_literal()? {
        "secretsmanager" => Some("secretsmanager"),
        "ssm" => Some("ssm"),
        _ => None,
    }
}

fn finding(
    cx: &Context<'_>,
    network: &Network<'_>,
    missing: &[&Missing],
    is_sure: bool,
) -> Option<Diagnostic> {
    let (name, anchor) = ["ecr.dkr", "ecr.api"]
        .into_iter()
        .find_map(|service| Some((service, network.endpoint(service)?)))?;
    if !anchor.origin.is_certain {
        return None;
    }
    let services: Vec<&str> = missing.iter().map(|one| one.service).collect();
    let none = match services.as_slice() {
        [one] => format!("not of {}", quote(one)),
        [one, other] => format!("neither of {} nor of {}", quote(one), quote(other)),
        _ => format!("none of {}", reading::listed(&services)),
    };
    let mut found = cx
        .diagnostic(
            anchor.service.loc,
            format!("the VPC has an endpoint of {}, but {none}", quote(name)),
        )
        .identity(services.join(" "))
        .help(format!("add {}", to_add(&services)));
    for (at, text) in missing.iter().filter_map(|one| one.by.clone()) {
        found = found.related(at, text);
    }
    if !is_sure {
        found = found
            .severity(Severity::Warning)
            .confidence(Confidence::Medium);
    }
    Some(found)
}

/// "an interface endpoint of `ecr.api` and a gateway endpoint of `s3`".
fn to_add(services: &[&str]) -> String {
    let interfaces: Vec<&str> = services
        .iter()
        .copied()
        .filter(|service| *service != "s3")
        .collect();
    let interface = match interfaces.as_slice() {
        [] => None,
        [one] => Some(format!("an interface endpoint of {}", quote(one))),
        some => Some(format!("interface endpoints of {}", reading::listed(some))),
    };
    let gateway = services
        .contains(&"s3")
        .then(|| "a gateway endpoint of `s3`".to_string());
    let parts: Vec<String> = interface.into_iter().chain(gateway).collect();
    parts.join(" and ")
}

/// A gateway endpoint that is entered in other route tables than those of the subnets that pull.
fn off_the_route(cx: &Context<'_>, network: &Network<'_>) -> Option<Diagnostic> {
    let facts = &cx.workspace.facts;
    let gateway = network.endpoint("s3")?;
    let is_alone = network
        .all()
        .filter(|one| super::endpoints::may_be_of(one, "s3"))
        .count()
        == 1;
    if !is_alone || gateway.is_gateway != Some(true) || !gateway.network_is_read {
        return None;
    }
    let flow = network.flows.iter().find(|flow| {
        flow.way.egress == Egress::Closed
            && flow.way.endpoint(facts, "s3").is_none()
            && flow
                .steps
                .iter()
                .any(|step| matches!(step.kind, StepKind::Pull(_)))
    })?;
    Some(
        cx.diagnostic(
            gateway.service.loc,
            "the S3 gateway endpoint is in no route table of the subnets that pull",
        )
        .identity("route table")
        .related(flow.at, format!("{} has no other way out", flow.title))
        .help("enter the route tables of these subnets in the endpoint"),
    )
}
