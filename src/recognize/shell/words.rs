//! Text of words: quotes and escapes taken off, fields split, pieces of other languages put back.

use super::prepare::Prepared;
use super::script::Word;
use crate::model::template::{Piece, Template};
use std::borrow::Cow;
use std::ops::Range;

/// How a stretch of text is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Not at all.
    Bare,
    /// `"…"`.
    Double,
    /// `'…'`.
    Single,
    /// `$'…'`.
    Ansi,
    /// A heredoc; with `<<-` the tabs that start lines go.
    Document {
        /// Whether it was `<<-`.
        drops_tabs: bool,
        /// Whether its delimiter was quoted, so that nothing in it is expanded.
        is_raw: bool,
    },
}

/// One word in the making.
#[derive(Clone, Debug, Default)]
struct Field {
    value: Template,
    may_split: bool,
    substitutions: Vec<usize>,
}

/// What a word of the script expands to: usually one field, none or several where a variable stands unquoted.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    done: Vec<Field>,
    current: Field,
    /// Whether the current field exists, be it empty.
    is_open: bool,
    splits: bool,
}

impl Fields {
    /// Nothing yet. `splits`: whether unquoted expansions are split at white space, as in the words of a command but not
    /// in an assignment.
    pub fn new(splits: bool) -> Self {
        Fields {
            done: Vec::new(),
            current: Field::default(),
            is_open: false,
            splits,
        }
    }

    /// Appends text.
    pub fn literal(&mut self, text: &str) {
        self.is_open |= !text.is_empty();
        self.current.value.push_literal(text);
    }

    /// Makes sure that there is a field, as quotes do.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Appends unknown text.
    pub fn hole(&mut self, name: &str, text: &str, is_quoted: bool) {
        self.is_open = true;
        self.current.may_split |= !is_quoted;
        self.current.value.push_hole(name, text);
    }

    /// Notes a substitution that stands in the current field.
    pub fn substitution(&mut self, at: usize) {
        self.current.substitutions.push(at);
    }

    /// Appends a known value, split where that is due.
    pub fn value(&mut self, value: &Template, is_quoted: bool) {
        self.is_open |= is_quoted;
        for piece in value.pieces() {
            match piece {
                Piece::Hole(hole) => self.hole(&hole.name, &hole.text, is_quoted),
                Piece::Literal(text) if is_quoted || !self.splits => self.literal(text),
                Piece::Literal(text) => {
                    for (at, part) in text.split([' ', '\t', '\n']).enumerate() {
                        if at > 0 {
                            self.end_field();
                        }
                        self.literal(part);
                    }
                }
            }
        }
    }

    /// Ends the current field, if there is one.
    pub fn end_field(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    /// The words, all of them written at `span`.
    pub fn into_words(mut self, span: &Range<usize>) -> Vec<Word> {
        self.end_field();
        self.done
            .into_iter()
            .map(|field| Word {
                span: span.clone(),
                value: field.value,
                may_split: field.may_split,
                substitutions: field.substitutions,
            })
            .collect()
    }

    /// The one word, written at `span`.
    pub fn into_word(mut self, span: Range<usize>) -> Word {
        self.is_open = true;
        self.into_words(&span).pop().unwrap_or_default()
    }

    /// Value and substitutions of the one field.
    pub fn into_value(self) -> (Template, Vec<usize>) {
        (self.current.value, self.current.substitutions)
    }
}

impl Prepared {
    /// Appends a stretch of text without expansions of the shell.
    pub(super) fn put(&self, range: Range<usize>, quoting: Quoting, out: &mut Fields) {
        let mut at = range.start;
        for expression in self.expressions_in(range.clone()) {
            let place = expression.range.clone();
            out.literal(&self.unescaped(at..place.start, quoting));
            out.hole(
                &expression.name,
                self.slice(place.clone()),
                quoting != Quoting::Bare,
            );
            at = place.end;
        }
        out.literal(&self.unescaped(at..range.end, quoting));
    }

    fn unescaped(&self, range: Range<usize>, quoting: Quoting) -> Cow<'_, str> {
        let start = range.start;
        let text = self.slice(range);
        match quoting {
            Quoting::Single => Cow::Borrowed(text),
            Quoting::Ansi => ansi(text),
            Quoting::Bare => backslashes(text, None),
            Quoting::Double => backslashes(text, Some("$`\"\\")),
            Quoting::Document { drops_tabs, is_raw } => {
                let text = if drops_tabs {
                    let before = self
                        .slice(0..start)
                        .bytes()
                        .rev()
                        .find(|byte| *byte != b'\t');
                    without_tabs(text, matches!(before, None | Some(b'\n')))
                } else {
                    Cow::Borrowed(text)
                };
                if is_raw {
                    text
                } else {
                    Cow::Owned(backslashes(&text, Some("$`\\")).into_owned())
                }
            }
        }
    }
}

/// Takes out the backslashes that quote: before any character, or before those of `only`. One before a line end goes
/// with it.
fn backslashes<'t>(text: &'t str, only: Option<&str>) -> Cow<'t, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('\n') => {}
            Some(next) => {
                if only.is_some_and(|only| !only.contains(next)) {
                    plain.push('\\');
                }
                plain.push(next);
            }
            None => plain.push('\\'),
        }
    }
    Cow::Owned(plain)
}

fn without_tabs(text: &str, is_line_start: bool) -> Cow<'_, str> {
    let mut plain = String::with_capacity(text.len());
    let mut at_start = is_line_start;
    for char in text.chars() {
        if char == '\t' && at_start {
            continue;
        }
        at_start = char == '\n';
        plain.push(char);
    }
    Cow::Owned(plain)
}

/// The escapes of `$'…'`.
///
/// <https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html>
fn ansi(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = after.chars();
        let Some(kind) = chars.next() else { break };
        rest = chars.as_str();
        let simple = match kind {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'e' | 'E' => Some('\u{1b}'),
            'f' => Some('\u{c}'),
            'v' => Some('\u{b}'),
            '\\' | '\'' | '"' | '?' => Some(kind),
            _ => None,
        };
        if let Some(char) = simple {
            plain.push(char);
            continue;
        }
        let (digits, radix, most) = match kind {
            'x' => (rest, 16, 2),
            'u' => (rest, 16, 4),
            'U' => (rest, 16, 8),
            '0'..='7' => (after, 8, 3),
            _ => ("", 16, 0),
        };
        let count = digits
            .bytes()
            .take(most)
            .take_while(|byte| char::from(*byte).is_digit(radix))
            .count();
        let code = digits
            .get(..count)
            .and_then(|code| u32::from_str_radix(code, radix).ok());
        match code.and_then(char::from_u32) {
            Some(char) => {
                plain.push(char);
                rest = digits.get(count..).unwrap_or_default();
            }
            None => {
                plain.push('\\');
                plain.push(kind);
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
