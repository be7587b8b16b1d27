//! `${{ … }}`: what an expression is, as far as the file itself says it.
//!
//! The grammar is GitHub's: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>.
//! What only a run can know becomes a hole whose name is the expression in one canonical spelling
//! (`steps['login'].outputs.registry` and `steps.login.outputs.registry` are one value). What names a value the file
//! gives itself (a literal, `env.X`, the output of an earlier step) becomes that value.

use crate::model::template::Template;

/// What an expression may look up.
pub(super) trait Lookup {
    /// The value of a context reference in its canonical spelling (`env.TAG`, `steps.meta.outputs.tags`); `None`
    /// where only a run can know it.
    fn value(&self, reference: &str) -> Option<Template>;
}

/// Deepest nesting of an expression that is read; a deeper one is a hole.
const MAX_NESTING: usize = 32;

/// Text with its expressions resolved as far as `lookup` goes.
pub(super) fn resolve(text: &str, lookup: &dyn Lookup) -> Template {
    let mut template = Template::default();
    let mut rest = text;
    while let Some((before, from)) = split_at(rest, "${{") {
        template.push_literal(before);
        let Some(length) = expression_length(from) else {
            template.push_literal(from);
            return template;
        };
        let written = from.get(..length).unwrap_or(from);
        let inner = written
            .strip_prefix("${{")
            .and_then(|inner| inner.strip_suffix("}}"))
            .unwrap_or("");
        template.push(&evaluate(inner, written, lookup));
        rest = from.get(length..).unwrap_or("");
    }
    template.push_literal(rest);
    template
}

/// The value of an expression without its `${{ }}`; `written` is how it stands in the file.
pub(super) fn evaluate(inner: &str, written: &str, lookup: &dyn Lookup) -> Template {
    let whole = || Template::hole(collapse(inner), written);
    let Some(tokens) = tokenize(inner) else {
        return whole();
    };
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        written,
        lookup,
    };
    match reader.alternatives(0) {
        Some(Value::Text(template)) if reader.at == tokens.len() => template,
        _ => whole(),
    }
}

/// How many bytes the expression at the start of `text` takes, `${{` and `}}` included; `None` if it does not end.
/// A `}}` inside a quoted string does not end it.
pub(super) fn expression_length(text: &str) -> Option<usize> {
    let mut in_string = false;
    let bytes = text.as_bytes();
    let mut at = 3;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' => in_string = !in_string,
            b'}' if !in_string && bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What is before `needle`, and what starts with it.
fn split_at<'t>(text: &'t str, needle: &str) -> Option<(&'t str, &'t str)> {
    text.find(needle).map(|at| text.split_at(at))
}

/// White space made single and trimmed.
fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Name(String),
    Symbol(&'static str),
}

const SYMBOLS: &[&str] = &[
    "||", "&&", "==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ".", "!", "<", ">", "*",
];

fn tokenize(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (value, after) = quoted(rest)?;
            tokens.push(Token::Text(value));
            rest = after;
        } else if first.is_ascii_alphanumeric() || first == '_' || first == '-' {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            tokens.push(Token::Name(name.to_string()));
            rest = after;
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol))?;
            tokens.push(Token::Symbol(symbol));
            rest = rest.get(symbol.len()..)?;
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// The string at the start of `text`, in which `''` is a quote, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(next) => {
                value.push('\'');
                rest = next;
            }
            None => return Some((value, after)),
        }
    }
}

/// What a part of an expression is worth.
enum Value {
    /// Text, perhaps with holes.
    Text(Template),
    /// A reference that nothing in the file resolves, in canonical spelling.
    Reference(String),
    /// Anything else: a comparison, a function, an object.
    Opaque,
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    written: &'a str,
    lookup: &'a dyn Lookup,
}

