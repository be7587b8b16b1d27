//! JSONPath (RFC 9535) over the tree, for declarative rules. The only user of jsonpath-rust.
//!
//! Besides the functions of the RFC (`length`, `count`, `match`, `search`, `value`) five tests know IAM's patterns, where
//! `*` is any text, `?` one character, and case does not count, as in action names
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>).
//! Each takes two arguments. An argument is a literal, or a path to one place: a text there is a list of one, and what is
//! not a text (or number or boolean) in a list there is passed over.
//!
//! | test | true when |
//! |---|---|
//! | `in('ecr:putimage', @.Action)`, `any_of(@.Action, 'ecr:put*')` | some text of the first is covered by some pattern of the second |
//! | `nin(…)`, `none_of(…)` | both arguments are there, and no text of the first is covered |
//! | `subset_of(@.Action, 'ecr:*')` | the first holds a text, and each of its texts is covered |
//!
//! An argument that selects nothing makes every one of them false, `nin` and `none_of` too: what is not there is no
//! finding. So `!in(…)`, which is true then, is not `nin(…)`. A path to several places (`@.Action[*]`) is refused when
//! the rule is loaded, because the library hands both arguments over as one list.

use super::{Node, NodeKind, Style, Text, shown};
use crate::source::Loc;
use jsonpath_rust::parser::errors::JsonPathError;
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Segment, Selector as Step, Test,
    TestFunction,
};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use jsonpath_rust::query::queryable::Queryable;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct Selector {
    query: JpQuery,
}

/// Why a text is not a JSONPath, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(String);

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Selector {
    /// Compiles a JSONPath.
    ///
    /// # Errors
    /// If the text is not one.
    pub fn new(path: &str) -> Result<Self, SelectorError> {
        let query = parse_json_path(path).map_err(|error| SelectorError(reason(path, &error)))?;
        if segments_have_vague_test(&query.segments) {
            return Err(SelectorError(
                "an argument of `in`, `nin`, `any_of`, `none_of` and `subset_of` is a path to one place: \
                 name the list, not its items"
                    .to_string(),
            ));
        }
        Ok(Selector { query })
    }

    /// The nodes it selects in `node`, each once, in document order.
    pub fn select<'a, 's>(&self, node: &'a Node<'s>) -> Vec<&'a Node<'s>> {
        let mut found: Vec<&'a Node<'s>> = js_path_process(&self.query, node)
            .map(|found| found.into_iter().map(|one| one.val()).collect())
            .unwrap_or_default();
        if found.len() > 1 {
            // The library answers in the order in which it walked: all levels of `..` apart, unions as written.
            let mut order = HashMap::new();
            number(node, &mut order);
            found.sort_by_key(|one| order.get(&std::ptr::from_ref(*one)));
            found.dedup_by_key(|one| std::ptr::from_ref(*one));
        }
        found
    }
}

fn number<'s>(node: &Node<'s>, order: &mut HashMap<*const Node<'s>, usize>) {
    order.insert(std::ptr::from_ref(node), order.len());
    node.items().iter().for_each(|item| number(item, order));
    node.entries()
        .iter()
        .for_each(|entry| number(&entry.value, order));
}

/// The library's reason in one line. It draws the path with a caret below; here the column says where.
fn reason(path: &str, error: &JsonPathError) -> String {
    let drawn = error.to_string();
    let JsonPathError::PestError(error) = error else {
        return drawn.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let expected = error.variant.message().replace('_', " ");
    let column = drawn
        .split_once("-->")
        .and_then(|(_, place)| place.split_whitespace().next())
        .and_then(|place| place.split(':').next_back())
        .unwrap_or("1");
    format!("{expected} at column {column} of {}", shown(path))
}

/// Whether one of the five tests has a path to several places as an argument.
fn segments_have_vague_test(segments: &[Segment]) -> bool {
    segments.iter().any(|segment| match segment {
        Segment::Descendant(inner) => segments_have_vague_test(std::slice::from_ref(inner)),
        Segment::Selector(step) => step_has_vague_test(step),
        Segment::Selectors(steps) => steps.iter().any(step_has_vague_test),
    })
}

fn step_has_vague_test(step: &Step) -> bool {
    matches!(step, Step::Filter(filter) if filter_has_vague_test(filter))
}

fn filter_has_vague_test(filter: &Filter) -> bool {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().any(filter_has_vague_test),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => filter_has_vague_test(expr),
        Filter::Atom(FilterAtom::Test { expr, .. }) => test_is_vague(expr),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (Comparison::Eq(left, right)
            | Comparison::Ne(left, right)
            | Comparison::Gt(left, right)
            | Comparison::Gte(left, right)
            | Comparison::Lt(left, right)
            | Comparison::Lte(left, right)) = comparison.as_ref();
            [left, right]
                .iter()
                .any(|side| matches!(side, Comparable::Function(function) if function_is_vague(function)))
        }
    }
}

