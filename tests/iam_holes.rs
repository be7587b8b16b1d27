//! The engine where deploy time knows part of a policy, a caller or a resource, and the counterexamples it gives for
//! patterns.

mod support;

use ecrlint::iam::{
    Answer, Attached, Compiled, Context, Decision, Fact, Request, Stack, Target, Verdict,
    authorize, covers_together, explain, witness,
};
use ecrlint::model::policy::{Layer, PolicyDocument};
use ecrlint::model::template::Template;
use ecrlint::recognize::iam_policy::read_in_force;
use ecrlint::source::FileId;
use ecrlint::tree::json;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// `<x>` in a test's text is a hole named `x`.
fn template(text: &str) -> Template {
    let mut out = Template::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, tail) = after.split_once('>').expect("a closed hole");
        out.push_literal(before);
        out.push_hole(name, format!("<{name}>"));
        rest = tail;
    }
    out.push_literal(rest);
    out
}

/// A document of one statement with holes in its texts.
fn policy(statement: &Value) -> Compiled {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let parsed = json::parse(FileId(0), &text);
    let mut document = read_in_force(&parsed.documents[0].root);
    open(&mut document);
    Compiled::new(&document)
}

fn open(document: &mut PolicyDocument) {
    for statement in &mut document.statements {
        let elements = [&mut statement.action, &mut statement.resource];
        for value in elements.into_iter().flatten().flat_map(|e| &mut e.values) {
            value.value = template(&value.value.to_string());
        }
        for entry in statement.principal.iter_mut().flat_map(|p| &mut p.entries) {
            entry.value.value = template(&entry.value.value.to_string());
        }
        for value in statement.conditions.iter_mut().flat_map(|c| &mut c.values) {
            value.value = template(&value.value.to_string());
        }
    }
}

fn decide(caller: &str, resource: &str, policies: &[(Layer, Value)]) -> Decision {
    let request = Request::of_templates(
        &template(caller),
        "ecr:BatchGetImage",
        &template(resource),
        Context::closed(),
    );
    let compiled: Vec<_> = policies
        .iter()
        .map(|(layer, statement)| (*layer, policy(statement)))
        .collect();
    let mut stack = Stack::new();
    for (layer, policy) in &compiled {
        stack.push(Attached::new(*layer, policy));
    }
    authorize(&request, &stack)
}

fn allow(resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": "ecr:*", "Resource": resource})
}

fn allow_to(principal: Value) -> Value {
    json!({"Effect": "Allow", "Action": "ecr:*", "Principal": principal})
}

const ROLE: &str = "arn:<p>:iam::<a>:role/puller";
const APP: &str = "arn:<p>:ecr:<r>:<a>:repository/app";

#[test]
fn equal_holes_are_equal_values() {
    for (entry, verdict) in [
        (APP, Verdict::Allowed),
        ("arn:<p>:ecr:<r>:<a>:repository/*", Verdict::Allowed),
        ("arn:<p>:ecr:<r>:<a>:*", Verdict::Allowed),
        ("arn:*:ecr:*:*:repository/app", Verdict::Allowed),
        (
            "arn:<p>:ecr:*:????????????:repository/app",
            Verdict::Allowed,
        ),
        ("arn:<p>:ecr:<r>:<a>:repository/web", Verdict::Denied),
        (
            "arn:<p>:ecr:<r>:<a>:repository/<name>",
            Verdict::Conditional,
        ),
        (
            "arn:<p>:ecr:eu-west-1:<a>:repository/app",
            Verdict::Conditional,
        ),
        (
            "arn:<p>:ecr:<other>:<a>:repository/app",
            Verdict::Conditional,
        ),
        (
            "arn:<p>:ecr:<r>:123456789012:repository/app",
            Verdict::Conditional,
        ),
        // A Region has no capital letters, an account twelve digits.
        ("arn:<p>:ecr:EU:<a>:repository/app", Verdict::Denied),
        ("arn:<p>:ecr:<r>:1234:repository/app", Verdict::Denied),
        ("arn:<p>:ecr:<r>:12*:repository/app", Verdict::Conditional),
        ("arn:<p>:ecr:<r>:x*:repository/app", Verdict::Denied),
        ("arn:<p>:s3:::<a>", Verdict::Denied),
    ] {
        let got = decide(ROLE, APP, &[(Layer::Identity, allow(entry))]);
        assert_eq!(got.verdict, verdict, "{entry}: {got:?}");
    }
}

