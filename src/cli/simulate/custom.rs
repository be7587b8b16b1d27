//! One question with the flags and the output of `aws iam simulate-custom-policy`.
//!
//! Shapes: <https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html> and
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>: one result an action, whose decision is
//! the most restrictive of those of its resources, and, where resources are named, one result a resource below it. Fields
//! stand in the order of the shapes in the AWS SDKs.
//! Where AWS does not document what it would answer, the decision is `unknown`, which AWS never says; the reason goes to
//! standard error.

use super::entries::{self, Entry};
use super::statements::{Matched, Source};
use crate::cli::Refusal;
use crate::cli::args::SimulateArgs;
use crate::diag::quote;
use crate::iam::{Attached, Compiled, Context, Fact, Outcome, Request, Stack, Target, authorize};
use crate::model::policy::{Effect, Layer};
use crate::render::json::to_text;
use crate::source::FileId;
use crate::tree;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of a simulation.
pub struct Simulation {
    /// The output.
    pub json: String,
    /// Why a decision is `unknown`.
    pub doubts: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    evaluation_results: Vec<ActionResult>,
    is_truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ActionResult {
    eval_action_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_resource_name: Option<String>,
    eval_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<Details>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_specific_results: Vec<ResourceResult>,
}

/// What each kind of policy says, across accounts; empty within one.
type Details = BTreeMap<&'static str, Answer>;

/// The words of `SourcePolicyType`: AWS does not document the keys of `EvalDecisionDetails`.
const IAM_POLICY: &str = "IAM Policy";
const RESOURCE_POLICY: &str = "Resource Policy";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceResult {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<Details>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "PascalCase")]
struct BoundaryDetail {
    allowed_by_permissions_boundary: bool,
}

/// What AWS would answer, in its order of restriction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Allowed,
    Unknown,
    ImplicitDeny,
    ExplicitDeny,
}

impl From<Option<Outcome>> for Answer {
    fn from(outcome: Option<Outcome>) -> Answer {
        match outcome {
            Some(Outcome::Allow) => Answer::Allowed,
            Some(Outcome::ImplicitDeny) => Answer::ImplicitDeny,
            Some(Outcome::ExplicitDeny) => Answer::ExplicitDeny,
            None => Answer::Unknown,
        }
    }
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Answer::Allowed => "allowed",
            Answer::Unknown => "unknown",
            Answer::ImplicitDeny => "implicitDeny",
            Answer::ExplicitDeny => "explicitDeny",
        }
    }
}

/// Does what the arguments ask for.
///
/// # Errors
/// If a policy, an entry or an action is refused, or a file cannot be read.
pub fn simulate(args: &SimulateArgs) -> Result<Simulation, Refusal> {
    let world = World::of(args)?;
    let everything = ["*".to_string()];
    let resources: &[String] = if args.resource_arns.is_empty() {
        &everything
    } else {
        &args.resource_arns
    };
    let are_named = resources.iter().any(|resource| resource != "*");
    let mut doubts = Vec::new();
    let mut results = Vec::new();
    for action in &args.action_names {
        check_action(action)?;
        let mut by_resource = Vec::new();
        for resource in resources {
            by_resource.push((resource, world.ask(action, resource, &mut doubts)));
        }
        results.push(world.result(action, by_resource, are_named));
    }
    Ok(Simulation {
        json: to_text(&Output {
            evaluation_results: results,
            is_truncated: false,
        }),
        doubts,
    })
}

/// An action is named whole, with its service
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>).
fn check_action(action: &str) -> Result<(), Refusal> {
    let is_whole = action
        .split_once(':')
        .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if is_whole && !action.contains(['*', '?']) {
        return Ok(());
    }
    Err(Refusal::Wrong {
        errors: vec![format!(
            "{} in --action-names is not the whole name of an action",
            quote(action)
        )],
        help: Some("write it as `ecr:PutImage`, without wildcards".to_string()),
    })
}

/// What is the same for all actions and resources.
struct World {
    sources: Vec<Source>,
    context: Context,
    missing: Vec<String>,
    has_boundary: bool,
    caller: Option<String>,
    owner: Option<String>,
    /// Allows everything.
    everything: Compiled,
}

struct Asked {
    answer: Answer,
    matched: Vec<Matched>,
    boundary: Option<BoundaryDetail>,
    /// Across accounts only.
    details: Option<Details>,
}

