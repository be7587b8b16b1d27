//! Functions of regular expressions: `regex`, `regexall`, and `replace` with a pattern between slashes.
//!
//! Terraform's syntax is that of RE2, and so is that of the crate, which takes time linear in the text. A pattern that one
//! of them takes and the other does not gives an unknown value.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/regex>

use super::Outcome;
use crate::recognize::terraform::value::{self, LONGEST_TEXT, Value};
use crate::source::Loc;
use regex::{Captures, Regex, RegexBuilder};

/// Longest pattern that is tried, in bytes.
const LONGEST_PATTERN: usize = 2000;

/// Largest program that a pattern may become, in bytes.
const LARGEST_PROGRAM: usize = 1 << 18;

/// Longest text that is searched, in bytes.
const LONGEST_SEARCHED: usize = 1 << 16;

/// Most matches that are listed.
const MOST_MATCHES: usize = 10_000;

/// The call, if the function is one of regular expressions.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    Some(match (name, arguments) {
        ("regex", [pattern, text]) => match prepared(pattern, text) {
            Some((pattern, text)) => match pattern.captures(text) {
                Some(found) => Outcome::Is(taken(&pattern, &found, loc)),
                None => Outcome::Fails,
            },
            None => Outcome::Open,
        },
        ("regexall", [pattern, text]) => prepared(pattern, text)
            .map(|(pattern, text)| {
                let found = pattern.captures_iter(text).take(MOST_MATCHES);
                let found = found.map(|one| taken(&pattern, &one, loc));
                value::list(found.collect(), loc)
            })
            .into(),
        _ => return None,
    })
}

fn prepared<'v>(pattern: &Value, text: &'v Value) -> Option<(Regex, &'v str)> {
    let text = text
        .as_str()
        .filter(|text| text.len() <= LONGEST_SEARCHED)?;
    Some((compiled(pattern.as_str()?)?, text))
}

fn compiled(pattern: &str) -> Option<Regex> {
    if pattern.len() > LONGEST_PATTERN {
        return None;
    }
    RegexBuilder::new(pattern)
        .size_limit(LARGEST_PROGRAM)
        .build()
        .ok()
}

/// What one match gives: an object of its named groups, a list of its groups, or the text itself.
fn taken(pattern: &Regex, found: &Captures<'_>, loc: Loc) -> Value {
    let group = |one: Option<regex::Match<'_>>| match one {
        Some(one) => value::text(one.as_str(), loc),
        None => value::null(loc),
    };
    if pattern.captures_len() == 1 {
        return group(found.get(0));
    }
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if names.is_empty() {
        let groups = (1..pattern.captures_len()).map(|at| group(found.get(at)));
        return value::list(groups.collect(), loc);
    }
    let named = names
        .into_iter()
        .map(|name| value::entry(name, loc, group(found.name(name))));
    value::map(named.collect(), loc)
}

/// The text with every match replaced, in which `$1` and `${name}` stand for groups.
pub(super) fn replaced(pattern: &str, text: &str, by: &str) -> Option<String> {
    let pattern = compiled(pattern)?;
    if text.len() > LONGEST_SEARCHED {
        return None;
    }
    let mut out = String::new();
    let mut from = 0;
    for found in pattern.captures_iter(text) {
        let whole = found.get(0)?;
        out.push_str(text.get(from..whole.start())?);
        found.expand(by, &mut out);
        from = whole.end();
        if out.len() > LONGEST_TEXT {
            return None;
        }
    }
    out.push_str(text.get(from..)?);
    Some(out)
}
