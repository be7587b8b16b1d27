//! One JSON object, `flows-v1`: a stable interface. A change of its meaning takes a new version name.

use super::answer::{Answer, said};
use crate::chart::{Chart, Flow, Link, Request, Through};
use crate::render::json::{At, Tool, at, to_text};
use crate::source::shown::Place;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Output<'a> {
    version: &'static str,
    tool: Tool,
    flows: Vec<OneFlow<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct OneFlow<'a> {
    kind: &'static str,
    title: &'a str,
    place: Spot<'a>,
    actor: OneActor<'a>,
    links: Vec<OneLink<'a>>,
}

/// What `can` and `who-can` print, `answers-v1`: also a stable interface.
#[derive(Serialize)]
struct Answers<'a> {
    version: &'static str,
    tool: Tool,
    operation: &'static str,
    image: &'a str,
    verdict: &'static str,
    answers: Vec<OneAnswer<'a>>,
}

#[derive(Serialize)]
struct OneAnswer<'a> {
    verdict: &'static str,
    actor: OneActor<'a>,
    links: Vec<OneLink<'a>>,
}

#[derive(Serialize)]
struct OneActor<'a> {
    part: &'static str,
    name: Option<&'a str>,
    place: Option<Spot<'a>>,
}

#[derive(Serialize)]
struct OneLink<'a> {
    kind: &'static str,
    verdict: &'static str,
    target: &'a str,
    registry: Option<OneRegistry<'a>>,
    repository: Option<OneRepository<'a>>,
    through: Way<'a>,
    place: Option<Spot<'a>>,
    requests: Vec<OneRequest<'a>>,
}

#[derive(Serialize)]
struct OneRegistry<'a> {
    host: &'a str,
    account: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
struct OneRepository<'a> {
    name: &'a str,
    place: Option<Spot<'a>>,
}

#[derive(Serialize)]
struct Way<'a> {
    kind: &'static str,
    name: Option<&'a str>,
    service: Option<&'static str>,
    place: Option<Spot<'a>>,
}

#[derive(Serialize)]
struct OneRequest<'a> {
    action: &'a str,
    resource: &'a str,
    required: bool,
    verdict: &'static str,
    refused_by: Option<&'static str>,
    reason: &'a str,
    places: Vec<Said<'a>>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Spot<'a> {
    path: &'a str,
    start: At,
    end: At,
}

#[derive(Serialize)]
struct Said<'a> {
    message: &'a str,
    #[serde(flatten)]
    spot: Spot<'a>,
}

#[derive(Serialize)]
struct Summary {
    files_seen: usize,
    files_linted: usize,
    flows: usize,
    links: usize,
    ok: usize,
    conditional: usize,
    unknown: usize,
    denied: usize,
}

/// Writes the object and a line feed.
///
/// # Errors
/// If the writer fails.
pub fn write(chart: &Chart, out: &mut dyn io::Write) -> io::Result<()> {
    let tally = chart.tally();
    let output = Output {
        version: "flows-v1",
        tool: Tool::this(),
        flows: chart.flows.iter().map(|one| flow(chart, one)).collect(),
        summary: Summary {
            files_seen: chart.files_seen,
            files_linted: chart.files_linted,
            flows: chart.flows.len(),
            links: tally.all(),
            ok: tally.ok,
            conditional: tally.conditional,
            unknown: tally.unknown,
            denied: tally.denied,
        },
    };
    out.write_all(to_text(&output).as_bytes())
}

/// Writes the answers to a question and a line feed.
///
/// # Errors
/// If the writer fails.
pub(super) fn answers(answer: &Answer<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let chart = answer.chart;
    let output = Answers {
        version: "answers-v1",
        tool: Tool::this(),
        operation: answer.operation,
        image: answer.image,
        verdict: said(answer.verdict),
        answers: chart
            .flows
            .iter()
            .map(|one| OneAnswer {
                verdict: said(one.verdict()),
                actor: actor(one),
                links: one.links.iter().map(|one| link(chart, one)).collect(),
            })
            .collect(),
    };
    out.write_all(to_text(&output).as_bytes())
}

fn actor(flow: &Flow) -> OneActor<'_> {
    OneActor {
        part: flow.actor.part,
        name: flow.actor.name.as_deref(),
        place: flow.actor.at.as_ref().map(spot),
    }
}

fn flow<'a>(chart: &'a Chart, one: &'a Flow) -> OneFlow<'a> {
    OneFlow {
        kind: one.kind,
        title: &one.title,
        place: spot(&one.at),
        actor: actor(one),
        links: one.links.iter().map(|one| link(chart, one)).collect(),
    }
}

fn link<'a>(chart: &'a Chart, one: &'a Link) -> OneLink<'a> {
    let repository = one.repository.and_then(|at| chart.repositories.get(at));
    OneLink {
        kind: one.kind.word(),
        verdict: one.verdict.word(),
        target: &one.target,
        registry: one.registry.as_ref().map(|one| OneRegistry {
            host: &one.host,
            account: &one.account,
            region: &one.region,
        }),
        repository: repository.map(|one| OneRepository {
            name: &one.name,
            place: one.at.as_ref().map(spot),
        }),
        through: way(&one.through),
        place: one.at.is_somewhere().then(|| spot(&one.at)),
        requests: one.requests.iter().map(request).collect(),
    }
}

fn way(through: &Through) -> Way<'_> {
    let plain = |kind: &'static str| Way {
        kind,
        name: None,
        service: None,
        place: None,
    };
    match through {
        Through::Endpoint { name, service, at } => Way {
            kind: "endpoint",
            name: Some(name),
            service: Some(service),
            place: Some(spot(at)),
        },
        Through::Internet => plain("internet"),
        Through::Nowhere { service } => Way {
            service: Some(service),
            ..plain("none")
        },
        Through::Aws => plain("aws"),
        Through::Unknown => plain("unknown"),
    }
}

fn request(one: &Request) -> OneRequest<'_> {
    OneRequest {
        action: &one.action,
        resource: &one.resource,
        required: one.is_required,
        verdict: one.verdict.word(),
        refused_by: one.refused_by,
        reason: &one.reason,
        places: one
            .places
            .iter()
            .map(|place| Said {
                message: &place.text,
                spot: spot(place),
            })
            .collect(),
        help: one.help.as_deref(),
    }
}

fn spot(place: &Place) -> Spot<'_> {
    Spot {
        path: &place.path,
        start: at(place.start),
        end: at(place.end),
    }
}
