//! The sealed record: how any value is encrypted, and what it is bound to.
//!
//! ```text
//! format 1 | algorithm 1 | key term 4 BE | salt 16 | commitment 16 | nonce 12 | ciphertext | tag 16
//! ```
//!
//! Each record has a key of its own, `HKDF-Expand(key of the term, "kvd/entry/1" ‖ kind ‖ salt)`: 32 bytes of key and 16
//! bytes of commitment. So a data key may seal far more than the 2^32 records that random nonces alone would
//! allow, a repeated nonce does no harm, and a record opens under one key only. The place of the record and the
//! header are authenticated with it: it opens nowhere else.

use crate::{
    codec::{Reader, Stack},
    error::CryptoError,
    keys::{CHECK, DerivingKey, KEY},
    memo::LastKey,
};
use kvd_types::{Entropy, EntropyError};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

const FORMAT: u8 = 1;
/// AES-256-GCM; the byte is there so that another algorithm can be added.
const ALGORITHM: u8 = 1;
pub(crate) const SALT: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + 1 + 4 + SALT + CHECK + NONCE;
/// How many bytes longer than its content a sealed record is.
pub(crate) const OVERHEAD: usize = HEADER + TAG;
/// The longest key of a record that can be bound.
pub(crate) const MAX_KEY: usize = 64;

/// The identity of a vault; it binds every record to it.
pub(crate) type InstanceId = [u8; 16];

/// Where a record belongs.
pub(crate) struct Place<'a> {
    /// What kind of record: the table, or one of the vault's own.
    pub(crate) kind: u8,
    pub(crate) instance: &'a InstanceId,
    pub(crate) namespace: u32,
    pub(crate) table: u8,
    /// The version of the record, or the generation of the vault's own.
    pub(crate) version: u64,
    /// At most [`MAX_KEY`] bytes.
    pub(crate) key: &'a [u8],
}

impl Place<'_> {
    /// Fixed fields first, so that no two places have the same encoding.
    fn bind(&self, term: u32, salt: &[u8; SALT]) -> Stack<128> {
        Stack::new()
            .with(&[FORMAT, ALGORITHM])
            .with(&term.to_be_bytes())
            .with(salt)
            .with(self.instance)
            .with(&self.namespace.to_be_bytes())
            .with(&[self.table])
            .with(&self.version.to_be_bytes())
            .with(self.key)
    }
}

/// Why a sealing did not come about.
pub(crate) enum SealError {
    Entropy(EntropyError),
    Crypto(CryptoError),
}

impl From<EntropyError> for SealError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<CryptoError> for SealError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

/// What does not fit about a record.
pub(crate) type OpenError = &'static str;

/// The first bytes of the salt, which tell this sealing from every other.
pub(crate) type StampBytes = [u8; 8];

/// Seals the parts, one after the other, as one record.
pub(crate) fn seal(
    (term, key): (u32, &DerivingKey),
    place: &Place<'_>,
    parts: &[&[u8]],
    entropy: &dyn Entropy,
) -> Result<(Vec<u8>, StampBytes), SealError> {
    let mut random = [0; SALT + NONCE];
    entropy.fill(&mut random)?; // one draw, as each may cost a system call
    let salt = std::array::from_fn(|i| random[i]);
    let nonce = std::array::from_fn(|i| random[SALT + i]);
    let entry = EntryKey::derive(key, place.kind, &salt)?;

    let length = parts.iter().map(|p| p.len()).sum::<usize>();
    let mut record = Vec::with_capacity(length + OVERHEAD);
    record.extend_from_slice(&[FORMAT, ALGORITHM]);
    record.extend_from_slice(&term.to_be_bytes());
    record.extend_from_slice(&salt);
    record.extend_from_slice(entry.commitment());
    record.extend_from_slice(&nonce);
    for part in parts {
        record.extend_from_slice(part);
    }
    let aad = place.bind(term, &salt);
    let sealed = entry.cipher().and_then(|cipher| {
        let nonce = Nonce::assume_unique_for_key(nonce);
        Ok(cipher.seal_in_place_separate_tag(nonce, Aad::from(aad.as_slice()), &mut record[HEADER..])?)
    });
    match sealed {
        Ok(tag) => {
            record.extend_from_slice(tag.as_ref());
            Ok((record, stamp(&salt)))
        }
        Err(error) => {
            record.zeroize();
            Err(error.into())
        }
    }
}

