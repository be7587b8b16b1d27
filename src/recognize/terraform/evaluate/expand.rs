//! `count` and `for_each`: how often something exists; module calls; and the body of one instance with all its blocks.

use super::{Caller, Deployment, Env, Evaluator, Names};
use crate::recognize::terraform::module::{self, Name};
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::{Attribute, Block, Body, Expression, ExpressionKind};
use crate::tree::{Entry, NodeKind, Why};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

/// Most instances of one block; more are one instance of which nothing is known.
const MOST_INSTANCES: usize = 1000;

/// Most module calls inside each other.
const MOST_CALLS: usize = 20;

/// Most deployments of modules in one run.
const MOST_DEPLOYMENTS: usize = 5000;

/// Which instance of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Key {
    /// The only one.
    Single,
    /// With `count`.
    Position(usize),
    /// With `for_each`.
    Name(String),
    /// One that stands for all, as their number or names are not known.
    Any,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Single => Ok(()),
            Key::Position(at) => write!(f, "[{at}]"),
            Key::Name(name) => write!(f, "[{:?}]", name),
            Key::Any => f.write_str("[*]"),
        }
    }
}

/// One instance: its key, and what `each.value` is in it.
#[derive(Clone, Debug)]
pub(in super::super) struct Iteration {
    pub(in super::super) key: Key,
    pub(super) value: Option<Rc<Value>>,
    /// What `each.key` or `count.index` is where the key does not tell.
    pub(super) any: Option<Rc<Value>>,
}

impl Iteration {
    pub(in super::super) fn single() -> Self {
        Iteration {
            key: Key::Single,
            value: None,
            any: None,
        }
    }
}

/// By what a block is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    Not,
    Count,
    ForEach,
}

/// The instances of a block.
#[derive(Clone, Debug)]
pub(in super::super) struct Expansion {
    pub(in super::super) instances: Vec<Iteration>,
    pub(super) repeated: Repeated,
}

impl Expansion {
    /// Whether all instances are known, and by key.
    pub(super) fn is_certain(&self) -> bool {
        self.instances.iter().all(|one| one.key != Key::Any)
    }
}

/// What a block without `count` and `for_each` is repeated by.
static NOTHING: Expression = Expression {
    loc: Loc::NOWHERE,
    kind: ExpressionKind::Null,
};

/// Arguments of every resource, data source and module that are not about the thing itself.
const META: &[&str] = &[
    "count",
    "for_each",
    "provider",
    "depends_on",
    "lifecycle",
    "provisioner",
    "connection",
    "timeouts",
];

impl<'m> Evaluator<'m> {
    /// The instances of the block called `label` (`aws_iam_role.x`, `module.y`).
    pub(in super::super) fn expansion(
        &self,
        at: &Rc<Deployment<'m>>,
        label: &str,
        block: &'m Block,
    ) -> Rc<Expansion> {
        if let Some(known) = at.expansions.borrow().get(label) {
            return Rc::clone(known);
        }
        let (count, for_each) = (
            block.body.attribute("count"),
            block.body.attribute("for_each"),
        );
        let repeated = match (count, for_each) {
            (None, None) => Repeated::Not,
            (Some(_), _) => Repeated::Count,
            (None, Some(_)) => Repeated::ForEach,
        };
        if repeated == Repeated::Not {
            let single = Rc::new(Expansion {
                instances: vec![Iteration::single()],
                repeated,
            });
            at.expansions
                .borrow_mut()
                .insert(label.to_string(), Rc::clone(&single));
            return single;
        }
        // While it is worked out, whoever asks gets one instance of which nothing is known: a cycle.
        let cycle = Expansion {
            instances: vec![self.any_instance(at, label, block.loc, None)],
            repeated,
        };
        at.expansions
            .borrow_mut()
            .insert(label.to_string(), Rc::new(cycle));
        let single = Iteration::single();
        let env = Env {
            at,
            iteration: &single,
            names: None,
            is_isolated: false,
        };
        let by = self.value(count.or(for_each).map_or(&NOTHING, |one| &one.value), &env);
        let instances = match repeated {
            Repeated::Count => self.counted(&by, block.loc),
            Repeated::ForEach | Repeated::Not => self.each(at, label, &by, block.loc),
        };
        let expansion = Rc::new(Expansion {
            instances: instances
                .unwrap_or_else(|| vec![self.any_instance(at, label, block.loc, Some(&by))]),
            repeated,
        });
        at.expansions
            .borrow_mut()
            .insert(label.to_string(), Rc::clone(&expansion));
        expansion
    }

