//! Unseal keys: as an argument, from the standard input, or typed without echo.

use zeroize::Zeroizing;

use crate::{context::Context, failure::Failure, input::prompt, output::wrap::wrap};

/// A key as it was given, and the nonce of the operation it is for.
pub(super) struct KeyShare {
    pub(super) key: Zeroizing<String>,
    pub(super) nonce: String,
}

/// Takes a key for an operation that has a nonce. `typed` is the flag, `current` what the server says.
///
/// # Errors
/// When no key can be had, or a key was given without the nonce.
pub(super) fn share(
    context: &mut Context<'_>,
    argument: &str,
    typed: &str,
    current: &str,
    question: &str,
) -> Result<KeyShare, Failure> {
    let (key, nonce) = match argument {
        "-" => {
            let text = context.input.read_all();
            let text = text.map_err(|why| Failure::usage(format!("Failed to read from stdin: {why}")))?;
            (Zeroizing::new(text), typed)
        }
        // Who is asked sees the nonce above the question, and so need not give it.
        "" => {
            context.screen.prompt(&format!("Operation nonce: {current}\n"));
            (ask(context, question)?, current)
        }
        argument => (Zeroizing::new(argument.to_owned()), typed),
    };
    if nonce.is_empty() {
        return Err(Failure::usage("Missing nonce value: specify it via the -nonce flag"));
    }
    Ok(KeyShare { key: Zeroizing::new(key.trim().to_owned()), nonce: nonce.to_owned() })
}

/// Asks for a key on the terminal.
///
/// # Errors
/// When there is no terminal.
pub(super) fn ask(context: &mut Context<'_>, question: &str) -> Result<Zeroizing<String>, Failure> {
    prompt::secret(&mut context.screen, &context.input, question).map_err(|why| {
        let advice = "An error occurred attempting to ask for a key. Usually this is because a value was piped into \
                      the command, or because it runs outside of a terminal. A terminal is the safest place to give \
                      a key; where there is none, the key can be the first argument of the command. The error was:";
        Failure::usage(format!("{}\n\n{why}", wrap(advice, 0)))
    })
}
