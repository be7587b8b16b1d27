//! Where everything of a drawing stands: actors left, ways in the middle, what they lead to on the right.
//!
//! A group of many flows is drawn in bands, each with its own middle and right, so that no line has to cross a screen.

use super::super::{deed, way};
use crate::chart::{Chart, Flow, Group, Link, LinkKind, Member, Through, Verdict};

/// Width of a drawing, in units of the drawing; it is scaled to the page.
pub(super) const WIDTH: usize = 1080;
/// Where the right edges of the actors are, from which lines start.
pub(super) const ACTOR: Column = Column { x: 1, width: 380 };
/// The ways.
pub(super) const WAY: Column = Column { x: 470, width: 200 };
/// What they lead to.
pub(super) const END: Column = Column { x: 760, width: 319 };

/// Height of the head of an actor.
pub(super) const HEAD: usize = 64;
/// Height of a link's row in it.
pub(super) const ROW: usize = 30;
/// Height of a way.
pub(super) const WAY_HEIGHT: usize = 46;
/// Height of an end.
pub(super) const END_HEIGHT: usize = 58;

const GAP: usize = 18;
/// A band holds so many units of height, and at least one actor.
const BAND: usize = 620;

/// A column of the drawing.
pub(super) struct Column {
    pub(super) x: usize,
    pub(super) width: usize,
}

impl Column {
    pub(super) fn right(&self) -> usize {
        self.x + self.width
    }
}

/// Actors that are drawn together, with the ways and ends of their own.
pub(super) struct Band<'c> {
    pub(super) height: usize,
    pub(super) actors: Vec<Card<'c>>,
    pub(super) ways: Vec<Node>,
    pub(super) ends: Vec<Node>,
    pub(super) lines: Vec<Line>,
}

/// An actor and its links.
pub(super) struct Card<'c> {
    pub(super) y: usize,
    pub(super) height: usize,
    /// The flow's index in the chart.
    pub(super) at: usize,
    pub(super) flow: &'c Flow,
    pub(super) rows: Vec<RowOf<'c>>,
}

/// A link in its actor's card.
pub(super) struct RowOf<'c> {
    /// Its index in the flow.
    pub(super) index: usize,
    pub(super) y: usize,
    pub(super) link: &'c Link,
    pub(super) says: String,
}

/// A way or an end.
pub(super) struct Node {
    pub(super) y: usize,
    pub(super) caption: String,
    pub(super) name: String,
    pub(super) note: String,
    pub(super) kind: NodeKind,
    /// The middles of the lines that end here, to stand near them.
    pulls: Vec<usize>,
}

/// Kinds of [`Node`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    Endpoint,
    Internet,
    Nowhere,
    Repository,
    Other,
}

/// How a link is drawn: from its row through the way, if it has one that is known, to the end.
pub(super) struct Line {
    /// Index of the card and of its row.
    pub(super) from: (usize, usize),
    pub(super) start: usize,
    /// Where it enters and leaves the way.
    pub(super) way: Option<usize>,
    pub(super) end: usize,
    pub(super) verdict: Verdict,
    pub(super) breaks: Breaks,
}

/// Where on its line a link breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// It does not.
    Nowhere,
    /// At the actor: its policies do not allow it.
    AtActor,
    /// At the way.
    AtWay,
    /// At the end: the repository's policy.
    AtEnd,
    /// Nobody can say.
    Open,
}

/// Lays a group out.
pub(super) fn bands<'c>(chart: &'c Chart, group: &Group<'c>) -> Vec<Band<'c>> {
    let mut bands = Vec::new();
    let mut rest = group.members.as_slice();
    while !rest.is_empty() {
        let mut height = 0;
        let mut count = 0;
        for member in rest {
            let next = card_height(member.links.len()) + GAP;
            if count > 0 && height + next > BAND {
                break;
            }
            height += next;
            count += 1;
        }
        let (now, later) = rest.split_at(count);
        bands.push(Band::new(chart, now));
        rest = later;
    }
    bands
}

fn card_height(links: usize) -> usize {
    HEAD + links * ROW + 8
}

