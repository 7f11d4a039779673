//! Public PGP keys in files, as the server takes them: the bare key in base64.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::file::open_error;
use crate::{
    failure::Failure,
    flags::{Arguments, Flag},
    gofmt::quote::quote,
};

/// The keys of a flag that names files, separated by commas.
///
/// # Errors
/// When one cannot be read. What it holds is not quoted.
pub(crate) fn keys(arguments: &Arguments, flag: &Flag) -> Result<Vec<String>, Failure> {
    let names = arguments.list(flag).iter().flat_map(|list| list.split(','));
    names.map(str::trim).filter(|name| !name.is_empty()).map(|name| key(flag, name)).collect()
}

/// The key in one file: bare, in base64, or armoured.
///
/// # Errors
/// As [`keys`].
pub(crate) fn key(flag: &Flag, name: &str) -> Result<String, Failure> {
    let wrong =
        |why: String| Failure::usage(format!("invalid value {} for flag -{}: {why}", quote(name), flag.name));
    if name.starts_with("keybase:") {
        return Err(wrong(
            "keys are read from files; nothing is fetched from a directory of people".to_owned(),
        ));
    }
    let path = name.strip_prefix('@').unwrap_or(name);
    let bytes = fs::read(path).map_err(|error| wrong(open_error(path, &error)))?;
    Ok(bare(&bytes))
}

fn bare(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return STANDARD.encode(bytes) };
    let inside = match text.split_once("-----BEGIN PGP") {
        // Headers end at a blank line, and the last line before the end is a check sum.
        Some((_, armour)) => armour
            .lines()
            .skip_while(|line| !line.trim().is_empty())
            .take_while(|line| !line.starts_with("-----END") && !line.starts_with('='))
            .collect::<String>(),
        None => text.split_whitespace().collect(),
    };
    if STANDARD.decode(inside.trim()).is_ok() { inside.trim().to_owned() } else { STANDARD.encode(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_out_of_every_wrapping() {
        let armour = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nmQEN\nAAEC\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        for (bytes, expected) in [
            (b"mQENAAEC\n".as_slice(), "mQENAAEC"),
            (armour.as_bytes(), "mQENAAEC"),
            (&[0x99, 1, 13, 0, 1, 2], "mQENAAEC"),
        ] {
            assert_eq!(bare(bytes), expected);
        }
    }
}
