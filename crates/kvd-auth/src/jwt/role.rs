//! A role: its record, and where it lies.

use super::bound::Comparison;
use crate::{jose::Leeways, named::Named, token_params::TokenParams};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// All roles.
pub(super) static ROLES: Named<Role> = Named::new("role/", "name");

/// What is stored of a role. A list or map that was never named is none, and shown as such.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) kind: RoleKind,
    pub(super) bound_audiences: Option<Vec<String>>,
    pub(super) bound_claims: Option<Map<String, Value>>,
    pub(super) bound_claims_type: Comparison,
    pub(super) bound_subject: String,
    pub(super) claim_mappings: Option<BTreeMap<String, String>>,
    pub(super) groups_claim: String,
    pub(super) leeways: Leeways,
    pub(super) user_claim: String,
    pub(super) user_claim_json_pointer: bool,
    pub(super) policies_name_claims: bool,
    pub(super) browser: Browser,
    pub(super) verbose_oidc_logging: bool,
    pub(super) token: TokenParams,
}

/// What a role says of logins by a browser.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Browser {
    pub(super) allowed_redirect_uris: Option<Vec<String>>,
    pub(super) callback_mode: CallbackMode,
    pub(super) disable_confirmation: bool,
    pub(super) max_age_seconds: u64,
    pub(super) oauth2_metadata: Option<Vec<String>>,
    pub(super) poll_interval_seconds: i64,
    pub(super) scopes: Option<Vec<String>>,
}

/// Who logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleKind {
    /// Somebody who has a token already.
    Jwt,
    /// Somebody with a browser.
    #[default]
    Oidc,
}

impl RoleKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Oidc => "oidc",
        }
    }
}

/// How a login by a browser ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CallbackMode {
    #[default]
    Client,
    Device,
    Direct,
}

impl CallbackMode {
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Client, Self::Device, Self::Direct].into_iter().find(|mode| mode.name() == text)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Device => "device",
            Self::Direct => "direct",
        }
    }
}
