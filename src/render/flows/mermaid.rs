//! A Mermaid flowchart: actors left, ways in the middle, repositories right. GitHub and others draw it in Markdown.
//!
//! Labels are in quotes, where Mermaid takes anything but a quote and its own entity codes
//! (<https://mermaid.js.org/syntax/flowchart.html#special-characters-that-break-syntax>); what could be markup of its own or
//! of the page is written as entity codes.

use super::deed;
use crate::chart::{Chart, Flow, Link, LinkKind, Through, Verdict};
use std::collections::BTreeMap;
use std::io;

/// Writes the diagram.
///
/// # Errors
/// If the writer fails.
pub fn write(chart: &Chart, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    let mut sketch = Sketch::default();
    for (at, flow) in chart.flows.iter().enumerate() {
        sketch.flow(chart, at, flow);
    }
    for line in sketch.nodes.iter().chain(&sketch.edges) {
        writeln!(out, "  {line}")?;
    }
    for (verdict, edges) in &sketch.styles {
        let list: Vec<String> = edges.iter().map(ToString::to_string).collect();
        writeln!(out, "  linkStyle {} {}", list.join(","), stroke(*verdict))?;
    }
    Ok(())
}

/// Colours that can be told apart in a light and a dark page; the words on the edges say the same.
fn stroke(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "stroke:#2e9e63,stroke-width:2px",
        Verdict::Conditional => "stroke:#3c82d8,stroke-width:2px,stroke-dasharray:8 4",
        Verdict::Unknown => "stroke:#b8860b,stroke-width:2px,stroke-dasharray:2 4",
        Verdict::Denied => "stroke:#d64545,stroke-width:4px",
    }
}

#[derive(Default)]
struct Sketch {
    nodes: Vec<String>,
    edges: Vec<String>,
    /// Ids of the nodes that several flows share, by what they are.
    shared: BTreeMap<String, String>,
    styles: BTreeMap<Verdict, Vec<usize>>,
}

impl Sketch {
    fn flow(&mut self, chart: &Chart, at: usize, flow: &Flow) {
        let id = format!("f{at}");
        let label = format!("{}\n{}", flow.title, flow.actor.shown());
        self.nodes.push(format!("{id}[\"{}\"]", quoted(&label)));
        // Links that go the same way to the same end are one edge, with the worst of their verdicts.
        let mut bundles: Vec<(Through, String, Vec<&Link>)> = Vec::new();
        for link in &flow.links {
            let end = end(chart, flow, link);
            let known = bundles
                .iter_mut()
                .find(|(through, known, _)| *through == link.through && *known == end);
            match known {
                Some((_, _, links)) => links.push(link),
                None => bundles.push((link.through.clone(), end, vec![link])),
            }
        }
        for (through, end, links) in bundles {
            let verdict = links.iter().map(|link| link.verdict).max();
            let verdict = verdict.unwrap_or_default();
            let says = said(&links, verdict);
            let end = self.node("r", &end, "[(", ")]");
            match middle(&through) {
                Some(name) => {
                    let way = self.node("w", &name, "{{", "}}");
                    self.edge(&id, &way, &says, verdict);
                    self.edge(&way, &end, "", verdict);
                }
                None => self.edge(&id, &end, &says, verdict),
            }
        }
    }

    fn node(&mut self, kind: &str, label: &str, open: &str, close: &str) -> String {
        let count = self.shared.len();
        let key = format!("{kind} {label}");
        if let Some(id) = self.shared.get(&key) {
            return id.clone();
        }
        let id = format!("{kind}{count}");
        self.nodes
            .push(format!("{id}{open}\"{}\"{close}", quoted(label)));
        self.shared.insert(key, id.clone());
        id
    }

    fn edge(&mut self, from: &str, to: &str, says: &str, verdict: Verdict) {
        self.styles
            .entry(verdict)
            .or_default()
            .push(self.edges.len());
        self.edges.push(if says.is_empty() {
            format!("{from} --> {to}")
        } else {
            format!("{from} -->|\"{}\"| {to}", quoted(says))
        });
    }
}

/// "✗ pulls app:v1, logs in": what does not hold first.
fn said(links: &[&Link], verdict: Verdict) -> String {
    let worst = links.iter().filter(|link| link.verdict == verdict);
    let words: Vec<String> = match verdict {
        Verdict::Ok => links.iter().map(|link| deed(link)).collect(),
        _ => worst.map(|link| deed(link)).collect(),
    };
    match verdict {
        Verdict::Ok => format!("✓ {}", words.join(", ")),
        other => format!("{}: {}", other.word(), words.join(", ")),
    }
}

fn middle(through: &Through) -> Option<String> {
    match through {
        Through::Endpoint { name, service, .. } => Some(format!("{service}\n{name}")),
        Through::Internet => Some("internet".to_string()),
        Through::Nowhere { service } => Some(format!("no way to {service}")),
        Through::Aws | Through::Unknown => None,
    }
}

/// What a link leads to.
fn end(chart: &Chart, flow: &Flow, link: &Link) -> String {
    let repository = link.repository.and_then(|at| chart.repositories.get(at));
    match (link.kind, repository) {
        (LinkKind::Layers, _) => link.target.clone(),
        (_, Some(repository)) => format!("{}\n{}", repository.name, repository.registry.host),
        (LinkKind::Assume, None) => flow.actor.shown(),
        (LinkKind::Login, None) => link.target.clone(),
        (kind, None) => format!("{}: {}", kind.word(), link.target),
    }
}

/// Text for the inside of a quoted label.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("<br/>"),
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' | '*' | '_' | '~' | '[' | ']' | '('
            | ')' | '{' | '}' | '|' => {
                out.push_str(&format!("#{};", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out
}
