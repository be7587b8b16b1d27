//! What tells a finding from every other, whatever line it stands on: for baselines and for services that follow a
//! finding from commit to commit.
//!
//! A fingerprint is made of the rule, the path, what the finding says and the text it points at, so it survives edits
//! above it and re-indentation. Findings that are alike in all of these are told apart by their order.

use super::Diagnostic;
use crate::source::SourceMap;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A fingerprint for each finding, in their order: 16 hexadecimal digits each.
pub fn fingerprints(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    diagnostics
        .iter()
        .map(|one| {
            let content = content(one, sources);
            let twins = seen.entry(content.clone()).or_insert(0);
            let text = format!("{content}\u{0}{twins}");
            *twins += 1;
            let digest = Sha256::digest(text.as_bytes());
            digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .collect()
}

fn content(one: &Diagnostic, sources: &SourceMap) -> String {
    // White space may change with indentation; only the words count.
    let pointed_at: Vec<&str> = sources
        .slice(one.primary.loc)
        .split_whitespace()
        .take(64)
        .collect();
    [
        one.rule.code.as_str(),
        sources.path(one.primary.loc.file),
        one.identity.as_str(),
        one.message.as_str(),
        &pointed_at.join(" "),
    ]
    .join("\u{0}")
}
