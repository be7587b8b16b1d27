//! Where a job runs: containers, machines, and executors that several jobs share.
//!
//! <https://circleci.com/docs/executor-intro/>

use super::parameters::Scope;
use super::{Config, Orb};
use crate::model::pipeline::{EnvVar, Runner};
use crate::model::template::Template;
use crate::source::Spanned;
use crate::tree::Node;
use std::rc::Rc;

/// What the machine of a job is.
pub(super) struct Executor {
    pub(super) runner: Runner,
    /// Its images but those with credentials of their own.
    pub(super) images: Vec<Spanned<Template>>,
    /// The variables it sets.
    pub(super) env: Vec<EnvVar>,
}

/// The machine of a job.
pub(super) fn of_job<'n, 's>(
    job: &'n Node<'s>,
    config: Config<'n, 's>,
    scope: &Rc<Scope<'n, 's>>,
) -> Executor {
    let Some(executor) = job.get("executor") else {
        return described(job, config, scope);
    };
    let (name, given) = match executor.as_str() {
        Some(name) => (scope.fill(name), None),
        None => (
            executor
                .get("name")
                .and_then(Node::as_str)
                .and_then(|name| scope.fill(name)),
            Some(executor),
        ),
    };
    let unknown = || Executor {
        runner: Runner::Unknown,
        images: Vec::new(),
        env: Vec::new(),
    };
    let Some(name) = name else { return unknown() };
    let declared = match name.split_once('/') {
        Some((prefix, own)) => match config.orb(prefix) {
            Orb::Inline(orb) => orb.get("executors").and_then(|block| block.get(own)),
            // Executors of orbs are CircleCI's own machines.
            Orb::Named(_) => {
                return Executor {
                    runner: of_class(job, scope),
                    ..unknown()
                };
            }
        },
        None => config
            .root
            .get("executors")
            .and_then(|block| block.get(&name)),
    };
    let Some(declared) = declared else {
        return unknown();
    };
    let inner = Rc::new(Scope::of_call(declared.get("parameters"), given, scope));
    let mut found = described(declared, config, &inner);
    // A job may choose another class than its executor.
    if job.has("resource_class") {
        found.runner = of_class(job, scope);
    }
    found
}

/// A machine as a job or executor describes it.
fn described<'n, 's>(
    node: &'n Node<'s>,
    config: Config<'n, 's>,
    scope: &Scope<'n, 's>,
) -> Executor {
    let containers = node.get("docker").map_or(&[][..], |list| list.items());
    let is_described = ["docker", "machine", "macos"]
        .iter()
        .any(|key| node.has(key));
    let mut env = config.environment(node.get("environment"), scope);
    if let Some(first) = containers.first() {
        env.extend(config.environment(first.get("environment"), scope));
    }
    Executor {
        runner: if is_described {
            of_class(node, scope)
        } else {
            Runner::Unknown
        },
        images: containers
            .iter()
            .filter(|one| !one.has("aws_auth") && !one.has("auth"))
            .filter_map(|one| {
                let image = one.get("image")?;
                let text = scope.fill(image.as_str()?)?;
                Some(Spanned::new(Template::literal(text), image.place()))
            })
            .collect(),
        env,
    }
}

/// A class with a namespace (`our-team/big`) is a runner of the user's own:
/// <https://circleci.com/docs/runner-overview/>.
fn of_class(node: &Node<'_>, scope: &Scope<'_, '_>) -> Runner {
    let machine = node.get("machine");
    let class = node
        .get("resource_class")
        .or_else(|| machine?.get("resource_class"));
    match class.and_then(Node::as_str) {
        None => Runner::Hosted,
        Some(class) => match scope.fill(class) {
            Some(class) if class.contains('/') => Runner::SelfHosted,
            Some(_) => Runner::Hosted,
            None => Runner::Unknown,
        },
    }
}

/// The machine of a job that an orb declares.
pub(super) fn runner_of_orb_job(given: Option<&Node<'_>>) -> Runner {
    let is_chosen = given.is_some_and(|given| given.has("executor") || given.has("resource_class"));
    if is_chosen {
        Runner::Unknown
    } else {
        Runner::Hosted
    }
}
