//! `uses:` steps: what the well-known actions do, by their documented inputs, and which others may matter.
//!
//! Inputs are those of the actions' own `action.yml`:
//! <https://github.com/aws-actions/configure-aws-credentials>, <https://github.com/aws-actions/amazon-ecr-login>,
//! <https://github.com/docker/login-action>, <https://github.com/docker/build-push-action>.

use super::expressions;
use super::strangers::{is_harmless, is_suspect};
use super::{JobState, StepFrame, act};
use crate::model::pipeline::{
    Act, ActKind, AwsCall, Credentials, CredentialsBy, EnvVar, Login, LoginBy, Password,
    PasswordSource, Unseen,
};
use crate::model::template::Template;
use crate::recognize::commands;
use crate::source::{Loc, Spanned};
use crate::tree::Node;

/// `uses:`, taken apart.
struct Reference {
    /// `owner/name` or `owner/name/path`, in lower case.
    name: String,
    /// `v4`, if it is a version.
    version: Option<String>,
}

impl Reference {
    fn read(uses: &str) -> Reference {
        let (name, pin) = uses.split_once('@').unwrap_or((uses, ""));
        let digits = pin.strip_prefix('v').unwrap_or(pin);
        // A commit is no version, even one that starts with a digit.
        let is_version = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || c == '.' || c == '-' || c.is_ascii_alphabetic())
            && !(pin.len() == 40 && pin.chars().all(|c| c.is_ascii_hexdigit()));
        Reference {
            name: name.trim().to_ascii_lowercase(),
            version: is_version.then(|| pin.to_string()),
        }
    }
}

/// `with:` of a step; names are compared without regard to case, as the runner does.
pub(super) struct Inputs<'a> {
    with: &'a [EnvVar],
}

impl<'a> Inputs<'a> {
    /// An input that was given and is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&'a Spanned<Template>> {
        self.with
            .iter()
            .rev()
            .find(|input| input.name.value.eq_ignore_ascii_case(name))
            .map(|input| &input.value)
            .filter(|input| !input.value.is_empty())
    }

    fn cloned(&self, name: &str) -> Option<Spanned<Template>> {
        self.get(name).cloned()
    }

    fn literal(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.value.as_literal().map(str::trim)
    }

    /// Whether a switch is on; `None` where an expression decides.
    fn switch(&self, name: &str, default: bool) -> Option<bool> {
        match self.get(name) {
            None => Some(default),
            Some(input) => input
                .value
                .as_literal()
                .map(|text| text.trim().eq_ignore_ascii_case("true")),
        }
    }
}

impl JobState {
    /// What a `uses:` does.
    pub(super) fn action(
        &mut self,
        uses: &Spanned<String>,
        with: &[EnvVar],
        step: &StepFrame<'_, '_>,
    ) -> Vec<Act> {
        let loc = uses.loc;
        if let Some(image) = uses.value.strip_prefix("docker://") {
            return vec![act(
                loc,
                ActKind::Pull(Spanned::new(Template::literal(image), loc)),
            )];
        }
        let out_of_sight = || vec![act(loc, ActKind::OutOfSight(Unseen::new(uses.clone())))];
        if uses.value.starts_with("./") || uses.value.starts_with("../") {
            self.scope.hide_aws();
            self.images.open();
            return out_of_sight();
        }
        let reference = Reference::read(&uses.value);
        let inputs = Inputs { with };
        match reference.name.as_str() {
            "aws-actions/configure-aws-credentials" => {
                self.configure_credentials(&inputs, reference.version, step, loc)
            }
            "aws-actions/amazon-ecr-login" => {
                vec![act(loc, ActKind::Login(self.ecr_login(&inputs, loc)))]
            }
            "docker/login-action" => docker_login(&inputs, loc),
            "docker/metadata-action" => {
                self.metadata(step);
                Vec::new()
            }
            "docker/build-push-action" => self.build_push(&inputs, step, loc),
            "docker/bake-action" => {
                self.images.open();
                match inputs.switch("push", false) {
                    Some(true) => out_of_sight(),
                    _ => Vec::new(),
                }
            }
            "aws-actions/amazon-ecs-deploy-task-definition" => {
                vec![call(loc, "ecs", "register-task-definition")]
            }
            "aws-actions/amazon-ecs-deploy-express-service" => vec![call(loc, "ecs", "")],
            "aws-actions/aws-codebuild-run-build" => vec![call(loc, "codebuild", "start-build")],
            "aws-actions/aws-cloudformation-github-deploy" => {
                vec![call(loc, "cloudformation", "create-change-set")]
            }
            "aws-actions/aws-secretsmanager-get-secrets" => {
                vec![call(loc, "secretsmanager", "get-secret-value")]
            }
            "aws-actions/aws-lambda-deploy" => vec![call(loc, "lambda", "")],
            "aquasecurity/trivy-action" => self.scan(&inputs, "image-ref", loc),
            "anchore/scan-action" => self.scan(&inputs, "image", loc),
            name if is_harmless(name) => Vec::new(),
            name if is_suspect(name, with) => {
                self.scope.hide_aws();
                self.images.open();
                out_of_sight()
            }
            _ => Vec::new(),
        }
    }

