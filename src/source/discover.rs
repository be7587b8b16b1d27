//! Which files a run is about: the only reader of directories.
//!
//! Arguments are files, folders or quoted patterns. A file that was named is always taken; a folder is walked, and gives
//! the files that can be ours by their name, without what `.gitignore` leaves out. Links are followed where an argument
//! is one and never on a walk, so a loop of links cannot trap it. The result is sorted and has no file twice.

mod gitignore;
mod pattern;

use super::path_pattern::PathPattern;
use gitignore::Gitignores;
use pattern::Pattern;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use walkdir::WalkDir;

/// What to search.
#[derive(Clone, Debug)]
pub struct Search {
    /// The working directory, absolute: arguments are relative to it, and so are paths that are shown.
    pub working_directory: PathBuf,
    /// Whether `.gitignore` files count.
    pub heeds_gitignore: bool,
    /// Files that a walk leaves out: the configuration's `exclude`.
    pub exclude: Vec<PathPattern>,
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToRead {
    /// The path as it is shown: relative to the working directory, with `/`; absolute if outside.
    pub shown: String,
    /// The path to open.
    pub path: PathBuf,
    /// Whether the user named this very file, so that it is worth a word if it cannot be read.
    pub is_named: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// The files, in order of the shown path.
    pub files: Vec<FileToRead>,
    /// Folders that could not be read, in order.
    pub unreadable: Vec<UnreadableFolder>,
}

impl Discovered {
    /// Both finds together.
    #[must_use]
    pub fn merge(self, other: Discovered) -> Discovered {
        let mut files = BTreeMap::new();
        for file in self.files.into_iter().chain(other.files) {
            let kept = files
                .entry((file.shown.clone(), raw_name(&file.path)))
                .or_insert_with(|| file.clone());
            kept.is_named |= file.is_named;
        }
        let mut unreadable = self.unreadable;
        unreadable.extend(other.unreadable);
        unreadable.sort_by(|a, b| a.shown.cmp(&b.shown));
        unreadable.dedup();
        Discovered {
            files: files.into_values().collect(),
            unreadable,
        }
    }
}

/// What tells two paths apart that are shown alike because they are no text.
fn raw_name(path: &Path) -> Option<OsString> {
    path.to_str()
        .is_none()
        .then(|| path.as_os_str().to_os_string())
}

/// A folder that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableFolder {
    /// The path as it is shown.
    pub shown: String,
    /// Why, in one line.
    pub why: String,
}

/// Why a search cannot be made: wrong usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoverError {
    /// An argument names nothing.
    Missing(String),
    /// A link that leads nowhere.
    Dangling(String),
    /// A pattern that matches no file.
    NoMatch(String),
    /// A pattern that is none.
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoverError::Missing(path) => write!(f, "`{path}` does not exist"),
            DiscoverError::Dangling(path) => {
                write!(f, "`{path}` is a link to something that does not exist")
            }
            DiscoverError::NoMatch(pattern) => write!(f, "pattern `{pattern}` matches no file"),
            DiscoverError::BadPattern { pattern, why } => {
                write!(f, "`{pattern}` is not a pattern: {why}")
            }
        }
    }
}

impl std::error::Error for DiscoverError {}

/// Folders that a walk never enters: they hold what others wrote or what a tool keeps for itself.
const SKIPPED_FOLDERS: &[&str] = &[
    ".git",
    ".hg",
    ".jj",
    ".svn",
    ".terraform",
    ".venv",
    "node_modules",
];

/// The file by which a tool says that it can make the folder again at any time (<https://bford.info/cachedir/>): the
/// `target` folder of Rust has one, a folder that is merely called `target` has not.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// Endings of names that can be ours; content decides later. Templates of JSON and YAML files are read as what they will be.
const ENDINGS: &[&str] = &[
    ".json",
    ".jsonc",
    ".yaml",
    ".yml",
    ".template",
    ".tpl",
    ".tftpl",
    ".tmpl",
    ".j2",
    ".jinja",
    ".jinja2",
    ".policy",
    ".tf",
    ".tofu",
    ".tfvars",
    ".tfstate",
    ".sh",
    ".bash",
    ".zsh",
    ".ksh",
];

