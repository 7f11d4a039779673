//! The body of an answer: one piece that is wiped once it is sent.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use kvd_types::{BoxError, Secret};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// What is sent after the headers.
#[derive(Debug)]
pub struct ResponseBody(Inner);

#[derive(Debug)]
enum Inner {
    Whole(Full<Bytes>),
    Router(axum::body::Body),
}

impl ResponseBody {
    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self::plain(Bytes::new())
    }

    /// What may stay in memory, since it holds nothing of a secret.
    pub(crate) fn plain(bytes: Bytes) -> Self {
        Self(Inner::Whole(Full::new(bytes)))
    }

    /// What may hold a secret: wiped when the last piece of it is written to the connection.
    pub(crate) fn wiped(bytes: Vec<u8>) -> Self {
        Self::secret(Secret::new(bytes))
    }

    /// The same for what is guarded already.
    pub(crate) fn secret(bytes: Secret<Vec<u8>>) -> Self {
        Self::plain(Bytes::from_owner(Exposed(bytes)))
    }

    /// What a router outside `/v1/` answers.
    pub(crate) fn router(body: axum::body::Body) -> Self {
        Self(Inner::Router(body))
    }
}

struct Exposed(Secret<Vec<u8>>);

impl AsRef<[u8]> for Exposed {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Inner::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Inner::Router(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Whole(body) => body.is_end_stream(),
            Inner::Router(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(body) => body.size_hint(),
            Inner::Router(body) => body.size_hint(),
        }
    }
}
