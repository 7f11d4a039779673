//! The commands, one file each, and the list of them all.

mod arity;
mod audit;
mod auth;
#[cfg(test)]
mod beyond_tests;
pub(crate) mod completion;
mod delete;
mod kv;
mod lease;
mod list;
mod login;
mod mount;
mod namespace;
mod operator;
mod patch;
mod path_help;
mod policy;
mod print_token;
mod read;
mod scan;
mod secrets;
mod status;
#[cfg(test)]
mod tests;
mod token;
mod unwrap;
pub(crate) mod usage;
pub(crate) mod version;
mod write;

use crate::{
    context::Context,
    failure::Outcome,
    flags::{Arguments, FlagGroup, common},
};

pub(crate) use arity::wrong_count;

/// A command: what it is called, what it takes, and what it does.
pub(crate) struct Command {
    /// The words that name it.
    pub(crate) path: &'static str,
    /// What follows the name in the usage line.
    pub(crate) arguments: &'static str,
    /// What it does, in one line.
    pub(crate) synopsis: &'static str,
    /// What it does, in sentences. `{program}` stands for the name of the program.
    pub(crate) details: &'static str,
    /// Its own flags; those of the connection come on top.
    pub(crate) flags: &'static [&'static FlagGroup],
    pub(crate) run: fn(&mut Context<'_>, &Arguments) -> Outcome,
}

/// Commands that belong together under one word.
pub(crate) struct Group {
    pub(crate) path: &'static str,
    pub(crate) synopsis: &'static str,
    pub(crate) details: &'static str,
}

impl Command {
    /// All flags of the command, those of the connection first.
    pub(crate) fn flag_groups(&self) -> Vec<&'static FlagGroup> {
        std::iter::once(&common::HTTP).chain(self.flags.iter().copied()).collect()
    }

    /// Whether the command can print a secret as variables.
    pub(crate) fn has_variables_form(&self) -> bool {
        self.flags.iter().any(|group| std::ptr::eq(*group, &common::OUTPUT_VARIABLES))
    }

    /// Whether the command can print a response as it came.
    pub(crate) fn has_raw_form(&self) -> bool {
        self.flags.iter().any(|group| std::ptr::eq(*group, &common::OUTPUT_RAW))
    }
}

/// Every command. One line adds one.
pub(crate) static COMMANDS: &[&Command] = &[
    &audit::disable::COMMAND,
    &audit::enable::COMMAND,
    &audit::list::COMMAND,
    &audit::verify::COMMAND,
    &auth::disable::COMMAND,
    &auth::enable::COMMAND,
    &auth::help::COMMAND,
    &auth::list::COMMAND,
    &auth::move_mount::COMMAND,
    &auth::tune::COMMAND,
    &completion::COMMAND,
    &delete::COMMAND,
    &kv::copy::COMMAND,
    &kv::copy::MOVE,
    &kv::delete::COMMAND,
    &kv::destroy::COMMAND,
    &kv::diff::COMMAND,
    &kv::edit::COMMAND,
    &kv::enable_versioning::COMMAND,
    &kv::get::COMMAND,
    &kv::list::COMMAND,
    &kv::metadata::delete::COMMAND,
    &kv::metadata::get::COMMAND,
    &kv::metadata::patch::COMMAND,
    &kv::metadata::put::COMMAND,
    &kv::patch::COMMAND,
    &kv::put::COMMAND,
    &kv::rollback::COMMAND,
    &kv::scan::COMMAND,
    &kv::tree::COMMAND,
    &kv::undelete::COMMAND,
    &lease::lookup::COMMAND,
    &lease::renew::COMMAND,
    &lease::revoke::COMMAND,
    &list::COMMAND,
    &login::COMMAND,
    &namespace::create::COMMAND,
    &namespace::delete::COMMAND,
    &namespace::list::COMMAND,
    &namespace::lock::COMMAND,
    &namespace::lock::UNLOCK,
    &namespace::lookup::COMMAND,
    &namespace::patch::COMMAND,
    &operator::generate_root::COMMAND,
    &operator::init::COMMAND,
    &operator::key_status::COMMAND,
    &operator::members::COMMAND,
    &operator::raft::autopilot::GET_CONFIG,
    &operator::raft::autopilot::SET_CONFIG,
    &operator::raft::autopilot::STATE,
    &operator::raft::join::COMMAND,
    &operator::raft::list_peers::COMMAND,
    &operator::raft::remove_peer::COMMAND,
    &operator::raft::remove_peer::DEMOTE,
    &operator::raft::remove_peer::PROMOTE,
    &operator::raft::snapshot::RESTORE,
    &operator::raft::snapshot::SAVE,
    &operator::rekey::COMMAND,
    &operator::rekey::ROTATE_KEYS,
    &operator::rotate::COMMAND,
    &operator::seal::COMMAND,
    &operator::step_down::COMMAND,
    &operator::unseal::COMMAND,
    &patch::COMMAND,
    &path_help::COMMAND,
    &policy::check::COMMAND,
    &policy::delete::COMMAND,
    &policy::fmt::COMMAND,
    &policy::list::COMMAND,
    &policy::read::COMMAND,
    &policy::write::COMMAND,
    &print_token::COMMAND,
    &read::COMMAND,
    &scan::COMMAND,
    &secrets::disable::COMMAND,
    &secrets::enable::COMMAND,
    &secrets::list::COMMAND,
    &secrets::move_mount::COMMAND,
    &secrets::tune::COMMAND,
    &status::COMMAND,
    &token::capabilities::COMMAND,
    &token::create::COMMAND,
    &token::lookup::COMMAND,
    &token::renew::COMMAND,
    &token::revoke::COMMAND,
    &unwrap::COMMAND,
    &version::COMMAND,
    &write::COMMAND,
];

