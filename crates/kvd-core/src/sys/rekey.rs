//! New shares: `sys/rekey/*`, with bare bodies as old clients know them, and `sys/rotate/root/*`, the same in the
//! usual envelope.

use super::{
    rekey_json::{self, Form},
    routes::{Operations, field, route},
};
use crate::{
    house::House,
    seal::{
        rekey::{self, Wish},
        share,
    },
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_barrier::ShareParams;
use kvd_types::{Fault, Operation, Reply, Secret};

const START: &[Field] = &[
    field("backup", FieldKind::Bool, "Kept for clients; a backup wants PGP keys."),
    field("nonce", FieldKind::String, "The attempt that is to be cancelled."),
    field("pgp_keys", FieldKind::List, "Kept for clients; shares are handed out as they are."),
    field("require_verification", FieldKind::Bool, "Whether the new shares have to be proved first."),
    field("secret_shares", FieldKind::Int, "How many shares there shall be."),
    field("secret_threshold", FieldKind::Int, "How many of them shall be needed."),
];
const SHARE: &[Field] = &[
    field("key", FieldKind::String, "A share."),
    field("nonce", FieldKind::String, "The attempt that it is for."),
];

/// The routes that an operator can open to callers without a token.
pub(super) const OLD: [&str; 3] = ["rekey/init", "rekey/update", "rekey/verify"];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    init(
        "rekey/init",
        &[
            (Operation::Read, |h, _| Box::pin(status(h, Form::Bare))),
            (Operation::Write, |h, r| Box::pin(start(h, r, Form::Bare))),
            (Operation::Delete, |h, r| Box::pin(cancel(h, r))),
        ],
    ),
    update("rekey/update", &[(Operation::Write, |h, r| Box::pin(provide(h, r, Form::Bare)))]),
    verify(
        "rekey/verify",
        &[
            (Operation::Read, |h, _| Box::pin(proof(h, Form::Bare))),
            (Operation::Write, |h, r| Box::pin(prove(h, r, Form::Bare))),
            (Operation::Delete, |h, r| Box::pin(restart_proof(h, r, Form::Bare))),
        ],
    ),
    backup("rekey/backup", BACKUP),
    init(
        "rotate/root/init",
        &[
            (Operation::Read, |h, _| Box::pin(status(h, Form::Enveloped))),
            (Operation::Write, |h, r| Box::pin(start(h, r, Form::Enveloped))),
            (Operation::Delete, |h, r| Box::pin(cancel(h, r))),
        ],
    ),
    update("rotate/root/update", &[(Operation::Write, |h, r| Box::pin(provide(h, r, Form::Enveloped)))]),
    verify(
        "rotate/root/verify",
        &[
            (Operation::Read, |h, _| Box::pin(proof(h, Form::Enveloped))),
            (Operation::Write, |h, r| Box::pin(prove(h, r, Form::Enveloped))),
            (Operation::Delete, |h, r| Box::pin(restart_proof(h, r, Form::Enveloped))),
        ],
    ),
    backup("rotate/root/backup", BACKUP),
    // A Shamir seal has no recovery keys: said once, for every way of asking.
    recovery("rekey-recovery-key/{step}"),
    recovery("rotate/recovery/{step}"),
]);

const fn init(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, START, "New shares for the vault.")
}

const fn update(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, SHARE, "Takes a share that agrees to new ones.")
}

const fn verify(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, SHARE, "Takes a new share, to prove that it has arrived.")
}

const fn backup(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, &[], "A copy of new shares, sealed with PGP keys.")
}

const BACKUP: Operations = &[
    (Operation::Read, |_, _| Box::pin(async { Err(Fault::invalid("no backed-up keys found")) })),
    (Operation::Delete, |_, _| Box::pin(async { Ok(Reply::empty()) })),
];

const fn recovery(pattern: &'static str) -> Route<House> {
    route(
        pattern,
        Access::Token,
        &[
            (Operation::Read, |_, _| Box::pin(no_recovery())),
            (Operation::Write, |_, _| Box::pin(no_recovery())),
            (Operation::Delete, |_, _| Box::pin(no_recovery())),
        ],
        START,
        "New recovery keys, which a Shamir seal does not have.",
    )
}

async fn no_recovery() -> Result<Reply, Fault> {
    Err(Fault::invalid("recovery keys not supported"))
}

async fn status(house: &House, form: Form) -> Result<Reply, Fault> {
    Ok(rekey_json::status(&rekey::status(&house.unsealed).await, form))
}

async fn start(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let refused =
        |why: &dyn std::fmt::Display| Fault::invalid(format!("invalid rekey seal configuration: {why}"));
    let (shares, threshold) = (input.int("secret_shares")?, input.int("secret_threshold")?);
    let params = ShareParams::new(shares.unwrap_or(0), threshold.unwrap_or(0)).map_err(|e| refused(&e))?;
    if input.list("pgp_keys")?.is_some_and(|keys| !keys.is_empty()) {
        return Err(refused(&"encrypting shares with PGP keys is not supported"));
    }
    if input.bool("backup")?.unwrap_or(false) {
        return Err(refused(
            &"cannot request a backup of the new keys without providing PGP keys for encryption",
        ));
    }
    let verify = input.bool("require_verification")?.unwrap_or(false);
    let status = rekey::start(&house.vault, &house.unsealed, Wish { params, verify }).await?;
    Ok(rekey_json::status(&status, form))
}

async fn cancel(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    rekey::cancel(&house.unsealed, nonce_to_undo(house, request).await?.as_deref()).await?;
    Ok(Reply::empty())
}

async fn provide(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let (nonce, share) = given_share(request)?;
    let step = rekey::provide(&house.vault, &house.unsealed, &nonce, share).await?;
    Ok(rekey_json::step(step, form))
}

async fn proof(house: &House, form: Form) -> Result<Reply, Fault> {
    Ok(rekey_json::proof(&rekey::proof_status(&house.unsealed).await?, form))
}

async fn prove(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let (nonce, share) = given_share(request)?;
    let step = rekey::prove(&house.vault, &house.unsealed, &nonce, share).await?;
    Ok(rekey_json::proof_step(step, form))
}

async fn restart_proof(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let nonce = nonce_to_undo(house, request).await?;
    let status = rekey::restart_proof(&house.vault, &house.unsealed, nonce.as_deref()).await?;
    Ok(rekey_json::proof(&status, form))
}

/// The share of a body, and the attempt it is for.
pub(super) fn given_share(request: Request<'_>) -> Result<(String, Secret<Vec<u8>>), Fault> {
    let input = Input::new(request.data());
    let key = Secret::new(input.string("key")?.unwrap_or_default().into_owned());
    if key.expose().is_empty() {
        return Err(Fault::invalid("'key' must be specified in request body as JSON"));
    }
    Ok((input.string("nonce")?.unwrap_or_default().into_owned(), share::decode(&key)?))
}

/// The attempt that is to be undone. Whoever the policies allow it may leave the nonce out; to anybody else on a route
/// that is open to all, knowing it is what tells the operators apart.
pub(super) async fn nonce_to_undo(house: &House, request: Request<'_>) -> Result<Option<String>, Fault> {
    let nonce = Input::new(request.data()).string("nonce")?.filter(|n| !n.is_empty());
    match nonce {
        Some(nonce) => Ok(Some(nonce.into_owned())),
        None if house.is_permitted(request).await? => Ok(None),
        None => Ok(Some(String::new())),
    }
}
