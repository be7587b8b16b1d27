//! What cannot be known never becomes an error: repositories whose literals are replaced, one by one and all at once, by what
//! only deploy time knows.

mod support;

use ecrlint::diag::Severity;
use ecrlint::rules::Registry;
use ecrlint::rules::meta::Profile;
use ecrlint::source::{FileId, Span};
use ecrlint::tree::hcl::{self, Body, Expression, ExpressionKind};
use ecrlint::tree::{Node, NodeKind, Style, Syntax, parse};
use ecrlint::{Input, lint};
use std::collections::BTreeSet;
use std::path::Path;
use support::{files, folders, line, name, profile, registry, root};

/// A place of a file that holds a literal, and the text that makes it unknown.
struct Literal {
    span: Span,
    unknown: String,
}

/// What declares the inputs that a changed file refers to.
type Declares = fn(&str, usize) -> String;

/// The literals of a file, and what declares `count` inputs; `None` for a file that is not changed.
fn literals(input: &Input) -> Option<(Vec<Literal>, Declares)> {
    let (path, text) = (input.path.as_str(), input.text.as_str());
    let mut found = Vec::new();
    if path.ends_with(".tf") {
        of_body(&hcl::parse(FileId(0), text).body, &mut found);
        return Some((found, |text, count| {
            let inputs = (0..count).map(|at| format!("variable \"x{at}\" {{}}\n"));
            format!("{text}\n{}", inputs.collect::<String>())
        }));
    }
    let parsed = parse(FileId(0), text, Syntax::of(path, text));
    let [document] = parsed.documents.as_slice() else {
        return None;
    };
    let document = &document.root;
    let is_json = text.trim_start().starts_with('{');
    if let Some(resources) = document.get("Resources") {
        for resource in resources.entries() {
            if let Some(properties) = resource.value.get("Properties") {
                of_node(properties, &mut found, &|at| match is_json {
                    true => format!("{{\"Ref\": \"X{at}\"}}"),
                    false => format!("!Ref X{at}"),
                });
            }
        }
        return match is_json {
            true => Some((found, |text, count| {
                let inputs: Vec<_> = (0..count)
                    .map(|at| format!("\"X{at}\": {{\"Type\": \"String\"}}"))
                    .collect();
                let start = text.find('{').expect("an object") + 1;
                let (before, after) = text.split_at(start);
                format!("{before}\"Parameters\": {{{}}},{after}", inputs.join(", "))
            })),
            false => Some((found, |text, count| {
                let inputs: String = (0..count)
                    .map(|at| format!("  X{at}:\n    Type: String\n"))
                    .collect();
                match text.split_once("Parameters:\n") {
                    Some((before, after)) => format!("{before}Parameters:\n{inputs}{after}"),
                    None => format!("{}\nParameters:\n{inputs}", text.trim_end()),
                }
            })),
        };
    }
    if let Some(jobs) = document.get("jobs") {
        for job in jobs.entries() {
            for step in job.value.get("steps").map_or(&[][..], Node::items) {
                for key in ["with", "env"] {
                    if let Some(values) = step.get(key) {
                        of_node(values, &mut found, &|at| format!("${{{{ vars.X{at} }}}}"));
                    }
                }
            }
        }
        return Some((found, |text, _| text.to_string()));
    }
    let is_task = document.has("containerDefinitions");
    if is_json && (is_task || document.has("Statement")) {
        of_node(document, &mut found, &|at| format!("\"${{X{at}}}\""));
        return Some((found, |text, _| text.to_string()));
    }
    None
}

