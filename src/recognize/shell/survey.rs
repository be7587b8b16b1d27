//! A first look over the whole script: which places assign which variables, and which functions there are.
//!
//! A loop must know at its start what its body will change, and the body of a function what happens elsewhere.

use super::prepare::Prepared;
use super::syntax::Syntax;
use std::collections::{BTreeMap, BTreeSet};

/// What a place in the script may do to variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Sets this one.
    Assigns(String),
    /// Sets some that are not in sight: `source`, `eval`, `export $(…)`.
    AssignsUnseen,
    /// Calls a function of the script.
    Calls,
}

/// Programs that may call a function they are given the name of.
const CALLERS: &[&str] = &[
    "trap", "xargs", "parallel", "time", "command", "eval", "coproc",
];

/// What is known of a function before it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    /// How often the script calls it, or hands its name to something that may.
    pub mentions: usize,
    /// It runs its own arguments (`"$@"`) as a command, after dropping this many of them.
    pub runs_arguments_after: Option<usize>,
    /// It changes its positional parameters.
    pub shifts: bool,
}

/// What the first look found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// By node, in order.
    effects: Vec<(usize, Effect)>,
    /// How many places assign each name.
    pub sites: BTreeMap<String, usize>,
    /// Names that bodies of functions assign beyond their own locals.
    pub assigned_by_functions: BTreeSet<String>,
    /// The functions by name.
    pub functions: BTreeMap<String, Outline>,
    /// Assignments before a command: they end with it.
    prefixes: BTreeSet<usize>,
}

