//! One file by itself: is it ours, what does it declare, what is wrong with it, and which comments speak to us?

use super::Settings;
use crate::diag::ignore::{Block, FileComments, IgnoreComment};
use crate::model::Facts;
use crate::model::home::{FileHome, Home};
use crate::model::pipeline::{Act, ActKind};
use crate::model::policy::PolicyDocument;
use crate::recognize::cloudformation::given::Given;
use crate::recognize::{self, terraform};
use crate::source::{FileId, SourceFile, Span};
use crate::tree::{self, Comment, Node, NodeKind, Parsed, Problem, Syntax, hcl};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of one file.
#[derive(Default)]
pub(super) struct Read {
    pub(super) facts: Facts,
    pub(super) problems: Vec<Problem>,
    pub(super) comments: Option<FileComments>,
    pub(super) is_ours: bool,
    /// A file of Terraform, which says nothing until all of them are there.
    pub(super) terraform: Option<terraform::File>,
    /// Plans and states of Terraform.
    pub(super) plans: Vec<terraform::plan::Plan>,
}

/// Reads one file: parses it if it can be ours, and asks every dialect for its documents. A file of Terraform is parsed if
/// its folder is among `modules`; a template of CloudFormation takes no default for a parameter that `given` sets otherwise.
pub(super) fn read(
    id: FileId,
    file: &SourceFile,
    modules: &BTreeSet<String>,
    given: &Given,
    settings: &Settings,
) -> Read {
    let mut out = Read::default();
    if terraform::is_named(&file.path) {
        if terraform::relevant::matters(&file.path, modules) {
            read_terraform(id, file, settings, &mut out);
        }
        return out;
    }
    if !recognize::prefilter::may_be_ours_at(&file.path, file.text.as_bytes()) {
        return out;
    }
    let parsed = tree::parse(id, &file.text, Syntax::of(&file.path, &file.text));
    for document in &parsed.documents {
        let subject = recognize::Subject {
            path: &file.path,
            text: &file.text,
            document,
        };
        if let Some((kind, recognized)) = recognize::recognize_given(&subject, given) {
            out.is_ours = true;
            if kind == recognize::DocumentKind::TerraformPlan {
                let plan = terraform::plan::read(&subject);
                out.problems
                    .extend(plan.iter().flat_map(|plan| plan.problems.iter().cloned()));
                out.plans.extend(plan);
            }
            out.facts.append(recognized.facts);
            out.problems.extend(recognized.problems);
        }
    }
    if let Some((_, layer)) = settings
        .layers
        .iter()
        .find(|(pattern, _)| pattern.matches(&file.path))
    {
        for policy in &mut out.facts.policies {
            let policy = Arc::make_mut(policy);
            policy.layer = *layer;
            policy.layer_is_certain = true;
        }
    }
    settle(id, &settings.homes.of(&file.path), &mut out.facts);
    if !parsed.problems.is_empty()
        && (out.is_ours || recognize::is_clearly_ours(&file.path, &file.text))
    {
        out.is_ours = true;
        out.problems.extend(parsed.problems.iter().cloned());
    }
    if out.is_ours && settings.inline_ignores {
        out.comments = ignore_comments(id, file, &parsed);
    }
    out
}

/// Puts in what the configuration says of a file that is no template: where its declarations are deployed, and what
/// placeholders for the own account and Region stand for.
fn settle(file: FileId, home: &Home, facts: &mut Facts) {
    if home.is_empty() {
        return;
    }
    if !facts.pipelines.is_empty() {
        let home = home.clone();
        facts.homes.push(FileHome { file, home });
    }
    let jobs = facts.pipelines.iter_mut().flat_map(|one| &mut one.jobs);
    for step in jobs.flat_map(|job| &mut job.steps) {
        step.acts.iter_mut().for_each(|act| fill_act(act, home));
    }
    for task in &mut facts.tasks {
        home.locate(&mut task.origin);
        let roles = [&mut task.execution_role, &mut task.task_role];
        let images = task.containers.iter_mut().map(|one| &mut one.image);
        for text in roles.into_iter().chain(images).flatten() {
            home.fill(&mut text.value);
        }
    }
    for endpoint in &mut facts.endpoints {
        home.locate(&mut endpoint.origin);
    }
    for policy in &mut facts.policies {
        // What belongs to a declaration shares it.
        if policy.origin.is_none() {
            fill(&mut Arc::make_mut(policy).document, home);
        }
    }
}

fn fill_act(act: &mut Act, home: &Home) {
    match &mut act.kind {
        ActKind::Credentials(credentials) => {
            if let Some(role) = &mut credentials.role {
                home.fill_role(&mut role.value);
            }
            if let Some(region) = &mut credentials.region {
                home.fill(&mut region.value);
            }
        }
        ActKind::Login(login) => {
            for host in login.registries.iter_mut().flatten() {
                home.fill(&mut host.value);
            }
        }
        ActKind::Push(text) | ActKind::Pull(text) | ActKind::Region(text) => {
            home.fill(&mut text.value);
        }
        ActKind::LegacyLogin(_)
        | ActKind::Build(_)
        | ActKind::AwsCall(_)
        | ActKind::OutOfSight(_) => {}
    }
}

