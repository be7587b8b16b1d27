//! Several files at once: local actions put in place, and the right to an OIDC token handed down through calls.

use ecrlint::link::{TokenRight, Workspace, link};
use ecrlint::model::Facts;
use ecrlint::model::pipeline::ActKind;
use ecrlint::model::template::Template;
use ecrlint::recognize::{Subject, recognize};
use ecrlint::source::{Loc, SourceFile, SourceMap, Spanned};
use ecrlint::tree::{Syntax, parse};

/// The files of a small repository, linked.
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

/// The right of the first job of the file at `path`: `granted`, `unknown`, or `missing` with the texts it points at.
fn right(files: &[(&str, &str)], path: &str) -> String {
    let (map, workspace) = linked(files);
    let Some(run) = workspace.runs.iter().find(|run| {
        let pipeline = &workspace.facts.pipelines[run.pipeline];
        map.path(pipeline.loc.file) == path
    }) else {
        return "no run".to_string();
    };
    let slice = |loc: Loc| format!("{}:{}", map.path(loc.file), map.slice(loc));
    match run.id_token {
        TokenRight::Granted(loc) => format!("granted by {}", slice(loc)),
        TokenRight::Unknown => "unknown".to_string(),
        TokenRight::Missing { block, caller } => format!(
            "missing{}{}",
            block.map_or(String::new(), |loc| format!(" in {}", slice(loc))),
            caller.map_or(String::new(), |loc| format!(" through {}", slice(loc))),
        ),
    }
}

const WRITE: &str = "permissions: {id-token: write}";
const READ: &str = "permissions: {contents: read}";

fn workflow(on: &str, top: &str, job: &str) -> String {
    format!("on: {on}\n{top}\njobs:\n  j:\n    runs-on: ubuntu-latest\n    {job}\n    steps: []\n")
}

fn caller(on: &str, top: &str, job: &str, callee: &str) -> String {
    format!("on: {on}\n{top}\njobs:\n  c:\n    {job}\n    uses: ./.github/workflows/{callee}\n")
}

#[test]
fn the_nearest_block_decides() {
    const W: &str = ".github/workflows/w.yml";
    let granted = format!("granted by {W}:id-token: write");
    let blocked = format!("missing in {W}:permissions");
    for (top, job, expected) in [
        ("", "", "missing"),
        (WRITE, "", granted.as_str()),
        ("", WRITE, &granted),
        (READ, WRITE, &granted),
        (WRITE, READ, &blocked),
        (READ, "", &blocked),
        (WRITE, "permissions: {}", &blocked),
        (
            "permissions: write-all",
            "",
            "granted by .github/workflows/w.yml:write-all",
        ),
        ("permissions: {id-token: read}", "", &blocked),
        ("permissions: ${{ x }}", "", "unknown"),
    ] {
        let text = workflow("push", top, job);
        assert_eq!(right(&[(W, &text)], W), expected, "{top} / {job}");
    }
}

