//! ECR510: stored access keys where the job could have a role.

use super::key_sets::{KeySet, Origin, key_sets};
use super::pipeline_reading::{self as reading, MOST_PLACES, given};
use crate::diag::{Diagnostic, Label, quote};
use crate::model::image::Registry;
use crate::model::pipeline::{Job, Login, LoginBy, StartingCredentials};
use crate::model::template::{Piece, Template};
use crate::rules::Context;
use crate::source::{FileId, Loc, Spanned};

/// A stored key id, and where it is used.
struct Use {
    name: String,
    file: FileId,
    loc: Loc,
    /// What to do, where the rule's own advice does not fit.
    help: Option<&'static str>,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut uses: Vec<Use> = key_sets(cx).iter().filter_map(from_keys).collect();
    uses.extend(reading::declared_logins(cx).filter_map(from_login));
    uses.sort_by_key(|one| (one.file, one.loc));
    // A key that several jobs of a workflow use is one finding.
    let mut found: Vec<(Use, Diagnostic)> = Vec::new();
    for one in uses {
        let twin = found
            .iter_mut()
            .rev()
            .take_while(|(first, _)| first.file == one.file)
            .find(|(first, _)| first.name == one.name);
        if let Some((_, finding)) = twin {
            if finding.related.len() < MOST_PLACES {
                finding.related.push(Label {
                    loc: one.loc,
                    text: "and here".to_string(),
                });
            }
            continue;
        }
        let mut finding = cx
            .diagnostic(
                one.loc,
                format!(
                    "{} holds an access key that never expires",
                    quote(&one.name)
                ),
            )
            .label("a stored key where a role would do")
            .identity(&one.name);
        if let Some(help) = one.help {
            finding = finding.help(help);
        }
        found.push((one, finding));
    }
    out.extend(found.into_iter().map(|(_, finding)| finding));
}

fn from_keys(set: &KeySet<'_>) -> Option<Use> {
    // Inputs of other actions are theirs: we cannot know whether they could do without.
    let is_ours = set.origin != Origin::OtherAction && set.is_own_name;
    if !is_ours || set.token.is_some() || set.has_token_around() || set.may_not_be_aws() {
        return None;
    }
    let id = set.id?;
    stored(id).or_else(|| of_the_build(set, id))
}

/// A key that CodeBuild fetches from Parameter Store or Secrets Manager for a build that has a role of its own
/// (<https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager>).
fn of_the_build(set: &KeySet<'_>, id: &Spanned<Template>) -> Option<Use> {
    let has_role = |job: &Job| job.credentials == StartingCredentials::Role;
    let is_fetched = set.origin == Origin::Env && matches!(id.value.pieces(), [Piece::Hole(_)]);
    (is_fetched && set.pipeline.jobs.iter().any(has_role)).then(|| Use {
        name: "AWS_ACCESS_KEY_ID".to_string(),
        file: id.loc.file,
        loc: id.loc,
        help: Some("allow the actions to the service role of the project, and leave the keys out"),
    })
}

/// `docker/login-action` takes an access key as user name and password of an ECR registry.
fn from_login(login: &Login) -> Option<Use> {
    if login.by != LoginBy::DockerLoginAction {
        return None;
    }
    let one = stored(given(login.username.as_ref())?)?;
    let is_ecr =
        login
            .registries
            .iter()
            .flatten()
            .any(|host| match Registry::parse_host(&host.value) {
                Registry::Ecr(_) => true,
                // The name of the secret says whose key it is.
                Registry::Unknown(_) => one.name.to_ascii_uppercase().contains("AWS_ACCESS_KEY"),
                Registry::EcrPublic | Registry::DockerHub | Registry::Other(_) => false,
            });
    is_ecr.then_some(one)
}

/// A value that is a secret or a variable of the repository and nothing else.
fn stored(value: &Spanned<Template>) -> Option<Use> {
    let [Piece::Hole(hole)] = value.value.pieces() else {
        return None;
    };
    let is_stored = hole.name.starts_with("secrets.") || hole.name.starts_with("vars.");
    is_stored.then(|| Use {
        name: hole.name.clone(),
        file: value.loc.file,
        loc: value.loc,
        help: None,
    })
}
