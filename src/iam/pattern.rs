//! Patterns as tokens: what a `Resource` or `Action` entry can match, character by character.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>: a `*` stays inside its
//! ARN segment, unless it is the last character of the segment; the part after the fifth colon is one segment that may
//! hold colons. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>: `${*}`, `${?}` and
//! `${$}` are characters, other `${…}` are values of the request.

use super::text;
use crate::model::template::{Piece, Template};

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// Any one character; a colon only if `colon`.
    One { colon: bool },
    /// Any text; colons only if `colon`.
    Star { colon: bool },
    /// Text that is the same wherever the name is the same.
    Hole { name: String, sort: Sort },
    /// A digit; that of a hole, if it is one: the hole's name and which of its digits.
    Digit(Option<(String, usize)>),
    /// Any text of that sort.
    Run(Sort),
}

/// What the text of a hole can consist of: where it stands in an ARN tells.
///
/// An account is twelve digits and no [`Token::Hole`] at all
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    /// Anything.
    Any,
    /// Anything without a colon: part of one of the first five fields of an ARN.
    Segment,
    /// The name of a partition or a Region: lower-case letters, digits, hyphens.
    Label,
}

impl Sort {
    /// Whether there can be such a character in it.
    pub(super) fn admits(self, c: char) -> bool {
        match self {
            Sort::Any => true,
            Sort::Segment => c != ':',
            Sort::Label => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
        }
    }
}

/// Digits of an account id.
const ACCOUNT_DIGITS: usize = 12;

/// How the undocumented corners of a pattern are read. Answers that differ between readings are no answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Wildcards inside the first five segments stay there; an ARN that is too short matches nothing longer.
    Narrow,
    /// Wildcards cross colons everywhere.
    Wide,
    /// Besides, an ARN that is too short stands for all it begins.
    Completed,
}

impl Reading {
    /// Whether a wildcard inside a segment may match a colon.
    fn crosses(self) -> bool {
        self != Reading::Narrow
    }
}

/// A pattern in one reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) tokens: Vec<Token>,
}

impl Pattern {
    /// The pattern of a `Resource` entry.
    pub(super) fn of_resource(text: &Template, reading: Reading) -> Pattern {
        let mut tokens = tokens(text);
        let is_arn = tokens.len() >= 4
            && tokens
                .iter()
                .zip("arn:".chars())
                .all(|(token, c)| *token == Token::Char(c));
        let colons = tokens
            .iter()
            .filter(|token| **token == Token::Char(':'))
            .count();
        let has_hole = tokens
            .iter()
            .any(|token| matches!(token, Token::Hole { .. }));
        // Where a hole may hide whole fields, nobody can say which segment a wildcard is in.
        let fields_are_hidden = has_hole && colons < 5;
        if colons > 0 && !fields_are_hidden {
            keep_in_segments(&mut tokens, reading);
        }
        if is_arn && colons >= 5 {
            tokens = sorted(tokens);
        }
        if is_arn && colons < 5 && !has_hole && reading == Reading::Completed {
            tokens.push(Token::Char(':'));
            tokens.push(star());
        }
        Pattern {
            tokens: simplified(tokens),
        }
    }

    /// The pattern of an `Action` entry; letter case does not count.
    pub(super) fn of_action(text: &Template) -> Pattern {
        let lower = tokens(text).into_iter().map(|token| match token {
            Token::Char(c) => Token::Char(c.to_ascii_lowercase()),
            other => other,
        });
        Pattern {
            tokens: simplified(lower.collect()),
        }
    }

    /// This text and nothing else; `*` is a character.
    pub(super) fn of_text(text: &str) -> Pattern {
        Pattern {
            tokens: text.chars().map(Token::Char).collect(),
        }
    }

