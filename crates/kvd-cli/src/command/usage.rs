//! Usage texts, written from the tables of commands and flags.

use super::{COMMANDS, Command, GROUPS, Group};
use crate::{
    flags::{self, FlagGroup},
    program::Program,
};

/// The commands that come first, because everybody needs them.
const COMMON: &[&str] = &["read", "write", "delete", "list", "login", "server", "status", "unwrap"];
const SERVER_SYNOPSIS: &str = "Start a server";

/// The usage of a command with everything it takes.
pub(crate) fn of_command(program: Program, command: &Command) -> String {
    let flags = flags::describe(&command.flag_groups(), program.variable_prefix());
    let details = command.details.replace("{program}", program.name());
    let arguments = command.arguments;
    format!("Usage: {} {} {arguments}\n\n{}\n{flags}", program.name(), command.path, indented(&details))
        .trim_end()
        .to_owned()
}

/// The usage of a group with the commands in it.
pub(crate) fn of_group(program: Program, group: &Group) -> String {
    let below = format!("{} ", group.path);
    let rows = entries().filter_map(|(path, synopsis)| {
        path.strip_prefix(&below).filter(|name| !name.contains(' ')).map(|name| (name, synopsis))
    });
    format!(
        "Usage: {} {} <subcommand> [options] [args]\n\n{}\n\nSubcommands:\n{}",
        program.name(),
        group.path,
        indented(group.details),
        listed(rows.collect())
    )
}

/// The usage of the program.
pub(crate) fn of_program(program: Program, has_server: bool) -> String {
    let server = has_server.then_some(("server", SERVER_SYNOPSIS));
    let top: Vec<_> = entries().chain(server).filter(|(path, _)| !path.contains(' ')).collect();
    let common = COMMON.iter().filter_map(|name| top.iter().find(|(path, _)| path == name).copied());
    let others = top.iter().copied().filter(|(path, _)| !COMMON.contains(path) && *path != "version");
    format!(
        "Usage: {} <command> [args]\n\nCommon commands:\n{}\n\nOther commands:\n{}",
        program.name(),
        listed(common.collect()),
        listed(others.collect())
    )
}

/// The usage of the server, whose flags the program brings.
pub(crate) fn of_server(program: Program, groups: &[&FlagGroup]) -> String {
    let name = program.name();
    let details = format!(
        "Starts a server. What it keeps and where it listens is said in files of Vault's form:\n\n    \
         $ {name} server -config=/etc/kvd/kvd.hcl\n\n\
         For trying things out, everything is kept in memory and nothing needs to be unsealed:\n\n    \
         $ {name} server -dev"
    );
    let flags = flags::describe(groups, program.variable_prefix());
    format!("Usage: {name} server [options]\n\n{}\n{flags}", indented(&details)).trim_end().to_owned()
}

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    let commands = COMMANDS.iter().map(|command| (command.path, command.synopsis));
    let groups = GROUPS.iter().map(|group| (group.path, group.synopsis));
    let mut entries: Vec<_> = commands.chain(groups).collect();
    entries.sort_unstable();
    entries.into_iter()
}

fn listed(rows: Vec<(&str, &str)>) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 6;
    let lines: Vec<_> =
        rows.into_iter().map(|(name, synopsis)| format!("    {name:width$}{synopsis}")).collect();
    lines.join("\n")
}

fn indented(text: &str) -> String {
    let lines: Vec<_> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_a_server_does_not_offer_one() {
        assert!(of_program(Program::Kvd, true).contains("\n    server"));
        assert!(!of_program(Program::Kvd, false).contains("\n    server"));
        assert!(of_program(Program::Vault, true).starts_with("Usage: vault <command> [args]\n"));
    }

    #[test]
    fn a_group_lists_what_is_directly_in_it() {
        let kv = GROUPS.iter().find(|group| group.path == "kv").unwrap();
        let text = of_group(Program::Kvd, kv);
        assert!(text.starts_with("Usage: kvd kv <subcommand> [options] [args]\n"));
        assert!(text.contains("\n    put ") && text.contains("\n    metadata "));
        assert!(!text.contains("metadata get"));
    }

    #[test]
    fn help_names_every_flag_once() {
        for command in COMMANDS {
            let text = of_command(Program::Kvd, command);
            assert!(text.starts_with(&format!("Usage: kvd {} ", command.path).trim_end().to_owned()));
            for flag in command.flag_groups().iter().flat_map(|group| group.flags).filter(|flag| !flag.hidden)
            {
                let lines = text.lines().filter(|line| {
                    let name = line.trim_start().split('=').next().unwrap_or_default();
                    name == format!("-{}", flag.name)
                });
                assert_eq!(lines.count(), 1, "{} -{}", command.path, flag.name);
            }
        }
    }
}
