//! Where the words of a script stand, which scripts are read at all, and what a step leaves for those after it.

use super::*;

#[track_caller]
fn check_steps(cases: &[(&str, &[&str])]) {
    for (steps, expected) in cases {
        assert_eq!(acts_of(steps), *expected, "{steps}");
    }
}

#[test]
fn text_in_other_languages_is_not_read_as_shell() {
    check_steps(&[
        (
            "- shell: pwsh\n  run: docker push x",
            &["unseen docker push x"],
        ),
        ("- shell: python\n  run: print('x')", &[]),
        (
            "- shell: bash -leo pipefail {0}\n  run: docker push x",
            &["push x @x"],
        ),
        ("- shell: /bin/sh {0}\n  run: docker push x", &["push x @x"]),
    ]);
    let windows = |runs_on: &str, extra: &str| {
        acts_in(&format!(
            "on: push\njobs:\n  a:\n    runs-on: {runs_on}\n{extra}    steps:\n    - run: docker push x\n"
        ))
    };
    assert_eq!(windows("windows-latest", ""), ["unseen docker push x"]);
    assert_eq!(
        windows("windows-latest", "    defaults: {run: {shell: bash}}\n"),
        ["push x @x"]
    );
    assert_eq!(
        windows("ubuntu-latest", "    defaults: {run: {shell: pwsh}}\n"),
        ["unseen docker push x"]
    );
}

#[test]
fn variables_reach_scripts_and_later_steps() {
    check_steps(&[
        (
            "- env: {REG: r.example, TAG: '${{ github.sha }}'}\n  run: docker push $REG/a:${TAG}",
            &["push r.example/a:${{ github.sha }} @$REG/a:${TAG}"],
        ),
        (
            "- run: echo \"REG=r.example\" >> $GITHUB_ENV\n- run: docker push $REG/a\n- run: docker push ${{ env.REG }}/b",
            &[
                "push r.example/a @$REG/a",
                "push r.example/b @${{ env.REG }}/b",
            ],
        ),
        (
            "- if: inputs.x\n  run: echo REG=r.example >> $GITHUB_ENV\n- run: docker push $REG/a",
            &["push $REG/a @$REG/a"],
        ),
        (
            "- run: |\n    if x; then echo REG=r.example >> $GITHUB_ENV; fi\n- run: docker push $REG/a",
            &["push $REG/a @$REG/a"],
        ),
        (
            "- id: v\n  run: echo \"reg=r.example\" >> \"$GITHUB_OUTPUT\"\n- run: docker push ${{ steps.v.outputs.reg }}/a",
            &["push r.example/a @${{ steps.v.outputs.reg }}/a"],
        ),
        (
            "- id: v\n  run: |\n    echo \"reg=a\" >> $GITHUB_OUTPUT\n    echo \"reg=b\" >> $GITHUB_OUTPUT\n- run: docker push ${{ steps.v.outputs.reg }}/a",
            &["push ${{ steps.v.outputs.reg }}/a @${{ steps.v.outputs.reg }}/a"],
        ),
        (
            "- run: |\n    {\n      echo \"A=r.example\"\n      echo \"B=b\"\n    } >> $GITHUB_ENV\n- run: docker push $A/$B",
            &["push r.example/b @$A/$B"],
        ),
        (
            "- run: |\n    cat <<EOF >> $GITHUB_ENV\n    A=r.example\n    EOF\n- run: docker push $A/b",
            &["push r.example/b @$A/b"],
        ),
        (
            "- id: t\n  run: echo \"p=$(aws ecr get-login-password --region eu-west-1)\" >> $GITHUB_OUTPUT\n- run: docker login -u AWS -p ${{ steps.t.outputs.p }} x.example",
            &[
                "aws ecr get-login-password region=eu-west-1",
                "login x.example user=AWS command-line:token(eu-west-1) @-p ${{ steps.t.outputs.p }}",
            ],
        ),
        (
            "- uses: aws-actions/configure-aws-credentials@v4\n  with: {role-to-assume: r, aws-region: eu-west-1}\n- run: aws ecr get-login-password --region $AWS_REGION | docker login -u AWS --password-stdin x.example",
            &[
                "credentials ConfigureAction role=r region=eu-west-1 v4",
                "aws ecr get-login-password region=eu-west-1",
                "login x.example user=AWS stdin:token(eu-west-1)",
            ],
        ),
    ]);
    // Variables of two scripts are two values, though they have one name.
    let text = "on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
    - run: |
        T=$(date)
        echo \"T=$T\" >> $GITHUB_ENV
    - env: {U: '${{ env.T }}'}
      run: |
        T=$(date)
        docker push a:$U
        docker push a:$T
";
    let pipeline = pipeline("w.yml", text);
    let names: Vec<String> = pipeline.jobs[0].steps[1]
        .acts
        .iter()
        .filter_map(|act| match &act.kind {
            ActKind::Push(image) => image.value.holes().next().map(|hole| hole.name.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}

#[test]
fn words_are_found_in_every_kind_of_scalar() {
    for (step, expected) in [
        ("- run: docker push r.example/a", "r.example/a"),
        (
            "- run: \"docker push \\\"r.example/\\x61\\\"\"",
            "\\\"r.example/\\x61\\\"",
        ),
        ("- run: 'docker push ''r.example/a'''", "''r.example/a''"),
        (
            "- run: |\n    docker \\\n      push \\\n      r.example/a\n",
            "r.example/a",
        ),
        (
            "- run: >\n    docker push\n    r.example/a\n",
            "r.example/a",
        ),
        (
            "- run: >-\n    docker\n    push r.example/a\n\n    echo é\n",
            "r.example/a",
        ),
    ] {
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {}\n",
            step.replace('\n', "\n      ")
        );
        let pipeline = pipeline("w.yml", &text);
        let acts = &pipeline.jobs[0].steps[0].acts;
        let ActKind::Push(image) = &acts[0].kind else {
            panic!("a push in {text}");
        };
        assert_eq!(image.value.to_string(), "r.example/a", "{text}");
        assert_eq!(&text[image.loc.span.range()], expected, "{text}");
    }
}

#[test]
fn what_many_steps_leave_behind_is_not_copied_for_each() {
    // Copied for every step, this many variables took a minute; the bound is wide enough for any machine.
    let mut steps = String::new();
    for at in 0..4000 {
        steps.push_str(&format!("- run: echo V{at}=x >> $GITHUB_ENV\n"));
    }
    steps.push_str("- run: docker push r.example/$V0-$V3999\n");
    let start = std::time::Instant::now();
    assert_eq!(
        acts_of(&steps),
        ["push r.example/x-x @r.example/$V0-$V3999"]
    );
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn beyond_the_limit_any_image_may_be_there() {
    let mut script = String::new();
    for at in 0..600 {
        script.push_str(&format!("docker tag x r.example/a{at}\n"));
    }
    script.push_str("docker run r.example/other\n");
    assert_eq!(acts_of_script(&script), [] as [&str; 0]);
}
