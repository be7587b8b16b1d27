//! One line of `--requests`: policies by kind, a request, and what is unknown of both.
//!
//! ```json
//! {"id": "a", "policies": [{"kind": "identity", "document": {…}}, {"kind": "scp", "level": "root", "document": {…}}],
//!  "request": {"principal_arn": "…", "action": "ecr:PutImage", "resource": "…", "resource_account": "…", "context": {…}},
//!  "unknown_context": ["aws:SourceVpce"], "open": ["identity"]}
//! ```
//!
//! A key of the context that is not listed is absent. What else an object holds is left alone, so that lines may carry
//! notes of their own.

use super::refused;
use crate::iam::{
    Atom, Attached, Compiled, Context, Decision, Fact, Outcome, Request, Stack, Target, Verdict,
    authorize, layer_name,
};
use crate::model::policy::Layer;
use crate::recognize::iam_policy::read_in_force;
use crate::source::{FileId, Loc};
use crate::tree::{self, Node, NodeKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What `kind` and `open` may say.
const KINDS: [&str; 9] = [
    "identity",
    "boundary",
    "session",
    "scp",
    "rcp",
    "endpoint",
    "repository",
    "registry",
    "trust",
];
/// Besides, `kind` may say this: the policy of an endpoint through which an account as principal is its root user.
const GATEWAY: &str = "gateway-endpoint";

/// What a line calls itself: given back as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// A string.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Nothing, or something else.
    #[default]
    None,
}

/// A line, read.
#[derive(Debug)]
pub struct Line {
    /// Its id, as far as it could be read.
    pub id: Id,
    /// The question, or why there is none: lower case, one line, no full stop.
    pub case: Result<Case, String>,
}

/// A question with its policies.
#[derive(Debug)]
pub struct Case {
    request: Request,
    policies: Vec<Policy>,
    open: Vec<Layer>,
    /// As the line spells them.
    unknown: Vec<String>,
    /// Of the policies that AWS would refuse: the first and why.
    refused: Option<String>,
}

#[derive(Debug)]
struct Policy {
    layer: Layer,
    level: Option<String>,
    is_gateway: bool,
    compiled: Compiled,
}

/// The line that is written for a line.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Of the line.
    pub id: Id,
    /// `allow`, `implicit_deny` or `explicit_deny`; none where something is unknown.
    pub decision: Option<&'static str>,
    /// `allowed`, `denied`, `conditional` or `unknown`; none where there is no question.
    pub verdict: Option<&'static str>,
    /// The statement that decides: the index of its policy, and its own in the policy.
    pub deciding: Option<(usize, usize)>,
    /// The kinds of policy that would have to allow and do not.
    pub limited_by: Vec<&'static str>,
    /// Condition keys and other things that the verdict hangs on.
    pub depends_on: Vec<String>,
    /// Why the line, or a policy in it, was refused.
    pub error: Option<String>,
}

impl Line {
    /// Reads a line: the text without its line end.
    pub fn read(text: &[u8]) -> Line {
        let refuse = |why: String| Line {
            id: Id::None,
            case: Err(why),
        };
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                return refuse(format!("byte {}: not UTF-8 text", error.valid_up_to() + 1));
            }
        };
        let parsed = tree::json::parse(FileId::NONE, text);
        if let Some(problem) = parsed.problems.first() {
            return refuse(at(text, problem.loc, &problem.message));
        }
        let Some(document) = parsed.documents.first() else {
            return refuse("column 1: there is no JSON object".to_string());
        };
        let root = &document.root;
        Line {
            id: id(root),
            case: Reader { text }.case(root),
        }
    }

    /// What is to be written for the line.
    pub fn answer(self) -> Answer {
        match self.case {
            Ok(case) => case.answer(self.id),
            Err(why) => Answer {
                id: self.id,
                decision: None,
                verdict: None,
                deciding: None,
                limited_by: Vec::new(),
                depends_on: Vec::new(),
                error: Some(why),
            },
        }
    }
}

