//! Every rule in every dialect where its cause can stand: its fixtures fire and stay silent in two dialects at least, and
//! its `dialects:` are those of the documents that its findings name. What dialect a document is of, the product says.

use super::complain;
use super::support::{files, folders, name, only, profile, registry, root};
use ecrlint::diag::Label;
use ecrlint::recognize::{Subject, recognize, terraform};
use ecrlint::rules::meta::Profile;
use ecrlint::source::FileId;
use ecrlint::tree::{Syntax, parse};
use ecrlint::{Input, Settings, lint};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

type Dialects = BTreeSet<String>;

/// Rules whose cause is the same however it is written are held in three dialects.
const IN_THREE: &[&str] = &["ECR101", "ECR103", "ECR201", "ECR202", "ECR302"];

/// Rules whose findings stand in one dialect only, or in none, and why.
const EXCEPTIONS: &[(&str, usize, &str)] = &[
    (
        "ECR501",
        1,
        "only GitHub gives a job its OIDC token by a permission",
    ),
    (
        "ECR509",
        1,
        "elsewhere a job starts with credentials of the project that are in no file",
    ),
    (
        "ECR902",
        0,
        "a file that cannot be read is of no dialect; tests/bad_input.rs makes some",
    ),
    (
        "ECR904",
        1,
        "a document over a limit is given up before its dialect is known, but for Terraform, which its name tells",
    ),
];

/// The dialects of a file; none for a file that no dialect knows.
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

/// What cases show of a rule, by dialect.
#[derive(Default)]
struct Held {
    /// Where findings stand.
    fires: Dialects,
    /// What findings name: the primary place and the related ones.
    named: Dialects,
    /// What the silent cases are written in.
    silent: Dialects,
}

impl Held {
    fn bad(&mut self, inputs: Vec<Input>, settings: &Settings) {
        let of_file: BTreeMap<String, Dialects> = inputs
            .iter()
            .map(|input| (input.path.clone(), dialects(input)))
            .collect();
        let run = lint(inputs, &registry(), settings);
        let of = |label: &Label| {
            let file = run.sources.get(label.loc.file);
            let dialects = file.and_then(|file| of_file.get(&file.path));
            dialects.cloned().unwrap_or_default()
        };
        for one in run.report.heard() {
            let fires = of(&one.primary);
            self.named.extend(fires.iter().cloned());
            self.named.extend(one.related.iter().flat_map(of));
            self.fires.extend(fires);
        }
    }

    fn good(&mut self, inputs: &[Input]) {
        self.silent.extend(inputs.iter().flat_map(dialects));
    }
}

/// Writes the line into the rule's file, if snapshots are to be written.
fn rewrite(rule: &str, line: &str) -> bool {
    if !std::env::var("SNAPSHOTS").is_ok_and(|action| action == "overwrite") {
        return false;
    }
    let path = root().join(format!("rules/{rule}.yaml"));
    let text = fs::read_to_string(&path).expect("a rule file");
    let lines: Vec<&str> = text
        .lines()
        .map(|old| {
            if old.starts_with("dialects: ") {
                line
            } else {
                old
            }
        })
        .collect();
    fs::write(&path, lines.join("\n") + "\n").expect("a writable rule file");
    true
}

fn listed<'d>(dialects: impl IntoIterator<Item = &'d String>) -> String {
    let names: Vec<&str> = dialects.into_iter().map(String::as_str).collect();
    names.join(", ")
}

#[test]
fn every_rule_is_held_in_the_dialects_it_names() {
    let mut wrong = Vec::new();
    for rule in registry().rules() {
        let file = rule.whole();
        let settings = if file.name == "unused-ignore" {
            profile(Profile::Pedantic)
        } else {
            only(&file.name)
        };
        let mut held = Held::default();
        for case in folders(&root().join("tests/fixtures/rules").join(&file.name)) {
            if name(&case).starts_with("bad-") {
                held.bad(files(&case), &settings);
            } else {
                held.good(&files(&case));
            }
        }
        let on_both_sides: Dialects = held.fires.intersection(&held.silent).cloned().collect();
        let exception = EXCEPTIONS.iter().find(|(code, ..)| *code == file.code);
        let needed = match exception {
            Some((_, number, _)) => *number,
            None if IN_THREE.contains(&file.code.as_str()) => 3,
            None => 2,
        };
        let found = on_both_sides.len();
        if found < needed || exception.is_some() && found > needed {
            wrong.push(format!(
                "{}: fires and is silent in {found} dialects ({}), where {needed} are wanted; it fires in {}, is silent in {}",
                file.name,
                listed(&on_both_sides),
                listed(&held.fires),
                listed(&held.silent),
            ));
        }
        for example in &file.examples.bad {
            let inputs = example
                .iter()
                .map(|(path, text)| Input::text(path.clone(), text.clone()));
            held.bad(inputs.collect(), &settings);
        }
        let claimed: Dialects = file.dialects.iter().cloned().collect();
        if claimed.contains("any") {
            continue;
        }
        let line = format!("dialects: [{}]", listed(&held.named));
        if claimed != held.named && !rewrite(&file.name, &line) {
            wrong.push(format!(
                "rules/{}.yaml: its findings name other documents; SNAPSHOTS=overwrite would write `{line}`",
                file.name,
            ));
        }
    }
    complain(&wrong);
}
