//! What runs, under which conditions, and whose output is run.

use super::*;

#[test]
fn tells_what_runs_for_sure() {
    let table: &[(&str, bool)] = &[
        ("use", false),
        ("set -e; use", false),
        ("a && use", true),
        ("a || use", true),
        ("use && a", false),
        ("use || true", false),
        ("if use; then a; fi", false),
        ("if a; then use; fi", true),
        ("if a; then b; elif c; then d; else use; fi", true),
        ("case x in x) use;; esac", true),
        ("for i in a b; do use; done", false),
        ("for i in $LIST; do use; done", true),
        ("for i in *; do use; done", true),
        ("while true; do use; break; done", false),
        ("while a; do use; done", true),
        ("while use; do a; done", false),
        ("f() { use; }", true),
        ("f() { use; }; f", false),
        ("f() { use; }; a && f", true),
        ("f() { use; }; a && f; f", false),
        ("g() { f; }; f() { use; }; g", false),
        ("f() { a && use; }; f", true),
        ("f() { use; f; }", true),
        ("{ use; } | (a)", false),
        ("X=$(use)", false),
    ];
    for (text, wanted) in table {
        let script = read(text);
        assert_eq!(script.is_guarded(find(&script, "use")), *wanted, "{text}");
    }
    let script = read("use & other");
    assert!(find(&script, "use").is_background);
    assert!(!find(&script, "other").is_background);
}

/// `GL` stands for the login that only version 1 has.
#[test]
fn knows_the_branch_of_cli_version_1() {
    const GL: &str = "$(aws ecr get-login --no-include-email)";
    let table: &[(&str, bool)] = &[
        ("GL", false),
        (
            "V=$(aws --version 2>&1 | cut -d/ -f2 | cut -d. -f1)\nlogin() {\n if [ $V -gt 1 ]; then\n aws ecr get-login-password | docker login -u AWS --password-stdin h\n else\n GL\n fi\n}\nlogin\n",
            true,
        ),
        (
            "V=$(aws --version)\nif [[ ${V} == 1 ]]\nthen\n GL\nelse\n x\nfi",
            true,
        ),
        (
            "V=$(aws --version)\nif [[ ${V} == 2 ]]\nthen\n GL\nfi",
            false,
        ),
        (
            "V=$(aws --version); M=${V%%.*}; if [ \"$M\" = \"aws-cli/1\" ]; then GL; fi",
            true,
        ),
        ("if aws --version | grep -q aws-cli/1; then GL; fi", true),
        (
            "if aws --version | grep -q aws-cli/2; then x; else GL; fi",
            true,
        ),
        ("if aws --version | grep -q aws-cli/2; then GL; fi", false),
        (
            "if ! aws --version 2>&1 | grep -q 'aws-cli/2'; then GL; fi",
            true,
        ),
        (
            "if [[ \"$(aws --version)\" =~ aws-cli/1 ]]; then GL; fi",
            true,
        ),
        ("aws --version | grep aws-cli/1 && GL", true),
        (
            "if aws ecr get-login-password >/dev/null 2>&1; then x; else GL; fi",
            true,
        ),
        ("if aws ecr get-login-password help; then GL; fi", false),
        (
            "aws ecr get-login-password | docker login -u AWS --password-stdin h || GL",
            true,
        ),
        (
            "aws ecr get-login-password | docker login -u AWS --password-stdin h && GL",
            false,
        ),
        (
            "if aws ecr help | grep -q get-login-password; then x; else GL; fi",
            true,
        ),
        ("case \"$(aws --version)\" in aws-cli/1*) GL;; esac", true),
        ("case \"$(aws --version)\" in aws-cli/2*) GL;; esac", false),
        (
            "case \"$(aws --version)\" in aws-cli/2*) x;; *) GL;; esac",
            true,
        ),
        (
            "if [ \"$AWS_CLI_VERSION\" -gt 1 ]; then x; else GL; fi",
            true,
        ),
        (
            "old() { GL; }\nif [ \"$AWS_CLI_VERSION\" -lt 2 ]; then old; fi",
            true,
        ),
        (
            "old() { GL; }\nif [ \"$AWS_CLI_VERSION\" -lt 2 ]; then old; fi\nold",
            false,
        ),
        (
            "aws ecr get-login-password >t; if [ $? -ne 0 ]; then GL; fi",
            true,
        ),
        ("if [ \"$ENV\" = 1 ]; then GL; fi", false),
        ("if docker info; then GL; fi", false),
        ("aws --version; GL", false),
        ("aws --version && GL", true),
    ];
    for (text, wanted) in table {
        let text = text.replace("GL", GL);
        let script = read(&text);
        assert!(!script.is_broken, "{text}");
        let login = find(&script, "aws ecr get-login");
        assert!(login.is_executed, "{text}");
        assert_eq!(script.is_for_cli_v1(login), *wanted, "{text}");
    }
}

#[test]
fn knows_which_output_is_run() {
    let run = [
        "$(use a)",
        "sudo $(use a)",
        "`use a`",
        "eval $(use a)",
        "eval \"$(use a)\"",
        "X=$(use a); $X",
        "X=$(use a | sed 's/-e none//g'); eval \"$X\"",
        "use a | sh",
        "use a | sed x | sudo bash -",
        "use a | bash -s -- x",
        "bash -c \"$(use a)\"",
        "bash <<< \"$(use a)\"",
        "sh <(use a)",
        "source <(use a)",
        "use a | source /dev/stdin",
        "echo $(use a) | bash",
    ];
    for text in run {
        let script = read(text);
        assert!(find(&script, "use").is_executed, "{text}");
    }
    let not_run = [
        "use a",
        "echo $(use a)",
        "X=$(use a); echo $X",
        "use a | docker login",
        "use a | sh script.sh",
        "bash script.sh $(use a)",
        "bash -c x $(use a)",
        "./$(use a)",
    ];
    for text in not_run {
        let script = read(text);
        assert!(!find(&script, "use").is_executed, "{text}");
    }
}

#[test]
fn functions_that_run_their_arguments_are_seen_through() {
    let script = read(
        "retry() { n=$1; shift; until \"$@\"; do sleep 1; done; }\nretry 3 docker push a:b\nretry 5 docker push a:c",
    );
    let pushes: Vec<String> = shown(&script)
        .into_iter()
        .filter(|shown| shown.contains("push") && !shown.contains("retry"))
        .collect();
    assert_eq!(pushes, ["[docker] [push] [a:b]", "[docker] [push] [a:c]"]);
    let wrappers: Vec<String> = find(&script, "docker push")
        .wrappers
        .iter()
        .map(|word| word.value.to_string())
        .collect();
    assert_eq!(wrappers, ["retry", "3"]);
}
