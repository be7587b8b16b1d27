//! JSON, read strictly first and then with patience.
//!
//! AWS reads strict JSON, so that is what a file must be. Where it is not, a second, permissive reading finds out
//! whether only comments, commas or quotes stand in the way: then each of these is a problem with its own place, and
//! the document is read all the same, because its other faults are worth knowing too. Only a text that no reading can make
//! sense of ends without a document.

mod escape;
mod fault;
mod survey;

use super::{
    Comment, Document, Entry, Node, NodeKind, Parsed, Problem, ProblemKind, Style, Text,
    deeper_than_allowed,
};
use crate::source::{FileId, Loc, Span, Spanned};
use fault::{Broken, Deviation, Mark, Piece};
use jsonc_parser::ast::{ObjectPropName, StringLit, Value};
use jsonc_parser::common::Range;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions, ParseStringErrorKind, parse_to_ast,
};
use std::borrow::Cow;

/// Reads a text, which must be the whole text of `file`. A text without any value gives no document and no problem.
pub fn parse(file: FileId, text: &str) -> Parsed<'_> {
    Reader::new(file, text, true).read()
}

/// Reads a text that stands inside of another one, of which `file` is the file: all places count from the start of
/// `text`, and no message names a line.
pub(super) fn parse_inside(file: FileId, text: &str) -> Parsed<'_> {
    Reader::new(file, text, false).read()
}

/// Whether the text after any byte order mark is one JSON value and nothing else.
pub(super) fn is_strict(body: &str) -> bool {
    let survey = survey::survey(body);
    let strict = || parse_to_ast(body, &CollectOptions::default(), &options(Patience::None));
    survey == survey::Survey::default() && strict().is_ok_and(|result| result.value.is_some())
}

/// What a reading lets pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// JSON and nothing else.
    None,
    /// Comments and trailing commas, which people write on purpose.
    Habits,
    /// Whatever can be understood.
    All,
}

/// One text being read.
#[derive(Clone, Copy)]
struct Reader<'s> {
    file: FileId,
    /// Where `body` starts in the file.
    base: usize,
    /// The text after the byte order mark.
    body: &'s str,
    /// Whether lines of the text are lines of the file.
    names_lines: bool,
}

