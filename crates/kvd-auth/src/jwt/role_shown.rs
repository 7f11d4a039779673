//! How a role is shown.

use super::{bound::Comparison, role::Role};
use crate::token_params::{ROLE_OLD_NAMES, number};
use kvd_json::{Value, Writer};

impl Role {
    /// Writes all fields.
    pub(super) fn write(&self, w: &mut Writer) {
        let lists = [
            ("allowed_redirect_uris", &self.browser.allowed_redirect_uris),
            ("bound_audiences", &self.bound_audiences),
            ("oauth2_metadata", &self.browser.oauth2_metadata),
            ("oidc_scopes", &self.browser.scopes),
        ];
        for (name, list) in lists {
            w.key(name);
            match list {
                Some(list) => w.strings(list),
                None => w.null(),
            }
        }
        let comparison = match self.bound_claims_type {
            Comparison::String => "string",
            Comparison::Glob => "glob",
        };
        let texts = [
            ("bound_claims_type", comparison),
            ("bound_subject", &self.bound_subject),
            ("callback_mode", self.browser.callback_mode.name()),
            ("groups_claim", &self.groups_claim),
            ("role_type", self.kind.name()),
            ("user_claim", &self.user_claim),
        ];
        for (name, text) in texts {
            w.key(name);
            w.string(text);
        }
        let numbers = [
            ("clock_skew_leeway", self.leeways.clock_skew),
            ("expiration_leeway", self.leeways.expiration),
            ("not_before_leeway", self.leeways.not_before),
        ];
        for (name, n) in numbers {
            w.key(name);
            w.int(n);
        }
        w.key("max_age");
        number(w, self.browser.max_age_seconds);
        if self.browser.poll_interval_seconds > 0 {
            w.key("poll_interval");
            w.int(self.browser.poll_interval_seconds);
        }
        let flags = [
            ("oidc_disable_confirmation", self.browser.disable_confirmation),
            ("token_policies_template_claims", self.policies_name_claims),
            ("user_claim_json_pointer", self.user_claim_json_pointer),
            ("verbose_oidc_logging", self.verbose_oidc_logging),
        ];
        for (name, flag) in flags {
            w.key(name);
            w.bool(flag);
        }
        w.key("bound_claims");
        raw_or_null(w, self.bound_claims.as_ref());
        w.key("claim_mappings");
        raw_or_null(w, self.claim_mappings.as_ref());
        self.token.write(w, ROLE_OLD_NAMES);
    }
}

fn raw_or_null(w: &mut Writer, value: Option<&impl serde::Serialize>) {
    let bytes = value.and_then(|v| serde_json::to_vec(v).ok());
    match bytes.as_deref().map(Value::from_stored) {
        Some(Ok(value)) => w.raw(value),
        Some(Err(_)) | None => w.null(),
    }
}
