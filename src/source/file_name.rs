//! Names of files that tell what is in them without an ending.

/// Endings of files beside a Dockerfile that carry its name: `Dockerfile.md`, `dockerfile-build.yml`.
const OTHERS: &[&str] = &[
    ".dockerignore",
    ".containerignore",
    ".json",
    ".yaml",
    ".yml",
    ".md",
    ".rst",
    ".html",
    ".sh",
    ".bash",
    ".py",
    ".js",
    ".ts",
    ".go",
    ".rb",
    ".rs",
    ".java",
    ".php",
    ".lock",
    ".log",
    ".sum",
    ".svg",
    ".png",
];

/// Whether a file of this name is a Dockerfile, as far as the name tells: `Dockerfile`, `Dockerfile.web`,
/// `web.Dockerfile`, `Containerfile`.
pub fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_named = ["dockerfile", "containerfile"].iter().any(|word| {
        let has_more = |rest: &str| rest.is_empty() || rest.starts_with(['.', '-', '_']);
        lower.strip_prefix(word).is_some_and(has_more)
            || lower
                .strip_suffix(word)
                .is_some_and(|rest| rest.ends_with(['.', '-', '_']))
    });
    is_named && !OTHERS.iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_known_by_name() {
        for name in [
            "Dockerfile",
            "dockerfile",
            "Dockerfile.web",
            "Dockerfile-web",
            "web.Dockerfile",
            "web.dockerfile",
            "Containerfile",
            "Dockerfile.j2",
        ] {
            assert!(is_dockerfile(name), "{name}");
        }
        for name in [
            "Dockerfile.md",
            "Dockerfile.dockerignore",
            "dockerfiles",
            "dockerfile-lint.yml",
            "mydockerfile",
            "docker-compose.yml",
        ] {
            assert!(!is_dockerfile(name), "{name}");
        }
    }
}