impl<'s> Reader<'s> {
    fn new(file: FileId, text: &'s str, names_lines: bool) -> Self {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        Reader {
            file,
            base: text.len() - body.len(),
            body,
            names_lines,
        }
    }

    fn read(self) -> Parsed<'s> {
        let survey = survey::survey(self.body);
        if let Some(bracket) = survey.too_deep {
            return self.failed(deeper_than_allowed(self.loc(bracket, bracket + 1)));
        }
        if !survey.is_irregular
            && let Ok(result) = parse_to_ast(
                self.body,
                &CollectOptions::default(),
                &options(Patience::None),
            )
        {
            return Parsed {
                documents: self.documents(result.value),
                ..Parsed::default()
            };
        }
        let collect = CollectOptions {
            comments: CommentCollectionStrategy::AsTokens,
            tokens: true,
        };
        match parse_to_ast(self.body, &collect, &options(Patience::All)) {
            Ok(result) => {
                let pieces: Vec<Piece<'_>> = result
                    .tokens
                    .iter()
                    .flatten()
                    .map(|token| self.piece(token))
                    .collect();
                Parsed {
                    comments: self.comments(&pieces),
                    problems: fault::deviations(self.body, &pieces)
                        .into_iter()
                        .map(|found| self.problem(found))
                        .collect(),
                    documents: self.documents(result.value),
                }
            }
            Err(patient) => {
                // The first thing that is not even JSON with comments is nearer to the mistake than the place at
                // which the last attempt to understand it gave up.
                let error = parse_to_ast(
                    self.body,
                    &CollectOptions::default(),
                    &options(Patience::Habits),
                )
                .err()
                .unwrap_or(patient);
                match broken(&error) {
                    Some(broken) => {
                        let range = error.range();
                        let found = fault::explain(
                            self.body,
                            broken,
                            range.start..range.end,
                            self.names_lines,
                        );
                        self.failed(self.problem(found))
                    }
                    None => self.failed(deeper_than_allowed(
                        self.loc(error.range().start, error.range().start + 1),
                    )),
                }
            }
        }
    }

    fn failed(self, problem: Problem) -> Parsed<'s> {
        Parsed {
            problems: vec![problem],
            ..Parsed::default()
        }
    }

    fn problem(self, found: Deviation) -> Problem {
        let loc = self.loc(found.range.start, found.range.end);
        let mut problem = Problem::new(ProblemKind::Syntax, loc, found.message);
        problem.hint = found.hint;
        problem.is_templated = found.is_templated;
        problem
    }

    fn loc(self, start: usize, end: usize) -> Loc {
        Loc::new(self.file, Span::new(self.base + start, self.base + end))
    }

    fn loc_of(self, range: Range) -> Loc {
        self.loc(range.start, range.end)
    }

    fn piece(self, token: &TokenAndRange<'s>) -> Piece<'s> {
        let mark = match token.token {
            Token::OpenBrace => Mark::Open('{'),
            Token::OpenBracket => Mark::Open('['),
            Token::CloseBrace => Mark::Close('}'),
            Token::CloseBracket => Mark::Close(']'),
            Token::Comma => Mark::Comma,
            Token::Colon => Mark::Colon,
            Token::String(_) => Mark::String,
            Token::Word(_) | Token::Boolean(_) | Token::Null => Mark::Word,
            Token::Number(_) => Mark::Number,
            Token::CommentLine(_) | Token::CommentBlock(_) => Mark::Comment,
        };
        Piece {
            mark,
            start: token.range.start,
            source: self
                .body
                .get(token.range.start..token.range.end)
                .unwrap_or(""),
        }
    }

    fn comments(self, pieces: &[Piece<'s>]) -> Vec<Comment> {
        pieces
            .iter()
            .filter(|piece| piece.mark == Mark::Comment)
            .map(|piece| {
                let inside = piece.source.get(2..).unwrap_or("");
                let inside = match piece.source.starts_with("/*") {
                    true => inside.strip_suffix("*/").unwrap_or(inside),
                    false => inside,
                };
                let before = self.body.get(..piece.start).unwrap_or("");
                let before = before.trim_end_matches([' ', '\t']);
                Comment {
                    loc: self.loc(piece.start, piece.end()),
                    text: inside.to_string(),
                    own_line: before.is_empty() || before.ends_with(['\n', '\r']),
                }
            })
            .collect()
    }

    fn documents(self, value: Option<Value<'s>>) -> Vec<Document<'s>> {
        let root = value.map(|value| Document {
            file: self.file,
            root: self.node(value),
        });
        root.into_iter().collect()
    }

    fn node(self, value: Value<'s>) -> Node<'s> {
        match value {
            Value::NullKeyword(null) => Node::new(self.loc_of(null.range), NodeKind::Null),
            Value::BooleanLit(literal) => {
                Node::new(self.loc_of(literal.range), NodeKind::Bool(literal.value))
            }
            Value::NumberLit(literal) => Node::new(
                self.loc_of(literal.range),
                NodeKind::Number(Cow::Borrowed(literal.value)),
            ),
            Value::StringLit(literal) => Node::new(
                self.loc_of(literal.range),
                NodeKind::Text(self.text(literal)),
            ),
            Value::Array(array) => Node::new(
                self.loc_of(array.range),
                NodeKind::List(
                    array
                        .elements
                        .into_iter()
                        .map(|item| self.node(item))
                        .collect(),
                ),
            ),
            Value::Object(object) => Node::new(
                self.loc_of(object.range),
                NodeKind::Map(
                    object
                        .properties
                        .into_iter()
                        .map(|property| Entry {
                            key: self.key(property.name),
                            value: self.node(property.value),
                        })
                        .collect(),
                ),
            ),
        }
    }

    fn key(self, name: ObjectPropName<'s>) -> Spanned<Cow<'s, str>> {
        match name {
            ObjectPropName::String(literal) => {
                Spanned::new(literal.value, self.loc_of(literal.range))
            }
            ObjectPropName::Word(word) => {
                Spanned::new(Cow::Borrowed(word.value), self.loc_of(word.range))
            }
        }
    }

    fn text(self, literal: StringLit<'s>) -> Text<'s> {
        let (start, end) = (literal.range.start + 1, literal.range.end.saturating_sub(1));
        let raw = self.body.get(start..end).unwrap_or("");
        let style = match self.body.as_bytes().get(literal.range.start) {
            Some(b'\'') => Style::SingleQuoted,
            _ => Style::DoubleQuoted,
        };
        let file_start = Span::new(self.base + start, self.base + start).start;
        let mut text = Text::verbatim(literal.value, style, file_start);
        if raw.len() != text.value.len()
            && let Some(runs) = escape::runs(raw, file_start, text.value.len())
        {
            text.runs = runs;
        }
        text
    }
}

fn options(patience: Patience) -> ParseOptions {
    let habits = patience != Patience::None;
    let all = patience == Patience::All;
    ParseOptions {
        allow_comments: habits,
        allow_trailing_commas: habits,
        allow_loose_object_property_names: all,
        allow_missing_commas: all,
        allow_single_quoted_strings: all,
        allow_hexadecimal_numbers: all,
        allow_unary_plus_numbers: all,
        allow_bare_decimal_point_numbers: all,
        allow_non_finite_numbers: all,
        allow_extended_string_escapes: all,
    }
}

/// The parser's error in our own terms; `None` for its limit on depth.
fn broken(error: &ParseError) -> Option<Broken> {
    Some(match error.kind() {
        ParseErrorKind::NestingDepthExceeded => return None,
        ParseErrorKind::ExpectedColonAfterObjectKey => Broken::NoColon,
        ParseErrorKind::ExpectedObjectValue => Broken::NoValue,
        ParseErrorKind::ExpectedComma => Broken::NoComma,
        ParseErrorKind::ExpectedStringObjectProperty => Broken::BareKey,
        ParseErrorKind::SingleQuotedStringsNotAllowed => Broken::SingleQuotes,
        ParseErrorKind::UnterminatedArray | ParseErrorKind::UnterminatedObject => {
            Broken::NeverClosed
        }
        ParseErrorKind::UnterminatedCommentBlock => Broken::CommentNeverClosed,
        ParseErrorKind::MultipleRootJsonValues => Broken::TextAfterEnd,
        ParseErrorKind::String(ParseStringErrorKind::UnterminatedStringLiteral) => {
            Broken::StringNeverClosed
        }
        ParseErrorKind::String(
            ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)
            | ParseStringErrorKind::ExpectedFourHexDigits
            | ParseStringErrorKind::ExpectedTwoHexDigits
            | ParseStringErrorKind::InvalidEscape
            | ParseStringErrorKind::InvalidEscapeInDoubleQuoteString
            | ParseStringErrorKind::InvalidEscapeInSingleQuoteString,
        ) => Broken::Escape,
        ParseErrorKind::BareDecimalPointNumbersNotAllowed
        | ParseErrorKind::ExpectedDigit
        | ParseErrorKind::ExpectedDigitFollowingNegativeSign
        | ParseErrorKind::ExpectedPlusMinusOrDigitInNumberLiteral
        | ParseErrorKind::HexadecimalNumbersNotAllowed
        | ParseErrorKind::NonFiniteNumbersNotAllowed
        | ParseErrorKind::UnaryPlusNumbersNotAllowed => Broken::Number,
        ParseErrorKind::CommentsNotAllowed
        | ParseErrorKind::TrailingCommasNotAllowed
        | ParseErrorKind::UnexpectedCloseBrace
        | ParseErrorKind::UnexpectedCloseBracket
        | ParseErrorKind::UnexpectedColon
        | ParseErrorKind::UnexpectedComma
        | ParseErrorKind::UnexpectedToken
        | ParseErrorKind::UnexpectedTokenInObject
        | ParseErrorKind::UnexpectedWord => Broken::Unexpected,
    })
}

#[cfg(test)]
mod tests;
