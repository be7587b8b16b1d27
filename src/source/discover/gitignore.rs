//! The `.gitignore` files that count on a walk: those of the folders above up to the repository's top, the repository's
//! own `info/exclude`, and those met on the way down. The nearest one that says something decides.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::fs;
use std::path::{Path, PathBuf};

/// The ignore files in force at one place of a walk.
pub(super) struct Gitignores {
    heeds: bool,
    /// The folder the walk starts at, links resolved.
    root: PathBuf,
    /// From outermost to innermost, with the depth in the walk at which each was met; those above it have none.
    stack: Vec<(Option<usize>, Gitignore)>,
}

impl Gitignores {
    /// For a walk that starts at `root`. Outside a repository, the folders from the working directory down count.
    pub(super) fn new(root: &Path, working_directory: &Path, heeds: bool) -> Self {
        let resolved =
            |folder: &Path| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        let root = resolved(root);
        let mut stack = Vec::new();
        if heeds {
            let top = root.ancestors().find(|folder| folder.join(".git").exists());
            if let Some(top) = top
                && let Some(exclude) = exclude_file(top)
            {
                stack.extend(read(top, &exclude).map(|ignore| (None, ignore)));
            }
            let outermost = top.map_or_else(|| resolved(working_directory), Path::to_path_buf);
            let above: Vec<&Path> = root
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(&outermost))
                .collect();
            for folder in above.into_iter().rev() {
                stack.extend(read(folder, &folder.join(".gitignore")).map(|ignore| (None, ignore)));
            }
        }
        Gitignores { heeds, root, stack }
    }

    /// The walk enters a folder, given relative to its start.
    pub(super) fn enter(&mut self, folder: &Path, depth: usize) {
        if self.heeds {
            let folder = self.root.join(folder);
            self.stack.extend(
                read(&folder, &folder.join(".gitignore")).map(|ignore| (Some(depth), ignore)),
            );
        }
    }

    /// The walk is at an entry of this depth: folders that are no parents of it are done.
    pub(super) fn leave_to(&mut self, depth: usize) {
        while self
            .stack
            .last()
            .is_some_and(|(met, _)| met.is_some_and(|met| met >= depth))
        {
            self.stack.pop();
        }
    }

    /// Whether the ignore files leave out this path, relative to the walk's start, in the folder the walk is in.
    pub(super) fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        if self.stack.is_empty() {
            return false;
        }
        let path = self.root.join(path);
        for (_, ignore) in self.stack.iter().rev() {
            match ignore.matched(&path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}

fn read(folder: &Path, file: &Path) -> Option<Gitignore> {
    // A pipe of that name would never end.
    if !file.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // Lines that are no patterns are left out, as git does.
    let _broken_lines = builder.add(file);
    builder.build().ok().filter(|ignore| !ignore.is_empty())
}

/// `info/exclude` of the repository whose top is `top`; in a linked work tree `.git` is a file that leads to it.
fn exclude_file(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    if git.is_dir() {
        return Some(git.join("info/exclude"));
    }
    if !git.is_file() {
        return None;
    }
    let link = fs::read_to_string(&git).ok()?;
    let directory = top.join(link.strip_prefix("gitdir:")?.trim());
    let common = fs::read_to_string(directory.join("commondir")).ok();
    Some(match common {
        Some(common) => directory.join(common.trim()).join("info/exclude"),
        None => directory.join("info/exclude"),
    })
}
