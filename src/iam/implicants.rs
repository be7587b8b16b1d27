//! The shortest ways to say when a formula of few atoms is true (Quine and McCluskey's method).

use std::collections::BTreeSet;

/// A conjunction: which atoms are told (`mask`) and what they must be (`value`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cube {
    mask: usize,
    value: usize,
}

impl Cube {
    fn contains(self, world: usize) -> bool {
        world & self.mask == self.value
    }
}

/// Few conjunctions of which one is true exactly where the formula is. `rows`: its value by world, the atoms being the
/// bits of the world's number; `None` where the world cannot be.
pub(super) fn of(atoms: usize, rows: &[Option<bool>]) -> Vec<Vec<(usize, bool)>> {
    let all = (1 << atoms) - 1;
    let worlds = |wanted: fn(Option<bool>) -> bool| {
        rows.iter()
            .enumerate()
            .filter(move |(_, value)| wanted(**value))
            .map(|(world, _)| world)
    };
    let mut cubes: BTreeSet<Cube> = worlds(|value| value != Some(false))
        .map(|value| Cube { mask: all, value })
        .collect();
    let mut primes = BTreeSet::new();
    while !cubes.is_empty() {
        let mut next = BTreeSet::new();
        for cube in &cubes {
            let mut is_prime = true;
            for bit in (0..atoms).map(|bit| 1 << bit) {
                let twin = Cube {
                    mask: cube.mask,
                    value: cube.value ^ bit,
                };
                if cube.mask & bit != 0 && cubes.contains(&twin) {
                    is_prime = false;
                    next.insert(Cube {
                        mask: cube.mask & !bit,
                        value: cube.value & !bit,
                    });
                }
            }
            if is_prime {
                primes.insert(*cube);
            }
        }
        cubes = next;
    }
    let mut left: BTreeSet<usize> = worlds(|value| value == Some(true)).collect();
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let best = primes.iter().max_by_key(|cube| {
            let covered = left.iter().filter(|world| cube.contains(**world)).count();
            // Of equals the one that says less, then the first.
            (
                covered,
                std::cmp::Reverse(cube.mask.count_ones()),
                std::cmp::Reverse(**cube),
            )
        });
        let Some(best) = best.copied() else { break };
        left.retain(|world| !best.contains(*world));
        chosen.push(best);
    }
    chosen
        .into_iter()
        .map(|cube| {
            (0..atoms)
                .filter(|bit| cube.mask >> bit & 1 == 1)
                .map(|bit| (bit, cube.value >> bit & 1 == 1))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_it_shortly() {
        // a or (b and not c), with c being bit 2.
        let rows: Vec<_> = (0..8)
            .map(|world: usize| Some(world & 1 == 1 || (world & 2 != 0 && world & 4 == 0)))
            .collect();
        assert_eq!(of(3, &rows), [vec![(0, true)], vec![(1, true), (2, false)]]);
    }

    #[test]
    fn worlds_that_cannot_be_help() {
        // True where both are, and they never differ.
        let rows = [Some(false), None, None, Some(true)];
        assert_eq!(of(2, &rows).len(), 1);
        assert_eq!(of(2, &rows)[0].len(), 1);
    }
}
