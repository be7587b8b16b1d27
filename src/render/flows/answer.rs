//! What `can` and `who-can` print: whether somebody may do something to an image, and why.

use super::{json, tree};
use crate::chart::{Chart, Flow, Link, Verdict};
use crate::render::Style;
use std::io;

/// The answer to a question: a chart whose flows are the question, one for each role and way that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What is to be done: `login`, `pull` or `push`.
    pub operation: &'static str,
    /// The image's whole name.
    pub image: &'a str,
    /// The flows.
    pub chart: &'a Chart,
    /// What they come to.
    pub verdict: Verdict,
}

/// The formats of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object, `answers-v1`.
    Json,
}

/// Writes what one role may do: the links, and for those that do not hold why.
///
/// # Errors
/// If the writer fails.
pub fn can(
    answer: &Answer<'_>,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if format == Format::Json {
        return json::answers(answer, out);
    }
    let mut pen = tree::Pen::new(style);
    for flow in &answer.chart.flows {
        let verdict = flow.verdict();
        let about = format!("{} {}", flow.actor.shown(), of(answer));
        pen.verdict(verdict, said(verdict), &about, &declared(flow));
        let links: Vec<&Link> = flow.links.iter().collect();
        pen.links(&links, "");
    }
    pen.write(out)
}

/// Writes who may do it: those who may first, then those of whom it cannot be told, then the others.
///
/// # Errors
/// If the writer fails.
pub fn who_can(
    answer: &Answer<'_>,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if format == Format::Json {
        return json::answers(answer, out);
    }
    let mut pen = tree::Pen::new(style);
    let mut flows: Vec<&Flow> = answer.chart.flows.iter().collect();
    flows.sort_by_key(|flow| flow.verdict());
    for flow in flows {
        let verdict = flow.verdict();
        pen.verdict(verdict, said(verdict), &flow.actor.shown(), &declared(flow));
        let broken = flow.links.iter().find(|link| link.verdict == verdict);
        let request = broken.and_then(Link::deciding);
        if let Some(request) = request.filter(|_| verdict != Verdict::Ok) {
            pen.because(&request.reason);
        }
    }
    pen.write(out)
}

/// "to push shop/app".
fn of(answer: &Answer<'_>) -> String {
    match answer.operation {
        "login" => format!("to log in for {}", answer.image),
        operation => format!("to {operation} {}", answer.image),
    }
}

fn declared(flow: &Flow) -> String {
    flow.actor
        .at
        .as_ref()
        .map_or_else(String::new, crate::source::shown::Place::spot)
}

/// The word for a verdict on a question.
pub(super) fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "allowed",
        other => other.word(),
    }
}
