//! Cases of the engine, as lines of JSON: policies by kind, a request, what is unknown.

use ecrlint::iam::{Attached, Compiled, Context, Fact, Request, Stack, Target};
use ecrlint::model::policy::Layer;
use ecrlint::recognize::iam_policy::read_in_force;
use ecrlint::source::FileId;
use ecrlint::tree::json;
use serde_json::Value;

/// A case, read.
pub struct Case {
    /// The question.
    pub request: Request,
    policies: Vec<(Layer, Option<String>, bool, Compiled)>,
    open: Vec<Layer>,
}

impl Case {
    /// Reads a case.
    pub fn read(case: &Value) -> Case {
        let policies = list(&case["policies"]).iter().map(|policy| {
            let kind = policy["kind"].as_str().expect("a kind");
            (
                layer(kind),
                policy["level"].as_str().map(str::to_string),
                kind == "gateway-endpoint",
                compiled(&policy["document"].to_string()),
            )
        });
        Case {
            request: request(&case["request"], list(&case["unknown_context"])),
            policies: policies.collect(),
            open: list(&case["open"])
                .iter()
                .map(|kind| layer(kind.as_str().expect("a kind")))
                .collect(),
        }
    }

    /// Its policies, attached.
    pub fn stack(&self) -> Stack<'_> {
        let mut stack = Stack::new();
        for (layer, level, is_gateway, policy) in &self.policies {
            let mut attached = Attached::new(*layer, policy);
            attached.level = level.as_deref();
            attached.is_gateway = *is_gateway;
            stack.push(attached);
        }
        self.open.iter().for_each(|layer| stack.open(*layer));
        stack
    }
}

/// A policy document, prepared.
pub fn compiled(text: &str) -> Compiled {
    let parsed = json::parse(FileId(0), text);
    assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
    Compiled::new(&read_in_force(&parsed.documents[0].root))
}

fn request(request: &Value, unknown: &[Value]) -> Request {
    let text = |key: &str| request[key].as_str().unwrap_or_else(|| panic!("no {key}"));
    let mut context = Context::closed();
    for (key, value) in request["context"].as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.iter().map(scalar).collect(),
            other => vec![scalar(other)],
        };
        context.set(key, Fact::Values(values));
    }
    for key in unknown {
        context.set(key.as_str().expect("a key"), Fact::Unknown);
    }
    let target = Target::Exact(text("resource").to_string());
    let asked = Request::new(text("principal_arn"), text("action"), target, context);
    match request["resource_account"].as_str() {
        Some(account) => asked.in_account(account),
        None => asked,
    }
}

fn scalar(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The layer of that name.
pub fn layer(kind: &str) -> Layer {
    match kind {
        "identity" => Layer::Identity,
        "boundary" => Layer::Boundary,
        "session" => Layer::Session,
        "scp" => Layer::ServiceControl,
        "rcp" => Layer::ResourceControl,
        "endpoint" | "gateway-endpoint" => Layer::Endpoint,
        "repository" => Layer::Repository,
        "registry" => Layer::Registry,
        "trust" => Layer::Trust,
        other => panic!("unknown kind {other}"),
    }
}
