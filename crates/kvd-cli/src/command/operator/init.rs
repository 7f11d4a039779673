//! `operator init`: keys and a first token for a new server.

use serde_json::{Map, Value, json};

use crate::{
    client::{Client, Request},
    command::Command,
    context::Context,
    failure::{Failure, Outcome, SERVER, SUCCESS, USAGE},
    flags::{Arguments, Flag, FlagGroup, common},
    gofmt::value::plain,
    input::pgp,
    output::{Format, wrap::wrap},
};

const KEY_SHARES: Flag =
    Flag::int("key-shares", 0, "Into how many shares the key is split. Without the flag: 5.");
const KEY_THRESHOLD: Flag =
    Flag::int("key-threshold", 0, "How many shares give the key back. Without the flag: 3.");
const PGP_KEYS: Flag = Flag::list(
    "pgp-keys",
    "Files with public PGP keys, separated by commas, one for each share to be encrypted with.",
);
const RECOVERY_PGP_KEYS: Flag = Flag::list("recovery-pgp-keys", "Like -pgp-keys, for recovery keys.");
const RECOVERY_SHARES: Flag =
    Flag::int("recovery-shares", 5, "Like -key-shares, for servers that unseal themselves.");
const RECOVERY_THRESHOLD: Flag =
    Flag::int("recovery-threshold", 3, "Like -key-threshold, for servers that unseal themselves.");
const ROOT_TOKEN_PGP_KEY: Flag =
    Flag::text("root-token-pgp-key", "File with the public PGP key to encrypt the root token with.");
const STATUS: Flag = Flag::switch(
    "status",
    "Only say whether the server is initialized. The exit status says it too: 0 yes, 1 error, 2 no.",
);
const N: Flag = Flag::int("n", 0, "Short form of -key-shares.").hidden();
const T: Flag = Flag::int("t", 0, "Short form of -key-threshold.").hidden();

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[
        KEY_SHARES,
        KEY_THRESHOLD,
        PGP_KEYS,
        RECOVERY_PGP_KEYS,
        RECOVERY_SHARES,
        RECOVERY_THRESHOLD,
        ROOT_TOKEN_PGP_KEY,
        STATUS,
        N,
        T,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "operator init",
    arguments: "[options]",
    synopsis: "Initialize a server",
    details: "Gives a new server its keys. They are shown once, and are needed to unseal it:\n\n    \
              $ {program} operator init -key-shares=5 -key-threshold=3",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    if arguments.bool(&STATUS) {
        return show_status(context, &client).map_err(|failure| failure.exiting(USAGE));
    }
    let status = client.prepare_object(Request::get("sys/seal-status"))?;
    let unseals_itself = status.get("recovery_seal") == Some(&Value::Bool(true));
    let request = Shares::read(arguments, unseals_itself);
    let mut body = Map::from_iter([
        ("secret_shares".to_owned(), json!(request.secret.0)),
        ("secret_threshold".to_owned(), json!(request.secret.1)),
        ("recovery_shares".to_owned(), json!(request.recovery.0)),
        ("recovery_threshold".to_owned(), json!(request.recovery.1)),
    ]);
    for (flag, name) in [(&PGP_KEYS, "pgp_keys"), (&RECOVERY_PGP_KEYS, "recovery_pgp_keys")] {
        let keys = pgp::keys(arguments, flag)?;
        if !keys.is_empty() {
            body.insert(name.to_owned(), json!(keys));
        }
    }
    if arguments.has(&ROOT_TOKEN_PGP_KEY) {
        body.insert(
            "root_token_pgp_key".to_owned(),
            json!(pgp::key(&ROOT_TOKEN_PGP_KEY, arguments.text(&ROOT_TOKEN_PGP_KEY))?),
        );
    }
    let answer = client
        .object(Request::put("sys/init").body(&Value::Object(body)))
        .map_err(Failure::doing("Error initializing"))?;
    show(context, &request, &answer)
}

/// How many shares and how many of them are enough, for both kinds of keys.
struct Shares {
    secret: (i64, i64),
    recovery: (i64, i64),
}