impl World {
    fn of(args: &SimulateArgs) -> Result<World, Refusal> {
        let mut sources = Vec::new();
        let lists = [
            (
                &args.policy_input_list,
                "PolicyInputList",
                IAM_POLICY,
                Layer::Identity,
            ),
            (
                &args.permissions_boundary_policy_input_list,
                "PermissionsBoundaryPolicyInputList",
                "IAM Permissions Boundary Policy",
                Layer::Boundary,
            ),
        ];
        for (values, name, kind, layer) in lists {
            let mut number = 0;
            for value in values {
                for text in policies(value)? {
                    number += 1;
                    let id = format!("{name}.{number}");
                    sources.push(Source::read(&id, kind, layer, &text).map_err(Refusal::wrong)?);
                }
            }
        }
        if let Some(value) = &args.resource_policy {
            let text = given(value)?;
            sources.push(
                Source::read("ResourcePolicy", RESOURCE_POLICY, Layer::Repository, &text)
                    .map_err(Refusal::wrong)?,
            );
        }
        let mut entries: Vec<Entry> = Vec::new();
        for value in &args.context_entries {
            let read = entries::read(&given(value)?)
                .map_err(|why| Refusal::wrong(format!("--context-entries: {why}")))?;
            entries.extend(read);
        }
        let mut context = Context::closed();
        for entry in &entries {
            context.set(&entry.key, Fact::Values(entry.values.clone()));
        }
        let mut missing: Vec<String> = Vec::new();
        for key in sources.iter().flat_map(Source::keys) {
            let is_given = entries
                .iter()
                .any(|entry| entry.key.eq_ignore_ascii_case(&key));
            let is_listed = missing.iter().any(|other| other.eq_ignore_ascii_case(&key));
            if !is_given && !is_listed {
                missing.push(key);
            }
        }
        let owner = match &args.resource_owner {
            Some(owner) => Some(account(owner).ok_or_else(|| Refusal::Wrong {
                errors: vec![format!(
                    "{} in --resource-owner names no account",
                    quote(owner)
                )],
                help: Some("write it as `arn:aws:iam::111122223333:root`".to_string()),
            })?),
            None => None,
        };
        const EVERYTHING: &str =
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let everything = Source::read("", IAM_POLICY, Layer::Identity, EVERYTHING)
            .map_err(Refusal::wrong)?
            .compiled;
        Ok(World {
            everything,
            context,
            missing,
            has_boundary: sources.iter().any(|source| source.layer == Layer::Boundary),
            sources,
            caller: args.caller_arn.clone(),
            owner,
        })
    }

    /// The answer for one action on one resource.
    fn ask(&self, action: &str, resource: &str, doubts: &mut Vec<String>) -> Asked {
        let own = arn_account(resource);
        let caller_account = self.caller.as_deref().and_then(arn_account);
        let owner = own
            .or(self.owner.as_deref())
            .or(caller_account)
            .unwrap_or(NO_ACCOUNT);
        // Without a caller, AWS asks the identity policies only: anyone of the resource's account will do.
        let anyone = format!("arn:aws:iam::{owner}:user/simulated");
        let caller = self.caller.as_deref().unwrap_or(&anyone);
        let target = Target::Exact(resource.to_string());
        let request = Request::new(caller, action, target, self.context.clone()).in_account(owner);
        let mut stack = Stack::new();
        for source in &self.sources {
            stack.push(Attached::new(source.layer_for(&request), &source.compiled));
        }
        let decision = authorize(&request, &stack);
        let answer = Answer::from(decision.outcome);
        if answer == Answer::Unknown {
            let why: Vec<String> = decision
                .depends_on
                .iter()
                .map(ToString::to_string)
                .collect();
            doubts.push(format!(
                "{} on {}: {}",
                quote(action),
                quote(resource),
                why.join("; ")
            ));
        }
        let effect = match answer {
            Answer::Allowed => Some(Effect::Allow),
            Answer::ExplicitDeny => Some(Effect::Deny),
            Answer::Unknown | Answer::ImplicitDeny => None,
        };
        // A boundary permits, but it does not grant.
        let matched = effect.map_or_else(Vec::new, |effect| {
            self.sources
                .iter()
                .filter(|source| effect == Effect::Deny || source.layer != Layer::Boundary)
                .flat_map(|source| source.matched(&request, effect))
                .collect()
        });
        let boundary = self.has_boundary.then(|| {
            // By itself, where only a grant counts.
            let mut alone = Stack::new();
            let boundaries = |source: &&Source| source.layer == Layer::Boundary;
            for source in self.sources.iter().filter(boundaries) {
                alone.push(Attached::new(Layer::Identity, &source.compiled));
            }
            BoundaryDetail {
                allowed_by_permissions_boundary: authorize(&request, &alone).outcome
                    == Some(Outcome::Allow),
            }
        });
        let details = request
            .is_cross_account()
            .then(|| self.by_kind(&request, caller_account.unwrap_or(owner)));
        Asked {
            answer,
            matched,
            boundary,
            details,
        }
    }

