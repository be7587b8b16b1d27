//! How an argument of Terraform becomes a property of CloudFormation: the small language that the tables are written in.

use crate::model::template::Template;
use crate::source::{Loc, Span, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style, Text, embed};
use std::borrow::Cow;

/// An argument that is more than its spelling away from a property.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in Terraform.
    pub(super) from: &'static str,
    /// The property, with a dot between levels: `LaunchTemplateData.UserData`.
    pub(super) to: &'static str,
    /// What happens to the value.
    pub(super) shape: Shape,
    /// What Terraform takes where the argument is absent, said only where CloudFormation takes something else or where
    /// others ask for the attribute.
    pub(super) absent: Option<Literal>,
}

/// What happens to a value on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Nothing.
    Value,
    /// It becomes a list of one.
    Wrapped,
    /// A block that may stand once: a map.
    Block(&'static [Field]),
    /// A block that may stand often: a list of maps.
    Blocks(&'static [Field]),
    /// A map: a list of maps with these two keys.
    Pairs(&'static str, &'static str),
    /// JSON in the spelling of the AWS API (`executionRoleArn`), as text or encoded by the configuration: a tree whose keys
    /// start with a capital.
    Document,
    /// A boolean: `ENABLED` or `DISABLED`.
    Switch,
    /// It is left out.
    Dropped,
}

/// A value that a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// Text.
    Text(&'static str),
    /// A boolean.
    Bool(bool),
}

impl Field {
    /// The value under another name.
    pub(super) const fn to(from: &'static str, to: &'static str) -> Field {
        Field::shaped(from, to, Shape::Value)
    }

    /// The value in another shape.
    pub(super) const fn shaped(from: &'static str, to: &'static str, shape: Shape) -> Field {
        Field {
            from,
            to,
            shape,
            absent: None,
        }
    }

    /// Nothing.
    pub(super) const fn dropped(from: &'static str) -> Field {
        Field::shaped(from, "", Shape::Dropped)
    }

    /// With this text where it is absent.
    pub(super) const fn or_text(mut self, text: &'static str) -> Field {
        self.absent = Some(Literal::Text(text));
        self
    }

    /// With this boolean where it is absent.
    pub(super) const fn or_bool(mut self, value: bool) -> Field {
        self.absent = Some(Literal::Bool(value));
        self
    }
}

impl Literal {
    /// The value as text.
    pub(super) fn template(self) -> Template {
        Template::literal(match self {
            Literal::Text(text) => text,
            Literal::Bool(true) => "true",
            Literal::Bool(false) => "false",
        })
    }

    fn node(self, place: Loc) -> Node<'static> {
        match self {
            Literal::Text(text) => stated(text, place),
            Literal::Bool(value) => Node::new(place, NodeKind::Bool(value)),
        }
    }
}

