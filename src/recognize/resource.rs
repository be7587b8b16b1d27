//! Declared resources in one shape, whoever declares them.
//!
//! CloudFormation, Terraform and snapshots of the AWS CLI name the same things alike: a role has a trust policy, a
//! repository a name. Each of these dialects lowers what it reads to [`Declared`] resources with the type names and
//! property names of CloudFormation (what has no twin there keeps a name of its own), and one set of readers, below
//! this file, turns them into facts.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

pub mod attribute;

use super::Recognized;
use crate::model::origin::Origin;
use crate::tree::Node;

pub use attribute::{Attribute, attribute};

/// A resource as some dialect declares it, with everything computed that can be.
#[derive(Clone, Debug)]
pub struct Declared<'s> {
    /// The type's name: `AWS::IAM::Role`. Where only Terraform has such a resource, its name there:
    /// `aws_iam_role_policy_attachment`.
    pub kind: String,
    /// Where and by what name it is declared. The label is what a person would look for: `ExecutionRole`,
    /// `module.api.aws_iam_role.exec`.
    pub origin: Origin,
    /// A name that is unique in the run, for holes of what the cloud makes up: `infra/app.yaml#ExecutionRole`.
    pub id: String,
    /// Its properties, in the spelling of CloudFormation (`AssumeRolePolicyDocument`). Functions are evaluated; what is not
    /// known is [`NodeKind::Unknown`](crate::tree::NodeKind::Unknown) or a hole in a text.
    pub properties: Node<'s>,
}

/// Reads resources as facts.
pub fn read(declared: &[Declared<'_>]) -> Recognized {
    let _ = declared;
    Recognized::default()
}
