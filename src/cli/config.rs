//! `.ecrlint.yaml`: what a repository says about how it wants to be linted.
//!
//! Read with serde for types, and with our own tree for places: whatever is wrong is said with line and column, and an
//! unknown name with the nearest valid one. Only keys that have an effect are known.

mod date;
mod linking;

use crate::catalog::nearest::nearest;
use crate::diag::ignore::ConfigIgnore;
use crate::diag::{Confidence, Severity};
use crate::lint::owners::Owners;
use crate::model::home::Homes;
use crate::model::policy::Layer;
use crate::rules::Registry;
use crate::rules::meta::Profile;
use crate::source::path_pattern::PathPattern;
use crate::source::{FileId, SourceFile, Span};
use crate::tree::{self, Node, Syntax};
pub use date::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The name of the file.
pub const FILE_NAMES: &[&str] = &[".ecrlint.yaml", ".ecrlint.yml"];

/// The configuration of a run, checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file, as it is shown; `None` if there is none.
    pub file: Option<SourceFile>,
    /// The profile.
    pub profile: Option<Profile>,
    /// Rules to run: codes, names, beginnings of codes.
    pub select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// Findings not to hear.
    pub ignores: Vec<ConfigIgnore>,
    /// The least severity that fails; the inner `None` is `never`.
    pub fail_on: Option<Option<Severity>>,
    /// The least confidence that is heard.
    pub min_confidence: Option<Confidence>,
    /// Severities by code; `None` switches a rule off.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// Paths that walks leave out.
    pub exclude: Vec<PathPattern>,
    /// Folders with rules of the user's own.
    pub rules: Vec<PathBuf>,
    /// Layers of policy files.
    pub layers: Vec<(PathPattern, Layer)>,
    /// Accounts and Regions of files.
    pub homes: Homes,
    /// Whom policy files belong to.
    pub owners: Owners,
}

/// What is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it is shown.
    pub path: String,
    /// 1-based line and column, where they are known.
    pub at: Option<(usize, usize)>,
    /// What is wrong, in one line.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Looks for the configuration from `folder` up to the top of its git repository; outside of one, only in `folder`.
pub fn find(folder: &Path) -> Option<PathBuf> {
    let in_folder = |folder: &Path| {
        FILE_NAMES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
    };
    let Some(top) = folder.ancestors().find(|above| above.join(".git").exists()) else {
        return in_folder(folder);
    };
    folder
        .ancestors()
        .take_while(|above| above.starts_with(top))
        .find_map(in_folder)
}