    /// An instance that stands for any number of them. What goes through the same unknown collection has the same unknown
    /// keys, also where it goes through another block that does.
    fn any_instance(
        &self,
        at: &Deployment<'m>,
        label: &str,
        loc: Loc,
        by: Option<&Value>,
    ) -> Iteration {
        let id = format!("{}|{}{label}", at.root, at.address);
        let by = by.and_then(Value::unknown).map(|unknown| {
            let name = unknown.name.strip_suffix("[*]").unwrap_or(&unknown.name);
            let known = self.any_keys.borrow().get(name).cloned();
            known.unwrap_or_else(|| name.to_string())
        });
        let base = by.unwrap_or_else(|| id.clone());
        self.any_keys.borrow_mut().insert(id, base.clone());
        let unknown = |what: &str| {
            let name = format!("{base}[*].{what}");
            let text = format!("${{each.{what}}}");
            let unknown = crate::tree::Unknown::new(name, text, Why::Condition);
            Rc::new(value::unknown(loc, unknown))
        };
        Iteration {
            key: Key::Any,
            value: Some(unknown("value")),
            any: Some(unknown("key")),
        }
    }

    fn each(
        &self,
        at: &Rc<Deployment<'m>>,
        label: &str,
        collection: &Value,
        block: Loc,
    ) -> Option<Vec<Iteration>> {
        let count = collection.items().len().max(collection.entries().len());
        if count > MOST_INSTANCES {
            self.too_many_instances(block, count);
            return None;
        }
        let rounds = self.rounds(collection)?;
        let is_list = collection.is_list();
        let mut seen = BTreeSet::new();
        let mut instances = Vec::with_capacity(rounds.len());
        let mut has_any = false;
        for round in rounds {
            let key = if is_list {
                round.value.as_str().map(str::to_string)
            } else {
                Some(round.label)
            };
            match key {
                Some(key) if !round.is_any => {
                    if seen.insert(key.clone()) {
                        instances.push(Iteration {
                            key: Key::Name(key),
                            value: Some(round.value),
                            any: None,
                        });
                    }
                }
                _ => has_any = true,
            }
        }
        if has_any {
            instances.push(self.any_instance(at, label, collection.loc, None));
        }
        instances.sort_by(|a, b| a.key.cmp(&b.key));
        Some(instances)
    }

    fn counted(&self, count: &Value, block: Loc) -> Option<Vec<Iteration>> {
        let count = match &count.kind {
            NodeKind::Number(_) | NodeKind::Text(_) => value::integer(count)?,
            _ => return None,
        };
        let count = usize::try_from(count).ok()?;
        if count > MOST_INSTANCES {
            self.too_many_instances(block, count);
            return None;
        }
        Some(
            (0..count)
                .map(|at| Iteration {
                    key: Key::Position(at),
                    value: None,
                    any: None,
                })
                .collect(),
        )
    }

    fn too_many_instances(&self, block: Loc, count: usize) {
        let message = format!("this block makes {count} instances, more than {MOST_INSTANCES}");
        let hint = "they count as one of which nothing is known; split the block";
        self.reach_limit(block, message, hint);
    }

    /// What one call of a module makes: the deployments by key; `None` if the module is not in the tree.
    pub(in super::super) fn called(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &str,
        block: &'m Block,
    ) -> Option<Vec<(Key, Rc<Deployment<'m>>)>> {
        let folder = module::join(&at.module.folder, module::source_of(block)?);
        let module = self.modules.get(folder.as_str())?;
        if at.depth >= MOST_CALLS {
            let message = format!("module calls are nested deeper than {MOST_CALLS}");
            self.reach_limit(block.loc, message, "what this module declares is not read");
            return None;
        }
        let label = format!("module.{name}");
        let expansion = self.expansion(at, &label, block);
        let mut out = Vec::with_capacity(expansion.instances.len());
        for iteration in &expansion.instances {
            let address = format!("{}{label}{}.", at.address, iteration.key);
            let id = format!("{}|{address}", at.root);
            let known = match self.handles.borrow().get(&id) {
                Some(super::Handle::Module(id)) => Some(*id),
                _ => None,
            };
            let deployment = match known.and_then(|id| self.deployment(id)) {
                Some(deployment) => deployment,
                None => {
                    let caller = Caller {
                        id: at.id,
                        block,
                        iteration: iteration.clone(),
                    };
                    let is_certain = at.is_certain && iteration.key != Key::Any;
                    let made = self.deploy(
                        module,
                        &at.root,
                        address,
                        Some(caller),
                        is_certain,
                        at.depth + 1,
                    )?;
                    self.handles
                        .borrow_mut()
                        .insert(id, super::Handle::Module(made.id));
                    made
                }
            };
            out.push((iteration.key.clone(), deployment));
        }
        Some(out)
    }

