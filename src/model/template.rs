//! Text of which only part is known.
//!
//! `${{ vars.ACCOUNT }}.dkr.ecr.eu-west-1.amazonaws.com/app` has a known Region and an unknown account. A
//! [`Template`] keeps both: literal pieces and holes. Two holes with the same name are the same value within one
//! document.

use std::fmt;

/// A value that only deploy time knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hole {
    /// What is referred to, without the syntax of the reference: `vars.ACCOUNT`, `TAG`. Equal names are equal values.
    pub name: String,
    /// The reference as written: `${{ vars.ACCOUNT }}`, `$TAG`.
    pub text: String,
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
        for (at, piece) in self.pieces.iter().enumerate() {
            let Piece::Literal(text) = piece else {
                continue;
            };
            if let Some((before, after)) = text.split_once(separator) {
                let mut head = Template {
                    pieces: self.pieces.iter().take(at).cloned().collect(),
                };
                head.push_literal(before);
                let mut tail = Template::literal(after);
                for rest in self.pieces.iter().skip(at + 1) {
                    tail.pieces.push(rest.clone());
                }
                return Some((head, tail));
            }
        }
        None
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
    fn splits_only_at_known_text() {
        let mut image = Template::hole("reg", "$REG");
        image.push_literal("/team/app:");
        image.push_hole("tag", "$TAG");
        let (host, rest) = image.split_once('/').expect("a slash");
        assert_eq!(host.to_string(), "$REG");
        assert_eq!(rest.to_string(), "team/app:$TAG");
        assert_eq!(rest.prefix(), "team/app:");
        assert!(Template::hole("a", "$A").split_once('/').is_none());
    }
}
