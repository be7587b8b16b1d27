//! Signs that a text is a template: its syntax errors are then no mistakes, because a program still has to fill it in.

/// The hint given where a template keeps a text from being read.
pub(super) const TEMPLATED: &str =
    "this looks like templated text, which is not read: lint what the template engine makes of it";

/// Marks that open a placeholder or a statement in the template engines people use for such files: Jinja, Helm,
/// GitHub-like `{{`, ERB, Terraform and shell `${`. JSON and YAML give none of them a meaning of their own outside of
/// strings.
const MARKS: [&str; 4] = ["{{", "{%", "<%", "${"];

/// Whether a template mark stands on the line of `offset` or on the line before it, where a statement would start.
pub(super) fn is_near(text: &str, offset: usize) -> bool {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let (before, after) = text.split_at(offset);
    let start = before
        .rmatch_indices('\n')
        .nth(1)
        .map_or(0, |(line_end, _)| line_end + 1);
    let end = after
        .find('\n')
        .map_or(text.len(), |line_end| offset + line_end);
    let lines = text.get(start..end).unwrap_or("");
    MARKS.iter().any(|mark| lines.contains(mark))
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