fn of_body(body: &Body, out: &mut Vec<Literal>) {
    for attribute in &body.attributes {
        of_expression(&attribute.value, out);
    }
    for block in &body.blocks {
        match block.kind.value.as_str() {
            "terraform" => {}
            // An input without default.
            "variable" => {
                for attribute in block.body.attributes.iter() {
                    if attribute.name.value == "default" {
                        out.push(Literal {
                            span: attribute.name.loc.span.cover(attribute.value.loc.span),
                            unknown: String::new(),
                        });
                    }
                }
            }
            "module" => {
                for attribute in &block.body.attributes {
                    if attribute.name.value != "source" && attribute.name.value != "version" {
                        of_expression(&attribute.value, out);
                    }
                }
            }
            "provider" => {
                for attribute in &block.body.attributes {
                    if attribute.name.value != "alias" {
                        of_expression(&attribute.value, out);
                    }
                }
            }
            _ => of_body(&block.body, out),
        }
    }
}

fn of_expression(expression: &Expression, out: &mut Vec<Literal>) {
    match &expression.kind {
        ExpressionKind::Text(_) | ExpressionKind::Template(_) => out.push(Literal {
            span: expression.loc.span,
            unknown: format!("var.x{}", out.len()),
        }),
        ExpressionKind::List(items) => items.iter().for_each(|item| of_expression(item, out)),
        ExpressionKind::Object(items) => {
            items
                .iter()
                .for_each(|(_, value)| of_expression(value, out));
        }
        ExpressionKind::Call { arguments, .. } => {
            arguments.iter().for_each(|one| of_expression(one, out));
        }
        ExpressionKind::Conditional(parts) => {
            parts.iter().for_each(|part| of_expression(part, out));
        }
        _ => {}
    }
}

fn of_node(node: &Node<'_>, out: &mut Vec<Literal>, unknown: &dyn Fn(usize) -> String) {
    if node.tag.is_some() || node.alias.is_some() {
        return;
    }
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| of_node(item, out, unknown)),
        NodeKind::Map(entries) => {
            let is_call = matches!(entries.as_slice(), [only] if only.key.value == "Ref" || only.key.value.starts_with("Fn::"));
            if !is_call {
                entries
                    .iter()
                    .for_each(|entry| of_node(&entry.value, out, unknown));
            }
        }
        NodeKind::Text(text) if !matches!(text.style, Style::Literal | Style::Folded) => {
            out.push(Literal {
                span: node.loc.span,
                unknown: unknown(out.len()),
            });
        }
        _ => {}
    }
}

/// The file with those literals replaced that are wanted.
fn replaced(input: &Input, wanted: &dyn Fn(usize) -> bool) -> Input {
    let Some((literals, declares)) = literals(input) else {
        return input.clone();
    };
    let mut text = input.text.clone();
    // From the end of the text, so that the places before stay what they are.
    let mut in_order: Vec<_> = literals.iter().enumerate().collect();
    in_order.sort_by_key(|(_, literal)| std::cmp::Reverse(literal.span.start));
    for (at, literal) in in_order {
        if wanted(at) {
            text.replace_range(literal.span.range(), &literal.unknown);
        }
    }
    Input::text(input.path.clone(), declares(&text, literals.len()))
}

/// The errors in a repository, whatever rule finds them.
fn errors(inputs: Vec<Input>, rules: &Registry) -> BTreeSet<String> {
    let run = lint(inputs, rules, &profile(Profile::Pedantic));
    let mut found: Vec<String> = Vec::new();
    for one in run.report.heard() {
        if one.severity == Severity::Error {
            found.push(line(one, &run.sources));
        }
    }
    found.into_iter().collect()
}

/// The repositories in which every link holds.
fn sound() -> Vec<(String, Vec<Input>)> {
    folders(&root().join("tests/fixtures/flows"))
        .iter()
        .map(|folder| (name(folder), files(folder)))
        .collect()
}

#[test]
fn the_repositories_are_sound() {
    for (name, inputs) in sound() {
        let count: usize = inputs
            .iter()
            .filter_map(literals)
            .map(|(found, _)| found.len())
            .sum();
        assert!(count > 50, "{name} has {count} literals");
        assert_eq!(errors(inputs, &registry()), BTreeSet::new(), "{name}");
    }
}

