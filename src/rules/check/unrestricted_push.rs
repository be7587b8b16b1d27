//! ECR111: a push to every repository.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html>

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::image_actions::UPLOAD;
use super::reading;
use crate::catalog::MANAGED_POLICIES;
use crate::diag::{Diagnostic, quote};
use crate::iam::{Answer, Grant};
use crate::link::flow::{Image, StepKind};
use crate::model::policy::{Element, Layer, Policy, PolicyDocument, Statement};
use crate::model::template::Template;
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{Node, Syntax, parse};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Most repositories that a finding names.
const MOST_REPOSITORIES: usize = 5;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let pushes = Pushes::of(cx);
    let of_aws = OnceCell::new();
    for policy in cx.policies() {
        if policy.layer != Layer::Identity || policy.document.loc.file == FileId::NONE {
            continue;
        }
        for (at, statement) in policy.document.statements.iter().enumerate() {
            let Some(found) = in_statement(cx, &policy, at, statement, &pushes) else {
                continue;
            };
            let of_aws = of_aws.get_or_init(said_by_aws);
            if !of_aws.contains(&said(&policy.document)) {
                out.push(found);
            }
        }
    }
}

fn in_statement(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    at: usize,
    statement: &Statement,
    pushes: &Pushes<'_>,
) -> Option<Diagnostic> {
    let action = statement.action.as_ref().filter(|action| !action.negated)?;
    let resources = statement
        .resource
        .as_ref()
        .filter(|resource| !resource.negated)?;
    // Whoever may do everything is no matter of ECR's.
    let entry = action.values.iter().find(|value| is_of_ecr(value))?;
    if !statement.allows() || statement.condition_loc.is_some() || !statement.conditions_are_read {
        return None;
    }
    let every = resources
        .values
        .iter()
        .find(|value| means_every_repository(&value.value))?;
    let pushes_all = UPLOAD.iter().chain(&["ecr:PutImage"]).all(|action| {
        policy.alone().names(at, action) == Answer::Yes
            && policy.alone().grants(action, &every.value) == Grant::Granted
    });
    if !pushes_all {
        return None;
    }
    let written = entry.value.to_string();
    let message = if written.contains('*') {
        format!(
            "{} on {} allows a push to every repository",
            quote(&written),
            quote(&every.value.to_string())
        )
    } else {
        format!(
            "a push is allowed on {}: on every repository",
            quote(&every.value.to_string())
        )
    };
    let mut found = cx
        .diagnostic(every.loc, message)
        .label("matches every repository")
        .identity(written)
        .in_statement(reading::sid(statement))
        .related(entry.loc, "the actions of a push");
    let needed = pushes.with(policy);
    if !needed.is_empty() {
        let names: Vec<String> = needed.keys().cloned().collect();
        found = found.help(format!(
            "limit the push to {}",
            reading::first_and_more(&names)
        ));
        for (name, loc) in needed.iter().take(MOST_REPOSITORIES) {
            found = found.related(*loc, format!("{} is pushed with it here", quote(name)));
        }
    }
    Some(found)
}

/// What a document says, whatever its order and its `Sid`s: the actions and resources of each statement.
type Said = BTreeSet<(BTreeSet<String>, BTreeSet<String>)>;

fn said(document: &PolicyDocument) -> Said {
    let texts = |element: &Option<Element>| {
        let values = element.iter().flat_map(|element| &element.values);
        values.map(|value| value.value.to_string()).collect()
    };
    let statements = document.statements.iter();
    statements
        .map(|statement| (texts(&statement.action), texts(&statement.resource)))
        .collect()
}

/// What AWS's own policies say. A copy of one in a file is that policy.
fn said_by_aws() -> BTreeSet<Said> {
    let of_ecr = MANAGED_POLICIES
        .iter()
        .filter(|policy| policy.text.contains("\"ecr:"));
    of_ecr
        .map(|policy| {
            let parsed = parse(FileId::NONE, policy.text, Syntax::Json);
            let root = parsed.documents.first().map(|document| &document.root);
            let statements = root.and_then(|root| root.get("Statement"));
            let texts = |statement: &Node<'_>, name: &str| {
                let values = statement.get(name).map_or(&[][..], Node::one_or_many);
                values
                    .iter()
                    .filter_map(|value| Some(value.as_str()?.to_string()))
                    .collect()
            };
            statements
                .map_or(&[][..], Node::one_or_many)
                .iter()
                .map(|statement| (texts(statement, "Action"), texts(statement, "Resource")))
                .collect()
        })
        .collect()
}

fn is_of_ecr(value: &Spanned<Template>) -> bool {
    let text = value.value.prefix();
    reading::name_of(text, "ecr").is_some_and(|name| {
        reading::matching_actions("ecr", name)
            .any(|action| action.name == "PutImage" || action.name == "InitiateLayerUpload")
    })
}

/// `*`, or the ARN of everything that a registry holds.
fn means_every_repository(resource: &Template) -> bool {
    let suffix = resource.suffix();
    resource.as_literal() == Some("*")
        || (resource.prefix().starts_with("arn:")
            && (suffix.ends_with(":repository/*") || suffix.ends_with(":*")))
        || resource
            .as_literal()
            .is_some_and(|text| text.starts_with("arn:") && text.ends_with(":repository/*"))
}

/// The pushes in sight, by the policies that those who do them hold.
struct Pushes<'a>(BTreeMap<*const Policy, Vec<&'a Image>>);

impl<'a> Pushes<'a> {
    fn of(cx: &Context<'a>) -> Pushes<'a> {
        let mut by_role: BTreeMap<usize, Vec<&Image>> = BTreeMap::new();
        for flow in &cx.workspace.flows {
            for step in &flow.steps {
                let StepKind::Push(image) = &step.kind else {
                    continue;
                };
                for role in &flow.actor.roles.indices {
                    by_role.entry(*role).or_default().push(image);
                }
            }
        }
        let mut by_policy: BTreeMap<*const Policy, Vec<&Image>> = BTreeMap::new();
        for (role, images) in by_role {
            let set = cx.workspace.principals.sets.get(role);
            for granted in set.into_iter().flat_map(|set| &set.policies) {
                by_policy
                    .entry(&raw const *granted.policy)
                    .or_default()
                    .extend(&images);
            }
        }
        Pushes(by_policy)
    }

    /// What is pushed with a policy: the repositories by name, each with the place of a push.
    fn with(&self, policy: &Policy) -> BTreeMap<String, Loc> {
        let images = self.0.get(&(&raw const *policy)).into_iter().flatten();
        let mut names = BTreeMap::new();
        for image in images {
            names
                .entry(image.image.repository.to_string())
                .or_insert(image.written.loc);
        }
        names
    }
}
