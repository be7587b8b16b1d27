//! Files that nobody should have, and strangers do: each ends in a finding or a clear error, never in a crash, and never
//! takes more memory than its share.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecrlint");

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let started = Instant::now();
    let output = Command::new(BINARY)
        .args(["check", "--no-config", "--format", "compact"])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("ecrlint runs");
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "took {:?}",
        started.elapsed()
    );
    output
}

/// Runs with at most `megabytes` of address space, where the shell can limit it.
fn run_within(folder: &Path, megabytes: usize, args: &[&str]) -> Output {
    if cfg!(not(target_os = "linux")) {
        return run(folder, args);
    }
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {}; exec \"$0\" \"$@\"",
            megabytes * 1024
        ))
        .arg(BINARY)
        .args([
            "check",
            "--no-config",
            "--format",
            "compact",
            "--threads",
            "2",
        ])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("ecrlint runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 output")
}

#[track_caller]
fn reports(output: &Output, path: &str, code: &str) {
    let text = stdout(output);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found = text
        .lines()
        .any(|line| line.starts_with(path) && line.contains(&format!("[{code}]")));
    assert!(found, "no {code} in {path}:\n{text}");
}

#[track_caller]
fn is_silent(output: &Output) {
    assert_eq!(
        stdout(output),
        "",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn empty_files_say_nothing() {
    let folder = folder(&[
        ("policy.json", b""),
        ("task.yaml", b" \n\n"),
        (".github/workflows/a.yml", b"\xef\xbb\xbf"),
    ]);
    is_silent(&run(folder.path(), &["."]));
    is_silent(&run(folder.path(), &["policy.json"]));
}

#[test]
fn binary_files_are_unreadable_when_named_and_nobodys_business_otherwise() {
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let folder = folder(&[("blob.json", &bytes), ("image.png", &bytes)]);
    reports(&run(folder.path(), &["blob.json"]), "blob.json", "ECR902");
    is_silent(&run(folder.path(), &["."]));
}

#[test]
fn utf_16_is_unreadable() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}"#;
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let folder = folder(&[("policy.json", &bytes)]);
    let output = run(folder.path(), &["policy.json"]);
    reports(&output, "policy.json", "ECR902");
    assert!(stdout(&output).contains("UTF-16"), "{}", stdout(&output));
}

#[test]
fn latin_1_in_a_policy_is_unreadable_and_says_where() {
    let folder = folder(&[("policy.json", b"{\"Statement\": [],\n \"Id\": \"caf\xe9\"}")]);
    reports(&run(folder.path(), &["."]), "policy.json:2:", "ECR902");
}

#[test]
fn a_huge_file_is_not_read() {
    let folder = folder(&[]);
    let mut file = File::create(folder.path().join("policy.json")).expect("a file");
    file.write_all(b"{\"Version\": \"2012-10-17\", \"Statement\": [")
        .expect("a head");
    file.set_len(1 << 30).expect("a sparse file");
    let output = run_within(folder.path(), 700, &["."]);
    reports(&output, "policy.json", "ECR904");
    let other = File::create(folder.path().join("policy.json")).expect("a file");
    other.set_len(1 << 30).expect("a sparse file");
    is_silent(&run_within(folder.path(), 700, &["."]));
}

#[test]
fn two_hundred_megabytes_of_statements_are_not_read() {
    let folder = folder(&[]);
    let mut file =
        std::io::BufWriter::new(File::create(folder.path().join("policy.json")).expect("a file"));
    file.write_all(b"{\"Statement\": [").expect("a head");
    let statement = br#"{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"},"#;
    for _ in 0..200_000_000 / statement.len() {
        file.write_all(statement).expect("a statement");
    }
    file.write_all(b"{}]}").expect("an end");
    drop(file);
    reports(
        &run_within(folder.path(), 700, &["policy.json"]),
        "policy.json",
        "ECR904",
    );
}

