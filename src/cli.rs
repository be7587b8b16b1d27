//! The command line: the only room that knows arguments, the environment and the terminal, and that writes to streams.
//!
//! What the arguments, the configuration and the surroundings say is put together here; then files are found, read and
//! linted, and the report is rendered. The exit codes are an interface:
//!
//! | code | means |
//! |---|---|
//! | 0 | nothing at or above `--fail-on`, also when there was nothing to lint |
//! | 1 | findings; of `flows`: a link is denied; of `can` and `who-can`: no |
//! | 2 | wrong usage, a path that does not exist, a broken configuration or rule file |
//! | 3 | nothing to lint, with `--fail-on-empty`; of `can` and `who-can`: the files do not tell |
//! | 4 | a fault of ecrlint itself (see `main`) |

pub mod args;
pub mod ask;
pub mod check;
pub mod config;
pub mod explain;
pub mod flows;
pub mod inputs;
pub mod progress;
pub mod simulate;
pub mod terminal;

use crate::rules::Registry;
use args::{Command, ExplainArgs, RulesArgs, TextOrJson};
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use terminal::Surroundings;

/// Nothing to complain of.
pub const CLEAN: u8 = 0;
/// Findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// Wrong usage or configuration.
pub const WRONG: u8 = 2;
/// Nothing to lint, where that counts.
pub const EMPTY: u8 = 3;
/// The files do not tell what a question asks.
pub const UNTOLD: u8 = 3;
/// A fault of ecrlint itself.
pub const FAULT: u8 = 4;

/// Why a command cannot be done: wrong usage, or output that cannot be written.
#[derive(Debug)]
pub enum Refusal {
    /// What is wrong, and what may have been meant: said on standard error, one line each.
    Wrong {
        /// What is wrong.
        errors: Vec<String>,
        /// What to do.
        help: Option<String>,
    },
    /// Writing failed.
    Output(io::Error),
}

impl Refusal {
    fn wrong(what: impl Display) -> Self {
        Refusal::Wrong {
            errors: vec![what.to_string()],
            help: None,
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Output(error)
    }
}

/// Runs ecrlint with these arguments (the first is the program's name) and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let done = match args::parse(arguments) {
        Err(instead) => {
            let is_complaint = instead.is_complaint();
            // Whoever closed the stream does not want to read it.
            let _ = instead.print();
            return if is_complaint { WRONG } else { CLEAN };
        }
        Ok(Command::Check(args)) => check::run(&args),
        Ok(Command::Flows(args)) => flows::run(&args),
        Ok(Command::Can(args)) => ask::can(&args),
        Ok(Command::WhoCan(args)) => ask::who_can(&args),
        Ok(Command::Explain(args)) => explain_rule(&args),
        Ok(Command::Rules(args)) => list_rules(&args),
        Ok(Command::Simulate(args)) => simulate::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(Refusal::Wrong { errors, help }) => {
            for error in errors {
                say(&format!("error: {error}"));
            }
            if let Some(help) = help {
                say(&format!("help: {help}"));
            }
            WRONG
        }
        Err(Refusal::Output(error)) => {
            say(&format!(
                "error: output cannot be written: {}",
                crate::source::read::reason(&error)
            ));
            WRONG
        }
    }
}

/// Says a line on standard error, control characters replaced. If nobody can hear it, so be it.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", crate::source::redact::visible(line));
}

/// Writes to standard output. That a reader has closed it (`ecrlint rules | head`) is no error.
///
/// # Errors
/// If it cannot be written for another reason.
fn print(text: &str) -> Result<(), Refusal> {
    let mut out = io::stdout().lock();
    forgive_closed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

fn forgive_closed(result: io::Result<()>) -> Result<(), Refusal> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Refusal::Output),
    }
}

/// The built-in rules and those of the folders.
///
/// # Errors
/// If a folder cannot be read or a rule file is broken.
fn registry(folders: &[PathBuf]) -> Result<Registry, Refusal> {
    let mut registry = Registry::built_in().map_err(Refusal::wrong)?;
    for folder in folders {
        let files = rule_files(folder).map_err(|error| {
            let why = crate::source::read::reason(&error);
            Refusal::wrong(format!(
                "rules in `{}` cannot be read: {why}",
                folder.display()
            ))
        })?;
        if files.is_empty() {
            return Err(Refusal::wrong(format!(
                "there is no rule file (`*.yaml`) in `{}`",
                folder.display()
            )));
        }
        for path in files {
            let text = fs::read_to_string(&path).map_err(|error| {
                let why = crate::source::read::reason(&error);
                Refusal::wrong(format!("`{}` cannot be read: {why}", path.display()))
            })?;
            registry
                .add(&path.display().to_string(), &text)
                .map_err(Refusal::wrong)?;
        }
    }
    Ok(registry)
}

fn rule_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn explain_rule(args: &ExplainArgs) -> Result<u8, Refusal> {
    let registry = registry(&args.rules)?;
    let Some(rule) = registry.find(&args.rule) else {
        return Err(Refusal::wrong(config::unknown_rule(&args.rule, &registry)));
    };
    let text = match args.format {
        TextOrJson::Json => explain::json([rule]),
        TextOrJson::Text => {
            let style = Surroundings::now(false).style(args.color);
            explain::terminal(rule, style.width, style.colour)
        }
    };
    print(&text)?;
    Ok(CLEAN)
}

fn list_rules(args: &RulesArgs) -> Result<u8, Refusal> {
    let registry = registry(&args.rules)?;
    let text = match args.format {
        TextOrJson::Json => explain::json(registry.rules()),
        TextOrJson::Text => explain::list(&registry),
    };
    print(&text)?;
    Ok(CLEAN)
}
