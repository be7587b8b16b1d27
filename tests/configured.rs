//! What `.ecrlint.yaml` says where files cannot: whom policy files belong to, and where files are deployed.

use ecrlint::chart::draw;
use ecrlint::cli::config::{self, Config, Date, Reading};
use ecrlint::{Analysis, Input, Settings, lint, prove};
use std::path::{Path, PathBuf};

fn configuration(text: &str) -> Config {
    let reading = Reading {
        shown: ".ecrlint.yaml".to_string(),
        folder: PathBuf::from("/repo"),
        working_directory: Path::new("/repo"),
        today: Date::parse("2026-11-25").expect("a date"),
    };
    config::read(text, &reading).unwrap_or_else(|error| panic!("{error}"))
}

fn analysis(configured: &str, files: &[(&str, &str)]) -> Analysis {
    let config = configuration(configured);
    let settings = Settings {
        homes: config.homes,
        owners: config.owners,
        config_file: config.file,
        ..Settings::default()
    };
    let inputs = files.iter().map(|(path, text)| Input::text(*path, *text));
    lint::analyze(inputs.collect(), &settings)
}

/// The links of all flows: `execution role: pull denied`, sorted.
fn links(configured: &str, files: &[(&str, &str)]) -> Vec<String> {
    let analysis = analysis(configured, files);
    let proofs = prove::prove(&analysis.workspace);
    let chart = draw::chart(&analysis.workspace, &proofs, &analysis.sources);
    let mut shown: Vec<String> = chart
        .flows
        .iter()
        .flat_map(|flow| {
            flow.links.iter().map(|link| {
                let (who, what) = (&flow.actor.part, link.kind.word());
                format!("{who}: {what} {}", link.verdict.word())
            })
        })
        .collect();
    shown.sort();
    shown
}

/// The verdict on one link.
fn verdict(link: &str, configured: &str, files: &[(&str, &str)]) -> String {
    let all = links(configured, files);
    let found: Vec<&str> = all
        .iter()
        .filter_map(|one| one.strip_prefix(link)?.strip_prefix(' '))
        .collect();
    match found.as_slice() {
        [one] => one.to_string(),
        _ => panic!("{link} is not one of {all:?}"),
    }
}

const TASK: (&str, &str) = (
    "ecs/task.json",
    r#"{
  "family": "shop", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
  "executionRoleArn": "arn:aws:iam::111122223333:role/exec",
  "containerDefinitions": [{
    "name": "app", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/app:v1", "essential": true,
    "logConfiguration": {"logDriver": "awslogs", "options": {
      "awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"}}
  }]
}"#,
);

const PULL: (&str, &str) = (
    "iam/exec/pull.json",
    r#"{"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
      {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
       "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/shop/*"}]}"#,
);

const LOGIN_ONLY: (&str, &str) = (
    "iam/limits/boundary.json",
    r#"{"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": ["logs:*", "ecr:Describe*"], "Resource": "*"}]}"#,
);

const LOGIN: &str = "execution role: login";
const ASSUME: &str = "execution role: assume";
const LOGS: &str = "execution role: logs";
const PULLS: &str = "execution role: pull";

#[test]
fn a_policy_file_grants_to_the_role_that_is_named() {
    let files = [TASK, PULL];
    assert_eq!(verdict(LOGIN, "", &files), "unknown");
    for configured in [
        "roles: {exec: iam/exec/*.json}",
        "roles: {exec: [iam/exec/pull.json]}",
        "roles: {exec: {policies: iam/exec/}}",
        "roles: {'arn:aws:iam::111122223333:role/exec': {policies: [pull.json]}}",
    ] {
        assert_eq!(verdict(LOGIN, configured, &files), "ok", "{configured}");
        // The set stays open.
        assert_eq!(verdict(LOGS, configured, &files), "unknown", "{configured}");
    }
    for configured in [
        "roles: {other: iam/exec/*.json}",
        "roles: {exec: iam/other/*.json}",
        "roles: {'arn:aws:iam::444455556666:role/exec': iam/exec/*.json}",
    ] {
        assert_eq!(
            verdict(LOGIN, configured, &files),
            "unknown",
            "{configured}"
        );
    }
}

