//! For people at a terminal: repositories, below each who moves its image, below each the links of the chain. What holds is
//! one line; what does not says why, where, and what would mend it.

use super::{deed, verbs, way};
use crate::chart::{Chart, Group, Link, Member, Verdict};
use crate::render::Style;
use std::io;

/// What a piece of text is, for those who see colour.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ink {
    Plain,
    Strong,
    Faint,
    Of(Verdict),
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Of(Verdict::Ok) => "32",
            Ink::Of(Verdict::Conditional) => "36",
            Ink::Of(Verdict::Unknown) => "33",
            Ink::Of(Verdict::Denied) => "1;31",
        }
    }
}

/// Characters that a tree is drawn with.
struct Strokes {
    branch: &'static str,
    last: &'static str,
    down: &'static str,
    none: &'static str,
}

const UNICODE: Strokes = Strokes {
    branch: "├─ ",
    last: "└─ ",
    down: "│  ",
    none: "   ",
};

const ASCII: Strokes = Strokes {
    branch: "|- ",
    last: "`- ",
    down: "|  ",
    none: "   ",
};

/// Writes the tree.
///
/// # Errors
/// If the writer fails.
pub fn write(chart: &Chart, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut pen = Pen::new(style);
    for (at, group) in chart.groups().iter().enumerate() {
        if at > 0 {
            pen.lines.push(String::new());
        }
        pen.group(group);
    }
    pen.write(out)
}

/// Draws trees, line by line.
pub(super) struct Pen<'s> {
    style: &'s Style,
    strokes: &'static Strokes,
    lines: Vec<String>,
}

impl<'s> Pen<'s> {
    pub(super) fn new(style: &'s Style) -> Self {
        Pen {
            style,
            strokes: if style.unicode { &UNICODE } else { &ASCII },
            lines: Vec::new(),
        }
    }

    pub(super) fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for line in &self.lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// A line of its own: a verdict and what it is about.
    pub(super) fn verdict(&mut self, verdict: Verdict, word: &str, about: &str, at: &str) {
        let mut row = Row::new("", "  ");
        let mark = mark(verdict, self.style.unicode);
        row.push(Ink::Of(verdict), &format!("{mark} {word}"));
        row.push(Ink::Plain, about);
        row.tail = at.to_string();
        self.row(row, 0);
    }

    /// Why, below such a line.
    pub(super) fn because(&mut self, text: &str) {
        let mut row = Row::new("    ", "      ");
        row.push(Ink::Faint, text);
        self.row(row, 0);
    }

    fn group(&mut self, group: &Group<'_>) {
        let mut head = Row::new("", "  ");
        match group.repository {
            Some(repository) => {
                head.push(Ink::Strong, &repository.name);
                head.push(Ink::Plain, &format!("in {}", repository.registry.host));
                if let Some(at) = &repository.at {
                    head.tail = at.spot();
                }
            }
            None => head.push(Ink::Strong, "besides images"),
        }
        self.row(head, 0);
        let last = group.members.len().saturating_sub(1);
        for (at, member) in group.members.iter().enumerate() {
            let down = Line::starting(self.strokes.down);
            self.lines.push(down.painted(self.style.colour));
            self.member(member, at == last, group.repository.is_some());
        }
    }

    fn member(&mut self, member: &Member<'_>, is_last: bool, is_of_image: bool) {
        let flow = member.flow;
        let (first, rest) = self.forks("", is_last);
        let mut head = Row::new(&first, &format!("{rest}{}  ", self.strokes.down));
        head.push(Ink::Strong, &flow.title);
        let verbs = verbs(member);
        if is_of_image && !verbs.is_empty() {
            head.push(Ink::Plain, &verbs);
        }
        head.push(Ink::Plain, &format!("as {}", flow.actor.shown()));
        head.tail = flow.at.spot();
        self.row(head, 0);
        let shown: Vec<&Link> = member.links().map(|(_, link)| link).collect();
        self.links(&shown, &rest);
    }

