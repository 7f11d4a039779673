//! The fields of a role: what a body can say of them.
//!
//! A change touches what it names and nothing else (V-061). The one exception is Vault's: a role whose kind is not
//! named is one for browsers.

use super::{
    bound::{self, Comparison},
    policy_template::Template,
    role::{CallbackMode, Role, RoleKind},
};
use crate::{
    name::shown,
    named::{Fields, Leases},
    token_params::{ROLE_OLD_NAMES, seconds},
};
use kvd_backend::{Input, field_error};
use kvd_json::Writer;
use kvd_types::{Fault, GoDuration};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// Names of metadata that only the method itself gives.
const RESERVED: &str = "role";

impl Fields for Role {
    fn apply(
        &mut self,
        _: &str,
        input: Input<'_>,
        Leases { max: max_lease, .. }: Leases,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        self.kind = match input.string("role_type")?.as_deref() {
            None | Some("" | "oidc") => RoleKind::Oidc,
            Some("jwt") => RoleKind::Jwt,
            Some(other) => return Err(Fault::invalid(format!("invalid 'role_type': {}", shown(other)))),
        };
        self.token.apply(input, ROLE_OLD_NAMES, warnings)?;
        let period = Duration::from_secs(self.token.period_seconds);
        if period > max_lease {
            return Err(Fault::invalid(format!(
                "'period' of '\"{}\"' is greater than the backend's maximum lease TTL of '\"{}\"'",
                GoDuration::from(period),
                GoDuration::from(max_lease)
            )));
        }
        self.take_bounds(input)?;
        self.take_identity(input)?;
        self.take_browser(input)?;
        self.check()?;
        if Duration::from_secs(self.token.max_ttl_seconds) > max_lease {
            warnings.push(
                "token max ttl is greater than the system or backend mount's maximum TTL value; issued tokens' \
                 max TTL value will be truncated"
                    .to_owned(),
            );
        }
        if self.verbose_oidc_logging {
            warnings.push(
                "verbose_oidc_logging has been enabled for this role. This is not recommended in production since \
                 sensitive information may be present in OIDC responses."
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn show(&self, w: &mut Writer) {
        self.write(w);
    }
}

impl Role {
    fn take_bounds(&mut self, input: Input<'_>) -> Result<(), Fault> {
        let leeways = [
            ("expiration_leeway", &mut self.leeways.expiration),
            ("not_before_leeway", &mut self.leeways.not_before),
            ("clock_skew_leeway", &mut self.leeways.clock_skew),
        ];
        for (name, leeway) in leeways {
            if let Some(nanos) = input.signed_duration(name)? {
                *leeway = nanos / 1_000_000_000;
            }
        }
        if let Some(audiences) = input.list("bound_audiences")? {
            self.bound_audiences = Some(audiences);
        }
        if let Some(subject) = input.string("bound_subject")? {
            self.bound_subject = subject.into_owned();
        }
        match input.string("bound_claims_type")?.as_deref() {
            None => {}
            Some("string") => self.bound_claims_type = Comparison::String,
            Some("glob") => self.bound_claims_type = Comparison::Glob,
            Some(other) => {
                return Err(Fault::invalid(format!("invalid 'bound_claims_type': {}", shown(other))));
            }
        }
        if let Some(value) = input.raw("bound_claims") {
            let claims = value.as_object().and(value.decode()).ok_or_else(|| field_error("bound_claims"))?;
            self.bound_claims = Some(claims);
        }
        self.check_globs()
    }

    /// Stars stand for texts, so only texts can have some.
    fn check_globs(&self) -> Result<(), Fault> {
        if self.bound_claims_type == Comparison::String {
            return Ok(());
        }
        for value in self.bound_claims.iter().flatten().map(|(_, value)| value) {
            let list =
                bound::as_list(value).ok_or_else(|| Fault::invalid("claim is not a string or list"))?;
            if let Some(other) = list.iter().find(|v| !v.is_string()) {
                return Err(Fault::invalid(format!("claim is not a string: {}", plain(other))));
            }
        }
        Ok(())
    }

    fn take_identity(&mut self, input: Input<'_>) -> Result<(), Fault> {
        if let Some(mappings) = input.pairs("claim_mappings")? {
            let mut targets = BTreeSet::new();
            for target in mappings.values() {
                if target == RESERVED {
                    return Err(Fault::invalid(format!(
                        "metadata key {target:?} is reserved and may not be a mapping destination"
                    )));
                }
                if !targets.insert(target) {
                    return Err(Fault::invalid(format!(
                        "multiple keys are mapped to metadata key {target:?}"
                    )));
                }
            }
            self.claim_mappings = Some(mappings);
        }
        if let Some(claim) = input.string("user_claim")? {
            self.user_claim = claim.into_owned();
        }
        if self.user_claim.is_empty() {
            return Err(Fault::invalid("a user claim must be defined on the role"));
        }
        if let Some(pointer) = input.bool("user_claim_json_pointer")? {
            self.user_claim_json_pointer = pointer;
        }
        if let Some(claim) = input.string("groups_claim")? {
            self.groups_claim = claim.into_owned();
        }
        if let Some(named) = input.bool("token_policies_template_claims")? {
            self.policies_name_claims = named;
        }
        Ok(())
    }

    fn take_browser(&mut self, input: Input<'_>) -> Result<(), Fault> {
        let browser = &mut self.browser;
        let lists = [
            ("allowed_redirect_uris", &mut browser.allowed_redirect_uris),
            ("oauth2_metadata", &mut browser.oauth2_metadata),
            ("oidc_scopes", &mut browser.scopes),
        ];
        for (name, list) in lists {
            if let Some(given) = input.list(name)? {
                *list = Some(given);
            }
        }
        let known = ["id_token", "refresh_token", "access_token"];
        if let Some(name) = browser.oauth2_metadata.iter().flatten().find(|n| !known.contains(&n.as_str())) {
            return Err(Fault::invalid(format!("Unrecognized oauth2 metadata name {}", shown(name))));
        }
        if let Some(age) = seconds(input, "max_age")? {
            browser.max_age_seconds = age;
        }
        if let Some(interval) = input.int("poll_interval")? {
            browser.poll_interval_seconds = interval;
        }
        if let Some(mode) = input.string("callback_mode")? {
            browser.callback_mode = CallbackMode::parse(&mode)
                .ok_or_else(|| Fault::invalid(format!("invalid 'callback_mode': {}", shown(&mode))))?;
        }
        if let Some(disable) = input.bool("oidc_disable_confirmation")? {
            browser.disable_confirmation = disable;
        }
        if let Some(verbose) = input.bool("verbose_oidc_logging")? {
            self.verbose_oidc_logging = verbose;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Fault> {
        let has_some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|l| !l.is_empty());
        if self.kind == RoleKind::Oidc && !has_some(&self.browser.allowed_redirect_uris) {
            return Err(Fault::invalid(
                "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
            ));
        }
        let is_bound = has_some(&self.bound_audiences)
            || !self.token.bound_cidrs.is_empty()
            || !self.bound_subject.is_empty()
            || self.bound_claims.as_ref().is_some_and(|claims| !claims.is_empty());
        if self.kind == RoleKind::Jwt && !is_bound {
            return Err(Fault::invalid(
                "must have at least one bound constraint when creating/updating a role",
            ));
        }
        if self.policies_name_claims {
            for (i, policy) in self.token.policies.iter().enumerate() {
                Template::parse(policy)
                    .map_err(|e| Fault::invalid(format!("failed to parse template policy [{i}]: {e}")))?;
            }
        }
        Ok(())
    }
}

/// A value that is no text, in short.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Null => "null".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
