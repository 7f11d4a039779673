//! `operator raft snapshot`: the whole store in a file, and back.

use std::{fs, io::Write as _, path::Path};

use super::only;
use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup},
    input::file::open_error,
};

const FORCE: Flag =
    Flag::switch("force", "Install the snapshot even if it was taken under other unseal keys.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[FORCE] };

pub(crate) static SAVE: Command = Command {
    path: "operator raft snapshot save",
    arguments: "[options] FILE",
    synopsis: "Save a snapshot of the store to a file",
    details: "Writes everything the server keeps to a file, sealed as it lies in the store:\n\n    \
              $ {program} operator raft snapshot save kvd.snap",
    flags: &[],
    run: save,
};

pub(crate) static RESTORE: Command = Command {
    path: "operator raft snapshot restore",
    arguments: "[options] FILE",
    synopsis: "Install the snapshot of a file",
    details: "Puts what a snapshot holds in the place of everything the server keeps:\n\n    \
              $ {program} operator raft snapshot restore kvd.snap",
    flags: &[&FLAGS],
    run: restore,
};

fn save(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let path = only(arguments, "Output file name")?;
    let client = context.client(arguments)?;
    let answer = client
        .send(Request::get("sys/storage/raft/snapshot"))
        .map_err(Failure::doing("Error taking the snapshot"))?;
    write_private(Path::new(path), &answer.body).map_err(|error| {
        Failure::server(format!("Error taking the snapshot: {}", open_error(path, &error)))
    })?;
    Ok(SUCCESS)
}

fn restore(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let path = only(arguments, "Snapshot file name")?;
    let snapshot = fs::read(path).map_err(|error| {
        Failure::server(format!("Error opening snapshot file: {}", open_error(path, &error)))
    })?;
    let client = context.client(arguments)?;
    let endpoint = if arguments.bool(&FORCE) { "snapshot-force" } else { "snapshot" };
    client
        .send(Request::post(format!("sys/storage/raft/{endpoint}")).bytes(snapshot))
        .map_err(Failure::doing("Error installing the snapshot"))?;
    Ok(SUCCESS)
}

/// For its owner alone: what is sealed today may be opened by somebody who finds a key later.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
