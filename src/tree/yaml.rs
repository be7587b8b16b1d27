//! YAML 1.2, every document of a stream, through the parser's events.
//!
//! A document that breaks is one problem and no document; the documents after it are read all the same. Aliases become
//! copies of what they name, within a budget, and merge keys are applied, so that no later room has to know of either.

mod alias;
mod fault;
mod layout;
mod scalar;
mod schema;

use super::{
    Comment, Document, Entry, MAX_DEPTH, Node, NodeKind, Parsed, Problem, ProblemKind, Style, Text,
    deeper_than_allowed, shown, template,
};
use crate::source::{FileId, LineIndex, Loc, Span, Spanned};
use alias::Anchors;
use fault::Fault;
use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle, Tag,
};
use layout::{Gap, Sign};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Reads a text, which must be the whole text of `file`. A document without any node gives none.
pub fn parse(file: FileId, text: &str) -> Parsed<'_> {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    // The default limit ends a file with a long comment in an error.
    options.max_buffered_comment_events = usize::MAX;
    let mut builder = Builder::new(file, text);
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        let outcome = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => Err(builder.scan_problem(&error)),
        };
        if let Err(problem) = outcome {
            builder.abandon(problem);
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let problem = builder.scan_problem(&error);
                    builder.parsed.problems.push(problem);
                    break;
                }
            }
        }
    }
    builder.finish()
}

/// A list or map whose end has not been seen.
struct Frame<'s> {
    start: usize,
    /// One past the last byte that belongs to it.
    end: usize,
    tag: Option<Spanned<Cow<'s, str>>>,
    /// The anchor's id; 0 for none.
    anchor: usize,
    inside: Inside<'s>,
}

enum Inside<'s> {
    List(Vec<Node<'s>>),
    Map {
        entries: Vec<Entry<'s>>,
        key: Option<Key<'s>>,
        /// Indexes of the entries whose key is a merge key.
        merges: Vec<usize>,
    },
}

struct Key<'s> {
    name: Spanned<Cow<'s, str>>,
    is_merge: bool,
}

struct Builder<'s> {
    file: FileId,
    text: &'s str,
    parsed: Parsed<'s>,
    stack: Vec<Frame<'s>>,
    root: Option<Node<'s>>,
    anchors: Anchors<'s>,
    /// One past the last byte that an event has told of: signs up to the next event lie after it.
    cursor: usize,
    lines: Option<LineIndex>,
    /// The first thing that is wrong with the document although it has the form of one.
    rejected: Option<Problem>,
}

impl<'s> Builder<'s> {
    fn new(file: FileId, text: &'s str) -> Self {
        Builder {
            file,
            text,
            parsed: Parsed::default(),
            stack: Vec::new(),
            root: None,
            anchors: Anchors::default(),
            cursor: 0,
            lines: None,
            rejected: None,
        }
    }

