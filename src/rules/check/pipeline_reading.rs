//! What the checks of pipelines share: the jobs as they run, what surrounds an act, and what is in force when it runs.
//!
//! It decides nothing that a user reads. Where a file does not tell, it says so (`None`, `true` for "may"), and the
//! check stays silent.

use crate::diag::quote;
use crate::link::{JobRun, RunAct};
use crate::model::image::{ImageRef, Registry};
use crate::model::pipeline::{
    Act, ActKind, Credentials, CredentialsBy, EnvVar, Job, Login, LoginBy, Pipeline, PipelineKind,
    Runner,
};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::{Loc, Spanned};

/// A job of a pipeline as it runs.
#[derive(Clone, Copy)]
pub(super) struct JobReading<'a> {
    /// The workflow or other pipeline.
    pub(super) pipeline: &'a Pipeline,
    /// The job as written.
    pub(super) job: &'a Job,
    /// The job as it runs.
    pub(super) run: &'a JobRun,
    pipelines: &'a [Pipeline],
}

/// The jobs of pipelines. A composite action is seen through the jobs that use it: by itself nobody knows what its caller
/// did before. A script that no job in sight runs is a job of its own, with nothing known around it.
pub(super) fn jobs<'a>(cx: &Context<'a>) -> impl Iterator<Item = JobReading<'a>> {
    let pipelines = cx.workspace.facts.pipelines.as_slice();
    cx.workspace.runs.iter().filter_map(move |run| {
        let pipeline = pipelines.get(run.pipeline)?;
        let job = pipeline.jobs.get(run.job)?;
        Some(JobReading {
            pipeline,
            job,
            run,
            pipelines,
        })
    })
}

/// The jobs that run on fresh machines, which hold no login when they start.
pub(super) fn hosted_jobs<'a>(cx: &Context<'a>) -> impl Iterator<Item = JobReading<'a>> {
    jobs(cx).filter(|job| job.job.runner == Runner::Hosted)
}

/// An act where it is written.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a> {
    /// The workflow or action.
    pub(super) pipeline: &'a Pipeline,
    /// The job, or the steps of a composite action.
    pub(super) job: &'a Job,
    /// The act.
    pub(super) act: &'a Act,
}

/// Every act of every workflow and composite action, once, in order.
pub(super) fn declared_acts<'a>(cx: &Context<'a>) -> impl Iterator<Item = Declared<'a>> {
    let pipelines = cx.workspace.facts.pipelines.as_slice();
    pipelines.iter().flat_map(|pipeline| {
        pipeline.jobs.iter().flat_map(move |job| {
            job.steps.iter().flat_map(move |step| {
                step.acts
                    .iter()
                    .map(move |act| Declared { pipeline, job, act })
            })
        })
    })
}

/// Every login where it is written.
pub(super) fn declared_logins<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Login> {
    declared_acts(cx).filter_map(|declared| declared.login())
}

impl<'a> Declared<'a> {
    /// The login that the act is, if it is one.
    pub(super) fn login(&self) -> Option<&'a Login> {
        match &self.act.kind {
            ActKind::Login(login) => Some(login),
            _ => None,
        }
    }
}

impl<'a> JobReading<'a> {
    /// What a message calls it: ``job `push` ``, ``step `Push the image` ``, `the build`, `the script`.
    pub(super) fn name(&self) -> String {
        match self.pipeline.kind {
            PipelineKind::Buildspec => "the build".to_string(),
            PipelineKind::Script => "the script".to_string(),
            PipelineKind::Bitbucket => format!("step {}", quote(&self.job.id.value)),
            _ => format!("job {}", quote(&self.job.id.value)),
        }
    }

    /// Whether it is a job of a workflow of GitHub's.
    pub(super) fn is_github(&self) -> bool {
        self.pipeline.kind.is_github()
    }

    /// Its acts in order, numbered.
    pub(super) fn acts(&self) -> impl Iterator<Item = (usize, &'a RunAct)> + use<'a> {
        self.run.acts.iter().enumerate()
    }

    /// The acts before the one with this number.
    pub(super) fn before(&self, at: usize) -> &'a [RunAct] {
        self.run.acts.get(..at).unwrap_or(&[])
    }

