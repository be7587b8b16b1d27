//! AWS access keys wherever a workflow names them: `env:` blocks, inputs of actions, shell scripts.
//!
//! Three rules ask about the same keys (are they stored, are they written out, is their token missing), so they are
//! gathered once here. The values stay where they are: nothing in this file prints one.

use super::pipeline_reading::given;
use crate::model::access_key::is_access_key_id;
use crate::model::pipeline::{ActKind, Credentials, CredentialsBy, EnvVar, Job, Pipeline, Step};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::Spanned;
use std::collections::BTreeMap;

/// Access keys that belong together.
#[derive(Clone, Copy)]
pub(super) struct KeySet<'a> {
    /// The access key id.
    pub(super) id: Option<&'a Spanned<Template>>,
    /// The secret access key.
    pub(super) secret: Option<&'a Spanned<Template>>,
    /// The session token.
    pub(super) token: Option<&'a Spanned<Template>>,
    /// Where they are named.
    pub(super) origin: Origin,
    /// Whether they bear the names that AWS tools read, not others such as `PROD_AWS_SECRET_ACCESS_KEY`.
    pub(super) is_own_name: bool,
    /// The workflow or action.
    pub(super) pipeline: &'a Pipeline,
    /// The job, unless the keys are the whole workflow's.
    pub(super) job: Option<&'a Job>,
    /// The step, unless the keys are the whole job's.
    pub(super) step: Option<&'a Step>,
}

/// Where keys are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// An `env:` block.
    Env,
    /// The inputs of `aws-actions/configure-aws-credentials`.
    ConfigureAction,
    /// The inputs of another action.
    OtherAction,
    /// A shell script.
    Shell,
}

/// The access keys of every workflow and composite action, in order.
pub(super) fn key_sets<'a>(cx: &Context<'a>) -> Vec<KeySet<'a>> {
    let mut sets = Vec::new();
    for pipeline in &cx.workspace.facts.pipelines {
        let whole = KeySet {
            id: None,
            secret: None,
            token: None,
            origin: Origin::Env,
            is_own_name: true,
            pipeline,
            job: None,
            step: None,
        };
        sets.extend(from_variables(whole, &pipeline.env));
        for job in &pipeline.jobs {
            let whole = KeySet {
                job: Some(job),
                ..whole
            };
            sets.extend(from_variables(whole, &job.env));
            for step in &job.steps {
                let whole = KeySet {
                    step: Some(step),
                    ..whole
                };
                sets.extend(from_variables(whole, &step.env));
                sets.extend(from_acts(whole, step));
                let is_configured = step.acts.iter().any(|act| {
                    matches!(&act.kind, ActKind::Credentials(one) if one.by == CredentialsBy::ConfigureAction)
                });
                if !is_configured {
                    let inputs = KeySet {
                        origin: Origin::OtherAction,
                        ..whole
                    };
                    sets.extend(from_variables(inputs, &step.with));
                }
            }
        }
    }
    sets
}

fn from_variables<'a>(whole: KeySet<'a>, variables: &'a [EnvVar]) -> Vec<KeySet<'a>> {
    let mut values: BTreeMap<String, &'a Spanned<Template>> = BTreeMap::new();
    for variable in variables {
        if let Some(value) = given(Some(&variable.value)) {
            values
                .entry(canonical(&variable.name.value))
                .or_insert(value);
        }
    }
    let named = |name: &str| values.get(name).copied();
    let own = filled(KeySet {
        id: named("AWS_ACCESS_KEY_ID"),
        secret: named("AWS_SECRET_ACCESS_KEY"),
        token: named("AWS_SESSION_TOKEN"),
        ..whole
    });
    let mut sets: Vec<KeySet<'a>> = own.into_iter().collect();
    // Names that a script or action of the user's own gives them.
    for (name, secret) in &values {
        if let Some(prefix) = name.strip_suffix("SECRET_ACCESS_KEY")
            && prefix != "AWS_"
        {
            sets.push(KeySet {
                id: named(&format!("{prefix}ACCESS_KEY_ID")),
                secret: Some(secret),
                is_own_name: false,
                ..whole
            });
        }
    }
    // A registry login with an access key for user name.
    let user =
        named("USERNAME").filter(|user| user.value.as_literal().is_some_and(is_access_key_id));
    if user.is_some() {
        sets.push(KeySet {
            id: user,
            secret: named("PASSWORD"),
            is_own_name: false,
            ..whole
        });
    }
    sets
}

