//! From a request to the service that it names.

use crate::{
    auth::AuthService,
    exchange::{Exchange, Reached},
    health::HealthService,
    kv::KvService,
    reflection,
    sys::SysService,
    timeout,
};
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response};
use hyper::body::{Bytes, Incoming};
use kvd_edge::{Connection, Door};
use kvd_json::Limits;
use kvd_proto::v1::{auth_server::AuthServer, kv_server::KvServer, sys_server::SysServer};
use kvd_types::{BoxError, Call, Entropy, Fault, FaultKind, Reply};
use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tonic::{Status, body::Body, server::NamedService};
use tonic_health::pb::health_server::HealthServer;
use tower::{Service, ServiceExt};

/// Codes as they stand in headers.
const UNKNOWN: &[u8] = b"2";
const INTERNAL: &[u8] = b"13";
const OUT_OF_RANGE: &[u8] = b"11";
const INVALID_ARGUMENT: HeaderValue = HeaderValue::from_static("3");
const RESOURCE_EXHAUSTED: HeaderValue = HeaderValue::from_static("8");

/// How the door behaves; the defaults are safe on an open network.
#[derive(Clone, Copy, Debug)]
pub struct GrpcSettings {
    /// Bytes of one message (`max_request_size`); 4 MiB, which clients of gRPC take as the limit too.
    pub message: usize,
    /// Bytes of the token; larger ones cannot be tokens.
    pub token: usize,
    /// Depth, strings, nodes and estimated memory of JSON in a message.
    pub json: Limits,
    /// One call from its headers to its answer (`max_request_duration`); a client can ask for less.
    pub request: Duration,
}

impl Default for GrpcSettings {
    fn default() -> Self {
        Self { message: 4 << 20, token: 8 << 10, json: Limits::default(), request: Duration::from_secs(90) }
    }
}

/// The door: reads messages, calls the service behind it, writes answers.
pub struct GrpcServer<S> {
    services: Arc<Services<S>>,
}

impl<S> Clone for GrpcServer<S> {
    fn clone(&self) -> Self {
        Self { services: Arc::clone(&self.services) }
    }
}

struct Services<S> {
    settings: GrpcSettings,
    kv: KvServer<KvService<S>>,
    auth: AuthServer<AuthService<S>>,
    sys: SysServer<SysService<S>>,
    health: HealthServer<HealthService<S>>,
    reflection: reflection::Services,
}

impl<S> GrpcServer<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    /// A door in front of `service`.
    pub fn new(service: S, settings: GrpcSettings, entropy: Arc<dyn Entropy>) -> Self {
        let exchange = Exchange::new(service, settings, entropy);
        let most = settings.message;
        let services = Services {
            settings,
            kv: KvServer::new(KvService(exchange.clone())).max_decoding_message_size(most),
            auth: AuthServer::new(AuthService(exchange.clone())).max_decoding_message_size(most),
            sys: SysServer::new(SysService(exchange.clone())).max_decoding_message_size(most),
            health: HealthServer::new(HealthService::new(exchange)).max_decoding_message_size(most),
            reflection: reflection::services(most),
        };
        Self { services: Arc::new(services) }
    }

    /// Answers one request, however it came. Nothing that happens behind the door ends more than this request.
    pub async fn answer<B>(self, request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Send + 'static,
    {
        let patience =
            timeout::of(request.headers()).unwrap_or(Duration::MAX).min(self.services.settings.request);
        let answer = tokio::time::timeout(patience, self.services.route(request));
        match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => refuse(Fault::new(FaultKind::DeadlineExceeded, "request took too long")),
            // What it carries may hold a secret, and the panic hook has told the log where it came from.
            Err(_) => refuse(Fault::internal("a request ended in a panic")),
        }
    }
}

impl<S> Door for GrpcServer<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Body = Body;

    async fn respond(self, mut request: Request<Incoming>, connection: Arc<Connection>) -> Response<Body> {
        request.extensions_mut().insert(connection);
        self.answer(request).await
    }
}

/// A door by itself, for clients in the same process.
impl<S, B> Service<Request<B>> for GrpcServer<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}

impl<S> Services<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    /// Hands the request to the service that its path names.
    async fn route<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Send + 'static,
    {
        let path = request.uri().path();
        let name = path.strip_prefix('/').and_then(|rest| rest.split_once('/')).map_or("", |(name, _)| name);
        if name == KvServer::<KvService<S>>::NAME {
            read(self.kv.clone(), request).await
        } else if name == AuthServer::<AuthService<S>>::NAME {
            read(self.auth.clone(), request).await
        } else if name == SysServer::<SysService<S>>::NAME {
            read(self.sys.clone(), request).await
        } else if name == HealthServer::<HealthService<S>>::NAME {
            answered(self.health.clone().oneshot(request).await)
        } else if let Some(service) = self.reflection.get(name) {
            answered(service.clone().oneshot(request.map(Body::new)).await)
        } else {
            Status::unimplemented("there is no such service").into_http()
        }
    }
}

/// Has one of our services answer. A message that cannot even be read is its sender's mistake, for which the library has
/// the codes of a failing server.
async fn read<S, B>(service: S, mut request: Request<B>) -> Response<Body>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
{
    let reached = Reached::default();
    request.extensions_mut().insert(reached.clone());
    let mut response = answered(service.oneshot(request).await);
    if !reached.is_set()
        && let Some(code) = response.headers_mut().get_mut(Status::GRPC_STATUS)
    {
        let better = match code.as_bytes() {
            INTERNAL | UNKNOWN => INVALID_ARGUMENT,
            OUT_OF_RANGE => RESOURCE_EXHAUSTED,
            _ => return response,
        };
        *code = better;
    }
    response
}

fn answered(response: Result<Response<Body>, Infallible>) -> Response<Body> {
    match response {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn refuse(fault: Fault) -> Response<Body> {
    crate::convert::fault::status(fault).into_http()
}
