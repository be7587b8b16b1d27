//! Which documents are workflows, and what stands around their steps.

use super::*;
use crate::model::pipeline::IdToken;

#[test]
fn content_decides_what_a_document_is() {
    use DocumentKind::{GithubAction, GithubWorkflow};
    for (text, expected) in [
        (
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n",
            Some(GithubWorkflow),
        ),
        (
            "'on': push\njobs: {a: {uses: ./.github/workflows/b.yml}}\n",
            Some(GithubWorkflow),
        ),
        (
            "runs:\n  using: composite\n  steps: []\n",
            Some(GithubAction),
        ),
        ("name: x\nruns: {using: node20, main: index.js}\n", None),
        ("runs: {using: docker, image: Dockerfile}\n", None),
        ("on: push\njobs: {}\n", None),
        ("on: push\njobs: [a, b]\n", None),
        ("on: push\njobs:\n  a: 3\n", None),
        ("jobs:\n  a:\n    runs-on: x\n", None),
        ("trigger: [main]\njobs:\n- job: a\n  steps: []\n", None),
        ("- on: push\n", None),
        ("runs: composite\n", None),
    ] {
        let kind = recognized("x.yml", text).map(|(kind, _)| kind);
        assert_eq!(kind, expected, "{text}");
    }
}

#[test]
fn broken_shapes_are_read_as_far_as_they_go() {
    for text in [
        "on:\njobs:\n  a:\n    runs-on:\n    steps: 3\n",
        "on: [push, 3, {x: y}]\njobs:\n  a:\n    runs-on: [[x]]\n    steps: [3, x, {run: [1]}, {uses: {a: b}}, {run: 7}, {}]\n  b: null\n",
        "on: {push: null}\nenv: [a]\npermissions: [x]\njobs:\n  a:\n    permissions: 3\n    runs-on: {group: x}\n    container: [x]\n    services: x\n    env: {A: [1], B: null, C: 3}\n    steps:\n    - {uses: docker/build-push-action@v6, with: [x]}\n    - {uses: aws-actions/amazon-ecr-login@v2, with: {registries: [1]}}\n",
        "on: push\njobs:\n  a:\n    strategy: {matrix: {os: x}}\n    runs-on: ${{ matrix.os }}\n    steps:\n    - if: [x]\n      run: docker push ${{\n",
    ] {
        let pipeline = pipeline("w.yml", text);
        assert!(!pipeline.jobs.is_empty(), "{text}");
    }
}

#[test]
fn paths_tell_the_root_of_the_repository() {
    for (path, root, rest) in [
        (
            ".github/workflows/a.yml",
            Some(""),
            ".github/workflows/a.yml",
        ),
        (
            "./.github/workflows/a.yml",
            Some(""),
            ".github/workflows/a.yml",
        ),
        (
            "x/y/.github/actions/a/action.yml",
            Some("x/y"),
            ".github/actions/a/action.yml",
        ),
        (
            "../r/.github/workflows/a.yml",
            Some("../r"),
            ".github/workflows/a.yml",
        ),
        (
            "a/.github/b/.github/workflows/c.yml",
            Some("a/.github/b"),
            ".github/workflows/c.yml",
        ),
        (
            "o__r__.github__workflows__a.yml",
            None,
            "o__r__.github__workflows__a.yml",
        ),
        ("build/action.yml", None, "build/action.yml"),
    ] {
        let (found, path_there) = place_in_repository(path);
        assert_eq!(found.as_deref(), root, "{path}");
        assert_eq!(path_there, rest, "{path}");
    }
}

#[test]
fn triggers_come_in_three_forms() {
    for on in [
        "on: workflow_call",
        "on: [workflow_call]",
        "on: {workflow_call: {inputs: {a: {}}}}",
    ] {
        let text = format!("{on}\njobs:\n  a: {{runs-on: x}}\n");
        let pipeline = pipeline("w.yml", &text);
        assert!(pipeline.is_reusable(), "{on}");
        assert!(!pipeline.starts_by_itself(), "{on}");
        assert_eq!(slice(pipeline.triggers[0].loc, &text), "workflow_call");
    }
    let both = pipeline(
        "w.yml",
        "on:\n  workflow_call:\n  push:\njobs:\n  a: {runs-on: x}\n",
    );
    assert!(both.is_reusable() && both.starts_by_itself());
}

