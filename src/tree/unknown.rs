//! What cannot be known from files, as a value with its reason.
//!
//! Dialects that compute (CloudFormation, Terraform) put these in the tree they lower a file to. A reader never sees the
//! difference between a placeholder that somebody wrote and a reference that could not be resolved: both are holes.

use std::fmt;
use std::ops::Range;

/// A value that only deploy time knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// What it is. Equal names are equal values, in the whole run: a name that means something in one file only
    /// starts with that file or module (`infra/role.yaml#Env`).
    pub name: String,
    /// How it is shown, as it was written: `${var.account}`, `!Ref Env`.
    pub text: String,
    /// Why it is not known.
    pub why: Why,
}

/// Why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A parameter or variable without a default.
    Input,
    /// A parameter or variable whose default may be replaced from outside, by several values in sight.
    Overridden,
    /// The cloud decides: an id, a generated name, the account, the Region.
    DeployTime,
    /// Another stack, state or module that is not in sight holds it.
    Elsewhere,
    /// A function or an expression that is not computed here.
    Function,
    /// A condition decides that is not known.
    Condition,
    /// A placeholder that some tool fills in.
    Placeholder,
    /// It refers to something that does not exist.
    Undeclared,
    /// Working it out would take too long or never end.
    TooComplex,
}

impl fmt::Display for Why {
    /// The reason in prose, to stand behind "because": lower case, no full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Input => "it is an input without a default",
            Why::Overridden => "it is an input that may be set to several values",
            Why::DeployTime => "only the deployment decides it",
            Why::Elsewhere => "it lies in a stack, state or module that is not in sight",
            Why::Function => "it is computed by a function that ecrlint does not evaluate",
            Why::Condition => "a condition decides that is not known",
            Why::Placeholder => "it is a placeholder that another tool fills in",
            Why::Undeclared => "it refers to something that is not declared",
            Why::TooComplex => "working it out takes too many steps",
        })
    }
}

impl Unknown {
    /// An unknown value; see the fields.
    pub fn new(name: impl Into<String>, text: impl Into<String>, why: Why) -> Self {
        Unknown {
            name: name.into(),
            text: text.into(),
            why,
        }
    }

    /// Whether the value, as an item of a list, may stand for several items or for none: the rest of a list that is not
    /// known (`var.arns[*]`), or what a function or a condition makes.
    pub fn may_be_several(&self) -> bool {
        self.name.ends_with("[*]")
            || matches!(self.why, Why::Function | Why::Condition | Why::TooComplex)
    }
}

/// A stretch of a [`Text`](super::Text) that is not known. The text holds, in its place, how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextHole {
    /// Bytes of the decoded text.
    pub range: Range<u32>,
    /// What stands there.
    pub unknown: Unknown,
}
