//! YAML 1.2, every document of a stream, through the parser's events.
//!
//! A document that breaks is one problem and no document; the documents after it are read all the same. Aliases become
//! copies of what they name, within a budget, and merge keys are applied, so that no later room has to know of either.

mod alias;
mod assemble;
mod fault;
mod layout;
mod scalar;
mod schema;

use super::{
    Comment, MAX_DEPTH, Node, NodeKind, Parsed, Problem, Style, Text, deeper_than_allowed,
};
use crate::source::{FileId, Loc, Span, Spanned};
use assemble::{Assembly, Collection, NodeTag};
use fault::Fault;
use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle, Tag,
};
use layout::{Gap, Sign};
use std::borrow::Cow;
use std::ops::Range;

/// Reads a text, which must be the whole text of `file`. A document without any node gives none.
pub fn parse(file: FileId, text: &str) -> Parsed<'_> {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    // The parser looks ahead, so it has to know the limit on depth too.
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    // The default limit ends a file with a long comment in an error.
    options.max_buffered_comment_events = usize::MAX;
    let mut reader = Reader {
        file,
        text,
        assembly: Assembly::new(file, text),
        cursor: 0,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        let outcome = match event {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => Err(reader.problem(&error)),
        };
        if let Err(problem) = outcome {
            reader.assembly.abandon(problem);
            // Signs of the broken document are none of the next one's.
            reader.cursor = text.len();
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let problem = reader.problem(&error);
                    reader.assembly.abandon(problem);
                    break;
                }
            }
        }
    }
    reader.assembly.finish()
}

/// One text being read.
struct Reader<'s> {
    file: FileId,
    text: &'s str,
    assembly: Assembly<'s>,
    /// One past the last byte that an event has told of: the signs before the next node lie after it.
    cursor: usize,
}

impl<'s> Reader<'s> {
    fn event(&mut self, event: Event<'s>, span: &granit_parser::Span) -> Result<(), Problem> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        match event {
            Event::Comment(text, _) => self.comment(range, &text),
            Event::DocumentStart(is_explicit, _) => {
                self.assembly.start_document();
                // Without `---`, the place is that of the first node, whose header may stand before it.
                if is_explicit {
                    self.cursor = range.end;
                }
            }
            Event::DocumentEnd => {
                self.assembly.end_document();
                self.cursor = self.cursor.max(range.end);
            }
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(value, style, tag.as_deref(), span);
                self.cursor = range.end.max(node.loc.span.end as usize);
                self.assembly
                    .add(node, anchor, style == ScalarStyle::Plain)?;
            }
            Event::SequenceStart(style, anchor, _) => {
                let start = match style {
                    StructureStyle::Block => self.first_dash(range.start),
                    StructureStyle::Flow => range.start,
                };
                self.open(Collection::List, start, range, anchor, span)?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.open(Collection::Map, range.start, range, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // The end of a flow collection is its bracket; a block collection has none.
                let bracket = (!range.is_empty()).then_some(range.end);
                let end = self.assembly.close(bracket)?;
                self.cursor = self.cursor.max(end);
            }
            Event::Alias(id) => {
                self.cursor = range.end;
                self.assembly.alias(id, self.loc(range))?;
            }
            Event::UnresolvedAlias(name) => {
                self.cursor = range.end;
                self.assembly.unresolved_alias(&name, self.loc(range))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn loc(&self, range: Range<usize>) -> Loc {
        Loc::new(self.file, Span::new(range.start, range.end))
    }

    fn slice(&self, range: Range<usize>) -> &'s str {
        self.text.get(range).unwrap_or("")
    }

    fn comment(&mut self, range: Range<usize>, text: &str) {
        let before = self.slice(0..range.start).trim_end_matches([' ', '\t']);
        let own_line = before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}']);
        let loc = self.loc(range);
        self.assembly.parsed.comments.push(Comment {
            loc,
            text: text.to_string(),
            own_line,
        });
    }

