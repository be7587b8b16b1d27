//! ECR105: an action that Amazon ECR does not have.
//!
//! Judged against the Service Authorization Reference; actions of other services are left alone, since nothing breaks an
//! image's way there.

use super::super::Context;
use super::reading;
use crate::catalog;
use crate::catalog::nearest::nearest;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::model::policy::Statement;

/// The services whose actions are judged.
const SERVICES: [&str; 2] = ["ecr", "ecr-public"];

/// What people call an operation, and the actions that it is made of. None of these is near enough to a real name to be
/// found by its letters.
const INVENTED: [(&str, &[&str]); 8] = [
    ("pull", &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
    (
        "pullimage",
        &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    ),
    ("getimage", &["ecr:BatchGetImage"]),
    ("deleteimage", &["ecr:BatchDeleteImage"]),
    (
        "push",
        &[
            "ecr:PutImage",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
        ],
    ),
    (
        "pushimage",
        &[
            "ecr:PutImage",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
        ],
    ),
    ("getlogin", &["ecr:GetAuthorizationToken"]),
    ("getloginpassword", &["ecr:GetAuthorizationToken"]),
];

/// What is wrong with an action.
struct Fault {
    /// Why it matches nothing.
    why: String,
    /// What to write instead.
    instead: Option<String>,
    /// The actions that were most likely meant.
    meant: Vec<String>,
    /// Whether it can never become a real action.
    is_certain: bool,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in &cx.workspace.facts.policies {
        for statement in &policy.document.statements {
            let Some(action) = &statement.action else {
                continue;
            };
            for value in &action.values {
                let Some(text) = value.value.as_literal() else {
                    continue;
                };
                let Some(fault) = fault_of(text) else {
                    continue;
                };
                let message = format!(
                    "{} {}{}",
                    quote(text),
                    fault.why,
                    effect_of(statement, action.negated)
                );
                let mut found = cx
                    .diagnostic(value.loc, message)
                    .identity(text)
                    .in_statement(reading::sid(statement));
                if let Some(instead) = fault.instead {
                    found = found.help(instead);
                }
                if !fault.is_certain {
                    found = found.confidence(Confidence::Medium);
                }
                if is_public_pull(text) && statement.allows() {
                    found = found
                        .severity(Severity::Warning)
                        .help("remove the entry: everybody may pull from ECR Public");
                }
                out.push(found);
            }
        }
    }
}

/// Whether it is an action of a pull, for ECR Public: everybody may pull there, so nothing breaks without it
/// (<https://docs.aws.amazon.com/AmazonECR/latest/public/docker-pull-ecr-image.html>).
fn is_public_pull(action: &str) -> bool {
    let pulls = ["BatchGetImage", "GetDownloadUrlForLayer"];
    action.split_once(':').is_some_and(|(service, name)| {
        service.eq_ignore_ascii_case("ecr-public")
            && pulls.iter().any(|one| one.eq_ignore_ascii_case(name))
    })
}

/// The actions that an entry which matches none was most likely meant to be. The slip is reported here; that they are
/// missing elsewhere is the same cause.
pub(super) fn meant_by_slip(entry: &str) -> Vec<String> {
    fault_of(entry).map_or_else(Vec::new, |fault| fault.meant)
}

/// What follows from an entry that matches nothing.
fn effect_of(statement: &Statement, is_negated: bool) -> &'static str {
    match (is_negated, statement.denies(), statement.allows()) {
        (true, true, _) => ", so this `Deny` makes no exception for it",
        (true, _, true) => ", so this `Allow` leaves nothing out by it",
        (false, true, _) => ", so this `Deny` denies nothing by it",
        (false, _, true) => ", so this `Allow` grants nothing by it",
        _ => "",
    }
}

fn fault_of(action: &str) -> Option<Fault> {
    let Some((prefix, name)) = action.split_once(':') else {
        return without_prefix(action);
    };
    let Some(service) = SERVICES
        .into_iter()
        .find(|service| prefix.trim().eq_ignore_ascii_case(service))
    else {
        return with_wild_prefix(prefix, name);
    };
    if action.contains(char::is_whitespace) {
        let joined: String = action.chars().filter(|c| !c.is_whitespace()).collect();
        let rest = fault_of(&joined).is_none();
        return Some(Fault {
            why: "holds white space and matches no action".to_string(),
            instead: rest.then(|| format!("write {}", quote(&joined))),
            meant: vec![joined],
            is_certain: true,
        });
    }
    if name.is_empty() {
        return Some(Fault {
            why: "names no action".to_string(),
            instead: Some(format!(
                "name an action, or write {} for all of them",
                quote(&format!("{service}:*"))
            )),
            meant: Vec::new(),
            is_certain: true,
        });
    }
    if reading::is_placeholder(name) || reading::matching_actions(service, name).next().is_some() {
        return None;
    }
    Some(unknown(service, name))
}

