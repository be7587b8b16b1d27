//! AWS's own policies as documents, read like any other.

use super::read_in_force;
use crate::catalog::{self, Managed};
use crate::model::policy::PolicyDocument;
use crate::source::FileId;
use crate::tree::{Syntax, parse};

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
