//! Stacks inside of stacks: what their templates declare is not in sight where they lie in a bucket or a catalog.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html>

use super::{Declared, Kinds, handover};
use crate::model::origin::DeclaredElsewhere;
use crate::recognize::Recognized;

/// What is read here.
pub const KINDS: Kinds = &[
    ("AWS::CloudFormation::Stack", stack),
    ("AWS::Serverless::Application", stack),
];

fn stack(declared: &Declared<'_>, out: &mut Recognized) {
    handover::handed_over(declared, out);
    let template = declared.any_text(&["TemplateURL", "Location"]);
    // A path that `package` or `deploy` will replace: a file of this tree.
    let is_local = template.as_ref().is_some_and(|template| {
        let text = template.value.as_literal();
        text.is_some_and(|text| !text.contains("://") && !text.starts_with("arn:"))
    });
    if !is_local {
        out.facts.declared_elsewhere.push(DeclaredElsewhere {
            origin: declared.origin.clone(),
            source: template.map_or_else(String::new, |template| template.value.to_string()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen;

    #[test]
    fn a_template_that_lies_elsewhere_is_noted() {
        for (text, expected) in [
            ("TemplateURL: ./child.yaml", false),
            ("TemplateURL: https://b.s3.amazonaws.com/x.yaml", true),
            ("TemplateURL: ⟨Url⟩", true),
            ("Parameters: {}", true),
        ] {
            let facts = specimen::facts("AWS::CloudFormation::Stack", text);
            assert_eq!(!facts.declared_elsewhere.is_empty(), expected, "{text}");
        }
    }
}
