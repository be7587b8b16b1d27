//! What is wrong with the name of an image in a private ECR registry.
//!
//! Only names that clearly are ECR's are judged, and only their known text: a component with a hole in it may become
//! anything.

use super::HostForm;
use crate::catalog::{self, Standing, nearest::nearest};
use crate::model::template::{Piece, Template};
use std::ops::Range;

/// One thing that is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFault {
    /// Which bytes of the name as written (the template's `to_string`).
    pub range: Range<usize>,
    /// What is wrong with them.
    pub kind: ImageFaultKind,
}

/// Kinds of [`ImageFault`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageFaultKind {
    /// `https://` in front: an image name has no scheme.
    Scheme,
    /// Nothing before `.dkr.ecr.`.
    MissingAccount,
    /// An account of digits that are not twelve.
    BadAccount {
        /// How many digits there are.
        digits: usize,
    },
    /// The host goes from `ecr.` straight to its suffix.
    MissingRegion,
    /// A Region that no partition can have.
    UnknownRegion {
        /// What was most likely meant.
        nearest: Option<&'static str>,
    },
    /// The Region is of a partition whose hosts end differently.
    ForeignSuffix {
        /// The suffix of the Region's partition.
        expected: &'static str,
    },
    /// The host ends in something that is almost AWS's.
    UnknownSuffix {
        /// What was most likely meant.
        nearest: &'static str,
    },
    /// The host ends with its Region.
    MissingSuffix,
    /// A registry and no repository.
    MissingRepository,
    /// A tag between host and repository: `host:v1/app`.
    TagBeforeRepository,
    /// A `:` inside the repository name: `host/app:v1/x`.
    ColonInRepository,
    /// Two tags: `host/app:v1:v2`.
    SecondTag,
    /// Upper case in the repository name.
    UpperCase,
    /// Separators where the name grammar wants a letter or a digit: `host//app`, `host/-app`.
    BadSeparator,
    /// White space inside the name.
    Space,
}

/// What is wrong with the name of an image; empty for one that is sound or not clearly of a private ECR registry.
pub fn faults(image: &Template) -> Vec<ImageFault> {
    let Some(name) = Name::read(image) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    if name.scheme > 0 {
        faults.push(name.fault(name.start..name.start + name.scheme, ImageFaultKind::Scheme));
    }
    let rest = name.rest();
    let slash = rest.find('/');
    let host_end = slash.unwrap_or_else(|| rest.find(['@', ':']).unwrap_or(rest.len()));
    let is_aws = name.host_faults(host_end, &mut faults);
    if !is_aws {
        return faults;
    }
    match slash {
        Some(slash) => name.path_faults(slash + 1, &mut faults),
        // A hole at the end of the host may hold the rest.
        None if !rest.contains(HOLE)
            || rest.get(host_end..).is_some_and(|tail| !tail.is_empty()) =>
        {
            let at = name.at(0, host_end);
            faults.push(name.fault(at, ImageFaultKind::MissingRepository));
        }
        None => {}
    }
    if let Some(space) = rest.find(char::is_whitespace) {
        let width = rest
            .get(space..)
            .map_or(0, |tail| tail.len() - tail.trim_start().len());
        faults.push(name.fault(name.at(space, space + width), ImageFaultKind::Space));
    }
    faults.sort_by_key(|fault| fault.range.start);
    faults
}

/// What is wrong with the host of a login. A scheme and a path are fine there.
pub fn host_faults(host: &Template) -> Vec<ImageFault> {
    let mut faults = Vec::new();
    if let Some(name) = Name::read(host) {
        let rest = name.rest();
        name.host_faults(rest.find('/').unwrap_or(rest.len()), &mut faults);
    }
    faults
}

/// What a byte of a hole is shown as: no name holds it, and every byte keeps its place.
const HOLE: char = '\u{1}';

/// A name that is clearly of a private ECR registry, its holes blanked out.
struct Name {
    /// The whole text as written, with every byte of a hole replaced by [`HOLE`].
    text: String,
    /// Where it starts after white space.
    start: usize,
    /// Length of the scheme.
    scheme: usize,
    /// Where it ends before white space.
    end: usize,
    /// Where the account ends, from the end of the scheme.
    account_end: usize,
    /// Where the Region starts, likewise.
    region_start: usize,
}

