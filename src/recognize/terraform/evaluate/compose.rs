//! Templates: texts with parts to fill in, composed so that every byte of the result knows where it comes from.

use super::{Env, Evaluator, Names, shown};
use crate::recognize::terraform::value::{self, LONGEST_TEXT, Piece, Value};
use crate::source::{Loc, Span};
use crate::tree::hcl::Part;
use crate::tree::{Node, NodeKind, ProblemKind, Style, Text, TextHole, Unknown, Why, embed};
use std::borrow::Cow;
use std::rc::Rc;

/// A text in the making.
struct Composed {
    value: String,
    runs: Vec<(u32, u32)>,
    holes: Vec<TextHole>,
    style: Style,
    is_too_long: bool,
}

impl Composed {
    fn new() -> Self {
        Composed {
            value: String::new(),
            runs: Vec::new(),
            holes: Vec::new(),
            style: Style::DoubleQuoted,
            is_too_long: false,
        }
    }

    fn length(&self) -> u32 {
        Span::new(self.value.len(), self.value.len()).start
    }

    fn append(&mut self, text: &str) {
        if self.value.len() + text.len() > LONGEST_TEXT {
            self.is_too_long = true;
        } else {
            self.value.push_str(text);
        }
    }

    fn run(&mut self, file: u32) {
        let run = (self.length(), file);
        if self.runs.last() != Some(&run) {
            self.runs.push(run);
        }
    }

    /// Text of the file.
    fn text(&mut self, text: &Text<'static>) {
        self.style = text.style;
        let base = self.length();
        for (decoded, file) in &text.runs {
            let run = (base.saturating_add(*decoded), *file);
            if self.runs.last() != Some(&run) {
                self.runs.push(run);
            }
        }
        self.append(&text.value);
    }

    /// What a part at `loc` came to. Every character of it is at the whole part.
    fn pieces(&mut self, pieces: Vec<Piece>, loc: Loc) {
        /// Longest text whose characters are followed one by one.
        const LONGEST: usize = 4096;
        self.run(loc.span.start);
        for piece in pieces {
            match piece {
                Piece::Known(text) if text.len() <= LONGEST => {
                    for (at, c) in text.char_indices() {
                        if at > 0 {
                            // Where the character before ends, and where this one starts.
                            self.run(loc.span.end);
                            self.run(loc.span.start);
                        }
                        self.append(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Piece::Known(text) => self.append(&text),
                Piece::Hole(hole) => {
                    let start = self.length();
                    self.append(&hole.text);
                    self.holes.push(TextHole {
                        range: start..self.length(),
                        unknown: hole,
                    });
                }
            }
        }
        self.run(loc.span.end);
    }

    fn finish(self, loc: Loc) -> Value {
        let runs = if self.runs.is_empty() {
            vec![(0, loc.span.start)]
        } else {
            self.runs
        };
        Node::new(
            loc,
            NodeKind::Text(Text {
                value: Cow::Owned(self.value),
                style: self.style,
                runs,
                holes: self.holes.into_boxed_slice(),
            }),
        )
    }
}

impl<'m> Evaluator<'m> {
    /// The value of a template: of a lone `${…}` the value inside, of anything else text.
    pub(in super::super) fn compose(&self, parts: &[Part], loc: Loc, env: &Env<'_, 'm>) -> Value {
        if let [Part::Value(inside, _)] = parts {
            return self.value(inside, env);
        }
        let mut composed = Composed::new();
        self.fill(parts, &mut composed, env);
        if composed.is_too_long {
            return self.opaque(loc, env, Why::TooComplex);
        }
        let value = composed.finish(loc);
        // An unknown loop may hold the comma that is missing without it. What remains says nothing then.
        let is_open = value.as_text().is_some_and(|text| !text.holes.is_empty());
        let is_broken = || {
            embed::json_in(&value).is_some_and(|inside| {
                let mut kinds = inside.problems.iter().map(|problem| problem.kind);
                kinds.any(|kind| kind == ProblemKind::Syntax)
            })
        };
        if is_open && is_broken() {
            return self.opaque(loc, env, Why::Function);
        }
        value
    }

    fn fill(&self, parts: &[Part], out: &mut Composed, env: &Env<'_, 'm>) {
        for part in parts {
            if out.is_too_long {
                return;
            }
            match part {
                Part::Text(text) => {
                    self.spend(text.value.len() / 64);
                    out.text(text);
                }
                Part::Value(inside, loc) => {
                    let value = self.value(inside, env);
                    let pieces = self.pieces_for(&value, *loc, env);
                    out.pieces(pieces, *loc);
                }
                Part::If {
                    condition,
                    then,
                    otherwise,
                    loc,
                } => match self.value(condition, env).as_bool() {
                    Some(true) => self.fill(then, out, env),
                    Some(false) => self.fill(otherwise, out, env),
                    None => self.any_text(out, *loc, env),
                },
                Part::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                    loc,
                } => {
                    let collection = self.value(collection, env);
                    let Some(rounds) = self.rounds(&collection) else {
                        self.any_text(out, *loc, env);
                        continue;
                    };
                    for round in &rounds {
                        if round.is_any {
                            self.any_text(out, *loc, env);
                            continue;
                        }
                        let value_names = Names {
                            name: value_name,
                            value: Rc::clone(&round.value),
                            label: &round.label,
                            outer: env.names,
                        };
                        let key_names = key_name.as_ref().map(|name| Names {
                            name,
                            value: Rc::clone(&round.key),
                            label: &round.label,
                            outer: Some(&value_names),
                        });
                        let inside = Env {
                            names: Some(key_names.as_ref().unwrap_or(&value_names)),
                            ..*env
                        };
                        self.fill(body, out, &inside);
                    }
                }
            }
        }
    }

    /// A stretch of the text of which nothing is known.
    fn any_text(&self, out: &mut Composed, loc: Loc, env: &Env<'_, 'm>) {
        if let Some(unknown) = self.opaque(loc, env, Why::Condition).unknown() {
            out.pieces(vec![Piece::Hole(unknown.clone())], loc);
        }
    }

    /// A value as part of a text. An unknown one is shown as it is written here.
    fn pieces_for(&self, value: &Value, loc: Loc, env: &Env<'_, 'm>) -> Vec<Piece> {
        let opaque = |why: Why| {
            let value = self.opaque(loc, env, why);
            let unknown = value.unknown().cloned();
            unknown.map(Piece::Hole).into_iter().collect()
        };
        match &value.kind {
            NodeKind::Unknown(unknown) => {
                let text = shown(&self.written(loc));
                vec![Piece::Hole(Unknown::new(
                    unknown.name.clone(),
                    text,
                    unknown.why,
                ))]
            }
            // What `jsonencode` gave stays a value up to here.
            NodeKind::List(_) | NodeKind::Map(_) => value::json(value),
            NodeKind::Null => opaque(Why::Undeclared),
            _ => value::pieces(value).unwrap_or_default(),
        }
    }
}
