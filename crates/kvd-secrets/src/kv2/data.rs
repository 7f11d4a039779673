//! `data/{path*}`: reads, writes and deletes versions of a secret.

use super::{
    Engine,
    cas::Cas,
    draft::{Draft, Made},
    entry::{Author, Deed, Entry},
    layout,
    look::{self, Version},
    show,
};
use crate::{
    fetch::{contains, warm},
    key,
};
use kvd_backend::{Input, Request, field_error};
use kvd_json::{Value, Writer};
use kvd_storage::{ViewError, transact};
use kvd_types::{Fault, Reply, Secret, Status};
use std::sync::Arc;

/// Whether a write is an update: the secret has metadata, be it without a version.
pub(super) async fn exists(_: &Engine, request: Request<'_>) -> Result<bool, Fault> {
    let Some(key) = key::secret(&request) else { return Ok(false) };
    Ok(contains(&**request.view, layout::head(key)).await?)
}

/// The newest version, or the one that `version` names.
pub(super) async fn read(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let version = find(&request).await?;
    let status = if version.body.is_some() { Status::Done } else { Status::Absent };
    let body = stored(&version)?;
    let mut w = Writer::with_capacity(body.text().len() + 256);
    w.begin_object();
    w.key("data");
    w.raw(body);
    w.key("metadata");
    version.describe(&mut w)?;
    w.end_object();
    Ok(Reply::data(w.finish()).with_status(status))
}

/// The version that a read asks for.
///
/// # Errors
/// When there is none, or the number is none.
pub(super) async fn find(request: &Request<'_>) -> Result<Version, Fault> {
    let wanted = match Input::new(request.data()).int("version")? {
        None | Some(0) => None,
        Some(n) => Some(u64::try_from(n).map_err(|_| field_error("version"))?),
    };
    let key = key::secret(request).ok_or_else(Fault::absent)?;
    look::version(&**request.view, key, wanted, request.now).await?.ok_or_else(Fault::absent)
}

/// The body of a version; `null` when it is hidden.
pub(super) fn stored(version: &Version) -> Result<Value<'_>, Fault> {
    let Some(body) = &version.body else { return Ok(Value::NULL) };
    Value::from_stored(body.plain.expose())
        .map_err(|_| ViewError::Malformed { what: "a version's body" }.into())
}

/// Writes a new version.
pub(super) async fn write(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let path = key::written(&request)?.to_owned();
    let body = Secret::new(provided(&request)?.unwrap_or("{}").as_bytes().to_vec());
    let cas = Cas::parse(Input::new(request.data()))?;
    let settings = engine.settings.get(&**request.view).await?;
    let (clock, author) = (Arc::clone(request.clock), Author::from(request.caller));
    warm(&**request.view, layout::head(&path)).await?;
    let written = transact(&**request.view, move |tx| -> Result<Written, Fault> {
        let now = clock.now();
        let mut draft = Draft::open_or_new(tx, &path, now)?;
        let facts = draft.head().facts;
        cas.check(facts.current, settings.cas_required || facts.cas_required)?;
        let deed = if draft.is_new() { Deed::Create } else { Deed::Update };
        let entry = draft.append(body.expose(), &Made { at: now, by: &author, deed }, &settings)?;
        Written::save(draft, entry)
    })
    .await?;
    written.finish(&request).await
}

/// The member `data` of the body; none when it is `null`, which stands for an empty secret.
pub(super) fn provided<'a>(request: &Request<'a>) -> Result<Option<&'a str>, Fault> {
    let input = Input::new(request.data());
    if !input.has("data") {
        return Err(Fault::invalid("no data provided"));
    }
    Ok(input.object("data")?.map(Value::text))
}

/// What is told of a version that was written.
pub(super) struct Written {
    number: u64,
    entry: Entry,
    custom: Option<String>,
    is_unswept: bool,
}

impl Written {
    /// Saves the secret to which `entry` was added.
    pub(super) fn save(draft: Draft<'_>, entry: Entry) -> Result<Self, Fault> {
        let (number, custom) = (draft.head().facts.current, draft.head().custom.clone());
        Ok(Self { number, entry, custom, is_unswept: draft.save()? })
    }

    /// Removes the bodies that the write's own transaction has left over, and answers.
    pub(super) async fn finish(mut self, request: &Request<'_>) -> Result<Reply, Fault> {
        while self.is_unswept {
            let path = key::written(request)?.to_owned();
            self.is_unswept = transact(&**request.view, move |tx| -> Result<bool, Fault> {
                let Some(mut draft) = Draft::open(tx, &path)? else { return Ok(false) };
                draft.head_mut();
                Ok(draft.save()?)
            })
            .await?;
        }
        Ok(Reply::object(|w| show::version(w, self.number, &self.entry, self.custom.as_deref())))
    }
}

/// Deletes the newest version, so that it can be brought back.
pub(super) async fn delete(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let Some(path) = key::secret(&request).map(str::to_owned) else { return Ok(Reply::empty()) };
    let (clock, author) = (Arc::clone(request.clock), Author::from(request.caller));
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let Some(mut draft) = Draft::open(tx, &path)? else { return Ok(()) };
        let current = draft.head().facts.current;
        draft.hide(current, &author, clock.now())?;
        draft.save()?;
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}
