//! From what was typed to an exit status.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    client::Rehearsal,
    command::{self, Command, usage},
    complete,
    context::Context,
    environment::Environment,
    failure::{Failure, Outcome, USAGE},
    flags::{self, FlagGroup, common},
    gofmt::number::parse_bool,
    hint,
    output::{Format, Screen, Streams, print_warnings},
    program::Program,
};

/// The exit status of a command that does not exist.
const UNKNOWN: u8 = 127;

/// One call of the program.
pub struct Invocation<'a> {
    /// What the program was called.
    pub program: Program,
    /// What was typed after the name.
    pub arguments: Vec<OsString>,
    /// The environment variables.
    pub environment: Environment,
    /// The standard streams.
    pub streams: Streams<'a>,
    /// The command that starts a server, in a program that has one.
    pub server: Option<&'a dyn ServerCommand>,
}

/// The `server` command, which is no client and is brought by the program.
pub trait ServerCommand {
    /// The flags of `server`, for its help and for completion.
    fn flags(&self) -> &'static [&'static FlagGroup];

    /// Starts the server with what was typed after `server`, and returns its exit status when it has ended.
    fn run(&self, arguments: Vec<OsString>) -> u8;
}

/// Runs one call of the program and returns its exit status.
#[must_use]
pub fn run(invocation: Invocation<'_>) -> ExitCode {
    ExitCode::from(exit_status(invocation))
}

pub(crate) fn exit_status(invocation: Invocation<'_>) -> u8 {
    let Invocation { program, arguments, environment, streams, server } = invocation;
    // A shell asks what could come next; whatever else the arguments say is the shell's.
    if let Some(line) = environment.variable("COMP_LINE") {
        let (mut screen, _) = streams.split(Format::Table, false);
        for candidate in complete::candidates(line, server.map(ServerCommand::flags)) {
            screen.line(candidate);
        }
        return 0;
    }
    if let (Some(server), Some(first)) = (server, arguments.first())
        && first == "server"
        && !arguments.iter().any(is_help)
    {
        return server.run(arguments.into_iter().skip(1).collect());
    }
    let Ok(typed) = arguments.into_iter().map(OsString::into_string).collect::<Result<Vec<_>, _>>() else {
        let (mut screen, _) = streams.split(Format::Table, false);
        screen.error("The arguments must be UTF-8 text.");
        return USAGE;
    };

    if let [only] = typed.as_slice()
        && let Some(change) = complete::Change::of_flag(only)
    {
        let (mut screen, _) = streams.split(Format::Table, false);
        return change.apply(&mut screen, &environment, program.name());
    }

    let global = Global::find(program, &typed, &environment);
    let coloured =
        environment.variable("NO_COLOR").is_none() && environment.setting("CLI_NO_COLOR").is_none();
    let format = match Format::parse(&global.format) {
        Ok(format) => format,
        Err(failure) => {
            let (mut screen, _) = streams.split(Format::Table, coloured);
            return fail(&mut screen, failure);
        }
    };
    let (mut screen, input) = streams.split(format, coloured);
    let (command, rest) = match choose(program, typed, server.is_some()) {
        Choice::Command(command, rest) => (command, rest),
        Choice::Help(text) => {
            screen.line(text);
            return 0;
        }
        Choice::ServerHelp => {
            screen.line(usage::of_server(program, server.map(ServerCommand::flags).unwrap_or_default()));
            return 0;
        }
        Choice::Wrong(status, text) => {
            screen.error(text);
            return status;
        }
    };

    if global.rehearsal != Rehearsal::Off {
        screen.held_back = Some(Vec::new());
    }
    let mut context = Context { program, environment, screen, input, rehearsal: global.rehearsal };
    let outcome = execute(&mut context, command, rest);
    finish(context, outcome)
}

/// Parses the flags of a command and runs it.
fn execute(context: &mut Context<'_>, command: &Command, rest: Vec<String>) -> Outcome {
    let (arguments, parsed) = flags::parse(&command.flag_groups(), rest);
    if context.screen.format == Format::Table
        && let Some(warning) = flags::misplaced_flags_warning(&arguments.positional)
    {
        context.screen.warn(warning);
    }
    parsed.map_err(Failure::usage)?;
    if context.screen.format == Format::Raw && !command.has_raw_form() {
        return Err(Failure::usage("This command does not support the -format=raw option."));
    }
    if matches!(context.screen.format, Format::Dotenv | Format::Export) && !command.has_variables_form() {
        return Err(Failure::usage("The forms dotenv and export are for \"kv get\" only."));
    }
    if arguments.bool(&common::NON_INTERACTIVE) {
        context.input.close();
    }
    (command.run)(context, &arguments)
}

