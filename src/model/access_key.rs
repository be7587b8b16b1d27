//! What AWS access keys look like.
//!
//! Only the form is judged: an id and a secret drawn at random are told from placeholders, hashes and the keys of other
//! services. Nothing here prints or keeps a key.

use std::ops::Range;

/// Length of a secret access key.
const SECRET_LENGTH: usize = 40;

/// Fewest different characters of a key that was drawn at random.
const FEWEST_DIFFERENT: usize = 12;

/// Whether a text has the form of an access key id of a user (`AKIA`) or of a session (`ASIA`).
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub fn is_access_key_id(text: &str) -> bool {
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
pub fn is_secret_access_key(text: &str) -> bool {
    if text.len() != SECRET_LENGTH || !text.bytes().all(is_base64) {
        return false;
    }
    let mut different: Vec<u8> = text.bytes().collect();
    different.sort_unstable();
    different.dedup();
    different.len() >= FEWEST_DIFFERENT
        && text.bytes().any(|b| b.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && text.bytes().any(|b| !b.is_ascii_alphabetic())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=')
}

/// Words in a script that say that its keys are not for AWS itself.
const OTHER_ENDPOINTS: &[&str] = &["endpoint", "localstack", "minio", "localhost"];

/// Where a script or file writes a secret access key out: after its name, whatever stands between (`=`, `:`, quotes, a
/// space). Nothing if the text is about another endpoint than AWS's.
pub fn written_secrets(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    if OTHER_ENDPOINTS.iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    ["secret_access_key", "secret-access-key", "secretaccesskey"]
        .iter()
        .flat_map(|name| lower.match_indices(name).map(|(at, name)| at + name.len()))
        .filter_map(|after| value_after(text, after))
        .collect()
}

/// The secret that follows a name which ends at `after`.
fn value_after(text: &str, after: usize) -> Option<Range<usize>> {
    const MOST_BETWEEN: usize = 6;
    let rest = text.as_bytes().get(after..)?;
    let between = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'=' | b':' | b'"' | b'\'' | b'\\' | b'\t'))
        .count();
    let length = rest
        .iter()
        .skip(between)
        .take_while(|byte| is_base64(**byte))
        .count();
    let start = after + between;
    let range = start..start + length;
    let is_secret =
        (1..=MOST_BETWEEN).contains(&between) && is_secret_access_key(text.get(range.clone())?);
    is_secret.then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

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
        assert!(is_secret_access_key(SECRET));
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

    #[test]
    fn a_secret_is_found_after_its_name() {
        for text in [
            format!("docker run -e AWS_SECRET_ACCESS_KEY={SECRET} app"),
            format!("aws_secret_access_key = {SECRET}\n"),
            format!("\"SecretAccessKey\": \"{SECRET}\""),
            format!("aws configure set aws_secret_access_key {SECRET}"),
        ] {
            let found = written_secrets(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(&text[found[0].clone()], SECRET);
        }
        for text in [
            format!("SECRET={SECRET}"),
            format!("AWS_SECRET_ACCESS_KEY={SECRET}more"),
            "AWS_SECRET_ACCESS_KEY=$SECRET".to_string(),
            format!("AWS_SECRET_ACCESS_KEY={SECRET} aws --endpoint-url http://s3.local s3 ls"),
            format!("aws_secret_access_key{SECRET}"),
            "é secret_access_key=".to_string(),
        ] {
            assert!(written_secrets(&text).is_empty(), "{text}");
        }
    }
}