    /// A root module, with steps of its own.
    pub(in super::super) fn root(
        &self,
        module: &'m super::Module<'m>,
    ) -> Option<Rc<Deployment<'m>>> {
        let root = if module.folder.is_empty() {
            "."
        } else {
            module.folder.as_str()
        };
        self.steps.set(0);
        self.deploy(module, root, String::new(), None, true, 0)
    }

    fn deploy(
        &self,
        module: &'m super::Module<'m>,
        root: &str,
        address: String,
        caller: Option<Caller<'m>>,
        is_certain: bool,
        depth: usize,
    ) -> Option<Rc<Deployment<'m>>> {
        let mut deployments = self.deployments.borrow_mut();
        if deployments.len() >= MOST_DEPLOYMENTS {
            let place = caller.as_ref().map(|caller| caller.block.loc);
            // The first of them is told for all.
            let is_first = !self.is_crowded.replace(true);
            if let (Some(place), true) = (place.or_else(|| module.place()), is_first) {
                let message = format!("modules are called more than {MOST_DEPLOYMENTS} times");
                let hint = "what this call declares is not read; lint fewer folders at once";
                self.reach_limit(place, message, hint);
            }
            return None;
        }
        let deployment = Rc::new(Deployment {
            id: deployments.len(),
            module,
            root: root.to_string(),
            address,
            caller,
            is_certain,
            depth,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            scopes: RefCell::default(),
        });
        deployments.push(Rc::clone(&deployment));
        Some(deployment)
    }

    /// The body of one instance of a resource or data source.
    pub(in super::super) fn body_of(
        &self,
        at: &Rc<Deployment<'m>>,
        name: &Name<'m>,
        iteration: &Iteration,
    ) -> Option<Value> {
        let block = self.resource(at, name)?;
        let env = Env {
            at,
            iteration,
            names: None,
            is_isolated: false,
        };
        Some(self.body(&block.body, block.loc, META, &env))
    }

    /// A body as a map: arguments, and blocks as lists by their type.
    pub(super) fn body(&self, body: &Body, loc: Loc, without: &[&str], env: &Env<'_, 'm>) -> Value {
        let mut entries: Vec<Entry<'static>> = Vec::new();
        for attribute in &body.attributes {
            let name = &attribute.name;
            if !without.contains(&name.value.as_str()) {
                let value = self.value(&attribute.value, env);
                entries.push(value::entry(name.value.clone(), name.loc, value));
            }
        }
        let mut done = BTreeSet::new();
        for block in &body.blocks {
            let Some((kind, kind_loc)) = block_type(block) else {
                continue;
            };
            if without.contains(&kind) || !done.insert(kind) {
                continue;
            }
            let items = self.blocks(body, kind, env);
            entries.push(value::entry(kind, kind_loc, value::list(items, block.loc)));
        }
        value::map(entries, loc)
    }

    /// The blocks of one type in a body, each as a map; an unknown item where it is not known how many there are.
    pub(super) fn blocks(&self, body: &Body, kind: &str, env: &Env<'_, 'm>) -> Vec<Value> {
        let mut items = Vec::new();
        for block in &body.blocks {
            if block_type(block).is_none_or(|(one, _)| one != kind) {
                continue;
            }
            if block.kind.value != "dynamic" {
                items.push(self.body(&block.body, block.loc, &[], env));
                continue;
            }
            self.dynamic(block, kind, env, &mut items);
        }
        items
    }

    fn dynamic(&self, block: &Block, kind: &str, env: &Env<'_, 'm>, items: &mut Vec<Value>) {
        let any = || value::spread(self.opaque(block.loc, env, Why::Condition));
        let content = block.body.blocks_of("content").next();
        let each = block.body.attribute("for_each");
        let (Some(content), Some(each)) = (content, each) else {
            items.push(any());
            return;
        };
        let Some(rounds) = self.rounds(&self.value(&each.value, env)) else {
            items.push(any());
            return;
        };
        let iterator = block
            .body
            .attribute("iterator")
            .map(iterator_name)
            .unwrap_or_default();
        let iterator = if iterator.is_empty() { kind } else { iterator };
        for round in &rounds {
            if round.is_any {
                items.push(any());
                continue;
            }
            let entries = vec![
                value::entry("key", round.key.loc, (*round.key).clone()),
                value::entry("value", round.value.loc, (*round.value).clone()),
            ];
            let names = Names {
                name: iterator,
                value: Rc::new(value::map(entries, round.value.loc)),
                label: &round.label,
                outer: env.names,
            };
            let inside = Env {
                names: Some(&names),
                ..*env
            };
            items.push(self.body(&content.body, block.loc, &[], &inside));
        }
    }
}

/// The type of block that a block makes: that of a `dynamic` one is its label.
fn block_type(block: &Block) -> Option<(&str, Loc)> {
    if block.kind.value != "dynamic" {
        return Some((&block.kind.value, block.kind.loc));
    }
    block
        .labels
        .first()
        .map(|label| (label.value.as_str(), label.loc))
}

fn iterator_name(attribute: &Attribute) -> &str {
    match &attribute.value.kind {
        ExpressionKind::Name(name) => name,
        _ => "",
    }
}
