//! One cause, one finding: links that one edit would mend are one denial.

use super::super::super::Context;
use super::{Cause, Denial};
use crate::link::flow::{Step, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one finding can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    Everything,
    Images,
    Layers,
    Logs,
    Secrets,
    Exec,
    Calls,
    Alone(usize),
}

/// Puts together what one edit would mend: the links of one principal that miss the same grant, or hit the same Deny.
pub(super) fn fold<'a>(cx: &Context<'a>, found: Vec<Denial<'a>>) -> Vec<Denial<'a>> {
    let mut firsts = BTreeMap::new();
    let mut folded: Vec<Denial<'a>> = Vec::with_capacity(found.len());
    for (at, denial) in found.into_iter().enumerate() {
        // A policy of the endpoint or the registry speaks of whoever comes.
        let role = match denial.cause {
            Cause::Endpoint | Cause::Registry => None,
            _ => denial.refusal().and_then(|refusal| refusal.role),
        };
        // Findings of readings that exclude each other stay apart: each says what it assumes.
        let reading = denial
            .flow
            .source
            .origin(&cx.workspace.facts, &cx.workspace.runs)
            .filter(|origin| !origin.scope.assuming.is_empty())
            .map(|origin| Arc::as_ptr(&origin.scope) as usize);
        let place = denial.place(cx).0;
        let key = (denial.matter(at), denial.cause, role, reading, place);
        match firsts
            .get(&key)
            .and_then(|first: &usize| folded.get_mut(*first))
        {
            Some(first) => first.take(denial),
            None => {
                firsts.insert(key, folded.len());
                folded.push(denial);
            }
        }
    }
    folded
}

impl<'a> Denial<'a> {
    /// What a finding about it can speak of besides; `at` tells it from all others.
    fn matter(&self, at: usize) -> Matter {
        match self.cause {
            // Each speaks of its own image or token.
            Cause::OnlyResource | Cause::Trust | Cause::Service => return Matter::Alone(at),
            Cause::Limit | Cause::MixUp => return Matter::Everything,
            _ => {}
        }
        match self.step.kind {
            StepKind::Login(_) | StepKind::Pull(_) | StepKind::Push(_) => Matter::Images,
            StepKind::Layers(_) => Matter::Layers,
            StepKind::Logs(_) => Matter::Logs,
            StepKind::Secret(_) | StepKind::EnvironmentFile(_) => Matter::Secrets,
            StepKind::Exec => Matter::Exec,
            StepKind::ApiCall { .. } => Matter::Calls,
            StepKind::AssumedByService(_) | StepKind::AssumedByJob => Matter::Alone(at),
        }
    }

    /// Takes in another link with the same cause; the one that says most of what breaks leads.
    fn take(&mut self, mut other: Denial<'a>) {
        let rank = |step: &Step| match step.kind {
            StepKind::Push(_) => 0,
            StepKind::Pull(_) => 1,
            _ => 2,
        };
        if rank(other.step) < rank(self.step) {
            other.others = std::mem::take(&mut self.others);
            let first = std::mem::replace(self, other);
            self.others.insert(0, first);
        } else {
            self.others.push(other);
        }
    }
}
