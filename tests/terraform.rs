//! Small trees of Terraform, evaluated and drawn: `fixtures/terraform/<case>/` as `instances.snap`.
//!
//! Under each resource stand its arguments, each with its place and what the file holds there, so a wrong place is seen at
//! once. `SNAPSHOTS=overwrite` writes the drawings; read them then as if a colleague had sent them.

mod support;

use ecrlint::recognize::terraform::{instances, is_named, parse};
use ecrlint::rules::meta::Profile;
use ecrlint::source::{Loc, SourceFile, SourceMap};
use ecrlint::tree::{Node, NodeKind, embed};
use ecrlint::{Input, Run, lint};
use proptest::prelude::*;
use snapbox::{Assert, Data};
use std::fmt::Write;
use support::{files, folders, name, only, profile, registry, root};

#[test]
fn trees_are_evaluated_as_drawn() {
    let cases = folders(&root().join("tests/fixtures/terraform"));
    assert!(cases.len() > 2, "the fixtures are where they were");
    let assert = Assert::new().action_env("SNAPSHOTS");
    for case in cases {
        let mut sources = SourceMap::new();
        for input in files(&case) {
            if !input.path.ends_with(".snap") {
                sources.add(SourceFile::new(input.path, input.text));
            }
        }
        let drawing = draw(&sources);
        assert!(!drawing.is_empty(), "{}", name(&case));
        let snap = case.join("instances.snap");
        assert.eq(drawing, Data::read_from(&snap, None).raw());
    }
}

fn draw(sources: &SourceMap) -> String {
    let configuration: Vec<_> = sources
        .iter()
        .filter(|(_, file)| is_named(&file.path))
        .map(|(id, file)| parse(id, &file.path, &file.text))
        .collect();
    let mut out = String::new();
    for one in instances(&configuration, sources) {
        let scope = &one.origin.scope;
        let sure = if one.origin.is_certain {
            ""
        } else {
            ", perhaps"
        };
        let place = place(sources, one.origin.loc);
        writeln!(
            out,
            "{} at {place} in {} ({} {}){sure}",
            one.id, scope.label, scope.account, scope.region
        )
        .expect("memory");
        node(sources, &mut out, 1, "", &one.body);
    }
    out
}

fn place(sources: &SourceMap, loc: Loc) -> String {
    let Some(file) = sources.get(loc.file) else {
        return "nowhere".to_string();
    };
    let at = file.position(loc.span.start);
    format!("{}:{}:{}", file.path, at.line, at.column)
}

fn node(sources: &SourceMap, out: &mut String, depth: usize, key: &str, value: &Node<'_>) {
    const LONGEST: usize = 70;
    let indent = "  ".repeat(depth);
    let what = match &value.kind {
        NodeKind::Map(entries) => {
            if depth > 1 {
                writeln!(out, "{indent}{key} {{}} {}", place(sources, value.place()))
                    .expect("memory");
            }
            for entry in entries {
                let key = format!("{} ({})", entry.key.value, place(sources, entry.key.loc));
                node(sources, out, depth + 1, &key, &entry.value);
            }
            return;
        }
        NodeKind::List(items) => {
            writeln!(out, "{indent}{key} [] {}", place(sources, value.place())).expect("memory");
            for item in items {
                node(sources, out, depth + 1, "-", item);
            }
            return;
        }
        NodeKind::Null => "null".to_string(),
        NodeKind::Bool(is) => is.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::Unknown(unknown) => format!(
            "<{}> as {} because {}",
            unknown.name, unknown.text, unknown.why
        ),
        NodeKind::Text(text) => {
            let holes: Vec<_> = text
                .holes
                .iter()
                .map(|hole| format!(" {:?} <{}>", hole.range, hole.unknown.name))
                .collect();
            format!("{:?}{}", text.value, holes.concat())
        }
    };
    let mut source: String = sources.slice(value.loc).escape_debug().collect();
    if let Some((cut, _)) = source.char_indices().nth(LONGEST) {
        source.truncate(cut);
        source.push('…');
    }
    let used = match value.alias {
        Some(at) => format!(", used at {} `{}`", place(sources, at), sources.slice(at)),
        None => String::new(),
    };
    writeln!(
        out,
        "{indent}{key} {what} from {} `{source}`{used}",
        place(sources, value.loc)
    )
    .expect("memory");
    if let Some(inner) = embed::json_in(value) {
        for problem in &inner.problems {
            writeln!(out, "{indent}  problem: {}", problem.message).expect("memory");
        }
        for document in &inner.documents {
            node(sources, out, depth + 1, "json", &document.root);
        }
    }
}

