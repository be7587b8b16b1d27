//! What is known about variables at each point of a script.
//!
//! The walk tells every assignment, and the start and end of everything that may not run or runs in a process of its
//! own. A variable that may have been set on one way and not on another is a hole with a name of its own, equal for all
//! uses up to the next change.

use super::script::{Environment, Variable};
use crate::model::template::{Piece, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest value that is kept, in bytes as displayed: values that are put together from values could double with
/// every line.
const MAX_VALUE: usize = 4096;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// This text.
    Text(Arc<Template>),
    /// It is surely not set.
    Unset,
    /// Neither the script nor its caller says.
    Unknown,
}

#[derive(Clone, Debug)]
struct Binding {
    value: Value,
    is_exported: bool,
    /// When it was made, for comparison with a [`Fog`].
    serial: usize,
    /// Whether every way through the script so far makes it.
    is_certain: bool,
}

/// A point after which variables may have changed out of sight.
#[derive(Clone, Copy, Debug)]
struct Fog {
    serial: usize,
    /// Byte of the script, to name the holes.
    at: usize,
}

/// What the `local`s of a function hide: the variables and what they were.
type Hidden = BTreeMap<String, Option<Binding>>;

/// Which of the two fogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every variable: `source`, `eval`.
    Everything,
    /// The variables that functions of the script assign: a call.
    Functions,
}

#[derive(Debug)]
enum Change {
    Binding(String, Option<Binding>),
    Fog(Reach, Option<Fog>),
}

/// A point to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

/// What a way through the script left behind.
#[derive(Debug, Default)]
pub(super) struct Left {
    bindings: BTreeMap<String, Option<Binding>>,
    fogs: Vec<Reach>,
}

/// The positional parameters.
#[derive(Clone, Debug)]
pub(super) enum Parameters {
    /// Those of the script.
    OfScript,
    /// Those of the only call of a function.
    Known(Vec<Template>),
    /// Some, since this byte of the script.
    Unknown(usize),
}

/// The variables as commands find them, kept for questions after the walk.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    variables: BTreeMap<String, Vec<(usize, Option<Binding>)>>,
    everything: Vec<(usize, Option<Fog>)>,
    functions: Vec<(usize, Option<Fog>)>,
    assigned_by_functions: BTreeSet<String>,
}

/// What is known at the point the walk has reached.
pub(super) struct Scope<'e> {
    environment: Environment<'e>,
    bindings: BTreeMap<String, Binding>,
    everything: Option<Fog>,
    functions: Option<Fog>,
    journal: Vec<Change>,
    serial: usize,
    /// How many places assign each name, and which names functions assign.
    sites: BTreeMap<String, usize>,
    assigned_by_functions: BTreeSet<String>,
    /// Set while the body of a function with several calls is read: bindings older than this may differ from call to
    /// call.
    barrier: Option<Fog>,
    hidden: Vec<Hidden>,
    /// The positional parameters.
    pub parameters: Parameters,
    /// `set -a`.
    pub exports_all: bool,
    /// Index of the next command, for the history.
    pub now: usize,
    /// How many things stand around the current point that may keep it from running or from lasting.
    pub uncertainty: usize,
    history: History,
}

impl<'e> Scope<'e> {
    /// Before the first command.
    pub fn new(
        environment: Environment<'e>,
        sites: BTreeMap<String, usize>,
        assigned_by_functions: BTreeSet<String>,
    ) -> Self {
        Scope {
            environment,
            bindings: BTreeMap::new(),
            everything: None,
            functions: None,
            journal: Vec::new(),
            serial: 0,
            sites,
            history: History {
                assigned_by_functions: assigned_by_functions.clone(),
                ..History::default()
            },
            assigned_by_functions,
            barrier: None,
            hidden: Vec::new(),
            parameters: Parameters::OfScript,
            exports_all: false,
            now: 0,
            uncertainty: 0,
        }
    }

    /// What was known at each command.
    pub fn into_history(self) -> History {
        self.history
    }

    /// Whether the script assigns this name anywhere.
    pub fn is_assigned(&self, name: &str) -> bool {
        self.sites.contains_key(name)
    }

