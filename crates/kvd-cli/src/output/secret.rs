//! A response of the server as a table or a document.

use serde_json::{Map, Value};

use super::{Format, Screen, columns::table, wrap::wrap};
use crate::{
    client::{Auth, Secret, WrapInfo},
    failure::{Failure, Outcome, SUCCESS},
    gofmt::{duration::Duration, quote::quote_list, time, value::plain},
};

/// Prints a whole response.
pub(crate) fn print_secret(screen: &mut Screen<'_>, secret: &Secret) -> Outcome {
    if screen.document(secret)? {
        return Ok(SUCCESS);
    }
    print_warnings(screen, secret);
    let rows = rows(secret);
    if !rows.is_empty() {
        screen.line(key_value_table(rows));
    }
    Ok(SUCCESS)
}

/// Prints a mapping on its own: a table of keys and values, or the document.
pub(crate) fn print_data(screen: &mut Screen<'_>, data: &Map<String, Value>) -> Outcome {
    if !screen.document(data)?
        && let Some(table) = data_table(data)
    {
        screen.line(table);
    }
    Ok(SUCCESS)
}

/// Prints the keys of a list response.
pub(crate) fn print_list(screen: &mut Screen<'_>, secret: &Secret) -> Outcome {
    let keys = secret.data.as_ref().and_then(|data| data.get("keys")).unwrap_or(&Value::Null);
    if screen.document(keys)? {
        return Ok(SUCCESS);
    }
    print_warnings(screen, secret);
    let unlistable = || Failure::usage("Could not parse output: a key is not a string");
    let mut names = Vec::new();
    for key in keys.as_array().into_iter().flatten() {
        names.push(key.as_str().ok_or_else(unlistable)?.to_owned());
    }
    names.sort();
    if !names.is_empty() {
        let rows = std::iter::once("Keys".to_owned()).chain(names).map(|name| vec![name]).collect();
        screen.line(table(rows));
    }
    Ok(SUCCESS)
}

/// Prints the warnings of a response, in the form for people only.
pub(crate) fn print_warnings(screen: &mut Screen<'_>, secret: &Secret) {
    let warnings = secret.warnings.as_deref().unwrap_or_default();
    if screen.format != Format::Table || warnings.is_empty() {
        return;
    }
    screen.warn("WARNING! The following warnings were returned from Vault:\n");
    for warning in warnings {
        screen.warn(wrap(&format!("* {warning}"), 2));
        screen.warn("");
    }
}

/// A table of keys and values, sorted, or nothing where there is nothing to show.
fn data_table(data: &Map<String, Value>) -> Option<String> {
    let rows = data_rows(data);
    (!rows.is_empty()).then(|| key_value_table(rows))
}

fn key_value_table(rows: Vec<(String, String)>) -> String {
    let heading = ("Key".to_owned(), "Value".to_owned());
    table(std::iter::once(heading).chain(rows).map(|(key, value)| vec![key, value]).collect())
}

fn rows(secret: &Secret) -> Vec<(String, String)> {
    let mut rows = lease_rows(secret);
    if let Some(auth) = &secret.auth {
        rows.extend(auth_rows(auth));
    }
    if let Some(wrap) = &secret.wrap_info {
        rows.extend(wrap_rows(wrap));
    }
    if let Some(data) = &secret.data {
        rows.extend(data_rows(data));
    }
    rows
}

fn lease_rows(secret: &Secret) -> Vec<(String, String)> {
    let duration = Duration::from_seconds(secret.lease_duration).humane();
    match (secret.lease_duration > 0, secret.lease_id.is_empty()) {
        (false, _) => Vec::new(),
        // A duration without a lease is how often a value of KV version 1 should be read again.
        (true, true) => vec![("refresh_interval".to_owned(), duration)],
        (true, false) => vec![
            ("lease_id".to_owned(), secret.lease_id.clone()),
            ("lease_duration".to_owned(), duration),
            ("lease_renewable".to_owned(), secret.renewable.to_string()),
        ],
    }
}

fn auth_rows(auth: &Auth) -> Vec<(String, String)> {
    if let Some(requirement) = auth.mfa_requirement.as_ref().filter(|value| !value.is_null()) {
        return mfa_rows(requirement);
    }
    let duration = match auth.lease_duration {
        0 => "∞".to_owned(),
        seconds => Duration::from_seconds(seconds).humane(),
    };
    let policies = |list: &Option<Vec<String>>| quote_list(list.as_deref().unwrap_or_default());
    let mut rows = vec![
        ("token".to_owned(), auth.client_token.to_string()),
        ("token_accessor".to_owned(), auth.accessor.clone()),
        ("token_duration".to_owned(), duration),
        ("token_renewable".to_owned(), auth.renewable.to_string()),
        ("token_policies".to_owned(), policies(&auth.token_policies)),
        ("identity_policies".to_owned(), policies(&auth.identity_policies)),
        ("policies".to_owned(), policies(&auth.policies)),
    ];
    for (key, value) in auth.metadata.iter().flatten() {
        rows.push((format!("token_meta_{key}"), plain(value)));
    }
    rows
}

