//! Which file of the tree a command means by the path of a script.
//!
//! What a path starts from is known only in part: a job starts in the root of the repository, and where that is, the path
//! of its own file may not tell. Where several files could be meant, none is.

use super::tree_index::{TreeIndex, joined, normal};
use crate::model::pipeline::{OWN_DIRECTORY, Pipeline, PipelineKind, ROOT_DIRECTORY, ScriptCall};
use crate::model::template::{Piece, Template};

/// Where the commands of a job, action or script run.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The directories that may be the root of the repository.
    roots: Vec<String>,
    /// The directories that the commands may start in.
    starts: Vec<String>,
    /// The directory of the file itself.
    own: String,
}

impl Place {
    /// The place of a pipeline that nothing calls.
    pub(super) fn of(pipeline: &Pipeline) -> Place {
        let path = joined(
            pipeline.repository_root.as_deref().unwrap_or(""),
            &pipeline.path,
        );
        let own = directory(&path).to_string();
        let roots = match &pipeline.repository_root {
            Some(root) => vec![root.clone()],
            None => above(&own),
        };
        Place {
            starts: roots.clone(),
            roots,
            own,
        }
    }

    /// The directories that its commands may start in.
    pub(super) fn starts(&self) -> &[String] {
        &self.starts
    }

    /// The root, if it is known.
    pub(super) fn root(&self) -> Option<&str> {
        match self.roots.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The place of the steps of an action: they start where those of its caller do.
    pub(super) fn entering_action(&self, action: &Pipeline) -> Place {
        Place {
            own: Place::of(action).own,
            ..self.clone()
        }
    }
}

/// The directory and those above it, up to that of the tree.
fn above(directory_path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = directory_path;
    loop {
        found.push(path.to_string());
        if path.is_empty() || path == "/" {
            return found;
        }
        path = directory(path);
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The script that a call means, and the place it runs in.
pub(super) fn find(
    call: &ScriptCall,
    place: &Place,
    pipelines: &[Pipeline],
    index: &TreeIndex,
) -> Option<(usize, Place)> {
    let mut starts = place.starts.clone();
    if let Some(directory) = &call.working_directory {
        starts = moved_from(&starts, directory, place)?;
    }
    let mut changed = starts.clone();
    for target in &call.directories {
        changed = moved_from(&changed, target, place)?;
    }
    // A `cd` inside of parentheses does not last.
    let mut tries = vec![changed];
    if !call.directories.is_empty() {
        tries.push(starts);
    }
    tries.into_iter().find_map(|starts| {
        let mut found = None;
        for path in moved_from(&starts, &call.path, place)? {
            let Some(script) = index.of_kind(pipelines, &path, PipelineKind::Script) else {
                continue;
            };
            if found.as_ref().is_some_and(|(other, _)| *other != script) {
                return None;
            }
            found.get_or_insert((script, path));
        }
        let (script, path) = found?;
        let inside = Place {
            roots: place.roots.clone(),
            starts,
            own: directory(&path).to_string(),
        };
        Some((script, inside))
    })
}

/// Where a path leads from each of some directories; `None` if that cannot be told.
pub(super) fn moved_from(starts: &[String], path: &Template, place: &Place) -> Option<Vec<String>> {
    let (from, rest) = match path.pieces() {
        [] => (starts.to_vec(), ""),
        [Piece::Literal(text)] => (starts.to_vec(), text.as_str()),
        [Piece::Hole(hole), rest @ ..] => {
            let rest = match rest {
                [] => "",
                [Piece::Literal(text)] => text.as_str(),
                _ => return None,
            };
            let from = match hole.name.as_str() {
                OWN_DIRECTORY => vec![place.own.clone()],
                ROOT_DIRECTORY => place.roots.clone(),
                // The directory of a composite action.
                name if name.ends_with("action_path") || name.ends_with("GITHUB_ACTION_PATH") => {
                    vec![place.own.clone()]
                }
                name if name == "PWD" || name.ends_with(": PWD") => starts.to_vec(),
                _ => return None,
            };
            // `${DIRECTORY}file` is no path below it.
            if !rest.is_empty() && !rest.starts_with('/') {
                return None;
            }
            (from, rest.trim_start_matches('/'))
        }
        _ => return None,
    };
    if rest.starts_with(['/', '~']) {
        return None;
    }
    Some(
        from.iter()
            .map(|start| normal(&joined(start, rest)))
            .collect(),
    )
}
