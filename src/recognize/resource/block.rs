//! Nested objects, lists and switches among properties: every dialect's way of writing one thing is one thing.
//!
//! A nested object is a map in CloudFormation and a list of one map in Terraform. A property may be named in the spelling
//! of CloudFormation (`UserData`) or, inside JSON that is handed on as it is, in that of the API (`userData`). A number
//! or a boolean may be a string. What is not known is a hole, and so is a value of a type that cannot be: it says nothing,
//! but it is there.

use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::Spanned;
use crate::tree::{Node, NodeKind, Why};

/// The value of a property; `None` where it is absent or null.
pub(super) fn field<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
    let found = node.get(name).or_else(|| {
        let mut camel = name.to_string();
        camel.get_mut(..1)?.make_ascii_lowercase();
        node.get(&camel)
    });
    found.filter(|value| !value.is_null())
}

/// The first of several properties that is there: names that one thing has in different dialects.
pub(super) fn any<'n, 's>(node: &'n Node<'s>, names: &[&str]) -> Option<&'n Node<'s>> {
    names.iter().find_map(|name| field(node, name))
}

/// A nested object.
#[derive(Clone, Copy)]
pub(super) enum Block<'n, 's> {
    /// It is not there.
    Absent,
    /// It is there and cannot be read.
    Unknown(&'n Node<'s>),
    /// Its properties.
    Known(&'n Node<'s>),
}

impl<'n, 's> Block<'n, 's> {
    /// The nested object with this name.
    pub(super) fn of(node: &'n Node<'s>, name: &str) -> Block<'n, 's> {
        let Some(value) = field(node, name) else {
            return Block::Absent;
        };
        match value.one_or_many() {
            [] => Block::Absent,
            [one] if one.is_map() => Block::Known(one),
            _ => Block::Unknown(value),
        }
    }

    /// A property of a nested object, likewise nested.
    pub(super) fn block(self, name: &str) -> Block<'n, 's> {
        match self {
            Block::Known(node) => Block::of(node, name),
            other => other,
        }
    }

    /// The properties, if it could be read.
    pub(super) fn known(self) -> Option<&'n Node<'s>> {
        match self {
            Block::Known(node) => Some(node),
            Block::Absent | Block::Unknown(_) => None,
        }
    }

    /// As [`text`]; a hole where the object cannot be read.
    pub(super) fn text(self, name: &str) -> Option<Spanned<Template>> {
        self.read(name, text)
    }

    fn read(
        self,
        name: &str,
        read: fn(&Node<'_>, &str) -> Option<Spanned<Template>>,
    ) -> Option<Spanned<Template>> {
        match self {
            Block::Absent => None,
            Block::Known(node) => read(node, name),
            Block::Unknown(node) => Some(unreadable(node, name)),
        }
    }

    /// As [`reference`]; a hole where the object cannot be read.
    pub(super) fn reference(self, name: &str) -> Option<Spanned<Template>> {
        self.read(name, reference)
    }

    /// As [`image`]; a hole where the object cannot be read.
    pub(super) fn image(self, name: &str) -> Option<Spanned<Template>> {
        self.read(name, image)
    }

    /// As [`role`]; a hole where the object cannot be read.
    pub(super) fn role(self, name: &str) -> Option<Spanned<Template>> {
        self.read(name, role)
    }

    /// The texts of a list.
    pub(super) fn texts(self, name: &str) -> Texts {
        match self {
            Block::Absent => Texts::default(),
            Block::Known(node) => texts(field(node, name)),
            Block::Unknown(_) => Texts {
                values: Vec::new(),
                complete: false,
            },
        }
    }
}

/// The objects of a list; an object that stands alone counts as a list of one.
pub(super) fn blocks<'n, 's>(node: &'n Node<'s>, name: &str) -> &'n [Node<'s>] {
    field(node, name).map_or(&[][..], Node::one_or_many)
}

/// A property as plain text.
pub(super) fn text(node: &Node<'_>, name: &str) -> Option<Spanned<Template>> {
    field(node, name).map(|value| scalar(value, placeholders::read))
}

/// A property that names something, by name, id or ARN.
pub(super) fn reference(node: &Node<'_>, name: &str) -> Option<Spanned<Template>> {
    field(node, name).map(|value| scalar(value, named))
}