#[test]
fn deep_nesting_ends_in_a_limit() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 100_000;
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {}{}}}",
            open.repeat(depth),
            close.repeat(depth)
        );
        let unclosed = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {}",
            open.repeat(depth)
        );
        let folder = folder(&[
            ("policy.json", text.as_bytes()),
            ("unclosed.json", unclosed.as_bytes()),
        ]);
        reports(
            &run(folder.path(), &["policy.json"]),
            "policy.json",
            "ECR904",
        );
        reports(
            &run(folder.path(), &["unclosed.json"]),
            "unclosed.json",
            "ECR904",
        );
    }
    let block: String = (0..3000)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    let flow = format!("Statement: {}", "[".repeat(100_000));
    let yaml =
        format!("Version: '2012-10-17'\nStatement:\n  - Effect: Allow\n    Action: x\n{block}");
    let folder = folder(&[
        ("flow.yaml", flow.as_bytes()),
        ("block.yaml", yaml.as_bytes()),
    ]);
    let output = run(folder.path(), &["flow.yaml", "block.yaml"]);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn billion_laughs_end_in_a_limit() {
    let mut text = String::from("Version: '2012-10-17'\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    text.push_str("Statement:\n  - Effect: Allow\n    Action: *a11\n    Resource: '*'\n");
    let folder = folder(&[("policy.yaml", text.as_bytes())]);
    reports(
        &run_within(folder.path(), 700, &["policy.yaml"]),
        "policy.yaml",
        "ECR904",
    );
}

#[test]
fn an_alias_to_itself_is_a_syntax_error() {
    let folder = folder(&[(
        ".github/workflows/a.yml",
        b"on: push\njobs: &a\n  b: *a\n  c: {runs-on: x, steps: []}\n",
    )]);
    reports(
        &run(folder.path(), &["."]),
        ".github/workflows/a.yml",
        "ECR901",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_cannot_be_read_are_findings() {
    // Reading this file fails for everyone, root included.
    let folder = folder(&[]);
    let output = run(folder.path(), &["/proc/self/mem"]);
    reports(&output, "/proc/self/mem", "ECR902");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_do_not_hang() {
    let folder = folder(&[("ok.json", b"{}")]);
    let status = Command::new("mkfifo")
        .arg(folder.path().join("pipe.json"))
        .status()
        .expect("mkfifo");
    assert!(status.success());
    is_silent(&run(folder.path(), &["."]));
    let output = run(folder.path(), &["pipe.json"]);
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
}

#[cfg(unix)]
#[test]
fn vanished_files_and_loops_are_survived() {
    use std::os::unix::fs::symlink;
    let policy = br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/app"}]}"#;
    let folder = folder(&[("iam/policy.json", policy)]);
    symlink("nowhere.json", folder.path().join("gone.json")).expect("a link");
    symlink("..", folder.path().join("iam/up")).expect("a link");
    symlink(".", folder.path().join("loop")).expect("a link");
    let output = run(folder.path(), &["."]);
    reports(&output, "iam/policy.json", "ECR101");
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    let output = run(folder.path(), &["gone.json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("gone.json"),
        "{output:?}"
    );
    let output = run(folder.path(), &["**/*.json"]);
    assert_eq!(
        stdout(&output).matches("ECR101").count(),
        1,
        "{}",
        stdout(&output)
    );
}

#[test]
fn hostile_names_and_texts_never_reach_the_output_raw() {
    let text = "on: push\njobs:\n  \"a\\e[31mb\":\n    runs-on: ubuntu-latest\n    steps:\n      - run: $(aws ecr get-login --no-include-email) # \u{202e}::error::x\n        env: {AWS_PROFILE: x}\n";
    let folder = folder(&[(".github/workflows/a\u{1b}[2J.yml", text.as_bytes())]);
    for format in ["compact", "full", "github", "json"] {
        let output = Command::new(BINARY)
            .args(["check", "--no-config", "--format", format, "."])
            .current_dir(folder.path())
            .env_clear()
            .output()
            .expect("ecrlint runs");
        let shown = String::from_utf8(output.stdout).expect("UTF-8 output")
            + &String::from_utf8(output.stderr).expect("UTF-8");
        assert!(shown.contains("ECR505"), "{format}: {shown}");
        let raw = shown
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(raw, None, "{format}: {shown:?}");
    }
}
