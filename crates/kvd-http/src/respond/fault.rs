//! A refusal on the wire: the only place that knows `{"errors":[…]}`.

use crate::respond::{
    body::ResponseBody,
    headers::{JSON, set},
};
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use kvd_json::Writer;
use kvd_types::Fault;

/// Writes a fault; its texts are all that the caller learns.
pub(crate) fn respond(fault: &Fault) -> Response<ResponseBody> {
    let mut w = Writer::with_capacity(128);
    w.begin_object();
    w.key("errors");
    w.strings(&fault.public);
    w.end_object();
    let mut body = w.finish().into_bytes();
    body.push(b'\n');
    let mut response = Response::new(ResponseBody::plain(Bytes::from(body)));
    *response.status_mut() =
        StatusCode::from_u16(fault.kind.codes().http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(response.headers_mut(), CONTENT_TYPE, JSON);
    if let Some(seconds) = fault.retry_after_seconds {
        set(response.headers_mut(), RETRY_AFTER, HeaderValue::from(seconds));
    }
    for (name, value) in &fault.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            set(response.headers_mut(), HeaderName::from_static(name), value);
        }
    }
    response
}
