//! The old way to unwrap: a wrapping token reads `cubbyhole/response`, and gets the answer as a text.
//!
//! The answer does not lie in the cubbyhole, so the vault itself stands in for that one path.

use super::open;
use crate::token::{TokenState, TokenStore};
use kvd_json::{Text, Writer};
use kvd_types::{Body, Call, Fault, Operation, Reply, RequestId};

const PATH: &str = "cubbyhole/response";
const DEPRECATED: &str = "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as it provides additional security checks and other benefits.";

/// Whether a call wants to unwrap in that way.
pub(crate) fn is_old_way(call: &Call, caller: &TokenState) -> bool {
    call.path.as_str() == PATH && caller.is_wrapping()
}

/// Answers such a call; the pipeline has taken the use off the token.
///
/// # Errors
/// When the call does anything but read, or the answer is gone.
pub(crate) async fn answer(tokens: &TokenStore, call: &Call, caller: &TokenState) -> Result<Reply, Fault> {
    if call.operation != Operation::Read {
        return Err(Fault::not_permitted());
    }
    let text = envelope(call.id, &open(tokens, caller.hash).await?);
    let reply = Reply::object(|w| {
        w.key("response");
        w.string(text.as_str());
    });
    Ok(reply.warn(DEPRECATED))
}

/// The answer as it would have been sent.
fn envelope(id: RequestId, reply: &Reply) -> Text {
    let mut w = Writer::new();
    w.begin_object();
    w.key("request_id");
    w.display(id);
    w.key("lease_id");
    w.string(&reply.lease.id);
    w.key("renewable");
    w.bool(reply.lease.renewable);
    w.key("lease_duration");
    w.int(i64::try_from(reply.lease.duration_seconds).unwrap_or(i64::MAX));
    w.key("data");
    match &reply.body {
        Body::Data(text) | Body::Doubled(text) => w.raw(text.value()),
        Body::Empty | Body::Bare(_) | Body::Document { .. } => w.null(),
    }
    w.key("wrap_info");
    w.null();
    w.key("warnings");
    if reply.warnings.is_empty() {
        w.null()
    } else {
        w.strings(&reply.warnings)
    }
    w.key("auth");
    match &reply.auth {
        Some(auth) => auth.write(&mut w),
        None => w.null(),
    }
    w.end_object();
    w.finish()
}
