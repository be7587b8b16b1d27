//! Configurations of CircleCI in, acts out.

use crate::model::pipeline::Runner;
use crate::recognize::shown::{acts, pipelines};

const PATH: &str = ".circleci/config.yml";

#[test]
fn commands_executors_and_parameters_are_put_in_place() {
    let text = r#"
version: 2.1
parameters:
  repo: {type: string, default: app}
executors:
  main:
    parameters: {region: {type: string}}
    docker: [{image: "cimg/aws:2024.03"}]
    environment: {REGION: << parameters.region >>}
commands:
  push:
    parameters:
      tag: {type: string, default: late}
      extra: {type: steps, default: []}
    steps:
      - steps: << parameters.extra >>
      - run:
          name: push
          command: |
            docker push "$HOST/<< pipeline.parameters.repo >>:<< parameters.tag >>"
jobs:
  build:
    parameters: {env: {type: string}}
    executor: {name: main, region: eu-west-1}
    environment:
      - HOST: 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    steps:
      - checkout
      - setup_remote_docker
      - run: aws ecr get-login-password --region "$REGION" | docker login -u AWS --password-stdin "$HOST"
      - push:
          tag: << parameters.env >>
          extra:
            - run: docker pull r/<< parameters.env >>
      - when:
          condition: {equal: [a, << parameters.env >>]}
          steps: [push]
      - unless: {condition: true, steps: [push]}
  idle:
    docker: [{image: x}]
    steps: [{run: docker push never}]
workflows:
  main:
    jobs:
      - build: {env: prod, context: aws}
      - build: {env: prod, requires: [x]}
      - build:
          matrix: {parameters: {env: [a, b]}}
"#;
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let expected = |env: &str, at: &str| {
        [
            "build: aws ecr get-login-password region=eu-west-1".to_string(),
            format!("build: login {host} user=AWS stdin:token(eu-west-1)"),
            format!("build: pull r/{env} @r/{at}"),
            format!(
                "build: push {host}/app:{env} @\"$HOST/<< pipeline.parameters.repo >>:<< parameters.tag >>\""
            ),
            format!(
                "build: push {host}/app:late @\"$HOST/<< pipeline.parameters.repo >>:<< parameters.tag >>\""
            ),
        ]
    };
    let at = "<< parameters.env >>";
    // The tag of the last call is a parameter of the caller's that only a run knows.
    let mut second = expected("<< parameters.env >>", at);
    second[3] = second[3].replacen("app:<< parameters.env >>", "app:<< parameters.tag >>", 1);
    let all: Vec<String> = expected("prod", at).into_iter().chain(second).collect();
    assert_eq!(acts(PATH, text), all);
    let pipeline = pipelines(PATH, text).remove(0);
    assert_eq!(pipeline.jobs.len(), 2);
    assert_eq!(pipeline.jobs[0].runner, Runner::Hosted);
    assert_eq!(pipeline.repository_root.as_deref(), Some(""));
    assert_eq!(
        pipeline.jobs[0].images[0].value.to_string(),
        "cimg/aws:2024.03"
    );
    let last = pipeline.jobs[0].steps.last().expect("steps");
    assert!(last.is_conditional);
}

#[test]
fn orbs_of_aws_are_known() {
    let text = r#"
version: 2.1
orbs:
  aws-ecr: circleci/aws-ecr@9.0.4
  cli: circleci/aws-cli@5.1
  other: acme/deploy-tools@1
  node: circleci/node@5
  own:
    commands:
      go: {steps: [{run: docker pull own}]}
jobs:
  a:
    machine: {image: ubuntu-2204:current}
    resource_class: acme/big
    steps:
      - cli/setup: {role_arn: "arn:aws:iam::111122223333:role/ci", region: eu-west-1}
      - aws-ecr/ecr-login: {region: AWS_REGION}
      - aws-ecr/push_image: {account_id: "111122223333", region: eu-west-1, repo: app, tag: "1,$CIRCLE_SHA1"}
      - node/install-packages
      - own/go
      - other/go
workflows:
  w:
    jobs:
      - a
      - aws-ecr/build_and_push_image:
          auth:
            - cli/setup: {role_arn: "$ROLE"}
          account_id: "111122223333"
          region: us-east-1
          repo: web
          create_repo: true
          post-steps:
            - run: docker pull z
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "a: credentials Package role=arn:aws:iam::111122223333:role/ci region=eu-west-1",
            "a: login $AWS_ACCOUNT_ID.dkr.ecr.$AWS_REGION.amazonaws.com managed",
            "a: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1 @app",
            "a: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:$CIRCLE_SHA1 @app",
            "a: pull own @own",
            "a: unseen other/go",
            "aws-ecr/build_and_push_image: credentials Package role=$ROLE",
            "aws-ecr/build_and_push_image: login 111122223333.dkr.ecr.us-east-1.amazonaws.com managed",
            "aws-ecr/build_and_push_image: aws ecr create-repository region=us-east-1",
            "aws-ecr/build_and_push_image: push 111122223333.dkr.ecr.us-east-1.amazonaws.com/web:latest @web",
            "aws-ecr/build_and_push_image: pull z @z",
        ]
    );
    assert_eq!(pipelines(PATH, text)[0].jobs[0].runner, Runner::SelfHosted);
}

#[test]
fn variables_are_handed_on_in_a_file() {
    let text = r#"
version: 2
jobs:
  build:
    docker: [{image: x}]
    steps:
      - run: |
          echo 'export A=one' >> $BASH_ENV
          echo "export B=\"two-$CIRCLE_SHA1\"" >> "$BASH_ENV"
          echo 'export C=$(date)' >> $BASH_ENV
          docker pull r/$A
      - run: docker pull r/$A-$B-$C
      - run:
          environment: {A: own}
          command: cat x >> $BASH_ENV; docker pull r/$A
      - run: docker pull r/$A
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "build: pull r/$A @r/$A",
            "build: pull r/one-two-$CIRCLE_SHA1-$C @r/$A-$B-$C",
            "build: pull r/own @r/$A",
            "build: pull r/$A @r/$A",
        ]
    );
}

#[test]
fn other_documents_are_none() {
    for (path, text) in [
        ("a.yml", "version: 2\njobs: {a: {steps: []}}\n"),
        ("a.yml", "version: 3\nservices: {a: {image: x}}\n"),
        (".circleci/notes.yml", "a: b\n"),
    ] {
        assert!(pipelines(path, text).is_empty(), "{text}");
    }
}

#[test]
fn hostile_files_stay_bounded() {
    let mut text = String::from("version: 2.1\ncommands:\n");
    for at in 0..40 {
        text.push_str(&format!(
            "  c{at}:\n    parameters: {{x: {{type: string, default: \"\"}}}}\n    steps: [c{next}: {{x: << parameters.x >><< parameters.x >>a}}, c{next}, {{run: docker push << parameters.x >>}}]\n",
            next = at + 1
        ));
    }
    text.push_str("jobs: {a: {docker: [{image: x}], steps: [c0: {x: b}]}}\n");
    assert!(acts(PATH, &text).len() <= 2_000);
    let text = "version: 2.1\ncommands: {a: {steps: [b]}, b: {steps: [a, a]}}\njobs: {j: {docker: [{image: [x]}], steps: [a, 3, [x], {run: {command: [x]}}, {run: 4}, {when: 3}]}}\n";
    assert!(acts(PATH, text).is_empty());
}
