//! One call: with its token, its deadline, and another try where that is safe.

use crate::Error;
use kvd_types::Secret;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

/// The first pause before another try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What all calls of a client have in common.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) channel: Channel,
    namespace: Option<MetadataValue<Ascii>>,
    deadline: Duration,
    attempts: u32,
}

/// Whether a call may be made twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Reads,
    /// It changes something, so that a second try might do so again.
    Writes,
}

impl Calls {
    pub(crate) fn new(
        channel: Channel,
        namespace: Option<&str>,
        deadline: Duration,
        attempts: u32,
    ) -> Result<Self, Error> {
        let namespace = namespace.map(str::parse).transpose().map_err(|_| Error::Unsendable("namespace"))?;
        Ok(Self { channel, namespace, deadline, attempts })
    }

    /// Makes a call by `make` in the name of whoever holds `token`.
    pub(crate) async fn run<M, A, F>(
        &self,
        token: Option<&Secret<String>>,
        effect: Effect,
        message: M,
        make: impl Fn(Channel, Request<M>) -> F,
    ) -> Result<A, Error>
    where
        M: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let end = Instant::now() + self.deadline;
        let mut pause = FIRST_PAUSE;
        let mut tried = 0;
        loop {
            let request = self.request(token, end, message.clone())?;
            let outcome = match timeout_at(end, make(self.channel.clone(), request)).await {
                Ok(outcome) => outcome.map(Response::into_inner).map_err(Error::from),
                Err(_) => Err(Error::DeadlineExceeded),
            };
            tried += 1;
            let error = match outcome {
                Ok(answer) => return Ok(answer),
                Err(error) if effect == Effect::Reads && tried < self.attempts && error.is_temporary() => {
                    error
                }
                Err(error) => return Err(error),
            };
            let wanted = if let Error::RateLimited { retry_after: Some(patience) } = &error {
                (*patience).max(pause)
            } else {
                pause
            };
            if Instant::now() + wanted >= end {
                return Err(error);
            }
            sleep(wanted).await;
            pause *= 2;
        }
    }

    fn request<M>(
        &self,
        token: Option<&Secret<String>>,
        end: Instant,
        message: M,
    ) -> Result<Request<M>, Error> {
        let mut request = Request::new(message);
        request.set_timeout(end.saturating_duration_since(Instant::now()));
        if let Some(token) = token {
            let mut value: MetadataValue<Ascii> =
                token.expose().parse().map_err(|_| Error::Unsendable("token"))?;
            value.set_sensitive(true);
            request.metadata_mut().insert("x-vault-token", value);
        }
        if let Some(namespace) = &self.namespace {
            request.metadata_mut().insert("x-vault-namespace", namespace.clone());
        }
        Ok(request)
    }
}
