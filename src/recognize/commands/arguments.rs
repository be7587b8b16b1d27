//! The arguments of a command, sorted into options and operands, in whatever order and spelling they stand.

use crate::model::template::{Piece, Template};
use crate::recognize::shell::Word;
use std::ops::Range;

/// Which options of a program take a value.
#[derive(Clone, Copy)]
pub(super) struct Grammar {
    /// Long options (`--tag`) with a value, or without one, as `long_have_values` says.
    pub(super) long: &'static [&'static str],
    /// Whether `long` lists the options that take a value (else those that take none).
    pub(super) long_have_values: bool,
    /// Short options (`t`), by the same token.
    pub(super) short: &'static str,
    /// Whether `short` lists the options that take a value.
    pub(super) short_have_values: bool,
    /// Whether everything after the first operand is operands: `docker run IMAGE COMMAND --its-own-option`.
    pub(super) stops_at_operand: bool,
}

impl Grammar {
    /// A program whose options with a value are listed.
    pub(super) const fn with_values(long: &'static [&'static str], short: &'static str) -> Self {
        Grammar {
            long,
            long_have_values: true,
            short,
            short_have_values: true,
            stops_at_operand: false,
        }
    }

    /// A program whose options without a value are listed.
    pub(super) const fn with_flags(long: &'static [&'static str], short: &'static str) -> Self {
        Grammar {
            long,
            long_have_values: false,
            short,
            short_have_values: false,
            stops_at_operand: false,
        }
    }

    /// Nothing after the first operand is an option.
    pub(super) const fn stops_at_operand(mut self) -> Self {
        self.stops_at_operand = true;
        self
    }

    fn long_takes_value(&self, name: &str) -> bool {
        self.long.contains(&name) == self.long_have_values
    }

    fn short_takes_value(&self, name: char) -> bool {
        self.short.contains(name) == self.short_have_values
    }
}

/// An option that was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Its name with its dashes: `--tag`, `-t`.
    pub(super) name: String,
    /// Its value, if it took one.
    pub(super) value: Option<Template>,
    /// The bytes of the value: the word, or the word that holds option and value.
    pub(super) value_span: Range<usize>,
    /// The bytes of option and value.
    pub(super) span: Range<usize>,
}

/// An argument that is no option.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// Its text.
    pub(super) value: Template,
    /// Its bytes.
    pub(super) span: Range<usize>,
    /// Its index among the words that were sorted.
    pub(super) word: usize,
}

/// Sorted arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    /// Options in order.
    pub(super) options: Vec<Given>,
    /// Operands in order.
    pub(super) operands: Vec<Operand>,
}

impl Arguments {
    /// Sorts `words`, the arguments without the program.
    pub(super) fn sort(words: &[Word], grammar: Grammar) -> Self {
        let mut sorted = Arguments::default();
        let mut only_operands = false;
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            let prefix = word.value.prefix();
            let is_operand =
                only_operands || !prefix.starts_with('-') || word.value.as_literal() == Some("-");
            if is_operand {
                only_operands |= grammar.stops_at_operand;
                sorted.operands.push(Operand {
                    value: word.value.clone(),
                    span: word.span.clone(),
                    word: at - 1,
                });
            } else if word.value.as_literal() == Some("--") {
                only_operands = true;
            } else if prefix.starts_with("--") {
                sorted.long(word, words.get(at), grammar, &mut at);
            } else {
                sorted.short(word, words.get(at), grammar, &mut at);
            }
        }
        sorted
    }

    fn long(&mut self, word: &Word, next: Option<&Word>, grammar: Grammar, at: &mut usize) {
        if let Some((name, value)) = word.value.split_once('=') {
            self.give(
                name.to_string(),
                Some(value),
                word.span.clone(),
                word.span.clone(),
            );
            return;
        }
        let name = word.value.to_string();
        match next {
            Some(next) if grammar.long_takes_value(&name) => {
                *at += 1;
                let span = word.span.start..next.span.end;
                self.give(name, Some(next.value.clone()), next.span.clone(), span);
            }
            _ => self.give(name, None, word.span.clone(), word.span.clone()),
        }
    }

    /// `-t x`, `-tx`, `-t=x`, `-it`.
    fn short(&mut self, word: &Word, next: Option<&Word>, grammar: Grammar, at: &mut usize) {
        let letters: Vec<char> = word.value.prefix().chars().skip(1).collect();
        let mut seen = String::from("-");
        for letter in letters {
            seen.push(letter);
            let name = format!("-{letter}");
            if !grammar.short_takes_value(letter) {
                self.give(name, None, word.span.clone(), word.span.clone());
                continue;
            }
            let rest = without_prefix(&word.value, &seen).unwrap_or_default();
            if !rest.is_empty() {
                let value = without_prefix(&rest, "=").unwrap_or(rest);
                self.give(name, Some(value), word.span.clone(), word.span.clone());
            } else if let Some(next) = next {
                *at += 1;
                let span = word.span.start..next.span.end;
                self.give(name, Some(next.value.clone()), next.span.clone(), span);
            } else {
                self.give(name, None, word.span.clone(), word.span.clone());
            }
            return;
        }
    }

    fn give(
        &mut self,
        name: String,
        value: Option<Template>,
        value_span: Range<usize>,
        span: Range<usize>,
    ) {
        self.options.push(Given {
            name,
            value,
            value_span,
            span,
        });
    }

    /// The last option with one of these names.
    pub(super) fn option(&self, names: &[&str]) -> Option<&Given> {
        self.options
            .iter()
            .rev()
            .find(|given| names.contains(&given.name.as_str()))
    }

    /// Every option with one of these names, in order.
    pub(super) fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Given> {
        self.options
            .iter()
            .filter(|given| names.contains(&given.name.as_str()))
    }

    /// Whether a flag was given and not set to `false`.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.option(names).is_some_and(|given| {
            given.value.as_ref().and_then(Template::as_literal) != Some("false")
        })
    }

    /// The literal text of an operand.
    pub(super) fn literal(&self, index: usize) -> Option<&str> {
        self.operands.get(index)?.value.as_literal()
    }
}

