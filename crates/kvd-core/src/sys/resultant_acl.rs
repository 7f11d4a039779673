//! `sys/internal/ui/resultant-acl`: what a token may do, in the form in which user interfaces ask.

use super::routes::route;
use crate::house::House;
use kvd_backend::{Access, Request, RouteTable};
use kvd_json::Writer;
use kvd_policy::{Acl, Capability, Rule};
use kvd_types::{Fault, Operation, Reply};
use std::collections::BTreeMap;

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "internal/ui/resultant-acl",
    Access::Token,
    &[(Operation::Read, |h, r| Box::pin(read(h, r)))],
    &[],
    "What the caller may do, path by path.",
)]);

async fn read(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let acl = house.unsealed.policies.acl(house.token()?).await?;
    Ok(Reply::object(|w| {
        if !acl.is_root() {
            write(w, "exact_paths", &of(&acl, |rule| rule.pattern().is_exact()));
            write(w, "glob_paths", &of(&acl, |rule| rule.pattern().is_prefix()));
        }
        w.key("root");
        w.bool(acl.is_root());
    }))
}

type Paths<'a> = BTreeMap<&'a str, Vec<&'static str>>;

/// The rules of one kind, by path. Those with a `+` have no place in this form, as in Vault.
fn of(acl: &Acl, keep: impl Fn(&Rule) -> bool) -> Paths<'_> {
    let keep = |rule: &&Rule| keep(rule) && !rule.pattern().has_plus();
    let granted = acl
        .grants()
        .iter()
        .filter(keep)
        .map(|rule| (rule.pattern().text(), rule.capabilities().iter().map(Capability::name).collect()));
    let denied =
        acl.denies().iter().filter(keep).map(|rule| (rule.pattern().text(), vec![Capability::Deny.name()]));
    granted.chain(denied).collect()
}

fn write(w: &mut Writer, name: &str, paths: &Paths<'_>) {
    w.key(name);
    w.begin_object();
    for (path, capabilities) in paths {
        w.key(path);
        w.begin_object();
        w.key("capabilities");
        w.strings(capabilities);
        w.end_object();
    }
    w.end_object();
}