    fn open(
        &mut self,
        collection: Collection,
        start: usize,
        sign: Range<usize>,
        anchor: usize,
        span: &granit_parser::Span,
    ) -> Result<(), Problem> {
        self.cursor = sign.end;
        let tag = self.tag(span);
        self.assembly.open(collection, start, sign, tag, anchor)
    }

    fn tag(&self, span: &granit_parser::Span) -> NodeTag<'s> {
        let range = span.tag_span()?.byte_range()?;
        let source = Cow::Borrowed(self.slice(range.clone()));
        Some(Spanned::new(source, self.loc(range)))
    }

    /// The first dash of a block sequence that the parser sees at `at`. Where the dashes stand in the column of the key
    /// above them, it sees the first item instead.
    fn first_dash(&self, at: usize) -> usize {
        if !self.assembly.waits_for_value() {
            return at;
        }
        Gap::new(self.text, self.cursor, at)
            .find(|(_, sign)| *sign == Sign::Dash)
            .map_or(at, |(dash, _)| dash)
    }

    fn scalar(
        &self,
        value: Cow<'s, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &granit_parser::Span,
    ) -> Node<'s> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        let (range, kind) = match style {
            ScalarStyle::Plain if range.is_empty() => {
                let at = match tag {
                    None => self.after_colon().unwrap_or(range.start),
                    Some(_) => range.start,
                };
                (at..at, NodeKind::Null)
            }
            ScalarStyle::Plain => {
                let source = self.slice(range.clone());
                let kind =
                    schema::resolve(source, tag.map(Tag::core_suffix)).unwrap_or_else(|| {
                        NodeKind::Text(flow_text(source, value, Style::Plain, range.start))
                    });
                (range, kind)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    _ => Style::DoubleQuoted,
                };
                let start = range.start + 1;
                let source = self.slice(start..range.end.saturating_sub(1).max(start));
                (
                    range,
                    NodeKind::Text(flow_text(source, value, style, start)),
                )
            }
            ScalarStyle::Literal => self.block(value, Style::Literal, range, span.indent),
            ScalarStyle::Folded => self.block(value, Style::Folded, range, span.indent),
        };
        Node {
            loc: self.loc(range),
            kind,
            tag: self.tag(span),
            alias: None,
        }
    }

    /// Where a value that is not there would stand: after the colon that follows the last event.
    fn after_colon(&self) -> Option<usize> {
        let sign = Gap::new(self.text, self.cursor, self.text.len()).next();
        match sign {
            Some((at, Sign::Colon)) if self.assembly.waits_for_value() => Some(at + 1),
            _ => None,
        }
    }

    /// A block scalar, of which the parser sees the lines `range`: it starts at the header and ends with its last line
    /// that is not blank.
    fn block(
        &self,
        value: Cow<'s, str>,
        style: Style,
        range: Range<usize>,
        indent: Option<usize>,
    ) -> (Range<usize>, NodeKind<'s>) {
        let header = Gap::new(self.text, self.cursor, self.text.len())
            .find(|(_, sign)| *sign == Sign::Header)
            .map(|(at, _)| at)
            .filter(|at| *at <= range.start)
            .or_else(|| layout::header_above(self.text, range.start))
            .unwrap_or(range.start);
        let line = self.slice(header..self.text.len());
        let line_len = line.find(['\n', '\r']).unwrap_or(line.len());
        let after = line.get(line_len..).unwrap_or("");
        let lines = header + line_len + scalar::break_len(after);
        let source = self.slice(lines..range.end.max(lines));
        // The parser does not tell the indentation of a text that starts with a line separator of old.
        let column = self.slice(lines..range.start).bytes().rev();
        let indent = indent.unwrap_or(column.take_while(|byte| *byte == b' ').count());
        let runs = scalar::block_runs(source, lines, style, indent, value.len());
        let end = match source.trim_end_matches([' ', '\t', '\n', '\r']).len() {
            0 => {
                let head = line.get(..line_len).unwrap_or("");
                header + head.split([' ', '\t']).next().map_or(1, str::len)
            }
            len => lines + len,
        };
        (
            header..end,
            NodeKind::Text(text(value, style, range.start, runs)),
        )
    }

    fn problem(&self, error: &ScanError) -> Problem {
        let at = error.marker().byte_offset().unwrap_or(self.cursor);
        match fault_of(error.kind()) {
            None => deeper_than_allowed(self.loc(at..at + 1)),
            Some(fault) => fault::explain(self.file, self.text, fault, at),
        }
    }
}

