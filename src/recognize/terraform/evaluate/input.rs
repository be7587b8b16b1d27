//! Variables: the caller's arguments, `.tfvars` files, defaults, and the conversion to the declared type.
//!
//! Files that Terraform loads by itself win over the default. Any other `.tfvars` file in sight may be named on the command
//! line, so its value counts beside: where they agree the value is known, where they differ only what they agree on.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables>

use super::expand::Iteration;
use super::{Deployment, Env, Evaluator, shown};
use crate::recognize::terraform::File;
use crate::recognize::terraform::module::folder_of;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::{Expression, ExpressionKind, Key};
use crate::tree::{NodeKind, Unknown, Why};
use std::rc::Rc;

impl<'m> Evaluator<'m> {
    /// The value of `var.name` in a module.
    pub(super) fn variable(&self, at: &Rc<Deployment<'m>>, name: &str, loc: Loc) -> Rc<Value> {
        let label = format!("var.{name}");
        self.remembered(at, &label, loc, || {
            let id = format!("{}|{}{label}", at.root, at.address);
            let Some(block) = at.module.variables.get(name) else {
                let unknown = Unknown::new(id, shown(&label), Why::Undeclared);
                return value::unknown(loc, unknown);
            };
            let single = Iteration::single();
            let env = Env {
                at,
                iteration: &single,
                names: None,
                is_isolated: false,
            };
            let default = block
                .body
                .attribute("default")
                .map(|default| self.value(&default.value, &env));
            let place = block.labels.first().map_or(block.loc, |one| one.loc);
            let input =
                || value::unknown(place, Unknown::new(id.clone(), shown(&label), Why::Input));
            let given = match &at.caller {
                Some(caller) => self.passed(caller, name),
                None => {
                    let in_files = || self.set_in_files(at, name, &default, &id, &label);
                    let unknown = |why| Unknown::new(id.clone(), shown(&label), why);
                    self.given_by_units(at, name, in_files, unknown)
                        .unwrap_or_else(in_files)
                }
            };
            let is_nullable = block
                .body
                .attribute("nullable")
                .is_none_or(|one| !matches!(one.value.kind, ExpressionKind::Bool(false)));
            let value = match given {
                Some(given) if !given.is_null() || is_nullable => given,
                _ => default.unwrap_or_else(input),
            };
            let told = self
                .told_region(at, name)
                .filter(|_| value.as_str().is_none());
            if let Some(region) = told {
                return value::text(&region, place);
            }
            match block.body.attribute("type") {
                Some(declared) => self.converted(value, &declared.value, &env),
                None => value,
            }
        })
    }

    /// The argument that a call gives.
    fn passed(&self, caller: &super::Caller<'m>, name: &str) -> Option<Value> {
        let parent = self.deployment(caller.id)?;
        let argument = caller.block.body.attribute(name)?;
        let env = Env {
            at: &parent,
            iteration: &caller.iteration,
            names: None,
            is_isolated: false,
        };
        Some(self.value(&argument.value, &env))
    }

    /// What the files with values say of a root's variable, together with its default.
    fn set_in_files(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &str,
        default: &Option<Value>,
        id: &str,
        label: &str,
    ) -> Option<Value> {
        let folder = &at.module.folder;
        let single = Iteration::single();
        let env = Env {
            at,
            iteration: &single,
            names: None,
            is_isolated: true,
        };
        let mut loaded: Option<((bool, &str), Value)> = None;
        let mut others = Vec::new();
        for file in &self.values {
            if !self.is_for(file, folder) {
                continue;
            }
            let Some(attribute) = file.hcl.body.attribute(name) else {
                continue;
            };
            let value = self.value(&attribute.value, &env);
            match load_order(file, folder) {
                Some(order) if loaded.as_ref().is_none_or(|(last, _)| *last <= order) => {
                    loaded = Some((order, value));
                }
                Some(_) => {}
                None => others.push(value),
            }
        }
        let base = loaded.map(|(_, value)| value).or_else(|| default.clone());
        let mut values = base.into_iter().chain(others);
        let first = values.next()?;
        Some(values.fold(first, |one, other| {
            value::unified(one, &other, id, &shown(label), Why::Overridden)
        }))
    }

    /// Whether a file with values in sight sets a root's variable.
    pub(super) fn is_set_in_files(&self, at: &Rc<Deployment<'m>>, name: &str) -> bool {
        self.values.iter().any(|file| {
            self.is_for(file, &at.module.folder) && file.hcl.body.attribute(name).is_some()
        })
    }

