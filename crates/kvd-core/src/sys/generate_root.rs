//! A new root token out of shares: `sys/generate-root/*` with bare bodies, `sys/generate-root-token/*` in the usual
//! envelope, and `sys/decode-token`.

use super::{
    rekey::{given_share, nonce_to_undo},
    rekey_json::Form,
    routes::{Operations, field, route},
};
use crate::{
    house::House,
    random,
    seal::root_generation::{self, RootStatus, Step},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_types::{Fault, Operation, Reply, Secret};

const START: &[Field] = &[
    field("nonce", FieldKind::String, "The attempt that is to be cancelled."),
    field(
        "otp",
        FieldKind::String,
        "A password as long as a token; drawn and shown once when none is given.",
    ),
    field("pgp_key", FieldKind::String, "Kept for clients; tokens are handed out under a password."),
];
const SHARE: &[Field] = &[
    field("key", FieldKind::String, "A share."),
    field("nonce", FieldKind::String, "The attempt that it is for."),
];
const ENCODED: &[Field] = &[
    field("encoded_token", FieldKind::String, "What a generation gave."),
    field("otp", FieldKind::String, "Its password."),
];

/// The routes that an operator can open to callers without a token.
pub(super) const OLD: [&str; 2] = ["generate-root/attempt", "generate-root/update"];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    attempt(
        "generate-root/attempt",
        &[
            (Operation::Read, |h, _| Box::pin(status(h, Form::Bare))),
            (Operation::Write, |h, r| Box::pin(start(h, r, Form::Bare))),
            (Operation::Delete, |h, r| Box::pin(cancel(h, r))),
        ],
    ),
    update("generate-root/update", &[(Operation::Write, |h, r| Box::pin(provide(h, r, Form::Bare)))]),
    attempt(
        "generate-root-token/attempt",
        &[
            (Operation::Read, |h, _| Box::pin(status(h, Form::Enveloped))),
            (Operation::Write, |h, r| Box::pin(start(h, r, Form::Enveloped))),
            (Operation::Delete, |h, r| Box::pin(cancel(h, r))),
        ],
    ),
    update(
        "generate-root-token/update",
        &[(Operation::Write, |h, r| Box::pin(provide(h, r, Form::Enveloped)))],
    ),
    route(
        "decode-token",
        Access::Open,
        &[(Operation::Write, |_, r| Box::pin(decode(r)))],
        ENCODED,
        "The token out of what a generation gave.",
    ),
]);

const fn attempt(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, START, "A new root token for whoever holds enough shares.")
}

const fn update(pattern: &'static str, operations: Operations) -> Route<House> {
    route(pattern, Access::Token, operations, SHARE, "Takes a share that agrees to a new root token.")
}

async fn status(house: &House, form: Form) -> Result<Reply, Fault> {
    Ok(write_status(&root_generation::status(&house.unsealed).await, None, form))
}

async fn start(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    if input.string("pgp_key")?.is_some_and(|key| !key.is_empty()) {
        return Err(Fault::invalid("encrypting the token with a PGP key is not supported"));
    }
    let password = input.string("otp")?.filter(|p| !p.is_empty()).map(|p| Secret::new(p.into_owned()));
    let (status, drawn) = root_generation::start(&house.vault, &house.unsealed, password).await?;
    Ok(write_status(&status, drawn.as_ref(), form))
}

async fn cancel(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    root_generation::cancel(&house.unsealed, nonce_to_undo(house, request).await?.as_deref()).await?;
    Ok(Reply::empty())
}

async fn provide(house: &House, request: Request<'_>, form: Form) -> Result<Reply, Fault> {
    let (nonce, share) = given_share(request)?;
    Ok(match root_generation::provide(&house.vault, &house.unsealed, &nonce, share).await? {
        Step::More(status) => write_step(&status, "", form),
        Step::Complete { status, encoded, commit } => {
            Reply { commit: Some(commit), ..write_step(&status, &encoded, form) }
        }
    })
}

fn length() -> i64 {
    i64::try_from(random::TOKEN_LENGTH).unwrap_or(i64::MAX)
}

fn write_status(status: &RootStatus, password: Option<&Secret<String>>, form: Form) -> Reply {
    form.reply(|w| {
        w.key("complete");
        w.bool(false);
        if form == Form::Bare {
            w.key("encoded_root_token");
            w.string("");
            w.key("encoded_token");
            w.string("");
        }
        if form == Form::Bare || status.started {
            w.key("nonce");
            w.string(&status.nonce);
        }
        w.key("otp");
        w.string(password.map_or("", |p| p.expose()));
        w.key("otp_length");
        w.int(length());
        if form == Form::Bare || status.started {
            w.key("pgp_fingerprint");
            w.string("");
        }
        w.key("progress");
        w.int(status.progress.into());
        w.key("required");
        w.int(status.required.into());
        w.key("started");
        w.bool(status.started);
    })
}

fn write_step(status: &RootStatus, encoded: &str, form: Form) -> Reply {
    form.reply(|w| {
        w.key("complete");
        w.bool(!encoded.is_empty());
        if form == Form::Bare {
            w.key("encoded_root_token");
            w.string(encoded);
        }
        w.key("encoded_token");
        w.string(encoded);
        w.key("nonce");
        w.string(&status.nonce);
        if form == Form::Bare {
            w.key("otp");
            w.string("");
            w.key("otp_length");
            w.int(0);
        }
        w.key("pgp_fingerprint");
        w.string("");
        w.key("progress");
        w.int(status.progress.into());
        w.key("required");
        w.int(status.required.into());
        w.key("started");
        w.bool(true);
    })
}

async fn decode(request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let encoded = input.string("encoded_token")?.unwrap_or_default();
    let password = Secret::new(input.string("otp")?.unwrap_or_default().into_owned());
    if encoded.is_empty() || password.expose().is_empty() {
        return Err(Fault::invalid("both encoded_token and otp are required"));
    }
    let token = root_generation::decode(&encoded, &password)?;
    Ok(Reply::object(|w| {
        w.key("token");
        w.string(token.expose());
    }))
}
