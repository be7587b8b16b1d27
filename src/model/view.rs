//! Facts as trees, for the selectors of declarative rules.
//!
//! A selector never sees a file: it sees one fact in one canonical shape, whatever the file looked like. IAM lets one
//! value stand for a list of one; here a list is always a list. Every node keeps the place it came from, so a match
//! points at the user's own bytes. A text that deploy time completes reads as it was written (`${{ vars.ACCOUNT }}`).
//!
//! | fact | keys |
//! |---|---|
//! | policy | `layer`, `Version`, `Id`, `Statement` (list of statements) |
//! | statement | `layer`, `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, `NotResource` (lists), `Principal`, `NotPrincipal` (lists of `{kind, value}`), `Condition` (list of `{operator, key, values}`) |
//! | task | `family`, `executionRole`, `taskRole`, `compatibilities`, `networkMode`, `containers` |
//! | container | `name`, `image`, `environment`, `secrets` (lists of `{name, value}`), `logDriver` |
//! | endpoint | `service`, `type`, `privateDns`, `hasPolicy` |
//! | job | `workflow`, `id`, `runner`, `calls`, `acts` |
//! | act | `kind` and what belongs to it, `job`, `step`, `conditional` |

use super::endpoint::VpcEndpoint;
use super::pipeline::{
    Act, ActKind, CredentialsBy, Job, LoginBy, Password, PasswordSource, Pipeline, Runner, Step,
};
use super::policy::{Effect, Element, Policy, Principal, Statement};
use super::task::{Container, TaskDefinition, Variable};
use super::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style, Text};
use std::borrow::Cow;

/// A fact as a tree.
pub type View = Node<'static>;

/// A map under construction; keys stand where their values do.
struct Map {
    loc: Loc,
    entries: Vec<Entry<'static>>,
}

impl Map {
    fn at(loc: Loc) -> Self {
        Map {
            loc,
            entries: Vec::new(),
        }
    }

    fn put(mut self, key: &'static str, value: Option<View>) -> Self {
        if let Some(value) = value {
            self.entries.push(Entry {
                key: Spanned::new(Cow::Borrowed(key), value.loc.start()),
                value,
            });
        }
        self
    }

    fn done(self) -> View {
        Node::new(self.loc, NodeKind::Map(self.entries))
    }
}

fn text(value: impl Into<String>, loc: Loc) -> View {
    let value: String = value.into();
    Node::new(
        loc,
        NodeKind::Text(Text::verbatim(value, Style::Plain, loc.span.start)),
    )
}

fn template(value: &Spanned<Template>) -> View {
    text(value.value.to_string(), value.loc)
}

fn maybe(value: Option<&Spanned<Template>>) -> Option<View> {
    value.map(template)
}

fn boolean(value: bool, loc: Loc) -> View {
    Node::new(loc, NodeKind::Bool(value))
}

fn list(loc: Loc, items: Vec<View>) -> View {
    Node::new(loc, NodeKind::List(items))
}

fn templates(loc: Loc, values: &[Spanned<Template>]) -> View {
    list(loc, values.iter().map(template).collect())
}

/// A policy with its statements.
pub fn policy(policy: &Policy) -> View {
    let document = &policy.document;
    Map::at(document.loc)
        .put("layer", Some(text(policy.layer.noun(), document.loc)))
        .put("Version", maybe(document.version.as_ref()))
        .put("Id", maybe(document.id.as_ref()))
        .put(
            "Statement",
            Some(list(
                document.loc,
                document
                    .statements
                    .iter()
                    .map(|one| statement(policy, one))
                    .collect(),
            )),
        )
        .done()
}

