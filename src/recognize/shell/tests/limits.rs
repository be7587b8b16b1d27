//! No text crashes the reader or keeps it busy.

use super::*;
use proptest::prelude::*;

#[test]
fn broken_text_keeps_what_can_be_read() {
    let script = read("docker push a:b\nif then (\n");
    assert!(script.is_broken);
    assert_eq!(show(find(&script, "docker push")), "[docker] [push] [a:b]");
    for text in [
        "echo \"never closed",
        "cat <<EOF\nx",
        "$(",
        "a | | b",
        "\0",
        "x\0y",
        "case",
        "f() {",
    ] {
        let script = read(text);
        check_spans(text, &script);
        assert!(script.is_broken || text.starts_with("cat"), "{text:?}");
    }
}

#[test]
fn limits_hold() {
    assert!(read(&"a\n".repeat(200_000)).is_broken);
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}x{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        deep("$(", ")", 5_000),
        deep("a $(", ")", 5_000),
        deep("(", ")", 5_000),
        deep("{ ", ";}", 5_000),
        deep("\"$(echo ", ")\"", 2_000),
        deep("${a:-", "}", 5_000),
        deep("if a; then ", "; fi", 3_000),
        deep("! ", "", 5_000),
        deep("<(", ")", 5_000),
        deep("`", "", 5_000),
        deep("f() { ", "; }", 3_000),
        "$(".repeat(50_000),
        "((".repeat(50_000),
        "${{".repeat(50_000),
        "{{".repeat(20_000),
        "<%".repeat(20_000),
        "cat <<E\n".repeat(5_000),
        "'\"".repeat(50_000),
    ] {
        let script = read(&text);
        check_spans(&text, &script);
    }
    // Long but flat is fine.
    for text in [
        "a && ".repeat(5_000) + "a",
        "a | ".repeat(5_000) + "a",
        "a >f && ".repeat(5_000) + "a",
        "a\n".repeat(20_000),
        "x=1;".repeat(10_000),
        "f(){ a;};".repeat(5_000) + "f",
    ] {
        let script = read(&text);
        assert!(!script.is_broken, "{}", &text[..20]);
        check_spans(&text, &script);
    }
    // Values that double with every line stay small.
    let bomb = "A=ab\n".to_string() + &"A=$A$A\n".repeat(64) + "use $A";
    let script = read(&bomb);
    assert!(find(&script, "use").words[1].value.to_string().len() < 10_000);
    let copies = format!("A={}\n{}", "x".repeat(4_000), "use $A\n".repeat(20_000));
    let script = read(&copies);
    let total: usize = script
        .commands
        .iter()
        .map(|command| show(command).len())
        .sum();
    assert!(total < 8_000_000, "{total}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        check_spans(&text, &read(&text));
    }

    #[test]
    fn no_script_like_text_panics(parts in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..60)) {
        let text = parts.concat();
        check_spans(&text, &read(&text));
    }
}

/// What shell scripts are made of, and what trips readers of them.
const FRAGMENTS: &[&str] = &[
    " ",
    " ",
    " ",
    "\n",
    "\n",
    ";",
    "&",
    "&&",
    "||",
    "|",
    "|&",
    "\\\n",
    "\r\n",
    "\t",
    "a",
    "b",
    "X",
    "é",
    "docker push ",
    "aws ecr get-login",
    "$X",
    "${X}",
    "${X:-",
    "${#X}",
    "${X##*/}",
    "}",
    "$(",
    "(",
    ")",
    "`",
    "<(",
    "((",
    "))",
    "$((",
    "'",
    "\"",
    "$'",
    "$\"",
    "\\",
    "#",
    "=",
    "X=",
    "export ",
    "local ",
    "unset ",
    "if ",
    "then ",
    "elif ",
    "else ",
    "fi",
    "case ",
    " in ",
    "esac",
    ";;",
    "*)",
    "for ",
    "while ",
    "until ",
    "do ",
    "done",
    "{ ",
    "; }",
    "f() ",
    "function f ",
    "f ",
    "[ ",
    " ]",
    "[[ ",
    " ]]",
    "!",
    "<<EOF",
    "<<-'EOF'",
    "\nEOF\n",
    "<<<",
    "<",
    ">",
    ">>",
    "2>&1",
    ">&2",
    "&>",
    "${{ a }}",
    "${{",
    "}}",
    "{{ b }}",
    "<% c %>",
    "\0",
    "\u{feff}",
    "$@",
    "\"$@\"",
    "$1",
    "$?",
    "shift",
    "source x",
    "eval ",
    "sudo ",
    "env ",
    "timeout ",
    "--",
    "-x",
    "1",
    "~",
    "*",
    "[a]",
    "=(",
    "+=",
    "[1]=",
    ":=",
    "set -- ",
    "read X",
];
