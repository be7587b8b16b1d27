//! Takes statements apart into pipelines and their stages.
//!
//! The grammar nests chains of `&&` and `||` as deep as they are long, hangs redirections on the whole where the shell
//! gives them to the last command, and hides in a heredoc what follows it on its line.

use super::walk::{Walk, is_statement};

/// How a pipeline of a chain depends on what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    First,
    And,
    Or,
}

/// One command of a pipeline, with what the grammar puts elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub node: usize,
    pub redirects: Vec<usize>,
    /// Arguments that follow a redirection.
    pub arguments: Vec<usize>,
}

pub(super) type Pipeline = (Link, Vec<Stage>);

impl Walk<'_> {
    /// Takes a statement apart into pipelines joined by `&&` and `||`. The grammar nests such chains as deep as they are
    /// long, and hangs redirections on the whole where the shell gives them to the last command.
    pub(super) fn chain(&mut self, statement: usize) -> Vec<Pipeline> {
        let mut wrapped = Vec::new();
        let mut first = statement;
        while matches!(
            self.syntax.kind(first),
            "list" | "redirected_statement" | "pipeline"
        ) {
            wrapped.push(first);
            let inner = self
                .syntax
                .children(first)
                .find(|child| is_statement(self.syntax.kind(*child)));
            match inner {
                Some(inner) => first = inner,
                None => break,
            }
        }
        let mut chain: Vec<Pipeline> = Vec::new();
        if wrapped.last() != Some(&first) {
            chain.push((Link::First, vec![Stage::new(first)]));
        }
        while let Some(outer) = wrapped.pop() {
            self.add_rest(outer, &mut chain);
        }
        chain
    }

    /// Adds what a node holds beyond its first statement.
    fn add_rest(&mut self, outer: usize, chain: &mut Vec<Pipeline>) {
        let children: Vec<usize> = self.syntax.children(outer).collect();
        let mut link = Link::First;
        let mut seen_first = matches!(self.syntax.kind(outer), "heredoc_redirect");
        for child in children {
            match self.syntax.kind(child) {
                "&&" => link = Link::And,
                "||" => link = Link::Or,
                "|" | "|&" => link = Link::First,
                "heredoc_redirect" => {
                    last_stage(chain, |stage| stage.redirects.push(child));
                    if self.enter() {
                        self.add_rest(child, chain);
                    }
                    self.leave();
                }
                "pipeline" if self.syntax.kind(outer) == "heredoc_redirect" => {
                    if self.enter() {
                        self.add_rest_of_heredoc_pipeline(child, chain);
                    }
                    self.leave();
                }
                "file_redirect" | "herestring_redirect" => {
                    last_stage(chain, |stage| stage.redirects.push(child));
                    let targets = self.syntax.children(child).filter(|target| {
                        self.syntax.kind(child) == "file_redirect"
                            && self.syntax.node(*target).field == Some("destination")
                    });
                    // The grammar takes the arguments after a redirection for more targets.
                    let more: Vec<usize> = targets.skip(1).collect();
                    last_stage(chain, |stage| stage.arguments.extend(more));
                }
                kind if self.syntax.node(child).field == Some("argument") && !kind.is_empty() => {
                    last_stage(chain, |stage| stage.arguments.push(child));
                }
                kind if is_statement(kind) && std::mem::replace(&mut seen_first, true) => {
                    self.append(child, link, chain);
                }
                _ => {}
            }
        }
    }

    fn add_rest_of_heredoc_pipeline(&mut self, pipeline: usize, chain: &mut Vec<Pipeline>) {
        let stages: Vec<usize> = self
            .syntax
            .children(pipeline)
            .filter(|child| is_statement(self.syntax.kind(*child)))
            .collect();
        for stage in stages {
            self.append(stage, Link::First, chain);
        }
    }

    /// Adds a statement to the right: to the last pipeline, or as a pipeline of its own.
    fn append(&mut self, node: usize, link: Link, chain: &mut Vec<Pipeline>) {
        if self.enter() {
            let mut right = self.chain(node).into_iter();
            if let Some((_, stages)) = right.next() {
                match (link, chain.last_mut()) {
                    (Link::First, Some((_, pipeline))) => pipeline.extend(stages),
                    _ => chain.push((link, stages)),
                }
            }
            chain.extend(right);
        }
        self.leave();
    }
}

impl Stage {
    /// A command with nothing elsewhere.
    pub fn new(node: usize) -> Self {
        Stage {
            node,
            redirects: Vec::new(),
            arguments: Vec::new(),
        }
    }
}

fn last_stage(chain: &mut [Pipeline], change: impl FnOnce(&mut Stage)) {
    if let Some(stage) = chain.last_mut().and_then(|(_, stages)| stages.last_mut()) {
        change(stage);
    }
}
