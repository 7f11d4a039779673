//! Questions to a person on a terminal; secrets are typed without echo.

use zeroize::Zeroizing;

use crate::output::{Input, Screen};

/// Asks a question whose answer is no secret.
///
/// # Errors
/// When the standard input is no terminal, or reading from it fails.
pub(crate) fn line(screen: &mut Screen<'_>, input: &mut Input<'_>, question: &str) -> Result<String, String> {
    if !input.terminal {
        return Err("file descriptor 0 is not a terminal".to_owned());
    }
    screen.prompt(question);
    input.read_line()
}

/// Asks for a secret. The answer is not shown while it is typed.
///
/// # Errors
/// When the standard input is no terminal, or reading from it fails.
pub(crate) fn secret(
    screen: &mut Screen<'_>,
    input: &Input<'_>,
    question: &str,
) -> Result<Zeroizing<String>, String> {
    screen.prompt(question);
    let answer = if input.terminal {
        rpassword::read_password().map(Zeroizing::new).map_err(|error| error.kind().to_string())
    } else {
        Err("file descriptor 0 is not a terminal".to_owned())
    };
    screen.prompt("\n");
    answer
}