/// Where a configuration stands and what it is read with.
pub struct Reading<'a> {
    /// Its path, as it is shown.
    pub shown: String,
    /// Its folder: paths in it are relative to this.
    pub folder: PathBuf,
    /// The working directory, absolute.
    pub working_directory: &'a Path,
    /// Today.
    pub today: Date,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    profile: Option<Profile>,
    select: Vec<String>,
    ignore: Vec<serde_yaml::Value>,
    fail_on: Option<FailOn>,
    min_confidence: Option<Confidence>,
    severity: BTreeMap<String, SeverityOrOff>,
    exclude: Vec<String>,
    rules: Vec<PathBuf>,
    layers: serde_yaml::Mapping,
    // Read from the tree, which knows places and what digits were written.
    accounts: serde_yaml::Value,
    regions: serde_yaml::Value,
    roles: serde_yaml::Value,
    repositories: serde_yaml::Value,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SeverityOrOff {
    Error,
    Warning,
    Note,
    Off,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenIgnore {
    rule: String,
    path: Option<String>,
    sid: Option<String>,
    reason: String,
    until: Option<String>,
}

const LAYERS: &[(&str, Layer)] = &[
    ("identity", Layer::Identity),
    ("boundary", Layer::Boundary),
    ("session", Layer::Session),
    ("service-control", Layer::ServiceControl),
    ("resource-control", Layer::ResourceControl),
    ("trust", Layer::Trust),
    ("repository", Layer::Repository),
    ("registry", Layer::Registry),
    ("endpoint", Layer::Endpoint),
];

/// Reads the text of a configuration file.
///
/// # Errors
/// If it is not YAML, a key or a value is unknown, or a pattern or a date is none.
pub fn read(text: &str, reading: &Reading<'_>) -> Result<Config, ConfigError> {
    let file = SourceFile::new(reading.shown.clone(), text);
    let parsed = tree::parse(FileId::NONE, text, Syntax::Yaml);
    let reader = Reader {
        file: &file,
        root: parsed.documents.first().map(|document| &document.root),
        reading,
    };
    let written = reader.written(text)?;
    let mut config = Config {
        profile: written.profile,
        fail_on: written.fail_on.map(|fail_on| match fail_on {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }),
        min_confidence: written.min_confidence,
        rules: written
            .rules
            .iter()
            .map(|folder| reading.folder.join(folder))
            .collect(),
        select: written.select,
        ..Config::default()
    };
    for (at, entry) in written.ignore.into_iter().enumerate() {
        reader.ignore(at, entry, &mut config)?;
    }
    for (rule, severity) in written.severity {
        let severity = match severity {
            SeverityOrOff::Error => Some(Severity::Error),
            SeverityOrOff::Warning => Some(Severity::Warning),
            SeverityOrOff::Note => Some(Severity::Note),
            SeverityOrOff::Off => None,
        };
        config.severity.insert(rule, severity);
    }
    for (at, pattern) in written.exclude.iter().enumerate() {
        config
            .exclude
            .push(reader.pattern(pattern, reader.item("exclude", at))?);
    }
    for (pattern, layer) in &written.layers {
        config.layers.push(reader.layer(pattern, layer)?);
    }
    config.homes = reader.homes()?;
    config.owners = reader.owners()?;
    config.file = Some(file);
    Ok(config)
}

impl Config {
    /// Checks the names of rules, and turns names under `severity` into codes.
    ///
    /// # Errors
    /// If a name is no rule's.
    pub fn resolve(&mut self, registry: &Registry) -> Result<(), ConfigError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let parsed = tree::parse(FileId::NONE, &file.text, Syntax::Yaml);
        let root = parsed.documents.first().map(|document| &document.root);
        let unknown = |name: &str, node: Option<Span>| ConfigError {
            path: file.path.clone(),
            at: node.map(|span| place(file, span)),
            message: unknown_rule(name, registry),
        };
        for (key, names) in [("select", &self.select), ("ignore", &self.ignore)] {
            for name in names {
                if !registry.names_any(name) {
                    return Err(unknown(
                        name,
                        root.and_then(|root| item_of_text(root, key, name)),
                    ));
                }
            }
        }
        let mut severity = BTreeMap::new();
        for (name, value) in &self.severity {
            let named = registry.rules().iter().filter(|rule| rule.is_named(name));
            let codes: Vec<String> = named.map(|rule| rule.file.code.clone()).collect();
            if codes.is_empty() {
                let key = root
                    .and_then(|root| root.get("severity"))
                    .and_then(|map| map.entry(name));
                return Err(unknown(name, key.map(|entry| entry.key.loc.span)));
            }
            severity.extend(codes.into_iter().map(|code| (code, *value)));
        }
        self.severity = severity;
        Ok(())
    }
}

/// Why a name is no rule's, with the nearest that is.
pub fn unknown_rule(name: &str, registry: &Registry) -> String {
    let name_shown = crate::diag::quote(name);
    match registry.nearest(name) {
        Some(near) => format!("there is no rule {name_shown}; did you mean `{near}`?"),
        None => format!("there is no rule {name_shown}; `ecrlint rules` lists them"),
    }
}

fn item_of_text(root: &Node<'_>, key: &str, text: &str) -> Option<Span> {
    let items = root.get(key)?.items();
    items
        .iter()
        .find(|item| item.as_str() == Some(text))
        .map(|item| item.loc.span)
}

fn place(file: &SourceFile, span: Span) -> (usize, usize) {
    let at = file.position(span.start);
    (at.line, at.column)
}

struct Reader<'a> {
    file: &'a SourceFile,
    root: Option<&'a Node<'a>>,
    reading: &'a Reading<'a>,
}

