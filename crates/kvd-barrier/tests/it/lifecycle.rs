//! From no vault to an open one and back, and everything that is refused on the way.

use crate::house::*;
use kvd_barrier::{
    Barrier, BarrierError, LockPolicy, ParamsError, Provided, SealStatus, ShareError, ShareParams,
    UnsealProgress,
};
use kvd_storage::Table;
use kvd_types::{NamespaceId, Secret, Timestamp};
use proptest::prelude::*;
use std::sync::{Arc, atomic::Ordering};

#[test]
fn a_vault_is_made_sealed_and_opened_with_any_three_of_five_shares() {
    let (store, entropy) = (ShownStore::new(), SeededEntropy::new(1));
    assert_eq!(now(Barrier::status(&*store)).unwrap(), SealStatus::Uninitialized);
    let made = now(Barrier::initialize(&*store, &*entropy, &Still(5), params(5, 3))).unwrap();
    assert_eq!(store.commits.load(Ordering::Relaxed), 1);
    assert!(made.shares.iter().all(|s| s.expose().len() == 33));
    let SealStatus::Initialized(config) = now(Barrier::status(&*store)).unwrap() else { panic!() };
    assert_eq!((config.params.shares(), config.params.threshold()), (5, 3));

    for choice in [[0, 1, 2], [4, 2, 0], [3, 4, 1]] {
        let shares = choice.map(|i| made.shares[i].clone());
        let key = join(&store, &entropy, &shares).unwrap();
        let barrier = unseal(&store, &entropy, &key).unwrap();
        assert_eq!(barrier.seal_config(), config);
        assert_eq!(barrier.damaged_records(), [""; 0]);
        let status = barrier.key_status().unwrap();
        assert_eq!((status.term, status.installed, status.encryptions), (1, Timestamp::from_seconds(5), 0));
    }
}

#[test]
fn a_single_share_is_the_key() {
    let mut house = House::with(2, params(1, 1));
    assert_eq!(house.shares[0].expose().len(), 32);
    house.view(1).put("a", b"b");
    house.reopen();
    assert_eq!(house.view(1).get("a").unwrap().unwrap(), b"b");
}

#[test]
fn a_vault_is_not_made_over_another() {
    let house = House::new(3);
    let before = house.store.snapshot();
    let again = now(Barrier::initialize(&*house.store, &*house.entropy, &Still(0), params(1, 1)));
    assert!(matches!(again, Err(BarrierError::AlreadyInitialized)));
    assert_eq!(house.store.snapshot(), before);
}

#[test]
fn remains_of_a_vault_are_neither_an_empty_store_nor_written_over() {
    let house = House::new(4);
    for lost in ["kvd/seal-config", "kvd/root-key", "kvd/instance", "kvd/keyring/a"] {
        let store = ShownStore::with(house.store.snapshot());
        store.rows.lock().unwrap().remove(&(Table::System, lost.into()));
        let again = now(Barrier::initialize(&*store, &*house.entropy, &Still(0), params(1, 1)));
        assert!(matches!(again, Err(BarrierError::AlreadyInitialized)), "{lost}");
    }
    let store = ShownStore::with(house.store.snapshot());
    store.rows.lock().unwrap().remove(&(Table::System, b"kvd/seal-config".to_vec()));
    assert_eq!(
        now(Barrier::status(&*store)).unwrap_err().to_string(),
        "the record kvd/seal-config is damaged: it is missing"
    );
}

#[test]
fn a_failed_commit_or_a_lack_of_randomness_leaves_no_vault() {
    let (store, entropy) = (ShownStore::new(), SeededEntropy::new(5));
    store.fail_commits.store(true, Ordering::Relaxed);
    let failed = now(Barrier::initialize(&*store, &*entropy, &Still(0), params(3, 2)));
    assert!(matches!(failed, Err(BarrierError::Store(_))));
    entropy.exhausted.store(true, Ordering::Relaxed);
    let failed = now(Barrier::initialize(&*store, &*entropy, &Still(0), params(3, 2)));
    assert!(matches!(failed, Err(BarrierError::Entropy(_))));
    assert!(store.snapshot().is_empty());
}

#[test]
fn impossible_shares_are_refused_in_words_that_clients_know() {
    let check = |shares, threshold, text: &str| {
        let error: ParamsError = ShareParams::new(shares, threshold).unwrap_err();
        assert_eq!(error.to_string(), text, "{threshold} of {shares}");
    };
    check(0, 0, "shares must be at least one");
    check(-1, 1, "shares must be at least one");
    check(256, 3, "shares must be less than 256");
    check(i64::MAX, 3, "shares must be less than 256");
    check(5, 0, "threshold must be at least one");
    check(5, 1, "threshold must be greater than one for multiple shares");
    check(5, 6, "threshold cannot be larger than shares");
    check(5, 256, "threshold must be less than 256");
    assert!(ShareParams::new(255, 255).is_ok());
}

