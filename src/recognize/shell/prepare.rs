//! Makes a text readable for a shell grammar without moving what a span points at.
//!
//! A runner replaces `${{ … }}` before any shell sees the script, and other tools do the same with `{{ … }}` and
//! `<% … %>`. To the grammar each is a plain word of the same length; here is kept what it really was.

use std::ops::Range;

/// A piece of another language in the script.
#[derive(Debug)]
pub(super) struct Foreign {
    /// Where, in the prepared text.
    pub range: Range<usize>,
    /// The expression of a `${{ … }}`; `None` for templates of tools that ecrlint does not know, which stay as written.
    pub expression: Option<String>,
    /// As written.
    pub text: String,
}

/// A text ready for the grammar.
#[derive(Debug)]
pub(super) struct Prepared {
    text: String,
    /// For every carriage return that was taken out, the offset of the byte that followed it.
    removed: Vec<usize>,
    foreign: Vec<Foreign>,
    /// Whether the text holds what no shell script holds.
    pub is_odd: bool,
}

impl Prepared {
    /// Prepares `original`.
    pub fn new(original: &str) -> Self {
        let mut this = Prepared {
            text: String::with_capacity(original.len()),
            removed: Vec::new(),
            foreign: Vec::new(),
            is_odd: original.contains('\0'),
        };
        let mut rest = original;
        let mut expressions_end = true;
        while let Some(at) = rest.find(['$', '{', '<', '\r', '\0']) {
            let (before, here) = rest.split_at(at);
            this.text.push_str(before);
            let length = if here.starts_with("${{") && expressions_end {
                let length = expression_length(here);
                // The runner refuses such a script; looking again from every later start would take quadratic time.
                expressions_end = length.is_some();
                this.is_odd |= length.is_none();
                length
            } else if here.starts_with("{{") && !this.text.ends_with('$') {
                template_length(here, "{{", "}}")
            } else if here.starts_with("<%") {
                template_length(here, "<%", "%>")
            } else {
                None
            };
            if let Some((foreign, after)) = length.and_then(|length| here.split_at_checked(length))
            {
                this.hide(foreign);
                rest = after;
            } else if here.starts_with("\r\n") {
                this.removed.push(this.text.len());
                rest = here.get(1..).unwrap_or_default();
            } else {
                let mut chars = here.chars();
                if let Some(char) = chars.next() {
                    // To the grammar a NUL is the end of the text.
                    this.text.push(if char == '\0' { ' ' } else { char });
                }
                rest = chars.as_str();
            }
        }
        this.text.push_str(rest);
        this
    }

    fn hide(&mut self, written: &str) {
        let written = written.to_string();
        let start = self.text.len();
        // A word of its own for each, so that none passes for another.
        let mut number = self.foreign.len();
        for at in 0..written.len() {
            let letter = if at == 0 || number == 0 {
                'Q'
            } else {
                let digit = u32::try_from(number % 26).unwrap_or(0);
                number /= 26;
                char::from_u32(u32::from('a') + digit).unwrap_or('q')
            };
            self.text.push(letter);
        }
        let expression = written
            .strip_prefix("${{")
            .and_then(|inner| inner.strip_suffix("}}"))
            .map(|inner| inner.trim().to_string());
        self.foreign.push(Foreign {
            range: start..self.text.len(),
            expression,
            text: written,
        });
    }

    /// The text for the grammar.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A part of it.
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// A part of it with the other languages as they were written.
    pub fn written(&self, range: Range<usize>) -> String {
        let mut written = String::new();
        let mut at = range.start;
        for foreign in self.foreign_in(range.clone()) {
            written.push_str(self.slice(at..foreign.range.start));
            written.push_str(&foreign.text);
            at = foreign.range.end;
        }
        written.push_str(self.slice(at..range.end));
        written
    }

    /// The pieces of other languages that lie wholly inside a range.
    pub fn foreign_in(&self, range: Range<usize>) -> impl Iterator<Item = &Foreign> {
        let first = self
            .foreign
            .partition_point(|one| one.range.start < range.start);
        self.foreign
            .iter()
            .skip(first)
            .take_while(move |one| one.range.end <= range.end)
    }

    /// The bytes of the original text behind a range of the prepared one.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = range.start + self.removed.partition_point(|at| *at <= range.start);
        let end = range.end + self.removed.partition_point(|at| *at < range.end);
        start..end.max(start)
    }
}

/// Length of the `${{ … }}` at the start of `text`. A `}}` inside a string of the expression does not end it.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals>
fn expression_length(text: &str) -> Option<usize> {
    let mut in_string = false;
    let mut previous = 0;
    for (at, byte) in text.bytes().enumerate().skip(3) {
        match byte {
            b'\'' => in_string = !in_string,
            b'}' if previous == b'}' && !in_string => return Some(at + 1),
            _ => {}
        }
        previous = byte;
    }
    None
}

/// Longest template of another tool that is looked for, in bytes.
const MAX_TEMPLATE: usize = 256;

/// Length of a template of another tool at the start of `text`: on one line, and without anything in it that a shell
/// would read, so that a brace or a redirection of the shell is not taken for one.
fn template_length(text: &str, open: &str, close: &str) -> Option<usize> {
    let inner = text.strip_prefix(open)?;
    let near = inner.bytes().take(MAX_TEMPLATE);
    let length = near
        .take_while(|byte| !matches!(byte, b'\n' | b'\r' | b'$' | b'`' | b'\'' | b'"' | 0))
        .count();
    let mut length = length;
    while !inner.is_char_boundary(length) {
        length -= 1;
    }
    let end = inner.get(..length)?.find(close).filter(|end| *end > 0)?;
    Some(open.len() + end + close.len())
}