#[test]
fn all_literals_at_once() {
    for (name, inputs) in sound() {
        let unknown: Vec<_> = inputs.iter().map(|one| replaced(one, &|_| true)).collect();
        assert_eq!(errors(unknown, &registry()), BTreeSet::new(), "{name}");
    }
}

#[test]
fn one_literal_after_the_other() {
    let rules = registry();
    let mut wrong = Vec::new();
    for (name, inputs) in sound() {
        for (file, input) in inputs.iter().enumerate() {
            let count = literals(input).map_or(0, |(found, _)| found.len());
            for literal in 0..count {
                let mut changed = inputs.clone();
                changed[file] = replaced(input, &|at| at == literal);
                for error in errors(changed, &rules) {
                    let span = literals(input).expect("literals").0[literal].span;
                    wrong.push(format!(
                        "{name}: without {}: {error}",
                        &input.text[span.range()]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What stands in no literal of a case, so that it is found all the same: what is absent, what another kind of value or a
/// function says, and what a block that configures the tool itself holds.
const FOUND_ALL_THE_SAME: [(&str, &str); 23] = [
    ("bad-cloudformation-absent-is-off", "ECR405"),
    (
        "bad-cloudformation-default-without-repository-policy",
        "ECR707",
    ),
    ("bad-cloudformation-for-each-and-json-string", "ECR105"),
    ("bad-cloudformation-gateway-of-own-bucket", "ECR405"),
    ("bad-cloudformation-if-hides-a-fault", "ECR112"),
    ("bad-cloudformation-launch-template", "ECR705"),
    ("bad-cloudformation-name-and-profile", "ECR310"),
    ("bad-cloudformation-no-login", "ECR404"),
    ("bad-cloudformation-numeric-on-account", "ECR409"),
    ("bad-cloudformation-off", "ECR405"),
    ("bad-cloudformation-sub-and-join", "ECR313"),
    ("bad-cloudformation-uri-as-resource", "ECR106"),
    ("bad-terraform-batch-job", "ECR305"),
    ("bad-terraform-document", "ECR112"),
    ("bad-terraform-jsonencode", "ECR112"),
    ("bad-terraform-module-called-twice", "ECR305"),
    ("bad-terraform-on-execution-role", "ECR309"),
    ("bad-terraform-one-role-twice", "ECR305"),
    ("bad-terraform-profile-and-quotes", "ECR310"),
    ("bad-terraform-provider-and-backend", "ECR511"),
    (
        "bad-terraform-repository-policy-without-principal",
        "ECR112",
    ),
    ("bad-terraform-repository-url-of-the-resource", "ECR106"),
    (
        "bad-terraform-role-arn-given-to-a-module-out-of-sight",
        "ECR309",
    ),
];

/// The cases in which each rule fires: with nothing known, none does that speaks of values.
#[test]
fn what_rules_find_needs_values() {
    let rules = registry();
    let mut wrong = Vec::new();
    for rule in folders(&root().join("tests/fixtures/rules")) {
        for case in folders(&rule) {
            if name(&case).starts_with("bad-") {
                wrong.extend(errors_of_case(&rule, &case, &rules));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn errors_of_case(rule: &Path, case: &Path, rules: &Registry) -> Vec<String> {
    let inputs = files(case);
    let is_declared = |input: &Input| {
        input.path.ends_with(".tf")
            || input.text.contains("Resources:")
            || input.text.contains("\"Resources\"")
    };
    if !inputs.iter().all(is_declared) {
        return Vec::new();
    }
    let unknown: Vec<_> = inputs.iter().map(|one| replaced(one, &|_| true)).collect();
    let is_known = |error: &String| {
        FOUND_ALL_THE_SAME
            .iter()
            .any(|(known, code)| name(case) == *known && error.contains(&format!("[{code}]")))
    };
    errors(unknown, rules)
        .into_iter()
        // A file that does not parse does so whatever its values are.
        .filter(|error| !is_known(error) && !error.contains("[ECR90"))
        .map(|error| format!("{}/{}: {error}", name(rule), name(case)))
        .collect()
}
