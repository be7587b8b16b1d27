//! `ecrlint check`: from arguments to an exit code.

use super::args::{CheckArgs, FormatName};
use super::config::{self, Config};
use super::terminal::Surroundings;
use super::{CLEAN, EMPTY, FINDINGS, Refusal, args, inputs, registry, say};
use crate::diag::{Report, Severity};
use crate::render::{self, Format};
use crate::rules::{Registry, Selection};
use crate::{Run, Settings};
use std::path::PathBuf;
use std::sync::Arc;

/// Lints, prints the report, and gives the exit code.
///
/// # Errors
/// If an argument, a path, the configuration or a rule file is wrong, or the report cannot be written.
pub fn run(args: &CheckArgs) -> Result<u8, Refusal> {
    let (mut config, working_directory) = inputs::configuration(&args.input)?;
    let folders: Vec<PathBuf> = config.rules.iter().chain(&args.rules).cloned().collect();
    let registry = registry(&folders)?;
    config.resolve(&registry).map_err(Refusal::wrong)?;
    let selection = selection(args, &config, &registry)?;
    let fail_on = args.fail_on.map_or(
        config.fail_on.unwrap_or(Some(Severity::Warning)),
        args::FailOn::severity,
    );

    let found = inputs::find(&args.input, &config, &working_directory)?;
    let files_seen = found.count();
    let settings = Settings {
        selection,
        ignores: config.ignores,
        inline_ignores: !args.no_inline_ignores,
        layers: config.layers,
        homes: config.homes,
        owners: config.owners,
        config_file: config.file,
        done: Some(Arc::default()),
    };
    let Run {
        sources,
        mut report,
    } = found.process(&args.input, args.output.quiet, &settings, |inputs| {
        crate::lint(inputs, &registry, &settings)
    });
    report.files_seen = files_seen;

    let surroundings = Surroundings::now(args.output.output.is_some());
    let format = match args.format {
        Some(FormatName::Full) => Format::Full,
        Some(FormatName::Compact) => Format::Compact,
        Some(FormatName::Json) => Format::Json,
        Some(FormatName::Github) => Format::Github,
        None if surroundings.is_terminal => Format::Full,
        None => Format::Compact,
    };
    let style = surroundings.style(args.output.color);
    let mut bytes = Vec::new();
    render::write(format, &report, &sources, &style, &mut bytes)?;
    inputs::deliver(&bytes, args.output.output.as_deref())?;
    if !args.output.quiet {
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
