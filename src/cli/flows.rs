//! `ecrlint flows`: who moves which image, and whether every link of the way holds.

use super::args::{FlowsArgs, FlowsFormatName};
use super::config::Config;
use super::terminal::Surroundings;
use super::{CLEAN, FINDINGS, Refusal, inputs, say};
use crate::chart::{Chart, draw};
use crate::render::flows::{self, Format};
use crate::{Settings, prove};
use std::sync::Arc;

/// Shows the flows, and gives the exit code: whether a link is denied.
///
/// # Errors
/// If an argument, a path or the configuration is wrong, or the output cannot be written.
pub fn run(args: &FlowsArgs) -> Result<u8, Refusal> {
    let (config, working_directory) = inputs::configuration(&args.input)?;
    let found = inputs::find(&args.input, &config, &working_directory)?;
    let files_seen = found.count();
    let settings = settings(config);
    let (chart, sources) = found.process(&args.input, args.output.quiet, &settings, |inputs| {
        let analysis = crate::lint::analyze(inputs, &settings);
        let proofs = prove::prove(&analysis.workspace);
        let mut chart = draw::chart(&analysis.workspace, &proofs, &analysis.sources);
        chart.files_seen = files_seen;
        chart.files_linted = analysis.files_linted;
        (chart, analysis.sources)
    });
    let format = match args.format {
        FlowsFormatName::Tree => Format::Tree,
        FlowsFormatName::Json => Format::Json,
        FlowsFormatName::Mermaid => Format::Mermaid,
        FlowsFormatName::Html => Format::Html,
    };
    let style = Surroundings::now(args.output.output.is_some()).style(args.output.color);
    let mut bytes = Vec::new();
    flows::write(format, &chart, &sources, &style, &mut bytes)?;
    inputs::deliver(&bytes, args.output.output.as_deref())?;
    if !args.output.quiet {
        say(&last_line(&chart));
    }
    let is_denied = chart.tally().denied > 0;
    Ok(if is_denied { FINDINGS } else { CLEAN })
}

/// The settings of a run that links and runs no rule.
pub(super) fn settings(config: Config) -> Settings {
    Settings {
        layers: config.layers,
        homes: config.homes,
        owners: config.owners,
        config_file: config.file,
        done: Some(Arc::default()),
        ..Settings::default()
    }
}

fn last_line(chart: &Chart) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    if chart.flows.is_empty() {
        return match chart.files_linted {
            0 => format!(
                "no flow found: none of {} seen is of a known kind",
                plural(chart.files_seen, "file")
            ),
            linted => format!("no flow found in {}", plural(linted, "file")),
        };
    }
    let tally = chart.tally();
    format!(
        "{} with {} in {}: {}",
        plural(chart.flows.len(), "flow"),
        plural(tally.all(), "link"),
        plural(chart.files_linted, "file"),
        tally.shown()
    )
}
