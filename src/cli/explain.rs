//! What there is to know of a rule: for a terminal, for the pages under `docs/rules`, and as JSON. All of it is taken
//! from the rule files; nothing is written twice.

use crate::catalog;
use crate::diag::{Confidence, Severity};
use crate::rules::meta::{FixAvailability, RuleFile, Status};
use crate::rules::{Registry, Rule};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The page of a rule, in Markdown.
pub fn page(rule: &Rule) -> String {
    let file = &rule.whole();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<!-- Generated from rules/{}.yaml; do not edit. -->\n",
        file.name
    );
    let _ = writeln!(out, "# {}: {}\n", file.code, file.name);
    let _ = writeln!(out, "{}.\n", sentence(&file.summary));
    let _ = writeln!(
        out,
        "| severity | confidence | profile | status | since | fix | reads |"
    );
    let _ = writeln!(out, "|---|---|---|---|---|---|---|");
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} | {} |\n",
        file.severity.word(),
        file.confidence.word(),
        file.profile.word(),
        status(file.status),
        file.since,
        fix(file.fix),
        file.dialects.join(", ")
    );
    let _ = writeln!(out, "## Why\n\n{}\n", file.why.trim());
    let prevented = prevented(file);
    if !prevented.is_empty() {
        let _ = writeln!(out, "## What you would see\n");
        for message in &prevented {
            let _ = writeln!(out, "- {message}");
        }
        out.push('\n');
    }
    let _ = writeln!(out, "## How to repair it\n\n{}.\n", sentence(&file.help));
    for (title, examples) in [
        ("Fires", &file.examples.bad),
        ("Stays silent", &file.examples.good),
    ] {
        if !examples.is_empty() {
            let _ = writeln!(out, "## {title}\n");
        }
        for example in examples {
            for (path, text) in example {
                let _ = writeln!(
                    out,
                    "`{path}`\n\n```{}\n{}\n```\n",
                    language(path),
                    text.trim_end()
                );
            }
        }
    }
    if !file.ignore_when.trim().is_empty() {
        let _ = writeln!(out, "## When to ignore it\n\n{}\n", file.ignore_when.trim());
    }
    if !file.references.is_empty() {
        let _ = writeln!(out, "## References\n");
        for reference in &file.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}

/// The index of the pages, in Markdown.
pub fn index(registry: &Registry) -> String {
    let mut out = String::from("<!-- Generated from rules/*.yaml; do not edit. -->\n\n# Rules\n\n");
    out.push_str("Each profile includes the ones before it: `deploy` (the default), `security`, `pedantic`.\n\n");
    out.push_str("| code | name | severity | profile | reports |\n|---|---|---|---|---|\n");
    for rule in registry.rules() {
        let file = &rule.file;
        let _ = writeln!(
            out,
            "| {} | [{name}]({name}.md) | {} | {} | {} |",
            file.code,
            file.severity.word(),
            file.profile.word(),
            file.summary,
            name = file.name,
        );
    }
    out
}

/// A rule for a terminal of `width` columns, with headings in bold if `colour`.
pub fn terminal(rule: &Rule, width: usize, colour: bool) -> String {
    let file = &rule.whole();
    let width = width.clamp(40, 100);
    let heading = |text: &str| {
        if colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}\n",
        heading(&format!("{} {}", file.code, file.name))
    );
    out.push_str(&fill(&format!("{}.", sentence(&file.summary)), width, ""));
    let _ = writeln!(
        out,
        "\nseverity {}, confidence {}, profile {}, {} since {}\n",
        file.severity.word(),
        file.confidence.word(),
        file.profile.word(),
        status(file.status),
        if file.since.is_empty() {
            "unknown"
        } else {
            &file.since
        }
    );
    let _ = writeln!(out, "{}", heading("Why"));
    out.push_str(&paragraphs(&file.why, width));
    let prevented = prevented(file);
    if !prevented.is_empty() {
        let _ = writeln!(out, "\n{}", heading("What you would see"));
        for message in &prevented {
            out.push_str(&fill(message, width, "  "));
        }
    }
    let _ = writeln!(out, "\n{}", heading("How to repair it"));
    out.push_str(&fill(&format!("{}.", sentence(&file.help)), width, ""));
    for (title, examples) in [
        ("Fires", &file.examples.bad),
        ("Stays silent", &file.examples.good),
    ] {
        if let Some(example) = examples.first() {
            let _ = writeln!(out, "\n{}", heading(title));
            out.push_str(&listing(example));
        }
    }
    if !file.ignore_when.trim().is_empty() {
        let _ = writeln!(out, "\n{}", heading("When to ignore it"));
        out.push_str(&paragraphs(&file.ignore_when, width));
    }
    if !file.references.is_empty() {
        let _ = writeln!(out, "\n{}", heading("References"));
        for reference in &file.references {
            let _ = writeln!(out, "  {reference}");
        }
    }
    out
}

