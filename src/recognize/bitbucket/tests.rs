//! Files of Bitbucket Pipelines in, acts out.

use crate::model::pipeline::Runner;
use crate::recognize::shown::{acts, pipelines};

const PATH: &str = "bitbucket-pipelines.yml";

#[test]
fn every_step_is_a_job() {
    let text = r#"
image: atlassian/default-image:4
definitions:
  services: {db: {image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/db:1}}
  steps:
    - step: &push
        name: Push
        oidc: true
        services: [docker, db]
        script:
          - export HOST=111122223333.dkr.ecr.eu-west-1.amazonaws.com
          - docker push "$HOST/app:$BITBUCKET_COMMIT"
        after-script:
          - docker pull "$HOST/app"
pipelines:
  default:
    - step: *push
  branches:
    main:
      - parallel:
          - step: {name: A, script: [docker pull a/b]}
          - step: {<<: *push, name: B, runs-on: [self.hosted]}
      - stage: {name: s, condition: {}, steps: [{step: {script: [docker pull c/d]}}]}
    other:
      - step: *push
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "Push: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:$BITBUCKET_COMMIT @\"$HOST/app:$BITBUCKET_COMMIT\"",
            "Push: pull $HOST/app @\"$HOST/app\"",
            "A: pull a/b @a/b",
            "B: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:$BITBUCKET_COMMIT @\"$HOST/app:$BITBUCKET_COMMIT\"",
            "B: pull $HOST/app @\"$HOST/app\"",
            "step: pull c/d @c/d",
        ]
    );
    let jobs = pipelines(PATH, text).remove(0).jobs;
    assert_eq!(jobs[0].runner, Runner::Hosted);
    assert_eq!(jobs[0].id_tokens.len(), 1);
    assert_eq!(jobs[0].images.len(), 2);
    assert_eq!(jobs[2].runner, Runner::SelfHosted);
    assert!(jobs[3].is_conditional);
}

#[test]
fn pipes_do_what_they_are_known_for() {
    let text = r#"
pipelines:
  default:
    - step:
        image: {name: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/ci, aws: {oidc-role: x}}
        script:
          - docker build -t app .
          - pipe: atlassian/aws-ecr-push-image:2.4.2
            variables:
              AWS_OIDC_ROLE_ARN: arn:aws:iam::111122223333:role/push
              AWS_DEFAULT_REGION: eu-west-1
              IMAGE_NAME: app
              TAGS: "$BITBUCKET_COMMIT latest"
          - pipe: atlassian/slack-notify:2
          - docker push late
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "step: credentials Package role=arn:aws:iam::111122223333:role/push region=eu-west-1",
            "step: login default managed",
            "step: push ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/app:$BITBUCKET_COMMIT @app",
            "step: push ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/app:latest @app",
            "step: push late @late",
        ]
    );
    assert!(pipelines(PATH, text)[0].jobs[0].images.is_empty());
}

#[test]
fn other_documents_are_none() {
    for text in ["pipelines: [a]\n", "pipelines: {x: y}\n", "pipelines:\n"] {
        assert!(pipelines("a.yml", text).is_empty(), "{text}");
    }
    let hostile = "pipelines: {default: [{step: 3}, {parallel: 4}, {stage: [x]}, 5, {step: {script: {a: b}, image: [x], runs-on: {}}}]}\n";
    assert_eq!(pipelines("a.yml", hostile).len(), 1);
}
