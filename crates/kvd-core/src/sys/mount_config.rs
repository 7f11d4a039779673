//! The settings of a mount as bodies give them, when it is enabled and when it is tuned.

use crate::mount::{Family, LockoutConfig, MountConfig, Visibility};
use kvd_backend::Input;
use kvd_json::{Object, Value};
use kvd_types::{Fault, parse_duration};

/// Reads the `config` member of a body that enables a mount.
pub(super) fn read(value: Option<Value<'_>>, family: Family, system_max: u64) -> Result<MountConfig, Fault> {
    let mut config = MountConfig::default();
    if family == Family::Auth {
        config.token_type = Some("default-service".to_owned());
    }
    let Some(value) = value else { return Ok(config) };
    let object = object(value).ok_or_else(|| kvd_backend::field_error("config"))?;
    let input = Input::new(&object);
    let unreadable = |_| Fault::invalid("unable to convert given mount config information");
    config.default_lease_seconds = lease(input, "default_lease_ttl", "default TTL")?.unwrap_or(0);
    config.max_lease_seconds = lease(input, "max_lease_ttl", "max TTL")?.unwrap_or(0);
    let (default, max) = (config.default_lease_seconds, config.max_lease_seconds);
    if max != 0 && default > max {
        return Err(Fault::invalid("given default lease TTL greater than given max lease TTL"));
    }
    if max == 0 && default > system_max {
        return Err(Fault::invalid(format!(
            "given default lease TTL greater than system max lease TTL of {system_max}"
        )));
    }
    config.force_no_cache = input.bool("force_no_cache").map_err(unreadable)?.unwrap_or(false);
    apply_common(&mut config, input, family)?;
    Ok(config)
}

/// Changes what both enabling and tuning can set, as far as the body names it.
pub(super) fn apply_common(config: &mut MountConfig, input: Input<'_>, family: Family) -> Result<(), Fault> {
    if let Some(text) = input.string("listing_visibility")? {
        config.listing_visibility = match &*text {
            "" => None,
            "hidden" => Some(Visibility::Hidden),
            "unauth" => Some(Visibility::Unauth),
            other => return Err(Fault::invalid(format!("invalid listing_visibility {}", shown(other)))),
        };
    }
    for (name, list) in [
        ("audit_non_hmac_request_keys", &mut config.audit_non_hmac_request_keys),
        ("audit_non_hmac_response_keys", &mut config.audit_non_hmac_response_keys),
        ("passthrough_request_headers", &mut config.passthrough_request_headers),
        ("allowed_response_headers", &mut config.allowed_response_headers),
    ] {
        if let Some(given) = input.list(name)? {
            *list = given;
        }
    }
    if let Some(kind) = input.string("token_type")?.filter(|k| !k.is_empty()) {
        if family != Family::Auth {
            return Err(Fault::invalid("'token_type' can only be modified on auth mounts"));
        }
        if !matches!(&*kind, "default-service" | "default-batch" | "service" | "batch") {
            return Err(Fault::invalid("invalid value for 'token_type'"));
        }
        config.token_type = Some(kind.into_owned());
    }
    if let Some(value) = input.raw("user_lockout_config") {
        if family != Family::Auth {
            return Err(Fault::invalid("'user_lockout_config' can only be modified on auth mounts"));
        }
        let object = object(value).ok_or_else(|| kvd_backend::field_error("user_lockout_config"))?;
        apply_lockout(config.user_lockout.get_or_insert_default(), Input::new(&object))?;
    }
    Ok(())
}

fn apply_lockout(lockout: &mut LockoutConfig, input: Input<'_>) -> Result<(), Fault> {
    if let Some(n) = input.int("lockout_threshold")? {
        let n = u32::try_from(n).map_err(|_| kvd_backend::field_error("lockout_threshold"))?;
        lockout.threshold = Some(n);
    }
    for (name, seconds) in [
        ("lockout_duration", &mut lockout.duration_seconds),
        ("lockout_counter_reset_duration", &mut lockout.counter_reset_seconds),
    ] {
        if let Some(given) = input.duration(name)? {
            *seconds = Some(given.as_secs());
        }
    }
    if let Some(disabled) = input.bool("lockout_disable")? {
        lockout.disabled = Some(disabled);
    }
    Ok(())
}

/// Seconds of a lease time; `system` and 0 stand for the system's own.
pub(super) fn lease(input: Input<'_>, name: &str, what: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = input.string(name)? else { return Ok(None) };
    if matches!(&*text, "" | "system") {
        return Ok(Some(0));
    }
    let nanos = parse_duration(&text).ok().and_then(|n| u64::try_from(n).ok()).ok_or_else(|| {
        Fault::invalid(format!("unable to parse {what} of {}: not a duration", shown(&text)))
    })?;
    Ok(Some(nanos / 1_000_000_000))
}

/// An object of its own out of a member's value; the text is bounded and canonical already.
pub(super) fn object(value: Value<'_>) -> Option<Object> {
    value.as_object()?;
    Object::parse(value.text().as_bytes(), &kvd_json::Limits::default()).ok()
}

/// A short, plain part of what was given, enough to find the mistake.
fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic()).take(32).collect()
}
