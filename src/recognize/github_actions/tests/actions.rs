//! What `uses:` steps do.

use super::*;

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (steps, expected) in cases {
        assert_eq!(acts_of(steps), *expected, "{steps}");
    }
}

#[test]
fn configure_aws_credentials() {
    check(&[
        (
            "- uses: aws-actions/configure-aws-credentials@v4\n  with: {role-to-assume: 'arn:aws:iam::111122223333:role/x', aws-region: eu-west-1}",
            &[
                "credentials ConfigureAction role=arn:aws:iam::111122223333:role/x region=eu-west-1 v4",
            ],
        ),
        (
            "- uses: AWS-actions/Configure-AWS-Credentials@v4.0.2\n  with: {AWS-Access-Key-Id: '${{ secrets.A }}', aws-secret-access-key: '${{ secrets.B }}', aws-session-token: ''}",
            &["credentials ConfigureAction key=${{ secrets.A }} secret=${{ secrets.B }} v4.0.2"],
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@0123456789abcdef0123456789abcdef01234567 # v4\n  with: {role-to-assume: r, role-chaining: true}",
            &["credentials ConfigureAction role=r without-oidc"],
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@main\n  with: {role-to-assume: r, role-chaining: 'false', web-identity-token-file: /t}",
            &["credentials ConfigureAction role=r without-oidc"],
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@v5\n  with: {role-to-assume: r, use-existing-credentials: '${{ inputs.x }}'}",
            &["credentials ConfigureAction role=r without-oidc v5"],
        ),
    ]);
}

#[test]
fn amazon_ecr_login() {
    check(&[
        (
            "- uses: aws-actions/amazon-ecr-login@v2",
            &["login default managed"],
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@v4\n  with: {role-to-assume: r, aws-region: eu-west-1}\n- uses: aws-actions/amazon-ecr-login@v2\n  with: {registries: '111122223333, 444455556666'}",
            &[
                "credentials ConfigureAction role=r region=eu-west-1 v4",
                "login 111122223333.dkr.ecr.eu-west-1.amazonaws.com+444455556666.dkr.ecr.eu-west-1.amazonaws.com managed",
            ],
        ),
        (
            "- uses: aws-actions/amazon-ecr-login@v2\n  with: {registries: 012345678901}",
            &["login 012345678901.dkr.ecr.$AWS_REGION.amazonaws.com managed"],
        ),
        (
            "- uses: aws-actions/amazon-ecr-login@v2\n  env: {AWS_REGION: cn-north-1}\n  with: {registries: '111122223333'}",
            &["login 111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn managed"],
        ),
        (
            "- uses: aws-actions/amazon-ecr-login@v2\n  with: {registries: '${{ vars.ACCOUNTS }}'}",
            &["login ${{ vars.ACCOUNTS }} managed"],
        ),
        (
            "- uses: aws-actions/amazon-ecr-login@v2\n  with: {registry-type: public}",
            &["login public.ecr.aws managed public"],
        ),
        (
            "- uses: aws-actions/amazon-ecr-login@v2\n  with: {registry-type: '${{ inputs.t }}'}",
            &["login ${{ inputs.t }} managed"],
        ),
        // A step that may be skipped leaves the Region unknown.
        (
            "- uses: aws-actions/configure-aws-credentials@v4\n  if: inputs.x\n  with: {aws-region: eu-west-1}\n- uses: aws-actions/amazon-ecr-login@v2\n  with: {registries: '111122223333'}",
            &[
                "credentials ConfigureAction region=eu-west-1 v4",
                "login 111122223333.dkr.ecr.$AWS_REGION.amazonaws.com managed",
            ],
        ),
    ]);
}

