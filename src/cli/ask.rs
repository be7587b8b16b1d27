//! `ecrlint can` and `ecrlint who-can`: one question to the engine about what a repository declares.
//!
//! A question becomes a flow in place of those that the files declare; it is proved and shown like them.

use super::args::{AskArgs, CanArgs, OperationName, TextOrJson, WhoCanArgs};
use super::terminal::Surroundings;
use super::{CLEAN, FINDINGS, Refusal, UNTOLD, inputs, say};
use crate::chart::{Chart, Verdict, draw};
use crate::diag::quote;
use crate::link::Workspace;
use crate::link::flow::question::{self, Operation, Unasked};
use crate::prove;
use crate::render::flows::answer::{self, Answer, Format};
use std::collections::BTreeMap;

/// Tells whether a role may do something, and gives the exit code.
///
/// # Errors
/// If an argument, a path or the configuration is wrong, or the output cannot be written.
pub fn can(args: &CanArgs) -> Result<u8, Refusal> {
    let asked = ask(&args.ask, |workspace| {
        question::roles(workspace, &args.role)
    })?;
    // A role that is asked about in several ways may do it if it may in all.
    let verdict = asked.chart.flows.iter().map(|flow| flow.verdict()).max();
    deliver(&args.ask, &asked, verdict.unwrap_or_default(), answer::can)
}

/// Tells who may do something, and gives the exit code: whether somebody may.
///
/// # Errors
/// If an argument, a path or the configuration is wrong, or the output cannot be written.
pub fn who_can(args: &WhoCanArgs) -> Result<u8, Refusal> {
    let mut asked = ask(&args.ask, |workspace| Ok(question::everybody(workspace)))?;
    // Of a role that is asked about in several ways, the worst counts.
    let mut worst: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, role) in asked.roles.iter().enumerate() {
        let verdict = |at: usize| asked.chart.flows.get(at).map(|flow| flow.verdict());
        let kept = worst.entry(*role).or_insert(at);
        if verdict(at) > verdict(*kept) {
            *kept = at;
        }
    }
    let mut at = 0;
    asked.chart.flows.retain(|_| {
        at += 1;
        worst.values().any(|kept| *kept == at - 1)
    });
    if asked.chart.flows.is_empty() && !args.ask.output.quiet {
        say("no role is in sight");
    }
    let best = asked.chart.flows.iter().map(|flow| flow.verdict()).min();
    deliver(&args.ask, &asked, best.unwrap_or_default(), answer::who_can)
}

/// A question that was put.
struct Asked {
    operation: Operation,
    image: String,
    chart: Chart,
    /// The role of each flow, as an index.
    roles: Vec<usize>,
}

fn ask(
    args: &AskArgs,
    of: impl FnOnce(&Workspace) -> Result<Vec<usize>, Unasked> + Send,
) -> Result<Asked, Refusal> {
    let operation = match args.operation {
        OperationName::Login => Operation::Login,
        OperationName::Pull => Operation::Pull,
        OperationName::Push => Operation::Push,
    };
    let (config, working_directory) = inputs::configuration(&args.input)?;
    let found = inputs::find(&args.input, &config, &working_directory)?;
    let settings = super::flows::settings(config);
    let asked = found.process(&args.input, args.output.quiet, &settings, |inputs| {
        let mut analysis = crate::lint::analyze(inputs, &settings);
        let workspace = &mut analysis.workspace;
        let (image, registry) = question::image(workspace, &args.image)?;
        let mut flows = Vec::new();
        let mut roles = Vec::new();
        for role in of(workspace)? {
            for flow in question::flows(workspace, role, operation, &image, &registry) {
                flows.push(flow);
                roles.push(role);
            }
        }
        workspace.flows = flows;
        let proofs = prove::prove(workspace);
        Ok(Asked {
            operation,
            image: image.to_string(),
            chart: draw::chart(workspace, &proofs, &analysis.sources),
            roles,
        })
    });
    asked.map_err(unasked)
}

fn deliver(
    args: &AskArgs,
    asked: &Asked,
    verdict: Verdict,
    write: impl FnOnce(
        &Answer<'_>,
        Format,
        &crate::render::Style,
        &mut dyn std::io::Write,
    ) -> std::io::Result<()>,
) -> Result<u8, Refusal> {
    let answer = Answer {
        operation: asked.operation.word(),
        image: &asked.image,
        chart: &asked.chart,
        verdict,
    };
    let format = match args.format {
        TextOrJson::Text => Format::Text,
        TextOrJson::Json => Format::Json,
    };
    let style = Surroundings::now(args.output.output.is_some()).style(args.output.color);
    let mut bytes = Vec::new();
    write(&answer, format, &style, &mut bytes)?;
    inputs::deliver(&bytes, args.output.output.as_deref())?;
    Ok(match verdict {
        Verdict::Ok => CLEAN,
        Verdict::Denied => FINDINGS,
        Verdict::Conditional | Verdict::Unknown => UNTOLD,
    })
}

fn unasked(why: Unasked) -> Refusal {
    let meant = |near: Option<String>| near.map(|near| format!("did you mean {}?", quote(&near)));
    match why {
        Unasked::NoRole { name, near } => Refusal::Wrong {
            errors: vec![format!("no role or user in sight is called {}", quote(&name))],
            help: meant(near),
        },
        Unasked::NoRepository { name, near } => Refusal::Wrong {
            errors: vec![format!("no repository in sight is called {}", quote(&name))],
            help: meant(near).or_else(|| {
                Some(
                    "give the whole name, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/app`"
                        .to_string(),
                )
            }),
        },
        Unasked::SeveralRepositories { names } => Refusal::Wrong {
            errors: vec!["repositories of several registries have this name".to_string()],
            help: Some(format!(
                "give the whole name: {}",
                names
                    .iter()
                    .map(|name| quote(name))
                    .collect::<Vec<_>>()
                    .join(" or ")
            )),
        },
    }
}
