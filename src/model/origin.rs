//! Where a fact was declared: its place, what people call it, and the account and Region it is deployed to.

use super::arn::Arn;
use super::template::Template;
use crate::catalog;
use crate::source::{Loc, Spanned};
use std::sync::Arc;

/// The partition of nearly every account.
const USUAL_PARTITION: &str = "aws";

/// What a file contains that is meant for other partitions: their names, and how their Regions begin.
const OTHER_PARTITIONS: [&str; 5] = ["aws-cn", "aws-us-gov", "aws-iso", "cn-north", "us-gov-"];

/// What a declaration stands in: a template, an instance of a Terraform module, a snapshot of an account.
///
/// All facts of one deployment share a scope, so that the account they are deployed to is one value, known or not. A
/// template with conditions is read once for each way they can fall, as several scopes that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How it is shown: the template's path, the module's folder and address.
    pub label: String,
    /// The account; a hole that belongs to this deployment where it is not known.
    pub account: Template,
    /// The Region; a hole where it is not known.
    pub region: Template,
    /// Whether the Region is only the default of an input: the next deployment may give another one.
    pub region_is_default: bool,
    /// The partition, such as `aws`. Where nothing in sight says otherwise this is `aws`, even if the Region is not known:
    /// people write `arn:aws:…` in one file and `${AWS::Partition}` in the next and mean the same. A file that speaks of
    /// other partitions gives a hole; see [`Scope::read_beside`].
    pub partition: Template,
    /// What is taken to hold in this reading of the file; empty where there is only one.
    pub assuming: Vec<Assumption>,
    /// Whether everything that exists in this account is in sight, by kind of fact: a snapshot closes the world.
    pub is_snapshot: bool,
}

/// A condition of a template and how it is taken to fall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The condition's name.
    pub condition: Spanned<String>,
    /// Whether it is taken to be met.
    pub holds: bool,
}

impl Scope {
    /// A scope of which nothing is known: the holes are named after `label`, which must be unique in the run. The partition
    /// is taken to be `aws`.
    pub fn unknown(label: &str) -> Scope {
        let hole = |what: &str| Template::hole(format!("{label}#{what}"), format!("<{what}>"));
        Scope {
            label: label.to_string(),
            account: hole("account"),
            region: hole("region"),
            region_is_default: false,
            partition: Template::literal(USUAL_PARTITION),
            assuming: Vec::new(),
            is_snapshot: false,
        }
    }

    /// The same scope in this account and Region, as far as they are given. A known Region tells the partition.
    #[must_use]
    pub fn located(mut self, account: Option<Template>, region: Option<Template>) -> Scope {
        if let Some(account) = account {
            self.account = account;
        }
        if let Some(region) = region {
            let partition = region.as_literal().and_then(catalog::partition_of_region);
            if let Some(partition) = partition {
                self.partition = Template::literal(partition.name);
            }
            self.region = region;
        }
        self
    }

    /// The same scope as the ARN of something in it tells: its account, its Region and its partition, where it has them.
    #[must_use]
    pub fn told_by(mut self, arn: &Arn) -> Scope {
        let given = |field: &Template| (!field.is_empty()).then(|| field.clone());
        if let Some(partition) = given(&arn.partition) {
            self.partition = partition;
        }
        self.located(given(&arn.account), given(&arn.region))
    }

    /// The same scope, told by the text of the file it comes from: if that speaks of the Regions or ARNs of another
    /// partition than `aws` while the Region is not known, the partition is a hole.
    #[must_use]
    pub fn read_beside(mut self, text: &str) -> Scope {
        let is_open = self.region.as_literal().is_none()
            && self.partition.as_literal() == Some(USUAL_PARTITION)
            && OTHER_PARTITIONS.iter().any(|sign| text.contains(sign));
        if is_open {
            self.partition = Template::hole(format!("{}#partition", self.label), "<partition>");
        }
        self
    }

    /// The partition: that of the Region, where the Region is known.
    pub fn known_partition(&self) -> Template {
        self.region_partition()
            .map_or_else(|| self.partition.clone(), |it| Template::literal(it.name))
    }

