//! The endpoints below `auth/token/`.

use super::{create, lookup, renew, revoke, tidy};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Fields, Pattern, Route, RouteTable};
use kvd_types::Operation::{List, Read, Write};

const TOKEN: Field = Field::new("token", FieldKind::String, "The token.");
const ACCESSOR: Field = Field::new("accessor", FieldKind::String, "The accessor of the token.");
const INCREMENT: Field = Field::new("increment", FieldKind::Duration, "How long it shall live from now on.");

const CREATE: &[Field] = &[
    Field::new("display_name", FieldKind::String, "A name for people."),
    Field::new("entity_alias", FieldKind::String, "The alias of the entity it belongs to; with a role only."),
    Field::new(
        "explicit_max_ttl",
        FieldKind::Duration,
        "The longest it can live, however often it is renewed.",
    ),
    Field::new("id", FieldKind::String, "The token itself; needs sudo."),
    Field::new("lease", FieldKind::Duration, "The old name of ttl."),
    Field::new("meta", FieldKind::Map, "Names and values that audit records show."),
    Field::new("no_default_policy", FieldKind::Bool, "Leave the default policy out."),
    Field::new("no_parent", FieldKind::Bool, "Make an orphan; needs sudo."),
    Field::new("num_uses", FieldKind::Int, "How often it can be used; 0 for as often as one likes."),
    Field::new(
        "period",
        FieldKind::Duration,
        "Renewals give this time again, without a maximum; needs sudo.",
    ),
    Field::new("policies", FieldKind::List, "Its policies; those of the caller where none are given."),
    Field::new("renewable", FieldKind::Bool, "Whether it can be renewed."),
    Field::new("ttl", FieldKind::Duration, "How long it shall live."),
    Field::new("type", FieldKind::String, "service or batch."),
];

/// All endpoints of the token method.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    Route {
        pattern: Pattern("accessors"),
        operations: &[(List, |h, r| Box::pin(lookup::accessors(h, r)))],
        exists: None,
        access: Access::Sudo,
        fields: Fields::Named(&[]),
        summary: "The accessors of all tokens.",
    },
    Route {
        pattern: Pattern("create"),
        operations: &[(Write, |h, r| Box::pin(create::child(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(CREATE),
        summary: "Makes a token, as a child of the caller's.",
    },
    Route {
        pattern: Pattern("create-orphan"),
        operations: &[(Write, |h, r| Box::pin(create::orphan(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(CREATE),
        summary: "Makes a token without a parent.",
    },
    Route {
        pattern: Pattern("create/{role}"),
        operations: &[(Write, |h, r| Box::pin(create::in_role(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(CREATE),
        summary: "Makes a token within the limits of a role.",
    },
    Route {
        pattern: Pattern("lookup"),
        operations: &[
            (Read, |h, r| Box::pin(lookup::any(h, r))),
            (Write, |h, r| Box::pin(lookup::any(h, r))),
        ],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN]),
        summary: "What is known of a token.",
    },
    Route {
        pattern: Pattern("lookup-self"),
        operations: &[
            (Read, |h, r| Box::pin(lookup::own(h, r))),
            (Write, |h, r| Box::pin(lookup::own(h, r))),
        ],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN]),
        summary: "What is known of the caller's token.",
    },
    Route {
        pattern: Pattern("lookup-accessor"),
        operations: &[(Write, |h, r| Box::pin(lookup::by_accessor(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[ACCESSOR]),
        summary: "What is known of the token with an accessor.",
    },
    Route {
        pattern: Pattern("renew"),
        operations: &[(Write, |h, r| Box::pin(renew::any(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN, INCREMENT]),
        summary: "Prolongs a token.",
    },
    Route {
        pattern: Pattern("renew-self"),
        operations: &[(Write, |h, r| Box::pin(renew::own(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN, INCREMENT]),
        summary: "Prolongs the caller's token.",
    },
    Route {
        pattern: Pattern("renew-accessor"),
        operations: &[(Write, |h, r| Box::pin(renew::by_accessor(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[ACCESSOR, INCREMENT]),
        summary: "Prolongs the token with an accessor.",
    },
    Route {
        pattern: Pattern("revoke"),
        operations: &[(Write, |h, r| Box::pin(revoke::any(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN]),
        summary: "Revokes a token and its children.",
    },
    Route {
        pattern: Pattern("revoke-self"),
        operations: &[(Write, |h, r| Box::pin(revoke::own(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[TOKEN]),
        summary: "Revokes the caller's token and its children.",
    },
    Route {
        pattern: Pattern("revoke-accessor"),
        operations: &[(Write, |h, r| Box::pin(revoke::by_accessor(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[ACCESSOR]),
        summary: "Revokes the token with an accessor, and its children.",
    },
    Route {
        pattern: Pattern("revoke-orphan"),
        operations: &[(Write, |h, r| Box::pin(revoke::orphan(h, r)))],
        exists: None,
        // It asks for sudo itself, for the sake of the text that clients know.
        access: Access::Token,
        fields: Fields::Named(&[TOKEN]),
        summary: "Revokes a token; its children go on.",
    },
    Route {
        pattern: Pattern("tidy"),
        operations: &[(Write, |h, r| Box::pin(tidy::tidy(h, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[]),
        summary: "Cleans up tokens that have ended.",
    },
]);
