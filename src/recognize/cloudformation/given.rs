//! What files of the tree set parameters to: parameter files, options of the command line, the stacks that a template nests.
//!
//! A default counts only where nothing in sight sets the parameter otherwise. Which template a parameter file is for is
//! seldom written in it, so a value counts for every parameter of that name.
//!
//! - `[{"ParameterKey": "Env", "ParameterValue": "prod"}]` and its like on a command line
//!   (<https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html>);
//! - `--parameter-overrides Env=prod`, also in the configuration file of SAM
//!   (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>);
//! - `{"Parameters": {"Env": "prod"}}`, the template configuration of CodePipeline
//!   (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>);
//! - `Parameters` of a nested stack
//!   (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html>).

use super::call::Call;
use crate::model::home::Homes;
use crate::recognize::placeholders;
use crate::source::FileId;
use crate::tree::{Node, Syntax, parse};
use std::collections::{BTreeMap, BTreeSet};

/// What is given to templates.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Values of parameters by their names; `None` for a value that is not known.
    values: BTreeMap<String, BTreeSet<Option<String>>>,
    /// Where the stacks are deployed, if the configuration says so.
    pub(super) homes: Homes,
}

impl Given {
    /// What the configuration says of where stacks are deployed; no parameter is given yet.
    #[must_use]
    pub fn deployed_as(homes: Homes) -> Given {
        Given {
            homes,
            ..Given::default()
        }
    }

    /// Takes in what another file gives.
    pub fn append(&mut self, other: Given) {
        for (name, values) in other.values {
            self.values.entry(name).or_default().extend(values);
        }
    }

    /// Whether something sets the parameter to another value than `default`.
    pub(super) fn overrides(&self, name: &str, default: &str) -> bool {
        let values = self.values.get(name);
        values.is_some_and(|values| values.iter().any(|value| value.as_deref() != Some(default)))
    }

    /// What a file gives.
    pub fn of(path: &str, text: &str) -> Given {
        let mut given = Given::default();
        for option in ["parameter-overrides", "parameter_overrides"] {
            for (at, _) in text.match_indices(option) {
                given.assignments(text.get(at + option.len()..).unwrap_or(""));
            }
        }
        for (at, key) in text.match_indices(PARAMETER_KEY) {
            given.key_and_value(text.get(at + key.len()..).unwrap_or(""));
        }
        let is_configuration = is_configuration(path) && text.contains("Parameters");
        if is_configuration || NESTED.iter().any(|kind| text.contains(kind)) {
            let parsed = parse(FileId::NONE, text, Syntax::of(path, text));
            for document in &parsed.documents {
                given.document(&document.root);
            }
        }
        given
    }

    fn add(&mut self, name: &str, value: Option<&str>) {
        let known = value.filter(|value| placeholders::read(value).is_known());
        let values = self.values.entry(name.to_string()).or_default();
        values.insert(known.map(str::to_string));
    }

    /// `Key=Value Other="another value"` at the start of a text.
    fn assignments(&mut self, text: &str) {
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(|c: char| {
                c.is_ascii_whitespace() || "\"'\\=:,[]|>-".contains(c)
            });
            let name = word(rest);
            let Some(value) = rest
                .get(name.len()..)
                .and_then(|rest| rest.strip_prefix('='))
                .filter(|_| !name.is_empty())
            else {
                return;
            };
            let len = value_len(value);
            let inside = value.get(..len).unwrap_or("");
            rest = value.get(len..).unwrap_or("");
            // The long form is read by itself.
            if name != PARAMETER_KEY && name != PARAMETER_VALUE {
                self.add(name, Some(inside.trim_matches(['"', '\'', '\\'])));
            }
        }
    }

    /// The name after `ParameterKey`, and the `ParameterValue` that belongs to it.
    fn key_and_value(&mut self, text: &str) {
        const NEAR: usize = 512;
        let is_between = |c: char| c.is_ascii_whitespace() || "\"'\\=:".contains(c);
        let text = text.trim_start_matches(is_between);
        let name = word(text);
        if name.is_empty() {
            return;
        }
        let mut end = text.len().min(NEAR);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let near = text.get(name.len()..end).unwrap_or("");
        let own = near.split(PARAMETER_KEY).next().unwrap_or("");
        let value = own.split_once(PARAMETER_VALUE).map(|(_, value)| {
            let value = value.trim_start_matches(['"', '\'', '\\']);
            let value = value.trim_start_matches([' ', '=', ':']);
            let inside = value.get(..value_len(value)).unwrap_or("");
            inside.trim_matches(['"', '\'', '\\'])
        });
        self.add(name, value);
    }

    fn document(&mut self, root: &Node<'_>) {
        let resources = root.get("Resources").map_or(&[][..], Node::entries);
        for resource in resources {
            let kind = resource.value.get("Type").and_then(Node::as_str);
            if kind.is_some_and(|kind| NESTED.contains(&kind)) {
                let properties = resource.value.get("Properties");
                self.map(properties.and_then(|properties| properties.get("Parameters")));
            }
        }
        if !root.has("Resources") {
            self.map(root.get("Parameters"));
        }
    }

    fn map(&mut self, parameters: Option<&Node<'_>>) {
        for entry in parameters.map_or(&[][..], Node::entries) {
            let is_written = Call::of(&entry.value).is_none() && !entry.value.is_map();
            let value = entry.value.as_str().filter(|_| is_written);
            self.add(&entry.key.value, value);
        }
    }
}

