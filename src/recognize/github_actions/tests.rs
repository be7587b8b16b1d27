//! Whole documents in, acts out. Each act is shown in one line with the text it points at, so that a wrong place is a
//! failing test as much as a wrong act.

mod actions;
mod documents;
mod handovers;
mod scripts;

use super::*;
use crate::recognize::shown::{at, is_listed, show, slice};
use crate::recognize::{self, DocumentKind};
use crate::source::FileId;
use crate::tree::{Syntax, parse};

/// The pipeline in `text`; panics if it is none.
fn pipeline(path: &str, text: &str) -> Pipeline {
    recognized(path, text).expect("a pipeline").1
}

fn recognized(path: &str, text: &str) -> Option<(DocumentKind, Pipeline)> {
    let parsed = parse(FileId(0), text, Syntax::Yaml);
    let document = parsed.documents.first()?;
    let subject = Subject {
        path,
        text,
        document,
    };
    let (kind, recognized) = recognize::recognize(&subject)?;
    let pipeline = recognized.facts.pipelines.into_iter().next()?;
    Some((kind, pipeline))
}

/// The acts of the first job whose `steps:` list is `steps`, one line each.
fn acts_of(steps: &str) -> Vec<String> {
    let mut text = String::from("on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n");
    for line in steps.trim_matches('\n').lines() {
        text.push_str("      ");
        text.push_str(line);
        text.push('\n');
    }
    acts_in(&text)
}

/// The acts of the first job of a workflow.
fn acts_in(text: &str) -> Vec<String> {
    let pipeline = pipeline(".github/workflows/w.yml", text);
    pipeline.jobs[0]
        .steps
        .iter()
        .flat_map(|step| &step.acts)
        .filter(is_listed)
        .map(|act| show(act, text))
        .collect()
}

/// The acts of one `run: |` step.
fn acts_of_script(script: &str) -> Vec<String> {
    let mut step = String::from("- run: |\n");
    for line in script.trim_matches('\n').lines() {
        step.push_str("    ");
        step.push_str(line);
        step.push('\n');
    }
    acts_of(&step)
}
