//! One report through every renderer. Only this file knows the layout of the `full` format.

mod support;

use ecrlint::diag::{
    Confidence, Diagnostic, Label, Report, RuleInfo, Severity, SuppressedBy, Suppression,
};
use ecrlint::render::{self, Format, Style};
use ecrlint::source::{FileId, Loc, SourceFile, SourceMap, Span};
use std::sync::Arc;
use support::{compare, root};

const TASK: &str = r#"{
  "family": "app",
  "requiresCompatibilities": ["FARGATE"],
  "executionRoleArn": "arn:aws:iam::111122223333:role/app",
  "containerDefinitions": [
    {
      "name": "app",
      "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1",
      "environment": [
        {"name": "AWS_ACCESS_KEY_ID", "value": "AKIAQWERTYUIOPASDFGH"},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": "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"}
      ]
    }
  ]
}
"#;

const POLICY: &str = "Version: '2012-10-17'\nStatement:\n  - Effect: Allow\n    Action: ecr:GetAuthorizationToken\n    Resource: arn:aws:ecr:eu-west-1:111122223333:repository/app\n";

struct World {
    sources: SourceMap,
    task: FileId,
    policy: FileId,
}

fn world() -> World {
    let mut sources = SourceMap::new();
    let policy = sources.add(SourceFile::new("iam/policy.yaml", POLICY));
    let task = sources.add(SourceFile::new("task.json", TASK));
    World {
        sources,
        task,
        policy,
    }
}

impl World {
    fn at(&self, file: FileId, needle: &str) -> Loc {
        let text = &self.sources.get(file).expect("a file").text;
        let start = text.find(needle).unwrap_or_else(|| panic!("no `{needle}`"));
        Loc::new(file, Span::new(start, start + needle.len()))
    }
}

fn rule(code: &str, name: &str, severity: Severity) -> Arc<RuleInfo> {
    Arc::new(RuleInfo {
        code: code.to_string(),
        name: name.to_string(),
        severity,
        confidence: Confidence::High,
        summary: "something is wrong".to_string(),
        help: "repair it".to_string(),
        url: format!("https://example.com/{name}"),
    })
}

fn finding(rule: &Arc<RuleInfo>, loc: Loc, message: &str) -> Diagnostic {
    Diagnostic {
        rule: Arc::clone(rule),
        severity: rule.severity,
        confidence: rule.confidence,
        message: message.to_string(),
        primary: Label {
            loc,
            text: String::new(),
        },
        related: Vec::new(),
        help: None,
        fix: None,
        identity: String::new(),
        sid: None,
        suppressed: None,
    }
}

fn report(world: &World) -> Report {
    let token = rule("ECR101", "scoped-authorization-token", Severity::Error);
    let shared = rule(
        "ECR304",
        "shared-task-and-execution-role",
        Severity::Warning,
    );
    let keys = rule("ECR311", "credentials-in-task-definition", Severity::Error);
    let mut silenced = finding(&shared, world.at(world.task, "\"app\""), "not to be heard");
    silenced.suppressed = Some(Suppression {
        by: SuppressedBy::Comment,
        reason: "known".to_string(),
    });
    let diagnostics = vec![
        finding(&token, world.at(world.policy, "ecr:GetAuthorizationToken"), "`ecr:GetAuthorizationToken` is granted on a resource it can never match, so the login is denied")
            .label("grants nothing")
            .related(world.at(world.policy, "arn:aws:ecr:eu-west-1:111122223333:repository/app"), "only `*` matches the token")
            .related(world.at(world.task, "arn:aws:iam::111122223333:role/app"), "this role logs in")
            .help("grant it in its own statement with `Resource: \"*\"`"),
        silenced,
        finding(&keys, world.at(world.task, "\"AKIAQWERTYUIOPASDFGH\""), "access key `AKIAQWERTYUIOPASDFGH` in the environment")
            .label("readable by everyone who may describe the task definition"),
        finding(&shared, world.at(world.task, TASK.trim_end()), "one role for both"),
    ];
    Report {
        diagnostics,
        files_seen: 5,
        files_linted: 2,
    }
}

