//! Version 2 from outside: what each path answers.

mod bad_input;
mod history;
mod hot;
mod model;
mod races;
mod upgrade;

use crate::testing::Rig;
use kvd_types::Operation::{self, Delete, List, Patch, Read, Scan, Write};

pub(super) fn rig() -> Rig {
    Rig::new("kv", &[("version", "2")])
}

/// Calls in turn, each with the status and a piece of the answer that it must bring.
#[track_caller]
pub(super) fn check(rig: &Rig, steps: &[(Operation, &str, &str, u16, &str)]) {
    for (operation, path, body, status, piece) in steps {
        rig.check(*operation, path, body, *status, piece);
    }
}

#[test]
fn what_is_written_is_read_with_its_metadata() {
    let rig = rig();
    let written = rig.check(Write, "data/app/db", r#"{"data":{"user":"app","password":"s3cr3t"}}"#, 200, "");
    assert_eq!(
        written.text,
        r#"{"created_time":"2027-01-15T08:00:00Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}"#
    );
    let read = rig.check(Read, "data/app/db", "", 200, "");
    assert_eq!(
        read.text,
        format!(r#"{{"data":{{"password":"s3cr3t","user":"app"}},"metadata":{}}}"#, written.text)
    );
    check(
        &rig,
        &[
            (Write, "data/app/db", r#"{"data":{"user":"app2"}}"#, 200, r#""version":2"#),
            (Read, "data/app/db", "", 200, r#"{"data":{"user":"app2"}"#),
            (Read, "data/app/db", r#"{"version":"1"}"#, 200, r#""s3cr3t""#),
            (Read, "data/app/db", r#"{"version":"0"}"#, 200, r#""app2""#),
            (Read, "data/app/db", r#"{"version":""}"#, 200, r#""app2""#),
            (Read, "data/app/db", r#"{"version":"3"}"#, 404, ""),
            (Read, "data/app", "", 404, ""),
            (Read, "data/none", "", 404, ""),
            (Write, "data/empty", r#"{"data":{}}"#, 200, ""),
            (Read, "data/empty", "", 200, r#"{"data":{},"#),
            (Write, "data/nul", r#"{"data":null}"#, 200, ""),
            (Read, "data/nul", "", 200, r#"{"data":{},"#),
        ],
    );
}

#[test]
fn it_makes_no_difference_whether_records_come_from_memory_or_from_the_disk() {
    let rig = rig();
    rig.memory.is_cold.store(true, std::sync::atomic::Ordering::SeqCst);
    check(
        &rig,
        &[
            (Write, "data/k", r#"{"data":{"v":1}}"#, 200, r#""version":1"#),
            (Patch, "data/k", r#"{"data":{"w":2}}"#, 200, r#""version":2"#),
            (Read, "data/k", "", 200, r#"{"v":1,"w":2}"#),
            (Read, "metadata/k", "", 200, r#""current_version":2"#),
            (Read, "config", "", 200, r#""max_versions":0"#),
        ],
    );
}

#[test]
fn numbers_keep_every_digit() {
    let rig = rig();
    let numbers = r#"{"data":{"a":123456789012345678901234567890,"b":1.10,"c":1e3,"d":-0.0}}"#;
    rig.check(Write, "data/k", numbers, 200, "");
    rig.check(Patch, "data/k", r#"{"data":{"e":9007199254740993}}"#, 200, "");
    let want =
        r#"{"data":{"a":123456789012345678901234567890,"b":1.10,"c":1e3,"d":-0.0,"e":9007199254740993},"#;
    rig.check(Read, "data/k", "", 200, want);
}

#[test]
fn check_and_set_lets_a_write_through_only_with_the_current_number() {
    const MISMATCH: &str = "check-and-set parameter did not match the current version";
    check(
        &rig(),
        &[
            (Write, "data/k", r#"{"options":{"cas":1},"data":{}}"#, 400, MISMATCH),
            (Write, "data/k", r#"{"options":{"cas":0},"data":{}}"#, 200, r#""version":1"#),
            (Write, "data/k", r#"{"options":{"cas":0},"data":{}}"#, 400, MISMATCH),
            (Write, "data/k", r#"{"options":{"cas":1},"data":{}}"#, 200, r#""version":2"#),
            (Delete, "data/k", "", 204, ""),
            (Write, "data/k", r#"{"options":{"cas":0},"data":{}}"#, 400, MISMATCH),
            (Write, "destroy/k", r#"{"versions":[1,2]}"#, 204, ""),
            (Write, "data/k", r#"{"options":{"cas":2},"data":{}}"#, 200, r#""version":3"#),
            (Delete, "metadata/k", "", 204, ""),
            (Write, "data/k", r#"{"options":{"cas":3},"data":{}}"#, 400, MISMATCH),
            (Write, "data/k", r#"{"options":{"cas":0},"data":{}}"#, 200, r#""version":1"#),
        ],
    );
}

#[test]
fn check_and_set_can_be_required_by_the_mount_or_by_the_secret() {
    const REQUIRED: &str = "check-and-set parameter required for this call";
    let rig = rig();
    check(
        &rig,
        &[
            (Write, "data/k", r#"{"data":{}}"#, 200, ""),
            (Write, "metadata/k", r#"{"cas_required":true}"#, 204, ""),
            (Write, "data/k", r#"{"data":{}}"#, 400, REQUIRED),
            (Patch, "data/k", r#"{"data":{}}"#, 400, REQUIRED),
            (Write, "data/other", r#"{"data":{}}"#, 200, ""),
            (Write, "config", r#"{"cas_required":true}"#, 204, ""),
            (Write, "data/other", r#"{"data":{}}"#, 400, REQUIRED),
            (Write, "data/new", r#"{"data":{}}"#, 400, REQUIRED),
            (Write, "data/new", r#"{"data":{},"options":{"cas":0}}"#, 200, ""),
        ],
    );
    let answer = rig.check(Write, "metadata/k", r#"{"cas_required":false}"#, 200, "");
    assert_eq!(
        answer.warnings,
        ["\"cas_required\" set to false, but is mandated by backend config. This value will be ignored."]
    );
    rig.check(Write, "data/k", r#"{"data":{}}"#, 400, REQUIRED);
}

#[test]
fn deleted_versions_can_be_brought_back_and_destroyed_ones_cannot() {
    let rig = rig();
    check(
        &rig,
        &[
            (Write, "data/k", r#"{"data":{"v":"one"}}"#, 200, ""),
            (Write, "data/k", r#"{"data":{"v":"two"}}"#, 200, ""),
            (Delete, "data/k", "", 204, ""),
            (Read, "data/k", "", 404, r#"{"data":null,"metadata":{"created_time":"#),
            (Read, "data/k", r#"{"version":1}"#, 200, "one"),
            (Write, "delete/k", r#"{"versions":[1,2,99]}"#, 204, ""),
            (Read, "data/k", r#"{"version":1}"#, 404, r#""destroyed":false,"version":1"#),
            (Write, "undelete/k", r#"{"versions":"1,2,50"}"#, 204, ""),
            (Read, "data/k", "", 200, "two"),
            (Write, "destroy/k", r#"{"versions":["2"]}"#, 204, ""),
            (Read, "data/k", "", 404, r#""deletion_time":"","destroyed":true,"version":2"#),
            (Write, "undelete/k", r#"{"versions":[2]}"#, 204, ""),
            (Read, "data/k", "", 404, r#""destroyed":true"#),
            (Delete, "data/k", "", 204, ""),
            (Read, "data/k", "", 404, r#""deletion_time":"""#),
            (Write, "delete/none", r#"{"versions":[1]}"#, 204, ""),
            (Delete, "data/none", "", 204, ""),
            (Read, "metadata/none", "", 404, ""),
        ],
    );
    assert!(!rig.memory.holds("two"), "a destroyed version is still stored");
}

#[test]
fn a_second_delete_does_not_change_the_time_of_the_first() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
    rig.check(Delete, "data/k", "", 204, "");
    let first = rig.call(Read, "metadata/k", "");
    rig.advance(5);
    rig.check(Delete, "data/k", "", 204, "");
    assert_eq!(rig.call(Read, "metadata/k", "").text, first.text);
}

#[test]
fn a_deletion_holds_when_the_clock_goes_back() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"x"}}"#, 200, "");
    rig.check(Delete, "data/k", "", 204, "");
    rig.clock.set(kvd_types::Timestamp::from_seconds(1_000));
    rig.check(Read, "data/k", "", 404, r#"{"data":null"#);
}

#[test]
fn versions_delete_themselves_after_the_shorter_time() {
    let rig = rig();
    check(
        &rig,
        &[
            (Write, "config", r#"{"delete_version_after":"1h"}"#, 204, ""),
            (Write, "metadata/short", r#"{"delete_version_after":"10s"}"#, 204, ""),
            (Write, "data/short", r#"{"data":{"v":1}}"#, 200, r#""deletion_time":"2027-01-15T08:00:10Z""#),
            (Write, "data/long", r#"{"data":{"v":1}}"#, 200, r#""deletion_time":"2027-01-15T09:00:00Z""#),
            (Read, "data/short", "", 200, ""),
        ],
    );
    rig.advance(10);
    check(
        &rig,
        &[
            (Read, "data/short", "", 404, r#"{"data":null"#),
            (Patch, "data/short", r#"{"data":{}}"#, 404, r#"{"created_time":"#),
            (Read, "data/long", "", 200, ""),
            (Write, "undelete/short", r#"{"versions":[1]}"#, 204, ""),
            (Read, "data/short", "", 200, r#""deletion_time":"2027-01-15T08:00:20Z""#),
            (Write, "config", r#"{"delete_version_after":-7}"#, 204, ""),
            (Read, "config", "", 200, r#""delete_version_after":"-1s""#),
            (Write, "undelete/short", r#"{"versions":[1]}"#, 204, ""),
            (Read, "data/short", "", 200, r#""deletion_time":"""#),
        ],
    );
}

#[test]
fn a_patch_makes_a_version_out_of_the_newest_one() {
    let rig = rig();
    let missing = rig.check(Patch, "data/k", r#"{"data":{"a":1}}"#, 404, "");
    assert_eq!(missing.text, "", "clients tell a missing secret by the empty body");
    check(
        &rig,
        &[
            (Write, "metadata/meta", r#"{"max_versions":3}"#, 204, ""),
            (Patch, "data/meta", r#"{"data":{"a":1}}"#, 404, ""),
            (Write, "data/k", r#"{"data":{"a":"1","b":{"x":1},"n":null}}"#, 200, ""),
            (Patch, "data/k", r#"{"data":{"a":null,"b":{"y":2}}}"#, 200, r#""version":2"#),
            (Read, "data/k", "", 200, r#"{"data":{"b":{"x":1,"y":2},"n":null}"#),
            (Patch, "data/k", r#"{"data":{"v":1},"options":{"cas":1}}"#, 400, "did not match"),
            (Patch, "data/k", r#"{"data":{"v":1},"options":{"cas":"2"}}"#, 200, r#""version":3"#),
            (Patch, "data/k", r#"{"data":{}}"#, 200, r#""version":4"#),
            (Delete, "data/k", "", 204, ""),
            (Patch, "data/k", r#"{"data":{"v":1},"options":{"cas":1}}"#, 400, "did not match"),
            (Patch, "data/k", r#"{"data":{"v":1}}"#, 404, r#""destroyed":false,"version":4}"#),
        ],
    );
}

#[test]
fn metadata_shows_settings_and_versions() {
    let rig = rig();
    check(
        &rig,
        &[
            (Write, "metadata/new", "{}", 204, ""),
            (Write, "metadata/new", r#"{"colour":"red"}"#, 204, ""),
            (Write, "metadata/new", r#"{"metadata_cas":0}"#, 204, ""),
            (Read, "metadata/new", "", 404, ""),
            (
                Write,
                "metadata/k",
                r#"{"max_versions":4,"delete_version_after":"3h25m19s","custom_metadata":{"o":"me"}}"#,
                204,
                "",
            ),
            (Read, "data/k", "", 404, ""),
            (Write, "data/k", r#"{"data":{}}"#, 200, r#""custom_metadata":{"o":"me"}"#),
            (Delete, "data/k", "", 204, ""),
        ],
    );
    rig.advance(1);
    rig.check(Write, "metadata/k", r#"{"delete_version_after":0}"#, 204, "");
    assert_eq!(
        rig.call(Read, "metadata/k", "").text,
        concat!(
            r#"{"cas_required":false,"created_time":"2027-01-15T08:00:00Z","current_metadata_version":2,"#,
            r#""current_version":1,"custom_metadata":{"o":"me"},"delete_version_after":"0s","#,
            r#""last_updated_by":{"actor":"token","operation":"update"},"max_versions":4,"#,
            r#""metadata_cas_required":false,"oldest_version":0,"updated_time":"2027-01-15T08:00:01Z","#,
            r#""versions":{"1":{"created_by":{"actor":"token","operation":"update"},"#,
            r#""created_time":"2027-01-15T08:00:00Z","deleted_by":{"actor":"token","operation":"delete"},"#,
            r#""deletion_time":"2027-01-15T08:00:00Z","destroyed":false}}}"#
        )
    );
    rig.check(Delete, "metadata/k", "", 204, "");
    rig.check(Delete, "metadata/k", "", 204, "");
    rig.check(Read, "data/k", r#"{"version":1}"#, 404, "");
    assert_eq!(rig.memory.count(kvd_storage::Table::Bodies), 0);
}

#[test]
fn the_entity_of_a_writer_is_shown() {
    let mut rig = rig();
    rig.caller.entity_id = "e-1".to_owned();
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
    let want = r#""created_by":{"actor":"token","client_id":"e-1","entity_id":"e-1","operation":"create"}"#;
    rig.check(Read, "metadata/k", "", 200, want);
}

#[test]
fn a_metadata_patch_changes_only_what_it_names() {
    check(
        &rig(),
        &[
            (Patch, "metadata/k", r#"{"max_versions":3}"#, 404, ""),
            (
                Write,
                "metadata/k",
                r#"{"max_versions":3,"cas_required":true,"delete_version_after":"10m","custom_metadata":{"a":"1","b":"2","c":"3"}}"#,
                204,
                "",
            ),
            (Patch, "metadata/k", r#"{"custom_metadata":{"b":"two","c":null,"d":4,"zz":null}}"#, 204, ""),
            (Read, "metadata/k", "", 200, r#""custom_metadata":{"a":"1","b":"two","d":"4"}"#),
            (Read, "metadata/k", "", 200, r#""cas_required":true"#),
            (Patch, "metadata/k", r#"{"delete_version_after":"0s","cas_required":false}"#, 204, ""),
            (Read, "metadata/k", "", 200, r#""delete_version_after":"0s""#),
            (Read, "metadata/k", "", 200, r#""cas_required":false"#),
            (Patch, "metadata/k", r#"{"custom_metadata":{"a":null,"b":null,"d":null}}"#, 204, ""),
            (Read, "metadata/k", "", 200, r#""custom_metadata":null"#),
        ],
    );
}

#[test]
fn null_takes_a_setting_back_but_leaves_durations_alone() {
    let all =
        r#"{"max_versions":3,"cas_required":true,"delete_version_after":"10m","custom_metadata":{"a":"1"}}"#;
    let nulls =
        r#"{"max_versions":null,"cas_required":null,"delete_version_after":null,"custom_metadata":null}"#;
    for operation in [Write, Patch] {
        let rig = rig();
        check(
            &rig,
            &[
                (Write, "metadata/k", all, 204, ""),
                (operation, "metadata/k", nulls, 204, ""),
                (Read, "metadata/k", "", 200, r#""max_versions":0"#),
                (Read, "metadata/k", "", 200, r#""cas_required":false"#),
                (Read, "metadata/k", "", 200, r#""delete_version_after":"10m0s""#),
                (Read, "metadata/k", "", 200, r#""custom_metadata":null"#),
                (Write, "config", r#"{"max_versions":3,"delete_version_after":"10m"}"#, 204, ""),
                (Write, "config", r#"{"max_versions":null,"delete_version_after":null}"#, 204, ""),
                (Read, "config", "", 200, r#""delete_version_after":"10m0s","max_versions":0"#),
            ],
        );
    }
}

#[test]
fn metadata_has_a_check_and_set_of_its_own() {
    const MISMATCH: &str = "metadata check-and-set parameter does not match the current version";
    const REQUIRED: &str = "metadata check-and-set parameter required for this call";
    let rig = rig();
    check(
        &rig,
        &[
            (
                Write,
                "metadata/k",
                r#"{"metadata_cas":1,"max_versions":2}"#,
                400,
                "metadata_cas must be 0 when creating new metadata",
            ),
            (Write, "metadata/k", r#"{"metadata_cas":0,"max_versions":2}"#, 204, ""),
            (Write, "metadata/k", r#"{"metadata_cas":0,"max_versions":3}"#, 400, MISMATCH),
            (Patch, "metadata/k", r#"{"metadata_cas":2,"max_versions":3}"#, 400, MISMATCH),
            (Patch, "metadata/k", r#"{"metadata_cas":1,"max_versions":3}"#, 204, ""),
            (Write, "data/k", r#"{"data":{}}"#, 200, ""),
            (Read, "metadata/k", "", 200, r#""current_metadata_version":2"#),
            (Write, "config", r#"{"metadata_cas_required":true}"#, 204, ""),
            (Write, "metadata/k", r#"{"max_versions":6}"#, 400, REQUIRED),
            (Patch, "metadata/k", r#"{"max_versions":6}"#, 400, REQUIRED),
        ],
    );
    let answer =
        rig.check(Write, "metadata/k", r#"{"metadata_cas":2,"metadata_cas_required":false}"#, 200, "");
    assert!(answer.warnings[0].contains("mandated by backend config"));
}

#[test]
fn listings_show_names_and_folders_in_byte_order() {
    let rig = rig();
    rig.check(List, "metadata/", "", 404, "");
    for key in ["b", "a/x", "a/y/z", "a", "A", "10", "9", "a-b", "a.b", "é"] {
        rig.check(Write, &format!("data/{key}"), r#"{"data":{}}"#, 200, "");
    }
    check(
        &rig,
        &[
            (List, "metadata/", "", 200, r#"{"keys":["10","9","A","a","a-b","a.b","a/","b","é"]}"#),
            (List, "metadata/a/", "", 200, r#"{"keys":["x","y/"]}"#),
            (List, "metadata/a", "", 200, r#"{"keys":["x","y/"]}"#),
            (List, "metadata/b/", "", 404, ""),
            (List, "metadata/", r#"{"limit":"2"}"#, 200, r#"{"keys":["10","9"]}"#),
            (List, "metadata/", r#"{"after":"a/","limit":"1"}"#, 200, r#"{"keys":["b"]}"#),
            (List, "metadata/", r#"{"after":"zz"}"#, 200, r#"{"keys":["é"]}"#),
            (List, "metadata/a/", r#"{"after":"y/"}"#, 404, ""),
            (List, "metadata/a/", r#"{"limit":"-1"}"#, 200, r#"{"keys":["x","y/"]}"#),
            (List, "metadata/", r#"{"limit":"x"}"#, 400, "limit"),
            (Scan, "metadata/", "", 200, r#"{"keys":["10","9","A","a","a-b","a.b","b","é","a/x","a/y/z"]}"#),
            (Scan, "metadata/a/", "", 200, r#"{"keys":["x","y/z"]}"#),
            (Delete, "metadata/a/y/z", "", 204, ""),
            (List, "metadata/a/", "", 200, r#"{"keys":["x"]}"#),
            (List, "data/", "", 405, ""),
        ],
    );
}

#[test]
fn deleted_secrets_can_be_left_out_of_a_listing() {
    check(
        &rig(),
        &[
            (Write, "data/a", r#"{"data":{}}"#, 200, ""),
            (Write, "data/b", r#"{"data":{}}"#, 200, ""),
            (Write, "data/f/x", r#"{"data":{}}"#, 200, ""),
            (Write, "data/g", r#"{"data":{}}"#, 200, ""),
            (Write, "metadata/m", r#"{"max_versions":1}"#, 204, ""),
            (Delete, "data/a", "", 204, ""),
            (Write, "destroy/g", r#"{"versions":[1]}"#, 204, ""),
            (List, "metadata/", r#"{"exclude_deleted":"true"}"#, 200, r#"{"keys":["b","f/","g","m"]}"#),
            (
                List,
                "metadata/",
                r#"{"exclude_deleted":"true","after":"b","limit":2}"#,
                200,
                r#"{"keys":["f/","g"]}"#,
            ),
            (List, "metadata/", r#"{"exclude_deleted":"false"}"#, 200, r#"{"keys":["a","b","f/","g","m"]}"#),
        ],
    );
}

#[test]
fn listing_a_folder_opens_no_body() {
    let rig = rig();
    for i in 0..20 {
        rig.check(Write, &format!("data/f/{i}"), r#"{"data":{"v":"x"}}"#, 200, "");
    }
    rig.memory.reset_counts();
    rig.check(List, "metadata/f/", "", 200, "");
    assert_eq!(rig.memory.opened.load(std::sync::atomic::Ordering::SeqCst), 20);
}

#[test]
fn subkeys_show_the_shape_of_a_secret() {
    let rig = rig();
    let secret = r#"{"data":{"a":"hunter2","b":{"c":{"d":{"e":1}},"f":[{"g":"hunter2"}]},"h":{},"i":null}}"#;
    rig.check(Write, "data/k", secret, 200, "");
    for (query, want) in [
        ("", r#"{"a":null,"b":{"c":{"d":{"e":null}},"f":null},"h":null,"i":null}"#),
        (r#"{"depth":"1"}"#, r#"{"a":null,"b":null,"h":null,"i":null}"#),
        (r#"{"depth":"2"}"#, r#"{"a":null,"b":{"c":null,"f":null},"h":null,"i":null}"#),
        (r#"{"depth":"0"}"#, r#"{"a":null,"b":{"c":{"d":{"e":null}},"f":null},"h":null,"i":null}"#),
    ] {
        let answer = rig.check(Read, "subkeys/k", query, 200, &format!("\"subkeys\":{want}}}"));
        assert!(!answer.text.contains("hunter2"), "{query}");
    }
    check(
        &rig,
        &[
            (Read, "subkeys/k", r#"{"depth":"x"}"#, 400, "depth"),
            (Delete, "data/k", "", 204, ""),
            (Read, "subkeys/k", "", 404, r#""subkeys":null}"#),
            (Read, "subkeys/none", "", 404, ""),
            (Write, "subkeys/k", "{}", 405, ""),
        ],
    );
}

#[test]
fn wrong_paths_point_at_the_right_ones() {
    let rig = rig();
    let hint = |operation, path: &str| {
        let answer = rig.check(operation, path, "", 404, "");
        assert_eq!(answer.text, "");
        answer.warnings.concat()
    };
    for (operation, path, command) in [
        (Read, "foo", "kv get'"),
        (Read, "", "kv get'"),
        (Write, "foo", "kv put'"),
        (Patch, "foo", "kv patch'"),
        (Delete, "foo/bar", "kv delete'"),
        (List, "foo/", "kv list'"),
        (List, "config/", "kv list'"),
        (Read, "config/", "kv get'"),
        (Read, "subkeys", "kv get'"),
        (Read, "databases/foo", "kv get'"),
    ] {
        let text = hint(operation, path);
        assert!(text.starts_with("Invalid path for a versioned K/V secrets engine. "), "{path}: {text}");
        assert!(text.contains(command), "{path}: {text}");
    }
    for path in ["data", "metadata", "delete", "undelete", "destroy"] {
        assert_eq!(
            hint(Read, path),
            "Non-listing operations on the root of a K/V v2 mount are not supported."
        );
    }
}

#[test]
fn operations_that_a_path_does_not_know_are_unsupported() {
    let rig = rig();
    for (operation, path) in [
        (Delete, "config"),
        (Patch, "config"),
        (List, "data/k/"),
        (Operation::Header, "data/k"),
        (Read, "delete/k"),
        (Delete, "destroy/k"),
        (Patch, "undelete/k"),
        (Read, "detailed-metadata/k"),
        (List, "subkeys/"),
    ] {
        rig.check(operation, path, "", 405, "1 error occurred:\n\t* unsupported operation\n\n");
    }
}

#[test]
fn settings_change_only_as_a_whole() {
    check(
        &rig(),
        &[
            (
                Read,
                "config",
                "",
                200,
                r#"{"cas_required":false,"delete_version_after":"0s","max_versions":0,"metadata_cas_required":false}"#,
            ),
            (
                Write,
                "config",
                r#"{"max_versions":"7","cas_required":1,"delete_version_after":"45m"}"#,
                204,
                "",
            ),
            (
                Write,
                "config",
                r#"{"max_versions":9,"delete_version_after":"soon"}"#,
                400,
                "delete_version_after",
            ),
            (Write, "config", r#"{"max_versions":9,"cas_required":"perhaps"}"#, 400, "cas_required"),
            (Write, "config", r#"{"colour":"red"}"#, 204, ""),
            (Write, "config", "", 204, ""),
            (
                Read,
                "config",
                "",
                200,
                r#"{"cas_required":true,"delete_version_after":"45m0s","max_versions":7"#,
            ),
            (Write, "config", r#"{"delete_version_after":"2h0m0.7s"}"#, 204, ""),
            (Read, "config", "", 200, r#""delete_version_after":"2h0m0s""#),
            (Write, "config", r#"{"delete_version_after":""}"#, 204, ""),
            (Read, "config", "", 200, r#""delete_version_after":"0s""#),
        ],
    );
}

#[test]
fn a_write_is_an_update_when_there_is_metadata() {
    let rig = rig();
    assert!(!rig.exists("data/k") && !rig.exists("metadata/k"));
    rig.check(Write, "metadata/k", r#"{"max_versions":1}"#, 204, "");
    assert!(rig.exists("data/k") && rig.exists("metadata/k"));
    assert!(!rig.exists("data/k/") && !rig.exists("data/"));
    assert!(rig.exists("config") && rig.exists("destroy/none"), "these are always updates");
}
