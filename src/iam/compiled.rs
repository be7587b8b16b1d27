//! A policy document prepared for many requests.

use super::Answer;
use super::condition::Condition;
use super::formula::{Atoms, Formula};
use super::matching::{self, Entry, glob_matches};
use super::principal::Principal;
use super::request::{Request, Target};
use super::text::{self, Resolved, Syntax, Text, Token};
use super::verdict::Atom;
use crate::catalog;
use crate::model::policy::{Effect, Element, FaultKind, PolicyDocument};
use crate::model::template::Template;

/// A policy document whose patterns, values and operators are parsed once.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(super) malformed: Option<String>,
    /// Whether every statement was read.
    pub(super) complete: bool,
    pub(super) statements: Vec<Statement>,
}

/// A statement, prepared.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) effect: Option<Effect>,
    pub(super) principal: Option<Principal>,
    pub(super) action: Option<List<Action>>,
    pub(super) resource: Option<List<Resource>>,
    pub(super) conditions: Vec<Condition>,
    /// Whether they are all.
    conditions_are_read: bool,
}

/// The values of an element that has a `Not…` form.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    pub(super) negated: bool,
    pub(super) complete: bool,
    pub(super) entries: Vec<T>,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Everything,
    Plain(String),
    /// Text and then a star.
    Start(String),
    Glob(String),
    Hole(Template),
}

#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) entry: Entry,
    text: Text,
    /// It starts like an ARN, has fewer than six fields and does not end with a star.
    is_short: bool,
    /// A policy variable stands before the fifth colon.
    has_early_variable: bool,
    /// Some wildcard may have to stay inside its segment.
    may_be_bound: bool,
}

impl Compiled {
    /// Prepares a document. Never fails: a document that AWS would refuse is kept as malformed, and whatever depends on
    /// it is unknown.
    #[must_use]
    pub fn new(document: &PolicyDocument) -> Compiled {
        let compiled = Compiled::as_meant(document);
        Compiled {
            malformed: malformed(document, &compiled.statements),
            ..compiled
        }
    }

    /// Prepares a document as if AWS took it: its faults are left aside, and what it says is what it will say once they
    /// are mended.
    pub(super) fn as_meant(document: &PolicyDocument) -> Compiled {
        let variables = document
            .version
            .as_ref()
            .is_some_and(|version| version.value.as_literal() == Some("2012-10-17"));
        let statements: Vec<_> = document
            .statements
            .iter()
            .map(|statement| Statement {
                effect: statement.effect.as_ref().map(|effect| effect.value),
                principal: statement.principal.as_ref().map(Principal::new),
                action: statement
                    .action
                    .as_ref()
                    .map(|element| List::of(element, Action::new)),
                resource: statement.resource.as_ref().map(|element| {
                    List::of(element, |template| Resource::new(template, variables))
                }),
                conditions: statement
                    .conditions
                    .iter()
                    .map(|condition| Condition::new(condition, variables))
                    .collect(),
                conditions_are_read: statement.conditions_are_read,
            })
            .collect();
        Compiled {
            malformed: None,
            complete: document.complete,
            statements,
        }
    }

    /// The statements with these indices alone.
    pub(super) fn only(&self, keep: impl Fn(usize) -> bool) -> Compiled {
        Compiled {
            statements: self
                .statements
                .iter()
                .enumerate()
                .filter(|(at, _)| keep(*at))
                .map(|(_, statement)| statement.clone())
                .collect(),
            malformed: self.malformed.clone(),
            complete: self.complete,
        }
    }

