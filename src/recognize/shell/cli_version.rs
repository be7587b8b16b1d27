//! Whether a command runs only under AWS CLI version 1.
//!
//! `aws ecr get-login` is gone from version 2, and scripts that serve both versions ask first: they read
//! `aws --version`, or try `get-login-password` and fall back. Only what is clearly the branch of version 2 counts as
//! such; where the sense of a test is not clear, the script gets the benefit of the doubt.
//!
//! <https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html>

use super::script::{Command, GuardKind, MAX_CALLS, Script};
use super::walk::Walk;
use std::ops::Range;

/// What it means that a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CliTest {
    /// Version 1.
    One,
    /// Version 2.
    Two,
    /// One of them, not clear which.
    Either,
}

impl CliTest {
    fn negated(self) -> Self {
        match self {
            CliTest::One => CliTest::Two,
            CliTest::Two => CliTest::One,
            CliTest::Either => CliTest::Either,
        }
    }
}

/// Tests that hold for version 1, quotes and doubled spaces taken out.
const ONE: &[&str] = &[
    "aws-cli/1",
    "-eq 1",
    "-lt 2",
    "-le 1",
    "== 1",
    "= 1",
    "=~ ^1",
    "-ne 2",
    "!= 2",
    "< 2",
];
/// Tests that hold for version 2.
const TWO: &[&str] = &[
    "aws-cli/2",
    "-eq 2",
    "-gt 1",
    "-ge 2",
    "== 2",
    "= 2",
    "=~ ^2",
    "-ne 1",
    "!= 1",
    "> 1",
];

impl Walk<'_> {
    /// What a condition says. `nodes` and `commands` are all that belongs to it.
    pub(super) fn cli_test(&self, nodes: Range<usize>, commands: Range<usize>) -> Option<CliTest> {
        let span = self.syntax.range(nodes.start);
        let text = self.prepared.slice(span);
        let negated = text.starts_with('!') || text.starts_with("[ !") || text.starts_with("[[ !");
        let turn = |test: CliTest| if negated { test.negated() } else { test };
        let asks_status = nodes.clone().any(|node| {
            self.syntax.kind(node) == "special_variable_name" && self.text(node) == "?"
        });
        let first = if asks_status {
            commands.start.saturating_sub(2)
        } else {
            commands.start
        };
        let commands = self
            .script
            .commands
            .get(first..commands.end)
            .unwrap_or_default();
        if commands.iter().any(is_get_login_password) {
            // A test of `$?` may ask for zero or for anything else.
            let is_direct = commands.len() <= 2 && !asks_status && !text.starts_with('[');
            return Some(if is_direct {
                turn(CliTest::Two)
            } else {
                CliTest::Either
            });
        }
        let is_about_version = commands.iter().any(asks_version)
            || text.contains("get-login-password")
            || self.mentions_cli_version(nodes);
        if !is_about_version {
            return None;
        }
        let mut plain = text.replace(['"', '\''], "");
        while plain.contains("  ") {
            plain = plain.replace("  ", " ");
        }
        let has = |tests: &[&str]| tests.iter().any(|test| plain.contains(test));
        Some(match (has(ONE), has(TWO)) {
            (true, false) => turn(CliTest::One),
            (false, true) => turn(CliTest::Two),
            _ => CliTest::Either,
        })
    }

    /// Whether a part of the script holds the version of the AWS CLI: asks for it, or uses a variable that holds it.
    pub(super) fn mentions_cli_version(&self, nodes: Range<usize>) -> bool {
        let text = self.prepared.slice(self.syntax.range(nodes.start));
        text.contains("aws --version")
            || text.contains("aws-cli/")
            || nodes
                .filter(|node| self.syntax.kind(*node) == "variable_name")
                .any(|node| {
                    let name = self.text(node);
                    self.version_variables.contains(name) || is_named_after_cli_version(name)
                })
    }

    /// Whether these commands ask for the version.
    pub(super) fn commands_ask_version(&self, commands: Range<usize>) -> bool {
        self.script
            .commands
            .get(commands)
            .unwrap_or_default()
            .iter()
            .any(asks_version)
    }
}

/// A variable that comes from outside the script can only be judged by its name.
fn is_named_after_cli_version(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("aws")
        && lower.contains("cli")
        && (lower.contains("ver") || lower.contains("major"))
}

fn says(command: &Command, at: usize, word: &str) -> bool {
    command
        .words
        .get(at)
        .is_some_and(|found| found.value.as_literal() == Some(word))
}

fn asks_version(command: &Command) -> bool {
    says(command, 0, "aws") && says(command, 1, "--version")
}

fn is_get_login_password(command: &Command) -> bool {
    says(command, 0, "aws")
        && (1..command.words.len().min(16)).any(|at| says(command, at, "get-login-password"))
}

impl Script {
    /// Whether a command runs only after the script found AWS CLI version 1, or may do so: a test of the version whose
    /// sense is not clear counts.
    pub fn is_for_cli_v1(&self, command: &Command) -> bool {
        self.is_for_cli_v1_within(command, MAX_CALLS)
    }

    fn is_for_cli_v1_within(&self, command: &Command, calls_left: usize) -> bool {
        self.guards_of(command)
            .any(|guard| match (&guard.kind, guard.cli) {
                (GuardKind::Function { calls, .. }, _) => {
                    calls_left > 0
                        && !calls.is_empty()
                        && calls.len() <= MAX_CALLS
                        && calls.iter().all(|call| {
                            self.commands
                                .get(*call)
                                .is_some_and(|call| self.is_for_cli_v1_within(call, calls_left - 1))
                        })
                }
                (GuardKind::Succeeded, Some(test)) => test != CliTest::Two,
                (GuardKind::Failed, Some(test)) => test != CliTest::One,
                (GuardKind::Case(patterns), Some(_)) => {
                    !patterns.iter().all(|pattern| is_version_two(pattern))
                }
                _ => false,
            })
    }
}

/// `aws-cli/2*`, `2.*`.
fn is_version_two(pattern: &str) -> bool {
    let version = pattern.trim_start_matches(['*', '"', '\'']);
    version
        .strip_prefix("aws-cli/")
        .unwrap_or(version)
        .starts_with('2')
}
