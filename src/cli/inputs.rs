//! What a command is to read: the configuration, the files that the arguments name, standard input. And where its output
//! goes.

use super::args::{self, InputArgs};
use super::config::{self, Config, Date};
use super::progress::Progress;
use super::terminal;
use super::{Refusal, forgive_closed};
use crate::lint::threads::{in_parallel, on_threads};
use crate::recognize::{prefilter, terraform};
use crate::source::discover::{self, DiscoverError, Discovered, FileToRead, Search};
use crate::source::read::{self, Failure, Outcome};
use crate::tree::ProblemKind;
use crate::{Input, Settings, Unreadable};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The path standard input has if none is given.
const STDIN: &str = "<stdin>";

/// Commands that the product will have; who types one gets told, instead of that a path does not exist.
const LATER: &[&str] = &["completions", "config", "diagnose", "init", "lsp", "policy"];

/// The configuration of a run, and the working directory.
///
/// # Errors
/// If it cannot be read or is wrong.
pub fn configuration(args: &InputArgs) -> Result<(Config, PathBuf), Refusal> {
    let working_directory = std::env::current_dir().map_err(|error| {
        Refusal::wrong(format!(
            "the working directory cannot be read: {}",
            read::reason(&error)
        ))
    })?;
    let today = match &args.now {
        None => Date::today(),
        Some(text) => Date::parse(text)
            .ok_or_else(|| Refusal::wrong(format!("`{text}` is no date such as `2027-01-31`")))?,
    };
    let path = match &args.config {
        _ if args.no_config => None,
        Some(path) => Some(working_directory.join(path)),
        None => config::find(&working_directory),
    };
    let Some(path) = path else {
        return Ok((Config::default(), working_directory));
    };
    let shown = discover::shown_path(&path, &working_directory);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Refusal::wrong(format!(
            "configuration `{shown}` cannot be read: {}",
            read::reason(&error)
        ))
    })?;
    let folder = path.parent().unwrap_or(&working_directory).to_path_buf();
    let reading = config::Reading {
        shown,
        folder,
        working_directory: &working_directory,
        today,
    };
    let config = config::read(&text, &reading).map_err(Refusal::wrong)?;
    Ok((config, working_directory))
}

/// Writes the output where it is to go.
///
/// # Errors
/// If it cannot be written.
pub fn deliver(bytes: &[u8], output: Option<&Path>) -> Result<(), Refusal> {
    match output {
        None => {
            let mut out = io::stdout().lock();
            forgive_closed(out.write_all(bytes).and_then(|()| out.flush()))
        }
        Some(path) => File::create(path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| {
                Refusal::wrong(format!(
                    "`{}` cannot be written: {}",
                    path.display(),
                    read::reason(&error)
                ))
            }),
    }
}

/// The files of a run, found but not read, and what was read from standard input.
#[derive(Debug)]
pub struct Found {
    files: Discovered,
    stdin: Vec<Option<Input>>,
}

impl Found {
    /// How many files there are.
    pub fn count(&self) -> usize {
        self.files.files.len() + self.stdin.len()
    }

    /// Reads what may be ours, on all threads, and gives it to `work`; shows meanwhile how far it is.
    pub fn process<T: Send>(
        self,
        args: &InputArgs,
        is_quiet: bool,
        settings: &Settings,
        work: impl FnOnce(Vec<Input>) -> T + Send,
    ) -> T {
        let done = settings.done.clone().unwrap_or_default();
        let is_shown = !is_quiet && terminal::errors_are_seen();
        let _progress = Progress::start(is_shown, Arc::clone(&done), self.count());
        on_threads(args.threads.map(usize::from), || {
            // What a Terraform configuration may read by its functions is known when its files are read.
            let (configurations, others): (Vec<_>, Vec<_>) = self
                .files
                .files
                .iter()
                .partition(|file| terraform::is_named(&file.shown));
            let mut mentioned = BTreeSet::new();
            let read_one = |file: &FileToRead, mentioned: &BTreeSet<String>| {
                let outcome =
                    read::read(file, &|head| prefilter::may_be_ours_at(&file.shown, head));
                let input = input(&file.shown, outcome, mentioned);
                // The others are done when they are parsed.
                done.fetch_add(usize::from(input.is_none()), Ordering::Relaxed);
                input
            };
            let mut inputs = in_parallel(&configurations, |file| read_one(file, &mentioned));
            for input in inputs.iter().flatten() {
                terraform::relevant::mentioned(&input.text, &mut mentioned);
            }
            inputs.extend(in_parallel(&others, |file| read_one(file, &mentioned)));
            inputs.extend(self.files.unreadable.iter().map(|folder| {
                Some(failed(
                    &folder.shown,
                    Failure {
                        is_too_large: false,
                        message: format!("folder cannot be read: {}", folder.why),
                        hint: None,
                        text_before: String::new(),
                    },
                ))
            }));
            inputs.extend(self.stdin);
            work(inputs.into_iter().flatten().collect())
        })
    }
}