/// One statement of a policy.
pub fn statement(policy: &Policy, statement: &Statement) -> View {
    let of = |element: Option<&Element>, negated: bool| {
        element
            .filter(|element| element.negated == negated)
            .map(|element| templates(element.loc, &element.values))
    };
    let who = |negated: bool| {
        statement
            .principal
            .as_ref()
            .filter(|principal| principal.negated == negated)
            .map(principals)
    };
    let effect = statement.effect.as_ref().map(|effect| {
        let word = match effect.value {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        text(word, effect.loc)
    });
    let conditions = statement.condition_loc.map(|loc| {
        let entries = statement.conditions.iter().map(|condition| {
            Map::at(condition.loc)
                .put(
                    "operator",
                    Some(text(
                        condition.operator.value.clone(),
                        condition.operator.loc,
                    )),
                )
                .put(
                    "key",
                    Some(text(condition.key.value.clone(), condition.key.loc)),
                )
                .put("values", Some(templates(condition.loc, &condition.values)))
                .done()
        });
        list(loc, entries.collect())
    });
    Map::at(statement.loc)
        .put("layer", Some(text(policy.layer.noun(), statement.loc)))
        .put("Sid", maybe(statement.sid.as_ref()))
        .put("Effect", effect)
        .put("Action", of(statement.action.as_ref(), false))
        .put("NotAction", of(statement.action.as_ref(), true))
        .put("Resource", of(statement.resource.as_ref(), false))
        .put("NotResource", of(statement.resource.as_ref(), true))
        .put("Principal", who(false))
        .put("NotPrincipal", who(true))
        .put("Condition", conditions)
        .done()
}

fn principals(principal: &Principal) -> View {
    let mut items = Vec::new();
    if let Some(loc) = principal.everyone {
        items.push(
            Map::at(loc)
                .put("kind", Some(text("*", loc)))
                .put("value", Some(text("*", loc)))
                .done(),
        );
    }
    for entry in &principal.entries {
        items.push(
            Map::at(entry.value.loc)
                .put("kind", Some(text(entry.kind.value.clone(), entry.kind.loc)))
                .put("value", Some(template(&entry.value)))
                .done(),
        );
    }
    list(principal.loc, items)
}

/// A task definition with its containers.
pub fn task(task: &TaskDefinition) -> View {
    Map::at(task.loc)
        .put("family", maybe(task.family.as_ref()))
        .put("executionRole", maybe(task.execution_role.as_ref()))
        .put("taskRole", maybe(task.task_role.as_ref()))
        .put(
            "compatibilities",
            Some(templates(task.loc, &task.compatibilities)),
        )
        .put("networkMode", maybe(task.network_mode.as_ref()))
        .put(
            "containers",
            Some(list(
                task.loc,
                task.containers.iter().map(container).collect(),
            )),
        )
        .done()
}

/// One container of a task definition.
pub fn container(container: &Container) -> View {
    let variables = |variables: &[Variable]| {
        let items = variables.iter().map(|variable| {
            Map::at(variable.loc)
                .put(
                    "name",
                    Some(text(variable.name.value.clone(), variable.name.loc)),
                )
                .put("value", Some(template(&variable.value)))
                .done()
        });
        list(container.loc, items.collect())
    };
    Map::at(container.loc)
        .put("name", maybe(container.name.as_ref()))
        .put("image", maybe(container.image.as_ref()))
        .put("environment", Some(variables(&container.environment)))
        .put("secrets", Some(variables(&container.secrets)))
        .put("logDriver", maybe(container.log_driver.as_ref()))
        .done()
}

/// A VPC endpoint.
pub fn endpoint(endpoint: &VpcEndpoint) -> View {
    let kind = endpoint
        .is_gateway
        .map(|gateway| text(if gateway { "gateway" } else { "interface" }, endpoint.loc));
    Map::at(endpoint.loc)
        .put("service", Some(template(&endpoint.service)))
        .put("type", kind)
        .put(
            "privateDns",
            endpoint
                .private_dns
                .as_ref()
                .map(|on| boolean(on.value, on.loc)),
        )
        .put(
            "hasPolicy",
            Some(boolean(
                endpoint.policy.is_some() || !endpoint.policy_is_read,
                endpoint.loc,
            )),
        )
        .done()
}

/// A job of a workflow; `acts` are its own, without those of local actions.
pub fn job(pipeline: &Pipeline, job: &Job) -> View {
    let runner = match job.runner {
        Runner::Hosted => Some("hosted"),
        Runner::SelfHosted => Some("self-hosted"),
        Runner::Unknown => None,
    };
    let acts = job
        .steps
        .iter()
        .flat_map(|step| step.acts.iter().map(act_entries).map(Map::done));
    Map::at(job.loc)
        .put("workflow", Some(text(pipeline.path.clone(), pipeline.loc)))
        .put("id", Some(text(job.id.value.clone(), job.id.loc)))
        .put("runner", runner.map(|word| text(word, job.loc)))
        .put(
            "calls",
            job.calls
                .as_ref()
                .map(|call| text(call.value.clone(), call.loc)),
        )
        .put("acts", Some(list(job.loc, acts.collect())))
        .done()
}

/// Something a step of a job does, where it is written.
pub fn act(act: &Act, job: &Job, step: &Step) -> View {
    let is_conditional = job.is_conditional || step.is_conditional || act.is_guarded;
    act_entries(act)
        .put("job", Some(text(job.id.value.clone(), job.id.loc)))
        .put(
            "step",
            step.name
                .as_ref()
                .map(|name| text(name.value.clone(), name.loc)),
        )
        .put("conditional", Some(boolean(is_conditional, act.loc)))
        .done()
}

fn act_entries(act: &Act) -> Map {
    let map = |kind: &'static str| Map::at(act.loc).put("kind", Some(text(kind, act.loc)));
    match &act.kind {
        ActKind::Credentials(credentials) => {
            let by = match credentials.by {
                CredentialsBy::ConfigureAction => "configure-aws-credentials",
                CredentialsBy::Environment => "environment",
                CredentialsBy::Shell => "shell",
                CredentialsBy::Package => "package",
            };
            map("credentials")
                .put("by", Some(text(by, act.loc)))
                .put("role", maybe(credentials.role.as_ref()))
                .put("accessKeyId", maybe(credentials.access_key_id.as_ref()))
                .put("region", maybe(credentials.region.as_ref()))
                .put(
                    "version",
                    credentials
                        .version
                        .as_ref()
                        .map(|v| text(v.clone(), act.loc)),
                )
        }
        ActKind::Login(login) => {
            let by = match login.by {
                LoginBy::EcrLoginAction => "amazon-ecr-login",
                LoginBy::DockerLoginAction => "docker-login-action",
                LoginBy::Command => "command",
                LoginBy::Package => "package",
            };
            let mut password_at = act.loc;
            let (password, source) = match &login.password {
                Password::Managed => ("managed", None),
                Password::Stdin(source) => ("stdin", Some(source)),
                Password::CommandLine(at, source) => {
                    password_at = *at;
                    ("command-line", Some(source))
                }
                Password::Missing => ("missing", None),
            };
            let source = source.map(|source| match source {
                PasswordSource::EcrToken {
                    is_public: false, ..
                } => "ecr-token",
                PasswordSource::EcrToken {
                    is_public: true, ..
                } => "ecr-public-token",
                PasswordSource::Other => "other",
                PasswordSource::Unknown => "unknown",
            });
            map("login")
                .put("by", Some(text(by, act.loc)))
                .put(
                    "registries",
                    login
                        .registries
                        .as_ref()
                        .map(|hosts| templates(act.loc, hosts)),
                )
                .put("username", maybe(login.username.as_ref()))
                .put("password", Some(text(password, password_at)))
                .put("passwordSource", source.map(|word| text(word, act.loc)))
                .put("public", Some(boolean(login.is_public, act.loc)))
        }
        ActKind::LegacyLogin(login) => map("legacy-login")
            .put("region", maybe(login.region.as_ref()))
            .put("forCliV1", Some(boolean(login.for_cli_v1, act.loc)))
            .put("executed", Some(boolean(login.is_executed, act.loc))),
        ActKind::Push(image) => map("push").put("image", Some(template(image))),
        ActKind::Pull(image) => map("pull").put("image", Some(template(image))),
        ActKind::Build(build) => map("build")
            .put("context", Some(text(build.context.to_string(), act.loc)))
            .put(
                "dockerfile",
                build
                    .dockerfile
                    .as_ref()
                    .map(|path| text(path.to_string(), act.loc)),
            ),
        ActKind::AwsCall(call) => map("aws-call")
            .put("service", Some(text(call.service.clone(), act.loc)))
            .put("operation", Some(text(call.operation.clone(), act.loc)))
            .put("region", maybe(call.region.as_ref()))
            .put("repository", maybe(call.repository.as_ref())),
        ActKind::Region(region) => map("region").put("region", Some(template(region))),
        ActKind::OutOfSight(unseen) => {
            let what = &unseen.what;
            map("out-of-sight").put("what", Some(text(what.value.clone(), what.loc)))
        }
    }
}
