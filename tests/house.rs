//! The rules of the house, held by tests instead of goodwill: rule files, checks, fixtures and docs agree; rooms import
//! only the rooms before them; a dependency has one door; messages keep their form; documents name files that exist.

#[path = "house/dialects.rs"]
mod dialects;
mod support;

use ecrlint::rules::check::ROWS;
use ecrlint::rules::meta::{FixAvailability, RuleFile};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::{compare, folders, name, registry, root};

/// Rules whose cases cannot be folders of text: they are tested with made-up files in `tests/bad_input.rs`.
const WITHOUT_FIXTURES: &[&str] = &["unreadable-file"];

fn complain(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn below(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

#[test]
fn rule_files_and_rows_agree() {
    let mut wrong = Vec::new();
    let rows: BTreeSet<String> = registry()
        .rules()
        .iter()
        .map(|rule| rule.file.name.clone())
        .collect();
    let mut codes = BTreeMap::new();
    for path in below("rules", ".yaml") {
        let file = RuleFile::parse(&read(&path))
            .unwrap_or_else(|error| panic!("{}: {}", shown(&path), error.message));
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .to_string();
        if file.name != stem {
            wrong.push(format!(
                "{}: name `{}` is not the file's",
                shown(&path),
                file.name
            ));
        }
        if !rows.contains(&file.name) {
            wrong.push(format!("{}: no row in src/rules/check.rs", shown(&path)));
        }
        if let Some(other) = codes.insert(file.code.clone(), file.name.clone()) {
            wrong.push(format!(
                "{}: code {} is also that of {other}",
                shown(&path),
                file.code
            ));
        }
    }
    let order: Vec<&str> = registry_codes()
        .iter()
        .map(|code| code.as_str())
        .collect::<Vec<_>>()
        .to_vec();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if order != sorted {
        wrong.push("src/rules/check.rs: rows are not in order of code".to_string());
    }
    for row in ROWS {
        let file = RuleFile::parse(row.yaml).expect("a built-in rule");
        let Some(check) = &file.check else { continue };
        if row.check.is_some() && !root().join(format!("src/rules/check/{check}.rs")).is_file() {
            wrong.push(format!(
                "{}: src/rules/check/{check}.rs does not exist",
                file.name
            ));
        }
        if row.check.is_none() && file.name != "unused-ignore" {
            wrong.push(format!("{}: the row has no check", file.name));
        }
    }
    for path in below("rules", ".yaml") {
        // A run reads a rule file only down to its `why`; what stands behind it is prose.
        let text = read(&path);
        let prose = text.split_once("\nwhy:").map_or("", |(_, prose)| prose);
        for line in prose.lines() {
            let key = line.split(':').next().unwrap_or("");
            let is_key = line.starts_with(|c: char| c.is_ascii_lowercase());
            if is_key && !["ignore-when", "prevents", "references", "examples"].contains(&key) {
                wrong.push(format!("{}: `{key}` must stand before `why`", shown(&path)));
            }
        }
    }
    complain(&wrong);
}

fn registry_codes() -> &'static [String] {
    static CODES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    CODES.get_or_init(|| {
        registry()
            .rules()
            .iter()
            .map(|rule| rule.file.code.clone())
            .collect()
    })
}

#[test]
fn every_rule_is_complete() {
    let mut wrong = Vec::new();
    let messages: BTreeSet<u16> = ecrlint::catalog::ERRORS
        .iter()
        .map(|message| message.number)
        .collect();
    for rule in registry().rules() {
        let file = &rule.whole();
        let mut miss = |what: &str| wrong.push(format!("rules/{}.yaml: {what}", file.name));
        for (field, text) in [
            ("why", &file.why),
            ("ignore-when", &file.ignore_when),
            ("since", &file.since),
        ] {
            if text.trim().is_empty() {
                miss(&format!("`{field}` is empty"));
            }
        }
        if file.references.is_empty()
            || file
                .references
                .iter()
                .any(|url| !url.starts_with("https://"))
        {
            miss("needs references, each an https address");
        }
        if file.dialects.is_empty() {
            miss("names no dialect");
        }
        for number in &file.prevents {
            if !messages.contains(number) {
                miss(&format!(
                    "prevents message {number}, which the catalog does not know"
                ));
            }
        }
        for text in [&file.summary, &file.help] {
            if text.ends_with('.')
                || text.starts_with(|c: char| c.is_uppercase()) && !starts_with_name(text)
            {
                miss(&format!(
                    "`{text}` must start lower case and have no full stop"
                ));
            }
        }
        let cases = root().join("tests/fixtures/rules").join(&file.name);
        let names: Vec<String> = folders(&cases).iter().map(|case| name(case)).collect();
        let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
        if !WITHOUT_FIXTURES.contains(&file.name.as_str()) {
            if file.examples.bad.is_empty() || file.examples.good.is_empty() {
                miss("needs a bad and a good example");
            }
            if count("bad-") == 0 || count("good-") == 0 {
                miss(&format!(
                    "needs `bad-…` and `good-…` cases in {}",
                    shown(&cases)
                ));
            }
        }
        if file.fix != FixAvailability::Never
            && !folders(&cases)
                .iter()
                .any(|case| case.join("fixed").is_dir())
        {
            miss("claims a fix but no case has `fixed/`");
        }
    }
    complain(&wrong);
}

/// A sentence may start with a name that is written with a capital: `AWS CLI`, `Action`, `ECR`, `CodeBuild`.
fn starts_with_name(text: &str) -> bool {
    const NAMES: &[&str] = &["App Runner", "CodeBuild"];
    if NAMES.iter().any(|name| text.starts_with(name)) {
        return true;
    }
    let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    word.len() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_ascii_digit())
}

