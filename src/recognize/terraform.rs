//! Terraform and OpenTofu: modules are evaluated as far as their files tell, and their resources lowered.
//!
//! One file says little: a role stands in one, its name's default in another, the caller of the module in a third. So each
//! file is parsed by itself ([`parse`]), and then all files of the run are evaluated together ([`evaluate`]). Every module
//! that no other calls is a root; a called one is evaluated once for each call.
//!
//! | file | does |
//! |---|---|
//! | [`relevant`] | which files have to be parsed at all, and which others their functions may read |
//! | [`module`] | the files of one folder as one module |
//! | [`evaluate`] | the evaluator |
//! | [`function`], [`value`] | what it computes with |
//! | [`gap`] | what a file that could not be read may have declared |
//! | [`keys`] | access keys that providers and backends have written out |
//! | [`instance`] | one resource or data source, evaluated |
//! | [`lower`] | evaluated resources → declared resources; attributes that follow from arguments |
//! | [`plan`] | plans and states, joined with the configuration |

mod evaluate;
mod function;
mod gap;
pub mod instance;
mod keys;
pub mod lower;
mod module;
pub mod plan;
pub mod relevant;
mod value;

#[cfg(test)]
mod tests;

use super::Recognized;
use super::iam_policy::layer::{self, PathHint};
use super::iam_policy::read_policy;
use super::resource::{self, Declared};
use crate::model::Facts;
use crate::model::home::Homes;
use crate::model::origin::{DeclaredElsewhere, Origin};
use crate::model::policy::{Layer, Policy};
use crate::source::{FileId, Loc, SourceMap};
use crate::tree::hcl::{self, Block, Hcl};
use crate::tree::{NodeKind, Problem, ProblemKind};
use evaluate::expand::Key;
use evaluate::{Deployment, Evaluator};
use instance::{Instance, Mode};
use plan::Plan;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// Most instances of resources and data sources in one run.
const MOST_INSTANCES: usize = 50_000;

/// Stack of the thread that evaluates, in bytes: references may lead deep.
const STACK: usize = 64 * 1024 * 1024;

/// The data source that renders policies; its instances have what it renders under `json`.
const DOCUMENT: &str = "aws_iam_policy_document";

/// One file, parsed.
#[derive(Clone, Debug)]
pub struct File {
    /// Path of the file, with `/`.
    pub path: String,
    /// What stands in it.
    pub hcl: Hcl,
}

impl File {
    /// Whether it is a unit of Terragrunt.
    fn is_unit(&self) -> bool {
        is_unit(&self.path)
    }

    /// Whether it gives values to variables (`.tfvars`), rather than declaring anything.
    fn is_values(&self) -> bool {
        is_values(&self.path)
    }
}

/// Whether a file of this name is one of Terraform's.
pub fn is_named(path: &str) -> bool {
    if is_unit(path) {
        return true;
    }
    let lower = path.to_ascii_lowercase();
    NAMES.iter().any(|ending| lower.ends_with(ending))
}

/// What the names of Terraform's files end with.
const NAMES: [&str; 6] = [
    ".tf",
    ".tofu",
    ".tfvars",
    ".tf.json",
    ".tofu.json",
    ".tfvars.json",
];

/// Parses one file.
pub fn parse(file: FileId, path: &str, text: &str) -> File {
    let is_values = is_values(path);
    let is_json = path.to_ascii_lowercase().ends_with(".json");
    File {
        path: path.to_string(),
        hcl: match is_json {
            true => hcl::parse_json(file, text, is_values),
            false => hcl::parse(file, text),
        },
    }
}

/// Whether a file of this name deploys a module with Terragrunt.
fn is_unit(path: &str) -> bool {
    path.rsplit('/').next() == Some("terragrunt.hcl")
}

