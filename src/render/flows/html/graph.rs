//! The drawing as SVG. It needs no script: a row is an anchor to its explanation.

use super::escaped;
use super::layout::{
    ACTOR, Band, Breaks, Card, Column, END, END_HEIGHT, HEAD, Line, Node, NodeKind, ROW, RowOf,
    WAY, WAY_HEIGHT, WIDTH,
};
use crate::chart::Verdict;
use std::fmt::Write as _;

/// Signs of the verdicts, defined once: their shapes tell them apart without colour.
pub(super) const SYMBOLS: &str = "<svg class=\"unseen\" aria-hidden=\"true\" width=\"0\" height=\"0\"><defs>\
<symbol id=\"ok\" viewBox=\"0 0 20 20\"><circle cx=\"10\" cy=\"10\" r=\"9\"/><path d=\"M5.5 10.5l3 3 6-7\"/></symbol>\
<symbol id=\"denied\" viewBox=\"0 0 20 20\"><path class=\"body\" d=\"M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2z\"/><path d=\"M6.5 6.5l7 7m0-7l-7 7\"/></symbol>\
<symbol id=\"unknown\" viewBox=\"0 0 20 20\"><path class=\"body\" d=\"M10 .5l9.5 9.5-9.5 9.5L.5 10z\"/><path d=\"M7.7 7.8c.2-1.5 1.2-2.2 2.4-2.2 1.4 0 2.4.9 2.4 2.1 0 1.7-2.3 1.9-2.3 3.8m0 2.6v.2\"/></symbol>\
<symbol id=\"conditional\" viewBox=\"0 0 20 20\"><path class=\"body\" d=\"M1.5 3.5h17v13h-17z\"/><path d=\"M5 11c1.7-3 3.3-3 5-1s3.3 2 5-1\"/></symbol>\
</defs></svg>\n";

/// The sign of a verdict, in running text.
pub(super) fn mark(verdict: Verdict) -> String {
    let word = verdict.word();
    format!(
        "<svg class=\"mark {word}\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><use href=\"#{word}\"/></svg>"
    )
}

/// The id of the explanation of a link.
pub(super) fn anchor(flow: usize, link: usize) -> String {
    format!("f{flow}-{link}")
}

/// Draws a band.
pub(super) fn draw(band: &Band<'_>, group: usize, page: &mut String) {
    let _ = writeln!(
        page,
        "<div class=\"paper\"><svg class=\"band\" viewBox=\"0 0 {WIDTH} {}\" role=\"group\" aria-labelledby=\"g{group}\">",
        band.height + 2
    );
    for line in &band.lines {
        let card = band.actors.get(line.from.0);
        if let Some((card, row)) = card.and_then(|card| Some((card, card.rows.get(line.from.1)?))) {
            draw_line(&id(card, row), line, page);
        }
    }
    for node in &band.ways {
        draw_node(node, &WAY, WAY_HEIGHT, page);
    }
    for node in &band.ends {
        draw_node(node, &END, END_HEIGHT, page);
    }
    for card in &band.actors {
        draw_card(card, page);
    }
    page.push_str("</svg></div>\n");
}

fn id(card: &Card<'_>, row: &RowOf<'_>) -> String {
    anchor(card.at, row.index)
}

fn draw_card(card: &Card<'_>, page: &mut String) {
    let Column { x, width } = ACTOR;
    let y = card.y;
    let (kind, name) = named(&card.flow.title);
    let actor = card.flow.actor.shown().replace('`', "");
    let height = card.height;
    let left = x + 16;
    let room = width - 32;
    let _ = writeln!(
        page,
        "<g class=\"card\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"12\"/>\
         <text class=\"caption\" x=\"{left}\" y=\"{}\">{}</text>\
         <text class=\"name\" x=\"{left}\" y=\"{}\">{}</text>\
         <text class=\"sub\" x=\"{left}\" y=\"{}\">{}</text>\
         <path class=\"rule\" d=\"M{x} {}h{width}\"/>",
        y + 19,
        escaped(kind),
        y + 37,
        fitted(name, room, NAME),
        y + 54,
        fitted(&actor, room, SUB),
        y + HEAD,
    );
    for row in &card.rows {
        draw_row(card, row, page);
    }
    page.push_str("</g>\n");
}

fn draw_row(card: &Card<'_>, row: &RowOf<'_>, page: &mut String) {
    let word = row.link.verdict.word();
    let id = id(card, row);
    let top = row.y - ROW / 2;
    let reason = row
        .link
        .deciding()
        .map_or("", |request| request.reason.as_str());
    let label = format!(
        "{word}: {} as {}, {}: {reason}",
        card.flow.title,
        card.flow.actor.shown(),
        row.says
    );
    let _ = writeln!(
        page,
        "<a class=\"row {word}\" href=\"#{id}\" data-why=\"{id}\" data-verdict=\"{word}\" aria-label=\"{}\">\
         <rect class=\"back\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
         <svg class=\"mark {word}\" x=\"{}\" y=\"{}\" width=\"16\" height=\"16\"><use href=\"#{word}\"/></svg>\
         <text x=\"{}\" y=\"{}\">{}</text><text class=\"verdict\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{word}</text></a>",
        escaped(&label),
        ACTOR.x + 6,
        top + 1,
        ACTOR.width - 12,
        ROW - 2,
        ACTOR.x + 16,
        row.y - 8,
        ACTOR.x + 42,
        row.y + 4,
        fitted(&row.says, ACTOR.width - 84 - word.len() * 7, ROW_TEXT),
        ACTOR.right() - 18,
        row.y + 4,
    );
}