impl Reader<'_> {
    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(s)) if *s == symbol);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// `a || b`: the first that is not empty.
    fn alternatives(&mut self, depth: usize) -> Option<Value> {
        let mut value = self.conjunction(depth)?;
        while self.take("||") {
            let other = self.conjunction(depth)?;
            value = match truth(&value) {
                Some(true) => value,
                Some(false) => other,
                None => Value::Opaque,
            };
        }
        Some(match (value, depth) {
            (Value::Reference(name), 0) => Value::Text(Template::hole(name, self.written)),
            (other, _) => other,
        })
    }

    /// `a && b`: `b` if `a` is not empty.
    fn conjunction(&mut self, depth: usize) -> Option<Value> {
        let mut value = self.comparison(depth)?;
        while self.take("&&") {
            let other = self.comparison(depth)?;
            value = match truth(&value) {
                Some(true) => other,
                Some(false) => value,
                None => Value::Opaque,
            };
        }
        Some(value)
    }

    fn comparison(&mut self, depth: usize) -> Option<Value> {
        let mut value = self.operand(depth)?;
        while ["==", "!=", "<=", ">=", "<", ">"]
            .iter()
            .any(|symbol| self.take(symbol))
        {
            self.operand(depth)?;
            value = Value::Opaque;
        }
        Some(value)
    }

    fn operand(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_NESTING {
            return None;
        }
        if self.take("!") {
            self.operand(depth + 1)?;
            return Some(Value::Opaque);
        }
        if self.take("(") {
            let value = self.alternatives(depth + 1)?;
            return self.take(")").then_some(value);
        }
        match self.next()?.clone() {
            Token::Text(text) => Some(Value::Text(Template::literal(text))),
            Token::Symbol(_) => None,
            Token::Name(name) if self.take("(") => self.call(&name, depth),
            Token::Name(name) => self.reference(name, depth),
        }
    }

    /// A function. `format` is text; the others are for a run to know.
    fn call(&mut self, name: &str, depth: usize) -> Option<Value> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.alternatives(depth + 1)?);
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        let value = if name.eq_ignore_ascii_case("format") {
            self.format(&arguments).map(Value::Text)
        } else {
            None
        };
        // `fromJSON(…).key[0]`
        while self.take(".") || self.take("[") {
            self.next()?;
            self.take("]");
        }
        Some(value.unwrap_or(Value::Opaque))
    }

    fn format(&self, arguments: &[Value]) -> Option<Template> {
        let (first, values) = arguments.split_first()?;
        let Value::Text(pattern) = first else {
            return None;
        };
        let mut rest = pattern.as_literal()?;
        let mut result = Template::default();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            result.push_literal(before);
            if let Some(after) = from.strip_prefix("{{") {
                result.push_literal("{");
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                result.push_literal("}");
                rest = after;
            } else {
                let (index, after) = from.strip_prefix('{')?.split_once('}')?;
                match values.get(index.trim().parse::<usize>().ok()?)? {
                    Value::Text(template) => result.push(template),
                    Value::Reference(name) => {
                        result.push_hole(name.clone(), format!("${{{{ {name} }}}}"));
                    }
                    Value::Opaque => return None,
                }
                rest = after;
            }
        }
        result.push_literal(rest);
        Some(result)
    }

    fn reference(&mut self, mut name: String, depth: usize) -> Option<Value> {
        let mut is_plain = true;
        loop {
            if self.take(".") {
                match self.next()?.clone() {
                    Token::Name(part) => {
                        name.push('.');
                        name.push_str(&part);
                    }
                    Token::Symbol("*") => is_plain = false,
                    Token::Symbol(_) | Token::Text(_) => return None,
                }
            } else if self.take("[") {
                let index = self.alternatives(depth + 1)?;
                if !self.take("]") {
                    return None;
                }
                match index {
                    Value::Text(text) if text.as_literal().is_some_and(|t| !t.is_empty()) => {
                        name.push('.');
                        name.push_str(text.as_literal().unwrap_or(""));
                    }
                    _ => is_plain = false,
                }
            } else {
                break;
            }
        }
        if !is_plain {
            return Some(Value::Opaque);
        }
        if !name.contains('.') {
            // A number, a boolean, or a whole context such as `github`.
            let is_scalar = name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                || matches!(name.as_str(), "true" | "false");
            return Some(match name.as_str() {
                "null" => Value::Text(Template::default()),
                _ if is_scalar => Value::Text(Template::literal(name)),
                _ => Value::Opaque,
            });
        }
        Some(match self.lookup.value(&name) {
            Some(value) => Value::Text(value),
            None => Value::Reference(name),
        })
    }
}

