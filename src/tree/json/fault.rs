//! What is wrong with a JSON text, in words, and where exactly.
//!
//! The parser says where it gave up; people want to know what to change. So the place of a missing comma is the end of
//! the value before it, a bracket that is never closed is pointed at where it opens, and a string that runs over its
//! line is reported at its first quote, however much later the text stops making sense.

use super::escape;
use super::survey::{Before, first_open_line};
use crate::tree::shown;
use crate::tree::template::{self, TEMPLATED};
use std::ops::Range;

/// A departure from JSON, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deviation {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) is_templated: bool,
}

impl Deviation {
    fn new(range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Deviation {
            range,
            message: message.into(),
            hint: Some(hint.into()),
            is_templated: false,
        }
    }
}

/// What kind of thing a [`Piece`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Open(char),
    Close(char),
    Comma,
    Colon,
    String,
    /// `true`, `false`, `null`, and words that JSON does not know.
    Word,
    Number,
    Comment,
}

impl Mark {
    fn ends_value(self) -> bool {
        matches!(
            self,
            Mark::Close(_) | Mark::String | Mark::Word | Mark::Number
        )
    }

    fn starts_value(self) -> bool {
        matches!(
            self,
            Mark::Open(_) | Mark::String | Mark::Word | Mark::Number
        )
    }
}

/// A token of a text that could be understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    pub(super) mark: Mark,
    pub(super) start: usize,
    pub(super) source: &'s str,
}

impl Piece<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.source.len()
    }

    fn range(&self) -> Range<usize> {
        self.start..self.end()
    }
}

/// Why no reading made sense of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    NoColon,
    NoValue,
    NoComma,
    BareKey,
    SingleQuotes,
    NeverClosed,
    CommentNeverClosed,
    StringNeverClosed,
    TextAfterEnd,
    Escape,
    Number,
    Unexpected,
}