impl Shares {
    fn read(arguments: &Arguments, unseals_itself: bool) -> Self {
        let given = |long: &Flag, short: &Flag| arguments.int(if arguments.has(long) { long } else { short });
        let secret = (given(&KEY_SHARES, &N), given(&KEY_THRESHOLD, &T));
        if unseals_itself {
            let recovery = (arguments.int(&RECOVERY_SHARES), arguments.int(&RECOVERY_THRESHOLD));
            return Self { secret, recovery };
        }
        let or = |value: i64, default: i64| if value == 0 { default } else { value };
        Self { secret: (or(secret.0, 5), or(secret.1, 3)), recovery: (0, 0) }
    }
}

fn show_status(context: &mut Context<'_>, client: &Client) -> Outcome {
    let answer =
        client.object(Request::get("sys/init")).map_err(Failure::doing("Error checking init status"))?;
    let initialized = answer.get("initialized") == Some(&Value::Bool(true));
    if !context.screen.document(&json!({ "Initialized": initialized }))? {
        context.screen.line(if initialized { "Vault is initialized" } else { "Vault is not initialized" });
    }
    Ok(if initialized { SUCCESS } else { SERVER })
}

fn show(context: &mut Context<'_>, request: &Shares, answer: &Map<String, Value>) -> Outcome {
    let keys = |name: &str| answer.get(name).filter(|keys| keys.is_array()).cloned().unwrap_or(Value::Null);
    let list = |name: &str| keys(name).as_array().cloned().unwrap_or_default();
    let has_keys = !list("keys").is_empty();
    // Without keys to hand out the server keeps its own, as one share.
    let (shares, threshold) = if has_keys { request.secret } else { (1, 1) };
    if context.screen.format != Format::Table {
        let document = json!({
            "unseal_keys_b64": if has_keys { keys("keys_base64") } else { json!([]) },
            "unseal_keys_hex": if has_keys { keys("keys") } else { json!([]) },
            "unseal_shares": shares,
            "unseal_threshold": threshold,
            "recovery_keys_b64": keys("recovery_keys_base64"),
            "recovery_keys_hex": keys("recovery_keys"),
            "recovery_keys_shares": request.recovery.0,
            "recovery_keys_threshold": request.recovery.1,
            "root_token": answer.get("root_token"),
        });
        context.screen.document(&document)?;
        return Ok(SUCCESS);
    }
    for (title, hex, base64) in
        [("Unseal", "keys", "keys_base64"), ("Recovery", "recovery_keys", "recovery_keys_base64")]
    {
        let (hex, base64) = (list(hex), list(base64));
        let shown = if base64.len() == hex.len() { base64 } else { hex };
        for (index, key) in shown.iter().enumerate() {
            context.screen.line(format!("{title} Key {}: {}", index + 1, plain(key)));
        }
    }
    let token = answer.get("root_token").map(plain).unwrap_or_default();
    context.screen.line(format!("\nInitial Root Token: {token}"));
    if has_keys {
        advise(context, shares, threshold);
    } else {
        context.screen.line("\nSuccess! Vault is initialized");
    }
    if !list("recovery_keys").is_empty() {
        let (shares, threshold) = request.recovery;
        let text = format!(
            "Recovery key initialized with {shares} key shares and a key threshold of {threshold}. Please securely \
             distribute the key shares printed above."
        );
        context.screen.line(format!("\n{}", wrap(&text, 0)));
    }
    Ok(SUCCESS)
}

fn advise(context: &mut Context<'_>, shares: i64, threshold: i64) {
    let program = context.program.name();
    for text in [
        format!(
            "Vault initialized with {shares} key shares and a key threshold of {threshold}. Please securely \
             distribute the key shares printed above. When the Vault is re-sealed, restarted, or stopped, you must \
             supply at least {threshold} of these keys to unseal it before it can start servicing requests."
        ),
        format!(
            "Vault does not store the generated root key. Without at least {threshold} keys to reconstruct the root \
             key, Vault will remain permanently sealed!"
        ),
        format!(
            "It is possible to generate new unseal keys, provided you have a quorum of existing unseal keys shares. \
             See \"{program} operator rekey\" for more information."
        ),
    ] {
        context.screen.line(format!("\n{}", wrap(&text, 0)));
    }
}