#[test]
fn permissions_say_what_is_in_force() {
    for (block, expected, named) in [
        (
            "{id-token: write, contents: read}",
            IdToken::Write,
            Some("id-token: write"),
        ),
        (
            "{id-token: 'write'}",
            IdToken::Write,
            Some("id-token: 'write'"),
        ),
        ("{id-token: read}", IdToken::None, Some("id-token: read")),
        ("{id-token: none}", IdToken::None, Some("id-token: none")),
        ("{contents: read}", IdToken::None, None),
        ("{}", IdToken::None, None),
        ("write-all", IdToken::Write, None),
        ("read-all", IdToken::None, None),
        ("${{ inputs.p }}", IdToken::Unknown, None),
        (
            "{id-token: '${{ inputs.p }}'}",
            IdToken::Unknown,
            Some("id-token: '${{ inputs.p }}'"),
        ),
        ("", IdToken::Unknown, None),
    ] {
        let text = format!("on: push\npermissions: {block}\njobs:\n  a: {{runs-on: x}}\n");
        let permissions = pipeline("w.yml", &text).permissions.expect("a block");
        assert_eq!(permissions.id_token, expected, "{block}");
        assert_eq!(
            permissions
                .id_token_loc
                .map(|loc| slice(loc, &text))
                .as_deref(),
            named,
            "{block}"
        );
        assert_eq!(slice(permissions.key, &text), "permissions", "{block}");
    }
}

#[test]
fn runners_of_github_are_told_from_the_users() {
    use Runner::{Hosted, SelfHosted, Unknown};
    let matrix = "strategy: {matrix: {os: [ubuntu-latest, windows-latest], arch: [own, ubuntu-latest], mixed: ['${{ inputs.x }}']}}";
    for (runs_on, expected) in [
        ("ubuntu-latest", Hosted),
        ("Ubuntu-22.04", Hosted),
        ("[ubuntu-latest]", Hosted),
        ("macos-14", Hosted),
        ("windows-2022", Hosted),
        ("self-hosted", SelfHosted),
        ("[self-hosted, linux]", SelfHosted),
        ("big-runner", SelfHosted),
        ("codebuild-p-${{ github.run_id }}-x", SelfHosted),
        ("ubuntu-${{ inputs.version }}", Hosted),
        ("[codebuild-p, 'image:x']", SelfHosted),
        ("{group: g}", SelfHosted),
        ("{group: g, labels: ubuntu-latest}", SelfHosted),
        ("{labels: [ubuntu-latest]}", Hosted),
        ("${{ inputs.runner }}", Unknown),
        ("${{ matrix.os }}", Hosted),
        ("${{ matrix.arch }}", SelfHosted),
        ("${{ matrix.mixed }}", Unknown),
        ("${{ matrix.absent }}", Unknown),
        ("[]", Unknown),
        ("{}", Unknown),
    ] {
        let text = format!("on: push\njobs:\n  a:\n    {matrix}\n    runs-on: {runs_on}\n");
        assert_eq!(
            pipeline("w.yml", &text).jobs[0].runner,
            expected,
            "{runs_on}"
        );
    }
    let calls = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n";
    assert_eq!(pipeline("w.yml", calls).jobs[0].runner, Unknown);
    let include = "on: push\njobs:\n  a:\n    strategy: {matrix: {include: [{os: ubuntu-latest}, {os: macos-latest}]}}\n    runs-on: ${{ matrix.os }}\n";
    assert_eq!(pipeline("w.yml", include).jobs[0].runner, Hosted);
}

