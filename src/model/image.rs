//! Image references and ECR registries.
//!
//! One reader of image names for every dialect, so that two rules never disagree on what an image's registry is. It
//! follows docker's own grammar (<https://pkg.go.dev/github.com/distribution/reference>): the first component is a
//! host if it holds a `.` or a `:` or is `localhost`, else the image is Docker Hub's.
//!
//! Host forms of ECR: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>.

mod fault;

pub use fault::{ImageFault, ImageFaultKind, faults, host_faults};

use super::template::Template;
use std::fmt;

/// Where an image lives and what it is called. Built by [`ImageRef::parse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// The registry.
    pub registry: Registry,
    /// The repository, without host, tag and digest.
    pub repository: Template,
    /// The tag, if there is one.
    pub tag: Option<Template>,
    /// The digest with its algorithm, if there is one.
    pub digest: Option<Template>,
}

/// The registry of an image or a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registry {
    /// A private ECR registry.
    Ecr(EcrRegistry),
    /// ECR Public (`public.ecr.aws`).
    EcrPublic,
    /// Docker Hub, named or by default.
    DockerHub,
    /// Some other registry; its host.
    Other(String),
    /// A host that only deploy time knows.
    Unknown(Template),
}

/// A private ECR registry; parts may be holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcrRegistry {
    /// The account id.
    pub account: Template,
    /// The Region.
    pub region: Template,
    /// The DNS suffix, such as `amazonaws.com`; empty where the host ends with its Region.
    pub dns_suffix: Template,
    /// Which of the account's hosts it is. Docker stores a login under the host as it was spelt, so a login to one form
    /// does not serve another.
    pub form: HostForm,
}

/// The hosts that ECR gives one registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostForm {
    /// `{account}.dkr.ecr.{region}.amazonaws.com`.
    Standard,
    /// `{account}.dkr.ecr-fips.{region}.amazonaws.com`.
    Fips,
    /// `{account}.dkr-ecr.{region}.on.aws`.
    DualStack,
    /// `{account}.dkr-ecr-fips.{region}.on.aws`.
    DualStackFips,
}

impl HostForm {
    /// Every form.
    const ALL: [HostForm; 4] = [
        HostForm::Standard,
        HostForm::Fips,
        HostForm::DualStack,
        HostForm::DualStackFips,
    ];

    /// What stands between the account and the Region, with its dots.
    fn infix(self) -> &'static str {
        match self {
            HostForm::Standard => ".dkr.ecr.",
            HostForm::Fips => ".dkr.ecr-fips.",
            HostForm::DualStack => ".dkr-ecr.",
            HostForm::DualStackFips => ".dkr-ecr-fips.",
        }
    }

    /// Whether the host answers on IPv4 and IPv6, under a DNS suffix of its own.
    pub fn is_dual_stack(self) -> bool {
        matches!(self, HostForm::DualStack | HostForm::DualStackFips)
    }
}

impl ImageRef {
    /// Reads an image name; `None` for an empty one. A scheme in front (`https://`) is read over: what was meant is clear,
    /// and [`faults`] reports it.
    pub fn parse(text: &Template) -> Option<ImageRef> {
        let text = without_scheme(&text.trimmed());
        if text.is_empty() {
            return None;
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((head, path)) if is_host(&head) => (Registry::of_host(&head), path),
            Some(_) => (Registry::DockerHub, name),
            None => match Registry::of_host(&name) {
                Registry::Ecr(registry) => (Registry::Ecr(registry), Template::default()),
                _ if is_open_ended(&name) => {
                    let (host, _) = split_tag(&name);
                    (Registry::Unknown(host), name)
                }
                _ => (Registry::DockerHub, name),
            },
        };
        let (repository, tag) = split_tag(&path);
        Some(ImageRef {
            registry,
            repository,
            tag,
            digest,
        })
    }

    /// Whether it lies in a private ECR registry.
    pub fn is_private_ecr(&self) -> bool {
        self.registry.is_private_ecr()
    }

    /// Its private ECR registry.
    pub fn ecr(&self) -> Option<&EcrRegistry> {
        self.registry.ecr()
    }
}

/// Whether two names surely mean one image: `app` is `app:latest`.
pub fn is_same_image(one: &Template, other: &Template) -> bool {
    let parse = |text: &Template| {
        let mut image = ImageRef::parse(text)?;
        if image.tag.is_none() && image.digest.is_none() {
            image.tag = Some(Template::literal("latest"));
        }
        Some(image)
    };
    one == other || parse(one).is_some_and(|one| parse(other) == Some(one))
}

