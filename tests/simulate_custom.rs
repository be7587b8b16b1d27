//! `ecrlint simulate` with the flags of `aws iam simulate-custom-policy`: the output, key by key, and what is refused.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const PUSH: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {
      "Effect": "Allow",
      "Action": ["ecr:PutImage", "ecr:BatchGetImage"],
      "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/${aws:PrincipalTag/team}/*",
      "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    },
    {"Effect": "Deny", "Action": "ecr:*", "Resource": "*/frozen"}
  ]
}
"#;
const APP: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/blue/app";
const FROZEN: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/blue/frozen";

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecrlint"))
        .arg("simulate")
        .args(args)
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("ecrlint runs")
}

/// The results of a simulation that works without a word.
fn results(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("push.json"), PUSH).expect("a file");
    let output = run(folder.path(), args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{args:?}: {said}"
    );
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(printed["IsTruncated"], json!(false));
    printed["EvaluationResults"].clone()
}

fn refused(args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("push.json"), PUSH).expect("a file");
    let output = run(folder.path(), args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const ENTRIES: [&str; 3] = [
    "--context-entries",
    "ContextKeyName=aws:SourceVpce,ContextKeyValues=vpce-1,ContextKeyType=string",
    r#"{"ContextKeyName": "AWS:principaltag/team", "ContextKeyValues": ["blue"], "ContextKeyType": "string"}"#,
];

#[test]
fn the_example_of_the_aws_cli_gives_what_aws_shows() {
    // The policy, the request and the output that
    // https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html shows.
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
    let ask = |time: &str| {
        let entry = format!(
            "ContextKeyName='aws:CurrentTime',ContextKeyValues='{time}',ContextKeyType=date"
        );
        results(&[
            "--policy-input-list",
            policy,
            "--action-names",
            "dynamodb:CreateBackup",
            "--context-entries",
            &entry,
        ])
    };
    assert_eq!(
        ask("2019-04-25T11:00:00Z"),
        json!([{
            "EvalActionName": "dynamodb:CreateBackup",
            "EvalResourceName": "*",
            "EvalDecision": "allowed",
            "MatchedStatements": [{
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": 167},
            }],
            "MissingContextValues": [],
        }])
    );
    let earlier = ask("2014-04-25T11:00:00Z");
    assert_eq!(earlier[0]["EvalDecision"], json!("implicitDeny"));
    assert_eq!(earlier[0]["MatchedStatements"], json!([]));
}

#[test]
fn each_action_has_a_result_and_each_named_resource_one_below_it() {
    let args = [
        &[
            "--policy-input-list",
            "file://push.json",
            "--action-names",
            "ecr:PutImage",
            "ecr:DeleteRepository",
            "--resource-arns",
            APP,
            FROZEN,
        ],
        ENTRIES.as_slice(),
    ]
    .concat();
    let allow = json!({
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 5, "Column": 6},
        "EndPosition": {"Line": 10, "Column": 6},
    });
    let deny = json!({
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 11, "Column": 6},
        "EndPosition": {"Line": 11, "Column": 66},
    });
    let below = |resource: &str, decision: &str, matched: Value| {
        json!({
            "EvalResourceName": resource,
            "EvalResourceDecision": decision,
            "MatchedStatements": matched,
            "MissingContextValues": [],
        })
    };
    assert_eq!(
        results(&args),
        json!([
            {
                "EvalActionName": "ecr:PutImage",
                "EvalDecision": "explicitDeny",
                "MatchedStatements": [deny],
                "MissingContextValues": [],
                "EvalDecisionDetails": {},
                "ResourceSpecificResults": [
                    below(APP, "allowed", json!([allow])),
                    below(FROZEN, "explicitDeny", json!([deny])),
                ],
            },
            {
                "EvalActionName": "ecr:DeleteRepository",
                "EvalDecision": "explicitDeny",
                "MatchedStatements": [deny],
                "MissingContextValues": [],
                "EvalDecisionDetails": {},
                "ResourceSpecificResults": [
                    below(APP, "implicitDeny", json!([])),
                    below(FROZEN, "explicitDeny", json!([deny])),
                ],
            },
        ])
    );
}

