//! `file`, `templatefile` and their kin: files of the tree, read as Terraform would, with the places in them.

use super::Outcome;
use super::encode::base64;
use crate::recognize::terraform::evaluate::{Env, Evaluator, Names};
use crate::recognize::terraform::module::join;
use crate::recognize::terraform::relevant;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::source::path_pattern::PathPattern;
use crate::tree::{Node, NodeKind, Style, Text, Unknown, Why, hcl};
use std::rc::Rc;

/// The call of a function that reads a file.
pub(super) fn call<'m>(
    evaluator: &Evaluator<'m>,
    name: &str,
    arguments: &[Value],
    loc: Loc,
    env: &Env<'_, 'm>,
) -> Outcome {
    if name == "templatestring" {
        return match arguments {
            [text, variables] => template_of_text(evaluator, text, variables, env),
            _ => Outcome::Open,
        };
    }
    if name == "fileset" {
        return match arguments {
            [folder, pattern] => listed(evaluator, folder, pattern, loc, env).into(),
            _ => Outcome::Open,
        };
    }
    let Some(path) = arguments.first().and_then(|one| one.as_str()) else {
        return Outcome::Open;
    };
    // `path.module` is the module's folder as seen from the working directory; any other path starts at the root module.
    let in_root = if env.at.root == "." { "" } else { &env.at.root };
    let found = [join("", path), join(in_root, path)]
        .into_iter()
        .find_map(|path| evaluator.file(&path));
    let Some((file, text)) = found else {
        if name == "fileexists" {
            return Outcome::Open;
        }
        let unknown = Unknown::new(
            format!("file {path}"),
            format!(
                "${{{name}('{}')}}",
                path.replace(['"', '\\', '{', '}'], "_")
            ),
            Why::Elsewhere,
        );
        return Outcome::Is(value::unknown(loc, unknown));
    };
    match (name, arguments) {
        ("fileexists", _) => Outcome::Is(value::boolean(true, loc)),
        ("filebase64", _) => Outcome::Is(value::text(base64(text.as_bytes()), loc)),
        ("templatefile", [_, variables]) => {
            let stripped = text.strip_prefix('\u{feff}').unwrap_or(text);
            let base = text.len() - stripped.len();
            let whole = Loc::new(file, crate::source::Span::new(base, text.len()));
            match hcl::parse_template(file, stripped, base) {
                Ok(parts) => template(evaluator, &parts, variables, whole, env),
                Err(_) => Outcome::Open,
            }
        }
        ("file", _) => {
            let span = crate::source::Span::new(0, text.len());
            let text = Text::verbatim(text.to_string(), Style::Literal, 0);
            Outcome::Is(Node::new(Loc::new(file, span), NodeKind::Text(text)))
        }
        _ => Outcome::Open,
    }
}

/// Most files that are listed.
const MOST_FILES: usize = 1000;

/// `fileset`: the files below a folder that match a pattern, by their paths from there. Only kinds of files that are all
/// read are listed; and where none is found, there may be some that were left out.
fn listed(
    evaluator: &Evaluator<'_>,
    folder: &Value,
    pattern: &Value,
    loc: Loc,
    env: &Env<'_, '_>,
) -> Option<Value> {
    let (folder, pattern) = (folder.as_str()?, pattern.as_str()?);
    if !relevant::is_read(pattern) {
        return None;
    }
    let in_root = if env.at.root == "." { "" } else { &env.at.root };
    // A leading slash keeps a pattern for names alone from reaching into folders.
    let matcher = PathPattern::new(&format!("/{}", pattern.trim_start_matches('/'))).ok()?;
    let below = |folder: String| {
        let start = if folder.is_empty() {
            folder
        } else {
            format!("{folder}/")
        };
        let mut found: Vec<String> = evaluator
            .paths_below(&start)
            .filter_map(|path| path.strip_prefix(start.as_str()))
            .filter(|path| matcher.matches(path))
            .map(str::to_string)
            .take(MOST_FILES + 1)
            .collect();
        found.sort_unstable();
        found
    };
    let found = [join("", folder), join(in_root, folder)]
        .into_iter()
        .map(below)
        .find(|found| !found.is_empty())?;
    (found.len() <= MOST_FILES).then(|| {
        let items = found.into_iter().map(|path| value::text(path, loc));
        value::list(items.collect(), loc)
    })
}

/// A template with its variables filled in.
fn template<'m>(
    evaluator: &Evaluator<'m>,
    parts: &[hcl::Part],
    variables: &Value,
    whole: Loc,
    env: &Env<'_, 'm>,
) -> Outcome {
    let mut names: Vec<(&str, Rc<Value>)> = Vec::new();
    for entry in variables.entries() {
        names.push((&entry.key.value, Rc::new(entry.value.clone())));
    }
    if !variables.is_map() || value::has_unknown_entries(variables) {
        return Outcome::Open;
    }
    Outcome::Is(bound(evaluator, parts, &names, None, whole, env))
}

/// Binds one name after the other, then composes.
fn bound<'m>(
    evaluator: &Evaluator<'m>,
    parts: &[hcl::Part],
    left: &[(&str, Rc<Value>)],
    outer: Option<&Names<'_>>,
    whole: Loc,
    env: &Env<'_, 'm>,
) -> Value {
    match left.split_first() {
        Some(((name, value), rest)) => {
            let names = Names {
                name,
                value: Rc::clone(value),
                label: "",
                outer,
            };
            bound(evaluator, parts, rest, Some(&names), whole, env)
        }
        None => {
            let inside = Env {
                names: outer,
                is_isolated: true,
                ..*env
            };
            evaluator.compose(parts, whole, &inside)
        }
    }
}

fn template_of_text<'m>(
    evaluator: &Evaluator<'m>,
    text: &Value,
    variables: &Value,
    env: &Env<'_, 'm>,
) -> Outcome {
    let NodeKind::Text(decoded) = &text.kind else {
        return Outcome::Open;
    };
    if !decoded.holes.is_empty() {
        return Outcome::Open;
    }
    match hcl::parse_template_in(decoded, text.loc) {
        Ok(parts) => template(evaluator, &parts, variables, text.loc, env),
        Err(_) => Outcome::Open,
    }
}

impl<'m> Evaluator<'m> {
    /// The old `template_file` data source: a text of its own syntax, which is that of `templatestring`.
    pub(in super::super) fn filled(
        &self,
        text: &Value,
        variables: &Value,
        env: &Env<'_, 'm>,
    ) -> Option<Value> {
        match template_of_text(self, text, variables, env) {
            Outcome::Is(value) => Some(value),
            Outcome::Open | Outcome::Fails => None,
        }
    }
}
