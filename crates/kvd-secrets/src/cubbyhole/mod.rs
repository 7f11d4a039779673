//! The cubbyhole: a store of its own for each token, which ends with the token.
//!
//! Every token's values lie in a folder that bears the name of its cubbyhole
//! ([`Caller::cubbyhole`](kvd_backend::Caller)), in the form of `plain`. The vault removes that folder in the very
//! transaction that revokes the token: a later token of the same text would bear the same name.

mod value;

use kvd_backend::{Access, Fields, MountOptions, Pattern, Route, RouteTable, SecretsEngine};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// The mount of all cubbyholes.
struct Engine;

/// Builds the engine of the mount.
///
/// # Errors
/// None so far.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    Ok(kvd_backend::engine(Engine, &ROUTES))
}

static ROUTES: RouteTable<Engine> = RouteTable(&[Route {
    pattern: Pattern("{path*}"),
    operations: &[
        (Op::Read, |e, r| Box::pin(value::read(e, r))),
        (Op::Write, |e, r| Box::pin(value::write(e, r))),
        (Op::Delete, |e, r| Box::pin(value::delete(e, r))),
        (Op::List, |e, r| Box::pin(value::list(e, r))),
    ],
    exists: Some(|e, r| Box::pin(value::exists(e, r))),
    access: Access::Token,
    fields: Fields::Any,
    summary: "Reads, writes, deletes and lists the token's own values.",
}]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    fn token(rig: &mut Rig, cubbyhole: &str) {
        rig.caller.cubbyhole = Some(cubbyhole.to_owned());
    }

    #[test]
    fn each_token_sees_only_its_own() {
        let mut rig = Rig::new("cubbyhole", &[]);
        rig.check(Op::Read, "x", "", 404, "");
        rig.check(Op::List, "", "", 404, "");
        rig.check(Op::Write, "x", r#"{"of":"first","ttl":"1h"}"#, 204, "");
        rig.check(Op::Write, "dir/sub/z", r#"{"g":1}"#, 204, "");
        assert_eq!(rig.check(Op::Read, "x", "", 200, "first").lease, 0);
        rig.check(Op::List, "", "", 200, r#"{"keys":["dir/","x"]}"#);
        rig.check(Op::List, "dir/", "", 200, r#"{"keys":["sub/"]}"#);
        assert!(rig.exists("x") && !rig.exists("y"));
        token(&mut rig, "c2");
        assert!(!rig.exists("x"));
        rig.check(Op::Read, "x", "", 404, "");
        rig.check(Op::List, "", "", 404, "");
        rig.check(Op::Delete, "x", "", 204, "");
        rig.check(Op::Write, "x", r#"{"of":"second"}"#, 204, "");
        token(&mut rig, "c1");
        rig.check(Op::Read, "x", "", 200, "first");
        rig.check(Op::Delete, "x", "", 204, "");
        rig.check(Op::Read, "x", "", 404, "");
        rig.check(Op::Delete, "x", "", 204, "");
    }

    #[test]
    fn a_token_without_a_cubbyhole_is_told_so() {
        let mut rig = Rig::new("cubbyhole", &[]);
        rig.caller.cubbyhole = None;
        for operation in [Op::Read, Op::Write, Op::Delete, Op::List] {
            let text = "cubbyhole operations are only supported by 'service' type tokens";
            rig.check(operation, "x", r#"{"a":1}"#, 400, text);
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let rig = Rig::new("cubbyhole", &[]);
        rig.check(Op::Write, "e", "{}", 400, "missing data fields");
        rig.check(Op::Write, "e/", r#"{"a":1}"#, 400, "cannot write to a path ending in '/'");
        rig.check(Op::Patch, "e", r#"{"a":1}"#, 405, "unsupported operation");
        rig.check(Op::Scan, "", "", 405, "unsupported operation");
    }
}
