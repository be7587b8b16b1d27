//! What must end: depth, expansion and time.

use super::*;
use crate::tree::{MAX_DEPTH, ProblemKind};
use std::time::{Duration, Instant};

fn limit(text: &str) -> Problem {
    let start = Instant::now();
    let parsed = parse(FileId(0), text);
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert!(parsed.documents.is_empty());
    let [problem] = parsed.problems.as_slice() else {
        panic!("{:?}", parsed.problems)
    };
    assert_eq!(problem.kind, ProblemKind::Limit);
    problem.clone()
}

#[test]
fn aliases_have_a_budget() {
    let mut laughs = "a0: &a0 [lol, lol]\n".to_string();
    for level in 1..20 {
        let names = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{names}]\n"));
    }
    assert!(
        limit(&laughs)
            .message
            .starts_with("aliases expand to more than")
    );
    let long = format!(
        "- &a \"{}\\n\"\n{}",
        "x".repeat(100_000),
        "- *a\n".repeat(1_000)
    );
    assert!(
        limit(&long).message.starts_with("aliases expand"),
        "long text counts for more"
    );
    let mut nested = String::new();
    for level in 0..120 {
        nested.push_str(&format!("&n{level} ["));
    }
    nested.push_str(&"x, ".repeat(5_000));
    nested.push_str(&"]".repeat(120));
    assert!(
        limit(&nested).message.starts_with("aliases expand"),
        "so does what is anchored often"
    );
}

#[test]
fn depth_ends_in_a_limit() {
    let flow = |depth: usize| format!("{}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(problems(&flow(MAX_DEPTH)), Vec::<String>::new());
    for depth in [MAX_DEPTH + 1, 100_000] {
        assert_eq!(
            limit(&flow(depth)).loc.span,
            Span::new(MAX_DEPTH, MAX_DEPTH + 1)
        );
    }
    limit(&"- ".repeat(50_000));
    let mut blocks = String::new();
    for depth in 0..500 {
        blocks.push_str(&" ".repeat(depth));
        blocks.push_str("k:\n");
    }
    limit(&blocks);
    let mut chain = "a0: &a0 [x]\n".to_string();
    for level in 1..300 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(
        limit(&chain).message.starts_with("nested deeper"),
        "a copy is as deep as it is"
    );
}

#[test]
fn time_grows_with_the_text_and_not_faster() {
    let once = |text: &str| {
        let start = Instant::now();
        parse(FileId(0), text);
        start.elapsed()
    };
    // The best of several: other programs only ever make it slower.
    let time = |text: &str| (0..3).map(|_| once(text)).min().unwrap_or_default();
    for make in [
        |n: usize| "a: [\n---\n".repeat(n),
        |n: usize| format!("{{{}}}", "a: 1, ".repeat(n)),
        |n: usize| format!("a: |\n{}  x\n", "\n".repeat(n)),
        |n: usize| format!("a: '{}'\n", "''".repeat(n)),
        |n: usize| format!("a: \"x{}\"\n", "\n\n".repeat(n)),
        |n: usize| "a:\n".repeat(n),
        |n: usize| "- &a x\n- *a\n".repeat(n),
        |n: usize| format!("{}a:\n", "# c\n".repeat(n)),
        |n: usize| "x: # c\n".repeat(n),
    ] {
        let (small, large) = (time(&make(1_000)), time(&make(10_000)));
        assert!(
            large < small * 40 + Duration::from_millis(50),
            "{small:?} {large:?} {:?}",
            make(3)
        );
    }
}
