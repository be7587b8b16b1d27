//! ECR402: an S3 gateway endpoint policy that keeps out the bucket of image layers
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

mod bucket;

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::endpoint_denials::{Share, fold, not_allowed};
use super::reading;
use crate::catalog;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::iam::{Answer, Grant};
use crate::model::endpoint::VpcEndpoint;
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use bucket::{Bucket, Slip};

/// What a client asks S3 for.
pub(super) const READ: &str = "s3:GetObject";

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut said = Vec::new();
    let policies: Vec<AskedPolicy<'_>> = cx.policies().collect();
    for policy in &policies {
        if !matches!(policy.layer, Layer::Endpoint | Layer::OtherResource) {
            continue;
        }
        let Some(home) = Home::of(policy) else {
            continue;
        };
        let mentions = mentions(policy);
        let found = if let Some((statement, first)) = mentions.first() {
            about_mention(cx, policy, &home, &mentions)
                .or_else(|| unread(cx, policy, &home, statement, first))
        } else if policy.layer == Layer::Endpoint && home.is_s3 {
            ecr_endpoint_beside(cx, policy).and_then(|ecr| left_out(cx, policy, &home, ecr))
        } else {
            None
        };
        let found = found.or_else(|| refused(cx, policy, &home, !mentions.is_empty()));
        said.extend(found.map(|found| (&**policy, found)));
    }
    fold(
        cx,
        Share::LayerBucket,
        said,
        |denial| format!("{} on the layer bucket", not_allowed(denial)),
        out,
    );
}

/// What is known of the endpoint.
pub(super) struct Home {
    /// Whether it is said to be one of S3.
    is_s3: bool,
    /// Its Region, if that is said.
    region: Option<String>,
    /// Its partition, if what declares it tells.
    partition: Option<String>,
}

impl Home {
    /// `None` for the endpoint of another service, or of an S3 interface endpoint, through which layers do not come.
    pub(super) fn of(policy: &Policy) -> Option<Home> {
        let partition = policy
            .origin
            .as_ref()
            .and_then(|origin| Some(origin.scope.known_partition().as_literal()?.to_string()));
        let Some(service) = &policy.endpoint_service else {
            return Some(Home {
                is_s3: false,
                region: None,
                partition,
            });
        };
        if !service.value.suffix().ends_with(".s3") || policy.endpoint_is_gateway == Some(false) {
            return None;
        }
        // The endpoint lies in the Region of its deployment, and the gateway is always that of the same Region.
        let deployed = || policy.origin.as_ref()?.scope.region.as_literal();
        let region = match service.value.as_literal() {
            Some(name) => name.rsplit('.').nth(1),
            None => deployed(),
        };
        // Where a variable sets the Region, its default is that of one deployment among others.
        let is_default = policy.origin.as_ref().is_some_and(|origin| {
            origin.scope.region_is_default && origin.scope.region.as_literal() == region
        });
        Some(Home {
            is_s3: true,
            region: region
                .filter(|region| catalog::is_plausible_region(region) && !is_default)
                .map(str::to_string),
            partition,
        })
    }

    /// Whether it is said to be one of S3.
    pub(super) fn is_s3(&self) -> bool {
        self.is_s3
    }

    /// Everything in the layer bucket of the endpoint's Region, or of any Region where that is not known.
    pub(super) fn layers(&self) -> Template {
        let partition = self
            .region
            .as_deref()
            .and_then(catalog::partition_of_region);
        let arn = match (&self.region, partition) {
            (Some(region), Some(partition)) => partition.layer_bucket_arn(region),
            _ => catalog::LAYER_BUCKET_ARN
                .replace("{partition}", self.partition.as_deref().unwrap_or("*"))
                .replace("{region}", "*"),
        };
        Template::literal(arn)
    }
}

/// Every resource of an Allow that means the layer bucket.
pub(super) fn mentions(policy: &Policy) -> Vec<(&Statement, &Spanned<Template>)> {
    policy
        .document
        .statements
        .iter()
        .filter(|statement| statement.allows())
        .filter_map(|statement| {
            Some((
                statement,
                statement
                    .resource
                    .as_ref()
                    .filter(|resource| !resource.negated)?,
            ))
        })
        .flat_map(|(statement, resource)| {
            resource.values.iter().map(move |value| (statement, value))
        })
        .filter(|(_, value)| bucket::is_meant(&value.value))
        .collect()
}

/// The first slip in the ARNs that mean the bucket, unless one of them is right or the bucket is reached anyway.
fn about_mention(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    home: &Home,
    mentions: &[(&Statement, &Spanned<Template>)],
) -> Option<Diagnostic> {
    let slips: Vec<Option<Slip>> = mentions
        .iter()
        .map(|(_, value)| Bucket::of(&value.value).slip(home.region.as_deref()))
        .collect();
    if slips.iter().any(Option::is_none) || comes_through(policy, home) {
        return None;
    }
    let ((statement, value), slip) = mentions
        .iter()
        .zip(slips)
        .find_map(|(mention, slip)| Some((mention, slip?)))?;
    let text = value.value.to_string();
    let mut found = cx
        .diagnostic(value.loc, format!("{} {}", quote(&text), slip.what))
        .identity(text)
        .in_statement(reading::sid(statement));
    if slip.is_open {
        found = found
            .severity(Severity::Warning)
            .confidence(Confidence::Medium);
    }
    found = match slip.instead {
        Some(instead) => found.help(format!("write {}", quote(&instead))),
        None => found,
    };
    Some(with_service(found, policy))
}

