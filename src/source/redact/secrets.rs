//! Where the secrets are in a text.
//!
//! Two kinds of evidence. *Shape*: access key ids, forty-character secret keys, session and registry tokens, GitHub
//! tokens, private keys. *Neighbourhood*: a value behind a key that is called a password or a secret, behind
//! `docker login -p`, in the user part of an address. A reference (`$VAR`, `${{ … }}`, `!Ref`, an ARN) is not a secret.

mod shape;

use crate::source::base64::decode;
use shape::{
    Kind, LONG, is_access_key_id, is_base64, is_github_token, is_json_web_token, is_reference,
    is_shell_end, is_word, key_kind, looks_random, normal,
};
use std::ops::Range;

/// Byte ranges of the secrets in `text`: ascending, disjoint, on character boundaries. Of an access key id the range
/// leaves out the four characters that say what kind of key it is.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Found {
        text,
        bytes: text.as_bytes(),
        ranges: Vec::new(),
    };
    found.words();
    found.private_keys();
    found.addresses();
    merge(found.ranges)
}

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// How far a secret key may stand from its access key id, in bytes.
const NEAR: usize = 400;
/// How far the two halves of a name-and-value pair may stand apart, in bytes.
const PAIR: usize = 300;

/// A base64 text that holds a key and the name before it is no shorter.
const SHORTEST_ENCODED: usize = 64;

/// Whether base64 stands for a text with a secret in it: user data, a docker configuration.
fn hides_a_secret(run: &str) -> bool {
    decode(run)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .is_some_and(|text| !secrets(&text).is_empty())
}

struct Found<'t> {
    text: &'t str,
    bytes: &'t [u8],
    ranges: Vec<Range<usize>>,
}

impl<'t> Found<'t> {
    fn at(&self, index: usize) -> Option<u8> {
        self.bytes.get(index).copied()
    }

    fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or("")
    }

    fn add(&mut self, range: Range<usize>) {
        // Every caller cuts at ASCII bytes; a range that does not is no loss to drop.
        if !range.is_empty() && self.text.get(range.clone()).is_some() {
            self.ranges.push(range);
        }
    }

    /// Goes over every word once.
    fn words(&mut self) {
        let mut key_ids = Vec::new();
        let mut candidates = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            if !self.at(at).is_some_and(is_word) {
                at += 1;
                continue;
            }
            let end = self.run_end(at, is_word);
            self.word(at..end, &mut key_ids);
            at = end;
        }
        at = 0;
        while at < self.bytes.len() {
            if !self.at(at).is_some_and(is_base64) {
                at += 1;
                continue;
            }
            let end = self.run_end(at, is_base64);
            self.encoded(at..end, &mut candidates);
            at = end;
        }
        for candidate in candidates {
            let is_near = key_ids
                .iter()
                .any(|id: &usize| id.abs_diff(candidate.start) <= NEAR);
            if is_near || looks_random(self.slice(candidate.clone())) {
                self.add(candidate);
            }
        }
    }

    fn run_end(&self, start: usize, belongs: fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|byte| belongs(**byte)).count()
    }

    fn word(&mut self, range: Range<usize>, key_ids: &mut Vec<usize>) {
        let word = self.slice(range.clone());
        let mut piece_start = range.start;
        for piece in word.split(['-', '.', '_']) {
            let piece_range = piece_start..piece_start + piece.len();
            piece_start = piece_range.end + 1;
            if is_access_key_id(piece) {
                key_ids.push(piece_range.start);
                self.add(piece_range.start + 4..piece_range.end);
            }
        }
        if is_github_token(word) || is_json_web_token(word) {
            self.add(range.clone());
        }
        if let Some(kind) = key_kind(word) {
            self.behind_key(range.clone(), kind);
        }
        let lower = word.to_ascii_lowercase();
        if lower == "name" || lower == "key" {
            self.pair(range.clone());
        }
        if lower == "login" {
            self.login(range.end);
        }
    }

    fn encoded(&mut self, range: Range<usize>, candidates: &mut Vec<Range<usize>>) {
        let run = self.slice(range.clone());
        // Session tokens of STS, and ECR's authorization token (base64 of `{"payload…` or of `AWS:…`).
        let starts = [
            "IQoJb3JpZ2lu",
            "FwoGZXIvYXdz",
            "FQoGZXIvYXdz",
            "eyJwYXlsb2Fk",
            "QVdTOmV5",
        ];
        if run.len() >= 40 && starts.iter().any(|start| run.starts_with(start)) {
            self.add(range.clone());
        }
        if run.len() >= SHORTEST_ENCODED && hides_a_secret(run) {
            self.add(range.clone());
        }
        if run.len() == 40 && !run.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            candidates.push(range.clone());
        }
        // `KEY=value`: the run holds the name too.
        if let Some(equals) = run.find('=')
            && run.len() - equals - 1 == 40
        {
            candidates.push(range.start + equals + 1..range.end);
        }
    }

    /// The value behind the key that ends at `key.end`, if it is a literal.
    fn behind_key(&mut self, key: Range<usize>, kind: Kind) {
        if self.is_in_arn(key.start) {
            return;
        }
        let word = self.slice(key.clone());
        let is_flag = word.starts_with('-');
        let names_aws_secret = ["secretaccesskey", "sessiontoken"]
            .iter()
            .any(|end| normal(word).ends_with(end));
        match self.value_start(key.end) {
            Some(start) => self.value(start, kind, key.start),
            None if is_flag || names_aws_secret => {
                let start = self.skip(key.end, |byte| {
                    matches!(
                        byte,
                        b' ' | b'\t' | b'"' | b'\'' | b',' | b'\\' | b'\n' | b'\r'
                    )
                });
                let end = self.run_end(start, |byte| !is_shell_end(byte));
                let value = self.slice(start..end);
                let is_long = is_flag || value.len() >= LONG;
                if start > key.end && is_long && !value.starts_with('-') && !is_reference(value) {
                    self.add(start..end);
                }
            }
            None => {}
        }
    }

    /// Whether the word that starts at `at` is a field of an ARN (`arn:aws:secretsmanager:…:secret:name`): the name of a
    /// secret is none.
    fn is_in_arn(&self, at: usize) -> bool {
        const LONGEST: usize = 128;
        let before = self
            .bytes
            .get(at.saturating_sub(LONGEST)..at)
            .unwrap_or_default();
        let start = before
            .iter()
            .rposition(|byte| !(byte.is_ascii_alphanumeric() || b":-_/*?${}.".contains(byte)))
            .map_or(0, |found| found + 1);
        let field = before.get(start..).unwrap_or_default();
        field.starts_with(b"arn:") && field.ends_with(b":")
    }

    fn skip(&self, start: usize, skipped: fn(u8) -> bool) -> usize {
        self.run_end(start, skipped)
    }

    /// Where the value starts (at its quote, if it has one) behind a key that ends at `end`: quotes, then `:` or `=`.
    fn value_start(&self, end: usize) -> Option<usize> {
        let at = self.skip(end, |byte| matches!(byte, b'\\' | b'"' | b'\'' | b']'));
        let at = self.skip(at, |byte| matches!(byte, b' ' | b'\t'));
        if !matches!(self.at(at), Some(b':' | b'=')) {
            return None;
        }
        let at = self.skip(at, |byte| matches!(byte, b':' | b'=' | b'>'));
        let same_line = self.skip(at, |byte| matches!(byte, b' ' | b'\t'));
        let next_line = self.skip(at, |byte| byte.is_ascii_whitespace());
        let is_quoted_below =
            next_line > same_line && matches!(self.at(next_line), Some(b'"' | b'\\'));
        Some(if is_quoted_below {
            next_line
        } else {
            same_line
        })
    }

    fn value(&mut self, start: usize, kind: Kind, key_start: usize) {
        let escapes = self.skip(start, |byte| byte == b'\\');
        let range = match self.at(escapes) {
            Some(quote @ (b'"' | b'\'')) => {
                let inside = escapes + 1;
                inside..self.quoted_end(inside, quote, escapes - start)
            }
            Some(b'|' | b'>') => return self.block(escapes, key_start),
            _ => start..self.plain_end(start, key_start),
        };
        let value = self.slice(range.clone());
        let is_one = match kind {
            Kind::Password => true,
            Kind::Token => value.len() >= LONG && !value.contains([' ', '\t', '\n']),
        };
        if is_one && !is_reference(value) {
            self.add(range);
        }
    }

    /// The end of a quoted value: the quote behind as many backslashes as the opening one had (JSON inside JSON), or the
    /// end of the text.
    fn quoted_end(&self, start: usize, quote: u8, escapes: usize) -> usize {
        let mut at = start;
        let mut run = 0;
        while let Some(byte) = self.at(at) {
            if byte == quote && (run <= escapes && (run == escapes || quote == b'\'')) {
                return at - run.min(escapes);
            }
            run = if byte == b'\\' { run + 1 } else { 0 };
            // An escaped backslash is no escape of what follows it.
            if escapes == 0 && run == 2 {
                run = 0;
            }
            at += 1;
        }
        self.bytes.len()
    }

    /// The end of a value without quotes: the end of the line for `key: value`, the end of the word for `KEY=value`.
    fn plain_end(&self, start: usize, key_start: usize) -> usize {
        let is_mapping = self.slice(key_start..start).contains(':');
        let rest = self.bytes.get(start..).unwrap_or_default();
        let mut end = start;
        for (offset, byte) in rest.iter().enumerate() {
            let next = rest.get(offset + 1).copied();
            let ends = if is_mapping {
                matches!(byte, b'\n' | b'\r' | b'}' | b'"')
                    || (*byte == b',' && next.is_none_or(|next| next.is_ascii_whitespace()))
                    || (byte.is_ascii_whitespace() && next == Some(b'#'))
            } else {
                is_shell_end(*byte)
            };
            if ends {
                break;
            }
            end = start + offset + 1;
        }
        let value = self.slice(start..end);
        start + value.trim_end().len()
    }

    /// The lines of a block scalar whose `|` stands at `at`.
    fn block(&mut self, at: usize, key_start: usize) {
        let line_end = |from: usize| self.run_end(from, |byte| byte != b'\n');
        let header_end = line_end(at);
        let header = self.slice(at + 1..header_end);
        if !header
            .trim()
            .bytes()
            .all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
        {
            return;
        }
        let line_start = self
            .slice(0..key_start)
            .rfind('\n')
            .map_or(0, |found| found + 1);
        let indentation = self.skip(line_start, |byte| byte == b' ') - line_start;
        let mut end = header_end;
        let mut next = header_end + 1;
        while next < self.bytes.len() {
            let stop = line_end(next);
            let line = self.slice(next..stop);
            let is_blank = line.trim().is_empty();
            if !is_blank && line.len() - line.trim_start_matches(' ').len() <= indentation {
                break;
            }
            if !is_blank {
                end = stop;
            }
            next = stop + 1;
        }
        let text = self.slice(header_end..end);
        if !is_reference(text.trim()) {
            self.add(header_end..end);
        }
    }

    /// `{"name": "DB_PASSWORD", "value": "…"}` and its like, in either order.
    fn pair(&mut self, key: Range<usize>) {
        let Some(start) = self.value_start(key.end) else {
            return;
        };
        let start = self.skip(start, |byte| matches!(byte, b'\\' | b'"' | b'\''));
        let name = start..self.run_end(start, is_word);
        let Some(kind) = key_kind(self.slice(name.clone())) else {
            return;
        };
        let after = self.window(name.end, PAIR);
        let before = self.window_before(key.start, PAIR);
        let stop = after.find(['}', '{']).unwrap_or(after.len());
        if let Some(found) = find_key(after.get(..stop).unwrap_or(""), "value") {
            let end = name.end + found + "value".len();
            if let Some(value) = self.value_start(end) {
                return self.value(value, kind, name.end + found);
            }
        }
        let from = before
            .rfind(['{', '}'])
            .or_else(|| before.rfind("- "))
            .map_or(0, |found| found + 1);
        let offset = key.start - before.len() + from;
        if let Some(found) = find_key(before.get(from..).unwrap_or(""), "value") {
            let end = offset + found + "value".len();
            if let Some(value) = self.value_start(end) {
                self.value(value, kind, offset + found);
            }
        }
    }

    fn window(&self, start: usize, size: usize) -> &'t str {
        let mut end = (start + size).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.slice(start..end)
    }

    fn window_before(&self, end: usize, size: usize) -> &'t str {
        let mut start = end.saturating_sub(size);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        self.slice(start..end)
    }

    /// `docker login … -p VALUE`, from the end of the word `login`.
    fn login(&mut self, from: usize) {
        let command = self.command(from);
        let mut at = 0;
        while let Some(found) = command.get(at..).and_then(|rest| rest.find("-p")) {
            let flag = at + found;
            at = flag + 2;
            let before = command
                .get(..flag)
                .and_then(|text| text.bytes().next_back());
            let is_word_start = before
                .is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'"' | b'\'' | b','));
            if !is_word_start {
                continue;
            }
            let start = self.skip(from + at, |byte| {
                matches!(
                    byte,
                    b' ' | b'\t' | b'"' | b'\'' | b',' | b'=' | b'\\' | b'\n' | b'\r'
                )
            });
            let end = self.run_end(start, |byte| !is_shell_end(byte));
            let value = self.slice(start..end);
            if !is_reference(value) && !value.starts_with('-') {
                self.add(start..end);
            }
        }
    }

    /// The rest of a command: up to the end of its line, and on over continued and folded lines.
    fn command(&self, from: usize) -> &'t str {
        let window = self.window(from, 600);
        let mut end = 0;
        for line in window.split_inclusive('\n') {
            let is_first = end == 0;
            let text = line.trim_start();
            let is_more = is_first
                || window
                    .get(..end)
                    .is_some_and(|before| before.trim_end().ends_with('\\'))
                || (text.starts_with('-') && !text.starts_with("- "))
                || text.starts_with(['"', '\'']);
            if !is_more {
                break;
            }
            end += line.len();
        }
        window.get(..end).unwrap_or("")
    }

    fn private_keys(&mut self) {
        let mut at = 0;
        while let Some(found) = self
            .text
            .get(at..)
            .and_then(|rest| rest.find("PRIVATE KEY-----"))
        {
            let start = at + found + "PRIVATE KEY-----".len();
            let rest = self.text.get(start..).unwrap_or("");
            let length = rest.find("-----END").unwrap_or_else(|| key_material(rest));
            self.add(start..start + length);
            at = start + length;
            // Step over the `-----END … PRIVATE KEY-----` of this key.
            if let Some(end) = self
                .text
                .get(at..)
                .filter(|rest| rest.starts_with("-----END"))
            {
                at += end
                    .get("-----END".len()..)
                    .and_then(|rest| rest.find("-----"))
                    .map_or(8, |found| found + 13);
            }
        }
    }

    /// `https://user:password@host`.
    fn addresses(&mut self) {
        let mut at = 0;
        while let Some(found) = self.text.get(at..).and_then(|rest| rest.find("://")) {
            let start = at + found + 3;
            at = start;
            let end = self.run_end(start, |byte| {
                !is_shell_end(byte) && byte != b'/' && byte != b'@' && byte != b'?'
            });
            if self.at(end) != Some(b'@') {
                continue;
            }
            let user = self.slice(start..end);
            let Some(colon) = user.find(':') else {
                continue;
            };
            if !is_reference(user.get(colon + 1..).unwrap_or("")) {
                self.add(start + colon + 1..end);
            }
        }
    }
}

/// How much of the text behind the head of a private key that has no end belongs to it.
fn key_material(rest: &str) -> usize {
    rest.bytes()
        .take_while(|byte| is_base64(*byte) || matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'\\'))
        .count()
}

/// The place of the key `word` in `text`, letter case aside.
fn find_key(text: &str, word: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices(word).map(|(at, _)| at).find(|at| {
        let bytes = lower.as_bytes();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = bytes.get(at + word.len());
        !before.is_some_and(|byte| is_word(*byte)) && !after.is_some_and(|byte| is_word(*byte))
    })
}

#[cfg(test)]
mod tests;
