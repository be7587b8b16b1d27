//! Functions of texts. What is put together may hold unknown parts; what is taken apart must be known.

use super::{Outcome, regular};
use crate::recognize::terraform::module::join;
use crate::recognize::terraform::value::{self, LONGEST_TEXT, Piece, Value};
use crate::source::Loc;
use crate::tree::{NodeKind, Unknown, Why};

/// The call, if the function is one of texts.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    let text = |value: String| Outcome::Is(value::text(value, loc));
    let known = |at: usize| arguments.get(at).and_then(|one| one.as_str());
    Some(match (name, arguments) {
        ("format", [format, rest @ ..]) => formatted(format, rest, loc).into(),
        ("formatlist", [format, rest @ ..]) => formatted_list(format, rest, loc).into(),
        ("join", [separator, lists @ ..]) => joined(separator, lists, loc).into(),
        ("split", [separator, text]) => separator
            .as_str()
            .and_then(|separator| split(separator, text, loc))
            .into(),
        ("trimprefix", [from, _]) => trimmed_prefix(from, known(1), loc).into(),
        ("trimsuffix", [from, _]) => trimmed_suffix(from, known(1), loc).into(),
        ("startswith", [from, _]) => known(1)
            .and_then(|prefix| starts_with(from, prefix))
            .map(|is| value::boolean(is, loc))
            .into(),
        ("endswith", [from, _]) => known(1)
            .and_then(|suffix| ends_with(from, suffix))
            .map(|is| value::boolean(is, loc))
            .into(),
        ("strcontains", [from, _]) => known(1)
            .and_then(|part| contains(from, part))
            .map(|is| value::boolean(is, loc))
            .into(),
        ("replace", [from, ..]) => known(1)
            .zip(known(2))
            .and_then(|(part, by)| replaced(from, part, by, loc))
            .into(),
        (
            "lower" | "upper" | "title" | "trimspace" | "chomp" | "strrev" | "dirname"
            | "pathexpand" | "urlencode" | "urldecode" | "indent" | "trim" | "substr",
            _,
        ) => match of_known(name, arguments) {
            Some(value) => text(value),
            None => Outcome::Open,
        },
        ("abspath", [path]) => absolute(path, loc).into(),
        ("basename", [path]) => last_name(path, loc).into(),
        ("tostring", [one]) => match &one.kind {
            NodeKind::Text(_) | NodeKind::Unknown(_) | NodeKind::Null => Outcome::Is(one.clone()),
            NodeKind::Number(_) | NodeKind::Bool(_) => {
                text(one.as_str().unwrap_or_default().to_string())
            }
            NodeKind::List(_) | NodeKind::Map(_) => Outcome::Open,
        },
        _ => return None,
    })
}

fn of_known(name: &str, arguments: &[Value]) -> Option<String> {
    let known = |at: usize| arguments.get(at).and_then(|one| one.as_str());
    let number = |at: usize| arguments.get(at).and_then(value::integer);
    let first = known(0)?;
    Some(match name {
        "lower" => first.to_lowercase(),
        "upper" => first.to_uppercase(),
        "title" => titled(first),
        "trimspace" => first.trim().to_string(),
        "chomp" => first.trim_end_matches(['\n', '\r']).to_string(),
        "strrev" => first.chars().rev().collect(),
        "dirname" => match first.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_string(),
            Some((folder, _)) => folder.to_string(),
            None => ".".to_string(),
        },
        "pathexpand" => first.to_string(),
        "trim" => {
            let set: Vec<char> = known(1)?.chars().collect();
            first.trim_matches(set.as_slice()).to_string()
        }
        "urlencode" => url_encoded(first),
        "urldecode" => url_decoded(first)?,
        "indent" => {
            let (spaces, text) = (
                usize::try_from(value::integer(arguments.first()?)?).ok()?,
                known(1)?,
            );
            let lines = text.matches('\n').count();
            if spaces.saturating_mul(lines) > LONGEST_TEXT {
                return None;
            }
            text.replace('\n', &format!("\n{}", " ".repeat(spaces)))
        }
        "substr" => {
            let (offset, length) = (number(1)?, number(2)?);
            let chars: Vec<char> = first.chars().collect();
            let count = i64::try_from(chars.len()).ok()?;
            let start = if offset < 0 { count + offset } else { offset }.clamp(0, count);
            let end = if length < 0 {
                count
            } else {
                (start + length).min(count)
            };
            chars
                .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?
                .iter()
                .collect()
        }
        _ => return None,
    })
}

