//! What a script finds when a job runs it: its arguments and the variables around it, in the place of the holes that
//! stand for them.

use crate::model::pipeline::{Act, ActKind, Pipeline, PipelineKind, ScriptCall};
use crate::model::template::{Hole, Template};
use crate::source::Loc;
use std::collections::BTreeMap;

/// What one call of a script gives it.
#[derive(Clone)]
pub(super) struct ScriptGiven {
    /// The path of the script, which its holes are named after.
    script: String,
    /// The file that calls it.
    caller: String,
    caller_kind: PipelineKind,
    /// Where it is called: what only the script knows is another value at every call.
    call: Loc,
    arguments: Vec<Template>,
    /// Whether an argument beyond these is surely missing.
    is_complete: bool,
    environment: BTreeMap<String, Template>,
    is_sourced: bool,
}

impl ScriptGiven {
    /// What `script` finds at a call. `outer` is what the calling script itself was given.
    pub(super) fn of_call(
        call: &ScriptCall,
        script: &Pipeline,
        caller: &Pipeline,
        loc: Loc,
        outer: Option<&ScriptGiven>,
    ) -> ScriptGiven {
        let mut environment = outer.map_or_else(BTreeMap::new, |outer| outer.environment.clone());
        for (name, value) in &call.unexported {
            // Whether it was in the environment before decides; where that is not known, neither is the value.
            let value = if environment.contains_key(name) {
                value.clone()
            } else {
                Template::hole(
                    format!("{}: {name} for {}", caller.path, script.path),
                    format!("${name}"),
                )
            };
            environment.insert(name.clone(), value);
        }
        for (name, value) in &call.environment {
            environment.insert(name.clone(), value.clone());
        }
        ScriptGiven {
            script: script.path.clone(),
            caller: caller.path.clone(),
            caller_kind: caller.kind,
            call: loc,
            arguments: call.arguments.clone(),
            // A sourced script without arguments sees those of its caller.
            is_complete: !call.has_more_arguments
                && (!call.is_sourced || !call.arguments.is_empty()),
            environment,
            is_sourced: call.is_sourced,
        }
    }

    /// The act with what was given put in place.
    pub(super) fn apply(&self, act: &Act) -> Act {
        let mut act = act.map(&|text| text.filled(&|hole| self.value(hole)));
        if let ActKind::Login(login) = &mut act.kind {
            login.is_public |= login
                .registries
                .iter()
                .flatten()
                .any(|host| host.value.as_literal() == Some("public.ecr.aws"));
        }
        act
    }

    /// What a hole of the script is at this call.
    fn value(&self, hole: &Hole) -> Option<Template> {
        let rest = hole.name.strip_prefix(&self.script)?;
        let Some(name) = rest.strip_prefix(": ") else {
            // Something the script made of what it found.
            return Some(self.own(hole));
        };
        let (variable, default) = match name.split_once(":-") {
            Some((variable, default)) => (variable, Some(default)),
            None => (name, None),
        };
        let found = if variable.bytes().all(|byte| byte.is_ascii_digit()) {
            self.argument(variable)
        } else {
            self.environment.get(variable).cloned()
        };
        match (found, default) {
            (Some(found), None) => Some(found),
            (Some(found), Some(default)) => Some(if found.is_empty() {
                self.default(hole, default)
            } else if may_be_empty(&found) {
                self.own(hole)
            } else {
                found
            }),
            // The caller finds the same.
            (None, _) if variable.bytes().all(|byte| byte.is_ascii_digit()) => Some(self.own(hole)),
            (None, _) => Some(Template::hole(
                self.caller_kind.variable_hole(&self.caller, name),
                hole.text.clone(),
            )),
        }
    }

    /// The argument with this number; empty if it is surely missing.
    fn argument(&self, number: &str) -> Option<Template> {
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        match self.arguments.get(at) {
            Some(argument) => Some(argument.clone()),
            None => self.is_complete.then(Template::default),
        }
    }

    /// The default of `${NAME:-default}`, where it is plain text.
    fn default(&self, hole: &Hole, default: &str) -> Template {
        let is_plain = hole
            .text
            .strip_prefix("${")
            .and_then(|text| text.split_once(":-"))
            .and_then(|(_, text)| text.strip_suffix('}'))
            .is_some_and(|text| text.trim_matches(['"', '\'']) == default);
        if is_plain && !default.contains(['$', '`']) {
            Template::literal(default)
        } else {
            self.own(hole)
        }
    }

    /// The hole under a name that no other call uses.
    fn own(&self, hole: &Hole) -> Template {
        if self.is_sourced {
            return Template::hole(
                format!("{} in {}", hole.name, self.caller),
                hole.text.clone(),
            );
        }
        Template::hole(
            format!("{} at {}:{}", hole.name, self.caller, self.call.span.start),
            hole.text.clone(),
        )
    }
}

/// Whether a text may be empty for some values of its holes.
fn may_be_empty(text: &Template) -> bool {
    !text.is_known()
        && text.prefix().is_empty()
        && text.suffix().is_empty()
        && text.pieces().len() == 1
}
