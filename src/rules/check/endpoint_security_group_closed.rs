//! ECR408: the security group of an endpoint of ECR lets nobody in who pulls
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::Context;
use super::endpoints::registry_service;
use crate::diag::{Diagnostic, quote};
use crate::link::flow::{Flow, Source};
use crate::link::ways::private_dns;
use crate::model::Facts;
use crate::model::compute::Service;
use crate::model::endpoint::{EndpointPartKind, VpcEndpoint};
use crate::model::network::{IngressRule, IngressSource, SecurityGroup, ipv4_range};
use crate::model::template::Template;
use crate::source::Spanned;

const HTTPS: u16 = 443;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let facts = &cx.workspace.facts;
    for endpoint in &facts.endpoints {
        let Some(service) = registry_service(endpoint) else {
            continue;
        };
        let Some(groups) = groups(facts, endpoint) else {
            continue;
        };
        let Some((named, _)) = groups.first() else {
            continue;
        };
        let rules: Vec<&IngressRule> = facts
            .ingress_rules
            .iter()
            .filter(|rule| groups.iter().any(|(_, group)| group.id == rule.group))
            .collect();
        let is_about_https =
            |rule: &&&IngressRule| rule.admits_tcp(HTTPS) != Some(false) && !rule.from.is_empty();
        let admitting: Vec<&IngressRule> = rules.iter().filter(is_about_https).copied().collect();
        let found = if admitting.is_empty() {
            Some(cx.diagnostic(
                named.loc,
                format!(
                    "the security group of the endpoint {} lets in nothing on TCP port 443",
                    quote(service)
                ),
            ))
        } else {
            stranger(cx, endpoint, &admitting).map(|flow| {
                cx.diagnostic(
                    named.loc,
                    format!(
                        "the security group of the endpoint {} lets in {}",
                        quote(service),
                        others(&admitting)
                    ),
                )
                .related(
                    flow.at,
                    format!("{} comes through this endpoint", flow.title),
                )
            })
        };
        let Some(mut found) = found else { continue };
        found = found
            .identity(service)
            .related(endpoint.service.loc, "the endpoint's service");
        for (_, group) in &groups {
            found = found.related(group.origin.loc, "the group is declared here");
        }
        for rule in rules.iter().take(3) {
            found = found.related(rule.loc, "what it lets in");
        }
        out.push(found);
    }
}

type Group<'a> = (&'a Spanned<Template>, &'a SecurityGroup);

/// The groups of an endpoint, if they and everything that belongs to them is in sight.
fn groups<'a>(facts: &'a Facts, endpoint: &'a VpcEndpoint) -> Option<Vec<Group<'a>>> {
    let apart = facts
        .endpoint_parts
        .iter()
        .filter_map(|part| match &part.kind {
            EndpointPartKind::SecurityGroup(group) if part.endpoint.value == endpoint.id => {
                Some(group)
            }
            _ => None,
        });
    let groups: Option<Vec<Group<'a>>> = endpoint
        .security_groups
        .iter()
        .chain(apart)
        .map(|named| {
            let group = facts
                .security_groups
                .iter()
                .find(|group| group.id == named.value)?;
            group.complete.then_some((named, group))
        })
        .collect();
    // A rule for a group that is not known may be for one of these.
    let is_open = facts.ingress_rules.iter().any(|rule| {
        !rule.group.is_known() && !facts.security_groups.iter().any(|one| one.id == rule.group)
    });
    let reads_all = endpoint.network_is_read && endpoint.is_gateway == Some(false) && !is_open;
    groups.filter(|_| reads_all && private_dns(facts, endpoint).0)
}

/// Whom a group lets in that lets in no task in sight, in words.
fn others(admitting: &[&IngressRule]) -> &'static str {
    let sources = || admitting.iter().flat_map(|rule| &rule.from);
    let by_group = sources().any(|source| matches!(source, IngressSource::Group(_)));
    let by_address = sources().any(|source| matches!(source, IngressSource::Cidr(_)));
    match (by_group, by_address) {
        (true, false) => "other groups than that of the task",
        (false, true) => "other addresses than those of the task",
        _ => "other groups and addresses than those of the task",
    }
}

/// A flow that comes through the endpoint and that no rule lets in.
fn stranger<'a>(
    cx: &Context<'a>,
    endpoint: &VpcEndpoint,
    admitting: &[&IngressRule],
) -> Option<&'a Flow> {
    let facts = &cx.workspace.facts;
    cx.workspace.flows.iter().find(|flow| {
        let comes_through = !flow.way.is_guessed
            && flow
                .way
                .endpoints
                .iter()
                .filter_map(|at| facts.endpoints.get(*at))
                .any(|one| std::ptr::eq(one, endpoint));
        let Some(service) = service(facts, flow).filter(|_| comes_through) else {
            return false;
        };
        service.network_is_read
            && admitting
                .iter()
                .flat_map(|rule| &rule.from)
                .all(|source| keeps_out(facts, source, service))
    })
}

/// Whether a source surely lets none of a service's tasks in.
fn keeps_out(facts: &Facts, source: &IngressSource, service: &Service) -> bool {
    match source {
        IngressSource::Group(group) => {
            let is_declared = |group: &Template| {
                let mut declared = facts.security_groups.iter();
                declared.any(|one| one.id == *group)
            };
            let own = &service.security_groups;
            is_declared(&group.value)
                && !own.is_empty()
                && own
                    .iter()
                    .all(|one| one.value != group.value && is_declared(&one.value))
        }
        IngressSource::Cidr(range) => {
            let Some((first, last)) = range.value.as_literal().and_then(ipv4_range) else {
                return false;
            };
            let is_outside = |subnet: &Spanned<Template>| {
                let range = facts
                    .subnets
                    .iter()
                    .find(|one| one.id == subnet.value)
                    .and_then(|one| one.cidr.as_ref()?.value.as_literal().and_then(ipv4_range));
                range.is_some_and(|(start, end)| end < first || last < start)
            };
            !service.subnets.is_empty() && service.subnets.iter().all(is_outside)
        }
        IngressSource::Other(_) => false,
    }
}

fn service<'a>(facts: &'a Facts, flow: &Flow) -> Option<&'a Service> {
    match flow.source {
        Source::Task {
            service: Some(at), ..
        } => facts.services.get(at),
        _ => None,
    }
}
