//! Compose files in every spelling, and what is none.

use super::*;
use crate::source::FileId;
use crate::tree::{Syntax, parse};

fn read(text: &str) -> Option<Facts> {
    let parsed = parse(FileId::NONE, text, Syntax::Yaml);
    let subject = Subject {
        path: "compose.yaml",
        text,
        document: parsed.documents.first()?,
    };
    recognizes(&subject).then(|| extract(&subject).facts)
}

fn shown(text: &str) -> String {
    let facts = read(text).expect("a compose file");
    let lines: Vec<String> = facts
        .compose_services
        .iter()
        .map(|service| {
            let image = service.image.as_ref().map(|image| image.value.to_string());
            let build = service.build.as_ref().map(|build| {
                let options: Vec<String> = build
                    .options
                    .arguments
                    .iter()
                    .map(|(name, value)| format!("{name}={}", value.value))
                    .collect();
                let target = build.options.target.as_ref();
                format!(
                    " from {}{}{} [{}]",
                    build.context,
                    build
                        .dockerfile
                        .as_ref()
                        .map_or(String::new(), |path| format!(" {path}")),
                    target.map_or(String::new(), |target| format!(" to {target}")),
                    options.join(" ")
                )
            });
            let environment: Vec<String> = service
                .environment
                .iter()
                .map(|(name, value)| format!(" {}={}", name.value, value.value))
                .collect();
            format!(
                "{}: {}{}{}{}",
                service.origin.label,
                image.unwrap_or_default(),
                build.unwrap_or_default(),
                environment.join(""),
                if service.is_partial { " …" } else { "" }
            )
        })
        .collect();
    lines.join("\n")
}

#[test]
fn services_in_every_spelling() {
    let text = "\
x-env: &env
  LOG: info
services:
  a:
    image: \"${R:-host}/a:${TAG:?needed}\"
    environment:
      <<: *env
      COST: $$5
  b:
    build: ./b
    environment: [A=1, B, C=]
  c:
    build:
      context: c
      dockerfile: docker/c
      target: prod
      args: {V: 1, W: }
    image: c
  d:
    build: {args: [\"V=$V\", W]}
";
    assert_eq!(
        shown(text),
        "a: ${R:-host}/a:${TAG:?needed} LOG=info COST=$5\n\
         b:  from ./b [] A=1 B=$B C=\n\
         c: c from c docker/c to prod [V=1 W=$W]\n\
         d:  from . [V=$V W=$W]"
    );
}

#[test]
fn services_take_what_they_extend() {
    let text = "\
services:
  base: {image: one, environment: {A: 1, B: 2}}
  a: {extends: base, environment: [B=3]}
  b: {extends: {service: a}, image: two}
  c: {extends: {file: other.yml, service: a}, image: three}
  d: {extends: d, image: four}
";
    assert_eq!(
        shown(text),
        "base: one A=1 B=2\na: one A=1 B=3\nb: two A=1 B=3\nc: three …\nd: four …"
    );
}

#[test]
fn places_are_those_of_the_values() {
    let text = "services:\n  a:\n    image: 'x/y'\n    environment:\n      - KEY=secret value\n";
    let facts = read(text).expect("a compose file");
    let service = &facts.compose_services[0];
    let image = service.image.as_ref().expect("an image");
    assert_eq!(text.get(image.loc.span.range()), Some("'x/y'"));
    let (name, value) = &service.environment[0];
    assert_eq!(text.get(name.loc.span.range()), Some("KEY"));
    assert_eq!(text.get(value.loc.span.range()), Some("secret value"));
}

#[test]
fn other_files_with_services_are_none() {
    for text in [
        "services: {a: {image: x}}\njobs: {}",
        "services: [postgres]",
        "services:\n  App\\Thing: {class: x}\n",
        "services: {}",
        "kind: x\nservices: {a: {image: x}}",
        "image: x",
    ] {
        assert!(read(text).is_none(), "{text}");
    }
    for text in [
        "version: '3'\nservices: {a: {image: x}}",
        "x-a: 1\nservices: {a: {build: .}, b: {}}\nnetworks: {}",
    ] {
        assert!(read(text).is_some(), "{text}");
    }
}

#[test]
fn broken_shapes_are_read_as_far_as_they_go() {
    for text in [
        "services: {a: {image: [x]}, b: null, c: 1, d: {image: x}}",
        "services: {a: {image: x, build: null, environment: 1}}",
        "services: {a: {image: x, build: {args: 1, target: [], context: {}}}}",
        "services: {a: {image: x, environment: [1, {a: b}, null], depends_on: 3}}",
        "services: {a: {build: [x]}}",
        "services: {a: {extends: [x]}}",
    ] {
        assert!(read(text).is_some(), "{text}");
    }
}
