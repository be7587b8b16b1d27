//! Shell scripts: one job whose surroundings nobody has told yet.
//!
//! A script may be run by hand on a machine that is logged in, or by a job that [`link`](crate::link) finds. By itself
//! it shows only what is wrong whoever runs it.

use super::session::{Done, Frame, ScriptText, Session};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::pipeline::{Job, Pipeline, PipelineKind, Runner, StartingCredentials, Step};
use crate::source::{Loc, Spanned};
use crate::tree::script::is_script;

/// Whether the file is a shell script.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    subject.document.root.is_list() && is_script(subject.path, subject.text)
}

/// What a script does.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let loc = subject.document.root.loc;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let mut session = Session::new(PipelineKind::Script, path);
    let done = session.run(&ScriptText::of_file(subject.text, loc), &Frame::default());
    let id = Spanned::new("script".to_string(), loc.start());
    let pipeline = alone(id, loc, path, done);
    Recognized {
        facts: Facts {
            pipelines: vec![pipeline],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// A script by itself: one job of which nothing is known but what it does.
pub(super) fn alone(id: Spanned<String>, loc: Loc, path: &str, done: Done) -> Pipeline {
    let step = Step {
        loc,
        name: None,
        id: None,
        is_conditional: false,
        env: Vec::new(),
        uses: None,
        with: Vec::new(),
        acts: done.acts,
        written_secrets: done.written_secrets,
    };
    let job = Job {
        id,
        loc,
        is_conditional: false,
        permissions: None,
        env: Vec::new(),
        runner: Runner::Unknown,
        credentials: StartingCredentials::Unknown,
        environment: None,
        id_tokens: Vec::new(),
        calls: None,
        images: Vec::new(),
        steps: vec![step],
    };
    Pipeline {
        docker: None,
        loc,
        kind: PipelineKind::Script,
        triggers: Vec::new(),
        push_refs: None,
        permissions: None,
        env: Vec::new(),
        inputs: Vec::new(),
        jobs: vec![job],
        repository_root: None,
        path: path.to_string(),
    }
}
