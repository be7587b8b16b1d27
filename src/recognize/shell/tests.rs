//! Tests of the shell reader: realistic scripts, and what is read of them.

use super::*;
use crate::model::template::Template;
use proptest::prelude::*;

fn read(text: &str) -> Script {
    parse(text, &|_| None)
}

/// The commands as text: words in brackets, assignments before them.
fn shown(script: &Script) -> Vec<String> {
    script.commands.iter().map(show).collect()
}

fn show(command: &Command) -> String {
    let mut parts: Vec<String> = command
        .assignments
        .iter()
        .map(|one| format!("{}={}", one.name, one.value.value))
        .collect();
    parts.extend(command.words.iter().map(|word| format!("[{}]", word.value)));
    parts.join(" ")
}

fn find<'s>(script: &'s Script, start: &str) -> &'s Command {
    let index = index_of(script, start);
    &script.commands[index]
}

fn index_of(script: &Script, start: &str) -> usize {
    let wanted: Vec<&str> = start.split(' ').collect();
    script
        .commands
        .iter()
        .position(|command| {
            command.words.len() >= wanted.len()
                && command
                    .words
                    .iter()
                    .zip(&wanted)
                    .all(|(word, wanted)| word.value.to_string() == **wanted)
        })
        .unwrap_or_else(|| panic!("no `{start}` in {:#?}", shown(script)))
}

fn fed_by(command: &Command) -> &[usize] {
    match &command.stdin {
        Input::Pipe(feeders) => feeders,
        other => panic!("not fed by a pipe: {other:?}"),
    }
}

/// Every span lies in the text, on characters.
fn check_spans(text: &str, script: &Script) {
    let fine = |span: &std::ops::Range<usize>| {
        assert!(text.get(span.clone()).is_some(), "{span:?} of {text:?}")
    };
    for command in &script.commands {
        fine(&command.span);
        for word in command.words.iter().chain(&command.wrappers) {
            fine(&word.span);
        }
        for one in &command.assignments {
            fine(&one.span);
            fine(&one.value.span);
        }
        match &command.stdin {
            Input::HereString(word) | Input::HereDocument(word) | Input::File(word) => {
                fine(&word.span)
            }
            Input::Pipe(feeders) => assert!(feeders.iter().all(|one| *one < script.commands.len())),
            Input::Inherited => {}
        }
        if let Output::File(word) = &command.stdout {
            fine(&word.span);
        }
        assert!(command.guard.is_none_or(|at| at < script.guards.len()));
        assert!(
            command
                .within
                .is_none_or(|at| at < script.substitutions.len())
        );
    }
    for guard in &script.guards {
        fine(&guard.span);
        assert!(guard.commands.end <= script.commands.len());
    }
    for one in &script.substitutions {
        fine(&one.span);
        assert!(one.commands.end <= script.commands.len());
        if let Place::Word { command, word } = one.place {
            assert!(script.commands[command].words.len() > word);
        }
    }
    for command in &script.commands {
        // Questions about any command end.
        let _ = (script.is_guarded(command), script.is_for_cli_v1(command));
    }
}