impl Survey {
    /// Looks over a script.
    pub fn new(prepared: &Prepared, syntax: &Syntax) -> Self {
        let mut this = Survey::default();
        let definitions: Vec<usize> = syntax
            .all()
            .filter(|node| syntax.kind(*node) == "function_definition")
            .collect();
        for definition in &definitions {
            if let Some(name) = syntax.field(*definition, "name") {
                let name = prepared.slice(syntax.range(name)).to_string();
                let outline = this.functions.entry(name).or_default();
                outline.look_inside(prepared, syntax, *definition);
            }
        }
        for node in syntax.all() {
            let before = this.effects.len();
            this.look(prepared, syntax, node);
            for (_, effect) in this.effects.iter().skip(before) {
                if let Effect::Assigns(name) = effect {
                    *this.sites.entry(name.clone()).or_default() += 1;
                }
            }
        }
        let mut looked_until = 0;
        for definition in definitions {
            let body = syntax.subtree(definition);
            // A function inside a function was looked at with it.
            if body.start < looked_until {
                continue;
            }
            looked_until = body.end;
            let locals: BTreeSet<&str> = body
                .clone()
                .filter(|node| {
                    syntax.kind(*node) == "declaration_command" && is_local(prepared, syntax, *node)
                })
                .flat_map(|node| syntax.children(node))
                .map(|node| syntax.field(node, "name").unwrap_or(node))
                .map(|node| prepared.slice(syntax.range(node)))
                .collect();
            let assigned: Vec<String> = this
                .effects_in(body)
                .filter_map(|effect| match effect {
                    Effect::Assigns(name) if !locals.contains(name.as_str()) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            this.assigned_by_functions.extend(assigned);
        }
        this
    }

    /// The effects of the nodes in a range, in order.
    pub fn effects_in(&self, nodes: std::ops::Range<usize>) -> impl Iterator<Item = &Effect> {
        let first = self
            .effects
            .partition_point(|(node, _)| *node < nodes.start);
        self.effects
            .iter()
            .skip(first)
            .take_while(move |(node, _)| *node < nodes.end)
            .map(|(_, effect)| effect)
    }

    fn look(&mut self, prepared: &Prepared, syntax: &Syntax, node: usize) {
        let text = |node: usize| prepared.slice(syntax.range(node));
        let mut assigns = |name: &str| {
            if is_name(name) {
                self.effects.push((node, Effect::Assigns(name.to_string())));
            }
        };
        match syntax.kind(node) {
            "variable_assignment" if !self.prefixes.remove(&node) => {
                if let Some(name) = syntax.field(node, "name") {
                    assigns(text(syntax.field(name, "name").unwrap_or(name)));
                }
            }
            "for_statement" => {
                if let Some(name) = syntax.field(node, "variable") {
                    assigns(text(name));
                }
            }
            "expansion"
                if syntax
                    .child(node, ":=")
                    .or(syntax.child(node, "="))
                    .is_some() =>
            {
                if let Some(name) = syntax.child(node, "variable_name") {
                    assigns(text(name));
                }
            }
            "postfix_expression" | "unary_expression" | "binary_expression" => {
                let operator = syntax.children(node).find(|child| {
                    matches!(
                        syntax.kind(*child),
                        "++" | "--"
                            | "="
                            | "+="
                            | "-="
                            | "*="
                            | "/="
                            | "%="
                            | "<<="
                            | ">>="
                            | "&="
                            | "|="
                            | "^="
                            | "**="
                    )
                });
                if operator.is_some() {
                    for child in syntax.children(node) {
                        assigns(text(child));
                    }
                }
            }
            "declaration_command" => {
                let mut unseen = false;
                for child in syntax.children(node) {
                    match syntax.kind(child) {
                        "string" | "concatenation" | "raw_string" => {
                            match text(child).split_once('=') {
                                Some((name, _)) => assigns(name.trim_start_matches(['"', '\''])),
                                None => unseen = true,
                            }
                        }
                        "simple_expansion" | "expansion" | "command_substitution" => unseen = true,
                        _ => {}
                    }
                }
                if unseen {
                    self.effects.push((node, Effect::AssignsUnseen));
                }
                // `export -f login`.
                self.mention_arguments(prepared, syntax, node);
            }
            "unset_command" => {
                for child in syntax.children(node) {
                    assigns(text(child));
                }
            }
            "command" => {
                // `NAME=$A-$B-$C`: what looks like the program goes on with the value.
                let program = syntax
                    .field(node, "name")
                    .map(|name| syntax.node(name).start);
                let prefixes = syntax.children(node).filter(|child| {
                    syntax.kind(*child) == "variable_assignment"
                        && Some(syntax.node(*child).end) != program
                });
                self.prefixes.extend(prefixes);
                let name = syntax.field(node, "name").map_or("", text);
                if matches!(
                    name,
                    "read" | "mapfile" | "readarray" | "printf" | "getopts" | "let"
                ) {
                    for child in syntax.children(node) {
                        let word = text(child).trim_matches(['"', '\'']);
                        let word = if name == "let" {
                            word.split(['=', '+', '-', '*', '/']).next().unwrap_or(word)
                        } else {
                            word
                        };
                        if syntax.kind(child) != "command_name" {
                            assigns(word);
                        }
                    }
                    if name == "read" {
                        assigns("REPLY");
                    }
                } else if matches!(name, "source" | "." | "eval") {
                    self.effects.push((node, Effect::AssignsUnseen));
                } else if let Some(outline) = self.functions.get_mut(name) {
                    outline.mentions += 1;
                    self.effects.push((node, Effect::Calls));
                }
                // `trap cleanup EXIT`, `retry login`.
                if CALLERS.contains(&name) || self.functions.contains_key(name) {
                    self.mention_arguments(prepared, syntax, node);
                }
            }
            _ => {}
        }
    }
}

impl Survey {
    fn mention_arguments(&mut self, prepared: &Prepared, syntax: &Syntax, node: usize) {
        for child in syntax.children(node) {
            if matches!(syntax.kind(child), "word" | "variable_name")
                && let Some(outline) = self.functions.get_mut(prepared.slice(syntax.range(child)))
            {
                outline.mentions += 1;
            }
        }
    }
}

impl Outline {
    fn look_inside(&mut self, prepared: &Prepared, syntax: &Syntax, definition: usize) {
        let mut dropped = Some(0_usize);
        let body = syntax.subtree(definition);
        let mut next = body.start + 1;
        while next < body.end {
            let node = next;
            next += 1;
            if syntax.kind(node) == "function_definition" {
                next = syntax.subtree(node).end.max(next);
            }
            if syntax.kind(node) != "command" {
                continue;
            }
            let Some(name) = syntax.field(node, "name") else {
                continue;
            };
            match prepared.slice(syntax.range(name)) {
                "shift" => {
                    self.shifts = true;
                    let by = match syntax.field(node, "argument") {
                        Some(by) => prepared.slice(syntax.range(by)).parse::<u16>().ok(),
                        None => Some(1),
                    };
                    dropped = dropped
                        .zip(by)
                        .map(|(dropped, by)| dropped + usize::from(by));
                }
                "set" => {
                    self.shifts = true;
                }
                "\"$@\"" | "$@" | "$*" | "\"${@}\"" => {
                    self.runs_arguments_after = self.runs_arguments_after.or(dropped)
                }
                _ => {}
            }
        }
    }
}

/// Whether a declaration makes its variables local to a function.
pub(super) fn is_local(prepared: &Prepared, syntax: &Syntax, declaration: usize) -> bool {
    let keyword = syntax.children(declaration).next();
    let keyword = keyword.map_or("", |node| prepared.slice(syntax.range(node)));
    matches!(keyword, "local" | "declare" | "typeset")
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
