//! The settings of a secret that put and patch share.

use serde_json::{Map, Value, json};

use crate::flags::{Arguments, Flag};

pub(super) const CAS_REQUIRED: Flag = Flag::switch(
    "cas-required",
    "Whether every write must name the version it replaces. Without the flag the setting is left as it is.",
);
pub(super) const MAX_VERSIONS: Flag = Flag::int(
    "max-versions",
    -1,
    "How many versions to keep. Without the flag the setting is left as it is.",
);
pub(super) const DELETE_VERSION_AFTER: Flag = Flag::duration(
    "delete-version-after",
    "How long after it was written a version is deleted. Without the flag the setting is left as it is.",
);
pub(super) const CUSTOM_METADATA: Flag =
    Flag::map("custom-metadata", "A note about the secret as key=value. It can be given several times.");

/// The settings that were given, as the body of a request.
pub(super) fn body(arguments: &Arguments) -> Map<String, Value> {
    let mut body = Map::new();
    let max_versions = arguments.int(&MAX_VERSIONS);
    if max_versions >= 0 {
        body.insert("max_versions".to_owned(), json!(max_versions));
    }
    if let Some(after) = arguments.duration(&DELETE_VERSION_AFTER).filter(|after| !after.is_negative()) {
        body.insert("delete_version_after".to_owned(), json!(after.to_string()));
    }
    if arguments.has(&CAS_REQUIRED) {
        body.insert("cas_required".to_owned(), json!(arguments.bool(&CAS_REQUIRED)));
    }
    if let Some(notes) = arguments.map(&CUSTOM_METADATA) {
        body.insert("custom_metadata".to_owned(), json!(notes));
    }
    body
}
