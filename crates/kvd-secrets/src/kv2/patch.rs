//! `data/{path*}` with PATCH: a merge patch that makes a new version.

use super::{
    Engine,
    cas::Cas,
    data::{Written, provided, stored},
    draft::{Draft, Made},
    entry::{Author, Deed, Entry},
    layout, look,
    merge::merge,
    show,
};
use crate::{fetch::warm, key};
use kvd_backend::{Input, Request};
use kvd_json::{Text, Value};
use kvd_storage::{ViewError, transact};
use kvd_types::{Fault, FaultKind, Reply, Status};
use std::sync::Arc;

/// The largest secret that patches can make, in bytes. A write is bounded by the size of its body; without this,
/// many small patches could grow a secret without end.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What becomes of a patch that is not refused.
enum Outcome {
    Written(Written),
    /// There is no version to patch. The answer has no body at all, by which clients tell it from a refusal.
    Missing,
    /// The newest version is deleted or destroyed.
    Hidden {
        number: u64,
        entry: Entry,
        custom: Option<String>,
    },
}

/// Patches the newest version.
pub(super) async fn patch(engine: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    let changes = provided(&request)?.unwrap_or("{}").to_owned();
    let path = key::written(&request)?.to_owned();
    let cas = Cas::parse(Input::new(request.data()))?;
    let settings = engine.settings.get(&**request.view).await?;
    let (clock, author) = (Arc::clone(request.clock), Author::from(request.caller));
    let merged_early = merge_early(&request, &path, &changes).await?;
    warm(&**request.view, layout::head(&path)).await?;
    let outcome = transact(&**request.view, move |tx| -> Result<Outcome, Fault> {
        let now = clock.now();
        let Some(mut draft) = Draft::open(tx, &path)? else { return Ok(Outcome::Missing) };
        let facts = draft.head().facts;
        cas.check(facts.current, settings.cas_required || facts.cas_required)?;
        let Some(entry) = draft.head().entry(facts.current).copied() else { return Ok(Outcome::Missing) };
        if entry.is_hidden(now) {
            let custom = draft.head().custom.clone();
            return Ok(Outcome::Hidden { number: facts.current, entry, custom });
        }
        let merged_here;
        let merged = match &merged_early {
            Some((of, text)) if of.body == entry.body => text,
            Some(_) | None => {
                let body = draft.body(&entry, facts.current)?;
                let body = Value::from_stored(&body).map_err(|_| malformed())?;
                merged_here = apply(body, &changes, MAX_BYTES)?;
                &merged_here
            }
        };
        let made = Made { at: now, by: &author, deed: Deed::Patch };
        let entry = draft.append(merged.as_str().as_bytes(), &made, &settings)?;
        Written::save(draft, entry).map(Outcome::Written)
    })
    .await?;
    match outcome {
        Outcome::Written(written) => written.finish(&request).await,
        Outcome::Missing => Ok(Reply::empty().with_status(Status::Absent)),
        Outcome::Hidden { number, entry, custom } => {
            Ok(Reply::object(|w| show::version(w, number, &entry, custom.as_deref()))
                .with_status(Status::Absent))
        }
    }
}

/// Merges before the transaction, which so has to do it itself only when another writer comes in between.
async fn merge_early(
    request: &Request<'_>,
    path: &str,
    changes: &str,
) -> Result<Option<(Entry, Text)>, Fault> {
    match look::version(&**request.view, path, None, request.now).await? {
        Some(version) if version.body.is_some() => {
            Ok(Some((version.entry, apply(stored(&version)?, changes, MAX_BYTES)?)))
        }
        Some(_) | None => Ok(None),
    }
}

/// The patched body, which must not become longer than `max_bytes`.
fn apply(target: Value<'_>, changes: &str, max_bytes: usize) -> Result<Text, Fault> {
    let changes = Value::from_stored(changes.as_bytes()).ok().and_then(Value::as_object);
    let merged = merge(target, changes.ok_or_else(malformed)?);
    if merged.as_str().len() > max_bytes {
        return Err(Fault::new(FaultKind::TooLarge, "the patched secret is too large"));
    }
    Ok(merged)
}

fn malformed() -> ViewError {
    ViewError::Malformed { what: "a version's body" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_cannot_grow_a_secret_without_end() {
        let target = Value::from_stored(b"{\"a\":\"xxxx\"}").unwrap();
        for (changes, max_bytes, ok) in [
            ("{\"b\":1}", 18, true),
            ("{\"b\":1}", 17, false),
            ("{\"b\":10}", 18, false),
            ("{\"a\":null}", 2, true),
        ] {
            let got = apply(target, changes, max_bytes).map_err(|fault| fault.kind.codes().http);
            assert_eq!(got.err(), (!ok).then_some(413), "{changes} {max_bytes}");
        }
    }
}