/// A path from the root of the file system: where the tree lies is not known.
fn absolute(path: &Value, loc: Loc) -> Option<Value> {
    let path = path.as_str()?;
    if path.starts_with('/') {
        return Some(value::text(path, loc));
    }
    let inside = join("", path);
    let here = Unknown::new("path of the tree", "${path.cwd}", Why::DeployTime);
    let mut pieces = vec![Piece::Hole(here)];
    if !inside.is_empty() {
        pieces.push(Piece::Known(format!("/{inside}")));
    }
    Some(value::from_pieces(pieces, loc))
}

/// What stands behind the last slash.
fn last_name(path: &Value, loc: Loc) -> Option<Value> {
    let (tail, is_all) = tail(path)?;
    let tail = tail.trim_end_matches('/');
    match tail.rsplit_once('/') {
        Some((_, name)) => Some(value::text(name, loc)),
        None => is_all.then(|| value::text(tail, loc)),
    }
}

fn titled(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|c| {
            let one = if starts { c.to_ascii_uppercase() } else { c };
            starts = !c.is_alphanumeric() && c != '\'';
            one
        })
        .collect()
}

fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn url_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// The parts between separators. An unknown part may hold a separator, unless it is an account or a Region.
fn split(separator: &str, text: &Value, loc: Loc) -> Option<Value> {
    let pieces = value::pieces(text)?;
    let is_plain = |piece: &Piece| match piece {
        Piece::Known(_) => true,
        Piece::Hole(hole) => {
            matches!(separator, "/" | ":" | "." | "," | " ")
                && ["#account", "#region"]
                    .iter()
                    .any(|end| hole.name.ends_with(end))
        }
    };
    if !pieces.iter().all(is_plain) {
        return None;
    }
    let mut items: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in pieces {
        let Piece::Known(known) = piece else {
            items.last_mut()?.push(piece);
            continue;
        };
        if separator.is_empty() {
            let letters = known.chars().map(|c| vec![Piece::Known(c.to_string())]);
            items = letters.collect();
            continue;
        }
        for (at, part) in known.split(separator).enumerate() {
            if at > 0 {
                items.push(Vec::new());
            }
            items.last_mut()?.push(Piece::Known(part.to_string()));
        }
    }
    let items = items.into_iter().map(|one| value::from_pieces(one, loc));
    Some(value::list(items.collect(), loc))
}

/// Pieces as one text, if it is not too long.
fn assembled(pieces: Vec<Piece>, loc: Loc) -> Option<Value> {
    let length: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Known(text) => text.len(),
            Piece::Hole(hole) => hole.text.len(),
        })
        .sum();
    (length <= LONGEST_TEXT).then(|| value::from_pieces(pieces, loc))
}

fn joined(separator: &Value, lists: &[Value], loc: Loc) -> Option<Value> {
    let separator = value::pieces(separator)?;
    let mut out = Vec::new();
    let mut first = true;
    for list in lists {
        if !value::is_counted(list) {
            return None;
        }
        for item in list.items() {
            if !first {
                out.extend(separator.iter().cloned());
            }
            first = false;
            out.extend(value::pieces(item)?);
        }
    }
    assembled(out, loc)
}

/// `format`: verbs for texts and whole numbers.
fn formatted(format: &Value, arguments: &[Value], loc: Loc) -> Option<Value> {
    let format = format.as_str()?;
    let mut out: Vec<Piece> = Vec::new();
    let mut next = 0;
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.push(Piece::Known(before.to_string()));
        if let Some(tail) = after.strip_prefix('%') {
            out.push(Piece::Known("%".to_string()));
            rest = tail;
            continue;
        }
        let verb_at = after.find(|c: char| c.is_ascii_alphabetic())?;
        let (flags, tail) = after.split_at(verb_at);
        let verb = tail.chars().next()?;
        rest = tail.get(verb.len_utf8()..)?;
        let flags = match flags.strip_prefix('[') {
            Some(indexed) => {
                let (index, flags) = indexed.split_once(']')?;
                next = index.parse::<usize>().ok()?.checked_sub(1)?;
                flags
            }
            None => flags,
        };
        let argument = arguments.get(next)?;
        next += 1;
        out.extend(verb_pieces(verb, flags, argument)?);
    }
    out.push(Piece::Known(rest.to_string()));
    assembled(out, loc)
}