/// The text after a known prefix.
pub fn without_prefix(template: &Template, prefix: &str) -> Option<Template> {
    let mut rest = Template::default();
    let mut pieces = template.pieces().iter();
    if !prefix.is_empty() {
        match pieces.next()? {
            Piece::Literal(text) => rest.push_literal(text.strip_prefix(prefix)?),
            Piece::Hole(_) => return None,
        }
    }
    for piece in pieces {
        match piece {
            Piece::Literal(text) => rest.push_literal(text),
            Piece::Hole(hole) => rest.push_hole(hole.name.clone(), hole.text.clone()),
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        let mut start = 0;
        text.split(' ')
            .map(|part| {
                let span = start..start + part.len();
                start = span.end + 1;
                let value = match part.split_once('$') {
                    Some((before, name)) => {
                        let mut value = Template::literal(before);
                        value.push_hole(name, format!("${name}"));
                        value
                    }
                    None => Template::literal(part),
                };
                Word {
                    span,
                    value,
                    ..Word::default()
                }
            })
            .collect()
    }

    #[test]
    fn options_are_found_in_every_spelling() {
        const LOGIN: Grammar = Grammar::with_values(&["--username", "--password"], "up");
        for text in [
            "-u AWS host",
            "-uAWS host",
            "-u=AWS host",
            "--username AWS host",
            "--username=AWS host",
            "host --username AWS",
            "--password-stdin host -u AWS",
            "-u AWS -- host",
        ] {
            let sorted = Arguments::sort(&words(text), LOGIN);
            let user = sorted.option(&["-u", "--username"]).expect("user");
            assert_eq!(user.value, Some(Template::literal("AWS")), "{text}");
            assert_eq!(sorted.literal(0), Some("host"), "{text}");
            assert_eq!(sorted.operands.len(), 1, "{text}");
        }
    }

    #[test]
    fn values_may_be_unknown() {
        const LOGIN: Grammar = Grammar::with_values(&["--password"], "up");
        let sorted = Arguments::sort(&words("-p$TOKEN --password=$TOKEN -u -p $HOST"), LOGIN);
        let values: Vec<String> = sorted
            .options
            .iter()
            .map(|given| {
                given
                    .value
                    .as_ref()
                    .map_or(String::new(), Template::to_string)
            })
            .collect();
        assert_eq!(values, ["$TOKEN", "$TOKEN", "-p"]);
        assert_eq!(sorted.operands[0].value.to_string(), "$HOST");
    }

    #[test]
    fn flags_run_together_and_the_rest_belongs_to_the_container() {
        const RUN: Grammar = Grammar::with_flags(&["--rm"], "itd").stops_at_operand();
        let sorted = Arguments::sort(&words("--rm -itv /a:/b --name x image run --rm -x"), RUN);
        assert_eq!(sorted.literal(0), Some("image"));
        assert_eq!(sorted.operands.len(), 4);
        assert!(sorted.has(&["--rm"]));
        assert_eq!(
            sorted.option(&["-v"]).and_then(|v| v.value.clone()),
            Some(Template::literal("/a:/b"))
        );
    }
}