    fn configure_credentials(
        &mut self,
        inputs: &Inputs<'_>,
        version: Option<String>,
        step: &StepFrame<'_, '_>,
        loc: Loc,
    ) -> Vec<Act> {
        let region = inputs.cloned("aws-region");
        let is_certain = !step.is_conditional;
        if let Some(region) = &region {
            for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
                self.scope
                    .write(name, Some(region.value.clone()), is_certain);
            }
        }
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ] {
            self.scope.write(name, None, is_certain);
        }
        let is_on = |name: &str| inputs.switch(name, false) != Some(false);
        let credentials = Credentials {
            by: CredentialsBy::ConfigureAction,
            role: inputs.cloned("role-to-assume"),
            access_key_id: inputs.cloned("aws-access-key-id"),
            secret_access_key: inputs.cloned("aws-secret-access-key"),
            session_token: inputs.cloned("aws-session-token"),
            audience: inputs.cloned("audience"),
            region,
            without_oidc: is_on("role-chaining")
                || is_on("use-existing-credentials")
                || inputs.get("web-identity-token-file").is_some(),
            version,
        };
        vec![act(loc, ActKind::Credentials(credentials))]
    }

    /// Logs in to the registry of the credentials in place, or to those of the accounts that `registries` lists.
    fn ecr_login(&self, inputs: &Inputs<'_>, loc: Loc) -> Login {
        let kind = inputs.get("registry-type");
        let is_public = kind.and_then(|kind| kind.value.as_literal()) == Some("public");
        let registries = match (kind, inputs.get("registries")) {
            (Some(kind), _) if is_public => {
                Some(vec![Spanned::new("public.ecr.aws".into(), kind.loc)])
            }
            (Some(kind), _) if !kind.value.is_known() => Some(vec![kind.clone()]),
            (_, Some(accounts)) => Some(
                commands::split(&accounts.value, ',')
                    .iter()
                    .map(|account| Spanned::new(self.host_of(account), accounts.loc))
                    .collect(),
            ),
            (_, None) => None,
        };
        Login {
            by: LoginBy::EcrLoginAction,
            registries: registries.map(|hosts| {
                hosts
                    .into_iter()
                    .map(|host| {
                        Spanned::new(
                            host.value,
                            if host.loc == Loc::NOWHERE {
                                loc
                            } else {
                                host.loc
                            },
                        )
                    })
                    .collect()
            }),
            username: None,
            password: Password::Managed,
            is_public,
        }
    }

    /// The host of an account's registry in the configured Region. Who writes an expression may list several accounts
    /// with it, so it makes the host unknown.
    fn host_of(&self, account: &Template) -> Template {
        let Some(account) = account.as_literal() else {
            return account.clone();
        };
        let mut host = Template::literal(format!("{}.dkr.ecr.", account.trim()));
        let region = self
            .scope
            .variable("AWS_REGION")
            .filter(|region| !region.is_empty());
        let region = region.unwrap_or_else(|| Template::hole("env.AWS_REGION", "$AWS_REGION"));
        host.push(&region);
        // China is the only partition of its own DNS suffix that GitHub's runners reach:
        // https://docs.aws.amazon.com/general/latest/gr/ecr.html
        let suffix = if region.prefix().starts_with("cn-") {
            ".amazonaws.com.cn"
        } else {
            ".amazonaws.com"
        };
        host.push_literal(suffix);
        host
    }

    /// `docker/metadata-action`: its `tags` output holds the images of its `images` input.
    fn metadata(&mut self, step: &StepFrame<'_, '_>) {
        let Some(id) = step.id.clone() else { return };
        let Some(images) = with_node(step, "images") else {
            return;
        };
        let reference = format!("steps.{id}.outputs.tags");
        let mut tags = Template::default();
        for image in self.lines(images, true) {
            let text = image.value.to_string();
            let name = match (
                text.contains("enable="),
                commands::without_prefix(&image.value, "name="),
            ) {
                // Whether the image is used is for a run to know.
                (true, _) => return,
                (false, Some(name)) => name.split_once(',').map_or(name.clone(), |(name, _)| name),
                (false, None) => image.value.clone(),
            };
            if !tags.is_empty() {
                tags.push_literal("\n");
            }
            tags.push(&name);
            if name.is_known() || name.pieces().len() > 1 {
                tags.push_literal(":");
                tags.push_hole(reference.clone(), format!("${{{{ {reference} }}}}"));
            }
        }
        self.scope
            .output(&id, "tags", Some(tags), !step.is_conditional);
    }

    fn build_push(&mut self, inputs: &Inputs<'_>, step: &StepFrame<'_, '_>, loc: Loc) -> Vec<Act> {
        let tags: Vec<_> = with_node(step, "tags")
            .map(|node| self.lines(node, true))
            .unwrap_or_default();
        let mut acts: Vec<Act> = self
            .action_build(inputs, step, &tags)
            .map(|build| act(loc, ActKind::Build(Box::new(build))))
            .into_iter()
            .collect();
        for tag in &tags {
            self.images.add(tag.value.clone());
        }
        let outputs: Vec<_> = with_node(step, "outputs")
            .map(|node| self.lines(node, false))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|output| Some((commands::pushed_name(&output.value)?, output.loc)))
            .collect();
        if inputs.switch("push", false) != Some(true) && outputs.is_empty() {
            return acts;
        }
        let mut pushed: Vec<_> = outputs
            .into_iter()
            .filter_map(|(name, loc)| name.map(|name| Spanned::new(name, loc)))
            .collect();
        if pushed.is_empty() {
            pushed = tags;
        }
        let pushes = pushed.into_iter();
        acts.extend(pushes.map(|image| act(loc, ActKind::Push(image))));
        acts
    }

    /// A scanner pulls the image unless the job has it already.
    fn scan(&mut self, inputs: &Inputs<'_>, name: &str, loc: Loc) -> Vec<Act> {
        match inputs.cloned(name) {
            Some(image) if !self.images.may_hold(&image.value) => {
                vec![act(loc, ActKind::Pull(image))]
            }
            _ => Vec::new(),
        }
    }

    /// The items of a multi-line input, each with its own place; with `at_commas`, commas separate too. What stands inside
    /// an expression separates nothing.
    pub(super) fn lines(&self, node: &Node<'_>, at_commas: bool) -> Vec<Spanned<Template>> {
        let Some(text) = node.as_str() else {
            return Vec::new();
        };
        let mut items = Vec::new();
        for range in pieces(text, at_commas) {
            let Some(written) = text.get(range.clone()) else {
                continue;
            };
            let lead = written.len() - written.trim_start().len();
            let written = written.trim();
            if written.is_empty() || written.starts_with('#') {
                continue;
            }
            let start = range.start + lead;
            let loc = node.loc_of(start..start + written.len());
            // A variable may hold several lines itself.
            let value = expressions::resolve(written, &self.scope);
            for line in commands::split(&value, '\n') {
                if !line.is_empty() {
                    items.push(Spanned::new(line, loc));
                }
            }
        }
        items
    }
}

