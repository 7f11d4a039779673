//! The auth methods that the command line can log in with.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    client::{Auth, Client, Request, Secret},
    command::trimmed,
    context::Context,
    failure::Failure,
    gofmt::number::parse_bool,
    input::prompt,
};

/// What was typed as `key=value`, and where the method is mounted.
type Answers = BTreeMap<String, String>;

/// One way to log in.
pub(crate) struct Method {
    kind: &'static str,
    /// How to use it. `{program}` stands for the name of the program.
    pub(crate) help: &'static str,
    pub(super) authenticate: fn(&mut Context<'_>, &mut Client, &Answers) -> Result<Secret, Failure>,
}

/// Every method. One entry adds one.
static METHODS: &[Method] = &[
    Method {
        kind: "cert",
        help: "Usage: {program} login -method=cert [CONFIG K=V...]\n\n  \
               Logs in with the client certificate of -client-cert and -client-key:\n\n      \
               $ {program} login -method=cert -client-cert=cert.pem -client-key=key.pem\n\n\
               Configuration:\n\n  \
               name=<string>\n      The role to log in with.",
        authenticate: with_certificate,
    },
    Method {
        kind: "jwt",
        help: "Usage: {program} login -method=jwt [CONFIG K=V...]\n\n  \
               Logs in with a token that an issuer has signed, which is asked for if it is not given:\n\n      \
               $ {program} login -method=jwt role=ci jwt=@token.txt\n\n\
               Configuration:\n\n  \
               role=<string>\n      The role to log in with. Without it the mount's default role counts.\n\n  \
               jwt=<string>\n      The signed token.",
        authenticate: |context, client, answers| with_signed_token(context, client, answers, "jwt"),
    },
    Method {
        kind: "kubernetes",
        help: "Usage: {program} login -method=kubernetes [CONFIG K=V...]\n\n  \
               Logs in with the token of a service account, which is asked for if it is not given:\n\n      \
               $ {program} login -method=kubernetes role=dev-role\n\n\
               Configuration:\n\n  \
               role=<string>\n      The role to log in with.\n\n  \
               jwt=<string>\n      The token of the service account.",
        authenticate: |context, client, answers| match answers.contains_key("role") {
            true => with_signed_token(context, client, answers, "kubernetes"),
            false => Err(failed("'role' must be supplied")),
        },
    },
    Method {
        kind: "token",
        help: "Usage: {program} login TOKEN [CONFIG K=V...]\n\n  \
               Checks a token and keeps it. Without an argument the token is asked for:\n\n      \
               $ {program} login 96ddf4bc-d217-f3ba-f9bd-017055595017\n\n\
               Configuration:\n\n  \
               token=<string>\n      The token.\n\n  \
               lookup=<bool>\n      Whether to check the token. The default is true.",
        authenticate: with_token,
    },
    Method {
        kind: "userpass",
        help: "Usage: {program} login -method=userpass [CONFIG K=V...]\n\n  \
               Logs in with a user name and a password, which is asked for if it is not given:\n\n      \
               $ {program} login -method=userpass username=my-name\n\n\
               Configuration:\n\n  \
               username=<string>\n      The name of the user.\n\n  \
               password=<string>\n      The password.",
        authenticate: with_password,
    },
];

/// The method of a type.
pub(crate) fn find(kind: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.kind == kind)
}

fn failed(why: impl std::fmt::Display) -> Failure {
    Failure::server(format!("Error authenticating: {why}"))
}

fn with_certificate(_: &mut Context<'_>, client: &mut Client, answers: &Answers) -> Result<Secret, Failure> {
    let mount = answers.get("mount").map_or("cert", |mount| trimmed(mount));
    let body = json!({ "name": answers.get("name").map(String::as_str).unwrap_or_default() });
    log_in(client, &format!("auth/{mount}/login"), &body)
}

