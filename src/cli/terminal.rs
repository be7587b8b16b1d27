//! What the terminal and the environment say about how to print. Nothing else asks them.

use super::args::When;
use crate::render::Style;
use std::env;
use std::io::IsTerminal;

/// Used where nobody says how wide the output is.
const USUAL_WIDTH: usize = 100;

/// Whether a stream is a terminal, and what the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the output goes to a terminal.
    pub is_terminal: bool,
    /// The terminal's columns, if it says.
    pub columns: Option<usize>,
    /// `NO_COLOR` is set and not empty (<https://no-color.org>).
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and not `0` (<https://bixense.com/clicolors/>).
    pub force_color: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty.
    pub locale: Option<String>,
    /// A variable by which a terminal that shows links makes itself known.
    pub knows_links: bool,
}

impl Surroundings {
    /// What surrounds this process; `is_file` says that the findings go to a file.
    pub fn now(is_file: bool) -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let is_terminal = !is_file && std::io::stdout().is_terminal();
        let said = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let is_recent_vte = variable("VTE_VERSION")
            .and_then(|version| version.parse::<u32>().ok())
            .is_some_and(|version| version >= 5000);
        let program = variable("TERM_PROGRAM").unwrap_or_default();
        Surroundings {
            is_terminal,
            columns: said.or_else(|| if is_terminal { asked() } else { None }),
            no_color: variable("NO_COLOR").is_some(),
            force_color: variable("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            term: variable("TERM"),
            locale: variable("LC_ALL")
                .or_else(|| variable("LC_CTYPE"))
                .or_else(|| variable("LANG")),
            knows_links: is_recent_vte
                || ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"]
                    .contains(&program.as_str())
                || variable("WT_SESSION").is_some()
                || variable("KITTY_WINDOW_ID").is_some(),
        }
    }

    /// Whether to use colour.
    pub fn colour(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Never => false,
            When::Auto if self.no_color => false,
            When::Auto if self.force_color => true,
            When::Auto => self.is_terminal && self.term.as_deref() != Some("dumb"),
        }
    }

    /// How the `full` format may draw.
    pub fn style(&self, when: When) -> Style {
        let colour = self.colour(when);
        Style {
            width: self.columns.unwrap_or(USUAL_WIDTH).clamp(40, 200),
            colour,
            unicode: self.shows_unicode(),
            links: colour && self.is_terminal && self.knows_links,
        }
    }

    /// Whether characters outside ASCII are shown: not on the Linux console, and not where the locale says otherwise.
    fn shows_unicode(&self) -> bool {
        let locale = self.locale.as_deref().map(str::to_ascii_lowercase);
        let is_utf8 =
            locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"));
        is_utf8 && self.term.as_deref() != Some("linux")
    }
}

/// Whether a word on standard error would be seen as it is written.
pub fn errors_are_seen() -> bool {
    std::io::stderr().is_terminal() && env::var("TERM").is_ok_and(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_and_for_those_who_insist() {
        let terminal = Surroundings {
            is_terminal: true,
            ..Surroundings::default()
        };
        let pipe = Surroundings::default();
        assert!(terminal.colour(When::Auto) && !pipe.colour(When::Auto));
        assert!(pipe.colour(When::Always) && !terminal.colour(When::Never));
        let plain = Surroundings {
            no_color: true,
            force_color: true,
            ..terminal.clone()
        };
        assert!(!plain.colour(When::Auto) && plain.colour(When::Always));
        let forced = Surroundings {
            force_color: true,
            ..pipe
        };
        assert!(forced.colour(When::Auto));
        assert!(!forced.style(When::Auto).links);
        let dumb = Surroundings {
            term: Some("dumb".to_string()),
            ..terminal
        };
        assert!(!dumb.colour(When::Auto));
    }

    #[test]
    fn characters_follow_the_locale() {
        let in_locale = |locale: Option<&str>| {
            Surroundings {
                locale: locale.map(str::to_string),
                ..Surroundings::default()
            }
            .style(When::Auto)
            .unicode
        };
        assert!(in_locale(None) && in_locale(Some("de_DE.UTF-8")) && in_locale(Some("C.utf8")));
        assert!(!in_locale(Some("C")) && !in_locale(Some("en_US.ISO-8859-1")));
    }
}
