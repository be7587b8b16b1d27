//! Many requests: lines in, lines out, in order, however many there are.
//!
//! Memory is bounded by the longest line that is read. Lines that have already arrived are answered together, on all
//! threads; a line that comes alone is answered at once, so that a program may ask and wait.

use super::case::{Answer, Id, Line};
use crate::render::json::push_line;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Range;

/// Longest line that is read, in bytes.
pub const LONGEST_LINE: usize = 8 * 1024 * 1024;

/// Most lines that are answered together.
const MOST_TOGETHER: usize = 512;

/// How much is read at once, in bytes.
const READ_AHEAD: usize = 1024 * 1024;

/// What became of the lines so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that were answered.
    pub lines: usize,
    /// Those with an `error`.
    pub faulty: usize,
}

/// Which side failed.
#[derive(Debug)]
pub enum Broken {
    /// Reading.
    Input(io::Error),
    /// Writing.
    Output(io::Error),
}

/// Answers every line of `input` on `out`. Blank lines have no answer.
///
/// # Errors
/// If reading or writing fails; what was read before has then been answered.
pub fn answer(input: impl Read, out: &mut dyn Write, counts: &mut Counts) -> Result<(), Broken> {
    let mut lines = Lines {
        input: BufReader::with_capacity(READ_AHEAD, input),
        bytes: Vec::new(),
        found: Vec::new(),
    };
    loop {
        let more = lines.gather();
        let bytes = &lines.bytes;
        let answers =
            crate::lint::threads::in_parallel(&lines.found, |found| answer_to(found, bytes));
        let mut text = Vec::new();
        for (written, is_faulty) in answers {
            counts.lines += 1;
            counts.faulty += usize::from(is_faulty);
            text.extend_from_slice(&written);
        }
        out.write_all(&text)
            .and_then(|()| out.flush())
            .map_err(Broken::Output)?;
        if !more.map_err(Broken::Input)? {
            return Ok(());
        }
    }
}

/// The answer's line, and whether it has an error.
fn answer_to(found: &Found, bytes: &[u8]) -> (Vec<u8>, bool) {
    let line = match found {
        Found::Line(range) => Line::read(bytes.get(range.clone()).unwrap_or_default()),
        Found::TooLong => Line {
            id: Id::None,
            case: Err(format!(
                "the line is longer than {} MiB",
                LONGEST_LINE / 1024 / 1024
            )),
        },
    };
    let answer: Answer = line.answer();
    let mut text = Vec::with_capacity(256);
    push_line(&answer, &mut text);
    (text, answer.error.is_some())
}

enum Found {
    /// A line, by its place in the bytes.
    Line(Range<usize>),
    /// One that was skipped.
    TooLong,
}

/// Lines that have arrived.
struct Lines<R> {
    input: BufReader<R>,
    bytes: Vec<u8>,
    found: Vec<Found>,
}

impl<R: Read> Lines<R> {
    /// Waits for a line, and takes those that came with it. Whether there may be more.
    fn gather(&mut self) -> io::Result<bool> {
        self.bytes.clear();
        self.bytes.shrink_to(READ_AHEAD);
        self.found.clear();
        loop {
            if !self.next()? {
                return Ok(false);
            }
            let is_enough = self.found.len() >= MOST_TOGETHER || self.bytes.len() >= LONGEST_LINE;
            if is_enough || !self.input.buffer().contains(&b'\n') {
                return Ok(true);
            }
        }
    }

    /// Takes a line; `false` at the end of the input.
    fn next(&mut self) -> io::Result<bool> {
        let start = self.bytes.len();
        let mut is_too_long = false;
        let mut has_more = true;
        loop {
            let piece = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if piece.is_empty() {
                has_more = false;
                break;
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let text = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
            is_too_long |= self.bytes.len() - start + text.len() > LONGEST_LINE;
            if !is_too_long {
                self.bytes.extend_from_slice(text);
            }
            let used = text.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if is_too_long {
            self.bytes.truncate(start);
            self.found.push(Found::TooLong);
        } else if self
            .bytes
            .get(start..)
            .is_some_and(|line| !line.trim_ascii().is_empty())
        {
            self.found.push(Found::Line(start..self.bytes.len()));
        }
        Ok(has_more)
    }
}
