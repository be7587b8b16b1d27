//! Access keys that stand in the configuration of a provider or backend, where whoever reads the repository reads them.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#authentication-and-configuration>

use crate::model::access_key::is_secret_access_key;
use crate::source::Loc;
use crate::tree::hcl::{Block, Body, ExpressionKind};

/// The secret access keys of a file, in order. Keys for a stand-in of AWS (`endpoints`) are none.
pub(super) fn written(body: &Body) -> Vec<Loc> {
    body.blocks
        .iter()
        .flat_map(|block| match block.kind.value.as_str() {
            "provider" if is_labelled(block, "aws") => secret(&block.body).into_iter().collect(),
            "terraform" => backends(block),
            _ => Vec::new(),
        })
        .collect()
}

fn backends(terraform: &Block) -> Vec<Loc> {
    terraform
        .body
        .blocks
        .iter()
        .filter(|block| block.kind.value == "backend" && is_labelled(block, "s3"))
        .filter_map(|block| secret(&block.body))
        .collect()
}

fn is_labelled(block: &Block, label: &str) -> bool {
    block.labels.first().is_some_and(|one| one.value == label)
}

fn secret(body: &Body) -> Option<Loc> {
    let names_endpoint = |name: &str| name == "endpoint" || name == "endpoints";
    let is_foreign = body
        .blocks
        .iter()
        .any(|one| names_endpoint(&one.kind.value))
        || body
            .attributes
            .iter()
            .any(|one| names_endpoint(&one.name.value));
    let attribute = body
        .attributes
        .iter()
        .find(|one| one.name.value == "secret_key")?;
    match &attribute.value.kind {
        ExpressionKind::Text(text) if !is_foreign && is_secret_access_key(&text.value) => {
            Some(attribute.value.loc)
        }
        _ => None,
    }
}