#[test]
fn messages_keep_their_form() {
    let mut wrong = Vec::new();
    let expectations = below("tests/fixtures", "expected.txt")
        .into_iter()
        .chain(below("examples", "expected.txt"));
    for path in expectations {
        for line in read(&path).lines() {
            let message = match line.strip_prefix("    ") {
                Some(related) => related.splitn(4, ':').nth(3),
                None => line.split_once("]: ").map(|(_, message)| message),
            };
            let message = message.unwrap_or("").trim();
            let bad = message.is_empty()
                || message.ends_with('.')
                || (message.starts_with(|c: char| c.is_uppercase()) && !starts_with_name(message));
            if bad {
                wrong.push(format!("{}: `{line}`", shown(&path)));
            }
        }
    }
    complain(&wrong);
}

/// Who may import whom: `ARCHITECTURE.md` explains it.
const IMPORTS: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("source", &[]),
    ("tree", &["source"]),
    ("model", &["source", "tree", "catalog"]),
    ("iam", &["source", "model", "catalog"]),
    ("recognize", &["source", "tree", "model", "catalog"]),
    ("link", &["source", "tree", "model", "catalog"]),
    (
        "prove",
        &["source", "model", "link", "iam", "diag", "catalog"],
    ),
    ("diag", &["source"]),
    (
        "rules",
        &[
            "source", "tree", "model", "link", "iam", "prove", "diag", "catalog",
        ],
    ),
    ("chart", &["source", "model", "iam", "link", "prove"]),
    ("render", &["source", "diag", "chart"]),
];

#[test]
fn rooms_import_only_the_rooms_before_them() {
    let mut wrong = Vec::new();
    let allowed: BTreeMap<&str, &[&str]> = IMPORTS.iter().copied().collect();
    for path in below("src", ".rs") {
        let relative = shown(&path);
        let room = relative
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .split('/')
            .next()
            .unwrap_or("")
            .to_string();
        let Some(rooms) = allowed.get(room.as_str()) else {
            continue;
        };
        for (at, line) in read(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for (start, _) in code.match_indices("crate::") {
                let rest = code.get(start + "crate::".len()..).unwrap_or("");
                let target: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let is_room =
                    allowed.contains_key(target.as_str()) || target == "cli" || target == "lint";
                if is_room && target != room && !rooms.contains(&target.as_str()) {
                    wrong.push(format!(
                        "{relative}:{}: `{room}` may not import `{target}`",
                        at + 1
                    ));
                }
            }
        }
    }
    complain(&wrong);
}

