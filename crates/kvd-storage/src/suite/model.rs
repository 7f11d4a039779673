//! Random transactions, compared with the simplest map that does the same.

use super::{dice::Dice, script::Change};
use crate::{Store, Table, Tx, Verdict};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc};

const SEEDS: u64 = 4;
const TRANSACTIONS: usize = 150;

type Model = BTreeMap<(Table, Bytes), Bytes>;

/// What one transaction does: each step changes a table and then reads from it.
#[derive(Clone, Debug)]
struct Step {
    table: Table,
    change: Change,
    read: Read,
    /// What the model says the reads find.
    value: Option<Bytes>,
    records: Vec<(Bytes, Bytes)>,
}

#[derive(Clone, Debug)]
struct Read {
    key: Bytes,
    prefix: Bytes,
    after: Option<Bytes>,
    limit: usize,
}

pub(super) async fn run(build: &impl Fn() -> Arc<dyn Store>) {
    for seed in 0..SEEDS {
        a_store_does_what_a_map_does(&*build(), seed).await;
    }
}

async fn a_store_does_what_a_map_does(store: &dyn Store, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut model = Model::new();
    for number in 0..TRANSACTIONS {
        let mut after = model.clone();
        let steps: Vec<Step> = (0..=dice.below(8)).map(|_| step(&mut dice, &mut after)).collect();
        let verdict = if dice.below(5) == 0 { Verdict::Abandon } else { Verdict::Commit };
        let shown = format!("seed {seed}, transaction {number}");
        let work = {
            let (steps, shown) = (steps.clone(), shown.clone());
            move |tx: &mut dyn Tx| {
                for (place, step) in steps.iter().enumerate() {
                    let Read { key, prefix, after, limit } = &step.read;
                    step.change.apply(step.table, tx);
                    assert_eq!(tx.get(step.table, key)?, step.value, "{shown}, step {place} of {steps:?}");
                    let found = tx.scan(step.table, prefix, after.as_deref(), *limit)?;
                    assert_eq!(found, step.records, "{shown}, step {place} of {steps:?}");
                }
                Ok(verdict)
            }
        };
        store.transact(Box::new(work)).await.unwrap_or_else(|e| panic!("{shown}: {e}"));
        if verdict == Verdict::Commit {
            model = after;
        }
        let table = table(&mut dice);
        let Read { key, prefix, after, limit } = read(&mut dice);
        let value = store.get(table, &key).await.unwrap();
        assert_eq!(value, model.get(&(table, key)).cloned(), "{shown}");
        let found = store.scan(table, &prefix, after.as_deref(), limit).await.unwrap();
        assert_eq!(found, scan(&model, table, &prefix, after.as_deref(), limit), "{shown}");
    }
    for table in Table::ALL {
        let found = store.scan(table, b"", None, usize::MAX).await.unwrap();
        assert_eq!(found, scan(&model, table, b"", None, usize::MAX), "seed {seed}, in the end");
    }
}

/// Draws a step and lets the model take it.
fn step(dice: &mut Dice, model: &mut Model) -> Step {
    let table = table(dice);
    let change = match dice.below(10) {
        0 => Change::DeletePrefix(key(dice, 2)),
        1..=3 => Change::Delete(key(dice, 4)),
        _ => Change::Put(key(dice, 4), Bytes::from(dice.roll().to_string())),
    };
    match &change {
        Change::Put(key, value) => drop(model.insert((table, key.clone()), value.clone())),
        Change::Delete(key) => drop(model.remove(&(table, key.clone()))),
        Change::DeletePrefix(prefix) => model.retain(|(t, key), _| *t != table || !key.starts_with(prefix)),
    }
    let read = read(dice);
    let value = model.get(&(table, read.key.clone())).cloned();
    let records = scan(model, table, &read.prefix, read.after.as_deref(), read.limit);
    Step { table, change, read, value, records }
}

fn scan(
    model: &Model,
    table: Table,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Vec<(Bytes, Bytes)> {
    let wanted = |(t, key): &(Table, Bytes)| {
        *t == table && key.starts_with(prefix) && after.is_none_or(|after| &key[..] > after)
    };
    let found = model.iter().filter(|(place, _)| wanted(place));
    found.take(limit).map(|((_, key), value)| (key.clone(), value.clone())).collect()
}

fn table(dice: &mut Dice) -> Table {
    // Two tables are enough to tell them apart, and few enough to meet.
    [Table::Heads, Table::Leases][dice.below(2)]
}

fn read(dice: &mut Dice) -> Read {
    let after = if dice.below(2) == 0 { Some(key(dice, 4)) } else { None };
    Read { key: key(dice, 4), prefix: key(dice, 2), after, limit: [1, 2, 5, usize::MAX][dice.below(4)] }
}

/// A key of few letters, so that keys meet and prefixes match, from both ends of the alphabet of bytes.
fn key(dice: &mut Dice, longest: usize) -> Bytes {
    let length = dice.below(longest + 1);
    (0..length).map(|_| [0, b'a', b'b', 0xff][dice.below(4)]).collect()
}
