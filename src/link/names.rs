//! What a reference means: by ARN, by name, with the holes of the deployment it stands in.
//!
//! A computed reference and a computed name are equal texts, holes included. Where a file spells an account that another
//! leaves to deploy time, the name decides, and the link says so.

use crate::model::arn::Arn;
use crate::model::template::{Piece, Template, UNKNOWN_PATH};
use std::collections::BTreeMap;

/// How sure a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// The same text, holes included, or the same ARN.
    Same,
    /// The same name, in an account that one side does not know.
    ByName,
}

/// What a reference leads to: none, one, or several things of that name, of which it may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Indices of the facts, ascending.
    pub indices: Vec<usize>,
    /// How sure the link is; meaningless without indices.
    pub how: Option<How>,
}

impl Candidates {
    /// Without those that this says no of.
    pub(super) fn keep(&mut self, is_possible: impl Fn(usize) -> bool) {
        self.indices.retain(|at| is_possible(*at));
        if self.indices.is_empty() {
            self.how = None;
        }
    }

    /// Adds other things that may be meant, after these.
    pub(super) fn join(&mut self, other: &Candidates) {
        for at in &other.indices {
            if !self.indices.contains(at) {
                self.indices.push(*at);
            }
        }
        self.how = self.how.max(other.how);
    }

    /// Whether nothing in sight has that name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// Things that have an ARN and a name, found by either.
#[derive(Clone, Debug, Default)]
pub struct Names {
    arns: Vec<Template>,
    by_name: BTreeMap<Template, Vec<usize>>,
}

impl Names {
    /// Indexes things in order: the ARN and the name of each.
    pub fn new<'a>(things: impl Iterator<Item = (&'a Template, &'a Template)>) -> Names {
        let mut names = Names::default();
        for (at, (arn, name)) in things.enumerate() {
            names.arns.push(arn.clone());
            let mut keys = vec![last_part(name), last_part(arn)];
            keys.dedup();
            for key in keys {
                names.by_name.entry(key).or_default().push(at);
            }
        }
        names
    }

    /// What `reference`, an ARN or a name, may mean.
    #[must_use]
    pub fn find(&self, reference: &Template) -> Candidates {
        let mut best = Candidates::default();
        for at in self
            .by_name
            .get(&last_part(reference))
            .into_iter()
            .flatten()
        {
            let Some(arn) = self.arns.get(*at) else {
                continue;
            };
            let Some(how) = compare(reference, arn) else {
                continue;
            };
            match best.how {
                Some(known) if known < how => continue,
                Some(known) if known > how => best.indices.clear(),
                _ => {}
            }
            best.how = Some(how);
            if !best.indices.contains(at) {
                best.indices.push(*at);
            }
        }
        best.indices.sort_unstable();
        best
    }
}

/// What stands behind the last `/` of a name or an ARN's resource.
fn last_part(text: &Template) -> Template {
    let resource = Arn::of(text).map_or_else(|| text.clone(), |arn| arn.resource);
    let last = match resource.rsplit_once('/') {
        Some((_, name)) => name,
        None => resource,
    };
    without_path(last)
}

/// The name without the unknown path before it, which whoever looked it up by its name leaves open.
fn without_path(name: Template) -> Template {
    match name.pieces() {
        [Piece::Hole(hole), _, ..] if hole.name.ends_with(UNKNOWN_PATH) => {
            let mut rest = Template::default();
            for piece in name.pieces().iter().skip(1) {
                match piece {
                    Piece::Literal(text) => rest.push_literal(text),
                    Piece::Hole(hole) => rest.push_hole(hole.name.clone(), hole.text.clone()),
                }
            }
            rest
        }
        _ => name,
    }
}

/// Whether a reference with the same last part can mean the thing with this ARN.
fn compare(reference: &Template, arn: &Template) -> Option<How> {
    if reference == arn {
        return Some(How::Same);
    }
    let (Some(one), Some(other)) = (Arn::of(reference), Arn::of(arn)) else {
        // A bare name: of the own account, whichever that is.
        return Some(How::ByName);
    };
    let differ = |a: &Template, b: &Template| a != b && a.is_known() && b.is_known();
    if differ(&one.account, &other.account)
        || differ(&one.partition, &other.partition)
        || differ(&one.region, &other.region)
        || one.service != other.service
    {
        return None;
    }
    let is_same = one.account == other.account && one.region == other.region;
    Some(if is_same { How::Same } else { How::ByName })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `${name}` becomes a hole.
    fn text(text: &str) -> Template {
        let mut template = Template::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').expect("a closed hole");
            template.push_literal(before);
            template.push_hole(name, name);
            rest = tail;
        }
        template.push_literal(rest);
        template
    }

    fn find(things: &[(&str, &str)], reference: &str) -> (Vec<usize>, Option<How>) {
        let things: Vec<_> = things
            .iter()
            .map(|(arn, name)| (text(arn), text(name)))
            .collect();
        let names = Names::new(things.iter().map(|(arn, name)| (arn, name)));
        let found = names.find(&text(reference));
        (found.indices, found.how)
    }

    #[test]
    fn references_mean_what_has_their_arn_or_name() {
        let things = [
            ("arn:aws:iam::${a}:role/exec", "exec"),
            ("arn:aws:iam::111122223333:role/ci/deploy", "deploy"),
            ("arn:aws:iam::${b}:role/exec", "exec"),
            ("arn:aws:iam::${b}:role/${generated}", "${generated}"),
        ];
        let same = Some(How::Same);
        let by_name = Some(How::ByName);
        for (reference, expected) in [
            ("arn:aws:iam::${a}:role/exec", (vec![0], same)),
            ("arn:aws:iam::444455556666:role/exec", (vec![0, 2], by_name)),
            ("exec", (vec![0, 2], by_name)),
            ("arn:aws:iam::111122223333:role/deploy", (vec![1], same)),
            ("arn:aws:iam::999999999999:role/deploy", (vec![], None)),
            ("arn:aws:iam::${x}:role/deploy", (vec![1], by_name)),
            ("arn:aws:iam::${b}:role/${generated}", (vec![3], same)),
            ("${generated}", (vec![3], by_name)),
            ("${other}", (vec![], None)),
            ("arn:aws:iam::${a}:role/${x|path}exec", (vec![0], same)),
            (
                "arn:aws:iam::111122223333:role/${x|path}deploy",
                (vec![1], same),
            ),
            (
                "arn:aws:iam::${b}:role/${x|path}${generated}",
                (vec![3], same),
            ),
            ("arn:aws:iam::${a}:role/${prefix}exec", (vec![], None)),
            (
                "arn:aws:ecr:x:111122223333:repository/deploy",
                (vec![], None),
            ),
        ] {
            assert_eq!(find(&things, reference), expected, "{reference}");
        }
    }
}