    /// The value of a variable here.
    pub fn lookup(&self, name: &str) -> Value {
        let sites = self.sites.get(name).copied().unwrap_or(0);
        let binding = self.bindings.get(name);
        let serial = binding.map_or(0, |binding| binding.serial);
        if let Some(barrier) = self.barrier
            && serial <= barrier.serial
            && sites > 0
            && !(sites == 1 && binding.is_some_and(|binding| binding.is_certain))
        {
            return opaque(name, barrier.at);
        }
        let by_functions = self.assigned_by_functions.contains(name);
        if let Some(at) = fogged(serial, by_functions, self.everything, self.functions) {
            return opaque(name, at);
        }
        match binding {
            Some(binding) => binding.value.clone(),
            None => match (self.environment)(name) {
                Some(value) => Value::Text(Arc::new(value)),
                None => Value::Unknown,
            },
        }
    }

    /// Whether programs see a variable that is assigned now without `export`.
    pub fn passes_on(&self, name: &str) -> bool {
        self.exports_all
            || match self.bindings.get(name) {
                Some(binding) => binding.is_exported,
                None => (self.environment)(name).is_some(),
            }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: Value, is_exported: bool) {
        self.serial += 1;
        let value = match value {
            Value::Text(text) if size(&text) > MAX_VALUE => {
                let hole = Template::hole(format!("{name}#{}", self.serial), format!("${name}"));
                Value::Text(Arc::new(hole))
            }
            other => other,
        };
        let binding = Binding {
            value,
            is_exported,
            serial: self.serial,
            is_certain: self.uncertainty == 0,
        };
        self.replace(name, Some(binding));
    }

    /// Makes a variable unknown from byte `at` on.
    pub fn forget(&mut self, name: &str, at: usize) {
        let is_exported = self.passes_on(name);
        self.set(name, opaque(name, at), is_exported);
    }

    /// Marks a variable as seen by programs.
    pub fn export(&mut self, name: &str) {
        if let Some(binding) = self.bindings.get(name) {
            let binding = Binding {
                is_exported: true,
                ..binding.clone()
            };
            self.replace(name, Some(binding));
        }
    }

    /// Makes variables unknown from byte `at` on.
    pub fn fog(&mut self, reach: Reach, at: usize) {
        self.serial += 1;
        let fog = Fog {
            serial: self.serial,
            at,
        };
        self.replace_fog(reach, Some(fog));
    }

    fn replace(&mut self, name: &str, binding: Option<Binding>) {
        let was = match &binding {
            Some(binding) => self.bindings.insert(name.to_string(), binding.clone()),
            None => self.bindings.remove(name),
        };
        self.journal.push(Change::Binding(name.to_string(), was));
        let entry = (self.now, binding);
        self.history
            .variables
            .entry(name.to_string())
            .or_default()
            .push(entry);
    }

    fn replace_fog(&mut self, reach: Reach, fog: Option<Fog>) {
        let (current, history) = match reach {
            Reach::Everything => (&mut self.everything, &mut self.history.everything),
            Reach::Functions => (&mut self.functions, &mut self.history.functions),
        };
        let was = std::mem::replace(current, fog);
        history.push((self.now, fog));
        self.journal.push(Change::Fog(reach, was));
    }

    /// A point to come back to.
    pub fn mark(&mut self) -> Mark {
        self.uncertainty += 1;
        Mark(self.journal.len())
    }

    /// Undoes everything since `mark`, and says what it was.
    pub fn undo(&mut self, mark: Mark) -> Left {
        self.uncertainty = self.uncertainty.saturating_sub(1);
        let mut left = Left::default();
        // Undoing adds to the journal itself; what it adds is dropped, since the outer marks saw the earlier entries.
        let changes = self.journal.split_off(mark.0.min(self.journal.len()));
        for change in changes.into_iter().rev() {
            match change {
                Change::Binding(name, was) => {
                    let now = self.bindings.get(&name).cloned();
                    left.bindings.entry(name.clone()).or_insert(now);
                    self.replace(&name, was);
                }
                Change::Fog(reach, was) => {
                    left.fogs.push(reach);
                    self.replace_fog(reach, was);
                }
            }
            self.journal.pop();
        }
        left
    }

