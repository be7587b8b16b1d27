//! The registry: where `rules/*.yaml` meets the checks, and the one place that runs them.

pub mod asked;
pub mod check;
pub mod meta;
pub mod select;

use crate::diag::{Confidence, Diagnostic, Label, RuleInfo, Severity};
use crate::link::Workspace;
use crate::prove::Proofs;
use crate::source::Loc;
use asked::{AskedPolicy, Documents};
use check::denials::Denial;
use meta::{Profile, RuleFile, RuleFileError};
use select::Declaration;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a check may see.
pub struct Context<'a> {
    /// The rule that is being checked.
    pub rule: &'a Arc<RuleInfo>,
    /// The facts of the whole run, linked.
    pub workspace: &'a Workspace,
    /// Its policy documents, as far as they were asked.
    pub documents: &'a Documents,
    /// What became of every flow.
    pub proofs: &'a Proofs,
    /// The links that will be denied, once a rule has asked for them.
    pub denials: &'a OnceCell<Vec<Denial<'a>>>,
}

impl<'a> Context<'a> {
    /// The policies, ready to be asked what they grant.
    pub fn policies(&self) -> impl Iterator<Item = AskedPolicy<'a>> + use<'a> {
        self.documents.policies(self.workspace)
    }

    /// A finding of this rule at `at`, saying `message` (lower case, one line, no full stop, user text by
    /// [`quote`](crate::diag::quote)).
    pub fn diagnostic(&self, at: Loc, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule: Arc::clone(self.rule),
            severity: self.rule.severity,
            confidence: self.rule.confidence,
            message: message.into(),
            primary: Label {
                loc: at,
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
}

/// A check: looks at the facts, pushes what it finds.
pub type Check = fn(&Context<'_>, &mut Vec<Diagnostic>);

/// How a rule finds what it reports.
enum Finder {
    /// A Rust check.
    Check(Check),
    /// A selector over facts.
    Declaration(Declaration),
    /// Elsewhere: where ignores are applied.
    Elsewhere,
}

/// A rule that can be run.
pub struct Rule {
    /// The rule file. Of a built-in rule only the head is read; see [`Rule::whole`].
    pub file: RuleFile,
    /// What renderers need of it.
    pub info: Arc<RuleInfo>,
    finder: Finder,
    /// The text of a built-in rule file.
    text: Option<&'static str>,
}

impl Rule {
    /// The whole rule file, prose and examples included: what `explain` and the pages show.
    pub fn whole(&self) -> RuleFile {
        self.text
            .and_then(|text| RuleFile::parse(text).ok())
            .unwrap_or_else(|| self.file.clone())
    }

    /// Joins the head of a built-in rule file to its check, or compiles its declaration.
    fn built_in(row: &'static check::Row) -> Result<Self, RuleFileError> {
        Rule::new(RuleFile::parse_head(row.yaml)?, row.check, Some(row.yaml))
    }

    /// A user's rule.
    fn own(text: &str) -> Result<Self, RuleFileError> {
        Rule::new(RuleFile::parse(text)?, None, None)
    }

    fn new(
        file: RuleFile,
        check: Option<Check>,
        text: Option<&'static str>,
    ) -> Result<Self, RuleFileError> {
        let finder = match (check, file.each) {
            (Some(check), _) => Finder::Check(check),
            (None, Some(each)) => Finder::Declaration(Declaration::compile(&file, each)?),
            (None, None) => Finder::Elsewhere,
        };
        Ok(Rule {
            info: Arc::new(file.info()),
            file,
            finder,
            text,
        })
    }

    /// Whether `text` names this rule: its code, its name, or the beginning of its code (`ECR5`).
    pub fn is_named(&self, text: &str) -> bool {
        let upper = text.to_ascii_uppercase();
        text == self.file.name || (!text.is_empty() && self.file.code.starts_with(&upper))
    }
}

/// Every rule of a run: the built-in ones and the user's own.
pub struct Registry {
    rules: Vec<Rule>,
}

/// Why a registry could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryError {
    /// The rule file's path.
    pub path: String,
    /// What is wrong with it.
    pub error: RuleFileError,
}

impl std::fmt::Display for RegistryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        if let Some((line, column)) = self.error.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.error.message)
    }
}

impl Registry {
    /// The built-in rules.
    ///
    /// # Errors
    /// Never in a released binary: a test loads every built-in rule file.
    pub fn built_in() -> Result<Self, RegistryError> {
        let mut rules = Vec::with_capacity(check::ROWS.len());
        for row in check::ROWS {
            rules.push(Rule::built_in(row).map_err(|error| RegistryError {
                path: "built-in rule".to_string(),
                error,
            })?);
        }
        Ok(Registry { rules })
    }

