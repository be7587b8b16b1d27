//! Path patterns of a configuration file: `**/policies/*.json`, `{iam,ecs}/**`.

use globset::{GlobBuilder, GlobMatcher};

/// A compiled path pattern. `*` does not cross `/`, `**` does; a pattern without `/` matches the file name in any folder.
#[derive(Clone, Debug)]
pub struct PathPattern {
    text: String,
    matcher: GlobMatcher,
}

impl PathPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// If it is not a pattern; the text says why.
    pub fn new(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_start_matches("./");
        let anywhere = if trimmed.contains('/') {
            trimmed.trim_start_matches('/').to_string()
        } else {
            format!("**/{trimmed}")
        };
        let whole = match anywhere.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => anywhere,
        };
        let glob = GlobBuilder::new(&whole)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(PathPattern {
            text: text.to_string(),
            matcher: glob.compile_matcher(),
        })
    }

    /// Whether a path, written with `/` and relative to the configuration file's folder, matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path.trim_start_matches("./"))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_people_expect() {
        let matches =
            |pattern: &str, path: &str| PathPattern::new(pattern).expect("pattern").matches(path);
        assert!(matches("*.json", "a/b/c.json"));
        assert!(matches("iam/*.json", "iam/c.json"));
        assert!(!matches("iam/*.json", "iam/deep/c.json"));
        assert!(matches("iam/**", "iam/deep/c.json"));
        assert!(matches("iam/", "iam/deep/c.json"));
        assert!(matches("/iam/c.json", "iam/c.json"));
        assert!(matches("{a,b}.yml", "x/b.yml"));
        assert!(PathPattern::new("a[").is_err());
    }
}
