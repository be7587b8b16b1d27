//! Calls of shell scripts: which file, with which arguments, and what it finds around it.
//!
//! Whether the file is in the tree is not known here; [`link`](crate::link) looks for it and puts its acts in place.

use super::Reader;
use crate::model::pipeline::{OWN_DIRECTORY, ROOT_DIRECTORY, ScriptCall};
use crate::model::template::{Hole, Template};
use crate::recognize::shell::{Command, Variable, Word};
use std::collections::BTreeMap;

/// Most calls of one script that are followed: each holds the variables it finds.
const MAX_CALLS: usize = 64;

/// Most changes of directory that are remembered.
pub(super) const MAX_DIRECTORIES: usize = 16;

/// Variables and expressions that CI systems set to the root of the repository.
const ROOTS: &[&str] = &[
    "GITHUB_WORKSPACE",
    "github.workspace",
    "CI_PROJECT_DIR",
    "CODEBUILD_SRC_DIR",
    "BITBUCKET_CLONE_DIR",
    "CIRCLE_WORKING_DIRECTORY",
    "BUILD_SOURCESDIRECTORY",
    "WORKSPACE",
];

/// Options of a shell that take a value.
const WITH_VALUE: &[&str] = &["-o", "+o", "-O", "+O", "--rcfile", "--init-file"];