fn draw(format: Format, style: &Style) -> String {
    let world = world();
    let mut out = Vec::new();
    render::write(format, &report(&world), &world.sources, style, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

fn snapshot(name: &str, text: &str) {
    compare(text, &root().join("tests/fixtures/formats").join(name))
        .unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn full_at_80_and_120_columns_with_and_without_colour() {
    for width in [80, 120] {
        for (colour, unicode) in [(false, true), (false, false), (true, true)] {
            let style = Style {
                width,
                colour,
                unicode,
                links: false,
            };
            let name = format!(
                "full-{width}{}{}.txt",
                if colour { "-colour" } else { "" },
                if unicode { "" } else { "-ascii" }
            );
            let text = draw(Format::Full, &style);
            snapshot(&name, &text);
        }
    }
}

#[test]
fn machine_formats_take_no_notice_of_style() {
    let loud = Style {
        width: 40,
        colour: true,
        unicode: false,
        links: true,
    };
    for (name, format) in [
        ("compact.txt", Format::Compact),
        ("report.json", Format::Json),
        ("github.txt", Format::Github),
    ] {
        let text = draw(format, &loud);
        assert_eq!(text, draw(format, &Style::default()), "{name}");
        snapshot(name, &text);
    }
}

#[test]
fn no_format_prints_a_secret() {
    for (_, format) in Format::ALL {
        let text = draw(*format, &Style::default());
        assert!(!text.contains("q1w2e3r4t5y6"), "{text}");
        assert!(!text.contains("QWERTYUIOP"), "{text}");
    }
}

#[test]
fn a_secret_that_its_file_betrays_is_hidden_in_messages_too() {
    let mut sources = SourceMap::new();
    let text = "env:\n  DB_PASSWORD: correct-horse-battery-staple\n";
    let file = sources.add(SourceFile::new("a.yml", text));
    let rule = rule("ECR511", "hardcoded-credentials", Severity::Error);
    let loc = Loc::new(file, Span::new(7, 18));
    let report = Report {
        diagnostics: vec![
            finding(&rule, loc, "`correct-horse-battery-staple` is written here")
                .label("as correct-horse-ba…")
                .help("delete correct-horse-battery-staple")
                .related(loc, "also battery-staple"),
        ],
        files_seen: 1,
        files_linted: 1,
    };
    for (name, format) in Format::ALL {
        let mut out = Vec::new();
        render::write(*format, &report, &sources, &Style::default(), &mut out).expect("written");
        let shown = String::from_utf8(out).expect("UTF-8");
        for piece in ["correct", "horse", "battery"] {
            assert!(!shown.contains(piece), "{name}: {shown}");
        }
    }
}

#[test]
fn compact_lines_fit_the_shipped_problem_matcher() {
    let matcher =
        std::fs::read_to_string(root().join(".github/ecrlint-matcher.json")).expect("the matcher");
    let matcher: serde_json::Value = serde_json::from_str(&matcher).expect("JSON");
    let pattern = &matcher["problemMatcher"][0]["pattern"][0];
    let regex = regress::Regex::new(pattern["regexp"].as_str().expect("a pattern"))
        .expect("a JavaScript expression");
    let text = draw(Format::Compact, &Style::default());
    let mut lines = 0;
    for line in text.lines() {
        lines += 1;
        let hit = regex
            .find(line)
            .unwrap_or_else(|| panic!("`{line}` does not match"));
        let group = |name: &str| {
            let index = usize::try_from(
                pattern[name]
                    .as_u64()
                    .unwrap_or_else(|| panic!("no group `{name}`")),
            )
            .expect("small");
            &line[hit
                .group(index)
                .unwrap_or_else(|| panic!("group `{name}` is empty"))]
        };
        assert!(
            ["iam/policy.yaml", "task.json"].contains(&group("file")),
            "{line}"
        );
        assert!(
            group("line").parse::<usize>().is_ok() && group("column").parse::<usize>().is_ok(),
            "{line}"
        );
        assert!(
            ["error", "warning", "note"].contains(&group("severity")),
            "{line}"
        );
        assert!(group("code").starts_with("ECR"), "{line}");
        assert!(line.ends_with(group("message")), "{line}");
    }
    assert_eq!(lines, 3);
}

#[test]
fn github_shows_the_worst_first_and_counts_the_rest() {
    let world = world();
    let error = rule("ECR101", "one", Severity::Error);
    let note = rule("ECR505", "two", Severity::Note);
    let mut diagnostics = Vec::new();
    for at in 0..14 {
        diagnostics.push(finding(
            &note,
            world.at(world.task, "family"),
            &format!("note {at}"),
        ));
        diagnostics.push(finding(
            &error,
            world.at(world.task, "family"),
            &format!("error {at}"),
        ));
    }
    let report = Report {
        diagnostics,
        files_seen: 1,
        files_linted: 1,
    };
    let mut out = Vec::new();
    render::write(
        Format::Github,
        &report,
        &world.sources,
        &Style::default(),
        &mut out,
    )
    .expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    let starts = |command: &str| {
        text.lines()
            .filter(|line| line.starts_with(command))
            .count()
    };
    assert_eq!(
        (starts("::error "), starts("::notice ")),
        (10, 10),
        "{text}"
    );
    assert!(text.starts_with("::error "), "{text}");
    let last = text.lines().last().expect("a line");
    assert!(last.contains("9 more findings are not annotated"), "{last}");
}

#[test]
fn no_text_ends_a_workflow_command() {
    let world = world();
    let hostile = rule("ECR101", "one", Severity::Error);
    let report = Report {
        diagnostics: vec![finding(
            &hostile,
            world.at(world.task, "family"),
            "100% of\r\n::error::this % stays inside",
        )],
        files_seen: 1,
        files_linted: 1,
    };
    let mut out = Vec::new();
    render::write(
        Format::Github,
        &report,
        &world.sources,
        &Style::default(),
        &mut out,
    )
    .expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("100%25 of"), "{text}");
}

#[test]
fn very_long_lines_are_cut_around_the_place() {
    let mut sources = SourceMap::new();
    let filler = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},"#.repeat(20_000);
    let text = format!("{{\"Statement\":[{filler}{{\"Action\":\"ecr:PutImag\"}}]}}");
    let start = text.find("ecr:PutImag").expect("an action");
    let file = sources.add(SourceFile::new("policy.json", text));
    let rule = rule("ECR105", "unknown-ecr-action", Severity::Error);
    let loc = Loc::new(file, Span::new(start, start + 11));
    let far = Loc::new(file, Span::new(2, 11));
    let report = Report {
        diagnostics: vec![
            finding(&rule, loc, "`ecr:PutImag` is no action")
                .label("here")
                .related(far, "in this list"),
        ],
        files_seen: 1,
        files_linted: 1,
    };
    let mut out = Vec::new();
    render::write(Format::Full, &report, &sources, &Style::default(), &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(text.len() < 4000, "{} bytes", text.len());
    assert!(text.contains("ecr:PutImag\"}]}"), "{text}");
    assert!(text.contains("{\"Statement\""), "{text}");
}

#[test]
fn fingerprints_do_not_depend_on_lines_and_tell_twins_apart() {
    let first = world();
    let mut second = SourceMap::new();
    let policy = second.add(SourceFile::new(
        "iam/policy.yaml",
        format!("# a comment\n\n{POLICY}"),
    ));
    let rule = rule("ECR101", "one", Severity::Error);
    let report = |sources: &SourceMap, file: FileId| {
        let text = &sources.get(file).expect("a file").text;
        let start = text.find("ecr:Get").expect("an action");
        let loc = Loc::new(file, Span::new(start, start + 25));
        let twice = vec![
            finding(&rule, loc, "grants nothing"),
            finding(&rule, loc, "grants nothing"),
        ];
        ecrlint::diag::fingerprint::fingerprints(&twice, sources)
    };
    let before = report(&first.sources, first.policy);
    assert_eq!(before, report(&second, policy));
    assert_ne!(before[0], before[1]);
    assert!(
        before
            .iter()
            .all(|print| print.len() == 16 && print.chars().all(|c| c.is_ascii_hexdigit()))
    );
}
