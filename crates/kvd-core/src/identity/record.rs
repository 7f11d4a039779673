//! What is stored of entities, aliases and groups.

use kvd_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Texts by name.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Somebody or something that logs in, by whatever method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub(crate) id: String,
    pub(crate) name: String,
    /// None where nothing was ever given, which answers tell from nothing in it.
    pub(crate) metadata: Option<Metadata>,
    /// As [`grantable`](crate::policy::grantable) leaves them.
    pub(crate) policies: Vec<String>,
    /// Nobody gets in as this entity any more, neither by a login nor with a token that there is already.
    pub(crate) disabled: bool,
    /// Entities that were merged into this one: their tokens are its tokens.
    pub(crate) merged_ids: Vec<String>,
    /// At most one of each mount, so that it is never in doubt which one a template means (V-018).
    pub(crate) aliases: Vec<Alias>,
    pub(crate) created_nanos: i64,
    pub(crate) updated_nanos: i64,
}

/// The name by which one auth mount knows an entity, or a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alias {
    pub(crate) id: String,
    /// As it was first written; look-ups do not depend on case.
    pub(crate) name: String,
    /// The accessor of the auth mount.
    pub(crate) mount: String,
    /// What the auth method found out at the last login.
    pub(crate) metadata: Option<Metadata>,
    /// What an administrator wrote on it.
    pub(crate) custom_metadata: Option<Metadata>,
    /// The entities it belonged to before they were merged.
    pub(crate) merged_from: Vec<String>,
    pub(crate) created_nanos: i64,
    pub(crate) updated_nanos: i64,
}

/// Entities and groups that have policies in common. Who the members are stands in indexes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: GroupKind,
    pub(crate) metadata: Option<Metadata>,
    /// None where none were ever given.
    pub(crate) policies: Option<Vec<String>>,
    /// Whether members were ever given, which answers tell from never.
    pub(crate) has_members: bool,
    /// Of an external group only.
    pub(crate) alias: Option<Alias>,
    /// How often it was changed.
    pub(crate) modify_index: i64,
    pub(crate) created_nanos: i64,
    pub(crate) updated_nanos: i64,
}

/// Who decides about the members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GroupKind {
    /// An administrator.
    Internal,
    /// The auth method of its alias, anew at each login.
    External,
}

impl GroupKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::External => "external",
        }
    }
}

impl Entity {
    /// An entity with nothing but a name.
    pub(crate) fn new(id: String, name: String, now: Timestamp) -> Self {
        Self {
            id,
            name,
            metadata: None,
            policies: Vec::new(),
            disabled: false,
            merged_ids: Vec::new(),
            aliases: Vec::new(),
            created_nanos: now.nanos(),
            updated_nanos: now.nanos(),
        }
    }

    /// Its alias on the mount with that accessor.
    pub(crate) fn alias_on(&self, mount: &str) -> Option<&Alias> {
        self.aliases.iter().find(|alias| alias.mount == mount)
    }

    /// The alias with that id.
    pub(crate) fn alias_mut(&mut self, id: &str) -> Option<&mut Alias> {
        self.aliases.iter_mut().find(|alias| alias.id == id)
    }
}

impl Alias {
    /// An alias that says nothing but a name.
    pub(crate) fn new(id: String, name: String, mount: String, now: Timestamp) -> Self {
        Self {
            id,
            name,
            mount,
            metadata: None,
            custom_metadata: None,
            merged_from: Vec::new(),
            created_nanos: now.nanos(),
            updated_nanos: now.nanos(),
        }
    }
}

impl Group {
    /// A group with nothing but a name.
    pub(crate) fn new(id: String, name: String, kind: GroupKind, now: Timestamp) -> Self {
        Self {
            id,
            name,
            kind,
            metadata: None,
            policies: None,
            has_members: false,
            alias: None,
            modify_index: 0,
            created_nanos: now.nanos(),
            updated_nanos: now.nanos(),
        }
    }
}

/// The form of a name by which it is looked up: `Ann` and `ann` are one (V-054).
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase()
}