#[test]
fn a_called_workflow_has_what_its_callers_hand_down() {
    const CALLEE: &str = ".github/workflows/callee.yml";
    const A: &str = ".github/workflows/a.yml";
    const B: &str = ".github/workflows/b.yml";
    let uses = "./.github/workflows/callee.yml";
    let lacking = format!("missing through {A}:{uses}");
    let lacking_block = format!("missing in {A}:permissions through {A}:{uses}");
    for (name, callee, callers, expected) in [
        (
            "no caller and no block",
            workflow("workflow_call", "", ""),
            vec![],
            "unknown".to_string(),
        ),
        (
            "no caller, a block that asks",
            workflow("workflow_call", WRITE, ""),
            vec![],
            format!("granted by {CALLEE}:id-token: write"),
        ),
        (
            "no caller, a block that does not ask",
            workflow("workflow_call", READ, ""),
            vec![],
            format!("missing in {CALLEE}:permissions"),
        ),
        (
            "starts by itself too",
            workflow("[workflow_call, workflow_dispatch]", "", ""),
            vec![],
            "unknown".to_string(),
        ),
        (
            "a caller that grants",
            workflow("workflow_call", "", ""),
            vec![(A, caller("push", WRITE, "", "callee.yml"))],
            format!("granted by {A}:id-token: write"),
        ),
        (
            "both say so",
            workflow("workflow_call", WRITE, ""),
            vec![(A, caller("push", "", WRITE, "callee.yml"))],
            format!("granted by {CALLEE}:id-token: write"),
        ),
        (
            "the callee asks, the caller has no block: the default of the repository decides",
            workflow("workflow_call", WRITE, ""),
            vec![(A, caller("push", "", "", "callee.yml"))],
            "unknown".to_string(),
        ),
        (
            "the callee asks, the caller has a block that refuses",
            workflow("workflow_call", WRITE, ""),
            vec![(A, caller("push", READ, "", "callee.yml"))],
            lacking_block.clone(),
        ),
        (
            "no block anywhere",
            workflow("workflow_call", "", ""),
            vec![(A, caller("push", "", "", "callee.yml"))],
            lacking.clone(),
        ),
        (
            "the caller has a block without it",
            workflow("workflow_call", "", ""),
            vec![(A, caller("push", READ, "", "callee.yml"))],
            lacking_block.clone(),
        ),
        (
            "one of two callers lacks it",
            workflow("workflow_call", "", ""),
            vec![
                (A, caller("push", READ, "", "callee.yml")),
                (B, caller("push", WRITE, "", "callee.yml")),
            ],
            lacking_block.clone(),
        ),
        (
            "one lacks it, but the job may not be meant for it",
            workflow("workflow_call", "", "if: inputs.deploy"),
            vec![
                (A, caller("push", READ, "", "callee.yml")),
                (B, caller("push", WRITE, "", "callee.yml")),
            ],
            "unknown".to_string(),
        ),
        (
            "no caller grants it to a job behind a condition",
            workflow("workflow_call", "", "if: inputs.deploy"),
            vec![(A, caller("push", READ, "", "callee.yml"))],
            lacking_block,
        ),
        (
            "an expression in the caller",
            workflow("workflow_call", "", ""),
            vec![(A, caller("push", "permissions: ${{ x }}", "", "callee.yml"))],
            "unknown".to_string(),
        ),
        (
            "through two calls, refused at the top",
            workflow("workflow_call", WRITE, ""),
            vec![
                (A, caller("push", READ, "", "b.yml")),
                (B, caller("workflow_call", "", "", "callee.yml")),
            ],
            format!("missing in {A}:permissions through {A}:./.github/workflows/b.yml"),
        ),
        (
            "through two calls without a block, asked for at the end",
            workflow("workflow_call", WRITE, ""),
            vec![
                (A, caller("push", "", "", "b.yml")),
                (B, caller("workflow_call", "", "", "callee.yml")),
            ],
            "unknown".to_string(),
        ),
        (
            "through two calls, granted at the top",
            workflow("workflow_call", "", ""),
            vec![
                (A, caller("push", "", WRITE, "b.yml")),
                (B, caller("workflow_call", "", "", "callee.yml")),
            ],
            format!("granted by {A}:id-token: write"),
        ),
        (
            "a circle",
            workflow("workflow_call", "", ""),
            vec![
                (A, caller("workflow_call", "", "", "b.yml")),
                (B, caller("workflow_call", "", "", "a.yml")),
            ],
            "unknown".to_string(),
        ),
    ] {
        let mut files = vec![(CALLEE, callee.as_str())];
        files.extend(callers.iter().map(|(path, text)| (*path, text.as_str())));
        assert_eq!(right(&files, CALLEE), expected, "{name}");
    }
}

#[test]
fn a_flat_tree_resolves_nothing() {
    let callee = workflow("workflow_call", "", "");
    let calling = caller("push", READ, "", "callee.yml");
    let files = [
        ("o__r__.github__workflows__callee.yml", callee.as_str()),
        ("o__r__.github__workflows__a.yml", calling.as_str()),
    ];
    assert_eq!(right(&files, files[0].0), "unknown");
}

