//! Templates in, lowered resources out.

mod facts;
mod hostile;
mod intrinsics;
mod readings;
mod sam;
mod spans;

use super::*;
use crate::source::FileId;
use crate::tree::{Parsed, Syntax, parse};

/// The path under which the tests' templates run.
const PATH: &str = "t.yaml";

fn parsed(text: &str) -> Parsed<'_> {
    let parsed = parse(FileId(0), text, Syntax::of("t", text));
    assert!(parsed.problems.is_empty(), "{text}\n{:?}", parsed.problems);
    parsed
}

/// The lowered resources of each reading of the only document of `text`.
fn lower<'s>(parsed: &'s Parsed<'s>, text: &str) -> Vec<Vec<Declared<'s>>> {
    let document = parsed.documents.first().expect("a document");
    let subject = Subject {
        path: PATH,
        text,
        document,
    };
    assert!(recognizes(&subject), "{text}");
    lowered(&document.root, label(&subject), text, &Given::default())
}

/// A value in one line: holes by their names, `⟨Name⟩`, without the template's.
fn shown(node: &Node<'_>) -> String {
    let name = |name: &str| {
        let name = name
            .strip_prefix(PATH)
            .and_then(|rest| rest.strip_prefix('#'))
            .unwrap_or(name);
        format!("⟨{name}⟩")
    };
    match &node.kind {
        NodeKind::Unknown(unknown) => name(&unknown.name),
        NodeKind::Text(text) => {
            let mut out = String::new();
            let mut at = 0;
            for hole in &text.holes {
                let range = hole.range.start as usize..hole.range.end as usize;
                assert_eq!(&text.value[range.clone()], hole.unknown.text);
                out.push_str(&text.value[at..range.start]);
                out.push_str(&name(&hole.unknown.name));
                at = range.end;
            }
            out.push_str(&text.value[at..]);
            out
        }
        NodeKind::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|entry| format!("{}: {}", entry.key.value, shown(&entry.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::Null => "~".to_string(),
        NodeKind::Bool(_) | NodeKind::Number(_) => node.as_str().unwrap_or("").to_string(),
    }
}

/// The property `X` of the resource `R` in the first reading.
fn evaluated(text: &str) -> String {
    let parsed = parsed(text);
    let readings = lower(&parsed, text);
    let resource = readings[0]
        .iter()
        .find(|resource| resource.origin.label == "R")
        .expect("the resource R");
    resource.properties.get("X").map_or("-".to_string(), shown)
}

#[test]
fn a_template_with_something_to_read_passes_the_prefilter() {
    for kind in resource::kinds().filter(|kind| kind.starts_with("AWS::")) {
        let is_covered = WORDS.iter().any(|word| kind.starts_with(word));
        assert!(is_covered, "{kind}");
    }
}