#[test]
fn keys_that_the_policies_ask_for_and_nobody_gave_are_missing() {
    let of = |more: &[&str]| {
        let args = [
            &[
                "--policy-input-list",
                "file://push.json",
                "--action-names",
                "ecr:PutImage",
            ],
            more,
        ]
        .concat();
        results(&args)[0].clone()
    };
    let both = json!(["aws:PrincipalTag/team", "aws:SourceVpce"]);
    assert_eq!(of(&[])["MissingContextValues"], both);
    assert_eq!(of(&[])["EvalDecision"], json!("implicitDeny"));
    assert!(of(&[]).get("EvalDecisionDetails").is_none());
    // Where resources are named, they stand there.
    let named = of(&["--resource-arns", APP]);
    assert_eq!(named["MissingContextValues"], json!([]));
    assert_eq!(
        named["ResourceSpecificResults"][0]["MissingContextValues"],
        both
    );
    assert_eq!(
        of(&ENTRIES[..2])["MissingContextValues"],
        json!(["aws:PrincipalTag/team"])
    );
    assert_eq!(of(&ENTRIES)["MissingContextValues"], json!([]));
}

#[test]
fn a_boundary_is_told_apart() {
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let of = |boundary: &str| {
        results(&[
            "--policy-input-list",
            all,
            "--action-names",
            "ecr:PutImage",
            "--resource-arns",
            APP,
            "--permissions-boundary-policy-input-list",
            boundary,
        ])[0]
            .clone()
    };
    let narrow = of(r#"{"Statement":[{"Effect":"Allow","Action":"ecr:Batch*","Resource":"*"}]}"#);
    let detail = |allowed: bool| json!({"AllowedByPermissionsBoundary": allowed});
    assert_eq!(narrow["EvalDecision"], json!("implicitDeny"));
    assert_eq!(narrow["EvalResourceName"], json!(APP));
    assert_eq!(narrow["PermissionsBoundaryDecisionDetail"], detail(false));
    let below = &narrow["ResourceSpecificResults"][0];
    assert_eq!(below["PermissionsBoundaryDecisionDetail"], detail(false));
    let wide = of(all);
    assert_eq!(wide["EvalDecision"], json!("allowed"));
    assert_eq!(wide["PermissionsBoundaryDecisionDetail"], detail(true));
    assert_eq!(wide["MatchedStatements"].as_array().map(Vec::len), Some(1));
    let denying = of(r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#);
    assert_eq!(denying["EvalDecision"], json!("explicitDeny"));
    assert_eq!(
        denying["MatchedStatements"][0]["SourcePolicyId"],
        json!("PermissionsBoundaryPolicyInputList.1")
    );
}

#[test]
fn a_resource_policy_speaks_for_the_resource() {
    let user = "arn:aws:iam::444455556666:user/ci";
    let trusting = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ecr:PutImage"}]}"#;
    let any = r#"{"Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*"}}"#;
    let of = |identity: &str, resource: &str, more: &[&str]| {
        let args = [
            &[
                "--policy-input-list",
                identity,
                "--action-names",
                "ecr:PutImage",
                "--resource-arns",
                resource,
                "--resource-policy",
                trusting,
                "--caller-arn",
                user,
            ],
            more,
        ]
        .concat();
        let all = results(&args);
        let last = all.as_array().and_then(|all| all.last());
        last.expect("a result").clone()
    };
    let across = of(any, APP, &[]);
    assert_eq!(across["EvalDecision"], json!("allowed"));
    let ids: Vec<&str> = across["MatchedStatements"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["SourcePolicyId"].as_str())
        .collect();
    assert_eq!(ids, ["PolicyInputList.1", "ResourcePolicy"]);
    let sides = |identity: &str, resource: &str| json!({"IAM Policy": identity, "Resource Policy": resource});
    assert_eq!(across["EvalDecisionDetails"], sides("allowed", "allowed"));
    let below = &across["ResourceSpecificResults"][0];
    assert_eq!(below["EvalDecisionDetails"], sides("allowed", "allowed"));
    let denying = r#"{"Statement":{"Effect":"Deny","Action":"ecr:Put*","Resource":"*"}}"#;
    let denied = of(denying, APP, &[]);
    assert_eq!(denied["EvalDecision"], json!("explicitDeny"));
    assert_eq!(
        denied["EvalDecisionDetails"],
        sides("explicitDeny", "allowed")
    );
    let other = of(any, APP, &["--action-names", "ecr:BatchGetImage"]);
    assert_eq!(other["EvalDecision"], json!("implicitDeny"));
    assert_eq!(
        other["EvalDecisionDetails"],
        sides("allowed", "implicitDeny")
    );
    // Within one account there is nothing to tell apart.
    let home = of(
        any,
        "arn:aws:ecr:eu-west-1:444455556666:repository/app",
        &[],
    );
    assert_eq!(home["EvalDecisionDetails"], json!({}));
    assert!(
        home["ResourceSpecificResults"][0]
            .get("EvalDecisionDetails")
            .is_none()
    );
    let nothing = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    assert_eq!(of(nothing, APP, &[])["EvalDecision"], json!("implicitDeny"));
    // An ARN without account: the caller owns it, unless the owner is told. Across accounts the owner must agree.
    let write = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let decision = |more: &[&str]| {
        let args = [
            &[
                "--policy-input-list",
                write,
                "--action-names",
                "s3:PutObject",
                "--resource-arns",
                "arn:aws:s3:::bucket/key",
                "--caller-arn",
                user,
            ],
            more,
        ]
        .concat();
        results(&args)[0]["EvalDecision"].clone()
    };
    assert_eq!(decision(&[]), json!("allowed"));
    for owner in ["arn:aws:iam::111122223333:root", "111122223333"] {
        assert_eq!(
            decision(&["--resource-owner", owner]),
            json!("implicitDeny")
        );
    }
}

#[test]
fn lists_may_be_given_as_json() {
    let list = json!([
        PUSH,
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#
    ]);
    let found = results(&[
        "--policy-input-list",
        &list.to_string(),
        "--action-names",
        "ecr:PutImage",
    ]);
    assert_eq!(
        found[0]["MatchedStatements"][0]["SourcePolicyId"],
        json!("PolicyInputList.2")
    );
}

#[test]
fn where_aws_does_not_say_what_it_would_answer_we_do_not_either() {
    let folder = tempfile::tempdir().expect("a folder");
    // A star in the middle of a segment that would have to swallow a colon.
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"arn:aws:ecr:*/app"}}"#;
    let output = run(
        folder.path(),
        &[
            "--policy-input-list",
            policy,
            "--action-names",
            "ecr:PutImage",
            "--resource-arns",
            APP,
        ],
    );
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        printed["EvaluationResults"][0]["EvalDecision"],
        json!("unknown")
    );
    let said = String::from_utf8_lossy(&output.stderr);
    let start = format!("warning: `ecr:PutImage` on `{APP}`: AWS does not document ");
    assert!(said.starts_with(&start), "{said}");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let list = "--policy-input-list";
    let put = ["--action-names", "ecr:PutImage"];
    let with_policy = |policy: &str| refused(&[&[list, policy], put.as_slice()].concat());
    for (policy, expected) in [
        ("", "error: PolicyInputList.1: the policy is empty\n"),
        ("allow", "error: PolicyInputList.1: line 1, column 1: "),
        (
            "{\"Version\": \"2012-10-17\",\n \"Statement\" [] }",
            "error: PolicyInputList.1: line 2, column ",
        ),
        (
            "{}",
            "error: PolicyInputList.1: line 1, column 1: there is no `Statement`\n",
        ),
        (
            "{\"Statement\": [\n  {\"Effect\": \"allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}",
            "error: PolicyInputList.1: line 2, column 14: unknown effect `allow`\n",
        ),
        (
            "{\"Statement\": [\n  {\"Effect\": \"Allow\", \"Resource\": \"*\"}]}",
            "error: PolicyInputList.1: line 2, column 3: a statement has no `Action`\n",
        ),
        (
            "[1]",
            "error: `[1]` is neither a policy nor a JSON list of policies as text\n",
        ),
        (
            "file://none.json",
            "error: `file://none.json` cannot be read: it does not exist\n",
        ),
    ] {
        let said = with_policy(policy);
        assert!(said.starts_with(expected), "{policy}: {said}");
    }
    let with =
        |more: &[&str]| refused(&[&[list, "file://push.json"], put.as_slice(), more].concat());
    for (more, expected) in [
        (
            &["--permissions-boundary-policy-input-list", "{}"][..],
            "error: PermissionsBoundaryPolicyInputList.1: line 1",
        ),
        (
            &["--resource-policy", "{}", "--caller-arn", "x"],
            "error: ResourcePolicy: line 1",
        ),
        (
            &["--context-entries", "aws:SourceIp"],
            "error: --context-entries: `aws:SourceIp` is neither JSON",
        ),
        (
            &["--resource-owner", "me"],
            "error: `me` in --resource-owner names no account",
        ),
        (
            &["--resource-policy", "{}"],
            "error: the following required arguments were not provided",
        ),
    ] {
        let said = with(more);
        assert!(said.starts_with(expected), "{more:?}: {said}");
    }
    for action in ["ecr:*", "PutImage", "ecr:", "*"] {
        let said = refused(&[list, "file://push.json", "--action-names", action]);
        assert!(
            said.contains("is not the whole name of an action"),
            "{action}: {said}"
        );
    }
}