/// The findings in a tree, as compact lines without the message.
fn findings(tree: &[(&str, &str)], rule: &str) -> Vec<String> {
    let inputs = tree
        .iter()
        .map(|(path, text)| Input::text(*path, *text))
        .collect();
    let Run { sources, report } = lint(inputs, &registry(), &only(rule));
    report
        .heard()
        .map(|one| {
            let at = place(&sources, one.primary.loc);
            format!("{at} {}", one.rule.code)
        })
        .collect()
}

/// A role whose policy grants a login on a repository alone; `before` stands before the statement.
fn scoped_login(before: &str) -> String {
    format!(
        "resource \"aws_iam_role_policy\" \"p\" {{\n  role   = \"r\"\n  policy = data.aws_iam_policy_document.p.json\n}}\n\ndata \"aws_iam_policy_document\" \"p\" {{\n  {before}\n  statement {{\n    actions   = [\"ecr:GetAuthorizationToken\"]\n    resources = [\"arn:aws:ecr:eu-west-1:111122223333:repository/x\"]\n  }}\n}}\n"
    )
}

#[test]
fn a_finding_stands_in_the_configuration_and_can_be_ignored_there() {
    let plain = scoped_login("");
    assert_eq!(
        findings(&[("infra/main.tf", &plain)], "ECR101"),
        ["infra/main.tf:9:18 ECR101"]
    );
    let ignored = scoped_login("# ecrlint: ignore[ECR101] on purpose");
    assert_eq!(
        findings(&[("infra/main.tf", &ignored)], "ECR101"),
        Vec::<String>::new()
    );
}

#[test]
fn a_configuration_that_does_not_parse_is_told_if_it_is_ours() {
    let broken = "resource \"aws_iam_role\" \"x\" {\n  name = [\n}\n";
    let other = "resource \"google_project\" \"x\" {\n  name = [\n}\n";
    assert_eq!(
        findings(&[("a/main.tf", broken), ("b/main.tf", other)], "ECR901"),
        ["a/main.tf:2:10 ECR901"]
    );
}