impl Case {
    /// Asks the engine.
    pub fn decide(&self) -> Decision {
        let mut stack = Stack::new();
        for policy in &self.policies {
            let mut attached = Attached::new(policy.layer, &policy.compiled);
            attached.level = policy.level.as_deref();
            attached.is_gateway = policy.is_gateway;
            stack.push(attached);
        }
        for layer in &self.open {
            stack.open(*layer);
        }
        authorize(&self.request, &stack)
    }

    fn answer(self, id: Id) -> Answer {
        let decision = self.decide();
        let is_closed = self.unknown.is_empty() && self.open.is_empty();
        let mut limited_by: Vec<_> = decision
            .limited_by
            .iter()
            .copied()
            .map(layer_name)
            .collect();
        limited_by.sort_unstable();
        Answer {
            id,
            decision: decision
                .outcome
                .filter(|_| is_closed)
                .map(|outcome| match outcome {
                    Outcome::Allow => "allow",
                    Outcome::ImplicitDeny => "implicit_deny",
                    Outcome::ExplicitDeny => "explicit_deny",
                }),
            verdict: Some(match decision.verdict {
                Verdict::Allowed => "allowed",
                Verdict::Denied => "denied",
                Verdict::Conditional => "conditional",
                Verdict::Unknown => "unknown",
            }),
            deciding: decision.deciding.map(|at| (at.policy, at.statement)),
            limited_by,
            depends_on: self.subjects(&decision.depends_on),
            error: self.refused,
        }
    }

    /// What the atoms are about, sorted, condition keys as the line spells them.
    fn subjects(&self, atoms: &[Atom]) -> Vec<String> {
        if atoms.is_empty() {
            return Vec::new();
        }
        let spellings: BTreeMap<String, &String> = self
            .unknown
            .iter()
            .map(|key| (key.to_ascii_lowercase(), key))
            .collect();
        let subjects: BTreeSet<String> = atoms
            .iter()
            .map(|atom| match atom {
                Atom::Absent { key } | Atom::Condition { key, .. } | Atom::Variable { key, .. } => {
                    spellings.get(key).map_or(key, |spelt| *spelt).clone()
                }
                other => other.subject(),
            })
            .collect();
        subjects.into_iter().collect()
    }
}

fn id(root: &Node<'_>) -> Id {
    match root.get("id").map(|node| &node.kind) {
        Some(NodeKind::Text(text)) => Id::Text(text.value.to_string()),
        Some(NodeKind::Number(number)) => number
            .parse()
            .map_or_else(|_| Id::Text(number.to_string()), Id::Number),
        _ => Id::None,
    }
}

