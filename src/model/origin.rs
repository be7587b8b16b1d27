//! Where a fact was declared: its place, what people call it, and the account and Region it is deployed to.

use super::template::Template;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// What a declaration stands in: a template, an instance of a Terraform module, a snapshot of an account.
///
/// All facts of one deployment share a scope, so that the account they are deployed to is one value, known or not. A
/// template with conditions is read once for each way they can fall, as several scopes that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How it is shown: the template's path, the module's folder and address.
    pub label: String,
    /// The account; a hole that belongs to this deployment where it is not known.
    pub account: Template,
    /// The Region; a hole where it is not known.
    pub region: Template,
    /// The partition, such as `aws`; a hole where it is not known.
    pub partition: Template,
    /// What is taken to hold in this reading of the file; empty where there is only one.
    pub assuming: Vec<Assumption>,
    /// Whether everything that exists in this account is in sight, by kind of fact: a snapshot closes the world.
    pub is_snapshot: bool,
}

/// A condition of a template and how it is taken to fall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The condition's name.
    pub condition: Spanned<String>,
    /// Whether it is taken to be met.
    pub holds: bool,
}

impl Scope {
    /// A scope of which nothing is known: the holes are named after `label`, which must be unique in the run.
    pub fn unknown(label: &str) -> Scope {
        let hole = |what: &str| Template::hole(format!("{label}#{what}"), format!("<{what}>"));
        Scope {
            label: label.to_string(),
            account: hole("account"),
            region: hole("region"),
            partition: hole("partition"),
            assuming: Vec::new(),
            is_snapshot: false,
        }
    }

    /// Whether facts of both scopes can exist at once: they are not readings of one file that exclude each other.
    pub fn can_meet(&self, other: &Scope) -> bool {
        self.label != other.label
            || self.assuming.iter().all(|one| {
                other.assuming.iter().all(|another| {
                    one.condition.value != another.condition.value || one.holds == another.holds
                })
            })
    }
}

/// Where a fact comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The whole declaration.
    pub loc: Loc,
    /// What people call it: a logical id, a Terraform address, a name.
    pub label: String,
    /// What it stands in.
    pub scope: Arc<Scope>,
    /// Whether it surely exists; `false` where a `count`, a condition or a loop over something unknown decides.
    pub is_certain: bool,
}

impl Origin {
    /// Something declared at `loc` in a scope of its own, of which nothing is known: a file that is one declaration.
    pub fn alone(loc: Loc, label: impl Into<String>, path: &str) -> Origin {
        Origin {
            loc,
            label: label.into(),
            scope: Arc::new(Scope::unknown(path)),
            is_certain: true,
        }
    }
}