impl Reader<'_> {
    fn wrong(&self, span: Option<Span>, message: impl Into<String>) -> ConfigError {
        ConfigError {
            path: self.reading.shown.clone(),
            at: span.map(|span| place(self.file, span)),
            message: message.into(),
        }
    }

    fn item(&self, key: &str, at: usize) -> Option<Span> {
        self.root?
            .get(key)?
            .items()
            .get(at)
            .map(|item| item.loc.span)
    }

    fn written(&self, text: &str) -> Result<Written, ConfigError> {
        if self.root.is_none_or(Node::is_null)
            && serde_yaml::from_str::<serde_yaml::Value>(text).is_ok_and(|value| value.is_null())
        {
            return Ok(Written::default());
        }
        serde_yaml::from_str(text).map_err(|error| {
            let (message, unknown) = explain(&error.to_string());
            // serde gives the place of the map around an unknown key; the tree knows the key.
            let key =
                unknown.and_then(|name| self.root?.entry(&name).map(|entry| entry.key.loc.span));
            let mut wrong = self.wrong(key, message);
            if wrong.at.is_none() {
                wrong.at = error.location().map(|at| (at.line(), at.column()));
            }
            wrong
        })
    }

    fn ignore(
        &self,
        at: usize,
        entry: serde_yaml::Value,
        config: &mut Config,
    ) -> Result<(), ConfigError> {
        let span = self.item("ignore", at);
        if let serde_yaml::Value::String(rule) = entry {
            config.ignore.push(rule);
            return Ok(());
        }
        if !entry.is_mapping() {
            return Err(self.wrong(
                span,
                "an entry of `ignore` is a rule, or a map with `rule` and `reason`",
            ));
        }
        let written: WrittenIgnore = serde_yaml::from_value(entry).map_err(|error| {
            let (message, unknown) = explain(&error.to_string());
            let node = self
                .root
                .and_then(|root| root.get("ignore")?.items().get(at));
            let key = unknown.and_then(|name| node?.entry(&name).map(|entry| entry.key.loc.span));
            self.wrong(key.or(span), message)
        })?;
        let of = |key: &str| {
            let node = self
                .root
                .and_then(|root| root.get("ignore")?.items().get(at)?.get(key));
            node.map(|node| node.loc.span).or(span)
        };
        if written.reason.trim().is_empty() {
            return Err(self.wrong(
                of("reason"),
                "`reason` is empty: say why the finding may be ignored",
            ));
        }
        let until = match &written.until {
            None => None,
            Some(text) => Some(Date::parse(text).ok_or_else(|| {
                self.wrong(
                    of("until"),
                    format!(
                        "{} is no date such as `2027-01-31`",
                        crate::diag::quote(text)
                    ),
                )
            })?),
        };
        let path = written
            .path
            .as_deref()
            .map(|pattern| self.pattern(pattern, of("path")))
            .transpose()?;
        config.ignores.push(ConfigIgnore {
            rule: written.rule,
            path,
            sid: written.sid,
            reason: written.reason,
            ended: until
                .filter(|until| *until < self.reading.today)
                .map(|until| until.to_string()),
            span: span.unwrap_or_default(),
        });
        Ok(())
    }

    fn pattern(&self, text: &str, span: Option<Span>) -> Result<PathPattern, ConfigError> {
        PathPattern::new(text)
            .map(|pattern| pattern.seen_from(&self.reading.folder, self.reading.working_directory))
            .map_err(|why| {
                self.wrong(
                    span,
                    format!("{} is not a pattern: {why}", crate::diag::quote(text)),
                )
            })
    }

    fn layer(
        &self,
        pattern: &serde_yaml::Value,
        layer: &serde_yaml::Value,
    ) -> Result<(PathPattern, Layer), ConfigError> {
        let (Some(pattern), Some(layer)) = (pattern.as_str(), layer.as_str()) else {
            let span = self
                .root
                .and_then(|root| root.get("layers"))
                .map(|node| node.loc.span);
            return Err(self.wrong(
                span,
                "`layers` maps path patterns to layers, such as `'scp/*.json': service-control`",
            ));
        };
        let entry = self
            .root
            .and_then(|root| root.get("layers")?.entry(pattern));
        let names = || LAYERS.iter().map(|(name, _)| *name);
        let Some((_, layer)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            let known = names()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let hint = match nearest(layer, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {known}"),
            };
            let message = format!("there is no layer {}; {hint}", crate::diag::quote(layer));
            return Err(self.wrong(entry.map(|entry| entry.value.loc.span), message));
        };
        let pattern = self.pattern(pattern, entry.map(|entry| entry.key.loc.span))?;
        Ok((pattern, *layer))
    }
}

/// serde's complaint in our words, and the unknown key it is about.
fn explain(complaint: &str) -> (String, Option<String>) {
    let plain = complaint.split(" at line ").next().unwrap_or(complaint);
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    for (kind, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        let Some((_, rest)) = plain.split_once(kind) else {
            continue;
        };
        let Some((name, expected)) = rest.split_once('`') else {
            continue;
        };
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "known are {}",
                known
                    .iter()
                    .map(|one| format!("`{one}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let shown = crate::diag::quote(name);
        return (
            format!("unknown {what} {shown}; {hint}"),
            (what == "key").then(|| name.to_string()),
        );
    }
    (crate::source::redact::visible(&plain), None)
}

#[cfg(test)]
mod tests;
