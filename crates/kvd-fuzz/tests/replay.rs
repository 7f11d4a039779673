//! All seeds, and some changes of each, break nothing.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_fuzz::{Mutator, TARGETS};

#[test]
fn the_seeds_of_every_target_break_nothing() {
    for target in TARGETS {
        let seeds = target.seeds().unwrap();
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        seeds.iter().for_each(|seed| (target.run)(seed));
    }
}

#[test]
fn changes_of_the_seeds_break_nothing() {
    for target in TARGETS {
        let (mutator, seeds) = (Mutator::new(1), target.seeds().unwrap());
        for _ in 0..600 {
            let input = mutator.next(&seeds);
            let outcome = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(outcome.is_ok(), "{}: {:?}", target.name, String::from_utf8_lossy(&input));
        }
    }
}
