//! The standard health service: ready for work while the server is unsealed.

use crate::{convert::fault, exchange::Exchange, sys::asks_for_health};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use kvd_types::{Body, Call, Fault, Reply};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::sleep};
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
pub(crate) struct HealthService<S> {
    exchange: Exchange<S>,
    watched: Arc<Watched>,
}

/// The status as it was seen last, for all who watch: one look is enough for thousands of streams.
struct Watched {
    status: watch::Sender<Option<ServingStatus>>,
    /// Whether somebody looks at present.
    is_looked_at: Mutex<bool>,
}

impl<S> HealthService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    pub(crate) fn new(exchange: Exchange<S>) -> Self {
        let watched = Watched { status: watch::Sender::new(None), is_looked_at: Mutex::new(false) };
        Self { exchange, watched: Arc::new(watched) }
    }

    /// The status from now on; looking begins with the first who wants to know, and ends after the last.
    fn subscribe(&self) -> watch::Receiver<Option<ServingStatus>> {
        let mut is_looked_at = self.watched.is_looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *is_looked_at, true) {
            self.watched.status.send_replace(None);
            tokio::spawn(look(self.exchange.clone(), Arc::clone(&self.watched)));
        }
        self.watched.status.subscribe()
    }
}

async fn look<S>(exchange: Exchange<S>, watched: Arc<Watched>)
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    while watched.is_wanted() {
        let seen = status(&exchange).await.unwrap_or(ServingStatus::NotServing);
        watched.status.send_if_modified(|known| known.replace(seen) != Some(seen));
        sleep(LOOK_EVERY).await;
    }
}

impl Watched {
    /// Whether somebody still watches; when nobody does, the next one has to look again.
    fn is_wanted(&self) -> bool {
        let mut is_looked_at = self.is_looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        *is_looked_at = self.status.receiver_count() > 0;
        *is_looked_at
    }
}

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
        Ok(Response::new(response(status(&self.exchange).await.map_err(fault::status)?)))
    }

    /// The status now, and at each change. The standard has a watch of an unknown service go on, since the service
    /// may come later; here none does.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        if !SERVICES.contains(&request.get_ref().service.as_str()) {
            let unknown = HealthCheckResponse { status: 3 };
            let told = stream::once(async move { Ok(unknown) }).chain(stream::pending());
            return Ok(Response::new(told.boxed()));
        }
        let changes = stream::unfold((self.subscribe(), None), |(mut status, told)| async move {
            let new = status.wait_for(|seen| seen.is_some() && *seen != told).await;
            // The sender lives as long as the server does.
            let seen = *new.ok()?;
            Some((Ok(response(seen?)), (status, seen)))
        });
        Ok(Response::new(changes.boxed()))
    }
}

/// Whether the server behind the door is ready for work.
async fn status<S>(exchange: &Exchange<S>) -> Result<ServingStatus, Fault>
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
