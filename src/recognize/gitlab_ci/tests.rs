//! Pipelines of GitLab in, acts out.

use crate::recognize::shown::{acts, pipelines, slice};

const PATH: &str = ".gitlab-ci.yml";

#[test]
fn one_shell_runs_what_a_job_has_and_inherits() {
    let text = r#"
variables:
  REGION: eu-west-1
  HOST: 111122223333.dkr.ecr.$REGION.amazonaws.com
default:
  image: docker:27
  before_script:
    - aws ecr get-login-password --region "$REGION" | docker login -u AWS --password-stdin "$HOST"
    - IMAGE="$HOST/app"
push:
  stage: build
  script:
    - docker build -t "$IMAGE:$CI_COMMIT_SHA" .
    - docker push "$IMAGE:$CI_COMMIT_SHA"
  after_script:
    - docker push "$IMAGE:late"
other:
  before_script: []
  script: docker push $HOST/other
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "push: aws ecr get-login-password region=eu-west-1",
            "push: login 111122223333.dkr.ecr.eu-west-1.amazonaws.com user=AWS stdin:token(eu-west-1)",
            "push: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:$CI_COMMIT_SHA @\"$IMAGE:$CI_COMMIT_SHA\"",
            // What the script sets is gone.
            "push: push $IMAGE:late @\"$IMAGE:late\"",
            "other: push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/other @$HOST/other",
        ]
    );
}

#[test]
fn extends_and_references_are_followed() {
    let text = r#"
stages: [a]
.login:
  script:
    - &in docker login -u AWS -p x 111122223333.dkr.ecr.eu-west-1.amazonaws.com
.base:
  extends: .deeper
  variables: {TAG: base, ONLY: base}
.deeper:
  variables: {TAG: deeper, DEEP: deeper}
  before_script:
    - !reference [.login, script]
a:
  extends: [.base]
  variables: {TAG: own}
  script:
    - docker push "r/x:$TAG-$ONLY-$DEEP"
b:
  script:
    - - *in
      - !reference [.nowhere, script]
    - docker pull $IMAGE
c:
  extends: .elsewhere
  script: [docker pull x]
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "a: login 111122223333.dkr.ecr.eu-west-1.amazonaws.com user=AWS command-line:other @-p x",
            "a: push r/x:own-base-deeper @\"r/x:$TAG-$ONLY-$DEEP\"",
            "b: unseen !reference [.nowhere, script]",
            "b: login 111122223333.dkr.ecr.eu-west-1.amazonaws.com user=AWS command-line:other @-p x",
            "b: pull $IMAGE @$IMAGE",
            "c: unseen extends .elsewhere",
            "c: pull x @x",
        ]
    );
}

#[test]
fn what_runs_change_is_not_known() {
    let text = r#"
a:
  stage: x
  variables: {A: "1", B: "2", C: "$C", D: {value: "4"}, E: "$F", F: "$E"}
  rules:
    - if: $X
      variables: {A: other}
  parallel:
    matrix: [{B: [x, y]}]
  script:
    - docker pull "r/$A:$B-$C-$D-$E"
    - docker pull r/$[[ inputs.name ]]
"#;
    assert_eq!(
        acts(PATH, text),
        [
            "a: pull r/$A:$B-$C-4-$E @\"r/$A:$B-$C-$D-$E\"",
            "a: pull r/$[[ inputs.name ]] @r/$[[ inputs.name ]]",
        ]
    );
}

#[test]
fn images_and_tokens_of_a_job() {
    let text = r#"
image: {name: "$HOST/ci:1"}
push:
  stage: x
  services: [docker:27-dind, {name: redis, alias: r}]
  id_tokens:
    AWS_TOKEN: {aud: [https://gitlab.com, "$AUD"]}
  script: [docker push x]
"#;
    let pipeline = pipelines(PATH, text).remove(0);
    let job = &pipeline.jobs[0];
    let images: Vec<String> = job.images.iter().map(|one| one.value.to_string()).collect();
    assert_eq!(images, ["$HOST/ci:1", "docker:27-dind", "redis"]);
    let token = &job.id_tokens[0];
    assert_eq!(
        slice(token.loc, text),
        "AWS_TOKEN: {aud: [https://gitlab.com, \"$AUD\"]}"
    );
    assert_eq!(token.audiences.len(), 2);
    assert_eq!(pipeline.repository_root.as_deref(), Some(""));
}

#[test]
fn other_documents_are_none() {
    for (path, text) in [
        ("a.yml", "a: {script: x}\n"),
        ("a.yml", "language: rust\nscript: [x]\nbefore_script: [y]\n"),
        ("values.yaml", "hook:\n  script: |\n    docker push x\n"),
        ("tasks.yml", "- script: x\n"),
        ("compose.yml", "services: {a: {image: x}}\n"),
        ("a.yml", "stages: [a]\n"),
    ] {
        assert!(pipelines(path, text).is_empty(), "{path} {text}");
    }
    for (path, text) in [
        ("a.yml", "stages: [a]\nb: {script: x}\n"),
        ("ci/push.gitlab-ci.yml", ".b: {script: [docker push x]}\n"),
        ("a.yml", "b: {script: [x], rules: []}\n"),
    ] {
        assert_eq!(pipelines(path, text).len(), 1, "{path} {text}");
    }
}

#[test]
fn hostile_files_stay_bounded() {
    // Each variable names the next one twice.
    let mut text = String::from("variables:\n");
    for at in 0..200 {
        text.push_str(&format!("  V{at}: \"$V{next}$V{next}\"\n", next = at + 1));
    }
    text.push_str("a: {stage: x, script: [docker push $V0]}\n");
    assert_eq!(acts(PATH, &text).len(), 1);
    // Jobs that extend each other in a circle, and references that lead to themselves.
    let text = "stages: []\n.a: {extends: .b}\n.b: {extends: [.a, .b], script: [!reference [.b, script]]}\nc: {extends: .a}\n";
    assert!(acts(PATH, text).is_empty());
    // Every level extends the next one twice.
    let mut text = String::from("stages: []\n");
    for at in 0..60 {
        text.push_str(&format!(
            ".j{at}: {{extends: [.j{next}, .j{next}]}}\n",
            next = at + 1
        ));
    }
    text.push_str("z: {extends: [.j0], script: [docker push x]}\n");
    assert_eq!(acts(PATH, &text).len(), 2);
}
