//! The command line: what whoever knows `vault` types.
//!
//! [`run`] takes an [`Invocation`] (arguments, environment, streams) and gives back an exit status; it never looks
//! at the process it runs in, so a test can run a hundred of them side by side. The program adds the one command
//! that is not a client, the server, through [`ServerCommand`].
//!
//! Requests are sent with a blocking client, so [`run`] belongs on a thread outside of any async runtime. What a
//! person types as a secret, or a file or pipe gives, is never part of a message.
//!
//! # Adding a command
//! 1. A file below `command/`, in the folder of its group, with one `pub(crate) static COMMAND: Command`: its path,
//!    its usage, its table of flags and the function that runs it.
//! 2. One line in the list of `command/mod.rs`. The usage texts, the flag parser and the help follow from the table.
//!
//! # Exit statuses
//! 0 done · 1 wrong usage, noticed here · 2 the server refused, or there is no such value · 127 no such command.
//! `status` differs: 0 unsealed, 1 error, 2 sealed.

mod client;
mod command;
mod complete;
mod context;
mod environment;
mod failure;
pub mod flags;
mod gofmt;
mod hint;
mod input;
mod output;
mod program;
mod run;
#[cfg(test)]
mod testing;
mod token_helper;

pub use environment::Environment;
pub use output::Streams;
pub use program::Program;
pub use run::{Invocation, ServerCommand, run};
pub use token_helper::store_token;

/// The version of Vault whose API and command line are matched; client libraries parse it and choose by it.
pub const COMPATIBLE_VERSION: &str = "1.21.4";
