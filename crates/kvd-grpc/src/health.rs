//! The standard health service: ready for work while the server is unsealed.

use crate::{convert::fault, exchange::Exchange, sys::asks_for_health};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use kvd_types::{Body, Call, Fault, Reply};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tonic::{Request, Response, Status, async_trait};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, HealthCheckResponse, health_server::Health},
};
use tower::Service;

/// How often a watched status is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What can be asked about; the empty name stands for the server as a whole.
const SERVICES: [&str; 4] = ["", "kvd.v1.KV", "kvd.v1.Auth", "kvd.v1.Sys"];

/// The service.
pub(crate) struct HealthService<S>(pub(crate) Exchange<S>);

#[async_trait]
impl<S> Health for HealthService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !SERVICES.contains(&request.get_ref().service.as_str()) {
            return Err(Status::not_found("there is no such service"));
        }
        Ok(Response::new(response(state(&self.0).await.map_err(fault::status)?)))
    }

    /// The status now, and at each change. The standard has a watch of an unknown service go on, since the service
    /// may come later; here none does.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        if !SERVICES.contains(&request.get_ref().service.as_str()) {
            let unknown = HealthCheckResponse { status: 3 };
            return Ok(Response::new(
                stream::once(async move { Ok(unknown) }).chain(stream::pending()).boxed(),
            ));
        }
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let looks = stream::unfold((self.0.clone(), ticks, None), |(exchange, mut ticks, last)| async move {
            loop {
                ticks.tick().await;
                match state(&exchange).await {
                    Ok(state) if last == Some(state) => {}
                    Ok(state) => return Some((Ok(response(state)), (exchange, ticks, Some(state)))),
                    Err(fault) => return Some((Err(fault::status(fault)), (exchange, ticks, last))),
                }
            }
        });
        Ok(Response::new(looks.boxed()))
    }
}

/// Whether the server behind the door is ready for work.
async fn state<S>(exchange: &Exchange<S>) -> Result<ServingStatus, Fault>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let reply = exchange.ask(asks_for_health()).await?;
    let (Body::Bare(text) | Body::Data(text) | Body::Doubled(text)) = &reply.body else {
        return Ok(ServingStatus::NotServing);
    };
    let says = |name| text.value().as_object().and_then(|object| object.get(name)?.as_bool());
    Ok(match (says("initialized"), says("sealed")) {
        (Some(true), Some(false)) => ServingStatus::Serving,
        (_, _) => ServingStatus::NotServing,
    })
}

fn response(state: ServingStatus) -> HealthCheckResponse {
    let status = match state {
        ServingStatus::Unknown => 0,
        ServingStatus::Serving => 1,
        ServingStatus::NotServing => 2,
    };
    HealthCheckResponse { status }
}