/// Opens a record that was sealed for `place`, with the key that `find` knows for its term.
pub(crate) fn open<'k>(
    find: impl FnOnce(u32) -> Option<&'k DerivingKey>,
    place: &Place<'_>,
    record: &[u8],
) -> Result<(Zeroizing<Vec<u8>>, StampBytes), OpenError> {
    open_again(find, place, record, &LastKey::default())
}

/// The same for a record that may have been opened before; `last` keeps its key for the next time.
pub(crate) fn open_again<'k>(
    find: impl FnOnce(u32) -> Option<&'k DerivingKey>,
    place: &Place<'_>,
    record: &[u8],
    last: &LastKey,
) -> Result<(Zeroizing<Vec<u8>>, StampBytes), OpenError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(record.len()));
    let stamp = open_into(&mut plain, find, place, record, last)?;
    Ok((plain, stamp))
}

/// As [`open_again`], in place of whatever `plain` holds; it should have room for the record, so as not to grow and
/// leave something behind.
pub(crate) fn open_into<'k>(
    plain: &mut Zeroizing<Vec<u8>>,
    find: impl FnOnce(u32) -> Option<&'k DerivingKey>,
    place: &Place<'_>,
    record: &[u8],
    last: &LastKey,
) -> Result<StampBytes, OpenError> {
    let header = Header::read(record).ok_or("it is too short")?;
    if header.format != FORMAT {
        return Err("its format is unknown");
    }
    if header.algorithm != ALGORITHM {
        return Err("its algorithm is unknown");
    }
    let key = find(header.term).ok_or("there is no key of its term")?;
    let lent = last
        .of(place.kind, header.term, header.salt, || EntryKey::derive(key, place.kind, header.salt))
        .map_err(|_| "no key can be derived for it")?;
    let entry = lent.key().ok_or("no key can be derived for it")?;
    if !bool::from(entry.commitment().ct_eq(header.commitment)) {
        return Err("it was sealed with another key");
    }
    let aad = place.bind(header.term, header.salt);
    let cipher = entry.cipher().map_err(|_| "no key can be derived for it")?;
    plain.clear();
    plain.extend_from_slice(header.ciphertext);
    let nonce = Nonce::assume_unique_for_key(*header.nonce);
    let length = cipher
        .open_in_place(nonce, Aad::from(aad.as_slice()), plain)
        .map_err(|_| "it is damaged, or belongs to another place")?
        .len();
    plain.truncate(length);
    Ok(stamp(header.salt))
}

/// Which sealing a record claims to be, without opening it: good for telling whether it is one that was opened before.
pub(crate) fn claimed_stamp(record: &[u8]) -> Option<StampBytes> {
    Header::read(record).map(|header| stamp(header.salt))
}

struct Header<'a> {
    format: u8,
    algorithm: u8,
    term: u32,
    salt: &'a [u8; SALT],
    commitment: &'a [u8; CHECK],
    nonce: &'a [u8; NONCE],
    /// With the tag.
    ciphertext: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(record: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let header = Self {
            format: reader.u8()?,
            algorithm: reader.u8()?,
            term: reader.u32()?,
            salt: reader.array()?,
            commitment: reader.array()?,
            nonce: reader.array()?,
            ciphertext: reader.rest(),
        };
        (header.ciphertext.len() >= TAG).then_some(header)
    }
}

/// The key of one record, and what commits to it.
pub(crate) struct EntryKey(Zeroizing<[u8; KEY + CHECK]>);

impl EntryKey {
    pub(crate) fn derive(key: &DerivingKey, kind: u8, salt: &[u8; SALT]) -> Result<Self, CryptoError> {
        let mut material = Zeroizing::new([0; KEY + CHECK]);
        key.expand(&[b"kvd/entry/1", &[kind], salt], &mut *material)?;
        Ok(Self(material))
    }

    fn cipher(&self) -> Result<LessSafeKey, CryptoError> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0[..KEY])?))
    }

    pub(crate) fn commitment(&self) -> &[u8] {
        &self.0[KEY..]
    }
}