    /// Why AWS would refuse the document, if it would: lower case, one line, no full stop.
    #[must_use]
    pub fn malformed(&self) -> Option<&str> {
        self.malformed.as_deref()
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
fn malformed(document: &PolicyDocument, statements: &[Statement]) -> Option<String> {
    if let Some(fault) = document.faults.first() {
        return Some(match &fault.kind {
            FaultKind::MissingStatement => "there is no `Statement`".to_string(),
            FaultKind::UnknownElement { name } => format!("unknown element `{}`", shown(name)),
            FaultKind::DuplicateKey { name, .. } => format!("`{}` stands twice", shown(name)),
            FaultKind::WrongType { element, expected } => {
                format!("`{}` is not {expected}", shown(element))
            }
            FaultKind::MissingEffect => "a statement has no `Effect`".to_string(),
            FaultKind::BadEffect { value } => format!("unknown effect `{}`", shown(value)),
            FaultKind::BothForms { element } => {
                format!("both `{element}` and `Not{element}` in one statement")
            }
        });
    }
    if let Some(version) = &document.version
        && let Some(text) = version.value.as_literal()
        && !matches!(text, "2012-10-17" | "2008-10-17")
    {
        return Some(format!("unknown version `{}`", shown(text)));
    }
    statements.iter().find_map(|statement| {
        if statement.action.is_none() {
            return Some("a statement has no `Action`".to_string());
        }
        statement
            .conditions
            .iter()
            .find_map(Condition::unknown_operator)
            .map(|operator| format!("unknown condition operator `{}`", shown(operator)))
    })
}

/// Text of a document, short and on one line.
fn shown(text: &str) -> String {
    text.chars().take(60).filter(|c| !c.is_control()).collect()
}

impl<T> List<T> {
    fn of(element: &Element, prepare: impl Fn(&Template) -> T) -> List<T> {
        List {
            negated: element.negated,
            complete: element.complete,
            entries: element
                .values
                .iter()
                .map(|value| prepare(&value.value))
                .collect(),
        }
    }

    /// Whether it holds, given whether an entry does.
    fn holds(
        &self,
        name: &str,
        atoms: &mut Atoms,
        entry: impl Fn(&T, &mut Atoms) -> Formula,
    ) -> Formula {
        let mut any = Formula::False;
        for one in &self.entries {
            any = any.or(entry(one, atoms));
            if any.is_true() {
                break;
            }
        }
        if !self.complete && !any.is_true() {
            any = any.or(atoms.rest(name));
        }
        any.negated_if(self.negated)
    }
}

impl Statement {
    /// Whether it names the action, given in lower case.
    pub(super) fn names_action(&self, action: &str, atoms: &mut Atoms) -> Formula {
        match &self.action {
            Some(list) => list.holds("`Action`", atoms, |entry, atoms| entry.names(action, atoms)),
            None => atoms.undocumented("a statement without `Action`", ""),
        }
    }

    /// Whether it names the request's resource. Only some layers may leave the element out, and mean what they are
    /// attached to.
    pub(super) fn names_resource(
        &self,
        request: &Request,
        may_leave_out: bool,
        atoms: &mut Atoms,
    ) -> Formula {
        match &self.resource {
            Some(list) => match request.target() {
                Target::Exact(arn) => list.holds("`Resource`", atoms, |entry, atoms| {
                    entry.names(arn, list.negated, request, atoms)
                }),
                Target::Pattern(_) => list.covers(request, atoms),
            },
            None if may_leave_out => Formula::True,
            None => atoms.undocumented("a statement without `Resource`", ""),
        }
    }

    /// Whether it names any part of the request's resource. This is less to work out than whether it names all of it.
    pub(super) fn touches(&self, request: &Request, may_leave_out: bool) -> Answer {
        match (&self.resource, request.target()) {
            (Some(list), Target::Pattern(_)) => list.touches(request),
            _ => self
                .names_resource(request, may_leave_out, &mut Atoms::default())
                .value(&[]),
        }
    }

    /// Whether its conditions hold.
    pub(super) fn conditions_hold(&self, request: &Request, atoms: &mut Atoms) -> Formula {
        let mut all = Formula::True;
        for condition in &self.conditions {
            all = all.and(condition.holds(request.context(), atoms));
            if all.is_false() {
                break;
            }
        }
        if !self.conditions_are_read && !all.is_false() {
            all = all.and(atoms.rest("`Condition`"));
        }
        all
    }

    /// Its conditions that fail for certain, each asked by itself.
    pub(super) fn failed_conditions(&self, request: &Request) -> Vec<usize> {
        let fails = |condition: &Condition| {
            let mut atoms = Atoms::default();
            condition.holds(request.context(), &mut atoms).value(&[]) == Answer::No
        };
        self.conditions
            .iter()
            .enumerate()
            .filter(|(_, condition)| fails(condition))
            .map(|(at, _)| at)
            .collect()
    }
}

impl List<Resource> {
    /// Whether it names all that the request's pattern stands for: no atom is needed if it names all or none.
    fn covers(&self, request: &Request, atoms: &mut Atoms) -> Formula {
        let named = match self.entries_cover(request) {
            Answer::Yes => Formula::True,
            covered => match self.entries_touch(request) {
                Answer::No => Formula::False,
                touched => {
                    let is_part = covered == Answer::No && touched == Answer::Yes;
                    atoms.formula(self.part_of(request, is_part))
                }
            },
        };
        let named = if self.complete || named.is_true() {
            named
        } else {
            named.or(atoms.rest("`Resource`"))
        };
        named.negated_if(self.negated)
    }

    /// What it hangs on that it names all that was asked for: which resource of them it is, if it names a part for
    /// certain.
    fn part_of(&self, request: &Request, is_certain: bool) -> Atom {
        let has_hole = |template: &Template| !template.is_known();
        let asked_has_hole = match request.target() {
            Target::Pattern(pattern) => has_hole(pattern),
            Target::Exact(_) => false,
        };
        let entries = || self.entries.iter().map(|one| &one.entry.template);
        let hangs_on_hole = !is_certain && (asked_has_hole || entries().any(has_hole));
        let mut texts: Vec<_> = entries().map(|template| format!("`{template}`")).collect();
        texts.sort_unstable();
        texts.dedup();
        let text = texts.join(", ");
        let entries: Vec<_> = self.entries.iter().map(|one| &one.entry).collect();
        if !is_certain && request.asked().is_too_complex(&entries) {
            Atom::TooComplex
        } else if hangs_on_hole {
            Atom::Hole { text }
        } else {
            Atom::Resource { pattern: text }
        }
    }

    /// Whether it names any of what the request's pattern stands for.
    fn touches(&self, request: &Request) -> Answer {
        let unread = if self.complete {
            Answer::No
        } else {
            Answer::Maybe
        };
        if self.negated {
            self.entries_cover(request).or(unread).negated()
        } else {
            self.entries_touch(request).or(unread)
        }
    }

    fn entries_cover(&self, request: &Request) -> Answer {
        let entries: Vec<_> = self.entries.iter().map(|one| &one.entry).collect();
        request.asked().covered_by(&entries)
    }

    fn entries_touch(&self, request: &Request) -> Answer {
        let mut touched = Answer::No;
        for one in &self.entries {
            touched = touched.or(request.asked().touched_by(&one.entry));
            if touched == Answer::Yes {
                break;
            }
        }
        touched
    }
}

impl Action {
    fn new(template: &Template) -> Action {
        let Some(literal) = template.as_literal() else {
            return Action::Hole(template.clone());
        };
        let text = literal.to_ascii_lowercase();
        let start = text.strip_suffix('*').unwrap_or(&text);
        match start.contains(['*', '?']) {
            true => Action::Glob(text),
            false if start.len() == text.len() => Action::Plain(text),
            false if start.is_empty() => Action::Everything,
            false => Action::Start(start.to_string()),
        }
    }

    /// The text in lower case, if it has neither wildcard nor hole.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Action::Plain(text) => Some(text),
            _ => None,
        }
    }