fn mfa_rows(requirement: &Value) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| value.map(plain).unwrap_or_default();
    let mut rows = vec![("mfa_request_id".to_owned(), text(requirement.get("mfa_request_id")))];
    let constraints = requirement.get("mfa_constraints").and_then(Value::as_object);
    for (name, set) in constraints.into_iter().flatten() {
        for method in set.get("any").and_then(Value::as_array).into_iter().flatten() {
            let prefix = format!("mfa_constraint_{name}_{}", text(method.get("type")));
            rows.push((format!("{prefix}_id"), text(method.get("id"))));
            rows.push((format!("{prefix}_uses_passcode"), text(method.get("uses_passcode"))));
        }
    }
    rows
}

fn wrap_rows(wrap: &WrapInfo) -> Vec<(String, String)> {
    let mut rows = vec![
        ("wrapping_token:".to_owned(), wrap.token.to_string()),
        ("wrapping_accessor:".to_owned(), wrap.accessor.clone()),
        ("wrapping_token_ttl:".to_owned(), Duration::from_seconds(wrap.ttl).humane()),
        ("wrapping_token_creation_time:".to_owned(), time::go_string(&wrap.creation_time)),
        ("wrapping_token_creation_path:".to_owned(), wrap.creation_path.clone()),
    ];
    if !wrap.wrapped_accessor.is_empty() {
        rows.push(("wrapped_accessor:".to_owned(), wrap.wrapped_accessor.clone()));
    }
    rows
}

fn data_rows(data: &Map<String, Value>) -> Vec<(String, String)> {
    let mut entries: Vec<_> = data.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
        .into_iter()
        .map(|(key, value)| {
            let seconds = value.as_i64().filter(|_| names_a_duration(key));
            let text = seconds.map_or_else(|| plain(value), |s| Duration::from_seconds(s).humane());
            (key.clone(), text)
        })
        .collect()
}

/// Whether a field of this name holds seconds that people would rather read as hours.
fn names_a_duration(key: &str) -> bool {
    ["period", "ttl", "duration"]
        .iter()
        .any(|name| key == *name || key.strip_suffix(name).is_some_and(|before| before.ends_with('_')))
        || matches!(key, "lease_max" | "ttl_max")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(json: &str) -> String {
        let secret: Secret = serde_json::from_str(json).unwrap();
        key_value_table(rows(&secret))
    }

    #[test]
    fn data_is_shown_sorted_with_durations_for_people() {
        assert_eq!(
            table_of(
                r#"{"data": {"ttl": 3600, "my_ttl": 90, "ttl_text": "3600", "lease_max": 30, "a": null, "period": 7200,
                    "settle": 5, "max_duration": 61.5}}"#
            ),
            "Key             Value\n\
             ---             -----\n\
             a               <nil>\n\
             lease_max       30s\n\
             max_duration    61.5\n\
             my_ttl          1m30s\n\
             period          2h\n\
             settle          5\n\
             ttl             1h\n\
             ttl_text        3600"
        );
    }

    #[test]
    fn leases_and_tokens_come_before_data() {
        assert_eq!(
            table_of(r#"{"lease_id": "a/b", "lease_duration": 3600, "renewable": true, "data": {"k": "v"}}"#),
            "Key                Value\n\
             ---                -----\n\
             lease_id           a/b\n\
             lease_duration     1h\n\
             lease_renewable    true\n\
             k                  v"
        );
        assert_eq!(
            table_of(
                r#"{"auth": {"client_token": "t", "accessor": "", "policies": ["a", "default"],
                    "token_policies": ["a", "default"], "identity_policies": null, "metadata": {"u": "x"},
                    "lease_duration": 0, "renewable": false}}"#
            ),
            "Key                  Value\n\
             ---                  -----\n\
             token                t\n\
             token_accessor       n/a\n\
             token_duration       ∞\n\
             token_renewable      false\n\
             token_policies       [\"a\" \"default\"]\n\
             identity_policies    []\n\
             policies             [\"a\" \"default\"]\n\
             token_meta_u         x"
        );
    }

    #[test]
    fn a_wrapped_response_shows_its_token_only() {
        assert_eq!(
            table_of(
                r#"{"wrap_info": {"token": "w", "accessor": "wa", "ttl": 60, "creation_path": "secret/data/w",
                    "creation_time": "2026-02-02T10:30:00.5Z", "wrapped_accessor": ""}, "data": null}"#
            ),
            "Key                              Value\n\
             ---                              -----\n\
             wrapping_token:                  w\n\
             wrapping_accessor:               wa\n\
             wrapping_token_ttl:              1m\n\
             wrapping_token_creation_time:    2026-02-02 10:30:00.5 +0000 UTC\n\
             wrapping_token_creation_path:    secret/data/w"
        );
    }
}
