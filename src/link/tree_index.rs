//! Which file of the tree a path in a pipeline means.

use crate::model::pipeline::{Pipeline, PipelineKind};
use std::collections::BTreeMap;

/// Pipelines by the path of their file.
pub(super) struct TreeIndex {
    by_path: BTreeMap<String, usize>,
}

impl TreeIndex {
    pub(super) fn new(pipelines: &[Pipeline]) -> Self {
        let mut by_path = BTreeMap::new();
        for (at, pipeline) in pipelines.iter().enumerate() {
            let path = normal(&joined(
                pipeline.repository_root.as_deref().unwrap_or(""),
                &pipeline.path,
            ));
            by_path.entry(path).or_insert(at);
        }
        TreeIndex { by_path }
    }

    /// The composite action in the directory `reference` (`./.github/actions/login`) of the repository at `root`.
    pub(super) fn action(
        &self,
        pipelines: &[Pipeline],
        root: &str,
        reference: &str,
    ) -> Option<usize> {
        ["action.yml", "action.yaml"].iter().find_map(|name| {
            let path = normal(&joined(&joined(root, reference), name));
            self.of_kind(pipelines, &path, PipelineKind::GithubCompositeAction)
        })
    }

    /// The reusable workflow that `reference` (`./.github/workflows/build.yml`) of the repository at `root` names.
    pub(super) fn workflow(
        &self,
        pipelines: &[Pipeline],
        root: &str,
        reference: &str,
    ) -> Option<usize> {
        let path = normal(&joined(root, reference.strip_prefix("./")?));
        self.of_kind(pipelines, &path, PipelineKind::GithubWorkflow)
    }

    /// The pipeline of this kind at a path.
    pub(super) fn of_kind(
        &self,
        pipelines: &[Pipeline],
        path: &str,
        kind: PipelineKind,
    ) -> Option<usize> {
        let at = *self.by_path.get(path)?;
        (pipelines.get(at)?.kind == kind).then_some(at)
    }
}

/// A path below a directory.
pub(super) fn joined(directory: &str, path: &str) -> String {
    if directory.is_empty() {
        path.to_string()
    } else {
        format!("{directory}/{path}")
    }
}

/// Without `.` and, where they can be taken back, `..`.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_in_one_spelling() {
        for (path, expected) in [
            ("./a/./b//c", "a/b/c"),
            ("a/../b", "b"),
            ("../a/b", "../a/b"),
            ("/r/a/../b", "/r/b"),
            ("a/b/", "a/b"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }
}
