//! Completion on the tab key.
//!
//! As with Vault, the program completes itself: a shell calls it with what was typed so far in `COMP_LINE`, and it
//! prints what could come next, one candidate a line.

mod install;

pub(crate) use install::{Change, script};

use crate::{
    command::{self, COMMANDS, Found, GROUPS},
    flags::{FlagGroup, common},
};

/// What can come next in a line, of which the last word may be unfinished. The first word is the program's name.
pub(crate) fn candidates(line: &str, server: Option<&'static [&'static FlagGroup]>) -> Vec<String> {
    let mut words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let unfinished = if line.ends_with(char::is_whitespace) { "" } else { words.pop().unwrap_or_default() };
    let names: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
    let values = words.last().and_then(|word| values_of(word.trim_start_matches('-')));
    let mut found: Vec<String> = match (command::find(&names), unfinished.starts_with('-'), values) {
        (Found::Nothing, true, _) if names == ["server"] => flags(server.unwrap_or_default()),
        (_, false, Some(values)) if words.last().is_some_and(|word| word.starts_with('-')) => {
            values.iter().map(|&value| value.to_owned()).collect()
        }
        (Found::Command(command, _), true, _) => flags(&command.flag_groups()),
        (Found::Group(_) | Found::Nothing, true, _) => flags(&[&common::HTTP]),
        (Found::Command(command, _), false, _) if command.path == "completion" => {
            ["bash", "fish", "zsh"].map(str::to_owned).to_vec()
        }
        // Paths and files are not known here; the shell falls back to its own.
        (Found::Command(..), false, _) => Vec::new(),
        (Found::Group(group), false, _) => below(&format!("{} ", group.path)),
        (Found::Nothing, false, _) if !names.is_empty() => Vec::new(),
        (Found::Nothing, false, _) => {
            let mut top = below("");
            top.extend(server.map(|_| "server".to_owned()));
            top
        }
    };
    found.retain(|candidate| candidate.starts_with(unfinished));
    found.sort();
    found.dedup();
    found
}

/// The words that follow a prefix in the names of commands and groups.
fn below(prefix: &str) -> Vec<String> {
    let paths = COMMANDS.iter().map(|command| command.path).chain(GROUPS.iter().map(|group| group.path));
    let next = |path: &'static str| path.strip_prefix(prefix)?.split(' ').next();
    paths.filter_map(next).map(str::to_owned).collect()
}

fn flags(groups: &[&'static FlagGroup]) -> Vec<String> {
    let all = groups.iter().flat_map(|group| group.flags).filter(|flag| !flag.hidden);
    all.map(|flag| format!("-{}", flag.name)).collect()
}

/// The values of a flag that has few.
fn values_of(flag: &str) -> Option<&'static [&'static str]> {
    match flag {
        "format" => Some(&["table", "json", "yaml", "pretty", "raw", "dotenv", "export"]),
        "method" => Some(&["cert", "jwt", "kubernetes", "patch", "rw", "token", "userpass"]),
        "listing-visibility" => Some(&["hidden", "unauth"]),
        "token-type" => Some(&["batch", "default-batch", "default-service", "service"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::Flag;

    fn check(line: &str, expected: &[&str]) {
        static SERVER: FlagGroup = FlagGroup { title: "", flags: &[Flag::switch("dev", "")] };
        static GROUPS: [&FlagGroup; 1] = [&SERVER];
        assert_eq!(candidates(line, Some(&GROUPS)), expected, "{line}");
    }

    #[test]
    fn commands_are_completed_word_by_word() {
        check("kvd au", &["audit", "auth"]);
        check("kvd kv m", &["metadata", "move"]);
        check("kvd kv metadata ", &["delete", "get", "patch", "put"]);
        check("kvd ser", &["server"]);
        check("kvd completion ", &["bash", "fish", "zsh"]);
        check("kvd nosuch ", &[]);
        check("kvd kv get secret/", &[]);
        check("kvd server -", &["-dev"]);
        assert!(candidates("kvd ", None).contains(&"kv".to_owned()));
    }

    #[test]
    fn flags_and_their_values_are_completed() {
        check("kvd kv get -ver", &["-version"]);
        check("kvd kv get -mount=secret -fo", &["-format"]);
        check("kvd kv get -format j", &["json"]);
        check("kvd kv get -format ", &["dotenv", "export", "json", "pretty", "raw", "table", "yaml"]);
        check("kvd kv get -n", &["-namespace", "-non-interactive"]);
    }
}