fn stamp(salt: &[u8; SALT]) -> StampBytes {
    let [a, b, c, d, e, f, g, h, ..] = *salt;
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_types::SystemEntropy;
    use proptest::prelude::*;

    const INSTANCE: InstanceId = [3; 16];

    fn place(key: &[u8]) -> Place<'_> {
        Place { kind: 1, instance: &INSTANCE, namespace: 0, table: 1, version: 7, key }
    }

    fn sealed(key: &DerivingKey, plain: &[u8]) -> Vec<u8> {
        seal((5, key), &place(b"here"), &[plain], &SystemEntropy).ok().unwrap().0
    }

    fn opened(key: &DerivingKey, place: &Place<'_>, record: &[u8]) -> Result<Vec<u8>, OpenError> {
        open(|term| (term == 5).then_some(key), place, record).map(|(plain, _)| plain.to_vec())
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = DerivingKey::new(&[1; KEY]);
        let record = sealed(&key, b"plain");
        assert_eq!(opened(&key, &place(b"here"), &record).unwrap(), b"plain");
        for bit in 0..record.len() * 8 {
            let mut changed = record.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let reason = opened(&key, &place(b"here"), &changed).unwrap_err();
            let expected = match bit / 8 {
                0 => "its format is unknown",
                1 => "its algorithm is unknown",
                2..6 => "there is no key of its term",
                6..38 => "it was sealed with another key",
                _ => "it is damaged, or belongs to another place",
            };
            assert_eq!(reason, expected, "bit {bit}");
        }
    }

    #[test]
    fn every_length_but_the_right_one_is_an_error() {
        let key = DerivingKey::new(&[1; KEY]);
        let record = sealed(&key, b"");
        assert_eq!(record.len(), OVERHEAD);
        for length in 0..record.len() {
            assert!(opened(&key, &place(b"here"), &record[..length]).is_err(), "{length}");
        }
        let longer = [record.as_slice(), &[0]].concat();
        assert!(opened(&key, &place(b"here"), &longer).is_err());
    }

    #[test]
    fn a_record_opens_in_its_place_only() {
        let key = DerivingKey::new(&[1; KEY]);
        let record = sealed(&key, b"plain");
        let there = [9; 16];
        for other in [
            Place { kind: 2, ..place(b"here") },
            Place { instance: &there, ..place(b"here") },
            Place { namespace: 1, ..place(b"here") },
            Place { table: 2, ..place(b"here") },
            Place { version: 8, ..place(b"here") },
            place(b"there"),
            place(b"her"),
            place(b""),
        ] {
            assert!(opened(&key, &other, &record).is_err());
        }
        let another = DerivingKey::new(&[2; KEY]);
        assert_eq!(opened(&another, &place(b"here"), &record), Err("it was sealed with another key"));
    }

    /// Test vectors of Project Wycheproof: the library under the records is the one that we think it is.
    #[test]
    fn the_cipher_passes_wycheproof() {
        let file = include_str!("../tests/vectors/wycheproof-aes-256-gcm.json");
        let file = serde_json::from_str::<serde_json::Value>(file).unwrap();
        let mut count = 0;
        for test in file["tests"].as_array().unwrap() {
            let field = |name: &str| hex::decode(test[name].as_str().unwrap()).unwrap();
            let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &field("key")).unwrap());
            let nonce = || Nonce::try_assume_unique_for_key(&field("iv")).unwrap();
            let whole = [field("ct"), field("tag")].concat();
            let mut buffer = whole.clone();
            let opened = cipher.open_in_place(nonce(), Aad::from(field("aad")), &mut buffer);
            if test["result"] == "valid" {
                assert_eq!(opened.unwrap(), field("msg"), "{}", test["tcId"]);
                let mut buffer = field("msg");
                cipher.seal_in_place_append_tag(nonce(), Aad::from(field("aad")), &mut buffer).unwrap();
                assert_eq!(buffer, whole, "{}", test["tcId"]);
            } else {
                assert!(opened.is_err(), "{}", test["tcId"]);
            }
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..4),
            key in prop::collection::vec(any::<u8>(), 0..=MAX_KEY),
        ) {
            let master = DerivingKey::new(&[1; KEY]);
            let slices = parts.iter().map(Vec::as_slice).collect::<Vec<_>>();
            let (record, stamp) = seal((5, &master), &place(&key), &slices, &SystemEntropy).ok().unwrap();
            prop_assert_eq!(record.len(), parts.concat().len() + OVERHEAD);
            let (plain, found) = open(|_| Some(&master), &place(&key), &record).unwrap();
            prop_assert_eq!(&*plain, &parts.concat());
            prop_assert_eq!(stamp, found);
        }

        #[test]
        fn any_bytes_are_refused_in_peace(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let master = DerivingKey::new(&[1; KEY]);
            prop_assert!(open(|_| Some(&master), &place(b""), &bytes).is_err());
        }
    }
}