/// Scripts, and the commands they must be read as.
#[test]
fn reads_words_and_order() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("# nothing\n", &[]),
        ("docker push a:b # to staging", &["[docker] [push] [a:b]"]),
        ("a;b\nc & d", &["[a]", "[b]", "[c]", "[d]"]),
        (
            "docker build -t x . && docker push x || exit 1",
            &[
                "[docker] [build] [-t] [x] [.]",
                "[docker] [push] [x]",
                "[exit] [1]",
            ],
        ),
        // Quotes.
        (
            r#"echo "a b"'c d'e\ f "\$x \"y\"" $'t\tn\'\x41\101\u00e9' $"hi""#,
            &["[echo] [a bc de f] [$x \"y\"] [t\tn'AAé] [hi]"],
        ),
        (
            r#"echo "" '' "$(true)""#,
            &["[true]", "[echo] [] [] [$(true)]"],
        ),
        (
            "echo a\\\nb 'c\\\nd' \"e\\\nf\"",
            &["[echo] [ab] [c\\\nd] [ef]"],
        ),
        // Line continuations.
        (
            "docker login \\\n  --username AWS \\\n  host",
            &["[docker] [login] [--username] [AWS] [host]"],
        ),
        (
            "docker login \\\r\n  --username AWS \\\r\n  host\r\ndone_\r\n",
            &["[docker] [login] [--username] [AWS] [host]", "[done_]"],
        ),
        ("a |\n  b | \\\n  c", &["[a]", "[b]", "[c]"]),
        // Folded text: the pipe begins what was a line.
        (
            "aws ecr get-login-password --region ${R} | docker login -u AWS --password-stdin ${H}\n",
            &[
                "[aws] [ecr] [get-login-password] [--region] [${R}]",
                "[docker] [login] [-u] [AWS] [--password-stdin] [${H}]",
            ],
        ),
        ("a \\\n  | b \\\n  && c", &["[a]", "[b]", "[c]"]),
        // Substitutions come before what needs them.
        (
            "docker push $(host -x `inner 1`)/app:$(git rev-parse HEAD)",
            &[
                "[inner] [1]",
                "[host] [-x] [`inner 1`]",
                "[git] [rev-parse] [HEAD]",
                "[docker] [push] [$(host -x `inner 1`)/app:$(git rev-parse HEAD)]",
            ],
        ),
        ("diff <(a) <(b)", &["[a]", "[b]", "[diff] [<(a)] [<(b)]"]),
        (
            "X=$(a) Y=2\nX=1 cmd a\nexport A=1 B=$(c) D",
            &[
                "[a]",
                "X=$(a) Y=2",
                "X=1 [cmd] [a]",
                "[c]",
                "A=1 B=$(c) [export] [D]",
            ],
        ),
        (
            "export 'A=b c' \"D=e\"; declare -x F=g; readonly H=i; local J",
            &[
                "A=b c D=e [export]",
                "F=g [declare] [-x]",
                "H=i [readonly]",
                "[local] [J]",
            ],
        ),
        ("unset A; A= ; A+=b", &["[unset] [A]", "A=", "A=b"]),
        // Redirections are no words.
        ("cmd 2>/dev/null arg >&2 <in more", &["[cmd] [arg] [more]"]),
        (">out cmd a", &["[cmd] [a]"]),
        ("cat <<EOF >f arg\nx\nEOF\nnext", &["[cat] [arg]", "[next]"]),
        ("cat <<< word | tr a b", &["[cat]", "[tr] [a] [b]"]),
        // Blocks.
        (
            "if a; then b; elif c; then d; else e; fi; f",
            &["[a]", "[b]", "[c]", "[d]", "[e]", "[f]"],
        ),
        ("case $x in a|b) c;; *) d;; esac", &["[c]", "[d]"]),
        (
            "for i in $(list); do use $i; done",
            &["[list]", "[use] [$i]"],
        ),
        (
            "while read l; do use \"$l\"; done < <(list)",
            &["[list]", "[read] [l]", "[use] [$l]"],
        ),
        (
            "until a; do b; done; for ((i=0;i<$(n);i++)); do c; done",
            &["[a]", "[b]", "[n]", "[c]"],
        ),
        (
            "{ a; b; }; (c; d); ! e",
            &["[a]", "[b]", "[c]", "[d]", "[e]"],
        ),
        (
            "[ -n \"$(a)\" ] && [[ $x == $(b) ]] && (( $(c) > 1 )) && d",
            &["[a]", "[b]", "[c]", "[d]"],
        ),
        // A function is read where it is called.
        (
            "f() { inner; }\nbefore\nf x\nafter",
            &["[before]", "[f] [x]", "[inner]", "[after]"],
        ),
        ("function f { inner; }\nafter", &["[after]", "[inner]"]),
        ("f() { g; }; g() { f; }; f", &["[f]", "[g]", "[f]"]),
        // Programs behind others.
        ("sudo -E -u ci docker push a", &["[docker] [push] [a]"]),
        (
            "sudo A=b env -u X C=d timeout -k 5 30 nice -n 5 docker push a",
            &["A=b C=d [docker] [push] [a]"],
        ),
        (
            "time docker push a; command docker pull a; exec docker run a; nohup x",
            &[
                "[docker] [push] [a]",
                "[docker] [pull] [a]",
                "[docker] [run] [a]",
                "[x]",
            ],
        ),
        (
            "aws-vault exec prod -- aws ecr get-login-password",
            &["[aws] [ecr] [get-login-password]"],
        ),
        (
            "command -v aws; sudo; env",
            &["[command] [-v] [aws]", "[sudo]", "[env]"],
        ),
        (
            "eval docker push $X; eval \"docker push a\"",
            &["[docker] [push] [$X]", "[eval] [docker push a]"],
        ),
        ("/usr/bin/env docker push a", &["[docker] [push] [a]"]),
        // Known text is split as the shell splits it, unless quoted.
        (
            "O='--region eu-west-1'; aws $O \"$O\" x",
            &[
                "O=--region eu-west-1",
                "[aws] [--region] [eu-west-1] [--region eu-west-1] [x]",
            ],
        ),
        ("E=; a $E b \"$E\"", &["E=", "[a] [b] []"]),
        // Other template languages.
        (
            "docker push {{ image }}:<%= tag %> %VAR%",
            &["[docker] [push] [{{ image }}:<%= tag %>] [%VAR%]"],
        ),
        (
            "docker inspect -f '{{ .Id }}' \"{{ .X }}\" {a,b}",
            &["[docker] [inspect] [-f] [{{ .Id }}] [{{ .X }}] [{a,b}]"],
        ),
        ("ls *.txt ~/x [a-z]", &["[ls] [*.txt] [~/x] [[a-z]]"]),
    ];
    for (text, wanted) in table {
        let script = read(text);
        assert!(!script.is_broken, "{text}");
        assert_eq!(shown(&script), *wanted, "{text}");
        check_spans(text, &script);
    }
}

