//! All endpoints below `sys/` that need an unsealed vault: a table of each group, beside its handlers.

use super::{
    audit, audited_headers, capabilities, cors, generate_root, host_info, in_flight, internal_ui, keys,
    leases, loggers, metrics, mounts, openapi, password_policies, plugins, policies, policy_check, quotas,
    raft, rekey, remount, resultant_acl, seal, status, tools, tune, ui_headers, version_history, wrapping,
};
use crate::house::{House, HouseRoutes};
use kvd_backend::{Access, Field, FieldKind, Handler, Pattern, Route, RouteTable};
use kvd_types::{Opened, Operation};

/// All groups. A path is looked up in this order, and the first route that fits counts.
pub(crate) static ROUTES: HouseRoutes = HouseRoutes(GROUPS);

const GROUPS: &[&RouteTable<House>] = &[
    &tune::ROUTES,
    &mounts::ROUTES,
    &policies::ROUTES,
    &policy_check::ROUTES,
    &capabilities::ROUTES,
    &resultant_acl::ROUTES,
    &openapi::ROUTES,
    &internal_ui::ROUTES,
    &audit::ROUTES,
    &audited_headers::ROUTES,
    &keys::ROUTES,
    &rekey::ROUTES,
    &generate_root::ROUTES,
    &remount::ROUTES,
    &tools::ROUTES,
    &password_policies::ROUTES,
    &quotas::ROUTES,
    &cors::ROUTES,
    &ui_headers::ROUTES,
    &plugins::ROUTES,
    &status::ROUTES,
    &host_info::ROUTES,
    &raft::ROUTES,
    &loggers::ROUTES,
    &metrics::ROUTES,
    &in_flight::ROUTES,
    &version_history::ROUTES,
    &seal::ROUTES,
    &leases::ROUTES,
    &wrapping::ROUTES,
];

/// Whether the door of a call has opened a route that otherwise wants a token, as old tools expect.
pub(crate) fn is_opened(opened: Opened, pattern: Pattern) -> bool {
    (opened.rekey && rekey::OLD.contains(&pattern.0))
        || (opened.generate_root && generate_root::OLD.contains(&pattern.0))
}

pub(super) const fn field(name: &'static str, kind: FieldKind, summary: &'static str) -> Field {
    Field::new(name, kind, summary)
}

/// What a route can do, by which function.
pub(super) type Operations = &'static [(Operation, Handler<House>)];

pub(super) const fn route(
    pattern: &'static str,
    access: Access,
    operations: Operations,
    fields: &'static [Field],
    summary: &'static str,
) -> Route<House> {
    Route::named(pattern, access, operations, fields, summary)
}
