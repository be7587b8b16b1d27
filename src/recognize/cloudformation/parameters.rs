//! What a template is given: parameters and pseudo parameters.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>

use super::anatomy::Anatomy;
use super::evaluate::{Evaluator, weight};
use super::readings::Choice;
use super::text::{part, reached_at};
use crate::model::template::Template;
use crate::source::Loc;
use crate::tree::{Node, NodeKind, Why};

impl<'n, 's> Anatomy<'n, 's> {
    /// The default of a parameter, as written. A secret has none that is worth knowing, and that of a parameter of Systems
    /// Manager is only the name of the value.
    pub(super) fn default(&self, name: &str) -> Result<&'n Node<'s>, Why> {
        let parameter = self.parameters.get(name).ok_or(Why::Undeclared)?;
        let kind = parameter.get("Type").and_then(Node::as_str).unwrap_or("");
        let is_secret = parameter.get("NoEcho").and_then(Node::as_bool) == Some(true);
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return Err(Why::Elsewhere);
        }
        let default = parameter
            .get("Default")
            .filter(|default| default.as_str().is_some());
        let default = default.filter(|_| !is_secret).ok_or(Why::Input)?;
        match default.as_str() {
            Some(text) if self.given.overrides(name, text) => Err(Why::Overridden),
            _ => Ok(default),
        }
    }

    /// The values that a parameter may have, where it lists them.
    pub(super) fn allowed(&self, name: &str) -> &'n [Node<'s>] {
        let parameter = self.parameters.get(name);
        let values = parameter.and_then(|parameter| parameter.get("AllowedValues"));
        values.map_or(&[], |values| values.items())
    }

    /// Whether a parameter is a list.
    fn is_list(&self, name: &str) -> bool {
        let kind = self
            .parameters
            .get(name)
            .and_then(|parameter| parameter.get("Type"))
            .and_then(|kind| kind.as_str());
        kind.is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"))
    }
}

impl<'s> Evaluator<'_, 's> {
    /// What a parameter stands for at `place`.
    pub(super) fn parameter(&self, name: &str, place: Loc) -> Node<'s> {
        let chosen = match self.choices.named.get(name) {
            Some(Choice::Is(value) | Choice::Other(Some(value))) => Ok(value),
            Some(Choice::Other(None)) => Err(Why::Condition),
            None if self.choices.hidden.contains(name) => Err(Why::Condition),
            None => self.anatomy.default(name),
        };
        let value = match chosen {
            Ok(value) => value,
            Err(why) => return self.unknown(place, name, format!("${{{name}}}"), why),
        };
        if !self.spend(weight(value)) {
            return self.too_complex(place);
        }
        let mut value = match self.anatomy.is_list(name) {
            true => list(value),
            false => value.clone(),
        };
        reached_at(&mut value, place);
        value
    }

    /// What a pseudo parameter stands for at `place`; `None` if there is none of that name.
    pub(super) fn pseudo(&self, name: &str, place: Loc) -> Option<Node<'s>> {
        let computed = |template| Some(self.computed(template, place));
        match name {
            "AWS::AccountId" => return computed(&self.scope.account),
            "AWS::Region" => return computed(&self.scope.region),
            "AWS::Partition" => return computed(&self.scope.known_partition()),
            "AWS::URLSuffix" => return computed(&Template::literal(self.scope.url_suffix())),
            "AWS::StackName" | "AWS::StackId" | "AWS::NotificationARNs" => {}
            _ => return None,
        }
        if let Some(Choice::Is(value)) = self.choices.named.get(name) {
            let mut value = value.clone();
            reached_at(&mut value, place);
            return Some(value);
        }
        Some(self.unknown(place, name, format!("${{{name}}}"), Why::DeployTime))
    }
}

/// The items of a list that is written with commas.
fn list<'s>(written: &Node<'s>) -> Node<'s> {
    let Some(text) = written.as_text() else {
        let items = vec![written.clone()];
        return Node::new(written.loc, NodeKind::List(items));
    };
    let mut items = Vec::new();
    let mut start = 0;
    for piece in text.value.split(',') {
        let inside = piece.trim();
        let before = piece.len() - piece.trim_start().len();
        let at = start + before;
        items.push(part(written, at..at + inside.len()));
        start += piece.len() + 1;
    }
    if text.value.trim().is_empty() {
        items.clear();
    }
    Node::new(written.loc, NodeKind::List(items))
}
