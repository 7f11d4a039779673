//! HMACs that stand in lines in place of what must not be shown.

use ring::hmac;

const LABEL: &[u8; 12] = b"hmac-sha256:";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Turns texts into HMACs under the key of one device, prepared once.
pub struct Hasher(hmac::Key);

impl Hasher {
    /// A hasher with the device's `salt`, of which 32 random bytes are enough.
    pub fn new(salt: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, salt))
    }

    /// What stands for `text` in the lines of this device: `hmac-sha256:` and 64 hexadecimal digits.
    pub fn hash(&self, text: &str) -> String {
        self.digest(text.as_bytes()).label().as_str().to_owned()
    }

    pub(crate) fn digest(&self, bytes: &[u8]) -> Digest {
        let tag = hmac::sign(&self.0, bytes);
        let mut digest = [0; 32];
        digest.copy_from_slice(tag.as_ref());
        Digest(digest)
    }
}

/// An HMAC, kept as bytes because it is kept per token.
#[derive(Clone, Copy)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn label(self) -> Label {
        let mut text = [0; 76];
        text[..12].copy_from_slice(LABEL);
        for (pair, byte) in text[12..].chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        Label(text)
    }
}

/// An HMAC as lines show it.
pub(crate) struct Label([u8; 76]);

impl Label {
    pub(crate) fn as_str(&self) -> &str {
        // The bytes are ASCII by construction; an empty text would show nothing either.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_rfc_4231() {
        assert_eq!(
            Hasher::new(b"Jefe").hash("what do ya want for nothing?"),
            "hmac-sha256:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn two_salts_give_two_hashes() {
        assert_ne!(Hasher::new(&[1; 32]).hash("x"), Hasher::new(&[2; 32]).hash("x"));
    }
}
