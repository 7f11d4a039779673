//! Randomness as an argument, so that a test can seed it and a fault can be injected.

use std::cell::RefCell;
use thiserror::Error;
use zeroize::Zeroizing;

/// The source of randomness has nothing to give; whoever asked must not go on.
#[derive(Debug, Error)]
#[error("the random number generator of the operating system failed")]
pub struct EntropyError;

/// A source of cryptographically strong randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `out` wholly.
    ///
    /// # Errors
    /// When the source fails; `out` must then not be used, and there is no weaker source to fall back on.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// The generator of the operating system, read in blocks: one system call serves many small draws.
///
/// A process that forks and goes on in the child without starting another program must not use it there: the child
/// would draw what its parent draws.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

const BLOCK: usize = 1024;

struct Pool {
    bytes: Zeroizing<[u8; BLOCK]>,
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool { bytes: Zeroizing::new([0; BLOCK]), used: BLOCK });
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        if out.len() > BLOCK / 4 {
            return getrandom::fill(out).map_err(|_| EntropyError);
        }
        POOL.with_borrow_mut(|pool| {
            if BLOCK - pool.used < out.len() {
                getrandom::fill(&mut pool.bytes[..]).map_err(|_| EntropyError)?;
                pool.used = 0;
            }
            let end = pool.used + out.len();
            out.copy_from_slice(&pool.bytes[pool.used..end]);
            pool.bytes[pool.used..end].fill(0);
            pool.used = end;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ_and_cross_the_block_edge() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let mut out = [0_u8; 32];
            SystemEntropy.fill(&mut out).unwrap();
            assert!(seen.insert(out));
        }
    }

    #[test]
    fn a_large_draw_is_filled() {
        let mut out = vec![0_u8; 5000];
        SystemEntropy.fill(&mut out).unwrap();
        assert!(out.windows(64).all(|w| w.iter().any(|b| *b != 0)));
    }
}
