//! The policies of a run as rules ask them: each document is compiled when the first question is put to it, and only then.

use crate::iam::Alone;
use crate::link::Workspace;
use crate::model::policy::Policy;
use std::cell::OnceCell;
use std::ops::Deref;

/// What the documents of a workspace were compiled to, in the order of its policies.
#[derive(Debug)]
pub struct Documents(Vec<OnceCell<Alone>>);

impl Documents {
    /// Of a workspace; nothing is compiled yet.
    pub fn of(workspace: &Workspace) -> Documents {
        let policies = &workspace.facts.policies;
        Documents(policies.iter().map(|_| OnceCell::new()).collect())
    }

    /// The policies of that same workspace, in order.
    pub(super) fn policies<'a>(
        &'a self,
        workspace: &'a Workspace,
    ) -> impl Iterator<Item = AskedPolicy<'a>> + use<'a> {
        let policies = workspace.facts.policies.iter().zip(&self.0);
        policies.map(|(policy, alone)| AskedPolicy { policy, alone })
    }
}

/// A policy, and the engine's answers about its document.
#[derive(Clone, Copy)]
pub struct AskedPolicy<'a> {
    policy: &'a Policy,
    alone: &'a OnceCell<Alone>,
}

impl AskedPolicy<'_> {
    /// The document, asked by itself. Every rule that wants to know what is granted asks this.
    pub fn alone(&self) -> &Alone {
        self.alone.get_or_init(|| Alone::new(&self.policy.document))
    }
}

impl Deref for AskedPolicy<'_> {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        self.policy
    }
}
