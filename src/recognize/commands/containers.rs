//! `docker` and its twins: build, tag, push, pull, run.
//!
//! <https://docs.docker.com/reference/cli/docker/>

use super::Reader;
use super::arguments::{Arguments, Grammar};
use crate::model::pipeline::ActKind;
use crate::model::template::{Piece, Template};
use crate::recognize::shell::{Command, Script, Word};
use std::ops::Range;

/// Options of the program itself, before its command.
const PROGRAM: Grammar = Grammar::with_values(
    &[
        "--config",
        "--context",
        "--host",
        "--log-level",
        "--tlscacert",
        "--tlscert",
        "--tlskey",
        "--url",
        "--connection",
        "--root",
        "--storage-driver",
        "--namespace",
        "--address",
        "--builder",
    ],
    "cHln",
)
.stops_at_operand();

const MOVE: Grammar = Grammar::with_values(
    &[
        "--platform",
        "--authfile",
        "--cert-dir",
        "--creds",
        "--format",
        "--policy",
        "--retry",
        "--retry-delay",
        "--compression-format",
        "--compression-level",
        "--digestfile",
        "--sign-by",
        "--arch",
        "--os",
        "--variant",
        "--decryption-key",
        "--encryption-key",
        "--signature-policy",
        "--ipfs-address",
        "--sociable-min-layer-size",
    ],
    "f",
);

/// The options of a build that take no value; every other takes one.
const BUILD: Grammar = Grammar::with_flags(
    &[
        "--push",
        "--load",
        "--pull",
        "--no-cache",
        "--quiet",
        "--rm",
        "--force-rm",
        "--squash",
        "--compress",
        "--debug",
        "--check",
        "--disable-content-trust",
        "--layers",
        "--no-hosts",
        "--omit-history",
        "--tls-verify",
        "--use",
        "--all-platforms",
        "--help",
        "--pull-always",
        "--pull-never",
        "--squash-all",
        "--stdin",
        "--rm=true",
    ],
    "qDh",
);

/// The options of `run` and `create` that take no value; every other takes one.
const RUN: Grammar = Grammar::with_flags(
    &[
        "--detach",
        "--interactive",
        "--tty",
        "--rm",
        "--init",
        "--privileged",
        "--publish-all",
        "--read-only",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--sig-proxy",
        "--disable-content-trust",
        "--quiet",
        "--replace",
        "--tls-verify",
        "--no-hosts",
        "--http-proxy",
        "--rmi",
        "--env-host",
        "--passwd",
        "--use-api-socket",
        "--help",
        "--no-hostname",
        "--read-only-tmpfs",
    ],
    "ditPq",
)
.stops_at_operand();

const IMAGETOOLS: Grammar =
    Grammar::with_flags(&["--append", "--dry-run", "--prefer-index", "--help"], "");

