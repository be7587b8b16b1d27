//! `variables:` of a file or a job. GitLab puts variables in each other's values itself.
//!
//! The settings of a project may hold another value for the same name, as a `*.tfvars` file may for Terraform: what the
//! file says counts. What the file itself changes from run to run is not known.
//!
//! <https://docs.gitlab.com/ci/variables/#cicd-variable-precedence>

use crate::model::pipeline::EnvVar;
use crate::model::template::Template;
use crate::recognize::session::{Session, expand};
use crate::source::Spanned;
use crate::tree::{Entry, Node};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Longest value that is kept, in bytes as shown: values that are put together from values could double with each.
const MAX_VALUE: usize = 4096;

/// Most variables that are put in each other's place.
const MAX_DEPTH: usize = 10;

/// Reads the variables of some layers, the weakest first, and sets them for the session.
pub(super) fn read(layers: &[&Node<'_>], session: &mut Session) -> Vec<EnvVar> {
    let mut written: BTreeMap<&str, Written<'_>> = BTreeMap::new();
    for layer in layers {
        let entries = layer
            .get("variables")
            .map_or(&[][..], |block| block.entries());
        for entry in entries {
            let value = entry.value.get("value").unwrap_or(&entry.value);
            if let Some(text) = value.as_str() {
                let one = Written { entry, value, text };
                written.insert(entry.key.value.as_ref(), one);
            }
        }
    }
    let open = names_of_runs(layers);
    let resolver = Resolver {
        written: &written,
        session,
        done: RefCell::default(),
    };
    let mut found = Vec::new();
    for (name, one) in &written {
        let value = if open.contains(name) {
            session.variable_or_hole(name)
        } else {
            resolver.value(name, 0)
        };
        found.push(EnvVar {
            name: Spanned::new((*name).to_string(), one.entry.key.loc),
            value: Spanned::new(value, one.value.place()),
        });
    }
    for variable in &found {
        session.set(&variable.name.value, Some(variable.value.value.clone()));
    }
    for name in open {
        session.set(name, None);
    }
    found
}

/// A variable as it stands in the file.
struct Written<'n> {
    entry: &'n Entry<'n>,
    value: &'n Node<'n>,
    text: &'n str,
}

/// Puts variables in each other's place, each once.
struct Resolver<'a> {
    written: &'a BTreeMap<&'a str, Written<'a>>,
    session: &'a Session,
    /// What is known so far; `None` while it is being made.
    done: RefCell<BTreeMap<String, Option<Template>>>,
}

impl Resolver<'_> {
    fn value(&self, name: &str, depth: usize) -> Template {
        let hole = || self.session.variable_or_hole(name);
        if let Some(known) = self.done.borrow().get(name) {
            return known.clone().unwrap_or_else(hole);
        }
        let Some(one) = self.written.get(name).filter(|_| depth < MAX_DEPTH) else {
            return hole();
        };
        self.done.borrow_mut().insert(name.to_string(), None);
        let value = self.expanded(one, depth);
        self.done
            .borrow_mut()
            .insert(name.to_string(), Some(value.clone()));
        value
    }

    fn expanded(&self, one: &Written<'_>, depth: usize) -> Template {
        // `expand: false`
        let is_raw = one
            .entry
            .value
            .get("expand")
            .is_some_and(|expand| expand.as_bool() == Some(false));
        if is_raw || one.text.len() > MAX_VALUE {
            return Template::literal(one.text);
        }
        let left = Cell::new(MAX_VALUE);
        expand(one.text, &|inner| {
            let hole = || self.session.variable_or_hole(inner);
            if left.get() == 0 {
                return hole();
            }
            let value = self.value(inner, depth + 1);
            match left.get().checked_sub(value.to_string().len()) {
                Some(rest) => {
                    left.set(rest);
                    value
                }
                None => {
                    left.set(0);
                    hole()
                }
            }
        })
    }
}

/// The variables that rules, a matrix or a secret give another value in each run.
fn names_of_runs<'n>(layers: &[&'n Node<'_>]) -> Vec<&'n str> {
    let mut names = Vec::new();
    for layer in layers {
        let workflow = layer.get("workflow").and_then(|one| one.get("rules"));
        let rules = layer.get("rules").into_iter().chain(workflow);
        for rule in rules.flat_map(|rules| rules.items()) {
            let block = rule
                .get("variables")
                .map_or(&[][..], |block| block.entries());
            names.extend(block.iter().map(|entry| entry.key.value.as_ref()));
        }
        let matrix = layer
            .get("parallel")
            .and_then(|parallel| parallel.get("matrix"))
            .map_or(&[][..], |matrix| matrix.items());
        for block in matrix {
            names.extend(block.entries().iter().map(|entry| entry.key.value.as_ref()));
        }
        let secrets = layer
            .get("secrets")
            .map_or(&[][..], |block| block.entries());
        names.extend(secrets.iter().map(|entry| entry.key.value.as_ref()));
    }
    names
}
