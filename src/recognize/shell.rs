//! Shell scripts as commands: what a `run:` text would execute, in which order, with which words, and under which
//! conditions.
//!
//! This is the only door to the shell grammar. It trusts nothing about the text: what cannot be read marks the script
//! as broken, what cannot be known is a hole. Every span counts bytes of the text that was given.
//!
//! | file | step |
//! |---|---|
//! | `prepare` | text → text a shell grammar can read (`${{ … }}` hidden, CRLF gone) and the way back |
//! | here | that text → `syntax`, a flat tree of our own |
//! | `survey` | which names are assigned where, which functions exist |
//! | `walk`, `chain`, `branch`, `call` | tree → commands in order of execution, with their guards |
//! | `command`, `wrappers`, `redirect`, `builtin` | one command |
//! | `words`, `expand`, `parameter`, `substitution` | its words |
//! | `scope` | what is known about variables where the walk stands |
//! | `executed`, `cli_version` | questions about the commands found |

mod branch;
mod builtin;
mod call;
mod chain;
mod cli_version;
mod command;
mod executed;
mod expand;
mod parameter;
mod prepare;
mod redirect;
mod scope;
mod script;
mod substitution;
mod survey;
mod syntax;
#[cfg(test)]
mod tests;
mod walk;
mod words;
mod wrappers;

pub use script::{
    Assignment, Command, Environment, Guard, GuardKind, Input, Output, Place, Script, Substitution,
    Variable, Word,
};

use prepare::Prepared;
use syntax::{Node, Syntax};

/// Longest script that is read, in bytes: scripts in workflows are far smaller, and a generated one this large says
/// nothing that a person could act on.
const MAX_SCRIPT: usize = 256 * 1024;

/// Reads a script.
///
/// Variables are replaced by what is known where they stand: what the script assigned on every way there, else what
/// `environment` says, else a hole named after the variable. Equal hole names are equal values.
pub fn parse(text: &str, environment: Environment<'_>) -> Script {
    let unreadable = Script {
        is_broken: true,
        ..Script::default()
    };
    if text.len() > MAX_SCRIPT {
        return unreadable;
    }
    let prepared = Prepared::new(text);
    match syntax(prepared.grammar()) {
        Some(tree) => walk::read(&prepared, &tree, environment),
        None => unreadable,
    }
}

/// Puts the text to the grammar; `None` if it gives up (the text makes it try too many readings).
fn syntax(text: &str) -> Option<Syntax> {
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&tree_sitter_bash::LANGUAGE.into())
        .ok()?;
    // The grammar counts its own work, so the limit does not depend on the machine. Real scripts need one report in a
    // hundred bytes.
    let mut reports = 1_000 + text.len() / 4;
    let mut progress = |_: &tree_sitter::ParseState| {
        reports = reports.saturating_sub(1);
        reports == 0
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(
        &mut |at, _| text.as_bytes().get(at..).unwrap_or_default(),
        None,
        Some(options),
    )?;

    let mut syntax = Syntax::new(tree.root_node().has_error());
    let mut cursor = tree.walk();
    let mut open = Vec::new();
    loop {
        let node = cursor.node();
        let range = node.byte_range();
        open.push(syntax.open(Node {
            kind: node.kind(),
            field: cursor.field_name(),
            start: range.start.min(text.len()),
            end: range.end.min(text.len()),
            subtree_end: 0,
        }));
        if cursor.goto_first_child() {
            continue;
        }
        loop {
            if let Some(at) = open.pop() {
                syntax.close(at);
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return Some(syntax);
            }
        }
    }
}
