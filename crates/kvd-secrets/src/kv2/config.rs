//! `config`: the settings of the mount.

use super::{
    Engine,
    settings::{DeleteAfter, Settings},
};
use kvd_backend::{Input, Request, field_error};
use kvd_storage::transact;
use kvd_types::{Fault, GoDuration, Reply};

/// Shows the settings.
pub(super) async fn read(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let settings = engine.settings.get(&**request.view).await?;
    Ok(Reply::object(|w| {
        w.key("cas_required");
        w.bool(settings.cas_required);
        w.key("delete_version_after");
        w.display(GoDuration(settings.delete_version_after.seconds().saturating_mul(1_000_000_000)));
        w.key("max_versions");
        w.int(settings.max_versions.into());
        w.key("metadata_cas_required");
        w.bool(settings.metadata_cas_required);
    }))
}

/// Changes those that are given.
pub(super) async fn write(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let changes = Changes::parse(Input::new(request.data()))?;
    if changes.is_empty() {
        return Ok(Reply::empty());
    }
    let changed = transact(&**request.view, move |tx| -> Result<Settings, Fault> {
        let mut settings = Settings::load(tx)?;
        settings.revision = settings.revision.saturating_add(1);
        changes.apply(&mut settings);
        settings.save(tx)?;
        Ok(settings)
    })
    .await;
    match changed {
        Ok(settings) => engine.settings.put(settings),
        // It may have come about all the same.
        Err(fault) => {
            engine.settings.forget();
            return Err(fault);
        }
    }
    Ok(Reply::empty())
}

#[derive(Clone, Copy)]
struct Changes {
    max_versions: Option<u32>,
    cas_required: Option<bool>,
    metadata_cas_required: Option<bool>,
    delete_version_after: Option<DeleteAfter>,
}

impl Changes {
    fn parse(input: Input<'_>) -> Result<Self, Fault> {
        Ok(Self {
            max_versions: max_versions(input)?,
            cas_required: flag(input, "cas_required")?,
            metadata_cas_required: flag(input, "metadata_cas_required")?,
            delete_version_after: input
                .signed_duration("delete_version_after")?
                .map(|nanos| DeleteAfter::from_seconds(nanos / 1_000_000_000)),
        })
    }

    fn is_empty(&self) -> bool {
        self.max_versions.is_none()
            && self.cas_required.is_none()
            && self.metadata_cas_required.is_none()
            && self.delete_version_after.is_none()
    }

    fn apply(&self, settings: &mut Settings) {
        settings.max_versions = self.max_versions.unwrap_or(settings.max_versions);
        settings.cas_required = self.cas_required.unwrap_or(settings.cas_required);
        settings.metadata_cas_required = self.metadata_cas_required.unwrap_or(settings.metadata_cas_required);
        settings.delete_version_after = self.delete_version_after.unwrap_or(settings.delete_version_after);
    }
}

/// The member `max_versions`, of the mount or of a secret.
pub(super) fn max_versions(input: Input<'_>) -> Result<Option<u32>, Fault> {
    number(input, "max_versions")?
        .map(|n| u32::try_from(n).map_err(|_| field_error("max_versions")))
        .transpose()
}

/// A number; `null` is 0, as it is in Vault for all but durations, which `null` leaves as they are.
pub(super) fn number(input: Input<'_>, name: &str) -> Result<Option<i64>, Fault> {
    Ok(input.int(name)?.or_else(|| input.has(name).then_some(0)))
}

/// A flag; `null` takes it down.
pub(super) fn flag(input: Input<'_>, name: &str) -> Result<Option<bool>, Fault> {
    Ok(input.bool(name)?.or_else(|| input.has(name).then_some(false)))
}
