//! Many secrets in one call.

use crate::{
    Client, Error, Kv, SecretVersion, VersionFacts,
    calls::Effect::{Reads, Writes},
};
use kvd_proto::v1::{
    BatchGetRequest, DeleteRequest, GetRequest, GetResponse, PatchRequest, PutRequest, TransactRequest,
    TransactStep, batch_get_result::Outcome, kv_client::KvClient, transact_step,
};
use serde::Serialize;
use tonic::{Code, Status};

impl Kv {
    /// Reads the newest versions of many secrets at once, at most 1,000; each has a result of its own, in the order of
    /// the paths.
    ///
    /// # Errors
    /// When the whole is refused; see [`Error`].
    pub async fn get_many<P: AsRef<str>>(
        &self,
        paths: &[P],
    ) -> Result<Vec<Result<SecretVersion, Error>>, Error> {
        let read = |path: &P| GetRequest {
            mount: self.mount.clone(),
            path: path.as_ref().to_owned(),
            version: None,
        };
        let message = BatchGetRequest { reads: paths.iter().map(read).collect() };
        let told = self
            .session
            .run(Reads, message, async |channel, request| KvClient::new(channel).batch_get(request).await)
            .await?;
        Ok(told.results.into_iter().map(|told| result(told.outcome)).collect())
    }
}

fn result(outcome: Option<Outcome>) -> Result<SecretVersion, Error> {
    match outcome {
        Some(Outcome::Version(version)) => {
            GetResponse { header: None, data: version.data, metadata: version.metadata }.try_into()
        }
        Some(Outcome::Refusal(refusal)) => {
            let code = i32::try_from(refusal.code).map_or(Code::Unknown, Code::from_i32);
            Err(Status::new(code, refusal.message).into())
        }
        None => Err(Error::Server),
    }
}

/// Changes that take effect together or not at all, in the order in which they are added; at most 100.
#[derive(Clone, Default)]
pub struct Transaction {
    steps: Vec<TransactStep>,
}

/// Where a change of a [`Transaction`] is made, and on which condition.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The mount, such as `secret`.
    pub mount: &'a str,
    /// The secret below it.
    pub path: &'a str,
    /// The number that the newest version must have, 0 for a secret that must not exist; not looked at when absent.
    pub expected: Option<u64>,
}

impl Transaction {
    /// No changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a new version.
    ///
    /// # Errors
    /// [`Error::Form`] when `value` cannot be written as JSON.
    pub fn put(self, change: Change<'_>, value: &impl Serialize) -> Result<Self, Error> {
        let Change { mount, path, expected } = change;
        let data = serde_json::to_vec(value).map_err(|_| Error::Form)?;
        let message = PutRequest { mount: mount.to_owned(), path: path.to_owned(), data, cas: expected };
        Ok(self.with(transact_step::Change::Put(message)))
    }

    /// Writes a new version made of the newest one and a JSON merge patch (RFC 7396).
    ///
    /// # Errors
    /// [`Error::Form`] when `changes` cannot be written as JSON.
    pub fn patch(self, change: Change<'_>, changes: &impl Serialize) -> Result<Self, Error> {
        let Change { mount, path, expected } = change;
        let data = serde_json::to_vec(changes).map_err(|_| Error::Form)?;
        let message = PatchRequest { mount: mount.to_owned(), path: path.to_owned(), data, cas: expected };
        Ok(self.with(transact_step::Change::Patch(message)))
    }

    /// Deletes the newest version, so that it can be brought back.
    #[must_use]
    pub fn delete(self, mount: &str, path: &str) -> Self {
        let message = DeleteRequest { mount: mount.to_owned(), path: path.to_owned(), versions: Vec::new() };
        self.with(transact_step::Change::Delete(message))
    }

    fn with(mut self, change: transact_step::Change) -> Self {
        self.steps.push(TransactStep { change: Some(change) });
        self
    }
}

impl Client {
    /// Makes all changes or none; the versions that they have written, in the order of the changes, none for those
    /// that write none.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a secret has another version than expected; otherwise see [`Error`]. Nothing has
    /// changed then, unless the error is one of the connection.
    pub async fn transact(&self, transaction: Transaction) -> Result<Vec<Option<VersionFacts>>, Error> {
        let message = TransactRequest { steps: transaction.steps };
        let told = self
            .session
            .run(Writes, message, async |channel, request| KvClient::new(channel).transact(request).await)
            .await?;
        Ok(told.results.into_iter().map(|told| told.metadata.map(Into::into)).collect())
    }
}