/// Every rule, a line each.
pub fn list(registry: &Registry) -> String {
    let widest = registry
        .rules()
        .iter()
        .map(|rule| rule.file.name.len())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for rule in registry.rules() {
        let file = &rule.file;
        let _ = writeln!(
            out,
            "{}  {:widest$}  {:7}  {:8}  {}",
            file.code,
            file.name,
            file.severity.word(),
            file.profile.word(),
            file.summary
        );
    }
    out
}

/// Rules as a JSON array.
pub fn json<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let files: Vec<(RuleFile, &str)> = rules
        .into_iter()
        .map(|rule| (rule.whole(), rule.info.url.as_str()))
        .collect();
    let entries: Vec<Entry<'_>> = files
        .iter()
        .map(|(file, url)| Entry::of(file, url))
        .collect();
    crate::render::json::to_text(&entries)
}

#[derive(serde::Serialize)]
struct Entry<'a> {
    code: &'a str,
    name: &'a str,
    summary: &'a str,
    severity: Severity,
    confidence: Confidence,
    profile: &'static str,
    status: &'static str,
    since: &'a str,
    fix: &'static str,
    dialects: &'a [String],
    why: &'a str,
    help: &'a str,
    ignore_when: &'a str,
    prevents: Vec<String>,
    references: &'a [String],
    url: &'a str,
}

impl<'a> Entry<'a> {
    fn of(file: &'a RuleFile, url: &'a str) -> Self {
        Entry {
            code: &file.code,
            name: &file.name,
            summary: &file.summary,
            severity: file.severity,
            confidence: file.confidence,
            profile: file.profile.word(),
            status: status(file.status),
            since: &file.since,
            fix: fix(file.fix),
            dialects: &file.dialects,
            why: &file.why,
            help: &file.help,
            ignore_when: &file.ignore_when,
            prevents: prevented(file),
            references: &file.references,
            url,
        }
    }
}

/// The error messages that the rule prevents.
fn prevented(file: &RuleFile) -> Vec<String> {
    file.prevents
        .iter()
        .filter_map(|number| {
            catalog::ERRORS
                .iter()
                .find(|message| message.number == *number)
        })
        .map(|message| message.text.to_string())
        .collect()
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Preview => "preview",
        Status::Stable => "stable",
        Status::Deprecated => "deprecated",
    }
}

fn fix(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::Never => "never",
        FixAvailability::Sometimes => "sometimes",
        FixAvailability::Always => "always",
    }
}

/// The line with a capital, unless it starts with code.
fn sentence(line: &str) -> String {
    let mut characters = line.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + characters.as_str(),
        None => String::new(),
    }
}

fn language(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("json") => "json",
        Some("yml" | "yaml") => "yaml",
        Some("tf") => "terraform",
        _ => "",
    }
}

fn listing(example: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for (path, text) in example {
        let _ = writeln!(out, "  {path}");
        for line in text.trim_end().lines() {
            let _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
    }
    out
}

/// Markdown paragraphs, each filled to the width; lists and code keep their lines.
fn paragraphs(text: &str, width: usize) -> String {
    let mut out = String::new();
    for (at, paragraph) in text.trim().split("\n\n").enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let keeps_lines = paragraph.lines().any(|line| {
            line.starts_with("- ") || line.starts_with("```") || line.starts_with("    ")
        });
        if keeps_lines {
            let _ = writeln!(out, "{paragraph}");
        } else {
            out.push_str(&fill(paragraph, width, ""));
        }
    }
    out
}

/// Words on lines of at most `width` columns, each line after `indent`.
fn fill(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut line = indent.to_string();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            let _ = writeln!(out, "{line}");
            line = format!("{indent}{}", if indent.is_empty() { "" } else { "  " });
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    if !is_empty {
        let _ = writeln!(out, "{line}");
    }
    out
}