/// A name, an id or an ARN. Only in an ARN are words in capitals placeholders: people name things that way.
pub(super) fn named(text: &str) -> Template {
    match text.starts_with("arn:") {
        true => placeholders::read_reference(text),
        false => placeholders::read(text),
    }
}

/// A property as an image.
pub(super) fn image(node: &Node<'_>, name: &str) -> Option<Spanned<Template>> {
    field(node, name).map(|value| scalar(value, placeholders::read_reference))
}

/// A property as a role, by ARN or name; an empty one is none. Words that stand for a value are holes.
pub(super) fn role(node: &Node<'_>, name: &str) -> Option<Spanned<Template>> {
    image(node, name).filter(|role| !role.value.is_empty())
}

/// A scalar as text; whatever is none is a hole that nothing else equals.
pub(super) fn scalar(node: &Node<'_>, read: impl Fn(&str) -> Template) -> Spanned<Template> {
    let value = placeholders::of_node(node, read);
    Spanned::new(
        value.unwrap_or_else(|| unreadable(node, "").value),
        node.place(),
    )
}

/// A hole for what should stand under `name` in a node that cannot be read.
fn unreadable(node: &Node<'_>, name: &str) -> Spanned<Template> {
    let hole = match node.unknown() {
        Some(unknown) if name.is_empty() => {
            Template::hole(unknown.name.clone(), unknown.text.clone())
        }
        Some(unknown) => Template::hole(format!("{}.{name}", unknown.name), unknown.text.clone()),
        None => Template::hole(
            format!("@{}:{}.{name}", node.loc.file.0, node.loc.span.start),
            "…",
        ),
    };
    Spanned::new(hole, node.place())
}

/// A switch.
pub(super) enum Switch {
    /// It is not there.
    Absent,
    /// It is there and cannot be read.
    Unknown,
    /// On or off.
    Known(Spanned<bool>),
}

impl Switch {
    /// The value, if it could be read.
    pub(super) fn known(self) -> Option<Spanned<bool>> {
        match self {
            Switch::Known(value) => Some(value),
            Switch::Absent | Switch::Unknown => None,
        }
    }
}

/// A property as a switch.
pub(super) fn switch(node: &Node<'_>, name: &str) -> Switch {
    let Some(value) = field(node, name) else {
        return Switch::Absent;
    };
    let written = value.as_str().map(str::to_ascii_lowercase);
    match written.as_deref() {
        Some("true") => Switch::Known(Spanned::new(true, value.place())),
        Some("false") => Switch::Known(Spanned::new(false, value.place())),
        _ => Switch::Unknown,
    }
}

/// Texts of a list.
pub(super) struct Texts {
    /// Each item; what is not known is a hole.
    pub(super) values: Vec<Spanned<Template>>,
    /// Whether these are all: no item may stand for several or for none.
    pub(super) complete: bool,
}

impl Default for Texts {
    /// A list that is not there.
    fn default() -> Self {
        Texts {
            values: Vec::new(),
            complete: true,
        }
    }
}

/// The items of a list of references. One that stands alone counts as a list of one.
pub(super) fn texts(list: Option<&Node<'_>>) -> Texts {
    let Some(list) = list else {
        return Texts::default();
    };
    if list.unknown().is_some() {
        return Texts {
            values: Vec::new(),
            complete: false,
        };
    }
    let items = list.one_or_many();
    Texts {
        values: items
            .iter()
            .filter(|item| !item.is_null())
            .map(|item| scalar(item, named))
            .collect(),
        complete: items.iter().all(is_one),
    }
}

/// Whether an item of a list stands for exactly one value.
fn is_one(item: &Node<'_>) -> bool {
    match &item.kind {
        NodeKind::Unknown(unknown) => {
            let is_given = matches!(
                unknown.why,
                Why::DeployTime | Why::Input | Why::Elsewhere | Why::Placeholder | Why::Undeclared
            );
            is_given && !unknown.may_be_several()
        }
        NodeKind::Text(_) | NodeKind::Number(_) | NodeKind::Bool(_) => true,
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => false,
    }
}