const PARAMETER_KEY: &str = "ParameterKey";
const PARAMETER_VALUE: &str = "ParameterValue";

/// Types of resources that are templates of their own.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Whether a file is called like one that holds parameters.
pub fn is_configuration(path: &str) -> bool {
    const ENDINGS: [&str; 3] = [".json", ".yaml", ".yml"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_called_so = ["param", "config"].iter().any(|word| name.contains(word));
    is_called_so && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The letters and digits at the start of a text: names of parameters have nothing else.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text.get(..end.unwrap_or(text.len())).unwrap_or("")
}

/// How long the value at the start of a text is: to the closing quote, or to white space or a comma.
fn value_len(text: &str) -> usize {
    let opening = text.trim_start_matches('\\');
    let skipped = text.len() - opening.len();
    if let Some(quote) = opening.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inside = opening.get(1..).unwrap_or("");
        return match inside.find(quote) {
            Some(end) => skipped + end + 2,
            None => text.len(),
        };
    }
    // A placeholder may have blanks in it: `${{ github.sha }}`.
    let mut open = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '(' => open += 1,
            '}' | ')' => open = open.saturating_sub(1),
            '\n' => return at,
            _ if open > 0 => {}
            ',' | '"' | '\'' => return at,
            _ if c.is_ascii_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, text: &str) -> String {
        let given = Given::of(path, text);
        let shown: Vec<String> = given
            .values
            .iter()
            .map(|(name, values)| {
                let values: Vec<&str> = values
                    .iter()
                    .map(|value| value.as_deref().unwrap_or("?"))
                    .collect();
                format!("{name}={}", values.join("|"))
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn every_way_to_set_a_parameter() {
        for (path, text, expected) in [
            (
                "dev.json",
                r#"[{"ParameterKey": "Env", "ParameterValue": "dev"}, {"ParameterKey":"Tag","UsePreviousValue":true}]"#,
                "Env=dev Tag=?",
            ),
            (
                "deploy.yml",
                "- run: aws cloudformation deploy --parameter-overrides Env=prod Tag=${{ github.sha }} \\\n    Name='a b' --capabilities X=1\n",
                "Env=prod Name=a b Tag=?",
            ),
            (
                "deploy.sh",
                "aws cloudformation create-stack --parameters ParameterKey=Env,ParameterValue=prod ParameterKey=Tag,ParameterValue=\"$TAG\" --x",
                "Env=prod Tag=?",
            ),
            (
                "deploy.yml",
                "with:\n  parameter-overrides: \"Env=prod,Tag=v1\"\n  other: x\n",
                "Env=prod Tag=v1",
            ),
            (
                "samconfig.toml",
                "parameter_overrides = \"Env=\\\"prod\\\" Tag=\\\"v1\\\"\"\nother = 1\n",
                "Env=prod Tag=v1",
            ),
            (
                "samconfig.toml",
                "parameter_overrides = [\"Env=prod\", \"Tag=v1\"]\nx = \"y\"\n",
                "Env=prod Tag=v1",
            ),
            (
                "app.params.json",
                r#"{"Parameters": {"Env": "prod", "Count": 2}, "Tags": {"a": "b"}}"#,
                "Count=2 Env=prod",
            ),
            ("openapi.json", r#"{"Parameters": {"Env": "prod"}}"#, ""),
            (
                "root.yaml",
                "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n      Parameters: {Env: prod, Role: !GetAtt Role.Arn, Tag: {Ref: Tag}}\n",
                "Env=prod Role=? Tag=?",
            ),
            ("a.yaml", "parameter-overrides: file://x\n", ""),
        ] {
            assert_eq!(shown(path, text), expected, "{text}");
        }
    }

    #[test]
    fn a_file_that_gives_parameters_passes_the_prefilter() {
        use crate::recognize::prefilter::may_give_parameters as passes;
        assert!(passes("x.json", br#"[{"ParameterKey": "A"}]"#));
        assert!(passes("infra/prod-params.json", br#"{"Parameters": {}}"#));
        assert!(passes("samconfig.toml", b"parameter_overrides = \"\""));
        assert!(!passes("infra/prod.json", br#"{"Parameters": {}}"#));
        assert!(!passes("params/x.md", b"Parameters"));
    }
}
