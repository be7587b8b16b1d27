//! `ecrlint simulate`: puts requests to the IAM engine, without AWS.
//!
//! | file | does |
//! |---|---|
//! | [`stream`] | many requests: reads lines, answers them in order, with bounded memory |
//! | [`case`] | one line: policies, a request, what is unknown of both |
//! | [`custom`] | one question with the flags and the output of `aws iam simulate-custom-policy` |
//! | [`entries`] | the values of `--context-entries` |
//! | [`statements`] | which statements apply, and where they stand |
//!
//! Policies are read by the reader that linting uses, as documents in force: what is given here is what AWS would get.

pub mod case;
pub mod custom;
pub mod entries;
pub mod statements;
pub mod stream;

use super::args::SimulateArgs;
use super::{CLEAN, Refusal, forgive_closed, print, say};
use crate::iam::Compiled;
use crate::model::policy::PolicyDocument;
use crate::source::Loc;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// If a file cannot be read, a policy or a context entry is refused, or the output cannot be written.
pub fn run(args: &SimulateArgs) -> Result<u8, Refusal> {
    match &args.requests {
        Some(path) => requests(path, args.threads.map(usize::from)),
        None => {
            let simulation = custom::simulate(args)?;
            for doubt in &simulation.doubts {
                say(&format!("warning: {doubt}"));
            }
            print(&simulation.json)?;
            Ok(CLEAN)
        }
    }
}

fn requests(path: &Path, threads: Option<usize>) -> Result<u8, Refusal> {
    let counts = crate::lint::threads::on_threads(threads, || {
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(|error| unreadable(path, &error))?)
        };
        let mut counts = stream::Counts::default();
        match stream::answer(input, &mut io::stdout(), &mut counts) {
            Ok(()) => {}
            Err(stream::Broken::Input(error)) => return Err(unreadable(path, &error)),
            Err(stream::Broken::Output(error)) => forgive_closed(Err(error))?,
        }
        Ok(counts)
    })?;
    if counts.faulty > 0 {
        say(&format!(
            "note: {} of {} lines have an `error`",
            counts.faulty, counts.lines
        ));
    }
    Ok(CLEAN)
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    Refusal::wrong(format!(
        "`{}` cannot be read: {}",
        path.display(),
        crate::source::read::reason(error)
    ))
}

/// Why AWS would refuse a document, and the place that shows it best.
fn refused(document: &PolicyDocument, compiled: &Compiled) -> Option<(Loc, String)> {
    let why = compiled.malformed()?;
    let at = document
        .faults
        .first()
        .map(|fault| fault.loc)
        .or_else(|| {
            // The fault is in the first statement that would be refused if it stood alone, or else in the head.
            let mut alone = document.clone();
            document
                .statements
                .iter()
                .find(|statement| {
                    alone.statements = vec![(*statement).clone()];
                    alone.version = None;
                    Compiled::new(&alone).malformed().is_some()
                })
                .map(|statement| statement.loc)
        })
        .or_else(|| document.version.as_ref().map(|version| version.loc))
        .unwrap_or(document.loc);
    Some((at, why.to_string()))
}
