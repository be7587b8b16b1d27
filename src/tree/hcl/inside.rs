//! HCL inside of a string of another syntax: what stands there is read like a text of its own, and every place in it is led
//! back through the string to the file.

use super::syntax::{Expression, ExpressionKind, For, Key, Part, Step};
use super::{parse_expression, parse_template};
use crate::source::{FileId, Loc, Spanned};
use crate::tree::embed::Outer;
use crate::tree::{Problem, Text};

/// Reads the text of a string as a template.
///
/// # Errors
/// If it is none.
pub fn parse_template_in(text: &Text<'_>, loc: Loc) -> Result<Vec<Part>, Problem> {
    let outer = Outer::new(text, loc, None);
    match parse_template(FileId::NONE, &text.value, 0) {
        Ok(mut parts) => {
            outer.parts(&mut parts);
            Ok(parts)
        }
        Err(problem) => Err(outer.problem(problem)),
    }
}

/// Reads the text of a string as an expression.
///
/// # Errors
/// If it is none.
pub fn parse_expression_in(text: &Text<'_>, loc: Loc) -> Result<Expression, Problem> {
    let outer = Outer::new(text, loc, None);
    match parse_expression(FileId::NONE, &text.value, 0) {
        Ok(mut expression) => {
            outer.expression(&mut expression);
            Ok(expression)
        }
        Err(problem) => Err(outer.problem(problem)),
    }
}

impl Outer<'_, '_> {
    fn problem(&self, mut problem: Problem) -> Problem {
        problem.loc = self.loc(problem.loc);
        problem
    }

    fn text(&self, text: &mut Text<'static>) {
        text.runs = self.runs(text);
    }

    fn name(&self, name: &mut Spanned<String>) {
        name.loc = self.loc(name.loc);
    }

    fn parts(&self, parts: &mut [Part]) {
        for part in parts {
            match part {
                Part::Text(text) => self.text(text),
                Part::Value(inside, loc) => {
                    self.expression(inside);
                    *loc = self.loc(*loc);
                }
                Part::If {
                    condition,
                    then,
                    otherwise,
                    loc,
                } => {
                    self.expression(condition);
                    self.parts(then);
                    self.parts(otherwise);
                    *loc = self.loc(*loc);
                }
                Part::For {
                    collection,
                    body,
                    loc,
                    ..
                } => {
                    self.expression(collection);
                    self.parts(body);
                    *loc = self.loc(*loc);
                }
            }
        }
    }

    fn expression(&self, one: &mut Expression) {
        one.loc = self.loc(one.loc);
        match &mut one.kind {
            ExpressionKind::Null
            | ExpressionKind::Bool(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Name(_) => {}
            ExpressionKind::Text(text) => self.text(text),
            ExpressionKind::Template(parts) => self.parts(parts),
            ExpressionKind::List(items) => self.expressions(items),
            ExpressionKind::Object(items) => {
                for (key, value) in items {
                    match key {
                        Key::Name(name) => self.name(name),
                        Key::Computed(key) => self.expression(key),
                    }
                    self.expression(value);
                }
            }
            ExpressionKind::Traversal(base, steps) => {
                self.expression(base);
                for step in steps {
                    if let Step::Index(index) = step {
                        self.expression(index);
                    }
                }
            }
            ExpressionKind::Call { arguments, .. } => self.expressions(arguments),
            ExpressionKind::For(one) => self.loop_over(one),
            ExpressionKind::Conditional(parts) => self.expressions(parts.as_mut_slice()),
            ExpressionKind::Unary(_, operand) => self.expression(operand),
            ExpressionKind::Binary(_, operands) => self.expressions(operands.as_mut_slice()),
        }
    }

    fn expressions(&self, all: &mut [Expression]) {
        for one in all {
            self.expression(one);
        }
    }

    fn loop_over(&self, one: &mut For) {
        self.expression(&mut one.collection);
        self.expression(&mut one.value);
        for optional in [&mut one.key, &mut one.condition].into_iter().flatten() {
            self.expression(optional);
        }
    }
}
