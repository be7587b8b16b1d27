//! Text of a policy, with wildcards and policy variables, compared with text of a request.
//!
//! Variables: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>. What is put in for a
//! variable is plain text: a `*` in it is no wildcard.

use super::context::{Context, Fact};
use crate::model::template::{Piece, Template};
use std::borrow::Cow;

/// A character of a pattern, or a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    /// Exactly one character.
    One,
    /// Any text.
    Star,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Token(Token),
    Variable {
        /// In lower case.
        key: String,
        default: Option<String>,
    },
}

/// Text of a policy, prepared.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// As written.
    pub(super) written: String,
    /// Whether only deploy time knows part of it.
    pub(super) has_hole: bool,
    parts: Parts,
}

#[derive(Clone, Debug)]
enum Parts {
    /// No wildcard, no variable.
    Plain(String),
    Pattern(Vec<Token>),
    Variable(Vec<Part>),
}

/// A text with its variables put in.
pub(super) enum Resolved<'t> {
    Plain(&'t str),
    Pattern(Cow<'t, [Token]>),
    /// A variable has no value and no default: the text matches nothing.
    Valueless,
    /// The value of this key, in lower case, is not known.
    Unknown(&'t str),
    /// A variable has several values.
    Many,
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Whether `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// Whether `${…}` is a variable: only in version 2012-10-17 of the language.
    pub(super) variables: bool,
}

impl Text {
    pub(super) fn new(template: &Template, syntax: Syntax) -> Text {
        let has_hole = !template.is_known();
        let mut parts = Vec::new();
        for piece in template.pieces() {
            if let Piece::Literal(literal) = piece {
                read(literal, syntax, &mut parts);
            }
        }
        Text {
            written: template.to_string(),
            has_hole,
            parts: Parts::of(parts),
        }
    }

    /// Whether it matches every text.
    pub(super) fn is_everything(&self) -> bool {
        !self.has_hole
            && matches!(&self.parts, Parts::Pattern(tokens) if tokens.as_slice() == [Token::Star])
    }

    /// The text if there is neither wildcard nor variable nor hole in it.
    pub(super) fn as_plain(&self) -> Option<&str> {
        match &self.parts {
            Parts::Plain(text) if !self.has_hole => Some(text),
            _ => None,
        }
    }

    /// The characters and wildcards, if there is neither variable nor hole in it.
    pub(super) fn as_pattern(&self) -> Option<Vec<Token>> {
        match &self.parts {
            _ if self.has_hole => None,
            Parts::Plain(text) => Some(text.chars().map(Token::Char).collect()),
            Parts::Pattern(tokens) => Some(tokens.clone()),
            Parts::Variable(_) => None,
        }
    }

    /// Puts the request's values in.
    pub(super) fn resolve<'t>(&'t self, context: &Context) -> Resolved<'t> {
        let parts = match &self.parts {
            Parts::Plain(text) => return Resolved::Plain(text),
            Parts::Pattern(tokens) => return Resolved::Pattern(Cow::Borrowed(tokens)),
            Parts::Variable(parts) => parts,
        };
        let mut tokens = Vec::new();
        let mut unknown = None;
        for part in parts {
            match part {
                Part::Token(token) => tokens.push(*token),
                Part::Variable { key, default } => {
                    let value = match context.get(key) {
                        Fact::Values(values) => match values.as_slice() {
                            [] => default.as_deref(),
                            [value] => Some(value.as_str()),
                            _ => return Resolved::Many,
                        },
                        Fact::Absent => default.as_deref(),
                        Fact::Present | Fact::Unknown => {
                            unknown = unknown.or(Some(key.as_str()));
                            continue;
                        }
                    };
                    let Some(value) = value else {
                        return Resolved::Valueless;
                    };
                    tokens.extend(value.chars().map(Token::Char));
                }
            }
        }
        match unknown {
            Some(key) => Resolved::Unknown(key),
            None => Resolved::Pattern(Cow::Owned(tokens)),
        }
    }
}

impl Parts {
    fn of(parts: Vec<Part>) -> Parts {
        let mut tokens = Vec::with_capacity(parts.len());
        for part in &parts {
            match part {
                Part::Token(Token::Star) if tokens.last() == Some(&Token::Star) => {}
                Part::Token(token) => tokens.push(*token),
                Part::Variable { .. } => return Parts::Variable(parts),
            }
        }
        let plain: Option<String> = tokens
            .iter()
            .map(|token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            })
            .collect();
        match plain {
            Some(text) => Parts::Plain(text),
            None => Parts::Pattern(tokens),
        }
    }
}

fn read(literal: &str, syntax: Syntax, parts: &mut Vec<Part>) {
    let mut rest = literal;
    while let Some(c) = rest.chars().next() {
        if syntax.variables
            && let Some((inside, after)) = rest
                .strip_prefix("${")
                .and_then(|tail| tail.split_once('}'))
        {
            parts.push(variable(inside));
            rest = after;
            continue;
        }
        parts.push(Part::Token(match c {
            '*' if syntax.wildcards => Token::Star,
            '?' if syntax.wildcards => Token::One,
            c => Token::Char(c),
        }));
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
}

/// `*`, `?` and `$` stand for themselves; `key, 'default'` has a default.
fn variable(inside: &str) -> Part {
    let mut letters = inside.chars();
    if let (Some(c @ ('*' | '?' | '$')), None) = (letters.next(), letters.next()) {
        return Part::Token(Token::Char(c));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            let unquoted = default
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .unwrap_or(default);
            (key, Some(unquoted.to_string()))
        }
        None => (inside, None),
    };
    Part::Variable {
        key: key.trim().to_ascii_lowercase(),
        default,
    }
}

/// Whether the pattern matches the whole text; `None` if both are so long that looking would take too long.
///
/// Greedy, with one place to come back to: no recursion, no allocation.
pub(super) fn matches(pattern: &[Token], text: &str, fold: bool) -> Option<bool> {
    const MOST_STEPS: usize = 1 << 26;
    if pattern.len().saturating_mul(text.len()) > MOST_STEPS {
        let least = pattern
            .iter()
            .filter(|token| **token != Token::Star)
            .count();
        return (least > text.len()).then_some(false);
    }
    let (mut at, mut rest) = (0, text.chars());
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut left = rest.clone();
        match (pattern.get(at), left.next()) {
            (Some(Token::Star), _) => {
                at += 1;
                if at == pattern.len() {
                    return Some(true);
                }
                retry = Some((at, rest.clone()));
                continue;
            }
            (None, None) => return Some(true),
            (Some(Token::One), Some(_)) => {
                (at, rest) = (at + 1, left);
                continue;
            }
            (Some(Token::Char(p)), Some(c)) if *p == c || (fold && same_letter(*p, c)) => {
                (at, rest) = (at + 1, left);
                continue;
            }
            _ => {}
        }
        let Some((after_star, unswallowed)) = &mut retry else {
            return Some(false);
        };
        if unswallowed.next().is_none() {
            return Some(false);
        }
        (at, rest) = (*after_star, unswallowed.clone());
    }
}

fn same_letter(one: char, other: char) -> bool {
    one.to_lowercase().eq(other.to_lowercase())
}

/// Whether two plain texts are the same, letter case aside.
pub(super) fn same_text(one: &str, other: &str) -> bool {
    one.chars()
        .flat_map(char::to_lowercase)
        .eq(other.chars().flat_map(char::to_lowercase))
}

/// Whether the pattern matches the text with every wildcard kept inside its segment, except that a star that ends its
/// segment may go on past the colon
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>). In what follows the
/// fifth colon wildcards are free.
pub(super) fn matches_in_segments(pattern: &[Token], text: &str) -> bool {
    let free = free_wildcards(pattern);
    // The positions that some reading of the text so far leads to.
    let mut at = vec![false; pattern.len() + 1];
    let close = |at: &mut Vec<bool>| {
        for (position, token) in pattern.iter().enumerate() {
            if *token == Token::Star
                && at.get(position) == Some(&true)
                && let Some(next) = at.get_mut(position + 1)
            {
                *next = true;
            }
        }
    };
    if let Some(start) = at.first_mut() {
        *start = true;
    }
    close(&mut at);
    for c in text.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (position, token) in pattern.iter().enumerate() {
            if at.get(position) != Some(&true) {
                continue;
            }
            let may = c != ':' || free.get(position) == Some(&true);
            let to = match token {
                Token::Char(wanted) if *wanted == c => position + 1,
                Token::One if may => position + 1,
                Token::Star if may => position,
                _ => continue,
            };
            if let Some(slot) = next.get_mut(to) {
                *slot = true;
            }
        }
        close(&mut next);
        at = next;
    }
    at.last() == Some(&true)
}

/// Which wildcards of an ARN pattern may match a colon.
fn free_wildcards(pattern: &[Token]) -> Vec<bool> {
    let mut colons = 0;
    pattern
        .iter()
        .enumerate()
        .map(|(at, token)| {
            let ends_segment = matches!(pattern.get(at + 1), None | Some(Token::Char(':')));
            match token {
                Token::Char(':') => {
                    colons += 1;
                    true
                }
                Token::Char(_) => true,
                Token::Star => colons >= 5 || ends_segment,
                Token::One => colons >= 5,
            }
        })
        .collect()
}

/// Whether some wildcard of an ARN pattern is kept inside its segment.
pub(super) fn has_bound_wildcard(pattern: &[Token]) -> bool {
    pattern.contains(&Token::Char(':')) && free_wildcards(pattern).contains(&false)
}