#[test]
fn limits_end_in_a_finding_at_what_is_left_unread() {
    let many = "resource \"aws_iam_role\" \"x\" {\n  count = 1001\n}\nresource \"aws_iam_role\" \"y\" {\n  for_each = toset([for n in range(1001) : \"r${n}\"])\n}\nresource \"aws_iam_role\" \"z\" {\n  count = 1000\n}\n";
    assert_eq!(
        findings(&[("main.tf", many)], "ECR904"),
        ["main.tf:1:1 ECR904", "main.tf:4:1 ECR904"]
    );
    // Each of 9 levels calls the next one twice, and then three times: more than 5,000.
    let mut tree: Vec<(String, String)> = Vec::new();
    for level in 0..9 {
        let call = |name: &str, count: usize| {
            format!(
                "module \"{name}\" {{\n  source = \"../m{}\"\n  count = {count}\n}}\n",
                level + 1
            )
        };
        tree.push((format!("m{level}/main.tf"), call("a", 2) + &call("b", 3)));
    }
    tree.push((
        "m9/main.tf".to_string(),
        "resource \"aws_iam_role\" \"x\" {}\n".to_string(),
    ));
    let tree: Vec<(&str, &str)> = tree
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let found = findings(&tree, "ECR904");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_document_that_the_configuration_reads_is_read_once() {
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": \"ecr:GetAuthorizationToken\",\n    \"Resource\": \"arn:aws:ecr:eu-west-1:${account}:repository/x\"\n  }]\n}\n";
    let main = "resource \"aws_iam_policy\" \"p\" {\n  name   = \"p\"\n  policy = templatefile(\"${path.module}/p.json\", { account = \"111122223333\" })\n}\n";
    assert_eq!(
        findings(
            &[("infra/main.tf", main), ("infra/p.json", policy)],
            "ECR101"
        ),
        ["infra/p.json:5:15 ECR101"]
    );
}

#[test]
fn what_only_the_deployment_knows_is_no_finding() {
    let text = "variable \"actions\" {}\nvariable \"resource\" {}\nvariable \"document\" {}\nresource \"aws_iam_role_policy\" \"p\" {\n  role = var.document\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = var.actions, Resource = var.resource }, var.document] })\n}\nresource \"aws_iam_policy\" \"q\" {\n  policy = var.document\n}\nresource \"aws_ecs_task_definition\" \"t\" {\n  family = var.resource\n  container_definitions = jsonencode([{ name = \"a\", image = var.resource }, var.document])\n  execution_role_arn = var.document\n}\nresource \"aws_vpc_endpoint\" \"e\" {\n  vpc_id = var.document\n  service_name = \"com.amazonaws.eu-west-1.ecr.api\"\n  policy = var.document\n  subnet_ids = var.actions\n}\n";
    let inputs = vec![Input::text("main.tf", text)];
    let Run { report, .. } = lint(inputs, &registry(), &profile(Profile::Security));
    let found: Vec<_> = report.heard().map(|one| &one.message).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// A value as it is written, and as a tree.
#[derive(Clone, Debug)]
enum Written {
    Text(String),
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
}

impl Written {
    fn hcl(&self) -> String {
        match self {
            Written::Text(text) => quoted(text),
            Written::List(items) => {
                let items: Vec<String> = items.iter().map(Written::hcl).collect();
                format!("[{}]", items.join(", "))
            }
            Written::Object(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|(key, value)| format!("{key} = {}\n", value.hcl()))
                    .collect();
                format!("{{\n{}}}", items.concat())
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '$' => out.push_str("$${"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn written() -> impl Strategy<Value = Written> {
    let leaf = "[a-z:*/é\"\\\\\n$-]{0,10}".prop_map(Written::Text);
    leaf.prop_recursive(3, 20, 4, |inside| {
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..4).prop_map(Written::List),
            proptest::collection::vec(inside, 1..4).prop_map(|values| {
                let keys = (0..).map(|at| format!("k{at}"));
                Written::Object(keys.zip(values).collect())
            }),
        ]
    })
}

fn check(sources: &SourceMap, value: &Node<'_>, expected: &Written) {
    match (expected, &value.kind) {
        (Written::Text(text), NodeKind::Text(found)) => {
            let decoded = text.replace('$', "${");
            assert_eq!(found.value, decoded);
            assert_eq!(sources.slice(value.loc), quoted(text));
            for (at, c) in found.value.char_indices() {
                let span = found.file_span(at..at + c.len_utf8());
                let source = sources.slice(Loc::new(value.loc.file, span));
                let is_part = source.contains(c) || source == "\\n" || source == "$${";
                assert!(is_part, "{c:?} from {source:?}");
            }
        }
        (Written::List(items), NodeKind::List(found)) => {
            assert_eq!(items.len(), found.len());
            for (item, found) in items.iter().zip(found) {
                check(sources, found, item);
            }
        }
        (Written::Object(items), NodeKind::Map(found)) => {
            assert_eq!(items.len(), found.len());
            for ((key, item), found) in items.iter().zip(found) {
                assert_eq!(sources.slice(found.key.loc), key);
                check(sources, &found.value, item);
            }
        }
        (expected, found) => panic!("{expected:?} came as {found:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever way a value goes, its literals stand where it says.
    #[test]
    fn literals_keep_their_places(value in written()) {
        let text = format!(
            "variable \"v\" {{\n  default = {}\n}}\nlocals {{\n  l = [var.v]\n  m = merge({{ a = local.l }}, {{}})\n}}\nresource \"aws_x\" \"x\" {{\n  v = jsonencode(concat(local.m.a, [])[0])\n}}\n",
            value.hcl()
        );
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new("main.tf", text.as_str()));
        let file = parse(id, "main.tf", &text);
        prop_assert!(file.hcl.problems.is_empty(), "{text}\n{:?}", file.hcl.problems);
        let found = instances(&[file], &sources);
        let body = &found.first().expect("a resource").body;
        // What is encoded is a text by itself where the value is no list and no object.
        if !matches!(value, Written::Text(_)) {
            check(&sources, body.get("v").expect("v"), &value);
        }
    }

    #[test]
    fn no_configuration_panics(text in "[a-z =\\[\\]{}\"$%<>#.*()?:!\n0-9,]{0,80}") {
        let text = format!("variable \"v\" {{}}\nlocals {{\n  l = {text}\n}}\nresource \"aws_x\" \"x\" {{\n  a = local.l\n}}\n");
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new("main.tf", text.as_str()));
        let _ = instances(&[parse(id, "main.tf", &text)], &sources);
    }
}
