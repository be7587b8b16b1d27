//! Signs that a text is a template: its syntax errors are then no mistakes, because a program still has to fill it in.

/// The hint given where a template keeps a text from being read.
pub(super) const TEMPLATED: &str =
    "this looks like templated text, which is not read: lint what the template engine makes of it";

/// Marks that open a placeholder or a statement in the template engines people use for such files: Jinja, Helm,
/// GitHub-like `{{`, ERB, Terraform and shell `${`. JSON and YAML give none of them a meaning of their own outside of
/// strings.
const MARKS: [&str; 4] = ["{{", "{%", "<%", "${"];

/// How far around a place marks are looked for: a minified file is one line, and may have a thousand faults.
const NEAR: usize = 400;

/// Whether a template mark stands on the line of `offset` or on the line before it, where a statement would start.
pub(super) fn is_near(text: &str, offset: usize) -> bool {
    let offset = floor(text, offset);
    let before = text
        .get(floor(text, offset.saturating_sub(NEAR))..offset)
        .unwrap_or("");
    let after = text
        .get(offset..floor(text, offset.saturating_add(NEAR)))
        .unwrap_or("");
    let start = before
        .rmatch_indices('\n')
        .nth(1)
        .map_or(0, |(line_end, _)| line_end + 1);
    let end = after.find('\n').unwrap_or(after.len());
    let from = offset - before.len() + start;
    let lines = text.get(from..offset + end).unwrap_or("");
    MARKS.iter().any(|mark| lines.contains(mark))
}

/// Whether a bare word that a program is to replace stands at `offset`: `$NAME`, `%NAME%`, `@NAME@`, `<NAME>`, `__NAME__`.
pub(super) fn is_placeholder(text: &str, offset: usize) -> bool {
    let word = word_at(text, offset);
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let between = |open: &str, close: &str| {
        let inside = word
            .strip_prefix(open)
            .and_then(|word| word.strip_suffix(close));
        inside.is_some_and(is_name)
    };
    word.strip_prefix('$').is_some_and(is_name)
        || between("%", "%")
        || between("@", "@")
        || between("<", ">")
        || between("__", "__")
}

/// The last character boundary that is not after `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The letters, digits and signs from `offset` on that a reader would take for one word.
pub(super) fn word_at(text: &str, offset: usize) -> &str {
    let rest = text.get(offset..).unwrap_or("");
    let end = rest
        .find(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\'')
        })
        .unwrap_or(rest.len());
    rest.get(..end).unwrap_or("")
}
