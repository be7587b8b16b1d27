//! Does this pattern reach that text, all of that pattern, any of it?
//!
//! Actions: whole, in any letter case
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>). Resources: whole, case
//! counts (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).

use super::Answer;
use super::automaton::{self, Holes, is_common, is_included};
use super::pattern::{Pattern, Reading};
use crate::catalog;
use crate::model::template::{Piece, Template};
use std::sync::OnceLock;

/// Whether the glob `pattern` (`*` any text, `?` one character) matches the whole of `text`.
///
/// Greedy, with one place to come back to: no recursion, no allocation, at worst `pattern` times `text` steps.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut rest) = (pattern.chars(), text.chars());
    // Where to go on after the last star, and the text it has not swallowed yet.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = wanted.clone();
        let mut left = rest.clone();
        match (ahead.next(), left.next()) {
            (Some('*'), _) => {
                retry = Some((ahead.clone(), rest.clone()));
                wanted = ahead;
                continue;
            }
            (None, None) => return true,
            (Some(p), Some(c)) if p == '?' || p == c => {
                (wanted, rest) = (ahead, left);
                continue;
            }
            _ => {}
        }
        let Some((after_star, unswallowed)) = &mut retry else {
            return false;
        };
        if unswallowed.next().is_none() {
            return false;
        }
        (wanted, rest) = (after_star.clone(), unswallowed.clone());
    }
}

/// Whether an entry of `Action` that holds a hole reaches the action, given in lower case.
pub(super) fn open_action_matches(entry: &Template, action: &str) -> Answer {
    let pattern = Pattern::of_action(entry);
    let asked = Pattern::of_text(action);
    Question {
        patterns: &[&pattern],
        asked: &asked,
        within: None,
    }
    .covers()
}

/// Whether the patterns together reach everything that `requested` can stand for.
pub fn covers_together(patterns: &[&Template], requested: &Template) -> Answer {
    let entries: Vec<_> = patterns.iter().map(|one| Entry::new(one)).collect();
    Asked::pattern(requested).covered_by(&entries.iter().collect::<Vec<_>>())
}

/// A `Resource` entry. Its pattern is prepared when it is first compared with another.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) template: Template,
    /// In the order of [`READINGS`].
    patterns: OnceLock<Box<[Pattern; 3]>>,
}

const READINGS: [Reading; 3] = [Reading::Narrow, Reading::Wide, Reading::Completed];

impl Entry {
    pub(super) fn new(template: &Template) -> Entry {
        Entry {
            template: template.clone(),
            patterns: OnceLock::new(),
        }
    }

    fn patterns(&self) -> &[Pattern; 3] {
        self.patterns.get_or_init(|| {
            Box::new(READINGS.map(|reading| Pattern::of_resource(&self.template, reading)))
        })
    }

    /// Whether the text before the first wildcard or variable, or before the first hole that the other does not have too,
    /// rules out that both reach the same resource.
    fn starts_apart(&self, other: &Template) -> bool {
        let mut pairs = self.template.pieces().iter().zip(other.pieces());
        let differing = pairs.find(|(one, other)| {
            one != other || matches!(one, Piece::Literal(text) if plain_start(text) != text)
        });
        let Some((Piece::Literal(one), Piece::Literal(other))) = differing else {
            return false;
        };
        let (one, other) = (plain_start(one), plain_start(other));
        !one.starts_with(other) && !other.starts_with(one)
    }
}

fn plain_start(text: &str) -> &str {
    text.find(['*', '?', '$'])
        .and_then(|end| text.get(..end))
        .unwrap_or(text)
}

/// The resources that a question is about.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    asked: Pattern,
    /// What no request goes beyond: the ARN templates of the resources that the action acts on.
    within: Vec<Pattern>,
    /// As written, unless it is one text.
    template: Option<Template>,
}

impl Asked {
    /// All that a `Resource` entry can stand for.
    pub(super) fn pattern(requested: &Template) -> Asked {
        Asked {
            asked: Pattern::of_resource(requested, Reading::Narrow),
            within: Vec::new(),
            template: Some(requested.clone()),
        }
    }

    /// This text, in which `*` is a character.
    pub(super) fn text(text: &str) -> Asked {
        Asked {
            asked: Pattern::of_text(text),
            within: Vec::new(),
            template: None,
        }
    }

