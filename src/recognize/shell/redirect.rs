//! Redirections: where a command reads from and writes to.

use super::script::{Input, Output};
use super::walk::{Context, Walk};
use super::words::{Fields, Quoting};
use std::sync::Arc;

impl Walk<'_> {
    /// The input and output that these redirections leave.
    pub(super) fn redirected(&mut self, redirects: &[usize], context: &Context) -> Context {
        let syntax = self.syntax;
        let mut changed = context.clone();
        for redirect in redirects {
            let children: Vec<usize> = syntax.children(*redirect).collect();
            let descriptor = syntax
                .field(*redirect, "descriptor")
                .map(|node| self.text(node).to_string());
            let target = syntax.field(*redirect, "destination");
            match syntax.kind(*redirect) {
                "herestring_redirect" => {
                    if let Some(text) = children.last() {
                        let word = self.word(*text, context);
                        changed.stdin = Input::HereString(Arc::new(word));
                    }
                }
                "heredoc_redirect" => {
                    let drops_tabs = children.iter().any(|child| syntax.kind(*child) == "<<-");
                    let start = syntax.child(*redirect, "heredoc_start");
                    let is_raw =
                        start.is_some_and(|start| self.text(start).contains(['\'', '"', '\\']));
                    let mut fields = Fields::new(false);
                    let mut span = syntax.range(*redirect);
                    span.start = span.end;
                    if let Some(body) = syntax.child(*redirect, "heredoc_body") {
                        span = syntax.range(body);
                        let quoting = Quoting::Document { drops_tabs, is_raw };
                        if is_raw {
                            self.prepared.put(span.clone(), quoting, &mut fields);
                        } else {
                            self.expand_in(body, span.clone(), quoting, &mut fields, context);
                        }
                    }
                    if descriptor.as_deref().is_none_or(|number| number == "0") {
                        let word = fields.into_word(self.prepared.original(span));
                        changed.stdin = Input::HereDocument(Arc::new(word));
                    }
                }
                _ => {
                    let Some(target) = target else { continue };
                    let operator = children
                        .iter()
                        .map(|child| syntax.kind(*child))
                        .find(|kind| kind.contains(['<', '>']))
                        .unwrap_or_default();
                    if operator.starts_with('<') {
                        let is_stdin = descriptor.as_deref().is_none_or(|number| number == "0");
                        let word = self.word(target, context);
                        if is_stdin && operator == "<" {
                            let fed = word
                                .substitutions
                                .first()
                                .filter(|_| syntax.kind(target) == "process_substitution")
                                .and_then(|at| self.script.substitutions.get(*at));
                            changed.stdin = match fed {
                                Some(one) => Input::Pipe(one.outputs.as_slice().into()),
                                None => Input::File(Arc::new(word)),
                            };
                        }
                    } else {
                        let is_stdout = descriptor.as_deref().is_none_or(|number| number == "1");
                        let word = self.word(target, context);
                        if is_stdout {
                            let is_number = word.value.as_literal().is_some_and(|text| {
                                text.bytes()
                                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
                            });
                            changed.stdout = if operator == ">&" && is_number {
                                Output::Stream
                            } else {
                                Output::File(Arc::new(word))
                            };
                        }
                    }
                }
            }
        }
        changed
    }
}