#[test]
fn what_is_missing_is_missing_only_from_a_complete_set() {
    let files = [TASK, PULL];
    let with = |set: &str| verdict(LOGS, &format!("roles: {{exec: {{{set}}}}}"), &files);
    assert_eq!(with("policies: iam/exec/*.json, complete: true"), "denied");
    assert_eq!(
        with("policies: iam/exec/*.json, complete: false"),
        "unknown"
    );
    // A file that is named and not in sight may say anything.
    assert_eq!(
        with("policies: [iam/exec/*.json, iam/logs.json], complete: true"),
        "unknown"
    );
    // So may a managed policy that nobody declares.
    assert_eq!(
        with(
            "policies: iam/exec/*.json, attached: 'arn:aws:iam::111122223333:policy/logs', complete: true"
        ),
        "unknown"
    );
    // Of AWS's own we know what they say.
    assert_eq!(
        with(
            "policies: iam/exec/*.json, attached: ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'], complete: true"
        ),
        "ok"
    );
    assert_eq!(
        with(
            "policies: iam/exec/*.json, attached: ['arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly'], complete: true"
        ),
        "denied"
    );
}

#[test]
fn a_trust_policy_is_asked_who_may_be_the_role() {
    let trust = |service: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}]}}"#
        )
    };
    for (service, expected) in [
        ("ecs-tasks.amazonaws.com", "ok"),
        ("ec2.amazonaws.com", "denied"),
    ] {
        let text = trust(service);
        let files = [TASK, PULL, ("iam/exec/trust.json", text.as_str())];
        let named = "roles: {exec: {policies: iam/exec/*.json, trust: iam/exec/trust.json}}";
        assert_eq!(verdict(ASSUME, named, &files), expected, "{service}");
        // The trust policy beside the others is none of them.
        assert_eq!(verdict(LOGIN, named, &files), "ok", "{service}");
        let unnamed = "roles: {exec: {policies: iam/exec/pull.json}}";
        assert_eq!(verdict(ASSUME, unnamed, &files), "unknown", "{service}");
    }
}

#[test]
fn a_boundary_limits_what_is_granted() {
    let files = [TASK, PULL, LOGIN_ONLY];
    let with = |boundary: &str| {
        let configured = format!("roles: {{exec: {{policies: iam/exec/*.json{boundary}}}}}");
        verdict(LOGIN, &configured, &files)
    };
    assert_eq!(with(""), "ok");
    assert_eq!(with(", boundary: iam/limits/boundary.json"), "denied");
    assert_eq!(
        with(", boundary: 'arn:aws:iam::aws:policy/AdministratorAccess'"),
        "ok"
    );
    for unseen in [
        "'arn:aws:iam::111122223333:policy/limits'",
        "iam/limits/none.json",
    ] {
        assert_eq!(
            with(&format!(", boundary: {unseen}")),
            "ok",
            "modulo {unseen}"
        );
    }
}

#[test]
fn a_role_that_is_declared_gets_what_the_configuration_adds() {
    const ROLE: &str = r#"
provider "aws" {
  region = "eu-west-1"
}
resource "aws_iam_role" "exec" {
  name               = "exec"
  assume_role_policy = "{}"
}
"#;
    let files = [TASK, PULL, ("main.tf", ROLE)];
    assert_eq!(verdict(LOGIN, "", &files), "denied");
    assert_eq!(
        verdict(LOGIN, "roles: {exec: iam/exec/*.json}", &files),
        "ok"
    );
    assert_eq!(
        verdict(LOGIN, "roles: {exec: iam/none/*.json}", &files),
        "unknown",
        "a file that is not in sight may grant it"
    );
    assert_eq!(
        verdict(LOGIN, "roles: {other: iam/exec/*.json}", &files),
        "denied"
    );
    // What the file leaves open, the configuration may close.
    let open = ROLE.replace(
        "assume_role_policy",
        "managed_policy_arns = var.more\n  assume_role_policy",
    );
    let files = [TASK, PULL, ("main.tf", open.as_str())];
    let open = "roles: {exec: iam/exec/*.json}";
    let closed = "roles: {exec: {policies: iam/exec/*.json, complete: true}}";
    assert_eq!(verdict(LOGS, open, &files), "unknown");
    assert_eq!(verdict(LOGS, closed, &files), "denied");
}

