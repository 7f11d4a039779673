//! `token create`: a new token.

use serde_json::{Map, Value, json};

use crate::{
    client::Request,
    command::Command,
    context::Context,
    failure::{Failure, Outcome},
    flags::{Arguments, Flag, FlagGroup, common},
};

const DISPLAY_NAME: Flag = Flag::text("display-name", "Name for the token, shown in audit logs.");
const ENTITY_ALIAS: Flag =
    Flag::text("entity-alias", "Name of the entity alias of the token, where the role allows it.");
const EXPLICIT_MAX_TTL: Flag =
    Flag::duration("explicit-max-ttl", "How long the token lives at most, however often it is renewed.");
const ID: Flag = Flag::text("id", "Value for the token. Only root tokens may choose it.");
const METADATA: Flag =
    Flag::map("metadata", "A note about the token as key=value. It can be given several times.");
const NO_DEFAULT_POLICY: Flag = Flag::switch("no-default-policy", "Leave the default policy out.");
const ORPHAN: Flag = Flag::switch("orphan", "Make the token outlive the one that made it.");
const PERIOD: Flag = Flag::duration("period", "How long the token lives after each renewal, without an end.");
const POLICY: Flag = Flag::list("policy", "Name of a policy of the token. It can be given several times.");
const RENEWABLE: Flag = Flag::switch_on("renewable", "Whether the token can be renewed.");
const ROLE: Flag = Flag::text("role", "Name of the role that says what the token may be.");
const TTL: Flag = Flag::duration("ttl", "How long the token lives before it must be renewed.");
const TYPE: Flag = Flag::text_or("type", "service", "The type of token: \"service\" or \"batch\".");
const USE_LIMIT: Flag = Flag::int("use-limit", 0, "How often the token can be used; 0 is without limit.");

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[
        DISPLAY_NAME,
        ENTITY_ALIAS,
        EXPLICIT_MAX_TTL,
        ID,
        METADATA,
        NO_DEFAULT_POLICY,
        ORPHAN,
        PERIOD,
        POLICY,
        RENEWABLE,
        ROLE,
        TTL,
        TYPE,
        USE_LIMIT,
    ],
};

pub(crate) static COMMAND: Command = Command {
    path: "token create",
    arguments: "[options]",
    synopsis: "Create a new token",
    details: "Makes a token that is a child of the one in use:\n\n    \
              $ {program} token create -policy=my-policy -ttl=1h",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let [] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let path = match arguments.text(&ROLE) {
        "" => "auth/token/create".to_owned(),
        role => format!("auth/token/create/{role}"),
    };
    let secret = client
        .ask(Request::post(path).body(&body(arguments)))
        .map_err(Failure::doing("Error creating token"))?
        .ok_or_else(|| Failure::server("Error creating token: the server's answer is empty"))?;
    context.show(arguments, &secret)
}

/// The body of the request; what was not given is left to the server.
fn body(arguments: &Arguments) -> Value {
    let batch = arguments.text(&TYPE) == "batch";
    let mut body = Map::new();
    body.insert("type".to_owned(), json!(arguments.text(&TYPE)));
    // Batch tokens cannot be renewed, and saying otherwise is refused.
    body.insert("renewable".to_owned(), json!(arguments.bool(&RENEWABLE) && !batch));
    for (flag, name) in [(&DISPLAY_NAME, "display_name"), (&ENTITY_ALIAS, "entity_alias"), (&ID, "id")] {
        if !arguments.text(flag).is_empty() {
            body.insert(name.to_owned(), json!(arguments.text(flag)));
        }
    }
    for (flag, name) in [(&EXPLICIT_MAX_TTL, "explicit_max_ttl"), (&PERIOD, "period"), (&TTL, "ttl")] {
        if let Some(duration) = arguments.duration(flag) {
            body.insert(name.to_owned(), json!(duration.to_string()));
        }
    }
    for (flag, name) in [(&NO_DEFAULT_POLICY, "no_default_policy"), (&ORPHAN, "no_parent")] {
        if arguments.bool(flag) {
            body.insert(name.to_owned(), json!(true));
        }
    }
    if !arguments.list(&POLICY).is_empty() {
        body.insert("policies".to_owned(), json!(arguments.list(&POLICY)));
    }
    if let Some(metadata) = arguments.map(&METADATA) {
        body.insert("meta".to_owned(), json!(metadata));
    }
    if arguments.int(&USE_LIMIT) != 0 {
        body.insert("num_uses".to_owned(), json!(arguments.int(&USE_LIMIT)));
    }
    Value::Object(body)
}
