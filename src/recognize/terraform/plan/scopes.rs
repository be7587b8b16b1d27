//! Which account and Region each provider of a plan deploys to.

use super::Resource;
use super::configuration::Configuration;
use crate::model::origin::Scope;
use crate::model::template::Template;
use crate::recognize::terraform::instance::Mode;
use crate::recognize::terraform::lower;
use crate::tree::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A scope for each configuration of a provider, by its key: `aws`, `aws.east`.
pub(super) fn scopes(
    path: &str,
    root: &Node<'_>,
    resources: &[Resource<'_, '_>],
    configuration: &Configuration<'_, '_>,
) -> BTreeMap<String, Arc<Scope>> {
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for resource in resources {
        let key = resource.provider(configuration);
        seen.entry(key).or_default().look_at(resource);
    }
    seen.into_iter()
        .map(|(key, seen)| {
            let label = match key {
                "aws" => path.to_string(),
                _ => format!("{path} ({key})"),
            };
            let provider = configuration.provider(key);
            let argument = |name: &str| constant(provider?.get(name)?, root);
            let account = seen
                .account()
                .or_else(|| argument("allowed_account_ids").filter(|one| is_account(one)));
            let region = argument("region").or_else(|| only(&seen.regions));
            let mut scope = Scope::unknown(&label);
            if let Some(partition) = only(&seen.partitions) {
                scope.partition = Template::literal(partition);
            }
            let scope = scope.located(
                account.map(Template::literal),
                region.map(Template::literal),
            );
            (key.to_string(), Arc::new(scope))
        })
        .collect()
}

/// What the resources of one provider tell.
#[derive(Default)]
struct Seen<'n> {
    /// Who data sources say we are.
    callers: BTreeSet<&'n str>,
    /// The accounts in ARNs of what the deployment owns.
    owners: BTreeSet<&'n str>,
    regions: BTreeSet<&'n str>,
    partitions: BTreeSet<&'n str>,
}

impl<'n> Seen<'n> {
    fn look_at(&mut self, resource: &Resource<'n, '_>) {
        let text = |name: &str| resource.values?.get(name)?.as_str();
        if resource.kind == "aws_caller_identity" {
            self.callers.extend(text("account_id"));
        }
        if resource.mode == Mode::Data || !lower::has_arn(resource.kind) {
            return;
        }
        let mut parts = text("arn").unwrap_or("").splitn(6, ':');
        if parts.next() != Some("arn") {
            return;
        }
        self.partitions
            .extend(parts.next().filter(|one| !one.is_empty()));
        let mut parts = parts.skip(1);
        // A resource may name a Region of its own.
        let own = text("region").is_some();
        self.regions
            .extend(parts.next().filter(|one| !one.is_empty() && !own));
        self.owners
            .extend(parts.next().filter(|one| is_account(one)));
    }

    fn account(&self) -> Option<String> {
        if self.callers.is_empty() {
            only(&self.owners)
        } else {
            only(&self.callers)
        }
    }
}

/// The value, if there is but one.
fn only(values: &BTreeSet<&str>) -> Option<String> {
    match values.len() {
        1 => values.first().map(|one| one.to_string()),
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text of an expression that is a constant, a list of one, or a variable of the root module.
fn constant(expression: &Node<'_>, root: &Node<'_>) -> Option<String> {
    let value = match expression.get("constant_value") {
        Some(value) => value,
        None => {
            let [reference] = expression.get("references")?.items() else {
                return None;
            };
            let variable = reference.as_str()?.strip_prefix("var.")?;
            root.get("variables")?.get(variable)?.get("value")?
        }
    };
    let [one] = value.one_or_many() else {
        return None;
    };
    one.as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_string)
}
