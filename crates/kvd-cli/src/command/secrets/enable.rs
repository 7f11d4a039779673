//! `secrets enable`: a new mount.

use crate::{
    client::Request,
    command::{
        Command, as_mount,
        mount::{
            ALLOWED_RESPONSE_HEADERS, AUDIT_NON_HMAC_REQUEST_KEYS, AUDIT_NON_HMAC_RESPONSE_KEYS,
            DEFAULT_LEASE_TTL, DESCRIPTION, EXTERNAL_ENTROPY_ACCESS, FORCE_NO_CACHE, LISTING_VISIBILITY,
            LOCAL, MAX_LEASE_TTL, OPTIONS, PASSTHROUGH_REQUEST_HEADERS, PATH, PLUGIN_VERSION, SEAL_WRAP,
            VERSION, enable_body,
        },
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
        EXTERNAL_ENTROPY_ACCESS,
        FORCE_NO_CACHE,
        LISTING_VISIBILITY,
        LOCAL,
        MAX_LEASE_TTL,
        OPTIONS,
        PASSTHROUGH_REQUEST_HEADERS,
        PATH,
        PLUGIN_VERSION,
        SEAL_WRAP,
        VERSION,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "secrets enable",
    arguments: "[options] TYPE",
    synopsis: "Enable a secrets engine",
    details: "Mounts a secrets engine at a path:\n\n    \
              $ {program} secrets enable -path=secret -version=2 kv",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [kind] = arguments.exactly()?.map(str::trim);
    let client = context.client(arguments)?;
    let path = arguments.text(&PATH);
    let mount = as_mount(if path.is_empty() { kind } else { path });
    let request = Request::post(format!("sys/mounts/{mount}")).body(&enable_body(arguments, kind));
    client.send(request).map_err(Failure::doing("Error enabling"))?;
    let version = match arguments.text(&PLUGIN_VERSION) {
        "" => String::new(),
        version => format!(" version {version}"),
    };
    context.done(format!("Success! Enabled the {kind} secrets engine{version} at: {mount}"))
}
