//! Tools that build and push in one command without docker: pack, ko, jib, buildctl, img.

use super::Reader;
use super::arguments::{Arguments, Grammar};
use super::containers::pushed_name;
use crate::model::template::Template;
use crate::recognize::shell::{Command, Word};

/// The options of `pack build` that take no value.
const PACK: Grammar = Grammar::with_flags(
    &[
        "--publish",
        "--verbose",
        "--quiet",
        "--no-color",
        "--timestamps",
        "--trust-builder",
        "--trust-extra-buildpacks",
        "--clear-cache",
        "--interactive",
        "--sparse",
        "--help",
    ],
    "vqh",
);

impl Reader<'_> {
    /// Reads a builder; `false` if the command is none of those known here.
    pub(super) fn builder(&mut self, index: usize, command: &Command) -> bool {
        let Some((program, words)) = super::program(command) else {
            return false;
        };
        match program {
            "pack" => self.pack(command, words),
            "ko" => self.ko(index, command, words),
            "buildctl" => self.buildctl(command, words),
            "img" => self.img(command, words),
            "mvn" | "mvnw" | "gradle" | "gradlew" => self.jib(command, words),
            _ => false,
        }
    }

    /// `pack build IMAGE --publish`: <https://buildpacks.io/docs/for-platform-operators/how-to/integrate-ci/pack/cli/pack_build/>.
    fn pack(&mut self, command: &Command, words: &[Word]) -> bool {
        let arguments = Arguments::sort(words, PACK);
        if arguments.literal(0) != Some("build") {
            return true;
        }
        let named = arguments
            .operands
            .get(1)
            .map(|name| (name.value.clone(), name.span.clone()));
        let tags = arguments
            .all(&["-t", "--tag"])
            .filter_map(|given| Some((given.value.clone()?, given.value_span.clone())));
        let images: Vec<_> = named.into_iter().chain(tags).collect();
        for (image, span) in &images {
            if arguments.has(&["--publish"]) {
                self.push_image(command, image, span);
            } else {
                self.images.add(image.clone());
            }
        }
        true
    }

    /// `ko build ./cmd/app` pushes below `$KO_DOCKER_REPO`. It fetches the password for Amazon ECR itself:
    /// <https://ko.build/get-started/>.
    fn ko(&mut self, index: usize, command: &Command, words: &[Word]) -> bool {
        let arguments =
            Arguments::sort(words, Grammar::with_values(&["--tags", "--platform"], "tf"));
        let asked = arguments.literal(0);
        if !matches!(
            asked,
            Some("build" | "publish" | "resolve" | "apply" | "create" | "run")
        ) {
            return true;
        }
        let is_local = arguments.has(&["--local", "-L"])
            || arguments.option(&["--push"]).is_some_and(|given| {
                given.value.as_ref().and_then(Template::as_literal) == Some("false")
            });
        let Some(mut image) = self.variable("KO_DOCKER_REPO", index, command) else {
            self.out_of_sight(command);
            return true;
        };
        let is_elsewhere = matches!(image.prefix(), "ko.local" | "kind.local");
        if !is_local && !is_elsewhere {
            self.out_of_sight(command);
            if !arguments.has(&["--bare"]) {
                image.push_literal("/");
                image.push_hole(format!("ko@{}", command.span.start), "…");
            }
            self.push_image(command, &image, &command.span.clone());
        }
        true
    }

    /// `buildctl build --output type=image,name=IMAGE,push=true`.
    fn buildctl(&mut self, command: &Command, words: &[Word]) -> bool {
        let arguments = Arguments::sort(
            words,
            Grammar::with_flags(&["--no-cache", "--debug", "--tlsservername"], ""),
        );
        let outputs: Vec<_> = arguments
            .all(&["-o", "--output", "--exporter"])
            .filter_map(|given| Some((given.value.clone()?, given.value_span.clone())))
            .collect();
        for (output, span) in outputs {
            match pushed_name(&output) {
                Some(Some(name)) => self.push_image(command, &name, &span),
                Some(None) => self.out_of_sight(command),
                None => {}
            }
        }
        true
    }

    /// `img push IMAGE`, `img login`.
    fn img(&mut self, command: &Command, words: &[Word]) -> bool {
        let arguments = Arguments::sort(words, Grammar::with_values(&["--tag", "--file"], "tfup"));
        let rest = arguments
            .operands
            .first()
            .and_then(|first| words.get(first.word + 1..))
            .unwrap_or(&[]);
        match (arguments.literal(0), arguments.operands.get(1)) {
            (Some("login"), _) => self.login(command, rest),
            (Some("push"), Some(image)) => {
                self.push_image(command, &image.value, &image.span.clone());
            }
            (Some("pull"), Some(image)) => {
                self.pull_image(command, &image.value, &image.span.clone());
            }
            _ => {}
        }
        true
    }

    /// `mvn jib:build -Dimage=IMAGE`, `gradle jib --image=IMAGE`. Jib looks for a credential helper of Amazon ECR by
    /// itself: <https://github.com/GoogleContainerTools/jib/blob/master/docs/faq.md>.
    fn jib(&mut self, command: &Command, words: &[Word]) -> bool {
        let asks = words.iter().any(|word| {
            word.value.as_literal().is_some_and(|text| {
                text == "jib"
                    || text.ends_with(":jib")
                    || (text.contains("jib") && text.ends_with(":build"))
            })
        });
        if !asks {
            return false;
        }
        self.out_of_sight(command);
        let names = ["-Dimage=", "-Djib.to.image=", "--image="];
        for word in words {
            let image = names
                .iter()
                .find_map(|name| super::without_prefix(&word.value, name));
            if let Some(image) = image {
                self.push_image(command, &image, &word.span.clone());
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LocalImages, Surroundings, acts};
    use crate::model::pipeline::ActKind;
    use crate::recognize::shell;
    use crate::source::Loc;
    use std::collections::BTreeMap;

    fn moved(text: &str) -> Vec<String> {
        let script = shell::parse(text, &|_| None);
        let around = Surroundings {
            place: &|_| Loc::NOWHERE,
            environment: &|_| None,
            known: &BTreeMap::new,
            working_directory: None,
            passwords: &BTreeMap::new(),
        };
        acts(&script, &around, &mut LocalImages::default())
            .iter()
            .map(|act| match &act.kind {
                ActKind::Push(image) => format!("push {}", image.value),
                ActKind::Pull(image) => format!("pull {}", image.value),
                ActKind::OutOfSight(_) => "unseen".to_string(),
                ActKind::Login(_) => "login".to_string(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_builders_push() {
        for (text, expected) in [
            (
                "pack build r/a:1 --publish -t r/a:2 --builder b",
                vec!["push r/a:1", "push r/a:2"],
            ),
            ("pack build a --builder b; docker run a", vec![]),
            ("pack builder create x", vec![]),
            (
                "KO_DOCKER_REPO=r/x ko build ./cmd/app",
                vec!["unseen", "push r/x/…"],
            ),
            (
                "export KO_DOCKER_REPO=r/x; ko build --bare ./cmd",
                vec!["unseen", "push r/x"],
            ),
            ("ko build ./cmd", vec!["unseen"]),
            ("KO_DOCKER_REPO=ko.local ko build .", vec![]),
            ("KO_DOCKER_REPO=r ko build --push=false .", vec![]),
            ("ko version", vec![]),
            (
                "buildctl build --output type=image,name=r/a,push=true",
                vec!["push r/a"],
            ),
            ("buildctl build --output type=docker,name=r/a", vec![]),
            (
                "img login -u AWS r; img push r/a",
                vec!["login", "push r/a"],
            ),
            (
                "mvn compile jib:build -Dimage=r/a",
                vec!["unseen", "push r/a"],
            ),
            ("./gradlew :app:jib --image=r/a", vec!["unseen", "push r/a"]),
            (
                "mvn com.google.cloud.tools:jib-maven-plugin:3.4.0:build -Djib.to.image=r/a",
                vec!["unseen", "push r/a"],
            ),
            ("mvn jib:dockerBuild", vec![]),
        ] {
            assert_eq!(moved(text), expected, "{text}");
        }
    }
}
