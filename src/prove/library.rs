//! The policies that flows may meet, compiled once however many requests meet them.

use crate::iam::Compiled;
use crate::link::Workspace;
use crate::link::repositories::RepositoryRule;
use crate::model::endpoint::EndpointPartKind;
use crate::model::policy::Policy;
use crate::model::repository::RegistrySettingKind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every policy that a flow may meet, compiled once.
#[derive(Debug, Default)]
pub struct Library {
    compiled: BTreeMap<usize, Compiled>,
    /// Allows everything: the rights of a caller that are nobody's affair here.
    everything: Option<(Arc<Policy>, Compiled)>,
}

impl Library {
    /// Compiles what linking found.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Library {
        let mut library = Library::default();
        if workspace.flows.is_empty() {
            return library;
        }
        let everything = Arc::new(Policy::allowing_everything());
        let compiled = Compiled::new(&everything.document);
        library.everything = Some((everything, compiled));
        for set in &workspace.principals.sets {
            for granted in &set.policies {
                library.add(&granted.policy);
            }
            if let Some(policy) = set.boundary.as_ref().and_then(|one| one.policy.as_ref()) {
                library.add(policy);
            }
        }
        for role in &workspace.facts.roles {
            if let Some(trust) = &role.trust {
                library.add(trust);
            }
        }
        for rule in &workspace.repositories.policies {
            if let RepositoryRule::Policy(policy) = rule {
                library.add(policy);
            }
        }
        for setting in &workspace.facts.registry_settings {
            match &setting.kind {
                RegistrySettingKind::Policy(Some(policy))
                | RegistrySettingKind::CreationTemplate {
                    policy: Some(policy),
                    ..
                } => library.add(policy),
                _ => {}
            }
        }
        for endpoint in &workspace.facts.endpoints {
            if let Some(policy) = &endpoint.policy {
                library.add(policy);
            }
        }
        for part in &workspace.facts.endpoint_parts {
            if let EndpointPartKind::Policy(Some(policy)) = &part.kind {
                library.add(policy);
            }
        }
        library
    }

    fn add(&mut self, policy: &Arc<Policy>) {
        self.compiled
            .entry(key(policy))
            .or_insert_with(|| Compiled::new(&policy.document));
    }

    /// A policy as it was compiled; `None` of one that linking did not find.
    #[must_use]
    pub fn get(&self, policy: &Arc<Policy>) -> Option<&Compiled> {
        self.compiled.get(&key(policy))
    }

    /// What allows everything.
    #[must_use]
    pub fn everything(&self) -> Option<&(Arc<Policy>, Compiled)> {
        self.everything.as_ref()
    }
}

fn key(policy: &Arc<Policy>) -> usize {
    Arc::as_ptr(policy) as usize
}
