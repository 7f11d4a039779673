//! The secrets of one mount.

use crate::{
    Error, SecretMetadata, SecretVersion, VersionFacts,
    calls::Effect::{Reads, Writes},
    session::Session,
};
use kvd_proto::v1::{
    CustomMetadata, DeleteMetadataRequest, DeleteRequest, DestroyRequest, GetMetadataRequest, GetRequest,
    ListRequest, PatchRequest, PutMetadataRequest, PutRequest, UndeleteRequest, kv_client::KvClient,
};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The secrets of a mount of type `kv`, version 2.
#[derive(Clone)]
pub struct Kv {
    pub(crate) session: Arc<Session>,
    pub(crate) mount: String,
}

/// Which names of a folder to give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only names after this one.
    pub after: String,
    /// At most so many; 0 for all.
    pub limit: u32,
}

/// What to change of a secret beside its values; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataChange {
    /// How many versions to keep; 0 for what the mount says.
    pub max_versions: Option<u64>,
    /// Whether writes must say which version they expect.
    pub cas_required: Option<bool>,
    /// How long after its writing a version is deleted; zero for what the mount says.
    pub delete_version_after: Option<Duration>,
    /// Texts of the user's own, in place of all that are there.
    pub custom_metadata: Option<HashMap<String, String>>,
}

/// Makes one call: the method of the generated client, its effect, and its message.
macro_rules! call {
    ($kv:ident, $effect:ident, $method:ident, $message:expr) => {
        $kv.session
            .run($effect, $message, async |channel, request| KvClient::new(channel).$method(request).await)
            .await
    };
}

impl Kv {
    pub(crate) fn new(session: Arc<Session>, mount: String) -> Self {
        Self { session, mount }
    }

    /// Reads the newest version.
    ///
    /// # Errors
    /// [`Error::Deleted`] when that version is deleted; otherwise see [`Error`].
    pub async fn get(&self, path: &str) -> Result<SecretVersion, Error> {
        self.read(path, None).await
    }

    /// Reads the version of that number.
    ///
    /// # Errors
    /// [`Error::Deleted`] when that version is deleted or destroyed; otherwise see [`Error`].
    pub async fn get_version(&self, path: &str, version: u64) -> Result<SecretVersion, Error> {
        self.read(path, Some(version)).await
    }

    async fn read(&self, path: &str, version: Option<u64>) -> Result<SecretVersion, Error> {
        let message = GetRequest { mount: self.mount.clone(), path: path.to_owned(), version };
        call!(self, Reads, get, message)?.try_into()
    }

    /// Writes a new version. `value` must become a JSON object.
    ///
    /// # Errors
    /// [`Error::Form`] when `value` cannot be written as JSON; otherwise see [`Error`].
    pub async fn put(&self, path: &str, value: &impl Serialize) -> Result<VersionFacts, Error> {
        self.write(path, value, None).await
    }

    /// Writes a new version if the newest one has the number `expected`; 0 stands for a secret that does not exist.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it has another; otherwise as [`Kv::put`].
    pub async fn put_if(
        &self,
        path: &str,
        value: &impl Serialize,
        expected: u64,
    ) -> Result<VersionFacts, Error> {
        self.write(path, value, Some(expected)).await
    }

    async fn write(
        &self,
        path: &str,
        value: &impl Serialize,
        cas: Option<u64>,
    ) -> Result<VersionFacts, Error> {
        let data = serde_json::to_vec(value).map_err(|_| Error::Form)?;
        let message = PutRequest { mount: self.mount.clone(), path: path.to_owned(), data, cas };
        Ok(call!(self, Writes, put, message)?.metadata.unwrap_or_default().into())
    }

    /// Writes a new version made of the newest one and a JSON merge patch (RFC 7396).
    ///
    /// # Errors
    /// [`Error::Form`] when `changes` cannot be written as JSON; otherwise see [`Error`].
    pub async fn patch(&self, path: &str, changes: &impl Serialize) -> Result<VersionFacts, Error> {
        let data = serde_json::to_vec(changes).map_err(|_| Error::Form)?;
        let message = PatchRequest { mount: self.mount.clone(), path: path.to_owned(), data, cas: None };
        Ok(call!(self, Writes, patch, message)?.metadata.unwrap_or_default().into())
    }

    /// Deletes the newest version, so that it can be brought back.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        self.delete_versions(path, &[]).await
    }

    /// Deletes the versions of those numbers, so that they can be brought back; the newest one when there are none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_versions(&self, path: &str, versions: &[u64]) -> Result<(), Error> {
        let message =
            DeleteRequest { mount: self.mount.clone(), path: path.to_owned(), versions: versions.to_vec() };
        call!(self, Writes, delete, message).map(|_| ())
    }

    /// Brings deleted versions back.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn undelete(&self, path: &str, versions: &[u64]) -> Result<(), Error> {
        let message =
            UndeleteRequest { mount: self.mount.clone(), path: path.to_owned(), versions: versions.to_vec() };
        call!(self, Writes, undelete, message).map(|_| ())
    }

    /// Removes versions for good.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn destroy(&self, path: &str, versions: &[u64]) -> Result<(), Error> {
        let message =
            DestroyRequest { mount: self.mount.clone(), path: path.to_owned(), versions: versions.to_vec() };
        call!(self, Writes, destroy, message).map(|_| ())
    }

    /// The names directly below a folder, sorted; those of folders end in a slash. No names when there is no such folder.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(&self, folder: &str, page: Page) -> Result<Vec<String>, Error> {
        let Page { after, limit } = page;
        self.names(ListRequest {
            mount: self.mount.clone(),
            path: folder.to_owned(),
            after,
            limit,
            recursive: false,
        })
        .await
    }

    /// The paths of all secrets below a folder, seen from there; needs the right to scan.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_recursive(&self, folder: &str) -> Result<Vec<String>, Error> {
        let (mount, path) = (self.mount.clone(), folder.to_owned());
        self.names(ListRequest { mount, path, recursive: true, ..ListRequest::default() }).await
    }

    async fn names(&self, message: ListRequest) -> Result<Vec<String>, Error> {
        match call!(self, Reads, list, message) {
            Ok(answer) => Ok(answer.names),
            Err(Error::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What is kept of a secret beside its values.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn metadata(&self, path: &str) -> Result<SecretMetadata, Error> {
        let message = GetMetadataRequest { mount: self.mount.clone(), path: path.to_owned() };
        Ok(call!(self, Reads, get_metadata, message)?.into())
    }

    /// Changes what is kept of a secret beside its values.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_metadata(&self, path: &str, change: MetadataChange) -> Result<(), Error> {
        let after = change.delete_version_after.map(prost_types::Duration::try_from).transpose();
        let message = PutMetadataRequest {
            mount: self.mount.clone(),
            path: path.to_owned(),
            max_versions: change.max_versions,
            cas_required: change.cas_required,
            delete_version_after: after.map_err(|_| Error::Unsendable("duration"))?,
            custom_metadata: change.custom_metadata.map(|entries| CustomMetadata { entries }),
            metadata_cas: None,
        };
        call!(self, Writes, put_metadata, message).map(|_| ())
    }

    /// Removes a secret with all its versions for good.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn remove(&self, path: &str) -> Result<(), Error> {
        let message = DeleteMetadataRequest { mount: self.mount.clone(), path: path.to_owned() };
        call!(self, Writes, delete_metadata, message).map(|_| ())
    }
}