impl Reader<'_> {
    pub(super) fn containers(&mut self, command: &Command) {
        let Some((program, words)) = super::program(command) else {
            return;
        };
        if program == "docker-compose" {
            self.compose(command, words);
            return;
        }
        let Some((name, rest)) = subcommand(words) else {
            // `docker $ARGS`
            if words.iter().any(|word| word.may_split) {
                self.out_of_sight(command);
            }
            return;
        };
        self.note_configuration(command, words, name);
        match name {
            "login" => self.login(command, rest),
            "push" => self.push(command, rest),
            "pull" => self.pull(command, rest),
            "build" | "bud" | "build-using-dockerfile" => self.build(command, rest),
            "tag" => self.tag(rest),
            "commit" => self.tag(rest),
            "run" | "create" => self.run(command, rest),
            "load" | "import" => self.images.open(),
            "compose" => self.compose(command, rest),
            "stack" => {}
            "image" | "builder" | "container" | "manifest" => match (name, subcommand(rest)) {
                ("image", Some(("push", rest))) | ("manifest", Some(("push", rest))) => {
                    self.push(command, rest)
                }
                ("image", Some(("pull", rest))) => self.pull(command, rest),
                ("image" | "builder", Some(("build", rest))) => self.build(command, rest),
                ("image", Some(("tag", rest))) => self.tag(rest),
                ("image", Some(("load" | "import", _))) => self.images.open(),
                ("container", Some(("run" | "create", rest))) => self.run(command, rest),
                _ => {}
            },
            "buildx" => self.buildx(command, rest),
            _ => {}
        }
    }

    /// A configuration of the command's own (`--config`) may hold a login, unless a login of this script goes there.
    fn note_configuration(&mut self, command: &Command, words: &[Word], name: &str) {
        let arguments = Arguments::sort(words, PROGRAM);
        let Some(folder) = arguments
            .option(&["--config"])
            .and_then(|given| given.value.clone())
            .filter(|folder| !self.configurations.contains(folder))
        else {
            return;
        };
        if name != "login" {
            self.out_of_sight(command);
        }
        self.configurations.push(folder);
    }

    fn buildx(&mut self, command: &Command, words: &[Word]) {
        match subcommand(words) {
            Some(("build" | "b", rest)) => self.build(command, rest),
            Some(("bake" | "f", rest)) => {
                let arguments = Arguments::sort(rest, BUILD);
                if self.bake_compose(command, &arguments) {
                    return;
                }
                let sets_output = arguments.all(&["--set"]).any(|given| {
                    given
                        .value
                        .as_ref()
                        .is_some_and(|value| value.contains("output"))
                });
                self.images.open();
                if arguments.has(&["--push"]) || sets_output {
                    self.out_of_sight(command);
                }
            }
            Some(("imagetools", rest)) => {
                if let Some(("create", rest)) = subcommand(rest) {
                    self.create_index(command, rest);
                }
            }
            _ => {}
        }
    }

    /// `docker buildx imagetools create -t TARGET SOURCE…`
    fn create_index(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, IMAGETOOLS);
        if arguments.has(&["--dry-run"]) {
            return;
        }
        for source in &arguments.operands {
            self.pull_image(command, &source.value, &source.span);
        }
        for given in arguments.all(&["-t", "--tag"]) {
            if let Some(tag) = &given.value {
                self.push_image(command, tag, &given.value_span);
            }
        }
    }

    fn push(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, MOVE);
        // Given with the command, so no login is needed: `podman push --creds …`.
        if arguments.has(&["--help", "--creds", "--authfile"]) {
            return;
        }
        // `podman push SOURCE DESTINATION`
        if let Some(image) = arguments.operands.last() {
            // Of all the tags that are there, nobody knows which.
            if arguments.has(&["--all-tags", "-a"]) && !image.value.is_empty() {
                let mut every = image.value.clone();
                every.push_literal(":");
                every.push_hole(format!("tags@{}", command.span.start), "<all tags>");
                self.push_image(command, &every, &image.span);
                return;
            }
            match without_transport(&image.value) {
                Some(image_name) => self.push_image(command, &image_name, &image.span),
                None => self.push_image(command, &image.value, &image.span),
            }
        }
    }

    fn pull(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, MOVE);
        if arguments.has(&["--help", "--creds", "--authfile"]) {
            return;
        }
        for image in &arguments.operands {
            let name = without_transport(&image.value).unwrap_or_else(|| image.value.clone());
            self.pull_image(command, &name, &image.span);
        }
    }

    fn tag(&mut self, words: &[Word]) {
        let arguments = Arguments::sort(words, MOVE);
        if let [source, target, ..] = arguments.operands.as_slice() {
            self.name_built(&source.value, &target.value);
            self.images.add(target.value.clone());
        }
    }

    fn build(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, BUILD);
        if arguments.has(&["--help"]) {
            return;
        }
        let tags: Vec<_> = arguments
            .all(&["-t", "--tag"])
            .filter_map(|given| Some((given.value.clone()?, given.value_span.clone())))
            .collect();
        self.build_act(command, &arguments);
        for (tag, _) in &tags {
            self.images.add(tag.clone());
        }
        // Options that a variable holds may name any tag.
        if words.iter().any(|word| word.may_split) {
            self.images.open();
        }
        let outputs: Vec<_> = arguments
            .all(&["-o", "--output"])
            .filter_map(|given| Some((given.value.as_ref()?, &given.value_span)))
            .filter_map(|(output, span)| Some((pushed_name(output)?, span)))
            .collect();
        if !arguments.has(&["--push"]) && outputs.is_empty() {
            return;
        }
        let mut is_named = false;
        for (name, span) in &outputs {
            if let Some(name) = name {
                is_named = true;
                self.push_image(command, name, span);
            }
        }
        if !is_named {
            for (tag, span) in &tags {
                self.push_image(command, tag, span);
            }
        }
    }

    /// An image that is not there is pulled first.
    fn run(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, RUN);
        let Some(image) = arguments.operands.first() else {
            return;
        };
        let pull = arguments
            .option(&["--pull"])
            .and_then(|given| given.value.as_ref())
            .and_then(Template::as_literal);
        let kaniko = image.value.contains("kaniko");
        if kaniko {
            let rest = words.get(image.word + 1..).unwrap_or(&[]);
            self.kaniko(command, rest);
        } else if pull == Some("always")
            || (pull != Some("never") && !self.images.may_hold(&image.value))
        {
            self.pull_image(command, &image.value, &image.span);
            self.images.add(image.value.clone());
        }
        // The container may be handed the docker socket and credentials of the job.
        let reaches_out = words
            .get(..image.word)
            .unwrap_or(&[])
            .iter()
            .any(|word| word.value.contains("docker.sock") || word.value.contains(".docker"));
        if reaches_out && !kaniko {
            self.out_of_sight(command);
        }
    }

    pub(super) fn push_image(&mut self, command: &Command, image: &Template, span: &Range<usize>) {
        let image = self.spanned(image, span);
        self.act(command, ActKind::Push(image));
    }

    pub(super) fn pull_image(&mut self, command: &Command, image: &Template, span: &Range<usize>) {
        let image = self.spanned(image, span);
        self.act(command, ActKind::Pull(image));
    }
}

