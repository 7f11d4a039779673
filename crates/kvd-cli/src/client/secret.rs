//! The response every endpoint wraps its answer in.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{ClientError, ClientResult};

/// A response. The order of the fields is the order of the printed document.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Secret {
    #[serde(deserialize_with = "or_default")]
    pub(crate) request_id: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) lease_id: String,
    /// In seconds.
    #[serde(deserialize_with = "or_default")]
    pub(crate) lease_duration: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) renewable: bool,
    pub(crate) data: Option<Map<String, Value>>,
    pub(crate) warnings: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth: Option<Auth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wrap_info: Option<WrapInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mount_type: Option<String>,
}

/// The token a login or a renewal gave.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Auth {
    #[serde(deserialize_with = "or_default")]
    pub(crate) client_token: Zeroizing<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) accessor: String,
    pub(crate) policies: Option<Vec<String>>,
    pub(crate) token_policies: Option<Vec<String>>,
    pub(crate) identity_policies: Option<Vec<String>>,
    pub(crate) metadata: Option<BTreeMap<String, Value>>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) orphan: bool,
    #[serde(deserialize_with = "or_default")]
    pub(crate) entity_id: String,
    /// In seconds.
    #[serde(deserialize_with = "or_default")]
    pub(crate) lease_duration: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) renewable: bool,
    pub(crate) mfa_requirement: Option<Value>,
}

/// The single-use token that stands for a wrapped response.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct WrapInfo {
    #[serde(deserialize_with = "or_default")]
    pub(crate) token: Zeroizing<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) accessor: String,
    /// In seconds.
    #[serde(deserialize_with = "or_default")]
    pub(crate) ttl: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) creation_time: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) creation_path: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) wrapped_accessor: String,
}

impl Secret {
    /// Reads a body: `None` when it is empty or holds nothing but errors.
    ///
    /// A body without any field of a response is taken as data, because some endpoints answer without the envelope.
    ///
    /// # Errors
    /// When the body is not JSON of that form. The message quotes nothing of it.
    pub(crate) fn parse(body: &[u8]) -> ClientResult<Option<Self>> {
        if body.is_empty() {
            return Ok(None);
        }
        let unreadable = || ClientError::Body("the server's answer is not a response in JSON");
        let mut secret: Self = serde_json::from_slice(body).map_err(|_| unreadable())?;
        if secret.is_blank() {
            let bare: Map<String, Value> = serde_json::from_slice(body).map_err(|_| unreadable())?;
            if bare.len() == 1 && bare.contains_key("errors") {
                return Ok(None);
            }
            secret.data = Some(bare).filter(|data| !data.is_empty());
        }
        Ok(Some(secret))
    }

    /// Whether the response says anything beside its number.
    pub(crate) fn has_content(&self) -> bool {
        !self.warnings.as_deref().unwrap_or_default().is_empty()
            || self.data.as_ref().is_some_and(|data| !data.is_empty())
    }

    /// Whether the response was wrapped.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.wrap_info.as_ref().is_some_and(|wrap| wrap.ttl != 0)
    }

    /// The names in a list response.
    pub(crate) fn keys(&self) -> Option<&Vec<Value>> {
        self.data.as_ref()?.get("keys")?.as_array()
    }

    fn is_blank(&self) -> bool {
        let Self {
            request_id,
            lease_id,
            lease_duration,
            renewable,
            data,
            warnings,
            auth,
            wrap_info,
            mount_type,
        } = self;
        request_id.is_empty()
            && lease_id.is_empty()
            && *lease_duration == 0
            && !renewable
            && data.is_none()
            && warnings.is_none()
            && auth.is_none()
            && wrap_info.is_none()
            && mount_type.is_none()
    }
}

/// Servers write null for what they leave out.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_apart() {
        let parse = |body: &str| Secret::parse(body.as_bytes());
        assert!(matches!(parse(""), Ok(None)));
        assert!(matches!(parse(r#"{"errors": []}"#), Ok(None)));
        assert!(matches!(parse("not json"), Err(ClientError::Body(_))));
        assert!(matches!(parse("[1]"), Err(ClientError::Body(_))));
        let bare = parse(r#"{"initialized": true}"#).ok().flatten().unwrap();
        assert!(bare.data.unwrap().contains_key("initialized"));
        let usual = parse(r#"{"request_id": "r", "lease_id": null, "data": null, "auth": null}"#)
            .ok()
            .flatten()
            .unwrap();
        assert!(usual.request_id == "r" && !usual.has_content() && usual.auth.is_none());
    }
}
