//! The command line as a user types it: `tests/cmd/*.toml`, each with the files of its `.in` folder, and what needs a live
//! process: standard input, closed pipes, matchers on real output.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes what is printed into the cases.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::root;

const BINARY: &str = env!("CARGO_BIN_EXE_ecrlint");

#[test]
fn cases() {
    let cases = trycmd::TestCases::new();
    // What a terminal or a pipeline sets must not show in the cases.
    for name in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "CLICOLOR",
        "COLUMNS",
        "TERM",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
    ] {
        cases.env(name, "");
    }
    cases.case("tests/cmd/*.toml");
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(folder).env_clear();
    command
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = command(folder.path(), args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ecrlint runs");
    child
        .stdin
        .take()
        .expect("an input")
        .write_all(input)
        .expect("an open pipe");
    child.wait_with_output().expect("an output")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8 output")
}

const SCOPED: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app"}]}"#;

const WORKFLOW: &str = "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - run: $(aws ecr get-login --no-include-email)\n        env: {AWS_PROFILE: ci}\n";

#[test]
fn standard_input_is_a_file() {
    let output = with_input(&["-"], SCOPED.as_bytes());
    assert!(text(&output.stdout).starts_with("<stdin>:1:"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    let output = with_input(
        &[
            "check",
            "--format",
            "json",
            "--stdin-filename",
            ".github/workflows/push.yml",
            "-",
        ],
        WORKFLOW.as_bytes(),
    );
    assert!(
        text(&output.stdout).contains("\".github/workflows/push.yml\""),
        "{output:?}"
    );
    assert!(text(&output.stdout).contains("ECR505"), "{output:?}");
}

#[test]
fn standard_input_that_is_no_text_is_a_finding() {
    let output = with_input(&["-"], b"\0\x01\x02");
    assert!(
        text(&output.stdout).starts_with("<stdin>:1:1: error[ECR902]: "),
        "{output:?}"
    );
}

#[test]
fn a_list_of_files_is_read_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a b.txt"), SCOPED).expect("a file");
    std::fs::write(folder.path().join("c.json"), SCOPED).expect("a file");
    for list in [&b"a b.txt\n"[..], b"a b.txt\0", b"a b.txt\r\n\r\n"] {
        let mut child = command(folder.path(), &["--files-from", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ecrlint runs");
        child
            .stdin
            .take()
            .expect("an input")
            .write_all(list)
            .expect("an open pipe");
        let output = child.wait_with_output().expect("an output");
        assert!(text(&output.stdout).starts_with("a b.txt:1:"), "{output:?}");
        assert!(!text(&output.stdout).contains("c.json"), "{output:?}");
    }
    let output = with_input(&["--files-from", "-", "-"], b"");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn an_empty_list_is_not_the_current_directory() {
    let output = with_input(&["--files-from", "-"], b"");
    assert_eq!(text(&output.stderr), "nothing to lint: no file found\n");
    assert_eq!(output.status.code(), Some(0));
    let output = with_input(&["--files-from", "-", "--fail-on-empty"], b"");
    assert_eq!(output.status.code(), Some(3));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let script = format!(
        "{BINARY} rules --format json | head -c 10; {BINARY} explain ECR101 | true; echo done"
    );
    let output = Command::new("bash")
        .arg("-c")
        .arg(script)
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("bash runs");
    assert!(text(&output.stdout).ends_with("done\n"), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

/// Rules whose fixtures hold every dialect, severity and kind of place, and are few enough to be linted several times.
const VARIED: [&str; 6] = [
    "broken-document",
    "credentials-not-configured",
    "incomplete-push-actions",
    "malformed-ecr-image",
    "pull-denied",
    "unknown-ecr-action",
];

#[test]
fn any_number_of_threads_prints_the_same() {
    let fixtures = root().join("tests/fixtures/rules");
    let run = |threads: &str| {
        let args = [
            "--no-config",
            "--no-ignore",
            "--profile",
            "pedantic",
            "--format",
            "json",
            "--threads",
            threads,
        ];
        command(&fixtures, &[&args[..], &VARIED].concat())
            .output()
            .expect("ecrlint runs")
            .stdout
    };
    let one = run("1");
    assert!(one.len() > 1000);
    assert!(one == run("4"));
}

/// The regular expressions of the shipped matcher and of the one in `docs/editors.md`, with the groups' numbers.
fn matchers() -> Vec<serde_json::Value> {
    let read = |path: &str| {
        std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let shipped: serde_json::Value =
        serde_json::from_str(&read(".github/ecrlint-matcher.json")).expect("JSON");
    let page = read("docs/editors.md");
    let block = page
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a JSON block");
    let tasks: serde_json::Value = serde_json::from_str(block).expect("JSON");
    vec![
        shipped["problemMatcher"][0]["pattern"][0].clone(),
        tasks["tasks"][0]["problemMatcher"]["pattern"].clone(),
    ]
}

#[test]
fn matchers_read_every_line_that_is_printed() {
    let fixtures = root().join("tests/fixtures/rules");
    let common = [
        "--no-config",
        "--no-ignore",
        "--profile",
        "pedantic",
        "--quiet",
        "--format",
    ];
    let print = |format: &str| {
        let output = command(&fixtures, &[&common[..], &[format], &VARIED].concat())
            .output()
            .expect("ecrlint runs");
        text(&output.stdout).to_string()
    };
    let json: serde_json::Value = serde_json::from_str(&print("json")).expect("JSON");
    let heard: Vec<&serde_json::Value> = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["suppressed"].is_null())
        .collect();
    let lines = print("compact");
    assert!(heard.len() > 20);
    assert_eq!(lines.lines().count(), heard.len());
    for pattern in matchers() {
        // The engine of JavaScript, which GitHub and editors use.
        let regex = regress::Regex::new(pattern["regexp"].as_str().expect("a pattern"))
            .expect("an expression");
        for (line, finding) in lines.lines().zip(&heard) {
            let hit = regex
                .find(line)
                .unwrap_or_else(|| panic!("`{line}` does not match"));
            let group = |name: &str| {
                let index = pattern[name]
                    .as_u64()
                    .and_then(|index| usize::try_from(index).ok())
                    .expect("a group");
                line.get(hit.group(index).expect("a group that matched"))
                    .expect("text")
            };
            assert_eq!(group("file"), finding["path"]);
            assert_eq!(group("line"), finding["start"]["line"].to_string());
            assert_eq!(group("column"), finding["start"]["column"].to_string());
            assert_eq!(group("severity"), finding["severity"]);
            assert_eq!(group("code"), finding["code"]);
            assert_eq!(group("message"), finding["message"]);
        }
    }
}
