//! Text as people write it before something fills it in: placeholders become holes.
//!
//! Task definitions and policies in repositories are often templates that `sed`, `envsubst`, Terraform or a deploy script
//! completes. Taking `<AWS_ACCOUNT_ID>` for an account would make every rule about accounts lie, so each dialect reads its
//! values through this file.
//!
//! - [`read`] knows the marks of template languages: `${x}`, `$X`, `{{ x }}`, `<x>` and their kin.
//! - [`read_reference`] also knows words that stand for a value without any mark (`ACCOUNT_ID`, `XXXXXXXXXXXX`,
//!   `your-region`), at the places of an ARN, an ECR host or an image where the real value could never look like that.

mod words;

pub use words::words;

use crate::model::template::{Piece, Template};
use crate::source::{Loc, Span};
use crate::tree::{Node, NodeKind, Style, Text, TextHole, Unknown, Why};

/// Reads `text`: marked placeholders become holes named by what stands between the marks.
pub fn read(text: &str) -> Template {
    read_keeping(text, |_| false)
}

/// As [`read`], but `${…}` whose inside `is_literal` accepts stays text: IAM policy variables such as `${aws:username}`.
pub fn read_keeping(text: &str, is_literal: impl Fn(&str) -> bool) -> Template {
    let mut template = Template::default();
    let mut literal = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else {
            break;
        };
        match mark(rest) {
            Some(found) if !(rest.starts_with("${") && is_literal(found.name)) => {
                template.push_literal(text.get(literal..at).unwrap_or(""));
                template.push_hole(found.name, rest.get(..found.len).unwrap_or(rest));
                at += found.len;
                literal = at;
            }
            Some(found) => at += found.len,
            None => at += first.len_utf8(),
        }
    }
    template.push_literal(text.get(literal..).unwrap_or(""));
    template
}

/// Reads an ARN, an image, a registry host or a role name: as [`read`], and words that stand for a value become holes too.
pub fn read_reference(text: &str) -> Template {
    words(read(text))
}

/// The text of a scalar, `read` for the parts of it that are known; what a dialect found unknown is a hole. `None` for a
/// list, a map and null.
pub fn of_node(node: &Node<'_>, read: impl Fn(&str) -> Template) -> Option<Template> {
    let text = match &node.kind {
        NodeKind::Unknown(unknown) => {
            return Some(Template::hole(unknown.name.clone(), unknown.text.clone()));
        }
        NodeKind::Text(text) if !text.holes.is_empty() => text,
        _ => return node.as_str().map(read),
    };
    let mut template = Template::default();
    let mut literal = 0;
    for hole in &text.holes {
        let (start, end) = (hole.range.start as usize, hole.range.end as usize);
        template.push(&read(text.value.get(literal..start).unwrap_or("")));
        template.push_hole(hole.unknown.name.clone(), hole.unknown.text.clone());
        literal = end;
    }
    template.push(&read(text.value.get(literal..).unwrap_or("")));
    Some(template)
}

/// A template as a node at `loc`: what [`of_node`] reads back.
pub fn to_node(template: &Template, loc: Loc) -> Node<'static> {
    if let [Piece::Hole(hole)] = template.pieces() {
        let unknown = Unknown::new(hole.name.clone(), hole.text.clone(), Why::DeployTime);
        return Node::new(loc, NodeKind::Unknown(Box::new(unknown)));
    }
    let mut value = String::new();
    let mut holes = Vec::new();
    for piece in template.pieces() {
        match piece {
            Piece::Literal(text) => value.push_str(text),
            Piece::Hole(hole) => {
                let start = value.len();
                value.push_str(&hole.text);
                let range = Span::new(start, value.len());
                holes.push(TextHole {
                    range: range.start..range.end,
                    unknown: Unknown::new(hole.name.clone(), hole.text.clone(), Why::DeployTime),
                });
            }
        }
    }
    let mut text = Text::verbatim(value, Style::Plain, loc.span.start);
    text.holes = holes.into_boxed_slice();
    Node::new(loc, NodeKind::Text(text))
}