#[test]
fn a_repository_policy_speaks_for_the_repository_that_is_named() {
    const DENY: (&str, &str) = (
        "ecr/app.json",
        r#"{"Version": "2012-10-17", "Statement": [
          {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}]}"#,
    );
    let files = [TASK, PULL, DENY];
    let with = |repositories: &str| {
        let configured = format!("roles: {{exec: iam/exec/*.json}}\nrepositories: {repositories}");
        verdict(PULLS, &configured, &files)
    };
    assert_eq!(with("{}"), "ok");
    assert_eq!(with("{shop/app: ecr/app.json}"), "denied");
    assert_eq!(
        with("{'arn:aws:ecr:eu-west-1:111122223333:repository/shop/app': app.json}"),
        "denied"
    );
    assert_eq!(with("{shop/web: ecr/app.json}"), "ok");
    assert_eq!(
        with("{'arn:aws:ecr:eu-west-1:444455556666:repository/shop/app': app.json}"),
        "ok"
    );
    let declared = (
        "main.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n}\nresource \"aws_ecr_repository\" \"app\" {\n  name = \"shop/app\"\n}\n",
    );
    let files = [TASK, PULL, DENY, declared];
    let configured = |more: &str| format!("roles: {{exec: iam/exec/*.json}}\n{more}");
    assert_eq!(verdict(PULLS, &configured(""), &files), "ok");
    let named = configured("repositories: {shop/app: ecr/app.json}");
    assert_eq!(verdict(PULLS, &named, &files), "denied");
}

/// The ARNs of the repositories that files declare.
fn repositories(configured: &str, files: &[(&str, &str)]) -> Vec<String> {
    let analysis = analysis(configured, files);
    let repositories = analysis.workspace.facts.repositories.iter();
    repositories.map(|one| one.arn.to_string()).collect()
}

#[test]
fn a_stack_is_deployed_where_the_configuration_says() {
    const STACK: (&str, &str) = (
        "infra/prod/stack.yaml",
        "Conditions:\n  IsMain: !Equals [!Ref AWS::Region, eu-west-1]\nResources:\n  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: !If [IsMain, app, copy]\n",
    );
    assert_eq!(
        repositories(
            "accounts: {infra/prod/: 000122223333}\nregions: {infra/: eu-west-1}",
            &[STACK]
        ),
        ["arn:aws:ecr:eu-west-1:000122223333:repository/app"],
        "and so conditions on the Region are decided"
    );
    assert_eq!(
        repositories(
            "accounts: {infra/dev/: 111122223333}\nregions: {infra/dev/: eu-west-1}",
            &[STACK]
        )
        .len(),
        2
    );
}

#[test]
fn a_module_is_deployed_where_the_configuration_says() {
    const MODULE: (&str, &str) = (
        "infra/main.tf",
        r#"
variable "region" {}
provider "aws" {
  region = var.region
}
provider "aws" {
  alias  = "east"
  region = "us-east-1"
}
provider "aws" {
  alias   = "other"
  region  = "eu-west-1"
  profile = "other"
}
resource "aws_ecr_repository" "main" {
  name = "in-${var.region}"
}
resource "aws_ecr_repository" "east" {
  provider = aws.east
  name     = "east"
}
resource "aws_ecr_repository" "other" {
  provider = aws.other
  name     = "other"
}
"#,
    );
    let told = "accounts: {infra/: 111122223333}\nregions: {infra/: eu-central-1}";
    assert_eq!(
        repositories(told, &[MODULE]),
        [
            "arn:aws:ecr:us-east-1:111122223333:repository/east",
            "arn:aws:ecr:eu-central-1:111122223333:repository/in-eu-central-1",
            "arn:aws:ecr:eu-west-1:<account>:repository/other",
        ]
    );
    let elsewhere = "accounts: {app/: 111122223333}\nregions: {app/: eu-central-1}";
    let open = repositories(elsewhere, &[MODULE]);
    assert!(open.iter().all(|arn| arn.contains("<account>")), "{open:?}");
    // What the module says counts.
    let fixed = MODULE.1.replace(
        "variable \"region\" {}",
        "variable \"region\" {\n  default = \"eu-north-1\"\n}",
    );
    assert_eq!(
        repositories(told, &[("infra/main.tf", &fixed)])[1],
        "arn:aws:ecr:eu-north-1:111122223333:repository/in-eu-north-1"
    );
}

