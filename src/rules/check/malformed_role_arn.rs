//! ECR310: something stands where a role belongs, and it can be no role.

use super::super::Context;
use super::place::{acts, within};
use crate::catalog::{self, nearest::nearest};
use crate::diag::{Diagnostic, Severity, quote};
use crate::model::arn::{Arn, Shape};
use crate::model::pipeline::ActKind;
use crate::model::task::TaskDefinition;
use crate::model::template::{Piece, Template};
use crate::source::Spanned;

/// What the role is called that ECS acts with, whatever the field's name in a dialect.
const EXECUTION_ROLE: &str = "execution role";

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for task in &cx.workspace.facts.tasks {
        let roles = [
            (EXECUTION_ROLE, &task.execution_role),
            (task.task_role_noun(), &task.task_role),
        ];
        for (noun, role) in roles {
            let Some(role) = role else { continue };
            if role.value.is_empty() {
                out.push(empty(cx, task, noun, role));
            } else {
                out.extend(judge(cx, noun, role));
            }
        }
    }
    for act in acts(cx.workspace) {
        if let ActKind::Credentials(credentials) = &act.kind
            && let Some(role) = &credentials.role
        {
            out.extend(judge(cx, "role to assume", role));
        }
    }
}

/// An empty role. ECS has taken it for no role at all and has refused it, at different times
/// (<https://github.com/fabfuel/ecs-deploy/issues/231>); where the role is needed it fails either way.
fn empty(
    cx: &Context<'_>,
    task: &TaskDefinition,
    noun: &str,
    role: &Spanned<Template>,
) -> Diagnostic {
    let uses = task.execution_role_uses();
    let on_fargate = task.requires("FARGATE").is_some();
    let needed = uses
        .iter()
        .find(|one| noun == EXECUTION_ROLE && (on_fargate || one.kind.is_on_every_launch_type()));
    let found = cx
        .diagnostic(role.loc, format!("the {noun} is empty"))
        .identity(noun);
    match needed {
        Some(one) => found
            .label("no role")
            .related(one.loc, "this takes the execution role")
            .help("name the execution role"),
        None => found
            .severity(Severity::Note)
            .label("neither a role nor no role")
            .help(format!("name a role or leave the {noun} out")),
    }
}

fn judge(cx: &Context<'_>, noun: &str, role: &Spanned<Template>) -> Option<Diagnostic> {
    let text = role.value.to_string();
    let fault = fault(&role.value)?;
    let at = fault
        .part
        .and_then(|part| text.find(&part).map(|start| start..start + part.len()))
        .map_or(role.loc, |range| within(role.loc, text.len(), range));
    let mut found = cx
        .diagnostic(at, format!("the {noun} {}", fault.message))
        .label(fault.label)
        .identity(format!("{noun} {text}"));
    if let Some(help) = fault.help {
        found = found.help(help);
    }
    Some(found)
}

/// Why a text can be no role.
struct Fault {
    /// What follows the role's name in the message.
    message: String,
    /// What stands beside the place.
    label: String,
    /// The text that is wrong, where it is only a part.
    part: Option<String>,
    help: Option<String>,
}

impl Fault {
    fn new(message: impl Into<String>, label: impl Into<String>) -> Self {
        Fault {
            message: message.into(),
            label: label.into(),
            part: None,
            help: None,
        }
    }

