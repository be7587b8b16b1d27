//! Makes a text readable for a shell grammar without moving what a span points at.
//!
//! A runner replaces `${{ … }}` before any shell sees the script, and other tools do the same with `{{ … }}` and
//! `<% … %>`. To the grammar each is a plain word of the same length. It sees ASCII only: its scanner asks the C library
//! about characters in a way that is undefined beyond one byte.

use std::ops::Range;

/// A `${{ … }}` in the script.
#[derive(Debug)]
pub(super) struct Expression {
    /// Where, in the prepared text.
    pub range: Range<usize>,
    /// What stands between the braces.
    pub name: String,
}

/// A text ready for the grammar.
#[derive(Debug)]
pub(super) struct Prepared {
    /// For the grammar. As long as `text`, byte for byte.
    grammar: String,
    /// As written, but without the carriage returns before line feeds.
    text: String,
    /// For every carriage return that was taken out, the offset of the byte that followed it.
    removed: Vec<usize>,
    expressions: Vec<Expression>,
    /// Whether the text holds what no shell script holds.
    pub is_odd: bool,
}

impl Prepared {
    /// Prepares `original`.
    pub fn new(original: &str) -> Self {
        let mut this = Prepared {
            grammar: String::with_capacity(original.len()),
            text: String::with_capacity(original.len()),
            removed: Vec::new(),
            expressions: Vec::new(),
            is_odd: original.contains('\0'),
        };
        let mut rest = original;
        let mut expressions_end = true;
        while let Some(next) = rest.chars().next() {
            let length = if rest.starts_with("${{") && expressions_end {
                let length = expression_length(rest);
                // The runner refuses such a script; looking again from every later start would take quadratic time.
                expressions_end = length.is_some();
                this.is_odd |= length.is_none();
                length
            } else if rest.starts_with("{{") && !this.text.ends_with('$') {
                template_length(rest, "{{", "}}")
            } else if rest.starts_with("<%") {
                template_length(rest, "<%", "%>")
            } else {
                None
            };
            if let Some((foreign, after)) = length.and_then(|length| rest.split_at_checked(length))
            {
                this.hide(foreign);
                rest = after;
                continue;
            }
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            match next {
                '\r' if rest.starts_with('\n') => {
                    this.removed.push(this.text.len());
                    continue;
                }
                '\u{feff}' if this.text.is_empty() => this.grammar.push_str("   "),
                // To the grammar a NUL is the end of the text.
                '\0' => this.grammar.push(' '),
                _ if next.is_ascii() => this.grammar.push(next),
                // A full stop can be part of a word and of no name or operator.
                _ => this
                    .grammar
                    .extend(std::iter::repeat_n('.', next.len_utf8())),
            }
            this.text.push(next);
        }
        // A continuation of the last line continues nothing.
        let last = this.grammar.trim_end().len();
        if this
            .grammar
            .get(..last)
            .is_some_and(|text| text.ends_with('\\'))
            && last < this.grammar.len()
        {
            this.grammar.replace_range(last - 1..last, " ");
        }
        this
    }

    fn hide(&mut self, written: &str) {
        let start = self.text.len();
        self.text.push_str(written);
        let name = written
            .strip_prefix("${{")
            .and_then(|inner| inner.strip_suffix("}}"))
            .map(|inner| inner.trim().to_string());
        // A word of its own for each expression, so that none passes for another.
        let mut number = self.expressions.len();
        for at in start..self.text.len() {
            let letter = if at == start || number == 0 {
                'Q'
            } else {
                let digit = u32::try_from(number % 26).unwrap_or(0);
                number /= 26;
                char::from_u32(u32::from('a') + digit).unwrap_or('q')
            };
            self.grammar.push(letter);
        }
        if let Some(name) = name {
            let range = start..self.text.len();
            self.expressions.push(Expression { range, name });
        }
    }

    /// The text for the grammar.
    pub fn grammar(&self) -> &str {
        &self.grammar
    }

    /// A part of the text as written.
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(self.on_characters(range)).unwrap_or_default()
    }

    /// The expressions that lie wholly inside a range.
    pub fn expressions_in(&self, range: Range<usize>) -> impl Iterator<Item = &Expression> {
        let first = self
            .expressions
            .partition_point(|one| one.range.start < range.start);
        self.expressions
            .iter()
            .skip(first)
            .take_while(move |one| one.range.end <= range.end)
    }

    /// The bytes of the original text behind a range of the prepared one.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let range = self.on_characters(range);
        let start = range.start + self.removed.partition_point(|at| *at <= range.start);
        let end = range.end + self.removed.partition_point(|at| *at < range.end);
        start..end.max(start)
    }

    /// The range made larger so that it cuts no character.
    fn on_characters(&self, range: Range<usize>) -> Range<usize> {
        let mut start = range.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = range.end.clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        start..end
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
        .take_while(|byte| !matches!(byte, b'\n' | b'\r' | b'\\' | b'$' | b'`' | b'\'' | b'"' | 0))
        .count();
    let mut length = length;
    while !inner.is_char_boundary(length) {
        length -= 1;
    }
    let end = inner.get(..length)?.find(close).filter(|end| *end > 0)?;
    Some(open.len() + end + close.len())
}
