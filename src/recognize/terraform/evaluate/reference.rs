//! What names stand for: variables, locals, modules, resources, and what iterations bind; and the steps behind them.
//!
//! A resource or module as a whole is a *handle*: an unknown value whose name is remembered, so that a step taken later,
//! behind a `for` or in another module, still finds its attributes.

use super::expand::{Iteration, Key, Repeated};
use super::iterate::key_text;
use super::{Deployment, Env, Evaluator, shown};
use crate::recognize::placeholders;
use crate::recognize::terraform::instance::Mode;
use crate::recognize::terraform::lower;
use crate::recognize::terraform::module::Name;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::{Block, Step};
use crate::tree::{NodeKind, Unknown, Why};
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

    /// The value after these steps, of which only what is left is copied.
    fn copied_steps(&self, value: &Value, steps: &[Step], loc: Loc, env: &Env<'_, 'm>) -> Value {
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

    fn handle_attribute(&self, handle: &Handle<'m>, name: &str, loc: Loc) -> Value {
        match handle {
            Handle::Module(id) => match self.deployment(*id) {
                Some(at) => self.output(&at, name, loc),
                None => value::null(loc),
            },
            Handle::Resource(id, resource, iteration) => match self.deployment(*id) {
                Some(at) => {
                    let key = format!("{resource}{}.{name}", iteration.key);
                    let value = self.remembered(&at, &key, loc, || {
                        self.resource_attribute(&at, resource, iteration, name)
                    });
                    self.copy(&value)
                }
                None => value::null(loc),
            },
        }
    }

    fn output(&self, at: &Rc<Deployment<'m>>, name: &str, loc: Loc) -> Value {
        let label = format!("output.{name}");
        let expression = at
            .module
            .outputs
            .get(name)
            .and_then(|block| block.body.attribute("value"));
        let Some(expression) = expression else {
            return undeclared(at, &label, loc);
        };
        let value = self.remembered(at, &label, loc, || {
            let single = Iteration::single();
            let env = Env {
                at,
                iteration: &single,
                names: None,
                is_isolated: false,
            };
            self.value(&expression.value, &env)
        });
        self.copy(&value)
    }

    /// An attribute of one instance: what its arguments say, or what follows from them.
    fn resource_attribute(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &Name<'m>,
        iteration: &Iteration,
        attribute: &str,
    ) -> Value {
        let Some(block) = self.resource(at, name) else {
            return value::null(Loc::NOWHERE);
        };
        let place = block.labels.last().map_or(block.loc, |label| label.loc);
        if let Some(value) = self.known_data(at, name, iteration, attribute, place) {
            return value;
        }
        let env = Env {
            at,
            iteration,
            names: None,
            is_isolated: false,
        };
        if let Some(argument) = block.body.attribute(attribute) {
            let value = self.value(&argument.value, &env);
            if !value.is_null() {
                return value;
            }
        }
        let blocks = self.blocks(&block.body, attribute, &env);
        if !blocks.is_empty() {
            return value::list(blocks, block.loc);
        }
        let address = format!("{}{name}{}", at.address, iteration.key);
        let id = format!("{}|{address}", at.root);
        let text = shown(&format!("{address}.{attribute}"));
        let scope = self.scope_of(at, block, name.kind);
        let kind = match name.mode {
            Mode::Resource => name.kind.to_string(),
            Mode::Data => format!("data.{}", name.kind),
        };
        let property = |wanted: &str| {
            let argument = block.body.attribute(wanted)?;
            // What the argument says, which is not always what the attribute is: `name = null` gives a made-up name.
            let key = format!("{name}{}!{wanted}", iteration.key);
            let value = self.remembered(at, &key, argument.value.loc, || {
                self.value(&argument.value, &env)
            });
            value::template(&value)
        };
        match lower::attribute_of(&kind, attribute, &id, &text, &scope, &property) {
            Some(template) => placeholders::to_node(&template, place),
            None => {
                let unknown = Unknown::new(format!("{id}.{attribute}"), text, Why::DeployTime);
                value::unknown(place, unknown)
            }
        }
    }

    /// What data sources tell that need no cloud: who we are, and what is computed from arguments alone.
    fn known_data(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &Name<'m>,
        iteration: &Iteration,
        attribute: &str,
        place: Loc,
    ) -> Option<Value> {
        let block = self.resource(at, name)?;
        if name.mode == Mode::Resource {
            let is_echo = name.kind == "terraform_data" && attribute == "output";
            return is_echo
                .then(|| self.argument(at, block, "input", iteration))
                .flatten();
        }
        let scope = || self.scope_of(at, block, name.kind);
        let given = |argument: &str| block.body.attribute(argument).is_some();
        let template = match (name.kind, attribute) {
            ("aws_caller_identity", "account_id" | "id") => scope().account.clone(),
            ("aws_region", "name" | "id" | "region") if !given("name") && !given("region") => {
                scope().region.clone()
            }
            ("aws_region", "name" | "id" | "region") => {
                return self
                    .argument(at, block, "region", iteration)
                    .or_else(|| self.argument(at, block, "name", iteration));
            }
            ("aws_partition", "partition" | "id") => scope().partition.clone(),
            ("aws_partition", "dns_suffix") => {
                let partition = scope().partition.clone();
                let known = partition.as_literal().and_then(crate::catalog::partition);
                return known.map(|known| value::text(known.dns_suffix, place));
            }
            ("aws_iam_policy_document", "json" | "minified_json") => {
                return Some(self.policy_document(at, block, iteration));
            }
            ("template_file", "rendered") => {
                return self.rendered(at, block, iteration);
            }
            ("terraform_remote_state", "outputs") => {
                let address = format!("{}{name}{}", at.address, iteration.key);
                let unknown = Unknown::new(
                    format!("{}|{address}.outputs", at.root),
                    shown(&format!("{address}.outputs")),
                    Why::Elsewhere,
                );
                return Some(value::unknown(place, unknown));
            }
            _ => return None,
        };
        Some(placeholders::to_node(&template, place))
    }

    /// The text of the old `template_file` data source.
    fn rendered(
        &self,
        at: &Rc<Deployment<'m>>,
        block: &'m Block,
        iteration: &Iteration,
    ) -> Option<Value> {
        let env = Env {
            at,
            iteration,
            names: None,
            is_isolated: false,
        };
        let text = self.argument(at, block, "template", iteration)?;
        let variables = self
            .argument(at, block, "vars", iteration)
            .unwrap_or_else(|| value::map(Vec::new(), block.loc));
        self.filled(&text, &variables, &env)
    }

    /// An argument of a block, where it is set.
    pub(super) fn argument(
        &self,
        at: &Rc<Deployment<'m>>,
        block: &'m Block,
        name: &str,
        iteration: &Iteration,
    ) -> Option<Value> {
        let env = Env {
            at,
            iteration,
            names: None,
            is_isolated: false,
        };
        let argument = block.body.attribute(name)?;
        Some(self.value(&argument.value, &env))
    }
}

/// A folder as Terraform writes it.
fn here(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

fn undeclared(at: &Deployment<'_>, label: &str, loc: Loc) -> Value {
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
