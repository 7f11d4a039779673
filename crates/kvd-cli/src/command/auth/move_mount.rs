//! `auth move`: an auth method at another path.

use crate::command::{Command, mount};

pub(crate) static COMMAND: Command = Command {
    path: "auth move",
    arguments: "[options] SOURCE DESTINATION",
    synopsis: "Move an auth method to a new path",
    details: "Moves an auth method. Both paths begin with auth/:\n\n    \
              $ {program} auth move auth/userpass/ auth/people/",
    flags: &[],
    run: |context, arguments| mount::move_mount(context, arguments, "auth method"),
};