    /// The links of a chain, one below the other.
    pub(super) fn links(&mut self, shown: &[&Link], rest: &str) {
        let words = shown.iter().map(|link| link.verdict.word().len()).max();
        let words = words.unwrap_or(0);
        let rows: Vec<(Row, String, &Link)> = shown
            .iter()
            .enumerate()
            .map(|(at, link)| {
                let (first, below) = self.forks(rest, at + 1 == shown.len());
                (self.link(link, words, &first, &below), below, *link)
            })
            .collect();
        let column = self.column(&rows);
        let mut said: Option<&str> = None;
        for (mut row, below, link) in rows {
            let reason = link
                .deciding()
                .filter(|_| link.verdict != Verdict::Ok)
                .map(|request| request.reason.as_str());
            if reason.is_some() && reason == said {
                row.push(Ink::Faint, "for the same reason");
                self.row(row, column);
            } else {
                self.row(row, column);
                self.details(link, &below);
            }
            said = reason.or(said);
        }
    }

    /// Where the places of a block start: behind the longest row of those that leave room for them.
    fn column(&self, rows: &[(Row, String, &Link)]) -> usize {
        rows.iter()
            .filter(|(row, ..)| row.width() + 2 + width(&row.tail) <= self.style.width)
            .map(|(row, ..)| row.width())
            .max()
            .unwrap_or(0)
    }

    fn link(&self, link: &Link, words: usize, first: &str, below: &str) -> Row {
        let mark = mark(link.verdict, self.style.unicode);
        let mut row = Row::new(first, &format!("{below}  "));
        row.push(
            Ink::Of(link.verdict),
            &format!("{mark} {}", link.verdict.word()),
        );
        let padding = words.saturating_sub(link.verdict.word().len());
        row.push(
            Ink::Plain,
            &format!("{}{}", " ".repeat(padding), deed(link)),
        );
        let way = way(link);
        if !way.is_empty() {
            row.push(Ink::Faint, &way);
        }
        row.tail = link.place().spot();
        row
    }

    /// Why a link does not hold.
    fn details(&mut self, link: &Link, rest: &str) {
        if link.verdict == Verdict::Ok {
            return;
        }
        let Some(request) = link.deciding() else {
            return;
        };
        let indent = format!("{rest}  ");
        let mut say = |ink: Ink, text: &str, tail: &str| {
            let mut row = Row::new(&indent, &format!("{indent}  "));
            row.push(ink, text);
            row.tail = tail.to_string();
            self.row(row, 0);
        };
        say(Ink::Plain, &request.reason, "");
        let others: Vec<String> = link
            .requests
            .iter()
            .filter(|one| one.is_required && one.verdict == link.verdict)
            .filter(|one| one.action != request.action)
            .map(|one| format!("`{}`", one.action))
            .collect();
        let is_of_policies = request.refused_by.is_some_and(|by| by != "network");
        if !others.is_empty() && is_of_policies {
            say(Ink::Faint, &format!("nor {}", others.join(", ")), "");
        }
        for place in &request.places {
            say(Ink::Faint, &format!("{}: {}", place.spot(), place.text), "");
        }
        if let Some(help) = &request.help {
            say(Ink::Strong, &format!("help: {help}"), "");
        }
    }

    fn forks(&self, before: &str, is_last: bool) -> (String, String) {
        let strokes = self.strokes;
        if is_last {
            (
                format!("{before}{}", strokes.last),
                format!("{before}{}", strokes.none),
            )
        } else {
            (
                format!("{before}{}", strokes.branch),
                format!("{before}{}", strokes.down),
            )
        }
    }

