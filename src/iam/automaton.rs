//! Patterns as automata: is every text of one pattern in the union of others, and do patterns share a text?
//!
//! A pattern is a chain of positions, so a state of the search is a position on the left and a set of positions on the
//! right. Characters that nobody asks for at a state behave alike there; one stands for all of them. A search that grows
//! too large is given up: the answer is then `None`, never a guess.

use super::pattern::{Pattern, Sort, Token};
use std::collections::{BTreeSet, HashSet};

/// Most states of one search.
pub(super) const MOST_STATES: usize = 20_000;
/// Most positions that one search steps from.
pub(super) const MOST_STEPS: usize = 4_000_000;

/// One step through a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol<'a> {
    Char(char),
    /// Any character that is not told apart from others; never a colon.
    Other,
    /// The whole value of a hole.
    Hole {
        name: &'a str,
        sort: Sort,
    },
    /// A digit of a hole that is an account.
    Digit(&'a str, usize),
}

/// What a hole on the left may meet on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holes {
    /// Only itself or a wildcard: what is found then holds whatever the holes hold.
    AsLetters,
    /// Whatever it would have to be: what is not found then never holds.
    AsWished,
}

/// Whether every text that matches all of `left` matches one of `right`.
pub(super) fn is_included(left: &[&Pattern], right: &[&Pattern], holes: Holes) -> Option<bool> {
    let start: Set = right
        .iter()
        .enumerate()
        .flat_map(|(which, pattern)| {
            closure(pattern, 0, holes)
                .into_iter()
                .map(move |at| (which, at))
        })
        .collect();
    let mut seen = HashSet::new();
    let mut queue = Vec::new();
    let mut steps = 0;
    for at in starts(left) {
        queue.push((at, start.clone()));
    }
    while let Some(state) = queue.pop() {
        if seen.contains(&state) {
            continue;
        }
        if seen.len() >= MOST_STATES {
            return None;
        }
        let (at, set) = &state;
        let left_ends = at
            .iter()
            .zip(left)
            .all(|(at, pattern)| *at == pattern.tokens.len());
        let right_ends = || {
            set.iter().any(|(which, at)| {
                right
                    .get(*which)
                    .is_some_and(|pattern| *at == pattern.tokens.len())
            })
        };
        if left_ends && !right_ends() {
            return Some(false);
        }
        let asked = set
            .iter()
            .filter_map(|(which, at)| right.get(*which)?.tokens.get(*at));
        for symbol in symbols(left, at, asked) {
            let nexts = step_all(left, at, symbol);
            if nexts.is_empty() {
                continue;
            }
            steps += set.len();
            if steps > MOST_STEPS {
                return None;
            }
            let set: Set = set
                .iter()
                .filter_map(|(which, at)| Some((*which, right.get(*which)?, *at)))
                .flat_map(|(which, pattern, at)| {
                    step(pattern, at, symbol, holes)
                        .into_iter()
                        .map(move |at| (which, at))
                })
                .collect();
            queue.extend(nexts.into_iter().map(|next| (next, set.clone())));
        }
        seen.insert(state);
    }
    Some(true)
}

/// Whether the search for texts of `left` outside `right` is given up.
pub(super) fn is_too_complex(left: &Pattern, right: &[&Pattern]) -> bool {
    [Holes::AsLetters, Holes::AsWished]
        .into_iter()
        .any(|holes| is_included(&[left], right, holes).is_none())
}

/// Whether some text matches all of `patterns`.
pub(super) fn is_common(patterns: &[&Pattern]) -> Option<bool> {
    let mut seen = HashSet::new();
    let mut queue = starts(patterns);
    while let Some(at) = queue.pop() {
        if at
            .iter()
            .zip(patterns)
            .all(|(at, pattern)| *at == pattern.tokens.len())
        {
            return Some(true);
        }
        if seen.len() >= MOST_STATES {
            return None;
        }
        for symbol in symbols(patterns, &at, std::iter::empty()) {
            queue.extend(
                step_all(patterns, &at, symbol)
                    .into_iter()
                    .filter(|next| !seen.contains(next)),
            );
        }
        seen.insert(at);
    }
    Some(false)
}

