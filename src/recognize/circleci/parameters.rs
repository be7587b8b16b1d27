//! `<< parameters.x >>`: what a job, command or executor is given, put into its text before anything reads it.
//!
//! <https://circleci.com/docs/reusing-config/>

use crate::tree::Node;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The marks of a parameter.
pub(super) const MARKS: (&str, &str) = ("<<", ">>");

/// Longest text that is put together.
const MAX_TEXT: usize = 64 * 1024;

/// The value of a parameter.
#[derive(Clone)]
pub(super) enum Value<'n, 's> {
    /// Text.
    Text(String),
    /// Steps, with the parameters in force where they are written.
    Steps(&'n Node<'s>, Rc<Scope<'n, 's>>),
    /// It differs from run to run.
    Unknown,
}

/// The parameters in force.
pub(super) struct Scope<'n, 's> {
    own: BTreeMap<&'n str, Value<'n, 's>>,
    pipeline: Rc<BTreeMap<&'n str, String>>,
}

impl<'n, 's> Scope<'n, 's> {
    /// Outside of any job: the parameters of the pipeline, by their defaults.
    pub(super) fn of_pipeline(root: &'n Node<'s>) -> Self {
        let declared = root
            .get("parameters")
            .map_or(&[][..], |block| block.entries());
        let pipeline = declared
            .iter()
            .filter_map(|entry| {
                let default = entry.value.get("default")?.as_str()?;
                Some((entry.key.value.as_ref(), default.to_string()))
            })
            .collect();
        Scope {
            own: BTreeMap::new(),
            pipeline: Rc::new(pipeline),
        }
    }

    /// Inside of something that declares parameters and is given some by `outer`.
    pub(super) fn of_call(
        declared: Option<&'n Node<'s>>,
        given: Option<&'n Node<'s>>,
        outer: &Rc<Scope<'n, 's>>,
    ) -> Self {
        let mut own = BTreeMap::new();
        let entries = declared.map_or(&[][..], |block| block.entries());
        for entry in entries {
            let name = entry.key.value.as_ref();
            let value = match given.and_then(|given| given.get(name)) {
                Some(given) => Some(outer.value_of(given)),
                None => entry
                    .value
                    .get("default")
                    .map(|default| outer.value_of(default)),
            };
            own.insert(name, value.unwrap_or(Value::Unknown));
        }
        let matrix = given
            .and_then(|given| given.get("matrix")?.get("parameters"))
            .map_or(&[][..], |matrix| matrix.entries());
        for entry in matrix {
            own.insert(entry.key.value.as_ref(), Value::Unknown);
        }
        Scope {
            own,
            pipeline: Rc::clone(&outer.pipeline),
        }
    }

    fn value_of(self: &Rc<Self>, node: &'n Node<'s>) -> Value<'n, 's> {
        if node.is_list() {
            return Value::Steps(node, Rc::clone(self));
        }
        let Some(text) = node.as_str() else {
            return Value::Unknown;
        };
        if let Some(name) = whole(text) {
            return self.value(name);
        }
        self.fill(text).map_or(Value::Unknown, Value::Text)
    }

    /// The value of a reference: `parameters.tag`, `pipeline.parameters.tag`.
    pub(super) fn value(&self, reference: &str) -> Value<'n, 's> {
        if let Some(name) = reference.strip_prefix("parameters.") {
            return self.own.get(name).cloned().unwrap_or(Value::Unknown);
        }
        reference
            .strip_prefix("pipeline.parameters.")
            .and_then(|name| self.pipeline.get(name))
            .map_or(Value::Unknown, |text| Value::Text(text.clone()))
    }

    /// The value of a reference, if it is known text.
    pub(super) fn text(&self, reference: &str) -> Option<String> {
        match self.value(reference) {
            Value::Text(text) => Some(text),
            Value::Steps(..) | Value::Unknown => None,
        }
    }

    /// Text with its parameters put in place; `None` if one of them is not known.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(MARKS.0) {
            let Some((name, tail)) = after.split_once(MARKS.1) else {
                break;
            };
            filled.push_str(before);
            filled.push_str(&self.text(name.trim())?);
            rest = tail;
            if filled.len() > MAX_TEXT {
                return None;
            }
        }
        filled.push_str(rest);
        Some(filled)
    }
}

/// The reference that a text is as a whole.
pub(super) fn whole(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix(MARKS.0)?.strip_suffix(MARKS.1)?;
    (!inner.contains(MARKS.0)).then(|| inner.trim())
}