fn fill(document: &mut PolicyDocument, home: &Home) {
    for statement in &mut document.statements {
        let elements = [&mut statement.action, &mut statement.resource];
        let values = elements
            .into_iter()
            .flatten()
            .flat_map(|one| &mut one.values);
        let entries = statement
            .principal
            .iter_mut()
            .flat_map(|one| &mut one.entries);
        let conditions = statement
            .conditions
            .iter_mut()
            .flat_map(|one| &mut one.values);
        values
            .chain(entries.map(|entry| &mut entry.value))
            .chain(conditions)
            .for_each(|value| home.fill(&mut value.value));
    }
}

fn read_terraform(id: FileId, file: &SourceFile, settings: &Settings, out: &mut Read) {
    let mut parsed = terraform::parse(id, &file.path, &file.text);
    let has_words = recognize::prefilter::may_be_ours_at(&file.path, file.text.as_bytes());
    out.is_ours = has_words || !parsed.hcl.problems.is_empty();
    out.problems.extend(parsed.hcl.problems.iter().cloned());
    let comments = std::mem::take(&mut parsed.hcl.comments);
    if settings.inline_ignores {
        out.comments = speaking(id, &comments, || {
            let mut blocks = Vec::new();
            blocks_of_body(&parsed.hcl.body, file, &mut blocks);
            blocks
        });
    }
    out.terraform = Some(parsed);
}

/// The blocks of a configuration, and its arguments with what stands in them.
fn blocks_of_body(body: &hcl::Body, file: &SourceFile, out: &mut Vec<Block>) {
    for attribute in &body.attributes {
        let span = attribute.name.loc.span.cover(attribute.value.loc.span);
        out.push(opened(span, file));
        blocks_of_expression(&attribute.value, file, out);
    }
    for block in &body.blocks {
        out.push(opened(block.loc.span, file));
        blocks_of_body(&block.body, file, out);
    }
}

/// The objects and lists in an expression, each from the line where its key or itself starts.
fn blocks_of_expression(expression: &hcl::Expression, file: &SourceFile, out: &mut Vec<Block>) {
    match &expression.kind {
        hcl::ExpressionKind::Object(items) => {
            out.push(opened(expression.loc.span, file));
            for (key, value) in items {
                let key = match key {
                    hcl::Key::Name(name) => name.loc,
                    hcl::Key::Computed(key) => key.loc,
                };
                out.push(opened(key.span.cover(value.loc.span), file));
                blocks_of_expression(value, file, out);
            }
        }
        hcl::ExpressionKind::List(items) => {
            out.push(opened(expression.loc.span, file));
            for item in items {
                blocks_of_expression(item, file, out);
            }
        }
        hcl::ExpressionKind::Call { arguments, .. } => {
            for argument in arguments {
                blocks_of_expression(argument, file, out);
            }
        }
        _ => {}
    }
}

fn opened(span: Span, file: &SourceFile) -> Block {
    Block {
        line: file.lines.line_of(span.start) + 1,
        span,
    }
}

/// The comments of a file that speak to ecrlint, with the blocks they may cover.
fn ignore_comments(id: FileId, file: &SourceFile, parsed: &Parsed<'_>) -> Option<FileComments> {
    speaking(id, &parsed.comments, || {
        let mut blocks = Vec::new();
        for document in &parsed.documents {
            let start = document.root.loc.span.start;
            blocks_of(&document.root, start, file, &mut blocks);
        }
        blocks
    })
}

fn speaking(
    id: FileId,
    comments: &[Comment],
    blocks: impl FnOnce() -> Vec<Block>,
) -> Option<FileComments> {
    let comments: Vec<_> = comments
        .iter()
        .filter(|comment| comment.text.contains("ecrlint:"))
        .map(|comment| IgnoreComment {
            loc: comment.loc,
            text: comment.text.clone(),
            own_line: comment.own_line,
        })
        .collect();
    if comments.is_empty() {
        return None;
    }
    Some(FileComments {
        file: id,
        comments,
        blocks: blocks(),
    })
}

/// The line on which each map and list starts (with its key or dash), and its span.
fn blocks_of(node: &Node<'_>, opens_at: u32, file: &SourceFile, out: &mut Vec<Block>) {
    if node.alias.is_some() {
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) => {
            out.push(block(node, opens_at, file));
            for entry in entries {
                blocks_of(&entry.value, entry.key.loc.span.start, file, out);
            }
        }
        NodeKind::List(items) => {
            out.push(block(node, opens_at, file));
            for item in items {
                blocks_of(item, item.loc.span.start, file, out);
            }
        }
        // A block scalar (`run: |`) is a block too: a finding inside the script lies in it.
        NodeKind::Text(_) => out.push(block(node, opens_at, file)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Unknown(_) => {}
    }
}

fn block(node: &Node<'_>, opens_at: u32, file: &SourceFile) -> Block {
    let span = node.loc.span;
    Block {
        line: file.lines.line_of(opens_at) + 1,
        span: Span {
            start: span.start.min(opens_at),
            end: span.end,
        },
    }
}
