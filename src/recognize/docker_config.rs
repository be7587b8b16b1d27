//! Docker's own configuration, `config.json`: where it keeps logins, and which helpers fetch them.
//!
//! <https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties>

use super::placeholders;
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::docker::{DockerConfig, StoredLogin};
use crate::model::origin::Origin;
use crate::source::Spanned;
use crate::tree::Node;

/// Keys under which an entry of `auths` holds a credential.
const CREDENTIALS: &[&str] = &["auth", "password", "identitytoken", "registrytoken"];

/// Whether the document is a configuration of docker's.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    let root = &subject.document.root;
    let is_map = |key: &str| root.get(key).is_some_and(Node::is_map);
    let holds_logins = || {
        root.get("auths").is_some_and(|auths| {
            auths.is_map() && auths.entries().iter().all(|entry| entry.value.is_map())
        })
    };
    is_map("credHelpers")
        || holds_logins()
        || root
            .get("credsStore")
            .is_some_and(|store| store.as_str().is_some())
}

/// The helpers and stored logins.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let entries = |key: &str| root.get(key).map_or(&[][..], Node::entries);
    let text = |node: &Node<'_>| {
        let value = placeholders::of_node(node, placeholders::read)?;
        Some(Spanned::new(value, node.place()))
    };
    let helpers = entries("credHelpers")
        .iter()
        .filter_map(|entry| {
            let registry = Spanned::new(entry.key.value.to_string(), entry.key.loc);
            Some((registry, text(&entry.value)?))
        })
        .collect();
    let auths = entries("auths")
        .iter()
        .map(|entry| StoredLogin {
            registry: Spanned::new(entry.key.value.to_string(), entry.key.loc),
            credential: CREDENTIALS
                .iter()
                .filter_map(|key| entry.value.get(key))
                .find(|value| value.as_str() != Some("") && !value.is_null())
                .map(Node::place),
        })
        .collect();
    let config = DockerConfig {
        origin: Origin::alone(root.loc, path, path),
        helpers,
        store: root.get("credsStore").and_then(text),
        auths,
    };
    Recognized {
        facts: Facts {
            docker_configs: vec![config],
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    fn read(text: &str) -> Option<DockerConfig> {
        let parsed = parse(FileId::NONE, text, Syntax::Json);
        let subject = Subject {
            path: ".docker/config.json",
            text,
            document: parsed.documents.first()?,
        };
        if !recognizes(&subject) {
            return None;
        }
        extract(&subject).facts.docker_configs.pop()
    }

    #[test]
    fn helpers_and_logins_keep_their_places() {
        let text = r#"{"auths": {"a.example": {"auth": "eDp5"}, "b.example": {}},
            "credHelpers": {"c.example": "ecr-login"}, "credsStore": "desktop"}"#;
        let config = read(text).expect("a configuration");
        let (registry, helper) = config.helpers.first().expect("a helper");
        assert_eq!(text.get(registry.loc.span.range()), Some("\"c.example\""));
        assert_eq!(helper.value.as_literal(), Some("ecr-login"));
        assert_eq!(text.get(helper.loc.span.range()), Some("\"ecr-login\""));
        let store = config.store.expect("a store");
        assert_eq!(store.value.as_literal(), Some("desktop"));
        let credentials: Vec<Option<&str>> = config
            .auths
            .iter()
            .map(|login| login.credential.and_then(|loc| text.get(loc.span.range())))
            .collect();
        assert_eq!(credentials, [Some("\"eDp5\""), None]);
    }

    #[test]
    fn other_settings_are_no_configuration_of_dockers() {
        for text in [
            r#"{"auths": ["a"]}"#,
            r#"{"auths": {"a": "b"}}"#,
            r#"{"credHelpers": []}"#,
            r#"{"credsStore": {}}"#,
            "[]",
            "{}",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        for text in [
            r#"{"credsStore": "ecr-login"}"#,
            r#"{"auths": {}}"#,
            r#"{"credHelpers": {}}"#,
        ] {
            assert!(read(text).is_some(), "{text}");
        }
    }
}
