//! A history of transactions that shows whether any of them is lost, doubled, torn or falsified.
//!
//! Each writer counts its transactions. Number `n` of a writer touches all tables, so that a torn one is seen by
//! tables that disagree; every value follows from writer, place and number, so that a false one is seen by itself.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "each test program uses its part")]
#![allow(clippy::allow_attributes, reason = "an expectation would be unmet where the part is used")]

use bytes::Bytes;
use kvd_storage::{Store, StoreError, Table, Tx, TxWork, Verdict, suite::Dice};

/// So many entries of a writer's history are removed at a time, by their prefix.
const BLOCK: u64 = 32;
/// How many transactions all writers have done together.
const TOTAL: &[u8] = b"total";

/// Transaction `number` of `writer`.
pub(crate) fn transaction(writer: u64, number: u64) -> TxWork {
    Box::new(move |tx| {
        for table in Table::ALL {
            tx.put(table, state_key(writer), value(writer, table as u64, number));
        }
        tx.put(Table::Bodies, history_key(writer, number), value(writer, 0, number));
        if number.is_multiple_of(BLOCK) {
            tx.delete_prefix(Table::Bodies, history_prefix(writer, number / BLOCK - 1));
        }
        if number.is_multiple_of(2) {
            tx.delete(Table::Leases, odd_key(writer));
        } else {
            tx.put(Table::Leases, odd_key(writer), value(writer, 0, number));
        }
        let total = number_in(tx.get(Table::System, TOTAL)?) + 1;
        tx.put(Table::System, Bytes::from_static(TOTAL), Bytes::copy_from_slice(&total.to_be_bytes()));
        Ok(Verdict::Commit)
    })
}

/// A transaction that changes its mind after it did damage everywhere.
pub(crate) fn abandoned(writer: u64) -> TxWork {
    Box::new(move |tx: &mut dyn Tx| {
        for table in Table::ALL {
            tx.delete_prefix(table, Bytes::new());
            tx.put(table, state_key(writer), Bytes::from_static(b"abandoned"));
        }
        Ok(Verdict::Abandon)
    })
}

/// The number of the last transaction of `writer`, if the store can tell.
pub(crate) async fn last(store: &dyn Store, writer: u64) -> Result<u64, StoreError> {
    Ok(number_in(store.get(Table::Heads, &state_key(writer)).await?))
}

/// Reads everything of `writers` writers and returns the number of the last transaction of each.
///
/// # Errors
/// When the store fails to read.
///
/// # Panics
/// When what is there is not exactly what a number of transactions of each leaves.
pub(crate) async fn verify(store: &dyn Store, writers: u64) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    for writer in 0..writers {
        let number = last(store, writer).await?;
        for table in Table::ALL {
            let found = store.get(table, &state_key(writer)).await?;
            let expected = (number > 0).then(|| value(writer, table as u64, number));
            assert!(
                found == expected,
                "writer {writer}: table {table:?} is not that of transaction {number}"
            );
        }
        let history = store.scan(Table::Bodies, &history_of(writer), None, usize::MAX).await?;
        let first = (number / BLOCK * BLOCK).max(1);
        let expected: Vec<(Bytes, Bytes)> =
            (first..=number).map(|n| (history_key(writer, n), value(writer, 0, n))).collect();
        assert!(history == expected, "writer {writer}: the history is not that of transaction {number}");
        let odd = store.get(Table::Leases, &odd_key(writer)).await?;
        let expected = (number % 2 == 1).then(|| value(writer, 0, number));
        assert!(
            odd == expected,
            "writer {writer}: the mark of odd numbers is not that of transaction {number}"
        );
        numbers.push(number);
    }
    let total = number_in(store.get(Table::System, TOTAL).await?);
    assert_eq!(total, numbers.iter().sum::<u64>(), "the total of {numbers:?}");
    Ok(numbers)
}

/// Reads every record there is and returns how many were found, up to the first that cannot be read.
///
/// # Panics
/// When a record is not what one of the first `last` transactions of its writer put there.
pub(crate) async fn authentic(store: &dyn Store, last: u64) -> Result<usize, StoreError> {
    let mut count = 0;
    for table in Table::ALL {
        for (key, found) in store.scan(table, b"", None, usize::MAX).await? {
            let text = std::str::from_utf8(&key).unwrap().to_owned();
            let mut parts = text.split('/');
            let (kind, writer) = (parts.next().unwrap(), parts.next().map_or(0, |w| w.parse().unwrap()));
            let number = number_in(Some(found.clone()));
            let (place, named) = match kind {
                "state" => (table as u64, number),
                "odd" => (0, number),
                "history" => (0, parts.nth(1).unwrap().parse().unwrap()),
                "total" => continue,
                other => panic!("a record of the kind {other}"),
            };
            assert!(
                named <= last && found == value(writer, place, named),
                "table {table:?}: {text} is false"
            );
            count += 1;
        }
    }
    Ok(count)
}

/// A value that could not be anything else: the number, and bytes that follow from where it stands.
fn value(writer: u64, place: u64, number: u64) -> Bytes {
    let mut dice = Dice::new(number ^ (writer << 48) ^ (place << 56));
    // Mostly small; sometimes larger than a block of the log (32 KiB), so that records are split.
    let words = if dice.below(40) == 0 { 5000 } else { dice.below(120) };
    let mut value = Vec::with_capacity(8 * (words + 1));
    value.extend_from_slice(&number.to_be_bytes());
    (0..words).for_each(|_| value.extend_from_slice(&dice.roll().to_be_bytes()));
    Bytes::from(value)
}

fn number_in(value: Option<Bytes>) -> u64 {
    value.map_or(0, |value| u64::from_be_bytes(value[..8].try_into().unwrap()))
}

fn state_key(writer: u64) -> Bytes {
    Bytes::from(format!("state/{writer:04}"))
}

fn odd_key(writer: u64) -> Bytes {
    Bytes::from(format!("odd/{writer:04}"))
}

fn history_of(writer: u64) -> Bytes {
    Bytes::from(format!("history/{writer:04}/"))
}

fn history_prefix(writer: u64, block: u64) -> Bytes {
    Bytes::from(format!("history/{writer:04}/{block:08}/"))
}

fn history_key(writer: u64, number: u64) -> Bytes {
    Bytes::from(format!("history/{writer:04}/{:08}/{number:010}", number / BLOCK))
}
