//! The service KV: each message as the call that the HTTP gateway would make of it.

use crate::{
    convert::{header, path, read, time, write},
    exchange::{Answer, Asked, Exchange},
};
use kvd_json::{ObjectRef, Value, Writer};
use kvd_proto::v1::{
    CustomMetadata, DeleteMetadataRequest, DeleteMetadataResponse, DeleteRequest, DeleteResponse,
    DestroyRequest, DestroyResponse, GetMetadataRequest, GetMetadataResponse, GetRequest, GetResponse,
    ListRequest, ListResponse, PatchRequest, PatchResponse, PutMetadataRequest, PutMetadataResponse,
    PutRequest, PutResponse, UndeleteRequest, UndeleteResponse, VersionMetadata, kv_server::Kv,
};
use kvd_types::{Call, Fault, Operation, Reply};
use tonic::{Request, Response, Status, async_trait};
use tower::Service;

/// The service.
pub(crate) struct KvService<S>(pub(crate) Exchange<S>);

type Answered<A> = Result<Response<A>, Status>;

#[async_trait]
impl<S> Kv for KvService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    async fn get(&self, request: Request<GetRequest>) -> Answered<GetResponse> {
        let ask = |m: GetRequest| {
            let version = m.version.filter(|version| *version > 0).map(write::number).transpose()?;
            // As texts, since that is how the parameters of a query come.
            let data = write::object(|w| {
                if let Some(version) = version {
                    write::text(w, "version", &version.to_string());
                }
            });
            Ok(Asked::new(Operation::Read, path::below(&m.mount, "data", &m.path)?, data))
        };
        let answer = |answer: &Answer| {
            let object = read::object(answer);
            let data = object.and_then(|object| object.get("data")).filter(|data| !data.is_null());
            let metadata = object.and_then(|object| object.get("metadata"));
            Ok(GetResponse {
                header: header::of(answer),
                data: data.map(|data| data.text().as_bytes().to_vec()),
                metadata: metadata.and_then(Value::as_object).map(version_metadata),
            })
        };
        self.0.run(request, ask, answer).await
    }

    async fn put(&self, request: Request<PutRequest>) -> Answered<PutResponse> {
        let ask = |m: PutRequest| {
            let data = self.written(&m.data, m.cas)?;
            Ok(Asked::new(Operation::Write, path::below(&m.mount, "data", &m.path)?, data))
        };
        self.0.run(request, ask, |a| Ok(PutResponse { header: header::of(a), metadata: made(a) })).await
    }

    async fn patch(&self, request: Request<PatchRequest>) -> Answered<PatchResponse> {
        let ask = |m: PatchRequest| {
            let data = self.written(&m.data, m.cas)?;
            Ok(Asked::new(Operation::Patch, path::below(&m.mount, "data", &m.path)?, data))
        };
        self.0.run(request, ask, |a| Ok(PatchResponse { header: header::of(a), metadata: made(a) })).await
    }

    async fn delete(&self, request: Request<DeleteRequest>) -> Answered<DeleteResponse> {
        let ask = |m: DeleteRequest| match m.versions.is_empty() {
            true => Ok(Asked::plain(Operation::Delete, path::below(&m.mount, "data", &m.path)?)),
            false => versions(&m.mount, "delete", &m.path, &m.versions),
        };
        self.0.run(request, ask, |a| Ok(DeleteResponse { header: header::of(a) })).await
    }

    async fn undelete(&self, request: Request<UndeleteRequest>) -> Answered<UndeleteResponse> {
        let ask = |m: UndeleteRequest| versions(&m.mount, "undelete", &m.path, &m.versions);
        self.0.run(request, ask, |a| Ok(UndeleteResponse { header: header::of(a) })).await
    }

    async fn destroy(&self, request: Request<DestroyRequest>) -> Answered<DestroyResponse> {
        let ask = |m: DestroyRequest| versions(&m.mount, "destroy", &m.path, &m.versions);
        self.0.run(request, ask, |a| Ok(DestroyResponse { header: header::of(a) })).await
    }

    async fn list(&self, request: Request<ListRequest>) -> Answered<ListResponse> {
        let ask = |m: ListRequest| {
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
        };
        let answer = |answer: &Answer| {
            let names = read::object(answer).map(|object| read::Members::of(object).texts("keys"));
            Ok(ListResponse { header: header::of(answer), names: names.unwrap_or_default() })
        };
        self.0.run(request, ask, answer).await
    }

    async fn get_metadata(&self, request: Request<GetMetadataRequest>) -> Answered<GetMetadataResponse> {
        let ask = |m: GetMetadataRequest| {
            Ok(Asked::plain(Operation::Read, path::below(&m.mount, "metadata", &m.path)?))
        };
        self.0.run(request, ask, |a| Ok(metadata(a))).await
    }

    async fn put_metadata(&self, request: Request<PutMetadataRequest>) -> Answered<PutMetadataResponse> {
        let ask = |m: PutMetadataRequest| {
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
                for (name, value) in
                    [("delete_version_after", after), ("max_versions", keep), ("metadata_cas", cas)]
                {
                    if let Some(value) = value {
                        w.key(name);
                        w.int(value);
                    }
                }
            });
            Ok(Asked::new(Operation::Write, path::below(&m.mount, "metadata", &m.path)?, data))
        };
        self.0.run(request, ask, |a| Ok(PutMetadataResponse { header: header::of(a) })).await
    }

    async fn delete_metadata(
        &self,
        request: Request<DeleteMetadataRequest>,
    ) -> Answered<DeleteMetadataResponse> {
        let ask = |m: DeleteMetadataRequest| {
            Ok(Asked::plain(Operation::Delete, path::below(&m.mount, "metadata", &m.path)?))
        };
        self.0.run(request, ask, |a| Ok(DeleteMetadataResponse { header: header::of(a) })).await
    }
}

impl<S> KvService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    /// The body of a write: the secret, and the version that it expects.
    fn written(&self, data: &[u8], cas: Option<u64>) -> Result<kvd_json::Object, Fault> {
        let data = read::given(data, self.0.json())?;
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

/// The version that a write has made.
fn made(answer: &Answer) -> Option<VersionMetadata> {
    read::object(answer).map(version_metadata)
}

fn version_metadata(object: ObjectRef<'_>) -> VersionMetadata {
    let members = read::Members::of(object);
    VersionMetadata {
        version: members.number("version"),
        created_time: time::parse(&members.text("created_time")),
        deletion_time: time::parse(&members.text("deletion_time")),
        destroyed: members.is("destroyed"),
        custom_metadata: members.map("custom_metadata"),
    }
}

fn metadata(answer: &Answer) -> GetMetadataResponse {
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
