//! What configurations come to: each test is a small tree and what its resources say.

mod documents;
mod functions;
mod modules;
mod plans;

use super::instance::Instance;
use super::plan;
use super::{instances, is_named, parse};
use crate::model::template::Piece;
use crate::recognize::{Subject, placeholders};
use crate::source::{SourceFile, SourceMap};
use crate::tree::{Node, NodeKind, json};

/// A tree of files, evaluated and joined with the plans in it.
struct Evaluated {
    sources: SourceMap,
    instances: Vec<Instance>,
}

fn evaluated(files: &[(&str, &str)]) -> Evaluated {
    let mut sources = SourceMap::new();
    let mut parsed = Vec::new();
    let mut plans = Vec::new();
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    for (path, text) in sorted {
        let id = sources.add(SourceFile::new(path, text));
        if is_named(path) {
            let file = parse(id, path, text);
            assert_eq!(file.hcl.problems, [], "{path}");
            parsed.push(file);
        }
        for document in &json::parse(id, text).documents {
            let subject = Subject {
                path,
                text,
                document,
            };
            if plan::recognizes(&subject) {
                plans.extend(plan::read(&subject));
            }
        }
    }
    let instances = plan::join(instances(&parsed, &sources), plans);
    Evaluated { sources, instances }
}

impl Evaluated {
    fn instance(&self, address: &str) -> &Instance {
        let found = self.instances.iter().find(|one| one.address == address);
        found.unwrap_or_else(|| {
            let all: Vec<_> = self.instances.iter().map(|one| &one.address).collect();
            panic!("{address} is not among {all:?}")
        })
    }

    fn addresses(&self) -> Vec<String> {
        self.instances
            .iter()
            .map(|one| {
                let sure = if one.origin.is_certain { "" } else { "?" };
                format!("{}{sure}", one.address)
            })
            .collect()
    }

    fn value(&self, address: &str, argument: &str) -> &Node<'static> {
        let body = &self.instance(address).body;
        body.get(argument)
            .unwrap_or_else(|| panic!("{address} has no {argument}: {}", shown(body)))
    }

    /// The argument as text; see [`shown`].
    fn shown(&self, address: &str, argument: &str) -> String {
        shown(self.value(address, argument))
    }

    fn source(&self, node: &Node<'_>) -> &str {
        self.sources.slice(node.loc)
    }
}

/// The value of the local `x` of a root module with this text.
fn local(text: &str) -> String {
    let with_use = format!("{text}\nresource \"aws_x\" \"x\" {{\n  x = local.x\n}}\n");
    evaluated(&[("main.tf", &with_use)]).shown("aws_x.x", "x")
}

/// The value of an expression.
fn expression(text: &str) -> String {
    local(&format!("locals {{\n  x = {text}\n}}\n"))
}