#[test]
fn a_hole_in_a_statement_meets_a_known_resource() {
    let role = "arn:aws:iam::123456789012:role/puller";
    let app = "arn:aws:ecr:eu-west-1:123456789012:repository/app";
    for (entry, verdict) in [
        ("arn:aws:ecr:<r>:<a>:repository/app", Verdict::Conditional),
        ("arn:aws:ecr:<r>:<a>:repository/web", Verdict::Denied),
        ("arn:aws-cn:ecr:<r>:<a>:repository/app", Verdict::Denied),
        ("<repository>", Verdict::Conditional),
        ("<repository>/*", Verdict::Conditional),
    ] {
        let got = decide(role, app, &[(Layer::Identity, allow(entry))]);
        assert_eq!(got.verdict, verdict, "{entry}: {got:?}");
    }
}

#[test]
fn principals_with_holes() {
    let app = "arn:aws:ecr:eu-west-1:123456789012:repository/app";
    let role = "arn:aws:iam::<a>:role/puller";
    for (caller, principal, verdict) in [
        (role, json!({"AWS": role}), Verdict::Allowed),
        (
            role,
            json!({"AWS": "arn:aws:iam::<a>:role/pusher"}),
            Verdict::Denied,
        ),
        (
            role,
            json!({"AWS": "arn:aws:iam::<b>:role/puller"}),
            Verdict::Conditional,
        ),
        (
            role,
            json!({"AWS": "arn:aws:iam::<b>:role/pusher"}),
            Verdict::Denied,
        ),
        (
            role,
            json!({"AWS": "arn:aws:iam::<a>:user/puller"}),
            Verdict::Denied,
        ),
        (
            role,
            json!({"AWS": "arn:aws:iam::<a>:<name>"}),
            Verdict::Conditional,
        ),
        (role, json!({"AWS": "<anyone>"}), Verdict::Conditional),
        (role, json!({"Service": "<anyone>"}), Verdict::Denied),
        (role, json!({"Federated": "<anyone>"}), Verdict::Denied),
        ("<caller>", json!({"AWS": "<caller>"}), Verdict::Allowed),
        ("<caller>", json!({"AWS": "<other>"}), Verdict::Conditional),
        ("<caller>", json!("*"), Verdict::Allowed),
        (
            "arn:aws:iam::<a>:root",
            json!({"AWS": "arn:aws:iam::<a>:root"}),
            Verdict::Allowed,
        ),
        (
            "lambda.amazonaws.com",
            json!({"Service": "lambda.<suffix>"}),
            Verdict::Conditional,
        ),
        (
            "lambda.amazonaws.com",
            json!({"Service": "sqs.<suffix>"}),
            Verdict::Denied,
        ),
        (
            "<service>.amazonaws.com",
            json!({"Service": "<service>.amazonaws.com"}),
            Verdict::Allowed,
        ),
        (
            "lambda.amazonaws.com",
            json!({"AWS": "arn:aws:iam::<a>:root"}),
            Verdict::Denied,
        ),
    ] {
        // The identity side always allows, so that it hangs on the repository where the accounts may differ.
        let policies = [(Layer::Repository, allow_to(principal.clone()))];
        let request = Request::of_templates(
            &template(caller),
            "ecr:BatchGetImage",
            &template(app),
            Context::closed(),
        );
        let owner = request.principal().account_template().cloned();
        let request = match owner {
            Some(owner) => request.in_account_of(owner),
            None => request,
        };
        let repository = policy(&policies[0].1);
        let stack = Stack::new().with(Attached::new(Layer::Repository, &repository));
        let got = authorize(&request, &stack);
        assert_eq!(got.verdict, verdict, "{caller} and {principal}: {got:?}");
    }
}