/// A plain or quoted scalar, with what stands between its quotes.
fn flow_text<'s>(source: &str, value: Cow<'s, str>, style: Style, start: usize) -> Text<'s> {
    let runs = match value == source {
        true => None,
        false => scalar::flow_runs(source, start, style, value.len()),
    };
    text(value, style, start, runs)
}

fn text(
    value: Cow<'_, str>,
    style: Style,
    start: usize,
    runs: Option<Vec<(u32, u32)>>,
) -> Text<'_> {
    let mut text = Text::verbatim(value, style, Span::new(start, start).start);
    if let Some(runs) = runs {
        text.runs = runs;
    }
    text
}

/// The parser's error in our own terms; `None` for its limit on depth.
fn fault_of(kind: &ErrorKind) -> Option<Fault> {
    Some(match kind {
        ErrorKind::RecursionLimitExceeded => return None,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => Fault::Tab,
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            Fault::QuoteNeverClosed
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => Fault::TextAfterQuote,
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => Fault::Escape,
        ErrorKind::UnclosedFlowCollection { open } => Fault::BracketNeverClosed(*open),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            Fault::BracketMismatch(*open, *close)
        }
        ErrorKind::MisplacedFlowCollectionEnd => Fault::BracketClosesNothing,
        ErrorKind::UnexpectedEofFlowSequence => Fault::BracketNeverClosed('['),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            Fault::BracketNeverClosed('{')
        }
        ErrorKind::ExpectedFlowMappingSeparator => Fault::NoSeparator('}'),
        ErrorKind::ExpectedFlowSequenceSeparator => Fault::NoSeparator(']'),
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::FlowMappingValueAdjacentCollection => Fault::ColonInValue,
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => Fault::NoColon,
        ErrorKind::ExpectedBlockMappingKey => Fault::NotAKey,
        ErrorKind::ExpectedBlockSequenceEntry => Fault::NotAnItem,
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            Fault::DashNotAllowed
        }
        ErrorKind::MappingKeyNotAllowed => Fault::KeyNotAllowed,
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => Fault::Indentation,
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => {
            Fault::BlockHeader
        }
        ErrorKind::UnexpectedCharacter { character } => Fault::Character(*character),
        ErrorKind::MissingAnchorOrAliasName => Fault::NoName,
        ErrorKind::UndeclaredTagHandle => Fault::UnknownTagHandle,
        ErrorKind::CommentNotSeparated | ErrorKind::CommentInterceptedScalar => Fault::Comment,
        ErrorKind::BomInsideDocument => Fault::ByteOrderMark,
        ErrorKind::InvalidDocumentEnd | ErrorKind::ExpectedDocumentStart => Fault::TextAfterEnd,
        ErrorKind::InvalidMappingValueWhitespace
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::ExpectedWhitespace => Fault::NoSpace,
        ErrorKind::ExpectedTagBang
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape => Fault::Tag,
        ErrorKind::DuplicateVersionDirective
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::DuplicateTagDirective
        | ErrorKind::MissingDocumentEndBeforeDirective
        | ErrorKind::InvalidDirectiveTerminator
        | ErrorKind::MissingYamlVersionSeparator
        | ErrorKind::MissingDirectiveName
        | ErrorKind::InvalidDirectiveName
        | ErrorKind::YamlVersionTooLong
        | ErrorKind::MissingYamlVersion
        | ErrorKind::InvalidTagDirectiveTerminator
        | ErrorKind::ExpectedTagDirectiveBang => Fault::Directive,
        _ => Fault::Other,
    })
}

#[cfg(test)]
mod tests;
