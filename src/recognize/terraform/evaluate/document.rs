//! `aws_iam_policy_document`: the policy it renders, as a tree with IAM's own element names.
//!
//! A value has the bytes it was written with in the configuration, an element the name of its argument. What the provider
//! merges in (`source_policy_documents`, `override_policy_documents`) keeps the places of where it was written.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>

use super::expand::Iteration;
use super::{Deployment, Env, Evaluator};
use crate::recognize::terraform::value::{self, Value};
use crate::tree::hcl::{Block, Body};
use crate::tree::{Entry, Node, NodeKind, Unknown, Why, embed};
use std::rc::Rc;

impl<'m> Evaluator<'m> {
    /// The document of a data source.
    pub(in super::super) fn policy_document(
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
        let body = &block.body;
        let mut document = Document::default();
        for name in ["source_json", "source_policy_documents"] {
            for value in self.documents(body, name, &env) {
                document.merge(&value);
            }
        }
        for statement in self.blocks(body, "statement", &env) {
            document.put(rendered_statement(&statement));
        }
        for name in ["override_json", "override_policy_documents"] {
            for value in self.documents(body, name, &env) {
                document.merge(&value);
            }
        }
        let element = |name: &str, key: &str| {
            let argument = body.attribute(name)?;
            let value = self.value(&argument.value, &env);
            (!value.is_null()).then(|| value::entry(key, argument.name.loc, value))
        };
        let mut entries: Vec<Entry<'static>> = Vec::new();
        entries.push(element("version", "Version").unwrap_or_else(|| {
            let version = value::text("2012-10-17", block.kind.loc);
            value::entry("Version", block.kind.loc, version)
        }));
        entries.extend(element("policy_id", "Id"));
        entries.push(value::entry(
            "Statement",
            block.kind.loc,
            value::list(document.statements, block.loc),
        ));
        value::map(entries, block.loc)
    }

    /// The documents that an argument gives, one or many; an unknown one stays one.
    fn documents(&self, body: &Body, name: &str, env: &Env<'_, 'm>) -> Vec<Value> {
        let Some(argument) = body.attribute(name) else {
            return Vec::new();
        };
        let value = self.value(&argument.value, env);
        let documents: Vec<Value> = value.one_or_many().to_vec();
        documents
            .into_iter()
            .filter(|one| !one.is_null() && one.as_str() != Some(""))
            .map(|one| match &one.kind {
                NodeKind::Text(_) => parsed(&one)
                    .unwrap_or_else(|| self.opaque(argument.value.loc, env, Why::Function)),
                _ => one,
            })
            .collect()
    }
}

/// A document of nothing but these `statement` blocks.
pub(in super::super) fn of_statements(statements: &Value) -> Value {
    let loc = statements.loc;
    let mut document = Document::default();
    for statement in statements.one_or_many() {
        document.put(rendered_statement(statement));
    }
    let version = value::text("2012-10-17", loc);
    value::map(
        vec![
            value::entry("Version", loc, version),
            value::entry("Statement", loc, value::list(document.statements, loc)),
        ],
        loc,
    )
}