#[test]
fn shares_of_wrong_length_are_refused_and_change_nothing() {
    let house = House::new(6);
    let mut progress = UnsealProgress::new(house.barrier.seal_config());
    let check = |progress: &mut UnsealProgress, length, text: &str| {
        let Err(error) = progress.provide(Secret::new(vec![1; length]), &*house.entropy) else { panic!() };
        assert_eq!(error.to_string(), text);
    };
    progress.provide(house.shares[0].clone(), &*house.entropy).unwrap();
    check(&mut progress, 0, "key is shorter than minimum 16 bytes");
    check(&mut progress, 15, "key is shorter than minimum 16 bytes");
    check(&mut progress, 34, "key is longer than maximum 33 bytes");
    check(&mut progress, 100_000, "key is longer than maximum 33 bytes");
    assert_eq!(progress.provided(), 1);
}

#[test]
fn a_share_given_twice_counts_once_and_a_reset_forgets_all() {
    let house = House::new(7);
    let mut progress = UnsealProgress::new(house.barrier.seal_config());
    assert_eq!(progress.nonce(), None);
    for _ in 0..3 {
        assert!(matches!(
            progress.provide(house.shares[0].clone(), &*house.entropy).unwrap(),
            Provided::More
        ));
    }
    assert_eq!(progress.provided(), 1);
    let nonce = progress.nonce().unwrap();
    progress.provide(house.shares[1].clone(), &*house.entropy).unwrap();
    assert_eq!(progress.nonce(), Some(nonce));
    progress.reset();
    assert_eq!((progress.provided(), progress.nonce()), (0, None));
}

#[test]
fn v094_wrong_shares_are_told_from_damage_and_the_next_try_starts_afresh() {
    let (house, stranger) = (House::new(8), House::new(9));
    let mut progress = UnsealProgress::new(house.barrier.seal_config());
    for share in [&house.shares[0], &stranger.shares[1]] {
        progress.provide(share.clone(), &*house.entropy).unwrap();
    }
    match progress.provide(house.shares[2].clone(), &*house.entropy) {
        Ok(Provided::Complete(key)) => {
            let error = unseal(&house.store, &house.entropy, &key).err().unwrap();
            assert!(matches!(error, BarrierError::WrongShares));
            assert_eq!(error.to_string(), "unseal failed, invalid key");
        }
        Ok(Provided::More) => panic!("three shares are enough"),
        Err(error) => assert!(matches!(error, BarrierError::WrongShares)),
    }
    assert_eq!((progress.provided(), progress.nonce()), (0, None));
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    assert!(unseal(&house.store, &house.entropy, &key).is_ok());
}

#[test]
fn parts_that_do_not_belong_together_in_form_are_wrong_shares() {
    let house = House::new(10);
    let short = Secret::new(vec![9; 20]);
    let mut moved = house.shares[0].expose().clone();
    moved[0] ^= 1; // the same point with another value
    let mut zero = house.shares[1].expose().clone();
    zero[32] = 0;
    for odd in [short, Secret::new(moved), Secret::new(zero)] {
        let shares = [house.shares[0].clone(), house.shares[2].clone(), odd];
        let error = join(&house.store, &house.entropy, &shares).err().unwrap();
        assert!(matches!(error, BarrierError::WrongShares));
    }
    assert_eq!(kvd_barrier::combine(&house.shares[..1]).err(), Some(ShareError::TooFew));
}