#[test]
fn spans_slice_to_what_was_written() {
    let text = "é=1\r\nsudo AWS_REGION=eu-west-1 aws ecr \\\r\n  get-login-password 2>&1 | docker login -u \"AWS\" ${{ vars.HOST }} >/dev/null";
    let script = read(text);
    let aws = find(&script, "aws ecr get-login-password");
    assert_eq!(
        &text[aws.span.clone()],
        "sudo AWS_REGION=eu-west-1 aws ecr \\\r\n  get-login-password"
    );
    assert_eq!(&text[aws.words[2].span.clone()], "get-login-password");
    assert_eq!(&text[aws.wrappers[0].span.clone()], "sudo");
    assert_eq!(
        &text[aws.assignments[0].span.clone()],
        "AWS_REGION=eu-west-1"
    );
    let docker = find(&script, "docker login");
    assert_eq!(
        &text[docker.span.clone()],
        "docker login -u \"AWS\" ${{ vars.HOST }}"
    );
    assert_eq!(&text[docker.words[3].span.clone()], "\"AWS\"");
    assert_eq!(&text[docker.words[4].span.clone()], "${{ vars.HOST }}");

    let text =
        "if [ \"$A\" = 1 ]; then X=$(b c); fi\ncase \"$y\" in z) d;; esac\ncat <<EOF\nhi $X\nEOF\n";
    let script = read(text);
    assert_eq!(&text[script.guards[0].span.clone()], "[ \"$A\" = 1 ]");
    assert_eq!(&text[script.substitutions[0].span.clone()], "$(b c)");
    assert_eq!(&text[find(&script, "b c").span.clone()], "b c");
    let d = find(&script, "d");
    let guard = script.guards_of(d).next().expect("a guard");
    assert_eq!(&text[guard.span.clone()], "\"$y\"");
    let Input::HereDocument(body) = &find(&script, "cat").stdin else {
        panic!("no heredoc")
    };
    assert_eq!(&text[body.span.clone()], "hi $X\n");
}