/// Every word that only groups commands.
pub(crate) static GROUPS: &[Group] = &[
    Group {
        path: "audit",
        synopsis: "Interact with audit devices",
        details: "Audit devices record every request and response.",
    },
    Group {
        path: "auth",
        synopsis: "Interact with auth methods",
        details: "Auth methods tell who somebody is and give them a token.",
    },
    Group {
        path: "kv",
        synopsis: "Interact with the key-value storage",
        details: "The key-value store keeps arbitrary secrets, in version 2 with their history.",
    },
    Group {
        path: "kv metadata",
        synopsis: "Interact with the metadata of a secret",
        details: "The metadata of a secret: its versions, their limits, and what else is noted about it.",
    },
    Group {
        path: "lease",
        synopsis: "Interact with leases",
        details: "A lease says how long something the server gave out is valid.",
    },
    Group {
        path: "namespace",
        synopsis: "Interact with namespaces",
        details: "Namespaces are servers within the server, each with its own mounts and policies.",
    },
    Group {
        path: "operator",
        synopsis: "Perform operator-specific tasks",
        details: "Initialising, sealing and unsealing, and changing keys.",
    },
    Group {
        path: "operator raft",
        synopsis: "Interact with the Raft store",
        details: "For servers that store in a Raft cluster; a single kvd has a store of its own.",
    },
    Group {
        path: "operator raft autopilot",
        synopsis: "Interact with the autopilot of the cluster",
        details: "The autopilot watches the members of a cluster and takes out those that are gone.",
    },
    Group {
        path: "operator raft snapshot",
        synopsis: "Save and restore snapshots",
        details: "A snapshot is everything the server keeps, sealed as it lies in the store.",
    },
    Group {
        path: "policy",
        synopsis: "Interact with policies",
        details: "Policies say which paths a token may use, and how.",
    },
    Group {
        path: "print",
        synopsis: "Print what the next command would use",
        details: "Prints runtime values.",
    },
    Group {
        path: "secrets",
        synopsis: "Interact with secrets engines",
        details: "Secrets engines keep or make secrets; each is mounted at a path.",
    },
    Group {
        path: "token",
        synopsis: "Interact with tokens",
        details: "Tokens are how requests prove what they may do.",
    },
];

/// What words lead to.
pub(crate) enum Found {
    /// A command, and how many words name it.
    Command(&'static Command, usize),
    Group(&'static Group),
    Nothing,
}

/// Finds the command or group with the longest name that the words begin with.
pub(crate) fn find(words: &[&str]) -> Found {
    for length in (1..=words.len()).rev() {
        let path = words[..length].join(" ");
        if let Some(command) = COMMANDS.iter().find(|command| command.path == path) {
            return Found::Command(command, length);
        }
        if let Some(group) = GROUPS.iter().find(|group| group.path == path) {
            return Found::Group(group);
        }
    }
    Found::Nothing
}

/// A path without slashes around it.
pub(crate) fn trimmed(path: &str) -> &str {
    path.trim().trim_matches('/')
}

/// A path that ends in exactly the slash a mount has; empty stays empty.
pub(crate) fn as_mount(path: &str) -> String {
    match path.trim() {
        "" => String::new(),
        path if path.ends_with('/') => path.to_owned(),
        path => format!("{path}/"),
    }
}

#[cfg(test)]
mod name_tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_longest_match() {
        for (words, expected) in [
            (["kv", "put", "secret/x"].as_slice(), "command kv put 2"),
            (&["kv", "metadata", "get", "x"], "command kv metadata get 3"),
            (&["kv", "metadata"], "group kv metadata"),
            (&["kv", "nosuch"], "group kv"),
            (&["read", "a"], "command read 1"),
            (&["nosuch"], "nothing"),
            (&[], "nothing"),
        ] {
            let found = match find(words) {
                Found::Command(command, length) => format!("command {} {length}", command.path),
                Found::Group(group) => format!("group {}", group.path),
                Found::Nothing => "nothing".to_owned(),
            };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn every_command_has_a_name_of_its_own_and_a_group() {
        for (index, command) in COMMANDS.iter().enumerate() {
            assert!(COMMANDS[..index].iter().all(|other| other.path != command.path), "{}", command.path);
            if let Some((group, _)) = command.path.rsplit_once(' ') {
                assert!(GROUPS.iter().any(|known| known.path == group), "{}", command.path);
            }
            let mut names: Vec<_> =
                command.flag_groups().iter().flat_map(|group| group.flags).map(|flag| flag.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{} has two flags of one name", command.path);
        }
    }
}