    /// Of the values of conditions: `colon` tells whether wildcards match colons, too.
    pub(super) fn of_texts(texts: &[(Vec<text::Token>, bool)]) -> Pattern {
        let mut tokens = Vec::new();
        for (at, (text, colon)) in texts.iter().enumerate() {
            if at > 0 {
                tokens.push(Token::Char(':'));
            }
            tokens.extend(text.iter().map(|token| match token {
                text::Token::Char(c) => Token::Char(*c),
                text::Token::One => Token::One { colon: *colon },
                text::Token::Star => Token::Star { colon: *colon },
            }));
        }
        Pattern {
            tokens: simplified(tokens),
        }
    }

    /// This text and nothing else, where `*` is a character and only holes are open: a principal, an account.
    pub(super) fn of_name(text: &Template) -> Pattern {
        let mut tokens = Vec::new();
        for piece in text.pieces() {
            match piece {
                Piece::Hole(hole) => tokens.push(Token::Hole {
                    name: hole.name.clone(),
                    sort: Sort::Any,
                }),
                Piece::Literal(literal) => tokens.extend(literal.chars().map(Token::Char)),
            }
        }
        let colons = tokens.iter().filter(|token| **token == Token::Char(':'));
        let is_arn = text.prefix().starts_with("arn:") && colons.count() >= 5;
        if is_arn {
            let mut colons = 0;
            for token in &mut tokens {
                match token {
                    Token::Char(':') => colons += 1,
                    Token::Hole { sort, .. } if colons < 5 => *sort = Sort::Segment,
                    _ => {}
                }
            }
            tokens = sorted(tokens);
        }
        Pattern { tokens }
    }

    /// A glob whose wildcards cross whatever there is.
    pub(super) fn of_glob(text: &Template) -> Pattern {
        Pattern {
            tokens: simplified(tokens(text)),
        }
    }

    /// An account id, of which some may be a hole.
    pub(super) fn of_account(text: &Template) -> Pattern {
        match text.pieces() {
            [Piece::Hole(hole)] => Pattern {
                tokens: digits(&hole.name).collect(),
            },
            _ => Pattern::of_name(text),
        }
    }

    /// An ARN template of the Service Authorization Reference: every `${…}` stands for any text, and only the last
    /// field may hold colons.
    pub(super) fn of_arn_template(template: &str) -> Pattern {
        let mut tokens = Vec::new();
        let mut colons = 0;
        let mut rest = template;
        while let Some(c) = rest.chars().next() {
            let placeholder = rest
                .strip_prefix("${")
                .and_then(|tail| tail.split_once('}'));
            if let Some((_, after)) = placeholder {
                tokens.push(Token::Star { colon: colons >= 5 });
                rest = after;
                continue;
            }
            colons += usize::from(c == ':');
            tokens.push(Token::Char(c));
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
        Pattern {
            tokens: simplified(tokens),
        }
    }

    /// Whether it matches every text.
    pub(super) fn is_everything(&self) -> bool {
        self.tokens == [star()]
    }

    /// Whether the known characters at the two beginnings already differ, so that no text matches both.
    pub(super) fn starts_apart(&self, other: &Pattern) -> bool {
        let pairs = self.tokens.iter().zip(&other.tokens);
        pairs
            .map_while(|pair| match pair {
                (Token::Char(one), Token::Char(other)) => Some(one != other),
                _ => None,
            })
            .any(|differs| differs)
    }

    /// Whether there is a hole in it.
    pub(super) fn has_hole(&self) -> bool {
        self.tokens
            .iter()
            .any(|token| matches!(token, Token::Hole { .. } | Token::Digit(Some(_))))
    }

    /// The same with every hole as text that may be anything.
    pub(super) fn with_holes_as_wildcards(&self) -> Pattern {
        let tokens = self.tokens.iter().map(|token| match token {
            Token::Hole { sort, .. } => Token::Run(*sort),
            Token::Digit(_) => Token::Digit(None),
            other => other.clone(),
        });
        Pattern {
            tokens: tokens.collect(),
        }
    }
}

fn star() -> Token {
    Token::Star { colon: true }
}

/// The tokens of a text, colons allowed everywhere.
fn tokens(text: &Template) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Hole(hole) => tokens.push(Token::Hole {
                name: hole.name.clone(),
                sort: Sort::Any,
            }),
            Piece::Literal(literal) => push_literal(&mut tokens, literal),
        }
    }
    tokens
}