#[test]
fn knows_what_feeds_what() {
    let script =
        read("aws ecr get-login-password | tr -d '\\n' |& docker login --password-stdin host");
    assert_eq!(fed_by(find(&script, "docker login")), [1]);
    assert_eq!(fed_by(find(&script, "tr")), [0]);
    assert_eq!(find(&script, "aws").stdout, Output::Pipe);

    // Blocks: everything inside writes and reads.
    let script = read("{ a; b >f; c >&2; } | (d; e <in; f <<<x)");
    assert_eq!(fed_by(find(&script, "d")), [0]);
    assert!(
        matches!(&find(&script, "e").stdin, Input::File(file) if file.value == Template::literal("in"))
    );
    assert!(
        matches!(&find(&script, "f").stdin, Input::HereString(text) if text.value == Template::literal("x"))
    );
    assert_eq!(find(&script, "c").stdout, Output::Stream);

    // Redirections at the end of a pipeline or chain are the last command's.
    let script = read("a | b >f; c && d >g; if x; then y; fi >h; echo A=b >> \"$GITHUB_ENV\"");
    let file = |start: &str| match &find(&script, start).stdout {
        Output::File(word) => word.value.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        (file("a"), file("b"), file("c"), file("d")),
        ("Pipe".into(), "f".into(), "Inherited".into(), "g".into())
    );
    assert_eq!(
        (file("x"), file("y"), file("echo")),
        ("h".into(), "h".into(), "$GITHUB_ENV".into())
    );

    // The grammar hides what follows a heredoc in it.
    let script = read("cat <<EOF | docker login host && next\n$TOKEN\nEOF\nafter");
    assert_eq!(fed_by(find(&script, "docker login host")), [0]);
    let Input::HereDocument(body) = &find(&script, "cat").stdin else {
        panic!("no heredoc")
    };
    assert_eq!(body.value.to_string(), "$TOKEN\n");
    assert!(script.is_guarded(find(&script, "next")));
    assert!(!script.is_guarded(find(&script, "after")));

    let script = read("docker login --password-stdin < <(aws ecr get-login-password)");
    assert_eq!(fed_by(find(&script, "docker login")), [0]);
    let script = read(
        "token() { aws ecr get-login-password; }\ntoken | docker login --password-stdin\ntoken | docker login -u B",
    );
    assert_eq!(fed_by(find(&script, "docker login --password-stdin")), [1]);
    assert_eq!(fed_by(find(&script, "docker login -u")), [1]);
}

