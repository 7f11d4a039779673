//! Version 1 of `kv`: one value a path, replaced as a whole, without a history.

mod value;

use kvd_backend::{Access, Fields, MountOptions, Pattern, Route, RouteTable, SecretsEngine};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// A mount of version 1.
struct Engine;

/// Builds the engine of a mount.
///
/// # Errors
/// None so far; every option but `version`, which the registry has looked at, is passed over.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    Ok(kvd_backend::keeper(Engine, &ROUTES))
}

static ROUTES: RouteTable<Engine> = RouteTable(&[Route {
    pattern: Pattern("{path*}"),
    operations: &[
        (Op::Read, |e, r| Box::pin(value::read(e, r))),
        (Op::Write, |e, r| Box::pin(value::write(e, r))),
        (Op::Delete, |e, r| Box::pin(value::delete(e, r))),
        (Op::List, |e, r| Box::pin(value::list(e, r))),
        (Op::Scan, |e, r| Box::pin(value::scan(e, r))),
    ],
    exists: Some(|e, r| Box::pin(value::exists(e, r))),
    access: Access::Token,
    fields: Fields::Any,
    summary: "Reads, writes, deletes and lists values.",
}]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn check(rig: &Rig, steps: &[(Op, &str, &str, u16, &str)]) {
        for (operation, path, body, status, piece) in steps {
            rig.check(*operation, path, body, *status, piece);
        }
    }

    #[test]
    fn a_value_is_replaced_as_a_whole_and_gone_when_deleted() {
        let rig = Rig::new("kv", &[]);
        check(
            &rig,
            &[
                (Op::Write, "app/db", r#"{"user":"app","password":"s3cr3t"}"#, 204, ""),
                (Op::Read, "app/db", "", 200, r#"{"password":"s3cr3t","user":"app"}"#),
                (Op::Write, "app/db", r#"{"user":"app2"}"#, 204, ""),
                (Op::Read, "app/db", "", 200, r#"{"user":"app2"}"#),
                (Op::Read, "app", "", 404, ""),
                (Op::Read, "app/none", "", 404, ""),
                (Op::Write, "app/db/sub", r#"{"x":"y"}"#, 204, ""),
                (Op::Delete, "app/db", "", 204, ""),
                (Op::Read, "app/db", "", 404, ""),
                (Op::Delete, "app/db", "", 204, ""),
                (Op::Read, "app/db/sub", "", 200, r#"{"x":"y"}"#),
                (Op::Patch, "app/db/sub", r#"{"x":"z"}"#, 405, ""),
            ],
        );
        assert!(!rig.memory.holds("app2"), "a deleted value is still stored");
    }

    #[test]
    fn anything_but_nothing_can_be_a_value() {
        check(
            &Rig::new("kv-v1", &[]),
            &[
                (Op::Write, "e", "", 400, "missing data fields"),
                (Op::Write, "e", "{}", 400, "missing data fields"),
                (Op::Write, "e", "null", 400, "missing data fields"),
                (Op::Write, "e/", r#"{"a":1}"#, 400, "cannot write to a path ending in '/'"),
                (Op::Write, "", r#"{"a":1}"#, 400, "missing path"),
                (Op::Read, "", "", 404, ""),
                (Op::Delete, "", "", 204, ""),
                (Op::Write, "d", r#"{"data":{"a":1},"options":{"cas":0},"path":"p"}"#, 204, ""),
                (Op::Read, "d", "", 200, r#"{"data":{"a":1},"options":{"cas":0},"path":"p"}"#),
                (Op::Write, "n", r#"{"i":123456789012345678901234567890,"f":1.10}"#, 204, ""),
                (Op::Read, "n", "", 200, r#"{"f":1.10,"i":123456789012345678901234567890}"#),
                (Op::Write, "dup", r#"{"a":1,"a":2}"#, 204, ""),
                (Op::Read, "dup", "", 200, r#"{"a":2}"#),
            ],
        );
    }

    #[test]
    fn the_value_says_how_long_it_may_be_relied_on() {
        let rig = Rig::new("generic", &[]);
        for (value, seconds) in [
            (r#"{"v":1}"#, 2_764_800),
            (r#"{"ttl":"1h"}"#, 3600),
            (r#"{"ttl":90}"#, 90),
            (r#"{"ttl":"120"}"#, 120),
            (r#"{"ttl":"2d"}"#, 172_800),
            (r#"{"lease":"30m"}"#, 1800),
            (r#"{"ttl":"10s","lease":"30m"}"#, 10),
            (r#"{"ttl":"soon"}"#, 2_764_800),
            (r#"{"ttl":{}}"#, 2_764_800),
            (r#"{"ttl":-5}"#, 2_764_800),
            (r#"{"ttl":"9000h"}"#, 32_400_000),
            (r#"{"ttl":0}"#, 0),
        ] {
            rig.check(Op::Write, "k", value, 204, "");
            assert_eq!(rig.call(Op::Read, "k", "").lease, seconds, "{value}");
        }
    }

    #[test]
    fn values_are_listed_with_their_folders() {
        let rig = Rig::new("kv", &[("version", "1")]);
        for path in ["b", "a", "a/x", "a/y/z", "B", "10", "9", "é"] {
            rig.check(Op::Write, path, r#"{"v":1}"#, 204, "");
        }
        check(
            &rig,
            &[
                (Op::List, "", "", 200, r#"{"keys":["10","9","B","a","a/","b","é"]}"#),
                (Op::List, "a/", "", 200, r#"{"keys":["x","y/"]}"#),
                (Op::List, "b/", "", 404, ""),
                (Op::Scan, "", "", 200, r#"{"keys":["10","9","B","a","b","é","a/x","a/y/z"]}"#),
                (Op::Scan, "a/", "", 200, r#"{"keys":["x","y/z"]}"#),
                (Op::List, "", r#"{"after":"a/","limit":1}"#, 200, r#"{"keys":["b"]}"#),
                (Op::Delete, "a/y/z", "", 204, ""),
                (Op::List, "a/", "", 200, r#"{"keys":["x"]}"#),
                (Op::Delete, "a", "", 204, ""),
                (Op::List, "", "", 200, r#"{"keys":["10","9","B","a/","b","é"]}"#),
            ],
        );
    }

    #[test]
    fn a_write_is_an_update_when_there_is_a_value() {
        let rig = Rig::new("kv", &[]);
        assert!(!rig.exists("k"));
        rig.check(Op::Write, "k", r#"{"v":1}"#, 204, "");
        assert!(rig.exists("k"));
        rig.check(Op::Delete, "k", "", 204, "");
        assert!(!rig.exists("k"));
    }

    #[test]
    fn a_query_that_means_nothing_brings_a_warning() {
        let rig = Rig::new("kv", &[]);
        rig.check(Op::Write, "k", r#"{"v":1}"#, 204, "");
        let answer = rig.check(Op::Read, "k", r#"{"version":"1","a":"b"}"#, 200, r#"{"v":1}"#);
        assert_eq!(answer.warnings, ["Endpoint ignored these unrecognized parameters: [a version]"]);
    }
}
