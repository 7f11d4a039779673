//! An answer on the wire: Vault's envelope, member by member, in one buffer.

use crate::respond::{
    body::ResponseBody,
    fault,
    headers::{JSON, set},
};
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use kvd_json::{Text, Writer};
use kvd_types::{AuthInfo, Body, Fault, Reply, RequestId, Status, WrapInfo};

/// Room for everything in an envelope but its data, where there is neither token nor wrapping.
const ENVELOPE_BYTES: usize = 256;
/// Room for a token or the place of a wrapped answer.
const PART_BYTES: usize = 768;

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
    (JSON, line(envelope(id, &reply)))
}

/// The text and a line break, as Go's encoder ends it.
fn line(text: Text) -> ResponseBody {
    let mut bytes = text.into_bytes();
    if bytes.len() == bytes.capacity() {
        // Growing in place would leave an unwiped copy behind.
        return ResponseBody::wiped(bytes);
    }
    bytes.push(b'\n');
    ResponseBody::wiped(bytes)
}

/// The members in the order in which Vault writes them; absent parts are null.
fn envelope(id: RequestId, reply: &Reply) -> Text {
    let wrap = reply.wrap.as_deref();
    let (data, doubled) = match &reply.body {
        _ if wrap.is_some() => (None, false),
        Body::Data(text) => (Some(text), false),
        Body::Doubled(text) => (Some(text), true),
        Body::Empty | Body::Bare(_) | Body::Document { .. } => (None, false),
    };
    let data = data.filter(|text| !text.as_str().is_empty());
    let parts = usize::from(reply.auth.is_some()) + usize::from(wrap.is_some());
    let warnings: usize = reply.warnings.iter().map(|text| text.len() + 16).sum();
    let length = data.map_or(0, |text| text.as_str().len() * (1 + usize::from(doubled)));
    let mut w = Writer::with_capacity(ENVELOPE_BYTES + PART_BYTES * parts + warnings + length);
    w.begin_object();
    if doubled {
        write_members(&mut w, data);
    }
    w.key("request_id");
    if wrap.is_some() {
        w.string("");
    } else {
        w.display(id);
    }
    w.key("lease_id");
    w.string(&reply.lease.id);
    w.key("renewable");
    w.bool(reply.lease.renewable);
    w.key("lease_duration");
    w.int(seconds(reply.lease.duration_seconds));
    w.key("data");
    match data {
        Some(text) => w.raw(text.value()),
        None => w.null(),
    }
    w.key("wrap_info");
    match wrap {
        Some(wrap) => write_wrap(&mut w, wrap),
        None => w.null(),
    }
    w.key("warnings");
    if reply.warnings.is_empty() {
        w.null();
    } else {
        w.strings(&reply.warnings);
    }
    w.key("auth");
    match reply.auth.as_deref().filter(|_| wrap.is_none()) {
        Some(auth) => write_auth(&mut w, auth),
        None => w.null(),
    }
    w.end_object();
    w.finish()
}

/// The members of `data` once more, for clients from before the envelope. A member that is named like one of the
/// envelope's own is left out: of two equal names some readers take the first.
fn write_members(w: &mut Writer, data: Option<&Text>) {
    const OWN: [&str; 8] =
        ["request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"];
    let members = data.and_then(|text| text.value().as_object());
    for (name, value) in members.into_iter().flat_map(|object| object.iter()) {
        if !OWN.contains(&&*name) {
            w.key(&name);
            w.raw(value);
        }
    }
}

fn write_wrap(w: &mut Writer, wrap: &WrapInfo) {
    w.begin_object();
    w.key("token");
    w.string(wrap.token.expose());
    w.key("accessor");
    w.string(&wrap.accessor);
    w.key("ttl");
    w.int(seconds(wrap.ttl.as_secs()));
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

fn write_auth(w: &mut Writer, auth: &AuthInfo) {
    w.begin_object();
    w.key("client_token");
    w.string(auth.client_token.as_ref().map_or("", |token| token.expose()));
    w.key("accessor");
    w.string(&auth.accessor);
    w.key("policies");
    w.strings(&auth.policies);
    for (name, policies) in
        [("token_policies", &auth.token_policies), ("identity_policies", &auth.identity_policies)]
    {
        if !policies.is_empty() {
            w.key(name);
            w.strings(policies);
        }
    }
    w.key("metadata");
    match &auth.metadata {
        None => w.null(),
        Some(metadata) => {
            w.begin_object();
            for (name, value) in metadata {
                w.key(name);
                w.string(value);
            }
            w.end_object();
        }
    }
    w.key("lease_duration");
    w.int(seconds(auth.lease_duration_seconds));
    w.key("renewable");
    w.bool(auth.renewable);
    w.key("entity_id");
    w.string(&auth.entity_id);
    w.key("token_type");
    w.display(auth.kind);
    w.key("orphan");
    w.bool(auth.orphan);
    w.key("mfa_requirement");
    w.null();
    w.key("num_uses");
    w.int(seconds(auth.num_uses));
    w.end_object();
}

/// JSON numbers of Vault's are signed.
fn seconds(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
