//! IAM policy documents: one model for every layer and every syntax.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use super::origin::Origin;
use super::template::Template;
use crate::source::{Loc, Spanned};

/// Which question a policy answers. AWS's own names for policy types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Attached to a user, group or role.
    Identity,
    /// Permissions boundary.
    Boundary,
    /// Session policy.
    Session,
    /// Service control policy.
    ServiceControl,
    /// Resource control policy.
    ResourceControl,
    /// Role trust policy.
    Trust,
    /// ECR repository policy.
    Repository,
    /// ECR registry policy.
    Registry,
    /// VPC endpoint policy.
    Endpoint,
    /// The policy of another kind of resource (a bucket, a key, a queue): nothing on the image path.
    OtherResource,
}

impl Layer {
    /// The layer's name in prose.
    pub fn noun(self) -> &'static str {
        match self {
            Layer::Identity => "identity policy",
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
            Layer::ServiceControl => "service control policy",
            Layer::ResourceControl => "resource control policy",
            Layer::Trust => "trust policy",
            Layer::Repository => "repository policy",
            Layer::Registry => "registry policy",
            Layer::Endpoint => "VPC endpoint policy",
            Layer::OtherResource => "resource policy",
        }
    }

    /// Whether statements of this layer name principals.
    pub fn takes_principal(self) -> bool {
        matches!(
            self,
            Layer::Trust
                | Layer::Repository
                | Layer::Registry
                | Layer::Endpoint
                | Layer::ResourceControl
                | Layer::OtherResource
        )
    }
}

/// One policy document and what is known about its place in the world.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The document.
    pub document: PolicyDocument,
    /// Its layer.
    pub layer: Layer,
    /// Whether the document or its wrapper says so; `false` where the layer was inferred from hints such as the
    /// file name, and a rule must not build on it alone.
    pub layer_is_certain: bool,
    /// What declares it, where that is more than the document: a role, a repository, an endpoint.
    pub origin: Option<Origin>,
    /// For an endpoint policy whose endpoint is in sight: the service name, such as `com.amazonaws.eu-west-1.s3`.
    pub endpoint_service: Option<Spanned<Template>>,
    /// For an endpoint policy: whether the endpoint is a gateway endpoint, if known.
    pub endpoint_is_gateway: Option<bool>,
}

impl Policy {
    /// An identity policy that allows everything and stands nowhere.
    #[must_use]
    pub fn allowing_everything() -> Policy {
        let nowhere = Loc::NOWHERE;
        let star = || Element {
            key: nowhere,
            loc: nowhere,
            negated: false,
            values: vec![Spanned::new(Template::literal("*"), nowhere)],
            complete: true,
        };
        Policy {
            document: PolicyDocument {
                loc: nowhere,
                version: None,
                id: None,
                statements: vec![Statement {
                    loc: nowhere,
                    sid: None,
                    effect: Some(Spanned::new(Effect::Allow, nowhere)),
                    principal: None,
                    action: Some(star()),
                    resource: Some(star()),
                    conditions: Vec::new(),
                    conditions_are_read: true,
                    condition_loc: None,
                }],
                faults: Vec::new(),
                complete: true,
                size: None,
            },
            layer: Layer::Identity,
            layer_is_certain: true,
            origin: None,
            endpoint_service: None,
            endpoint_is_gateway: None,
        }
    }
}

/// A policy document as written.
#[derive(Clone, Debug)]
pub struct PolicyDocument {
    /// The whole document.
    pub loc: Loc,
    /// `Version`.
    pub version: Option<Spanned<Template>>,
    /// `Id`.
    pub id: Option<Spanned<Template>>,
    /// The statements that could be read.
    pub statements: Vec<Statement>,
    /// What the grammar forbids and the model cannot show otherwise.
    pub faults: Vec<Fault>,
    /// Whether every statement was read; `false` where a statement or the list itself is known at deploy time only.
    pub complete: bool,
    /// The document's size in characters: all of them, and those that are not white space (the two ways AWS counts);
    /// `None` where holes make it unknown, and of a document that was not read to be linted.
    pub size: Option<Size>,
}