fn draw_node(node: &Node, column: &Column, height: usize, page: &mut String) {
    let (x, y, width) = (column.x, node.y, column.width);
    let class = match node.kind {
        NodeKind::Endpoint => "endpoint",
        NodeKind::Internet => "internet",
        NodeKind::Nowhere => "nowhere",
        NodeKind::Repository => "repository",
        NodeKind::Other => "other",
    };
    let round = match node.kind {
        NodeKind::Internet => height / 2,
        _ => 10,
    };
    let _ = write!(
        page,
        "<g class=\"node {class}\"><title>{} {} {}</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>",
        escaped(&node.caption),
        escaped(&node.name),
        escaped(&node.note)
    );
    let left = x + 16;
    let room = width - 30;
    if height == WAY_HEIGHT {
        let _ = write!(
            page,
            "<text class=\"name\" x=\"{left}\" y=\"{}\">{}</text><text class=\"sub\" x=\"{left}\" y=\"{}\">{}</text>",
            y + 20,
            fitted(&node.name, room, NAME),
            y + 36,
            fitted(
                if node.note.is_empty() {
                    &node.caption
                } else {
                    &node.note
                },
                room,
                SUB
            )
        );
    } else {
        let is_tall = !node.note.is_empty();
        let _ = write!(
            page,
            "<text class=\"caption\" x=\"{left}\" y=\"{}\">{}</text><text class=\"name\" x=\"{left}\" y=\"{}\">{}</text>",
            y + if is_tall { 17 } else { 23 },
            escaped(&node.caption),
            y + if is_tall { 34 } else { 42 },
            fitted(&node.name, room, NAME)
        );
        if is_tall {
            let _ = write!(
                page,
                "<text class=\"sub\" x=\"{left}\" y=\"{}\">{}</text>",
                y + 50,
                fitted(&node.note, room, SUB)
            );
        }
    }
    page.push_str("</g>\n");
}

/// A line: whole up to where it breaks, faint behind that, with the sign of the verdict there.
fn draw_line(id: &str, line: &Line, page: &mut String) {
    let word = line.verdict.word();
    let start = (ACTOR.right(), line.start);
    let end = (END.x, line.end);
    let middle = (WAY.x + WAY.width / 2, (line.start + line.end) / 2);
    let parts: Vec<String> = match line.way {
        Some(way) => vec![curve(start, (WAY.x, way)), curve((WAY.right(), way), end)],
        None => vec![curve(start, end)],
    };
    let sign = match (line.breaks, line.way) {
        (Breaks::Nowhere, _) => None,
        (Breaks::AtActor, _) => Some((start.0 + 18, start.1)),
        (Breaks::AtWay, Some(way)) => Some((WAY.x - 14, way)),
        (Breaks::Open, Some(way)) => Some(((start.0 + WAY.x) / 2, (start.1 + way) / 2)),
        (Breaks::AtWay | Breaks::Open, None) => Some(middle),
        (Breaks::AtEnd, _) => Some((end.0 - 14, end.1)),
    };
    let _ = write!(
        page,
        "<g class=\"line {word}\" data-why=\"{id}\" data-verdict=\"{word}\" aria-hidden=\"true\">"
    );
    for (at, part) in parts.iter().enumerate() {
        let is_behind = match line.breaks {
            Breaks::AtActor => true,
            Breaks::AtWay => at > 0,
            _ => false,
        };
        let behind = if is_behind { " behind" } else { "" };
        let _ = write!(
            page,
            "<path class=\"hit\" d=\"{part}\"/><path class=\"ink{behind}\" d=\"{part}\"/>"
        );
    }
    if line.breaks == Breaks::AtActor {
        let _ = write!(
            page,
            "<path class=\"ink\" d=\"M{} {}h18\"/>",
            start.0, start.1
        );
    }
    if let Some((x, y)) = sign {
        let _ = write!(
            page,
            "<svg class=\"mark {word}\" x=\"{}\" y=\"{}\" width=\"20\" height=\"20\"><use href=\"#{word}\"/></svg>",
            x - 10,
            y.saturating_sub(10)
        );
    }
    page.push_str("</g>\n");
}

fn curve(from: (usize, usize), to: (usize, usize)) -> String {
    let bend = (to.0 - from.0) / 2;
    format!(
        "M{} {}C{} {} {} {} {} {}",
        from.0,
        from.1,
        from.0 + bend,
        from.1,
        to.0 - bend,
        to.1,
        to.0,
        to.1
    )
}

/// Hundredths of a unit that a character takes.
const NAME: usize = 840;
const SUB: usize = 690;
const ROW_TEXT: usize = 700;

/// Escaped text, cut in the middle where it does not fit, with the whole as its title.
fn fitted(text: &str, room: usize, each: usize) -> String {
    let most = (room * 100 / each).max(8);
    let count = text.chars().count();
    if count <= most {
        return escaped(text);
    }
    let tail = most / 2;
    let head = most - tail - 1;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!(
        "{}…{}<title>{}</title>",
        escaped(&start),
        escaped(&end),
        escaped(text)
    )
}

/// "service `web`" as what it is and its name.
fn named(title: &str) -> (&str, &str) {
    match title.split_once(" `") {
        Some((kind, name)) => (kind, name.strip_suffix('`').unwrap_or(name)),
        None => ("", title),
    }
}
