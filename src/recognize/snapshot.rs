//! Snapshots: what the AWS CLI prints of an account's roles, policies and repositories.
//!
//! A snapshot closes the world for what it contains: the authorization details of an account show every policy of every
//! role. The other calls show one thing each, and many do not say of whom; there the file's name says it
//! (`list-attached-role-policies-app-exec.json`, `app-exec/list-attached-role-policies.json`).
//!
//! | file | does |
//! |---|---|
//! | `snapshot` | finds the outputs of a document, and declares what they show |
//! | [`parts`] | knows the shapes of the outputs |
//! | [`lower`] | gives properties the names that the readers know |
//! | [`encoded`] | decodes the policies that the API gives URL-encoded |
//! | [`owner`] | whose output a file holds, by its name |
//! | [`unite`] | joins the outputs of one account |
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>

mod encoded;
mod lower;
mod owner;
mod parts;
mod unite;

#[cfg(test)]
mod tests;

pub use unite::unite;

use super::resource::{self, Declared};
use super::{Recognized, Subject};
use crate::model::arn::Arn;
use crate::model::origin::{Origin, Scope};
use crate::model::template::Template;
use crate::recognize::iam_policy::value;
use crate::tree::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether the document is the output of a call that tells of roles, policies or repositories.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    !parts::of(&subject.document.root).is_empty()
}

/// Reads every output of the document.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let found = parts::of(&subject.document.root);
    let mut scopes = Scopes::new(subject.path, &found);
    let mut declared = Vec::new();
    for part in &found {
        for one in lower::lower(part, subject.path) {
            declared.push(scopes.declare(one));
        }
    }
    let mut recognized = resource::read(&declared);
    // Nobody can mend the policies that AWS keeps itself.
    recognized.facts.policies.retain(|policy| {
        let account = policy.origin.as_ref().map(|origin| &origin.scope.account);
        account.and_then(Template::as_literal) != Some("aws")
    });
    recognized
}

/// The scopes of a file: one for each account and Region in it.
struct Scopes<'a> {
    path: &'a str,
    /// The account that everything in the file which says one is of.
    account: Option<Template>,
    known: BTreeMap<[Option<Template>; 2], Arc<Scope>>,
}

impl<'a> Scopes<'a> {
    fn new(path: &'a str, parts: &[parts::Part<'_, '_>]) -> Self {
        let mut accounts: Vec<Template> = parts.iter().filter_map(|part| account(part)).collect();
        accounts.retain(|account| account.as_literal() != Some("aws"));
        accounts.sort();
        accounts.dedup();
        Scopes {
            path,
            account: accounts.pop().filter(|_| accounts.is_empty()),
            known: BTreeMap::new(),
        }
    }

    /// The declaration in the scope that it names.
    fn declare<'s>(&mut self, one: lower::Lowered<'s>) -> Declared<'s> {
        let place = one.properties.place();
        Declared {
            id: format!("{}#{}/{}", self.path, one.kind, place.span.start),
            origin: Origin {
                loc: place,
                label: one.label,
                scope: self.scope(one.arn, one.account),
                is_certain: true,
            },
            kind: one.kind.to_string(),
            properties: one.properties,
        }
    }

    fn scope(&mut self, arn: Option<Template>, account: Option<Template>) -> Arc<Scope> {
        let path = self.path;
        let account = account.or_else(|| self.account.clone());
        let key = [arn.as_ref().and_then(deployment), account.clone()];
        let scope = self.known.entry(key).or_insert_with(|| {
            let mut scope = Scope::unknown(path).located(account, None);
            if let Some(arn) = arn.as_ref().and_then(Arn::of) {
                scope = scope.told_by(&arn);
            }
            scope.is_snapshot = true;
            Arc::new(scope)
        });
        Arc::clone(scope)
    }
}

/// What an ARN says of partition, Region and account.
fn deployment(arn: &Template) -> Option<Template> {
    let arn = Arn::of(arn)?;
    let mut text = arn.partition;
    for field in [arn.region, arn.account] {
        text.push_literal(":");
        text.push(&field);
    }
    Some(text)
}

/// The account that a part says it is of.
fn account(part: &parts::Part<'_, '_>) -> Option<Template> {
    let arn = lower::arn(part.node).as_ref().and_then(Arn::of);
    let registry = || part.around.get("registryId").and_then(value::template);
    arn.map(|arn| arn.account)
        .filter(|account| !account.is_empty())
        .or_else(registry)
}

/// A value of an output that names something: a text that is not empty.
fn name<'n>(node: &'n Node<'_>, keys: &[&str]) -> Option<&'n str> {
    node.get_any(keys)
        .and_then(Node::as_str)
        .filter(|name| !name.is_empty())
}
