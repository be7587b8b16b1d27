//! Tools that move images without a daemon: skopeo, crane, regctl, helm, oras, kaniko.

use super::arguments::{Arguments, Grammar};
use super::containers::without_transport;
use super::{LocalImages, Reader};
use crate::model::template::Template;
use crate::recognize::shell::{Command, Word};

const SKOPEO: Grammar = Grammar::with_flags(
    &[
        "--all",
        "--quiet",
        "--preserve-digests",
        "--remove-signatures",
        "--debug",
        "--insecure-policy",
        "--src-tls-verify",
        "--dest-tls-verify",
        "--tls-verify",
        "--dest-compress",
        "--dest-decompress",
        "--dest-oci-accept-uncompressed-layers",
        "--src-no-creds",
        "--dest-no-creds",
        "--no-creds",
        "--dest-precompute-digests",
        "--keep-going",
        "--scoped",
        "--dry-run",
        "--raw",
        "--config",
    ],
    "aq",
);

const CRANE: Grammar = Grammar::with_values(
    &[
        "--platform",
        "--jobs",
        "--image-refs",
        "--format",
        "--cache_path",
        "--new_tag",
        "--base",
        "--new_layer",
        "--tag",
    ],
    "jtofcb",
);

const HELM: Grammar = Grammar::with_values(
    &[
        "--version",
        "--destination",
        "--untardir",
        "--ca-file",
        "--cert-file",
        "--key-file",
        "--keyring",
        "--username",
        "--password",
        "--repo",
        "--namespace",
        "--kubeconfig",
        "--kube-context",
        "--registry-config",
        "--values",
        "--set",
        "--timeout",
        "--artifact-type",
        "--annotation",
        "--config",
        "--manifest-config",
        "--output",
        "--to-username",
        "--from-username",
        "--to-password",
        "--from-password",
    ],
    "dnfouvk",
);

