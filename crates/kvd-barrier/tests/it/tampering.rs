//! P-01: what somebody with write access to the store can do to records, and that none of it goes unnoticed.

use crate::house::*;
use kvd_storage::{Slot, Table, View, ViewError};
use kvd_types::{NamespaceId, ViewId};
use proptest::prelude::*;
use std::sync::Arc;

fn is_tampered<T>(result: &Result<T, ViewError>) -> bool {
    matches!(result, Err(ViewError::Tampered { .. }))
}

/// The only row of a table, or the one of several that `which` tells.
fn key_of(house: &House, table: Table, which: usize) -> Vec<u8> {
    house.store.keys(table)[which].clone()
}

#[test]
fn v103_a_flipped_bit_in_a_record_is_an_error_and_never_a_value() {
    let house = House::new(1);
    house.view(1).put("a", b"value");
    let key = key_of(&house, Table::Heads, 0);
    let whole = house.store.snapshot();
    let bits = whole[&(Table::Heads, key.clone())].len() * 8;
    for bit in 0..bits {
        house.store.change(Table::Heads, &key, |value| value[bit / 8] ^= 1 << (bit % 8));
        assert!(is_tampered(&house.view(1).get("a")), "bit {bit}");
        let listed = now(house.view(1).0.list(Table::Heads, "", kvd_storage::Page::default()));
        assert!(is_tampered(&listed), "bit {bit}");
        *house.store.rows.lock().unwrap() = whole.clone();
    }
    assert_eq!(house.view(1).get("a").unwrap().unwrap(), b"value");
}

#[test]
fn a_record_cut_short_is_an_error_at_every_length() {
    let house = House::new(2);
    house.view(1).put("a", b"value");
    let key = key_of(&house, Table::Heads, 0);
    let length = house.store.snapshot()[&(Table::Heads, key.clone())].len();
    for shorter in (0..length).rev() {
        house.store.change(Table::Heads, &key, |value| value.truncate(shorter));
        assert!(is_tampered(&house.view(1).get("a")), "{shorter}");
    }
}

#[test]
fn records_that_changed_places_do_not_open() {
    let house = House::new(3);
    let view = house.view(1);
    view.put("a", b"for a");
    view.put("b", b"for b");
    let [first, second] = [0, 1].map(|i| (Table::Heads, key_of(&house, Table::Heads, i)));
    {
        let mut rows = house.store.rows.lock().unwrap();
        let (one, other) = (rows[&first].clone(), rows[&second].clone());
        rows.insert(first, other);
        rows.insert(second, one);
    }
    assert!(is_tampered(&view.get("a")) && is_tampered(&view.get("b")));
}

#[test]
fn a_record_moved_to_another_version_table_view_or_namespace_does_not_open() {
    let house = House::new(4);
    house.view(1).run(|tx| tx.put(Slot::at(Table::Bodies, "a").version(1), b"first").map(drop));
    let from = (Table::Bodies, key_of(&house, Table::Bodies, 0));
    let record = house.store.snapshot()[&from].clone();
    let view =
        |namespace, view| TestView(Arc::new(house.barrier.view(NamespaceId(namespace), ViewId::fixed(view))));
    for (namespace, number, table, version) in [
        (0, 1, Table::Bodies, 2),
        (0, 1, Table::Bodies, 0),
        (0, 1, Table::Heads, 1),
        (0, 2, Table::Bodies, 1),
        (1, 1, Table::Bodies, 1),
    ] {
        let slot = Slot::at(table, "a").version(version);
        let view = view(namespace, number);
        // A record of its own shows which key the place has; the moved one takes it.
        let before = house.store.keys(table);
        view.run(move |tx| tx.put(slot, b"own").map(drop));
        let to = house.store.keys(table).into_iter().find(|key| !before.contains(key)).unwrap();
        house.store.change(table, &to, |value| *value = record.clone());
        assert!(is_tampered(&now(view.0.get(slot))), "{namespace} {number} {table:?} {version}");
        assert!(is_tampered(&view.0.peek(slot)));
        house.store.rows.lock().unwrap().remove(&(table, to));
    }
}

#[test]
fn a_record_of_another_vault_does_not_open_even_with_the_same_keys() {
    // The same seed makes the same keys; only the identity is replaced, as when a store is cloned and made anew.
    let house = House::new(5);
    house.view(1).put("a", b"value");
    let other = House::new(6);
    let instance = (Table::System, b"kvd/instance".to_vec());
    let foreign = other.store.snapshot()[&instance].clone();
    house.store.change(Table::System, &instance.1, |value| *value = foreign);
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    assert!(unseal(&house.store, &house.entropy, &key).is_err());

    let row = (Table::Heads, key_of(&house, Table::Heads, 0));
    let record = house.store.snapshot()[&row].clone();
    other.view(1).put("a", b"own");
    let place = key_of(&other, Table::Heads, 0);
    other.store.change(Table::Heads, &place, |value| *value = record);
    assert!(is_tampered(&other.view(1).get("a")));
}

#[test]
fn an_older_record_put_back_opens_with_its_older_stamp() {
    // Nothing in the record can tell; whoever keeps the stamp elsewhere can.
    let house = House::new(7);
    let old = house.view(1).put("a", b"old");
    let row = (Table::Heads, key_of(&house, Table::Heads, 0));
    let record = house.store.snapshot()[&row].clone();
    let new = house.view(1).put("a", b"new");
    house.store.change(Table::Heads, &row.1, |value| *value = record);
    let opened = now(house.view(1).0.get(Slot::at(Table::Heads, "a"))).unwrap().unwrap();
    assert_eq!(opened.stamp, old);
    assert_ne!(opened.stamp, new);
}

#[test]
fn errors_say_where_and_why_but_neither_name_nor_value() {
    let house = House::new(8);
    house.view(1).put("team/canary", b"canary");
    for key in house.store.keys(Table::Heads) {
        house.store.change(Table::Heads, &key, |value| value.truncate(3));
    }
    let error = house.view(1).get("team/canary").unwrap_err();
    assert_eq!(error.to_string(), "a record in table Heads does not open: it is too short");
    assert!(!format!("{error:?}").contains("canary"));
    let work = |tx: &mut dyn kvd_storage::ViewTx| {
        tx.get(Slot::at(Table::Heads, "team/canary"))?;
        Ok(kvd_storage::Verdict::Commit)
    };
    assert!(is_tampered(&now(house.view(1).0.transact(Box::new(work)))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_damage_to_any_record_is_noticed_or_harmless(seed: u64, which: prop::sample::Index, at: prop::sample::Index, xor in 1_u8..) {
        let house = House::with(seed, params(3, 2));
        house.view(1).put("a/b", b"value");
        let key = join(&house.store, &house.entropy, &house.shares).unwrap();
        let (table, row) = which.get(&house.store.snapshot().into_keys().collect::<Vec<_>>()).clone();
        house.store.change(table, &row, |value| {
            let at = at.index(value.len());
            value[at] ^= xor;
        });
        // Opening may work, as one copy of the keyring is enough; then what is read is right or refused.
        if let Ok(barrier) = unseal(&house.store, &house.entropy, &key) {
            let house = House { barrier, ..house };
            match house.view(1).get("a/b") {
                Ok(value) => prop_assert_eq!(value.unwrap(), b"value"),
                Err(error) => prop_assert!(is_tampered::<()>(&Err(error))),
            }
        }
    }
}
