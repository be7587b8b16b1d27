//! Architectures of processors, in each of the spellings that tools and services have for them.

use super::template::Template;
use crate::source::Spanned;
use std::fmt;

/// The architecture of a machine or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// `linux/amd64`, `X86_64`.
    Amd64,
    /// `linux/arm64`, `ARM64`.
    Arm64,
    /// Any other.
    Other,
}

impl Architecture {
    /// Reads a name: `X86_64` of ECS, `x86_64` of Lambda, `amd64` of Kubernetes and docker, `aarch64`.
    pub fn of_name(name: &str) -> Architecture {
        match name.to_ascii_lowercase().as_str() {
            "amd64" | "x86_64" | "x86-64" => Architecture::Amd64,
            "arm64" | "aarch64" => Architecture::Arm64,
            _ => Architecture::Other,
        }
    }

    /// Reads a platform of docker's: `linux/arm64/v8`, `linux/amd64`, also the architecture alone
    /// (<https://docs.docker.com/build/building/multi-platform/>). `None` for another system than Linux.
    pub fn of_platform(platform: &str) -> Option<Architecture> {
        let mut parts = platform.trim().split('/');
        let first = parts.next().unwrap_or("");
        match (first.to_ascii_lowercase().as_str(), parts.next()) {
            ("linux", Some(architecture)) => Some(Architecture::of_name(architecture)),
            ("linux", None) | (_, Some(_)) => None,
            (name, None) => Some(Architecture::of_name(name)),
        }
    }
}

/// As docker has it.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Architecture::Amd64 => "linux/amd64",
            Architecture::Arm64 => "linux/arm64",
            Architecture::Other => "another platform",
        })
    }
}

/// What platforms a build makes its image for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildPlatform {
    /// That of the machine, as far as that is known.
    Machine(Option<Architecture>),
    /// Those that it is given, by an option or by the environment.
    Given(Vec<Spanned<Template>>),
    /// Something that is not read decides.
    Unknown,
}

impl BuildPlatform {
    /// The same with every text in it changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> BuildPlatform {
        match self {
            BuildPlatform::Given(platforms) => BuildPlatform::Given(
                platforms
                    .iter()
                    .map(|one| Spanned::new(change(&one.value), one.loc))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// The architectures that its image surely is for; `None` where that is not known.
    pub fn architectures(&self) -> Option<Vec<Architecture>> {
        match self {
            BuildPlatform::Machine(machine) => machine.map(|one| vec![one]),
            BuildPlatform::Given(platforms) => platforms
                .iter()
                .map(|one| Architecture::of_platform(one.value.as_literal()?))
                .collect(),
            BuildPlatform::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Loc;

    #[test]
    fn one_architecture_has_many_names() {
        use Architecture::{Amd64, Arm64, Other};
        for (platform, expected) in [
            ("linux/amd64", Some(Amd64)),
            ("linux/x86_64", Some(Amd64)),
            ("amd64", Some(Amd64)),
            ("linux/arm64", Some(Arm64)),
            ("linux/arm64/v8", Some(Arm64)),
            ("linux/aarch64", Some(Arm64)),
            ("arm64", Some(Arm64)),
            ("linux/arm/v7", Some(Other)),
            ("windows/amd64", None),
            ("linux", None),
        ] {
            assert_eq!(Architecture::of_platform(platform), expected, "{platform}");
        }
        assert_eq!(Architecture::of_name("X86_64"), Amd64);
        assert_eq!(Architecture::of_name("ARM64"), Arm64);
    }

    #[test]
    fn a_platform_that_is_not_known_leaves_all_open() {
        let given = |texts: &[Template]| {
            let platforms = texts
                .iter()
                .map(|text| Spanned::new(text.clone(), Loc::NOWHERE));
            BuildPlatform::Given(platforms.collect()).architectures()
        };
        let arm = Template::literal("linux/arm64");
        assert_eq!(
            given(std::slice::from_ref(&arm)),
            Some(vec![Architecture::Arm64])
        );
        assert_eq!(given(&[arm, Template::hole("x", "$X")]), None);
        assert_eq!(BuildPlatform::Machine(None).architectures(), None);
        assert_eq!(BuildPlatform::Unknown.architectures(), None);
    }
}
