//! `kv tree`: the names below a path, drawn as the folders they make.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{MOUNT, list::locate};
use crate::{
    command::{Command, list::show_found},
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup, common},
    output::Format,
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv tree",
    arguments: "[options] PATH",
    synopsis: "Show the secrets below a path as a tree",
    details: "Draws the names of all secrets below a path, with the folders they are in:\n\n    \
              $ {program} kv tree -mount=secret prod",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

/// What is in a folder; a secret and a folder may have one name.
#[derive(Default)]
struct Folder(BTreeMap<String, Folder>);

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (client, path) = locate(context, arguments)?;
    let answer = client.scan(&path, &[]).map_err(Failure::doing(format!("Error scanning {path}")))?;
    let names: Vec<String> = match answer.as_ref().and_then(|secret| secret.keys()) {
        Some(keys) if context.screen.format == Format::Table => {
            keys.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(_) | None => return show_found(context, &path, answer),
    };
    let mut top = Folder::default();
    for name in &names {
        top.add(name);
    }
    context.screen.line(&path);
    for line in top.lines() {
        context.screen.line(line);
    }
    let count = names.iter().filter(|name| !name.ends_with('/')).count();
    context.done(format!("\n{count} secret{}", if count == 1 { "" } else { "s" }))
}

impl Folder {
    fn add(&mut self, path: &str) {
        let mut folder = self;
        for part in path.split_inclusive('/') {
            folder = folder.0.entry(part.to_owned()).or_default();
        }
    }

    /// The lines of the drawing. Without recursion, because the depth is that of what people named.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut open = vec![(String::new(), self.0.iter().peekable())];
        while let Some((indent, entries)) = open.last_mut() {
            let Some((name, folder)) = entries.next() else {
                open.pop();
                continue;
            };
            let (branch, below) =
                if entries.peek().is_some() { ("├── ", "│   ") } else { ("└── ", "    ") };
            lines.push(format!("{indent}{branch}{name}"));
            let below = format!("{indent}{below}");
            open.push((below, folder.0.iter().peekable()));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_drawn_with_what_is_in_them() {
        let mut top = Folder::default();
        for name in ["prod/app/db", "prod/app/key", "prod/z", "prod", "a"] {
            top.add(name);
        }
        assert_eq!(
            top.lines(),
            [
                "├── a",
                "├── prod",
                "└── prod/",
                "    ├── app/",
                "    │   ├── db",
                "    │   └── key",
                "    └── z"
            ]
        );
    }
}
