//! ECR106: a resource that can match no ECR repository.
//!
//! Only what is written out is judged: a wildcard, a policy variable, a hole or a placeholder makes its part of the ARN
//! unknown, and an unknown part is never at fault. The form of the ARNs:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>.

mod fields;
mod host;

use super::super::Context;
use super::reading;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::model::arn;
use crate::model::policy::Statement;
use crate::model::template::Template;
use crate::source::Spanned;

/// What is wrong with a resource.
struct Fault {
    /// What it is or lacks: "names a tag".
    what: String,
    /// What to write instead, if that can be told.
    instead: Option<String>,
    /// Whether it is a right ARN that only has nothing to do here.
    is_stray: bool,
}

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Fault {
            what: what.into(),
            instead: None,
            is_stray: false,
        }
    }

    fn instead(mut self, text: impl Into<String>) -> Self {
        self.instead = Some(text.into());
        self
    }
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in &cx.workspace.facts.policies {
        for statement in &policy.document.statements {
            let Some(resource) = &statement.resource else {
                continue;
            };
            let is_for_repositories = acts_on_repositories_only(statement);
            let has_right_one = resource
                .values
                .iter()
                .any(|value| fault_of(&value.value, is_for_repositories).is_none());
            for value in &resource.values {
                let Some(fault) = fault_of(&value.value, is_for_repositories) else {
                    if is_for_repositories && host::is_called_url(&value.value) {
                        out.push(called_url(cx, statement, value));
                    }
                    continue;
                };
                let text = value.value.to_string();
                let mut found = cx
                    .diagnostic(
                        value.loc,
                        format!(
                            "{} {}, so it matches no repository",
                            quote(&text),
                            fault.what
                        ),
                    )
                    .identity(text)
                    .in_statement(reading::sid(statement));
                if fault.is_stray && has_right_one {
                    // Dead weight beside what is needed.
                    found = found.severity(Severity::Warning);
                }
                if let Some(instead) = fault.instead {
                    let instead = if value.value.is_known() {
                        corrected(instead, is_for_repositories)
                    } else {
                        instead
                    };
                    found = found.help(format!("write {}", quote(&instead)));
                }
                out.push(found);
            }
        }
    }
}

/// A value that nobody knows, under a name that is not that of an ARN.
fn called_url(cx: &Context<'_>, statement: &Statement, value: &Spanned<Template>) -> Diagnostic {
    let text = value.value.to_string();
    let message = format!(
        "{} is called a URL, and only the ARN of a repository matches one",
        quote(&text)
    );
    cx.diagnostic(value.loc, message)
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .help("name the repository by its ARN")
        .identity(text)
        .in_statement(reading::sid(statement))
}

/// A correction with every further slip in it corrected as well, so that following the advice is enough.
fn corrected(first: String, is_for_repositories: bool) -> String {
    const MOST: usize = 4;
    let mut text = first;
    for _ in 0..MOST {
        match fault_of(&Template::literal(text.clone()), is_for_repositories)
            .and_then(|fault| fault.instead)
        {
            Some(next) if next != text => text = next,
            _ => break,
        }
    }
    text
}

/// Whether every action of the statement is known to be one of private ECR, and at least one acts on a repository: then
/// a resource of another kind has no business there.
fn acts_on_repositories_only(statement: &Statement) -> bool {
    let Some(action) = &statement.action else {
        return false;
    };
    if action.negated || !action.complete {
        return false;
    }
    let mut acts_on_repository = false;
    for value in &action.values {
        let Some(name) = value
            .value
            .as_literal()
            .and_then(|action| reading::name_of(action, "ecr"))
        else {
            return false;
        };
        acts_on_repository |=
            reading::matching_actions("ecr", name).any(|known| known.has_resource_level());
    }
    acts_on_repository
}

