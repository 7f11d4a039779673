//! The configuration: defaults, below files, below environment variables, below flags.
//!
//! Files are written as Vault's are, in HCL 1 or JSON. What is not understood is named in a warning; what is
//! understood but wrong is an error with its place. Neither repeats a value.

mod error;
mod file;
mod layer;
pub mod reference;
pub mod schema;
mod settings;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use self::{
    error::{ConfigError, Place, Warning},
    layer::Layer,
    types::{
        AuditDevice, Config, InFlightAccess, Listener, ListenerTelemetry, LogFormat, LogLevel, OpenPath,
        Storage, StorageKind, Telemetry, TlsVersion,
    },
};

use figment::Figment;
use std::path::PathBuf;

/// A configuration, and what in it has no effect.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What in it has no effect, to be logged once there is a log.
    pub warnings: Vec<Warning>,
}

/// Puts the layers together.
///
/// Lists of blocks from several files add up; a single setting is taken from the last file that has it.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn load(paths: &[PathBuf], environment: Layer, flags: Layer) -> Result<Loaded, ConfigError> {
    let mut figment = Figment::new();
    let mut warnings = Vec::new();
    for path in paths {
        for path in file::files_of(path)? {
            let mut file = file::File::read(&path)?;
            warnings.append(&mut file.warnings);
            figment = figment.admerge(file);
        }
    }
    let config: Config = figment.merge(environment).merge(flags).extract().map_err(layers)?;
    Ok(Loaded { config, warnings })
}

/// Texts of figment may quote values, so only the names of settings are taken from its errors.
fn layers(error: figment::Error) -> ConfigError {
    let source = error.metadata.as_ref().map(|metadata| metadata.name.to_string());
    let path = error.path.join(".");
    ConfigError::Layers(match source {
        Some(source) => format!("{path} ({source})"),
        None => path,
    })
}
