//! `$NAME` and `${NAME}` in values that are no shell text: GitLab and Bitbucket put variables in place themselves.
//!
//! <https://docs.gitlab.com/ci/variables/where_variables_can_be_used/>

use crate::model::template::Template;

/// The text with its variables replaced by what `find` gives for them. `$$` is a dollar.
pub(in crate::recognize) fn expand(text: &str, find: &dyn Fn(&str) -> Template) -> Template {
    let mut result = Template::default();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        result.push_literal(before);
        let after = from.get(1..).unwrap_or("");
        if let Some(next) = after.strip_prefix('$') {
            result.push_literal("$");
            rest = next;
            continue;
        }
        let (inner, is_braced) = match after.strip_prefix('{') {
            Some(inner) => (inner, true),
            None => (after, false),
        };
        let end = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        let (name, tail) = inner.split_at(end);
        let tail = if is_braced {
            tail.strip_prefix('}')
        } else {
            Some(tail)
        };
        match tail {
            Some(tail) if !name.is_empty() => {
                result.push(&find(name));
                rest = tail;
            }
            _ => {
                result.push_literal("$");
                rest = after;
            }
        }
    }
    result.push_literal(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_place() {
        let find = |name: &str| match name {
            "A" => Template::literal("1"),
            _ => Template::hole(name, format!("${name}")),
        };
        for (text, expected) in [
            ("plain", "plain"),
            ("$A/${A}x$B", "1/1x$B"),
            ("$$A", "$A"),
            ("${A", "${A"),
            ("a$", "a$"),
            ("$-", "$-"),
        ] {
            assert_eq!(expand(text, &find).to_string(), expected, "{text}");
        }
    }
}
