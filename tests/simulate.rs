//! `ecrlint simulate`: streams of requests, good and bad, and the flags and output of `aws iam simulate-custom-policy`.

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::root;

const BINARY: &str = env!("CARGO_BIN_EXE_ecrlint");

/// More than any single line may take, also in a debug build on a busy machine.
const LONG: Duration = Duration::from_secs(60);

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("simulate").args(args).env_clear();
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(args)
        .current_dir(folder)
        .output()
        .expect("ecrlint runs")
}

/// What is answered to these lines, with the extra arguments.
fn stream(lines: &[u8], args: &[&str]) -> (Vec<Value>, Output) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("requests.jsonl");
    std::fs::write(&path, lines).expect("a file");
    let output = run(
        folder.path(),
        &[&["--requests", "requests.jsonl"], args].concat(),
    );
    let answers = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("a line of JSON"))
        .collect();
    (answers, output)
}

fn own() -> String {
    let path = root().join("tests/fixtures/simulate/requests.jsonl");
    std::fs::read_to_string(path).expect("the cases")
}

/// A line with one identity policy.
fn line(id: &str, document: Value) -> Value {
    json!({
        "id": id,
        "policies": [{"kind": "identity", "document": document}],
        "request": {
            "principal_arn": "arn:aws:iam::111122223333:user/ci",
            "action": "ecr:PutImage",
            "resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app",
            "context": {},
        },
    })
}

