//! `auth tune`: other settings for an auth method.

use crate::{
    client::Request,
    command::{
        Command, as_mount,
        mount::{
            ALLOWED_RESPONSE_HEADERS, AUDIT_NON_HMAC_REQUEST_KEYS, AUDIT_NON_HMAC_RESPONSE_KEYS,
            DEFAULT_LEASE_TTL, DESCRIPTION, LISTING_VISIBILITY, MAX_LEASE_TTL, OPTIONS,
            PASSTHROUGH_REQUEST_HEADERS, PLUGIN_VERSION, TOKEN_TYPE, VERSION, tune_body,
        },
        trimmed,
    },
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup},
};

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[
        ALLOWED_RESPONSE_HEADERS,
        AUDIT_NON_HMAC_REQUEST_KEYS,
        AUDIT_NON_HMAC_RESPONSE_KEYS,
        DEFAULT_LEASE_TTL,
        DESCRIPTION,
        LISTING_VISIBILITY,
        MAX_LEASE_TTL,
        OPTIONS,
        PASSTHROUGH_REQUEST_HEADERS,
        PLUGIN_VERSION,
        TOKEN_TYPE,
        VERSION,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "auth tune",
    arguments: "[options] PATH",
    synopsis: "Tune an auth method configuration",
    details: "Changes the settings of an auth method; what is not given stays as it is:\n\n    \
              $ {program} auth tune -default-lease-ttl=72h userpass/",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = as_mount(trimmed(argument));
    let request = Request::post(format!("sys/mounts/auth/{mount}tune")).body(&tune_body(arguments));
    client.send(request).map_err(Failure::doing(format!("Error tuning auth method {mount}")))?;
    context.done(format!("Success! Tuned the auth method at: {mount}"))
}
