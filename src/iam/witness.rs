//! A counterexample: of the resources that a pattern stands for, the shortest that is denied.
//!
//! The search walks through the ARNs of repositories with legal names, letter by letter, and keeps for each pattern of
//! the policies how far it has come. Two ARNs that the same patterns match are answered alike, so one of each kind is put
//! to the engine; what is returned was denied there. Names:
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>, whose pattern is
//! `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`.

use super::Answer;
use super::authorize::authorize;
use super::automaton::{Holes, MOST_STATES, MOST_STEPS, Symbol, closure, step};
use super::layers;
use super::pattern::{Pattern, Reading, Token};
use super::request::{Request, Target};
use super::stack::Stack;
use super::verdict::Verdict;
use crate::catalog;
use crate::model::arn::{self, Arn};
use crate::model::template::{Piece, Template};
use std::collections::{BTreeSet, HashSet, VecDeque};

/// Most ARNs that are put to the engine.
const MOST_TRIALS: usize = 500;

/// The shortest ARN of an ECR repository that the request's pattern stands for and that is denied, whatever else is
/// unknown; holes are as written. `None` if the request is not about a pattern of repositories, if there is no such
/// repository, or if the search grows too large.
#[must_use]
pub fn witness(request: &Request, stack: &Stack<'_>) -> Option<String> {
    let Target::Pattern(pattern) = request.target() else {
        return None;
    };
    if !request.action().starts_with("ecr:") || pattern.contains("${") {
        return None;
    }
    // Where the account is open, the caller's own is tried first: others say no for reasons of their own.
    let own = request.owner().or(request.principal().account_template());
    let own = own.and_then(|account| heads(pattern, Some(account)));
    own.into_iter()
        .chain(heads(pattern, None))
        .find_map(|heads| {
            Search::new(pattern, heads, stack, request).shortest(|found| {
                let target = match found.as_literal() {
                    Some(arn) => Target::Exact(arn.to_string()),
                    None => Target::Pattern(found.clone()),
                };
                authorize(&request.on(target), stack).verdict == Verdict::Denied
            })
        })
        .map(|found| found.to_string())
}

/// A step of what every ARN begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Letter {
    Char(char),
    AnyDigit,
    /// A whole hole, or the digit of one that is an account.
    Token {
        token: Token,
        written: String,
    },
}

/// The beginnings of the ARNs that the pattern may stand for, up to the repository's name; where the account is open, with
/// that one if one is given. `None` if there are none.
fn heads(pattern: &Template, account: Option<&Template>) -> Option<Vec<Vec<Letter>>> {
    let is_open = |field: &Template| field.contains("*") || field.contains("?");
    let arn = Arn::of(pattern);
    if arn.is_none() && !is_open(pattern) {
        return None;
    }
    let known = |field: fn(&Arn) -> &Template| arn.as_ref().map(field).filter(|f| !is_open(f));
    let (partition, region) = (known(|arn| &arn.partition), known(|arn| &arn.region));
    let account = known(|arn| &arn.account).or(account);
    let mut all = Vec::new();
    for listed in catalog::PARTITIONS {
        let is_elsewhere = region
            .and_then(Template::as_literal)
            .and_then(catalog::partition_of_region)
            .is_some_and(|home| home.name != listed.name);
        let is_it = match partition {
            Some(known) => known.as_literal() == Some(listed.name),
            None => !is_elsewhere,
        };
        // A partition that nobody knows has whatever Regions the first has.
        let stands_in = partition.is_some_and(|known| known.as_literal().is_none());
        if !(is_it || stands_in && all.is_empty()) {
            continue;
        }
        let literal = Template::literal(listed.name);
        let partition = partition.unwrap_or(&literal);
        match region {
            Some(region) => all.push(head(partition, region, account)),
            None => {
                let regions = listed.regions.iter().filter(|region| region.has_ecr);
                all.extend(regions.map(|region| head(partition, &region.name.into(), account)));
            }
        }
    }
    Some(all).filter(|all| !all.is_empty())
}

fn head(partition: &Template, region: &Template, account: Option<&Template>) -> Vec<Letter> {
    let mut text = Template::literal("arn:");
    text.push(partition);
    text.push_literal(":ecr:");
    text.push(region);
    text.push_literal(":");
    match account {
        Some(account) => text.push(account),
        None => text.push_literal("000000000000"),
    }
    text.push_literal(":repository/");
    letters(&text, account.is_none())
}

