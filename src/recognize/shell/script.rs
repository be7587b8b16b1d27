//! What a script is read into.

use super::cli_version::CliTest;
use super::scope::History;
use crate::model::template::Template;
use std::ops::Range;
use std::sync::Arc;

/// A script, read.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The simple commands, in order of execution as far as text order tells: what a command needs (its substitutions,
    /// what feeds it through a pipe) comes before it, and the body of a function comes where the function is first called.
    pub commands: Vec<Command>,
    /// What has to hold for commands to run; [`Command::guard`] and [`Guard::parent`] point in here.
    pub guards: Vec<Guard>,
    /// Command and process substitutions; [`Word::substitutions`] and [`Command::within`] point in here.
    pub substitutions: Vec<Substitution>,
    /// Whether parts of the text could not be read (syntax errors, limits): commands may be missing or misread.
    pub is_broken: bool,
    /// What is known about variables at each command.
    pub(super) history: History,
}

/// One simple command.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// The command with its wrappers, assignments and words, without redirections that follow.
    pub span: Range<usize>,
    /// The program and its arguments. Empty for a command that only assigns. `export`, `declare`, `local` and the like
    /// are programs here; what they assign is in `assignments`, not in `words`.
    pub words: Vec<Word>,
    /// The words before the program that only change how it runs: `sudo -E`, `time`, `timeout 30`.
    pub wrappers: Vec<Word>,
    /// `NAME=value` before the program (in force for this command only), or alone, or after `export` (in force from here).
    pub assignments: Vec<Assignment>,
    /// What it reads.
    pub stdin: Input,
    /// Where its standard output goes.
    pub stdout: Output,
    /// The innermost thing that has to hold for it to run, an index of [`Script::guards`].
    pub guard: Option<usize>,
    /// The innermost substitution it stands in, an index of [`Script::substitutions`].
    pub within: Option<usize>,
    /// Whether its output is run as commands: `$(…)` in the place of a program, `eval`, `| sh`, `source <(…)`.
    pub is_executed: bool,
    /// Whether it is started in the background.
    pub is_background: bool,
}

/// One word of a command, after expansion as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The word as written, with its quotes.
    pub span: Range<usize>,
    /// Its text: quotes removed, known variables replaced.
    pub value: Template,
    /// Whether it holds an unquoted expansion of unknown text, so that it may be no word or several.
    pub may_split: bool,
    /// The substitutions in it, indices of [`Script::substitutions`].
    pub substitutions: Vec<usize>,
}

/// `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The whole assignment as written.
    pub span: Range<usize>,
    /// The value; empty for `NAME=`, a hole for an array.
    pub value: Word,
    /// Whether programs that run later see it, as far as the assignment itself tells (`export`, `declare -x`).
    pub is_exported: bool,
}

/// What a command reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// What the script itself reads.
    #[default]
    Inherited,
    /// The output of these commands (usually one), through a pipe or `< <(…)`. Empty: of something that is not in
    /// [`Script::commands`].
    Pipe(Arc<[usize]>),
    /// `<<< word`.
    HereString(Arc<Word>),
    /// `<< END`; the span is that of the body.
    HereDocument(Arc<Word>),
    /// `< file`.
    File(Arc<Word>),
}

/// Where the standard output of a command goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Where the output of the script, or of the substitution it stands in, goes.
    #[default]
    Inherited,
    /// Into a pipe.
    Pipe,
    /// `> file` or `>> file`.
    File(Arc<Word>),
    /// To another stream: `>&2`.
    Stream,
}

/// What has to hold for commands to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What.
    pub kind: GuardKind,
    /// The condition: of an `if`, the left side of `&&`, the subject of a `case`, the head of a loop, the name of a
    /// function.
    pub span: Range<usize>,
    /// The commands of that condition, as indices of [`Script::commands`].
    pub commands: Range<usize>,
    /// The guard around this one.
    pub parent: Option<usize>,
    /// What the condition says about the version of the AWS CLI.
    pub(super) cli: Option<CliTest>,
}

/// Kinds of [`Guard`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardKind {
    /// The condition succeeded: `if … then`, `… &&`.
    Succeeded,
    /// The condition failed: `else`, `… ||`.
    Failed,
    /// The subject matched a pattern of these.
    Case(Vec<String>),
    /// A loop came round.
    Loop {
        /// Whether it surely does so once (`for x in a b`).
        is_entered: bool,
    },
    /// The function was called.
    Function {
        /// Its name.
        name: String,
        /// The calls in sight, indices of [`Script::commands`].
        calls: Vec<usize>,
    },
}

/// `$(…)`, backticks, `<(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// The name of the hole that stands for its output.
    pub name: String,
    /// The substitution as written.
    pub span: Range<usize>,
    /// Where it stands.
    pub place: Place,
    /// The commands inside, as indices of [`Script::commands`].
    pub commands: Range<usize>,
    /// Those whose output it collects: of `$(a | b)` it is `b`.
    pub outputs: Vec<usize>,
}

/// Where a substitution stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the program or an argument of a command.
    Word {
        /// Index of [`Script::commands`].
        command: usize,
        /// Index of [`Command::words`]; 0 is the program.
        word: usize,
    },
    /// In an assigned value.
    Assignment {
        /// Index of [`Script::commands`].
        command: usize,
        /// The variable.
        name: String,
    },
    /// In a redirection, heredoc or here-string of a command.
    Redirection,
    /// In a test, loop head, case subject or arithmetic.
    Condition,
}

/// A variable as a command finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value; empty if it is not set.
    pub value: Template,
    /// Whether programs see it.
    pub is_exported: bool,
    /// Whether it is set. `false` where the script unset it.
    pub is_set: bool,
}

/// What the caller knows about variables before the script starts.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<Template>;

impl Script {
    /// The guards of a command, innermost first.
    pub fn guards_of(&self, command: &Command) -> impl Iterator<Item = &Guard> {
        let first = command.guard.and_then(|at| self.guards.get(at));
        std::iter::successors(first, |guard| {
            guard.parent.and_then(|at| self.guards.get(at))
        })
    }

    /// The substitution whose output a hole stands for.
    pub fn value_of(&self, hole_name: &str) -> Option<&Substitution> {
        self.substitutions.iter().find(|one| one.name == hole_name)
    }

    /// The variable as the command with this index finds it; `None` if the script has not touched it.
    pub fn variable(&self, name: &str, command: usize) -> Option<Variable> {
        self.history.variable(name, command)
    }

    /// The names of the variables that the script touches, in order of the alphabet.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.history.names()
    }

    /// Whether a command may not run although everything before it succeeds: behind a condition, in a loop that may not
    /// be entered, in a function that nothing in sight calls for sure.
    pub fn is_guarded(&self, command: &Command) -> bool {
        self.is_guarded_within(command, MAX_CALLS)
    }

    fn is_guarded_within(&self, command: &Command, calls_left: usize) -> bool {
        self.guards_of(command).any(|guard| match &guard.kind {
            GuardKind::Loop { is_entered } => !is_entered,
            GuardKind::Function { calls, .. } => {
                calls_left == 0
                    || !calls
                        .iter()
                        .take(MAX_CALLS)
                        .filter_map(|call| self.commands.get(*call))
                        .any(|call| !self.is_guarded_within(call, calls_left - 1))
            }
            GuardKind::Succeeded | GuardKind::Failed | GuardKind::Case(_) => true,
        })
    }
}

/// Most calls of one function, and most functions that call each other, that are looked at for one question.
pub(super) const MAX_CALLS: usize = 4;
