//! A quoted pattern among the arguments: `'policies/**/*.{json,yml}'`, for shells that do not expand it.
//!
//! The walk is ours and only the matching is the `glob` crate's: its own walk follows loops of links.

use glob::MatchOptions;
use std::path::{Path, PathBuf};

/// A pattern with braces expanded.
pub(super) struct Pattern {
    start: PathBuf,
    alternatives: Vec<glob::Pattern>,
}

/// More alternatives than this are refused.
const MOST_ALTERNATIVES: usize = 1000;

impl Pattern {
    /// Reads a pattern; `None` if the text holds no character that makes it one.
    pub(super) fn new(text: &str) -> Option<Result<Self, String>> {
        text.contains(['*', '?', '[', '{'])
            .then(|| Pattern::read(text))
    }

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches("./");
        let mut alternatives = Vec::new();
        for one in expand(text)? {
            alternatives.push(glob::Pattern::new(&one).map_err(|error| error.msg.to_string())?);
        }
        let fixed: PathBuf = Path::new(text)
            .components()
            .take_while(|component| {
                !component
                    .as_os_str()
                    .to_string_lossy()
                    .contains(['*', '?', '[', '{'])
            })
            .collect();
        Ok(Pattern {
            start: fixed,
            alternatives,
        })
    }

    /// The deepest folder that holds everything the pattern can match.
    pub(super) fn start(&self) -> &Path {
        &self.start
    }

    /// Whether the path, made of [`Pattern::start`] and what a walk found below, matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        self.alternatives
            .iter()
            .any(|one| one.matches_path_with(path, options))
    }
}

/// `a.{b,c}` → `a.b`, `a.c`; braces may nest.
fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    let mut open = vec![text.to_string()];
    while let Some(one) = open.pop() {
        if done.len() + open.len() > MOST_ALTERNATIVES {
            return Err("too many alternatives in braces".to_string());
        }
        match first_braces(&one)? {
            None => done.push(one),
            Some((before, choices, after)) => {
                open.extend(
                    choices
                        .iter()
                        .rev()
                        .map(|choice| format!("{before}{choice}{after}")),
                );
            }
        }
    }
    Ok(done)
}

type Braces<'t> = (&'t str, Vec<&'t str>, &'t str);

fn first_braces(text: &str) -> Result<Option<Braces<'_>>, String> {
    let Some(start) = text.find('{') else {
        return Ok(None);
    };
    let mut depth = 0usize;
    let mut choices = Vec::new();
    let mut choice = start + 1;
    for (at, character) in text.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            '{' => depth += 1,
            ',' if depth == 1 => {
                choices.push(text.get(choice..at).unwrap_or(""));
                choice = at + 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    choices.push(text.get(choice..at).unwrap_or(""));
                    let before = text.get(..start).unwrap_or("");
                    return Ok(Some((before, choices, text.get(at + 1..).unwrap_or(""))));
                }
            }
            _ => {}
        }
    }
    Err("a brace is not closed".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_expanded_and_stars_stop_at_slashes() {
        let pattern = Pattern::new("iam/{a,b/{c,d}}/*.json")
            .expect("a pattern")
            .expect("sound");
        assert_eq!(pattern.start(), Path::new("iam"));
        assert!(pattern.matches(Path::new("iam/a/x.json")));
        assert!(pattern.matches(Path::new("iam/b/d/x.json")));
        assert!(!pattern.matches(Path::new("iam/a/deep/x.json")));
        let deep = Pattern::new("**/*.json")
            .expect("a pattern")
            .expect("sound");
        assert!(deep.matches(Path::new("x.json")) && deep.matches(Path::new("a/.b/x.json")));
        assert!(Pattern::new("plain.json").is_none());
        assert!(Pattern::new("a{b").expect("a pattern").is_err());
        assert!(
            Pattern::new("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")
                .expect("a pattern")
                .is_err()
        );
    }
}
