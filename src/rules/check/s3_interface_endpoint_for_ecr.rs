//! ECR407: an interface endpoint of S3 where image layers need a gateway endpoint
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway>).

use super::super::Context;
use super::endpoints::{networks, of_flow};
use crate::diag::{Confidence, Diagnostic, Severity};
use crate::link::ways::{Egress, private_dns};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let facts = &cx.workspace.facts;
    for network in networks(cx) {
        let (Some(registry), Some(storage)) = (network.endpoint("ecr.dkr"), network.endpoint("s3"))
        else {
            continue;
        };
        // Where the VPC is declared elsewhere, its gateway endpoint may be as well.
        let is_in_sight = network.is_declared || storage.origin.scope.is_snapshot;
        if network.egress == Egress::Open || network.may_have_gateway() || !is_in_sight {
            continue;
        }
        let (has_names, _) = private_dns(facts, storage);
        let mut found = cx
            .diagnostic(
                storage.service.loc,
                "image layers need a gateway endpoint of S3, and this VPC has an interface endpoint only",
            )
            .related(registry.service.loc, "images are pulled through this endpoint")
            .identity("s3");
        if let Some((at, text)) = network.closed().map(of_flow) {
            found = found.related(at, text);
        }
        // With private DNS the names of the bucket lead to the interface endpoint: AWS does not support it for ECR, but
        // it has been seen to work.
        if has_names || network.egress == Egress::Unknown {
            found = found
                .severity(Severity::Warning)
                .confidence(Confidence::Medium);
        }
        out.push(found);
    }
}