impl<'c> Band<'c> {
    fn new(chart: &'c Chart, members: &[Member<'c>]) -> Self {
        let mut band = Band {
            height: 0,
            actors: Vec::new(),
            ways: Vec::new(),
            ends: Vec::new(),
            lines: Vec::new(),
        };
        // For each line: its way and its end, by index.
        let mut routes = Vec::new();
        let mut y = 1;
        for member in members {
            let rows: Vec<RowOf<'c>> = member
                .links()
                .enumerate()
                .map(|(row, (index, link))| RowOf {
                    index,
                    y: y + HEAD + row * ROW + ROW / 2,
                    link,
                    says: deed(link),
                })
                .collect();
            for (at, row) in rows.iter().enumerate() {
                // Being assumed is a matter between AWS and the actor: it has no way.
                if row.link.kind == LinkKind::Assume {
                    continue;
                }
                let way = band.way(row.link, row.y);
                let end = band.end(chart, row.link, row.y);
                routes.push((way, end));
                band.lines.push(Line {
                    from: (band.actors.len(), at),
                    start: row.y,
                    way: None,
                    end: 0,
                    verdict: row.link.verdict,
                    breaks: breaks(row.link, way.is_some()),
                });
            }
            let height = card_height(rows.len());
            band.actors.push(Card {
                y,
                height,
                at: member.at,
                flow: member.flow,
                rows,
            });
            y += height + GAP;
        }
        let actors = y - GAP + 1;
        let ways = stack(&mut band.ways, WAY_HEIGHT, actors);
        let ends = stack(&mut band.ends, END_HEIGHT, actors);
        band.height = actors.max(ways).max(ends);
        band.connect(&routes);
        band
    }

    fn way(&mut self, link: &'c Link, y: usize) -> Option<usize> {
        let (kind, caption, name, note) = match &link.through {
            Through::Endpoint { name, service, .. } => (
                NodeKind::Endpoint,
                "VPC endpoint",
                (*service).to_string(),
                name.clone(),
            ),
            Through::Internet => (
                NodeKind::Internet,
                "way",
                "internet".to_string(),
                "public endpoints of AWS".to_string(),
            ),
            Through::Nowhere { service } => (
                NodeKind::Nowhere,
                "no way",
                (*service).to_string(),
                "no endpoint, no route out".to_string(),
            ),
            Through::Aws | Through::Unknown => return None,
        };
        Some(node(
            &mut self.ways,
            Node {
                y: 0,
                caption: caption.to_string(),
                name,
                note,
                kind,
                pulls: vec![y],
            },
        ))
    }

    fn end(&mut self, chart: &Chart, link: &'c Link, y: usize) -> usize {
        let repository = link.repository.and_then(|at| chart.repositories.get(at));
        let registry = || {
            let named = link.registry.as_ref();
            named.map_or_else(String::new, |one| {
                format!("{} · {}", one.account, one.region)
            })
        };
        let (kind, caption, name, note) = match (link.kind, repository) {
            (LinkKind::Layers, _) => (
                NodeKind::Other,
                "Amazon S3",
                link.target.clone(),
                String::new(),
            ),
            (LinkKind::Login, _) => (NodeKind::Other, "registry", "token".to_string(), registry()),
            (_, Some(repository)) => (
                NodeKind::Repository,
                "repository",
                repository.name.clone(),
                registry(),
            ),
            (LinkKind::Logs, _) => (
                NodeKind::Other,
                "log group",
                link.target.clone(),
                String::new(),
            ),
            (LinkKind::Secret, _) => (
                NodeKind::Other,
                "secret",
                link.target.clone(),
                String::new(),
            ),
            (LinkKind::EnvironmentFile, _) => (
                NodeKind::Other,
                "file in S3",
                link.target.clone(),
                String::new(),
            ),
            (LinkKind::Exec, _) => (
                NodeKind::Other,
                "Session Manager",
                "ssmmessages".to_string(),
                String::new(),
            ),
            (_, None) => (NodeKind::Other, "registry", registry(), way(link)),
        };
        node(
            &mut self.ends,
            Node {
                y: 0,
                caption: caption.to_string(),
                name,
                note,
                kind,
                pulls: vec![y],
            },
        )
    }

    /// Gives every line its points: lines that meet at a node stand apart, in the order in which they start.
    fn connect(&mut self, routes: &[(Option<usize>, usize)]) {
        let mut at_way = vec![0; self.ways.len()];
        let mut at_end = vec![0; self.ends.len()];
        for (line, (way, end)) in self.lines.iter_mut().zip(routes) {
            line.way = way.and_then(|way| {
                let node = self.ways.get(way)?;
                let turn = at_way.get_mut(way)?;
                let point = port(node, WAY_HEIGHT, *turn);
                *turn += 1;
                Some(point)
            });
            if let (Some(node), Some(turn)) = (self.ends.get(*end), at_end.get_mut(*end)) {
                line.end = port(node, END_HEIGHT, *turn);
                *turn += 1;
            }
        }
    }
}

/// The node that is the same, or this one.
fn node(nodes: &mut Vec<Node>, new: Node) -> usize {
    let same = nodes.iter_mut().position(|known| {
        known.caption == new.caption && known.name == new.name && known.note == new.note
    });
    match same {
        Some(at) => {
            if let Some(known) = nodes.get_mut(at) {
                known.pulls.extend(new.pulls);
            }
            at
        }
        None => {
            nodes.push(new);
            nodes.len() - 1
        }
    }
}

/// Where the line that comes as number `turn` meets a node.
fn port(node: &Node, height: usize, turn: usize) -> usize {
    let count = node.pulls.len();
    let room = height - 16;
    let step = if count > 1 {
        (room / (count - 1)).min(10)
    } else {
        0
    };
    let used = step * count.saturating_sub(1);
    node.y + height / 2 + (turn * step).min(room) - used.min(room) / 2
}

/// Puts nodes below each other, each as near as there is room to the middle of its lines. Gives the height they need.
fn stack(nodes: &mut [Node], height: usize, room: usize) -> usize {
    let middle = |node: &Node| node.pulls.iter().sum::<usize>() / node.pulls.len().max(1);
    let mut order: Vec<&mut Node> = nodes.iter_mut().collect();
    order.sort_by_key(|node| middle(node));
    let least = order.len() * (height + GAP);
    let mut y = 1;
    for node in &mut order {
        node.y = middle(node).saturating_sub(height / 2).max(y);
        y = node.y + height + GAP;
    }
    // What hangs over the lower edge moves up as far as there is room.
    let mut limit = room.max(least);
    for node in order.iter_mut().rev() {
        node.y = node.y.min(limit.saturating_sub(height + 1)).max(1);
        limit = node.y.saturating_sub(GAP - 1);
    }
    nodes
        .iter()
        .map(|node| node.y + height + 2)
        .max()
        .unwrap_or(0)
}

fn breaks(link: &Link, has_way: bool) -> Breaks {
    match link.verdict {
        Verdict::Ok => Breaks::Nowhere,
        Verdict::Conditional | Verdict::Unknown => Breaks::Open,
        Verdict::Denied => {
            let by = link.deciding().and_then(|request| request.refused_by);
            match by {
                Some("endpoint" | "network") if has_way => Breaks::AtWay,
                Some("repository" | "registry" | "resource") => Breaks::AtEnd,
                _ => Breaks::AtActor,
            }
        }
    }
}
