//! The service Sys: how the server is.

use crate::{
    convert::{header, read},
    exchange::{Answer, Asked, Exchange},
};
use kvd_proto::v1::{HealthRequest, HealthResponse, SealStatusRequest, SealStatusResponse, sys_server::Sys};
use kvd_types::{Call, Fault, Operation, Reply};
use tonic::{Request, Response, Status, async_trait};
use tower::Service;

/// The service.
pub(crate) struct SysService<S>(pub(crate) Exchange<S>);

/// The call that asks whether the server is ready for work.
pub(crate) fn asks_for_health() -> Asked {
    Asked::plain(Operation::Read, "sys/health".to_owned())
}

#[async_trait]
impl<S> Sys for SysService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    async fn health(&self, request: Request<HealthRequest>) -> Result<Response<HealthResponse>, Status> {
        let answer = |answer: &Answer| {
            let members = members(answer)?;
            Ok(HealthResponse {
                header: header::of(answer),
                initialized: members.is("initialized"),
                sealed: members.is("sealed"),
                standby: members.is("standby"),
                version: members.text("version"),
                server_time: Some(prost_types::Timestamp {
                    seconds: members.number("server_time_utc"),
                    nanos: 0,
                }),
                cluster_name: members.text("cluster_name"),
                cluster_id: members.text("cluster_id"),
            })
        };
        self.0.run(request, |_| Ok(asks_for_health()), answer).await
    }

    async fn seal_status(
        &self,
        request: Request<SealStatusRequest>,
    ) -> Result<Response<SealStatusResponse>, Status> {
        let ask = |_| Ok(Asked::plain(Operation::Read, "sys/seal-status".to_owned()));
        let answer = |answer: &Answer| {
            let members = members(answer)?;
            Ok(SealStatusResponse {
                header: header::of(answer),
                initialized: members.is("initialized"),
                sealed: members.is("sealed"),
                threshold: members.number("t"),
                shares: members.number("n"),
                progress: members.number("progress"),
                nonce: members.text("nonce"),
                r#type: members.text("type"),
                version: members.text("version"),
                build_date: members.text("build_date"),
                storage_type: members.text("storage_type"),
                cluster_name: members.text("cluster_name"),
                cluster_id: members.text("cluster_id"),
            })
        };
        self.0.run(request, ask, answer).await
    }
}

/// A status without members would read as that of a server that is fine.
fn members(answer: &Answer) -> Result<read::Members<'_>, Fault> {
    let object = read::object(answer).ok_or_else(|| Fault::invalid("the status cannot be wrapped"))?;
    Ok(read::Members::of(object))
}
