//! `accounts`, `regions`, `roles` and `repositories`: what the files of the repository leave unsaid.
//!
//! Read from the tree and not by serde: an account id keeps its leading zeros, and every place is known.

use super::{ConfigError, Reader};
use crate::catalog;
use crate::catalog::nearest::nearest;
use crate::diag::quote;
use crate::lint::owners::{BoundaryNamed, OwnedPolicies, Owners, Written};
use crate::model::arn::Arn;
use crate::model::home::Homes;
use crate::model::role::PrincipalKind;
use crate::model::template::Template;
use crate::source::path_pattern::PathPattern;
use crate::tree::{Entry, Node, NodeKind};

const ACCOUNTS: &str =
    "`accounts` maps path patterns to account ids, such as `'infra/prod/': 111122223333`";
const REGIONS: &str = "`regions` maps path patterns to Regions, such as `'infra/prod/': eu-west-1`";
const ROLES: &str = "`roles` maps names or ARNs to what belongs to them, such as `app-exec: {policies: iam/exec/*.json}`";
const REPOSITORIES: &str = "`repositories` maps names or ARNs to the files with their policies, such as `shop/app: ecr/app.json`";

/// The keys of an entry of `roles`.
const ROLE_KEYS: [&str; 6] = [
    "policies", "attached", "trust", "boundary", "kind", "complete",
];

/// Longest name of a principal
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const LONGEST_NAME: usize = 128;