fn verb_pieces(verb: char, flags: &str, argument: &Value) -> Option<Vec<Piece>> {
    match (verb, flags) {
        ('s', "") => value::pieces(argument),
        ('v', "") => match argument.kind {
            NodeKind::List(_) | NodeKind::Map(_) => Some(value::json(argument)),
            NodeKind::Null => Some(vec![Piece::Known("null".to_string())]),
            _ => value::pieces(argument),
        },
        ('q', "") => Some(value::json(argument)),
        ('d', _) => {
            let number = value::integer(argument)?;
            let width: usize = match flags.trim_start_matches('0') {
                "" => 0,
                width => width.parse().ok().filter(|width| *width < 100)?,
            };
            Some(vec![Piece::Known(if flags.starts_with('0') {
                format!("{number:0width$}")
            } else {
                format!("{number:width$}")
            })])
        }
        _ => None,
    }
}

fn formatted_list(format: &Value, arguments: &[Value], loc: Loc) -> Option<Value> {
    let mut length = None;
    for argument in arguments {
        match &argument.kind {
            NodeKind::List(items) if value::is_counted(argument) => {
                if length.is_some_and(|length| length != items.len()) {
                    return None;
                }
                length = Some(items.len());
            }
            // An unknown may be a list.
            NodeKind::Unknown(_) | NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Null => {
                return None;
            }
            _ => {}
        }
    }
    let rows = (0..length.unwrap_or(1)).map(|at| {
        let row: Option<Vec<Value>> = arguments
            .iter()
            .map(|argument| match &argument.kind {
                NodeKind::List(items) => items.get(at).cloned(),
                _ => Some(argument.clone()),
            })
            .collect();
        formatted(format, &row?, loc)
    });
    Some(value::list(rows.collect::<Option<Vec<Value>>>()?, loc))
}

/// The known text at the start, and whether that is all.
fn head(from: &Value) -> Option<(String, bool)> {
    let pieces = value::pieces(from)?;
    let is_all = pieces.len() == 1;
    match pieces.into_iter().next()? {
        Piece::Known(text) => Some((text, is_all)),
        Piece::Hole(_) => Some((String::new(), false)),
    }
}

fn tail(from: &Value) -> Option<(String, bool)> {
    let mut pieces = value::pieces(from)?;
    let is_all = pieces.len() == 1;
    match pieces.pop()? {
        Piece::Known(text) => Some((text, is_all)),
        Piece::Hole(_) => Some((String::new(), false)),
    }
}

fn starts_with(from: &Value, prefix: &str) -> Option<bool> {
    let (head, is_all) = head(from)?;
    let is_open = !is_all && head.len() < prefix.len() && prefix.starts_with(head.as_str());
    (!is_open).then(|| head.starts_with(prefix))
}

fn ends_with(from: &Value, suffix: &str) -> Option<bool> {
    let (tail, is_all) = tail(from)?;
    let is_open = !is_all && tail.len() < suffix.len() && suffix.ends_with(tail.as_str());
    (!is_open).then(|| tail.ends_with(suffix))
}

fn contains(from: &Value, part: &str) -> Option<bool> {
    if let Some(text) = from.as_str() {
        return Some(text.contains(part));
    }
    let is_there = value::pieces(from)?
        .iter()
        .any(|piece| matches!(piece, Piece::Known(text) if text.contains(part)));
    is_there.then_some(true)
}

fn trimmed_prefix(from: &Value, prefix: Option<&str>, loc: Loc) -> Option<Value> {
    let prefix = prefix?;
    if !starts_with(from, prefix)? {
        return Some(from.clone());
    }
    let mut pieces = value::pieces(from)?;
    if let Some(Piece::Known(first)) = pieces.first_mut() {
        *first = first.strip_prefix(prefix).unwrap_or(first).to_string();
    }
    Some(value::from_pieces(pieces, loc))
}

fn trimmed_suffix(from: &Value, suffix: Option<&str>, loc: Loc) -> Option<Value> {
    let suffix = suffix?;
    if !ends_with(from, suffix)? {
        return Some(from.clone());
    }
    let mut pieces = value::pieces(from)?;
    if let Some(Piece::Known(last)) = pieces.last_mut() {
        *last = last.strip_suffix(suffix).unwrap_or(last).to_string();
    }
    Some(value::from_pieces(pieces, loc))
}

fn replaced(from: &Value, part: &str, by: &str, loc: Loc) -> Option<Value> {
    let text = from.as_str()?;
    let pattern = part
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'))
        .filter(|_| part.len() > 1);
    if let Some(pattern) = pattern {
        return Some(value::text(regular::replaced(pattern, text, by)?, loc));
    }
    if part.is_empty() || (text.len() / part.len() + 1).saturating_mul(by.len()) > LONGEST_TEXT {
        return None;
    }
    Some(value::text(text.replace(part, by), loc))
}
