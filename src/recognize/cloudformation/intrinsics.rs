//! The functions that a template may call for a value.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use super::call::Call;
use super::evaluate::{Evaluator, weight};
use super::text::{Builder, LONGEST, part, reached_at};
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::{Loc, Span};
use crate::tree::{Node, NodeKind, Style, Text, Why};
use std::borrow::Cow;
use std::collections::BTreeMap;

impl<'s> Evaluator<'_, 's> {
    /// What a call gives; `None` for what `AWS::NoValue` takes away.
    pub(super) fn call(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let answer = match call.name {
            "Ref" => match call.argument.text() {
                Some(name) => return self.reference(name.trim(), call.loc),
                None => None,
            },
            "If" => match call.argument.items() {
                [condition, then, otherwise] => match self.verdict_of(condition) {
                    Some(true) => return self.value(then),
                    Some(false) => return self.value(otherwise),
                    None => Some(self.open_call(call, Why::Condition)),
                },
                _ => None,
            },
            "GetAtt" => self.attribute_of(call),
            "Sub" => self.sub(call),
            "Join" => self.join(call),
            "Select" => self.select(call),
            "Split" => self.split(call),
            "FindInMap" => self.find_in_map(call),
            // What is encoded, or turned into JSON, is read as what it was before.
            "Base64" | "ToJsonString" => return self.argument(call.argument),
            "Length" => self.length(call),
            "ImportValue" | "Transform" => Some(self.open_call(call, Why::Elsewhere)),
            "GetAZs" => Some(self.open_call(call, Why::DeployTime)),
            _ => None,
        };
        Some(answer.unwrap_or_else(|| self.open_call(call, Why::Function)))
    }

    /// `Sub`: text with `${…}` in it, and perhaps names of its own.
    fn sub(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let written = call.argument.written()?;
        let (format, own) = match written.items() {
            [] => (written, None),
            [format] => (format, None),
            [format, own] => (format, Some(own)),
            _ => return None,
        };
        let text = format.as_text()?;
        let own: BTreeMap<&str, &Node<'s>> = own
            .map_or(&[][..], Node::entries)
            .iter()
            .map(|entry| (entry.key.value.as_ref(), &entry.value))
            .collect();
        let mut out = Builder::default();
        let mut literal = 0;
        let mut at = 0;
        while let Some(found) = text.value.get(at..).and_then(|rest| rest.find("${")) {
            let open = at + found;
            let inside = open + 2;
            let Some(len) = text.value.get(inside..).and_then(|rest| rest.find('}')) else {
                break;
            };
            let name = text.value.get(inside..inside + len).unwrap_or("");
            let end = inside + len + 1;
            at = end;
            if name.starts_with('!') {
                out.part(text, literal..inside);
                literal = inside + 1;
                continue;
            }
            out.part(text, literal..open);
            literal = end;
            let place = format.loc_of(open..end);
            let value = match own.get(name.trim()) {
                Some(node) => self.value(node)?,
                None => self.named(name.trim(), place)?,
            };
            self.insert(&value, place.span, name, &mut out);
            if out.len() > LONGEST {
                return Some(self.too_complex(call.loc));
            }
        }
        out.part(text, literal..text.value.len());
        self.made(out, format.loc, format.alias, text.style)
    }

    /// Adds a value that stands for the bytes `span`; what is no text is unknown text.
    fn insert(&self, value: &Node<'s>, span: Span, name: &str, out: &mut Builder) {
        if !out.scalar(value, Some(span)) {
            let name = format!("!Sub {}", name.trim());
            let hole = self.unknown(value.loc, &name, "…", Why::Function);
            out.scalar(&hole, Some(span));
        }
    }

    /// What `${name}` in a `Sub` stands for: `Name` or `Name.Attribute`.
    fn named(&self, name: &str, place: Loc) -> Option<Node<'s>> {
        match name.split_once('.') {
            Some((id, attribute)) if !self.anatomy.parameters.contains_key(name) => {
                Some(self.attribute_named(id, attribute, place))
            }
            // `AWS::NoValue` makes no text.
            _ => self.reference(name, place),
        }
    }

    /// `Join`: a separator and a list.
    fn join(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let [separator, list] = call.argument.items() else {
            return None;
        };
        let separator = self.known(separator)?;
        let list = self.value(list)?;
        if !list.is_list() {
            return None;
        }
        let mut out = Builder::default();
        let mut end = None;
        for item in list.items() {
            if let Some(end) = end.filter(|_| !separator.is_empty()) {
                let between = Span {
                    start: end,
                    end: item.place().span.start.max(end),
                };
                out.standing(&separator, between);
            }
            if !out.scalar(item, None) {
                return None;
            }
            if out.len() > LONGEST {
                return Some(self.too_complex(call.loc));
            }
            end = Some(item.place().span.end);
        }
        self.made(out, call.loc, list.alias, Style::Plain)
    }

    /// The text that was built, as a node.
    fn made(&self, out: Builder, loc: Loc, alias: Option<Loc>, style: Style) -> Option<Node<'s>> {
        if !self.spend(1 + out.len() / 64) {
            return Some(self.too_complex(loc));
        }
        let mut node = Node::new(loc, NodeKind::Text(out.finish(style)));
        node.alias = alias;
        Some(node)
    }

    /// `Select`: an index and a list.
    fn select(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let [index, list] = call.argument.items() else {
            return None;
        };
        let index: usize = self.known(index)?.trim().parse().ok()?;
        let list = self.value(list)?;
        match &list.kind {
            NodeKind::List(items) => match items.get(index) {
                Some(item) => Some(item.clone()),
                None => Some(self.open_call(call, Why::Undeclared)),
            },
            _ => None,
        }
    }

    /// `Split`: a separator and a text.
    fn split(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let [separator, source] = call.argument.items() else {
            return None;
        };
        let separator = self.known(separator).filter(|text| !text.is_empty())?;
        let source = self.value(source)?;
        let items = match &source.kind {
            NodeKind::Text(text) => self.pieces(&source, text, &separator)?,
            NodeKind::Number(_) | NodeKind::Bool(_) => vec![source.clone()],
            _ => return None,
        };
        if !self.spend(items.len()) {
            return Some(self.too_complex(call.loc));
        }
        let mut node = Node::new(call.loc, NodeKind::List(items));
        node.alias = source.alias;
        Some(node)
    }

    /// The pieces of a text between separators; `None` where something unknown in it may hold one.
    fn pieces(&self, node: &Node<'s>, text: &Text<'s>, separator: &str) -> Option<Vec<Node<'s>>> {
        let scope = &self.scope;
        let is_one_word = |name: &str| {
            let is = |template: &Template| template.holes().any(|hole| hole.name == name);
            is(&scope.account) || is(&scope.partition) || (is(&scope.region) && separator != "-")
        };
        if !text
            .holes
            .iter()
            .all(|hole| is_one_word(&hole.unknown.name))
        {
            return None;
        }
        let in_hole = |at: usize| {
            let inside = |hole: &crate::tree::TextHole| {
                (hole.range.start as usize) < at + separator.len() && at < hole.range.end as usize
            };
            text.holes.iter().any(inside)
        };
        let mut items = Vec::new();
        let mut start = 0;
        for (at, _) in text.value.match_indices(separator) {
            if in_hole(at) {
                continue;
            }
            items.push(part(node, start..at));
            start = at + separator.len();
        }
        items.push(part(node, start..text.value.len()));
        Some(items)
    }

    /// `FindInMap`: a mapping, two keys, and perhaps a value for when there is none.
    fn find_in_map(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let (map, top, second, default) = match call.argument.items() {
            [map, top, second] => (map, top, second, None),
            [map, top, second, default] => (map, top, second, default.get("DefaultValue")),
            _ => return None,
        };
        let mapping = self.anatomy.mappings.get(self.known(map)?.as_str());
        let second = self.known(second)?;
        let found = match self.known(top) {
            Some(top) => mapping.and_then(|mapping| mapping.get(&top)?.get(&second)),
            // A mapping that says the same of everything needs no key.
            None => {
                let mut values = mapping.map_or(&[][..], |mapping| mapping.entries()).iter();
                let first = values.next().and_then(|entry| entry.value.get(&second))?;
                values
                    .all(|entry| entry.value.get(&second) == Some(first))
                    .then_some(first)?;
                Some(first)
            }
        };
        match (found, default) {
            (Some(found), _) => {
                if !self.spend(weight(found)) {
                    return Some(self.too_complex(call.loc));
                }
                let mut found = found.clone();
                reached_at(&mut found, call.loc);
                Some(found)
            }
            (None, Some(default)) => self.value(default),
            (None, None) => Some(self.open_call(call, Why::Undeclared)),
        }
    }

    /// `Length`: of a list.
    fn length(&self, call: Call<'_, 's>) -> Option<Node<'s>> {
        let list = self.argument(call.argument)?;
        let is_whole = list.items().iter().all(|item| item.unknown().is_none());
        (list.is_list() && is_whole).then(|| {
            let number = Cow::Owned(list.items().len().to_string());
            Node::new(call.loc, NodeKind::Number(number))
        })
    }

    /// A computed text as a node that stands where it is used.
    pub(super) fn computed(&self, template: &Template, place: Loc) -> Node<'s> {
        let mut node = placeholders::to_node(template, place);
        node.alias = Some(place);
        node
    }
}
