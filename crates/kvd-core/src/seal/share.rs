//! A share as people type it: hexadecimal digits or base64.

use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_types::{Fault, Secret};

/// How long a share can be, in bytes: that of the shortest key Vault ever took, and 32 with the point of the share.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=33;

/// The bytes of a share. Hexadecimal digits are base64 too, so they are tried first, as far as the length fits.
///
/// # Errors
/// When it is neither; of its length, only whoever takes the share judges.
pub(crate) fn decode(text: &Secret<String>) -> Result<Secret<Vec<u8>>, Fault> {
    let digits = hex::decode(text.expose()).ok().filter(|bytes| LENGTHS.contains(&bytes.len()));
    let bytes = digits.or_else(|| STANDARD.decode(text.expose()).ok());
    bytes.map(Secret::new).ok_or_else(|| Fault::invalid("'key' must be a valid hex or base64 string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_give_the_same_bytes() {
        for length in [16, 32, 33] {
            let bytes = (0..length).collect::<Vec<u8>>();
            for text in [hex::encode(&bytes), hex::encode_upper(&bytes), STANDARD.encode(&bytes)] {
                assert_eq!(decode(&Secret::new(text)).unwrap().expose(), &bytes);
            }
        }
    }

    #[test]
    fn what_is_neither_is_refused_without_being_repeated() {
        for text in ["", "00", "not a key!", "zz!"] {
            let got = decode(&Secret::new(text.to_owned()));
            let want =
                if text.is_empty() { None } else { Some("'key' must be a valid hex or base64 string") };
            assert_eq!(got.err().map(|f| f.public[0].clone()).as_deref(), want, "{text:?}");
        }
    }
}