/// Text that no file holds: what the value at `place` stands for.
fn stated(text: &'static str, place: Loc) -> Node<'static> {
    let text = Text::verbatim(text, Style::Plain, place.span.start);
    at(Node::new(place, NodeKind::Text(text)), place)
}

/// The node with `place` as the place to look at, for text whose bytes stand nowhere as they are.
pub(super) fn at(mut node: Node<'static>, place: Loc) -> Node<'static> {
    node.alias = Some(place);
    node
}

/// `assume_role_policy` → `AssumeRolePolicy`.
pub(super) fn pascal(name: &str) -> String {
    name.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut word = word.to_string();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

/// `RepositoryName` → `repository_name`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The properties that the arguments in `body` are. Arguments without a field keep their value under their name in
/// PascalCase. `null` is the same as absent, and so is the empty text, as the provider takes it.
pub(super) fn properties(body: &Node<'static>, fields: &'static [Field]) -> Vec<Entry<'static>> {
    let mut properties = Vec::with_capacity(body.entries().len());
    for entry in body.entries() {
        if is_absent(&entry.value) {
            continue;
        }
        let name = entry.key.value.as_ref();
        let field = fields.iter().find(|field| field.from == name);
        let (to, shape) = match field {
            Some(field) => (Cow::Borrowed(field.to), field.shape),
            None if name == "tags" => (Cow::Borrowed("Tags"), Shape::Pairs("Key", "Value")),
            None if name == "tags_all" => continue,
            None => (Cow::Owned(pascal(name)), Shape::Value),
        };
        if let Some(value) = shaped(&entry.value, shape) {
            insert(&mut properties, &to, entry.key.loc, value);
        }
    }
    for field in fields {
        if let Some(literal) = field.absent
            && body.get(field.from).is_none_or(is_absent)
            && let Some(value) = shaped(&literal.node(body.place()), field.shape)
        {
            insert(&mut properties, field.to, body.place(), value);
        }
    }
    properties
}

fn is_absent(value: &Node<'static>) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn is_empty(block: &Node<'static>) -> bool {
    block.is_map() && block.entries().iter().all(|entry| is_absent(&entry.value))
}

/// Adds a property below the maps that `path` names. What is there already stays.
fn insert(map: &mut Vec<Entry<'static>>, path: &str, key: Loc, value: Node<'static>) {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let there = map.iter().position(|entry| entry.key.value == name);
    match (there.and_then(|index| map.get_mut(index)), rest) {
        (Some(entry), Some(rest)) => {
            if let NodeKind::Map(inside) = &mut entry.value.kind {
                insert(inside, rest, key, value);
            }
        }
        (Some(_), None) => {}
        (None, rest) => {
            let value = match rest {
                None => value,
                Some(rest) => {
                    let loc = value.loc;
                    let mut inside = Vec::new();
                    insert(&mut inside, rest, key, value);
                    Node::new(loc, NodeKind::Map(inside))
                }
            };
            map.push(Entry {
                key: Spanned::new(Cow::Owned(name.to_string()), key),
                value,
            });
        }
    }
}

/// The value in its shape; `None` where there is nothing to say.
fn shaped(value: &Node<'static>, shape: Shape) -> Option<Node<'static>> {
    let with = |kind| Node {
        loc: value.loc,
        kind,
        tag: None,
        alias: value.alias,
    };
    match shape {
        Shape::Dropped => None,
        Shape::Value => Some(value.clone()),
        Shape::Wrapped if value.is_list() => Some(value.clone()),
        Shape::Wrapped => Some(with(NodeKind::List(vec![value.clone()]))),
        Shape::Document => Some(document(value)),
        Shape::Switch => Some(match value.as_bool() {
            Some(true) => stated("ENABLED", value.place()),
            Some(false) => stated("DISABLED", value.place()),
            None => value.clone(),
        }),
        Shape::Block(fields) => {
            let blocks = value.one_or_many();
            let unknown = blocks.iter().find(|block| !block.is_map());
            let block = unknown.or(blocks.first())?;
            Some(block_of(block, fields))
        }
        Shape::Blocks(fields) if value.is_list() || value.is_map() => {
            // An empty block says that there is none (`inline_policy {}`).
            let blocks = value.one_or_many().iter().filter(|block| !is_empty(block));
            let blocks = blocks.map(|block| block_of(block, fields)).collect();
            Some(with(NodeKind::List(blocks)))
        }
        Shape::Blocks(_) => Some(value.clone()),
        Shape::Pairs(key, named) if value.is_map() => {
            let pairs = value.entries().iter().map(|entry| pair(entry, key, named));
            Some(with(NodeKind::List(pairs.collect())))
        }
        Shape::Pairs(..) => Some(value.clone()),
    }
}

/// The properties of a block; what is no block, because it is not known, stays.
fn block_of(block: &Node<'static>, fields: &'static [Field]) -> Node<'static> {
    if !block.is_map() {
        return block.clone();
    }
    Node {
        loc: block.loc,
        kind: NodeKind::Map(properties(block, fields)),
        tag: None,
        alias: block.alias,
    }
}

/// `a = "b"` → `{"Key": "a", "Value": "b"}`.
fn pair(entry: &Entry<'static>, key: &'static str, value: &'static str) -> Node<'static> {
    let (from, to) = (entry.key.loc, entry.value.place());
    let loc = if from.file == to.file {
        Loc::new(from.file, from.span.cover(to.span))
    } else {
        from
    };
    let name = Text::verbatim(entry.key.value.clone(), Style::Plain, from.span.start);
    let name = at(Node::new(from, NodeKind::Text(name)), from);
    let property = |key: &'static str, value| Entry {
        key: Spanned::new(Cow::Borrowed(key), from),
        value,
    };
    let pair = vec![property(key, name), property(value, entry.value.clone())];
    Node::new(loc, NodeKind::Map(pair))
}

/// Keys of maps whose own keys are the user's: options of a log driver, labels.
const OWN_KEYS: [&str; 4] = ["Options", "DockerLabels", "Labels", "DriverOpts"];

/// A JSON document as a tree with the keys of CloudFormation; text that is no JSON, perhaps because part of it is not
/// known, stays.
fn document(value: &Node<'static>) -> Node<'static> {
    let parsed = embed::json_in(value);
    let root = match &parsed {
        Some(parsed) if parsed.problems.is_empty() => parsed.documents.first(),
        _ => None,
    };
    with_capitals(root.map_or(value, |document| &document.root))
}

fn with_capitals(node: &Node<'static>) -> Node<'static> {
    let kind = match &node.kind {
        NodeKind::List(items) => NodeKind::List(items.iter().map(with_capitals).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .iter()
                .map(|entry| {
                    let key = capitalized(&entry.key.value);
                    let value = if OWN_KEYS.contains(&key.as_str()) {
                        entry.value.clone()
                    } else {
                        with_capitals(&entry.value)
                    };
                    Entry {
                        key: Spanned::new(Cow::Owned(key), entry.key.loc),
                        value,
                    }
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        loc: node.loc,
        kind,
        tag: None,
        alias: node.alias,
    }
}

/// A map of properties at `loc`.
pub(super) fn map(entries: Vec<Entry<'static>>, loc: Loc) -> Node<'static> {
    Node::new(loc, NodeKind::Map(entries))
}

/// A property that is made from others.
pub(super) fn entry(name: &'static str, value: Node<'static>) -> Entry<'static> {
    let place = value.place();
    let key = Loc::new(
        place.file,
        Span {
            end: place.span.start,
            ..place.span
        },
    );
    Entry {
        key: Spanned::new(Cow::Borrowed(name), key),
        value,
    }
}
