//! What is known about variables where they are used.

use super::*;

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
fn variables_that_touch_each_other() {
    let environment = |name: &str| (name != "U").then(|| Template::literal(name.to_lowercase()));
    for (text, expected) in [
        ("x r/$A-$B-$C", "r/a-b-c"),
        ("x $A-$B", "a-b"),
        ("x r/$A:$B.$C", "r/a:b.c"),
        ("x $A$B$C", "abc"),
        ("x $A-$U-$B", "a-$U-b"),
        ("x a-$A-b", "a-a-b"),
        ("x \"$A-$B-$C\"", "a-b-c"),
        ("x ${A}-${B}-${C}", "a-b-c"),
        ("x=$A-$B-$C; y $x", "a-b-c"),
        ("x=$A-$B-$C z; y $x", "x"),
        ("x $A/$B:$C", "a/b:c"),
        ("x $A/$1-$B:$2", "a/$1-b:$2"),
        ("x $A/$B:$12", "a/b:$12"),
    ] {
        let script = parse(text, &environment);
        let word = &script.commands.last().expect("a command").words[1];
        assert_eq!(word.value.to_string(), expected, "{text}");
        let unknown = word.value.holes().count();
        assert_eq!(unknown, expected.matches('$').count(), "{text}");
    }
}
