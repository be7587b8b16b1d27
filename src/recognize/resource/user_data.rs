//! What an instance starts with: a script, as text or in base64.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>

use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::Spanned;
use crate::source::base64::decode;
use crate::tree::Node;

/// User data, read.
#[derive(Debug, Default)]
pub(super) struct UserData {
    /// The whole text; a hole where it is not text.
    pub(super) text: Option<Spanned<Template>>,
    /// Its lines.
    pub(super) lines: Vec<Spanned<Template>>,
}

/// Reads user data. Whether it is base64 is told by its form: no script is made of letters and digits alone.
pub(super) fn user_data(node: Option<&Node<'_>>) -> UserData {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return UserData::default();
    };
    let place = node.place();
    // A script is full of what would be placeholders elsewhere.
    let literal = |text: &str| Template::literal(text);
    let Some(whole) = placeholders::of_node(node, literal) else {
        return UserData {
            text: Some(super::block::scalar(node, literal)),
            lines: Vec::new(),
        };
    };
    let encoded = whole.as_literal().filter(|text| is_base64(text));
    let Some(encoded) = encoded else {
        return UserData {
            lines: lines(node),
            text: Some(Spanned::new(whole, place)),
        };
    };
    match decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(decoded) => UserData {
            lines: decoded
                .lines()
                .map(|line| Spanned::new(literal(line), place))
                .collect(),
            text: Some(Spanned::new(Template::literal(decoded), place)),
        },
        // Compressed, most likely.
        None => UserData {
            text: Some(Spanned::new(
                Template::hole(
                    format!("@{}:{}.UserData", place.file.0, place.span.start),
                    "<user data>",
                ),
                place,
            )),
            lines: Vec::new(),
        },
    }
}

/// The lines of a text, each with its own place.
fn lines(node: &Node<'_>) -> Vec<Spanned<Template>> {
    let Some(text) = node.as_text() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut start = 0;
    let mut holes = text.holes.iter().peekable();
    for whole in text.value.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let end = start + line.len();
        let mut template = Template::default();
        let mut known = start;
        while let Some(hole) = holes.next_if(|hole| (hole.range.start as usize) < end) {
            let range = hole.range.start as usize..hole.range.end as usize;
            template.push_literal(text.value.get(known..range.start).unwrap_or(""));
            template.push_hole(hole.unknown.name.clone(), hole.unknown.text.clone());
            known = range.end;
        }
        template.push_literal(text.value.get(known..end).unwrap_or(""));
        lines.push(Spanned::new(template, node.loc_of(start..end)));
        start += whole.len();
    }
    lines
}

/// Whether a text can be nothing but base64: of its letters only, and enough of them.
fn is_base64(text: &str) -> bool {
    const FEWEST: usize = 16;
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.len() >= FEWEST
        && text
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_whitespace())
        && !text.trim().contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    #[test]
    fn scripts_are_not_base64() {
        for text in [
            "#!/bin/bash\ndocker pull x",
            "yum update -y now please",
            "true",
            "",
        ] {
            assert!(!is_base64(text), "{text}");
        }
        assert!(is_base64("IyEvYmluL2Jhc2gKZG9ja2VyIHB1bGwgeA=="));
    }

    fn read(yaml: &str) -> (Option<String>, Vec<(String, String)>) {
        let parsed = parse(FileId(0), yaml, Syntax::Yaml);
        let root = &parsed.documents.first().expect("a document").root;
        let data = user_data(root.get("u"));
        let lines = data.lines.iter().map(|line| {
            let source = yaml.get(line.loc.span.range()).unwrap_or("");
            (line.value.to_string(), source.to_string())
        });
        (
            data.text.map(|text| text.value.to_string()),
            lines.collect(),
        )
    }

    #[test]
    fn plain_text_keeps_the_place_of_each_line() {
        let (text, lines) = read("u: |\n  #!/bin/sh\n\n  docker pull $X\n");
        assert_eq!(text.as_deref(), Some("#!/bin/sh\n\ndocker pull $X\n"));
        assert_eq!(
            lines,
            [
                ("#!/bin/sh".to_string(), "#!/bin/sh".to_string()),
                (String::new(), String::new()),
                ("docker pull $X".to_string(), "docker pull $X".to_string())
            ]
        );
    }

    #[test]
    fn encoded_text_is_one_place() {
        let (text, lines) = read("u: IyEvYmluL2Jhc2gKZG9ja2VyIHB1bGwgeA==\n");
        assert_eq!(text.as_deref(), Some("#!/bin/bash\ndocker pull x"));
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|(_, source)| source.starts_with("IyEv")));
    }

    #[test]
    fn what_is_no_text_is_a_hole() {
        for yaml in [
            "u: H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==\n",
            "u: [a, b]\n",
            "u: {a: b}\n",
        ] {
            let (text, lines) = read(yaml);
            assert!(text.is_some() && lines.is_empty(), "{yaml}");
        }
        assert_eq!(read("u:\n"), (None, Vec::new()));
    }
}
