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
    /// The day after which it does not hold any more, if that is past.
    pub ended: Option<String>,
    /// Where it stands in the configuration file.
    pub span: Span,
}

/// Everything that users decided not to hear.
pub struct Ignores<'a> {
    /// Comments in files.
    pub comments: &'a [FileComments],
    /// Entries of the configuration file.
    pub config: &'a [ConfigIgnore],
    /// The configuration file.
    pub config_file: Option<FileId>,
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

/// Marks the findings that a user decided not to hear, and returns a finding for each decision that silenced nothing,
/// does not hold any more, or is not understood.
pub fn apply(
    diagnostics: &mut [Diagnostic],
    sources: &SourceMap,
    given: &Ignores<'_>,
    rules: &Rules<'_>,
) -> Vec<Diagnostic> {
    let mut ledger = Ledger::new(sources, given, rules);
    for one in diagnostics.iter_mut() {
        ledger.silence(one);
    }
    let Some(rule) = &rules.unused else {
        return Vec::new();
    };
    // An ignore may be about the rule for unused ignores itself; whether it is needed is known after the others.
    let is_about_ignores =
        |name: &str| (rules.find)(name).is_some_and(|(code, _)| code == rule.code);
    let mut found = std::mem::take(&mut ledger.broken);
    found.extend(ledger.unused(rule, &|name| !is_about_ignores(name)));
    for one in &mut found {
        ledger.silence(one);
    }
    found.extend(ledger.unused(rule, &is_about_ignores));
    found
}

/// Every decision, and which of them were needed.
struct Ledger<'a> {
    sources: &'a SourceMap,
    rules: &'a Rules<'a>,
    comments: Vec<Ignore>,
    /// Findings about comments that are not understood.
    broken: Vec<Diagnostic>,
    config: &'a [ConfigIgnore],
    config_file: Option<FileId>,
    config_used: Vec<bool>,
}

impl<'a> Ledger<'a> {
    fn new(sources: &'a SourceMap, given: &Ignores<'a>, rules: &'a Rules<'a>) -> Self {
        let mut ledger = Ledger {
            sources,
            rules,
            comments: Vec::new(),
            broken: Vec::new(),
            config: given.config,
            config_file: given.config_file,
            config_used: vec![false; given.config.len()],
        };
        for file in given.comments {
            ledger.read(file);
        }
        ledger
    }

    fn silence(&mut self, one: &mut Diagnostic) {
        let loc = one.primary.loc;
        let Some(file) = self.sources.get(loc.file) else {
            return;
        };
        let line = file.position(loc.span.start).line;
        let is_about = |name: &str, one: &Diagnostic| {
            (self.rules.find)(name).is_some_and(|(code, _)| code == one.rule.code)
        };
        for ignore in self
            .comments
            .iter_mut()
            .filter(|ignore| ignore.file == loc.file)
        {
            let in_block = |span: &Span| span.start <= loc.span.start && loc.span.start < span.end;
            if !ignore.lines.contains(&line) && !ignore.spans.iter().any(in_block) {
                continue;
            }
            for ((name, _), used) in ignore.names.iter().zip(ignore.used.iter_mut()) {
                if is_about(name, one) {
                    *used = true;
                    one.suppressed.get_or_insert_with(|| Suppression {
                        by: SuppressedBy::Comment,
                        reason: ignore.reason.clone(),
                    });
                }
            }
        }
        for (entry, used) in self.config.iter().zip(self.config_used.iter_mut()) {
            let is_meant = is_about(&entry.rule, one)
                && entry
                    .path
                    .as_ref()
                    .is_none_or(|pattern| pattern.matches(&file.path))
                && entry
                    .sid
                    .as_ref()
                    .is_none_or(|sid| one.sid.as_ref() == Some(sid));
            if is_meant {
                *used = true;
                if entry.ended.is_none() {
                    one.suppressed.get_or_insert_with(|| Suppression {
                        by: SuppressedBy::Config,
                        reason: entry.reason.clone(),
                    });
                }
            }
        }
    }

    /// Findings about the decisions whose rule name is `wanted`.
    fn unused(&self, rule: &Arc<RuleInfo>, wanted: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let comments = self.comments.iter().flat_map(|ignore| {
            ignore
                .names
                .iter()
                .zip(&ignore.used)
                .map(|((name, loc), used)| (name, *loc, *used, None))
        });
        let entries = self
            .config
            .iter()
            .zip(&self.config_used)
            .filter_map(|(entry, used)| {
                let loc = Loc::new(self.config_file?, entry.span);
                Some((&entry.rule, loc, *used, entry.ended.as_deref()))
            });
        comments
            .chain(entries)
            .filter(|(name, ..)| wanted(name))
            .filter_map(|(name, loc, used, ended)| self.complaint(rule, name, loc, used, ended))
            .collect()
    }

