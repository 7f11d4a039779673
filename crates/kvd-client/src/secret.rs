//! What is read of a secret.

use crate::Error;
use kvd_proto::v1::{GetMetadataResponse, GetResponse, VersionMetadata};
use kvd_types::Secret;
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};

/// A version of a secret; its value is not shown by `Debug`, and wiped when dropped.
#[derive(Clone, Debug)]
pub struct SecretVersion {
    data: Secret<Vec<u8>>,
    /// What is kept of the version.
    pub facts: VersionFacts,
    /// Texts of the user's own, which belong to the secret.
    pub custom_metadata: HashMap<String, String>,
}

impl SecretVersion {
    /// The value, a JSON object with every digit of its numbers.
    pub fn json(&self) -> &[u8] {
        self.data.expose()
    }

    /// The value as a type of the program's own.
    ///
    /// # Errors
    /// [`Error::Form`] when it does not have that form.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.json()).map_err(|_| Error::Form)
    }

    /// One text of the value; none when there is no member of that name, or it is no text.
    pub fn text(&self, name: &str) -> Option<String> {
        let members: BTreeMap<String, &serde_json::value::RawValue> =
            serde_json::from_slice(self.json()).ok()?;
        serde_json::from_str(members.get(name)?.get()).ok()
    }
}

impl TryFrom<GetResponse> for SecretVersion {
    type Error = Error;

    fn try_from(told: GetResponse) -> Result<Self, Error> {
        let mut metadata = told.metadata.unwrap_or_default();
        let data = told.data.ok_or(Error::Deleted { version: metadata.version })?;
        let custom_metadata = std::mem::take(&mut metadata.custom_metadata);
        Ok(Self { data: Secret::new(data), facts: metadata.into(), custom_metadata })
    }
}

/// What is kept of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFacts {
    /// The number of the version; the first one is 1.
    pub version: u64,
    /// When it was written.
    pub created: Option<SystemTime>,
    /// When it was or will be deleted.
    pub deletion: Option<SystemTime>,
    /// Whether its value is gone for good.
    pub destroyed: bool,
}

impl From<VersionMetadata> for VersionFacts {
    fn from(told: VersionMetadata) -> Self {
        Self {
            version: told.version,
            created: time(told.created_time),
            deletion: time(told.deletion_time),
            destroyed: told.destroyed,
        }
    }
}

/// What is kept of a secret beside its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMetadata {
    /// The number of the newest version; 0 when there is none.
    pub current_version: u64,
    /// When the secret was made.
    pub created: Option<SystemTime>,
    /// When it was last changed.
    pub updated: Option<SystemTime>,
    /// How many versions are kept; 0 for what the mount says.
    pub max_versions: u64,
    /// Whether writes must say which version they expect.
    pub cas_required: bool,
    /// How long after its writing a version is deleted; zero for never.
    pub delete_version_after: Duration,
    /// Texts of the user's own.
    pub custom_metadata: HashMap<String, String>,
    /// The versions by number.
    pub versions: BTreeMap<u64, VersionFacts>,
}

impl From<GetMetadataResponse> for SecretMetadata {
    fn from(told: GetMetadataResponse) -> Self {
        let delete_version_after = told.delete_version_after.and_then(|length| length.try_into().ok());
        Self {
            current_version: told.current_version,
            created: time(told.created_time),
            updated: time(told.updated_time),
            max_versions: told.max_versions,
            cas_required: told.cas_required,
            delete_version_after: delete_version_after.unwrap_or_default(),
            custom_metadata: told.custom_metadata,
            versions: told.versions.into_iter().map(|(number, version)| (number, version.into())).collect(),
        }
    }
}

fn time(told: Option<prost_types::Timestamp>) -> Option<SystemTime> {
    told.and_then(|told| told.try_into().ok())
}
