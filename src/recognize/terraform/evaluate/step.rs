//! Steps behind a value: attributes, positions and keys, `[*]`; also into what is not known.

use super::iterate::key_text;
use super::{Env, Evaluator, shown};
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::Step;
use crate::tree::{NodeKind, Unknown, Why};

impl<'m> Evaluator<'m> {
    /// The value after these steps, of which only what is left is copied.
    pub(super) fn copied_steps(
        &self,
        value: &Value,
        steps: &[Step],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let mut value = value;
        for (at, step) in steps.iter().enumerate() {
            let inner = match step {
                Step::Attribute(name) => value.get(name),
                Step::Position(at) => known_item(value, usize::try_from(*at).unwrap_or(usize::MAX)),
                Step::Index(index) => {
                    let index = self.value(index, env);
                    indexed(value, &index)
                }
                Step::Splat => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => {
                    let rest = steps.get(at..).unwrap_or_default();
                    return self.walk(self.copy(value), rest, loc, env);
                }
            }
        }
        self.copy(value)
    }

    /// The value after these steps.
    pub(super) fn walk(
        &self,
        mut value: Value,
        steps: &[Step],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        for (at, step) in steps.iter().enumerate() {
            if !self.spend(1) {
                return self.opaque(loc, env, Why::TooComplex);
            }
            value = match step {
                Step::Attribute(name) => self.attribute_of(&value, name, loc, env),
                Step::Position(at) => {
                    let index = value::number(at.to_string(), loc);
                    self.item_of(&value, &index, loc, env)
                }
                Step::Index(index) => {
                    let index = self.value(index, env);
                    self.item_of(&value, &index, loc, env)
                }
                Step::Splat => {
                    let rest = steps.get(at + 1..).unwrap_or_default();
                    return self.splat(value, rest, loc, env);
                }
            };
        }
        value
    }

    fn splat(&self, value: Value, rest: &[Step], loc: Loc, env: &Env<'_, 'm>) -> Value {
        let items = match value.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::List(items) => items,
            NodeKind::Unknown(ref unknown)
                if value::is_spread(&value) || !self.is_handle(&unknown.name) =>
            {
                // A value that may be a list, or one thing.
                return value::spread(self.walk_unknown(unknown, "[*]", loc));
            }
            _ => vec![value],
        };
        let items = items
            .into_iter()
            .map(|item| {
                let is_any = value::is_spread(&item);
                let item = self.walk(item, rest, loc, env);
                if is_any { value::spread(item) } else { item }
            })
            .collect();
        value::list(items, loc)
    }

    fn is_handle(&self, name: &str) -> bool {
        self.handles.borrow().contains_key(name)
    }

    /// What lies behind a step into something unknown.
    fn walk_unknown(&self, unknown: &Unknown, step: &str, loc: Loc) -> Value {
        let inside = unknown
            .text
            .strip_prefix("${")
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(&unknown.text);
        let text = shown(&format!("{inside}{step}"));
        let name = format!("{}{step}", unknown.name);
        value::unknown(loc, Unknown::new(name, text, unknown.why))
    }

    /// `value.name`.
    pub(super) fn attribute_of(
        &self,
        value: &Value,
        name: &str,
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        match &value.kind {
            NodeKind::Unknown(unknown) => {
                let handle = self.handles.borrow().get(&unknown.name).cloned();
                match handle {
                    Some(handle) => self.handle_attribute(&handle, name, loc),
                    None => self.walk_unknown(unknown, &format!(".{name}"), loc),
                }
            }
            NodeKind::Map(_) => match value.get(name) {
                Some(inner) => inner.clone(),
                None if value::has_unknown_entries(value) => self.opaque(loc, env, Why::Elsewhere),
                None => {
                    self.fail();
                    self.opaque(loc, env, Why::Undeclared)
                }
            },
            // `list.0.name` was written without the position once.
            NodeKind::List(items) if items.iter().any(value::is_spread) => {
                self.opaque(loc, env, Why::Function)
            }
            NodeKind::Text(text) if !text.holes.is_empty() => self.opaque(loc, env, Why::Function),
            _ => {
                self.fail();
                self.opaque(loc, env, Why::Undeclared)
            }
        }
    }

    /// `value[index]`.
    pub(in super::super) fn item_of(
        &self,
        value: &Value,
        index: &Value,
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        if let NodeKind::Unknown(unknown) = &value.kind {
            let Some(key) = key_text(index) else {
                return self.opaque(loc, env, Why::Function);
            };
            return match value::integer(index) {
                Some(at) => self.walk_unknown(unknown, &format!("[{at}]"), loc),
                None => self.walk_unknown(unknown, &format!("[{key:?}]"), loc),
            };
        }
        if let Some(inner) = indexed(value, index) {
            return inner.clone();
        }
        let is_open = match &value.kind {
            NodeKind::List(items) => items.iter().any(value::is_spread),
            NodeKind::Map(_) => value::has_unknown_entries(value),
            _ => false,
        };
        if !is_open && !value::is_known(index) {
            // One of all there are.
            let all: Vec<Value> = match &value.kind {
                NodeKind::List(items) => items.clone(),
                _ => value
                    .entries()
                    .iter()
                    .map(|one| one.value.clone())
                    .collect(),
            };
            return self.one_of(all, loc, env);
        }
        if is_open {
            return self.opaque(loc, env, Why::Function);
        }
        self.fail();
        self.opaque(loc, env, Why::Undeclared)
    }
}

/// The item at a position that surely is that of this item.
fn known_item(value: &Value, at: usize) -> Option<&Value> {
    let items = value.items();
    let counted = items.iter().take_while(|item| !value::is_spread(item));
    (counted.count() > at).then(|| items.get(at)).flatten()
}

fn indexed<'v>(value: &'v Value, index: &Value) -> Option<&'v Value> {
    match &value.kind {
        NodeKind::List(_) => known_item(value, usize::try_from(value::integer(index)?).ok()?),
        NodeKind::Map(_) => value.get(index.as_str()?),
        _ => None,
    }
}