    fn event(&mut self, event: Event<'s>, span: &granit_parser::Span) -> Result<(), Problem> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        match event {
            Event::Comment(text, _) => {
                self.comment(range, &text);
                return Ok(());
            }
            Event::DocumentStart(..) => {
                self.clear();
                self.cursor = range.end;
            }
            Event::DocumentEnd => self.end_document(),
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(value, style, tag.as_deref(), span);
                self.cursor = self.cursor.max(range.end);
                self.anchors.define(anchor, &node, &self.stack_state())?;
                self.add(node, style == ScalarStyle::Plain);
            }
            Event::SequenceStart(style, anchor, _) => {
                let start = match style {
                    StructureStyle::Block => self.sequence_start(range.start),
                    StructureStyle::Flow => range.start,
                };
                self.open(start, anchor, span, Inside::List(Vec::new()), range)?;
            }
            Event::MappingStart(_, anchor, _) => {
                let inside = Inside::Map {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                };
                self.open(range.start, anchor, span, inside, range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range)?,
            Event::Alias(id) => {
                let loc = self.loc(range.start, range.end);
                self.cursor = self.cursor.max(range.end);
                if self.stack.iter().any(|frame| frame.anchor == id) {
                    let name = self.slice(range);
                    let problem = Problem::new(
                        ProblemKind::Syntax,
                        loc,
                        format!("the alias {} stands inside of what it names", shown(name)),
                    );
                    self.reject(
                        problem.hint("a value cannot contain itself: write out what is meant"),
                    );
                    self.add(Node::new(loc, NodeKind::Null), false);
                } else {
                    let node = self.anchors.resolve(id, loc, &self.stack_state())?;
                    self.add(node, false);
                }
            }
            Event::UnresolvedAlias(name) => {
                let loc = self.loc(range.start, range.end);
                self.cursor = self.cursor.max(range.end);
                let problem = fault::unresolved_alias(loc, &name);
                self.reject(problem);
                self.add(Node::new(loc, NodeKind::Null), false);
            }
            _ => {}
        }
        Ok(())
    }

    fn stack_state(&self) -> alias::Depth {
        alias::Depth {
            open: self.stack.len(),
            is_anchored: self.stack.iter().any(|frame| frame.anchor != 0),
        }
    }

    fn loc(&self, start: usize, end: usize) -> Loc {
        Loc::new(self.file, Span::new(start, end))
    }

    fn slice(&self, range: std::ops::Range<usize>) -> &'s str {
        self.text.get(range).unwrap_or("")
    }

    fn comment(&mut self, range: std::ops::Range<usize>, text: &str) {
        let before = self.slice(0..range.start).trim_end_matches([' ', '\t']);
        self.parsed.comments.push(Comment {
            loc: self.loc(range.start, range.end),
            text: text.to_string(),
            own_line: before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}']),
        });
    }

    fn tag(&self, span: &granit_parser::Span) -> Option<Spanned<Cow<'s, str>>> {
        let range = span.tag_span()?.byte_range()?;
        let loc = self.loc(range.start, range.end);
        Some(Spanned::new(Cow::Borrowed(self.slice(range)), loc))
    }

    fn scalar(
        &self,
        value: Cow<'s, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &granit_parser::Span,
    ) -> Node<'s> {
        let range = span.byte_range().unwrap_or(self.cursor..self.cursor);
        let (loc, kind) = match style {
            ScalarStyle::Plain if range.is_empty() => {
                let at = match tag {
                    None => self.after_colon(range.start),
                    Some(_) => range.start,
                };
                (self.loc(at, at), NodeKind::Null)
            }
            ScalarStyle::Plain => {
                let source = self.slice(range.clone());
                let kind = schema::resolve(source, tag.map(|tag| tag.core_suffix()))
                    .unwrap_or_else(|| {
                        NodeKind::Text(self.text_node(
                            value,
                            Style::Plain,
                            range.start,
                            range.clone(),
                        ))
                    });
                (self.loc(range.start, range.end), kind)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    _ => Style::DoubleQuoted,
                };
                let inside = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                let text = self.text_node(value, style, inside.start, inside);
                (self.loc(range.start, range.end), NodeKind::Text(text))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let style = match style {
                    ScalarStyle::Literal => Style::Literal,
                    _ => Style::Folded,
                };
                self.block(value, style, range, span.indent)
            }
        };
        Node {
            loc,
            kind,
            tag: self.tag(span),
            alias: None,
        }
    }

    fn text_node(
        &self,
        value: Cow<'s, str>,
        style: Style,
        start: usize,
        inside: std::ops::Range<usize>,
    ) -> Text<'s> {
        let source = self.slice(inside);
        let mut text = Text::verbatim(value, style, Span::new(start, start).start);
        if text.value != source
            && let Some(runs) = scalar::flow_runs(source, start, style, text.value.len())
        {
            text.runs = runs;
        }
        text
    }

    /// A block scalar: its place starts at the header and ends with its last line that is not blank.
    fn block(
        &self,
        value: Cow<'s, str>,
        style: Style,
        range: std::ops::Range<usize>,
        indent: Option<usize>,
    ) -> (Loc, NodeKind<'s>) {
        let header = Gap::new(self.text, self.cursor, self.text.len())
            .find(|(_, sign)| *sign == Sign::Header)
            .map_or(range.start, |(at, _)| at)
            .min(range.start);
        let line = self.slice(header..self.text.len());
        let header_len = line.find(['\n', '\r']).unwrap_or(line.len());
        let break_len = match line.get(header_len..) {
            Some(rest) if rest.starts_with("\r\n") => 2,
            Some("") | None => 0,
            Some(_) => 1,
        };
        let lines = header + header_len + break_len;
        let source = self.slice(lines..range.end.max(lines));
        let mut text = Text::verbatim(value, style, Span::new(range.start, range.start).start);
        if let Some(runs) =
            scalar::block_runs(source, lines, style, indent.unwrap_or(0), text.value.len())
        {
            text.runs = runs;
        }
        let end = match source.trim_end().len() {
            0 => {
                let head = line.get(..header_len).unwrap_or("");
                header + head.split([' ', '\t']).next().map_or(1, str::len)
            }
            len => lines + len,
        };
        (self.loc(header, end), NodeKind::Text(text))
    }

    /// Where a value that is not there would stand: after the colon that follows the last event, or at `otherwise`.
    fn after_colon(&self, otherwise: usize) -> usize {
        let waits_for_value = matches!(
            self.stack.last(),
            Some(Frame {
                inside: Inside::Map { key: Some(_), .. },
                ..
            })
        );
        let sign = Gap::new(self.text, self.cursor, self.text.len()).next();
        match sign {
            Some((at, Sign::Colon)) if waits_for_value => at + 1,
            _ => otherwise,
        }
    }

    /// The first dash of a block sequence. The parser gives the first item instead where the dashes stand in the column of
    /// the key above them.
    fn sequence_start(&self, at: usize) -> usize {
        Gap::new(self.text, self.cursor, at)
            .find(|(_, sign)| *sign == Sign::Dash)
            .map_or(at, |(dash, _)| dash)
    }

    fn open(
        &mut self,
        start: usize,
        anchor: usize,
        span: &granit_parser::Span,
        inside: Inside<'s>,
        range: std::ops::Range<usize>,
    ) -> Result<(), Problem> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(deeper_than_allowed(self.loc(range.start, range.end)));
        }
        self.stack.push(Frame {
            start,
            end: range.end,
            tag: self.tag(span),
            anchor,
            inside,
        });
        self.cursor = self.cursor.max(range.end);
        Ok(())
    }

    fn close(&mut self, range: std::ops::Range<usize>) -> Result<(), Problem> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        // The end of a flow collection is its bracket; that of a block collection is wherever the parser noticed.
        let end = if range.is_empty() {
            frame.end
        } else {
            range.end
        };
        self.cursor = self.cursor.max(end);
        let kind = match frame.inside {
            Inside::List(items) => NodeKind::List(items),
            Inside::Map {
                entries, merges, ..
            } => {
                self.report_duplicates(&entries, &merges);
                NodeKind::Map(alias::merge(entries, &merges))
            }
        };
        let node = Node {
            loc: self.loc(frame.start, end),
            kind,
            tag: frame.tag,
            alias: None,
        };
        self.anchors
            .define(frame.anchor, &node, &self.stack_state())?;
        self.add(node, false);
        Ok(())
    }

    /// Hands a finished node to the collection it stands in.
    fn add(&mut self, node: Node<'s>, is_plain: bool) {
        let place = node.place().span;
        let tag_end = node.tag.as_ref().map_or(0, |tag| tag.loc.span.range().end);
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        if node.alias.is_some() || tag_end == 0 {
            frame.end = frame.end.max(place.range().end);
        } else {
            frame.end = frame.end.max(place.range().end).max(tag_end);
        }
        match &mut frame.inside {
            Inside::List(items) => items.push(node),
            Inside::Map {
                entries,
                key,
                merges,
            } => match key.take() {
                Some(Key { name, is_merge }) => {
                    if is_merge {
                        merges.push(entries.len());
                    }
                    entries.push(Entry {
                        key: name,
                        value: node,
                    });
                }
                None => {
                    let loc = node.place();
                    let source = self.text.get(place.range()).unwrap_or("");
                    let value = match node.kind {
                        // A templated key, `{{ .Values.name }}`, is a map in a map to YAML.
                        NodeKind::List(_) | NodeKind::Map(_) => Cow::Borrowed(source),
                        NodeKind::Null => {
                            Cow::Borrowed(if node.alias.is_some() { "" } else { source })
                        }
                        NodeKind::Bool(_) => Cow::Borrowed(source),
                        NodeKind::Number(number) => number,
                        NodeKind::Text(text) => text.value,
                    };
                    let is_merge = is_plain && value == "<<";
                    *key = Some(Key {
                        name: Spanned::new(value, loc),
                        is_merge,
                    });
                }
            },
        }
    }

    fn report_duplicates(&mut self, entries: &[Entry<'s>], merges: &[usize]) {
        let mut seen: BTreeMap<&str, Loc> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let key: &str = &entry.key.value;
            // Two merges are one list of merges, and what a templated key becomes is not in sight.
            if merges.binary_search(&at).is_ok() || key.starts_with("{{") {
                continue;
            }
            match seen.get(key) {
                Some(first) => found.push((key.to_string(), *first, entry.key.loc)),
                None => {
                    seen.insert(key, entry.key.loc);
                }
            }
        }
        for (key, first, second) in found {
            let line = self.line_of(first.span.start);
            let mut problem = fault::duplicate_key(second, &key, line);
            problem.is_templated = template::is_near(self.text, second.span.range().start);
            self.parsed.problems.push(problem);
        }
    }

    fn line_of(&mut self, offset: u32) -> usize {
        let text = self.text;
        self.lines
            .get_or_insert_with(|| LineIndex::new(text))
            .line_of(offset)
            + 1
    }

    fn scan_problem(&mut self, error: &ScanError) -> Problem {
        let at = error.marker().byte_offset().unwrap_or(self.cursor);
        match fault_of(error.kind()) {
            None => deeper_than_allowed(self.loc(at, at)),
            Some(fault) => fault::explain(self.file, self.text, fault, at),
        }
    }

    fn reject(&mut self, problem: Problem) {
        self.rejected.get_or_insert(problem);
    }

    /// Gives up on the document at hand.
    fn abandon(&mut self, problem: Problem) {
        let rejected = self.rejected.take();
        self.parsed.problems.push(rejected.unwrap_or(problem));
        self.clear();
    }

    fn clear(&mut self) {
        self.stack.clear();
        self.root = None;
        self.rejected = None;
        self.anchors.forget();
    }

    fn end_document(&mut self) {
        let root = self.root.take();
        match self.rejected.take() {
            Some(problem) => self.parsed.problems.push(problem),
            None => {
                let root = root.filter(|root| !(root.is_null() && root.loc.span.is_empty()));
                self.parsed.documents.extend(root.map(|root| Document {
                    file: self.file,
                    root,
                }));
            }
        }
        self.clear();
    }

    fn finish(mut self) -> Parsed<'s> {
        self.parsed.comments.sort_by_key(|comment| comment.loc);
        self.parsed.problems.sort_by_key(|problem| problem.loc);
        self.parsed
    }
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
