//! `$NAME`, `${NAME}` and `${NAME:-default}` in compose files and Dockerfiles.
//!
//! A variable is a hole that tells its name and its default, so that whoever knows what a command gives can fill it in.
//! <https://docs.docker.com/reference/compose-file/interpolation/>,
//! <https://docs.docker.com/reference/dockerfile/#environment-replacement>

use super::placeholders;
use crate::model::docker::variable_hole;
use crate::model::template::Template;

/// How a literal dollar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dollar {
    /// `$$`.
    Doubled,
    /// With the escape character before it.
    Escaped(char),
}

/// Reads a text of the file at `path`: variables become holes, and so does what people put in for a value that
/// something else will fill in.
pub(super) fn read(text: &str, path: &str, dollar: Dollar) -> Template {
    let mut template = Template::default();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let escaped = match dollar {
            Dollar::Doubled => rest.strip_prefix("$$"),
            Dollar::Escaped(escape) => rest
                .strip_prefix(escape)
                .filter(|rest| rest.starts_with('$'))
                .and_then(|rest| rest.strip_prefix('$')),
        };
        if let Some(after) = escaped {
            literal.push('$');
            rest = after;
            continue;
        }
        // `${{ … }}` is no variable of docker's: something else fills it in before.
        let is_expression = rest.starts_with("${{");
        match variable(rest).filter(|_| next == '$' && !is_expression) {
            Some(variable) => {
                template.push(&placeholders::read(&literal));
                literal.clear();
                let (written, after) = rest.split_at(variable.length);
                template.push_hole(variable.hole(path), written);
                rest = after;
            }
            None => {
                literal.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or("");
            }
        }
    }
    template.push(&placeholders::read(&literal));
    template
}

/// As [`read`], for the name of an image: words that stand for a value are holes too.
pub(super) fn read_image(text: &str, path: &str, dollar: Dollar) -> Template {
    placeholders::words(read(text, path, dollar))
}

/// A variable at the start of a text.
struct Variable<'t> {
    name: &'t str,
    /// What stands behind the name in the braces: `:-default`.
    modifier: &'t str,
    length: usize,
}

impl Variable<'_> {
    fn hole(&self, path: &str) -> String {
        let default = self
            .modifier
            .strip_prefix(":-")
            .or_else(|| self.modifier.strip_prefix('-'))
            // A default with variables of its own is not worked out.
            .filter(|default| !default.contains('$'));
        match (default, self.modifier.chars().find(|c| *c != ':')) {
            (Some(default), _) => variable_hole(path, self.name, Some(default)),
            // An error if it is not set, but never another value.
            (None, None | Some('?')) => variable_hole(path, self.name, None),
            // Something is made of it: no name of a variable.
            (None, _) => format!("{path}: {}{}", self.name, self.modifier.replace(":-", "-")),
        }
    }
}

/// Longest text in braces, in bytes, so that a text of nothing but `${` is not searched to its end for each.
const LONGEST: usize = 512;

fn variable(rest: &str) -> Option<Variable<'_>> {
    let after = rest.strip_prefix('$')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let name_of = |text: &str| text.bytes().take_while(|byte| is_name(*byte)).count();
    let Some(inner) = after.strip_prefix('{') else {
        let length = name_of(after);
        let name = after.get(..length)?;
        let is_numbered = name.starts_with(|c: char| c.is_ascii_digit());
        return (length > 0 && !is_numbered).then_some(Variable {
            name,
            modifier: "",
            length: 1 + length,
        });
    };
    let length = name_of(inner);
    if length == 0 {
        return None;
    }
    // Defaults may hold braces of their own.
    let mut depth = 1;
    let bytes = inner.as_bytes();
    let end = bytes
        .iter()
        .enumerate()
        .take(LONGEST)
        .skip(length)
        .find(|(at, byte)| {
            if **byte == b'{' && at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'$') {
                depth += 1;
            }
            if **byte == b'}' {
                depth -= 1;
            }
            depth == 0
        })
        .map(|(at, _)| at)?;
    Some(Variable {
        name: inner.get(..length)?,
        modifier: inner.get(length..end)?,
        length: 2 + end + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(text: &str, dollar: Dollar) -> (String, Vec<String>) {
        let template = read(text, "f", dollar);
        let holes = template.holes().map(|hole| hole.name.clone()).collect();
        (template.to_string(), holes)
    }

    #[test]
    fn variables_are_holes_with_their_defaults() {
        for (text, expected) in [
            ("plain", vec![]),
            ("$A/b", vec!["f: A"]),
            ("${A}b", vec!["f: A"]),
            ("${A:-x}", vec!["f: A:-x"]),
            ("${A-x}", vec!["f: A:-x"]),
            ("${A:-}", vec!["f: A:-"]),
            ("${A:?no}", vec!["f: A"]),
            ("${A:+x}", vec!["f: A:+x"]),
            ("${A:-${B}}c", vec!["f: A-${B}"]),
            ("${A", vec![]),
            ("$1", vec![]),
            ("<ACCOUNT>.x", vec!["ACCOUNT"]),
            ("${{ inputs.a }}", vec!["inputs.a"]),
        ] {
            let (shown, found) = holes(text, Dollar::Doubled);
            assert_eq!(found, expected, "{text}");
            assert_eq!(shown, text);
        }
    }

    #[test]
    fn a_dollar_may_be_a_dollar() {
        assert_eq!(
            holes("$$A", Dollar::Doubled),
            ("$A".to_string(), vec!["A".to_string()])
        );
        assert_eq!(holes("a$", Dollar::Doubled).0, "a$");
        assert!(holes("\\$A", Dollar::Escaped('\\')).0.starts_with("$A"));
        assert_eq!(holes("`${A}", Dollar::Escaped('\\')).1, ["f: A"]);
    }

    #[test]
    fn a_text_of_braces_ends_soon() {
        read(&"${A".repeat(100_000), "f", Dollar::Doubled);
    }
}
