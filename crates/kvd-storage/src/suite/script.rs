//! Changes and states as short texts, so that the exam reads as data.

use crate::{Store, StoreError, Table, Tx, Verdict};
use bytes::Bytes;

/// One change.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Bytes, Bytes),
    Delete(Bytes),
    DeletePrefix(Bytes),
}

impl Change {
    pub(super) fn apply(&self, table: Table, tx: &mut dyn Tx) {
        match self {
            Self::Put(key, value) => tx.put(table, key.clone(), value.clone()),
            Self::Delete(key) => tx.delete(table, key.clone()),
            Self::DeletePrefix(prefix) => tx.delete_prefix(table, prefix.clone()),
        }
    }
}

/// Reads words: `k=v` puts, `-k` deletes, `!p` deletes a prefix.
pub(super) fn changes(script: &str) -> Vec<Change> {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let change = |word: &str| match (word.split_once('='), word.strip_prefix('-'), word.strip_prefix('!')) {
        (Some((key, value)), ..) => Change::Put(bytes(key), bytes(value)),
        (None, Some(key), _) => Change::Delete(bytes(key)),
        (None, None, Some(prefix)) => Change::DeletePrefix(bytes(prefix)),
        (None, None, None) => panic!("{word} is no change"),
    };
    script.split_whitespace().map(change).collect()
}

/// Runs a script on the table of heads as one transaction that ends with `verdict`.
pub(super) async fn run(store: &dyn Store, script: &str, verdict: Verdict) -> Result<(), StoreError> {
    let changes = changes(script);
    let work = move |tx: &mut dyn Tx| {
        changes.iter().for_each(|change| change.apply(Table::Heads, tx));
        Ok(verdict)
    };
    store.transact(Box::new(work)).await
}

/// Writes records as words `k=v`.
pub(super) fn show(records: &[(Bytes, Bytes)]) -> String {
    let words = records
        .iter()
        .map(|(key, value)| format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
    words.collect::<Vec<_>>().join(" ")
}

/// The whole table of heads as words.
pub(super) async fn state(store: &dyn Store) -> String {
    show(&store.scan(Table::Heads, b"", None, usize::MAX).await.unwrap())
}
