//! `permissions:` blocks: whether the job may ask for an OIDC token.
//!
//! A block replaces the default and any block around it, and a scope that it leaves out is `none`:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>.

use crate::model::pipeline::{IdToken, Permissions};
use crate::tree::{Node, NodeKind};

/// The block of a workflow or job, if it has one.
pub(super) fn read(node: &Node<'_>) -> Option<Permissions> {
    let entry = node.entry("permissions")?;
    let block = &entry.value;
    let named = block.entry("id-token");
    let id_token = match &block.kind {
        NodeKind::Map(_) => match named {
            Some(scope) => level(scope.value.as_str(), "write"),
            None => IdToken::None,
        },
        NodeKind::Text(_) => level(block.as_str(), "write-all"),
        _ => IdToken::Unknown,
    };
    Some(Permissions {
        loc: block.place(),
        key: entry.key.loc,
        id_token,
        id_token_loc: named.map(|scope| scope.key.loc.cover(scope.value.loc)),
    })
}

fn level(text: Option<&str>, granting: &str) -> IdToken {
    match text.map(str::trim) {
        Some(text) if text == granting => IdToken::Write,
        Some(text) if text.contains("${{") => IdToken::Unknown,
        Some(_) => IdToken::None,
        None => IdToken::Unknown,
    }
}
