//! Requests to the KV engines: whatever a client sends, the fault is never the server's.

use crate::vault::HOUSE;
use kvd_json::{Limits, Object};
use kvd_types::Operation::{self, Delete, List, Patch, Read, Scan, Write};

/// What the first byte of an input chooses from.
const CALLS: [(Operation, &str); 24] = [
    (Write, "secret/data/k"),
    (Patch, "secret/data/k"),
    (Read, "secret/data/k"),
    (Delete, "secret/data/k"),
    (Write, "secret/metadata/k"),
    (Patch, "secret/metadata/k"),
    (Read, "secret/metadata/k"),
    (Delete, "secret/metadata/k"),
    (List, "secret/metadata/"),
    (Scan, "secret/metadata/"),
    (List, "secret/detailed-metadata/"),
    (Read, "secret/subkeys/k"),
    (Write, "secret/delete/k"),
    (Write, "secret/undelete/k"),
    (Write, "secret/destroy/k"),
    (Write, "secret/config"),
    (Read, "secret/config"),
    (Write, "secret/elsewhere"),
    (Write, "kv/k"),
    (Read, "kv/k"),
    (List, "kv/"),
    (Write, "cubbyhole/k"),
    (Read, "cubbyhole/k"),
    (List, "cubbyhole/"),
];

/// Makes the call that the first byte chooses, with the rest as its body or query.
pub(crate) fn run(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let Ok(data) = Object::parse(body, &Limits::default()) else { return };
    let Some((operation, path)) = CALLS.get(usize::from(*first) % CALLS.len()) else { return };
    HOUSE.with(|house| {
        let answer = house.call(*operation, path, data);
        let what = || format!("{operation} {path}: {} {}", answer.status, answer.text);
        assert!((200..500).contains(&answer.status), "{}", what());
        assert!(answer.status < 400 || answer.text.len() < 64 << 10, "{}", what());
    });
}
