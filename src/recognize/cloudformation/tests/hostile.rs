//! Templates that somebody writes to see how long we take.

use super::{evaluated, lower, parsed};
use std::time::{Duration, Instant};

/// Far more than any of these takes, even on a busy machine without optimization.
const PATIENCE: Duration = Duration::from_secs(10);

#[track_caller]
fn soon<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    done
}

#[test]
fn resources_that_are_named_after_each_other() {
    let text = "
Resources:
  A: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref B}}
  B: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub '${A}-${B}'}}
  R: {Type: AWS::IAM::Role, Properties: {X: !GetAtt A.Arn, RoleName: !Ref R}}
";
    let found = evaluated(text);
    assert!(found.contains('⟨'), "{found}");
}

#[test]
fn names_that_double_with_each_resource() {
    let mut text = "Resources:\n".to_string();
    for at in 0..200 {
        text += &format!(
            "  R{at}: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub '${{R{0}}}${{R{0}}}'}}}}\n",
            at + 1
        );
    }
    text += "  R: {Type: AWS::IAM::Role, Properties: {X: !Ref R0}}\n";
    soon(|| evaluated(&text));
}

#[test]
fn parameters_that_are_used_very_often() {
    let value = "v".repeat(4_000);
    let uses = "${P}".repeat(20_000);
    let text = format!(
        "Parameters: {{P: {{Type: String, Default: {value}}}}}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    \
         Properties:\n      X: !Sub '{uses}'\n"
    );
    assert!(soon(|| evaluated(&text)).starts_with("⟨@"));
    let list = vec!["!FindInMap [M, k, v]"; 20_000].join(", ");
    let big = vec!["1"; 1_000].join(", ");
    let text = format!(
        "Mappings: {{M: {{k: {{v: [{big}]}}}}}}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      X: [{list}]\n"
    );
    soon(|| evaluated(&text));
}

#[test]
fn calls_as_deep_as_a_file_may_be() {
    let depth = 40;
    let text = format!(
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      X: {}a{}\n",
        "!Sub ['${A}', {A: ".repeat(depth),
        "}]".repeat(depth)
    );
    assert_eq!(soon(|| evaluated(&text)), "a");
    let text = format!(
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      X: {}a{}\n",
        "!If [No, b, ".repeat(100),
        "]".repeat(100)
    );
    soon(|| evaluated(&text));
    let text = format!(
        "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      X: !Sub '{}x{}'\n",
        "${".repeat(10_000),
        "}".repeat(10_000)
    );
    soon(|| evaluated(&text));
}

#[test]
fn conditions_in_a_long_chain() {
    let mut text = "Conditions:\n".to_string();
    for at in 0..10_000 {
        text += &format!("  C{at}: !Not [!Condition C{}]\n", at + 1);
    }
    text += "  C10000: !Equals [!Ref P, x]\nParameters: {P: {Type: String}}\n";
    text += "Resources:\n  R: {Type: AWS::IAM::Role, Properties: {X: !If [C0, a, b]}}\n";
    soon(|| evaluated(&text));
}

#[test]
fn many_conditions_on_many_parameters() {
    let mut text = "Parameters:\n".to_string();
    for at in 0..300 {
        text += &format!("  P{at}: {{Type: String, AllowedValues: [a, b, c, d, e, f]}}\n");
    }
    text += "Conditions:\n";
    for at in 0..300 {
        text += &format!("  C{at}: !Or [!Equals [!Ref P{at}, a], !Equals [!Ref P{at}, c]]\n");
    }
    text += "Resources:\n";
    for at in 0..300 {
        text += &format!("  R{at}: {{Type: AWS::IAM::Role, Condition: C{at}}}\n");
    }
    let parsed = parsed(&text);
    let readings = soon(|| lower(&parsed, &text));
    assert!(readings.len() <= crate::recognize::cloudformation::readings::MOST_READINGS + 1);
}

#[test]
fn loops_in_loops() {
    let items: Vec<String> = (0..100).map(|at| format!("'{at}'")).collect();
    let list = items.join(", ");
    let mut text = "Resources:\n".to_string();
    for at in 0..6 {
        let indent = "  ".repeat(at * 2 + 1);
        text += &format!(
            "{indent}'Fn::ForEach::L{at}':\n{indent}  - I{at}\n{indent}  - [{list}]\n{indent}  -\n"
        );
    }
    text += &format!("{}X${{I5}}: {{Type: AWS::IAM::Role}}\n", "  ".repeat(13));
    let parsed = parsed(&text);
    soon(|| lower(&parsed, &text));
}