/// A placeholder at the start of a text.
struct Mark<'t> {
    /// What stands between the marks, trimmed.
    name: &'t str,
    /// Its length with the marks, in bytes.
    len: usize,
}

/// Marks that open and close, longest first.
const PAIRS: [(&str, &str); 11] = [
    ("${{", "}}"),
    ("{{{", "}}}"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("<%", "%>"),
    ("${", "}"),
    ("#{", "}"),
    ("$(", ")"),
    ("((", "))"),
    ("@@", "@@"),
    ("[[", "]]"),
];

/// Longest placeholder in bytes, marks included. Nobody writes longer ones, and a text of nothing but opening marks must
/// not be searched to its end for each of them.
const LONGEST: usize = 512;

/// Marks that count only around one word, because the signs also stand in plain text.
const WORD_PAIRS: [(&str, &str); 5] = [("<", ">"), ("{", "}"), ("[", "]"), ("%", "%"), ("@", "@")];

/// The placeholder at the start of `rest`, if one stands there.
fn mark(rest: &str) -> Option<Mark<'_>> {
    if !rest.starts_with(['$', '{', '<', '#', '(', '[', '%', '@', '_']) {
        return None;
    }
    let rest = head(rest);
    for (open, close) in PAIRS {
        let Some(inside) = rest.strip_prefix(open) else {
            continue;
        };
        if let Some(end) = closing(inside, open, close) {
            let name = inside.get(..end).unwrap_or("").trim();
            if name.is_empty() {
                continue;
            }
            return Some(Mark {
                name: without_default(open, name),
                len: open.len() + end + close.len(),
            });
        }
    }
    for (open, close) in WORD_PAIRS {
        let Some(inside) = rest.strip_prefix(open) else {
            continue;
        };
        let Some(name) = inside.find(close).and_then(|end| inside.get(..end)) else {
            continue;
        };
        let fits = match open {
            // Angle brackets mean nothing else in any value we read; people put prose between them.
            "<" => !name.is_empty() && !name.contains(['<', '/', '=']),
            "{" => is_word(name),
            _ => {
                is_constant(name)
                    || (name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase()))
            }
        };
        if fits {
            return Some(Mark {
                name: name.trim(),
                len: open.len() + name.len() + close.len(),
            });
        }
    }
    if let Some(inside) = rest.strip_prefix('$') {
        let len = identifier(inside);
        if len > 0 {
            return Some(Mark {
                name: inside.get(..len).unwrap_or(""),
                len: len + 1,
            });
        }
    }
    if let Some(inside) = rest.strip_prefix("__") {
        let name = inside.find("__").and_then(|end| inside.get(..end))?;
        if name.len() > 1
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        {
            return Some(Mark {
                name,
                len: name.len() + 4,
            });
        }
    }
    None
}

/// The first [`LONGEST`] bytes, or a few less where that would cut a character.
fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Where the mark that `open` opened is closed, counting nested ones of the same kind.
fn closing(inside: &str, open: &str, close: &str) -> Option<usize> {
    // Most texts that open something never close it, and this search is far faster than the one below.
    if !inside.contains(close) {
        return None;
    }
    let nests = open.chars().next_back();
    let mut depth = 0usize;
    for (at, c) in inside.char_indices() {
        if depth == 0 && inside.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Some(at);
        }
        if Some(c) == nests && open.len() < 3 && close.len() == 1 {
            depth += 1;
        } else if close.starts_with(c) && close.len() == 1 {
            depth = depth.saturating_sub(1);
        }
    }
    None
}

/// `TAG` of `${TAG:-latest}`: the same variable with and without a default is the same value.
fn without_default<'t>(open: &str, name: &'t str) -> &'t str {
    if open != "${" {
        return name;
    }
    let len = identifier(name);
    match name.get(len..) {
        Some(rest)
            if len > 0 && rest.starts_with([':', '-', '?', '=']) && is_shell_default(rest) =>
        {
            name.get(..len).unwrap_or(name)
        }
        _ => name,
    }
}