/// Whether a value counts as true; `None` where only a run can know.
fn truth(value: &Value) -> Option<bool> {
    let Value::Text(template) = value else {
        return None;
    };
    if let Some(text) = template.as_literal() {
        return Some(!matches!(text, "" | "false" | "0"));
    }
    let has_text = template
        .pieces()
        .iter()
        .any(|piece| matches!(piece, crate::model::template::Piece::Literal(_)));
    has_text.then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Lookup for Fixed {
        fn value(&self, reference: &str) -> Option<Template> {
            match reference {
                "env.REGION" => Some(Template::literal("eu-west-1")),
                "env.EMPTY" => Some(Template::default()),
                "env.TAG" => Some(Template::hole("github.sha", "${{ github.sha }}")),
                _ => None,
            }
        }
    }

    fn holes(template: &Template) -> Vec<String> {
        template.holes().map(|hole| hole.name.clone()).collect()
    }

    #[test]
    fn known_parts_are_resolved_and_the_rest_keeps_one_name() {
        for (text, shown, names) in [
            ("plain", "plain", vec![]),
            ("${{ 'it''s' }}!", "it's!", vec![]),
            ("a-${{env.REGION}}-b", "a-eu-west-1-b", vec![]),
            ("${{ env['REGION'] }}", "eu-west-1", vec![]),
            ("${{ env.TAG }}", "${{ github.sha }}", vec!["github.sha"]),
            ("${{ vars.A }}/x", "${{ vars.A }}/x", vec!["vars.A"]),
            (
                "${{ steps['login-ecr'].outputs.registry }}",
                "${{ steps['login-ecr'].outputs.registry }}",
                vec!["steps.login-ecr.outputs.registry"],
            ),
            (
                "${{ format('{0}.dkr.{{{1}}}', vars.ACCOUNT, env.REGION) }}",
                "${{ vars.ACCOUNT }}.dkr.{eu-west-1}",
                vec!["vars.ACCOUNT"],
            ),
            ("${{ env.EMPTY || 'fallback' }}", "fallback", vec![]),
            ("${{ env.REGION || 'fallback' }}", "eu-west-1", vec![]),
            (
                "${{ inputs.r   || 'x' }}",
                "${{ inputs.r   || 'x' }}",
                vec!["inputs.r || 'x'"],
            ),
            (
                "${{ github.ref == 'refs/heads/main' && 'prod' || 'dev' }}",
                "${{ github.ref == 'refs/heads/main' && 'prod' || 'dev' }}",
                vec!["github.ref == 'refs/heads/main' && 'prod' || 'dev'"],
            ),
            ("${{ ( 'a' ) }}${{ 12 }}", "a12", vec![]),
            (
                "${{ toJSON(matrix)['x'].y }}",
                "${{ toJSON(matrix)['x'].y }}",
                vec!["toJSON(matrix)['x'].y"],
            ),
            ("${{ 'a}}b' }}c", "a}}bc", vec![]),
            ("${{ unfinished", "${{ unfinished", vec![]),
            ("${{ }}", "${{ }}", vec![""]),
            ("${{ a.b.* }}", "${{ a.b.* }}", vec!["a.b.*"]),
        ] {
            let template = resolve(text, &Fixed);
            assert_eq!(template.to_string(), shown, "{text}");
            assert_eq!(holes(&template), names, "{text}");
        }
    }

    #[test]
    fn hostile_nesting_is_a_hole() {
        let text = format!("${{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(holes(&resolve(&text, &Fixed)).len(), 1);
        let text = format!("${{{{ {}x }}}}", "!".repeat(5000));
        assert_eq!(holes(&resolve(&text, &Fixed)).len(), 1);
    }
}
