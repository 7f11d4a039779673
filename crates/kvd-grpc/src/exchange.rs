//! Takes a call through the service behind the door.

use crate::{GrpcSettings, convert::fault};
use kvd_edge::{
    Connection,
    caller::{self, RequestHeaders},
};
use kvd_json::Object;
use kvd_types::{ApiPath, Call, Entropy, Fault, Opened, Operation, Peer, Reply, RequestId};
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tonic::{
    Request, Response, Status,
    metadata::{AsciiMetadataKey, MetadataMap},
};
use tower::Service;

/// The way from a request of any service to the calls behind the door.
#[derive(Clone)]
pub(crate) struct Exchange<S> {
    service: S,
    settings: GrpcSettings,
    entropy: Arc<dyn Entropy>,
}

/// Whether a request was one: its message could be read, and came to its service.
#[derive(Clone, Default)]
pub(crate) struct Reached(Arc<AtomicBool>);

impl Reached {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a message asks for, in the words of the HTTP API.
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    /// Below `/v1/`.
    pub(crate) path: String,
    /// The body, or the parameters of a query.
    pub(crate) data: Object,
}

impl Asked {
    pub(crate) fn new(operation: Operation, path: String, data: Object) -> Self {
        Self { operation, path, data }
    }

    /// What needs no data.
    pub(crate) fn plain(operation: Operation, path: String) -> Self {
        Self::new(operation, path, Object::empty())
    }
}

/// What a call gave, and the id it is on record with.
pub(crate) struct Answer {
    pub(crate) id: RequestId,
    pub(crate) reply: Reply,
}

impl<S> Exchange<S> {
    pub(crate) fn new(service: S, settings: GrpcSettings, entropy: Arc<dyn Entropy>) -> Self {
        Self { service, settings, entropy }
    }

    /// What bounds JSON in messages.
    pub(crate) fn json(&self) -> &kvd_json::Limits {
        &self.settings.json
    }
}

impl<S> Exchange<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    /// Answers a request: `ask` says what its message asks for, `answer` makes a message of what that gave.
    ///
    /// # Errors
    /// The status of whatever refuses the call.
    pub(crate) async fn run<M, A>(
        &self,
        request: Request<M>,
        ask: impl FnOnce(M) -> Result<Asked, Fault> + Send,
        answer: impl FnOnce(&Answer) -> Result<A, Fault> + Send,
    ) -> Result<Response<A>, Status>
    where
        M: Send,
    {
        let (metadata, extensions, message) = request.into_parts();
        if let Some(reached) = extensions.get::<Reached>() {
            reached.set();
        }
        let connection = extensions.get::<Arc<Connection>>();
        let peer = connection.map_or_else(Peer::internal, |connection| connection.peer());
        let outcome = async {
            let asked = ask(message)?;
            let got = self.call(metadata, peer, asked).await?;
            answer(&got).map(|message| (message, got))
        };
        match outcome.await {
            Ok((message, got)) => {
                let mut response = Response::new(message);
                carry(&got.reply.headers, response.metadata_mut());
                Ok(response)
            }
            Err(fault) => Err(fault::status(fault)),
        }
    }

    /// Asks for something by itself, such as how the server is, in nobody's name.
    pub(crate) async fn ask(&self, asked: Asked) -> Result<Reply, Fault> {
        self.call(MetadataMap::new(), Peer::internal(), asked).await.map(|answer| answer.reply)
    }

    async fn call(&self, metadata: MetadataMap, peer: Peer, asked: Asked) -> Result<Answer, Fault> {
        let Asked { operation, path, data } = asked;
        let headers = metadata.into_headers();
        let auth = caller::token(&headers, self.settings.token)?;
        let path = ApiPath::checked(path)?;
        let path = if operation.is_listing() { path.into_folder() } else { path };
        let namespace = caller::namespace(&headers, &path)?;
        let wrap_ttl = caller::wrap_ttl(&headers)?;
        caller::check_mfa(&headers)?;
        let id = RequestId::draw(&*self.entropy).map_err(Fault::internal)?;
        let headers = Box::new(RequestHeaders(headers));
        // Nothing is open at this door: no tool that has to be obliged speaks gRPC.
        let opened = Opened::default();
        let call = Call { id, operation, namespace, path, data, auth, wrap_ttl, peer, opened, headers };
        let mut service = self.service.clone();
        poll_fn(|cx| service.poll_ready(cx)).await?;
        service.call(call).await.map(|reply| Answer { id, reply })
    }
}

/// Puts further headers of an answer into its metadata, where they can stand there.
pub(crate) fn carry(headers: &[(&'static str, String)], metadata: &mut MetadataMap) {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (AsciiMetadataKey::from_bytes(name.as_bytes()), value.parse()) {
            metadata.insert(name, value);
        }
    }
}