impl Name {
    fn read(template: &Template) -> Option<Name> {
        let mut text = String::new();
        for piece in template.pieces() {
            match piece {
                Piece::Literal(known) => text.push_str(known),
                Piece::Hole(hole) => text.extend(std::iter::repeat_n(HOLE, hole.text.len())),
            }
        }
        let start = text.len() - text.trim_start().len();
        let end = text.trim_end().len();
        let trimmed = text.get(start..end)?;
        let scheme = ["https://", "http://"]
            .iter()
            .find(|scheme| trimmed.starts_with(*scheme))
            .map_or(0, |scheme| scheme.len());
        let rest = trimmed.get(scheme..)?;
        let host = rest.split('/').next()?;
        let (account_end, region_start) = HostForm::ALL.iter().find_map(|form| {
            let infix = form.infix();
            let headless = infix.trim_start_matches('.');
            host.find(infix)
                .map(|at| (at, at + infix.len()))
                .or_else(|| host.starts_with(headless).then_some((0, headless.len())))
        })?;
        Some(Name {
            start,
            scheme,
            end,
            account_end,
            region_start,
            text,
        })
    }

    /// The name after its scheme.
    fn rest(&self) -> &str {
        self.text
            .get(self.start + self.scheme..self.end)
            .unwrap_or("")
    }

    /// A range of [`Name::rest`] as a range of the whole text.
    fn at(&self, start: usize, end: usize) -> Range<usize> {
        let base = self.start + self.scheme;
        base + start..base + end
    }

    fn fault(&self, range: Range<usize>, kind: ImageFaultKind) -> ImageFault {
        ImageFault { range, kind }
    }

    /// The faults of the host, which ends at `host_end`. Returns whether it is AWS's: emulators have hosts of the same
    /// form.
    fn host_faults(&self, host_end: usize, faults: &mut Vec<ImageFault>) -> bool {
        let host = self.rest().get(..host_end).unwrap_or("");
        let name_end = host.find(':').unwrap_or(host.len());
        let region_end = host
            .get(self.region_start..name_end)
            .and_then(|tail| tail.find('.'))
            .map_or(name_end, |dot| self.region_start + dot);
        let region = host.get(self.region_start..region_end).unwrap_or("");
        let suffix = host
            .get(region_end..name_end)
            .unwrap_or("")
            .trim_start_matches('.');
        let suffix_at = self.at(name_end - suffix.len(), name_end);
        let partitions = catalog::partitions_of_registry_suffix(suffix);

        let before = faults.len();
        let is_region_missing =
            region.is_empty() || (matches!(region, "amazonaws" | "on") && !suffix.is_empty());
        if is_region_missing {
            let at = self.at(self.region_start, name_end);
            faults.push(self.fault(at, ImageFaultKind::MissingRegion));
        } else if suffix.is_empty() {
            // A hole at the end may hold the suffix.
            if region.contains(HOLE) || !catalog::is_plausible_region(region) {
                return false;
            }
            let at = self.at(self.region_start, region_end);
            faults.push(self.fault(at, ImageFaultKind::MissingSuffix));
        } else if partitions.is_empty() && !suffix.contains(HOLE) {
            let known = catalog::PARTITIONS
                .iter()
                .map(|partition| partition.dns_suffix);
            let Some(nearest) = nearest(suffix, known) else {
                return false;
            };
            faults.push(self.fault(suffix_at, ImageFaultKind::UnknownSuffix { nearest }));
        } else {
            faults.extend(self.region_fault(region, region_end, partitions, suffix_at));
        }
        let account = host.get(..self.account_end).unwrap_or("");
        faults.extend(self.account_fault(account));
        let port = host.get(name_end..).unwrap_or("").trim_start_matches(':');
        let is_port = port.bytes().all(|b| b.is_ascii_digit()) || port.contains(HOLE);
        if !is_port {
            let at = self.at(name_end, host.len());
            faults.push(self.fault(at, ImageFaultKind::TagBeforeRepository));
        }
        if let Some(found) = faults.get_mut(before..) {
            found.sort_by_key(|fault| fault.range.start);
        }
        true
    }

