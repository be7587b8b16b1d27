//! What other declarations call a resource: its ARN, its name, its URI, as far as the declaration tells them.
//!
//! CloudFormation's `Ref` and `GetAtt` and Terraform's references ask here, so that a role ARN that one template computes
//! equals the one that another spells out. Every ARN is built from the account and Region of the resource's scope, known
//! or not.

mod shapes;

use crate::model::origin::Scope;
use crate::model::template::{Piece, Template};
use shapes::{Named, SHAPES, Shape};

/// What is asked of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Its ARN.
    Arn,
    /// Its name.
    Name,
    /// Its id, where that is neither (`sg-…`).
    Id,
    /// A repository's URI, a queue's URL, a bucket's domain name.
    Uri,
}

/// The attribute of a resource of this kind (`AWS::ECR::Repository`).
///
/// `id` is unique in the run and names the hole for what the cloud makes up; `text` is how the reference is shown.
/// `property` gives the value of a property by its CloudFormation name, `None` where it is absent; `NamePrefix`, which only
/// Terraform has, is asked for too. Returns a hole where the declaration does not tell.
///
/// - A resource that AWS names has a name hole called `id`, and that hole stands in its ARN too: two references to one
///   resource are equal, whichever attribute they ask for.
/// - Of a kind that is not known, [`Attribute::Arn`] is a hole called `id#arn` and everything else one called `id`, so that
///   no two different values of one resource are taken for equal.
/// - A log group's ARN ends in `:*`, as CloudFormation's `GetAtt` gives it.
pub fn attribute(
    kind: &str,
    attribute: Attribute,
    id: &str,
    text: &str,
    scope: &Scope,
    property: &dyn Fn(&str) -> Option<Template>,
) -> Template {
    let shape = SHAPES.iter().find(|shape| shape.kind == kind);
    let pattern = shape.and_then(|shape| match attribute {
        Attribute::Arn => Some(shape.arn),
        Attribute::Uri => shape.uri,
        Attribute::Name | Attribute::Id => Some("${Name}"),
    });
    match (shape, pattern) {
        (Some(shape), Some(pattern)) => Filler {
            shape,
            id,
            text,
            scope,
            property,
        }
        .fill(pattern),
        _ => unknown(attribute, id, text),
    }
}

/// The property that names resources of this kind: `RoleName`.
pub fn name_property(kind: &str) -> Option<&'static str> {
    SHAPES
        .iter()
        .find(|shape| shape.kind == kind)
        .map(|shape| shape.named.property)
}

/// The hole of an attribute of which nothing is known.
fn unknown(attribute: Attribute, id: &str, text: &str) -> Template {
    match attribute {
        Attribute::Arn => Template::hole(format!("{id}#arn"), text),
        Attribute::Uri => Template::hole(format!("{id}#uri"), text),
        Attribute::Name | Attribute::Id => Template::hole(id, text),
    }
}

/// Fills a pattern in with what one resource says.
struct Filler<'a> {
    shape: &'static Shape,
    id: &'a str,
    text: &'a str,
    scope: &'a Scope,
    property: &'a dyn Fn(&str) -> Option<Template>,
}

impl Filler<'_> {
    fn fill(&self, pattern: &str) -> Template {
        let mut out = Template::default();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_literal(before);
            let (field, tail) = after.split_once('}').unwrap_or((after, ""));
            self.push(field, &mut out);
            rest = tail;
        }
        out.push_literal(rest);
        out
    }

    fn push(&self, field: &str, out: &mut Template) {
        match field {
            "Partition" => out.push(&self.scope.known_partition()),
            "Region" => out.push(&self.scope.region),
            "Account" => out.push(&self.scope.account),
            "Suffix" => out.push_literal(self.scope.url_suffix()),
            "Name" => out.push(&self.name()),
            "Slash" => self.push_slash(out),
            // Roles, users and their like: `/` unless they say otherwise.
            "Path" => match (self.property)("Path") {
                Some(path) => out.push(&path),
                None => out.push_literal("/"),
            },
            "Cluster" => match (self.property)("Cluster") {
                Some(cluster) => out.push(&after_last_slash(&cluster)),
                None => out.push_literal("default"),
            },
            // Something that the cloud adds.
            added => {
                let name = added.to_ascii_lowercase();
                out.push_hole(format!("{}#{name}", self.id), format!("<{name}>"));
            }
        }
    }

    fn name(&self) -> Template {
        let Named { property, cut } = self.shape.named;
        let made_up = || Template::hole(self.id, self.text);
        let Some(written) = (self.property)(property) else {
            return match (self.property)("NamePrefix") {
                Some(mut prefix) => {
                    prefix.push(&made_up());
                    prefix
                }
                None => made_up(),
            };
        };
        match cut.and_then(|cut| written.split_once_str(cut)) {
            Some((before, after)) if before.is_empty() => after,
            _ => written,
        }
    }

    /// The slash of `parameter/name`, which a name that starts with one brings along. Of a name that starts with something
    /// unknown, whether it does is unknown too.
    fn push_slash(&self, out: &mut Template) {
        let name = self.name();
        match name.pieces().first() {
            Some(Piece::Literal(text)) if text.starts_with('/') => {}
            Some(Piece::Hole(hole)) if hole.name != self.id => {
                out.push_hole(format!("{}#slash", self.id), "");
            }
            _ => out.push_literal("/"),
        }
    }
}

/// The name in `name` or `arn:…:cluster/name`.
fn after_last_slash(text: &Template) -> Template {
    text.rsplit_once('/')
        .map_or_else(|| text.clone(), |(_, name)| name)
}

#[cfg(test)]
mod tests;