/// A message with its column, which counts characters from 1.
fn at(text: &str, loc: Loc, message: &str) -> String {
    let before = text.get(..loc.span.start as usize).unwrap_or(text);
    format!("column {}: {message}", before.chars().count() + 1)
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn case(&self, root: &Node<'_>) -> Result<Case, String> {
        if !root.is_map() {
            return self.refuse(root, "the line is not a JSON object");
        }
        let mut policies = Vec::new();
        let mut refusal = None;
        let list = self.need(root, "policies")?;
        for (index, node) in self.list(list, "policies")?.iter().enumerate() {
            let (policy, why) = self.policy(node, index)?;
            policies.push(policy);
            refusal = refusal.or(why);
        }
        let mut unknown = Vec::new();
        if let Some(node) = root.get("unknown_context").filter(|node| !node.is_null()) {
            for key in self.list(node, "unknown_context")? {
                unknown.push(self.text(key, "unknown_context")?.to_string());
            }
        }
        let mut open = Vec::new();
        if let Some(node) = root.get("open").filter(|node| !node.is_null()) {
            for kind in self.list(node, "open")? {
                open.push(self.layer(kind, "open")?);
            }
        }
        Ok(Case {
            request: self.request(self.need(root, "request")?, &unknown)?,
            policies,
            open,
            unknown,
            refused: refusal,
        })
    }

    fn policy(&self, node: &Node<'_>, index: usize) -> Result<(Policy, Option<String>), String> {
        let kind = self.need(node, "kind")?;
        let is_gateway = kind.as_text().is_some_and(|text| text.value == GATEWAY);
        let layer = if is_gateway {
            Layer::Endpoint
        } else {
            self.layer(kind, "kind")?
        };
        let level = match node.get("level").filter(|node| !node.is_null()) {
            Some(level) => Some(self.text(level, "level")?.to_string()),
            None => None,
        };
        let document = read_in_force(self.need(node, "document")?);
        let compiled = Compiled::new(&document);
        let why = refused(&document, &compiled)
            .map(|(loc, why)| at(self.text, loc, &format!("policy {index}: {why}")));
        let policy = Policy {
            layer,
            level,
            is_gateway,
            compiled,
        };
        Ok((policy, why))
    }

    fn request(&self, node: &Node<'_>, unknown: &[String]) -> Result<Request, String> {
        let text = |name: &str| self.text(self.need(node, name)?, name);
        let mut context = Context::closed();
        let entries = self.need(node, "context")?;
        if !entries.is_map() {
            return self.refuse(entries, "`context` is not an object");
        }
        // In order of key, so that however many there are each takes its place at the end.
        let mut facts = BTreeMap::new();
        for entry in entries.entries() {
            let values = Fact::Values(self.values(&entry.value)?);
            facts.insert(entry.key.value.to_ascii_lowercase(), values);
        }
        for key in unknown {
            facts.insert(key.to_ascii_lowercase(), Fact::Unknown);
        }
        for (key, fact) in facts {
            context.set(&key, fact);
        }
        let target = Target::Exact(text("resource")?.to_string());
        let request = Request::new(text("principal_arn")?, text("action")?, target, context);
        match node.get("resource_account").filter(|node| !node.is_null()) {
            Some(account) => Ok(request.in_account(self.text(account, "resource_account")?)),
            None => Ok(request),
        }
    }

    /// The values of a condition key: a string, a number, a boolean, or a list of them.
    fn values(&self, node: &Node<'_>) -> Result<Vec<String>, String> {
        const EXPECTED: &str =
            "a condition key has a value that is neither text nor a list of texts";
        if node.is_null() {
            return self.refuse(node, EXPECTED);
        }
        node.one_or_many()
            .iter()
            .map(|value| match value.as_str() {
                Some(text) => Ok(text.to_string()),
                None => self.refuse(value, EXPECTED),
            })
            .collect()
    }

    fn layer(&self, node: &Node<'_>, name: &str) -> Result<Layer, String> {
        match self.text(node, name)? {
            "identity" => Ok(Layer::Identity),
            "boundary" => Ok(Layer::Boundary),
            "session" => Ok(Layer::Session),
            "scp" => Ok(Layer::ServiceControl),
            "rcp" => Ok(Layer::ResourceControl),
            "endpoint" => Ok(Layer::Endpoint),
            "repository" => Ok(Layer::Repository),
            "registry" => Ok(Layer::Registry),
            "trust" => Ok(Layer::Trust),
            other => {
                let other = crate::diag::quote(other);
                let known = KINDS.join(", ");
                self.refuse(node, &format!("{other} is no kind of policy: {known}"))
            }
        }
    }

    fn need<'n, 's>(&self, node: &'n Node<'s>, name: &str) -> Result<&'n Node<'s>, String> {
        match node.get(name) {
            Some(value) => Ok(value),
            None => self.refuse(node, &format!("there is no `{name}`")),
        }
    }

    fn text<'n>(&self, node: &'n Node<'_>, name: &str) -> Result<&'n str, String> {
        match node.as_text() {
            Some(text) => Ok(&text.value),
            None => self.refuse(node, &format!("`{name}` is not a string")),
        }
    }

    fn list<'n, 's>(&self, node: &'n Node<'s>, name: &str) -> Result<&'n [Node<'s>], String> {
        if node.is_list() {
            Ok(node.items())
        } else {
            self.refuse(node, &format!("`{name}` is not a list"))
        }
    }

    fn refuse<T>(&self, node: &Node<'_>, message: &str) -> Result<T, String> {
        Err(at(self.text, node.loc, message))
    }
}