fn is_shell_default(rest: &str) -> bool {
    rest.trim_start_matches(':')
        .starts_with(['-', '?', '=', '+'])
}

/// The length of the shell identifier at the start of `text`.
fn identifier(text: &str) -> usize {
    let starts = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !starts {
        return 0;
    }
    text.bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count()
}

/// One word as it stands in a format string: `account`, `AccountId`, `aws.region`, `0`.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}

/// A constant's name: upper case, with an underscore (`REPO_URL`). Nothing on the image path is really called so.
fn is_constant(text: &str) -> bool {
    text.contains('_')
        && text.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::template::Piece;

    /// Holes as `⟨name⟩`.
    pub(super) fn shown(template: &Template) -> String {
        template
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Hole(hole) => format!("⟨{}⟩", hole.name),
            })
            .collect()
    }

    #[test]
    fn marked_placeholders_are_holes() {
        let table = [
            ("plain text", "plain text"),
            ("${{ vars.ACCOUNT }}.x", "⟨vars.ACCOUNT⟩.x"),
            ("${TAG:-latest}", "⟨TAG⟩"),
            ("${TAG-latest}", "⟨TAG⟩"),
            ("${var.account}", "⟨var.account⟩"),
            ("${self:custom.stage}", "⟨self:custom.stage⟩"),
            ("${format(\"%s-${x}\", y)}/a", "⟨format(\"%s-${x}\", y)⟩/a"),
            ("$ACCOUNT.dkr.ecr", "⟨ACCOUNT⟩.dkr.ecr"),
            (
                "$(aws sts get-caller-identity)/a",
                "⟨aws sts get-caller-identity⟩/a",
            ),
            ("{{ must_env `IMAGE` }}", "⟨must_env `IMAGE`⟩"),
            ("{{image}}:{{tag}}", "⟨image⟩:⟨tag⟩"),
            ("<IMAGE>", "⟨IMAGE⟩"),
            ("<your account id>", "⟨your account id⟩"),
            ("<%= image %>", "⟨= image⟩"),
            ("#{IMAGE}#", "⟨IMAGE⟩#"),
            ("((image))", "⟨image⟩"),
            ("{account}.dkr", "⟨account⟩.dkr"),
            ("%IMAGE_URI%", "⟨IMAGE_URI⟩"),
            ("%IMAGE%", "⟨IMAGE⟩"),
            ("@TAG@", "⟨TAG⟩"),
            ("__IMAGE_URI__", "⟨IMAGE_URI⟩"),
            ("[ACCOUNT]", "⟨ACCOUNT⟩"),
            ("@@IMAGE@@", "⟨IMAGE⟩"),
        ];
        for (text, expected) in table {
            let template = read(text);
            assert_eq!(shown(&template), expected, "{text}");
            assert_eq!(template.to_string(), text, "nothing is lost");
        }
    }

    #[test]
    fn plain_signs_are_text() {
        for text in [
            "cost is 5$",
            "$5",
            "a < b",
            "a_b__c",
            "100%",
            "user@example.com",
            "{\"a\": 1}",
            "${unclosed",
            "sha256@x",
            "é{ü}",
            "arn:aws:s3:::a[0-9]",
            "<",
            "$",
            "",
        ] {
            assert_eq!(read(text).as_literal(), Some(text), "{text}");
        }
    }

    #[test]
    fn texts_of_nothing_but_marks_are_read_in_time() {
        for open in ["(", "{", "${", "<", "é<%", "@", "__"] {
            let text = open.repeat(10_000);
            assert_eq!(read(&text).to_string(), text);
        }
        let long = format!("${{{{ {} }}}}", "é".repeat(LONGEST));
        assert!(read(&long).is_known(), "too long to be a placeholder");
    }

    #[test]
    fn policy_variables_may_stay_text() {
        let kept = read_keeping("home/${aws:username}/${STAGE}", |name| {
            name.starts_with("aws:")
        });
        assert_eq!(shown(&kept), "home/${aws:username}/⟨STAGE⟩");
    }
}
