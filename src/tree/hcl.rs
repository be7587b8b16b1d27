//! HCL, the language of Terraform and OpenTofu, as owned syntax with places.
//!
//! HCL is a language of expressions, not of values, so it does not become a [`Node`](super::Node) here: whoever knows
//! what its names mean evaluates it. A part of a text that stands in the file knows its bytes, also in heredocs and behind
//! escapes.
//!
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>

mod convert;
mod inside;
mod json;
mod recover;
mod repair;
mod scan;
mod syntax;
mod text;

pub use inside::{parse_expression_in, parse_template_in};
pub use json::parse_json;
pub use syntax::{
    Attribute, Binary, Block, Body, Expression, ExpressionKind, For, Key, Part, Step, Unary,
};

use super::{Comment, Problem, ProblemKind, shown, template};
use crate::source::{FileId, Loc, Span};
use convert::Converter;
use scan::{Scan, Unpaired};

/// A file of HCL, or what of it could be read.
#[derive(Clone, Debug, Default)]
pub struct Hcl {
    /// What stands in it; where it does not parse, the blocks that do.
    pub body: Body,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

/// Deepest nesting that is read: that of the parser.
pub const MAX_NESTING: usize = 60;

/// Reads `text`, which must be the whole text of `file`.
pub fn parse(file: FileId, text: &str) -> Hcl {
    let scan = scan::scan(file, text);
    let mut out = Hcl::default();
    let stripped = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - stripped.len();
    if scan.deepest.0 > MAX_NESTING {
        out.problems.push(too_deep(file, scan.deepest.1));
    } else if let Some(at) = scan.crowded {
        let loc = Loc::new(file, Span::new(at, at + 1));
        let message = format!("more than {} lines in one block", scan::MOST_LINES);
        out.problems.push(
            Problem::new(ProblemKind::Limit, loc, message)
                .hint("nobody writes this by hand; keep such data in a file of its own"),
        );
    } else {
        match repair::parse(text, base, &scan) {
            Ok(parsed) => {
                let converter = Converter {
                    file,
                    text: stripped,
                    base,
                };
                out.body = converter.body(&parsed, converter.whole());
            }
            Err(error) if repair::is_harmless(&error) => {
                let at = base + error.location().offset();
                let loc = Loc::new(file, Span::new(at, at + 1));
                out.problems.push(
                    Problem::new(
                        ProblemKind::Limit,
                        loc,
                        "too many keys stand twice in an object",
                    )
                    .hint("remove those that do not count: the last of equal keys does"),
                );
            }
            Err(error) => {
                let at = base + error.location().offset();
                let first = fault(file, text, at, error.message(), &scan);
                // What was left open swallows all that follows.
                let known = first.loc.span.start as usize;
                let (body, others) = recover::recover(file, text, base, &scan, known);
                out.body = body;
                out.problems.push(first);
                if scan.unpaired.is_none() {
                    out.problems.extend(others);
                }
            }
        }
    }
    out.comments = scan.comments;
    out
}

/// Reads a text as a template: what `templatefile` makes of a file. `text` starts at byte `base` of `file`.
///
/// # Errors
/// If it is none.
pub fn parse_template(file: FileId, text: &str, base: usize) -> Result<Vec<Part>, Problem> {
    let (depth, deepest) = marks_deep(text);
    if depth > MAX_NESTING {
        return Err(too_deep(file, base + deepest));
    }
    match hcl_edit::parser::parse_template(text) {
        Ok(parsed) => {
            let converter = Converter { file, text, base };
            Ok(converter.template(&parsed))
        }
        Err(error) => {
            let at = error.location().offset();
            Err(problem(
                file,
                text,
                at,
                expectation(text, at, error.message()),
            ))
        }
    }
}

/// Reads a text as one expression. `text` starts at byte `base` of `file`.
///
/// # Errors
/// If it is none.
pub fn parse_expression(file: FileId, text: &str, base: usize) -> Result<Expression, Problem> {
    let scan = scan::scan(file, text);
    if scan.deepest.0 > MAX_NESTING {
        return Err(too_deep(file, base + scan.deepest.1));
    }
    match hcl_edit::parser::parse_expr(text) {
        Ok(parsed) => {
            let converter = Converter { file, text, base };
            Ok(converter.expression(&parsed, converter.whole()))
        }
        Err(error) => Err(fault(
            file,
            text,
            error.location().offset(),
            error.message(),
            &scan,
        )),
    }
}

/// How deep template marks and brackets nest at most, and where.
fn marks_deep(text: &str) -> (usize, usize) {
    let (mut depth, mut most) = (0_usize, (0, 0));
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'(' => {
                depth += 1;
                if depth > most.0 {
                    most = (depth, at);
                }
            }
            b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

fn too_deep(file: FileId, at: usize) -> Problem {
    Problem::new(
        ProblemKind::Limit,
        Loc::new(file, Span::new(at, at + 1)),
        format!("nested deeper than {MAX_NESTING} levels"),
    )
    .hint("no configuration is nested this deep; look for a generator gone wrong")
}

/// The problem behind a syntax error at byte `at`: what was left open, if something was, explains more than where the
/// parser stumbled.
fn fault(file: FileId, text: &str, at: usize, message: &str, scan: &Scan) -> Problem {
    let Some(unpaired) = scan.unpaired else {
        return problem(file, text, at, expectation(text, at, message));
    };
    let (at, message, hint) = match unpaired {
        Unpaired::Opened(bracket, at) => {
            let close = match bracket {
                '(' => ')',
                '[' => ']',
                _ => '}',
            };
            let hint = format!("add the missing `{close}`");
            (at, format!("`{bracket}` is never closed"), hint)
        }
        Unpaired::Closed(bracket, at) => (
            at,
            format!("`{bracket}` closes nothing"),
            "remove it, or add what it closes".to_string(),
        ),
        Unpaired::Quote(at) => (
            at,
            "quoted text does not end on its line".to_string(),
            "add the missing quote; text of several lines is a heredoc".to_string(),
        ),
        Unpaired::Heredoc(at) => (
            at,
            "heredoc has no end mark".to_string(),
            "write the end mark on a line of its own, with nothing behind it".to_string(),
        ),
        Unpaired::Comment(at) => (
            at,
            "comment does not end".to_string(),
            "add the missing `*/`".to_string(),
        ),
    };
    problem(file, text, at, message).hint(hint)
}

fn problem(file: FileId, text: &str, at: usize, message: String) -> Problem {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let width = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let mut problem = Problem::new(
        ProblemKind::Syntax,
        Loc::new(file, Span::new(at, at + width)),
        message,
    );
    // `${` is HCL's own; only the marks of other engines tell a template.
    problem.is_templated = template::is_near(text, at) && {
        let line_start = text.get(..at).and_then(|before| before.rfind('\n'));
        let rest = text.get(line_start.map_or(0, |at| at + 1)..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        ["{{", "{%", "<%"].iter().any(|mark| line.contains(mark))
    } || template::is_placeholder(text, at);
    if problem.is_templated {
        problem.hint = Some(template::TEMPLATED.to_string());
    }
    problem
}

/// What the parser expected, in our words.
fn expectation(text: &str, at: usize, message: &str) -> String {
    let found = match text.get(at..).and_then(|rest| rest.chars().next()) {
        None => "the end of the file".to_string(),
        Some('\n' | '\r') => "the end of the line".to_string(),
        Some(first) if first.is_alphanumeric() => shown(template::word_at(text, at)),
        Some(first) => shown(&first.to_string()),
    };
    let expected = if message.contains("redefined attribute") {
        return format!("{found} is set twice in this block");
    } else if message.contains("expression") {
        "a value"
    } else if message.contains("newline") {
        "the end of the line"
    } else if message.contains("structure") {
        "`=` or `{` after this name"
    } else if message.contains("block body") {
        "an argument, a block or `}`"
    } else if message.contains("heredoc end") {
        "the end mark of the heredoc"
    } else {
        return format!("{found} cannot stand here");
    };
    format!("expected {expected}, found {found}")
}

#[cfg(test)]
mod tests;