/// A name as an environment variable would have it: inputs of actions use small letters and hyphens.
fn canonical(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}

fn from_acts<'a>(whole: KeySet<'a>, step: &'a Step) -> impl Iterator<Item = KeySet<'a>> {
    step.acts.iter().filter_map(move |act| {
        let ActKind::Credentials(credentials) = &act.kind else {
            return None;
        };
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
            ..
        } = credentials;
        filled(KeySet {
            id: given(access_key_id.as_ref()),
            secret: given(secret_access_key.as_ref()),
            token: given(session_token.as_ref()),
            origin: match credentials.by {
                CredentialsBy::ConfigureAction => Origin::ConfigureAction,
                CredentialsBy::Environment | CredentialsBy::Shell => Origin::Shell,
                CredentialsBy::Package => Origin::OtherAction,
            },
            ..whole
        })
    })
}

/// A set that holds a key.
fn filled(set: KeySet<'_>) -> Option<KeySet<'_>> {
    (set.id.is_some() || set.secret.is_some()).then_some(set)
}

/// Words in the name of a secret or variable that say that its keys belong to another service with the protocol of
/// Amazon S3.
const OTHER_SERVICES: &[&str] = &[
    "R2",
    "CLOUDFLARE",
    "MINIO",
    "SPACES",
    "DO",
    "B2",
    "BACKBLAZE",
    "WASABI",
    "SCW",
    "SCALEWAY",
    "HETZNER",
    "OVH",
    "LINODE",
    "YANDEX",
    "YC",
    "OSS",
    "COS",
    "GCS",
    "TIGRIS",
    "GARAGE",
    "CEPH",
    "LOCALSTACK",
    "STORJ",
    "IDRIVE",
];

/// Whether an image is a stand-in of AWS or of one of its services.
pub(super) fn is_stand_in(image: &Template) -> bool {
    ["localstack", "minio", "moto", "dynamodb-local", "elasticmq"]
        .iter()
        .any(|name| image.contains(name))
}

/// Whether a variable says by its name that something else than AWS is spoken to.
pub(super) fn speaks_of_stand_in(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    ["ENDPOINT", "LOCALSTACK", "MINIO"]
        .iter()
        .any(|word| name.contains(word))
}

impl<'a> KeySet<'a> {
    /// The variables in force where the keys are named, innermost first.
    pub(super) fn surroundings(&self) -> impl Iterator<Item = &'a EnvVar> {
        let step = self.step.map_or(&[][..], |step| step.env.as_slice());
        let job = self.job.map_or(&[][..], |job| job.env.as_slice());
        step.iter().chain(job).chain(&self.pipeline.env)
    }

    /// Whether the keys may be meant for a service that is not AWS: an endpoint is set near them, the job starts a
    /// stand-in of AWS, or their names say so.
    pub(super) fn may_not_be_aws(&self) -> bool {
        let inputs = self.step.map_or(&[][..], |step| step.with.as_slice());
        let has_endpoint = self
            .surroundings()
            .chain(inputs)
            .any(|variable| speaks_of_stand_in(&variable.name.value));
        let has_stand_in = self
            .job
            .is_some_and(|job| job.images.iter().any(|image| is_stand_in(&image.value)));
        let is_named_so = [self.id, self.secret].into_iter().flatten().any(|key| {
            key.value.holes().any(|hole| {
                hole.name
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .any(|word| {
                        OTHER_SERVICES
                            .iter()
                            .any(|other| word.eq_ignore_ascii_case(other))
                    })
            })
        });
        has_endpoint || has_stand_in || is_named_so
    }

    /// Whether something in the same job gives a session token, by whatever way.
    pub(super) fn has_token_around(&self) -> bool {
        let in_env = self.surroundings().any(|variable| {
            variable.name.value == "AWS_SESSION_TOKEN" && !variable.value.value.is_empty()
        });
        let in_job = self.job.is_some_and(|job| {
            job.steps.iter().flat_map(|step| &step.acts).any(|act| {
                matches!(&act.kind, ActKind::Credentials(one) if given(one.session_token.as_ref()).is_some())
            })
        });
        self.token.is_some() || in_env || in_job
    }
}

/// The step of a job with this id.
pub(super) fn step_with_id<'a>(job: &'a Job, id: &str) -> Option<&'a Step> {
    job.steps
        .iter()
        .find(|step| step.id.as_ref().is_some_and(|own| own.value == id))
}
