//! `kv patch`: some keys of a secret, the others kept.

use serde_json::{Map, Value, json};

use super::{MOUNT, Target, Version, put::options, written};
use crate::{
    client::{Client, ClientError, Secret},
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
    input::pairs,
};

const CAS: Flag = Flag::int("cas", 0, "Write only if the newest version is this one. Not for -method=rw.");
const METHOD: Flag = Flag::text(
    "method",
    "How to write: \"patch\" lets the server merge, which needs the patch capability; \"rw\" reads and writes, \
     which needs read and update. Without the flag patch is tried, then rw.",
);
const REMOVE_DATA: Flag = Flag::list("remove-data", "Key to remove. It can be given several times.");

static FLAGS: FlagGroup = FlagGroup { title: "Command Options", flags: &[CAS, METHOD, MOUNT, REMOVE_DATA] };

pub(crate) static COMMAND: Command = Command {
    path: "kv patch",
    arguments: "[options] KEY [DATA]",
    synopsis: "Set or update data without replacing the rest",
    details: "Writes some keys of a secret and keeps the others. Only version 2 can do that:\n\n    \
              $ {program} kv patch -mount=secret foo bar=baz\n    \
              $ {program} kv patch -mount=secret -remove-data=bar foo",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (argument, pairs) = arguments.first_and_rest(">1")?;
    let removed = arguments.list(&REMOVE_DATA);
    if pairs.is_empty() && removed.is_empty() {
        return Err(Failure::usage("Must supply data"));
    }
    let client = context.client(arguments)?;
    let mut changes = pairs::parse(&mut context.input, pairs)
        .map_err(|why| Failure::usage(format!("Failed to parse K=V data: {why}")))?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    if target.version == Version::One {
        return Err(Failure::server("K/V engine mount must be version 2 for patch support"));
    }
    // A null in a merge patch removes the key.
    changes.extend(removed.iter().map(|key| (key.clone(), Value::Null)));

    let path = target.at("data");
    let cas = Some(arguments.int(&CAS)).filter(|version| *version > 0);
    let writing = format!("Error writing data to {path}");
    let body = json!({ "data": changes, "options": options(cas) });
    let secret = match arguments.text(&METHOD) {
        "rw" => read_then_write(&client, &path, changes)?,
        "patch" => client.patch(&path, &body).map_err(without_secret(&writing))?,
        "" => match client.patch(&path, &body) {
            // A server that does not know the method, or a policy that does not grant it.
            Err(ClientError::Api(error)) if error.status == 405 => read_then_write(&client, &path, changes)?,
            Err(ClientError::Api(error)) if error.status == 403 => {
                context.screen.warn(format!(
                    "Data was written to {path} but we recommend that you add the \"patch\" capability to your \
                     ACL policy in order to use HTTP PATCH in the future."
                ));
                read_then_write(&client, &path, changes)?
            }
            other => other.map_err(without_secret(&writing))?,
        },
        other => {
            return Err(Failure::server(format!("Unsupported method provided to -method flag: {other}")));
        }
    };
    written::show(context, arguments, &path, secret)
}

/// A refused patch carries the metadata of what is deleted; the message alone is shown.
fn without_secret(writing: &str) -> impl FnOnce(ClientError) -> Failure {
    let describe = Failure::doing(writing);
    move |error| match describe(error) {
        Failure::Message { status, text, .. } => Failure::with_status(status, text),
        Failure::Rehearsed(text) => Failure::Rehearsed(text),
    }
}

fn read_then_write(
    client: &Client,
    path: &str,
    changes: Map<String, Value>,
) -> Result<Option<Secret>, Failure> {
    let current = Current::read(client, path, None, "patch")?;
    let mut data = current.data.ok_or_else(|| {
        Failure::server(format!("No data found at {path}; patch only works on existing data"))
    })?;
    // As Vault does it: a key that is removed this way keeps a null, because the whole is written, not merged.
    data.extend(changes);
    let body = json!({ "data": data, "options": { "cas": current.metadata.get("version") } });
    client.write(path, &body).map_err(Failure::doing(format!("Error writing data to {path}")))
}

/// A version of a secret as it was read before a write.
pub(super) struct Current {
    pub(super) metadata: Map<String, Value>,
    /// `None` where the version is deleted or destroyed.
    pub(super) data: Option<Map<String, Value>>,
}

impl Current {
    /// Reads a version; this only prepares the command, and so is sent even if the command is to be shown.
    ///
    /// # Errors
    /// When there is nothing to start from. `what` names the command in the message.
    pub(super) fn read(
        client: &Client,
        path: &str,
        version: Option<i64>,
        what: &str,
    ) -> Result<Self, Failure> {
        let mut request = crate::client::Request::get(path);
        if let Some(version) = version {
            request = request.with("version", &version.to_string());
        }
        let secret = match client.prepare(request) {
            Err(ClientError::Api(error)) if error.status == 404 => error.secret.map(|secret| *secret),
            other => other.map_err(Failure::doing(format!("Error doing pre-read at {path}")))?,
        };
        let mut data = secret
            .and_then(|secret| secret.data)
            .ok_or_else(|| Failure::server(format!("No value found at {path}")))?;
        let Some(Value::Object(metadata)) = data.remove("metadata") else {
            return Err(Failure::server(format!(
                "No metadata found at {path}; {what} only works on existing data"
            )));
        };
        let data = match data.remove("data") {
            Some(Value::Object(data)) => Some(data),
            Some(_) | None => None,
        };
        Ok(Self { metadata, data })
    }
}
