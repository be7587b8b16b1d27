//! AWS's own policies as documents, read like any other.

use super::read_in_force;
use crate::catalog::{self, Managed};
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::origin::Origin;
use crate::model::policy::{Layer, Policy, PolicyDocument};
use crate::model::role::{Attached, ManagedPolicy};
use crate::model::template::Template;
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{Syntax, parse};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of the policy behind an ARN, as [`Managed`].
#[derive(Clone, Debug)]
pub enum ManagedDocument {
    /// Its document. All places in it are in no file.
    Known(Box<PolicyDocument>),
    /// That AWS has such a policy, and no more: whoever it is attached to may hold any right.
    NamedOnly,
    /// Nothing.
    Unknown,
}

/// Looks up the ARN of an AWS managed policy and reads its document.
pub fn managed_policy(arn: &str) -> ManagedDocument {
    match catalog::managed_policy(arn) {
        Managed::Known(text) => {
            let parsed = parse(FileId::NONE, &text, Syntax::Json);
            match parsed.documents.first() {
                Some(document) => ManagedDocument::Known(Box::new(read_in_force(&document.root))),
                None => ManagedDocument::NamedOnly,
            }
        }
        Managed::NamedOnly => ManagedDocument::NamedOnly,
        Managed::Unknown => ManagedDocument::Unknown,
    }
}

/// Adds AWS's own policies that the facts attach, so that linking finds them like any other.
pub fn add_mentioned(facts: &mut Facts) {
    let mut mentioned: Vec<Template> = Vec::new();
    for role in &facts.roles {
        mentioned.extend(role.managed.iter().map(|arn| arn.value.clone()));
        mentioned.extend(role.boundary.iter().map(|arn| arn.value.clone()));
    }
    for attachment in &facts.attachments {
        if let Attached::Managed(arn) | Attached::Boundary(arn) = &attachment.what {
            mentioned.push(arn.value.clone());
        }
    }
    mentioned.sort();
    mentioned.dedup();
    // A snapshot may show them as they are in the account.
    let shown: BTreeSet<&Template> = facts.managed_policies.iter().map(|one| &one.arn).collect();
    mentioned.retain(|arn| !shown.contains(arn));
    let found = mentioned.into_iter().filter_map(of_aws);
    facts.managed_policies.extend(found);
}

/// The policy behind an ARN of AWS's own account; its partition may be a hole.
fn of_aws(text: Template) -> Option<ManagedPolicy> {
    let arn = Arn::of(&text)?;
    if arn.account.as_literal() != Some("aws") {
        return None;
    }
    let partition = arn.partition.as_literal().unwrap_or("aws");
    let path = arn.resource.as_literal()?;
    let document = match managed_policy(&format!("arn:{partition}:iam::aws:{path}")) {
        ManagedDocument::Known(document) => Some(document),
        ManagedDocument::NamedOnly => None,
        ManagedDocument::Unknown => return None,
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(ManagedPolicy {
        origin: Origin::alone(Loc::NOWHERE, name, "AWS"),
        name: Spanned::new(Template::literal(name), Loc::NOWHERE),
        arn: text,
        policy: document.map(|document| {
            Arc::new(Policy {
                document: *document,
                layer: Layer::Identity,
                layer_is_certain: true,
                origin: None,
                endpoint_service: None,
                endpoint_is_gateway: None,
            })
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_policy_is_read_without_fault() {
        for policy in catalog::MANAGED_POLICIES {
            for partition in ["aws", "aws-cn"] {
                let arn = format!(
                    "arn:{partition}:iam::aws:policy/{}{}",
                    policy.path, policy.name
                );
                let ManagedDocument::Known(document) = managed_policy(&arn) else {
                    panic!("{arn}");
                };
                assert!(document.faults.is_empty(), "{arn}: {:?}", document.faults);
                assert!(
                    document.complete && !document.statements.is_empty(),
                    "{arn}"
                );
                for statement in &document.statements {
                    assert!(statement.effect.is_some(), "{arn}");
                    assert!(
                        statement.action.is_some() && statement.resource.is_some(),
                        "{arn}"
                    );
                    assert!(statement.principal.is_none(), "{arn}");
                }
            }
        }
    }
}