#[test]
fn docker_login_action() {
    check(&[
        (
            "- uses: docker/login-action@v3\n  with: {username: u, password: '${{ secrets.P }}'}",
            &["login hub user=u stdin:unknown"],
        ),
        (
            "- uses: docker/login-action@v3\n  with: {registry: ghcr.io, username: '${{ github.actor }}', password: '${{ secrets.GITHUB_TOKEN }}'}",
            &["login ghcr.io user=${{ github.actor }} stdin:other"],
        ),
        (
            "- uses: docker/login-action@v3\n  with: {registry: 111122223333.dkr.ecr.eu-west-1.amazonaws.com}",
            &["login 111122223333.dkr.ecr.eu-west-1.amazonaws.com managed"],
        ),
        (
            "- uses: docker/login-action@v3\n  with: {registry: 111122223333.dkr.ecr.eu-west-1.amazonaws.com, ecr: false}",
            &["login 111122223333.dkr.ecr.eu-west-1.amazonaws.com missing"],
        ),
        (
            "- uses: docker/login-action@v3\n  with: {registry: public.ecr.aws, username: a, password: '${{ steps.l.outputs.docker_password_public_ecr_aws }}'}",
            &["login public.ecr.aws user=a stdin:token(?,public) public"],
        ),
        (
            "- uses: docker/login-action@v3\n  with: {registry: '${{ steps.login.outputs.registry }}'}",
            &["login ${{ steps.login.outputs.registry }} managed"],
        ),
    ]);
}

