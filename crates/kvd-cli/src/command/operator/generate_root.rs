//! `operator generate-root`: a root token made with the unseal keys.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

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
        columns::{columns, row},
        wrap::wrap,
    },
};

const CANCEL: Flag = Flag::switch("cancel", "Stop, and forget the keys given so far.");
const DECODE: Flag =
    Flag::text("decode", "The encoded token to decode with -otp; \"-\" reads it from the standard input.");
const GENERATE_OTP: Flag = Flag::switch("generate-otp", "Make a one-time password for -otp.");
const INIT: Flag = Flag::switch("init", "Start.");
const NONCE: Flag = Flag::text("nonce", "The nonce that was shown at the start. Every key comes with it.");
const OTP: Flag = Flag::text("otp", "The one-time password that the token is encoded with, or decoded.");
const PGP_KEY: Flag = Flag::text("pgp-key", "File with the public PGP key to encrypt the token with.");
const STATUS: Flag = Flag::switch("status", "Show how far it is.");

static FLAGS: FlagGroup = FlagGroup {
    title: "Command Options",
    flags: &[CANCEL, DECODE, GENERATE_OTP, INIT, NONCE, OTP, PGP_KEY, STATUS],
};

pub(crate) static COMMAND: Command = Command {
    path: "operator generate-root",
    arguments: "[options] [KEY]",
    synopsis: "Generate a new root token",
    details: "Makes a root token when enough holders of unseal keys agree. One starts, then each gives a key, then\n\
              the token is decoded:\n\n    \
              $ {program} operator generate-root -init\n    \
              $ {program} operator generate-root\n    \
              $ {program} operator generate-root -decode=ENCODED -otp=OTP",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

const ATTEMPT: &str = "sys/generate-root/attempt";

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let argument = arguments.at_most_one("0-1")?.map(str::trim).unwrap_or_default();
    let client = context.client(arguments)?;
    if arguments.bool(&GENERATE_OTP) {
        return generate_otp(context, &client);
    }
    if !arguments.text(&DECODE).is_empty() {
        return decode(context, arguments);
    }
    if arguments.bool(&CANCEL) {
        client
            .send(Request::delete(ATTEMPT))
            .map_err(Failure::doing("Error canceling root token generation"))?;
        return context.done("Success! Root token generation canceled (if it was started)");
    }
    if arguments.bool(&INIT) {
        return start(context, arguments, &client);
    }
    let status = status(&client)?;
    if arguments.bool(&STATUS) {
        return show(context, &status);
    }
    provide(context, arguments, &client, argument, &status)
}

fn status(client: &Client) -> Result<Map<String, Value>, Failure> {
    client.object(Request::get(ATTEMPT)).map_err(Failure::doing("Error getting root generation status"))
}

fn start(context: &mut Context<'_>, arguments: &Arguments, client: &Client) -> Outcome {
    let (otp, pgp_key) = (arguments.text(&OTP), arguments.text(&PGP_KEY));
    let pgp_key = if pgp_key.is_empty() { String::new() } else { pgp::key(&PGP_KEY, pgp_key)? };
    if !otp.is_empty() && !pgp_key.is_empty() {
        return Err(Failure::usage("Error initializing: cannot specify both -otp and -pgp-key"));
    }
    let request = Request::put(ATTEMPT).body(&json!({ "otp": otp, "pgp_key": pgp_key }));
    let status = client.object(request).map_err(Failure::doing("Error initializing root generation"))?;
    show(context, &status)
}

fn provide(
    context: &mut Context<'_>,
    arguments: &Arguments,
    client: &Client,
    argument: &str,
    status: &Map<String, Value>,
) -> Outcome {
    if status.get("started") != Some(&Value::Bool(true)) {
        let program = context.program.name();
        let text = format!(
            "No root generation is in progress. Start a root generation by running \"{program} operator \
             generate-root -init\"."
        );
        return Err(Failure::usage(wrap(&text, 0)));
    }
    let current = status.get("nonce").map(plain).unwrap_or_default();
    let question = "Unseal Key (will be hidden): ";
    let share = key::share(context, argument, arguments.text(&NONCE), &current, question)?;
    let body = json!({ "key": *share.key, "nonce": share.nonce });
    let status = client
        .object(Request::put("sys/generate-root/update").body(&body))
        .map_err(Failure::doing("Error posting unseal key"))?;
    show(context, &status)
}

