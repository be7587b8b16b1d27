//! Settings of private registries, found by the registry that they are for: its policy, pull through cache rules, templates
//! for the repositories that ECR makes by itself.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-settings.html>

use super::repositories::differ;
use crate::model::Facts;
use crate::model::image::EcrRegistry;
use crate::model::repository::{RegistrySetting, RegistrySettingKind};
use crate::model::template::Template;
use std::collections::BTreeMap;

/// What a template for repositories is for, as its `AppliedFor` says it.
pub const CREATE_ON_PUSH: &str = "CREATE_ON_PUSH";
/// The same for repositories that a pull through cache rule fills.
pub const PULL_THROUGH_CACHE: &str = "PULL_THROUGH_CACHE";

/// The prefix that means every repository that no other prefix is for.
pub const ROOT: &str = "ROOT";

/// Most registries that one whose account or Region is open is compared with; it may be any of more, so none is said to be it.
const MOST_REGISTRIES: usize = 64;

/// The settings in sight, by registry.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    by_registry: BTreeMap<(Template, Template), Vec<usize>>,
}

/// Whether a setting is for the registry that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is: account and Region are the same, known or not.
    Same,
    /// It may be: what is known of both does not differ.
    Open,
}

impl Registries {
    /// Joins the settings of the facts.
    #[must_use]
    pub fn new(facts: &Facts) -> Registries {
        let mut by_registry: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, setting) in facts.registry_settings.iter().enumerate() {
            let scope = &setting.origin.scope;
            let key = (scope.account.clone(), scope.region.clone());
            by_registry.entry(key).or_default().push(at);
        }
        Registries { by_registry }
    }

    /// The settings of the registry of an account in a Region, with their indices in [`Facts::registry_settings`].
    pub fn settings<'f>(
        &self,
        facts: &'f Facts,
        account: &Template,
        region: &Template,
    ) -> Vec<(Fit, usize, &'f RegistrySetting)> {
        let mut found = Vec::new();
        let mut add = |fit: Fit, indices: &[usize]| {
            let settings = indices.iter().filter_map(|at| {
                let setting = facts.registry_settings.get(*at)?;
                Some((fit, *at, setting))
            });
            found.extend(settings);
        };
        let own = (account.clone(), region.clone());
        if let Some(indices) = self.by_registry.get(&own) {
            add(Fit::Same, indices);
        }
        for (registry, indices) in self.by_registry.iter().take(MOST_REGISTRIES) {
            let is_possible = !differ(&registry.0, account) && !differ(&registry.1, region);
            if *registry != own && is_possible {
                add(Fit::Open, indices);
            }
        }
        found
    }

    /// The pull through cache rule that an image is pulled through, as an index of [`Facts::registry_settings`]: of those
    /// whose prefix its repository lies under the one with the longest, in a registry that may be its own.
    ///
    /// A rule for [`ROOT`] is none: whether it is for a repository depends on what lies in the registry already.
    #[must_use]
    pub fn cache(
        &self,
        facts: &Facts,
        registry: &EcrRegistry,
        repository: &Template,
    ) -> Option<usize> {
        let name = repository.prefix();
        self.settings(facts, &registry.account, &registry.region)
            .into_iter()
            .filter(|(_, _, setting)| setting.origin.is_certain)
            .filter_map(|(fit, at, setting)| match &setting.kind {
                RegistrySettingKind::PullThroughCache { prefix, .. } => {
                    let prefix = prefix.value.as_literal()?;
                    is_under(name, prefix).then_some((std::cmp::Reverse(prefix.len()), fit, at))
                }
                _ => None,
            })
            .min()
            .map(|(_, _, at)| at)
    }
}

/// Whether a repository's name, or what is known of its beginning, lies under a prefix: there is always a `/` behind it
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html>).
#[must_use]
pub fn is_under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix.trim_end_matches('/'))
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a template's prefix may be for a repository of this name.
#[must_use]
pub fn may_be_for(prefix: &Template, name: &str) -> bool {
    match prefix.as_literal() {
        Some(ROOT) => true,
        Some(prefix) => is_under(name, prefix),
        None => name.starts_with(prefix.prefix()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::ImageRef;
    use crate::model::origin::{Origin, Scope};
    use crate::source::{Loc, Spanned};
    use std::sync::Arc;

    fn rule(prefix: &str, account: Option<&str>, region: &str) -> RegistrySetting {
        let scope = Scope::unknown("t").located(
            account.map(Template::literal),
            Some(Template::literal(region)),
        );
        RegistrySetting {
            origin: Origin {
                loc: Loc::NOWHERE,
                label: prefix.to_string(),
                scope: Arc::new(scope),
                is_certain: true,
            },
            kind: RegistrySettingKind::PullThroughCache {
                prefix: Spanned::new(Template::literal(prefix), Loc::NOWHERE),
                upstream: None,
                credential: None,
            },
        }
    }

    #[test]
    fn an_image_is_pulled_through_the_rule_with_the_longest_prefix() {
        let facts = Facts {
            registry_settings: vec![
                rule("hub", None, "eu-west-1"),
                rule("hub/team", None, "eu-west-1"),
                rule("hub", Some("444455556666"), "eu-west-1"),
                rule(ROOT, None, "eu-west-1"),
            ],
            ..Facts::default()
        };
        let registries = Registries::new(&facts);
        let cache = |text: &str| {
            let image = ImageRef::parse(&Template::literal(text)).expect("an image");
            registries.cache(&facts, image.ecr().expect("of ECR"), &image.repository)
        };
        let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        for (image, expected) in [
            (format!("{host}/hub/library/nginx:1"), Some(0)),
            (format!("{host}/hub/team/app:1"), Some(1)),
            (format!("{host}/hubble/app:1"), None),
            (format!("{host}/hub:1"), None),
            (
                "111122223333.dkr.ecr.us-east-1.amazonaws.com/hub/x:1".to_string(),
                None,
            ),
            (
                "444455556666.dkr.ecr.eu-west-1.amazonaws.com/hub/x:1".to_string(),
                Some(2),
            ),
        ] {
            assert_eq!(cache(&image), expected, "{image}");
        }
    }

    #[test]
    fn a_prefix_ends_before_a_slash() {
        let literal = |prefix: &str| Template::literal(prefix);
        for (prefix, name, expected) in [
            (literal("a"), "a/b", true),
            (literal("a/"), "a/b", true),
            (literal("a"), "ab", false),
            (literal(ROOT), "anything", true),
            (Template::hole("x", "x"), "anything", true),
        ] {
            assert_eq!(may_be_for(&prefix, name), expected, "{prefix} {name}");
        }
    }
}
