//! An answer on the wire: Vault's envelope, member by member, in one buffer.

use crate::respond::{
    body::ResponseBody,
    fault,
    headers::{JSON, set},
};
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use kvd_json::{Text, Writer};
use kvd_types::{Body, Fault, REQUEST_ID_BYTES, Reply, RequestId, Status, WrapInfo};
use std::borrow::Cow;

/// JSON numbers of Vault's are signed.
const MAX_NUMBER: u64 = i64::MAX as u64;

/// Writes a reply to the call `id`.
pub(crate) fn respond(id: RequestId, reply: Reply) -> Response<ResponseBody> {
    let Ok(status) = status(&reply) else {
        return fault::respond(&Fault::invalid("not a status for an answer"));
    };
    let headers = reply.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(value).ok()?))
    });
    let headers: Vec<_> = headers.collect();
    let (content_type, body) = body(id, reply);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(response.headers_mut(), CONTENT_TYPE, content_type);
    for (name, value) in headers {
        set(response.headers_mut(), name, value);
    }
    response
}

/// A status of the caller's choosing must be one that ends an exchange.
fn status(reply: &Reply) -> Result<StatusCode, ()> {
    if reply.wrap.is_some() {
        return Ok(StatusCode::OK);
    }
    match reply.status {
        Status::Done if says_nothing(reply) => Ok(StatusCode::NO_CONTENT),
        Status::Done => Ok(StatusCode::OK),
        Status::Accepted => Ok(StatusCode::ACCEPTED),
        Status::Absent => Ok(StatusCode::NOT_FOUND),
        Status::Custom(code) if code >= 200 => StatusCode::from_u16(code).map_err(|_| ()),
        Status::Custom(_) => Err(()),
    }
}

fn says_nothing(reply: &Reply) -> bool {
    matches!(reply.body, Body::Empty)
        && reply.warnings.is_empty()
        && reply.auth.is_none()
        && reply.wrap.is_none()
        && reply.lease.id.is_empty()
}

fn body(id: RequestId, reply: Reply) -> (HeaderValue, ResponseBody) {
    if says_nothing(&reply) {
        return (JSON, ResponseBody::empty());
    }
    if reply.wrap.is_none() {
        match reply.body {
            Body::Bare(text) => return (JSON, line(text)),
            Body::Document { content_type, bytes } => {
                return (HeaderValue::from_static(content_type), ResponseBody::secret(bytes));
            }
            Body::Empty | Body::Data(_) | Body::Doubled(_) => {}
        }
    }
    (JSON, ResponseBody::wiped(envelope(id, &reply)))
}

/// The text and a line break, as Go's encoder ends it.
fn line(text: Text) -> ResponseBody {
    let mut bytes = text.into_bytes();
    if bytes.len() < bytes.capacity() {
        // Growing to make room for it would leave an unwiped copy behind.
        bytes.push(b'\n');
    }
    ResponseBody::wiped(bytes)
}

/// The members in the order in which Vault writes them; absent parts are null.
///
/// What is the same in every answer is copied as it stands, and the buffer has the right size from the start.
fn envelope(id: RequestId, reply: &Reply) -> Vec<u8> {
    let wrap = reply.wrap.as_deref();
    let (data, doubled) = match &reply.body {
        _ if wrap.is_some() => (None, None),
        Body::Data(text) => (Some(text), None),
        Body::Doubled(text) => (Some(text), Some(members(text))),
        Body::Empty | Body::Bare(_) | Body::Document { .. } => (None, None),
    };
    let mut buffer = [0; REQUEST_ID_BYTES];
    let id = if wrap.is_some() { "" } else { id.encode(&mut buffer) };
    let lease_id = (!reply.lease.id.is_empty()).then(|| written(|w| w.string(&reply.lease.id)));
    let warnings = (!reply.warnings.is_empty()).then(|| written(|w| w.strings(&reply.warnings)));
    let wrap = wrap.map(|wrap| written(|w| write_wrap(w, wrap)));
    let auth = reply.auth.as_deref().filter(|_| wrap.is_none()).map(|auth| written(|w| auth.write(w)));
    let duration: Cow<'_, str> = match reply.lease.duration_seconds {
        0 => "0".into(),
        seconds => seconds.min(MAX_NUMBER).to_string().into(),
    };
    let pieces = [
        "{",
        doubled.as_ref().map_or("", Text::as_str),
        if doubled.as_ref().is_some_and(|text| !text.as_str().is_empty()) { "," } else { "" },
        "\"request_id\":\"",
        id,
        "\",\"lease_id\":",
        lease_id.as_ref().map_or("\"\"", Text::as_str),
        if reply.lease.renewable { ",\"renewable\":true" } else { ",\"renewable\":false" },
        ",\"lease_duration\":",
        &duration,
        ",\"data\":",
        or_null(data),
        ",\"wrap_info\":",
        or_null(wrap.as_ref()),
        ",\"warnings\":",
        or_null(warnings.as_ref()),
        ",\"auth\":",
        or_null(auth.as_ref()),
        "}\n",
    ];
    let mut out = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
    pieces.iter().for_each(|piece| out.extend_from_slice(piece.as_bytes()));
    out
}

fn or_null(text: Option<&Text>) -> &str {
    text.map(Text::as_str).filter(|text| !text.is_empty()).unwrap_or("null")
}

fn written(write: impl FnOnce(&mut Writer)) -> Text {
    let mut w = Writer::new();
    write(&mut w);
    w.finish()
}

/// The members of `data` without their braces, for clients from before the envelope. A member that is named like one
/// of the envelope's own is left out: of two equal names some readers take the first.
fn members(data: &Text) -> Text {
    const OWN: [&str; 8] =
        ["request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"];
    let members = data.value().as_object();
    written(|w| {
        for (name, value) in members.into_iter().flat_map(|object| object.iter()) {
            if !OWN.contains(&&*name) {
                w.key(&name);
                w.raw(value);
            }
        }
    })
}

fn write_wrap(w: &mut Writer, wrap: &WrapInfo) {
    w.begin_object();
    w.key("token");
    w.string(wrap.token.expose());
    w.key("accessor");
    w.string(&wrap.accessor);
    w.key("ttl");
    w.int(number(wrap.ttl.as_secs()));
    w.key("creation_time");
    w.display(wrap.created);
    w.key("creation_path");
    w.string(&wrap.creation_path);
    if let Some(accessor) = &wrap.wrapped_accessor {
        w.key("wrapped_accessor");
        w.string(accessor);
    }
    w.end_object();
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