#[test]
fn an_account_as_principal_delegates_to_itself() {
    for (principal, verdict) in [
        ("arn:<p>:iam::<a>:root", Verdict::Allowed),
        ("<a>", Verdict::Allowed),
        ("arn:<p>:iam::<b>:root", Verdict::Conditional),
        ("arn:<p>:iam::123456789012:root", Verdict::Conditional),
        ("123456789012", Verdict::Conditional),
        ("arn:aws-cn:iam::<a>:root", Verdict::Conditional),
    ] {
        let got = decide(
            ROLE,
            "arn:<p>:ecr:<r>:999999999999:repository/app",
            &[
                (Layer::Identity, allow("*")),
                (Layer::Repository, allow_to(json!({"AWS": principal}))),
            ],
        );
        // Where the accounts are one after all, the identity policy is enough.
        assert_eq!(got.verdict, verdict, "{principal}: {got:?}");
    }
}

#[test]
fn accounts_that_may_be_the_same_are_both() {
    let elsewhere = "arn:<p>:ecr:<r>:999999999999:repository/app";
    let both = [
        (Layer::Identity, allow("*")),
        (Layer::Repository, allow_to(json!("*"))),
    ];
    let crosses = |caller: &str, resource: &str| {
        Request::of_templates(
            &template(caller),
            "ecr:BatchGetImage",
            &template(resource),
            Context::closed(),
        )
        .crosses_accounts()
    };
    assert_eq!(crosses(ROLE, APP), Answer::No);
    assert_eq!(crosses(ROLE, elsewhere), Answer::Maybe);
    assert_eq!(crosses("<caller>", elsewhere), Answer::Maybe);
    assert_eq!(crosses(ROLE, "<repository>"), Answer::Maybe);
    assert_eq!(
        crosses(
            "arn:aws:iam::123456789012:role/x",
            "arn:aws:ecr:<r>:999999999999:repository/app"
        ),
        Answer::Yes
    );
    assert_eq!(
        crosses(
            "arn:aws:iam::123456789012:role/x",
            "arn:aws:ecr:<r>:123456789012:repository/app"
        ),
        Answer::No
    );
    // Either side is enough in one account, both are needed across two.
    assert_eq!(decide(ROLE, elsewhere, &both).verdict, Verdict::Allowed);
    assert_eq!(
        decide(ROLE, elsewhere, &both[..1]).verdict,
        Verdict::Conditional
    );
    assert_eq!(
        decide(ROLE, elsewhere, &both[1..]).verdict,
        Verdict::Conditional
    );
    assert_eq!(decide(ROLE, APP, &both[..1]).verdict, Verdict::Allowed);
    let none = decide(ROLE, elsewhere, &[]);
    assert_eq!(
        (none.verdict, none.limited_by),
        (Verdict::Denied, vec![Layer::Identity])
    );
}

#[test]
fn what_two_lists_hide_is_not_the_same() {
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"},
        {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}]})
    .to_string();
    let parsed = json::parse(FileId(0), &text);
    let mut document = read_in_force(&parsed.documents[0].root);
    for statement in &mut document.statements {
        statement.action.as_mut().expect("actions").complete = false;
    }
    let compiled = Compiled::new(&document);
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:BatchGetImage",
        Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/app".to_string()),
        Context::closed(),
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
    assert_eq!(authorize(&request, &stack).verdict, Verdict::Conditional);
}

#[test]
fn a_hole_compared_with_two_values_is_two_questions() {
    let statement = json!([
        {"Effect": "Allow", "Action": "ecr:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/a": "<x>"}}},
        {"Effect": "Deny", "Action": "ecr:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/b": "<x>"}}}]);
    let compiled = policy(&statement);
    let context = Context::closed()
        .with("aws:PrincipalTag/a", "one")
        .with("aws:PrincipalTag/b", "two");
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:BatchGetImage",
        Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/app".to_string()),
        context,
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
    assert_eq!(authorize(&request, &stack).verdict, Verdict::Conditional);
}