/// How long a policy document is, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Every character.
    pub all: usize,
    /// Without white space, as IAM counts.
    pub without_white_space: usize,
}

/// `Allow` or `Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses; wins over every grant.
    Deny,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The whole statement.
    pub loc: Loc,
    /// `Sid`.
    pub sid: Option<Spanned<Template>>,
    /// `Effect`; `None` where it is absent, misspelt (then there is a fault) or unknown.
    pub effect: Option<Spanned<Effect>>,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<Principal>,
    /// `Action` or `NotAction`.
    pub action: Option<Element>,
    /// `Resource` or `NotResource`.
    pub resource: Option<Element>,
    /// `Condition`, flattened: one entry an operator and key.
    pub conditions: Vec<Condition>,
    /// Whether every condition was read; `false` where the element, an operator or a key is known at deploy time only.
    pub conditions_are_read: bool,
    /// The place of the `Condition` value, if there is one that says something: an empty map does not.
    pub condition_loc: Option<Loc>,
}

impl Statement {
    /// Whether the effect is `Allow`.
    pub fn allows(&self) -> bool {
        self.effect
            .as_ref()
            .is_some_and(|effect| effect.value == Effect::Allow)
    }

    /// Whether the effect is `Deny`.
    pub fn denies(&self) -> bool {
        self.effect
            .as_ref()
            .is_some_and(|effect| effect.value == Effect::Deny)
    }
}

/// `Action`, `NotAction`, `Resource` or `NotResource` with its values.
#[derive(Clone, Debug)]
pub struct Element {
    /// The place of the key.
    pub key: Loc,
    /// The place of the value: the string or the whole list.
    pub loc: Loc,
    /// Whether it is the `Not…` form.
    pub negated: bool,
    /// The values, in order.
    pub values: Vec<Spanned<Template>>,
    /// Whether every value was read; `false` where the list itself is known at deploy time only.
    pub complete: bool,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The place of the key.
    pub key: Loc,
    /// The place of the value.
    pub loc: Loc,
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Where a bare `"*"` stands, if the value is that.
    pub everyone: Option<Loc>,
    /// The entries of the map form.
    pub entries: Vec<PrincipalEntry>,
    /// Whether every principal was read; `false` where the value or one of its lists is known at deploy time only.
    pub complete: bool,
}

/// One principal of the map form.
#[derive(Clone, Debug)]
pub struct PrincipalEntry {
    /// `AWS`, `Service`, `Federated` or `CanonicalUser`.
    pub kind: Spanned<String>,
    /// The principal.
    pub value: Spanned<Template>,
}

/// One condition: an operator, a key and its values.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The key and its values.
    pub loc: Loc,
    /// The operator as written, such as `ForAnyValue:StringLike`.
    pub operator: Spanned<String>,
    /// The condition key as written.
    pub key: Spanned<String>,
    /// The values.
    pub values: Vec<Spanned<Template>>,
}

/// What the policy grammar forbids, seen while the document was read.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub loc: Loc,
    /// What.
    pub kind: FaultKind,
}

/// Kinds of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no `Statement`.
    MissingStatement,
    /// An element that the grammar does not know.
    UnknownElement {
        /// As written.
        name: String,
    },
    /// The same key twice in one map.
    DuplicateKey {
        /// As written.
        name: String,
        /// Where it stood first.
        first: Loc,
    },
    /// A value of the wrong type.
    WrongType {
        /// The element.
        element: String,
        /// What the grammar wants, in prose: `a string or a list of strings`.
        expected: &'static str,
    },
    /// A statement without `Effect`.
    MissingEffect,
    /// An `Effect` that is neither `Allow` nor `Deny`.
    BadEffect {
        /// As written.
        value: String,
    },
    /// Both forms of an element in one statement.
    BothForms {
        /// `Action`, `Resource` or `Principal`.
        element: &'static str,
    },
}