/// Each combination of groups that some text belongs to: it belongs to a group if it matches one of its patterns. `None`
/// if there are too many states to tell.
pub(super) fn combinations(groups: &[Vec<Pattern>]) -> Option<BTreeSet<Vec<bool>>> {
    /// Most states; the question comes up for every condition key.
    const MOST: usize = 2_000;
    let patterns: Vec<(usize, &Pattern)> = (0..)
        .zip(groups)
        .flat_map(|(group, patterns)| patterns.iter().map(move |pattern| (group, pattern)))
        .collect();
    let start: Set = patterns
        .iter()
        .enumerate()
        .flat_map(|(which, (_, pattern))| {
            let all = closure(pattern, 0, Holes::AsLetters);
            all.into_iter().map(move |at| (which, at))
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = vec![start];
    let mut steps = 0;
    while let Some(set) = queue.pop() {
        let mut belongs = vec![false; groups.len()];
        for (which, at) in &set {
            if let Some((group, pattern)) = patterns.get(*which)
                && *at == pattern.tokens.len()
                && let Some(slot) = belongs.get_mut(*group)
            {
                *slot = true;
            }
        }
        found.insert(belongs);
        let next = set
            .iter()
            .filter_map(|(which, at)| patterns.get(*which)?.1.tokens.get(*at));
        for symbol in symbols(&[], &[], next) {
            steps += set.len();
            let after: Set = set
                .iter()
                .filter_map(|(which, at)| Some((*which, patterns.get(*which)?.1, *at)))
                .flat_map(|(which, pattern, at)| {
                    let all = step(pattern, at, symbol, Holes::AsLetters);
                    all.into_iter().map(move |at| (which, at))
                })
                .collect();
            if seen.insert(after.clone()) {
                queue.push(after);
            }
        }
        if seen.len() > MOST || steps > MOST_STEPS {
            return None;
        }
    }
    Some(found)
}

/// Positions, each with the number of its pattern; ordered, so that equal sets are equal.
type Set = BTreeSet<(usize, usize)>;

/// The symbols that can lead on from the positions `at` on the left, told apart as far as the tokens that come next on the
/// right tell them apart.
fn symbols<'a>(
    left: &[&'a Pattern],
    at: &[usize],
    right: impl Iterator<Item = &'a Token>,
) -> BTreeSet<Symbol<'a>> {
    let mut symbols = BTreeSet::new();
    let next = || {
        at.iter()
            .zip(left)
            .filter_map(|(at, pattern)| pattern.tokens.get(*at))
    };
    // Who asks for one character asks for it only.
    if let Some(c) = next().find_map(|token| match token {
        Token::Char(c) => Some(*c),
        _ => None,
    }) {
        symbols.insert(Symbol::Char(c));
        return symbols;
    }
    symbols.extend([Symbol::Char(':'), Symbol::Other]);
    for token in right.chain(next()) {
        match token {
            Token::Char(c) => symbols.insert(Symbol::Char(*c)),
            Token::Hole { name, sort } => symbols.insert(Symbol::Hole { name, sort: *sort }),
            Token::Digit(Some((name, at))) => symbols.insert(Symbol::Digit(name, *at)),
            // Which digit is all the same to whoever does not ask for one.
            Token::Digit(None) => symbols.insert(Symbol::Char('0')),
            Token::One { .. } | Token::Star { .. } | Token::Run(_) => continue,
        };
    }
    symbols
}

/// Every combination of the first positions.
fn starts(patterns: &[&Pattern]) -> Vec<Vec<usize>> {
    product(
        patterns
            .iter()
            .map(|pattern| closure(pattern, 0, Holes::AsLetters)),
    )
}

/// Every combination of positions after a symbol.
fn step_all(patterns: &[&Pattern], at: &[usize], symbol: Symbol<'_>) -> Vec<Vec<usize>> {
    product(
        patterns
            .iter()
            .zip(at)
            .map(|(pattern, at)| step(pattern, *at, symbol, Holes::AsLetters)),
    )
}

fn product(choices: impl Iterator<Item = Vec<usize>>) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for choice in choices {
        all = all
            .iter()
            .flat_map(|head: &Vec<usize>| {
                choice.iter().map(move |at| {
                    let mut whole = head.clone();
                    whole.push(*at);
                    whole
                })
            })
            .collect();
    }
    all
}

