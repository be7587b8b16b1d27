//! Path patterns of a configuration file: `**/policies/*.json`, `{iam,ecs}/**`.

use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;

/// A compiled path pattern. `*` does not cross `/`, `**` does; a pattern without `/` matches the file name in any folder.
#[derive(Clone, Debug)]
pub struct PathPattern {
    text: String,
    matcher: GlobMatcher,
    base: Base,
}

/// How paths that are asked about lead to the folder that the pattern is relative to.
#[derive(Clone, Debug, Default)]
struct Base {
    /// Put before relative paths.
    prefix: String,
    /// Taken from absolute ones.
    folder: Option<String>,
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
            base: Base::default(),
        })
    }

    /// The same pattern, relative to `folder`, for paths that are relative to `working_directory` (both absolute). Where
    /// the working directory does not lie below the folder, the pattern is relative to the working directory.
    #[must_use]
    pub fn seen_from(mut self, folder: &Path, working_directory: &Path) -> Self {
        let slashed = |path: &Path| {
            path.to_string_lossy()
                .replace('\\', if cfg!(windows) { "/" } else { "\\" })
        };
        let (base, prefix) = match working_directory.strip_prefix(folder) {
            Ok(below) if below.as_os_str().is_empty() => (folder, String::new()),
            Ok(below) => (folder, format!("{}/", slashed(below))),
            Err(_) => (working_directory, String::new()),
        };
        self.base = Base {
            prefix,
            folder: Some(format!("{}/", slashed(base).trim_end_matches('/'))),
        };
        self
    }

    /// Whether a path, written with `/` as it is shown, matches.
    pub fn matches(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./");
        if Path::new(path).is_absolute() {
            let below = self
                .base
                .folder
                .as_deref()
                .and_then(|folder| path.strip_prefix(folder));
            return self.matcher.is_match(below.unwrap_or(path));
        }
        if self.base.prefix.is_empty() {
            return self.matcher.is_match(path);
        }
        self.matcher.is_match(format!("{}{path}", self.base.prefix))
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

    #[test]
    fn patterns_are_relative_to_their_folder() {
        let pattern = |folder: &str, here: &str| {
            let pattern = PathPattern::new("iam/*.json").expect("pattern");
            pattern.seen_from(Path::new(folder), Path::new(here))
        };
        assert!(pattern("/repo", "/repo").matches("iam/a.json"));
        assert!(pattern("/repo", "/repo/iam").matches("a.json"));
        assert!(!pattern("/repo", "/repo/sub").matches("iam/a.json"));
        assert!(pattern("/repo", "/repo/sub").matches("/repo/iam/a.json"));
        assert!(pattern("/elsewhere", "/repo").matches("iam/a.json"));
    }
}
