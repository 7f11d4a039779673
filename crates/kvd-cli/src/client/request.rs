//! One request and its answer.

use serde_json::Value;
use zeroize::Zeroizing;

/// The methods the API knows; LIST and SCAN travel as GET with a parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Method {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// A request on its way; the client adds address and headers.
pub(crate) struct Request {
    pub(super) method: Method,
    /// The path below `/v1/`, not encoded.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Zeroizing<String>>,
    /// A body that is no JSON, in the place of the other.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, Zeroizing<String>)>,
    pub(super) address: String,
}

/// An answer that is no error.
pub(crate) struct Response {
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            bytes: None,
            headers: Vec::new(),
            address: String::new(),
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::Put, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// Adds one parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds parameters.
    pub(crate) fn query(mut self, parameters: &[(String, String)]) -> Self {
        self.query.extend_from_slice(parameters);
        self
    }

    pub(crate) fn body(mut self, body: &Value) -> Self {
        self.body = Some(super::body_text(body));
        if self.method == Method::Patch {
            self.header("Content-Type", "application/merge-patch+json");
        }
        self
    }

    /// Sends bytes as they are.
    pub(crate) fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.bytes = Some(bytes);
        self.header("Content-Type", "application/octet-stream");
        self
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), Zeroizing::new(value.to_owned())));
    }

    /// The URL with encoded path and sorted parameters, as Go's client writes it.
    pub(super) fn url(&self) -> String {
        super::url::join(&self.address, &self.path, &self.query)
    }
}