    /// All that a `Resource` entry can stand for in a request for the action: what is not an ARN of a kind that it acts on
    /// is left out, unless nothing would be left. So `*` means every repository to `ecr:PutImage`.
    pub(super) fn of_action(action: &str, requested: &Template) -> Asked {
        let mut asked = Asked::pattern(requested);
        let known = catalog::qualified_action(action).filter(|_| !asked.asked.has_hole());
        let Some(known) = known else { return asked };
        let kinds: Vec<_> = known
            .resources
            .iter()
            .filter_map(|used| catalog::resource_type(known.service, used.name))
            .map(|kind| Pattern::of_arn_template(kind.arn))
            .collect();
        let all: Vec<&Pattern> = kinds.iter().collect();
        let is_inside = !asked.asked.is_everything()
            && is_included(&[&asked.asked], &all, Holes::AsLetters) == Some(true);
        if !is_inside {
            asked.within = kinds
                .into_iter()
                .filter(|kind| {
                    asked.asked.is_everything() || is_common(&[&asked.asked, kind]) == Some(true)
                })
                .collect();
        }
        asked
    }

    /// Whether the entries together reach all of it.
    pub(super) fn covered_by(&self, entries: &[&Entry]) -> Answer {
        if entries
            .iter()
            .any(|entry| self.template.as_ref() == Some(&entry.template))
        {
            return Answer::Yes;
        }
        agreed(|reading| {
            let patterns: Vec<_> = entries
                .iter()
                .filter(|entry| !self.is_apart(entry))
                .filter_map(|entry| entry.patterns().get(reading))
                .collect();
            if patterns.iter().any(|pattern| pattern.is_everything()) {
                return Answer::Yes;
            }
            self.each(|within| {
                Question {
                    patterns: &patterns,
                    asked: &self.asked,
                    within,
                }
                .covers()
            })
            .fold(Answer::Yes, Answer::and)
        })
    }

    /// Whether the entry reaches any of it.
    pub(super) fn touched_by(&self, entry: &Entry) -> Answer {
        if self.is_apart(entry) {
            return Answer::No;
        }
        agreed(|reading| {
            let pattern: Vec<_> = entry.patterns().get(reading).into_iter().collect();
            self.each(|within| {
                Question {
                    patterns: &pattern,
                    asked: &self.asked,
                    within,
                }
                .overlaps()
            })
            .fold(Answer::No, Answer::or)
        })
    }

    /// Whether nobody can say in bounded time if the entries together reach all of it.
    pub(super) fn is_too_complex(&self, entries: &[&Entry]) -> bool {
        let patterns: Vec<_> = entries
            .iter()
            .filter_map(|entry| entry.patterns().first())
            .collect();
        automaton::is_too_complex(&self.asked, &patterns)
    }

    /// Whether it is clear at first sight that the entry reaches none of it.
    fn is_apart(&self, entry: &Entry) -> bool {
        self.template
            .as_ref()
            .is_some_and(|template| entry.starts_apart(template))
    }

    fn each<'a, T>(&'a self, ask: impl Fn(Option<&'a Pattern>) -> T) -> impl Iterator<Item = T> {
        let unlimited = self.within.is_empty().then_some(None);
        self.within.iter().map(Some).chain(unlimited).map(ask)
    }
}

/// What all readings agree on. A wider reading never reaches less, so only a `No` of the narrow one needs a second look.
fn agreed(read: impl Fn(usize) -> Answer) -> Answer {
    let narrow = read(0);
    if narrow == Answer::No && [1, 2].map(read) != [Answer::No; 2] {
        return Answer::Maybe;
    }
    narrow
}

/// Patterns, what is asked of them, and what limits it.
struct Question<'a> {
    patterns: &'a [&'a Pattern],
    asked: &'a Pattern,
    within: Option<&'a Pattern>,
}

