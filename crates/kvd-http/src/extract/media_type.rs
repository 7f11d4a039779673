//! The media type of a body, without its parameters.

use http::{HeaderMap, header::CONTENT_TYPE};

/// Longest type that is read; the registered ones are far shorter.
const MAX_BYTES: usize = 127;

/// The type that `Content-Type` names; none when there is none or it is not spelled like one.
pub(crate) fn of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim();
    let spelled = !essence.is_empty()
        && essence.len() <= MAX_BYTES
        && essence.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-/".contains(&b))
        && essence.bytes().filter(|b| *b == b'/').count() <= 1;
    spelled.then_some(essence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn parameters_are_cut_off_and_nonsense_is_no_type() {
        for (value, want) in [
            ("application/json", Some("application/json")),
            ("application/merge-patch+json; charset=utf-8", Some("application/merge-patch+json")),
            (" text/plain ;x", Some("text/plain")),
            ("nonsense;;;", Some("nonsense")),
            ("", None),
            (";", None),
            ("a/b/c", None),
            ("a b", None),
            ("<script>", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(of(&headers), want, "{value:?}");
        }
        assert_eq!(of(&HeaderMap::new()), None);
    }
}
