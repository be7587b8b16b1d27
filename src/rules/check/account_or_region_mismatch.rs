//! ECR204: a policy that allows it all, for another account, Region or repository.

mod beside_images;

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Edit;
use crate::model::arn::Arn;
use crate::model::template::Template;
use crate::prove::requests::repository_arn;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause == Cause::OnlyResource {
            out.extend(finding(cx, denial));
        }
    }
    beside_images::check(cx, out);
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let image = denials::image(denial.step)?;
    let refusal = denial.refusal()?;
    let place = refusal.nearest.as_ref()?;
    let statement = denials::statement(place)?;
    let values = &statement.resource.as_ref()?.values;
    let entry = match &refusal.edit {
        Edit::ChangeResource { entry, .. } => values.get(*entry),
        _ => values.first(),
    }?;
    let wanted = repository_arn(&image.registry, &image.image.repository);
    let differs = differing(&entry.value, &wanted);
    let message = match differs.as_slice() {
        [] => format!(
            "{} may do this on {} only, and the image is {}",
            denial.who(cx),
            quote(&entry.value.to_string()),
            quote(&wanted.to_string())
        ),
        parts => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(name, in_policy, in_image)| {
                    format!(
                        "{name} {}, where the image has {}",
                        quote(in_policy),
                        quote(in_image)
                    )
                })
                .collect();
            format!(
                "the policy of {} names {}",
                denial.who(cx),
                parts.join(" and ")
            )
        }
    };
    let mut found = denial.finding(cx, message);
    found.primary.loc = entry.loc;
    Some(found.label("this is not the repository of the image"))
}

/// The parts in which the ARN of a policy and that of an image are known to differ: what, in the policy, in the image.
fn differing(policy: &Template, image: &Template) -> Vec<(&'static str, String, String)> {
    let (Some(policy), Some(image)) = (Arn::of(policy), Arn::of(image)) else {
        return Vec::new();
    };
    let repository = |arn: &Arn| arn.repository().unwrap_or_else(|| arn.resource.clone());
    let (in_policy, in_image) = (repository(&policy), repository(&image));
    let pairs = [
        ("partition", &policy.partition, &image.partition),
        ("Region", &policy.region, &image.region),
        ("account", &policy.account, &image.account),
        ("repository", &in_policy, &in_image),
    ];
    pairs
        .into_iter()
        .filter(|(_, one, other)| one != other && one.is_known() && other.is_known())
        .filter(|(_, one, other)| {
            let glob = one.as_literal().unwrap_or("");
            !crate::iam::glob_matches(glob, other.as_literal().unwrap_or(""))
        })
        .map(|(name, one, other)| (name, one.to_string(), other.to_string()))
        .collect()
}