/// The command of a program and what follows it, past the program's own options.
fn subcommand(words: &[Word]) -> Option<(&str, &[Word])> {
    let arguments = Arguments::sort(words, PROGRAM);
    let first = arguments.operands.first()?.word;
    let name = words.get(first)?.value.as_literal()?;
    Some((name, words.get(first + 1..).unwrap_or(&[])))
}

/// The image of `docker://host/image`.
pub(super) fn without_transport(image: &Template) -> Option<Template> {
    super::arguments::without_prefix(image, "docker://")
}

/// What an exporter (`--output`, `outputs:`) pushes: `None` if nothing, `Some(None)` if the tags of the build,
/// `Some(Some(name))` if it names the image itself.
///
/// <https://docs.docker.com/build/exporters/image-registry/>
pub fn pushed_name(output: &Template) -> Option<Option<Template>> {
    let mut exporter = String::new();
    let mut is_pushed = false;
    let mut name = None;
    for field in split(output, ',') {
        let field = unquoted(&field);
        if let Some(value) = super::arguments::without_prefix(&field, "type=") {
            exporter = value.to_string();
        } else if let Some(value) = super::arguments::without_prefix(&field, "push=") {
            is_pushed = value.as_literal() == Some("true");
        } else if let Some(value) = super::arguments::without_prefix(&field, "name=") {
            name = Some(value);
        }
    }
    match exporter.as_str() {
        "registry" => Some(name),
        "image" if is_pushed => Some(name),
        _ => None,
    }
}

/// The parts of a template between separators that stand in known text.
pub fn split(template: &Template, separator: char) -> Vec<Template> {
    let mut parts = Vec::new();
    let mut rest = template.clone();
    while let Some((before, after)) = rest.split_once(separator) {
        parts.push(before);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// Without the double quotes that a field of comma-separated values may have.
fn unquoted(field: &Template) -> Template {
    let mut result = Template::default();
    for piece in field.pieces() {
        match piece {
            Piece::Literal(text) => result.push_literal(&text.replace('"', "")),
            Piece::Hole(hole) => result.push_hole(hole.name.clone(), hole.text.clone()),
        }
    }
    result
}
/// Where a script first asks the docker daemon for something, whatever happens: a build, a push, a container. `docker login`
/// and the like only write files.
pub fn asks_docker(script: &Script) -> Option<Range<usize>> {
    let mut surely = script.commands.iter().filter(|one| one.guard.is_none());
    let command = surely.find(|command| {
        let mut words = command.words.iter().map(|word| word.value.as_literal());
        let Some(Some(program)) = words.next() else {
            return false;
        };
        match super::program_name(program) {
            "docker-compose" => true,
            "docker" => words
                .flatten()
                .find(|word| !word.starts_with('-'))
                .is_some_and(|verb| {
                    matches!(
                        verb,
                        "build" | "push" | "pull" | "run" | "compose" | "tag" | "image"
                    )
                }),
            _ => false,
        }
    })?;
    Some(command.span.clone())
}

#[cfg(test)]
mod tests {
    use super::asks_docker;
    use crate::recognize::shell;

    #[test]
    fn what_asks_the_daemon_for_certain() {
        for (script, expected) in [
            ("docker build -t a .", Some("docker build -t a .")),
            (
                "echo x\n/usr/bin/docker --debug push a",
                Some("/usr/bin/docker --debug push a"),
            ),
            ("docker-compose up", Some("docker-compose up")),
            ("docker login -u AWS x", None),
            ("docker --version", None),
            ("podman build .", None),
            ("if test -f Dockerfile; then docker build .; fi", None),
        ] {
            let parsed = shell::parse(script, &|_| None);
            let found = asks_docker(&parsed).and_then(|range| script.get(range));
            assert_eq!(found, expected, "{script}");
        }
    }
}
