//! The part of a command's help that describes its flags.

use super::{FlagGroup, Kind};
use crate::output::wrap::wrap;

/// The groups of flags with their descriptions, ready to print below the usage.
pub(crate) fn describe(groups: &[&FlagGroup], variable_prefix: &str) -> String {
    let mut text = String::new();
    for group in groups.iter().filter(|group| !group.flags.is_empty()) {
        text.push_str(&format!("\n{}:\n", group.title));
        let mut flags: Vec<_> = group.flags.iter().filter(|flag| !flag.hidden).collect();
        flags.sort_by_key(|flag| flag.name);
        for flag in flags {
            let example = match flag.kind {
                Kind::Bool(_) => "",
                Kind::Int(_) => "=<int>",
                Kind::Text(_) | Kind::List => "=<string>",
                Kind::Duration => "=<duration>",
                Kind::Map => "=<key=value>",
            };
            let default = match flag.kind {
                Kind::Bool(true) => " The default is true.".to_owned(),
                Kind::Int(value) if value > 0 => format!(" The default is {value}."),
                Kind::Text(value) if !value.is_empty() => format!(" The default is {value}."),
                Kind::Bool(false)
                | Kind::Int(_)
                | Kind::Text(_)
                | Kind::Duration
                | Kind::List
                | Kind::Map => String::new(),
            };
            let setting = flag.setting.map_or_else(String::new, |name| {
                format!(" This can also be specified via the {variable_prefix}{name} environment variable.")
            });
            let usage = format!("{}{default}{setting}", flag.usage);
            text.push_str(&format!("\n  -{}{example}\n{}\n", flag.name, wrap(&usage, 6)));
        }
    }
    text
}
