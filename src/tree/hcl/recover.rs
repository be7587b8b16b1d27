//! Reads what can be read of a file that does not parse: each of its blocks by itself.
//!
//! Files of Terraform are kept in the form of `terraform fmt`, where a line that starts with one of the language's own
//! words starts a block. Where that is not so, a block more is lost.

use super::convert::Converter;
use super::repair;
use super::scan::Scan;
use super::{Body, Problem, expectation, problem};
use crate::source::FileId;

/// What starts a block of a configuration (<https://developer.hashicorp.com/terraform/language/syntax/configuration>).
const WORDS: [&str; 14] = [
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
    "action",
];

/// Most faults of a file that are told.
const MOST_PROBLEMS: usize = 10;

/// The blocks of `text` that parse, and what is wrong with the others. The fault at byte `known` is told already.
pub(super) fn recover(
    file: FileId,
    text: &str,
    base: usize,
    scan: &Scan,
    known: usize,
) -> (Body, Vec<Problem>) {
    let starts = starts(text, base);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let (mut body, mut problems) = (Body::default(), Vec::new());
    for (start, end) in starts.iter().copied().zip(ends) {
        let Some(before) = text.get(..end) else {
            continue;
        };
        match repair::parse(before, start, scan) {
            Ok(parsed) => {
                let converter = Converter {
                    file,
                    text: before.get(start..).unwrap_or(""),
                    base: start,
                };
                let mut found = converter.body(&parsed, converter.whole());
                body.attributes.append(&mut found.attributes);
                body.blocks.append(&mut found.blocks);
            }
            Err(error) if !(start..end).contains(&known) && problems.len() < MOST_PROBLEMS => {
                let at = start + error.location().offset();
                let message = expectation(before, at, error.message());
                problems.push(problem(file, before, at, message));
            }
            Err(_) => {}
        }
    }
    (body, problems)
}

/// Where blocks start, in order; the first piece starts at `base`.
fn starts(text: &str, base: usize) -> Vec<usize> {
    let mut found = vec![base];
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    found.extend(lines.filter(|at| *at > base).filter(|at| {
        let rest = text.get(*at..).unwrap_or("");
        let word = rest
            .split(|c: char| !c.is_ascii_lowercase())
            .next()
            .unwrap_or("");
        let after = rest
            .get(word.len()..)
            .unwrap_or("")
            .trim_start_matches([' ', '\t']);
        WORDS.contains(&word) && after.starts_with(['"', '{'])
    }));
    found
}