    /// The variables of the `env:` blocks around an act, innermost first; for an act of a local action also those of
    /// its step there.
    pub(super) fn env(&self, act: &RunAct) -> impl Iterator<Item = &'a EnvVar> {
        let written_at = act.act.loc;
        let inner = self
            .pipelines
            .iter()
            .filter(move |pipeline| !act.via.is_empty() && pipeline.loc.file == written_at.file)
            .flat_map(|pipeline| pipeline.jobs.iter().flat_map(|job| job.steps.iter()))
            .filter(move |step| holds(step.loc, written_at))
            .flat_map(|step| step.env.iter());
        let own = self
            .job
            .steps
            .get(act.step)
            .map_or(&[][..], |step| step.env.as_slice());
        inner
            .chain(own)
            .chain(&self.job.env)
            .chain(&self.pipeline.env)
    }

    /// The innermost value of a variable of the `env:` blocks around an act.
    fn variable(&self, act: &RunAct, name: &str) -> Option<&'a EnvVar> {
        self.env(act).find(|variable| variable.name.value == name)
    }

    /// Whether an `env:` block around an act gives AWS credentials, or may.
    pub(super) fn has_credentials_in_env(&self, act: &RunAct) -> bool {
        self.env(act)
            .any(|variable| is_credential_source(&variable.name.value))
    }

    /// Whether an `env:` block around an act of docker hands it a login of its own.
    pub(super) fn brings_login(&self, act: &RunAct) -> bool {
        self.env(act).any(|variable| {
            matches!(
                variable.name.value.as_str(),
                "DOCKER_CONFIG" | "DOCKER_AUTH_CONFIG" | "REGISTRY_AUTH_FILE"
            )
        })
    }

    /// The number of the first act that puts AWS credentials in place, or may: no act before it finds any.
    pub(super) fn first_credentials(&self) -> Option<usize> {
        self.acts()
            .find(|(_, act)| match &act.act.kind {
                ActKind::Credentials(credentials) => provides_keys(credentials),
                ActKind::OutOfSight(_) => true,
                _ => false,
            })
            .map(|(at, _)| at)
    }

    /// The Regions that the AWS tools may use by default when the act with this number runs, with the places that say
    /// so; `None` where that is not known.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html>
    pub(super) fn regions_in_force(&self, at: usize) -> Option<Vec<Spanned<String>>> {
        let act = self.run.acts.get(at)?;
        if let Some(own) = self.step_region(act) {
            return Some(vec![own?]);
        }
        let outer = REGION_VARIABLES
            .iter()
            .find_map(|name| self.variable(act, name));
        let mut regions = Vec::new();
        for earlier in self.before(at).iter().rev() {
            let set = match &earlier.act.kind {
                ActKind::OutOfSight(_) => return None,
                ActKind::Region(region) => region,
                ActKind::Credentials(credentials) => match (&credentials.region, credentials.by) {
                    // A file gives way to a variable.
                    (_, CredentialsBy::Shell) if outer.is_some() => continue,
                    (Some(region), _) => region,
                    // Keys say nothing of the Region; a profile may, and the action takes one that we do not see.
                    (None, CredentialsBy::Environment | CredentialsBy::Shell)
                        if credentials.access_key_id.is_some() =>
                    {
                        continue;
                    }
                    (None, _) => return None,
                },
                _ => continue,
            };
            regions.push(known(set)?);
            if !earlier.is_conditional && !earlier.act.is_guarded {
                return Some(regions);
            }
        }
        regions.push(known(&outer?.value)?);
        Some(regions)
    }

    /// The Region that the step of an act sets for itself: `None` if it sets none, `Some(None)` if it is not known.
    fn step_region(&self, act: &RunAct) -> Option<Option<Spanned<String>>> {
        let step = self.job.steps.get(act.step)?;
        let own = REGION_VARIABLES.iter().find_map(|name| {
            step.env
                .iter()
                .find(|variable| variable.name.value == *name)
        })?;
        Some(known(&own.value))
    }

    /// The Regions of the private ECR registries that a login stores, with the places that say so; `None` where one of
    /// them is not known.
    pub(super) fn login_regions(&self, at: usize, login: &Login) -> Option<Vec<Spanned<String>>> {
        let Some(hosts) = &login.registries else {
            return self.regions_in_force(at);
        };
        if hosts.is_empty() {
            return None;
        }
        let mut regions = Vec::new();
        for host in hosts {
            match Registry::parse_host(&host.value) {
                Registry::Ecr(registry) => {
                    let region = registry.region_literal()?;
                    regions.push(Spanned::new(region.to_string(), host.loc));
                }
                Registry::Unknown(_) => return None,
                Registry::EcrPublic | Registry::DockerHub | Registry::Other(_) => {}
            }
        }
        Some(regions)
    }
}

/// Most further places of one finding. A reader has understood by then.
pub(super) const MOST_PLACES: usize = 8;

/// The variables from which AWS tools take the Region, the stronger first.
const REGION_VARIABLES: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Where to point at for an act: the line of the job that leads to it. For an act of a local action also its own place.
pub(super) fn entrance(act: &RunAct, inner: Loc) -> (Loc, Option<Loc>) {
    match act.via.first() {
        Some(outer) => (*outer, Some(inner)),
        None => (inner, None),
    }
}

/// What to say of the image at the place that [`entrance`] gives second: a script moves it there, a Dockerfile or compose
/// file names it.
pub(super) fn moved_here(act: &RunAct) -> &'static str {
    // The command that reads the file is the last step on the way.
    if act.via.last() == Some(&act.act.loc) {
        "the image is named here"
    } else {
        "the image is moved here"
    }
}

