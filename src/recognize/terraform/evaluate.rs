//! A partial evaluator of Terraform's language: what the files tell is computed, with the places it was read from; what
//! they do not tell is an unknown value with a name.
//!
//! Everything is computed when it is asked for and remembered, as Terraform has no order. A value that needs itself, is
//! nested too deep or takes too many steps is unknown ([`Why::TooComplex`]).
//!
//! | file | does |
//! |---|---|
//! | [`reference`] | what a name stands for |
//! | [`step`] | the steps behind it |
//! | [`made`] | attributes of modules, resources and data sources |
//! | [`input`] | variables: arguments, `.tfvars` files, defaults, types |
//! | [`operator`], [`iterate`], [`compose`] | operators, `for`, templates |
//! | [`expand`] | `count` and `for_each`, modules that are called, bodies with their blocks |
//! | [`scope`] | providers: the account and Region that something is deployed to |
//! | [`unit`] | what Terragrunt gives to variables |
//! | [`document`] | `aws_iam_policy_document` |

mod compose;
pub(super) mod document;
pub(super) mod expand;
mod input;
mod iterate;
mod made;
mod operator;
mod reference;
mod scope;
mod step;
mod unit;

pub(super) use iterate::any_key;
pub(super) use operator::equal;

use super::File;
use super::function;
use super::module::{Module, Name};
use super::value::{self, Value};
use crate::model::home::Homes;
use crate::model::origin::Scope;
use crate::source::{FileId, Loc, SourceMap};
use crate::tree::hcl::{Block, Expression, ExpressionKind};
use crate::tree::{Node, NodeKind, Problem, ProblemKind, Unknown, Why};
use expand::{Expansion, Iteration, Key};
use reference::Handle;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Bound;
use std::rc::Rc;
use std::sync::Arc;

/// Most steps for one root module: a step is an expression, or a node copied.
const MOST_STEPS: usize = 3_000_000;

/// Deepest nesting of evaluations, references followed included.
const DEEPEST: usize = 400;

/// Largest value that is remembered, in nodes.
const HEAVIEST: usize = 100_000;

/// Evaluates the modules of one run.
pub(super) struct Evaluator<'m> {
    modules: &'m BTreeMap<&'m str, Module<'m>>,
    /// The files with values of variables.
    values: Vec<&'m File>,
    /// The units of Terragrunt.
    units: Vec<unit::Unit<'m>>,
    sources: &'m SourceMap,
    homes: &'m Homes,
    paths: BTreeMap<&'m str, FileId>,
    deployments: RefCell<Vec<Rc<Deployment<'m>>>>,
    handles: RefCell<BTreeMap<String, Handle<'m>>>,
    /// Of blocks that go through an unknown collection, by their ids: the name of the collection.
    any_keys: RefCell<BTreeMap<String, String>>,
    steps: Cell<usize>,
    depth: Cell<usize>,
    /// How many references and calls have failed for good: `try` looks at it.
    failures: Cell<usize>,
    /// Whether there are too many deployments.
    is_crowded: Cell<bool>,
    /// Limits that were reached, by place.
    limits: RefCell<BTreeMap<Loc, Problem>>,
}

/// One instance of a module: a root, or what one call of a module makes.
pub(super) struct Deployment<'m> {
    pub(super) id: usize,
    pub(super) module: &'m Module<'m>,
    /// The folder of the root module, `.` for the working directory.
    pub(super) root: String,
    /// The address with a dot at its end, `module.api.`; empty for a root.
    pub(super) address: String,
    caller: Option<Caller<'m>>,
    /// Whether it surely exists.
    pub(super) is_certain: bool,
    /// How many calls lead here.
    depth: usize,
    memo: RefCell<BTreeMap<String, Slot>>,
    expansions: RefCell<BTreeMap<String, Rc<Expansion>>>,
    scopes: RefCell<BTreeMap<String, Arc<Scope>>>,
}

/// Where a module is called.
struct Caller<'m> {
    /// The deployment that calls.
    id: usize,
    block: &'m Block,
    iteration: Iteration,
}

enum Slot {
    /// Being computed: to ask for it again is a cycle.
    Working,
    Done(Rc<Value>),
}

