//! A user's decisions not to hear a finding: comments in the file, and entries of the configuration file for JSON, which
//! has no comments. A decision that silences nothing is itself a finding.
//!
//! A comment at the end of a line covers the findings that start on its line. A comment on a line of its own covers the
//! next line that is not a comment and, where that line opens a block, the findings whose primary place lies in it.

use super::{Diagnostic, Label, RuleInfo, SuppressedBy, Suppression, quote};
use crate::source::path_pattern::PathPattern;
use crate::source::{FileId, Loc, SourceMap, Span};
use std::sync::Arc;

/// The comments of one file that speak to ecrlint.
#[derive(Clone, Debug)]
pub struct FileComments {
    /// The file.
    pub file: FileId,
    /// Comments that hold `ecrlint:`.
    pub comments: Vec<IgnoreComment>,
    /// The blocks of the file.
    pub blocks: Vec<Block>,
}

/// A comment that speaks to ecrlint.
#[derive(Clone, Debug)]
pub struct IgnoreComment {
    /// The comment with its marker.
    pub loc: Loc,
    /// The text after the marker.
    pub text: String,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
}

/// Something that a comment before it covers as a whole: a statement, a step, a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The 1-based line on which it opens, with its key or dash.
    pub line: usize,
    /// All of it.
    pub span: Span,
}

/// An entry under `ignore` in the configuration file.
#[derive(Clone, Debug)]
pub struct ConfigIgnore {
    /// Code or name.
    pub rule: String,
    /// Files it is about; all of them without it.
    pub path: Option<PathPattern>,
    /// The `Sid` of the statement it is about.
    pub sid: Option<String>,
    /// Why.
    pub reason: String,
    /// Where it stands, for the finding that it is unused: path of the configuration file and 1-based line.
    pub place: ConfigPlace,
}

/// A place in the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigPlace {
    /// The file, in the source map of the run.
    pub loc: Option<Loc>,
}

/// What [`apply`] has to know of the rules of the run.
pub struct Rules<'a> {
    /// The rule for unused ignores, if it runs.
    pub unused: Option<Arc<RuleInfo>>,
    /// The code of the rule that a code or name stands for, in any case, and whether it ran.
    pub find: &'a dyn Fn(&str) -> Option<(String, bool)>,
    /// The rule name nearest to a misspelt one.
    pub nearest: &'a dyn Fn(&str) -> Option<String>,
}

/// One ignore comment, read.
struct Ignore {
    file: FileId,
    names: Vec<(String, Loc)>,
    reason: String,
    lines: Vec<usize>,
    spans: Vec<Span>,
    used: Vec<bool>,
}

/// Marks the findings that a user decided not to hear, and returns a finding for each decision that silenced nothing.
pub fn apply(
    diagnostics: &mut [Diagnostic],
    sources: &SourceMap,
    files: &[FileComments],
    config: &[ConfigIgnore],
    rules: &Rules<'_>,
) -> Vec<Diagnostic> {
    let mut ignores: Vec<Ignore> = files.iter().flat_map(|file| read(file, sources)).collect();
    let mut config_used = vec![false; config.len()];
    let code_of = |name: &str| (rules.find)(name).map(|(code, _)| code);

    for one in diagnostics.iter_mut() {
        let loc = one.primary.loc;
        let Some(file) = sources.get(loc.file) else {
            continue;
        };
        let line = file.position(loc.span.start).line;
        for ignore in ignores.iter_mut().filter(|ignore| ignore.file == loc.file) {
            let covers = ignore.lines.contains(&line)
                || ignore.spans.iter().any(|span| span.contains(loc.span));
            if !covers {
                continue;
            }
            for ((name, _), used) in ignore.names.iter().zip(ignore.used.iter_mut()) {
                if code_of(name).as_deref() == Some(one.rule.code.as_str()) {
                    *used = true;
                    one.suppressed.get_or_insert_with(|| Suppression {
                        by: SuppressedBy::Comment,
                        reason: ignore.reason.clone(),
                    });
                }
            }
        }
        for (entry, used) in config.iter().zip(config_used.iter_mut()) {
            let is_about = code_of(&entry.rule).as_deref() == Some(one.rule.code.as_str())
                && entry
                    .path
                    .as_ref()
                    .is_none_or(|pattern| pattern.matches(&file.path))
                && entry
                    .sid
                    .as_ref()
                    .is_none_or(|sid| one.sid.as_ref() == Some(sid));
            if is_about {
                *used = true;
                one.suppressed.get_or_insert_with(|| Suppression {
                    by: SuppressedBy::Config,
                    reason: entry.reason.clone(),
                });
            }
        }
    }
    unused(&ignores, config, &config_used, rules)
}

