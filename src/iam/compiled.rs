//! A policy document prepared for many requests.

use crate::model::policy::PolicyDocument;

/// A policy document whose patterns, values and operators are parsed once.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(super) malformed: Option<String>,
}

impl Compiled {
    /// Prepares a document. Never fails: a document that AWS would refuse is kept as malformed, and whatever depends on
    /// it is unknown.
    #[must_use]
    pub fn new(document: &PolicyDocument) -> Compiled {
        let _ = document;
        Compiled { malformed: None }
    }

    /// Why AWS would refuse the document, if it would: lower case, one line, no full stop.
    #[must_use]
    pub fn malformed(&self) -> Option<&str> {
        self.malformed.as_deref()
    }
}
