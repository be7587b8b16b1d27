//! Terraform's resource types and the types of CloudFormation that they are.
//!
//! | table | holds |
//! |---|---|
//! | [`iam`] | roles, users, groups, policies and what attaches them |
//! | [`ecr`] | repositories and settings of the registry |
//! | [`compute`] | what runs images or starts what runs them |
//! | [`network`] | endpoints, subnets, routes, security groups |
//! | [`named`] | resources that matter by their ARN only |
//!
//! Arguments are those of <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>, properties those of
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>.

mod compute;
mod ecr;
mod iam;
mod named;
mod network;

pub(super) use network::ROUTE;

use super::shape::{Field, pascal};

/// A resource type of Terraform.
#[derive(Debug)]
pub(super) struct Row {
    /// Its name in Terraform.
    pub(super) terraform: &'static str,
    /// Its name in CloudFormation; Terraform's where CloudFormation has none.
    pub(super) kind: &'static str,
    /// Arguments that are more than their spelling away from a property.
    pub(super) fields: &'static [Field],
    /// The argument that names it, where Terraform or AWS makes up a name if it is absent. With `_prefix` behind it, it is
    /// the argument for the start of such a name.
    pub(super) name: Option<&'static str>,
    /// What its `id` is.
    pub(super) id: Id,
    /// What stands in its declaration and is a resource of its own in CloudFormation.
    pub(super) parts: Parts,
}

/// What the `id` of a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// Its name.
    Name,
    /// Its ARN.
    Arn,
    /// Something that AWS makes up: `vpce-…`.
    MadeUp,
    /// The value of the argument of this name.
    Argument(&'static str),
    /// Nothing that anything refers to.
    Nothing,
}

/// What stands in one declaration here and otherwise in CloudFormation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// Nothing.
    None,
    /// The routes of a route table, which are resources of their own.
    Routes,
    /// The rules of a security group, each of which may be several.
    Ingress,
    /// A rule by itself, which may be several, and may be of either direction.
    Rule,
    /// The target of a rule of EventBridge, which belongs to the rule.
    Target,
}

impl Row {
    /// A type whose `id` is its name.
    const fn named(terraform: &'static str, kind: &'static str, name: &'static str) -> Row {
        Row {
            terraform,
            kind,
            fields: &[],
            name: Some(name),
            id: Id::Name,
            parts: Parts::None,
        }
    }

    /// A type that nothing refers to.
    const fn nameless(terraform: &'static str, kind: &'static str) -> Row {
        Row {
            terraform,
            kind,
            fields: &[],
            name: None,
            id: Id::Nothing,
            parts: Parts::None,
        }
    }

    /// A type whose `id` AWS makes up.
    const fn numbered(terraform: &'static str, kind: &'static str) -> Row {
        Row {
            id: Id::MadeUp,
            ..Row::nameless(terraform, kind)
        }
    }

    /// With these fields.
    const fn with(mut self, fields: &'static [Field]) -> Row {
        self.fields = fields;
        self
    }

    /// With this `id`.
    const fn id(mut self, id: Id) -> Row {
        self.id = id;
        self
    }

    /// With these parts.
    const fn parts(mut self, parts: Parts) -> Row {
        self.parts = parts;
        self
    }

    /// The property that an argument is.
    pub(super) fn property(&self, argument: &str) -> String {
        match self.field(argument) {
            Some(field) => field.to.to_string(),
            None => pascal(argument),
        }
    }

    /// The field of an argument.
    pub(super) fn field(&self, argument: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.from == argument)
    }
}

/// Every table of types that are lowered.
const TABLES: [&[Row]; 4] = [iam::ROWS, ecr::ROWS, compute::ROWS, network::ROWS];

/// Every row.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|rows| rows.iter())
}

/// The row of a type of which only the attributes matter.
pub(super) fn named(terraform: &str) -> Option<&'static Row> {
    named::ROWS.iter().find(|row| row.terraform == terraform)
}

/// The row of a type that is lowered.
pub(super) fn row(terraform: &str) -> Option<&'static Row> {
    rows().find(|row| row.terraform == terraform)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_stands_once() {
        let mut seen = BTreeSet::new();
        for row in rows().chain(named::ROWS) {
            assert!(seen.insert(row.terraform), "{} twice", row.terraform);
            let is_known =
                row.kind.starts_with("AWS::") || row.kind == row.terraform.trim_end_matches("_v1");
            assert!(is_known, "{}: {}", row.terraform, row.kind);
            let fields: BTreeSet<_> = row.fields.iter().map(|field| field.from).collect();
            assert_eq!(fields.len(), row.fields.len(), "{}", row.terraform);
        }
    }
}
