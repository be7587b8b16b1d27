//! From a chart of flows to bytes: one file a format.

pub mod answer;
pub mod html;
pub mod json;
pub mod mermaid;
pub mod tree;

use super::Style;
use crate::chart::{Chart, Link, LinkKind, Member, Through};
use crate::source::SourceMap;
use std::io;

/// The formats of `flows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Tree,
    /// One JSON object, `flows-v1`.
    Json,
    /// A diagram for pages that draw Mermaid.
    Mermaid,
    /// One page that shows the flows as a drawing.
    Html,
}

/// Writes a chart.
///
/// # Errors
/// If the writer fails.
pub fn write(
    format: Format,
    chart: &Chart,
    sources: &SourceMap,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Tree => tree::write(chart, style, out),
        Format::Json => json::write(chart, out),
        Format::Mermaid => mermaid::write(chart, out),
        Format::Html => html::write(chart, sources, out),
    }
}

/// What a link does, to stand behind its actor: "logs in".
fn deed(link: &Link) -> String {
    let target = &link.target;
    match link.kind {
        LinkKind::Assume => format!("assumed by {target}"),
        LinkKind::Login => "logs in".to_string(),
        LinkKind::Pull => format!("pulls {target}"),
        LinkKind::Push => format!("pushes {target}"),
        LinkKind::Layers => "takes layers from S3".to_string(),
        LinkKind::Logs => format!("writes log {target}"),
        LinkKind::Secret => format!("reads secret {target}"),
        LinkKind::EnvironmentFile => format!("reads file {target}"),
        LinkKind::Exec => "opens the channels of ECS Exec".to_string(),
        LinkKind::ApiCall => format!("calls {target}"),
    }
}

/// The way a link takes, to stand behind what it does; empty where there is nothing to say.
fn way(link: &Link) -> String {
    match &link.through {
        Through::Endpoint { name, .. } => format!("through {name}"),
        Through::Internet => "over the internet".to_string(),
        Through::Nowhere { service } => format!("without a way to {service}"),
        Through::Aws | Through::Unknown => String::new(),
    }
}

/// What a flow does with images: "pulls", "pulls and pushes".
fn verbs(member: &Member<'_>) -> String {
    let words: Vec<&str> = [
        (LinkKind::Pull, "pulls"),
        (LinkKind::Push, "pushes"),
        (LinkKind::ApiCall, "calls ECR"),
    ]
    .into_iter()
    .filter(|(kind, _)| member.does(*kind))
    .map(|(_, word)| word)
    .collect();
    words.join(" and ")
}
