//! From a request to its answer.

use crate::{
    ForwardedFor, ListenerSettings, RequestLimits, ResponseHeaders, SharedCorsPolicy, Timeouts,
    edge::{
        cors::{self, Verdict},
        framing,
    },
    extract::{
        body,
        headers::RequestHeaders,
        mfa, namespace,
        operation::{self, Verb},
        pairs::Pairs,
        path, token, wrap_ttl,
    },
    respond::{body::ResponseBody, fault, reply},
};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, header::EXPECT, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Body;
use kvd_json::Object;
use kvd_types::{
    BoxError, Call, ClientAuth, Entropy, Fault, FaultKind, Opened, Operation, Peer, Reply, RequestId,
};
use std::{
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower::Service;

const PREFIX: &str = "/v1/";
/// An unread body up to this size is taken from the connection, so that the client can read its answer instead of
/// a broken connection.
const DRAINED_BYTES: usize = 256 << 10;
const DRAIN_PATIENCE: Duration = Duration::from_secs(1);

/// The door: reads requests, calls the service behind it, writes answers.
pub struct Gateway<S> {
    service: S,
    shared: Arc<Shared>,
}

impl<S: Clone> Clone for Gateway<S> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), shared: self.shared.clone() }
    }
}

#[derive(Clone)]
struct Shared {
    limits: RequestLimits,
    timeouts: Timeouts,
    forwarded_for: Option<ForwardedFor>,
    response_headers: ResponseHeaders,
    opened: Opened,
    cors: SharedCorsPolicy,
    entropy: Arc<dyn Entropy>,
    hurdle: Option<Hurdle>,
    router: Option<axum::Router>,
}

/// Refuses a call to a path from an address, before its body is read.
pub type Hurdle = Arc<dyn Fn(&str, Option<IpAddr>) -> Option<Fault> + Send + Sync>;

/// What is known of a connection before its first request.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The other end; none inside the process.
    pub address: Option<SocketAddr>,
    /// The certificate (DER) whose key the other end has shown to hold, and those that it sent along with it.
    pub certificates: Option<Arc<[Vec<u8>]>>,
}

impl<S> Gateway<S> {
    /// A door in front of `service`, with cross-origin calls off and nothing outside `/v1/`.
    pub fn new(service: S, settings: &ListenerSettings, entropy: Arc<dyn Entropy>) -> Self {
        let shared = Shared {
            limits: settings.limits,
            timeouts: settings.timeouts,
            forwarded_for: settings.forwarded_for.clone(),
            response_headers: settings.response_headers.clone(),
            opened: settings.opened,
            cors: SharedCorsPolicy::default(),
            entropy,
            hurdle: None,
            router: None,
        };
        Self { service, shared: Arc::new(shared) }
    }

    /// The same under a cross-origin policy that somebody else may change at any time.
    #[must_use]
    pub fn with_cors(mut self, policy: SharedCorsPolicy) -> Self {
        Arc::make_mut(&mut self.shared).cors = policy;
        self
    }

    /// The same, with `hurdle` asked before a body is read: what is refused anyway is not worth reading.
    #[must_use]
    pub fn with_hurdle(mut self, hurdle: Hurdle) -> Self {
        Arc::make_mut(&mut self.shared).hurdle = Some(hurdle);
        self
    }

    /// The same with pages outside `/v1/`, which never reach the service. What the router has no page for is
    /// answered like everything else that is not there.
    #[must_use]
    pub fn with_router(mut self, router: axum::Router) -> Self {
        let router = router.fallback(async || refuse(Fault::absent()).map(axum::body::Body::new));
        Arc::make_mut(&mut self.shared).router = Some(router);
        self
    }
}

impl<S> Gateway<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
{
    /// Answers one request. Nothing that happens behind the door ends more than this request: a panic is an
    /// answer too, and so is a service that takes too long.
    pub fn respond<B>(
        &self,
        request: Request<B>,
        connection: Arc<Connection>,
    ) -> impl Future<Output = Response<ResponseBody>> + Send + use<S, B>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let answer = self.shared.clone().respond(self.service.clone(), request, connection);
        // Whoever waits for it moves it about, and it is large.
        Box::pin(answer)
    }
}

