//! What is passed to a module or stack that is not in sight: it may declare more about it than these files tell.

use super::origin::Origin;
use super::template::Template;
use crate::source::Spanned;

/// A call of a module or stack whose own declarations are not in sight.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Where it is called.
    pub origin: Origin,
    /// What is passed: names and ids, with the name of the argument, lower case.
    pub values: Vec<(String, Spanned<Template>)>,
}

/// What a handed over thing is, as far as an argument's name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A role, user or group: policies may be attached to it.
    Principal,
    /// A repository: a policy may be set for it.
    Repository,
    /// A VPC: endpoints may be made in it.
    Network,
}

impl Handed {
    /// Words of which an argument for such a thing has one in its name.
    fn words(self) -> &'static [&'static str] {
        match self {
            Handed::Principal => &["role", "user", "group", "principal"],
            Handed::Repository => &["repo", "ecr", "registry"],
            Handed::Network => &["vpc", "network"],
        }
    }
}

impl Handover {
    /// Whether and where the thing of this name or id is passed. What the cloud makes up is nothing else by chance; a name that
    /// people chose has to stand in an argument that asks for such a thing.
    #[must_use]
    pub fn has(&self, wanted: &Template, kind: Handed) -> Option<crate::source::Loc> {
        self.values
            .iter()
            .find(|(argument, value)| {
                value.value == *wanted
                    && (!wanted.is_known()
                        || kind.words().iter().any(|word| argument.contains(word)))
            })
            .map(|(_, value)| value.loc)
    }
}
