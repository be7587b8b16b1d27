//! The explanations: one article a link, with the lines of the files that decide it.

use super::super::{deed, way};
use super::graph::{anchor, mark};
use super::lines::Files;
use super::{escaped, prose};
use crate::chart::{Chart, Flow, Link, Verdict};
use crate::source::SourceMap;
use crate::source::shown::Place;
use std::fmt::Write as _;

/// Writes the explanation of every link.
pub(super) fn articles(chart: &Chart, sources: &SourceMap, page: &mut String) {
    let mut files = Files::new(sources);
    for (at, flow) in chart.flows.iter().enumerate() {
        for (index, link) in flow.links.iter().enumerate() {
            article(&anchor(at, index), flow, link, &mut files, page);
        }
    }
}

fn article(id: &str, flow: &Flow, link: &Link, files: &mut Files<'_>, page: &mut String) {
    let word = link.verdict.word();
    let _ = write!(
        page,
        "<article id=\"{id}\" class=\"{word}\">\n<p class=\"badge {word}\">{}{word}</p>\n<h3>{} <span>{}</span></h3>\n\
         <p class=\"who\">{} as {}</p>\n",
        mark(link.verdict),
        escaped(&deed(link)),
        escaped(&way(link)),
        prose(&flow.title),
        prose(&flow.actor.shown()),
    );
    let deciding = link.deciding();
    if let Some(request) = deciding {
        let _ = writeln!(
            page,
            "<p class=\"reason\">{}</p>",
            prose(&capital(&request.reason))
        );
        if let Some(help) = &request.help {
            let _ = writeln!(page, "<p class=\"help\"><b>Help</b> {}</p>", prose(help));
        }
        for place in &request.places {
            excerpt(place, &place.text, files, page);
        }
    }
    let asked = "asked for here";
    let is_new =
        deciding.is_none_or(|request| request.places.iter().all(|place| place.loc != link.at.loc));
    if is_new {
        excerpt(&link.at, asked, files, page);
    }
    requests(link, page);
    page.push_str("</article>\n");
}

fn excerpt(place: &Place, text: &str, files: &mut Files<'_>, page: &mut String) {
    let _ = writeln!(
        page,
        "<h4><span class=\"place\">{}</span> {}</h4>",
        escaped(&place.spot()),
        prose(text)
    );
    files.excerpt(place, page);
}

/// What the link asks AWS.
fn requests(link: &Link, page: &mut String) {
    if link.requests.is_empty() {
        return;
    }
    page.push_str("<h4>Asks AWS for</h4>\n<ul class=\"asks\">\n");
    for request in &link.requests {
        let note = match (request.is_required, request.verdict) {
            (true, Verdict::Ok) => String::new(),
            (true, verdict) => format!("<span class=\"unseen\"> {}</span>", verdict.word()),
            (false, _) => "<span class=\"note\"> not required</span>".to_string(),
        };
        let _ = writeln!(
            page,
            "<li>{}<code>{}</code>{note}<br><code class=\"on\">{}</code></li>",
            mark(request.verdict),
            escaped(&request.action),
            escaped(&request.resource),
        );
    }
    page.push_str("</ul>\n");
}

/// A sentence by itself starts with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().to_string() + letters.as_str()
    })
}
