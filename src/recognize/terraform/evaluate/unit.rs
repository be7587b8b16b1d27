//! Units of Terragrunt: each `terragrunt.hcl` deploys a module of the tree with inputs of its own.
//!
//! Only what stands in the unit itself is read. A file that it includes may set every input that it does not set.
//!
//! <https://docs.terragrunt.com/reference/hcl/attributes#inputs>

use super::expand::Iteration;
use super::{Deployment, Env, Evaluator};
use crate::recognize::terraform::File;
use crate::recognize::terraform::module::{Module, folder_of, join};
use crate::recognize::terraform::value::{self, Value};
use crate::tree::hcl::{Expression, ExpressionKind, Key, Part};
use crate::tree::{Unknown, Why};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A unit, and the folder of the module that it deploys.
pub(super) struct Unit<'m> {
    file: &'m File,
    folder: &'m str,
}

/// The units that deploy modules of the tree.
pub(super) fn units<'m>(
    files: &'m [File],
    modules: &'m BTreeMap<&'m str, Module<'m>>,
) -> Vec<Unit<'m>> {
    let units = files.iter().filter(|file| file.is_unit());
    units
        .filter_map(|file| {
            let folder = deployed(file, modules)?;
            Some(Unit { file, folder })
        })
        .collect()
}

/// The folder that `source` names; the unit's own where it names none.
fn deployed<'m>(file: &File, modules: &'m BTreeMap<&'m str, Module<'m>>) -> Option<&'m str> {
    let own = folder_of(&file.path);
    let source = file
        .hcl
        .body
        .blocks_of("terraform")
        .find_map(|block| block.body.attribute("source"));
    let known = |folder: &str| modules.get_key_value(folder).map(|(folder, _)| *folder);
    match source.map(|source| &source.value.kind) {
        None => known(own),
        Some(ExpressionKind::Text(text)) => {
            let is_local = text.value.starts_with('.');
            is_local.then(|| known(&join(own, &text.value))).flatten()
        }
        // `${get_repo_root()}/modules//app`: where that is does not matter if only one folder fits.
        Some(ExpressionKind::Template(parts)) => match parts.as_slice() {
            [Part::Value(start, _), Part::Text(end)] if is_folder(start) => {
                let end = join("", end.value.trim_start_matches('/'));
                let below = format!("/{end}");
                let mut fits = modules
                    .keys()
                    .filter(|folder| **folder == end || folder.ends_with(&below));
                let first = fits.next()?;
                fits.next().is_none().then_some(*first)
            }
            _ => None,
        },
        Some(_) => None,
    }
}

fn is_folder(start: &Expression) -> bool {
    matches!(&start.kind, ExpressionKind::Call { name, .. } if name.starts_with("get_") || name == "find_in_parent_folders" || name == "dirname")
}

impl<'m> Evaluator<'m> {
    /// What the units that deploy this root give to a variable: each what it sets, else what holds without it; `None` where
    /// there is no unit.
    pub(super) fn given_by_units(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &str,
        otherwise: impl Fn() -> Option<Value>,
        unknown: impl Fn(Why) -> Unknown,
    ) -> Option<Option<Value>> {
        let mut values: Vec<Option<Value>> = Vec::new();
        for unit in self
            .units
            .iter()
            .filter(|unit| unit.folder == at.module.folder)
        {
            values.push(match self.input(unit, at, name) {
                Input::Is(value) => Some(value),
                Input::Absent => otherwise(),
                Input::Unknown => {
                    Some(value::unknown(at.module.place()?, unknown(Why::Overridden)))
                }
            });
        }
        let mut values = values.into_iter();
        let first = values.next()?;
        Some(values.fold(first, |one, other| {
            let (one, other) = (one?, other?);
            let both = unknown(Why::Overridden);
            Some(value::unified(
                one,
                &other,
                &both.name,
                &both.text,
                Why::Overridden,
            ))
        }))
    }

    fn input(&self, unit: &Unit<'m>, at: &Rc<Deployment<'m>>, name: &str) -> Input {
        let single = Iteration::single();
        let env = Env {
            at,
            iteration: &single,
            names: None,
            is_isolated: true,
        };
        let body = &unit.file.hcl.body;
        let includes = body.blocks_of("include").next().is_some();
        let otherwise = if includes {
            Input::Unknown
        } else {
            Input::Absent
        };
        let Some(inputs) = body.attribute("inputs") else {
            return otherwise;
        };
        if let ExpressionKind::Object(items) = &inputs.value.kind {
            let found = items.iter().rev().find(|(key, _)| match key {
                Key::Name(key) => key.value == name,
                Key::Computed(key) => {
                    matches!(&key.kind, ExpressionKind::Text(text) if text.value == name)
                }
            });
            return match found {
                Some((_, value)) => Input::Is(self.value(value, &env)),
                None => otherwise,
            };
        }
        let all = self.value(&inputs.value, &env);
        match all.get(name) {
            Some(value) => Input::Is(value.clone()),
            None if all.is_map() && !value::has_unknown_entries(&all) => otherwise,
            None => Input::Unknown,
        }
    }
}

enum Input {
    Is(Value),
    Absent,
    Unknown,
}
