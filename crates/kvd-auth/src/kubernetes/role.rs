//! A role: its record, what a body can change of it, and where it lies.

use super::selector::Selector;
use crate::{
    glob,
    named::{Fields, Leases, Named},
    token_params::{ROLE_OLD_NAMES, TokenParams},
};
use kvd_backend::Input;
use kvd_json::Writer;
use kvd_types::{Fault, GoDuration};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// All roles.
pub(super) static ROLES: Named<Role> = Named::new("role/", "name");

/// What is stored of a role.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) names: Vec<String>,
    pub(super) namespaces: Vec<String>,
    pub(super) namespace_selector: String,
    pub(super) audience: String,
    pub(super) alias_source: AliasSource,
    pub(super) token: TokenParams,
}

/// What the alias of a service account is named after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AliasSource {
    /// The uid: an account that is made anew is another one.
    #[default]
    #[serde(rename = "serviceaccount_uid")]
    Uid,
    /// The namespace and the name.
    #[serde(rename = "serviceaccount_name")]
    Name,
}

impl AliasSource {
    fn name(self) -> &'static str {
        match self {
            Self::Uid => "serviceaccount_uid",
            Self::Name => "serviceaccount_name",
        }
    }
}

impl Fields for Role {
    fn apply(
        &mut self,
        _: &str,
        input: Input<'_>,
        Leases { max: max_lease, .. }: Leases,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        self.token.apply(input, ROLE_OLD_NAMES, warnings)?;
        let period = Duration::from_secs(self.token.period_seconds);
        if period > max_lease {
            return Err(Fault::invalid(format!(
                "token period of '\"{}\"' is greater than the backend's maximum lease TTL of '\"{}\"'",
                GoDuration::from(period),
                GoDuration::from(max_lease)
            )));
        }
        if Duration::from_secs(self.token.max_ttl_seconds) > max_lease {
            warnings.push(
                "max_ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL \
                 value will be truncated"
                    .to_owned(),
            );
        }
        if let Some(names) = input.list("bound_service_account_names")? {
            self.names = names;
        }
        if let Some(namespaces) = input.list("bound_service_account_namespaces")? {
            self.namespaces = namespaces;
        }
        if let Some(selector) = input.string("bound_service_account_namespace_selector")? {
            self.namespace_selector = selector.into_owned();
        }
        self.check_bounds()?;
        if let Some(audience) = input.string("audience")? {
            self.audience = audience.into_owned();
        }
        match input.string("alias_name_source")?.as_deref() {
            None | Some("") => {}
            Some(name) => {
                let sources = [AliasSource::Uid, AliasSource::Name];
                self.alias_source = sources.into_iter().find(|s| s.name() == name).ok_or_else(|| {
                    Fault::invalid(
                        "invalid alias_name_source, must be one of: serviceaccount_uid, serviceaccount_name",
                    )
                })?;
            }
        }
        Ok(())
    }

    fn show(&self, w: &mut Writer) {
        w.key("alias_name_source");
        w.string(self.alias_source.name());
        if !self.audience.is_empty() {
            w.key("audience");
            w.string(&self.audience);
        }
        w.key("bound_service_account_names");
        w.strings(&self.names);
        w.key("bound_service_account_namespace_selector");
        w.string(&self.namespace_selector);
        w.key("bound_service_account_namespaces");
        w.strings(&self.namespaces);
        self.token.write(w, ROLE_OLD_NAMES);
    }
}

impl Role {
    fn check_bounds(&self) -> Result<(), Fault> {
        let mixes = |list: &[String]| list.len() > 1 && list.iter().any(|name| name == "*");
        if self.names.is_empty() {
            return Err(Fault::invalid("\"bound_service_account_names\" can not be empty"));
        }
        if mixes(&self.names) {
            return Err(Fault::invalid("can not mix \"*\" with values"));
        }
        if self.namespaces.is_empty() && self.namespace_selector.is_empty() {
            return Err(Fault::invalid(
                "\"bound_service_account_namespaces\" can not be empty if \
                 \"bound_service_account_namespace_selector\" is not set",
            ));
        }
        if !self.namespace_selector.is_empty() && Selector::parse(&self.namespace_selector).is_none() {
            return Err(Fault::invalid("invalid \"bound_service_account_namespace_selector\" configured"));
        }
        if mixes(&self.namespaces) {
            return Err(Fault::invalid("can not mix \"*\" with values"));
        }
        Ok(())
    }

    /// Whether a service account of that name may log in.
    pub(super) fn admits_name(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| glob::matches(pattern, name))
    }

    /// Whether a service account of that namespace may log in whatever the labels of the namespace are.
    pub(super) fn admits_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|pattern| glob::matches(pattern, namespace))
    }
}
