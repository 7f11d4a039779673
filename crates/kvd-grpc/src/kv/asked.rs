//! What each message asks for.

use super::Asked;
use crate::convert::{path, read, time, write};
use kvd_json::{Limits, Object, Writer};
use kvd_proto::v1::{
    CustomMetadata, DeleteMetadataRequest, DeleteRequest, DestroyRequest, GetMetadataRequest, GetRequest,
    ListRequest, PatchRequest, PutMetadataRequest, PutRequest, UndeleteRequest,
};
use kvd_types::{Fault, Operation};

pub(super) fn get(m: &GetRequest) -> Result<Asked, Fault> {
    let version = m.version.filter(|version| *version > 0).map(write::number).transpose()?;
    // As a text, since that is how the parameters of a query come.
    let data = write::object(|w| {
        if let Some(version) = version {
            write::text(w, "version", &version.to_string());
        }
    });
    Ok(Asked::new(Operation::Read, path::below(&m.mount, "data", &m.path)?, data))
}

pub(super) fn put(m: &PutRequest, limits: &Limits) -> Result<Asked, Fault> {
    let data = written(&m.data, m.cas, limits)?;
    Ok(Asked::new(Operation::Write, path::below(&m.mount, "data", &m.path)?, data))
}

pub(super) fn patch(m: &PatchRequest, limits: &Limits) -> Result<Asked, Fault> {
    let data = written(&m.data, m.cas, limits)?;
    Ok(Asked::new(Operation::Patch, path::below(&m.mount, "data", &m.path)?, data))
}

pub(super) fn delete(m: &DeleteRequest) -> Result<Asked, Fault> {
    match m.versions.is_empty() {
        true => Ok(Asked::plain(Operation::Delete, path::below(&m.mount, "data", &m.path)?)),
        false => versions(&m.mount, "delete", &m.path, &m.versions),
    }
}

pub(super) fn undelete(m: &UndeleteRequest) -> Result<Asked, Fault> {
    versions(&m.mount, "undelete", &m.path, &m.versions)
}

pub(super) fn destroy(m: &DestroyRequest) -> Result<Asked, Fault> {
    versions(&m.mount, "destroy", &m.path, &m.versions)
}

pub(super) fn list(m: &ListRequest) -> Result<Asked, Fault> {
    let operation = if m.recursive { Operation::Scan } else { Operation::List };
    let data = write::object(|w| {
        if !m.recursive && !m.after.is_empty() {
            write::text(w, "after", &m.after);
        }
        if !m.recursive && m.limit > 0 {
            write::text(w, "limit", &m.limit.to_string());
        }
    });
    Ok(Asked::new(operation, path::below(&m.mount, "metadata", &m.path)?, data))
}

pub(super) fn get_metadata(m: &GetMetadataRequest) -> Result<Asked, Fault> {
    Ok(Asked::plain(Operation::Read, path::below(&m.mount, "metadata", &m.path)?))
}

pub(super) fn put_metadata(m: &PutMetadataRequest) -> Result<Asked, Fault> {
    let after = m.delete_version_after.map(time::whole_seconds).transpose()?;
    let keep = m.max_versions.map(write::number).transpose()?;
    let cas = m.metadata_cas.map(write::number).transpose()?;
    let data = write::object(|w| {
        if let Some(required) = m.cas_required {
            w.key("cas_required");
            w.bool(required);
        }
        if let Some(custom) = &m.custom_metadata {
            write_custom(w, custom);
        }
        for (name, value) in [("delete_version_after", after), ("max_versions", keep), ("metadata_cas", cas)]
        {
            if let Some(value) = value {
                w.key(name);
                w.int(value);
            }
        }
    });
    Ok(Asked::new(Operation::Write, path::below(&m.mount, "metadata", &m.path)?, data))
}

pub(super) fn delete_metadata(m: &DeleteMetadataRequest) -> Result<Asked, Fault> {
    Ok(Asked::plain(Operation::Delete, path::below(&m.mount, "metadata", &m.path)?))
}

/// The body of a write: the secret, and the version that it expects.
fn written(data: &[u8], cas: Option<u64>, limits: &Limits) -> Result<Object, Fault> {
    let data = read::given(data, limits)?;
    let cas = cas.map(write::number).transpose()?;
    Ok(write::object(|w| {
        w.key("data");
        w.raw(data.value());
        if let Some(cas) = cas {
            w.key("options");
            w.begin_object();
            w.key("cas");
            w.int(cas);
            w.end_object();
        }
    }))
}

/// A call that does something to chosen versions.
fn versions(mount: &str, kind: &str, below: &str, numbers: &[u64]) -> Result<Asked, Fault> {
    let numbers = numbers.iter().map(|n| write::number(*n)).collect::<Result<Vec<_>, _>>()?;
    let data = write::object(|w| {
        w.key("versions");
        w.begin_array();
        numbers.iter().for_each(|n| w.int(*n));
        w.end_array();
    });
    Ok(Asked::new(Operation::Write, path::below(mount, kind, below)?, data))
}

fn write_custom(w: &mut Writer, custom: &CustomMetadata) {
    let mut entries: Vec<_> = custom.entries.iter().collect();
    entries.sort();
    w.key("custom_metadata");
    w.begin_object();
    entries.into_iter().for_each(|(name, value)| write::text(w, name, value));
    w.end_object();
}
