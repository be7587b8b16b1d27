//! What names stand for: variables, locals, modules, resources, and what iterations bind.
//!
//! A resource or module as a whole is a *handle*: an unknown value whose name is remembered, so that a step taken later,
//! behind a `for` or in another module, still finds its attributes.

use super::expand::{Iteration, Key, Repeated};
use super::{Deployment, Env, Evaluator, shown};
use crate::recognize::terraform::instance::Mode;
use crate::recognize::terraform::module::Name;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::Step;
use crate::tree::{Unknown, Why};
use std::rc::Rc;

/// What a value that stands for a thing as a whole stands for.
#[derive(Clone, Debug)]
pub(super) enum Handle<'m> {
    /// A deployment of a module, by its number.
    Module(usize),
    /// An instance of a resource or data source in a deployment.
    Resource(usize, Name<'m>, Iteration),
}

impl<'m> Evaluator<'m> {
    /// The value of `root.step[step]…`.
    pub(super) fn reference(
        &self,
        root: &str,
        steps: &[Step],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let mut names = env.names;
        while let Some(bound) = names {
            if bound.name == root {
                let value = self.copied_steps(&bound.value, steps, loc, env);
                return value::referred(value, loc);
            }
            names = bound.outer;
        }
        if env.is_isolated {
            self.fail();
            return self.opaque(loc, env, Why::Undeclared);
        }
        let first = match steps.first() {
            Some(Step::Attribute(name)) => Some(name.as_str()),
            _ => None,
        };
        let rest = steps.get(1..).unwrap_or_default();
        let value = match (root, first) {
            ("var", Some(name)) => {
                let value = self.variable(env.at, name, loc);
                self.copied_steps(&value, rest, loc, env)
            }
            ("local", Some(name)) => {
                let value = self.local(env.at, name, loc);
                self.copied_steps(&value, rest, loc, env)
            }
            ("each", Some("key")) => self.each_key(loc, env),
            ("count", Some("index")) => self.each_key(loc, env),
            ("each", Some("value")) => match &env.iteration.value {
                Some(value) => self.copied_steps(value, rest, loc, env),
                None => self.opaque(loc, env, Why::Undeclared),
            },
            ("path", Some("module")) => value::text(here(&env.at.module.folder), loc),
            ("path", Some("root")) => value::text(here(&env.at.root), loc),
            ("path", Some("cwd")) => value::text(here(&env.at.root), loc),
            ("terraform" | "tofu", Some("workspace")) => {
                let name = format!("{}|terraform.workspace", env.at.root);
                let text = shown("terraform.workspace");
                value::unknown(loc, Unknown::new(name, text, Why::Input))
            }
            ("module", Some(name)) => {
                let value = self.module_value(env.at, name, loc);
                self.walk(value, rest, loc, env)
            }
            ("data", Some(kind)) => match rest.first() {
                Some(Step::Attribute(name)) => {
                    let rest = rest.get(1..).unwrap_or_default();
                    self.resource_value(Mode::Data, kind, name, rest, loc, env)
                }
                _ => self.opaque(loc, env, Why::Undeclared),
            },
            (
                "each" | "count" | "path" | "terraform" | "tofu" | "self" | "ephemeral" | "var"
                | "local" | "module" | "data" | "provider",
                _,
            ) => self.opaque(loc, env, Why::DeployTime),
            (kind, Some(name)) => self.resource_value(Mode::Resource, kind, name, rest, loc, env),
            (_, None) => self.opaque(loc, env, Why::Undeclared),
        };
        value::referred(value, loc)
    }

    fn each_key(&self, loc: Loc, env: &Env<'_, 'm>) -> Value {
        match (&env.iteration.key, &env.iteration.any) {
            (Key::Name(name), _) => value::text(name.clone(), loc),
            (Key::Position(at), _) => value::number(at.to_string(), loc),
            (_, Some(any)) => (**any).clone(),
            (Key::Single | Key::Any, None) => self.opaque(loc, env, Why::Undeclared),
        }
    }

    fn local(&self, at: &Rc<Deployment<'m>>, name: &str, loc: Loc) -> Rc<Value> {
        let Some(local) = at.module.locals.get(name) else {
            return Rc::new(undeclared(at, &format!("local.{name}"), loc));
        };
        self.remembered(at, &format!("local.{name}"), loc, || {
            let single = Iteration::single();
            let env = Env {
                at,
                iteration: &single,
                names: None,
                is_isolated: false,
            };
            self.value(&local.value, &env)
        })
    }