impl Reader<'_> {
    /// Notes where a `cd` goes.
    pub(super) fn note_directory(&mut self, command: &Command) {
        let Some((program, words)) = super::program(command) else {
            return;
        };
        if !matches!(program, "cd" | "pushd" | "popd") || self.directories.len() >= MAX_DIRECTORIES
        {
            return;
        }
        let target = words
            .iter()
            .find(|word| !matches!(word.value.as_literal(), Some("--" | "-P" | "-L" | "-e")));
        let elsewhere = || Template::hole(format!("{program}@{}", command.span.start), program);
        let target = match target {
            Some(word) if word.value.as_literal() != Some("-") => self.path(&word.value),
            _ => elsewhere(),
        };
        self.directories.push(target);
    }

    /// The call that the command with this index makes, if it runs a shell script by its path.
    pub(super) fn script_call(&mut self, index: usize, command: &Command) -> Option<ScriptCall> {
        let (path, arguments, is_sourced) = called(command)?;
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return None;
        }
        let (environment, unexported) = self.environment_of(index, command, is_sourced);
        let mut call = ScriptCall {
            path: self.path(&path.value),
            environment,
            unexported,
            working_directory: self
                .around
                .working_directory
                .as_ref()
                .map(|path| self.path(path)),
            directories: self.directories.clone(),
            is_sourced,
            ..ScriptCall::default()
        };
        for word in arguments {
            // An unquoted variable may be no word or several; what stands behind it has no number then.
            if word.may_split && !word.value.is_known() {
                call.has_more_arguments = true;
                break;
            }
            call.arguments.push(word.value.clone());
        }
        Some(call)
    }

    /// A path with what names the directory of the script or the root of the repository put as such.
    pub(super) fn path(&self, path: &Template) -> Template {
        path.filled(&|hole| {
            if ROOTS.contains(&hole.name.as_str()) || self.is_root(&hole.name) {
                return Some(Template::hole(ROOT_DIRECTORY, hole.text.clone()));
            }
            let Some(below) = self.own_directory(hole) else {
                return self.directory_before(hole);
            };
            let mut directory = Template::hole(OWN_DIRECTORY, hole.text.clone());
            directory.push_literal(&below);
            Some(directory)
        })
    }

    /// The directory that a variable held before something out of sight (`source`) may have changed it, if the script sets it
    /// once and to a directory of this kind: hardly anybody changes that.
    fn directory_before(&self, hole: &Hole) -> Option<Template> {
        let (name, _) = hole.name.split_once('@')?;
        let mut assigned = self
            .script
            .commands
            .iter()
            .flat_map(|command| &command.assignments)
            .filter(|assignment| assignment.name == name);
        let (Some(only), None) = (assigned.next(), assigned.next()) else {
            return None;
        };
        let value = &only.value.value;
        if value.holes().any(|hole| hole.name.contains('@')) {
            return None;
        }
        let directory = self.path(value);
        let is_known = directory
            .holes()
            .any(|hole| matches!(hole.name.as_str(), OWN_DIRECTORY | ROOT_DIRECTORY));
        is_known.then_some(directory)
    }

    /// Whether a hole stands for `$(git rev-parse --show-toplevel)`.
    fn is_root(&self, hole: &str) -> bool {
        self.inside(hole).iter().any(|command| {
            command
                .words
                .iter()
                .any(|word| word.value.as_literal() == Some("--show-toplevel"))
        })
    }

    /// What stands behind the directory of the script in `$(cd "$(dirname "$0")/.." && pwd)`; `None` for a hole that has
    /// nothing to do with that directory.
    fn own_directory(&self, hole: &Hole) -> Option<String> {
        let names_itself = |hole: &Hole| hole.name == "0" || hole.text.contains("BASH_SOURCE");
        // `${0%/*}`
        if hole.text == "${0%/*}" || (names_itself(hole) && hole.text.ends_with("%/*}")) {
            return Some(String::new());
        }
        let commands = self.inside(&hole.name);
        let asks = commands.iter().any(|command| {
            let is_dirname = command
                .words
                .first()
                .and_then(|word| word.value.as_literal())
                == Some("dirname");
            // The path itself, or what `readlink -f` makes of it.
            let is_about = |word: &Word| {
                word.value.holes().any(|hole| {
                    names_itself(hole)
                        || self.inside(&hole.name).iter().any(|inner| {
                            inner
                                .words
                                .iter()
                                .any(|word| word.value.holes().any(names_itself))
                        })
                })
            };
            is_dirname && command.words.iter().skip(1).any(is_about)
        });
        if !asks {
            return None;
        }
        let changed = commands.iter().find_map(|command| {
            let (program, words) = super::program(command)?;
            (program == "cd").then(|| words.last()).flatten()
        });
        Some(changed.map_or(String::new(), |word| word.value.suffix().to_string()))
    }

    /// The commands of the substitution that a hole stands for.
    fn inside(&self, hole: &str) -> &[Command] {
        self.script
            .value_of(hole)
            .and_then(|substitution| self.script.commands.get(substitution.commands.clone()))
            .unwrap_or(&[])
    }

    /// The variables that a script called by the command with this index finds, and those it may find.
    pub(super) fn environment_of(
        &self,
        index: usize,
        command: &Command,
        is_sourced: bool,
    ) -> (BTreeMap<String, Template>, BTreeMap<String, Template>) {
        let mut found = BTreeMap::new();
        let mut unexported = BTreeMap::new();
        // `sudo` and the like may take variables away.
        if !command.wrappers.is_empty() {
            return (found, unexported);
        }
        let value_of = |variable: Variable| {
            if variable.is_set {
                variable.value
            } else {
                Template::default()
            }
        };
        for (name, value) in (self.around.known)() {
            // The script may have changed it since.
            let value = match self.script.variable(&name, index) {
                Some(changed) => value_of(changed),
                None => value,
            };
            found.insert(name, value);
        }
        for name in self.script.variable_names() {
            let Some(variable) = self.script.variable(name, index) else {
                continue;
            };
            if variable.is_exported || is_sourced {
                found.insert(name.to_string(), value_of(variable));
            } else if !found.contains_key(name) {
                unexported.insert(name.to_string(), value_of(variable));
            }
        }
        for own in &command.assignments {
            found.insert(own.name.clone(), own.value.value.clone());
        }
        (found, unexported)
    }
}

