//! `login`: a token for the commands that follow.

pub(crate) mod method;

use serde_json::Value;

use crate::{
    client::{Client, Request, Secret},
    command::{Command, as_mount, trimmed},
    context::Context,
    failure::{Failure, Outcome, SERVER, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    input::pairs,
    output::{Format, print_secret, print_secret_field, wrap::wrap},
};

const METHOD: Flag = Flag::text_or("method", "token", "The type of auth method to log in with.");
const PATH: Flag =
    Flag::text("path", "Where the method is mounted. Without the flag it is the name of the type.");
const NO_STORE: Flag = Flag::switch("no-store", "Do not give the token to the token helper.");
const NO_PRINT: Flag = Flag::switch("no-print", "Do not print the token.");
const TOKEN_ONLY: Flag =
    Flag::switch("token-only", "Print the token alone and do not store it: -field=token with -no-store.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[METHOD, NO_PRINT, NO_STORE, PATH, TOKEN_ONLY] };

pub(crate) static COMMAND: Command = Command {
    path: "login",
    arguments: "[options] [AUTH K=V...]",
    synopsis: "Authenticate locally",
    details: "Checks a token, or logs in with an auth method, and keeps the token for the commands that follow:\n\n    \
              $ {program} login\n    \
              $ {program} login -method=userpass username=my-name\n\n\
              How to log in with a method is said by:\n\n    \
              $ {program} auth help userpass",
    flags: &[&FLAGS, &common::OUTPUT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let token_only = arguments.bool(&TOKEN_ONLY);
    let no_store = token_only || arguments.bool(&NO_STORE);
    let no_print = arguments.bool(&NO_PRINT);
    if no_store && no_print {
        return Err(Failure::usage("-no-store and -no-print cannot be used together"));
    }
    let kind = Some(trimmed(arguments.text(&METHOD))).filter(|kind| !kind.is_empty()).unwrap_or("token");
    let method = method::find(kind).ok_or_else(|| {
        let advice = format!(
            "Unknown auth method: {kind}. Use \"{} auth list\" to see the complete list of auth methods. \
             Additionally, some auth methods are only available via the HTTP API.",
            context.program.name()
        );
        Failure::usage(wrap(&advice, 0))
    })?;

    let mut typed = arguments.positional.clone();
    if let Some(first) = typed.first_mut().filter(|first| kind == "token" && !first.contains('=')) {
        *first = format!("token={first}");
    }
    let mut answers = pairs::parse_texts(&mut context.input, &typed)
        .map_err(|why| Failure::usage(format!("Error parsing configuration: {why}")))?;
    let mount = match arguments.text(&PATH) {
        "" => as_mount(kind),
        path => path.to_owned(),
    };
    answers.entry("mount".to_owned()).or_insert(mount);

    let mut client = context.client_without_token_helper(arguments)?;
    if kind != "token" {
        // A token of an earlier login has nothing to do with this one.
        client.set_token("");
    }
    let secret = (method.authenticate)(context, &mut client, &answers)?;
    if needs_validation(&secret) {
        let advice = "A login request was issued that is subject to MFA validation. Please make sure to validate \
                      the login by sending another request to sys/mfa/validate endpoint.";
        context.screen.warn(format!("{}\n", wrap(advice, 0)));
        return print_secret(&mut context.screen, &secret);
    }
    client.stop_wrapping();
    let unwraps = !no_store;
    let secret = unwrapped(&mut client, secret, unwraps)?;
    let Some(auth) = &secret.auth else {
        return match (token_only, no_store) {
            (true, _) => print_secret_field(&mut context.screen, &secret, "wrapping_token"),
            (false, _) => print_secret(&mut context.screen, &secret),
        };
    };

    if !no_store {
        let stored = context.token_helper(client.address())?.store(&auth.client_token);
        if let Err(why) = stored {
            return lost(context, &secret, &why);
        }
        warn_about_environment(context);
    } else if !token_only {
        let advice = format!(
            "The token was not stored in token helper. Set the {}TOKEN environment variable or pass the token \
             below with each request to Vault.",
            context.program.variable_prefix()
        );
        context.screen.warn(format!("{}\n", wrap(&advice, 0)));
    }
    if no_print {
        return Ok(SUCCESS);
    }
    let field = if token_only { "token" } else { arguments.text(&common::FIELD) };
    if !field.is_empty() {
        return print_secret_field(&mut context.screen, &secret, field);
    }
    if context.screen.format == Format::Table {
        let text = format!(
            "Success! You are now authenticated. The token information displayed below is already stored in the \
             token helper. You do NOT need to run \"{} login\" again. Future Vault requests will automatically \
             use this token.",
            context.program.name()
        );
        context.screen.line(format!("{}\n", wrap(&text, 0)));
    }
    print_secret(&mut context.screen, &secret)
}

fn needs_validation(secret: &Secret) -> bool {
    let requirement = secret.auth.as_ref().and_then(|auth| auth.mfa_requirement.as_ref());
    requirement.is_some_and(|requirement| *requirement != Value::Null)
}

/// Follows wrapped responses to the token, if that is wanted.
fn unwrapped(client: &mut Client, secret: Secret, unwraps: bool) -> Result<Secret, Failure> {
    let extracting = |why: &str| Failure::server(format!("Error extracting token: {why}"));
    let Some(wrap) = secret.wrap_info.as_ref().filter(|_| secret.auth.is_none()) else {
        return match secret.auth {
            Some(_) => Ok(secret),
            None => Err(extracting("no auth or wrapping info in response")),
        };
    };
    if wrap.wrapped_accessor.is_empty() {
        return Err(extracting("wrapped response does not contain a token"));
    }
    if !unwraps {
        return Ok(secret);
    }
    client.set_token(&wrap.token);
    let inner = client
        .ask(Request::put("sys/wrapping/unwrap"))
        .map_err(Failure::doing("Error extracting token"))?
        .ok_or_else(|| extracting("empty response from auth helper"))?;
    match inner.auth {
        Some(_) => Ok(inner),
        None => Err(extracting("no auth or wrapping info in response")),
    }
}

/// The login worked, but its token could not be stored: it is shown, because it would be lost.
fn lost(context: &mut Context<'_>, secret: &Secret, why: &str) -> Outcome {
    context.screen.error(format!("Error storing token: {why}"));
    let text = "Authentication was successful, but the token was not persisted. The resulting token is shown \
                below for your records.";
    context.screen.error(format!("{}\n", wrap(text, 0)));
    print_secret(&mut context.screen, secret)?;
    Ok(SERVER)
}

/// A token in the environment is used before the stored one, which surprises people.
fn warn_about_environment(context: &mut Context<'_>) {
    let set =
        ["KVD_TOKEN", "VAULT_TOKEN"].into_iter().find(|name| context.environment.variable(name).is_some());
    if let Some(name) = set {
        let text = format!(
            "WARNING! The {name} environment variable is set! The value of this variable will take precedence; \
             if this is unwanted please unset {name} or update its value accordingly."
        );
        context.screen.warn(format!("{}\n", wrap(&text, 0)));
    }
}
