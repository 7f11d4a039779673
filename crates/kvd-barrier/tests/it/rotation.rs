//! Changing keys: what stays readable, which shares open what, and that no change is ever half done.

use crate::house::*;
use kvd_barrier::{Barrier, BarrierError, Shares, UnsealKey};
use kvd_storage::Table;
use kvd_types::Timestamp;
use proptest::prelude::*;
use std::sync::{Arc, atomic::Ordering};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn open(house: &House, shares: &Shares) -> Result<Arc<Barrier>, BarrierError> {
    let key = join(&house.store, &house.entropy, shares)?;
    unseal(&house.store, &house.entropy, &key)
}

#[test]
fn a_new_term_seals_and_the_old_ones_still_open() {
    let mut house = House::new(1);
    for term in 1..=40_u32 {
        house.view(1).put(&format!("t{term}"), &term.to_be_bytes());
        let status = now(house.barrier.rotate(at(i64::from(term)))).unwrap();
        assert_eq!((status.term, status.installed), (term + 1, at(i64::from(term))));
    }
    for reopened in [false, true] {
        if reopened {
            house.reopen();
        }
        assert_eq!(house.barrier.key_status().unwrap().term, 41);
        assert_eq!(house.barrier.key_terms().len(), 41);
        for term in 1..=40_u32 {
            assert_eq!(house.view(1).get(&format!("t{term}")).unwrap().unwrap(), term.to_be_bytes());
        }
    }
    let terms = house.store.snapshot().into_iter().filter(|((t, _), _)| *t == Table::Heads);
    let mut terms =
        terms.map(|(_, value)| u32::from_be_bytes(value[2..6].try_into().unwrap())).collect::<Vec<_>>();
    terms.sort_unstable();
    assert_eq!(terms, (1..=40).collect::<Vec<_>>());
}

#[test]
fn a_new_root_key_leaves_shares_and_records_as_they_are() {
    let mut house = House::new(2);
    house.view(1).put("a", b"kept");
    let before = house.store.snapshot();
    now(house.barrier.rotate_root()).unwrap();
    let after = house.store.snapshot();
    let changed =
        before.iter().filter(|(key, value)| after[*key] != **value).map(|((_, key), _)| key.clone());
    // The configuration is written again, with the same content.
    assert_eq!(changed.collect::<Vec<_>>(), [&b"kvd/keyring/a"[..], b"kvd/keyring/b", b"kvd/root-key"]);
    house.view(1).put("b", b"new");
    house.reopen();
    assert_eq!(house.view(1).list(""), ["a", "b"]);
}

/// V-104: after a change of shares the new ones open the vault, and the old ones do not any more.
#[test]
fn new_shares_open_and_old_ones_do_not() {
    let mut house = House::new(3);
    house.view(1).put("a", b"kept");
    let pending = house.barrier.prepare_rekey(params(4, 2)).unwrap();
    assert!(open(&house, &house.shares).is_ok(), "nothing has changed so far");
    now(house.barrier.rekey(&pending)).unwrap();

    assert_eq!(house.barrier.seal_config(), pending.config());
    assert!(matches!(open(&house, &house.shares), Err(BarrierError::WrongShares)));
    for choice in [[0, 1], [3, 2], [1, 3]] {
        let shares = choice.map(|i| pending.shares()[i].clone()).to_vec();
        house.barrier = open(&house, &shares).unwrap();
        assert_eq!(house.view(1).get("a").unwrap().unwrap(), b"kept");
    }
    let again = house.barrier.prepare_rekey(params(1, 1)).unwrap();
    now(house.barrier.rekey(&again)).unwrap();
    assert!(open(&house, again.shares()).is_ok());
}

/// D-01: a change that could not be made durable did not happen, and the next one works.
#[test]
fn a_failed_commit_leaves_every_key_as_it_was() {
    let house = House::new(4);
    house.view(1).put("a", b"kept");
    let before = house.store.snapshot();
    house.store.fail_commits.store(true, Ordering::Relaxed);
    let pending = house.barrier.prepare_rekey(params(2, 2)).unwrap();
    assert!(matches!(now(house.barrier.rotate(at(1))), Err(BarrierError::Store(_))));
    assert!(matches!(now(house.barrier.rotate_root()), Err(BarrierError::Store(_))));
    assert!(matches!(now(house.barrier.rekey(&pending)), Err(BarrierError::Store(_))));
    house.store.fail_commits.store(false, Ordering::Relaxed);
    assert_eq!(house.store.snapshot(), before);
    assert_eq!(house.barrier.key_status().unwrap().term, 1);
    assert!(open(&house, &house.shares).is_ok());
    now(house.barrier.rotate_root()).unwrap();
    assert!(open(&house, &house.shares).is_ok());
    now(house.barrier.rekey(&pending)).unwrap();
    assert!(open(&house, pending.shares()).is_ok());
}