#[test]
fn a_value_with_a_hole_may_be_ruled_out() {
    let service = "arn:aws:ecs:eu-west-1:123456789012:service/app";
    for (operator, wanted, verdict) in [
        ("StringEquals", "<x>", Verdict::Conditional),
        (
            "StringEquals",
            "arn:aws:ecs:<r>:<a>:service/app",
            Verdict::Conditional,
        ),
        (
            "StringEquals",
            "arn:aws:ecs:<r>:<a>:service/web",
            Verdict::Denied,
        ),
        ("StringEquals", "arn:aws:ecs:<r>:<a>:*", Verdict::Denied),
        ("StringLike", "arn:aws:ecs:<r>:<a>:*", Verdict::Conditional),
        ("StringLike", "arn:aws:s3:<r>:<a>:*", Verdict::Denied),
        (
            "ArnLike",
            "arn:aws:ecs:<r>:<a>:service/*",
            Verdict::Conditional,
        ),
        ("ArnLike", "arn:aws:ecs:<r>:<a>:task/*", Verdict::Denied),
        ("ArnNotLike", "arn:aws:ecs:<r>:<a>:task/*", Verdict::Allowed),
        (
            "StringEqualsIgnoreCase",
            "ARN:aws:s3:<r>",
            Verdict::Conditional,
        ),
    ] {
        let compiled = policy(
            &json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "*",
            "Condition": {operator: {"aws:SourceArn": wanted}}}),
        );
        let request = Request::new(
            "arn:aws:iam::123456789012:user/ana",
            "ecr:BatchGetImage",
            Target::Exact("arn:aws:ecr:eu-west-1:123456789012:repository/app".to_string()),
            Context::closed().with("aws:SourceArn", service),
        );
        let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
        let got = authorize(&request, &stack);
        assert_eq!(got.verdict, verdict, "{operator} {wanted}: {got:?}");
    }
}

/// What is denied of a pattern, given identity statements.
fn counterexample(requested: &str, statements: &Value) -> Option<String> {
    let compiled = policy(statements);
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:BatchGetImage",
        Target::Pattern(template(requested)),
        Context::closed(),
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
    explain(&request, &stack).witness
}

#[test]
fn counterexamples() {
    let ecr = |name: &str| format!("arn:aws:ecr:eu-west-1:123456789012:repository/{name}");
    let all = ecr("*");
    let allows = |names: &[&str]| -> Value {
        let names: Vec<_> = names.iter().map(|name| ecr(name)).collect();
        json!({"Effect": "Allow", "Action": "ecr:*", "Resource": names})
    };
    for (requested, names, found) in [
        ("*", vec!["*"], None),
        ("*", vec!["team-*"], Some("aa")),
        ("team-*", vec!["team-a*", "team-b*"], Some("team-c")),
        // Names are at least two characters long, so that this is everything.
        ("*", vec!["?*?"], None),
        ("*", vec!["?*"], None),
        // No name ends with a separator.
        ("shop/*", vec!["shop/?*"], None),
        ("shop/*", vec!["shop/*/*"], Some("shop/a")),
        ("shop/*", vec!["shop/?"], Some("shop/aa")),
        ("*", vec!["??", "???"], Some("aaaa")),
        ("Shop/*", vec!["web"], None),
        ("*", vec![], Some("aa")),
        ("app", vec!["web"], Some("app")),
        // A hole beside itself might be anything: no certain denial.
        ("<x>-api", vec!["<x>"], None),
        ("<x>-api", vec!["web"], Some("<x>-api")),
        ("web-<x>", vec!["api-*"], Some("web-<x>")),
        ("<x>-api", vec!["<x>-*"], None),
        ("<x>*", vec!["<x>-*"], None),
    ] {
        let expected = found.map(&ecr);
        assert_eq!(
            counterexample(&ecr(requested), &allows(&names)),
            expected,
            "{requested} in {names:?}"
        );
    }
    // Partly taken by a Deny.
    let deny =
        json!([allows(&["*"]), {"Effect": "Deny", "Action": "*", "Resource": ecr("prod/*")}]);
    assert_eq!(counterexample(&all, &deny), Some(ecr("prod/a")));
    let deny = json!([allows(&["*"]), {"Effect": "Deny", "Action": "*", "NotResource": ecr("d*")}]);
    assert_eq!(counterexample(&all, &deny), Some(ecr("aa")));
    // Open Regions and accounts: a Region that there is, and the caller's account before others.
    let found = counterexample("arn:aws:ecr:*:*:repository/app", &allows(&["app"]));
    let found = found.expect("another Region");
    assert!(found.ends_with(":123456789012:repository/app"), "{found}");
    assert!(!found.contains("eu-west-1"), "{found}");
    // Holes stay holes.
    assert_eq!(
        counterexample(
            "arn:<p>:ecr:<r>:<a>:repository/*",
            &json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:<p>:ecr:<r>:<a>:repository/a*"})
        ),
        Some("arn:<p>:ecr:<r>:<a>:repository/ba".to_string())
    );
}

