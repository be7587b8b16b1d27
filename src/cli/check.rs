//! `ecrlint check`: from arguments to an exit code.

use super::args::{CheckArgs, FormatName};
use super::config::{self, Config, Date};
use super::progress::Progress;
use super::terminal::{self, Surroundings};
use super::{CLEAN, EMPTY, FINDINGS, Refusal, args, forgive_closed, registry, say};
use crate::diag::{Report, Severity};
use crate::recognize::{prefilter, terraform};
use crate::render::{self, Format};
use crate::rules::{Registry, Selection};
use crate::source::discover::{self, DiscoverError, Discovered, FileToRead, Search};
use crate::source::read::{self, Failure, Outcome};
use crate::tree::ProblemKind;
use crate::{Input, Run, Settings, Unreadable};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The path standard input has if none is given.
const STDIN: &str = "<stdin>";

/// Commands that the product will have; who types one gets told, instead of that a path does not exist.
const LATER: &[&str] = &[
    "can",
    "completions",
    "config",
    "diagnose",
    "flows",
    "init",
    "lsp",
    "policy",
    "simulate",
    "who-can",
];

/// Lints, prints the report, and gives the exit code.
///
/// # Errors
/// If an argument, a path, the configuration or a rule file is wrong, or the report cannot be written.
pub fn run(args: &CheckArgs) -> Result<u8, Refusal> {
    let working_directory = std::env::current_dir().map_err(|error| {
        Refusal::wrong(format!(
            "the working directory cannot be read: {}",
            read::reason(&error)
        ))
    })?;
    let mut config = configuration(args, &working_directory)?;
    let folders: Vec<PathBuf> = config.rules.iter().chain(&args.rules).cloned().collect();
    let registry = registry(&folders)?;
    config.resolve(&registry).map_err(Refusal::wrong)?;
    let selection = selection(args, &config, &registry)?;
    let fail_on = args.fail_on.map_or(
        config.fail_on.unwrap_or(Some(Severity::Warning)),
        args::FailOn::severity,
    );

    let (found, stdin) = files(args, &config, &working_directory)?;
    let settings = Settings {
        selection,
        ignores: config.ignores,
        inline_ignores: !args.no_inline_ignores,
        layers: config.layers,
        config_file: config.file,
        done: Some(Arc::default()),
    };
    let threads = args.threads.map(usize::from);
    let files_seen = found.files.len() + stdin.len();
    let Run {
        sources,
        mut report,
    } = {
        let done = settings.done.clone().unwrap_or_default();
        let is_shown = !args.quiet && terminal::errors_are_seen();
        let _progress = Progress::start(is_shown, Arc::clone(&done), files_seen);
        crate::lint::threads::on_threads(threads, || {
            // What a Terraform configuration may read by its functions is known when its files are read.
            let (configurations, others): (Vec<_>, Vec<_>) = found
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
            let mut inputs = crate::lint::threads::in_parallel(&configurations, |file| {
                read_one(file, &mentioned)
            });
            for input in inputs.iter().flatten() {
                terraform::relevant::mentioned(&input.text, &mut mentioned);
            }
            inputs.extend(crate::lint::threads::in_parallel(&others, |file| {
                read_one(file, &mentioned)
            }));
            inputs.extend(found.unreadable.iter().map(|folder| {
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
            inputs.extend(stdin);
            crate::lint(inputs.into_iter().flatten().collect(), &registry, &settings)
        })
    };
    report.files_seen = files_seen;

    let surroundings = Surroundings::now(args.output.is_some());
    let format = match args.format {
        Some(FormatName::Full) => Format::Full,
        Some(FormatName::Compact) => Format::Compact,
        Some(FormatName::Json) => Format::Json,
        Some(FormatName::Github) => Format::Github,
        None if surroundings.is_terminal => Format::Full,
        None => Format::Compact,
    };
    let style = surroundings.style(args.color);
    let mut bytes = Vec::new();
    render::write(format, &report, &sources, &style, &mut bytes)?;
    deliver(&bytes, args.output.as_deref())?;
    if !args.quiet {
        say(&last_line(&report));
        // Whoever reads the long form may want to know more; where links work, each finding has one.
        if format == Format::Full
            && let Some(first) = report.heard().next()
        {
            say(&format!(
                "`ecrlint explain {}` tells why, with examples",
                first.rule.code
            ));
        }
    }
    Ok(exit_code(&report, fail_on, args.fail_on_empty))
}

fn last_line(report: &Report) -> String {
    if report.files_linted > 0 {
        return render::summary(report);
    }
    match report.files_seen {
        0 => "nothing to lint: no file found".to_string(),
        1 => "nothing to lint: the file seen is of no known kind".to_string(),
        seen => format!("nothing to lint: none of the {seen} files seen is of a known kind"),
    }
}

fn exit_code(report: &Report, fail_on: Option<Severity>, fail_on_empty: bool) -> u8 {
    if fail_on.is_some_and(|least| report.worst().is_some_and(|worst| worst >= least)) {
        FINDINGS
    } else if fail_on_empty && report.files_linted == 0 {
        EMPTY
    } else {
        CLEAN
    }
}

fn deliver(bytes: &[u8], output: Option<&Path>) -> Result<(), Refusal> {
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

fn configuration(args: &CheckArgs, working_directory: &Path) -> Result<Config, Refusal> {
    let today = match &args.now {
        None => Date::today(),
        Some(text) => Date::parse(text)
            .ok_or_else(|| Refusal::wrong(format!("`{text}` is no date such as `2027-01-31`")))?,
    };
    let path = match &args.config {
        _ if args.no_config => None,
        Some(path) => Some(working_directory.join(path)),
        None => config::find(working_directory),
    };
    let Some(path) = path else {
        return Ok(Config::default());
    };
    let shown = discover::shown_path(&path, working_directory);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Refusal::wrong(format!(
            "configuration `{shown}` cannot be read: {}",
            read::reason(&error)
        ))
    })?;
    let folder = path.parent().unwrap_or(working_directory).to_path_buf();
    let reading = config::Reading {
        shown,
        folder,
        working_directory,
        today,
    };
    config::read(&text, &reading).map_err(Refusal::wrong)
}

fn selection(args: &CheckArgs, config: &Config, registry: &Registry) -> Result<Selection, Refusal> {
    let given = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .map(|name| name.trim().to_string())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let (select, ignore) = (given(&args.select), given(&args.ignore));
    let unknown: Vec<String> = select
        .iter()
        .chain(&ignore)
        .filter(|name| !registry.names_any(name))
        .map(|name| config::unknown_rule(name, registry))
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::Wrong {
            errors: unknown,
            help: None,
        });
    }
    Ok(Selection {
        profile: args
            .profile
            .map(Into::into)
            .or(config.profile)
            .unwrap_or_default(),
        select: if select.is_empty() {
            config.select.clone()
        } else {
            select
        },
        ignore: config.ignore.iter().cloned().chain(ignore).collect(),
        severity: config.severity.clone(),
        min_confidence: args
            .min_confidence
            .map(Into::into)
            .or(config.min_confidence),
    })
}

/// The files to read, and what was read from standard input.
fn files(
    args: &CheckArgs,
    config: &Config,
    working_directory: &Path,
) -> Result<(Discovered, Vec<Option<Input>>), Refusal> {
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
    Ok((found, stdin))
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
fn wrong_path(error: DiscoverError, args: &CheckArgs) -> Refusal {
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
