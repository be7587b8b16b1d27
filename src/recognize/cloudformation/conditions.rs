//! Whether a condition is met in one reading of a template.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html>

use super::call::{Call, referred, rendered};
use super::evaluate::Evaluator;
use super::readings::Choice;
use crate::tree::{Node, NodeKind};

impl<'s> Evaluator<'_, 's> {
    /// Whether the condition of this name is met; `None` where that is not known.
    pub(super) fn verdict(&self, name: &str) -> Option<bool> {
        if let Some(known) = self.verdicts.borrow().get(name) {
            return *known;
        }
        let entry = self.anatomy.conditions.get(name)?;
        // A condition that needs itself is not known.
        self.verdicts.borrow_mut().insert(name.to_string(), None);
        let verdict = self.holds(&entry.value);
        self.verdicts.borrow_mut().insert(name.to_string(), verdict);
        verdict
    }

    /// The verdict on what `If` is given first: a condition's name.
    pub(super) fn verdict_of(&self, node: &Node<'s>) -> Option<bool> {
        match condition_named(node) {
            Some(name) => self.verdict(name),
            None => self.holds(node),
        }
    }

    fn holds(&self, node: &Node<'s>) -> Option<bool> {
        let _level = self.level()?;
        if let Some(name) = condition_reference(node) {
            return self.verdict(name);
        }
        let Some(call) = Call::of(node) else {
            return node.as_bool();
        };
        let items = call.argument.items();
        match call.name {
            "Equals" => self.equals(node, items),
            "Not" => match items {
                [one] => self.holds(one).map(|holds| !holds),
                _ => None,
            },
            "And" => joined(items.iter().map(|item| self.holds(item)), false),
            "Or" => joined(items.iter().map(|item| self.holds(item)), true),
            _ => None,
        }
    }

    fn equals(&self, node: &Node<'s>, items: &[Node<'s>]) -> Option<bool> {
        let [left, right] = items else { return None };
        let taken = atom(node).and_then(|atom| self.choices.atoms.get(&atom));
        if taken.is_some() {
            return taken.copied();
        }
        let (first, second) = (self.text(left)?, self.text(right)?);
        if let (Some(first), Some(second)) = (first.as_literal(), second.as_literal()) {
            return Some(first == second);
        }
        if first == second {
            return Some(true);
        }
        // A value that is none of those it is compared with.
        let is_other = |node| {
            let choice = referred(node).and_then(|name| self.choices.named.get(name));
            matches!(choice, Some(Choice::Other(_)))
        };
        let differs =
            (is_other(left) && second.is_known()) || (is_other(right) && first.is_known());
        differs.then_some(false)
    }
}

/// `And` (`absorbing` is `false`) and `Or` of what is known and what is not.
fn joined(verdicts: impl Iterator<Item = Option<bool>>, absorbing: bool) -> Option<bool> {
    let mut all = Some(!absorbing);
    for verdict in verdicts {
        match verdict {
            Some(one) if one == absorbing => return Some(absorbing),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

/// The condition that a node names, where a name is expected.
pub(super) fn condition_named<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    match &node.kind {
        NodeKind::Text(text) if node.tag.is_none() => Some(&text.value),
        _ => condition_reference(node),
    }
}

/// The condition that `!Condition Name` or `{"Condition": "Name"}` refers to.
pub(super) fn condition_reference<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    if let Some(call) = Call::of(node) {
        return (call.name == "Condition").then(|| call.argument.text())?;
    }
    match node.entries() {
        [entry] if entry.key.value == "Condition" => entry.value.as_str(),
        _ => None,
    }
}

/// What tells an `Equals` from those that compare something else; `None` for one too long to be told.
pub(super) fn atom(equals: &Node<'_>) -> Option<String> {
    rendered(equals)
}
