//! `secrets move`: a mount at another path.

use crate::command::{Command, mount};

pub(crate) static COMMAND: Command = Command {
    path: "secrets move",
    arguments: "[options] SOURCE DESTINATION",
    synopsis: "Move a secrets engine to a new path",
    details: "Moves a secrets engine and everything it stores. Leases of the old path are revoked:\n\n    \
              $ {program} secrets move secret/ kv/",
    flags: &[],
    run: |context, arguments| mount::move_mount(context, arguments, "secrets engine"),
};