/// D-04: whatever is left of a record, the answer names it, and nothing panics.
#[test]
fn d04_every_core_record_cut_short_is_named() {
    let house = House::new(11);
    house.view(1).put("a", b"b");
    now(house.barrier.settle_counts()).unwrap();
    let whole = house.store.snapshot();
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    let records = whole.keys().filter(|(t, key)| *t == Table::System && key.starts_with(b"kvd/"));
    let mut seen = 0;
    for (table, record) in records {
        let name = str::from_utf8(record).unwrap();
        let full = whole[&(*table, record.clone())].len();
        for length in (0..=40.min(full - 1)).chain([full - 1, full + 1]) {
            let store = ShownStore::with(whole.clone());
            store.change(*table, record, |value| value.resize(length, 0));
            match unseal(&store, &house.entropy, &key) {
                Ok(barrier) => {
                    assert!(name.starts_with("kvd/keyring") || name == "kvd/encryptions", "{name} {length}");
                    assert_eq!(barrier.damaged_records(), [name]);
                }
                Err(BarrierError::Damaged { record, .. }) => assert_eq!(record, name, "{length}"),
                Err(other) => panic!("{name} {length}: {other}"),
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn one_copy_of_the_keyring_is_enough_and_the_next_change_mends_the_other() {
    let house = House::new(12);
    house.view(1).put("a", b"b");
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    for copy in ["kvd/keyring/a", "kvd/keyring/b"] {
        house.store.change(Table::System, copy.as_bytes(), |value| value[20] ^= 1);
        let barrier = unseal(&house.store, &house.entropy, &key).unwrap();
        assert_eq!(barrier.damaged_records(), [copy]);
        now(barrier.rotate(Timestamp::from_seconds(9))).unwrap();
        let mended = unseal(&house.store, &house.entropy, &key).unwrap();
        assert_eq!(mended.damaged_records(), [""; 0]);
    }
    for copy in ["kvd/keyring/a", "kvd/keyring/b"] {
        house.store.change(Table::System, copy.as_bytes(), |value| value[20] ^= 1);
    }
    assert!(matches!(
        unseal(&house.store, &house.entropy, &key),
        Err(BarrierError::Damaged { record: "kvd/keyring/a", .. })
    ));
}

#[test]
fn an_old_copy_of_the_keyring_loses_against_the_new_one() {
    let house = House::new(13);
    let old = house.store.snapshot();
    now(house.barrier.rotate(Timestamp::from_seconds(9))).unwrap();
    let place = (Table::System, b"kvd/keyring/a".to_vec());
    house.store.change(Table::System, &place.1, |value| *value = old[&place].clone());
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    let barrier = unseal(&house.store, &house.entropy, &key).unwrap();
    assert_eq!(barrier.key_status().unwrap().term, 2);
}

#[test]
fn a_changed_seal_configuration_does_not_open() {
    let house = House::new(14);
    let other = House::with(15, params(5, 2));
    let place = (Table::System, b"kvd/seal-config".to_vec());
    let foreign = other.store.snapshot()[&place].clone();
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    house.store.change(Table::System, &place.1, |value| *value = foreign);
    assert!(matches!(
        unseal(&house.store, &house.entropy, &key),
        Err(BarrierError::Damaged { record: "kvd/root-key", .. })
    ));
}

#[test]
fn keys_lie_in_locked_pages_if_that_is_required() {
    let house = House::new(16);
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    let open = |policy| {
        now(Barrier::unseal(Arc::clone(&house.store) as _, Arc::clone(&house.entropy) as _, &key, policy))
    };
    assert!(!open(LockPolicy::Skip).unwrap().memory_is_locked());
    match open(LockPolicy::Require) {
        Ok(barrier) => assert!(barrier.memory_is_locked()),
        // Some systems let nobody lock anything; then this is the answer, and no keys.
        Err(error) => assert!(matches!(error, BarrierError::MemoryLock { .. })),
    }
}

#[test]
fn purpose_keys_outlive_rotation_and_differ_from_each_other_and_from_other_vaults() {
    let mut house = House::new(17);
    let tag = |house: &House, purpose| house.barrier.purpose_key(purpose).unwrap().sign(b"x");
    let token = tag(&house, "token");
    assert_ne!(token, tag(&house, "audit"));
    assert_ne!(token, tag(&House::new(18), "token"));
    now(house.barrier.rotate(Timestamp::EPOCH)).unwrap();
    now(house.barrier.rotate_root()).unwrap();
    house.reopen();
    assert_eq!(token, tag(&house, "token"));
}

#[test]
fn dropping_the_barrier_and_its_views_ends_it() {
    let house = House::new(19);
    let view = house.barrier.view(NamespaceId::ROOT, kvd_types::ViewId::fixed(1));
    let watch = Arc::downgrade(&house.barrier);
    drop(house);
    assert!(watch.upgrade().is_some(), "a request still holds a view");
    drop(view);
    assert!(watch.upgrade().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_large_enough_subset_opens(seed: u64, shares in 2_i64..12, less in 0_i64..12, rounds in 1_u64..4) {
        let threshold = (shares - less).max(2);
        let house = House::with(seed, params(shares, threshold));
        house.view(1).put("a/b", b"kept");
        for round in 0..rounds {
            // A different beginning each time, in a different order.
            let mut chosen = house.shares.clone();
            let turn = usize::try_from(seed.wrapping_add(round) % 7).unwrap() % chosen.len();
            chosen.rotate_left(turn);
            if round % 2 == 1 {
                chosen.reverse();
            }
            chosen.truncate(usize::try_from(threshold).unwrap());
            let key = join(&house.store, &house.entropy, &chosen).unwrap();
            let reopened = House {
                store: Arc::clone(&house.store),
                entropy: Arc::clone(&house.entropy),
                shares: chosen,
                barrier: unseal(&house.store, &house.entropy, &key).unwrap(),
            };
            prop_assert_eq!(reopened.view(1).get("a/b").unwrap().unwrap(), b"kept");
        }
    }
}

/// Arithmetic by tables that a secret chooses from tells a neighbour on the same processor which entry was read.
#[test]
fn v099_no_source_of_ours_looks_a_secret_up_in_a_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        read += 1;
        for table in ["[u8; 256]", "EXP", "LOG_TABLE"] {
            assert!(!text.contains(table), "{table}");
        }
    }
    assert!(read > 10);
}