/// The acts of the first run: what, through how many calls, and whether it may be skipped.
fn acts(files: &[(&str, &str)]) -> Vec<String> {
    let (map, workspace) = linked(files);
    workspace.runs[0]
        .acts
        .iter()
        .map(|act| {
            let at =
                |value: &Spanned<Template>| format!("{} @{}", value.value, map.slice(value.loc));
            let shown = match &act.act.kind {
                ActKind::Credentials(credentials) => {
                    let role = credentials.role.as_ref().map_or(String::new(), at);
                    format!("credentials {role}")
                }
                ActKind::Login(login) => match &login.registries {
                    None => "login default".to_string(),
                    Some(hosts) => format!(
                        "login {}",
                        hosts
                            .iter()
                            .map(|host| host.value.to_string())
                            .collect::<Vec<_>>()
                            .join("+")
                    ),
                },
                ActKind::Push(image) => format!("push {}", at(image)),
                ActKind::Pull(image) => format!("pull {}", at(image)),
                ActKind::Region(region) => format!("region {}", at(region)),
                ActKind::OutOfSight(unseen) => format!("unseen {}", unseen.what.value),
                ActKind::Build(_) => "build".to_string(),
                ActKind::AwsCall(_) | ActKind::LegacyLogin(_) => "call".to_string(),
            };
            let via: Vec<&str> = act.via.iter().map(|loc| map.slice(*loc)).collect();
            format!(
                "{}:{}{} {shown}",
                act.step,
                if act.is_conditional { "?" } else { "" },
                via.join(">")
            )
        })
        .collect()
}