#[test]
fn build_and_push() {
    check(&[
        (
            "- uses: docker/build-push-action@v6\n  with:\n    push: true\n    tags: |\n      r.example/a:1\n      r.example/a:${{ github.sha }}, r.example/b:2\n      # no\n",
            &[
                "push r.example/a:1 @r.example/a:1",
                "push r.example/a:${{ github.sha }} @r.example/a:${{ github.sha }}",
                "push r.example/b:2 @r.example/b:2",
            ],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {push: 'true', tags: 'a:1,b:2'}",
            &["push a:1 @a:1", "push b:2 @b:2"],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {push: false, tags: 'a:1'}",
            &[],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {load: true, tags: 'a:1'}",
            &[],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {push: \"${{ github.ref == 'x' }}\", tags: 'a:1'}",
            &[],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {outputs: 'type=registry', tags: 'a:1'}",
            &["push a:1 @a:1"],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {outputs: 'type=image,name=r.example/x,push-by-digest=true,push=true', tags: 'a:1'}",
            &["push r.example/x @type=image,name=r.example/x,push-by-digest=true,push=true"],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {outputs: 'type=image,push=false', tags: 'a:1'}",
            &[],
        ),
        (
            "- uses: docker/build-push-action@v6\n  with: {outputs: 'type=docker,dest=x', tags: 'a:1'}",
            &[],
        ),
        // An expression that runs over the end of its line is one tag.
        (
            "- uses: docker/build-push-action@v6\n  with:\n    push: true\n    tags: |\n      ${{\n        steps.l.outputs.registry }}/a:1\n",
            &["push ${{\n  steps.l.outputs.registry }}/a:1 @${{ steps.l.outputs.registry }}/a:1"],
        ),
        // The images of the metadata step are known, their tags are not.
        (
            "- id: meta\n  uses: docker/metadata-action@v5\n  with:\n    images: |\n      r.example/a\n      name=r.example/b,enable=true\n- uses: docker/build-push-action@v6\n  with: {push: true, tags: '${{ steps.meta.outputs.tags }}'}",
            &["push ${{ steps.meta.outputs.tags }} @${{ steps.meta.outputs.tags }}"],
        ),
        (
            "- id: meta\n  uses: docker/metadata-action@v5\n  with:\n    images: |\n      r.example/a\n      name=r.example/b\n- uses: docker/build-push-action@v6\n  with: {push: true, tags: '${{ steps.meta.outputs.tags }}'}",
            &[
                "push r.example/a:${{ steps.meta.outputs.tags }} @${{ steps.meta.outputs.tags }}",
                "push r.example/b:${{ steps.meta.outputs.tags }} @${{ steps.meta.outputs.tags }}",
            ],
        ),
        (
            "- uses: docker/bake-action@v5\n  with: {push: true}",
            &["unseen docker/bake-action@v5"],
        ),
        ("- uses: docker/bake-action@v5", &[]),
    ]);
}

#[test]
fn other_actions() {
    check(&[
        (
            "- uses: aws-actions/amazon-ecs-deploy-task-definition@v2",
            &["aws ecs register-task-definition"],
        ),
        (
            "- uses: aws-actions/amazon-ecs-render-task-definition@v1",
            &[],
        ),
        (
            "- uses: aws-actions/aws-codebuild-run-build@v1",
            &["aws codebuild start-build"],
        ),
        (
            "- uses: actions/checkout@v4\n- uses: docker/setup-buildx-action@v3\n- uses: hashicorp/setup-terraform@v3",
            &[],
        ),
        (
            "- uses: gradle/actions/setup-gradle@v3\n- uses: github/codeql-action/upload-sarif@v3",
            &[],
        ),
        (
            "- uses: docker://r.example/t:1",
            &["pull r.example/t:1 @docker://r.example/t:1"],
        ),
        (
            "- uses: ./.github/actions/x",
            &["unseen ./.github/actions/x"],
        ),
        (
            "- uses: someone/ecr-push@v1",
            &["unseen someone/ecr-push@v1"],
        ),
        (
            "- uses: someone/thing@v1\n  with: {role-arn: x}",
            &["unseen someone/thing@v1"],
        ),
        (
            "- uses: someone/thing@v1\n  with: {text: 'in AWS'}",
            &["unseen someone/thing@v1"],
        ),
        ("- uses: someone/thing@v1\n  with: {text: hello}", &[]),
        (
            "- uses: docker/build-push-action@v6\n  with: {load: true, tags: 'a:1'}\n- uses: aquasecurity/trivy-action@v1\n  with: {image-ref: 'a:1'}\n- uses: aquasecurity/trivy-action@v1\n  with: {image-ref: 'r.example/b:1'}",
            &["pull r.example/b:1 @'r.example/b:1'"],
        ),
    ]);
}

#[test]
fn what_is_out_of_sight_may_have_built_and_configured() {
    let text = |step: &str| {
        acts_in(&format!(
            "on: push\nenv: {{AWS_REGION: eu-west-1, AWS_ACCOUNT: a}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n    - {step}\n    - run: docker push $AWS_REGION/$AWS_ACCOUNT\n    - run: docker run r.example/x\n"
        ))
    };
    for step in ["uses: ./.github/actions/x", "uses: someone/aws-login@v1"] {
        assert_eq!(
            text(step)[1..],
            ["push $AWS_REGION/a @$AWS_REGION/$AWS_ACCOUNT"],
            "{step}"
        );
    }
    let seen = [
        "push eu-west-1/a @$AWS_REGION/$AWS_ACCOUNT",
        "pull r.example/x @r.example/x",
    ];
    assert_eq!(text("uses: actions/checkout@v4"), seen);
    assert_eq!(text("run: make all")[1..], seen[..1]);
}

#[test]
fn outputs_of_the_ecr_login_keep_one_name() {
    let text = "on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
    - id: login-ecr
      uses: aws-actions/amazon-ecr-login@v2
    - uses: docker/build-push-action@v6
      env: {REG: \"${{ steps['login-ecr'].outputs.registry }}\"}
      with: {push: true, tags: \"${{ env.REG }}/a:1\"}
";
    let pipeline = pipeline("w.yml", text);
    let acts = &pipeline.jobs[0].steps[1].acts;
    let Some(ActKind::Push(image)) = acts.last().map(|act| &act.kind) else {
        panic!("a push");
    };
    let holes: Vec<&str> = image.value.holes().map(|hole| hole.name.as_str()).collect();
    assert_eq!(holes, ["steps.login-ecr.outputs.registry"]);
}
