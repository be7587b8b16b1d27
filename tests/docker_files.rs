//! What jobs pull and push by files that docker reads: Dockerfiles and compose files, put in the place of the commands
//! that read them.

use ecrlint::link::{Workspace, link};
use ecrlint::model::Facts;
use ecrlint::model::pipeline::ActKind;
use ecrlint::recognize::{Subject, recognize};
use ecrlint::source::{SourceFile, SourceMap};
use ecrlint::tree::{Syntax, parse};
use std::fmt::Write;

fn linked(files: &[(&str, &str)]) -> (SourceMap, Workspace) {
    let mut map = SourceMap::new();
    let mut facts = Facts::default();
    for (path, text) in files {
        let file = map.add(SourceFile::new(*path, *text));
        for document in &parse(file, text, Syntax::of(path, text)).documents {
            let subject = Subject {
                path,
                text,
                document,
            };
            if let Some((_, recognized)) = recognize(&subject) {
                facts.append(recognized.facts);
            }
        }
    }
    (map, link(facts, Vec::new()))
}

/// What the jobs move, and where it is named: `pull host/app:1 by Dockerfile`.
fn moved(files: &[(&str, &str)]) -> Vec<String> {
    let (map, workspace) = linked(files);
    let acts = workspace.runs.iter().flat_map(|run| &run.acts);
    acts.filter_map(|act| {
        let (verb, image) = match &act.act.kind {
            ActKind::Push(image) => ("push", image),
            ActKind::Pull(image) => ("pull", image),
            ActKind::OutOfSight(unseen) => return Some(format!("unseen {}", unseen.what.value)),
            ActKind::Build(_) => return Some("a build".to_string()),
            _ => return None,
        };
        let by = map.path(image.loc.file);
        Some(format!("{verb} {} by {by}", image.value))
    })
    .collect()
}

/// A workflow whose one job runs a script.
fn workflow(script: &str) -> String {
    let mut text =
        "on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n"
            .to_string();
    for line in script.lines() {
        writeln!(text, "          {line}").expect("memory");
    }
    text
}

const PATH: &str = ".github/workflows/w.yml";

fn with_dockerfile(script: &str, dockerfile: &str) -> Vec<String> {
    moved(&[(PATH, &workflow(script)), ("app/Dockerfile", dockerfile)])
}

#[test]
fn dockerfiles_are_found_by_every_kind_of_path() {
    for script in [
        "docker build app",
        "docker build ./app/",
        "cd app && docker build .",
        "docker build -f app/Dockerfile .",
        "docker build -f $GITHUB_WORKSPACE/app/Dockerfile .",
        "cd other/../app; docker buildx build --load .",
        "podman build app",
        "buildah bud app",
    ] {
        let found = with_dockerfile(script, "FROM h.example/base:1");
        assert_eq!(
            found,
            ["pull h.example/base:1 by app/Dockerfile"],
            "{script}"
        );
    }
    for script in [
        "docker build .",
        "cd app && cd .. && docker build .",
        "docker build \"$DIR\"",
        "docker build -f app/other.Dockerfile app",
        "cd /app && docker build .",
        "cd - && docker build app",
        "docker build --help app",
    ] {
        let found = with_dockerfile(script, "FROM h.example/base:1");
        assert!(found.is_empty(), "{script}: {found:?}");
    }
}

