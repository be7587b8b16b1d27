//! How the policy rules read what somebody wrote: the parts of an ARN, placeholders, names in prose.
//!
//! A part that is not known (a hole, a policy variable) is one [`UNKNOWN`]
//! character here, so that a rule can look at the rest.

use crate::catalog::Action;
use crate::diag::quote;
use crate::iam;
use crate::model::policy::Statement;
use crate::model::template::{Piece, Template};

/// Stands for a stretch of text that is not known. It cannot occur in a policy.
pub(super) const UNKNOWN: char = '\u{0}';

/// The statement's `Sid`, if it is known.
pub(super) fn sid(statement: &Statement) -> Option<&str> {
    statement
        .sid
        .as_ref()
        .and_then(|sid| sid.value.as_literal())
        .filter(|sid| !sid.is_empty())
}

/// What follows the colon of an action with this service prefix, whatever the case of its letters.
pub(super) fn name_of<'t>(action: &'t str, service: &str) -> Option<&'t str> {
    let (prefix, name) = action.split_once(':')?;
    prefix.eq_ignore_ascii_case(service).then_some(name)
}

/// The actions of a service that an entry of `Action` with this service prefix matches.
pub(super) fn matching_actions(
    service: &str,
    name: &str,
) -> impl Iterator<Item = &'static Action> + use<> {
    iam::actions_matched(&Template::literal(format!("{service}:{name}")), service)
}

/// The same template in which policy variables are holes. The reader of a document keeps them as text, since they are part
/// of the policy.
pub(super) fn opaque(template: &Template) -> Template {
    let mut whole = Template::default();
    for piece in template.pieces() {
        match piece {
            Piece::Hole(hole) => whole.push_hole(hole.name.clone(), hole.text.clone()),
            Piece::Literal(text) => push_opaque(&mut whole, text),
        }
    }
    whole
}

fn push_opaque(whole: &mut Template, text: &str) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        whole.push_literal(before);
        whole.push_hole(format!("${{{name}}}"), format!("${{{name}}}"));
        rest = tail;
    }
    whole.push_literal(rest);
}

/// The text with every hole as one [`UNKNOWN`].
pub(super) fn masked(template: &Template) -> String {
    template
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::Hole(_) => "\u{0}",
        })
        .collect()
}

/// The text before the first wildcard or unknown stretch.
pub(super) fn lead(template: &Template) -> String {
    let text = masked(template);
    text.split(['*', '?', UNKNOWN])
        .next()
        .unwrap_or("")
        .to_string()
}

/// The whole text, if it is known, holds no wildcard and is no placeholder.
pub(super) fn known_part(template: &Template) -> Option<&str> {
    template
        .as_literal()
        .filter(|text| !text.contains(['*', '?']) && !is_placeholder(text))
}

/// Whether a text looks like something to be filled in before the document is used: `ACCOUNT_ID`, `YOUR-REPOSITORY`.
pub(super) fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "ACCOUNT",
        "ARN",
        "CHANGE",
        "INSERT",
        "NAME",
        "PARTITION",
        "PLACEHOLDER",
        "REGION",
        "REPLACE",
        "REPO",
        "XXX",
        "YOUR",
    ];
    let is_capitals = text.contains(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    let is_marked =
        text.contains(['<', '>', '{', '}', '$', '%', '@', UNKNOWN]) || text.contains("__");
    is_marked
        || (is_capitals && (text.contains('_') || WORDS.iter().any(|word| text.contains(word))))
}

/// Names in prose: `a`, `b` and `c`, each quoted.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quote(name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A noun with its indefinite article.
pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

/// The first name, and how many there are besides: `a` and 2 more.
pub(super) fn first_and_more<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => quote(one.as_ref()),
        [one, other] => format!("{} and {}", quote(one.as_ref()), quote(other.as_ref())),
        [one, rest @ ..] => format!("{} and {} more", quote(one.as_ref()), rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arn;

    #[test]
    fn placeholders_are_told_from_names() {
        for text in [
            "ACCOUNT_ID",
            "YOUR-REPO",
            "<name>",
            "${x}",
            "__NAME__",
            "XXXXXXXXXXXX",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "MyApp", "APP", "111122223333", "aws", "repository-name"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn an_arn_is_split_outside_of_variables() {
        let arn = opaque(&Template::literal(
            "arn:aws:ecr:${aws:RequestedRegion}:1:repository/${aws:username}:x",
        ));
        let fields: Vec<String> = arn::fields(&arn).iter().map(Template::to_string).collect();
        assert_eq!(
            fields,
            [
                "arn",
                "aws",
                "ecr",
                "${aws:RequestedRegion}",
                "1",
                "repository/${aws:username}:x"
            ]
        );
        assert_eq!(lead(&arn), "arn:aws:ecr:");
    }

    #[test]
    fn names_are_joined_as_in_prose() {
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(first_and_more(&["a", "b", "c"]), "`a` and 2 more");
    }
}
