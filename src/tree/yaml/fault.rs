//! What is wrong with a YAML text, in words, and where exactly.

use crate::source::{FileId, Loc, Span};
use crate::tree::template::{self, TEMPLATED};
use crate::tree::{Problem, ProblemKind, shown};

/// Why a document could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Tab,
    QuoteNeverClosed,
    TextAfterQuote,
    Escape,
    BracketNeverClosed(char),
    BracketMismatch(char, char),
    BracketClosesNothing,
    NoSeparator(char),
    ColonInValue,
    NoColon,
    NotAKey,
    NotAnItem,
    DashNotAllowed,
    KeyNotAllowed,
    Indentation,
    BlockHeader,
    Character(char),
    NoName,
    UnknownTagHandle,
    Comment,
    ByteOrderMark,
    TextAfterEnd,
    NoSpace,
    Tag,
    Directive,
    Other,
}

/// An alias without an anchor. In these files it is most often a wildcard without quotes.
pub(super) fn unresolved_alias(loc: Loc, name: &str) -> Problem {
    Problem::new(
        ProblemKind::Syntax,
        loc,
        format!(
            "no anchor {} is defined before this alias",
            shown(&format!("&{name}"))
        ),
    )
    .hint("put text that starts with `*` in quotes")
}

/// An alias inside of the node that it names.
pub(super) fn alias_cycle(loc: Loc, source: &str) -> Problem {
    Problem::new(
        ProblemKind::Syntax,
        loc,
        format!("the alias {} stands inside of what it names", shown(source)),
    )
    .hint("a value cannot contain itself: write out what is meant")
}

/// A key that its map already has.
pub(super) fn duplicate_key(loc: Loc, key: &str, first_line: usize) -> Problem {
    Problem::new(
        ProblemKind::Syntax,
        loc,
        format!("the key {} is already set on line {first_line}", shown(key)),
    )
    .hint("remove one of the two, or put them together")
}

/// Says what is wrong at byte `at`.
pub(super) fn explain(file: FileId, text: &str, fault: Fault, at: usize) -> Problem {
    let (fault, at) = find_tab(text, fault, at);
    let (message, hint) = words(text, fault, at);
    let len = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let loc = Loc::new(file, Span::new(at, at + len));
    let mut problem = Problem::new(ProblemKind::Syntax, loc, message).hint(hint);
    if fault != Fault::Tab && template::is_near(text, at) {
        problem.hint = Some(TEMPLATED.to_string());
        problem.is_templated = true;
    }
    problem
}

