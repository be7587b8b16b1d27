//! Attributes of what blocks make: outputs of modules, and what resources and data sources have once they exist, as far as
//! it follows from their arguments.

use super::expand::Iteration;
use super::reference::{Handle, undeclared};
use super::{Deployment, Env, Evaluator, shown};
use crate::recognize::placeholders;
use crate::recognize::terraform::instance::Mode;
use crate::recognize::terraform::lower;
use crate::recognize::terraform::module::Name;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::Block;
use crate::tree::{NodeKind, Unknown, Why};
use std::rc::Rc;

/// Arguments of a module call that it does not pass on.
const CALL: &[&str] = &[
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "depends_on",
];

impl<'m> Evaluator<'m> {
    pub(super) fn handle_attribute(&self, handle: &Handle<'m>, name: &str, loc: Loc) -> Value {
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

    /// What a call passes to a module that is not in sight; where a thing is passed as a whole, its name and id.
    pub(in super::super) fn handed_over(
        &self,
        at: &Rc<Deployment<'m>>,
        block: &'m Block,
        iteration: &Iteration,
    ) -> Value {
        let env = Env {
            at,
            iteration,
            names: None,
            is_isolated: false,
        };
        let mut passed = self.body(&block.body, block.loc, CALL, &env);
        self.name_handles(&mut passed);
        passed
    }

    fn name_handles(&self, value: &mut Value) {
        match &mut value.kind {
            NodeKind::Unknown(unknown) => {
                let handle = self.handles.borrow().get(&unknown.name).cloned();
                let loc = value.loc;
                if let Some(handle @ Handle::Resource(..)) = handle {
                    let named = ["name", "id"].map(|name| {
                        value::entry(name, loc, self.handle_attribute(&handle, name, loc))
                    });
                    *value = value::map(named.into(), loc);
                }
            }
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.name_handles(item)),
            NodeKind::Map(entries) => entries
                .iter_mut()
                .for_each(|entry| self.name_handles(&mut entry.value)),
            _ => {}
        }
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
