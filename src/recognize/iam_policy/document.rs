//! One policy document, from a tree to the model.
//!
//! Nothing is refused here: what the grammar forbids becomes a [`Fault`], and what was meant is read as far as it can be
//! told, so that one slip does not hide the rest of a document from the rules.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use super::size;
use super::value::Notation;
use crate::model::policy::{
    Condition, Effect, Element, Fault, FaultKind, Layer, Policy, PolicyDocument, Principal,
    PrincipalEntry, Statement,
};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node};
use std::collections::BTreeMap;

const STRINGS: &str = "a string or a list of strings";

/// Reads the policy document in `node` as one of that layer. `layer_is_certain` says whether the place it was found in
/// tells the layer. Dialects that have policies inside of other things call this.
pub fn read_policy(node: &Node<'_>, layer: Layer, layer_is_certain: bool) -> Policy {
    Policy {
        document: read_document(node),
        layer,
        layer_is_certain,
        origin: None,
        endpoint_service: None,
        endpoint_is_gateway: None,
    }
}

/// Reads the policy document in `node`, as it stands in a file that a template engine may still fill in.
pub fn read_document(node: &Node<'_>) -> PolicyDocument {
    let mut document = Reader::of(Notation::Template).document(node);
    document.size = size::of(node);
    document
}

/// Reads the policy document in `node` as it would be in force: nothing in it is left to be filled in, so `${…}` and names
/// in capitals are plain text, and `Ref` is an element that AWS does not know. Its size is not measured.
pub fn read_in_force(node: &Node<'_>) -> PolicyDocument {
    Reader::of(Notation::Literal).document(node)
}

/// The entries of a map that have a meaning, by the name they are known under.
struct Fields<'n, 's> {
    entries: Vec<(&'static str, &'n Entry<'s>)>,
}

impl<'n, 's> Fields<'n, 's> {
    fn get(&self, name: &str) -> Option<&'n Entry<'s>> {
        self.entries
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, entry)| *entry)
    }
}

/// Collects faults on the way.
struct Reader {
    notation: Notation,
    faults: Vec<Fault>,
}

impl Reader {
    fn of(notation: Notation) -> Self {
        Reader {
            notation,
            faults: Vec::new(),
        }
    }

    fn document(mut self, node: &Node<'_>) -> PolicyDocument {
        let fields = self.fields(node, &["Version", "Id", "Statement"]);
        let mut complete = !self.notation.is_placeholder(node);
        let mut statements = Vec::new();
        match fields.get("Statement") {
            Some(entry) => complete &= self.statements(&entry.value, &mut statements),
            None if complete => self.fault(node.place(), FaultKind::MissingStatement),
            None => {}
        }
        let label = |reader: &mut Reader, name: &str| {
            fields
                .get(name)
                .and_then(|entry| reader.label(name, &entry.value))
        };
        let (version, id) = (label(&mut self, "Version"), label(&mut self, "Id"));
        PolicyDocument {
            loc: node.place(),
            version,
            id,
            statements,
            faults: self.sorted(),
            complete,
            size: None,
        }
    }

    fn fault(&mut self, loc: Loc, kind: FaultKind) {
        self.faults.push(Fault { loc, kind });
    }

    fn wrong_type(&mut self, loc: Loc, element: &str, expected: &'static str) {
        let element = element.to_string();
        self.fault(loc, FaultKind::WrongType { element, expected });
    }

