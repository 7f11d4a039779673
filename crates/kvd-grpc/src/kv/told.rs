//! What each answer tells.

use crate::{
    convert::{header, read, time},
    exchange::Answer,
};
use kvd_json::{ObjectRef, Value};
use kvd_proto::v1::{GetMetadataResponse, GetResponse, ListResponse, VersionMetadata};

pub(super) fn version_read(answer: &Answer) -> GetResponse {
    let (data, metadata) = read::object(answer).map(version).unwrap_or_default();
    GetResponse { header: header::of(answer), data, metadata }
}

/// The value of a version, and what is kept of it.
pub(super) fn version(object: ObjectRef<'_>) -> (Option<Vec<u8>>, Option<VersionMetadata>) {
    let data = object.get("data").filter(|data| !data.is_null());
    let metadata = object.get("metadata").and_then(Value::as_object);
    (data.map(|data| data.text().as_bytes().to_vec()), metadata.map(version_metadata))
}

/// The version that a write has made.
pub(super) fn made(answer: &Answer) -> Option<VersionMetadata> {
    read::object(answer).map(version_metadata)
}

pub(super) fn version_metadata(object: ObjectRef<'_>) -> VersionMetadata {
    let members = read::Members::of(object);
    VersionMetadata {
        version: members.number("version"),
        created_time: time::parse(&members.text("created_time")),
        deletion_time: time::parse(&members.text("deletion_time")),
        destroyed: members.is("destroyed"),
        custom_metadata: members.map("custom_metadata"),
    }
}

pub(super) fn names(answer: &Answer) -> ListResponse {
    let names = read::object(answer).map(|object| read::Members::of(object).texts("keys"));
    ListResponse { header: header::of(answer), names: names.unwrap_or_default() }
}

pub(super) fn metadata(answer: &Answer) -> GetMetadataResponse {
    let header = header::of(answer);
    let Some(object) = read::object(answer) else {
        return GetMetadataResponse { header, ..GetMetadataResponse::default() };
    };
    let members = read::Members::of(object);
    let versions = members.get("versions").and_then(Value::as_object).map(|versions| versions.iter());
    let versions = versions.into_iter().flatten().filter_map(|(number, version)| {
        let number = number.parse().ok()?;
        Some((number, VersionMetadata { version: number, ..version_metadata(version.as_object()?) }))
    });
    GetMetadataResponse {
        header,
        current_version: members.number("current_version"),
        oldest_version: members.number("oldest_version"),
        created_time: time::parse(&members.text("created_time")),
        updated_time: time::parse(&members.text("updated_time")),
        max_versions: members.number("max_versions"),
        cas_required: members.is("cas_required"),
        delete_version_after: Some(time::parse_length(&members.text("delete_version_after"))),
        custom_metadata: members.map("custom_metadata"),
        versions: versions.collect(),
        current_metadata_version: members.number("current_metadata_version"),
        metadata_cas_required: members.is("metadata_cas_required"),
    }
}
