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
                // The end of a document that had no start.
                '.' if skipped.starts_with("...") => {
                    self.at += 3;
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

/// The header of the block scalar whose text starts at byte `at`, looked for from below: on the first line above that is
/// not blank. After a broken document nothing tells where the signs of the next one start.
pub(super) fn header_above(text: &str, at: usize) -> Option<usize> {
    let line_start = text
        .get(..at)?
        .rfind(['\n', '\r'])
        .map_or(0, |line_end| line_end + 1);
    let above = text
        .get(..line_start)?
        .trim_end_matches([' ', '\t', '\n', '\r']);
    let start = above.rfind(['\n', '\r']).map_or(0, |line_end| line_end + 1);
    let line = above.get(start..)?;
    let (sign, _) = line.match_indices(['|', '>']).find(|(sign, _)| {
        let before = line.get(..*sign).unwrap_or("");
        let rest = line.get(sign + 1..).unwrap_or("");
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
        let comment = rest.trim_start_matches([' ', '\t']);
        (before.is_empty() || before.ends_with([' ', '\t', '\u{feff}']))
            && (comment.is_empty() || (comment.starts_with('#') && comment.len() < rest.len()))
    })?;
    Some(start + sign)
}
