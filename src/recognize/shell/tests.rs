//! Scripts of every kind and the commands they must be read as.

mod conditions;
mod limits;
mod variables;

use super::*;
use crate::model::template::Template;

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
        ("\u{feff}docker push a", &["[docker] [push] [a]"]),
        ("docker push a \\\n", &["[docker] [push] [a]"]),
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