    fn account_fault(&self, account: &str) -> Option<ImageFault> {
        let at = self.at(0, account.len());
        if account.is_empty() {
            return Some(self.fault(at, ImageFaultKind::MissingAccount));
        }
        let is_number = account.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let digits = account.bytes().filter(u8::is_ascii_digit).count();
        // Words are placeholders: an account is only ever digits.
        let is_sound = digits == 12 && account.len() == 12;
        (is_number && !is_sound).then(|| self.fault(at, ImageFaultKind::BadAccount { digits }))
    }

    fn region_fault(
        &self,
        region: &str,
        region_end: usize,
        partitions: &[&str],
        suffix_at: Range<usize>,
    ) -> Option<ImageFault> {
        if region.contains(HOLE) {
            return None;
        }
        match catalog::standing_of_region(region) {
            Standing::Listed(partition) | Standing::Plausible(partition) => {
                let fits = partitions.is_empty() || partitions.contains(&partition.name);
                let expected = partition.dns_suffix;
                (!fits).then(|| self.fault(suffix_at, ImageFaultKind::ForeignSuffix { expected }))
            }
            Standing::Impossible => {
                let nearest = nearest(region, catalog::regions().map(|region| region.name));
                // `region`, `my-region` and `XXX` are placeholders, not mistakes.
                let is_placeholder = region.contains("region")
                    || region
                        .bytes()
                        .any(|b| !b.is_ascii_lowercase() && !b.is_ascii_digit() && b != b'-');
                let at = self.at(self.region_start, region_end);
                let has_digit = region.bytes().any(|b| b.is_ascii_digit());
                let is_meant = nearest.is_some() || (has_digit && region.contains('-'));
                (!is_placeholder && is_meant)
                    .then(|| self.fault(at, ImageFaultKind::UnknownRegion { nearest }))
            }
        }
    }

    /// The faults of what follows the host's slash.
    fn path_faults(&self, from: usize, faults: &mut Vec<ImageFault>) {
        let path = self.rest().get(from..).unwrap_or("");
        let path = path.split('@').next().unwrap_or("");
        let last = path.rfind('/').map_or(0, |slash| slash + 1);
        if let Some(colon) = path.get(..last).and_then(|head| head.find(':')) {
            let at = self.at(from + colon, from + colon + 1);
            faults.push(self.fault(at, ImageFaultKind::ColonInRepository));
            return;
        }
        let colon = path.find(':').unwrap_or(path.len());
        let repository = path.get(..colon).unwrap_or("");
        let tag = path.get(colon..).unwrap_or("").trim_start_matches(':');
        // A hole may hold an `@` and with it a digest's own colon.
        if let Some(second) = tag
            .find(':')
            .filter(|end| !tag.get(..*end).unwrap_or("").contains(HOLE))
        {
            let at = self.at(from + path.len() - tag.len() + second, from + path.len());
            faults.push(self.fault(at, ImageFaultKind::SecondTag));
        }
        if repository.is_empty() {
            let at = self.at(0, from);
            faults.push(self.fault(at, ImageFaultKind::MissingRepository));
            return;
        }
        let mut start = from;
        for component in repository.split('/') {
            faults.extend(self.component_fault(component, start));
            start += component.len() + 1;
        }
    }

    fn component_fault(&self, component: &str, start: usize) -> Option<ImageFault> {
        let at = self.at(start, start + component.len());
        if component.is_empty() {
            let slash = self.at(start.saturating_sub(1), start);
            return Some(self.fault(slash, ImageFaultKind::BadSeparator));
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if component.contains(HOLE) || !component.bytes().all(plain) {
            return None;
        }
        let is_constant =
            component.contains('_') && !component.bytes().any(|b| b.is_ascii_lowercase());
        if component.bytes().any(|b| b.is_ascii_uppercase()) {
            return (!is_constant).then(|| self.fault(at, ImageFaultKind::UpperCase));
        }
        (!is_separated_well(component)).then(|| self.fault(at, ImageFaultKind::BadSeparator))
    }
}

/// Whether a component of lower-case letters, digits and separators follows ECR's grammar for repository names: between
/// letters or digits stands one `.`, one or two `_`, or any number of `-`
/// (<https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>).
fn is_separated_well(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && component
            .split(is_word)
            .filter(|separator| !separator.is_empty())
            .all(|separator| {
                matches!(separator, "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
            })
}

#[cfg(test)]
mod tests;
