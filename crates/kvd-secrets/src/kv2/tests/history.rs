//! Long histories: pages, pruning, and records that somebody put back.

use super::{super::layout, check, rig};
use crate::testing::Rig;
use kvd_storage::Table;
use kvd_types::Operation::{Patch, Read, Write};
use std::sync::atomic::Ordering;

fn with_versions(count: u64) -> Rig {
    let rig = rig();
    rig.check(Write, "config", r#"{"max_versions":100000}"#, 204, "");
    for v in 1..=count {
        rig.check(Write, "data/k", &format!("{{\"data\":{{\"v\":\"value {v}.\"}}}}"), 200, "");
    }
    rig
}

/// The records that `work` opens and writes.
fn cost(rig: &Rig, work: impl FnOnce(&Rig)) -> (usize, usize) {
    rig.memory.reset_counts();
    work(rig);
    (rig.memory.opened.load(Ordering::SeqCst), rig.memory.written.load(Ordering::SeqCst))
}

#[test]
fn a_thousand_versions_cost_a_read_or_write_of_the_newest_no_more_than_two() {
    let read = |rig: &Rig| drop(rig.check(Read, "data/k", "", 200, "value"));
    let write = |rig: &Rig| drop(rig.check(Write, "data/k", r#"{"data":{}}"#, 200, ""));
    let patch = |rig: &Rig| drop(rig.check(Patch, "data/k", r#"{"data":{}}"#, 200, ""));
    let (few, many) = (with_versions(2), with_versions(1000));
    assert_eq!(cost(&many, read), cost(&few, read));
    assert_eq!(cost(&many, read), (1, 0), "the body alone, as nothing has changed since");
    assert_eq!(cost(&many, write), cost(&few, write));
    assert_eq!(cost(&many, patch), cost(&few, patch));
    assert_eq!(cost(&many, |r| drop(r.check(Read, "data/k", r#"{"version":7}"#, 200, "value 7."))), (3, 0));
}

#[test]
fn every_version_of_a_long_history_can_be_reached() {
    let rig = with_versions(300);
    for v in [1, 2, 63, 64, 65, 127, 128, 129, 192, 193, 255, 256, 257, 299, 300] {
        let want = format!("value {v}.");
        rig.check(Read, "data/k", &format!("{{\"version\":{v}}}"), 200, &want);
    }
    let metadata = rig.check(Read, "metadata/k", "", 200, r#""oldest_version":0"#);
    assert_eq!(metadata.text.matches("created_by").count(), 300);
    let pages = rig.memory.count(Table::Heads) - 2;
    assert_eq!(pages, 3, "versions 1 to 192 have moved out of the head");
}

#[test]
fn versions_in_pages_can_be_deleted_restored_and_destroyed() {
    let rig = with_versions(200);
    let versions = r#"{"versions":[1,64,65,128,129,200]}"#;
    let each = |status, piece: &str| {
        for v in [1, 64, 65, 128, 129, 200] {
            rig.check(Read, "data/k", &format!("{{\"version\":{v}}}"), status, piece);
        }
    };
    rig.check(Write, "delete/k", versions, 204, "");
    each(404, r#"{"data":null"#);
    rig.check(Read, "metadata/k", "", 200, r#""deleted_by":{"actor":"token","operation":"delete"}"#);
    rig.check(Write, "undelete/k", versions, 204, "");
    each(200, "value ");
    rig.check(Write, "destroy/k", versions, 204, "");
    each(404, r#""destroyed":true"#);
    rig.check(Read, "data/k", r#"{"version":2}"#, 200, "value 2.");
    assert_eq!(rig.memory.count(Table::Bodies), 194);
    assert!(!rig.memory.holds("value 128."));
}

#[test]
fn old_versions_go_when_there_are_too_many() {
    let rig = rig();
    for v in 1..=9 {
        rig.check(Write, "data/k", r#"{"data":{}}"#, 200, &format!("\"version\":{v}"));
    }
    check(
        &rig,
        &[
            (Read, "metadata/k", "", 200, r#""oldest_version":0"#),
            (Write, "data/k", r#"{"data":{}}"#, 200, ""),
            (Read, "metadata/k", "", 200, r#""oldest_version":1"#),
            (Write, "data/k", r#"{"data":{}}"#, 200, ""),
            (Read, "metadata/k", "", 200, r#""oldest_version":2"#),
            (Read, "data/k", r#"{"version":1}"#, 404, ""),
            (Write, "undelete/k", r#"{"versions":[1]}"#, 204, ""),
            (Read, "data/k", r#"{"version":1}"#, 404, ""),
            (Write, "metadata/k", r#"{"max_versions":3}"#, 204, ""),
            (Write, "data/k", r#"{"data":{}}"#, 200, ""),
            (Read, "metadata/k", "", 200, r#""oldest_version":10"#),
        ],
    );
    assert_eq!(rig.memory.count(Table::Bodies), 3);
}

#[test]
fn a_limit_that_is_lowered_takes_pages_and_bodies_with_it() {
    for (before, kept) in [(1000, 3), (1000, 70), (1000, 200), (130, 64), (200, 1)] {
        let rig = with_versions(before);
        rig.check(Write, "config", &format!("{{\"max_versions\":{kept}}}"), 204, "");
        rig.check(Write, "data/k", r#"{"data":{"v":"last"}}"#, 200, "");
        let oldest = before + 2 - kept;
        let metadata = rig.check(Read, "metadata/k", "", 200, &format!("\"oldest_version\":{oldest}"));
        assert_eq!(metadata.text.matches("created_by").count() as u64, kept);
        assert_eq!(rig.memory.count(Table::Bodies) as u64, kept);
        rig.check(Read, "data/k", &format!("{{\"version\":{oldest}}}"), 200, "");
        rig.check(Read, "data/k", &format!("{{\"version\":{}}}", oldest - 1), 404, "");
        rig.check(Write, "config", r#"{"max_versions":100000}"#, 204, "");
        for _ in 0..200 {
            rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
        }
        let metadata = rig.check(Read, "metadata/k", "", 200, "");
        assert_eq!(metadata.text.matches("created_by").count() as u64, kept + 200, "{before} {kept}");
    }
}

#[test]
fn a_removed_secret_leaves_no_record_behind() {
    let rig = with_versions(300);
    rig.check(kvd_types::Operation::Delete, "metadata/k", "", 204, "");
    assert_eq!((rig.memory.count(Table::Heads), rig.memory.count(Table::Bodies)), (1, 0), "only settings");
}

#[test]
fn an_older_body_put_back_in_its_place_is_noticed() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"old"}}"#, 200, "");
    let put_back = rig.memory.replay(layout::body("k", 1));
    rig.check(kvd_types::Operation::Delete, "metadata/k", "", 204, "");
    rig.check(Write, "data/k", r#"{"data":{"v":"new"}}"#, 200, "");
    put_back(&rig.memory);
    let answer = rig.check(Read, "data/k", "", 500, "");
    assert_eq!(answer.text, "internal error");
    rig.check(Read, "subkeys/k", "", 500, "");
    rig.check(Patch, "data/k", r#"{"data":{}}"#, 500, "");
}

#[test]
fn an_older_page_put_back_in_its_place_is_noticed() {
    let rig = with_versions(128);
    let put_back = rig.memory.replay(layout::page("k", 0));
    rig.check(Write, "delete/k", r#"{"versions":[5]}"#, 204, "");
    put_back(&rig.memory);
    rig.check(Read, "data/k", r#"{"version":5}"#, 500, "");
    rig.check(Read, "metadata/k", "", 500, "");
    rig.check(Write, "undelete/k", r#"{"versions":[5]}"#, 500, "");
    rig.check(Read, "data/k", "", 200, "value 128.");
}