/// Whether a file of this name can be ours.
pub fn can_be_ours(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // It sets parameters of templates.
    lower == "samconfig.toml"
        // It sets variables of modules.
        || lower == "terragrunt.hcl"
        || super::file_name::is_dockerfile(name)
        || ENDINGS
            .iter()
            .any(|ending| lower.ends_with(ending) && lower.len() > ending.len())
}

/// Whether a file says in its first two bytes that a program is to read it: scripts often have no ending.
fn is_executable_text(path: &Path) -> bool {
    let mut start = [0; 2];
    fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"#!"
}

/// Finds the files that `arguments` (paths, folders, patterns) are about. Without any, the working directory.
///
/// # Errors
/// If an argument names nothing.
pub fn discover(arguments: &[PathBuf], search: &Search) -> Result<Discovered, DiscoverError> {
    let mut found = Finding::new(search);
    if arguments.is_empty() {
        found.walk(Path::new(""), &Wanted::Ours);
    }
    for argument in arguments {
        found.argument(argument)?;
    }
    Ok(found.finish())
}

/// Takes every path of a list (`--files-from`) as it stands: a pattern's characters mean themselves, and folders are
/// walked. An empty list gives no file.
///
/// # Errors
/// If a path names nothing.
pub fn discover_listed(paths: &[PathBuf], search: &Search) -> Result<Discovered, DiscoverError> {
    let mut found = Finding::new(search);
    for path in paths {
        if !found.existing(path)? {
            return Err(DiscoverError::Missing(path.display().to_string()));
        }
    }
    Ok(found.finish())
}

/// Splits a list of paths: at NUL characters if there is one, else at line ends.
pub fn split_list(bytes: &[u8]) -> Vec<PathBuf> {
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    bytes
        .split(|byte| *byte == separator)
        .map(|line| {
            if separator == 0 {
                line
            } else {
                line.strip_suffix(b"\r").unwrap_or(line)
            }
        })
        .filter(|line| !line.is_empty())
        .map(path_of)
        .collect()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// The path as it is shown, without asking the file system: relative to `working_directory` if it lies below, with `/`.
pub fn shown_path(path: &Path, working_directory: &Path) -> String {
    let whole = plain(&working_directory.join(path));
    let shown = match whole.strip_prefix(plain(working_directory)) {
        Ok(relative) if relative.as_os_str().is_empty() => return ".".to_string(),
        Ok(relative) => relative,
        Err(_) => whole.as_path(),
    };
    shown
        .to_string_lossy()
        .replace('\\', if cfg!(windows) { "/" } else { "\\" })
}

/// A path without `.` and with `..` taken literally.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

struct Finding<'s> {
    search: &'s Search,
    /// By shown path; two paths that are no text may look the same.
    files: BTreeMap<(String, Option<OsString>), FileToRead>,
    unreadable: BTreeMap<String, String>,
}

/// What a walk takes.
enum Wanted<'p> {
    /// What can be ours by name.
    Ours,
    /// What the pattern matches; of a folder it matches, what can be ours.
    Matching(&'p Pattern),
}

impl<'s> Finding<'s> {
    fn new(search: &'s Search) -> Self {
        Finding {
            search,
            files: BTreeMap::new(),
            unreadable: BTreeMap::new(),
        }
    }

    fn finish(self) -> Discovered {
        Discovered {
            files: self.files.into_values().collect(),
            unreadable: self
                .unreadable
                .into_iter()
                .map(|(shown, why)| UnreadableFolder { shown, why })
                .collect(),
        }
    }

    fn argument(&mut self, argument: &Path) -> Result<(), DiscoverError> {
        if self.existing(argument)? {
            return Ok(());
        }
        let text = argument.to_string_lossy();
        match Pattern::new(&text) {
            None => Err(DiscoverError::Missing(text.into_owned())),
            Some(Err(why)) => Err(DiscoverError::BadPattern {
                pattern: text.into_owned(),
                why,
            }),
            Some(Ok(pattern)) => {
                let is_folder = self.search.working_directory.join(pattern.start()).is_dir();
                if is_folder && self.walk(pattern.start(), &Wanted::Matching(&pattern)) > 0 {
                    Ok(())
                } else {
                    Err(DiscoverError::NoMatch(text.into_owned()))
                }
            }
        }
    }

