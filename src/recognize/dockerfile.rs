//! Dockerfiles: the images that a build takes from registries.
//!
//! <https://docs.docker.com/reference/dockerfile/>
//!
//! Which of its stages a build needs and what its build arguments are, only the build tells: [`link`](crate::link) asks.

use super::interpolation::{self, Dollar};
use super::{Recognized, Subject};
use crate::model::Facts;
use crate::model::docker::{BaseImage, BuildStage, Dockerfile, StageSource};
use crate::model::origin::{Origin, Scope};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use crate::tree::{Node, Text, dockerfile};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Most stages and images of one file. Nobody writes so many.
const MOST: usize = 500;

/// Whether the file is a Dockerfile.
pub fn recognizes(subject: &Subject<'_, '_>) -> bool {
    subject.document.root.is_list() && dockerfile::is_dockerfile(subject.path, subject.text)
}

/// The images that the stages of the file take.
pub fn extract(subject: &Subject<'_, '_>) -> Recognized {
    let root = &subject.document.root;
    let path = subject.path.strip_prefix("./").unwrap_or(subject.path);
    let mut reader = Reader {
        path,
        dollar: Dollar::Escaped(escape(subject.text)),
        origin: Origin {
            loc: root.loc,
            label: path.to_string(),
            scope: Arc::new(Scope::unknown(path)),
            is_certain: true,
        },
        file: root.loc,
        arguments: Vec::new(),
        stages: Vec::new(),
        names: BTreeMap::new(),
        images: Vec::new(),
    };
    for entry in root.items().iter().flat_map(Node::entries) {
        if let Some(text) = entry.value.as_text() {
            reader.instruction(&entry.key.value, text);
        }
    }
    let file = Dockerfile {
        origin: reader.origin,
        arguments: reader.arguments,
        stages: reader.stages,
    };
    Recognized {
        facts: Facts {
            dockerfiles: vec![file],
            base_images: reader.images,
            ..Facts::default()
        },
        problems: Vec::new(),
    }
}

/// The escape character that a directive sets.
fn escape(text: &str) -> char {
    let directives = text.lines().take_while(|line| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.starts_with('#') && line.contains('=')
    });
    let set = directives.filter_map(|line| {
        let (name, value) = line.trim().trim_start_matches('#').split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("escape")
            .then(|| value.trim().chars().next())?
    });
    set.last().unwrap_or('\\')
}

struct Reader<'p> {
    path: &'p str,
    dollar: Dollar,
    origin: Origin,
    file: Loc,
    arguments: Vec<(Spanned<String>, Option<Template>)>,
    stages: Vec<BuildStage>,
    /// Stages by name; a later one hides an earlier one.
    names: BTreeMap<String, usize>,
    images: Vec<BaseImage>,
}

impl Reader<'_> {
    fn instruction(&mut self, name: &str, text: &Text<'_>) {
        match name {
            "ARG" if self.stages.is_empty() => self.argument(text),
            "FROM" => self.from(text),
            "COPY" => {
                for flag in flags(text, "--from=") {
                    self.other(text, flag);
                }
            }
            "RUN" => {
                for mount in flags(text, "--mount=") {
                    if let Some(from) = field(text, mount, "from=") {
                        self.other(text, from);
                    }
                }
            }
            _ => {}
        }
    }

    /// `ARG A=1 B C="x"`
    fn argument(&mut self, text: &Text<'_>) {
        for range in words(&text.value) {
            let Some(word) = text.value.get(range.clone()) else {
                continue;
            };
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(default)),
                None => (word, None),
            };
            if self.arguments.len() < MOST {
                let loc = self.loc(text, range);
                let default =
                    default.map(|text| interpolation::read(unquoted(text), self.path, self.dollar));
                self.arguments
                    .push((Spanned::new(name.to_string(), loc), default));
            }
        }
    }

    /// `FROM [--platform=…] image [AS name]`
    fn from(&mut self, text: &Text<'_>) {
        let mut rest = words(&text.value).into_iter().peekable();
        let mut platform = None;
        while let Some(range) = rest.next_if(|range| {
            text.value
                .get(range.clone())
                .is_some_and(|word| word.starts_with("--"))
        }) {
            if let Some(value) = after(text, range, "--platform=") {
                platform = Some(self.read(text, value));
            }
        }
        let Some(image) = rest.next() else { return };
        if self.stages.len() >= MOST {
            return;
        }
        let is_as = |range: &Range<usize>| {
            text.value
                .get(range.clone())
                .is_some_and(|word| word.eq_ignore_ascii_case("as"))
        };
        let name = rest
            .next()
            .filter(is_as)
            .and_then(|_| rest.next())
            .and_then(|range| text.value.get(range))
            .map(str::to_ascii_lowercase);
        let base = self.source(text, image, platform);
        let at = self.stages.len();
        self.stages.push(BuildStage {
            name: name.clone(),
            base,
            others: Vec::new(),
        });
        if let Some(name) = name {
            self.names.insert(name, at);
        }
    }

    /// What a stage copies or mounts from.
    fn other(&mut self, text: &Text<'_>, range: Range<usize>) {
        let word = text.value.get(range.clone()).unwrap_or("");
        let by_index = word
            .parse::<usize>()
            .ok()
            .filter(|at| at + 1 < self.stages.len());
        let source = match by_index {
            Some(at) => StageSource::Stage(at),
            None if word.is_empty() || word.bytes().all(|byte| byte.is_ascii_digit()) => return,
            None => self.source(text, range, None),
        };
        if let Some(stage) = self.stages.last_mut()
            && stage.others.len() < MOST
        {
            stage.others.push(source);
        }
    }

    fn source(
        &mut self,
        text: &Text<'_>,
        range: Range<usize>,
        platform: Option<Spanned<Template>>,
    ) -> StageSource {
        let word = unquoted(text.value.get(range.clone()).unwrap_or("")).to_ascii_lowercase();
        if word == "scratch" {
            return StageSource::Nothing;
        }
        if let Some(at) = self.names.get(&word) {
            return StageSource::Stage(*at);
        }
        let image = self.read(text, range);
        if self.images.len() < MOST {
            self.images.push(BaseImage {
                origin: self.origin.clone(),
                image: image.clone(),
                platform,
            });
        }
        StageSource::Image(image)
    }

    fn read(&self, text: &Text<'_>, range: Range<usize>) -> Spanned<Template> {
        let written = text.value.get(range.clone()).unwrap_or("");
        let inner = unquoted(written);
        let loc = self.loc(text, range);
        Spanned::new(
            interpolation::read_image(inner, self.path, self.dollar),
            loc,
        )
    }

    fn loc(&self, text: &Text<'_>, range: Range<usize>) -> Loc {
        Loc::new(self.file.file, text.file_span(range))
    }
}