    /// Whether a file with values may be meant for the root in `folder`: it lies in it or below it, with no other module
    /// between; or it lies below no module at all.
    fn is_for(&self, file: &File, folder: &str) -> bool {
        let mut owner = folder_of(&file.path);
        loop {
            if self.modules.contains_key(owner) {
                return owner == folder;
            }
            if owner.is_empty() {
                return true;
            }
            owner = folder_of(owner);
        }
    }

    /// A value as the type of its variable has it: attributes that are left out get their defaults, numbers that are to be
    /// texts become texts.
    fn converted(&self, value: Value, declared: &Expression, env: &Env<'_, 'm>) -> Value {
        let loc = value.loc;
        let (name, arguments) = match &declared.kind {
            ExpressionKind::Name(name) => (name.as_str(), [].as_slice()),
            ExpressionKind::Call {
                name, arguments, ..
            } => (name.as_str(), arguments.as_slice()),
            _ => return value,
        };
        match (name, arguments, value.kind) {
            ("string", _, NodeKind::Number(text)) => {
                let mut converted = value::text(text.into_owned(), loc);
                converted.alias = value.alias;
                converted
            }
            ("string", _, NodeKind::Bool(is)) => value::text(is.to_string(), loc),
            ("list" | "set", [item], NodeKind::List(items)) => value::list(
                items
                    .into_iter()
                    .map(|one| self.converted(one, item, env))
                    .collect(),
                loc,
            ),
            ("map", [item], NodeKind::Map(entries)) => value::map(
                entries
                    .into_iter()
                    .map(|mut entry| {
                        entry.value = self.converted(entry.value, item, env);
                        entry
                    })
                    .collect(),
                loc,
            ),
            ("optional", [inner, ..], kind) => {
                let mut value = value::null(loc);
                value.kind = kind;
                self.converted(value, inner, env)
            }
            ("object", [fields], NodeKind::Map(entries)) => {
                let mut object = value::map(entries, loc);
                self.complete(&mut object, fields, env);
                object
            }
            (_, _, kind) => {
                let mut same = value::null(loc);
                same.kind = kind;
                same.alias = value.alias;
                same
            }
        }
    }

    /// Gives an object the attributes its type has and it has not.
    fn complete(&self, object: &mut Value, fields: &Expression, env: &Env<'_, 'm>) {
        let ExpressionKind::Object(fields) = &fields.kind else {
            return;
        };
        let is_open = value::has_unknown_entries(object);
        let loc = object.loc;
        let NodeKind::Map(entries) = &mut object.kind else {
            return;
        };
        for (key, declared) in fields {
            let name = match key {
                Key::Name(name) => name.value.as_str(),
                Key::Computed(key) => match &key.kind {
                    ExpressionKind::Text(text) => text.value.as_ref(),
                    _ => continue,
                },
            };
            let default = match &declared.kind {
                ExpressionKind::Call {
                    name, arguments, ..
                } if name == "optional" => Some(arguments.get(1)),
                _ => None,
            };
            let given = entries
                .iter_mut()
                .rev()
                .find(|entry| entry.key.value == name);
            let is_missing = given.as_ref().is_none_or(|entry| entry.value.is_null());
            match (given, default) {
                (Some(entry), _) if !is_missing => {
                    let value = std::mem::replace(&mut entry.value, value::null(loc));
                    entry.value = self.converted(value, declared, env);
                }
                (given, Some(default)) if !is_open || given.is_some() => {
                    let value = match default {
                        Some(default) => {
                            let value = self.value(default, env);
                            self.converted(value, declared, env)
                        }
                        None => value::null(loc),
                    };
                    match given {
                        Some(entry) => entry.value = value,
                        None => entries.push(value::entry(name, loc, value)),
                    }
                }
                _ => {}
            }
        }
    }
}

/// Where a file stands among those that Terraform loads by itself for the root in `folder`; `None` if it does not.
fn load_order<'f>(file: &'f File, folder: &str) -> Option<(bool, &'f str)> {
    if folder_of(&file.path) != folder {
        return None;
    }
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let stem = name.strip_suffix(".json").unwrap_or(name);
    match stem {
        "terraform.tfvars" => Some((false, name)),
        _ if stem.ends_with(".auto.tfvars") => Some((true, name)),
        _ => None,
    }
}
