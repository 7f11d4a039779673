//! One field of a result, for scripts that want nothing else.

use serde_json::{Value, json};

use super::{Format, Screen, yaml};
use crate::{
    client::Secret,
    failure::{Failure, Outcome, SUCCESS},
    gofmt::{quote::quote, value::plain},
};

/// Prints the field of a response that `-field` names.
pub(crate) fn print_secret_field(screen: &mut Screen<'_>, secret: &Secret, name: &str) -> Outcome {
    print_field(screen, field_of(secret, name), name)
}

/// Prints a value; null counts as absent.
pub(crate) fn print_field(screen: &mut Screen<'_>, value: Option<Value>, name: &str) -> Outcome {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Err(Failure::usage(format!("Field {} not present in secret", quote(name))));
    };
    let text = match screen.format {
        Format::Table => plain(&value),
        // The line end that closes a YAML document belongs to it, and may be part of the value.
        Format::Yaml => yaml::document(&value),
        format @ (Format::Json | Format::Pretty | Format::Raw | Format::Dotenv | Format::Export) => {
            format.render(&value)?.unwrap_or_default()
        }
    };
    screen.value(&text);
    Ok(SUCCESS)
}

/// The field with this name: of the token, the wrapping or the lease where the response has one, else of its data.
fn field_of(secret: &Secret, name: &str) -> Option<Value> {
    let of_data = || secret.data.as_ref().and_then(|data| data.get(name)).cloned();
    if let Some(auth) = &secret.auth {
        return match name {
            "token" => Some(json!(*auth.client_token)),
            "token_accessor" => Some(json!(auth.accessor)),
            "token_duration" => Some(json!(auth.lease_duration)),
            "token_renewable" => Some(json!(auth.renewable)),
            "token_policies" => Some(json!(auth.token_policies.as_deref().unwrap_or_default())),
            "identity_policies" => Some(json!(auth.identity_policies.as_deref().unwrap_or_default())),
            "policies" => Some(json!(auth.policies.as_deref().unwrap_or_default())),
            _ => of_data(),
        };
    }
    if let Some(wrap) = &secret.wrap_info {
        return match name {
            "wrapping_token" => Some(json!(*wrap.token)),
            "wrapping_accessor" => Some(json!(wrap.accessor)),
            "wrapping_token_ttl" => Some(json!(wrap.ttl)),
            "wrapping_token_creation_time" => Some(json!(wrap.creation_time)),
            "wrapping_token_creation_path" => Some(json!(wrap.creation_path)),
            "wrapped_accessor" => Some(json!(wrap.wrapped_accessor)),
            _ => of_data(),
        };
    }
    match name {
        "lease_duration" | "refresh_interval" => Some(json!(secret.lease_duration)),
        "lease_id" => Some(json!(secret.lease_id)),
        "request_id" => Some(json!(secret.request_id)),
        "renewable" => Some(json!(secret.renewable)),
        "data" => of_data().or_else(|| secret.data.clone().map(Value::Object)),
        _ => of_data(),
    }
}
