//! Declared resources in one shape, whoever declares them.
//!
//! CloudFormation, Terraform and snapshots of the AWS CLI name the same things alike: a role has a trust policy, a
//! repository a name. Each of these dialects lowers what it reads to [`Declared`] resources with the type names and
//! property names of CloudFormation (what has no twin there keeps a name of its own), and one set of readers, below
//! this file, turns them into facts.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>
//!
//! | file | reads |
//! |---|---|
//! | [`attribute`] | what other declarations call a resource |
//! | [`property`] | one property: text, a list, a policy |
//! | [`iam`] | roles, users, groups, policies and what attaches them |
//! | [`ecr`] | repositories and the settings of their registry |
//! | [`block`] | nested objects, lists and switches, in the forms that dialects give them |
//! | [`ecs`] | task definitions, services and what else starts tasks |
//! | [`batch`] | job definitions |
//! | [`compute`] | functions, builds, App Runner services |
//! | [`instances`] | instances, launch templates, node groups; [`user_data`] decodes what they start with, [`start_script`] reads it |
//! | [`eks`] | service accounts and the roles they are given |
//! | [`handover`] | what is passed to stacks and modules that are not in sight |
//! | [`endpoint`] | VPC endpoints and their parts |
//! | [`network`] | VPCs, subnets, routes, security groups |
//! | [`stack`] | stacks whose templates lie elsewhere |

pub mod attribute;
pub mod batch;
mod block;
pub mod compute;
pub mod ecr;
pub mod ecs;
pub mod eks;
pub mod endpoint;
mod handover;
pub mod iam;
pub mod instances;
pub mod network;
pub mod property;
#[cfg(test)]
mod specimen;
pub mod stack;
mod start_script;
mod user_data;

use super::Recognized;
use crate::model::origin::Origin;
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::Node;

pub use attribute::{Attribute, attribute};
pub use ecr::FOUND as FOUND_REPOSITORY;

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

impl Declared<'_> {
    /// What others call it; see [`attribute()`](attribute::attribute).
    pub fn attribute(&self, asked: Attribute) -> Template {
        let shown = format!("<{}>", self.origin.label);
        let property = |name: &str| Some(property::name(self.properties.get(name)?)?.value);
        let scope = &self.origin.scope;
        attribute(&self.kind, asked, &self.id, &shown, scope, &property)
    }

    /// Its ARN.
    pub fn arn(&self) -> Template {
        self.attribute(Attribute::Arn)
    }

    /// Its name, at the place of the property that gives it, else at that of the declaration.
    pub fn name(&self) -> Spanned<Template> {
        let given = attribute::name_property(&self.kind).into_iter();
        let place = given
            .chain(["NamePrefix"])
            .filter_map(|name| self.properties.get(name))
            .find(|node| !node.is_null())
            .map(Node::place);
        Spanned::new(
            self.attribute(Attribute::Name),
            place.unwrap_or(self.origin.loc),
        )
    }

    /// The text of a property; `None` where it is absent, null, a list or a map.
    pub fn text(&self, name: &str) -> Option<Spanned<Template>> {
        self.properties.get(name).and_then(property::text)
    }

    /// The text of the first of these properties that is there, as a name or a setting.
    pub fn any_name(&self, names: &[&str]) -> Option<Spanned<Template>> {
        self.properties.get_any(names).and_then(property::name)
    }

    /// The text of the first of these properties that is there.
    pub fn any_text(&self, names: &[&str]) -> Option<Spanned<Template>> {
        self.properties.get_any(names).and_then(property::text)
    }

    /// Its tags, and whether all were read.
    pub fn tags(&self) -> (Vec<(String, Template)>, bool) {
        let node = self.properties.get("Tags");
        node.map_or((Vec::new(), true), property::tags)
    }

    /// Where properties may hide: the properties as a whole, if they are not known, or a function among them that makes
    /// others (`Fn::Transform`).
    pub fn unread(&self) -> Vec<Loc> {
        let properties = &self.properties;
        if !properties.is_map() && !properties.is_null() {
            return vec![properties.place()];
        }
        let functions = properties
            .entries()
            .iter()
            .filter(|entry| entry.key.value.starts_with("Fn::"));
        functions.map(|entry| entry.key.loc).collect()
    }
}

/// Reads one declaration, whose kind is that of its row.
pub type Reader = fn(&Declared<'_>, &mut Recognized);

/// Kinds of resource and their readers: each file below gives a slice of its own.
pub type Kinds = &'static [(&'static str, Reader)];

/// Everything that is read.
const KINDS: &[Kinds] = &[
    batch::KINDS,
    compute::KINDS,
    ecr::KINDS,
    ecs::KINDS,
    eks::KINDS,
    endpoint::KINDS,
    handover::KINDS,
    iam::KINDS,
    instances::KINDS,
    network::KINDS,
    stack::KINDS,
];

/// Reads resources as facts, in order. Kinds that nobody reads say nothing.
pub fn read(declared: &[Declared<'_>]) -> Recognized {
    let mut recognized = Recognized::default();
    for one in declared {
        if let Some(reader) = reader(&one.kind) {
            reader(one, &mut recognized);
        }
    }
    recognized
}

/// Whether resources of this kind are read.
pub fn is_read(kind: &str) -> bool {
    reader(kind).is_some()
}

/// Every kind that is read.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS
        .iter()
        .flat_map(|kinds| kinds.iter())
        .map(|(kind, _)| *kind)
}

fn reader(kind: &str) -> Option<Reader> {
    KINDS
        .iter()
        .flat_map(|kinds| kinds.iter())
        .find(|(known, _)| *known == kind)
        .map(|(_, reader)| *reader)
}
