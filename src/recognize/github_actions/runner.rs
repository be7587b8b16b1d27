//! `runs-on:` — a fresh machine of GitHub's, or one that may have credentials and logins of its own.

use crate::model::pipeline::Runner;
use crate::model::platform::Architecture;
use crate::tree::Node;

/// The machine of a job.
pub(super) struct Machine {
    pub(super) runner: Runner,
    /// Whether it is surely Windows, where `run:` means PowerShell unless a shell is named.
    pub(super) is_windows: bool,
    /// Its architecture, where that is sure.
    pub(super) architecture: Option<Architecture>,
}

impl Machine {
    /// Reads `runs-on:` of a job, looking into its matrix where an expression names one of its lists.
    pub(super) fn of(job: &Node<'_>) -> Machine {
        let unknown = Machine {
            runner: Runner::Unknown,
            is_windows: false,
            architecture: None,
        };
        let Some(runs_on) = job.get("runs-on") else {
            return unknown;
        };
        if runs_on.is_map() {
            return match (runs_on.get("group"), runs_on.get("labels")) {
                // A group holds self-hosted or larger runners.
                (Some(_), _) => Machine {
                    runner: Runner::SelfHosted,
                    ..unknown
                },
                (None, Some(labels)) => Machine::of_labels(labels.one_or_many(), job),
                (None, None) => unknown,
            };
        }
        Machine::of_labels(runs_on.one_or_many(), job)
    }

    fn of_labels(labels: &[Node<'_>], job: &Node<'_>) -> Machine {
        let mut runner = Runner::Hosted;
        let mut windows = 0;
        for label in labels {
            let kind = match label.as_str() {
                Some(text) if text.contains("${{") => {
                    let (kind, is_windows) = of_expression(text, job);
                    windows += usize::from(is_windows);
                    kind
                }
                Some(text) => {
                    windows += usize::from(text.to_ascii_lowercase().starts_with("windows-"));
                    of_label(text)
                }
                None => Runner::Unknown,
            };
            runner = worse(runner, kind);
        }
        Machine {
            runner: if labels.is_empty() {
                Runner::Unknown
            } else {
                runner
            },
            is_windows: !labels.is_empty() && windows == labels.len(),
            architecture: architecture(labels, job),
        }
    }
}

/// The architecture of a machine with these labels: that of GitHub's own Linux runners is in their name
/// (<https://docs.github.com/en/actions/reference/runners/github-hosted-runners>). Other labels are of the user's making.
fn architecture(labels: &[Node<'_>], job: &Node<'_>) -> Option<Architecture> {
    let [label] = labels else { return None };
    let label = label.as_str()?;
    if !label.contains("${{") {
        return architecture_of_label(label);
    }
    let mut found = matrix_values(label, job)?
        .into_iter()
        .map(|value| architecture_of_label(value.as_str()?));
    let first = found.next()??;
    found.all(|other| other == Some(first)).then_some(first)
}

fn architecture_of_label(label: &str) -> Option<Architecture> {
    let version = label.trim().strip_prefix("ubuntu-")?;
    let (version, architecture) = match version.strip_suffix("-arm") {
        Some(version) => (version, Architecture::Arm64),
        None => (version, Architecture::Amd64),
    };
    let is_number = version.split_once('.').is_some_and(|(year, month)| {
        let is_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        is_digits(year) && is_digits(month)
    });
    (is_number || version == "latest").then_some(architecture)
}

/// The values of a list of the matrix that an expression names, and nothing besides.
fn matrix_values<'n, 's>(text: &str, job: &'n Node<'s>) -> Option<Vec<&'n Node<'s>>> {
    let key = text
        .trim()
        .strip_prefix("${{")
        .and_then(|inner| inner.strip_suffix("}}"))
        .and_then(|inner| inner.trim().strip_prefix("matrix."))?;
    let matrix = job.get("strategy")?.get("matrix")?;
    let mut values: Vec<&Node<'_>> = matrix
        .get(key)
        .map_or(Vec::new(), |list| list.items().iter().collect());
    let includes = matrix.get("include").map_or(&[][..], |list| list.items());
    values.extend(includes.iter().filter_map(|include| include.get(key)));
    Some(values)
}

/// A machine of the user's is the stronger claim, then not knowing.
fn worse(a: Runner, b: Runner) -> Runner {
    match (a, b) {
        (Runner::SelfHosted, _) | (_, Runner::SelfHosted) => Runner::SelfHosted,
        (Runner::Unknown, _) | (_, Runner::Unknown) => Runner::Unknown,
        _ => Runner::Hosted,
    }
}

/// GitHub's own labels begin with the system:
/// <https://docs.github.com/en/actions/reference/runners/github-hosted-runners>. Any other is of the user's making.
fn of_label(label: &str) -> Runner {
    let lower = label.trim().to_ascii_lowercase();
    if ["ubuntu-", "windows-", "macos-"]
        .iter()
        .any(|system| lower.starts_with(system))
    {
        Runner::Hosted
    } else {
        Runner::SelfHosted
    }
}

/// `${{ matrix.os }}`, where the matrix lists literals; `codebuild-x-${{ github.run_id }}` and `ubuntu-${{ … }}` by what
/// stands before the expression.
fn of_expression(text: &str, job: &Node<'_>) -> (Runner, bool) {
    if let Some((before, _)) = text
        .split_once("${{")
        .filter(|(before, _)| !before.trim().is_empty())
    {
        let lower = before.trim().to_ascii_lowercase();
        return (of_label(before), lower.starts_with("windows-"));
    }
    let Some(values) = matrix_values(text, job) else {
        return (Runner::Unknown, false);
    };
    let mut runner = None;
    let mut windows = 0;
    for value in &values {
        let kind = match value.as_str() {
            Some(label) if !label.contains("${{") => {
                windows += usize::from(label.to_ascii_lowercase().starts_with("windows-"));
                of_label(label)
            }
            _ => Runner::Unknown,
        };
        runner = Some(runner.map_or(kind, |runner| worse(runner, kind)));
    }
    (
        runner.unwrap_or(Runner::Unknown),
        !values.is_empty() && windows == values.len(),
    )
}
