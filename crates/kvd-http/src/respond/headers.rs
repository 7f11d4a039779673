//! The headers of answers, and those that a listener's configuration adds (`custom_response_headers`).

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY},
};
use std::{collections::BTreeMap, str::FromStr};
use thiserror::Error;

/// Exactly this, without a character set: some clients compare it for equality before they read an error.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Sets a header of an answer; a map that is full (32,768 names) keeps what it has.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    let _ = headers.try_insert(name, value);
}

/// Which answers a header belongs to, in the spellings of Vault's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusClass {
    /// All of them (`default`).
    Any,
    /// Those whose status begins with this digit (`2xx`).
    Hundred(u16),
    /// Those with exactly this status (`404`).
    Exactly(u16),
}

/// Why a header cannot be added to answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResponseHeaderError {
    /// Not `default`, `1xx` to `5xx`, or 100 to 599.
    #[error("not a status: want \"default\", \"2xx\" or a number from 100 to 599")]
    Status,
    /// Not a header's name, or one that the server itself gives a meaning.
    #[error(
        "not a header name that can be added: it is malformed, frames the message, or begins with X-Vault-"
    )]
    Name,
    /// Not a header's value.
    #[error("not a header value")]
    Value,
}

impl FromStr for StatusClass {
    type Err = ResponseHeaderError;

    fn from_str(text: &str) -> Result<Self, ResponseHeaderError> {
        if text == "default" {
            return Ok(Self::Any);
        }
        let (digits, hundreds) = match text.strip_suffix("xx") {
            Some(digit) => (digit, true),
            None => (text, false),
        };
        match (digits.parse::<u16>(), hundreds) {
            (Ok(digit @ 1..=5), true) if digits.len() == 1 => Ok(Self::Hundred(digit)),
            (Ok(status @ 100..=599), false) => Ok(Self::Exactly(status)),
            (_, _) => Err(ResponseHeaderError::Status),
        }
    }
}

/// Further headers of answers, by status. The narrower class wins where two name the same header.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    any: Vec<(HeaderName, HeaderValue)>,
    narrower: BTreeMap<StatusClass, Vec<(HeaderName, HeaderValue)>>,
}

/// `Strict-Transport-Security` for a year, as Vault sends it when nothing is configured.
impl Default for ResponseHeaders {
    fn default() -> Self {
        Self { any: vec![(STRICT_TRANSPORT_SECURITY, ONE_YEAR)], narrower: BTreeMap::new() }
    }
}

impl ResponseHeaders {
    /// Adds a header with its values joined by `; `, as Vault does; the last one of the same name counts.
    ///
    /// # Errors
    /// When the header may not be added or cannot be sent.
    pub fn add<V: AsRef<str>>(
        &mut self,
        class: StatusClass,
        name: &str,
        values: &[V],
    ) -> Result<(), ResponseHeaderError> {
        let name = HeaderName::from_str(name).map_err(|_| ResponseHeaderError::Name)?;
        let framing = ["content-length", "transfer-encoding", "connection", "trailer", "upgrade"];
        if framing.contains(&name.as_str()) || name.as_str().starts_with("x-vault-") {
            return Err(ResponseHeaderError::Name);
        }
        let values: Vec<_> = values.iter().map(|v| v.as_ref().trim()).filter(|v| !v.is_empty()).collect();
        let value = HeaderValue::from_str(&values.join("; ")).map_err(|_| ResponseHeaderError::Value)?;
        let list = match class {
            StatusClass::Any => &mut self.any,
            StatusClass::Hundred(_) | StatusClass::Exactly(_) => self.narrower.entry(class).or_default(),
        };
        list.retain(|(n, _)| *n != name);
        list.push((name, value));
        Ok(())
    }

    /// Completes an answer. What the answer itself says is never overwritten.
    pub(crate) fn complete(&self, status: StatusCode, headers: &mut HeaderMap) {
        if !headers.contains_key(CACHE_CONTROL) {
            set(headers, CACHE_CONTROL, NO_STORE);
        }
        if !self.narrower.is_empty() {
            let classes =
                [StatusClass::Exactly(status.as_u16()), StatusClass::Hundred(status.as_u16() / 100)];
            for list in classes.iter().filter_map(|class| self.narrower.get(class)) {
                add_missing(list, headers);
            }
        }
        add_missing(&self.any, headers);
    }
}

fn add_missing(list: &[(HeaderName, HeaderValue)], headers: &mut HeaderMap) {
    for (name, value) in list {
        if !headers.contains_key(name) {
            set(headers, name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &ResponseHeaders, status: u16, want: &[(&str, &str)]) {
        let mut map = HeaderMap::new();
        headers.complete(StatusCode::from_u16(status).unwrap(), &mut map);
        let mut got: Vec<_> = map.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        got.sort_unstable();
        assert_eq!(got, want, "{status}");
    }

    const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");

    #[test]
    fn every_answer_forbids_storing_and_asks_for_tls() {
        check(&ResponseHeaders::default(), 200, &[("cache-control", "no-store"), HSTS]);
    }

    #[test]
    fn configured_headers_depend_on_the_status_and_the_narrower_class_wins() {
        let mut headers = ResponseHeaders::default();
        headers.add(StatusClass::Any, "X-Everywhere", &["a", " ", "b "]).unwrap();
        headers.add(StatusClass::Hundred(4), "X-Bad", &["four"]).unwrap();
        headers.add(StatusClass::Exactly(404), "X-Missing", &["one"]).unwrap();
        headers.add(StatusClass::Exactly(404), "X-Everywhere", &["c"]).unwrap();
        headers.add(StatusClass::Any, "strict-transport-security", &["max-age=1"]).unwrap();
        let hsts = ("strict-transport-security", "max-age=1");
        let cache = ("cache-control", "no-store");
        check(&headers, 200, &[cache, hsts, ("x-everywhere", "a; b")]);
        check(&headers, 403, &[cache, hsts, ("x-bad", "four"), ("x-everywhere", "a; b")]);
        check(&headers, 404, &[cache, hsts, ("x-bad", "four"), ("x-everywhere", "c"), ("x-missing", "one")]);
    }

    #[test]
    fn classes_are_read_as_vault_spells_them() {
        for (text, want) in [
            ("default", Ok(StatusClass::Any)),
            ("2xx", Ok(StatusClass::Hundred(2))),
            ("404", Ok(StatusClass::Exactly(404))),
            ("6xx", Err(ResponseHeaderError::Status)),
            ("xx", Err(ResponseHeaderError::Status)),
            ("99", Err(ResponseHeaderError::Status)),
            ("600", Err(ResponseHeaderError::Status)),
            ("4XX", Err(ResponseHeaderError::Status)),
            ("02xx", Err(ResponseHeaderError::Status)),
        ] {
            assert_eq!(text.parse(), want, "{text}");
        }
    }

    #[test]
    fn what_would_break_an_answer_cannot_be_added() {
        let mut headers = ResponseHeaders::default();
        for (name, value, want) in [
            ("X-Vault-Token", "a", ResponseHeaderError::Name),
            ("Content-Length", "1", ResponseHeaderError::Name),
            ("Transfer-Encoding", "chunked", ResponseHeaderError::Name),
            ("a b", "1", ResponseHeaderError::Name),
            ("X-A", "a\r\nX-B: c", ResponseHeaderError::Value),
        ] {
            assert_eq!(headers.add(StatusClass::Any, name, &[value]), Err(want), "{name}");
        }
    }
}
