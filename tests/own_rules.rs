//! Declarative rules that users bring themselves.

mod support;

use ecrlint::rules::Registry;
use ecrlint::{Input, Settings, lint};
use support::listing;

const HEAD: &str = "severity: warning\nwhy: our policy asks for it\nhelp: follow our policy\n";

fn with(rule: &str) -> Registry {
    let mut registry = support::registry();
    let text = format!("code: ORG001\nname: our-rule\nsummary: ours\n{HEAD}{rule}");
    registry
        .add("ours.yaml", &text)
        .unwrap_or_else(|error| panic!("{error}"));
    registry
}

fn found(rule: &str, path: &str, text: &str) -> String {
    let mut settings = Settings::default();
    settings.selection.select = vec!["ORG001".to_string()];
    listing(&lint(vec![Input::text(path, text)], &with(rule), &settings))
}

const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:GetObject", "ECR:Put*"], "Resource": "*"}
  ]
}"#;

#[test]
fn a_statement_is_found_by_what_it_grants() {
    let rule = "each: statement\nwhere: \"$[?@.Effect == 'Allow' && in('ecr:putimage', @.Action)]\"\nexpect: \"$[?@.Sid]\"\nat: \"$.Action[?in('ecr:putimage', @)]\"\nmessage: 'push is granted by {at} in a statement without `Sid`'\n";
    assert_eq!(
        found(rule, "policy.json", POLICY),
        "policy.json:5:52: warning[ORG001]: push is granted by `ECR:Put*` in a statement without `Sid`\n"
    );
}

#[test]
fn one_value_is_a_list_of_one() {
    let rule = "each: statement\nwhere: \"$[?@.Action[0] == 'ecr:GetAuthorizationToken']\"\nat: \"$.Sid\"\nmessage: 'login in {at}'\n";
    assert_eq!(
        found(rule, "policy.json", POLICY),
        "policy.json:4:13: warning[ORG001]: login in `Login`\n"
    );
}

#[test]
fn tasks_and_containers_have_a_shape_of_their_own() {
    let task = r#"{
  "family": "app",
  "ContainerDefinitions": [{"Name": "app", "Image": "app:latest", "Essential": true}]
}"#;
    let rule = "each: container\nwhere: \"$[?@.image == 'app:latest']\"\nat: \"$.image\"\nmessage: '{at} is not ours'\n";
    assert_eq!(
        found(rule, "task.json", task),
        "task.json:3:53: warning[ORG001]: `app:latest` is not ours\n"
    );
}

#[test]
fn acts_of_a_job_are_found_whoever_performs_them() {
    let workflow = "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          docker push example.com/app:1\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: example.com/app:2\n";
    let rule =
        "each: act\nwhere: \"$[?@.kind == 'push']\"\nat: \"$.image\"\nmessage: 'pushes {at}'\n";
    assert_eq!(
        found(rule, ".github/workflows/push.yml", workflow),
        ".github/workflows/push.yml:7:23: warning[ORG001]: pushes `example.com/app:1`\n.github/workflows/push.yml:11:17: warning[ORG001]: pushes `example.com/app:2`\n"
    );
}

#[test]
fn a_broken_rule_says_what_is_wrong_and_where() {
    let add = |text: &str| {
        let mut registry = support::registry();
        registry
            .add("ours.yaml", text)
            .expect_err("a broken rule")
            .to_string()
    };
    let own = |rest: &str| format!("code: ORG001\nname: our-rule\nsummary: ours\n{HEAD}{rest}");
    let error = add(&own("eech: statement\n"));
    assert!(
        error.starts_with("ours.yaml:7:1: ") && error.contains("eech"),
        "{error}"
    );
    assert!(
        add(&own("each: statement\nwhere: '$[?'\nmessage: x\n"))
            .contains("`where` is not a JSONPath")
    );
    assert!(
        add(&own("check: broken_document\n")).contains("only built-in rules may name a `check`")
    );
    let taken = own("each: statement\nwhere: '$'\nmessage: x\n").replace("ORG001", "ECR901");
    assert!(add(&taken).contains("ECR901"));
}

#[test]
fn the_example_of_the_documentation_works() {
    let page =
        std::fs::read_to_string(support::root().join("docs/own-rules.md")).expect("the page");
    let block = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let mut registry = support::registry();
    let added = registry.add("shop.yaml", block.expect("an example"));
    added.unwrap_or_else(|error| panic!("{error}"));
    let mut settings = Settings::default();
    settings.selection.select = vec!["SHOP001".to_string()];
    let policy = r#"{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}"#;
    let run = lint(
        vec![Input::text("policy.json", policy)],
        &registry,
        &settings,
    );
    assert_eq!(
        listing(&run),
        "policy.json:1:66: warning[SHOP001]: `*` allows a push to every repository, without a condition\n"
    );
}
