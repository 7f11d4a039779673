//! Splitting a key into shares and putting it together again, interchangeable with Vault's shares.
//!
//! One random polynomial over GF(2^8) (reduction x^8 + x^4 + x^3 + x + 1) per byte of the key; a share is the values of
//! all polynomials at one point, and the point, which is never 0, as its last byte. The arithmetic is that of
//! `vsss-rs`, which uses neither tables nor branches that depend on a secret (compare CVE-2023-25000).

use crate::error::{BarrierError, ParamsError, ShareError};
use kvd_types::{Entropy, Secret};
use subtle::ConstantTimeEq;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

/// The shortest key that Vault ever took, in bytes.
pub(crate) const MIN_SHARE: usize = 16;
/// A key of 32 bytes and the coordinate of the share.
pub(crate) const MAX_SHARE: usize = 33;

/// How many shares there are, and how many of them open the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareParams {
    shares: u8,
    threshold: u8,
}

impl ShareParams {
    /// `shares` in all, `threshold` of which are needed.
    ///
    /// # Errors
    /// When no such splitting exists, or it would hand every holder the whole key.
    pub fn new(shares: i64, threshold: i64) -> Result<Self, ParamsError> {
        if shares < 1 {
            return Err(ParamsError::NoShares);
        }
        if threshold < 1 {
            return Err(ParamsError::NoThreshold);
        }
        if shares > 1 && threshold == 1 {
            return Err(ParamsError::ThresholdOfOne);
        }
        let shares = u8::try_from(shares).map_err(|_| ParamsError::TooManyShares)?;
        let threshold = u8::try_from(threshold).map_err(|_| ParamsError::HugeThreshold)?;
        if threshold > shares {
            return Err(ParamsError::ThresholdAboveShares);
        }
        Ok(Self { shares, threshold })
    }

    /// How many shares there are.
    pub fn shares(self) -> u8 {
        self.shares
    }

    /// How many shares are needed.
    pub fn threshold(self) -> u8 {
        self.threshold
    }
}

/// A set of shares.
pub type Shares = Vec<Secret<Vec<u8>>>;

/// Splits `secret`; a single share is the secret itself, as with Vault.
///
/// # Errors
/// When there is no randomness, or the shares would not give the secret back.
pub fn split(secret: &[u8], params: ShareParams, entropy: &dyn Entropy) -> Result<Shares, BarrierError> {
    if params.shares == 1 {
        return Ok(vec![Secret::new(secret.to_vec())]);
    }
    let points = draw_points(params.shares, entropy)?;
    // One row per power of x; row 0 is the secret.
    let mut rows = Zeroizing::new(vec![0; secret.len() * usize::from(params.threshold)]);
    rows[..secret.len()].copy_from_slice(secret);
    entropy.fill(&mut rows[secret.len()..])?;
    let shares = points.iter().map(|x| evaluate(&rows, secret.len(), *x)).collect::<Shares>();

    // Shares that open nothing have been handed out before by others; these are tried first.
    let needed = usize::from(params.threshold);
    for some in [&shares[..needed], &shares[shares.len() - needed..]] {
        if !bool::from(combine(some)?.ct_eq(secret)) {
            return Err(BarrierError::WrongShares);
        }
    }
    Ok(shares)
}

/// Puts shares together. Whether they are enough and the right ones cannot be told from them: some bytes always
/// come out.
///
/// # Errors
/// When the shares do not belong together in form.
pub fn combine(shares: &[Secret<Vec<u8>>]) -> Result<Zeroizing<Vec<u8>>, ShareError> {
    if shares.len() < 2 {
        return Err(ShareError::TooFew);
    }
    let mut seen = [false; 256];
    let mut turned = Zeroizing::new(Vec::with_capacity(shares.len()));
    for share in shares {
        let (x, values) = share.expose().split_last().ok_or(ShareError::TooShort)?;
        if *x == 0 {
            return Err(ShareError::Zero);
        }
        if std::mem::replace(&mut seen[usize::from(*x)], true) {
            return Err(ShareError::Duplicate);
        }
        // The library wants the point in front.
        let mut part = Vec::with_capacity(values.len() + 1);
        part.push(*x);
        part.extend_from_slice(values);
        turned.push(part);
    }
    // With the points in order, all that is left to refuse is parts without values or of different lengths.
    Gf256::combine_bytes(&*turned).map(Zeroizing::new).map_err(|_| ShareError::Lengths)
}

