//! The nearest name: what somebody who misspelt one most likely meant.
//!
//! The only file that knows `strsim`.

/// The candidate that is closest to `name`, if one is close enough to be what was meant. Letter case does not count. Of
/// candidates that are equally close the first one wins, so the answer is the same in every run.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = name.to_lowercase();
    let mut best: Option<(usize, &'c str)> = None;
    for candidate in candidates {
        let other = candidate.to_lowercase();
        let distance = strsim::damerau_levenshtein(&wanted, &other);
        let is_close = distance <= farthest(wanted.chars().count()) || is_part_of(&wanted, &other);
        if is_close && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The most edits after which a name of this length may still mean the other.
fn farthest(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=9 => 1,
        10..=11 => 2,
        _ => 3 + (length - 12) / 6,
    }
}

/// Whether one name is a long part of the other: `GetAuthorization` of `GetAuthorizationToken`.
fn is_part_of(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short.len() >= 8 && short.len() * 3 >= long.len() * 2 && long.contains(short)
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use crate::catalog;

    #[test]
    fn close_names_are_found_and_distant_ones_are_not() {
        let actions = || catalog::actions_of("ecr").iter().map(|action| action.name);
        for (written, meant) in [
            (
                "BatchGetDownloadUrlForLayer",
                Some("GetDownloadUrlForLayer"),
            ),
            ("GetAuthorizationTokens", Some("GetAuthorizationToken")),
            ("GetAuthorization", Some("GetAuthorizationToken")),
            ("InitateLayerUpload", Some("InitiateLayerUpload")),
            ("putimages", Some("PutImage")),
            (
                "BatchCheckLayerAvailibility",
                Some("BatchCheckLayerAvailability"),
            ),
            ("Push", None),
            ("PullImage", None), // nearer to `PutImage` than a slip of the keys explains
            ("FrobnicateEverything", None),
        ] {
            assert_eq!(nearest(written, actions()), meant, "{written}");
        }
    }

    #[test]
    fn swapped_letters_count_once_and_ties_go_to_the_first() {
        assert_eq!(
            nearest("su-east-1", ["us-west-1", "us-east-1"]),
            Some("us-east-1")
        );
        assert_eq!(
            nearest("us-aast-1", ["us-east-1", "us-wast-1"]),
            Some("us-east-1")
        );
        assert_eq!(nearest("ab", ["abc"]), None);
    }
}