#[test]
fn a_build_pulls_what_its_target_needs() {
    let dockerfile = "\
FROM h.example/one AS one
FROM h.example/two AS two
COPY --from=h.example/four /x /y
FROM one AS three
COPY --from=two / /
FROM h.example/five AS last
";
    let pulled = |script: &str| {
        let found = with_dockerfile(script, dockerfile);
        let names = found.iter().map(|line| {
            let name = line.trim_start_matches("pull h.example/");
            name.split(' ').next().unwrap_or("").to_string()
        });
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(pulled("docker build app"), "five");
    assert_eq!(pulled("docker build --target one app"), "one");
    assert_eq!(pulled("docker build --target THREE app"), "one two four");
    assert_eq!(pulled("docker build --target 1 app"), "two four");
    assert_eq!(pulled("docker build --target nobody app"), "");
    assert_eq!(pulled("docker build --target \"$T\" app"), "");
    // Given otherwise, or there already.
    let given = "docker build --target three --build-context two=./two app";
    assert_eq!(pulled(given), "one");
    let given =
        "docker build --target two --build-context h.example/two=docker-image://h.example/six app";
    assert_eq!(pulled(given), "six four");
    assert_eq!(pulled("docker tag x h.example/five; docker build app"), "");
    assert_eq!(pulled("docker load -i x; docker build app"), "");
    assert_eq!(pulled("docker build app; docker build app"), "five");
    assert_eq!(pulled("./setup; docker build app"), "unseen");
}

#[test]
fn build_arguments_are_those_of_the_command() {
    let dockerfile = "\
ARG HOST=hub.example
ARG NAME=base
ARG IMAGE=${HOST}/$NAME
ARG NONE
FROM ${IMAGE}:${NONE:-1}
";
    for (script, expected) in [
        ("docker build app", "hub.example/base:1"),
        (
            "docker build --build-arg HOST=h --build-arg NONE=2 app",
            "h/base:2",
        ),
        ("docker build --build-arg IMAGE=other app", "other:1"),
        (
            "export HOST=env; docker build --build-arg HOST app",
            "env/base:1",
        ),
        ("docker build --build-arg HOST=$H app", "$H/base:1"),
        ("docker build --build-arg NONE= app", "hub.example/base:1"),
    ] {
        let found = with_dockerfile(script, dockerfile);
        let name = found.first().and_then(|line| line.split(' ').nth(1));
        assert_eq!(name, Some(expected), "{script}");
    }
    let (_, workspace) = linked(&[("app/Dockerfile", dockerfile)]);
    let image = &workspace.facts.base_images[0].image.value;
    assert_eq!(image.to_string(), "hub.example/base:${NONE:-1}");
    let script = workflow("docker build --build-arg HOST=h app");
    let (_, workspace) = linked(&[("app/Dockerfile", dockerfile), (PATH, &script)]);
    let image = &workspace.facts.base_images[0].image.value;
    assert_eq!(
        image.to_string(),
        "${HOST}/base:${NONE:-1}",
        "somebody gives another"
    );
}

#[test]
fn actions_build_from_the_commit_or_from_a_path() {
    let step = |with: &str| {
        format!(
            "on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {with}\n"
        )
    };
    let found = |with: &str, path: &str| {
        moved(&[
            (PATH, &step(with)),
            (
                path,
                "FROM h.example/base AS a\nFROM a AS b\nFROM h.example/last",
            ),
        ])
    };
    for (with, path) in [
        ("{}", "Dockerfile"),
        ("{context: app}", "app/Dockerfile"),
        ("{context: ., file: ci/Dockerfile}", "ci/Dockerfile"),
        ("{file: ci/Dockerfile}", "ci/Dockerfile"),
        ("{context: '{{defaultContext}}:app'}", "app/Dockerfile"),
        (
            "{context: '{{defaultContext}}:app', file: web.Dockerfile}",
            "app/web.Dockerfile",
        ),
        ("{context: '${{ github.workspace }}/app'}", "app/Dockerfile"),
    ] {
        let expected = format!("pull h.example/last by {path}");
        assert_eq!(found(with, path), [expected], "{with}");
    }
    assert_eq!(
        found("{target: b}", "Dockerfile"),
        ["pull h.example/base by Dockerfile"]
    );
    for with in [
        "{context: 'https://github.com/example/app.git'}",
        "{context: '${{ inputs.context }}'}",
        "{call: check}",
        "{target: '${{ matrix.target }}'}",
    ] {
        assert!(found(with, "Dockerfile").is_empty(), "{with}");
    }
}

#[test]
fn compose_moves_the_images_of_its_services() {
    let compose = "\
services:
  web:
    build: {context: web, args: {BASE: h.example/base}}
    image: ${REGISTRY}/web:${TAG:-1}
    depends_on: [db, cache]
  db: {image: h.example/db}
  cache: {image: h.example/cache, depends_on: {config: {condition: service_started}}}
  config: {image: h.example/config}
  tool: {image: h.example/tool, profiles: [tools]}
  never: {image: h.example/never, pull_policy: never}
";
    let moves = |script: &str| {
        let found = moved(&[
            (PATH, &workflow(script)),
            ("compose.yaml", compose),
            ("web/Dockerfile", "ARG BASE\nFROM $BASE"),
        ]);
        let words = found.iter().map(|line| {
            let mut words = line.split(' ');
            let verb = words.next().unwrap_or("");
            let name = words.next().unwrap_or("").trim_start_matches("h.example/");
            format!("{verb} {name}")
        });
        words.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        moves("docker compose pull"),
        "pull db, pull cache, pull config"
    );
    assert_eq!(moves("docker compose pull db"), "pull db");
    assert_eq!(
        moves("docker compose push"),
        "push ${REGISTRY}/web:${TAG:-1}"
    );
    assert_eq!(
        moves("export REGISTRY=r TAG=; docker compose push"),
        "push r/web:1"
    );
    assert_eq!(moves("docker compose build"), "pull base");
    assert_eq!(
        moves("docker compose build --build-arg BASE=h.example/x"),
        "pull x"
    );
    assert_eq!(
        moves("docker compose up"),
        "pull base, pull db, pull cache, pull config"
    );
    assert_eq!(moves("docker compose up cache"), "pull cache, pull config");
    assert_eq!(moves("docker compose up --no-deps cache"), "pull cache");
    assert_eq!(moves("docker compose run --rm tool make"), "pull tool");
    assert_eq!(
        moves("docker pull h.example/db; docker compose up db"),
        "pull db"
    );
    assert_eq!(
        moves("docker buildx bake -f compose.yaml --push web"),
        "pull base, push ${REGISTRY}/web:${TAG:-1}"
    );
    assert_eq!(moves("docker compose -f other.yaml pull"), "unseen docker");
    assert_eq!(moves("cd web; docker compose pull"), "unseen docker");
}

#[test]
fn compose_files_are_laid_over_each_other() {
    let base = "services:\n  a: {image: h.example/a}\n  b: {image: h.example/b, build: b}\n";
    let over = "services:\n  a: {image: h.example/other}\n  c: {image: h.example/c}\n";
    let files = |script: &str| {
        moved(&[
            (PATH, &workflow(script)),
            ("ci/docker-compose.yml", base),
            ("ci/docker-compose.override.yml", over),
        ])
    };
    let both = [
        "pull h.example/other by ci/docker-compose.override.yml",
        "pull h.example/c by ci/docker-compose.override.yml",
    ];
    assert_eq!(files("cd ci && docker-compose pull"), both);
    let named = "docker compose -f ci/docker-compose.yml -f ci/docker-compose.override.yml pull";
    assert_eq!(files(named), both);
    let one = files("docker compose -f ci/docker-compose.yml pull");
    assert_eq!(one, ["pull h.example/a by ci/docker-compose.yml"]);
}

#[test]
fn what_multiplies_stays_bounded() {
    let services: String = (0..2_000).fold("services:\n".to_string(), |mut text, at| {
        writeln!(
            text,
            "  s{at}: {{image: h.example/i{at}, depends_on: [s{}]}}",
            (at + 1) % 2_000
        )
        .expect("memory");
        text
    });
    let script = "docker compose up\n".repeat(500);
    let found = moved(&[(PATH, &workflow(&script)), ("compose.yaml", &services)]);
    assert!(found.len() <= 10_500, "{}", found.len());
    // Arguments that double with each.
    let doubled = (1..200).fold("ARG A0=xxxx\n".to_string(), |mut text, at| {
        writeln!(text, "ARG A{at}=$A{}$A{}", at - 1, at - 1).expect("memory");
        text
    });
    let found = with_dockerfile(
        "docker build app",
        &format!("{doubled}FROM h.example/$A199"),
    );
    assert_eq!(found.len(), 1);
    let stages: String = (0..400).fold("FROM a AS s0\n".to_string(), |mut text, at| {
        writeln!(text, "FROM s{at} AS s{}\nCOPY --from=s{at} / /", at + 1).expect("memory");
        text
    });
    let builds = "docker build app\n".repeat(500);
    assert_eq!(with_dockerfile(&builds, &stages).len(), 1);
}