/// Whether anything lets layers through, or may.
fn comes_through(policy: &AskedPolicy<'_>, home: &Home) -> bool {
    let (alone, layers) = (policy.alone(), home.layers());
    let statements = policy.document.statements.iter().enumerate();
    statements.into_iter().any(|(at, statement)| {
        let by_star = statement.resource.as_ref().is_some_and(|resource| {
            !resource
                .values
                .iter()
                .any(|value| bucket::is_meant(&value.value))
        });
        statement.allows()
            && by_star
            && alone.names(at, READ) != Answer::No
            && alone.touches(at, READ, &layers) != Answer::No
    })
}

/// The bucket is named, but nothing lets its objects be read.
fn unread(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    home: &Home,
    statement: &Statement,
    at: &Spanned<Template>,
) -> Option<Diagnostic> {
    if !matches!(
        policy.alone().grants(READ, &home.layers()),
        Grant::NotGranted
    ) {
        return None;
    }
    let action = statement.action.as_ref()?;
    let found = cx
        .diagnostic(
            action.key,
            format!("no statement allows {} on the layer bucket", quote(READ)),
        )
        .related(at.loc, "the layer bucket")
        .help(format!("allow {} here", quote(READ)))
        .identity(READ)
        .in_statement(reading::sid(statement));
    Some(with_service(found, policy))
}

/// An endpoint of ECR in the same VPC, or where that is not known declared together with this one: then images come this
/// way.
pub(super) fn ecr_endpoint_beside(cx: &Context<'_>, policy: &Policy) -> Option<Loc> {
    let endpoints = &cx.workspace.facts.endpoints;
    let vpc_of = |endpoint: &VpcEndpoint| endpoint.vpc.as_ref().map(|vpc| vpc.value.clone());
    let own = policy.endpoint_service.as_ref()?;
    // A loop declares several endpoints in one place; the service tells them apart.
    let this = endpoints.iter().find(|endpoint| endpoint.service == *own)?;
    let here = vpc_of(this);
    let scope = &this.origin.scope;
    endpoints
        .iter()
        .filter(|endpoint| {
            let service = endpoint.service.value.suffix();
            service.ends_with(".ecr.dkr") || service.ends_with(".ecr.api")
        })
        .filter(|endpoint| endpoint.origin.scope.can_meet(scope))
        .find(|endpoint| match (&here, vpc_of(endpoint)) {
            (Some(here), Some(there)) => *here == there,
            _ => endpoint.origin.scope.label == scope.label,
        })
        .map(|endpoint| endpoint.service.loc)
}

fn left_out(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    home: &Home,
    ecr: Loc,
) -> Option<Diagnostic> {
    if !matches!(
        policy.alone().grants(READ, &home.layers()),
        Grant::NotGranted
    ) {
        return None;
    }
    let statements = &policy.document.statements;
    let statement = statements
        .iter()
        .find(|statement| statement.allows())
        .or(statements.first())?;
    let at = match (&statement.resource, statement.allows()) {
        (Some(resource), true) => resource.key,
        _ => statement
            .effect
            .as_ref()
            .map_or(statement.loc, |effect| effect.loc),
    };
    let found = cx
        .diagnostic(
            at,
            format!(
                "the policy of the S3 endpoint does not allow {} on the layer bucket",
                quote(READ)
            ),
        )
        .related(ecr, "images are pulled through this endpoint")
        .help(format!(
            "allow {} on {}",
            quote(READ),
            quote(&example(home))
        ))
        .identity("left out")
        .in_statement(reading::sid(statement));
    Some(with_service(found, policy))
}

/// A Deny for everyone, without a condition, that takes in the whole bucket.
fn refused(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    home: &Home,
    is_mentioned: bool,
) -> Option<Diagnostic> {
    let is_on_the_way = is_mentioned || (home.is_s3 && ecr_endpoint_beside(cx, policy).is_some());
    let Grant::Denied { statement } = policy.alone().grants(READ, &home.layers()) else {
        return None;
    };
    let deny = policy
        .document
        .statements
        .get(statement)
        .filter(|_| is_on_the_way)?;
    let at = deny.effect.as_ref().map_or(deny.loc, |effect| effect.loc);
    let found = cx
        .diagnostic(
            at,
            format!(
                "this `Deny` refuses {} on the layer bucket to everyone",
                quote(READ)
            ),
        )
        .help("leave the layer bucket out of the `Deny`")
        .identity("denied")
        .in_statement(reading::sid(deny));
    Some(with_service(found, policy))
}

/// The ARN to allow.
fn example(home: &Home) -> String {
    match home
        .region
        .as_deref()
        .and_then(catalog::partition_of_region)
    {
        Some(_) => home.layers().to_string(),
        None => "arn:aws:s3:::prod-<region>-starport-layer-bucket/*".to_string(),
    }
}

fn with_service(found: Diagnostic, policy: &Policy) -> Diagnostic {
    match &policy.endpoint_service {
        Some(service) => found.related(service.loc, "the endpoint's service"),
        None => found,
    }
}
