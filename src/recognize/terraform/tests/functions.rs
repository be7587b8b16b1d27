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
        ("sha1(\"a\")", "<.|sha1(\"a\"): Function>"),
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

#[test]
fn functions_of_patterns_networks_and_arns() {
    for (text, expected) in [
        (
            r#"regex("[a-z]+", "53453453.345345aaabbbccc23454")"#,
            r#""aaabbbccc""#,
        ),
        (
            r#"regex("(\\d+)\\.dkr\\.ecr\\.(?:[^.]+)\\.(.*)", "1.dkr.ecr.eu.x")"#,
            r#"["1", "x"]"#,
        ),
        (
            r#"regex("^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<host>[^/?#]*))?", "https://a.b/c").host"#,
            r#""a.b""#,
        ),
        (r#"try(regex("^x", "abc"), "none")"#, r#""none""#),
        (r#"regex("(", "abc")"#, r#"<.|regex("(", "abc"): Function>"#),
        (r#"regexall("b[ac]", "bab bc")"#, r#"["ba", "bc"]"#),
        (r#"length(regexall("z", "abc")) > 0"#, "false"),
        (r#"replace("a1b22", "/[0-9]+/", "-")"#, r#""a-b-""#),
        (r#"replace("a.b", "/(\\w)\\.(\\w)/", "$2.$1")"#, r#""b.a""#),
        (r#"cidrsubnet("10.0.0.0/16", 8, 1)"#, r#""10.0.1.0/24""#),
        (
            r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#,
            r#""fd00:fd12:3456:7800:a200::/72""#,
        ),
        (
            r#"cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)"#,
            r#"["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]"#,
        ),
        (r#"cidrhost("10.12.112.0/20", 268)"#, r#""10.12.113.12""#),
        (r#"cidrhost("10.12.112.0/20", -1)"#, r#""10.12.127.255""#),
        (r#"cidrnetmask("172.16.0.0/12")"#, r#""255.240.0.0""#),
        (r#"cidrcontains("10.0.0.0/8", "10.2.0.0/16")"#, "true"),
        (r#"try(cidrsubnet("10.0.0.0/31", 4, 0), "no")"#, r#""no""#),
        (
            r#"cidrsubnet(var.none, 8, 1)"#,
            "<.|cidrsubnet(var.none, 8, 1): Function>",
        ),
        (r#"parseint("ff", 16)"#, "255"),
        (r#"pow(2, 10) + log(100, 10) + signum(-3)"#, "1025"),
        (
            r#"matchkeys(["a", "b", "c"], [1, 2, 1], [1])"#,
            r#"["a", "c"]"#,
        ),
        (
            r#"transpose({ a = ["1", "2"], b = ["2"] })"#,
            r#"{1: ["a"], 2: ["a", "b"]}"#,
        ),
        (
            r#"csvdecode("a,b\n1,\"x, y\"\n")"#,
            r#"[{a: "1", b: "x, y"}]"#,
        ),
        (r#"urldecode(urlencode("a b/c"))"#, r#""a b/c""#),
        (
            r#"textdecodebase64(textencodebase64("hé", "UTF-8"), "UTF-8")"#,
            r#""hé""#,
        ),
        (r#"yamlencode({ a = ["x"] }).a[0]"#, r#""x""#),
        (
            r#"yamldecode("${yamlencode({ a = ["x"] })}").a"#,
            r#"["x"]"#,
        ),
        (
            r#"provider::aws::arn_build("aws", "iam", "", "111122223333", "role/x")"#,
            r#""arn:aws:iam::111122223333:role/x""#,
        ),
        (
            r#"provider::aws::arn_parse("arn:aws:iam::${var.a}:role/x:y").resource"#,
            r#""role/x:y""#,
        ),
        (
            r#"provider::aws::trim_iam_role_path("arn:aws:iam::1:role/a/b/x")"#,
            r#""arn:aws:iam::1:role/x""#,
        ),
        (
            r#"provider::time::now()"#,
            "<.|provider::time::now(): Function>",
        ),
        (r#"templatestring("a\"$${x}", { x = "y" })"#, r#""a\"y""#),
    ] {
        assert_eq!(expression(text), expected, "{text}");
    }
}

#[test]
fn hostile_patterns_end() {
    let long = "a".repeat(100_000);
    for (text, expected) in [
        (format!(r#"regex("(a*)*$", "{long}")"#), ": Function>"),
        (
            r#"regex("(((a{1000}){1000}){1000})", "a")"#.to_string(),
            ": Function>",
        ),
        (
            format!(
                r#"replace("{}", "/a/", "{}")"#,
                "a".repeat(60_000),
                "b".repeat(100)
            ),
            ": Function>",
        ),
        (
            format!(r#"cidrsubnet("10.0.0.0/0", {}, 1)"#, i64::MAX),
            ": Undeclared>",
        ),
        (
            r#"cidrsubnets("::/0", 128, 128)"#.to_string(),
            r#"["::/128", "::1/128"]"#,
        ),
        (r#"cidrhost("::/0", -1)"#.to_string(), ": Undeclared>"),
        (
            r#"parseint("99999999999999999999", 10)"#.to_string(),
            ": Undeclared>",
        ),
    ] {
        let found = expression(&text);
        assert!(
            found.ends_with(expected),
            "{} gives {found}",
            text.get(..60.min(text.len())).unwrap_or("")
        );
    }
}

#[test]
fn files_are_listed_by_pattern() {
    let tree = evaluated(&[
        (
            "infra/main.tf",
            r#"resource "aws_x" "x" {
  a = fileset("${path.module}/policies", "*.json")
  b = fileset(path.module, "**/*.json")
  c = fileset(path.module, "*.md")
  d = fileset("policies", "{b,c}.json")
  e = fileset(path.module, "none/*.json")
}
resource "aws_y" "y" {
  for_each = fileset("${path.module}/policies", "*.json")
  policy   = jsondecode(file("${path.module}/policies/${each.value}")).Action
}
"#,
        ),
        ("infra/policies/a.json", "{\"Action\": \"ecr:A\"}"),
        ("infra/policies/b.json", "{\"Action\": \"ecr:B\"}"),
        ("infra/policies/deep/c.json", "{}"),
        ("policies/d.json", "{}"),
    ]);
    for (argument, expected) in [
        ("a", r#"["a.json", "b.json"]"#),
        (
            "b",
            r#"["policies/a.json", "policies/b.json", "policies/deep/c.json"]"#,
        ),
        ("c", r#"<infra|fileset(path.module, "*.md"): Function>"#),
        ("d", r#"["b.json"]"#),
        (
            "e",
            r#"<infra|fileset(path.module, "none/*.json"): Function>"#,
        ),
    ] {
        assert_eq!(tree.shown("aws_x.x", argument), expected, "{argument}");
    }
    assert_eq!(tree.shown("aws_y.y[\"b.json\"]", "policy"), "\"ecr:B\"");
}

#[test]
fn texts_are_taken_apart_where_only_account_and_region_are_open() {
    let text = r#"resource "aws_ecr_repository" "r" {
  name = "team/app"
}
resource "aws_x" "x" {
  host = split("/", aws_ecr_repository.r.repository_url)[0]
  rest = slice(split("/", aws_ecr_repository.r.repository_url), 1, 3)
  arn  = element(split(":", aws_ecr_repository.r.arn), 5)
  any  = split("/", var.x)
}
"#;
    let tree = evaluated(&[("main.tf", text)]);
    for (argument, expected) in [
        ("host", r#""<.#account>.dkr.ecr.<.#region>.amazonaws.com""#),
        ("rest", r#"["team", "app"]"#),
        ("arn", r#""repository/team/app""#),
        ("any", r#"<.|split("/", var.x): Function>"#),
    ] {
        assert_eq!(tree.shown("aws_x.x", argument), expected, "{argument}");
    }
}
