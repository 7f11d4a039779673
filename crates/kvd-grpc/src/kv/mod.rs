//! The service KV: each message as the call that the HTTP gateway would make of it.

mod asked;
mod many;
mod told;

use crate::{
    convert::header,
    exchange::{Asked, Exchange},
};
use kvd_proto::v1::{
    BatchGetRequest, BatchGetResponse, DeleteMetadataRequest, DeleteMetadataResponse, DeleteRequest,
    DeleteResponse, DestroyRequest, DestroyResponse, GetMetadataRequest, GetMetadataResponse, GetRequest,
    GetResponse, ListRequest, ListResponse, PatchRequest, PatchResponse, PutMetadataRequest,
    PutMetadataResponse, PutRequest, PutResponse, TransactRequest, TransactResponse, UndeleteRequest,
    UndeleteResponse, kv_server::Kv,
};
use kvd_types::{Call, Fault, Reply};
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
        self.0.run(request, |m| asked::get(&m), |a| Ok(told::version_read(a))).await
    }

    async fn put(&self, request: Request<PutRequest>) -> Answered<PutResponse> {
        let ask = |m| asked::put(&m, self.0.json());
        self.0.run(request, ask, |a| Ok(PutResponse { header: header::of(a), metadata: told::made(a) })).await
    }

    async fn patch(&self, request: Request<PatchRequest>) -> Answered<PatchResponse> {
        let ask = |m| asked::patch(&m, self.0.json());
        self.0
            .run(request, ask, |a| Ok(PatchResponse { header: header::of(a), metadata: told::made(a) }))
            .await
    }

    async fn delete(&self, request: Request<DeleteRequest>) -> Answered<DeleteResponse> {
        self.0.run(request, |m| asked::delete(&m), |a| Ok(DeleteResponse { header: header::of(a) })).await
    }

    async fn undelete(&self, request: Request<UndeleteRequest>) -> Answered<UndeleteResponse> {
        self.0.run(request, |m| asked::undelete(&m), |a| Ok(UndeleteResponse { header: header::of(a) })).await
    }

    async fn destroy(&self, request: Request<DestroyRequest>) -> Answered<DestroyResponse> {
        self.0.run(request, |m| asked::destroy(&m), |a| Ok(DestroyResponse { header: header::of(a) })).await
    }

    async fn list(&self, request: Request<ListRequest>) -> Answered<ListResponse> {
        self.0.run(request, |m| asked::list(&m), |a| Ok(told::names(a))).await
    }

    async fn get_metadata(&self, request: Request<GetMetadataRequest>) -> Answered<GetMetadataResponse> {
        self.0.run(request, |m| asked::get_metadata(&m), |a| Ok(told::metadata(a))).await
    }

    async fn put_metadata(&self, request: Request<PutMetadataRequest>) -> Answered<PutMetadataResponse> {
        self.0
            .run(request, |m| asked::put_metadata(&m), |a| Ok(PutMetadataResponse { header: header::of(a) }))
            .await
    }

    async fn delete_metadata(
        &self,
        request: Request<DeleteMetadataRequest>,
    ) -> Answered<DeleteMetadataResponse> {
        let ask = |m| asked::delete_metadata(&m);
        self.0.run(request, ask, |a| Ok(DeleteMetadataResponse { header: header::of(a) })).await
    }

    async fn batch_get(&self, request: Request<BatchGetRequest>) -> Answered<BatchGetResponse> {
        self.0.run(request, |m| many::batch_get(&m), |a| Ok(many::read(a))).await
    }

    async fn transact(&self, request: Request<TransactRequest>) -> Answered<TransactResponse> {
        let ask = |m| many::transact(&m, self.0.json());
        self.0.run(request, ask, |a| Ok(many::changed(a))).await
    }
}
