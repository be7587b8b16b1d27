//! The parts of an ARN of ECR or ECR Public, one after the other.

use super::super::reading::{self, UNKNOWN};
use super::Fault;
use crate::catalog::{self, Standing};
use crate::diag::quote;
use crate::model::template::Template;

/// The first fault of an ARN of a private repository.
pub(super) fn private_fault(resource: &Template, fields: &[Template]) -> Option<Fault> {
    let text = resource.to_string();
    white_space(resource)
        .or_else(|| partition_fault(fields.get(1)?, &text))
        .or_else(|| length_fault(resource, fields))
        .or_else(|| region_fault(fields.get(3)?, fields.get(1)?, &text))
        .or_else(|| account_fault(fields.get(4)?, &text))
        .or_else(|| repository_fault(fields.get(5)?, &text))
}

/// The first fault of an ARN of ECR Public, whose Region is empty.
pub(super) fn public_fault(resource: &Template, fields: &[Template]) -> Option<Fault> {
    let text = resource.to_string();
    let partition = || {
        let name = reading::known_part(fields.get(1)?)?;
        let other = catalog::partition(name).filter(|partition| partition.name != "aws")?;
        Some(
            Fault::new(format!(
                "lies in partition {}, where there is no ECR Public",
                quote(other.name)
            ))
            .instead(text.replacen(other.name, "aws", 1)),
        )
    };
    let region = || {
        let name = reading::known_part(fields.get(3)?)?;
        if name.is_empty() || !catalog::is_plausible_region(name) {
            return None;
        }
        Some(
            Fault::new("has a Region, which ARNs of ECR Public leave empty")
                .instead(text.replacen(&format!(":{name}:"), "::", 1)),
        )
    };
    let path = || {
        let lead = reading::lead(fields.get(5)?);
        let is_registry = lead.starts_with("registry/") || "registry/".starts_with(&lead);
        (!is_registry)
            .then(|| repository_fault(fields.get(5)?, &text))
            .flatten()
    };
    white_space(resource)
        .or_else(partition)
        .or_else(region)
        .or_else(|| account_fault(fields.get(4)?, &text))
        .or_else(path)
}

fn white_space(resource: &Template) -> Option<Fault> {
    let text = resource.as_literal()?;
    if !text.contains(char::is_whitespace) || reading::is_placeholder(text) {
        return None;
    }
    let instead: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Some(Fault::new("holds white space").instead(instead))
}

fn partition_fault(field: &Template, text: &str) -> Option<Fault> {
    let name = reading::known_part(field)?;
    if catalog::partition(name).is_some() || name == "partition" {
        return None;
    }
    let names = catalog::PARTITIONS.iter().map(|partition| partition.name);
    match catalog::nearest::nearest(name, names) {
        Some(meant) => Some(
            Fault::new(format!("lies in {}, which is no partition", quote(name)))
                .instead(text.replacen(&format!(":{name}:"), &format!(":{meant}:"), 1)),
        ),
        None if name.is_empty() => {
            Some(Fault::new("names no partition").instead(text.replacen("arn::", "arn:aws:", 1)))
        }
        None => None,
    }
}

/// Fewer than six parts match something only if the last of them ends in a wildcard, which then reaches over the colons
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
fn length_fault(resource: &Template, fields: &[Template]) -> Option<Fault> {
    let text = resource.as_literal()?;
    if fields.len() >= 6 || text.ends_with('*') {
        return None;
    }
    let lacks = match fields.get(3..).unwrap_or_default() {
        [] => "ends after the service",
        [_] => "ends after the Region",
        [_, last] if last.prefix().contains("repository") => "lacks the account or the Region",
        [_, _] => "ends after the account",
        _ => return None,
    };
    Some(Fault::new(lacks))
}

fn region_fault(field: &Template, partition: &Template, text: &str) -> Option<Fault> {
    let name = reading::known_part(field)?;
    if name.is_empty() {
        return Some(Fault::new("names no Region"));
    }
    let replaced = |meant: &str| text.replacen(&format!(":{name}:"), &format!(":{meant}:"), 1);
    let written = reading::known_part(partition);
    match catalog::standing_of_region(name) {
        Standing::Listed(home) | Standing::Plausible(home)
            if written.is_some_and(|written| {
                written != home.name && catalog::partition(written).is_some()
            }) =>
        {
            let written = written.unwrap_or_default();
            Some(
                Fault::new(format!(
                    "joins partition {} with Region {}, which lies in {}",
                    quote(written),
                    quote(name),
                    quote(home.name)
                ))
                .instead(text.replacen(
                    &format!(":{written}:"),
                    &format!(":{}:", home.name),
                    1,
                )),
            )
        }
        Standing::Listed(_) => None,
        // A Region newer than the table has a new number, or at most a new point of the compass.
        Standing::Plausible(_) if has_known_word(name) => None,
        Standing::Plausible(_) | Standing::Impossible => {
            if name.ends_with(['x', 'X', 'n', 'N']) {
                return None;
            }
            if let Some(region) = name
                .strip_suffix(|c: char| c.is_ascii_lowercase())
                .and_then(catalog::region)
            {
                return Some(
                    Fault::new(format!(
                        "names the Availability Zone {} for a Region",
                        quote(name)
                    ))
                    .instead(replaced(region.name)),
                );
            }
            let regions = catalog::regions().map(|region| region.name);
            let meant = catalog::nearest::nearest(name, regions)?;
            Some(
                Fault::new(format!("lies in {}, which is no Region", quote(name)))
                    .instead(replaced(meant)),
            )
        }
    }
}