/// What an expression can see.
#[derive(Clone, Copy)]
pub(super) struct Env<'e, 'm> {
    pub(super) at: &'e Rc<Deployment<'m>>,
    pub(super) iteration: &'e Iteration,
    pub(super) names: Option<&'e Names<'e>>,
    /// Whether only `names` count: inside of a template file.
    pub(super) is_isolated: bool,
}

/// Names bound by `for`, `dynamic` and template files, innermost first.
pub(super) struct Names<'e> {
    pub(super) name: &'e str,
    pub(super) value: Rc<Value>,
    /// Tells this round from the others.
    pub(super) label: &'e str,
    pub(super) outer: Option<&'e Names<'e>>,
}

impl<'m> Evaluator<'m> {
    pub(super) fn new(
        modules: &'m BTreeMap<&'m str, Module<'m>>,
        files: &'m [File],
        sources: &'m SourceMap,
        homes: &'m Homes,
    ) -> Self {
        Evaluator {
            modules,
            units: unit::units(files, modules),
            values: files.iter().filter(|file| file.is_values()).collect(),
            sources,
            homes,
            paths: sources
                .iter()
                .map(|(id, file)| (file.path.as_str(), id))
                .collect(),
            deployments: RefCell::default(),
            handles: RefCell::default(),
            any_keys: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            failures: Cell::new(0),
            is_crowded: Cell::new(false),
            limits: RefCell::default(),
        }
    }

    /// Notes a limit that leaves something at `place` unread.
    fn reach_limit(&self, place: Loc, message: String, hint: &str) {
        let problem = Problem::new(ProblemKind::Limit, place, message).hint(hint);
        self.limits.borrow_mut().entry(place).or_insert(problem);
    }

    /// The limits that were reached, each with the place of what was left unread.
    pub(super) fn limits(&self) -> Vec<Problem> {
        self.limits.borrow().values().cloned().collect()
    }