/// Whether a variable is one from which the AWS SDKs take credentials.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html>
pub(super) fn is_credential_source(name: &str) -> bool {
    matches!(
        name,
        "AWS_ACCESS_KEY_ID"
            | "AWS_SECRET_ACCESS_KEY"
            | "AWS_SESSION_TOKEN"
            | "AWS_PROFILE"
            | "AWS_DEFAULT_PROFILE"
            | "AWS_ROLE_ARN"
            | "AWS_WEB_IDENTITY_TOKEN_FILE"
            | "AWS_SHARED_CREDENTIALS_FILE"
            | "AWS_CONFIG_FILE"
            | "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
            | "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    )
}

/// Whether an act that touches credentials leaves some in place, or may.
pub(super) fn provides_keys(credentials: &Credentials) -> bool {
    let names_one = given(credentials.role.as_ref()).is_some()
        || given(credentials.access_key_id.as_ref()).is_some()
        || given(credentials.secret_access_key.as_ref()).is_some()
        || credentials.without_oidc;
    // A script that touches credentials without naming a key selects a profile or writes a file.
    names_one || credentials.by != CredentialsBy::ConfigureAction
}

/// A value that is not known to be empty: an action takes an empty input for a missing one.
pub(super) fn given(value: Option<&Spanned<Template>>) -> Option<&Spanned<Template>> {
    value.filter(|value| !value.value.is_empty())
}

/// A known, non-empty value.
pub(super) fn known(value: &Spanned<Template>) -> Option<Spanned<String>> {
    let text = value.value.as_literal()?.trim();
    (!text.is_empty()).then(|| Spanned::new(text.to_string(), value.loc))
}

/// Whether a login stores a password for a private ECR registry, or may.
pub(super) fn may_serve_private_ecr(login: &Login) -> bool {
    if login.is_public {
        return false;
    }
    match &login.registries {
        None => true,
        Some(hosts) => {
            hosts.is_empty()
                || hosts.iter().any(|host| {
                    matches!(
                        Registry::parse_host(&host.value),
                        Registry::Ecr(_) | Registry::Unknown(_)
                    )
                })
        }
    }
}

/// An act that moves an image to or from a private ECR registry.
#[derive(Clone, Copy)]
pub(super) struct Transfer<'a> {
    /// The image as written.
    pub(super) image: &'a Spanned<Template>,
    /// Whether it is a push.
    pub(super) is_push: bool,
}

impl<'a> Transfer<'a> {
    /// Reads an act; `None` for any other act, and for an image that is not known to lie in a private ECR registry.
    pub(super) fn of(act: &'a Act) -> Option<(Self, ImageRef)> {
        let (image, is_push) = match &act.kind {
            ActKind::Push(image) => (image, true),
            ActKind::Pull(image) => (image, false),
            _ => return None,
        };
        let parsed = ImageRef::parse(&image.value)?;
        parsed
            .is_private_ecr()
            .then_some((Transfer { image, is_push }, parsed))
    }

    /// `pushes to` or `pulls from`.
    pub(super) fn verb(&self) -> &'static str {
        if self.is_push {
            "pushes to"
        } else {
            "pulls from"
        }
    }
}

/// Whether an act calls AWS and so needs credentials.
pub(super) fn needs_credentials(act: &Act) -> bool {
    match &act.kind {
        ActKind::LegacyLogin(_) => true,
        ActKind::Login(login) => match login.by {
            LoginBy::EcrLoginAction => true,
            // Without a user name the action asks AWS for one:
            // https://github.com/docker/login-action#aws-elastic-container-registry-ecr
            LoginBy::DockerLoginAction => {
                given(login.username.as_ref()).is_none()
                    && login.registries.as_ref().is_some_and(|hosts| {
                        hosts
                            .iter()
                            .any(|host| Registry::parse_host(&host.value).is_private_ecr())
                    })
            }
            // The `aws` command that feeds it is an act of its own.
            LoginBy::Command => false,
            // Orbs and pipes configure themselves.
            LoginBy::Package => false,
        },
        ActKind::AwsCall(call) => {
            // These exchange a token of another kind for credentials and are not signed:
            // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
            let is_unsigned = call.service == "sts"
                && matches!(
                    call.operation.as_str(),
                    "assume-role-with-web-identity" | "assume-role-with-saml"
                );
            // Scripts ask this to find out whether there are credentials.
            let is_question = call.service == "sts" && call.operation == "get-caller-identity";
            !call.has_profile && !is_unsigned && !is_question
        }
        ActKind::Credentials(_)
        | ActKind::Region(_)
        | ActKind::Push(_)
        | ActKind::Pull(_)
        | ActKind::Build(_)
        | ActKind::OutOfSight(_) => false,
    }
}

/// Whether one place lies inside another.
pub(super) fn holds(outer: Loc, inner: Loc) -> bool {
    outer.file == inner.file && outer.span.contains(inner.span)
}