fn allow(resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": "ecr:*", "Resource": resource})
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn good(id: &str) -> Value {
    line(id, policy(json!([allow("*")])))
}

fn lines(values: &[Value]) -> Vec<u8> {
    values
        .iter()
        .map(|value| format!("{value}\n"))
        .collect::<String>()
        .into_bytes()
}

#[test]
fn own_cases_are_answered_as_expected() {
    let text = own();
    let mut wrong = Vec::new();
    for threads in ["1", "3"] {
        let (answers, output) = stream(text.as_bytes(), &["--threads", threads]);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
        assert_eq!(answers.len(), text.lines().count());
        for (line, answer) in text.lines().zip(&answers) {
            let case: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(case["id"], answer["id"]);
            for (key, expected) in case["expected"].as_object().expect("expectations") {
                if answer[key] != *expected {
                    wrong.push(format!(
                        "{}: {key} is {}, not {expected}",
                        case["id"], answer[key]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn answers_have_the_documented_shape() {
    let (_, output) = stream(&lines(&[good("a")]), &[]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"id\":\"a\",\"decision\":\"allow\",\"verdict\":\"allowed\",\"deciding\":[0,0],\"limited_by\":[],\
         \"depends_on\":[],\"error\":null}\n"
    );
}

#[test]
fn a_line_that_cannot_be_read_has_an_error_and_the_run_goes_on() {
    let edit = |change: fn(&mut Value)| {
        let mut value = good("x");
        change(&mut value);
        value.to_string()
    };
    let bad = [
        (
            "{\"id\": \"x\"".to_string(),
            "column 1: this `{` is never closed",
        ),
        ("[]".to_string(), "column 1: the line is not a JSON object"),
        ("{\"id\": \"x\", // a comment\n".to_string(), "column"),
        ("{}".to_string(), "there is no `policies`"),
        (
            edit(|v| v["policies"] = json!({})),
            "`policies` is not a list",
        ),
        (
            edit(|v| v["policies"][0] = json!("p")),
            "there is no `kind`",
        ),
        (
            edit(|v| v["policies"][0]["kind"] = json!("bucket")),
            "`bucket` is no kind of policy",
        ),
        (
            edit(|v| v["policies"][0]["level"] = json!(1)),
            "`level` is not a string",
        ),
        (
            edit(|v| v["request"] = json!(null)),
            "there is no `context`",
        ),
        (
            edit(|v| v["request"]["action"] = json!(["a"])),
            "`action` is not a string",
        ),
        (
            edit(|v| v["request"]["resource"] = json!(null)),
            "`resource` is not a string",
        ),
        (
            edit(|v| v["request"]["context"] = json!([])),
            "`context` is not an object",
        ),
        (
            edit(|v| v["request"]["context"] = json!({"a:b": null})),
            "neither text nor a list",
        ),
        (
            edit(|v| v["request"]["context"] = json!({"a:b": [["c"]]})),
            "neither text nor a list",
        ),
        (
            edit(|v| v["unknown_context"] = json!("a:b")),
            "`unknown_context` is not a list",
        ),
        (
            edit(|v| v["open"] = json!(["everything"])),
            "`everything` is no kind of policy",
        ),
    ];
    for (text, expected) in bad {
        let text = text.trim_end().to_string();
        let input = format!("{}\n{text}\n\n{}", good("before"), good("after"));
        let (answers, output) = stream(input.as_bytes(), &[]);
        assert!(output.status.success(), "{text}");
        let [before, answer, after] = answers.as_slice() else {
            panic!("{text}: {answers:?}");
        };
        for (one, id) in [(before, "before"), (after, "after")] {
            assert_eq!(
                (&one["id"], &one["decision"]),
                (&json!(id), &json!("allow")),
                "{text}"
            );
        }
        let error = answer["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{text}: {answer}"));
        assert!(error.contains(expected), "{text}: {error}");
        assert_eq!(
            (&answer["decision"], &answer["verdict"]),
            (&json!(null), &json!(null)),
            "{text}"
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "note: 1 of 3 lines have an `error`\n");
    }
}

#[test]
fn a_policy_that_aws_would_refuse_decides_nothing() {
    let grant = |key: &str, value: Value| {
        let mut statement = allow("*");
        statement[key] = value;
        policy(json!([
            allow("arn:aws:ecr:eu-west-1:111122223333:repository/b"),
            statement
        ]))
    };
    for (document, expected) in [
        (grant("Effect", json!("allow")), "unknown effect `allow`"),
        (grant("Action", json!(1)), "`Action` is not"),
        (grant("Resource", json!({"Ref": "x"})), "`Resource` is not"),
        (
            grant("Condition", json!({"StringEqual": {"a:b": "c"}})),
            "`StringEqual`",
        ),
        (grant("Condition", json!([])), "`Condition` is not"),
        (policy(json!("Allow")), "`Statement` is not"),
        (
            json!({"Version": "2020-01-01", "Statement": [allow("*")]}),
            "`2020-01-01`",
        ),
        (json!([]), "there is no `Statement`"),
        (json!("{}"), "there is no `Statement`"),
        (json!(null), "there is no `Statement`"),
    ] {
        let (answers, output) = stream(&lines(&[line("x", document.clone()), good("y")]), &[]);
        assert!(output.status.success());
        let error = answers[0]["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{document}"));
        assert!(error.contains(expected), "{document}: {error}");
        assert!(
            error.starts_with("column ") && error.contains(": policy 0: "),
            "{error}"
        );
        assert_eq!(answers[0]["decision"], json!(null), "{document}");
        assert_eq!(answers[0]["verdict"], json!("unknown"), "{document}");
        assert_eq!(answers[1]["decision"], json!("allow"));
    }
    // The place is the statement at fault.
    let text = line(
        "x",
        grant("Condition", json!({"StringEqual": {"a:b": "c"}})),
    )
    .to_string();
    let (answers, _) = stream(text.as_bytes(), &[]);
    let at = text
        .find("StringEqual")
        .and_then(|at| text[..at].rfind("{\"Action"))
        .expect("it");
    let error = answers[0]["error"].as_str().expect("an error");
    assert!(
        error.starts_with(&format!("column {}: ", at + 1)),
        "{error}"
    );
}

#[test]
fn whatever_is_sent_is_answered_in_bounded_time() {
    let glob = "*a?*b?".repeat(200);
    let long_name = format!(
        "arn:aws:ecr:eu-west-1:111122223333:repository/{}",
        "ab".repeat(1000)
    );
    let mut hard_glob = line(
        "glob",
        policy(json!([allow(&format!(
            "arn:aws:ecr:*:*:repository/{glob}c"
        ))])),
    );
    hard_glob["request"]["resource"] = json!(long_name);
    let hard_action = line(
        "action",
        policy(json!([{"Effect": "Deny", "Action": format!("ecr:{glob}"), "Resource": "*"}])),
    );
    let with_condition = |n: usize, pattern: &str| {
        let mut statement = allow("*");
        statement["Condition"] =
            json!({"StringLike": {(format!("aws:PrincipalTag/t{n}")): pattern}});
        statement
    };
    let many: Vec<Value> = (0..10_000)
        .map(|n| with_condition(n, &format!("*a?*b?*{n}")))
        .collect();
    let many_known = line("10,000 statements", policy(json!(many)));
    let mut many_unknown = many_known.clone();
    many_unknown["unknown_context"] = json!(
        (0..10_000)
            .map(|n| format!("aws:PrincipalTag/t{n}"))
            .collect::<Vec<_>>()
    );
    let values: Vec<String> = (0..100_000).map(|n| format!("value-{n:012}")).collect();
    let mut large = allow("*");
    large["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/t": values}});
    let two_megabytes = line("2 MB", policy(json!([large])));
    assert!(two_megabytes.to_string().len() > 2_000_000);
    let keys: serde_json::Map<String, Value> = (0..80_000)
        .map(|n| (format!("aws:key{n}"), json!("v")))
        .collect();
    let mut many_keys = good("80,000 keys");
    many_keys["request"]["context"] = Value::Object(keys);
    let mut atoms = line(
        "60 unknown keys",
        policy(json!(
            (0..60)
                .map(|n| {
                    let mut statement = with_condition(n, "*a?*b?*");
                    if n % 2 == 1 {
                        statement["Effect"] = json!("Deny");
                    }
                    statement
                })
                .collect::<Vec<_>>()
        )),
    );
    atoms["unknown_context"] = json!(
        (0..60)
            .map(|n| format!("aws:PrincipalTag/t{n}"))
            .collect::<Vec<_>>()
    );
    for hard in [
        hard_glob,
        hard_action,
        many_known,
        many_unknown,
        two_megabytes,
        many_keys,
        atoms,
    ] {
        let id = hard["id"].clone();
        let started = Instant::now();
        let (answers, output) = stream(&lines(&[hard, good("after")]), &[]);
        assert!(
            started.elapsed() < LONG,
            "{id} took {:?}",
            started.elapsed()
        );
        assert!(output.status.success(), "{id}");
        assert_eq!(answers[0]["id"], id);
        let is_answered = answers[0]["verdict"].is_string() || answers[0]["error"].is_string();
        assert!(is_answered, "{id}: {}", answers[0]);
        assert_eq!(answers[1]["decision"], json!("allow"), "{id}");
        let verdict = answers[0]["verdict"].as_str().expect("a verdict");
        match id.as_str().expect("an id") {
            "80,000 keys" => assert_eq!(verdict, "allowed"),
            "60 unknown keys" => assert!(["unknown", "conditional"].contains(&verdict)),
            // Every statement may or may not grant it; none denies it.
            "10,000 statements" if answers[0]["decision"].is_null() => {
                assert!(["unknown", "conditional"].contains(&verdict));
            }
            name => assert_eq!(verdict, "denied", "{name}"),
        }
    }
}

#[test]
fn a_line_that_is_too_long_deep_or_no_text_is_skipped() {
    let mut input = Vec::new();
    input.extend(lines(&[good("1")]));
    input.extend(b"{\"id\": \"long\", \"x\": \"");
    input.resize(input.len() + 9 * 1024 * 1024, b'x');
    input.extend(b"\"}\n");
    input.extend(lines(&[good("2")]));
    input.extend([b"{\"id\": ".as_slice(), &[b'['; 100_000], b"\n"].concat());
    input.extend(b"{\"id\": \"caf\xe9\"}\n");
    input.extend(good("3").to_string().bytes());
    let (answers, output) = stream(&input, &["--threads", "2"]);
    assert!(output.status.success());
    let errors: Vec<Option<&str>> = answers.iter().map(|one| one["error"].as_str()).collect();
    assert_eq!(
        errors,
        [
            None,
            Some("the line is longer than 8 MiB"),
            None,
            Some("column 135: nested deeper than 128 levels"),
            Some("byte 12: not UTF-8 text"),
            None
        ]
    );
    assert_eq!(answers[5]["id"], json!("3"));
}

#[test]
fn ids_come_back_as_they_were() {
    let with = |id: Value| {
        let mut one = good("x");
        one["id"] = id;
        one
    };
    let ids = [
        json!("a \"quoted\" \u{1f980} id"),
        json!(7),
        json!(-1),
        json!(null),
    ];
    let (answers, _) = stream(&lines(&ids.clone().map(with)), &[]);
    let found: Vec<&Value> = answers.iter().map(|one| &one["id"]).collect();
    assert_eq!(found, ids.iter().collect::<Vec<_>>());
}

#[test]
fn a_program_may_ask_and_wait() {
    let mut child = command(&["--requests", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ecrlint runs");
    let mut input = child.stdin.take().expect("an input");
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    for id in ["1", "2", "3"] {
        writeln!(input, "{}", good(id)).expect("an open pipe");
        input.flush().expect("an open pipe");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["id"], json!(id));
    }
    drop(input);
    assert!(child.wait().expect("an end").success());
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let text = own().repeat(2_000);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("requests.jsonl"), text).expect("a file");
    let mut child = command(&["--requests", "requests.jsonl"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ecrlint runs");
    let mut line = String::new();
    {
        let mut output = BufReader::new(child.stdout.take().expect("an output"));
        output.read_line(&mut line).expect("a line");
    }
    let ended = child.wait_with_output().expect("an end");
    assert!(
        ended.status.success() && ended.stderr.is_empty(),
        "{ended:?}"
    );
    assert!(line.contains("own-allow"));
}

#[test]
fn order_is_kept_on_every_number_of_threads() {
    let many: Vec<Value> = (0..3_000).map(|n| good(&n.to_string())).collect();
    let input = lines(&many);
    let (_, one) = stream(&input, &["--threads", "1"]);
    let (answers, four) = stream(&input, &["--threads", "4"]);
    assert_eq!(one.stdout, four.stdout);
    assert!(
        answers
            .iter()
            .enumerate()
            .all(|(at, one)| one["id"] == json!(at.to_string()))
    );
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["--requests", "none.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: `none.jsonl` cannot be read: it does not exist\n"
    );
}