    fn complaint(
        &self,
        rule: &Arc<RuleInfo>,
        name: &str,
        loc: Loc,
        used: bool,
        ended: Option<&str>,
    ) -> Option<Diagnostic> {
        let shown = quote(name);
        match ((self.rules.find)(name), used, ended) {
            (None, ..) => {
                let one = blank(
                    rule,
                    loc,
                    format!("ignore names {shown}, which is no rule"),
                    name,
                );
                Some(match (self.rules.nearest)(name) {
                    Some(near) => one.help(format!("did you mean {}?", quote(&near))),
                    None => one.help("`ecrlint rules` lists the rules"),
                })
            }
            (Some(_), true, Some(day)) => {
                let message =
                    format!("ignore of {shown} ended on {day} and its findings are reported again");
                Some(
                    blank(rule, loc, message, name)
                        .help("repair what it was about, or give it a later `until`"),
                )
            }
            (Some((_, true)), false, _) => Some(blank(
                rule,
                loc,
                format!("ignore of {shown} silences no finding"),
                name,
            )),
            // It is needed; or the rule did not run, and whether it is needed cannot be said.
            (Some(_), ..) => None,
        }
    }

    /// Reads the ignores of one file: which rules, and which lines and blocks they cover.
    fn read(&mut self, file: &FileComments) {
        let Some(source) = self.sources.get(file.file) else {
            return;
        };
        let line_of = |loc: Loc| source.position(loc.span.start).line;
        let comment_lines: Vec<usize> = file
            .comments
            .iter()
            .filter(|comment| comment.own_line)
            .map(|comment| line_of(comment.loc))
            .collect();
        for comment in &file.comments {
            let (names, reason) = match parse(comment, self.sources.slice(comment.loc)) {
                Directive::None => continue,
                Directive::Ignore(names, reason) => (names, reason),
                Directive::Broken => {
                    let message = "comment speaks to ecrlint but is not understood".to_string();
                    let found = self.rules.unused.as_ref().map(|rule| {
                        blank(rule, comment.loc, message, comment.text.trim())
                            .help("write `ecrlint: ignore[CODE] reason`")
                    });
                    self.broken.extend(found);
                    continue;
                }
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
            self.comments.push(Ignore {
                file: file.file,
                used: vec![false; names.len()],
                names,
                reason,
                lines,
                spans,
            });
        }
    }
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

fn line_text(source: &crate::source::SourceFile, line: usize) -> &str {
    let start = source.lines.line_start(line.saturating_sub(1)).unwrap_or(0) as usize;
    let end = source
        .lines
        .line_start(line)
        .map_or(source.text.len(), |at| at as usize);
    source.text.get(start..end).unwrap_or("")
}

/// What a comment says to ecrlint.
enum Directive {
    /// Nothing.
    None,
    /// These rules are to be ignored (each with its place), for this reason.
    Ignore(Vec<(String, Loc)>, String),
    /// Something we do not understand.
    Broken,
}

/// Reads `ecrlint: ignore[ECR101, name] reason`; `written` is the comment as it stands in the file.
fn parse(comment: &IgnoreComment, written: &str) -> Directive {
    const CALL: &str = "ecrlint:";
    let Some((before, rest)) = comment.text.split_once(CALL) else {
        return Directive::None;
    };
    let list = rest
        .trim_start()
        .strip_prefix("ignore")
        .and_then(|rest| rest.trim_start().strip_prefix('['))
        .and_then(|rest| rest.split_once(']'));
    let Some((list, reason)) = list else {
        // In the middle of a sentence the word is about ecrlint, not for it.
        let is_prose = !before
            .trim_matches(|c: char| c.is_whitespace() || "#/*!".contains(c))
            .is_empty();
        return if is_prose {
            Directive::None
        } else {
            Directive::Broken
        };
    };
    let offset = written
        .find(CALL)
        .and_then(|at| Some(at + written.get(at..)?.find('[')? + 1));
    let mut at = offset;
    let mut names = Vec::new();
    for item in list.split(',') {
        let name = item.trim();
        if !name.is_empty() {
            let start = at.map(|at| {
                comment.loc.span.start as usize + at + (item.len() - item.trim_start().len())
            });
            let loc = start.map_or(comment.loc, |start| {
                Loc::new(comment.loc.file, Span::new(start, start + name.len()))
            });
            names.push((name.to_string(), loc));
        }
        at = at.map(|at| at + item.len() + 1);
    }
    if names.is_empty() {
        return Directive::Broken;
    }
    let reason = reason.trim().trim_end_matches("*/").trim_end();
    Directive::Ignore(names, reason.to_string())
}

#[cfg(test)]
mod tests;