fn finish(mut context: Context<'_>, outcome: Outcome) -> u8 {
    let what = match context.rehearsal {
        Rehearsal::Off => {
            return match outcome {
                Ok(status) => status,
                Err(failure) => fail(&mut context.screen, failure),
            };
        }
        Rehearsal::Curl(_) => "cURL string",
        Rehearsal::Policy => "policy",
    };
    let status = match outcome {
        Err(Failure::Rehearsed(text)) => {
            context.screen.line(text);
            return 0;
        }
        Err(failure) => fail(&mut context.screen, failure),
        // A command that never asks the server has nothing to show.
        Ok(_) => USAGE,
    };
    context.screen.release();
    context.screen.error(format!("Unable to generate {what} from command"));
    status
}

fn fail(screen: &mut Screen<'_>, failure: Failure) -> u8 {
    match failure {
        Failure::Message { status, text, secret } => {
            screen.error(text);
            if let Some(secret) = secret {
                print_warnings(screen, &secret);
            }
            status
        }
        Failure::Rehearsed(text) => {
            screen.line(text);
            0
        }
    }
}

/// The flags that count wherever they stand.
struct Global {
    format: String,
    rehearsal: Rehearsal,
}

impl Global {
    fn find(program: Program, typed: &[String], environment: &Environment) -> Self {
        let mut format = None;
        let mut rehearsal = Rehearsal::Off;
        let mut words = typed.iter().take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
            match flag.split_once('=') {
                None if flag == "output-curl-string" => rehearsal = Rehearsal::Curl(program),
                None if flag == "output-policy" => rehearsal = Rehearsal::Policy,
                None if flag == "format" => format = words.next().cloned(),
                Some(("format", value)) => format = Some(value.to_owned()),
                // With a value they are switches like any other; a request must never be sent by mistake.
                Some(("output-curl-string", value)) if parse_bool(value) == Ok(true) => {
                    rehearsal = Rehearsal::Curl(program);
                }
                Some(("output-policy", value)) if parse_bool(value) == Ok(true) => {
                    rehearsal = Rehearsal::Policy
                }
                None | Some(_) => {}
            }
        }
        let format = format
            .filter(|format| !format.is_empty())
            .or_else(|| environment.setting("FORMAT").map(str::to_owned))
            .unwrap_or_else(|| "table".to_owned());
        Self { format, rehearsal }
    }
}

/// What the words before the first flag ask for.
enum Choice {
    Command(&'static Command, Vec<String>),
    Help(String),
    ServerHelp,
    Wrong(u8, String),
}

fn choose(program: Program, typed: Vec<String>, has_server: bool) -> Choice {
    let help = typed.iter().take_while(|word| *word != "--").any(is_help);
    if let [only] = typed.as_slice()
        && matches!(only.as_str(), "-v" | "-version" | "--version")
    {
        return Choice::Command(&command::version::COMMAND, Vec::new());
    }
    let first_is_flag = typed.first().is_some_and(|word| word.starts_with('-'));
    if first_is_flag && !help {
        let text = "Invalid flags before the subcommand. If these flags are for\n\
                    the subcommand, please put them after the subcommand.";
        return Choice::Wrong(USAGE, format!("{text}\n\n{}", usage::of_program(program, has_server)));
    }
    let words: Vec<&str> = typed
        .iter()
        .map(String::as_str)
        .take_while(|word| !word.is_empty() && !word.starts_with('-') && !word.contains(' '))
        .collect();
    if has_server && words.first() == Some(&"server") {
        return Choice::ServerHelp;
    }
    match (command::find(&words), help) {
        (command::Found::Command(command, _), true) => Choice::Help(usage::of_command(program, command)),
        (command::Found::Command(command, length), false) => {
            Choice::Command(command, typed.into_iter().skip(length).collect())
        }
        (command::Found::Group(group), true) => Choice::Help(usage::of_group(program, group)),
        (command::Found::Group(group), false) => {
            let typed = words.get(group.path.split(' ').count());
            let hint = hint::below_usage(program, group.path, typed.copied());
            Choice::Wrong(USAGE, format!("{}{hint}", usage::of_group(program, group)))
        }
        (command::Found::Nothing, true) => Choice::Help(usage::of_program(program, has_server)),
        (command::Found::Nothing, false) => {
            let hint = hint::below_usage(program, "", words.first().copied());
            Choice::Wrong(UNKNOWN, format!("{}{hint}", usage::of_program(program, has_server)))
        }
    }
}

fn is_help(word: impl AsRef<std::ffi::OsStr>) -> bool {
    ["-h", "-help", "--help"].iter().any(|help| word.as_ref() == *help)
}