/// A value in one line; what is unknown in angle brackets, by its name and reason.
fn shown(node: &Node<'_>) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_string(),
        NodeKind::Bool(is) => is.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::Unknown(unknown) => format!("<{}: {:?}>", unknown.name, unknown.why),
        NodeKind::Text(_) => {
            let template = placeholders::of_node(node, |text| text.into()).expect("a text");
            let pieces = template.pieces().iter().map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Hole(hole) => format!("<{}>", hole.name),
            });
            format!("{:?}", pieces.collect::<String>())
        }
        NodeKind::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|entry| format!("{}: {}", entry.key.value, shown(&entry.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[test]
fn literals_know_their_bytes() {
    let tree = evaluated(&[(
        "main.tf",
        "resource \"aws_x\" \"x\" {\n  a = \"b\\\"c\"\n  list = [1, \"two\"]\n  nested {\n    key = true\n  }\n  nested {\n    key = false\n  }\n}\n",
    )]);
    assert_eq!(tree.shown("aws_x.x", "a"), "\"b\\\"c\"");
    assert_eq!(tree.source(tree.value("aws_x.x", "a")), "\"b\\\"c\"");
    assert_eq!(tree.shown("aws_x.x", "list"), "[1, \"two\"]");
    assert_eq!(
        tree.shown("aws_x.x", "nested"),
        "[{key: true}, {key: false}]"
    );
    let one = tree.instance("aws_x.x");
    assert_eq!(one.id, ".|aws_x.x");
    assert!(one.origin.is_certain);
    assert!(tree.sources.slice(one.origin.loc).starts_with("resource"));
    let key = one.body.entry("nested").expect("nested").key.loc;
    assert_eq!(tree.sources.slice(key), "nested");
}

#[test]
fn references_are_followed_and_both_places_kept() {
    let tree = evaluated(&[
        (
            "main.tf",
            "locals {\n  a = \"${var.x}-app\"\n}\nresource \"aws_x\" \"x\" {\n  a = local.a\n  b = var.x\n  c = [for v in local.list : v]\n}\n",
        ),
        (
            "variables.tf",
            "variable \"x\" {\n  default = \"dev\"\n}\nlocals {\n  list = [\"p\", \"q\"]\n}\n",
        ),
    ]);
    assert_eq!(tree.shown("aws_x.x", "a"), "\"dev-app\"");
    let b = tree.value("aws_x.x", "b");
    assert_eq!(tree.source(b), "\"dev\"");
    assert_eq!(tree.sources.slice(b.place()), "var.x");
    let a = tree.value("aws_x.x", "a");
    assert_eq!(tree.sources.slice(a.place()), "local.a");
    assert_eq!(tree.source(a), "\"${var.x}-app\"");
    let text = a.as_text().expect("a text");
    let slice = |range| {
        let loc = crate::source::Loc::new(a.loc.file, text.file_span(range));
        tree.sources.slice(loc)
    };
    assert_eq!(slice(3..7), "-app");
    assert_eq!(slice(0..3), "${var.x}");
}

#[test]
fn what_is_not_known_has_a_name_and_a_reason() {
    let text = "variable \"x\" {}\nresource \"aws_y\" \"y\" {}\nlocals {\n  a = \"pre-${var.x}\"\n  loop = local.pool\n  pool = local.loop\n}\nresource \"aws_x\" \"x\" {\n  a = local.a\n  b = local.loop\n  c = aws_y.y.arn\n  d = var.missing\n  e = sha1(\"x\")\n  f = aws_y.z.arn\n  g = terraform.workspace\n  h = var.x ? 1 : 2\n  i = var.x ? 1 : 1\n  j = var.x.y[0]\n}\n";
    let tree = evaluated(&[("infra/main.tf", text)]);
    for (argument, expected) in [
        ("a", "\"pre-<infra|var.x>\""),
        ("b", "<infra|local.loop: TooComplex>"),
        ("c", "<infra|aws_y.y.arn: DeployTime>"),
        ("d", "<infra|var.missing: Undeclared>"),
        ("e", "<infra|sha1(\"x\"): Function>"),
        ("f", "<infra|aws_y.z.arn: Undeclared>"),
        ("g", "<infra|terraform.workspace: Input>"),
        ("h", "<infra|var.x ? 1 : 2: Condition>"),
        ("i", "1"),
        ("j", "<infra|var.x.y[0]: Input>"),
    ] {
        assert_eq!(tree.shown("aws_x.x", argument), expected, "{argument}");
    }
}

#[test]
fn operators_and_conditionals() {
    for (text, expected) in [
        ("1 + 2 * 3", "7"),
        ("7 % 4 == 3 && !false", "true"),
        ("-(2 - 5) / 2", "1.5"),
        ("\"a\" == \"b\" ? \"x\" : \"y\"", "\"y\""),
        ("true || var.nothing", "true"),
        ("null == null", "true"),
        ("[1, 2] == [1, 2]", "true"),
        ("{ a = 1 } != { a = 2 }", "true"),
        ("(1 > 0) ? \"big\" : \"small\"", "\"big\""),
        ("aws_y.y.id == \"\"", "<.|aws_y.y.id == \"\": Function>"),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
    let either = "variable \"e\" {}\nlocals {\n  all = { dev = { n = \"a\", i = 1 }, prod = { n = \"a\", i = 2 } }\n  x = [local.all[var.e], lookup(local.all, var.e, null), var.e ? { a = 1, b = 2 } : { a = 1, b = 3 }]\n}\n";
    assert_eq!(
        local(either),
        "[{n: \"a\", i: <.|local.all[var.e].i: Condition>}, <.|lookup(local.all, var.e, null): Condition>, {a: 1, b: <.|var.e ? { a = 1, b = 2 } : { a = 1, b = 3 }.b: Condition>}]"
    );
    let known = "resource \"aws_y\" \"y\" {}\nlocals {\n  x = aws_y.y.id != \"\" ? aws_y.y.id : \"none\"\n}\n";
    assert_eq!(local(known), "<.|aws_y.y.id: DeployTime>");
}

#[test]
fn loops_and_splats() {
    for (text, expected) in [
        (
            "[for k, v in { b = 2, a = 1 } : \"${k}=${v}\"]",
            "[\"a=1\", \"b=2\"]",
        ),
        (
            "{ for v in [\"p\", \"q\"] : v => upper(v) if v != \"q\" }",
            "{p: \"P\"}",
        ),
        (
            "{ for v in [\"ab\", \"ac\", \"bc\"] : substr(v, 0, 1) => v... }",
            "{a: [\"ab\", \"ac\"], b: [\"bc\"]}",
        ),
        ("[for i, v in [\"a\"] : i]", "[0]"),
        (
            "[{ a = [{ b = 1 }] }, { a = [{ b = 2 }] }][*].a[0].b",
            "[1, 2]",
        ),
        ("[{ a = 1 }].0.a", "1"),
        ("null[*]", "[]"),
        ("{ (\"x-${1}\") = 2, \"y\" = 3 }", "{x-1: 2, y: 3}"),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
    let unknown =
        "variable \"l\" {}\nlocals {\n  x = concat([\"a\"], [for v in var.l : \"b${v}\"])\n}\n";
    assert_eq!(
        local(unknown),
        "[\"a\", <.|[for v in var.l : \"b${v}\"][*]: Function>]"
    );
}

#[test]
fn templates_keep_their_bytes_and_their_holes() {
    let text = "variable \"a\" {}\nlocals {\n  x = <<-EOT\n    {\n      \"Resource\": \"arn:aws:ecr:eu-west-1:${var.a}:repository/x\",\n      \"List\": ${jsonencode([\"p\"])},\n      \"Any\": ${var.a}\n    }\n  EOT\n}\nresource \"aws_x\" \"x\" {\n  x = jsondecode(local.x)\n  y = \"%{ if true }yes%{ else }no%{ endif }-%{ for v in [1, 2] ~} ${v},%{ endfor }\"\n}\n";
    let tree = evaluated(&[("main.tf", text)]);
    assert_eq!(
        tree.shown("aws_x.x", "x"),
        "{Resource: \"arn:aws:ecr:eu-west-1:<.|var.a>:repository/x\", List: [\"p\"], Any: <.|var.a: Input>}"
    );
    assert_eq!(tree.shown("aws_x.x", "y"), "\"yes-1,2,\"");
    let resource = tree
        .value("aws_x.x", "x")
        .get("Resource")
        .expect("an entry");
    assert_eq!(
        tree.source(resource),
        "\"arn:aws:ecr:eu-west-1:${var.a}:repository/x\""
    );
}

#[test]
fn a_text_that_unknown_parts_keep_from_being_json_is_not_known() {
    let text = "variable \"a\" {}\nlocals {\n  x = <<-EOT\n    [\n      %{ for v in var.a ~}\n      \"${v}\",\n      %{ endfor ~}\n      \"last\"\n    ]\n  EOT\n}\n";
    let found = local(text);
    assert!(found.ends_with(": Function>"), "{found}");
    assert_eq!(
        local("variable \"a\" {}\nlocals {\n  x = \"[${var.a}, 1]\"\n}\n"),
        "\"[<.|var.a>, 1]\""
    );
}

#[test]
fn dynamic_blocks_are_expanded() {
    let text = "variable \"l\" {}\nresource \"aws_x\" \"x\" {\n  rule {\n    n = 0\n  }\n  dynamic \"rule\" {\n    for_each = { a = 1, b = 2 }\n    content {\n      n = rule.value\n      k = rule.key\n    }\n  }\n  dynamic \"other\" {\n    for_each = var.l\n    iterator = it\n    content {\n      n = it.value\n    }\n  }\n  dynamic \"third\" {\n    for_each = [\"q\"]\n    iterator = it\n    content {\n      n = it.value\n    }\n  }\n}\n";
    let tree = evaluated(&[("main.tf", text)]);
    assert_eq!(
        tree.shown("aws_x.x", "rule"),
        "[{n: 0}, {n: 1, k: \"a\"}, {n: 2, k: \"b\"}]"
    );
    assert!(tree.shown("aws_x.x", "other").starts_with("[<.|dynamic"));
    assert_eq!(tree.shown("aws_x.x", "third"), "[{n: \"q\"}]");
}

#[test]
fn hostile_configurations_end() {
    let mut doubling = String::from("locals {\n  a0 = [\"x\", \"y\"]\n  t0 = \"xxxxxxxx\"\n");
    for at in 1..60 {
        let before = at - 1;
        doubling += &format!(
            "  a{at} = [local.a{before}, local.a{before}]\n  t{at} = \"${{local.t{before}}}${{local.t{before}}}\"\n"
        );
    }
    doubling += "}\nresource \"aws_x\" \"x\" {\n  a = local.a59\n  t = local.t59\n}\n";
    let tree = evaluated(&[("main.tf", &doubling)]);
    assert!(tree.shown("aws_x.x", "a").contains("TooComplex"));
    assert!(tree.shown("aws_x.x", "t").contains(".t"));

    let mut chain = String::from("locals {\n  a0 = 1\n");
    for at in 1..3000 {
        chain += &format!("  a{at} = local.a{} + 1\n", at - 1);
    }
    chain += "}\nresource \"aws_x\" \"x\" {\n  a = local.a2999\n}\n";
    let tree = std::thread::Builder::new()
        .stack_size(super::STACK)
        .spawn(move || evaluated(&[("main.tf", &chain)]).shown("aws_x.x", "a"))
        .expect("a thread");
    assert!(tree.join().expect("no panic").starts_with('<'));

    let many = "resource \"aws_x\" \"x\" {\n  count = 100000\n}\nresource \"aws_y\" \"y\" {\n  for_each = toset([for a in range(1000) : \"k${a}\"])\n}\nlocals {\n  l = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]\n}\nresource \"aws_z\" \"z\" {\n  l = length(local.l)\n}\n";
    let tree = evaluated(&[("main.tf", many)]);
    assert_eq!(tree.addresses().len(), 1002);
    assert_eq!(
        tree.addresses().first().map(String::as_str),
        Some("aws_x.x[*]?")
    );
}
