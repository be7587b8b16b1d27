//! Terraform's functions, as far as policies, images and names are built with them.
//!
//! A function that is not here, or whose answer depends on what is not known, gives an unknown value. A call that Terraform
//! would refuse counts as failed, for `try` and `can`. Not computed are digests and ciphers, times, `uuid`, and what
//! `base64gzip` packs.
//!
//! | file | functions of |
//! |---|---|
//! | [`collection`] | lists, sets and maps |
//! | [`encode`] | JSON, YAML, CSV, Base64 |
//! | [`file`] | files of the tree |
//! | [`network`] | IP networks |
//! | [`numeric`] | numbers and truth values |
//! | [`provider`] | ARNs, by the AWS provider |
//! | [`regular`] | regular expressions |
//! | [`text`] | other texts |
//!
//! <https://developer.hashicorp.com/terraform/language/functions>

mod collection;
mod encode;
mod file;
mod network;
mod numeric;
mod provider;
mod regular;
mod text;

use super::evaluate::{Env, Evaluator};
use super::value::{self, Value};
use crate::source::Loc;
use crate::tree::hcl::Expression;
use crate::tree::{NodeKind, Why};

/// A call as written.
pub(super) struct Call<'e> {
    pub(super) name: &'e str,
    pub(super) arguments: &'e [Expression],
    /// Whether the last argument is a list that stands for the rest.
    pub(super) expands_last: bool,
    /// All of it.
    pub(super) loc: Loc,
}

/// What a function came to.
pub(super) enum Outcome {
    /// A value.
    Is(Value),
    /// It depends on something unknown, or the function is not known here.
    Open,
    /// Terraform would refuse the call.
    Fails,
}

impl From<Option<Value>> for Outcome {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Outcome::Open, Outcome::Is)
    }
}

/// The value of a call.
pub(super) fn call<'m>(evaluator: &Evaluator<'m>, call: &Call<'_>, env: &Env<'_, 'm>) -> Value {
    let name = call.name.strip_prefix("core::").unwrap_or(call.name);
    match name {
        "try" => return attempt(evaluator, call, env),
        "can" => return can(evaluator, call, env),
        _ => {}
    }
    let arguments = arguments(evaluator, call, env);
    if arguments
        .iter()
        .any(|one| one.unknown().is_some_and(|u| u.why == Why::TooComplex))
    {
        return evaluator.opaque(call.loc, env, Why::TooComplex);
    }
    let loc = call.loc;
    evaluator.spend(arguments.iter().map(value::weight).sum());
    let outcome = match (name, arguments.as_slice()) {
        ("sensitive" | "nonsensitive" | "ephemeralasnull", [one]) => Outcome::Is(one.clone()),
        (
            "file" | "templatefile" | "fileexists" | "filebase64" | "fileset" | "templatestring",
            arguments,
        ) => file::call(evaluator, name, arguments, loc, env),
        (_, arguments) => text::call(name, arguments, loc)
            .or_else(|| encode::call(name, arguments, loc))
            .or_else(|| numeric::call(name, arguments, loc))
            .or_else(|| regular::call(name, arguments, loc))
            .or_else(|| network::call(name, arguments, loc))
            .or_else(|| provider::call(name, arguments, loc))
            .or_else(|| collection::call(evaluator, name, arguments, loc, env))
            .unwrap_or(Outcome::Open),
    };
    match outcome {
        Outcome::Is(value) => {
            evaluator.spend(value::weight(&value));
            value
        }
        Outcome::Open => evaluator.opaque(loc, env, Why::Function),
        Outcome::Fails => {
            evaluator.fail();
            evaluator.opaque(loc, env, Why::Undeclared)
        }
    }
}

fn arguments<'m>(evaluator: &Evaluator<'m>, call: &Call<'_>, env: &Env<'_, 'm>) -> Vec<Value> {
    let mut values: Vec<Value> = call
        .arguments
        .iter()
        .map(|argument| evaluator.value(argument, env))
        .collect();
    if call.expands_last
        && let Some(last) = values.pop()
    {
        match last.kind {
            NodeKind::List(items) => values.extend(items),
            _ => values.push(value::spread(last)),
        }
    }
    values
}

/// `try`: the first argument that does not fail. One that is not known may fail when it is.
fn attempt<'m>(evaluator: &Evaluator<'m>, call: &Call<'_>, env: &Env<'_, 'm>) -> Value {
    for argument in call.arguments {
        if let Some(value) = evaluator.attempt(|| evaluator.value(argument, env)) {
            let may_fail = match &value.kind {
                NodeKind::Unknown(unknown) => {
                    value::is_spread(&value)
                        || !matches!(unknown.why, Why::DeployTime | Why::Input | Why::Overridden)
                }
                _ => false,
            };
            if may_fail && call.arguments.len() > 1 {
                return evaluator.opaque(call.loc, env, Why::Condition);
            }
            return value;
        }
    }
    evaluator.fail();
    evaluator.opaque(call.loc, env, Why::Undeclared)
}

fn can<'m>(evaluator: &Evaluator<'m>, call: &Call<'_>, env: &Env<'_, 'm>) -> Value {
    let Some(argument) = call.arguments.first() else {
        return evaluator.opaque(call.loc, env, Why::Function);
    };
    match evaluator.attempt(|| evaluator.value(argument, env)) {
        None => value::boolean(false, call.loc),
        Some(value) if value::is_known(&value) => value::boolean(true, call.loc),
        Some(_) => evaluator.opaque(call.loc, env, Why::Function),
    }
}
