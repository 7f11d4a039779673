//! `version`: which program this is.

use crate::{
    COMPATIBLE_VERSION, command::Command, context::Context, failure::Outcome, flags::Arguments,
    program::Program,
};

pub(crate) static COMMAND: Command = Command {
    path: "version",
    arguments: "",
    synopsis: "Print the version",
    details: "Prints the version of this program.",
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, _: &Arguments) -> Outcome {
    let own = env!("CARGO_PKG_VERSION");
    context.done(match context.program {
        Program::Kvd => format!("kvd v{own} (compatible with Vault v{COMPATIBLE_VERSION})"),
        // Client libraries parse this line and choose their calls by it.
        Program::Vault => format!("Vault v{COMPATIBLE_VERSION} (kvd v{own})"),
    })
}