/// The ranges of `text` between line ends (and commas) that stand outside expressions.
fn pieces(text: &str, at_commas: bool) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with("${{")
            && let Some(length) = expressions::expression_length(rest)
        {
            at += length;
            continue;
        }
        if *byte == b'\n' || (*byte == b',' && at_commas) {
            ranges.push(start..at);
            start = at + 1;
        }
        at += 1;
    }
    ranges.push(start..text.len());
    ranges
}

/// The node of an input.
pub(super) fn with_node<'n, 's>(step: &StepFrame<'n, 's>, name: &str) -> Option<&'n Node<'s>> {
    let with = step.node.get("with")?;
    with.entries()
        .iter()
        .rev()
        .find(|entry| entry.key.value.eq_ignore_ascii_case(name))
        .map(|entry| &entry.value)
}

/// `docker/login-action`. For an ECR host it fetches the password itself, taking `username` and `password` for access
/// keys, unless `ecr: false`.
fn docker_login(inputs: &Inputs<'_>, loc: Loc) -> Vec<Act> {
    let registry = match (inputs.get("registry"), inputs.get("registry-auth")) {
        // A list of logins in one text.
        (None, Some(several)) => Spanned::new(
            Template::hole("with.registry-auth", several.value.to_string()),
            several.loc,
        ),
        (None, None) => Spanned::new(Template::default(), loc),
        (Some(registry), _) => registry.clone(),
    };
    let shown = registry.value.to_string();
    let is_public = shown == "public.ecr.aws";
    let may_be_ecr = !registry.value.is_known() || shown.contains(".dkr.ecr") || is_public;
    let fetches = may_be_ecr && inputs.literal("ecr") != Some("false");
    let password = match inputs.get("password") {
        Some(password) => Password::Stdin(source_of(&password.value)),
        None if fetches => Password::Managed,
        None => Password::Missing,
    };
    vec![act(
        loc,
        ActKind::Login(Login {
            by: LoginBy::DockerLoginAction,
            registries: Some(vec![registry]),
            username: inputs.cloned("username"),
            password,
            is_public,
        }),
    )]
}

fn source_of(password: &Template) -> PasswordSource {
    let mut holes = password.holes();
    match (holes.next(), holes.next()) {
        (None, _) => PasswordSource::Other,
        (Some(hole), None) => commands::source_of_reference(&hole.name, &hole.text),
        _ => PasswordSource::Unknown,
    }
}

fn call(loc: Loc, service: &str, operation: &str) -> Act {
    act(
        loc,
        ActKind::AwsCall(AwsCall {
            service: service.to_string(),
            operation: operation.to_string(),
            region: None,
            has_profile: false,
            repository: None,
            registry_id: None,
        }),
    )
}
