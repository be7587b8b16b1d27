//! One reported fault, and everything that is said about it.
//!
//! A rule builds a [`Diagnostic`]; renderers print it; nobody in between changes its words.

pub mod fingerprint;
pub mod ignore;

use crate::source::Loc;
use std::sync::Arc;

/// How bad a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Fails in a case that the finding names, or a clear hazard.
    Warning,
    /// It will fail, or it exposes something.
    Error,
}

impl Severity {
    /// The word printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Likely.
    Medium,
    /// Proved by what the files say.
    High,
}

impl Confidence {
    /// The word printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// What a renderer needs to know of a rule. Loaded from the rule's YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// `ECR101`.
    pub code: String,
    /// `scoped-authorization-token`.
    pub name: String,
    /// Severity where a finding does not say otherwise.
    pub severity: Severity,
    /// Confidence where a finding does not say otherwise.
    pub confidence: Confidence,
    /// One line: the bad state.
    pub summary: String,
    /// What to do, one line.
    pub help: String,
    /// The rule's page.
    pub url: String,
}

/// A place with a few words beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub loc: Loc,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One reported fault.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: Arc<RuleInfo>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What is wrong, in one line.
    pub message: String,
    /// The place to change.
    pub primary: Label,
    /// Places that explain it, in any file.
    pub related: Vec<Label>,
    /// What to do, if it is more exact than the rule's own help.
    pub help: Option<String>,
    /// A repair, if there is one.
    pub fix: Option<Fix>,
    /// Text that tells this finding from others of the same rule in the same file, whatever line it stands on: a `Sid`,
    /// an action, a container name. May be empty.
    pub identity: String,
    /// The `Sid` of the statement it lies in, if any: what a configuration may ignore it by.
    pub sid: Option<String>,
    /// Why it is not to be heard, if a user said so.
    pub suppressed: Option<Suppression>,
}

/// A user's decision not to hear a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where it was said.
    pub by: SuppressedBy,
    /// The reason given; may be empty.
    pub reason: String,
}

/// Where a [`Suppression`] was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// A comment in the file.
    Comment,
    /// The configuration file.
    Config,
}

impl Diagnostic {
    /// Sets the words beside the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds a place that explains the finding. What a loop makes several of, it says once.
    #[must_use]
    pub fn related(mut self, loc: Loc, text: impl Into<String>) -> Self {
        let label = Label {
            loc,
            text: text.into(),
        };
        if !self.related.contains(&label) {
            self.related.push(label);
        }
        self
    }

    /// Sets what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Sets the repair.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Sets the severity of this one finding.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Sets the confidence of this one finding.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets what tells this finding from its like in the same file.
    #[must_use]
    pub fn identity(mut self, text: impl Into<String>) -> Self {
        self.identity = text.into();
        self
    }

    /// Sets the `Sid` of the statement it lies in.
    #[must_use]
    pub fn in_statement(mut self, sid: Option<&str>) -> Self {
        self.sid = sid.map(str::to_string);
        self
    }

    /// What to do: the finding's own words or the rule's.
    pub fn help_text(&self) -> &str {
        self.help.as_deref().unwrap_or(&self.rule.help)
    }
}

/// A repair: edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in one line.
    pub title: String,
    /// How safe it is.
    pub applicability: Applicability,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// How safe a [`Fix`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Only to be shown.
    DisplayOnly,
    /// May change what the file means beyond the finding.
    Unsafe,
    /// Changes nothing but the fault.
    Safe,
}

/// One replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub loc: Loc,
    /// The new text.
    pub replacement: String,
}

/// User text inside a message, in backticks: control characters become spaces, a backtick becomes an apostrophe, and a
/// long text is cut in the middle.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 120;
    let clean: String = crate::source::redact::visible(text).replace('`', "'");
    let chars = clean.chars().count();
    if chars <= LONGEST {
        return format!("`{clean}`");
    }
    let head: String = clean.chars().take(LONGEST / 2).collect();
    let tail: String = clean.chars().skip(chars - LONGEST / 2).collect();
    format!("`{head}…{tail}`")
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings, suppressed ones included, in order of path, place and code.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were looked at.
    pub files_seen: usize,
    /// How many of them were of a known kind.
    pub files_linted: usize,
}

impl Report {
    /// The findings that nobody suppressed.
    pub fn heard(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|one| one.suppressed.is_none())
    }

    /// How many findings of this severity are heard.
    pub fn count(&self, severity: Severity) -> usize {
        self.heard().filter(|one| one.severity == severity).count()
    }

    /// How many findings are suppressed.
    pub fn suppressed(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|one| one.suppressed.is_some())
            .count()
    }

    /// The worst severity that is heard.
    pub fn worst(&self) -> Option<Severity> {
        self.heard().map(|one| one.severity).max()
    }
}
