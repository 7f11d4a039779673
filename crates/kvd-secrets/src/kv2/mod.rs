//! Version 2 of `kv`: secrets with a history.
//!
//! A secret is a head record (`head`), which every operation reads, and one body record per version. A read is a
//! look (`look`) at head and body; a change is a draft (`draft`) inside one transaction, so that of several
//! writers each version number is won by exactly one.

mod cas;
mod config;
mod custom;
mod data;
mod draft;
mod entry;
mod head;
pub(crate) mod layout;
mod list;
mod look;
mod merge;
mod metadata;
mod newest;
mod page;
mod patch;
mod settings;
mod show;
mod subkeys;
#[cfg(test)]
mod tests;
mod upgrade;
mod versions;
mod wrong_path;

pub(crate) use self::upgrade::Upgrader;

use self::settings::SettingsCache;
use kvd_backend::{
    Access, Field, FieldKind, Fields, MountOptions, Pattern, Route, RouteTable, SecretsEngine,
};
use kvd_types::{Fault, Operation as Op};
use std::sync::Arc;

/// A mount of version 2.
#[derive(Default)]
struct Engine {
    settings: SettingsCache,
}

/// Builds the engine of a mount.
///
/// # Errors
/// None so far; every option but `version`, which the registry has looked at, is passed over.
pub(crate) fn build(_: &MountOptions) -> Result<Arc<dyn SecretsEngine>, Fault> {
    Ok(kvd_backend::keeper(Engine::default(), &ROUTES))
}

const VERSION: Field =
    Field::new("version", FieldKind::Int, "Which version to read; the newest one when it is not given.");
const CAS_REQUIRED: Field = Field::new("cas_required", FieldKind::Bool, "Whether writes have to give `cas`.");
const METADATA_CAS_REQUIRED: Field = Field::new(
    "metadata_cas_required",
    FieldKind::Bool,
    "Whether writes of metadata have to give `metadata_cas`.",
);
const MAX_VERSIONS: Field =
    Field::new("max_versions", FieldKind::Int, "How many versions of a secret are kept.");
const DELETE_VERSION_AFTER: Field = Field::new(
    "delete_version_after",
    FieldKind::Duration,
    "How long after it was written a version deletes itself.",
);
const AFTER: Field = Field::new("after", FieldKind::String, "List only names after this one.");
const LIMIT: Field = Field::new("limit", FieldKind::Int, "List at most so many names.");
const VERSIONS: Fields =
    Fields::Named(&[Field::new("versions", FieldKind::List, "The numbers of the versions.")]);

static ROUTES: RouteTable<Engine> = RouteTable(&[
    // Vault knows no slash after `config`; without this line the next one would take it.
    Route { pattern: Pattern("config/"), ..UNKNOWN },
    Route {
        pattern: Pattern("config"),
        operations: &[
            (Op::Read, |e, r| Box::pin(config::read(e, r))),
            (Op::Write, |e, r| Box::pin(config::write(e, r))),
        ],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[MAX_VERSIONS, CAS_REQUIRED, METADATA_CAS_REQUIRED, DELETE_VERSION_AFTER]),
        summary: "Settings that hold for all secrets of the mount.",
    },
    Route {
        pattern: Pattern("data/{path*}"),
        operations: &[
            (Op::Read, |e, r| Box::pin(data::read(e, r))),
            (Op::Write, |e, r| Box::pin(data::write(e, r))),
            (Op::Patch, |e, r| Box::pin(patch::patch(e, r))),
            (Op::Delete, |e, r| Box::pin(data::delete(e, r))),
        ],
        exists: Some(|e, r| Box::pin(data::exists(e, r))),
        access: Access::Token,
        fields: Fields::Named(&[
            VERSION,
            Field::new("data", FieldKind::Map, "The secret."),
            Field::new("options", FieldKind::Map, "`cas`: the number that the newest version must have."),
        ]),
        summary: "Reads, writes, patches and deletes a secret.",
    },
    Route {
        pattern: Pattern("metadata/{path*}"),
        operations: &[
            (Op::Read, |e, r| Box::pin(metadata::read(e, r))),
            (Op::Write, |e, r| Box::pin(metadata::write(e, r))),
            (Op::Patch, |e, r| Box::pin(metadata::patch(e, r))),
            (Op::Delete, |e, r| Box::pin(metadata::delete(e, r))),
            (Op::List, |e, r| Box::pin(list::list(e, r))),
            (Op::Scan, |e, r| Box::pin(list::scan(e, r))),
        ],
        exists: Some(|e, r| Box::pin(data::exists(e, r))),
        access: Access::Token,
        fields: Fields::Named(&[
            MAX_VERSIONS,
            CAS_REQUIRED,
            METADATA_CAS_REQUIRED,
            DELETE_VERSION_AFTER,
            Field::new("custom_metadata", FieldKind::Map, "Texts of the user's own."),
            Field::new("metadata_cas", FieldKind::Int, "The number that the metadata must have."),
            AFTER,
            LIMIT,
            Field::new(
                "exclude_deleted",
                FieldKind::Bool,
                "List no secrets whose newest version is deleted.",
            ),
        ]),
        summary: "What is kept of a secret beside its values; the names below a folder.",
    },
    Route {
        pattern: Pattern("detailed-metadata/{path*}"),
        operations: &[
            (Op::List, |e, r| Box::pin(list::list_detailed(e, r))),
            (Op::Scan, |e, r| Box::pin(list::scan_detailed(e, r))),
        ],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[AFTER, LIMIT]),
        summary: "The names below a folder, with the metadata of each secret.",
    },
    Route {
        pattern: Pattern("delete/{path*}"),
        operations: &[(Op::Write, |e, r| Box::pin(versions::delete(e, r)))],
        exists: None,
        access: Access::Token,
        fields: VERSIONS,
        summary: "Deletes versions of a secret, so that they can be brought back.",
    },
    Route {
        pattern: Pattern("undelete/{path*}"),
        operations: &[(Op::Write, |e, r| Box::pin(versions::undelete(e, r)))],
        exists: None,
        access: Access::Token,
        fields: VERSIONS,
        summary: "Brings deleted versions of a secret back.",
    },
    Route {
        pattern: Pattern("destroy/{path*}"),
        operations: &[(Op::Write, |e, r| Box::pin(versions::destroy(e, r)))],
        exists: None,
        access: Access::Token,
        fields: VERSIONS,
        summary: "Removes versions of a secret for good.",
    },
    Route {
        pattern: Pattern("subkeys/{path*}"),
        operations: &[(Op::Read, |e, r| Box::pin(subkeys::read(e, r)))],
        exists: None,
        access: Access::Token,
        fields: Fields::Named(&[
            VERSION,
            Field::new("depth", FieldKind::Int, "How many levels of names to show; 0 for all."),
        ]),
        summary: "The names in a secret, without the values.",
    },
    UNKNOWN,
]);

const UNKNOWN: Route<Engine> = Route {
    pattern: Pattern("{path*}"),
    operations: &[
        (Op::Read, |e, r| Box::pin(wrong_path::hint(e, r))),
        (Op::Write, |e, r| Box::pin(wrong_path::hint(e, r))),
        (Op::Patch, |e, r| Box::pin(wrong_path::hint(e, r))),
        (Op::Delete, |e, r| Box::pin(wrong_path::hint(e, r))),
        (Op::List, |e, r| Box::pin(wrong_path::hint(e, r))),
        (Op::Scan, |e, r| Box::pin(wrong_path::hint(e, r))),
    ],
    exists: None,
    access: Access::Token,
    fields: Fields::Any,
    summary: "Points at the path that was probably meant.",
};
