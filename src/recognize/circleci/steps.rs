//! The steps of a job, commands and conditions followed.

use super::orbs;
use super::parameters::{MARKS, Scope, Value, whole};
use super::{Config, Orb};
use crate::model::pipeline::{Act, ActKind, Step, Unseen};
use crate::model::template::Template;
use crate::recognize::session::{Frame, ScriptText, Session};
use crate::source::{Loc, Spanned};
use crate::tree::Node;
use std::rc::Rc;

/// How deep commands may call each other.
const MAX_DEPTH: usize = 16;

/// Most steps of one job.
const MAX_STEPS: usize = 2_000;

/// Walks the steps of a job.
pub(super) struct Walk<'n, 's> {
    config: Config<'n, 's>,
    pub(super) session: Session,
    working_directory: Option<Template>,
    /// Whether a condition around the current step may skip it.
    is_conditional: bool,
    /// Steps looked at so far.
    count: usize,
    /// What they do.
    pub(super) done: Vec<Step>,
}

impl<'n, 's> Walk<'n, 's> {
    pub(super) fn new(config: Config<'n, 's>, session: Session) -> Self {
        Walk {
            config,
            session,
            working_directory: None,
            is_conditional: false,
            count: 0,
            done: Vec::new(),
        }
    }

    /// Says where commands start. The directory of the checkout itself is nothing special.
    pub(super) fn starts_in(&mut self, directory: &str) {
        self.working_directory = directory_of(directory);
    }

    /// A list of steps, or a parameter that holds one.
    pub(super) fn steps(&mut self, list: &'n Node<'s>, scope: &Rc<Scope<'n, 's>>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(name) = list.as_str().and_then(whole) {
            if let Value::Steps(steps, inner) = scope.value(name) {
                self.steps(steps, &inner, depth + 1);
            }
            return;
        }
        for item in list.items() {
            self.count += 1;
            if self.count > MAX_STEPS {
                return;
            }
            match (item.as_str(), item.entries()) {
                (Some(name), _) => self.named(name, item.place(), scope, depth),
                (None, [entry, ..]) => {
                    let name = entry.key.value.as_ref();
                    match name {
                        "run" | "deploy" => self.run(&entry.value, item, scope),
                        "when" | "unless" => {
                            self.conditional(&entry.value, name == "unless", scope, depth);
                        }
                        "steps" => self.steps(&entry.value, scope, depth + 1),
                        _ => self.command(name, entry.key.loc, Some(&entry.value), scope, depth),
                    }
                }
                (None, []) => {}
            }
        }
    }

    fn named(&mut self, name: &str, at: Loc, scope: &Rc<Scope<'n, 's>>, depth: usize) {
        match whole(name).map(|name| scope.value(name)) {
            Some(Value::Steps(steps, inner)) => self.steps(steps, &inner, depth + 1),
            Some(_) => {}
            None => self.command(name, at, None, scope, depth),
        }
    }

    /// `when:` and `unless:` with steps of their own.
    fn conditional(
        &mut self,
        node: &'n Node<'s>,
        is_negated: bool,
        scope: &Rc<Scope<'n, 's>>,
        depth: usize,
    ) {
        let Some(steps) = node.get("steps") else {
            return;
        };
        let condition = node
            .get("condition")
            .and_then(Node::as_str)
            .and_then(|text| scope.fill(text));
        let holds = condition.map(|text| {
            let text = text.trim().to_ascii_lowercase();
            !matches!(text.as_str(), "" | "false" | "0" | "null") != is_negated
        });
        let outer = self.is_conditional;
        match holds {
            Some(false) => return,
            Some(true) => {}
            None => self.is_conditional = true,
        }
        self.steps(steps, scope, depth + 1);
        self.is_conditional = outer;
    }

    /// `run:` with a text, or with `command:` and what belongs to it.
    fn run(&mut self, node: &'n Node<'s>, item: &'n Node<'s>, scope: &Rc<Scope<'n, 's>>) {
        let command = node.get("command").unwrap_or(node);
        let env = self.config.environment(node.get("environment"), scope);
        let mut text = ScriptText::new();
        text.push_marked(command, MARKS, &|name| scope.text(name));
        let of = |key: &str| node.get(key).and_then(Node::as_str);
        let frame = Frame {
            shell: of("shell"),
            working_directory: of("working_directory")
                .and_then(|directory| directory_of(&scope.fill(directory)?))
                .or_else(|| self.working_directory.clone()),
            marks: Some(MARKS),
            own: env
                .iter()
                .map(|variable| {
                    let value = &variable.value.value;
                    (
                        variable.name.value.clone(),
                        value.is_known().then(|| value.clone()),
                    )
                })
                .collect(),
        };
        let done = self.session.run(&text, &frame);
        self.done.push(Step {
            loc: item.loc,
            name: node.get("name").and_then(Node::spanned),
            id: None,
            is_conditional: self.is_conditional || of("when") == Some("on_fail"),
            env,
            uses: None,
            with: Vec::new(),
            acts: done.acts,
            written_secrets: done.written_secrets,
        });
    }

    /// A command of the file, of an orb, or of CircleCI itself.
    pub(super) fn command(
        &mut self,
        name: &str,
        at: Loc,
        given: Option<&'n Node<'s>>,
        scope: &Rc<Scope<'n, 's>>,
        depth: usize,
    ) {
        let declared = match name.split_once('/') {
            None => self
                .config
                .root
                .get("commands")
                .and_then(|commands| commands.get(name)),
            Some((prefix, own)) => match self.config.orb(prefix) {
                Orb::Inline(orb) => orb
                    .get("commands")
                    .and_then(|commands| commands.get(own))
                    .or_else(|| orb.get("jobs")?.get(own)),
                Orb::Named(orb) => {
                    let call = orbs::Call {
                        orb: orb.unwrap_or(prefix),
                        command: own,
                        at,
                        given,
                        scope,
                    };
                    let outcome = orbs::acts(&call, &self.session);
                    if let Some(auth) = given.and_then(|given| given.get("auth")) {
                        self.steps(auth, scope, depth + 1);
                    }
                    match outcome {
                        orbs::Outcome::Known(acts) => self.push(at, acts),
                        orbs::Outcome::Nothing => {}
                        orbs::Outcome::OutOfSight => {
                            self.session.open_images();
                            let what = Spanned::new(name.to_string(), at);
                            let act = Act {
                                loc: at,
                                is_guarded: false,
                                kind: ActKind::OutOfSight(Unseen::new(what)),
                            };
                            self.push(at, vec![act]);
                        }
                    }
                    return;
                }
            },
        };
        // What is declared nowhere is a step of CircleCI's own: `checkout`, `save_cache`, `setup_remote_docker`.
        if let Some(declared) = declared
            && let Some(steps) = declared.get("steps")
        {
            let inner = Rc::new(Scope::of_call(declared.get("parameters"), given, scope));
            self.steps(steps, &inner, depth + 1);
        }
    }

    fn push(&mut self, loc: Loc, acts: Vec<Act>) {
        self.done.push(Step {
            loc,
            name: None,
            id: None,
            is_conditional: self.is_conditional,
            env: Vec::new(),
            uses: None,
            with: Vec::new(),
            acts,
            written_secrets: Vec::new(),
        });
    }
}

/// `~/project` and `.` are where the checkout is.
fn directory_of(path: &str) -> Option<Template> {
    let below = path.strip_prefix("~/project").unwrap_or(path);
    let below = below.trim_start_matches('/');
    (!below.is_empty() && below != "." && !below.starts_with('~') && !path.starts_with('/'))
        .then(|| Template::literal(below))
}