/// Whether a file of this name gives values to variables.
fn is_values(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// Evaluates all modules of the run, joins them with the plans that were made from them, and reads what they declare.
/// `sources` has every file that the functions of the configuration may read, `homes` what the configuration of the run says of
/// accounts and Regions.
pub fn evaluate(files: &[File], plans: &[Plan], sources: &SourceMap, homes: &Homes) -> Recognized {
    if files.is_empty() && plans.is_empty() {
        return Recognized::default();
    }
    let (declared, documents, problems, elsewhere) = on_a_deep_stack(|| {
        let Evaluated {
            instances,
            gaps,
            elsewhere,
            problems,
        } = all_instances(files, sources, homes);
        let documents: Vec<Policy> = instances.iter().filter_map(document).collect();
        let joined = plan::join(instances, plans.to_vec());
        let mut declared: Vec<Declared<'static>> = joined.iter().flat_map(lower::lower).collect();
        declared.extend(gaps);
        (declared, documents, problems, elsewhere)
    });
    let mut recognized = resource::read(&declared);
    add_unused(&mut recognized.facts, documents);
    let written = files.iter().flat_map(|file| keys::written(&file.hcl.body));
    recognized.facts.written_secrets.extend(written);
    recognized.facts.declared_elsewhere.extend(elsewhere);
    recognized.problems.extend(problems);
    recognized
}

/// The document of a data source, as a policy by itself.
fn document(instance: &Instance) -> Option<Policy> {
    if instance.mode != Mode::Data || instance.kind != DOCUMENT {
        return None;
    }
    let node = instance.body.get("json").filter(|node| node.is_map())?;
    let mut policy = read_policy(node, Layer::Identity, false);
    (policy.layer, policy.layer_is_certain) = layer::infer(&policy.document, PathHint::None);
    Some(policy)
}

/// Adds the documents that nothing in sight uses: a module out of sight may. A document whose statements are part of one
/// that is used says nothing by itself.
fn add_unused(facts: &mut Facts, documents: Vec<Policy>) {
    let mut used: BTreeSet<Loc> = BTreeSet::new();
    for policy in &facts.policies {
        used.insert(policy.document.loc);
        used.extend(policy.document.statements.iter().map(|one| one.loc));
    }
    let is_used = |policy: &Policy| {
        let statements = policy.document.statements.iter().map(|one| one.loc);
        std::iter::once(policy.document.loc)
            .chain(statements)
            .any(|loc| used.contains(&loc))
    };
    let unused = documents.into_iter().filter(|policy| !is_used(policy));
    facts.policies.extend(unused.map(Arc::new));
}

/// Every instance of every resource and data source, in order of root folder, module address and name.
pub fn instances(files: &[File], sources: &SourceMap) -> Vec<Instance> {
    all_instances(files, sources, &Homes::default()).instances
}

/// What came of the configurations of a run.
#[derive(Default)]
struct Evaluated {
    /// Every instance.
    instances: Vec<Instance>,
    /// What files that could not be read may have declared.
    gaps: Vec<Declared<'static>>,
    /// The modules that are not in sight.
    elsewhere: Vec<DeclaredElsewhere>,
    /// A problem for each root module that is too much to work out.
    problems: Vec<Problem>,
}

fn all_instances(files: &[File], sources: &SourceMap, homes: &Homes) -> Evaluated {
    let modules = module::modules(files);
    let called = called_folders(&modules);
    let evaluator = Evaluator::new(&modules, files, sources, homes);
    let broken = gap::broken(files);
    let mut found = Evaluated::default();
    for (folder, module) in &modules {
        if called.contains(*folder) {
            continue;
        }
        let Some(root) = evaluator.root(module) else {
            continue;
        };
        let before = found.instances.len();
        let mut folders = BTreeSet::new();
        emit(&evaluator, &root, &mut found, &mut folders);
        let made = found.instances.get(before..).unwrap_or_default();
        let mut gaps: Vec<(&str, Loc)> = folders
            .iter()
            .filter_map(|folder| broken.get(*folder).copied())
            .collect();
        let is_cut = evaluator.is_exhausted() || found.instances.len() >= MOST_INSTANCES;
        if let Some(loc) = module.place().filter(|_| is_cut) {
            let message = "this module takes too many steps to work out";
            found.problems.push(
                Problem::new(ProblemKind::Limit, loc, message)
                    .hint("what is not worked out counts as unknown; lint a plan of it as well"),
            );
            gaps.push((folder, loc));
        }
        if !gaps.is_empty() {
            let scopes = gap::scopes(made);
            for (label, at) in gaps {
                found.gaps.extend(gap::declared(label, at, &scopes));
            }
        }
    }
    found.problems.extend(evaluator.limits());
    found
}

/// The folders that some module of the tree calls. Modules that only call each other in a circle are called by nobody.
fn called_folders<'a>(
    modules: &'a std::collections::BTreeMap<&'a str, module::Module<'a>>,
) -> BTreeSet<String> {
    modules
        .values()
        .flat_map(|module| {
            module.calls.values().filter_map(|block| {
                let folder = module::join(&module.folder, module::source_of(block)?);
                (folder != module.folder).then_some(folder)
            })
        })
        .collect()
}