/// The canonical name: with the host, also Docker Hub's.
impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl Registry {
    /// Reads the host of a login. As docker does, it allows a scheme in front and a path behind; nothing at all is Docker
    /// Hub.
    pub fn parse_host(text: &Template) -> Registry {
        let text = without_scheme(&text.trimmed());
        match text.split_once('/') {
            Some((host, _)) => Registry::of_host(&host),
            None => Registry::of_host(&text),
        }
    }

    fn of_host(host: &Template) -> Registry {
        if let Some(registry) = EcrRegistry::of_host(host) {
            return Registry::Ecr(registry);
        }
        let Some(host) = host.as_literal() else {
            return Registry::Unknown(host.clone());
        };
        match host {
            "public.ecr.aws" | "ecr-public.aws.com" => Registry::EcrPublic,
            ""
            | "docker.io"
            | "index.docker.io"
            | "registry-1.docker.io"
            | "registry.hub.docker.com" => Registry::DockerHub,
            other => Registry::Other(other.to_string()),
        }
    }

    /// Whether it is a private ECR registry.
    pub fn is_private_ecr(&self) -> bool {
        matches!(self, Registry::Ecr(_))
    }

    /// The private ECR registry, if it is one.
    pub fn ecr(&self) -> Option<&EcrRegistry> {
        match self {
            Registry::Ecr(registry) => Some(registry),
            _ => None,
        }
    }
}

/// The host.
impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Registry::Ecr(registry) => registry.fmt(f),
            Registry::EcrPublic => f.write_str("public.ecr.aws"),
            Registry::DockerHub => f.write_str("docker.io"),
            Registry::Other(host) => f.write_str(host),
            Registry::Unknown(host) => host.fmt(f),
        }
    }
}

impl EcrRegistry {
    /// Reads a host; `None` if its literal text does not show that it is a private ECR registry.
    fn of_host(host: &Template) -> Option<EcrRegistry> {
        let (form, account, rest) = HostForm::ALL.into_iter().find_map(|form| {
            let cut = host.split_once_str(form.infix());
            // The account is missing: still clearly an ECR host.
            let headless = || {
                let bare = form.infix().trim_start_matches('.');
                let (before, rest) = host.split_once_str(bare)?;
                before.is_empty().then_some((before, rest))
            };
            cut.or_else(headless)
                .map(|(account, rest)| (form, account, rest))
        })?;
        // A port, or a tag that went astray, is no part of the suffix.
        let rest = rest.split_once(':').map_or(rest, |(host, _)| host);
        let (region, dns_suffix) = rest.split_once('.').unwrap_or((rest, Template::default()));
        Some(EcrRegistry {
            account,
            region,
            dns_suffix,
            form,
        })
    }

    /// The account id, where it is known.
    pub fn account_literal(&self) -> Option<&str> {
        self.account
            .as_literal()
            .filter(|account| !account.is_empty())
    }

    /// The Region, where it is known.
    pub fn region_literal(&self) -> Option<&str> {
        self.region.as_literal().filter(|region| !region.is_empty())
    }
}

/// The host.
impl fmt::Display for EcrRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let infix = self.form.infix();
        let infix = if self.account.is_empty() {
            infix.trim_start_matches('.')
        } else {
            infix
        };
        write!(f, "{}{infix}{}", self.account, self.region)?;
        if !self.dns_suffix.is_empty() {
            write!(f, ".{}", self.dns_suffix)?;
        }
        Ok(())
    }
}

/// `text` without `https://` or `http://` in front.
fn without_scheme(text: &Template) -> Template {
    match text.split_once_str("://") {
        Some((scheme, rest)) if matches!(scheme.as_literal(), Some("https" | "http")) => rest,
        _ => text.clone(),
    }
}

/// Whether the first component of an image name is a host, or may be one.
fn is_host(head: &Template) -> bool {
    head.as_literal()
        .is_none_or(|text| text.contains(['.', ':']) || text == "localhost")
}

/// Whether a name without a known `/` may still hold a host: a hole before any tag.
fn is_open_ended(name: &Template) -> bool {
    !name.is_known() && !name.prefix().contains(':')
}