fn rendered_statement(block: &Value) -> Value {
    if !block.is_map() {
        return block.clone();
    }
    let mut entries: Vec<Entry<'static>> = Vec::new();
    let mut has_effect = false;
    let mut principals: Vec<(&str, &Entry<'static>)> = Vec::new();
    for entry in block.entries() {
        if entry.value.is_null() || is_empty(&entry.value) {
            continue;
        }
        let key = match entry.key.value.as_ref() {
            "sid" if entry.value.as_str() == Some("") => continue,
            "sid" => "Sid",
            "effect" => {
                has_effect = true;
                "Effect"
            }
            "actions" => "Action",
            "not_actions" => "NotAction",
            "resources" => "Resource",
            "not_resources" => "NotResource",
            "principals" => {
                principals.push(("Principal", entry));
                continue;
            }
            "not_principals" => {
                principals.push(("NotPrincipal", entry));
                continue;
            }
            "condition" => {
                let conditions = conditions(&entry.value);
                entries.push(value::entry("Condition", entry.key.loc, conditions));
                continue;
            }
            // The provider refuses other arguments.
            _ => continue,
        };
        entries.push(value::entry(key, entry.key.loc, rendered(&entry.value)));
    }
    if !has_effect {
        let allow = value::text("Allow", block.loc);
        entries.insert(0, value::entry("Effect", block.loc, allow));
    }
    // Of both forms at most one is there: one that surely is leaves no room for one that may be.
    principals.sort_by_key(|(_, entry)| may_be_absent(&entry.value));
    for (key, entry) in principals.into_iter().take(1) {
        entries.push(value::entry(key, entry.key.loc, principal(&entry.value)));
    }
    value::map(entries, block.loc)
}

/// Whether there may be no block at all: each of them stands for any number.
fn may_be_absent(blocks: &Value) -> bool {
    blocks.items().iter().all(value::is_spread)
}

fn is_empty(value: &Value) -> bool {
    matches!(&value.kind, NodeKind::List(items) if items.is_empty())
}

/// A policy in a text.
fn parsed(text: &Value) -> Option<Value> {
    let parsed = embed::json_in(text)?;
    parsed.problems.is_empty().then_some(())?;
    parsed.documents.into_iter().next().map(|one| one.root)
}

/// The provider writes IAM's variables as `&{…}`, so that Terraform leaves them alone.
fn rendered(value: &Value) -> Value {
    let mut value = value.clone();
    replace_marks(&mut value);
    replace_nulls(&mut value);
    value
}

/// Terraform refuses null in a list of a document, so a module that would get there is not deployed like this.
fn replace_nulls(value: &mut Value) {
    if let NodeKind::List(items) = &mut value.kind {
        for item in items.iter_mut().filter(|item| item.is_null()) {
            let at = item.loc;
            let name = format!("{}:{}#null", at.file.0, at.span.start);
            let unknown = Unknown::new(name, "null", Why::Condition);
            item.kind = NodeKind::Unknown(Box::new(unknown));
        }
    }
}

fn replace_marks(value: &mut Value) {
    match &mut value.kind {
        NodeKind::Text(text) if text.value.contains("&{") => {
            // One byte for one byte: places stay as they are. A hole's own text is not the policy's.
            let holes = text.holes.clone();
            let is_hole = |at: usize| {
                holes
                    .iter()
                    .any(|hole| (hole.range.start as usize..hole.range.end as usize).contains(&at))
            };
            let mut out = String::with_capacity(text.value.len());
            for (at, c) in text.value.char_indices() {
                let is_mark = c == '&'
                    && text
                        .value
                        .get(at + 1..)
                        .is_some_and(|rest| rest.starts_with('{'))
                    && !is_hole(at);
                out.push(if is_mark { '$' } else { c });
            }
            text.value = out.into();
        }
        NodeKind::List(items) => items.iter_mut().for_each(replace_marks),
        _ => {}
    }
}

/// `principals` blocks as the element: `"*"` alone for everyone, else an object by type.
fn principal(blocks: &Value) -> Value {
    let mut entries: Vec<Entry<'static>> = Vec::new();
    for block in blocks.items() {
        let (Some(kind), Some(identifiers)) = (block.get("type"), block.get("identifiers")) else {
            // An unknown block: nobody knows who is meant.
            let is_said = entries.iter().any(|entry| value::is_spread(&entry.value));
            if let (NodeKind::Unknown(_), false) = (&block.kind, is_said) {
                let key = super::iterate::key_text(block).unwrap_or_default();
                entries.push(value::entry(key, block.loc, block.clone()));
            }
            continue;
        };
        let everyone = identifiers
            .one_or_many()
            .iter()
            .find(|one| one.as_str() == Some("*"));
        if kind.as_str() == Some("*")
            && let Some(everyone) = everyone
            && blocks.items().len() == 1
        {
            return everyone.clone();
        }
        let Some(name) = super::iterate::key_text(kind) else {
            continue;
        };
        let name = if name == "*" { "AWS".to_string() } else { name };
        let identifiers = rendered(identifiers);
        match entries.iter_mut().find(|entry| entry.key.value == name) {
            Some(entry) => append(&mut entry.value, identifiers),
            None => entries.push(value::entry(name, kind.place(), identifiers)),
        }
    }
    value::map(entries, blocks.loc)
}

/// `condition` blocks as the element: operators, keys, values.
fn conditions(blocks: &Value) -> Value {
    let mut operators: Vec<Entry<'static>> = Vec::new();
    for block in blocks.items() {
        if let NodeKind::Unknown(_) = block.kind {
            let is_said = operators.iter().any(|entry| value::is_spread(&entry.value));
            if is_said {
                continue;
            }
            let key = super::iterate::key_text(block).unwrap_or_default();
            operators.push(value::entry(key, block.loc, block.clone()));
            continue;
        }
        let part = |name: &str| block.get(name);
        let (Some(test), Some(variable), Some(values)) =
            (part("test"), part("variable"), part("values"))
        else {
            continue;
        };
        let (Some(test_name), Some(variable_name)) = (
            super::iterate::key_text(test),
            super::iterate::key_text(variable),
        ) else {
            continue;
        };
        let values = rendered(values);
        let at = match operators
            .iter()
            .position(|entry| entry.key.value == test_name)
        {
            Some(at) => at,
            None => {
                let keys = value::map(Vec::new(), block.loc);
                operators.push(value::entry(test_name, test.place(), keys));
                operators.len() - 1
            }
        };
        let Some(NodeKind::Map(keys)) = operators.get_mut(at).map(|entry| &mut entry.value.kind)
        else {
            continue;
        };
        match keys
            .iter_mut()
            .find(|entry| entry.key.value == variable_name)
        {
            Some(entry) => append(&mut entry.value, values),
            None => keys.push(value::entry(variable_name, variable.place(), values)),
        }
    }
    value::map(operators, blocks.loc)
}

/// Adds the items of a list or a single value to a list.
fn append(to: &mut Value, more: Value) {
    let items: Vec<Value> = match more.kind {
        NodeKind::List(items) => items,
        _ => vec![more],
    };
    match &mut to.kind {
        NodeKind::List(list) => list.extend(items),
        _ => {
            let first = to.clone();
            let loc = to.loc;
            *to = value::list(std::iter::once(first).chain(items).collect(), loc);
        }
    }
}

/// Statements in the making.
#[derive(Default)]
struct Document {
    statements: Vec<Value>,
}

impl Document {
    /// Adds the statements of a document. What comes later takes the place of what has the same `Sid`.
    fn merge(&mut self, document: &Value) {
        match &document.kind {
            NodeKind::Map(_) => {
                let statements = document.get("Statement");
                for statement in statements.map(Node::one_or_many).unwrap_or_default() {
                    self.put(statement.clone());
                }
            }
            _ => self.any(document),
        }
    }

    /// A document of which nothing is known: any statements, and any that are there may be replaced by them.
    fn any(&mut self, document: &Value) {
        self.statements.push(value::spread(document.clone()));
    }

    fn put(&mut self, statement: Value) {
        let sid = statement
            .get("Sid")
            .and_then(Node::as_str)
            .filter(|sid| !sid.is_empty());
        let twin = sid.and_then(|sid| {
            self.statements
                .iter()
                .position(|one| one.get("Sid").and_then(Node::as_str) == Some(sid))
        });
        match twin.and_then(|at| self.statements.get_mut(at)) {
            Some(twin) => *twin = statement,
            None => self.statements.push(statement),
        }
    }
}