#[test]
fn heredocs_keep_or_expand_their_text() {
    let script = read(
        "a <<'E'\n$X \\$Y\nE\nb <<-E\n\t\t$X\n\ty\\$z\n\tE\nc <<E\n${{ secrets.T }} $(d)\nE\n",
    );
    let body = |start: &str| match &find(&script, start).stdin {
        Input::HereDocument(body) => body.value.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(body("a"), Template::literal("$X \\$Y\n"));
    assert_eq!(body("b").to_string(), "$X\ny$z\n");
    assert_eq!(body("b").holes().count(), 1);
    let holes: Vec<String> = body("c").holes().map(|hole| hole.name.clone()).collect();
    assert_eq!(holes[0], "secrets.T");
    assert!(script.value_of(&holes[1]).is_some());
    assert!(!script.is_broken);
}

#[test]
fn github_expressions_are_holes_wherever_they_stand() {
    let text = "docker push ${{ format('{0}}}|{1}', \"a\", env.B) }}:${{github.sha}} '${{ a }}' \"x${{ b\n }}y\" ${X:-${{ c }}}\n${{ inputs.command }}\nNAME=${{ d }}; echo $NAME";
    let script = read(text);
    assert!(!script.is_broken);
    let push = find(&script, "docker push");
    let holes: Vec<(&str, &str)> = push.words[2]
        .value
        .holes()
        .map(|hole| (hole.name.as_str(), hole.text.as_str()))
        .collect();
    assert_eq!(
        holes,
        [
            (
                "format('{0}}}|{1}', \"a\", env.B)",
                "${{ format('{0}}}|{1}', \"a\", env.B) }}"
            ),
            ("github.sha", "${{github.sha}}"),
        ]
    );
    assert!(push.words[2].may_split);
    assert_eq!(push.words[3].value, Template::hole("a", "${{ a }}"));
    assert_eq!(push.words[4].value.prefix(), "x");
    assert_eq!(push.words[4].value.suffix(), "y");
    assert!(!push.words[4].may_split);
    assert_eq!(
        push.words[5].value,
        Template::hole("X:-c", "${X:-${{ c }}}")
    );
    assert_eq!(
        script.commands[1].words[0].value,
        Template::hole("inputs.command", "${{ inputs.command }}")
    );
    // Known through a variable, it is still what it is.
    assert_eq!(
        find(&script, "echo").words[1].value,
        Template::hole("d", "${{ d }}")
    );

    let script = read("docker push ${{ never closed");
    assert!(script.is_broken);
}

/// Scripts that end in `use WORD`, and what is known of WORD there.
#[test]
fn follows_variables() {
    let table: &[(&str, &str)] = &[
        ("use $X", "<X>"),
        ("use ${X}", "<X>"),
        ("use $ENV", "from-env"),
        ("ENV=b; use $ENV", "b"),
        ("X=a; use $X", "a"),
        ("X=a; X=b; use $X", "b"),
        ("X=a; Y=$X-$Z; use \"$Y\"", "a-<Z>"),
        ("X=a; X+=b; use $X", "ab"),
        ("export X=a; use $X", "a"),
        ("X=a; unset X; use \"$X\"", ""),
        ("X=a cmd; use $X", "<X>"),
        ("X=a; use '$X' \\$X", "$X"),
        // Paths.
        ("if t; then X=a; fi; use $X", "<X@18>"),
        ("X=a; if t; then X=b; fi; use $X", "<X@23>"),
        ("if t; then X=a; else X=b; fi; use $X", "<X@28>"),
        ("if t; then X=a; else X=a; fi; use $X", "a"),
        ("if t; then X=a; use $X; fi", "a"),
        ("case $c in a) X=a;; *) X=b;; esac; use $X", "<X@33>"),
        ("t && X=a; use $X", "<X@8>"),
        ("t && X=a && use $X", "a"),
        ("X=$(t) || X=b; use $X", "<X@13>"),
        ("t || exit 1; X=a; use $X", "a"),
        ("for i in 1 2; do X=a; done; use $X", "<X@26>"),
        ("for i in 1 2; do use $i; done", "<i@0>"),
        ("for i in one; do use $i; done", "one"),
        ("X=a; while t; do use $X; X=b; done", "<X@5>"),
        ("X=a; while t; do X=b; use $X; done", "b"),
        ("(X=a); use $X", "<X>"),
        ("X=a; (use $X)", "a"),
        ("X=a | t; use $X", "<X>"),
        ("{ X=a; }; use $X", "a"),
        ("Y=$(X=a); use $X", "<X>"),
        ("read X; use $X", "<X@0>"),
        ("printf -v X a; use $X", "<X@0>"),
        ("X=a; ((X++)); use $X", "<X@5>"),
        ("X=a; source ./env.sh; use $X", "<X@5>"),
        ("source ./env.sh; X=a; use $X", "a"),
        ("source ./env.sh; use $ENV", "<ENV@0>"),
        (". venv/bin/activate; use $ENV", "from-env"),
        ("export $(cat .env); use $ENV", "<ENV@0>"),
        ("eval $(aws ecr get-login); use $ENV", "from-env"),
        // Defaults.
        ("use ${X:-a}", "<X:-a>"),
        ("use ${ENV:-a}", "from-env"),
        ("X=; use ${X:-a}", "a"),
        ("X=; use \"${X-a}\"", ""),
        ("X=b; use ${X:-$(never)}", "b"),
        ("unset X; use ${X:-a$Y}", "a<Y>"),
        ("X=${{ i }}; use ${X:-a}", "<i:-a>"),
        (": ${X:=a}; use $X", "<X:-a>"),
        ("use ${X:?must be set}", "<X>"),
        ("X=b; use ${X:+a}", "a"),
        ("X=Team/App; use ${X,,}", "team/app"),
        ("use ${X,,}", "<X,,>"),
        ("X=a/b/c; use ${X##*/} ", "c"),
        ("X=a/b/c; use ${X%/*}", "a/b"),
        ("X=v1; use ${X#v}", "1"),
        ("use ${X//a/b}", "<X//a/b>"),
        ("use ${#X}", "<${}@4>"),
        // Functions.
        ("f() { X=a; }; f; use $X", "a"),
        ("f() { X=a; }; f; f; use $X", "<X@17>"),
        ("f() { local X=a; }; X=b; f; use $X", "b"),
        ("f() { use $1; }; f one", "one"),
        ("f() { use \"$@\"; }; f one", "one"),
        ("f() { use ${2:-two}; }; f one", "two"),
        ("f() { use $1; }; f one; f two", "<1@0>"),
        ("f() { use $X; }; X=a; f", "a"),
        ("X=a; f() { use $X; }; f; f", "a"),
        ("X=a; f() { use $X; }; f; X=b; f", "<X@5>"),
        ("f() { use $X; }; X=a", "a"),
        ("f() { use $ENV; }", "from-env"),
        ("use $1 $#", "<1>"),
        ("shift; use $1", "<1@0>"),
    ];
    let environment = |name: &str| (name == "ENV").then(|| Template::literal("from-env"));
    for (text, wanted) in table {
        let script = parse(text, &environment);
        assert!(!script.is_broken, "{text}");
        let command = find(&script, "use");
        let word = &command
            .words
            .get(1)
            .map(|word| word.value.clone())
            .unwrap_or_default();
        let shown: String = word
            .pieces()
            .iter()
            .map(|piece| match piece {
                crate::model::template::Piece::Literal(text) => text.clone(),
                crate::model::template::Piece::Hole(hole) => format!("<{}>", hole.name),
            })
            .collect();
        assert_eq!(&shown, wanted, "{text}");
        check_spans(text, &script);
    }
}

#[test]
fn equal_holes_are_equal_values() {
    let names = |text: &str| {
        let script = read(text);
        let command = find(&script, "use");
        let holes: Vec<String> = command
            .words
            .iter()
            .flat_map(|word| {
                word.value
                    .holes()
                    .map(|hole| hole.name.clone())
                    .collect::<Vec<_>>()
            })
            .collect();
        holes
    };
    let same = names("R=$(region); use $R \"${R}\"");
    assert_eq!(same[0], same[1]);
    let other = names("use $(region) $(region)");
    assert_ne!(other[0], other[1]);
    let status = names("use $? $?");
    assert_ne!(status[0], status[1]);
    let joined = names("if t; then R=a; fi; use $R $R");
    assert_eq!(joined[0], joined[1]);
    // Shown as a reader of that line knows them.
    let script = read("R=$(region --long); use $R");
    assert_eq!(find(&script, "use").words[1].value.to_string(), "$R");
}

#[test]
fn a_password_is_found_through_a_variable() {
    let text = "PASSWORD=$(aws ecr get-login-password --region eu-west-1 | tr -d '\\n')\nexport PASSWORD\necho \"$PASSWORD\" | docker login -u AWS --password-stdin h\ndocker login -p $PASSWORD h\ndocker login -p $(aws ecr get-login-password) h";
    let script = read(text);
    let echo = &script.commands[fed_by(find(&script, "docker login -u"))[0]];
    let hole = echo.words[1].value.holes().next().expect("a hole");
    let value = script.value_of(&hole.name).expect("a substitution");
    assert_eq!(show(&script.commands[value.outputs[0]]), "[tr] [-d] [\\n]");
    assert_eq!(
        value.place,
        Place::Assignment {
            command: 2,
            name: "PASSWORD".into()
        }
    );
    let hole = find(&script, "docker login -p").words[3]
        .value
        .holes()
        .next()
        .expect("a hole");
    assert_eq!(script.value_of(&hole.name), Some(value));
    let last = script.commands.last().expect("a command");
    let direct = &script.substitutions[last.words[3].substitutions[0]];
    assert_eq!(
        direct.place,
        Place::Word {
            command: script.commands.len() - 1,
            word: 3
        }
    );
}

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

#[test]
fn answers_for_variables_at_a_command() {
    let environment = |name: &str| (name == "AWS_REGION").then(|| Template::literal("eu-west-1"));
    let script = parse(
        "one\nAWS_REGION=us-east-1\ntwo\nPLAIN=a\nexport LOUD=b\nthree\nunset LOUD\nfour\nif t; then (LOUD=x; five); fi\nsix; . ./file; seven",
        &environment,
    );
    let at = |name: &str, start: &str| script.variable(name, index_of(&script, start));
    assert_eq!(at("AWS_REGION", "one"), None);
    let two = at("AWS_REGION", "two").expect("set");
    assert_eq!(
        (two.value, two.is_exported),
        (Template::literal("us-east-1"), true)
    );
    assert!(!at("PLAIN", "three").expect("set").is_exported);
    assert!(at("LOUD", "three").expect("set").is_exported);
    assert!(!at("LOUD", "four").expect("touched").is_set);
    assert_eq!(
        at("LOUD", "five").expect("set").value,
        Template::literal("x")
    );
    assert!(!at("LOUD", "six").expect("touched").is_set);
    // A file that is sourced may set anything.
    assert!(!at("ANY", "seven").expect("touched").value.is_known());
}

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
        "{{".repeat(60_000),
        "<%".repeat(60_000),
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
        "a\n".repeat(50_000),
        "x=1;".repeat(30_000),
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