    /// The end of host names, such as `amazonaws.com`: that of the partition, and where the partition is not known that of
    /// the one nearly everybody uses.
    pub fn url_suffix(&self) -> &'static str {
        self.region_partition()
            .or_else(|| catalog::partition(self.partition.as_literal()?))
            .map_or("amazonaws.com", |partition| partition.dns_suffix)
    }

    fn region_partition(&self) -> Option<&'static catalog::Partition> {
        catalog::partition_of_region(self.region.as_literal()?)
    }

    /// Whether facts of both scopes can exist at once: they are not readings of one file that exclude each other.
    pub fn can_meet(&self, other: &Scope) -> bool {
        self.label != other.label
            || self.assuming.iter().all(|one| {
                other.assuming.iter().all(|another| {
                    one.condition.value != another.condition.value || one.holds == another.holds
                })
            })
    }
}

/// Declarations that a file brings in from where nobody looks: a Terraform module of a registry, a stack whose template lies
/// in a bucket. They may declare anything.
#[derive(Clone, Debug)]
pub struct DeclaredElsewhere {
    /// Where it is brought in.
    pub origin: Origin,
    /// From where, as written.
    pub source: String,
}

/// Where a fact comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The whole declaration.
    pub loc: Loc,
    /// What people call it: a logical id, a Terraform address, a name.
    pub label: String,
    /// What it stands in.
    pub scope: Arc<Scope>,
    /// Whether it surely exists; `false` where a `count`, a condition or a loop over something unknown decides.
    pub is_certain: bool,
}

impl Origin {
    /// Something declared at `loc` in a scope of its own, of which nothing is known: a file that is one declaration.
    pub fn alone(loc: Loc, label: impl Into<String>, path: &str) -> Origin {
        Origin {
            loc,
            label: label.into(),
            scope: Arc::new(Scope::unknown(path)),
            is_certain: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Scope {
        Scope::unknown("t")
    }

    #[test]
    fn the_partition_is_the_usual_one_unless_something_says_otherwise() {
        let partition = |scope: Scope| scope.partition.as_literal().map(str::to_string);
        assert_eq!(partition(open()).as_deref(), Some("aws"));
        let region = |name: &str| open().located(None, Some(Template::literal(name)));
        assert_eq!(partition(region("cn-north-1")).as_deref(), Some("aws-cn"));
        assert_eq!(partition(region("nowhere")).as_deref(), Some("aws"));
        let beside = "default: cn-northwest-1";
        assert_eq!(partition(open().read_beside(beside)), None);
        assert_eq!(
            partition(region("eu-west-1").read_beside(beside)).as_deref(),
            Some("aws"),
            "the Region is known"
        );
        assert_eq!(
            partition(open().read_beside("eu-west-1")).as_deref(),
            Some("aws")
        );
    }

    #[test]
    fn an_arn_tells_what_it_says_and_no_more() {
        let told = |text: &str| {
            let arn = Arn::of(&Template::literal(text)).expect("an ARN");
            let scope = open().told_by(&arn);
            [scope.partition, scope.region, scope.account].map(|field| field.to_string())
        };
        assert_eq!(
            told("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3"),
            ["aws", "eu-west-1", "123456789012"]
        );
        assert_eq!(
            told("arn:aws-cn:iam::123456789012:role/x"),
            ["aws-cn", "<region>", "123456789012"]
        );
        assert_eq!(told("arn:aws:s3:::b"), ["aws", "<region>", "<account>"]);
    }

    #[test]
    fn readings_that_exclude_each_other_never_meet() {
        let assuming = |holds: bool| Scope {
            assuming: vec![Assumption {
                condition: Spanned::new("IsProd".to_string(), Loc::NOWHERE),
                holds,
            }],
            ..Scope::unknown("t")
        };
        assert!(!assuming(true).can_meet(&assuming(false)));
        assert!(assuming(true).can_meet(&assuming(true)));
        assert!(assuming(true).can_meet(&Scope::unknown("t")));
    }
}