/// Adds the instances of a deployment and of all that it calls to `found`, with the calls of modules that are not in sight,
/// and the folders of their modules to `folders`.
fn emit<'m>(
    evaluator: &Evaluator<'m>,
    at: &Rc<Deployment<'m>>,
    found: &mut Evaluated,
    folders: &mut BTreeSet<&'m str>,
) {
    folders.insert(&at.module.folder);
    for (label, resource) in &at.module.resources {
        let kind = resource.name.kind;
        if !kind.starts_with("aws_") && !lower::is_lowered(kind) {
            continue;
        }
        let expansion = evaluator.expansion(at, label, &resource.block);
        for iteration in &expansion.instances {
            if found.instances.len() >= MOST_INSTANCES {
                break;
            }
            let Some(mut body) = evaluator.body_of(at, &resource.name, iteration) else {
                continue;
            };
            if let NodeKind::Map(entries) = &mut body.kind
                && resource.name.mode == Mode::Data
                && resource.name.kind == DOCUMENT
            {
                let json = evaluator.policy_document(at, &resource.block, iteration);
                entries.push(value::entry("json", resource.block.kind.loc, json));
            }
            let address = format!("{}{label}{}", at.address, iteration.key);
            found.instances.push(Instance {
                mode: resource.name.mode,
                kind: resource.name.kind.to_string(),
                id: format!("{}|{address}", at.root),
                origin: Origin {
                    loc: resource.block.loc,
                    label: address.clone(),
                    scope: evaluator.scope_of(at, &resource.block, resource.name.kind),
                    is_certain: at.is_certain && iteration.key != Key::Any,
                },
                address,
                body,
            });
        }
    }
    for (name, block) in &at.module.calls {
        match evaluator.called(at, name, block) {
            Some(deployments) => {
                for (_, child) in deployments {
                    emit(evaluator, &child, found, folders);
                }
            }
            None => emit_handover(evaluator, at, name, block, found),
        }
    }
}

/// A call of a module that is not in sight, and what is passed to it.
fn emit_handover<'m>(
    evaluator: &Evaluator<'m>,
    at: &Rc<Deployment<'m>>,
    name: &str,
    block: &'m Block,
    found: &mut Evaluated,
) {
    found.elsewhere.push(DeclaredElsewhere {
        origin: Origin {
            loc: block.loc,
            label: format!("{}module.{name}", at.address),
            scope: evaluator.scope_of(at, block, ""),
            is_certain: at.is_certain,
        },
        source: module::written_source(block).to_string(),
    });
    let label = format!("module.{name}");
    found.elsewhere.push(DeclaredElsewhere {
        origin: Origin {
            loc: block.loc,
            label: format!("{}{label}", at.address),
            scope: evaluator.scope_of(at, block, ""),
            is_certain: at.is_certain,
        },
        source: module::written_source(block).to_string(),
    });
    let expansion = evaluator.expansion(at, &label, block);
    for iteration in &expansion.instances {
        if found.instances.len() >= MOST_INSTANCES {
            break;
        }
        let address = format!("{}{label}{}", at.address, iteration.key);
        found.instances.push(Instance {
            mode: Mode::Resource,
            kind: instance::MODULE.to_string(),
            id: format!("{}|{address}", at.root),
            origin: Origin {
                loc: block.loc,
                label: address.clone(),
                scope: evaluator.scope_of(at, block, instance::MODULE),
                is_certain: at.is_certain && iteration.key != Key::Any,
            },
            address,
            body: evaluator.handed_over(at, block, iteration),
        });
    }
}

/// Runs `work` on a thread with a stack of its own, as deep as references may lead; on this one if it cannot be had.
fn on_a_deep_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, &work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => work(),
        }
    })
}