impl Reader<'_> {
    pub(super) fn transfer(&mut self, command: &Command) {
        let Some((program, words)) = super::program(command) else {
            return;
        };
        match program {
            "skopeo" => self.skopeo(command, words),
            "crane" | "gcrane" => self.crane(command, words),
            "regctl" => self.regctl(command, words),
            "helm" | "oras" => self.artifacts(command, words),
            _ => self.kaniko(command, words),
        }
    }

    fn skopeo(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, SKOPEO);
        let operand = |index: usize| arguments.operands.get(index);
        match arguments.literal(0) {
            Some("login") => {
                let rest = after(words, &arguments, 0);
                self.login(command, rest);
            }
            Some("copy") => {
                let has_source = arguments.has(&[
                    "--src-creds",
                    "--src-authfile",
                    "--authfile",
                    "--src-registry-token",
                ]);
                let has_target = arguments.has(&[
                    "--dest-creds",
                    "--dest-authfile",
                    "--authfile",
                    "--dest-registry-token",
                ]);
                if let Some(source) = operand(1).filter(|_| !has_source)
                    && let Some(image) = without_transport(&source.value)
                {
                    self.pull_image(command, &image, &source.span);
                }
                if let Some(target) = operand(2).filter(|_| !has_target)
                    && let Some(image) = without_transport(&target.value)
                {
                    self.push_image(command, &image, &target.span);
                }
            }
            Some("inspect")
                if !arguments.has(&["--creds", "--authfile", "--no-creds", "--registry-token"]) =>
            {
                if let Some(source) = operand(1)
                    && let Some(image) = without_transport(&source.value)
                {
                    self.pull_image(command, &image, &source.span);
                }
            }
            // `skopeo sync` and `delete` name repositories in ways of their own.
            Some("sync") => self.out_of_sight(command),
            _ => {}
        }
    }

    fn crane(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, CRANE);
        let operands = arguments.operands.as_slice();
        match (arguments.literal(0), operands) {
            (Some("auth"), [_, second, ..]) if second.value.as_literal() == Some("login") => {
                let rest = after(words, &arguments, 1);
                self.login(command, rest);
            }
            (Some("push"), [_, _, target, ..]) => {
                self.push_image(command, &target.value, &target.span)
            }
            (Some("pull" | "manifest" | "digest" | "config"), [_, source, ..]) => {
                self.pull_image(command, &source.value, &source.span);
            }
            (Some("tag"), [_, target, ..]) => self.push_image(command, &target.value, &target.span),
            (Some("copy" | "cp"), [_, source, target, ..]) => {
                self.pull_image(command, &source.value, &source.span);
                self.push_image(command, &target.value, &target.span);
            }
            (Some("append" | "mutate" | "rebase" | "flatten"), _) => {
                if let Some(given) = arguments.option(&["-t", "--tag", "--new_tag"])
                    && let Some(target) = &given.value
                {
                    self.push_image(command, target, &given.value_span);
                }
            }
            _ => {}
        }
    }

    fn regctl(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, CRANE);
        let operands = arguments.operands.as_slice();
        match (arguments.literal(0), arguments.literal(1), operands) {
            (Some("registry"), Some("login"), _) => {
                let rest = after(words, &arguments, 1);
                self.login(command, rest);
            }
            (Some("image"), Some("copy" | "cp"), [_, _, source, target, ..]) => {
                self.pull_image(command, &source.value, &source.span);
                self.push_image(command, &target.value, &target.span);
            }
            _ => {}
        }
    }

    /// `helm push chart.tgz oci://host/charts`, `oras push host/artifact:tag file`.
    fn artifacts(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, HELM);
        let operands = arguments.operands.as_slice();
        let has_own_login =
            arguments.has(&["--username", "--password", "-u", "-p", "--registry-config"]);
        match (arguments.literal(0), arguments.literal(1), operands) {
            (Some("registry"), Some("login"), _) => {
                let rest = after(words, &arguments, 1);
                self.login(command, rest);
            }
            (Some("login"), _, _) => {
                let rest = after(words, &arguments, 0);
                self.login(command, rest);
            }
            _ if has_own_login => {}
            (Some("push"), _, [_, _, target, ..]) if chart(&target.value).is_some() => {
                let target_name = chart(&target.value).unwrap_or_default();
                self.push_image(command, &target_name, &target.span);
            }
            (Some("push" | "attach"), _, [_, target, ..]) if is_oras(command) => {
                self.push_image(command, &target.value, &target.span);
            }
            (Some("cp" | "copy"), _, [_, source, target, ..]) if is_oras(command) => {
                self.pull_image(command, &source.value, &source.span);
                self.push_image(command, &target.value, &target.span);
            }
            (Some("pull" | "show"), _, _) => {
                for operand in operands.iter().skip(1) {
                    if let Some(image) = chart(&operand.value) {
                        self.pull_image(command, &image, &operand.span);
                    } else if is_oras(command) {
                        self.pull_image(command, &operand.value, &operand.span);
                    }
                }
            }
            _ => {}
        }
    }

    /// `/kaniko/executor --destination IMAGE`. Kaniko brings an ECR credential helper of its own, so how it logs in is not
    /// in sight: <https://github.com/GoogleContainerTools/kaniko#pushing-to-amazon-ecr>.
    pub(super) fn kaniko(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, Grammar::with_flags(&[], ""));
        let is_kaniko = command
            .words
            .iter()
            .any(|word| word.value.contains("kaniko"));
        if !is_kaniko {
            return;
        }
        let no_push = arguments.has(&["--no-push"]);
        if !no_push {
            self.out_of_sight(command);
        }
        // In a container of its own, its paths are those of mounts.
        if super::program(command).is_some_and(|(name, _)| name == "executor") {
            self.kaniko_build(command, &arguments);
        }
        if no_push {
            return;
        }
        for given in arguments.all(&["--destination", "-d"]) {
            if let Some(image) = &given.value {
                self.push_image(command, image, &given.value_span);
            }
        }
    }
}

impl Reader<'_> {
    /// What the executor builds: the context is a folder (`dir://…`, or a bare path) or lies elsewhere.
    fn kaniko_build(&mut self, command: &Command, arguments: &Arguments) {
        let option = |names: &[&str]| {
            arguments
                .option(names)
                .and_then(|given| given.value.clone())
        };
        let context = option(&["--context", "-c"]).unwrap_or_else(|| Template::literal("."));
        let context = super::arguments::without_prefix(&context, "dir://").unwrap_or(context);
        let dockerfile = option(&["--dockerfile", "-f"]);
        let is_in_context = dockerfile
            .as_ref()
            .is_some_and(|path| path.is_known() && !path.prefix().starts_with('/'));
        // It has no images of its own.
        let mut none = LocalImages::default();
        if self.images.has_changed_files() {
            none.note_changed_files();
        }
        let machine = std::mem::replace(self.images, none);
        self.build_from(command, arguments, context, dockerfile, is_in_context);
        *self.images = machine;
    }
}

/// The words that follow an operand.
fn after<'w>(words: &'w [Word], arguments: &Arguments, operand: usize) -> &'w [Word] {
    arguments
        .operands
        .get(operand)
        .and_then(|found| words.get(found.word + 1..))
        .unwrap_or(&[])
}

fn chart(reference: &Template) -> Option<Template> {
    super::arguments::without_prefix(reference, "oci://")
}

fn is_oras(command: &Command) -> bool {
    command
        .words
        .first()
        .and_then(|word| word.value.as_literal())
        .is_some_and(|name| super::program_name(name) == "oras")
}
