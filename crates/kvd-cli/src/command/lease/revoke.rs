//! `lease revoke`: the end of a lease, or of all below a path.

use serde_json::json;

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup},
    output::wrap::wrap,
};

const FORCE: Flag =
    Flag::switch("force", "Forget the leases even if what they stand for cannot be revoked. Needs -prefix.");
const F: Flag = Flag::switch("f", "Short form of -force.").hidden();
const PREFIX: Flag = Flag::switch("prefix", "Take the argument as a path, and end every lease below it.");
const SYNC: Flag = Flag::switch("sync", "Wait until the leases have ended.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[FORCE, F, PREFIX, SYNC] };

pub(crate) static COMMAND: Command = Command {
    path: "lease revoke",
    arguments: "[options] ID",
    synopsis: "Revoke leases and secrets",
    details: "Ends a lease, or every lease below a path:\n\n    \
              $ {program} lease revoke database/creds/readonly/2f6a614c\n    \
              $ {program} lease revoke -prefix database/creds",
    flags: &[&FLAGS],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [id] = arguments.exactly()?.map(str::trim);
    let (prefix, sync) = (arguments.bool(&PREFIX), arguments.bool(&SYNC));
    let force = arguments.bool(&FORCE) || arguments.bool(&F);
    if force && !prefix {
        return Err(Failure::usage("Specifying -force requires also specifying -prefix"));
    }
    let client = context.client(arguments)?;
    if force {
        let warning =
            "Warning! Force-removing leases can cause Vault to become out of sync with secret engines!";
        context.screen.warn(wrap(warning, 0));
    }
    let (request, what) = if force {
        (Request::put(format!("sys/leases/revoke-force/{id}")), "force revoking leases with prefix")
    } else if prefix {
        let request = Request::put(format!("sys/leases/revoke-prefix/{id}"));
        (request.body(&json!({ "sync": sync })), "revoking leases with prefix")
    } else {
        let body = json!({ "lease_id": id, "sync": sync });
        (Request::put("sys/leases/revoke").body(&body), "revoking lease")
    };
    client.send(request).map_err(Failure::doing(format!("Error {what} {id}")))?;
    context.done(match (force, sync, prefix) {
        (true, _, _) => format!("Success! Force revoked any leases with prefix: {id}"),
        (false, true, true) => format!("Success! Revoked any leases with prefix: {id}"),
        (false, true, false) => format!("Success! Revoked lease: {id}"),
        (false, false, _) => "All revocation operations queued successfully!".to_owned(),
    })
}
