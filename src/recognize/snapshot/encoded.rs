//! Policies as the API gives them: JSON, percent-encoded.
//!
//! The AWS CLI decodes them, other clients do not
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>).

use crate::tree::{Node, NodeKind, Text};

/// The node with the text that its percent-encoding means, if it is encoded JSON; every decoded byte keeps its place. Any other
/// node as it is.
pub(super) fn decoded<'s>(node: &Node<'s>) -> Node<'s> {
    let plain = || node.clone();
    let Some(text) = node.as_text().filter(|text| is_encoded(&text.value)) else {
        return plain();
    };
    let Some(decoded) = decode(text) else {
        return plain();
    };
    Node {
        kind: NodeKind::Text(decoded),
        ..node.clone()
    }
}

/// Whether the text starts with an encoded `{`, white space aside.
fn is_encoded(text: &str) -> bool {
    let mut rest = text;
    loop {
        let space = ["%20", "%0A", "%0a", "%0D", "%0d", "%09"];
        match space.iter().find_map(|code| rest.strip_prefix(code)) {
            Some(tail) => rest = tail,
            None => return rest.starts_with("%7B") || rest.starts_with("%7b"),
        }
    }
}

fn decode<'s>(text: &Text<'_>) -> Option<Text<'s>> {
    let bytes = text.value.as_bytes();
    let mut value: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut at = 0;
    let mut is_copying = false;
    let mut next_run = 0;
    while let Some(byte) = bytes.get(at) {
        let here = u32::try_from(value.len()).ok()?;
        let file = text.file_offset(at);
        // A run of plain bytes goes on until an escape, or until the text itself was put together from another place.
        while text
            .runs
            .get(next_run)
            .is_some_and(|(start, _)| (*start as usize) < at)
        {
            next_run += 1;
        }
        let starts_run = text
            .runs
            .get(next_run)
            .is_some_and(|(start, _)| *start as usize == at);
        if *byte == b'%' {
            value.push(hex(bytes, at)?);
            runs.push((here, file));
            is_copying = false;
            at += 3;
        } else {
            if !is_copying || starts_run {
                runs.push((here, file));
            }
            value.push(*byte);
            is_copying = true;
            at += 1;
        }
    }
    // Where the last byte ends, if an escape made it.
    if !is_copying {
        let end = text.file_span(at.saturating_sub(1)..at).end;
        runs.push((u32::try_from(value.len()).ok()?, end));
    }
    Some(Text {
        value: String::from_utf8(value).ok()?.into(),
        style: text.style,
        runs,
        holes: Box::default(),
    })
}

/// The byte behind `%XX` at `at`.
fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digits = bytes.get(at + 1..at + 3)?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc};
    use crate::tree::{Syntax, embed, parse};

    fn value(text: &str) -> Node<'_> {
        let parsed = parse(FileId(0), text, Syntax::Json);
        let root = parsed.documents.into_iter().next().expect("one").root;
        root.get("p").expect("p").clone()
    }

    #[test]
    fn every_decoded_byte_keeps_its_place() {
        let text =
            r#"{"p": "%7B%22Statement%22%3A%7B%22Action%22%3A%22ecr%3AGet%C3%A9*%22%7D%7D"}"#;
        let decoded = decoded(&value(text));
        assert_eq!(
            decoded.as_str(),
            Some(r#"{"Statement":{"Action":"ecr:Geté*"}}"#)
        );
        let inner = embed::json_in(&decoded).expect("JSON");
        let root = &inner.documents.first().expect("one").root;
        let action = root
            .get("Statement")
            .and_then(|one| one.get("Action"))
            .expect("an action");
        let source = |loc: Loc| text.get(loc.span.range()).expect("a place");
        assert_eq!(source(action.loc), "%22ecr%3AGet%C3%A9*%22");
        assert_eq!(source(action.loc_of(4..7)), "Get");
        assert_eq!(source(action.loc_of(0..4)), "ecr%3A");
        assert_eq!(source(root.loc), text.get(7..text.len() - 2).expect("all"));
    }

    #[test]
    fn escapes_of_the_outer_string_are_seen_through() {
        let text = "{\"p\": \"%7B%22a\\u0062%22%3A1%7D\"}";
        let decoded = decoded(&value(text));
        assert_eq!(decoded.as_str(), Some("{\"ab\":1}"));
        let inner = embed::json_in(&decoded).expect("JSON");
        let root = &inner.documents.first().expect("one").root;
        let key = root.entries().first().expect("an entry").key.loc;
        assert_eq!(text.get(key.span.range()), Some("%22a\\u0062%22"));
    }

    #[test]
    fn what_is_not_encoded_json_stays() {
        for text in [
            r#"{"p": "%7Bbroken%2"}"#,
            r#"{"p": "%7B%FF%7D"}"#,
            r#"{"p": "%7B%+1%7D"}"#,
            r#"{"p": "100%"}"#,
            r#"{"p": "{\"a\": \"%7B\"}"}"#,
            r#"{"p": ["%7B%7D"]}"#,
        ] {
            let node = value(text);
            assert_eq!(decoded(&node), node, "{text}");
        }
    }
}