/// Whether more may be declared than the properties show: they are not known, or a macro adds to them.
pub(super) fn is_open(properties: &Node<'_>) -> bool {
    match &properties.kind {
        NodeKind::Null => false,
        NodeKind::Map(entries) => entries
            .iter()
            .any(|entry| entry.key.value.starts_with("Fn::") || entry.key.value == "Ref"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc};
    use crate::tree::{Syntax, Unknown, parse};

    fn with_root<T>(text: &str, check: impl Fn(&Node<'_>) -> T) -> T {
        let parsed = parse(FileId(0), text, Syntax::Yaml);
        check(&parsed.documents.first().expect("a document").root)
    }

    #[test]
    fn one_thing_in_two_spellings() {
        with_root("{UserData: a, imageUri: b, Gone: null}", |root| {
            for (name, expected) in [
                ("UserData", Some("a")),
                ("ImageUri", Some("b")),
                ("Gone", None),
                ("", None),
                ("Éa", None),
            ] {
                assert_eq!(field(root, name).and_then(Node::as_str), expected, "{name}");
            }
        });
    }

    #[test]
    fn a_nested_object_is_a_map_or_a_list_of_one() {
        with_root(
            "{A: {X: 1}, B: [{X: 1}], C: [], D: [{X: 1}, {X: 2}], E: text, F: null}",
            |root| {
                let x = |name| {
                    Block::of(root, name)
                        .text("X")
                        .map(|text| text.value.to_string())
                };
                assert_eq!((x("A"), x("B")), (Some("1".into()), Some("1".into())));
                assert_eq!((x("C"), x("F"), x("G")), (None, None, None));
                for name in ["D", "E"] {
                    assert!(matches!(Block::of(root, name), Block::Unknown(_)), "{name}");
                    let text = Block::of(root, name).text("X").expect("a hole");
                    assert!(!text.value.is_known());
                    assert!(!Block::of(root, name).texts("X").complete);
                }
                assert!(matches!(Block::of(root, "A").block("Y"), Block::Absent));
            },
        );
    }

    #[test]
    fn switches_may_be_text() {
        with_root("{A: true, B: 'False', C: maybe, D: [], E: null}", |root| {
            let read = |name| match switch(root, name) {
                Switch::Absent => None,
                Switch::Unknown => Some(None),
                Switch::Known(value) => Some(Some(value.value)),
            };
            assert_eq!(read("A"), Some(Some(true)));
            assert_eq!(read("B"), Some(Some(false)));
            assert_eq!((read("C"), read("D")), (Some(None), Some(None)));
            assert_eq!((read("E"), read("F")), (None, None));
        });
    }

    #[test]
    fn lists_are_complete_when_each_item_is_one_value() {
        let unknown = |why| {
            let unknown = Unknown::new("x", "x", why);
            Node::new(Loc::NOWHERE, NodeKind::Unknown(Box::new(unknown)))
        };
        let list = |items| Node::new(Loc::NOWHERE, NodeKind::List(items));
        let rest = Unknown::new("x[*]", "x", Why::Input);
        let rest = Node::new(Loc::NOWHERE, NodeKind::Unknown(Box::new(rest)));
        for (node, count, complete) in [
            (list(vec![unknown(Why::DeployTime)]), 1, true),
            (list(vec![unknown(Why::Function)]), 1, false),
            (list(vec![rest.clone()]), 1, false),
            (unknown(Why::DeployTime), 0, false),
            (list(vec![]), 0, true),
            (list(vec![list(vec![])]), 1, false),
        ] {
            let read = texts(Some(&node));
            assert_eq!(
                (read.values.len(), read.complete),
                (count, complete),
                "{node:?}"
            );
        }
        assert!(texts(None).complete);
        with_root("{A: one, B: [1, null, true]}", |root| {
            assert_eq!(texts(field(root, "A")).values.len(), 1);
            let mixed = texts(field(root, "B"));
            assert_eq!((mixed.values.len(), mixed.complete), (2, false));
        });
    }

    #[test]
    fn a_value_of_a_wrong_type_is_a_hole_of_its_own() {
        with_root("{A: {x: 1}, B: [1, 2]}", |root| {
            let (a, b) = (reference(root, "A"), reference(root, "B"));
            let (a, b) = (a.expect("a hole"), b.expect("a hole"));
            assert!(!a.value.is_known() && !b.value.is_known());
            assert_ne!(a.value, b.value);
        });
    }

    #[test]
    fn macros_leave_properties_open() {
        for (text, open) in [
            ("{A: 1}", false),
            ("null", false),
            ("{Fn::Transform: {}, A: 1}", true),
            ("text", true),
            ("[]", true),
        ] {
            with_root(text, |root| assert_eq!(is_open(root), open, "{text}"));
        }
    }
}