/// An action or a pattern with the right prefix that matches nothing.
fn unknown(service: &str, name: &str) -> Fault {
    if name.contains(['*', '?']) {
        return Fault {
            why: format!("matches no action of {}", quote(service)),
            instead: None,
            meant: Vec::new(),
            is_certain: false,
        };
    }
    let other = if service == "ecr" {
        "ecr-public"
    } else {
        "ecr"
    };
    let why = match catalog::action(other, name) {
        Some(_) => format!(
            "is an action of {} and not of {}",
            quote(other),
            quote(service)
        ),
        None => format!("is no action of {}", quote(service)),
    };
    let invented = (service == "ecr")
        .then(|| {
            INVENTED
                .iter()
                .find(|(word, _)| name.eq_ignore_ascii_case(word))
        })
        .flatten();
    let close = nearest(
        name,
        catalog::actions_of(service).iter().map(|known| known.name),
    );
    let (instead, meant, is_certain) = match (catalog::action(other, name), invented, close) {
        (Some(known), ..) => (
            Some(format!(
                "write {}, or remove the entry",
                quote(&known.qualified())
            )),
            Vec::new(),
            true,
        ),
        (None, Some((_, actions)), _) => (
            Some(format!("write {}", reading::listed(actions))),
            actions.iter().map(ToString::to_string).collect(),
            true,
        ),
        (None, None, Some(close)) => {
            let close = format!("{service}:{close}");
            (Some(format!("write {}", quote(&close))), vec![close], true)
        }
        // It may be newer than the table.
        (None, None, None) => (None, Vec::new(), false),
    };
    Fault {
        why,
        instead,
        meant,
        is_certain,
    }
}

/// An ECR action without its prefix, which IAM refuses.
fn without_prefix(action: &str) -> Option<Fault> {
    let known = SERVICES
        .into_iter()
        .find_map(|service| catalog::action(service, action))?;
    Some(Fault {
        why: "lacks the service prefix and matches no action".to_string(),
        instead: Some(format!("write {}", quote(&known.qualified()))),
        meant: vec![known.qualified()],
        is_certain: true,
    })
}

/// A wildcard in the prefix that was meant to reach ECR. The prefix is compared as it is
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>).
fn with_wild_prefix(prefix: &str, name: &str) -> Option<Fault> {
    let lower = prefix.to_ascii_lowercase();
    let is_meant = lower.starts_with("ecr") && lower.contains(['*', '?']);
    let services: Vec<String> = SERVICES
        .iter()
        .map(|service| format!("{service}:{name}"))
        .collect();
    is_meant.then(|| Fault {
        why: "has a wildcard in the service prefix and matches no action".to_string(),
        instead: Some(format!("write {}", reading::listed(&services))),
        meant: services,
        is_certain: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_actions_and_those_of_others_are_left_alone() {
        for action in [
            "ecr:PutImage",
            "ECR:putimage",
            "ecr:*",
            "ecr:Get*",
            "ecr:?atchGetImage",
            "ecr-public:*Layer*",
            "*",
            "*:*",
            "s3:GetObjekt",
            "erc:PutImage",
            "sts:GetServiceBearerToken",
            "",
        ] {
            assert!(fault_of(action).is_none(), "{action}");
        }
    }

    #[test]
    fn every_unknown_one_has_its_advice() {
        for (action, instead) in [
            (
                "ecr:BatchGetDownloadUrlForLayer",
                Some("write `ecr:GetDownloadUrlForLayer`"),
            ),
            (
                "ecr:InitateLayerUpload",
                Some("write `ecr:InitiateLayerUpload`"),
            ),
            (
                "ecr:PullImage",
                Some("write `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`"),
            ),
            ("ecr:GetLogin", Some("write `ecr:GetAuthorizationToken`")),
            ("ecr: PutImage", Some("write `ecr:PutImage`")),
            ("ecr:PutImage ", Some("write `ecr:PutImage`")),
            (
                "ecr:",
                Some("name an action, or write `ecr:*` for all of them"),
            ),
            ("putimage", Some("write `ecr:PutImage`")),
            (
                "ecr*:PutImage",
                Some("write `ecr:PutImage` and `ecr-public:PutImage`"),
            ),
            (
                "ecr-public:BatchGetImage",
                Some("write `ecr:BatchGetImage`, or remove the entry"),
            ),
            ("ecr:*Foo*", None),
            ("ecr:MakeCoffee", None),
        ] {
            let fault = fault_of(action).unwrap_or_else(|| panic!("{action} is unknown"));
            assert_eq!(fault.instead.as_deref(), instead, "{action}");
        }
    }
}
