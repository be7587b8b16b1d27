//! The whole question: every layer, one answer.

use super::{Decision, Request, Stack, Verdict};

/// What AWS would answer to the request, given the policies.
#[must_use]
pub fn authorize(request: &Request, stack: &Stack<'_>) -> Decision {
    let _ = (request, stack);
    Decision {
        outcome: None,
        verdict: Verdict::Unknown,
        deciding: None,
        limited_by: Vec::new(),
        depends_on: Vec::new(),
        allowed_if: Vec::new(),
    }
}
