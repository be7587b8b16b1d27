//! The answer: what AWS would decide, and what it hangs on.

use crate::model::policy::{Effect, Layer};
use std::fmt;

/// The short name of a layer, as in the lines of `ecrlint simulate`.
#[must_use]
pub fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::Session => "session",
        Layer::ServiceControl => "scp",
        Layer::ResourceControl => "rcp",
        Layer::Trust => "trust",
        Layer::Repository => "repository",
        Layer::Registry => "registry",
        Layer::Endpoint => "endpoint",
        Layer::OtherResource => "resource",
    }
}

/// What AWS decides when everything is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// Nothing denies it, and something that must allow it does not.
    ImplicitDeny,
    /// A `Deny` statement applies.
    ExplicitDeny,
}

/// What holds in every world that fits what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Allowed in all of them.
    Allowed,
    /// Denied in all of them.
    Denied,
    /// It depends on named facts of the request, and on nothing unseen.
    Conditional,
    /// It depends on policies that are not in sight, on a case that AWS does not document, or it is too complex.
    Unknown,
}

/// A statement, by the index of its policy in the stack and its own in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementRef {
    /// Index in [`Stack::policies`](super::Stack::policies).
    pub policy: usize,
    /// Index in the document's statements.
    pub statement: usize,
}

/// Something that is not known and that the answer hangs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// Whether the request carries a condition key.
    Absent {
        /// The key, in lower case.
        key: String,
    },
    /// Whether a condition on a key of unknown value holds.
    Condition {
        /// The key, in lower case.
        key: String,
        /// The operator in its positive form, with set operator and `IfExists`.
        operator: String,
        /// The policy's values, sorted.
        values: Vec<String>,
    },
    /// Whether text with a policy variable of unknown value matches.
    Variable {
        /// The variable's key, in lower case.
        key: String,
        /// The policy's text and what it is compared with.
        text: String,
    },
    /// Whether the requested resource is among those of a pattern.
    Resource {
        /// The patterns, as written.
        pattern: String,
    },
    /// What only deploy time knows.
    Hole {
        /// The text with the hole.
        text: String,
    },
    /// Whether a policy that is not in sight allows or denies it.
    Unseen {
        /// Its layer.
        layer: Layer,
        /// What it would do.
        effect: Effect,
    },
    /// A case that AWS does not document.
    Undocumented {
        /// The case.
        case: &'static str,
        /// What it is about, to tell two such cases apart.
        text: String,
    },
    /// A policy that AWS would refuse.
    Malformed {
        /// Index of the policy.
        policy: usize,
    },
    /// The search was given up.
    TooComplex,
}

impl Atom {
    /// Whether a named fact of the request settles it, so that the verdict is conditional and not unknown.
    #[must_use]
    pub fn is_fact(&self) -> bool {
        matches!(
            self,
            Atom::Absent { .. }
                | Atom::Condition { .. }
                | Atom::Variable { .. }
                | Atom::Resource { .. }
                | Atom::Hole { .. }
        )
    }

    /// What it is about, in few words: the condition key, or `policies:identity policy`.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Atom::Absent { key } | Atom::Condition { key, .. } | Atom::Variable { key, .. } => {
                key.clone()
            }
            Atom::Resource { pattern } => format!("resource:{pattern}"),
            Atom::Hole { text } => format!("value:{text}"),
            Atom::Unseen { layer, .. } => format!("unseen:{}", layer_name(*layer)),
            Atom::Undocumented { case, .. } => format!("undocumented:{case}"),
            Atom::Malformed { policy } => format!("malformed:policy {policy}"),
            Atom::TooComplex => "too complex".to_string(),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Absent { key } => write!(f, "{key} is absent"),
            Atom::Condition {
                key,
                operator,
                values,
            } => write!(f, "{key} {operator} {}", values.join(" | ")),
            Atom::Variable { text, .. } => f.write_str(text),
            Atom::Resource { pattern } => write!(f, "the resource is in {pattern}"),
            Atom::Hole { text } => write!(f, "the value of {text}"),
            Atom::Unseen { layer, effect } => {
                let verb = match effect {
                    Effect::Allow => "allows",
                    Effect::Deny => "denies",
                };
                let noun = layer.noun();
                let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
                    "an"
                } else {
                    "a"
                };
                write!(f, "{article} {noun} that is not in sight {verb} it")
            }
            Atom::Undocumented { case, .. } => write!(f, "AWS does not document {case}"),
            Atom::Malformed { policy } => write!(f, "policy {policy} is malformed"),
            Atom::TooComplex => f.write_str("too complex"),
        }
    }
}

/// The engine's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What AWS decides; `None` where something is unknown that the outcome hangs on, or the world is not closed.
    pub outcome: Option<Outcome>,
    /// What holds in every world (strict: an unseen policy may always deny).
    pub verdict: Verdict,
    /// The statement that decides: the first `Deny` that applies; of an allowed request the first identity Allow if that
    /// path is enough, else the resource policy's; none of an implicit denial.
    pub deciding: Option<StatementRef>,
    /// Of an implicit denial: the layers that would have to allow it and do not, sorted by name.
    pub limited_by: Vec<Layer>,
    /// What the verdict hangs on, if it is conditional or unknown; sorted.
    pub depends_on: Vec<Atom>,
    /// Of a conditional verdict: it is allowed if and only if all of one of these hold (an atom and what it must be).
    pub allowed_if: Vec<Vec<(Atom, bool)>>,
}
