//! The metadata of a secret: what is known about all its versions.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod patch;
pub(crate) mod put;
mod settings;

use super::{MOUNT, Target, Version};
use crate::{client::Client, context::Context, failure::Failure, flags::Arguments};

/// The client and the path of the metadata of the secret that was named.
fn locate(context: &Context<'_>, arguments: &Arguments) -> Result<(Client, String), Failure> {
    let [argument] = arguments.exactly()?;
    let client = context.client(arguments)?;
    let target = Target::resolve(&client, arguments.text(&MOUNT), argument)?;
    match target.version {
        Version::One => Err(Failure::usage("Metadata not supported on KV Version 1")),
        Version::Two => {
            let path = target.at("metadata");
            Ok((client, path))
        }
    }
}
