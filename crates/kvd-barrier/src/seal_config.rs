//! What may be known of a sealed vault: how many shares there are, and which set of them is the present one.

use crate::{codec::Reader, core_record::CoreRecord, error::BarrierError, shamir::ShareParams};
use bytes::Bytes;
use kvd_storage::{Store, Table};
use kvd_types::{Entropy, EntropyError};
use uuid::Uuid;

/// The shares of a vault, as they are shown while it is sealed.
///
/// Nobody can vouch for it until the vault is open: the root key is bound to it, so a changed one is noticed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealConfig {
    /// How many shares there are and how many are needed.
    pub params: ShareParams,
    /// Names this set of shares; every new set has another.
    pub nonce: Uuid,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealStatus {
    /// No vault.
    Uninitialized,
    /// A vault that these shares open.
    Initialized(SealConfig),
}

/// Two counts and the nonce.
pub(crate) const ENCODED: usize = 1 + 1 + 16;

impl SealConfig {
    pub(crate) fn draw(params: ShareParams, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        draw_uuid(entropy).map(|nonce| Self { params, nonce })
    }

    pub(crate) fn encode(&self) -> [u8; ENCODED] {
        let mut out = [0; ENCODED];
        out[0] = self.params.shares();
        out[1] = self.params.threshold();
        out[2..].copy_from_slice(self.nonce.as_bytes());
        out
    }

    pub(crate) fn decode(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let params = ShareParams::new(i64::from(reader.u8()?), i64::from(reader.u8()?)).ok()?;
        let nonce = Uuid::from_bytes(*reader.array()?);
        reader.end()?;
        Some(Self { params, nonce })
    }
}

/// What `store` holds.
///
/// # Errors
/// When reading fails, or the record that says it is damaged or missing where there are others of a vault.
pub(crate) async fn status(store: &dyn Store) -> Result<SealStatus, BarrierError> {
    let record = CoreRecord::SealConfig;
    if let Some(framed) = get(store, record).await? {
        let body = record.unframe(&framed)?;
        let config = SealConfig::decode(&body).ok_or(record.damaged("its content is unknown"))?;
        return Ok(SealStatus::Initialized(config));
    }
    for other in CoreRecord::ALL {
        // The remains of a vault must not pass for an empty store, which would invite to write over them.
        if get(store, other).await?.is_some() {
            return Err(record.damaged("it is missing"));
        }
    }
    Ok(SealStatus::Uninitialized)
}

/// A framed core record.
pub(crate) async fn get(store: &dyn Store, record: CoreRecord) -> Result<Option<Bytes>, BarrierError> {
    Ok(store.get(Table::System, record.key().as_bytes()).await?)
}

/// A random UUID.
pub(crate) fn draw_uuid(entropy: &dyn Entropy) -> Result<Uuid, EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
