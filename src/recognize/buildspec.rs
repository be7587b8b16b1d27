//! Buildspecs of AWS CodeBuild: one container, the credentials of the project's service role, four phases.
//!
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>

use super::session::{Frame, ScriptText, Session};
use super::{Recognized, Subject, placeholders};
use crate::model::Facts;
use crate::model::pipeline::{
    EnvVar, Job, Pipeline, PipelineKind, Runner, StartingCredentials, Step,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, embed};

/// The phases, in the order in which they run.
const PHASES: &[&str] = &["install", "pre_build", "build", "post_build"];

/// Variables that CodeBuild sets itself, before it looks at those of the buildspec:
/// <https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html>.
const OF_THE_SERVICE: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Whether the document is a buildspec: it names its version and has phases with commands.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    is_buildspec(&subject.document.root)
}

/// Whether a tree is a buildspec.
pub fn is_buildspec(root: &Node<'_>) -> bool {
    let has_version = root
        .get("version")
        .and_then(Node::as_str)
        .is_some_and(|version| version.starts_with("0."));
    let has_phases = root.get("phases").is_some_and(|phases| {
        PHASES
            .iter()
            .filter_map(|name| phases.get(name))
            .any(|phase| phase.has("commands") || phase.has("finally"))
    });
    has_version && has_phases
}

/// What a buildspec does.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline(&subject.document.root, subject.path)],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// The buildspec that a property of a build project holds, if it holds one and not a path: YAML or JSON in a text, or the
/// document itself. `name` is a name for it that is unique in the run and starts with the path of its file.
pub fn inline(node: &Node<'_>, name: &str) -> Option<Pipeline> {
    if node.is_map() {
        return is_buildspec(node).then(|| pipeline(node, name));
    }
    let text = node.as_text()?;
    if !text.value.contains("phases") {
        return None;
    }
    let parsed = match embed::json_in(node) {
        Some(parsed) => parsed,
        None => embed::yaml_in(node)?,
    };
    let root = &parsed.documents.first()?.root;
    is_buildspec(root).then(|| pipeline(root, name))
}

/// The pipeline of a buildspec, also one that stands inside another document.
pub fn pipeline(root: &Node<'_>, path: &str) -> Pipeline {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut session = Session::new(PipelineKind::Buildspec, path);
    let env = root.get("env");
    let variables = variables(env, &mut session);
    let shell = env.and_then(|env| env.get("shell")).and_then(Node::as_str);
    let phases = root.entry("phases");
    let (key, loc) = phases.map_or((root.loc, root.loc), |phases| {
        (phases.key.loc, phases.key.loc.cover(phases.value.loc))
    });
    let phases: Vec<&Entry<'_>> = PHASES
        .iter()
        .filter_map(|name| phases?.value.entry(name))
        .collect();
    let steps = steps(&phases, shell, &mut session);
    Pipeline {
        docker: session.docker(),
        loc: root.loc,
        kind: PipelineKind::Buildspec,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env: variables,
        inputs: Vec::new(),
        jobs: vec![Job {
            id: Spanned::new("build".to_string(), key),
            loc,
            is_conditional: false,
            permissions: None,
            env: Vec::new(),
            runner: Runner::Hosted,
            credentials: StartingCredentials::Role,
            environment: None,
            id_tokens: Vec::new(),
            calls: None,
            images: Vec::new(),
            steps,
        }],
        // Paths start at the source's root, wherever in it the buildspec lies.
        repository_root: None,
        path: path.to_string(),
    }
}

/// `env.variables`; those of `parameter-store` and `secrets-manager` are there but not known. Whoever starts a build may
/// give others, as whoever plans a Terraform module may: what the file says counts.
fn variables(env: Option<&Node<'_>>, session: &mut Session) -> Vec<EnvVar> {
    for name in OF_THE_SERVICE {
        session.set(name, Some(session.variable_or_hole(name)));
    }
    let mut found = Vec::new();
    for entry in entries(env, "variables") {
        let name = entry.key.value.as_ref();
        let Some(text) = placeholders::of_node(&entry.value, |text| Template::literal(text)) else {
            continue;
        };
        // Whether CodeBuild's own value gives way is written nowhere.
        let value = if OF_THE_SERVICE.contains(&name) {
            session.variable_or_hole(name)
        } else {
            text
        };
        session.set(name, Some(value.clone()));
        found.push(EnvVar {
            name: Spanned::new(name.to_string(), entry.key.loc),
            value: Spanned::new(value, entry.value.place()),
        });
    }
    for source in ["parameter-store", "secrets-manager"] {
        for entry in entries(env, source) {
            let name = entry.key.value.as_ref();
            session.set(name, None);
            found.push(EnvVar {
                name: Spanned::new(name.to_string(), entry.key.loc),
                value: Spanned::new(session.variable_or_hole(name), entry.value.place()),
            });
        }
    }
    found
}

fn entries<'n, 's>(env: Option<&'n Node<'s>>, name: &str) -> &'n [Entry<'s>] {
    env.and_then(|env| env.get(name))
        .map_or(&[][..], |block| block.entries())
}

