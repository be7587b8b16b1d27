//! What a script writes into a file that later scripts start with.

use crate::model::template::Template;
use crate::recognize::shell::{Command, Input, Output, Script};

/// Something that a script leaves for later ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A variable; `None` where its value is made only when the file is read, or only in some cases.
    Variable(String, Option<Template>),
    /// It cannot be told what.
    Anything,
}

/// What a script appends to the file that a variable names: `echo "export NAME=value" >> "$BASH_ENV"`.
pub fn left_in(script: &Script, file: &str) -> Vec<Left> {
    let mut found = Vec::new();
    for command in &script.commands {
        if !writes_to(command, file) {
            continue;
        }
        let text = printed(command).or_else(|| match &command.stdin {
            Input::Pipe(commands) => match commands.as_ref() {
                [one] => script.commands.get(*one).and_then(printed),
                _ => None,
            },
            Input::HereDocument(word) | Input::HereString(word) => Some(word.value.clone()),
            _ => None,
        });
        let Some(text) = text else {
            found.push(Left::Anything);
            continue;
        };
        for line in super::split(&text, '\n') {
            let line = line.trimmed();
            if line.is_empty() {
                continue;
            }
            let assignment = super::without_prefix(&line, "export ").unwrap_or(line);
            match assignment.split_once('=') {
                Some((name, value)) if name.as_literal().is_some_and(is_name) => {
                    let name = name.as_literal().unwrap_or("").to_string();
                    let value = unquoted(&value).filter(|_| !script.is_guarded(command));
                    found.push(Left::Variable(name, value));
                }
                _ => found.push(Left::Anything),
            }
        }
    }
    found
}

fn writes_to(command: &Command, file: &str) -> bool {
    let names = |path: &Template| {
        let mut holes = path.holes();
        matches!((holes.next(), holes.next()), (Some(hole), None) if hole.name == file)
    };
    let is_tee = command
        .words
        .first()
        .and_then(|word| word.value.as_literal())
        == Some("tee");
    match &command.stdout {
        Output::File(word) => names(&word.value),
        _ => is_tee && command.words.iter().skip(1).any(|word| names(&word.value)),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A value without the quotes around it; `None` where it is made only when it is read (`$(…)`, `$NAME` in text that was
/// not expanded).
fn unquoted(value: &Template) -> Option<Template> {
    let is_open = value.pieces().iter().any(|piece| match piece {
        crate::model::template::Piece::Literal(text) => text.contains(['$', '`', '\\']),
        crate::model::template::Piece::Hole(_) => false,
    });
    if is_open {
        return None;
    }
    for quote in ["\"", "'"] {
        if value.prefix().starts_with(quote) {
            let inner = super::without_prefix(value, quote)?;
            let (inner, after) = inner.rsplit_once(quote.chars().next()?)?;
            return after.is_empty().then_some(inner);
        }
    }
    Some(value.clone())
}

/// What `echo` and the simple forms of `printf` print.
pub fn printed(command: &Command) -> Option<Template> {
    let mut words = command.words.iter().map(|word| &word.value);
    let program = words.next()?.as_literal()?;
    let mut rest = words.peekable();
    match program {
        "echo" => {
            while rest.peek().is_some_and(|word| {
                matches!(word.as_literal(), Some("-n" | "-e" | "-ne" | "-en" | "-E"))
            }) {
                rest.next();
            }
        }
        "printf" => {
            let format = rest.next()?.as_literal()?;
            let plain = format
                .strip_suffix("\\n")
                .or_else(|| format.strip_suffix('\n'))
                .unwrap_or(format);
            return match (plain.split_once("%s"), rest.next(), rest.next()) {
                (None, None, None) if !plain.contains('%') => Some(Template::literal(plain)),
                (Some((before, after)), Some(value), None) if !after.contains('%') => {
                    let mut text = Template::literal(before);
                    text.push(value);
                    text.push_literal(after);
                    Some(text)
                }
                _ => None,
            };
        }
        _ => return None,
    }
    let mut text = Template::default();
    for (at, word) in rest.enumerate() {
        if at > 0 {
            text.push_literal(" ");
        }
        text.push(word);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::shell::parse;

    #[test]
    fn variables_left_in_a_file() {
        let literal = |text: &str| Some(Template::literal(text));
        for (text, expected) in [
            ("echo 'export A=one' >> $F", vec![("A", literal("one"))]),
            (
                "echo \"export A=\\\"one\\\"\" >> \"$F\"",
                vec![("A", literal("one"))],
            ),
            (
                "echo A=\"'one two'\" | tee -a $F",
                vec![("A", literal("one two"))],
            ),
            ("echo 'export A=$(date)' >> $F", vec![("A", None)]),
            ("test x && echo 'export A=one' >> $F", vec![("A", None)]),
            (
                "cat >> $F <<'E'\nexport A=1\nB=2\nE\n",
                vec![("A", literal("1")), ("B", literal("2"))],
            ),
            ("echo 'export A=one' >> other", vec![]),
        ] {
            let found: Vec<(String, Option<Template>)> = left_in(&parse(text, &|_| None), "F")
                .into_iter()
                .map(|left| match left {
                    Left::Variable(name, value) => (name, value),
                    Left::Anything => ("?".to_string(), None),
                })
                .collect();
            let expected: Vec<(String, Option<Template>)> = expected
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
        let script = parse("echo \"export B=\\\"two-$C\\\"\" >> \"$F\"", &|_| None);
        let mut value = Template::literal("two-");
        value.push_hole("C", "$C");
        assert_eq!(
            left_in(&script, "F"),
            [Left::Variable("B".to_string(), Some(value))]
        );
        assert_eq!(
            left_in(&parse("cat x >> $F", &|_| None), "F"),
            [Left::Anything]
        );
    }
}