/// `any_account`: whether the account may be any.
fn letters(text: &Template, any_account: bool) -> Vec<Letter> {
    let mut written = text.holes().map(|hole| hole.text.clone());
    let mut field = 0;
    Pattern::of_name(text)
        .tokens
        .into_iter()
        .map(|token| match token {
            Token::Char(c) => {
                field += usize::from(c == ':');
                match field == 4 && c != ':' && any_account {
                    true => Letter::AnyDigit,
                    false => Letter::Char(c),
                }
            }
            // What is written stands at the first digit.
            Token::Digit(Some((_, at))) if at > 0 => Letter::Token {
                token,
                written: String::new(),
            },
            token => Letter::Token {
                token,
                written: written.next().unwrap_or_default(),
            },
        })
        .collect()
}

/// How far a text has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// In one of the beginnings.
    Head { head: usize, at: usize },
    /// In the name: whether it may end here, and its length as far as it matters.
    Name { is_whole: bool, length: usize },
}

/// Positions in the patterns; the first is the one that is asked about.
type Set = BTreeSet<(usize, usize)>;

struct Search {
    heads: Vec<Vec<Letter>>,
    patterns: Vec<Pattern>,
    /// The letters of names that are told apart, and one that stands for all others.
    letters: Vec<char>,
    /// The holes of the asked pattern, with what is written for them.
    holes: Vec<(Token, String)>,
}

/// Where a state comes from, and what was read on the way.
struct Origin {
    from: Option<usize>,
    read: Piece,
}