/// Everything in an understood text that JSON does not allow, in order of place.
pub(super) fn deviations(text: &str, pieces: &[Piece<'_>]) -> Vec<Deviation> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut last: Option<Piece<'_>> = None;
    let mut last_comment: Option<Piece<'_>> = None;
    let mut end = 0;
    for (at, piece) in pieces.iter().enumerate() {
        strange_space(text, end..piece.start, &mut found);
        end = piece.end();
        if piece.mark == Mark::Comment {
            // Lines of one comment are one departure, not one each.
            let continues =
                last_comment.is_some_and(|before| is_next_line(text, before.end()..piece.start));
            last_comment = Some(*piece);
            if !continues {
                found.push(Deviation::new(
                    piece.range(),
                    "comments are not allowed in JSON",
                    "remove the comment, or keep the explanation outside of the file",
                ));
            }
            continue;
        }
        last_comment = None;
        let next = pieces
            .iter()
            .skip(at + 1)
            .find(|next| next.mark != Mark::Comment);
        let is_key = next.is_some_and(|next| next.mark == Mark::Colon);
        match (last, piece.mark) {
            (Some(before), mark) if before.mark.ends_value() && mark.starts_value() => {
                found.push(missing_comma(before.end(), open.last() == Some(&'{')));
            }
            (Some(before), Mark::Close(bracket)) if before.mark == Mark::Comma => {
                found.push(Deviation::new(
                    before.range(),
                    format!("trailing comma before `{bracket}`"),
                    "remove the comma",
                ))
            }
            _ => {}
        }
        match piece.mark {
            Mark::Open(bracket) => open.push(bracket),
            Mark::Close(_) => {
                open.pop();
            }
            Mark::String => inside_string(piece, &mut found),
            Mark::Word | Mark::Number if is_key => {
                found.push(bare_key(piece.range(), piece.source))
            }
            Mark::Number if !is_json_number(piece.source) => {
                found.push(bad_number(piece.range(), piece.source))
            }
            _ => {}
        }
        last = Some(*piece);
    }
    strange_space(text, end..text.len(), &mut found);
    found.sort_by_key(|deviation| deviation.range.start);
    found
}

fn missing_comma(end: usize, in_object: bool) -> Deviation {
    let bracket = if in_object { '}' } else { ']' };
    Deviation::new(
        end..end,
        format!("expected `,` or `{bracket}` after this value"),
        "add a comma",
    )
}

fn bare_key(range: Range<usize>, word: &str) -> Deviation {
    Deviation::new(
        range,
        format!("the key {} must stand in double quotes", shown(word)),
        "put double quotes around the key",
    )
}

fn bad_number(range: Range<usize>, number: &str) -> Deviation {
    Deviation::new(
        range,
        format!("{} is not a JSON number", shown(number)),
        "write it in decimal digits, or put it in double quotes",
    )
}

fn single_quotes(range: Range<usize>) -> Deviation {
    Deviation::new(
        range,
        "a JSON string must stand in double quotes",
        "replace the single quotes by double quotes",
    )
}

fn unclosed_line(quote: usize) -> Deviation {
    Deviation::new(
        quote..quote + 1,
        "this string is not closed on its line",
        "close it with a double quote; a line break inside a string is written `\\n`",
    )
}

fn bad_escape(range: Range<usize>, source: &str) -> Deviation {
    let hint = if source.starts_with("\\u") {
        "write `\\u` and four hex digits; a character above U+FFFF is a pair of them"
    } else {
        "write a backslash as `\\\\`"
    };
    Deviation::new(
        range,
        format!("{} is not a JSON escape", shown(source)),
        hint,
    )
}

/// Whether a number that some reading took is one for JSON too.
fn is_json_number(source: &str) -> bool {
    let digits = source.strip_prefix('-').unwrap_or(source);
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let is_hex = digits.starts_with("0x") || digits.starts_with("0X");
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    starts_with_digit(whole) && starts_with_digit(fraction) && !is_hex
}

fn is_next_line(text: &str, between: Range<usize>) -> bool {
    let between = text.get(between).unwrap_or("");
    between.trim().is_empty() && between.matches('\n').count() == 1
}

/// White space that JSON does not count as such.
fn strange_space(text: &str, gap: Range<usize>, found: &mut Vec<Deviation>) {
    let between = text.get(gap.clone()).unwrap_or("");
    let strange = |c: &char| !matches!(c, ' ' | '\t' | '\n' | '\r');
    if let Some((at, c)) = between.char_indices().find(|(_, c)| strange(c)) {
        let start = gap.start + at;
        found.push(Deviation::new(
            start..start + c.len_utf8(),
            format!("U+{:04X} is not white space in JSON", u32::from(c)),
            "replace it by a plain space",
        ));
    }
}

/// What JSON does not allow inside or around a string: at most one departure for each string.
fn inside_string(piece: &Piece<'_>, found: &mut Vec<Deviation>) {
    if piece.source.starts_with('\'') {
        found.push(single_quotes(piece.range()));
        return;
    }
    let mut rest = piece.source;
    while let Some(at) = rest.find(|c: char| c == '\\' || c < ' ') {
        let here = rest.get(at..).unwrap_or("");
        let start = piece.end() - here.len();
        if here.starts_with('\\') {
            let (written, _) = escape::escape(here);
            if !escape::is_json_escape(here) {
                let source = here.get(..written).unwrap_or(here);
                if source.contains(['\n', '\r']) {
                    found.push(unclosed_line(piece.start));
                } else {
                    found.push(bad_escape(start..start + written, source));
                }
                return;
            }
            rest = here.get(written..).unwrap_or("");
        } else if here.starts_with(['\n', '\r']) {
            found.push(unclosed_line(piece.start));
            return;
        } else {
            let (name, escape) = match here.chars().next() {
                Some('\t') => ("a tab".to_string(), "\\t".to_string()),
                other => {
                    let code = other.map_or(0, u32::from);
                    (
                        format!("the control character U+{code:04X}"),
                        format!("\\u{code:04x}"),
                    )
                }
            };
            found.push(Deviation::new(
                start..start + 1,
                format!("{name} must not stand inside a JSON string"),
                format!("write it as `{escape}`"),
            ));
            return;
        }
    }
}

/// Says what broke a text that no reading could make sense of. `range` is where the parser gave up.
pub(super) fn explain(
    text: &str,
    broken: Broken,
    range: Range<usize>,
    names_lines: bool,
) -> Deviation {
    let mut found = match first_open_line(text, range.start) {
        Some(quote) if broken != Broken::CommentNeverClosed => unclosed_line(quote),
        _ => explain_here(text, broken, range, names_lines),
    };
    if template::is_near(text, found.range.start)
        || (broken == Broken::Unexpected && template::is_placeholder(text, found.range.start))
    {
        found.hint = Some(TEMPLATED.to_string());
        found.is_templated = true;
    }
    found
}

fn explain_here(text: &str, broken: Broken, range: Range<usize>, names_lines: bool) -> Deviation {
    let source = text.get(range.clone()).unwrap_or("");
    let before = Before::new(text, range.start);
    match broken {
        Broken::NoColon => Deviation::new(
            before.end..before.end,
            "expected `:` after this key",
            "add a colon and a value",
        ),
        Broken::NoValue => no_value(before.end),
        Broken::NoComma => missing_comma(
            before.end,
            before.innermost().is_some_and(|(_, open)| open == '{'),
        ),
        Broken::BareKey => bare_key(range, source),
        Broken::SingleQuotes => single_quotes(range),
        Broken::NeverClosed => {
            let bracket = text
                .get(range.start..)
                .and_then(|rest| rest.chars().next())
                .unwrap_or('{');
            Deviation::new(
                range.start..range.start + 1,
                format!("this `{bracket}` is never closed"),
                format!("add the missing `{}`", closing(bracket)),
            )
        }
        Broken::CommentNeverClosed => Deviation::new(
            range.start..range.start + 2,
            "this comment is never closed",
            "remove it",
        ),
        Broken::StringNeverClosed => Deviation::new(
            range.start..range.start + 1,
            "this string is never closed",
            "close it with a double quote",
        ),
        Broken::TextAfterEnd => text_after_end(range, source),
        Broken::Escape => {
            let (written, _) = escape::escape(text.get(range.start..).unwrap_or(""));
            let range = range.start..range.start + written;
            let source = text.get(range.clone()).unwrap_or(source);
            bad_escape(range, source)
        }
        Broken::Number => {
            let head = text.get(..range.start).unwrap_or("");
            let start = head
                .trim_end_matches(|c: char| {
                    c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')
                })
                .len();
            let number = template::word_at(text, start);
            bad_number(start..start + number.len(), number)
        }
        Broken::Unexpected => unexpected(text, range, &before, names_lines),
    }
}

fn no_value(end: usize) -> Deviation {
    Deviation::new(
        end..end,
        "expected a value after `:`",
        "add a value; an empty one is `\"\"` or `null`",
    )
}

fn text_after_end(range: Range<usize>, source: &str) -> Deviation {
    if source.starts_with(['}', ']']) {
        return Deviation::new(
            range,
            format!("this {} closes nothing", shown(source)),
            "remove it",
        );
    }
    Deviation::new(
        range.start..range.start + source.chars().next().map_or(0, char::len_utf8),
        "text after the end of the document",
        "a JSON file holds one value: remove the rest, or make it a list",
    )
}

fn unexpected(text: &str, range: Range<usize>, before: &Before, names_lines: bool) -> Deviation {
    let source = text.get(range.clone()).unwrap_or("");
    let first = source.chars().next().unwrap_or(' ');
    let inside_object = before.innermost().is_some_and(|(_, open)| open == '{');
    match (before.last, first) {
        (Some(':'), ',' | '}' | ']') => no_value(before.end),
        (Some(','), ',') => Deviation::new(range, "two commas in a row", "remove one of them"),
        (Some('{' | '['), ',') => Deviation::new(
            range,
            "expected a value before this comma",
            "remove the comma",
        ),
        (_, '}' | ']') => match before.innermost() {
            Some((open, bracket)) => {
                let whence = if names_lines {
                    format!("opened on line {}", line_of(text, open))
                } else {
                    "before it".to_string()
                };
                Deviation::new(
                    range,
                    format!("expected `{}` but found `{first}`", closing(bracket)),
                    format!("the `{bracket}` {whence} is not closed yet"),
                )
            }
            None => Deviation::new(range, format!("this `{first}` closes nothing"), "remove it"),
        },
        (Some(last), _) if first == ':' && !inside_object && !matches!(last, ',' | '[') => {
            Deviation::new(
                range,
                "`:` inside a list",
                "a list has no keys: write an object, `{ … }`, or remove the colon",
            )
        }
        (Some(last), _) if ends_value(last) && !matches!(first, ',' | ':') => {
            if before.open.is_empty() {
                text_after_end(range, source)
            } else {
                missing_comma(before.end, inside_object)
            }
        }
        (Some(',' | '{'), '{' | '[') if inside_object => Deviation::new(
            range,
            format!("expected a key in double quotes but found `{first}`"),
            "an object holds `\"key\": value` pairs",
        ),
        _ => {
            let word = template::word_at(text, range.start);
            let found = if word.is_empty() { source } else { word };
            let hint = match word.to_ascii_lowercase().as_str() {
                "true" => "write `true`".to_string(),
                "false" => "write `false`".to_string(),
                "none" | "nil" | "undefined" | "null" => "write `null`".to_string(),
                _ => "put a string in double quotes".to_string(),
            };
            Deviation::new(
                range.start..range.start + found.len(),
                format!("{} is not JSON", shown(found)),
                hint,
            )
        }
    }
}

/// Whether a character can be the last of a value: a key's end is told apart before.
fn ends_value(last: char) -> bool {
    matches!(last, '"' | '}' | ']') || last.is_alphanumeric()
}

fn closing(bracket: char) -> char {
    if bracket == '[' { ']' } else { '}' }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.get(..offset).unwrap_or("").matches('\n').count()
}
