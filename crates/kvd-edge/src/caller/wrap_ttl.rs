//! How long the answer shall stay wrapped: the header `X-Vault-Wrap-TTL`.

use http::{HeaderMap, HeaderName};
use kvd_types::{DurationError, Fault, parse_duration};
use std::time::Duration;

const X_VAULT_WRAP_TTL: HeaderName = HeaderName::from_static("x-vault-wrap-ttl");

/// Reads the header; nothing and zero are no wrapping.
///
/// # Errors
/// When it is no duration, or one below zero.
pub fn extract(headers: &HeaderMap) -> Result<Option<Duration>, Fault> {
    let Some(value) = headers.get(X_VAULT_WRAP_TTL) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| DurationError::Malformed);
    match text.and_then(|t| parse_duration(t.trim())).map(u64::try_from) {
        Ok(Ok(0)) => Ok(None),
        Ok(Ok(nanos)) => Ok(Some(Duration::from_nanos(nanos))),
        Ok(Err(_)) => Err(refuse("requested wrap ttl cannot be negative")),
        Err(error) => Err(refuse(&error.to_string())),
    }
}

fn refuse(why: &str) -> Fault {
    Fault::invalid(format!("error parsing X-Vault-Wrap-TTL header: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(value: &'static str, want: Result<Option<u64>, &str>) {
        let headers = HeaderMap::from_iter([(X_VAULT_WRAP_TTL, HeaderValue::from_static(value))]);
        let got = extract(&headers);
        let got = match &got {
            Ok(ttl) => Ok(ttl.map(|t| t.as_secs())),
            Err(fault) => {
                Err(fault.public[0].strip_prefix("error parsing X-Vault-Wrap-TTL header: ").unwrap())
            }
        };
        assert_eq!(got, want, "{value:?}");
    }

    #[test]
    fn row_5_4_durations_are_seconds_or_have_units_and_zero_is_no_wrapping() {
        for value in ["", "0", "0s", "-0"] {
            check(value, Ok(None));
        }
        check("1", Ok(Some(1)));
        check("60s", Ok(Some(60)));
        check(" 60 ", Ok(Some(60)));
        check("1.5h", Ok(Some(5400)));
        check("1d", Ok(Some(86_400)));
        check("60s60", Err("not a duration"));
    }

    #[test]
    fn row_5_4_what_is_no_duration_is_refused_without_being_quoted() {
        for value in ["abc", "1e9", "5y", "10 m", "hunter2"] {
            check(value, Err("not a duration"));
        }
        check("99999999999999999999", Err("duration is too long"));
    }

    #[test]
    fn row_5_4_less_than_nothing_is_refused() {
        for value in ["-1", "-1s", "-5m"] {
            check(value, Err("requested wrap ttl cannot be negative"));
        }
    }
}
