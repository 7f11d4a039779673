//! Names and tokens drawn at random.

use crate::fault;
use kvd_types::{Entropy, Fault, Secret};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` letters and digits, each as likely as any other (5.95 bits a character).
pub(crate) fn base62(entropy: &dyn Entropy, length: usize) -> Result<Secret<String>, Fault> {
    let mut text = String::with_capacity(length);
    let mut block = [0_u8; 64];
    while text.len() < length {
        entropy.fill(&mut block).map_err(fault::entropy)?;
        // 248 is the largest multiple of 62 that a byte can reach: what lies above would favour the first letters.
        for byte in block.iter().filter(|b| **b < 248) {
            if text.len() < length {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
    }
    block.fill(0);
    Ok(Secret::new(text))
}

/// The length of a service token, in characters: the prefix and 142 bits, as Vault makes them.
pub(crate) const TOKEN_LENGTH: usize = 4 + 24;

/// A service token.
pub(crate) fn token(entropy: &dyn Entropy) -> Result<Secret<String>, Fault> {
    Ok(Secret::new(format!("hvs.{}", base62(entropy, TOKEN_LENGTH - 4)?.expose())))
}

/// A version 4 UUID.
pub(crate) fn uuid(entropy: &dyn Entropy) -> Result<String, Fault> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes).map_err(fault::entropy)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().as_hyphenated().to_string())
}