/// Whether the middle of the name is a word that listed Regions use, such as `southeast`.
fn has_known_word(region: &str) -> bool {
    let word = |name: &str| name.rsplit('-').nth(1).map(str::to_string);
    let asked = word(region);
    catalog::regions().any(|listed| word(listed.name) == asked)
}

fn account_fault(field: &Template, text: &str) -> Option<Fault> {
    let id = reading::known_part(field)?;
    if id.is_empty() {
        return Some(Fault::new("names no account"));
    }
    if id.contains('/') {
        return Some(Fault::new("lacks the account or the Region"));
    }
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    let is_number = digits.len() == id.len();
    let is_grouped = !digits.is_empty() && id.chars().all(|c| c.is_ascii_digit() || c == '-');
    if is_number && digits.len() != 12 {
        return Some(Fault::new(format!(
            "names the account {}, which has {} digits instead of 12",
            quote(id),
            digits.len()
        )));
    }
    if is_grouped && !is_number {
        let fault = Fault::new(format!("writes the account as {}", quote(id)));
        return Some(if digits.len() == 12 {
            fault.instead(text.replacen(id, &digits, 1))
        } else {
            fault
        });
    }
    None
}

/// The fault of the last part, which has to be `repository/` and a name.
fn repository_fault(field: &Template, text: &str) -> Option<Fault> {
    const KIND: &str = "repository/";
    let path = reading::masked(field);
    let lead = reading::lead(field);
    if let Some(name) = path.strip_prefix(KIND) {
        return name_fault(name, text);
    }
    let goes_on = lead.len() < path.len();
    if (goes_on && KIND.starts_with(&lead)) || reading::is_placeholder(&lead) {
        return None;
    }
    let with = |from: &str, to: &str| match text.rfind(from) {
        Some(at) => {
            let (head, tail) = text.split_at(at);
            format!("{head}{}", tail.replacen(from, to, 1))
        }
        None => text.to_string(),
    };
    if lead == "repository" {
        return Some(
            Fault::new("lacks the name of a repository").instead(format!("{text}/<name>")),
        );
    }
    if lead.starts_with("repository:") {
        return Some(
            Fault::new(format!("has {} for {}", quote("repository:"), quote(KIND)))
                .instead(with("repository:", KIND)),
        );
    }
    let kinds = [
        "repo/",
        "repos/",
        "repositories/",
        "Repository/",
        "REPOSITORY/",
        "Repo/",
    ];
    if let Some(wrong) = kinds.into_iter().find(|kind| lead.starts_with(kind)) {
        return Some(
            Fault::new(format!("has {} for {}", quote(wrong), quote(KIND)))
                .instead(with(&format!(":{wrong}"), &format!(":{KIND}"))),
        );
    }
    if lead.is_empty() {
        return path
            .is_empty()
            .then(|| Fault::new("lacks the name of a repository"));
    }
    let start = text.len().checked_sub(field.to_string().len())?;
    let (head, tail) = (text.get(..start)?, text.get(start..)?);
    Some(
        Fault::new(format!("lacks {} before the name", quote(KIND)))
            .instead(format!("{head}{KIND}{tail}")),
    )
}

/// The fault of a repository's name, in which every unknown stretch is [`UNKNOWN`]. Names are lower case
/// (<https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>).
fn name_fault(name: &str, text: &str) -> Option<Fault> {
    if name.is_empty() {
        return Some(Fault::new("lacks the name of a repository"));
    }
    if let Some((_, digest)) = name.split_once('@') {
        let is_digest = digest.starts_with("sha256:");
        return is_digest.then(|| {
            let cut = text
                .rfind("@sha256:")
                .and_then(|at| text.get(..at))
                .unwrap_or(text);
            let untagged = cut.rsplit_once(':').filter(|(_, tail)| !tail.contains('/'));
            Fault::new("names a digest").instead(untagged.map_or(cut, |(head, _)| head))
        });
    }
    if name.contains(':') {
        let untagged = text.rsplit_once(':').map_or(text, |(head, _)| head);
        return Some(Fault::new("names a tag").instead(untagged));
    }
    let is_capital = |segment: &str| segment.contains(|c: char| c.is_ascii_uppercase());
    if name
        .split('/')
        .any(|segment| is_capital(segment) && !reading::is_placeholder(segment))
    {
        let at = text.len().saturating_sub(name.len());
        let fault = Fault::new("has capital letters in the repository's name");
        return Some(match (text.get(..at), text.get(at..)) {
            (Some(head), Some(tail)) if tail == name => {
                fault.instead(format!("{head}{}", tail.to_ascii_lowercase()))
            }
            _ => fault,
        });
    }
    if name.ends_with('/') {
        return Some(
            Fault::new("ends in a slash, as no repository's name does").instead(format!("{text}*")),
        );
    }
    if name.starts_with('/') || name.contains("//") {
        return Some(Fault::new("has an empty part in the repository's name"));
    }
    let stray = name
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "._-/*?".contains(*c) || *c == UNKNOWN))?;
    Some(Fault::new(format!(
        "has {} in the repository's name",
        quote(&stray.to_string())
    )))
}
