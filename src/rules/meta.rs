//! Rule files: one YAML a rule holds its metadata, its prose, its examples, and either the name of a check or a
//! declaration that needs none.
//!
//! Everything a person reads about a rule is written here and nowhere else; Rust adds only the facts and places of one
//! finding.

use crate::catalog::nearest::nearest;
use crate::diag::{Confidence, RuleInfo, Severity};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A rule file as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// `ECR101`, or the code of a user's own rule.
    pub code: String,
    /// The rule's name; also its file name.
    pub name: String,
    /// One line: the bad state.
    pub summary: String,
    /// Severity of its findings unless one says otherwise.
    pub severity: Severity,
    /// Confidence of its findings unless one says otherwise.
    #[serde(default = "sure")]
    pub confidence: Confidence,
    /// The smallest profile that includes it.
    #[serde(default)]
    pub profile: Profile,
    /// How settled it is.
    #[serde(default)]
    pub status: Status,
    /// The version that brought it.
    #[serde(default)]
    pub since: String,
    /// Whether it can repair what it finds.
    #[serde(default)]
    pub fix: FixAvailability,
    /// Kinds of document in which it can fire.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Why it fails: Markdown.
    #[serde(default)]
    pub why: String,
    /// What to do, one line.
    pub help: String,
    /// When a user may rightly ignore it: Markdown.
    #[serde(default)]
    pub ignore_when: String,
    /// Numbers of the error messages (see [`crate::catalog`]) that it prevents.
    #[serde(default)]
    pub prevents: Vec<u16>,
    /// Pages behind it.
    #[serde(default)]
    pub references: Vec<String>,
    /// The Rust check that finds it; only built-in rules name one.
    #[serde(default)]
    pub check: Option<String>,
    /// For a declarative rule: the kind of fact it looks at.
    #[serde(default)]
    pub each: Option<Each>,
    /// JSONPath over a list that holds one fact: the fact is a candidate if it selects something.
    #[serde(default, rename = "where")]
    pub condition: Option<String>,
    /// JSONPath over the same list: a candidate is fine if it selects something.
    #[serde(default)]
    pub expect: Option<String>,
    /// JSONPath from the fact to the place to point at; the whole fact without it.
    #[serde(default)]
    pub at: Option<String>,
    /// The message of a declarative rule; `{at}` stands for the text at the place.
    #[serde(default)]
    pub message: Option<String>,
    /// The words beside the place that a declarative rule points at.
    #[serde(default)]
    pub label: Option<String>,
    /// Small repositories in which it fires and in which it stays silent.
    #[serde(default)]
    pub examples: Examples,
}

fn sure() -> Confidence {
    Confidence::High
}

/// Examples of a rule: each is a small repository, path to content. They are run by the tests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// The rule fires in each.
    #[serde(default)]
    pub bad: Vec<BTreeMap<String, String>>,
    /// The rule is silent in each.
    #[serde(default)]
    pub good: Vec<BTreeMap<String, String>>,
}

/// Which findings a run is about. Each profile includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What will fail.
    #[default]
    Deploy,
    /// And what exposes.
    Security,
    /// And what is merely worth knowing.
    Pedantic,
}

impl Profile {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Profile::Deploy => "deploy",
            Profile::Security => "security",
            Profile::Pedantic => "pedantic",
        }
    }
}

/// How settled a rule is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// New; its findings may still change.
    #[default]
    Preview,
    /// Settled.
    Stable,
    /// Will go.
    Deprecated,
}

/// Whether a rule repairs what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixAvailability {
    /// It does not.
    #[default]
    Never,
    /// Where it can.
    Sometimes,
    /// Every time.
    Always,
}

/// Kinds of fact a declarative rule may look at; see [`crate::model::view`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// A policy document.
    Policy,
    /// A statement of a policy.
    Statement,
    /// A task definition.
    Task,
    /// A container of a task definition.
    Container,
    /// A VPC endpoint.
    Endpoint,
    /// A job of a workflow.
    Job,
    /// A login, push, pull or call, once where it is written.
    Act,
}

/// Why a rule file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFileError {
    /// What is wrong, in one line.
    pub message: String,
    /// 1-based line and column, where they are known.
    pub at: Option<(usize, usize)>,
}

impl RuleFile {
    /// Reads a rule file.
    ///
    /// # Errors
    /// If the text is not YAML, a field is unknown, missing or of the wrong type, or the fields contradict each other.
    pub fn parse(text: &str) -> Result<Self, RuleFileError> {
        let file = Self::read(text)?;
        if file.why.trim().is_empty() {
            return Err(RuleFileError {
                message: "`why` must say why the state is bad".to_string(),
                at: None,
            });
        }
        file.validate()?;
        Ok(file)
    }