    fn sorted(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| fault.loc);
        self.faults
    }

    /// Reports keys that stand twice.
    fn duplicates(&mut self, node: &Node<'_>) {
        const FEW: usize = 16;
        let entries = node.entries();
        // A map is small, unless somebody wants to see how long we take.
        if entries.len() <= FEW {
            for (at, entry) in entries.iter().enumerate() {
                let same = |other: &&Entry<'_>| other.key.value == entry.key.value;
                if let Some(first) = entries.iter().take(at).find(same) {
                    self.duplicate(entry, first.key.loc);
                }
            }
            return;
        }
        let mut seen: BTreeMap<&str, Loc> = BTreeMap::new();
        for entry in entries {
            match seen.get(entry.key.value.as_ref()) {
                Some(first) => self.duplicate(entry, *first),
                None => {
                    seen.insert(entry.key.value.as_ref(), entry.key.loc);
                }
            }
        }
    }

    fn duplicate(&mut self, entry: &Entry<'_>, first: Loc) {
        let name = entry.key.value.to_string();
        self.fault(entry.key.loc, FaultKind::DuplicateKey { name, first });
    }

    /// The entries with these names. A name in another letter case is a fault and is read all the same, unless the right
    /// one is there too.
    fn fields<'n, 's>(&mut self, node: &'n Node<'s>, known: &[&'static str]) -> Fields<'n, 's> {
        self.duplicates(node);
        let mut fields = Fields {
            entries: Vec::new(),
        };
        for name in known {
            if let Some(entry) = node.entry(name) {
                fields.entries.push((name, entry));
            }
        }
        for entry in node.entries() {
            let name = entry.key.value.as_ref();
            if known.contains(&name)
                || self.notation.is_function(name)
                || !self.notation.placeholders_of(name).is_known()
            {
                continue;
            }
            self.fault(
                entry.key.loc,
                FaultKind::UnknownElement {
                    name: name.to_string(),
                },
            );
            let meant = known.iter().find(|known| known.eq_ignore_ascii_case(name));
            if let Some(meant) = meant
                && fields.get(meant).is_none()
            {
                fields.entries.push((meant, entry));
            }
        }
        fields
    }

    /// Text that no rule takes for an ARN: words in capitals are names here.
    fn label(&mut self, element: &str, node: &Node<'_>) -> Option<Spanned<Template>> {
        let text = if self.notation.is_intrinsic(node) {
            self.notation.template(node)
        } else {
            self.notation.label(node)
        };
        if text.is_none() {
            self.wrong_type(node.place(), element, "a string");
        }
        text.map(|text| Spanned::new(text, node.place()))
    }

    /// Whether every statement was read.
    fn statements(&mut self, node: &Node<'_>, out: &mut Vec<Statement>) -> bool {
        const EXPECTED: &str = "an object or a list of objects";
        if self.notation.is_placeholder(node) {
            return false;
        }
        if node.is_null() || (!node.is_map() && !node.is_list()) {
            self.wrong_type(node.place(), "Statement", EXPECTED);
            return true;
        }
        let mut complete = true;
        for item in node.one_or_many() {
            if self.notation.is_placeholder(item) {
                complete = false;
            } else if item.is_map() {
                let statement = self.statement(item);
                out.push(statement);
            } else {
                self.wrong_type(item.place(), "Statement", EXPECTED);
            }
        }
        complete
    }

    fn statement(&mut self, node: &Node<'_>) -> Statement {
        const KNOWN: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let fields = self.fields(node, &KNOWN);
        let mut conditions = Vec::new();
        let (mut condition_loc, mut conditions_are_read) = (None, true);
        if let Some(entry) = fields.get("Condition") {
            let says_nothing = entry.value.is_map() && entry.value.entries().is_empty();
            condition_loc = (!says_nothing).then(|| entry.value.place());
            conditions_are_read = self.conditions(&entry.value, &mut conditions);
        }
        Statement {
            loc: node.place(),
            sid: fields
                .get("Sid")
                .and_then(|entry| self.label("Sid", &entry.value)),
            effect: self.effect(node, fields.get("Effect")),
            principal: self
                .one_form(&fields, "Principal", "NotPrincipal")
                .map(|(entry, negated)| self.principal(entry, negated)),
            action: self
                .one_form(&fields, "Action", "NotAction")
                .map(|(entry, negated)| self.element(entry, negated)),
            resource: self
                .one_form(&fields, "Resource", "NotResource")
                .map(|(entry, negated)| self.element(entry, negated)),
            conditions,
            conditions_are_read,
            condition_loc,
        }
    }

    fn effect(
        &mut self,
        statement: &Node<'_>,
        entry: Option<&Entry<'_>>,
    ) -> Option<Spanned<Effect>> {
        let Some(entry) = entry else {
            self.fault(statement.place(), FaultKind::MissingEffect);
            return None;
        };
        let node = &entry.value;
        let text = self.label("Effect", node)?;
        let value = match text.value.as_literal()? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            other => {
                let value = other.to_string();
                self.fault(node.place(), FaultKind::BadEffect { value });
                return None;
            }
        };
        Some(Spanned::new(value, node.place()))
    }

    /// The entry of an element that has a plain and a `Not…` form; the plain one if both are there.
    fn one_form<'n, 's>(
        &mut self,
        fields: &Fields<'n, 's>,
        element: &'static str,
        negated: &str,
    ) -> Option<(&'n Entry<'s>, bool)> {
        match (fields.get(element), fields.get(negated)) {
            (Some(entry), Some(other)) => {
                self.fault(other.key.loc, FaultKind::BothForms { element });
                Some((entry, false))
            }
            (Some(entry), None) => Some((entry, false)),
            (None, other) => other.map(|entry| (entry, true)),
        }
    }

    fn element(&mut self, entry: &Entry<'_>, negated: bool) -> Element {
        let mut values = Vec::new();
        let complete = self.strings(&entry.key.value, &entry.value, &mut values);
        Element {
            key: entry.key.loc,
            loc: entry.value.place(),
            negated,
            values,
            complete,
        }
    }

    /// Reads a string or a list of strings; whether all of it was read.
    fn strings(
        &mut self,
        element: &str,
        node: &Node<'_>,
        out: &mut Vec<Spanned<Template>>,
    ) -> bool {
        if self.notation.is_computed(node) {
            return self.call(node, out);
        }
        if node.is_null() || node.is_map() {
            self.wrong_type(node.place(), element, STRINGS);
            return true;
        }
        let mut complete = true;
        for item in node.one_or_many() {
            if self.notation.is_computed(item) {
                complete &= self.call(item, out);
            } else if item.as_text().is_some() {
                let text = self.notation.template(item);
                out.extend(text.map(|text| Spanned::new(text, item.place())));
            } else if let Some(text) = item.as_str() {
                // A number or a boolean: IAM wants quotes, other readers add them.
                self.wrong_type(item.place(), element, STRINGS);
                out.push(Spanned::new(Template::literal(text), item.place()));
            } else {
                self.wrong_type(item.place(), element, STRINGS);
            }
        }
        complete
    }

    /// What a function or an unknown value gives: text, if it is one that makes text; else perhaps a list, of which
    /// nothing is known.
    fn call(&mut self, node: &Node<'_>, out: &mut Vec<Spanned<Template>>) -> bool {
        let Some(text) = self.notation.template(node) else {
            return false;
        };
        // `Ref` and `GetAtt` may give a list as well as a text, the other functions too; only text with something known
        // in it is surely one.
        let is_text = text.pieces().len() > 1 || text.is_known();
        out.push(Spanned::new(text, node.place()));
        is_text
    }

    fn principal(&mut self, entry: &Entry<'_>, negated: bool) -> Principal {
        const EXPECTED: &str = "`\"*\"` or an object";
        let node = &entry.value;
        let mut principal = Principal {
            key: entry.key.loc,
            loc: node.place(),
            negated,
            everyone: None,
            entries: Vec::new(),
            complete: true,
        };
        if self.notation.is_placeholder(node) {
            principal.complete = false;
        } else if node.as_str() == Some("*") {
            principal.everyone = Some(node.place());
        } else if node.is_map() {
            self.duplicates(node);
            for entry in node.entries() {
                self.principal_entry(entry, &mut principal);
            }
        } else if self
            .notation
            .label(node)
            .is_some_and(|text| !text.is_known())
        {
            principal.complete = false;
        } else {
            self.wrong_type(node.place(), &entry.key.value, EXPECTED);
        }
        principal
    }

    fn principal_entry(&mut self, entry: &Entry<'_>, principal: &mut Principal) {
        const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
        let name = entry.key.value.as_ref();
        if !self.notation.placeholders_of(name).is_known() {
            principal.complete = false;
            return;
        }
        let kind = KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(name));
        if !KINDS.contains(&name) {
            self.fault(
                entry.key.loc,
                FaultKind::UnknownElement {
                    name: name.to_string(),
                },
            );
        }
        let mut values = Vec::new();
        if entry.value.as_str().is_some() && entry.value.as_text().is_none() {
            // An account id without quotes: whoever turns YAML into JSON quotes it.
            values.extend(
                self.notation
                    .template(&entry.value)
                    .map(|text| Spanned::new(text, entry.value.place())),
            );
        } else {
            principal.complete &= self.strings(name, &entry.value, &mut values);
        }
        let kind = Spanned::new(kind.map_or(name, |kind| *kind).to_string(), entry.key.loc);
        principal
            .entries
            .extend(values.into_iter().map(|value| PrincipalEntry {
                kind: kind.clone(),
                value,
            }));
    }

    /// Whether every condition was read.
    fn conditions(&mut self, node: &Node<'_>, out: &mut Vec<Condition>) -> bool {
        const EXPECTED: &str = "an object of operators, each an object of keys";
        if self.notation.is_placeholder(node) {
            return false;
        }
        if !node.is_map() {
            self.wrong_type(node.place(), "Condition", EXPECTED);
            return true;
        }
        self.duplicates(node);
        let mut complete = true;
        for operator in node.entries() {
            if self.notation.is_placeholder(&operator.value) || self.is_open(&operator.key.value) {
                complete = false;
                continue;
            }
            if !operator.value.is_map() {
                self.wrong_type(operator.value.place(), "Condition", EXPECTED);
                continue;
            }
            self.duplicates(&operator.value);
            for key in operator.value.entries() {
                if self.is_open(&key.key.value) {
                    complete = false;
                    continue;
                }
                let condition = self.condition(operator, key);
                out.push(condition);
            }
        }
        complete
    }

    /// Whether a key is not known, or not all of it.
    fn is_open(&self, key: &str) -> bool {
        self.notation.is_function(key) || !self.notation.placeholders_of(key).is_known()
    }

    fn condition(&mut self, operator: &Entry<'_>, key: &Entry<'_>) -> Condition {
        let mut values = Vec::new();
        for item in key.value.one_or_many() {
            match self.notation.template(item) {
                Some(text) => values.push(Spanned::new(text, item.place())),
                None => self.wrong_type(item.place(), &key.key.value, STRINGS),
            }
        }
        if key.value.is_null() {
            self.wrong_type(key.value.place(), &key.key.value, STRINGS);
        }
        let spanned =
            |key: &Spanned<std::borrow::Cow<'_, str>>| Spanned::new(key.value.to_string(), key.loc);
        Condition {
            loc: key.key.loc.cover(key.value.place()),
            operator: spanned(&operator.key),
            key: spanned(&key.key),
            values,
        }
    }
}