/// The phases as steps. All commands run in one shell, so what one phase sets the next one finds.
fn steps(phases: &[&Entry<'_>], shell: Option<&str>, session: &mut Session) -> Vec<Step> {
    let mut text = ScriptText::new();
    for phase in phases {
        for name in ["commands", "finally"] {
            if let Some(commands) = phase.value.get(name) {
                push_commands(commands, &mut text);
            }
        }
    }
    let frame = Frame {
        shell,
        ..Frame::default()
    };
    let done = session.run(&text, &frame);
    let mut steps: Vec<Step> = phases
        .iter()
        .map(|phase| Step {
            loc: phase.key.loc.cover(phase.value.loc),
            name: Some(Spanned::new(phase.key.value.to_string(), phase.key.loc)),
            id: None,
            is_conditional: false,
            env: Vec::new(),
            uses: None,
            with: Vec::new(),
            acts: Vec::new(),
            written_secrets: Vec::new(),
        })
        .collect();
    // In order, so that a command that an alias took from elsewhere stays behind those before it.
    let mut at = 0;
    for act in done.acts {
        at = phase_of(&steps, act.loc).unwrap_or(at).max(at);
        if let Some(step) = steps.get_mut(at) {
            step.acts.push(act);
        }
    }
    for secret in done.written_secrets {
        let at = phase_of(&steps, secret).unwrap_or(0);
        if let Some(step) = steps.get_mut(at) {
            step.written_secrets.push(secret);
        }
    }
    steps
}

fn phase_of(steps: &[Step], loc: Loc) -> Option<usize> {
    steps
        .iter()
        .position(|step| step.loc.file == loc.file && step.loc.span.contains(loc.span))
}

/// Commands as a list, a single text or a map whose values they are.
fn push_commands<'n, 's>(commands: &'n Node<'s>, text: &mut ScriptText<'n, 's>) {
    if commands.is_map() {
        for entry in commands.entries() {
            push_commands(&entry.value, text);
        }
    } else {
        text.push(commands);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::{ActKind, CALLER_ACCOUNT};
    use crate::source::FileId;
    use crate::tree::{Syntax, TextHole, Unknown, Why, parse};

    fn pushes(pipeline: &Pipeline) -> Vec<Template> {
        let steps = pipeline.jobs.iter().flat_map(|job| &job.steps);
        steps
            .flat_map(|step| &step.acts)
            .filter_map(|act| match &act.kind {
                ActKind::Push(image) => Some(image.value.clone()),
                _ => None,
            })
            .collect()
    }

    /// A buildspec in the value of the first entry; what stands between `⟨` and `⟩` is unknown.
    fn inside(text: &str) -> Option<Pipeline> {
        let parsed = parse(FileId(0), text, Syntax::Yaml);
        let root = &parsed.documents.first().expect("a document").root;
        let mut node = root.entries().first().expect("an entry").value.clone();
        if let crate::tree::NodeKind::Text(text) = &mut node.kind
            && let (Some(start), Some(end)) = (text.value.find('⟨'), text.value.find('⟩'))
        {
            let end = end + '⟩'.len_utf8();
            text.holes = Box::new([TextHole {
                range: u32::try_from(start).expect("small")..u32::try_from(end).expect("small"),
                unknown: Unknown::new("t#Repo", "${Repo}", Why::DeployTime),
            }]);
        }
        inline(&node, "t#Build")
    }

    #[test]
    fn a_buildspec_in_a_text_keeps_what_is_unknown_in_it() {
        let text = "b: |\n  version: 0.2\n  phases:\n    build:\n      commands:\n        - docker push ⟨r⟩:1\n";
        let pipeline = inside(text).expect("a buildspec");
        let mut expected = Template::hole("t#Repo", "${Repo}");
        expected.push_literal(":1");
        assert_eq!(pushes(&pipeline), [expected]);
        assert!(pipeline.docker.is_some());
    }

    #[test]
    fn a_path_is_no_buildspec() {
        for text in ["b: ci/buildspec.yml", "b: phases", "b: {a: b}", "b: [x]"] {
            assert!(inside(text).is_none(), "{text}");
        }
        assert!(
            inside("b: '{\"version\": 0.2, \"phases\": {\"build\": {\"commands\": [\"ls\"]}}}'")
                .is_some(),
            "JSON"
        );
    }

    #[test]
    fn the_account_that_a_command_prints_has_a_name() {
        let printed = "$(aws sts get-caller-identity --query Account --output text)";
        for (command, is_account) in [
            (printed, true),
            ("$(echo $CODEBUILD_BUILD_ARN | cut -f5 -d ':')", true),
            (
                "$(aws sts get-caller-identity --query Arn --output text)",
                false,
            ),
            ("$(cat account.txt)", false),
        ] {
            let text = format!(
                "b: |\n  version: 0.2\n  phases:\n    build:\n      commands:\n        - A={command}\n        - docker push $A.dkr.ecr.eu-west-1.amazonaws.com/app\n"
            );
            let pipeline = inside(&text).expect("a buildspec");
            let images = pushes(&pipeline);
            let hole = images
                .first()
                .and_then(|image| image.holes().next().cloned());
            let name = hole.map(|hole| hole.name).unwrap_or_default();
            assert_eq!(
                name.ends_with(CALLER_ACCOUNT),
                is_account,
                "{command}: {name}"
            );
        }
    }
}