    /// Reads what a run needs of a rule file: everything before its `why`. Prose and examples are empty; they are most of
    /// the file, and a run that lints something needs none of them.
    ///
    /// # Errors
    /// Like [`parse`](Self::parse).
    pub fn parse_head(text: &str) -> Result<Self, RuleFileError> {
        let head = text.split_once("\nwhy:").map_or(text, |(head, _)| head);
        let file = Self::read(head)?;
        file.validate()?;
        Ok(file)
    }

    fn read(text: &str) -> Result<Self, RuleFileError> {
        serde_yaml::from_str(text).map_err(|error| RuleFileError {
            at: error
                .location()
                .map(|location| (location.line(), location.column())),
            message: plain(&error.to_string()),
        })
    }

    fn validate(&self) -> Result<(), RuleFileError> {
        let wrong = |message: String| Err(RuleFileError { message, at: None });
        let code_is_sound = self.code.len() >= 3
            && self.code.starts_with(|c: char| c.is_ascii_uppercase())
            && self
                .code
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if !code_is_sound {
            return wrong(format!(
                "code `{}` must be capital letters followed by digits, such as `ORG001`",
                self.code
            ));
        }
        let name_is_sound = !self.name.is_empty()
            && self
                .name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !name_is_sound {
            return wrong(format!(
                "name `{}` must be lower-case words joined by `-`",
                self.name
            ));
        }
        for (field, text) in [("summary", &self.summary), ("help", &self.help)] {
            if text.trim().is_empty() || text.contains('\n') {
                return wrong(format!("`{field}` must be one line of text"));
            }
        }
        match (&self.check, self.each) {
            (Some(_), Some(_)) => {
                wrong("a rule has either `check` or `each`, not both".to_string())
            }
            (None, None) => wrong("a rule needs `each` with `where`, or a `check`".to_string()),
            (Some(_), None) => {
                let declares = self.condition.is_some()
                    || self.expect.is_some()
                    || self.at.is_some()
                    || self.message.is_some()
                    || self.label.is_some();
                if declares {
                    wrong(
                        "`where`, `expect`, `at`, `message` and `label` belong to a rule with `each`"
                            .to_string(),
                    )
                } else {
                    Ok(())
                }
            }
            (None, Some(_)) if self.message.is_none() => {
                wrong("a rule with `each` needs a `message`".to_string())
            }
            (None, Some(_)) if self.condition.is_none() && self.expect.is_none() => {
                wrong("a rule with `each` needs `where`, `expect` or both".to_string())
            }
            (None, Some(_)) => Ok(()),
        }
    }

    /// What a renderer needs of it.
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            code: self.code.clone(),
            name: self.name.clone(),
            severity: self.severity,
            confidence: self.confidence,
            summary: self.summary.clone(),
            help: self.help.clone(),
            url: self.url(),
        }
    }

    /// The rule's page.
    pub fn url(&self) -> String {
        format!("{DOCS}/{}.md", self.name)
    }
}

/// Where the pages of the built-in rules are.
pub const DOCS: &str = "https://github.com/ecrlint/ecrlint/blob/main/docs/rules";

/// A reader's message without the place, which is told apart, and with the nearest field instead of a list of all.
fn plain(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.split(" at line ").next().unwrap_or(&line);
    let Some((unknown, fields)) = line.split_once(", expected one of ") else {
        return line.to_string();
    };
    let written = unknown.split('`').nth(1).unwrap_or("");
    match nearest(written, fields.split('`').skip(1).step_by(2)) {
        Some(meant) => format!("{unknown}; did you mean `{meant}`?"),
        None => unknown.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str =
        "code: ORG1\nname: no-star\nsummary: a star\nseverity: error\nwhy: because\nhelp: do not\n";

    fn with(more: &str) -> Result<RuleFile, RuleFileError> {
        RuleFile::parse(&format!("{MINIMAL}{more}"))
    }

    #[test]
    fn a_declarative_rule_needs_a_message_and_a_condition() {
        assert!(with("each: statement\nwhere: '$[?@.Effect]'\nmessage: found\n").is_ok());
        assert!(with("each: statement\nwhere: '$[?@.Effect]'\n").is_err());
        assert!(with("each: statement\nmessage: found\n").is_err());
        assert!(with("").is_err());
        assert!(with("check: x\neach: statement\nwhere: '$'\nmessage: m\n").is_err());
    }

    #[test]
    fn an_unknown_field_says_where_it_stands() {
        let error = with("each: statement\nseverty: error\n").expect_err("unknown field");
        assert!(error.message.contains("severty"), "{}", error.message);
        assert!(error.at.is_some());
    }
}
