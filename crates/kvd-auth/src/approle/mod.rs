//! AppRole: machines log in with the id of their role and a secret id.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | `role/` | name of the role | the [role](role::Role) |
//! | `role-id/` | hash of a role id | the role's name |
//! | `secret-id/<role>/` | MAC of a secret id under the role's key | the [secret id's facts](secret_id::SecretId) |
//! | `accessor/` | accessor of a secret id | its role and MAC |
//!
//! A secret id itself is stored nowhere. Its end is checked at every use; the tidy operation only frees what it
//! takes up. A login takes one use off it in the transaction that makes the token: of two logins with the last use
//! one gets a token.

mod field;
mod login;
mod role;
mod roles;
mod secret_id;
mod secret_ids;
mod tidy;

use crate::token_params::with_token_fields;
use kvd_backend::{Access, Field, FieldKind, Login, MountOptions, Route, RouteTable, SecretsEngine};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// A mount of this method.
struct AppRole;

/// Builds the method of a mount.
///
/// # Errors
/// None so far.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    let login = Login { redeem: login::redeem, renew: |e, r| Box::pin(login::renew(e, r)) };
    Ok(kvd_backend::auth_method(AppRole, &ROUTES, login))
}

const SECRET_ID: Field = Field::new("secret_id", FieldKind::String, "The secret id.");
const ACCESSOR: Field = Field::new("secret_id_accessor", FieldKind::String, "The accessor of the secret id.");
const ROLE_ID: Field = Field::new("role_id", FieldKind::String, "The id of the role.");

const ROLE: &[Field] = &with_token_fields::<19>(&[
    Field::new("bind_secret_id", FieldKind::Bool, "Whether a login needs a secret id."),
    Field::new("bound_cidr_list", FieldKind::List, "The old name of secret_id_bound_cidrs."),
    Field::new("local_secret_ids", FieldKind::Bool, "Whether secret ids stay on this cluster."),
    Field::new("period", FieldKind::Duration, "The old name of token_period."),
    Field::new("policies", FieldKind::List, "The old name of token_policies."),
    ROLE_ID,
    Field::new("secret_id_bound_cidrs", FieldKind::List, "Where a login may come from."),
    Field::new("secret_id_num_uses", FieldKind::Int, "How often a secret id can be used."),
    Field::new("secret_id_ttl", FieldKind::Duration, "How long a secret id is good."),
]);

const NEW_SECRET_ID: &[Field] = &[
    Field::new("cidr_list", FieldKind::List, "Where a login with it may come from."),
    Field::new("metadata", FieldKind::String, "Names and values for the token, as JSON or pairs."),
    Field::new("num_uses", FieldKind::Int, "How often it can be used."),
    Field::new("token_bound_cidrs", FieldKind::List, "Where its tokens can be used from."),
    Field::new("ttl", FieldKind::Duration, "How long it is good."),
];

const CUSTOM_SECRET_ID: &[Field] =
    &[NEW_SECRET_ID[0], NEW_SECRET_ID[1], NEW_SECRET_ID[2], SECRET_ID, NEW_SECRET_ID[3], NEW_SECRET_ID[4]];

const fn route(
    pattern: &'static str,
    operations: &'static [(Op, kvd_backend::Handler<AppRole>)],
    fields: &'static [Field],
    summary: &'static str,
) -> Route<AppRole> {
    Route::named(pattern, Access::Token, operations, fields, summary)
}

static ROUTES: RouteTable<AppRole> = RouteTable(&[
    Route {
        access: Access::Open,
        ..route(
            "login",
            &[
                (Op::Write, |_, r| Box::pin(login::login(r))),
                // A listing is not what the path is open for.
                (Op::List, |_, _| Box::pin(async { Err(Fault::permission_denied()) })),
            ],
            &[ROLE_ID, SECRET_ID],
            "Makes a token out of a role id and a secret id.",
        )
    },
    route("role", &[(Op::List, |_, r| Box::pin(roles::list(r)))], &[], "The names of all roles."),
    Route {
        exists: Some(|_, r| Box::pin(roles::exists(r))),
        ..route(
            "role/{role_name}",
            &[
                (Op::Read, |_, r| Box::pin(roles::read(r))),
                (Op::Write, |_, r| Box::pin(roles::write(r))),
                (Op::Delete, |_, r| Box::pin(roles::delete(r))),
            ],
            ROLE,
            "A role.",
        )
    },
    route(
        "role/{role_name}/role-id",
        &[
            (Op::Read, |_, r| Box::pin(roles::read_role_id(r))),
            (Op::Write, |_, r| Box::pin(roles::write_role_id(r))),
        ],
        &[ROLE_ID],
        "The id of a role.",
    ),
    route(
        "role/{role_name}/secret-id",
        &[
            (Op::List, |_, r| Box::pin(secret_ids::list(r))),
            (Op::Write, |_, r| Box::pin(secret_ids::generate(r))),
        ],
        NEW_SECRET_ID,
        "The secret ids of a role.",
    ),
    route(
        "role/{role_name}/custom-secret-id",
        &[(Op::Write, |_, r| Box::pin(secret_ids::choose(r)))],
        CUSTOM_SECRET_ID,
        "Makes a secret id of the caller's choosing.",
    ),
    route(
        "role/{role_name}/secret-id/lookup",
        &[(Op::Write, |_, r| Box::pin(secret_ids::look_up(r)))],
        &[SECRET_ID],
        "What is known of a secret id.",
    ),
    route(
        "role/{role_name}/secret-id/destroy",
        &[
            (Op::Write, |_, r| Box::pin(secret_ids::destroy(r))),
            (Op::Delete, |_, r| Box::pin(secret_ids::destroy(r))),
        ],
        &[SECRET_ID],
        "Ends a secret id.",
    ),
    route(
        "role/{role_name}/secret-id-accessor/lookup",
        &[(Op::Write, |_, r| Box::pin(secret_ids::look_up_by_accessor(r)))],
        &[ACCESSOR],
        "What is known of the secret id with an accessor.",
    ),
    route(
        "role/{role_name}/secret-id-accessor/destroy",
        &[
            (Op::Write, |_, r| Box::pin(secret_ids::destroy_by_accessor(r))),
            (Op::Delete, |_, r| Box::pin(secret_ids::destroy_by_accessor(r))),
        ],
        &[ACCESSOR],
        "Ends the secret id with an accessor.",
    ),
    route(
        "tidy/secret-id",
        &[(Op::Write, |_, r| Box::pin(tidy::start(r)))],
        &[],
        "Removes secret ids that have ended.",
    ),
    route(
        "role/{role_name}/{field}",
        &[
            (Op::Read, |_, r| Box::pin(field::read(r))),
            (Op::Write, |_, r| Box::pin(field::write(r))),
            (Op::Delete, |_, r| Box::pin(field::reset(r))),
        ],
        ROLE,
        "One field of a role.",
    ),
]);
