//! The header `X-Vault-MFA`: checked for its form, so that a mistyped one is not passed over in silence.

use http::{HeaderMap, HeaderName, HeaderValue};
use kvd_types::Fault;

const X_VAULT_MFA: HeaderName = HeaderName::from_static("x-vault-mfa");

/// Checks that every value is `method` or `method:credential`.
///
/// # Errors
/// When one half of a pair is missing.
pub fn check(headers: &HeaderMap) -> Result<(), Fault> {
    headers.get_all(X_VAULT_MFA).iter().map(HeaderValue::as_bytes).try_for_each(|value| {
        let Some(colon) = value.iter().position(|b| *b == b':') else {
            return Ok(());
        };
        let missing = match (colon, value.len() - colon) {
            (0, _) => "missing method name or ID",
            (_, 1) => "missing method value",
            (_, _) => return Ok(()),
        };
        Err(Fault::invalid(format!(
            "failed to parse X-Vault-MFA header: invalid data in header \"X-Vault-MFA\"; {missing}"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_5_4_half_a_credential_is_refused() {
        for (value, want) in [
            ("", None),
            ("m", None),
            ("m:x", None),
            ("m:x:y", None),
            (":x", Some("missing method name or ID")),
            (":", Some("missing method name or ID")),
            ("m:", Some("missing method value")),
        ] {
            let headers = HeaderMap::from_iter([(X_VAULT_MFA, HeaderValue::from_static(value))]);
            let got = check(&headers).map_err(|f| f.public[0].rsplit("; ").next().map(str::to_owned));
            assert_eq!(got.err().flatten().as_deref(), want, "{value:?}");
        }
    }
}