    /// What each side of a request across accounts says: the caller's account, the resource's
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>).
    fn by_kind(&self, request: &Request, caller_account: &str) -> Details {
        let everything = Attached::new(Layer::Identity, &self.everything);
        let mut caller_side = Stack::new();
        let mut resource_side = Stack::new().with(everything);
        if self.has_boundary {
            // That there is one counts for `NotPrincipal`.
            resource_side.push(Attached::new(Layer::Boundary, &self.everything));
        }
        for source in &self.sources {
            let attached = Attached::new(source.layer_for(request), &source.compiled);
            if matches!(source.layer, Layer::Identity | Layer::Boundary) {
                caller_side.push(attached);
            } else {
                resource_side.push(attached);
            }
        }
        let at_home = request.clone().in_account(caller_account);
        Details::from([
            (IAM_POLICY, authorize(&at_home, &caller_side).outcome.into()),
            (
                RESOURCE_POLICY,
                authorize(request, &resource_side).outcome.into(),
            ),
        ])
    }

    fn result(
        &self,
        action: &str,
        by_resource: Vec<(&String, Asked)>,
        are_named: bool,
    ) -> ActionResult {
        let answer = by_resource
            .iter()
            .map(|(_, asked)| asked.answer)
            .max()
            .unwrap_or(Answer::ImplicitDeny);
        let mut matched: Vec<Matched> = Vec::new();
        for (_, asked) in by_resource
            .iter()
            .filter(|(_, asked)| asked.answer == answer)
        {
            for one in &asked.matched {
                if !matched.contains(one) {
                    matched.push(one.clone());
                }
            }
        }
        let boundary = self.has_boundary.then(|| BoundaryDetail {
            allowed_by_permissions_boundary: by_resource.iter().all(|(_, asked)| {
                asked
                    .boundary
                    .is_some_and(|detail| detail.allowed_by_permissions_boundary)
            }),
        });
        // Across accounts what each side says of the resource that it is strictest with; within one account nothing, and
        // not even that where no resource is named.
        let mut details = are_named.then(Details::new);
        for theirs in by_resource
            .iter()
            .filter_map(|(_, asked)| asked.details.as_ref())
        {
            let details = details.get_or_insert_default();
            for (kind, answer) in theirs {
                let strictest = details.entry(kind).or_insert(*answer);
                *strictest = (*strictest).max(*answer);
            }
        }
        let name = match by_resource.as_slice() {
            [(resource, _)] => Some((*resource).clone()),
            _ => None,
        };
        let specific = by_resource
            .into_iter()
            .filter(|_| are_named)
            .map(|(resource, asked)| ResourceResult {
                eval_resource_name: resource.clone(),
                eval_resource_decision: asked.answer.word(),
                matched_statements: asked.matched,
                missing_context_values: self.missing.clone(),
                eval_decision_details: asked.details,
                permissions_boundary_decision_detail: asked.boundary,
            })
            .collect();
        ActionResult {
            eval_action_name: action.to_string(),
            eval_resource_name: name,
            eval_decision: answer.word(),
            matched_statements: matched,
            // Where resources are named, the keys are listed with each of them.
            missing_context_values: if are_named {
                Vec::new()
            } else {
                self.missing.clone()
            },
            permissions_boundary_decision_detail: boundary,
            eval_decision_details: details,
            resource_specific_results: specific,
        }
    }
}

/// The account of a resource that none is known of.
const NO_ACCOUNT: &str = "000000000000";

/// The account of an ARN or a bare account id.
fn account(text: &str) -> Option<String> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account {
        Some(text.to_string())
    } else {
        arn_account(text).map(str::to_string)
    }
}

fn arn_account(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// The text of an argument, or of the file that it names with `file://`
/// (<https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>).
fn given(value: &str) -> Result<String, Refusal> {
    let Some(path) = value.strip_prefix("file://") else {
        return Ok(value.to_string());
    };
    std::fs::read_to_string(path).map_err(|error| {
        let why = crate::source::read::reason(&error);
        Refusal::wrong(format!("{} cannot be read: {why}", quote(value)))
    })
}

/// The policies of a value: one, or those of a JSON list of texts.
fn policies(value: &str) -> Result<Vec<String>, Refusal> {
    let text = given(value)?;
    if !text.trim_start().starts_with('[') {
        return Ok(vec![text]);
    }
    let parsed = tree::json::parse(FileId::NONE, &text);
    let list = parsed.documents.first().map(|document| &document.root);
    let texts: Option<Vec<String>> = list
        .filter(|list| list.is_list() && parsed.problems.is_empty())
        .and_then(|list| {
            let texts = list.items().iter();
            texts
                .map(|item| item.as_text().map(|text| text.value.to_string()))
                .collect()
        });
    texts.ok_or_else(|| {
        Refusal::wrong(format!(
            "{} is neither a policy nor a JSON list of policies as text",
            quote(value)
        ))
    })
}
