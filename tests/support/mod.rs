//! Set-up that several test files share: small repositories on disk or in a map, linted in memory.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod iam;

use ecrlint::diag::{Diagnostic, Label};
use ecrlint::rules::meta::Profile;
use ecrlint::rules::{Registry, Selection};
use ecrlint::source::SourceMap;
use ecrlint::{Input, Run, Settings, lint};
use std::fs;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The built-in rules.
pub fn registry() -> Registry {
    Registry::built_in().unwrap_or_else(|error| panic!("{error}"))
}

/// Settings under which only `rule` runs, notes included.
pub fn only(rule: &str) -> Settings {
    Settings {
        selection: Selection {
            profile: Profile::Pedantic,
            select: vec![rule.to_string()],
            ..Selection::default()
        },
        inline_ignores: true,
        ..Settings::default()
    }
}

/// Settings under which every rule of a profile runs.
pub fn profile(profile: Profile) -> Settings {
    Settings {
        selection: Selection {
            profile,
            ..Selection::default()
        },
        inline_ignores: true,
        ..Settings::default()
    }
}

/// Every file below `folder` but expectations and READMEs, with paths relative to it.
pub fn files(folder: &Path) -> Vec<Input> {
    let mut inputs = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap_or_else(|error| panic!("{error}"));
        let name = entry.file_name().to_string_lossy().to_string();
        if !entry.file_type().is_file() || name == "expected.txt" || name == "README.md" {
            continue;
        }
        let path = entry.path().strip_prefix(folder).expect("below the folder");
        let path = path.to_string_lossy().replace('\\', "/");
        inputs.push(Input::text(
            path,
            fs::read_to_string(entry.path()).expect("UTF-8 fixture"),
        ));
    }
    inputs
}

/// Lints a folder in memory.
pub fn lint_folder(folder: &Path, settings: &Settings) -> Run {
    lint(files(folder), &registry(), settings)
}

/// The findings as `expected.txt` holds them: a compact line each, related places indented below it.
pub fn listing(run: &Run) -> String {
    let mut out = String::new();
    for one in run.report.heard() {
        out.push_str(&line(one, &run.sources));
        out.push('\n');
        for label in &one.related {
            out.push_str(&format!(
                "    {}: {}\n",
                place(label, &run.sources),
                label.text
            ));
        }
    }
    out
}

/// One finding as a compact line.
pub fn line(one: &Diagnostic, sources: &SourceMap) -> String {
    format!(
        "{}: {}[{}]: {}",
        place(&one.primary, sources),
        one.severity.word(),
        one.rule.code,
        one.message
    )
}

fn place(label: &Label, sources: &SourceMap) -> String {
    let file = sources
        .get(label.loc.file)
        .unwrap_or_else(|| panic!("a place in no file: {label:?}"));
    let at = file.position(label.loc.span.start);
    format!("{}:{}:{}", file.path, at.line, at.column)
}

/// Compares text with a snapshot file; `SNAPSHOTS=overwrite` writes it. Returns what differs.
pub fn compare(actual: &str, expected: &Path) -> Result<(), String> {
    let known = fs::read_to_string(expected)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    if actual == known {
        return Ok(());
    }
    if std::env::var("SNAPSHOTS").is_ok_and(|action| action == "overwrite") {
        fs::write(expected, actual).expect("a writable snapshot");
        return Ok(());
    }
    let shown = expected.strip_prefix(root()).unwrap_or(expected).display();
    Err(format!(
        "{shown} differs; SNAPSHOTS=overwrite would write\n--- expected\n{known}--- actual\n{actual}"
    ))
}

/// The sub-folders of a folder, sorted; none if it does not exist.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_string()
}