#[test]
fn a_search_that_grows_too_large_is_given_up() {
    let names: Vec<_> = (0..40)
        .map(|n| {
            format!(
                "arn:aws:ecr:eu-west-1:123456789012:repository/*{n}*a?????????{n}*b??????????c*"
            )
        })
        .collect();
    let compiled = policy(&json!({"Effect": "Allow", "Action": "ecr:*", "Resource": names}));
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:BatchGetImage",
        Target::Pattern(template(
            "arn:aws:ecr:eu-west-1:123456789012:repository/*a????????c",
        )),
        Context::closed(),
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
    let before = std::time::Instant::now();
    let explanation = explain(&request, &stack);
    assert!(before.elapsed().as_secs() < 60, "{:?}", before.elapsed());
    assert_ne!(explanation.decision.verdict, Verdict::Allowed);
}

fn is_legal(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    (2..=256).contains(&name.len())
        && name
            .split('/')
            .all(|part| part.split(['.', '_', '-']).all(is_word))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_counterexample_is_one(
        requested in "[ab/*?-]{0,5}",
        allowed in prop::collection::vec("[ab/*?-]{0,4}", 0..4),
        denied in prop::option::of("[ab/*?]{1,4}"),
        boundary in prop::option::of("[ab*]{1,3}"),
    ) {
        let ecr = |name: &str| format!("arn:aws:ecr:eu-west-1:123456789012:repository/{name}");
        let names: Vec<_> = allowed.iter().map(|name| ecr(name)).collect();
        let mut statements = vec![json!({"Effect": "Allow", "Action": "ecr:*", "Resource": names})];
        if let Some(name) = &denied {
            statements.push(json!({"Effect": "Deny", "Action": "ecr:*", "Resource": ecr(name)}));
        }
        let identity = policy(&json!(statements));
        let limit = boundary.as_ref().map(|name| policy(&allow(&ecr(name))));
        let mut stack = Stack::new().with(Attached::new(Layer::Identity, &identity));
        if let Some(limit) = &limit {
            stack.push(Attached::new(Layer::Boundary, limit));
        }
        let asked = |target| Request::new(
            "arn:aws:iam::123456789012:user/ana", "ecr:BatchGetImage", target, Context::closed());
        let pattern = Template::from(ecr(&requested));
        let request = asked(Target::Pattern(pattern.clone()));
        let explanation = explain(&request, &stack);
        if let Some(found) = &explanation.witness {
            let name = found.strip_prefix(&ecr("")).expect("an ARN of that registry");
            prop_assert!(is_legal(name), "{}", name);
            prop_assert_eq!(covers_together(&[&pattern], &Template::from(found.as_str())), Answer::Yes);
            prop_assert_eq!(authorize(&asked(Target::Exact(found.clone())), &stack).verdict, Verdict::Denied);
            prop_assert_ne!(explanation.decision.verdict, Verdict::Allowed);
        }
        // None is shorter: all short names are looked at.
        let shorter = explanation.witness.as_ref().map_or(4, |found| found.len() - ecr("").len());
        for name in names_shorter_than(shorter) {
            let arn = ecr(&name);
            if covers_together(&[&pattern], &Template::from(arn.as_str())) == Answer::Yes {
                prop_assert_ne!(authorize(&asked(Target::Exact(arn)), &stack).verdict, Verdict::Denied, "{}", name);
            }
        }
    }

    #[test]
    fn filling_holes_never_contradicts(
        entry in select(vec![
            "arn:aws:ecr:<r>:<a>:repository/app", "arn:aws:ecr:<s>:<b>:repository/app",
            "arn:aws:ecr:eu-west-1:<a>:repository/*", "arn:aws:ecr:<r>:123456789012:repository/<n>",
            "arn:aws:ecr:*:<b>:repository/app", "<all>"]),
        principal in select(vec![
            "arn:aws:iam::<a>:root", "<a>", "arn:aws:iam::<b>:role/puller", "<everyone>",
            "arn:aws:iam::<a>:role/<n>", "arn:aws:iam::<b>:<n>"]),
        caller in select(vec!["arn:aws:iam::<a>:role/puller", "arn:aws:iam::<b>:role/puller",
            "arn:aws:iam::123456789012:role/puller"]),
        resource in select(vec!["arn:aws:ecr:<r>:<a>:repository/app", "arn:aws:ecr:<r>:<b>:repository/<n>",
            "arn:aws:ecr:eu-west-1:123456789012:repository/app"]),
        layers in subsequence(vec![Layer::Identity, Layer::Repository, Layer::Boundary], 0..=3),
        denies in any::<bool>(),
        same in any::<[bool; 4]>(),
    ) {
        let fill = |text: &str| {
            let known = |same: bool, one: &'static str, other: &'static str| if same { one } else { other };
            [("<r>", "eu-west-1"), ("<s>", known(same[0], "eu-west-1", "us-east-1")),
             ("<a>", known(same[1], "123456789012", "999999999999")),
             ("<b>", known(same[2], "123456789012", "210987654321")), ("<n>", known(same[3], "app", "web")),
             ("<all>", "*"), ("<everyone>", "*")]
                .iter().fold(text.to_string(), |text, (hole, value)| text.replace(hole, value))
        };
        let statement = |layer: Layer, fill: &dyn Fn(&str) -> String| {
            let effect = if denies && layer == Layer::Repository { "Deny" } else { "Allow" };
            if layer == Layer::Repository {
                json!({"Effect": effect, "Action": "ecr:*", "Principal": {"AWS": fill(principal)}})
            } else {
                json!({"Effect": effect, "Action": "ecr:*", "Resource": fill(entry)})
            }
        };
        let policies = |fill: &dyn Fn(&str) -> String| -> Vec<_> {
            layers.iter().map(|layer| (*layer, statement(*layer, fill))).collect()
        };
        let open = decide(caller, resource, &policies(&|text: &str| text.to_string()));
        let closed = decide(&fill(caller), &fill(resource), &policies(&fill));
        let is_certain = matches!(open.verdict, Verdict::Allowed | Verdict::Denied);
        prop_assert!(!is_certain || open.verdict == closed.verdict,
            "{:?} although {:?}", open, closed);
    }
}

/// Legal names of the letters that the patterns use and one that they do not.
fn names_shorter_than(length: usize) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut all = Vec::new();
    for _ in 1..length.min(4) {
        names = names
            .iter()
            .flat_map(|name| ['a', 'b', 'c', '-', '/'].map(|c| format!("{name}{c}")))
            .collect();
        all.extend(names.iter().filter(|name| is_legal(name)).cloned());
    }
    all
}

#[test]
fn unknown_keys_do_not_make_counterexamples() {
    let compiled = policy(
        &json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}),
    );
    let mut context = Context::closed();
    context.set("aws:SourceVpce", Fact::Unknown);
    let request = Request::new(
        "arn:aws:iam::123456789012:user/ana",
        "ecr:BatchGetImage",
        Target::Pattern(template("arn:aws:ecr:eu-west-1:123456789012:repository/*")),
        context,
    );
    let stack = Stack::new().with(Attached::new(Layer::Identity, &compiled));
    assert_eq!(authorize(&request, &stack).verdict, Verdict::Conditional);
    assert_eq!(witness(&request, &stack), None);
}
