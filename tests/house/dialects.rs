//! Every rule in every dialect where its cause can stand: its fixtures fire and stay silent in two dialects at least, and
//! its `dialects:` are those in which they fire. What dialect a file is of, the product itself says.

use super::support::{files, folders, lint_folder, name, only, profile, registry, root};
use super::{complain, shown};
use ecrlint::Input;
use ecrlint::diag::Label;
use ecrlint::recognize::{Subject, recognize, terraform};
use ecrlint::rules::meta::Profile;
use ecrlint::source::FileId;
use ecrlint::tree::{Syntax, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Dialects = BTreeSet<String>;

/// Rules whose cause is the same however it is written must be held in three dialects.
const IN_THREE: &[&str] = &["ECR101", "ECR103", "ECR201", "ECR202", "ECR302"];

/// Rules whose cause can stand in one dialect only, and why.
const IN_ONE: &[(&str, &str)] = &[];

/// The dialects of a file; none for a file that no dialect knows, such as a broken one.
fn dialects(input: &Input) -> Dialects {
    if terraform::is_named(&input.path) {
        return Dialects::from(["terraform".to_string()]);
    }
    let parsed = parse(FileId(0), &input.text, Syntax::of(&input.path, &input.text));
    let kinds = parsed.documents.iter().filter_map(|document| {
        let subject = Subject {
            path: &input.path,
            text: &input.text,
            document,
        };
        recognize(&subject).map(|(kind, _)| kind.dialect().to_string())
    });
    kinds.collect()
}

/// What a rule's fixtures show, by dialect.
#[derive(Default)]
struct Held {
    /// Where findings stand.
    fires: Dialects,
    /// What findings name: the primary place and the related ones.
    named: Dialects,
    /// What the silent cases are written in.
    silent: Dialects,
}

fn held(rule: &str, cases: &Path) -> Held {
    let mut out = Held::default();
    let settings = if rule == "unused-ignore" {
        profile(Profile::Pedantic)
    } else {
        only(rule)
    };
    for case in folders(cases) {
        let of_file: BTreeMap<String, Dialects> = files(&case)
            .into_iter()
            .map(|input| (input.path.clone(), dialects(&input)))
            .collect();
        if name(&case).starts_with("good-") {
            out.silent.extend(of_file.into_values().flatten());
            continue;
        }
        let run = lint_folder(&case, &settings);
        let of = |label: &Label| {
            let file = run.sources.get(label.loc.file);
            let dialects = file.and_then(|file| of_file.get(&file.path));
            dialects.cloned().unwrap_or_default()
        };
        for one in run.report.heard() {
            out.fires.extend(of(&one.primary));
            out.named.extend(of(&one.primary));
            out.named.extend(one.related.iter().flat_map(of));
        }
    }
    out
}

fn listed(dialects: &Dialects) -> String {
    dialects
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn every_rule_is_held_in_every_dialect_it_names() {
    let mut wrong = Vec::new();
    for rule in registry().rules() {
        let file = &rule.file;
        let cases = root().join("tests/fixtures/rules").join(&file.name);
        let held = held(&file.name, &cases);
        let both: Dialects = held.fires.intersection(&held.silent).cloned().collect();
        if std::env::var("SURVEY").is_ok() {
            eprintln!(
                "{} {}\n   fires {}\n   named {}\n   silent {}\n   listed {}",
                file.code,
                file.name,
                listed(&held.fires),
                listed(&held.named),
                listed(&held.silent),
                file.dialects.join(", ")
            );
        }
        let needed = match file.code.as_str() {
            code if IN_THREE.contains(&code) => 3,
            code if IN_ONE.iter().any(|(one, _)| *one == code) => 1,
            _ => 2,
        };
        if both.len() < needed {
            wrong.push(format!(
                "{} needs {needed} has {}",
                file.code,
                listed(&both)
            ));
        }
        let _ = shown(&cases);
    }
    complain(&wrong);
}