/// `at` and the positions behind the wildcards that start there.
pub(super) fn closure(pattern: &Pattern, at: usize, holes: Holes) -> Vec<usize> {
    let mut all = vec![at];
    let mut at = at;
    while pattern.tokens.get(at).is_some_and(|token| match token {
        Token::Star { .. } | Token::Run(_) => true,
        Token::Hole { .. } => holes == Holes::AsWished,
        Token::Char(_) | Token::One { .. } | Token::Digit(_) => false,
    }) {
        at += 1;
        all.push(at);
    }
    all
}

/// The positions after a symbol, closed.
pub(super) fn step(pattern: &Pattern, at: usize, symbol: Symbol<'_>, holes: Holes) -> Vec<usize> {
    let Some(token) = pattern.tokens.get(at) else {
        return Vec::new();
    };
    if let (Symbol::Hole { sort, .. }, Holes::AsWished) = (symbol, holes) {
        return reachable(pattern, at, sort);
    }
    let is_wished = holes == Holes::AsWished;
    let next = match (token, symbol) {
        (Token::Char(wanted), Symbol::Char(c)) if *wanted == c => at + 1,
        (Token::One { colon }, Symbol::Char(c)) if *colon || c != ':' => at + 1,
        (Token::One { .. }, Symbol::Other) => at + 1,
        (Token::Star { .. }, Symbol::Other) => at,
        (Token::Star { colon }, Symbol::Char(c)) if *colon || c != ':' => at,
        (Token::Star { colon }, Symbol::Hole { sort, .. }) if *colon || !sort.admits(':') => at,
        (Token::Star { .. } | Token::Run(_), Symbol::Digit(..)) => at,
        (Token::Run(_), Symbol::Other) => at,
        (Token::Run(sort), Symbol::Char(c)) if sort.admits(c) => at,
        (Token::One { .. }, Symbol::Digit(..)) => at + 1,
        (Token::Hole { name, .. }, Symbol::Hole { name: other, .. }) if name == other => at + 1,
        (Token::Hole { sort, .. }, Symbol::Char(c)) if is_wished && sort.admits(c) => at,
        (Token::Hole { .. }, Symbol::Other) if is_wished => at,
        (Token::Hole { .. }, Symbol::Digit(..)) if is_wished => at,
        (Token::Digit(Some((name, place))), Symbol::Digit(other, its))
            if is_wished || (name == other && *place == its) =>
        {
            at + 1
        }
        (Token::Digit(None), Symbol::Digit(..)) => at + 1,
        (Token::Digit(Some(_)), Symbol::Char(c)) if is_wished && c.is_ascii_digit() => at + 1,
        (Token::Digit(None), Symbol::Char(c)) if c.is_ascii_digit() => at + 1,
        (Token::Char(c), Symbol::Digit(..)) if is_wished && c.is_ascii_digit() => at + 1,
        _ => return Vec::new(),
    };
    closure(pattern, next, holes)
}

/// Every position that some text leads to from `at`.
fn reachable(pattern: &Pattern, at: usize, sort: Sort) -> Vec<usize> {
    let mut all = vec![at];
    for next in at..pattern.tokens.len() {
        if let Some(Token::Char(c)) = pattern.tokens.get(next)
            && !sort.admits(*c)
        {
            break;
        }
        all.push(next + 1);
    }
    all
}