    /// Adds a user's rule file.
    ///
    /// # Errors
    /// If the file is broken, names a check (only built-in rules may), or takes a code or name that is in use.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), RegistryError> {
        let wrong = |message: String| RegistryError {
            path: path.to_string(),
            error: RuleFileError { message, at: None },
        };
        let rule = Rule::own(text).map_err(|error| RegistryError {
            path: path.to_string(),
            error,
        })?;
        if rule.file.check.is_some() {
            return Err(wrong(
                "only built-in rules may name a `check`; use `each`".to_string(),
            ));
        }
        let taken = self
            .rules
            .iter()
            .any(|other| other.file.code == rule.file.code || other.file.name == rule.file.name);
        if taken {
            return Err(wrong(format!(
                "there is already a rule `{}` or `{}`",
                rule.file.code, rule.file.name
            )));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// The rules, in order of code for the built-in ones.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this code or name, in any case.
    pub fn find(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| {
            rule.file.code.eq_ignore_ascii_case(name) || rule.file.name.eq_ignore_ascii_case(name)
        })
    }

    /// The code or name of a rule that `text` may have been meant to be.
    pub fn nearest(&self, text: &str) -> Option<String> {
        let names = self
            .rules
            .iter()
            .flat_map(|rule| [rule.file.code.as_str(), rule.file.name.as_str()]);
        crate::catalog::nearest::nearest(text, names).map(str::to_string)
    }

    /// Whether `text` names at least one rule: a code, a name or the beginning of a code.
    pub fn names_any(&self, text: &str) -> bool {
        self.rules.iter().any(|rule| rule.is_named(text))
    }

    /// Runs every rule that `selection` wants over the workspace. The findings are in order of rule, then as found.
    pub fn run(
        &self,
        workspace: &Workspace,
        proofs: &Proofs,
        selection: &Selection,
    ) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let denials = OnceCell::new();
        let mut views = select::Views::default();
        let documents = Documents::of(workspace);
        for rule in self.rules.iter().filter(|rule| selection.wants(rule)) {
            let cx = Context {
                rule: &rule.info,
                workspace,
                documents: &documents,
                proofs,
                denials: &denials,
            };
            let mut out = Vec::new();
            match &rule.finder {
                Finder::Check(check) => check(&cx, &mut out),
                Finder::Declaration(declaration) => declaration.check(&cx, &mut views, &mut out),
                Finder::Elsewhere => {}
            }
            found.extend(out.into_iter().filter_map(|one| selection.judge(rule, one)));
        }
        found
    }
}

/// Which rules run and which findings are heard.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The profile.
    pub profile: Profile,
    /// If not empty, only these rules (codes, names or beginnings of codes), whatever the profile.
    pub select: Vec<String>,
    /// Never these.
    pub ignore: Vec<String>,
    /// Severities that the user set, by code; `None` switches the rule off.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// Findings less sure than this are not heard.
    pub min_confidence: Option<Confidence>,
}

impl Selection {
    /// Whether the rule runs.
    pub fn wants(&self, rule: &Rule) -> bool {
        let named = |list: &[String]| list.iter().any(|text| rule.is_named(text));
        if named(&self.ignore) || self.severity.get(&rule.file.code) == Some(&None) {
            return false;
        }
        if self.select.is_empty() {
            rule.file.profile <= self.profile || self.severity.contains_key(&rule.file.code)
        } else {
            named(&self.select)
        }
    }

    /// The finding as it is to be heard, or `None`: a user's severity is put in place, and notes are left to the pedantic
    /// profile and to rules that were asked for by name.
    fn judge(&self, rule: &Rule, mut finding: Diagnostic) -> Option<Diagnostic> {
        if let Some(Some(severity)) = self.severity.get(&rule.file.code) {
            finding.severity = *severity;
        }
        if self
            .min_confidence
            .is_some_and(|least| finding.confidence < least)
        {
            return None;
        }
        let asked_for = !self.select.is_empty() || self.severity.contains_key(&rule.file.code);
        let too_small =
            finding.severity == Severity::Note && self.profile != Profile::Pedantic && !asked_for;
        (!too_small).then_some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_file_loads() {
        let registry = Registry::built_in().expect("built-in rules");
        assert!(!registry.rules().is_empty());
    }

    #[test]
    fn a_rule_is_named_by_code_name_and_family() {
        let registry = Registry::built_in().expect("built-in rules");
        let rule = registry.find("ecr901").expect("ECR901");
        assert!(
            rule.is_named("ECR9") && rule.is_named("ecr901") && rule.is_named("broken-document")
        );
        assert!(!rule.is_named("broken") && !rule.is_named("ECR1") && !rule.is_named(""));
    }
}
