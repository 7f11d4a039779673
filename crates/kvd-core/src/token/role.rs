//! A token role: what tokens made in its name may be, whoever makes them.

use super::cidr::Cidr;
use crate::fault;
use kvd_storage::{Page, Slot, Table, View, ViewError, transact};
use kvd_types::{Fault, TokenKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const FOLDER: &str = "roles/";

/// What is stored of a role. Times are in seconds, and 0 stands for "not said".
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Role {
    /// Sorted, lower case, without doubles.
    pub(super) allowed_policies: Vec<String>,
    pub(super) allowed_policies_glob: Vec<String>,
    pub(super) disallowed_policies: Vec<String>,
    pub(super) disallowed_policies_glob: Vec<String>,
    pub(super) orphan: bool,
    pub(super) renewable: bool,
    /// Stands behind the role's name in the path of its tokens, so that they can be revoked by it.
    pub(super) path_suffix: String,
    /// None where nobody has said anything: shown differently from an empty list.
    pub(super) allowed_entity_aliases: Option<Vec<String>>,
    pub(super) bound_cidrs: Vec<String>,
    pub(super) explicit_max_seconds: u64,
    pub(super) period_seconds: u64,
    pub(super) num_uses: u64,
    pub(super) no_default_policy: bool,
    pub(super) token_type: RoleType,
    /// Which of the values above were last given under their old names, which look-ups then show as well.
    pub(super) old_names: OldNames,
}

/// The type of a role's tokens, and whether who makes one may choose another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RoleType {
    Service,
    Batch,
    #[default]
    DefaultService,
    DefaultBatch,
}

/// Values that were given under the names of older versions of the API.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct OldNames {
    pub(super) period: bool,
    pub(super) explicit_max: bool,
    pub(super) bound_cidrs: bool,
}

impl Default for Role {
    fn default() -> Self {
        Self {
            allowed_policies: Vec::new(),
            allowed_policies_glob: Vec::new(),
            disallowed_policies: Vec::new(),
            disallowed_policies_glob: Vec::new(),
            orphan: false,
            renewable: true,
            path_suffix: String::new(),
            allowed_entity_aliases: None,
            bound_cidrs: Vec::new(),
            explicit_max_seconds: 0,
            period_seconds: 0,
            num_uses: 0,
            no_default_policy: false,
            token_type: RoleType::default(),
            old_names: OldNames::default(),
        }
    }
}

impl RoleType {
    /// Reads the name of a type; nothing when it is none.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "service" => Some(Self::Service),
            "batch" => Some(Self::Batch),
            "default-service" => Some(Self::DefaultService),
            "default-batch" => Some(Self::DefaultBatch),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Batch => "batch",
            Self::DefaultService => "default-service",
            Self::DefaultBatch => "default-batch",
        }
    }

    /// The type of a token for which `asked` was asked.
    pub(super) fn decide(self, asked: Option<TokenKind>) -> TokenKind {
        match self {
            Self::Service => TokenKind::Service,
            Self::Batch => TokenKind::Batch,
            Self::DefaultService => asked.unwrap_or(TokenKind::Service),
            Self::DefaultBatch => asked.unwrap_or(TokenKind::Batch),
        }
    }
}

impl Role {
    /// The path of the role's tokens.
    pub(super) fn path(&self, name: &str) -> String {
        match self.path_suffix.as_str() {
            "" => format!("auth/token/create/{name}"),
            suffix => format!("auth/token/create/{name}/{suffix}"),
        }
    }

    /// Where the role's tokens may be used from, when they are made with a token that is bound to `parents`: at places
    /// that both allow, so that nobody gets out of their own bounds through a role.
    ///
    /// # Errors
    /// When there is no such place.
    pub(super) fn cidrs_within(&self, parents: &[String]) -> Result<Vec<String>, Fault> {
        if self.bound_cidrs.is_empty() || parents.is_empty() {
            return Ok(if self.bound_cidrs.is_empty() { parents.to_vec() } else { self.bound_cidrs.clone() });
        }
        let within = |a: &str, b: &str| match (Cidr::parse(a), Cidr::parse(b)) {
            (Some(a), Some(b)) => b.covers(a),
            _ => false,
        };
        let mut both = Vec::new();
        for (own, above) in self.bound_cidrs.iter().flat_map(|own| parents.iter().map(move |p| (own, p))) {
            if within(own, above) {
                both.push(own.clone());
            } else if within(above, own) {
                both.push(above.clone());
            }
        }
        if both.is_empty() {
            return Err(Fault::invalid(
                "the role's bound CIDRs have no address in common with those of the parent token",
            ));
        }
        Ok(both)
    }
}

/// The role of that name.
pub(super) async fn load(view: &Arc<dyn View>, name: &str) -> Result<Option<Role>, Fault> {
    let opened = view.get(slot(name)).await.map_err(fault::storage)?;
    opened
        .map(|o| serde_json::from_slice(o.plain.expose()))
        .transpose()
        .map_err(|_| fault::storage(ViewError::Malformed { what: "token roles" }))
}

/// Sets the role of that name to what `change` makes of it; a fresh one where there is none.
pub(super) async fn change<T: Send + 'static>(
    view: &Arc<dyn View>,
    name: &str,
    change: impl Fn(&mut Role) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let name = name.to_owned();
    transact(&**view, move |tx| {
        let mut role = match tx.get(slot(&name))? {
            Some(opened) => serde_json::from_slice(opened.plain.expose())
                .map_err(|_| fault::storage(ViewError::Malformed { what: "token roles" }))?,
            None => Role::default(),
        };
        let result = change(&mut role)?;
        tx.put(slot(&name), &serde_json::to_vec(&role).map_err(Fault::internal)?)?;
        Ok::<_, Fault>(result)
    })
    .await
}

/// Removes the role of that name, if it is there. Its tokens go on.
pub(super) async fn delete(view: &Arc<dyn View>, name: &str) -> Result<(), Fault> {
    let name = name.to_owned();
    transact(&**view, move |tx| {
        tx.delete(slot(&name));
        Ok::<_, Fault>(())
    })
    .await
}

/// The names of all roles, sorted.
pub(super) async fn names(view: &Arc<dyn View>) -> Result<Vec<String>, Fault> {
    view.list(Table::System, FOLDER, Page::default()).await.map_err(fault::storage)
}

fn slot(name: &str) -> Slot<'_> {
    Slot { table: Table::System, folder: FOLDER, name, version: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v038_a_role_does_not_lead_out_of_the_parents_addresses() {
        let check = |role: &[&str], parents: &[&str], want: Option<&[&str]>| {
            let texts = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
            let role = Role { bound_cidrs: texts(role), ..Role::default() };
            assert_eq!(role.cidrs_within(&texts(parents)).ok(), want.map(texts), "{parents:?}");
        };
        check(&[], &[], Some(&[]));
        check(&["10.0.0.0/8"], &[], Some(&["10.0.0.0/8"]));
        check(&[], &["10.0.0.0/8"], Some(&["10.0.0.0/8"]));
        check(&["10.1.0.0/16"], &["10.0.0.0/8"], Some(&["10.1.0.0/16"]));
        check(&["0.0.0.0/0", "::/0"], &["10.0.0.0/8"], Some(&["10.0.0.0/8"]));
        check(&["192.168.0.0/16"], &["10.0.0.0/8"], None);
        check(&["192.168.0.0/16", "10.9.9.9"], &["10.0.0.0/8"], Some(&["10.9.9.9"]));
    }
}
