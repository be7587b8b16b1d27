//! HCL as we keep it: owned, with the place of every piece, free of the parser's types.

use crate::source::{Loc, Spanned};
use crate::tree::Text;

/// A body: arguments and blocks, as written.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The arguments, in order.
    pub attributes: Vec<Attribute>,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
}

impl Body {
    /// The argument of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name.value == name)
    }

    /// The blocks of that type, in order.
    pub fn blocks_of<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |one| one.kind.value == kind)
    }
}

/// An argument: `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value.
    pub value: Expression,
}

/// A block: `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its type.
    pub kind: Spanned<String>,
    /// Its labels, without quotes.
    pub labels: Vec<Spanned<String>>,
    /// What stands in it.
    pub body: Body,
    /// All of it, from the type to the closing brace.
    pub loc: Loc,
}

/// An expression and all of its bytes.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Where it stands.
    pub loc: Loc,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an [`Expression`] is.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A quoted text or heredoc without anything to fill in.
    Text(Text<'static>),
    /// A quoted text or heredoc with parts to fill in.
    Template(Vec<Part>),
    /// `[a, b]`.
    List(Vec<Expression>),
    /// `{ a = b }`.
    Object(Vec<(Key, Expression)>),
    /// A name: `var`, `each`.
    Name(String),
    /// `base.step[step]…`.
    Traversal(Box<Expression>, Vec<Step>),
    /// `name(arguments)`; with its namespace, as `provider::aws::arn_parse`.
    Call {
        /// The function.
        name: String,
        /// What it is given.
        arguments: Vec<Expression>,
        /// Whether the last argument is a list that stands for the rest (`…`).
        expands_last: bool,
    },
    /// `[for … : …]` or `{for … : … => …}`.
    For(Box<For>),
    /// `condition ? yes : no`.
    Conditional(Box<[Expression; 3]>),
    /// `!x` or `-x`.
    Unary(Unary, Box<Expression>),
    /// `a + b` and its kin.
    Binary(Binary, Box<[Expression; 2]>),
}

/// The key of an object's item.
#[derive(Clone, Debug)]
pub enum Key {
    /// A bare word.
    Name(Spanned<String>),
    /// A quoted text or a computed key.
    Computed(Expression),
}

/// One step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(String),
    /// `[index]`.
    Index(Expression),
    /// `.0`.
    Position(u64),
    /// `[*]` or `.*`: the rest of the steps is done to each item.
    Splat,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name for keys or positions.
    pub key_name: Option<String>,
    /// The name for values.
    pub value_name: String,
    /// What is gone through.
    pub collection: Expression,
    /// The key of each item of an object; a list comes out without one.
    pub key: Option<Expression>,
    /// The value of each item.
    pub value: Expression,
    /// Whether values of equal keys are collected in lists (`…`).
    pub groups: bool,
    /// Which items are taken.
    pub condition: Option<Expression>,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text, decoded, with its way back to the file.
    Text(Text<'static>),
    /// `${…}`: the expression, and the place with its braces.
    Value(Expression, Loc),
    /// `%{ if … }…%{ else }…%{ endif }`.
    If {
        /// The condition.
        condition: Expression,
        /// What stands where it holds.
        then: Vec<Part>,
        /// What stands where it does not.
        otherwise: Vec<Part>,
        /// All of it.
        loc: Loc,
    },
    /// `%{ for … in … }…%{ endfor }`.
    For {
        /// The name for keys or positions.
        key_name: Option<String>,
        /// The name for values.
        value_name: String,
        /// What is gone through.
        collection: Expression,
        /// What is repeated.
        body: Vec<Part>,
        /// All of it.
        loc: Loc,
    },
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `!`.
    Not,
    /// `-`.
    Minus,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `*`.
    Times,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
    /// `&&`.
    And,
    /// `||`.
    Or,
}
