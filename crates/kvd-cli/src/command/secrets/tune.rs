//! `secrets tune`: other settings for a mount.

use crate::{
    client::Request,
    command::{
        Command, as_mount,
        mount::{
            ALLOWED_RESPONSE_HEADERS, AUDIT_NON_HMAC_REQUEST_KEYS, AUDIT_NON_HMAC_RESPONSE_KEYS,
            DEFAULT_LEASE_TTL, DESCRIPTION, LISTING_VISIBILITY, MAX_LEASE_TTL, OPTIONS,
            PASSTHROUGH_REQUEST_HEADERS, PLUGIN_VERSION, VERSION, tune_body,
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
        VERSION,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "secrets tune",
    arguments: "[options] PATH",
    synopsis: "Tune a secrets engine configuration",
    details: "Changes the settings of a mount; what is not given stays as it is:\n\n    \
              $ {program} secrets tune -default-lease-ttl=72h secret/",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let mount = as_mount(trimmed(argument));
    let request = Request::post(format!("sys/mounts/{mount}tune")).body(&tune_body(arguments));
    client.send(request).map_err(Failure::doing(format!("Error tuning secrets engine {mount}")))?;
    context.done(format!("Success! Tuned the secrets engine at: {mount}"))
}