#[test]
fn images_of_the_job_are_pulled_before_its_steps() {
    let text = "on: push
env: {REG: 111122223333.dkr.ecr.eu-west-1.amazonaws.com}
jobs:
  a:
    runs-on: ubuntu-latest
    container: ${{ vars.IMAGE }}
    services:
      db: {image: postgres:16}
      private: {image: x.example/y, credentials: {username: a, password: b}}
      none: {image: ''}
";
    let pipeline = pipeline("w.yml", text);
    let images: Vec<String> = pipeline.jobs[0]
        .images
        .iter()
        .map(|image| at(image, text))
        .collect();
    assert_eq!(
        images,
        [
            "${{ vars.IMAGE }} @${{ vars.IMAGE }}",
            "postgres:16 @postgres:16"
        ]
    );
}

#[test]
fn variables_see_those_around_them_but_not_their_neighbours() {
    let text = "on: push
env:
  REGION: eu-west-1
  HOST: ${{ vars.A }}.dkr.ecr.${{ env.REGION }}.amazonaws.com
jobs:
  a:
    runs-on: ubuntu-latest
    env:
      REGION: us-east-1
      HOST: 111122223333.dkr.ecr.${{ env.REGION }}.amazonaws.com
    steps:
    - uses: docker://${{ env.HOST }}/x
    - env: {HOST: step.example, IMAGE: '${{ env.HOST }}/a'}
      uses: aquasecurity/trivy-action@v1
      with: {image-ref: '${{ env.IMAGE }}'}
    - uses: aquasecurity/trivy-action@v1
      with: {IMAGE-REF: '${{ env.HOST }}/b'}
    - uses: aquasecurity/trivy-action@v1
      with: {image-ref: '${{ env.NOWHERE }}/c'}
";
    let pipeline = pipeline("w.yml", text);
    let host = &pipeline.env[1].value.value;
    assert_eq!(
        host.to_string(),
        "${{ vars.A }}.dkr.ecr.${{ env.REGION }}.amazonaws.com"
    );
    assert_eq!(
        acts_in(text)[1..],
        [
            "pull 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a @'${{ env.IMAGE }}'",
            "pull 111122223333.dkr.ecr.eu-west-1.amazonaws.com/b @'${{ env.HOST }}/b'",
            "pull ${{ env.NOWHERE }}/c @'${{ env.NOWHERE }}/c'",
        ]
    );
}

#[test]
fn conditions_that_always_hold_are_none() {
    let text = "on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
    - {if: always(), run: a}
    - {if: '${{ success() }}', run: a}
    - {if: \"github.ref == 'x'\", run: a}
    - {if: failure(), run: a}
    - {run: a}
    - {if: false, uses: docker/login-action@v3}
  off:
    if: ${{ false }}
    runs-on: ubuntu-latest
    steps: [{uses: docker/login-action@v3}]
  maybe:
    if: inputs.x
    runs-on: ubuntu-latest
";
    let pipeline = pipeline("w.yml", text);
    let conditional: Vec<bool> = pipeline.jobs[0]
        .steps
        .iter()
        .map(|step| step.is_conditional)
        .collect();
    assert_eq!(conditional, [false, false, true, true, false, true]);
    assert!(pipeline.jobs[0].steps[5].acts.is_empty());
    assert!(pipeline.jobs[1].steps.is_empty());
    assert!(pipeline.jobs[2].is_conditional && !pipeline.jobs[0].is_conditional);
}

#[test]
fn inputs_of_an_action_have_their_defaults() {
    let text = "inputs:
  region: {default: eu-west-1}
  role: {required: true}
  bare:
runs: {using: composite, steps: [{uses: docker/login-action@v3, with: {registry: '${{ inputs.region }}'}}]}
";
    let pipeline = pipeline(".github/actions/x/action.yml", text);
    let inputs: Vec<String> = pipeline
        .inputs
        .iter()
        .map(|input| format!("{}={}", input.name.value, input.default))
        .collect();
    assert_eq!(inputs, ["region=eu-west-1", "role=", "bare="]);
    assert_eq!(pipeline.jobs[0].id.value, "action");
    assert_eq!(pipeline.jobs[0].steps[0].with[0].name.value, "registry");
}