impl Shared {
    async fn respond<S, B>(
        self: Arc<Self>,
        service: S,
        request: Request<B>,
        connection: Arc<Connection>,
    ) -> Response<ResponseBody>
    where
        S: Service<Call, Response = Reply, Error = Fault>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (mut parts, body) = request.into_parts();
        let answer = self.answer(service, &mut parts, body, &connection);
        let answer = tokio::time::timeout(self.timeouts.request, answer);
        let mut response = match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => refuse(Fault::new(FaultKind::DeadlineExceeded, "request took too long")),
            // What it carries may hold a secret, and the panic hook has told the log where it came from.
            Err(_) => refuse(Fault::internal("a request ended in a panic")),
        };
        let status = response.status();
        self.response_headers.complete(status, response.headers_mut());
        response
    }

    async fn answer<S, B>(
        &self,
        service: S,
        parts: &mut Parts,
        body: B,
        connection: &Connection,
    ) -> Response<ResponseBody>
    where
        S: Service<Call, Response = Reply, Error = Fault>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let granted = match self.admit(parts, connection) {
            Ok((peer, Verdict::Unasked)) => Ok((peer, None)),
            Ok((peer, Verdict::Granted(grant))) => Ok((peer, Some(grant))),
            Ok((_, Verdict::Answered(response))) => return response,
            Err(fault) => Err(fault),
        };
        let (peer, grant) = match granted {
            Ok(granted) => granted,
            Err(fault) => {
                let expects = parts.headers.contains_key(EXPECT);
                Box::pin(drain(pin!(body), expects)).await;
                return refuse(fault);
            }
        };
        let mut response = if parts.uri.path().starts_with(PREFIX) {
            let mut body = pin!(body);
            let expects = parts.headers.contains_key(EXPECT);
            let answer = match self.call(service, parts, body.as_mut(), peer).await {
                Ok((id, reply)) => reply::respond(id, reply),
                Err(fault) => refuse(fault),
            };
            if !body.is_end_stream() {
                Box::pin(drain(body, expects)).await;
            }
            answer
        } else {
            let parts = std::mem::replace(parts, Request::new(()).into_parts().0);
            Box::pin(self.outside(Request::from_parts(parts, body))).await
        };
        if let Some(grant) = grant {
            grant.write(response.headers_mut());
        }
        response
    }

    /// What is checked before the path counts: the frame, where the request came from, and from whose page.
    fn admit(&self, parts: &mut Parts, connection: &Connection) -> Result<(Peer, Verdict), Fault> {
        framing::check(parts)?;
        let mut peer = Peer {
            address: connection.address.map(|a| a.ip()),
            port: connection.address.map_or(0, |a| a.port()),
            certificates: connection.certificates.clone(),
        };
        if let (Some(forwarded), Some(address)) = (&self.forwarded_for, peer.address) {
            peer.address = Some(forwarded.client(address, &mut parts.headers)?);
        }
        let verdict = cors::check(&self.cors.load(), &parts.method, &parts.headers)?;
        Ok((peer, verdict))
    }

    async fn call<S, B>(
        &self,
        mut service: S,
        parts: &mut Parts,
        body: Pin<&mut B>,
        peer: Peer,
    ) -> Result<(RequestId, Reply), Fault>
    where
        S: Service<Call, Response = Reply, Error = Fault>,
        B: Body<Data = Bytes>,
    {
        let limits = &self.limits;
        let asks_for_help = operation::asks_for_help(parts.uri.query());
        // A question for help does nothing else, whatever its verb.
        let verb = if asks_for_help { Verb::Query(Operation::Help) } else { Verb::of(&parts.method)? };
        let auth = token::extract(&parts.headers, limits.token)?;
        let most = match auth {
            ClientAuth::Missing => limits.body.min(limits.body_without_token),
            ClientAuth::Token(_) => limits.body,
        };
        body::check_length(&parts.headers, most)?;
        let query = || {
            let pairs = Pairs::parse(parts.uri.query().unwrap_or_default(), limits.pairs);
            pairs.map_err(|error| Fault::invalid(format!("invalid query: {error}")))
        };
        let (operation, data) = match verb {
            Verb::Get => {
                let mut pairs = query()?;
                (operation::of_get(&mut pairs)?, parameters(pairs))
            }
            Verb::Query(operation) => (operation, parameters(query()?)),
            Verb::Write => (Operation::Write, Object::empty()),
            Verb::Patch => (Operation::Patch, Object::empty()),
        };
        let path = path::decode(parts.uri.path().strip_prefix(PREFIX).unwrap_or_default(), operation)?;
        let namespace = namespace::extract(&parts.headers, &path)?;
        let wrap_ttl = wrap_ttl::extract(&parts.headers)?;
        mfa::check(&parts.headers)?;
        if let (Verb::Write | Verb::Patch, Some(hurdle)) = (verb, &self.hurdle)
            && let Some(fault) = hurdle(path.as_str(), peer.address)
        {
            return Err(fault);
        }
        let data = match verb {
            Verb::Get | Verb::Query(_) => data,
            Verb::Write => {
                body::check_encoding(&parts.headers)?;
                let body = Box::pin(body::read(body, most, self.timeouts.body)).await?;
                body::parse_write(&parts.headers, &body, limits)?
            }
            Verb::Patch => {
                body::check_encoding(&parts.headers)?;
                body::check_patch(&parts.headers)?;
                let body = Box::pin(body::read(body, most, self.timeouts.body)).await?;
                body::parse_json(&body, limits)?
            }
        };
        let id = RequestId::draw(&*self.entropy).map_err(Fault::internal)?;
        let headers = Box::new(RequestHeaders(std::mem::take(&mut parts.headers)));
        let opened = self.opened;
        let call = Call { id, operation, namespace, path, data, auth, wrap_ttl, peer, opened, headers };
        poll_fn(|cx| service.poll_ready(cx)).await?;
        service.call(call).await.map(|reply| (id, reply))
    }

    async fn outside<B>(&self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match self.router.clone() {
            None => refuse(Fault::absent()),
            Some(mut router) => match router.call(request.map(axum::body::Body::new)).await {
                Ok(response) => response.map(ResponseBody::router),
                Err(never) => match never {},
            },
        }
    }
}

