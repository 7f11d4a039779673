//! One key after another: what is put is read back, byte for byte, by every way of reading.

use crate::{Peek, Store, Table, Tx, Verdict};
use bytes::Bytes;
use std::sync::Arc;

pub(super) async fn run(build: &impl Fn() -> Arc<dyn Store>) {
    keys_and_values_are_any_bytes(&*build()).await;
    tables_are_apart(&*build()).await;
    the_last_value_counts(&*build()).await;
}

async fn keys_and_values_are_any_bytes(store: &dyn Store) {
    let large = vec![0x5a; 1 << 20];
    let long = vec![7; 2000];
    let records: [(&[u8], &[u8]); 8] = [
        (b"plain", b"value"),
        (b"empty value", b""),
        (b"\0", b"zero"),
        (b"\0\0", b"\0\0"),
        (b"\xff", b"\xff"),
        (b"\xff\xff", b"end"),
        (&long, b"long key"),
        (b"large", &large),
    ];
    for (key, value) in records {
        check(store, key, None).await;
        put(store, Table::Heads, key, value).await;
        check(store, key, Some(value)).await;
    }
    for (key, value) in records {
        check(store, key, Some(value)).await;
        delete(store, key).await;
        check(store, key, None).await;
    }
}

async fn tables_are_apart(store: &dyn Store) {
    for table in Table::ALL {
        put(store, table, b"key", table.name().as_bytes()).await;
    }
    for table in Table::ALL {
        let expected = Some(Bytes::from_static(table.name().as_bytes()));
        assert_eq!(store.get(table, b"key").await.unwrap(), expected, "{table:?}");
    }
}

async fn the_last_value_counts(store: &dyn Store) {
    for round in 0..50_u8 {
        put(store, Table::Heads, b"key", &[round]).await;
        check(store, b"key", Some(&[round])).await;
    }
    delete(store, b"key").await;
    delete(store, b"key").await;
    check(store, b"key", None).await;
}

async fn put(store: &dyn Store, table: Table, key: &[u8], value: &[u8]) {
    let (key, value) = (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
    let work = move |tx: &mut dyn Tx| {
        tx.put(table, key.clone(), value.clone());
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
}

async fn delete(store: &dyn Store, key: &[u8]) {
    let key = Bytes::copy_from_slice(key);
    let work = move |tx: &mut dyn Tx| {
        tx.delete(Table::Heads, key.clone());
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
}

/// Reads a key in every way there is.
async fn check(store: &dyn Store, key: &[u8], expected: Option<&[u8]>) {
    if let Peek::Known(value) = store.peek(Table::Heads, key).unwrap() {
        assert_eq!(value.as_deref(), expected, "peek {key:x?}");
    }
    assert_eq!(store.get(Table::Heads, key).await.unwrap().as_deref(), expected, "get {key:x?}");
    if let Peek::Known(value) = store.peek(Table::Heads, key).unwrap() {
        assert_eq!(value.as_deref(), expected, "peek after get {key:x?}");
    }
    let found = store.scan(Table::Heads, key, None, 1).await.unwrap();
    let found = found.first().filter(|(k, _)| k == key).map(|(_, v)| &v[..]);
    assert_eq!(found, expected, "scan {key:x?}");
    let (key, expected) = (Bytes::copy_from_slice(key), expected.map(Bytes::copy_from_slice));
    let work = move |tx: &mut dyn Tx| {
        assert_eq!(tx.get(Table::Heads, &key)?, expected, "get in a transaction {key:x?}");
        Ok(Verdict::Abandon)
    };
    store.transact(Box::new(work)).await.unwrap();
}
