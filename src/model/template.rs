//! Text of which only part is known.
//!
//! `${{ vars.ACCOUNT }}.dkr.ecr.eu-west-1.amazonaws.com/app` has a known Region and an unknown account. A
//! [`Template`] keeps both: literal pieces and holes. Two holes with the same name are the same value within one
//! document.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// What the name of a hole ends with that stands for the path before the name of a principal or policy: empty, or text that
/// ends in `/`. Who looks something up by its name does not know its path.
pub const UNKNOWN_PATH: &str = "|path";

/// A value that only deploy time knows.
///
/// Two holes are equal when their names are: one file may write `!Ref Role` where another writes `${Role}`.
#[derive(Clone, Debug)]
pub struct Hole {
    /// What is referred to, without the syntax of the reference: `vars.ACCOUNT`, `TAG`. Equal names are equal values.
    pub name: String,
    /// The reference as written: `${{ vars.ACCOUNT }}`, `$TAG`.
    pub text: String,
}

impl PartialEq for Hole {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Hole {}

impl PartialOrd for Hole {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Hole {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl Hash for Hole {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A run of known text or a hole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Known text, never empty.
    Literal(String),
    /// Unknown text, perhaps empty.
    Hole(Hole),
}

/// Literal text and holes, in order. Adjacent literals are always merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Known text.
    pub fn literal(text: impl Into<String>) -> Self {
        let mut template = Template::default();
        template.push_literal(&text.into());
        template
    }

    /// One hole: wholly unknown text.
    pub fn hole(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut template = Template::default();
        template.push_hole(name, text);
        template
    }

    /// Appends known text.
    pub fn push_literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Literal(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Literal(text.to_string()));
        }
    }

    /// Appends a hole.
    pub fn push_hole(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.pieces.push(Piece::Hole(Hole {
            name: name.into(),
            text: text.into(),
        }));
    }

    /// Appends another template.
    pub fn push(&mut self, other: &Template) {
        for piece in &other.pieces {
            match piece {
                Piece::Literal(text) => self.push_literal(text),
                Piece::Hole(hole) => self.pieces.push(Piece::Hole(hole.clone())),
            }
        }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The whole text, if there is no hole.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether there is no hole.
    pub fn is_known(&self) -> bool {
        self.as_literal().is_some()
    }

    /// Whether there is nothing at all: known to be the empty text.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The literal text before the first hole.
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// The literal text after the last hole.
    pub fn suffix(&self) -> &str {
        match self.pieces.last() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// The holes, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Literal(_) => None,
        })
    }

    /// Splits at the first `separator` that stands in literal text: what is before it and what is after.
    pub fn split_once(&self, separator: char) -> Option<(Template, Template)> {
        self.split_once_str(separator.encode_utf8(&mut [0; 4]))
    }

    /// Splits at the first `separator` that stands whole in one run of literal text.
    pub fn split_once_str(&self, separator: &str) -> Option<(Template, Template)> {
        self.pieces.iter().enumerate().find_map(|(at, piece)| {
            let Piece::Literal(text) = piece else {
                return None;
            };
            text.split_once(separator)
                .map(|cut| self.cut_at(at, cut.0, cut.1))
        })
    }

    /// Splits at the last `separator` that stands in literal text: what is before it and what is after.
    pub fn rsplit_once(&self, separator: char) -> Option<(Template, Template)> {
        self.pieces
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, piece)| {
                let Piece::Literal(text) = piece else {
                    return None;
                };
                text.rsplit_once(separator)
                    .map(|cut| self.cut_at(at, cut.0, cut.1))
            })
    }

    /// The template in two, the literal at piece `at` replaced by `before` at the end of one and `after` at the start of the
    /// other.
    fn cut_at(&self, at: usize, before: &str, after: &str) -> (Template, Template) {
        let mut head = Template {
            pieces: self.pieces.iter().take(at).cloned().collect(),
        };
        head.push_literal(before);
        let mut tail = Template::literal(after);
        tail.pieces.extend(self.pieces.iter().skip(at + 1).cloned());
        (head, tail)
    }

    /// Whether `text` stands somewhere in the literal text.
    pub fn contains(&self, text: &str) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Literal(known) if known.contains(text)))
    }

    /// The template without white space at its ends.
    #[must_use]
    pub fn trimmed(&self) -> Template {
        let last = self.pieces.len().saturating_sub(1);
        let mut trimmed = Template::default();
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Hole(hole) => trimmed.pieces.push(Piece::Hole(hole.clone())),
                Piece::Literal(text) => {
                    let text = if at == 0 { text.trim_start() } else { text };
                    let text = if at == last { text.trim_end() } else { text };
                    trimmed.push_literal(text);
                }
            }
        }
        trimmed
    }
}

/// The text with every hole as it was written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Hole(hole) => f.write_str(&hole.text)?,
            }
        }
        Ok(())
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Template::literal(text)
    }
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        Template::literal(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_its_name_however_it_is_written() {
        let template = |text: &str| {
            let mut template = Template::hole("app.yaml#Role.Arn", text);
            template.push_literal("/x");
            template
        };
        assert_eq!(template("!GetAtt Role.Arn"), template("${Role.Arn}"));
        assert_ne!(template("x"), Template::hole("app.yaml#Role.Arn", "x"));
        assert_ne!(Template::hole("a", "x"), Template::hole("b", "x"));
    }

    #[test]
    fn splits_only_at_known_text() {
        let mut image = Template::hole("reg", "$REG");
        image.push_literal("/team/app:");
        image.push_hole("tag", "$TAG");
        let (host, rest) = image.split_once('/').expect("a slash");
        assert_eq!(host.to_string(), "$REG");
        assert_eq!(rest.to_string(), "team/app:$TAG");
        assert_eq!(rest.prefix(), "team/app:");
        assert!(Template::hole("a", "$A").split_once('/').is_none());
        let (name, tag) = rest.rsplit_once(':').expect("a colon");
        assert_eq!(name.as_literal(), Some("team/app"));
        assert_eq!(tag.to_string(), "$TAG");
    }

    #[test]
    fn trims_only_the_ends() {
        let mut text = Template::literal("  a ");
        text.push_hole("b", "$B");
        text.push_literal(" c\n");
        assert_eq!(text.trimmed().to_string(), "a $B c");
    }
}