    /// Lays a row out: words folded, the place at `column` or behind the words, or below them where there is no room.
    fn row(&mut self, row: Row, column: usize) {
        let most = self.style.width;
        let mut line = Line::starting(&row.first);
        for (ink, word) in row.words() {
            if !line.is_fresh && line.used + 1 + width(word) > most {
                let full = std::mem::replace(&mut line, Line::starting(&row.rest));
                self.lines.push(full.painted(self.style.colour));
            }
            line.add(ink, word);
        }
        if !row.tail.is_empty() {
            let gap = column.saturating_sub(line.used) + 1;
            if line.used + gap + 1 + width(&row.tail) > most {
                let below = Line::starting(&row.rest);
                let full = std::mem::replace(&mut line, below);
                self.lines.push(full.painted(self.style.colour));
            } else {
                line.add(Ink::Plain, &" ".repeat(gap - 1));
            }
            line.add(Ink::Faint, &row.tail);
        }
        self.lines.push(line.painted(self.style.colour));
    }
}

/// A line of the output: pieces of one ink each.
struct Line {
    pieces: Vec<(Ink, String)>,
    used: usize,
    /// Whether there is no word on it yet.
    is_fresh: bool,
}

impl Line {
    fn starting(start: &str) -> Line {
        Line {
            pieces: vec![(Ink::Faint, start.to_string())],
            used: width(start),
            is_fresh: true,
        }
    }

    /// Adds a word, with a space before it if it is not the first.
    fn add(&mut self, ink: Ink, word: &str) {
        let space = if self.is_fresh { "" } else { " " };
        self.used += space.len() + width(word);
        match self.pieces.last_mut() {
            Some((last, text)) if *last == ink && !self.is_fresh => {
                text.push_str(space);
                text.push_str(word);
            }
            Some((_, text)) => {
                text.push_str(space);
                self.pieces.push((ink, word.to_string()));
            }
            None => self.pieces.push((ink, word.to_string())),
        }
        self.is_fresh = false;
    }

    fn painted(&self, colour: bool) -> String {
        let mut out = String::new();
        for (ink, text) in &self.pieces {
            if !colour || *ink == Ink::Plain || text.trim().is_empty() {
                out.push_str(text);
            } else {
                out.push_str(&format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code()));
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// The sign of a verdict.
fn mark(verdict: Verdict, unicode: bool) -> char {
    match (verdict, unicode) {
        (Verdict::Ok, true) => '✓',
        (Verdict::Ok, false) => '+',
        (Verdict::Denied, true) => '✗',
        (Verdict::Denied, false) => 'x',
        (Verdict::Unknown, _) => '?',
        (Verdict::Conditional, _) => '~',
    }
}

/// A line before it is laid out.
struct Row {
    /// What its first line starts with.
    first: String,
    /// What the others start with.
    rest: String,
    pieces: Vec<(Ink, String)>,
    /// The place.
    tail: String,
}

impl Row {
    fn new(first: &str, rest: &str) -> Self {
        Row {
            first: first.to_string(),
            rest: rest.to_string(),
            pieces: Vec::new(),
            tail: String::new(),
        }
    }

    fn push(&mut self, ink: Ink, text: &str) {
        self.pieces.push((ink, text.to_string()));
    }

    /// Its words; spaces at the start of a piece stay with its first word.
    fn words(&self) -> impl Iterator<Item = (Ink, &str)> {
        self.pieces.iter().flat_map(|(ink, text)| {
            let start = text.len() - text.trim_start().len();
            let first = text.get(start..).and_then(|rest| rest.find(' '));
            let cut = first.map_or(text.len(), |at| start + at);
            let (head, tail) = text.split_at(cut);
            std::iter::once(head)
                .chain(tail.split(' ').filter(|word| !word.is_empty()))
                .map(|word| (*ink, word))
        })
    }

    /// Its columns on one line, without the place.
    fn width(&self) -> usize {
        let words: usize = self.words().map(|(_, word)| width(word) + 1).sum();
        width(&self.first) + words.saturating_sub(1)
    }
}

/// Columns of a text: characters, which is right for what names in AWS are made of.
fn width(text: &str) -> usize {
    text.chars().count()
}
