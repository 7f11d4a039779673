//! Which engines and auth methods there are.

use crate::{SecretsEngine, Upgrade};
use kvd_types::Fault;
use std::{collections::BTreeMap, sync::Arc};

/// The options of a mount, such as `version`.
pub type MountOptions = BTreeMap<String, String>;

/// Builds the engine of a mount with the given options.
///
/// # Errors
/// When the options make no sense to the engine; the fault goes to whoever wants to mount it.
pub type Factory = Arc<dyn Fn(&MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> + Send + Sync>;

/// The engines and auth methods that a vault can mount, by type.
#[derive(Default)]
pub struct Registry {
    engines: BTreeMap<&'static str, Factory>,
    methods: BTreeMap<&'static str, Factory>,
    upgrades: BTreeMap<&'static str, Arc<dyn Upgrade>>,
}

impl Registry {
    /// Adds a type of secrets engine.
    pub fn secrets(
        &mut self,
        kind: &'static str,
        build: impl Fn(&MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> + Send + Sync + 'static,
    ) -> &mut Self {
        self.engines.insert(kind, Arc::new(build));
        self
    }

    /// Adds a type of auth method.
    pub fn auth(
        &mut self,
        kind: &'static str,
        build: impl Fn(&MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> + Send + Sync + 'static,
    ) -> &mut Self {
        self.methods.insert(kind, Arc::new(build));
        self
    }

    /// Says how the records of an engine's mounts follow a change of options.
    pub fn upgrade(&mut self, kind: &'static str, upgrade: Arc<dyn Upgrade>) -> &mut Self {
        self.upgrades.insert(kind, upgrade);
        self
    }

    /// The factory of a type of secrets engine.
    pub fn factory(&self, kind: &str) -> Option<Factory> {
        self.engines.get(kind).cloned()
    }

    /// The factory of a type of auth method.
    pub fn auth_factory(&self, kind: &str) -> Option<Factory> {
        self.methods.get(kind).cloned()
    }

    /// How the records of a type follow a change of options, if they have to.
    pub fn upgrade_of(&self, kind: &str) -> Option<&Arc<dyn Upgrade>> {
        self.upgrades.get(kind)
    }

    /// All types of auth methods.
    pub fn auth_kinds(&self) -> impl Iterator<Item = &'static str> {
        self.methods.keys().copied()
    }

    /// All types of secrets engines.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.engines.keys().copied()
    }
}
