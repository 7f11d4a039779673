//! What a read of something unchanged costs, and that every change is seen by the next read.

use super::*;
use std::sync::atomic::Ordering;

/// How many records a read opens that finds `wanted`.
fn opened(rig: &Rig, status: u16, wanted: &str) -> usize {
    rig.memory.reset_counts();
    rig.check(Read, "data/k", "", status, wanted);
    rig.memory.opened.load(Ordering::SeqCst)
}

#[test]
fn a_hot_read_opens_one_record() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"first."}}"#, 200, "");
    assert_eq!(opened(&rig, 200, "first."), 2, "head and body");
    for _ in 0..3 {
        assert_eq!(opened(&rig, 200, "first."), 1, "the body");
    }
}

#[test]
fn the_first_read_after_a_change_sees_it_and_the_second_is_hot_again() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"first."}}"#, 200, "");
    let changes = [
        (Write, "data/k", r#"{"data":{"v":"second."}}"#, 200, "second."),
        (Patch, "data/k", r#"{"data":{"w":"third."}}"#, 200, "third."),
        (Delete, "data/k", "", 404, "deletion_time"),
        (Write, "undelete/k", r#"{"versions":[3]}"#, 200, "third."),
        (Write, "destroy/k", r#"{"versions":[3]}"#, 404, "\"destroyed\":true"),
        (Write, "data/k", r#"{"data":{"v":"fourth."}}"#, 200, "fourth."),
        (Delete, "metadata/k", "", 404, ""),
        (Write, "data/k", r#"{"data":{"v":"fifth."}}"#, 200, "\"version\":1"),
    ];
    for (operation, path, body, status, wanted) in changes {
        // Whatever is noted of the state before must not be what the next read goes by.
        rig.call(Read, "data/k", "");
        rig.call(operation, path, body);
        let cold = opened(&rig, status, wanted);
        assert!(opened(&rig, status, wanted) <= cold, "{path} {body}");
    }
}

#[test]
fn a_version_that_deletes_itself_is_gone_in_time_though_it_is_hot() {
    let rig = rig();
    rig.check(Write, "metadata/k", r#"{"delete_version_after":"10s"}"#, 204, "");
    rig.check(Write, "data/k", r#"{"data":{"v":"first."}}"#, 200, "");
    rig.check(Read, "data/k", "", 200, "first.");
    rig.check(Read, "data/k", "", 200, "first.");
    rig.advance(11);
    let answer = rig.check(Read, "data/k", "", 404, "deletion_time");
    assert!(!format!("{answer:?}").contains("first."), "{answer:?}");
}

#[test]
fn custom_metadata_is_shown_and_never_noted() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"first."}}"#, 200, "");
    rig.check(Read, "data/k", "", 200, r#""custom_metadata":null"#);
    rig.check(Write, "metadata/k", r#"{"custom_metadata":{"owner":"me"}}"#, 204, "");
    for _ in 0..2 {
        assert_eq!(opened(&rig, 200, r#""custom_metadata":{"owner":"me"}"#), 2, "head and body");
    }
}