impl Reader<'_> {
    pub(super) fn homes(&self) -> Result<Homes, ConfigError> {
        let mut homes = Homes::default();
        for entry in self.map("accounts", ACCOUNTS)? {
            let account = scalar(&entry.value).unwrap_or_default();
            if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = match scalar(&entry.value) {
                    Some(text) => format!("{} is no account id: twelve digits", quote(text)),
                    None => ACCOUNTS.to_string(),
                };
                return Err(self.wrong_at(&entry.value, message));
            }
            homes
                .accounts
                .push((self.key_pattern(entry)?, account.to_string()));
        }
        for entry in self.map("regions", REGIONS)? {
            let Some(region) = entry.value.as_str() else {
                return Err(self.wrong_at(&entry.value, REGIONS));
            };
            if !catalog::is_plausible_region(region) {
                let known = catalog::PARTITIONS
                    .iter()
                    .flat_map(|partition| partition.regions)
                    .map(|region| region.name);
                let hint = nearest(region, known)
                    .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let message = format!("there is no Region {}{hint}", quote(region));
                return Err(self.wrong_at(&entry.value, message));
            }
            homes
                .regions
                .push((self.key_pattern(entry)?, region.to_string()));
        }
        Ok(homes)
    }

    pub(super) fn owners(&self) -> Result<Owners, ConfigError> {
        let mut owners = Owners::default();
        for entry in self.map("roles", ROLES)? {
            owners.principals.push(self.principal(entry)?);
        }
        for entry in self.map("repositories", REPOSITORIES)? {
            let name = entry.key.value.as_ref();
            let is_repository = match Arn::of(&Template::literal(name)) {
                Some(arn) => arn.repository().is_some(),
                None => !name.is_empty() && !name.contains(':'),
            };
            if !is_repository {
                let message = format!("{} is no repository: a name or an ARN", quote(name));
                return Err(self.wrong(Some(entry.key.loc.span), message));
            }
            let Some(_) = entry.value.as_str() else {
                return Err(self.wrong_at(&entry.value, REPOSITORIES));
            };
            let name = Written {
                value: name.to_string(),
                span: entry.key.loc.span,
            };
            owners
                .repositories
                .push((name, self.file(&entry.value, REPOSITORIES)?));
        }
        Ok(owners)
    }

    fn principal(&self, entry: &Entry<'_>) -> Result<OwnedPolicies, ConfigError> {
        let kind = self.principal_kind(entry)?;
        let mut owned = OwnedPolicies {
            name: Written {
                value: entry.key.value.to_string(),
                span: entry.key.loc.span,
            },
            kind,
            policies: Vec::new(),
            attached: Vec::new(),
            trust: None,
            boundary: None,
            is_complete: false,
        };
        if !entry.value.is_map() {
            // In short: its policies.
            owned.policies = self.files(&entry.value, ROLES)?;
            return Ok(owned);
        }
        for field in entry.value.entries() {
            let value = &field.value;
            match field.key.value.as_ref() {
                "policies" => {
                    let wanted = "`policies` is a path pattern or a list of them";
                    owned.policies = self.files(value, wanted)?;
                }
                "attached" => {
                    let wanted = "`attached` is the ARN of a managed policy or a list of them";
                    for item in value.one_or_many() {
                        let arn = item.as_str().filter(|text| is_iam_arn(text, "policy/"));
                        let Some(arn) = arn else {
                            return Err(self.wrong_at(item, wanted));
                        };
                        owned.attached.push(Written {
                            value: arn.to_string(),
                            span: item.loc.span,
                        });
                    }
                }
                "trust" => {
                    owned.trust =
                        Some(self.file(value, "`trust` is the file with the trust policy")?);
                }
                "boundary" => owned.boundary = Some(self.boundary(value)?),
                "complete" => {
                    let Some(is_complete) = value.as_bool() else {
                        let wanted = "`complete` is `true` (these are all policies) or `false`";
                        return Err(self.wrong_at(value, wanted));
                    };
                    owned.is_complete = is_complete;
                }
                "kind" => {}
                other => {
                    let hint = match nearest(other, ROLE_KEYS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("known are `{}`", ROLE_KEYS.join("`, `")),
                    };
                    let message = format!("unknown key {}; {hint}", quote(other));
                    return Err(self.wrong(Some(field.key.loc.span), message));
                }
            }
        }
        Ok(owned)
    }

    /// What an entry of `roles` is: as its ARN or its `kind` says, else a role.
    fn principal_kind(&self, entry: &Entry<'_>) -> Result<PrincipalKind, ConfigError> {
        const KINDS: [(&str, PrincipalKind); 3] = [
            ("role", PrincipalKind::Role),
            ("user", PrincipalKind::User),
            ("group", PrincipalKind::Group),
        ];
        let name = entry.key.value.as_ref();
        let of_arn = KINDS
            .iter()
            .find(|(kind, _)| is_iam_arn(name, &format!("{kind}/")));
        let is_name = name.len() <= LONGEST_NAME
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte));
        if of_arn.is_none() && !is_name {
            let message = format!("{} is no name or ARN of a role", quote(name));
            return Err(self.wrong(Some(entry.key.loc.span), message));
        }
        let Some(written) = entry.value.get("kind") else {
            return Ok(of_arn.map_or(PrincipalKind::Role, |(_, kind)| *kind));
        };
        let text = written.as_str().unwrap_or_default();
        let Some((word, kind)) = KINDS.iter().find(|(word, _)| *word == text) else {
            return Err(self.wrong_at(written, "`kind` is `role`, `user` or `group`"));
        };
        match of_arn {
            Some((other, _)) if other != word => {
                let message = format!("{} is the ARN of a {other}", quote(name));
                Err(self.wrong_at(written, message))
            }
            _ => Ok(*kind),
        }
    }

    fn boundary(&self, node: &Node<'_>) -> Result<Written<BoundaryNamed>, ConfigError> {
        const WANTED: &str =
            "`boundary` is the ARN of a managed policy, or the file with the boundary";
        let value = match node.as_str() {
            Some(text) if is_iam_arn(text, "policy/") => BoundaryNamed::Arn(text.to_string()),
            Some(text) if text.starts_with("arn:") => return Err(self.wrong_at(node, WANTED)),
            _ => BoundaryNamed::File(self.file(node, WANTED)?.value),
        };
        Ok(Written {
            value,
            span: node.loc.span,
        })
    }

    fn files(
        &self,
        node: &Node<'_>,
        wanted: &str,
    ) -> Result<Vec<Written<PathPattern>>, ConfigError> {
        node.one_or_many()
            .iter()
            .map(|item| self.file(item, wanted))
            .collect()
    }

    fn file(&self, node: &Node<'_>, wanted: &str) -> Result<Written<PathPattern>, ConfigError> {
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else {
            return Err(self.wrong_at(node, wanted));
        };
        Ok(Written {
            value: self.pattern(text, Some(node.loc.span))?,
            span: node.loc.span,
        })
    }

    /// The entries of a key that holds a map.
    fn map(&self, key: &str, wanted: &str) -> Result<&[Entry<'_>], ConfigError> {
        match self.root.and_then(|root| root.get(key)) {
            Some(node) if !node.is_map() && !node.is_null() => Err(self.wrong_at(node, wanted)),
            Some(node) => Ok(node.entries()),
            None => Ok(&[]),
        }
    }

    fn key_pattern(&self, entry: &Entry<'_>) -> Result<PathPattern, ConfigError> {
        self.pattern(&entry.key.value, Some(entry.key.loc.span))
    }

    fn wrong_at(&self, node: &Node<'_>, message: impl Into<String>) -> ConfigError {
        self.wrong(Some(node.place().span), message)
    }
}

/// Text, or a number as it is written.
fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.kind {
        NodeKind::Number(digits) => Some(digits),
        _ => node.as_str(),
    }
}

fn is_iam_arn(text: &str, kind: &str) -> bool {
    let Some(arn) = Arn::of(&Template::literal(text)) else {
        return false;
    };
    let resource = arn.resource.as_literal().unwrap_or_default();
    arn.service.as_literal() == Some("iam") && resource.starts_with(kind)
}