#[test]
fn a_dependency_has_one_door() {
    let manifest = read(&root().join("Cargo.toml"));
    let mut wrong = Vec::new();
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .expect("dependencies");
    for line in section.lines().filter(|line| line.contains('=')) {
        let Some((crate_name, rest)) = line.split_once(" = ") else {
            continue;
        };
        let Some((_, doors)) = rest.split_once("# door: ") else {
            wrong.push(format!("Cargo.toml: `{crate_name}` names no door"));
            continue;
        };
        let doors: Vec<String> = doors
            .split(", ")
            .map(|door| format!("src/{}", door.trim()))
            .collect();
        let path_name = crate_name.replace('-', "_");
        for path in below("src", ".rs") {
            let file = shown(&path);
            let inside = doors
                .iter()
                .any(|door| file == format!("{door}.rs") || file.starts_with(&format!("{door}/")));
            let text = read(&path);
            let code = text
                .lines()
                .map(|line| line.split("//").next().unwrap_or(""))
                .collect::<Vec<_>>()
                .join("\n");
            let names_it = code
                .match_indices(&format!("{path_name}::"))
                .any(|(at, _)| {
                    let before = code.get(..at).unwrap_or("").chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                });
            if names_it && !inside {
                wrong.push(format!(
                    "{file}: names `{crate_name}`, whose door is {}",
                    doors.join(", ")
                ));
            }
        }
    }
    complain(&wrong);
}

#[test]
fn every_file_says_why_it_exists() {
    let wrong: Vec<String> = below("src", ".rs")
        .into_iter()
        .filter(|path| {
            let text = read(path);
            let head = text.trim_start_matches("// @generated\n");
            !head.starts_with("//!")
        })
        .map(|path| format!("{}: does not start with `//!`", shown(&path)))
        .collect();
    complain(&wrong);
}

#[test]
fn documents_name_files_that_exist() {
    let mut wrong = Vec::new();
    let mut pages: Vec<PathBuf> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .iter()
    .map(|page| root().join(page))
    .collect();
    pages.extend(below("docs", ".md"));
    pages.extend(below("examples", "README.md"));
    for page in pages {
        let text = read(&page);
        let starts = [
            "`src/",
            "`rules/",
            "`tests/",
            "`docs/",
            "`examples/",
            "`benches/",
            "`.ci/",
        ];
        for start in starts {
            for (at, _) in text.match_indices(start) {
                let rest = text.get(at + 1..).unwrap_or("");
                let path = rest.split('`').next().unwrap_or("");
                let is_pattern = path.contains(['<', '*', '{', '…', ' ']);
                if !is_pattern && !root().join(path).exists() {
                    wrong.push(format!("{}: `{path}` does not exist", shown(&page)));
                }
            }
        }
    }
    complain(&wrong);
}

#[test]
fn rule_pages_are_generated() {
    let mut wrong = Vec::new();
    let docs = root().join("docs/rules");
    fs::create_dir_all(&docs).expect("a folder for pages");
    let mut names = BTreeSet::from(["README.md".to_string()]);
    for rule in registry().rules() {
        names.insert(format!("{}.md", rule.file.name));
        let page = ecrlint::cli::explain::page(rule);
        wrong.extend(compare(&page, &docs.join(format!("{}.md", rule.file.name))).err());
    }
    wrong.extend(
        compare(
            &ecrlint::cli::explain::index(&registry()),
            &docs.join("README.md"),
        )
        .err(),
    );
    for path in below("docs/rules", ".md") {
        if !names.contains(&name(&path)) {
            wrong.push(format!("{}: there is no such rule", shown(&path)));
        }
    }
    complain(&wrong);
}
