//! `metadata/{path*}`: what is kept of a secret beside its values.

use super::{
    Engine,
    config::{flag, max_versions, number},
    custom,
    draft::Draft,
    entry::{Author, Deed},
    head::Head,
    layout, look,
    settings::Settings,
    show,
};
use crate::{fetch::warm, key};
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_storage::transact;
use kvd_types::{Fault, Reply, Status};
use std::sync::Arc;

/// Shows everything but the values.
pub(super) async fn read(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let key = key::secret(&request).ok_or_else(Fault::absent)?;
    let history = look::history(&**request.view, key).await?.ok_or_else(Fault::absent)?;
    let mut w = Writer::new();
    w.begin_object();
    show::metadata(&mut w, &history)?;
    w.end_object();
    Ok(Reply::data(w.finish()))
}

/// Sets what is given, of a secret that need not have a version yet.
pub(super) async fn write(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let changes = Changes::parse(&request, false)?;
    let path = key::written(&request)?.to_owned();
    if changes.is_empty() {
        return Ok(Reply::empty());
    }
    let settings = engine.settings.get(&**request.view).await?;
    let warnings = changes.warnings(&settings);
    let (clock, author) = (Arc::clone(request.clock), Author::from(request.caller));
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let now = clock.now();
        let mut draft = Draft::open_or_new(tx, &path, now)?;
        let deed = if draft.is_new() { Deed::Create } else { Deed::Update };
        changes.check_cas(draft.head(), draft.is_new(), &settings)?;
        let head = draft.head_mut();
        changes.apply(head)?;
        head.facts.updated = now;
        head.facts.updated_by = head.authors.mark(&author, deed);
        draft.save()?;
        Ok(())
    })
    .await?;
    Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
}

/// Changes what is given, of a secret that is there.
pub(super) async fn patch(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let changes = Changes::parse(&request, true)?;
    if changes.is_empty() {
        return Ok(Reply::empty());
    }
    let path = key::written(&request)?.to_owned();
    let settings = engine.settings.get(&**request.view).await?;
    let warnings = changes.warnings(&settings);
    let (clock, author) = (Arc::clone(request.clock), Author::from(request.caller));
    warm(&**request.view, layout::head(&path)).await?;
    let found = transact(&**request.view, move |tx| -> Result<bool, Fault> {
        let Some(mut draft) = Draft::open(tx, &path)? else { return Ok(false) };
        changes.check_cas(draft.head(), false, &settings)?;
        let head = draft.head_mut();
        changes.apply(head)?;
        head.facts.updated = clock.now();
        head.facts.updated_by = head.authors.mark(&author, Deed::Patch);
        draft.save()?;
        Ok(true)
    })
    .await?;
    if !found {
        // Without any body, by which clients tell it from a refusal.
        return Ok(Reply::empty().with_status(Status::Absent));
    }
    Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
}

/// Removes a secret with all its versions.
pub(super) async fn delete(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let Some(path) = key::secret(&request).map(str::to_owned) else { return Ok(Reply::empty()) };
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        if let Some(draft) = Draft::open(tx, &path)? {
            draft.delete()?;
        }
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// What a body asks to be set.
struct Changes {
    metadata_cas: Option<i64>,
    max_versions: Option<u32>,
    cas_required: Option<bool>,
    metadata_cas_required: Option<bool>,
    delete_version_after_seconds: Option<u64>,
    custom: Option<custom::Change>,
}

impl Changes {
    fn parse(request: &Request<'_>, is_patch: bool) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        Ok(Self {
            metadata_cas: number(input, "metadata_cas")?,
            max_versions: max_versions(input)?,
            cas_required: flag(input, "cas_required")?,
            metadata_cas_required: flag(input, "metadata_cas_required")?,
            delete_version_after_seconds: input.duration("delete_version_after")?.map(|d| d.as_secs()),
            custom: custom::Change::parse(input, is_patch)?,
        })
    }

    /// Whether there is nothing to set; a check-and-set number alone sets nothing.
    fn is_empty(&self) -> bool {
        self.max_versions.is_none()
            && self.cas_required.is_none()
            && self.metadata_cas_required.is_none()
            && self.delete_version_after_seconds.is_none()
            && self.custom.is_none()
    }

    fn warnings(&self, settings: &Settings) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.cas_required == Some(false) && settings.cas_required {
            warnings.push(
                "\"cas_required\" set to false, but is mandated by backend config. This value will be ignored.",
            );
        }
        if self.metadata_cas_required == Some(false) && settings.metadata_cas_required {
            warnings.push(
                "\"metadata_cas_required\" set to false, but is mandated by backend config. This value will be \
                 ignored.",
            );
        }
        warnings
    }

    fn check_cas(&self, head: &Head, is_new: bool, settings: &Settings) -> Result<(), Fault> {
        let is_required = settings.metadata_cas_required || head.facts.metadata_cas_required;
        match self.metadata_cas.map(u64::try_from) {
            None if is_required => {
                Err(Fault::invalid("metadata check-and-set parameter required for this call"))
            }
            None => Ok(()),
            Some(Ok(n)) if n == head.facts.metadata_version => Ok(()),
            Some(_) if is_new => Err(Fault::invalid("metadata_cas must be 0 when creating new metadata")),
            Some(_) => {
                Err(Fault::invalid("metadata check-and-set parameter does not match the current version"))
            }
        }
    }

    fn apply(&self, head: &mut Head) -> Result<(), Fault> {
        if let Some(change) = &self.custom {
            head.custom = change.apply(head.custom.as_deref())?;
        }
        let facts = &mut head.facts;
        facts.metadata_version = facts.metadata_version.saturating_add(1);
        facts.max_versions = self.max_versions.unwrap_or(facts.max_versions);
        facts.cas_required = self.cas_required.unwrap_or(facts.cas_required);
        facts.metadata_cas_required = self.metadata_cas_required.unwrap_or(facts.metadata_cas_required);
        facts.delete_version_after_seconds =
            self.delete_version_after_seconds.unwrap_or(facts.delete_version_after_seconds);
        Ok(())
    }
}
