//! The registry: where `rules/*.yaml` meets the checks, and the one place that runs them.

pub mod check;
pub mod meta;
pub mod select;

use crate::diag::{Diagnostic, Label, RuleInfo};
use crate::link::Workspace;
use crate::source::Loc;
use std::sync::Arc;

/// What a check may see.
pub struct Context<'a> {
    /// The rule that is being checked.
    pub rule: &'a Arc<RuleInfo>,
    /// The facts of the whole run, linked.
    pub workspace: &'a Workspace,
}

impl Context<'_> {
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
