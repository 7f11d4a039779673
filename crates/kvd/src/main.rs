//! The kvd program: the command line, with the server as one of its commands.

use kvd::server::Server;
use kvd_cli::{Environment, Invocation, Program, Streams};
use std::{
    env,
    io::{self, IsTerminal as _},
    process::ExitCode,
};

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let program = Program::from_argument_zero(&arguments.next().unwrap_or_default());
    let environment = Environment::of_process();
    let server = Server { environment: environment.clone() };
    let (mut stdin, mut stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let (stdin_is_terminal, stdout_is_terminal) = (stdin.is_terminal(), stdout.is_terminal());
    let stderr_is_terminal = stderr.is_terminal();
    kvd_cli::run(Invocation {
        program,
        arguments: arguments.collect(),
        environment,
        streams: Streams {
            stdin: &mut stdin,
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin_is_terminal,
            stdout_is_terminal,
            stderr_is_terminal,
        },
        server: Some(&server),
    })
}