fn with_signed_token(
    context: &mut Context<'_>,
    client: &mut Client,
    answers: &Answers,
    kind: &str,
) -> Result<Secret, Failure> {
    let token = match answers.get("jwt") {
        Some(token) => Zeroizing::new(token.clone()),
        None => {
            prompt::secret(&mut context.screen, &context.input, "JWT (will be hidden): ").map_err(failed)?
        }
    };
    let mount = answers.get("mount").map_or(kind, |mount| trimmed(mount));
    let mut body = json!({ "jwt": token.trim() });
    if let Some(role) = answers.get("role") {
        body["role"] = json!(role);
    }
    log_in(client, &format!("auth/{mount}/login"), &body)
}

fn with_password(
    context: &mut Context<'_>,
    client: &mut Client,
    answers: &Answers,
) -> Result<Secret, Failure> {
    let answer = |name: &str| answers.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let user = answer("username").ok_or_else(|| failed("'username' must be specified"))?;
    let password = match answer("password") {
        Some(password) => Zeroizing::new(password.to_owned()),
        None => prompt::secret(&mut context.screen, &context.input, "Password (will be hidden): ")
            .map_err(failed)?,
    };
    let mount = answers.get("mount").map_or("userpass", |mount| trimmed(mount));
    log_in(client, &format!("auth/{mount}/login/{user}"), &json!({ "password": *password }))
}

fn log_in(client: &Client, path: &str, body: &Value) -> Result<Secret, Failure> {
    client
        .write(path, body)
        .map_err(Failure::doing("Error authenticating"))?
        .ok_or_else(|| failed("empty response from credential provider"))
}

fn with_token(context: &mut Context<'_>, client: &mut Client, answers: &Answers) -> Result<Secret, Failure> {
    let checks = match answers.get("lookup") {
        Some(text) => {
            parse_bool(text).map_err(|why| failed(format!("Failed to parse \"lookup\" as boolean: {why}")))?
        }
        None => true,
    };
    let token = match answers.get("token") {
        Some(token) => Zeroizing::new(token.clone()),
        None => prompt::secret(&mut context.screen, &context.input, "Token (will be hidden): ").map_err(|why| {
            failed(format!(
                "An error occurred attempting to ask for a token. To pipe the token into the command, pass \"-\" \
                 as its argument. The error was: {why}"
            ))
        })?,
    };
    let token = token.trim();
    if token.is_empty() {
        return Err(failed("a token must be passed to auth, please view the help for more information"));
    }
    if !checks {
        let auth = Auth { client_token: Zeroizing::new(token.to_owned()), ..Auth::default() };
        return Ok(Secret { auth: Some(auth), ..Secret::default() });
    }
    client.set_token(token);
    client.stop_wrapping();
    let found = client
        .ask(Request::get("auth/token/lookup-self"))
        .map_err(Failure::doing("Error authenticating: error looking up token"))?
        .and_then(|secret| secret.data)
        .ok_or_else(|| failed("empty response from lookup-self"))?;
    Ok(Secret { auth: Some(as_login(&found)), ..Secret::default() })
}

/// What a lookup says about a token, in the form a login says it.
fn as_login(found: &Map<String, Value>) -> Auth {
    let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |name: &str| -> Vec<String> {
        let items = found.get(name).and_then(Value::as_array);
        let texts = items.map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        texts.unwrap_or_default()
    };
    let (token_policies, identity_policies) = (list("policies"), list("identity_policies"));
    let mut policies = [token_policies.as_slice(), identity_policies.as_slice()].concat();
    policies.sort();
    policies.dedup();
    let metadata = found.get("meta").and_then(Value::as_object);
    Auth {
        client_token: Zeroizing::new(text("id")),
        accessor: text("accessor"),
        policies: Some(policies),
        token_policies: Some(token_policies),
        identity_policies: (!identity_policies.is_empty()).then_some(identity_policies),
        metadata: metadata.map(|notes| notes.clone().into_iter().collect()),
        lease_duration: found.get("ttl").and_then(Value::as_i64).unwrap_or_default(),
        renewable: found.get("renewable") == Some(&Value::Bool(true)),
        ..Auth::default()
    }
}
