//! Scans are sorted, keep to their prefix, and can be continued where they ended.

use super::script::{self, show};
use crate::{Store, Table, Tx, Verdict};
use bytes::Bytes;
use std::sync::Arc;

pub(super) async fn run(build: &impl Fn() -> Arc<dyn Store>) {
    a_scan_keeps_to_prefix_start_and_limit(&*build()).await;
    bytes_above_all_letters_are_keys_too(&*build()).await;
    pages_cover_everything_once(&*build()).await;
}

async fn a_scan_keeps_to_prefix_start_and_limit(store: &dyn Store) {
    script::run(store, "c=6 ab=3 a=1 b=5 aa=2 abc=4", Verdict::Commit).await.unwrap();
    for (prefix, after, limit, expected) in [
        ("", None, 99, "a=1 aa=2 ab=3 abc=4 b=5 c=6"),
        ("", None, 3, "a=1 aa=2 ab=3"),
        ("", None, 0, ""),
        ("a", None, 99, "a=1 aa=2 ab=3 abc=4"),
        ("ab", None, 99, "ab=3 abc=4"),
        ("abc", None, 99, "abc=4"),
        ("abcd", None, 99, ""),
        ("a", Some("a"), 99, "aa=2 ab=3 abc=4"),
        ("a", Some("aaa"), 2, "ab=3 abc=4"),
        ("a", Some("abc"), 99, ""),
        ("a", Some("b"), 99, ""),
        ("b", Some("a"), 99, "b=5"),
        ("b", Some("c"), 99, ""),
        ("", Some("b"), 99, "c=6"),
        ("", Some("c"), 99, ""),
        ("x", None, 99, ""),
    ] {
        let found =
            store.scan(Table::Heads, prefix.as_bytes(), after.map(str::as_bytes), limit).await.unwrap();
        assert_eq!(show(&found), expected, "prefix {prefix} after {after:?} limit {limit}");
    }
}

async fn bytes_above_all_letters_are_keys_too(store: &dyn Store) {
    let keys: [&'static [u8]; 5] = [b"a\xfe", b"a\xff", b"a\xff\xff", b"\xff", b"\xff\xffz"];
    let work = move |tx: &mut dyn Tx| {
        for key in keys {
            tx.put(Table::Bodies, Bytes::from_static(key), Bytes::new());
        }
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
    for (prefix, expected) in
        [(&b"a\xff"[..], &keys[1..3]), (b"\xff", &keys[3..5]), (b"\xff\xff", &keys[4..5]), (b"", &keys[..])]
    {
        let found = store.scan(Table::Bodies, prefix, None, 99).await.unwrap();
        let found: Vec<&[u8]> = found.iter().map(|(key, _)| &key[..]).collect();
        assert_eq!(found, expected, "prefix {prefix:x?}");
    }
    let work = |tx: &mut dyn Tx| {
        tx.delete_prefix(Table::Bodies, Bytes::from_static(b"\xff"));
        tx.delete_prefix(Table::Bodies, Bytes::from_static(b"a\xff"));
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
    assert_eq!(store.scan(Table::Bodies, b"", None, 99).await.unwrap().len(), 1);
}

async fn pages_cover_everything_once(store: &dyn Store) {
    let work = |tx: &mut dyn Tx| {
        for number in 0..3000_u32 {
            tx.put(
                Table::Tokens,
                Bytes::copy_from_slice(&number.to_be_bytes()),
                Bytes::from(number.to_string()),
            );
        }
        Ok(Verdict::Commit)
    };
    store.transact(Box::new(work)).await.unwrap();
    for limit in [1000, 999, 7] {
        let mut after: Option<Bytes> = None;
        let mut next = 0_u32;
        loop {
            let page = store.scan(Table::Tokens, b"", after.as_deref(), limit).await.unwrap();
            for (key, value) in &page {
                assert_eq!((&key[..], &value[..]), (&next.to_be_bytes()[..], next.to_string().as_bytes()));
                next += 1;
            }
            match page.last() {
                Some((key, _)) => after = Some(key.clone()),
                None => break,
            }
        }
        assert_eq!(next, 3000, "pages of {limit}");
    }
}
