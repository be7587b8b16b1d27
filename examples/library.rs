//! ecrlint as a library: lints a policy that is held in memory and prints what is wrong with it.
//!
//! `cargo run --example library`

use ecrlint::rules::Registry;
use ecrlint::{Input, Settings, lint};

fn main() {
    let policy = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "ecr:GetAuthorizationToken",
      "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app"
    }
  ]
}"#;
    let registry = match Registry::built_in() {
        Ok(registry) => registry,
        Err(error) => return eprintln!("{error}"),
    };
    let run = lint(
        vec![Input::text("policy.json", policy)],
        &registry,
        &Settings::default(),
    );
    for finding in run.report.heard() {
        let place = finding.primary.loc;
        if let Some(file) = run.sources.get(place.file) {
            let at = file.position(place.span.start);
            println!(
                "{}:{}:{}: {} ({})",
                file.path, at.line, at.column, finding.message, finding.rule.code
            );
            println!("  {}", finding.help_text());
        }
    }
}