/// Splits a tag off: what follows the last `:`, unless a `/` follows that.
fn split_tag(path: &Template) -> (Template, Option<Template>) {
    match path.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains("/") => (repository, Some(tag)),
        _ => (path.clone(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `<name>` becomes a hole.
    fn template(text: &str) -> Template {
        let mut template = Template::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, tail) = after.split_once('>').expect("a closed hole");
            template.push_literal(before);
            template.push_hole(name, format!("<{name}>"));
            rest = tail;
        }
        template.push_literal(rest);
        template
    }

    fn describe(text: &str) -> String {
        let Some(image) = ImageRef::parse(&template(text)) else {
            return "nothing".to_string();
        };
        let registry = match &image.registry {
            Registry::Ecr(ecr) => format!(
                "ecr({} {} {} {:?})",
                ecr.account, ecr.region, ecr.dns_suffix, ecr.form
            ),
            Registry::EcrPublic => "public".to_string(),
            Registry::DockerHub => "hub".to_string(),
            Registry::Other(host) => format!("other({host})"),
            Registry::Unknown(host) => format!("unknown({host})"),
        };
        let part =
            |part: &Option<Template>| part.as_ref().map_or("-".to_string(), Template::to_string);
        format!(
            "{registry} {} {} {}",
            image.repository,
            part(&image.tag),
            part(&image.digest)
        )
    }

    #[test]
    fn reads_images_as_docker_does() {
        let table = [
            ("nginx", "hub nginx - -"),
            ("nginx:1.27", "hub nginx 1.27 -"),
            ("team/app:v1", "hub team/app v1 -"),
            ("docker.io/library/nginx", "hub library/nginx - -"),
            ("localhost/app", "other(localhost) app - -"),
            ("localhost:5000/app", "other(localhost:5000) app - -"),
            (
                "ghcr.io/o/app:1@sha256:abc",
                "other(ghcr.io) o/app 1 sha256:abc",
            ),
            ("public.ecr.aws/nginx/nginx:1", "public nginx/nginx 1 -"),
            ("", "nothing"),
            ("  ", "nothing"),
            ("<IMAGE>", "unknown(<IMAGE>) <IMAGE> - -"),
            ("<IMAGE>:<TAG>", "unknown(<IMAGE>) <IMAGE> <TAG> -"),
            ("<REG>/team/app:<TAG>", "unknown(<REG>) team/app <TAG> -"),
            ("app:<TAG>", "hub app <TAG> -"),
            ("team/<IMAGE>", "hub team/<IMAGE> - -"),
            ("reg.<DOMAIN>/app", "unknown(reg.<DOMAIN>) app - -"),
        ];
        for (text, expected) in table {
            assert_eq!(describe(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_every_host_of_ecr() {
        let table = [
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1",
                "ecr(123456789012 eu-west-1 amazonaws.com Standard) team/app v1 -",
            ),
            (
                "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
                "ecr(123456789012 us-gov-west-1 amazonaws.com Fips) app - -",
            ),
            (
                "123456789012.dkr-ecr.eu-west-1.on.aws/app",
                "ecr(123456789012 eu-west-1 on.aws DualStack) app - -",
            ),
            (
                "123456789012.dkr-ecr-fips.us-east-1.on.aws/app",
                "ecr(123456789012 us-east-1 on.aws DualStackFips) app - -",
            ),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app@sha256:0f",
                "ecr(123456789012 cn-north-1 amazonaws.com.cn Standard) app - sha256:0f",
            ),
            (
                "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/app",
                "ecr(123456789012 eusc-de-east-1 amazonaws.eu Standard) app - -",
            ),
            (
                "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/app",
                "ecr(123456789012 us-iso-east-1 c2s.ic.gov Standard) app - -",
            ),
            (
                "<ACCOUNT>.dkr.ecr.<REGION>.amazonaws.com/<REPO>:<TAG>",
                "ecr(<ACCOUNT> <REGION> amazonaws.com Standard) <REPO> <TAG> -",
            ),
            (
                "<ACCOUNT>.dkr.ecr.<HOST>/app",
                "ecr(<ACCOUNT> <HOST>  Standard) app - -",
            ),
            (
                "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
                "ecr(123456789012 eu-west-1 amazonaws.com Standard) app - -",
            ),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                "ecr(123456789012 eu-west-1 amazonaws.com Standard)  - -",
            ),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com:v1/app",
                "ecr(123456789012 eu-west-1 amazonaws.com Standard) app - -",
            ),
            (
                "dkr.ecr.eu-west-1.amazonaws.com/app",
                "ecr( eu-west-1 amazonaws.com Standard) app - -",
            ),
            ("my.dkr.ecr/app", "other(my.dkr.ecr) app - -"),
        ];
        for (text, expected) in table {
            assert_eq!(describe(text), expected, "{text}");
        }
    }

    #[test]
    fn a_login_host_may_carry_a_scheme_and_a_path() {
        for text in [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        ] {
            let registry = Registry::parse_host(&template(text));
            assert_eq!(
                registry.to_string(),
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                "{text}"
            );
            assert!(registry.is_private_ecr());
        }
        assert_eq!(Registry::parse_host(&template("")), Registry::DockerHub);
        assert_eq!(
            Registry::parse_host(&template("https://index.docker.io/v1/")),
            Registry::DockerHub
        );
        assert_eq!(
            Registry::parse_host(&template("<REGISTRY>")),
            Registry::Unknown(template("<REGISTRY>"))
        );
    }

    #[test]
    fn shows_an_image_as_it_was_read() {
        for text in [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1",
            "<ACCOUNT>.dkr-ecr.<REGION>.on.aws/app@sha256:0f",
            "public.ecr.aws/nginx/nginx:1",
            "<REG>/app:<TAG>",
        ] {
            let image = ImageRef::parse(&template(text)).expect("an image");
            assert_eq!(image.to_string(), text);
        }
    }
}