/// Distinct points other than 0, all sets of them equally likely.
fn draw_points(count: u8, entropy: &dyn Entropy) -> Result<Vec<u8>, BarrierError> {
    let mut points = (1..=u8::MAX).collect::<Vec<_>>();
    for i in 0..usize::from(count) {
        let j = i + usize::from(draw_below(255 - i, entropy)?);
        points.swap(i, j);
    }
    points.truncate(usize::from(count));
    Ok(points)
}

/// A number below `bound` (1 to 255) without bias: draws above the largest multiple are thrown away.
fn draw_below(bound: usize, entropy: &dyn Entropy) -> Result<u8, BarrierError> {
    let largest = 256 - 256 % bound;
    loop {
        let mut byte = [0];
        entropy.fill(&mut byte)?;
        if usize::from(byte[0]) < largest {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "smaller than `bound`, which is at most 255"
            )]
            return Ok((usize::from(byte[0]) % bound) as u8);
        }
    }
}

/// The share at `x`: Horner's rule from the highest row down to the secret.
fn evaluate(rows: &[u8], width: usize, x: u8) -> Secret<Vec<u8>> {
    let mut share = Vec::with_capacity(width + 1);
    share.resize(width, 0);
    for row in rows.chunks_exact(width).rev() {
        for (value, coefficient) in share.iter_mut().zip(row) {
            *value = (Gf256(*value) * Gf256(x) + Gf256(*coefficient)).0;
        }
    }
    share.push(x);
    Secret::new(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_types::SystemEntropy;
    use proptest::prelude::*;

    /// Shares that an independent program made, one set a line: `shares threshold secret share share …`, in hex.
    #[test]
    fn shares_made_elsewhere_combine() {
        let vectors = include_str!("../tests/vectors/shares.txt");
        let mut count = 0;
        for line in vectors.lines().filter(|l| !l.starts_with('#')) {
            let fields = line.split(' ').collect::<Vec<_>>();
            let threshold = fields[1].parse::<usize>().unwrap();
            let secret = hex::decode(fields[2]).unwrap();
            let mut shares =
                fields[3..].iter().map(|s| Secret::new(hex::decode(s).unwrap())).collect::<Shares>();
            assert_eq!(*combine(&shares[..threshold]).unwrap(), secret);
            shares.reverse();
            assert_eq!(*combine(&shares[..threshold]).unwrap(), secret);
            if threshold > 2 {
                assert_ne!(*combine(&shares[1..threshold]).unwrap(), secret);
            }
            count += 1;
        }
        assert_eq!(count, 4);
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let part = |bytes: &[u8]| Secret::new(bytes.to_vec());
        let check = |parts: &[Secret<Vec<u8>>], expected| assert_eq!(combine(parts).err(), Some(expected));
        check(&[], ShareError::TooFew);
        check(&[part(&[1, 2, 3])], ShareError::TooFew);
        check(&[part(&[1, 2, 3]), part(&[])], ShareError::TooShort);
        check(&[part(&[1, 2, 3]), part(&[4, 5])], ShareError::Lengths);
        check(&[part(&[1]), part(&[2])], ShareError::Lengths);
        check(&[part(&[1, 2, 3]), part(&[4, 5, 3])], ShareError::Duplicate);
        check(&[part(&[1, 2, 3]), part(&[4, 5, 0])], ShareError::Zero);
    }

    #[test]
    fn points_are_spread_over_all_that_there_are() {
        let mut seen = [0_u32; 256];
        for _ in 0..2000 {
            for x in draw_points(3, &SystemEntropy).unwrap() {
                seen[usize::from(x)] += 1;
            }
        }
        // 6000 draws from 255 points: 23.5 each, and fewer than 3 or more than 70 of one is not chance.
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|n| (3..70).contains(n)), "{seen:?}");
        assert_eq!(draw_points(255, &SystemEntropy).unwrap().len(), 255);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn enough_shares_give_the_secret_and_fewer_do_not(
            secret in prop::collection::vec(any::<u8>(), 32),
            (threshold, shares) in (2_u8..20).prop_flat_map(|t| (Just(t), t..=40)),
            turn: prop::sample::Index,
        ) {
            let params = ShareParams::new(shares.into(), threshold.into()).unwrap();
            let mut made = split(&secret, params, &SystemEntropy).unwrap();
            prop_assert_eq!(made.len(), usize::from(shares));
            prop_assert!(made.iter().all(|s| s.expose().len() == 33));
            made.rotate_left(turn.index(usize::from(shares)));
            let needed = usize::from(threshold);
            prop_assert_eq!(&*combine(&made[..needed]).unwrap(), &secret);
            prop_assert_eq!(&*combine(&made).unwrap(), &secret);
            if needed > 2 {
                prop_assert_ne!(&*combine(&made[..needed - 1]).unwrap(), &secret);
            }
        }
    }
}