#[test]
fn changes_come_in_one_commit_even_if_their_work_runs_twice() {
    let house = House::new(5);
    house.store.run_twice.store(true, Ordering::Relaxed);
    let commits = || house.store.commits.load(Ordering::Relaxed);
    let before = commits();
    now(house.barrier.rotate(at(1))).unwrap();
    now(house.barrier.rotate_root()).unwrap();
    let pending = house.barrier.prepare_rekey(params(3, 3)).unwrap();
    now(house.barrier.rekey(&pending)).unwrap();
    assert_eq!(commits(), before + 3);
    assert!(open(&house, pending.shares()).is_ok());
}

#[test]
fn of_two_who_change_keys_at_once_one_is_told() {
    let house = House::new(6);
    let other = open(&house, &house.shares).unwrap();
    now(house.barrier.rotate(at(1))).unwrap();
    let stored = house.store.snapshot();
    assert!(matches!(now(other.rotate(at(2))), Err(BarrierError::Conflict)));
    assert!(matches!(now(other.rotate_root()), Err(BarrierError::Conflict)));
    assert_eq!(house.store.snapshot(), stored);
}

#[test]
fn without_randomness_no_key_changes() {
    let house = House::new(7);
    let before = house.store.snapshot();
    house.entropy.exhausted.store(true, Ordering::Relaxed);
    assert!(matches!(now(house.barrier.rotate(at(1))), Err(BarrierError::Entropy(_))));
    assert!(matches!(now(house.barrier.rotate_root()), Err(BarrierError::Entropy(_))));
    assert!(matches!(house.barrier.prepare_rekey(params(2, 2)), Err(BarrierError::Entropy(_))));
    assert_eq!(house.store.snapshot(), before);
}

#[test]
fn counts_go_on_after_an_orderly_seal_and_are_never_too_low_after_a_crash() {
    let mut house = House::new(8);
    let count = |house: &House| house.barrier.key_status().unwrap().encryptions;
    for i in 0..10_u8 {
        house.view(1).put("a", &[i]);
    }
    assert_eq!(count(&house), 10);
    now(house.barrier.settle_counts()).unwrap();
    house.reopen();
    assert_eq!(count(&house), 10);
    for _ in 0..5000 {
        house.view(1).put("a", b"");
    }
    assert_eq!(count(&house), 5010);
    house.reopen();
    let crashed = count(&house);
    assert!((5010..5010 + 4100).contains(&crashed), "{crashed}");

    now(house.barrier.rotate(at(1))).unwrap();
    house.view(1).put("a", b"");
    now(house.barrier.settle_counts()).unwrap();
    house.reopen();
    let counts = house.barrier.key_terms().iter().map(|term| term.encryptions).collect::<Vec<_>>();
    assert!((crashed..=crashed + 4096).contains(&counts[0]), "{counts:?}");
    assert_eq!(counts[1..], [1]);
}

#[test]
fn counting_costs_one_small_row_and_no_commit() {
    let house = House::new(9);
    let commits = house.store.commits.load(Ordering::Relaxed);
    for _ in 0..9000 {
        house.view(1).put("a", b"");
    }
    assert_eq!(house.store.commits.load(Ordering::Relaxed), commits + 9000);
    let own = house.store.snapshot().into_keys().filter(|(_, key)| key.starts_with(b"kvd/"));
    assert_eq!(own.count(), 6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// D-01: whenever a commit fails, exactly the shares that were good before, or those of a change that was answered, open.
    #[test]
    fn the_shares_that_count_always_open(seed: u64, life in prop::collection::vec((0_u8..4, prop::bool::weighted(0.3)), 1..12)) {
        let mut house = House::with(seed, params(3, 2));
        let mut current = house.shares.clone();
        for (step, (change, fails)) in life.into_iter().enumerate() {
            house.view(1).put(&format!("s{step}"), b"kept");
            house.store.fail_commits.store(fails, Ordering::Relaxed);
            let done = match change {
                0 => now(house.barrier.rotate(at(1))).is_ok(),
                1 => now(house.barrier.rotate_root()).is_ok(),
                2 => {
                    let pending = house.barrier.prepare_rekey(params(3, 2)).unwrap();
                    let done = now(house.barrier.rekey(&pending)).is_ok();
                    if done {
                        current = pending.shares().clone();
                    }
                    done
                }
                _ => {
                    house.barrier = open(&house, &current).unwrap();
                    !fails
                }
            };
            house.store.fail_commits.store(false, Ordering::Relaxed);
            prop_assert_eq!(done, !fails);
            let key: UnsealKey = join(&house.store, &house.entropy, &current).unwrap();
            let reopened = unseal(&house.store, &house.entropy, &key).unwrap();
            prop_assert_eq!(reopened.key_status().unwrap().term, house.barrier.key_status().unwrap().term);
            prop_assert_eq!(house.view(1).list("").len(), step + 1);
        }
    }
}
