//! A registry host where an ARN belongs.

use super::Fault;
use crate::catalog;
use crate::model::arn;
use crate::model::template::{Piece, Template};

/// What stands between the account and the Region in a registry's host name
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>).
const MARKS: [&str; 4] = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips."];

/// The fault of naming the registry by its host, with the ARN that was meant.
pub(super) fn fault_of(resource: &Template) -> Option<Fault> {
    let service = arn::fields(resource)
        .get(2)
        .and_then(Template::as_literal)
        .map(str::to_string);
    let is_known =
        |piece: &Piece, mark: &str| matches!(piece, Piece::Literal(text) if text.contains(mark));
    let mark = MARKS
        .into_iter()
        .find(|mark| resource.pieces().iter().any(|piece| is_known(piece, mark)))?;
    // A host inside the ARN of another service is the name of some object there.
    if resource.prefix().starts_with("arn:") && service.as_deref() != Some("ecr") {
        return None;
    }
    let fault = Fault::new("holds the host of a registry");
    Some(match meant(&resource.to_string(), mark) {
        Some(arn) => fault.instead(arn),
        None => fault,
    })
}

/// Whether it is a hole whose name says that it is the address of a repository or image: `var.repository_url`.
pub(super) fn is_called_url(resource: &Template) -> bool {
    let [Piece::Hole(hole)] = resource.pieces() else {
        return false;
    };
    let name: Vec<char> = hole
        .text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let name = name.into_iter().collect::<String>().to_ascii_lowercase();
    ["repository", "repo", "image", "registry"]
        .iter()
        .any(|what| {
            ["url", "uri"]
                .iter()
                .any(|end| name.ends_with(&format!("{what}{end}")))
        })
}

/// The ARN of the repository that an image reference names.
fn meant(text: &str, mark: &str) -> Option<String> {
    let (before, after) = text.split_once(mark)?;
    let account = before
        .rsplit(['/', ':'])
        .next()
        .filter(|id| !id.is_empty())?;
    let (region, rest) = after.split_once('.')?;
    let partition = catalog::partition_of_region(region).map_or("aws", |partition| partition.name);
    let path = rest.split_once('/').map_or("*", |(_, path)| path);
    let name = path
        .split([':', '@'])
        .next()
        .filter(|name| !name.is_empty())?;
    Some(format!(
        "arn:{partition}:ecr:{region}:{account}:repository/{name}"
    ))
}