fn fault_of(written: &Template, is_for_repositories: bool) -> Option<Fault> {
    let resource = &reading::opaque(written);
    if let Some(fault) = host::fault_of(resource) {
        return Some(fault);
    }
    let fields = arn::fields(resource);
    let first = fields.first().and_then(Template::as_literal);
    if first.map(str::trim_start) != Some("arn") {
        return is_for_repositories.then(|| bare_name(resource)).flatten();
    }
    let service = fields.get(2)?.as_literal()?;
    match service.trim() {
        "ecr" => fields::private_fault(resource, &fields),
        "ecr-public" => fields::public_fault(resource, &fields),
        other if other.eq_ignore_ascii_case("ecr") || other.eq_ignore_ascii_case("ecr-public") => {
            Some(
                Fault::new(format!("writes the service as {}", quote(other))).instead(
                    resource
                        .to_string()
                        .replacen(other, &other.to_ascii_lowercase(), 1),
                ),
            )
        }
        other if is_for_repositories && is_service_name(other) => Some(Fault {
            is_stray: true,
            ..Fault::new(format!("is an ARN of {}", quote(other)))
        }),
        _ => None,
    }
}

/// A word that can be the service of an ARN: no wildcard, no placeholder.
fn is_service_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text != "service"
}

/// A repository's name, with or without `repository/`, where an ARN belongs.
fn bare_name(resource: &Template) -> Option<Fault> {
    let text = resource.as_literal()?;
    let looks_like_a_name = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b))
        && text.bytes().any(|b| b.is_ascii_lowercase());
    if !looks_like_a_name {
        return None;
    }
    let name = text.strip_prefix("repository/").unwrap_or(text);
    Some(Fault::new("is not an ARN").instead(format!(
        "arn:<partition>:ecr:<region>:<account>:repository/{name}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about a resource of a statement about repositories, and what to write instead.
    fn said(text: &str) -> Option<(String, Option<String>)> {
        fault_of(&Template::literal(text), true).map(|fault| (fault.what, fault.instead))
    }

    #[test]
    fn a_correction_has_no_slip_left() {
        let corrected = |text: &str| {
            let fault = fault_of(&Template::literal(text), true).expect("a fault");
            super::corrected(fault.instead.expect("a correction"), true)
        };
        assert_eq!(
            corrected("arn:aws:ecr:eu-west-1:111122223333:repo/Shop/cart:latest"),
            "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart"
        );
    }

    #[test]
    fn right_arns_and_open_ones_are_left_alone() {
        for text in [
            "*",
            "arn:aws:ecr:eu-west-1:111122223333:repository/a",
            "arn:aws:ecr:eu-west-1:111122223333:repository/team/a-b_c.d/e__f",
            "arn:aws-us-gov:ecr:us-gov-west-1:111122223333:repository/a",
            "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a",
            "arn:aws-eusc:ecr:eusc-de-east-1:111122223333:repository/a",
            "arn:aws:ecr:ap-southeast-9:111122223333:repository/a",
            "arn:*:ecr:*:*:repository/*",
            "arn:aws:ecr:*",
            "arn:aws:ecr:eu-west-1:*",
            "arn:aws:ecr:eu-west-1:111122223333:*",
            "arn:aws:ecr:eu-west-1:111122223333:repo*",
            "arn:aws:ecr:eu-west-1:111122223333:*/a",
            "arn:aws:ecr:eu-west-1:111122223333:repository/${aws:PrincipalTag/Team}/*",
            "arn:aws:ecr:eu-west-1:111122223333:repository/${aws:PrincipalTag/Team, 'Shop'}",
            "arn:aws:ecr:${aws:RequestedRegion}:111122223333:repository/a",
            "arn:aws:ecr:region:account-id:repository/repository-name",
            "arn:aws:ecr:eu-west-1:111122223333:repository/YOUR_REPOSITORY",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn each_slip_is_named_and_corrected() {
        let right = "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart";
        for (text, what) in [
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart:1.0",
                "names a tag",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart@sha256:00",
                "names a digest",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart:1.0@sha256:00",
                "names a digest",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repo/shop/cart",
                "has `repo/` for `repository/`",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:Repository/shop/cart",
                "has `Repository/` for `repository/`",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository:shop/cart",
                "has `repository:` for `repository/`",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:shop/cart",
                "lacks `repository/` before the name",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository/Shop/cart",
                "has capital letters in the repository's name",
            ),
            (
                "arn:aws:ecr:eu-west-1:1111-2222-3333:repository/shop/cart",
                "writes the account as `1111-2222-3333`",
            ),
            (
                "arn:aws:ecr:eu-west-1b:111122223333:repository/shop/cart",
                "names the Availability Zone `eu-west-1b` for a Region",
            ),
            (
                "arn:aws:ecr:eu-wets-1:111122223333:repository/shop/cart",
                "lies in `eu-wets-1`, which is no Region",
            ),
            (
                "arn:AWS:ecr:eu-west-1:111122223333:repository/shop/cart",
                "lies in `AWS`, which is no partition",
            ),
            (
                "arn::ecr:eu-west-1:111122223333:repository/shop/cart",
                "names no partition",
            ),
            (
                "arn:aws:ECR:eu-west-1:111122223333:repository/shop/cart",
                "writes the service as `ECR`",
            ),
            (
                " arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart",
                "holds white space",
            ),
            (
                "arn:aws-cn:ecr:eu-west-1:111122223333:repository/shop/cart",
                "joins partition `aws-cn` with Region `eu-west-1`, which lies in `aws`",
            ),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:1.0",
                "holds the host of a registry",
            ),
            (
                "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart",
                "holds the host of a registry",
            ),
        ] {
            assert_eq!(
                said(text),
                Some((what.to_string(), Some(right.to_string()))),
                "{text}"
            );
        }
        for (text, what) in [
            ("arn:aws:ecr", "ends after the service"),
            ("arn:aws:ecr:eu-west-1", "ends after the Region"),
            (
                "arn:aws:ecr:eu-west-1:111122223333",
                "ends after the account",
            ),
            (
                "arn:aws:ecr:eu-west-1:repository/a",
                "lacks the account or the Region",
            ),
            ("arn:aws:ecr::111122223333:repository/a", "names no Region"),
            ("arn:aws:ecr:eu-west-1::repository/a", "names no account"),
            (
                "arn:aws:ecr:eu-west-1:11112222333:repository/a",
                "names the account `11112222333`, which has 11 digits instead of 12",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository//a",
                "has an empty part in the repository's name",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:repository/a+b",
                "has `+` in the repository's name",
            ),
            (
                "arn:aws:ecr:eu-west-1:111122223333:",
                "lacks the name of a repository",
            ),
            (
                "arn:aws:ecs:eu-west-1:111122223333:cluster/a",
                "is an ARN of `ecs`",
            ),
        ] {
            assert_eq!(
                said(text).map(|(what, _)| what).as_deref(),
                Some(what),
                "{text}"
            );
        }
    }

    #[test]
    fn the_arns_of_ecr_public_have_no_region() {
        for (text, what) in [
            ("arn:aws:ecr-public::111122223333:repository/a", None),
            ("arn:aws:ecr-public:*:111122223333:repository/a", None),
            (
                "arn:aws:ecr-public::111122223333:registry/111122223333",
                None,
            ),
            (
                "arn:aws:ecr-public:us-east-1:111122223333:repository/a",
                Some("has a Region, which ARNs of ECR Public leave empty"),
            ),
            (
                "arn:aws:ecr-public::111122223333:a",
                Some("lacks `repository/` before the name"),
            ),
            (
                "arn:aws-cn:ecr-public::111122223333:repository/a",
                Some("lies in partition `aws-cn`, where there is no ECR Public"),
            ),
        ] {
            let fault = fault_of(&Template::literal(text), false).map(|fault| fault.what);
            assert_eq!(fault.as_deref(), what, "{text}");
        }
    }
}