/// The words of an instruction, those in quotes whole.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                start.get_or_insert(at);
            }
            None if c.is_whitespace() => {
                if let Some(from) = start.take() {
                    words.push(from..at);
                }
            }
            None => {
                start.get_or_insert(at);
            }
        }
    }
    if let Some(from) = start {
        words.push(from..text.len());
    }
    words
}

/// Without the quotes around it.
fn unquoted(word: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(word)
}

/// What stands behind `prefix` in the flags at the start of an instruction.
fn flags(text: &Text<'_>, prefix: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    // Flags stand before everything else, and what follows may be a long script.
    while let Some(rest) = text.value.get(at..) {
        let lead = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        if !rest.starts_with("--") {
            break;
        }
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let from = at + lead;
        found.extend(after(text, from..from + length, prefix));
        at = from + length;
    }
    found
}

/// The rest of a word that starts with `prefix`.
fn after(text: &Text<'_>, range: Range<usize>, prefix: &str) -> Option<Range<usize>> {
    let word = text.value.get(range.clone())?;
    word.starts_with(prefix)
        .then_some(range.start + prefix.len()..range.end)
}

/// A field of a list that commas separate.
fn field(text: &Text<'_>, list: Range<usize>, prefix: &str) -> Option<Range<usize>> {
    let mut start = list.start;
    for part in text.value.get(list)?.split(',') {
        let range = start..start + part.len();
        start = range.end + 1;
        if let Some(found) = after(text, range, prefix) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    fn read(text: &str) -> Facts {
        let parsed = parse(FileId::NONE, text, Syntax::Dockerfile);
        let subject = Subject {
            path: "Dockerfile",
            text,
            document: &parsed.documents[0],
        };
        assert!(recognizes(&subject));
        extract(&subject).facts
    }

    fn images(text: &str) -> Vec<String> {
        let facts = read(text);
        let shown = |image: &BaseImage| {
            let written = text.get(image.image.loc.span.range()).unwrap_or("?");
            assert_eq!(unquoted(written), image.image.value.to_string());
            image.image.value.to_string()
        };
        facts.base_images.iter().map(shown).collect()
    }

    #[test]
    fn every_way_to_an_image() {
        for (text, expected) in [
            ("FROM a/b:1", vec!["a/b:1"]),
            ("FROM --platform=linux/arm64 a AS x", vec!["a"]),
            ("FROM \"a\"", vec!["a"]),
            ("FROM a AS X\nFROM x\n", vec!["a"]),
            ("FROM scratch\nCOPY --from=b /x /y", vec!["b"]),
            (
                "FROM a AS x\nFROM c\nCOPY --chown=1 --from=x . .\nCOPY --from=0 . .",
                vec!["a", "c"],
            ),
            (
                "FROM a\nRUN --mount=type=bind,from=b,target=/x \\\n --mount=type=cache,target=/y make --mount=from=no",
                vec!["a", "b"],
            ),
            ("ARG R=h\nFROM ${R}/a:$T", vec!["${R}/a:$T"]),
            ("FROM a\nRUN <<EOF\nFROM no\nEOF\n", vec!["a"]),
            ("FROM a\nONBUILD COPY --from=no . .", vec!["a"]),
        ] {
            assert_eq!(images(text), expected, "{text}");
        }
    }

    #[test]
    fn arguments_before_the_first_stage_have_defaults() {
        let facts = read("ARG A=1 B C=\"x$A\"\nFROM a\nARG D=2\n");
        let shown: Vec<String> = facts.dockerfiles[0]
            .arguments
            .iter()
            .map(|(name, default)| {
                let default = default.as_ref().map(Template::to_string);
                format!("{}={}", name.value, default.unwrap_or("-".to_string()))
            })
            .collect();
        assert_eq!(shown, ["A=1", "B=-", "C=x$A"]);
    }

    #[test]
    fn platforms_are_read() {
        let facts = read("FROM --platform=$BUILDPLATFORM a\nFROM --platform=linux/amd64 b");
        let shown: Vec<String> = facts
            .base_images
            .iter()
            .filter_map(|image| image.platform.as_ref())
            .map(|platform| platform.value.to_string())
            .collect();
        assert_eq!(shown, ["$BUILDPLATFORM", "linux/amd64"]);
    }

    #[test]
    fn hostile_texts_end_soon() {
        for text in [
            "FROM a\n".repeat(50_000),
            format!("FROM a\nRUN {}", "--mount=from=b ".repeat(50_000)),
            format!("FROM {}", "${A".repeat(50_000)),
            format!("ARG {}\nFROM a", "A=1 ".repeat(50_000)),
            format!("FROM a\nRUN --mount={}", ",".repeat(200_000)),
        ] {
            read(&text);
        }
    }
}
