//! `subkeys/{path*}`: the names in a secret, without the values.

use super::{Engine, data};
use kvd_backend::{Input, Request};
use kvd_json::{ObjectRef, Value, Writer};
use kvd_types::{Fault, Reply, Status};

/// Shows the names of a version; those below `depth` levels are left out.
pub(super) async fn read(_: &Engine, request: Request<'_>) -> Result<Reply, Fault> {
    // Zero, and what is less, is no limit.
    let depth = Input::new(request.data()).int("depth")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let depth = if depth == 0 { usize::MAX } else { depth };
    let version = data::find(&request).await?;
    let status = if version.body.is_some() { Status::Done } else { Status::Absent };
    let body = data::stored(&version)?;
    let mut w = Writer::new();
    w.begin_object();
    w.key("metadata");
    version.describe(&mut w)?;
    w.key("subkeys");
    match body.as_object() {
        Some(object) => names(&mut w, object, depth),
        None => w.null(),
    }
    w.end_object();
    Ok(Reply::data(w.finish()).with_status(status))
}

/// Copies an object with `null` for whatever is no object, or an empty one, or too deep.
fn names(w: &mut Writer, object: ObjectRef<'_>, depth: usize) {
    w.begin_object();
    for (name, value) in object.iter() {
        w.key(&name);
        match inner(value) {
            Some(inner) if depth > 1 => names(w, inner, depth - 1),
            Some(_) | None => w.null(),
        }
    }
    w.end_object();
}

fn inner(value: Value<'_>) -> Option<ObjectRef<'_>> {
    value.as_object().filter(|_| value.text() != "{}")
}
