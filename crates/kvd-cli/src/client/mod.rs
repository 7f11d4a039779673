//! The HTTP client of the commands.
//!
//! It sends what Vault's own client sends: PUT for writes, GET with `list=true` for lists, the token and the
//! namespace in headers. Nothing is retried unless the environment asks for it, one redirect is followed.

mod config;
mod error;
mod proxy;
mod rehearsal;
mod request;
mod secret;
mod tls;
mod transport;
mod url;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub(crate) use config::Config;
pub(crate) use error::ClientError;
pub(crate) use rehearsal::Rehearsal;
pub(crate) use request::{Method, Request, Response};
pub(crate) use secret::{Auth, Secret, WrapInfo};
pub(crate) use url::clean;

use crate::{environment::Environment, output::compact_json};

/// What a call of the client gives back.
pub(crate) type ClientResult<T> = Result<T, ClientError>;

/// A connection to one server, with one token.
pub(crate) struct Client {
    config: Config,
    transport: transport::Transport,
    token: Zeroizing<String>,
    wrap_ttl: Option<String>,
    rehearsal: Rehearsal,
}

impl Client {
    /// # Errors
    /// When the address, a header, a certificate or a limit makes no sense.
    pub(crate) fn new(config: Config, rehearsal: Rehearsal, environment: &Environment) -> ClientResult<Self> {
        let transport = transport::Transport::new(&config)?;
        let wrap_ttl = config.wrap_ttl.clone();
        let token = Zeroizing::new(environment.setting("TOKEN").unwrap_or_default().to_owned());
        Ok(Self { config, transport, token, wrap_ttl, rehearsal })
    }

    /// The address as it was given.
    pub(crate) fn address(&self) -> &str {
        &self.config.address
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn set_token(&mut self, token: &str) {
        self.token = Zeroizing::new(token.to_owned());
    }

    /// Sends everything that follows to the root namespace.
    pub(crate) fn leave_namespace(&mut self) {
        self.config.namespace = None;
    }

    /// Leaves everything that follows unwrapped.
    pub(crate) fn stop_wrapping(&mut self) {
        self.wrap_ttl = None;
    }

    /// Whether the request of the command is to be shown instead of sent.
    pub(crate) fn rehearses(&self) -> bool {
        self.rehearsal != Rehearsal::Off
    }

    /// Reads a path. `None` where the server says there is nothing.
    pub(crate) fn read(&self, path: &str, query: &[(String, String)]) -> ClientResult<Option<Secret>> {
        self.secret_or_nothing(Request::new(Method::Get, path).query(query))
    }

    /// Lists a path. `None` where the server says there is nothing.
    pub(crate) fn list(&self, path: &str, page: &[(String, String)]) -> ClientResult<Option<Secret>> {
        self.secret_or_nothing(Request::new(Method::Get, path).with("list", "true").query(page))
    }

    /// Lists a path and everything below it.
    pub(crate) fn scan(&self, path: &str, page: &[(String, String)]) -> ClientResult<Option<Secret>> {
        self.secret_or_nothing(Request::new(Method::Get, path).with("scan", "true").query(page))
    }

    /// Writes a body. `None` where the server has nothing to say.
    pub(crate) fn write(&self, path: &str, body: &Value) -> ClientResult<Option<Secret>> {
        self.ask(Request::new(Method::Put, path).body(body))
    }

    /// Merges a body into what is there.
    pub(crate) fn patch(&self, path: &str, body: &Value) -> ClientResult<Option<Secret>> {
        self.ask(Request::new(Method::Patch, path).body(body))
    }

    /// Deletes a path.
    pub(crate) fn delete(&self, path: &str, query: &[(String, String)]) -> ClientResult<Option<Secret>> {
        self.ask(Request::new(Method::Delete, path).query(query))
    }

    /// Sends a request whose answer is a response of the usual form, or nothing.
    pub(crate) fn ask(&self, request: Request) -> ClientResult<Option<Secret>> {
        Secret::parse(&self.send(request)?.body)
    }

    /// Sends a request whose answer is an object without the usual envelope, or is told apart by its top level.
    pub(crate) fn object(&self, request: Request) -> ClientResult<Map<String, Value>> {
        let response = self.send(request)?;
        serde_json::from_slice(&response.body)
            .map_err(|_| ClientError::Body("the server's answer is not a JSON object"))
    }

    /// The `data` of a response.
    pub(crate) fn data(&self, request: Request) -> ClientResult<Map<String, Value>> {
        let secret = self.ask(request)?;
        secret.and_then(|secret| secret.data).ok_or(ClientError::Body("data from server response is empty"))
    }

    /// Asks for something that only prepares the command, and so is neither rehearsed nor wrapped.
    pub(crate) fn prepare(&self, request: Request) -> ClientResult<Option<Secret>> {
        Secret::parse(&self.transport.send(self.finish(request, None))?.body)
    }

    /// Like [`Client::object`], for what only prepares the command.
    pub(crate) fn prepare_object(&self, request: Request) -> ClientResult<Map<String, Value>> {
        let response = self.transport.send(self.finish(request, None))?;
        serde_json::from_slice(&response.body)
            .map_err(|_| ClientError::Body("the server's answer is not a JSON object"))
    }

    /// Sends a request and gives the answer as it came.
    pub(crate) fn send(&self, request: Request) -> ClientResult<Response> {
        let wrap_ttl = self.wrap_ttl.clone().or_else(|| wrapping_by_path(&request));
        let request = self.finish(request, wrap_ttl);
        match self.rehearsal {
            Rehearsal::Off => self.transport.send(request),
            Rehearsal::Curl(program) => {
                Err(ClientError::Rehearsed(rehearsal::curl(&request, &self.config, program)))
            }
            Rehearsal::Policy => Err(ClientError::Rehearsed(rehearsal::policy(&request))),
        }
    }

    fn secret_or_nothing(&self, request: Request) -> ClientResult<Option<Secret>> {
        match self.ask(request) {
            // A 404 that carries data or warnings is a response, such as the metadata of a deleted version.
            Err(ClientError::Api(error)) if error.status == 404 => Ok(error.secret.map(|secret| *secret)),
            other => other,
        }
    }

    fn finish(&self, mut request: Request, wrap_ttl: Option<String>) -> Request {
        request.address.clone_from(&self.config.base);
        request.header("X-Vault-Request", "true");
        for (name, value) in &self.config.headers {
            request.header(name, value);
        }
        if let Some(namespace) = &self.config.namespace {
            request.header("X-Vault-Namespace", namespace);
        }
        if !self.token.is_empty() {
            request.header("X-Vault-Token", &self.token);
        }
        if let Some(ttl) = wrap_ttl {
            request.header("X-Vault-Wrap-Ttl", &ttl);
        }
        for credentials in &self.config.mfa {
            request.header("X-Vault-Mfa", credentials);
        }
        if self.config.policy_override {
            request.header("X-Vault-Policy-Override", "true");
        }
        request
    }
}

/// How long a response is wrapped when nobody said: only the wrapping of arbitrary data has such a default.
fn wrapping_by_path(request: &Request) -> Option<String> {
    let writes = matches!(request.method, Method::Put | Method::Post);
    (writes && request.path == "sys/wrapping/wrap").then(|| "5m".to_owned())
}

/// A body of JSON without blanks.
fn body_text(body: &Value) -> Zeroizing<String> {
    Zeroizing::new(compact_json(body).unwrap_or_default())
}
