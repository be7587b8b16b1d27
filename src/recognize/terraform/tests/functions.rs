//! Functions, each with what Terraform answers.

use super::{evaluated, expression, local};

#[test]
fn functions_answer_as_terraform_does() {
    for (text, expected) in [
        (
            "format(\"%s-%03d-%v%%\", \"a\", 7, true)",
            "\"a-007-true%\"",
        ),
        ("format(\"%[2]s%[1]s\", \"a\", \"b\")", "\"ba\""),
        (
            "formatlist(\"%s/%s\", [\"a\", \"b\"], \"c\")",
            "[\"a/c\", \"b/c\"]",
        ),
        ("join(\",\", [\"a\", \"b\"])", "\"a,b\""),
        ("split(\"/\", \"a/b\")", "[\"a\", \"b\"]"),
        ("replace(\"a-b-c\", \"-\", \"_\")", "\"a_b_c\""),
        (
            "replace(\"https://x.y\", \"/https:\\\\/\\\\//\", \"\")",
            "\"x.y\"",
        ),
        ("lower(\"AB\")", "\"ab\""),
        ("upper(\"ab\")", "\"AB\""),
        ("title(\"ab cd\")", "\"Ab Cd\""),
        ("trimspace(\" a \")", "\"a\""),
        ("trimprefix(\"https://a\", \"https://\")", "\"a\""),
        ("trimsuffix(\"a.git\", \".git\")", "\"a\""),
        ("trim(\"xxaxx\", \"x\")", "\"a\""),
        ("substr(\"hello\", 1, 3)", "\"ell\""),
        ("substr(\"hello\", -3, -1)", "\"llo\""),
        ("element([\"a\", \"b\"], 3)", "\"b\""),
        ("lookup({ a = 1 }, \"b\", 2)", "2"),
        ("keys({ b = 1, a = 2 })", "[\"a\", \"b\"]"),
        ("values({ b = 1, a = 2 })", "[2, 1]"),
        ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
        ("tostring(5)", "\"5\""),
        ("tonumber(\"5\")", "5"),
        ("flatten([[1, [2]], 3])", "[1, 2, 3]"),
        ("compact([\"a\", \"\", null])", "[\"a\"]"),
        ("distinct([\"a\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
        ("coalesce(null, \"\", \"a\")", "\"a\""),
        ("coalescelist([], [1])", "[1]"),
        ("try({ a = 1 }.b, \"no\")", "\"no\""),
        ("try([1, 2][5], null)", "null"),
        ("can({ a = 1 }.b)", "false"),
        ("can({ a = 1 }.a)", "true"),
        ("length([1, 2])", "2"),
        ("length(\"héy\")", "3"),
        ("contains([\"a\"], \"a\")", "true"),
        ("zipmap([\"a\", \"b\"], [1, 2])", "{a: 1, b: 2}"),
        (
            "setproduct([\"a\", \"b\"], [1])",
            "[[\"a\", 1], [\"b\", 1]]",
        ),
        ("range(1, 4)", "[1, 2, 3]"),
        ("merge({ a = 1, b = 1 }, { b = 2 }, null)", "{a: 1, b: 2}"),
        ("concat([1], [2])", "[1, 2]"),
        ("max(1, 3, 2)", "3"),
        ("min([3, 1]...)", "1"),
        ("one([])", "null"),
        ("one([\"a\"])", "\"a\""),
        ("sort([\"b\", \"a\"])", "[\"a\", \"b\"]"),
        ("reverse([1, 2])", "[2, 1]"),
        ("startswith(\"abc\", \"ab\")", "true"),
        ("endswith(\"abc\", \"bd\")", "false"),
        ("base64encode(\"hello\")", "\"aGVsbG8=\""),
        ("base64decode(\"aGVsbG8=\")", "\"hello\""),
        ("jsonencode({ a = [1, true, null, \"x\"] }).a[3]", "\"x\""),
        (
            "\"${jsonencode({ a = [1, \"x\"] })}!\"",
            "\"{\\\"a\\\":[1,\\\"x\\\"]}!\"",
        ),
        ("jsondecode(\"{\\\"a\\\": [1]}\").a[0]", "1"),
        ("yamldecode(\"a: [x, 1]\\n\")", "{a: [\"x\", 1]}"),
        ("setunion([\"b\"], [\"a\"])", "[\"a\", \"b\"]"),
        ("setsubtract([\"a\", \"b\"], [\"a\"])", "[\"b\"]"),
        ("slice([1, 2, 3], 1, 3)", "[2, 3]"),
        ("index([\"a\", \"b\"], \"b\")", "1"),
        ("alltrue([true, true])", "true"),
        ("anytrue([false])", "false"),
        ("basename(\"a/b.json\")", "\"b.json\""),
        ("basename(abspath(\"./mod/x\"))", "\"x\""),
        ("dirname(\"a/b.json\")", "\"a\""),
        ("nonsensitive(sensitive(\"a\"))", "\"a\""),
        ("uuid()", "<.|uuid(): Function>"),
        (
            "cidrsubnet(\"10.0.0.0/16\", 8, 1)",
            "<.|cidrsubnet(\"10.0.0.0/16\", 8, 1): Function>",
        ),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn functions_of_what_is_partly_known() {
    for (text, expected) in [
        (
            "join(\":\", [\"arn\", var.x, \"y\"])",
            "\"arn:<.|var.x>:y\"",
        ),
        ("format(\"%s/app\", var.x)", "\"<.|var.x>/app\""),
        (
            "trimsuffix(\"${var.x}-app.git\", \".git\")",
            "\"<.|var.x>-app\"",
        ),
        ("lower(var.x)", "<.|lower(var.x): Function>"),
        ("merge({ a = 1 }, var.x, { b = 2 }).b", "2"),
        ("concat([\"a\"], var.x)", "[\"a\", <.|var.x[*]: Input>]"),
        (
            "length(concat([\"a\"], var.x))",
            "<.|length(concat([\"a\"], var.x)): Function>",
        ),
        ("contains([\"a\", var.x], \"a\")", "true"),
        (
            "coalesce(var.x, \"a\")",
            "<.|coalesce(var.x, \"a\"): Function>",
        ),
        ("coalesce(\"a-${var.x}\", \"a\")", "\"a-<.|var.x>\""),
        ("compact([\"a\", var.x])", "[\"a\", <.|var.x[*]: Input>]"),
        ("var.x == null", "<.|var.x == null: Function>"),
        ("\"a${var.x}\" == \"b\"", "false"),
        ("base64encode(var.x)", "<.|base64encode(var.x): Function>"),
    ] {
        let tree = format!("variable \"x\" {{}}\nlocals {{\n  x = {text}\n}}\n");
        assert_eq!(local(&tree), expected, "{text}");
    }
}

#[test]
fn files_of_the_tree_are_read_with_their_places() {
    let tree = evaluated(&[
        (
            "infra/main.tf",
            "variable \"a\" {}\nresource \"aws_x\" \"x\" {\n  a = jsondecode(file(\"${path.module}/policies/p.json\"))\n  b = templatefile(\"${path.module}/t.tftpl\", { name = \"n\", account = var.a, list = [1, 2] })\n  c = file(\"missing.txt\")\n  d = jsondecode(templatefile(\"t.tftpl\", { name = \"n\", account = var.a, list = [] }))\n}\n",
        ),
        ("infra/policies/p.json", "{\"Action\": [\"ecr:*\"]}"),
        (
            "infra/t.tftpl",
            "{\"name\": \"${name}\", \"arn\": \"a:${account}:b\", \"l\": \"%{ for v in list }${v}%{ endfor }\"}",
        ),
    ]);
    let action = tree.value("aws_x.x", "a").get("Action").expect("Action");
    let first = action.items().first().expect("an item");
    assert_eq!(tree.source(first), "\"ecr:*\"");
    assert_eq!(tree.sources.path(first.loc.file), "infra/policies/p.json");
    assert_eq!(
        tree.shown("aws_x.x", "b"),
        "\"{\\\"name\\\": \\\"n\\\", \\\"arn\\\": \\\"a:<infra|var.a>:b\\\", \\\"l\\\": \\\"12\\\"}\""
    );
    assert_eq!(tree.shown("aws_x.x", "c"), "<file missing.txt: Elsewhere>");
    let d = tree.value("aws_x.x", "d");
    let arn = d.get("arn").expect("arn");
    assert_eq!(tree.source(arn), "\"a:${account}:b\"");
    assert_eq!(tree.sources.path(arn.loc.file), "infra/t.tftpl");
}
