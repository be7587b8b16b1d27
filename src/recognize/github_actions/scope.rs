//! What the variables of a step hold: the `env:` blocks around it and what earlier steps wrote for it.

use super::expressions::{self, Lookup};
use crate::model::pipeline::EnvVar;
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::Node;
use std::collections::BTreeMap;

/// The variables and step outputs in force at one step of a job.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// `env:` of the workflow and over it that of the job.
    outer: BTreeMap<String, Template>,
    /// What earlier steps wrote to `$GITHUB_ENV`; `None` where it cannot be known.
    written: BTreeMap<String, Option<Template>>,
    /// Whether an earlier step may have written names that are not in sight.
    is_open: bool,
    /// Whether an action that is not in sight may have set the variables of the AWS SDK.
    has_hidden_aws: bool,
    /// `env:` of the step.
    step: BTreeMap<String, Template>,
    /// Outputs of earlier steps by their reference (`steps.meta.outputs.tags`); `None` where several values are
    /// possible.
    outputs: BTreeMap<String, Option<Template>>,
}

impl Scope {
    /// Adds the variables of a workflow or job around its steps.
    pub(super) fn surround(&mut self, env: &[EnvVar]) {
        for variable in env {
            self.outer
                .insert(variable.name.value.clone(), variable.value.value.clone());
        }
    }

    /// Puts the variables of a step in force, in place of those of the step before.
    pub(super) fn enter(&mut self, env: &[EnvVar]) {
        self.step = env
            .iter()
            .map(|variable| (variable.name.value.clone(), variable.value.value.clone()))
            .collect();
    }

    /// What a variable of the step's processes holds; `None` where the file does not tell.
    pub(super) fn variable(&self, name: &str) -> Option<Template> {
        if let Some(value) = self.step.get(name) {
            return Some(value.clone());
        }
        if let Some(value) = self.written.get(name) {
            return value.clone();
        }
        if self.is_open || (self.has_hidden_aws && is_set_by_credentials(name)) {
            return None;
        }
        self.outer.get(name).cloned()
    }

    /// Every variable whose value is known.
    pub(super) fn known(&self) -> BTreeMap<String, Template> {
        let names = self
            .step
            .keys()
            .chain(self.written.keys())
            .chain(self.outer.keys());
        names
            .filter_map(|name| Some((name.clone(), self.variable(name)?)))
            .collect()
    }

    /// A variable that later steps see. What is written only in some cases is not known.
    pub(super) fn write(&mut self, name: &str, value: Option<Template>, is_certain: bool) {
        let value = value.filter(|_| is_certain);
        self.written.insert(name.to_string(), value);
    }

    /// An output of the step `id`.
    pub(super) fn output(
        &mut self,
        id: &str,
        name: &str,
        value: Option<Template>,
        is_certain: bool,
    ) {
        let key = format!("steps.{id}.outputs.{name}");
        let is_first = !self.outputs.contains_key(&key);
        let value = value.filter(|_| is_certain && is_first);
        self.outputs.insert(key, value);
    }

    /// From here on any variable may have been written.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// From here on the variables of the AWS SDK may have been set by an action that is not in sight.
    pub(super) fn hide_aws(&mut self) {
        self.has_hidden_aws = true;
        self.written.retain(|name, _| !is_set_by_credentials(name));
    }

    /// The text of a scalar with its expressions resolved; `None` for null, lists and maps.
    pub(super) fn template(&self, node: &Node<'_>) -> Option<Spanned<Template>> {
        node.as_str()
            .map(|text| Spanned::new(expressions::resolve(text, self), node.place()))
    }

    /// The variables of an `env:` or `with:` block.
    pub(super) fn variables(&self, block: Option<&Node<'_>>) -> Vec<EnvVar> {
        let entries = block.map_or(&[][..], |node| node.entries());
        entries
            .iter()
            .filter_map(|entry| {
                let value = if entry.value.is_null() {
                    Spanned::new(Template::default(), entry.value.place())
                } else {
                    self.template(&entry.value)?
                };
                Some(EnvVar {
                    name: Spanned::new(entry.key.value.to_string(), entry.key.loc),
                    value,
                })
            })
            .collect()
    }
}

/// The variables that `configure-aws-credentials`, and so any action that calls it, sets for later steps.
fn is_set_by_credentials(name: &str) -> bool {
    matches!(
        name,
        "AWS_REGION"
            | "AWS_DEFAULT_REGION"
            | "AWS_ACCESS_KEY_ID"
            | "AWS_SECRET_ACCESS_KEY"
            | "AWS_SESSION_TOKEN"
    )
}

impl Lookup for Scope {
    fn value(&self, reference: &str) -> Option<Template> {
        match reference.split_once('.') {
            Some(("env", name)) => self.variable(name),
            Some(("steps", _)) => self.outputs.get(reference).cloned().flatten(),
            _ => None,
        }
    }
}
