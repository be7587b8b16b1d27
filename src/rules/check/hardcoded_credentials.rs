//! ECR511: a secret access key written in the file. No message of this check may hold any part of a key.

use super::key_sets::{KeySet, key_sets};
use super::pipeline_reading::known;
use crate::diag::Diagnostic;
use crate::rules::Context;
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<Loc> = BTreeSet::new();
    for set in key_sets(cx) {
        let Some(secret) = written_secret(&set) else {
            continue;
        };
        // A script sees the keys of its `env:` block: the same place twice.
        if !seen.insert(secret) {
            continue;
        }
        let mut finding = cx
            .diagnostic(secret, "an AWS secret access key is written in the file")
            .label("everybody who can read the repository has it")
            .identity(place_of(&set));
        if let Some(id) = set.id.filter(|id| known(id).is_some()) {
            finding = finding.related(id.loc, "with its access key id");
        }
        if let Some(token) = set.token.filter(|token| known(token).is_some()) {
            finding = finding.related(token.loc, "and its session token");
        }
        out.push(finding);
    }
}

/// The place of a secret access key that is written out.
fn written_secret(set: &KeySet<'_>) -> Option<Loc> {
    let secret = known(set.secret?)?;
    // An id that no AWS key can have: a stand-in, or another service.
    let is_foreign = set
        .id
        .and_then(known)
        .is_some_and(|id| !is_access_key_id(&id.value));
    let is_real = is_secret_access_key(&secret.value) && !is_foreign && !set.may_not_be_aws();
    is_real.then_some(secret.loc)
}

/// What tells this finding from others of the file without naming the key.
fn place_of(set: &KeySet<'_>) -> String {
    let job = set.job.map_or("", |job| job.id.value.as_str());
    let step = set.job.zip(set.step).and_then(|(job, step)| {
        job.steps
            .iter()
            .position(|other| other.loc == step.loc)
            .map(|at| at.to_string())
    });
    format!("{job} {}", step.unwrap_or_default())
}

/// Whether a text has the form of an access key id of a user (`AKIA`) or of a session (`ASIA`).
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub(super) fn is_access_key_id(text: &str) -> bool {
    let rest = text
        .strip_prefix("AKIA")
        .or_else(|| text.strip_prefix("ASIA"));
    rest.is_some_and(|rest| {
        (12..=124).contains(&rest.len())
            && rest
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    })
}

/// Whether a text has the form of a secret access key: 40 characters of the Base64 alphabet that look drawn at random.
/// A hash in hexadecimal, a run of `x` and the like do not.
fn is_secret_access_key(text: &str) -> bool {
    const LENGTH: usize = 40;
    const FEWEST_DIFFERENT: usize = 12;
    let is_alphabet = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '+' | '='));
    if text.len() != LENGTH || !is_alphabet {
        return false;
    }
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() >= FEWEST_DIFFERENT
        && text.chars().any(|c| c.is_ascii_uppercase())
        && text.chars().any(|c| c.is_ascii_lowercase())
        && text.chars().any(|c| !c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_documentation_count_and_placeholders_do_not() {
        assert!(is_access_key_id("AKIAIOSFODNN7EXAMPLE"));
        assert!(is_access_key_id("ASIAIOSFODNN7EXAMPLE"));
        for other in [
            "test",
            "AKIA",
            "AKIAxxxxxxxxxxxxxxxx",
            "GK31c2f218a2e44f485b94239e",
            "minioadmin",
        ] {
            assert!(!is_access_key_id(other), "{other}");
        }
        assert!(is_secret_access_key(
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        ));
        for other in [
            "test",
            "minioadmin",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "YOUR_SECRET_ACCESS_KEY_GOES_HERE_PLEASE_",
            "yourSecretAccessKeyGoesHereAndNotThisOne",
        ] {
            assert!(!is_secret_access_key(other), "{other}");
        }
    }
}
