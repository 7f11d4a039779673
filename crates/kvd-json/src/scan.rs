//! Finds the first byte of some kind, looking at a block of bytes at a time.

/// So many bytes are looked at in one go, which the compiler turns into a few instructions.
const BLOCK: usize = 32;

/// How many bytes stand before the first one that is `sought`; all of them when there is none.
pub(crate) fn before(bytes: &[u8], sought: impl Fn(u8) -> bool) -> usize {
    let blocks = bytes.chunks_exact(BLOCK);
    // Every byte of a block is looked at, whatever the first ones are: branches would cost more.
    let clean = blocks.take_while(|block| !block.iter().fold(false, |any, byte| any | sought(*byte))).count();
    let (skipped, rest) = bytes.split_at(clean * BLOCK);
    skipped.len() + rest.iter().position(|byte| sought(*byte)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(bytes in prop::collection::vec(0_u8..40, 0..200), sought in 0_u8..40) {
            let plain = bytes.iter().position(|byte| *byte == sought).unwrap_or(bytes.len());
            prop_assert_eq!(before(&bytes, |byte| byte == sought), plain);
        }
    }
}
