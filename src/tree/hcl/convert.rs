//! From the parser's tree to ours.
//!
//! Nothing here fails: the text has been parsed. A place that the parser does not give is that of what stands around it.

use super::syntax::{
    Attribute, Binary, Block, Body, Expression, ExpressionKind, For, Key, Part, Step, Unary,
};
use super::text::{Trim, Written, decode, indentation};
use crate::source::{FileId, Loc, Span as Bytes, Spanned};
use crate::tree::Text;
use hcl_edit::expr as parsed;
use hcl_edit::expr::Expression as Parsed;
use hcl_edit::structure;
use hcl_edit::template::{Directive, Element, StringTemplate, Strip, Template};
use hcl_edit::{Formatted, Number, Span};
use std::ops::Range;

/// Turns the parser's nodes into ours.
pub(super) struct Converter<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    /// Where `text` starts in the file.
    pub(super) base: usize,
}

impl Converter<'_> {
    fn loc(&self, span: Option<Range<usize>>, around: Loc) -> Loc {
        span.map_or(around, |span| {
            Loc::new(
                self.file,
                Bytes::new(span.start + self.base, span.end + self.base),
            )
        })
    }

    /// All of the text.
    pub(super) fn whole(&self) -> Loc {
        self.loc(Some(0..self.text.len()), Loc::NOWHERE)
    }

    fn raw(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    pub(super) fn body(&self, body: &structure::Body, around: Loc) -> Body {
        let mut out = Body::default();
        for one in body {
            match one {
                structure::Structure::Attribute(attribute) => {
                    out.attributes.push(self.attribute(attribute, around));
                }
                structure::Structure::Block(block) => out.blocks.push(self.block(block, around)),
            }
        }
        out
    }

    fn attribute(&self, attribute: &structure::Attribute, around: Loc) -> Attribute {
        let around = self.loc(attribute.span(), around);
        Attribute {
            name: Spanned::new(
                attribute.key.to_string(),
                self.loc(attribute.key.span(), around),
            ),
            value: self.expression(&attribute.value, around),
        }
    }

    fn block(&self, block: &structure::Block, around: Loc) -> Block {
        let loc = self.loc(block.span(), around);
        Block {
            kind: Spanned::new(block.ident.to_string(), self.loc(block.ident.span(), loc)),
            labels: block
                .labels
                .iter()
                .map(|label| Spanned::new(label.as_str().to_string(), self.loc(label.span(), loc)))
                .collect(),
            body: self.body(&block.body, loc),
            loc,
        }
    }

    pub(super) fn expression(&self, expression: &Parsed, around: Loc) -> Expression {
        let loc = self.loc(expression.span(), around);
        let kind = match expression {
            Parsed::Null(_) => ExpressionKind::Null,
            Parsed::Bool(value) => ExpressionKind::Bool(*value.value()),
            Parsed::Number(number) => ExpressionKind::Number(self.number(number)),
            Parsed::String(_) => ExpressionKind::Text(self.quoted(expression.span())),
            Parsed::StringTemplate(template) => self.string_template(template, loc),
            Parsed::HeredocTemplate(heredoc) => self.heredoc(heredoc, loc),
            Parsed::Array(items) => ExpressionKind::List(
                items
                    .iter()
                    .map(|item| self.expression(item, loc))
                    .collect(),
            ),
            Parsed::Object(object) => ExpressionKind::Object(self.items(object, loc)),
            Parsed::Parenthesis(inside) => {
                return self.expression(inside.inner(), loc);
            }
            Parsed::Variable(name) => ExpressionKind::Name(name.to_string()),
            Parsed::Conditional(one) => ExpressionKind::Conditional(Box::new([
                self.expression(&one.cond_expr, loc),
                self.expression(&one.true_expr, loc),
                self.expression(&one.false_expr, loc),
            ])),
            Parsed::FuncCall(call) => ExpressionKind::Call {
                name: function_name(&call.name),
                arguments: call
                    .args
                    .iter()
                    .map(|argument| self.expression(argument, loc))
                    .collect(),
                expands_last: call.args.expand_final(),
            },
            Parsed::Traversal(traversal) => ExpressionKind::Traversal(
                Box::new(self.expression(&traversal.expr, loc)),
                traversal
                    .operators
                    .iter()
                    .map(|operator| self.step(operator.value(), loc))
                    .collect(),
            ),
            Parsed::UnaryOp(one) => ExpressionKind::Unary(
                match one.operator.value() {
                    parsed::UnaryOperator::Neg => Unary::Minus,
                    parsed::UnaryOperator::Not => Unary::Not,
                },
                Box::new(self.expression(&one.expr, loc)),
            ),
            Parsed::BinaryOp(one) => ExpressionKind::Binary(
                binary(*one.operator.value()),
                Box::new([
                    self.expression(&one.lhs_expr, loc),
                    self.expression(&one.rhs_expr, loc),
                ]),
            ),
            Parsed::ForExpr(one) => ExpressionKind::For(Box::new(self.for_expression(one, loc))),
        };
        Expression { loc, kind }
    }

    fn number(&self, number: &Formatted<Number>) -> String {
        let written = number.span().map(|span| self.raw(&span).trim().to_string());
        match written {
            Some(written) if !written.is_empty() => written,
            _ => number.value().to_string(),
        }
    }

    fn items(&self, object: &parsed::Object, around: Loc) -> Vec<(Key, Expression)> {
        object
            .iter()
            .map(|(key, value)| {
                let key = match key {
                    // As it stands in the file: the parser may have been given another name.
                    parsed::ObjectKey::Ident(name) => Key::Name(Spanned::new(
                        name.span()
                            .map_or_else(|| name.to_string(), |span| self.raw(&span).to_string()),
                        self.loc(name.span(), around),
                    )),
                    parsed::ObjectKey::Expression(key) => {
                        Key::Computed(self.expression(key, around))
                    }
                };
                (key, self.expression(value.expr(), around))
            })
            .collect()
    }

    fn step(&self, operator: &parsed::TraversalOperator, around: Loc) -> Step {
        match operator {
            parsed::TraversalOperator::AttrSplat(_) | parsed::TraversalOperator::FullSplat(_) => {
                Step::Splat
            }
            parsed::TraversalOperator::GetAttr(name) => Step::Attribute(name.to_string()),
            parsed::TraversalOperator::Index(index) => Step::Index(self.expression(index, around)),
            parsed::TraversalOperator::LegacyIndex(index) => Step::Position(*index.value()),
        }
    }

    fn for_expression(&self, one: &parsed::ForExpr, around: Loc) -> For {
        For {
            key_name: one.intro.key_var.as_ref().map(|name| name.to_string()),
            value_name: one.intro.value_var.to_string(),
            collection: self.expression(&one.intro.collection_expr, around),
            key: one
                .key_expr
                .as_ref()
                .map(|key| self.expression(key, around)),
            value: self.expression(&one.value_expr, around),
            groups: one.grouping,
            condition: one
                .cond
                .as_ref()
                .map(|condition| self.expression(&condition.expr, around)),
        }
    }

    /// The text between the quotes at `span`.
    fn quoted(&self, span: Option<Range<usize>>) -> Text<'static> {
        let span = span.unwrap_or(0..0);
        let inside = span.start + 1..span.end.saturating_sub(1).max(span.start + 1);
        decode(
            self.raw(&inside),
            inside.start + self.base,
            Written::Quoted,
            false,
            Trim::default(),
        )
    }

    fn string_template(&self, template: &StringTemplate, around: Loc) -> ExpressionKind {
        let elements: Vec<&Element> = template.iter().collect();
        let parts = self.parts(&elements, Written::Quoted, Trim::default(), around);
        text_or_template(parts)
    }

    fn heredoc(
        &self,
        heredoc: &hcl_edit::template::HeredocTemplate,
        around: Loc,
    ) -> ExpressionKind {
        let whole = heredoc.template.span().unwrap_or(0..0);
        let starts_indented = heredoc
            .span()
            .is_some_and(|span| self.raw(&span).starts_with("<<-"));
        let indent = if starts_indented {
            indentation(self.raw(&whole))
        } else {
            0
        };
        let elements: Vec<&Element> = heredoc.template.iter().collect();
        let parts = self.parts(
            &elements,
            Written::Plain { indent },
            Trim::default(),
            around,
        );
        if parts.is_empty() {
            let empty = decode(
                "",
                whole.start + self.base,
                Written::Plain { indent },
                false,
                Trim::default(),
            );
            return ExpressionKind::Text(empty);
        }
        text_or_template(parts)
    }

    /// The parts of a template that is a file of its own.
    pub(super) fn template(&self, template: &Template) -> Vec<Part> {
        let elements: Vec<&Element> = template.iter().collect();
        self.parts(
            &elements,
            Written::Plain { indent: 0 },
            Trim::default(),
            self.whole(),
        )
    }

    /// The parts of a template; `outer` are the marks of what stands around it.
    fn parts(
        &self,
        elements: &[&Element],
        written: Written,
        outer: Trim,
        around: Loc,
    ) -> Vec<Part> {
        elements
            .iter()
            .enumerate()
            .filter_map(|(at, element)| {
                let before = at.checked_sub(1).and_then(|at| elements.get(at));
                let after = elements.get(at + 1);
                let trim = Trim {
                    start: before.map_or(outer.start, |one| strips(one).1),
                    end: after.map_or(outer.end, |one| strips(one).0),
                };
                match element {
                    Element::Literal(literal) => {
                        let span = literal.span()?;
                        let before = self.text.get(..span.start).unwrap_or("");
                        Some(Part::Text(decode(
                            self.raw(&span),
                            span.start + self.base,
                            written,
                            before.is_empty() || before.ends_with('\n'),
                            trim,
                        )))
                    }
                    Element::Interpolation(one) => {
                        let loc = self.loc(one.span(), around);
                        Some(Part::Value(self.expression(&one.expr, loc), loc))
                    }
                    Element::Directive(directive) => {
                        Some(self.directive(directive, element.span(), written, around))
                    }
                }
            })
            .collect()
    }

    fn directive(
        &self,
        directive: &Directive,
        span: Option<Range<usize>>,
        written: Written,
        around: Loc,
    ) -> Part {
        let loc = self.loc(span, around);
        let inside = |template: &Template, before: Strip, after: Strip| {
            let elements: Vec<&Element> = template.iter().collect();
            let trim = Trim {
                start: trims_after(before),
                end: trims_before(after),
            };
            self.parts(&elements, written, trim, loc)
        };
        match directive {
            Directive::If(one) => {
                let end = one.endif_expr.strip;
                let middle = one.else_expr.as_ref().map(|other| other.strip);
                Part::If {
                    condition: self.expression(&one.if_expr.cond_expr, loc),
                    then: inside(
                        &one.if_expr.template,
                        one.if_expr.strip,
                        middle.unwrap_or(end),
                    ),
                    otherwise: one
                        .else_expr
                        .as_ref()
                        .map(|other| inside(&other.template, other.strip, end))
                        .unwrap_or_default(),
                    loc,
                }
            }
            Directive::For(one) => Part::For {
                key_name: one.for_expr.key_var.as_ref().map(|name| name.to_string()),
                value_name: one.for_expr.value_var.to_string(),
                collection: self.expression(&one.for_expr.collection_expr, loc),
                body: inside(
                    &one.for_expr.template,
                    one.for_expr.strip,
                    one.endfor_expr.strip,
                ),
                loc,
            },
        }
    }
}

