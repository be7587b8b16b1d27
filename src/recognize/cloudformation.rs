//! CloudFormation and SAM templates, in JSON and YAML: their resources, with every function worked out that can be.
//!
//! A template is known by its shape: `Resources`, of which one has a `Type` with `::` in it. Each resource that the readers of
//! [`resource`](super::resource) know is lowered to a [`Declared`]; a template with conditions is lowered once for each way
//! they can fall.
//!
//! | file | does |
//! |---|---|
//! | `cloudformation` | knows a template, and lowers it |
//! | `anatomy` | the sections of a template by name |
//! | `call` | function calls in both notations |
//! | `evaluate`, `intrinsics` | the value of a node in one reading |
//! | `references` | `Ref` and `GetAtt` |
//! | `parameters`, [`given`] | parameters and pseudo parameters, and what sets them |
//! | `conditions`, `readings`, `shared` | whether conditions are met, the ways they can fall, and what is the same in all |
//! | `loops` | `Fn::ForEach` |
//! | `text` | made text, with the way back to the file |
//! | `sam`, `serverless` | what SAM and the Serverless Framework add |
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html>

mod anatomy;
mod call;
mod conditions;
mod evaluate;
pub mod given;
mod intrinsics;
mod loops;
mod parameters;
mod readings;
mod references;
mod sam;
mod serverless;
mod shared;
mod text;

#[cfg(test)]
mod tests;

use super::resource::{self, Declared};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::origin::{Assumption, Origin, Scope};
use crate::model::template::Template;
use crate::tree::{Node, NodeKind};
use anatomy::{Anatomy, Resource};
use evaluate::Evaluator;
use given::Given;
use readings::{Choice, Choices, Reading};
use std::sync::Arc;

/// Whether the document is a template, or a configuration file of the Serverless Framework, which has one inside.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    is_template(root) || serverless::is_configuration(root)
}

/// Whether a map is a template.
pub fn is_template(root: &Node<'_>) -> bool {
    let is_resource = |resource: &crate::tree::Entry<'_>| {
        let kind = resource.value.get("Type").and_then(Node::as_str);
        kind.is_some_and(|kind| kind.contains("::"))
            || resource.key.value.starts_with("Fn::ForEach::")
    };
    let resources = root.get("Resources");
    resources.is_some_and(|resources| resources.entries().iter().any(is_resource))
}

/// Reads a template of which nothing else in the tree sets parameters.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    extract_given(subject, &Given::default())
}

/// Reads a template in a tree that sets these parameters.
pub fn extract_given(subject: &Subject<'_, '_>, given: &Given) -> Recognized {
    let root = &subject.document.root;
    let label = label(subject);
    if is_template(root) {
        return template(root, label, subject.text, given);
    }
    let mut recognized = Recognized::default();
    for (at, inner) in serverless::templates(root).iter().enumerate() {
        let label = match at {
            0 => label.clone(),
            _ => format!("{label}#{at}"),
        };
        let one = template(inner, label, subject.text, given);
        recognized.facts.append(one.facts);
        recognized.problems.extend(one.problems);
    }
    recognized
}

/// What a template declares in each of its readings, if there are several.
pub fn readings(subject: &Subject<'_, '_>, given: &Given) -> Vec<(Vec<Assumption>, Facts)> {
    let root = &subject.document.root;
    if !is_template(root) {
        return Vec::new();
    }
    let unrolled = loops::unrolled(root, subject.text);
    let anatomy = Anatomy::of(
        unrolled.as_ref().unwrap_or(root),
        label(subject),
        subject.text,
        given,
    );
    readings::readings(&anatomy)
        .iter()
        .map(|reading| {
            let declared = declared_in(&anatomy, reading);
            let assuming = reading.scope.assuming.clone();
            (assuming, resource::read(&declared).facts)
        })
        .collect()
}

/// What the template is called in the run: its path, and a number if other documents stand before it in the file.
fn label(subject: &Subject<'_, '_>) -> String {
    let start = subject.document.root.loc.span.start as usize;
    let before = subject.text.get(..start).unwrap_or("");
    let documents = before.lines().filter(|line| line.trim_end() == "---");
    match documents.count() {
        0 | 1 => subject.path.to_string(),
        more => format!("{}#{more}", subject.path),
    }
}

