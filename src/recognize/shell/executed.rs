//! Which commands write commands: `$(aws ecr get-login)`, `eval "$(…)"`, `… | sh`.

use super::script::{Command, Input, Script, Word};
use std::collections::BTreeMap;

/// Shells, by the name they are started with.
const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// Programs that pass on what they read, changed at most.
const FILTERS: &[&str] = &[
    "sed", "tr", "tee", "cat", "awk", "cut", "head", "tail", "grep",
];

/// Programs that write their arguments.
const ECHOES: &[&str] = &["echo", "printf"];

/// Marks the commands whose output is run.
pub(super) fn mark(script: &mut Script) {
    let by_name: BTreeMap<&str, usize> = script
        .substitutions
        .iter()
        .enumerate()
        .map(|(at, one)| (one.name.as_str(), at))
        .collect();
    // Commands whose output is run, as far as it is looked into.
    let mut open: Vec<usize> = Vec::new();
    let outputs = |word: &Word, open: &mut Vec<usize>| {
        for hole in word.value.holes() {
            if let Some(one) = by_name
                .get(hole.name.as_str())
                .and_then(|at| script.substitutions.get(*at))
            {
                open.extend(&one.outputs);
            }
        }
    };
    for command in &script.commands {
        let Some(program) = command.words.first() else {
            continue;
        };
        // Only a program that is unknown from its first character on can be the output of a command.
        if program.value.prefix().is_empty() {
            outputs(program, &mut open);
        }
        match name_of(program) {
            Some("eval") => {
                for word in command.words.iter().skip(1) {
                    outputs(word, &mut open);
                }
            }
            Some("source" | ".") => {
                if let Some(file) = command.words.get(1) {
                    outputs(file, &mut open);
                    if file.value.as_literal() == Some("/dev/stdin") {
                        reads(command, &outputs, &mut open);
                    }
                }
            }
            Some(name) if SHELLS.contains(&name) => {
                let mut arguments = command.words.iter().skip(1);
                let mut reads_stdin = true;
                while let Some(argument) = arguments.next() {
                    match argument.value.as_literal() {
                        Some(option)
                            if option.starts_with('-')
                                && option.contains('c')
                                && !option.starts_with("--") =>
                        {
                            if let Some(code) = arguments.next() {
                                outputs(code, &mut open);
                            }
                            reads_stdin = false;
                            break;
                        }
                        Some("-s") => break,
                        Some("/dev/stdin") => break,
                        Some(option) if option.starts_with('-') || option.starts_with('+') => {}
                        _ => {
                            outputs(argument, &mut open);
                            reads_stdin = false;
                            break;
                        }
                    }
                }
                if reads_stdin {
                    reads(command, &outputs, &mut open);
                }
            }
            _ => {}
        }
    }
    let mut marked = vec![false; script.commands.len()];
    while let Some(at) = open.pop() {
        let (Some(mark), Some(command)) = (marked.get_mut(at), script.commands.get(at)) else {
            continue;
        };
        if std::mem::replace(mark, true) {
            continue;
        }
        match command.words.first().and_then(name_of) {
            Some(name) if FILTERS.contains(&name) => reads(command, &outputs, &mut open),
            Some(name) if ECHOES.contains(&name) => {
                for word in command.words.iter().skip(1) {
                    outputs(word, &mut open);
                }
            }
            _ => {}
        }
    }
    for (command, is_executed) in script.commands.iter_mut().zip(marked) {
        command.is_executed = is_executed;
    }
}

/// Looks into what a command reads.
fn reads(command: &Command, outputs: &impl Fn(&Word, &mut Vec<usize>), open: &mut Vec<usize>) {
    match &command.stdin {
        Input::Pipe(feeders) => open.extend(feeders.iter()),
        Input::HereString(word) | Input::HereDocument(word) => outputs(word, open),
        Input::Inherited | Input::File(_) => {}
    }
}

/// The program without its directory.
fn name_of(program: &Word) -> Option<&str> {
    let literal = program.value.as_literal()?;
    Some(literal.rsplit('/').next().unwrap_or(literal))
}