fn text_or_template(mut parts: Vec<Part>) -> ExpressionKind {
    match (parts.pop(), parts.is_empty()) {
        (Some(Part::Text(text)), true) => ExpressionKind::Text(text),
        (last, _) => {
            parts.extend(last);
            ExpressionKind::Template(parts)
        }
    }
}

/// Whether an element trims the text before it, and the text after it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(one) => (trims_before(one.strip), trims_after(one.strip)),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(one) => (
                trims_before(one.if_expr.strip),
                trims_after(one.endif_expr.strip),
            ),
            Directive::For(one) => (
                trims_before(one.for_expr.strip),
                trims_after(one.endfor_expr.strip),
            ),
        },
    }
}

fn trims_before(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn trims_after(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}

fn function_name(name: &parsed::FuncName) -> String {
    let mut out = String::new();
    for part in &name.namespace {
        out.push_str(part.as_str());
        out.push_str("::");
    }
    out.push_str(name.name.as_str());
    out
}

fn binary(operator: parsed::BinaryOperator) -> Binary {
    match operator {
        parsed::BinaryOperator::Eq => Binary::Equal,
        parsed::BinaryOperator::NotEq => Binary::NotEqual,
        parsed::BinaryOperator::Less => Binary::Less,
        parsed::BinaryOperator::LessEq => Binary::LessOrEqual,
        parsed::BinaryOperator::Greater => Binary::Greater,
        parsed::BinaryOperator::GreaterEq => Binary::GreaterOrEqual,
        parsed::BinaryOperator::Plus => Binary::Plus,
        parsed::BinaryOperator::Minus => Binary::Minus,
        parsed::BinaryOperator::Mul => Binary::Times,
        parsed::BinaryOperator::Div => Binary::Divide,
        parsed::BinaryOperator::Mod => Binary::Modulo,
        parsed::BinaryOperator::And => Binary::And,
        parsed::BinaryOperator::Or => Binary::Or,
    }
}