/// Finds the files to read, and reads standard input if it is one of them.
///
/// # Errors
/// If a path does not exist, or the arguments contradict each other.
pub fn find(args: &InputArgs, config: &Config, working_directory: &Path) -> Result<Found, Refusal> {
    let search = Search {
        working_directory: working_directory.to_path_buf(),
        heeds_gitignore: !args.no_ignore,
        exclude: config.exclude.clone(),
    };
    let is_dash = |path: &Path| path == Path::new("-");
    let (dashes, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        args.paths.iter().cloned().partition(|path| is_dash(path));
    let lists_stdin = args.files_from.as_deref().is_some_and(is_dash);
    if lists_stdin && !dashes.is_empty() {
        return Err(Refusal::wrong(
            "standard input cannot be both a file (`-`) and a list of files (`--files-from -`)",
        ));
    }
    if args.stdin_filename.is_some() && dashes.is_empty() {
        return Err(Refusal::wrong(
            "`--stdin-filename` names standard input, which is not read; add `-`",
        ));
    }
    let mut found = Discovered::default();
    let is_by_default = dashes.is_empty() && args.files_from.is_none();
    if !paths.is_empty() || is_by_default {
        found = discover::discover(&paths, &search).map_err(|error| wrong_path(error, args))?;
    }
    if let Some(list) = &args.files_from {
        let bytes = list_of_files(list, lists_stdin).map_err(|error| {
            Refusal::wrong(format!(
                "list `{}` cannot be read: {}",
                list.display(),
                read::reason(&error)
            ))
        })?;
        let listed = discover::discover_listed(&discover::split_list(&bytes), &search)
            .map_err(Refusal::wrong)?;
        found = found.merge(listed);
    }
    let mut stdin = Vec::new();
    if !dashes.is_empty() {
        let shown = args.stdin_filename.as_deref().unwrap_or(STDIN);
        stdin.push(input(
            shown,
            read::read_stream(io::stdin().lock(), shown, &|head| {
                prefilter::may_be_ours_at(shown, head)
            }),
            &BTreeSet::new(),
        ));
    }
    Ok(Found {
        files: found,
        stdin,
    })
}

fn list_of_files(list: &Path, is_stdin: bool) -> io::Result<Vec<u8>> {
    if !is_stdin {
        return std::fs::read(list);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A path that does not exist, when it may have been meant as a command.
fn wrong_path(error: DiscoverError, args: &InputArgs) -> Refusal {
    let mut help = None;
    let first = args
        .paths
        .first()
        .map(|path| path.to_string_lossy().to_string());
    if let (DiscoverError::Missing(path), Some(first)) = (&error, first)
        && *path == first
    {
        let commands = args::commands();
        if LATER.contains(&first.as_str()) {
            help = Some(format!("`{first}` is not a command of this version"));
        } else if let Some(near) =
            crate::catalog::nearest::nearest(&first, commands.iter().map(String::as_str))
        {
            help = Some(format!("did you mean the command `{near}`?"));
        }
    }
    Refusal::Wrong {
        errors: vec![error.to_string()],
        help,
    }
}

/// What was read, as the pipeline takes it; `None` if it is not worth a word.
fn input(shown: &str, outcome: Outcome, mentioned: &BTreeSet<String>) -> Option<Input> {
    match outcome {
        Outcome::Text(text)
            if terraform::is_named(shown)
                || terraform::relevant::is_mentioned(shown, mentioned)
                || prefilter::may_be_ours_at(shown, text.as_bytes()) =>
        {
            Some(Input::text(shown, text))
        }
        Outcome::Text(_) | Outcome::NotOurs => None,
        Outcome::Failed(failure) => Some(failed(shown, failure)),
    }
}

fn failed(shown: &str, failure: Failure) -> Input {
    Input {
        path: shown.to_string(),
        text: failure.text_before,
        unreadable: Some(Unreadable {
            kind: if failure.is_too_large {
                ProblemKind::Limit
            } else {
                ProblemKind::Unreadable
            },
            message: failure.message,
            hint: failure.hint,
        }),
    }
}