    /// Takes an argument that names something; `false` if it names nothing.
    fn existing(&mut self, argument: &Path) -> Result<bool, DiscoverError> {
        let path = self.search.working_directory.join(argument);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                self.walk(argument, &Wanted::Ours);
                Ok(true)
            }
            // Not only regular files: reading says what is wrong with the others.
            Ok(_) => {
                self.add(argument, true);
                Ok(true)
            }
            Err(_) if fs::symlink_metadata(&path).is_ok_and(|link| link.is_symlink()) => {
                Err(DiscoverError::Dangling(argument.display().to_string()))
            }
            // It is there, but we may not look at it: reading will say so.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                self.add(argument, true);
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    fn add(&mut self, path: &Path, is_named: bool) {
        let shown = shown_path(path, &self.search.working_directory);
        let raw = path
            .to_str()
            .is_none()
            .then(|| path.as_os_str().to_os_string());
        let path = self.search.working_directory.join(path);
        let file = self
            .files
            .entry((shown.clone(), raw))
            .or_insert(FileToRead {
                shown,
                path,
                is_named,
            });
        file.is_named |= is_named;
    }

    /// Walks a folder; gives how many files it took.
    fn walk(&mut self, folder: &Path, wanted: &Wanted<'_>) -> usize {
        let root = self.search.working_directory.join(folder);
        let mut ignores = Gitignores::new(
            &root,
            &self.search.working_directory,
            self.search.heeds_gitignore,
        );
        let mut taken = 0;
        // Depth of the folder that the pattern matched, while inside it.
        let mut inside: Option<usize> = None;
        let mut walk = WalkDir::new(&root)
            .follow_links(false)
            .follow_root_links(true)
            .sort_by_file_name()
            .into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.failed(&error);
                    continue;
                }
            };
            if inside.is_some_and(|depth| entry.depth() <= depth) {
                inside = None;
            }
            let is_folder = entry.file_type().is_dir() || entry.depth() == 0;
            let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
            let path = folder.join(below);
            ignores.leave_to(entry.depth());
            if is_folder {
                let is_skipped = entry.depth() > 0
                    && (SKIPPED_FOLDERS
                        .iter()
                        .any(|name| entry.file_name() == *name)
                        || entry.path().join(CACHE_TAG).is_file()
                        || ignores.ignores(below, true)
                        || self.excludes(&path));
                if is_skipped {
                    walk.skip_current_dir();
                    continue;
                }
                ignores.enter(below, entry.depth());
                if let Wanted::Matching(pattern) = wanted
                    && inside.is_none()
                    && entry.depth() > 0
                    && pattern.matches(&path)
                {
                    inside = Some(entry.depth());
                }
                continue;
            }
            if !entry.file_type().is_file() {
                continue;
            }
            let is_wanted = match wanted {
                Wanted::Matching(pattern) if inside.is_none() => pattern.matches(&path),
                _ => {
                    let name = entry.file_name().to_string_lossy();
                    can_be_ours(&name) || (!name.contains('.') && is_executable_text(entry.path()))
                }
            };
            if is_wanted && !ignores.ignores(below, false) && !self.excludes(&path) {
                taken += 1;
                self.add(&path, false);
            }
        }
        taken
    }

    fn excludes(&self, path: &Path) -> bool {
        if self.search.exclude.is_empty() {
            return false;
        }
        let shown = shown_path(path, &self.search.working_directory);
        self.search
            .exclude
            .iter()
            .any(|pattern| pattern.matches(&shown) || pattern.matches(&format!("{shown}/")))
    }

    fn failed(&mut self, error: &walkdir::Error) {
        let path = error.path().unwrap_or(Path::new("."));
        let shown = shown_path(path, &self.search.working_directory);
        let why = match error.io_error() {
            Some(io) => super::read::reason(io),
            None => "cannot be walked".to_string(),
        };
        self.unreadable.insert(shown, why);
    }
}

#[cfg(test)]
mod tests;
