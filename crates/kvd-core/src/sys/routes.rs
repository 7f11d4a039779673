//! All endpoints below `sys/` that need an unsealed vault: a table of each group, beside its handlers.

use super::{
    audit, capabilities, generate_root, internal_ui, keys, leases, mounts, policies, rekey, seal, tune,
    wrapping,
};
use crate::{
    house::{House, HouseRoutes},
    vault::Settings,
};
use kvd_backend::{Access, Field, FieldKind, Fields, Handler, Pattern, Route, RouteTable};
use kvd_types::Operation;

/// All groups. A path is looked up in this order, and the first route that fits counts.
pub(crate) static ROUTES: HouseRoutes = HouseRoutes(GROUPS);

const GROUPS: &[&RouteTable<House>] = &[
    &tune::ROUTES,
    &mounts::ROUTES,
    &policies::ROUTES,
    &capabilities::ROUTES,
    &internal_ui::ROUTES,
    &audit::ROUTES,
    &keys::ROUTES,
    &rekey::ROUTES,
    &generate_root::ROUTES,
    &seal::ROUTES,
    &leases::ROUTES,
    &wrapping::ROUTES,
];

/// Whether the operator has opened a route that otherwise wants a token, as old tools expect.
pub(crate) fn is_opened(settings: &Settings, pattern: Pattern) -> bool {
    (settings.open_rekey && rekey::OLD.contains(&pattern.0))
        || (settings.open_generate_root && generate_root::OLD.contains(&pattern.0))
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
    Route {
        pattern: Pattern(pattern),
        operations,
        exists: None,
        access,
        fields: Fields::Named(fields),
        summary,
    }
}