fn unused(
    ignores: &[Ignore],
    config: &[ConfigIgnore],
    config_used: &[bool],
    rules: &Rules<'_>,
) -> Vec<Diagnostic> {
    let Some(rule) = &rules.unused else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut report = |name: &str, loc: Loc| {
        let message = match (rules.find)(name) {
            Some((_, true)) => format!("ignore of {} silences no finding", quote(name)),
            // The rule did not run: whether the ignore is needed cannot be said.
            Some((_, false)) => return,
            None => format!("ignore names {}, which is no rule", quote(name)),
        };
        let mut one = blank(rule, loc, message, name);
        if (rules.find)(name).is_none()
            && let Some(near) = (rules.nearest)(name)
        {
            one = one.help(format!("did you mean {}?", quote(&near)));
        }
        found.push(one);
    };
    for ignore in ignores {
        for ((name, loc), used) in ignore.names.iter().zip(&ignore.used) {
            if !used {
                report(name, *loc);
            }
        }
    }
    for (entry, used) in config.iter().zip(config_used) {
        if let (false, Some(loc)) = (*used, entry.place.loc) {
            report(&entry.rule, loc);
        }
    }
    found
}

fn blank(rule: &Arc<RuleInfo>, loc: Loc, message: String, identity: &str) -> Diagnostic {
    Diagnostic {
        rule: Arc::clone(rule),
        severity: rule.severity,
        confidence: rule.confidence,
        message,
        primary: Label {
            loc,
            text: String::new(),
        },
        related: Vec::new(),
        help: None,
        fix: None,
        identity: identity.to_string(),
        sid: None,
        suppressed: None,
    }
}

/// Reads the ignores of one file: which rules, and which lines and blocks they cover.
fn read(file: &FileComments, sources: &SourceMap) -> Vec<Ignore> {
    let Some(source) = sources.get(file.file) else {
        return Vec::new();
    };
    let line_of = |loc: Loc| source.position(loc.span.start).line;
    let comment_lines: Vec<usize> = file
        .comments
        .iter()
        .filter(|comment| comment.own_line)
        .map(|comment| line_of(comment.loc))
        .collect();
    let mut ignores = Vec::new();
    for comment in &file.comments {
        let Some((names, reason)) = parse(comment) else {
            continue;
        };
        let line = line_of(comment.loc);
        let mut lines = vec![line];
        let mut spans = Vec::new();
        if comment.own_line {
            let next = (line + 1..=source.lines.lines()).find(|line| {
                let text = line_text(source, *line).trim();
                !text.is_empty() && !text.starts_with('#') && !comment_lines.contains(line)
            });
            if let Some(next) = next {
                lines.push(next);
                spans.extend(
                    file.blocks
                        .iter()
                        .filter(|block| block.line == next)
                        .map(|block| block.span),
                );
            }
        }
        ignores.push(Ignore {
            file: file.file,
            used: vec![false; names.len()],
            names,
            reason,
            lines,
            spans,
        });
    }
    ignores
}

fn line_text(source: &crate::source::SourceFile, line: usize) -> &str {
    let start = source.lines.line_start(line.saturating_sub(1)).unwrap_or(0) as usize;
    let end = source
        .lines
        .line_start(line)
        .map_or(source.text.len(), |at| at as usize);
    source.text.get(start..end).unwrap_or("")
}

/// `ecrlint: ignore[ECR101, name] reason` → the rules with their places, and the reason.
fn parse(comment: &IgnoreComment) -> Option<(Vec<(String, Loc)>, String)> {
    let (_, rest) = comment.text.split_once("ecrlint:")?;
    let rest = rest.trim_start().strip_prefix("ignore")?.trim_start();
    let (list, reason) = rest.strip_prefix('[')?.split_once(']')?;
    let names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| (name.to_string(), comment.loc))
        .collect();
    Some((names, reason.trim().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_names_rules_and_a_reason() {
        let comment = |text: &str| IgnoreComment {
            loc: Loc::NOWHERE,
            text: text.to_string(),
            own_line: true,
        };
        let (names, reason) = parse(&comment(
            " ecrlint: ignore[ECR101, push-without-login] helper on the runner",
        ))
        .expect("ignore");
        let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ECR101", "push-without-login"]);
        assert_eq!(reason, "helper on the runner");
        assert!(parse(&comment(" ecrlint: ignore ECR101")).is_none());
        assert!(parse(&comment(" nothing to see")).is_none());
    }
}