/// The parameters of a query as data, without the one that only asks for help.
fn parameters(mut pairs: Pairs<'_>) -> Object {
    if pairs.is_empty() {
        return Object::empty();
    }
    pairs.remove("help");
    Object::from_pairs(pairs.into_inner())
}

/// Writes a fault; the log learns what the caller must not.
fn refuse(fault: Fault) -> Response<ResponseBody> {
    if let Some(cause) = &fault.source {
        match fault.kind {
            FaultKind::Internal | FaultKind::AuditUnavailable => {
                tracing::error!(kind = ?fault.kind, cause = %cause, "request failed");
            }
            FaultKind::Invalid
            | FaultKind::PermissionDenied
            | FaultKind::NotFound
            | FaultKind::UnsupportedOperation
            | FaultKind::TooLarge
            | FaultKind::PathTooLong
            | FaultKind::UnsupportedMedia
            | FaultKind::RateLimited
            | FaultKind::HeadersTooLarge
            | FaultKind::NotImplemented
            | FaultKind::Sealed
            | FaultKind::Unavailable
            | FaultKind::DeadlineExceeded => {
                tracing::debug!(kind = ?fault.kind, cause = %cause, "request refused");
            }
        }
    }
    fault::respond(&fault)
}

/// Takes what is left of a small body. A client that waits for `100 Continue` sends nothing, and must not be told
/// to by reading.
async fn drain<B: Body<Data = Bytes>>(mut body: Pin<&mut B>, expects: bool) {
    if body.is_end_stream() || expects || body.size_hint().lower() > DRAINED_BYTES as u64 {
        return;
    }
    let rest = async {
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > DRAINED_BYTES {
                break;
            }
        }
    };
    // Whoever is too slow for this finds the connection closed.
    let _ = tokio::time::timeout(DRAIN_PATIENCE, rest).await;
}

/// A gateway by itself, for requests that come from nowhere in particular.
impl<S, B> Service<Request<B>> for Gateway<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = self.respond(request, Arc::new(Connection::default()));
        Box::pin(response.map(Ok))
    }
}
