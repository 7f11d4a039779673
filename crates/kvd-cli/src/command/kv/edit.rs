//! `kv edit`: a secret in an editor, and back if nobody else changed it meanwhile.

use std::{env, fs, io::Write as _, path::PathBuf, process};

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{MOUNT, Target, Version, put::options, written};
use crate::{
    client::Client,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, FlagGroup, common},
    input::{pairs, prompt},
};

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[MOUNT] };

pub(crate) static COMMAND: Command = Command {
    path: "kv edit",
    arguments: "[options] KEY",
    synopsis: "Edit a secret in an editor",
    details: "Opens the data of a secret as JSON in the editor named by VISUAL or EDITOR and writes what was saved as a\n\
              new version. When somebody else wrote meanwhile, nothing is written. The file is readable for its owner\n\
              alone and removed in the end:\n\n    \
              $ {program} kv edit -mount=secret foo",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    let path = target.at("data");
    let before = Before::read(&client, &target, &path)?;
    let Some(data) = edit(context, &before.data)? else {
        return context.done("No changes were made.");
    };
    let body = match target.version {
        Version::One => Value::Object(data),
        Version::Two => json!({ "data": data, "options": options(Some(before.version)) }),
    };
    let secret =
        client.write(&path, &body).map_err(Failure::doing(format!("Error writing data to {path}")))?;
    written::show(context, arguments, &path, secret)
}

/// The secret as it was before it was edited.
struct Before {
    data: Map<String, Value>,
    /// The number of the newest version, which must still be that when the new one is written.
    version: i64,
}

impl Before {
    /// Reads the newest version. One that is deleted, or was never there, is edited from nothing.
    fn read(client: &Client, target: &Target, path: &str) -> Result<Self, Failure> {
        let secret = client.read(path, &[]).map_err(Failure::doing(format!("Error reading {path}")))?;
        let mut data = secret.and_then(|secret| secret.data).unwrap_or_default();
        if target.version == Version::One {
            return Ok(Self { data, version: 0 });
        }
        let version =
            data.get("metadata").and_then(|metadata| metadata.get("version")?.as_i64()).unwrap_or(0);
        match data.remove("data") {
            Some(Value::Object(data)) => Ok(Self { data, version }),
            Some(_) | None => Ok(Self { data: Map::new(), version }),
        }
    }
}

/// Has the data edited until it can be read again; nothing when it is as it was, or was given up.
fn edit(context: &mut Context<'_>, data: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::usage(format!("The secret cannot be edited: {why}"));
    let mut original =
        Zeroizing::new(serde_json::to_string_pretty(data).map_err(|_| failed(&"it is no document"))?);
    original.push('\n');
    // A folder in memory where there is one, so that the secret never reaches a disk.
    let folder =
        ["XDG_RUNTIME_DIR", "TMPDIR"].into_iter().find_map(|name| context.environment.variable(name));
    let folder = folder.map_or_else(env::temp_dir, PathBuf::from);
    let mut file = tempfile::Builder::new()
        .prefix("kvd-edit-")
        .suffix(".json")
        .tempfile_in(folder)
        .map_err(|error| failed(&error.kind()))?;
    file.write_all(original.as_bytes()).map_err(|error| failed(&error.kind()))?;
    file.flush().map_err(|error| failed(&error.kind()))?;
    loop {
        open(context, file.path())?;
        let text =
            fs::read_to_string(file.path()).map(Zeroizing::new).map_err(|error| failed(&error.kind()))?;
        if *text == *original {
            return Ok(None);
        }
        match pairs::object(&text) {
            Ok(edited) if edited == *data => return Ok(None),
            Ok(edited) => return Ok(Some(edited)),
            Err(why) => {
                let question = format!("This is no JSON object: {why}. Edit it again? [Y/n] ");
                let again = prompt::line(&mut context.screen, &mut context.input, &question)
                    .map_err(|_| failed(&why))?;
                if again.trim().eq_ignore_ascii_case("n") {
                    return Ok(None);
                }
            }
        }
    }
}

/// Runs the editor, which may be a command with arguments of its own.
fn open(context: &Context<'_>, file: &std::path::Path) -> Result<(), Failure> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(|name| context.environment.variable(name));
    let editor = editor.unwrap_or("vi");
    let status = process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file)
        .status()
        .map_err(|error| Failure::usage(format!("The editor cannot be started: {}", error.kind())))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::usage(format!("The editor {editor:?} ended with {status}; nothing was written")))
}