fn words(text: &str, fault: Fault, at: usize) -> (String, &'static str) {
    let (message, hint) = match fault {
        Fault::Tab => (
            "a tab is used as indentation",
            "indent with spaces: YAML forbids tabs there",
        ),
        Fault::QuoteNeverClosed => (
            "this quote is never closed",
            "close it; inside of single quotes, `''` stands for one",
        ),
        Fault::TextAfterQuote => (
            "text after the closing quote",
            "put all of the value in quotes; inside of single quotes, `''` stands for one",
        ),
        Fault::Escape => (
            "this string has an escape that YAML does not know",
            "write a backslash as `\\\\`, or use single quotes, which know no escapes",
        ),
        Fault::BracketNeverClosed(open) => {
            return (
                format!("this `{open}` is never closed"),
                "close it, or put the text in quotes",
            );
        }
        Fault::BracketMismatch(open, close) => {
            return (
                format!("this `{open}` is closed by a `{close}`"),
                "brackets close in pairs: `[ ]` and `{ }`",
            );
        }
        Fault::BracketClosesNothing => (
            "this bracket closes nothing",
            "remove it, or put the text in quotes",
        ),
        Fault::NoSeparator(close) => {
            return (
                format!("expected `,` or `{close}` here"),
                "separate items by commas, and close the bracket",
            );
        }
        Fault::ColonInValue => (
            "`:` is not allowed here: the text before it is a value already",
            "check the indentation of this line, or put the value in quotes",
        ),
        Fault::NoColon => (
            "expected `:` after this key",
            "a map holds `key: value` lines; check the indentation, or add the colon",
        ),
        Fault::NotAKey => (
            "expected a key here",
            "a line of a map is `key: value`, indented like the other keys of the map",
        ),
        Fault::NotAnItem => (
            "expected `- ` here: this line is indented like the items of the list above",
            "indent the line less or more, or make it an item",
        ),
        Fault::DashNotAllowed => (
            "a list item is not allowed here",
            "start the list on its own line, indented like its other items",
        ),
        Fault::KeyNotAllowed => (
            "a key is not allowed here",
            "start it on its own line, indented like the other keys",
        ),
        Fault::Indentation => (
            "this line is indented in a way that fits nothing above it",
            "indent it like the lines it belongs to",
        ),
        Fault::BlockHeader => (
            "this is not how a block of text starts",
            "after `|` or `>` only a digit, `-`, `+` and a comment may stand on the line",
        ),
        Fault::Character(c) => return character(c),
        Fault::NoName => match text.get(at..) {
            Some(rest) if rest.starts_with('*') => (
                "`*` without quotes starts an alias, and this one has no name",
                "put the value in quotes: `\"*\"`",
            ),
            _ => (
                "`&` without quotes starts an anchor, and this one has no name",
                "put the value in quotes",
            ),
        },
        Fault::UnknownTagHandle => (
            "this tag has a prefix that is not declared",
            "write a tag with one `!`, or put the text in quotes",
        ),
        Fault::Comment => (
            "a comment is not allowed here",
            "put a space before `#`, or move the comment",
        ),
        Fault::ByteOrderMark => (
            "a byte order mark inside of a document",
            "remove it: it may stand only at the start",
        ),
        Fault::TextAfterEnd => (
            "text after the end of the document",
            "start another document with `---`, or check the indentation",
        ),
        Fault::NoSpace => ("expected a space here", "put a space after `:` and `-`"),
        Fault::Tag => (
            "this is not a tag",
            "put text that starts with `!` in quotes",
        ),
        Fault::Directive => (
            "this is not a directive",
            "put text that starts with `%` in quotes",
        ),
        Fault::Other => (
            "this is not YAML",
            "put the text in quotes, or check the indentation",
        ),
    };
    (message.to_string(), hint)
}

fn character(c: char) -> (String, &'static str) {
    if c == '\0' {
        return (
            "the file holds a NUL character".to_string(),
            "is this a text file? remove the character",
        );
    }
    if c.is_control() {
        return (
            format!(
                "the control character U+{:04X} is not allowed",
                u32::from(c)
            ),
            "remove it, or write it as an escape in double quotes",
        );
    }
    (
        format!(
            "text without quotes cannot start with {}",
            shown(&c.to_string())
        ),
        "put the value in quotes",
    )
}

/// Looks for a tab that is the reason for a fault at `at`. Where a tab ends a text, the parser tells where the text
/// began; where it goes on as if the tab were space, what follows fits nowhere.
fn find_tab(text: &str, fault: Fault, at: usize) -> (Fault, usize) {
    let is_layout = matches!(
        fault,
        Fault::ColonInValue
            | Fault::NoColon
            | Fault::NotAKey
            | Fault::NotAnItem
            | Fault::Indentation
    );
    if fault != Fault::Tab && !is_layout {
        return (fault, at);
    }
    let before = text.get(..at).unwrap_or("");
    let mut start = before
        .rfind(['\n', '\r'])
        .map_or(0, |line_end| line_end + 1);
    let lines = text.get(start..).unwrap_or("");
    for line in lines.split_inclusive(['\n', '\r']) {
        let rest = line.trim_start_matches([' ', '\t']);
        let indent = line.get(..line.len() - rest.len()).unwrap_or("");
        if !rest.trim().is_empty()
            && let Some(tab) = indent.find('\t')
        {
            return (Fault::Tab, start + tab);
        }
        if is_layout || line.starts_with("---") {
            break;
        }
        start += line.len();
    }
    (fault, at)
}
