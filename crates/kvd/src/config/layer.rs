//! Single settings from environment variables and flags, as layers of the configuration.

use super::{
    error::{ConfigError, Place},
    schema::{Block, Effect, Kind},
    settings, value,
};
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map},
};

/// Settings with where each comes from.
#[derive(Clone, Debug)]
pub struct Layer {
    name: &'static str,
    dict: Dict,
}

/// Variables that old set-ups use for a setting of another name.
const OTHER_NAMES: [(&str, &str); 3] =
    [("REDIRECT_ADDR", "api_addr"), ("ADVERTISE_ADDR", "api_addr"), ("RAFT_PATH", "storage.path")];

/// What the variables of kvd and of Vault start with; the last one counts.
const PREFIXES: [&str; 2] = ["VAULT_", "KVD_"];

impl Layer {
    /// A layer without settings.
    pub fn new(name: &'static str) -> Self {
        Self { name, dict: Dict::new() }
    }

    /// The settings among environment variables: `VAULT_LOG_LEVEL` and `KVD_LOG_LEVEL` are `log_level`.
    ///
    /// # Errors
    /// When a value is not what its setting wants.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut layer = Self::new("environment");
        let others = OTHER_NAMES.iter().map(|(name, setting)| ((*name).to_owned(), *setting));
        let own = settings::FILE.settings.iter().filter(|setting| setting.effect == Effect::Used);
        let own = own.map(|setting| (setting.name.to_ascii_uppercase(), setting.name));
        for (suffix, setting) in others.chain(own).chain([("STORAGE_PATH".to_owned(), "storage.path")]) {
            for prefix in PREFIXES {
                let name = format!("{prefix}{suffix}");
                if let Some(text) = variable(&name).filter(|text| !text.is_empty()) {
                    layer.set(setting, &text, Place::Variable(name))?;
                }
            }
        }
        Ok(layer)
    }

    /// Adds a setting that came as a text.
    ///
    /// # Errors
    /// When the text is not what the setting wants.
    pub fn set(&mut self, setting: &'static str, text: &str, place: Place) -> Result<(), ConfigError> {
        let (section, name) = match setting.split_once('.') {
            Some((block, name)) => (settings::FILE.block(block).map(Block::section), name),
            None => (Some(settings::FILE), setting),
        };
        let kind = section.and_then(|section| section.setting(name)).map(|setting| setting.kind);
        let Some(value) = kind.and_then(|kind| value::read_text(kind, text)) else {
            let wanted = kind.map_or_else(|| "nothing".to_owned(), Kind::wanted);
            return Err(ConfigError::Setting { place, problem: format!("{setting} wants {wanted}") });
        };
        match setting.split_once('.') {
            Some((block, name)) => {
                let inner = Dict::from([(name.to_owned(), value)]);
                self.dict.insert(block.to_owned(), inner.into());
            }
            None => _ = self.dict.insert(setting.to_owned(), value),
        }
        Ok(())
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}
