//! Records by name in one folder, such as the roles of a method, and the endpoints that all of them have alike.

use crate::{name, record};
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_storage::{Page, Table, View, ViewTx, transact};
use kvd_types::{Fault, Reply};
use serde::{Serialize, de::DeserializeOwned};
use std::{marker::PhantomData, time::Duration};

/// The records of one kind.
pub(crate) struct Named<T> {
    folder: &'static str,
    /// What the routes call the name in a path.
    parameter: &'static str,
    kind: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Named<T> {
    pub(crate) const fn new(folder: &'static str, parameter: &'static str) -> Self {
        Self { folder, parameter, kind: PhantomData }
    }

    /// The name in the path, in the spelling that is stored.
    ///
    /// # Errors
    /// When it is no name: then there is no such path.
    pub(crate) fn name(&self, request: &Request<'_>) -> Result<String, Fault> {
        name::parse(request.params.get(self.parameter)).ok_or_else(Fault::unsupported_path)
    }

    /// The record of that name.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn find(&self, view: &dyn View, name: &str) -> Result<Option<T>, Fault> {
        record::read(view, record::slot(self.folder, name)).await
    }

    /// The same within a transaction.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn find_in(&self, tx: &mut dyn ViewTx, name: &str) -> Result<Option<T>, Fault> {
        record::read_in(tx, record::slot(self.folder, name))
    }

    /// All names.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn names(&self, view: &dyn View) -> Result<Vec<String>, Fault> {
        Ok(view.list(Table::Heads, self.folder, Page::default()).await?)
    }

    /// Answers with all names.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) async fn list(&self, request: Request<'_>) -> Result<Reply, Fault> {
        Reply::listing(self.names(&**request.view).await?)
    }

    /// Whether a write is an update.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn exists(&self, request: Request<'_>) -> Result<bool, Fault> {
        match name::parse(request.params.get(self.parameter)) {
            Some(name) => Ok(self.find(&**request.view, &name).await?.is_some()),
            None => Ok(true),
        }
    }

    /// Puts a record in the place of whatever stands there.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn replace(&self, view: &dyn View, name: &str, record: T) -> Result<(), Fault>
    where
        T: Sync,
    {
        let (name, folder) = (name.to_owned(), self.folder);
        transact(view, move |tx| record::write(tx, record::slot(folder, &name), &record)).await
    }

    /// Removes the record that the path names, if there is one.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn delete(&self, request: Request<'_>) -> Result<Reply, Fault> {
        let (name, folder) = (self.name(&request)?, self.folder);
        transact(&**request.view, move |tx| -> Result<(), Fault> {
            tx.delete(record::slot(folder, &name));
            Ok(())
        })
        .await?;
        Ok(Reply::empty())
    }
}

/// How long leases of a mount last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leases {
    /// Where nobody says otherwise.
    pub(crate) default: Duration,
    /// At most.
    pub(crate) max: Duration,
}

/// A record whose fields a body names one by one.
pub(crate) trait Fields: Default {
    /// Takes over what a body says of the record `name`.
    ///
    /// # Errors
    /// When a value makes no sense, by itself or beside the others.
    fn apply(
        &mut self,
        name: &str,
        input: Input<'_>,
        leases: Leases,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault>;

    /// Writes all fields.
    fn show(&self, w: &mut Writer);
}

impl<T: Fields + Serialize + DeserializeOwned + Send + 'static> Named<T> {
    /// Answers with the record that the path names.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn read(&self, request: Request<'_>) -> Result<Reply, Fault> {
        let found = self.find(&**request.view, &self.name(&request)?).await?.ok_or_else(Fault::absent)?;
        Ok(Reply::object(|w| found.show(w)))
    }

    /// Makes the record that the path names, or changes what the body names of it.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(crate) async fn write(&self, request: Request<'_>) -> Result<Reply, Fault> {
        let (name, folder, body) = (self.name(&request)?, self.folder, request.data().clone());
        let leases = Leases { default: request.mount.default_lease, max: request.mount.max_lease };
        let warnings = transact(&**request.view, move |tx| -> Result<Vec<String>, Fault> {
            let slot = record::slot(folder, &name);
            let mut record: T = record::read_in(tx, slot)?.unwrap_or_default();
            let mut warnings = Vec::new();
            record.apply(&name, Input::new(&body), leases, &mut warnings)?;
            record::write(tx, slot, &record)?;
            Ok(warnings)
        })
        .await?;
        Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
    }
}