fn template(root: &Node<'_>, label: String, text: &str, given: &Given) -> Recognized {
    let mut recognized = Recognized::default();
    for declared in lowered(root, label, text, given) {
        let one = resource::read(&declared);
        recognized.facts.append(one.facts);
        for problem in one.problems {
            // Each reading of the template has it.
            if !recognized.problems.contains(&problem) {
                recognized.problems.push(problem);
            }
        }
    }
    recognized
}

/// The resources of a template that we read: those of every reading, then those of each.
fn lowered<'s>(
    root: &Node<'s>,
    label: String,
    text: &str,
    given: &Given,
) -> Vec<Vec<Declared<'s>>> {
    let unrolled = loops::unrolled(root, text);
    let anatomy = Anatomy::of(unrolled.as_ref().unwrap_or(root), label, text, given);
    if !anatomy
        .resources
        .values()
        .any(|resource| is_read(resource.kind))
    {
        return Vec::new();
    }
    let readings = readings::readings(&anatomy);
    let declared = readings
        .iter()
        .map(|reading| declared_in(&anatomy, reading))
        .collect();
    let scopes: Vec<Arc<Scope>> = readings
        .iter()
        .map(|reading| Arc::clone(&reading.scope))
        .collect();
    shared::factored(&anatomy, declared, &scopes)
}

/// The resources of a template in one reading.
fn declared_in<'s>(anatomy: &Anatomy<'_, 's>, reading: &Reading<'s>) -> Vec<Declared<'s>> {
    let evaluator = Evaluator::new(anatomy, &reading.choices, Arc::clone(&reading.scope));
    let mut declared = Vec::new();
    for id in &anatomy.order {
        let Some(resource) = anatomy.resources.get(id) else {
            continue;
        };
        if !is_read(resource.kind) {
            continue;
        }
        let condition = resource.condition.map(|name| evaluator.verdict(name));
        if condition == Some(Some(false)) {
            continue;
        }
        let origin = Origin {
            loc: resource.loc,
            label: id.to_string(),
            scope: Arc::clone(&reading.scope),
            is_certain: condition != Some(None),
        };
        let one = Declared {
            kind: resource.kind.to_string(),
            origin,
            id: anatomy.global(id),
            properties: properties(&evaluator, resource),
        };
        sam::lower(one, &mut declared);
    }
    declared
}

fn properties<'s>(evaluator: &Evaluator<'_, 's>, resource: &Resource<'_, 's>) -> Node<'s> {
    let written = resource.properties.as_deref();
    written
        .and_then(|written| evaluator.value(written))
        .unwrap_or_else(|| Node::new(resource.loc, NodeKind::Map(Vec::new())))
}

/// The deployment that a template describes: one stack.
fn scope(anatomy: &Anatomy<'_, '_>, choices: &Choices<'_>, assuming: Vec<Assumption>) -> Scope {
    let label = &anatomy.label;
    let chosen = |name: &str| match choices.named.get(name) {
        Some(Choice::Is(node)) => Some(Template::literal(node.as_str().unwrap_or(""))),
        _ => None,
    };
    let open =
        |name: &str, hole: &str| Template::hole(format!("{label}#{hole}"), format!("${{{name}}}"));
    let home = &anatomy.home;
    let account = chosen("AWS::AccountId")
        .or_else(|| home.account.clone())
        .unwrap_or_else(|| open("AWS::AccountId", "account"));
    let region = chosen("AWS::Region")
        .or_else(|| home.region.clone())
        .unwrap_or_else(|| open("AWS::Region", "region"));
    let mut scope = Scope::unknown(label)
        .located(Some(account), Some(region))
        .read_beside(anatomy.text);
    if let Some(partition) = chosen("AWS::Partition") {
        scope.partition = partition;
    }
    Scope { assuming, ..scope }
}

/// How the types of resources begin that we read. A file without any of these words holds no template of interest.
pub const WORDS: &[&str] = &[
    "AWS::AppRunner::",
    "AWS::AutoScaling::",
    "AWS::Batch::",
    "AWS::CloudFormation::Stack",
    "AWS::CodeBuild::",
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::ECS::",
    "AWS::EKS::",
    "AWS::Events::",
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Organizations::",
    "AWS::Route53::",
    "AWS::SSO::",
    "AWS::SageMaker::",
    "AWS::Scheduler::",
    "AWS::Serverless::",
];

/// Whether resources of this type are read.
fn is_read(kind: &str) -> bool {
    resource::is_read(kind) || sam::is_lowered(kind)
}