    fn at(mut self, part: &str) -> Self {
        // An empty part has no place of its own.
        self.part = (!part.is_empty()).then(|| part.to_string());
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What is wrong with an ARN that should be a role's. A short name is fine: ECS and the credentials action complete it.
fn fault(role: &Template) -> Option<Fault> {
    let text = role.to_string();
    if is_quoted_reference(role) {
        return Some(
            Fault::new(
                format!("is the text {}, not the role it refers to", quote(&text)),
                "plain text",
            )
            .help("refer to the role without quotes"),
        );
    }
    if !role.prefix().trim_start().starts_with("arn:") {
        return None;
    }
    let is_spaced = role
        .pieces()
        .iter()
        .any(|piece| matches!(piece, Piece::Literal(known) if known.contains(char::is_whitespace)));
    if is_spaced {
        return Some(Fault::new("holds white space", "a role's ARN has none"));
    }
    let arn = match Shape::of(role) {
        Shape::Arn(arn) => arn,
        // A hole may hold the colons that are missing.
        Shape::Short { fields, .. } if role.is_known() => {
            return Some(
                Fault::new(
                    format!("is {}, which has {fields} of an ARN's 6 fields", quote(&text)),
                    "not an ARN",
                )
                .help("write it as `arn:aws:iam::<account>:role/<name>`: a role's ARN has no Region, so two colons follow `iam`"),
            );
        }
        _ => return None,
    };
    partition(&arn)
        .or_else(|| service(&arn))
        .or_else(|| resource(&arn))
        .or_else(|| region_and_account(&arn))
}

/// Whether the text is a reference of Terraform that was put in quotes: no role is called `aws_iam_role.task.arn`.
fn is_quoted_reference(role: &Template) -> bool {
    let Some(text) = role.as_literal() else {
        return false;
    };
    let reference = text.strip_prefix("data.").unwrap_or(text);
    let parts: Vec<&str> = reference.split('.').collect();
    matches!(parts.as_slice(), ["aws_iam_role", name, "arn" | "id" | "name"] if !name.is_empty())
}

fn partition(arn: &Arn) -> Option<Fault> {
    let name = arn.partition.as_literal()?;
    if catalog::partition(name).is_some() {
        return None;
    }
    let meant = nearest(
        name,
        catalog::PARTITIONS.iter().map(|partition| partition.name),
    )
    .unwrap_or("aws");
    Some(
        Fault::new(
            format!("names the partition {}, which does not exist", quote(name)),
            "no such partition",
        )
        .at(name)
        .help(format!("write `arn:{meant}:…`")),
    )
}

fn service(arn: &Arn) -> Option<Fault> {
    let service = arn.service.as_literal()?;
    if service == "iam" {
        return None;
    }
    let session = arn.resource.prefix().strip_prefix("assumed-role/");
    Some(match session {
        Some(rest) if service == "sts" => {
            let name = rest.split('/').next().filter(|name| !name.is_empty());
            let fault = Fault::new("is a session of a role, not the role itself", "a session")
                .at("assumed-role");
            match name {
                Some(name) => fault.help(format!(
                    "name the role itself: `arn:aws:iam::<account>:role/{name}`"
                )),
                None => fault,
            }
        }
        _ => Fault::new(
            format!("is an ARN of {}, and roles belong to `iam`", quote(service)),
            "not a role",
        )
        .at(service),
    })
}

fn region_and_account(arn: &Arn) -> Option<Fault> {
    if let Some(region) = arn.region.as_literal().filter(|region| !region.is_empty()) {
        return Some(
            Fault::new(
                format!("has a Region, {}, in its ARN", quote(region)),
                "roles have no Region",
            )
            .at(region)
            .help("leave the field empty: `arn:aws:iam::<account>:role/<name>`"),
        );
    }
    let account = arn.account.as_literal()?;
    if account.is_empty() {
        return Some(Fault::new("names no account", "the fifth field is empty"));
    }
    let digits = account.bytes().filter(u8::is_ascii_digit).count();
    let is_number = account.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if is_number && account.len() != 12 {
        let (message, label) = match digits {
            12 => (
                format!(
                    "has signs between the digits of its account {}",
                    quote(account)
                ),
                "twelve bare digits".to_string(),
            ),
            1 => (
                format!(
                    "names the account {}, and accounts have 12 digits",
                    quote(account)
                ),
                "1 digit".to_string(),
            ),
            _ => (
                format!(
                    "names the account {}, and accounts have 12 digits",
                    quote(account)
                ),
                format!("{digits} digits"),
            ),
        };
        return Some(Fault::new(message, label).at(account));
    }
    (account == "aws").then(|| {
        Fault::new(
            "names the account of AWS, which holds managed policies and no roles",
            "not an account of yours",
        )
        .at("aws:")
    })
}

fn resource(arn: &Arn) -> Option<Fault> {
    // The kind of resource is known only up to the first hole.
    let resource = arn.resource.prefix();
    let (kind, name) = match resource.split_once(['/', ':']) {
        Some((kind, name)) => (kind, Some(name)),
        None if arn.resource.is_known() => (resource, None),
        None => return None,
    };
    let what = match kind {
        "role" => {
            let known = arn.resource.as_literal()?;
            return match name {
                None | Some("") => {
                    Some(Fault::new("names no role", "the name is missing").at(known))
                }
                Some(name) if name.contains('*') => {
                    Some(Fault::new("has a wildcard, and one role is wanted", "one role").at(name))
                }
                Some(_) => None,
            };
        }
        "instance-profile" => "an instance profile, not of a role",
        "user" => "a user, not of a role",
        "group" => "a group, not of a role",
        "policy" => "a policy, not of a role",
        "assumed-role" => "a session, not of the role itself",
        "root" => "an account, not of a role",
        "" => return Some(Fault::new("names no role", "nothing follows the account")),
        _ => "something else than a role",
    };
    let label = what.split(',').next().unwrap_or(what);
    let fault = Fault::new(format!("is the ARN of {what}"), label).at(kind);
    Some(match kind {
        "instance-profile" => fault.help(
            "name the role that the instance profile holds: `arn:aws:iam::<account>:role/<name>`",
        ),
        _ => fault,
    })
}