impl Question<'_> {
    fn covers(&self) -> Answer {
        let left: Vec<_> = std::iter::once(self.asked).chain(self.within).collect();
        let right: Vec<_> = self.candidates().collect();
        if right.is_empty() {
            return Answer::No;
        }
        match is_included(&left, &right, Holes::AsLetters) {
            None => Answer::Maybe,
            Some(true) => Answer::Yes,
            Some(false) if !self.has_holes() => Answer::No,
            Some(false) => match is_included(&left, &right, Holes::AsWished) {
                Some(false) => Answer::No,
                Some(true) | None => Answer::Maybe,
            },
        }
    }

    fn overlaps(&self) -> Answer {
        self.candidates()
            .map(|pattern| self.meets(pattern))
            .fold(Answer::No, Answer::or)
    }

    /// The patterns that are not ruled out at first sight.
    fn candidates(&self) -> impl Iterator<Item = &Pattern> {
        self.patterns
            .iter()
            .copied()
            .filter(|pattern| !pattern.starts_apart(self.asked))
    }

    fn meets(&self, pattern: &Pattern) -> Answer {
        let common = |pattern: &Pattern, asked: &Pattern| {
            let all: Vec<_> = [pattern, asked].into_iter().chain(self.within).collect();
            is_common(&all)
        };
        match common(pattern, self.asked) {
            None => Answer::Maybe,
            Some(true) => Answer::Yes,
            Some(false) if !self.has_holes() => Answer::No,
            Some(false) => {
                let wide = pattern.with_holes_as_wildcards();
                match common(&wide, &self.asked.with_holes_as_wildcards()) {
                    Some(false) => Answer::No,
                    Some(true) | None => Answer::Maybe,
                }
            }
        }
    }

    fn has_holes(&self) -> bool {
        self.asked.has_hole() || self.patterns.iter().any(|pattern| pattern.has_hole())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn covers(pattern: &Template, requested: &Template) -> Answer {
        covers_together(&[pattern], requested)
    }

    fn overlaps(one: &Template, other: &Template) -> Answer {
        Asked::pattern(other).touched_by(&Entry::new(one))
    }

    /// `<x>` in a test's text is a hole named `x`.
    fn template(text: &str) -> Template {
        let mut out = Template::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, tail) = after.split_once('>').expect("a closed hole");
            out.push_literal(before);
            out.push_hole(name, format!("<{name}>"));
            rest = tail;
        }
        out.push_literal(rest);
        out
    }

    #[test]
    fn globs() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("*", "", true),
            ("**", "abc", true),
            ("?", "", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*Layer*", "UploadLayerPart", true),
            ("Get*", "BatchGetImage", false),
            ("a?c", "aéc", true),
            ("*a*b*c", "xaybzc", true),
        ] {
            assert_eq!(glob_matches(pattern, text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn one_resource() {
        let app = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
        for (pattern, answer) in [
            ("*", Answer::Yes),
            (app, Answer::Yes),
            ("arn:aws:ecr:*:*:repository/*", Answer::Yes),
            (
                "arn:aws:ecr:eu-west-1:123456789012:repository/team/*",
                Answer::Yes,
            ),
            (
                "arn:aws:ecr:eu-west-?:123456789012:repository/*/app",
                Answer::Yes,
            ),
            (
                "arn:aws:ecr:eu-*:123456789012:repository/team/app",
                Answer::Yes,
            ),
            // A star that ends its segment may cross colons.
            ("arn:aws:ecr:*:repository/team/app", Answer::Yes),
            ("arn:aws:ecr:eu-west-1:*", Answer::Yes),
            ("arn:aws:ecr:*", Answer::Yes),
            ("arn:*", Answer::Yes),
            // A star inside a segment would have to: not documented.
            ("arn:aws:ecr:*/app", Answer::Maybe),
            ("arn:aws:ecr:e*2:repository/team/app", Answer::Maybe),
            // Too short: not documented.
            ("arn:aws:ecr", Answer::Maybe),
            ("arn:aws:s3", Answer::No),
            (
                "arn:aws:ecr:eu-west-1:123456789012:repository/team",
                Answer::No,
            ),
            (
                "arn:aws:ecr:eu-west-1:123456789012:repository/Team/app",
                Answer::No,
            ),
            (
                "arn:aws:ecr:us-east-1:123456789012:repository/team/app",
                Answer::No,
            ),
            (
                "arn:aws:ecr:eu-west-1:999999999999:repository/*",
                Answer::No,
            ),
            (
                "arn:aws:ecr:<region>:123456789012:repository/team/app",
                Answer::Maybe,
            ),
            (
                "arn:aws:ecr:<region>:999999999999:repository/team/app",
                Answer::No,
            ),
            (
                "arn:aws:ecr:eu-west-1:123456789012:repository/${aws:PrincipalTag/team}/*",
                Answer::Maybe,
            ),
            ("<repository>", Answer::Maybe),
            ("<repository>/app", Answer::Maybe),
            ("<repository>/other", Answer::No),
            ("repository/team/app", Answer::No),
        ] {
            assert_eq!(covers(&template(pattern), &app.into()), answer, "{pattern}");
            assert_eq!(
                overlaps(&template(pattern), &app.into()),
                answer,
                "{pattern}"
            );
        }
    }

    #[test]
    fn many_resources() {
        for (pattern, requested, covered, touched) in [
            ("a*", "ab*", Answer::Yes, Answer::Yes),
            ("ab*", "a*", Answer::No, Answer::Yes),
            ("ab*", "ac*", Answer::No, Answer::No),
            ("a?*", "a*?", Answer::Yes, Answer::Yes),
            ("*a*", "*a?*", Answer::Yes, Answer::Yes),
            ("*a*b*", "*b*a*", Answer::No, Answer::Yes),
            ("${*}", "x", Answer::No, Answer::No),
            ("<x>", "<x>", Answer::Yes, Answer::Yes),
            ("a<x>c", "a<x>c", Answer::Yes, Answer::Yes),
            ("a*c", "a<x>c", Answer::Yes, Answer::Yes),
            ("a<x>", "a<y>", Answer::Maybe, Answer::Maybe),
            ("a<x>", "b<x>", Answer::No, Answer::No),
            ("a<x>", "a*", Answer::Maybe, Answer::Yes),
            ("ab<x>", "a*", Answer::No, Answer::Yes),
            ("abc", "a<x>", Answer::Maybe, Answer::Maybe),
            ("bcd", "a<x>", Answer::No, Answer::No),
        ] {
            let (pattern, requested) = (template(pattern), template(requested));
            assert_eq!(
                covers(&pattern, &requested),
                covered,
                "{pattern} covers {requested}"
            );
            assert_eq!(
                overlaps(&pattern, &requested),
                touched,
                "{pattern} overlaps {requested}"
            );
        }
    }

    #[test]
    fn a_union_is_judged_as_one() {
        let (short, long) = (template("a"), template("a?*"));
        assert_eq!(
            covers_together(&[&short, &long], &template("a*")),
            Answer::Yes
        );
        assert_eq!(covers_together(&[&long], &template("a*")), Answer::No);
        let (a, b) = (template("team-a*"), template("team-b*"));
        assert_eq!(covers_together(&[&a, &b], &template("team-*")), Answer::No);
        assert_eq!(covers_together(&[], &template("a")), Answer::No);
    }

    /// Says what a glob matches in the plainest way, and slowly.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), tail) => {
                naive(rest, text) || tail.is_some_and(|(_, shorter)| naive(pattern, shorter))
            }
            (Some((p, rest)), Some((c, tail))) => (*p == '?' || p == c) && naive(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_glob_matches_as_its_definition_says(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let slow = naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            prop_assert_eq!(glob_matches(&pattern, &text), slow);
            prop_assert_eq!(covers(&pattern.as_str().into(), &text.as_str().into()), Answer::from(slow));
        }

        #[test]
        fn what_covers_a_pattern_covers_all_it_matches(
            pattern in "[ab*?]{0,6}", requested in "[ab*?]{0,6}", text in "[abc]{0,6}"
        ) {
            let covered = covers(&pattern.as_str().into(), &requested.as_str().into());
            let touched = overlaps(&pattern.as_str().into(), &requested.as_str().into());
            let (in_pattern, in_requested) = (glob_matches(&pattern, &text), glob_matches(&requested, &text));
            if covered == Answer::Yes && in_requested {
                prop_assert!(in_pattern);
            }
            if in_requested && in_pattern {
                prop_assert_eq!(touched, Answer::Yes);
            }
        }

        #[test]
        fn more_patterns_never_cover_less(
            one in "[ab*?]{0,6}", more in "[ab*?]{0,6}", requested in "[ab*?]{0,6}"
        ) {
            let (one, more, requested) = (Template::from(one), Template::from(more), Template::from(requested));
            let alone = covers_together(&[&one], &requested);
            prop_assert!(covers_together(&[&one, &more], &requested) >= alone);
            let mut wider = one.clone();
            wider.push_literal("*");
            prop_assert!(covers(&wider, &requested) >= alone || !glob_matches(&wider.to_string(), &one.to_string()));
        }

        #[test]
        fn filling_a_hole_never_contradicts_the_answer(
            before in "[ab*]{0,3}", after in "[ab*]{0,3}", requested in "[ab*]{0,5}", value in "[ab]{0,3}"
        ) {
            let mut open = Template::literal(before.as_str());
            open.push_hole("x", "<x>");
            open.push_literal(&after);
            let closed = Template::literal(format!("{before}{value}{after}"));
            let requested = Template::literal(requested);
            let (unknown, known) = (covers(&open, &requested), covers(&closed, &requested));
            prop_assert!(unknown == Answer::Maybe || unknown == known);
            let (unknown, known) = (overlaps(&open, &requested), overlaps(&closed, &requested));
            prop_assert!(unknown == Answer::Maybe || unknown == known);
        }
    }
}
