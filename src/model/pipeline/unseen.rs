//! What a job does out of sight, and what is known of it: the call of a script or of compose,
//! whose file may turn out to be in the tree.

use super::ComposeCall;
use crate::model::template::Template;
use crate::source::Spanned;
use std::collections::BTreeMap;

/// An action, script or command that is not in sight.
#[derive(Clone, Debug)]
pub struct Unseen {
    /// It as written.
    pub what: Spanned<String>,
    /// The shell script it runs, if it runs one by its path. Linking puts the acts of that script in place where it is
    /// in the tree.
    pub script: Option<Box<ScriptCall>>,
    /// The compose command it is. Linking puts pulls and pushes in place where the compose file is in the tree.
    pub compose: Option<Box<ComposeCall>>,
}

impl Unseen {
    /// Something of which nothing is known but its text.
    pub fn new(what: Spanned<String>) -> Self {
        Unseen {
            what,
            script: None,
            compose: None,
        }
    }
}

/// The name of a hole for the directory that the calling script lies in: `$(dirname "$0")`.
pub const OWN_DIRECTORY: &str = "<directory of the script>";

/// The name of a hole for the root of the repository: `$GITHUB_WORKSPACE`, `$(git rev-parse --show-toplevel)`.
pub const ROOT_DIRECTORY: &str = "<root of the repository>";

/// The call of a script.
#[derive(Clone, Debug, Default)]
pub struct ScriptCall {
    /// Its path as the command names it.
    pub path: Template,
    /// The arguments after it, up to the first that may be none or several.
    pub arguments: Vec<Template>,
    /// Whether these may not be all of them.
    pub has_more_arguments: bool,
    /// Variables that it finds, as far as they are known: names that are missing here may be set or not.
    pub environment: BTreeMap<String, Template>,
    /// Variables that the caller set without exporting them: the script finds them where the caller had found them
    /// itself.
    pub unexported: BTreeMap<String, Template>,
    /// The directory in which the job's commands start, if the job names one.
    pub working_directory: Option<Template>,
    /// The directories that the commands before it changed to (`cd`), in order.
    pub directories: Vec<Template>,
    /// Whether it runs in the shell of the caller (`source`): what it sets stays.
    pub is_sourced: bool,
}
