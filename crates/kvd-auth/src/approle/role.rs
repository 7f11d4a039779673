//! A role: its record, what a body can change of it, and where it lies.

use crate::{
    record,
    token_params::{OldName, TokenField, TokenParams, blocks, seconds, uses},
};
use kvd_backend::Input;
use kvd_storage::{Page, Table, View, ViewTx};
use kvd_types::{Entropy, Fault};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};

/// The folder of all roles.
pub(super) const ROLES: &str = "role/";
const ROLE_IDS: &str = "role-id/";

/// The old names of token fields that this method still takes.
pub(super) const OLD_NAMES: &[OldName] =
    &[(TokenField::Period, "period"), (TokenField::Policies, "policies")];

/// What is stored of a role.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) role_id: String,
    /// The key under which the role's secret ids are hidden, as hexadecimal digits; another one with each role, so
    /// that nothing of a deleted role is good for a later one of the same name.
    key: String,
    pub(super) bind_secret_id: bool,
    pub(super) secret_id_bound_cidrs: Vec<String>,
    pub(super) secret_id_num_uses: u64,
    pub(super) secret_id_ttl_seconds: u64,
    pub(super) local_secret_ids: bool,
    pub(super) token: TokenParams,
}

impl Role {
    /// A role with nothing but defaults.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn draw(entropy: &dyn Entropy) -> Result<Self, Fault> {
        let mut key = [0; 32];
        entropy.fill(&mut key).map_err(Fault::internal)?;
        Ok(Self {
            role_id: uuid(entropy)?,
            key: hex::encode(key),
            bind_secret_id: true,
            secret_id_bound_cidrs: Vec::new(),
            secret_id_num_uses: 0,
            secret_id_ttl_seconds: 0,
            local_secret_ids: false,
            token: TokenParams::default(),
        })
    }

    /// The name under which a secret id is stored. Whoever guesses secret ids learns nothing from how long the
    /// look-up takes: without the key nobody can tell which guess comes near a name.
    pub(super) fn mac(&self, secret_id: &str) -> String {
        hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.key.as_bytes()), secret_id.as_bytes()))
    }

    /// Takes over what a body names, but for the role id.
    ///
    /// # Errors
    /// When a value makes no sense, by itself or beside the others.
    pub(super) fn apply(&mut self, input: Input<'_>, warnings: &mut Vec<String>) -> Result<(), Fault> {
        if let Some(bind) = input.bool("bind_secret_id")? {
            self.bind_secret_id = bind;
        }
        for name in ["bound_cidr_list", "secret_id_bound_cidrs"] {
            if let Some(blocks) = blocks(input, name, true)? {
                self.secret_id_bound_cidrs = blocks;
            }
        }
        let negative = "secret_id_num_uses cannot be negative";
        if let Some(n) = uses(input, "secret_id_num_uses", negative)? {
            self.secret_id_num_uses = n;
        }
        if let Some(ttl) = seconds(input, "secret_id_ttl")? {
            self.secret_id_ttl_seconds = ttl;
        }
        self.token.apply(input, OLD_NAMES, warnings)?;
        self.check()
    }

    /// A role that anybody can log in to who knows its id, from anywhere, is a mistake.
    ///
    /// # Errors
    /// When this is such a role.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let is_bound = self.bind_secret_id
            || !self.secret_id_bound_cidrs.is_empty()
            || !self.token.bound_cidrs.is_empty();
        if is_bound {
            Ok(())
        } else {
            Err(Fault::invalid("at least one constraint should be enabled on the role"))
        }
    }
}

/// The role with that name.
///
/// # Errors
/// When the store fails.
pub(super) async fn find(view: &dyn View, name: &str) -> Result<Option<Role>, Fault> {
    record::read(view, record::slot(ROLES, name)).await
}

/// The same within a transaction.
///
/// # Errors
/// When the store fails.
pub(super) fn find_in(tx: &mut dyn ViewTx, name: &str) -> Result<Option<Role>, Fault> {
    record::read_in(tx, record::slot(ROLES, name))
}

/// The name of the role with that id.
///
/// # Errors
/// When the store fails.
pub(super) async fn name_of(view: &dyn View, role_id: &str) -> Result<Option<String>, Fault> {
    record::read(view, record::slot(ROLE_IDS, &index(role_id))).await
}

/// Stores a role. `old` is what stood there before.
///
/// # Errors
/// When another role has the same id, or the store fails.
pub(super) fn store(tx: &mut dyn ViewTx, name: &str, role: &Role, old: Option<&Role>) -> Result<(), Fault> {
    if old.is_none_or(|old| old.role_id != role.role_id) {
        let index = index(&role.role_id);
        if tx.get(record::slot(ROLE_IDS, &index))?.is_some() {
            return Err(Fault::invalid("role_id already in use"));
        }
        record::write(tx, record::slot(ROLE_IDS, &index), &name)?;
        if let Some(old) = old {
            tx.delete(record::slot(ROLE_IDS, &self::index(&old.role_id)));
        }
    }
    record::write(tx, record::slot(ROLES, name), role)
}

/// Removes a role with all its secret ids.
///
/// # Errors
/// When the store fails.
pub(super) fn remove(tx: &mut dyn ViewTx, name: &str) -> Result<(), Fault> {
    let Some(role) = find_in(tx, name)? else { return Ok(()) };
    for mac in tx.list(Table::Heads, &super::secret_id::folder(name), Page::default())? {
        super::secret_id::remove(tx, name, &mac)?;
    }
    tx.delete(record::slot(ROLE_IDS, &index(&role.role_id)));
    tx.delete(record::slot(ROLES, name));
    Ok(())
}

/// Role ids can be of any length; their places cannot.
fn index(role_id: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, role_id.as_bytes()))
}

/// A version 4 UUID.
///
/// # Errors
/// When there is no randomness.
pub(super) fn uuid(entropy: &dyn Entropy) -> Result<String, Fault> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes).map_err(Fault::internal)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().as_hyphenated().to_string())
}