fn push_literal(tokens: &mut Vec<Token>, literal: &str) {
    let mut rest = literal;
    while let Some(c) = rest.chars().next() {
        let variable = rest
            .strip_prefix("${")
            .and_then(|tail| tail.split_once('}'));
        if let Some((name, after)) = variable {
            let mut letters = name.chars();
            match (letters.next(), letters.next()) {
                (Some(c @ ('*' | '?' | '$')), None) => tokens.push(Token::Char(c)),
                _ => tokens.push(Token::Hole {
                    name: format!("${{{name}}}"),
                    sort: Sort::Any,
                }),
            }
            rest = after;
            continue;
        }
        tokens.push(match c {
            '*' => star(),
            '?' => Token::One { colon: true },
            other => Token::Char(other),
        });
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
}

/// Forbids colons to what stands in one of the first five segments.
fn keep_in_segments(tokens: &mut [Token], reading: Reading) {
    let mut colons = 0;
    for at in 0..tokens.len() {
        let ends_segment = matches!(tokens.get(at + 1), None | Some(Token::Char(':')));
        let Some(token) = tokens.get_mut(at) else {
            continue;
        };
        match token {
            Token::Char(':') => colons += 1,
            Token::Star { colon } if colons < 5 && !ends_segment => *colon = reading.crosses(),
            Token::One { colon } if colons < 5 => *colon = reading.crosses(),
            Token::Hole { sort, .. } if colons < 5 => *sort = Sort::Segment,
            _ => {}
        }
    }
}

/// Tells what a hole can be that is a whole field of an ARN. Policy variables are left alone: AWS has none there.
fn sorted(tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut field = 0;
    let service: String = tokens
        .iter()
        .scan(0, |colons, token| {
            *colons += usize::from(*token == Token::Char(':'));
            Some((*colons, token))
        })
        .filter_map(|(colons, token)| match token {
            Token::Char(c) if colons == 2 && *c != ':' => Some(*c),
            _ => None,
        })
        .collect();
    for (at, token) in tokens.iter().enumerate() {
        field += usize::from(*token == Token::Char(':'));
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let is_whole =
            before == Some(&Token::Char(':')) && tokens.get(at + 1) == Some(&Token::Char(':'));
        match (token, field) {
            (Token::Hole { name, .. }, 1) if is_whole && !name.starts_with("${") => {
                out.push(Token::Hole {
                    name: name.clone(),
                    sort: Sort::Label,
                });
            }
            // Some services leave the Region or the account out; these do not.
            (Token::Hole { name, .. }, 3)
                if is_whole && service == "ecr" && !name.starts_with("${") =>
            {
                out.push(Token::Hole {
                    name: name.clone(),
                    sort: Sort::Label,
                });
            }
            (Token::Hole { name, .. }, 4)
                if is_whole
                    && matches!(service.as_str(), "ecr" | "iam" | "sts")
                    && !name.starts_with("${") =>
            {
                out.extend(digits(name));
            }
            _ => out.push(token.clone()),
        }
    }
    out
}

/// The digits of an account that is a hole.
fn digits(hole: &str) -> impl Iterator<Item = Token> {
    (0..ACCOUNT_DIGITS).map(move |at| Token::Digit(Some((hole.to_string(), at))))
}

/// The same pattern with each run of stars as one star.
fn simplified(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match (out.last_mut(), &token) {
            (Some(Token::Star { colon: before }), Token::Star { colon }) => *before |= *colon,
            _ => out.push(token),
        }
    }
    out
}
