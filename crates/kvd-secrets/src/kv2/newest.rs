//! What is noted of a secret's head, so that reading its newest version opens the body and nothing else.
//!
//! A note holds a number, times and the stamp of the body. It counts only as long as the head is the very sealing that
//! it was read from, so every write, deletion or change of metadata does away with it. Texts of the user's own are not
//! for notes: the head of a secret with custom metadata is opened every time.

use super::{entry::Entry, head::HeadRef, show};
use kvd_json::{Text, Writer};

/// The newest version of a secret without custom metadata.
pub(super) struct Newest {
    pub(super) number: u64,
    pub(super) entry: Entry,
    /// The object by which answers describe the version.
    pub(super) description: Text,
}

impl Newest {
    /// What is to be noted of a head, `entry` being that of its version `number`.
    pub(super) fn of(head: &HeadRef<'_>, number: u64, entry: Entry) -> Option<Self> {
        if number != head.facts.current || head.custom.is_some() {
            return None;
        }
        let mut w = Writer::with_capacity(192);
        w.begin_object();
        show::version(&mut w, number, &entry, None);
        w.end_object();
        Some(Self { number, entry, description: w.finish() })
    }
}