    /// Goes on after ways of which one was taken: what all of them agree on is known. `at` is the byte where they meet.
    pub fn join(&mut self, ways: Vec<Left>, is_exhaustive: bool, at: usize) {
        let names: BTreeSet<String> = ways
            .iter()
            .flat_map(|way| way.bindings.keys().cloned())
            .collect();
        for reach in [Reach::Everything, Reach::Functions] {
            if ways.iter().any(|way| way.fogs.contains(&reach)) {
                self.fog(reach, at);
            }
        }
        for name in names {
            let before = self.lookup(&name);
            let mut values = Vec::new();
            let mut is_exported = false;
            for way in &ways {
                match way.bindings.get(&name) {
                    Some(Some(binding)) => {
                        is_exported |= binding.is_exported;
                        values.push(binding.value.clone());
                    }
                    Some(None) | None => values.push(before.clone()),
                }
            }
            if !is_exhaustive {
                values.push(before);
            }
            let first = values.first().cloned().unwrap_or(Value::Unknown);
            let agreed = if values.iter().all(|value| *value == first) {
                first
            } else {
                opaque(&name, at)
            };
            self.set(&name, agreed, is_exported);
        }
    }

    /// Enters the body of a function. `calls_differ`: it has several calls, so what the first one finds says nothing.
    pub fn enter_function(
        &mut self,
        at: usize,
        calls_differ: bool,
    ) -> (Option<FogBarrier>, Parameters) {
        self.hidden.push(Hidden::new());
        let barrier = self.barrier.map(FogBarrier);
        if calls_differ {
            self.serial += 1;
            self.barrier = Some(Fog {
                serial: self.serial,
                at,
            });
        }
        (
            barrier,
            std::mem::replace(&mut self.parameters, Parameters::Unknown(at)),
        )
    }

    /// Leaves it: its locals end.
    pub fn leave_function(&mut self, (barrier, parameters): (Option<FogBarrier>, Parameters)) {
        for (name, was) in self.hidden.pop().unwrap_or_default() {
            self.replace(&name, was);
        }
        self.barrier = barrier.map(|barrier| barrier.0);
        self.parameters = parameters;
    }

    /// Makes a variable local to the function that is being read, if one is.
    pub fn hide(&mut self, name: &str) {
        let was = self.bindings.get(name).cloned();
        if let Some(hidden) = self.hidden.last_mut() {
            hidden.entry(name.to_string()).or_insert(was);
        }
    }

    /// Whether a function is being read.
    pub fn is_in_function(&self) -> bool {
        !self.hidden.is_empty()
    }
}

/// The barrier of an outer function.
#[derive(Clone, Copy, Debug)]
pub(super) struct FogBarrier(Fog);

impl History {
    /// The variables that the script touched.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The variable as the command with this index finds it, if the script touched it.
    pub fn variable(&self, name: &str, command: usize) -> Option<Variable> {
        let binding = at(self.variables.get(name).map_or(&[], Vec::as_slice), command);
        let serial = binding.map_or(0, |binding| binding.serial);
        let everything = at(&self.everything, command).copied();
        let functions = at(&self.functions, command).copied();
        let by_functions = self.assigned_by_functions.contains(name);
        if let Some(at) = fogged(serial, by_functions, everything, functions) {
            return Some(Variable {
                value: Template::hole(format!("{name}@{at}"), format!("${name}")),
                is_exported: binding.is_some_and(|binding| binding.is_exported),
                is_set: true,
            });
        }
        binding.map(|binding| Variable {
            value: match &binding.value {
                Value::Text(text) => Template::clone(text),
                Value::Unset => Template::default(),
                Value::Unknown => Template::hole(name, format!("${name}")),
            },
            is_exported: binding.is_exported,
            is_set: binding.value != Value::Unset,
        })
    }
}

/// The last entry that a command can see.
fn at<T>(entries: &[(usize, Option<T>)], command: usize) -> Option<&T> {
    let after = entries.partition_point(|(from, _)| *from <= command);
    entries
        .get(after.checked_sub(1)?)
        .and_then(|(_, value)| value.as_ref())
}

/// Whether a fog hides a binding, and since which byte.
fn fogged(
    serial: usize,
    by_functions: bool,
    everything: Option<Fog>,
    functions: Option<Fog>,
) -> Option<usize> {
    let functions = functions.filter(|_| by_functions);
    [everything, functions]
        .into_iter()
        .flatten()
        .filter(|fog| fog.serial > serial)
        .max_by_key(|fog| fog.serial)
        .map(|fog| fog.at)
}

/// An unknown text that is the same wherever the variable is used from this point on.
fn opaque(name: &str, at: usize) -> Value {
    Value::Text(Arc::new(Template::hole(
        format!("{name}@{at}"),
        format!("${name}"),
    )))
}

/// Bytes of a value as displayed.
pub(super) fn size(template: &Template) -> usize {
    template
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Hole(hole) => hole.name.len() + hole.text.len(),
        })
        .sum()
}
