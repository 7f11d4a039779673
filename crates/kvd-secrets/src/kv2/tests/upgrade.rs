//! From version 1 to version 2 in place.

use super::{super::Upgrader, check};
use crate::testing::{Rig, build, now};
use kvd_backend::{MountOptions, Upgrade};
use kvd_types::{
    Clock,
    Operation::{Delete, List, Read, Scan, Write},
};
use std::sync::Arc;

fn upgrade(rig: &mut Rig, version: &str) -> bool {
    let options = MountOptions::from([("version".to_owned(), version.to_owned())]);
    let upgrader = Upgrader { clock: Arc::clone(&rig.clock) as Arc<dyn Clock> };
    let done = now(upgrader.upgrade(&rig.view, &options)).is_ok();
    rig.engine = build("kv", &[("version", version)]);
    done
}

fn filled() -> Rig {
    let rig = Rig::new("kv", &[]);
    rig.check(Write, "a", r#"{"x":"1","n":9007199254740993,"l":[1,{"y":null}]}"#, 204, "");
    for i in 0..200 {
        rig.check(Write, &format!("dir/sub{}/{i}", i % 3), &format!("{{\"i\":{i}}}"), 204, "");
    }
    rig
}

fn check_upgraded(rig: &Rig) {
    check(
        rig,
        &[
            (Read, "data/a", "", 200, r#"{"data":{"l":[1,{"y":null}],"n":9007199254740993,"x":"1"},"#),
            (Read, "metadata/a", "", 200, r#""oldest_version":1"#),
            (Read, "metadata/a", "", 200, r#""created_by":null"#),
            (List, "metadata/", "", 200, r#"{"keys":["a","dir/"]}"#),
            (List, "metadata/dir/", "", 200, r#"{"keys":["sub0/","sub1/","sub2/"]}"#),
            (Read, "a", "", 404, ""),
        ],
    );
    for i in 0..200 {
        rig.check(Read, &format!("data/dir/sub{}/{i}", i % 3), "", 200, &format!("{{\"i\":{i}}}"));
    }
    let scan = rig.check(Scan, "metadata/", "", 200, "");
    assert_eq!(scan.text.matches("sub").count(), 200);
}

#[test]
fn an_upgrade_keeps_every_value_as_version_1() {
    let mut rig = filled();
    assert!(upgrade(&mut rig, "2"));
    check_upgraded(&rig);
    check(
        &rig,
        &[
            (Write, "data/a", r#"{"options":{"cas":1},"data":{"x":"2"}}"#, 200, r#""version":2"#),
            (Read, "data/a", r#"{"version":1}"#, 200, "9007199254740993"),
            (Delete, "metadata/a", "", 204, ""),
            (List, "metadata/", "", 200, r#"{"keys":["dir/"]}"#),
        ],
    );
}

#[test]
fn an_upgrade_that_is_killed_after_any_step_goes_on_where_it_was() {
    for killed_after in 0..8 {
        let mut rig = filled();
        *rig.memory.commits_left.lock().unwrap() = Some(killed_after);
        let done = upgrade(&mut rig, "2");
        *rig.memory.commits_left.lock().unwrap() = None;
        rig.advance(60);
        assert!(upgrade(&mut rig, "2"), "killed after {killed_after}, done {done}");
        check_upgraded(&rig);
    }
}

#[test]
fn a_finished_upgrade_touches_nothing_when_it_is_run_again() {
    let mut rig = filled();
    assert!(upgrade(&mut rig, "2"));
    rig.memory.reset_counts();
    assert!(upgrade(&mut rig, "2"));
    assert_eq!(rig.memory.written.load(std::sync::atomic::Ordering::SeqCst), 0);
    check_upgraded(&rig);
}

#[test]
fn other_options_leave_version_1_alone() {
    let mut rig = filled();
    assert!(upgrade(&mut rig, "1"));
    rig.check(Read, "a", "", 200, "9007199254740993");
}
