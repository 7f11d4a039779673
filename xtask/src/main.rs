//! `cargo xtask …`: everything that cargo cannot say by itself.

#![expect(clippy::print_stdout, reason = "a command line tool speaks on standard output")]

mod bench;
mod codegen;
mod conformance;
mod http;
mod integration;
mod layers;
mod prerequisites;
mod serve;
mod shell;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  serve [--listen ADDRESS] [--folder FOLDER]
      Builds kvd and starts a durable server for trying it out.
  test [FILTER]
      Runs every check and test; with FILTER only the tests whose name holds it.
  tidy
      Checks the rules of the house that the compiler does not know.
  codegen [--check]
      Writes docs/reference from the code and the code of kvd-proto from proto/, or says what is out of date.
  conformance FOLDER [AREA]
      Plays recorded conversations and compares with xtask/conformance.toml.
  integration [--guide FILE] [EXAM]
      Runs foreign clients and their test suites against kvd; they come from their package registries.
  bench [GROUP…] [live] [--against PROGRAM] [--seconds N] [--rounds N]
      Measures the CPU time of requests beside a bare HTTP server, and beside another server of the same API.
  fuzz TARGET SECONDS [SEED]
      Tries to break a target with changes of its seeds; what breaks it is kept among them.
  fix
      Formats the code and writes what codegen writes.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["serve", rest @ ..] => serve::serve(&serve::Options::parse(rest)?),
        ["serve-open", server, folder, address] => serve::open(server, folder.as_ref(), address),
        ["test"] => test::everything(),
        ["test", filter] => test::some(filter),
        ["tidy"] => tidy::report(),
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["conformance", folder, areas @ ..] => conformance::play(folder.as_ref(), areas),
        ["integration", rest @ ..] => integration::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => {
            shell::cargo(&[&["run", "--release", "--package", "kvd-fuzz", "--"], rest].concat())
        }
        ["fix"] => {
            shell::cargo(&["fmt", "--all"])?;
            codegen::write()
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [unknown, ..] => bail!("there is no command {unknown}, or not with these arguments\n\n{USAGE}"),
    }
}