fn test_is_vague(test: &Test) -> bool {
    match test {
        Test::RelQuery(segments) => segments_have_vague_test(segments),
        Test::AbsQuery(query) => segments_have_vague_test(&query.segments),
        Test::Function(function) => function_is_vague(function),
    }
}

fn function_is_vague(function: &TestFunction) -> bool {
    match function {
        TestFunction::Custom(_, args) => args.iter().any(|arg| !leads_to_one_place(arg)),
        TestFunction::Length(arg) => argument_is_vague(arg),
        TestFunction::Value(arg) | TestFunction::Count(arg) => argument_is_vague(arg),
        TestFunction::Search(one, two) | TestFunction::Match(one, two) => {
            argument_is_vague(one) || argument_is_vague(two)
        }
    }
}

fn argument_is_vague(arg: &FnArg) -> bool {
    match arg {
        FnArg::Literal(_) => false,
        FnArg::Test(test) => test_is_vague(test),
        FnArg::Filter(filter) => filter_has_vague_test(filter),
    }
}

fn leads_to_one_place(arg: &FnArg) -> bool {
    let is_one = |segments: &[Segment]| {
        segments
            .iter()
            .all(|segment| matches!(segment, Segment::Selector(Step::Name(_) | Step::Index(_))))
    };
    match arg {
        FnArg::Literal(_) => true,
        FnArg::Test(test) => match test.as_ref() {
            Test::RelQuery(segments) => is_one(segments),
            Test::AbsQuery(query) => is_one(&query.segments),
            Test::Function(_) => false,
        },
        FnArg::Filter(_) => false,
    }
}

impl Default for Node<'_> {
    fn default() -> Self {
        Node::new(Loc::NOWHERE, NodeKind::Null)
    }
}

impl From<&str> for Node<'_> {
    fn from(value: &str) -> Self {
        Node::from(value.to_string())
    }
}

impl From<String> for Node<'_> {
    fn from(value: String) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Text(Text::verbatim(value, Style::Plain, 0)),
        )
    }
}

impl From<bool> for Node<'_> {
    fn from(value: bool) -> Self {
        Node::new(Loc::NOWHERE, NodeKind::Bool(value))
    }
}

impl From<i64> for Node<'_> {
    fn from(value: i64) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Number(Cow::Owned(value.to_string())),
        )
    }
}

impl From<f64> for Node<'_> {
    fn from(value: f64) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Number(Cow::Owned(value.to_string())),
        )
    }
}

impl<'s> From<Vec<Node<'s>>> for Node<'s> {
    fn from(items: Vec<Node<'s>>) -> Self {
        Node::new(Loc::NOWHERE, NodeKind::List(items))
    }
}

impl<'s> Queryable for Node<'s> {
    fn get(&self, key: &str) -> Option<&Self> {
        Node::get(self, key)
    }

    fn as_array(&self) -> Option<&Vec<Self>> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    fn as_object(&self) -> Option<Vec<(&str, &Self)>> {
        match &self.kind {
            NodeKind::Map(entries) => Some(
                entries
                    .iter()
                    .map(|entry| (entry.key.value.as_ref(), &entry.value))
                    .collect(),
            ),
            _ => None,
        }
    }

    fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match &self.kind {
            NodeKind::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match &self.kind {
            NodeKind::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn null() -> Self {
        Node::default()
    }

    fn extension_custom(name: &str, args: Vec<Cow<'_, Self>>) -> Self {
        let [texts, patterns] = args.as_slice() else {
            return Node::from(false);
        };
        let texts: Vec<&str> = texts
            .one_or_many()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let patterns: Vec<&str> = patterns
            .one_or_many()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let covered = |text: &&str| patterns.iter().any(|pattern| covers(pattern, text));
        Node::from(match name {
            "in" | "any_of" => texts.iter().any(covered),
            "nin" | "none_of" => !texts.iter().any(covered),
            "subset_of" => !texts.is_empty() && texts.iter().all(covered),
            _ => false,
        })
    }
}

/// Whether an IAM action pattern covers a text: `*` any run, `?` one character, case does not count.
fn covers(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last star: the pattern behind it, and the text it has taken so far.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::json;

    fn hits(path: &str, text: &str) -> Vec<String> {
        let parsed = json::parse(FileId(0), text);
        let root = &parsed.documents.first().expect("a document").root;
        let selector = Selector::new(path).expect("a path");
        selector
            .select(root)
            .into_iter()
            .map(|node| text.get(node.loc.span.range()).unwrap_or("").to_string())
            .collect()
    }

    #[test]
    fn equality_does_not_ask_where_a_node_stands() {
        assert_eq!(
            hits("$[?@.a == 'x'].a", r#"[{"a": "x"}, {"a": "y"}]"#),
            [r#""x""#]
        );
        assert_eq!(
            hits(
                "$[?@.a == @.b].b",
                r#"[{"a": "x", "b": "x"}, {"a": 1, "b": 2}]"#
            ),
            [r#""x""#]
        );
        assert_eq!(
            hits("$[?@.a == @.b].b", r#"[{"a": {"k": 1}, "b": {"k": 1}}]"#),
            [r#"{"k": 1}"#],
            "nor where a key does"
        );
    }

    #[test]
    fn tests_know_patterns_and_case() {
        let text =
            r#"[{"Action": ["ecr:Put*"]}, {"Action": "ecr:Get?uthorizationToken"}, {"Other": 1}]"#;
        assert_eq!(
            hits("$[?in('ecr:putimage', @.Action)].Action", text),
            [r#"["ecr:Put*"]"#]
        );
        assert_eq!(
            hits("$[?in('ecr:getauthorizationtoken', @.Action)].Action", text).len(),
            1
        );
        assert_eq!(
            hits("$[?in('ecr:x', @.Action)].Action", text),
            Vec::<String>::new()
        );
        assert_eq!(hits("$[?any_of(@.Action, 'ECR:P*')]", text).len(), 1);
        assert_eq!(hits("$[?subset_of(@.Action, 'ecr:*')]", text).len(), 2);
        assert_eq!(hits("$[?subset_of(@.Action, 'ecr:put*')]", text).len(), 1);
    }

    #[test]
    fn what_is_not_there_passes_no_test() {
        let text = r#"[{"Other": 1}, {"Action": []}, {"Action": [{}]}, {"Action": null}]"#;
        for test in ["in", "any_of", "subset_of"] {
            let path = format!("$[?{test}(@.Action, 'ecr:*')]");
            assert_eq!(hits(&path, text), Vec::<String>::new(), "{path}");
        }
        // An empty list is there, and holds nothing that is covered.
        let there = [
            r#"{"Action": []}"#,
            r#"{"Action": [{}]}"#,
            r#"{"Action": null}"#,
        ];
        assert_eq!(hits("$[?nin(@.Action, 'ecr:*')]", text), there);
        assert_eq!(hits("$[?none_of('ecr:x', @.Action)]", text), there);
        assert_eq!(hits("$[?!in('ecr:x', @.Action)]", text).len(), 4);
    }

    #[test]
    fn nodes_come_once_and_in_the_order_of_the_document() {
        let text = r#"{"b": {"x": 1, "y": [2, {"x": 3}]}, "x": 4, "a": 5}"#;
        assert_eq!(hits("$..x", text), ["1", "3", "4"]);
        assert_eq!(hits("$['a', 'x', 'a']", text), ["4", "5"]);
    }

    #[test]
    fn a_test_of_several_places_is_refused() {
        for path in [
            "$[?in('x', @.Action[*])]",
            "$..[?@.a && (1 == 2 || !any_of(@..b, 'x'))]",
            "$[?count(@[?nin('x', @[0:1])]) > 1]",
        ] {
            let error = Selector::new(path).expect_err("several places");
            assert!(error.to_string().contains("one place"), "{path}: {error}");
        }
        assert!(Selector::new("$[?in('x', $.a[0]['b'])]").is_ok());
    }

    #[test]
    fn patterns_are_those_of_iam() {
        for (pattern, text) in [("*", ""), ("a*b*c", "a--b-b-c"), ("É?", "éx"), ("**a", "a")] {
            assert!(covers(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("?", ""),
            ("a*b", "abc"),
            ("a", "ab"),
            ("", "a"),
            ("a?", "a"),
        ] {
            assert!(!covers(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_broken_path_is_an_error_in_one_line() {
        let error = Selector::new("$[?@.a = 1]").expect_err("not a path");
        assert_eq!(
            error.to_string(),
            "expected segment, name segment, index segment, comp op, or ALPHA at column 8 of `$[?@.a = 1]`"
        );
        let error = Selector::new("$[?nosuch(@.a)]").expect_err("no such function");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}
