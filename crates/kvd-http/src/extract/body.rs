//! The body: read within its bounds, and parsed as JSON or as a form.

use crate::{
    RequestLimits,
    extract::{media_type, pairs::Pairs},
};
use bytes::Bytes;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH},
};
use http_body_util::BodyExt;
use hyper::body::Body;
use kvd_json::{Object, ParseError};
use kvd_types::{Fault, FaultKind};
use std::{ops::Deref, pin::pin, time::Duration};
use zeroize::{Zeroize, Zeroizing};

const FORM: &str = "application/x-www-form-urlencoded";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Memory for a body whose length is only claimed; more is taken as more arrives.
const FIRST_BUFFER_BYTES: usize = 64 << 10;

/// A body that has arrived.
pub(crate) enum Collected {
    /// The one piece that it came in, within the connection's own buffer.
    Piece(Bytes),
    /// Several pieces put together; wiped when dropped.
    Joined(Zeroizing<Vec<u8>>),
}

impl Deref for Collected {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Piece(piece) => piece,
            Self::Joined(joined) => joined,
        }
    }
}

/// Refuses a body whose length is known to be over `most` bytes before any of it is read.
///
/// # Errors
/// When it is too large.
pub(crate) fn check_length(headers: &HeaderMap, most: usize) -> Result<(), Fault> {
    let length =
        headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|t| t.parse::<u64>().ok());
    match length {
        Some(length) if usize::try_from(length).map_or(true, |l| l > most) => Err(too_large()),
        Some(_) | None => Ok(()),
    }
}

/// Reads at most `most` bytes within `patience`.
///
/// # Errors
/// When there is more, when it does not come in time, or when the connection breaks.
pub(crate) async fn read<B>(body: B, most: usize, patience: Duration) -> Result<Collected, Fault>
where
    B: Body<Data = Bytes>,
{
    match tokio::time::timeout(patience, collect(body, most)).await {
        Ok(collected) => collected,
        Err(_) => Err(Fault::invalid("timed out reading the request body")),
    }
}

async fn collect<B>(body: B, most: usize) -> Result<Collected, Fault>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut joined = Zeroizing::new(Vec::new());
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::invalid("error reading data"))?;
        let Ok(piece) = frame.into_data() else { continue };
        length += piece.len();
        if length > most {
            return Err(too_large());
        }
        if first.is_empty() && body.is_end_stream() {
            return Ok(Collected::Piece(piece));
        }
        if joined.is_empty() && first.is_empty() {
            first = piece;
            continue;
        }
        if joined.is_empty() {
            let expected = body.size_hint().lower().min(FIRST_BUFFER_BYTES as u64);
            joined.reserve_exact(length + usize::try_from(expected).unwrap_or(FIRST_BUFFER_BYTES));
            joined.extend_from_slice(&first);
        }
        extend(&mut joined, &piece);
    }
    Ok(if joined.is_empty() { Collected::Piece(first) } else { Collected::Joined(joined) })
}

/// Grows by moving to a larger buffer and wiping the old one, which `Vec` alone would leave on the heap.
fn extend(joined: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    let need = joined.len() + piece.len();
    if need > joined.capacity() {
        let mut grown = Vec::with_capacity(need.max(joined.capacity() * 2));
        grown.extend_from_slice(joined);
        joined.zeroize();
        **joined = grown;
    }
    joined.extend_from_slice(piece);
}

/// Refuses bodies that would have to be unpacked.
///
/// # Errors
/// When `Content-Encoding` names anything but `identity`.
pub(crate) fn check_encoding(headers: &HeaderMap) -> Result<(), Fault> {
    let plain = |v: &http::HeaderValue| v.is_empty() || v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    Err(Fault::new(FaultKind::UnsupportedMedia, "Content-Encoding is not supported"))
}

/// Refuses a PATCH that is no merge patch.
///
/// # Errors
/// When the type is another one, or none.
pub(crate) fn check_patch(headers: &HeaderMap) -> Result<(), Fault> {
    match media_type::of(headers) {
        Some(media) if media.eq_ignore_ascii_case(MERGE_PATCH) => Ok(()),
        // The one text that repeats a word of the caller's, because clients know it; it holds letters and signs
        // of a media type only.
        Some(media) => Err(Fault::new(
            FaultKind::UnsupportedMedia,
            format!("PATCH requires Content-Type of {MERGE_PATCH}, provided {}", media.to_ascii_lowercase()),
        )),
        None => Err(Fault::invalid(format!("PATCH requires Content-Type of {MERGE_PATCH}"))),
    }
}

/// Reads the body of a write: a form where it is declared as one and does not look like JSON, else JSON.
///
/// # Errors
/// When it is neither, or over `limits`.
pub(crate) fn parse_write(headers: &HeaderMap, body: &[u8], limits: &RequestLimits) -> Result<Object, Fault> {
    let declared = media_type::of(headers).is_some_and(|m| m.eq_ignore_ascii_case(FORM));
    if declared && !matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
        let pairs = std::str::from_utf8(body).ok().and_then(|t| Pairs::parse(t, limits.pairs).ok());
        let pairs = pairs.ok_or_else(|| Fault::invalid("error parsing form data"))?;
        return Ok(Object::from_pairs(pairs.into_joined()));
    }
    parse_json(body, limits)
}

/// Reads a body in JSON: an object, `null`, or nothing. Of a name given twice the last one counts, for the policies, the
/// audit lines and the engine alike, since all of them read what comes out here.
///
/// # Errors
/// When it is no such thing, or over `limits`.
pub(crate) fn parse_json(body: &[u8], limits: &RequestLimits) -> Result<Object, Fault> {
    Object::parse(body, &limits.json).map_err(refuse)
}

fn refuse(error: ParseError) -> Fault {
    let prefix = match error {
        ParseError::Depth | ParseError::Size | ParseError::Memory => {
            "refused JSON input due to high complexity"
        }
        ParseError::NotAnObject
        | ParseError::Trailing(_)
        | ParseError::End
        | ParseError::Byte(_)
        | ParseError::Text(_)
        | ParseError::Number(_) => "failed to decode JSON input",
    };
    Fault::invalid(format!("{prefix}: {error}"))
}

fn too_large() -> Fault {
    Fault::new(FaultKind::TooLarge, "http: request body too large")
}