impl Search {
    fn new(
        asked: &Template,
        heads: Vec<Vec<Letter>>,
        stack: &Stack<'_>,
        request: &Request,
    ) -> Search {
        let mut patterns = vec![Pattern::of_resource(asked, Reading::Narrow)];
        let entries = stack
            .policies()
            .iter()
            .filter(|attached| layers::is_asked(attached, request) != Answer::No)
            .flat_map(|attached| &attached.policy.statements)
            .filter_map(|statement| statement.resource.as_ref())
            .flat_map(|list| &list.entries);
        for entry in entries {
            for reading in [Reading::Narrow, Reading::Wide, Reading::Completed] {
                let pattern = Pattern::of_resource(&entry.entry.template, reading);
                if !pattern.is_everything() && !patterns.contains(&pattern) {
                    patterns.push(pattern);
                }
            }
        }
        let asked_letters: BTreeSet<char> = patterns
            .iter()
            .flat_map(|pattern| &pattern.tokens)
            .filter_map(|token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            })
            .collect();
        let other = ('a'..='z').find(|c| !asked_letters.contains(c));
        let is_of_names =
            |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(*c);
        let mut letters: Vec<char> = asked_letters
            .into_iter()
            .filter(is_of_names)
            .chain(other)
            .collect();
        // Letters first: they make the plainest names.
        letters.sort_by_key(|c| (!c.is_ascii_lowercase(), !c.is_ascii_digit(), *c));
        letters.dedup();
        let resource = arn::fields(asked).into_iter().nth(5).unwrap_or_default();
        let holes = resource.holes().map(|hole| {
            let token = Token::Hole {
                name: hole.name.clone(),
                sort: super::pattern::Sort::Any,
            };
            (token, hole.text.clone())
        });
        Search {
            holes: holes.collect(),
            heads,
            patterns,
            letters,
        }
    }

    /// The shortest text that passes.
    fn shortest(&self, passes: impl Fn(&Template) -> bool) -> Option<Template> {
        let mut origins: Vec<Origin> = Vec::new();
        let mut seen = HashSet::new();
        let mut steps = 0;
        let mut queue = VecDeque::new();
        let mut tried: HashSet<Vec<usize>> = HashSet::new();
        let start: Set = (0..)
            .zip(&self.patterns)
            .flat_map(|(which, pattern)| {
                let all = closure(pattern, 0, Holes::AsLetters);
                all.into_iter().map(move |at| (which, at))
            })
            .collect();
        for head in 0..self.heads.len() {
            queue.push_back((Place::Head { head, at: 0 }, start.clone(), None));
        }
        while let Some((place, set, from)) = queue.pop_front() {
            if let Place::Name {
                is_whole: true,
                length,
            } = place
                && length >= catalog::REPOSITORY_NAME_LENGTH.0
            {
                let matching: Vec<usize> = (0..)
                    .zip(&self.patterns)
                    .filter(|(which, pattern)| set.contains(&(*which, pattern.tokens.len())))
                    .map(|(which, _)| which)
                    .collect();
                if matching.first() == Some(&0) && tried.insert(matching) {
                    let found = text(&origins, from);
                    if is_short_enough(&found) && passes(&found) {
                        return Some(found);
                    }
                    if tried.len() >= MOST_TRIALS {
                        return None;
                    }
                }
            }
            for (next, symbol, read) in self.steps(place) {
                steps += set.len();
                if steps > MOST_STEPS {
                    return None;
                }
                let set = self.step(&set, symbol);
                if set.first().is_none_or(|(which, _)| *which != 0)
                    || !seen.insert((next, set.clone()))
                {
                    continue;
                }
                if seen.len() > MOST_STATES {
                    return None;
                }
                origins.push(Origin { from, read });
                queue.push_back((next, set, Some(origins.len() - 1)));
            }
        }
        None
    }

    fn step(&self, set: &Set, symbol: Symbol<'_>) -> Set {
        set.iter()
            .filter_map(|(which, at)| Some((*which, self.patterns.get(*which)?, *at)))
            .flat_map(|(which, pattern, at)| {
                let next = step(pattern, at, symbol, Holes::AsLetters);
                next.into_iter().map(move |at| (which, at))
            })
            .collect()
    }

    /// What may be read at a place, and where it leads.
    fn steps(&self, place: Place) -> Vec<(Place, Symbol<'_>, Piece)> {
        let literal = |c: char| Piece::Literal(c.to_string());
        match place {
            Place::Head { head, at } => {
                let Some(letters) = self.heads.get(head) else {
                    return Vec::new();
                };
                let next = if at + 1 == letters.len() {
                    Place::Name {
                        is_whole: false,
                        length: 0,
                    }
                } else {
                    Place::Head { head, at: at + 1 }
                };
                match letters.get(at) {
                    Some(Letter::Char(c)) => vec![(next, Symbol::Char(*c), literal(*c))],
                    Some(Letter::AnyDigit) => ('0'..='9')
                        .map(|c| (next, Symbol::Char(c), literal(c)))
                        .collect(),
                    Some(Letter::Token { token, written }) => hole(token, written)
                        .map(|(symbol, piece)| (next, symbol, piece))
                        .into_iter()
                        .collect(),
                    None => Vec::new(),
                }
            }
            Place::Name { is_whole, length } => {
                let length = (length + 1).min(catalog::REPOSITORY_NAME_LENGTH.0);
                let letters = self.letters.iter().filter_map(|c| {
                    let is_letter = c.is_ascii_alphanumeric();
                    // A separator stands between letters.
                    (is_letter || is_whole).then(|| {
                        let next = Place::Name {
                            is_whole: is_letter,
                            length,
                        };
                        (next, Symbol::Char(*c), literal(*c))
                    })
                });
                let holes = self.holes.iter().filter_map(|(token, written)| {
                    let next = Place::Name {
                        is_whole: true,
                        length: catalog::REPOSITORY_NAME_LENGTH.0,
                    };
                    hole(token, written).map(|(symbol, piece)| (next, symbol, piece))
                });
                letters.chain(holes).collect()
            }
        }
    }
}

fn hole<'t>(token: &'t Token, written: &str) -> Option<(Symbol<'t>, Piece)> {
    let piece = |name: &str| match written {
        "" => Piece::Literal(String::new()),
        _ => Piece::Hole(crate::model::template::Hole {
            name: name.to_string(),
            text: written.to_string(),
        }),
    };
    match token {
        Token::Hole { name, sort } => Some((Symbol::Hole { name, sort: *sort }, piece(name))),
        Token::Digit(Some((name, at))) => Some((Symbol::Digit(name, *at), piece(name))),
        _ => None,
    }
}

/// What was read on the way to a state.
fn text(origins: &[Origin], mut last: Option<usize>) -> Template {
    let mut pieces = Vec::new();
    while let Some(origin) = last.and_then(|at| origins.get(at)) {
        pieces.push(&origin.read);
        last = origin.from;
    }
    let mut text = Template::default();
    for piece in pieces.into_iter().rev() {
        match piece {
            Piece::Literal(literal) => text.push_literal(literal),
            Piece::Hole(hole) => text.push_hole(hole.name.clone(), hole.text.clone()),
        }
    }
    text
}

fn is_short_enough(arn: &Template) -> bool {
    arn.split_once('/')
        .is_some_and(|(_, name)| name.to_string().len() <= catalog::REPOSITORY_NAME_LENGTH.1)
}