fn show(context: &mut Context<'_>, status: &Map<String, Value>) -> Outcome {
    if context.screen.document(status)? {
        return Ok(SUCCESS);
    }
    let field = |name: &str| status.get(name).filter(|value| !value.is_null()).map(plain).unwrap_or_default();
    let mut rows = vec![
        row(["Nonce", &field("nonce")]),
        row(["Started", &field("started")]),
        row(["Progress", &format!("{}/{}", field("progress"), field("required"))]),
        row(["Complete", &field("complete")]),
    ];
    let encoded =
        [field("encoded_token"), field("encoded_root_token")].into_iter().find(|text| !text.is_empty());
    for (title, text) in [
        ("PGP Fingerprint", field("pgp_fingerprint")),
        ("Encoded Token", encoded.unwrap_or_default()),
        ("OTP", field("otp")),
        ("OTP Length", Some(field("otp_length")).filter(|length| length != "0").unwrap_or_default()),
    ] {
        if !text.is_empty() {
            rows.push(row([title, &text]));
        }
    }
    if !field("otp").is_empty() {
        let text = "A One-Time-Password has been generated for you and is shown in the OTP field. You will need this \
                    value to decode the resulting root token, so keep it safe.";
        context.screen.warn(wrap(text, 0));
    }
    context.done(columns(&rows))
}

fn generate_otp(context: &mut Context<'_>, client: &Client) -> Outcome {
    let length = status(client)?.get("otp_length").and_then(Value::as_u64).filter(|length| *length > 0);
    let length = usize::try_from(length.unwrap_or(28)).unwrap_or(28).min(1024);
    let otp = random_letters(length, |bytes| getrandom::fill(bytes).is_ok())
        .ok_or_else(|| Failure::server("the operating system gives no randomness"))?;
    if !context.screen.document(&json!({ "otp": *otp, "otp_length": length }))? {
        context.screen.value(&otp);
    }
    Ok(SUCCESS)
}

/// Letters and digits, each as likely as the other. `fill` gives random bytes, or says that it cannot.
fn random_letters(length: usize, mut fill: impl FnMut(&mut [u8]) -> bool) -> Option<Zeroizing<String>> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        if !fill(bytes.as_mut_slice()) {
            return None;
        }
        // Only 248 of the 256 values of a byte are shared out evenly among 62 letters; the others are dropped.
        let even = bytes.iter().filter(|byte| **byte < 248);
        let missing = length - text.len();
        text.extend(even.take(missing).map(|byte| char::from(LETTERS[usize::from(byte % 62)])));
    }
    Some(text)
}

fn decode(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let otp = arguments.text(&OTP);
    if otp.is_empty() {
        return Err(Failure::usage("Missing otp: use -otp to supply it"));
    }
    let encoded = match arguments.text(&DECODE) {
        "-" => context
            .input
            .read_all()
            .map_err(|why| Failure::usage(format!("Failed to read from stdin: {why}")))?,
        encoded => encoded.to_owned(),
    };
    let token = decoded(encoded.trim(), otp)
        .map_err(|why| Failure::usage(format!("Error decoding root token: {why}")))?;
    if !context.screen.document(&json!({ "token": *token }))? {
        context.screen.value(&token);
    }
    Ok(SUCCESS)
}

/// The token: the encoded bytes and those of the one-time password, combined bit by bit.
fn decoded(encoded: &str, otp: &str) -> Result<Zeroizing<String>, &'static str> {
    let bytes = BASE64_STANDARD_NO_PAD
        .decode(encoded.trim_end_matches('='))
        .map(Zeroizing::new)
        .map_err(|_| "the token is not encoded in base64")?;
    if bytes.len() != otp.len() {
        return Err("the one-time password is not as long as the token");
    }
    let token = Zeroizing::new(bytes.iter().zip(otp.bytes()).map(|(a, b)| a ^ b).collect::<Vec<u8>>());
    let text = std::str::from_utf8(&token).map_err(|_| "the one-time password does not fit the token")?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_decoded_with_its_password_only() {
        let (token, otp) = ("hvs.abcdef", "0123456789");
        let bytes: Vec<u8> = token.bytes().zip(otp.bytes()).map(|(a, b)| a ^ b).collect();
        let encoded = BASE64_STANDARD_NO_PAD.encode(bytes);
        assert_eq!(decoded(&encoded, otp).map(|token| token.to_string()), Ok(token.to_owned()));
        assert_eq!(
            decoded(&format!("{encoded}=="), otp).map(|token| token.to_string()),
            Ok(token.to_owned())
        );
        assert!(decoded(&encoded, "short").is_err());
        assert!(decoded("not base64!", otp).is_err());
    }

    #[test]
    fn a_password_has_the_asked_length_and_drops_uneven_bytes() {
        let mut next = 0_u8;
        let fill = |bytes: &mut [u8]| {
            bytes.iter_mut().for_each(|byte| {
                *byte = next;
                next = next.wrapping_add(85);
            });
            true
        };
        let otp = random_letters(28, fill).unwrap();
        assert!(otp.len() == 28 && otp.chars().all(|c| c.is_ascii_alphanumeric()));
        assert!(random_letters(28, |_| false).is_none());
    }
}
