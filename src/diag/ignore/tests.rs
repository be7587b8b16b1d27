//! Tests of ignores.

use super::*;
use crate::diag::{Confidence, Severity};
use crate::source::SourceFile;

fn rule(code: &str, name: &str) -> Arc<RuleInfo> {
    Arc::new(RuleInfo {
        code: code.to_string(),
        name: name.to_string(),
        severity: Severity::Warning,
        confidence: Confidence::High,
        summary: String::new(),
        help: String::new(),
        url: String::new(),
    })
}

/// A file with `#` comments, findings of ECR101 at each `@`, and blocks from each `{` to its line's `}`.
struct Case {
    sources: SourceMap,
    file: FileId,
    findings: Vec<Diagnostic>,
    comments: Vec<FileComments>,
}

impl Case {
    fn new(text: &str) -> Self {
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new("a.yml", text));
        let source = sources.get(file).expect("the file").clone();
        let loc = |start: usize, end: usize| Loc::new(file, Span::new(start, end));
        let mut findings: Vec<Diagnostic> = text
            .match_indices('@')
            .map(|(at, _)| {
                blank(
                    &rule("ECR101", "first"),
                    loc(at, at + 1),
                    "found".to_string(),
                    "",
                )
            })
            .collect();
        if let Some(first) = findings.first_mut() {
            first.sid = Some("Login".to_string());
        }
        let mut comments = Vec::new();
        for (at, _) in text.match_indices('#') {
            let end = text
                .get(at..)
                .and_then(|rest| rest.find('\n'))
                .map_or(text.len(), |found| at + found);
            let line_start = text
                .get(..at)
                .and_then(|before| before.rfind('\n'))
                .map_or(0, |found| found + 1);
            comments.push(IgnoreComment {
                loc: loc(at, end),
                text: text.get(at + 1..end).unwrap_or("").to_string(),
                own_line: text.get(line_start..at).unwrap_or("").trim().is_empty(),
            });
        }
        let blocks = text
            .match_indices('{')
            .map(|(at, _)| Block {
                line: source.position(at as u32).line,
                span: Span::new(
                    at,
                    text.get(at..)
                        .and_then(|rest| rest.find('}'))
                        .map_or(text.len(), |found| at + found),
                ),
            })
            .collect();
        Case {
            sources,
            file,
            findings,
            comments: vec![FileComments {
                file,
                comments,
                blocks,
            }],
        }
    }

    /// Which findings are silenced, and what is said about the ignores with line and column.
    fn apply(mut self, config: &[ConfigIgnore]) -> (Vec<bool>, Vec<String>) {
        let find = |name: &str| match name {
            "ECR101" | "first" => Some(("ECR101".to_string(), true)),
            "ECR903" => Some(("ECR903".to_string(), true)),
            "ECR500" => Some(("ECR500".to_string(), false)),
            _ => None,
        };
        let rules = Rules {
            unused: Some(rule("ECR903", "unused-ignore")),
            find: &find,
            nearest: &|name| name.starts_with("fir").then(|| "first".to_string()),
        };
        let given = Ignores {
            comments: &self.comments,
            config,
            config_file: Some(self.file),
        };
        let said = apply(&mut self.findings, &self.sources, &given, &rules);
        let source = self.sources.get(self.file).expect("the file");
        let said = said
            .iter()
            .filter(|one| one.suppressed.is_none())
            .map(|one| {
                let at = source.position(one.primary.loc.span.start);
                format!("{}:{} {}", at.line, at.column, one.message)
            })
            .collect();
        (
            self.findings
                .iter()
                .map(|one| one.suppressed.is_some())
                .collect(),
            said,
        )
    }
}

#[track_caller]
fn check(text: &str, silenced: &[bool], said: &[&str]) {
    let (is, says) = Case::new(text).apply(&[]);
    assert_eq!(is, silenced, "{text}");
    assert_eq!(says, said, "{text}");
}

#[test]
fn a_comment_at_the_end_covers_its_line() {
    check(
        "@ @ # ecrlint: ignore[ECR101] because\n@\n",
        &[true, true, false],
        &[],
    );
    check(
        "{ # ecrlint: ignore[first]\n@ }\n",
        &[false],
        &["1:21 ignore of `first` silences no finding"],
    );
}

#[test]
fn a_comment_on_its_own_line_covers_the_next_line_and_its_blocks() {
    check("# ecrlint: ignore[ECR101] x\n@\n@\n", &[true, false], &[]);
    check(
        "# ecrlint: ignore[ECR101] x\n{\n@\n}\n@\n",
        &[true, false],
        &[],
    );
    check(
        "# ecrlint: ignore[ECR101] x\n# more words\n@\n",
        &[true],
        &[],
    );
    check(
        "{\n# ecrlint: ignore[ECR101] x\n@\n@ }\n",
        &[true, false],
        &[],
    );
}

#[test]
fn ignores_that_are_not_needed_are_told_with_their_place() {
    check(
        "@ # ecrlint: ignore[ECR101, fisrt, firrst] x\n",
        &[true],
        &[
            "1:29 ignore names `fisrt`, which is no rule",
            "1:36 ignore names `firrst`, which is no rule",
        ],
    );
    check(
        "x # ecrlint: ignore[ECR500] its rule did not run\n",
        &[],
        &[],
    );
    check(
        "x # ecrlint: ignore[ECR101,ECR903] kept for later\n",
        &[],
        &[],
    );
    check(
        "@ # ecrlint: ignore[ECR101,ECR903] x\n",
        &[true],
        &["1:28 ignore of `ECR903` silences no finding"],
    );
}

#[test]
fn words_to_ecrlint_that_are_not_understood_are_told() {
    for text in [
        "# ecrlint: ignore ECR101\n",
        "# ecrlint: ignore[] x\n",
        "# ecrlint: disable\n",
        "#ecrlint:ignore[ECR101\n",
    ] {
        check(
            text,
            &[],
            &["1:1 comment speaks to ecrlint but is not understood"],
        );
    }
    check("# we run ecrlint: it is good\n", &[], &[]);
    check("@ # note; ecrlint: ignore[ECR101] x\n", &[true], &[]);
}

#[test]
fn the_configuration_ignores_by_path_and_sid() {
    let entry = |path: &str, sid: Option<&str>, ended: Option<&str>| ConfigIgnore {
        rule: "first".to_string(),
        path: Some(PathPattern::new(path).expect("a pattern")),
        sid: sid.map(str::to_string),
        reason: "why".to_string(),
        ended: ended.map(str::to_string),
        span: Span::new(0, 1),
    };
    let apply = |entries: &[ConfigIgnore]| Case::new("@\n@\n").apply(entries);
    assert_eq!(
        apply(&[entry("*.yml", None, None)]),
        (vec![true, true], vec![])
    );
    assert_eq!(
        apply(&[entry("*.yml", Some("Login"), None)]),
        (vec![true, false], vec![])
    );
    let unused = vec!["1:1 ignore of `first` silences no finding".to_string()];
    assert_eq!(
        apply(&[entry("*.json", None, None)]),
        (vec![false, false], unused)
    );
    let ended = vec![
        "1:1 ignore of `first` ended on 2026-01-01 and its findings are reported again".to_string(),
    ];
    assert_eq!(
        apply(&[entry("*", None, Some("2026-01-01"))]),
        (vec![false, false], ended)
    );
}
