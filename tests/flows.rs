//! The flows of whole repositories: on an unbroken one every link holds, and each grant that is taken away breaks exactly
//! the link that needs it, at the place where it is missing.

#[path = "flows/cloudformation.rs"]
mod cloudformation;
#[path = "flows/mixed.rs"]
mod mixed;
mod support;
#[path = "flows/terraform.rs"]
mod terraform;

use ecrlint::chart::{Chart, Verdict, draw};
use ecrlint::{Input, Settings, lint, prove};
use std::collections::BTreeMap;
use support::{files, root};

/// The chart of a repository in memory.
fn chart(inputs: Vec<Input>) -> Chart {
    let analysis = lint::analyze(inputs, &Settings::default());
    let proofs = prove::prove(&analysis.workspace);
    draw::chart(&analysis.workspace, &proofs, &analysis.sources)
}

/// Every link, by who asks and what for: its verdict, the place that shows it, and why.
fn links(chart: &Chart) -> BTreeMap<String, (Verdict, String, String)> {
    let mut links = BTreeMap::new();
    for flow in &chart.flows {
        for link in &flow.links {
            let name = format!("{}: {}", flow.actor.part, link.kind.word());
            let place = link.place();
            let reason = link.deciding().map(|one| one.reason.clone());
            let said = (
                link.verdict,
                format!("{}:{}", place.path, place.start.line),
                reason.unwrap_or_default(),
            );
            assert!(links.insert(name.clone(), said).is_none(), "{name} twice");
        }
    }
    links
}

/// One thing that is broken in a repository, and what comes of it.
struct Break {
    /// The file.
    file: &'static str,
    /// Text of it, which must occur once.
    find: &'static str,
    /// What is written instead.
    replace: &'static str,
    /// The links that it breaks: one, or those that one value serves.
    denied: &'static [&'static str],
    /// Where the first of them is shown to break.
    at: &'static str,
}

/// Breaks one thing after the other. Gives what is not as the table says.
fn wrong(folder: &str, breaks: &[Break]) -> Vec<String> {
    let unbroken = files(&root().join("tests/fixtures/flows").join(folder));
    let before = links(&chart(unbroken.clone()));
    let mut wrong = Vec::new();
    for (name, (verdict, at, reason)) in &before {
        if *verdict != Verdict::Ok {
            wrong.push(format!(
                "unbroken: {name} is {} at {at}: {reason}",
                verdict.word()
            ));
        }
    }
    for one in breaks {
        let mut inputs = unbroken.clone();
        let mut found = 0;
        for input in inputs.iter_mut().filter(|input| input.path == one.file) {
            found = input.text.matches(one.find).count();
            input.text = input.text.replacen(one.find, one.replace, 1);
        }
        let title = format!(
            "{}: `{}` → `{}`",
            one.file,
            one.find.trim(),
            one.replace.trim()
        );
        if found != 1 {
            wrong.push(format!("{title}: the text occurs {found} times"));
            continue;
        }
        let after = links(&chart(inputs));
        for (name, (verdict, at, reason)) in &after {
            let is_meant = one.denied.contains(&name.as_str());
            let is_first = one.denied.first() == Some(&name.as_str());
            let expected = if is_meant {
                Some(Verdict::Denied)
            } else {
                before.get(name).map(|(verdict, ..)| *verdict)
            };
            if expected != Some(*verdict) {
                wrong.push(format!(
                    "{title}: {name} is {} at {at}: {reason}",
                    verdict.word()
                ));
            } else if is_first && at != one.at {
                wrong.push(format!(
                    "{title}: {name} breaks at {at}, not {}: {reason}",
                    one.at
                ));
            }
        }
        let names = |links: &BTreeMap<String, _>| links.keys().cloned().collect::<Vec<_>>();
        if names(&before) != names(&after) {
            wrong.push(format!("{title}: other links: {:?}", names(&after)));
        }
    }
    wrong
}
