//! A whole vault for tests: real barrier, engines and request path over a store of the test's choosing.

use crate::{ManualClock, SeededEntropy};
use kvd_backend::{Outbound, Registry};
use kvd_core::{DevOptions, Parts, Settings, Vault};
use kvd_json::{Limits, Object};
use kvd_outbound::{Bounds, HttpOutbound};
use kvd_storage::{MemoryStore, Store};
use kvd_types::{
    ApiPath, AuthInfo, Body, Call, ClientAuth, Clock, Entropy, Fault, NamespaceId, NoHeaders, Operation,
    Peer, Reply, RequestId, Secret,
};
use serde_json::Value;
use std::sync::Arc;

/// A development vault: unsealed, `secret/` of version 2, root token `root`.
pub struct TestVault {
    /// The vault.
    pub vault: Vault,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its store.
    pub store: Arc<dyn Store>,
    /// Its single unseal key.
    pub unseal_key: Secret<String>,
    entropy: Arc<SeededEntropy>,
    settings: Settings,
    outbound: Arc<dyn Outbound>,
}

/// What a call gave, as far as tests look at it.
#[derive(Debug)]
pub struct Answer {
    /// The members of `data`, or of a bare body.
    pub data: Value,
    /// The warnings.
    pub warnings: Vec<String>,
    /// The token that was made or renewed.
    pub auth: Option<Box<AuthInfo>>,
}

impl TestVault {
    /// Over a store in memory.
    ///
    /// # Panics
    /// When the vault cannot be set up.
    pub async fn start() -> Self {
        #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
        let store = MemoryStore::in_memory().unwrap();
        Self::over(Arc::new(store)).await
    }

    /// Over `store`, which must be empty.
    ///
    /// # Panics
    /// When the vault cannot be set up.
    pub async fn over(store: Arc<dyn Store>) -> Self {
        Self::with(store, Settings::default()).await
    }

    /// Over `store`, which must be empty, with settings of the test's own.
    ///
    /// # Panics
    /// When the vault cannot be set up.
    pub async fn with(store: Arc<dyn Store>, settings: Settings) -> Self {
        Self::assembled(store, settings, Arc::new(HttpOutbound::new(Bounds::default()))).await
    }

    /// Over a store in memory, with a way out of the test's own.
    ///
    /// # Panics
    /// When the vault cannot be set up.
    pub async fn calling(outbound: Arc<dyn Outbound>) -> Self {
        #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
        let store = MemoryStore::in_memory().unwrap();
        Self::assembled(Arc::new(store), Settings::default(), outbound).await
    }

    async fn assembled(store: Arc<dyn Store>, settings: Settings, outbound: Arc<dyn Outbound>) -> Self {
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(1));
        let vault = build(
            Arc::clone(&store),
            Arc::clone(&clock) as _,
            Arc::clone(&entropy) as _,
            settings.clone(),
            &outbound,
        );
        let options = DevOptions { root_token: Some(Secret::new("root".to_owned())), kv_v1: false };
        let made = vault.start_dev(options).await;
        #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
        let made = made.unwrap();
        Self { vault, clock, store, unseal_key: made.unseal_key, entropy, settings, outbound }
    }

    /// Another vault over the same store, sealed, as after a restart.
    pub fn restarted(&self) -> Vault {
        self.beside(Arc::clone(&self.store))
    }

    /// Another vault with the same clock, randomness and settings over `store`, sealed.
    pub fn beside(&self, store: Arc<dyn Store>) -> Vault {
        let (clock, entropy) = (Arc::clone(&self.clock) as _, Arc::clone(&self.entropy) as _);
        build(store, clock, entropy, self.settings.clone(), &self.outbound)
    }

    /// Makes a call and hands out what came of it.
    ///
    /// # Errors
    /// Whatever refuses the call.
    pub async fn call(
        &self,
        token: &str,
        operation: Operation,
        path: &str,
        body: Value,
    ) -> Result<Answer, Fault> {
        self.call_on(&self.vault, token, operation, path, body).await
    }

    /// As [`TestVault::call`], on another vault.
    ///
    /// # Errors
    /// Whatever refuses the call.
    ///
    /// # Panics
    /// When path or body are none.
    pub async fn call_on(
        &self,
        vault: &Vault,
        token: &str,
        operation: Operation,
        path: &str,
        body: Value,
    ) -> Result<Answer, Fault> {
        vault.serve(self.request(token, operation, path, &body)).await.map(answer)
    }

    /// The call that [`TestVault::call`] makes.
    ///
    /// # Panics
    /// When path or body are none.
    #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
    pub fn request(&self, token: &str, operation: Operation, path: &str, body: &Value) -> Call {
        let path = ApiPath::decode(path).unwrap();
        let listing = operation.is_listing();
        Call {
            id: RequestId::draw(&*self.entropy).unwrap(),
            operation,
            namespace: NamespaceId::ROOT,
            path: if listing { path.into_folder() } else { path },
            data: Object::parse(body.to_string().as_bytes(), &Limits::default()).unwrap(),
            auth: match token {
                "" => ClientAuth::Missing,
                token => ClientAuth::Token(Secret::new(token.to_owned())),
            },
            wrap_ttl: None,
            peer: Peer { address: Some([127, 0, 0, 1].into()), port: 1, certificates: None },
            opened: kvd_types::Opened::default(),
            headers: Box::new(NoHeaders),
        }
    }

    /// Makes a token with `policies` and gives it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn token(&self, policies: &[&str]) -> String {
        self.token_of("root", serde_json::json!({ "policies": policies })).await
    }

    /// Makes a token as a child of `parent` and gives it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
    pub async fn token_of(&self, parent: &str, body: Value) -> String {
        let answer = self.call(parent, Operation::Write, "auth/token/create", body).await.unwrap();
        answer.auth.unwrap().client_token.unwrap().expose().clone()
    }

    /// Sets a policy.
    ///
    /// # Panics
    /// When it is refused.
    #[expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]
    pub async fn policy(&self, name: &str, text: &str) {
        let body = serde_json::json!({ "policy": text });
        self.call("root", Operation::Write, &format!("sys/policies/acl/{name}"), body).await.unwrap();
    }
}

fn build(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    outbound: &Arc<dyn Outbound>,
) -> Vault {
    let mut registry = Registry::default();
    kvd_secrets::register(&mut registry);
    kvd_auth::register(&mut registry, outbound);
    Vault::new(Parts { store, registry, clock, entropy, settings })
}

fn answer(reply: Reply) -> Answer {
    let data = match &reply.body {
        Body::Data(text) | Body::Doubled(text) | Body::Bare(text) => {
            serde_json::from_str(text.as_str()).unwrap_or_default()
        }
        Body::Empty | Body::Document { .. } => Value::Null,
    };
    Answer {
        data,
        warnings: reply.warnings.iter().map(|w| w.clone().into_owned()).collect(),
        auth: reply.auth,
    }
}