fn job(steps: &str) -> String {
    format!("on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
}

#[test]
fn local_actions_are_put_in_place() {
    let workflow = job("    - uses: docker/login-action@v3
    - uses: ./.github/actions/login
      with: {ROLE: 'arn:x', accounts: '${{ vars.NONE }}'}
    - if: inputs.x
      uses: ./.github/actions/push/
      with: {images: 'r.example/a:1, r.example/b:1'}
    - uses: ./.github/actions/absent
");
    let login = "inputs: {role: {required: true}, accounts: {}}
runs:
  using: composite
  steps:
  - uses: aws-actions/configure-aws-credentials@v4
    with: {role-to-assume: '${{ inputs.role }}'}
  - uses: aws-actions/amazon-ecr-login@v2
    with: {registries: '${{ inputs.accounts }}'}
";
    let push = "inputs: {images: {}, region: {default: eu-west-1}}
runs:
  using: composite
  steps:
  - uses: ./.github/actions/login
    with: {role: 'r-${{ inputs.region }}', accounts: 111122223333}
  - if: inputs.y
    uses: docker/build-push-action@v6
    with: {push: true, tags: '${{ inputs.images }}'}
  - uses: ./.github/actions/push
";
    let found = acts(&[
        (".github/workflows/w.yml", &workflow),
        (".github/actions/login/action.yml", login),
        (".github/actions/push/action.yaml", push),
    ]);
    let enter = "./.github/actions/push/";
    let deeper = "./.github/actions/push/>./.github/actions/login";
    assert_eq!(
        found,
        [
            "0: login ".to_string(),
            "1:./.github/actions/login credentials arn:x @'${{ inputs.role }}'".to_string(),
            "1:./.github/actions/login login ${{ vars.NONE }}".to_string(),
            format!("2:?{deeper} credentials r-eu-west-1 @'${{{{ inputs.role }}}}'"),
            format!("2:?{deeper} login 111122223333.dkr.ecr.$AWS_REGION.amazonaws.com"),
            format!("2:?{enter} push r.example/a:1 @${{{{ inputs.images }}}}"),
            format!("2:?{enter} push r.example/b:1 @${{{{ inputs.images }}}}"),
            format!("2:?{enter} unseen ./.github/actions/push"),
            "3: unseen ./.github/actions/absent".to_string(),
        ]
    );
}

#[test]
fn an_input_left_out_is_empty() {
    let workflow = job("    - uses: ./.github/actions/login\n");
    let login = "inputs: {role: {}, accounts: {}}
runs:
  using: composite
  steps:
  - uses: aws-actions/configure-aws-credentials@v4
    with: {role-to-assume: '${{ inputs.role }}', aws-region: '${{ inputs.undeclared }}'}
  - uses: aws-actions/amazon-ecr-login@v2
    with: {registries: '${{ inputs.accounts }}'}
";
    let found = acts(&[
        ("x/.github/workflows/w.yml", &workflow),
        ("x/.github/actions/login/action.yml", login),
    ]);
    let via = "./.github/actions/login";
    assert_eq!(
        found,
        [
            format!("0:{via} credentials  @'${{{{ inputs.role }}}}'"),
            format!("0:{via} login default"),
        ]
    );
}

#[test]
fn actions_of_another_repository_in_the_tree_are_not_taken() {
    let workflow = job("    - uses: ./.github/actions/login\n");
    let login = "runs: {using: composite, steps: [{uses: docker/login-action@v3}]}\n";
    let found = acts(&[
        ("a/.github/workflows/w.yml", &workflow),
        ("b/.github/actions/login/action.yml", login),
    ]);
    assert_eq!(found, ["0: unseen ./.github/actions/login"]);
    // An action need not lie under `.github`.
    let workflow = job("    - uses: ./tools/login\n");
    let found = acts(&[
        ("a/.github/workflows/w.yml", &workflow),
        ("a/tools/login/action.yml", login),
    ]);
    assert_eq!(found, ["0:./tools/login login "]);
}

#[test]
fn actions_that_double_at_every_level_stay_bounded() {
    let mut files = vec![(
        ".github/workflows/w.yml".to_string(),
        job("    - uses: ./a0\n"),
    )];
    for level in 0..12 {
        let next = format!("  - uses: ./a{}\n", level + 1).repeat(6);
        files.push((
            format!("a{level}/action.yml"),
            format!(
                "runs:\n  using: composite\n  steps:\n{next}  - uses: docker/login-action@v3\n"
            ),
        ));
    }
    let borrowed: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let found = acts(&borrowed);
    assert!(
        found.len() > 1_000 && found.len() < 20_000,
        "{}",
        found.len()
    );
}

/// What the runs of some files do: a line for each run, and below it one for each act with the way it was reached.
fn runs(files: &[(&str, &str)]) -> Vec<String> {
    let (map, workspace) = linked(files);
    let mut lines = Vec::new();
    for run in &workspace.runs {
        let pipeline = &workspace.facts.pipelines[run.pipeline];
        lines.push(format!(
            "{}: {}",
            pipeline.path, pipeline.jobs[run.job].id.value
        ));
        for one in &run.acts {
            let text = |value: &Spanned<Template>| value.value.to_string();
            let what = match &one.act.kind {
                ActKind::Push(image) => format!("push {}", text(image)),
                ActKind::Pull(image) => format!("pull {}", text(image)),
                ActKind::OutOfSight(unseen) => format!("unseen {}", unseen.what.value),
                ActKind::AwsCall(call) => format!(
                    "{} {} {}",
                    call.service,
                    call.operation,
                    call.repository.as_ref().map_or(String::new(), text)
                ),
                ActKind::Credentials(_) => "credentials".to_string(),
                other => format!("{other:?}"),
            };
            let guard = if one.act.is_guarded { "? " } else { "" };
            let via: Vec<String> = one
                .via
                .iter()
                .map(|loc| format!(" < {}:{}", map.path(loc.file), map.slice(*loc)))
                .collect();
            lines.push(format!("  {guard}{what}{}", via.concat()));
        }
    }
    lines
}

const SCRIPT: &str = "docker push \"$HOST/$1:${2:-late}\"\n";

#[test]
fn a_script_is_read_where_it_is_run() {
    let gitlab = "variables: {HOST: h.example}\na:\n  stage: x\n  script:\n    - ./ci/push.sh one two\n    - test x && bash ci/push.sh one\nb:\n  stage: x\n  variables: {HOST: other.example}\n  script: [HOST=own.example ci/push.sh \"$NAME\"]\n";
    assert_eq!(
        runs(&[(".gitlab-ci.yml", gitlab), ("ci/push.sh", SCRIPT)]),
        [
            ".gitlab-ci.yml: a",
            "  push h.example/one:two < .gitlab-ci.yml:./ci/push.sh one two",
            "  ? push h.example/one:late < .gitlab-ci.yml:bash ci/push.sh one",
            ".gitlab-ci.yml: b",
            "  push own.example/$NAME:late < .gitlab-ci.yml:HOST=own.example ci/push.sh \"$NAME\"",
        ]
    );
}

#[test]
fn scripts_are_found_by_every_kind_of_path() {
    for (path, call) in [
        ("push.sh", "./push.sh a"),
        ("ci/push.sh", "cd ci && ./push.sh a"),
        ("ci/push.sh", "(cd other; make x); ci/push.sh a"),
        ("ci/push.sh", "bash \"$CODEBUILD_SRC_DIR/ci/push.sh\" a"),
        (
            "ci/push.sh",
            "$(git rev-parse --show-toplevel)/ci/push.sh a",
        ),
        ("build/push.sh", "../build/push.sh a"),
        ("build/push.sh", "cd build; ./push.sh a"),
    ] {
        let text = format!("version: 0.2\nphases:\n  build:\n    commands:\n      - {call}\n");
        let found = runs(&[("build/spec.yml", &text), (path, SCRIPT)]);
        let pushes = found
            .iter()
            .filter(|line| line.contains("push $HOST/a:late"))
            .count();
        assert_eq!(pushes, 1, "{call}: {found:?}");
    }
    // Two files may be meant: none is.
    let text = "version: 0.2\nphases: {build: {commands: [./push.sh a]}}\n";
    let found = runs(&[
        ("build/spec.yml", text),
        ("build/push.sh", SCRIPT),
        ("push.sh", SCRIPT),
    ]);
    assert_eq!(found[1], "  unseen ./push.sh a");
}

#[test]
fn scripts_that_call_scripts() {
    let workflow = "on: push\nenv: {HOST: h.example}\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./act\n        with: {name: web}\n";
    let action = "inputs: {name: {}}\nruns:\n  using: composite\n  steps:\n    - run: ${{ github.action_path }}/go.sh \"${{ inputs.name }}\" $TAG last\n      shell: bash\n";
    let outer = "HERE=$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\n. \"$HERE/../lib/env.sh\"\nexport NAME=$1\n\"$HERE\"/../lib/push.sh \"$1\" \"$2\"\n\"$0\" again\n./act/go.sh\n";
    assert_eq!(
        runs(&[
            (".github/workflows/w.yml", workflow),
            ("act/action.yml", action),
            ("act/go.sh", outer),
            ("lib/env.sh", "export AWS_ACCESS_KEY_ID=$KEY\n"),
            ("lib/push.sh", "docker push $HOST/$1-$NAME:$2\n"),
        ]),
        [
            ".github/workflows/w.yml: j",
            "  credentials < .github/workflows/w.yml:./act < act/action.yml:${{ github.action_path }}/go.sh \"${{ inputs.name }}\" $TAG last < act/go.sh:. \"$HERE/../lib/env.sh\"",
            "  push $HOST/web-web:$2 < .github/workflows/w.yml:./act < act/action.yml:${{ github.action_path }}/go.sh \"${{ inputs.name }}\" $TAG last < act/go.sh:\"$HERE\"/../lib/push.sh \"$1\" \"$2\"",
            "  unseen $0 again < .github/workflows/w.yml:./act < act/action.yml:${{ github.action_path }}/go.sh \"${{ inputs.name }}\" $TAG last",
            "  unseen ./act/go.sh < .github/workflows/w.yml:./act < act/action.yml:${{ github.action_path }}/go.sh \"${{ inputs.name }}\" $TAG last",
        ]
    );
}

#[test]
fn scripts_that_nobody_runs_are_runs_by_themselves() {
    let call = |path: &str| format!("docker pull x\n./{path}\n");
    assert_eq!(
        runs(&[
            ("a.sh", &call("b.sh")),
            ("b.sh", "docker push y\n"),
            ("c.sh", "docker push z\n")
        ]),
        [
            "a.sh: script",
            "  pull x",
            "  push y < a.sh:./b.sh",
            "c.sh: script",
            "  push z",
        ]
    );
    // A circle: the first stays.
    assert_eq!(
        runs(&[("a.sh", &call("b.sh")), ("b.sh", &call("a.sh"))]),
        [
            "a.sh: script",
            "  pull x",
            "  pull x < a.sh:./b.sh",
            "  unseen ./a.sh < a.sh:./b.sh",
        ]
    );
}

#[test]
fn scripts_that_multiply_stay_bounded() {
    let files: Vec<(String, String)> = (0..12)
        .map(|at| {
            let calls = format!("./s{}.sh\n", at + 1).repeat(60);
            (format!("s{at}.sh"), format!("# aws\n{calls}"))
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let started = std::time::Instant::now();
    let (_, workspace) = linked(&files);
    assert!(workspace.runs.len() < files.len());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
