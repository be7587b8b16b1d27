//! The signs between the events: dashes, colons and the headers of block scalars.
//!
//! The parser tells where a value's text stands, but not where its `-`, `:` or `|` does. Each lies in the gap between
//! two events, which holds nothing but signs, white space, comments and properties (`&anchor`, `!tag`).

/// A sign in a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `-` before an item.
    Dash,
    /// `:` before a value.
    Colon,
    /// `?` before a key, or `,`.
    Other,
    /// `|` or `>`: the header of a block scalar.
    Header,
}

/// Walks over the signs of a gap.
pub(super) struct Gap<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Gap<'t> {
    /// The gap from `start` to `end`.
    pub(super) fn new(text: &'t str, start: usize, end: usize) -> Self {
        Gap {
            text,
            at: start,
            end,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or("")
    }
}

impl Iterator for Gap<'_> {
    type Item = (usize, Sign);

    fn next(&mut self) -> Option<(usize, Sign)> {
        loop {
            let rest = self.rest();
            let skipped = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']);
            self.at += rest.len() - skipped.len();
            let at = self.at;
            let sign = match skipped.chars().next()? {
                '#' => {
                    self.at += skipped.find(['\n', '\r']).unwrap_or(skipped.len());
                    continue;
                }
                '&' | '!' => {
                    self.at += skipped
                        .find(|c: char| {
                            c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}')
                        })
                        .unwrap_or(skipped.len());
                    continue;
                }
                '-' => Sign::Dash,
                ':' => Sign::Colon,
                '?' | ',' => Sign::Other,
                '|' | '>' => Sign::Header,
                _ => return None,
            };
            self.at += 1;
            return Some((at, sign));
        }
    }
}