    /// The deployment of that number; the numbers are handed out here.
    pub(super) fn deployment(&self, id: usize) -> Option<Rc<Deployment<'m>>> {
        self.deployments.borrow().get(id).map(Rc::clone)
    }

    /// The file of that path and its text.
    pub(super) fn file(&self, path: &str) -> Option<(FileId, &'m str)> {
        let id = *self.paths.get(path)?;
        Some((id, self.sources.get(id)?.text.as_str()))
    }

    /// The paths that start with `start`, in order.
    pub(super) fn paths_below<'s>(&'s self, start: &'s str) -> impl Iterator<Item = &'m str> + 's {
        let from = self
            .paths
            .range::<str, _>((Bound::Included(start), Bound::Unbounded));
        from.map(|(path, _)| *path)
            .take_while(move |path| path.starts_with(start))
            .take_while(|_| self.spend(1))
    }

    /// The text at `loc`, on one line.
    fn written(&self, loc: Loc) -> String {
        let mut out = String::new();
        for word in self.sources.slice(loc).split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        out
    }

    /// Takes so many steps; whether there were any left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let spent = self.steps.get().saturating_add(steps.max(1));
        self.steps.set(spent);
        spent <= MOST_STEPS
    }

    /// Whether the steps of this root module have run out, so that part of it is not known.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() > MOST_STEPS
    }

    /// Notes that something failed that Terraform would fail on.
    pub(super) fn fail(&self) {
        self.failures.set(self.failures.get() + 1);
    }

    /// What is computed by `compute`, or `None` if something failed in it.
    pub(super) fn attempt(&self, compute: impl FnOnce() -> Value) -> Option<Value> {
        let before = self.failures.replace(0);
        let value = compute();
        let has_failed = self.failures.replace(before) > 0;
        (!has_failed).then_some(value)
    }

    /// The value of an expression.
    pub(super) fn value(&self, expression: &Expression, env: &Env<'_, 'm>) -> Value {
        let depth = self.depth.get() + 1;
        if depth > DEEPEST || !self.spend(1) {
            return self.opaque(expression.loc, env, Why::TooComplex);
        }
        self.depth.set(depth);
        let value = self.value_inside(expression, env);
        self.depth.set(depth - 1);
        value
    }

    fn value_inside(&self, expression: &Expression, env: &Env<'_, 'm>) -> Value {
        let loc = expression.loc;
        match &expression.kind {
            ExpressionKind::Null => value::null(loc),
            ExpressionKind::Bool(is) => value::boolean(*is, loc),
            ExpressionKind::Number(number) => value::number(number.clone(), loc),
            ExpressionKind::Text(text) => {
                self.spend(text.value.len() / 64);
                Node::new(loc, NodeKind::Text(text.clone()))
            }
            ExpressionKind::Template(parts) => self.compose(parts, loc, env),
            ExpressionKind::List(items) => value::list(
                items.iter().map(|item| self.value(item, env)).collect(),
                loc,
            ),
            ExpressionKind::Object(items) => self.object(items, loc, env),
            ExpressionKind::Name(name) => self.reference(name, &[], loc, env),
            ExpressionKind::Traversal(base, steps) => match &base.kind {
                ExpressionKind::Name(name) => self.reference(name, steps, loc, env),
                _ => {
                    let base = self.value(base, env);
                    self.walk(base, steps, loc, env)
                }
            },
            ExpressionKind::Call {
                name,
                arguments,
                expands_last,
            } => function::call(
                self,
                &function::Call {
                    name,
                    arguments,
                    expands_last: *expands_last,
                    loc,
                },
                env,
            ),
            ExpressionKind::For(one) => self.for_expression(one, loc, env),
            ExpressionKind::Conditional(parts) => self.conditional(parts, loc, env),
            ExpressionKind::Unary(operator, operand) => self.unary(*operator, operand, loc, env),
            ExpressionKind::Binary(operator, operands) => {
                self.binary(*operator, operands, loc, env)
            }
        }
    }

    /// An unknown value that stands for the expression at `loc`, as it comes out in this environment.
    pub(super) fn opaque(&self, loc: Loc, env: &Env<'_, 'm>, why: Why) -> Value {
        const LONGEST: usize = 100;
        let written = self.written(loc);
        let mut name = format!("{}|{}", env.at.root, env.at.address);
        if written.len() <= LONGEST && !env.is_isolated {
            name.push_str(&written);
        } else {
            let _ = write!(name, "{}@{}", self.sources.path(loc.file), loc.span.start);
        }
        if env.iteration.key != Key::Single {
            let _ = write!(name, "#{}", env.iteration.key);
        }
        let mut names = env.names;
        while let Some(one) = names {
            let _ = write!(name, "#{}={}", one.name, one.label);
            names = one.outer;
        }
        value::unknown(loc, Unknown::new(name, shown(&written), why))
    }

    /// What `compute` gives, computed once for this deployment and key.
    fn remembered(
        &self,
        at: &Deployment<'m>,
        key: &str,
        loc: Loc,
        compute: impl FnOnce() -> Value,
    ) -> Rc<Value> {
        let too_complex = || {
            let name = format!("{}|{}{key}", at.root, at.address);
            Rc::new(value::unknown(
                loc,
                Unknown::new(name, shown(key), Why::TooComplex),
            ))
        };
        match at.memo.borrow().get(key) {
            Some(Slot::Done(value)) => return Rc::clone(value),
            Some(Slot::Working) => return too_complex(),
            None => {}
        }
        if self.depth.get() >= DEEPEST {
            return too_complex();
        }
        at.memo.borrow_mut().insert(key.to_string(), Slot::Working);
        let failures = self.failures.get();
        let mut value = Rc::new(compute());
        self.failures.set(failures);
        if value::weight(&value) > HEAVIEST {
            value = too_complex();
        }
        at.memo
            .borrow_mut()
            .insert(key.to_string(), Slot::Done(Rc::clone(&value)));
        value
    }

    /// A copy of a remembered value.
    fn copy(&self, value: &Value) -> Value {
        self.spend(value::weight(value));
        value.clone()
    }

    /// The block of a resource or data source.
    fn resource(&self, at: &Deployment<'m>, name: &Name<'m>) -> Option<&'m Block> {
        let found = at.module.resources.get(&name.to_string())?;
        Some(found.block.as_ref())
    }
}

/// An expression as it is shown where its value is not known: `${…}`, cut if long, and such that it can stand inside of
/// quotes.
pub(super) fn shown(written: &str) -> String {
    const LONGEST: usize = 60;
    let inside = written
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(written);
    let mut clean: String = inside
        .chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    if let Some((cut, _)) = clean.char_indices().nth(LONGEST) {
        clean.truncate(cut);
        clean.push('…');
    }
    // A closing brace inside would end the placeholder for whoever reads the text again.
    let clean = clean.replace('}', ")").replace("${", "(").replace('{', "(");
    format!("${{{clean}}}")
}