    /// `module.name`: a handle, or a list or map of handles.
    fn module_value(&self, at: &Rc<Deployment<'m>>, name: &str, loc: Loc) -> Value {
        let label = format!("module.{name}");
        let Some(block) = at.module.calls.get(name) else {
            return undeclared(at, &label, loc);
        };
        let elsewhere = || {
            let unknown = Unknown::new(
                format!("{}|{}{label}", at.root, at.address),
                shown(&label),
                Why::Elsewhere,
            );
            value::unknown(loc, unknown)
        };
        let Some(deployments) = self.called(at, name, block) else {
            return elsewhere();
        };
        let handles = deployments.into_iter().map(|(key, deployment)| {
            let unknown = Unknown::new(
                format!("{}|{}", at.root, deployment.address),
                shown(deployment.address.trim_end_matches('.')),
                Why::DeployTime,
            );
            (key, value::unknown(loc, unknown))
        });
        collected(
            handles.collect(),
            self.expansion(at, &label, block).repeated,
            loc,
        )
        .unwrap_or_else(elsewhere)
    }

    /// `kind.name` and the steps behind it.
    fn resource_value(
        &self,
        mode: Mode,
        kind: &str,
        name: &str,
        steps: &[Step],
        loc: Loc,
        env: &Env<'_, 'm>,
    ) -> Value {
        let at = env.at;
        let label = Name { mode, kind, name }.to_string();
        let Some(resource) = at.module.resources.get(&label) else {
            let value = undeclared(at, &label, loc);
            return self.walk(value, steps, loc, env);
        };
        let block = resource.block.as_ref();
        let expansion = self.expansion(at, &label, block);
        let handle = |iteration: &Iteration| {
            let address = format!("{}{label}{}", at.address, iteration.key);
            let id = format!("{}|{address}", at.root);
            self.handles
                .borrow_mut()
                .entry(id.clone())
                .or_insert_with(|| Handle::Resource(at.id, resource.name, iteration.clone()));
            value::unknown(loc, Unknown::new(id, shown(&address), Why::DeployTime))
        };
        // Something that may or may not exist: whoever takes the first of it takes it to exist.
        if expansion.repeated == Repeated::Count && !expansion.is_certain() {
            let is_first = match steps.first() {
                Some(Step::Position(at)) => *at == 0,
                Some(Step::Index(index)) => value::integer(&self.value(index, env)) == Some(0),
                _ => false,
            };
            if let (true, Some(any)) = (is_first, expansion.instances.first()) {
                let rest = steps.get(1..).unwrap_or_default();
                return self.walk(handle(any), rest, loc, env);
            }
        }
        // One of many, by its key: no need to list them all. Whoever goes through the same unknown keys means the one
        // that stands for all.
        if let Some(Step::Index(index)) = steps.first() {
            let index = self.value(index, env);
            let text = index.as_str();
            let found = expansion.instances.iter().find(|one| match &one.key {
                Key::Name(name) => text == Some(name),
                Key::Position(at) => value::integer(&index) == i64::try_from(*at).ok(),
                Key::Any => one
                    .any
                    .as_ref()
                    .is_some_and(|any| index.unknown().is_some() && **any == index),
                Key::Single => false,
            });
            if let Some(found) = found {
                let rest = steps.get(1..).unwrap_or_default();
                return self.walk(handle(found), rest, loc, env);
            }
        }
        let all = expansion
            .instances
            .iter()
            .map(|iteration| (iteration.key.clone(), handle(iteration)))
            .collect();
        let all = collected(all, expansion.repeated, loc).unwrap_or_else(|| {
            let name = format!("{}|{}{label}", at.root, at.address);
            value::spread(value::unknown(
                loc,
                Unknown::new(name, shown(&label), Why::Condition),
            ))
        });
        self.walk(all, steps, loc, env)
    }
}

/// A folder as Terraform writes it.
fn here(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

pub(super) fn undeclared(at: &Deployment<'_>, label: &str, loc: Loc) -> Value {
    let name = format!("{}|{}{label}", at.root, at.address);
    value::unknown(loc, Unknown::new(name, shown(label), Why::Undeclared))
}

/// Handles as the value of what they are instances of; `None` if not all of them are known.
fn collected(handles: Vec<(Key, Value)>, repeated: Repeated, loc: Loc) -> Option<Value> {
    if handles.iter().any(|(key, _)| *key == Key::Any) {
        return None;
    }
    Some(match repeated {
        Repeated::Not => handles.into_iter().next()?.1,
        Repeated::Count => value::list(handles.into_iter().map(|(_, one)| one).collect(), loc),
        Repeated::ForEach => value::map(
            handles
                .into_iter()
                .filter_map(|(key, one)| match key {
                    Key::Name(name) => Some(value::entry(name, loc, one)),
                    Key::Single | Key::Position(_) | Key::Any => None,
                })
                .collect(),
            loc,
        ),
    })
}