    fn names(&self, action: &str, atoms: &mut Atoms) -> Formula {
        match self.matches(action) {
            Answer::Yes => Formula::True,
            Answer::No => Formula::False,
            Answer::Maybe => atoms.formula(Atom::Hole {
                text: match self {
                    Action::Hole(template) => format!("{template} as an action"),
                    _ => action.to_string(),
                },
            }),
        }
    }

    /// Whether it matches the action, given in lower case, as far as holes let us know.
    fn matches(&self, action: &str) -> Answer {
        match self {
            Action::Everything => Answer::Yes,
            Action::Plain(text) => (text == action).into(),
            Action::Start(start) => action.starts_with(start.as_str()).into(),
            Action::Glob(glob) => glob_matches(glob, action).into(),
            Action::Hole(template) => matching::open_action_matches(template, action),
        }
    }
}

/// The actions of a service that an entry of `Action` matches, whatever its holes hold.
pub fn actions_matched(
    entry: &Template,
    service: &str,
) -> impl Iterator<Item = &'static catalog::Action> + use<> {
    let entry = Action::new(entry);
    let prefix = service.len() + 1;
    let mut known = format!("{service}:");
    catalog::actions_of(service).iter().filter(move |action| {
        known.truncate(prefix);
        known.push_str(action.name);
        known.make_ascii_lowercase();
        entry.matches(&known) == Answer::Yes
    })
}

