//! ECR512: temporary credentials without the session token that belongs to them.

use super::key_sets::{KeySet, Origin, key_sets, step_with_id};
use super::pipeline_reading::{given, known};
use crate::diag::{Diagnostic, quote};
use crate::model::pipeline::{Act, ActKind, Credentials, CredentialsBy, Step};
use crate::model::template::{Piece, Template};
use crate::rules::Context;
use crate::source::{Loc, Spanned};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for set in key_sets(cx).into_iter().filter(|set| set.is_own_name) {
        if let Some(finding) = without_token(cx, &set).or_else(|| mixed(cx, &set)) {
            out.push(finding);
        }
    }
}

/// Keys that are known to be temporary, with no token in sight.
fn without_token(cx: &Context<'_>, set: &KeySet<'_>) -> Option<Diagnostic> {
    // Whoever writes the inputs of another action may know of a way that we do not.
    if set.has_token_around() || set.origin == Origin::OtherAction {
        return None;
    }
    let (at, because) = temporary(set)?;
    let finding = cx
        .diagnostic(
            at,
            "temporary credentials are passed without their session token",
        )
        .label("only valid together with a session token");
    Some(match because {
        Because::Prefix => finding,
        Because::Assumed(role) => {
            finding.related(role, "they belong to the role that is assumed here")
        }
    })
}

enum Because {
    /// The access key id starts with `ASIA`.
    Prefix,
    /// A role is assumed here.
    Assumed(Loc),
}

/// Why the keys are temporary, if that is known.
fn temporary(set: &KeySet<'_>) -> Option<(Loc, Because)> {
    let id = set.id?;
    if id.value.prefix().starts_with("ASIA") && !set.may_not_be_aws() {
        return Some((id.loc, Because::Prefix));
    }
    let job = set.job?;
    if let Some(Source::Step(step)) = source(id)
        && let Some(role) = assumed_role(set, step_with_id(job, step)?)
    {
        return Some((id.loc, Because::Assumed(role)));
    }
    // The script assumes a role and exports what comes out.
    let acts = set.step.map_or(&[][..], |step| step.acts.as_slice());
    acts.iter()
        .filter_map(exported)
        .find(|exported| {
            exported
                .access_key_id
                .as_ref()
                .is_some_and(|key| key.loc == id.loc)
        })
        .and_then(|exported| given(exported.role.as_ref()))
        .filter(|_| set.secret.is_some())
        .map(|role| (id.loc, Because::Assumed(role.loc)))
}

/// Credentials that a shell took from `aws sts assume-role`.
fn exported(act: &Act) -> Option<&Credentials> {
    match &act.kind {
        ActKind::Credentials(credentials) if credentials.by == CredentialsBy::Shell => {
            Some(credentials)
        }
        _ => None,
    }
}

/// The role whose temporary credentials a step hands out, unless their token is in force anyway: the action exports it for
/// the steps that follow, and takes it away only where it is given new keys itself.
///
/// <https://github.com/aws-actions/configure-aws-credentials>
fn assumed_role(set: &KeySet<'_>, step: &Step) -> Option<Loc> {
    let is_exported = step.with.iter().all(|input| {
        input.name.value != "output-env-credentials"
            || input.value.value.as_literal() != Some("false")
    });
    if is_exported && set.origin != Origin::ConfigureAction {
        return None;
    }
    step.acts.iter().find_map(|act| match &act.kind {
        ActKind::Credentials(credentials) if credentials.by == CredentialsBy::ConfigureAction => {
            given(credentials.role.as_ref()).map(|role| role.loc)
        }
        _ => None,
    })
}

/// A token of another source than the two keys, which come from one.
fn mixed(cx: &Context<'_>, set: &KeySet<'_>) -> Option<Diagnostic> {
    let (id, secret, token) = (set.id?, set.secret?, set.token?);
    let (keys, other) = (source(id)?, source(token)?);
    if source(secret)? != keys || keys == other {
        return None;
    }
    Some(
        cx.diagnostic(
            token.loc,
            format!(
                "the session token comes from {} but the keys from {}",
                quote(&other.to_string()),
                quote(&keys.to_string())
            ),
        )
        .label("the token of another session")
        .related(id.loc, "the keys are taken from here")
        .help("take all three from the same place"),
    )
}

/// Where an expression takes its value from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source<'a> {
    /// An output of a step.
    Step(&'a str),
    /// An output of another job.
    Job(&'a str),
}

impl std::fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Step(id) => write!(f, "steps.{id}"),
            Source::Job(id) => write!(f, "needs.{id}"),
        }
    }
}

/// The source of a value that is one output of a step or job and nothing else.
fn source(value: &Spanned<Template>) -> Option<Source<'_>> {
    if known(value).is_some() {
        return None;
    }
    let [Piece::Hole(hole)] = value.value.pieces() else {
        return None;
    };
    let mut parts = hole.name.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("steps"), Some(id), Some("outputs")) => Some(Source::Step(id)),
        (Some("needs"), Some(id), Some("outputs")) => Some(Source::Job(id)),
        _ => None,
    }
}
