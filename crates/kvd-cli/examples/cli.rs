//! The command line without a server beside it, for trying it against any server.

use std::{env, ffi::OsString, io, process::ExitCode};

use kvd_cli::{Environment, Invocation, Program, ServerCommand, Streams, flags::FlagGroup, run};

/// Stands where the program has its server.
struct Elsewhere;

impl ServerCommand for Elsewhere {
    fn flags(&self) -> &'static [&'static FlagGroup] {
        &[]
    }

    fn run(&self, _: Vec<OsString>) -> u8 {
        1
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let program = Program::from_argument_zero(&arguments.next().unwrap_or_default());
    run(Invocation {
        program,
        arguments: arguments.collect(),
        environment: Environment::of_process(),
        streams: Streams {
            stdin: &mut io::stdin().lock(),
            stdout: &mut io::stdout().lock(),
            stderr: &mut io::stderr().lock(),
            stdin_is_terminal: io::IsTerminal::is_terminal(&io::stdin()),
            stdout_is_terminal: io::IsTerminal::is_terminal(&io::stdout()),
            stderr_is_terminal: io::IsTerminal::is_terminal(&io::stderr()),
        },
        server: Some(&Elsewhere),
    })
}
