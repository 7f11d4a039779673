//! `delete/{path*}`, `undelete/{path*}` and `destroy/{path*}`: what happens to chosen versions.

use super::{Engine, draft::Draft, entry::Author, layout};
use crate::{fetch::warm, key};
use kvd_backend::{Input, Request};
use kvd_storage::{ViewError, transact};
use kvd_types::{Fault, Reply, Timestamp};
use std::{collections::BTreeSet, sync::Arc};

/// Deletes versions, so that they can be brought back.
pub(super) async fn delete(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let versions = chosen(&request, "No version number provided")?;
    let author = Author::from(request.caller);
    each(&request, versions, move |draft, number, now| draft.hide(number, &author, now)).await
}

/// Brings deleted versions back.
pub(super) async fn undelete(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let versions = chosen(&request, "No version number provided")?;
    let settings = engine.settings.get(&**request.view).await?;
    each(&request, versions, move |draft, number, now| {
        let due = settings.deletion_of(draft.head().facts.delete_version_after_seconds, now);
        draft.restore(number, due)
    })
    .await
}

/// Removes versions for good.
pub(super) async fn destroy(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    // The small letter is what clients know.
    let versions = chosen(&request, "no version number provided")?;
    each(&request, versions, |draft, number, _| draft.destroy(number)).await
}

/// Does `what` to each of `versions`; those that do not exist, and secrets that do not, are passed over.
async fn each(
    request: &Request<'_>,
    versions: BTreeSet<u64>,
    what: impl Fn(&mut Draft<'_>, u64, Timestamp) -> Result<(), ViewError> + Send + 'static,
) -> Result<Reply, Fault> {
    let path = key::written(request)?.to_owned();
    let clock = Arc::clone(request.clock);
    warm(&**request.view, layout::head(&path)).await?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let now = clock.now();
        let Some(mut draft) = Draft::open(tx, &path)? else { return Ok(()) };
        let (first, last) = (draft.head().facts.first_kept(), draft.head().facts.current);
        if first <= last {
            for number in versions.range(first..=last) {
                what(&mut draft, *number, now)?;
            }
        }
        draft.save()?;
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// The numbers in `versions`, each once; numbers that no version can have are dropped.
fn chosen(request: &Request<'_>, none: &'static str) -> Result<BTreeSet<u64>, Fault> {
    let numbers = Input::new(request.data()).ints("versions")?.unwrap_or_default();
    if numbers.is_empty() {
        return Err(Fault::invalid(none));
    }
    Ok(numbers.into_iter().filter_map(|n| u64::try_from(n).ok()).collect())
}