impl Resource {
    fn new(template: &Template, variables: bool) -> Resource {
        let text = Text::new(
            template,
            Syntax {
                wildcards: true,
                variables,
            },
        );
        let fields = crate::model::arn::fields(template);
        let is_arn = fields.first().and_then(Template::as_literal) == Some("arn");
        let early = fields.iter().take(5);
        Resource {
            is_short: is_arn && fields.len() < 6 && !text.written.ends_with('*'),
            has_early_variable: variables && early.clone().any(|field| field.contains("${")),
            may_be_bound: fields.len() > 1
                && early.clone().any(|field| {
                    let text = field.to_string();
                    text.contains('?') || (text.contains('*') && text != "*")
                }),
            entry: Entry::new(template),
            text,
        }
    }

    /// Whether it reaches the ARN. `negated`: whether it stands in `NotResource`.
    fn names(&self, arn: &str, negated: bool, request: &Request, atoms: &mut Atoms) -> Formula {
        if self.text.has_hole {
            return match request.asked().covered_by(&[&self.entry]) {
                Answer::Yes => Formula::True,
                Answer::No => Formula::False,
                Answer::Maybe => atoms.formula(Atom::Hole {
                    text: self.entry.template.to_string(),
                }),
            };
        }
        let written = &self.text.written;
        let named = match self.text.resolve(request.context()) {
            Resolved::Plain(text) if text == arn => Formula::True,
            Resolved::Plain(text) => {
                let completes = self.is_short
                    && arn
                        .strip_prefix(text)
                        .is_some_and(|rest| rest.starts_with(':'));
                return self.completed(completes, atoms);
            }
            Resolved::Pattern(tokens) => match text::matches(&tokens, arn, false) {
                None => atoms.formula(Atom::TooComplex),
                Some(true) if self.may_be_bound && !self.stays_in_segments(&tokens, arn) => {
                    atoms.undocumented("a wildcard inside a segment that crosses a colon", written)
                }
                Some(true) => Formula::True,
                Some(false) => {
                    let completes = self.is_short && {
                        let mut longer = tokens.to_vec();
                        longer.extend([Token::Char(':'), Token::Star]);
                        text::matches(&longer, arn, false) == Some(true)
                    };
                    return self.completed(completes, atoms);
                }
            },
            Resolved::Valueless if negated => {
                return atoms.undocumented("a variable without value in `NotResource`", written);
            }
            Resolved::Valueless => Formula::False,
            Resolved::Unknown(key) => atoms.formula(Atom::Variable {
                key: key.to_string(),
                text: format!("`{written}` matches `{arn}`"),
            }),
            Resolved::Many => atoms.undocumented("a policy variable with several values", written),
        };
        if self.has_early_variable && !named.is_false() {
            return atoms.undocumented(
                "a policy variable before the fifth colon of an ARN",
                written,
            );
        }
        named
    }

    fn stays_in_segments(&self, tokens: &[Token], arn: &str) -> bool {
        !text::has_bound_wildcard(tokens) || text::matches_in_segments(tokens, arn)
    }

    fn completed(&self, completes: bool, atoms: &mut Atoms) -> Formula {
        if completes {
            atoms.undocumented("an ARN with fewer than six fields", &self.text.written)
        } else {
            Formula::False
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions() {
        for (entry, action, answer) in [
            ("ecr:PutImage", "ecr:PutImage", Answer::Yes),
            ("ECR:putimage", "ecr:PutImage", Answer::Yes),
            ("ecr:*Layer*", "ecr:InitiateLayerUpload", Answer::Yes),
            ("*", "ecr:PutImage", Answer::Yes),
            ("ecr*", "ecr-public:PutImage", Answer::Yes),
            ("ecr:", "ecr:PutImage", Answer::No),
            ("ecr: PutImage", "ecr:PutImage", Answer::No),
            ("ecr:<x>", "ecr:PutImage", Answer::Maybe),
            ("ecr:<x>", "s3:GetObject", Answer::No),
            ("<x>", "ecr:PutImage", Answer::Maybe),
        ] {
            let lower = action.to_ascii_lowercase();
            assert_eq!(
                Action::new(&template(entry)).matches(&lower),
                answer,
                "{entry} on {action}"
            );
        }
    }

    /// `<x>` in a test's text is a hole named `x`.
    fn template(text: &str) -> Template {
        let mut out = Template::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, tail) = after.split_once('>').expect("a closed hole");
            out.push_literal(before);
            out.push_hole(name, format!("<{name}>"));
            rest = tail;
        }
        out.push_literal(rest);
        out
    }
}
