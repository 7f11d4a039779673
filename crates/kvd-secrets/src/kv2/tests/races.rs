//! Many callers at once.

use super::rig;
use kvd_types::Operation::{Patch, Read, Write};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

#[test]
fn of_64_writers_with_check_and_set_each_number_is_won_by_exactly_one() {
    const ROUNDS: u64 = 20;
    let rig = rig();
    let won = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for writer in 0..64 {
            let (rig, won) = (&rig, &won);
            scope.spawn(move || {
                for number in 0..ROUNDS {
                    let body = format!("{{\"data\":{{\"w\":{writer}}},\"options\":{{\"cas\":{number}}}}}");
                    let answer = rig.call(Write, "data/k", &body);
                    match answer.status {
                        200 => won.lock().unwrap().push((number + 1, writer)),
                        400 => assert!(answer.text.contains("did not match"), "{answer:?}"),
                        _ => panic!("{answer:?}"),
                    }
                }
            });
        }
    });
    let won = won.into_inner().unwrap();
    let numbers: BTreeSet<u64> = won.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers.len(), won.len(), "a number was won twice");
    let newest = *numbers.last().unwrap();
    assert_eq!(numbers, (1..=newest).collect());
    let (_, winner) = won.iter().find(|(number, _)| *number == newest).unwrap();
    rig.check(Read, "data/k", "", 200, &format!("{{\"w\":{winner}}}"));
}

#[test]
fn patches_of_many_callers_are_all_kept() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
    thread::scope(|scope| {
        for i in 0..32 {
            let rig = &rig;
            scope.spawn(move || {
                rig.check(Patch, "data/k", &format!("{{\"data\":{{\"p{i:02}\":1}}}}"), 200, "");
            });
        }
    });
    let answer = rig.check(Read, "data/k", "", 200, "\"version\":33");
    assert_eq!(answer.text.matches("\"p").count(), 32);
}

#[test]
fn readers_of_a_secret_that_is_replaced_all_the_time_see_whole_versions() {
    let rig = rig();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let answer = rig.call(Read, "data/k", "");
                    assert!(matches!(answer.status, 200 | 404), "{answer:?}");
                    assert_eq!(answer.status == 200, answer.text.contains("{\"data\":{\"v\":\"x\"}"));
                }
            });
        }
        for _ in 0..300 {
            rig.check(Write, "data/k", r#"{"data":{"v":"x"}}"#, 200, "");
            rig.check(kvd_types::Operation::Delete, "metadata/k", "", 204, "");
        }
        done.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_changed_setting_holds_from_the_moment_it_is_answered() {
    let rig = rig();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    rig.check(Read, "config", "", 200, "");
                }
            });
        }
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                rig.check(Write, "config", r#"{"cas_required":false}"#, 204, "");
            }
        });
        for n in 1..300 {
            rig.check(Write, "config", &format!("{{\"max_versions\":{n}}}"), 204, "");
            rig.check(Read, "config", "", 200, &format!("\"max_versions\":{n},"));
        }
        done.store(true, Ordering::SeqCst);
    });
}
