//! `operator rekey`: new unseal keys, made with the old ones.

use serde_json::{Map, Value, json};

use super::key;
use crate::{
    client::{Client, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    gofmt::value::plain,
    input::pgp,
    output::{
        Format,
        columns::{row, table},
        print_data,
        wrap::wrap,
    },
};

const BACKUP: Flag = Flag::switch("backup", "Keep the encrypted new keys in the server. Needs -pgp-keys.");
const BACKUP_DELETE: Flag = Flag::switch("backup-delete", "Delete the kept keys.");
const BACKUP_RETRIEVE: Flag = Flag::switch("backup-retrieve", "Show the kept keys.");
const CANCEL: Flag = Flag::switch("cancel", "Stop, and forget the keys given so far.");
const INIT: Flag = Flag::switch("init", "Start.");
const KEY_SHARES: Flag = Flag::int("key-shares", 5, "Into how many shares the new key is split.");
const KEY_THRESHOLD: Flag = Flag::int("key-threshold", 3, "How many of the new shares give the key back.");
const NONCE: Flag = Flag::text("nonce", "The nonce that was shown at the start. Every key comes with it.");
const PGP_KEYS: Flag = Flag::list(
    "pgp-keys",
    "Files with public PGP keys, separated by commas, one for each share to be encrypted with.",
);
const STATUS: Flag = Flag::switch("status", "Show how far it is.");
const TARGET: Flag = Flag::text_or("target", "barrier", "Which keys: \"barrier\" or \"recovery\".");
const VERIFY: Flag = Flag::switch("verify", "The new keys count only after they were given back once.");
const N: Flag = Flag::int("n", 5, "Short form of -key-shares.").hidden();
const T: Flag = Flag::int("t", 3, "Short form of -key-threshold.").hidden();

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[
        BACKUP,
        BACKUP_DELETE,
        BACKUP_RETRIEVE,
        CANCEL,
        INIT,
        KEY_SHARES,
        KEY_THRESHOLD,
        NONCE,
        PGP_KEYS,
        STATUS,
        TARGET,
        VERIFY,
        N,
        T,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "operator rekey",
    arguments: "[options] [KEY]",
    synopsis: "Generate new unseal keys",
    details: "Makes new unseal keys when enough holders of the old ones agree. One starts, then each gives a key:\n\n    \
              $ {program} operator rekey -init -key-shares=5 -key-threshold=3\n    \
              $ {program} operator rekey",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

/// The same under the name OpenBao gives it.
pub(crate) static ROTATE_KEYS: Command = Command {
    path: "operator rotate-keys",
    arguments: "[options] [KEY]",
    synopsis: "Generate new unseal keys",
    details: "Another name for \"operator rekey\".",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

/// The endpoints for one kind of keys.
struct Endpoints {
    base: &'static str,
    backup: &'static str,
    /// What the keys are called.
    keys: &'static str,
}

impl Endpoints {
    fn of(target: &str) -> Result<Self, Failure> {
        match target.trim().to_lowercase().as_str() {
            "barrier" => Ok(Self { base: "sys/rekey", backup: "sys/rekey/backup", keys: "unseal" }),
            "recovery" | "hsm" => Ok(Self {
                base: "sys/rekey-recovery-key",
                backup: "sys/rekey/recovery-key-backup",
                keys: "recovery",
            }),
            _ => Err(Failure::usage(format!("Unknown target: {target}"))),
        }
    }

    fn attempt(&self, verify: bool) -> String {
        format!("{}/{}", self.base, if verify { "verify" } else { "init" })
    }

    fn update(&self, verify: bool) -> String {
        format!("{}/{}", self.base, if verify { "verify" } else { "update" })
    }
}

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let argument = arguments.at_most_one("0-1")?.map(str::trim).unwrap_or_default();
    let client = context.client(arguments)?;
    let endpoints = Endpoints::of(arguments.text(&TARGET))?;
    let verify = arguments.bool(&VERIFY);
    if arguments.bool(&BACKUP_DELETE) {
        client
            .send(Request::delete(endpoints.backup))
            .map_err(Failure::doing("Error deleting rekey backed up keys"))?;
        return context.done("Success! Deleted backed up keys (if they existed)");
    }
    if arguments.bool(&BACKUP_RETRIEVE) {
        let kept = client
            .data(Request::get(endpoints.backup))
            .map_err(Failure::doing("Error retrieving rekey backed up keys"))?;
        return print_data(&mut context.screen, &kept);
    }
    if arguments.bool(&CANCEL) {
        client
            .send(Request::delete(endpoints.attempt(verify)))
            .map_err(Failure::doing("Error canceling rekey"))?;
        return context.done("Success! Canceled rekeying (if it was started)");
    }
    if arguments.bool(&INIT) {
        return start(context, arguments, &client, &endpoints);
    }
    if arguments.bool(&STATUS) {
        let status = status(&client, &endpoints, verify, "Error reading rekey status")?;
        return show_status(context, &status);
    }
    provide(context, arguments, &client, &endpoints, argument)
}

fn status(
    client: &Client,
    endpoints: &Endpoints,
    verify: bool,
    what: &str,
) -> Result<Map<String, Value>, Failure> {
    client.object(Request::get(endpoints.attempt(verify))).map_err(Failure::doing(what))
}

fn start(
    context: &mut Context<'_>,
    arguments: &Arguments,
    client: &Client,
    endpoints: &Endpoints,
) -> Outcome {
    let given = |long: &Flag, short: &Flag| arguments.int(if arguments.has(short) { short } else { long });
    let pgp_keys = pgp::keys(arguments, &PGP_KEYS)?;
    let body = json!({
        "secret_shares": given(&KEY_SHARES, &N),
        "secret_threshold": given(&KEY_THRESHOLD, &T),
        "pgp_keys": if pgp_keys.is_empty() { Value::Null } else { json!(pgp_keys) },
        "backup": arguments.bool(&BACKUP),
        "require_verification": arguments.bool(&VERIFY),
    });
    let status = client
        .object(Request::put(endpoints.attempt(false)).body(&body))
        .map_err(Failure::doing("Error initializing rekey"))?;
    if context.screen.format == Format::Table && pgp_keys.is_empty() {
        let text = format!(
            "WARNING! If you lose the keys after they are returned, there is no recovery. Consider canceling this \
             operation and starting again with -pgp-keys, so that the returned {} keys are encrypted, and with \
             -backup, so that the server keeps them.",
            endpoints.keys
        );
        context.screen.warn(wrap(&text, 0));
        context.screen.line("");
    }
    show_status(context, &status)
}

fn provide(
    context: &mut Context<'_>,
    arguments: &Arguments,
    client: &Client,
    endpoints: &Endpoints,
    argument: &str,
) -> Outcome {
    let verify = arguments.bool(&VERIFY);
    let before = status(client, endpoints, verify, "Error getting rekey status")?;
    if before.get("started") != Some(&Value::Bool(true)) {
        let program = context.program.name();
        let text = format!(
            "No rekey is in progress. Start a rekey process by running \"{program} operator rekey -init\"."
        );
        return Err(Failure::usage(wrap(&text, 0)));
    }
    let current = before.get("nonce").map(plain).unwrap_or_default();
    let question = "Unseal Key (will be hidden): ";
    let share = key::share(context, argument, arguments.text(&NONCE), &current, question)?;
    let body = json!({ "key": *share.key, "nonce": share.nonce });
    let answer = client
        .object(Request::put(endpoints.update(verify)).body(&body))
        .map_err(Failure::doing("Error posting unseal key"))?;
    if answer.get("complete") != Some(&Value::Bool(true)) {
        let after = status(client, endpoints, verify, "Error reading rekey status")?;
        return show_status(context, &after);
    }
    if verify {
        let text =
            "Rekey verification successful. The rekey operation is complete and the new keys are now active.";
        return context.done(wrap(text, 0));
    }
    show_keys(context, client, endpoints, &before, &answer)
}

fn show_keys(
    context: &mut Context<'_>,
    client: &Client,
    endpoints: &Endpoints,
    before: &Map<String, Value>,
    answer: &Map<String, Value>,
) -> Outcome {
    if context.screen.document(answer)? {
        return Ok(SUCCESS);
    }
    let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (hex, base64) = (list("keys"), list("keys_base64"));
    let shown = if base64.len() == hex.len() { base64 } else { hex };
    let fingerprints = list("pgp_fingerprints");
    context.screen.line("");
    for (index, key) in shown.iter().enumerate() {
        let owner = fingerprints.get(index).map(|print| format!(" fingerprint: {};", plain(print)));
        let owner = owner.unwrap_or_default();
        context.screen.line(format!("Key {}{owner}: {}", index + 1, plain(key)));
    }
    let field = |of: &Map<String, Value>, name: &str| of.get(name).map(plain).unwrap_or_default();
    context.screen.line(format!("\nOperation nonce: {}", field(answer, "nonce")));
    let (shares, threshold, keys) = (field(before, "n"), field(before, "t"), endpoints.keys);
    if before.get("verification_required") == Some(&Value::Bool(true)) {
        let text = format!(
            "Vault has created a new {keys} key, split into {shares} key shares and a key threshold of {threshold}. \
             These will not be active until after verification is complete. Please securely distribute the key \
             shares printed above, and do not discard the current ones until then."
        );
        context.screen.line(format!("\n{}\n", wrap(&text, 0)));
        let verification = status(client, endpoints, true, "Error reading rekey status")?;
        return show_status(context, &verification);
    }
    let text = format!(
        "Vault {keys} keys rekeyed to {shares} key shares and a key threshold of {threshold}. Please securely \
         distribute the key shares printed above. When Vault is re-sealed, restarted, or stopped, you must supply \
         at least {threshold} of these keys to unseal it before it can start servicing requests."
    );
    context.done(format!("\n{}", wrap(&text, 0)))
}

fn show_status(context: &mut Context<'_>, status: &Map<String, Value>) -> Outcome {
    if context.screen.document(status)? {
        return Ok(SUCCESS);
    }
    let field = |name: &str| status.get(name).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
    let truth = |name: &str| status.get(name) == Some(&Value::Bool(true));
    let mut rows =
        vec![row(["Key", "Value"]), row(["Nonce", &field("nonce")]), row(["Started", &field("started")])];
    if truth("started") {
        // The verification has no count of its own of the keys it needs.
        let needed = if status.contains_key("required") { field("required") } else { field("t") };
        let title = if status.contains_key("required") { "Rekey Progress" } else { "Verification Progress" };
        rows.push(row([title, &format!("{}/{needed}", field("progress"))]));
        rows.push(row(["New Shares", &field("n")]));
        rows.push(row(["New Threshold", &field("t")]));
        if status.contains_key("verification_required") {
            rows.push(row(["Verification Required", &field("verification_required")]));
        }
        if !field("verification_nonce").is_empty() {
            rows.push(row(["Verification Nonce", &field("verification_nonce")]));
        }
    }
    if status.get("pgp_fingerprints").and_then(Value::as_array).is_some_and(|prints| !prints.is_empty()) {
        rows.push(row(["PGP Fingerprints", &field("pgp_fingerprints")]));
        rows.push(row(["Backup", &field("backup")]));
    }
    context.done(table(rows))
}
