//! What AWS would answer.
//!
//! Pure: policies and a question go in, an answer comes out. Where the answer lies in something that the files do not
//! say, or that AWS does not document, it is [`Maybe`](Answer::Maybe) or `Unknown`, never a guess.
//!
//! | file | question |
//! |---|---|
//! | [`matching`] | does this pattern reach that text, all of that pattern, any of it? |
//! | [`mod@authorize`] | given every policy, is this request allowed? |
//! | [`mod@witness`] | which repository is denied, of those that a pattern stands for? |
//! | [`mod@explain`] | why, what comes closest, and a proof |
//! | [`image_path`] | what does the way to an image say of a request? |
//! | [`alone`] | what does this document say by itself, whoever asks? |
//!
//! Semantics: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

pub mod alone;
pub mod authorize;
mod automaton;
pub mod compiled;
mod condition;
pub mod context;
pub mod explain;
mod formula;
pub mod image_path;
mod implicants;
mod layers;
pub mod matching;
mod pattern;
mod principal;
pub mod request;
pub mod stack;
mod text;
pub mod verdict;
pub mod witness;
mod worlds;

pub use alone::{Alone, Grant};
pub use authorize::authorize;
pub use compiled::{Compiled, actions_matched};
pub use context::{Context, Fact};
pub use explain::explain;
pub use matching::{covers_together, glob_matches};
pub use request::{Request, Target};
pub use stack::{Attached, RegistryScope, Stack};
pub use verdict::{Atom, Decision, Outcome, StatementRef, Verdict, layer_name};
pub use witness::witness;

/// Yes, no, or dependent on what only deploy time knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// Whatever the holes hold: no.
    No,
    /// It depends on what a hole holds, or on a case that AWS does not document.
    Maybe,
    /// Whatever the holes hold: yes.
    Yes,
}

impl Answer {
    /// Both.
    #[must_use]
    pub fn and(self, other: Answer) -> Answer {
        self.min(other)
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Answer) -> Answer {
        self.max(other)
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Answer {
        match self {
            Answer::No => Answer::Yes,
            Answer::Maybe => Answer::Maybe,
            Answer::Yes => Answer::No,
        }
    }
}

impl From<bool> for Answer {
    fn from(known: bool) -> Self {
        if known { Answer::Yes } else { Answer::No }
    }
}
