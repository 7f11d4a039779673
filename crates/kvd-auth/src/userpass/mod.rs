//! Userpass: people log in with a name and a password.
//!
//! | folder | name | holds |
//! | --- | --- | --- |
//! | `user/` | name of the user | the [user](user::User) |
//! | `failures/` | hash of a name, of a user or not | the [failed logins](lockout::Failures) under that name |
//! | | `work` | the highest [work factor](password::Work) of any stored password |
//!
//! Nothing in an answer, in the time it takes or in when a name is locked out tells whether there is such a user.

mod lockout;
mod login;
mod password;
mod user;
mod users;

use self::lockout::Turns;
use crate::token_params::with_token_fields;
use kvd_backend::{
    Access, Field, FieldKind, Lockouts, Login, MountOptions, Route, RouteTable, SecretsEngine,
};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// A mount of this method.
struct UserPass {
    /// Logins with one name go one after the other, so that guesses at the same time are counted like any others.
    turns: Turns,
}

/// Builds the method of a mount.
///
/// # Errors
/// None so far.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    let login = Login { redeem: login::redeem, renew: |e, r| Box::pin(login::renew(e, r)) };
    let lockouts = Lockouts {
        locked: |_, view, rules, now| Box::pin(lockout::locked(&**view, rules, now)),
        unlock: |_, view, name| Box::pin(lockout::unlock(&**view, name)),
    };
    Ok(kvd_backend::locking_auth_method(UserPass { turns: Turns::default() }, &ROUTES, login, lockouts))
}

const PASSWORD: Field = Field::new("password", FieldKind::String, "The password.");
const HASH: Field =
    Field::new("password_hash", FieldKind::String, "The bcrypt hash of the password, in its place.");
const POLICIES: Field = Field::new("policies", FieldKind::List, "The old name of token_policies.");

const USER: &[Field] = &with_token_fields::<16>(&[
    Field::new("bound_cidrs", FieldKind::List, "The old name of token_bound_cidrs."),
    Field::new("max_ttl", FieldKind::Duration, "The old name of token_max_ttl."),
    PASSWORD,
    HASH,
    POLICIES,
    Field::new("ttl", FieldKind::Duration, "The old name of token_ttl."),
]);

const fn route(
    pattern: &'static str,
    operations: &'static [(Op, kvd_backend::Handler<UserPass>)],
    fields: &'static [Field],
    summary: &'static str,
) -> Route<UserPass> {
    Route::named(pattern, Access::Token, operations, fields, summary)
}

static ROUTES: RouteTable<UserPass> = RouteTable(&[
    Route {
        access: Access::Open,
        ..route(
            "login/{username}",
            &[(Op::Write, |e, r| Box::pin(login::login(e, r)))],
            &[PASSWORD],
            "Makes a token out of a name and a password.",
        )
    },
    route("users", &[(Op::List, |_, r| Box::pin(users::list(r)))], &[], "The names of all users."),
    Route {
        exists: Some(|_, r| Box::pin(users::exists(r))),
        ..route(
            "users/{username}",
            &[
                (Op::Read, |_, r| Box::pin(users::read(r))),
                (Op::Write, |_, r| Box::pin(users::write(r))),
                (Op::Delete, |_, r| Box::pin(users::delete(r))),
            ],
            USER,
            "A user.",
        )
    },
    route(
        "users/{username}/password",
        &[(Op::Write, |_, r| Box::pin(users::set_password(r)))],
        &[PASSWORD, HASH],
        "Sets the password of a user.",
    ),
    route(
        "users/{username}/policies",
        &[(Op::Write, |_, r| Box::pin(users::set_policies(r)))],
        &[POLICIES, Field::new("token_policies", FieldKind::List, "The policies of the token.")],
        "Sets the policies of a user.",
    ),
]);