/// The path of the script that a command runs, its arguments, and whether it runs in the same shell.
fn called(command: &Command) -> Option<(&Word, &[Word], bool)> {
    let (program, words) = command.words.split_first()?;
    let name = program.value.as_literal().map(super::program_name);
    match name {
        Some("source" | ".") => words.split_first().map(|(path, rest)| (path, rest, true)),
        Some("bash" | "sh" | "zsh" | "dash" | "ksh") => {
            let mut rest = words;
            while let Some((first, after)) = rest.split_first() {
                match first.value.as_literal() {
                    Some(option) if WITH_VALUE.contains(&option) => {
                        rest = after.get(1..).unwrap_or(&[]);
                    }
                    // `-c` gives text instead of a path, `-s` reads it.
                    Some(option)
                        if option.starts_with('-')
                            && !option.starts_with("--")
                            && option.contains(['c', 's']) =>
                    {
                        return None;
                    }
                    Some("--") => rest = after,
                    Some(option) if option.starts_with(['-', '+']) => {
                        // `-eo pipefail`
                        rest = if option.ends_with('o') {
                            after.get(1..).unwrap_or(&[])
                        } else {
                            after
                        };
                    }
                    _ => return Some((first, after, false)),
                }
            }
            None
        }
        _ => {
            let is_path = program.value.contains("/") || program.value.suffix().ends_with(".sh");
            is_path.then_some((program, words, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LocalImages, Surroundings, acts};
    use crate::model::pipeline::ActKind;
    use crate::model::template::Template;
    use crate::recognize::shell;
    use crate::source::Loc;
    use std::collections::BTreeMap;

    /// The calls of a script, one line each: path, arguments, directories, environment.
    fn calls(text: &str) -> Vec<String> {
        let environment = |name: &str| (name == "OUTER").then(|| Template::literal("o"));
        let script = shell::parse(text, &environment);
        let around = Surroundings {
            place: &|_| Loc::NOWHERE,
            environment: &environment,
            known: &|| BTreeMap::from([("OUTER".to_string(), Template::literal("o"))]),
            working_directory: None,
            passwords: &BTreeMap::new(),
        };
        acts(&script, &around, &mut LocalImages::default())
            .iter()
            .filter_map(|act| match &act.kind {
                ActKind::OutOfSight(unseen) => unseen.script.as_deref(),
                _ => None,
            })
            .map(|call| {
                let words = |list: &[Template]| {
                    let shown: Vec<String> = list.iter().map(Template::to_string).collect();
                    shown.join(" ")
                };
                let environment: Vec<String> = call
                    .environment
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!(
                    "{}({}{}) in [{}] with {}",
                    call.path,
                    words(&call.arguments),
                    if call.has_more_arguments { " …" } else { "" },
                    words(&call.directories),
                    environment.join(",")
                )
            })
            .collect()
    }

    #[test]
    fn every_way_to_call_a_script() {
        for (text, expected) in [
            ("./push.sh a \"$B\"", "./push.sh(a $B) in [] with OUTER=o"),
            (
                "bash -eux -o pipefail ci/push.sh a",
                "ci/push.sh(a) in [] with OUTER=o",
            ),
            (
                "bash -eo pipefail ci/push.sh",
                "ci/push.sh() in [] with OUTER=o",
            ),
            ("./push.sh a $B c", "./push.sh(a …) in [] with OUTER=o"),
            ("\"$DIR/push.sh\" a", "$DIR/push.sh(a) in [] with OUTER=o"),
            (
                "X=1; export Y=2; Z=3 ./push.sh",
                "./push.sh() in [] with OUTER=o,Y=2,Z=3",
            ),
            ("X=1; . ./env.sh", "./env.sh() in [] with OUTER=o,X=1"),
            ("OUTER=n; ./push.sh", "./push.sh() in [] with OUTER=n"),
            ("unset OUTER; ./push.sh", "./push.sh() in [] with OUTER="),
            (
                "cd ci; cd x; ./push.sh",
                "./push.sh() in [ci x] with OUTER=o",
            ),
            ("sudo ./push.sh", "./push.sh() in [] with "),
            (
                "\"$(dirname \"$0\")/lib.sh\"",
                "$(dirname \"$0\")/lib.sh() in [] with OUTER=o",
            ),
        ] {
            assert_eq!(calls(text), [expected], "{text}");
        }
        for text in [
            "bash -c 'docker push x'",
            "make push",
            "curl x | bash -s -- aws",
        ] {
            assert!(calls(text).is_empty(), "{text}");
        }
    }
}