#[test]
fn a_workflow_has_the_account_of_its_keys() {
    const WORKFLOW: (&str, &str) = (
        ".github/workflows/push.yml",
        "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.KEY }}\n          aws-secret-access-key: ${{ secrets.SECRET }}\n          aws-region: ${{ vars.AWS_REGION }}\n      - id: ecr\n        uses: aws-actions/amazon-ecr-login@v2\n      - run: docker push ${{ steps.ecr.outputs.registry }}/shop/app:v1\n",
    );
    let told = "accounts: {.github/: 111122223333}\nregions: {.github/: eu-west-1}";
    let of = |configured: &str| {
        let analysis = analysis(configured, &[WORKFLOW]);
        let steps = analysis.workspace.flows.iter().flat_map(|flow| &flow.steps);
        steps.count()
    };
    assert_eq!(of(""), 0, "nobody tells which registry it is");
    assert_eq!(of(told), 2);
    assert_eq!(of("accounts: {ci/: 111122223333}"), 0);
}

#[test]
fn placeholders_for_the_own_account_are_filled_in() {
    const ROLE: (&str, &str) = (
        "roles.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"111122223333\"]\n}\nresource \"aws_iam_role\" \"ci\" {\n  name = \"ci\"\n  assume_role_policy = \"{}\"\n}\n",
    );
    const WORKFLOW: (&str, &str) = (
        ".github/workflows/push.yml",
        "on: push\npermissions: {id-token: write}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::${{ secrets.PROD }}:role/ci\n          aws-region: eu-west-1\n      - uses: aws-actions/amazon-ecr-login@v2\n",
    );
    let named = |configured: &str| {
        let analysis = analysis(configured, &[ROLE, WORKFLOW]);
        let flow = &analysis.workspace.flows[0];
        let reference = flow.actor.reference.as_ref().expect("a role");
        (reference.value.to_string(), flow.actor.roles.indices.len())
    };
    assert_eq!(
        named("accounts: {.github/: 111122223333}"),
        ("arn:aws:iam::111122223333:role/ci".to_string(), 1)
    );
    assert_eq!(
        named("accounts: {.github/: 444455556666}"),
        ("arn:aws:iam::444455556666:role/ci".to_string(), 0),
        "a role of that name in another account is another"
    );
    assert_eq!(
        named("accounts: {ci/: 444455556666}").0,
        "arn:aws:iam::${{ secrets.PROD }}:role/ci"
    );

    let policy = (
        "iam/exec/pull.json",
        r#"{"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
          {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
           "Resource": "arn:aws:ecr:REGION:ACCOUNT_ID:repository/shop/*"}]}"#,
    );
    let with = |homes: &str| {
        let configured = format!(
            "roles: {{exec: {{policies: iam/exec/*.json, complete: true}}}}\nrepositories: {{shop/app: ecr/app.json}}\n{homes}"
        );
        let allow = (
            "ecr/app.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "ecr:BatchGetImage"}]}"#,
        );
        verdict(PULLS, &configured, &[TASK, policy, allow])
    };
    assert_eq!(with(""), "conditional");
    assert_eq!(
        with("accounts: {iam/: 111122223333}\nregions: {iam/: eu-west-1}"),
        "ok"
    );
    assert_eq!(
        with("accounts: {iam/: 444455556666}\nregions: {iam/: eu-west-1}"),
        "denied"
    );
}
